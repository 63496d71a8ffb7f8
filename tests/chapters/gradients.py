"""Answers, faults and wrong lines of convolution/gradients."""

import numpy as np
import torch
import torch.nn.functional as F

CHAPTER = "convolution/gradients"
CONVOLUTION = "mathdnn_utils.convolution"


def as_torch(v):
    return torch.tensor(np.asarray(v, dtype=float)[None, None], requires_grad=True)


def first_kernel(x, w_1, w_2, a_2_bar, slope=torch.relu):
    x, w_1, w_2, a_2_bar = map(as_torch, (x, w_1, w_2, a_2_bar))
    h_1 = slope(F.conv1d(x, w_1, padding=w_1.shape[-1] - 1))
    a_2 = F.conv1d(h_1, w_2, padding=w_2.shape[-1] - 1)
    return torch.autograd.grad(a_2, w_1, a_2_bar)[0][0, 0].numpy()


def correlation(a_bar, w):
    """numpy's same correlation, cut to the length of a_bar."""
    whole = np.convolve(a_bar, np.asarray(w)[::-1])
    start = (len(w) - 1) // 2
    return whole[start : start + len(a_bar)]


def gram(h, K, padding):
    """The Gram matrix of shifted copies of the padded signal."""
    padded = np.pad(h, padding)
    rows = [padded[k : k + len(padded) - K + 1] for k in range(K)]
    return np.array([[row @ other for other in rows] for row in rows])


# label: (the right answer by another route, two wrong ones that people give)
ANSWERS = {
    # numpy's convolution; the kernel not flipped; valid instead of full, filled up with zeros.
    "ex-gradients-valid": (
        np.convolve([1, 4, -2], [21, -13, 32]),
        [np.correlate([1, 4, -2], [21, -13, 32], "full"), [0, 0, -62, 0, 0]],
    ),
    # By hand; not turned round; the full correlation.
    "ex-gradients-kernel-full": ([20, 14], [[14, 20], [3, 8, 14, 20, 11, 4]]),
    # By PyTorch; the ReLU forgotten; the kernel's gradient not turned round.
    "ex-gradients-two-layers": (
        first_kernel,
        [
            lambda x, w_1, w_2, a_2_bar: first_kernel(x, w_1, w_2, a_2_bar, slope=lambda a: a),
            lambda x, w_1, w_2, a_2_bar: first_kernel(x, w_1, w_2, a_2_bar)[::-1],
        ],
    ),
    # By PyTorch's transposed convolution; the kernel not flipped; full for same.
    "ex-gradients-same": (
        lambda a_bar, w: F.conv_transpose1d(as_torch(a_bar), as_torch(w), padding=len(w) // 2)[0, 0].detach().numpy(),
        [correlation, lambda a_bar, w: np.convolve(a_bar, w)],
    ),
    # By PyTorch's transposed convolution; the padding kept; full whatever the padding is.
    "ex-gradients-padding": (
        lambda a_bar, w, P: F.conv_transpose1d(as_torch(a_bar), as_torch(w), padding=P)[0, 0].detach().numpy(),
        [
            lambda a_bar, w, P: np.convolve(np.pad(a_bar, P), w, "valid"),
            lambda a_bar, w, P: np.convolve(a_bar, w),
        ],
    ),
    # Shifted copies; the diagonal alone; the cyclic one.
    "ex-gradients-hessian": (
        lambda h, K: gram(h, K, K - 1),
        [
            lambda h, K: np.diag(np.full(K, h @ h)),
            lambda h, K: np.array([[h @ np.roll(h, k - j) for j in range(K)] for k in range(K)]),
        ],
    ),
}

FAULTS = {
    "the convolution does not flip": (
        CONVOLUTION,
        'return _in_mode("convolve1d", x, w[::-1], mode)',
        'return _in_mode("convolve1d", x, w, mode)',
    ),
    "full pads one zero more": (CONVOLUTION, '"full": taps - 1}[mode]', '"full": taps}[mode]'),
    "same pads as full does": (CONVOLUTION, '"same": (taps - 1) // 2', '"same": taps - 1'),
    "valid pads": (CONVOLUTION, '{"valid": 0,', '{"valid": 1,'),
    "the gradient at the input is flipped once more": (
        CONVOLUTION,
        "_spread(*_in_common_dtype(gradient, kernel)",
        "_spread(*_in_common_dtype(gradient, kernel[..., ::-1])",
    ),
    "a kernel that is too long is let through": (
        CONVOLUTION,
        'if mode == "valid" and taps > len(x):',
        'if mode == "full" and taps > len(x):',
    ),
    "the padding shifts the other way": (
        CONVOLUTION,
        "m = stride * i - padding + dilation * k",
        "m = stride * i + padding + dilation * k",
    ),
    "the matrix wraps round": (
        CONVOLUTION,
        "inside = (0 <= m) & (m < n)",
        "inside = m < n",
    ),
    "the gradient at the kernel takes the outputs in reverse": (
        CONVOLUTION,
        "_correlate_with_gradient(*_in_common_dtype(gradient, image)",
        "_correlate_with_gradient(*_in_common_dtype(gradient[..., ::-1], image)",
    ),
    "a lost flip is not named": ("mathdnn_utils.verify.hints", 'return "flipped"', 'return "shifted"'),
    "a wrong mode is not named": ("mathdnn_utils.verify.hints", 'return "wrong-mode"', 'return "shifted"'),
    "channels that are not exchanged are not named": (
        "mathdnn_utils.verify.hints",
        '                "axes-permuted",\n',
        '                "transposed",\n',
    ),
    "products are counted twice": (
        "mathdnn_utils.counting",
        "    def __mul__(self, other):\n        self.tally[0] += 1\n",
        "    def __mul__(self, other):\n        self.tally[0] += 2\n",
    ),
    "ReLU's slope is turned round": (
        "mathdnn_utils.activations",
        "    return heaviside(x, at_zero)\n",
        "    return heaviside(-x, at_zero)\n",
    ),
}

LINES = {
    "eq-gradients-size-twice": ("(N - (K_1 - 1)) - (K_2 - 1)", "(N - (K_1 - 1)) - K_2"),
    "eq-gradients-size-valid": (
        '("eq-gradients-size-valid", lambda N, K_1, K_2: N - K_1 - K_2 + 2)',
        '("eq-gradients-size-valid", lambda N, K_1, K_2: N - K_1 - K_2 + 1)',
    ),
    "eq-gradients-size-full-twice": ("(N + (K_1 - 1)) + (K_2 - 1)", "(N + K_1) + (K_2 - 1)"),
    "eq-gradients-size-full": (
        '("eq-gradients-size-full", lambda N, K_1, K_2: N + K_1 + K_2 - 2)',
        '("eq-gradients-size-full", lambda N, K_1, K_2: N + K_1 + K_2 - 1)',
    ),
    "eq-gradients-partial-terms": ("w[k] * (i + k == n)", "w[k] * (i - k == n)"),
    "eq-gradients-partial-tap": (
        "lambda i, n: w[n - i] if 0 <= n - i < K else 0, N_1 - K + 1, N_1",
        "lambda i, n: w[n - i] if 0 <= n - i < K - 1 else 0, N_1 - K + 1, N_1",
    ),
    "eq-gradients-full-partial-terms": ("w[k] * (i - (len(w) - 1) + k == n)", "w[k] * (i - len(w) + k == n)"),
    "eq-gradients-full-partial-tap": (
        "lambda i, n: w[n - i + K - 1] if 0 <= n - i + K - 1 < K else 0",
        "lambda i, n: w[i - n] if 0 <= i - n < K else 0",
    ),
    "eq-gradients-window": (
        "a_bar[i] * w[n - i]\n                    for i in range(N_2)\n                    if 0 <= n - i < K",
        "a_bar[i] * w[n - i]\n                    for i in range(N_2)\n                    if -K <= n - i < K",
    ),
    "eq-gradients-first-change": (
        "w[k] * a_bar[n - k]\n                    for k in range(K)\n                    if 0 <= n - k < N_2",
        "w[k] * a_bar[n - k]\n                    for k in range(K)\n                    if 0 < n - k < N_2",
    ),
    "eq-gradients-second-change": (
        "w[K - 1 - j] * a_bar[n - (K - 1) + j]\n                    for j in range(K)",
        "w[j] * a_bar[n - (K - 1) + j]\n                    for j in range(K)",
    ),
    "eq-gradients-flip": (
        "flip(w)[j] * a_bar[n - (K - 1) + j]\n                    for j in range(K)",
        "w[j] * a_bar[n - (K - 1) + j]\n                    for j in range(K)",
    ),
    "eq-gradients-input-valid": (
        '            "eq-gradients-input-valid",\n            lambda h, w, a_bar: correlate1d(a_bar, flip(w), "full"),',
        '            "eq-gradients-input-valid",\n            lambda h, w, a_bar: correlate1d(a_bar, w, "full"),',
    ),
    "eq-gradients-input-valid-convolution": (
        "lambda h, w, a_bar: np.convolve(a_bar, w),",
        "lambda h, w, a_bar: np.convolve(a_bar, flip(w)),",
    ),
    "eq-gradients-full-window": (
        "for i in range(N_2)\n                    if 0 <= n - i + K - 1 < K",
        "for i in range(N_2)\n                    if -K <= n - i + K - 1 < K",
    ),
    "eq-gradients-full-first-change": (
        "w[k] * a_bar[n + (K - 1) - k] for k in range(K)",
        "w[k] * a_bar[n + k] for k in range(K)",
    ),
    "eq-gradients-full-second-change": (
        "w[K - 1 - j] * a_bar[n + j] for j in range(K)",
        "w[K - 1 - j] * a_bar[n + (K - 1) - j] for j in range(K)",
    ),
    "eq-gradients-input-full": (
        'lambda h, w, a_bar: correlate1d(a_bar, flip(w), "valid"),',
        'lambda h, w, a_bar: correlate1d(a_bar, flip(w), "full"),',
    ),
    "eq-gradients-input-full-convolution": (
        'lambda h, w, a_bar: np.convolve(a_bar, w, "valid"),',
        'lambda h, w, a_bar: np.correlate(a_bar, w, "valid"),',
    ),
    "eq-gradients-kernel-window": (
        "sum(a_bar[i] * h[i + k] for i in range(len(a_bar)))",
        "sum(a_bar[i] * h[i - k] for i in range(len(a_bar)))",
    ),
    "eq-gradients-kernel-valid": (
        '            "eq-gradients-kernel-valid",\n            lambda h, w, a_bar: correlate1d(h, a_bar),',
        '            "eq-gradients-kernel-valid",\n            lambda h, w, a_bar: flip(correlate1d(h, a_bar)),',
    ),
    "eq-gradients-kernel-full-window": (
        "a_bar[i] * h[i - (K - 1) + k]\n            for i in range(N_2)\n            if 0 <= i - (K - 1) + k < N_1",
        "a_bar[i] * h[i - (K - 1) + k]\n            for i in range(N_2)\n            if -N_1 <= i - (K - 1) + k < N_1",
    ),
    "eq-gradients-kernel-full-change": (
        "h[n] * a_bar[(len(w) - 1 - k) + n]",
        "h[n] * a_bar[k + n]",
    ),
    "eq-gradients-kernel-full": (
        '            "eq-gradients-kernel-full",\n            lambda h, w, a_bar: flip(correlate1d(a_bar, h)),',
        '            "eq-gradients-kernel-full",\n            lambda h, w, a_bar: correlate1d(a_bar, h),',
    ),
    "eq-gradients-relu": (
        "h_bar[n] * relu_derivative(a_1[n]) for n in range(len(a_1))",
        "h_bar[n] * relu(a_1[n]) for n in range(len(a_1))",
    ),
    "eq-gradients-relu-step": (
        "lambda a_1, h_bar: h_bar * heaviside(a_1)",
        "lambda a_1, h_bar: h_bar * heaviside(h_bar)",
    ),
}
