"""Dense layers and multilayer perceptrons, with all their derivatives.

The formulas of the chapters composition/sigmoid-layer and composition/backpropagation in their final form. A layer
maps x to φ(Wx + b). A batch has one sample a row, so that the same layer is written φ(xWᵀ + b) there.

Weights have the shape (outputs, inputs), as in PyTorch. Every function returns new arrays; float32, float64 and complex
numbers are kept, and integers stay integers as far as the activation allows it (identity and relu do).

An activation is "sigmoid", "tanh", "relu" or "identity", or a pair of functions (φ, φ′) that act entry by entry.
"""

from dataclasses import dataclass

import numpy as np

from mathdnn_utils._validation import floating_array, numeric_array, same_shape
from mathdnn_utils.activations import relu, relu_derivative, sigmoid, sigmoid_derivative

__all__ = [
    "dense",
    "dense_jacobians",
    "dense_vjp",
    "mlp_forward",
    "mlp_backward",
    "LayerDerivatives",
    "MLPForward",
    "MLPGradients",
]


@dataclass(frozen=True)
class LayerDerivatives:
    """Jacobians or gradients of a layer with respect to its three arguments.

    Attributes
    ----------
    input, weight, bias : ndarray
        With respect to x, to W and to b.
    """

    input: np.ndarray
    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class MLPForward:
    """What a forward pass computes, and the backward pass needs.

    Attributes
    ----------
    output : ndarray, ``(n_L,)`` or ``(batch, n_L)``
        y = z_L.
    preactivations : tuple of ndarray
        z_1, …, z_L; z_ℓ has the shape ``(n_ℓ,)`` or ``(batch, n_ℓ)``.
    activations : tuple of ndarray
        h_0 = x, …, h_{L−1}; h_ℓ has the shape of z_ℓ.
    """

    output: np.ndarray
    preactivations: tuple
    activations: tuple


@dataclass(frozen=True)
class MLPGradients:
    """Gradients of a scalar with respect to the parameters and the input of a multilayer perceptron.

    Attributes
    ----------
    weights : tuple of ndarray
        Ā_1, …, Ā_L, of the shapes of the weights.
    biases : tuple of ndarray
        b̄_1, …, b̄_L, of the shapes of the biases.
    input : ndarray
        x̄, of the shape of x.
    """

    weights: tuple
    biases: tuple
    input: np.ndarray


def _identity(z):
    return np.array(z)


def _relu_derivative(z):
    # In the dtype of z, so that a network of integers has integer gradients.
    return np.asarray(relu_derivative(z)).astype(z.dtype, copy=False)


def _tanh(z):
    # NumPy would take small integers for small floats.
    return np.tanh(floating_array("tanh", "z", z))


def _tanh_derivative(z):
    # tanh z = 2σ(2z) − 1, and the derivative of the sigmoid is safe where 1 − tanh² cancels.
    return 2 * sigmoid_derivative(z, slope=2.0)


# Functions of z alone: the slope of the sigmoid is 1 in a layer.
ACTIVATIONS = {
    "sigmoid": (lambda z: sigmoid(z), lambda z: sigmoid_derivative(z)),
    "tanh": (_tanh, _tanh_derivative),
    "relu": (lambda z: relu(z), _relu_derivative),
    "identity": (_identity, np.ones_like),
}


def dense(x, W, b, activation):
    """Dense layer, φ(Wx + b).

    Equation eq-sigmoid-layer-definition of composition/sigmoid-layer.

    Parameters
    ----------
    x : array, ``(n,)`` or ``(batch, n)``
        One input, or one in each row.
    W : array, ``(m, n)``
        The weights: a row for each output.
    b : array, ``(m,)``
        The biases.
    activation : str or pair of functions
        "sigmoid", "tanh", "relu", "identity", or (φ, φ′).

    Returns
    -------
    ndarray, ``(m,)`` or ``(batch, m)``
        The outputs.

    Raises
    ------
    TypeError
        If an array does not hold numbers, or activation is neither a name nor a pair of functions.
    ValueError
        If the shapes do not belong together, or no activation has this name.

    Examples
    --------
    >>> from mathdnn_utils.dense import dense
    >>> print(dense([1, 2], [[1, -1], [0, 1], [2, 1]], [0, 1, 0], "relu"))
    [0 3 4]
    """
    x, W, b = _layer_arrays("dense", x, W, b)
    phi, _ = _activation("dense", activation)
    return _entrywise("dense", phi, x @ W.T + b)


def dense_jacobians(x, W, b, activation):
    """Jacobians of a dense layer f = φ(Wx + b) at one input, with respect to x, W and b.

    Equations eq-sigmoid-layer-input, eq-sigmoid-layer-weight and eq-sigmoid-layer-bias of composition/sigmoid-layer:
    with s = φ′(Wx + b), ∂f/∂x = diag(s)W, ∂f_k/∂W_ij = δ_ki s_k x_j and ∂f/∂b = diag(s).

    Parameters
    ----------
    x : array, ``(n,)``
        One input.
    W : array, ``(m, n)``
        The weights.
    b : array, ``(m,)``
        The biases.
    activation : str or pair of functions
        As for `dense`.

    Returns
    -------
    LayerDerivatives
        input of shape ``(m, n)``, weight of shape ``(m, m, n)`` and bias of shape ``(m, m)``: the axis of the output
        comes first.

    Raises
    ------
    TypeError
        As for `dense`.
    ValueError
        As for `dense`, and if x is a batch.

    Notes
    -----
    Of the m·m·n numbers of the weights' Jacobian m·n can differ from 0. `dense_vjp` multiplies by it without it.

    Examples
    --------
    >>> from mathdnn_utils.dense import dense_jacobians
    >>> jacobians = dense_jacobians([1, 2], [[1, -1], [0, 1], [2, 1]], [0, 1, 0], "relu")
    >>> print(jacobians.input)
    [[0 0]
     [0 1]
     [2 1]]
    >>> print(jacobians.weight[1])
    [[0 0]
     [1 2]
     [0 0]]
    """
    x, W, b = _layer_arrays("dense_jacobians", x, W, b)
    if x.ndim == 2:
        raise ValueError(
            f"dense_jacobians: x has shape {x.shape}, expected ({W.shape[1]},) because a Jacobian is taken at one input"
        )
    _, phi_prime = _activation("dense_jacobians", activation)
    s = _entrywise("dense_jacobians", phi_prime, W @ x + b)
    identity = np.eye(len(s), dtype=s.dtype)
    return LayerDerivatives(
        input=s[:, np.newaxis] * W,
        weight=(s[:, np.newaxis] * identity)[:, :, np.newaxis] * x,
        bias=s[:, np.newaxis] * identity,
    )


def dense_vjp(x, W, b, activation, g):
    """Vector-Jacobian products of a dense layer: the gradients at x, W and b, given that at the output.

    Equation eq-sigmoid-layer-vjp of composition/sigmoid-layer: with δ = φ′(Wx + b) ⊙ g, x̄ = Wᵀδ, W̄ = δxᵀ and b̄ = δ.
    Of a batch the gradients of W and b are the sums over its samples.

    Parameters
    ----------
    x : array, ``(n,)`` or ``(batch, n)``
        One input, or one in each row.
    W : array, ``(m, n)``
        The weights.
    b : array, ``(m,)``
        The biases.
    activation : str or pair of functions
        As for `dense`.
    g : array, ``(m,)`` or ``(batch, m)``
        The gradient at the output, of the shape of the output.

    Returns
    -------
    LayerDerivatives
        input, weight and bias of the shapes of x, W and b.

    Raises
    ------
    TypeError
        As for `dense`.
    ValueError
        As for `dense`, and if g does not have the shape of the output.

    Examples
    --------
    >>> from mathdnn_utils.dense import dense_vjp
    >>> gradients = dense_vjp([1, 2], [[1, -1], [0, 1], [2, 1]], [0, 1, 0], "relu", [5, 1, -1])
    >>> print(gradients.input, gradients.bias)
    [-2  0] [ 0  1 -1]
    >>> print(gradients.weight)
    [[ 0  0]
     [ 1  2]
     [-1 -2]]
    """
    x, W, b = _layer_arrays("dense_vjp", x, W, b)
    _, phi_prime = _activation("dense_vjp", activation)
    z = x @ W.T + b
    g = _gradient("dense_vjp", g, z, "the output")
    delta = _entrywise("dense_vjp", phi_prime, z) * g
    return LayerDerivatives(input=delta @ W, weight=_weight_gradient(delta, x), bias=_bias_gradient(delta))


def mlp_forward(x, weights, biases, activation):
    """Forward pass of a multilayer perceptron that keeps what the backward pass needs.

    Equation eq-backpropagation-forward of composition/backpropagation: h_0 = x, z_ℓ = A_ℓ h_{ℓ−1} + b_ℓ,
    h_ℓ = φ(z_ℓ) for ℓ < L, and y = z_L.

    Parameters
    ----------
    x : array, ``(n_0,)`` or ``(batch, n_0)``
        One input, or one in each row.
    weights : sequence of L arrays, ``(n_ℓ, n_{ℓ−1})``
        A_1, …, A_L; L is at least 1.
    biases : sequence of L arrays, ``(n_ℓ,)``
        b_1, …, b_L.
    activation : str or pair of functions
        As for `dense`; it acts on all layers but the last.

    Returns
    -------
    MLPForward
        The output, and the preactivations z_ℓ and activations h_ℓ in tuples.

    Raises
    ------
    TypeError
        If an array does not hold numbers, weights or biases is neither a list nor a tuple, or activation is neither a
        name nor a pair.
    ValueError
        If the shapes do not belong together, there is no layer, or no activation has this name.

    Examples
    --------
    >>> from mathdnn_utils.dense import mlp_forward
    >>> forward = mlp_forward([1, 2], [[[1, -1], [0, 1], [2, 1]], [[1, 1, -1]]], [[0, 0, 0], [5]], "relu")
    >>> print(forward.output, forward.preactivations[0], forward.activations[1])
    [3] [-1  2  4] [0 2 4]
    """
    weights, biases = _network("mlp_forward", weights, biases)
    phi, _ = _activation("mlp_forward", activation)
    h = _samples("mlp_forward", x, "weights[0]", weights[0]).copy()
    activations, preactivations = [h], []
    for A, b in zip(weights, biases):
        z = activations[-1] @ A.T + b
        preactivations.append(z)
        if len(preactivations) < len(weights):
            activations.append(_entrywise("mlp_forward", phi, z))
    return MLPForward(z, tuple(preactivations), tuple(activations))


def mlp_backward(forward, weights, activation, g):
    """Backpropagation: all gradients of a multilayer perceptron, given that at its output.

    Equations eq-backpropagation-delta, eq-backpropagation-weight and eq-backpropagation-batch of
    composition/backpropagation: δ_L = ȳ, δ_ℓ = φ′(z_ℓ) ⊙ A_{ℓ+1}ᵀ δ_{ℓ+1}, Ā_ℓ = δ_ℓ h_{ℓ−1}ᵀ, b̄_ℓ = δ_ℓ. Of a batch
    the gradients of the parameters are the sums over its samples.

    Parameters
    ----------
    forward : MLPForward
        What `mlp_forward` returned for these weights.
    weights : sequence of L arrays, ``(n_ℓ, n_{ℓ−1})``
        A_1, …, A_L.
    activation : str or pair of functions
        The one of the forward pass.
    g : array, ``(n_L,)`` or ``(batch, n_L)``
        ȳ, the gradient at the output, of the shape of the output.

    Returns
    -------
    MLPGradients
        The gradients of weights and biases in tuples, and that of the input.

    Raises
    ------
    TypeError
        If forward is not what `mlp_forward` returns, an array does not hold numbers, weights is neither a list nor a
        tuple, or activation is neither a name nor a pair.
    ValueError
        If weights are not those of the forward pass in number and shape, g does not have the shape of the output, or no
        activation has this name.

    Notes
    -----
    φ′ is taken at z_ℓ, which loses no digits where φ saturates. At 0 the derivative of relu is 0.

    Examples
    --------
    >>> from mathdnn_utils.dense import mlp_backward, mlp_forward
    >>> weights = [[[1, -1], [0, 1], [2, 1]], [[1, 1, -1]]]
    >>> forward = mlp_forward([1, 2], weights, [[0, 0, 0], [5]], "relu")
    >>> gradients = mlp_backward(forward, weights, "relu", [1])
    >>> print(gradients.weights[0])
    [[ 0  0]
     [ 1  2]
     [-1 -2]]
    >>> print(gradients.weights[1], gradients.biases[0], gradients.input)
    [[0 2 4]] [ 0  1 -1] [-2  0]

    References
    ----------
    Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, Nature 323, 1986.
    """
    if not isinstance(forward, MLPForward):
        raise TypeError(
            f"mlp_backward: forward has type {type(forward).__name__}, expected what mlp_forward returns because the "
            f"preactivations and activations are needed"
        )
    weights = _matrices("mlp_backward", weights)
    _same_network(forward, weights)
    _, phi_prime = _activation("mlp_backward", activation)
    delta = _gradient("mlp_backward", g, forward.output, "the output")
    deltas = [delta]
    for A, z in zip(weights[:0:-1], forward.preactivations[-2::-1]):
        delta = _entrywise("mlp_backward", phi_prime, z) * (delta @ A)
        deltas.append(delta)
    deltas.reverse()
    return MLPGradients(
        weights=tuple(_weight_gradient(delta, h) for delta, h in zip(deltas, forward.activations)),
        biases=tuple(_bias_gradient(delta) for delta in deltas),
        input=deltas[0] @ weights[0],
    )


def _weight_gradient(delta, h):
    """δhᵀ of one sample, ΔᵀH of a batch: the sum over its samples."""
    return np.atleast_2d(delta).T @ np.atleast_2d(h)


def _bias_gradient(delta):
    """δ of one sample, Δᵀ1 of a batch."""
    return np.atleast_2d(delta).sum(axis=0)


def _activation(function, activation):
    """The pair (φ, φ′) of an activation."""
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"{function}: activation is {activation!r}, expected one of {', '.join(map(repr, ACTIVATIONS))}, or a "
                f"pair (function, derivative)"
            )
        return ACTIVATIONS[activation]
    if not isinstance(activation, (tuple, list)) or len(activation) != 2 or not all(map(callable, activation)):
        raise TypeError(
            f"{function}: activation has type {type(activation).__name__}, expected a name such as 'relu', or a pair "
            f"(function, derivative)"
        )
    # A function may work in place, or return what it was given: it gets an array of its own.
    return tuple(lambda z, f=f: f(z.copy()) for f in activation)


def _entrywise(function, phi, z):
    """φ(z), if it is an array of numbers of the shape of z."""
    value = numeric_array(function, "the activation", phi(z))
    if value.shape != z.shape:
        raise ValueError(
            f"{function}: the activation gives shape {value.shape}, expected {z.shape} because it acts entry by entry"
        )
    return value


def _samples(function, x, name, W):
    """x as an array of one sample or of a batch that a layer of weights W can take."""
    x = numeric_array(function, "x", x)
    if x.ndim not in (1, 2) or x.shape[-1] != W.shape[1]:
        raise ValueError(
            f"{function}: x has shape {x.shape}, expected ({W.shape[1]},) or (batch, {W.shape[1]}) "
            f"because {name} has shape {W.shape}"
        )
    return x


def _matrix(function, name, W):
    W = numeric_array(function, name, W)
    if W.ndim != 2:
        raise ValueError(
            f"{function}: {name} has shape {W.shape}, expected (outputs, inputs) because it multiplies a vector"
        )
    return W


def _bias(function, name, b, W_name, W):
    b = numeric_array(function, name, b)
    if b.shape != W.shape[:1]:
        raise ValueError(
            f"{function}: {name} has shape {b.shape}, expected {W.shape[:1]} because {W_name} has shape {W.shape}"
        )
    return b


def _layer_arrays(function, x, W, b):
    """The three arguments of a layer as arrays whose shapes belong together."""
    W = _matrix(function, "W", W)
    return _samples(function, x, "W", W), W, _bias(function, "b", b, "W", W)


def _sequence(function, name, arrays):
    if not isinstance(arrays, (list, tuple)):
        raise TypeError(
            f"{function}: {name} has type {type(arrays).__name__}, expected a list or a tuple because each layer has "
            f"its own"
        )
    return arrays


def _matrices(function, weights):
    """The weights of a network: matrices, each of which can follow the one before."""
    weights = _sequence(function, "weights", weights)
    if not weights:
        raise ValueError(f"{function}: weights has length 0, expected at least 1 because a network has a layer")
    weights = [_matrix(function, f"weights[{i}]", A) for i, A in enumerate(weights)]
    for i, (A, after) in enumerate(zip(weights, weights[1:])):
        if after.shape[1] != A.shape[0]:
            raise ValueError(
                f"{function}: weights[{i + 1}] has shape {after.shape}, expected ({after.shape[0]}, {A.shape[0]}) "
                f"because weights[{i}] has shape {A.shape}"
            )
    return weights


def _network(function, weights, biases):
    """Weights and biases of a network as arrays whose shapes belong together."""
    weights = _matrices(function, weights)
    biases = _sequence(function, "biases", biases)
    if len(biases) != len(weights):
        raise ValueError(
            f"{function}: biases has length {len(biases)}, expected {len(weights)} because there are {len(weights)} "
            f"weights"
        )
    biases = [_bias(function, f"biases[{i}]", b, f"weights[{i}]", A) for i, (b, A) in enumerate(zip(biases, weights))]
    return weights, biases


def _same_network(forward, weights):
    """Refuse weights that are not those of the forward pass in number and shape."""
    widths = [h.shape[-1] for h in (*forward.activations, forward.output)]
    expected = list(zip(widths[1:], widths))
    if len(weights) != len(expected):
        raise ValueError(
            f"mlp_backward: weights has length {len(weights)}, expected {len(expected)} because forward has "
            f"{len(expected)} layers"
        )
    for i, (A, shape) in enumerate(zip(weights, expected)):
        if A.shape != shape:
            raise ValueError(
                f"mlp_backward: weights[{i}] has shape {A.shape}, expected {shape} because the forward pass had it"
            )


def _gradient(function, g, output, name):
    """g as an array of the shape of the output."""
    g = numeric_array(function, "g", g)
    same_shape(function, "g", g, name, output)
    return g
