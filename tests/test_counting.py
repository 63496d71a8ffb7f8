"""Counted multiplications against the numbers that sizes give, and values against NumPy."""

from fractions import Fraction

import numpy as np
import pytest

from mathdnn_utils.counting import count_multiplications


@pytest.mark.parametrize("sizes", [(2, 3, 4), (1, 5, 2), (7, 1, 3)])
def test_a_matrix_product_takes_the_product_of_its_sizes(sizes):
    m, n, k = sizes
    rng = np.random.default_rng(0)
    A, B = rng.integers(-9, 9, size=(m, n)), rng.integers(-9, 9, size=(n, k))
    value, count = count_multiplications(np.matmul, A, B)
    assert count == m * n * k
    assert value.shape == (m, k) and (value == A @ B).all()


def test_each_product_counts_once_on_whichever_side_it_stands():
    x = np.array([1.5, -2.0, 4.0])
    for formula, products in [
        (lambda x: 3 * x, 3),
        (lambda x: x * 3, 3),
        (lambda x: np.float64(3) * x, 3),
        (lambda x: x * np.ones(3), 3),
        (lambda x: np.outer(x, x), 9),
        (lambda x: (x * x).sum(), 3),
        (lambda x: 0 * x, 3),
        (lambda x: 2 + x - x + (1 - x) + (-x), 0),
    ]:
        value, count = count_multiplications(formula, x)
        assert count == products
        np.testing.assert_array_equal(value, formula(x))


def test_several_arguments_share_one_count_and_calls_do_not():
    counts = [count_multiplications(lambda x, y: x * y + 2 * y, [1, 2], [3, 4])[1] for _ in range(2)]
    assert counts == [4, 4]


def test_kinds_of_numbers_are_kept():
    value, count = count_multiplications(lambda a: a * a, [Fraction(1, 3), Fraction(2)])
    assert value.tolist() == [Fraction(1, 9), Fraction(4)] and count == 2
    value, _ = count_multiplications(lambda a: a * a, [2, 3])
    assert value.dtype.kind == "i"
    value, _ = count_multiplications(lambda a: a * a, [2 + 1j])
    assert value.tolist() == [3 + 4j]
    value, count = count_multiplications(lambda a: a * 5, 7)
    assert (value, count) == (35, 1) and value.shape == ()


def test_arguments_are_not_changed_and_a_constant_result_costs_nothing():
    x = np.array([1.0, 2.0])
    assert count_multiplications(lambda a: np.zeros(2), x)[1] == 0
    assert x.dtype == np.float64 and x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "formula",
    [lambda x: x / 2, lambda x: 2 / x, lambda x: x**2, lambda x: 2**x, lambda x: x // 2, lambda x: 2 // x],
)
def test_what_is_not_counted_is_refused(formula):
    with pytest.raises(TypeError, match="count_multiplications: function divides or takes a power, expected sums"):
        count_multiplications(formula, [1.0, 2.0])


@pytest.mark.parametrize("formula", [np.exp, lambda x: x.max(), lambda x: x[0] if x[0] > x[1] else x[1]])
def test_other_operations_are_refused_in_words(formula):
    with pytest.raises(TypeError, match="count_multiplications: function needs more than sums, differences and"):
        count_multiplications(formula, [1.0, 2.0])


def test_an_error_of_the_function_itself_stays_what_it_is():
    with pytest.raises(TypeError, match="^mine$"):
        count_multiplications(lambda x: (_ for _ in ()).throw(TypeError("mine")), [1.0])


def test_arguments_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="got 0 arguments, expected at least one"):
        count_multiplications(lambda: 1)
    with pytest.raises(TypeError, match="argument 1 has dtype <U1, expected numbers"):
        count_multiplications(lambda x, y: x, [1.0], ["a"])
    for entries in ([None, 1], [True, Fraction(1)]):
        with pytest.raises(TypeError, match="argument 0 has dtype object, expected numbers"):
            count_multiplications(lambda x: x, entries)
    with pytest.raises(TypeError, match="argument 0 has rows of different lengths, expected an array of numbers"):
        count_multiplications(lambda x: x, [[1], [1, 2]])
