"""Answers, faults and wrong lines of units/perceptron."""

from math import comb

import numpy as np

CHAPTER = "units/perceptron"
PERCEPTRON = "mathdnn_utils.perceptron"


# label: (the right answer by another route, two wrong ones that people give)
ANSWERS = {
    # Twice the weights 1 with the threshold halfway; those themselves; OR for AND.
    "ex-perceptron-gates": (
        np.array([[-1, -1, 0.5], [1, 1, -1.5], [-1, 1, 0.5]]) * 2,
        [
            [[-1, -1, 0.5], [1, 1, -1.5], [-1, 1, 0.5]],
            [[-2, -2, 1], [2, 2, -1], [-2, 2, 1]],
        ],
    ),
    # 1/5; not divided by the norm; divided by the norm of (w, b).
    "ex-perceptron-margin": (1 / 5, [1, 1 / np.sqrt(50)]),
    # Of the cone through (-2, -2, 3); weights that are as large as the bias; half of it, with 11 on the threshold.
    "ex-perceptron-bias": (
        lambda b: np.full(2, -b / 1.5),
        [lambda b: np.full(2, -b), lambda b: np.full(2, -b / 2)],
    ),
    # XOR is p + q - 2pq, and the scores are 2 XOR - 1; not doubled; OR.
    "ex-perceptron-product": (2 * np.array([1, 1, -2, 0]) - [0, 0, 0, 1], [[1, 1, -2, 0], [2, 2, 0, -1]]),
    # By inclusion and exclusion over the bits that are left out; constants and single bits forgotten; all of them.
    "ex-perceptron-essential": (
        sum((-1) ** k * comb(3, k) * count for k, count in enumerate((104, 14, 4, 2))),
        [104 - 3 * 14, 104],
    ),
    # Of the vector (2, ..., 2, 1 - 2n); without the 1 in R²; the margin for γ.
    "ex-perceptron-and": (
        lambda n: (n + 1) * float(np.dot(v := np.r_[2 * np.ones(n), 1 - 2 * n], v)),
        [lambda n: n * (4 * n**2 + 1), lambda n: 4 * n * (n + 1)],
    ),
    # The odd inputs and that of zeros; the odd ones alone; all.
    "ex-perceptron-parity": (
        lambda n: 1 + sum(comb(n, k) for k in range(1, n + 1, 2)),
        [lambda n: 2 ** (n - 1), lambda n: 2**n],
    ),
}

FAULTS = {
    "the perceptron does not fire on its threshold": (
        PERCEPTRON,
        '_scores("perceptron", "x", x, w, b) >= 0',
        '_scores("perceptron", "x", x, w, b) > 0',
    ),
    "the bias is subtracted": (
        PERCEPTRON,
        "x.astype(np.int64) @ w.astype(np.int64) + number",
        "x.astype(np.int64) @ w.astype(np.int64) - number",
    ),
    "the bias is left out for real numbers": (
        PERCEPTRON,
        "x.astype(dtype) @ w.astype(dtype) + number.astype(dtype)",
        "x.astype(dtype) @ w.astype(dtype) + 0 * number.astype(dtype)",
    ),
    "the distance is not divided by the norm": (PERCEPTRON, ".min() / norm\n", ".min()\n"),
    "the distance is divided by the norm of all weights": (
        PERCEPTRON,
        "np.hypot.reduce(w.astype(np.float64))",
        "np.hypot.reduce(np.append(w, b).astype(np.float64))",
    ),
    "the margin has lost its signs": (PERCEPTRON, "np.where(y == 1, scores, -scores)", "abs(scores)"),
    "learning never subtracts": (PERCEPTRON, "w + x if label == 1 else w - x", "w + x if label == 1 else w"),
    "learning forgets the earlier corrections": (
        PERCEPTRON,
        "w + x if label == 1 else w - x",
        "0 * w + x if label == 1 else 0 * w - x",
    ),
    "the bias is not learnt": (
        PERCEPTRON,
        "np.column_stack([X, np.ones(len(X), X.dtype)])",
        "np.column_stack([X, np.zeros(len(X), X.dtype)])",
    ),
    "the updates are counted by rounds": (
        PERCEPTRON,
        "updates, clean = updates + 1, False",
        "updates, clean = updates + clean, False",
    ),
    "the linear program has no bias": (PERCEPTRON, "[-signs * x, -signs, np", "[-signs * x, 0 * signs, np"),
    "every function is a threshold function": (PERCEPTRON, "found.x[-1] > 1 / 2", "found.x[-1] > -1 / 2"),
    "the bits are in the wrong order": (PERCEPTRON, ">> np.arange(n)[::-1]", ">> np.arange(n)"),
    "a lost sum is not named": (
        "mathdnn_utils.verify.hints",
        'return "overwritten-not-accumulated"',
        'return "shifted"',
    ),
}

LINES = {
    "eq-perceptron-nand-scores": ("np.dot([w_0, w_1], inputs[3]) + b < 0", "np.dot([w_0, w_1], inputs[3]) + b <= 0"),
    "eq-perceptron-nand-conditions": ("(w_1 + b >= 0) * (w_0 + b >= 0) * (w_0", "(w_1 + b > 0) * (w_0 + b > 0) * (w_0"),
    "eq-perceptron-nand-interval": (
        "int(max(0, -w_0, -w_1) <= b < -w_0 - w_1)",
        "int(max(0, -w_0, -w_1) <= b <= -w_0 - w_1)",
    ),
    "eq-perceptron-nand-set": (
        "* (max(-w_0, -w_1) <= b < -w_0 - w_1)\n            ),",
        "* (min(-w_0, -w_1) <= b < -w_0 - w_1)\n            ),",
    ),
    "eq-perceptron-mean-cancelled": (
        "-(w[0] + w[1]) / (4 * np.linalg.norm(w))",
        "-(w[0] + w[1]) / (2 * np.linalg.norm(w))",
    ),
    "eq-perceptron-mean-angle": ("np.sqrt(2) / 4 * np.cos(angle(w))", "np.sqrt(2) / 4"),
    "eq-perceptron-xor-collected": ("(b + b - b - b)", "(b + b - b)"),
    "eq-perceptron-xor-zero": ("lambda w_0, w_1, b: 0)", "lambda w_0, w_1, b: 2 * b)"),
    "eq-perceptron-progress-update": (
        "lambda u, w, s, x, after: u @ (w + s * x)",
        "lambda u, w, s, x, after: u @ (w + x)",
    ),
    "eq-perceptron-progress-split": ("u @ w + s * (u @ x)", "u @ w + s * (x @ x)"),
    "eq-perceptron-growth-update": ("(w + s * x) @ (w + s * x)", "(w + s * x) @ (w - s * x)"),
    "eq-perceptron-growth-expanded": ("w @ w + 2 * s * (w @ x) + x @ x", "w @ w + x @ x"),
}
