"""Answers, faults and wrong lines of convolution/output-size."""

import numpy as np
import torch

CHAPTER = "convolution/output-size"
CONVOLUTION = "mathdnn_utils.convolution"


def torch_shape(channels, out, n, kernel, stride, padding):
    """Shape of what PyTorch's layer makes of a square image."""
    layer = torch.nn.Conv2d(channels, out, kernel, stride, padding)
    return list(layer(torch.zeros(1, channels, n, n)).shape[1:])


def rows_of_lenet():
    """What the layers backwards, as transposed ones, make of one unit."""
    layers = [(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)]
    backwards = torch.nn.Sequential(*(torch.nn.ConvTranspose1d(1, 1, *layer) for layer in layers))
    return backwards(torch.zeros(1, 1)).shape[-1]


def same_padding(K, D):
    """What PyTorch adds at both ends together, halved."""
    total = sum(torch.nn.Conv1d(1, 1, K, padding="same", dilation=D)._reversed_padding_repeated_twice)
    return total / 2


def separable_weights(C, C_out, K):
    layers = [torch.nn.Conv2d(C, C, K, groups=C, bias=False), torch.nn.Conv2d(C, C_out, 1, bias=False)]
    return sum(p.numel() for layer in layers for p in layer.parameters())


def entries_seen(N, K, S):
    """Where PyTorch's transposed layer puts something if each output puts a 1 on all that it has read."""
    ones = torch.ones(1, 1, K)
    outputs = torch.nn.functional.conv1d(torch.zeros(1, N), ones, stride=S)
    spread = torch.nn.functional.conv_transpose1d(torch.ones_like(outputs), ones, stride=S)
    return int((spread > 0).sum())


def two_layers(K1, S1, P1, K2, S2, P2):
    """The product of the layers' polynomials has the kernel's length; stride and padding by the chain of places."""
    spread = np.zeros(S1 * (K2 - 1) + 1)
    spread[::S1] = 1
    begins = [S1 * (S2 * i - P2) - P1 for i in (0, 1)]
    return np.array([len(np.convolve(spread, np.ones(K1))), begins[1] - begins[0], -begins[0]])


# label: (the right answer by another route, two wrong ones that people give)
ANSWERS = {
    # By PyTorch; the steps taken for the positions; rounded up.
    "ex-output-size-layer": (torch_shape(3, 64, 224, 7, 2, 3), [[64, 111, 111], [64, 113, 113]]),
    # By PyTorch; the strides left out; each term multiplied by the stride of its own layer as well.
    "ex-output-size-lenet": (rows_of_lenet(), [1 + 4 + 1 + 4 + 1 + 4, 1 + 4 * 1 + 1 * 2 + 4 * 2 + 1 * 4 + 4 * 4]),
    # By PyTorch; without the dilation; the zeros of both ends together.
    "ex-output-size-same": (same_padding, [lambda K, D: (K - 1) / 2, lambda K, D: D * (K - 1)]),
    # By PyTorch; one full layer; the second layer without its input channels.
    "ex-output-size-separable": (
        separable_weights,
        [lambda C, C_out, K: K**2 * C * C_out, lambda C, C_out, K: K**2 * C + C_out],
    ),
    # All that PyTorch takes to 6; without the padding; without the dilation.
    "ex-output-size-preimages": (
        [n for n in range(6, 40) if torch.nn.Conv1d(1, 1, 4, 3, 1, 2)(torch.zeros(1, n)).shape[-1] == 6],
        [[22, 23, 24], [17, 18, 19]],
    ),
    # By PyTorch; only the end is left out; the positions do not overlap.
    "ex-output-size-seen": (
        entries_seen,
        [lambda N, K, S: N - (N - K) % S, lambda N, K, S: K * ((N - K) // S + 1)],
    ),
    # By polynomials; the kernels' lengths added; the second padding not stretched.
    "ex-output-size-two": (
        two_layers,
        [
            lambda K1, S1, P1, K2, S2, P2: (K1 + K2 - 1, S1 * S2, P1 + S1 * P2),
            lambda K1, S1, P1, K2, S2, P2: (K1 + S1 * (K2 - 1), S1 * S2, P1 + P2),
        ],
    ),
}

FAULTS = {
    "the steps are counted, not the positions": (
        CONVOLUTION,
        "return (n + 2 * padding - span) // stride + 1\n",
        "return max((n + 2 * padding - span) // stride, 1)\n",
    ),
    "the size is rounded up": (
        CONVOLUTION,
        "return (n + 2 * padding - span) // stride + 1\n",
        "return -(-(n + 2 * padding - span) // stride) + 1\n",
    ),
    "the padding is counted once": (
        CONVOLUTION,
        "return (n + 2 * padding - span) // stride + 1\n",
        "return max(n + padding - span, 0) // stride + 1\n",
    ),
    "the dilation stretches every tap": (
        CONVOLUTION,
        "    span = dilation * (kernel - 1) + 1\n",
        "    span = dilation * kernel\n",
    ),
    "a kernel that does not fit has a size": (
        CONVOLUTION,
        "    if span > n + 2 * padding:\n",
        "    if kernel > n + 2 * padding:\n",
    ),
    "the transposed size forgets the dilation": (
        CONVOLUTION,
        "size = stride * (n - 1) + dilation * (kernel - 1) + 1 + extra - 2 * padding\n",
        "size = stride * (n - 1) + kernel + extra - 2 * padding\n",
    ),
    "the transposed size loses the padding once": (
        CONVOLUTION,
        "size = stride * (n - 1) + dilation * (kernel - 1) + 1 + extra - 2 * padding\n",
        "size = stride * (n - 1) + dilation * (kernel - 1) + 1 + extra - padding\n",
    ),
    "the transposed size is a stride too long": (
        CONVOLUTION,
        "size = stride * (n - 1) + dilation * (kernel - 1) + 1 + extra - 2 * padding\n",
        "size = stride * n + dilation * (kernel - 1) + extra - 2 * padding\n",
    ),
    "the output_padding is a remainder of the input": (
        CONVOLUTION,
        "return (n + 2 * padding - dilation * (kernel - 1) - 1) % stride\n",
        "return (n + 2 * padding) % stride\n",
    ),
    "the padding does not move the taps": (
        CONVOLUTION,
        "    m = stride * i - padding + dilation * k\n    inside",
        "    m = stride * i + dilation * k\n    inside",
    ),
    "the taps are not dilated": (
        CONVOLUTION,
        "    m = stride * i - padding + dilation * k\n    inside",
        "    m = stride * i - padding + k\n    inside",
    ),
    "the field forgets the strides": (
        CONVOLUTION,
        "        field += dilation * (kernel - 1) * step\n",
        "        field += dilation * (kernel - 1)\n",
    ),
    "the field counts the stride of its own layer": (
        CONVOLUTION,
        "        field += dilation * (kernel - 1) * step\n        step *= stride\n",
        "        step *= stride\n        field += dilation * (kernel - 1) * step\n",
    ),
    "groups are not counted": (
        CONVOLUTION,
        "    weights = out_channels * (in_channels // groups) * math.prod(taps)\n",
        "    weights = out_channels * in_channels * math.prod(taps)\n",
    ),
    "each kernel has a bias": (
        CONVOLUTION,
        "    return weights + out_channels if bias else weights\n",
        "    return weights + in_channels * out_channels if bias else weights\n",
    ),
}

LINES = {
    "eq-output-size-ends": (
        "0 <= S * i and S * i + D * (K - 1) <= N + 2 * P - 1",
        "0 <= S * i and S * i + K - 1 <= N + 2 * P - 1",
    ),
    "eq-output-size-room": ("if S * i <= room(N, K, S, P, D)", "if S * i < room(N, K, S, P, D)"),
    "eq-output-size-largest": ("        i += 1\n    return i + 1\n", "        i += 1\n    return i\n"),
    "eq-output-size-formula": (
        "math.floor(Fraction(N + 2 * P - D * (K - 1) - 1, S)) + 1",
        "math.ceil(Fraction(N + 2 * P - D * (K - 1) - 1, S)) + 1",
    ),
    "eq-output-size-field-lengths": (
        "a = S * (a - 1) + D * (K - 1) + 1\n",
        "a = S * a + D * (K - 1)\n",
    ),
    "eq-output-size-field-nested": (
        "return D * (K - 1) + S * nested(others)",
        "return D * (K - 1) + nested(others)",
    ),
    "eq-output-size-receptive-field": ("math.prod(S[:n])", "math.prod(S[: n + 1])"),
    "eq-output-size-same-room": (
        "if S * (N - 1) <= room(M, K, S, P, D) < S * N\n",
        "if S * (N - 1) <= room(M, K, S, P, D) <= S * N\n",
    ),
    "eq-output-size-transposed": (
        "S * (N - 1) + D * (K - 1) + 1 + o - 2 * P for o",
        "S * (N - 1) + D * (K - 1) + 1 + o - P for o",
    ),
}
