"""Answers, faults and wrong lines of composition/sigmoid-layer."""

import numpy as np
import torch
from scipy.special import expit

CHAPTER = "composition/sigmoid-layer"
DENSE = "mathdnn_utils.dense"
ACTIVATIONS = "mathdnn_utils.activations"


def torch_layer(x, W, b, phi=torch.sigmoid):
    return phi(torch.as_tensor(W) @ torch.as_tensor(x) + torch.as_tensor(b))


def torch_blocks(x, W, b, phi=torch.sigmoid):
    """The derivatives by weights, biases and input, by PyTorch."""
    arguments = [torch.from_numpy(a) for a in (x, W, b)]
    by_x, by_W, by_b = torch.func.jacrev(lambda *a: torch_layer(*a, phi), argnums=(0, 1, 2))(*arguments)
    return by_W.numpy(), by_b.numpy(), by_x.numpy()


def torch_matrix(x, W, b, turned=False):
    """All derivatives side by side, the weights row after row, or column after column."""
    by_W, by_b, by_x = torch_blocks(x, W, b)
    by_W = by_W.transpose(0, 2, 1) if turned else by_W
    return np.concatenate([by_W.reshape(len(b), -1), by_b, by_x], axis=1)


def slope(x, W, b):
    p = expit(W @ x + b)
    return p * (1 - p)


# label: (the right answer by another route, two wrong ones that people give)
ANSWERS = {
    # Counted by hand; the input's axes first; the weights' derivative with the shape of the weights.
    "ex-sigmoid-layer-shapes": ([2, 2, 6, 2, 2, 2, 6], [[2, 6, 2, 2, 2, 6, 2], [1, 2, 6, 2, 2, 2, 6]]),
    # (1, 4, 3, 8) times the columns, by hand; the slopes forgotten; the outputs taken for the slopes.
    "ex-sigmoid-layer-backward": (
        [1 + 8 - 6 + 8, -1 + 4 + 9 + 16, 2 - 4 + 3 - 24],
        [[58, 162, -144], [2 + 24 - 24 + 10, -2 + 12 + 36 + 20, 4 - 12 + 12 - 30]],
    ),
    # 2^20 > 10^6 > 2^19; the weights forgotten; one too few.
    "ex-sigmoid-layer-depth": (20, [10, 19]),
    # By PyTorch; the slope forgotten; the slope of the sigmoid.
    "ex-sigmoid-layer-relu": (
        lambda x, W, b, g: g @ torch_blocks(x, W, b, torch.relu)[2],
        [lambda x, W, b, g: W.T @ g, lambda x, W, b, g: g @ torch_blocks(x, W, b)[2]],
    ),
    # By PyTorch; column after column; the factors of the product not exchanged.
    "ex-sigmoid-layer-row-major": (
        torch_matrix,
        [
            lambda x, W, b: torch_matrix(x, W, b, turned=True),
            lambda x, W, b: np.hstack([np.kron(np.eye(len(b)), x), np.eye(len(b)), W]),
        ],
    ),
    # By PyTorch; the slope not differentiated; the sign turned round.
    "ex-sigmoid-layer-second": (
        lambda x, W, b: torch.func.jacrev(torch.func.jacrev(lambda x: torch_layer(x, W, b)))(
            torch.from_numpy(x)
        ).numpy(),
        [
            lambda x, W, b: np.einsum("k,ki,kj->kij", slope(x, W, b), W, W),
            lambda x, W, b: np.einsum("k,ki,kj->kij", -slope(x, W, b) * (1 - 2 * expit(W @ x + b)), W, W),
        ],
    ),
    # J Jᵀ by PyTorch; the biases forgotten; the slopes on one side only.
    "ex-sigmoid-layer-gram": (
        lambda x, W, b: torch_matrix(x, W, b) @ torch_matrix(x, W, b).T,
        [
            lambda x, W, b: np.outer(slope(x, W, b), slope(x, W, b)) * (x @ x * np.eye(len(b)) + W @ W.T),
            lambda x, W, b: slope(x, W, b)[:, None] * ((1 + x @ x) * np.eye(len(b)) + W @ W.T),
        ],
    ),
}

FAULTS = {
    "the layer forgets its bias": (
        DENSE,
        'return _entrywise("dense", phi, x @ W.T + b)',
        'return _entrywise("dense", phi, x @ W.T)',
    ),
    "the layer forgets its activation": (
        DENSE,
        'return _entrywise("dense", phi, x @ W.T + b)',
        "return x @ W.T + b",
    ),
    "the Jacobian by the input forgets the slope": (
        DENSE,
        "        input=s[:, np.newaxis] * W,\n",
        "        input=W.copy(),\n",
    ),
    "the Jacobian by the input is in the other layout": (
        DENSE,
        "        input=s[:, np.newaxis] * W,\n",
        "        input=(s[:, np.newaxis] * W).T,\n",
    ),
    "the Jacobian by the weights has the rows of all slopes": (
        DENSE,
        "weight=(s[:, np.newaxis] * identity)[:, :, np.newaxis] * x,",
        "weight=(s[:, np.newaxis] + 0 * identity)[:, :, np.newaxis] * x,",
    ),
    "every bias moves every output": (
        DENSE,
        "bias=s[:, np.newaxis] * identity,",
        "bias=s[:, np.newaxis] + 0 * identity,",
    ),
    "the slopes are taken at the input without the bias": (
        DENSE,
        's = _entrywise("dense_jacobians", phi_prime, W @ x + b)',
        's = _entrywise("dense_jacobians", phi_prime, W @ x)',
    ),
    "the products forget the slope": (
        DENSE,
        'delta = _entrywise("dense_vjp", phi_prime, z) * g',
        "delta = 1 * g",
    ),
    "the weights' gradient is turned": (
        DENSE,
        "    return np.atleast_2d(delta).T @ np.atleast_2d(h)\n",
        "    return np.atleast_2d(h).T @ np.atleast_2d(delta)\n",
    ),
    "the batch is averaged": (
        DENSE,
        "    return np.atleast_2d(delta).sum(axis=0)\n",
        "    return np.atleast_2d(delta).mean(axis=0)\n",
    ),
    "the slope overflows": (
        ACTIVATIONS,
        "        e = np.exp(-_magnitude(slope * x))\n        return slope",
        "        e = np.exp(-slope * x)\n        return slope",
    ),
    "the slope has lost one of its factors": (
        ACTIVATIONS,
        "return slope * (1 / (1 + e)) * (e / (1 + e))",
        "return slope * (e / (1 + e))",
    ),
    "products are counted twice": (
        "mathdnn_utils.counting",
        "    def __mul__(self, other):\n        self.tally[0] += 1\n",
        "    def __mul__(self, other):\n        self.tally[0] += 2\n",
    ),
    "a forgotten slope is not named": (
        "mathdnn_utils.verify.hints",
        '"row-scaled"',
        '"column-scaled"',
    ),
}

LINES = {
    "eq-sigmoid-layer-slope-reciprocal": (
        "lambda t: np.exp(-t) / (1 + np.exp(-t)) ** 2,\n        ),",
        "lambda t: -np.exp(-t) / (1 + np.exp(-t)) ** 2,\n        ),",
    ),
    "eq-sigmoid-layer-slope-symmetric": (
        "lambda t: 1 / (np.exp(t) + 2 + np.exp(-t))",
        "lambda t: 1 / (np.exp(t) + 1 + np.exp(-t))",
    ),
    "eq-sigmoid-layer-slope-factors": (
        "(1 / (1 + np.exp(-t))) * (1 / (1 + np.exp(t)))",
        "(1 / (1 + np.exp(-t))) * (1 / (1 + np.exp(-t)))",
    ),
    "eq-sigmoid-layer-slope-product": (
        "lambda t: sigmoid(t) * sigmoid(-t)",
        "lambda t: sigmoid(t) * (1 + sigmoid(-t))",
    ),
    "eq-sigmoid-layer-weight-chain": (
        "slope_at(x, W, b, k)\n                * complex_step_jacobian(lambda W: W[k] @ x + b[k], W)[i, j]",
        "slope_at(x, W, b, i)\n                * complex_step_jacobian(lambda W: W[i] @ x + b[i], W)[i, j]",
    ),
    "eq-sigmoid-layer-weight-sum": (
        "complex_step_jacobian(lambda W: W[k, l], W)[i, j] * x_l",
        "complex_step_jacobian(lambda W: W[k, l], W)[i, j]",
    ),
    "eq-sigmoid-layer-weight-deltas": ("delta(k, i) * delta(l, j) * x_l", "delta(l, j) * x_l"),
    "eq-sigmoid-layer-weight": (
        "delta(k, i) * slope_at(x, W, b, k) * x[j]",
        "slope_at(x, W, b, k) * x[j]",
    ),
    "eq-sigmoid-layer-bias-chain": (
        "* complex_step_jacobian(lambda b: b, b)\n",
        "+ complex_step_jacobian(lambda b: b, b)\n",
    ),
    "eq-sigmoid-layer-bias": (
        "lambda x, W, b: np.diag(slopes(x, W, b)),\n",
        "lambda x, W, b: np.outer(slopes(x, W, b), np.ones(len(b))),\n",
    ),
    "eq-sigmoid-layer-input-chain": (
        "slopes(x, W, b)[:, None]\n                * (W @ complex_step_jacobian(lambda x: x, x))",
        "(W @ complex_step_jacobian(lambda x: x, x))",
    ),
    "eq-sigmoid-layer-input-entry": (
        "[s_k * W_kj for W_kj in W_k]\n",
        "[s_k / W_kj for W_kj in W_k]\n",
    ),
    "eq-sigmoid-layer-input": (
        "lambda x, W, b: np.diag(slopes(x, W, b)) @ W,",
        "lambda x, W, b: W.T @ np.diag(slopes(x, W, b)),",
    ),
    "eq-sigmoid-layer-vec-columns": (
        "sum(x_j * W_j for x_j, W_j in zip(x, W.T)) + b,",
        "sum(x_j * W_j for x_j, W_j in zip(x, W.T)) - b,",
    ),
    "eq-sigmoid-layer-vec-blocks": (
        'np.hstack([x_j * identity(len(b)) for x_j in x])\n                @ W.ravel(order="F")',
        "np.hstack([x_j * identity(len(b)) for x_j in x])\n                @ W.ravel()",
    ),
    "eq-sigmoid-layer-vec-kronecker": (
        'np.kron(x, identity(len(b))) @ W.ravel(order="F") + b',
        'np.kron(identity(len(b)), x) @ W.ravel(order="F") + b',
    ),
    "eq-sigmoid-layer-vjp-sum": ("g_k * slice_k\n", "slice_k\n"),
    "eq-sigmoid-layer-vjp-entries": (
        "sum(g[k] * delta(k, i) * s[k] * x[j] for k in range(m))",
        "sum(g[k] * s[k] * x[j] for k in range(m))",
    ),
    "eq-sigmoid-layer-vjp-collapsed": ("[g_i * s_i * x_j for x_j in x]", "[g_i * x_j for x_j in x]"),
    "eq-sigmoid-layer-vjp-bias": (
        "lambda x, W, b, y: fbar(x, W, b, y) * slopes(x, W, b),",
        "lambda x, W, b, y: fbar(x, W, b, y),",
    ),
    "eq-sigmoid-layer-vjp-outer": (
        "slopes(x, W, b) * fbar(x, W, b, y), x\n",
        "x, slopes(x, W, b) * fbar(x, W, b, y)\n",
    ),
    "eq-sigmoid-layer-vjp-input": (
        "complex_step_jacobian(lambda x: sigma(W @ x + b), x).T\n                @ fbar(x, W, b, y)",
        "complex_step_jacobian(lambda x: sigma(W @ x + b), x).T\n                @ sigma(W @ x + b)",
    ),
    "eq-sigmoid-layer-vjp-input-jacobian": (
        "(np.diag(slopes(x, W, b)) @ W).T @ fbar(x, W, b, y)",
        "W.T @ fbar(x, W, b, y)",
    ),
    "eq-sigmoid-layer-vjp-input-turned": (
        "W.T @ np.diag(slopes(x, W, b)) @ fbar(x, W, b, y)",
        "(np.diag(slopes(x, W, b)) @ W).sum(0) * fbar(x, W, b, y).sum()",
    ),
    "eq-sigmoid-layer-vjp-input-short": (
        "W.T @ (slopes(x, W, b) * fbar(x, W, b, y))",
        "W.T @ (slopes(x, W, b) + fbar(x, W, b, y))",
    ),
}
