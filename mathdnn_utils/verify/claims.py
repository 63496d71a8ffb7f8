"""Check claims: an identity, an inequality, a derivation line by line."""

import inspect
from copy import deepcopy
from dataclasses import replace

import numpy as np

from .agreement import agree, allowed_tolerance, as_values, is_finite, kind_of
from .compare import Report, announce, conditions, judge, plainest, plainness
from .evidence import Refuted
from .oracles import value_of
from .shrinking import simplest
from .words import describe


def check_identity(left, right, sample, *, oracle=None, tolerance=None, claim=None, cases=100, seed=0):
    """Check that two functions agree on random inputs.

    Parameters
    ----------
    left : callable
        What is claimed.
    right : callable
        What it should equal.
    sample : callable
        ``sample(rng)`` returns the tuple of arguments of both functions.
    oracle : str, optional
        Kind of the right side, a key of `TOLERANCES`, for instance "quadrature" or "SciPy". By default the kind is read
        off the values: integers and fractions are compared exactly.
    tolerance : float, optional
        Relative, at most what the oracle can promise, which is the default.
    claim : str, optional
        Label of the claim. With it one line is printed if the claim holds, and CheckFailed is raised if not.
    cases : int
        How many inputs are drawn.
    seed : int
        Seed of the generator from which they are drawn.

    Returns
    -------
    Report
        On the plainest of the inputs that refute the claim, or on all.

    Raises
    ------
    TypeError, ValueError
        For arguments of a wrong kind, and for values that are empty or not numeric.
    CheckFailed
        If a claim was named and does not hold.

    Examples
    --------
    >>> draw = lambda rng: (int(rng.integers(-9, 9)), int(rng.integers(-9, 9)))
    >>> print(check_identity(lambda a, b: (a + b) ** 2, lambda a, b: a * a + 2 * a * b + b * b, draw))
    holds (exact integers, 100 cases, tolerance 0)
    >>> check_identity(lambda a, b: (a + b) ** 2, lambda a, b: a * a + b * b, draw).ok
    False
    """
    pairs = _pairs("check_identity", ("left", left), ("right", right), sample, cases, seed)
    return announce(_identity_report("check_identity", left, pairs, oracle, tolerance), claim)


def check_inequality(smaller, larger, sample, *, claim=None, cases=100, seed=0):
    """Check that one function is at most another, on random inputs and in every entry.

    Parameters
    ----------
    smaller, larger : callable
        Functions of the same arguments, with real values of one shape.
    sample : callable
        ``sample(rng)`` returns the tuple of arguments of both functions.
    claim, cases, seed
        As in `check_identity`.

    Returns
    -------
    Report
        On the plainest of the inputs that refute the claim, or on all.

    Raises
    ------
    TypeError, ValueError
        For arguments of a wrong kind, and for values that are empty, not real, or of different shapes.
    CheckFailed
        If a claim was named and does not hold.

    Notes
    -----
    Integers and fractions are compared exactly. Floating-point values may exceed the bound by 1e-12 of its size, which
    is what rounding does to two sides that are equal. NaN and infinity satisfy no inequality.

    Examples
    --------
    >>> print(check_inequality(lambda a: 2 * a - 1, lambda a: a * a, lambda rng: (int(rng.integers(-9, 9)),)))
    holds (exact integers, 100 cases, tolerance 0)
    """
    pairs = _pairs("check_inequality", ("smaller", smaller), ("larger", larger), sample, cases, seed)
    for _, low, high in pairs:
        if low.shape != high.shape:
            raise ValueError(f"check_inequality: larger has shape {high.shape}, expected {low.shape} as smaller has")
        if "c" in (low.dtype.kind, high.dtype.kind):
            raise TypeError("check_inequality: a side has complex values, expected real ones")
    kind, tolerance = _strength("check_inequality", pairs, None, None)
    failures = []
    for arguments, low, high in pairs:
        finite = is_finite(low) & is_finite(high)
        with np.errstate(invalid="ignore"):
            good = finite & np.asarray((low <= high) | agree(low, high, tolerance), dtype=bool)
        if not good.all():
            failures.append((arguments, low, high, good))
    words = conditions(kind, len(pairs), tolerance)
    common = dict(oracle=kind, cases=len(pairs), tolerance=tolerance)
    if not failures:
        return announce(Report(True, summary=f"holds ({words})", **common), claim)
    arguments, low, high, good = min(failures, key=lambda failure: plainness(failure[0]))
    place = tuple(int(i) for i in np.argwhere(~good)[0])
    broken = "a value that is NaN or infinite" if not (is_finite(low) & is_finite(high)).all() else "a larger value"
    shown = describe({"smaller": low[place], "larger": high[place]})
    report = Report(
        False,
        summary=f"wrong: {len(failures)} of {len(pairs)} inputs give {broken}: {shown} ({words})",
        wrong=int((~good).sum()),
        entries=good.size,
        at=describe(_named(smaller, arguments)),
        **common,
    )
    return announce(report, claim)


def check_steps(steps, sample, *, claim=None, cases=100, seed=0):
    """Check a derivation: each line equals the one above it.

    Parameters
    ----------
    steps : list of (str, callable)
        The lines in order: the label of the equation and the line as a function. At least two.
    sample : callable
        ``sample(rng)`` returns the tuple of arguments of every line.
    claim, cases, seed
        As in `check_identity`.

    Returns
    -------
    Report
        On the first line that differs from the one above, or on all. The input that refutes it is made as small and
        round as it can be within what `sample` draws. The report also says whether the last line is nevertheless
        right, that is, whether two errors cancel.

    Raises
    ------
    TypeError, ValueError
        For steps or a sample of a wrong kind.
    CheckFailed
        If a claim was named and a line fails.

    Examples
    --------
    >>> lines = [("eq-a", lambda a: (a + 1) ** 2), ("eq-b", lambda a: a**2 + a + 1), ("eq-c", lambda a: a**2 + 2*a + 1)]
    >>> print(check_steps(lines, lambda rng: (int(rng.integers(1, 9)),)))
    wrong: line 2 (eq-b) does not equal line 1 (eq-a) (exact integers, 100 cases, tolerance 0)
      at a = 1
      claimed 3, expected 4
      warning: the last line equals the first nevertheless: two errors cancel.
    """
    if not isinstance(steps, (list, tuple)):
        raise TypeError(
            f"check_steps: steps has type {type(steps).__name__}, expected a list of pairs (label, function)"
        )
    if len(steps) < 2:
        raise ValueError(f"check_steps: steps has length {len(steps)}, expected at least two lines")
    for line, step in enumerate(steps, start=1):
        if not (isinstance(step, tuple) and len(step) == 2 and isinstance(step[0], str) and callable(step[1])):
            raise TypeError(f"check_steps: line {line} of steps is no such pair, expected pairs (label, function)")
    inputs = draw("check_steps", sample, cases, seed)
    values = [[_value("check_steps", label, line, arguments) for arguments in inputs] for label, line in steps]
    reports = []
    for number, (above, below) in enumerate(zip(values, values[1:]), start=2):
        label, line = steps[number - 1]
        pairs = list(zip(inputs, below, above))
        report = _identity_report("check_steps", line, pairs, None, None)
        if not report.ok:
            report = _made_plain(report, steps[:number], pairs)
            words = f"line {number} ({label}) does not equal line {number - 1} ({steps[number - 2][0]})"
            first_and_last = _identity_report("check_steps", line, list(zip(inputs, values[-1], values[0])), None, None)
            cancels = ("the last line equals the first nevertheless: two errors cancel.",) if first_and_last.ok else ()
            report = replace(report, summary=f"wrong: {words} ({conditions(report)})", warnings=cancels)
            return announce(report, claim)
        reports.append(report)
    # The verdict on the whole derivation is as exact as its least exact line.
    weakest = max(reports, key=lambda report: report.tolerance)
    summary = f"holds line by line: {len(steps)} lines ({conditions(weakest)})"
    return announce(replace(weakest, summary=summary), claim)


def _made_plain(report, lines, pairs):
    """The report on the last of these lines, at an input that was made as small and round as it can be.

    The lines above must stay right there: an input where they fail as well is outside the hypotheses.
    """
    kind, tolerance = _strength("check_steps", pairs, None, None)
    failures = [
        Refuted(arguments, report, claimed, expected)
        for arguments, claimed, expected in pairs
        if not judge(claimed, expected, kind, tolerance).ok
    ]
    shown = min(failures, key=lambda failure: plainness(failure.arguments))
    finite = all(is_finite(array).all() for array in (shown.claimed, shown.expected))

    def values(arguments):
        return [_value("check_steps", label, line, arguments) for label, line in lines]

    def refutes(arguments):
        try:
            with np.errstate(all="ignore"):
                *above, last, claimed = values(arguments)
        except (TypeError, ValueError):
            return False
        if finite and not all(is_finite(array).all() for array in (*above, last, claimed)):
            return False
        if claimed.shape != last.shape:
            return shown.claimed.shape != shown.expected.shape
        right = all(judge(b, a, kind, tolerance).ok for a, b in zip([*above, last], [*above[1:], last]))
        return right and not judge(claimed, last, kind, tolerance).ok

    plain = simplest(refutes, shown.arguments, [arguments for arguments, _, _ in pairs])
    *_, expected, claimed = values(plain)
    found = judge(claimed, expected, kind, tolerance, cases=len(pairs), at=describe(_named(lines[-1][1], plain)))
    return plainest([Refuted((), found, claimed, expected), *failures])


def check_seed(function, seed):
    """Refuse what is no seed of a generator."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"{function}: seed has type {type(seed).__name__}, expected an integer")
    if seed < 0:
        raise ValueError(f"{function}: seed is {seed}, expected 0 or more")


def draw(function, sample, cases, seed):
    """Draw the arguments of all cases."""
    check_seed(function, seed)
    if not callable(sample):
        raise TypeError(
            f"{function}: sample has type {type(sample).__name__}, expected a function of a random generator"
        )
    if isinstance(cases, bool) or not isinstance(cases, (int, np.integer)):
        raise TypeError(f"{function}: cases has type {type(cases).__name__}, expected an integer")
    if cases < 1:
        raise ValueError(f"{function}: cases is {cases}, expected at least 1")
    rng = np.random.default_rng(seed)
    inputs = [value_of(function, "sample", sample, rng) for _ in range(cases)]
    for arguments in inputs:
        if not isinstance(arguments, tuple):
            raise TypeError(
                f"{function}: sample(rng) has type {type(arguments).__name__}, expected the tuple of arguments"
            )
    return inputs


def _value(function, name, line, arguments):
    """One side at one input, as an array of numbers. The arguments are copies: no side can change the other's."""
    return as_values(function, name, value_of(function, name, line, *deepcopy(arguments)))


def _pairs(function, left, right, sample, cases, seed):
    """All cases: (arguments, left value, right value). The sides are given as (name, function)."""
    for name, side in (left, right):
        if not callable(side):
            raise TypeError(f"{function}: {name} has type {type(side).__name__}, expected a function")
    inputs = draw(function, sample, cases, seed)
    return [
        (arguments, *(_value(function, name, side, arguments) for name, side in (left, right))) for arguments in inputs
    ]


def _strength(function, pairs, oracle, tolerance):
    """The kind of oracle and the tolerance of one verdict over all pairs: exact only if every pair is."""
    arrays = [array for _, claimed, expected in pairs for array in (claimed, expected)]
    kinds = [kind_of(claimed, expected, oracle) for _, claimed, expected in pairs]
    # From the weakest to the strongest; a kind that the caller names is the only one.
    kind = next((kind for kind in ("float arithmetic", "exact rationals") if kind in kinds), kinds[0])
    return kind, allowed_tolerance(function, kind, tolerance, *arrays)


def _identity_report(function, left, pairs, oracle, tolerance):
    """The report on the plainest input on which the two sides differ, or on all."""
    kind, allowed = _strength(function, pairs, oracle, tolerance)
    failures = []
    for arguments, claimed, expected in pairs:
        found = judge(claimed, expected, kind, allowed, cases=len(pairs), at=describe(_named(left, arguments)))
        if not found.ok:
            failures.append(Refuted(arguments, found, claimed, expected))
    return plainest(failures) if failures else found


def _named(function, arguments):
    """Arguments by the names that the function gives them, where it gives any."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # some built-in functions have no signature
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names += [f"argument {i}" for i in range(len(names), len(arguments))]
    return dict(zip(names, arguments))
