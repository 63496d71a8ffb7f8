"""Marks: two lines that tell the shell command which function of a file claims to be the derivative of which.

A mark is a decorator. It hands the claimed function back unchanged and remembers the pair, so that
``python -m mathdnn_utils.verify FILE.py`` can check it.
"""

import inspect
import sys
from dataclasses import dataclass, field
from importlib import import_module

# Kind of claim: the check that judges it, and what the marked function claims to be.
KINDS = {
    "jacobian": ("check_jacobian", "the Jacobian"),
    "gradient": ("check_gradient", "the gradient"),
    "vjp": ("check_vjp", "the vector-Jacobian product"),
    "adjoint": ("check_adjoint", "the adjoint"),
}

# Every mark of this process, in the order in which the marks were made: that of the file.
MARKS = []


@dataclass(eq=False)
class Mark:
    """A mark, and the functions that it was put on: one, unless the mark was kept and used again."""

    kind: str
    of: object  # the function that the claim is about
    arguments: tuple  # what the check takes after the two functions
    options: dict
    line: int
    namespace: dict  # of the file that made the mark
    claims: list = field(default_factory=list)

    def __call__(self, claimed):
        """Remember the claimed function and hand it back unchanged."""
        if not callable(claimed):
            raise TypeError(f"{self.kind}_of: marks an object of type {type(claimed).__name__}, expected a function")
        self.claims.append(claimed)
        return claimed


def jacobian_of(f, at, **options):
    """Mark the function below as a claimed Jacobian of f.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of the point, returns an array of any fixed shape.
    at : array_like or callable
        The point, or a function ``at(rng)`` that draws one.
    options : keyword arguments
        Those of `check_jacobian`, with the same meaning: oracle, cases, seed, factors, terms, batched, full.

    Returns
    -------
    callable
        The decorator. It returns the marked function unchanged, a function of x -> array of shape out_shape + in_shape.

    Raises
    ------
    TypeError
        If f, or what is marked, is no function, and for an option that the check does not have.

    Examples
    --------
    >>> @jacobian_of(lambda x: x[0] * x[1], at=[2.0, 5.0])
    ... def product_jacobian(x):
    ...     return [x[1], x[0]]
    >>> product_jacobian([3, 4])
    [4, 3]
    """
    return make_mark("jacobian", "f", f, (at,), options)


def gradient_of(f, at, **options):
    """Mark the function below as a claimed gradient of f, which returns one number.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of the point, returns one number, with shape ().
    at : array_like or callable
        The point, or a function ``at(rng)`` that draws one.
    options : keyword arguments
        Those of `check_gradient`, with the same meaning: oracle, cases, seed, factors, terms, batched, full.

    Returns
    -------
    callable
        The decorator. It returns the marked function unchanged, a function of x -> array of the shape of x.

    Raises
    ------
    TypeError
        If f, or what is marked, is no function, and for an option that the check does not have.

    Examples
    --------
    >>> @gradient_of(lambda x: x[0] ** 2 + x[1], at=lambda rng: rng.normal(size=2))
    ... def loss_gradient(x):
    ...     return [2 * x[0], 1]
    >>> loss_gradient([3, 4])
    [6, 1]
    """
    return make_mark("gradient", "f", f, (at,), options)


def vjp_of(f, at, **options):
    """Mark the function below, vjp(x, g), as a claimed vector-Jacobian product of f.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of the point, returns an array of any fixed shape.
    at : array_like or callable
        The point, or a function ``at(rng)`` that draws one.
    options : keyword arguments
        Those of `check_vjp`, with the same meaning: oracle, cases, seed, factors, terms, batched, full.

    Returns
    -------
    callable
        The decorator. It returns the marked function unchanged, a function of x and of g, which has the shape of f(x),
        -> array of the shape of x.

    Raises
    ------
    TypeError
        If f, or what is marked, is no function, and for an option that the check does not have.

    Examples
    --------
    >>> @vjp_of(lambda x: x[0] * x[1], at=[2.0, 5.0])
    ... def product_vjp(x, g):
    ...     return [g * x[1], g * x[0]]
    >>> product_vjp([3, 4], 2)
    [8, 6]
    """
    return make_mark("vjp", "f", f, (at,), options)


def adjoint_of(apply, x_shape, y_shape, **options):
    """Mark the function below as a claimed adjoint of a linear map.

    Parameters
    ----------
    apply : callable
        Linear; takes an array of shape x_shape, returns one of shape y_shape.
    x_shape, y_shape : tuple of int
        The shapes. The marked function takes an array of shape y_shape and returns one of shape x_shape.
    options : keyword arguments
        Those of `check_adjoint`, with the same meaning: cases, seed.

    Returns
    -------
    callable
        The decorator. It returns the marked function unchanged.

    Raises
    ------
    TypeError
        If apply, or what is marked, is no function, and for an option that the check does not have.

    Examples
    --------
    >>> @adjoint_of(lambda x: x[1:] - x[:-1], x_shape=(3,), y_shape=(2,))
    ... def difference_adjoint(y):
    ...     return [-y[0], y[0] - y[1], y[1]]
    >>> difference_adjoint([1, 3])
    [-1, -2, 3]
    """
    return make_mark("adjoint", "apply", apply, (x_shape, y_shape), options)


def make_mark(kind, argument, of, arguments, options):
    """Make a mark for the file that called a function of this module, and remember it."""
    if not callable(of):
        raise TypeError(f"{kind}_of: {argument} has type {type(of).__name__}, expected a function")
    allowed = options_of(kind)
    unknown = [name for name in options if name not in allowed]
    if unknown:
        raise TypeError(f"{kind}_of: {unknown[0]} is no option, expected one of {', '.join(allowed)}")
    caller = sys._getframe(2)
    mark = Mark(kind, of, arguments, options, caller.f_lineno, caller.f_globals)
    MARKS.append(mark)
    return mark


def check_for(kind):
    """The check that judges a kind of claim."""
    # When it is used: the checks are not there yet while the package is being imported.
    return getattr(import_module("mathdnn_utils.verify"), KINDS[kind][0])


def options_of(kind):
    """The options of a mark: those of its check. A label belongs to the theorems of the book, not to a claim."""
    parameters = inspect.signature(check_for(kind)).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != "claim"]


def marks_made_in(namespace):
    """The marks that one file made itself, in its order; those of the modules that it imports are left out."""
    return [mark for mark in MARKS if mark.namespace is namespace]
