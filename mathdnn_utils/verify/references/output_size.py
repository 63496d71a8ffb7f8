"""References for convolution/output-size: positions counted one by one, and taps followed through the layers."""

import numpy as np

from ..answers import FunctionAnswer, NumberAnswer


def exercises():
    """label -> exercise."""

    def positions(n, kernel, stride=1, padding=0, dilation=1):
        """The places of the padded input that each position covers."""
        places = range(n + 2 * padding)
        covered = [[stride * i + dilation * k for k in range(kernel)] for i in places]
        return [taps for taps in covered if set(taps) <= set(places)]

    def field(layers, unit=0):
        """First and last place that a unit reads through (kernel, stride, padding)."""
        places = {unit}
        for kernel, stride, padding in reversed(layers):
            places = {stride * i - padding + k for i in places for k in range(kernel)}
        return min(places), max(places)

    def rows_of_lenet():
        first, last = field([(5, 1, 0), (2, 2, 0), (5, 1, 0), (2, 2, 0), (5, 1, 0)])
        return last - first + 1

    def same_padding(K, D):
        # One entry with P zeros at each end holds one position: it is what the taps span.
        places = range(0, D * K, D)
        return (places[-1] - places[0]) / 2

    def draw_same(rng):
        while True:
            K, D = int(rng.integers(1, 60)), int(rng.integers(1, 400))
            if D * (K - 1) % 2 == 0:
                return K, D

    def separable(C, C_out, K):
        return np.ones((C, 1, K, K)).size + np.ones((C_out, C, 1, 1)).size

    def seen(N, K, S):
        marked = np.zeros(N, dtype=bool)
        for start in range(0, N - K + 1, S):
            marked[start : start + K] = True
        return marked.sum()

    def draw_seen(rng):
        K, S = int(rng.integers(1, 9)), int(rng.integers(1, 9))
        return K + int(rng.integers(0, 9000)), K, S

    def two(K1, S1, P1, K2, S2, P2):
        layers = [(K1, S1, P1), (K2, S2, P2)]
        (first, last), (second, _) = field(layers), field(layers, unit=1)
        return np.array([last - first + 1, second - first, -first])

    def draw_two(rng):
        K1, S1, P1, K2, S2, P2 = rng.integers([1, 1, 0, 1, 1, 0], [12, 60, 80, 12, 60, 80])
        return int(K1), int(S1), int(P1), int(K2), int(S2), int(P2)

    return {
        "ex-output-size-layer": NumberAnswer("three numbers", lambda: [64, *2 * [len(positions(224, 7, 2, 3))]]),
        "ex-output-size-lenet": NumberAnswer("a number", rows_of_lenet),
        "ex-output-size-same": FunctionAnswer("a function of K and D", same_padding, draw_same),
        "ex-output-size-separable": FunctionAnswer(
            "a function of C, C_out and K", separable, lambda rng: tuple(int(n) for n in rng.integers(1, [90, 200, 8]))
        ),
        "ex-output-size-preimages": NumberAnswer(
            "all sizes, the smallest first", lambda: [n for n in range(1, 60) if len(positions(n, 4, 3, 1, 2)) == 6]
        ),
        "ex-output-size-seen": FunctionAnswer("a function of N, K and S", seen, draw_seen),
        "ex-output-size-two": FunctionAnswer("a function of K1, S1, P1, K2, S2 and P2", two, draw_two),
    }
