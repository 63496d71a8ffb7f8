"""Faults in the convolution layers that their unit tests must notice."""

FAULTS = {
    # Sizes
    "the last position is rounded up to": (
        "return (n + 2 * padding - span) // stride + 1",
        "return -((span - n - 2 * padding) // stride) + 1",
    ),
    "the padding is counted once": ("return (n + 2 * padding - span) //", "return (n + padding - span) //"),
    "dilation spans K entries each": ("span = dilation * (kernel - 1) + 1", "span = dilation * kernel"),
    "a kernel that just fits is refused": ("    if span > n + 2 * padding:", "    if span >= n + 2 * padding:"),
    "output_padding is left out of the size": (
        "size = stride * (n - 1) + dilation * (kernel - 1) + 1 + extra - 2 * padding",
        "size = stride * (n - 1) + dilation * (kernel - 1) + 1 - 2 * padding",
    ),
    "output_padding is held against the stride alone": (
        "if extra >= max(stride, dilation):",
        "if extra >= stride:",
    ),
    "the needed output_padding is that of the kernel without dilation": (
        "return (n + 2 * padding - dilation * (kernel - 1) - 1) % stride",
        "return (n + 2 * padding - kernel) % stride",
    ),
    "the needed output_padding is 0": (
        "return (n + 2 * padding - dilation * (kernel - 1) - 1) % stride",
        "return 0",
    ),
    "the stride of a layer counts for its own receptive field": (
        "        field += dilation * (kernel - 1) * step\n        step *= stride",
        "        step *= stride\n        field += dilation * (kernel - 1) * step",
    ),
    "the receptive field forgets dilation": ("field += dilation * (kernel - 1) * step", "field += (kernel - 1) * step"),
    "parameters are counted without groups": (
        "out_channels * (in_channels // groups) *",
        "out_channels * in_channels *",
    ),
    "each weight has a bias": ("return weights + out_channels if bias", "return 2 * weights if bias"),
    # Modes
    "the kernel of a convolution is not flipped": (
        '_in_mode("convolve1d", x, w[::-1], mode)',
        '_in_mode("convolve1d", x, w, mode)',
    ),
    "the kernel of a correlation is flipped": (
        '_in_mode("correlate1d", x, w, mode)',
        '_in_mode("correlate1d", x, w[::-1], mode)',
    ),
    "same pads by half of K, rounded up": ('"same": (taps - 1) // 2', '"same": taps // 2 + 1'),
    "full pads by K": ('"full": taps - 1}', '"full": taps}'),
    "an even kernel has a middle": ('if mode == "same" and taps % 2 == 0:', "if False:"),
    "a long kernel is padded for": (
        'if mode == "valid" and taps > len(x):',
        "if False:",
    ),
    # Layers
    "the bias is added twice": (
        "f += b[:, np.newaxis, np.newaxis].astype(f.dtype)",
        "f += 2 * b[:, np.newaxis, np.newaxis].astype(f.dtype)",
    ),
    "the bias is not added": ("f += b[:, np.newaxis, np.newaxis].astype(f.dtype)", "pass"),
    "the bias goes along the columns": (
        "f += b[:, np.newaxis, np.newaxis].astype(f.dtype)",
        "f += np.resize(b, f.shape[-1]).astype(f.dtype)",
    ),
    "the bias does not count for the dtype": ("*([] if b is None else [b]))", "*[])"),
    "groups need not divide the channels": ("    if channels % geometry.groups:", "    if False:"),
    "all channels go to each group": (
        "    if kernel.shape[1] != channels // groups:",
        "    if kernel.shape[1] not in (channels, channels // groups):",
    ),
    "rows and columns of a setting are exchanged": (
        "return numbers if axes == 2 else (first, *numbers)",
        "return numbers[::-1] if axes == 2 else (first, *numbers)",
    ),
    "the settings of signals go to their one row": (
        "return numbers if axes == 2 else (first, *numbers)",
        "return numbers if axes == 2 else (*numbers, first)",
    ),
    # How taps lie on entries
    "padding is left out of the index": ("m = stride * i - padding + dilation * k", "m = stride * i + dilation * k"),
    "stride and dilation are exchanged in the index": (
        "m = stride * i - padding + dilation * k",
        "m = dilation * i - padding + stride * k",
    ),
    "negative indices wrap": ("inside = (0 <= m) & (m < n)", "inside = (-n <= m) & (m < n)"),
    "the first entry is outside": ("inside = (0 <= m) & (m < n)", "inside = (0 < m) & (m < n)"),
    "the kernels of a group are those of the next in the matrix": (
        "channel = c + kernel.shape[1] * (o * geometry.groups // outputs)",
        "channel = c + kernel.shape[1] * (o % geometry.groups)",
    ),
    "the matrix ignores groups": (
        "channel = c + kernel.shape[1] * (o * geometry.groups // outputs)",
        "channel = c",
    ),
    "stride and dilation are exchanged where the taps lie": (
        "(d * k for d, k in zip(geometry.dilation, tap)), geometry.stride",
        "(d * k for d, k in zip(geometry.stride, tap)), geometry.dilation",
    ),
    "dilation is left out where the taps lie": (
        "(d * k for d, k in zip(geometry.dilation, tap)), geometry.stride",
        "tap, geometry.stride",
    ),
    # The definitions, loop by loop
    "negative indices wrap in the loops": (
        "if 0 <= m < x.shape[2] and 0 <= n < x.shape[3]:",
        "if m < x.shape[2] and n < x.shape[3]:",
    ),
    "the last tap wins in the loops": (
        "f[sample, o, i, j] += w[o, c, k, l] *",
        "f[sample, o, i, j] = w[o, c, k, l] *",
    ),
    "the loops ignore groups": ("* x[sample, group * (o // outputs) + c, m, n]", "* x[sample, c, m, n]"),
    "the loops flip the kernel": ("+= w[o, c, k, l] *", "+= w[o, c, -1 - k, -1 - l] *"),
    "the last entry wins in the transposed loops": (
        "f[sample, group * (c // inputs) + o, m, n] +=",
        "f[sample, group * (c // inputs) + o, m, n] =",
    ),
    "negative indices wrap in the transposed loops": (
        "if 0 <= m < size[0] and 0 <= n < size[1]:",
        "if m < size[0] and n < size[1]:",
    ),
    "the transposed loops ignore groups": ("f[sample, group * (c // inputs) + o, m, n]", "f[sample, o, m, n]"),
    # The fast forms
    "the first row of taps is lost": ("    for k in range(kernel[0]):", "    for k in range(1, kernel[0]):"),
    "the last row of taps wins": (
        "out[:, :, positions] += weights[product] @ entries",
        "out[:, :, positions] = weights[product] @ entries",
    ),
    "rows of taps lie next to each other": (
        "begin = geometry.dilation[0] * k * columns",
        "begin = k * columns",
    ),
    "a band begins at its first position": ("x[:, top * geometry.stride[0] :]", "x[:, top:]"),
    "the sum over the batch is dropped": (
        "weights[product] += entries @ gradient[:, positions]",
        "weights[product] = entries @ gradient[:, positions]",
    ),
    "the kernel is flipped back at the input": (
        "flipped = grouped[:, :, :, ::-1, ::-1].swapaxes(1, 2)",
        "flipped = grouped.swapaxes(1, 2)",
    ),
    "the kernel is flipped along one axis": (
        "flipped = grouped[:, :, :, ::-1, ::-1].swapaxes(1, 2)",
        "flipped = grouped[:, :, :, :, ::-1].swapaxes(1, 2)",
    ),
    "channels in and out are not exchanged at the input": (
        "flipped = grouped[:, :, :, ::-1, ::-1].swapaxes(1, 2)",
        "flipped = grouped[:, :, :, ::-1, ::-1]",
    ),
    "what falls on one entry replaces what was there": (
        "            covered += columns[:, k, l]",
        "            covered[...] = columns[:, k, l]",
    ),
    "the padding is not cut away again": (
        "(top, left), (rows, columns) = geometry.padding, size",
        "(top, left), (rows, columns) = (0, 0), size",
    ),
    "padding is not cropped where it exceeds the kernel": (
        "begin = [d * (k - 1) - p for",
        "begin = [max(0, d * (k - 1) - p) for",
    ),
    "a gradient is conjugated": (
        "flipped = grouped[:, :, :, ::-1, ::-1].swapaxes(1, 2)",
        "flipped = grouped[:, :, :, ::-1, ::-1].conj().swapaxes(1, 2)",
    ),
    "all zeros of the padding are put at the end": (
        "    return _extended(x, padding, padding)",
        "    return _extended(x, (0, 0), [2 * p for p in padding])",
    ),
    "the dtype is always double": (
        "    dtype = np.result_type(*arrays)",
        "    dtype = np.result_type(np.float64, *arrays)",
    ),
    # Refusals
    "a gradient of the wrong size is taken": ("    if np.shape(g) != shape:", "    if False:"),
    "batches of different lengths are taken": ("    if len(gradient) != len(image):", "    if False:"),
    "empty arrays are taken": ("    if array.size == 0:", "    if False:"),
    "a bias is broadcast": ("    if b.shape != (outputs,):", "    if b.size not in (1, outputs):"),
    "a kernel without channels goes with any input": ("    if plain != (np.ndim(w) == axes):", "    if False:"),
}
