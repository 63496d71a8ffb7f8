"""Compare a claimed array with the true one, and say what is wrong with it."""

from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from .oracles import PRECISION_LIMIT, TOLERANCES, as_array

# Entries far below the largest one are compared relative to this fraction of it: they carry its rounding error.
SMALL = 1e-3


class CheckFailed(AssertionError):
    """A claim that was checked does not hold. The message is the report."""


@dataclass(frozen=True)
class Disagreement:
    """One entry that is wrong: where, what was claimed, what is true."""

    index: tuple
    claimed: object
    expected: object


@dataclass(frozen=True)
class Report:
    """What a check found. Print it; `ok` says whether the claim holds.

    Attributes
    ----------
    ok : bool
        True if every entry of every case agrees.
    hints : tuple of str
        Stable codes of what seems to be wrong: "wrong-shape", "transposed", "sign", "constant-factor", "diagonal-only",
        "missing-rank-one", "non-finite".
    explanations : tuple of str
        A sentence for each code, in the same order.
    warnings : tuple of str
        What the reader should know although the verdict stands.
    worst : tuple of Disagreement
        The entries that are furthest off, at most three.
    wrong, entries : int
        How many entries disagree, of how many, in the case that is shown.
    oracle : str
        The kind of oracle.
    cases : int
        How many cases were drawn.
    tolerance : float
        Largest relative error that counts as agreement.
    claim : str or None
        Label of the claim.
    summary : str
        One line: what was found.
    at : str
        The input of the case that is shown, or an empty string.
    """

    ok: bool
    oracle: str
    cases: int
    tolerance: float
    summary: str
    hints: tuple = ()
    explanations: tuple = ()
    warnings: tuple = ()
    worst: tuple = ()
    wrong: int = 0
    entries: int = 0
    claim: str | None = None
    at: str = ""
    announced: bool = field(default=False, repr=False)

    def __str__(self):
        lines = [self.summary]
        if self.at:
            lines.append(f"  at {self.at}")
        for entry in self.worst:
            claimed, expected = tell_apart(entry.claimed, entry.expected)
            place = f"entry {list(entry.index)}: " if entry.index else ""
            lines.append(f"  {place}claimed {claimed}, expected {expected}")
        lines += [f"  {code}: {sentence}" for code, sentence in zip(self.hints, self.explanations)]
        lines += [f"  warning: {sentence}" for sentence in self.warnings]
        return "\n".join(lines)

    __repr__ = __str__

    def _ipython_display_(self):
        # A check that was given a claim has printed its line already; once is enough.
        if not self.announced:
            print(self)

    def raise_if_failed(self):
        """Return the report if the claim holds, otherwise raise it as CheckFailed."""
        if not self.ok:
            raise CheckFailed(str(self))
        return self


def conditions(report_or_kind, cases=None, tolerance=None):
    """The words in brackets: kind of oracle, number of cases, tolerance."""
    if isinstance(report_or_kind, Report):
        report = report_or_kind
        report_or_kind, cases, tolerance = report.oracle, report.cases, report.tolerance
    plural = "case" if cases == 1 else "cases"
    return f"{report_or_kind}, {cases} {plural}, tolerance {tolerance:g}"


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
    """Two numbers in as many digits, from 6 on, as it takes to see that they differ."""
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
        return array.astype(np.result_type(array, np.float64) if array.dtype.kind != "O" else np.float64)
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


def agree(claimed, expected, tolerance, noise=0.0):
    """Entrywise agreement of two arrays of one shape. NaN and infinity agree with nothing.

    An entry agrees if abs(claimed - expected) <= noise + tolerance * max(abs(expected), SMALL * largest abs(expected)).
    """
    if tolerance == 0 and is_exact(claimed) and is_exact(expected):
        return np.asarray(claimed == expected, dtype=bool)
    c, t = as_float(claimed), as_float(expected)
    finite = is_finite(c) & is_finite(t)
    c, t = np.where(finite, c, 0), np.where(finite, t, 0)
    # In units of a power of two near the largest expected entry, so that nothing that is compared can overflow.
    unit = 2.0 ** np.frexp(max(np.abs(t.real).max(), np.abs(t.imag).max()))[1].clip(-1021, 1023)
    with np.errstate(over="ignore"):
        c, t = c / unit, t / unit
        size = np.abs(t)
        return finite & (np.abs(c - t) <= noise / unit + tolerance * np.maximum(size, SMALL * size.max()))


def compare(claimed, expected, *, oracle=None, tolerance=None, claim=None):
    """Compare a claimed array with the true one.

    Parameters
    ----------
    claimed, expected : array_like
        Numbers of any shape: integers and fractions are compared exactly, others to the tolerance.
    oracle : str, optional
        Kind of oracle that gave `expected`, a key of `TOLERANCES`. By default "exact integers", "exact rationals" or
        "float arithmetic", by the numbers themselves.
    tolerance : float, optional
        Relative, at most what the oracle can promise, which is the default.
    claim : str, optional
        Label of the claim. With it one line is printed if the claim holds, and CheckFailed is raised if not.

    Returns
    -------
    Report

    Raises
    ------
    TypeError
        If an argument is not numeric.
    ValueError
        If an argument is empty, or the tolerance is wider than the oracle's.
    CheckFailed
        If a claim was named and does not hold.

    Notes
    -----
    A hint is given only when it explains every entry, and only when it is not a relation that almost every array of
    that shape satisfies. A single number is some multiple of every other: then only a small ratio is named, and only
    where the right number has so many digits that the ratio is no accident.

    Examples
    --------
    >>> compare([[1, 2, 3], [4, 5, 6]], [[1, 4], [2, 5], [3, 6]]).hints
    ('wrong-shape', 'transposed')
    >>> print(compare([2, -4], [-2, 4]))
    wrong: 2 of 2 entries disagree (exact integers, 1 case, tolerance 0)
      entry [1]: claimed -4, expected 4
      entry [0]: claimed 2, expected -2
      sign: the claim is the negative of the right one.
    """
    claimed, expected = as_values("compare", "claimed", claimed), as_values("compare", "expected", expected)
    kind = kind_of(claimed, expected, oracle)
    tolerance = allowed_tolerance("compare", kind, tolerance, claimed, expected)
    return announce(judge(claimed, expected, kind, tolerance), claim)


def announce(report, claim):
    """With a claim: print its line, or raise. Without: hand the report back."""
    if claim is None:
        return report
    report = replace(report, claim=claim, announced=True)
    if not report.ok:
        raise CheckFailed(f"{claim}: FAILS\n{report}")
    print(f"{claim}: holds ({conditions(report)})")
    return report


def judge(claimed, expected, kind, tolerance, noise=0.0, cases=1, at=""):
    """The report on two arrays, without side effects."""
    words = conditions(kind, cases, tolerance)
    common = dict(oracle=kind, cases=cases, tolerance=tolerance, entries=expected.size)
    same_shape = claimed.shape == expected.shape
    good = agree(claimed, expected, tolerance, noise) if same_shape else np.zeros(expected.shape, dtype=bool)
    if good.all():
        return Report(True, summary=f"holds ({words})", **common)
    wrong = int(good.size - good.sum())
    if same_shape:
        noun = "entry disagrees" if good.size == 1 else "entries disagree"
        summary = f"wrong: {wrong} of {good.size} {noun} ({words})"
        worst = worst_entries(claimed, expected, good)
    else:
        summary = f"wrong: the claim has shape {claimed.shape}, expected {expected.shape} ({words})"
        worst = ()
    report = Report(False, summary=summary, wrong=wrong, worst=worst, at=at, **common)
    return with_hints(report, [Refuted((), report, claimed, expected, noise)])


@dataclass(frozen=True)
class Refuted:
    """One case that refutes a claim: its input, its report and what was compared."""

    arguments: tuple
    report: Report
    claimed: np.ndarray
    expected: np.ndarray
    noise: float = 0.0


def plainest(failures):
    """Of the cases that refute a claim, the report on the one whose input is easiest to read.

    Its hints explain all of the cases: a relation that holds in one case alone, such as a factor that changes from
    case to case, explains nothing.
    """
    shown = min(failures, key=lambda failure: plainness(failure.arguments))
    return with_hints(shown.report, [shown, *failures])


def with_hints(report, failures):
    """The report with the codes and sentences that explain every entry of every failure."""
    hints = explain(failures, max(failure.report.tolerance for failure in failures))
    return replace(
        report, hints=tuple(code for code, _ in hints), explanations=tuple(sentence for _, sentence in hints)
    )


def plainness(arguments):
    """How hard an input is to read: few digits and small numbers come first."""
    text = describe({str(i): argument for i, argument in enumerate(arguments)})
    size = 0.0
    for argument in arguments:
        if is_number(argument) or isinstance(argument, np.ndarray) and argument.dtype.kind in "iufc":
            size += float(np.abs(as_float(np.asarray(argument))).sum())
    return len(text), size


def worst_entries(claimed, expected, good, most=3):
    """The entries that are furthest off, non-finite ones first; ties in index order."""
    c, t = as_float(claimed), as_float(expected)
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(c - t)
    error = np.where(np.isfinite(error), error, np.inf)
    # Rounded, so that entries that are equally wrong up to rounding keep their order on every machine.
    largest = error[np.isfinite(error)].max(initial=0.0) or 1.0
    rank = np.where(good, -1.0, np.round(error / largest, 6))
    order = np.argsort(-rank, axis=None, kind="stable")[: min(most, int((~good).sum()))]
    places = [tuple(int(i) for i in np.unravel_index(place, claimed.shape)) for place in order]
    return tuple(Disagreement(place, claimed[place], expected[place]) for place in places)


def explain(failures, tolerance):
    """Pairs (code, sentence) that explain every entry of every failure; shapes are those of the first."""
    pairs = [(failure.claimed, failure.expected) for failure in failures]
    hints = []
    if all(claimed.shape != expected.shape for claimed, expected in pairs):
        claimed, expected = pairs[0]
        sentence = f"the claim has shape {claimed.shape}; a right answer has shape {expected.shape}."
        hints.append(("wrong-shape", sentence))
    if all(not is_finite(claimed).all() for claimed, _ in pairs):
        return [*hints, ("non-finite", "the claim has entries that are NaN or infinite.")]
    if all(not is_finite(expected).all() for _, expected in pairs):
        sentence = "the expected array has entries that are NaN or infinite; the input is at fault."
        return [*hints, ("non-finite", sentence)]
    if all(is_transposed(failure, tolerance) for failure in failures):
        hints.append(("transposed", "the transpose of the claim is right."))
    factor = constant_factor(failures, tolerance)
    if factor == -1:
        hints.append(("sign", "the claim is the negative of the right one."))
    elif factor is not None:
        hints.append(("constant-factor", f"the claim is {in_words(factor)} times the right one."))
    if all(is_diagonal_only(failure, tolerance) for failure in failures):
        hints.append(("diagonal-only", "the diagonal is right, and the entries off it are missing."))
    # The special case hides the general one: the terms that are missed above may well have rank one.
    if not hints and lacks_rank_one(failures, tolerance):
        hints.append(("missing-rank-one", "an outer product u vᵀ must be added to the claim."))
    return hints


def is_transposed(failure, tolerance):
    """Whether the transpose of a matrix is right, and the matrix is not its own transpose."""
    claimed, expected = failure.claimed, failure.expected
    if claimed.ndim != 2 or claimed.T.shape != expected.shape:
        return False
    symmetric = claimed.shape == expected.shape and agree(expected.T, expected, tolerance, failure.noise).all()
    return not symmetric and bool(agree(claimed.T, expected, tolerance, failure.noise).all())


def is_diagonal_only(failure, tolerance):
    """Whether the claim has the right diagonal and nothing else, where the right matrix has more.

    A claim of nothing but zeros has no diagonal to be right about.
    """
    claimed, expected = failure.claimed, failure.expected
    if claimed.ndim != 2 or claimed.shape != expected.shape or claimed.shape[0] != claimed.shape[1]:
        return False
    diagonal = np.eye(len(claimed), dtype=bool)
    right = agree(claimed, expected, tolerance, failure.noise)
    only_diagonal = (claimed[diagonal] != 0).any() and not (claimed[~diagonal] != 0).any()
    return bool(only_diagonal and right[diagonal].all() and not right.all())


@np.errstate(over="ignore", invalid="ignore")
def lacks_rank_one(failures, tolerance):
    """Whether T - C is an outer product in every failure, C claimed and T expected, and no accident.

    A single wrong row, column or entry has rank one as well, a constant offset too, and where the claim itself has rank
    one there is nothing to tell apart. Rank one sets (rows - 1)(columns - 1) conditions on the rows and columns that
    are not 0; fewer than four together would be met by chance.
    """
    met = 0
    for failure in failures:
        claimed, expected = failure.claimed, failure.expected
        if claimed.ndim != 2 or claimed.shape != expected.shape:
            return False
        exact = tolerance == 0 and is_exact(claimed) and is_exact(expected)
        c, t = (as_fractions(a) if exact else as_float(a) for a in (claimed, expected))
        if not exact and not (is_finite(c).all() and is_finite(t).all()):
            return False
        # Rounding leaves this much in an entry of the difference.
        noise = 0 if exact else failure.noise + max(tolerance, 1e-12) * np.abs(t).max()
        difference = t - c
        if not is_outer_product(difference, noise) or is_outer_product(c, noise):
            return False
        if (np.abs(difference - difference[0, 0]) <= noise).all():
            return False
        wrong = np.abs(difference) > noise
        met += (wrong.any(axis=1).sum() - 1) * (wrong.any(axis=0).sum() - 1)
    return met >= 4


@np.errstate(over="ignore", invalid="ignore")
def is_outer_product(matrix, noise):
    """Whether a matrix is u vᵀ up to noise in its entries, the zero matrix included."""
    pivot = np.unravel_index(np.argmax(np.abs(matrix)), matrix.shape)
    if abs(matrix[pivot]) <= noise:
        return True
    product = np.multiply.outer(matrix[:, pivot[1]], matrix[pivot[0]]) / matrix[pivot]
    # The product of two entries of at most the pivot's size carries the noise of both.
    return bool((np.abs(matrix - product) <= 4 * noise).all())


@np.errstate(over="ignore", invalid="ignore")
def constant_factor(failures, tolerance):
    """The number c with claimed = c * expected in every entry of every failure, or None.

    Exact numbers have an exact factor. If only one entry of all those that are expected differs from 0, some c always
    fits; then it must be a small ratio, and the entry must not itself be a small ratio: 3 is 3/4 times 4 by accident.
    """
    if any(failure.claimed.shape != failure.expected.shape for failure in failures):
        return None
    exact = tolerance == 0 and all(is_exact(array) for f in failures for array in (f.claimed, f.expected))
    convert = as_fractions if exact else as_float
    cases = [(convert(f.claimed).ravel(), convert(f.expected).ravel(), f.noise) for f in failures]
    if not exact and not all(is_finite(c).all() and is_finite(t).all() for c, t, _ in cases):
        return None
    c, t = max(((c, t) for cs, ts, _ in cases for c, t in zip(cs, ts)), key=lambda pair: abs(pair[1]))
    if t == 0:
        return None
    factor = c / t
    if not exact and not np.isfinite(factor):
        return None
    tolerance = 0 if exact else max(tolerance, 1e-12)
    ratio = small_ratio(factor, 12, tolerance)
    different_inputs = {tuple(ts): np.count_nonzero(np.abs(ts) > noise) for _, ts, noise in cases}
    if sum(different_inputs.values()) < 2 and ratio != -1:
        # In single precision, or to 1e-4, some small ratio always fits as well.
        if ratio is None or tolerance > 1e-6 or small_ratio(t, 1000, 1e-9) is not None:
            return None
    if ratio is not None:
        factor = ratio
    if factor in (0, 1):
        return None
    multiplier = factor if exact or ratio is None else float(factor)
    fits = all(agree(cs, multiplier * ts, tolerance, noise).all() for cs, ts, noise in cases)
    return factor if fits else None


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


def in_words(factor):
    """A factor as a fraction where it is one, otherwise in six digits, or in as many as tell it from 1."""
    return str(factor) if isinstance(factor, Fraction) else tell_apart(factor, 1.0)[0]
