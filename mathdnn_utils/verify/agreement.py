"""What counts as agreement of two arrays: exact where both are exact, to the oracle's tolerance elsewhere."""

from fractions import Fraction

import numpy as np

from .oracles import PRECISION_LIMIT, TOLERANCES, as_array

# Entries far below the largest one are compared relative to this fraction of it: they carry its rounding error.
SMALL = 1e-3
# Larger arrays are compared in parts.
PART = 2**18


def as_values(function, argument, value):
    """Return value as a new array of numbers: real, complex, or exact rationals.

    Raises
    ------
    TypeError
        If it is not numeric.
    ValueError
        If it is empty.
    """
    array = as_array(function, argument, value)
    if array.dtype.kind == "O":
        exact = (int, np.integer, Fraction)
        if not all(isinstance(entry, exact) and not isinstance(entry, bool) for entry in array.flat):
            raise TypeError(
                f"{function}: {argument} has entries that are neither integers nor fractions, expected an array of one "
                "kind of number"
            )
    elif array.dtype.kind not in "iufc":
        raise TypeError(f"{function}: {argument} has dtype {array.dtype}, expected numbers")
    if array.size == 0:
        raise ValueError(f"{function}: {argument} has shape {array.shape}, expected at least one entry")
    return array


def is_exact(array):
    """Whether the entries are integers or fractions, so that equality means equality."""
    return array.dtype.kind in "iuO"


def is_finite(array):
    """Entrywise: neither NaN nor infinite. Integers and fractions always are."""
    return np.ones(array.shape, dtype=bool) if array.dtype.kind == "O" else np.isfinite(array)


def as_float(array):
    """The array in double precision or better. What is too large for that becomes infinite."""
    try:
        dtype = np.result_type(array, np.float64) if array.dtype.kind != "O" else np.float64
        return array.astype(dtype, copy=False)
    except OverflowError:
        return np.array([rounded(entry) for entry in array.flat]).reshape(array.shape)


def rounded(value):
    """An integer or fraction of any size as a floating-point number."""
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def as_fractions(array):
    """An exact array with Fractions as entries."""
    entries = np.empty(array.size, dtype=object)
    entries[:] = [Fraction(int(entry)) if not isinstance(entry, Fraction) else entry for entry in array.flat]
    return entries.reshape(array.shape)


def kind_of(claimed, expected, oracle=None):
    """Kind of oracle by what was compared, unless the caller names it."""
    if oracle is not None:
        return oracle
    if is_exact(claimed) and is_exact(expected):
        fractions = any(isinstance(entry, Fraction) for array in (claimed, expected) for entry in array.flat)
        return "exact rationals" if fractions else "exact integers"
    return "float arithmetic"


def allowed_tolerance(function, kind, tolerance, *arrays):
    """The tolerance in force: the oracle's, widened only for single precision; a caller may ask for less, not more."""
    if not isinstance(kind, str):
        raise TypeError(f"{function}: oracle has type {type(kind).__name__}, expected the name of a kind of oracle")
    if kind not in TOLERANCES:
        raise ValueError(f"{function}: oracle is {kind!r}, expected one of {', '.join(map(repr, TOLERANCES))}")
    limit = max([TOLERANCES[kind], *(PRECISION_LIMIT.get(array.dtype, 0.0) for array in arrays)])
    if TOLERANCES[kind] == 0 and not all(map(is_exact, arrays)):
        raise TypeError(f"{function}: oracle is {kind!r}, expected integers or fractions on both sides")
    if tolerance is None:
        return limit
    if isinstance(tolerance, bool) or not isinstance(tolerance, (int, float, np.integer, np.floating)):
        raise TypeError(f"{function}: tolerance has type {type(tolerance).__name__}, expected a number")
    if not 0 <= tolerance <= limit:
        raise ValueError(
            f"{function}: tolerance is {tolerance:g}, expected 0 to {limit:g} because that is the error of {kind}"
        )
    return tolerance


def agree(claimed, expected, tolerance, noise=0.0, scale=0.0):
    """Entrywise agreement of two arrays of one shape. NaN and infinity agree with nothing.

    An entry agrees if abs(claimed - expected) <= noise + tolerance * max(abs(expected), SMALL * largest abs(expected)).
    In single precision SMALL is larger, because a thousandth of its tolerance would be less than its rounding error.
    Where the arrays are parts of larger ones, `scale` is the largest abs(expected) of the whole.
    """
    if tolerance == 0 and is_exact(claimed) and is_exact(expected):
        return np.asarray(claimed == expected, dtype=bool)
    c, t = as_float(claimed), as_float(expected)
    return agree_in_parts(c, t, tolerance, noise, max(scale, largest(t)))


def largest(array):
    """The size of the largest part of an entry, real or imaginary, that is finite; 0 without any."""
    parts = (array.real, array.imag) if array.dtype.kind == "c" else (array,)
    size = max(max(float(part.max()), -float(part.min())) for part in parts)
    if np.isfinite(size):
        return size
    return max(float(np.abs(part[np.isfinite(part)]).max(initial=0.0)) for part in parts)


def agree_in_parts(c, t, tolerance, noise, scale):
    """`agree` for floating-point arrays; a large one is compared in parts, which fit into the processor's cache."""
    shape = np.broadcast_shapes(c.shape, t.shape)
    if t.size <= PART:
        return agree_at_once(c, t, tolerance, noise, scale)
    c, t = (np.broadcast_to(array, shape).ravel() for array in (c, t))
    noises = np.broadcast_to(noise, shape).ravel() if np.ndim(noise) else None
    agreed = np.empty(t.size, dtype=bool)
    for start in range(0, t.size, PART):
        part = slice(start, start + PART)
        agreed[part] = agree_at_once(c[part], t[part], tolerance, noise if noises is None else noises[part], scale)
    return agreed.reshape(shape)


def agree_at_once(c, t, tolerance, noise, scale):
    """`agree` for floating-point arrays of moderate size."""
    finite = is_finite(c) & is_finite(t)
    if not finite.all():
        c, t = np.where(finite, c, 0), np.where(finite, t, 0)
    # In units of a power of two near the largest expected entry, so that nothing that is compared can overflow.
    unit = 2.0 ** np.clip(np.frexp(scale)[1], -1021, 1023) if t.dtype != np.longdouble else np.longdouble(1)
    with np.errstate(over="ignore"):
        if not 1e-100 < unit < 1e100:
            c, t, noise, scale = c / unit, t / unit, noise / unit, scale / unit
        size = np.abs(t)
        # The modulus of a complex entry is up to 1.4 times its larger part.
        scale = max(scale, float(size.max())) if t.dtype.kind == "c" else scale
        return finite & (np.abs(c - t) <= noise + tolerance * np.maximum(size, floor(tolerance) * scale))


def floor(tolerance):
    """The part of the largest entry with which smaller ones are compared. Single precision needs more than SMALL."""
    return max(SMALL, min(500 * tolerance, 1))
