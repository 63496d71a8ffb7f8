"""A wrong formula in the package fails a chapter: faults are planted one by one, and the chapter notices each."""

import functools
import importlib
import json
import re
import sys

import numpy as np
import pytest
from chapter_runner import changed_copy, run_chapter
from notebooks import BOOK, calls, code, elements, is_chapter, load, notebook_paths

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

SOFTMAX_CHAPTER = {
    "softmax is not divided by its sum": (
        ACTIVATIONS,
        "        return e / e.sum(axis, keepdims=True)\n",
        "        return e\n",
    ),
    "softmax divides by the largest": (
        ACTIVATIONS,
        "        return e / e.sum(axis, keepdims=True)\n",
        "        return e / e.max(axis, keepdims=True)\n",
    ),
    "softmax does not shift": (
        ACTIVATIONS,
        "        e = np.exp(x - m)\n        return",
        "        e = np.exp(x)\n        return",
    ),
    "the logits have lost their sign": (
        ACTIVATIONS,
        "        e = np.exp(x - m)\n        return",
        "        e = np.exp(m - x)\n        return",
    ),
    "the Jacobian keeps i = j only": (
        ACTIVATIONS,
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * identity * (1 - p[..., np.newaxis, :])",
    ),
    "the Jacobian has lost the outer product": (
        ACTIVATIONS,
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * identity",
    ),
    "the Jacobian adds the outer product": (
        ACTIVATIONS,
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * (identity + p[..., np.newaxis, :])",
    ),
    "the product forgets the mean": (
        ACTIVATIONS,
        "return p * (v - (p * v).sum(-1, keepdims=True))",
        "return p * v",
    ),
    "the mean is not weighted": (
        ACTIVATIONS,
        "return p * (v - (p * v).sum(-1, keepdims=True))",
        "return p * (v - v.mean(-1, keepdims=True))",
    ),
    "logsumexp forgets the largest": (
        ACTIVATIONS,
        "np.where(np.isinf(m.real), m, m + _log_sum(x - m, k, axis))",
        "np.where(np.isinf(m.real), m, _log_sum(x - m, k, axis))",
    ),
    "the logarithm is taken of the softmax": (
        ACTIVATIONS,
        "        return d - _log_sum(d, k, axis)\n",
        "        return np.log(softmax(x, axis))\n",
    ),
    "the gradient of the loss forgets the right class": (
        ACTIVATIONS,
        "return softmax(x) - (np.arange(x.shape[-1]) == t[..., np.newaxis])",
        "return softmax(x)",
    ),
    "the loss takes the first class": (
        ACTIVATIONS,
        "np.take_along_axis(d, t[..., np.newaxis], -1)",
        "np.take_along_axis(d, 0 * t[..., np.newaxis], -1)",
    ),
    "products are counted twice": (
        "mathdnn_utils.counting",
        "    def __mul__(self, other):\n        self.tally[0] += 1\n",
        "    def __mul__(self, other):\n        self.tally[0] += 2\n",
    ),
    "a lost case is not named": (
        "mathdnn_utils.verify.hints",
        'return "diagonal-only"',
        'return "diagonal-wrong"',
    ),
    "a lost outer product is not named": (
        "mathdnn_utils.verify.hints",
        'return "missing-rank-one"',
        'return "constant-offset"',
    ),
}

# What the checks themselves must not do: the relu chapter's reports on wrong answers notice.
VERIFICATION = {
    "every entry agrees": ("mathdnn_utils.verify.compare", "    if good.all():\n", "    if True:\n"),
    "hints are left out": (
        "mathdnn_utils.verify.hints",
        '"constant-factor",',
        '"sign",',
    ),
}


# The faults of every chapter: add a dict for a new one.
FAULTS = {"units/relu": RELU_CHAPTER | VERIFICATION, "units/softmax": SOFTMAX_CHAPTER}
CHAPTERS = [path for path in notebook_paths() if is_chapter(path)]


@pytest.mark.parametrize(
    ("chapter", "name"), [pytest.param(c, n, id=f"{c}: {n}") for c, faults in FAULTS.items() for n in faults]
)
def test_a_chapter_notices(chapter, name):
    module, old, new = FAULTS[chapter][name]
    fault = (importlib.import_module(module), old, new)
    assert run_chapter(BOOK / f"{chapter}.ipynb", fault=fault)


def test_every_chapter_has_faults_to_notice():
    assert set(FAULTS) == {path.relative_to(BOOK).with_suffix("").as_posix() for path in CHAPTERS}
    assert all(FAULTS.values())


# Wrong lines as people write them, for each line of the softmax chapter's derivations but the first of each:
# label of the line, what stands in its function, what is wrong there.
SOFTMAX_LINES = {
    "eq-softmax-shift-split": (
        "np.exp(c)\n                * np.exp(x)\n                / sum(np.exp(c) * np.exp(x_m)",
        "np.exp(c)\n                * np.exp(x)\n                / sum(np.exp(c) + np.exp(x_m)",
    ),
    "eq-softmax-shift-factored": (
        "/ (np.exp(c) * sum(np.exp(x_m) for x_m in x))",
        "/ (len(x) * np.exp(c) * sum(np.exp(x_m) for x_m in x))",
    ),
    "eq-softmax-shift-cancelled": (
        "lambda x, c: np.exp(x) / np.exp(x).sum()",
        "lambda x, c: np.exp(x) / np.exp(x + c).sum()",
    ),
    "eq-softmax-two-divided": ("1 / (1 + np.exp(x[1]) / np.exp(x[0]))", "1 / (1 + np.exp(x[1]) * np.exp(x[0]))"),
    "eq-softmax-two-difference": ("1 / (1 + np.exp(-(x[0] - x[1])))", "1 / (1 + np.exp(x[0] - x[1]))"),
    "eq-softmax-two-sigmoid": ("lambda x: sigmoid(x[0] - x[1])),", "lambda x: sigmoid(x[1] - x[0])),"),
    "eq-softmax-anchor-shifted": (
        "np.exp(x - x[0]) / np.exp(x - x[0]).sum()",
        "np.exp(x - x[0]) / np.exp(x).sum()",
    ),
    "eq-softmax-anchor-reduced": (
        "lambda x: softmax(reduced(x)))",
        "lambda x: softmax(-reduced(x)))",
    ),
    "eq-softmax-log-ratio-written": ("/ (np.exp(x[0]) / np.exp(x).sum())", "/ np.exp(x[0])"),
    "eq-softmax-log-ratio-cancelled": (
        "np.log(np.exp(x[1:]) / np.exp(x[0]))",
        "np.log(np.exp(x[1:])) / np.exp(x[0])",
    ),
    "eq-softmax-log-ratio-difference": ("lambda x: x[1:] - x[0]),", "lambda x: x[1:] / x[0]),"),
    "eq-softmax-quotient-rule": (
        "second = np.exp(x[i]) * partial(total, x, j)\n    return (first - second)",
        "second = np.exp(x[i]) * partial(total, x, j)\n    return (first + second)",
    ),
    "eq-softmax-one-summand": (
        "second = np.exp(x[i]) * np.exp(x[j])\n",
        "second = np.exp(x[i]) * np.exp(x[i])\n",
    ),
    "eq-softmax-same": (
        "np.exp(x[i]) * total(x) - np.exp(x[i]) * np.exp(x[i])",
        "np.exp(x[i]) * total(x) - np.exp(x[i])",
    ),
    "eq-softmax-same-factors": ("* ((total(x) - np.exp(x[i])) / total(x))", "* (total(x) - np.exp(x[i]))"),
    "eq-softmax-same-result": ("softmax(x)[i] * (1 - softmax(x)[i])", "softmax(x)[i]"),
    "eq-softmax-other": ("(0 - np.exp(x[i]) * np.exp(x[j]))", "(0 * np.exp(x[i]) * np.exp(x[j]))"),
    "eq-softmax-other-factors": (
        "-(np.exp(x[i]) / total(x)) * (np.exp(x[j]) / total(x))",
        "(np.exp(x[i]) / total(x)) * (np.exp(x[j]) / total(x))",
    ),
    "eq-softmax-other-result": (
        "lambda x, i, j: -softmax(x)[i] * softmax(x)[j]",
        "lambda x, i, j: -softmax(x)[i] ** 2",
    ),
    "eq-softmax-cases": (
        "p[i] * (1 - p[i]) if i == j else -p[i] * p[j]",
        "p[i] * (1 - p[i]) if i == j else 0",
    ),
    "eq-softmax-entry": (
        "lambda x: softmax(x)[:, None] * (np.eye(len(x)) - softmax(x)),",
        "lambda x: softmax(x)[:, None] * (1 - softmax(x)),",
    ),
    "eq-softmax-expanded": ("- softmax(x)[:, None] * softmax(x)\n", "- softmax(x) * softmax(x)\n"),
    "eq-softmax-jacobian": (
        "np.diag(softmax(x)) - np.outer(softmax(x), softmax(x))",
        "np.diag(softmax(x)) - softmax(x) @ softmax(x)",
    ),
}


@pytest.mark.parametrize("label", SOFTMAX_LINES)
def test_a_wrong_line_of_the_softmax_derivation_is_named(label, tmp_path):
    old, new = SOFTMAX_LINES[label]
    copy = changed_copy(BOOK / "units/softmax.ipynb", tmp_path, old, new)
    (difference, *_) = [d for d in run_chapter(copy) if d.kind == "error"]
    assert re.match(rf"CheckFailed: wrong: line \d+ \({label}\) does not equal line", difference.got)


def test_each_line_of_the_softmax_derivations_has_a_wrong_one():
    notebook = load(BOOK / "units/softmax.ipynb")
    chains = [
        [line.elts[0].value for line in call.args[0].elts]
        for element in code(elements(notebook))
        for call in calls(element.name, "check_steps")
    ]
    # What is wrong in a first line shows in the second.
    assert {label for chain in chains for label in chain[1:]} == set(SOFTMAX_LINES)


def off_by_one(line):
    """A line of a derivation with 1 added to what it gives."""

    @functools.wraps(line)
    def wrong(*arguments):
        return np.asarray(line(*arguments)) + 1

    return wrong


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
    """All the texts that differ from a printed number in one digit, digits of exponents too, or in a fraction sign."""
    for i, character in enumerate(text):
        for signs in ("0123456789", prose.SUPERSCRIPTS, prose.VULGAR):
            if character in signs:
                yield text[:i] + signs[(signs.index(character) + 1) % len(signs)] + text[i + 1 :]


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
