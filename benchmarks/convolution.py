"""Time convolution layers and their gradients beside PyTorch's: python benchmarks/convolution.py

Four layers, from one small image to a batch of sixteen, in float64 and float32, on one thread, in one process. Ours are
`conv2d`, `conv2d_grad_input` and `conv2d_grad_kernel`, called as a reader calls them. PyTorch's gradients are
`torch.ops.aten.convolution_backward`, asked for the one gradient alone: no forward pass, no autograd. The matrix
product is NumPy's, one for each sample, with as many multiplications as the layer has, in memory that is there already:
the limit of a layer that is made of such products. The results are compared before anything is timed. Our runs and
PyTorch's take turns, and of each the fastest counts: a ratio above 1 means that ours takes longer than PyTorch's. What
misses its goal is marked.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import math  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402

from mathdnn_utils.convolution import conv2d, conv2d_grad_input, conv2d_grad_kernel  # noqa: E402

torch.set_num_threads(1)

# shape of the images, shape of the kernels, stride, padding
LAYERS = {
    "1×1×28×28, 1 kernel 3×3": ((1, 1, 28, 28), (1, 1, 3, 3), 1, 0),
    "8×16×64×64, 32 kernels 3×3, padding 1": ((8, 16, 64, 64), (32, 16, 3, 3), 1, 1),
    "1×3×128×128, 32 kernels 8×8, stride 2, padding 3": ((1, 3, 128, 128), (32, 3, 8, 8), 2, 3),
    "16×64×32×32, 64 kernels 3×3, padding 1": ((16, 64, 32, 32), (64, 64, 3, 3), 1, 1),
}
WHAT = ("forward", "input gradient", "kernel gradient")
SECONDS = 1.0  # for the two of a row, and for the matrix product
RUNS = 8, 400  # at least, at most


def goal(dtype, x_shape, stride, what):
    """The largest ratio that is wanted, or None."""
    if math.prod(x_shape) < 1000:  # one small image: what is timed is the checks of the arguments
        return None
    if dtype == "float32":
        return 3
    if what == "input gradient":
        return 1.4 if stride == 1 else None
    return 0.75


def calls(dtype, x_shape, w_shape, stride, padding):
    """What is timed: name -> (ours, PyTorch's, the matrix product), functions without arguments."""
    rng = np.random.default_rng(0)
    x, w = (rng.normal(size=shape).astype(dtype) for shape in (x_shape, w_shape))
    lay = {"stride": stride, "padding": padding}
    g = rng.normal(size=conv2d(x, w, **lay).shape).astype(dtype)
    x_there, w_there, g_there = map(torch.from_numpy, (x, w, g))

    def backward(*wanted):
        pair = [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1
        return torch.ops.aten.convolution_backward(g_there, x_there, w_there, None, *pair, wanted)

    def products(left, right):
        """The bare product for each sample, into the same place again and again."""
        out = left @ right
        return lambda: [np.matmul(left, right, out=out) for _ in range(samples)]

    samples, outputs, entries = g.shape[0], g.shape[1], w[0].size
    rows, gradient = w.reshape(outputs, entries), g[0].reshape(outputs, -1)
    columns = np.ones((entries, gradient.shape[1]), dtype)
    if stride == 1:  # the input gradient is a correlation as well, of g with the flipped kernels
        back = w.swapaxes(0, 1).reshape(x_shape[1], -1), np.ones((w[:, 0].size, math.prod(x_shape[2:])), dtype)
    else:
        back = rows.T, gradient
    return {
        "forward": (
            lambda: conv2d(x, w, **lay),
            lambda: torch.nn.functional.conv2d(x_there, w_there, **lay),
            products(rows, columns),
        ),
        "input gradient": (
            lambda: conv2d_grad_input(g, w, x_shape[2:], **lay),
            lambda: backward(True, False, False)[0],
            products(*back),
        ),
        "kernel gradient": (
            lambda: conv2d_grad_kernel(g, x, w_shape[2:], **lay),
            lambda: backward(False, True, False)[1],
            products(columns, gradient.T),
        ),
    }


def fastest(functions):
    """Seconds of the fastest run of each, taking turns."""
    times, start = [[] for _ in functions], time.perf_counter()
    for run in range(RUNS[1]):
        if run >= RUNS[0] and time.perf_counter() - start > SECONDS:
            break
        for function, measured in zip(functions, times):
            before = time.perf_counter()
            function()
            measured.append(time.perf_counter() - before)
    return [min(measured) for measured in times]


def require_agreement(name, ours, theirs):
    """Raise unless both are the same up to rounding, measured at the largest entry."""
    a, b = ours(), theirs().numpy()
    tolerance = 1e-10 if a.dtype == np.float64 else 1e-3
    if a.shape != b.shape or a.dtype != b.dtype or not np.abs(a - b).max() <= tolerance * np.abs(b).max():
        raise RuntimeError(f"ours and PyTorch's differ: {name}, {a.dtype}")


def main():
    print("convolution layers, one thread; milliseconds, and ratios to PyTorch's time")
    print("goals of the three larger layers, float64: forward and kernel gradient ≤ 0.75, input gradient at stride 1")
    print("≤ 1.4; float32: ≤ 3. A ratio that misses its goal is marked with *.")
    missed = 0
    for dtype in ("float64", "float32"):
        for name, (x_shape, w_shape, stride, padding) in LAYERS.items():
            print(f"\n{dtype}, {name}")
            print(f"{'':18}{'ours':>8}{'PyTorch':>10}{'ratio':>8}{'':2}{'wanted':>8}{'matrix product':>18}{'ratio':>8}")
            for what, functions in calls(dtype, x_shape, w_shape, stride, padding).items():
                require_agreement(f"{name}, {what}", *functions[:2])
                *pair, alone = functions
                # The limit is timed for itself, so that what it puts into the cache disturbs neither of the others.
                ours, theirs, product = (1e3 * seconds for seconds in (*fastest(pair), *fastest([alone])))
                wanted = goal(dtype, x_shape, stride, what)
                misses = wanted is not None and ours / theirs > wanted
                missed += misses
                print(
                    f"{what:18}{ours:8.2f}{theirs:10.2f}{ours / theirs:8.2f}{' *' if misses else '  '}"
                    f"{f'≤ {wanted}' if wanted else '':>8}{product:18.2f}{product / theirs:8.2f}"
                )
    print(f"\nratios that miss their goal: {missed}" if missed else "\nevery goal is met")


if __name__ == "__main__":
    main()
