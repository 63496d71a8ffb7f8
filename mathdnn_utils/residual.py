"""Skip connections: chains of functions with one skip that ends at the output, and chains of residual blocks.

The formulas of the chapter composition/skip-connections in their final form. A chain is a list of functions, innermost
first; f_1 is ``functions[0]``. Its values are h_0 = x, h_1, ..., h_L, and a list of them is indexed as they are. Every
function, Jacobian and product is called with a copy of the value that belongs to it, so none can change another's.

Real and complex numbers of any precision keep their dtype, and integers stay integers, so that sums over paths can be
compared exactly. NaN and infinities go through silently.
"""

from dataclasses import dataclass

import numpy as np

from mathdnn_utils._validation import integer, numeric_array, same_shape

__all__ = [
    "ForwardPass",
    "SkipJacobians",
    "skip_forward",
    "skip_jacobians",
    "residual_forward",
    "residual_vjp",
    "residual_jacobian",
    "path_products",
]

_MOST_BLOCKS = 16


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """What a chain gives.

    Equation eq-skip-connections-general of composition/skip-connections.

    Attributes
    ----------
    output : array
        The output, with the skip if there is one.
    values : tuple of arrays
        h_0, ..., h_L.

    Examples
    --------
    >>> from mathdnn_utils.residual import skip_forward
    >>> print(skip_forward([lambda h: 2 * h, lambda h: 3 * h], [1], start=1).output)
    [8]
    """

    output: np.ndarray
    values: tuple


@dataclass(frozen=True, eq=False)
class SkipJacobians:
    """The Jacobians of a chain with a skip.

    Equation eq-skip-connections-recursion of composition/skip-connections.

    Attributes
    ----------
    output : array of shape ``(n_L,)``
        The output, with the skip if there is one.
    parameters : tuple of arrays of the shapes ``(n_L, ...)``
        The Jacobian with respect to θ_ℓ at index ℓ − 1; the axes of θ_ℓ come last.
    input : array of shape ``(n_L, n_0)``
        The Jacobian with respect to x.

    Examples
    --------
    >>> from mathdnn_utils.residual import skip_jacobians
    >>> found = skip_jacobians([lambda h: 3 * h], [lambda h: [[3]]], [lambda h: [h]], [2], start=0)
    >>> print(found.output, found.parameters[0], found.input)
    [8] [[2]] [[4]]
    """

    output: np.ndarray
    parameters: tuple
    input: np.ndarray


def skip_forward(functions, x, start=None):
    """Chain h_ℓ = f_ℓ(h_(ℓ−1)) with an identity skip from h_k to the output, h_k + h_L.

    Equation eq-skip-connections-general of composition/skip-connections.

    Parameters
    ----------
    functions : list of L callables
        ``functions[l - 1](h)`` is f_ℓ at h, an array; innermost first, at least one.
    x : array of any shape
        h_0.
    start : int or None
        k, where the skip starts: 0 is x, L − 1 is the value that the last function takes. Without it there is no skip.

    Returns
    -------
    ForwardPass
        ``output`` has the shape of h_L, ``values`` holds h_0, ..., h_L.

    Raises
    ------
    TypeError
        If functions is no list of functions, start is no int, or a value does not hold numbers.
    ValueError
        If functions is empty, start is out of range, or the shapes differ where the skip starts and ends.

    Examples
    --------
    >>> from mathdnn_utils.residual import skip_forward
    >>> layers = [lambda h: 2 * h, lambda h: 3 * h, lambda h: 4 * h]
    >>> print([int(skip_forward(layers, 1, start).output) for start in (None, 2, 1, 0)])
    [24, 30, 26, 25]

    References
    ----------
    He, Zhang, Ren and Sun, Deep residual learning for image recognition, CVPR 2016.
    """
    return _skip_forward("skip_forward", functions, x, start)


def skip_jacobians(functions, jacobians, parameter_jacobians, x, start=None):
    """Jacobians of a chain with a skip: ∂G/∂θ_ℓ = M_ℓ P_ℓ, where M_L = I and M_(ℓ−1) = M_ℓ J_ℓ, plus I at ℓ − 1 = k.

    Equation eq-skip-connections-recursion of composition/skip-connections.

    Parameters
    ----------
    functions : list of L callables
        As in `skip_forward`, each with its own parameters θ_ℓ inside; values have one axis, h_ℓ the shape ``(n_l,)``.
    jacobians : list of L callables
        ``jacobians[l - 1](h)`` is J_ℓ, the Jacobian of f_ℓ at h, of shape ``(n_l, n_(l-1))``.
    parameter_jacobians : list of L callables
        ``parameter_jacobians[l - 1](h)`` is P_ℓ, the Jacobian of f_ℓ with respect to θ_ℓ, of shape ``(n_l, ...)``.
    x : array of shape ``(n_0,)``
        h_0.
    start : int or None
        k, where the skip starts.

    Returns
    -------
    SkipJacobians
        ``output`` of shape ``(n_L,)``, ``parameters`` of shapes ``(n_L, ...)``, ``input`` of shape ``(n_L, n_0)``.

    Raises
    ------
    TypeError
        If an argument is no list of functions, start is no int, or a value does not hold numbers.
    ValueError
        If the lists are empty or differ in length, start is out of range, or a shape does not fit.

    Notes
    -----
    Every Jacobian is evaluated once, at the value h_(ℓ−1) that its function took. M_ℓ is ∂G/∂h_ℓ: reverse accumulation,
    in which the skip is one addition.

    Examples
    --------
    >>> from mathdnn_utils.residual import skip_jacobians
    >>> layers = [lambda h, t=t: t * h for t in (2, 3, 4)]
    >>> slopes = [lambda h, t=t: [[t]] for t in (2, 3, 4)]
    >>> found = skip_jacobians(layers, slopes, 3 * [lambda h: [h]], [1], start=2)
    >>> print([int(J.item()) for J in found.parameters])
    [15, 10, 6]
    """
    function = "skip_jacobians"
    forward = _skip_forward(function, functions, x, start)
    _as_many(function, functions, jacobians=jacobians, parameter_jacobians=parameter_jacobians)
    _vectors(function, forward.values)
    identity = np.eye(forward.output.size, dtype=forward.output.dtype)
    M, parameters = identity, []
    for index in reversed(range(len(functions))):
        h, above = forward.values[index], forward.values[index + 1]
        P = _value(function, f"parameter_jacobians[{index}](h)", parameter_jacobians[index], h)
        J = _value(function, f"jacobians[{index}](h)", jacobians[index], h)
        _fit(function, index, P, J, h.size, above.size)
        parameters.append(np.tensordot(M, P, axes=1))
        M = M @ J
        if index == start:
            M = M + identity
    return SkipJacobians(forward.output, tuple(reversed(parameters)), M)


def residual_forward(functions, x):
    """Chain of residual blocks, h_ℓ = h_(ℓ−1) + f_ℓ(h_(ℓ−1)).

    Equation eq-skip-connections-chain of composition/skip-connections.

    Parameters
    ----------
    functions : list of L callables
        ``functions[l - 1](h)`` is f_ℓ at h, of the shape of h; innermost first, at least one.
    x : array of any shape
        h_0.

    Returns
    -------
    ForwardPass
        ``output`` is h_L and has the shape of x, ``values`` holds h_0, ..., h_L.

    Raises
    ------
    TypeError
        If functions is no list of functions, or a value does not hold numbers.
    ValueError
        If functions is empty, or one of them changes the shape.

    Examples
    --------
    >>> from mathdnn_utils.residual import residual_forward
    >>> print(residual_forward([lambda h: h**2, lambda h: 3 * h], [1, 2]).output)
    [ 8 24]

    References
    ----------
    He, Zhang, Ren and Sun, Deep residual learning for image recognition, CVPR 2016.
    """
    return _residual_forward("residual_forward", functions, x)


def residual_vjp(functions, vjps, x, g):
    """Backward pass through a chain of residual blocks: g_(ℓ−1) = g_ℓ + J_ℓᵀ g_ℓ, without a Jacobian being formed.

    Equation eq-skip-connections-vjp of composition/skip-connections.

    Parameters
    ----------
    functions : list of L callables
        As in `residual_forward`.
    vjps : list of L callables
        ``vjps[l - 1](h, g)`` is J_ℓᵀ g, J_ℓ being the Jacobian of f_ℓ at h, without the skip.
    x : array of any shape
        h_0.
    g : array of the shape of x
        The gradient with respect to the output.

    Returns
    -------
    array of the shape of x
        The gradient with respect to x, ((I + J_L)···(I + J_1))ᵀ g.

    Raises
    ------
    TypeError
        If an argument is no list of functions, or a value does not hold numbers.
    ValueError
        If the lists are empty or differ in length, or a shape is not that of x.

    Examples
    --------
    >>> from mathdnn_utils.residual import residual_vjp
    >>> functions = [lambda h: h**2, lambda h: 3 * h]
    >>> vjps = [lambda h, g: 2 * h * g, lambda h, g: 3 * g]
    >>> print(residual_vjp(functions, vjps, [1, 2], [1, 1]))
    [12 20]
    """
    function = "residual_vjp"
    values = _residual_forward(function, functions, x).values
    _as_many(function, functions, vjps=vjps)
    g = np.array(numeric_array(function, "g", g))
    same_shape(function, "g", g, "x", values[0])
    for index in reversed(range(len(functions))):
        branch = _value(function, f"vjps[{index}](h, g)", vjps[index], values[index], g)
        same_shape(function, f"vjps[{index}](h, g)", branch, "x", values[0])
        g = g + branch
    return g


def residual_jacobian(jacobians):
    """Jacobian of a chain of residual blocks, (I + J_L)···(I + J_1).

    Equation eq-skip-connections-product of composition/skip-connections.

    Parameters
    ----------
    jacobians : list of L arrays of shape ``(n, n)``
        J_1, ..., J_L, that of the innermost block first; J_ℓ belongs to f_ℓ at h_(ℓ−1), without the skip.

    Returns
    -------
    array of shape ``(n, n)``

    Raises
    ------
    TypeError
        If jacobians is no list of arrays of numbers.
    ValueError
        If it is empty, or its entries are not square matrices of one size.

    Examples
    --------
    >>> from mathdnn_utils.residual import residual_jacobian
    >>> print(residual_jacobian([[[0, 1], [0, 0]], [[0, 0], [1, 0]]]))
    [[1 1]
     [1 2]]
    """
    jacobians = _square_matrices("residual_jacobian", jacobians)
    product = _identity_like(jacobians)
    for J in jacobians:
        product = product + J @ product
    return product


def path_products(jacobians):
    """The 2^L paths through L residual blocks, each with the product of the Jacobians that it passes.

    Equation eq-skip-connections-paths of composition/skip-connections.

    Parameters
    ----------
    jacobians : list of L arrays of shape ``(n, n)``
        J_1, ..., J_L, that of the innermost block first; at most 16.

    Returns
    -------
    dict of tuple to array of shape ``(n, n)``
        For i < j < ... the key ``(i, j, ...)``, blocks counted from 1, has the value ···J_j J_i; the key ``()``, all
        skips, has the identity. The sum of the values is `residual_jacobian`.

    Raises
    ------
    TypeError
        If jacobians is no list of arrays of numbers.
    ValueError
        If it is empty or too long, or its entries are not square matrices of one size.

    Examples
    --------
    >>> from mathdnn_utils.residual import path_products
    >>> for path, product in path_products([[[2]], [[5]]]).items():
    ...     print(path, product)
    () [[1]]
    (1,) [[2]]
    (2,) [[5]]
    (1, 2) [[10]]

    References
    ----------
    Veit, Wilber and Belongie, Residual networks behave like ensembles of relatively shallow networks, NeurIPS 2016.
    """
    jacobians = _square_matrices("path_products", jacobians)
    if len(jacobians) > _MOST_BLOCKS:
        raise ValueError(
            f"path_products: jacobians has length {len(jacobians)}, expected at most {_MOST_BLOCKS} because the number "
            f"of paths doubles with each block"
        )
    products = {(): _identity_like(jacobians)}
    for block, J in enumerate(jacobians, start=1):
        products |= {(*path, block): J @ product for path, product in products.items()}
    return products


def _skip_forward(function, functions, x, start):
    _callables(function, "functions", functions)
    if start is not None:
        start = _place(function, start, len(functions))
    values = [_copy(function, "x", x)]
    for index, f in enumerate(functions):
        values.append(_value(function, f"functions[{index}](h)", f, values[-1]))
    if start is None:
        return ForwardPass(values[-1].copy(), tuple(values))
    if values[-1].shape != values[start].shape:
        raise ValueError(
            f"{function}: functions[{len(functions) - 1}](h) has shape {values[-1].shape}, expected "
            f"{values[start].shape} because the skip that starts at values[{start}] ends there"
        )
    return ForwardPass(values[start] + values[-1], tuple(values))


def _residual_forward(function, functions, x):
    _callables(function, "functions", functions)
    values = [_copy(function, "x", x)]
    for index, f in enumerate(functions):
        branch = _value(function, f"functions[{index}](h)", f, values[-1])
        same_shape(function, f"functions[{index}](h)", branch, "x", values[0])
        values.append(values[-1] + branch)
    return ForwardPass(values[-1].copy(), tuple(values))


def _copy(function, name, value):
    return np.array(numeric_array(function, name, value))


def _value(function, name, f, *arguments):
    # Copies go in and a copy comes out: f may write into its arguments, or hand one of them back.
    return _copy(function, name, f(*(argument.copy() for argument in arguments)))


def _callables(function, name, value):
    if not isinstance(value, (list, tuple)):
        raise TypeError(
            f"{function}: {name} has type {type(value).__name__}, expected a list of functions because each belongs to "
            f"one layer"
        )
    for index, entry in enumerate(value):
        if not callable(entry):
            raise TypeError(
                f"{function}: {name}[{index}] has type {type(entry).__name__}, expected a function because it is "
                f"called with the value of the layer before"
            )
    if not value:
        raise ValueError(f"{function}: {name} has length 0, expected at least 1 because a chain has a layer")


def _as_many(function, functions, **others):
    for name, other in others.items():
        _callables(function, name, other)
        if len(other) != len(functions):
            raise ValueError(
                f"{function}: {name} has length {len(other)}, expected {len(functions)} because functions has length "
                f"{len(functions)}"
            )


def _place(function, start, layers):
    index = integer(function, "start", start, "it counts values", expected="an int or None")
    if not 0 <= index < layers:
        raise ValueError(
            f"{function}: start has value {index}, expected 0 to {layers - 1} because the skip starts before the last "
            f"of {layers} functions"
        )
    return index


def _vectors(function, values):
    for index, value in enumerate(values):
        if value.ndim != 1:
            raise ValueError(
                f"{function}: values[{index}] has shape {value.shape}, expected one axis because a Jacobian has an "
                f"axis for outputs and one for inputs"
            )


def _fit(function, index, P, J, inputs, outputs):
    if P.shape[:1] != (outputs,):
        raise ValueError(
            f"{function}: parameter_jacobians[{index}](h) has shape {P.shape}, expected ({outputs}, ...) because "
            f"functions[{index}] gives {outputs} numbers"
        )
    if J.shape != (outputs, inputs):
        raise ValueError(
            f"{function}: jacobians[{index}](h) has shape {J.shape}, expected {(outputs, inputs)} because "
            f"functions[{index}] takes {inputs} numbers and gives {outputs}"
        )


def _square_matrices(function, jacobians):
    if not isinstance(jacobians, (list, tuple, np.ndarray)):
        raise TypeError(
            f"{function}: jacobians has type {type(jacobians).__name__}, expected a list of matrices because each "
            f"belongs to one block"
        )
    if len(jacobians) == 0:
        raise ValueError(f"{function}: jacobians has length 0, expected at least 1 because a chain has a block")
    matrices = [numeric_array(function, f"jacobians[{index}]", J) for index, J in enumerate(jacobians)]
    n = matrices[0].shape[0] if matrices[0].ndim else 0
    for index, matrix in enumerate(matrices):
        if matrix.shape != (n, n):
            raise ValueError(
                f"{function}: jacobians[{index}] has shape {matrix.shape}, expected a square matrix, as large as "
                f"jacobians[0], because a skip adds what a block takes to what it gives"
            )
    return matrices


def _identity_like(matrices):
    return np.eye(len(matrices[0]), dtype=np.result_type(*matrices))
