"""A wrong formula in the package fails a chapter or the unit tests: faults are planted one by one, and each is caught."""

import importlib
import inspect
from pathlib import Path

import pytest

from tests import test_activations
from tests.chapter_runner import plant, run_chapter

BOOK = Path(__file__).resolve().parent.parent / "book"
ACTIVATIONS = "mathdnn_utils.activations"

# What the relu chapter must notice: each line is (module, what stands there, what a careless hand makes of it).
RELU_CHAPTER = {
    "ReLU cuts off the wrong side": (ACTIVATIONS, "np.where(x.real <= 0, 0, x)", "np.where(x.real >= 0, 0, x)"),
    "ReLU leaks": (ACTIVATIONS, "np.where(x.real <= 0, 0, x)", "np.where(x.real <= 0, x / 100, x)"),
    "the step has its sides exchanged": (ACTIVATIONS, "[1, at_zero, 0], default", "[0, at_zero, 1], default"),
    "the step is 1 at 0": (ACTIVATIONS, "[1, at_zero, 0], default", "[1, 1, 0], default"),
    "relu_derivative takes one half at 0": (
        ACTIVATIONS,
        "def relu_derivative(x, at_zero=0.0)",
        "def relu_derivative(x, at_zero=0.5)",
    ),
    "the slope is counted twice": (ACTIVATIONS, "        t = slope * x\n", "        t = slope * slope * x\n"),
    "the slope has lost its sign": (ACTIVATIONS, "        t = slope * x\n", "        t = abs(slope) * x\n"),
    "the chain rule has lost its factor": (
        ACTIVATIONS,
        "slope * sigmoid(x, slope) * sigmoid(-x, slope)",
        "sigmoid(x, slope) * sigmoid(-x, slope)",
    ),
    "the sigmoid's derivative has the wrong sign": (
        ACTIVATIONS,
        "slope * sigmoid(x, slope) * sigmoid(-x, slope)",
        "-slope * sigmoid(x, slope) * sigmoid(-x, slope)",
    ),
    "softplus has lost a term": (ACTIVATIONS, "relu(x) + _log1p(e) / slope", "_log1p(e) / slope"),
    "softplus is not divided by its slope": (ACTIVATIONS, "relu(x) + _log1p(e) / slope", "relu(x) + _log1p(e)"),
}

# What the checks themselves must not do: the relu chapter's reports on wrong answers notice.
VERIFICATION = {
    "every entry agrees": ("mathdnn_utils.verify.compare", "    if good.all():\n", "    if True:\n"),
    "hints are left out": ("mathdnn_utils.verify.compare", 'hints.append(("constant-factor"', 'hints.append(("some-factor"'),
}

# What the chapters do not call yet, so that the unit tests must notice.
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
        "    return softmax(x) - (np.arange(x.shape[-1]) == y[..., np.newaxis])",
        "    return (np.arange(x.shape[-1]) == y[..., np.newaxis]) - softmax(x)",
    ),
    "the gradient is averaged over the batch": (
        "    return softmax(x) - (np.arange(x.shape[-1]) == y[..., np.newaxis])",
        "    return (softmax(x) - (np.arange(x.shape[-1]) == y[..., np.newaxis])) / len(x)",
    ),
}


def test_the_chapter_runs_as_stored_without_a_fault():
    assert run_chapter(BOOK / "units/relu.ipynb") == []


@pytest.mark.parametrize("name", RELU_CHAPTER | VERIFICATION)
def test_the_relu_chapter_notices(name):
    module, old, new = (RELU_CHAPTER | VERIFICATION)[name]
    fault = (importlib.import_module(module), old, new)
    assert run_chapter(BOOK / "units/relu.ipynb", fault=fault)


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
