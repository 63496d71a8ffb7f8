"""Compare arrays of sympy expressions as expressions: equal means that sympy shows their difference to be 0."""

import sys

import numpy as np

from .evidence import Refuted
from .oracles import as_array

# Points at which expressions that differ are evaluated, to look for the reason in numbers.
POINTS = 5


def has_expressions(function, claimed, expected):
    """Whether one of two arguments holds sympy expressions."""
    if "sympy" not in sys.modules:
        return False
    from sympy import Basic

    arrays = as_array(function, "claimed", claimed), as_array(function, "expected", expected)
    return any(isinstance(entry, Basic) for array in arrays if array.dtype.kind == "O" for entry in array.flat)


def as_expressions(function, argument, value):
    """An array of sympy expressions.

    Raises
    ------
    TypeError
        If an entry is no expression and no number.
    ValueError
        If there is none.
    """
    import sympy

    array = as_array(function, argument, value)
    if array.size == 0:
        raise ValueError(f"{function}: {argument} has shape {array.shape}, expected at least one entry")
    expressions = np.empty(array.size, dtype=object)
    for k, entry in enumerate(array.flat):
        expression = None if isinstance(entry, (str, bool, np.bool_)) else sympy.sympify(entry)
        if not isinstance(expression, sympy.Expr):
            kind = "str" if isinstance(entry, str) else type(entry).__name__
            raise TypeError(f"{function}: {argument} has an entry of type {kind}, expected an expression")
        expressions[k] = expression
    return expressions.reshape(array.shape)


def is_zero(expression):
    """Whether an expression is 0 for all values of its symbols; None where sympy cannot tell."""
    import sympy

    # A value that is not 0 is quicker found than a simplification.
    rng = np.random.default_rng(0)
    at = {symbol: sympy.Float(rng.uniform(0.5, 2)) for symbol in sorted(expression.free_symbols, key=str)}
    value = expression.evalf(30, subs=at)
    if value.is_number and value.is_finite and abs(value) > 1e-15:
        return False
    # Exponentials decide what hyperbolic and trigonometric functions hide.
    for form in (expression, expression.rewrite(sympy.exp)):
        if sympy.simplify(form) == 0:
            return True
    return sympy.simplify(expression).equals(0)


def equal_entries(function, claimed, expected):
    """Entrywise: whether two arrays of expressions of one shape are equal.

    Raises
    ------
    ValueError
        If sympy can tell neither that two entries are equal nor that they differ.
    """
    equal = np.zeros(expected.shape, dtype=bool)
    for place in np.ndindex(expected.shape):
        zero = is_zero(claimed[place] - expected[place])
        if zero is None:
            raise ValueError(
                f"{function}: claimed has the entry {claimed[place]} at {list(place)}, expected one of which sympy can "
                f"tell whether it equals {expected[place]}; compare numbers instead"
            )
        equal[place] = zero
    return equal


def in_numbers(claimed, expected, judged):
    """Both arrays at some random values of their symbols, as far as they differ there: a list of `Refuted`.

    `judged` makes the report on two arrays of numbers.
    """
    symbols = sorted({s for array in (claimed, expected) for e in array.flat for s in e.free_symbols}, key=str)
    rng = np.random.default_rng(0)
    found = []
    for _ in range(POINTS):
        at = dict(zip(symbols, rng.uniform(0.5, 2, size=len(symbols))))
        try:
            c, t = (np.array([complex(e.evalf(17, subs=at)) for e in array.flat]) for array in (claimed, expected))
        except (TypeError, ValueError, ArithmeticError):  # an entry has no value there
            return []
        c, t = c.reshape(claimed.shape), t.reshape(expected.shape)
        if not (c.imag.any() or t.imag.any()):
            c, t = c.real, t.real
        report = judged(c, t)
        if not report.ok:
            found.append(Refuted((), report, c, t))
    return found
