"""The checks of claims: right ones hold in one line, wrong ones fail with the place, the reason and a plain input."""

import subprocess
import sys
import warnings
from fractions import Fraction

import numpy as np
import pytest
import sympy
import torch

from mathdnn_utils.verify import (
    CheckFailed,
    autodiff_jacobian,
    check_gradient,
    check_identity,
    check_inequality,
    check_jacobian,
    check_steps,
    symbolic_jacobian,
)

# Nothing is written into a notebook that the reader did not ask for.
pytestmark = pytest.mark.filterwarnings("error")

A = np.array([[1.0, 2.0, -1.0], [0.5, 3.0, 2.0]])


def layer(x):
    """From 3 numbers to 2."""
    return np.sin(A @ x)


def layer_jacobian(x):
    return np.cos(A @ x)[:, None] * A


def draw3(rng):
    return rng.normal(size=3)


def integer(rng):
    return (int(rng.integers(-9, 10)),)


# check_jacobian: oracles


SINE_TORCH = autodiff_jacobian(lambda t: torch.sin(torch.tensor(A) @ t))
SINE_SYMPY = symbolic_jacobian(lambda s: [sympy.sin(sum(a * v for a, v in zip(row, s))) for row in A.tolist()], 3)
ORACLES = {
    "complex step": ("complex-step", "1e-10"),
    "central differences": ("finite-difference", "1e-06"),
    "PyTorch autodiff": (SINE_TORCH, "1e-12"),
    "sympy": (SINE_SYMPY, "1e-12"),
    "second formula": (lambda x: np.einsum("i,ij->ij", np.cos(A @ x), A), "1e-12"),
}


@pytest.mark.parametrize("kind", ORACLES)
def test_a_right_jacobian_holds_and_the_line_names_oracle_cases_and_tolerance(kind, capsys):
    oracle, tolerance = ORACLES[kind]
    report = check_jacobian(layer, layer_jacobian, draw3, oracle=oracle, claim="thm-layer", cases=7)
    assert report.ok and report.hints == () and report.warnings == ()
    assert capsys.readouterr().out == f"thm-layer: holds ({kind}, 7 cases, tolerance {tolerance})\n"


@pytest.mark.parametrize("kind", ORACLES)
def test_a_wrong_jacobian_fails_with_its_label_and_report(kind, capsys):
    oracle, _ = ORACLES[kind]

    def claimed(x):
        right = layer_jacobian(x)
        right[1, 2] *= 1.0001
        return right

    with pytest.raises(CheckFailed) as raised:
        check_jacobian(layer, claimed, draw3, oracle=oracle, claim="thm-layer", cases=7)
    assert capsys.readouterr().out == ""
    text = str(raised.value)
    assert text.startswith(f"thm-layer: FAILS\nwrong: 1 of 6 entries of the Jacobian disagree ({kind}, 7 cases")
    assert "entry [1, 2]: claimed" in text and "at x = [" in text
    report = check_jacobian(layer, claimed, draw3, oracle=oracle, cases=7)
    assert not report.ok and report.hints == () and [entry.index for entry in report.worst] == [(1, 2)]


def test_the_default_is_a_hundred_points_or_the_one_that_is_given():
    assert check_jacobian(layer, layer_jacobian, draw3).cases == 100
    assert check_jacobian(layer, layer_jacobian, [1.0, 2.0, 3.0]).cases == 1
    assert check_jacobian(layer, layer_jacobian(np.ones(3)), np.ones(3), cases=1).ok


def test_a_claim_may_be_an_array():
    x = np.array([0.1, 0.2, 0.3])
    assert check_jacobian(layer, layer_jacobian(x), x).ok
    assert check_jacobian(lambda x: A @ x, A, draw3).ok
    assert not check_jacobian(layer, layer_jacobian(x), draw3).ok
    assert check_jacobian(lambda x: [3 * x[0], 2 * x[1]], [[3, 0], [0, 2]], [1, 2]).ok


@pytest.mark.parametrize(
    "f", [lambda x: [x[0] * x[1], x[0]], lambda x: np.array([x[0] * x[1], x[0]]), lambda x: (x[0] * x[1], x[0])]
)
def test_functions_may_return_lists_and_points_may_be_integers(f):
    assert check_jacobian(f, [[5, 2], [1, 0]], [2, 5]).ok
    assert check_jacobian(f, [[5, 2], [1, 0]], (2, 5), oracle="finite-difference").ok


def test_numbers_of_no_axes_are_points_and_values():
    assert check_jacobian(lambda x: x**3, lambda x: 3 * x**2, 2.0).ok
    assert check_jacobian(lambda x: x**3, 12.0, np.array(2)).ok
    assert check_jacobian(lambda x: np.array(x[0] * x[1]), [5.0, 2.0], [2.0, 5.0]).ok
    report = check_jacobian(lambda x: x[:1] ** 2, [4.0], [2.0])
    assert report.hints == ("wrong-shape",), "an output of shape (1,) keeps its axis"
    assert "(1,)" in str(report) and "(1, 1)" in str(report)
    assert check_jacobian(lambda x: np.arange(3) + 0 * x.size, np.zeros((3, 1)), [2.0]).ok


@pytest.mark.parametrize("seed", range(3))
def test_sizes_that_are_drawn(seed):
    def draw(rng):
        return rng.normal(size=int(rng.integers(2, 6)))

    def claimed(x):
        return np.diag(2 * x)

    assert check_jacobian(lambda x: x**2, claimed, draw, seed=seed).ok
    cube = check_jacobian(lambda x: np.outer(x, np.ones(7)) ** 2, lambda x: 0.0, draw, seed=seed)
    assert cube.hints == ("wrong-shape",)
    outputs = check_jacobian(
        lambda x: np.array([x.sum(), (x**2).sum()]), lambda x: np.array([x**0, 2 * x]).T, draw, seed=seed
    )
    assert outputs.hints == ("transposed",), "for two inputs the shape is right"


def test_matrices_in_and_tensors_out():
    def f(x):
        return np.einsum("ij,k->ikj", x, np.arange(1.0, 5))

    def claimed(x):
        return np.einsum("ia,jb,k->ikjab", np.eye(2), np.eye(3), np.arange(1.0, 5))

    assert check_jacobian(f, claimed, lambda rng: rng.normal(size=(2, 3))).ok
    moved = check_jacobian(f, lambda x: np.moveaxis(claimed(x), (3, 4), (0, 1)), lambda rng: rng.normal(size=(2, 3)))
    assert moved.hints == ("wrong-shape", "axes-permuted")
    assert "it has the input axes before the output axes" in moved.explanations[1]


# check_jacobian: hints


@pytest.mark.parametrize(
    "spoil, code",
    [
        (lambda J: J.T, "transposed"),
        (lambda J: -J, "sign"),
        (lambda J: J / 2, "constant-factor"),
        (lambda J: np.pi * J, "constant-factor"),
        (lambda J: np.where(J == J.max(), np.nan, J), "non-finite"),
        (lambda J: J[0], "wrong-shape"),
        (lambda J: J.sum(axis=0, keepdims=True), "wrong-shape"),
    ],
)
@pytest.mark.parametrize("oracle", ["complex-step", "finite-difference"])
def test_what_is_wrong_in_every_case_is_named(spoil, code, oracle):
    assert code in check_jacobian(layer, lambda x: spoil(layer_jacobian(x)), draw3, oracle=oracle, cases=9).hints


def test_what_is_wrong_in_some_cases_only_is_not_named():
    f, right = (lambda x: x**2), (lambda x: np.diag(2 * x))
    draw = lambda rng: rng.normal(size=2) + 3 * rng.choice([-1, 1])  # noqa: E731
    # The negative where the sum is negative, twice the right one elsewhere: each case by itself would get a hint.
    mixed = check_jacobian(f, lambda x: right(x) * (-1 if x.sum() < 0 else 2), draw)
    assert mixed.wrong and mixed.hints == ()
    # A factor that changes from case to case.
    assert check_jacobian(f, lambda x: right(x) * x.sum(), draw).hints == ()
    # NaN in half of the cases, right in the others, or wrong in the others.
    assert check_jacobian(f, lambda x: right(x) * (np.nan if x.sum() < 0 else 1), draw).hints == ("non-finite",)
    assert check_jacobian(f, lambda x: right(x) * (np.nan if x.sum() < 0 else 2), draw).hints == ()
    # Transposed in some cases, something else in the others.
    swap = lambda x: np.array([x[0], x[0] * x[1]])  # noqa: E731
    matrix = lambda x: np.array([[1, 0], [x[1], x[0]]])  # noqa: E731
    assert check_jacobian(swap, lambda x: matrix(x).T, draw).hints == ("transposed",)
    assert check_jacobian(swap, lambda x: matrix(x).T if x.sum() < 0 else matrix(x) ** 2, draw).hints == ()
    # Wrong in the same way wherever it is wrong.
    assert check_jacobian(f, lambda x: right(x) * (-1 if x.sum() < 0 else 1), draw).hints == ("sign",)


@pytest.mark.parametrize("which", [0, 3, 9])
def test_a_single_wrong_case_refutes_the_claim(which):
    rng = np.random.default_rng(0)
    spoilt = [draw3(rng) for _ in range(10)][which]

    def claimed(x):
        return layer_jacobian(x) * (1.001 if (x == spoilt).all() else 1)

    assert not check_jacobian(layer, claimed, draw3, cases=10).ok


def test_the_plainest_refuting_point_is_shown():
    points = iter([[0.123456, 7.1], [2.0, 3.0], [1.0, 1.0], [2.0, 1.0]])
    report = check_jacobian(
        lambda x: x**2, lambda x: np.diag(x**2 - x + 2), lambda rng: np.array(next(points)), cases=4
    )
    assert report.at == "x = [2, 3]", "[1, 1] and [2, 1] do not refute it, and 0.123456 is longer"
    assert str(report) == (
        "wrong: 1 of 4 entries of the Jacobian disagree (complex step, 4 cases, tolerance 1e-10)\n"
        "  at x = [2, 3]\n"
        "  entry [1, 1]: claimed 8, expected 6"
    )


# check_jacobian: the fall-back


def real_part_trick(x):
    return np.where(x.real > 0, x.real, 0) + 0 * x


def refuses(error):
    def f(x):
        if np.iscomplexobj(x):
            raise error
        return np.maximum(x, 0)

    return f


def with_a_float_buffer(x):
    y = np.empty(x.shape)
    y[:] = np.where(x.real > 0, x, 0)
    return y


REFUSED = "f does not take complex input; central differences were used."
DISAGREE = "the complex step and a central difference disagree; central differences were used."


@pytest.mark.parametrize(
    "f, warning",
    [
        (lambda x: (np.abs(x) + x.real) / 2, REFUSED),
        (real_part_trick, DISAGREE),
        (with_a_float_buffer, REFUSED),
        (refuses(TypeError("no")), REFUSED),
        (refuses(ValueError("no")), REFUSED),
        (refuses(RuntimeError("no")), REFUSED),
        (refuses(NotImplementedError()), REFUSED),
    ],
)
def test_where_the_complex_step_fails_central_differences_say_so(f, warning, capsys):
    def claimed(x):
        return np.diag((x > 0) * 1.0)

    report = check_jacobian(f, claimed, [1.0, -2.0, 3.0])
    assert report.ok and report.oracle == "central differences" and report.tolerance == 1e-6
    assert report.warnings == (warning,) and f"warning: {warning}" in str(report)
    many = check_jacobian(f, claimed, draw3, cases=5)
    assert many.warnings == (warning,), "said once, not once a case"
    check_jacobian(f, claimed, draw3, claim="thm-relu", cases=5)
    assert capsys.readouterr().out == "thm-relu: holds (central differences, 5 cases, tolerance 1e-06)\n"
    wrong = check_jacobian(f, lambda x: -claimed(x), [1.0, -2.0, 3.0])
    assert wrong.hints == ("sign",) and wrong.warnings == (warning,)
    with pytest.raises(CheckFailed, match="warning: "):
        check_jacobian(f, lambda x: -claimed(x), [1.0, -2.0, 3.0], claim="thm-relu")


def test_one_dropped_entry_beside_a_large_one_is_noticed():
    def f(x):
        return np.array([1e6 * x[0], x[1].real + 0 * x[1]])

    assert check_jacobian(f, np.diag([1e6, 1.0]), [1.0, 2.0]).ok
    assert not check_jacobian(f, np.diag([1e6, 0.0]), [1.0, 2.0]).ok


def test_the_verdict_over_many_points_is_as_strong_as_its_weakest_oracle():
    def f(x):
        return np.abs(x) if x[0].real > 0 else -x

    report = check_jacobian(f, lambda x: np.diag(np.sign(x)), lambda rng: rng.normal(size=1), cases=20)
    assert report.ok and report.oracle == "central differences" and report.tolerance == 1e-6


@pytest.mark.parametrize(
    "f, derivative, x",
    [
        (np.sin, np.cos, 1e6),
        (np.log, lambda x: 1 / x, 1e-6),
        (lambda x: x**2, lambda x: 2 * x, 1e6),
        (np.exp, np.exp, 1e-6),
    ],
)
def test_large_and_small_points_keep_the_complex_step(f, derivative, x):
    report = check_jacobian(f, lambda x: np.diag(derivative(x)), [x, 1.5])
    assert report.ok and report.oracle == "complex step"
    assert not check_jacobian(f, lambda x: np.diag(derivative(x) * [1 + 1e-4, 1]), [x, 1.5]).ok


def test_single_precision_is_checked_to_its_own_digits():
    x = np.array([0.5, 1.0], dtype=np.float32)
    report = check_jacobian(np.sin, lambda x: np.diag(np.cos(x)), x)
    assert report.ok and report.tolerance == 1e-4
    assert not check_jacobian(np.sin, lambda x: np.diag(np.cos(x) * np.float32(1.01)), x).ok
    narrow = check_jacobian(np.sin, lambda x: np.diag(np.cos(x.astype(np.float32))), x.astype(float))
    assert not narrow.ok, "a claim in single precision about a point in double precision is not right to 1e-10"


# check_jacobian: arguments


def test_the_oracle_has_to_be_one_of_the_same_function():
    other = lambda x: np.diag(np.cos(x))  # noqa: E731
    with pytest.raises(
        ValueError, match="check_jacobian: oracle.x. disagrees with a central difference of f, expected"
    ):
        check_jacobian(lambda x: x**2, other, draw3, oracle=other)
    with pytest.raises(
        ValueError, match=r"check_jacobian: oracle.x. has shape .3,., expected .3, 3. because f.x. has shape"
    ):
        check_jacobian(np.sin, np.cos, draw3, oracle=np.cos)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("oracle", ["complex-step", "finite-difference", lambda x: np.eye(2)])
def test_nan_and_infinity_pass_nowhere(bad, oracle):
    def f(x):
        return x + 0

    x, right = [1.0, 2.0], np.eye(2)
    assert check_jacobian(f, right, x, oracle=oracle).ok
    assert check_jacobian(f, right + np.diag([0, bad]), x, oracle=oracle).hints == ("non-finite",)
    with pytest.raises(ValueError, match="check_jacobian: x has entries that are NaN or infinite"):
        check_jacobian(f, right, [1.0, bad], oracle=oracle)
    with pytest.raises(ValueError, match="f has values that are NaN or infinite"):
        check_jacobian(lambda x: x + np.array([0, bad]), right, x, oracle=oracle)
    result = np.diag([1, bad])
    with np.errstate(invalid="ignore"):
        assert check_jacobian(f, right, x, oracle=lambda x: result).hints == ("non-finite",)
        assert not check_jacobian(f, result, x, oracle=lambda x: result).ok
        with pytest.raises(CheckFailed):
            check_jacobian(f, result, x, oracle=lambda x: result, claim="thm-nan")


@pytest.mark.parametrize("check", [check_jacobian, check_gradient])
def test_arguments_of_a_wrong_kind_are_refused(check):
    name = check.__name__
    f, g = (lambda x: (x**2).sum()), (lambda x: 2 * x)
    x = [1.0, 2.0]
    assert check(f, g, x).ok
    cases = [
        (TypeError, "f has type int, expected a function", (3, g, x), {}),
        (TypeError, "x has dtype bool, expected real numbers", (f, g, [True]), {}),
        (TypeError, "x has dtype complex128, expected real numbers", (f, g, [1j]), {}),
        (TypeError, "x has rows of different lengths, expected", (f, g, [[1.0], [1.0, 2.0]]), {}),
        (ValueError, r"x has shape \(0,\), expected at least one entry", (f, g, []), {}),
        (TypeError, "claimed has dtype .*expected numbers", (f, "wrong", x), {}),
        (TypeError, "claimed has entries that are neither integers nor", (f, None, x), {}),
        (TypeError, "claimed has dtype bool, expected numbers", (f, lambda x: x > 0, x), {}),
        (ValueError, r"claimed has shape \(0,\), expected at least one", (f, [], x), {}),
        (TypeError, r"f\(x\) has .*expected", (lambda x: "a", g, x), {}),
        (TypeError, r"f\(x\) has .*expected", (lambda x: None, g, x), {}),
        (TypeError, r"f\(x\) has rows of different lengths", (lambda x: [[1], [1, 2]], g, x), {}),
        (ValueError, r"f\(x\) has shape \(0,\), expected", (lambda x: x[:0], g, x), {}),
        (ValueError, "oracle is 'torch', expected 'complex-step', 'finite", (f, g, x), {"oracle": "torch"}),
        (ValueError, "oracle is None, expected 'complex-step', 'finite", (f, g, x), {"oracle": None}),
        (TypeError, r"oracle\(x\) has dtype <U1, expected numbers", (f, g, x), {"oracle": lambda x: "a"}),
        (ValueError, "cases is 5, expected 1 because x is one point", (f, g, x), {"cases": 5}),
        (ValueError, "cases is 0, expected 1 because x is one point", (f, g, x), {"cases": 0}),
        (ValueError, "cases is 0, expected at least 1", (f, g, draw3), {"cases": 0}),
        (ValueError, "cases is -1, expected at least 1", (f, g, draw3), {"cases": -1}),
        (TypeError, "cases has type float, expected an integer", (f, g, draw3), {"cases": 2.0}),
        (TypeError, "cases has type bool, expected an integer", (f, g, draw3), {"cases": True}),
    ]
    for error, words, arguments, options in cases:
        with pytest.raises(error, match=f"^{name}: {words}"):
            check(*arguments, **options)


def test_nothing_that_is_passed_is_changed():
    def f(x):
        y = x * 1
        x *= 0
        return y**2

    def claimed(x):
        y = np.diag(2 * x)
        x *= 0
        return y

    point = np.array([1.0, 2.0])
    for oracle in ("complex-step", "finite-difference", claimed):
        assert check_jacobian(f, claimed, point, oracle=oracle).ok
        wrong = check_jacobian(f, lambda x: 0 * claimed(x), point, oracle=oracle)
        assert not wrong.ok and wrong.at == "x = [1, 2]"
    assert point.tolist() == [1.0, 2.0]
    point.flags.writeable = False
    assert check_jacobian(f, claimed, point).ok
    assert check_jacobian(f, claimed, np.arange(1.0, 7)[::2]).ok


# check_gradient


def test_a_gradient_has_the_shape_of_x():
    f = lambda x: (x**2 * np.arange(1.0, 7).reshape(2, 3)).sum()  # noqa: E731
    g = lambda x: 2 * x * np.arange(1.0, 7).reshape(2, 3)  # noqa: E731
    draw = lambda rng: rng.normal(size=(2, 3))  # noqa: E731
    assert check_gradient(f, g, draw).ok and check_gradient(f, g, draw).cases == 100
    assert check_gradient(f, lambda x: g(x).T, draw).hints == ("wrong-shape", "transposed")
    assert check_gradient(f, lambda x: g(x).ravel(), draw).hints == ("wrong-shape",)
    assert check_gradient(f, lambda x: g(x)[None], draw).hints == ("wrong-shape",)
    assert check_gradient(f, lambda x: -g(x), draw).hints == ("sign",)
    assert check_gradient(f, lambda x: g(x) / 2, draw).hints == ("constant-factor",)
    assert check_gradient(lambda x: x**3, lambda x: 3 * x**2, 2.0).ok
    torch_oracle = autodiff_jacobian(lambda t: (t**2 * torch.arange(1.0, 7).reshape(2, 3)).sum())
    assert check_gradient(f, g, draw, oracle=torch_oracle, cases=3).oracle == "PyTorch autodiff"


@pytest.mark.parametrize("oracle", ["complex-step", "finite-difference", lambda x: np.diag(2 * x)])
@pytest.mark.parametrize("f", [lambda x: x**2, lambda x: (x**2).sum(keepdims=True), lambda x: [[x[0]]]])
def test_a_gradient_belongs_to_one_number(f, oracle):
    with pytest.raises(ValueError, match=r"check_gradient: f.x. has shape .*expected \(\) because a gradient belongs"):
        check_gradient(f, lambda x: 2 * x, [1.0, 2.0], oracle=oracle)


def test_a_gradient_prints_its_claim(capsys):
    check_gradient(lambda x: x @ x, lambda x: 2 * x, draw3, claim="prop-gradient")
    assert capsys.readouterr().out == "prop-gradient: holds (complex step, 100 cases, tolerance 1e-10)\n"
    with pytest.raises(CheckFailed, match="^prop-gradient: FAILS\nwrong: 3 of 3"):
        check_gradient(lambda x: x @ x, lambda x: x, draw3, claim="prop-gradient")


# check_identity


def test_integers_and_fractions_are_exact(capsys):
    square = lambda a: (a + 1) ** 2  # noqa: E731
    check_identity(square, lambda a: a * a + 2 * a + 1, integer, claim="eq-square")
    assert capsys.readouterr().out == "eq-square: holds (exact integers, 100 cases, tolerance 0)\n"
    third = lambda rng: (Fraction(int(rng.integers(-9, 9)), 3),)  # noqa: E731
    assert check_identity(square, lambda a: a * a + 2 * a + 1, third).oracle == "exact rationals"
    big = lambda rng: (int(rng.integers(1, 9)) * 10**30,)  # noqa: E731
    assert check_identity(square, lambda a: a * a + 2 * a + 1, big).ok
    assert not check_identity(square, lambda a: a * a + 2 * a + 2, big).ok, "one part in 10^61"
    arrays = lambda rng: (rng.integers(-9, 10, size=(2, 3)),)  # noqa: E731
    assert check_identity(lambda a: a @ a.T, lambda a: (a @ a.T).T, arrays).oracle == "exact integers"


def test_the_kind_is_that_of_the_weakest_case():
    counter = {"left": 0, "right": 0}

    def count(side, values):
        counter[side] += 1
        return values[(counter[side] - 1) % len(values)]

    for values, kind in (
        ([1, Fraction(1)], "exact rationals"),
        ([Fraction(1), 1, 1], "exact rationals"),
        ([1, 1.0, 1], "float arithmetic"),
        ([1.0, 1, 1], "float arithmetic"),
        ([1, 1, 1.0], "float arithmetic"),
    ):
        counter.update(left=0, right=0)
        left, right = (lambda a: count("left", values)), (lambda a: count("right", values))
        assert check_identity(left, right, integer, cases=len(values)).oracle == kind
        counter.update(left=0, right=0)
        assert check_inequality(left, right, integer, cases=len(values)).oracle == kind


def test_the_plainest_counterexample_is_shown():
    inputs = iter([(10, 99), (5, 8), (0, 1000), (3, 1), (0, 1), (1, 2), (0, 0)])
    report = check_identity(lambda a, b: max(a, b), lambda a, b: a, lambda rng: next(inputs), cases=7)
    assert report.at == "a = 0, b = 1"
    assert (report.worst[0].claimed, report.worst[0].expected) == (1, 0)
    floats = check_identity(lambda x: x, lambda x: -x, lambda rng: (float(rng.choice([0.25, 0.123456789, 3.0])),))
    assert floats.at == "x = 3" and floats.hints == ("sign",)


@pytest.mark.parametrize("which", [0, 4, 9])
def test_a_single_wrong_input_refutes_an_identity_and_an_inequality(which):
    inputs = [(i,) for i in range(10)]
    report = check_identity(lambda a: int(a == which), lambda a: 0, lambda rng, it=iter(inputs): next(it), cases=10)
    assert not report.ok and report.at == f"a = {which}"
    report = check_inequality(lambda a: int(a == which), lambda a: 0, lambda rng, it=iter(inputs): next(it), cases=10)
    assert not report.ok and report.at == f"a = {which}"
    assert "1 of 10 inputs" in report.summary


def test_hints_of_single_numbers_come_from_all_inputs_together():
    twice = check_identity(lambda a: 2 * a, lambda a: a, integer)
    assert twice.explanations == ("the claim is 2 times the right one.",), "2 against 1 alone would say nothing"
    assert check_identity(lambda a: -a, lambda a: a, integer).hints == ("sign",)
    assert check_identity(lambda a: a * a, lambda a: a, integer).hints == ()
    assert check_identity(lambda a: 4, lambda a: 3, integer).hints == (), "a hundred times the same case is one case"
    assert check_identity(lambda a: a.T, lambda a: a, lambda rng: (rng.normal(size=(2, 2)),)).hints == ("transposed",)
    assert check_identity(lambda a: a * 1.5, lambda a: a, lambda rng: (rng.normal(),)).hints == ("constant-factor",)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, complex(np.nan, 0), complex(0, np.inf)])
def test_nan_and_infinity_satisfy_no_identity_inequality_or_derivation(bad):
    one, other = (lambda a: bad), (lambda a: 1.0)
    for left, right in ((one, one), (one, other), (other, one)):
        assert check_identity(left, right, integer).hints == ("non-finite",)
        assert not check_steps([("eq-a", left), ("eq-b", right)], integer).ok
        if not isinstance(bad, complex):
            report = check_inequality(left, right, integer)
            assert not report.ok and "a value that is NaN or infinite" in report.summary
            assert not check_inequality(lambda a: np.ones(2), lambda a: np.array([2.0, bad]), integer).ok


def test_identities_have_a_named_oracle_and_its_tolerance():
    off = lambda x: np.exp(x) * (1 + 1e-9)  # noqa: E731
    draw = lambda rng: (rng.normal(),)  # noqa: E731
    assert not check_identity(off, np.exp, draw).ok
    report = check_identity(off, np.exp, draw, oracle="quadrature")
    assert report.ok and report.oracle == "quadrature" and report.tolerance == 1e-8
    assert not check_identity(off, np.exp, draw, oracle="quadrature", tolerance=1e-10).ok
    assert check_identity(np.exp, np.exp, draw, oracle="SciPy").tolerance == 1e-12
    with pytest.raises(ValueError, match="check_identity: tolerance is 1e-06, expected 0 to 1e-08"):
        check_identity(off, np.exp, draw, oracle="quadrature", tolerance=1e-6)
    with pytest.raises(ValueError, match="check_identity: tolerance is inf, expected 0 to 1e-12"):
        check_identity(off, np.exp, draw, tolerance=np.inf)
    with pytest.raises(TypeError, match="check_identity: tolerance has type str, expected a number"):
        check_identity(off, np.exp, draw, tolerance="1")
    with pytest.raises(ValueError, match="check_identity: oracle is 'magic', expected one of"):
        check_identity(off, np.exp, draw, oracle="magic")
    with pytest.raises(TypeError, match="check_identity: oracle has type list, expected the name"):
        check_identity(off, np.exp, draw, oracle=[])
    with pytest.raises(TypeError, match="check_identity: oracle is 'exact integers', expected integers or fractions"):
        check_identity(off, np.exp, draw, oracle="exact integers")


# check_inequality


def test_an_inequality_is_exact_for_integers_and_fractions():
    report = check_inequality(lambda a: 2 * a - 1, lambda a: a * a, integer)
    assert report.ok and report.oracle == "exact integers"
    off = check_inequality(lambda a: 10**20 * a * a + 1, lambda a: 10**20 * a * a, integer)
    assert not off.ok and off.at == "a = 0"
    assert not check_inequality(lambda a: Fraction(1, 3), lambda a: Fraction(10**20, 3 * 10**20 + 1), integer).ok


def test_an_inequality_of_floats_allows_rounding_and_no_more():
    draw = lambda rng: (rng.normal(size=3),)  # noqa: E731
    assert check_inequality(lambda x: x * (1 + 1e-15), lambda x: x, draw).ok
    assert not check_inequality(lambda x: x + np.abs(x) * 1e-10, lambda x: x, draw).ok
    assert check_inequality(lambda x: -np.abs(x), np.abs, draw).ok
    assert check_inequality(lambda x: np.array(-1e308), lambda x: np.array(1e308), draw).ok
    assert not check_inequality(lambda x: np.array(1e308), lambda x: np.array(-1e308), draw).ok


def test_a_broken_inequality_says_where_and_how_often():
    inputs = iter([(0,), (-3,), (7,), (1,), (2,)])
    report = check_inequality(lambda a: a * a, lambda a: a, lambda rng: next(inputs), cases=5)
    assert str(report) == (
        "wrong: 3 of 5 inputs give a larger value: smaller = 4, larger = 2 (exact integers, 5 cases, tolerance 0)\n"
        "  at a = 2"
    )
    entries = check_inequality(lambda a: np.array([0, a, a + 3]), lambda a: np.array([0, a, a + 1]), integer)
    assert "100 of 100 inputs" in entries.summary and entries.wrong == 1 and entries.entries == 3
    assert "smaller = 3, larger = 1" in entries.summary


def test_an_inequality_prints_its_claim(capsys):
    check_inequality(lambda a: a, lambda a: a, integer, claim="lem-order", cases=3)
    assert capsys.readouterr().out == "lem-order: holds (exact integers, 3 cases, tolerance 0)\n"
    with pytest.raises(CheckFailed, match="^lem-order: FAILS\nwrong: 3 of 3 inputs"):
        check_inequality(lambda a: a + 1, lambda a: a, integer, claim="lem-order", cases=3)


def test_sides_of_an_inequality_are_real_and_of_one_shape():
    with pytest.raises(ValueError, match=r"check_inequality: larger has shape \(3,\), expected \(2,\) as smaller has"):
        check_inequality(lambda a: np.zeros(2), lambda a: np.zeros(3), integer)
    with pytest.raises(ValueError, match=r"check_inequality: larger has shape \(2,\), expected \(\) as smaller has"):
        check_inequality(lambda a: 0.0, lambda a: np.zeros(2), integer)
    with pytest.raises(TypeError, match="check_inequality: a side has complex values, expected real ones"):
        check_inequality(lambda a: 1j, lambda a: 2.0, integer)


# check_steps


LINES = [
    ("eq-power", lambda a, b: (a + b) ** 3),
    ("eq-factor", lambda a, b: (a + b) * (a + b) * (a + b)),
    ("eq-square", lambda a, b: (a * a + 2 * a * b + b * b) * (a + b)),
    ("eq-spread", lambda a, b: a * (a * a + 2 * a * b + b * b) + b * (a * a + 2 * a * b + b * b)),
    ("eq-terms", lambda a, b: a**3 + 2 * a * a * b + a * b * b + a * a * b + 2 * a * b * b + b**3),
    ("eq-collected", lambda a, b: a**3 + 3 * a**2 * b + 3 * a * b**2 + b**3),
]


def two_integers(rng):
    return int(rng.integers(-9, 10)), int(rng.integers(-9, 10))


# Positive, so that no sum cancels and loses the digits that are compared.
def two_floats(rng):
    return rng.uniform(0.5, 2), rng.uniform(0.5, 2)


def two_arrays(rng):
    return rng.uniform(0.5, 2, size=(2, 3)), rng.uniform(0.5, 2, size=(2, 3))


SAMPLES = [two_integers, two_floats, two_arrays]


def perturbed(index, extra=lambda a, b: 1e-3 * (1 + a * a)):
    label, line = LINES[index]
    lines = list(LINES)
    lines[index] = (label, lambda a, b: line(a, b) + extra(a, b))
    return lines


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_right_derivation_holds(sample, capsys):
    kind = "exact integers" if sample is two_integers else "float arithmetic"
    report = check_steps(LINES, sample)
    assert report.ok and report.oracle == kind and report.cases == 100
    assert report.summary.startswith("holds line by line: 6 lines (")
    check_steps(LINES, sample, claim="thm-cube", cases=4)
    tolerance = "0" if sample is two_integers else "1e-12"
    assert capsys.readouterr().out == f"thm-cube: holds ({kind}, 4 cases, tolerance {tolerance})\n"


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_wrong_line_is_named(index, sample, capsys):
    lines = perturbed(index)
    report = check_steps(lines, sample)
    # A wrong first line shows when the second does not equal it.
    number = max(index, 1) + 1
    label, above = LINES[number - 1][0], LINES[number - 2][0]
    assert report.summary.startswith(f"wrong: line {number} ({label}) does not equal line {number - 1} ({above}) (")
    # In the middle, the line after the wrong one undoes the error.
    cancels = ("the last line equals the first nevertheless: two errors cancel.",) if 0 < index < 5 else ()
    assert report.warnings == cancels
    with pytest.raises(CheckFailed, match=rf"^thm-cube: FAILS\nwrong: line {number} \({label}\)"):
        check_steps(lines, sample, claim="thm-cube")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("index", range(1, 5))
def test_an_error_that_stays_does_not_cancel(index):
    lines = [
        (label, line if i < index else lambda a, b, line=line: line(a, b) + 1) for i, (label, line) in enumerate(LINES)
    ]
    report = check_steps(lines, two_integers)
    assert f"line {index + 1} ({LINES[index][0]})" in report.summary
    assert report.warnings == ()


@pytest.mark.parametrize("index", range(1, 6))
def test_a_line_that_is_wrong_on_one_input_only_is_named(index):
    lines = perturbed(index, lambda a, b: int((a, b) == (3, 4)))
    inputs = [(1, 2), (5, 6), (3, 4), (7, 8)]
    report = check_steps(lines, lambda rng, it=iter(inputs): next(it), cases=4)
    assert f"line {index + 1} ({LINES[index][0]})" in report.summary and report.at == "a = 3, b = 4"


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_line_that_is_nan_is_named(index, bad):
    report = check_steps(perturbed(index, lambda a, b: bad), two_floats)
    assert f"line {max(index, 1) + 1} (" in report.summary and report.hints == ("non-finite",)


def test_a_line_of_another_shape_is_named():
    lines = [("eq-a", lambda a: a), ("eq-b", lambda a: a[None]), ("eq-c", lambda a: a)]
    report = check_steps(lines, lambda rng: (rng.normal(size=3),))
    assert "line 2 (eq-b)" in report.summary and "wrong-shape" in report.hints


def test_the_verdict_on_a_derivation_is_as_exact_as_its_least_exact_line():
    lines = [("eq-a", lambda a: a), ("eq-b", lambda a: a * 1), ("eq-c", lambda a: a * 1.0), ("eq-d", lambda a: 1.0 * a)]
    assert check_steps(lines[:2], integer).oracle == "exact integers"
    assert check_steps(lines, integer).oracle == "float arithmetic"
    assert check_steps(lines[::-1], integer).oracle == "float arithmetic"


def test_steps_of_a_wrong_kind_are_refused():
    good = ("eq-a", lambda a: a)
    for steps, error, words in (
        (3, TypeError, "steps has type int, expected a list of pairs"),
        (dict([good]), TypeError, "steps has type dict, expected a list of pairs"),
        ([], ValueError, "steps has length 0, expected at least two lines"),
        ([good], ValueError, "steps has length 1, expected at least two lines"),
        ([good, lambda a: a], TypeError, "line 2 of steps is no such pair, expected pairs"),
        ([("eq-a", 3), good], TypeError, "line 1 of steps is no such pair, expected pairs"),
        ([good, (lambda a: a, "eq-b")], TypeError, "line 2 of steps is no such pair"),
        ([good, ("eq-b", lambda a: "x")], TypeError, "eq-b has dtype <U1, expected numbers"),
        ([good, ("eq-b", lambda a: [])], ValueError, r"eq-b has shape \(0,\), expected at least one entry"),
    ):
        with pytest.raises(error, match=f"^check_steps: {words}"):
            check_steps(steps, integer)


# All checks on random inputs


def run_identity(sample, **options):
    return check_identity(lambda *a: 1, lambda *a: 1, sample, **options)


def run_inequality(sample, **options):
    return check_inequality(lambda *a: 1, lambda *a: 1, sample, **options)


def run_steps(sample, **options):
    return check_steps([("eq-a", lambda *a: 1), ("eq-b", lambda *a: 1)], sample, **options)


@pytest.mark.parametrize("run", [run_identity, run_inequality, run_steps])
def test_the_sample_and_the_number_of_cases_are_checked(run):
    name = run.__name__.replace("run", "check")
    assert run(integer).cases == 100 and run(integer, cases=3).cases == 3 and run(integer, cases=np.int64(2)).cases == 2
    for error, words, sample, options in (
        (TypeError, "sample has type int, expected a function of a random generator", 3, {}),
        (TypeError, r"sample\(rng\) has type list, expected the tuple of arguments", lambda rng: [1], {}),
        (TypeError, r"sample\(rng\) has type float, expected the tuple of arguments", lambda rng: 1.0, {}),
        (ValueError, "cases is 0, expected at least 1", integer, {"cases": 0}),
        (TypeError, "cases has type float, expected an integer", integer, {"cases": 3.0}),
        (TypeError, "cases has type bool, expected an integer", integer, {"cases": True}),
        (TypeError, "cases has type NoneType, expected an integer", integer, {"cases": None}),
    ):
        with pytest.raises(error, match=f"^{name}: {words}"):
            run(sample, **options)


@pytest.mark.parametrize(
    "check, names", [(check_identity, ("left", "right")), (check_inequality, ("smaller", "larger"))]
)
def test_sides_of_a_wrong_kind_are_refused(check, names):
    one = lambda a: 1  # noqa: E731
    for i, name in enumerate(names):
        for side, error, words in (
            (3, TypeError, "has type int, expected a function"),
            (lambda a: None, TypeError, "has entries that are neither integers nor fractions"),
            (lambda a: a > 0, TypeError, "has dtype bool, expected numbers"),
            (lambda a: [[1], [1, 2]], TypeError, "has rows of different lengths"),
            (lambda a: [], ValueError, "has shape .0,., expected at least one entry"),
        ):
            sides = [one, one]
            sides[i] = side
            with pytest.raises(error, match=f"^{check.__name__}: {name} {words}"):
                check(*sides, integer)


@pytest.mark.parametrize("check", [check_jacobian, check_identity, check_inequality, check_steps])
def test_the_seed_decides_what_is_drawn(check):
    def drawn(seed):
        points = []

        def f(x):
            points.append(np.real(x).copy())
            return x

        if check is check_jacobian:
            check(f, np.eye(3), draw3, seed=seed, cases=2)
        elif check is check_steps:
            check([("eq-a", f), ("eq-b", lambda x: x)], lambda rng: (draw3(rng),), seed=seed, cases=2)
        else:
            check(f, lambda x: x, lambda rng: (draw3(rng),), seed=seed, cases=2)
        return points

    first = np.random.default_rng(5)
    assert (drawn(5)[0] == draw3(first)).all()
    assert any((point == draw3(first)).all() for point in drawn(5) for first in [np.random.default_rng(5)])
    assert (drawn(5)[-1] == drawn(5)[-1]).all() and (drawn(5)[0] != drawn(6)[0]).any()
    default = np.random.default_rng(0)
    assert (drawn(0)[0] == draw3(default)).all()


@pytest.mark.parametrize("check", [check_identity, check_inequality])
def test_no_side_can_change_what_the_other_sees(check):
    weights = [np.ones(2), np.ones((1, 3))]
    point = np.array([1.0, 2.0])

    def destroys(x, w):
        total = x.sum() + sum(a.sum() for a in w)
        x *= 0
        w.clear()
        return total

    def reads(x, w):
        return x.sum() + sum(a.sum() for a in w)

    sample = lambda rng: (point, weights)  # noqa: E731
    assert check(destroys, reads, sample).ok and check(reads, destroys, sample).ok
    assert not check(lambda x, w: destroys(x, w) + 1, reads, sample).ok
    assert check_steps([("eq-a", destroys), ("eq-b", reads), ("eq-c", destroys)], sample).ok
    assert point.tolist() == [1.0, 2.0] and len(weights) == 2


def test_a_side_that_returns_the_same_buffer_each_time_does_no_harm():
    buffer = np.zeros(2)

    def spoilt_in_the_first_case_only(x, calls=[]):  # noqa: B006
        calls.append(0)
        np.multiply(x, 2 if len(calls) > 1 else 3, out=buffer)
        return buffer

    assert not check_identity(spoilt_in_the_first_case_only, lambda x: 2 * x, lambda rng: (rng.normal(size=2),)).ok


def test_arguments_of_any_kind_are_described():
    builtin = check_identity(max, min, lambda rng: (2, 3))
    assert builtin.at == "argument 0 = 2, argument 1 = 3"
    several = check_identity(lambda a, *rest, b=1: 1, lambda *a: 2, lambda rng: (2, 3))
    assert several.at == "a = 2, argument 1 = 3"
    function = check_identity(lambda g, w: 1, lambda g, w: 2, lambda rng: (np.sin, [np.ones(2), np.ones(1)]))
    assert function.at == "g = sin, w = [[1, 1], [1]]"


def test_the_same_text_comes_out_of_two_processes():
    script = """if True:
        import numpy as np
        from mathdnn_utils.verify import *
        f = lambda x: np.sin(x) * x[::-1]
        print(check_jacobian(f, lambda x: np.diag(np.cos(x)), lambda rng: rng.normal(size=3)))
        print(check_identity(lambda f, x: f(x), lambda f, x: x, lambda rng: (np.tanh, rng.normal(size=2))))
        print(check_inequality(lambda o, x: x, lambda o, x: x**2, lambda rng: (object(), rng.normal())))
        print(check_steps([("eq-a", lambda x: x), ("eq-b", lambda x: x * 2)], lambda rng: (rng.normal(size=(2, 2)),)))
        check_gradient(lambda x: x @ x, lambda x: 2 * x, lambda rng: rng.normal(size=4), claim="thm-norm")
    """
    texts = {
        subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
    (text,) = texts
    assert text.count("wrong") == 4 and "0x" not in text
    assert text.endswith("\nthm-norm: holds (complex step, 100 cases, tolerance 1e-10)\n")


def test_a_check_warns_nobody_by_itself():
    # As in a notebook, where a warning is printed and stops nothing.
    with warnings.catch_warnings(record=True) as printed:
        warnings.simplefilter("always")
        check_jacobian(np.log, lambda x: np.diag(1 / x), [1e-6, 1.0])
        check_jacobian(with_a_float_buffer, lambda x: np.diag(1.0 * (x > 0)), [1.0, -1.0])
    assert printed == []
