"""Each demonstration of a broken promise notices its fault, and says so when the guard does not."""

import contextlib
import hashlib
import importlib
import json
import re

import nbformat
import pytest
from chapter_runner import plant, run_chapter
from nbformat.v4 import new_markdown_cell, new_notebook
from scripts import ROOT, load_script

promises = load_script("tools/promises.py")

BY_NUMBER = dict(enumerate(promises.PROMISES, start=1))

# For each promise: where its guard is, what stands there, and what makes the guard blind.
BLINDED = {
    1: ("mathdnn_utils/verify/prose.py", "in found\n        if (problem", "in []\n        if (problem"),
    2: ("mathdnn_utils/verify/claims.py", "if not report.ok:\n            report", "if False:\n            report"),
    3: ("mathdnn_utils/verify/hints.py", '"constant-factor",', '"sign",'),
    4: ("tests/site_checks.py", 'in ("http", "https", "ws", "wss", "ftp")', 'in ("ws", "wss", "ftp")'),
}


def tree():
    """The digests of the files that are read."""
    files = [path for folder in ("book", "mathdnn_utils", "tests", "tools") for path in (ROOT / folder).rglob("*")]
    files = [path for path in files if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_there_are_four_promises_each_with_a_guard_that_can_be_blinded():
    assert set(BY_NUMBER) == set(BLINDED) == {1, 2, 3, 4}


def test_the_fault_is_noticed_and_named_and_the_working_tree_only_read():
    # With a kernel, as `make promises` does it; the other chapters' faults run in this process, below.
    before = tree()
    noticed, said = promises.demonstrate(BY_NUMBER[1])
    assert noticed, said
    assert len(said) == 1
    assert tree() == before


def module(file):
    return importlib.import_module(file.removesuffix(".py").replace("/", "."))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_blind_guard_of_a_chapter_is_found_out(number):
    file, old, new = BLINDED[number]
    planted = BY_NUMBER[number]

    def run_in_this_process(folder, tests):
        (notebook,) = tests
        with contextlib.ExitStack() as faults:
            if planted.file.endswith(".py"):
                faults.enter_context(plant(module(planted.file), planted.old, planted.new))
            differences = run_chapter(folder / notebook, fault=blind and (module(file), old, new))
        return int(bool(differences)), "\n".join(map(str, differences))

    for blind in (False, True):
        noticed, said = promises.demonstrate(planted, run=run_in_this_process)
        assert noticed is not blind, said


def shorten(book):
    """Leave of all pages but the first, which has the fault, their headings: what links and contents need."""
    for path in [*book.rglob("*.md"), *book.rglob("*.ipynb")]:
        if path != book / "index.md":
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".ipynb":
                cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
                text = "\n".join("".join(cell["source"]) for cell in cells)
            headings = "\n\n".join(re.findall(r"(?m)^#+ .*", text) or [f"# {path.stem}"])
            if path.suffix == ".ipynb":
                headings = nbformat.writes(new_notebook(cells=[new_markdown_cell(headings)]))
            path.write_text(headings, encoding="utf-8")


def test_a_request_to_another_host_is_noticed_and_a_blind_guard_of_the_site_found_out():
    file, old, new = BLINDED[4]
    ended = []

    def run_twice(folder, tests):
        shorten(folder / "book")
        ended.append(promises.run_tests(folder, tests))
        text = (folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
        ended.append(promises.run_tests(folder, tests))
        return ended[0]

    before = tree()
    noticed, said = promises.demonstrate(BY_NUMBER[4], run=run_twice)
    assert noticed, said
    noticed, said = promises.verdict(BY_NUMBER[4], *ended[1])
    assert not noticed
    assert "1 passed" in said[-1]
    assert tree() == before


# What is made of it, with a stand-in for the tests


@pytest.fixture
def promise(tmp_path):
    """A small checkout, and a promise about it."""
    (tmp_path / "page.md").write_text("It is 42.\n", encoding="utf-8")
    (tmp_path / "work").mkdir()
    return tmp_path, promises.Promise("A number.", "page.md", "It is 42.", "It is 43.", ("tests",), "says 43")


@pytest.mark.parametrize(
    ("code", "printed", "noticed", "said"),
    [
        (1, "E   CheckFailed: the text says 43\nmore", True, ["the text says 43"]),
        # The test passes, cannot be run, or fails for another reason.
        (0, "the text says 43", False, ["the text says 43"]),
        (4, "the text says 43", False, ["the text says 43"]),
        (1, "no such file", False, ["no such file"]),
    ],
)
def test_a_fault_is_noticed_if_a_test_fails_and_names_it(promise, code, printed, noticed, said):
    root, planted = promise
    seen = []

    def run(folder, tests):
        seen.append(((folder / "page.md").read_text(encoding="utf-8"), sorted(p.name for p in folder.iterdir()), tests))
        return code, printed

    assert promises.demonstrate(planted, root, run=run) == (noticed, said)
    assert seen == [("It is 43.\n", ["page.md"], ("tests",))]
    assert (root / "page.md").read_text(encoding="utf-8") == "It is 42.\n"


@pytest.mark.parametrize("text", ["", "It is 42. It is 42."])
def test_a_fault_that_cannot_be_planted_is_an_error(promise, text):
    root, planted = promise
    (root / "page.md").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"'It is 42.' stands \d times in page.md, expected once: .* out of date"):
        promises.demonstrate(planted, root, run=None)


@pytest.mark.parametrize("missed", [set(), {1}, {2}, {1, 2}])
def test_the_exit_code_says_whether_all_were_noticed(promise, missed, capsys):
    _, planted = promise
    pair = [planted, promises.Promise("Another.", "page.md", "a\nb", "a\nc", ("tests",), "")]

    def demonstrate(one):
        return pair.index(one) + 1 not in missed, ["what was said"]

    assert promises.main([], pair, demonstrate) == bool(missed)
    printed = capsys.readouterr().out
    assert "1. A number.\n   in page.md:\n     - It is 42.\n     + It is 43.\n   pytest tests " in printed
    assert "     - b\n     + c\n" in printed and "- a" not in printed
    assert printed.count("DID NOT NOTICE") == len(missed)
    last = printed.splitlines()[-1]
    assert last.startswith("Not noticed: " if missed else "All 2 faults were noticed.")


def test_some_of_them_can_be_asked_for(promise, capsys):
    _, planted = promise
    assert promises.main(["2"], [planted, planted], lambda one: (True, [])) == 0
    assert capsys.readouterr().out.startswith("2. A number.")
    with pytest.raises(SystemExit):
        promises.main(["3"], [planted, planted], lambda one: (True, []))
    assert "there are promises 1 to 2" in capsys.readouterr().err
