"""Check claims: a Jacobian, a gradient, an identity, an inequality, a derivation line by line."""

import inspect
import warnings
from copy import deepcopy
from dataclasses import replace

import numpy as np

from .compare import (
    Refuted,
    Report,
    agree,
    allowed_tolerance,
    announce,
    as_float,
    as_values,
    conditions,
    describe,
    is_finite,
    judge,
    kind_of,
    plainest,
    plainness,
)
from .oracles import complex_step_jacobian, finite_difference_jacobian, real_point, value_at


def check_jacobian(f, claimed, x, *, oracle="complex-step", claim=None, cases=None, seed=0):
    """Check a claimed Jacobian of f.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of x, returns an array of any fixed shape.
    claimed : array_like, shape out_shape + in_shape, or callable
        The claim: an array, or a function of x that returns one.
    x : array_like or callable
        The point, or a function ``x(rng)`` that draws one.
    oracle : {"complex-step", "finite-difference"} or callable
        What knows the truth. The default confirms the complex step by a central difference in one direction; where
        they disagree, or f refuses complex input, central differences are used and a warning says so. A function
        x -> Jacobian, for instance `autodiff_jacobian` of a formula written in PyTorch, is an oracle too; a central
        difference of f must confirm that it is the Jacobian of the same function, so x must not be a kink of f.
    claim : str, optional
        Label of the claim. With it one line is printed if the claim holds, and CheckFailed is raised if not.
    cases : int, optional
        How many points are drawn: 100 where x draws them, 1 where x is an array.
    seed : int
        Seed of the generator from which points are drawn.

    Returns
    -------
    Report
        On the plainest of the points that refute the claim, or on all.

    Raises
    ------
    TypeError, ValueError
        For arguments that are empty, not numeric, or out of range, for an f(x) that is not finite, and for an oracle
        of another function.
    CheckFailed
        If a claim was named and does not hold.

    Examples
    --------
    >>> f = lambda x: np.array([x[0] * x[1], x[1], x[0] ** 2])
    >>> print(check_jacobian(f, lambda x: np.array([[x[1], x[0]], [0, 1], [2 * x[0], 0]]), [2.0, 5.0]))
    holds (complex step, 1 case, tolerance 1e-10)
    >>> check_jacobian(f, lambda x: np.array([[x[1], 0, 2 * x[0]], [x[0], 1, 0]]), [2.0, 5.0]).hints
    ('wrong-shape', 'transposed')
    """
    return announce(_jacobian_report("check_jacobian", f, claimed, x, oracle, cases, seed), claim)


def check_gradient(f, claimed, x, *, oracle="complex-step", claim=None, cases=None, seed=0):
    """Check a claimed gradient of a scalar function f.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of x, returns one number, with shape ().
    claimed : array_like, shape of x, or callable
        The claim: an array, or a function of x that returns one.
    x, oracle, claim, cases, seed
        As in `check_jacobian`.

    Returns
    -------
    Report
        On the plainest of the points that refute the claim, or on all.

    Raises
    ------
    TypeError, ValueError
        For arguments that are empty, not numeric, or out of range, and for an f that does not return one number.
    CheckFailed
        If a claim was named and does not hold.

    Examples
    --------
    >>> print(check_gradient(lambda x: x[0] * x[1] ** 2, lambda x: np.array([x[1] ** 2, 2 * x[0] * x[1]]), [3.0, 2.0]))
    holds (complex step, 1 case, tolerance 1e-10)
    """

    if not callable(f):
        raise TypeError(f"check_gradient: f has type {type(f).__name__}, expected a function")

    def scalar(point):
        y = as_values("check_gradient", "f(x)", f(point))
        if y.shape != ():
            raise ValueError(
                f"check_gradient: f(x) has shape {y.shape}, expected () because a gradient belongs to one number"
            )
        return y

    return announce(_jacobian_report("check_gradient", scalar, claimed, x, oracle, cases, seed), claim)


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
        On the first line that differs from the one above, or on all. It also says whether the last line is
        nevertheless right, that is, whether two errors cancel.

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
    inputs = _draw("check_steps", sample, cases, seed)
    values = [[_value("check_steps", label, line, arguments) for arguments in inputs] for label, line in steps]
    reports = []
    for number, (above, below) in enumerate(zip(values, values[1:]), start=2):
        label, line = steps[number - 1]
        report = _identity_report("check_steps", line, list(zip(inputs, below, above)), None, None)
        if not report.ok:
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


def _jacobian_report(function, f, claimed, x, oracle, cases, seed):
    """Check the claim at every point; the report on the first that fails, or on all."""
    if not callable(f):
        raise TypeError(f"{function}: f has type {type(f).__name__}, expected a function")
    if callable(x):
        points = [point for (point,) in _draw(function, lambda rng: (x(rng),), 100 if cases is None else cases, seed)]
    elif cases not in (None, 1):
        raise ValueError(
            f"{function}: cases is {cases}, expected 1 because x is one point; a function x(rng) draws more"
        )
    else:
        points = [x]
    reports, failures, notes = [], [], []
    for point in points:
        point = real_point(function, point)
        expected, kind, noise, warning = _jacobian(function, f, point, oracle)
        notes += [warning] if warning and warning not in notes else []
        value = as_values(function, "claimed", claimed(point.copy()) if callable(claimed) else claimed)
        tolerance = allowed_tolerance(function, kind, None, point, expected)
        report = judge(value, expected, kind, tolerance, noise, cases=len(points), at=describe({"x": point}))
        reports.append(report)
        if not report.ok:
            failures.append(Refuted((point,), report, value, expected, noise))
    # Over all points the verdict is as strong as its weakest oracle.
    verdict = plainest(failures) if failures else max(reports, key=lambda report: report.tolerance)
    return replace(verdict, warnings=tuple(notes))


def _jacobian(function, f, x, oracle):
    """The true Jacobian: (array, kind of oracle, absolute error it knows of, warning)."""
    y = value_at(function, f, x)
    noise = _difference_noise(x, y)
    if callable(oracle):
        jacobian = as_values(function, "oracle(x)", oracle(x.copy()))
        if jacobian.shape != y.shape + x.shape:
            raise ValueError(
                f"{function}: oracle(x) has shape {jacobian.shape}, expected {y.shape + x.shape} "
                f"because f(x) has shape {y.shape} and x {x.shape}"
            )
        # An oracle that is not finite refutes every claim; there is nothing to confirm.
        if is_finite(jacobian).all() and not _confirmed(f, x, as_float(jacobian), noise):
            raise ValueError(
                f"{function}: oracle(x) disagrees with a central difference of f, expected the Jacobian of f "
                "because both must describe one function"
            )
        return jacobian, getattr(oracle, "kind", "second formula"), 0.0, None
    if oracle not in ("complex-step", "finite-difference"):
        raise ValueError(
            f"{function}: oracle is {oracle!r}, expected 'complex-step', 'finite-difference' or a function"
        )
    if oracle == "finite-difference":
        return finite_difference_jacobian(f, x), "central differences", noise, None
    reason = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            jacobian = complex_step_jacobian(f, x)
    except Exception:  # f(x) had a value for real x: whatever f raises now, it is the complex input that it refuses
        reason = "f does not take complex input"
    else:
        if not _confirmed(f, x, jacobian, noise):
            reason = "the complex step and a central difference disagree"
    if reason is None:
        return jacobian, "complex step", 0.0, None
    return finite_difference_jacobian(f, x), "central differences", noise, f"{reason}; central differences were used."


def _difference_noise(x, y):
    """Rounding error of a central difference: eps * abs(f) over a step of eps^(1/3)."""
    return 10 * float(np.finfo(x.dtype).eps) ** (2 / 3) * float(np.abs(y).max())


def _confirmed(f, x, jacobian, noise):
    """Whether a central difference in one fixed direction agrees with a Jacobian, output by output.

    The step is that of `finite_difference_jacobian`. Where it is too wide for f, a narrower one may confirm, but
    without allowance for rounding, which would hide everything.
    """
    direction = 1 + np.arange(x.size).reshape(x.shape) % 3 / 4
    wide = np.maximum(1, np.abs(x))
    narrow = np.where(x == 0, 1, np.minimum(1, np.abs(x)))
    for scale, rounding in ((wide, noise), (narrow, 0.0)):
        shift = np.cbrt(np.finfo(x.dtype).eps) * scale * direction
        forward, backward = (x + shift).astype(x.dtype), (x - shift).astype(x.dtype)
        shift = (forward - backward) / 2
        try:
            with np.errstate(all="ignore"):
                change = (value_at("check_jacobian", f, forward) - value_at("check_jacobian", f, backward)) / 2
        except (ArithmeticError, ValueError):  # the step leaves the domain of f
            continue
        predicted = np.tensordot(jacobian, shift, axes=x.ndim)
        size = np.maximum(np.tensordot(np.abs(jacobian), np.abs(shift), axes=x.ndim), np.abs(change))
        allowed = 1e-4 * size + rounding * np.abs(shift).max()
        if (np.abs(predicted - change) <= allowed).all():
            return True
    return False


def _draw(function, sample, cases, seed):
    """Draw the arguments of all cases."""
    if not callable(sample):
        raise TypeError(
            f"{function}: sample has type {type(sample).__name__}, expected a function of a random generator"
        )
    if isinstance(cases, bool) or not isinstance(cases, (int, np.integer)):
        raise TypeError(f"{function}: cases has type {type(cases).__name__}, expected an integer")
    if cases < 1:
        raise ValueError(f"{function}: cases is {cases}, expected at least 1")
    rng = np.random.default_rng(seed)
    inputs = [sample(rng) for _ in range(cases)]
    for arguments in inputs:
        if not isinstance(arguments, tuple):
            raise TypeError(
                f"{function}: sample(rng) has type {type(arguments).__name__}, expected the tuple of arguments"
            )
    return inputs


def _value(function, name, line, arguments):
    """One side at one input, as an array of numbers. The arguments are copies: no side can change the other's."""
    return as_values(function, name, line(*deepcopy(arguments)))


def _pairs(function, left, right, sample, cases, seed):
    """All cases: (arguments, left value, right value). The sides are given as (name, function)."""
    for name, side in (left, right):
        if not callable(side):
            raise TypeError(f"{function}: {name} has type {type(side).__name__}, expected a function")
    inputs = _draw(function, sample, cases, seed)
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
