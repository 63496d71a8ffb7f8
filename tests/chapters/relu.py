"""Answers and faults of units/relu."""

from fractions import Fraction

import numpy as np
from scipy.special import logit

CHAPTER = "units/relu"
ACTIVATIONS = "mathdnn_utils.activations"

# label: (the right answer by another route, two wrong ones that people give)
ANSWERS = {
    # (relu(1) - relu(-3)) / 4; the slope on the right; the negative.
    "ex-relu-quotient": (Fraction(1, 4), [1, -0.25]),
    # max(x, 2x) has the slopes 1 and 2 at 0; the pair turned round; one end alone twice.
    "ex-relu-subdifferential": ((1, 2), [(2, 1), (1.5, 1.5)]),
    # 1 / (1 + e^{beta/10}) = 1/100: beta = 10 ln 99; without the factor; with ln 100.
    "ex-relu-beta": (10 * np.log(99), [np.log(99), 10 * np.log(100)]),
    # 2 ln 2 / beta = 0.01; one half of the line; the area at beta = 0.01.
    "ex-relu-l1": (200 * np.log(2), [100 * np.log(2), 2 * np.log(2)]),
    "ex-relu-leaky": (lambda x: x * (0.1 + 0.9 * (x > 0)), [lambda x: x * (x > 0), lambda x: 0.1 * x]),
    # ln(1/error - 1) / delta.
    "ex-relu-uniform": (
        lambda delta, error: -logit(error) / delta,
        [lambda delta, error: np.log(1 / error) / delta, lambda delta, error: logit(error) / delta],
    ),
    # (2 ln 2 - 1) / beta at beta = 10; its square root; one half of the line.
    "ex-relu-l2": ((2 * np.log(2) - 1) / 10, [np.sqrt((2 * np.log(2) - 1) / 10), (2 * np.log(2) - 1) / 20]),
}

FAULTS = {
    "ReLU cuts off the wrong side": (ACTIVATIONS, "np.where(x.real <= 0, 0, x)", "np.where(x.real >= 0, 0, x)"),
    "ReLU leaks": (ACTIVATIONS, "np.where(x.real <= 0, 0, x)", "np.where(x.real <= 0, x / 100, x)"),
    "the step has its sides exchanged": (ACTIVATIONS, "np.array(t > 0,", "np.array(t < 0,"),
    "the step is 1 at 0": (ACTIVATIONS, "step[t == 0] = at_zero", "step[t == 0] = 1"),
    "relu_derivative takes one half at 0": (
        ACTIVATIONS,
        "def relu_derivative(x, at_zero=0.0)",
        "def relu_derivative(x, at_zero=0.5)",
    ),
    "the slope is counted twice": (ACTIVATIONS, "        t = slope * x\n", "        t = slope * slope * x\n"),
    "the slope has lost its sign": (ACTIVATIONS, "        t = slope * x\n", "        t = abs(slope) * x\n"),
    "the chain rule has lost its factor": (
        ACTIVATIONS,
        "slope * (1 / (1 + e)) * (e / (1 + e))",
        "(1 / (1 + e)) * (e / (1 + e))",
    ),
    "the sigmoid's derivative has the wrong sign": (
        ACTIVATIONS,
        "slope * (1 / (1 + e)) * (e / (1 + e))",
        "-slope * (1 / (1 + e)) * (e / (1 + e))",
    ),
    "softplus has lost a term": (ACTIVATIONS, "relu(x) + _log1p(e) / slope", "_log1p(e) / slope"),
    "softplus is not divided by its slope": (ACTIVATIONS, "relu(x) + _log1p(e) / slope", "relu(x) + _log1p(e)"),
    # What the checks themselves must not do: the reports on wrong answers notice.
    "every entry agrees": ("mathdnn_utils.verify.compare", "    if good.all():\n", "    if True:\n"),
    "hints are left out": (
        "mathdnn_utils.verify.hints",
        '"constant-factor",',
        '"sign",',
    ),
}

LINES = {
    "eq-relu-quotient-cases": ("((x + eps >= 0) * (x + eps) - (x >= 0) * x) / eps", "((x + eps) - (x >= 0) * x) / eps"),
    "eq-relu-quotient-one-side": (
        "lambda x, eps: ((x > 0) * (x + eps) - (x > 0) * x) / eps",
        "lambda x, eps: ((x < 0) * (x + eps) - (x > 0) * x) / eps",
    ),
    "eq-relu-quotient-cancelled": ("lambda x, eps: (x > 0) * (eps / eps)", "lambda x, eps: (x > 0) * eps"),
    "eq-relu-derivative": ("lambda x, eps: Theta(x))", "lambda x, eps: Theta(eps))"),
    "eq-relu-integral-cut": (
        "lambda x: integral(heaviside, 0.0, max(0.0, x))",
        "lambda x: integral(heaviside, 0.0, abs(x))",
    ),
    "eq-relu-integral-one": (
        "lambda x: quad(lambda t: 1.0, 0.0, max(0.0, x))[0]",
        "lambda x: quad(lambda t: t, 0.0, max(0.0, x))[0]",
    ),
    "eq-relu-integral-length": (
        '"eq-relu-integral-length", lambda x: max(0.0, x)',
        '"eq-relu-integral-length", lambda x: x',
    ),
    "eq-relu-product": ("lambda x: x * heaviside(x))", "lambda x: heaviside(x))"),
    "eq-relu-distance-cases": (
        "                1 - 1 / (1 + np.exp(-beta * x))\n",
        "                1 / (1 + np.exp(-beta * x))\n",
    ),
    "eq-relu-distance-mirrored": (
        "                1 / (1 + np.exp(beta * x))\n",
        "                1 / (1 - np.exp(beta * x))\n",
    ),
    "eq-relu-distance-closed": (
        '"eq-relu-distance-closed",\n            lambda x, beta: 1 / (1 + np.exp(beta * abs(x)))',
        '"eq-relu-distance-closed",\n            lambda x, beta: 1 / (1 + np.exp(beta * x))',
    ),
    "eq-relu-half-area-turned": (
        "lambda x: np.exp(-beta * x) / (1 + np.exp(-beta * x)), beta",
        "lambda x: np.exp(-beta * x) / (1 + np.exp(beta * x)), beta",
    ),
    "eq-relu-half-area-bracket": (
        "                + np.log1p(np.exp(-beta * 0)) / beta\n",
        "                - np.log1p(np.exp(-beta * 0)) / beta\n",
    ),
    "eq-relu-area": (
        '("eq-relu-area", lambda beta: np.log(2) / beta)',
        '("eq-relu-area", lambda beta: np.log(2) * beta)',
    ),
}
