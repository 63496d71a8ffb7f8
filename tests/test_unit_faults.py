"""A wrong formula in a module fails its unit tests: faults are planted one by one, and the tests notice each."""

import importlib
import inspect

import pytest
import unit_faults
from chapter_runner import plant


def failing_unit_test(tests):
    """Name of the first test function that fails, or None."""
    for name, test in vars(tests).items():
        if name.startswith("test_") and callable(test) and not getattr(test, "pytestmark", ()) and not arguments(test):
            try:
                test()
            except Exception:
                return name
    return None


def arguments(test):
    """Fixtures that a test asks for; hypothesis fills in its own arguments."""
    return [] if hasattr(test, "hypothesis") else list(inspect.signature(test).parameters)


@pytest.mark.parametrize("module", unit_faults.ALL)
def test_the_unit_tests_pass_without_a_fault(module):
    assert failing_unit_test(importlib.import_module(f"test_{module}")) is None


@pytest.mark.parametrize(
    ("module", "name"), [pytest.param(m, n, id=f"{m}: {n}") for m, faults in unit_faults.ALL.items() for n in faults]
)
def test_the_unit_tests_notice(module, name):
    old, new = unit_faults.ALL[module][name]
    with plant(importlib.import_module(f"mathdnn_utils.{module}"), old, new):
        assert failing_unit_test(importlib.import_module(f"test_{module}"))
