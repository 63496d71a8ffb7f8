"""Numbers in prose: how they are read, when they agree, what is reported."""

import json
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
import torch

from mathdnn_utils.verify import CheckFailed, check_prose
from mathdnn_utils.verify.prose import (
    binding_problems,
    bindings,
    read_markdown,
    unbound_numbers,
    unbound_numbers_in_markdown,
)


def notebook(*cells):
    """A notebook of (Markdown) strings and ("code", source) pairs."""
    made = [
        {"cell_type": "markdown", "source": cell}
        if isinstance(cell, str)
        else {"cell_type": cell[0], "source": cell[1]}
        for cell in cells
    ]
    return {"cells": made}


def read(text, index=-1):
    """The token of the last binding in a text."""
    binding = read_markdown(text)[0][index]
    assert binding.problem == ""
    return binding.token


def values(printed):
    """Nested lists of the numbers that were read."""
    return [values(entry) for entry in printed] if isinstance(printed, list) else printed.value


def run(tmp_path, monkeypatch, markdown, code="", namespace=None):
    """Run check_prose as the last cell of a notebook does, in a namespace that its code filled."""
    (tmp_path / "made.ipynb").write_text(json.dumps(notebook(markdown, ("code", code))))
    monkeypatch.chdir(tmp_path)
    space = {} if namespace is None else namespace
    exec(code, space)
    exec("from mathdnn_utils.verify import check_prose\ncheck_prose('made.ipynb')", space)


PRINTED = [
    # integers
    ("7", 7),
    ("65 536", 65536),
    ("65\u202f536", 65536),
    ("65\u2009536", 65536),
    ("65\u00a0536", 65536),
    ("5 050 000", 5050000),
    (r"$65\,536$", 65536),
    (r"$5{,}050{,}000$", 5050000),
    ("2021", 2021),
    ("−3", -3),
    ("-3", -3),
    ("is −3", -3),
    ("$-3$", -3),
    (r"$x =\, -3$", -3),
    ("$x = - 3$", -3),
    (r"$x \le -3$", -3),
    (r"$\beta\to -3$", -3),
    ("$|-3|$", -3),
    ("$[a, -3]$", -3),
    # a minus between two operands is not a sign
    ("a−3", 3),
    ("5 − 3", 3),
    ("5 −3", 3),
    ("5-3", 3),
    ("$a-3$", 3),
    ("$5 - 3$", 3),
    (r"$\beta -3$", 3),
    ("$f(x)-3$", 3),
    ("$|x|-3$", 3),
    ("$x_{1}-3$", 3),
    # decimals
    ("0.5", "0.5"),
    (".342914", "0.342914"),
    ("−.342914", "-0.342914"),
    ("12 345.678", "12345.678"),
    ("99.916 %", "99.916"),
    ("99.916\u202f%", "99.916"),
    (r"$99.916\,\%$", "99.916"),
    ("$0.5x$", "0.5"),
    # scientific notation and powers
    ("9.54·10⁻⁷", "9.54e-7"),
    ("9.54×10⁻⁷", "9.54e-7"),
    ("−9.54 · 10⁻⁷", "-9.54e-7"),
    (r"$9.54\cdot10^{-7}$", "9.54e-7"),
    (r"$9.54 \times 10^{-7}$", "9.54e-7"),
    (r"$6.4\cdot 10^8$", "6.4e8"),
    ("1e-10", "1e-10"),
    ("2.5e3", "2500"),
    ("10⁻⁷", "1e-7"),
    ("$10^{-7}$", "1e-7"),
    ("2¹⁶", 65536),
    ("$2^{16}$", 65536),
    ("1.5²", "2.25"),
    # fractions
    ("2/9", "2/9"),
    ("−2/9", "-2/9"),
    (r"$\tfrac{5}{36}$", "5/36"),
    (r"$\frac{5}{36}$", "5/36"),
    (r"$-\frac{5}{36}$", "-5/36"),
    (r"$\frac{-5}{36}$", "-5/36"),
    (r"$\frac12$", "1/2"),
    ("½", "1/2"),
    ("−½", "-1/2"),
    ("⅓", "1/3"),
    ("1½", "3/2"),
]


@pytest.mark.parametrize("text, value", PRINTED)
def test_a_number_is_read(text, value):
    assert read(f"so {text}<!--= x -->").printed.value == Fraction(value)


SHAPES = [
    ("4×5", [4, 5]),
    ("4 × 5", [4, 5]),
    (r"$4\times5$", [4, 5]),
    (r"$3\times128\times128$", [3, 128, 128]),
    (r"$3 \times 128 \times 128$", [3, 128, 128]),
    ("[26, 30]", [26, 30]),
    ("[5,6,7,8]", [5, 6, 7, 8]),
    ("[5]", [5]),
    ("[1,100,2]", [1, 100, 2]),
    ("(3,)", [3]),
    ("(0.0474, 0.9526)", ["0.0474", "0.9526"]),
    ("(−2/9, −1/9, 1/3)", ["-2/9", "-1/9", "1/3"]),
    ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
    ("[[1,−2],[1,−4]]", [[1, -2], [1, -4]]),
    ("(½, 1 000, 2·10⁻³)", ["1/2", 1000, "0.002"]),
    (r"$v = (-\tfrac{2}{9},\, \tfrac13)$", ["-2/9", "1/3"]),
    (r"$\left[1, 2\right]$", [1, 2]),
    (r"$v \in (0,1)$", [0, 1]),
    (r"$\begin{pmatrix} 1 & -2 \\ 3 & 0.5 \end{pmatrix}$", [[1, -2], [3, "0.5"]]),
    (r"$\begin{bmatrix} 1 \\ 3 \end{bmatrix}$", [[1], [3]]),
]


def fractions(nested):
    return [fractions(entry) for entry in nested] if isinstance(nested, list) else Fraction(nested)


@pytest.mark.parametrize("text, value", SHAPES)
def test_a_shape_vector_or_matrix_is_read(text, value):
    assert values(read(f"so {text}<!--= x -->").printed) == fractions(value)


@pytest.mark.parametrize(
    "text", ["**0.5**", "*0.5*", "_0.5_", "`0.5`", '"0.5"', "“0.5”", "**0.5 %**", "**0.5** %", "| 0.5"]
)
def test_closing_marks_may_stand_between(text):
    assert read(f"so {text}<!--= x -->").printed.value == Fraction(1, 2)


@pytest.mark.parametrize("kind", ["# {}", "> so {}", "- {}", "1. {}", "| a | {} |", ":::{admonition} Mistake: {}\n:::"])
def test_a_binding_is_found_in_every_block(kind):
    assert read(kind.replace("{}", "0.5<!--= x -->")).printed.value == Fraction(1, 2)


def test_comments_behind_a_formula_bind_its_last_values_in_order():
    found, unbound = read_markdown("$x_{20} = 0.25, y = 4\\times5$<!--= x --><!--= y -->")
    assert [(b.text, b.expression) for b in found] == [("0.25", "x"), (r"4\times5", "y")]
    assert [text for text, _ in unbound] == ["20"]


@pytest.mark.parametrize("label", ["", " (eq-relu-d)"])
@pytest.mark.parametrize("between", ["", "\n"])
def test_comments_of_a_displayed_formula_stand_on_the_lines_after_it(label, between):
    found, unbound = read_markdown(f"$$\nd = 0.25,\\quad e = 0.75\n$${label}\n<!--= d -->{between}<!--= e -->\n\ntext")
    assert [(b.text, b.problem) for b in found] == [("0.25", ""), ("0.75", "")]
    assert unbound == []


@pytest.mark.parametrize(
    "text, problem",
    [
        ("word<!--= x -->", "does not stand directly after a number"),
        ("0.5 <!--= x -->", "does not stand directly after a number"),
        ("0.5\n<!--= x -->", "does not stand directly after a number"),
        ("(0.5)<!--= x -->", "does not stand directly after a number"),
        ("x13<!--= x -->", "does not stand directly after a number"),
        ("0.5<!--= x --><!--= y -->", "does not stand directly after a number"),
        ("$x = y$<!--= x -->", "the formula has 0 of the 1 values that are bound"),
        ("$x = 1$<!--= x --><!--= y -->", "the formula has 1 of the 2 values that are bound"),
        ("$x = 1<!--= x -->$", "stands inside a formula, expected behind it"),
        ("$$x = 1$$<!--= x -->", "stands on the line of a displayed formula, expected on the line after it"),
        ("5,050<!--= x -->", "the number '5,050' cannot be read"),
        ("007<!--= x -->", "the number '007' cannot be read"),
        ("1.2.3<!--= x -->", "the number '1.2.3' cannot be read"),
        ("3/0<!--= x -->", "the number '3/0' cannot be read"),
        ("0.5<!--= x", "the comment is never closed"),
    ],
)
def test_what_cannot_be_read_is_a_problem(text, problem):
    assert problem in [b.problem for b in read_markdown(text)[0]]


def test_comments_in_code_bind_nothing():
    assert read_markdown("write `0.5<!--= x -->` or\n\n```\n0.5<!--= x -->\n```\n") == ([], [])


AGREE = [
    ("0.14", 0.138629),
    ("0.5", 0.45),  # 0.45 as a float is above the tie
    ("0.12", 0.125),  # on the tie, both neighbours
    ("0.13", 0.125),
    ("0.5", Decimal("0.55")),
    ("0.50", np.float32(0.5)),
    ("7", 7),
    ("7", 7.0),
    ("7", np.int64(7)),
    ("7", np.array(7)),
    ("7", 7 + 0j),
    ("7", sympy.Integer(7)),
    ("7", torch.tensor(7)),
    ("2/9", 2 / 9),
    ("2/9", Fraction(2, 9)),
    ("2/9", sympy.Rational(2, 9)),
    ("1.414", sympy.sqrt(2)),
    ("0.5", torch.tensor(0.5, requires_grad=True)),
    ("9.54·10⁻⁷", 0.25**10),
    ("6.4·10⁸", 1.5**50),
    ("1.5⁵⁰", 1.5**50),
    ("4×5", (4, 5)),
    ("4×5", torch.zeros(4, 5).shape),
    ("[26, 30]", np.array([26, 30])),
    ("[26, 30]", [np.int64(26), 30.0]),
    ("[0.5, 0.3]", torch.tensor([0.5, 0.333])),
    ("(½, ⅓)", [Fraction(1, 2), Fraction(1, 3)]),
    ("[[1, 2], [3, 4]]", np.array([[1, 2], [3, 4]])),
    ("[[1, 2], [3, 4]]", sympy.Matrix([[1, 2], [3, 4]])),
    ("[[1, 2], [3, 4]]", (torch.tensor([1, 2]), torch.tensor([3, 4]))),
    (r"$\begin{bmatrix} 1 \\ 3 \end{bmatrix}$", np.array([1, 3])),
    (r"$\begin{bmatrix} 1 \\ 3 \end{bmatrix}$", np.array([[1], [3]])),
]
DIFFER = [
    ("0.14", 0.1451),
    ("0.14", 0.1349),
    ("0.14", -0.14),
    ("0.45", 0.5),
    ("0.125", 0.1256),
    ("7", 7.0000001),
    ("7", -7),
    ("2/9", 0.2222),
    ("2/9", Fraction(2222222222222222, 10**16)),
    ("9.54·10⁻⁷", 9.54e-6),
    ("10⁻⁷", 1.1e-7),
    ("1", True),
    ("1", np.True_),
    ("1", np.array(True)),
    ("1", torch.tensor(True)),
    ("1", sympy.true),
    ("1", "1"),
    ("1", b"1"),
    ("1", None),
    ("1", 1 + 1e-9j),
    ("0.5", 0.5 + 0.1j),
    ("0.5", float("nan")),
    ("0.5", np.float64("inf")),
    ("0.5", sympy.oo),
    ("0.5", sympy.nan),
    ("0.5", sympy.Symbol("x")),
    ("0.5", Decimal("NaN")),
    ("7", [7]),
    ("7", np.array([7])),
    ("4×5", (5, 4)),
    ("4×5", (4, 5, 1)),
    ("4×5", 20),
    ("[26, 30]", [26, 31]),
    ("[26, 30]", [[26, 30]]),
    ("[26, 30]", [26, float("nan")]),
    ("[1, 0]", [True, False]),
    ("[[1, 2], [3, 4]]", np.array([[1, 3], [2, 4]])),
    ("[[1, 2], [3, 4]]", [1, 2, 3, 4]),
    (r"$\begin{bmatrix} 1 \\ 3 \end{bmatrix}$", np.array([[1, 3]])),
]


@pytest.mark.parametrize("text, value", AGREE)
def test_agreement(text, value):
    assert read(f"{text}<!--= x -->").agrees(value)


@pytest.mark.parametrize("text, value", DIFFER)
def test_disagreement(text, value):
    assert not read(f"{text}<!--= x -->").agrees(value)


@pytest.mark.parametrize(
    "text, value, shown",
    [
        ("0.50", 0.731059, "0.7311"),
        ("9.54·10⁻⁷", 0.5**20 * 2, "0.00000190735"),
        ("7", 8, "8"),
        ("7", 7.5, "7.50"),
        ("7", 7.0000001, "7.0000001"),
        ("2/9", Fraction(1, 3), "1/3"),
        ("2/9", 0.25, "0.25"),
        ("[1, 2]", np.array([1.5, 2.0]), "[1.50, 2.00]"),
        ("1", True, "True"),
        ("1", float("nan"), "nan"),
        ("1", "1", "'1'"),
        ("6.4·10⁸", 123456789.0, "123456789"),
    ],
)
def test_a_wrong_value_is_shown_with_two_digits_more(text, value, shown):
    assert read(f"{text}<!--= x -->").show(value) == shown


COUNTED = [
    ("0.5", ["0.5"]),
    (".5", [".5"]),
    ("0.5x", ["0.5"]),
    ("13", ["13"]),
    ("−13", ["−13"]),
    ("65 536 scalars", ["65 536"]),
    ("(2021)", ["2021"]),
    ("5/36", ["5/36"]),
    ("10⁻⁷", ["10⁻⁷"]),
    ("1e-5", ["1e-5"]),
    ("4×5", ["4×5"]),
    ("C×3×3", ["3×3"]),
    ("[2, 3]", ["[2, 3]"]),
    ("(0.5, 1)", ["(0.5, 1)"]),
    ("f(13, 2)", ["13"]),
    ("1.2.3", ["1.2.3"]),
    ("5,050", ["5,050"]),
    ("_0.5_", ["0.5"]),
    ("$x^{13}$", ["13"]),
    ("$x_{0.5}$", ["0.5"]),
    ("$13x$", ["13"]),
    (r"$\beta0.5$", ["0.5"]),
    (r"$4\times5$", [r"4\times5"]),
    (r"$\underset{3\times 1}{x}$", [r"3\times 1"]),
    (r"$\frac{a}{13}$", ["13"]),
    (r"$\frac{-13}{5}$", [r"\frac{-13}{5}"]),
    (r"$\text{in 15 cases}$", ["15"]),
    ("$$\nx = 0.5\n$$ (eq-a-1)", ["0.5"]),
    ("{math}`0.5`", ["0.5"]),
    ("```{prf:theorem} Bound\n:label: thm-a-b\n0.5\n```", ["0.5"]),
    (":::{admonition} Mistake: a\n:class: mistake\n0.5\n:::\n0.25", ["0.5", "0.25"]),
    ("![at 0.5](picture-15.png)", ["0.5"]),
    ("| 0.5 | 0.25<!--= x --> |", ["0.5"]),
    ("0.5<!-- half -->", ["0.5"]),
    ("$x = 0.5$ and 0.25<!--= x -->", ["0.5"]),
    ("layers\n0.5", ["0.5"]),
]
NOT_COUNTED = [
    "12 lines, 3 columns, −12",
    "½ or 2/9 or 2³ or $2^3$",
    "0.5<!--= x -->",
    "`0.5` and ``a ` 0.5``",
    "```python\n0.5\n```",
    "```\n0.5\n```",
    "~~~\n0.5\n~~~",
    "```{code-block} python\n0.5\n```",
    "````{prf:theorem}\n```python\n0.5\n```\n````",
    ":label: thm-a-13",
    ":::{admonition} Mistake: at 0.5\n:class: mistake\n:::",
    "(part-13)=",
    "[text](page-13.html)",
    "[text](https://example.org/0.5/(13)) <https://example.org/13>",
    "https://example.org/0.5",
    "[a]: page-0.5.html",
    "<!-- 0.5 -->",
    "<!-- 0.5\n13 -->",
    "IFT6135, conv2d, x13, C_13, float32, 64px, 100th",
    "13. item\n14) item",
    "## 13 Title",
    r"$a\hspace{1.5em}b\kern13pt c \\[14pt] \tag{15} \phantom{16} \rule[0.5ex]{20pt}{30pt}$",
    "$$\nx\n$$ (eq-a-13)",
    "{eq}`eq-a-13` and {prf:ref}`thm-a-13`",
    "[^13]",
    '<img src="a13.png" width="300">',
    "a&#8201;b",
    r"$x_1 + \log_2 y, \mathrm{conv13}$",
    "$f(0, 1)$ and x[0, 1]",
    "[5] and (5)",
]


@pytest.mark.parametrize("text, found", COUNTED)
def test_what_must_be_bound(text, found):
    assert [number for number, _ in read_markdown(text)[1]] == found


@pytest.mark.parametrize("text", NOT_COUNTED)
def test_what_need_not_be_bound(text):
    assert read_markdown(text)[1] == []


def test_unbound_numbers_name_their_cell_and_context():
    made = notebook("none here", ("code", "x = 0.5"), "the slope is then 0.25, and\nnot more")
    assert unbound_numbers(made) == [(3, "0.25", "the slope is then 0.25, and not more")]


def test_nothing_can_be_bound_in_a_page():
    assert unbound_numbers_in_markdown("---\ntitle: 0.5\n---\nin 0.25<!--= x --> units") == [("0.25", "in 0.25 units")]


def test_bindings_name_their_cell():
    found = bindings(notebook(("code", "x = 1"), "is 0.5<!--= x -->"))
    assert [(b.cell, b.text, b.expression) for b in found] == [(2, "0.5", "x")]


@pytest.mark.parametrize(
    "expression, problem",
    [
        ("0.5", "holds no name that a code cell assigned"),
        ("1 / 2", "holds no name that a code cell assigned"),
        ("len('a') / 2", "holds no name that a code cell assigned"),
        ("np.pi", "holds no name that a code cell assigned"),
        ("other", "no code cell assigns other"),
        ("inner", "no code cell assigns inner"),
        ("loop", "no code cell assigns loop"),
        ("x +", "is not an expression"),
        ("y = x", "is not an expression"),
        ("", "is not an expression"),
    ],
)
def test_a_binding_that_cannot_depend_on_the_code_is_a_problem(expression, problem):
    code = "import numpy as np\ndef f():\n    inner = 0.5\nx = [loop for loop in 'a']"
    (found,) = binding_problems(notebook(("code", code), f"0.5<!--= {expression} -->"))
    assert problem in found and found.startswith("cell 2: “0.5")


@pytest.mark.parametrize(
    "code",
    ["x = 1", "x: int = 1", "x, y = 1, 2", "for x in []: pass", "if True:\n    x = 1", "def x(): pass", "(x := 1)",
     "with open('a') as x: pass", "%time\nx = 1", "x += 1"],
)  # fmt: skip
def test_what_assigns_a_name(code):
    assert binding_problems(notebook(("code", code), "0.5<!--= sum(x[i] for i in range(2)) -->")) == []


def test_a_notebook_that_binds_nothing_or_is_not_python_is_a_problem():
    assert binding_problems(notebook("text")) == ["no number in the text is bound, so nothing is compared"]
    assert binding_problems(notebook(("code", "x ="), ("code", "x = 1"), "1<!--= x -->")) == ["cell 1: is not Python"]


def test_numbers_that_agree_give_one_line(tmp_path, monkeypatch, capsys):
    markdown = "half is 0.5<!--= half -->, of shape 4×5<!--= np.zeros((4, n)).shape -->"
    run(tmp_path, monkeypatch, markdown, "import numpy as np\nhalf, n = 1 / 2, 5")
    assert capsys.readouterr().out == "made.ipynb: 2 numbers in the text agree with the code\n"
    run(tmp_path, monkeypatch, "half is 0.5<!--= half -->", "half = 1 / 2")
    assert capsys.readouterr().out == "made.ipynb: 1 number in the text agrees with the code\n"


def test_all_that_is_wrong_is_in_one_message(tmp_path, monkeypatch):
    markdown = "ok 0.5<!--= x -->, no 0.6<!--= x -->, 1<!--= x / 0 -->, 2<!--= 2 -->, w<!--= x -->, 3<!--= late -->"
    with pytest.raises(CheckFailed) as failure:
        run(tmp_path, monkeypatch, markdown, "x = 0.5\nif x > 1: late = 3")
    lines = str(failure.value).splitlines()
    assert lines[0] == "made.ipynb: 5 of 6 numbers in the text are wrong"
    assert lines[1] == "  cell 1: “ok 0.5, no 0.6, 1, 2, w, 3”: <!--= x --> gives 0.500, the text says 0.6"
    for line, words in zip(
        lines[2:], ["raises ZeroDivisionError", "no name", "directly after", "needs late"], strict=True
    ):
        assert words in line
    assert isinstance(failure.value, AssertionError)


def test_the_text_of_the_notebook_is_compared_with_the_callers_values(tmp_path, monkeypatch):
    run(tmp_path, monkeypatch, "0.5<!--= x -->", "x = 0.5")
    with pytest.raises(CheckFailed, match="gives 0.700, the text says 0.5"):
        run(tmp_path, monkeypatch, "0.5<!--= x -->", "x = 0.7")


def test_a_binding_changes_nothing(tmp_path, monkeypatch):
    space = {}
    run(tmp_path, monkeypatch, "7<!--= (x := x + 1) -->", "x = 6", space)
    assert space["x"] == 6


def test_a_notebook_without_bindings_is_an_error(tmp_path, monkeypatch):
    with pytest.raises(CheckFailed, match="made.ipynb: no number in the text is bound, so nothing was compared"):
        run(tmp_path, monkeypatch, "text", "x = 1")


def test_without_the_file_one_line_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    check_prose("relu.ipynb")
    assert capsys.readouterr().out == "relu.ipynb: not found here, so the numbers in the text were not compared\n"


@pytest.mark.parametrize(
    "name, error, text",
    [
        (3, TypeError, "check_prose: name has type int, expected the file name of this notebook"),
        ("relu.py", ValueError, "check_prose: name is 'relu.py', expected a file name that ends in .ipynb"),
    ],
)
def test_the_name_must_be_that_of_a_notebook(name, error, text):
    with pytest.raises(error, match=text):
        check_prose(name)


def test_a_file_that_is_no_notebook_is_named(tmp_path, monkeypatch):
    (tmp_path / "made.ipynb").write_text("[]")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="check_prose: made.ipynb is not a notebook"):
        check_prose("made.ipynb")
    (tmp_path / "made.ipynb").write_text("not json")
    with pytest.raises(ValueError, match="check_prose: made.ipynb is not a notebook"):
        check_prose("made.ipynb")


def test_it_imports_no_oracle():
    code = "import sys, mathdnn_utils.verify.prose; print({'torch', 'sympy', 'scipy', 'IPython'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
