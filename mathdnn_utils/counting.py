"""Count the scalar multiplications of a formula while it runs.

    value, multiplications = count_multiplications(lambda M, v: M @ v, M, v)

The book measures cost in scalar multiplications. They are not estimated from sizes: the formula is evaluated with
numbers that count how often they are multiplied.
"""

import operator
from numbers import Number

import numpy as np

__all__ = ["count_multiplications"]


class _Counted:
    """A number that notes each of its multiplications in a tally that its results share."""

    __slots__ = ("value", "tally")

    def __init__(self, value, tally):
        self.value, self.tally = value, tally

    def _result(self, operation, left, right):
        left, right = (side.value if isinstance(side, _Counted) else side for side in (left, right))
        return _Counted(operation(left, right), self.tally)

    def __add__(self, other):
        return self._result(operator.add, self, other)

    def __radd__(self, other):
        return self._result(operator.add, other, self)

    def __sub__(self, other):
        return self._result(operator.sub, self, other)

    def __rsub__(self, other):
        return self._result(operator.sub, other, self)

    def __neg__(self):
        return _Counted(-self.value, self.tally)

    def __mul__(self, other):
        self.tally[0] += 1
        return self._result(operator.mul, self, other)

    def __rmul__(self, other):
        self.tally[0] += 1
        return self._result(operator.mul, other, self)

    def _refuse(self, other):
        raise TypeError(
            "count_multiplications: function divides or takes a power, expected sums, differences and products because "
            "only those are counted"
        )

    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __pow__ = __rpow__ = _refuse


def count_multiplications(function, *arguments):
    """Evaluate a function and count its scalar multiplications.

    Parameters
    ----------
    function : callable
        Uses addition, subtraction and multiplication of its arguments, matrix products among them; returns a number or
        an array.
    *arguments : array_like
        Numbers or arrays, at least one.

    Returns
    -------
    value : ndarray, or a number where the result has no axes
        What the function gives for these arguments.
    count : int
        How many pairs of numbers were multiplied. A multiplication by 0 or 1 counts like any other.

    Raises
    ------
    TypeError
        If an argument does not hold numbers, or the function does something else with them, such as dividing.
    ValueError
        If there is no argument.

    Notes
    -----
    Additions are not counted. NumPy's object arrays do the work, number by number: the count is that of the formula as
    it is written, not of what a compiled routine might skip.

    Examples
    --------
    >>> value, count = count_multiplications(lambda M, v: M @ v, [[1, 2, 3], [4, 5, 6]], [1, 0, -1])
    >>> print(value, count)
    [-2 -2] 6
    """
    if not arguments:
        raise ValueError("count_multiplications: got 0 arguments, expected at least one because its entries count")
    tally = [0]
    counted = [_counted(position, argument, tally) for position, argument in enumerate(arguments)]
    try:
        result = np.asarray(function(*counted), dtype=object)
    except TypeError as error:
        if _Counted.__name__ not in str(error):
            raise
        raise TypeError(
            "count_multiplications: function needs more than sums, differences and products of its arguments, expected "
            f"those alone because only they are counted ({error})"
        ) from error
    values = [entry.value if isinstance(entry, _Counted) else entry for entry in result.flat]
    return np.array(values).reshape(result.shape)[()], tally[0]


def _counted(position, argument, tally):
    """An array of counting numbers."""
    try:
        array = np.asarray(argument)
    except ValueError:
        raise TypeError(
            f"count_multiplications: argument {position} has rows of different lengths, expected an array of numbers"
        ) from None
    numbers = (
        array.dtype.kind in "iufc"
        or array.dtype.kind == "O"
        and all(isinstance(entry, Number) and not isinstance(entry, bool) for entry in array.flat)
    )
    if not numbers:
        raise TypeError(
            f"count_multiplications: argument {position} has dtype {array.dtype}, expected numbers because they are "
            "multiplied"
        )
    entries = np.empty(array.size, dtype=object)
    entries[:] = [_Counted(entry, tally) for entry in array.ravel().tolist()]
    # A result of no axes is still an array: `@` and `sum` then work as they do on plain numbers.
    return entries.reshape(array.shape)
