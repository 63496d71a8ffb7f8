"""The runner of chapters: it finds every difference, plants faults that reach everywhere, and leaves nothing behind."""

import importlib
import json
import os
import sys

import pytest
from chapter_runner import Difference, changed_copy, plant, run_chapter

PACKAGE = "made_for_the_runner"


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def result(**data):
    return {"output_type": "execute_result", "data": {k.replace("_", "/"): v for k, v in data.items()}}


def chapter(tmp_path, *cells):
    """A notebook with one Markdown cell and the given (source, output, ...) cells."""
    made = [{"cell_type": "markdown", "source": "# Made"}]
    made += [{"cell_type": "code", "source": source, "outputs": outputs} for source, *outputs in cells]
    path = tmp_path / "made.ipynb"
    path.write_text(json.dumps({"cells": made}))
    return path


SAME = {
    "stdout": ("print('a')\nprint('b')", stream("a\nb\n")),
    "a stream in pieces": ("print('a')\nprint('b')", stream(["a\n"]), stream("b\n")),
    "the value of the last line": ("x = 2\nx + 1", result(text_plain="3")),
    "as IPython prints it": ("{'b': 1, 'a': [2]}", result(text_plain="{'b': 1, 'a': [2]}")),
    "no value": ("x = 1",),
    "display": ("display(1)\ndisplay('a')", result(text_plain="1"), result(text_plain="'a'")),
    "imported display": (
        "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))",
        result(text_html="<b>x</b>", text_plain="<IPython.core.display.HTML object>"),
    ),
    "a picture is not compared": (
        "from IPython.display import display\ndisplay({'image/png': 'AAAA', 'text/plain': 'p'}, raw=True)",
        {"output_type": "display_data", "data": {"image/png": "BBBB", "text/plain": "p"}},
    ),
    "an object that prints itself": (
        "class A:\n    def _ipython_display_(self):\n        print('itself')\nA()",
        stream("itself\n"),
    ),
    "an expected error": (
        "1 / 0",
        {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero"},
    ),
    "a warning": ("import warnings\nwarnings.warn('w')", stream("UserWarning: w\n", "stderr")),
    "a deprecation in a cell": (
        "import warnings\nwarnings.warn('w', DeprecationWarning)",
        stream("DeprecationWarning: w\n", "stderr"),
    ),
    "an ignored warning": ("import warnings\nwarnings.warn_explicit('w', DeprecationWarning, 'f', 1, module='m')",),
    "a class of the notebook": (
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1\nA()",
        result(text_plain="A(x=1)"),
    ),
}
DIFFERENT = {
    "stdout": (("print('a')", stream("b\n")), "stdout", "b\n", "a\n"),
    "missing stdout": (("x = 1", stream("b\n")), "stdout", "b\n", ""),
    "new stdout": (("print('a')",), "stdout", "", "a\n"),
    "value": (("1", result(text_plain="2")), "text/plain", "2", "1"),
    "one value more": (("display(1)\n1", result(text_plain="1")), "text/plain", "1", "1\n1"),
    "error": (("1 / 0",), "error", "", "ZeroDivisionError: division by zero"),
    "syntax": (("1 +",), "error", "", "SyntaxError: invalid syntax (made, line 1)"),
    "no error": (("1 / 1;", {"output_type": "error", "ename": "E", "evalue": "e"}), "error", "E: e", ""),
    "other error": (
        ("{}[1]", {"output_type": "error", "ename": "KeyError", "evalue": "2"}),
        "error",
        "KeyError: 2",
        "KeyError: 1",
    ),
    "warning": (("import warnings\nwarnings.warn('w')",), "stderr", "", "UserWarning: w\n"),
    "text beside a picture": (
        (
            "display({'image/png': 'AAAA', 'text/plain': 'p'}, raw=True)",
            {"output_type": "display_data", "data": {"image/png": "AAAA", "text/plain": "q"}},
        ),
        "text/plain",
        "q",
        "p",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_outputs_as_stored(tmp_path, name):
    assert run_chapter(chapter(tmp_path, SAME[name])) == []


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_difference_is_found(tmp_path, name):
    cell, kind, stored, got = DIFFERENT[name]
    (found,) = run_chapter(chapter(tmp_path, ("x = 0",), cell))
    assert (found.cell, found.kind, found.stored) == (3, kind, stored)
    assert found.got == got or (name == "syntax" and found.got.startswith("SyntaxError: invalid syntax"))


def test_only_the_first_or_all(tmp_path):
    path = chapter(tmp_path, ("print(1)", stream("1\n")), ("print(2)",), ("print(3)",))
    assert run_chapter(path) == [Difference(3, "stdout", "", "2\n")]
    assert [d.cell for d in run_chapter(path, first_only=False)] == [3, 4]
    assert str(run_chapter(path)[0]) == "cell 3: stdout differs\n--- stored\n\n--- now\n2\n"


def test_cells_share_a_namespace_that_begins_empty(tmp_path):
    assert run_chapter(chapter(tmp_path, ("shared = 1",), ("shared", result(text_plain="1")))) == []
    assert [d.kind for d in run_chapter(chapter(tmp_path, ("shared",)))] == ["error"]


def test_it_runs_in_the_notebooks_folder_and_leaves_the_process_as_it_was(tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    before = os.getcwd(), list(sys.path), sys.modules["__main__"], sys.stdout, sys.displayhook, sys.excepthook
    code = (
        "import os, sys\nprint(os.listdir())\nsys.path.append('x')\nimport numpy\nnumpy.set_printoptions(precision=2)"
    )
    assert run_chapter(chapter(tmp_path, (code, stream("['made.ipynb']\n")))) == []
    assert before == (os.getcwd(), list(sys.path), sys.modules["__main__"], sys.stdout, sys.displayhook, sys.excepthook)
    import numpy

    assert numpy.get_printoptions()["precision"] == 8 and "MPLBACKEND" not in os.environ


def test_figures_are_closed_and_need_no_screen(tmp_path):
    import matplotlib.pyplot

    code = "import matplotlib.pyplot as plt\nfig = plt.figure()\nprint(plt.get_backend().lower())"
    assert run_chapter(chapter(tmp_path, (code, stream("agg\n")))) == []
    assert matplotlib.pyplot.get_fignums() == []


def test_a_notebook_without_code_is_refused(tmp_path):
    with pytest.raises(ValueError, match="run_chapter: made.ipynb has no code cells, expected at least one"):
        run_chapter(chapter(tmp_path))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package: `base` has functions and a constant, `user` imported them by name, `late` is not loaded."""
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "base.py").write_text(
        "LIMIT = 5\nOTHER = 5\nTABLE = {'a': 1}\n\n\ndef helper(x):\n    return 2 * x\n\n\n"
        "def double(x):\n    return helper(x)\n\n\nclass Box:\n    size = 3\n"
    )
    (folder / "user.py").write_text(
        f"from {PACKAGE}.base import LIMIT, TABLE, Box\nfrom {PACKAGE}.base import double as twice\nMINE = 5\n\n\n"
        "def quadruple(x):\n    return twice(twice(x))\n"
    )
    (folder / "late.py").write_text(f"from {PACKAGE}.base import double\nVALUE = double(1)\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module(f"{PACKAGE}.base"), importlib.import_module(f"{PACKAGE}.user")
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_a_fault_reaches_every_module_of_the_package(package):
    base, user = package
    with plant(base, "2 * x", "3 * x") as module:
        assert module is base
        assert (base.helper(1), base.double(1), user.twice(1), user.quadruple(1)) == (3, 3, 3, 9)
    assert (base.helper(1), base.double(1), user.twice(1), user.quadruple(1)) == (2, 2, 2, 4)


def test_classes_containers_and_constants_are_exchanged_too(package):
    base, user = package
    with plant(base, "size = 3", "size = 4"):
        assert user.Box is base.Box and user.Box.size == 4
        assert user.TABLE is base.TABLE
    with plant(base, "LIMIT = 5", "LIMIT = 6"):
        assert (user.LIMIT, user.MINE, base.OTHER) == (6, 5, 5)
    assert (user.Box.size, user.LIMIT) == (3, 5)


def test_afterwards_every_module_is_exactly_as_before(package):
    base, user = package
    before = [list(vars(module).items()) for module in package]
    with plant(base, "def double", "NEW = 1\n\n\ndef double"):
        assert base.NEW == 1
    assert all(
        [(name, id(value)) for name, value in vars(module).items()] == [(name, id(value)) for name, value in items]
        for module, items in zip(package, before)
    )


def test_afterwards_it_is_as_before_although_the_block_or_the_fault_raises(package):
    base, user = package
    with pytest.raises(KeyError), plant(base, "2 * x", "3 * x"):
        raise KeyError
    with pytest.raises(ZeroDivisionError), plant(base, "LIMIT = 5", "LIMIT = 1 / 0"):
        pass
    with pytest.raises(SyntaxError), plant(base, "LIMIT = 5", "LIMIT ="):
        pass
    assert (user.twice(1), base.LIMIT) == (2, 5)


def test_what_was_loaded_with_the_fault_is_forgotten(package):
    base, _ = package
    with plant(base, "2 * x", "3 * x"):
        assert importlib.import_module(f"{PACKAGE}.late").VALUE == 3
    assert importlib.import_module(f"{PACKAGE}.late").VALUE == 2


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("4 * x", "3 * x", "plant: '4 \\* x' occurs 0 times in made_for_the_runner.base, expected exactly once"),
        ("5", "6", "plant: '5' occurs 2 times"),
        ("2 * x", "2 * x", "plant: new is '2 \\* x', expected something else than old"),
    ],
)
def test_a_fault_that_is_none_is_refused(package, old, new, message):
    with pytest.raises(ValueError, match=message), plant(package[0], old, new):
        pass


def test_a_copy_has_another_definition(tmp_path):
    path = chapter(tmp_path, ("def f(x):\n    return x",), ("print(f(1))", stream("1\n")))
    folder = tmp_path / "copy"
    folder.mkdir()
    copy = changed_copy(path, folder, "return x", "return 2 * x")
    assert run_chapter(copy) == [Difference(3, "stdout", "1\n", "2\n")]
    assert run_chapter(path) == []
    with pytest.raises(ValueError, match=r"changed_copy: 'f\(' occurs 2 times in made.ipynb, expected exactly once"):
        changed_copy(path, folder, "f(", "g(")
    with pytest.raises(ValueError, match="changed_copy: new is 'return x', expected something else than old"):
        changed_copy(path, folder, "return x", "return x")


def test_a_chapter_runs_with_a_fault_and_then_without(package, tmp_path):
    code = f"from {PACKAGE}.user import quadruple\nprint(quadruple(1))"
    path = chapter(tmp_path, (code, stream("4\n")))
    assert run_chapter(path) == []
    fault = (package[0], "2 * x", "3 * x")
    assert run_chapter(path, fault=fault) == [Difference(2, "stdout", "4\n", "9\n")]
    assert run_chapter(path) == []
