"""Check that one linear map is the adjoint of another: in integers, and so exactly."""

import numpy as np

from .agreement import agree, allowed_tolerance, as_values, is_exact, is_finite
from .claims import check_seed, draw
from .compare import Report, announce, conditions, judge, not_linear, plainest
from .evidence import Refuted
from .hints import SYMMETRIC
from .oracles import value_of
from .words import describe


def check_adjoint(apply, adjoint, x_shape, y_shape, *, claim=None, cases=10, seed=0):
    """Check that one linear map is the adjoint of another: ⟨A x, y⟩ = ⟨x, Aᵀ y⟩, in integers.

    Parameters
    ----------
    apply : callable
        x -> A x, linear; from an array of shape `x_shape` to one of shape `y_shape`.
    adjoint : callable
        The claim: y -> Aᵀ y, from an array of shape `y_shape` to one of shape `x_shape`.
    x_shape, y_shape : tuple of int, or int
        Their shapes.
    claim : str, optional
        Label of the claim. With it one line is printed if the claim holds, and CheckFailed is raised if not.
    cases : int
        How many pairs x, y are drawn.
    seed : int
        Seed of the generator from which they are drawn.

    Returns
    -------
    Report
        On the matrices of both maps, output axes of `apply` first: the claimed entry [i, j] is entry j of the adjoint
        of unit vector i, the expected one is entry i of A times unit vector j.

    Raises
    ------
    TypeError, ValueError
        For arguments of a wrong kind, and for maps that raise or return something else than numbers.
    CheckFailed
        If a claim was named and does not hold.

    Notes
    -----
    The entries of x and y are integers from -9 to 9, without 0. Maps that keep integers are compared with tolerance 0;
    where a map returns floating-point numbers the tolerance is 1e-12.

    Examples
    --------
    >>> A = np.array([[1, 2, 0], [0, 3, 4]])
    >>> print(check_adjoint(lambda x: A @ x, lambda y: A.T @ y, 3, 2))
    holds (exact integers, 10 cases, tolerance 0)
    >>> check_adjoint(lambda x: A @ x, lambda y: 2 * A.T @ y, 3, 2).hints
    ('constant-factor',)
    """
    for name, map_ in (("apply", apply), ("adjoint", adjoint)):
        if not callable(map_):
            raise TypeError(f"check_adjoint: {name} has type {type(map_).__name__}, expected a function")
    x_shape, y_shape = shape_of("x_shape", x_shape), shape_of("y_shape", y_shape)

    def pair(rng):
        # Without zeros, which would hide an entry.
        return tuple(rng.choice([-1, 1], size=shape) * rng.integers(1, 10, size=shape) for shape in (x_shape, y_shape))

    check_seed("check_adjoint", seed)
    inputs = draw("check_adjoint", pair, cases, seed)
    return announce(adjoint_report(apply, adjoint, inputs), claim)


def shape_of(name, shape):
    """A shape as a tuple of positive integers."""
    sizes = shape if isinstance(shape, (tuple, list)) else (shape,)
    if not all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in sizes):
        raise TypeError(f"check_adjoint: {name} is {shape!r}, expected an integer or a tuple of integers")
    if not all(n > 0 for n in sizes):
        raise ValueError(f"check_adjoint: {name} is {shape!r}, expected at least one entry along every axis")
    return tuple(int(n) for n in sizes)


def adjoint_report(apply, adjoint, inputs):
    """The first tier of `check_adjoint` on all inputs, and the second where it fails."""
    (x, y), cases = inputs[0], len(inputs)

    def forward(x, of="apply(x)"):
        return mapped("apply", of, apply, x, y.shape)

    def backward(y, of="adjoint(y)"):
        return mapped("adjoint", of, adjoint, y, None)

    results = [(forward(x), backward(y)) for x, y in inputs]
    arrays = [array for pair in results for array in pair]
    exact = all(map(is_exact, arrays))
    kind = "exact integers" if exact else "float arithmetic"
    tolerance = allowed_tolerance("check_adjoint", kind, None, *arrays)
    common = dict(oracle=kind, cases=cases, tolerance=tolerance, entries=x.size * y.size, subject="the matrix")
    for (x, y), (Ax, Aty) in zip(inputs, results):
        if Aty.shape != x.shape or not (is_finite(Ax).all() and is_finite(Aty).all()):
            break
        left, right = inner(Ax, y, exact), inner(x, Aty, exact)
        if not agree(left[0], right[0], tolerance, tolerance * left[1]).all():
            break
    else:
        warning = ()
        if cases == 1 and x.shape == y.shape and x.size > 1 and inner(forward(y), x, exact)[0] == left[0]:
            warning = (f"agrees-by-accident: {SYMMETRIC}",)
        return Report(
            True, summary=f"holds ({conditions(kind, cases, tolerance)})", directions=True, warnings=warning, **common
        )
    if Aty.shape != x.shape:
        expected = np.tensordot(y, matrix_of(forward, x), axes=y.ndim)
        report = judge(Aty, expected, kind, tolerance, 0.0, cases, describe({"y": y}), "adjoint(y)")
        return plainest([Refuted((y,), report, Aty, expected)])
    for name, map_, (a, b) in (("apply", forward, inputs[0]), ("adjoint", backward, inputs[0][::-1])):
        other = np.roll(a, 1) - 1
        first, second = map_(a), map_(a)
        if not np.array_equal(first, second, equal_nan=first.dtype.kind in "fc"):
            raise ValueError(f"check_adjoint: {name} gives two values at one input, expected one")
        if is_finite(first).all() and not agree(map_(a + other), first + map_(other), 0.0 if exact else 1e-9).all():
            report = Report(False, summary="", **common)
            return not_linear(report, f"{name}(a + b) is not {name}(a) + {name}(b), for instance because of a bias.")
    rows = [backward(unit) for unit in units(y)]
    for row in rows:
        if row.shape != x.shape:
            raise ValueError(f"check_adjoint: adjoint(y) has shape {row.shape}, expected {x.shape} as for another y")
    claimed = np.stack(rows).reshape(y.shape + x.shape)
    expected = matrix_of(forward, x)
    report = judge(claimed, expected, kind, tolerance, 0.0, cases, "", "the matrix")
    if report.ok:
        return not_linear(report, "the maps agree on unit vectors, but not on others: one of them is not linear.")
    return plainest([Refuted((), report, claimed, expected, outputs=y.ndim)])


def mapped(name, of, map_, argument, shape):
    """A linear map's value, checked."""
    value = as_values("check_adjoint", of, value_of("check_adjoint", name, map_, argument.copy()))
    if shape is not None and value.shape != shape:
        raise ValueError(f"check_adjoint: {of} has shape {value.shape}, expected {shape} because that is y_shape")
    return value


def units(array):
    """The unit vectors of the shape of an array of integers."""
    for k in range(array.size):
        unit = np.zeros_like(array)
        unit.flat[k] = 1
        yield unit


def matrix_of(map_, x):
    """The matrix of a linear map, output axes first."""
    columns = np.stack([map_(unit) for unit in units(x)])
    return np.moveaxis(columns, 0, -1).reshape(columns.shape[1:] + x.shape)


def inner(a, b, exact):
    """(the inner product as an array of one number, the sum of its absolute values), in integers without overflow."""
    if exact and max(int(np.abs(a).max()), 1) * max(int(np.abs(b).max()), 1) * a.size >= 2**62:
        a, b = a.astype(object), b.astype(object)
    products = a * b
    return np.asarray(products.sum())[None], 0.0 if exact else float(np.abs(products).sum())
