"""A wrong formula in the package fails a chapter: faults are planted one by one, and the chapter notices each.

Each chapter runs once as it is, for all tests, and once more to try all changes; `trials.py` says how. One of them is
to leave its solutions out.
"""

import contextlib
import functools
import json
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

import chapters
import numpy as np
import pytest
from chapter_runner import run_chapter
from notebooks import BOOK, calls, code, elements, is_chapter, load, notebook_paths
from scripts import ROOT, load_script
from trials import Trials

from mathdnn_utils import verify
from mathdnn_utils.verify import claims, prose

ACTIVATIONS = "mathdnn_utils.activations"

FAULTS = {chapter.CHAPTER: chapter.FAULTS for chapter in chapters.ALL}
LINES = {chapter.CHAPTER: chapter.LINES for chapter in chapters.ALL}
handouts = load_script("tools/handouts.py")
HANDOUT, FOLDER = "without its solutions", tempfile.TemporaryDirectory()
# One end of one chord, moved along a line that looks the same.
FIGURES = {"units/relu": {"a chord ends elsewhere": ('("left: slope 0", -1.6', '("left: slope 0", -1.5')}}
CHAPTERS = [path for path in notebook_paths() if is_chapter(path)]


def name_of(path):
    """A chapter's file below book/, without the ending."""
    return path.relative_to(BOOK).with_suffix("").as_posix()


@contextlib.contextmanager
def without_shrinking():
    """Reports show the input that they met: a line is named before its input is made plain."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "simplest", lambda refutes, arguments, drawn: arguments)
        yield


class Run(NamedTuple):
    """A chapter that has run as it is: what else can be tried, and the derivations that it has checked."""

    trials: Trials
    derivations: list


@functools.cache
def run_of(chapter):
    """The one run of a chapter as it is."""
    path = BOOK / f"{chapter}.ipynb"
    changes = FAULTS.get(chapter, {}) | LINES.get(chapter, {}) | FIGURES.get(chapter, {})
    with contextlib.suppress(handouts.HandoutError):
        changes[HANDOUT] = handout(path)
    trials = Trials(path, changes, meanwhile=without_shrinking)
    check_steps, derivations = verify.check_steps, []

    def recorded(steps, sample, **options):
        derivations.append((steps, sample))
        return check_steps(steps, sample, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "check_steps", recorded)
        trials.run_as_it_is()
    return Run(trials, derivations)


def handout(path):
    """A chapter without its solutions, in a folder that is removed at the end of the tests."""
    folder = Path(FOLDER.name)
    handouts.write(folder, handouts.make(ROOT, [path]))
    return folder / path.relative_to(BOOK)


def differences_with(chapter, name):
    """What a change to a chapter changes in the outputs of the first cell that notices."""
    trials = run_of(chapter).trials
    assert trials.differences == [], "the chapter differs from its stored outputs without any change"
    return trials.outcome(name)


@pytest.mark.parametrize(
    ("chapter", "name"), [pytest.param(c, n, id=f"{c}: {n}") for c, faults in FAULTS.items() for n in faults]
)
def test_a_chapter_notices(chapter, name):
    assert differences_with(chapter, name)


def test_every_chapter_has_faults_to_notice():
    assert set(FAULTS) == {name_of(path) for path in CHAPTERS}
    assert all(FAULTS.values())


@pytest.mark.parametrize(
    ("chapter", "label"), [pytest.param(c, label, id=f"{c}: {label}") for c, lines in LINES.items() for label in lines]
)
def test_a_wrong_line_of_a_derivation_is_named(chapter, label):
    (difference, *_) = [d for d in differences_with(chapter, label) if d.kind == "error"]
    assert re.match(rf"CheckFailed: wrong: line \d+ \({label}\) does not equal line", difference.got)


@pytest.mark.parametrize("chapter", LINES)
def test_each_line_of_the_derivations_has_a_wrong_one(chapter):
    notebook = load(BOOK / f"{chapter}.ipynb")
    chains = [
        [line.elts[0].value for line in call.args[0].elts]
        for element in code(elements(notebook))
        for call in calls(element.name, "check_steps")
    ]
    # What is wrong in a first line shows in the second.
    assert {label for chain in chains for label in chain[1:]} == set(LINES[chapter])


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_handout_runs(path):
    cells = [cell for cell in load(handout(path))["cells"] if cell["cell_type"] == "code"]
    # Up to the first solution it is the chapter, which has run.
    assert differences_with(name_of(path), HANDOUT) == []
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert len(cells) < sum(cell["cell_type"] == "code" for cell in load(path)["cells"])


def off_by_one(line):
    """A line of a derivation with 1 added to what it gives."""

    @functools.wraps(line)
    def wrong(*arguments):
        return np.asarray(line(*arguments)) + 1

    return wrong


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_fault_in_any_line_of_a_derivation_is_named_by_its_line(path):
    run = run_of(name_of(path))
    assert run.trials.differences == []
    assert run.derivations
    # One input would do: what is off by one is so everywhere.
    for steps, sample in run.derivations:
        for i, (label, line) in enumerate(steps):
            with without_shrinking():
                report = verify.check_steps([*steps[:i], (label, off_by_one(line)), *steps[i + 1 :]], sample, cases=5)
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
def test_any_change_of_any_number_in_the_text_is_found(path):
    namespace = run_of(name_of(path)).trials.namespace
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


def test_a_change_to_what_a_figure_draws_is_noticed():
    (difference,) = differences_with("units/relu", "a chord ends elsewhere")
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
            assert (
                run_of(name_of(path)).trials.differences if is_chapter(path) else run_chapter(path, first_only=False)
            ) == []
