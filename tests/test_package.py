"""The package as a whole: what an import costs, which names are public, and who may import whom."""

import ast
import inspect
import json
import re
import subprocess
import sys
import textwrap
from importlib import import_module
from pathlib import Path

import pytest
from notebooks import BOOK, labels, load

import mathdnn_utils

PACKAGE = Path(mathdnn_utils.__file__).parent
HEAVY = {"torch", "sympy", "scipy", "matplotlib", "IPython", "nbformat"}
# What a formula may be made of; everything else belongs to verify, figures and the website.
MAY_IMPORT = {"numpy", "scipy", "mathdnn_utils"}
NOT_MATHEMATICAL = {"__init__", "figures", "listing", "_alt_text", "_diagrams", "_grids"}
MATHEMATICAL = sorted(path for path in PACKAGE.glob("*.py") if path.stem not in NOT_MATHEMATICAL)
PUBLIC = mathdnn_utils._SUBMODULES


def loaded_by(statement):
    """What a fresh interpreter has loaded after a statement: top-level packages, and modules of ours."""
    script = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    names = json.loads(run.stdout)
    ours = {name for name in names if name.split(".")[0] == "mathdnn_utils"}
    return {name.split(".")[0] for name in names}, ours


def test_importing_the_package_loads_numpy_and_nothing_else():
    top, ours = loaded_by("import mathdnn_utils")
    assert ours <= {"mathdnn_utils"}
    numpys_own, _ = loaded_by("import numpy")
    assert top <= numpys_own | {"mathdnn_utils"}


def test_importing_verify_loads_no_oracle_and_no_picture():
    top, ours = loaded_by("import mathdnn_utils.verify")
    assert "mathdnn_utils.verify.claims" in ours
    assert not top & HEAVY


def test_submodules_come_when_they_are_used():
    _, ours = loaded_by("import mathdnn_utils; mathdnn_utils.verify.compare")
    assert "mathdnn_utils.verify.compare" in ours and "mathdnn_utils.activations" not in ours
    assert set(PUBLIC) <= set(dir(mathdnn_utils))
    assert mathdnn_utils.verify is import_module("mathdnn_utils.verify")
    with pytest.raises(AttributeError, match="module 'mathdnn_utils' has no attribute 'nothing'"):
        mathdnn_utils.nothing


def imported_names(tree):
    """(top-level package, how far up a relative import goes, its module) of every import, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], 0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level or module == "mathdnn_utils":
                inside = module.removeprefix("mathdnn_utils")
                yield from (("mathdnn_utils", node.level, inside or alias.name) for alias in node.names)
            else:
                yield module.split(".")[0], 0, module


def forbidden_imports(source):
    """Imports that a mathematical module must not have."""
    found = []
    for top, level, module in imported_names(ast.parse(source)):
        parts = module.removeprefix("mathdnn_utils").strip(".").split(".")
        ours = top == "mathdnn_utils"
        if ours and (level > 1 or parts[0] in {"verify", *NOT_MATHEMATICAL}):
            found.append(module)
        elif not ours and top not in MAY_IMPORT and top not in sys.stdlib_module_names:
            found.append(module)
    return found


@pytest.mark.parametrize("path", MATHEMATICAL, ids=lambda path: path.stem)
def test_mathematical_modules_import_numpy_scipy_and_each_other(path):
    assert forbidden_imports(path.read_text(encoding="utf-8")) == []


def test_the_guard_on_imports_sees_what_it_guards_against():
    for line in (
        "import torch", "import matplotlib.pyplot as plt", "from sympy import Symbol", "def f():\n    import torch",
        "from .verify import compare", "from . import verify", "from mathdnn_utils import verify",
        "import mathdnn_utils.verify",
        "from mathdnn_utils.verify.compare import agree", "from ..figures import show", "from .figures import show",
    ):  # fmt: skip
        assert forbidden_imports(line), line
    for line in (
        "import numpy as np",
        "from scipy.special import expit",
        "from ._validation import x",
        "import operator",
    ):
        assert forbidden_imports(line) == []


def test_there_is_a_mathematical_module_to_guard():
    assert "activations" in [path.stem for path in MATHEMATICAL]


def public_names(module):
    """The names in __all__, or the functions and classes that the module itself defines and does not hide."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and callable(value) and getattr(value, "__module__", "") == module.__name__
    ]


def all_public():
    modules = [import_module(f"mathdnn_utils.{name}") for name in PUBLIC]
    return [pytest.param(m, n, id=f"{m.__name__}.{n}") for m in modules for n in public_names(m)]


def contains(function, kind):
    """Whether the source of a function has a statement of a kind: `raise`, or `return` with a value."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return any(isinstance(node, kind) and (kind is ast.Raise or node.value is not None) for node in ast.walk(tree))


def sections_missing(function, may_raise):
    """Sections of the docstring that a reader of a function with arguments would look for in vain."""
    if not inspect.signature(function).parameters:
        return []
    wanted = ["Parameters", "Examples"]
    wanted += ["Returns"] if contains(function, ast.Return) else []
    wanted += ["Raises"] if may_raise or contains(function, ast.Raise) else []
    doc = inspect.getdoc(function) or ""
    return [section for section in wanted if f"{section}\n{'-' * len(section)}\n" not in doc]


@pytest.mark.parametrize("module, name", all_public())
def test_public_names_exist_and_are_documented(module, name):
    value = getattr(module, name)
    doc = inspect.getdoc(value)
    assert doc and len(doc.splitlines()[0]) > 10
    if inspect.isfunction(value):
        # The helpers of formulas and checks raise for them; a drawing raises for itself.
        missing = sections_missing(value, may_raise=module.__name__ != "mathdnn_utils.figures")
        # What `show` does is a picture, which no doctest can print: the chapters are its examples.
        assert missing == (["Examples"] if (module.__name__, name) == ("mathdnn_utils.figures", "show") else [])
        for parameter in inspect.signature(value).parameters:
            assert re.search(rf"^\*?({parameter}\b|.*, {parameter}\b).*", doc, re.MULTILINE), (
                f"{parameter} is not described"
            )


def test_the_guard_on_docstrings_sees_what_is_missing():
    def bare(x):
        """Say something of x."""
        if x:
            raise ValueError
        return x

    assert sections_missing(bare, may_raise=False) == ["Parameters", "Examples", "Returns", "Raises"]


def test_verify_has_the_names_that_readers_rely_on():
    import mathdnn_utils.verify as verify

    assert {
        "check_jacobian", "check_gradient", "check_identity", "check_inequality", "check_steps", "compare", "Report",
        "CheckFailed", "finite_difference_jacobian", "complex_step_jacobian", "autodiff_jacobian", "symbolic_jacobian",
        "check_answer", "check_prose",
    } <= set(verify.__all__)  # fmt: skip
    assert len(verify.__all__) == len(set(verify.__all__))


def test_no_module_asserts():
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)], path.name


def test_equations_named_in_docstrings_are_in_their_chapters():
    several = r"Equations?\s+(eq-[\w-]+(?:(?:,|\s+and)\s+eq-[\w-]+)*)\s+of\s+(\w+/[\w-]+)"
    named = {
        (chapter, label)
        for path in PACKAGE.rglob("*.py")
        for listed, chapter in re.findall(several, path.read_text(encoding="utf-8"))
        for label in re.findall(r"eq-[\w-]+", listed)
    }
    assert named
    for chapter, label in sorted(named):
        assert (BOOK / f"{chapter}.ipynb").exists(), f"a docstring names {chapter}, which is no notebook yet"
        assert label in labels(load(BOOK / f"{chapter}.ipynb")), f"{label} is no label of {chapter}"
