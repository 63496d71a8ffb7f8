"""Convolution layers in one and two dimensions: sizes, values, both gradients, and the matrix of each map.

The formulas of the chapters of Part III in their final form. A layer computes a cross-correlation,

    (x ⋆ w)[n] = Σ_{0≤k<K} w[k] x[Sn − P + Dk]   with x = 0 outside,

with stride S, padding P and dilation D (1 is none). Only `convolve1d` flips its kernel. Images are (C, H, W), a batch
comes first, kernels are (C_out, C_in/groups, K_h, K_w), as in PyTorch; a signal has one axis where an image has two.
A plain signal or image, without channels, goes with a plain kernel.

Every function returns new arrays in the common dtype of its arguments: integers stay integers, so that identities can
be checked exactly, float32 stays float32, complex numbers pass through and are not conjugated. Zeros of the padding
are multiplied like other entries, so that an infinite weight may give nan there. In a small integer type sums wrap
around, as in NumPy: give int64 where they may not fit.

Every function on images has its form on signals, which are images of one row. Where a loop is the definition, it is
here as well, under a name that ends in ``_loops``: slow, and what the fast form is compared with.
"""

import math
from dataclasses import dataclass

import numpy as np

from mathdnn_utils._validation import integer, numeric_array

__all__ = [
    "output_size",
    "transposed_output_size",
    "needed_output_padding",
    "seen_entries",
    "receptive_field",
    "parameter_count",
    "correlate1d",
    "convolve1d",
    "conv1d",
    "conv2d",
    "conv1d_loops",
    "conv2d_loops",
    "conv1d_grad_input",
    "conv2d_grad_input",
    "conv1d_grad_kernel",
    "conv2d_grad_kernel",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose1d_loops",
    "conv_transpose2d_loops",
    "im2col",
    "conv_matrix1d",
    "conv_matrix2d",
]


# Sizes


def output_size(n, kernel, stride=1, padding=0, dilation=1):
    """Number of positions of a kernel on n entries: ⌊(N + 2P − D(K − 1) − 1)/S⌋ + 1.

    Equation eq-output-size-formula of convolution/output-size, with N = n and K = kernel. The D(K − 1) + 1 entries that
    the kernel spans must fit into the N + 2P entries of the padded input.

    Parameters
    ----------
    n : int
        N, entries of the input along the axis, at least 1.
    kernel : int
        K, taps of the kernel along the axis, at least 1.
    stride : int
        S, entries from one position to the next, at least 1.
    padding : int
        P, zeros at each end, at least 0.
    dilation : int
        D, entries from one tap to the next, at least 1. 1 is no dilation.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    TypeError
        If an argument is not an integer.
    ValueError
        If an argument is too small, or the kernel does not fit into the padded input.

    Examples
    --------
    >>> from mathdnn_utils.convolution import output_size
    >>> output_size(10, 3, stride=2), output_size(11, 3, stride=2)
    (4, 5)
    """
    n, kernel, stride, padding, dilation = _sizes("output_size", n, kernel, stride, padding, dilation)
    return _output_size("output_size", "kernel", n, kernel, stride, padding, dilation)


def transposed_output_size(n, kernel, stride=1, padding=0, output_padding=0, dilation=1):
    """Entries that a transposed convolution makes of n: S(N − 1) + D(K − 1) + 1 + output_padding − 2P.

    Equation eq-output-size-transposed of convolution/output-size.

    Parameters
    ----------
    n, kernel, stride, padding, dilation : int
        As for `output_size`.
    output_padding : int
        Entries more at the end, at least 0 and less than the stride or less than the dilation.

    Returns
    -------
    int
        At least 1. With an output_padding below the stride, `output_size` of the result is n again.

    Raises
    ------
    TypeError
        If an argument is not an integer.
    ValueError
        If an argument is too small or too large, or nothing is left of the output.

    Examples
    --------
    >>> from mathdnn_utils.convolution import output_size, transposed_output_size
    >>> transposed_output_size(4, 3, stride=2), transposed_output_size(4, 3, stride=2, output_padding=1)
    (9, 10)
    >>> output_size(9, 3, stride=2), output_size(10, 3, stride=2)
    (4, 4)
    """
    function = "transposed_output_size"
    n, kernel, stride, padding, dilation = _sizes(function, n, kernel, stride, padding, dilation)
    extra = _at_least(function, "output_padding", output_padding, 0, "it counts entries more at the end")
    return _transposed_size(function, n, kernel, stride, padding, extra, dilation)


def needed_output_padding(n, kernel, stride=1, padding=0, dilation=1):
    """The output_padding with which a transposed convolution leads back to n entries: (N + 2P − D(K − 1) − 1) mod S.

    Equation eq-strided-gradients-output-padding of convolution/strided-gradients. It is the number of entries at the
    end of the padded input that no position of the kernel reaches.

    Parameters
    ----------
    n, kernel, stride, padding, dilation : int
        As for `output_size`.

    Returns
    -------
    int
        From 0 to stride − 1.

    Raises
    ------
    TypeError, ValueError
        As for `output_size`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import needed_output_padding
    >>> needed_output_padding(9, 3, stride=2), needed_output_padding(10, 3, stride=2)
    (0, 1)
    """
    function = "needed_output_padding"
    n, kernel, stride, padding, dilation = _sizes(function, n, kernel, stride, padding, dilation)
    _output_size(function, "kernel", n, kernel, stride, padding, dilation)
    return (n + 2 * padding - dilation * (kernel - 1) - 1) % stride


def seen_entries(n, kernel, stride=1, padding=0, dilation=1):
    """Which of n entries some position of the kernel covers: those m with m = Si − P + Dk for an output i and a tap k.

    Equation eq-output-size-seen of convolution/output-size.

    Parameters
    ----------
    n, kernel, stride, padding, dilation : int
        As for `output_size`.

    Returns
    -------
    ndarray of bool, ``(n,)``
        False where the input can change without any change of the output. Of an image, a pixel is seen if its row and
        its column are.

    Raises
    ------
    TypeError, ValueError
        As for `output_size`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import seen_entries
    >>> print(seen_entries(10, 3, stride=2).astype(int))
    [1 1 1 1 1 1 1 1 1 0]
    """
    function = "seen_entries"
    n, kernel, stride, padding, dilation = _sizes(function, n, kernel, stride, padding, dilation)
    positions = _output_size(function, "kernel", n, kernel, stride, padding, dilation)
    seen = np.zeros(n, dtype=bool)
    for k in range(kernel):
        _, m = _meetings(k, positions, n, stride, padding, dilation)
        seen[m] = True
    return seen


def receptive_field(layers):
    """Entries of the input from the first to the last that one output of a stack of layers depends on.

    Equation eq-output-size-receptive-field of convolution/output-size: 1 + Σ_ℓ D_ℓ(K_ℓ − 1) Π_{i<ℓ} S_i.

    Parameters
    ----------
    layers : sequence of (kernel, stride) or (kernel, stride, dilation)
        One axis of the layers, the one next to the input first. A pooling layer counts as well.

    Returns
    -------
    int
        1 for no layer.

    Raises
    ------
    TypeError
        If layers is no sequence, a layer is not a tuple or list, or holds something else than integers.
    ValueError
        If a layer has not two or three numbers, or one of them is below 1.

    Examples
    --------
    >>> from mathdnn_utils.convolution import receptive_field
    >>> receptive_field([(3, 1), (3, 1)]), receptive_field([(3, 2), (3, 1)]), receptive_field([(3, 1, 2)])
    (5, 7, 5)
    """
    if not isinstance(layers, (list, tuple)):
        raise TypeError(
            f"receptive_field: layers has type {type(layers).__name__}, expected a list of (kernel, stride) because "
            f"the layers come one after the other"
        )
    field, step = 1, 1
    for i, layer in enumerate(layers):
        name = f"layers[{i}]"
        if not isinstance(layer, (list, tuple)):
            raise TypeError(
                f"receptive_field: {name} has type {type(layer).__name__}, expected (kernel, stride) or "
                f"(kernel, stride, dilation) because these make the field"
            )
        if len(layer) not in (2, 3):
            raise ValueError(
                f"receptive_field: {name} has length {len(layer)}, expected (kernel, stride) or "
                f"(kernel, stride, dilation) because these make the field"
            )
        kernel, stride, dilation = (
            _at_least("receptive_field", f"{name}[{j}]", number, 1, "kernel, stride and dilation count entries")
            for j, number in enumerate((*layer, 1)[:3])
        )
        field += dilation * (kernel - 1) * step
        step *= stride
    return field


def parameter_count(in_channels, out_channels, kernel, groups=1, bias=True):
    """Parameters of a convolution layer: C_out · C_in/groups · K_h · K_w weights, and C_out biases.

    Equation eq-output-size-parameters of convolution/output-size.

    Parameters
    ----------
    in_channels, out_channels : int
        C_in and C_out, at least 1.
    kernel : int or tuple of int
        Taps along each axis: (K_h, K_w), (K,) for signals, or more. One number K stands for (K, K).
    groups : int
        Groups of channels that do not see each other; it divides both numbers of channels.
    bias : bool
        Whether each output channel has a bias.

    Returns
    -------
    int

    Raises
    ------
    TypeError
        If an argument is not an integer, or bias is no truth value.
    ValueError
        If a number is below 1, or groups does not divide the channels.

    Examples
    --------
    >>> from mathdnn_utils.convolution import parameter_count
    >>> parameter_count(3, 32, (8, 8)), parameter_count(3, 32, (8, 8), bias=False), parameter_count(8, 8, 3, groups=8)
    (6176, 6144, 80)
    """
    function = "parameter_count"
    in_channels = _at_least(function, "in_channels", in_channels, 1, "it counts channels")
    out_channels = _at_least(function, "out_channels", out_channels, 1, "it counts channels")
    if isinstance(kernel, (tuple, list)):
        taps = [_at_least(function, f"kernel[{i}]", k, 1, "it counts taps") for i, k in enumerate(kernel)]
    else:
        taps = [_at_least(function, "kernel", kernel, 1, "it counts taps", "an int or a tuple of them")] * 2
    if not taps:
        raise ValueError(f"{function}: kernel has length 0, expected at least one number because a kernel has axes")
    groups = _at_least(function, "groups", groups, 1, "it counts groups of channels")
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(
                f"{function}: groups has value {groups}, expected a divisor of {channels} because {name} has this value"
            )
    if not isinstance(bias, (bool, np.bool_)):
        raise TypeError(
            f"{function}: bias has type {type(bias).__name__}, expected bool because a layer has biases or has none"
        )
    weights = out_channels * (in_channels // groups) * math.prod(taps)
    return weights + out_channels if bias else weights


# One signal, one kernel


def correlate1d(x, w, mode="valid"):
    """Cross-correlation x ⋆ w of two signals at stride 1: entry n is Σ_k w[k] x[n − P + k].

    Equation eq-modes-correlation of convolution/modes. P = 0 is valid, P = (K − 1)/2 same, P = K − 1 full.

    Parameters
    ----------
    x : array, ``(N,)``
        The signal.
    w : array, ``(K,)``
        The kernel. Complex kernels are not conjugated.
    mode : {"valid", "same", "full"}
        Where the kernel may lie: inside the signal, centred on an entry of it, or anywhere that it meets the signal.

    Returns
    -------
    ndarray, ``(N − K + 1,)``, ``(N,)`` or ``(N + K − 1,)``

    Raises
    ------
    TypeError
        If an array does not hold numbers, or mode is not a string.
    ValueError
        If an array is empty or not one-dimensional, the mode is unknown, the kernel is longer than the signal in mode
        "valid", or has no middle in mode "same" (K is even).

    Notes
    -----
    numpy.correlate exchanges its arguments where the first is the shorter one, conjugates the second, and has an answer
    for even K in mode "same". This function does none of it.

    Examples
    --------
    >>> from mathdnn_utils.convolution import correlate1d
    >>> print(correlate1d([5, 6, 7, 8], [3, 0, 1]), correlate1d([5, 6, 7, 8], [3, 0, 1], "same"))
    [22 26] [ 6 22 26 21]
    """
    x, w = _signals("correlate1d", x, w)
    return _in_mode("correlate1d", x, w, mode)


def convolve1d(x, w, mode="full"):
    """Convolution x ∗ w of two signals: entry n of the full one is Σ_k w[k] x[n − k].

    Equation eq-modes-convolution of convolution/modes: the correlation, in the same mode, with the flipped kernel.

    Parameters
    ----------
    x : array, ``(N,)``
        The signal.
    w : array, ``(K,)``
        The kernel.
    mode : {"full", "same", "valid"}
        As for `correlate1d`.

    Returns
    -------
    ndarray, ``(N + K − 1,)``, ``(N,)`` or ``(N − K + 1,)``

    Raises
    ------
    TypeError, ValueError
        As for `correlate1d`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import convolve1d
    >>> print(convolve1d([5, 6, 7, 8], [3, 0, 1]), convolve1d([5, 6, 7, 8], [3, 0, 1], "valid"))
    [15 18 26 30  7  8] [26 30]
    """
    x, w = _signals("convolve1d", x, w)
    return _in_mode("convolve1d", x, w[::-1], mode)


# Layers


def conv1d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Convolution layer on signals: f[o, i] = b[o] + Σ_{c,k} w[o, c, k] x[c, Si − P + Dk].

    Equation eq-strided-gradients-forward of convolution/strided-gradients. The sum runs over the channels c of the
    group of o, and x = 0 outside.

    Parameters
    ----------
    x : array, ``(N, C, L)``, ``(C, L)`` or ``(L,)``
        A batch of signals, one, or one without channels.
    w : array, ``(O, C/groups, K)``; ``(K,)`` if x has one axis
        The kernels.
    b : array, ``(O,)``, optional
        The biases. A number will do if x has no channels.
    stride, padding, dilation : int
        S ≥ 1, P ≥ 0 and D ≥ 1.
    groups : int
        Groups of channels, of input and output alike, that do not see each other; it divides C and O.

    Returns
    -------
    ndarray, ``(N, O, L_out)``, ``(O, L_out)`` or ``(L_out,)``
        L_out is the `output_size` of L and K.

    Raises
    ------
    TypeError
        If an array does not hold numbers, or a setting is not an integer.
    ValueError
        If shapes do not belong together, an array is empty, a setting is out of range, or the kernel does not fit into
        the padded input.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv1d
    >>> print(conv1d([1, 2, 3, 4], [1, 0, -1]), conv1d([1, 2, 3, 4], [1, 0, -1], stride=2, padding=1))
    [-2 -2] [-2 -2]
    >>> x, w = [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1]], [[[1, 0, -1], [2, 1, 0]]]
    >>> print(conv1d(x, w, [10], stride=2))
    [[22 16]]
    """
    return _forward("conv1d", 1, x, w, b, stride, padding, dilation, groups)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Convolution layer on images: f[o, i, j] = b[o] + Σ_{c,k,l} w[o, c, k, l] x[c, Si − P + Dk, Sj − P + Dl].

    Equation eq-strided-gradients-forward of convolution/strided-gradients, along two axes.

    Parameters
    ----------
    x : array, ``(N, C, H, W)``, ``(C, H, W)`` or ``(H, W)``
        A batch of images, one, or one without channels.
    w : array, ``(O, C/groups, K_h, K_w)``; ``(K_h, K_w)`` if x has two axes
        The kernels.
    b : array, ``(O,)``, optional
        The biases. A number will do if x has no channels.
    stride, padding, dilation : int or pair of int
        S ≥ 1, P ≥ 0 and D ≥ 1, for both axes or for each: (rows, columns).
    groups : int
        As for `conv1d`.

    Returns
    -------
    ndarray, ``(N, O, H_out, W_out)``, ``(O, H_out, W_out)`` or ``(H_out, W_out)``

    Raises
    ------
    TypeError, ValueError
        As for `conv1d`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv2d
    >>> print(conv2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 0], [0, -1]]))
    [[-4 -4]
     [-4 -4]]
    """
    return _forward("conv2d", 2, x, w, b, stride, padding, dilation, groups)


def conv1d_grad_input(g, w, input_size, *, stride=1, padding=0, dilation=1, groups=1):
    """Gradient of a convolution layer at its input: x̄[c, m] = Σ_{o,i,k: Si − P + Dk = m} w[o, c, k] g[o, i].

    Equation eq-strided-gradients-input of convolution/strided-gradients: the transposed convolution of g with w whose
    output_padding is `needed_output_padding`.

    Parameters
    ----------
    g : array, ``(N, O, L_out)``, ``(O, L_out)`` or ``(L_out,)``
        The gradient at the output.
    w : array, ``(O, C/groups, K)``, or ``(K,)`` if g has one axis
        The kernels.
    input_size : int
        L, entries of the input. The stride hides it: several sizes have the same L_out.
    stride, padding, dilation, groups : int
        Those of the layer.

    Returns
    -------
    ndarray, ``(N, C, L)``, ``(C, L)`` or ``(L,)``

    Raises
    ------
    TypeError, ValueError
        As for `conv1d`, and if the layer makes no output of the size of g from this input_size.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv1d_grad_input
    >>> print(conv1d_grad_input([1, 2], [1, 0, -1], 4))
    [ 1  2 -1 -2]
    """
    return _gradient_at_input("conv1d_grad_input", 1, g, w, input_size, stride, padding, dilation, groups)


def conv2d_grad_input(g, w, input_size, *, stride=1, padding=0, dilation=1, groups=1):
    """Gradient of a convolution layer on images at its input.

    Equation eq-strided-gradients-input of convolution/strided-gradients, along two axes.

    Parameters
    ----------
    g : array, ``(N, O, H_out, W_out)``, ``(O, H_out, W_out)`` or ``(H_out, W_out)``
        The gradient at the output.
    w : array, ``(O, C/groups, K_h, K_w)``, or ``(K_h, K_w)`` if g has two axes
        The kernels.
    input_size : int or pair of int
        (H, W).
    stride, padding, dilation : int or pair of int
        Those of the layer.
    groups : int
        That of the layer.

    Returns
    -------
    ndarray, ``(N, C, H, W)``, ``(C, H, W)`` or ``(H, W)``

    Raises
    ------
    TypeError, ValueError
        As for `conv1d_grad_input`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv2d_grad_input
    >>> print(conv2d_grad_input([[1, 2]], [[1, 0], [0, -1]], (2, 3)))
    [[ 1  2  0]
     [ 0 -1 -2]]
    """
    return _gradient_at_input("conv2d_grad_input", 2, g, w, input_size, stride, padding, dilation, groups)


def conv1d_grad_kernel(g, x, kernel_size, *, stride=1, padding=0, dilation=1, groups=1):
    """Gradient of a convolution layer at its kernels: w̄[o, c, k] = Σ_i g[o, i] x[c, Si − P + Dk], summed over a batch.

    Equation eq-strided-gradients-kernel of convolution/strided-gradients: a correlation of x with g, of stride D and
    dilation S, cut to K taps.

    Parameters
    ----------
    g : array, ``(N, O, L_out)``, ``(O, L_out)`` or ``(L_out,)``
        The gradient at the output.
    x : array, ``(N, C, L)``, ``(C, L)`` or ``(L,)``
        The input.
    kernel_size : int
        K, taps of the kernels. The stride hides it: several sizes have the same L_out.
    stride, padding, dilation, groups : int
        Those of the layer.

    Returns
    -------
    ndarray, ``(O, C/groups, K)`` or ``(K,)``

    Raises
    ------
    TypeError, ValueError
        As for `conv1d`, and if the layer makes no output of the size of g from x and this kernel_size.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv1d_grad_kernel
    >>> print(conv1d_grad_kernel([1, 2], [1, 2, 3, 4], 3))
    [ 5  8 11]
    """
    return _gradient_at_kernel("conv1d_grad_kernel", 1, g, x, kernel_size, stride, padding, dilation, groups)


def conv2d_grad_kernel(g, x, kernel_size, *, stride=1, padding=0, dilation=1, groups=1):
    """Gradient of a convolution layer on images at its kernels, summed over a batch.

    Equation eq-strided-gradients-kernel of convolution/strided-gradients, along two axes.

    Parameters
    ----------
    g : array, ``(N, O, H_out, W_out)``, ``(O, H_out, W_out)`` or ``(H_out, W_out)``
        The gradient at the output.
    x : array, ``(N, C, H, W)``, ``(C, H, W)`` or ``(H, W)``
        The input.
    kernel_size : int or pair of int
        (K_h, K_w).
    stride, padding, dilation : int or pair of int
        Those of the layer.
    groups : int
        That of the layer.

    Returns
    -------
    ndarray, ``(O, C/groups, K_h, K_w)`` or ``(K_h, K_w)``

    Raises
    ------
    TypeError, ValueError
        As for `conv1d_grad_kernel`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv2d_grad_kernel
    >>> print(conv2d_grad_kernel([[1, 2]], [[1, 2, 3], [4, 5, 6]], 2))
    [[ 5  8]
     [14 17]]
    """
    return _gradient_at_kernel("conv2d_grad_kernel", 2, g, x, kernel_size, stride, padding, dilation, groups)


def conv_transpose1d(x, w, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """Transposed convolution: f[o, m] = Σ_{c,i,k: Si − P + Dk = m} w[c, o, k] x[c, i], the adjoint of a layer.

    Equation eq-strided-gradients-transposed of convolution/strided-gradients.

    Parameters
    ----------
    x : array, ``(N, C, L)``, ``(C, L)`` or ``(L,)``
        A batch of signals, one, or one without channels.
    w : array, ``(C, O/groups, K)``, or ``(K,)`` if x has one axis
        The kernels: those of the layer from O to C channels whose adjoint this is.
    stride, padding, dilation, groups : int
        Those of that layer.
    output_padding : int
        Entries more at the end, less than the stride or less than the dilation.

    Returns
    -------
    ndarray, ``(N, O, L_out)``, ``(O, L_out)`` or ``(L_out,)``
        L_out is the `transposed_output_size` of L and K.

    Raises
    ------
    TypeError, ValueError
        As for `conv1d`, and if output_padding is out of range or nothing is left of the output.

    Notes
    -----
    It is not the inverse of the layer. The name deconvolution, which is used for it too, belongs to another map.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv_transpose1d
    >>> print(conv_transpose1d([1, 2, 3], [1, 10, 100], stride=2))
    [  1  10 102  20 203  30 300]
    >>> print(conv_transpose1d([1, 2, 3], [1, 10, 100], stride=2, padding=1, output_padding=1))
    [ 10 102  20 203  30 300]
    """
    return _transposed("conv_transpose1d", 1, x, w, stride, padding, output_padding, dilation, groups)


def conv_transpose2d(x, w, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """Transposed convolution of images.

    Equation eq-strided-gradients-transposed of convolution/strided-gradients, along two axes.

    Parameters
    ----------
    x : array, ``(N, C, H, W)``, ``(C, H, W)`` or ``(H, W)``
        A batch of images, one, or one without channels.
    w : array, ``(C, O/groups, K_h, K_w)``, or ``(K_h, K_w)`` if x has two axes
        The kernels.
    stride, padding, output_padding, dilation : int or pair of int
        As for `conv_transpose1d`, for both axes or for each.
    groups : int
        As for `conv_transpose1d`.

    Returns
    -------
    ndarray, ``(N, O, H_out, W_out)``, ``(O, H_out, W_out)`` or ``(H_out, W_out)``

    Raises
    ------
    TypeError, ValueError
        As for `conv_transpose1d`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv_transpose2d
    >>> print(conv_transpose2d([[1, 2]], [[1, 10], [3, 0]], stride=(1, 2)))
    [[ 1 10  2 20]
     [ 3  0  6  0]]
    """
    return _transposed("conv_transpose2d", 2, x, w, stride, padding, output_padding, dilation, groups)


def im2col(x, kernel_size, *, stride=1, padding=0, dilation=1):
    """What the kernel covers at each position, as columns: a layer is then the product of a matrix with them.

    Equation eq-strided-gradients-columns of convolution/strided-gradients: row (c, k) and column i hold
    x[c, Si − P + Dk], so that f = W · im2col(x), where row o of W holds w[o] in the same order.

    Parameters
    ----------
    x : array, ``(N, C, L)``, ``(C, L)``, ``(L,)``, or ``(N, C, H, W)``, ``(C, H, W)``, ``(H, W)``
        The input.
    kernel_size : int or pair of int
        K for signals, (K_h, K_w) for images. One number means (K, K) if x has four axes.
    stride, padding, dilation : int or pair of int
        As for `conv1d` and `conv2d`.

    Returns
    -------
    ndarray, ``(N, C·K, L_out)``, ``(C·K, L_out)`` or ``(K, L_out)``
        For images C·K_h·K_w rows, the last axis of the kernel fastest, and H_out·W_out columns, row by row.

    Raises
    ------
    TypeError, ValueError
        As for `conv1d`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import im2col
    >>> print(im2col([1, 2, 3, 4], 3))
    [[1 2]
     [2 3]
     [3 4]]
    """
    function = "im2col"
    x = numeric_array(function, "x", x)
    axes = 2 if x.ndim == 4 or np.ndim(kernel_size) == 1 and len(kernel_size) > 1 else 1
    kernel = _setting(function, "kernel_size", kernel_size, axes, 1, 1, "it counts taps")
    image = _image(function, "x", x, axes)
    geometry = _geometry(function, axes, stride, padding, dilation, 1)
    size = _positions(function, "kernel_size", image.shape[2:], kernel, geometry)
    image = _padded(image, geometry.padding)
    columns = np.stack([_columns(sample, kernel, size, geometry) for sample in image])
    columns = columns.reshape(len(image), -1, math.prod(size))
    return columns if x.ndim - axes == 2 else columns[0]


# The layers as matrices


def conv_matrix1d(w, n, *, stride=1, padding=0, dilation=1, groups=1):
    """The matrix M of a convolution layer on signals of n entries, with conv1d(x, w) = M x.

    Equation eq-modes-toeplitz of convolution/modes: entry (i, m) is w[k] where Si − P + Dk = m for a tap k, else 0. At
    stride 1 every diagonal is constant: a Toeplitz matrix.

    Parameters
    ----------
    w : array, ``(K,)`` or ``(O, C/groups, K)``
        The kernel, or the kernels of a layer.
    n : int
        L, entries of the input.
    stride, padding, dilation, groups : int
        As for `conv1d`.

    Returns
    -------
    ndarray, ``(L_out, L)`` or ``(O·L_out, C·L)``
        The Jacobian of the layer. With channels, it multiplies x.ravel() and gives the raveled output.

    Raises
    ------
    TypeError, ValueError
        As for `conv1d`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv_matrix1d
    >>> print(conv_matrix1d([1, 2, 3], 5))
    [[1 2 3 0 0]
     [0 1 2 3 0]
     [0 0 1 2 3]]
    """
    return _matrix("conv_matrix1d", 1, w, "n", n, stride, padding, dilation, groups)


def conv_matrix2d(w, size, *, stride=1, padding=0, dilation=1, groups=1):
    """The matrix M of a convolution layer on images, with conv2d(x, w).ravel() = M x.ravel().

    Equation eq-modes-toeplitz of convolution/modes, along two axes.

    Parameters
    ----------
    w : array, ``(K_h, K_w)`` or ``(O, C/groups, K_h, K_w)``
        The kernel, or the kernels of a layer.
    size : int or pair of int
        (H, W), the size of the input.
    stride, padding, dilation : int or pair of int
        As for `conv2d`.
    groups : int
        As for `conv2d`.

    Returns
    -------
    ndarray, ``(O·H_out·W_out, C·H·W)``
        The Jacobian of the layer; O = C = 1 for a plain kernel.

    Raises
    ------
    TypeError, ValueError
        As for `conv2d`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv_matrix2d
    >>> print(conv_matrix2d([[1, 2]], (2, 3)))
    [[1 2 0 0 0 0]
     [0 1 2 0 0 0]
     [0 0 0 1 2 0]
     [0 0 0 0 1 2]]
    """
    return _matrix("conv_matrix2d", 2, w, "size", size, stride, padding, dilation, groups)


# The definitions, loop by loop


def conv1d_loops(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """`conv1d` by its definition, loop by loop: slow, and what the fast form is compared with.

    Equation eq-strided-gradients-forward of convolution/strided-gradients.

    Parameters
    ----------
    x, w, b, stride, padding, dilation, groups
        As for `conv1d`.

    Returns
    -------
    ndarray
        As `conv1d` returns.

    Raises
    ------
    TypeError, ValueError
        As for `conv1d`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv1d_loops
    >>> print(conv1d_loops([1, 2, 3, 4], [1, 0, -1]))
    [-2 -2]
    """
    return _forward("conv1d_loops", 1, x, w, b, stride, padding, dilation, groups, correlate=_correlate_loops)


def conv2d_loops(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """`conv2d` by its definition, loop by loop: slow, and what the fast form is compared with.

    Equation eq-strided-gradients-forward of convolution/strided-gradients, along two axes.

    Parameters
    ----------
    x, w, b, stride, padding, dilation, groups
        As for `conv2d`.

    Returns
    -------
    ndarray
        As `conv2d` returns.

    Raises
    ------
    TypeError, ValueError
        As for `conv2d`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv2d_loops
    >>> print(conv2d_loops([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 0], [0, -1]], stride=2))
    [[-4]]
    """
    return _forward("conv2d_loops", 2, x, w, b, stride, padding, dilation, groups, correlate=_correlate_loops)


def conv_transpose1d_loops(x, w, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """`conv_transpose1d` by its definition, loop by loop: slow, and what the fast form is compared with.

    Equation eq-strided-gradients-transposed of convolution/strided-gradients.

    Parameters
    ----------
    x, w, stride, padding, output_padding, dilation, groups
        As for `conv_transpose1d`.

    Returns
    -------
    ndarray
        As `conv_transpose1d` returns.

    Raises
    ------
    TypeError, ValueError
        As for `conv_transpose1d`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv_transpose1d_loops
    >>> print(conv_transpose1d_loops([1, 2, 3], [1, 10, 100], stride=2))
    [  1  10 102  20 203  30 300]
    """
    function = "conv_transpose1d_loops"
    return _transposed(function, 1, x, w, stride, padding, output_padding, dilation, groups, spread=_spread_loops)


def conv_transpose2d_loops(x, w, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """`conv_transpose2d` by its definition, loop by loop: slow, and what the fast form is compared with.

    Equation eq-strided-gradients-transposed of convolution/strided-gradients, along two axes.

    Parameters
    ----------
    x, w, stride, padding, output_padding, dilation, groups
        As for `conv_transpose2d`.

    Returns
    -------
    ndarray
        As `conv_transpose2d` returns.

    Raises
    ------
    TypeError, ValueError
        As for `conv_transpose2d`.

    Examples
    --------
    >>> from mathdnn_utils.convolution import conv_transpose2d_loops
    >>> print(conv_transpose2d_loops([[1, 2]], [[1, 10], [3, 0]], stride=(1, 2)))
    [[ 1 10  2 20]
     [ 3  0  6  0]]
    """
    function = "conv_transpose2d_loops"
    return _transposed(function, 2, x, w, stride, padding, output_padding, dilation, groups, spread=_spread_loops)


# What the public functions share: arguments are checked, and signals become images of one row


def _forward(function, axes, x, w, b, stride, padding, dilation, groups, correlate=None):
    """Check the arguments of a layer and compute it."""
    geometry = _geometry(function, axes, stride, padding, dilation, groups)
    image, kernel, plain = _input_and_kernel(function, "x", x, w, axes)
    _check_channels(function, image, kernel, geometry, axes)
    size = _positions(function, "w", image.shape[2:], kernel.shape[2:], geometry)
    if b is not None:
        b = _bias(function, b, len(kernel), plain, axes)
    image, kernel = _in_common_dtype(image, kernel, *([] if b is None else [b]))
    f = (correlate or _correlate)(image, kernel, size, geometry)
    if b is not None:
        f += b[:, np.newaxis, np.newaxis].astype(f.dtype)
    return _as_given(f, np.ndim(x), axes)


def _gradient_at_input(function, axes, g, w, input_size, stride, padding, dilation, groups):
    geometry = _geometry(function, axes, stride, padding, dilation, groups)
    gradient, kernel, _ = _input_and_kernel(function, "g", g, w, axes)
    size = _setting(function, "input_size", input_size, axes, 1, 1, "it counts entries of the input")
    _check_groups(function, len(kernel), geometry, f"w has {_count(len(kernel), 'kernel')}")
    positions = _positions(function, "w", size, kernel.shape[2:], geometry)
    _check_gradient(function, g, (len(gradient), len(kernel), *positions), "input_size", axes)
    return _as_given(_spread(*_in_common_dtype(gradient, kernel), size, geometry), np.ndim(g), axes)


def _gradient_at_kernel(function, axes, g, x, kernel_size, stride, padding, dilation, groups):
    geometry = _geometry(function, axes, stride, padding, dilation, groups)
    gradient, image = _image(function, "g", g, axes), _image(function, "x", x, axes)
    if np.ndim(g) != np.ndim(x):
        raise ValueError(
            f"{function}: g has shape {_shape(g)}, expected {_count(np.ndim(x), 'axis', 'axes')} because x has shape "
            f"{_shape(x)}"
        )
    if len(gradient) != len(image):
        raise ValueError(
            f"{function}: g has shape {_shape(g)}, expected {_count(len(image), 'sample')} because x has shape "
            f"{_shape(x)}"
        )
    kernel = _setting(function, "kernel_size", kernel_size, axes, 1, 1, "it counts taps")
    for name, channels in (("x", image.shape[1]), ("g", gradient.shape[1])):
        _check_groups(function, channels, geometry, f"{name} has {_count(channels, 'channel')}")
    size = _positions(function, "kernel_size", image.shape[2:], kernel, geometry)
    _check_gradient(function, g, (*gradient.shape[:2], *size), "kernel_size", axes)
    w = _correlate_with_gradient(*_in_common_dtype(gradient, image), kernel, geometry)
    if axes == 1:
        w = w[:, :, 0]
    return w if np.ndim(x) > axes else w[0, 0]


def _transposed(function, axes, x, w, stride, padding, output_padding, dilation, groups, spread=None):
    """Check the arguments of a transposed convolution and compute it."""
    geometry = _geometry(function, axes, stride, padding, dilation, groups)
    image, kernel, _ = _input_and_kernel(function, "x", x, w, axes)
    extra = _setting(function, "output_padding", output_padding, axes, 0, 0, "it counts entries more at the end")
    channels = image.shape[1]
    _check_groups(function, channels, geometry, f"x has {_count(channels, 'channel')}")
    if channels != len(kernel):
        raise ValueError(
            f"{function}: w has shape {_shape(w)}, expected ({channels}, out_channels/groups, {_TAPS[axes]}) because x "
            f"has {_count(channels, 'channel')}"
        )
    size = tuple(
        _transposed_size(function, *numbers)
        for numbers in zip(
            image.shape[2:], kernel.shape[2:], geometry.stride, geometry.padding, extra, geometry.dilation
        )
    )
    return _as_given((spread or _spread)(*_in_common_dtype(image, kernel), size, geometry), np.ndim(x), axes)


def _matrix(function, axes, w, name, entries, stride, padding, dilation, groups):
    geometry = _geometry(function, axes, stride, padding, dilation, groups)
    kernel = _kernel(function, w, axes)
    shape = _setting(function, name, entries, axes, 1, 1, "it counts entries of the input")
    _check_groups(function, len(kernel), geometry, f"w has {_count(len(kernel), 'kernel')}")
    size = _positions(function, "w", shape, kernel.shape[2:], geometry)
    outputs, inputs = len(kernel), kernel.shape[1] * geometry.groups
    M = np.zeros((outputs, *size, inputs, *shape), dtype=kernel.dtype)
    for o, c, k, l in np.ndindex(kernel.shape):
        channel = c + kernel.shape[1] * (o * geometry.groups // outputs)
        i, m = _meetings(k, size[0], shape[0], *geometry.along(0))
        j, n = _meetings(l, size[1], shape[1], *geometry.along(1))
        M[o, i[:, np.newaxis], j, channel, m[:, np.newaxis], n] = kernel[o, c, k, l]
    return M.reshape(outputs * math.prod(size), inputs * math.prod(shape))


def _in_mode(function, x, w, mode):
    """The correlation of two signals in a mode."""
    if not isinstance(mode, str):
        raise TypeError(f"{function}: mode has type {type(mode).__name__}, expected str because modes have names")
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"{function}: mode is {mode!r}, expected 'full', 'same' or 'valid'")
    taps = len(w)
    if mode == "same" and taps % 2 == 0:
        raise ValueError(
            f"{function}: w has {taps} entries, expected an odd number because mode 'same' needs a middle one"
        )
    if mode == "valid" and taps > len(x):
        raise ValueError(
            f"{function}: w has {taps} entries, expected at most {len(x)} because x has as many and mode 'valid' keeps "
            f"the kernel inside"
        )
    padding = {"valid": 0, "same": (taps - 1) // 2, "full": taps - 1}[mode]
    return conv1d(x, w, padding=padding)


# The work itself, on images (N, C, H, W) and kernels (O, C/groups, K_h, K_w)


@dataclass(frozen=True)
class _Geometry:
    """How kernels lie on images: a number for the rows and one for the columns."""

    stride: tuple
    padding: tuple
    dilation: tuple
    groups: int

    def along(self, axis):
        """Stride, padding and dilation along an axis."""
        return self.stride[axis], self.padding[axis], self.dilation[axis]


def _meetings(k, positions, n, stride, padding, dilation):
    """The positions i at which tap k lies on an entry of the input, and these entries m = Si − P + Dk."""
    i = np.arange(positions)
    m = stride * i - padding + dilation * k
    inside = (0 <= m) & (m < n)
    return i[inside], m[inside]


def _correlate(x, w, size, geometry):
    """The values of a layer, one sample after the other: what one needs stays in the processor's cache."""
    x = _padded(x, geometry.padding)
    weights = _in_products(w, geometry)
    f = np.zeros((len(x), geometry.groups, len(w) // geometry.groups, math.prod(size)), dtype=x.dtype)
    for sample, out in zip(x, f):
        for product, positions, entries in _covered(sample, w.shape[2:], size, geometry):
            out[:, :, positions] += weights[product] @ entries
    return f.reshape(len(x), len(w), *size)


def _correlate_with_gradient(g, x, kernel, geometry):
    """The gradient at the kernels, summed over the samples."""
    groups, outputs, size = geometry.groups, g.shape[1] // geometry.groups, g.shape[2:]
    x = _padded(x, geometry.padding)
    g = g.reshape(len(g), groups, outputs, math.prod(size)).swapaxes(2, 3)
    w = np.zeros((outputs * groups, x.shape[1] // groups, *kernel), dtype=x.dtype)
    weights = [np.zeros((part.shape[0], part.shape[2], outputs), x.dtype) for part in _in_products(w, geometry)]
    for sample, gradient in zip(x, g):
        for product, positions, entries in _covered(sample, kernel, size, geometry):
            weights[product] += entries @ gradient[:, positions]
    # (products, groups, channels · taps of a product, outputs of a group)
    weights = np.stack(weights).reshape(len(weights), groups, w.shape[1], -1, outputs)
    return weights.transpose(1, 4, 2, 0, 3).reshape(w.shape)


def _in_products(w, geometry):
    """The kernels as matrices, (groups, outputs of a group, channels · taps), one for each product of `_covered`."""
    grouped = w.reshape(geometry.groups, len(w) // geometry.groups, *w.shape[1:])
    rows = [grouped[:, :, :, k] for k in range(w.shape[2])] if geometry.stride[0] == 1 else [grouped]
    return [part.reshape(*part.shape[:2], -1) for part in rows]


_BAND = 2**17  # entries that are copied at a time: a megabyte of float64 stays in the cache


def _covered(x, kernel, size, geometry):
    """What the taps cover in one sample: the number of a product, positions, and a matrix of the entries there.

    The matrices are (groups, channels · taps, positions). Each is multiplied by the weights of its product, and the
    products for the same positions are added up.

    Where the kernel moves down row by row, one copy for each tap of a row of the kernel serves all its rows: those of
    the next row of taps begin D rows later in the same copy. Otherwise all taps are copied, a band of rows at a time.
    """
    groups, (rows, columns) = geometry.groups, size
    if geometry.stride[0] == 1:
        copy = _columns(x, (1, kernel[1]), (x.shape[1], columns), geometry)
        copy = copy.reshape(groups, -1, x.shape[1] * columns)
        for k in range(kernel[0]):
            begin = geometry.dilation[0] * k * columns
            yield k, slice(None), copy[:, :, begin : begin + rows * columns]
        return
    high = max(1, _BAND // (len(x) * math.prod(kernel) * columns))
    for top in range(0, rows, high):
        band = min(high, rows - top)
        copy = _columns(x[:, top * geometry.stride[0] :], kernel, (band, columns), geometry)
        yield 0, slice(top * columns, (top + band) * columns), copy.reshape(groups, -1, band * columns)


def _columns(x, kernel, size, geometry):
    """What each tap covers in a padded image x: entry (c, k, l, i, j) is x[c, Si + Dk, Sj + Dl]. A view of x."""
    x = np.ascontiguousarray(x)
    (channel, row, column), (down, along), (far, wide) = x.strides, geometry.stride, geometry.dilation
    # NumPy checks that no step leads out of x.
    steps = (channel, row * far, column * wide, row * down, column * along)
    return np.ndarray((len(x), *kernel, *size), x.dtype, x, strides=steps)


def _under(x, tap, size, geometry):
    """The entries of the padded images x that lie under a tap, position by position: a view."""
    (top, left), (rows, columns) = (d * k for d, k in zip(geometry.dilation, tap)), geometry.stride
    return x[:, :, top : top + rows * (size[0] - 1) + 1 : rows, left : left + columns * (size[1] - 1) + 1 : columns]


def _spread(g, w, size, geometry):
    """The adjoint of a layer: each entry of g, times the kernel, is added up where the kernel lay.

    At stride 1 it is a correlation as well, full and with the flipped kernel.
    """
    if geometry.stride == (1, 1):
        return _full_correlation(g, w, size, geometry)
    taps, positions = w.shape[2:], g.shape[2:]
    # The positions may end before the last entry that is asked for, or behind it.
    ends = [s * (i - 1) + d * (k - 1) + 1 for s, i, d, k in zip(geometry.stride, positions, geometry.dilation, taps)]
    padded = [max(end, n + 2 * p) for end, n, p in zip(ends, size, geometry.padding)]
    x = np.zeros((len(g), w.shape[1] * geometry.groups, *padded), dtype=g.dtype)
    # (groups, channels · taps, outputs of a group)
    weights = w.reshape(geometry.groups, len(w) // geometry.groups, -1).swapaxes(1, 2)
    for sample, out in zip(g, x):
        columns = weights @ sample.reshape(geometry.groups, len(w) // geometry.groups, -1)
        columns = columns.reshape(len(out), *taps, *positions)
        for k, l in np.ndindex(*taps):
            covered = _under(out[np.newaxis], (k, l), positions, geometry)
            covered += columns[:, k, l]
    (top, left), (rows, columns) = geometry.padding, size
    return x[:, :, top : top + rows, left : left + columns].copy()


def _full_correlation(g, w, size, geometry):
    """The adjoint of a layer of stride 1: with x̄[m] = Σ_k w[k] g[m + P − Dk], k' = K − 1 − k makes a correlation."""
    taps = w.shape[2:]
    begin = [d * (k - 1) - p for d, k, p in zip(geometry.dilation, taps, geometry.padding)]
    end = [n + p - i for n, p, i in zip(size, geometry.padding, g.shape[2:])]
    grouped = w.reshape(geometry.groups, len(w) // geometry.groups, *w.shape[1:])
    flipped = grouped[:, :, :, ::-1, ::-1].swapaxes(1, 2).reshape(-1, grouped.shape[1], *taps)
    inside = _Geometry((1, 1), (0, 0), geometry.dilation, geometry.groups)
    return _correlate(_extended(g, begin, end), np.ascontiguousarray(flipped), size, inside)


def _correlate_loops(x, w, size, geometry):
    """The definition of a layer: every index has its loop, and entries outside count as zero."""
    f = np.zeros((len(x), len(w), *size), dtype=x.dtype)
    group, outputs = w.shape[1], len(w) // geometry.groups
    for sample, o, i, j in np.ndindex(f.shape):
        for c, k, l in np.ndindex(w.shape[1:]):
            m = geometry.stride[0] * i - geometry.padding[0] + geometry.dilation[0] * k
            n = geometry.stride[1] * j - geometry.padding[1] + geometry.dilation[1] * l
            if 0 <= m < x.shape[2] and 0 <= n < x.shape[3]:
                f[sample, o, i, j] += w[o, c, k, l] * x[sample, group * (o // outputs) + c, m, n]
    return f


def _spread_loops(x, w, size, geometry):
    """The definition of a transposed convolution: what falls outside is dropped."""
    group, inputs = w.shape[1], len(w) // geometry.groups
    f = np.zeros((len(x), group * geometry.groups, *size), dtype=x.dtype)
    for sample, c, i, j in np.ndindex(x.shape):
        for o, k, l in np.ndindex(w.shape[1:]):
            m = geometry.stride[0] * i - geometry.padding[0] + geometry.dilation[0] * k
            n = geometry.stride[1] * j - geometry.padding[1] + geometry.dilation[1] * l
            if 0 <= m < size[0] and 0 <= n < size[1]:
                f[sample, group * (c // inputs) + o, m, n] += w[c, o, k, l] * x[sample, c, i, j]
    return f


def _padded(x, padding):
    """The images with zeros around them."""
    return _extended(x, padding, padding)


def _extended(x, begin, end):
    """The images with zeros before and after, or, where a number is negative, with as many entries fewer."""
    if not any((*begin, *end)):
        return x
    shape = [n + b + e for n, b, e in zip(x.shape[2:], begin, end)]
    extended = np.zeros((*x.shape[:2], *shape), dtype=x.dtype)
    # From `first` to `last` an entry of the result is one of x.
    spans = [(max(b, 0), max(b, 0, min(b + n, size))) for b, n, size in zip(begin, x.shape[2:], shape)]
    to = [slice(first, last) for first, last in spans]
    of = [slice(first - b, last - b) for (first, last), b in zip(spans, begin)]
    extended[:, :, *to] = x[:, :, *of]
    return extended


# Checks


_SHAPE = {1: "L", 2: "H, W"}
_TAPS = {1: "K", 2: "K_h, K_w"}


def _at_least(function, name, value, least, reason, expected="an int"):
    number = integer(function, name, value, reason, expected)
    if number < least:
        raise ValueError(f"{function}: {name} has value {number}, expected at least {least} because {reason}")
    return number


def _setting(function, name, value, axes, least, first, reason):
    """A number for each axis, of rows and columns; of a signal `first` is that of its one row."""
    if isinstance(value, (tuple, list)) or isinstance(value, np.ndarray) and value.ndim == 1:
        if len(value) != axes:
            expected = "one number" if axes == 1 else "one number or two"
            raise ValueError(
                f"{function}: {name} has length {len(value)}, expected {expected} because there "
                f"{'is one axis' if axes == 1 else 'are two axes'}"
            )
        numbers = tuple(_at_least(function, f"{name}[{i}]", number, least, reason) for i, number in enumerate(value))
    else:
        expected = "an int" if axes == 1 else "an int or a pair of them"
        numbers = (_at_least(function, name, value, least, reason, expected),) * axes
    return numbers if axes == 2 else (first, *numbers)


def _geometry(function, axes, stride, padding, dilation, groups):
    return _Geometry(
        stride=_setting(function, "stride", stride, axes, 1, 1, "the kernel moves on by it"),
        padding=_setting(function, "padding", padding, axes, 0, 0, "it counts zeros at each end"),
        dilation=_setting(function, "dilation", dilation, axes, 1, 1, "the taps lie so far apart, and 1 is none"),
        groups=_at_least(function, "groups", groups, 1, "it counts groups of channels"),
    )


def _sizes(function, n, kernel, stride, padding, dilation):
    """The numbers that a size is computed from."""
    return (
        _at_least(function, "n", n, 1, "it counts entries of the input"),
        _at_least(function, "kernel", kernel, 1, "it counts taps"),
        _at_least(function, "stride", stride, 1, "the kernel moves on by it"),
        _at_least(function, "padding", padding, 0, "it counts zeros at each end"),
        _at_least(function, "dilation", dilation, 1, "the taps lie so far apart, and 1 is none"),
    )


def _output_size(function, name, n, kernel, stride, padding, dilation, entries=("entry", "entries")):
    span = dilation * (kernel - 1) + 1
    if span > n + 2 * padding:
        raise ValueError(
            f"{function}: {name} spans {_count(span, *entries)} ({_count(kernel, 'tap')}, dilation {dilation}), "
            f"expected at most {n + 2 * padding} because the input has {_count(n, *entries)} and padding {padding}"
        )
    return (n + 2 * padding - span) // stride + 1


def _transposed_size(function, n, kernel, stride, padding, extra, dilation):
    if extra >= max(stride, dilation):
        raise ValueError(
            f"{function}: output_padding has value {extra}, expected less than {max(stride, dilation)} because the "
            f"stride is {stride} and the dilation {dilation}"
        )
    size = stride * (n - 1) + dilation * (kernel - 1) + 1 + extra - 2 * padding
    if size < 1:
        whole = size + 2 * padding
        raise ValueError(
            f"{function}: padding has value {padding}, expected at most {(whole - 1) // 2} because it takes entries "
            f"away at both ends and there {'is' if whole == 1 else 'are'} {whole}"
        )
    return size


def _positions(function, name, shape, kernel, geometry):
    """Rows and columns of the output."""
    # A signal is one row, in which a kernel of one row always fits: its columns are its entries.
    signal = shape[0] == kernel[0] == 1 and geometry.along(0) == (1, 0, 1)
    words = (("row",), ("entry", "entries") if signal else ("column",))
    return tuple(
        _output_size(function, name, n, k, *geometry.along(axis), words[axis])
        for axis, (n, k) in enumerate(zip(shape, kernel))
    )


def _signals(function, x, w):
    arrays = []
    for name, value in (("x", x), ("w", w)):
        array = numeric_array(function, name, value)
        if array.ndim != 1:
            raise ValueError(
                f"{function}: {name} has shape {array.shape}, expected one axis because it is one signal; conv1d "
                f"takes channels and batches"
            )
        _not_empty(function, name, array)
        arrays.append(array)
    return arrays


def _not_empty(function, name, array):
    if array.size == 0:
        raise ValueError(
            f"{function}: {name} has shape {array.shape}, expected at least one entry along each axis because nothing "
            f"can be computed from none"
        )


def _image(function, name, value, axes):
    """An array as a batch of images (N, C, H, W)."""
    array = numeric_array(function, name, value)
    if array.ndim - axes not in (0, 1, 2):
        one = _SHAPE[axes]
        alone = f"{one}," if axes == 1 else one
        raise ValueError(
            f"{function}: {name} has shape {array.shape}, expected (N, C, {one}), (C, {one}) or ({alone}) because it "
            f"is a batch, one sample, or one without channels"
        )
    _not_empty(function, name, array)
    if axes == 1:
        array = array[..., np.newaxis, :]
    return array.reshape((1,) * (4 - array.ndim) + array.shape)


def _kernel(function, w, axes):
    """Kernels as (O, C/groups, K_h, K_w)."""
    array = numeric_array(function, "w", w)
    taps = _TAPS[axes]
    if array.ndim - axes not in (0, 2):
        raise ValueError(
            f"{function}: w has shape {array.shape}, expected (out_channels, in_channels/groups, {taps}) or "
            f"({taps}{',' * (axes == 1)}) because these are kernels with and without channels"
        )
    _not_empty(function, "w", array)
    if axes == 1:
        array = array[..., np.newaxis, :]
    return array.reshape((1,) * (4 - array.ndim) + array.shape)


def _input_and_kernel(function, name, value, w, axes):
    """Both arrays with all axes, and whether they came without channels."""
    image, kernel = _image(function, name, value, axes), _kernel(function, w, axes)
    plain = np.ndim(value) == axes
    if plain != (np.ndim(w) == axes):
        raise ValueError(
            f"{function}: w has shape {_shape(w)}, expected {_count(axes if plain else axes + 2, 'axis', 'axes')} "
            f"because {name} has shape {_shape(value)}, {'without' if plain else 'with'} channels"
        )
    return image, kernel, plain


def _check_channels(function, image, kernel, geometry, axes):
    channels, groups = image.shape[1], geometry.groups
    _check_groups(function, channels, geometry, f"x has {_count(channels, 'channel')}")
    if kernel.shape[1] != channels // groups:
        shape = kernel.shape if axes == 2 else (*kernel.shape[:2], kernel.shape[3])
        raise ValueError(
            f"{function}: w has shape {shape}, expected (out_channels, {channels // groups}, {_TAPS[axes]}) because x "
            f"has {_count(channels, 'channel')} and groups={groups}"
        )
    _check_groups(function, len(kernel), geometry, f"w has {_count(len(kernel), 'kernel')}")


def _check_groups(function, channels, geometry, reason):
    if channels % geometry.groups:
        raise ValueError(
            f"{function}: groups has value {geometry.groups}, expected a divisor of {channels} because {reason}"
        )


def _check_gradient(function, g, shape, name, axes):
    """Refuse a gradient that does not have the shape of the output."""
    if axes == 1:
        shape = (*shape[:2], shape[3])
    shape = shape[len(shape) - np.ndim(g) :]
    if np.shape(g) != shape:
        raise ValueError(
            f"{function}: g has shape {_shape(g)}, expected {shape} because that is the layer's output for this {name}"
        )


def _shape(array):
    """The shape of what a reader gave, in NumPy's words."""
    return tuple(np.shape(array))


def _count(number, one, several=None):
    return f"{number} {one if number == 1 else several or one + 's'}"


def _bias(function, b, outputs, plain, axes):
    """The biases as an array (O,)."""
    b = numeric_array(function, "b", b)
    if plain and b.ndim == 0:
        return b.reshape(1)
    if b.shape != (outputs,):
        raise ValueError(
            f"{function}: b has shape {b.shape}, expected {'a number' if plain else (outputs,)} because w has "
            f"{_count(outputs, 'kernel')}"
        )
    return b


def _in_common_dtype(*arrays):
    """The first two arrays in the dtype that holds all of them."""
    dtype = np.result_type(*arrays)
    return [array.astype(dtype, copy=False) for array in arrays[:2]]


def _as_given(f, axes_of_input, axes):
    """The result with as many leading axes as the input had."""
    if axes == 1:
        f = f[:, :, 0]
    return f[(0,) * (2 - (axes_of_input - axes))]
