"""What a wrong array has to do with the right one: the mistakes that the checks know by name.

Let C be the claimed array and T the true one. A mistake is named only if it explains every entry of every case that
refutes the claim, and only if `evidence` says that it is no accident.
"""

from fractions import Fraction
from itertools import combinations, islice, product
from math import log2

import numpy as np

from .agreement import agree, as_float, as_fractions, is_exact, is_finite
from .evidence import (
    ENOUGH,
    ENOUGH_IF_COMMON,
    ENOUGH_WITH_A_PARAMETER,
    ENOUGH_WITH_FREEDOM,
    NEARLY_RIGHT,
    SMALL_INTEGER,
    bits_an_entry,
    evidence,
    short,
)
from .words import number, tell_apart


def explain(failures):
    """Pairs (code, sentence) that explain every entry of every failure; sentences speak of the first."""
    with np.errstate(all="ignore"):
        return relations(distinct(failures))


def relations(failures):
    """`explain`, for failures that differ."""
    if all(f.claimed.shape != f.expected.shape for f in failures):
        return shape_hints(failures)
    if all(not is_finite(f.claimed).all() for f in failures):
        return [NOT_FINITE]
    if all(not is_finite(f.expected).all() for f in failures):
        return [INPUT_NOT_FINITE]
    same_shape = all(f.claimed.shape == f.expected.shape for f in failures)
    finite = all(is_finite(f.claimed).all() and is_finite(f.expected).all() for f in failures)
    if not same_shape or not finite:
        # In some cases the shape alone is wrong, in others the entries: only a matrix' transpose explains both.
        return [TRANSPOSED] if finite and transposed(failures) else []
    if all(f.slopes and between_slopes(f) for f in failures):
        return [kink(failures[0])]
    # From the special to the general; what is general is looked for only where nothing special was found.
    hints = found(failures, overwritten, transposed, permuted, flipped, shifted)
    factor = found(failures, negative) or found(failures, constant_factor)
    hints += factor
    hints += found(failures, only_diagonal, offset)
    return hints or found(failures, scaled) or found(failures, lost_outer_product, wrong_diagonal, wrapped_index)


def found(failures, *relations):
    """The hints of those relations that hold."""
    return [hint for relation in relations for hint in [relation(failures)] if hint]


def distinct(failures):
    """The failures without repetitions: the same case a hundred times is one case."""
    failures = list({id(f): f for f in failures}.values())
    if len(failures) == 1:
        return failures
    seen = {}
    for f in failures:
        key = tuple(
            (a.shape, a.dtype.str, tuple(a.flat) if a.dtype.kind == "O" else a.tobytes())
            for a in (f.claimed, f.expected)
        )
        seen.setdefault(key, f)
    return list(seen.values())


NOT_FINITE = ("non-finite", "the claim has entries that are NaN or infinite.")
INPUT_NOT_FINITE = (
    "non-finite",
    "the expected array has entries that are NaN or infinite; the input is at fault.",
)
TRANSPOSED = ("transposed", "the transpose of the claim is right.")


def kink(failure):
    """The slopes from both sides, which differ."""
    # One-sided quotients are right to a few digits only.
    left, right = (number(slope, 4) for slope in failure.slopes)
    return "non-differentiable-point", (
        f"the slope is {left} from the left and {right} from the right: the function has a kink here. The point is at "
        "fault, not the claim; move the point."
    )


def between_slopes(failure):
    """Whether the claim that is shown lies between the slopes from both sides: only then the kink excuses it."""
    claimed = float(np.real(as_float(np.asarray(failure.report.worst[0].claimed))))
    low, high = sorted(failure.slopes)
    slack = 1e-4 * max(abs(low), abs(high))
    return low - slack <= claimed <= high + slack


# Shapes


def shape_hints(failures):
    """The wrong shape, and what would make it right."""
    first = failures[0]
    C, T = first.claimed.shape, first.expected.shape
    hints, ways = [], []
    if all(is_finite(f.claimed).all() and is_finite(f.expected).all() for f in failures):
        hints = found(failures, transposed, permuted, cropped)
        way = None if hints else as_reshaped(failures) or as_summed(failures)
        ways = [way] if way else []
    sentence = f"the claim has shape {C}; a right answer has shape {T}." + "".join(f" {way}" for way in ways)
    hints = [("wrong-shape", sentence), *hints]
    if all(not is_finite(f.claimed).all() for f in failures):
        hints.append(NOT_FINITE)
    elif all(not is_finite(f.expected).all() for f in failures):
        hints.append(INPUT_NOT_FINITE)
    return hints


def equal(failure, array, expected=None):
    """Whether two arrays agree, for arrays of any shapes."""
    expected = failure.t if expected is None else expected
    if array.shape != expected.shape:
        return False
    return bool(agree(array, expected, failure.tolerance, failure.noise).all())


def as_reshaped(failures):
    """How the entries, in their order, would have the right shape."""
    shapes = {(f.claimed.shape, f.expected.shape) for f in failures}
    if not all(f.c.size == f.t.size for f in failures):
        return None
    one_entry = all(f.c.size == 1 for f in failures)
    in_rows = all(equal(f, f.c.reshape(f.t.shape)) for f in failures)
    in_columns = all(equal(f, f.c.reshape(f.t.shape, order="F")) for f in failures)
    if not in_rows and not in_columns:
        return None
    for C, T in shapes:
        if not one_entry and tuple(n for n in C if n != 1) != tuple(n for n in T if n != 1):
            break
    else:
        C, T = failures[0].claimed.shape, failures[0].expected.shape
        if len(C) != len(T):
            return f"An axis of length 1 is {'too many' if len(C) > len(T) else 'missing'}; the entries are right."
    order = "" if in_rows else ", column by column (order='F')"
    return f"Its entries are right in their order: reshaped to {failures[0].expected.shape}{order} the claim is right."


def as_summed(failures):
    """Which sum or mean over an axis is missing from the claim, or is one too many."""
    for axis in range(failures[0].claimed.ndim):
        for name, reduce in (("sum", np.sum), ("mean", np.mean)):
            for keep in (False, True):
                if all(axis < f.c.ndim and equal(f, reduced(reduce, f.c, axis, keep)) for f in failures):
                    return f"A {name} over axis {axis} is missing: with it the claim is right."
    for axis in range(failures[0].expected.ndim):
        for name, reduce in (("summed", np.sum), ("averaged", np.mean)):
            for keep in (False, True):
                if all(axis < f.t.ndim and equal(f, f.c, reduced(reduce, f.t, axis, keep)) for f in failures):
                    return f"The claim is the right one {name} over axis {axis}; that axis has to stay."
    return None


def reduced(reduce, array, axis, keep):
    """A sum or mean over one axis; exact numbers that have no exact mean give none."""
    if reduce is np.mean and array.dtype.kind == "O":
        return np.asarray(np.sum(array, axis=axis, keepdims=keep) * Fraction(1, array.shape[axis]))
    return np.asarray(reduce(array, axis=axis, keepdims=keep))


def cropped(failures):
    """Whether one array is the centre of the other: valid for full, full for valid."""
    if any(f.c.ndim != f.t.ndim or f.c.ndim == 0 for f in failures):
        return None
    smaller = all(all(c <= t for c, t in zip(f.c.shape, f.t.shape)) for f in failures)
    larger = all(all(c >= t for c, t in zip(f.c.shape, f.t.shape)) for f in failures)
    if smaller == larger:
        return None
    for upper in (False, True):
        pairs = [(f, *((f.c, f.t) if smaller else (f.t, f.c))) for f in failures]
        if not all(equal(f, inner, centre(outer, inner.shape, upper)) for f, inner, outer in pairs):
            continue
        inner = [inner for _, inner, _ in pairs]
        if evidence(failures, where=[np.ones(a.shape, dtype=bool) for a in inner], values=inner, cost=1) < ENOUGH:
            return None
        if smaller:
            sentence = (
                "the claim is the centre of the right one, whose borders are missing: valid or same for full, say."
            )
        else:
            sentence = "the centre of the claim is right, and the borders are too many: full for same or valid, say."
        return "wrong-mode", sentence
    return None


def centre(array, shape, upper=False):
    """The part of that shape in the middle; where there are two, the one with lower or upper indices."""
    starts = [(n - m + upper) // 2 for n, m in zip(array.shape, shape)]
    return array[tuple(slice(start, start + m) for start, m in zip(starts, shape))]


# The right entries in other places


def transposed(failures):
    """Whether the transposes of all matrices are right."""
    if any(f.claimed.ndim != 2 or f.claimed.T.shape != f.expected.shape for f in failures):
        return None
    if not all(turned(f, (1, 0)) for f in failures):
        return None
    same_shape = [f for f in failures if f.claimed.shape == f.expected.shape]
    where = [f.told(f.t.T) for f in same_shape]
    return TRANSPOSED if not same_shape or evidence(same_shape, where=where) >= ENOUGH_IF_COMMON else None


def turned(failure, order):
    """Whether the claim, with its axes in that order, is right."""
    if failure.claimed.shape == failure.expected.shape:
        return failure.fits(failure.t.transpose(np.argsort(order)))
    return equal(failure, failure.c.transpose(order))


def permuted(failures):
    """The order of axes with which the claims, of three axes or more, are right."""
    first = failures[0]
    n = first.claimed.ndim
    if any(f.claimed.ndim != n or f.expected.ndim != n for f in failures) or n < 3:
        return None
    if all(np.ptp(as_float(f.expected).real) == 0 for f in failures):
        return None  # entries that are all equal have no order
    inputs_first = tuple(range(n - (first.outputs or 0), n)) + tuple(range(n - (first.outputs or 0)))
    orders = orders_that_fit(first.claimed.shape, first.expected.shape)
    # The likeliest first: the blocks exchanged, then few axes moved.
    for order in sorted(orders, key=lambda order: (order != inputs_first, -fixed(order))):
        if all(
            tuple(f.claimed.shape[axis] for axis in order) == f.expected.shape and turned(f, order) for f in failures
        ):
            if first.claimed.shape == first.expected.shape:
                where = [f.told(f.t.transpose(np.argsort(order))) for f in failures]
                if evidence(failures, cost=log2(len(orders)), where=where) < ENOUGH:
                    return None
            why = ": it has the input axes before the output axes" if first.outputs and order == inputs_first else ""
            return (
                "axes-permuted",
                f"the axes of the claim are in another order{why}; np.transpose(claim, {order}) is right.",
            )
    return None


def orders_that_fit(claimed, expected, most=2000):
    """The orders of axes, other than their own, that turn the one shape into the other."""

    def extend(order):
        k = len(order)
        if k == len(expected):
            if order != tuple(range(k)):
                yield order
            return
        for axis in range(len(claimed)):
            if axis not in order and claimed[axis] == expected[k]:
                yield from extend((*order, axis))

    backwards = tuple(reversed(range(len(claimed))))
    found = list(islice(extend(()), most))
    # Of very many orders the one of a transpose is tried in any case.
    fits = all(claimed[axis] == length for axis, length in zip(backwards, expected))
    return found if not fits or backwards in found else [*found, backwards]


def fixed(order):
    """How many axes stay where they are."""
    return sum(axis == place for place, axis in enumerate(order))


def flipped(failures):
    """The axes along which the claims are reversed."""
    shape = failures[0].claimed.shape
    axes = [axis for axis, length in enumerate(shape) if length > 1]
    sets = [chosen for size in range(1, len(axes) + 1) for chosen in combinations(axes, size)]
    for chosen in sets[:127]:
        if all(f.claimed.ndim == len(shape) and f.fits(np.flip(f.t, chosen)) for f in failures):
            where = [f.told(np.flip(f.t, chosen)) for f in failures]
            if evidence(failures, cost=log2(len(sets)), where=where) < ENOUGH:
                return None
            return "flipped", f"reversed along {axes_in_words(chosen)} the claim is right: the flip of a kernel, say."
    return None


def axes_in_words(axes):
    """Axes by their numbers: "axis 0", "axes 0 and 2".

    >>> axes_in_words((1,)), axes_in_words((0, 2, 3))
    ('axis 1', 'axes 0, 2 and 3')
    """
    if len(axes) == 1:
        return f"axis {axes[0]}"
    return f"axes {', '.join(map(str, axes[:-1]))} and {axes[-1]}"


def shifted(failures):
    """By how much the claims are shifted, and what fills the gap: zeros, the other end, or anything."""
    first = failures[0]
    if first.claimed.ndim == 0 or any(f.claimed.shape != first.claimed.shape for f in failures):
        return None
    for shift in likely_shifts(first):
        for filling in ("zeros", "round", "other"):
            wheres = [shift_fits(f, shift, filling) for f in failures]
            if any(where is None for where in wheres):
                continue
            enough = ENOUGH_WITH_FREEDOM if filling == "other" else ENOUGH
            if evidence(failures, where=wheres, cost=2 * log2(1 + sum(map(abs, shift)))) < enough:
                continue
            moves = [f"by {amount:+d} along axis {axis}" for axis, amount in enumerate(shift) if amount]
            ends = {
                "zeros": "zeros come in at the end",
                "round": "what leaves at one end comes in at the other",
                "other": "other entries come in at the end",
            }[filling]
            return "shifted", f"the claim is the right one shifted {' and '.join(moves)}; {ends}."
    return None


def likely_shifts(failure, most=60):
    """Shifts that put a true entry where the claim has its value, the smallest first."""
    c, t, shape = failure.c, failure.t, failure.claimed.shape
    wrong = np.argwhere(failure.wrong & (c != 0))
    if len(wrong) == 0:
        return []
    middle = (np.array(shape) - 1) / 2
    off_middle = (np.abs(wrong - middle) / np.maximum(middle, 1)).max(axis=1)
    chosen = wrong[np.argsort(off_middle, kind="stable")][:4]
    chosen = np.concatenate([chosen, wrong[:1], wrong[-1:]]) if failure.places is None else chosen[:2]
    shifts = set()
    for place in chosen:
        value = c[tuple(place)]
        near = t == value if failure.exact else is_near(t, value, failure.tolerance * abs(value) + failure.noise)
        for source in np.argwhere(near)[:200]:
            difference = [int(a) for a in place - source]
            # The shortest way round as well.
            around = [(d + n // 2) % n - n // 2 for d, n in zip(difference, shape)]
            shifts |= {tuple(difference), tuple(around)}
    shifts.discard((0,) * len(shape))
    return sorted(shifts, key=lambda s: (sum(map(abs, s)), [-a for a in s]))[:most]


def is_near(array, value, allowed):
    """Entrywise: whether a number is there, up to an error."""
    if array.dtype.kind == "c":
        return np.abs(array - value) <= allowed
    return (array >= value - allowed) & (array <= value + allowed)


def shift_fits(failure, shift, filling):
    """The wrong entries that a shift explains, as a mask, or None if it does not fit the whole array."""
    c, t, shape = failure.c, failure.t, failure.claimed.shape
    if failure.places is not None and not few_shifted(failure, shift):
        return None
    if filling == "round":
        # Reversing two entries is not called turning them round.
        if any(amount and length == 2 for amount, length in zip(shift, shape)):
            return None
        rolled = np.roll(t, shift, axis=tuple(range(len(shape))))
        return failure.told(rolled) if failure.fits(rolled) else None
    if filling == "other" and any(2 * abs(amount) >= length for amount, length in zip(shift, shape) if amount):
        return None
    to = tuple(slice(max(s, 0), n + min(s, 0)) for s, n in zip(shift, shape))
    source = tuple(slice(max(-s, 0), n + min(-s, 0)) for s, n in zip(shift, shape))
    inside = np.zeros(shape, dtype=bool)
    inside[to] = True
    if filling == "zeros" and (c[~inside] != 0).any():
        return None
    if not failure.agrees(c[to], t[source]).all():
        return None
    prediction = np.zeros_like(t)
    prediction[to] = t[source]
    told = failure.told(prediction)
    return told if filling == "zeros" else told & inside


def few_shifted(failure, shift):
    """`shift_fits` for some entries of a large array, those that come from inside."""
    source = [place - amount for place, amount in zip(failure.places, shift)]
    inside = np.all([(0 <= place) & (place < n) for place, n in zip(source, failure.claimed.shape)], axis=0)
    to, source = ([place[inside] for place in places] for places in (failure.places, source))
    return bool(inside.any() and failure.agrees(failure.c[tuple(to)], failure.t[tuple(source)]).all())


# The right entries times a factor


def negative(failures):
    """Whether all claims are the negatives of the right ones."""
    if all(f.fits_each(lambda t: -1 * t) and f.told(-1 * f.t).any() for f in failures):
        return "sign", "the claim is the negative of the right one."
    return None


def constant_factor(failures):
    """The number c with C = c T in every entry of every case.

    A single number is some multiple of every other: then only a small ratio is named, and only where the right number
    has so many digits that the ratio is no accident.
    """
    exact = all(f.exact for f in failures)
    biggest = max(failures, key=lambda f: f.scale)
    place = np.unravel_index(np.argmax(np.abs(biggest.t)), biggest.t.shape)
    c, t = biggest.c[place], biggest.t[place]
    if t == 0 or c == 0:
        return None
    tolerance = max(f.tolerance for f in failures)
    if exact:
        factor = Fraction(c) / Fraction(t)
    else:
        value = c / t
        if not np.isfinite(value) or value == 0:
            return None
        ratio = small_ratio(value, 12, tolerance) if value.imag == 0 else None
        factor = value if ratio is None else ratio
    if factor == 1 or not all(multiplied(f, factor) for f in failures):
        return None
    if isinstance(factor, Fraction):
        values = [np.where(np.abs(f.c) > np.abs(f.t), f.c, f.t) for f in failures]
        bits = evidence(failures, cost=log2(abs(factor.numerator) * factor.denominator), values=values)
        single = sum(np.count_nonzero(f.t) for f in failures) < 2
        # In single precision, or to 1e-4, some small ratio fits every number.
        enough = (ENOUGH if exact else ENOUGH_WITH_FREEDOM) if single else ENOUGH_IF_COMMON
        if single and not exact and small_ratio(t, 1000, 1e-9) is not None:
            return None
    else:
        bits, enough = evidence(failures, parameters=1), ENOUGH_WITH_A_PARAMETER
    if bits < enough:
        return None
    return (
        "constant-factor",
        f"the claim is {factor_in_words(factor)} times the right one{origin(factor, failures[0])}.",
    )


def multiplied(failure, factor):
    """Whether the claim is that multiple of the truth, for exact numbers without rounding."""
    if isinstance(factor, Fraction):
        p, q = factor.numerator, factor.denominator
        if failure.t.dtype.kind != "O" and max(abs(p), q) > SMALL_INTEGER:
            return False
        if failure.exact:
            return bool(np.all(failure.c * q == failure.t * p))
        factor = p / q
    return failure.fits_each(lambda t: t * factor)


def small_ratio(value, largest, tolerance):
    """The fraction with numerator and denominator at most `largest` that equals value to the tolerance, or None."""
    if isinstance(value, Fraction):
        near = comparable = value.limit_denominator(largest)
        tolerance = Fraction(tolerance)
    else:
        near = Fraction(float(value.real)).limit_denominator(largest)
        comparable = float(near)
    small = near != 0 and abs(near.numerator) <= largest
    return near if small and abs(value - comparable) <= tolerance * abs(value) else None


def factor_in_words(factor):
    """A factor as a fraction where it is one, otherwise in six digits, or in as many as tell it from 1."""
    return str(factor) if isinstance(factor, Fraction) else tell_apart(factor, 1.0)[0]


def origin(factor, failure):
    """Where a factor n or 1/n may come from: an axis of that length."""
    if not isinstance(factor, Fraction) or 1 not in (abs(factor.numerator), factor.denominator):
        return ""
    n = max(abs(factor.numerator), factor.denominator)
    axes = {**failure.lengths, **{f"axis {axis}": length for axis, length in enumerate(failure.expected.shape)}}
    names = [name for name, length in axes.items() if length == n]
    return f", and {n} is the length of {names[0]}" if names and n > 2 else ""


def scaled(failures):
    """Whether a factor depends on some indices alone: on the row, on the column, or on the axes of a known factor."""
    named = next((hint for f_name in failures[0].factors for hint in [named_factor(failures, f_name)] if hint), None)
    if named:
        return named
    for kept in index_groups(failures[0]):
        results = [parallel(f, kept) for f in failures if f.claimed.ndim == failures[0].claimed.ndim]
        if len(results) < len(failures) or any(result is None for result in results):
            continue
        if sum(bits for bits, _ in results) < ENOUGH_WITH_A_PARAMETER:
            continue
        factors = results[0][1]
        nearly = max(NEARLY_RIGHT, *(10 * f.tolerance for f in failures))
        if all(abs(factor - 1) < nearly for _, found in results for factor in found):
            continue  # the claim is right, and has lost digits
        if all(abs(factor - found[0]) <= nearly * abs(found[0]) for _, found in results for factor in found):
            continue  # one number in each case, and another in the next
        few = ", ".join(number(value) for value in factors[:4]) + (", …" if len(factors) > 4 else "")
        code, name = group_in_words(kept, failures[0])
        return code, (
            f"each {name} of the claim is a multiple of the right one, by {few}: a factor that belongs to the {name} "
            "is wrong or missing, such as the derivative of an activation."
        )
    return None


def index_groups(failure):
    """Sets of axes that a factor may depend on: single ones, then all outputs, then all inputs of a Jacobian."""
    n = failure.claimed.ndim
    groups = [(axis,) for axis in range(n)] if n > 1 else []
    if failure.outputs is not None:
        groups += [tuple(range(failure.outputs)), tuple(range(failure.outputs, n))]
    return list(dict.fromkeys(group for group in groups if 0 < len(group) < n))


def group_in_words(kept, failure):
    """The code and the word for a factor that depends on these axes."""
    n, outputs = failure.claimed.ndim, failure.outputs
    is_row = max(kept) < (1 if outputs is None else outputs) or len(kept) == n
    code = "row-scaled" if is_row else "column-scaled"
    if n == 2:
        return code, "row" if is_row else "column"
    if n == 1:
        return code, "entry"
    return code, f"slice along {axes_in_words(kept)}"


def rows(array, kept):
    """The array as a matrix whose rows are the slices at one index of the kept axes."""
    rest = tuple(axis for axis in range(array.ndim) if axis not in kept)
    length = int(np.prod([array.shape[axis] for axis in kept]))
    return array.transpose(kept + rest).reshape(length, -1)


def parallel(failure, kept):
    """(bits, factors claimed/true of the wrong rows) if every row of the claim is a multiple of the true one, or None.

    A row of n entries that are not 0 fulfils n - 1 conditions. A row that is 0 on one side only is a multiple of
    anything; it must be long to count.
    """
    if failure.places is not None and not few_parallel(failure, kept):
        return None
    wrong = rows(failure.wrong, kept).any(axis=1)
    both = [rows(array, kept).any(axis=1) for array in (failure.c, failure.t)]
    if not wrong.any() or not (both[0] & both[1]).any():
        return None  # zeros alone are multiples of anything
    C, T = (rows(array, kept)[wrong] for array in (failure.c, failure.t))
    if len(C) > 50 and not all(is_multiple(failure, c, t) for c, t in zip(C[:3], T[:3])):
        return None
    if not all(is_multiple(failure, c, t) for c, t in zip(C, T)):
        return None
    bits, factors = 0.0, []
    for c, t in zip(C, T):
        pivot = np.argmax(np.abs(t))
        nonzero = t[(t != 0) & (c != 0)]
        if len(nonzero):
            different = len({short(entry) for entry in nonzero.tolist()})
            bits += bits_an_entry(nonzero, failure.tolerance) * (different - 1) + (len(nonzero) - different) * 0.5
            factors.append(c[pivot] / t[pivot])
        elif max(np.count_nonzero(c), np.count_nonzero(t)) < 2:
            return None  # a single wrong entry, no row
        else:
            bits += 1.5 * max(np.count_nonzero(c), np.count_nonzero(t))
            factors.append(0 if t[pivot] != 0 else None)
    factors = [factor for factor in factors if factor is not None]
    return (bits, factors) if factors else None


def few_parallel(failure, kept):
    """Whether some rows of a large claim, with wrong entries, are multiples of the true ones."""
    for place in list(zip(*failure.places))[:5]:
        row = tuple(place[axis] if axis in kept else slice(None) for axis in range(failure.claimed.ndim))
        if not is_multiple(failure, failure.c[row].ravel(), failure.t[row].ravel()):
            return False
    return True


def is_multiple(failure, c, t):
    """Whether one row is a multiple of another, rows of zeros included."""
    pivot = np.argmax(np.abs(t))
    if t[pivot] == 0 or not (c != 0).any():
        return True
    if failure.exact:
        return bool((c * t[pivot] == t * c[pivot]).all())
    factor = c[pivot] / t[pivot]
    return bool(np.isfinite(factor) and agree(c, t * factor, 4 * failure.tolerance, failure.noise * abs(factor)).all())


def named_factor(failures, name):
    """Whether a factor that the caller knows is missing from the claim, or is one too many."""
    first = failures[0]
    n = first.claimed.ndim
    for kept in [*index_groups(first), tuple(range(n))]:
        spread = [spread_over(f, f.factors[name], kept) for f in failures]
        if any(factor is None or (factor == factor.flat[0]).all() for factor in spread):
            continue
        missing = all(agree_scaled(f, f.c * factor, f.t) for f, factor in zip(failures, spread))
        added = all(agree_scaled(f, f.c, f.t * factor) for f, factor in zip(failures, spread))
        if not missing and not added:
            continue
        if evidence(failures, values=[f.t if missing else f.c for f in failures]) < ENOUGH:
            continue
        code, word = group_in_words(kept, first)
        what = "lacks the factor" if missing else "has once too often the factor"
        return code, f"the claim {what} {name}, which belongs to the {word if len(kept) < n else 'entry'}."
    return None


def agree_scaled(failure, left, right):
    """Agreement of two products."""
    return bool(agree(left, right, 4 * failure.tolerance, failure.noise).all())


def spread_over(failure, factor, kept):
    """A factor as an array that multiplies along the kept axes, or None if its shape does not fit them."""
    factor = as_fractions(factor) if failure.t.dtype.kind == "O" and is_exact(factor) else as_float(factor)
    shape = failure.claimed.shape
    if factor.shape != tuple(shape[axis] for axis in kept):
        return None
    return factor.reshape([length if axis in kept else 1 for axis, length in enumerate(shape)])


# Something is missing


def overwritten(failures):
    """Whether the claims are one of the terms whose sum is right."""
    count = len(failures[0].terms)
    if count < 2 or any(len(f.terms) != count for f in failures):
        return None
    if any(term.shape != f.expected.shape for f in failures for term in f.terms):
        return None
    if not all(equal(f, sum(f.workable(term) for term in f.terms)) for f in failures):
        return None
    for k in range(count):
        if all(equal(f, f.c, f.workable(f.terms[k])) for f in failures):
            return "overwritten-not-accumulated", (
                f"the claim is term {k} alone; the right one is the sum of all {count} terms: = for +=, say."
            )
    return None


def offset(failures):
    """The number that all claims exceed the right ones by."""
    first = failures[0]
    place = np.unravel_index(np.argmax(np.abs(first.t)), first.t.shape)
    constant = first.c[place] - first.t[place]
    # In the units of each case it is another number.
    if constant == 0 or not all(added(f, in_unit(constant, first.unit, f.unit)) for f in failures):
        return None
    # The entries must differ by more than the tolerance hides beside the constant, or anything would fit.
    steps = [np.any(np.abs(f.t - f.t.flat[0]) > Fraction(1, 10**9) * abs(constant)) for f in failures]
    # Of a claim that is 0 in most entries the true ones say more.
    bits = max(evidence(failures, parameters=1, values=values) for values in (None, [f.t for f in failures]))
    if not any(steps) or bits < ENOUGH_WITH_A_PARAMETER:
        return None
    words = offset_in_words(in_unit(constant, first.unit, 1.0))
    return "constant-offset", f"every entry of the claim is {words} the right one."


def added(failure, constant):
    """Whether every entry of the claim is that much more than the true one."""
    return failure.fits_each(lambda t: t + constant, slack=4)


def in_unit(value, old, new):
    """A number of one unit in another."""
    return value if old == new else value * (old / new)


def offset_in_words(constant):
    """An offset with its direction."""
    if isinstance(constant, complex) and constant.imag:
        return f"{number(constant)} more than"
    if not isinstance(constant, Fraction):
        constant = float(constant.real)
        constant = Fraction(constant) if constant == int(constant) and abs(constant) < SMALL_INTEGER else constant
    return f"{number(abs(constant))} {'more' if constant > 0 else 'less'} than"


def square(failure, array):
    """The array as a square matrix: output axes against input axes of the same lengths. None where it is none."""
    half = array.ndim // 2
    if failure.outputs is not None and failure.outputs != half:
        return None
    if array.ndim == 0 or array.ndim % 2 or array.shape[:half] != array.shape[half:]:
        return None
    n = int(np.prod(array.shape[:half]))
    return array.reshape(n, n)


def only_diagonal(failures):
    """Whether all claims have the right diagonal and nothing else, where the right matrix has more.

    A claim of nothing but zeros has no diagonal to be right about.
    """
    for f in failures:
        matrix, wrong = square(f, f.claimed), square(f, f.wrong)
        if matrix is None:
            return None
        diagonal = np.eye(len(matrix), dtype=bool)
        if not (matrix[diagonal] != 0).any() or (matrix[~diagonal] != 0).any() or wrong[diagonal].any():
            return None
    return "diagonal-only", "the diagonal is right, and the entries off it are missing."


def wrong_diagonal(failures):
    """Whether in all claims the diagonal is wrong, and nothing else."""
    right = []
    for f in failures:
        wrong = square(f, f.wrong)
        if wrong is None or len(wrong) < 2:
            return None
        diagonal = np.eye(len(wrong), dtype=bool)
        count = wrong[diagonal].sum()
        if wrong[~diagonal].any() or count < 2 or 2 * count < len(wrong):
            return None
        right.append(~diagonal & (square(f, f.t) != 0))
    if not any(mask.any() for mask in right):
        return None
    if evidence(failures, where=right, values=[square(f, f.c) for f in failures]) < ENOUGH:
        return None
    return "diagonal-wrong", "the entries off the diagonal are right, and the diagonal is wrong."


def lost_outer_product(failures):
    """Whether T - C is an outer product in every case, and no accident.

    A single wrong row, column or entry has rank one as well, a constant offset too, and so has the difference where
    two rows have changed places. Where the claim itself has rank one there is nothing to tell apart. Rank one sets
    (rows - 1)(columns - 1) conditions on the rows and columns that are not 0.
    """
    bits = 0.0
    for f in failures:
        c, t = (as_matrix(f, array) for array in (f.c, f.t))
        if c is None or min(c.shape) < 2:
            return None
        if f.places is not None:
            few = slice(None, None, max(1, len(c) // 8))
            if not is_outer_product(t[few] - c[few], f.noise + f.tolerance * f.scale / f.unit):
                return None
        # Rounding leaves this much in an entry of the difference.
        noise = 0 if f.exact else f.noise + f.tolerance * np.abs(t).max()
        difference = t - c
        if not is_outer_product(difference, noise) or is_outer_product(c, noise):
            return None
        if (np.abs(difference - difference[0, 0]) <= noise).all() or swapped(f, c, t) or swapped(f, c.T, t.T):
            return None
        wrong = np.abs(difference) > noise
        conditions = (wrong.any(axis=1).sum() - 1) * (wrong.any(axis=0).sum() - 1)
        bits += conditions * bits_an_entry(difference[wrong], f.tolerance)
    if bits < ENOUGH_WITH_FREEDOM:
        return None
    return "missing-rank-one", "an outer product u vᵀ must be added to the claim."


def as_matrix(failure, array):
    """A matrix, or a Jacobian as the matrix of outputs against inputs; None for what is neither."""
    if array.ndim == 2:
        return array
    if failure.outputs is None or not 0 < failure.outputs < array.ndim:
        return None
    return rows(array, tuple(range(failure.outputs)))


def swapped(failure, c, t):
    """Whether the wrong rows of the claim are right rows at other places."""
    wrong = [i for i in range(len(c)) if not equal(failure, c[i], t[i])]
    return len(wrong) <= 8 and all(any(equal(failure, c[i], t[j]) for j in wrong) for i in wrong)


def is_outer_product(matrix, noise):
    """Whether a matrix is u vᵀ up to noise in its entries, the zero matrix included."""
    pivot = np.unravel_index(np.argmax(np.abs(matrix)), matrix.shape)
    if abs(matrix[pivot]) <= noise:
        return True
    product = np.multiply.outer(matrix[:, pivot[1]], matrix[pivot[0]]) / matrix[pivot]
    # The product of two entries of at most the pivot's size carries the noise of both.
    return bool((np.abs(matrix - product) <= 4 * noise).all())


# Only the border is wrong


def wrapped_index(failures):
    """Whether the claims are wrong next to the border alone, as where a negative index has wrapped round."""
    if all(wrapped_kernel(f) for f in failures) or all(wrong_border(f) for f in failures):
        return "out-of-range-index", (
            "only entries next to the border are wrong: an index below 0 takes from the other end, say."
        )
    return None


def wrong_border(failure):
    """Whether the right entries are a block that leaves out slices at the ends of some axes, all of them wrong.

    A vector must be wrong in two entries at one end: a single wrong entry may stand anywhere. Of a Jacobian more is
    known, and asked in `wrapped_kernel`: its first row may be wrong for many reasons.
    """
    wrong = failure.wrong
    if wrong.ndim == 0 or wrong.all() or failure.outputs is not None:
        return False
    right = np.argwhere(~wrong)
    low, high = right.min(axis=0), right.max(axis=0) + 1
    block = tuple(slice(a, b) for a, b in zip(low, high))
    if wrong[block].any():
        return False
    cut = [(a, n - b) for a, b, n in zip(low, high, wrong.shape)]
    inside = all(2 * (a + b) < n for (a, b), n in zip(cut, wrong.shape))
    if wrong.ndim == 1 and max(cut[0]) < 2:
        return False
    slabs = [(axis, n) for axis, n in enumerate(wrong.shape) if sum(cut[axis])]
    enough = all(wrong.size // n >= 2 for _, n in slabs) or wrong.ndim == 1
    if any(swapped(failure, rows(failure.c, (axis,)), rows(failure.t, (axis,))) for axis in range(wrong.ndim)):
        return False
    if min(np.count_nonzero(array[wrong]) for array in (failure.c, failure.t)) * 2 < wrong.sum():
        return False  # what is missing, or should be missing, was not taken from elsewhere
    # What is right must be worth something: zeros are easy.
    return bool(inside and enough and np.count_nonzero(failure.t[block]) > wrong.sum())


def wrapped_kernel(failure):
    """Whether, in the Jacobian of a sliding kernel, the wrong rows are those of a kernel that wraps round.

    The last one or two axes of outputs and of inputs are the places. A row in the interior, rolled to the place of a
    wrong row, is then what is claimed there.
    """
    n, outputs = failure.claimed.ndim, failure.outputs
    if outputs is None or not 0 < outputs < n:
        return False
    for d in (1, 2):
        if d > min(outputs, n - outputs):
            break
        for stride in (1, 2, 3):
            if rolls(failure, d, stride):
                return True
    return False


def rolls(failure, d, stride):
    """`wrapped_kernel` for d axes of places and one stride.

    At each end of each axis the kernel wraps round or is cut off.
    """
    n, outputs = failure.claimed.ndim, failure.outputs
    places = failure.claimed.shape[outputs - d : outputs]
    bad = np.argwhere(rows(failure.wrong, tuple(range(outputs))).any(axis=1)).ravel()
    bad = [tuple(int(i) for i in np.unravel_index(b, failure.claimed.shape[:outputs])) for b in bad]
    # The interior place is as far from both ends as can be.
    middle = tuple(length // 2 for length in places)
    moves = {}
    for index in bad:
        inner = index[: outputs - d] + middle
        if inner in bad:
            return False
        moves[index] = inner, [stride * (i - m) for i, m in zip(index[outputs - d :], middle)]
    first_axis = n - outputs - d
    for wraps in product(((True, False), (True, True), (False, True), (False, False)), repeat=d):
        if not any(map(any, wraps)):
            continue
        if all(
            failure.agrees(failure.c[index], moved(failure.t[inner], move, first_axis, wraps)).all()
            for index, (inner, move) in moves.items()
        ):
            return evidence([failure]) >= ENOUGH
    return False


def moved(array, move, first_axis, wraps):
    """An array moved along some axes; wraps says for each whether it comes in again past the start and past the end."""
    for axis, (amount, (start, end)) in enumerate(zip(move, wraps), start=first_axis):
        rolled = np.roll(array, amount, axis)
        if not (start if amount < 0 else end):
            length = array.shape[axis]
            gone = slice(max(length + amount, 0), None) if amount < 0 else slice(0, min(amount, length))
            rolled[(slice(None),) * axis + (gone,)] = 0
        array = rolled
    return array


# A right claim that a wrong one could not be told from


SYMMETRIC = (
    "the true array is symmetric, so that its transpose would pass too; "
    "try a case that is not symmetric, if there is one."
)


def accidents(expected, x=None):
    """Sentences on why this case would let some wrong claims pass as well, each with the case to try instead."""
    found = []
    if expected.size > 1 and (expected == expected.flat[0]).all():
        found.append("all entries are equal, so that entries in wrong places would pass too; try entries that differ.")
    elif expected.ndim == 2 and expected.shape[0] == expected.shape[1] > 1 and is_symmetric(expected):
        found.append(SYMMETRIC)
    if x is not None and x.ndim > 1 and x.shape[0] == 1:
        found.append(
            "the batch has length 1, so that a missing sum or mean over the batch would pass too; try a batch of 3."
        )
    return tuple(f"agrees-by-accident: {sentence}" for sentence in found)


def is_symmetric(matrix):
    """Whether a matrix equals its transpose up to rounding, and not only because it is diagonal.

    The derivative of a function that is applied entry by entry is diagonal in every case. A multiple of the identity
    is not excused.
    """
    diagonal = np.diag(matrix)
    if (matrix == np.diag(diagonal)).all() and (diagonal != diagonal[0]).any():
        return False
    if matrix.size > 10**6 and not (matrix[0] == matrix[:, 0]).all():
        return False
    return bool(agree(matrix.T, matrix, 0.0 if is_exact(matrix) else 1e-12).all())
