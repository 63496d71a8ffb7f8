"""Wrong answers that have a known reason, and right ones: what the checks are judged by.

A wrong answer is a function of a random generator that is named after its mistake. It draws sizes and values and makes
the mistake; calling it gives the report of a check, the codes that the report must have, and those that it may have as
well. What is compared, claimed and true, is worked out here a second time, by loops, sliding windows and differences,
so that the suite can be tested without the package. Sizes are all different, and no matrix is square unless it must be.
"""

# ruff: noqa: E731   short functions stand beside the names that they use

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mathdnn_utils import verify

WRONG = []  # the wrong answers
ACCIDENTS = []  # right answers in a case in which a wrong one would pass as well


@dataclass(frozen=True)
class Compared:
    """What a check has to compare, worked out without the package.

    The first `rows` axes are the row, the others the column; where it is None, the first axis is the row and any other
    one a column. `terms` are those that were named. `jump` is by how much the one-sided difference quotients differ in
    every entry, and `defect` by how much a map that should be linear is not.
    """

    claimed: np.ndarray
    expected: np.ndarray
    rows: int | None = None
    terms: tuple = ()
    jump: np.ndarray | None = None
    defect: float = 0.0


@dataclass(frozen=True)
class Mistake:
    """One wrong answer, drawn: how to check it and what must be found.

    `codes` must be in the report, `allowed` may be; `says` are words that its sentences must have.
    """

    run: Callable
    codes: frozenset
    allowed: frozenset
    says: tuple
    compared: Callable


class WrongAnswer:
    """A named mistake: `answer(rng)` draws, checks, and returns (report, expected codes, codes allowed as well)."""

    def __init__(self, draw):
        self.name, self.draw = draw.__name__, draw

    def __call__(self, rng):
        mistake = self.draw(rng)
        return mistake.run(), mistake.codes, mistake.allowed

    def __repr__(self):
        return self.name


def wrong(draw):
    WRONG.append(WrongAnswer(draw))
    return draw


def accident(draw):
    ACCIDENTS.append(WrongAnswer(draw))
    return draw


def generator(name, seed):
    """The random generator of one case: cases that stand side by side draw different sizes."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


# How a mistake is submitted


def mistake(codes, run, compared, allowed="", says=()):
    return Mistake(run, frozenset(codes.split()), frozenset(allowed.split()), says, compared)


def by_compare(codes, claimed, expected, *, allowed="", says=(), **options):
    def compared():
        return Compared(np.asarray(claimed), np.asarray(expected), terms=tuple(options.get("terms", ())))

    return mistake(codes, lambda: verify.compare(claimed, expected, **options), compared, allowed, says)


def by_jacobian(codes, f, claimed, x, *, allowed="", says=(), check="check_jacobian", **options):
    def compared():
        alone, point, terms = at_one_point(f, x, options)
        array = np.asarray(claimed(point) if callable(claimed) else claimed)
        return Compared(array, differences(alone, point), np.ndim(alone(point)) or None, terms, jumps(alone, point))

    return mistake(codes, lambda: getattr(verify, check)(f, claimed, x, **options), compared, allowed, says)


def by_gradient(codes, f, claimed, x, **options):
    return by_jacobian(codes, f, claimed, x, check="check_gradient", **options)


def by_vjp(codes, f, vjp, x, *, allowed="", says=(), **options):
    def compared():
        alone, point, terms = at_one_point(f, x, options)
        shape, true = np.shape(alone(point)), differences(alone, point)
        product = lambda g: np.asarray(vjp(point, g))
        defect = nonlinearity(product, shape)
        g = np.random.default_rng(0).normal(size=shape)
        if product(g).shape != point.shape:
            # No row of a Jacobian: one product is compared with what it should be.
            return Compared(product(g), np.tensordot(g, true, axes=len(shape)), defect=defect)
        return Compared(stacked(product, shape), true, len(shape), terms, jumps(alone, point), defect)

    return mistake(codes, lambda: verify.check_vjp(f, vjp, x, **options), compared, allowed, says)


def by_adjoint(codes, apply, adjoint, x_shape, y_shape, *, says=()):
    def compared():
        columns = stacked(apply, x_shape, np.int64)
        true = np.moveaxis(columns, range(len(x_shape)), range(-len(x_shape), 0))
        defect = max(nonlinearity(apply, x_shape), nonlinearity(adjoint, y_shape))
        return Compared(stacked(adjoint, y_shape, np.int64), true, len(y_shape), defect=defect)

    return mistake(codes, lambda: verify.check_adjoint(apply, adjoint, x_shape, y_shape), compared, says=says)


def at_one_point(f, x, options):
    """The function of one point, a point, and the named terms there."""
    point = x(np.random.default_rng(0)) if callable(x) else x
    alone = (lambda p: f(p[None])[0]) if options.get("batched") else f
    return alone, point, tuple(term(point) if callable(term) else term for term in options.get("terms", ()))


def units(shape, dtype=np.float64):
    """All arrays of this shape with a single 1."""
    return np.eye(int(np.prod(shape)), dtype=dtype).reshape(-1, *shape)


def stacked(vjp, out_shape, dtype=np.float64):
    """The Jacobian that a vector-Jacobian product amounts to: its values at the unit vectors."""
    rows = np.array([vjp(e) for e in units(out_shape, dtype)])
    return rows.reshape(tuple(out_shape) + rows.shape[1:])


def quotients(f, x):
    """Forward and backward difference quotients."""
    x, h = np.asarray(x, dtype=np.float64), 1e-5
    y = np.asarray(f(x))
    forward = np.array([(f(x + h * e) - y) / h for e in units(x.shape)])
    backward = np.array([(y - f(x - h * e)) / h for e in units(x.shape)])
    return (np.moveaxis(q, 0, -1).reshape(y.shape + x.shape) for q in (forward, backward))


def differences(f, x):
    """Central differences, to about eight digits."""
    forward, backward = quotients(f, x)
    return (forward + backward) / 2


def jumps(f, x):
    forward, backward = quotients(f, x)
    return np.abs(forward - backward)


def nonlinearity(vjp, shape):
    """How far vjp(g + h) is from vjp(g) + vjp(h)."""
    g, h = np.random.default_rng(0).integers(-9, 10, size=(2, *shape))
    return float(np.abs(vjp(g + h) - (vjp(g) + vjp(h))).max())


# What is drawn


def sizes(rng, count, low=2, high=6):
    """Different sizes from low to high."""
    return [int(n) for n in rng.permutation(np.arange(low, high + 1))[:count]]


def normal(rng, *shape):
    return rng.normal(size=shape)


def integers(rng, *shape):
    """Integers other than 0, no two of the same size, so that nothing is symmetric by accident."""
    values = 1 + rng.permutation(9999)[: int(np.prod(shape))]
    return (values * rng.choice([-1, 1], size=len(values))).reshape(shape)


def mixed_signs(rng, n):
    """Numbers of both signs, none of them near 0."""
    signs = rng.permutation(np.where(np.arange(n) % 2, 1, -1))
    return signs * rng.uniform(0.5, 1.5, size=n)


def bias_for(rng, W, x):
    """A bias that gives W x + b entries of both signs, none near 0: far from the kink of relu."""
    return mixed_signs(rng, len(W)) - W @ x


# Layers, by hand


def sigma(z):
    return 1 / (1 + np.exp(-z))


def sigma_prime(z):
    return sigma(z) * (1 - sigma(z))


def tanh_prime(z):
    return 1 - np.tanh(z) ** 2


def relu(z):
    return np.maximum(z, 0)


def step(z):
    return np.where(z > 0, 1.0, 0.0)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_softmax(x):
    return x - x.max() - np.log(np.exp(x - x.max()).sum())


def softmax_jacobian(x):
    p = softmax(x)
    return np.diag(p) - np.outer(p, p)


def padded(x, padding, axes):
    """x with zeros around it along the last axes."""
    if padding == 0:
        return x
    inner = (Ellipsis,) + (slice(padding, -padding),) * axes
    y = np.zeros(x.shape[:-axes] + tuple(n + 2 * padding for n in x.shape[-axes:]), dtype=x.dtype)
    y[inner] = x
    return y


def correlate(x, w, stride=1, padding=0):
    """x (..., C, L) and w (O, C, K) to (..., O, L_out)."""
    windows = sliding_window_view(padded(x, padding, 1), w.shape[-1], axis=-1)[..., ::stride, :]
    return np.einsum("...cnk,ock->...on", windows, w)


def correlate2d(x, w, stride=1, padding=0):
    """x (..., C, H, W) and w (O, C, K_h, K_w) to (..., O, H_out, W_out)."""
    windows = sliding_window_view(padded(x, padding, 2), w.shape[-2:], axis=(-2, -1))
    return np.einsum("...cijkl,ockl->...oij", windows[..., ::stride, ::stride, :, :], w)


def input_gradient(g, w, length, stride=1, padding=0, wraps=False):
    """x̄[c, S n + k - P] += w[o, c, k] g[o, n]; a negative index is left out, or it wraps as Python's does."""
    x_bar = np.zeros(g.shape[:-2] + (w.shape[1], length), dtype=np.result_type(g, w))
    for n, k in product(range(g.shape[-1]), range(w.shape[-1])):
        i = stride * n + k - padding
        if (i >= 0 or wraps) and i < length:
            x_bar[..., i] += g[..., n] @ w[:, :, k]
    return x_bar


def input_gradient2d(g, w, shape, stride=1, padding=0, wraps=(False, False)):
    """The same for images; rows and columns wrap, or not, on their own."""
    x_bar = np.zeros((w.shape[1], *shape), dtype=np.result_type(g, w))
    for i, j, k, m in product(*map(range, g.shape[-2:] + w.shape[-2:])):
        a, b = stride * i + k - padding, stride * j + m - padding
        if (a >= 0 or wraps[0]) and a < shape[0] and (b >= 0 or wraps[1]) and b < shape[1]:
            x_bar[:, a, b] += g[:, i, j] @ w[:, :, k, m]
    return x_bar


def kernel_gradient(g, x, kernel, stride=1, padding=0):
    """w̄[o, c, k] = Σ g[o, n] x[c, S n + k - P], for one example."""
    windows = sliding_window_view(padded(x, padding, 1), kernel, axis=-1)[:, ::stride][:, : g.shape[-1]]
    return np.einsum("on,cnk->ock", g, windows)


def kernel_gradient2d(g, x, kernel, padding=0):
    windows = sliding_window_view(padded(x, padding, 2), kernel, axis=(-2, -1))
    return np.einsum("oij,cijkl->ockl", g, windows[:, : g.shape[-2], : g.shape[-1]])


def one_channel(w):
    return w[None, None]


def filtered(x, w, padding=0):
    """A signal and a kernel without channels."""
    return correlate(x[None], one_channel(w), padding=padding)[0]


# Transposed


@wrong
def transposed_matrix(rng):
    m, n = sizes(rng, 2)
    right = normal(rng, m, n)
    return by_compare("wrong-shape transposed", right.T, right, says=("transpose",))


@wrong
def transposed_square_matrix(rng):
    (n,) = sizes(rng, 1, 3)
    right = normal(rng, n, n)
    return by_compare("transposed", right.T, right)


@wrong
def transposed_integers_in_single_row(rng):
    (n,) = sizes(rng, 1, 3, 8)
    right = integers(rng, 1, n)
    return by_compare("wrong-shape transposed", right.T, right)


@wrong
def transposed_matrix_of_digits(rng):
    # Small whole numbers, as in an exercise, several of them equal.
    right = rng.integers(1, 10, size=(3, 3))
    right[0, 1], right[1, 0] = 2, 7
    return by_compare("transposed", right.T, right)


@wrong
def transposed_single_precision(rng):
    (n,) = sizes(rng, 1, 3)
    right = normal(rng, n, n).astype(np.float32)
    return by_compare("transposed", right.T.copy(), right)


@wrong
def transposed_tiny_matrix(rng):
    m, n = sizes(rng, 2)
    right = 1e-100 * normal(rng, m, n)
    return by_compare("wrong-shape transposed", right.T, right)


@wrong
def jacobian_of_a_linear_layer_in_denominator_layout(rng):
    m, n = sizes(rng, 2)
    W, b = normal(rng, m, n), normal(rng, m)
    return by_jacobian("wrong-shape transposed", lambda x: W @ x + b, W.T, normal(rng, n), says=("transpose",))


@wrong
def jacobian_of_a_square_layer_in_denominator_layout(rng):
    (n,) = sizes(rng, 1, 3, 5)
    W, b = normal(rng, n, n), normal(rng, n)
    return by_jacobian(
        "transposed",
        lambda x: np.tanh(W @ x + b),
        lambda x: W.T * tanh_prime(W @ x + b),
        lambda rng: normal(rng, n),
        cases=3,
    )


@wrong
def vjp_of_a_square_layer_with_W_for_its_transpose(rng):
    (n,) = sizes(rng, 1, 3)
    W = normal(rng, n, n)
    return by_vjp("transposed", lambda x: W @ x, lambda x, g: W @ g, normal(rng, n))


@wrong
def batched_vjp_of_a_square_layer_with_W_for_its_transpose(rng):
    (n,) = sizes(rng, 1, 3)
    W = normal(rng, n, n)
    return by_vjp("transposed", lambda x: x @ W.T, lambda x, g: g @ W.T, normal(rng, n), batched=True)


@wrong
def adjoint_of_integers_with_A_for_its_transpose(rng):
    (n,) = sizes(rng, 1, 3)
    A = integers(rng, n, n)
    return by_adjoint("transposed", lambda x: A @ x, lambda y: A @ y, (n,), (n,))


@wrong
def weight_gradient_with_its_factors_in_the_other_order(rng):
    batch, m, n = sizes(rng, 3)
    X, G = normal(rng, batch, n), normal(rng, batch, m)
    f = lambda W: (G * (X @ W.T)).sum()
    return by_gradient("wrong-shape transposed", f, X.T @ G, normal(rng, m, n), says=("transpose",))


@wrong
def transposed_and_negative_cross_product(rng):
    a = normal(rng, 3)
    true = np.array([[0, -a[2], a[1]], [a[2], 0, -a[0]], [-a[1], a[0], 0]])
    f = lambda x: np.array([a[1] * x[2] - a[2] * x[1], a[2] * x[0] - a[0] * x[2], a[0] * x[1] - a[1] * x[0]])
    return by_jacobian("transposed sign", f, true.T, normal(rng, 3))


# Axes in another order


@wrong
def axes_of_a_tensor_permuted(rng):
    right = normal(rng, *sizes(rng, 3))
    return by_compare("wrong-shape axes-permuted", right.transpose(2, 0, 1), right)


@wrong
def axes_of_a_cube_permuted(rng):
    (n,) = sizes(rng, 1, 2, 4)
    right = normal(rng, n, n, n)
    return by_compare("axes-permuted", right.transpose(1, 2, 0), right)


@wrong
def axes_of_five_permuted(rng):
    right = integers(rng, *sizes(rng, 5))
    return by_compare("wrong-shape axes-permuted", right.transpose(0, 2, 1, 4, 3), right)


@wrong
def channels_last_for_channels_first(rng):
    batch, channels, outputs, height, width = sizes(rng, 5, 2, 6)
    image = normal(rng, batch, channels, height + 2, width + 3)
    right = correlate2d(image, normal(rng, outputs, channels, 2, 3))
    return by_compare("wrong-shape axes-permuted", right.transpose(0, 2, 3, 1), right)


@wrong
def input_axes_before_output_axes(rng):
    m, n, p = sizes(rng, 3, 2, 5)
    A = normal(rng, p, m)
    true = np.einsum("pm,jl->pjml", A, np.eye(n))
    return by_jacobian("wrong-shape axes-permuted", lambda X: A @ X, true.transpose(2, 3, 0, 1), normal(rng, m, n))


@wrong
def kernel_gradient_with_its_channels_swapped(rng):
    channels, outputs, kernel = sizes(rng, 3, 2, 5)
    x = normal(rng, channels, kernel + 5)
    g = normal(rng, outputs, 6)
    right = kernel_gradient(g, x, kernel)
    f = lambda w: (g * correlate(x, w)).sum()
    return by_gradient("wrong-shape axes-permuted", f, right.transpose(1, 0, 2), normal(rng, *right.shape))


@wrong
def kernel_gradient_with_rows_and_columns_swapped(rng):
    channels, outputs = sizes(rng, 2, 2, 3)
    x, g = normal(rng, channels, 5, 6), normal(rng, outputs, 3, 4)
    right = kernel_gradient2d(g, x, (3, 3))
    f = lambda w: (g * correlate2d(x, w)).sum()
    return by_gradient("axes-permuted", f, right.swapaxes(2, 3), normal(rng, *right.shape))


@wrong
def vjp_of_a_matrix_product_transposed(rng):
    m, n, p = sizes(rng, 3, 2, 5)
    A = normal(rng, p, m)
    return by_vjp("wrong-shape transposed", lambda X: A @ X, lambda X, G: G.T @ A, normal(rng, m, n))


@wrong
def vjp_of_a_batch_of_images_with_channels_last(rng):
    batch, channels, height, width = sizes(rng, 4, 2, 5)
    s = normal(rng, channels, 1, 1)
    f = lambda X: s * np.sin(X)
    vjp = lambda X, G: (s * np.cos(X) * G).transpose(0, 2, 3, 1)
    return by_vjp("wrong-shape axes-permuted", f, vjp, normal(rng, batch, channels, height, width))


# Wrong shapes


@wrong
def gradient_of_a_matrix_ravelled(rng):
    m, n = sizes(rng, 2)
    x, g = normal(rng, n), normal(rng, m)
    f = lambda W: g @ np.tanh(W @ x)
    claimed = lambda W: np.outer(g * tanh_prime(W @ x), x).ravel()
    return by_gradient("wrong-shape", f, claimed, normal(rng, m, n), says=("reshape",))


@wrong
def gradient_as_a_column(rng):
    m, n = sizes(rng, 2)
    A, a = normal(rng, m, n), normal(rng, m)
    f = lambda x: a @ np.sin(A @ x)
    claimed = lambda x: (A.T @ (a * np.cos(A @ x)))[:, None]
    return by_gradient("wrong-shape", f, claimed, normal(rng, n), says=("axis",))


@wrong
def jacobian_of_a_single_output_without_its_axis(rng):
    (n,) = sizes(rng, 1, 3)
    a = normal(rng, n)
    return by_jacobian("wrong-shape", lambda x: np.array([a @ x]), a, normal(rng, n), says=("axis",))


@wrong
def bias_gradient_without_the_sum_over_the_batch(rng):
    batch, n, m = sizes(rng, 3)
    X, W, G = normal(rng, batch, n), normal(rng, m, n), normal(rng, batch, m)
    f = lambda b: (G * np.tanh(X @ W.T + b)).sum()
    claimed = lambda b: G * tanh_prime(X @ W.T + b)
    return by_gradient("wrong-shape", f, claimed, normal(rng, m), says=("sum",))


@wrong
def weight_gradient_without_the_sum_over_the_batch(rng):
    batch, n, m = sizes(rng, 3)
    X, G = normal(rng, batch, n), normal(rng, batch, m)
    f = lambda W: (G * (X @ W.T)).sum()
    return by_gradient("wrong-shape", f, G[:, :, None] * X[:, None, :], normal(rng, m, n), says=("sum",))


@wrong
def input_gradient_summed_over_the_batch(rng):
    batch, n, m = sizes(rng, 3)
    W, G = normal(rng, m, n), normal(rng, batch, m)
    f = lambda X: (G * (X @ W.T)).sum()
    return by_gradient("wrong-shape", f, (G @ W).sum(axis=0), normal(rng, batch, n), says=("sum",))


@wrong
def jacobian_of_a_batch_without_the_second_batch_axis(rng):
    batch, n, m = sizes(rng, 3, 2, 5)
    W = normal(rng, m, n)
    f = lambda X: np.tanh(X @ W.T)
    claimed = lambda X: tanh_prime(X @ W.T)[:, :, None] * W
    return by_jacobian("wrong-shape", f, claimed, normal(rng, batch, n))


@wrong
def convolution_strided_along_one_axis_only(rng):
    channels, outputs = sizes(rng, 2, 2, 4)
    dense = correlate2d(normal(rng, channels, 9, 10), normal(rng, outputs, channels, 3, 2))
    return by_compare("wrong-shape", dense[:, ::2, :], dense[:, ::2, ::2])


@wrong
def signal_padded_at_one_end_only(rng):
    (n,) = sizes(rng, 1, 9, 12)
    x, w = normal(rng, n), normal(rng, 5)
    same = filtered(x, w, padding=2)
    return by_compare("wrong-shape", same[:-2], same)


@wrong
def identity_whose_sides_have_different_shapes(rng):
    m, n = sizes(rng, 2)

    def run():
        return verify.check_identity(
            lambda A, B: A.T @ B.T, lambda A, B: (A @ B).T, lambda rng: (normal(rng, m, n), normal(rng, n, m)), cases=3
        )

    A, B = normal(rng, m, n), normal(rng, n, m)
    return mistake("wrong-shape", run, lambda: Compared(A.T @ B.T, (A @ B).T))


# The sign


@wrong
def negative_vector(rng):
    (n,) = sizes(rng, 1, 3, 9)
    right = normal(rng, n)
    return by_compare("sign", -right, right)


@wrong
def negative_tensor_of_integers(rng):
    right = integers(rng, *sizes(rng, 5))
    return by_compare("sign", -right, right)


@wrong
def negative_matrix_in_single_precision(rng):
    right = normal(rng, *sizes(rng, 2)).astype(np.float32)
    return by_compare("sign", -right, right)


@wrong
def cross_entropy_gradient_with_target_minus_prediction(rng):
    (n,) = sizes(rng, 1, 3, 6)
    y = np.eye(n)[rng.integers(n)]
    return by_gradient("sign", lambda x: -y @ log_softmax(x), lambda x: y - softmax(x), normal(rng, n))


@wrong
def squared_error_gradient_with_target_minus_prediction(rng):
    batch, n = sizes(rng, 2)
    X, y = normal(rng, batch, n), normal(rng, batch)
    f = lambda w: ((X @ w - y) ** 2).sum()
    return by_gradient("sign", f, lambda w: 2 * X.T @ (y - X @ w), lambda rng: normal(rng, n), cases=3)


@wrong
def vjp_of_the_cosine_without_its_sign(rng):
    m, n = sizes(rng, 2)
    W = normal(rng, m, n)
    return by_vjp("sign", lambda x: np.cos(W @ x), lambda x, g: W.T @ (np.sin(W @ x) * g), normal(rng, n))


@wrong
def huge_jacobian_with_the_wrong_sign(rng):
    m, n = sizes(rng, 2)
    W = 1e100 * normal(rng, m, n)
    return by_jacobian("sign", lambda x: W @ x, -W, normal(rng, n))


@wrong
def adjoint_of_a_difference_that_is_a_difference(rng):
    # D is also its own negative when both of its axes are reversed: both explanations fit.
    (n,) = sizes(rng, 1, 4, 8)

    def adjoint(y):
        x = np.zeros(n, dtype=y.dtype)
        x[:-1] += y
        x[1:] -= y
        return x

    return by_adjoint("sign flipped", lambda x: x[1:] - x[:-1], adjoint, (n,), (n - 1,))


# A constant factor


@wrong
def mean_over_the_batch_for_the_sum(rng):
    batch, n, m = sizes(rng, 3)
    X, G = normal(rng, batch, n), normal(rng, batch, m)
    f = lambda W: (G * (X @ W.T)).sum()
    return by_gradient("constant-factor", f, G.T @ X / batch, normal(rng, m, n), says=(f"1/{batch}",))


@wrong
def sum_over_the_batch_for_the_mean(rng):
    batch, n = sizes(rng, 2)
    X, y = normal(rng, batch, n), normal(rng, batch)
    f = lambda w: ((X @ w - y) ** 2).mean()
    return by_gradient("constant-factor", f, lambda w: 2 * X.T @ (X @ w - y), normal(rng, n), says=(str(batch),))


@wrong
def square_differentiated_without_its_two(rng):
    (n,) = sizes(rng, 1, 3)
    return by_gradient(
        "constant-factor", lambda w: 0.3 * w @ w, lambda w: 0.3 * w, lambda rng: normal(rng, n), cases=3, says=("1/2",)
    )


@wrong
def average_pooling_without_its_average(rng):
    h, w = sizes(rng, 2, 2, 4)
    f = lambda x: x.reshape(h, 2, w, 2).mean(axis=(1, 3))
    vjp = lambda x, g: np.repeat(np.repeat(g, 2, axis=0), 2, axis=1)
    return by_vjp("constant-factor", f, vjp, normal(rng, 2 * h, 2 * w), says=("4",))


@wrong
def softmax_without_its_temperature(rng):
    (n,) = sizes(rng, 1, 3)
    return by_jacobian(
        "constant-factor", lambda x: softmax(x / 4), lambda x: softmax_jacobian(x / 4), normal(rng, n), says=("4",)
    )


@wrong
def tensor_of_integers_times_three(rng):
    right = integers(rng, *sizes(rng, 4))
    return by_compare("constant-factor", 3 * right, right, says=("3",))


@wrong
def huge_tensor_times_pi(rng):
    right = 1e100 * normal(rng, *sizes(rng, 3))
    return by_compare("constant-factor", np.pi * right, right, says=("3.14159",))


@wrong
def adjoint_that_counts_twice(rng):
    channels, outputs, kernel = sizes(rng, 3, 2, 5)
    w = integers(rng, outputs, channels, kernel)
    adjoint = lambda g: 2 * input_gradient(g, w, kernel + 5)
    return by_adjoint(
        "constant-factor", lambda x: correlate(x, w), adjoint, (channels, kernel + 5), (outputs, 6), says=("2",)
    )


# A factor for every row


@wrong
def dense_jacobian_without_the_activation_derivative(rng):
    m, n = sizes(rng, 2, 3)
    W, b = normal(rng, m, n), normal(rng, m)
    return by_jacobian(
        "row-scaled",
        lambda x: sigma(W @ x + b),
        W,
        normal(rng, n),
        factors={"φ′(z)": lambda x: sigma_prime(W @ x + b)},
        says=("φ′(z)",),
    )


@wrong
def dense_jacobian_with_the_activation_derivative_twice(rng):
    m, n = sizes(rng, 2, 3)
    W, b = normal(rng, m, n), normal(rng, m)
    return by_jacobian(
        "row-scaled",
        lambda x: np.tanh(W @ x + b),
        lambda x: (tanh_prime(W @ x + b) ** 2)[:, None] * W,
        lambda rng: normal(rng, n),
        cases=3,
        factors={"φ′(z)": lambda x: tanh_prime(W @ x + b)},
        says=("φ′(z)",),
    )


@wrong
def vjp_of_a_dense_layer_without_the_activation_derivative(rng):
    m, n = sizes(rng, 2, 3)
    W, b, x = normal(rng, m, n), normal(rng, m), normal(rng, n)
    return by_vjp(
        "row-scaled",
        lambda x: np.tanh(W @ x + b),
        lambda x, g: W.T @ g,
        x,
        factors={"σ′(z)": sigma_prime(W @ x + b), "φ′(z)": tanh_prime(W @ x + b)},
        says=("φ′(z)",),
    )


@wrong
def jacobian_of_a_batch_without_the_activation_derivative(rng):
    batch, n, m = sizes(rng, 3, 2, 5)
    W, b = normal(rng, m, n), normal(rng, m)
    return by_jacobian(
        "row-scaled",
        lambda X: np.tanh(X @ W.T + b),
        np.einsum("bc,oi->boci", np.eye(batch), W),
        normal(rng, batch, n),
        factors={"φ′(Z)": lambda X: tanh_prime(X @ W.T + b)},
        says=("φ′(Z)",),
    )


@wrong
def batched_jacobian_without_the_activation_derivative(rng):
    m, n = sizes(rng, 2, 3)
    W, b = normal(rng, m, n), normal(rng, m)
    return by_jacobian("row-scaled", lambda X: np.tanh(X @ W.T + b), W, normal(rng, n), batched=True)


@wrong
def relu_layer_with_dead_units_left_alive(rng):
    m, n = sizes(rng, 2, 4)
    W, x = normal(rng, m, n), normal(rng, n)
    b = bias_for(rng, W, x)
    return by_vjp(
        "row-scaled",
        lambda x: relu(W @ x + b),
        lambda x, g: W.T @ g,
        x,
        factors={"φ′(z)": lambda x: step(W @ x + b)},
        says=("φ′(z)",),
    )


@wrong
def convolution_layer_without_the_activation_derivative(rng):
    channels, outputs, kernel = sizes(rng, 3, 2, 4)
    w, b = normal(rng, outputs, channels, kernel), normal(rng, outputs, 1)
    length = kernel + 4
    return by_vjp(
        "row-scaled",
        lambda x: np.tanh(correlate(x, w) + b),
        lambda x, g: input_gradient(g, w, length),
        normal(rng, channels, length),
    )


@wrong
def mean_over_neighbours_without_the_number_of_neighbours(rng):
    m, n = sizes(rng, 2, 4, 7)
    A = np.tril(np.ones((m, n)), 1)
    count = A.sum(axis=1)
    return by_jacobian("row-scaled", lambda x: A @ x / count, A, normal(rng, n), factors={"1/n": 1 / count})


@wrong
def tensor_scaled_along_its_first_axis(rng):
    right = 1e-100 * normal(rng, *sizes(rng, 4))
    r = rng.uniform(0.5, 2, size=len(right))
    return by_compare("row-scaled", right * r[:, None, None, None], right)


@wrong
def bias_gradient_without_the_activation_derivative(rng):
    # Every vector is some multiple of every other, entry by entry; here the multiple is one that was named.
    (n,) = sizes(rng, 1, 4, 7)
    g, z = normal(rng, n), normal(rng, n)
    return by_compare("row-scaled", g, g * sigma_prime(z), factors={"φ′(z)": sigma_prime(z)}, says=("φ′(z)",))


@wrong
def gradient_of_a_weight_matrix_without_the_activation_derivative(rng):
    m, n = sizes(rng, 2, 3)
    x, g = normal(rng, n), normal(rng, m)
    return by_gradient(
        "row-scaled",
        lambda W: g @ np.tanh(W @ x),
        np.outer(g, x),
        normal(rng, m, n),
        factors={"φ′(z)": lambda W: tanh_prime(W @ x)},
        says=("φ′(z)",),
    )


@wrong
def weight_gradient_without_the_activation_derivative(rng):
    m, n = sizes(rng, 2, 3)
    x, g, z = normal(rng, n), normal(rng, m), normal(rng, m)
    right = np.outer(g * tanh_prime(z), x).astype(np.float32)
    return by_compare(
        "row-scaled", np.outer(g, x).astype(np.float32), right, factors={"φ′(z)": tanh_prime(z)}, says=("φ′(z)",)
    )


# A factor for every column


@wrong
def standardised_input_without_its_deviation(rng):
    m, n = sizes(rng, 2, 3)
    W, mean, deviation = normal(rng, m, n), normal(rng, n), rng.uniform(0.5, 2, size=n)
    return by_jacobian(
        "column-scaled",
        lambda x: W @ ((x - mean) / deviation),
        W,
        normal(rng, n),
        factors={"1/s": 1 / deviation},
        says=("1/s",),
    )


@wrong
def activation_before_the_layer_without_its_derivative(rng):
    m, n = sizes(rng, 2, 3)
    W = normal(rng, m, n)
    return by_vjp(
        "column-scaled",
        lambda x: W @ sigma(x),
        lambda x, g: W.T @ g,
        normal(rng, n),
        factors={"φ′(x)": lambda x: sigma_prime(x)},
        says=("φ′(x)",),
    )


@wrong
def matrix_scaled_by_columns(rng):
    m, n = sizes(rng, 2, 3)
    right = 1e-50 * normal(rng, m, n)
    return by_compare("column-scaled", right * rng.uniform(0.5, 2, size=n), right)


@wrong
def tensor_scaled_along_its_second_axis(rng):
    right = normal(rng, *sizes(rng, 3)).astype(np.float32)
    r = rng.uniform(0.5, 2, size=right.shape[1]).astype(np.float32)
    return by_compare("column-scaled", right * r[:, None], right)


@wrong
def convolution_without_the_scale_of_its_input_channels(rng):
    channels, outputs, kernel = sizes(rng, 3, 2, 4)
    w, s = normal(rng, outputs, channels, kernel), rng.uniform(0.5, 2, size=(channels, 1))
    length = kernel + 3
    return by_vjp(
        "column-scaled",
        lambda x: correlate(s * x, w),
        lambda x, g: input_gradient(g, w, length),
        normal(rng, channels, length),
    )


@wrong
def adjoint_without_the_weights_of_the_input(rng):
    m, n = sizes(rng, 2, 3)
    A, s = integers(rng, m, n), np.arange(2, 2 + n)
    return by_adjoint("column-scaled", lambda x: A @ (s * x), lambda y: y @ A, (n,), (m,))


# Reversed


@wrong
def vector_reversed(rng):
    (n,) = sizes(rng, 1, 4, 9)
    right = normal(rng, n)
    return by_compare("flipped", right[::-1], right)


@wrong
def tensor_in_single_precision_reversed_along_one_axis(rng):
    right = normal(rng, *sizes(rng, 3, 3)).astype(np.float32)
    return by_compare("flipped", right[:, ::-1], right)


@wrong
def kernel_gradient_reversed(rng):
    channels, outputs, kernel = sizes(rng, 3, 3, 5)
    x, g = normal(rng, channels, kernel + 6), normal(rng, outputs, 7)
    f = lambda w: (g * correlate(x, w)).sum()
    claimed = kernel_gradient(g, x, kernel)[:, :, ::-1]
    return by_gradient("flipped", f, claimed, normal(rng, outputs, channels, kernel))


@wrong
def kernel_gradient_of_images_reversed(rng):
    channels, outputs = sizes(rng, 2, 2, 3)
    x, g = normal(rng, channels, 6, 8), normal(rng, outputs, 4, 4)
    f = lambda w: (g * correlate2d(x, w)).sum()
    claimed = kernel_gradient2d(g, x, (3, 5))[:, :, ::-1, ::-1]
    return by_gradient("flipped", f, claimed, normal(rng, outputs, channels, 3, 5))


@wrong
def convolution_jacobian_with_the_kernel_flipped(rng):
    n, kernel = sizes(rng, 1, 7, 9) + sizes(rng, 1, 3, 5)
    w = normal(rng, kernel)
    claimed = stacked(lambda g: input_gradient(g[None], one_channel(w[::-1]), n)[0], (n - kernel + 1,))
    return by_jacobian("flipped", lambda x: filtered(x, w), claimed, normal(rng, n))


@wrong
def input_gradient_with_the_kernel_flipped(rng):
    channels, outputs, kernel = sizes(rng, 3, 2, 5)
    kernel = max(kernel, 3)
    w = normal(rng, outputs, channels, kernel)
    length = kernel + 3
    return by_vjp(
        "flipped",
        lambda x: correlate(x, w),
        lambda x, g: input_gradient(g, w[:, :, ::-1], length),
        normal(rng, channels, length),
    )


@wrong
def adjoint_of_a_2d_convolution_with_the_kernel_flipped(rng):
    channels, outputs = sizes(rng, 2, 2, 3)
    w = integers(rng, outputs, channels, 3, 2)
    adjoint = lambda g: input_gradient2d(g, w[:, :, ::-1, ::-1], (5, 6))
    return by_adjoint("flipped", lambda x: correlate2d(x, w), adjoint, (channels, 5, 6), (outputs, 3, 5))


@wrong
def adjoint_of_a_2d_convolution_with_the_kernel_flipped_along_its_rows_only(rng):
    channels, outputs = sizes(rng, 2, 2, 3)
    w = integers(rng, outputs, channels, 3, 2)
    adjoint = lambda g: input_gradient2d(g, w[:, :, ::-1], (5, 6))
    return by_adjoint("flipped", lambda x: correlate2d(x, w), adjoint, (channels, 5, 6), (outputs, 3, 5))


@wrong
def strided_convolution_with_the_kernel_flipped(rng):
    channels, outputs, kernel = sizes(rng, 3, 2, 4)
    kernel += 1
    w = normal(rng, outputs, channels, kernel)
    length = 2 * 3 + kernel  # four positions two apart, and nothing is left over
    return by_vjp(
        "flipped",
        lambda x: correlate(x, w, stride=2),
        lambda x, g: input_gradient(g, w[:, :, ::-1], length, stride=2),
        normal(rng, channels, length),
    )


@wrong
def same_convolution_with_the_kernel_flipped(rng):
    # A square Toeplitz matrix: reversed along both axes it is transposed.
    (n,) = sizes(rng, 1, 6, 9)
    w = normal(rng, 3)
    return by_vjp(
        "flipped transposed",
        lambda x: filtered(x, w, padding=1),
        lambda x, g: input_gradient(g[None], one_channel(w[::-1]), n, padding=1)[0],
        normal(rng, n),
    )


# Shifted


@wrong
def vector_one_place_late(rng):
    (n,) = sizes(rng, 1, 6, 9)
    right = normal(rng, n)
    return by_compare("shifted", np.append(0, right[:-1]), right)


@wrong
def integers_two_places_early_and_wrapped(rng):
    (n,) = sizes(rng, 1, 6, 9)
    right = integers(rng, n)
    return by_compare("shifted", np.roll(right, -2), right)


@wrong
def image_shifted_along_both_axes(rng):
    right = normal(rng, *sizes(rng, 2, 4, 7))
    claimed = np.zeros_like(right)
    claimed[1:, 1:] = right[:-1, :-1]
    return by_compare("shifted", claimed, right)


@wrong
def tensor_of_five_axes_shifted_along_one(rng):
    right = normal(rng, *sizes(rng, 5, 3, 7))
    return by_compare("shifted", np.roll(right, 1, axis=3), right)


@wrong
def convolution_jacobian_without_the_padding_in_its_index(rng):
    (n,) = sizes(rng, 1, 7, 9)
    w = normal(rng, 5)
    claimed = stacked(lambda g: input_gradient(g[None], one_channel(w), n)[0], (n,))
    return by_jacobian("shifted", lambda x: filtered(x, w, padding=2), claimed, normal(rng, n))


@wrong
def input_gradient_without_the_padding_in_its_index(rng):
    channels, outputs, length = sizes(rng, 2, 2, 3) + sizes(rng, 1, 6, 8)
    w = normal(rng, outputs, channels, 3)
    return by_vjp(
        "shifted",
        lambda x: correlate(x, w, padding=1),
        lambda x, g: input_gradient(g, w, length),
        normal(rng, channels, length),
    )


@wrong
def strided_input_gradient_without_the_padding_in_its_index(rng):
    channels, outputs = sizes(rng, 2, 2, 3)
    w = normal(rng, outputs, channels, 3)
    return by_vjp(
        "shifted",
        lambda x: correlate(x, w, stride=2, padding=1),
        lambda x, g: input_gradient(g, w, 7, stride=2),
        normal(rng, channels, 7),
    )


@wrong
def kernel_gradient_without_the_padding_in_its_index(rng):
    # Its last places, which come from outside, hold neither zeros nor what would wrap round.
    channels, outputs, length = sizes(rng, 2, 2, 4) + sizes(rng, 1, 8, 10)
    x, g = normal(rng, channels, length), normal(rng, outputs, length)
    f = lambda w: (g * correlate(x, w, padding=2)).sum()
    late = np.concatenate([x, np.zeros((channels, 4))], axis=1)
    return by_gradient("shifted", f, kernel_gradient(g, late, 5), normal(rng, outputs, channels, 5))


@wrong
def adjoint_of_a_delay_of_two_places_with_one(rng):
    (n,) = sizes(rng, 1, 7, 10)
    apply = lambda x: np.append([0, 0], x[:-2])
    return by_adjoint("shifted", apply, lambda y: np.append(y[1:], 0), (n,), (n,))


@wrong
def output_read_one_place_too_far(rng):
    batch, channels, outputs = sizes(rng, 3, 2, 5)
    y = correlate(normal(rng, batch, channels, 12), normal(rng, outputs, channels, 4))
    return by_compare("shifted", y[:, :, 1:], y[:, :, :-1])


# Full, same, valid


@wrong
def full_for_valid(rng):
    kernel, n = sizes(rng, 1, 2, 4) + sizes(rng, 1, 7, 9)
    x, w = normal(rng, n), normal(rng, kernel)
    return by_compare("wrong-shape wrong-mode", filtered(x, w, padding=kernel - 1), filtered(x, w))


@wrong
def same_for_full(rng):
    (n,) = sizes(rng, 1, 6, 9)
    x, w = normal(rng, n), normal(rng, 5)
    return by_compare("wrong-shape wrong-mode", filtered(x, w, padding=2), filtered(x, w, padding=4))


@wrong
def valid_for_same_in_a_batch_of_images(rng):
    batch, channels, outputs = sizes(rng, 3, 2, 5)
    x, w = integers(rng, batch, channels, 6, 8), integers(rng, outputs, channels, 3, 3)
    return by_compare("wrong-shape wrong-mode", correlate2d(x, w), correlate2d(x, w, padding=1))


@wrong
def input_gradient_that_is_valid_and_not_full(rng):
    channels, outputs, kernel, m = sizes(rng, 2, 2, 3) + [3] + sizes(rng, 1, 5, 7)
    w = normal(rng, outputs, channels, kernel)
    # Valid: only what lies under the whole kernel, so kernel - 1 places are missing at either end.
    return by_vjp(
        "wrong-shape wrong-mode",
        lambda x: correlate(x, w),
        lambda x, g: input_gradient(g, w, m + kernel - 1)[:, kernel - 1 : 1 - kernel],
        normal(rng, channels, m + kernel - 1),
    )


@wrong
def jacobian_of_the_full_convolution_for_the_valid_one(rng):
    (n,) = sizes(rng, 1, 6, 8)
    w = normal(rng, 3)
    full = stacked(lambda g: input_gradient(g[None], one_channel(w), n, padding=2)[0], (n + 2,))
    return by_jacobian("wrong-shape wrong-mode", lambda x: filtered(x, w), full, normal(rng, n))


@wrong
def kernel_gradient_that_is_full_and_not_valid(rng):
    channels, outputs, kernel = sizes(rng, 3, 2, 4)
    x, g = normal(rng, channels, kernel + 5), normal(rng, outputs, 6)
    f = lambda w: (g * correlate(x, w)).sum()
    full = kernel_gradient(g, padded(x, 5, 1), kernel + 10)
    return by_gradient("wrong-shape wrong-mode", f, full, normal(rng, outputs, channels, kernel))


# Only the diagonal


@wrong
def softmax_jacobian_with_equal_indices_only(rng):
    (n,) = sizes(rng, 1, 3)
    return by_jacobian("diagonal-only", softmax, lambda x: np.diag(softmax(x) * (1 - softmax(x))), normal(rng, n))


@wrong
def softmax_vjp_like_that_of_a_sigmoid(rng):
    (n,) = sizes(rng, 1, 3)
    vjp = lambda x, g: softmax(x) * (1 - softmax(x)) * g
    return by_vjp("diagonal-only", softmax, vjp, lambda rng: normal(rng, n), cases=3)


@wrong
def softmax_of_a_batch_with_equal_indices_only(rng):
    batch, n = sizes(rng, 2, 2, 4)

    def claimed(X):
        p = softmax(X)
        return np.diag((p * (1 - p)).ravel()).reshape(batch, n, batch, n)

    return by_jacobian("diagonal-only", softmax, claimed, normal(rng, batch, n))


@wrong
def square_layer_with_equal_indices_only(rng):
    (n,) = sizes(rng, 1, 3)
    W = normal(rng, n, n)
    f = lambda x: np.tanh(W @ x)
    return by_vjp("diagonal-only", f, lambda x, g: np.diag(W) * tanh_prime(W @ x) * g, normal(rng, n))


@wrong
def adjoint_of_a_cumulative_sum_that_is_the_identity(rng):
    (n,) = sizes(rng, 1, 3, 6)
    return by_adjoint("diagonal-only", np.cumsum, lambda y: y.copy(), (n,), (n,))


@wrong
def matrix_in_single_precision_with_its_diagonal_only(rng):
    (n,) = sizes(rng, 1, 3)
    right = normal(rng, n, n).astype(np.float32)
    return by_compare("diagonal-only", np.diag(np.diag(right)), right)


# A wrong diagonal


@wrong
def softmax_jacobian_with_different_indices_only(rng):
    (n,) = sizes(rng, 1, 3)
    return by_jacobian("diagonal-wrong", softmax, lambda x: -np.outer(softmax(x), softmax(x)), normal(rng, n))


@wrong
def residual_jacobian_without_the_identity(rng):
    (n,) = sizes(rng, 1, 3)
    W = normal(rng, n, n)
    f = lambda x: x + np.tanh(W @ x)
    claimed = lambda x: tanh_prime(W @ x)[:, None] * W
    return by_jacobian("diagonal-wrong", f, claimed, lambda rng: normal(rng, n), cases=3)


@wrong
def residual_vjp_without_the_skip(rng):
    (n,) = sizes(rng, 1, 3)
    W = normal(rng, n, n)
    f = lambda x: x + W @ sigma(x)
    return by_vjp("diagonal-wrong", f, lambda x, g: sigma_prime(x) * (W.T @ g), normal(rng, n))


@wrong
def product_rule_without_its_second_term(rng):
    (n,) = sizes(rng, 1, 3)
    a = normal(rng, n)
    f = lambda x: (a @ x) * x
    return by_jacobian("diagonal-wrong", f, lambda x: np.outer(x, a), normal(rng, n))


@wrong
def laplacian_without_its_degrees(rng):
    (n,) = sizes(rng, 1, 4, 6)
    A = np.triu(integers(rng, n, n), 1)
    A = A + A.T
    D = np.diag(A.sum(axis=1) + 1000)
    return by_adjoint("diagonal-wrong", lambda x: (D - A) @ x, lambda y: -A @ y, (n,), (n,))


@wrong
def huge_matrix_with_a_wrong_diagonal(rng):
    (n,) = sizes(rng, 1, 3)
    right = 1e80 * normal(rng, n, n)
    return by_compare("diagonal-wrong", right + 1e80 * np.diag(normal(rng, n)), right)


# An outer product is missing


@wrong
def softmax_jacobian_without_its_outer_product(rng):
    (n,) = sizes(rng, 1, 3)
    return by_jacobian("missing-rank-one", softmax, lambda x: np.diag(softmax(x)), normal(rng, n))


@wrong
def softmax_vjp_without_its_outer_product(rng):
    (n,) = sizes(rng, 1, 3)
    return by_vjp("missing-rank-one", softmax, lambda x, g: softmax(x) * g, lambda rng: normal(rng, n), cases=3)


@wrong
def log_softmax_jacobian_that_is_the_identity(rng):
    (n,) = sizes(rng, 1, 3)
    return by_jacobian("missing-rank-one", log_softmax, np.eye(n), normal(rng, n))


@wrong
def normalisation_with_a_constant_norm(rng):
    (n,) = sizes(rng, 1, 3)
    f = lambda x: x / np.sqrt((x * x).sum())
    return by_vjp("missing-rank-one", f, lambda x, g: g / np.sqrt(x @ x), normal(rng, n))


@wrong
def product_rule_without_its_first_term(rng):
    (n,) = sizes(rng, 1, 3)
    a = normal(rng, n)
    f = lambda x: (a @ x) * x
    return by_jacobian("missing-rank-one", f, lambda x: (a @ x) * np.eye(n), normal(rng, n))


@wrong
def matrix_of_integers_without_an_outer_product(rng):
    m, n = sizes(rng, 2, 3)
    right = integers(rng, m, n)
    claimed = right - np.outer(integers(rng, m), integers(rng, n))
    return by_compare("missing-rank-one", claimed, right)


@wrong
def tiny_matrix_without_an_outer_product(rng):
    m, n = sizes(rng, 2, 3)
    right = 1e-100 * normal(rng, m, n)
    return by_compare("missing-rank-one", right - 1e-100 * np.outer(normal(rng, m), normal(rng, n)), right)


@wrong
def adjoint_without_a_rank_one_update(rng):
    m, n = sizes(rng, 2, 3)
    A, u, v = integers(rng, m, n), integers(rng, m), integers(rng, n)
    return by_adjoint("missing-rank-one", lambda x: A @ x + u * (v @ x), lambda y: A.T @ y, (n,), (m,))


# An offset


@wrong
def centring_that_is_the_identity(rng):
    (n,) = sizes(rng, 1, 3)
    return by_jacobian("constant-offset", lambda x: x - x.mean(), np.eye(n), normal(rng, n))


@wrong
def vjp_of_centring_that_is_the_identity(rng):
    (n,) = sizes(rng, 1, 3)
    f = lambda x: x - x.mean(axis=-1, keepdims=True)
    return by_vjp("constant-offset", f, lambda x, g: g, normal(rng, n), batched=True)


@wrong
def adjoint_of_centring_without_the_mean(rng):
    (n,) = sizes(rng, 1, 3, 6)
    return by_adjoint("constant-offset", lambda x: n * x - x.sum(), lambda y: n * y, (n,), (n,))


@wrong
def gradient_without_the_term_of_the_sum(rng):
    m, n = sizes(rng, 2, 3)
    A = normal(rng, m, n)
    f = lambda w: np.sin(A @ w).sum() + 0.7 * w.sum()
    return by_gradient("constant-offset", f, lambda w: A.T @ np.cos(A @ w), lambda rng: normal(rng, n), cases=3)


@wrong
def output_of_a_convolution_without_its_bias(rng):
    batch, channels, kernel = sizes(rng, 3, 2, 4)
    y = correlate(normal(rng, batch, channels, 8), normal(rng, 1, channels, kernel))
    return by_compare("constant-offset", y.astype(np.float32), (y + 1.7).astype(np.float32))


@wrong
def tensor_of_integers_with_an_offset(rng):
    right = integers(rng, *sizes(rng, 4))
    return by_compare("constant-offset", right + 5, right)


# The last term instead of the sum


@wrong
def last_term_for_the_sum(rng):
    shape = sizes(rng, 3)
    terms = [normal(rng, *shape) for _ in range(3)]
    return by_compare("overwritten-not-accumulated", terms[2], sum(terms), terms=terms)


@wrong
def weight_gradient_overwritten_in_the_loop_over_the_batch(rng):
    batch, n, m = sizes(rng, 3, 3)
    X, G = normal(rng, batch, n), normal(rng, batch, m)
    f = lambda W: (G * (X @ W.T)).sum()
    terms = [np.outer(g, x) for g, x in zip(G, X)]
    return by_gradient("overwritten-not-accumulated", f, terms[-1], normal(rng, m, n), terms=terms)


@wrong
def gradient_of_a_weight_that_is_used_twice(rng):
    (n,) = sizes(rng, 1, 3)
    first, second = normal(rng, 2, n)
    terms = [lambda w: tanh_prime(w @ first) * first, lambda w: tanh_prime(w @ second) * second]
    f = lambda w: np.tanh(w @ first) + np.tanh(w @ second)
    return by_gradient("overwritten-not-accumulated", f, terms[0], lambda rng: normal(rng, n), terms=terms, cases=3)


@wrong
def jacobian_of_one_of_two_branches(rng):
    m, n = sizes(rng, 2, 3)
    A, B = normal(rng, 2, m, n)
    terms = [A, lambda x: B * np.cos(x)]
    f = lambda x: A @ x + B @ np.sin(x)
    return by_jacobian("overwritten-not-accumulated", f, terms[1], normal(rng, n), terms=terms)


@wrong
def vjp_of_one_of_two_branches(rng):
    m, n = sizes(rng, 2, 3)
    A, B = normal(rng, 2, m, n)
    f = lambda x: A @ x + np.tanh(B @ x)
    vjp = lambda x, g: B.T @ (tanh_prime(B @ x) * g)
    terms = [A, lambda x: tanh_prime(B @ x)[:, None] * B]
    return by_vjp("overwritten-not-accumulated", f, vjp, normal(rng, n), terms=terms)


@wrong
def residual_jacobian_overwritten(rng):
    # The diagonal alone is wrong as well; that the identity was lost says more.
    (n,) = sizes(rng, 1, 3)
    W = normal(rng, n, n)
    inner = lambda x: tanh_prime(W @ x)[:, None] * W
    f = lambda x: x + np.tanh(W @ x)
    return by_jacobian("overwritten-not-accumulated", f, inner, normal(rng, n), terms=[np.eye(n), inner])


# Not finite


@wrong
def vector_with_a_nan(rng):
    right = normal(rng, *sizes(rng, 1, 3))
    claimed = right.copy()
    claimed[rng.integers(right.size)] = np.nan
    return by_compare("non-finite", claimed, right)


@wrong
def tensor_with_an_infinity(rng):
    right = normal(rng, *sizes(rng, 5))
    claimed = right.astype(np.float32)
    claimed.flat[rng.integers(right.size)] = -np.inf
    return by_compare("non-finite", claimed, right)


@wrong
def transpose_with_a_nan(rng):
    right = normal(rng, *sizes(rng, 2))
    claimed = right.T.copy()
    claimed.flat[rng.integers(right.size)] = np.nan
    return by_compare("wrong-shape non-finite", claimed, right)


@wrong
def softmax_jacobian_that_overflows(rng):
    (n,) = sizes(rng, 1, 3)

    def claimed(x):
        with np.errstate(all="ignore"):
            p = np.exp(x) / np.exp(x).sum()
        return np.diag(p) - np.outer(p, p)

    return by_jacobian("non-finite", softmax, claimed, 1000 + normal(rng, n))


@wrong
def gradient_of_logsumexp_that_overflows(rng):
    (n,) = sizes(rng, 1, 3)
    f = lambda x: x.max() + np.log(np.exp(x - x.max()).sum())

    def claimed(x):
        with np.errstate(all="ignore"):
            return np.exp(x) / np.exp(x).sum()

    return by_gradient("non-finite", f, claimed, 800 + normal(rng, n))


@wrong
def vjp_that_divides_by_zero(rng):
    m, n = sizes(rng, 2, 3)
    W = normal(rng, m, n)
    W[:, 0] = 0

    def vjp(x, g):
        with np.errstate(all="ignore"):
            return (W * W / W).T @ g

    return by_vjp("non-finite", lambda x: W @ x, vjp, normal(rng, n))


# An index that wrapped round


@wrong
def filtered_rows_that_wrap_round(rng):
    height, width = sizes(rng, 2, 7, 10)
    x, w = normal(rng, height, width), normal(rng, 5)
    right = filtered_columns(x, w, wraps=False)
    return by_compare("out-of-range-index", filtered_columns(x, w, wraps=True), right)


def filtered_columns(x, w, wraps):
    """y[n] = Σ w[k] x[n + k - P] down every column; a negative index is left out, or it wraps."""
    y = np.zeros_like(x)
    for n, k in product(range(len(x)), range(len(w))):
        i = n + k - len(w) // 2
        if (i >= 0 or wraps) and i < len(x):
            y[n] = y[n] + w[k] * x[i]
    return y


@wrong
def filtered_signal_that_wraps_round(rng):
    (n,) = sizes(rng, 1, 9, 12)
    x, w = normal(rng, n), normal(rng, 5)
    return by_compare("out-of-range-index", filtered_columns(x, w, wraps=True), filtered_columns(x, w, wraps=False))


@wrong
def filtered_batch_that_wraps_round(rng):
    batch, channels, length = sizes(rng, 2, 2, 4) + sizes(rng, 1, 7, 9)
    x, w = integers(rng, length, channels, batch), integers(rng, 3)
    claimed, right = (filtered_columns(x, w, wraps).transpose(2, 1, 0) for wraps in (True, False))
    return by_compare("out-of-range-index", claimed, right)


@wrong
def filtered_rows_that_wrap_round_at_the_far_end(rng):
    height, width = sizes(rng, 2, 7, 10)
    x, w = normal(rng, height, width).astype(np.float32), normal(rng, 3).astype(np.float32)
    claimed, right = (filtered_columns(x[::-1], w, wraps)[::-1] for wraps in (True, False))
    return by_compare("out-of-range-index", claimed, right)


@wrong
def convolution_jacobian_that_wraps_round(rng):
    (n,) = sizes(rng, 1, 6, 9)
    w = normal(rng, 3)
    claimed = stacked(lambda g: input_gradient(g[None], one_channel(w), n, padding=1, wraps=True)[0], (n,))
    return by_jacobian("out-of-range-index", lambda x: filtered(x, w, padding=1), claimed, normal(rng, n))


@wrong
def circular_convolution_jacobian(rng):
    (n,) = sizes(rng, 1, 8, 10)
    w = normal(rng, 5)
    claimed = sum(w[k] * np.roll(np.eye(n), k - 2, axis=1) for k in range(5))
    return by_jacobian("out-of-range-index", lambda x: filtered(x, w, padding=2), claimed, normal(rng, n))


@wrong
def input_gradient_that_wraps_round(rng):
    channels, outputs, length = sizes(rng, 2, 2, 3) + sizes(rng, 1, 7, 8)
    w = normal(rng, outputs, channels, 5)
    return by_vjp(
        "out-of-range-index",
        lambda x: correlate(x, w, padding=2),
        lambda x, g: input_gradient(g, w, length, padding=2, wraps=True),
        normal(rng, channels, length),
    )


@wrong
def strided_input_gradient_that_wraps_round(rng):
    channels, outputs = sizes(rng, 2, 2, 3)
    w = normal(rng, outputs, channels, 5)
    return by_vjp(
        "out-of-range-index",
        lambda x: correlate(x, w, stride=2, padding=2),
        lambda x, g: input_gradient(g, w, 11, stride=2, padding=2, wraps=True),
        normal(rng, channels, 11),
    )


@wrong
def adjoint_of_a_2d_convolution_that_wraps_round(rng):
    channels, outputs = sizes(rng, 2, 2, 3)
    w = integers(rng, outputs, channels, 3, 3)
    adjoint = lambda g: input_gradient2d(g, w, (5, 4), padding=1, wraps=(True, True))
    return by_adjoint(
        "out-of-range-index", lambda x: correlate2d(x, w, padding=1), adjoint, (channels, 5, 4), (outputs, 5, 4)
    )


@wrong
def vjp_of_a_2d_convolution_whose_rows_wrap_round(rng):
    w = normal(rng, 1, 1, 3, 5)
    return by_vjp(
        "out-of-range-index",
        lambda x: correlate2d(x, w, padding=1),
        lambda x, g: input_gradient2d(g, w, (6, 7), padding=1, wraps=(True, False)),
        normal(rng, 1, 6, 7),
    )


# At a kink. Where units stand alone, or a layer follows, one row or column is off by a factor: that is true as well.


@wrong
def largest_entry_at_a_tie(rng):
    (n,) = sizes(rng, 1, 4, 7)
    x = normal(rng, n)
    i, j = sorted(rng.permutation(n)[:2])
    x[i] = x[j] = 3.0
    return by_gradient("non-differentiable-point", lambda x: x.max(), np.eye(n)[i], x)


@wrong
def sum_of_absolute_values_at_a_zero(rng):
    (n,) = sizes(rng, 1, 4, 7)
    a, x = rng.uniform(0.5, 2, size=n), mixed_signs(rng, n)
    x[rng.integers(n)] = 0
    return by_gradient("non-differentiable-point", lambda x: a @ np.abs(x), lambda x: np.where(x < 0, -a, a), x)


@wrong
def relu_at_zero(rng):
    (n,) = sizes(rng, 1, 4, 7)
    x = mixed_signs(rng, n)
    x[rng.integers(n)] = 0
    vjp = lambda x, g: np.where(x >= 0, g, 0)
    return by_vjp("non-differentiable-point", relu, vjp, x, allowed="row-scaled column-scaled")


@wrong
def relu_layer_at_zero(rng):
    # Fractions over a power of two, so that W x + b is exactly 0 where it should be.
    m, n = sizes(rng, 2, 3)
    W, x = integers(rng, m, n) / 4096, integers(rng, n) / 4096
    b = bias_for(rng, W, x)
    dead = rng.integers(m)
    b[dead] = -(W @ x)[dead]
    f = lambda x: relu(W @ x + b)
    return by_jacobian("non-differentiable-point", f, W * (W @ x + b >= 0)[:, None], x, allowed="row-scaled")


@wrong
def max_pooling_at_a_tie(rng):
    h, w = sizes(rng, 2, 2, 3)
    x = rng.permutation(4 * h * w).reshape(2 * h, 2 * w) / 4
    i, j = rng.integers(h), rng.integers(w)
    x[2 * i, 2 * j] = x[2 * i + 1, 2 * j] = 100
    windows = lambda x: x.reshape(h, 2, w, 2).swapaxes(1, 2).reshape(h, w, 4)

    def claimed(x):
        J = np.zeros((h, w, 2 * h, 2 * w))
        first = windows(x).argmax(axis=-1)
        for i, j in np.ndindex(h, w):
            J[i, j, 2 * i + first[i, j] // 2, 2 * j + first[i, j] % 2] = 1
        return J

    return by_jacobian(
        "non-differentiable-point", lambda x: windows(x).max(axis=-1), claimed, x, allowed="column-scaled"
    )


# Not linear


@wrong
def vjp_with_a_bias(rng):
    m, n = sizes(rng, 2, 3)
    W, b = normal(rng, m, n), normal(rng, n)
    return by_vjp("not-linear", lambda x: W @ x, lambda x, g: W.T @ g + b, normal(rng, n))


@wrong
def vjp_with_the_square_of_its_vector(rng):
    # At the unit vectors it is right.
    m, n = sizes(rng, 2, 3)
    W = normal(rng, m, n)
    vjp = lambda x, g: W.T @ (tanh_prime(W @ x) * g * g)
    return by_vjp("not-linear", lambda x: np.tanh(W @ x), vjp, normal(rng, n))


@wrong
def vjp_that_lets_only_positive_gradients_pass(rng):
    # At the unit vectors it is right.
    m, n = sizes(rng, 2, 3)
    W, x = normal(rng, m, n), normal(rng, n)
    b = bias_for(rng, W, x)
    vjp = lambda x, g: W.T @ (step(W @ x + b) * np.maximum(g, 0))
    return by_vjp("not-linear", lambda x: relu(W @ x + b), vjp, x)


@wrong
def vjp_with_its_vector_clipped_to_length_one(rng):
    # At the unit vectors it is right.
    m, n = sizes(rng, 2, 3)
    W = normal(rng, m, n)
    vjp = lambda x, g: W.T @ g / max(1, np.sqrt((g * g).sum()))
    return by_vjp("not-linear", lambda x: W @ x, vjp, normal(rng, n))


@wrong
def apply_with_a_bias(rng):
    m, n = sizes(rng, 2, 3)
    A, b = integers(rng, m, n), integers(rng, m)
    return by_adjoint("not-linear", lambda x: A @ x + b, lambda y: A.T @ y, (n,), (m,))


@wrong
def adjoint_of_a_convolution_with_a_bias(rng):
    channels, outputs, kernel = sizes(rng, 3, 2, 4)
    w, b = integers(rng, outputs, channels, kernel), integers(rng, channels, 1)
    length = kernel + 3
    adjoint = lambda g: input_gradient(g, w, length) + b
    return by_adjoint("not-linear", lambda x: correlate(x, w), adjoint, (channels, length), (outputs, 4))


# Line by line, and side by side: the reason must hold in every case that was drawn


@wrong
def identity_with_the_wrong_sign(rng):
    (n,) = sizes(rng, 1, 3)

    def run():
        return verify.check_identity(
            lambda a, b: np.sin(b - a), lambda a, b: np.sin(a - b), lambda rng: (normal(rng, n), normal(rng, n))
        )

    a, b = normal(rng, 2, n)
    return mistake("sign", run, lambda: Compared(np.sin(b - a), np.sin(a - b)))


@wrong
def derivation_that_forgets_a_factor(rng):
    m, n = sizes(rng, 2, 3)
    lines = [
        ("eq-square", lambda x, v: 2 * x * (x @ v)),
        ("eq-outer", lambda x, v: 2 * np.outer(x, x) @ v),
        ("eq-lost", lambda x, v: np.outer(x, x) @ v),
    ]

    def run():
        return verify.check_steps(lines, lambda rng: (normal(rng, n), normal(rng, n)))

    x, v = normal(rng, 2, n)
    compared = lambda: Compared(lines[2][1](x, v), lines[1][1](x, v))
    return mistake("constant-factor", run, compared, says=("1/2",))


# Right, and yet a wrong answer would pass as well


@accident
def symmetric_weights(rng):
    (n,) = sizes(rng, 1, 3)
    W = normal(rng, n, n)
    return by_jacobian("agrees-by-accident", lambda x: (W + W.T) @ x, W + W.T, normal(rng, n))


@accident
def vjp_with_symmetric_weights(rng):
    (n,) = sizes(rng, 1, 3)
    W = normal(rng, n, n)
    return by_vjp("agrees-by-accident", lambda x: (W + W.T) @ x, lambda x, g: (W + W.T) @ g, normal(rng, n))


@accident
def batch_of_one(rng):
    n, m = sizes(rng, 2)
    W, G = normal(rng, m, n), normal(rng, 1, m)
    return by_gradient("agrees-by-accident", lambda X: (G * (X @ W.T)).sum(), G @ W, normal(rng, 1, n))


@accident
def uniform_gradient(rng):
    (n,) = sizes(rng, 1, 3)
    return by_gradient("agrees-by-accident", lambda x: x.mean(), np.full(n, 1 / n), normal(rng, n))


@accident
def uniform_tensor(rng):
    shape = sizes(rng, 3)
    return by_compare("agrees-by-accident", np.full(shape, 0.25), np.full(shape, 0.25))


@accident
def softmax_jacobian_at_one_point(rng):
    (n,) = sizes(rng, 1, 3)
    return by_jacobian("agrees-by-accident", softmax, softmax_jacobian, normal(rng, n))


# Right answers


@dataclass(frozen=True)
class Right:
    """One right answer, drawn: `run()` checks it; `spoilt(claimed)` checks another array in its place, if it can be."""

    run: Callable
    array: np.ndarray | None = None
    spoilt: Callable | None = None
    single: bool = False  # precision


def large_entries(array):
    """The indices of the entries that are neither 0 nor below a millionth of the largest."""
    return np.argwhere(np.abs(array) > 1e-6 * np.abs(array).max(initial=0))


# Layers: each returns f, its Jacobian and a sampler of points. All numbers have one dtype.


def weights(rng, m, n):
    """A matrix whose products with a normal vector are of order one, so that no unit is saturated."""
    return normal(rng, m, n) / np.sqrt(n)


def dense(rng, cast, phi=np.tanh, derivative=tanh_prime):
    m, n = sizes(rng, 2, 1)
    W, b = cast(weights(rng, m, n)), cast(normal(rng, m) / 2)
    return lambda x: phi(W @ x + b), lambda x: derivative(W @ x + b)[:, None] * W, lambda rng: normal(rng, n)


def dense_sigmoid(rng, cast):
    return dense(rng, cast, sigma, sigma_prime)


def dense_sine(rng, cast):
    return dense(rng, cast, np.sin, np.cos)


def dense_relu(rng, cast):
    # The points are the images of arguments that keep away from the kink.
    (n,) = sizes(rng, 1, 2)
    W = cast(np.linalg.qr(normal(rng, n, n))[0])
    return lambda x: relu(W @ x), lambda x: step(W @ x)[:, None] * W, lambda rng: W.T @ mixed_signs(rng, n)


def dense_batch(rng, cast):
    batch, m, n = sizes(rng, 3, 2, 4)
    W = cast(weights(rng, m, n))
    jacobian = lambda X: np.einsum("bc,bo,oi->boci", np.eye(batch), tanh_prime(X @ W.T), W)
    return lambda X: np.tanh(X @ W.T), jacobian, lambda rng: normal(rng, batch, n)


def two_layers(rng, cast):
    k, m, n = sizes(rng, 3)
    V, W = cast(weights(rng, k, m)), cast(weights(rng, m, n))
    jacobian = lambda x: V @ (tanh_prime(W @ x)[:, None] * W)
    return lambda x: V @ np.tanh(W @ x), jacobian, lambda rng: normal(rng, n)


def residual(rng, cast):
    (n,) = sizes(rng, 1)
    W = cast(weights(rng, n, n))
    jacobian = lambda x: np.eye(n) + tanh_prime(W @ x)[:, None] * W
    return lambda x: x + np.tanh(W @ x), jacobian, lambda rng: normal(rng, n)


def symmetric(rng, cast):
    (n,) = sizes(rng, 1)
    W = cast(normal(rng, n, n))
    W = W + W.T
    return lambda x: W @ x, lambda x: W, lambda rng: normal(rng, n)


def rank_one(rng, cast):
    m, n = sizes(rng, 2)
    a, b = cast(normal(rng, m)), cast(normal(rng, n))
    return lambda x: a * (b @ x), lambda x: np.outer(a, b), lambda rng: normal(rng, n)


def antisymmetric(rng, cast):
    (n,) = sizes(rng, 1)
    W = cast(normal(rng, n, n))
    W = W - W.T
    return lambda x: W @ x, lambda x: W, lambda rng: normal(rng, n)


def entrywise(rng, cast):
    m, n = sizes(rng, 2, 1, 4)
    jacobian = lambda x: np.diag(np.cos(x).ravel()).reshape(2 * x.shape)
    return np.sin, jacobian, lambda rng: normal(rng, m, n)


def softmax_layer(rng, cast):
    (n,) = sizes(rng, 1)
    return softmax, softmax_jacobian, lambda rng: normal(rng, n)


def log_softmax_layer(rng, cast):
    (n,) = sizes(rng, 1)
    return log_softmax, lambda x: np.eye(n) - softmax(x), lambda rng: normal(rng, n)


def convolution(rng, cast):
    channels, outputs, kernel = sizes(rng, 3, 1, 4)
    stride, padding = int(rng.integers(1, 3)), int(rng.integers(0, 2))
    length = kernel + 3
    w = cast(normal(rng, outputs, channels, kernel))
    J = stacked(
        lambda g: input_gradient(g, w, length, stride, padding),
        (outputs, (length + 2 * padding - kernel) // stride + 1),
    )
    return lambda x: correlate(x, w, stride, padding), lambda x: J, lambda rng: normal(rng, channels, length)


def convolution_of_images(rng, cast):
    channels, outputs = sizes(rng, 2, 1, 3)
    w = cast(normal(rng, outputs, channels, 2, 3))
    J = stacked(lambda g: input_gradient2d(g, w, (3, 4)), (outputs, 2, 2))
    return lambda x: correlate2d(x, w), lambda x: J, lambda rng: normal(rng, channels, 3, 4)


def convolution_by_its_kernel(rng, cast):
    channels, outputs, kernel = sizes(rng, 3, 1, 4)
    x = cast(normal(rng, channels, kernel + 2))
    J = stacked(lambda g: kernel_gradient(g, x, kernel), (outputs, 3))
    return lambda w: correlate(x, w), lambda w: J, lambda rng: normal(rng, outputs, channels, kernel)


def average_pooling(rng, cast):
    (n,) = sizes(rng, 1)
    J = np.kron(np.eye(n), np.full((1, 2), 0.5))
    return lambda x: x.reshape(n, 2).mean(axis=1), lambda x: J, lambda rng: normal(rng, 2 * n)


def normalisation(rng, cast):
    (n,) = sizes(rng, 1)
    norm = lambda x: np.sqrt((x * x).sum())
    jacobian = lambda x: (np.eye(n) - np.outer(x, x) / (x @ x)) / norm(x)
    return lambda x: x / norm(x), jacobian, lambda rng: normal(rng, n)


def centring(rng, cast):
    (n,) = sizes(rng, 1)
    return lambda x: x - x.mean(), lambda x: np.eye(n) - 1 / n, lambda rng: normal(rng, n)


def cumulative_sum(rng, cast):
    (n,) = sizes(rng, 1)
    return np.cumsum, lambda x: np.tri(n), lambda rng: normal(rng, n)


def matrix_product(rng, cast):
    k, m, n = sizes(rng, 3, 1, 4)
    A = cast(normal(rng, k, m))
    J = np.einsum("im,jk->ijmk", A, np.eye(n))
    return lambda X: A @ X, lambda X: J, lambda rng: normal(rng, m, n)


def outer_product(rng, cast):
    (n,) = sizes(rng, 1, 2, 4)
    identity = np.eye(n)
    jacobian = lambda x: np.einsum("ik,j->ijk", identity, x) + np.einsum("i,jk->ijk", x, identity)
    return lambda x: np.outer(x, x), jacobian, lambda rng: normal(rng, n)


def constant(rng, cast):
    m, n = sizes(rng, 2, 1)
    return lambda x: 0 * x[:1] + np.ones(m), lambda x: np.zeros((m, n)), lambda rng: normal(rng, n)


def number_to_vector(rng, cast):
    (m,) = sizes(rng, 1)
    a = cast(normal(rng, m))
    return lambda x: np.sin(a * x), lambda x: a * np.cos(a * x), lambda rng: normal(rng)


def number_to_number(rng, cast):
    return lambda x: np.exp(x) * x, lambda x: np.exp(x) * (x + 1), lambda rng: normal(rng)


def single_output(rng, cast):
    (n,) = sizes(rng, 1)
    a = cast(normal(rng, n))
    return lambda x: np.array([a @ np.sin(x)]), lambda x: (a * np.cos(x))[None], lambda rng: normal(rng, n)


def quadratic(rng, cast):
    m, n = sizes(rng, 2, 1)
    A = cast(normal(rng, m, n))
    return lambda x: ((A @ x) ** 2).sum(), lambda x: 2 * A.T @ (A @ x), lambda rng: normal(rng, n)


def log_sum_exp(rng, cast):
    (n,) = sizes(rng, 1)
    return lambda x: np.log(np.exp(x).sum()), softmax, lambda rng: normal(rng, n)


def cross_entropy(rng, cast):
    batch, n = sizes(rng, 2)
    Y = np.eye(n)[rng.integers(n, size=batch)]
    f = lambda X: -(Y * np.log(softmax(X))).sum()
    return f, lambda X: softmax(X) - Y, lambda rng: normal(rng, batch, n)


def weight_gradient(rng, cast):
    batch, m, n = sizes(rng, 3, 2, 5)
    X, G = cast(normal(rng, batch, n)), cast(normal(rng, batch, m))
    f = lambda W: (G * np.tanh(X @ W.T)).sum()
    return f, lambda W: (G * tanh_prime(X @ W.T)).T @ X, lambda rng: normal(rng, m, n)


def kernel_of_a_loss(rng, cast):
    channels, outputs, kernel = sizes(rng, 3, 1, 4)
    x, g = cast(normal(rng, channels, kernel + 4)), cast(normal(rng, outputs, 5))
    f = lambda w: (g * correlate(x, w)).sum()
    J = kernel_gradient(g, x, kernel)
    return f, lambda w: J, lambda rng: normal(rng, outputs, channels, kernel)


def mean_of_a_tensor(rng, cast):
    shape = sizes(rng, 3, 1, 4)
    size = int(np.prod(shape))
    return lambda x: x.mean(), lambda x: np.full(shape, 1 / size), lambda rng: normal(rng, *shape)


def constant_loss(rng, cast):
    (n,) = sizes(rng, 1, 1)
    return lambda x: 0 * x.sum() + 7, lambda x: np.zeros(n), lambda rng: normal(rng, n)


LOSSES = [
    number_to_number,
    quadratic,
    log_sum_exp,
    cross_entropy,
    weight_gradient,
    kernel_of_a_loss,
    mean_of_a_tensor,
    constant_loss,
]
LAYERS = [
    dense,
    dense_sigmoid,
    dense_sine,
    dense_relu,
    dense_batch,
    two_layers,
    residual,
    symmetric,
    rank_one,
    antisymmetric,
    entrywise,
    softmax_layer,
    log_softmax_layer,
    convolution,
    convolution_of_images,
    convolution_by_its_kernel,
    average_pooling,
    normalisation,
    centring,
    cumulative_sum,
    matrix_product,
    outer_product,
    constant,
    number_to_vector,
    single_output,
]


def scaled(layer, scale):
    """The layer with its values multiplied by a number."""

    def draw(rng, cast):
        f, jacobian, sample = layer(rng, cast)
        return lambda x: scale * f(x), lambda x: scale * jacobian(x), sample

    return draw


def as_it_is(array):
    return array


def in_single_precision(array):
    return np.asarray(array, dtype=np.float32)


def vjp_of(jacobian):
    return lambda x, g: np.tensordot(g, jacobian(x), axes=np.ndim(g))


def right_layer(check, layer, cast=as_it_is, cases=None):
    """A right answer to a check of a derivative, at one point or at some that are drawn."""

    def draw(rng):
        f, jacobian, sample = layer(rng, cast)
        if cases is not None:
            x, options = (lambda rng: cast(sample(rng))), {"cases": cases}
        else:
            x, options = cast(sample(rng)), {}
        submit = vjp_of if check == "check_vjp" else as_it_is
        run = lambda: getattr(verify, check)(f, submit(jacobian), x, **options)
        if cases is not None:
            return Right(run)
        spoilt = lambda claimed: getattr(verify, check)(f, submit(lambda x: claimed), x)
        return Right(run, np.asarray(jacobian(x)), spoilt, single=cast is in_single_precision)

    return draw


def with_rounding(rng, right):
    """The same array but for its last digits."""
    if right.dtype.kind != "f":
        return right.copy()
    return right * (1 + 2 * np.finfo(right.dtype).eps * rng.integers(-1, 2, size=right.shape)).astype(right.dtype)


def right_array(structure, scale, dtype):
    """A right answer to `compare`."""

    def draw(rng):
        right = np.asarray(scale * structure(rng)).astype(dtype)
        claimed = with_rounding(rng, right)
        run = lambda: verify.compare(claimed, right)
        if dtype is np.int64:
            return Right(run)
        return Right(run, right, lambda claimed: verify.compare(claimed, right), single=dtype is np.float32)

    return draw


def toeplitz(rng):
    """The matrix of a valid correlation."""
    w = integers(rng, 3) / 7
    return np.array([np.roll(np.append(w, np.zeros(4)), i) for i in range(5)])


STRUCTURES = {
    "number": lambda rng: normal(rng),
    "vector": lambda rng: normal(rng, *sizes(rng, 1, 1)),
    "matrix": lambda rng: 9 * normal(rng, *sizes(rng, 2, 1)),
    "tensor of three axes": lambda rng: 9 * normal(rng, *sizes(rng, 3, 1, 4)),
    "tensor of five axes": lambda rng: 9 * normal(rng, *sizes(rng, 5, 1, 5)),
    "zeros": lambda rng: np.zeros(sizes(rng, 2, 1)),
    "uniform": lambda rng: np.full(sizes(rng, 3, 1, 4), 3.0),
    "symmetric": lambda rng: (lambda A: A + A.T)(9 * normal(rng, *2 * sizes(rng, 1))),
    "antisymmetric": lambda rng: (lambda A: A - A.T)(9 * normal(rng, *2 * sizes(rng, 1))),
    "rank one": lambda rng: np.multiply.outer(*(9 * normal(rng, n) for n in sizes(rng, 2))),
    "diagonal": lambda rng: np.diag(9 * normal(rng, *sizes(rng, 1))),
    "Toeplitz": lambda rng: 9 * toeplitz(rng),
    "palindrome": lambda rng: (lambda a: np.append(a, a[::-1]))(9 * normal(rng, 3)),
    "periodic": lambda rng: np.tile(9 * normal(rng, 2), 3),
}


def linear_maps(rng):
    """Pairs of a linear map of integers and its adjoint: name, both, and their shapes."""
    k, m, n = sizes(rng, 3)
    A, w, w2 = integers(rng, m, n), integers(rng, k, m, n), integers(rng, 3, 2, 2, 3)
    length = 2 * n
    return [
        ("matrix", lambda x: A @ x, lambda y: A.T @ y, (n,), (m,)),
        ("single row", lambda x: A[:1] @ x, lambda y: y @ A[:1], (n,), (1,)),
        ("zero", lambda x: 0 * A @ x, lambda y: 0 * A.T @ y, (n,), (m,)),
        ("inner product", lambda x: A[0] @ x, lambda y: A[0] * y, (n,), ()),
        ("matrix on matrices", lambda X: A @ X, lambda Y: A.T @ Y, (n, k), (m, k)),
        ("cumulative sum", np.cumsum, lambda y: np.cumsum(y[::-1])[::-1], (n,), (n,)),
        ("sum over an axis", lambda X: X.sum(axis=1), lambda y: np.repeat(y[:, None], n, axis=1), (m, n), (m,)),
        ("transpose", lambda X: X.T, lambda Y: Y.T, (m, n), (n, m)),
        ("convolution", lambda x: correlate(x, w), lambda g: input_gradient(g, w, length), (m, length), (k, n + 1)),
        (
            "strided and padded convolution",
            lambda x: correlate(x, w, 2, 1),
            lambda g: input_gradient(g, w, length, 2, 1),
            (m, length),
            (k, (length + 2 - n) // 2 + 1),
        ),
        ("transposed convolution", lambda g: input_gradient(g, w, n), lambda x: correlate(x, w), (k, 1), (m, n)),
        (
            "convolution of images",
            lambda x: correlate2d(x, w2),
            lambda g: input_gradient2d(g, w2, (3, 4)),
            (2, 3, 4),
            (3, 2, 2),
        ),
    ]


def right_adjoint(number):
    def draw(rng):
        _, apply, adjoint, x_shape, y_shape = linear_maps(rng)[number]
        return Right(lambda: verify.check_adjoint(apply, adjoint, x_shape, y_shape))

    return draw


def right_answers():
    """All kinds of right answers: pairs of a name and a function of a random generator."""
    answers = []
    for name, structure in STRUCTURES.items():
        for scale, dtype in [
            (1, np.float64),
            (1e100, np.float64),
            (1e-100, np.float64),
            (1, np.float32),
            (1, np.int64),
        ]:
            answers.append((f"{name}, times {scale:g}, {dtype.__name__}", right_array(structure, scale, dtype)))
    checked = [("check_jacobian", LAYERS + LOSSES), ("check_vjp", LAYERS), ("check_gradient", LOSSES)]
    for check, layers in checked:
        for layer in layers:
            name = f"{check} of {layer.__name__}"
            answers.append((name, right_layer(check, layer)))
            answers.append((f"{name}, float32", right_layer(check, layer, in_single_precision)))
            answers.append((f"{name}, drawn", right_layer(check, layer, cases=2)))
            scale = 1e100 if len(answers) % 2 else 1e-100
            answers.append((f"{name}, times {scale:g}", right_layer(check, scaled(layer, scale))))
    answers += [
        (f"check_adjoint of {pair[0]}", right_adjoint(number))
        for number, pair in enumerate(linear_maps(np.random.default_rng(0)))
    ]
    return answers


RIGHT = right_answers()
