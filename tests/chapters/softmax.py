"""Answers, faults and wrong lines of units/softmax."""

from fractions import Fraction

import numpy as np
import torch
from scipy import special
from scipy.special import expit

CHAPTER = "units/softmax"
ACTIVATIONS = "mathdnn_utils.activations"


def torch_jacobian(f, x):
    return torch.func.jacrev(f)(torch.from_numpy(x)).numpy()


def second_terms(x):
    """The two terms of the second derivative of softmax, the second one to be subtracted."""
    p, delta = special.softmax(x), np.eye(len(x))
    first = np.array(
        [
            [[p[i] * (delta[i, k] - p[k]) * (delta[i, j] - p[j]) for k in range(len(p))] for j in range(len(p))]
            for i in range(len(p))
        ]
    )
    second = np.array(
        [[[p[i] * p[j] * (delta[j, k] - p[k]) for k in range(len(p))] for j in range(len(p))] for i in range(len(p))]
    )
    return first, second


# label: (the right answer by another route, two wrong ones that people give)
ANSWERS = {
    # sigma(x_0 - x_1) and the rest; the pair turned round; the logits divided by their sum.
    "ex-softmax-two": (expit([4, -4]), [expit([-4, 4]), [104 / 204, 100 / 204]]),
    # p * (v - p.v) with p.v = 7/3; the outer product lost; the vector itself.
    "ex-softmax-product": ([Fraction(-2, 9), Fraction(-1, 9), Fraction(1, 3)], [[1 / 6, 2 / 3, 3 / 2], [1, 2, 3]]),
    # p - e_y for the last class; for the first class; the sign turned round.
    "ex-softmax-cross-entropy": (
        special.softmax([1, 2, 3]) - [0, 0, 1],
        [special.softmax([1, 2, 3]) - [1, 0, 0], [0, 0, 1] - special.softmax([1, 2, 3])],
    ),
    # By PyTorch; the chain rule's factor lost; the temperature forgotten inside.
    "ex-softmax-temperature": (
        lambda x, T: torch_jacobian(lambda z: torch.softmax(z / T, 0), x),
        [
            lambda x, T: torch_jacobian(lambda z: torch.softmax(z, 0), x / T),
            lambda x, T: torch_jacobian(lambda z: torch.softmax(z, 0), x) / T,
        ],
    ),
    # By PyTorch; transposed; the Jacobian of softmax itself.
    "ex-softmax-log": (
        lambda x: torch_jacobian(lambda z: torch.log_softmax(z, 0), x),
        [
            lambda x: torch_jacobian(lambda z: torch.log_softmax(z, 0), x).T,
            lambda x: torch_jacobian(lambda z: torch.softmax(z, 0), x),
        ],
    ),
    # The product of all probabilities, as the matrix determinant lemma gives it; without the factor; without p_0.
    "ex-softmax-rank": (
        lambda p: np.prod(p[1:]) * (1 - p[1:].sum()),
        [lambda p: np.prod(p[1:]), lambda p: np.prod(p) / (1 - p[0])],
    ),
    # By PyTorch; the first term alone; the second term's sign turned round.
    "ex-softmax-second": (
        lambda x: torch_jacobian(torch.func.jacrev(lambda z: torch.softmax(z, 0)), x),
        [lambda x: second_terms(x)[0], lambda x: sum(second_terms(x))],
    ),
}

FAULTS = {
    "softmax is not divided by its sum": (
        ACTIVATIONS,
        "        return e / e.sum(axis, keepdims=True)\n",
        "        return e\n",
    ),
    "softmax divides by the largest": (
        ACTIVATIONS,
        "        return e / e.sum(axis, keepdims=True)\n",
        "        return e / e.max(axis, keepdims=True)\n",
    ),
    "softmax does not shift": (
        ACTIVATIONS,
        "        e = np.exp(x - m)\n        return",
        "        e = np.exp(x)\n        return",
    ),
    "the logits have lost their sign": (
        ACTIVATIONS,
        "        e = np.exp(x - m)\n        return",
        "        e = np.exp(m - x)\n        return",
    ),
    "the Jacobian keeps i = j only": (
        ACTIVATIONS,
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * identity * (1 - p[..., np.newaxis, :])",
    ),
    "the Jacobian has lost the outer product": (
        ACTIVATIONS,
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * identity",
    ),
    "the Jacobian adds the outer product": (
        ACTIVATIONS,
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * (identity + p[..., np.newaxis, :])",
    ),
    "the product forgets the mean": (
        ACTIVATIONS,
        "return p * (v - (p * v).sum(-1, keepdims=True))",
        "return p * v",
    ),
    "the mean is not weighted": (
        ACTIVATIONS,
        "return p * (v - (p * v).sum(-1, keepdims=True))",
        "return p * (v - v.mean(-1, keepdims=True))",
    ),
    "logsumexp forgets the largest": (
        ACTIVATIONS,
        "np.where(np.isinf(m.real), m, m + _log_sum(x - m, k, axis))",
        "np.where(np.isinf(m.real), m, _log_sum(x - m, k, axis))",
    ),
    "the logarithm is taken of the softmax": (
        ACTIVATIONS,
        "        return d - _log_sum(d, k, axis)\n",
        "        return np.log(softmax(x, axis))\n",
    ),
    "the gradient of the loss forgets the right class": (
        ACTIVATIONS,
        "return softmax(x) - (np.arange(x.shape[-1]) == t[..., np.newaxis])",
        "return softmax(x)",
    ),
    "the loss takes the first class": (
        ACTIVATIONS,
        "np.take_along_axis(d, t[..., np.newaxis], -1)",
        "np.take_along_axis(d, 0 * t[..., np.newaxis], -1)",
    ),
    "products are counted twice": (
        "mathdnn_utils.counting",
        "    def __mul__(self, other):\n        self.tally[0] += 1\n",
        "    def __mul__(self, other):\n        self.tally[0] += 2\n",
    ),
    "a lost case is not named": (
        "mathdnn_utils.verify.hints",
        'return "diagonal-only"',
        'return "diagonal-wrong"',
    ),
    "a lost outer product is not named": (
        "mathdnn_utils.verify.hints",
        'return "missing-rank-one"',
        'return "constant-offset"',
    ),
}

LINES = {
    "eq-softmax-shift-split": (
        "np.exp(c)\n                * np.exp(x)\n                / sum(np.exp(c) * np.exp(x_m)",
        "np.exp(c)\n                * np.exp(x)\n                / sum(np.exp(c) + np.exp(x_m)",
    ),
    "eq-softmax-shift-factored": (
        "/ (np.exp(c) * sum(np.exp(x_m) for x_m in x))",
        "/ (len(x) * np.exp(c) * sum(np.exp(x_m) for x_m in x))",
    ),
    "eq-softmax-shift-cancelled": (
        "lambda x, c: np.exp(x) / np.exp(x).sum()",
        "lambda x, c: np.exp(x) / np.exp(x + c).sum()",
    ),
    "eq-softmax-two-divided": ("1 / (1 + np.exp(x[1]) / np.exp(x[0]))", "1 / (1 + np.exp(x[1]) * np.exp(x[0]))"),
    "eq-softmax-two-difference": ("1 / (1 + np.exp(-(x[0] - x[1])))", "1 / (1 + np.exp(x[0] - x[1]))"),
    "eq-softmax-two-sigmoid": ("lambda x: sigmoid(x[0] - x[1])),", "lambda x: sigmoid(x[1] - x[0])),"),
    "eq-softmax-anchor-shifted": (
        "np.exp(x - x[0]) / np.exp(x - x[0]).sum()",
        "np.exp(x - x[0]) / np.exp(x).sum()",
    ),
    "eq-softmax-anchor-reduced": (
        "lambda x: softmax(reduced(x)))",
        "lambda x: softmax(-reduced(x)))",
    ),
    "eq-softmax-log-ratio-written": ("/ (np.exp(x[0]) / np.exp(x).sum())", "/ np.exp(x[0])"),
    "eq-softmax-log-ratio-cancelled": (
        "np.log(np.exp(x[1:]) / np.exp(x[0]))",
        "np.log(np.exp(x[1:])) / np.exp(x[0])",
    ),
    "eq-softmax-log-ratio-difference": ("lambda x: x[1:] - x[0]),", "lambda x: x[1:] / x[0]),"),
    "eq-softmax-quotient-rule": (
        "second = np.exp(x[i]) * partial(total, x, j)\n    return (first - second)",
        "second = np.exp(x[i]) * partial(total, x, j)\n    return (first + second)",
    ),
    "eq-softmax-one-summand": (
        "second = np.exp(x[i]) * np.exp(x[j])\n",
        "second = np.exp(x[i]) * np.exp(x[i])\n",
    ),
    "eq-softmax-same": (
        "np.exp(x[i]) * total(x) - np.exp(x[i]) * np.exp(x[i])",
        "np.exp(x[i]) * total(x) - np.exp(x[i])",
    ),
    "eq-softmax-same-factors": ("* ((total(x) - np.exp(x[i])) / total(x))", "* (total(x) - np.exp(x[i]))"),
    "eq-softmax-same-result": ("softmax(x)[i] * (1 - softmax(x)[i])", "softmax(x)[i]"),
    "eq-softmax-other": ("(0 - np.exp(x[i]) * np.exp(x[j]))", "(0 * np.exp(x[i]) * np.exp(x[j]))"),
    "eq-softmax-other-factors": (
        "-(np.exp(x[i]) / total(x)) * (np.exp(x[j]) / total(x))",
        "(np.exp(x[i]) / total(x)) * (np.exp(x[j]) / total(x))",
    ),
    "eq-softmax-other-result": (
        "lambda x, i, j: -softmax(x)[i] * softmax(x)[j]",
        "lambda x, i, j: -softmax(x)[i] ** 2",
    ),
    "eq-softmax-cases": (
        "p[i] * (1 - p[i]) if i == j else -p[i] * p[j]",
        "p[i] * (1 - p[i]) if i == j else 0",
    ),
    "eq-softmax-entry": (
        "lambda x: softmax(x)[:, None] * (np.eye(len(x)) - softmax(x)),",
        "lambda x: softmax(x)[:, None] * (1 - softmax(x)),",
    ),
    "eq-softmax-expanded": ("- softmax(x)[:, None] * softmax(x)\n", "- softmax(x) * softmax(x)\n"),
    "eq-softmax-jacobian": (
        "np.diag(softmax(x)) - np.outer(softmax(x), softmax(x))",
        "np.diag(softmax(x)) - softmax(x) @ softmax(x)",
    ),
}
