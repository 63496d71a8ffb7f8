"""The runner of chapters: it finds every difference, plants faults that reach everywhere, and leaves nothing behind."""

import builtins
import gc
import importlib
import json
import os
import sys

import pytest
from chapter_runner import Difference, changed_copy, plant, run_chapter
from trials import Trials

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


# Many changes of one notebook, each tried alone. What a trial gives must be what a run of its own gives.

FUNCTIONS = """
import functools

FACTOR = 2
TABLE = [len("ab")]


def helper(x):
    return FACTOR * x


def scaled(x, by=10):
    return by * x


def wrapped(f):
    return functools.wraps(f)(lambda x: f(x))


@wrapped
def decorated(x):
    return x + 1


def late(x):
    return x + 5


late = wrapped(late)


@functools.cache
def kept(x):
    return x + 8


def kept_later(x):
    return x + 9


kept_later = functools.cache(kept_later)
SHIFT = 1


def shifted(x):
    return x + SHIFT


@wrapped
def first(x):
    return x * 6


def second(x):
    return first(x)


def early(x):
    return x - 1


EARLY = early(1)


class Box:
    size = 3

    def filled(self):
        return [7] * self.size


def unused(x):
    return x
"""
HELD = f"""
from {PACKAGE} import functions
from {PACKAGE}.functions import Box, decorated, helper, kept, kept_later, late, scaled, second, shifted
from {PACKAGE}.functions import helper as other
box, held = Box(), [helper]
class Child(Box):
    pass
"""
CALLS = {
    "helper(1)": "2",
    "other(1), held[0](1)": "(2, 2)",
    "scaled(1)": "10",
    "decorated(1)": "2",
    "late(1)": "6",
    "kept(1)": "9",
    "kept_later(1)": "10",
    "shifted(1)": "2",
    "second(1)": "6",
    "functions.EARLY, functions.early(1)": "(0, 0)",
    "box.filled()": "[7, 7, 7]",
    "Child().filled()": "[7, 7, 7]",
}
# name: (what stands there, what is wrong there, the calls that notice, whether it is tried on the way)
FAULTY = {
    "a body": ("FACTOR * x", "FACTOR + x", ["helper(1)", "other(1), held[0](1)"], True),
    "a default": ("by=10", "by=11", ["scaled(1)"], True),
    "a method": ("[7] * self", "[8] * self", ["box.filled()", "Child().filled()"], True),
    "a constant": ("FACTOR = 2", "FACTOR = 3", ["helper(1)", "other(1), held[0](1)"], False),
    "an attribute of a class": ("size = 3", "size = 4", ["box.filled()", "Child().filled()"], False),
    "a decorated function": ("return x + 1", "return x + 2", ["decorated(1)"], False),
    "a decorator": ("lambda x: f(x)", "lambda x: -f(x)", ["decorated(1)", "late(1)", "second(1)"], False),
    "a function without its decorator": ("@wrapped\ndef decorated", "def decorated", [], False),
    "a function that is wrapped later": ("x + 5", "x + 7", ["late(1)"], False),
    "a function with a memory": ("x + 8", "x + 1", ["kept(1)"], False),
    "a function with a memory that it gets later": ("x + 9", "x + 1", ["kept_later(1)"], False),
    "a constant and a body": (
        "SHIFT = 1\n\n\ndef shifted(x):\n    return x + SHIFT",
        "SHIFT = 2\n\n\ndef shifted(x):\n    return x + 2 * SHIFT",
        ["shifted(1)"],
        False,
    ),
    "a decorated function and a plain one": (
        "return x * 6\n\n\ndef second(x):\n    return first(x)",
        "return x * 7\n\n\ndef second(x):\n    return first(x) + 1",
        ["second(1)"],
        False,
    ),
    "a function that is called when its module is loaded": (
        "x - 1",
        "x - 2",
        ["functions.EARLY, functions.early(1)"],
        False,
    ),
    "a new function": ("class Box", "def new(x):\n    return x\n\n\nclass Box", [], False),
    "a function that nobody calls": ("    return x\n", "    return -x\n", [], False),
}


@pytest.fixture
def functions(package, tmp_path):
    (tmp_path / PACKAGE / "functions.py").write_text(FUNCTIONS)
    return importlib.import_module(f"{PACKAGE}.functions")


def without_details(differences):
    return [(difference.cell, difference.kind) for difference in differences]


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_on_the_way_gives_what_it_gives_alone(functions, tmp_path, name):
    old, new, calls, on_the_way = FAULTY[name]
    path = chapter(tmp_path, (HELD,), *[(call, result(text_plain=value)) for call, value in CALLS.items()])
    before = {name: getattr(value, "__code__", None) for name, value in vars(functions).items()}
    trials = Trials(path, {"it": (f"{PACKAGE}.functions", old, new)}, enough=lambda differences: False)
    found = trials.outcome("it")
    assert trials.differences == []
    assert found == run_chapter(path, fault=(functions, old, new), first_only=False)
    assert [difference.cell for difference in found] == [3 + list(CALLS).index(call) for call in calls]
    # By default a trial ends where something differs.
    trials = Trials(path, {"it": (functions, old, new)})
    assert trials.outcome("it") == run_chapter(path, fault=(functions, old, new)) == found[:1]
    assert trials.alone == ([] if on_the_way else ["it"])
    assert {name: getattr(value, "__code__", None) for name, value in vars(functions).items()} == before


@pytest.mark.parametrize("name", ["a body", "a default", "a method"])
def test_cells_before_the_first_call_are_not_run_again(functions, tmp_path, name):
    old, new, *_ = FAULTY[name]
    functions.runs = []
    count = ("functions.runs.append(0)",)
    late = [(call, result(text_plain=value)) for call, value in CALLS.items()]
    trials = Trials(chapter(tmp_path, (HELD,), count, *late), {"it": (functions, old, new)})
    assert trials.outcome("it")
    assert len(functions.runs) == 2  # one run to find the cells, one with the trials
    functions.runs.clear()
    trials = Trials(chapter(tmp_path, (HELD,), count, *late), {"it": (functions, "FACTOR = 2", "FACTOR = 3")})
    assert trials.outcome("it")
    assert len(functions.runs) == 3  # and one of its own


def test_what_shows_without_a_call_is_found_alone(functions, tmp_path):
    path = chapter(tmp_path, (HELD,), ("scaled.__defaults__", result(text_plain="(10,)")), ("scaled(1, 5);",))
    trials = Trials(path, {"it": (functions, "by=10", "by=11")})
    assert trials.outcome("it") == [Difference(3, "text/plain", "(10,)", "(11,)")]


def test_changed_cells_are_tried_one_at_a_time(tmp_path):
    cells = ("x = 1",), ("print(x)", stream("1\n")), ("y = 5\nprint(x + y)", stream("6\n"))
    path = chapter(tmp_path, *cells)
    changes = {
        "seen later": ("x = 1", "x = 2"),
        "seen at once": ("y = 5", "y = x = 6"),
        "an error": ("print(x)", "print(z)"),
        "unseen": ("y = 5", "y = 4 + 1"),
    }
    trials = Trials(path, changes)
    assert trials.outcome("seen later") == [Difference(3, "stdout", "1\n", "2\n")]
    assert trials.outcome("seen at once") == [Difference(4, "stdout", "6\n", "12\n")]
    assert [difference.kind for difference in trials.outcome("an error")] == ["error", "stdout"]
    assert trials.outcome("unseen") == []
    # By the rule that only errors are enough, the others run to the end.
    trials = Trials(path, changes, enough=lambda differences: any(d.kind == "error" for d in differences))
    assert without_details(trials.outcome("seen later")) == [(3, "stdout"), (4, "stdout")]
    assert without_details(trials.outcome("an error")) == [(3, "error"), (3, "stdout")]
    assert (trials.namespace["x"], trials.namespace["y"]) == (1, 5)


CHANGE = ("n = 1", "n = 2")
# What a trial can leave behind: the cell before the one that is changed, that cell, what shows it, and whether it is
# put back, so that no change needs a run of its own.
LEFT = {
    "names": ("a = 1", "n = 1\na = n", "a", True),
    "what was shown": ("a = 1", "n = 1\nn + 1", "n", True),
    "new names": ("import builtins", "n = 1\nif n == 2:\n    b = n", "'b' in globals()", True),
    "a generator": (
        "import numpy as np\nrng = np.random.default_rng(0)", "n = 1\nx = rng.random(n)", "rng.random()", True
    ),
    "Python's generator": ("import random\nrandom.seed(1)", "n = 1\nrandom.random()**n;", "random.random()", True),
    "NumPy's generator": (
        "import numpy as np\nnp.random.seed(1)", "n = 1\nx = np.random.rand(n)", "np.random.rand()", True
    ),
    "PyTorch's generator": (
        "import torch\ntorch.manual_seed(1);", "n = 1\nx = torch.rand(n)", "torch.rand(1).item()", True
    ),
    "how arrays are printed": (
        "import numpy as np", "n = 1\nif n == 2:\n    np.set_printoptions(precision=1)", "np.array([0.123])", True
    ),
    "what Python keeps of warnings": (
        "import warnings\nwarnings.warn('first')", "n = 1\nwarnings.warn(f'{n}')", "n", True
    ),
    "a list": ("a = []", "n = 1\na.append(n)", "a", False),
    "a list that cannot be pickled": ("a = [lambda: 0]", "n = 1\na.append(n)", "a[1:]", False),
    "an array": ("import numpy as np\na = np.zeros(3)", "n = 1\na += n", "a", False),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "seen"),
    # Of what cannot be pickled only outputs know.
    [(name, seen) for name in LEFT for seen in (True, False) if seen or "cannot be pickled" not in name],
)
def test_what_a_trial_leaves_behind_reaches_no_other_trial(tmp_path, name, seen):
    before, changed, shown, put_back = LEFT[name]
    path = as_it_runs(tmp_path, [before, changed, f"print({shown if seen else ''})", "print(n - n)"])
    # The same thrice: none must see what another has done. And one that looks itself.
    changes = {i: CHANGE for i in range(3)} | {"look": ("print(n - n)", f"print({shown})")}
    trials = Trials(path, changes, enough=lambda differences: False)
    for change, (old, new) in changes.items():
        folder = tmp_path / str(change)
        folder.mkdir()
        alone = run_chapter(changed_copy(path, folder, old, new), first_only=False)
        assert trials.outcome(change) == alone, change
    # What has been seen is found out at the end, so that no trial counts; else those before it do.
    assert trials.alone == ([] if put_back else list(changes) if seen else [1, 2, "look"])


def as_it_runs(tmp_path, sources):
    """A notebook whose stored outputs are what its cells give."""
    path = chapter(tmp_path, *[(source,) for source in sources])
    outputs = {}
    for difference in run_chapter(path, first_only=False):
        kind, text = difference.kind, difference.got
        stored = result(**{kind.replace("/", "_"): text}) if "/" in kind else stream(text, kind)
        outputs[difference.cell] = stored
    made = [(source, *([outputs[i]] if i in outputs else [])) for i, source in enumerate(sources, start=2)]
    path = chapter(tmp_path, *made)
    assert run_chapter(path) == []
    return path


def test_another_version_runs_in_its_folder_from_its_first_other_cell_on(package, tmp_path):
    package[0].runs = []
    count = (f"import os\nfrom {PACKAGE} import base\nbase.runs.append(0)\nx = 1",)
    where = ("print(os.path.basename(os.getcwd()), x)",)
    path = chapter(tmp_path, count, ("x = 2",), ("print(x)", stream("2\n")))
    versions = {
        "without a cell": (count, ("print(x)", stream("2\n"))),
        "with another": (count, ("x = 2",), (where[0], stream("with another 2\n")), ("print(x)", stream("2\n"))),
        "with another output": (count, ("x = 2",), ("print(x)", stream("3\n"))),
        "shorter": (count, ("x = 2",)),
        "the same": (count, ("x = 2",), ("print(x)", stream("2\n"))),
    }
    changes = {}
    for name, cells in versions.items():
        (tmp_path / name).mkdir()
        changes[name] = chapter(tmp_path / name, *cells)
    trials = Trials(path, changes)
    found = {name: trials.outcome(name) for name in versions}
    assert len(package[0].runs) == 2 and trials.alone == []
    assert found == {name: run_chapter(changes[name]) for name in versions}
    assert [name for name in versions if found[name]] == ["without a cell", "with another output"]
    # In runs of their own it is the same.
    trials = Trials(path, changes)
    trials.tried_on_the_way = lambda: "differences that were not there"
    assert {name: trials.outcome(name) for name in versions} == found
    assert trials.alone == list(versions)


def test_a_notebook_that_is_not_as_stored_says_so(tmp_path):
    path = chapter(tmp_path, ("x = 1",), ("print(x)", stream("2\n")), ("print(x)", stream("1\n")))
    trials = Trials(path, {"it": ("x = 1", "x = 2"), "too": ("x = 1", "x = 3")})
    assert trials.run_as_it_is() == [Difference(3, "stdout", "2\n", "1\n")]
    assert trials.outcome("it") == [Difference(4, "stdout", "1\n", "2\n")]
    assert trials.outcome("too") == [Difference(3, "stdout", "2\n", "3\n")]


@pytest.mark.parametrize(
    "change, error, message",
    [
        (("x", "y"), ValueError, "Trials: 'x' occurs 2 times in made.ipynb, expected exactly once"),
        (("x = 1", "x = 1"), ValueError, "Trials: new is 'x = 1', expected something else than old"),
        ((f"{PACKAGE}.base", "4 * x", "3 * x"), ValueError, "plant: '4 \\* x' occurs 0 times"),
        ((f"{PACKAGE}.base", "2 * x", "2 * x"), ValueError, "plant: new is"),
        ((f"{PACKAGE}.base", "2 * x", "2 *"), SyntaxError, "invalid syntax"),
        ((f"{PACKAGE}.base", "LIMIT = 5", "LIMIT = 1 / 0"), ZeroDivisionError, "division by zero"),
        ((f"{PACKAGE}.missing", "a", "b"), ModuleNotFoundError, "missing"),
    ],
)
def test_a_change_that_cannot_be_made_says_so_and_hinders_no_other(package, tmp_path, change, error, message):
    path = chapter(tmp_path, (f"from {PACKAGE}.base import double\nx = 1",), ("print(double(x))", stream("2\n")))
    trials = Trials(path, {"bad": change, "good": ("x = 1", "x = 2"), "fault": (package[0], "2 * x", "3 * x")})
    for _ in range(2):
        with pytest.raises(error, match=message):
            trials.outcome("bad")
    assert trials.outcome("good") == [Difference(3, "stdout", "2\n", "4\n")]
    assert trials.outcome("fault") == [Difference(3, "stdout", "2\n", "3\n")]
    with pytest.raises(KeyError):
        trials.outcome("another")


def test_a_run_leaves_no_shell_behind(tmp_path):
    # IPython would keep each to the end of the process, and empty them one by one.
    path = chapter(tmp_path, ("class Big:\n    pass\nbig = Big()\nimport weakref\nleft.append(weakref.ref(big))",))
    builtins.left = left = []
    try:
        assert run_chapter(path) == []
    finally:
        del builtins.left
    gc.collect()
    assert [reference() for reference in left] == [None]
