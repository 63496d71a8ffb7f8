"""A wrong formula in the package fails a chapter: faults are planted one by one, and the chapter notices each."""

import functools
import importlib
import json
import sys

import numpy as np
import pytest
from chapter_runner import run_chapter
from notebooks import BOOK, is_chapter, load, notebook_paths

from mathdnn_utils import verify
from mathdnn_utils.verify import prose

ACTIVATIONS = "mathdnn_utils.activations"

# What the relu chapter must notice: each line is (module, what stands there, what a careless hand makes of it).
RELU_CHAPTER = {
    "ReLU cuts off the wrong side": (ACTIVATIONS, "np.where(x.real <= 0, 0, x)", "np.where(x.real >= 0, 0, x)"),
    "ReLU leaks": (ACTIVATIONS, "np.where(x.real <= 0, 0, x)", "np.where(x.real <= 0, x / 100, x)"),
    "the step has its sides exchanged": (ACTIVATIONS, "[1, at_zero, 0], default", "[0, at_zero, 1], default"),
    "the step is 1 at 0": (ACTIVATIONS, "[1, at_zero, 0], default", "[1, 1, 0], default"),
    "relu_derivative takes one half at 0": (
        ACTIVATIONS,
        "def relu_derivative(x, at_zero=0.0)",
        "def relu_derivative(x, at_zero=0.5)",
    ),
    "the slope is counted twice": (ACTIVATIONS, "        t = slope * x\n", "        t = slope * slope * x\n"),
    "the slope has lost its sign": (ACTIVATIONS, "        t = slope * x\n", "        t = abs(slope) * x\n"),
    "the chain rule has lost its factor": (
        ACTIVATIONS,
        "slope * sigmoid(x, slope) * sigmoid(-x, slope)",
        "sigmoid(x, slope) * sigmoid(-x, slope)",
    ),
    "the sigmoid's derivative has the wrong sign": (
        ACTIVATIONS,
        "slope * sigmoid(x, slope) * sigmoid(-x, slope)",
        "-slope * sigmoid(x, slope) * sigmoid(-x, slope)",
    ),
    "softplus has lost a term": (ACTIVATIONS, "relu(x) + _log1p(e) / slope", "_log1p(e) / slope"),
    "softplus is not divided by its slope": (ACTIVATIONS, "relu(x) + _log1p(e) / slope", "relu(x) + _log1p(e)"),
}

# What the checks themselves must not do: the relu chapter's reports on wrong answers notice.
VERIFICATION = {
    "every entry agrees": ("mathdnn_utils.verify.compare", "    if good.all():\n", "    if True:\n"),
    "hints are left out": (
        "mathdnn_utils.verify.compare",
        'hints.append(("constant-factor"',
        'hints.append(("some-factor"',
    ),
}


@pytest.mark.parametrize("name", RELU_CHAPTER | VERIFICATION)
def test_the_relu_chapter_notices(name):
    module, old, new = (RELU_CHAPTER | VERIFICATION)[name]
    fault = (importlib.import_module(module), old, new)
    assert run_chapter(BOOK / "units/relu.ipynb", fault=fault)


def off_by_one(line):
    """A line of a derivation with 1 added to what it gives."""

    @functools.wraps(line)
    def wrong(*arguments):
        return np.asarray(line(*arguments)) + 1

    return wrong


CHAPTERS = [path for path in notebook_paths() if is_chapter(path)]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_fault_in_any_line_of_a_derivation_is_named_by_its_line(path, monkeypatch):
    check_steps, derivations = verify.check_steps, []

    def recorded(steps, sample, **options):
        derivations.append((steps, sample))
        return check_steps(steps, sample, **options)

    monkeypatch.setattr(verify, "check_steps", recorded)
    assert run_chapter(path) == []
    assert derivations
    for steps, sample in derivations:
        for i, (label, line) in enumerate(steps):
            report = check_steps([*steps[:i], (label, off_by_one(line)), *steps[i + 1 :]], sample)
            # What is wrong in the first line shows where the second differs from it.
            number = max(i, 1)
            assert report.summary.startswith(f"wrong: line {number + 1} ({steps[number][0]}) does not equal")


def with_one_digit_changed(text):
    """All the texts that differ from a printed number in one digit, and in a fraction sign."""
    for i, character in enumerate(text):
        if character in "0123456789½":
            other = "¼" if character == "½" else str((int(character) + 1) % 10)
            yield text[:i] + other + text[i + 1 :]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_any_change_of_any_number_in_the_text_is_found(path, monkeypatch):
    namespace = {}
    monkeypatch.setattr(verify, "check_prose", lambda name: namespace.update(sys._getframe(1).f_globals))
    run_chapter(path)
    bound = prose.bindings(load(path))
    assert bound and namespace
    for binding in bound:
        assert prose.disagreement(binding, namespace) == ""
        changed = list(with_one_digit_changed(binding.text))
        assert changed, f"{binding.text} has no digit that could be wrong"
        for text in changed:
            formula = f"${text}$" if "\\" in binding.text or "^" in binding.text else text
            source = f"{formula}<!--= {binding.expression} -->"
            (other,) = prose.bindings({"cells": [{"cell_type": "markdown", "source": source}]})
            assert other.problem or prose.disagreement(other, namespace), f"{binding.text} and {text} both pass"


def changed_copy(path, folder, old, new):
    """A copy of a notebook in which one place of the code is another."""
    notebook = load(path)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and old in "".join(cell["source"])]
    (cell,) = cells
    cell["source"] = "".join(cell["source"]).replace(old, new)
    copy = folder / path.name
    copy.write_text(json.dumps(notebook), encoding="utf-8")
    return copy


def test_a_change_to_what_a_figure_draws_is_noticed(tmp_path):
    # One end of one chord, moved along a line that looks the same.
    copy = changed_copy(BOOK / "units/relu.ipynb", tmp_path, '("left: slope 0", -1.6', '("left: slope 0", -1.5')
    (difference,) = run_chapter(copy)
    assert difference.kind == "text/plain"
    assert "-1.6" in difference.stored


def test_cells_that_are_tagged_as_raising_do_raise(tmp_path):
    # nbval lets a tagged cell pass that no longer raises.
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    cell = {"cell_type": "code", "metadata": {"tags": ["raises-exception"]}, "outputs": [error]}
    tame = tmp_path / "tame.ipynb"
    tame.write_text(json.dumps({"cells": [cell | {"source": "x = 1"}]}), encoding="utf-8")
    assert [difference.kind for difference in run_chapter(tame)] == ["error"]
    for path in notebook_paths():
        if any("raises-exception" in cell["metadata"].get("tags", []) for cell in load(path)["cells"]):
            assert run_chapter(path, first_only=False) == []
