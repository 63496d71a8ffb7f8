"""Independent ways to know a derivative: finite differences, the complex step, PyTorch's autodiff, sympy.

An oracle is a function x -> array. A *kind* of oracle is named in every report, with the tolerance that its own error
allows: two checks of one claim are worth two only if their kinds differ. PyTorch and sympy are imported when they are
used, never before.
"""

import numpy as np

# What each kind of oracle can promise, relative to the size of the entries. No check may be looser than this.
TOLERANCES = {
    "exact integers": 0.0,
    "exact rationals": 0.0,
    "complex step": 1e-10,
    "PyTorch autodiff": 1e-12,
    "PyTorch": 1e-12,
    "SciPy": 1e-12,
    "sympy": 1e-12,
    "float arithmetic": 1e-12,
    "second formula": 1e-12,
    "quadrature": 1e-8,
    "linear programming": 1e-8,
    "central differences": 1e-6,
}

# Single precision carries 7 digits, half precision 3: no oracle can ask for more of such an input.
PRECISION_LIMIT = {np.dtype(np.float32): 1e-4, np.dtype(np.complex64): 1e-4, np.dtype(np.float16): 1e-2}


def as_array(function, argument, value):
    """Return a new array of value; rows of different lengths are a TypeError that names function and argument."""
    if hasattr(value, "detach") and hasattr(
        value, "resolve_conj"
    ):  # a PyTorch tensor, perhaps one that tracks gradients
        try:
            value = value.detach().cpu().resolve_conj().resolve_neg().numpy()
        except TypeError:
            raise TypeError(f"{function}: {argument} has dtype {value.dtype}, expected one that NumPy has") from None
    try:
        return np.asarray(value).copy()
    except ValueError:
        raise TypeError(f"{function}: {argument} has rows of different lengths, expected an array of numbers") from None


def real_point(function, x):
    """Return x as a new real floating-point array, or say why it cannot be one.

    Parameters
    ----------
    function : str
        Name of the public function that asks, for the message.
    x : array_like
        Any shape; integers become float64, float32 stays float32.

    Returns
    -------
    ndarray
        A copy that nothing else refers to.

    Raises
    ------
    TypeError
        If x is not numeric, or complex.
    ValueError
        If x is empty, or holds NaN or infinity.
    """
    array = as_array(function, "x", x)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{function}: x has dtype {array.dtype}, expected real numbers")
    if array.size == 0:
        raise ValueError(f"{function}: x has shape {array.shape}, expected at least one entry")
    if array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{function}: x has entries that are NaN or infinite, expected finite numbers")
    return array


def value_of(function, argument, call, *arguments):
    """Call a reader's function; whatever it raises becomes a ValueError that names function and argument."""
    try:
        return call(*arguments)
    except Exception as error:  # a reader's function may raise anything
        raise ValueError(
            f"{function}: {argument} raises {type(error).__name__}: {error}, expected a value at every input"
        ) from error


def value_at(function, f, x, shape=None, copy=True):
    """Return f(x) as a new array; f gets a copy of its own, so it cannot change x, unless nobody else needs x.

    Raises
    ------
    TypeError
        If f returns something that is not numeric.
    ValueError
        If f raises, or returns an empty array, NaN or infinity, or another shape than the one that is expected.
    """
    y = as_array(function, "f(x)", value_of(function, "f", f, x.copy() if copy else x))
    if y.dtype.kind not in "iufc":
        raise TypeError(f"{function}: f(x) has dtype {y.dtype}, expected numbers")
    if y.size == 0:
        raise ValueError(f"{function}: f(x) has shape {y.shape}, expected at least one entry")
    if shape is not None and y.shape != shape:
        raise ValueError(f"{function}: f(x) has shape {y.shape}, expected {shape} as at another x")
    if not np.isfinite(y).all():
        raise ValueError(f"{function}: f has values that are NaN or infinite at or next to x, expected finite numbers")
    return y


def values_at(function, f, points, batched, shape=None, copy=True):
    """The values of f at a stack of points, stacked: in one call if f takes a stack, one by one if not."""
    if not batched:
        values = []
        for k in range(len(points)):
            values.append(value_at(function, f, points[k, ...], shape))
            shape = values[0].shape
        return np.stack(values)
    y = value_at(function, f, points, None if shape is None else (len(points), *shape), copy=copy)
    if y.ndim == 0 or len(y) != len(points):
        raise ValueError(
            f"{function}: f(x) has shape {y.shape} for a stack of {len(points)} points, expected ({len(points)}, ...) "
            "because batched=True says that f takes a stack"
        )
    return y


def direction(rng, shape, dtype):
    """A random direction without small entries."""
    u = np.asarray(rng.uniform(-1, 1, size=shape))
    return (u + np.copysign(0.5, u)).astype(dtype, copy=False)


def stacks(x, most=2**18):
    """Ranges of the entries of x such that a stack of that many copies of x is not too large."""
    length = max(1, most // x.size)
    return [range(start, min(start + length, x.size)) for start in range(0, x.size, length)]


def finite_difference_jacobian(f, x, *, batched=False):
    """Jacobian of f at x by central differences.

    Column j is (f(x + h e_j) - f(x - h e_j)) / (2h) with h = eps^(1/3) max(1, abs(x_j)), which balances the truncation
    error, of order h^2, against the rounding error, of order eps/h.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of x, returns an array of any fixed shape.
    x : array_like
        Real, finite, any shape.
    batched : bool
        If true, f takes a stack of n points, shape ``(n, *x.shape)``, and returns the stack of n values; it is then
        called a few times instead of twice an entry.

    Returns
    -------
    ndarray, shape out_shape + in_shape
        Output axes first.

    Raises
    ------
    TypeError, ValueError
        For an x or an f(x) that is empty, not numeric, or not finite, and for an f(x) of changing shape.

    Notes
    -----
    f should vary on the scale max(1, abs(x_j)): sin at 10^6 does not, and the step is then too wide.

    References
    ----------
    Nocedal and Wright, Numerical Optimization, 2nd ed., section 8.1.

    Examples
    --------
    >>> finite_difference_jacobian(lambda x: x[0] * x[1], [2.0, 5.0]).round(6).tolist()
    [5.0, 2.0]
    """
    function = "finite_difference_jacobian"
    x = real_point(function, x)
    y = values_at(function, f, x[None], batched)
    shape = y.shape[1:]
    # A function that computes in fewer digits than x has needs a wider step.
    coarser = x if y.dtype.kind not in "fc" or np.finfo(x.dtype).eps > np.finfo(y.dtype).eps else y
    step = np.cbrt(np.finfo(coarser.dtype).eps) * np.maximum(1, np.abs(x))
    columns = []
    for entries in stacks(x):
        forward, backward = moved(x, entries, step), moved(x, entries, -step)
        # The step that was taken after rounding, not the one that was asked for.
        width = (forward - backward).reshape(len(entries), -1)[range(len(entries)), entries]
        upper = values_at(function, f, forward, batched, shape)
        lower = values_at(function, f, backward, batched, shape)
        columns.append((upper - lower) / width.reshape((-1,) + (1,) * len(shape)))
    columns = np.concatenate(columns)
    return np.moveaxis(columns, 0, -1).reshape(shape + x.shape)


def moved(x, entries, step):
    """A stack of copies of x, each moved by its step in one of the entries."""
    points = np.repeat(x.reshape(1, -1), len(entries), axis=0)
    points[range(len(entries)), entries] += np.broadcast_to(step, x.shape).ravel()[entries]
    return points.reshape(-1, *x.shape)


def imaginary_step(x):
    """The step of the complex step: tiny, and tiny beside x too."""
    largest = np.abs(x).max()
    return 1e-20 if largest == 0 or largest > 1e-10 else max(1e-10 * float(largest), 1e3 * np.finfo(x.dtype).tiny)


def complex_step_jacobian(f, x, *, batched=False):
    """Jacobian of f at x by the complex step.

    Column j is Im f(x + i h e_j) / h. Nothing is subtracted, so h can be tiny and the result is right to the last
    digits, for every f that is analytic near x and computed without abs, norm, conjugation or comparison of complex
    numbers.

    Parameters
    ----------
    f : callable
        Takes a complex array of the shape of x, returns an array of any fixed shape.
    x : array_like
        Real, finite, any shape.
    batched : bool
        If true, f takes a stack of n points, shape ``(n, *x.shape)``, and returns the stack of n values; it is then
        called a few times instead of once an entry.

    Returns
    -------
    ndarray, shape out_shape + in_shape
        Output axes first.

    Raises
    ------
    TypeError
        If the result of f is real (the step was dropped on the way).
    ValueError
        If f raises because it refuses complex input; for an x or an f(x) that is empty or not finite, and for an f(x)
        of changing shape.

    References
    ----------
    Squire and Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 40 (1998).

    Examples
    --------
    >>> complex_step_jacobian(lambda x: x[0] * x[1], [2.0, 5.0]).tolist()
    [5.0, 2.0]
    """
    function = "complex_step_jacobian"
    x = real_point(function, x)
    h = imaginary_step(x)
    z = x.astype(np.result_type(x, np.complex64))
    jacobian, shape = None, None
    for entries in stacks(x):
        y = values_at(function, f, moved(z, entries, 1j * h), batched, shape, copy=False)
        if y.dtype.kind != "c":
            raise TypeError(f"{function}: f(x) has dtype {y.dtype}, expected complex for complex input")
        if jacobian is None:
            shape = y.shape[1:]
            jacobian = np.empty((*shape, x.size), dtype=y.real.dtype)
        jacobian[..., entries] = np.moveaxis(y.imag, 0, -1) / h
    return jacobian.reshape(shape + x.shape)


def autodiff_jacobian(f, x=None):
    """Jacobian of a function written in PyTorch, by PyTorch's reverse mode.

    Parameters
    ----------
    f : callable
        Takes a torch tensor of the shape of x, returns a tensor.
    x : array_like, optional
        Real, finite, any shape. Without it, the oracle itself is returned: the function x -> Jacobian.

    Returns
    -------
    ndarray, shape out_shape + in_shape, or a callable
        Output axes first.

    Raises
    ------
    TypeError
        If x is not real, or f returns something other than a tensor.
    ValueError
        If x or f(x) is empty or not finite.

    Examples
    --------
    >>> autodiff_jacobian(lambda x: x[0] * x[1], [2.0, 5.0]).tolist()
    [5.0, 2.0]
    """

    def jacobian(point):
        import torch

        def tensor_valued(t):
            y = f(t.clone())  # a copy, so that f may work in place
            if not isinstance(y, torch.Tensor):
                raise TypeError(f"autodiff_jacobian: f(x) has type {type(y).__name__}, expected a torch tensor")
            if y.numel() == 0:
                raise ValueError(f"autodiff_jacobian: f(x) has shape {tuple(y.shape)}, expected at least one entry")
            if not torch.isfinite(y).all():
                raise ValueError("autodiff_jacobian: f(x) is NaN or infinite somewhere, expected finite numbers")
            return y

        point = real_point("autodiff_jacobian", point)
        return torch.func.jacrev(tensor_valued)(torch.from_numpy(point)).detach().numpy().copy()

    jacobian.kind = "PyTorch autodiff"
    return jacobian if x is None else jacobian(x)


def symbolic_jacobian(f, n):
    """Jacobian of a function written in sympy, differentiated symbolically.

    Parameters
    ----------
    f : callable
        Takes a list of n real symbols, returns one expression, or a list of m expressions.
    n : int
        Number of variables, at least 1.

    Returns
    -------
    callable
        The oracle: x of shape (n,) -> array of shape (n,) for one expression, (m, n) for a list of m.

    Raises
    ------
    TypeError
        If n is not an integer, or f returns something other than an expression or a list of them.
    ValueError
        If n is less than 1, an x of another shape is asked for, or a derivative at x is not a real number.

    Examples
    --------
    >>> symbolic_jacobian(lambda x: x[0] * x[1], 2)([2.0, 5.0]).tolist()
    [5.0, 2.0]
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
        raise TypeError(f"symbolic_jacobian: n has type {type(n).__name__}, expected an integer")
    if n < 1:
        raise ValueError(f"symbolic_jacobian: n is {n}, expected at least 1")
    import sympy

    symbols = [sympy.Symbol(f"x{i}", real=True) for i in range(n)]
    expressions = f(symbols)
    several = isinstance(expressions, (list, tuple))
    rows = list(expressions) if several else [expressions]
    if not rows or not all(isinstance(row, (sympy.Expr, int, float)) for row in rows):
        raise TypeError(
            f"symbolic_jacobian: f(x) has type {type(expressions).__name__}, expected an expression or a list of them"
        )
    derivatives = sympy.Matrix(rows).jacobian(symbols)

    def jacobian(x):
        x = real_point("symbolic_jacobian", x)
        if x.shape != (n,):
            raise ValueError(f"symbolic_jacobian: x has shape {x.shape}, expected ({n},)")
        at = dict(zip(symbols, (sympy.Float(float(entry), 30) for entry in x)))
        try:
            values = np.array(derivatives.evalf(30, subs=at).tolist(), dtype=float)
        except (TypeError, ZeroDivisionError):
            raise ValueError(
                "symbolic_jacobian: f has no real derivative at x, expected a point where it has one"
            ) from None
        return values if several else values[0]

    jacobian.kind = "sympy"
    return jacobian
