"""Self-checks of exercises: right answers pass, wrong ones fail with a reason that does not give the answer away."""

import re
from fractions import Fraction

import chapters
import numpy as np
import pytest
import sympy
import torch
from scipy import special
from scipy.special import expit, logit

from mathdnn_utils.verify import check_answer
from mathdnn_utils.verify.answers import FunctionAnswer, NumberAnswer, exercises

# A reader sees one line and no warning.
pytestmark = pytest.mark.filterwarnings("error")


ANSWERS = {label: answers for chapter in chapters.ALL for label, answers in chapter.ANSWERS.items()}
NUMBERS = [label for label in ANSWERS if not callable(ANSWERS[label][0])]
FUNCTIONS = [label for label in ANSWERS if callable(ANSWERS[label][0])]


@pytest.fixture
def verdict(capsys):
    """What check_answer prints, one line without its label."""

    def check(label, answer):
        assert check_answer(label, answer) is None
        out = capsys.readouterr().out
        assert out.startswith(f"{label}: ") and out.endswith("\n") and out.count("\n") == 1
        return out.removeprefix(f"{label}: ").removesuffix("\n")

    return check


def test_every_exercise_is_answered_here():
    missing = set(exercises()) - set(ANSWERS)
    assert not missing, f"add a right answer and two wrong ones of {sorted(missing)} to ANSWERS"
    assert set(ANSWERS) == set(exercises())
    for label, exercise in exercises().items():
        assert isinstance(exercise, FunctionAnswer if label in FUNCTIONS else NumberAnswer)
        assert len(ANSWERS[label][1]) == 2


@pytest.mark.parametrize("label", ANSWERS)
def test_the_right_answer_is_right(label, verdict):
    assert verdict(label, ANSWERS[label][0]) == "right"


@pytest.mark.parametrize("label", ANSWERS)
@pytest.mark.parametrize("which", [0, 1])
def test_wrong_answers_are_not_right(label, which, verdict):
    said = verdict(label, ANSWERS[label][1][which])
    assert said.startswith("not right: ") and said.endswith(".")


@pytest.mark.parametrize("label", ANSWERS)
def test_what_is_not_answered_is_said_to_be_so(label, verdict):
    assert verdict(label, ...) == "not answered yet"
    assert verdict(label, None) == "not answered yet"


@pytest.mark.parametrize("label", FUNCTIONS)
def test_a_function_without_a_body_is_not_answered_yet(label, verdict):
    assert verdict(label, lambda *arguments: None) == "not answered yet"
    assert verdict(label, lambda *arguments: ...) == "not answered yet"


@pytest.mark.parametrize("label", NUMBERS)
def test_four_significant_digits_are_enough_and_needed(label, verdict):
    right = np.asarray(ANSWERS[label][0], dtype=float)
    four = np.array([float(f"{entry:.4g}") for entry in right.ravel()]).reshape(right.shape)
    assert verdict(label, four) == "right"
    assert verdict(label, four.astype(np.float32)) == "right"
    assert verdict(label, four.astype(complex)) == "right"
    for factor in (1.001, 0.999):
        assert verdict(label, right * factor).startswith("not right")
    assert verdict(label, right + 1j).startswith("not right")


@pytest.mark.parametrize("label", NUMBERS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, complex(np.nan, 1)])
def test_nan_and_infinity_are_never_right(label, bad, verdict):
    right = np.asarray(ANSWERS[label][0], dtype=float)
    assert verdict(label, np.full(right.shape, bad)) == "not right: the answer has entries that are NaN or infinite."
    assert verdict(label, bad).startswith("not right: ")


@pytest.mark.parametrize("label", FUNCTIONS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_functions_with_nan_or_infinity_are_never_right(label, bad, verdict):
    right = ANSWERS[label][0]
    assert verdict(label, lambda *a: right(*a) + bad).endswith("The answer has entries that are NaN or infinite.")

    def spoilt(*arguments, calls=[]):  # noqa: B006
        calls.append(0)
        return right(*arguments) * (bad if len(calls) == 50 else 1)

    assert verdict(label, spoilt).startswith("not right: "), "the last input counts"


class Awkward:
    """An object that refuses to be read as an array."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("not this way")


JUNK = [
    "0.5",
    b"1",
    True,
    [],
    {},
    {1, 2},
    object(),
    [[1], [1, 2]],
    [None],
    Awkward(),
    torch.tensor(0.5, requires_grad=True),
]


@pytest.mark.parametrize("label", ANSWERS)
def test_junk_is_not_right_and_raises_nothing(label, verdict):
    for junk in [*JUNK, np.zeros((2, 3, 4)), 10**400, 1e308, -1e308, 0]:
        assert verdict(label, junk).startswith("not right: ")
    if label in NUMBERS:
        for junk in (lambda x: x, float, np.sin):
            assert verdict(label, junk).startswith("not right: ")
        assert "the answer should be " in verdict(label, "0.5")
        assert "; it is text, so leave out the quotation marks." in verdict(label, "0.5")
        assert "; its entry 1 is text, so leave" in verdict(label, [0.5, "1/2"])
        assert "; it has type set." in verdict(label, {1, 2})
        assert "it has shape (2, 3)." in verdict(label, np.zeros((2, 3)))


@pytest.mark.parametrize("label", FUNCTIONS)
def test_functions_that_return_junk_or_raise_are_not_right(label, verdict):
    right = ANSWERS[label][0]
    for junk in [*JUNK, 10**400, np.zeros((2, 3, 4))]:
        assert verdict(label, lambda *arguments: junk).startswith("not right: ")
    said = verdict(label, lambda *arguments: "0.5")
    assert said.endswith(" the value should hold numbers; it is text, so leave out the quotation marks.")
    assert " the function raises ZeroDivisionError: division by zero" in verdict(label, lambda *arguments: 1 / 0)
    assert " the function raises TypeError: " in verdict(label, lambda: 0)
    assert "has shape (1, 1), expected" in verdict(label, lambda *arguments: np.zeros((1, 1)))
    assert verdict(label, lambda *a: np.float16(1.003) * right(*a)).startswith("not right: ")
    assert verdict(label, lambda *a: np.float16(right(*a))).startswith("not right: "), "three digits are not four"
    assert verdict(label, lambda *a: right(*a) + 0j) == "right"
    assert verdict(label, lambda *a: np.asarray(right(*a)).tolist()) == "right"


def test_a_function_that_changes_its_argument_does_not_change_the_question(verdict):
    def clears(x):
        x[:] = 0
        return x

    assert verdict("ex-relu-leaky", clears).startswith("not right")

    def works_in_place(x):
        x[x < 0] *= 0.1
        return x

    assert verdict("ex-relu-leaky", works_in_place) == "right"


def test_what_a_wrong_answer_is_to_the_right_one_is_said(verdict):
    assert verdict("ex-relu-quotient", -0.25) == "not right: the answer is the negative of the right one."
    assert verdict("ex-relu-beta", np.log(99)) == "not right: the answer is 1/10 times the right one."
    assert verdict("ex-relu-l1", 100 * np.log(2)) == "not right: the answer is 1/2 times the right one."
    assert verdict("ex-relu-quotient", 0.125) == "not right: 0.125 is not it.", (
        "short numbers have small ratios by accident"
    )
    uniform = verdict("ex-relu-uniform", lambda delta, error: logit(error) / delta)
    assert uniform.endswith(" The answer is the negative of the right one.") and "at delta = " in uniform


@pytest.mark.parametrize("label", NUMBERS)
def test_the_reason_does_not_give_the_answer_away(label, verdict):
    right = np.asarray(ANSWERS[label][0], dtype=float)
    for factor in (1.37, -0.8317, 3.0517):
        said = verdict(label, factor * right)
        given = ", ".join(f"{value:.6g}" for value in (factor * right).ravel())
        # What the reader gave is no secret.
        for number in given.split(", "):
            said = re.sub(rf"(?<![\d.]){re.escape(number)}(?!\.?\d)", "", said)
        for value in right.ravel():
            digits = f"{value:.6e}"[:5]
            assert digits not in said and f"{value:.4g}" not in said


@pytest.mark.parametrize("label", FUNCTIONS)
def test_the_reason_does_not_give_the_value_away(label, verdict):
    right, values, shown = ANSWERS[label][0], [], []

    def odd(*arguments):
        value = np.asarray(right(*arguments), dtype=float)
        values.append(value.ravel())
        shown.append([entry for argument in arguments for entry in np.ravel(argument)])
        return 1.37 * value + 0.0123

    said = verdict(label, odd)
    # The arguments are shown, and a 0 is part of other numbers; all else is secret.
    secret = [value for value in values[0] if value and value not in shown[0]]
    assert secret and all(f"{value:.4g}" not in said for value in secret)


@pytest.mark.parametrize(
    "label, near", [("ex-relu-bta", "ex-relu-beta"), ("relu-l1", "ex-relu-l1"), ("ex-relu-l3", "ex-relu-l")]
)
def test_an_unknown_label_is_a_value_error_with_a_near_one(label, near):
    with pytest.raises(
        ValueError, match=f"check_answer: label is '{label}', expected the label of an exercise such as '{near}"
    ):
        check_answer(label, ...)


def test_a_label_like_no_other_gets_no_suggestion():
    with pytest.raises(ValueError, match="check_answer: label is 'qqq', expected the label of an exercise$"):
        check_answer("qqq", 1)


@pytest.mark.parametrize("label", [None, 3, [], ("ex-relu-beta",)])
def test_a_label_that_is_no_string_is_a_type_error(label):
    with pytest.raises(TypeError, match="check_answer: label has type .*expected the label of an exercise"):
        check_answer(label, 1)


def test_the_right_answers_here_are_what_the_exercises_mean():
    # A second look at the table itself, by numbers: sums over a fine grid.
    x = (np.arange(200_000) + 0.5) * 1e-4
    slope = ANSWERS["ex-relu-l1"][0]
    assert 2 * expit(-slope * x / 10).sum() * 1e-5 == pytest.approx(0.01, rel=1e-5)
    assert 2 * (expit(-10 * x) ** 2).sum() * 1e-4 == pytest.approx(ANSWERS["ex-relu-l2"][0], rel=1e-6)
    assert expit(-0.1 * ANSWERS["ex-relu-beta"][0]) == pytest.approx(0.01, rel=1e-12)


def test_numbers_of_every_kind_can_be_an_answer(verdict):
    ninth = Fraction(1, 9)
    assert verdict("ex-softmax-product", [-2 * ninth, -1 / 9, 3 * ninth]) == "right"
    assert verdict("ex-softmax-product", (sympy.Rational(-2, 9), -ninth, np.float32(1 / 3))) == "right"
    assert verdict("ex-relu-beta", 10 * sympy.log(99)) == "right"
    assert verdict("ex-relu-beta", torch.tensor(10 * np.log(99))) == "right"
    assert (
        verdict("ex-softmax-log", lambda x: sympy.eye(len(x)) - sympy.Matrix([list(special.softmax(x))] * len(x)))
        == "right"
    )


def test_right_entries_in_another_order_are_said_to_be_so(verdict):
    said = "not right: the entries are right, in another order."
    assert verdict("ex-softmax-two", expit([-4, 4])) == said
    assert verdict("ex-relu-subdifferential", (2, 1)) == said
    assert verdict("ex-relu-subdifferential", (2, 2)) != said


def test_of_a_wrong_function_an_entry_is_named_at_a_plain_input(verdict):
    def not_tempered_inside(x, T):
        p = special.softmax(x)
        return (np.diag(p) - np.outer(p, p)) / T

    said = verdict("ex-softmax-temperature", not_tempered_inside)
    pattern = r"not right: at x = \[(.*)\], T = [\d.]+ entry \[\d, \d\] is -?[\d.]+; it should be (larger|smaller)\."
    assert re.fullmatch(pattern, said)
    assert said.count(",") <= 4, "the input with the fewest entries"
    said = verdict("ex-relu-uniform", lambda delta, error: logit(error) / delta)
    assert re.match(
        r"not right: at delta = [\d.]+, eta = [\d.]+ the value is -[\d.]+; it should be larger\. The answer is", said
    )
    assert "it should be real" in verdict("ex-relu-uniform", lambda delta, error: -logit(error) / delta + 1j)
