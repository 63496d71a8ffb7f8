"""Check derivatives: a Jacobian, a gradient, a vector-Jacobian product.

A check has two tiers. The first tries a random direction: it costs a few calls of the function, however many inputs
there are. Only where that does not settle it, or when asked, the second builds the whole Jacobian, compares every
entry and looks for the reason. In doubt the first passes nothing. It is for double precision and the complex step:
where fewer digits are known, a direction would hide in its sum what the entries show.
"""

import inspect
import warnings
from dataclasses import dataclass, replace

import numpy as np

from .agreement import agree, allowed_tolerance, as_float, as_values, is_finite
from .claims import check_seed, draw
from .compare import Report, announce, conditions, judge, not_linear, plainest, suspect, suspected
from .evidence import Refuted
from .hints import SYMMETRIC, accidents
from .kinks import kink_along, slopes_at_kink
from .oracles import (
    TOLERANCES,
    complex_step_jacobian,
    direction,
    finite_difference_jacobian,
    imaginary_step,
    real_point,
    value_of,
    values_at,
)
from .words import describe

# Largest relative error, in units of the machine's precision, that a random direction passes.
DIRECTION = 100
# Entries of full Jacobians that are kept to look for a reason in.
BUDGET = 2 * 10**7


def check_jacobian(
    f,
    claimed,
    x,
    *,
    oracle="complex-step",
    factors=None,
    terms=None,
    batched=False,
    full=False,
    claim=None,
    cases=None,
    seed=0,
):
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
    factors : dict of str to array_like or callable, optional
        Factors that may be missing from the claim, by their names, for instance ``{"φ′(z)": array}``, of the shape of
        the output, of the input, or of both; or functions of x. A report names the one that explains the claim.
    terms : sequence of array_like or callable, optional
        Jacobians, or functions of x, whose sum is right; a report says if the claim is one of them alone.
    batched : bool
        If true, f takes a stack of n points, shape ``(n, *x.shape)``, and returns the stack of n values. The claim is
        still about one point.
    full : bool
        If true, every entry is compared although a random direction shows no difference.
    claim : str, optional
        Label of the claim. With it one line is printed if the claim holds, and CheckFailed is raised if not.
    cases : int, optional
        How many points are drawn: 100 where x draws them, 1 where x is an array.
    seed : int
        Seed of the generator from which points and directions are drawn.

    Returns
    -------
    Report
        On the plainest of the points that refute the claim, or on all.

    Raises
    ------
    TypeError, ValueError
        For arguments that are empty, not numeric, or out of range, for an f or a claim that raises or is random, for an
        f(x) that is not finite, and for an oracle of another function.
    CheckFailed
        If a claim was named and does not hold.

    Notes
    -----
    First the claim is multiplied by a random direction and compared with the complex step in that direction. Entry by
    entry it is compared where that shows a difference, or with `full`.

    Examples
    --------
    >>> f = lambda x: np.array([x[0] * x[1], x[1], x[0] ** 2])
    >>> print(check_jacobian(f, lambda x: np.array([[x[1], x[0]], [0, 1], [2 * x[0], 0]]), [2.0, 5.0]))
    holds (complex step, 1 case, tolerance 1e-10)
    >>> check_jacobian(f, lambda x: np.array([[x[1], 0, 2 * x[0]], [x[0], 1, 0]]), [2.0, 5.0]).hints
    ('wrong-shape', 'transposed')
    """
    check = Check(
        "check_jacobian", "the Jacobian", f, oracle, batched, full, suspected("check_jacobian", factors, terms)
    )
    return announce(check.report(ClaimedJacobian(check, claimed), x, cases, seed), claim)


def check_gradient(
    f,
    claimed,
    x,
    *,
    oracle="complex-step",
    factors=None,
    terms=None,
    batched=False,
    full=False,
    claim=None,
    cases=None,
    seed=0,
):
    """Check a claimed gradient of a scalar function f.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of x, returns one number, with shape ().
    claimed : array_like, shape of x, or callable
        The claim: an array, or a function of x that returns one.
    x, oracle, factors, terms, batched, full, claim, cases, seed
        As in `check_jacobian`. With `batched`, f returns a vector of n numbers for n points.

    Returns
    -------
    Report
        On the plainest of the points that refute the claim, or on all.

    Raises
    ------
    TypeError, ValueError
        As in `check_jacobian`, and for an f that does not return one number.
    CheckFailed
        If a claim was named and does not hold.

    Examples
    --------
    >>> print(check_gradient(lambda x: x[0] * x[1] ** 2, lambda x: np.array([x[1] ** 2, 2 * x[0] * x[1]]), [3.0, 2.0]))
    holds (complex step, 1 case, tolerance 1e-10)
    """
    check = Check(
        "check_gradient", "the gradient", f, oracle, batched, full, suspected("check_gradient", factors, terms)
    )
    return announce(check.report(ClaimedJacobian(check, claimed), x, cases, seed), claim)


def check_vjp(
    f,
    vjp,
    x,
    *,
    oracle="complex-step",
    factors=None,
    terms=None,
    batched=False,
    full=False,
    claim=None,
    cases=None,
    seed=0,
):
    """Check a claimed vector-Jacobian product of f, which is what backpropagation computes.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of x, returns an array of any fixed shape.
    vjp : callable
        The claim: ``vjp(x, g)``, with g of the shape of f(x), returns Jᵀg, of the shape of x.
    x, oracle, full, claim, cases, seed
        As in `check_jacobian`.
    factors, terms
        As in `check_jacobian`; a term may also be a function of x and g.
    batched : bool
        If true, f and vjp take stacks: n points of shape ``(n, *x.shape)``, and n vectors g.

    Returns
    -------
    Report
        On the plainest of the points that refute the claim, or on all. Its entries are those of the Jacobian that the
        products stand for: the products with unit vectors, output axes first.

    Raises
    ------
    TypeError, ValueError
        As in `check_jacobian`.
    CheckFailed
        If a claim was named and does not hold.

    Notes
    -----
    First ⟨g, J v⟩ = ⟨vjp(x, g), v⟩ is tried for random g and v, with J v by the complex step.

    Examples
    --------
    >>> W = np.array([[1.0, 2.0, 0.5], [3.0, -1.0, 4.0]])
    >>> layer = lambda x: np.tanh(W @ x)
    >>> print(check_vjp(layer, lambda x, g: W.T @ ((1 - np.tanh(W @ x) ** 2) * g), [0.1, 0.2, 0.3]))
    holds (complex step, 1 case, tolerance 1e-10)
    >>> slope = {"φ′(z)": lambda x: 1 - layer(x) ** 2}
    >>> forgotten = check_vjp(layer, lambda x, g: W.T @ g, [0.1, 0.2, 0.3], factors=slope)
    >>> forgotten.hints, forgotten.explanations[0]
    (('row-scaled',), 'the claim lacks the factor φ′(z), which belongs to the row.')
    """
    if not callable(vjp):
        raise TypeError(f"check_vjp: vjp has type {type(vjp).__name__}, expected a function of x and g")
    suspects = suspected("check_vjp", factors, terms)
    check = Check("check_vjp", "the Jacobian behind the VJP", f, oracle, batched, full, suspects)
    return announce(check.report(ClaimedProducts(check, vjp), x, cases, seed), claim)


@dataclass(frozen=True)
class Check:
    """What a check of a derivative was asked: the function, what knows the truth about it, and how."""

    function: str
    subject: str
    f: object
    oracle: object
    batched: bool
    full: bool
    suspects: dict

    def __post_init__(self):
        if not callable(self.f):
            raise TypeError(f"{self.function}: f has type {type(self.f).__name__}, expected a function")
        named = isinstance(self.oracle, str) and self.oracle in ("complex-step", "finite-difference")
        if not callable(self.oracle) and not named:
            raise ValueError(
                f"{self.function}: oracle is {self.oracle!r}, expected 'complex-step', 'finite-difference' "
                "or a function"
            )

    def points(self, x, cases, seed):
        """The points at which the claim is checked."""
        check_seed(self.function, seed)
        if callable(x):
            cases = 100 if cases is None else cases
            drawn = draw(self.function, lambda rng: (x(rng),), cases, seed)
            return [real_point(self.function, point) for (point,) in drawn]
        if cases is not None and (isinstance(cases, bool) or cases != 1):
            raise ValueError(
                f"{self.function}: cases is {cases}, expected 1 because x is one point; a function x(rng) draws more"
            )
        return [real_point(self.function, x)]

    def at(self, x):
        """f(x), for a stack of one where f takes stacks."""
        y = values_at(self.function, self.f, x[None], self.batched)[0]
        if self.function == "check_gradient" and y.shape != ():
            raise ValueError(
                f"check_gradient: f(x) has shape {y.shape}, expected () because a gradient belongs to one number"
            )
        return y

    def report(self, claimed, x, cases, seed):
        """The report on the plainest point that refutes the claim, or on all."""
        points = self.points(x, cases, seed)
        values = {}
        if self.batched:
            claimed.stack, values[0] = self.refuse_mixing(points[0])
        # They are needed only if the claim is wrong, and refused here if they are wrong themselves.
        if any(self.suspects.values()):
            self.suspects_at(claimed, points[0], self.at(points[0]))
        rng = np.random.default_rng((seed, 1))
        good, failures, notes, spent = [], [], [], 0
        for k, point in enumerate(points):
            y = values[k] if k in values else self.at(point)
            if self.has_first_tier(point, y) and claimed.passes(point, y, rng):
                good.append((TOLERANCES["complex step"], "complex step", True))
                continue
            failure, warning = self.compare_entries(claimed, point, y, len(points), rng)
            notes += [note for note in warning if note not in notes]
            if failure.report.ok:
                good.append((failure.report.tolerance, failure.report.oracle, False))
                continue
            failures.append(failure)
            spent += failure.claimed.size + failure.expected.size
            if spent > BUDGET:
                break
        if failures:
            # A report that a map is not linear has its hint already.
            shown = failures[0].report if failures[0].report.hints else plainest(failures)
            return replace(shown, warnings=tuple(notes))
        # Over all points the verdict is as strong as its weakest oracle.
        tolerance, kind, _ = max(good)
        if len(points) == 1:
            notes += claimed.accidents(points[0], y, rng)
        words = conditions(kind, len(points), tolerance)
        return Report(
            True,
            oracle=kind,
            cases=len(points),
            tolerance=tolerance,
            summary=f"holds ({words})",
            warnings=tuple(notes),
            entries=y.size * points[-1].size,
            subject=self.subject,
            directions=all(directions for _, _, directions in good),
        )

    def has_first_tier(self, x, y):
        """Whether a random direction may settle the verdict."""
        doubles = x.dtype == np.float64 and eps_of(y) <= eps_of(x)
        return not self.full and doubles and isinstance(self.oracle, str) and self.oracle == "complex-step"

    def refuse_randomness(self, x, y):
        """Refuse an f that gives another value when it is asked again."""
        if not np.array_equal(self.at(x), y):
            raise ValueError(
                f"{self.function}: f gives two values at one x, expected one because a random function has no "
                "derivative; fix what it draws"
            )

    def refuse_mixing(self, x):
        """Refuse an f whose value at x changes with the other points of a stack. Returns a stack, and f(x)."""
        alone = self.at(x)
        stack, among = self.stack_around(x)
        if among[1].shape != alone.shape or not close(among[1], alone):
            self.refuse_randomness(x, alone)
            raise ValueError(
                f"{self.function}: f mixes the points of a stack, expected each value to depend on its own point alone "
                "because batched=True says so"
            )
        return stack, alone

    def stack_around(self, x):
        """A stack of four points, of which the second is x, and the values of f there."""
        for factor, offset in ((1.25, 0.5), (1.0625, 0.0), (1.0, 0.0)):
            others = [factor**k * x + k * offset for k in (1, 2, 3)]
            stack = np.stack([others[0], x, *others[1:]]).astype(x.dtype)
            try:
                with np.errstate(all="ignore"):
                    return stack, values_at(self.function, self.f, stack, True)
            except (ArithmeticError, ValueError):  # outside the domain of f, or f takes no such stack
                if factor == 1:
                    raise

    def compare_entries(self, claimed, x, y, cases, rng):
        """The second tier: (what was compared in full, with its report; warnings)."""
        self.refuse_randomness(x, y)
        expected, kind, noise, reason = self.truth(x, y)
        asked, expected, subject = claimed.array(x, y, expected, rng)
        value = asked
        if kind == "complex step" and value.shape == expected.shape:
            value = without_rounding(value, expected, x, y)
        tolerance = allowed_tolerance(self.function, kind, None, x, y, expected)
        at = describe({"x": x})
        report = judge(value, expected, kind, tolerance, noise, cases, at, subject)
        warnings_ = [f"{reason}; central differences were used."] if reason else []
        whole = subject == self.subject
        slopes = None
        if not report.ok and whole and value.shape == expected.shape and is_finite(value).all():
            wrong = ~agree(value, expected, tolerance, noise)
            slopes = slopes_at_kink(self, x, y, wrong, report.worst[0].index)
        elif report.ok and kind == "central differences" and kink_along(self, x, y, rng):
            warnings_.append(
                "non-differentiable-point: the slopes from the two sides differ; x is a kink, where a derivative is a "
                "convention."
            )
        if whole:
            claimed.steady(x, y, asked)
            report = claimed.linear(x, y, value, report, rng)
        failure = Refuted(
            (x,),
            report,
            value,
            expected,
            noise,
            outputs=None if self.function == "check_gradient" or not whole else y.ndim,
            **(self.suspects_at(claimed, x, y) if not report.ok and whole else {}),
            lengths={f"axis {axis} of x": length for axis, length in enumerate(x.shape)},
            slopes=slopes,
        )
        return failure, warnings_

    def suspects_at(self, claimed, x, y):
        """The factors and terms at one point."""

        def at_point(argument, value):
            if callable(value):
                value = value_of(self.function, argument, value, x.copy())
            return suspect(self.function, argument, value)

        factors = {name: at_point(f"factors[{name!r}]", value) for name, value in self.suspects["factors"].items()}
        terms = tuple(
            claimed.term(f"terms[{k}]", term, x, y, at_point) for k, term in enumerate(self.suspects["terms"])
        )
        return {"factors": factors, "terms": terms}

    def truth(self, x, y):
        """The true Jacobian: (array, kind of oracle, its error in each entry, reason for a fall-back or None)."""
        function, f, oracle, batched = self.function, self.f, self.oracle, self.batched
        if callable(oracle):
            jacobian = as_values(function, "oracle(x)", value_of(function, "oracle", oracle, x.copy()))
            if jacobian.shape != y.shape + x.shape:
                raise ValueError(
                    f"{function}: oracle(x) has shape {jacobian.shape}, expected {y.shape + x.shape} "
                    f"because f(x) has shape {y.shape} and x {x.shape}"
                )
            # An oracle that is not finite refutes every claim; there is nothing to confirm.
            if is_finite(jacobian).all() and not self.confirmed(x, y, as_float(jacobian)):
                raise ValueError(
                    f"{function}: oracle(x) disagrees with a central difference of f, expected the Jacobian of f "
                    "because both must describe one function"
                )
            return jacobian, getattr(oracle, "kind", "second formula"), 0.0, None
        reason = None
        if oracle == "complex-step":
            try:
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("error", np.exceptions.ComplexWarning)
                    jacobian = complex_step_jacobian(f, x, batched=batched)
            except Exception:  # f(x) had a value for real x: it is the complex input that f refuses, however it does so
                reason = "f does not take complex input"
            else:
                if self.confirmed(x, y, jacobian):
                    return jacobian, "complex step", 0.0, None
                reason = "the complex step and a central difference disagree"
        try:
            with np.errstate(all="ignore"):
                jacobian = finite_difference_jacobian(f, x, batched=batched)
        except (TypeError, ValueError) as error:
            raise type(error)(str(error).replace("finite_difference_jacobian", function)) from error
        noise = difference_noise(x, y).reshape(y.shape + (1,) * x.ndim)
        return jacobian, "central differences", np.broadcast_to(noise, jacobian.shape), reason

    def along(self, x, v):
        """J v by the complex step, or None where f refuses it."""
        h = imaginary_step(x)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                z = values_at(self.function, self.f, (x + 1j * h * v)[None].astype(complex_of(x)), self.batched)[0]
        except Exception:  # as in `truth`
            return None
        return z.imag / h if z.dtype.kind == "c" else None

    def change(self, x, shift):
        """(f(x + s) - f(x - s)) / 2 and s as it was after rounding, or None where the step leaves the domain of f."""
        forward, backward = (x + shift).astype(x.dtype), (x - shift).astype(x.dtype)
        try:
            upper, lower = values_at(self.function, self.f, np.stack([forward, backward]), self.batched)
        except (ArithmeticError, ValueError):
            return None
        return (upper - lower) / 2, (forward - backward) / 2

    @np.errstate(all="ignore")
    def confirmed(self, x, y, jacobian):
        """Whether central differences in a few fixed directions agree with a Jacobian, output by output.

        Entries of x of one order of magnitude are moved together, so that large ones hide no small ones. The step is
        that of `finite_difference_jacobian`, or a smaller one for a strong curvature. Where both are too wide for f,
        one in proportion to tiny entries of x may confirm, without allowance for rounding, which would hide all.
        """
        # No two entries alike: at the tie of a maximum nothing is seen along a direction in which both move together.
        v = direction(np.random.default_rng(7), x.shape, x.dtype)
        step = np.cbrt(max(eps_of(x), eps_of(y)))
        rounding = 8 * max(eps_of(x), eps_of(y)) * np.abs(y)
        relative = 1e-6 if step < 1e-4 else 1e-3
        wide, narrow = np.maximum(1, np.abs(x)), np.where(x == 0, 1, np.minimum(1, np.abs(x)))
        # A smaller step gets less allowance: what the wide one has refuted must not pass because it has become small.
        attempts = [(wide, relative, rounding), (wide / 16, relative, rounding / 16)]
        attempts.append((narrow, 1e-4, 0.0) if (narrow < 0.1).any() else (narrow, relative, rounding / 16))
        return all(
            any(
                self.agrees_along(x, jacobian, step * scale * v * together, relative, allowed)
                for scale, relative, allowed in attempts
            )
            for together in magnitudes(x)
        )

    def agrees_along(self, x, jacobian, shift, relative, rounding):
        """Whether a central difference is what a Jacobian predicts."""
        moved = self.change(x, shift)
        if moved is None:
            return False
        change, shift = moved
        predicted = np.tensordot(jacobian, shift, axes=x.ndim)
        size = np.maximum(np.tensordot(np.abs(jacobian), np.abs(shift), axes=x.ndim), np.abs(change))
        return bool((np.abs(predicted - change) <= relative * size + rounding).all())

    @np.errstate(all="ignore")
    def slopes(self, x, y, v):
        """J v by the complex step, if central differences confirm it, otherwise None."""
        total = np.zeros(y.shape)
        for together in magnitudes(x):
            along = self.along(x, v * together)
            if along is None or along.shape != y.shape:
                return None
            step = np.cbrt(eps_of(x)) * max(1.0, 10.0 ** np.floor(np.log10(np.abs(x[together]).max(initial=1.0))))
            moved = self.change(x, step * v * together)
            if moved is None:
                return None
            change = moved[0]
            if not (np.abs(step * along - change) <= 1e-6 * np.abs(change) + 8 * eps_of(x) * np.abs(y)).all():
                return None
            total = total + along
        return total


def magnitudes(x):
    """Masks of the entries of x that have one order of magnitude, from 1 up."""
    order = np.floor(np.log10(np.maximum(1, np.abs(x))))
    return [order == each for each in np.unique(order)]


def eps_of(array):
    """The precision of the type of an array; that of double precision for integers."""
    return float(np.finfo(array.dtype).eps) if array.dtype.kind in "fc" else float(np.finfo(np.float64).eps)


def complex_of(x):
    """The complex type of the precision of x."""
    return np.result_type(x, np.complex64)


def difference_noise(x, y):
    """Rounding error of a central difference, for each output: eps * abs(f) over a step of eps^(1/3).

    An output that is small because terms cancelled carries the rounding of the terms: a part of the largest output
    stands for them, all of it where few digits are known.
    """
    eps = max(eps_of(x), eps_of(y))
    return 10 * eps ** (2 / 3) * (np.abs(y) + (1e-3 if eps < 1e-10 else 1) * np.abs(y).max())


def close(a, b, relative=1e-9):
    """Whether two arrays of one shape agree, relative to the largest entry."""
    return bool((np.abs(a - b) <= relative * np.abs(b).max()).all())


def rounding_of_zero(x, y):
    """What rounding makes of a derivative that is 0, for each output, where terms of the size of f cancel."""
    return 8 * eps_of(x) * np.abs(y) / max(1.0, float(np.abs(x).max()))


def without_rounding(value, expected, x, y):
    """The claim, equal to the truth where both are 0 up to the rounding of f: such a derivative has no digits."""
    differ = np.flatnonzero(value != expected)
    floor = np.broadcast_to(rounding_of_zero(x, y).reshape(y.shape + (1,) * x.ndim), expected.shape).ravel()[differ]
    c, t = (np.abs(as_float(array).ravel()[differ]) for array in (value, expected))
    nothing = differ[(c <= floor) & (t <= floor)]
    if len(nothing) == 0:
        return value
    cleared = as_float(value).copy()
    cleared.flat[nothing] = expected.flat[nothing]
    return cleared


class ClaimedJacobian:
    """A claim that is an array, or a function of x that returns one."""

    def __init__(self, check, claimed):
        self.check = check
        self.claimed = claimed
        self.point = None

    def value(self, x):
        """The claim at x, which is asked once a point: both tiers judge the same array."""
        if self.point is not x:
            self.point, self.last = x, self.ask(x)
        return self.last

    def ask(self, x):
        value = self.claimed
        if callable(value):
            value = value_of(self.check.function, "claimed", value, x.copy())
        return as_values(self.check.function, "claimed", value)

    def passes(self, x, y, rng):
        """The first tier: whether the claim is right in a random direction."""
        claimed = as_float(self.value(x))
        if claimed.shape != y.shape + x.shape or claimed.dtype.kind == "c":
            return False
        v = direction(rng, x.shape, x.dtype)
        along = self.check.along(x, v)
        if along is None or along.shape != y.shape:
            return False
        return close_products(claimed, v, along, DIRECTION * eps_of(x)) and self.check.confirmed(x, y, claimed)

    def array(self, x, y, expected, rng):
        """What is compared: the claimed and the true array, and what they are."""
        return self.value(x), expected, self.check.subject

    def steady(self, x, y, value):
        """Refuse a claim that is random."""
        if not np.array_equal(self.ask(x), value, equal_nan=value.dtype.kind in "fc"):
            raise ValueError(f"{self.check.function}: claimed gives two values at one x, expected one")

    def linear(self, x, y, value, report, rng):
        return report

    def term(self, argument, term, x, y, at_point):
        return at_point(argument, term)

    def accidents(self, x, y, rng):
        """Why a wrong claim might have passed in this one case."""
        return accidents(self.value(x), x)


@np.errstate(all="ignore")
def close_products(claimed, v, along, limit):
    """Whether claimed · v is what the function gives, relative to the largest product in each sum."""
    inputs = v.ndim
    if claimed.size == 0 or not np.isfinite(claimed).all():
        return False
    products = np.tensordot(claimed, v, axes=inputs)
    flat = np.abs(claimed.reshape(-1, v.size) * v.ravel()).max(axis=1).reshape(products.shape)
    return bool((np.abs(products - along) <= limit * flat).all())


def of_both_signs(rng, y):
    """A random vector g of the shape of y, with entries of both signs: some maps that are not linear keep the sign."""
    g = direction(rng, y.shape, floating(y))
    if (g > 0).all():
        g.flat[0] = -g.flat[0]
    elif (g < 0).all() and g.size > 1:
        g.flat[0] = -g.flat[0]
    return g


def floating(y):
    """The type of vectors that are multiplied with the Jacobian of a function with values y."""
    return y.dtype if y.dtype.kind in "fc" else np.dtype(np.float64)


class ClaimedProducts:
    """A claim that is a function of x and g: the products of g with a Jacobian."""

    def __init__(self, check, vjp, name="vjp"):
        self.check = check
        self.vjp = vjp
        self.name = name
        self.words = "vjp(x, g)" if name == "vjp" else name
        self.stack = None

    def product(self, x, g):
        return self.products(x, g[None])[0] if self.check.batched else self._call(x, g)

    def _call(self, x, g):
        value = value_of("check_vjp", self.name, self.vjp, x.copy(), g.copy())
        return as_values("check_vjp", self.words, value)

    def products(self, x, stack):
        """The products of a stack of vectors g at one point, stacked."""
        if self.check.batched:
            return self.stacked(np.repeat(x[None], len(stack), axis=0), stack)
        values = [self._call(x, g) for g in stack]
        for value in values:
            if value.shape != values[0].shape:
                raise ValueError(
                    f"check_vjp: {self.words} has shape {value.shape}, expected {values[0].shape} as for another g"
                )
        return np.stack(values)

    def stacked(self, points, stack):
        """The products of a stack of vectors g at a stack of points."""
        value = self._call(points, stack)
        if value.ndim == 0 or len(value) != len(stack):
            raise ValueError(
                f"check_vjp: {self.words} has shape {value.shape} for a stack of {len(stack)}, expected "
                f"({len(stack)}, ...) because batched=True says that it takes a stack"
            )
        return value

    @np.errstate(all="ignore")
    def passes(self, x, y, rng):
        """The first tier: ⟨g, J v⟩ = ⟨vjp(x, g), v⟩ for random g and v."""
        v, g = direction(rng, x.shape, x.dtype), of_both_signs(rng, y)
        u = as_float(self.product(x, g))
        if u.shape != x.shape or u.dtype.kind == "c" or not np.isfinite(u).all() or not self.doubles(x, g, u):
            return False
        if self.mixes(x, g, u, rng):
            return False
        along = self.check.slopes(x, y, v)
        return along is not None and np.isfinite(along).all() and close_sums(g * along, u * v, DIRECTION * eps_of(x))

    def mixes(self, x, g, u, rng):
        """Whether, in a stack, the product of one example changes with the others."""
        if self.stack is None or not np.array_equal(self.stack[1], x):
            return False  # it is asked at the first point
        others = [direction(rng, g.shape, g.dtype) for _ in range(3)]
        among = self.stacked(self.stack, np.stack([others[0], g, *others[1:]]))[1]
        return among.shape != u.shape or not close(among, u)

    def doubles(self, x, g, u):
        """Whether vjp(x, -2g) = -2 vjp(x, g): a map that lets only positive entries pass is linear for some g."""
        doubled = as_float(self.product(x, -2 * g))
        allowed = DIRECTION * max(eps_of(x), eps_of(u)) * np.abs(u).max()
        return doubled.shape == u.shape and bool((np.abs(doubled + 2 * u) <= allowed).all())

    def array(self, x, y, expected, rng):
        """The Jacobian that the products stand for; one product alone, if it has not the shape of x."""
        g = of_both_signs(rng, y)
        u = self.product(x, g)
        if u.shape != x.shape:
            return u, np.tensordot(g, as_float(expected), axes=y.ndim), "vjp(x, g)"
        value = self.jacobian(x, y)
        return value, expected, self.check.subject

    def jacobian(self, x, y):
        """All products with unit vectors."""
        length = max(1, 2**18 // max(x.size, y.size))
        parts = []
        for start in range(0, y.size, length):
            places = range(start, min(start + length, y.size))
            units = np.zeros((len(places), y.size), dtype=floating(y))
            units[range(len(places)), places] = 1
            parts.append(self.products(x, units.reshape(-1, *y.shape)))
        shapes = {part.shape[1:] for part in parts}
        if shapes != {x.shape}:
            raise ValueError(
                f"check_vjp: {self.words} has shape {parts[0].shape[1:]} for a unit vector g, expected {x.shape} "
                "because that is the shape of x"
            )
        return np.concatenate(parts).reshape(y.shape + x.shape)

    def steady(self, x, y, value):
        """Refuse a claim that is random."""
        g = np.ones(y.shape, dtype=floating(y))
        first, second = self.product(x, g), self.product(x, g)
        if not np.array_equal(first, second, equal_nan=first.dtype.kind in "fc"):
            raise ValueError("check_vjp: vjp gives two values for one x and g, expected one")

    def linear(self, x, y, value, report, rng):
        """The report, or one that says that products with other vectors than unit vectors are wrong."""
        g = of_both_signs(rng, y)
        found = as_float(self.product(x, g))
        if not is_finite(value).all() or not is_finite(found).all():
            return report
        right = np.tensordot(g, as_float(value), axes=y.ndim)
        size = np.tensordot(np.abs(g), np.abs(as_float(value)), axes=y.ndim)
        tolerance = max(report.tolerance, DIRECTION * max(eps_of(x), eps_of(found)))
        zero = (np.abs(g) * rounding_of_zero(x, y)).sum()
        fits = found.shape == right.shape and (np.abs(found - right) <= tolerance * size + zero).all()
        at = report.at or describe({"x": x})
        if not fits or not self.doubles(x, g, found):
            sentence = "vjp(x, g) is not the sum of the products with unit vectors: it is not linear in g."
            return not_linear(replace(report, at=at), sentence)
        if report.ok and self.mixes(x, g, found, rng):
            words = f"wrong: in a stack, a product changes with the other examples ({conditions(report)})"
            return replace(report, ok=False, at=at, summary=words)
        return report

    def term(self, argument, term, x, y, at_point):
        """A term as a Jacobian; one that is a function of x and g is multiplied by all unit vectors."""
        if callable(term) and takes_two(term):
            return suspect("check_vjp", argument, ClaimedProducts(self.check, term, argument).jacobian(x, y))
        return at_point(argument, term)

    def accidents(self, x, y, rng):
        """Why a wrong claim might have passed in this one case."""
        found = []
        if x.shape == y.shape and x.size > 1:
            g, v = direction(rng, y.shape, floating(y)), direction(rng, x.shape, x.dtype)
            left, right = as_float(self.product(x, g)) * v, as_float(self.product(x, v)) * g
            ratios = left / (g * v)
            # Where the Jacobian is diagonal, and no multiple of the identity, it is so in every case.
            diagonal = close(left, right, 1e-10) and not close(ratios, np.full_like(ratios, ratios.flat[0]), 1e-10)
            if close_sums(left, right, 1e-10) and not diagonal:
                found = [f"agrees-by-accident: {SYMMETRIC}"]
        return [*found, *accidents(np.zeros(()), x)]


def takes_two(function):
    """Whether a function takes x and g, or x alone."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # some built-in functions have no signature
        return False
    return sum(p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters) >= 2


def close_sums(left, right, limit):
    """Whether two sums of products agree, relative to the largest product."""
    largest = max(np.abs(left).max(), np.abs(right).max())
    return bool(abs(left.sum() - right.sum()) <= limit * largest)
