"""References for composition/accumulation: costs by multiplying matrices, derivatives numerically, plans by running."""

import numpy as np

from ..answers import FunctionAnswer, NumberAnswer
from ..oracles import complex_step_jacobian, finite_difference_jacobian


def exercises():
    """label -> exercise."""
    from ...accumulation import multiplications
    from ...counting import count_multiplications

    def counted(formula, *sizes):
        matrices = [np.ones(shape) for shape in zip(sizes[1:], sizes)]
        return count_multiplications(formula, *matrices)[1]

    def forward(*sizes):
        return counted(lambda A, B, C: C @ (B @ A), *sizes)

    def reverse(*sizes):
        return counted(lambda A, B, C: (C @ B) @ A, *sizes)

    def paper(x):
        u = x[0] + x[1]
        v = u * x[0]
        return v * v + u

    def inner(ell, m, o):
        sizes = (ell, m, m, o)
        return multiplications(sizes, (3, (2, 1))) - multiplications(sizes, ((3, 2), 1))

    def columns(ell, m, n, o):
        # A vector is a matrix with one column or row: one factor more.
        jvp = multiplications((1, ell, m, n, o), (4, (3, (2, 1))))
        vjp = multiplications((ell, m, n, o, 1), (((4, 3), 2), 1))
        return ell * jvp, o * vjp

    def four():
        orders = [
            lambda A, B, C, D: D @ (C @ (B @ A)),
            lambda A, B, C, D: D @ ((C @ B) @ A),
            lambda A, B, C, D: (D @ C) @ (B @ A),
            lambda A, B, C, D: (D @ (C @ B)) @ A,
            lambda A, B, C, D: ((D @ C) @ B) @ A,
        ]
        return min(counted(order, 3, 7, 2, 8, 4) for order in orders)

    def checkpoints(q, s):
        # The plan itself, with the indices of the values that are kept.
        kept, most, calls = set(), 0, 0
        for k in range(q * s):
            if k % s == 0:
                kept.add(k)
            most = max(most, len(kept))
            calls += 1
        for start in range((q - 1) * s, -1, -s):
            for k in range(start + 1, start + s):
                kept.add(k)
                calls += 1
            most = max(most, len(kept))
            kept -= set(range(start, start + s))
        return most, calls

    def hessian(x, v):
        def gradient(x):
            return complex_step_jacobian(lambda x: np.sin(x[0] * x[1]) + x[1] * np.exp(x[2]), x)

        return finite_difference_jacobian(gradient, x) @ v

    def draw(count):
        return lambda rng: tuple(int(size) for size in rng.integers(1, 60, size=count))

    return {
        "ex-accumulation-costs": NumberAnswer(
            "a pair of numbers", lambda: [forward(8, 30, 2, 6), reverse(8, 30, 2, 6)]
        ),
        "ex-accumulation-paper": NumberAnswer(
            "a pair of numbers", lambda: complex_step_jacobian(paper, np.array([2.0, 1.0]))
        ),
        "ex-accumulation-inner": FunctionAnswer("a function of ell, m and o", inner, draw(3)),
        "ex-accumulation-columns": FunctionAnswer("a function of ell, m, n and o", columns, draw(4)),
        "ex-accumulation-four": NumberAnswer("one number", four),
        "ex-accumulation-checkpoints": FunctionAnswer("a function of q and s", checkpoints, draw(2)),
        "ex-accumulation-hessian": FunctionAnswer(
            "a function of x and v", hessian, lambda rng: (rng.normal(size=3), rng.normal(size=3))
        ),
    }
