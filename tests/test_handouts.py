"""Hand-outs hold no solution, have all the rest, and never overwrite what somebody has changed.

That they run to the outputs stored in them is in `test_chapter_faults.py`, where the chapters run.
"""

import copy
import json
import re
from collections import Counter

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebooks import code, elements, exercise_labels, holds_no_answer, joined, load, until
from scripts import ROOT, load_script

from mathdnn_utils.verify.prose import names_in_code

handouts = load_script("tools/handouts.py")

CHAPTERS = handouts.chapters(ROOT)
BINDING = re.compile(r"<!--=(.*?)-->", re.DOTALL)


# The chapters of the book


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All hand-outs of the book."""
    folder = tmp_path_factory.mktemp("hand outs")
    handouts.write(folder, handouts.make(ROOT, CHAPTERS))
    return folder


def in_book(path):
    return path.relative_to(ROOT / "book")


def solution_cells(notebook):
    """The texts of all cells between the beginning and the end of a solution."""
    inside, found = False, []
    for cell in notebook["cells"]:
        source = joined(cell["source"])
        inside = inside or "{solution-start}" in source
        if inside and not re.search(r"\{solution-(start|end)\}", source):
            found.append(source)
        inside = inside and "{solution-end}" not in source
    return found


def submitted_answers(notebook):
    """The cells that submit an answer."""
    return [
        cell.cell
        for cell in code(elements(notebook))
        for label in re.findall(r'check_answer\(\s*"([^"]+)"', cell.name)
        if not holds_no_answer(cell.name, label)
    ]


def test_there_are_chapters():
    assert "units/relu.ipynb" in [in_book(path).as_posix() for path in CHAPTERS]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_handout_holds_no_solution(path, folder):
    book, made = load(path), load(folder / in_book(path))
    sources = [joined(cell["source"]) for cell in made["cells"]]
    solutions = solution_cells(book)
    assert len(solutions) >= 2 * len(exercise_labels(book))
    assert not set(solutions) & set(sources)
    text = json.dumps(made, ensure_ascii=False)
    assert "solution-start" not in text and "solution-end" not in text
    assert submitted_answers(book) and not submitted_answers(made)
    for label in exercise_labels(book):
        assert f"{label}: right" in json.dumps(book, ensure_ascii=False)
        assert f"{label}: right" not in text


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_handout_has_all_the_rest(path, folder):
    book, made = load(path), load(folder / in_book(path))
    kept = [cell for cell in book["cells"] if cell["id"] in {cell["id"] for cell in made["cells"]}]
    assert [cell["id"] for cell in kept] == [cell["id"] for cell in made["cells"]]
    gone = []
    # What is gone is a solution or one of its two markers.
    assert len(book["cells"]) - len(kept) == len(solution_cells(book)) + 2 * len(exercise_labels(book))
    assert exercise_labels(made) == exercise_labels(book)
    for before, after in zip(kept, made["cells"]):
        if before["cell_type"] == "code":
            assert after["source"] == before["source"]
            if "check_prose(" not in joined(before["source"]):
                assert [strip(output) for output in after["outputs"]] == [strip(output) for output in before["outputs"]]
        else:
            before, after = joined(before["source"]), joined(after["source"])
            if "](" not in before:
                assert BINDING.sub("", after) == BINDING.sub("", before)
            gone += list((Counter(BINDING.findall(before)) - Counter(BINDING.findall(after))).elements())
    # A binding is dropped only where it needs what only a solution assigns.
    solved = {"cells": [cell for cell in book["cells"] if cell not in kept]}
    only_solved = names_in_code(solved)[0] - names_in_code({"cells": kept})[0]
    assert [expression for expression in gone if not only_solved & set(re.findall(r"\w+", expression))] == []


def strip(output):
    """An output without the count of its cell."""
    return {key: value for key, value in output.items() if key != "execution_count"}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_readers_cells_are_as_they_were(path, folder):
    made = elements(load(folder / in_book(path)))
    for i, element in enumerate(made):
        if element.kind == "directive" and element.name == "exercise":
            following = until(made[i + 1 :], lambda e: e.kind == "directive" and e.name == "exercise")
            assert holds_no_answer(code(following)[0].name, element.options["label"])


def test_what_handouts_link_to_is_there(folder):
    links = [
        (path, link.partition("#")[0])
        for path in [*folder.rglob("*.ipynb"), *folder.rglob("*.md")]
        for text in [path.read_text(encoding="utf-8")]
        for link in re.findall(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)", text)
        if re.search(r"\.(md|ipynb|png|svg)$", link)
    ]
    assert links
    assert [(path.name, link) for path, link in links if not (path.parent / link).exists()] == []


# Small notebooks


def exercise(label, *solution):
    """The cells of an exercise with its solution."""
    return [
        new_markdown_cell(f"```{{exercise}} ★ Title\n:label: {label}\n\nCompute 0.5<!--= half -->.\n```"),
        new_code_cell(f'answer = ...\ncheck_answer("{label}", answer)', execution_count=2),
        new_markdown_cell(f"```{{solution-start}} {label}\n:class: dropdown\n```"),
        *solution,
        new_markdown_cell("```{solution-end}\n```"),
    ]


def made(*cells):
    return new_notebook(cells=list(cells))


def sources(notebook):
    return [cell.source for cell in notebook.cells]


def test_what_is_between_the_markers_is_gone():
    nb = made(
        new_markdown_cell("before"),
        *exercise("ex-a", new_markdown_cell("Secret."), new_code_cell("half = 1 / 2")),
        new_markdown_cell("after"),
    )
    before = copy.deepcopy(nb)
    kept = sources(handouts.without_solutions(nb, "made"))
    assert kept[0] == "before" and kept[-1] == "after" and len(kept) == 4
    assert nb == before


def test_bindings_that_only_a_solution_knows_are_dropped_and_their_numbers_stay():
    nb = made(
        new_code_cell("a = 1"),
        new_markdown_cell(
            "1<!--= a --> and 0.5<!--= half --> and $0.5 + 1$<!--= half --><!--= a --> <!-- a remark -->"
        ),
        *exercise("ex-a", new_code_cell("half = 1 / 2")),
    )
    # The two of one formula count from its end: they go together.
    assert sources(handouts.without_solutions(nb, "made"))[1] == "1<!--= a --> and 0.5 and $0.5 + 1$ <!-- a remark -->"


def test_a_value_that_a_solution_has_changed_is_not_compared():
    nb = made(
        new_code_cell("half = 0.25"),
        *exercise("ex-a", new_code_cell("half = 1 / 2")),
        new_markdown_cell("0.5<!--= half -->"),
    )
    assert sources(handouts.without_solutions(nb, "made"))[-1] == "0.5"
    nb.cells.append(new_code_cell("half = 0.5"))
    assert sources(handouts.without_solutions(nb, "made"))[-2] == "0.5<!--= half -->"


def test_the_last_cell_counts_the_bindings_that_are_left():
    printed = new_output("stream", name="stdout", text="made.ipynb: 3 numbers in the text agree with the code\n")
    nb = made(
        new_code_cell("a = 1", execution_count=1),
        new_markdown_cell("1<!--= a -->"),
        *exercise("ex-a", new_code_cell("half = 1 / 2", execution_count=3)),
        new_code_cell('check_prose("made.ipynb")', outputs=[printed], execution_count=4),
    )
    last = handouts.without_solutions(nb, "made").cells[-1]
    assert last.outputs[0].text == "made.ipynb: 1 number in the text agrees with the code\n"
    assert last.execution_count == 3


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            exercise("ex-a")[:-1],
            "made: the solution of ex-a has no solution-end, so it cannot be told from the rest.",
        ),
        (exercise("ex-a")[-1:], "made: cell 1 begins or ends a solution where none can begin or end."),
        (
            exercise("ex-a")[:-1] + exercise("ex-b"),
            "made: cell 6 begins or ends a solution where none can begin or end.",
        ),
        (
            [*exercise("ex-a", new_code_cell("def f(): return 1")), new_code_cell("def g(): return f()")],
            "made: cell 6 needs f from a solution, so it would not run without it. Assign it in a cell of the chapter.",
        ),
        (
            [*exercise("ex-a", new_markdown_cell("$$ a $$ (eq-made-a)")), new_markdown_cell("By {eq}`eq-made-a`.")],
            "made: cell 6 refers to eq-made-a, which only a solution holds.",
        ),
    ],
)
def test_a_chapter_that_cannot_do_without_its_solutions_is_refused(cells, message):
    with pytest.raises(handouts.HandoutError) as error:
        handouts.without_solutions(made(*cells), "made")
    assert str(error.value) == message


# A small book


@pytest.fixture
def root(tmp_path):
    """A checkout with two chapters, a page of references, a page that only the website can show, and a picture."""
    files = {
        "_toc.yml": "root: book/index\nparts:\n- chapters:\n  - file: book/plain\n  - file: book/units/one\n"
        "  - file: book/units/two\n",
        "book/references.md": "# References\n\nFor [](units/one.ipynb) and [the other](units/two#there). [](lists.md)",
        "book/lists.md": "# Lists\n\n```{list-of-checks}\n```\n",
        "book/units/p.png": "a picture",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    links = (
        "# One\n\n[r](../references.md#a) [](two.ipynb) `[](two.ipynb)` ![p](p.png) [w](https://example.org/) [h](#one)"
    )
    secret = exercise("ex-a", new_code_cell("half = 1 / 2"))
    printed = new_output("stream", name="stdout", text="1\n")
    for name, cells in (("one", [new_markdown_cell(links), *secret]), ("two", [new_markdown_cell("# Two"), *secret])):
        nb = made(*copy.deepcopy(cells), new_code_cell("print(1)", outputs=[printed], execution_count=4))
        nbformat.write(nb, tmp_path / f"book/units/{name}.ipynb")
    nbformat.write(made(new_markdown_cell("# Plain")), tmp_path / "book/plain.ipynb")
    return tmp_path


def written(root):
    files = (path for path in (root / "handouts").rglob("*") if path.is_file())
    return sorted(path.relative_to(root / "handouts").as_posix() for path in files if path.name != handouts.RECORD)


def test_chapters_and_what_they_link_to_are_written(root, capsys):
    assert handouts.main([], root) == 0
    assert written(root) == ["references.md", "units/one.ipynb", "units/p.png", "units/two.ipynb"]
    assert capsys.readouterr().out == f"Written to handouts/: {', '.join(written(root))}.\n"
    assert handouts.main([], root) == 0
    assert capsys.readouterr().out == f"Up to date in handouts/: {', '.join(written(root))}.\n"


def test_links_lead_to_what_is_there(root):
    handouts.main(["one"], root)
    assert written(root) == ["references.md", "units/one.ipynb", "units/p.png"]
    text = nbformat.read(root / "handouts/units/one.ipynb", 4).cells[0].source
    # The other chapter was not asked for; code is no link.
    assert text.split("\n\n")[1] == (
        "[r](../references.md#a) Two `[](two.ipynb)` ![p](p.png) [w](https://example.org/) [h](#one)"
    )
    references = (root / "handouts/references.md").read_text(encoding="utf-8")
    assert references == "# References\n\nFor [One](units/one.ipynb) and the other. Lists"


@pytest.mark.parametrize("name", ["two", "units/two", "book/units/two.ipynb", "./book/units/two.ipynb"])
def test_a_chapter_has_several_names(name, root):
    assert handouts.main([name], root) == 0
    assert written(root) == ["units/two.ipynb"]


@pytest.mark.parametrize("name", ["three", "plain", "units"])
def test_an_unknown_chapter_is_refused(name, root, capsys):
    assert handouts.main(["one", name], root) == 1
    assert capsys.readouterr().err == f"There is no chapter {name}. The chapters are units/one, units/two.\n"
    assert not (root / "handouts").exists()


def test_outputs_can_be_left_out(root):
    handouts.main(["--clear-outputs"], root)
    for name in ("one", "two"):
        for cell in nbformat.read(root / f"handouts/units/{name}.ipynb", 4).cells:
            if cell.cell_type == "code":
                assert cell.outputs == [] and cell.execution_count is None


def test_what_somebody_has_changed_is_left_and_said(root, capsys):
    handouts.main([], root)
    mine = root / "handouts/units/one.ipynb"
    mine.write_text("my answers", encoding="utf-8")
    capsys.readouterr()
    assert handouts.main(["one"], root) == 1
    assert mine.read_text(encoding="utf-8") == "my answers"
    assert "left as they are: units/one.ipynb. Rename or remove them" in capsys.readouterr().out
    mine.unlink()
    assert handouts.main(["one"], root) == 0
    assert mine.exists()


def test_a_new_version_of_a_chapter_takes_the_place_of_an_untouched_copy(root, capsys):
    handouts.main([], root)
    path = root / "book/units/two.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("Compute", "Find"), encoding="utf-8")
    capsys.readouterr()
    assert handouts.main([], root) == 0
    assert "Written to handouts/: units/two.ipynb.\n" in capsys.readouterr().out
    assert "Find" in (root / "handouts/units/two.ipynb").read_text(encoding="utf-8")


def test_a_file_that_was_not_written_here_stays(root):
    stranger = root / "handouts/units/one.ipynb"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("somebody's", encoding="utf-8")
    assert handouts.main([], root) == 1
    assert stranger.read_text(encoding="utf-8") == "somebody's"
    assert (root / "handouts/units/two.ipynb").exists()
