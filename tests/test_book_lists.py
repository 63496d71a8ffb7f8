"""The lists of checks, mistakes and exercises say what the notebooks store."""

from types import SimpleNamespace

import pytest
from notebooks import exercise_labels, load, notebook_paths
from scripts import load_script

lists = load_script("book/_ext/book_lists.py")


def code(text):
    return {"cell_type": "code", "source": "", "outputs": [{"output_type": "stream", "name": "stdout", "text": text}]}


def mistake(name, title):
    source = f":::{{admonition}} Mistake: {title}\n:class: mistake\n:name: {name}\n\nNo.\n:::"
    return {"cell_type": "markdown", "source": source}


def notebook(*cells):
    return {"cells": list(cells)}


def test_checks_are_the_lines_that_checks_print():
    exact = "thm-a: holds (exact integers, 100 cases, tolerance 0)\n"
    made = notebook(
        code(exact + exact), code("thm-a: holds (complex step, 1 case, tolerance 1e-10)\nholds (quadrature)\n")
    )
    assert lists.checks(made) == [("thm-a", "exact integers", "100", "0"), ("thm-a", "complex step", "1", "1e-10")]


def test_a_claim_has_one_row_with_all_its_oracles():
    theorem = {"cell_type": "markdown", "source": "```{prf:theorem} The first\n:label: thm-a\n\nSo.\n```"}
    made = notebook(
        theorem,
        code("thm-a: holds (sympy, 9 cases, tolerance 1e-12)\nthm-b: holds (SciPy, 9 cases, tolerance 1e-12)\n"),
        code("thm-a: holds (exact rationals, 7 cases, tolerance 0)\n"),
    )
    rows = lists.checks_table(made)[2:]
    assert [row.split(" | ")[0] for row in rows] == ["| {prf:ref}`thm-a` The first", "| {prf:ref}`thm-b`"]
    assert "sympy (9 cases, tolerance 1e-12); exact rationals (7 cases, tolerance 0)" in rows[0]


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (
            "wrong: 2 of 2 entries disagree (x)\n  at x = 1\n  entry [0, 1]: claimed 2, expected 1\n  sign: no.\n",
            "`sign`",
        ),
        ("wrong: shape\n  wrong-shape: no.\n  transposed: no.\n", "`wrong-shape`, `transposed`"),
        ("wrong: 1 of 1\n  at x = 1\n  claimed 2, expected 1\n  warning: careful.\n", "claimed 2, expected 1"),
        (
            "wrong: 2\n  entry [0, 1]: claimed 2, expected 1\n  entry [1]: claimed 5, expected 6\n",
            "claimed 2, expected 1",
        ),
        (
            "wrong: line 2 (eq-a-b) does not equal line 1 (eq-a-c) (x)\n  claimed 2, expected -2\n  sign: no.\n",
            "line {eq}`eq-a-b` fails",
        ),
        ("something else\n", "wrong"),
    ],
)
def test_a_verdict_is_the_line_the_hints_or_the_worst_entry(report, words):
    assert lists.verdict(report) == words


def test_a_mistake_takes_the_report_of_the_next_cell():
    made = notebook(
        code("  sign: early.\n"), mistake("mistake-a", "α"), code("  sign: no.\n"), code("  transposed: no.\n")
    )
    assert lists.mistakes(made) == [("mistake-a", "α", "`sign`")]


def test_a_report_that_is_shown_as_a_table_is_read_from_the_text_beside_it():
    table = {"cell_type": "code", "source": "", "outputs": []}
    for kind in ("display_data", "execute_result"):
        data = {"text/plain": ["wrong: 2 of 2\n", "  sign: no."], "text/html": "<table>other: words</table>"}
        table["outputs"] = [*code("printed before\n")["outputs"], {"output_type": kind, "data": data, "metadata": {}}]
        assert lists.mistakes(notebook(mistake("mistake-a", "α"), table)) == [("mistake-a", "α", "`sign`")]
    error = {"output_type": "stream", "name": "stderr", "text": "  sign: no.\n"}
    silent = {"cell_type": "code", "source": "", "outputs": [error]}
    assert lists.mistakes(notebook(mistake("mistake-a", "α"), silent)) == [("mistake-a", "α", "wrong")]


def exercise(title, label, options="", kind="exercise"):
    return {"cell_type": "markdown", "source": f"Text.\n\n```{{{kind}}} {title}\n{options}:label: {label}\n\nDo.\n```"}


def test_an_exercise_has_a_label_a_grade_and_a_title():
    made = notebook(
        exercise("★ The slope", "ex-a"),
        code("```{exercise} ★ Printed\n:label: ex-printed\n"),
        exercise("★★ At $x = 0$", "ex-b", options=":class: tip\n"),
        exercise("★★★Prove it", "ex-c", kind="exercise-start"),
        exercise("Without a grade", "ex-d"),
        {"cell_type": "markdown", "source": "```{solution-start} ex-a\n:class: dropdown\n```"},
    )
    found = [("ex-a", "★", "The slope"), ("ex-b", "★★", "At $x = 0$"), ("ex-c", "★★★", "Prove it")]
    assert lists.exercises(made) == [*found, ("ex-d", "", "Without a grade")]
    assert lists.exercises_table(made)[2:4] == [
        "| {numref}`ex-a` | ★ | The slope |",
        "| {numref}`ex-b` | ★★ | At $x = 0$ |",
    ]


@pytest.mark.parametrize("rows", [lists.checks_table, lists.mistakes_table, lists.exercises_table])
def test_a_notebook_that_has_nothing_to_list_has_no_table(rows):
    assert rows(notebook(code("x"))) == []


def test_lists_are_read_again_with_any_other_page():
    env = SimpleNamespace(metadata={"book/a": {}, "book/lists": {lists.LISTS: True}})
    assert lists.outdated_lists(None, env, set(), {"book/a"}, set()) == ["book/lists"]
    assert lists.outdated_lists(None, env, {"book/b"}, set(), set()) == ["book/lists"]
    assert lists.outdated_lists(None, env, set(), set(), set()) == []


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_no_check_no_mistake_and_no_exercise_of_the_book_is_left_out(path):
    stored = load(path)
    text = "".join("".join(cell["source"]) for cell in stored["cells"] if cell["cell_type"] == "markdown")
    listed = "\n".join(lists.mistakes_table(stored))
    assert text.count(":name: mistake-") == len(lists.mistakes(stored))
    for line in text.splitlines():
        if line.startswith(":name: mistake-"):
            assert line.removeprefix(":name: ") in listed
    claims = {line.split()[1] for line in text.splitlines() if line.startswith(":label: thm-")}
    assert claims == {label for label, *_ in lists.checks(stored)}
    assert [label for label, _, _ in lists.exercises(stored)] == exercise_labels(stored)
    assert all(set(grade) == {"★"} and "★" not in title and title for _, grade, title in lists.exercises(stored))
