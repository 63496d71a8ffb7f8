"""Faults in the perceptron that its unit tests must notice."""

FAULTS = {
    "it does not fire on its threshold": (
        '_scores("perceptron", "x", x, w, b) >= 0',
        '_scores("perceptron", "x", x, w, b) > 0',
    ),
    "small integers wrap": (
        "x.astype(np.int64) @ w.astype(np.int64) + number",
        "x @ w + number",
    ),
    "integers go through floating point": (
        "x.astype(np.int64) @ w.astype(np.int64) + number",
        "x.astype(float) @ w.astype(float) + number",
    ),
    "the bias is lost for real numbers": ("x.astype(dtype) @ w.astype(dtype) + number.astype(dtype)", "x @ w"),
    "the distance is not divided by the norm": (".min() / norm\n", ".min()\n"),
    "the norm is that of all weights": (
        "np.hypot.reduce(w.astype(np.float64))",
        "np.hypot.reduce(np.append(w, b).astype(np.float64))",
    ),
    "the squares of the norm overflow": (
        "np.hypot.reduce(w.astype(np.float64))",
        "np.sqrt((w.astype(np.float64) ** 2).sum())",
    ),
    "the margin has lost its signs": ("np.where(y == 1, scores, -scores)", "abs(scores)"),
    "the margin is the largest distance": (".min() / norm\n", ".max() / norm\n"),
    "the margin widens the dtype": (
        'smallest.astype(scores.dtype if scores.dtype.kind == "f" else np.float64)',
        "smallest.astype(np.float64)",
    ),
    "a plain bias widens the dtype": ("b if isinstance(b, (int, float)) else number", "number.astype(float)"),
    "learning never subtracts": ("w + x if label == 1 else w - x", "w + x if label == 1 else w"),
    "learning forgets the earlier corrections": (
        "w + x if label == 1 else w - x",
        "0 * w + x if label == 1 else 0 * w - x",
    ),
    "learning starts elsewhere": (
        "np.zeros(X.shape[1] + 1, X.dtype), 0, False",
        "np.ones(X.shape[1] + 1, X.dtype), 0, False",
    ),
    "the bias is not learnt": (
        "np.column_stack([X, np.ones(len(X), X.dtype)])",
        "np.column_stack([X, np.zeros(len(X), X.dtype)])",
    ),
    "the limit is passed by one": ("if updates == max_updates:", "if updates > max_updates:"),
    "it stops after the first round": ("updates, clean = updates + 1, False", "updates, clean = updates + 1, True"),
    "it learns what it can do already": ("if (w @ x >= 0) != (label == 1):", "if (w @ x > 0) != (label == 1):"),
    "the weights are a view": (
        "Training(w[:-1].copy(), w[-1], updates, True)",
        "Training(w[:-1], w[-1], updates, True)",
    ),
    "the bits are in the wrong order": (">> np.arange(n)[::-1]", ">> np.arange(n)"),
    "the linear program has no bias": ("[-signs * x, -signs, np", "[-signs * x, 0 * signs, np"),
    "the weights of the linear program are not negative": (
        "[(None, None)] * (n + 1) + [(None, 1)]",
        "[(0, None)] * (n + 1) + [(None, 1)]",
    ),
    "every function is a threshold function": ("found.x[-1] > 1 / 2", "found.x[-1] > -1 / 2"),
    "NaN is let through": ("if not np.isfinite(scores).all():", "if np.isinf(scores).any():"),
    "scores beyond 64 bits are let through": (
        '>= 2**63:\n            raise ValueError(\n                f"{function}: {name}',
        '>= 2**99:\n            raise ValueError(\n                f"{function}: {name}',
    ),
}
