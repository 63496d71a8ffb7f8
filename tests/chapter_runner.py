"""Run a chapter's code cells in this process, if wanted with a fault planted in the package, and compare the outputs.

`run_chapter(path)` returns the differences from the stored outputs, as nbval would find them but without a kernel.
`plant(module, old, new)` changes the source of a module for the duration of a `with` block. To try many changes of one
notebook there is `trials.py`.
"""

import atexit
import contextlib
import io
import json
import os
import sys
import tempfile
import warnings
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

# What nbval does not compare either: pictures, for which the text beside them stands.
NOT_COMPARED = ("image/png", "image/jpeg")
# Values that Python shares between places that have nothing to do with each other.
SHARED = (type(None), bool, int, float, complex, str, bytes)


@dataclass(frozen=True)
class Difference:
    """One output that is not as stored.

    Attributes
    ----------
    cell : int
        Number of the cell in the notebook, from 1, Markdown and code counted.
    kind : str
        "stdout", "stderr", "error", or a type such as "text/plain".
    stored, got : str
        The stored outputs of this kind and the new ones; empty where there are none.
    """

    cell: int
    kind: str
    stored: str
    got: str

    def __str__(self):
        return f"cell {self.cell}: {self.kind} differs\n--- stored\n{self.stored}\n--- now\n{self.got}"


class Recorder(DisplayHook):
    """Keeps the value of a cell's last line instead of printing it."""

    def __call__(self, result=None):
        if result is None or self.quiet():
            return
        data, _ = self.shell.display_formatter.format(result)
        if data:  # empty where the object displayed itself
            self.shell.recorded.append(data)
        self.update_user_ns(result)
        self.fill_exec_result(result)


class Publisher(DisplayPublisher):
    """Keeps what `display` shows."""

    def publish(self, data, metadata=None, **options):
        self.shell.recorded.append(data)


class ChapterShell(InteractiveShell):
    """A shell that records a cell's outputs."""

    displayhook_class = Type(Recorder)
    display_pub_class = Type(Publisher)
    recorded: list
    error: tuple

    def _showtraceback(self, etype, evalue, stb):
        self.error = (etype.__name__, str(evalue))


@contextlib.contextmanager
def chapter_shell(folder):
    """A shell in a folder that leaves this process as it was."""
    before = os.getcwd(), list(sys.path), sys.modules.get("__main__"), os.environ.get("MPLBACKEND")
    hooks = sys.displayhook, sys.excepthook
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryAccessor.enabled = False
    config.InteractiveShell.xmode = "Minimal"  # only the last line of a traceback is compared
    InteractiveShell.clear_instance()
    with tempfile.TemporaryDirectory() as home, np.printoptions(), np.errstate(), warnings.catch_warnings():
        try:
            os.environ["MPLBACKEND"] = "agg"
            if "matplotlib" in sys.modules:
                sys.modules["matplotlib"].use("agg", force=True)
            os.chdir(folder)
            shell = ChapterShell.instance(config=config, ipython_dir=home)
            # Else the process would keep each shell to its end, and then empty them one by one.
            atexit.unregister(shell.atexit_operations)
            yield shell
        finally:
            ChapterShell.clear_instance()
            os.chdir(before[0])
            sys.path[:] = before[1]
            sys.modules["__main__"] = before[2]
            sys.displayhook, sys.excepthook = hooks
            if before[3] is None:
                os.environ.pop("MPLBACKEND", None)
            else:
                os.environ["MPLBACKEND"] = before[3]
            if "matplotlib.pyplot" in sys.modules:
                sys.modules["matplotlib.pyplot"].close("all")


def run_cell(shell, source):
    """Run one cell: its outputs as kind -> list of texts."""
    shell.recorded, shell.error = [], None
    stdout, stderr = io.StringIO(), io.StringIO()
    with warnings.catch_warnings(record=True) as caught:
        # What a kernel shows: everything but what Python ignores by default; deprecations where a cell causes them.
        warnings.resetwarnings()
        for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)
        warnings.filterwarnings("default", category=DeprecationWarning, module="__main__")
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            shell.run_cell(source, store_history=True)
    for warning in caught:
        stderr.write(f"{warning.category.__name__}: {warning.message}\n")
    outputs = defaultdict(list)
    for name, text in (("stdout", stdout.getvalue()), ("stderr", stderr.getvalue())):
        if text:
            outputs[name].append(text)
    for data in shell.recorded:
        add_data(outputs, data)
    if shell.error:
        outputs["error"].append(": ".join(shell.error))
    return outputs


def add_data(outputs, data):
    """Add one displayed object, type by type."""
    for kind, content in data.items():
        if kind not in NOT_COMPARED:
            outputs[kind].append(content if isinstance(content, str) else json.dumps(content, sort_keys=True))


def joined(text):
    """A text that a notebook stores whole or in lines."""
    return text if isinstance(text, str) else "".join(text)


def stored_outputs(cell):
    """The outputs of a cell as they are stored, as kind -> list of texts; each stream in one piece."""
    outputs = defaultdict(list)
    streams = defaultdict(str)
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            streams[output["name"]] += joined(output["text"])
        elif output["output_type"] == "error":
            outputs["error"].append(f"{output['ename']}: {output['evalue']}")
        else:
            text = {k: joined(v) if isinstance(v, (str, list)) else v for k, v in output["data"].items()}
            add_data(outputs, text)
    for name, text in streams.items():
        outputs[name].append(text)
    return outputs


@dataclass(frozen=True)
class CodeCell:
    """A code cell: its number in the notebook, its text, and its stored outputs as kind -> list of texts."""

    number: int
    source: str
    stored: dict


def code_cells(path):
    """The code cells of a notebook.

    Raises
    ------
    ValueError
        If there is none, so that nothing could differ.
    """
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    found = [
        CodeCell(number, joined(cell["source"]), stored_outputs(cell))
        for number, cell in enumerate(cells, start=1)
        if cell["cell_type"] == "code"
    ]
    if not found:
        raise ValueError(
            f"run_chapter: {Path(path).name} has no code cells, expected at least one because nothing could differ"
        )
    return found


def run_cells(shell, cells, enough=lambda differences: False):
    """Run cells one after the other: the differences, up to those of the first cell that are enough."""
    differences = []
    for cell in cells:
        stored, got = cell.stored, run_cell(shell, cell.source)
        here = [
            Difference(cell.number, kind, "\n".join(stored.get(kind, [])), "\n".join(got.get(kind, [])))
            for kind in sorted({*stored, *got})
            if stored.get(kind, []) != got.get(kind, [])
        ]
        differences += here
        if enough(here):
            break
    return differences


def run_chapter(path, fault=None, first_only=True):
    """Run the code cells of a notebook and compare their outputs with the stored ones.

    Parameters
    ----------
    path : path-like
        The notebook. Its folder is the current one while it runs.
    fault : tuple (module, old, new), optional
        What `plant` takes; the fault is there while the notebook runs.
    first_only : bool
        Stop at the first cell that differs.

    Returns
    -------
    list of Difference
        In the order of the cells; empty if everything is as stored.

    Raises
    ------
    ValueError
        If the notebook has no code cell, so that nothing could differ, or if the fault cannot be planted.
    """
    path = Path(path).resolve()
    cells = code_cells(path)
    with plant(*fault) if fault else contextlib.nullcontext(), chapter_shell(path.parent) as shell:
        return run_cells(shell, cells, enough=lambda differences: first_only and differences)


def changed_copy(path, folder, old, new):
    """Write a copy of a notebook in which one place of the code is another.

    Parameters
    ----------
    path : Path
        The notebook.
    folder : Path
        Where the copy goes, under the same name.
    old, new : str
        What stands in the code cells, exactly once, and what shall stand there.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    ValueError
        If old does not occur exactly once in the code cells, or new is the same.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    count = sum(joined(cell["source"]).count(old) for cell in code)
    if count != 1:
        raise ValueError(f"changed_copy: {old!r} occurs {count} times in {path.name}, expected exactly once")
    if old == new:
        raise ValueError(f"changed_copy: new is {new!r}, expected something else than old because that is no change")
    for cell in code:
        cell["source"] = joined(cell["source"]).replace(old, new)
    copy = folder / path.name
    copy.write_text(json.dumps(notebook), encoding="utf-8")
    return copy


def package_modules(root):
    """The loaded modules of a package, by name."""
    return {name: m for name, m in list(sys.modules.items()) if m and (name == root or name.startswith(root + "."))}


def source_of(module):
    return Path(module.__file__).read_text(encoding="utf-8")


def changed_source(module, old, new):
    """The source of a module with a fault in it; a ValueError if there is no such place, or no fault."""
    source = source_of(module)
    if source.count(old) != 1:
        raise ValueError(f"plant: {old!r} occurs {source.count(old)} times in {module.__name__}, expected exactly once")
    if old == new:
        raise ValueError(f"plant: new is {new!r}, expected something else than old because that is no fault")
    return source.replace(old, new)


@contextlib.contextmanager
def plant(module, old, new):
    """Run a module with one place of its source changed.

    Parameters
    ----------
    module : module
        Loaded from a source file.
    old, new : str
        What stands there, exactly once, and what shall stand there.

    Raises
    ------
    ValueError
        If old does not occur exactly once in the source, or new is the same.

    Notes
    -----
    Functions and classes that other modules of the package have imported by name are exchanged there too. Afterwards
    all modules hold the objects they held before, and modules of the package that were loaded meanwhile are forgotten.
    """
    code = compile(changed_source(module, old, new), module.__file__, "exec")
    root = module.__name__.partition(".")[0]
    before = package_modules(root)
    saved = {name: dict(vars(loaded)) for name, loaded in before.items()}
    try:
        exec(code, vars(module))
        exchange(module, saved[module.__name__], before)
        yield module
    finally:
        for name, loaded in before.items():
            vars(loaded).clear()
            vars(loaded).update(saved[name])
        for name in set(package_modules(root)) - set(before):
            del sys.modules[name]


def exchange(module, old, modules):
    """Put a module's new objects where modules of its package hold the old ones."""
    new = {id(value): vars(module)[name] for name, value in old.items() if name in vars(module)}
    for loaded in modules.values():
        if loaded is module:
            continue
        for name, value in list(vars(loaded).items()):
            if name.startswith("__") or id(value) not in new:
                continue
            if not isinstance(value, SHARED):
                setattr(loaded, name, new[id(value)])
            elif name in old and old[name] is value:
                setattr(loaded, name, vars(module)[name])
