"""The page on numbers in prose: it notices faults in the comparison, its short version works, what it says is so."""

import ast
import importlib
import math
import re
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from notebooks import BOOK, elements, last_cell_problems, load, prose_problems
from test_chapter_faults import with_one_digit_changed
from trials import Trials

from mathdnn_utils import figures
from mathdnn_utils.verify import prose

PAGE = BOOK / "appendix/numbers.ipynb"
ROOT = BOOK.parent
MARKDOWN = "\n\n".join(source for _, source in prose.cells(load(PAGE), "markdown"))

# What the page must notice: what stands in prose.py, and what would make the comparison weaker.
FAULTS = {
    # agreement
    "a whole unit is admitted": ("<= self.unit / 2", "<= self.unit"),
    "a little more than half a unit is admitted": ("<= self.unit / 2", "<= self.unit * 51 / 100"),
    "the ends of the interval are left out": ("<= self.unit / 2", "< self.unit / 2 or exact == self.value"),
    "an integer admits its neighbours": (
        'Number("integer", Fraction(int(text)),',
        'Number("integer", Fraction(int(text)), Fraction(2),',
    ),
    "a fraction agrees with four digits of it": ("Fraction(1, 10**12)", "Fraction(1, 10**3)"),
    "a fraction agrees with no float": ("Fraction(1, 10**12)", "Fraction(0)"),
    "a truth value is a number": ("isinstance(value, (bool, str, bytes))", "isinstance(value, (str, bytes))"),
    "what is no number agrees": (
        "        if exact is None or self.value is None:\n            return False",
        "        if exact is None or self.value is None:\n            return True",
    ),
    "signs are not read": ("value = None if number.value is None else -number.value", "value = number.value"),
    "the exponent has lost its sign": ("factor = Fraction(10) ** exponent", "factor = Fraction(10) ** abs(exponent)"),
    "lengths do not count": ("len(value) == len(printed) and ", ""),
    "one entry suffices": ("all(map(same, printed, value))", "any(map(same, printed, value))"),
    "the axes of a shape may be exchanged": (
        "return same(self.printed, value)",
        "return same(self.printed, value) or (self.kind == 'shape' and same(self.printed, value[::-1]))",
    ),
    "a per cent sign is not skipped": (r"|[ \u00a0\u202f\u2009]?\\?%)*", r")*"),
    "thin spaces are no gaps": (r'GAP = r"(?:[ \u00a0\u202f\u2009]|', r'GAP = r"(?:[ \u00a0\u202f]|'),
    # bindings
    "literals are allowed": ("    if not names & assigned:\n", "    if False:\n"),
    "unknown names are allowed": ("    if strange:\n", "    if False:\n"),
    "what is not behind a number is skipped": (
        "        if not wrong and token is None:\n",
        "        if token is None:\n            continue\n        if False:\n",
    ),
    "a syntax error is allowed": ('return "is not an expression"', 'return ""'),
    "the first values of a formula are bound": ("formula.values[-len(comments) :]", "formula.values[: len(comments)]"),
    "a displayed formula binds nothing": ('return "behind"\n    return "beside"', 'return ""\n    return "beside"'),
    "nothing is compared": ("or disagreement(binding, namespace))", 'or "")'),
    "a notebook without bindings passes": (
        "    if not found:\n        raise CheckFailed",
        "    if False:\n        raise CheckFailed",
    ),
    "what is wrong is not raised": (
        "    if wrong:\n        raise CheckFailed",
        "    if False:\n        raise CheckFailed",
    ),
    "a missing file is passed over in silence": (
        '        print(f"{name}: not found here',
        '        str(f"{name}: not found here',
    ),
    "code is read as text": ("    return code, directives, marks\n", "    return [], directives, marks\n"),
    # the static rule
    "nothing is unbound": ("if token.counts() and not any", "if False and not any"),
    "bound numbers are asked for": ("and not any(token.start < end", "and not all(token.start < end"),
    "integers up to 13 are words": ("SMALL = 12", "SMALL = 13"),
    "decimals are not asked for": ('self.kind in ("decimal", "unreadable")', 'self.kind in ("unreadable",)'),
    "vectors are not asked for": ("return len(numbers) > 1 or any(", "return any("),
    "formulas are not looked at": ("[*countable, *(v for f in formulas for v in f.values)]", "[*countable]"),
    "a binding quiets the rule for pages": ('text.replace("<!--=", "<!-- ")', "text"),
}


WITHOUT_VALUES = "a description without values"


@pytest.fixture(scope="module")
def trials():
    """The page, which has run as it is, and all faults, each to be tried alone."""
    changes = {name: ("mathdnn_utils.verify.prose", *fault) for name, fault in FAULTS.items()}
    trials = Trials(PAGE, changes | {WITHOUT_VALUES: (figures, "_DIGITS = 5\n", "_DIGITS = 2\n")})
    trials.run_as_it_is()
    return trials


def test_the_page_is_as_stored_without_a_fault(trials):
    assert trials.differences == []


@pytest.mark.parametrize("name", [*FAULTS, WITHOUT_VALUES])
def test_the_page_notices(name, trials):
    assert trials.outcome(name)


@pytest.fixture
def page(trials):
    """The names that the page's cells have assigned."""
    return trials.namespace


def test_the_page_keeps_what_it_says_of_chapters(page):
    path = PAGE.relative_to(BOOK)
    assert prose_problems(load(PAGE), path) == last_cell_problems(load(PAGE), path) == []
    for binding in prose.bindings(load(PAGE)):
        assert prose.disagreement(binding, page) == ""
        for changed in with_one_digit_changed(binding.text):
            (other,) = prose.bindings(page["notebook"](f"{changed}<!--= {binding.expression} -->"))
            assert other.problem or prose.disagreement(other, page), f"{binding.text} and {changed} both pass"


def test_the_page_shows_bindings_only_where_they_are_code():
    shown = re.findall(r"(?s)```.*?```|`[^`\n]*`", MARKDOWN)
    assert sum(text.count("<!--=") for text in shown) == 1
    assert MARKDOWN.count("<!--=") == 1 + len(prose.bindings(load(PAGE)))


# --- the short version -----------------------------------------------------------------------------------------------

# Numbers that both versions can read, with values that agree and values that do not.
READ_BY_BOTH = [
    ("0", 0), ("0", -0.0), ("0", 1e-300), ("12", 12), ("12", 21), ("12", -12), ("−12", -12), ("-12", -12), ("−12", 12),
    ("1 000", 1000), ("1 000", 0), ("1 000 000", 10**6), ("1 000.5", 1000.5), ("1 000.5", 1000.56), ("20 5", 5),
    ("0.5", 0.5), ("0.5", 0.55), ("0.5", 0.5500001), ("0.50", 0.505), ("0.50", 0.51), ("0.5", -0.5), ("−0.5", -0.5),
    ("0.1", Fraction(1, 10)), ("0.3", Fraction(1, 3)), ("0.33", Fraction(1, 3)), ("0.34", Fraction(1, 3)),
    ("0.5", np.float64(0.5)), ("0.5", np.float32(0.5)), ("7", np.int64(7)), ("7", np.int64(8)), ("7", np.array(7)),
    ("0.5", math.nan), ("0.5", -math.inf), ("0.5", np.nan), ("0.5", "0.5"), ("0.5", None), ("1", [1]), ("1", (1, 2)),
    ("x12", 12), ("1.2.3", 2.3), ("1.2.3", 3), (".5", "x"), ("", 1), ("0.5 ", 0.5), ("(0.5)", 0.5), ("a−3", 3),
]  # fmt: skip


@pytest.mark.parametrize("text, value", READ_BY_BOTH)
def test_the_short_version_agrees_with_the_full_one(text, value, page):
    space = {"x": value}
    assert page["small_verdict"](text, "x", space) == page["full_verdict"](text, "x", space)


def test_the_short_version_finds_any_changed_digit_that_the_full_one_finds(page):
    tried = 0
    for text, value in READ_BY_BOTH:
        for changed in with_one_digit_changed(text):
            space = {"x": value}
            assert page["small_verdict"](changed, "x", space) == page["full_verdict"](changed, "x", space)
            tried += page["small_verdict"](changed, "x", space) == "refused"
    assert tried > len(READ_BY_BOTH)


@pytest.mark.parametrize("expression", ["0.5", "1 / 2", "0.5 + 0"])
def test_the_short_version_refuses_a_literal(expression, page):
    with pytest.raises(AssertionError, match=f"^{re.escape(f'a literal: {expression}')}$"):
        page["check_numbers"](page["notebook"](f"0.5<!--= {expression} -->"), {})


def test_the_short_version_says_what_is_wrong(page):
    check, notebook = page["check_numbers"], page["notebook"]
    with pytest.raises(AssertionError) as failure:
        check(notebook("7<!--= x -->, 8<!--= x -->, one<!--= x -->, 1<!--= 1 -->"), {"x": 8})
    lines = [line.partition(":")[0] for line in str(failure.value).splitlines()]
    assert lines == ["not behind a number", "7 is not x", "a literal"]
    with pytest.raises(AssertionError, match="^nothing is bound$"):
        check(notebook("seven"), {})
    assert check(notebook("8<!--= x -->"), {"x": 8}) is None


def test_what_the_page_says_that_the_short_version_lacks(page):
    check, notebook = page["check_numbers"], page["notebook"]
    # Reads bindings inside code.
    with pytest.raises(NameError):
        check(notebook("8<!--= x --> and `0.5<!--= other -->`"), {"x": 8})
    with pytest.raises(Exception):
        check(load(PAGE), page)
    # Stops at the first expression that raises an error.
    with pytest.raises(ZeroDivisionError):
        check(notebook("1<!--= 1 / x -->, 2<!--= x -->"), {"x": 0})
    for text, value in page["parted"]:
        space = {"x": value}
        assert page["small_verdict"](text, "x", space) != page["full_verdict"](text, "x", space)
    assert all(page["same"])


def test_the_page_changes_digits_as_the_tests_do(page):
    for text in ["65 536", "9.54·10⁻⁷", "(½, ⅓)", "−0.14", "two"]:
        assert list(page["with_one_digit_changed"](text)) == list(with_one_digit_changed(text))


# --- what the page says ----------------------------------------------------------------------------------------------


def test_the_tests_that_the_page_names_exist():
    files = re.findall(r"`(tests/[\w./]+\.py)`", MARKDOWN)
    assert len(set(files)) >= 5
    for file in files:
        assert (ROOT / file).is_file(), file
    section = MARKDOWN.partition("**Where the tests are.**")[2].partition("\n## ")[0]
    named = 0
    for line in section.splitlines():
        if match := re.match(r"- `(tests/\w+\.py)`", line):
            tree = ast.parse((ROOT / match[1]).read_text(encoding="utf-8"))
            functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            for name in re.findall(r"`(test_\w+)`", line):
                assert name in functions, f"{match[1]} has no {name}"
                named += 1
    assert named == len(re.findall(r"`test_\w+`", section)) >= 6


def test_what_there_is_to_take_exists():
    for name in re.findall(r"`(check_prose|unbound_numbers|binding_problems)`", MARKDOWN):
        assert callable(getattr(prose, name))
    assert "(`unbound_problems`)" in MARKDOWN and callable(importlib.import_module("notebooks").unbound_problems)
    tree = ast.parse(Path(prose.__file__).read_text(encoding="utf-8"))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules |= {node.module for node in froms if not node.level}
    assert {module.partition(".")[0] for module in modules} <= set(sys.stdlib_module_names)
    own = [(node.module, [alias.name for alias in node.names]) for node in froms if node.level]
    assert own == [("compare", ["CheckFailed"])]


def test_the_exception_on_the_page_is_one_of_the_list():
    (block,) = re.findall(r"(?s)```toml\n(.*?)```", MARKDOWN)
    (shown,) = tomllib.loads(block)["exception"]
    listed = tomllib.loads((ROOT / "tests/unbound_numbers.toml").read_text(encoding="utf-8"))["exception"]
    assert shown in listed


def test_every_kind_of_fault_on_the_page_has_its_own_message():
    (cell,) = [e for e in elements(load(PAGE)) if e.kind == "code" and e.name.startswith("assigned = ")]
    printed = "".join(cell.node["outputs"][0]["text"])
    parts = re.split(r"(?m)^--- .*\n", printed)[1:]
    messages = {part.splitlines()[-1].partition("--> ")[2] or part for part in parts}
    assert len(messages) == len(parts) == 8
