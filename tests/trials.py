"""Try many changes of a notebook, one at a time, without running it from its start for each of them.

A change shows at the earliest in the cell that it changes, or in the first one that calls a function that it changes.
So the notebook runs twice as it is. The first run notes in which cell each of these functions is called first. The
second one halts before the cells so found: from there the cells run with the change, until something differs; then all
names get their values back, the random generators their states, and the run goes on.

Other objects that a trial has changed (a list that is longer now) stay so. Therefore all values that can be pickled are
compared with what they were: after a trial that has left something behind, each change has a run of its own. In the
end the cells must have given the outputs of the first run, or no trial counts. A fault that nothing has noticed on the
way, and one that is not in plain functions alone, have a run of their own as well.
"""

import ast
import contextlib
import importlib
import io
import pickle
import random
import sys
import types
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from chapter_runner import changed_source, chapter_shell, code_cells, plant, run_cells, source_of
from matplotlib.artist import Artist

# What functions call that are watched, as a global name of their module.
WATCH = "_called_in_a_trial"


class Trials:
    """Changes of a notebook or of the package, each to be tried alone.

    Parameters
    ----------
    path : Path
        The notebook. Its folder is the current one while it runs.
    changes : dict
        Name -> (old, new) of the notebook's code cells, or (module, old, new) of a module, given by itself or by its
        name. The text `old` stands there exactly once. Or the path of another version of the notebook.
    enough : function of the differences of one cell
        Whether a trial ends with them; by default it ends at the first cell that differs.
    meanwhile : function that returns a context
        In which a change of the notebook is tried.

    Attributes
    ----------
    differences : list of Difference
        Of the first run, as it is; None before.
    namespace : dict
        The names at the end of that run.
    alone : list
        The changes that had a run of their own; None before.
    """

    def __init__(self, path, changes, *, enough=bool, meanwhile=contextlib.nullcontext):
        self.path, self.enough, self.meanwhile = Path(path).resolve(), enough, meanwhile
        self.cells = code_cells(self.path)
        self.differences, self.namespace, self.found, self.alone = None, None, None, None
        self.changed_cells, self.versions, self.faults, self.first, self.errors = {}, {}, {}, {}, {}
        for name, change in changes.items():
            try:
                if isinstance(change, Path):
                    cells = code_cells(change)
                    self.versions[name] = change.resolve(), cells, first_other(self.cells, cells)
                elif len(change) == 2:
                    self.changed_cells[name] = changed_cell(self.cells, *change, self.path.name)
                else:
                    module, old, new = change
                    module = importlib.import_module(module) if isinstance(module, str) else module
                    self.faults[name] = module, old, new, changed_functions(module, changed_source(module, old, new))
            except Exception as error:  # of this change; the others can be tried
                self.errors[name] = error

    def run_as_it_is(self):
        """Run the notebook once and note where the functions with faults are called first: the differences."""
        called, here = {}, [0]
        watched = defaultdict(set)
        for module, _, _, functions in self.faults.values():
            watched[module] |= functions
        with contextlib.ExitStack() as stack:
            for module, functions in watched.items():
                # A function that is called when its module is loaded is called in cell 0.
                stack.enter_context(watch(module, functions, lambda key: called.setdefault(key, here[0])))
            shell = stack.enter_context(chapter_shell(self.path.parent))
            self.differences = []
            for cell in self.cells:
                here[0] = cell.number
                self.differences += run_cells(shell, [cell])
            self.namespace = dict(shell.user_ns)
        for name, (module, _, _, functions) in self.faults.items():
            self.first[name] = min((called.get((module.__name__, f), np.inf) for f in functions), default=0)
        return self.differences

    def outcome(self, name):
        """The differences that a change makes, in the order of the cells, up to those that are enough.

        Raises
        ------
        ValueError
            If there is no such place, or no change.
        """
        if self.found is None:
            self.try_all()
        if name in self.errors:
            raise self.errors[name]
        return self.found[name]

    def try_all(self):
        """Try every change."""
        if self.differences is None:
            self.run_as_it_is()
        self.found = {}
        if self.tried_on_the_way() != self.differences:
            self.found = {}
        names = [*self.changed_cells, *self.versions, *self.faults]
        self.alone = [name for name in names if name not in self.found]
        for name in self.alone:
            try:
                self.found[name] = self.tried_alone(name)
            except Exception as error:
                self.errors[name] = error

    def tried_on_the_way(self):
        """Run the notebook as it is, and from some cells on with changes: the differences without them."""
        begins = defaultdict(list)
        for name, cell in self.changed_cells.items():
            begins[cell.number].append(name)
        for name, (_, _, i) in self.versions.items():
            begins[self.cells[i].number].append(name)
        for name, number in self.first.items():
            begins[number].append(name)
        differences, left_behind = [], False
        with chapter_shell(self.path.parent) as shell:
            for i, cell in enumerate(self.cells):
                for name in begins[cell.number]:
                    if left_behind:
                        break
                    # What cannot be done here is done alone, and says there why.
                    before = contents(shell)
                    with contextlib.suppress(Exception), restored(shell):
                        self.try_from(shell, i, name)
                    left_behind = contents(shell) != before
                differences += run_cells(shell, [cell])
        return differences

    def try_from(self, shell, i, name):
        """Run the cells from one on with a change."""
        if name in self.changed_cells:
            with self.meanwhile():
                self.found[name] = run_cells(shell, [self.changed_cells[name], *self.cells[i + 1 :]], self.enough)
            return
        if name in self.versions:
            path, cells, _ = self.versions[name]
            with contextlib.chdir(path.parent):
                self.found[name] = run_cells(shell, cells[i:], self.enough)
            return
        module, old, new, functions = self.faults[name]
        with run_instead(module, ast.parse(changed_source(module, old, new)), functions):
            differences = run_cells(shell, self.cells[i:], self.enough)
        if self.enough(differences):
            self.found[name] = differences

    def tried_alone(self, name):
        """Run the whole notebook with a change."""
        folder, cells, planted = self.path.parent, self.cells, contextlib.nullcontext()
        if name in self.versions:
            path, cells, _ = self.versions[name]
            folder = path.parent
        elif name in self.changed_cells:
            changed = self.changed_cells[name]
            cells = [changed if cell.number == changed.number else cell for cell in cells]
            planted = self.meanwhile()
        else:
            planted = plant(*self.faults[name][:3])
        with planted, chapter_shell(folder) as shell:
            return run_cells(shell, cells, self.enough)


def changed_cell(cells, old, new, name):
    """The code cell that holds a text, with another one in its place."""
    count = sum(cell.source.count(old) for cell in cells)
    if count != 1:
        raise ValueError(f"Trials: {old!r} occurs {count} times in {name}, expected exactly once")
    if old == new:
        raise ValueError(f"Trials: new is {new!r}, expected something else than old because that is no change")
    (cell,) = [cell for cell in cells if old in cell.source]
    return replace(cell, source=cell.source.replace(old, new))


def first_other(cells, others):
    """The place of the first cell that another version has not, or has with other outputs; at most that of its last."""
    for i, (cell, other) in enumerate(zip(cells, others)):
        if (cell.source, cell.stored) != (other.source, other.stored):
            return i
    return min(len(cells), len(others)) - 1


@contextlib.contextmanager
def restored(shell):
    """Give all names of a shell their values back afterwards, and random generators their states."""
    names = dict(shell.user_ns)
    generators = [value.bit_generator for value in names.values() if isinstance(value, np.random.Generator)]
    states = [generator.state for generator in generators]
    torch, numpy_state, python_state = sys.modules.get("torch"), np.random.get_state(), random.getstate()
    torch_state = torch and torch.get_rng_state()
    with np.printoptions(), np.errstate():
        try:
            yield
        finally:
            shell.user_ns.clear()
            shell.user_ns.update(names)
            for generator, state in zip(generators, states):
                generator.state = state
            np.random.set_state(numpy_state)
            random.setstate(python_state)
            if torch:
                torch.set_rng_state(torch_state)


class Pickler(pickle.Pickler):
    """Takes pictures for unchanged: they are pickled otherwise each time, and their descriptions are outputs."""

    def persistent_id(self, value):
        return type(value).__name__ if isinstance(value, Artist) else None


def contents(shell):
    """What a notebook's names stand for, where it can be pickled, in pickled form."""
    found = {}
    for name, value in shell.user_ns.items():
        # IPython's own names, and _, are its history.
        if name not in shell.user_ns_hidden and name[0] != "_" and not isinstance(value, types.ModuleType):
            file = io.BytesIO()
            with contextlib.suppress(Exception):
                Pickler(file).dump(value)
                found[name] = file.getvalue()
    return found


# Functions whose code is exchanged while they stay the objects that they are: whoever holds them calls the other code.


def definitions(tree, prefix=""):
    """The functions in the body of a module and of its classes: (name, definition), the class before the name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from definitions(node, f"{prefix}{node.name}.")


def changed_functions(module, source):
    """Names of the functions in which a source of a module differs from its own.

    The set is empty if there is another difference, or if a function is not the object that its definition makes: a
    decorator may have made something else of it.
    """
    trees = ast.parse(source_of(module)), ast.parse(source)
    before, after = (list(definitions(tree)) for tree in trees)
    changed = {name for (name, a), (_, b) in zip(before, after) if ast.dump(a) != ast.dump(b)}
    for _, node in before + after:
        if node.decorator_list and node.name in {name.rpartition(".")[2] for name in changed}:
            return set()
        node.args, node.body, node.returns = ast.arguments([], [], None, [], [], None, []), [], None
    plain = all(isinstance(value_of(vars(module), name), types.FunctionType) for name in changed)
    return changed if plain and ast.dump(trees[0]) == ast.dump(trees[1]) else set()


def value_of(namespace, name):
    """What a function's name, or Class.name, stands for, or None."""
    *classes, name = name.split(".")
    for owner in classes:
        namespace = vars(namespace[owner]) if isinstance(namespace.get(owner), type) else {}
    return namespace.get(name)


@contextlib.contextmanager
def run_instead(module, tree, names):
    """Let functions of a module run the code that another tree has for them."""
    namespace = dict(vars(module))
    exec(compile(tree, module.__file__, "exec"), namespace)
    pairs = [(value_of(vars(module), name), value_of(namespace, name)) for name in names]
    saved = [(function, *code_of(function)) for function, _ in pairs]
    try:
        for function, other in pairs:
            function.__code__, function.__defaults__, function.__kwdefaults__ = code_of(other)
        yield
    finally:
        for function, *code in saved:
            function.__code__, function.__defaults__, function.__kwdefaults__ = code


def code_of(function):
    return function.__code__, function.__defaults__, function.__kwdefaults__


@contextlib.contextmanager
def watch(module, names, note):
    """Note each call of functions of a module, as (name of the module, name)."""
    tree = ast.parse(source_of(module))
    for name, node in definitions(tree):
        if name in names:
            node.body.insert(0, ast.parse(f"{WATCH}({name!r})").body[0])
    setattr(module, WATCH, lambda name: note((module.__name__, name)))
    try:
        with run_instead(module, tree, names):
            yield
    finally:
        delattr(module, WATCH)
