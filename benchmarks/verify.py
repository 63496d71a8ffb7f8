"""Time the checks of derivatives beside PyTorch's gradcheck: python benchmarks/verify.py

Two convolutions, valid, 3 by 3: one with 54 weights (3 to 2 channels, input 6 by 7), and one with 9216 (32 to 32
channels, input 8 by 8). What is checked is the product with the transposed Jacobian, once for the weights and once for
the input: by `check_vjp`, first its first tier alone, on a right claim that is a function of one point, then the whole
report on a wrong claim that is a function of stacks (the kernel gradient flipped; the input gradient with the kernel
not flipped); and by `torch.autograd.gradcheck`, fast and slow, on
PyTorch's own convolution. Everything runs in one process on one thread, in double precision; of several runs the
fastest counts, and of the slow ones there is one.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import time  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402

from mathdnn_utils.verify import check_vjp  # noqa: E402

torch.set_num_threads(1)

# name, channels in and out, height and width of the input
LAYERS = {"54 weights": (3, 2, 6, 7), "9216 weights": (32, 32, 8, 8)}
K = 3


def windows(x):
    """All 3 by 3 windows of a stack of images as rows: (n, places, channels * 9)."""
    view = np.lib.stride_tricks.sliding_window_view(x, (K, K), axis=(-2, -1))
    n, channels, height, width = view.shape[:4]
    return view.transpose(0, 2, 3, 1, 4, 5).reshape(n, height * width, channels * K * K)


def convolution(x, w):
    """Stacks of images and of kernels to a stack of images; either stack may have length 1."""
    rows, kernels = windows(x), w.reshape(len(w), w.shape[1], -1)
    height, width = x.shape[-2] - K + 1, x.shape[-1] - K + 1
    if len(rows) == 1:  # one product of matrices
        y = kernels.reshape(-1, kernels.shape[-1]) @ rows[0].T
    else:
        y = kernels @ rows.transpose(0, 2, 1)
    return y.reshape(-1, w.shape[1], height, width)


def weight_gradient(x, g):
    """For a stack of g: (n, out, in, 3, 3)."""
    return (g.reshape(*g.shape[:2], -1) @ windows(x)).reshape(len(g), g.shape[1], x.shape[1], K, K)


def input_gradient(w, g):
    """For a stack of g: the full convolution, as a sum of shifted products."""
    n, _, height, width = g.shape
    gradient = np.zeros((n, w.shape[1], height + K - 1, width + K - 1))
    flat = g.reshape(n, len(w), -1)
    for i in range(K):
        for j in range(K):
            product = w[:, :, i, j].T @ flat
            gradient[:, :, i : i + height, j : j + width] += product.reshape(n, -1, height, width)
    return gradient


def fastest(call, repetitions):
    """Seconds of the fastest of several runs."""
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def measure(channels, kernels, height, width):
    """Rows (what, the first tier, the full report, gradcheck fast, gradcheck slow), in seconds."""
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(channels, height, width)), rng.normal(size=(kernels, channels, K, K))
    flip = (..., slice(None, None, -1), slice(None, None, -1))
    cases = {
        "weights": (
            lambda w: convolution(x[None], w),
            lambda w, g: weight_gradient(x[None], g),
            lambda w, g: weight_gradient(x[None], g)[flip],
            w,
            lambda t: torch.nn.functional.conv2d(torch.from_numpy(x)[None], t),
        ),
        "input": (
            lambda x: convolution(x, w[None]),
            lambda x, g: input_gradient(w, g),
            lambda x, g: input_gradient(w[flip], g),
            x,
            lambda t: torch.nn.functional.conv2d(t[None], torch.from_numpy(w)),
        ),
    }
    return [(name, *timed(name, *case)) for name, case in cases.items()]


def timed(name, f, right, wrong, point, layer):
    """Seconds: the first tier on functions of one point, the full report on functions of stacks, gradcheck's modes."""

    def single(point):
        return f(point[None])[0]

    def products(point, g):
        return right(point[None], g[None])[0]

    tensor = torch.from_numpy(point.copy()).requires_grad_()
    first = check_vjp(single, products, point)
    report = check_vjp(f, wrong, point, batched=True)
    if not first.ok or not first.directions or report.ok or "flipped" not in report.hints:
        raise RuntimeError(f"the checks say something else than they should of the {name}:\n{first}\n{report}")
    return (
        fastest(lambda: check_vjp(single, products, point), 30),
        fastest(lambda: check_vjp(f, wrong, point, batched=True), 1),
        fastest(lambda: torch.autograd.gradcheck(layer, tensor, fast_mode=True), 30),
        fastest(lambda: torch.autograd.gradcheck(layer, tensor, fast_mode=False), 1),
    )


def main():
    print("milliseconds on one thread")
    print(f"{'':24}{'check_vjp':>12}{'full report':>14}{'gradcheck fast':>16}{'slow':>10}")
    for layer, sizes in LAYERS.items():
        for name, *seconds in measure(*sizes):
            ours, full, fast, slow = (1e3 * second for second in seconds)
            print(f"{layer + ', ' + name:24}{ours:12.2f}{full:14.1f}{fast:16.2f}{slow:10.1f}")
            print(f"{'  beside gradcheck fast':24}{ours / fast:12.2f}")


if __name__ == "__main__":
    main()
