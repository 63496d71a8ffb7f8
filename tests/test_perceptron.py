"""mathdnn_utils.perceptron against exact arithmetic, torch, linear programming and brute force.

The tests look every function up as `perceptron.name` at the moment they call it, and most need no argument and no
fixture, so that faults can be planted in the module and these tests be called on it.
"""

import inspect
import re
from fractions import Fraction
from itertools import permutations, product

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from mathdnn_utils import perceptron

sixty_cases = settings(max_examples=60)
KEPT = [np.float16, np.float32, np.float64]
INTEGERS = [np.int8, np.uint8, np.int32, np.int64, np.uint64]


@st.composite
def scores_to_take(draw, elements=st.integers(-4, 4), dtype=np.int64):
    """X (examples, features), w (features,) and b, with sizes that differ."""
    examples, features = draw(st.sampled_from([(1, 2), (5, 1), (4, 3), (3, 7), (6, 2)]))
    return (
        draw(arrays(dtype, (examples, features), elements=elements)),
        draw(arrays(dtype, features, elements=elements)),
        draw(elements),
    )


@st.composite
def examples_to_learn(draw, separable=True):
    """X in integers and labels: of a hidden perceptron that has no score 0, or at random."""
    examples, features = draw(st.sampled_from([(2, 1), (5, 2), (4, 3), (7, 2), (3, 4)]))
    X = draw(arrays(np.int64, (examples, features), elements=st.integers(-3, 3)))
    if not separable:
        return X, draw(arrays(np.int64, examples, elements=st.integers(0, 1)))
    v = draw(arrays(np.int64, features, elements=st.integers(-2, 2)))
    b = draw(st.integers(-3, 3))
    return X, 1 * (2 * (X @ v) + 2 * b + 1 > 0), np.append(2 * v, 2 * b + 1)


def exact_scores(X, w, b):
    """w·x + b as fractions."""
    return [sum(Fraction(p) * Fraction(q) for p, q in zip(w.tolist(), x)) + Fraction(b) for x in X.tolist()]


def can_be_separated(X, y):
    """By a linear program that asks for signed scores of at least 1."""
    signs = (2 * np.asarray(y) - 1)[:, np.newaxis]
    rows = -signs * np.column_stack([X, np.ones(len(X))])
    found = linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(len(X)), bounds=(None, None))
    assert found.status in (0, 2)
    return found.status == 0


def learned_in_plain_python(X, y, limit):
    """The learning rule with lists of integers: weights with the bias last, the number of updates, and the verdict."""
    w, updates = [0] * (X.shape[1] + 1), 0
    while True:
        before = updates
        for x, label in zip(X.tolist(), y.tolist()):
            fires = sum(p * q for p, q in zip(w, [*x, 1])) >= 0
            if fires and not label or label and not fires:
                if updates == limit:
                    return w, updates, False
                w = [p + (1 if label else -1) * q for p, q in zip(w, [*x, 1])]
                updates += 1
        if updates == before:
            return w, updates, True


def tables_by_brute_force(n, largest_weight, largest_bias):
    """All tables of perceptrons with small integer weights."""
    cube = list(product((0, 1), repeat=n))
    weights = product(range(-largest_weight, largest_weight + 1), repeat=n)
    return {
        tuple(int(sum(p * q for p, q in zip(w, x)) + b >= 0) for x in cube)
        for w in weights
        for b in range(-largest_bias, largest_bias + 1)
    }


def same(actual, expected, what=""):
    np.testing.assert_array_equal(np.asarray(actual), np.asarray(expected), err_msg=what, strict=True)


# The public face


def test_public_names_and_defaults():
    expected = {
        "perceptron": "(x, w, b)",
        "margin": "(w, b, X, y)",
        "train_perceptron": "(X, y, max_updates=10000)",
        "boolean_inputs": "(n)",
        "is_threshold_function": "(outputs)",
    }
    assert perceptron.__all__ == list(expected)
    assert {name: str(inspect.signature(getattr(perceptron, name))) for name in expected} == expected
    assert perceptron.train_perceptron([[1]], [0])._fields == ("w", "b", "updates", "converged")


def test_every_docstring_says_which_equation_it_is_and_shows_an_example():
    labels = {
        "perceptron": "eq-perceptron-definition",
        "margin": "eq-perceptron-margin",
        "train_perceptron": "eq-perceptron-update",
        "boolean_inputs": "eq-perceptron-counting",
        "is_threshold_function": "eq-perceptron-program",
    }
    assert list(labels) == perceptron.__all__
    for name, label in labels.items():
        text = inspect.getdoc(getattr(perceptron, name))
        assert f"Equation {label} of units/perceptron." in text, name
        assert ">>> print(" in text, name
        for section in ("Parameters", "Returns", "Raises", "Examples"):
            assert f"\n{section}\n---" in text, (name, section)


# The output


@sixty_cases
@given(scores_to_take())
def test_integers_are_decided_exactly(case):
    X, w, b = case
    outputs = perceptron.perceptron(X, w, b)
    same(outputs, np.array([int(score >= 0) for score in exact_scores(X, w, b)]))
    for x, output in zip(X, outputs):
        assert perceptron.perceptron(x, w, b) == output


@sixty_cases
@given(scores_to_take(st.sampled_from([-2.0, -1.5, -0.25, 0.0, 0.5, 0.75, 3.0]), np.float64))
def test_real_numbers_that_are_exact_in_floating_point_are_decided_exactly(case):
    X, w, b = case
    same(perceptron.perceptron(X, w, b), np.array([int(score >= 0) for score in exact_scores(X, w, b)]))


@sixty_cases
@given(scores_to_take(st.floats(-9, 9), np.float64))
def test_outputs_agree_with_a_layer_of_torch_and_a_step(case):
    X, w, b = case
    z = torch.nn.functional.linear(torch.tensor(X), torch.tensor(w)[None], torch.tensor([b], dtype=torch.float64))[:, 0]
    off = z.abs().numpy() > 1e-9
    outputs = perceptron.perceptron(X, w, b)
    step = torch.heaviside(z, torch.ones(1, dtype=z.dtype)).numpy()
    same(outputs[off], step[off].astype(np.int64))


def test_a_perceptron_fires_on_its_threshold():
    assert perceptron.perceptron([1, 0], [-1, -1], 1) == 1
    assert perceptron.perceptron([0.5, 0.25], [-1.0, 2.0], 0.0) == 1
    assert perceptron.perceptron([0.5, 0.25], [-1.0, 2.0], -1e-300) == 0
    assert perceptron.perceptron([0.0], [3.0], -0.0) == 1


def test_any_number_of_axes_may_stand_before_the_features():
    X = np.arange(-15, 15).reshape(2, 5, 3)
    w, b = np.array([1, -2, 2]), 3
    outputs = perceptron.perceptron(X, w, b)
    assert outputs.shape == (2, 5)
    same(outputs, 1 * (X[..., 0] - 2 * X[..., 1] + 2 * X[..., 2] + 3 >= 0))
    one = perceptron.perceptron(X[0, 0], w, b)
    assert np.shape(one) == () and isinstance(one, np.int64)
    assert perceptron.perceptron(np.zeros((0, 3)), w, b).shape == (0,)
    same(perceptron.perceptron(np.zeros((2, 0)), [], -1), np.array([0, 0]))


def test_small_integers_do_not_wrap_and_large_ones_stay_exact():
    for dtype in (np.int8, np.uint8):
        x, w = np.array([100, 100], dtype), np.array([100, 100], dtype)
        assert perceptron.perceptron(x, w, np.int16(-20000)) == 1
        assert perceptron.perceptron(x, w, -20001) == 0
    assert perceptron.perceptron(np.array([200], np.uint8), [-1], 199) == 0
    large = 2**31 + 1
    assert perceptron.perceptron([large], [large - 2], 1 - 2**62) == 1, "(k + 1)(k - 1) = k² - 1"
    assert perceptron.perceptron([large], [large - 2], -(2**62)) == 0


# The margin


@sixty_cases
@given(scores_to_take(), st.data())
def test_the_margin_is_the_smallest_signed_distance(case, data):
    X, w, b = case
    y = data.draw(arrays(np.int64, len(X), elements=st.integers(0, 1)))
    if not w.any():
        w[0] = 1
    signed = [score if label else -score for score, label in zip(exact_scores(X, w, b), y)]
    result = perceptron.margin(w, b, X, y)
    squared = min(signed) * abs(min(signed)) / sum(Fraction(int(entry)) ** 2 for entry in w)
    np.testing.assert_allclose(result * abs(result), float(squared), rtol=1e-14, atol=0)
    # The foot of the perpendicular is on the line, and as far away as the distance says.
    x = X[int(np.argmin([float(score) for score in signed]))]
    foot = x - (x @ w + b) / (w @ w) * w
    np.testing.assert_allclose(np.linalg.norm(foot - x), abs(result), rtol=1e-12, atol=1e-12)


@sixty_cases
@given(scores_to_take(st.floats(-9, 9).filter(lambda a: abs(a) > 0.01), np.float64), st.floats(0.01, 100))
def test_a_positive_multiple_of_the_weights_has_the_same_margin_and_a_negative_one_the_other_labels(case, factor):
    X, w, b = case
    y = 1 * (np.arange(len(X)) % 2 == 0)
    expected = perceptron.margin(w, b, X, y)
    np.testing.assert_allclose(perceptron.margin(factor * w, factor * b, X, y), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(perceptron.margin(-w, -b, X, 1 - y), expected, rtol=1e-12, atol=1e-13)


def test_margins_of_the_chapter():
    inputs, NAND = perceptron.boolean_inputs(2), [1, 1, 1, 0]
    np.testing.assert_allclose(perceptron.margin([-2, -2], 3, inputs, NAND), np.sqrt(2) / 4, rtol=1e-15)
    np.testing.assert_allclose(perceptron.margin([-4, -3], 5, inputs, NAND), 0.2, rtol=1e-15)
    assert perceptron.margin([-1, -1], 1, inputs, NAND) == 0
    assert perceptron.margin([1, 1], -1, inputs, NAND) < 0


def test_the_norm_of_the_weights_neither_overflows_nor_vanishes():
    for size in (1e200, 1e-200):
        with np.errstate(over="ignore"):
            result = perceptron.margin(np.array([3.0, 4.0]) * size, -5 * size, [[3.0, 4.0], [0.0, 0.0]], [1, 0])
        np.testing.assert_allclose(result, 1, rtol=1e-14)


# Learning


@sixty_cases
@given(examples_to_learn())
def test_what_can_be_separated_is_learnt_within_the_bound(case):
    X, y, v = case
    trained = perceptron.train_perceptron(X, y)
    assert trained.converged is True
    assert [score >= 0 for score in exact_scores(X, trained.w, int(trained.b))] == [label == 1 for label in y]
    augmented = np.column_stack([X, np.ones(len(X), int)])
    g = min((2 * y - 1) * (augmented @ v))
    assert g >= 1
    # k ≤ R² ‖v‖² / g², in integers
    assert trained.updates * g**2 <= max((augmented**2).sum(1)) * (v @ v)


@sixty_cases
@given(examples_to_learn(separable=False))
def test_learning_stops_exactly_where_a_linear_program_finds_weights(case):
    X, y = case
    trained = perceptron.train_perceptron(X, y, max_updates=3000)
    separable = can_be_separated(X, y)
    assert trained.converged == separable
    if not separable:
        assert trained.updates == 3000
    outputs = perceptron.perceptron(X, trained.w, trained.b)
    assert (outputs == y).all() == separable


@sixty_cases
@given(examples_to_learn(separable=False), st.integers(0, 60))
def test_each_update_is_that_of_the_rule(case, limit):
    X, y = case
    w, updates, converged = learned_in_plain_python(X, y, limit)
    trained = perceptron.train_perceptron(X, y, limit)
    same(np.append(trained.w, trained.b), np.array(w))
    assert (trained.updates, trained.converged) == (updates, converged)
    real = perceptron.train_perceptron(X.astype(float), y, limit)
    same(np.append(real.w, real.b), np.array(w, float))


def test_the_limit_is_a_number_of_updates_and_not_of_rounds():
    inputs = perceptron.boolean_inputs(2)
    for table in product((0, 1), repeat=4):
        if perceptron.is_threshold_function(table):
            for order in permutations(range(4)):
                X, y = inputs[list(order)], np.array(table)[list(order)]
                needed = perceptron.train_perceptron(X, y).updates
                assert perceptron.train_perceptron(X, y, needed).converged
                if needed:
                    short = perceptron.train_perceptron(X, y, needed - 1)
                    assert (short.updates, short.converged) == (needed - 1, False)


def test_nothing_to_correct():
    trained = perceptron.train_perceptron([[3, -1], [2, 2]], [1, 1])
    same(trained.w, np.array([0, 0]))
    assert (trained.b, trained.updates, trained.converged) == (0, 0, True), "at 0 it fires"
    none = perceptron.train_perceptron(np.zeros((0, 3)), [])
    assert (none.w.shape, none.updates, none.converged) == ((3,), 0, True)
    bias_only = perceptron.train_perceptron(np.zeros((2, 0)), [0, 0])
    assert (bias_only.w.shape, bias_only.b, bias_only.updates) == ((0,), -1, 1)


def test_the_xor_of_two_bits_is_never_learnt():
    inputs = perceptron.boolean_inputs(2)
    for table in ([0, 1, 1, 0], [1, 0, 0, 1]):
        trained = perceptron.train_perceptron(inputs, table)
        assert (trained.updates, trained.converged) == (10_000, False)


# Functions of bits


def test_inputs_come_in_counting_order():
    for n in range(9):
        expected = np.array(list(product((0, 1), repeat=n)), dtype=np.int64).reshape(2**n, n)
        same(perceptron.boolean_inputs(n), expected)
    same(perceptron.boolean_inputs(np.int8(1)), np.array([[0], [1]]))


def test_threshold_functions_are_those_of_small_integer_weights():
    counts = []
    for n, weight, bias in [(0, 0, 1), (1, 1, 1), (2, 1, 2), (3, 2, 3)]:
        found = tables_by_brute_force(n, weight, bias)
        for table in product((0, 1), repeat=2**n):
            assert perceptron.is_threshold_function(table) is (table in found), table
        counts.append(len(found))
    assert counts == [2, 4, 14, 104]


@sixty_cases
@given(st.lists(st.integers(-9, 9), min_size=4, max_size=4), st.integers(-9, 9))
def test_what_a_perceptron_of_four_bits_computes_is_a_threshold_function(w, b):
    table = perceptron.perceptron(perceptron.boolean_inputs(4), w, b)
    assert perceptron.is_threshold_function(table)
    assert perceptron.is_threshold_function(1 - table), "so is its negation"


@sixty_cases
@given(st.lists(st.integers(0, 1), min_size=16, max_size=16))
def test_functions_of_four_bits_agree_with_the_dual_program(table):
    # No weights if and only if there are λ ≥ 0 with sum 1 and Σ λ_k s_k (x_k, 1) = 0.
    signs = 2 * np.array(table) - 1
    rows = signs[:, np.newaxis] * np.column_stack([list(product((0, 1), repeat=4)), np.ones(16)])
    dual = linprog(np.zeros(16), A_eq=np.column_stack([rows, np.ones(16)]).T, b_eq=[0] * 5 + [1])
    assert dual.status in (0, 2)
    assert perceptron.is_threshold_function(table) == (dual.status == 2)


@sixty_cases
@given(st.lists(st.integers(0, 1), min_size=8, max_size=8), st.permutations(range(3)), st.integers(0, 2))
def test_the_verdict_does_not_depend_on_the_names_and_the_signs_of_the_bits(table, order, flipped):
    cube = np.array(table).reshape(2, 2, 2)
    verdict = perceptron.is_threshold_function(table)
    assert perceptron.is_threshold_function(cube.transpose(order).ravel()) == verdict
    assert perceptron.is_threshold_function(np.flip(cube, flipped).ravel()) == verdict


def test_parity_is_no_threshold_function_and_majority_is_one():
    for n in range(2, 7):
        ones = perceptron.boolean_inputs(n).sum(1)
        assert not perceptron.is_threshold_function(ones % 2)
        assert perceptron.is_threshold_function(1 * (2 * ones > n))


# Kinds of input and of output


def test_dtypes():
    X, w, b, y = [[3, 1], [0, 2], [1, 1]], [2, 1], -3, [1, 0, 1]
    exact = perceptron.margin(w, b, X, y)
    for dtype in KEPT:
        a, c = np.array(X, dtype), np.array(w, dtype)
        for bias in (b, float(b), dtype(b)):
            assert perceptron.perceptron(a, c, bias).dtype == np.int64
            result = perceptron.margin(c, bias, a, y)
            assert result.dtype == dtype and isinstance(result, np.generic)
            np.testing.assert_allclose(result, exact, rtol=4 * float(np.finfo(dtype).eps), atol=1e-3)
        for labels in (y, np.array(y, np.uint8), np.array(y, float)):
            trained = perceptron.train_perceptron(a, labels)
            assert trained.w.dtype == dtype and trained.b.dtype == dtype
    for dtype in INTEGERS:
        a = np.array(X, dtype)
        assert perceptron.margin(np.array(w, dtype), b, a, y).dtype == np.float64
        trained = perceptron.train_perceptron(a, np.array(y, dtype))
        assert trained.w.dtype == trained.b.dtype == np.int64
        same(trained.w, perceptron.train_perceptron(X, y).w)
    assert perceptron.margin(np.array(w, np.float32), np.float64(b), np.array(X, np.float32), y).dtype == np.float64
    assert type(trained.updates) is int and type(trained.converged) is bool
    assert type(perceptron.is_threshold_function([0, 1])) is bool
    assert perceptron.boolean_inputs(3).dtype == np.int64


def test_inputs_stay_as_they_are_and_outputs_are_new():
    X, w, y = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]]), np.array([1.0, -1.0]), np.array([1, 0, 1])
    b, outputs = np.array(0.5), np.array([0, 1, 1, 0])
    everything = (X, w, y, b, outputs)
    before = [a.copy() for a in everything]
    for a in everything:
        a.flags.writeable = False
    results = [
        perceptron.perceptron(X, w, b),
        perceptron.margin(w, b, X, y),
        *perceptron.train_perceptron(X, y, 7)[:2],
        perceptron.is_threshold_function(outputs),
    ]
    for a, copy in zip(everything, before):
        same(a, copy)
        assert not any(np.shares_memory(result, a) for result in results)
    trained = perceptron.train_perceptron(X, y)
    trained.w[:] = 0
    assert trained.w.base is None, "no view of something larger"
    table = perceptron.boolean_inputs(2)
    table[:] = 7
    same(perceptron.boolean_inputs(2)[0], np.array([0, 0]))


# Refusals


def refuses(error, message, f, *arguments):
    try:
        result = f(*arguments)
    except error as caught:
        assert str(caught) == message
    else:
        raise AssertionError(f"{result} came out, expected {error.__name__}: {message}")


def test_what_is_no_real_number_is_refused_by_name():
    f, m, t, d = (
        perceptron.perceptron,
        perceptron.margin,
        perceptron.train_perceptron,
        perceptron.is_threshold_function,
    )
    ways = {
        "perceptron: x": lambda a: f(a, [1], 0),
        "perceptron: w": lambda a: f([1], a, 0),
        "perceptron: b": lambda a: f([1], [1], a),
        "margin: w": lambda a: m(a, 0, [[1]], [1]),
        "margin: b": lambda a: m([1], a, [[1]], [1]),
        "margin: X": lambda a: m([1], 0, a, [1]),
        "margin: y": lambda a: m([1], 0, [[1]], a),
        "train_perceptron: X": lambda a: t(a, [1]),
        "train_perceptron: y": lambda a: t([[1]], a),
        "is_threshold_function: outputs": d,
    }
    numbers = "expected integers, real or complex numbers because the formula is one for numbers"
    for argument, call in ways.items():
        for dtype, bad in {"bool": [True], "object": [None], "<U3": ["two"]}.items():
            refuses(TypeError, f"{argument} has dtype {dtype}, {numbers}", call, bad)
        refuses(
            TypeError,
            f"{argument} has dtype complex128, expected real numbers because a threshold compares",
            call,
            [1j],
        )
        refuses(
            TypeError,
            f"{argument} has rows of different lengths, expected a rectangular array of numbers "
            "because every entry needs a place in one array",
            call,
            [[1], [1, 2]],
        )


def test_shapes_that_do_not_fit_are_refused():
    f, m, t, d = (
        perceptron.perceptron,
        perceptron.margin,
        perceptron.train_perceptron,
        perceptron.is_threshold_function,
    )
    refuses(
        ValueError,
        "perceptron: x has shape (), expected at least one axis because the last one holds features",
        *(f, 3, [1], 0),
    )
    for w in ([1, 2], [[1, 2, 3]], 5):
        refuses(
            ValueError,
            f"perceptron: w has shape {np.shape(w)}, expected (3,) because x has shape (2, 3)",
            *(f, np.ones((2, 3)), w, 0),
        )
    refuses(
        ValueError,
        "margin: w has shape (2,), expected (1,) because X has shape (1, 1)",
        *(m, [1, 2], 0, [[1]], [1]),
    )
    for name, call in {"perceptron": lambda b: f([1], [1], b), "margin": lambda b: m([1], b, [[1]], [1])}.items():
        refuses(ValueError, f"{name}: b has shape (1,), expected () because a perceptron has one bias", call, [2])
    for name, call in {"margin": lambda X, y: m([1], 0, X, y), "train_perceptron": t}.items():
        for X in (3, [1, 2], [[[1]]]):
            refuses(
                ValueError,
                f"{name}: X has shape {np.shape(X)}, expected (examples, features) because each row is one input",
                *(call, X, [1]),
            )
        refuses(
            ValueError,
            f"{name}: y has shape (3,), expected (2,) because X has 2 examples of one label each",
            *(call, [[1], [2]], [1, 0, 1]),
        )
        refuses(
            ValueError,
            f"{name}: y has shape (), expected one axis because it is a list of bits",
            *(call, [[1], [2]], 1),
        )
    refuses(
        ValueError,
        "margin: X has shape (0, 1), expected at least one example because the margin is the smallest distance",
        *(m, [1], 0, np.zeros((0, 1)), []),
    )
    refuses(
        ValueError,
        "is_threshold_function: outputs has shape (2, 2), expected one axis because it is a list of bits",
        *(d, [[0, 1], [1, 1]]),
    )
    for length in (0, 3, 5, 12):
        refuses(
            ValueError,
            f"is_threshold_function: outputs has length {length}, expected 2**n with n from 0 to 20 "
            "because there is one output for each input of n bits",
            *(d, np.zeros(length, int)),
        )


def test_values_out_of_range_are_refused():
    f, m, t, d = (
        perceptron.perceptron,
        perceptron.margin,
        perceptron.train_perceptron,
        perceptron.is_threshold_function,
    )
    for bad in (-1, 2, 0.5, np.nan, np.inf):
        shown = np.asarray([bad, 1])[0]
        because = f"has value {shown}, expected 0 or 1 because a perceptron has no other"
        refuses(ValueError, f"margin: y {because}", m, [1], 0, [[1], [1]], [bad, 1])
        refuses(ValueError, f"train_perceptron: y {because}", t, [[1], [1]], [bad, 1])
        refuses(ValueError, f"is_threshold_function: outputs {because}", d, [bad, 1])
    refuses(
        ValueError,
        "margin: w has only zeros, expected another entry because the distance is divided by its norm",
        *(m, [0, 0], 1, [[1, 2]], [1]),
    )
    because = "has a score w·x + b that is not finite, expected finite scores because only they have a sign"
    for x, w, b in [
        ([np.nan], [1.0], 0),
        ([1.0], [np.inf], 0),
        ([1.0], [1.0], np.nan),
        ([0.0], [1.0], np.inf),
        ([1e300], [1e300], 0),
        ([np.inf], [0.0], 0),
    ]:
        refuses(ValueError, f"perceptron: x {because}", f, x, w, b)
        refuses(ValueError, f"margin: X {because}", m, w, b, [x], [1])
    for bad in (np.nan, np.inf, -np.inf):
        refuses(
            ValueError,
            "train_perceptron: X has NaN or infinity, expected finite numbers because they are added",
            *(t, [[1.0], [bad]], [1, 1]),
        )


def test_integers_that_do_not_fit_into_64_bits_are_refused():
    f, m, t = perceptron.perceptron, perceptron.margin, perceptron.train_perceptron
    because = "expected smaller ones because w·x + b might not fit into 64 bits"
    for x, w, b in [([2**32], [2**31], 0), ([2**62, 2**62], [1, 1], 0), ([1], [1], 2**63 - 1), ([-(2**63)], [1], 0)]:
        largest = max(abs(entry) for entry in x)
        refuses(ValueError, f"perceptron: x has integers up to {largest}, {because}", f, x, w, b)
        refuses(ValueError, f"margin: X has integers up to {largest}, {because}", m, w, b, [x], [1])
    assert f([2**32], [2**30], 0) == 1 and f(np.array([2**63], np.uint64), [0], 1) == 1
    words = "expected smaller ones because after 10000 updates a score might not fit into 64 bits"
    refuses(ValueError, f"train_perceptron: X has integers up to {10**9}, {words}", t, [[10**9], [3]], [1, 0])
    assert t([[10**9], [3]], [1, 0], max_updates=4).updates <= 4
    assert t([[1e9], [3]], [1, 0], max_updates=4).updates <= 4


def test_counts_that_are_none_are_refused():
    t, i = perceptron.train_perceptron, perceptron.boolean_inputs
    ways = {
        "train_perceptron: max_updates": (lambda a: t([[1]], [1], a), "it counts updates"),
        "boolean_inputs: n": (i, "it counts bits"),
    }
    for argument, (call, reason) in ways.items():
        for bad, kind in [(1.0, "float"), ("2", "str"), (None, "NoneType"), (True, "bool")]:
            refuses(TypeError, f"{argument} has type {kind}, expected an integer because {reason}", call, bad)
        refuses(ValueError, f"{argument} has value -1, expected 0 or more because {reason}", call, -1)
    refuses(ValueError, "boolean_inputs: n has value 21, expected 0 to 20 because there are 2**n rows", i, 21)


def test_every_refusal_has_its_words_checked_here():
    source = inspect.getsource(perceptron)
    here = inspect.getsource(inspect.getmodule(refuses))
    reasons = re.findall(r"because ([a-z][a-z ·+*0-9]+?)[\"{]", source)
    assert len(reasons) > 10
    assert not [reason for reason in reasons if reason.strip() not in re.sub(r'"\s+"', "", here)]
