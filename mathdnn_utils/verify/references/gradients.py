"""References for convolution/gradients: layers as loops or padded sums, differentiated by the complex step."""

import numpy as np

from ..answers import FunctionAnswer, NumberAnswer
from ..oracles import complex_step_jacobian


def exercises():
    """label -> exercise."""

    def layer(h, w, P):
        """The definition of a layer with padding P, as dot products with windows of the padded signal."""
        padded = np.concatenate([np.zeros(P), h, np.zeros(P)])
        return np.array([padded[i : i + len(w)] @ w for i in range(len(padded) - len(w) + 1)])

    def valid():
        a_bar, w = np.array([1.0, 4.0, -2.0]), np.array([21.0, -13.0, 32.0])
        return complex_step_jacobian(lambda h: a_bar @ layer(h, w, 0), np.zeros(5))

    def kernel_full():
        a_bar, h = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0])
        return complex_step_jacobian(lambda w: a_bar @ layer(h, w, 1), np.zeros(2))

    def two_layers(x, w_1, w_2, a_2_bar):
        def loss(w_1):
            a_1 = layer(x, w_1, len(w_1) - 1)
            return a_2_bar @ layer(a_1 * (a_1.real > 0), w_2, len(w_2) - 1)

        return complex_step_jacobian(loss, w_1)

    def same(a_bar, w):
        return complex_step_jacobian(lambda h: a_bar @ layer(h, w, len(w) // 2), np.zeros(len(a_bar)))

    def padded(a_bar, w, P):
        h = np.zeros(len(a_bar) - 2 * P + len(w) - 1)
        return complex_step_jacobian(lambda h: a_bar @ layer(h, w, P), h)

    def hessian(h, K):
        B = complex_step_jacobian(lambda w: layer(h, w, K - 1), np.zeros(K))
        return B.T @ B

    def draw_two_layers(rng):
        N, K_1, K_2 = rng.integers(1, 6, size=3)
        return tuple(rng.normal(size=n) for n in (N, K_1, K_2, N + K_1 + K_2 - 2))

    def draw_same(rng):
        return rng.normal(size=rng.integers(1, 8)), rng.normal(size=2 * rng.integers(0, 3) + 1)

    def draw_padded(rng):
        K, N = int(rng.integers(1, 6)), int(rng.integers(5, 8))
        P = int(rng.integers(K))
        return rng.normal(size=N + 2 * P - K + 1), rng.normal(size=K), P

    return {
        "ex-gradients-valid": NumberAnswer("five numbers", valid),
        "ex-gradients-kernel-full": NumberAnswer("two numbers", kernel_full),
        "ex-gradients-two-layers": FunctionAnswer("a function of x, w_1, w_2 and a_2_bar", two_layers, draw_two_layers),
        "ex-gradients-same": FunctionAnswer("a function of a_bar and w", same, draw_same),
        "ex-gradients-padding": FunctionAnswer("a function of a_bar, w and P", padded, draw_padded),
        "ex-gradients-hessian": FunctionAnswer(
            "a function of h and K", hessian, lambda rng: (rng.normal(size=rng.integers(1, 6)), int(rng.integers(1, 6)))
        ),
    }
