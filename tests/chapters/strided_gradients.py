"""Answers, faults and wrong lines of convolution/strided-gradients."""

import numpy as np
import torch

CHAPTER = "convolution/strided-gradients"
CONVOLUTION = "mathdnn_utils.convolution"

X, W = [[1.0, 2, 3, 4, 5], [5, 4, 3, 2, 1]], [[[1.0, 0, -1], [2, 1, 0]]]


def torch_gradients(g, stride=1, dilation=1):
    """f and the gradients at kernel and input of the problem's layer, by PyTorch."""
    x, w = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (X, W))
    f = torch.conv1d(x, w, stride=stride, dilation=dilation)
    f.backward(torch.tensor(g, dtype=torch.float64))
    return f.detach().numpy(), w.grad.numpy(), x.grad.numpy()


def in_one_list(*arrays):
    return np.concatenate([np.ravel(array) for array in arrays])


def torch_gram(x, filters, K):
    w = torch.zeros(filters, len(x), K, dtype=torch.float64)
    J = torch.func.jacrev(lambda w: torch.conv1d(torch.from_numpy(x.copy()), w, stride=2))(w).flatten(2)
    return torch.einsum("oiw,pjw->oipj", J, J).numpy()


def alike(x, filters, K, between):
    """The Gram array, with `between` in the place of the zeros between filters."""
    one = torch_gram(x, 1, K)[0, :, 0]
    return np.einsum("op,ij->oipj", np.where(np.eye(filters), 1, between), one)


def torch_input(g, w, N, S, P, D):
    """The gradient at the input, by PyTorch."""
    x = torch.zeros(1, 1, N, dtype=torch.float64, requires_grad=True)
    torch.conv1d(x, torch.tensor(w)[None, None], stride=S, padding=P, dilation=D).backward(torch.tensor(g)[None, None])
    return x.grad.numpy()[0, 0]


def without_flip(g, w, N, S, P, D):
    return torch_input(g, w[::-1].copy(), N, S, P, D)


def without_end(g, w, N, S, P, D):
    """As many entries as the transposed convolution has by itself."""
    return torch_input(g, w, N, S, P, D)[: S * (len(g) - 1) + D * (len(w) - 1) + 1 - 2 * P]


# label: (the right answer by another route, two wrong ones that people give)
ANSWERS = {
    # By hand; the stride kept as a stride; no hole between the entries of the gradient.
    "ex-strided-gradients-kernel": (
        [3 + 12, 6 + 16, 9 + 20, 15 + 12, 12 + 8, 9 + 4],
        [[3 + 8, 9 + 16, 15, 15 + 16, 9 + 8, 3], [3 + 8, 6 + 12, 9 + 16, 15 + 16, 12 + 12, 9 + 8]],
    ),
    # By PyTorch; the filter at columns 0 and 1; overwritten where the two meet.
    "ex-strided-gradients-input": (
        torch_gradients([[3, 4]], stride=2)[2],
        [[[3, 4, -3, -4, 0], [6, 11, 4, 0, 0]], [[3, 0, 4, 0, -4], [6, 3, 8, 4, 0]]],
    ),
    # By PyTorch; stride 2 in the place of dilation 2, the first output alone; the input's gradient forgotten.
    "ex-strided-gradients-dilation": (
        in_one_list(*torch_gradients([[1]], dilation=2)),
        [
            in_one_list([12], [1, 2, 3, 5, 4, 3], [1, 0, -1, 0, 0, 2, 1, 0, 0, 0]),
            in_one_list([9], [1, 3, 5, 5, 3, 1]),
        ],
    ),
    # By PyTorch; the delta forgotten; the channels not added up.
    "ex-strided-gradients-filters": (
        torch_gram,
        [lambda x, filters, K: alike(x, filters, K, 1), lambda x, filters, K: torch_gram(x[:1], filters, K)],
    ),
    # By trying PyTorch; the padding forgotten; the smallest alone.
    "ex-strided-gradients-sizes": (
        [
            n
            for n in range(1, 30)
            if torch.conv1d(torch.ones(1, n), torch.ones(1, 1, 3), stride=4, padding=1).numel() == 3
        ],
        [[11, 12, 13, 14], [9]],
    ),
    "ex-strided-gradients-zeros": (torch_input, [without_flip, without_end]),
}

FAULTS = {
    "the bias is not added": (
        CONVOLUTION,
        "        f += b[:, np.newaxis, np.newaxis].astype(f.dtype)\n",
        "        f += 0 * b[:, np.newaxis, np.newaxis].astype(f.dtype)\n",
    ),
    "one position too many": (
        CONVOLUTION,
        "    return (n + 2 * padding - span) // stride + 1\n",
        "    return -(-(n + 2 * padding - span) // stride) + 1\n",
    ),
    "the stride takes away from both ends": (
        CONVOLUTION,
        "    return (n + 2 * padding - dilation * (kernel - 1) - 1) % stride\n",
        "    return (n + padding - dilation * (kernel - 1) - 1) % stride\n",
    ),
    "the needed output_padding forgets the dilation": (
        CONVOLUTION,
        "    return (n + 2 * padding - dilation * (kernel - 1) - 1) % stride\n",
        "    return (n + 2 * padding - (kernel - 1) - 1) % stride\n",
    ),
    "output_padding comes twice": (
        CONVOLUTION,
        "size = stride * (n - 1) + dilation * (kernel - 1) + 1 + extra - 2 * padding",
        "size = stride * (n - 1) + dilation * (kernel - 1) + 1 + 2 * extra - 2 * padding",
    ),
    "output_padding is not added": (
        CONVOLUTION,
        "size = stride * (n - 1) + dilation * (kernel - 1) + 1 + extra - 2 * padding",
        "size = stride * (n - 1) + dilation * (kernel - 1) + 1 - 2 * padding",
    ),
    "the matrix forgets the padding": (
        CONVOLUTION,
        "    m = stride * i - padding + dilation * k\n",
        "    m = stride * i + dilation * k\n",
    ),
    "the matrix exchanges stride and dilation": (
        CONVOLUTION,
        "    m = stride * i - padding + dilation * k\n",
        "    m = dilation * i - padding + stride * k\n",
    ),
    "the matrix wraps round": (
        CONVOLUTION,
        "    inside = (0 <= m) & (m < n)\n",
        "    inside = m < n\n",
    ),
    "the definition overwrites": (
        CONVOLUTION,
        "f[sample, o, i, j] += ",
        "f[sample, o, i, j] = ",
    ),
    "the definition forgets the groups": (
        CONVOLUTION,
        "x[sample, group * (o // outputs) + c, m, n]",
        "x[sample, c, m, n]",
    ),
    "the scatter overwrites": (
        CONVOLUTION,
        "f[sample, group * (c // inputs) + o, m, n] += ",
        "f[sample, group * (c // inputs) + o, m, n] = ",
    ),
    "dilation 0 is let through": (
        CONVOLUTION,
        'dilation=_setting(function, "dilation", dilation, axes, 1, 1,',
        'dilation=_setting(function, "dilation", dilation, axes, 0, 1,',
    ),
    "the samples overwrite each other": (
        CONVOLUTION,
        "weights[product] += entries @ gradient[:, positions]",
        "weights[product] = entries @ gradient[:, positions]",
    ),
    "a wrapped index is not named": (
        "mathdnn_utils.verify.hints",
        'return "out-of-range-index", (',
        'return "shifted", (',
    ),
}

LINES = {
    "eq-strided-gradients-by-kernel-sum": (
        "dw[o, c, k, o_, c_, k_] * read(x, c, S * i - P + D * k)",
        "dw[o, c, k, o_, c_, k_] * read(x, c, S * i - P + D + k)",
    ),
    "eq-strided-gradients-by-kernel-deltas": (
        "delta(o, o_)\n            * delta(c, c_)\n            * delta(k, k_)\n",
        "delta(c, c_)\n            * delta(k, k_)\n",
    ),
    "eq-strided-gradients-by-kernel-entry": (
        "delta(o, o_) * read(x, c_, S * i - P + D * k_)\n        ),",
        "read(x, c_, S * i - P + D * k_)\n        ),",
    ),
    "eq-strided-gradients-by-input-sum": (
        "w[o, c, k] * read(dx[:, :, c_, m], c, S * i - P + D * k)",
        "w[o, c, k] * read(dx[:, :, c_, m], c, S * i + P + D * k)",
    ),
    "eq-strided-gradients-by-input-deltas": (
        "w[o, c, k] * delta(c, c_) * delta(S * i - P + D * k, m)",
        "w[o, c, k] * delta(S * i - P + D * k, m)",
    ),
    "eq-strided-gradients-by-input-taps": (
        "w[o, c_, k] for k in range(w.shape[2]) if S * i - P + D * k == m",
        "w[o, c_, k] for k in range(w.shape[2]) if D * i - P + S * k == m",
    ),
    "eq-strided-gradients-by-input-entry": (
        "if rest == 0 and 0 <= k < w.shape[2] else 0",
        "if 0 <= k < w.shape[2] else 0",
    ),
    "eq-strided-gradients-kernel-deltas": (
        "g[o, i] * delta(o, o_) * read(x, c_, S * i - P + D * k_)",
        "g[o, i] * read(x, c_, S * i - P + D * k_)",
    ),
    "eq-strided-gradients-kernel": (
        "g[o_, i] * read(x, c_, S * i - P + D * k_)",
        "g[o_, i] * read(x, c_, D * i - P + S * k_)",
    ),
    "eq-strided-gradients-input-taps": (
        "            g[o, i]\n            * sum(",
        "            sum(",
    ),
    "eq-strided-gradients-input": (
        "total[c, m] += w[o, c, k] * g[o, i]",
        "total[c, m] = w[o, c, k] * g[o, i]",
    ),
    "eq-strided-gradients-missing-sorted": (
        "return room(N, K, S, P, D) - S * (positions(N, K, S, P, D) - 1)",
        "return room(N, K, S, P, D) - S * positions(N, K, S, P, D)",
    ),
    "eq-strided-gradients-missing-floor": (
        "return room(N, K, S, P, D) - S * (room(N, K, S, P, D) // S)",
        "return room(N, K, S, P, D) - room(N, K, S, P, D) // S",
    ),
    "eq-strided-gradients-output-padding": (
        "return (N + 2 * P - D * (K - 1) - 1) % S",
        "return (N + 2 * P - D * (K - 1)) % S",
    ),
    "eq-strided-gradients-taps-room": (
        "return (D * (K - 1) + rest) // D + 1",
        "return (D * K + rest) // D + 1",
    ),
    "eq-strided-gradients-taps-rest": (
        "return (D * (K - 1) + output_padding(N, K, S, P, D)) // D + 1",
        "return (D * (K - 1) + output_padding(N, K, S, P, D)) // D",
    ),
    "eq-strided-gradients-taps-extra": (
        "return K + output_padding(N, K, S, P, D) // D",
        "return K + output_padding(N, K, S, P, D)",
    ),
}
