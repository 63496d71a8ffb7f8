"""A wrong formula in a module fails its unit tests: faults are planted one by one, and the tests notice each.

The first run, without a fault, notes which functions each test calls and how long it takes. With a fault, those that
call what is changed come first, the quickest of them before the others. Which test fails first does not matter.
"""

import functools
import importlib
import inspect
import itertools
import operator
import time

import pytest
import unit_faults
from chapter_runner import changed_source, plant
from hypothesis import Phase, settings
from scripts import load_script
from trials import changed_functions, watch

# One failure is enough: hypothesis need not look for the smallest example, nor explain it.
settings.register_profile("faults", settings.get_profile("mathdnn"), phases=set(Phase) - {Phase.shrink, Phase.explain})


def unit_tests(module):
    """The tests of a module that need no fixtures, by name, with the settings of this file.

    They are loaded once more each time: what they import by its name has the fault that is there.
    """
    settings.load_profile("faults")
    try:
        tests = load_script(f"tests/test_{module}.py")
    finally:
        settings.load_profile("mathdnn")
    return {
        f"{name} {number}": functools.partial(test, **given)
        for name, test in vars(tests).items()
        if name.startswith("test_") and callable(test)
        for number, given in enumerate(parameters(test))
        if not {*arguments(test)} - {*given}
    }


def parameters(test):
    """What the marks of a test pass to it, a dictionary for each case; none if there are other marks."""
    marks = getattr(test, "pytestmark", [])
    if any(mark.name != "parametrize" or "indirect" in mark.kwargs for mark in marks):
        return []
    choices = []
    for mark in marks:
        names, cases = mark.args
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        cases = [
            getattr(case, "values", case) if len(names) > 1 or hasattr(case, "values") else [case] for case in cases
        ]
        choices.append([dict(zip(names, case, strict=True)) for case in cases])
    return [functools.reduce(operator.or_, choice, {}) for choice in itertools.product(*choices)]


def failing(tests):
    """Name of the first test function that fails, or None."""
    for name, test in tests.items():
        try:
            test()
        except (Exception, pytest.fail.Exception):
            return name
    return None


@functools.cache
def first_run(module):
    """What fails without a fault, or None; and for each test what it calls of what has faults, and its seconds."""
    source = importlib.import_module(f"mathdnn_utils.{module}")
    names = set().union(*(changed(module, name) for name in unit_faults.ALL[module]))
    notes, calls = {}, set()
    with watch(source, names, lambda call: calls.add(call[1])):
        for name, test in unit_tests(module).items():
            calls.clear()
            start = time.perf_counter()
            if failing({name: test}):
                return name, notes
            notes[name] = set(calls), time.perf_counter() - start
    return None, notes


def changed(module, name):
    """The functions that a fault changes, if it changes nothing else."""
    source = importlib.import_module(f"mathdnn_utils.{module}")
    return changed_functions(source, changed_source(source, *unit_faults.ALL[module][name]))


def arguments(test):
    """Fixtures that a test asks for; hypothesis fills in its own arguments."""
    return [] if hasattr(test, "hypothesis") else list(inspect.signature(test).parameters)


@pytest.mark.parametrize("module", unit_faults.ALL)
def test_the_unit_tests_pass_without_a_fault(module):
    assert unit_tests(module)
    assert first_run(module)[0] is None


@pytest.mark.filterwarnings("ignore")  # of a fault
@pytest.mark.parametrize(
    ("module", "name"), [pytest.param(m, n, id=f"{m}: {n}") for m, faults in unit_faults.ALL.items() for n in faults]
)
def test_the_unit_tests_notice(module, name):
    notes, calls = first_run(module)[1], changed(module, name)
    order = sorted(notes, key=lambda test: (not calls & notes[test][0], notes[test][1]))
    with plant(importlib.import_module(f"mathdnn_utils.{module}"), *unit_faults.ALL[module][name]):
        tests = unit_tests(module)
        assert failing({test: tests[test] for test in order})
