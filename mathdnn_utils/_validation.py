"""What the mathematical modules ask of their arguments, and the words in which they refuse.

Every message reads `function: argument has X, expected Y because Z`. A TypeError is about the kind of an argument,
a ValueError about its shape or its range. Arrays come back without a copy where none is needed: a caller computes
new arrays from them and never writes into them.
"""

import numbers
import operator

import numpy as np


def _array(function, name, value):
    try:
        return np.asarray(value)
    except ValueError as error:
        raise TypeError(
            f"{function}: {name} has rows of different lengths, expected a rectangular array of numbers "
            f"because every entry needs a place in one array"
        ) from error
    except RuntimeError as error:  # a tensor that keeps track of its gradient
        raise TypeError(
            f"{function}: {name} has type {type(value).__name__}, expected numbers that NumPy can read because it does "
            f"the work"
        ) from error


def numeric_array(function, name, value):
    """Return `value` as an array of integers, real or complex numbers, in the dtype it has."""
    array = _array(function, name, value)
    if array.dtype.kind not in "iufc":
        raise TypeError(
            f"{function}: {name} has dtype {array.dtype}, expected integers, real or complex numbers "
            f"because the formula is one for numbers"
        )
    return array


def floating_array(function, name, value):
    """Return `value` as an array of real or complex numbers; integers become float64."""
    array = numeric_array(function, name, value)
    return array.astype(np.float64) if array.dtype.kind in "iu" else array


def finite_real(function, name, value, dtype):
    """Return the number `value` as a scalar of `dtype` (of its real counterpart if `dtype` is complex)."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(
            f"{function}: {name} has type {type(value).__name__}, expected one real number "
            f"because the same {name} holds for every entry of x"
        )
    real = np.finfo(dtype).dtype
    try:
        with np.errstate(all="ignore"):
            scalar = real.type(float(value))
    except OverflowError:  # an integer beyond the largest float
        scalar = real.type(np.inf)
    if not np.isfinite(scalar):
        raise ValueError(
            f"{function}: {name} has value {value}, expected a finite {real} because the result is computed in it"
        )
    return scalar


def positive_real(function, name, value, dtype):
    """Return the number `value` as `finite_real` does, if it is above zero."""
    scalar = finite_real(function, name, value, dtype)
    if scalar <= 0:
        raise ValueError(
            f"{function}: {name} has value {value}, expected a positive {scalar.dtype} "
            f"because the formula divides by it"
        )
    return scalar


def integer(function, name, value, reason, expected="an int"):
    """Return `value` as a plain int, if it is an integer of any kind; truth values are none."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None:
        raise TypeError(f"{function}: {name} has type {type(value).__name__}, expected {expected} because {reason}")
    return number


def axis_of_entries(function, name, array, axis):
    """Return `axis` as a plain int, if it is an axis of `array` with at least one entry."""
    index = integer(function, "axis", axis, f"it counts the axes of {name}")
    if array.ndim == 0:
        raise ValueError(f"{function}: {name} has shape (), expected at least one axis because the sum runs along one")
    if not -array.ndim <= index < array.ndim:
        raise ValueError(
            f"{function}: axis has value {index}, expected {-array.ndim} to {array.ndim - 1} "
            f"because {name} has shape {array.shape}"
        )
    if array.shape[index] == 0:
        raise ValueError(
            f"{function}: {name} has shape {array.shape}, expected at least one entry along axis {index} "
            f"because the largest entry there is taken out"
        )
    return index


def same_shape(function, name, array, other_name, other):
    """Refuse `array` unless it has the shape of `other`: nothing is broadcast."""
    if array.shape != other.shape:
        raise ValueError(
            f"{function}: {name} has shape {array.shape}, expected {other.shape} "
            f"because {other_name} has shape {other.shape}"
        )


def class_indices(function, name, value, logits):
    """Return `value` as an array of indices into the last axis of `logits`, one for each example."""
    indices = _array(function, name, value)
    if indices.shape == (0,):
        indices = indices.astype(np.intp)  # the empty list, which NumPy takes for an array of floats
    if indices.dtype.kind not in "iu":
        raise TypeError(
            f"{function}: {name} has dtype {indices.dtype}, expected integers because it holds class indices"
        )
    if indices.shape != logits.shape[:-1]:
        raise ValueError(
            f"{function}: {name} has shape {indices.shape}, expected {logits.shape[:-1]} "
            f"because logits has shape {logits.shape} and each example has one class"
        )
    classes = logits.shape[-1]
    outside = indices[(indices < 0) | (indices >= classes)]
    if outside.size:
        raise ValueError(
            f"{function}: {name} has value {outside[0]}, expected 0 to {classes - 1} "
            f"because logits has {classes} classes"
        )
    return indices.astype(np.intp)
