"""The source that a chapter shows is the source that runs, and numbers are written alike everywhere."""

from fractions import Fraction

import numpy as np
import pytest

from mathdnn_utils.listing import rounded, show_source


def documented(x):
    """A docstring

    with several lines.
    """
    return x + 1


def bare(x):
    return "text"  # a string that is not a docstring


def test_the_docstring_is_left_out(capsys):
    show_source(documented)
    assert capsys.readouterr().out == "def documented(x):\n    return x + 1\n\n"


def test_a_function_without_docstring_is_shown_whole(capsys):
    show_source(bare)
    assert capsys.readouterr().out == 'def bare(x):\n    return "text"  # a string that is not a docstring\n\n'


def test_what_is_not_a_python_function_is_refused():
    with pytest.raises(TypeError, match=r"^show_source: function has type builtin_function_or_method, expected"):
        show_source(len)


def test_numbers_keep_their_decimals_and_exact_ones_are_exact():
    assert rounded(1 / 3) == "0.333333"
    assert rounded(np.float32(0.5), 2) == "0.50"
    assert rounded([2.0, -0.5], 1) == "2.0 -0.5"
    assert rounded((1, -2, 30)) == "1 -2 30"
    assert rounded([Fraction(5, 36), 0, Fraction(-1, 9)]) == "5/36 0 -1/9"
    assert rounded(10**30) == "1" + 30 * "0"
    assert rounded([1e-9, 1234567.0], 2) == "0.00 1234567.00"


def test_there_is_no_minus_zero():
    assert rounded([-0.0, -1e-9, -0.04], 1) == "0.0 0.0 0.0"
    assert rounded(-0.4, 0) == "0"


def test_a_matrix_has_flush_columns():
    assert rounded([[1.5, -10.25], [100.0, 0.0]], 2) == "  1.50 -10.25\n100.00   0.00"
    assert rounded([[1, 2, 3]]) == "1 2 3"


@pytest.mark.parametrize(
    ("values", "decimals", "error", "message"),
    [
        (["a"], 6, TypeError, "rounded: values has dtype <U1, expected real numbers"),
        ([1j], 6, TypeError, "rounded: values has dtype complex128, expected real numbers"),
        ([True], 6, TypeError, "rounded: values has dtype bool, expected real numbers"),
        ([[1], [1, 2]], 6, TypeError, "rounded: values has rows of different lengths, expected an array of numbers"),
        (np.zeros((1, 1, 1)), 6, ValueError, r"rounded: values has shape \(1, 1, 1\), expected at most two axes"),
        ([], 6, ValueError, r"rounded: values has shape \(0,\), expected at least one entry"),
        (np.zeros((0, 3)), 6, ValueError, r"rounded: values has shape \(0, 3\), expected at least one entry"),
        ([1.0], -1, ValueError, "rounded: decimals is -1, expected at least 0"),
        ([1.0], 2.0, TypeError, "rounded: decimals has type float, expected an integer"),
        ([1.0], True, TypeError, "rounded: decimals has type bool, expected an integer"),
    ],
)
def test_what_cannot_be_written_is_refused(values, decimals, error, message):
    with pytest.raises(error, match=message):
        rounded(values, decimals)
