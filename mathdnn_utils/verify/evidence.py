"""How much of an accident it would be if a relation between a claimed and a true array held by chance.

It is counted in bits: an entry that agrees to a relative tolerance of 1e-10 is worth 33 bits, an integer between -9 and
9 only 4; what a relation leaves free, such as an unknown factor, costs as much as the entry that it can fit.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm, log2

import numpy as np

from .agreement import agree, as_float, as_fractions, is_exact

# Bits of evidence below which a relation may be an accident: for the commonest mistakes, for any without freedom, with
# a number that is fitted, and with much freedom.
ENOUGH_IF_COMMON = 3
ENOUGH = 5
ENOUGH_WITH_A_PARAMETER = 8
ENOUGH_WITH_FREEDOM = 15
# What one entry is worth at most.
MOST_BITS = 40
# Factors that are closer to 1 say that a claim has lost digits, and nothing else.
NEARLY_RIGHT = 1e-5
# Of a large array this many entries are looked at before all are.
SAMPLE = 1000
# Integers up to here are multiplied without rounding in double precision.
SMALL_INTEGER = 2**26


@dataclass(frozen=True, eq=False)
class Refuted:
    """One case that refutes a claim: its input, its report, what was compared, and what is known about it.

    `outputs` is the number of leading axes that belong to the output where the arrays are Jacobians, None elsewhere.
    `error` is the absolute error that the oracle knows of, one number or one an entry. `factors` and `terms` are what
    the caller suspects. `lengths` are names and lengths of axes that a factor may come from. `slopes` are those from
    both sides where the input is a kink of the function in every entry that is wrong.
    """

    arguments: tuple
    report: object
    claimed: np.ndarray
    expected: np.ndarray
    error: float | np.ndarray = 0.0
    outputs: int | None = None
    factors: dict = field(default_factory=dict)
    terms: tuple = ()
    lengths: dict = field(default_factory=dict)
    slopes: tuple | None = None

    @cached_property
    def exact(self):
        """Whether agreement means equality."""
        return self.report.tolerance == 0 and is_exact(self.claimed) and is_exact(self.expected)

    @cached_property
    def tolerance(self):
        """What a relation may be off by: nothing for exact numbers, at least rounding for others."""
        return 0.0 if self.exact else max(self.report.tolerance, 1e-12)

    @cached_property
    def unit(self):
        """A power of two in which very large and very small entries are of ordinary size."""
        exponent = int(np.frexp(self.scale)[1])
        return 1.0 if self.exact or abs(exponent) < 200 or not np.isfinite(self.scale) else 2.0 ** min(exponent, 1023)

    @cached_property
    def c(self):
        """The claim for calculations: floats, or fractions where integers are too large for exact products."""
        return self.workable(self.claimed)

    @cached_property
    def t(self):
        """The truth, as `c`."""
        return self.workable(self.expected)

    def workable(self, array):
        if self.exact and not all(map(has_small_integers, (self.claimed, self.expected))):
            return as_fractions(array)
        return as_float(array) / self.unit if self.unit != 1 else as_float(array)

    @cached_property
    def noise(self):
        """The largest absolute error that the oracle knows of."""
        return float(np.max(self.error)) / self.unit

    @cached_property
    def scale(self):
        """The size of the largest true entry."""
        return float(np.abs(as_float(self.expected)).max())

    @cached_property
    def wrong(self):
        """Entrywise: where the claim is wrong. Only for arrays of one shape."""
        return ~agree(self.claimed, self.expected, self.report.tolerance, self.error)

    @cached_property
    def places(self):
        """Indices of some entries of a large array, wrong ones first; None for a small one."""
        if self.claimed.size <= 4 * SAMPLE or self.claimed.shape != self.expected.shape:
            return None
        rng = np.random.default_rng(0)
        wrong = np.flatnonzero(self.wrong)
        chosen = np.concatenate([rng.choice(wrong, SAMPLE), rng.integers(self.claimed.size, size=SAMPLE)])
        return np.unravel_index(chosen, self.claimed.shape)

    def agrees(self, left, right, slack=1):
        """Entrywise agreement of two parts of what is compared, to what a relation may be off by."""
        left, right = np.asarray(left), np.asarray(right)
        return agree(left, right, slack * self.tolerance, self.noise, scale=self.scale / self.unit)

    def fits(self, prediction, slack=1):
        """Whether the claim is what is predicted, in every entry."""
        prediction = np.asarray(prediction)
        if self.claimed.shape != prediction.shape:
            return False
        if self.places is not None and not self.agrees(self.c[self.places], prediction[self.places], slack).all():
            return False
        return bool(self.agrees(self.c, prediction, slack).all())

    def fits_each(self, prediction, slack=1):
        """`fits` for what is predicted entry by entry, from the true ones."""
        if self.places is not None:
            few = np.asarray(prediction(self.t[self.places]))
            if not self.agrees(self.c[self.places], few, slack).all():
                return False
        return self.fits(prediction(self.t), slack)

    def told(self, prediction):
        """The wrong entries in which a prediction can be told from the truth; of a large array, some of them."""
        if self.places is None:
            return self.wrong & ~np.asarray(self.agrees(prediction, self.t))
        told = np.zeros(self.claimed.shape, dtype=bool)
        told[self.places] = self.wrong[self.places] & ~self.agrees(prediction[self.places], self.t[self.places])
        return told


def has_small_integers(array):
    """Whether an exact array holds integers whose products are exact in double precision."""
    if array.dtype.kind == "O":
        return all(not isinstance(entry, Fraction) and abs(entry) <= SMALL_INTEGER for entry in array.flat)
    return bool((np.abs(array.astype(np.float64)) <= SMALL_INTEGER).all())


def bits_an_entry(values, tolerance):
    """What one entry is worth: few bits where all values are small integers or short fractions.

    >>> round(bits_an_entry(np.array([3.0, -9.0]), 1e-10)), round(bits_an_entry(np.array([0.123, 4.0]), 1e-10))
    (4, 33)
    """
    most = MOST_BITS if tolerance == 0 else min(MOST_BITS, -log2(tolerance))
    values = values[:200]
    if values.dtype.kind == "c" and values.imag.any():
        return 2 * bits_an_entry(np.stack([values.real, values.imag], axis=1).ravel(), tolerance)
    values = values.real
    if len(values) == 0:
        return 0.0
    fractions = [Fraction(value).limit_denominator(100) if value else Fraction(0) for value in values.tolist()]
    if any(abs(Fraction(v) - f) > abs(f) * Fraction(1, 10**13) for v, f in zip(values.tolist(), fractions)):
        return most
    common = lcm(*(f.denominator for f in fractions))
    largest = max(abs(f * common) for f in fractions)
    return most if common > 1000 or largest > 2**most else log2(1 + 2 * largest)


def evidence(failures, parameters=0, cost=0.0, where=None, values=None):
    """Bits by which it is no accident that the wrong entries are what a relation predicts.

    Entries that repeat each other are worth a bit, zeros little more: many arrays have them. What is free in the
    relation is taken off.

    Parameters
    ----------
    parameters : int
        Entries that the relation can fit whatever they are.
    cost : float
        Bits of what else was chosen to make it fit.
    where, values : list of array, optional
        For each failure the entries that count, by default the wrong ones, and their values, by default the claimed.
    """
    where = where or [f.wrong for f in failures]
    values = values or [f.c for f in failures]
    entries = np.concatenate([value[mask][: 2 * SAMPLE] for value, mask in zip(values, where)])
    zeros = int(np.sum(entries == 0))
    entries = entries[entries != 0]
    different = len({short(entry) for entry in entries.tolist()})
    if different <= parameters:
        return 1.5 * zeros * (parameters == 0) - cost
    tolerance = max(f.tolerance for f in failures)
    each = bits_an_entry(entries, tolerance)
    repeated = len(entries) - different
    return each * (different - parameters) + min(each, 1) * repeated + 1.5 * zeros - cost


def short(value):
    """A number in ten digits, so that rounding makes no two of one."""
    if isinstance(value, (int, Fraction)):
        return value
    return f"{value:.10g}"
