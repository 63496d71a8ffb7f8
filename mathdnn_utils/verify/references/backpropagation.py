"""References for composition/backpropagation: every gradient differentiated numerically, weight by weight."""

import numpy as np

from ..answers import FunctionAnswer, NumberAnswer
from ..oracles import complex_step_jacobian, finite_difference_jacobian


def exercises():
    """label -> exercise."""
    from scipy.optimize import minimize_scalar
    from scipy.special import expit

    def last_layer():
        return complex_step_jacobian(lambda A: A[0] @ expit(np.array([-1.0, 2.0])), [[2.0, -1.0]])

    def price():
        # Layer by layer: its weights' gradient, and what it hands down, but for the first one.
        layers = [(512, 3072), (512, 512), (10, 512)]
        return sum(m * n * (1 if n == 3072 else 2) for m, n in layers) / sum(m * n for m, n in layers)

    def three_layers():
        first, second = np.array([[1.0, 0], [1, -1]]), np.array([[1.0, 1], [2, 0]])

        def output(A):
            h_1 = np.maximum(A[3:] @ [1.0, 2.0], 0)
            return A[0] @ np.maximum(A[1:3] @ h_1, 0)

        # Piecewise linear: a central difference away from the kinks is right to rounding.
        return finite_difference_jacobian(output, np.vstack([[[1.0, -1]], second, first])).round(6)

    def several(x, A_1, A_2, g):
        return complex_step_jacobian(lambda A: g @ (A_2 @ np.tanh(A @ x)), A_1)

    def steepest():
        def falling(z):
            return complex_step_jacobian(lambda t: (2 - 2 / (1 + np.exp(-t))) ** 2 / 2, np.array(float(z)))

        return minimize_scalar(falling, bounds=(-5, 5), method="bounded", options={"xatol": 1e-10}).x

    def shared(x, A, a):
        return complex_step_jacobian(lambda M: a @ np.tanh(M @ np.tanh(M @ x)), A)

    def norms(Delta, H):
        return np.array([np.linalg.norm(np.outer(delta, h)) for delta, h in zip(Delta, H)])

    def draw_several(rng):
        n, m, q = rng.choice(np.arange(2, 6), size=3, replace=False)
        return rng.normal(size=n), rng.normal(size=(m, n)), rng.normal(size=(q, m)), rng.normal(size=q)

    def draw_shared(rng):
        n = int(rng.integers(2, 5))
        return rng.normal(size=n), rng.normal(size=(n, n)), rng.normal(size=n)

    def draw_norms(rng):
        N, m, k = rng.choice(np.arange(2, 6), size=3, replace=False)
        return rng.normal(size=(N, m)), rng.normal(size=(N, k))

    return {
        "ex-backpropagation-last": NumberAnswer("an array of one row and two columns", last_layer),
        "ex-backpropagation-cost": NumberAnswer("a number", price),
        "ex-backpropagation-three": NumberAnswer("an array of five rows and two columns", three_layers),
        "ex-backpropagation-outputs": FunctionAnswer("a function of x, A_1, A_2 and g", several, draw_several),
        "ex-backpropagation-steepest": NumberAnswer("a number", steepest),
        "ex-backpropagation-shared": FunctionAnswer("a function of x, A and a", shared, draw_shared),
        "ex-backpropagation-norms": FunctionAnswer("a function of Delta and H", norms, draw_norms),
    }
