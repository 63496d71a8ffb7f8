"""References for composition/sigmoid-layer: differentiated numerically, or counted one by one."""

import numpy as np

from ..answers import FunctionAnswer, NumberAnswer
from ..oracles import complex_step_jacobian, finite_difference_jacobian


def exercises():
    """label -> exercise."""

    def layer(x, W, b):
        return 1 / (1 + np.exp(-(W @ x + b)))

    def shapes():
        x, W, b = np.ones(6), np.ones((2, 6)), np.ones(2)
        return [
            *complex_step_jacobian(lambda W: layer(x, W, b), W).shape,
            *complex_step_jacobian(lambda b: layer(x, W, b), b).shape,
            *complex_step_jacobian(lambda x: layer(x, W, b), x).shape,
        ]

    def backward():
        x, W = np.array([2.0, 3.0, -1.0]), np.array([[1, -1, 2], [2, 1, -1], [-2, 3, 1], [1, 2, -3]])
        b = np.log([1, 2, 3, 1 / 4]) - W @ x
        return complex_step_jacobian(lambda x: np.array([4, 18, 16, 50]) @ layer(x, W, b), x)

    def depth():
        L, bound = 0, 1.0
        while bound >= 1e-6:
            L, bound = L + 1, bound * 2 / 4
        return L

    def relu_backward(x, W, b, g):
        # The ReLU of complex numbers by hand: the real part chooses the piece.
        def loss(x):
            z = W @ x + b
            return g @ (z * (z.real > 0))

        return complex_step_jacobian(loss, x)

    def row_major(x, W, b):
        def from_rows(r):
            return layer(x, r.reshape(W.shape), b)

        blocks = [
            complex_step_jacobian(from_rows, W.ravel()),
            complex_step_jacobian(lambda b: layer(x, W, b), b),
            complex_step_jacobian(lambda x: layer(x, W, b), x),
        ]
        return np.hstack(blocks)

    def second(x, W, b):
        return finite_difference_jacobian(lambda x: complex_step_jacobian(lambda x: layer(x, W, b), x), x)

    def gram(x, W, b):
        J = row_major(x, W, b)
        return J @ J.T

    def draw(rng):
        m, n = rng.choice([2, 3, 4, 5], size=2, replace=False)
        return rng.normal(size=n), rng.normal(size=(m, n)), rng.normal(size=m)

    def draw_off_kinks(rng):
        """No unit at its kink, and one of them on its right: otherwise the answer is 0."""
        while True:
            x, W, b = draw(rng)
            z = W @ x + b
            if np.abs(z).min() > 0.01 and z.max() > 0:
                return x, W, b, rng.normal(size=len(b))

    return {
        "ex-sigmoid-layer-shapes": NumberAnswer("seven numbers in one list", shapes),
        "ex-sigmoid-layer-backward": NumberAnswer("three numbers", backward),
        "ex-sigmoid-layer-depth": NumberAnswer("a number", depth),
        "ex-sigmoid-layer-relu": FunctionAnswer("a function of x, W, b and g", relu_backward, draw_off_kinks),
        "ex-sigmoid-layer-row-major": FunctionAnswer("a function of x, W and b", row_major, draw),
        "ex-sigmoid-layer-second": FunctionAnswer("a function of x, W and b", second, draw),
        "ex-sigmoid-layer-gram": FunctionAnswer("a function of x, W and b", gram, draw),
    }
