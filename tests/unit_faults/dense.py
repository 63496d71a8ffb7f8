"""Faults in the dense layers that their unit tests must notice."""

FAULTS = {
    "the layer's transpose is dropped": ("phi, x @ W.T + b)", "phi, x @ W + b)"),
    "the bias is dropped": ("phi, x @ W.T + b)", "phi, x @ W.T)"),
    "the Jacobian of the input forgets φ′": ("input=s[:, np.newaxis] * W,", "input=W.copy(),"),
    "rows for columns in the Jacobian of the input": ("input=s[:, np.newaxis] * W,", "input=s * W.T,"),
    "the Jacobian of the weights has lost its delta": (
        "weight=(s[:, np.newaxis] * identity)[:, :, np.newaxis] * x,",
        "weight=(s[:, np.newaxis] * np.ones_like(identity))[:, :, np.newaxis] * x,",
    ),
    "the Jacobian of the biases is full": (
        "bias=s[:, np.newaxis] * identity,",
        "bias=s[:, np.newaxis] * np.ones_like(identity),",
    ),
    "the product with a layer forgets φ′": (
        'delta = _entrywise("dense_vjp", phi_prime, z) * g',
        "delta = g.copy()",
    ),
    "the product is not with the transposed weights": (
        "input=delta @ W, weight",
        "input=delta @ W.T, weight",
    ),
    "backpropagation forgets φ′": (
        'delta = _entrywise("mlp_backward", phi_prime, z) * (delta @ A)',
        "delta = delta @ A",
    ),
    "φ′ is taken at h": (
        "zip(weights[:0:-1], forward.preactivations[-2::-1])",
        "zip(weights[:0:-1], forward.activations[:0:-1])",
    ),
    "the sum over the batch is dropped from the biases": (
        "return np.atleast_2d(delta).sum(axis=0)",
        "return np.atleast_2d(delta)[0].copy()",
    ),
    "the biases are averaged over the batch": (
        "return np.atleast_2d(delta).sum(axis=0)",
        "return np.atleast_2d(delta).mean(axis=0)",
    ),
    "the sum over the batch is dropped from the weights": (
        "return np.atleast_2d(delta).T @ np.atleast_2d(h)",
        "return np.outer(np.atleast_2d(delta)[0], np.atleast_2d(h)[0])",
    ),
    "the gradient of the weights is transposed": (
        "return np.atleast_2d(delta).T @ np.atleast_2d(h)",
        "return np.atleast_2d(h).T @ np.atleast_2d(delta)",
    ),
    "h of the same layer": (
        "for delta, h in zip(deltas, forward.activations)",
        "for delta, h in zip(deltas, (*forward.activations[1:], forward.output))",
    ),
    "the activation acts on the output too": (
        "    return MLPForward(z, tuple",
        '    return MLPForward(_entrywise("mlp_forward", phi, z), tuple',
    ),
    "the input is kept and not copied": (
        'weights[0]", weights[0]).copy()',
        'weights[0]", weights[0])',
    ),
    "tanh without its factor": (
        "return 2 * sigmoid_derivative(z, slope=2.0)",
        "return sigmoid_derivative(z, slope=2.0)",
    ),
    "tanh by subtraction": ("return 2 * sigmoid_derivative(z, slope=2.0)", "return 1 - np.tanh(z) ** 2"),
    "relu makes floats of integers": (
        "return np.asarray(relu_derivative(z)).astype(z.dtype, copy=False)",
        "return relu_derivative(z)",
    ),
    "an activation gets the array that is kept": ("f(z.copy()) for f in activation", "f(z) for f in activation"),
    "small integers become small floats": ('return np.tanh(floating_array("tanh", "z", z))', "return np.tanh(z)"),
}
