"""The named mistakes, one by one: what the sentence says, what hides what, and what is near a mistake but is not it."""

from fractions import Fraction

import numpy as np
import pytest

from mathdnn_utils.verify import check_identity, check_jacobian, check_vjp, compare
from mathdnn_utils.verify.compare import CODES
from mathdnn_utils.verify.evidence import bits_an_entry
from mathdnn_utils.verify.hints import axes_in_words

pytestmark = pytest.mark.filterwarnings("error")


def wrong(claimed, expected, **options):
    report = compare(claimed, expected, **options)
    assert not report.ok
    assert len(report.hints) == len(report.explanations)
    assert list(report.hints) == sorted(report.hints, key=CODES.index), "codes come in their order"
    return report


def hints(claimed, expected, **options):
    return wrong(claimed, expected, **options).hints


def said(claimed, expected, **options):
    report = wrong(claimed, expected, **options)
    assert len(report.hints) == 1, report
    return report.explanations[0]


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def as_dtype(array, kind):
    """The same relation in another arithmetic."""
    if kind == "fractions":
        entries = [Fraction(int(1000 * entry), 7) for entry in array.flat]
        return np.array([*entries, None], dtype=object)[:-1].reshape(array.shape)
    if kind == "huge integers":
        entries = [int(10**6 * entry) * 10**400 for entry in array.flat]
        return np.array([*entries, None], dtype=object)[:-1].reshape(array.shape)
    if kind == "int64":
        return (10**6 * array).astype(np.int64)
    if kind == "complex128":
        return array + 1j * array[..., ::-1] ** 2
    return array.astype(kind)


KINDS = ["float64", "float32", "complex128", "int64", "fractions", "huge integers"]


# Every code is known, and every relation in every arithmetic


def rolled(a):
    return np.roll(a, 1, axis=1)


def cut_and_filled(a):
    moved = np.zeros_like(a)
    moved[:, 1:] = a[:, :-1]
    return moved


def with_diagonal(a, value):
    changed = a.copy()
    changed[np.diag_indices(len(a))] = value
    return changed


def row_factors(a):
    factors = np.array([2, 3, 5, 7, 11, 13][: len(a)]).reshape(-1, 1)
    return a * factors


RELATIONS = {
    "transposed": lambda a: a.T.copy(),
    "flipped": lambda a: a[::-1].copy(),
    "shifted": rolled,
    "sign": lambda a: a * -1,
    "constant-factor": lambda a: a * 3,
    "row-scaled": row_factors,
    "column-scaled": lambda a: row_factors(a.T).T.copy(),
    "constant-offset": lambda a: a + (a.flat[0] - a.flat[0] + 10**6 if a.dtype.kind == "O" else 2),
    "diagonal-only": lambda a: np.where(np.eye(len(a), dtype=bool), a, 0 * a),
    "diagonal-wrong": lambda a: with_diagonal(a, 0 * a.flat[0]),
    "missing-rank-one": lambda a: a - np.multiply.outer(a[:, 1] * 2, np.arange(1, len(a) + 1)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", RELATIONS)
def test_a_relation_is_named_in_every_arithmetic(code, kind):
    right = as_dtype(draw(6, 6), kind)
    assert hints(RELATIONS[code](right), right) == (code,)


@pytest.mark.parametrize("scale", [1e-150, 1e150, 1e-300, 1e300])
@pytest.mark.parametrize("code", RELATIONS)
def test_a_relation_is_named_at_every_scale(code, scale):
    right = draw(6, 6)
    assert hints(scale * RELATIONS[code](right), scale * right) == (code,)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("code", RELATIONS)
def test_one_entry_more_that_is_off_breaks_a_relation(code, seed):
    rng = np.random.default_rng(seed)
    right = rng.normal(size=(6, 6))
    claimed = RELATIONS[code](right)
    wrong_entries = np.argwhere(np.abs(claimed - right) > 1e-6)
    # A relation of the diagonal says nothing of how a diagonal entry is wrong: there the others must be spoilt.
    places = [p for p in wrong_entries if p[0] != p[1]] if code.startswith("diagonal") else wrong_entries
    places = np.argwhere(~np.eye(6, dtype=bool)) if code == "diagonal-wrong" else places
    place = tuple(places[rng.integers(len(places))])
    claimed[place] += 1e-3
    assert hints(claimed, right) == ()


@pytest.mark.parametrize("code", ["transposed", "flipped", "shifted", "sign", "constant-factor", "constant-offset"])
def test_one_entry_that_is_right_breaks_a_relation(code):
    right = draw(6, 6, seed=3)
    claimed = RELATIONS[code](right)
    claimed[2, 4] = right[2, 4]
    assert hints(claimed, right) == ()


# Shapes


@pytest.mark.parametrize(
    "claimed, expected, way",
    [
        (draw(7, 4), draw(7, 4).sum(0), "A sum over axis 0 is missing: with it the claim is right."),
        (draw(4, 7), draw(4, 7).sum(1), "A sum over axis 1 is missing: with it the claim is right."),
        (draw(7, 4), draw(7, 4).mean(0), "A mean over axis 0 is missing: with it the claim is right."),
        (draw(7, 4), draw(7, 4).sum(0, keepdims=True), "A sum over axis 0 is missing: with it the claim is right."),
        (draw(5), draw(5).sum(), "A sum over axis 0 is missing: with it the claim is right."),
        (draw(7, 4).sum(0), draw(7, 4), "The claim is the right one summed over axis 0; that axis has to stay."),
        (draw(4, 7).mean(1), draw(4, 7), "The claim is the right one averaged over axis 1; that axis has to stay."),
        (draw(1, 4), draw(1, 4)[0], "An axis of length 1 is too many; the entries are right."),
        (draw(4, 1)[:, 0], draw(4, 1), "An axis of length 1 is missing; the entries are right."),
        (
            draw(2, 3).ravel(),
            draw(2, 3),
            "Its entries are right in their order: reshaped to (2, 3) the claim is right.",
        ),
        (
            draw(2, 3).ravel(order="F"),
            draw(2, 3),
            "Its entries are right in their order: reshaped to (2, 3), column by column (order='F') the claim is",
        ),
    ],
)
def test_a_wrong_shape_says_what_would_make_it_right(claimed, expected, way):
    C, T = np.shape(claimed), np.shape(expected)
    sentence = f"the claim has shape {C}; a right answer has shape {T}. {way}"
    report = wrong(claimed, expected)
    assert report.hints == ("wrong-shape",)
    assert report.explanations[0].startswith(sentence)


def test_a_singleton_axis_too_many_is_not_called_a_missing_sum_as_well():
    right = draw(4)
    assert "sum" not in said(right[None], right)


def test_exact_means_are_exact():
    claimed = np.array([[Fraction(1), Fraction(5)], [Fraction(2), Fraction(5)]])
    assert "A mean over axis 0 is missing" in said(claimed, np.array([Fraction(3, 2), Fraction(5)]))
    off = np.array([Fraction(3, 2) + Fraction(1, 10**30), Fraction(5)])
    assert "mean" not in said(claimed, off)


@pytest.mark.parametrize("spoil", [1e-3, 1.0])
def test_a_wrong_shape_promises_nothing_that_one_entry_breaks(spoil):
    for claimed, expected in [
        (draw(7, 4), draw(7, 4).sum(0)),
        (draw(7, 4).sum(0), draw(7, 4)),
        (draw(1, 4), draw(4)),
        (draw(2, 3).ravel(), draw(2, 3)),
        (draw(3, 5), draw(3, 5).T),
        (draw(4, 2, 3), draw(4, 2, 3).transpose(2, 0, 1)),
        (draw(6), np.pad(draw(6), 1)),
    ]:
        expected = expected.copy()
        expected.flat[expected.size // 2] += spoil
        C, T = claimed.shape, expected.shape
        assert said(claimed, expected) == f"the claim has shape {C}; a right answer has shape {T}."


@pytest.mark.parametrize("kind", KINDS)
def test_a_transpose_that_is_not_square_is_a_wrong_shape_and_transposed(kind):
    right = as_dtype(draw(2, 5), kind)
    report = wrong(right.T.copy(), right)
    assert report.hints == ("wrong-shape", "transposed")
    assert report.explanations == (
        "the claim has shape (5, 2); a right answer has shape (2, 5).",
        "the transpose of the claim is right.",
    )


# Axes of tensors


@pytest.mark.parametrize("order", [(0, 2, 1), (2, 1, 0), (1, 0, 2), (1, 2, 0), (2, 0, 1)])
@pytest.mark.parametrize("shape", [(3, 3, 3), (2, 3, 4)])
def test_the_order_that_is_named_is_the_order_that_is_right(shape, order):
    right = draw(*shape)
    claimed = right.transpose(order)
    report = wrong(claimed, right)
    assert report.hints[-1] == "axes-permuted"
    named = tuple(int(digit) for digit in report.explanations[-1].split("claim, (")[1].split(")")[0].split(", "))
    assert np.array_equal(np.transpose(claimed, named), right)
    assert ("wrong-shape" in report.hints) == (claimed.shape != right.shape)


def test_a_jacobian_with_the_inputs_first_is_said_to_be_that():
    x = draw(2, 3)
    W = draw(4, 2, 3)
    report = check_jacobian(
        lambda x: np.tensordot(W, np.tanh(x)), lambda x: (W / np.cosh(x) ** 2).transpose(1, 2, 0), x
    )
    assert report.hints == ("wrong-shape", "axes-permuted")
    assert "it has the input axes before the output axes; np.transpose(claim, (2, 0, 1))" in report.explanations[1]


def test_a_tensor_that_two_orders_fit_is_given_one_that_is_right():
    matrix = draw(4, 4)
    right = np.stack([matrix + matrix.T] * 4, axis=1) * draw(4)[None, :, None]
    claimed = right.transpose(1, 0, 2)
    report = wrong(claimed, right)
    named = tuple(int(digit) for digit in report.explanations[0].split("claim, (")[1].split(")")[0].split(", "))
    assert np.allclose(np.transpose(claimed, named), right)


# Flips and shifts


@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)])
def test_the_axes_of_a_flip_are_named(axes):
    right = draw(3, 4, 5)
    assert said(np.flip(right, axes), right) == (
        f"reversed along {axes_in_words(axes)} the claim is right: the flip of a kernel, say."
    )


def test_a_palindrome_is_not_said_to_be_flipped_along_the_axis_that_does_not_matter():
    row = np.array([1.25, 2.5, 1.25])
    right = np.outer(draw(4), row)
    assert "axis 0" in said(right[::-1], right)
    assert "axes" not in said(right[::-1, ::-1], right)


@pytest.mark.parametrize("filling", ["zeros", "round", "other"])
@pytest.mark.parametrize("move", [(1, 0), (0, -1), (0, 2), (-1, 1)])
def test_a_shift_is_named_with_its_amount_axis_and_filling(filling, move):
    right = draw(7, 8)
    claimed = np.roll(right, move, axis=(0, 1))
    if filling != "round":
        gap = np.ones(right.shape, dtype=bool)
        to = tuple(slice(max(m, 0), n + min(m, 0)) for m, n in zip(move, right.shape))
        gap[to] = False
        claimed[gap] = 0 if filling == "zeros" else draw(gap.sum(), seed=9)
    moves = " and ".join(f"by {m:+d} along axis {axis}" for axis, m in enumerate(move) if m)
    ends = {
        "zeros": "zeros come in at the end",
        "round": "what leaves at one end comes in at the other",
        "other": "other entries come in at the end",
    }[filling]
    assert said(claimed, right) == f"the claim is the right one shifted {moves}; {ends}."


@pytest.mark.parametrize("move", [1, -2])
def test_a_vector_that_is_shifted_is_named(move):
    right = draw(9)
    assert f"shifted by {move:+d} along axis 0" in said(np.roll(right, move), right)


def test_a_shift_with_one_more_error_inside_is_no_shift():
    right = draw(7, 8)
    for claimed in (rolled(right), cut_and_filled(right)):
        claimed[3, 4] += 1e-3
        assert hints(claimed, right) == ()


def test_of_a_reversed_pair_a_flip_is_said_and_no_shift():
    right = draw(2, 5)
    assert hints(right[::-1], right) == ("flipped",)


# Modes


@pytest.mark.parametrize("shape, margin", [((7,), 1), ((6, 7), 1), ((8, 9), 2), ((3, 6, 6), 1)])
def test_a_cropped_array_and_one_with_borders_too_many_have_the_wrong_mode(shape, margin):
    outer = draw(*shape)
    inner = outer[(slice(margin, -margin),) * len(shape)]
    report = wrong(inner, outer)
    assert report.hints == ("wrong-shape", "wrong-mode")
    assert "the claim is the centre of the right one, whose borders are missing" in report.explanations[1]
    report = wrong(outer, inner)
    assert report.hints == ("wrong-shape", "wrong-mode")
    assert "the centre of the claim is right, and the borders are too many" in report.explanations[1]


def test_a_part_that_is_not_the_centre_is_no_mode():
    outer = draw(8, 9)
    assert hints(outer[:4, :4], outer) == ("wrong-shape",)
    assert hints(outer[2:6, 3:8][::-1], outer) == ("wrong-shape",)


# Factors


@pytest.mark.parametrize(
    "factor, words",
    [
        (2, "2"),
        (0.5, "1/2"),
        (-0.5, "-1/2"),
        (1 / 3, "1/3"),
        (2 / 3, "2/3"),
        (12, "12"),
        (np.pi, "3.14159"),
        (-np.sqrt(2), "-1.41421"),
        (1 / 17, "0.0588235"),
        (1.0001, "1.0001"),
        (1e-200, "1e-200"),
    ],
)
def test_a_factor_is_named(factor, words):
    right = draw(8, 9)
    assert said(factor * right, right) == f"the claim is {words} times the right one."


def test_a_factor_of_an_axis_length_is_said_to_be_one():
    right = draw(4, 5)
    assert "1/4 times the right one, and 4 is the length of axis 0." in said(right / 4, right)
    assert "5 times the right one, and 5 is the length of axis 1." in said(right * 5, right)
    assert "length" not in said(right / 3, right)
    assert "length" not in said(draw(2, 5) / 2, draw(2, 5)), "a half has many causes"
    assert "length" not in said(right * 4 / 5, right)


def test_a_batch_size_that_is_an_axis_of_x_alone_is_named():
    x = draw(7, 3)
    report = check_jacobian(lambda x: (x**2).sum(0), lambda x: 2 / 7 * x.T[:, None, :] * np.eye(3)[:, :, None], x)
    assert "wrong-shape" in report.hints
    jacobian = lambda x: np.einsum("bj,ij->ibj", 2 * x, np.eye(3)) / 7  # noqa: E731
    report = check_jacobian(lambda x: (x**2).sum(0), jacobian, x)
    assert report.explanations == ("the claim is 1/7 times the right one, and 7 is the length of axis 0 of x.",)


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_a_complex_factor_is_named(scale):
    right = scale * draw(20, 20).astype(complex)
    assert said((2 + 1j) * right, right) == "the claim is 2+1i times the right one."
    assert said(1j * right, right) == "the claim is 0+1i times the right one."


def test_entries_that_are_purely_imaginary_bear_witness_too():
    assert bits_an_entry(1j * draw(300), 1e-10) > 30
    right = 1j * draw(20, 20)
    assert hints(right.T, right) == ("transposed",)
    assert hints(np.roll(right, 1, axis=0), right) == ("shifted",)


def test_the_conjugate_has_no_name():
    right = draw(4, 4) + 1j * draw(4, 4, seed=1)
    assert hints(right.conj(), right) == ()
    assert hints(right.conj().T, right) == ()


def test_a_factor_that_some_entries_lack_is_no_constant():
    right = draw(4, 5)
    claimed = 2 * right
    claimed[2, 3] = right[2, 3]
    assert hints(claimed, right) == ()
    claimed = 2 * right
    claimed[2] = right[2]
    assert "constant-factor" not in hints(claimed, right)


def test_zeros_have_no_factor():
    right = draw(4, 5)
    assert hints(0 * right, right) == ()
    assert hints(right, 0 * right) == ()


def test_exact_factors_are_exact():
    right = as_dtype(draw(3, 4), "huge integers")
    assert said(right * Fraction(2, 3), right) == "the claim is 2/3 times the right one."
    claimed = right * 2
    claimed[1, 1] += 1
    assert hints(claimed, right) == ()


# Rows and columns


def test_factors_that_belong_to_rows_and_columns_are_listed():
    right = draw(3, 4)
    factors = np.array([2.0, -3.0, 0.25])
    assert "each row of the claim is a multiple of the right one, by 2, -3, 0.25:" in said(
        factors[:, None] * right, right
    )
    assert "each column of the claim is a multiple of the right one, by 2, -3, 0.25:" in said(
        factors * right.T, right.T
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_factor_along_one_axis_of_a_tensor_says_which(axis):
    right = draw(3, 4, 5)
    shape = [1, 1, 1]
    shape[axis] = right.shape[axis]
    factor = np.arange(2, 2 + right.shape[axis]).reshape(shape) ** 1.5
    report = wrong(factor * right, right)
    assert report.hints == ("row-scaled" if axis == 0 else "column-scaled",)
    assert f"each slice along axis {axis} of the claim" in report.explanations[0]


def test_a_factor_that_belongs_to_two_axes_of_a_jacobian_is_that_of_the_output():
    W, x = draw(2, 3, 4), draw(4)
    report = check_jacobian(lambda x: np.tanh(W @ x), W, x)
    assert report.hints == ("row-scaled",)
    assert "each slice along axes 0 and 1 of the claim" in report.explanations[0]


def test_one_entry_that_differs_is_no_scaled_row():
    right = draw(3, 4)
    claimed = right.copy()
    claimed[1, 2] *= 3
    assert hints(claimed, right) == ()


def test_a_factor_that_depends_on_both_indices_belongs_to_neither():
    right = draw(4, 5)
    assert hints(right * (1 + np.add.outer(np.arange(4), np.arange(5)) ** 1.5), right) == ()


FACTORS = {"φ′(z)": np.array([0.5, 2.0, 3.0]), "p": np.array([7.0, 11.0, 0.3, 0.2]), "entry": np.exp(draw(3, 4))}


def test_a_missing_factor_is_named_with_what_it_belongs_to():
    right = draw(3, 4)
    row, column, entry = FACTORS["φ′(z)"][:, None], FACTORS["p"], FACTORS["entry"]
    for factor, name, word, code in [
        (row, "φ′(z)", "row", "row-scaled"),
        (column, "p", "column", "column-scaled"),
        (entry, "entry", "entry", "row-scaled"),
    ]:
        report = wrong(right, right * factor, factors=FACTORS)
        assert report.hints == (code,)
        assert report.explanations == (f"the claim lacks the factor {name}, which belongs to the {word}.",)
        report = wrong(right * factor, right, factors=FACTORS)
        assert report.explanations == (f"the claim has once too often the factor {name}, which belongs to the {word}.",)


def test_a_factor_that_is_near_is_not_named():
    right = draw(3, 4)
    near = FACTORS["φ′(z)"] + np.array([0, 0, 1e-4])
    assert "φ′(z)" not in said(right, right * near[:, None], factors=FACTORS)
    claimed = right.copy()
    claimed[0, 0] += 1e-3
    assert hints(claimed, right * FACTORS["φ′(z)"][:, None], factors=FACTORS) == ()


def test_in_a_square_matrix_the_factor_is_put_on_the_right_side():
    right, factor = draw(4, 4), np.array([2.0, 3.0, 5.0, 7.0])
    assert "belongs to the row" in said(right, right * factor[:, None], factors={"a": factor})
    assert "belongs to the column" in said(right, right * factor, factors={"a": factor})


def test_a_factor_of_zeros_and_ones_is_named():
    right, mask = draw(4, 5), np.array([1, 0, 1, 0])
    assert "lacks the factor mask" in said(right, right * mask[:, None], factors={"mask": mask})
    assert "once too often the factor mask" in said(right * mask[:, None], right, factors={"mask": mask})


def test_a_factor_of_another_shape_or_without_effect_says_nothing():
    right = draw(3, 4)
    assert hints(2 * right, right, factors={"a": np.ones(3), "b": np.arange(7.0)}) == ("constant-factor",)
    assert hints(right + draw(3, 4, seed=5), right, factors={"a": np.arange(7.0), "b": np.float64(3.0)}) == ()


def test_factors_of_fractions_are_exact():
    right = as_dtype(draw(3, 4), "fractions")
    factor = np.array([Fraction(1, 3), Fraction(2), Fraction(-5, 7)])
    claimed, expected = right, right * factor[:, None]
    assert "lacks the factor a" in said(claimed, expected, factors={"a": factor})
    expected = expected.copy()
    expected[1, 1] += Fraction(1, 10**30)
    assert hints(claimed, expected, factors={"a": factor}) == ()


def test_an_activation_that_was_forgotten_is_named_over_many_points():
    W = draw(4, 3)
    layer = lambda x: np.tanh(W @ x)  # noqa: E731
    slope = {"φ′(z)": lambda x: 1 - layer(x) ** 2, "x": lambda x: x}
    sample = lambda rng: rng.normal(size=3)  # noqa: E731
    report = check_jacobian(layer, lambda x: W, sample, factors=slope)
    assert report.explanations == ("the claim lacks the factor φ′(z), which belongs to the row.",)
    report = check_vjp(layer, lambda x, g: W.T @ g, sample, factors=slope)
    assert report.explanations == ("the claim lacks the factor φ′(z), which belongs to the row.",)
    twice = check_vjp(layer, lambda x, g: W.T @ (g * (1 - layer(x) ** 2) ** 2), sample, factors=slope)
    assert "once too often the factor φ′(z)" in twice.explanations[0]
    in_place = check_jacobian(lambda x: W @ x**2 / 2, lambda x: W, sample, factors=slope)
    assert in_place.explanations == ("the claim lacks the factor x, which belongs to the column.",)


# Terms


def test_a_term_alone_is_named_by_its_number():
    terms = [draw(3, 4), draw(3, 4, seed=1), draw(3, 4, seed=2)]
    for k in range(3):
        assert said(terms[k], sum(terms), terms=terms) == (
            f"the claim is term {k} alone; the right one is the sum of all 3 terms: = for +=, say."
        )


def test_terms_whose_sum_is_not_right_explain_nothing():
    terms = [draw(3, 4), draw(3, 4, seed=1)]
    assert hints(terms[0], sum(terms) + 1e-3 * draw(3, 4, seed=2), terms=terms) == ()
    assert hints(terms[0] + 1e-3, sum(terms), terms=terms) == ()
    assert hints(terms[0], terms[0] + terms[1], terms=[terms[0]]) == ()
    assert hints(terms[0], terms[0] + terms[1], terms=[terms[0][:2], terms[1]]) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_terms_are_found_in_every_arithmetic(kind):
    terms = [as_dtype(draw(3, 4, seed=seed), kind) for seed in (1, 2)]
    assert hints(terms[1], terms[0] + terms[1], terms=terms) == ("overwritten-not-accumulated",)


def test_terms_of_a_product_may_be_functions_of_the_point_or_products_themselves():
    W, x = draw(3, 3), draw(3)
    f = lambda x: x + np.tanh(W @ x)  # noqa: E731
    skip = lambda x: np.eye(3)  # noqa: E731
    branch = lambda x, g: W.T @ ((1 - np.tanh(W @ x) ** 2) * g)  # noqa: E731
    report = check_vjp(f, branch, x, terms=[skip, branch])
    assert report.hints == ("overwritten-not-accumulated",)
    assert "term 1 alone; the right one is the sum of all 2 terms" in report.explanations[0]
    assert "term 0 alone" in check_vjp(f, lambda x, g: g, x, terms=[skip, branch]).explanations[0]


# Something is missing


@pytest.mark.parametrize(
    "constant, words", [(1.0, "1 more than"), (-0.5, "0.5 less than"), (1e9, "1e+09 more than"), (-2, "2 less than")]
)
def test_an_offset_is_named_with_its_direction(constant, words):
    right = draw(3, 4) * max(1.0, abs(constant))
    assert said(right + constant, right) == f"every entry of the claim is {words} the right one."


def test_an_offset_of_integers_beyond_every_float_is_named():
    right = as_dtype(draw(3, 4), "huge integers")
    assert hints(right + 1, right) == ("constant-offset",)
    assert hints(right + 10**400, right) == ("constant-offset",)


def test_an_exact_offset_is_printed_as_it_is():
    right = as_dtype(draw(3, 4), "fractions")
    assert said(right + Fraction(1, 3), right) == "every entry of the claim is 1/3 more than the right one."


def test_an_offset_in_the_imaginary_part_is_printed_without_rounding_errors():
    right = draw(2, 3)
    sentence = said(right + 1e-3j, right)
    assert sentence == "every entry of the claim is 0+0.001i more than the right one."


def test_entries_that_are_all_equal_are_not_said_to_be_offset():
    assert "constant-offset" not in hints(np.full((3, 4), 2.345), np.full((3, 4), 1.0))
    assert "constant-offset" not in hints(np.full(5, 2.0), np.zeros(5))


def test_the_diagonal_alone_is_named_for_matrices_and_for_jacobians_of_tensors():
    right = draw(4, 4)
    assert said(np.diag(np.diag(right)), right) == "the diagonal is right, and the entries off it are missing."
    W, x = draw(6, 6), draw(2, 3)
    f = lambda x: (W @ x.ravel()).reshape(2, 3)  # noqa: E731
    assert check_jacobian(f, np.diag(np.diag(W)).reshape(2, 3, 2, 3), x).hints == ("diagonal-only",)
    spoilt = np.diag(np.diag(W))
    spoilt[1, 2] = 1e-3
    assert check_jacobian(f, spoilt.reshape(2, 3, 2, 3), x).hints == ()


def test_a_diagonal_with_one_wrong_entry_and_nothing_off_it_is_not_named():
    right = draw(4, 4)
    claimed = np.diag(np.diag(right)).copy()
    claimed[1, 1] += 1e-3
    assert hints(claimed, right) == ()
    assert hints(np.zeros((4, 4)), right) == ()


def test_a_wrong_diagonal_is_one_in_most_of_its_entries():
    right = draw(5, 5)
    assert said(right + np.diag(draw(5, seed=1)), right) == (
        "the entries off the diagonal are right, and the diagonal is wrong."
    )
    one = right.copy()
    one[2, 2] += 1
    assert hints(one, right) == ()
    also = right + np.diag(draw(5, seed=1))
    also[0, 3] += 1e-3
    assert hints(also, right) == ()


def test_a_wrong_diagonal_of_a_diagonal_matrix_is_not_the_diagonal_among_other_entries():
    right = np.diag(draw(5))
    assert "diagonal-wrong" not in hints(np.diag(draw(5, seed=1)), right)


def test_the_softmax_without_its_outer_product_is_named():
    p = np.exp(draw(5)) / np.exp(draw(5)).sum()
    right = np.diag(p) - np.outer(p, p)
    report = wrong(np.diag(p), right)
    assert report.hints == ("missing-rank-one",)
    assert report.explanations == ("an outer product u vᵀ must be added to the claim.",)
    spoilt = np.diag(p)
    spoilt[0, 1] = 1e-3
    assert hints(spoilt, right) == ()


def test_rank_two_and_what_is_confined_to_a_row_or_two_is_no_outer_product():
    right = draw(6, 6)
    assert hints(right + np.outer(draw(6), draw(6, seed=1)) + np.outer(draw(6, seed=2), draw(6, seed=3)), right) == ()
    row = right.copy()
    row[2] += draw(6, seed=4)
    assert "missing-rank-one" not in hints(row, right)
    column = right.copy()
    column[:, 2] += draw(6, seed=4)
    assert "missing-rank-one" not in hints(column, right)
    assert hints(right[[0, 1, 4, 3, 2, 5]], right) == ()
    assert hints(right[:, [0, 1, 4, 3, 2, 5]], right) == ()


@pytest.mark.parametrize("seed", range(5))
def test_where_the_truth_has_rank_one_another_of_rank_one_is_no_lost_outer_product(seed):
    u, v, w, z = (draw(5, seed=4 * seed + k) for k in range(4))
    assert hints(np.outer(u, v), np.outer(w, z)) == ()
    assert hints(np.outer(u, v), np.outer(w, v)) == ("row-scaled",)
    assert hints(np.outer(u, v), np.outer(u, z)) == ("column-scaled",)


# Borders


def conv_jacobian(n, w, wrap):
    """The Jacobian of y[i] = Σ_k w[k] x[i + k - 1], with x[-1] and x[n] zero, or wrapped round."""
    J = np.zeros((n, n))
    for i in range(n):
        for k, weight in enumerate(w):
            j = i + k - len(w) // 2
            if wrap or 0 <= j < n:
                J[i, j % n] += weight
    return J


def test_an_index_that_wraps_is_named_in_a_jacobian_and_in_its_products():
    w, x = draw(3), draw(7)
    right, wrapped = conv_jacobian(7, w, False), conv_jacobian(7, w, True)
    report = check_jacobian(lambda x: right @ x, wrapped, x)
    assert report.hints == ("out-of-range-index",)
    assert "only entries next to the border are wrong" in report.explanations[0]
    assert check_vjp(lambda x: right @ x, lambda x, g: wrapped.T @ g, x).hints == ("out-of-range-index",)
    spoilt = wrapped.copy()
    spoilt[3, 3] += 1e-3
    assert check_jacobian(lambda x: right @ x, spoilt, x).hints == ()


def test_a_value_that_is_wrong_at_the_border_alone_is_named():
    right = draw(9, 9)
    claimed = right.copy()
    claimed[0] += draw(9, seed=1)
    claimed[:, -1] += draw(9, seed=2)
    assert hints(claimed, right) == ("out-of-range-index",)


@pytest.mark.parametrize("place", [(1, slice(None)), (slice(None), 1), (4, 4), (0, 0), (0, slice(0, 5))])
def test_what_is_wrong_elsewhere_or_only_in_a_part_of_the_border_is_not_the_border(place):
    right = draw(9, 9)
    claimed = right.copy()
    claimed[place] += draw(9, 9, seed=1)[place]
    assert hints(claimed, right) == ()


@pytest.mark.parametrize("shape", [(4, 5), (5, 4), (9, 9)])
@pytest.mark.parametrize("axis", [0, 1])
def test_two_rows_or_columns_that_changed_places_have_no_name(shape, axis):
    right = draw(*shape)
    order = list(range(shape[axis]))
    order[:2] = order[1::-1]
    assert hints(np.take(right, order, axis), right) == ()


# What hides what


@pytest.mark.parametrize(
    "claimed, expected, codes",
    [
        (-draw(4, 4), draw(4, 4), ("sign",)),
        (-draw(1, 5), draw(1, 5), ("sign",)),
        (3 * draw(4, 4), draw(4, 4), ("constant-factor",)),
        (2 * np.diag(draw(4)), np.diag(draw(4)), ("constant-factor",)),
        (draw(5, 1) * 3, draw(5, 1), ("constant-factor",)),
        (draw(1, 5)[:, ::-1], draw(1, 5), ("flipped",)),
        (np.outer(draw(4), draw(4, seed=1)).T, np.outer(draw(4), draw(4, seed=1)), ("transposed",)),
    ],
)
def test_a_special_case_hides_a_general_one(claimed, expected, codes):
    assert hints(claimed, expected) == codes


def test_two_explanations_that_both_fit_are_both_given():
    antisymmetric = draw(5, 5) - draw(5, 5).T
    assert hints(antisymmetric.T, antisymmetric) == ("transposed", "sign")
    v = draw(9)
    toeplitz = np.array([[v[i - j + 4] for j in range(5)] for i in range(5)])
    assert hints(toeplitz.T, toeplitz) == ("transposed", "flipped")
    term = draw(3, 4)
    assert hints(term, 2 * term, terms=[term, term]) == ("overwritten-not-accumulated", "constant-factor")


def test_of_a_symmetric_matrix_the_transpose_is_never_blamed():
    symmetric = draw(5, 5) + draw(5, 5).T
    for claimed, codes in [
        (-symmetric, ("sign",)),
        (2 * symmetric, ("constant-factor",)),
        (symmetric[::-1, ::-1], ("flipped",)),
        (symmetric + np.eye(5), ("diagonal-wrong",)),
    ]:
        assert hints(claimed, symmetric) == codes


# Arrays with many zeros, repeated values, zeros and ones


def test_sparse_arrays_keep_their_names():
    right = np.zeros((12, 12))
    right[np.random.default_rng(0).integers(0, 12, 9), np.random.default_rng(1).integers(0, 12, 9)] = draw(9)
    assert hints(right.T, right) == ("transposed",)
    assert hints(-right, right) == ("sign",)
    assert hints(1.7 * right, right) == ("constant-factor",)
    assert hints(right[::-1], right) == ("flipped",)
    assert hints(right + np.outer(draw(12), draw(12, seed=1)), right) == ("missing-rank-one",)


def test_zeros_and_ones():
    cycle = np.roll(np.eye(5, dtype=int), 1, axis=0)
    assert "transposed" in hints(cycle.T, cycle)
    assert hints(1 - cycle, cycle) == ()
    assert hints(cycle * 2, cycle) == ("constant-factor",)
    assert hints(cycle + 1, cycle) == ("constant-offset",)


@pytest.mark.parametrize("seed", range(20))
def test_random_arrays_of_zeros_and_ones_get_no_name(seed):
    rng = np.random.default_rng(seed)
    claimed, right = rng.integers(0, 2, size=(2, 6, 6))
    assert hints(claimed, right) == ()


def test_what_can_be_said_of_almost_every_array_is_not_said():
    assert hints([1, 0], [0, 1]) != ("transposed",)
    assert hints([[2.5]], [[1.3]]) == ()
    assert hints([2.5, 1.1], [1.3, 7.7]) == ()
    assert hints([[3, 4]], [[1, 2]]) == ()


# Several cases


def identity(left, right, size=(4, 4), cases=5):
    report = check_identity(left, right, lambda rng: (rng.normal(size=size),), cases=cases)
    assert not report.ok
    return report


def test_a_relation_that_holds_in_every_case_is_named():
    for code, relation in RELATIONS.items():
        if code != "missing-rank-one":
            assert identity(relation, lambda a: a).hints == (code,)


def test_a_relation_that_holds_in_one_case_only_is_not_named():
    for relation in RELATIONS.values():
        once = lambda a: relation(a) if a[0, 0] > 0.6 else a + np.sin(7 * a)  # noqa: B023, E731
        assert identity(once, lambda a: a, cases=20).hints == ()


def test_a_factor_offset_or_shift_that_changes_from_case_to_case_is_not_named():
    same = lambda a: a  # noqa: E731
    assert identity(lambda a: a * a[0, 0], same).hints == ()
    assert identity(lambda a: a + a[0, 0], same).hints == ()
    assert identity(lambda a: np.roll(a, 1 + (a[0, 0] > 0), axis=1), same, size=(7, 7), cases=20).hints == ()
    assert identity(lambda a: np.flip(a, int(a[0, 0] > 0)), same, cases=20).hints == ()


def test_cases_in_which_the_claim_is_right_do_not_count():
    report = identity(lambda a: -a if a[0, 0] > 0 else a, lambda a: a, cases=20)
    assert report.hints == ("sign",)


def test_single_numbers_need_several_cases_for_a_factor():
    assert compare(2.5 * 1.3, 1.3).hints != ("row-scaled",)
    assert identity(lambda a: np.pi * a, lambda a: a, size=()).hints == ("constant-factor",)
    assert compare(np.pi * 1.3, 1.3).hints == ()


# What is not finite


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_named_and_nothing_else(bad):
    right = draw(4, 4)
    for relation in RELATIONS.values():
        claimed = relation(right)
        claimed[2, 1] = bad
        report = wrong(claimed, right)
        assert report.hints == ("non-finite",)
        assert report.explanations == ("the claim has entries that are NaN or infinite.",)
    expected = right.copy()
    expected[1, 1] = bad
    assert said(right, expected) == "the expected array has entries that are NaN or infinite; the input is at fault."
    assert hints(expected.T, expected) == ("non-finite",)
    assert hints(np.append(right.ravel(), bad), right) == ("wrong-shape", "non-finite")


# Large arrays


def test_relations_of_a_million_entries_are_found():
    right = draw(1000, 1000)
    assert hints(right.T, right) == ("transposed",)
    assert hints(np.pi * right, right) == ("constant-factor",)
    assert hints(np.roll(right, 3, axis=1), right) == ("shifted",)
    assert hints(right + np.outer(draw(1000), draw(1000, seed=1)), right) == ("missing-rank-one",)
    claimed = right.T.copy()
    claimed[500, 3] += 1e-3
    assert hints(claimed, right) == ()
