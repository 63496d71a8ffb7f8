"""compare: what agrees, what does not, and which relation a wrong array is said to have to the right one."""

from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from mathdnn_utils.verify import CheckFailed, Report, check_identity, compare
from mathdnn_utils.verify.oracles import TOLERANCES
from mathdnn_utils.verify.words import describe, number

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

SHAPES = [(1,), (2,), (5,), (1, 1), (1, 4), (4, 1), (2, 2), (3, 3), (2, 5), (1, 1, 1), (2, 3, 4), (2, 2, 2), ()]
LARGER = [(2,), (5,), (1, 4), (4, 1), (3, 3), (2, 5), (2, 3, 4)]


def wrong(*arguments, **options):
    report = compare(*arguments, **options)
    assert not report.ok
    return report


# Right answers


@pytest.mark.parametrize("scale", [1e-150, 1e-3, 1.0, 1e5, 1e150])
@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_right_answer_with_rounding_errors_passes(shape, dtype, scale):
    rng = np.random.default_rng(0)
    for _ in range(10):
        right = scale * rng.normal(size=shape).astype(dtype)
        if dtype is np.complex128:
            right = right + 1j * scale * rng.normal(size=shape)
        rounded = right * (1 + 2e-16 * rng.integers(-2, 3, size=shape))
        assert compare(rounded, right).ok


@pytest.mark.parametrize("shape", SHAPES)
def test_a_right_answer_in_single_precision_passes_and_one_off_by_a_thousandth_does_not(shape):
    rng = np.random.default_rng(1)
    right = rng.uniform(1, 2, size=shape)
    assert compare(right.astype(np.float32), right).ok
    assert compare(right.astype(np.complex64), right.astype(complex)).ok
    assert not compare((right * 1.001).astype(np.float32), right).ok
    assert compare(right.astype(np.float16), right).ok
    assert not compare((right * 1.1).astype(np.float16), right).ok


@pytest.mark.parametrize("shape", SHAPES)
def test_exact_numbers_are_compared_exactly(shape):
    rng = np.random.default_rng(2)
    right = rng.integers(2**60, 2**61, size=shape)
    report = compare(right, right)
    assert report.ok and report.oracle == "exact integers" and report.tolerance == 0
    off = right.copy()
    off[tuple(0 for _ in shape)] += 1
    assert np.all(right.astype(float) == off.astype(float)), "the difference is below float precision"
    assert not compare(off, right).ok


def test_fractions_are_compared_exactly():
    report = compare([Fraction(1, 3), 2], [Fraction(2, 6), Fraction(2)])
    assert report.ok and report.oracle == "exact rationals" and report.tolerance == 0
    assert not compare([Fraction(10**20 + 1, 10**20)], [Fraction(1)]).ok


def test_integers_beyond_every_float_are_compared_exactly():
    huge = 10**400
    assert compare([huge, 1], [huge, 1]).oracle == "exact integers"
    assert compare([huge, 1], [huge, 1]).ok
    assert wrong([huge + 1, 1], [huge, 1]).hints == ()
    assert wrong([2 * huge, 2], [huge, 1]).hints == ("constant-factor",)
    assert wrong([Fraction(huge + 1, huge)], [Fraction(huge - 1, huge)]).hints == ()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_one_entry_off_by_a_ten_thousandth_is_found_and_placed(shape, scale):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        right = np.asarray(scale * rng.normal(size=shape))
        place = tuple(int(rng.integers(n)) for n in shape)
        claimed = right.copy()
        claimed[place] *= 1 + 1e-4
        report = wrong(claimed, right)
        assert report.wrong == 1 and report.entries == right.size
        assert [entry.index for entry in report.worst] == [place]
        assert report.worst[0].claimed == claimed[place] and report.worst[0].expected == right[place]


def test_an_entry_that_is_small_beside_the_others_is_compared_to_a_thousandth_of_the_largest():
    assert compare([1e3, 1e-3 + 1e-13], [1e3, 1e-3]).ok
    assert not compare([1e3, 1e-3 + 1e-11], [1e3, 1e-3]).ok
    assert not compare([1.0 + 1e-11, 1e-3], [1.0, 1e-3]).ok


def test_an_expected_array_of_zeros_agrees_with_zeros_only():
    assert compare(np.zeros(3), np.zeros(3)).ok
    assert compare(-np.zeros((2, 3)), np.zeros((2, 3))).ok
    assert wrong([0.0, 1e-300, 0.0], np.zeros(3)).hints == ()
    assert wrong(np.ones((2, 2)), np.zeros((2, 2))).hints == ()
    assert wrong([0.0, 0.0], [1.0, 2.0]).hints == ()


def test_the_comparison_itself_does_not_overflow():
    assert not compare([1e308], [-1.5e308]).ok
    assert not compare([1 + 1j], [1.7e308 + 1.7e308j]).ok, "the expected modulus overflows"
    assert compare([1.7e308 + 1.7e308j], [1.7e308 + 1.7e308j]).ok
    assert compare([1.7e308, -1.7e308], [1.7e308, -1.7e308]).ok
    assert not compare([1e308], [1e-308]).ok
    assert not compare([1e-308], [1e308]).ok
    assert not compare(np.float16([60000]), np.float16([-60000])).ok
    assert compare([5e-324], [5e-324]).ok
    assert not compare([5e-324], [1.5e-323]).ok


# NaN and infinity


@pytest.mark.parametrize("bad", [nan, inf, -inf])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, np.complex64, np.complex128])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 2)])
def test_nan_and_infinity_agree_with_nothing(bad, dtype, shape):
    good = np.ones(shape, dtype=dtype)
    last = tuple(n - 1 for n in shape)
    spoilt = good.copy()
    spoilt[last] = bad
    for claimed, expected in ((spoilt, good), (good, spoilt), (spoilt, spoilt), (spoilt, -spoilt)):
        report = wrong(claimed, expected)
        assert report.hints == ("non-finite",)
        assert report.worst[0].index == last
        with pytest.raises(CheckFailed):
            compare(claimed, expected, claim="thm-nan")


@pytest.mark.parametrize(
    "bad", [complex(nan, 0), complex(0, nan), complex(inf, 0), complex(0, -inf), complex(nan, inf)]
)
def test_a_complex_number_with_one_bad_part_agrees_with_nothing(bad):
    assert wrong([bad, 1], [bad, 1]).hints == ("non-finite",)
    assert wrong([1 + 1j, 1], [bad, 1]).hints == ("non-finite",)
    assert wrong([bad, 1], [1 + 1j, 1]).hints == ("non-finite",)


def test_integers_agree_with_no_infinity():
    assert not compare([1, 2], [1, inf]).ok
    assert not compare([inf, 2], [1, 2]).ok
    assert not compare([10**400], [inf]).ok
    assert not compare([Fraction(1, 2)], [nan]).ok


def test_the_sentence_says_which_side_is_not_finite():
    assert "the claim has entries that are NaN" in wrong([nan], [1.0]).explanations[0]
    assert "the input is at fault" in wrong([1.0], [nan]).explanations[0]
    assert "non-finite" in wrong([[nan, 1.0]], [1.0, 1.0]).hints


# Hints: what each code means


@pytest.mark.parametrize(
    "claimed, expected", [((3,), (4,)), ((3,), (1, 3)), ((), (1,)), ((2, 3), (6,)), ((2, 3, 4), (2, 4, 3))]
)
def test_a_wrong_shape_is_named_with_both_shapes(claimed, expected):
    report = wrong(np.full(claimed, 0.7), np.full(expected, 0.7))
    assert report.hints == ("wrong-shape",)
    assert str(claimed) in str(report) and str(expected) in str(report)
    assert report.worst == () and report.wrong == report.entries


def test_shapes_are_never_broadcast():
    assert not compare(np.ones((3, 1)), np.ones((3, 3))).ok
    assert not compare(1.0, np.ones(3)).ok
    assert not compare(np.ones(3), 1.0).ok


@pytest.mark.parametrize("rows, columns", [(2, 3), (1, 4), (5, 1), (4, 2)])
def test_a_transposed_matrix_that_is_not_square_has_the_wrong_shape_as_well(rows, columns):
    right = np.random.default_rng(rows).normal(size=(rows, columns))
    assert wrong(right.T, right).hints == ("wrong-shape", "transposed")
    assert wrong(2.5 * right.T, right).hints == ("wrong-shape",)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_a_transposed_square_matrix_is_named(n):
    rng = np.random.default_rng(n)
    right = rng.normal(size=(n, n))
    assert wrong(right.T, right).hints == ("transposed",)
    integers = rng.integers(-9, 10, size=(n, n))
    assert wrong(integers.T, integers).hints == ("transposed",)
    spoilt = right.T.copy()
    spoilt[0, n - 1] += 1e-3
    assert wrong(spoilt, right).hints == ()


def test_the_transpose_of_an_antisymmetric_matrix_is_also_its_negative():
    right = np.array([[0.0, 1.3, 0.4], [-1.3, 0.0, 2.2], [-0.4, -2.2, 0.0]])
    assert wrong(right.T, right).hints == ("transposed", "sign")


@pytest.mark.parametrize("seed", range(30))
def test_a_symmetric_true_matrix_is_never_transposed(seed):
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(3, 3))
    right = half + half.T
    for claimed in (rng.normal(size=(3, 3)), right + np.triu(np.full((3, 3), 1e-3), 1), -right, right.T * 1.5):
        assert "transposed" not in wrong(claimed, right).hints
    # Symmetric up to rounding, and a claim whose error is next to the tolerance.
    nearly = right * (1 + 1e-13 * rng.normal(size=(3, 3)))
    for _ in range(10):
        report = compare(right * (1 + 1e-12 * rng.normal(size=(3, 3))), nearly)
        assert "transposed" not in report.hints


def test_axes_of_a_tensor_in_another_order_are_not_called_transposed():
    right = np.random.default_rng(0).normal(size=(2, 2, 2))
    report = wrong(right.transpose(2, 1, 0), right)
    assert report.hints == ("axes-permuted",) and "np.transpose(claim, (2, 1, 0))" in report.explanations[0]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.complex128])
def test_the_negative_is_called_sign_and_never_factor_minus_one(shape, dtype):
    right = (100 * np.random.default_rng(3).normal(size=shape)).astype(dtype)
    report = wrong(-right, right)
    assert report.hints == ("sign",)
    assert report.explanations == ("the claim is the negative of the right one.",)


@pytest.mark.parametrize(
    "factor, words", [(2, "2"), (0.5, "1/2"), (-3, "-3"), (2 / 3, "2/3"), (-0.25, "-1/4"), (1 / 12, "1/12")]
)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_small_ratio_is_named_as_a_fraction(shape, factor, words):
    right = np.random.default_rng(4).normal(size=shape)
    report = wrong(factor * right, right)
    assert report.hints == ("constant-factor",)
    assert report.explanations[0].startswith(f"the claim is {words} times the right one")


@pytest.mark.parametrize(
    "factor, words", [(np.pi, "3.14159"), (-np.sqrt(2), "-1.41421"), (117.3, "117.3"), (1 + 1e-9, "1.000000001")]
)
@pytest.mark.parametrize("shape", LARGER)
def test_any_factor_is_named_where_two_entries_bear_witness(shape, factor, words):
    right = np.random.default_rng(5).normal(size=shape)
    report = wrong(factor * right, right)
    assert report.hints == ("constant-factor",)
    assert report.explanations == (f"the claim is {words} times the right one.",)


def test_a_factor_of_integers_and_fractions_is_exact():
    assert wrong([7, 14, 21], [2, 4, 6]).explanations == ("the claim is 7/2 times the right one.",)
    thirty_fourth = wrong([Fraction(1, 34), Fraction(2, 17), Fraction(7, 34)], [1, 4, 7])
    assert thirty_fourth.explanations == ("the claim is 1/34 times the right one.",)
    assert wrong([2 * 2**60 + 2, 4], [2**60, 2]).hints == (), "twice, but for two units in 2^61"


def test_a_complex_factor_is_named():
    right = np.array([1 + 2j, 3 - 1j, 0.5j])
    assert wrong(1j * right, right).explanations == ("the claim is 0+1i times the right one.",)
    assert wrong(np.conj(right), right).hints == ()


@pytest.mark.parametrize("n", [2, 3, 5])
def test_a_matrix_with_nothing_but_its_diagonal_is_named(n):
    true = np.random.default_rng(n).normal(size=(n, n))
    assert compare(np.diag(np.diag(true)), true).hints == ("diagonal-only",)
    # One entry of the diagonal off, or one entry beside it there: not that mistake.
    claimed = np.diag(np.diag(true))
    claimed[0, 0] *= 1.01
    assert compare(claimed, true).hints == ()
    claimed = np.diag(np.diag(true))
    claimed[0, 1] = 2.0
    assert "diagonal-only" not in compare(claimed, true).hints


def test_a_diagonal_matrix_is_not_said_to_lack_what_it_need_not_have():
    true = np.diag([1.0, 2.0, 3.0])
    assert "diagonal-only" not in compare(np.diag([1.0, 2.0, 4.0]), true).hints
    # Zeros alone claim nothing, also where the right diagonal is 0.
    assert "diagonal-only" not in compare(np.zeros((3, 3)), np.ones((3, 3)) - np.eye(3)).hints
    # Of a matrix that is not square there is no diagonal case to keep.
    true = np.random.default_rng(0).normal(size=(2, 3))
    assert "diagonal-only" not in compare(true * np.eye(2, 3), true).hints


@pytest.mark.parametrize("shape", [(3, 3), (3, 4), (5, 3)])
def test_a_lost_outer_product_is_named(shape):
    rng = np.random.default_rng(shape)
    true, u, v = rng.normal(size=shape), rng.normal(size=shape[0]), rng.normal(size=shape[1])
    assert compare(true - np.outer(u, v), true).hints == ("missing-rank-one",)
    assert compare((true - np.outer(u, v)).astype(np.float32), true.astype(np.float32)).hints == ("missing-rank-one",)
    two = np.outer(u, v) + np.outer(rng.normal(size=shape[0]), rng.normal(size=shape[1]))
    assert compare(true - two, true).hints == ()


def test_a_lost_outer_product_of_integers_and_fractions_is_exact():
    true = np.array([[1, 5, -2], [0, 3, 7], [4, -6, 2]])
    product = np.outer([1, 2, -3], [2, 5, 7])
    assert compare(true - product, true).hints == ("missing-rank-one",)
    assert compare((true - product) * Fraction(1, 3), true * Fraction(1, 3)).hints == ("missing-rank-one",)
    broken = true - product
    broken[2, 2] += 1
    assert compare(broken, true).hints == ()


def test_what_has_rank_one_by_accident_is_no_lost_outer_product():
    rng = np.random.default_rng(0)
    true = rng.normal(size=(4, 5))
    entry, row, column = (true.copy() for _ in range(3))
    entry[1, 2] += 1
    row[1] += rng.normal(size=5)
    column[:, 2] += rng.normal(size=4)
    for claimed in (entry, row, column, true + 1.5):
        assert "missing-rank-one" not in compare(claimed, true).hints
    # One row or one column is too little to tell.
    for shape in [(1, 6), (6, 1)]:
        true = rng.normal(size=shape)
        claimed = true - np.outer(rng.normal(size=shape[0]), rng.normal(size=shape[1]))
        assert "missing-rank-one" not in compare(claimed, true).hints
    # Nothing at all is claimed, or an outer product for another.
    product = np.outer([1.0, 2.0, 4.0], [3.0, 5.0, 7.0])
    assert compare(0 * product, product).hints == ()
    assert "missing-rank-one" not in compare(np.outer([1.0, 2.0, 4.0], [3.0, 5.0, 8.0]), product).hints


@pytest.mark.filterwarnings("error")
def test_looking_for_an_outer_product_does_not_overflow():
    true = np.where(np.arange(12).reshape(3, 4) % 2 == 0, 1.5e308, 1.0)
    claimed = -true
    claimed[0, 0] = 1e308
    assert compare(claimed, true).hints == ()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_no_structure_is_seen_in_what_is_not_finite(bad):
    true = np.random.default_rng(0).normal(size=(4, 4))
    only_diagonal = np.diag(np.diag(true))
    for place in [(0, 0), (0, 1)]:
        claimed, right = only_diagonal.copy(), true.copy()
        claimed[place] = bad
        right[place] = bad
        assert compare(claimed, true).hints == ("non-finite",)
        assert compare(only_diagonal, right).hints == ("non-finite",)


def test_the_special_case_hides_the_lost_outer_product():
    # A multiple of an outer product differs from it by an outer product.
    product = np.outer([1.0, 2.5, 4.0], [3.0, 5.0, 7.0])
    assert compare(2 * product, product).hints == ("constant-factor",)
    assert compare(-product, product).hints == ("sign",)


@pytest.mark.parametrize("shape", LARGER)
def test_no_hint_where_one_entry_breaks_the_relation(shape):
    rng = np.random.default_rng(6)
    right = rng.normal(size=shape)
    for claimed in (2 * right, -right, np.pi * right):
        place = tuple(int(rng.integers(n)) for n in shape)
        claimed[place] += 0.1
        assert wrong(claimed, right).hints == ()


def test_zeros_have_to_be_zeros_for_a_factor():
    assert wrong([2.0, 4.0, 0.1], [1.0, 2.0, 0.0]).hints == ()
    assert wrong([2.4, 4.8, 0.0], [1.2, 2.4, 0.0]).hints == ("constant-factor",)


# Hints: no accidents


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.complex128])
def test_random_wrong_arrays_get_no_hint(shape, dtype):
    rng = np.random.default_rng(7)
    for _ in range(200):
        claimed, right = rng.normal(size=(2, *shape)).astype(dtype)
        assert wrong(claimed, right).hints == ()


@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_of_single_small_whole_numbers_only_the_negative_is_named(dtype):
    # Two small whole numbers always have a small ratio; that one is the negative of the other is said because it is.
    for claimed in range(-12, 13):
        for right in range(-12, 13):
            if claimed != right:
                expected = ("sign",) if claimed == -right else ()
                assert wrong(np.array([claimed], dtype), np.array([right], dtype)).hints == expected


def test_of_single_small_fractions_only_the_negative_is_named():
    values = [Fraction(p, q) for p in range(-6, 7) for q in range(1, 7)]
    for claimed in values:
        for right in values:
            if claimed != right:
                expected = ("sign",) if claimed == -right else ()
                assert wrong(claimed, right).hints == expected
                assert wrong(float(claimed), float(right)).hints == expected


def test_a_single_number_with_many_digits_gets_a_small_ratio():
    assert wrong(np.log(2), 2 * np.log(2)).hints == ("constant-factor",)
    assert wrong([45.9512], [459.512]).hints == ("constant-factor",)
    assert wrong([12346], [6173]).hints == ("constant-factor",)
    assert wrong([[0.0, 0.0], [0.0, 2 * np.e]], [[0.0, 0.0], [0.0, np.e]]).hints == ("constant-factor",)
    assert wrong(0.3137 * np.log(2), np.log(2)).hints == ()
    assert wrong(np.float32(0.5 * np.e), np.float32(np.e)).hints == (), "in single precision a small ratio always fits"
    assert wrong(0.5 * np.e, np.e, oracle="central differences").hints == ("constant-factor",)


@given(st.data())
def test_whatever_is_said_of_integers_is_literally_true(data):
    shape = data.draw(st.sampled_from([(2,), (3,), (1, 2), (2, 2), (2, 1), (2, 1, 2)]))
    entries = st.lists(st.integers(-3, 3), min_size=int(np.prod(shape)), max_size=int(np.prod(shape)))
    claimed, right = (np.array(data.draw(entries)).reshape(shape) for _ in range(2))
    report = compare(claimed, right)
    assert report.ok == (claimed == right).all()
    # By cross multiplication: proportional, and not only because one of the two is zero or a single number.
    pairs = list(zip(claimed.ravel().tolist(), right.ravel().tolist()))
    proportional = all(a * d == b * c for a, b in pairs for c, d in pairs) and claimed.any() and right.any()
    different = len({t for _, t in pairs if t != 0}) > 1
    twice = (claimed == 2 * right).all() or (2 * claimed == right).all()
    negative = (claimed == -right).all()
    if report.ok:
        assert report.hints == ()
    else:
        assert ("sign" in report.hints) == negative
        assert "constant-factor" not in report.hints or proportional and not negative
        assert "constant-factor" in report.hints or not (twice and different)
        assert ("transposed" in report.hints) == (
            right.ndim == 2 and shape[0] == shape[1] and (claimed.T == right).all()
        )


# Arguments


@pytest.mark.parametrize(
    "value",
    [
        True,
        [True, False],
        "1",
        ["1"],
        None,
        [None],
        [[1.0], [2.0, 3.0]],
        {1},
        [object()],
        np.array(["a"]),
        [1, nan, None],
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_what_is_no_number_is_a_type_error_that_names_the_argument(value, place):
    arguments = [[1.0], [1.0]]
    arguments[place] = value
    with pytest.raises(TypeError, match=r"compare: " + ("claimed", "expected")[place] + " has .*expected .*number"):
        compare(*arguments)


@pytest.mark.parametrize("empty", [[], [[]], np.zeros((0, 3)), np.zeros((2, 0))])
def test_an_empty_argument_is_a_value_error(empty):
    with pytest.raises(ValueError, match="compare: claimed has shape .*expected at least one entry"):
        compare(empty, [1.0])
    with pytest.raises(ValueError, match="compare: expected has shape .*expected at least one entry"):
        compare([1.0], empty)
    with pytest.raises(ValueError):
        compare(empty, empty)


def test_fractions_and_floats_in_one_array_are_refused():
    with pytest.raises(TypeError, match="compare: claimed has entries that are neither integers nor fractions"):
        compare([Fraction(1, 2), 0.5], [0.5, 0.5])
    assert compare([Fraction(1, 2), np.int64(3)], [Fraction(1, 2), 3]).ok


@pytest.mark.parametrize("kind", sorted(TOLERANCES))
def test_the_tolerance_is_the_oracles_and_can_only_be_narrowed(kind):
    limit = TOLERANCES[kind]
    numbers = [1, 2] if limit == 0 else [1.0, 2.0]
    assert compare(numbers, numbers, oracle=kind).tolerance == limit
    for wide in (limit * 1.01 + 1e-300, 1.0, inf, nan, -1e-3):
        with pytest.raises(ValueError, match="compare: tolerance is .*expected 0 to .* because that is the error of"):
            compare(numbers, numbers, oracle=kind, tolerance=wide)
    if limit:
        off = [1.0 + limit * 0.5, 2.0]
        assert compare(off, numbers, oracle=kind).ok
        assert not compare([1.0 + limit * 2, 2.0], numbers, oracle=kind).ok
        assert not compare(off, numbers, oracle=kind, tolerance=limit * 0.25).ok
        assert not compare(off, numbers, oracle=kind, tolerance=0).ok
        assert compare(numbers, numbers, oracle=kind, tolerance=0).ok


@pytest.mark.parametrize("tolerance", ["1", [1e-13], True, 1e-13j])
def test_a_tolerance_that_is_no_number_is_a_type_error(tolerance):
    with pytest.raises(TypeError, match="compare: tolerance has type .*expected a number"):
        compare([1.0], [1.0], tolerance=tolerance)


def test_there_is_no_second_way_to_loosen():
    with pytest.raises(TypeError):
        compare([5.0], [1.0], noise=10.0)


def test_an_unknown_oracle_is_refused():
    with pytest.raises(ValueError, match="compare: oracle is 'guess', expected one of 'exact integers'"):
        compare([1.0], [1.0], oracle="guess")
    with pytest.raises(TypeError, match="compare: oracle has type list, expected the name"):
        compare([1.0], [1.0], oracle=[])


@pytest.mark.parametrize("oracle", ["exact integers", "exact rationals"])
def test_an_exact_oracle_takes_exact_numbers_on_both_sides(oracle):
    for arguments in (([1.0], [1]), ([1], [1.0]), ([1.0], [1.0])):
        with pytest.raises(TypeError, match="compare: oracle is 'exact .*expected integers or fractions on both sides"):
            compare(*arguments, oracle=oracle)


def test_arguments_are_not_changed_and_may_be_read_only_or_strided():
    base = np.arange(24.0).reshape(4, 6)
    view, copy = base[::2, ::3].T, base[::2, ::3].T.copy()
    base.flags.writeable = False
    before = base.copy()
    assert compare(view, copy).ok and compare(copy, view).ok
    assert wrong(2 * copy, view).hints == ("constant-factor",)
    assert wrong(view, copy[::-1]).hints == ("flipped",)
    assert (base == before).all()
    reversed_ = copy[::-1, ::-1]
    assert compare(reversed_, np.asfortranarray(reversed_)).ok


def test_the_report_does_not_change_when_the_arguments_do():
    claimed, expected = np.array([1.0, 2.0]), np.array([1.0, 3.0])
    report = compare(claimed, expected)
    text = str(report)
    claimed[:], expected[:] = 0, 0
    assert str(report) == text


# The report


def test_the_three_worst_entries_come_first_and_ties_in_order():
    claimed = np.array([1.0, 2.0, 3.5, 4.0, 7.0, 6.5])
    report = wrong(claimed, np.arange(1.0, 7.0))
    assert report.wrong == 3
    assert [entry.index for entry in report.worst] == [(4,), (2,), (5,)]
    many = wrong(np.arange(10.0) ** 2 + 1, np.arange(10.0) ** 2)
    assert [entry.index for entry in many.worst] == [(0,), (1,), (2,)]
    assert str(many) == (
        "wrong: 10 of 10 entries disagree (float arithmetic, 1 case, tolerance 1e-12)\n"
        "  entry [0]: claimed 1, expected 0\n"
        "  entry [1]: claimed 2, expected 1\n"
        "  entry [2]: claimed 5, expected 4\n"
        "  constant-offset: every entry of the claim is 1 more than the right one."
    )
    right = np.random.default_rng(0).normal(size=50)
    assert len(set(np.abs(right + 0.1 - right))) > 1, "equal up to rounding, not equal"
    assert [entry.index for entry in wrong(right + 0.1, right).worst] == [(0,), (1,), (2,)]
    assert [entry.index for entry in wrong([5.0, nan, 3.0], [1.0, 2.0, 3.0]).worst] == [(1,), (0,)]


def test_the_printed_numbers_can_be_told_apart():
    assert "claimed 1.00000001, expected 1" in str(wrong([1.00000001, 2.5], [1.0, 2.5]))
    assert "claimed 1.0000000000000002, expected 1" in str(wrong([1.0 + 2e-16, 2.0], [1.0, 2.0], tolerance=0))


def test_a_claim_prints_one_line_or_raises(capsys):
    report = compare([1, 2], [1, 2], claim="thm-two")
    assert capsys.readouterr().out == "thm-two: holds (exact integers, 1 case, tolerance 0)\n"
    report._ipython_display_()
    assert capsys.readouterr().out == "", "an announced report is not displayed a second time"
    assert report.ok and report.claim == "thm-two"
    with pytest.raises(CheckFailed) as raised:
        compare([2, 4], [1, 2], claim="thm-two")
    assert capsys.readouterr().out == ""
    text = str(raised.value)
    assert text.startswith("thm-two: FAILS\nwrong: 2 of 2") and "2 times the right one" in text


def test_without_a_claim_nothing_is_printed_until_the_report_is_displayed(capsys, monkeypatch):
    report = compare([1.0], [1.0])
    failed = compare([1.0], [2.0])
    assert capsys.readouterr().out == ""
    report._ipython_display_()
    assert capsys.readouterr().out == "holds (float arithmetic, 1 case, tolerance 1e-12)\n"
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    failed._ipython_display_()
    assert capsys.readouterr().out == ""
    assert shown == [{"text/plain": str(failed), "text/html": failed._repr_html_()}]
    assert repr(failed) == str(failed)


def test_in_a_notebook_a_failed_report_is_a_table():
    report = compare([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[2.0, 4.0, 6.0], [8.0, 10.0, 12.0]])
    table = BeautifulSoup(report._repr_html_(), "html.parser")
    assert [cell.text for cell in table.select("thead th")] == ["entry", "claimed", "expected"]
    assert [[cell.text for cell in row.select("td")] for row in table.select("tbody tr")] == [
        ["[1, 2]", "6", "12"], ["[1, 1]", "5", "10"], ["[1, 0]", "4", "8"],
    ]  # fmt: skip
    lines = [line.text for line in table.select("p")]
    assert lines == [report.summary, "constant-factor: the claim is 1/2 times the right one."]
    assert table.select_one("strong").text == "constant-factor"


def test_in_a_table_a_number_has_no_place_and_names_are_escaped():
    number = BeautifulSoup(compare(1.0, 2.5)._repr_html_(), "html.parser")
    assert [cell.text for cell in number.select("thead th")] == ["claimed", "expected"]
    named = check_identity(lambda a: 1, lambda a: 2, lambda rng: ("<b>&",))
    assert "<b>" not in named._repr_html_() and "at a = &lt;b&gt;&amp;" in named._repr_html_()


def test_raise_if_failed_returns_the_report_or_raises_it():
    report = compare([1.0], [1.0])
    assert report.raise_if_failed() is report and isinstance(report, Report)
    failed = compare([1.0], [7.0])
    with pytest.raises(CheckFailed, match="wrong: 1 of 1 entry disagrees") as raised:
        failed.raise_if_failed()
    assert str(raised.value) == str(failed)
    assert issubclass(CheckFailed, AssertionError)


def test_numbers_are_written_alike_everywhere():
    assert [number(value) for value in (-0.0, np.float32(0.5), 1e-7, 123456789.0, np.int8(3), 2 - 3j, nan, -inf)] == [
        "0", "0.5", "1e-07", "1.23457e+08", "3", "2-3i", "nan", "-inf",
    ]  # fmt: skip


def test_inputs_are_described_without_addresses():
    values = {
        "f": np.sin, "g": object(), "s": "relu", "a": np.zeros((3, 4)), "w": [np.ones(2), np.ones((1, 3))],
        "t": np.array(2), "o": np.array([None]),
    }  # fmt: skip
    assert describe(values) == (
        "f = sin, g = object, s = relu, a = an array of shape (3, 4), w = [[1, 1], [[1, 1, 1]]], t = 2, "
        "o = an array of shape (1,)"
    )
