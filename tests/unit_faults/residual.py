"""Faults in the chains with skips that their unit tests must notice."""

FAULTS = {
    "the identity is dropped": ("            M = M + identity\n", "            pass\n"),
    "1 for I": ("            M = M + identity\n", "            M = M + 1\n"),
    "the skip starts a value too late": ("        if index == start:", "        if index - 1 == start:"),
    "the skip starts at the same place as the product": (
        "        M = M @ J\n        if index == start:\n            M = M + identity\n",
        "        if index == start:\n            M = M + identity\n        M = M @ J\n",
    ),
    "Jacobians are evaluated at x": (
        "jacobians[index], h)\n        _fit",
        "jacobians[index], np.resize(forward.values[0], h.shape))\n        _fit",
    ),
    "parameter Jacobians are evaluated at x": (
        "parameter_jacobians[index], h)",
        "parameter_jacobians[index], np.resize(forward.values[0], h.shape))",
    ),
    "the parameters' Jacobian is not multiplied": (
        "parameters.append(np.tensordot(M, P, axes=1))",
        "parameters.append(P)",
    ),
    "the parameters come last first": ("tuple(reversed(parameters))", "tuple(parameters)"),
    "the output is without the skip": (
        "return ForwardPass(values[start] + values[-1], tuple(values))",
        "return ForwardPass(values[-1].copy(), tuple(values))",
    ),
    "the skip of the output starts at x": (
        "return ForwardPass(values[start] + values[-1], tuple(values))",
        "return ForwardPass(values[0] + values[-1], tuple(values))",
    ),
    "a sum of two shapes is broadcast": (
        "    if values[-1].shape != values[start].shape:\n",
        "    if False:\n",
    ),
    "a block without its skip": ("values.append(values[-1] + branch)", "values.append(branch)"),
    "a block that changes the shape is broadcast": (
        '        same_shape(function, f"functions[{index}](h)", branch, "x", values[0])\n',
        "",
    ),
    "the product is in the wrong order": (
        "product = product + J @ product\n    return",
        "product = product + product @ J\n    return",
    ),
    "a dropped transpose in the product": (
        "product = product + J @ product\n    return",
        "product = product + J.T @ product\n    return",
    ),
    "the product without identities": (
        "product = product + J @ product\n    return",
        "product = J @ product\n    return",
    ),
    "paths in the wrong order": ("(*path, block): J @ product for", "(*path, block): product @ J for"),
    "paths are named in the wrong order": ("(*path, block): J @ product", "(block, *path): J @ product"),
    "the backward pass overwrites": ("        g = g + branch\n", "        g = branch\n"),
    "the backward pass writes into g": ("        g = g + branch\n", "        g += branch\n"),
    "the backward pass takes every branch at x": (
        "vjps[index], values[index], g)",
        "vjps[index], values[0], g)",
    ),
    "the backward pass takes a branch at its output": (
        "vjps[index], values[index], g)",
        "vjps[index], values[index + 1], g)",
    ),
    "the backward pass goes forward": (
        "    for index in reversed(range(len(functions))):\n        branch",
        "    for index in range(len(functions)):\n        branch",
    ),
    "a function gets the value itself": (
        "f(*(argument.copy() for argument in arguments))",
        "f(*arguments)",
    ),
    "everything becomes float64": (
        "    return np.array(numeric_array(function, name, value))",
        "    return np.array(numeric_array(function, name, value), dtype=np.float64)",
    ),
    "the identity is always float64": (
        "np.eye(len(matrices[0]), dtype=np.result_type(*matrices))",
        "np.eye(len(matrices[0]))",
    ),
}
