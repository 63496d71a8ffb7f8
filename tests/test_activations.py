"""mathdnn_utils.activations against torch, SciPy, mpmath and its own complex step.

The tests look every function up as `activations.name` at the moment they call it, and most need no argument and no
fixture, so that faults can be planted in the module and these tests be called on it.
"""

import inspect
import re
import subprocess
import sys
import warnings

import mpmath
import numpy as np
import pytest
import scipy.special
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mathdnn_utils import activations

EPS = np.finfo(np.float64).eps
STEP = 1e-200
SHAPES = [(), (5,), (2, 3), (4, 1), (2, 3, 5)]
LOGIT_SHAPES = [(1,), (2,), (5,), (2, 3), (4, 7), (2, 3, 5)]

ELEMENTWISE = ["relu", "relu_derivative", "heaviside", "sigmoid", "sigmoid_derivative", "softplus"]
ALONG_AXIS = ["logsumexp", "softmax", "log_softmax"]

# Every function as a function of one array of logits of shape (..., C), whatever else it needs held fixed.
OF_ONE_ARRAY = {
    "relu": lambda x: activations.relu(x),
    "relu_derivative": lambda x: activations.relu_derivative(x),
    "heaviside": lambda x: activations.heaviside(x),
    "sigmoid": lambda x: activations.sigmoid(x),
    "sigmoid_derivative": lambda x: activations.sigmoid_derivative(x),
    "softplus": lambda x: activations.softplus(x),
    "logsumexp": lambda x: activations.logsumexp(x),
    "softmax": lambda x: activations.softmax(x),
    "log_softmax": lambda x: activations.log_softmax(x),
    "softmax_jacobian": lambda x: activations.softmax_jacobian(x),
    "softmax_jvp": lambda x: activations.softmax_jvp(x, x),
    "softmax_vjp": lambda x: activations.softmax_vjp(x, x),
    "cross_entropy": lambda x: activations.cross_entropy(x, np.zeros(x.shape[:-1], int)),
    "cross_entropy_grad": lambda x: activations.cross_entropy_grad(x, np.zeros(x.shape[:-1], int)),
}

sixty_cases = settings(max_examples=60)
slopes = st.floats(0.25, 8)
signed_slopes = slopes | slopes.map(lambda b: -b)
off_the_kink = st.floats(0.01, 30) | st.floats(-30, -0.01)


def values(shapes=SHAPES, elements=off_the_kink):
    """Arrays of float64 in one of the shapes; no two of a shape's sizes are equal, and none lies at a kink."""
    return st.sampled_from(shapes).flatmap(lambda shape: arrays(np.float64, shape, elements=elements))


def pairs(shapes=LOGIT_SHAPES):
    """Two float64 arrays of one shape: logits and a direction."""
    return st.sampled_from(shapes).flatmap(
        lambda shape: st.tuples(
            arrays(np.float64, shape, elements=st.floats(-10, 10)), arrays(np.float64, shape, elements=st.floats(-3, 3))
        )
    )


def examples():
    """Logits (C,) or (N, C) and class indices that fit."""
    return st.sampled_from([(1,), (5,), (2, 3), (4, 7), (3, 1)]).flatmap(
        lambda shape: st.tuples(
            arrays(np.float64, shape, elements=st.floats(-20, 20)),
            arrays(np.int64, shape[:-1], elements=st.integers(0, shape[-1] - 1)),
        )
    )


def agree(actual, expected, rtol=1e-13, atol=0.0, what=""):
    """Same shape, all finite, and close; a NaN or an infinity agrees with nothing."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
    assert np.isfinite(actual).all() and np.isfinite(expected).all(), f"{what}: {actual} against {expected}"
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol, err_msg=what)


def same(actual, expected, what=""):
    """Equal entry by entry, NaN and infinities included: for the tests that are about those."""
    np.testing.assert_array_equal(np.asarray(actual), np.asarray(expected), err_msg=what, strict=True)


def complex_step(f, x, direction):
    """Derivative of f at x in a direction, without cancellation: the imaginary part that a tiny step leaves."""
    return np.imag(f(x + 1j * STEP * direction)) / STEP


def tensor(x, dtype=torch.float64):
    return torch.tensor(np.asarray(x), dtype=dtype)


def exactly(f, *arguments):
    """f evaluated by mpmath on the floats given, rounded once; 500 digits, because 1 + e^-1000 has that many."""
    with mpmath.workdps(500):
        return np.array(
            [complex(f(mpmath.mpmathify(a))) if isinstance(a, complex) else float(f(mpmath.mpf(a))) for a in arguments]
        )


# The public face


def test_public_names_and_defaults():
    expected = {
        "relu": "(x)",
        "relu_derivative": "(x, at_zero=0.0)",
        "heaviside": "(x, at_zero=0.5)",
        "sigmoid": "(x, slope=1.0)",
        "sigmoid_derivative": "(x, slope=1.0)",
        "softplus": "(x, slope=1.0)",
        "logsumexp": "(x, axis=-1)",
        "softmax": "(x, axis=-1)",
        "log_softmax": "(x, axis=-1)",
        "softmax_jacobian": "(x)",
        "softmax_jvp": "(x, v)",
        "softmax_vjp": "(x, g)",
        "cross_entropy": "(logits, target)",
        "cross_entropy_grad": "(logits, target)",
    }
    assert activations.__all__ == list(expected)
    assert list(OF_ONE_ARRAY) == activations.__all__, "tests of all functions go by this table"
    assert {name: str(inspect.signature(getattr(activations, name))) for name in expected} == expected


def test_every_docstring_says_which_equation_it_is_and_shows_an_example():
    labels = {
        "relu": "eq-relu-definition",
        "heaviside": "eq-relu-heaviside",
        "relu_derivative": "eq-relu-derivative",
        "sigmoid": "eq-relu-sigmoid",
        "sigmoid_derivative": "eq-relu-sigmoid-derivative",
        "softplus": "eq-relu-softplus",
        "logsumexp": "eq-softmax-logsumexp",
        "softmax": "eq-softmax-definition",
        "log_softmax": "eq-softmax-log",
        "softmax_jacobian": "eq-softmax-jacobian",
        "softmax_jvp": "eq-softmax-product",
        "softmax_vjp": "eq-softmax-product",
        "cross_entropy": "eq-softmax-cross-entropy",
        "cross_entropy_grad": "eq-softmax-cross-entropy-gradient",
    }
    for name in activations.__all__:
        text = inspect.getdoc(getattr(activations, name))
        assert name in labels, f"{name}: add its equation's label to this table"
        chapter = labels[name].split("-")[1]
        assert re.search(rf"Equation {labels[name]} of \w+/{chapter}\.", text), name
        assert ">>> print(" in text, name
        for section in ("Parameters", "Returns", "Raises", "Examples"):
            assert f"\n{section}\n---" in text, (name, section)


def test_import_brings_in_numpy_and_nothing_else_that_is_heavy():
    code = (
        "import sys\n"
        "import mathdnn_utils\n"
        "import mathdnn_utils.activations\n"
        "heavy = {'torch', 'matplotlib', 'sympy', 'scipy', 'mpmath', 'hypothesis'} & set(sys.modules)\n"
        "print('numpy' in sys.modules, sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True []"


# Values: torch and SciPy


@sixty_cases
@given(values(), slopes)
def test_elementwise_functions_agree_with_torch(x, slope):
    t = tensor(x)
    agree(activations.relu(x), torch.relu(t), what="relu")
    agree(activations.heaviside(x), torch.heaviside(t, tensor(0.5)), what="heaviside")
    agree(activations.sigmoid(x, slope), torch.sigmoid(slope * t), what="sigmoid")
    agree(activations.sigmoid(x, -slope), torch.sigmoid(-slope * t), what="sigmoid, negative slope")
    agree(activations.softplus(x, slope), torch.nn.functional.softplus(t, beta=slope, threshold=500), what="softplus")


@sixty_cases
@given(values(elements=st.floats(-10, 10, width=32).filter(lambda a: abs(a) > 0.01)))
def test_float32_agrees_with_torch(x):
    x = x.astype(np.float32)
    t = tensor(x, torch.float32)
    oracles = {
        "relu": torch.relu,
        "heaviside": lambda a: torch.heaviside(a, torch.tensor(0.5)),
        "sigmoid": torch.sigmoid,
        "softplus": torch.nn.functional.softplus,
    }
    for name, oracle in oracles.items():
        result = getattr(activations, name)(x)
        assert result.dtype == np.float32, name
        agree(result, oracle(t), rtol=2e-6, what=name)
    if x.ndim:
        for name in ALONG_AXIS:
            agree(getattr(activations, name)(x), getattr(torch, name)(t, -1), rtol=5e-6, atol=1e-6, what=name)


@sixty_cases
@given(values(), slopes)
def test_derivatives_agree_with_torch_autograd(x, slope):
    def autograd(f):
        t = tensor(x).requires_grad_()
        return torch.autograd.grad(f(t).sum(), t)[0]

    agree(activations.relu_derivative(x), autograd(torch.relu), what="relu_derivative")
    # torch differentiates as s(1 − s), which is right absolutely, not relatively
    agree(
        activations.sigmoid_derivative(x, slope),
        autograd(lambda t: torch.sigmoid(slope * t)),
        atol=1e-14 * slope,
        what="sigmoid_derivative",
    )
    agree(
        activations.sigmoid(x, slope),
        autograd(lambda t: torch.nn.functional.softplus(t, slope, 500)),
        what="derivative of softplus",
    )


@sixty_cases
@given(values(), signed_slopes)
def test_elementwise_functions_agree_with_scipy(x, slope):
    agree(activations.sigmoid(x), scipy.special.expit(x), what="sigmoid")
    agree(activations.sigmoid(x, slope), scipy.special.expit(slope * x), what="sigmoid with a slope")
    agree(
        activations.sigmoid_derivative(x, slope),
        slope * scipy.special.expit(slope * x) * scipy.special.expit(-slope * x),
        what="sigmoid_derivative",
    )
    agree(activations.softplus(x, abs(slope)), -scipy.special.log_expit(-abs(slope) * x) / abs(slope), what="softplus")


@sixty_cases
@given(values(LOGIT_SHAPES))
def test_softmax_family_agrees_with_scipy_along_every_axis(x):
    for axis in range(-x.ndim, x.ndim):
        agree(activations.softmax(x, axis), scipy.special.softmax(x, axis), what="softmax")
        agree(activations.logsumexp(x, axis), scipy.special.logsumexp(x, axis), what="logsumexp")
        agree(activations.log_softmax(x, axis), scipy.special.log_softmax(x, axis), atol=1e-14, what="log_softmax")


@sixty_cases
@given(values(LOGIT_SHAPES))
def test_softmax_family_takes_the_last_axis_unless_told(x):
    for name in ALONG_AXIS:
        same(getattr(activations, name)(x), getattr(activations, name)(x, axis=-1), name)
        same(getattr(activations, name)(x), getattr(activations, name)(x, axis=np.int8(x.ndim - 1)), name)


@sixty_cases
@given(pairs())
def test_softmax_products_agree_with_torch(case):
    x, v = case
    t = tensor(x)

    def softmax(a):
        return torch.softmax(a, -1)

    jvp = torch.func.jvp(softmax, (t,), (tensor(v),))[1]
    vjp = torch.func.vjp(softmax, t)[1](tensor(v))[0]
    agree(activations.softmax_jvp(x, v), jvp, atol=1e-14, what="softmax_jvp")
    agree(activations.softmax_vjp(x, v), vjp, atol=1e-14, what="softmax_vjp")
    rows = t.reshape(-1, t.shape[-1])
    jacobians = torch.func.vmap(torch.func.jacrev(softmax))(rows).reshape(*t.shape, t.shape[-1])
    agree(activations.softmax_jacobian(x), jacobians, atol=1e-14, what="softmax_jacobian")


@sixty_cases
@given(examples())
def test_cross_entropy_agrees_with_torch(case):
    x, y = case
    t = tensor(x).requires_grad_()
    losses = torch.nn.functional.cross_entropy(t, torch.tensor(y), reduction="none")
    agree(activations.cross_entropy(x, y), losses.detach(), atol=1e-14, what="cross_entropy")
    gradient = torch.autograd.grad(losses.sum(), t)[0]
    agree(activations.cross_entropy_grad(x, y), gradient, atol=1e-14, what="cross_entropy_grad")


# Values: accuracy against 500 digits

POINTS = [
    0.0,
    1e-300,
    -1e-300,
    1e-9,
    -1e-9,
    0.5,
    -0.5,
    1.0,
    -1.0,
    17.0,
    -17.0,
    36.7,
    -36.7,
    40.0,
    -40.0,
    300.0,
    -300.0,
    700.0,
    -700.0,
    1000.0,
    -1000.0,
]


def test_sigmoid_is_right_to_a_few_units_in_the_last_place_everywhere():
    expected = exactly(lambda t: 1 / (1 + mpmath.exp(-t)), *POINTS)
    agree(activations.sigmoid(POINTS), expected, rtol=4 * EPS)
    agree(activations.sigmoid(np.array(POINTS) / 2, slope=2), expected, rtol=4 * EPS, what="slope 2")
    agree(activations.sigmoid(-np.array(POINTS) * 4, slope=-0.25), expected, rtol=4 * EPS, what="slope -1/4")
    assert activations.sigmoid(-40.0) > 0 and activations.sigmoid(-700.0) > 0
    assert (activations.sigmoid(-1000.0), activations.sigmoid(1000.0)) == (0.0, 1.0)


def test_sigmoid_derivative_is_right_relatively_on_both_sides():
    expected = exactly(lambda t: mpmath.exp(-t) / (1 + mpmath.exp(-t)) ** 2, *POINTS)
    agree(activations.sigmoid_derivative(POINTS), expected, rtol=8 * EPS)
    agree(activations.sigmoid_derivative(np.array(POINTS) / 4, slope=4), 4 * expected, rtol=8 * EPS, what="slope 4")
    agree(activations.sigmoid_derivative(np.array(POINTS) / 4, slope=-4), -4 * expected, rtol=8 * EPS, what="slope -4")


def test_softplus_is_right_relatively_on_both_sides():
    expected = exactly(lambda t: mpmath.log(1 + mpmath.exp(t)), *POINTS)
    agree(activations.softplus(POINTS), expected, rtol=4 * EPS)
    agree(activations.softplus(np.array(POINTS) / 8, slope=8), expected / 8, rtol=4 * EPS, what="slope 8")


LOGITS = [
    [1000.0, 1000.0, 999.0],
    [0.0, -40.0, -41.0],
    [40.0, 0.0, 1.0],
    [-1000.0, -1001.0, -1500.0],
    [1.0, 2.0, 3.0],
    [-700.0, 0.0, 700.0],
]


def test_softmax_family_is_right_relatively_for_large_logits():
    for x in LOGITS:
        with mpmath.workdps(700):  # 1 − p needs as many digits as the smallest probability has zeros
            e = [mpmath.exp(mpmath.mpf(a)) for a in x]
            total = mpmath.fsum(e)
            p = [a / total for a in e]
            agree(activations.logsumexp(x), float(mpmath.log(total)), rtol=4 * EPS, what=f"logsumexp {x}")
            agree(activations.softmax(x), [float(a) for a in p], rtol=8 * EPS, what=f"softmax {x}")
            logarithms = [float(mpmath.log(a)) for a in p]
            agree(activations.log_softmax(x), logarithms, rtol=4 * EPS, what=f"log_softmax {x}")
            for y, logarithm in enumerate(logarithms):
                agree(activations.cross_entropy(x, y), -logarithm, rtol=4 * EPS, what=f"cross_entropy {x}, {y}")


COMPLEX_POINTS = [0.3 + 0.4j, -0.3 + 0.4j, 2 - 1j, -2 - 1j, -40 + 0.3j, 40 - 0.3j, -1000 + 1j, 1000 - 1j, 1e-3 + 1.5j]


def test_complex_input_gives_the_analytic_continuation():
    z = np.array(COMPLEX_POINTS)
    sigmoid = exactly(lambda t: 1 / (1 + mpmath.exp(-t)), *COMPLEX_POINTS)
    softplus = exactly(lambda t: mpmath.log(1 + mpmath.exp(t)), *COMPLEX_POINTS)
    agree(activations.sigmoid(z), sigmoid, rtol=1e-14, what="sigmoid")
    agree(activations.softplus(z), softplus, rtol=1e-14, what="softplus")
    agree(activations.softplus(z).real, softplus.real, rtol=1e-14, what="real part of softplus")
    derivative = exactly(lambda t: 1 / (mpmath.exp(t) + 2 + mpmath.exp(-t)), *COMPLEX_POINTS)
    agree(activations.sigmoid_derivative(z), derivative, rtol=1e-14, what="sigmoid_derivative")
    for y in (0.3, -0.3):  # between the pieces
        agree(activations.sigmoid(1j * y), 1 / (1 + np.exp(-1j * y)), rtol=1e-15, what="sigmoid")
        agree(activations.softplus(1j * y), np.log(1 + np.exp(1j * y)), rtol=1e-15, what="softplus")
    same(activations.relu(z), np.array([a if a.real > 0 else 0 for a in COMPLEX_POINTS]))
    same(activations.heaviside(z), np.array([complex(a.real > 0) for a in COMPLEX_POINTS]))
    x = np.array([0.5 + 0.2j, -1.0 + 0.1j, 2.0 - 0.3j])
    e = np.exp(x)
    agree(activations.softmax(x), e / e.sum(), rtol=1e-14, what="softmax")
    agree(activations.logsumexp(x), np.log(e.sum()), rtol=1e-14, what="logsumexp")
    agree(activations.log_softmax(x), x - np.log(e.sum()), rtol=1e-14, what="log_softmax")
    agree(activations.softmax_jacobian(x), np.diag(e / e.sum()) - np.outer(e, e) / e.sum() ** 2, rtol=1e-14)
    agree(activations.cross_entropy(x, 1), np.log(e.sum()) - x[1], rtol=1e-14, what="cross_entropy")


def test_values_from_the_chapters():
    agree(activations.sigmoid(-1.0, -20), 1 / (1 + np.exp(-20.0)), what="a negative slope goes the wrong way")
    agree(activations.sigmoid(0.3, 4), 0.7685, atol=5e-5)
    agree(activations.softplus(0.0, 10), np.log(2) / 10)
    agree(activations.sigmoid_derivative(0.0, 3), 0.75)
    agree(activations.softmax([2, 5]), [0.047426, 0.952574], atol=5e-7)
    agree(activations.softmax([2, 5])[0], activations.sigmoid(2 - 5), what="two classes are a sigmoid")
    agree(activations.softmax([1, 2, 3]), [0.090031, 0.244728, 0.665241], atol=5e-7)
    agree(activations.cross_entropy_grad([1, 2, 3], 0), [-0.909969, 0.244728, 0.665241], atol=5e-7)
    x = np.log([1, 2, 3])  # p = (1/6, 1/3, 1/2)
    jacobian = activations.softmax_jacobian(x)
    agree(np.diag(jacobian), [5 / 36, 2 / 9, 1 / 4])
    agree(np.linalg.eigvalsh(jacobian), [0, 0.205401, 0.405710], atol=5e-7)
    agree(activations.softmax_jvp(x, [1, 2, 3]), [-2 / 9, -1 / 9, 1 / 3])
    agree(activations.softmax_vjp(x, [1, 2, 3]), [-2 / 9, -1 / 9, 1 / 3])
    agree(activations.cross_entropy(x, 1), np.log(3))


# Derivatives: the complex step


@sixty_cases
@given(values(), slopes)
def test_complex_step_of_the_elementwise_functions(x, slope):
    one = np.ones(x.shape)
    agree(complex_step(activations.relu, x, one), activations.relu_derivative(x), rtol=1e-14, what="relu")
    for b in (slope, -slope):
        step = complex_step(lambda z: activations.sigmoid(z, b), x, one)
        agree(step, activations.sigmoid_derivative(x, b), rtol=1e-14, what="sigmoid")
        s, c = scipy.special.expit(b * x), scipy.special.expit(-b * x)
        step = complex_step(lambda z: activations.sigmoid_derivative(z, b), x, one)
        agree(step, b * b * s * c * (c - s), rtol=1e-13, atol=1e-15 * b * b, what="sigmoid_derivative")
    step = complex_step(lambda z: activations.softplus(z, slope), x, one)
    agree(step, activations.sigmoid(x, slope), rtol=1e-14, what="softplus")
    for name in ("heaviside", "relu_derivative"):
        step = complex_step(getattr(activations, name), x, one)
        assert not step.any(), f"{name} is constant on both sides of 0"
        same(getattr(activations, name)(x + 1j * STEP).real, getattr(activations, name)(x), name)


def test_complex_step_far_out():
    x = np.array(POINTS)
    one = np.ones(x.shape)
    agree(complex_step(activations.sigmoid, x, one), activations.sigmoid_derivative(x), rtol=1e-14, atol=1e-120)
    agree(complex_step(activations.softplus, x, one), activations.sigmoid(x), rtol=1e-14, atol=1e-120)
    for x in np.array(LOGITS):
        for v in np.eye(3):
            agree(complex_step(activations.logsumexp, x, v), activations.softmax(x) @ v, rtol=1e-14, atol=1e-120)


@sixty_cases
@given(pairs())
def test_complex_step_of_the_softmax_family(case):
    x, v = case
    p = scipy.special.softmax(x, -1)
    mean = (p * v).sum(-1, keepdims=True)
    agree(complex_step(activations.logsumexp, x, v), mean[..., 0], atol=1e-14, what="logsumexp")
    agree(complex_step(activations.log_softmax, x, v), v - mean, atol=1e-14, what="log_softmax")
    agree(complex_step(activations.softmax, x, v), activations.softmax_jvp(x, v), atol=1e-14, what="softmax")
    for j in range(x.shape[-1]):
        column = complex_step(activations.softmax, x, np.eye(x.shape[-1])[j] * np.ones(x.shape))
        agree(activations.softmax_jacobian(x)[..., j], column, atol=1e-14, what=f"column {j} of the Jacobian")
    # second derivatives: the derivatives themselves take complex input
    second = p * ((v - mean) ** 2 - (p * (v - mean) ** 2).sum(-1, keepdims=True))
    agree(complex_step(lambda z: activations.softmax_jvp(z, v), x, v), second, atol=1e-13, what="softmax_jvp")
    agree(complex_step(lambda z: activations.softmax_vjp(z, v), x, v), second, atol=1e-13, what="softmax_vjp")
    step = complex_step(activations.softmax_jacobian, x, v)
    agree((step @ v[..., np.newaxis])[..., 0], second, atol=1e-13, what="softmax_jacobian")


@sixty_cases
@given(examples(), st.integers(0, 2**16))
def test_complex_step_of_the_cross_entropy(case, seed):
    x, y = case
    v = np.random.default_rng(seed).normal(size=x.shape)
    gradient = activations.cross_entropy_grad(x, y)
    step = complex_step(lambda z: activations.cross_entropy(z, y), x, v)
    agree(step, (gradient * v).sum(-1), atol=1e-14, what="cross_entropy")
    step = complex_step(lambda z: activations.cross_entropy_grad(z, y), x, v)
    agree(step, activations.softmax_jvp(x, v), atol=1e-14, what="cross_entropy_grad")


# What the theory says


@sixty_cases
@given(pairs(), st.floats(-500, 500))
def test_a_shift_of_all_logits(case, c):
    x, v = case
    y = np.zeros(x.shape[:-1], int)
    for name in ("softmax", "log_softmax", "softmax_jacobian"):
        f = getattr(activations, name)
        agree(f(x + c), f(x), atol=1e-12, what=name)
    for name in ("softmax_jvp", "softmax_vjp"):
        f = getattr(activations, name)
        agree(f(x + c, v), f(x, v), atol=1e-12, what=name)
    agree(activations.logsumexp(x + c), activations.logsumexp(x) + c, atol=1e-12, what="logsumexp")
    if x.ndim < 3:
        for name in ("cross_entropy", "cross_entropy_grad"):
            f = getattr(activations, name)
            agree(f(x + c, y), f(x, y), atol=1e-12, what=name)


@sixty_cases
@given(pairs())
def test_the_jacobian_is_symmetric_semidefinite_and_kills_constants(case):
    x, v = case
    jacobian = activations.softmax_jacobian(x)
    assert jacobian.shape == (*x.shape, x.shape[-1])
    same(jacobian, jacobian.swapaxes(-1, -2))
    agree(jacobian.sum(-1), np.zeros(x.shape), atol=1e-15, what="J 1")
    assert np.linalg.eigvalsh(jacobian).min() > -1e-15
    agree(activations.softmax_jvp(x, v), (jacobian @ v[..., np.newaxis])[..., 0], atol=1e-14, what="J v")


@sixty_cases
@given(values(LOGIT_SHAPES))
def test_relations_between_the_functions(x):
    agree(activations.softmax(x).sum(-1), np.ones(x.shape[:-1]), what="probabilities sum to 1")
    agree(np.exp(activations.log_softmax(x)), activations.softmax(x), what="log_softmax")
    agree(activations.sigmoid(x) + activations.sigmoid(-x), np.ones(x.shape), what="s(x) + s(-x) = 1")
    agree(activations.softplus(x) - activations.softplus(-x), x, rtol=1e-12, what="softplus(x) - softplus(-x) = x")
    agree(activations.relu(x), x * activations.heaviside(x), what="g(x) = x step(x)")
    pair = np.stack([np.zeros(x.shape), x], -1)
    agree(activations.logsumexp(pair), activations.softplus(x), what="softplus is a logsumexp")


def test_a_product_with_the_jacobian_does_not_form_it():
    classes = 300_000  # the matrix would take 720 GB
    x, v = np.zeros(classes), np.zeros(classes)
    v[0] = classes
    for product in (activations.softmax_jvp, activations.softmax_vjp):
        result = product(x, v)
        agree(result[:2], [1 - 1 / classes, -1 / classes], rtol=1e-10)


def test_a_batch_is_its_rows():
    rng = np.random.default_rng(3)
    x, v, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), np.array([2, 0, 1, 2])
    for name in ("softmax", "log_softmax", "logsumexp", "softmax_jacobian"):
        f = getattr(activations, name)
        agree(f(x), np.stack([f(row) for row in x]), what=name)
    for name in ("softmax_jvp", "softmax_vjp"):
        f = getattr(activations, name)
        agree(f(x, v), np.stack([f(row, w) for row, w in zip(x, v)]), what=name)
    for name in ("cross_entropy", "cross_entropy_grad"):
        f = getattr(activations, name)
        agree(f(x, y), np.stack([f(row, k) for row, k in zip(x, y)]), what=name)


# Kinks, infinities, NaN


def test_the_value_at_zero():
    zeros = np.array([0.0, -0.0])
    same(activations.heaviside(zeros), np.array([0.5, 0.5]))
    same(activations.relu_derivative(zeros), np.array([0.0, 0.0]))
    for choice in (0, 1, 0.25, -2.5, np.float32(0.75)):
        same(activations.heaviside([-1.0, 0.0, -0.0, 2.0], choice), np.array([0.0, choice, choice, 1.0]))
        same(activations.relu_derivative([-1.0, 0.0, -0.0, 2.0], choice), np.array([0.0, choice, choice, 1.0]))
    same(activations.heaviside([-1, 0, 2]), np.array([0.0, 0.5, 1.0]))
    same(activations.relu_derivative([-1, 0, 2], 0.5), np.array([0.0, 0.5, 1.0]))
    assert not np.signbit(activations.relu(zeros)).any()
    t = torch.tensor(0.0, requires_grad=True)
    assert activations.relu_derivative(0.0) == torch.autograd.grad(torch.relu(t), t)[0].item()


def test_infinities_and_nan_go_through():
    x = np.array([-np.inf, np.inf, np.nan])
    expected = {
        "relu": [0, np.inf, np.nan],
        "relu_derivative": [0, 1, np.nan],
        "heaviside": [0, 1, np.nan],
        "sigmoid": [0, 1, np.nan],
        "sigmoid_derivative": [0, 0, np.nan],
        "softplus": [0, np.inf, np.nan],
    }
    assert list(expected) == ELEMENTWISE
    for name, values_there in expected.items():
        for dtype in (np.float16, np.float32, np.float64):
            same(getattr(activations, name)(x.astype(dtype)), np.array(values_there, dtype), name)
        result = getattr(activations, name)(x.astype(complex))
        same(np.isnan(result), np.isnan(values_there), name)
    agree(activations.softplus(1e308, 10), 1e308, what="slope times x may overflow, softplus may not")
    same(activations.sigmoid([1e308, -1e308], 10), np.array([1.0, 0.0]))


def test_infinite_logits():
    inf, nan = np.inf, np.nan
    cases = [
        [inf, 1.0],
        [inf, inf, 1.0],
        [-inf, -inf],
        [nan, inf],
        [inf, nan],
        [nan, 1.0],
        [1.0, nan],
        [-inf, 1.0],
        [1.0, -inf, 2.0],
        [inf, -inf],
        [-inf],
        [inf],
    ]
    for x in cases:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = scipy.special.softmax(x), scipy.special.logsumexp(x)
        softmax, logsumexp = activations.softmax(x), activations.logsumexp(x)
        np.testing.assert_allclose(softmax, expected[0], rtol=1e-15, err_msg=f"softmax {x}")
        np.testing.assert_allclose(logsumexp, expected[1], rtol=1e-15, err_msg=f"logsumexp {x}")
        logarithms = torch.log_softmax(tensor(x), -1)
        np.testing.assert_allclose(activations.log_softmax(x), logarithms, rtol=1e-15, err_msg=f"log_softmax {x}")
        for y, logarithm in enumerate(logarithms):
            np.testing.assert_allclose(activations.cross_entropy(x, y), -logarithm, rtol=1e-15, err_msg=f"{x} {y}")
    rows = activations.softmax([[inf, 0.0], [-inf, 0.0]])
    same(rows, np.array([[nan, nan], [0.0, 1.0]]), "one bad row leaves the others alone")


def test_one_class_loses_nothing():
    assert str(float(activations.cross_entropy([3.0], 0))) == "0.0"
    assert str(float(activations.log_softmax([3.0])[0])) == "0.0"
    same(activations.cross_entropy_grad([3.0], 0), np.array([0.0]))


def test_nothing_warns_however_far_out():
    far = np.array([-np.inf, -1.7e308, -1000.0, -745.0, -0.0, 0.0, 5e-324, 745.0, 1000.0, 1.7e308, np.inf, np.nan])
    inputs = [
        far,
        far.astype(complex),
        np.array([0.0, -500.0, -500.0]),
        np.array([-6e4, 6e4], np.float16),
        np.array([-3e38, 3e38], np.float32),
    ]
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        for x in inputs:
            for name, f in OF_ONE_ARRAY.items():
                try:
                    f(x)
                except (FloatingPointError, RuntimeWarning) as error:
                    raise AssertionError(f"{name} on {x}: {error}") from error
            for slope in (2.0, -100.0, 0.0):
                activations.sigmoid(x, slope)
                activations.sigmoid_derivative(x, slope)
            activations.softplus(x, 100.0)
            activations.softplus(x, 0.125)
        activations.sigmoid_derivative(-5955.0, 0.125)  # a product below the smallest number


# Kinds of input and of output


def test_dtypes():
    x = [[3, 0, 2], [1, 5, 4]]
    kept = [np.float16, np.float32, np.float64, np.complex64, np.complex128]
    integers = [np.int8, np.uint8, np.int32, np.int64, np.uint64]
    for name, f in OF_ONE_ARRAY.items():
        exact = f(np.array(x, np.float64))
        for dtype in kept:
            result = f(np.array(x, dtype))
            assert result.dtype == dtype, (name, dtype, result.dtype)
            precision = max(EPS, float(np.finfo(dtype).eps))
            agree(result.real, exact, rtol=8 * precision, atol=8 * precision, what=f"{name} {dtype}")
        for dtype in integers:
            result = f(np.array(x, dtype))
            expected = dtype if name == "relu" else np.float64
            assert result.dtype == expected, (name, dtype, result.dtype)
            same(result, exact.astype(expected), f"{name} {dtype}")
    same(activations.relu(np.array([-3, 0, 2], np.int8)), np.array([0, 0, 2], np.int8))


def test_parameters_do_not_widen_the_dtype():
    for dtype in (np.float16, np.float32, np.complex64):
        for x in (np.array([1.0, -2.0], dtype), dtype(2.0)):
            for slope in (2, 2.0, np.float64(2.0), np.int64(2)):
                assert activations.sigmoid(x, slope).dtype == dtype
                assert activations.sigmoid_derivative(x, slope).dtype == dtype
                assert activations.softplus(x, slope).dtype == dtype
                assert activations.heaviside(x, slope).dtype == dtype
                assert activations.relu_derivative(x, slope).dtype == dtype


def test_products_promote_as_numpy_does():
    x, v = np.array([1.0, 2.0], np.float32), np.array([1.0, 0.0])
    assert activations.softmax_jvp(x, v).dtype == np.float64
    assert activations.softmax_vjp(v, x * 1j).dtype == np.complex128
    agree(activations.softmax_jvp(v, 1j * v), 1j * activations.softmax_jvp(v, v), what="J is real, v need not be")


def test_scalars_give_scalars():
    for name in ELEMENTWISE:
        f = getattr(activations, name)
        for x in (2, 2.0, np.float64(2.0), np.array(2.0)):
            result = f(x)
            assert np.shape(result) == () and isinstance(result, np.generic), (name, type(result))
            agree(result, f([2.0])[0], what=name)
        assert np.iscomplexobj(f(2 + 0j))
    for result in (
        activations.logsumexp([1, 2]),
        activations.cross_entropy([1, 2], 0),
        activations.cross_entropy([1, 2], np.array(0)),
    ):
        assert isinstance(result, np.generic)


def test_shapes():
    for shape in [(), (0,), (3,), (0, 3), (3, 0), (2, 3, 5)]:
        for name in ELEMENTWISE:
            assert np.shape(getattr(activations, name)(np.ones(shape))) == shape, name
    for name in ELEMENTWISE:
        assert getattr(activations, name)([]).shape == (0,)
    empty = np.ones((0, 3))
    assert activations.softmax(empty).shape == activations.log_softmax(empty).shape == (0, 3)
    assert activations.logsumexp(empty).shape == (0,)
    assert activations.logsumexp(np.ones((2, 3, 5)), 1).shape == (2, 5)
    assert activations.softmax_jacobian(empty).shape == (0, 3, 3)
    assert activations.softmax_jvp(empty, empty).shape == activations.softmax_vjp(empty, empty).shape == (0, 3)
    for none in ([], np.zeros(0, int)):
        assert activations.cross_entropy(empty, none).shape == (0,)
        assert activations.cross_entropy_grad(empty, none).shape == (0, 3)


def test_inputs_stay_as_they_are_and_outputs_are_new():
    for layout in (lambda a: a, lambda a: a[:, ::2], lambda a: a.T, lambda a: a[::-1]):
        for dtype in (np.float64, np.int64, np.complex128, np.float32):
            base = (np.arange(24).reshape(4, 6) % 7 - 2).astype(dtype)
            x = layout(base)
            for name, f in OF_ONE_ARRAY.items():
                before = base.copy()
                result = f(x)
                same(base, before, f"{name} changed its input")
                assert not np.shares_memory(result, base), name
                assert result.flags.writeable, name
                agree(result, f(np.ascontiguousarray(x)), rtol=1e-6, what=f"{name} on another layout")
                base.flags.writeable = False
                f(x)
                base.flags.writeable = True
    v, y = np.array([1.0, 2.0]), np.array([1, 0])
    activations.softmax_jvp(np.zeros(2), v), activations.softmax_vjp(np.zeros(2), v)
    activations.cross_entropy(np.zeros((2, 3)), y), activations.cross_entropy_grad(np.zeros((2, 3)), y)
    same(v, np.array([1.0, 2.0]))
    same(y, np.array([1, 0]))


# Refusals


def refuses(error, message, f, *arguments, **options):
    with pytest.raises(error) as caught:
        f(*arguments, **options)
    assert str(caught.value) == message


def test_what_is_not_a_number_is_refused_by_name():
    wrong = {"bool": True, "object": None, "<U3": "two"}
    arguments = {name: {"x": lambda f, a: f(a)} for name in [*ELEMENTWISE, *ALONG_AXIS, "softmax_jacobian"]}
    for name, second in (("softmax_jvp", "v"), ("softmax_vjp", "g")):
        arguments[name] = {"x": lambda f, a: f(a, [1.0]), second: lambda f, a: f([1.0], a)}
    for name in ("cross_entropy", "cross_entropy_grad"):
        arguments[name] = {"logits": lambda f, a: f(a, 0)}
    assert set(arguments) == set(activations.__all__)
    because = "expected integers, real or complex numbers because the formula is one for numbers"
    ragged = (
        "has rows of different lengths, expected a rectangular array of numbers "
        "because every entry needs a place in one array"
    )
    for name, ways in arguments.items():
        f = getattr(activations, name)
        for argument, call in ways.items():
            for dtype, value in wrong.items():
                for bad in (value, [value]):
                    refuses(TypeError, f"{name}: {argument} has dtype {dtype}, {because}", call, f, bad)
            refuses(TypeError, f"{name}: {argument} {ragged}", call, f, [[1.0], [1.0, 2.0]])
    refuses(TypeError, f"relu: x has dtype datetime64[D], {because}", activations.relu, np.datetime64("2020-01-01"))


def test_parameters_are_refused_by_name():
    for name, parameter in (
        ("sigmoid", "slope"),
        ("sigmoid_derivative", "slope"),
        ("softplus", "slope"),
        ("heaviside", "at_zero"),
        ("relu_derivative", "at_zero"),
    ):
        f = getattr(activations, name)
        for value in ("2", None, True, 1j, [1.0], np.array(2.0), np.True_):
            message = (
                f"{name}: {parameter} has type {type(value).__name__}, expected one real number "
                f"because the same {parameter} holds for every entry of x"
            )
            refuses(TypeError, message, f, [1.0], **{parameter: value})
        for value in (np.inf, -np.inf, np.nan, 10**400):
            message = (
                f"{name}: {parameter} has value {value}, expected a finite float64 because the result is computed in it"
            )
            refuses(ValueError, message, f, [1.0], **{parameter: value})
            refuses(ValueError, message, f, [1.0 + 2j], **{parameter: value})
        message = (
            f"{name}: {parameter} has value 100000.0, expected a finite float16 because the result is computed in it"
        )
        with np.errstate(all="raise"):  # a refusal comes without a warning
            refuses(ValueError, message, f, np.ones(2, np.float16), **{parameter: 1e5})
    for value in (0, 0.0, -0.0, -1.0):
        message = f"softplus: slope has value {value}, expected a positive float64 because the formula divides by it"
        refuses(ValueError, message, activations.softplus, [1.0], value)
    message = "softplus: slope has value 1e-60, expected a positive float32 because the formula divides by it"
    refuses(ValueError, message, activations.softplus, np.ones(2, np.float32), 1e-60)
    for slope in (0.0, -3.0):
        assert np.isfinite(activations.sigmoid(1.0, slope)), "only softplus needs a positive slope"


def test_axes_are_refused_by_name():
    x = np.ones((2, 3))
    for name in ALONG_AXIS:
        f = getattr(activations, name)
        for axis in (1.0, None, "0", True, (0, 1), np.array([0, 1])):
            message = f"{name}: axis has type {type(axis).__name__}, expected an int because it counts the axes of x"
            refuses(TypeError, message, f, x, axis)
        for axis in (2, -3, 10**30):
            message = f"{name}: axis has value {axis}, expected -2 to 1 because x has shape (2, 3)"
            refuses(ValueError, message, f, x, axis)
        message = (
            f"{name}: x has shape (2, 0), expected at least one entry along axis 1 "
            "because the largest entry there is taken out"
        )
        refuses(ValueError, message, f, np.ones((2, 0)), 1)
    one_axis = "has shape (), expected at least one axis because the sum runs along one"
    for name in [*ALONG_AXIS, "softmax_jacobian"]:
        refuses(ValueError, f"{name}: x {one_axis}", getattr(activations, name), 1.0)
    for name in ("softmax_jvp", "softmax_vjp"):
        refuses(ValueError, f"{name}: x {one_axis}", getattr(activations, name), 1.0, 1.0)
    empty = "has shape (0,), expected at least one entry along axis -1 because the largest entry there is taken out"
    for name in [*ALONG_AXIS, "softmax_jacobian"]:
        refuses(ValueError, f"{name}: x {empty}", getattr(activations, name), [])
    for name in ("softmax_jvp", "softmax_vjp"):
        refuses(ValueError, f"{name}: x {empty}", getattr(activations, name), [], [])
    for name in ("cross_entropy", "cross_entropy_grad"):
        refuses(ValueError, f"{name}: logits {empty}", getattr(activations, name), [], 0)


def test_shapes_that_do_not_fit_are_refused_by_name():
    for name, argument in (("softmax_jvp", "v"), ("softmax_vjp", "g")):
        f = getattr(activations, name)
        for x, v in (((3,), (2,)), ((2, 3), (3,)), ((3,), (1,)), ((3,), ()), ((2, 3), (3, 2)), ((3,), (2, 3))):
            message = f"{name}: {argument} has shape {v}, expected {x} because x has shape {x}"
            refuses(ValueError, message, f, np.ones(x), np.ones(v))
    for name in ("cross_entropy", "cross_entropy_grad"):
        f = getattr(activations, name)
        for shape in ((), (2, 3, 5)):
            message = (
                f"{name}: logits has shape {shape}, expected (C,) or (N, C) "
                "because there is one class index for each vector of logits"
            )
            refuses(ValueError, message, f, np.ones(shape), 0)
        for x, y in (((3,), (1,)), ((2, 3), ()), ((2, 3), (3,)), ((2, 3), (2, 1)), ((2, 3), (1,)), ((3,), (3,))):
            message = (
                f"{name}: target has shape {y}, expected {x[:-1]} "
                f"because logits has shape {x} and each example has one class"
            )
            refuses(ValueError, message, f, np.ones(x), np.zeros(y, int))


def test_targets_are_class_indices():
    for name in ("cross_entropy", "cross_entropy_grad"):
        f = getattr(activations, name)
        for y in (-1, 3, -3):
            message = f"{name}: target has value {y}, expected 0 to 2 because logits has 3 classes"
            refuses(ValueError, message, f, [1.0, 2.0, 3.0], y)
            refuses(ValueError, message, f, np.ones((2, 3)), [0, y])
        for dtype, y in (("float64", 1.0), ("bool", True), ("<U1", "1"), ("object", None), ("complex128", 1j)):
            message = f"{name}: target has dtype {dtype}, expected integers because it holds class indices"
            refuses(TypeError, message, f, [1.0, 2.0, 3.0], y)
            refuses(TypeError, message, f, np.ones((2, 3)), [y, y])
        message = (
            f"{name}: target has rows of different lengths, expected a rectangular array of numbers "
            "because every entry needs a place in one array"
        )
        refuses(TypeError, message, f, np.ones((2, 3)), [0, [1]])
        for kind in (np.uint8, np.int16, np.uint64):
            agree(f([1.0, 2.0, 3.0], kind(2)), f([1.0, 2.0, 3.0], 2))
