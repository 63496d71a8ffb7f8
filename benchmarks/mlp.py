"""Time a multilayer perceptron forward and backward beside PyTorch's autograd: python benchmarks/mlp.py

Three layers of one width, a batch of 128, double precision, one thread, one process. Ours is `mlp_forward` and
`mlp_backward`, PyTorch's is the same network with `torch.autograd.grad`; both give the gradients of all weights, all
biases and the input, and the two are compared before anything is timed. The runs take turns, and of each the fastest
counts: a ratio above 1 means that ours takes longer.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import time  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402

from mathdnn_utils.dense import mlp_backward, mlp_forward  # noqa: E402

torch.set_num_threads(1)

WIDTHS = (256, 1024)
BATCH, LAYERS = 128, 3
# name, the largest ratio that is accepted
ACTIVATIONS = {"relu": 1.3, "tanh": 1.3, "sigmoid": 1.6}
RUNS = {256: 60, 1024: 15}


def draw(width):
    """Input, weights, biases and the gradient at the output."""
    rng = np.random.default_rng(width)
    weights = [rng.normal(scale=width**-0.5, size=(width, width)) for _ in range(LAYERS)]
    biases = [rng.normal(size=width) for _ in range(LAYERS)]
    return rng.normal(size=(BATCH, width)), weights, biases, rng.normal(size=(BATCH, width))


def ours(x, weights, biases, g, activation):
    gradients = mlp_backward(mlp_forward(x, weights, biases, activation), weights, activation, g)
    return [*gradients.weights, *gradients.biases, gradients.input]


def torchs(x, weights, biases, g, activation):
    h = x
    for i, (A, b) in enumerate(zip(weights, biases)):
        h = torch.nn.functional.linear(h, A, b)
        if i < LAYERS - 1:
            h = getattr(torch, activation)(h)
    return torch.autograd.grad(h, [*weights, *biases, x], g)


def ratio(width, activation):
    """(milliseconds of ours, of PyTorch's), each the fastest of its runs."""
    x, weights, biases, g = draw(width)
    tensors = [torch.from_numpy(array) for array in (x, *weights, *biases)]
    for tensor in tensors:
        tensor.requires_grad_()
    theirs = tensors[0], tensors[1 : LAYERS + 1], tensors[LAYERS + 1 :], torch.from_numpy(g)
    for a, b in zip(ours(x, weights, biases, g, activation), torchs(*theirs, activation), strict=True):
        if not np.allclose(a, b.numpy(), rtol=1e-9, atol=1e-9):
            raise RuntimeError(f"the gradients differ: width {width}, {activation}")
    times = {ours: [], torchs: []}
    for _ in range(RUNS[width]):
        for function, arguments in ((ours, (x, weights, biases, g)), (torchs, theirs)):
            start = time.perf_counter()
            function(*arguments, activation)
            times[function].append(time.perf_counter() - start)
    return 1e3 * min(times[ours]), 1e3 * min(times[torchs])


def main():
    print(f"forward and backward, {LAYERS} layers, batch {BATCH}, float64, one thread; milliseconds")
    print(f"{'':22}{'ours':>8}{'PyTorch':>10}{'ratio':>8}{'wanted':>10}")
    for width in WIDTHS:
        for activation, limit in ACTIVATIONS.items():
            a, b = ratio(width, activation)
            print(f"{f'width {width}, {activation}':22}{a:8.2f}{b:10.2f}{a / b:8.2f}{f'≤ {limit}':>10}")


if __name__ == "__main__":
    main()
