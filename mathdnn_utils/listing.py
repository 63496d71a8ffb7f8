"""Show a function's source in a chapter, without its docstring."""

import ast
import inspect


def show_source(function):
    """Print the source of a function without its docstring.

    Parameters
    ----------
    function : function
        A Python function whose source file is at hand.

    Raises
    ------
    TypeError
        If it is not a Python function.

    Notes
    -----
    A chapter shows what the library runs, and its stored output fails when the library changes.

    Examples
    --------
    >>> show_source(show_source)  # doctest: +ELLIPSIS
    def show_source(function):
        if not inspect.isfunction(function):
    ...
    """
    if not inspect.isfunction(function):
        raise TypeError(f"show_source: function has type {type(function).__name__}, expected a Python function")
    lines = inspect.getsource(function).splitlines()
    body = ast.parse("\n".join(lines)).body[0].body
    if ast.get_docstring(ast.parse("\n".join(lines)).body[0]) is not None:
        lines[body[0].lineno - 1 : body[0].end_lineno] = []
    print("\n".join(lines) + "\n")
