"""A wrong formula in a module fails its unit tests: faults are planted one by one, and the tests notice each."""

import importlib
import inspect

import pytest
import test_activations
from chapter_runner import plant

ACTIVATIONS = "mathdnn_utils.activations"

# What no chapter calls yet, or would notice: what stands there, and what a careless hand makes of it.
UNIT_TESTS = {
    "the sigmoid subtracts": ("np.where(t.real > 0, 1, e) / (1 + e)", "1 / (1 + np.exp(-t))"),
    "the derivative is s (1 - s)": (
        "slope * sigmoid(x, slope) * sigmoid(-x, slope)",
        "slope * sigmoid(x, slope) * (1 - sigmoid(x, slope))",
    ),
    "softmax divides by the sum of the whole batch": ("e / e.sum(axis, keepdims=True)", "e / e.sum()"),
    "softmax does not subtract the largest entry": ("        e = np.exp(x - m)\n", "        e = np.exp(x)\n"),
    "the Jacobian keeps only i = j": (
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * identity * (1 - p[..., np.newaxis, :])",
    ),
    "the Jacobian has lost its second term": (
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * identity",
    ),
    "rows for columns in the Jacobian": (
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * (identity - p[..., :, np.newaxis])",
    ),
    "a plus in J v": ("p * (v - (p * v).sum(-1, keepdims=True))", "p * (v + (p * v).sum(-1, keepdims=True))"),
    "p is left out of p·v": ("p * (v - (p * v).sum(-1, keepdims=True))", "p * (v - v.sum(-1, keepdims=True))"),
    "the gradient has the wrong sign": (
        "    return softmax(x) - (np.arange(x.shape[-1]) == t[..., np.newaxis])",
        "    return (np.arange(x.shape[-1]) == t[..., np.newaxis]) - softmax(x)",
    ),
    "the gradient is averaged over the batch": (
        "    return softmax(x) - (np.arange(x.shape[-1]) == t[..., np.newaxis])",
        "    return (softmax(x) - (np.arange(x.shape[-1]) == t[..., np.newaxis])) / len(x)",
    ),
}


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


def test_the_unit_tests_pass_without_a_fault():
    assert failing_unit_test(test_activations) is None


@pytest.mark.parametrize("name", UNIT_TESTS)
def test_the_unit_tests_notice(name):
    old, new = UNIT_TESTS[name]
    with plant(importlib.import_module(ACTIVATIONS), old, new):
        assert failing_unit_test(test_activations)
