"""Faults in the activations that no chapter calls yet, or would notice."""

FAULTS = {
    "the sigmoid subtracts": ("np.where(t.real > 0, 1, e) / (1 + e)", "1 / (1 + np.exp(-t))"),
    "the derivative is s (1 - s)": (
        "slope * (1 / (1 + e)) * (e / (1 + e))",
        "slope * sigmoid(x, slope) * (1 - sigmoid(x, slope))",
    ),
    "softmax divides by the sum of the whole batch": ("e / e.sum(axis, keepdims=True)", "e / e.sum()"),
    "softmax does not subtract the largest entry": ("        e = np.exp(x - m)\n", "        e = np.exp(x)\n"),
    "the Jacobian keeps only i = j": (
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * identity * (1 - p[..., np.newaxis, :])",
    ),
    "the Jacobian has lost its second term": (
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * identity",
    ),
    "rows for columns in the Jacobian": (
        "p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])",
        "p[..., :, np.newaxis] * (identity - p[..., :, np.newaxis])",
    ),
    "a plus in J v": ("p * (v - (p * v).sum(-1, keepdims=True))", "p * (v + (p * v).sum(-1, keepdims=True))"),
    "p is left out of p·v": ("p * (v - (p * v).sum(-1, keepdims=True))", "p * (v - v.sum(-1, keepdims=True))"),
    "the gradient has the wrong sign": (
        "    return softmax(x) - (np.arange(x.shape[-1]) == t[..., np.newaxis])",
        "    return (np.arange(x.shape[-1]) == t[..., np.newaxis]) - softmax(x)",
    ),
    "the gradient is averaged over the batch": (
        "    return softmax(x) - (np.arange(x.shape[-1]) == t[..., np.newaxis])",
        "    return (softmax(x) - (np.arange(x.shape[-1]) == t[..., np.newaxis])) / len(x)",
    ),
}
