"""mathdnn_utils.accumulation against torch.func, exact integers and all bracketings.

Like those of the activations, these tests look every name up as `accumulation.name` when they call it, and most need
no fixture, so that faults can be planted in the module and the tests be called on it.
"""

import inspect
import operator
import re
import subprocess
import sys
import warnings
import weakref
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mathdnn_utils import accumulation
from mathdnn_utils.counting import count_multiplications

sixty_cases = settings(max_examples=60)
# Where torch differentiates in each of them, or second derivatives are taken.
some_cases = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)
sizes_of_a_chain = st.lists(st.integers(1, 6), min_size=2, max_size=7)
# All sizes differ, or, so that no shape gives a wrong point away, all are equal.
sizes_that_tell = st.permutations(range(1, 7)).flatmap(
    lambda sizes: st.integers(2, 5).map(lambda count: sizes[:count])
) | st.integers(2, 5).map(lambda count: [3] * count)

MODES = {"forward": "forward_accumulation", "reverse": "reverse_accumulation"}


def mode(name):
    return getattr(accumulation, MODES[name])


def agree(actual, expected, rtol=1e-12, atol=1e-14, what=""):
    """Same shape, all finite, and close; a NaN or an infinity agrees with nothing."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
    assert np.isfinite(actual).all() and np.isfinite(expected).all(), f"{what}: {actual} against {expected}"
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol, err_msg=what)


def same(actual, expected, what=""):
    np.testing.assert_array_equal(np.asarray(actual), np.asarray(expected), err_msg=what, strict=True)


def refuses(error, message, f, *arguments, **options):
    with pytest.raises(error) as caught:
        f(*arguments, **options)
    assert str(caught.value) == message


class Smooth:
    """A chain of layers sin(W h) + h₀ b, with its Jacobians and its formula in torch."""

    def __init__(self, sizes, seed, dtype=np.float64):
        rng = np.random.default_rng(seed)
        self.layers = [
            (rng.uniform(-1, 1, size=(m, n)).astype(dtype), rng.uniform(-1, 1, size=m).astype(dtype))
            for n, m in zip(sizes, sizes[1:])
        ]
        if np.dtype(dtype).kind == "c":
            self.layers = [(W * (1 + 0.5j), b * (1 - 2j)) for W, b in self.layers]
        self.x = rng.uniform(-1, 1, size=sizes[0]).astype(dtype)
        self.v = rng.uniform(-1, 1, size=sizes[0]).astype(dtype)
        self.g = rng.uniform(-1, 1, size=sizes[-1]).astype(dtype)
        self.functions = [lambda h, W=W, b=b: np.sin(W @ h) + h[0] * b for W, b in self.layers]
        self.jacobians = [lambda h, W=W, b=b: self.slope(W, b, h) for W, b in self.layers]

    @staticmethod
    def slope(W, b, h):
        J = np.cos(W @ h)[:, None] * W
        J[:, 0] += b
        return J

    def in_torch(self, x):
        for W, b in self.layers:
            x = torch.sin(torch.from_numpy(W) @ x) + x[0] * torch.from_numpy(b)
        return x


class Quadratic:
    """A chain of layers A h + (B h)² of integers, exact in Python's own."""

    def __init__(self, sizes, seed):
        rng = np.random.default_rng(seed)
        self.layers = [rng.integers(-2, 3, size=(2, m, n)).astype(object) for n, m in zip(sizes, sizes[1:])]
        self.x = rng.integers(-3, 4, size=sizes[0]).astype(object)
        self.v = rng.integers(-3, 4, size=sizes[0]).astype(object)
        self.g = rng.integers(-3, 4, size=sizes[-1]).astype(object)
        self.functions = [lambda h, A=A, B=B: A @ h + (B @ h) ** 2 for A, B in self.layers]
        self.jacobians = [lambda h, A=A, B=B: A + 2 * (B @ h)[:, None] * B for A, B in self.layers]

    def value(self, x):
        for f in self.functions:
            x = f(x)
        return x

    def jacobian(self):
        """Exact: F(x + N e_j) = F(x) + N ∂F/∂x_j modulo N²."""
        N = 10**400
        columns = []
        for unit in np.eye(len(self.x), dtype=object):
            quotient = (self.value(self.x + N * unit) - self.value(self.x)) // N
            columns.append((quotient + N // 2) % N - N // 2)
        return np.array(columns).T


def of_ones(sizes, dtype=int):
    """functions, jacobians and x of a chain in which all Jacobians are matrices of ones."""
    functions = [lambda h, m=m: np.zeros(m, dtype) for m in sizes[1:]]
    jacobians = [lambda h, shape=shape: np.ones(shape, dtype) for shape in zip(sizes[1:], sizes)]
    return functions, jacobians, np.zeros(sizes[0], dtype)


def bracketings(first, last):
    """All orders of the product J_last … J_first."""
    if first == last:
        return [first]
    return [
        (left, right)
        for k in range(first, last)
        for right in bracketings(first, k)
        for left in bracketings(k + 1, last)
    ]


def multiplied(order, matrices):
    """The product in this order, matrices by their numbers from 1."""
    if isinstance(order, int):
        return matrices[order - 1]
    return multiplied(order[0], matrices) @ multiplied(order[1], matrices)


# The public face


def test_public_names_and_defaults():
    expected = {
        "forward_accumulation": "(functions, jacobians, x)",
        "reverse_accumulation": "(functions, jacobians, x)",
        "multiplications": "(sizes, order)",
        "optimal_order": "(sizes)",
        "jvp": "(functions, jacobians, x, v)",
        "vjp": "(functions, jacobians, x, g)",
        "Dual": "(value, tangent=0)",
        "Tape": "()",
    }
    assert accumulation.__all__ == list(expected)
    assert {name: str(inspect.signature(getattr(accumulation, name))) for name in expected} == expected


def test_every_docstring_says_which_equation_it_is_and_shows_an_example():
    labels = {
        "forward_accumulation": "eq-accumulation-forward",
        "reverse_accumulation": "eq-accumulation-reverse",
        "multiplications": "eq-accumulation-cost",
        "optimal_order": "eq-accumulation-order",
        "jvp": "eq-accumulation-jvp",
        "vjp": "eq-accumulation-vjp",
        "Dual": "eq-accumulation-dual",
        "Tape": "eq-accumulation-tape",
    }
    assert list(labels) == accumulation.__all__
    for name, label in labels.items():
        text = inspect.getdoc(getattr(accumulation, name))
        assert re.search(rf"Equation {label} of composition/accumulation[.:]", text), name
        assert ">>> print(" in text, name
        functions = ("Parameters", "Returns") if name not in ("Dual", "Tape") else ()
        for section in (*functions, "Raises", "Notes", "Examples"):
            assert f"\n{section}\n---" in text, (name, section)


def test_results_cannot_be_changed():
    result = accumulation.forward_accumulation(*of_ones((2, 3)))
    for made, name in [(result, "value"), (accumulation.optimal_order((2, 3)), "order")]:
        with pytest.raises(AttributeError):
            setattr(made, name, None)


# Accumulation


def test_a_chain_by_hand():
    calls = []

    def noted(name, function):
        return lambda h: (calls.append(name), function(h))[1]

    functions = [
        noted("f", lambda x: [x[0] * x[1], x[0] + x[1], x[1] ** 2]),
        noted("g", lambda y: [y[0] * y[1], y[2] - y[0]]),
        noted("h", lambda z: [z[0] * z[1]]),
    ]
    jacobians = [
        noted("J_f", lambda x: [[x[1], x[0]], [1, 1], [0, 2 * x[1]]]),
        noted("J_g", lambda y: [[y[1], y[0], 0], [-1, 0, 1]]),
        noted("J_h", lambda z: [[z[1], z[0]]]),
    ]
    for name, products in (("forward", 16), ("reverse", 12)):
        calls.clear()
        result = mode(name)(functions, jacobians, [1, 2])
        same(result.value, np.array([12]))
        same(result.jacobian, np.array([[4, 28]]))
        assert result.multiplications == products
        assert sorted(calls) == ["J_f", "J_g", "J_h", "f", "g", "h"]
    assert accumulation.jvp(functions, jacobians, [1, 2], [10, 1]).tolist() == [68]
    assert accumulation.vjp(functions, jacobians, [1, 2], [10]).tolist() == [40, 280]


def test_all_jacobians_are_taken_at_their_points_where_no_shape_gives_it_away():
    # h ↦ h² twice, on two numbers, and an exchange of the two in between
    functions = [lambda h: h * h, lambda h: h[::-1], lambda h: h * h]
    jacobians = [lambda h: np.diag(2 * h), lambda h: np.eye(2, dtype=int)[::-1] * 1, lambda h: np.diag(2 * h)]
    expected = np.array([[0, 4 * 5**3], [4 * 3**3, 0]])
    for name in MODES:
        same(mode(name)(functions, jacobians, [3, 5]).jacobian, expected)
    same(accumulation.jvp(functions, jacobians, [3, 5], [1, 10]), np.array([5000, 108]))
    same(accumulation.vjp(functions, jacobians, [3, 5], [1, 10]), np.array([1080, 500]))


def test_orders_by_hand():
    best = accumulation.optimal_order((10, 10, 1, 10, 10))
    assert (best.multiplications, best.order) == (300, ((4, 3), (2, 1)))
    assert accumulation.multiplications((10, 10, 1, 10, 10), ((4, 3), (2, 1))) == 300
    best = accumulation.optimal_order((3, 7, 2, 8))
    assert (best.multiplications, best.order) == (3 * 7 * 2 + 3 * 2 * 8, (3, (2, 1)))
    assert accumulation.multiplications((2, 3, 4, 5), "forward") == 2 * 3 * 4 + 2 * 4 * 5
    assert accumulation.multiplications((2, 3, 4, 5), "reverse") == 5 * 4 * 3 + 5 * 3 * 2


@sixty_cases
@given(sizes_that_tell, seeds)
def test_integers_are_exact(sizes, seed):
    chain = Quadratic(sizes, seed)
    arguments = chain.functions, chain.jacobians, chain.x
    J = chain.jacobian()
    for name in MODES:
        result = mode(name)(*arguments)
        same(result.value, chain.value(chain.x), name)
        same(result.jacobian, J, name)
    same(accumulation.jvp(*arguments, chain.v), J @ chain.v, "jvp")
    same(accumulation.vjp(*arguments, chain.g), J.T @ chain.g, "vjp")
    assert chain.g @ accumulation.jvp(*arguments, chain.v) == accumulation.vjp(*arguments, chain.g) @ chain.v


@sixty_cases
@given(sizes_that_tell, seeds)
def test_each_function_and_each_jacobian_is_called_once_and_at_the_intermediate_value(sizes, seed):
    chain = Quadratic(sizes, seed)
    values = [chain.x]
    for f in chain.functions:
        values.append(f(values[-1]))
    calls = []

    def noted(kind, k, function):
        return lambda h: (calls.append((kind, k, h.tolist())), function(h))[1]

    functions = [noted("f", k, f) for k, f in enumerate(chain.functions)]
    jacobians = [noted("J", k, J) for k, J in enumerate(chain.jacobians)]
    expected = sorted((kind, k, values[k].tolist()) for kind in "fJ" for k in range(len(functions)))
    for run in (
        lambda: accumulation.forward_accumulation(functions, jacobians, chain.x),
        lambda: accumulation.reverse_accumulation(functions, jacobians, chain.x),
        lambda: accumulation.jvp(functions, jacobians, chain.x, chain.v),
        lambda: accumulation.vjp(functions, jacobians, chain.x, chain.g),
    ):
        calls.clear()
        run()
        assert sorted(calls) == expected


@sixty_cases
@given(sizes_of_a_chain)
def test_multiplications_are_those_that_happen(sizes):
    functions, jacobians, x = of_ones(sizes)
    matrices = [J(None) for J in jacobians]
    for name in MODES:

        def jacobian_of(*matrices):
            return mode(name)(functions, [lambda h, J=J: J for J in matrices], x).jacobian

        counted = count_multiplications(jacobian_of, *matrices)[1]
        assert mode(name)(functions, jacobians, x).multiplications == counted, name
        assert accumulation.multiplications(sizes, name) == counted, name


@sixty_cases
@given(sizes_of_a_chain)
def test_products_with_a_vector_take_one_multiplication_for_each_entry_of_each_jacobian(sizes):
    functions, jacobians, x = of_ones(sizes)
    matrices = [J(None) for J in jacobians]
    for product, end in (("jvp", sizes[0]), ("vjp", sizes[-1])):

        def run(v, *matrices):
            return getattr(accumulation, product)(functions, [lambda h, J=J: J for J in matrices], x, v)

        counted = count_multiplications(run, np.ones(end, int), *matrices)[1]
        assert counted == sum(J.size for J in matrices), product


def most_kept(run, length):
    """The most values that exist at one time, of those that the functions are given."""
    seen, most = [], [0]

    def look(h):
        if not any(value() is h for value in seen):
            seen.append(weakref.ref(h))
        most[0] = max(most[0], sum(value() is not None for value in seen))

    functions = [lambda h: (look(h), np.sin(h))[1]] * length
    jacobians = [lambda h: (look(h), np.diag(np.cos(h)))[1]] * length
    run(functions, jacobians, np.ones(3))
    return most[0]


def test_forward_mode_keeps_one_value_and_reverse_mode_all():
    v = np.ones(3)
    for length in (3, 10, 40):
        assert most_kept(lambda *chain: accumulation.forward_accumulation(*chain), length) == 1
        assert most_kept(lambda *chain: accumulation.jvp(*chain, v), length) == 1
        assert most_kept(lambda *chain: accumulation.reverse_accumulation(*chain), length) == length
        assert most_kept(lambda *chain: accumulation.vjp(*chain, v), length) == length


def test_values_from_the_chapter():
    for sizes, forward, reverse in [
        ((1000, 100, 50, 1), 5_050_000, 105_000),
        ((10, 100, 1, 9), 1090, 9900),
        ((10, 100, 1, 1), 1010, 1100),
        ((10, 10, 1, 10, 10), 1200, 1200),
    ]:
        for name, cost in (("forward", forward), ("reverse", reverse)):
            assert accumulation.multiplications(sizes, name) == cost
            assert mode(name)(*of_ones(sizes)).multiplications == cost


def test_one_function_needs_no_product():
    J = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    for name in MODES:
        result = mode(name)([lambda h: J @ h], [lambda h: J], [1.0, 0.0, -1.0])
        same(result.value, np.array([-2.0, -2.0]))
        same(result.jacobian, J)
        assert result.multiplications == 0


# Kinds of input and of output


def test_dtypes():
    for dtype in (np.float16, np.float32, np.float64, np.complex64, np.complex128):
        chain = Smooth((2, 4, 3), 0, dtype)
        arguments = chain.functions, chain.jacobians, chain.x
        for result in (mode(name)(*arguments) for name in MODES):
            assert result.value.dtype == result.jacobian.dtype == dtype
        assert accumulation.jvp(*arguments, chain.v).dtype == dtype
        assert accumulation.vjp(*arguments, chain.g).dtype == dtype
    for dtype in (np.int8, np.int64, np.uint16):
        functions, jacobians, x = of_ones((2, 4, 3), dtype)
        result = accumulation.forward_accumulation(functions, jacobians, x)
        assert result.value.dtype == result.jacobian.dtype == dtype
        same(result.jacobian, np.full((3, 2), 4, dtype))
        same(accumulation.vjp(functions, jacobians, x, np.ones(3, dtype)), np.full(2, 12, dtype))


def test_complex_numbers_pass_and_transposes_are_not_conjugated():
    chain = Smooth((2, 4, 3), 1, np.complex128)
    arguments = chain.functions, chain.jacobians, chain.x
    J = accumulation.forward_accumulation(*arguments).jacobian
    agree(accumulation.reverse_accumulation(*arguments).jacobian, J)
    step = 1e-6
    columns = [
        (chain.functions[1](chain.functions[0](chain.x + d)) - chain.functions[1](chain.functions[0](chain.x - d)))
        / (2 * step)
        for d in step * np.eye(2)
    ]
    agree(J, np.array(columns).T, rtol=1e-7)
    agree(accumulation.jvp(*arguments, chain.v), J @ chain.v)
    agree(accumulation.vjp(*arguments, chain.g), J.T @ chain.g)


def test_fractions_stay_exact():
    half = Fraction(1, 2)
    functions = [lambda h: [h[0] * h[1], h[0] / h[1]], lambda h: [h[0] - h[1] * h[1]]]
    jacobians = [lambda h: [[h[1], h[0]], [1 / h[1], -h[0] / h[1] ** 2]], lambda h: [[1, -2 * h[1]]]]
    x = [half, Fraction(1, 3)]
    for name in MODES:
        result = mode(name)(functions, jacobians, x)
        assert result.value.tolist() == [Fraction(1, 6) - Fraction(9, 4)]
        assert result.jacobian.tolist() == [[Fraction(1, 3) - 9, half + Fraction(27, 2)]]


def test_lists_scalars_and_any_iterable_of_functions_pass():
    functions = (lambda h: [h[0] ** 2, 3 * h[1]], lambda h: (h[0] + h[1],))
    jacobians = iter([lambda h: [[2 * h[0], 0], [0, 3]], lambda h: [[1, 1]]])
    result = accumulation.reverse_accumulation(functions, jacobians, (2, 5))
    same(result.value, np.array([19]))
    same(result.jacobian, np.array([[4, 3]]))


def test_infinities_and_nan_go_through_silently():
    functions = [lambda h: np.array([h[0], np.inf]), lambda h: np.array([np.nan])]
    jacobians = [lambda h: np.array([[np.inf], [0.0]]), lambda h: np.array([[0.0, 1.0]])]
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        for name in MODES:
            result = mode(name)(functions, jacobians, [1.0])
            assert np.isnan(result.value).all() and np.isnan(result.jacobian).all()
        assert np.isnan(accumulation.jvp(functions, jacobians, [1.0], [1.0])).all()
        assert np.isnan(accumulation.vjp(functions, jacobians, [1.0], [1.0])).all()


def test_inputs_stay_as_they_are_and_outputs_are_new():
    for dtype in (np.float64, np.int64, object):
        x, v, J = np.array([1, 2]).astype(dtype), np.array([3, 4]).astype(dtype), np.eye(2, dtype=int).astype(dtype)
        for length in (1, 3):
            functions, jacobians = [lambda h: h] * length, [lambda h: J] * length
            results = [mode(name)(functions, jacobians, x) for name in MODES]
            arrays = [a for result in results for a in (result.value, result.jacobian)]
            arrays += [f(functions, jacobians, x, v) for f in (accumulation.jvp, accumulation.vjp)]
            for array in arrays:
                assert not any(np.shares_memory(array, other) for other in (x, v, J))
                array[...] = 7
            assert x.tolist() == [1, 2] and v.tolist() == [3, 4] and J.tolist() == [[1, 0], [0, 1]]

    def written(h):
        h *= 2
        return h

    accumulation.forward_accumulation([written], [lambda h: np.eye(2)], x)
    assert x.tolist() == [1, 2], "what a function does to its argument does not reach the caller's array"


# The order of multiplication


@sixty_cases
@given(st.lists(st.integers(1, 9), min_size=2, max_size=7))
def test_no_bracketing_is_cheaper_than_the_optimal_order(sizes):
    best = accumulation.optimal_order(sizes)
    orders = bracketings(1, len(sizes) - 1)
    matrices = [np.ones(shape, int) for shape in zip(sizes[1:], sizes)]
    costs = {}
    for order in orders:
        costs[order] = (
            count_multiplications(lambda *Js: multiplied(order, Js), *matrices)[1]
            if len(orders) < 15
            else (accumulation.multiplications(sizes, order))
        )
        assert accumulation.multiplications(sizes, order) == costs[order]
    assert best.multiplications == min(costs.values()) == costs[best.order]


@sixty_cases
@given(sizes_of_a_chain)
def test_forward_and_reverse_are_bracketings(sizes):
    L = len(sizes) - 1
    forward, reverse = 1, L
    for k in range(2, L + 1):
        forward, reverse = (k, forward), (reverse, L + 1 - k)
    assert accumulation.multiplications(sizes, forward) == accumulation.multiplications(sizes, "forward")
    assert accumulation.multiplications(sizes, reverse) == accumulation.multiplications(sizes, "reverse")


def test_a_tie_goes_to_the_smallest_k():
    assert accumulation.optimal_order([1] * 5).order == (((4, 3), 2), 1)
    assert accumulation.optimal_order([2, 3]).order == 1
    assert accumulation.optimal_order([2, 3]).multiplications == 0


@sixty_cases
@given(st.lists(st.integers(2, 9), min_size=2, max_size=6))
def test_nothing_beats_reverse_mode_for_one_output_and_forward_mode_for_one_input(sizes):
    reverse = accumulation.multiplications([*sizes, 1], "reverse")
    assert reverse == accumulation.optimal_order([*sizes, 1]).multiplications
    assert accumulation.multiplications([1, *sizes], "forward") == (
        accumulation.optimal_order([1, *sizes]).multiplications
    )


def test_numpy_integers_are_sizes_and_large_sizes_do_not_overflow():
    assert accumulation.multiplications(np.array([10**6] * 5), "forward") == 3 * 10**18
    assert accumulation.optimal_order(np.array([10**8] * 4, np.int64)).multiplications == 2 * 10**24
    assert accumulation.multiplications((2, 3, 4), (np.int64(2), np.int64(1))) == 24


# Numbers that carry their derivatives

OPERATIONS = {
    "+": (lambda a, b: a + b, lambda a, b: a + b),
    "-": (lambda a, b: a - b, lambda a, b: a - b),
    "*": (lambda a, b: a * b, lambda a, b: a * b),
    "/": (lambda a, b: a / b, lambda a, b: a / b),
    "3 -": (lambda a, b: 3 - a * b, lambda a, b: 3 - a * b),
    "3 /": (lambda a, b: 3 / a + 2 / b, lambda a, b: 3 / a + 2 / b),
    "- 3 and / 3": (lambda a, b: (a - 3) / 3 * b + 5, lambda a, b: (a - 3) / 3 * b + 5),
    "a constant array": (lambda a, b: (np.array([2.0, 3.0]) * a)[1] - b, lambda a, b: 3 * a - b),
    "a NumPy number": (lambda a, b: np.float64(2) * a - np.float64(3) / b, lambda a, b: 2 * a - 3 / b),
    "neg": (lambda a, b: -a * b, lambda a, b: -a * b),
    "** 3": (lambda a, b: a**3 - b, lambda a, b: a**3 - b),
    "** -1.5": (lambda a, b: (a * a) ** -1.5 * b, lambda a, b: (a * a) ** -1.5 * b),
    "** 0": (lambda a, b: a**0 * b, lambda a, b: a**0 * b),
    "exp": (lambda a, b: np.exp(a * b / 9), lambda a, b: torch.exp(a * b / 9)),
    "log": (lambda a, b: np.log(a * a) * b, lambda a, b: torch.log(a * a) * b),
    "sin": (lambda a, b: np.sin(a * b), lambda a, b: torch.sin(a * b)),
    "cos": (lambda a, b: np.cos(a + b), lambda a, b: torch.cos(a + b)),
    "tanh": (lambda a, b: np.tanh(a - b), lambda a, b: torch.tanh(a - b)),
    "used twice": (lambda a, b: twice(a, b, np.sin), lambda a, b: twice(a, b, torch.sin)),
}
off_zero = st.floats(0.1, 3) | st.floats(-3, -0.1)


def twice(a, b, sin):
    u = a * b + a
    v = sin(u) * u - a
    return v * v + u * v


def dual_gradient(f, a, b):
    return [
        f(accumulation.Dual(a, 1), accumulation.Dual(b)).tangent,
        f(accumulation.Dual(a), accumulation.Dual(b, 1)).tangent,
    ]


def tape_gradient(f, *numbers):
    tape = accumulation.Tape()
    variables = [tape.variable(number) for number in numbers]
    return tape.gradient(f(*variables), variables)


def test_elementary_functions_at_a_point():
    a = 0.5
    expected = {
        "exp": (np.exp(a), np.exp(a)),
        "log": (np.log(a), 2.0),
        "sin": (np.sin(a), np.cos(a)),
        "cos": (np.cos(a), -np.sin(a)),
        "tanh": (np.tanh(a), 1 / np.cosh(a) ** 2),
    }
    for name, (value, slope) in expected.items():
        f = getattr(np, name)
        d = f(accumulation.Dual(a, 3.0))
        agree([d.value, d.tangent], [value, 3 * slope], what=name)
        agree(tape_gradient(lambda x: 3.0 * f(x), a), [3 * slope], what=name)


def test_fractions_and_integers_give_exact_derivatives():
    a, b = Fraction(2, 3), Fraction(-5, 7)

    def f(a, b):
        return (a * a - b / a) * (3 - b) + a**3

    expected = [(2 * a + b / a**2) * (3 - b) + 3 * a * a, -(3 - b) / a - (a * a - b / a)]
    assert dual_gradient(f, a, b) == tape_gradient(f, a, b) == expected
    assert tape_gradient(lambda x, y: x * y * x, 2, 5) == [20, 4]


def test_kinds_of_numbers_are_kept():
    for dtype in (np.float32, np.complex64, np.complex128):
        for name, (f, _) in OPERATIONS.items():
            if name in ("a NumPy number", "a constant array"):
                continue
            a, b = dtype(0.5), dtype(-0.75)
            assert all(
                np.asarray(d).dtype == dtype for d in [f(a, b), *tape_gradient(f, a, b)] if not isinstance(d, int)
            ), name
            d = f(accumulation.Dual(a, dtype(1)), accumulation.Dual(b, dtype(0)))
            assert np.asarray(d.value).dtype == dtype and np.asarray(d.tangent).dtype == dtype, name
    z = 0.3 + 0.4j
    assert abs(tape_gradient(lambda x: np.exp(x) * x, z)[0] - np.exp(z) * (1 + z)) < 1e-15


def test_a_small_divisor_does_not_underflow():
    (slope,) = tape_gradient(lambda x: 1e-200 / x, 1e-200)
    assert abs(slope / -1e200 - 1) < 1e-12
    x = accumulation.Dual(1e-200, 1) / 1e-200
    agree([x.value, x.tangent], [1.0, 1e200])
    numerator, divisor = accumulation.Tape(), None
    a, divisor = numerator.variable(1e-200), numerator.variable(1e-200)
    agree(numerator.gradient(a / divisor, [a, divisor]), [1e200, -1e200])


def test_a_power_with_exponent_0_is_constant_even_at_0():
    assert accumulation.Dual(0, 1).__pow__(0).tangent == 0
    assert tape_gradient(lambda x: x**0 + x**1, 0) == [1]


def test_a_tape_may_be_read_twice_and_from_any_value():
    tape = accumulation.Tape()
    x, unused = tape.variable(3), tape.variable(5)
    y = x * x
    z = y * x
    assert tape.gradient(z, [x, y, unused, z]) == [27, 3, 0, 1]
    assert tape.gradient(z, [x]) == [27], "reading changes nothing"
    assert tape.gradient(y, [x, z]) == [6, 0], "what comes later does not count"
    assert tape.gradient(z, iter([x])) == [27]
    assert len(tape) == 4 and (x.value, y.value, z.value) == (3, 9, 27)


def test_every_operation_is_one_value_on_the_tape():
    tape = accumulation.Tape()
    x = tape.variable(0.5)
    assert len(tape) == 1
    _ = np.sin(x) * 2 + x
    assert len(tape) == 4


def test_numbers_show_what_they_are():
    assert repr(accumulation.Dual(2, 1)) == "Dual(2, 1)"
    assert repr(accumulation.Tape().variable(2)) == "Variable(2)"


# Everything against torch


@some_cases
@given(sizes_that_tell, seeds)
def test_both_modes_agree_with_torch(sizes, seed):
    chain = Smooth(sizes, seed)
    x = torch.from_numpy(chain.x)
    for name, oracle in (("forward", torch.func.jacfwd), ("reverse", torch.func.jacrev)):
        result = mode(name)(chain.functions, chain.jacobians, chain.x)
        agree(result.value, chain.in_torch(x), what=name)
        agree(result.jacobian, oracle(chain.in_torch)(x), what=name)


@some_cases
@given(sizes_that_tell, seeds)
def test_products_with_a_vector_agree_with_torch(sizes, seed):
    chain = Smooth(sizes, seed)
    x, v, g = (torch.from_numpy(a) for a in (chain.x, chain.v, chain.g))
    arguments = chain.functions, chain.jacobians, chain.x
    agree(accumulation.jvp(*arguments, chain.v), torch.func.jvp(chain.in_torch, (x,), (v,))[1], what="jvp")
    agree(accumulation.vjp(*arguments, chain.g), torch.func.vjp(chain.in_torch, x)[1](g)[0], what="vjp")


@some_cases
@given(off_zero, off_zero)
def test_dual_numbers_and_the_tape_agree_with_torch(a, b):
    for name, (f, in_torch) in OPERATIONS.items():
        expected = [float(d) for d in torch.func.grad(in_torch, (0, 1))(*torch.tensor([a, b], dtype=torch.float64))]
        agree(dual_gradient(f, a, b), expected, atol=1e-12, what=f"Dual {name}")
        agree(tape_gradient(f, a, b), expected, atol=1e-12, what=f"Tape {name}")
        agree(f(accumulation.Dual(a, 1), accumulation.Dual(b)).value, f(a, b), what=f"value of {name}")


@some_cases
@given(sizes_that_tell, seeds)
def test_matrices_times_vectors_of_such_numbers(sizes, seed):
    chain = Smooth(sizes, seed)
    x, v, g = (torch.from_numpy(a) for a in (chain.x, chain.v, chain.g))

    def run(x):
        for f in chain.functions:
            x = f(x)
        return x

    duals = run(np.array([accumulation.Dual(a, b) for a, b in zip(chain.x, chain.v)]))
    agree([d.tangent for d in duals], torch.func.jvp(chain.in_torch, (x,), (v,))[1])
    tape = accumulation.Tape()
    variables = np.array([tape.variable(a) for a in chain.x])
    gradient = tape.gradient(chain.g @ run(variables), variables)
    agree(gradient, torch.func.vjp(chain.in_torch, x)[1](g)[0])


@some_cases
@given(off_zero, off_zero)
def test_second_derivatives_by_duals_of_duals_and_by_duals_on_a_tape(a, b):
    Dual = accumulation.Dual
    for name, (f, in_torch) in OPERATIONS.items():
        if name == "a NumPy number":
            continue
        hessian = torch.func.jacfwd(torch.func.grad(lambda p: in_torch(p[0], p[1])))(
            torch.tensor([a, b], dtype=torch.float64)
        )
        nested = f(Dual(Dual(a, 1), 1), Dual(Dual(b), 0)).tangent
        second = nested.tangent if isinstance(nested, Dual) else 0
        agree(second, hessian[0, 0], rtol=1e-10, atol=1e-10, what=name)
        column = [d.tangent if isinstance(d, Dual) else 0 for d in tape_gradient(f, Dual(a, 1), Dual(b, 0))]
        agree(column, hessian[:, 0], rtol=1e-10, atol=1e-10, what=name)


# Refusals

IDENTITY = [lambda h: h]
EYE = [lambda h: np.eye(len(h))]
CALLS = {
    "forward_accumulation": lambda *chain: accumulation.forward_accumulation(*chain),
    "reverse_accumulation": lambda *chain: accumulation.reverse_accumulation(*chain),
    "jvp": lambda functions, jacobians, x: accumulation.jvp(functions, jacobians, x, [1.0, 2.0]),
    "vjp": lambda functions, jacobians, x: accumulation.vjp(functions, jacobians, x, [1.0, 2.0]),
}


def test_chains_that_are_none_are_refused():
    x = [1.0, 2.0]
    for name, call in CALLS.items():
        for argument, chain in (("functions", (5, EYE, x)), ("jacobians", (IDENTITY, 5, x))):
            refuses(
                TypeError,
                f"{name}: {argument} has type int, expected a sequence of functions "
                "because a composition has one for each step",
                call,
                *chain,
            )
        for argument, chain in (("functions", ([*IDENTITY, 5], EYE, x)), ("jacobians", (IDENTITY, [*EYE, 5], x))):
            refuses(
                TypeError,
                f"{name}: {argument}[1] has type int, expected a function "
                "because it is called at an intermediate value",
                call,
                *chain,
            )
        refuses(
            ValueError,
            f"{name}: functions has length 0, expected at least 1 because there must be something to differentiate",
            call, [], [], x,
        )  # fmt: skip
        refuses(
            ValueError,
            f"{name}: jacobians has length 2, expected 1 because functions has length 1",
            call, IDENTITY, EYE * 2, x,
        )  # fmt: skip


def test_wrong_vectors_and_matrices_are_refused():
    for name, call in CALLS.items():
        for x, shape in ((3.0, "()"), ([[1.0, 2.0]], "(1, 2)"), ([], "(0,)")):
            refuses(
                ValueError,
                f"{name}: x has shape {shape}, expected (n,) with n at least 1 "
                "because the first function takes a vector",
                call, IDENTITY, EYE, x,
            )  # fmt: skip
        refuses(
            ValueError,
            f"{name}: functions[1](…) has shape (), expected (n,) with n at least 1 "
            "because every function of the chain returns a vector",
            call, IDENTITY + [lambda h: h[0]], EYE * 2, [1.0, 2.0],
        )  # fmt: skip
        refuses(
            ValueError,
            f"{name}: jacobians[1](…) has shape (2, 3), expected (3, 2) because functions[1] maps 2 to 3 numbers",
            call, IDENTITY + [lambda h: [1.0, 2.0, 3.0], lambda h: h[:2]],
            EYE + [lambda h: np.ones((2, 3)), lambda h: np.eye(2, 3)], [1.0, 2.0],
        )  # fmt: skip


def test_products_refuse_vectors_of_another_shape():
    functions, jacobians, x = of_ones((2, 4, 3), float)
    refuses(
        ValueError,
        "jvp: v has shape (3,), expected (2,) because x has shape (2,)",
        accumulation.jvp, functions, jacobians, x, np.ones(3),
    )  # fmt: skip
    refuses(
        ValueError,
        "vjp: g has shape (2,), expected (3,) because the output has shape (3,)",
        accumulation.vjp, functions, jacobians, x, np.ones(2),
    )  # fmt: skip


def test_what_is_not_a_number_is_refused_by_name():
    because = "expected integers, real or complex numbers because the formula is one for numbers"
    good = [1.0, 2.0]
    wrong = {"bool": [True, False], "object": [None, 1], "<U3": ["one", "two"]}
    for dtype, bad in wrong.items():
        for name, call in CALLS.items():
            refuses(TypeError, f"{name}: x has dtype {dtype}, {because}", call, IDENTITY, EYE, bad)
            refuses(
                TypeError, f"{name}: functions[0](…) has dtype {dtype}, {because}", call, [lambda h: bad], EYE, good
            )
            refuses(
                TypeError,
                f"{name}: jacobians[0](…) has dtype {dtype}, {because}",
                call, IDENTITY, [lambda h: [bad, bad]], good,
            )  # fmt: skip
        for name, argument in (("jvp", "v"), ("vjp", "g")):
            product = getattr(accumulation, name)
            refuses(TypeError, f"{name}: {argument} has dtype {dtype}, {because}", product, IDENTITY, EYE, good, bad)
    refuses(
        TypeError,
        "jvp: x has rows of different lengths, expected a rectangular array of numbers "
        "because every entry needs a place in one array",
        accumulation.jvp, IDENTITY, EYE, [[1.0], [1.0, 2.0]], good,
    )  # fmt: skip


def test_wrong_sizes_are_refused():
    for name, call in (
        ("multiplications", lambda sizes: accumulation.multiplications(sizes, "forward")),
        ("optimal_order", lambda sizes: accumulation.optimal_order(sizes)),
    ):
        for bad, kind in ((5, "int"), ("12", "str"), (None, "NoneType")):
            refuses(
                TypeError,
                f"{name}: sizes has type {kind}, expected a sequence of integers "
                "because each value of the chain has a size",
                call, bad,
            )  # fmt: skip
        for bad, kind in ((2.0, "float"), (True, "bool"), ("2", "str")):
            refuses(
                TypeError,
                f"{name}: sizes has an entry of type {kind}, expected integers because they count numbers",
                call, (3, bad, 4),
            )  # fmt: skip
        for bad in (0, -2):
            refuses(
                ValueError,
                f"{name}: sizes has the entry {bad}, expected at least 1 because a matrix has rows",
                call, (3, bad, 4),
            )  # fmt: skip
        for bad in ((), (3,)):
            refuses(
                ValueError,
                f"{name}: sizes has length {len(bad)}, expected at least 2 because a Jacobian has two sizes",
                call, bad,
            )  # fmt: skip


def test_wrong_orders_are_refused():
    for bad in ("backward", (3, 2, 1), None, 1.0, True, (3, [2, 1])):
        part = [2, 1] if bad == (3, [2, 1]) else bad
        refuses(
            TypeError,
            f"multiplications: order has the part {part!r}, expected 'forward', 'reverse', or pairs of factors "
            "because one product is taken at a time",
            accumulation.multiplications, (2, 3, 4, 5), bad,
        )  # fmt: skip
    for bad, factors in (((1, (2, 3)), [1, 2, 3]), ((3, 2), [3, 2]), ((3, (2, 2)), [3, 2, 2]), (1, [1])):
        refuses(
            ValueError,
            f"multiplications: order has the factors {factors}, expected [3, 2, 1] "
            "because sizes has length 4 and matrices do not commute",
            accumulation.multiplications, (2, 3, 4, 5), bad,
        )  # fmt: skip
    for bad, factors in (((4, (3, 2)), [4, 3, 2]), ((1, 0), [1, 0])):
        refuses(
            ValueError,
            f"multiplications: order has the factors {factors}, expected 1 to 3 because sizes has length 4",
            accumulation.multiplications, (2, 3, 4, 5), bad,
        )  # fmt: skip


def test_dual_numbers_and_variables_refuse_what_is_no_number():
    because = "expected one number because arrays are made of such numbers and not the other way round"
    for bad, kind in ((None, "NoneType"), ("2", "str"), (True, "bool"), ([1.0], "list"), (np.ones(2), "ndarray")):
        refuses(TypeError, f"Dual: value has type {kind}, {because}", accumulation.Dual, bad)
        refuses(TypeError, f"Dual: tangent has type {kind}, {because}", accumulation.Dual, 1.0, bad)
        refuses(TypeError, f"Tape.variable: value has type {kind}, {because}", accumulation.Tape().variable, bad)


def test_a_number_with_a_derivative_is_no_exponent_and_is_not_compared():
    tape = accumulation.Tape()
    for name, number in (("Dual", accumulation.Dual(2.0, 1)), ("Variable", tape.variable(2.0))):
        refuses(
            TypeError,
            f"{name}: exponent has type {name}, expected a plain number because only powers with constant exponents "
            "are differentiated; write a^b as exp(b · log a)",
            pow, 2, number,
        )  # fmt: skip
        for other in (2.0, number):
            refuses(
                TypeError,
                f"{name}: == got {name} and {type(other).__name__}, expected plain numbers because it is not said "
                "whether derivatives count; compare .value",
                operator.eq, number, other,
            )  # fmt: skip
        assert len({number, number}) == 1


def test_a_tape_may_hold_dual_numbers_and_not_the_other_way_round():
    tape = accumulation.Tape()
    x = tape.variable(accumulation.Dual(3.0, 1.0))
    for product in (x * accumulation.Dual(2.0, 5.0), accumulation.Dual(2.0, 5.0) * x):
        assert isinstance(product, accumulation.Variable)
        assert (product.value.value, product.value.tangent) == (6.0, 17.0)
        (bar,) = tape.gradient(product, [x])
        assert (bar.value, bar.tangent) == (2.0, 5.0)
    for arguments, name in (((x,), "value"), ((1.0, x), "tangent")):
        refuses(
            TypeError,
            f"Dual: {name} has type Variable, expected a number because a tape may hold dual numbers, and not the "
            "other way round",
            accumulation.Dual, *arguments,
        )  # fmt: skip


def test_exponents_are_plain_numbers():
    tape = accumulation.Tape()
    for name, number in (("Dual", accumulation.Dual(2.0, 1)), ("Variable", tape.variable(2.0))):
        for bad in (number, "2", True, None):
            refuses(
                TypeError,
                f"{name}: exponent has type {type(bad).__name__}, expected a plain number "
                "because only powers with constant exponents are differentiated; write a^b as exp(b · log a)",
                pow, number, bad,
            )  # fmt: skip


def test_functions_that_numpy_does_not_have_for_a_number_are_refused():
    for name in ("exp", "log", "sin", "cos", "tanh"):
        refuses(
            TypeError,
            f"Dual.{name}: value has type Fraction, expected a number that numpy.{name} takes because it does the work",
            getattr(accumulation.Dual(Fraction(1, 2)), name),
        )


def test_a_gradient_runs_along_one_tape():
    tape, other = accumulation.Tape(), accumulation.Tape()
    x, y = tape.variable(2.0), other.variable(3.0)
    for operation in (lambda: x * y, lambda: y + x, lambda: x - y, lambda: y / x):
        refuses(
            ValueError,
            "Tape: an operation has variables of two tapes, expected one because a gradient runs along one tape",
            operation,
        )
    one = "expected this one because a gradient runs along one tape"
    refuses(ValueError, f"Tape.gradient: output belongs to another tape, {one}", tape.gradient, y, [x])
    refuses(ValueError, f"Tape.gradient: inputs[1] belongs to another tape, {one}", tape.gradient, x, [x, y])
    only = "expected a variable because only variables are on the tape"
    refuses(TypeError, f"Tape.gradient: output has type float, {only}", tape.gradient, 2.0, [x])
    refuses(TypeError, f"Tape.gradient: inputs[0] has type int, {only}", tape.gradient, x, [1])


def test_python_refuses_what_is_no_operation():
    for number in (accumulation.Dual(2.0, 1), accumulation.Tape().variable(2.0)):
        for operation in (lambda: number + "a", lambda: None * number, lambda: 2**number):
            with pytest.raises(TypeError):
                operation()


def test_import_brings_in_numpy_and_nothing_else_that_is_heavy():
    code = (
        "import sys\n"
        "import mathdnn_utils.accumulation\n"
        "heavy = {'torch', 'matplotlib', 'sympy', 'scipy', 'mpmath', 'hypothesis'} & set(sys.modules)\n"
        "print('numpy' in sys.modules, sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True []"
