"""Answers, faults and wrong lines of composition/accumulation."""

import numpy as np
import torch

CHAPTER = "composition/accumulation"
ACCUMULATION = "mathdnn_utils.accumulation"


def loss(x):
    return torch.sin(x[0] * x[1]) + x[1] * torch.exp(x[2])


def hessian_times(x, v):
    return torch.func.grad(lambda x: torch.func.grad(loss)(x) @ torch.from_numpy(v))(torch.from_numpy(x)).numpy()


def gradient_times(x, v):
    return (torch.func.grad(loss)(torch.from_numpy(x)) * torch.from_numpy(v)).numpy()


def gradient(x, v):
    return torch.func.grad(loss)(torch.from_numpy(x)).numpy()


def paper(x, y):
    return ((x + y) * x) ** 2 + (x + y)


# label: (the right answer by another route, two wrong ones that people give)
ANSWERS = {
    # Sizes of the intermediate products; turned round; the products of neighbouring sizes, as for vectors.
    "ex-accumulation-costs": (
        [8 * 2 * (30 + 6), 30 * 6 * (2 + 8)],
        [[1800, 576], [8 * 30 + 30 * 2 + 2 * 6, 8 * 30 + 30 * 2 + 2 * 6]],
    ),
    # By PyTorch; the share of x from u lost; the share of u from w lost.
    "ex-accumulation-paper": (
        [float(d) for d in torch.func.grad(paper, (0, 1))(torch.tensor(2.0), torch.tensor(1.0))],
        [[36, 25], [60, 24]],
    ),
    # Factored differently; the sign turned round; one factor m lost.
    "ex-accumulation-inner": (
        lambda ell, m, o: ell * m * m - m * m * o,
        [lambda ell, m, o: m * m * (o - ell), lambda ell, m, o: m * (ell - o)],
    ),
    # As sums over the layers; what forward and reverse accumulation take; rows and columns exchanged.
    "ex-accumulation-columns": (
        lambda ell, m, n, o: np.array([ell, o]) * sum(a * b for a, b in [(ell, m), (m, n), (n, o)]),
        [
            lambda ell, m, n, o: (ell * m * n + ell * n * o, m * n * o + ell * m * o),
            lambda ell, m, n, o: (o * (ell * m + m * n + n * o), ell * (ell * m + m * n + n * o)),
        ],
    ),
    # The factors on each side of the 2 first; forward mode; reverse mode.
    "ex-accumulation-four": (
        3 * 7 * 2 + 2 * 8 * 4 + 3 * 2 * 4,
        [3 * 7 * 2 + 3 * 2 * 8 + 3 * 8 * 4, 4 * 8 * 2 + 4 * 2 * 7 + 4 * 7 * 3],
    ),
    # Twice L calls, less one for each segment; the checkpoint counted twice; one way forward only.
    "ex-accumulation-checkpoints": (
        lambda q, s: np.array([s + (q - 1), q * (2 * s - 1)]),
        [lambda q, s: (q + s, q * (2 * s - 1)), lambda q, s: (q + s - 1, q * s)],
    ),
    # By PyTorch's Hessian; the gradient; the gradient times v, entry by entry.
    "ex-accumulation-hessian": (hessian_times, [gradient, gradient_times]),
}

FAULTS = {
    "forward mode takes the Jacobians at x where the shapes allow it": (
        ACCUMULATION,
        "_product(jacobian(h, y), J)",
        "_product(jacobian(x if x.shape == h.shape else h, y), J)",
    ),
    "reverse mode takes the Jacobians at x where the shapes allow it": (
        ACCUMULATION,
        "_product(J, jacobian(h, y))",
        "_product(J, jacobian(x if x.shape == h.shape else h, y))",
    ),
    "forward and reverse mode are exchanged": (
        ACCUMULATION,
        "# The order of multiplication\n",
        "forward_accumulation, reverse_accumulation = reverse_accumulation, forward_accumulation\n",
    ),
    "the formulas of the costs are exchanged": (
        ACCUMULATION,
        'order == "forward":\n        return sum(n[k] * n[k - 1] * n[0] for k in range(2, L + 1))',
        'order == "forward":\n        return sum(n[L] * n[k] * n[k - 1] for k in range(1, L))',
    ),
    "a function is called twice": (
        ACCUMULATION,
        "        y = f(h)\n        J, products",
        "        f(h)\n        y = f(h)\n        J, products",
    ),
    "a Jacobian is called twice": (
        ACCUMULATION,
        "        J, products = _product(J, jacobian(h, y))",
        "        jacobian(h, y)\n        J, products = _product(J, jacobian(h, y))",
    ),
    "the inner size is not counted": (ACCUMULATION, "rows * inner * columns", "rows * columns"),
    "the transpose in vjp is lost where the shapes allow it": (
        ACCUMULATION,
        "g = _times(jacobian(h, y).T, g)",
        "g = _times(jacobian(h, y) if h.shape == y.shape else jacobian(h, y).T, g)",
    ),
    "jvp takes the Jacobians at x where the shapes allow it": (
        ACCUMULATION,
        "v = _times(jacobian(h, y), v)",
        "v = _times(jacobian(x if x.shape == h.shape else h, y), v)",
    ),
    "jvp keeps every value": (
        ACCUMULATION,
        "        v = _times(jacobian(h, y), v)\n        h = y\n",
        "        v = _times(jacobian(h, y), v)\n        h, x = y, (x, h)\n",
    ),
    "= for += on the tape": (
        ACCUMULATION,
        "bar[parent] = bar[parent] + bar[index] * partial",
        "bar[parent] = bar[index] * partial",
    ),
    "the product rule has lost a term": (ACCUMULATION, "(a * b, b, a)", "(a * b, b, 0)"),
    "the quotient rule has lost its sign": (ACCUMULATION, "-(a / b) / b)", "(a / b) / b)"),
    "dual numbers forget the inner derivative": (
        ACCUMULATION,
        "tangent = tangent + partial * operand.tangent",
        "tangent = tangent + partial",
    ),
    "the cosine has lost its sign": (
        ACCUMULATION,
        "(self, -self._numpy(np.sin))",
        "(self, self._numpy(np.sin))",
    ),
    "the order forgets the last product": (ACCUMULATION, " + n[j] * n[k] * n[i]", ""),
    "the order exchanges the parts": (
        ACCUMULATION,
        "(best[k, j].order, best[i, k].order)",
        "(best[i, k].order, best[k, j].order)",
    ),
    "an overwritten gradient is not named": (
        "mathdnn_utils.verify.hints",
        'return "overwritten-not-accumulated", (',
        'return "constant-offset", (',
    ),
}

LINES = {
    "eq-accumulation-inner": ("layer(*f)(x) + step_of_inner(f, x, v)\n", "x.sum() + step_of_inner(f, x, v)\n"),
    "eq-accumulation-outer-step": (
        "return layer(*g)(y) + layer_jacobian(*g)(y) @ w + remainder(*g)(w)",
        "return layer(*g)(y) + layer_jacobian(*g)(w) @ w + remainder(*g)(w)",
    ),
    "eq-accumulation-collected": (
        "layer_jacobian(*g)(y) @ remainder(*f)(v) + remainder(*g)(w)",
        "layer_jacobian(*g)(y) @ remainder(*f)(v)",
    ),
    "eq-accumulation-outer": (
        "    inner = complex_step_jacobian(lambda x: smooth(*g)(smooth(*f)(x)), x)\n",
        "    inner = complex_step_jacobian(lambda x: smooth(*g)(smooth(*f)(2 * x)), x)\n",
    ),
    "eq-accumulation-forward": (
        "    A, B, C = at_their_points(f, g, h, x)\n    return C @ (B @ A)",
        "    A, B, C = at_their_points(f, g, h, 2 * x)\n    return C @ (B @ A)",
    ),
    "eq-accumulation-reverse": ("    return (C @ B) @ A\n", "    return -(C @ B) @ A\n"),
    "eq-accumulation-paths": ("for b in range(m)", "for b in range(m - 1)"),
    "eq-accumulation-counted": (
        "(ell * m * n + ell * n * o) - (m * n * o + ell * m * o)",
        "(ell * m * n + ell * m * o) - (m * n * o + ell * n * o)",
    ),
    "eq-accumulation-reciprocals": (
        "+ Fraction(1, m)\n                - Fraction(1, ell)",
        "+ Fraction(1, ell)\n                - Fraction(1, m)",
    ),
}
