"""References for convolution/modes: by matrices, by interpolation, by SciPy, and by trying all cases."""

import numpy as np

from ..answers import FunctionAnswer, NumberAnswer


def exercises():
    """label -> exercise."""
    from scipy import linalg, ndimage

    def matrix(w, n):
        """The matrix of the full convolution with w: w, then zeros, down its first column."""
        return linalg.toeplitz(np.concatenate([w, np.zeros(n - 1)]), np.concatenate([w[:1], np.zeros(n - 1)]))

    def small():
        full = matrix(np.array([0, 1]), 3) @ [1, 2, 3]
        return np.concatenate([full, full[1:3]])

    def polynomial():
        z = np.arange(-2, 3)
        return np.linalg.solve(np.vander(z, increasing=True), (1 + z) ** 2 * (1 - z + 2 * z**2))

    def part(x, w, mode):
        """A part of the full convolution; None where the mode is not defined."""
        full, n, taps = np.convolve(x, w), len(x), len(w)
        if mode == "full":
            return full
        if mode == "valid":
            return full[taps - 1 : n] if taps <= n else None
        return full[taps // 2 : taps // 2 + n] if taps % 2 else None

    def commuting():
        rng = np.random.default_rng(0)
        counts = dict.fromkeys(("full", "valid", "same"), 0)
        for mode in counts:
            for n, taps in np.ndindex(30, 30):
                x, w = rng.integers(1, 100, size=n + 1), rng.integers(1, 100, size=taps + 1)
                one, other = part(x, w, mode), part(w, x, mode)
                counts[mode] += one is not None and other is not None and np.array_equal(one, other)
        return list(counts.values())

    def inverse(y, w):
        return np.linalg.lstsq(matrix(w, len(y) - len(w) + 1), y)[0]

    def draw_product(rng):
        x, w = rng.normal(size=rng.integers(2, 7)), rng.uniform(-0.6, 0.6, size=rng.integers(2, 5))
        w[0] = rng.choice([-1, 1]) * rng.uniform(2, 3)
        return matrix(w, len(x)) @ x, w

    def lost(x, u, w):
        def same(x, w):
            return ndimage.correlate1d(x, w, mode="constant")

        return same(x, matrix(w, len(u)) @ u) - same(same(x, u), w)

    def draw_layers(rng):
        sizes = (rng.integers(5, 9), *(2 * rng.integers(1, 3, size=2) + 1))
        # Products and sums of these are exact in double precision: where nothing is lost, the difference is 0.
        return tuple(rng.integers(-4000, 4000, size=size) / 1024 for size in sizes)

    def spared(n, taps, length):
        """What remains of all places when those are removed on which an entry lands that has wrapped around."""
        return len(set(range(length)) - {i - length for i in range(n + taps - 1) if i >= length})

    def draw_sizes(rng):
        n, taps = (int(size) for size in rng.integers(3000, 9000, size=2))
        return n, taps, int(rng.integers(max(n, taps), n + taps))

    return {
        "ex-modes-small": NumberAnswer("six numbers", small),
        "ex-modes-polynomial": NumberAnswer("five numbers", polynomial),
        "ex-modes-commuting": NumberAnswer("three numbers", commuting),
        "ex-modes-inverse": FunctionAnswer("a function of y and w", inverse, draw_product),
        "ex-modes-lost": FunctionAnswer("a function of x, u and w", lost, draw_layers),
        "ex-modes-cyclic": FunctionAnswer("a function of N, K and M", spared, draw_sizes),
    }
