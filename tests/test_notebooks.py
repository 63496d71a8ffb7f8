"""Every notebook of the book keeps to the static guards, and every guard fails on a notebook that does not."""

import base64
import copy
import io
import re
import tomllib
from pathlib import Path

import notebooks as guards
import pytest
from notebooks import BOOK, CHAPTER_GUARDS, GUARDS, is_chapter, load, notebook_paths, page_paths
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mathdnn_utils.verify.answers import exercises

MADE = Path("units/made.ipynb")
EXCEPTIONS = Path(__file__).with_name("unbound_numbers.toml")

# --- the book ------------------------------------------------------------------------------------------------------


def in_book(path):
    return path.relative_to(BOOK).as_posix()


def none_of(problems):
    """Fail with all complaints, a line each."""
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.mark.parametrize("path", notebook_paths(), ids=in_book)
@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
def test_every_notebook(guard, path):
    none_of(guard(load(path), path.relative_to(BOOK)))


@pytest.mark.parametrize("path", [path for path in notebook_paths() if is_chapter(path)], ids=in_book)
@pytest.mark.parametrize("guard", CHAPTER_GUARDS, ids=lambda guard: guard.__name__)
def test_every_chapter(guard, path):
    none_of(guard(load(path), path.relative_to(BOOK)))


def test_all_complaints_are_shown():
    none_of([])
    with pytest.raises(pytest.fail.Exception, match="^one\ntwo$"):
        none_of(["one", "two"])


def test_there_are_notebooks_and_chapters():
    assert notebook_paths()
    assert [path for path in notebook_paths() if is_chapter(path)]


# Notebooks that are no chapters. The guards on chapters do not run on what is here, and on nothing that is elsewhere.
PAGES = {"notation.ipynb", "check-yours.ipynb", "appendix/numbers.ipynb"}


def test_every_notebook_is_a_chapter_or_a_known_page():
    assert {in_book(path) for path in notebook_paths() if not is_chapter(path)} == PAGES, (
        "a chapter belongs into a folder that CHAPTER_FOLDERS of tests/notebooks.py names"
    )


def test_no_label_is_in_two_notebooks():
    none_of(guards.shared_label_problems({in_book(path): load(path) for path in notebook_paths()}))


def test_exercises_and_references_are_the_same():
    none_of(guards.registry_problems({in_book(path): load(path) for path in notebook_paths()}, exercises()))


def test_every_number_is_bound_or_a_known_exception():
    found = {in_book(path): guards.unbound_in_notebook(load(path)) for path in notebook_paths()}
    found |= {in_book(path): guards.unbound_in_page(path.read_text(encoding="utf-8")) for path in page_paths()}
    none_of(guards.unbound_problems(found, tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))["exception"]))


# --- a small notebook that is right --------------------------------------------------------------------------------


def picture(description, **changes):
    """A display of a picture as figures.show makes it."""
    info = PngInfo()
    info.add_itxt("Description", description)
    file = io.BytesIO()
    Image.new("RGB", (2, 2)).save(file, "png", pnginfo=info)
    data = {"image/png": base64.b64encode(file.getvalue()).decode(), "text/plain": description}
    return {"output_type": "display_data", "data": data, "metadata": {"image/png": {"alt": "what it says"}}} | changes


def good(exercise_count=5):
    """The cells of a small chapter: strings are Markdown, pairs are code with what it printed."""
    checks = "made-checks: none\nthm-made-a: holds (exact integers, 1 case, tolerance 0)\n"
    checks += "thm-made-a: holds (PyTorch autodiff, 100 cases, tolerance 1e-12)\n"
    cells = [
        "# A made chapter\n\nText.",
        ("x = 0.5\nprint('x')", "x\n"),
        "## Problem\n\nIt is 0.5<!--= x -->.",
        "## By hand",
        "## Derivation\n\n$$\na\n$$ (eq-made-a)\n\nand\n\n$$ = b $$ (eq-made-b)",
        ("check_steps([('eq-made-a', f), ('eq-made-b', g)], sample)", "holds: 2 lines\n"),
        "## Theorem\n\n```{prf:theorem} A title\n:label: thm-made-a\n\nIt holds.\n```",
        ("check_jacobian(f, g, x, claim='thm-made-a')", checks),
        "## In code",
        ("figures.show(fig, alt='what it says')", ""),
        "## Common mistakes\n\n:::{admonition} Mistake: a sign\n:class: mistake\n:name: mistake-made-sign\nNo.\n:::",
        ("compare(1, 2)", "wrong: the sign\n"),
        "## Beyond",
        "## Exercises",
    ]
    for i in range(exercise_count):
        label = f"ex-made-{'abcdefgh'[i]}"
        cells += [
            f"```{{exercise}} {'★' * (i % 3 + 1)} Title\n:label: {label}\n\nCompute.\n```",
            (f"answer = ...  # a number\ncheck_answer('{label}', answer)", f"{label}: not answered yet\n"),
            f"```{{solution-start}} {label}\n:class: dropdown\n```",
            "Because.",
            (f"mine = 1\ncheck_answer('{label}', mine)", f"{label}: right\n"),
            "```{solution-end}\n```",
        ]
    return [
        *cells,
        "## Summary",
        ('check_prose("made.ipynb")', "made.ipynb: 1 number in the text agrees with the code\n"),
    ]


def stored(cells):
    """The notebook with these cells."""
    made, count = [], 0
    for cell in cells:
        if isinstance(cell, str):
            made.append({"cell_type": "markdown", "source": cell, "metadata": {}})
            continue
        count += 1
        source, printed = cell
        outputs = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
        if "figures.show" in source:
            outputs = [picture("what it says\naxes")]
        made.append(
            {"cell_type": "code", "source": source, "metadata": {}, "execution_count": count, "outputs": outputs}
        )
    return {"cells": made}


def code_cell(notebook, text):
    """The first code cell whose source has a text."""
    return next(c for c in notebook["cells"] if c["cell_type"] == "code" and text in c["source"])


@pytest.mark.parametrize("guard", [*GUARDS, *CHAPTER_GUARDS], ids=lambda guard: guard.__name__)
def test_a_good_notebook_passes(guard, monkeypatch):
    # Its size is that of a chapter only here.
    monkeypatch.setattr(guards, "WORDS", (5, 500))
    monkeypatch.setattr(guards, "CODE_CELLS", (5, 45))
    assert guard(stored(good()), MADE) == []


# --- what breaks it: (guard, a function that changes the stored notebook, a part of the complaint) -------------------


def replaced(old, new):
    """Replace a text in every source and every printed text; it must occur."""

    def change(notebook):
        count = 0
        for cell in notebook["cells"]:
            count += cell["source"].count(old)
            cell["source"] = cell["source"].replace(old, new)
            for output in cell.get("outputs", []):
                if "text" in output:
                    count += output["text"].count(old)
                    output["text"] = output["text"].replace(old, new)
        assert count

    return change


def changed_code(text, **values):
    return lambda notebook: code_cell(notebook, text).update(values)


def error(evalue="e", traceback=()):
    return [{"output_type": "error", "ename": "ValueError", "evalue": evalue, "traceback": list(traceback)}]


def printed(text):
    return lambda notebook: code_cell(notebook, "x = 0.5")["outputs"][0].update(text=text)


def shown(text):
    output = {"output_type": "execute_result", "data": {"text/html": [text]}, "metadata": {}}
    return lambda notebook: code_cell(notebook, "x = 0.5")["outputs"].append(output)


def with_picture(**changes):
    return lambda notebook: code_cell(notebook, "figures.show")["outputs"][0].update(changes)


def without_plain(notebook):
    code_cell(notebook, "figures.show")["outputs"][0]["data"].pop("text/plain")


def stale(notebook):
    code_cell(notebook, "figures.show")["outputs"][0]["data"]["text/plain"] = "what it says\nother axes"


def without(text):
    """Drop the first cell that has a text."""

    def change(notebook):
        cell = next(cell for cell in notebook["cells"] if text in cell["source"])
        notebook["cells"].remove(cell)

    return change


def swapped(first, second):
    """Exchange two cells."""

    def change(notebook):
        cells = notebook["cells"]
        i, j = (next(k for k, cell in enumerate(cells) if text in cell["source"]) for text in (first, second))
        cells[i], cells[j] = cells[j], cells[i]

    return change


def added(source, at=1, **values):
    cell = {"cell_type": "markdown", "source": source, "metadata": {}} | values
    return lambda notebook: notebook["cells"].insert(at if at >= 0 else len(notebook["cells"]), cell)


BROKEN = [
    # execution
    ("execution", changed_code("x = 0.5", execution_count=None), "has execution count None, expected 1"),
    ("execution", changed_code("x = 0.5", execution_count=3), "has execution count 3, expected 1"),
    ("execution", changed_code("x = 0.5", source="  \n"), "is empty"),
    ("execution", changed_code("x = 0.5", outputs=error()), "is not tagged raises-exception"),
    ("execution", changed_code("x = 0.5", metadata={"tags": ["raises-exception"]}), "raises none"),
    (
        "execution",
        changed_code("x = 0.5", outputs=[{"output_type": "stream", "name": "stderr", "text": "w"}]),
        "has written to stderr",
    ),
    ("execution", lambda nb: nb.update(cells=nb["cells"][:1]), "has no code cell"),
    # outputs
    ("output", printed("<A at 0x7f3a12345678>"), "a memory address"),
    ("output", printed("in /home/someone/book"), "an absolute path"),
    ("output", printed(r"in C:\book"), "an absolute path"),
    ("output", shown("<mathdnn.Report object>"), "a bare object"),
    ("output", printed("<function f>"), "a bare object"),
    ("output", printed("took 12.3 ms"), "a timing"),
    ("output", printed("0.5 s"), "a timing"),
    ("output", printed("CPU times: user"), "a timing"),
    ("output", changed_code("x = 0.5", outputs=error("in /tmp/a")), "an absolute path"),
    ("output", changed_code("x = 0.5", outputs=error("e", ["\x1b[0;31mFile /work/\x1b[0m"])), "an absolute path"),
    # pictures
    ("figure", with_picture(metadata={}), "has no alt text"),
    ("figure", with_picture(metadata={"image/png": {"alt": " "}}), "has no alt text"),
    ("figure", without_plain, "has no text/plain beside it"),
    ("figure", stale, "is not the text beside it"),
    # theorems
    ("theorem", replaced(":label: thm-made-a\n", ""), "prf:theorem has no label"),
    (
        "theorem",
        replaced("PyTorch autodiff", "exact integers"),
        "needs checks of two kinds below it and has exact integers",
    ),
    ("theorem", without("claim="), "needs checks of two kinds below it and has none"),
    ("theorem", replaced("thm-made-a: holds", "thm-made-a holds"), "has none"),
    ("theorem", swapped("claim=", "compare("), "has none"),
    ("theorem", added("```{prf:lemma} B\n:label: thm-made-b\n```", 7), "thm-made-a needs"),
    ("theorem", added("```{prf:lemma} B\n:label: lem-made-b\n```", 7), "expected thm-made-"),
    ("theorem", added(":::{prf:corollary} B\n:::"), "prf:corollary has no label"),
    ("theorem", replaced("claim='thm-made-a'", "claim='thm-made-b'"), "claim 'thm-made-b' is no label"),
    ("theorem", added(":::{prf:remark} Cited\n:::"), "prf:remark has no label"),
    ("theorem", added("```{prf:remark}\n:label: thm-made-c\n```", 7), "the label of a remark, expected rem-made-"),
    ("theorem", printed("thm-made-b: holds (SciPy, 3 cases, tolerance 0)\n"), "a check of 'thm-made-b', no label"),
    ("theorem", printed("thm-made-a: FAILS\n"), "says that thm-made-a fails"),
    # exercises
    ("exercise", replaced(":label: ex-made-a", ":label: made-a"), "expected one that starts with ex-"),
    ("exercise", replaced(":label: ex-made-a\n", ""), "expected one that starts with ex-"),
    ("exercise", replaced("★★★ Title", "Title"), "has grade '', expected ★ to ★★★"),
    ("exercise", replaced("★★★ Title", "★★★★ Title"), "has grade '★★★★'"),
    ("exercise", replaced("answer = ...  # a number", "answer = 0.5"), "the reader's cell of ex-made-a must assign"),
    (
        "exercise",
        replaced("answer = ...  # a number", "answer = ...\nanswer = x"),
        "the reader's cell of ex-made-a must",
    ),
    (
        "exercise",
        replaced("answer = ...  # a number", "def answer(t):\n    return t"),
        "the reader's cell of ex-made-a must",
    ),
    ("exercise", replaced("answer = ...  # a number", "answer = ...\nif True:\n    answer = 1"), "must assign"),
    ("exercise", replaced("'ex-made-a', answer", "'ex-made-a', x"), "the reader's cell of ex-made-a must"),
    ("exercise", replaced("'ex-made-a', answer", "'ex-made-a', 0.5"), "the reader's cell of ex-made-a must"),
    ("exercise", replaced("'ex-made-a', answer", "'ex-made-b', answer"), "the reader's cell of ex-made-a must"),
    ("exercise", replaced("'ex-made-a', answer)", "'ex-made-a', answer)\nx"), "the reader's cell of ex-made-a must"),
    (
        "exercise",
        replaced("ex-made-a: not answered yet", "ex-made-a: not right"),
        "must be 'ex-made-a: not answered yet'",
    ),
    ("exercise", replaced("ex-made-a: not answered yet", "ex-made-b: not answered yet"), "must be 'ex-made-a: not"),
    ("exercise", without("answer = ..."), "ex-made-a has 0 cells for the reader"),
    ("exercise", without("{solution-start} ex-made-a"), "ex-made-a has 0 solutions"),
    (
        "exercise",
        replaced("{solution-start} ex-made-a", "{solution-start} ex-made-b"),
        "is of 'ex-made-b', expected 'ex-made-a'",
    ),
    ("exercise", replaced("{solution-start} ex-made-a", "{solution-start} ex-made-z"), "ex-made-z has a solution"),
    ("exercise", replaced(":class: dropdown\n", ""), "has no `:class: dropdown`"),
    ("exercise", without("{solution-end}"), "has no solution-end"),
    ("exercise", replaced("{solution-end}\n```", "{solution-end}\n```\n\nmore"), "must have cells of their own"),
    ("exercise", replaced("ex-made-a: right", "ex-made-a: not right"), "no cell in the solution of ex-made-a submits"),
    ("exercise", replaced("'ex-made-a', mine", "'ex-made-b', mine"), "no cell in the solution of ex-made-a submits"),
    ("exercise", replaced(":label: ex-made-b", ":label: ex-made-a"), "ex-made-a is the label of 2 exercises"),
    ("exercise", added("```{solution} ex-made-a\n```", -1), "expected solution-start because a solution holds code"),
    # mistakes
    ("mistake", replaced(":class: mistake\n", ""), "has no `:class: mistake`"),
    ("mistake", replaced(":name: mistake-made-sign\n", ""), "has name None, expected mistake-made-"),
    ("mistake", replaced("mistake-made-sign", "mistake-sign"), "has name 'mistake-sign', expected mistake-made-"),
    ("mistake", replaced("Mistake: a sign", "A sign"), "expected a title that starts with 'Mistake: '"),
    ("mistake", without("compare(1, 2)"), "is not followed by a code cell"),
    # equations
    ("equation", replaced("eq-made-a", "eq-a"), "the equation's label is 'eq-a', expected eq-made-"),
    ("equation", replaced("('eq-made-a', f)", "('eq-made-c', f)"), "check_steps has a line 'eq-made-c', no equation"),
    ("equation", replaced("('eq-made-a', f), ", ""), "eq-made-a is a line of the derivation and of no check_steps"),
    ("equation", without("check_steps"), "eq-made-b is a line of the derivation and of no check_steps"),
    ("equation", added("$$\nc\n$$ (eq-made-c)", 5), "eq-made-c is a line of the derivation"),
    # style and labels
    ("style", added("{glue:text}`x`"), "has a glue role"),
    ("reference", added("see {eq}`eq-relu-x`"), "refers to eq-relu-x, no label of this notebook"),
    ("reference", added("see {prf:ref}`this <thm-other>`"), "refers to thm-other, no label of this notebook"),
    ("reference", added("see [](softmax.ipynb)"), "the link to softmax.ipynb has no words"),
    ("style", added(r"$\newcommand{\R}{r}$"), "defines a TeX macro with \\newcommand"),
    ("style", added(r"$\def\R{r}$"), "defines a TeX macro with \\def"),
    ("style", added("# Another"), "has titles (`# `) in cells [1, 2], expected one in cell 1"),
    ("style", replaced("# A made chapter", "A made chapter"), "has titles (`# `) in cells [], expected one in cell 1"),
    ("label", added("$$ c $$ (eq-made-a)"), "eq-made-a is a label 2 times"),
    ("label", added("(thm-made-a)=\n## Other"), "thm-made-a is a label 2 times"),
    # chapters
    (
        "last_cell",
        replaced('check_prose("made.ipynb")', 'check_prose("other.ipynb")'),
        'must be check_prose("made.ipynb")',
    ),
    ("last_cell", replaced('check_prose("made.ipynb")', 'check_prose("made.ipynb")\nx'), "the last code cell must be"),
    ("last_cell", without("check_prose"), "the last code cell must be"),
    ("last_cell", replaced("x = 0.5", "x = 0.5; check_prose('made.ipynb')"), "cell 2: calls check_prose"),
    ("last_cell", added("The end.", -1), "the last cell must be code"),
    ("prose", replaced("= x -->", "= y -->"), "no code cell assigns y"),
    ("prose", replaced("= x -->", "= 0.5 -->"), "holds no name"),
    ("prose", replaced("<!--= x -->", ""), "no number in the text is bound"),
    ("heading", replaced("## Beyond", "## Further"), "has no section 'Beyond'"),
    ("heading", replaced("## Beyond", "## Further"), "has a section 'Further'"),
    ("heading", replaced("## Beyond", "### Beyond"), "has no section 'Beyond'"),
    ("heading", swapped("## Beyond", "## Problem"), "expected the order Problem, By hand"),
    ("heading", replaced("## By hand", "## Problem"), "has the sections Problem, Problem"),
    ("size", lambda nb: None, "words without code and displayed formulas, expected 2000 to 4500"),
    ("size", lambda nb: None, "has 16 code cells, expected 20 to 45"),
    ("size", added("word " * 4500), "words without code and displayed formulas, expected 2000 to 4500"),
    ("size", lambda nb: nb["cells"].extend([nb["cells"][1]] * 30), "has 46 code cells, expected 20 to 45"),
    ("completeness", lambda nb: nb.update(stored(good(4))), "has 4 exercises, expected at least 5"),
    ("completeness", replaced("★★★ Title", "★ Title"), "has no exercise of grade ★★★"),
    ("completeness", replaced("{prf:theorem}", "{prf:remark}"), "has no theorem"),
    ("completeness", replaced("{admonition} Mistake: a sign\n:class: mistake", "{admonition} A"), "has no mistake"),
    ("completeness", without("check_steps"), "checks no derivation with check_steps"),
]


@pytest.mark.parametrize("name, change, complaint", BROKEN, ids=[f"{b[0]}: {b[2]}" for b in BROKEN])
def test_a_broken_notebook_fails(name, change, complaint):
    notebook = copy.deepcopy(stored(good()))
    change(notebook)
    found = getattr(guards, f"{name}_problems")(notebook, MADE)
    assert any(complaint in problem for problem in found), found


def test_every_guard_has_been_broken():
    assert {guard.__name__ for guard in [*GUARDS, *CHAPTER_GUARDS]} == {f"{name}_problems" for name, _, _ in BROKEN}


# --- what must not be complained about -----------------------------------------------------------------------------

FINE = [
    ("execution", changed_code("x = 0.5", outputs=error(), metadata={"tags": ["raises-exception"]})),
    ("output", printed("gap at 2 s(x), 30 samples, 1/2, a / b, {'a': 1}, http://example.org/tmp/x")),
    (
        "theorem",
        replaced(
            "```{prf:theorem} A title\n:label: thm-made-a\n\nIt holds.\n```",
            "````{prf:theorem} T\n:label: thm-made-a\n````",
        ),
    ),
    ("theorem", added("```{prf:remark} Cited\n:label: rem-made-cited\n```", 7)),
    ("theorem", added("### Proof", 7)),
    ("theorem", added("```\n{prf:theorem}\n```", 7)),
    ("exercise", replaced("answer = ...  # a number", 'import math\n\n\ndef answer(t):\n    """Of t."""\n    ...')),
    ("exercise", replaced("```{exercise} ★ Title", "````{exercise-start} ★ Title")),
    ("mistake", added(":::{admonition} A word\nText.\n:::", -1)),
    (
        "equation",
        replaced(
            "check_steps([('eq-made-a', f), ('eq-made-b', g)]",
            "lines = [('eq-made-a', f), ('eq-made-b', g)]\ncheck_steps(lines",
        ),
    ),
    ("equation", added("$$\nz\n$$ (eq-made-z)", 2)),
    ("style", added("$\\operatorname{softplus}$, $\\default$")),
    ("heading", replaced("## Theorem", "## Theorems")),
    ("heading", replaced("## Theorem", "### Theorem")),
]


@pytest.mark.parametrize("name, change", FINE)
def test_a_notebook_that_is_right_in_another_way_passes(name, change):
    notebook = stored(good())
    change(notebook)
    assert getattr(guards, f"{name}_problems")(notebook, MADE) == []


def test_words_are_those_of_the_text():
    text = "# A title\n\nTwo words, 3<!--= x --> numbers and $a + b$.\n\n$$\nc + d\n$$ (eq-a)\n\n"
    text += "```{prf:theorem} Name\n:label: thm-a\nIt holds.\n```\n\n```python\ncode here\n```\n"
    # A title | Two words numbers and, the formula | It holds
    assert guards.word_count(stored([text])) == 2 + 5 + 2


# --- the whole book ------------------------------------------------------------------------------------------------


def test_a_label_in_two_notebooks_is_found():
    pair = {"a.ipynb": stored(["$$ a $$ (eq-made-a)"]), "b.ipynb": stored(["$$ a $$ (eq-made-a)"])}
    assert guards.shared_label_problems(pair) == ["eq-made-a is a label in a.ipynb and b.ipynb"]
    assert guards.shared_label_problems({"a.ipynb": pair["a.ipynb"]}) == []


def test_exercises_and_registry_must_match():
    book = {"a.ipynb": stored(good(5))}
    labels = [f"ex-made-{letter}" for letter in "abcde"]
    assert guards.registry_problems(book, labels) == []
    assert guards.registry_problems(book, labels[1:]) == ["ex-made-a is an exercise and check_answer does not know it"]
    assert guards.registry_problems(book, [*labels, "ex-z"]) == ["check_answer knows ex-z, which is no exercise"]


def unbound(**exception):
    """The problems of one number, 2021 in cell 1 of a.ipynb, with one exception."""
    found = {"a.ipynb": guards.unbound_in_notebook(stored(["the course of 2021 in winter"]))}
    return guards.unbound_problems(found, [exception] if exception else [])


def test_an_unbound_number_must_be_an_exception():
    (problem,) = unbound()
    assert problem.startswith(
        "a.ipynb: cell 1: 2021 in “the course of 2021 in winter” is neither bound nor an exception; put <!--= "
    )
    assert unbound(file="a.ipynb", text="course of 2021", reason="a year") == []
    assert unbound(file="a.ipynb", whole_file=True, reason="years") == []


@pytest.mark.parametrize(
    "exception, complaint",
    [
        ({"file": "b.ipynb", "text": "course of 2021", "reason": "a year"}, "is not used"),
        ({"file": "b.ipynb", "text": "course of 2021", "reason": "a year"}, "neither bound nor an exception"),
        ({"file": "a.ipynb", "text": "course of 2022", "reason": "a year"}, "is not used"),
        ({"file": "a.ipynb", "text": "the course", "reason": "a year"}, "neither bound nor an exception"),
        ({"file": "a.ipynb", "text": "course of 2021", "reason": " "}, "has no reason"),
        ({"file": "a.ipynb", "text": "course of 2021"}, "has no reason"),
    ],
)
def test_an_exception_must_fit_and_have_a_reason(exception, complaint):
    assert any(complaint in problem for problem in unbound(**exception))


def test_pages_are_looked_at_too():
    found = {"a.md": guards.unbound_in_page("in 2021<!--= year -->")}
    (problem,) = guards.unbound_problems(found, [])
    assert problem.startswith("a.md: page: 2021 in “in 2021” is neither bound nor an exception")


def test_notebooks_are_found_below_a_folder(tmp_path):
    for name in ("units/a.ipynb", "b.ipynb", "units/.ipynb_checkpoints/a-checkpoint.ipynb", "c.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    assert notebook_paths(tmp_path) == [tmp_path / "b.ipynb", tmp_path / "units/a.ipynb"]
    assert page_paths(tmp_path) == [tmp_path / "c.md"]
    assert [is_chapter(path) for path in notebook_paths(tmp_path)] == [False, True]
    assert re.fullmatch(r".*book", str(BOOK))
