"""What chapters print: a function's source without its docstring, and numbers in fixed decimals."""

import ast
import inspect
from fractions import Fraction

import numpy as np

__all__ = ["rounded", "show_source"]


def rounded(values, decimals=6):
    """Write numbers as text that comes out the same on every machine.

    Parameters
    ----------
    values : number or array_like with at most two axes
        Real numbers; integers and fractions are written exactly.
    decimals : int
        Digits behind the point, at least 0, for all others.

    Returns
    -------
    str
        A vector on one line, a matrix with a line for each row, the columns flush right. There is no minus zero.

    Raises
    ------
    TypeError
        If values does not hold real numbers, or decimals is not an integer.
    ValueError
        If there is no entry or there are more than two axes, or decimals is negative.

    Examples
    --------
    >>> rounded([1 / 3, -2, 0.5], 3)
    '0.333 -2.000 0.500'
    >>> print(rounded([[Fraction(1, 2), Fraction(-1, 6)], [3, 4]]))
    1/2 -1/6
      3    4
    """
    if isinstance(decimals, bool) or not isinstance(decimals, (int, np.integer)):
        raise TypeError(f"rounded: decimals has type {type(decimals).__name__}, expected an integer")
    if decimals < 0:
        raise ValueError(f"rounded: decimals is {decimals}, expected at least 0")
    try:
        array = np.asarray(values)
    except ValueError:
        raise TypeError("rounded: values has rows of different lengths, expected an array of numbers") from None
    exact = array.dtype.kind == "O" and all(isinstance(entry, (int, np.integer, Fraction)) for entry in array.flat)
    if array.dtype.kind not in "iuf" and not exact:
        raise TypeError(f"rounded: values has dtype {array.dtype}, expected real numbers")
    if array.size == 0:
        raise ValueError(f"rounded: values has shape {array.shape}, expected at least one entry")
    if array.ndim > 2:
        raise ValueError(
            f"rounded: values has shape {array.shape}, expected at most two axes because lines have no more"
        )
    if array.dtype.kind == "f":
        # Rounded before it is written: what becomes 0 has no sign then.
        words = [f"{np.round(entry, decimals) + 0.0:.{decimals}f}" for entry in array.flat]
    else:
        words = [str(entry) for entry in array.flat]
    if array.ndim < 2:
        return " ".join(words)
    words = np.array(words, dtype=object).reshape(array.shape)
    widths = [max(map(len, column)) for column in words.T]
    return "\n".join(" ".join(word.rjust(width) for word, width in zip(row, widths)) for row in words)


def show_source(function):
    """Print the source of a function without its docstring.

    Parameters
    ----------
    function : function
        A Python function whose source file is at hand.

    Raises
    ------
    TypeError
        If it is not a Python function.

    Notes
    -----
    A chapter shows what the library runs, and its stored output fails when the library changes.

    Examples
    --------
    >>> show_source(show_source)  # doctest: +ELLIPSIS
    def show_source(function):
        if not inspect.isfunction(function):
    ...
    """
    if not inspect.isfunction(function):
        raise TypeError(f"show_source: function has type {type(function).__name__}, expected a Python function")
    lines = inspect.getsource(function).splitlines()
    body = ast.parse("\n".join(lines)).body[0].body
    if ast.get_docstring(ast.parse("\n".join(lines)).body[0]) is not None:
        lines[body[0].lineno - 1 : body[0].end_lineno] = []
    print("\n".join(lines) + "\n")
