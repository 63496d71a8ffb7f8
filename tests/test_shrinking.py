"""The input that refutes a line is made small and round, and never leaves what was drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathdnn_utils.verify import check_steps
from mathdnn_utils.verify.shrinking import like, pattern, simplest


def wrong_above(limit):
    """Two lines that differ where an entry is above a limit."""
    return [("eq-a", lambda x: x), ("eq-b", lambda x: x + (x > limit))]


def test_the_input_is_small_and_round():
    report = check_steps(wrong_above(0.3), lambda rng: (rng.uniform(0.1, 4, size=3),))
    assert "line 2 (eq-b)" in report.summary and report.at == "x = [1, 2, 3]"
    numbers = check_steps(
        [("eq-a", lambda a, b: a * b), ("eq-b", lambda a, b: a * b + 0.5 * (b > 2.5))],
        lambda rng: (float(rng.normal()), float(rng.uniform(0, 9))),
    )
    assert numbers.at == "a = 1, b = 3"


def test_it_still_refutes_and_the_entries_shown_are_those_of_the_input_shown():
    report = check_steps(wrong_above(2.6), lambda rng: (rng.normal(scale=3, size=4),))
    x = np.array([float(number) for number in report.at.removeprefix("x = [").rstrip("]").split(", ")])
    assert (x > 2.6).any()
    for entry in report.worst:
        assert entry.expected == x[entry.index] and entry.claimed == x[entry.index] + 1


def test_signs_equal_entries_and_the_range_that_was_drawn_stay():
    def sample(rng):
        x = rng.uniform(1.2, 1.9, size=3)
        return (np.array([x[0], -x[1], x[0]]), int(rng.integers(5, 8)))

    report = check_steps([("eq-a", lambda x, n: x), ("eq-b", lambda x, n: 2 * x)], sample)
    words, number = report.at.removeprefix("x = [").split("], n = ")
    x = [float(entry) for entry in words.split(", ")]
    assert x[0] == x[2] > 0 > x[1] and x[0] != -x[1]
    assert all(1.2 <= abs(entry) <= 1.9 for entry in x) and 5 <= int(number) <= 7


def test_probabilities_are_left_alone():
    drawn = []

    def sample(rng):
        drawn.append(rng.dirichlet(np.ones(3)))
        return (drawn[-1],)

    lines = [("eq-a", lambda p: p), ("eq-b", lambda p: 2 * p)]
    report = check_steps(lines, sample)
    shown = [report.worst[k].expected for k in range(3)]
    assert any(sorted(shown) == sorted(p.tolist()) for p in drawn)


def test_an_input_outside_the_hypotheses_is_not_shown():
    # Both lines fail where an entry is a whole number: there the first two lines are not equal either.
    def spoilt_at_whole_numbers(x):
        return np.where(x == np.round(x), 99.0, x)

    lines = [
        ("eq-a", lambda x: x),
        ("eq-b", spoilt_at_whole_numbers),
        ("eq-c", lambda x: spoilt_at_whole_numbers(x) + 1),
    ]
    report = check_steps(lines, lambda rng: (rng.uniform(0.5, 9, size=2),))
    assert "line 3 (eq-c)" in report.summary
    assert all(entry.expected != 99 and entry.expected != round(entry.expected) for entry in report.worst)


def test_a_line_that_raises_or_is_not_finite_at_a_rounder_input_is_not_shown_there():
    def logarithm(x):
        if (x == 1).any():
            raise ZeroDivisionError
        return np.log(x - 1.5) if (x == 2).any() else np.log(x)

    lines = [("eq-a", logarithm), ("eq-b", lambda x: logarithm(x) + 1)]
    report = check_steps(lines, lambda rng: (rng.uniform(0.2, 5, size=2),))
    assert not report.ok and "1," not in report.at
    nan = check_steps([("eq-a", lambda x: x), ("eq-b", lambda x: x * np.nan)], lambda rng: (rng.normal(size=2),))
    assert nan.hints == ("non-finite",)


def test_integers_stay_integers_and_other_arguments_stay_as_they_are():
    lines = [("eq-a", lambda f, x, n: f(x) * n), ("eq-b", lambda f, x, n: f(x) * n + n)]
    report = check_steps(lines, lambda rng: (np.sin, rng.integers(-50, 50, size=2), int(rng.integers(30, 90))))
    words, number = report.at.removeprefix("f = sin, x = [").split("], n = ")
    assert all(entry == str(int(entry)) and -50 <= int(entry) < 50 for entry in words.split(", "))
    assert 30 <= int(number) < 90


def test_it_is_the_same_input_every_time():
    texts = {check_steps(wrong_above(0), lambda rng: (rng.normal(size=(2, 3)),)).at for _ in range(3)}
    assert len(texts) == 1


def test_what_cannot_be_made_plainer_is_returned_as_it_is():
    arguments = (np.array([0.123, -4.5]), "text", None)
    assert simplest(lambda candidate: False, arguments, [arguments, (np.array([7.0, -9.0]), "text", None)]) is arguments


def test_it_ends_also_where_everything_refutes():
    tried = []

    def refutes(arguments):
        tried.append(arguments)
        return True

    drawn = [(np.random.default_rng(k).normal(size=30),) for k in range(5)]
    simplest(refutes, drawn[0], drawn)
    assert 0 < len(tried) <= 300


@given(st.lists(st.integers(0, 3), max_size=6), st.lists(st.integers(0, 3), max_size=6))
def test_two_rows_have_one_pattern_if_the_same_places_are_equal(a, b):
    same = len(a) == len(b) and all((a[i] == a[j]) == (b[i] == b[j]) for i in range(len(a)) for j in range(len(a)))
    assert (pattern(a) == pattern(b)) == same


@pytest.mark.parametrize(
    "new, old, alike",
    [
        ((1, 2), (3, 4), True),
        ((1, 1), (3, 4), False),
        ((1, -2), (3, 4), False),
        ((0, 2), (3, 4), False),
        ((np.array([1.0, 2.0]), 2), (np.array([5.0, 6.0]), 6), True),
        ((np.array([1.0, 1.0]), 2), (np.array([5.0, 6.0]), 6), False),
        (("a", 1), ("b", 2), True),
    ],
)
def test_inputs_are_alike_with_the_same_signs_and_the_same_equal_entries(new, old, alike):
    assert like(new, old) is alike
