"""Activation functions, softmax and cross-entropy, with their derivatives.

The formulas of the chapters units/relu and units/softmax in their final form, arranged so that nothing overflows and
nothing cancels where it can be helped.

Every function takes an array or anything that NumPy makes an array of numbers from, and returns a new array, or a
NumPy scalar where the result has no axes. float16, float32, float64, complex64 and complex128 are kept; integers give
float64, except that the ReLU of integers stays an array of integers. NaN and infinities go through silently.

Complex input is there for complex-step differentiation, f(x + ih).imag / h: each function is continued from the real
line analytically, and where it has pieces, the real part chooses the piece.
"""

import numpy as np

from mathdnn_utils._validation import (
    axis_of_entries,
    class_indices,
    finite_real,
    floating_array,
    numeric_array,
    positive_real,
    same_shape,
)

__all__ = [
    "relu",
    "relu_derivative",
    "heaviside",
    "sigmoid",
    "sigmoid_derivative",
    "softplus",
    "logsumexp",
    "softmax",
    "log_softmax",
    "softmax_jacobian",
    "softmax_jvp",
    "softmax_vjp",
    "cross_entropy",
    "cross_entropy_grad",
]


def relu(x):
    """Rectified linear unit, max(0, x), entry by entry.

    Equation eq-relu-definition of units/relu.

    Parameters
    ----------
    x : array of any shape, ``(...)``
        Integers stay integers.

    Returns
    -------
    array of the shape of x, ``(...)``
        Entries in [0, ∞). relu(−0.0) is 0.0 and relu(NaN) is NaN.

    Raises
    ------
    TypeError
        If x does not hold numbers.

    Notes
    -----
    A complex x + iy gives x + iy for x > 0, and 0 for x ≤ 0.

    Examples
    --------
    >>> from mathdnn_utils.activations import relu
    >>> print(relu([-2, 0, 3]))
    [0 0 3]

    References
    ----------
    Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, ICML 2010.
    """
    x = numeric_array("relu", "x", x)
    return np.where(x.real <= 0, 0, x)[()]


def relu_derivative(x, at_zero=0.0):
    """Derivative of the ReLU: 1 for x > 0, 0 for x < 0, and a choice at 0.

    Equation eq-relu-derivative of units/relu.

    Parameters
    ----------
    x : array of any shape, ``(...)``
        The points.
    at_zero : float
        The value at 0 and at −0.0, any finite real number.

    Returns
    -------
    array of the shape of x, ``(...)``
        Of 0, 1 and at_zero; NaN where x is NaN.

    Raises
    ------
    TypeError
        If x does not hold numbers, or at_zero is not a real number.
    ValueError
        If at_zero is not finite in the dtype of the result.

    Notes
    -----
    The ReLU has no derivative at 0; every number in [0, 1] is a subgradient there. The default, 0, is the choice of
    torch.relu.

    Examples
    --------
    >>> from mathdnn_utils.activations import relu_derivative
    >>> print(relu_derivative([-2, 0, 3]))
    [0. 0. 1.]
    >>> print(relu_derivative([-2, 0, 3], at_zero=1))
    [0. 1. 1.]
    """
    x = floating_array("relu_derivative", "x", x)
    at_zero = finite_real("relu_derivative", "at_zero", at_zero, x.dtype)
    return heaviside(x, at_zero)


def heaviside(x, at_zero=0.5):
    """Heaviside step Θ(x): 1 for x > 0, at_zero for x = 0, 0 for x < 0.

    Equation eq-relu-heaviside of units/relu.

    Parameters
    ----------
    x : array of any shape, ``(...)``
        The points.
    at_zero : float
        The value at 0 and at −0.0, any finite real number. The book takes 1/2.

    Returns
    -------
    array of the shape of x, ``(...)``
        Of 0, 1 and at_zero; NaN where x is NaN.

    Raises
    ------
    TypeError
        If x does not hold numbers, or at_zero is not a real number.
    ValueError
        If at_zero is not finite in the dtype of the result.

    Examples
    --------
    >>> from mathdnn_utils.activations import heaviside
    >>> print(heaviside([-2, 0, 3]))
    [0.  0.5 1. ]
    """
    x = floating_array("heaviside", "x", x)
    at_zero = finite_real("heaviside", "at_zero", at_zero, x.dtype)
    t = x.real
    step = np.array(t > 0, dtype=x.dtype)
    step[t == 0] = at_zero
    step[np.isnan(t)] = np.nan
    return step[()]


def sigmoid(x, slope=1.0):
    """Logistic function 1 / (1 + e^(−slope·x)), entry by entry.

    Equation eq-relu-sigmoid of units/relu.

    Parameters
    ----------
    x : array of any shape, ``(...)``
        The points.
    slope : float
        The factor β in σ(βx), any finite real number. As β → +∞ the sigmoid tends to the Heaviside step, as β → −∞
        to its mirror image.

    Returns
    -------
    array of the shape of x, ``(...)``
        Entries in [0, 1].

    Raises
    ------
    TypeError
        If x does not hold numbers, or slope is not a real number.
    ValueError
        If slope is not finite in the dtype of the result.

    Notes
    -----
    With t = slope·x and e = e^(−abs(t)) the value is 1/(1 + e) for t > 0 and e/(1 + e) for t ≤ 0. As e ≤ 1 nothing
    overflows, and as nothing is subtracted, the small values on the far left are as accurate as the large ones.

    Examples
    --------
    >>> from mathdnn_utils.activations import sigmoid
    >>> print(sigmoid([-1000, 0, 1000]))
    [0.  0.5 1. ]
    >>> print(round(float(sigmoid(1, slope=4)), 4))
    0.982
    """
    x = floating_array("sigmoid", "x", x)
    slope = finite_real("sigmoid", "slope", slope, x.dtype)
    with np.errstate(all="ignore"):
        t = slope * x
        e = np.exp(-_magnitude(t))
        return np.where(t.real > 0, 1, e) / (1 + e)


def sigmoid_derivative(x, slope=1.0):
    """Derivative of sigmoid(x, slope) with respect to x: slope · s(x) · s(−x), s being that sigmoid.

    Equation eq-relu-sigmoid-derivative of units/relu.

    Parameters
    ----------
    x : array of any shape, ``(...)``
        The points.
    slope : float
        The factor β in σ(βx), any finite real number.

    Returns
    -------
    array of the shape of x, ``(...)``
        Entries between 0 and slope/4, the value at 0.

    Raises
    ------
    TypeError
        If x does not hold numbers, or slope is not a real number.
    ValueError
        If slope is not finite in the dtype of the result.

    Notes
    -----
    s(−x) and 1 − s(x) are the same number, but the subtraction loses it: at x = 40 the difference is 0 in float64,
    the derivative is not. One of s(x) and s(−x) is 1/(1 + e) and the other e/(1 + e), with e = e^(−abs(slope·x)).

    Examples
    --------
    >>> from mathdnn_utils.activations import sigmoid_derivative
    >>> print(sigmoid_derivative([-1000, 0, 1000], slope=4))
    [0. 1. 0.]
    >>> print(f"{sigmoid_derivative(40):.3e}")
    4.248e-18
    """
    x = floating_array("sigmoid_derivative", "x", x)
    slope = finite_real("sigmoid_derivative", "slope", slope, x.dtype)
    with np.errstate(all="ignore"):
        e = np.exp(-_magnitude(slope * x))
        return slope * (1 / (1 + e)) * (e / (1 + e))


def softplus(x, slope=1.0):
    """Smooth ReLU, ln(1 + e^(slope·x)) / slope, entry by entry.

    Equation eq-relu-softplus of units/relu.

    Parameters
    ----------
    x : array of any shape, ``(...)``
        The points.
    slope : float
        The factor β, a positive real number. As it grows, softplus tends to the ReLU; the two differ by at most
        ln(2)/β, at 0.

    Returns
    -------
    array of the shape of x, ``(...)``
        Entries in [0, ∞).

    Raises
    ------
    TypeError
        If x does not hold numbers, or slope is not a real number.
    ValueError
        If slope is not positive and finite in the dtype of the result.

    Notes
    -----
    Computed as max(x, 0) + ln(1 + e^(−abs(slope·x))) / slope, where the exponential is at most 1. The derivative is
    sigmoid(x, slope).

    Examples
    --------
    >>> from mathdnn_utils.activations import softplus
    >>> print(softplus([-1000, 1000]))
    [   0. 1000.]
    >>> print(round(float(softplus(0, slope=10)), 6))
    0.069315

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau and Garcia, Incorporating second-order functional knowledge for better option
    pricing, NeurIPS 2000.
    """
    x = floating_array("softplus", "x", x)
    slope = positive_real("softplus", "slope", slope, x.dtype)
    with np.errstate(all="ignore"):
        e = np.exp(-slope * _magnitude(x))
        return relu(x) + _log1p(e) / slope


def _magnitude(t):
    # abs(t) on the real line, as a function that stays analytic on either side of 0. The line through 0 belongs to the
    # left side, as it does in relu and sigmoid: at 0, too, their pieces must be pieces of the same function.
    return np.where(t.real > 0, t, -t) if t.dtype.kind == "c" else np.abs(t)


def _log1p(z):
    # np.log1p of a complex number rounds 1 + z first; |1 + z|² = 1 + (a(2 + a) + b²) does not
    if z.dtype.kind != "c":
        return np.log1p(z)
    a, b = z.real, z.imag
    return np.log1p(a * (2 + a) + b * b) / 2 + 1j * np.arctan2(b, 1 + a)


def logsumexp(x, axis=-1):
    """Logarithm of a sum of exponentials, ln Σ_j e^(x_j), along one axis.

    Equation eq-softmax-logsumexp of units/softmax.

    Parameters
    ----------
    x : array with at least one axis, ``(..., C)``
        The exponents.
    axis : int
        The axis to sum along; it has at least one entry.

    Returns
    -------
    array of the shape of x without that axis, ``(...)``
        At least the largest of the C entries, at most ln C more.

    Raises
    ------
    TypeError
        If x does not hold numbers, or axis is not an int.
    ValueError
        If x has no such axis, or no entry along it.

    Notes
    -----
    With the largest entry x_k taken out of the sum it is x_k + ln(1 + Σ_(j≠k) e^(x_j − x_k)): no exponential is
    larger than 1. An entry −∞ adds nothing; all entries −∞ give −∞, and an entry +∞ gives +∞. The gradient is
    softmax(x).

    Examples
    --------
    >>> from mathdnn_utils.activations import logsumexp
    >>> print(round(float(logsumexp([1000, 1000])), 4))
    1000.6931

    References
    ----------
    Blanchard, Higham and Higham, Accurately computing the log-sum-exp and softmax functions, IMA Journal of
    Numerical Analysis 41, 2021.
    """
    x = floating_array("logsumexp", "x", x)
    axis = axis_of_entries("logsumexp", "x", x, axis)
    with np.errstate(all="ignore"):
        m, k = _largest(x, axis)
        total = np.where(np.isinf(m.real), m, m + _log_sum(x - m, k, axis))
    return np.squeeze(total, axis)[()]


def softmax(x, axis=-1):
    """Softmax p_i = e^(x_i) / Σ_j e^(x_j) along one axis.

    Equation eq-softmax-definition of units/softmax.

    Parameters
    ----------
    x : array with at least one axis, ``(..., C)``
        The logits.
    axis : int
        The axis of the C classes; it has at least one entry.

    Returns
    -------
    array of the shape of x, ``(..., C)``
        Entries in [0, 1] with the sum 1 along the axis.

    Raises
    ------
    TypeError
        If x does not hold numbers, or axis is not an int.
    ValueError
        If x has no such axis, or no entry along it.

    Notes
    -----
    Adding a constant to every x_i changes nothing, so the largest entry is subtracted first and no exponential
    exceeds 1. An entry −∞ has probability 0. Where the largest entry is +∞, −∞ or NaN there is no limit to return:
    all C entries are NaN.

    Examples
    --------
    >>> from mathdnn_utils.activations import softmax
    >>> print(softmax([7, 7]))
    [0.5 0.5]
    >>> print(softmax([1, 2, 3]).round(4))
    [0.09   0.2447 0.6652]

    References
    ----------
    Bridle, Probabilistic interpretation of feedforward classification network outputs, Neurocomputing, NATO ASI
    Series F68, 1990.
    """
    x = floating_array("softmax", "x", x)
    axis = axis_of_entries("softmax", "x", x, axis)
    with np.errstate(all="ignore"):
        m, _ = _largest(x, axis)
        e = np.exp(x - m)
        return e / e.sum(axis, keepdims=True)


def log_softmax(x, axis=-1):
    """Logarithm of the softmax, x_i − logsumexp(x), along one axis.

    Equation eq-softmax-log of units/softmax.

    Parameters
    ----------
    x : array with at least one axis, ``(..., C)``
        The logits.
    axis : int
        The axis of the C classes; it has at least one entry.

    Returns
    -------
    array of the shape of x, ``(..., C)``
        Entries in (−∞, 0].

    Raises
    ------
    TypeError
        If x does not hold numbers, or axis is not an int.
    ValueError
        If x has no such axis, or no entry along it.

    Notes
    -----
    The largest entry m is subtracted first, (x_i − m) − logsumexp(x − m): a probability that is 0 in floating point
    still has its logarithm, and so does one that is 1. Where the largest entry is +∞, −∞ or NaN, all C entries are
    NaN.

    Examples
    --------
    >>> from mathdnn_utils.activations import log_softmax
    >>> print(log_softmax([1000, 0]))
    [    0. -1000.]
    >>> print(log_softmax([1, 2, 3]).round(4))
    [-2.4076 -1.4076 -0.4076]
    """
    x = floating_array("log_softmax", "x", x)
    axis = axis_of_entries("log_softmax", "x", x, axis)
    with np.errstate(all="ignore"):
        m, k = _largest(x, axis)
        d = x - m
        return d - _log_sum(d, k, axis)


def _largest(x, axis):
    # the entry with the largest real part along the axis, and its place; both keep the axis, with length 1
    k = np.expand_dims(np.argmax(x.real, axis), axis)
    return np.take_along_axis(x, k, axis), k


def _log_sum(d, k, axis):
    # ln Σ e^d along the axis, where d_k = 0 is the largest entry. Its term, e^0 = 1, is the 1 of log1p; in the sum
    # d_k itself stands in its place: 0, or NaN if the entry that was taken out is not finite.
    e = np.exp(d)
    np.put_along_axis(e, k, np.take_along_axis(d, k, axis), axis)
    return _log1p(e.sum(axis, keepdims=True))


def softmax_jacobian(x):
    """Jacobian of the softmax, diag(p) − p pᵀ with p = softmax(x).

    The entry in row i and column j is ∂p_i/∂x_j = p_i (δ_ij − p_j). Equation eq-softmax-jacobian of units/softmax.

    Parameters
    ----------
    x : array with at least one axis, ``(..., C)``
        One vector of logits, or a batch of them.

    Returns
    -------
    array with the last axis doubled, ``(..., C, C)``
        One symmetric, positive semidefinite matrix for each vector; its rows sum to 0.

    Raises
    ------
    TypeError
        If x does not hold numbers.
    ValueError
        If x has no axis, or no entry along the last one.

    Notes
    -----
    Where p_i is close to 1, the subtraction 1 − p_i cancels: entries are right to about one unit in the last place of
    1, not of themselves. softmax_jvp multiplies by this matrix without forming it.

    Examples
    --------
    >>> from mathdnn_utils.activations import softmax_jacobian
    >>> print(softmax_jacobian([0, 0]))
    [[ 0.25 -0.25]
     [-0.25  0.25]]
    """
    x = floating_array("softmax_jacobian", "x", x)
    axis_of_entries("softmax_jacobian", "x", x, -1)
    p = softmax(x)
    identity = np.eye(p.shape[-1], dtype=p.dtype)
    with np.errstate(all="ignore"):
        return p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])


def softmax_jvp(x, v):
    """Jacobian of the softmax at x times a vector: J v = p ⊙ (v − p·v) with p = softmax(x).

    Equation eq-softmax-product of units/softmax.

    Parameters
    ----------
    x : array with at least one axis, ``(..., C)``
        One vector of logits, or a batch of them.
    v : array of the shape of x, ``(..., C)``
        The direction, one for each vector of logits.

    Returns
    -------
    array of the shape of x, ``(..., C)``
        The derivative of softmax(x) in the direction v; its entries sum to 0.

    Raises
    ------
    TypeError
        If x or v does not hold numbers.
    ValueError
        If x has no axis, or no entry along the last one, or if v has another shape.

    Notes
    -----
    C multiplications for p·v and C more for the result; the C × C matrix is never formed.

    Examples
    --------
    >>> from mathdnn_utils.activations import softmax_jvp
    >>> print(softmax_jvp([0, 0], [4, 0]))
    [ 1. -1.]
    """
    x, v = _logits_and_vector("softmax_jvp", x, "v", v)
    p = softmax(x)
    with np.errstate(all="ignore"):
        return p * (v - (p * v).sum(-1, keepdims=True))


def softmax_vjp(x, g):
    """Transposed Jacobian of the softmax at x times a vector: Jᵀ g = p ⊙ (g − p·g) with p = softmax(x).

    The same map as softmax_jvp, because J = diag(p) − p pᵀ is symmetric. Equation eq-softmax-product of units/softmax.

    Parameters
    ----------
    x : array with at least one axis, ``(..., C)``
        One vector of logits, or a batch of them.
    g : array of the shape of x, ``(..., C)``
        The gradient of a scalar with respect to p, one for each vector of logits.

    Returns
    -------
    array of the shape of x, ``(..., C)``
        The gradient of that scalar with respect to x; its entries sum to 0.

    Raises
    ------
    TypeError
        If x or g does not hold numbers.
    ValueError
        If x has no axis, or no entry along the last one, or if g has another shape.

    Examples
    --------
    >>> from mathdnn_utils.activations import softmax_vjp
    >>> print(softmax_vjp([0, 0], [0, 8]))
    [-2.  2.]
    """
    x, g = _logits_and_vector("softmax_vjp", x, "g", g)
    return softmax_jvp(x, g)


def _logits_and_vector(function, x, name, v):
    x = floating_array(function, "x", x)
    v = floating_array(function, name, v)
    axis_of_entries(function, "x", x, -1)
    same_shape(function, name, v, "x", x)
    return x, v


def cross_entropy(logits, target):
    """Cross-entropy −ln p_t of the class t under p = softmax(logits), that is logsumexp(x) − x_t.

    Equation eq-softmax-cross-entropy of units/softmax.

    Parameters
    ----------
    logits : array of shape ``(C,)`` or ``(N, C)``
        One vector of logits, or a batch of N.
    target : int, or integer array of shape ``(N,)``
        The class t of each example, 0 to C − 1.

    Returns
    -------
    scalar, or array of shape ``(N,)``
        The loss of each example, in nats, at least 0. No mean is taken.

    Raises
    ------
    TypeError
        If logits does not hold numbers, or target does not hold integers.
    ValueError
        If the shapes do not fit, there is no class, or a target is not one of 0 to C − 1.

    Examples
    --------
    >>> from mathdnn_utils.activations import cross_entropy
    >>> print(round(float(cross_entropy([0, 0], 1)), 4))
    0.6931
    >>> print(cross_entropy([[1, 2, 3], [1, 2, 3]], [0, 2]).round(4))
    [2.4076 0.4076]
    """
    x, t = _logits_and_target("cross_entropy", logits, target)
    with np.errstate(all="ignore"):
        m, k = _largest(x, -1)
        d = x - m
        loss = _log_sum(d, k, -1) - np.take_along_axis(d, t[..., np.newaxis], -1)
    return loss[..., 0][()]


def cross_entropy_grad(logits, target):
    """Gradient of the cross-entropy with respect to the logits: p − e_t with p = softmax(logits).

    Here e_t is the unit vector of the class t. Equation eq-softmax-cross-entropy-gradient of units/softmax.

    Parameters
    ----------
    logits : array of shape ``(C,)`` or ``(N, C)``
        One vector of logits, or a batch of N.
    target : int, or integer array of shape ``(N,)``
        The class t of each example, 0 to C − 1.

    Returns
    -------
    array of the shape of logits, ``(C,)`` or ``(N, C)``
        Row n is the gradient of the loss of example n; no mean is taken, so nothing is divided by N.

    Raises
    ------
    TypeError
        If logits does not hold numbers, or target does not hold integers.
    ValueError
        If the shapes do not fit, there is no class, or a target is not one of 0 to C − 1.

    Examples
    --------
    >>> from mathdnn_utils.activations import cross_entropy_grad
    >>> print(cross_entropy_grad([0, 0], 1))
    [ 0.5 -0.5]
    """
    x, t = _logits_and_target("cross_entropy_grad", logits, target)
    return softmax(x) - (np.arange(x.shape[-1]) == t[..., np.newaxis])


def _logits_and_target(function, logits, target):
    x = floating_array(function, "logits", logits)
    if x.ndim not in (1, 2):
        raise ValueError(
            f"{function}: logits has shape {x.shape}, expected (C,) or (N, C) "
            f"because there is one class index for each vector of logits"
        )
    axis_of_entries(function, "logits", x, -1)
    return x, class_indices(function, "target", target, x)
