"""Answers, faults and wrong lines of convolution/modes."""

import numpy as np
import torch

CHAPTER = "convolution/modes"
CONVOLUTION = "mathdnn_utils.convolution"
HINTS = "mathdnn_utils.verify.hints"


def layer(x, w, padding):
    """PyTorch's layer on one signal."""
    x, w = (torch.tensor([[list(map(float, a))]], dtype=torch.float64) for a in (x, w))
    return torch.nn.functional.conv1d(x, w, padding=padding)[0, 0].numpy()


def divided(y, w):
    """The first entries of y, after a division of the transforms."""
    return np.fft.ifft(np.fft.fft(y) / np.fft.fft(w, len(y))).real[: len(y) - len(w) + 1]


def lost(x, u, w, kernel):
    """One layer with that kernel, less the two layers, all of them same."""
    one = layer(x, kernel, len(kernel) // 2)
    return one - layer(layer(x, u, len(u) // 2), w, len(w) // 2)


# label: (the right answer by another route, two wrong ones that people give)
ANSWERS = {
    # NumPy's full and its valid part; the flip forgotten; the valid part cut as for a kernel with a middle.
    "ex-modes-small": (
        [*np.convolve([1, 2, 3], [0, 1]), *np.convolve([1, 2, 3], [0, 1], "valid")],
        [[1, 2, 3, 0, 2, 3], [0, 1, 2, 3, 2, 3]],
    ),
    # Multiplied out on paper; the highest power first; the kernels correlated.
    "ex-modes-polynomial": ([1, 1, 1, 3, 2], [[2, 3, 1, 1, 1], np.correlate([1, 2, 1], [1, -1, 2], "full")]),
    # 30², 30 and the odd numbers up to 30; every pair as numpy.convolve has it; same for every K = N.
    "ex-modes-commuting": ([30**2, 30, 15], [[900, 900, 900], [900, 30, 30]]),
    # By transforms; divided by the flipped kernel; divided by w[0] alone.
    "ex-modes-inverse": (
        divided,
        [lambda y, w: divided(y, w[::-1]), lambda y, w: y[: len(y) - len(w) + 1] / w[0]],
    ),
    # Both sides by PyTorch; with u ⋆ w for the one kernel; the sign turned round.
    "ex-modes-lost": (
        lambda x, u, w: lost(x, u, w, np.convolve(u, w)),
        [
            lambda x, u, w: lost(x, u, w, np.convolve(u, w[::-1])),
            lambda x, u, w: -lost(x, u, w, np.convolve(u, w)),
        ],
    ),
    # What is not spoiled; what is spoiled; the valid ones whatever M is.
    "ex-modes-cyclic": (
        lambda N, K, M: M - (N + K - 1 - M),
        [lambda N, K, M: N + K - 1 - M, lambda N, K, M: N - K + 1],
    ),
}

FAULTS = {
    "convolution does not flip": (
        CONVOLUTION,
        'return _in_mode("convolve1d", x, w[::-1], mode)',
        'return _in_mode("convolve1d", x, w, mode)',
    ),
    "convolution flips the signal": (
        CONVOLUTION,
        'return _in_mode("convolve1d", x, w[::-1], mode)',
        'return _in_mode("convolve1d", x[::-1], w, mode)',
    ),
    "correlation flips": (
        CONVOLUTION,
        'return _in_mode("correlate1d", x, w, mode)',
        'return _in_mode("correlate1d", x, w[::-1], mode)',
    ),
    "full pads one zero too many": (CONVOLUTION, '"full": taps - 1}', '"full": taps}'),
    "full pads as much as the signal is long": (CONVOLUTION, '"full": taps - 1}', '"full": len(x) - 1}'),
    "same pads all zeros at each end": (CONVOLUTION, '"same": (taps - 1) // 2', '"same": taps - 1'),
    "valid pads": (CONVOLUTION, '{"valid": 0, "same"', '{"valid": 1, "same"'),
    "same takes an even kernel": (
        CONVOLUTION,
        'if mode == "same" and taps % 2 == 0:',
        'if mode == "same" and taps == 0:',
    ),
    "the longer array is the signal": (
        CONVOLUTION,
        "    taps = len(w)\n    if mode ==",
        "    x, w = (w, x) if len(w) > len(x) else (x, w)\n    taps = len(w)\n    if mode ==",
    ),
    "the matrix has the flipped kernel": (
        CONVOLUTION,
        "m[:, np.newaxis], n] = kernel[o, c, k, ",
        "m[:, np.newaxis], n] = kernel[o, c, k, -1 - ",
    ),
    "the matrix wraps around": (CONVOLUTION, "inside = (0 <= m) & (m < n)", "inside = m < n"),
    "the matrix forgets the padding": (
        CONVOLUTION,
        "    m = stride * i - padding + dilation * k\n",
        "    m = stride * i + dilation * k\n",
    ),
    "the matrix of images takes the rows' setting for the columns": (
        CONVOLUTION,
        "j, n = _meetings(l, size[1], shape[1], *geometry.along(1))",
        "j, n = _meetings(l, size[1], shape[1], *geometry.along(0))",
    ),
    "the padding counts once": (
        CONVOLUTION,
        "return (n + 2 * padding - span) // stride + 1",
        "return (n + padding - span) // stride + 1",
    ),
    "stride and dilation are exchanged": (
        CONVOLUTION,
        'return _forward("conv1d", 1, x, w, b, stride, padding, dilation, groups)',
        'return _forward("conv1d", 1, x, w, b, dilation, padding, stride, groups)',
    ),
    "a flip is not named": (HINTS, 'return "flipped", f"', 'return "shifted", f"'),
    "a wrong mode is not named": (HINTS, 'return "wrong-mode", sentence', 'return "shifted", sentence'),
}

LINES = {
    # The kernel is flipped and the index is not.
    "eq-modes-substituted": (
        "w[len(w) - 1 - k] * entry(x, n - (len(w) - 1 - k))",
        "w[len(w) - 1 - k] * entry(x, n - k)",
    ),
    # The bracket is opened with a wrong sign.
    "eq-modes-flipped": (
        "flip[k] * entry(x, n - (len(w) - 1) + k)",
        "flip[k] * entry(x, n - (len(w) - 1) - k)",
    ),
    # The flip is forgotten.
    "eq-modes-full": ("windows(x, w[::-1], len(w) - 1)", "windows(x, w, len(w) - 1)"),
    # The padding counts at one end only.
    "eq-modes-range": ("0 <= n <= N + 2 * padding(mode, K) - K\n", "0 <= n <= N + padding(mode, K) - K\n"),
    # Steps are counted instead of positions.
    "eq-modes-length": (
        "lambda N, K, mode: N + 2 * padding(mode, K) - K + 1",
        "lambda N, K, mode: N + 2 * padding(mode, K) - K",
    ),
    # Valid as if one tap hung over.
    "eq-modes-lengths": ('"valid": N - K + 1', '"valid": N - K'),
    # The dilation is put at the output.
    "eq-modes-bracket": (
        "w[k] * sum((S * i - P + D * k == m) * x[m] for m in range(len(x)))",
        "w[k] * sum((D * i - P + S * k == m) * x[m] for m in range(len(x)))",
    ),
    # The letter k is taken out of its sum.
    "eq-modes-exchanged": (
        "sum((S * i - P + D * k == m) * w[k] for k in range(len(w))) * x[m]",
        "sum((S * i - P + D * k == m) for k in range(len(w))) * w[-1] * x[m]",
    ),
    # Rows and columns exchanged: the matrix of a convolution.
    "eq-modes-toeplitz": ("divmod(m - S * i + P, D)", "divmod(S * i - m + P, D)"),
    # The first padding is lost.
    "eq-modes-stack-inserted": (
        "entry(x, n - Q + k - P + j)",
        "entry(x, n - Q + k + j)",
    ),
    # The difference of the indices for their sum: a correlation of the kernels.
    "eq-modes-stack-collected": ("w[k] * entry(u, s - k)", "w[k] * entry(u, s + k - len(w) + 1)"),
    # Correlation of the kernels, as the bracket of associativity would have it.
    "eq-modes-stack-one": (
        "x, convolve1d(u, w), padding=P + Q\n",
        'x, correlate1d(u, w, "full"), padding=P + Q\n',
    ),
}
