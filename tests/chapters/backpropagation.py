"""Answers, faults and wrong lines of composition/backpropagation."""

import numpy as np
import torch
from scipy.special import expit

CHAPTER = "composition/backpropagation"
DENSE = "mathdnn_utils.dense"


def torch_gradient(f, x):
    """Gradient of a scalar function written in PyTorch."""
    return torch.func.grad(f)(torch.from_numpy(np.asarray(x, dtype=float))).numpy()


def three_layers(rows):
    """The output of the three ReLU layers whose weights stand one above the other."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    return rows[0] @ torch.relu(rows[1:3] @ torch.relu(rows[3:] @ x))


def shared_by_torch(x, A, a):
    x, a = torch.from_numpy(x), torch.from_numpy(a)
    return torch_gradient(lambda M: a @ torch.tanh(M @ torch.tanh(M @ x)), A)


def shared_terms(x, A, a):
    """What the second and the first use of the matrix contribute."""
    h_1 = np.tanh(A @ x)
    delta_2 = a / np.cosh(A @ h_1) ** 2
    return np.outer(delta_2, h_1), np.outer((A.T @ delta_2) / np.cosh(A @ x) ** 2, x)


def several_by_torch(x, A_1, A_2, g):
    x, A_2, g = map(torch.from_numpy, (x, A_2, g))
    return torch_gradient(lambda A: g @ (A_2 @ torch.tanh(A @ x)), A_1)


# label: (the right answer by another route, two wrong ones that people give)
ANSWERS = {
    # The activations, in a row; in a column; with the slopes of the sigmoid.
    "ex-backpropagation-last": (
        expit([[-1, 2]]),
        [expit([[-1], [2]]), [expit(np.array([-1.0, 2.0])) * expit(np.array([1.0, -2.0]))]],
    ),
    # Counted by hand, product by product; with the gradient of the input; without that of the last layer's weights.
    "ex-backpropagation-cost": (
        (1_572_864 + 262_144 + 5_120 + 262_144 + 5_120) / 1_840_128,
        [2, (1_840_128 - 5_120) / 1_840_128],
    ),
    # By PyTorch; the slopes of layer 1 forgotten; transposes of the square blocks.
    "ex-backpropagation-three": (
        torch_gradient(three_layers, [[1, -1], [1, 1], [2, 0], [1, 0], [1, -1]]),
        [
            [[1, 2], [1, 0], [-1, 0], [-1, -2], [1, 2]],
            [[1, 2], [1, -1], [0, 0], [-1, 0], [-2, 0]],
        ],
    ),
    # By PyTorch; without the slope; turned round.
    "ex-backpropagation-outputs": (
        several_by_torch,
        [
            lambda x, A_1, A_2, g: np.outer(A_2.T @ g, x),
            lambda x, A_1, A_2, g: several_by_torch(x, A_1, A_2, g).T,
        ],
    ),
    # s = 2/3 solved for z; the sign turned round; where both losses pull alike.
    "ex-backpropagation-steepest": (np.log(1 / 3) - np.log(2 / 3), [np.log(2), 0.0]),
    # By PyTorch; the second use overwrites; the first use overwrites.
    "ex-backpropagation-shared": (
        shared_by_torch,
        [lambda x, A, a: shared_terms(x, A, a)[0], lambda x, A, a: shared_terms(x, A, a)[1]],
    ),
    # By the matrices; squared; the sum of the two norms.
    "ex-backpropagation-norms": (
        lambda Delta, H: np.sqrt(np.einsum("ni,nj->nij", Delta**2, H**2).sum((1, 2))),
        [
            lambda Delta, H: (Delta**2).sum(1) * (H**2).sum(1),
            lambda Delta, H: np.linalg.norm(Delta, axis=1) + np.linalg.norm(H, axis=1),
        ],
    ),
}

FAULTS = {
    "the transpose is lost where widths are equal": (
        DENSE,
        "* (delta @ A)\n",
        "* (delta @ (A.T if A.shape[0] == A.shape[1] else A))\n",
    ),
    "the slope of the activation is dropped": (
        DENSE,
        'delta = _entrywise("mlp_backward", phi_prime, z) * (delta @ A)',
        "delta = delta @ A",
    ),
    "the slope is taken of the activation": (
        DENSE,
        "zip(weights[:0:-1], forward.preactivations[-2::-1])",
        "zip(weights[:0:-1], forward.activations[:0:-1])",
    ),
    "the slope is that of another layer where widths are equal": (
        DENSE,
        'delta = _entrywise("mlp_backward", phi_prime, z) * (delta @ A)',
        "other = forward.preactivations[0] if forward.preactivations[0].shape == z.shape else z\n"
        '        delta = _entrywise("mlp_backward", phi_prime, other) * (delta @ A)',
    ),
    "the slope of the last layer is applied too": (
        DENSE,
        "    deltas = [delta]\n    for A, z in zip(weights[:0:-1]",
        '    delta = delta * _entrywise("mlp_backward", phi_prime, forward.output)\n'
        "    deltas = [delta]\n    for A, z in zip(weights[:0:-1]",
    ),
    "the outer product is turned round": (
        DENSE,
        "return np.atleast_2d(delta).T @ np.atleast_2d(h)",
        "return np.atleast_2d(h).T @ np.atleast_2d(delta)",
    ),
    "h_l stands for h_(l-1) where it fits": (
        DENSE,
        "weights=tuple(_weight_gradient(delta, h) for delta, h in zip(deltas, forward.activations)),",
        "weights=tuple(_weight_gradient(delta, after if after.shape == h.shape else h) for delta, h, after in "
        "zip(deltas, forward.activations, (*forward.activations[1:], forward.output))),",
    ),
    "the bias takes the first sample": (
        DENSE,
        "return np.atleast_2d(delta).sum(axis=0)",
        "return np.atleast_2d(delta)[0].copy()",
    ),
    "the bias takes the mean over the batch": (
        DENSE,
        "return np.atleast_2d(delta).sum(axis=0)",
        "return np.atleast_2d(delta).mean(axis=0)",
    ),
    "the weights take the last sample, = for +=": (
        DENSE,
        "return np.atleast_2d(delta).T @ np.atleast_2d(h)",
        "return np.atleast_2d(delta)[-1:].T @ np.atleast_2d(h)[-1:]",
    ),
    "the deltas come in the wrong order": (
        DENSE,
        "    deltas.reverse()\n",
        "    deltas[1:] = deltas[:0:-1]\n    deltas.reverse()\n",
    ),
    "the gradient of the input stops at z_1": (
        DENSE,
        "input=deltas[0] @ weights[0],",
        "input=deltas[0] @ np.abs(weights[0]),",
    ),
    "the biases are left out on the way up": (
        DENSE,
        "z = activations[-1] @ A.T + b\n",
        "z = activations[-1] @ A.T + 0 * b\n",
    ),
    "the last layer has an activation": (
        DENSE,
        "return MLPForward(z, tuple(preactivations), tuple(activations))",
        'return MLPForward(_entrywise("mlp_forward", phi, z), tuple(preactivations), tuple(activations))',
    ),
    "a value used twice is not named": (
        "mathdnn_utils.verify.hints",
        'return "overwritten-not-accumulated"',
        'return "constant-offset"',
    ),
    "a forgotten factor is not named": (
        "mathdnn_utils.verify.hints",
        'what = "lacks the factor" if missing',
        'what = "has the factor" if missing',
    ),
}

LINES = {
    "eq-backpropagation-last-bias-result": ("lambda A, h, b: [[1.0]],", "lambda A, h, b: [[b[0]]],"),
    "eq-backpropagation-last-input-result": (
        '("eq-backpropagation-last-input-result", lambda A, h, b: A)',
        '("eq-backpropagation-last-input-result", lambda A, h, b: A.T)',
    ),
    "eq-backpropagation-hidden-bias-chain": (
        "derivative(phi, A @ h + b)\n                    @ derivative(lambda b: A @ h + b, b)",
        "derivative(phi, A @ h)\n                    @ derivative(lambda b: A @ h + b, b)",
    ),
    "eq-backpropagation-hidden-bias-result": (
        "lambda A, h, b: np.diag(slope(A @ h + b)),",
        "lambda A, h, b: np.diag(slope(phi(A @ h + b))),",
    ),
    "eq-backpropagation-hidden-input-chain": (
        "@ derivative(lambda h: A @ h + b, h)",
        "@ derivative(lambda h: A @ h + b, h) ** 2",
    ),
    "eq-backpropagation-hidden-input-result": (
        "np.diag(slope(A @ h + b)) @ A,",
        "A,",
    ),
    "eq-backpropagation-above-chain": (
        "lambda h: phi(A[m] @ h + b[m]), h[m - 1]\n",
        "lambda h: phi(A[m] @ h + b[m]), x if m == 1 else h[m - 1] + 1\n",
    ),
    "eq-backpropagation-above-product": (
        "product = product @ np.diag(slope(z[m])) @ A[m]",
        "product = product @ A[m]",
    ),
    "eq-backpropagation-last-weight-result": ("lambda A, h, b: h[None, :],", "lambda A, h, b: h[:, None],"),
    "eq-backpropagation-entry-chain": (
        'np.einsum("k,kij->ij", output_by_z(x, A, b, k)[0], z_by_A)',
        'np.einsum("k,kij->ij", above(x, A, b, k)[0], z_by_A)',
    ),
    "eq-backpropagation-entry-row": (
        "return [[g_i * h_j for h_j in h[k - 1]] for g_i in g]",
        "return [[g_i * h_j for g_i in g] for h_j in h[k - 1]]",
    ),
    "eq-backpropagation-entry-slope": ("[slope(z_i) * g_i * h_j for h_j", "[slope(g_i) * z_i * h_j for h_j"),
    "eq-backpropagation-entry-result": (
        "column = np.diag(slope(z[k])) @ above_product(x, A, b, k).T\n",
        "column = above_product(x, A, b, k).T\n",
    ),
    "eq-backpropagation-bias-chain": (
        "return (above(x, A, b, k) @ h_by_b).T",
        "return (above(x, A, b, k) @ h_by_b)",
    ),
    "eq-backpropagation-bias-result": (
        "return np.diag(slope(z[k])) @ above_product(x, A, b, k).T",
        "return np.diag(slope(z[k])) @ slope(above_product(x, A, b, k).T)",
    ),
    "eq-backpropagation-delta-chain": (
        "(y_by_z @ z_by_h @ derivative(phi, z[k])).T[:, 0]",
        "(y_by_z @ z_by_h @ derivative(phi, h[k])).T[:, 0]",
    ),
    "eq-backpropagation-delta-known": (
        "(row @ A[k + 1] @ np.diag(slope(z[k]))).T[:, 0]",
        "(row @ A[k + 1]).T[:, 0]",
    ),
    "eq-backpropagation-delta": (
        '"eq-backpropagation-delta",\n                lambda x, A, b, k: deltas(x, A, b)[k],',
        '"eq-backpropagation-delta",\n                lambda x, A, b, k: A[k + 1].T @ deltas(x, A, b)[k + 1],',
    ),
    "eq-backpropagation-weight": (
        "deltas(x, A, b)[k], run(x, A, b)[1][k - 1]",
        "deltas(x, A, b)[k], run(x, A, b)[1][k]",
    ),
    "eq-backpropagation-batch-sum": (
        "np.column_stack([np.outer(delta, h), delta])\n",
        "np.column_stack([np.outer(delta, h), delta]) / len(X)\n",
    ),
    "eq-backpropagation-batch-entry": (
        "sum(Delta[n, i] * column[n] for n in N)",
        "sum(Delta[n, i] * column[0] for n in N)",
    ),
    "eq-backpropagation-batch": (
        "np.column_stack([Delta.T @ H, Delta.T @ np.ones(len(X))])",
        "np.column_stack([Delta.T @ H, Delta[0]])",
    ),
}
