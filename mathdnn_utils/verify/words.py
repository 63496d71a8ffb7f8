"""Numbers, arrays and inputs in words, the same on every machine."""

from fractions import Fraction

import numpy as np


def number(value, digits=6):
    """A number in few digits, the same on every machine: no minus zero, no type names.

    >>> number(-0.0), number(1 / 3), number(3), number(Fraction(1, 2)), number(True)
    ('0', '0.333333', '3', '1/2', 'True')
    """
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, np.integer, Fraction)):
        return str(value)
    if isinstance(value, (complex, np.complexfloating)):
        return f"{number(value.real, digits)}{'-' if value.imag < 0 else '+'}{number(abs(value.imag), digits)}i"
    return f"{float(value) + 0.0:.{digits}g}"


def tell_apart(claimed, expected):
    """Two numbers in as many digits, from 6 on, as it takes to see that they differ; text stays as it is."""
    if isinstance(claimed, str):
        return claimed, expected
    for digits in range(6, 18):
        pair = number(claimed, digits), number(expected, digits)
        if pair[0] != pair[1]:
            break
    return pair


def describe(values):
    """An input in words: numbers and small arrays, up to 8 entries in full.

    >>> describe({"x": np.array([1.0, 2.5]), "eps": -2})
    'x = [1, 2.5], eps = -2'
    """
    return ", ".join(f"{name} = {in_text(value)}" for name, value in values.items())


def in_text(value):
    """One argument in words. What is neither a number nor a string goes by its name or type, never by its address."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if is_number(value):
        return number(value)
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray):
        small = value.size <= 8 and all(is_number(entry) for entry in value.flat)
        return nested(value.tolist()) if small else f"an array of shape {value.shape}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(in_text(entry) for entry in value) + "]"
    return getattr(value, "__name__", type(value).__name__)


def nested(value):
    """A nested list of numbers as text."""
    if isinstance(value, list):
        return "[" + ", ".join(nested(entry) for entry in value) + "]"
    return number(value)


def is_number(value):
    """Whether value is one number of a kind that `number` can print."""
    return isinstance(value, (bool, int, float, complex, Fraction, np.number, np.bool_))
