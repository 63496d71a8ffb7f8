"""The oracles: they agree with Jacobians written out by hand, and refuse what they cannot differentiate."""

import subprocess
import sys

import numpy as np
import pytest
import sympy
import torch

from mathdnn_utils.verify import (
    autodiff_jacobian,
    complex_step_jacobian,
    finite_difference_jacobian,
    symbolic_jacobian,
)

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

# All sizes differ, so that an exchange of axes cannot go unseen.
rng = np.random.default_rng(0)
A, B, C = rng.normal(size=(2, 3)), rng.normal(size=(4, 5)), rng.normal(size=(2, 4, 3))
X3, X34, X345 = rng.normal(size=3), rng.normal(size=(3, 4)), rng.normal(size=(3, 4, 5))


def product_rule(x):
    """d (A x B)[i, l] / d x[j, k] = A[i, j] B[k, l], output axes first."""
    return np.array([[[[A[i, j] * B[k, m] for k in range(4)] for j in range(3)] for m in range(5)] for i in range(2)])


# name: (x, the function in NumPy, the same in PyTorch, the Jacobian by hand)
FUNCTIONS = {
    "vector to scalar": (
        X3, lambda x: np.exp(x[0]) * x[1] + x[2] ** 3, lambda t: torch.exp(t[0]) * t[1] + t[2] ** 3,
        lambda x: np.array([np.exp(x[0]) * x[1], np.exp(x[0]), 3 * x[2] ** 2]),
    ),
    "vector to vector": (
        X3, lambda x: np.sin(A @ x), lambda t: torch.sin(torch.tensor(A) @ t), lambda x: np.cos(A @ x)[:, None] * A,
    ),
    "vector to one entry": (
        X3, lambda x: x[:1] ** 2 * x[2], lambda t: t[:1] ** 2 * t[2],
        lambda x: np.array([[2 * x[0] * x[2], 0, x[0] ** 2]]),
    ),
    "vector to matrix": (
        X3, lambda x: np.stack([x, x**2, x**3, x * x[0], x[::-1]], axis=0)[:, :2],
        lambda t: torch.stack([t, t**2, t**3, t * t[0], t.flip(0)])[:, :2],
        lambda x: np.array([
            [[1, 0, 0], [0, 1, 0]],
            [[2 * x[0], 0, 0], [0, 2 * x[1], 0]],
            [[3 * x[0] ** 2, 0, 0], [0, 3 * x[1] ** 2, 0]],
            [[2 * x[0], 0, 0], [x[1], x[0], 0]],
            [[0, 0, 1], [0, 1, 0]],
        ]),
    ),
    "vector to tensor": (X3, lambda x: C * x, lambda t: torch.tensor(C) * t, lambda x: C[..., None] * np.eye(3)),
    "matrix to matrix": (X34, lambda x: A @ x @ B, lambda t: torch.tensor(A) @ t @ torch.tensor(B), product_rule),
    "matrix to vector": (
        X34, lambda x: np.tanh(x) @ np.arange(1.0, 5), lambda t: torch.tanh(t) @ torch.arange(1.0, 5, dtype=t.dtype),
        lambda x: np.eye(3)[:, :, None] * (np.arange(1.0, 5) / np.cosh(x) ** 2)[None],
    ),
    "tensor to scalar": (
        X345, lambda x: (x**2).sum() / 2 + x[1, 2, 3], lambda t: (t**2).sum() / 2 + t[1, 2, 3],
        lambda x: x + (np.arange(60).reshape(3, 4, 5) == 33),
    ),
    "number to vector": (
        np.array(0.7), lambda x: np.stack([np.sin(x), np.cos(x)]), lambda t: torch.stack([torch.sin(t), torch.cos(t)]),
        lambda x: np.array([np.cos(x), -np.sin(x)]),
    ),
    "number to number": (np.array(0.7), lambda x: x**5, lambda t: t**5, lambda x: 5 * x**4),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("seed", range(3))
def test_three_kinds_agree_with_the_jacobian_by_hand(name, seed):
    x, f, torch_f, by_hand = FUNCTIONS[name]
    x = x + 0.3 * np.random.default_rng(seed).normal(size=x.shape)
    expected = np.asarray(by_hand(x), dtype=float)
    assert expected.shape == f(x).shape + x.shape
    for jacobian, tolerance in (
        (finite_difference_jacobian(f, x), 1e-8),
        (complex_step_jacobian(f, x), 1e-14),
        (autodiff_jacobian(torch_f, x), 1e-14),
        (autodiff_jacobian(torch_f)(x), 1e-14),
    ):
        assert isinstance(jacobian, np.ndarray) and jacobian.dtype == np.float64
        assert jacobian.shape == expected.shape
        np.testing.assert_allclose(jacobian, expected, rtol=0, atol=tolerance * np.abs(expected).max())


@pytest.mark.parametrize("seed", range(3))
def test_sympy_agrees_with_the_jacobian_by_hand(seed):
    x = np.random.default_rng(seed).normal(size=3)

    def f(s):
        return [sympy.exp(s[0]) * s[1], s[2] ** 3]

    rows = [[np.exp(x[0]) * x[1], np.exp(x[0]), 0], [0, 0, 3 * x[2] ** 2]]
    np.testing.assert_allclose(symbolic_jacobian(f, 3)(x), rows, rtol=1e-14, atol=0)
    one = symbolic_jacobian(lambda s: f(s)[0], 3)(x)
    assert one.shape == (3,)
    np.testing.assert_allclose(one, rows[0], rtol=1e-14, atol=0)
    assert symbolic_jacobian(lambda s: (f(s)[0],), 3)(x).shape == (1, 3)
    assert symbolic_jacobian(lambda s: [s[0], 1, 2.5], 3)(x).tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    "f, derivative, x",
    [
        (lambda x: x**2, lambda x: 2 * x, 1e6),
        (np.log, lambda x: 1 / x, 1e6),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x), 1e6),
        (np.sin, np.cos, 1e-6),
        (np.exp, np.exp, 1e-6),
        (lambda x: x**2, lambda x: 2 * x, 1e-6),
        (np.exp, np.exp, -3.0),
        (lambda x: 1 / x, lambda x: -1 / x**2, 20.0),
    ],
)
def test_differences_are_right_at_ordinary_large_and_small_points(f, derivative, x):
    for oracle, tolerance in ((finite_difference_jacobian, 1e-8), (complex_step_jacobian, 1e-14)):
        np.testing.assert_allclose(oracle(f, [x]), [[derivative(x)]], rtol=tolerance, atol=1e-16)


def test_large_and_small_coordinates_get_steps_of_their_own():
    x = np.array([1e6, 1e-6])
    expected = [2e6 * np.cos(1e-6), -1e12 * np.sin(1e-6)]
    np.testing.assert_allclose(finite_difference_jacobian(lambda x: x[0] ** 2 * np.cos(x[1]), x), expected, rtol=1e-4)


@pytest.mark.parametrize("oracle", [finite_difference_jacobian, complex_step_jacobian])
def test_single_precision_stays_and_is_good_to_its_own_digits(oracle):
    jacobian = oracle(np.sin, np.array([0.5, 1.0], dtype=np.float32))
    assert jacobian.dtype == np.float32
    np.testing.assert_allclose(jacobian, np.diag(np.cos([0.5, 1.0])), atol=1e-3)


@pytest.mark.parametrize("oracle", [finite_difference_jacobian, complex_step_jacobian])
def test_functions_may_return_lists_integers_and_numbers(oracle):
    assert oracle(lambda x: [x[0] ** 2, 3 * x[1]], [3, 5]).round(6).tolist() == [[6, 0], [0, 3]]
    assert oracle(lambda x: x[0] * x[1], [3, 5]).round(6).tolist() == [5, 3]
    assert oracle(lambda x: np.array(x[0] * x[1]), (3, 5)).round(6).tolist() == [5, 3]
    assert finite_difference_jacobian(lambda x: np.array([1, 2]), [3.0]).tolist() == [[0], [0]]


def test_kinds_are_named():
    assert autodiff_jacobian(torch.sin).kind == "PyTorch autodiff"
    assert symbolic_jacobian(lambda s: s[0], 1).kind == "sympy"


# What is refused


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.real**2,
        lambda x: np.abs(x),
        lambda x: np.linalg.norm(x),
        lambda x: np.array([float(v.real) for v in x]),
        lambda x: [1, 2],
    ],
)
def test_the_complex_step_refuses_functions_that_drop_it(f):
    with pytest.raises(TypeError, match="complex_step_jacobian: f.x. has dtype .*expected complex for complex input"):
        complex_step_jacobian(f, [1.0, 2.0])


def test_the_complex_step_passes_on_that_a_function_refuses_complex_input():
    with pytest.raises(ValueError, match="complex_step_jacobian: f raises TypeError: .*floor"):
        complex_step_jacobian(lambda x: np.floor(x), [1.0])


def torch_oracle(f, x):
    return autodiff_jacobian(lambda t: t * 2, x)


def sympy_oracle(f, x):
    return symbolic_jacobian(lambda s: [2 * v for v in s], 2)(x)


ORACLES = {
    "finite_difference_jacobian": finite_difference_jacobian,
    "complex_step_jacobian": complex_step_jacobian,
    "autodiff_jacobian": torch_oracle,
    "symbolic_jacobian": sympy_oracle,
}


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_point_that_is_not_finite_is_refused(name, bad, dtype):
    with pytest.raises(ValueError, match=f"{name}: x has entries that are NaN or infinite, expected finite numbers"):
        ORACLES[name](np.sin, np.array([1.0, bad], dtype=dtype))


@pytest.mark.parametrize("name", ORACLES)
def test_a_point_of_a_wrong_kind_is_refused(name):
    oracle = ORACLES[name]
    for x in ([True, False], ["1", "2"], [1j, 2], [None, 1.0], object()):
        with pytest.raises(TypeError, match=f"{name}: x has dtype .*expected real numbers"):
            oracle(np.sin, x)
    with pytest.raises(TypeError, match=f"{name}: x has rows of different lengths, expected an array of numbers"):
        oracle(np.sin, [[1.0], [2.0, 3.0]])
    for x in ([], np.zeros((0, 3))):
        with pytest.raises(ValueError, match=f"{name}: x has shape .*expected at least one entry"):
            oracle(np.sin, x)


@pytest.mark.parametrize("oracle", [finite_difference_jacobian, complex_step_jacobian])
def test_values_that_cannot_be_differentiated_are_refused(oracle):
    name = oracle.__name__
    for value in (None, "a", [None], True, {1: 2}):
        with pytest.raises(TypeError, match=f"{name}: f.x. has dtype .*expected"):
            oracle(lambda x: value, [1.0])
    with pytest.raises(TypeError, match=f"{name}: f.x. has rows of different lengths"):
        oracle(lambda x: [[1.0], [2.0, 3.0]], [1.0])
    with pytest.raises(ValueError, match=f"{name}: f.x. has shape .0,., expected at least one entry"):
        oracle(lambda x: x[:0], [1.0])
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match=f"{name}: f has values that are NaN or infinite at or next to x"):
            oracle(lambda x: x + bad, [1.0])
    calls = []
    with pytest.raises(ValueError, match=f"{name}: f.x. has shape .*, expected .* as at another x"):
        oracle(lambda x: calls.append(0) or (x[:1] if len(calls) > 1 else x), [1.0, 2.0])


def test_what_pytorch_cannot_differentiate_is_refused():
    with pytest.raises(TypeError, match="autodiff_jacobian: f.x. has type float, expected a torch tensor"):
        autodiff_jacobian(lambda t: 1.0, [1.0])
    with pytest.raises(TypeError, match="autodiff_jacobian: f.x. has type tuple, expected a torch tensor"):
        autodiff_jacobian(lambda t: (t, t), [1.0])
    with pytest.raises(ValueError, match="autodiff_jacobian: f.x. has shape .0,., expected at least one entry"):
        autodiff_jacobian(lambda t: t[:0], [1.0])
    with pytest.raises(ValueError, match="autodiff_jacobian: f.x. is NaN or infinite somewhere"):
        autodiff_jacobian(lambda t: t + np.nan, [1.0])


def test_what_sympy_cannot_differentiate_is_refused():
    for n in (True, 2.0, "2", None):
        with pytest.raises(TypeError, match="symbolic_jacobian: n has type .*expected an integer"):
            symbolic_jacobian(lambda s: s[0], n)
    with pytest.raises(ValueError, match="symbolic_jacobian: n is 0, expected at least 1"):
        symbolic_jacobian(lambda s: s[0], 0)
    for value in (None, sympy.Matrix([1, 2]), np.array([1, 2]), [], [[1]], "x0"):
        with pytest.raises(TypeError, match="symbolic_jacobian: f.x. has type .*expected an expression or a list"):
            symbolic_jacobian(lambda s: value, 2)
    oracle = symbolic_jacobian(lambda s: [1 / s[0], s[1]], 2)
    with pytest.raises(ValueError, match="symbolic_jacobian: x has shape .3,., expected .2,."):
        oracle([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="symbolic_jacobian: f has no real derivative at x"):
        oracle([0.0, 1.0])
    with pytest.raises(ValueError, match="symbolic_jacobian: f has no real derivative at x"):
        symbolic_jacobian(lambda s: sympy.sqrt(s[0]), 1)([-1.0])


# Inputs


@pytest.mark.parametrize("oracle", [finite_difference_jacobian, complex_step_jacobian])
def test_a_function_that_changes_its_argument_does_no_harm(oracle):
    def f(x):
        x *= 3
        return x[0] * x[1]

    x = np.array([2.0, 5.0])
    np.testing.assert_allclose(oracle(f, x), [45.0, 18.0], rtol=1e-9)
    assert x.tolist() == [2.0, 5.0]
    x.flags.writeable = False
    np.testing.assert_allclose(oracle(f, x), [45.0, 18.0], rtol=1e-9)


def test_a_function_that_returns_the_same_buffer_each_time_does_no_harm():
    real, imaginary = np.empty(2), np.empty(2, dtype=complex)
    expected = np.diag([4.0, 10.0])
    np.testing.assert_allclose(
        finite_difference_jacobian(lambda x: np.multiply(x, x, out=real), [2.0, 5.0]), expected, atol=1e-8
    )
    np.testing.assert_allclose(
        complex_step_jacobian(lambda x: np.multiply(x, x, out=imaginary), [2.0, 5.0]), expected, rtol=1e-14
    )


def test_torch_and_sympy_get_copies_too():
    x = np.array([2.0, 5.0])
    assert autodiff_jacobian(lambda t: t.mul_(2), x).tolist() == [[2, 0], [0, 2]]
    symbolic_jacobian(lambda s: s[0] * s[1], 2)(x)
    assert x.tolist() == [2.0, 5.0]


@pytest.mark.parametrize("oracle", [finite_difference_jacobian, complex_step_jacobian])
def test_the_memory_layout_of_x_does_not_matter(oracle):
    x = np.random.default_rng(0).normal(size=(3, 4))
    weights = np.arange(12.0).reshape(4, 3)
    for view in (x.T, np.asfortranarray(x.T), np.repeat(x.T, 2, axis=0)[::2], x.T[::-1][::-1]):
        jacobian = oracle(lambda x: (weights * x**2).sum(), view)
        np.testing.assert_allclose(jacobian, 2 * weights * x.T, atol=1e-7)


def test_oracles_load_what_they_need_when_they_need_it():
    script = """if True:
        import sys
        from mathdnn_utils.verify import autodiff_jacobian, symbolic_jacobian
        autodiff_jacobian(lambda t: t)
        assert "torch" not in sys.modules and "sympy" not in sys.modules
        assert symbolic_jacobian(lambda s: s[0], 1)([1.0]).tolist() == [1.0]
        assert "sympy" in sys.modules and "torch" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", script], check=True)
