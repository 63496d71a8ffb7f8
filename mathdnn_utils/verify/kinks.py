"""Kinks: points where the slopes from the two sides differ, so that no derivative is right."""

import numpy as np

from .oracles import direction, values_at

# Inputs that are tried at most when the wrong entries belong to many.
MOST_INPUTS = 64


def kink_along(check, x, y, rng):
    """Whether the slopes from both sides differ in a random direction."""
    return kinked(check, x, y, direction(rng, x.shape, x.dtype))[0].any()


def slopes_at_kink(check, x, y, wrong, shown):
    """The slopes from both sides in the entry that is shown, if x is a kink in the input of every wrong entry.

    Parameters
    ----------
    check : Check
        What knows the function.
    x, y : ndarray
        The point, and the function there.
    wrong : ndarray of bool, shape y.shape + x.shape
        The entries in which a claim is wrong.
    shown : tuple of int
        Index of one of them.

    Returns
    -------
    tuple of two floats, or None
        None where a wrong entry has another reason.
    """
    matrix = wrong.reshape(-1, x.size)
    inputs = np.flatnonzero(matrix.any(axis=0))
    row, column = divmod(int(np.ravel_multi_index(shown, wrong.shape)) if shown else 0, x.size)
    slopes = None
    for j in [column, *inputs[:: max(1, len(inputs) // MOST_INPUTS)]]:
        unit = np.zeros_like(x)
        unit.flat[j] = 1
        kink, left, right = kinked(check, x, y, unit)
        if not kink.reshape(-1)[matrix[:, j]].all():
            return None
        slopes = slopes or (float(left.flat[row]), float(right.flat[row]))
    return slopes


def kinked(check, x, y, v):
    """(where the slopes along v differ, the slopes from the left, from the right), output by output.

    The gap between the quotients stays at a kink when the step shrinks, and shrinks with it on a curve.
    """
    nothing = np.zeros(y.shape, dtype=bool), y, y
    gaps = []
    for part in (1, 16):
        shift = np.cbrt(np.finfo(x.dtype).eps) / part * np.maximum(1, np.abs(x)) * v
        quotients = from_both_sides(check, x, y, shift, v)
        if quotients is None:
            return nothing
        left, right, rounding = quotients
        gaps.append(np.abs(right - left))
    size = np.maximum(np.abs(right), np.abs(left))
    return (gaps[1] > 0.5 * gaps[0]) & (gaps[1] > 1e-4 * size + rounding), left, right


def from_both_sides(check, x, y, shift, v):
    """The quotients from the left and from the right, and their rounding error; None outside the domain."""
    forward, backward = (x + shift).astype(x.dtype), (x - shift).astype(x.dtype)
    place = np.argmax(np.abs(shift))
    step = float(np.abs(shift).flat[place] / np.abs(v).flat[place])
    try:
        with np.errstate(all="ignore"):
            upper, lower = values_at(check.function, check.f, np.stack([forward, backward]), check.batched, y.shape)
    except (ArithmeticError, ValueError):
        return None
    rounding = 20 * float(np.finfo(x.dtype).eps) * np.abs(y).max() / step
    return (y - lower) / step, (upper - y) / step, rounding
