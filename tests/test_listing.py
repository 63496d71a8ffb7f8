"""The source that a chapter shows is the source that runs."""

import pytest

from mathdnn_utils.listing import show_source


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
