"""The checks on a suite of wrong answers, which they must name, and of right ones, which they must let pass."""

from itertools import chain, combinations, permutations, product
from typing import NamedTuple

import numpy as np
import pytest
from wrong_answers import ACCIDENTS, RIGHT, WRONG, Compared, Mistake, WrongAnswer, generator, large_entries

from mathdnn_utils import verify

# The seeds of the verdict on wrong answers. None of them was used while the checks were written.
SEEDS = [314159, 271828, 161803]
RIGHT_SEEDS = range(20)

CODES = {
    "transposed",
    "axes-permuted",
    "wrong-shape",
    "sign",
    "constant-factor",
    "row-scaled",
    "column-scaled",
    "flipped",
    "shifted",
    "wrong-mode",
    "diagonal-only",
    "diagonal-wrong",
    "missing-rank-one",
    "constant-offset",
    "overwritten-not-accumulated",
    "non-finite",
    "out-of-range-index",
    "non-differentiable-point",
    "not-linear",
}


# The suite itself


def test_the_suite_is_large_and_has_every_code_twice():
    drawn = {case.name: case.draw(generator(case.name, 0)) for case in WRONG}
    assert len(WRONG) == len(drawn) >= 60
    assert set().union(*(mistake.codes | mistake.allowed for mistake in drawn.values())) == CODES
    rare = [code for code in CODES if sum(code in mistake.codes for mistake in drawn.values()) < 2]
    assert not rare
    assert len(ACCIDENTS) >= 2
    assert len({name for name, _ in RIGHT}) == len(RIGHT) >= 200


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", WRONG, ids=repr)
def test_a_wrong_answer_is_what_it_says(case, seed):
    """By plain NumPy and without the package: every relation that is expected holds, and none that is not."""
    mistake = case.draw(generator(case.name, seed))
    compared = mistake.compared()
    for code in mistake.codes:
        assert RELATIONS[code](compared), code
    silent = set(RELATIONS) - mistake.codes - mistake.allowed - hidden(mistake.codes, compared)
    for code in silent:
        assert not RELATIONS[code](compared), code


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", ACCIDENTS, ids=repr)
def test_an_accident_is_a_right_answer(case, seed):
    compared = case.draw(generator(case.name, seed)).compared()
    assert near(compared.claimed, compared.expected)


def hidden(codes, compared):
    """What need not be said beside these codes: the general beside the special, and what every vector satisfies."""
    general = {"missing-rank-one", "diagonal-wrong", "out-of-range-index"}
    below = {
        "sign": {"constant-factor", "row-scaled", "column-scaled"},
        "constant-factor": {"row-scaled", "column-scaled"},
        "non-finite": set(RELATIONS),
    }
    result = set().union(*(below.get(code, set()) for code in codes))
    if codes - general:
        result |= general
    if near(compared.claimed, compared.expected):
        result = set(RELATIONS)
    if np.ndim(compared.expected) < 2:
        result |= {"row-scaled", "column-scaled"}
    return result


def near(a, b):
    """Whether two arrays agree to about five digits of the largest entry."""
    return a.shape == b.shape and bool((np.abs(a - b) <= 1e-5 * np.abs(b).max(initial=0)).all())


def as_matrix(array, row_axes):
    return array.reshape(int(np.prod(array.shape[:row_axes])), -1)


def rows_are_multiples(a, b):
    """Whether every row of the matrix a is a multiple of that of b, and not all by one number."""
    if a.shape != b.shape:
        return False
    r = (a * b).sum(axis=1) / np.where(b.any(axis=1), (b * b).sum(axis=1), 1)
    return near(r[:, None] * b, a) and np.ptp(r) > 1e-5 * np.abs(r).max()


def is_row_scaled(c):
    C, T, rows = c.claimed, c.expected, 1 if c.rows is None else c.rows
    if C.shape != T.shape or rows == 0:
        return False
    unit = np.abs(T).max()
    a, b = as_matrix(C / unit, rows), as_matrix(T / unit, rows)
    return rows_are_multiples(a, b) or rows_are_multiples(b, a)


def is_column_scaled(c):
    C, T = c.claimed, c.expected
    if C.shape != T.shape:
        return False
    if c.rows is None:
        views = [(np.moveaxis(C, axis, 0), np.moveaxis(T, axis, 0), 1) for axis in range(1, T.ndim)]
    else:
        inputs = T.ndim - c.rows
        front = [np.moveaxis(a, range(c.rows, a.ndim), range(inputs)) for a in (C, T)]
        views = [(*front, inputs)]
    return any(is_row_scaled(Compared(*view)) for view in views)


def is_transposed(c):
    C, T = c.claimed, c.expected
    return C.ndim == T.ndim == 2 and near(C.T, T) and not near(T.T, T)


def is_permuted(c):
    C, T = c.claimed, c.expected
    orders = list(permutations(range(C.ndim)))[1:] if C.ndim >= 3 else []
    return C.ndim == T.ndim and not near(C, T) and any(near(C.transpose(order), T) for order in orders)


def is_multiple(c):
    """Whether C = cT with another c than 0, 1 and -1."""
    C, T = c.claimed, c.expected
    if C.shape != T.shape or not T.any():
        return False
    unit = np.abs(T).max()
    C, T = C / unit, T / unit
    factor = (C * T).sum() / (T * T).sum()
    return near(factor * T, C) and min(abs(factor), abs(factor - 1), abs(factor + 1)) > 1e-5


def is_flipped(c):
    C, T = c.claimed, c.expected
    axes = chain.from_iterable(combinations(range(T.ndim), k) for k in range(1, T.ndim + 1))
    return C.shape == T.shape and any(near(np.flip(C, some), T) for some in axes)


def is_shifted(c):
    """By at most two places along every axis, in more than half of the entries, which are not all zeros."""
    C, T = c.claimed, c.expected
    if C.shape != T.shape:
        return False
    for shift in product(range(-2, 3), repeat=T.ndim):
        to = tuple(slice(max(s, 0), n + min(s, 0)) for s, n in zip(shift, T.shape))
        start = tuple(slice(max(-s, 0), n + min(-s, 0)) for s, n in zip(shift, T.shape))
        if (
            any(shift)
            and 2 * T[start].size > T.size
            and T[start].any()
            and near(C[to], T[start])
            and not near(T[to], T[start])
        ):
            return True
    return False


def is_crop(c):
    small, large = sorted((c.claimed, c.expected), key=np.size)
    if small.ndim != large.ndim or small.shape == large.shape:
        return False
    margins = [(n - m) / 2 for m, n in zip(small.shape, large.shape)]
    if not all(margin >= 0 and margin == int(margin) for margin in margins):
        return False
    return near(large[tuple(slice(int(s), int(s) + m) for s, m in zip(margins, small.shape))], small)


def squares(c):
    """Both as square matrices, or None."""
    C, T = c.claimed, c.expected
    half = T.ndim // 2
    if C.shape != T.shape or T.ndim < 2 or T.shape[:half] != T.shape[half:]:
        return None
    return as_matrix(C, half), as_matrix(T, half)


def is_diagonal_only(c):
    if (pair := squares(c)) is None:
        return False
    C, T = pair
    return near(np.diag(np.diag(T)), C) and not near(C, T)


def is_diagonal_wrong(c):
    if (pair := squares(c)) is None:
        return False
    C, T = pair
    off = ~np.eye(len(T), dtype=bool)
    wrong = np.abs(np.diag(C) - np.diag(T)) > 1e-5 * np.abs(T).max()
    return T[off].any() and near(np.where(off, C, 0), np.where(off, T, 0)) and wrong.sum() >= max(2, len(T) / 2)


def is_rank_one(c):
    C, T = c.claimed, c.expected
    if C.shape != T.shape or T.ndim < 2 or T.ndim % 2 or max(T.shape) < 3:
        return False
    unit = np.abs(T).max()
    C, T = (as_matrix(a / unit, a.ndim // 2) for a in (C, T))
    difference = T - C
    rows, columns = ((np.abs(difference) > 1e-5).any(axis=axis).sum() for axis in (1, 0))
    one = np.linalg.matrix_rank(difference, tol=1e-5) == 1 and rows > 1 and columns > 1
    return one and np.ptp(difference) > 1e-5 and np.linalg.matrix_rank(C, tol=1e-5) > 1


def is_offset(c):
    C, T = c.claimed, c.expected
    return C.shape == T.shape and T.size >= 3 and not near(C, T) and near(C - C.flat[0], T - T.flat[0])


def is_overwritten(c):
    return bool(c.terms) and near(sum(c.terms), c.expected) and any(near(term, c.claimed) for term in c.terms)


def is_at_the_border(c):
    """The first or last slices along an axis are wrong throughout, or what is wrong should be 0; and not the half."""
    C, T = c.claimed, c.expected
    if C.shape != T.shape or T.ndim == 0:
        return False
    wrong = np.abs(C - T) > 1e-5 * np.abs(T).max()
    if not wrong.any() or wrong.mean() >= 0.5:
        return False
    if T.ndim >= 2 and near(np.where(wrong, 0, C), T):
        return True
    for axis in range(T.ndim):
        slices = np.moveaxis(wrong, axis, 0).reshape(T.shape[axis], -1)
        for ordered in (slices, slices[::-1]):
            count = int(ordered.all(axis=1).sum())
            enough = slices.shape[1] >= 2 or count >= 2
            if enough and ordered[:count].all() and not ordered[count:].any():
                return True
    return False


def is_at_a_kink(c):
    if c.jump is None or c.claimed.shape != c.expected.shape:
        return False
    wrong = np.abs(c.claimed - c.expected) > 1e-5
    return bool(wrong.any() and (c.jump[wrong] > 1e-2).all())


RELATIONS = {
    "transposed": is_transposed,
    "axes-permuted": is_permuted,
    "wrong-shape": lambda c: c.claimed.shape != c.expected.shape,
    "sign": lambda c: near(-c.claimed, c.expected),
    "constant-factor": is_multiple,
    "row-scaled": is_row_scaled,
    "column-scaled": is_column_scaled,
    "flipped": is_flipped,
    "shifted": is_shifted,
    "wrong-mode": is_crop,
    "diagonal-only": is_diagonal_only,
    "diagonal-wrong": is_diagonal_wrong,
    "missing-rank-one": is_rank_one,
    "constant-offset": is_offset,
    "overwritten-not-accumulated": is_overwritten,
    "non-finite": lambda c: not np.isfinite(c.claimed).all(),
    "out-of-range-index": is_at_the_border,
    "non-differentiable-point": is_at_a_kink,
    "not-linear": lambda c: c.defect > 1e-6,
}


# Wrong answers


class Verdict(NamedTuple):
    """One wrong answer, drawn with one seed, and the report on it."""

    case: WrongAnswer
    seed: int
    mistake: Mistake
    report: verify.Report

    def __str__(self):
        expected, got = sorted(self.mistake.codes), sorted(self.report.hints)
        return f"{self.case}, seed {self.seed}: expected {expected}, got {got}"


@pytest.fixture(scope="module")
def verdicts():
    drawn = [(case, seed, case.draw(generator(case.name, seed))) for case in WRONG for seed in SEEDS]
    return [Verdict(case, seed, mistake, mistake.run()) for case, seed, mistake in drawn]


def listed(verdicts):
    return "\n".join(map(str, verdicts))


def test_every_wrong_answer_is_rejected(verdicts):
    passed = [verdict for verdict in verdicts if verdict.report.ok]
    assert not passed, listed(passed)


def test_at_least_95_of_100_wrong_answers_are_named(verdicts):
    missed = [verdict for verdict in verdicts if not verdict.mistake.codes <= set(verdict.report.hints)]
    assert len(missed) <= 0.05 * len(verdicts), listed(missed)


def test_no_wrong_answer_is_named_wrongly(verdicts):
    misnamed = [v for v in verdicts if set(v.report.hints) - v.mistake.codes - v.mistake.allowed]
    assert not misnamed, listed(misnamed)


def test_the_sentences_say_which_factor_and_what_would_fit(verdicts):
    silent = []
    for case, seed, mistake, report in verdicts:
        sentences = " ".join(report.explanations)
        if mistake.codes <= set(report.hints) and not all(words in sentences for words in mistake.says):
            silent.append(f"{case}, seed {seed}: expected {mistake.says}, got {sentences}")
    assert not silent, "\n".join(silent)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", ACCIDENTS, ids=repr)
def test_a_right_answer_that_proves_little_is_said_to(case, seed):
    report, codes, _ = case(generator(case.name, seed))
    assert report.ok
    assert {warning.split(":")[0] for warning in report.warnings} == codes


# Right answers


@pytest.mark.parametrize("seed", RIGHT_SEEDS)
def test_no_right_answer_is_rejected(seed):
    rejected = [name for name, draw in RIGHT if not draw(generator(name, seed)).run().ok]
    assert not rejected


@pytest.mark.parametrize("seed", range(10))
def test_a_right_answer_with_one_entry_off_by_a_ten_thousandth_is_rejected_and_gets_no_hint(seed):
    passed, hinted = [], []
    for name, draw in RIGHT:
        rng = generator(name, seed)
        right = draw(rng)
        if right.spoilt is None or right.single or not right.array.any():
            continue
        claimed = np.array(right.array)
        place = tuple(rng.choice(large_entries(claimed)))
        claimed[place] *= 1 + 1e-4
        report = right.spoilt(claimed)
        if report.ok:
            passed.append(name)
        if report.hints and np.count_nonzero(claimed) >= 4:
            hinted.append((name, claimed.shape, place, report.hints))
    assert not passed
    assert not hinted


@pytest.mark.parametrize("seed", range(3))
def test_an_error_just_above_the_tolerance_gets_no_hint(seed):
    hinted = []
    for name, draw in RIGHT:
        rng = generator(name, seed)
        right = draw(rng)
        if right.spoilt is None or not right.array.any():
            continue
        claimed = np.array(right.array)
        place = tuple(rng.choice(large_entries(claimed)))
        size = max(np.abs(claimed[place]), 1e-3 * np.abs(claimed).max())
        claimed[place] += 2 * right.run().tolerance * size
        report = right.spoilt(claimed)
        if report.hints and np.count_nonzero(claimed) >= 4:
            hinted.append((name, claimed.shape, place, report.hints))
    assert not hinted


# Arrays that have nothing to do with each other

SMALL_SHAPES = [shape for axes in range(4) for shape in product(range(1, 5), repeat=axes)]
SMALL_SHAPES += [shape for n in range(5, 9) for shape in [(n,), (1, n), (n, 1)]]


@pytest.mark.parametrize("axes", range(4))
def test_random_wrong_arrays_of_small_shapes_get_no_hint(axes):
    rng = np.random.default_rng(axes)
    hinted = []
    for shape in SMALL_SHAPES:
        if len(shape) != axes:
            continue
        for _ in range(6):
            claimed, right, other = (np.asarray(rng.normal(size=shape)) for _ in range(3))
            place = tuple(rng.integers(n) for n in shape)
            changed, replaced = right.copy(), right.copy()
            changed[place] *= rng.choice([1 + 1e-4, 1.3, 4.7])
            replaced[place] = other[place]
            for kind, wrong in [("unrelated", claimed), ("changed", changed), ("replaced", replaced)]:
                report = verify.compare(wrong, right)
                assert not report.ok
                if report.hints:
                    hinted.append((kind, shape, place, report.hints))
    assert not hinted


# NaN and infinity


W = np.array([[1.0, 2.0, 0.5], [3.0, -1.0, 4.0]])
B = np.array([[0.5, 1.0, -2.0], [1.0, 5.0, 0.25]])
X = np.array([0.3, -0.2, 0.7])
TERMS = [W - B, B]


def total(x):
    return (x @ X) ** 2


def total_prime(x):
    return 2 * (x @ X) * X


def layer(x):
    return W @ x


def draw_pair(s):
    return lambda rng: (s(rng.normal(size=3)), rng.normal(size=3))


# Every check with every argument; s spoils an array or leaves it as it is.
ARGUMENTS = {
    "compare, claimed": lambda s: verify.compare(s(W), W),
    "compare, expected": lambda s: verify.compare(W, s(W)),
    "compare, both": lambda s: (lambda A: verify.compare(A, A))(s(W)),
    "compare, number": lambda s: verify.compare(s(np.array(2.0)), 2.0),
    "compare, factors": lambda s: verify.compare(W, W, factors={"r": s(X[:2])}),
    "compare, terms": lambda s: verify.compare(W, W, terms=[W - B, s(B)]),
    "compare, tolerance": lambda s: verify.compare(W, W, tolerance=float(s(np.array(0.0)))),
    "check_jacobian, claimed": lambda s: verify.check_jacobian(layer, s(W), X),
    "check_jacobian, claimed function": lambda s: verify.check_jacobian(layer, lambda x: s(W), X),
    "check_jacobian, x": lambda s: verify.check_jacobian(layer, W, s(X)),
    "check_jacobian, x drawn": lambda s: verify.check_jacobian(layer, W, lambda rng: s(X), cases=2),
    "check_jacobian, f": lambda s: verify.check_jacobian(lambda x: s(W @ x), W, X),
    "check_jacobian, f by differences": lambda s: verify.check_jacobian(
        lambda x: s(W @ x), W, X, oracle="finite-difference"
    ),
    "check_jacobian, batched f": lambda s: verify.check_jacobian(lambda x: s(x @ W.T), W, X, batched=True),
    "check_jacobian, oracle": lambda s: verify.check_jacobian(layer, W, X, oracle=lambda x: s(W)),
    "check_jacobian, factors": lambda s: verify.check_jacobian(layer, W, X, factors={"r": s(X[:2])}),
    "check_jacobian, factor function": lambda s: verify.check_jacobian(layer, W, X, factors={"r": lambda x: s(X[:2])}),
    "check_jacobian, terms": lambda s: verify.check_jacobian(layer, W, X, terms=[W - B, s(B)]),
    "check_jacobian, term function": lambda s: verify.check_jacobian(layer, W, X, terms=[W - B, lambda x: s(B)]),
    "check_gradient, claimed": lambda s: verify.check_gradient(total, s(total_prime(X)), X),
    "check_gradient, claimed function": lambda s: verify.check_gradient(total, lambda x: s(total_prime(x)), X),
    "check_gradient, x": lambda s: verify.check_gradient(total, total_prime, s(X)),
    "check_gradient, f": lambda s: verify.check_gradient(lambda x: s(np.asarray(total(x))), total_prime, X),
    "check_gradient, oracle": lambda s: verify.check_gradient(
        total, total_prime, X, oracle=lambda x: s(total_prime(x))
    ),
    "check_gradient, factors": lambda s: verify.check_gradient(total, total_prime, X, factors={"r": s(X)}),
    "check_gradient, terms": lambda s: verify.check_gradient(total, total_prime, X, terms=[s(X), X]),
    "check_vjp, vjp": lambda s: verify.check_vjp(layer, lambda x, g: s(W.T @ g), X),
    "check_vjp, x": lambda s: verify.check_vjp(layer, lambda x, g: W.T @ g, s(X)),
    "check_vjp, f": lambda s: verify.check_vjp(lambda x: s(W @ x), lambda x, g: W.T @ g, X),
    "check_vjp, oracle": lambda s: verify.check_vjp(layer, lambda x, g: W.T @ g, X, oracle=lambda x: s(W)),
    "check_vjp, factors": lambda s: verify.check_vjp(layer, lambda x, g: W.T @ g, X, factors={"r": s(X[:2])}),
    "check_vjp, terms": lambda s: verify.check_vjp(layer, lambda x, g: W.T @ g, X, terms=[W - B, s(B)]),
    "check_adjoint, apply": lambda s: verify.check_adjoint(lambda x: s(W @ x), lambda y: W.T @ y, (3,), (2,)),
    "check_adjoint, adjoint": lambda s: verify.check_adjoint(layer, lambda y: s(W.T @ y), (3,), (2,)),
    "check_identity, left": lambda s: verify.check_identity(
        lambda a, b: s(a + b), lambda a, b: b + a, draw_pair(np.array)
    ),
    "check_identity, both": lambda s: verify.check_identity(
        lambda a, b: s(a + b), lambda a, b: s(b + a), draw_pair(np.array)
    ),
    "check_identity, right": lambda s: verify.check_identity(
        lambda a, b: a + b, lambda a, b: s(b + a), draw_pair(np.array)
    ),
    "check_identity, sample": lambda s: verify.check_identity(
        lambda a, b: a + b, lambda a, b: b + a, draw_pair(s), cases=3
    ),
    "check_inequality, smaller": lambda s: verify.check_inequality(
        lambda a, b: s(a - 1), lambda a, b: a + 1, draw_pair(np.array)
    ),
    "check_inequality, larger": lambda s: verify.check_inequality(
        lambda a, b: a - 1, lambda a, b: s(a + 1), draw_pair(np.array)
    ),
    "check_inequality, sample": lambda s: verify.check_inequality(lambda a, b: a - 1, lambda a, b: a + 1, draw_pair(s)),
    "check_steps, first line": lambda s: steps(s, 0),
    "check_steps, middle line": lambda s: steps(s, 1),
    "check_steps, last line": lambda s: steps(s, 2),
    "check_steps, sample": lambda s: verify.check_steps(
        [("eq-a", lambda a, b: a + b), ("eq-b", lambda a, b: b + a)], draw_pair(s)
    ),
}


def steps(s, spoilt):
    lines = [lambda a, b: a + b, lambda a, b: b + a, lambda a, b: a - (-b)]
    line = lines[spoilt]
    lines[spoilt] = lambda a, b: s(line(a, b))
    return verify.check_steps([(f"eq-{i}", line) for i, line in enumerate(lines)], draw_pair(np.array))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("argument", ARGUMENTS)
def test_nan_and_infinity_in_any_argument_never_pass(argument, bad):
    check = ARGUMENTS[argument]
    assert check(np.array).ok, "without them it passes"
    rng = np.random.default_rng(0)

    def spoil(array):
        spoilt = np.array(array)
        spoilt[tuple(rng.integers(n) for n in spoilt.shape)] = bad
        return spoilt

    for _ in range(3):
        try:
            report = check(spoil)
        except (ValueError, TypeError):
            continue
        assert not report.ok
