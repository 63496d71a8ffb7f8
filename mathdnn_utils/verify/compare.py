"""Compare a claimed array with the true one, and say what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape

import numpy as np

from .agreement import agree, allowed_tolerance, as_float, as_values, is_finite, kind_of
from .evidence import Refuted
from .hints import accidents, explain
from .symbolic import as_expressions, equal_entries, has_expressions, in_numbers
from .words import describe, is_number, tell_apart

# What a report can name, in the order in which it does.
CODES = (
    "wrong-shape",
    "non-finite",
    "non-differentiable-point",
    "not-linear",
    "overwritten-not-accumulated",
    "transposed",
    "axes-permuted",
    "flipped",
    "shifted",
    "wrong-mode",
    "sign",
    "constant-factor",
    "row-scaled",
    "column-scaled",
    "constant-offset",
    "diagonal-only",
    "diagonal-wrong",
    "missing-rank-one",
    "out-of-range-index",
)


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
        Stable codes of what seems to be wrong, in the order of `CODES`. None if no explanation that is known fits every
        entry.
    explanations : tuple of str
        A sentence for each code, in the same order.
    warnings : tuple of str
        What the reader should know although the verdict stands. One that begins with "agrees-by-accident: " says that
        the case could not have told some wrong claims from the right one.
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
    subject : str
        What was checked, for instance "the Jacobian"; empty where two arrays were compared.
    directions : bool
        True if random directions have settled the verdict, False if every entry was compared.
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
    subject: str = ""
    directions: bool = False
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

    def _repr_html_(self):
        """The report as a small table, for notebooks."""
        lines = [
            f"<p>{escape(self.summary)}{'<br>' if self.at else ''}{escape(f'at {self.at}') if self.at else ''}</p>"
        ]
        if self.worst:
            placed = any(entry.index for entry in self.worst)
            head = "".join(f"<th>{name}</th>" for name in ("entry", "claimed", "expected")[not placed :])
            lines.append(f"<table><thead><tr>{head}</tr></thead><tbody>")
            for entry in self.worst:
                values = tell_apart(entry.claimed, entry.expected)
                row = [str(list(entry.index))] * placed + list(values)
                lines.append("<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row) + "</tr>")
            lines.append("</tbody></table>")
        notes = [
            f"<strong>{code}</strong>: {escape(sentence)}" for code, sentence in zip(self.hints, self.explanations)
        ]
        notes += [f"warning: {escape(sentence)}" for sentence in self.warnings]
        lines += [f"<p>{note}</p>" for note in notes]
        return '<div class="report">' + "\n".join(lines) + "</div>"

    def _ipython_display_(self):
        # A check that was given a claim has printed its line already; once is enough.
        if self.ok and not self.announced:
            print(self)
        elif not self.announced:
            from IPython.display import display

            display({"text/plain": str(self), "text/html": self._repr_html_()}, raw=True)

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


def compare(claimed, expected, *, oracle=None, tolerance=None, factors=None, terms=None, claim=None):
    """Compare a claimed array with the true one.

    Parameters
    ----------
    claimed, expected : array_like
        Numbers of any shape: integers and fractions are compared exactly, others to the tolerance. Or small
        sympy expressions, which are compared as expressions: sympy must show that the difference is 0.
    oracle : str, optional
        Kind of oracle that gave `expected`, a key of `TOLERANCES`. By default "exact integers", "exact rationals" or
        "float arithmetic", by the numbers themselves.
    tolerance : float, optional
        Relative, at most what the oracle can promise, which is the default.
    factors : dict of str to array_like, optional
        Factors that may be missing or too many, by their names, for instance ``{"φ′(z)": array}``: along one axis (its
        length), or entry by entry (the shape of `expected`).
    terms : sequence of array_like, optional
        Arrays of the shape of `expected` that should have been added.
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
        If an argument is empty, the tolerance is wider than the oracle's, or a factor or term is not finite; if sympy
        cannot tell whether two expressions are equal.
    CheckFailed
        If a claim was named and does not hold.

    Notes
    -----
    A hint is given only when it explains every entry, and only when it is not a relation that almost every array of
    that shape satisfies. A single number is some multiple of every other: then only a small ratio is named, and only
    where the right number has so many digits that the ratio is no accident. When several explanations fit, all are
    named; one that is a special case of another hides it.

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
    if has_expressions("compare", claimed, expected):
        return announce(compare_expressions(claimed, expected, oracle, tolerance), claim)
    claimed, expected = as_values("compare", "claimed", claimed), as_values("compare", "expected", expected)
    kind = kind_of(claimed, expected, oracle)
    tolerance = allowed_tolerance("compare", kind, tolerance, claimed, expected)
    suspects = suspected("compare", factors, terms)
    report = judge(claimed, expected, kind, tolerance)
    if report.ok:
        report = replace(report, warnings=accidents(expected, expected))
    else:
        report = with_hints(report, [Refuted((), report, claimed, expected, **suspects)])
    return announce(report, claim)


def compare_expressions(claimed, expected, oracle, tolerance):
    """The report on two arrays of sympy expressions; its hints come from values of both at random points."""
    if oracle not in (None, "sympy"):
        raise ValueError(f"compare: oracle is {oracle!r}, expected 'sympy' because expressions are compared")
    if tolerance not in (None, 0):
        raise ValueError(f"compare: tolerance is {tolerance}, expected 0 because expressions are equal or not")
    claimed = as_expressions("compare", "claimed", claimed)
    expected = as_expressions("compare", "expected", expected)
    words = conditions("sympy", 1, 0.0)
    common = dict(oracle="sympy", cases=1, tolerance=0.0, entries=expected.size)
    worst, wrong = (), expected.size
    if claimed.shape == expected.shape:
        differ = np.argwhere(~equal_entries("compare", claimed, expected))
        if len(differ) == 0:
            return Report(True, summary=f"holds ({words})", **common)
        places = [tuple(int(i) for i in place) for place in differ[:3]]
        worst = tuple(Disagreement(place, str(claimed[place]), str(expected[place])) for place in places)
        wrong = len(differ)
    report = Report(False, summary=what_is_wrong(claimed, expected, wrong, words), wrong=wrong, worst=worst, **common)
    values = in_numbers(claimed, expected, lambda c, t: judge(c, t, "float arithmetic", 1e-12))
    return with_hints(report, values) if values else report


def suspected(function, factors, terms):
    """The factors and terms that a caller suspects, checked: {"factors": {name: array}, "terms": (array, ...)}.

    Functions of x are left as they are; they are called where x is known.
    """
    if factors is not None and not (isinstance(factors, Mapping) and all(isinstance(name, str) for name in factors)):
        raise TypeError(f"{function}: factors has type {type(factors).__name__}, expected a dict of names and arrays")
    if terms is not None and not isinstance(terms, (list, tuple)):
        raise TypeError(f"{function}: terms has type {type(terms).__name__}, expected a list of arrays")
    checked = {name: suspect(function, f"factors[{name!r}]", value) for name, value in (factors or {}).items()}
    return {
        "factors": checked,
        "terms": tuple(suspect(function, f"terms[{k}]", term) for k, term in enumerate(terms or ())),
    }


def suspect(function, argument, value):
    """One factor or term as an array of finite numbers, or as the function that it is."""
    if callable(value):
        return value
    array = as_values(function, argument, value)
    if not is_finite(array).all():
        raise ValueError(f"{function}: {argument} has entries that are NaN or infinite, expected finite numbers")
    return array


def announce(report, claim):
    """With a claim: print its line, or raise. Without: hand the report back."""
    if claim is None:
        return report
    report = replace(report, claim=claim, announced=True)
    if not report.ok:
        raise CheckFailed(f"{claim}: FAILS\n{report}")
    print(f"{claim}: holds ({conditions(report)})")
    return report


def judge(claimed, expected, kind, tolerance, noise=0.0, cases=1, at="", subject=""):
    """The report on two arrays, without hints and without side effects."""
    words = conditions(kind, cases, tolerance)
    common = dict(oracle=kind, cases=cases, tolerance=tolerance, entries=expected.size, subject=subject)
    same_shape = claimed.shape == expected.shape
    good = agree(claimed, expected, tolerance, noise) if same_shape else np.zeros(expected.shape, dtype=bool)
    if good.all():
        return Report(True, summary=f"holds ({words})", **common)
    wrong = int(good.size - good.sum())
    worst = worst_entries(claimed, expected, good) if same_shape else ()
    summary = what_is_wrong(claimed, expected, wrong, words, subject)
    return Report(False, summary=summary, wrong=wrong, worst=worst, at=at, **common)


def what_is_wrong(claimed, expected, wrong, words, subject=""):
    """The first line of a report on two arrays that differ."""
    if claimed.shape != expected.shape:
        return f"wrong: the claim has shape {claimed.shape}, expected {expected.shape} ({words})"
    of = f" of {subject}" if subject else ""
    noun = f"entry{of} disagrees" if expected.size == 1 else f"entries{of} disagree"
    return f"wrong: {wrong} of {expected.size} {noun} ({words})"


def not_linear(report, sentence):
    """A report that a map which has to be linear is not."""
    words = conditions(report)
    return replace(
        report,
        ok=False,
        summary=f"wrong: a map is not linear ({words})",
        hints=("not-linear",),
        explanations=(sentence,),
    )


def plainest(failures):
    """Of the cases that refute a claim, the report on the one whose input is easiest to read.

    Its hints explain all of the cases: a relation that holds in one case alone, such as a factor that changes from
    case to case, explains nothing.
    """
    shown = min(failures, key=lambda failure: plainness(failure.arguments))
    return with_hints(shown.report, [shown, *failures])


def with_hints(report, failures):
    """The report with the codes and sentences that explain every entry of every failure."""
    hints = sorted(explain(failures), key=lambda hint: CODES.index(hint[0]))
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
    places = np.flatnonzero(~good)
    c, t = (as_float(array.ravel()[places]) for array in (claimed, expected))
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(c - t)
    error = np.where(np.isfinite(error), error, np.inf)
    # Rounded, so that entries that are equally wrong up to rounding keep their order on every machine.
    largest = error[np.isfinite(error)].max(initial=0.0) or 1.0
    rank = np.round(error / largest, 6)
    # Only those that can be among the worst are sorted: a large array may have millions of others.
    least = np.partition(rank, -most)[-most] if len(rank) > most else -1.0
    candidates = np.flatnonzero(rank >= least)
    chosen = places[candidates[np.argsort(-rank[candidates], kind="stable")][:most]]
    indices = [tuple(int(i) for i in np.unravel_index(place, claimed.shape)) for place in chosen]
    return tuple(Disagreement(index, claimed[index], expected[index]) for index in indices)
