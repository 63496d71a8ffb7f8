"""References for convolution/strided-gradients: the definition, loop by loop, differentiated by the complex step."""

import numpy as np

from ..answers import FunctionAnswer, NumberAnswer
from ..oracles import complex_step_jacobian


def exercises():
    """label -> exercise."""
    signal = np.array([[1.0, 2, 3, 4, 5], [5, 4, 3, 2, 1]])
    kernels = np.array([[[1.0, 0, -1], [2, 1, 0]]])
    gradient = np.array([[3.0, 4]])

    def layer(x, w, S=1, P=0, D=1):
        padded = np.pad(x, [(0, 0), (P, P)])
        span = D * (w.shape[2] - 1) + 1
        starts = range(0, padded.shape[1] - span + 1, S)
        return np.array([[(v * padded[:, i : i + span : D]).sum() for i in starts] for v in w])

    def kernel():
        return complex_step_jacobian(lambda w: (gradient * layer(signal, w, S=2)).sum(), kernels).ravel()

    def input_():
        return complex_step_jacobian(lambda x: (gradient * layer(x, kernels, S=2)).sum(), signal)

    def dilation():
        f = layer(signal, kernels, D=2)
        by_w = complex_step_jacobian(lambda w: layer(signal, w, D=2)[0, 0], kernels)
        by_x = complex_step_jacobian(lambda x: layer(x, kernels, D=2)[0, 0], signal)
        return np.concatenate([f.ravel(), by_w.ravel(), by_x.ravel()])

    def gram(x, filters, K):
        J = complex_step_jacobian(lambda w: layer(x, w, S=2), np.zeros((filters, len(x), K)))
        return np.tensordot(J, J, axes=[(2, 3, 4)] * 2)

    def sizes():
        return [n for n in range(1, 100) if layer(np.ones((1, n)), np.ones((1, 1, 3)), S=4, P=1).shape[1] == 3]

    def zeros(g, w, N, S, P, D):
        return complex_step_jacobian(lambda x: (g * layer(x[None], w[None, None], S, P, D)).sum(), np.zeros(N))

    def draw_signal(rng):
        """At least two channels, filters and positions, in different numbers."""
        channels, filters, K = (int(n) for n in rng.permutation([2, 3, 4]))
        return rng.normal(size=(channels, K + int(rng.integers(2, 6)))), filters, K

    def draw_zeros(rng):
        """One channel, and a padding that the filter can reach over."""
        while True:
            N, K, S, D = (int(n) for n in rng.integers(1, [12, 5, 5, 4]))
            P = int(rng.integers(0, D * (K - 1) + 1))
            if N + 2 * P > D * (K - 1):
                break
        w = rng.normal(size=K)
        g = rng.normal(size=layer(np.zeros((1, N)), w[None, None], S, P, D).shape[1])
        return g, w, N, S, P, D

    return {
        "ex-strided-gradients-kernel": NumberAnswer("six numbers in one list", kernel),
        "ex-strided-gradients-input": NumberAnswer("an array of 2 rows and 5 columns", input_),
        "ex-strided-gradients-dilation": NumberAnswer("all numbers in one list", dilation),
        "ex-strided-gradients-filters": FunctionAnswer("a function of x, filters and K", gram, draw_signal),
        "ex-strided-gradients-sizes": NumberAnswer("a list of numbers", sizes),
        "ex-strided-gradients-zeros": FunctionAnswer("a function of g, w, N, S, P and D", zeros, draw_zeros),
    }
