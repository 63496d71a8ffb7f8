"""References for units/perceptron: truth tables of Python's own logic, geometry, enumeration and a dual problem."""

from itertools import product

import numpy as np

from ..answers import FunctionAnswer, NumberAnswer


def exercises():
    """label -> exercise."""

    square = np.array(list(product((0, 1), repeat=2)))

    def safest(table):
        # The shortest w with all signed scores at least 1: the line halfway between the corner that is alone and the
        # foot of its perpendicular on the diagonal through its neighbours.
        table = np.array(table)
        corner = square[table == (table.sum() == 1)][0]
        foot = np.array([0.5, 0.5])
        w = 2 * (corner - foot) / ((corner - foot) @ (corner - foot))
        b = -(w @ (corner + foot)) / 2
        return (1 if table.sum() == 1 else -1) * np.array([*w, b])

    def gates():
        nor, both, implies = [1, 0, 0, 0], [0, 0, 0, 1], [1, 1, 0, 1]
        return [safest(table) for table in (nor, both, implies)]

    def with_product():
        rows = [[p, q, p * q, 1] for p, q in square]
        return np.linalg.solve(rows, [2 * (p ^ q) - 1 for p, q in square])

    def safety():
        # Distances to the line 4 x + 3 y = 5, by its point nearest to the origin.
        normal = np.array([4.0, 3.0]) / 5
        foot = 5 / 5 * normal
        return min(abs(normal @ (np.array(x) - foot)) for x in product((0, 1), repeat=2))

    def essential():
        # All weights and biases that matter for three bits; a function of which no bit can be left out.
        cube = list(product((0, 1), repeat=3))
        tables = {
            tuple(int(np.dot(w, x) + b >= 0) for x in cube)
            for w in product(range(-2, 3), repeat=3)
            for b in range(-3, 4)
        }
        flips = [[cube.index((*x[:i], 1 - x[i], *x[i + 1 :])) for x in cube] for i in range(3)]
        return sum(all(any(t[k] != t[j] for k, j in enumerate(flip)) for flip in flips) for t in tables)

    def and_bound(n):
        # The least ‖v‖² with all signed scores at least 1, by the dual problem in the two multipliers of symmetry:
        # a of the input of ones, c of each input with one 0. Maximise 2(a + n c) − ‖v‖².
        ones, single = np.ones(n + 1), np.ones((n, n + 1)) - np.eye(n, n + 1)
        directions = np.array([ones, -single.sum(0)])
        a, c = np.linalg.solve(directions @ directions.T, [1, n])
        v = a * directions[0] + c * directions[1]
        return (n + 1) * (v @ v)

    def agreement(n):
        ones = np.array([k.bit_count() for k in range(2**n)])
        return sum((ones % 2 == 1) == (ones > 0))

    return {
        "ex-perceptron-gates": NumberAnswer("three rows (w_0, w_1, b)", gates),
        "ex-perceptron-margin": NumberAnswer("a number", safety),
        "ex-perceptron-bias": FunctionAnswer(
            "a function of b",
            lambda b: safest([1, 1, 1, 0])[:2] * b / safest([1, 1, 1, 0])[2],
            lambda rng: (float(rng.uniform(0.1, 9)),),
        ),
        "ex-perceptron-product": NumberAnswer("four numbers", with_product),
        "ex-perceptron-essential": NumberAnswer("a number", essential),
        "ex-perceptron-and": FunctionAnswer("a function of n", and_bound, lambda rng: (int(rng.integers(1, 9)),)),
        "ex-perceptron-parity": FunctionAnswer("a function of n", agreement, lambda rng: (int(rng.integers(2, 15)),)),
    }
