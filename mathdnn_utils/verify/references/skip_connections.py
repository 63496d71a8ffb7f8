"""References for composition/skip-connections: differentiated numerically, found as roots, and enumerated."""

from itertools import combinations

import numpy as np

from ..answers import FunctionAnswer, NumberAnswer
from ..oracles import complex_step_jacobian


def exercises():
    """label -> exercise."""
    from scipy.optimize import brentq

    def four():
        def output(theta, start):
            x = 2.0
            u = theta[0] * x
            v = theta[1] * u
            return theta[2] * v + [0, v, u, x][start]

        return np.array([complex_step_jacobian(lambda t, k=k: output(t, k), [3.0, -2.0, 5.0]) for k in range(4)])

    def count():
        lengths = [choice.bit_count() for choice in range(2**12)]
        return [len(lengths), lengths.count(3)]

    def largest():
        upper = brentq(lambda c: 50 * np.log1p(c) - np.log(2), 0, 0.9, xtol=1e-14)
        lower = brentq(lambda c: 50 * np.log1p(-c) + np.log(2), 0, 0.9, xtol=1e-14)
        return min(upper, lower)

    def block(u, W_1, W_2):
        return complex_step_jacobian(lambda u: u + W_2 @ np.tanh(W_1 @ np.tanh(u)), u)

    def two(J_2, J_3):
        return complex_step_jacobian(lambda u: u + J_3 @ (u + J_2 @ u), np.zeros(len(J_2)))

    def of_length(Js, r):
        total = np.zeros(Js.shape[1:])
        for chosen in combinations(range(len(Js)), r):
            product = np.eye(Js.shape[1])
            for i in reversed(chosen):
                product = product @ Js[i]
            total += product
        return total

    def draw_block(rng):
        n, m = rng.integers(2, 4), rng.integers(4, 6)
        return rng.normal(size=n), rng.normal(size=(m, n)), rng.normal(size=(n, m))

    def draw_two(rng):
        n = rng.integers(2, 5)
        return rng.normal(size=(n, n)), rng.normal(size=(n, n))

    def draw_length(rng):
        L, n = rng.integers(1, 6), rng.integers(2, 4)
        return rng.normal(size=(L, n, n)), int(rng.integers(L + 1))

    return {
        "ex-skip-connections-four": NumberAnswer("four rows of three numbers", four),
        "ex-skip-connections-count": NumberAnswer("a pair of numbers", count),
        "ex-skip-connections-range": NumberAnswer("a number", largest),
        "ex-skip-connections-block": FunctionAnswer("a function of u, W_1 and W_2", block, draw_block),
        "ex-skip-connections-two": FunctionAnswer("a function of J_2 and J_3", two, draw_two),
        "ex-skip-connections-length": FunctionAnswer("a function of Js and r", of_length, draw_length),
    }
