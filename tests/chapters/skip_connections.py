"""Answers, faults and wrong lines of composition/skip-connections."""

from math import comb

import numpy as np
import torch

CHAPTER = "composition/skip-connections"
RESIDUAL = "mathdnn_utils.residual"


def block_by_torch(u, W_1, W_2):
    A, B = torch.from_numpy(W_1), torch.from_numpy(W_2)
    return torch.func.jacrev(lambda t: t + B @ torch.tanh(A @ torch.tanh(t)))(torch.from_numpy(u)).numpy()


def slopes(u, W_1):
    return 1 - np.tanh(u) ** 2, 1 - np.tanh(W_1 @ np.tanh(u)) ** 2


def two_by_blocks(J_2, J_3):
    """Both skips as one matrix product: (u, u) to (u, v) to G."""
    identity = np.eye(len(J_2))
    return np.hstack([identity, J_3]) @ np.vstack([identity, identity + J_2])


def interpolated(Js, r):
    """The coefficient of t^r in (I + tJ_L)···(I + tJ_1), from its values at roots of unity."""
    L, n = len(Js), Js.shape[1]
    values = []
    for t in np.exp(2j * np.pi * np.arange(L + 1) / (L + 1)):
        product = np.eye(n)
        for J in Js:
            product = (np.eye(n) + t * J) @ product
        values.append(product)
    return np.fft.fft(np.array(values), axis=0)[r].real / (L + 1)


# label: (the right answer by another route, two wrong ones that people give)
ANSWERS = {
    # By hand; 1 + θ_3 for the skip from u as well; the skip from x counted for θ_1.
    "ex-skip-connections-four": (
        [[-20, 30, -12], [-24, 36, -12], [-18, 30, -12], [-20, 30, -12]],
        [
            [[-20, 30, -12], [-24, 36, -12], [-24, 36, -12], [-20, 30, -12]],
            [[-20, 30, -12], [-24, 36, -12], [-18, 30, -12], [-19, 30, -12]],
        ],
    ),
    # By binomials; two for each block added up; ordered choices.
    "ex-skip-connections-count": (
        [sum(comb(12, r) for r in range(13)), 12 * 11 * 10 // 6],
        [[24, 220], [4096, 1320]],
    ),
    # By a logarithm; the upper bound alone; half divided by the number of blocks.
    "ex-skip-connections-range": (-np.expm1(-np.log(2) / 50), [np.expm1(np.log(2) / 50), 1 / 100]),
    # By PyTorch; the skip forgotten; the inner slopes forgotten.
    "ex-skip-connections-block": (
        block_by_torch,
        [
            lambda u, W_1, W_2: block_by_torch(u, W_1, W_2) - np.eye(len(u)),
            lambda u, W_1, W_2: np.eye(len(u)) + (W_2 * slopes(u, W_1)[1]) @ W_1,
        ],
    ),
    # By block matrices; two blocks one after the other; a path lost.
    "ex-skip-connections-two": (
        two_by_blocks,
        [
            lambda J_2, J_3: (np.eye(len(J_2)) + J_3) @ (np.eye(len(J_2)) + J_2),
            lambda J_2, J_3: np.eye(len(J_2)) + J_3 @ J_2,
        ],
    ),
    # By interpolation; the factors in the other order; the blocks taken for equal.
    "ex-skip-connections-length": (
        interpolated,
        [
            lambda Js, r: interpolated(Js[::-1], r),
            lambda Js, r: comb(len(Js), r) * np.linalg.matrix_power(Js.mean(0), r),
        ],
    ),
}

FAULTS = {
    "the identity is dropped where the skip starts": (RESIDUAL, "            M = M + identity\n", "            pass\n"),
    "1 for I": (RESIDUAL, "            M = M + identity\n", "            M = M + 1\n"),
    "the skip starts a layer too early": (RESIDUAL, "        if index == start:", "        if index + 1 == start:"),
    "the skip of the sweep is added before the product": (
        RESIDUAL,
        "        M = M @ J\n        if index == start:\n            M = M + identity\n",
        "        if index == start:\n            M = M + identity\n        M = M @ J\n",
    ),
    "Jacobians are evaluated at x": (
        RESIDUAL,
        "h, above = forward.values[index], forward.values[index + 1]",
        "h, above = np.resize(forward.values[0], forward.values[index].shape), forward.values[index + 1]",
    ),
    "the parameters' Jacobian loses what comes after": (
        RESIDUAL,
        "parameters.append(np.tensordot(M, P, axes=1))",
        "parameters.append(np.tensordot(identity, P, axes=1))",
    ),
    "the output has lost the skip": (
        RESIDUAL,
        "return ForwardPass(values[start] + values[-1], tuple(values))",
        "return ForwardPass(values[-1].copy(), tuple(values))",
    ),
    "the product is in the wrong order": (
        RESIDUAL,
        "product = product + J @ product\n    return",
        "product = product + product @ J\n    return",
    ),
    "the product has lost its identities": (
        RESIDUAL,
        "product = product + J @ product\n    return",
        "product = J @ product\n    return",
    ),
    "the paths' products are in the wrong order": (
        RESIDUAL,
        "(*path, block): J @ product for",
        "(*path, block): product @ J for",
    ),
    "the backward pass overwrites": (RESIDUAL, "        g = g + branch\n", "        g = branch\n"),
    "the backward pass subtracts": (RESIDUAL, "        g = g + branch\n", "        g = g - branch\n"),
    "the backward pass takes every branch at x": (
        RESIDUAL,
        "vjps[index], values[index], g)",
        "vjps[index], values[0], g)",
    ),
    "the backward pass goes forward": (
        RESIDUAL,
        "    for index in reversed(range(len(functions))):\n        branch",
        "    for index in range(len(functions)):\n        branch",
    ),
    "products are counted twice": (
        "mathdnn_utils.counting",
        "    def __mul__(self, other):\n        self.tally[0] += 1\n",
        "    def __mul__(self, other):\n        self.tally[0] += 2\n",
    ),
    "a lost term is not named": (
        "mathdnn_utils.verify.hints",
        'return "overwritten-not-accumulated"',
        'return "constant-offset"',
    ),
}

LINES = {
    "eq-skip-connections-plain-outer": (
        "Jacobians(x, *A)[2] @ by_parameter(v, 1, x, *A),\n",
        "A[2] @ by_parameter(v, 1, x, *A),\n",
    ),
    "eq-skip-connections-plain-middle": (
        "                @ Jacobians(x, *A)[1]\n                @ by_parameter(u, 1, x, *A)",
        "                @ A[1]\n                @ by_parameter(u, 1, x, *A)",
    ),
    "eq-skip-connections-plain-result": (
        "    return J3 @ J2 @ P1\n\n\ncheck_steps",
        "    return J3 @ A[1] @ P1\n\n\ncheck_steps",
    ),
    "eq-skip-connections-v-sum": (
        "by_parameter(v, 1, x, *A) + by_parameter(F, 1, x, *A)",
        "by_parameter(v, 1, x, *A) * by_parameter(F, 1, x, *A)",
    ),
    "eq-skip-connections-v-chain": (
        "by_parameter(v, 1, x, *A)\n                + Jacobians(x, *A)[2] @ by_parameter(v, 1, x, *A)",
        "by_parameter(v, 1, x, *A)\n                + J(v(x, *A), A[2]).T @ by_parameter(v, 1, x, *A)",
    ),
    "eq-skip-connections-v-factored": (
        "(np.eye(len(A[2])) + Jacobians(x, *A)[2])",
        "(1 + Jacobians(x, *A)[2])",
    ),
    "eq-skip-connections-v-result": (
        "    return (np.eye(len(J3)) + J3) @ J2 @ P1\n",
        "    return (np.eye(len(J3)) + J3.T) @ J2 @ P1\n",
    ),
    "eq-skip-connections-v-second-chain": (
        "by_parameter(v, 2, x, *A)\n                + Jacobians(x, *A)[2] @ by_parameter(v, 2, x, *A)",
        "Jacobians(x, *A)[2] @ by_parameter(v, 2, x, *A)",
    ),
    "eq-skip-connections-v-second-result": (
        "    return (np.eye(len(J3)) + J3) @ P2\n",
        "    return (1 + J3) @ P2\n",
    ),
    "eq-skip-connections-u-sum": (
        "by_parameter(u, 1, x, *A) + by_parameter(F, 1, x, *A)",
        "by_parameter(F, 1, x, *A)",
    ),
    "eq-skip-connections-u-chain": ("    return P1 + J3 @ J2 @ P1\n", "    return P1 + A[2] @ J2 @ P1\n"),
    "eq-skip-connections-u-result": (
        "    return (np.eye(len(J3)) + J3 @ J2) @ P1\n",
        "    return (1 + J3 @ J2) @ P1\n",
    ),
    "eq-skip-connections-x-sum": ("np.eye(len(x)) + by_input(F, x, *A)", "1 + by_input(F, x, *A)"),
    "eq-skip-connections-x-result": (
        "    return np.eye(len(x)) + J3 @ J2 @ J1\n",
        "    return np.eye(len(x)) + (J3 @ J2 @ J1).T\n",
    ),
    "eq-skip-connections-rest-sum": (
        "by_parameter(starts[start], l, x, *A)\n                + by_parameter(F, l, x, *A)",
        "len(x)\n                + by_parameter(F, l, x, *A)",
    ),
    "eq-skip-connections-rest-zero": (
        "lambda start, l, x, *A: by_parameter(F, l, x, *A),\n",
        "lambda start, l, x, *A: 1 + by_parameter(F, l, x, *A),\n",
    ),
    "eq-skip-connections-rest-result": (
        "{1: J3 @ J2 @ P1, 2: J3 @ P2, 3: P3}[l]",
        "{1: J3 @ J2 @ P1, 2: J3 @ P2, 3: P3 + 1}[l]",
    ),
    "eq-skip-connections-three-two": (
        "(identity(J1) + J2 + J1 + J2 @ J1)",
        "(identity(J1) + J2 + J1 + J1 @ J2)",
    ),
    "eq-skip-connections-three-paths": (
        "*(J2 @ J1, J3 @ J1, J3 @ J2),",
        "*(J2 @ J1, J1 @ J3, J3 @ J2),",
    ),
}
