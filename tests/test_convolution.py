"""Convolution layers: against PyTorch and SciPy, the loops of the definition, and the matrices; integers exactly."""

import functools
import itertools
import math

import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mathdnn_utils import convolution
from mathdnn_utils.convolution import (
    conv1d,
    conv1d_grad_input,
    conv1d_grad_kernel,
    conv1d_loops,
    conv2d,
    conv2d_grad_input,
    conv2d_grad_kernel,
    conv2d_loops,
    conv_matrix1d,
    conv_matrix2d,
    conv_transpose1d,
    conv_transpose1d_loops,
    conv_transpose2d,
    conv_transpose2d_loops,
    convolve1d,
    correlate1d,
    im2col,
    needed_output_padding,
    output_size,
    parameter_count,
    receptive_field,
    seen_entries,
    transposed_output_size,
)

CONV = {1: conv1d, 2: conv2d}
LOOPS = {1: conv1d_loops, 2: conv2d_loops}
GRAD_INPUT = {1: conv1d_grad_input, 2: conv2d_grad_input}
GRAD_KERNEL = {1: conv1d_grad_kernel, 2: conv2d_grad_kernel}
TRANSPOSE = {1: conv_transpose1d, 2: conv_transpose2d}
TRANSPOSE_LOOPS = {1: conv_transpose1d_loops, 2: conv_transpose2d_loops}
MATRIX = {1: conv_matrix1d, 2: conv_matrix2d}
IN_TORCH = {1: torch.nn.functional.conv1d, 2: torch.nn.functional.conv2d}
TRANSPOSE_IN_TORCH = {1: torch.nn.functional.conv_transpose1d, 2: torch.nn.functional.conv_transpose2d}

INTEGERS = (np.int8, np.uint8, np.int16, np.int32, np.int64)
FLOATS = (np.float16, np.float32, np.float64, np.complex64, np.complex128)
FORMS = ("batch", "one", "plain")

seeds = st.integers(0, 2**32 - 1)
dimensions = st.sampled_from([1, 2])


# Cases: nothing in them fits by accident, because what could be mistaken for one another differs


class Layer:
    """A layer and the sizes that go with it. `settings` are the arguments of ours that torch takes as well."""

    def __init__(self, form, samples, inputs, outputs, groups, size, taps, stride, padding, dilation):
        self.form, self.samples, self.axes = form, samples, len(size)
        self.inputs, self.outputs, self.groups = inputs, outputs, groups
        self.size, self.taps, self.stride, self.padding, self.dilation = size, taps, stride, padding, dilation
        self.settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        self.output = tuple(map(positions, size, taps, stride, padding, dilation))

    def __repr__(self):
        return (
            f"Layer({self.form}, {self.samples} samples, {self.inputs} to {self.outputs} channels, "
            f"size {self.size}, taps {self.taps}, {self.settings})"
        )

    def array(self, rng, channels, size, dtype=np.int64):
        """Images with so many channels, in the form of this layer; integers in one of the integer types."""
        leading = {"batch": (self.samples, channels), "one": (channels,), "plain": ()}[self.form]
        return draw_array(rng, (*leading, *size), dtype)

    def x(self, rng, dtype=np.int64):
        return self.array(rng, self.inputs, self.size, dtype)

    def g(self, rng, dtype=np.int64):
        return self.array(rng, self.outputs, self.output, dtype)

    def w(self, rng, dtype=np.int64):
        leading = () if self.form == "plain" else (self.outputs, self.inputs // self.groups)
        return draw_array(rng, (*leading, *self.taps), dtype)

    def b(self, rng, dtype=np.int64):
        return draw_array(rng, () if self.form == "plain" else (self.outputs,), dtype)


def draw_array(rng, shape, dtype):
    """Numbers of a type; integers are small and not zero."""
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        signs = rng.choice([-1, 1], size=shape) if dtype.kind == "i" else 1
        return np.asarray(rng.integers(1, 8, size=shape) * signs, dtype=dtype)
    values = rng.normal(size=shape)
    return np.asarray(values + 1j * rng.normal(size=shape) if dtype.kind == "c" else values).astype(dtype)


def positions(n, taps, stride, padding, dilation):
    """How often the kernel fits, counted."""
    last_tap = dilation * (taps - 1)
    return sum(first + last_tap < n + 2 * padding for first in range(0, n + 2 * padding, stride))


@functools.cache
def along(axes, least, most, equal=False):
    """A number for each axis; two are different, unless they may be equal."""
    numbers = itertools.product(range(least, most + 1), repeat=axes)
    return st.sampled_from([pair for pair in numbers if equal or len({*pair}) == axes])


@functools.cache
def often(usual, axes, least, most):
    """The usual number along all axes, or a number for each. Stride 1 along both axes has a way of its own."""
    return st.one_of(st.just((usual,) * axes), along(axes, least, most))


@st.composite
def layers(draw, axes=None, form=None, groups=None, most=4):
    """Layers with up to `most` taps, zeros at each end, and entries more than the kernel needs, along each axis."""
    axes = draw(dimensions) if axes is None else axes
    form = draw(st.sampled_from(FORMS)) if form is None else form
    if form == "plain":
        groups = inputs = outputs = 1
    else:
        groups = draw(st.integers(1, 3)) if groups is None else groups
        inputs, outputs = draw(st.sampled_from([(1, 2), (2, 1), (2, 3), (3, 2)]))
    samples = draw(st.sampled_from([2, 5])) if form == "batch" else 1
    taps = draw(along(axes, 1, most))
    stride = draw(often(1, axes, 1, 3))
    padding = draw(often(0, axes, 0, most))
    dilation = draw(often(1, axes, 1, 3))
    more = draw(along(axes, 0, most))
    size = tuple(max(1, d * (k - 1) + 1 - 2 * p) + m for k, p, d, m in zip(taps, padding, dilation, more))
    if len({*size}) < axes:
        size = (size[0], size[1] + 1)
    return Layer(form, samples, groups * inputs, groups * outputs, groups, size, taps, stride, padding, dilation)


def tensor(array, requires_grad=False):
    """The array in torch, integers as float64, in which they are exact."""
    array = np.asarray(array)
    if array.dtype.kind in "iu":
        array = array.astype(np.float64)
    return torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape)).requires_grad_(requires_grad)


def with_channels(array, axes):
    """A plain image with its one channel, as torch wants it."""
    return array[None] if array.ndim == axes else array


def layer_in_torch(layer, x, w, b=None):
    if layer.form == "plain":
        f = IN_TORCH[layer.axes](x[None], w[None, None], None if b is None else b[None], **layer.settings)
        return f[0]
    return IN_TORCH[layer.axes](x, w, b, **layer.settings)


def gradients_in_torch(layer, x, w, g):
    """Gradients at x and w as torch's autograd has them; it conjugates, so that complex numbers are conjugated back."""
    x, w = tensor(x, True), tensor(w, True)
    gradients = torch.autograd.grad(layer_in_torch(layer, x, w), (x, w), tensor(g).conj().resolve_conj())
    return [gradient.conj().resolve_conj().numpy() for gradient in gradients]


def same(ours, exact, dtype=np.int64):
    """Integers, one for one, in the dtype and the shape that are wanted."""
    exact = exact.numpy() if isinstance(exact, torch.Tensor) else exact
    assert ours.dtype == dtype
    assert ours.shape == exact.shape
    np.testing.assert_array_equal(ours, exact)


def rounded(ours, exact, absolute, terms):
    """Equal up to the rounding of a sum of so many products, the sum of whose absolute values is given."""
    exact = exact.numpy() if isinstance(exact, torch.Tensor) else exact
    assert ours.shape == exact.shape
    bound = 2 * (terms + 2) * np.finfo(ours.dtype).eps * np.asarray(absolute)
    assert (np.abs(ours - exact) <= bound + np.finfo(ours.dtype).tiny).all()


# Sizes

along_one_axis = st.tuples(
    st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.integers(0, 4), st.integers(1, 4)
)


@settings(max_examples=200)
@given(along_one_axis)
def test_the_output_size_is_the_number_of_positions_and_that_of_torch(numbers):
    n, kernel, stride, padding, dilation = numbers
    expected = positions(*numbers)
    if not expected:
        with pytest.raises(ValueError, match="^output_size: kernel spans"):
            output_size(*numbers)
        return
    assert output_size(*numbers) == expected
    shape = torch.nn.functional.conv1d(
        torch.empty(1, 1, n, device="meta"), torch.empty(1, 1, kernel, device="meta"), None, stride, padding, dilation
    ).shape
    assert shape[2] == expected


@settings(max_examples=200)
@given(along_one_axis, st.integers(0, 3))
def test_the_size_of_a_transposed_convolution_counts_its_entries_and_is_that_of_torch(numbers, extra):
    n, kernel, stride, padding, dilation = numbers
    extra = min(extra, max(stride, dilation) - 1)
    # From the first entry that a tap falls on to the last, without the padding.
    touched = {stride * i + dilation * k for i in range(n) for k in range(kernel)}
    expected = max(touched) + 1 + extra - 2 * padding
    arguments = (n, kernel, stride, padding, extra, dilation)
    if expected < 1:
        with pytest.raises(ValueError, match="^transposed_output_size: padding has value"):
            transposed_output_size(*arguments)
        return
    assert transposed_output_size(*arguments) == expected
    shape = torch.nn.functional.conv_transpose1d(
        torch.empty(1, 1, n, device="meta"),
        torch.empty(1, 1, kernel, device="meta"),
        stride=stride,
        padding=padding,
        output_padding=extra,
        dilation=dilation,
    ).shape
    assert shape[2] == expected
    if extra < stride:
        assert output_size(expected, kernel, stride, padding, dilation) == n


@settings(max_examples=200)
@given(along_one_axis)
def test_the_needed_output_padding_is_what_the_kernel_does_not_reach_and_leads_back(numbers):
    n, kernel, stride, padding, dilation = numbers
    count = positions(*numbers)
    if not count:
        with pytest.raises(ValueError, match="^needed_output_padding: kernel spans"):
            needed_output_padding(*numbers)
        return
    last = max(stride * i + dilation * k for i in range(count) for k in range(kernel))
    needed = needed_output_padding(*numbers)
    assert needed == len(range(last + 1, n + 2 * padding))
    assert 0 <= needed < stride
    assert transposed_output_size(count, kernel, stride, padding, needed, dilation) == n


@settings(max_examples=200)
@given(along_one_axis)
def test_seen_entries_are_those_at_which_there_is_a_gradient(numbers):
    n, kernel, stride, padding, dilation = numbers
    count = positions(*numbers)
    if not count:
        with pytest.raises(ValueError, match="^seen_entries: kernel spans"):
            seen_entries(*numbers)
        return
    x = torch.ones(1, n, dtype=torch.float64, requires_grad=True)
    kernels = torch.ones(1, 1, kernel, dtype=torch.float64)
    f = torch.nn.functional.conv1d(x, kernels, None, stride, padding, dilation)
    (gradient,) = torch.autograd.grad(f.sum(), x)
    seen = seen_entries(*numbers)
    assert seen.dtype == bool
    assert seen.tolist() == (gradient[0] > 0).tolist()
    lay = {"stride": stride, "padding": padding, "dilation": dilation}
    ours = conv1d_grad_input(np.ones(count, np.int64), np.ones(kernel, np.int64), n, **lay)
    assert seen.tolist() == (ours > 0).tolist()


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 3)), max_size=4))
def test_the_receptive_field_spans_what_one_output_depends_on(layers):
    entries = {0}
    for kernel, stride, dilation in reversed(layers):
        entries = {stride * i + dilation * k for i in entries for k in range(kernel)}
    span = max(entries) - min(entries) + 1
    assert receptive_field(layers) == span
    assert receptive_field(tuple([*layer] for layer in layers)) == span
    if all(dilation == 1 for *_, dilation in layers):
        assert receptive_field([layer[:2] for layer in layers]) == span


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.permutations([1, 2, 3, 5]), st.booleans())
def test_parameters_are_counted_as_torch_counts_them(inputs, outputs, groups, taps, bias):
    channels = (inputs * groups, outputs * groups)
    for kernel, module in (
        (taps[0], torch.nn.Conv2d),
        (tuple(taps[:2]), torch.nn.Conv2d),
        (tuple(taps[:1]), torch.nn.Conv1d),
    ):
        theirs = module(*channels, kernel, groups=groups, bias=bias, device="meta")
        assert parameter_count(*channels, kernel, groups, bias) == sum(p.numel() for p in theirs.parameters())
    assert type(parameter_count(*map(np.int64, channels), np.int64(3), bias=np.bool_(bias))) is int


# One signal, one kernel


@st.composite
def signals(draw, longer_signal=False):
    n, taps = draw(st.tuples(st.integers(1, 12), st.integers(1, 9)).filter(lambda pair: pair[0] != pair[1]))
    return (max(n, taps), min(n, taps)) if longer_signal else (n, taps)


@pytest.mark.parametrize("dtype", [np.int64, np.float64, np.complex128])
@pytest.mark.parametrize("mode", ["valid", "same", "full"])
@settings(max_examples=40)
@given(seed=seeds, shape=signals())
def test_the_modes_are_those_of_scipy(mode, dtype, seed, shape):
    n, taps = shape
    if mode == "valid" and taps > n:
        n, taps = taps, n
    if mode == "same" and taps % 2 == 0:
        taps += 1
    rng = np.random.default_rng(seed)
    x, w = draw_array(rng, n, dtype), draw_array(rng, taps, dtype)
    # SciPy's correlation conjugates the kernel.
    for ours, theirs in (
        (correlate1d(x, w, mode), scipy.signal.correlate(x, w.conj(), mode, method="direct")),
        (convolve1d(x, w, mode), scipy.signal.convolve(x, w, mode, method="direct")),
    ):
        if dtype is np.int64:
            same(ours, theirs)
        else:
            assert ours.dtype == dtype
            absolute = scipy.signal.convolve(np.abs(x), np.abs(w), mode, method="direct").max()
            rounded(ours, theirs, absolute, taps)


@settings(max_examples=60)
@given(seeds, signals(longer_signal=True))
def test_without_a_mode_a_correlation_is_valid_and_a_convolution_full_and_commutes(seed, shape):
    rng = np.random.default_rng(seed)
    x, w = (draw_array(rng, n, np.int64) for n in shape)
    same(correlate1d(x, w), np.array([sum(x[n + k] * w[k] for k in range(len(w))) for n in range(len(x) - len(w) + 1)]))
    same(convolve1d(x, w), np.polymul(x, w))
    same(convolve1d(w, x), convolve1d(x, w))
    same(correlate1d(x, w, "full"), convolve1d(x, w[::-1]))


@settings(max_examples=60)
@given(seeds, layers(axes=2, form="plain"))
def test_a_valid_correlation_of_images_is_that_of_scipy(seed, layer):
    rng = np.random.default_rng(seed)
    x, w = draw_array(rng, tuple(n + k for n, k in zip(layer.size, layer.taps)), np.int64), layer.w(rng)
    same(conv2d(x, w), scipy.signal.correlate2d(x, w, "valid"))
    # Full is padded by one less than the taps.
    full = tuple(k - 1 for k in layer.taps)
    same(conv2d(x, w, padding=full), scipy.signal.correlate2d(x, w, "full"))
    same(conv2d(x, w[::-1, ::-1], padding=full), scipy.signal.convolve2d(x, w, "full"))


# Layers, beside torch


@settings(max_examples=200)
@given(seeds, layers(), st.booleans())
def test_a_layer_of_integers_is_exactly_that_of_torch(seed, layer, biased):
    rng = np.random.default_rng(seed)
    x, w, b = layer.x(rng), layer.w(rng), layer.b(rng) if biased else None
    expected = layer_in_torch(layer, tensor(x), tensor(w), None if b is None else tensor(b))
    same(CONV[layer.axes](x, w, b, **layer.settings), expected)


@settings(max_examples=200)
@given(seeds, layers())
def test_the_gradients_of_integers_are_exactly_those_of_torch(seed, layer):
    rng = np.random.default_rng(seed)
    x, w, g = layer.x(rng), layer.w(rng), layer.g(rng)
    at_input, at_kernel = gradients_in_torch(layer, x, w, g)
    same(GRAD_INPUT[layer.axes](g, w, layer.size, **layer.settings), at_input)
    same(GRAD_KERNEL[layer.axes](g, x, layer.taps, **layer.settings), at_kernel)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
@settings(max_examples=60)
@given(seed=seeds, layer=layers())
def test_a_layer_and_its_gradients_are_those_of_torch_up_to_rounding(dtype, seed, layer):
    rng = np.random.default_rng(seed)
    x, w, b, g = (draw(rng, dtype) for draw in (layer.x, layer.w, layer.b, layer.g))
    # The reference is in double precision, from the same numbers.
    precise = np.complex128 if np.dtype(dtype).kind == "c" else np.float64
    exact_x, exact_w, exact_b, exact_g = (np.asarray(array, dtype=precise) for array in (x, w, b, g))
    forward = layer_in_torch(layer, *map(tensor, (exact_x, exact_w, exact_b)))
    sums = layer_in_torch(layer, *(tensor(np.abs(array)) for array in (exact_x, exact_w, exact_b)))
    ours = CONV[layer.axes](x, w, b, **layer.settings)
    assert ours.dtype == dtype
    rounded(ours, forward, sums, w.size + 1)
    absolute = gradients_in_torch(layer, *(np.abs(array) for array in (exact_x, exact_w, exact_g)))
    at_input, at_kernel = gradients_in_torch(layer, exact_x, exact_w, exact_g)
    for ours, expected, sums in (
        (GRAD_INPUT[layer.axes](g, w, layer.size, **layer.settings), at_input, absolute[0]),
        (GRAD_KERNEL[layer.axes](g, x, layer.taps, **layer.settings), at_kernel, absolute[1]),
    ):
        assert ours.dtype == dtype
        rounded(ours, expected, sums, g.size)


@settings(max_examples=200)
@given(seeds, layers(), st.data())
def test_a_transposed_convolution_of_integers_is_exactly_that_of_torch(seed, layer, data):
    rng = np.random.default_rng(seed)
    extra = tuple(data.draw(st.integers(0, max(s, d) - 1)) for s, d in zip(layer.stride, layer.dilation))
    # The kernels are those of a layer from `inputs` to `outputs` channels; this leads from `outputs` to `inputs`.
    g, w, lay = layer.g(rng), layer.w(rng), {**layer.settings, "output_padding": extra}
    size = [
        s * (n - 1) + d * (k - 1) + 1 + e - 2 * p
        for n, k, s, p, d, e in zip(layer.output, layer.taps, layer.stride, layer.padding, layer.dilation, extra)
    ]
    if min(size) < 1:
        with pytest.raises(ValueError, match=f"^conv_transpose{layer.axes}d: padding has value"):
            TRANSPOSE[layer.axes](g, w, **lay)
        return
    if layer.form == "plain":
        expected = TRANSPOSE_IN_TORCH[layer.axes](tensor(g)[None], tensor(w)[None, None], **lay)[0]
    else:
        expected = TRANSPOSE_IN_TORCH[layer.axes](tensor(g), tensor(w), **lay)
    same(TRANSPOSE[layer.axes](g, w, **lay), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
@settings(max_examples=30)
@given(seed=seeds, layer=layers(form="batch"))
def test_a_transposed_convolution_is_that_of_torch_up_to_rounding(dtype, seed, layer):
    rng = np.random.default_rng(seed)
    g, w = layer.g(rng, dtype), layer.w(rng, dtype)
    extra = tuple(s - 1 for s in layer.stride)
    if min(map(transposed_output_size, layer.output, layer.taps, layer.stride, [0, 0], extra, layer.dilation)) < 1:
        return
    lay = {**layer.settings, "padding": 0, "output_padding": extra}
    precise = np.complex128 if np.dtype(dtype).kind == "c" else np.float64
    expected = TRANSPOSE_IN_TORCH[layer.axes](*(tensor(array.astype(precise)) for array in (g, w)), **lay)
    sums = TRANSPOSE_IN_TORCH[layer.axes](*(tensor(np.abs(array).astype(np.float64)) for array in (g, w)), **lay)
    ours = TRANSPOSE[layer.axes](g, w, **lay)
    assert ours.dtype == dtype
    rounded(ours, expected, sums, w.size)


def test_output_padding_may_exceed_the_stride_below_the_dilation_and_padding_the_kernel():
    # Stride 1 and stride 2, dilation 5, output_padding up to 4; the padding cuts away more than the kernel has taps.
    rng = np.random.default_rng(0)
    for stride, padding, extra in itertools.product([1, 2], [0, 3, 7], [0, 1, 4]):
        x, w = draw_array(rng, (3, 4, 9), np.int64), draw_array(rng, (4, 2, 3), np.int64)
        lay = {"stride": stride, "padding": padding, "output_padding": extra, "dilation": 5}
        same(conv_transpose1d(x, w, **lay), torch.nn.functional.conv_transpose1d(tensor(x), tensor(w), **lay))
        same(conv_transpose1d(x, w, **lay), conv_transpose1d_loops(x, w, **lay))
        x, w = draw_array(rng, (2, 2, 9, 8), np.int64), draw_array(rng, (2, 3, 3, 2), np.int64)
        lay = {"stride": stride, "padding": (padding, 1), "output_padding": (extra, 1), "dilation": (5, 4)}
        same(conv_transpose2d(x, w, **lay), torch.nn.functional.conv_transpose2d(tensor(x), tensor(w), **lay))


def test_there_may_be_positions_on_nothing_but_padding():
    # The kernel has 2 taps, and 5 zeros are on either side: most positions cover no entry of x.
    x, w, g = np.arange(1, 4), np.array([3, -2]), np.arange(1, 13)
    assert conv1d(x, w, padding=5).tolist() == [0, 0, 0, 0, -2, -1, 0, 9, 0, 0, 0, 0]
    assert conv1d_grad_input(g, w, 3, padding=5).tolist() == [8, 9, 10]
    assert conv1d_grad_kernel(g, x, 2, padding=5).tolist() == [6 * 1 + 7 * 2 + 8 * 3, 5 * 1 + 6 * 2 + 7 * 3]
    assert conv_matrix1d(w, 3, padding=5).sum(axis=1).tolist() == [0, 0, 0, 0, -2, 1, 1, 3, 0, 0, 0, 0]


# Layers, beside our own other forms


@settings(max_examples=60)
@given(seeds, layers(most=3), st.booleans())
def test_the_fast_form_is_the_definition_loop_by_loop(seed, layer, biased):
    rng = np.random.default_rng(seed)
    x, w, b = layer.x(rng), layer.w(rng), layer.b(rng) if biased else None
    same(CONV[layer.axes](x, w, b, **layer.settings), LOOPS[layer.axes](x, w, b, **layer.settings))


@settings(max_examples=60)
@given(seeds, layers(most=3), st.data())
def test_the_fast_transposed_form_is_the_definition_loop_by_loop(seed, layer, data):
    rng = np.random.default_rng(seed)
    extra = tuple(data.draw(st.integers(0, max(s, d) - 1)) for s, d in zip(layer.stride, layer.dilation))
    # What the padding takes away has to leave something.
    padding = tuple(min(p, d * (k - 1) // 2) for p, d, k in zip(layer.padding, layer.dilation, layer.taps))
    lay = {**layer.settings, "padding": padding, "output_padding": extra}
    g, w = layer.g(rng), layer.w(rng)
    same(TRANSPOSE[layer.axes](g, w, **lay), TRANSPOSE_LOOPS[layer.axes](g, w, **lay))


def test_the_loops_are_the_definition_in_small_numbers():
    # By hand: rows 1 and 3 of x (stride 2, after one row of padding), columns 0 and 2 (dilation 2).
    x = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    w = np.array([[1, 10]])
    lay = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
    assert conv2d_loops(x, w, 7, **lay).tolist() == [[7], [4 + 60 + 7], [7]]
    assert conv2d(x, w, 7, **lay).tolist() == [[7], [4 + 60 + 7], [7]]
    assert conv_transpose2d_loops([[1], [2], [3]], w, **lay).tolist() == [[0, 0, 0], [2, 0, 20], [0, 0, 0]]
    assert conv_transpose2d([[1], [2], [3]], w, **lay).tolist() == [[0, 0, 0], [2, 0, 20], [0, 0, 0]]


@settings(max_examples=80)
@given(seeds, layers(most=3))
def test_the_matrix_of_a_layer_has_the_answers_to_unit_vectors_as_columns(seed, layer):
    rng = np.random.default_rng(seed)
    w = layer.w(rng)
    M = MATRIX[layer.axes](w, layer.size, **layer.settings)
    entries = layer.inputs * math.prod(layer.size)
    units = np.eye(entries, dtype=np.int64).reshape(entries, layer.inputs, *layer.size)
    kernels = w if layer.form != "plain" else w[None, None]
    theirs = IN_TORCH[layer.axes](tensor(units), tensor(kernels), None, **layer.settings).numpy()
    same(M, theirs.reshape(entries, -1).T)
    same(M, CONV[layer.axes](units, kernels, **layer.settings).reshape(entries, -1).T)


@settings(max_examples=100)
@given(seeds, layers())
def test_a_layer_is_its_matrix_and_its_input_gradient_the_transpose(seed, layer):
    rng = np.random.default_rng(seed)
    x, w, g = layer.x(rng), layer.w(rng), layer.g(rng)
    M = MATRIX[layer.axes](w, layer.size, **layer.settings)
    rows, columns = x.reshape(-1, M.shape[1]), g.reshape(-1, M.shape[0])
    same(CONV[layer.axes](x, w, **layer.settings), (rows @ M.T).reshape(g.shape))
    same(GRAD_INPUT[layer.axes](g, w, layer.size, **layer.settings), (columns @ M).reshape(x.shape))


@settings(max_examples=150)
@given(seeds, layers())
def test_the_gradients_are_the_adjoints_of_the_layer_in_integers(seed, layer):
    rng = np.random.default_rng(seed)
    x, w, g = layer.x(rng), layer.w(rng), layer.g(rng)
    value = (g * CONV[layer.axes](x, w, **layer.settings)).sum()
    assert (GRAD_INPUT[layer.axes](g, w, layer.size, **layer.settings) * x).sum() == value
    assert (GRAD_KERNEL[layer.axes](g, x, layer.taps, **layer.settings) * w).sum() == value


@settings(max_examples=300)
@given(seeds, layers())
def test_the_input_gradient_is_a_transposed_convolution_with_the_needed_output_padding(seed, layer):
    rng = np.random.default_rng(seed)
    w, g = layer.w(rng), layer.g(rng)
    extra = tuple(map(needed_output_padding, layer.size, layer.taps, layer.stride, layer.padding, layer.dilation))
    lay = {**layer.settings, "output_padding": extra}
    at_input, _ = gradients_in_torch(layer, layer.x(rng), w, g)
    same(TRANSPOSE[layer.axes](g, w, **lay), at_input)
    kernels, gradient = (w, g) if layer.form != "plain" else (w[None, None], g[None])
    theirs = TRANSPOSE_IN_TORCH[layer.axes](tensor(gradient), tensor(kernels), **lay).numpy()
    np.testing.assert_array_equal(theirs.reshape(at_input.shape), at_input)


@settings(max_examples=300)
@given(seeds, layers(form="batch", groups=1))
def test_the_kernel_gradient_is_a_correlation_with_stride_and_dilation_exchanged_cut_to_the_taps(seed, layer):
    rng = np.random.default_rng(seed)
    x, g = layer.x(rng), layer.g(rng)
    exchanged = {"stride": layer.dilation, "padding": layer.padding, "dilation": layer.stride}
    cut = (..., *(slice(taps) for taps in layer.taps))
    # What is summed over in a layer are channels, and here samples.
    channels_last = x.swapaxes(0, 1), g.swapaxes(0, 1)
    by_the_law = CONV[layer.axes](*channels_last, **exchanged)[cut].swapaxes(0, 1)
    in_torch = IN_TORCH[layer.axes](*map(tensor, channels_last), None, **exchanged)[cut].transpose(0, 1)
    _, at_kernel = gradients_in_torch(layer, x, layer.w(rng), g)
    np.testing.assert_array_equal(in_torch.numpy(), at_kernel)
    same(by_the_law, at_kernel)
    same(GRAD_KERNEL[layer.axes](g, x, layer.taps, **layer.settings), at_kernel)


@settings(max_examples=80)
@given(seeds, layers(form="plain"))
def test_the_law_of_the_kernel_gradient_holds_for_plain_signals_and_images(seed, layer):
    rng = np.random.default_rng(seed)
    x, g = layer.x(rng), layer.g(rng)
    exchanged = {"stride": layer.dilation, "padding": layer.padding, "dilation": layer.stride}
    cut = tuple(slice(taps) for taps in layer.taps)
    same(
        CONV[layer.axes](x, g, **exchanged)[cut],
        GRAD_KERNEL[layer.axes](g, x, layer.taps, **layer.settings),
    )


# im2col


def unfolded(layer, x):
    """Columns as torch has them; it knows images only, and a signal is an image of one row."""
    settings = {name: layer.settings[name] for name in ("stride", "padding", "dilation")}
    taps, images = layer.taps, tensor(x)
    if layer.axes == 1:
        taps, images = (1, *taps), images[..., None, :]
        settings = {name: (name != "padding", *value) for name, value in settings.items()}
        settings = {name: tuple(map(int, value)) for name, value in settings.items()}
    images = images.reshape((1,) * (4 - images.ndim) + tuple(images.shape))
    columns = torch.nn.functional.unfold(images, taps, **settings)
    return columns if layer.form == "batch" else columns[0]


@settings(max_examples=150)
@given(seeds, layers())
def test_columns_are_those_of_torch_and_make_the_layer_a_product_of_matrices(seed, layer):
    rng = np.random.default_rng(seed)
    x = layer.x(rng)
    lay = {name: layer.settings[name] for name in ("stride", "padding", "dilation")}
    if layer.axes == 1:
        lay = {name: value[0] for name, value in lay.items()}
    columns = im2col(x, layer.taps if layer.axes == 2 else layer.taps[0], **lay)
    same(columns, unfolded(layer, x))
    if layer.groups == 1:
        w, shape = layer.w(rng), layer.g(rng).shape
        rows = w.reshape(1 if layer.form == "plain" else layer.outputs, -1)
        same((rows @ columns).reshape(shape), CONV[layer.axes](x, w, **lay))


def test_one_number_is_a_square_kernel_where_the_input_has_four_axes_and_a_row_elsewhere():
    x = draw_array(np.random.default_rng(0), (2, 3, 5, 4), np.int64)
    same(im2col(x, 2), im2col(x, (2, 2)))
    same(im2col(x, 2, stride=(1, 2)), torch.nn.functional.unfold(tensor(x), 2, stride=(1, 2)))
    assert im2col(x[0], 2).shape == (3, 10, 3)
    same(im2col(x[0], (2,)), im2col(x[0], 2))
    assert im2col(x[0], (2, 2)).shape == (12, 12)


def test_a_long_copy_is_made_in_bands():
    rng = np.random.default_rng(0)
    x, w = draw_array(rng, (2, 4, 19, 8), np.int64), draw_array(rng, (6, 2, 3, 2), np.int64)
    settings = {"stride": (2, 1), "padding": (1, 0), "dilation": (3, 1), "groups": 2}
    whole = conv2d(x, w, **settings)
    g = draw_array(rng, whole.shape, np.int64)
    gradient = conv2d_grad_kernel(g, x, (3, 2), **settings)
    rows = []
    columns = convolution._columns
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "_columns", lambda *given: rows.append(given[2][0]) or columns(*given))
        # A row of positions takes 4 · 6 · 7 entries: one row at a time, then three.
        for entries, bands in ((1, [1] * 8), (4 * 6 * 7 * 3, [3, 3, 2])):
            patch.setattr(convolution, "_BAND", entries)
            rows.clear()
            same(conv2d(x, w, **settings), whole)
            assert rows == bands * 2  # for each of the two samples
            same(conv2d_grad_kernel(g, x, (3, 2), **settings), gradient)
    same(whole, conv2d_loops(x, w, **settings))


# What is given and what comes back


def everything(rng, dtype, form="batch"):
    """(function, arguments, settings) for every function that takes arrays: small, uneven, and dtype by dtype."""
    lay = {"stride": (2, 1), "padding": (0, 1), "dilation": (1, 2), "groups": 1 if form == "plain" else 2}
    inputs, outputs, groups = (1, 1, 1) if form == "plain" else (4, 2, 2)
    calls = [
        (correlate1d, [draw_array(rng, n, dtype) for n in (7, 3)], {"mode": "same"}),
        (correlate1d, [draw_array(rng, n, dtype) for n in (7, 1)], {}),
        (convolve1d, [draw_array(rng, n, dtype) for n in (7, 4)], {}),
    ]
    for axes in (1, 2):
        settings = {name: value if name == "groups" else value[:axes] for name, value in lay.items()}
        if axes == 1:
            settings = {name: value if name == "groups" else value[0] for name, value in settings.items()}
        for settings, size, taps in (
            (settings, (7, 6)[:axes], (3, 2)[:axes]),
            ({"groups": groups}, (3, 4)[:axes], (2, 3)[:axes]),  # nothing but stride 1
            ({"groups": groups}, (3, 4)[:axes], (1, 1)[:axes]),  # a kernel of one tap: the layer does not move
            ({"groups": groups}, (3, 4)[:axes], (3, 4)[:axes]),  # one position
        ):
            pairs = [
                value if isinstance(value, tuple) else (value,) * axes
                for value in (settings.get(name, int(name != "padding")) for name in ("stride", "padding", "dilation"))
            ]
            layer = Layer(form, 3, inputs, outputs, groups, size, taps, *pairs)
            x, w, g, b = (draw(rng, dtype) for draw in (layer.x, layer.w, layer.g, layer.b))
            columns = {name: value for name, value in settings.items() if name != "groups"}
            number = (lambda pair: pair) if axes == 2 else (lambda pair: pair[0])
            calls += [
                (CONV[axes], [x, w], settings),
                (CONV[axes], [x, w, b], settings),
                (LOOPS[axes], [x, w], settings),
                (LOOPS[axes], [x, w, b], settings),
                (GRAD_INPUT[axes], [g, w, number(size)], settings),
                (GRAD_KERNEL[axes], [g, x, number(taps)], settings),
                (TRANSPOSE[axes], [g, w], settings),
                (TRANSPOSE_LOOPS[axes], [g, w], settings),
                (im2col, [x, number(taps)], columns),
                (MATRIX[axes], [w, number(size)], settings),
            ]
    return calls


def arrays_of(arguments):
    return [argument for argument in arguments if isinstance(argument, np.ndarray)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [*INTEGERS, *FLOATS])
def test_the_dtype_is_kept_and_small_types_give_the_numbers_of_large_ones(dtype, form):
    large = {"i": np.int64, "u": np.int64, "f": np.float64, "c": np.complex128}[np.dtype(dtype).kind]
    for function, arguments, lay in everything(np.random.default_rng(0), dtype, form):
        if np.dtype(dtype).kind in "iu":
            # Numbers so small that sums of their products fit into a byte.
            arguments = [a % 2 if isinstance(a, np.ndarray) else a for a in arguments]
        result = function(*arguments, **lay)
        assert result.dtype == dtype, function.__name__
        wide = function(*(a.astype(large) if isinstance(a, np.ndarray) else a for a in arguments), **lay)
        if np.dtype(dtype).kind in "iu":
            np.testing.assert_array_equal(result, wide)
        else:
            np.testing.assert_allclose(result, wide, rtol=0, atol=500 * np.finfo(dtype).eps)


@pytest.mark.parametrize(
    "dtypes", [(np.int8, np.float32), (np.float32, np.complex64), (np.int64, np.float32), (np.float64, np.float32)]
)
def test_the_dtype_is_the_common_one(dtypes):
    rng = np.random.default_rng(0)
    for kinds in itertools.permutations(dtypes):
        common = np.result_type(*kinds)
        x, w = draw_array(rng, (2, 4, 7), kinds[0]), draw_array(rng, (6, 2, 3), kinds[1])
        g, b = draw_array(rng, (2, 6, 5), kinds[0]), draw_array(rng, 6, kinds[1])
        alike = draw_array(rng, (6, 2, 3), kinds[0])
        results = [conv1d(x, w, groups=2), conv1d_loops(x, w, groups=2), conv1d(x, alike, b, groups=2)]
        results += [conv1d_grad_input(g, w, 7, groups=2), conv_transpose1d(g, w, groups=2)]
        results += [conv1d_grad_kernel(g, draw_array(rng, (2, 4, 7), kinds[1]), 3, groups=2)]
        results += [correlate1d(x[0, 0], w[0, 0]), convolve1d(x[0, 0], w[0, 0])]
        assert {result.dtype for result in results} == {common}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_inputs_are_left_alone_and_results_are_new_arrays(dtype, form):
    for function, arguments, lay in everything(np.random.default_rng(0), dtype, form):
        before = [array.copy() for array in arrays_of(arguments)]
        result = function(*arguments, **lay)
        assert isinstance(result, np.ndarray) and result.flags.writeable, function.__name__
        assert not any(np.shares_memory(result, array) for array in arrays_of(arguments)), function.__name__
        result[...] = 0
        for array, was in zip(arrays_of(arguments), before):
            np.testing.assert_array_equal(array, was)


def spaced(array):
    """The same numbers, every second place of a larger array, axes in the opposite order of memory; not to write in."""
    large = np.zeros([2 * n for n in reversed(array.shape)], dtype=array.dtype)
    view = large[(slice(None, None, 2),) * array.ndim].T
    view[...] = array
    view.flags.writeable = False
    return view


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "kind",
    [
        spaced,
        lambda array: array[..., ::-1].copy()[..., ::-1],
        np.ndarray.tolist,
        lambda array: torch.from_numpy(array),
    ],
    ids=["spaced and read-only", "reversed", "lists", "tensors"],
)
def test_arrays_may_lie_in_memory_as_they_like_and_be_lists_or_tensors(kind, form):
    for function, arguments, lay in everything(np.random.default_rng(0), np.int64, form):
        expected = function(*arguments, **lay)
        others = [kind(a) if isinstance(a, np.ndarray) and a.ndim else a for a in arguments]
        same(function(*others, **lay), expected)


def test_settings_may_be_any_integers_and_lists_or_tuples():
    rng = np.random.default_rng(0)
    x, w = draw_array(rng, (2, 4, 7, 8), np.int64), draw_array(rng, (6, 2, 3, 2), np.int64)
    expected = conv2d(x, w, stride=(2, 1), padding=(1, 1), dilation=(2, 2), groups=2)
    for kind in (np.int64, np.uint8, torch.tensor):
        lay = {"stride": [kind(2), kind(1)], "padding": kind(1), "dilation": kind(2), "groups": kind(2)}
        same(conv2d(x, w, **lay), expected)
    same(conv2d(x, w, stride=np.array([2, 1]), padding=1, dilation=np.array(2), groups=2), expected)
    signal, kernel = x[:, :, 0], w[:, :, 0]
    same(
        conv1d(signal, kernel, stride=(2,), padding=[1], groups=2),
        conv1d(signal, kernel, stride=2, padding=1, groups=2),
    )
    g = draw_array(rng, (2, 6, 5, 7), np.int64)
    same(conv2d_grad_input(g, w, [7, 8], groups=2), conv2d_grad_input(g, w, (np.int64(7), 8), groups=2))


@settings(max_examples=60)
@given(seeds, layers())
def test_complex_steps_give_the_gradients(seed, layer):
    rng = np.random.default_rng(seed)
    x, w, g = (draw(rng, np.float64) for draw in (layer.x, layer.w, layer.g))
    v, u, h = layer.x(rng, np.float64), layer.w(rng, np.float64), 1e-30
    for step, slope in (
        (
            CONV[layer.axes](x + 1j * h * v, w, **layer.settings),
            GRAD_INPUT[layer.axes](g, w, layer.size, **layer.settings) * v,
        ),
        (
            CONV[layer.axes](x, w + 1j * h * u, **layer.settings),
            GRAD_KERNEL[layer.axes](g, x, layer.taps, **layer.settings) * u,
        ),
    ):
        np.testing.assert_allclose((g * step.imag / h).sum(), slope.sum(), rtol=1e-10, atol=1e-10)


@settings(max_examples=60)
@given(seeds, layers(form="batch"))
def test_a_batch_is_its_samples_and_a_kernel_gradient_their_sum(seed, layer):
    rng = np.random.default_rng(seed)
    x, w, g = layer.x(rng), layer.w(rng), layer.g(rng)
    together = CONV[layer.axes](x, w, **layer.settings)
    same(together, np.stack([CONV[layer.axes](sample, w, **layer.settings) for sample in x]))
    same(
        GRAD_INPUT[layer.axes](g, w, layer.size, **layer.settings),
        np.stack([GRAD_INPUT[layer.axes](sample, w, layer.size, **layer.settings) for sample in g]),
    )
    same(
        GRAD_KERNEL[layer.axes](g, x, layer.taps, **layer.settings),
        sum(GRAD_KERNEL[layer.axes](one, other, layer.taps, **layer.settings) for one, other in zip(g, x)),
    )
    # One sample in a batch keeps its axis.
    assert CONV[layer.axes](x[:1], w, **layer.settings).shape == (1, *together.shape[1:])
    assert GRAD_INPUT[layer.axes](g[:1], w, layer.size, **layer.settings).shape == (1, *x.shape[1:])


@settings(max_examples=60)
@given(seeds, layers(form="one"), st.booleans())
def test_groups_are_layers_side_by_side(seed, layer, biased):
    rng = np.random.default_rng(seed)
    x, w, g, b = layer.x(rng), layer.w(rng), layer.g(rng), layer.b(rng) if biased else None
    lay = {**layer.settings, "groups": 1}
    xs, ws, gs = (np.split(array, layer.groups) for array in (x, w, g))
    bs = np.split(b, layer.groups) if biased else [None] * layer.groups
    same(
        CONV[layer.axes](x, w, b, **layer.settings),
        np.concatenate([CONV[layer.axes](*parts, **lay) for parts in zip(xs, ws, bs)]),
    )
    same(
        GRAD_INPUT[layer.axes](g, w, layer.size, **layer.settings),
        np.concatenate([GRAD_INPUT[layer.axes](*parts, layer.size, **lay) for parts in zip(gs, ws)]),
    )
    same(
        GRAD_KERNEL[layer.axes](g, x, layer.taps, **layer.settings),
        np.concatenate([GRAD_KERNEL[layer.axes](*parts, layer.taps, **lay) for parts in zip(gs, xs)]),
    )


# What is refused


def ones(*shape):
    return np.ones(shape)


EMPTY = "expected at least one entry along each axis because nothing can be computed from none"
NUMBERS = "expected integers, real or complex numbers because the formula is one for numbers"
SIGNALS = "expected (N, C, L), (C, L) or (L,) because it is a batch, one sample, or one without channels"
IMAGES = "expected (N, C, H, W), (C, H, W) or (H, W) because it is a batch, one sample, or one without channels"
KERNELS = {
    1: "expected (out_channels, in_channels/groups, K) or (K,) because these are kernels with and without channels",
    2: "expected (out_channels, in_channels/groups, K_h, K_w) or (K_h, K_w) because these are kernels with and "
    "without channels",
}
ONE_SIGNAL = "expected one axis because it is one signal; conv1d takes channels and batches"
# setting -> (the least that it may be, why)
SETTINGS = {
    "stride": (1, "the kernel moves on by it"),
    "padding": (0, "it counts zeros at each end"),
    "dilation": (1, "the taps lie so far apart, and 1 is none"),
    "groups": (1, "it counts groups of channels"),
    "output_padding": (0, "it counts entries more at the end"),
}
# Calls that are right, and go wrong by one setting.
RIGHT = {
    "conv1d": (conv1d, ones(2, 4, 7), ones(6, 2, 3)),
    "conv2d": (conv2d, ones(2, 4, 7, 8), ones(6, 2, 3, 2)),
    "conv1d_loops": (conv1d_loops, ones(2, 4, 7), ones(6, 2, 3)),
    "conv2d_loops": (conv2d_loops, ones(2, 4, 7, 8), ones(6, 2, 3, 2)),
    "conv1d_grad_input": (conv1d_grad_input, ones(2, 6, 5), ones(6, 2, 3), 7),
    "conv2d_grad_input": (conv2d_grad_input, ones(2, 6, 5, 7), ones(6, 2, 3, 2), (7, 8)),
    "conv1d_grad_kernel": (conv1d_grad_kernel, ones(2, 6, 5), ones(2, 4, 7), 3),
    "conv2d_grad_kernel": (conv2d_grad_kernel, ones(2, 6, 5, 7), ones(2, 4, 7, 8), (3, 2)),
    "conv_transpose1d": (conv_transpose1d, ones(2, 6, 5), ones(6, 2, 3)),
    "conv_transpose2d": (conv_transpose2d, ones(2, 6, 5, 7), ones(6, 2, 3, 2)),
    "conv_transpose1d_loops": (conv_transpose1d_loops, ones(2, 6, 5), ones(6, 2, 3)),
    "conv_transpose2d_loops": (conv_transpose2d_loops, ones(2, 6, 5, 7), ones(6, 2, 3, 2)),
    "im2col": (im2col, ones(2, 4, 7), 3),
    "conv_matrix1d": (conv_matrix1d, ones(6, 2, 3), 7),
    "conv_matrix2d": (conv_matrix2d, ones(6, 2, 3, 2), (7, 8)),
}


def settings_of(name):
    """The settings that a function has, and on how many axes they are."""
    names = {"stride", "padding", "dilation", "groups"}
    if name == "im2col":
        names -= {"groups"}
    if "transpose" in name:
        names |= {"output_padding"}
    return sorted(names), 2 if "2d" in name else 1


@pytest.mark.parametrize("name", RIGHT)
def test_the_calls_that_go_wrong_by_one_setting_are_right_without_it(name):
    function, *arguments = RIGHT[name]
    groups = {} if name == "im2col" else {"groups": 2}
    assert np.isfinite(function(*arguments, **groups)).all()


@pytest.mark.parametrize("name", RIGHT)
def test_settings_that_are_too_small_or_no_integers_are_said_to_be_so(name):
    function, *arguments = RIGHT[name]
    names, axes = settings_of(name)
    for setting in names:
        least, reason = SETTINGS[setting]
        small = [(value, ValueError, f"has value {value}, expected at least {least}") for value in (least - 1, -5)]
        one = small + [(value, TypeError, f"has type {kind}, expected an int") for value, kind in KINDS]
        if setting == "groups":
            wrong = [*one, ((2,), TypeError, "has type tuple, expected an int")]
            wrong += [(np.array([1, 1]), TypeError, "has type ndarray, expected an int")]
        else:
            pair = " or a pair of them" if axes == 2 else ""
            wrong = [(value, error, said + pair * said.endswith("an int")) for value, error, said in one]
            # Alone, or only the last one of them.
            wrong += [((1,) * (axes - 1) + (value,), error, f"[{axes - 1}] {said}") for value, error, said in one]
        wrong = [(value, error, f"{said} because {reason}") for value, error, said in wrong]
        if setting != "groups":
            said = (
                "one number because there is one axis" if axes == 1 else "one number or two because there are two axes"
            )
            for value in ((), [1, 1, 1], (1,) if axes == 2 else np.array([1, 1])):
                wrong += [(value, ValueError, f"has length {len(value)}, expected {said}")]
        for value, kind, said in wrong:
            with pytest.raises((ValueError, TypeError)) as error:
                function(*arguments, **{setting: value})
            text = f"{name}: {setting}{'' if said.startswith('[') else ' '}{said}"
            assert (type(error.value), str(error.value)) == (kind, text), value


KINDS = [
    (1.0, "float"),
    (True, "bool"),
    (np.bool_(True), "bool"),
    ("same", "str"),
    (None, "NoneType"),
    (np.array([[1, 1]]), "ndarray"),
]


@pytest.mark.parametrize("function", [output_size, transposed_output_size, needed_output_padding, seen_entries])
def test_the_numbers_of_a_size_are_checked_one_by_one(function):
    name = function.__name__
    right = {"n": 7, "kernel": 3, "stride": 2, "padding": 1, "dilation": 2}
    reasons = {"n": (1, "it counts entries of the input"), "kernel": (1, "it counts taps"), **SETTINGS}
    if function is transposed_output_size:
        right["output_padding"] = 1
    function(**right)
    for setting in right:
        least, reason = reasons[setting]
        with pytest.raises(ValueError) as error:
            function(**{**right, setting: least - 1})
        expected = f"{name}: {setting} has value {least - 1}, expected at least {least} because {reason}"
        assert str(error.value) == expected
        for value, kind in (*KINDS, ((1,), "tuple")):
            with pytest.raises(TypeError) as error:
                function(**{**right, setting: value})
            assert str(error.value) == f"{name}: {setting} has type {kind}, expected an int because {reason}"


ERRORS = [
    # Sizes
    (
        lambda: output_size(4, 3, dilation=3, padding=1),
        "output_size: kernel spans 7 entries (3 taps, dilation 3), expected at most 6 because the input has 4 "
        "entries and padding 1",
    ),
    (
        lambda: needed_output_padding(2, 3),
        "needed_output_padding: kernel spans 3 entries (3 taps, dilation 1), expected at most 2 because the "
        "input has 2 entries and padding 0",
    ),
    (
        lambda: seen_entries(2, 3, 2),
        "seen_entries: kernel spans 3 entries (3 taps, dilation 1), expected at most 2 because the input has 2 "
        "entries and padding 0",
    ),
    (
        lambda: transposed_output_size(4, 3, stride=2, output_padding=3, dilation=3),
        "transposed_output_size: output_padding has value 3, expected less than 3 because the stride is 2 and the "
        "dilation 3",
    ),
    (
        lambda: transposed_output_size(1, 3, stride=2, padding=2),
        "transposed_output_size: padding has value 2, expected at most 1 because it takes entries away at both "
        "ends and there are 3",
    ),
    (
        lambda: receptive_field([(3, 1), (3,)]),
        "receptive_field: layers[1] has length 1, expected (kernel, stride) or (kernel, stride, dilation) because "
        "these make the field",
    ),
    (
        lambda: receptive_field([(3, 1, 1, 1)]),
        "receptive_field: layers[0] has length 4, expected (kernel, stride) or (kernel, stride, dilation) because "
        "these make the field",
    ),
    (
        lambda: receptive_field([(3, 1), (3, 1, 0)]),
        "receptive_field: layers[1][2] has value 0, expected at least 1 because kernel, stride and dilation count "
        "entries",
    ),
    (
        lambda: receptive_field([(0, 1)]),
        "receptive_field: layers[0][0] has value 0, expected at least 1 because kernel, stride and dilation count "
        "entries",
    ),
    (
        lambda: parameter_count(0, 2, 3),
        "parameter_count: in_channels has value 0, expected at least 1 because it counts channels",
    ),
    (
        lambda: parameter_count(2, 0, 3),
        "parameter_count: out_channels has value 0, expected at least 1 because it counts channels",
    ),
    (
        lambda: parameter_count(2, 2, (3, 0)),
        "parameter_count: kernel[1] has value 0, expected at least 1 because it counts taps",
    ),
    (
        lambda: parameter_count(2, 2, ()),
        "parameter_count: kernel has length 0, expected at least one number because a kernel has axes",
    ),
    (
        lambda: parameter_count(2, 2, 3, groups=0),
        "parameter_count: groups has value 0, expected at least 1 because it counts groups of channels",
    ),
    (
        lambda: parameter_count(3, 4, 3, groups=2),
        "parameter_count: groups has value 2, expected a divisor of 3 because in_channels has this value",
    ),
    (
        lambda: parameter_count(4, 3, 3, groups=2),
        "parameter_count: groups has value 2, expected a divisor of 3 because out_channels has this value",
    ),
    # Modes
    (lambda: correlate1d(ones(3, 4), ones(3)), f"correlate1d: x has shape (3, 4), {ONE_SIGNAL}"),
    (lambda: convolve1d(ones(3), 2.0), f"convolve1d: w has shape (), {ONE_SIGNAL}"),
    (lambda: correlate1d([], [1]), f"correlate1d: x has shape (0,), {EMPTY}"),
    (lambda: convolve1d([1], []), f"convolve1d: w has shape (0,), {EMPTY}"),
    (
        lambda: correlate1d(ones(3), ones(4)),
        "correlate1d: w has 4 entries, expected at most 3 because x has as many and mode 'valid' keeps the kernel "
        "inside",
    ),
    (
        lambda: convolve1d(ones(3), ones(4), "same"),
        "convolve1d: w has 4 entries, expected an odd number because mode 'same' needs a middle one",
    ),
    (lambda: correlate1d(ones(3), ones(2), "Full"), "correlate1d: mode is 'Full', expected 'full', 'same' or 'valid'"),
    # Shapes of arrays
    (lambda: conv1d(ones(1, 2, 3, 4), ones(2)), f"conv1d: x has shape (1, 2, 3, 4), {SIGNALS}"),
    (lambda: conv1d(1.0, ones(2)), f"conv1d: x has shape (), {SIGNALS}"),
    (lambda: conv2d(ones(5), ones(2, 2)), f"conv2d: x has shape (5,), {IMAGES}"),
    (lambda: conv2d(ones(1, 2, 3, 4, 5), ones(2, 2)), f"conv2d: x has shape (1, 2, 3, 4, 5), {IMAGES}"),
    (lambda: conv1d(ones(0, 2, 5), ones(2, 2, 3)), f"conv1d: x has shape (0, 2, 5), {EMPTY}"),
    (lambda: conv2d(ones(2, 5, 0), ones(1, 2, 3, 3)), f"conv2d: x has shape (2, 5, 0), {EMPTY}"),
    (lambda: conv1d(ones(2, 5), ones(2, 3)), f"conv1d: w has shape (2, 3), {KERNELS[1]}"),
    (lambda: conv2d(ones(2, 5, 6), ones(2, 3, 3)), f"conv2d: w has shape (2, 3, 3), {KERNELS[2]}"),
    (lambda: conv_matrix1d(1.0, 5), f"conv_matrix1d: w has shape (), {KERNELS[1]}"),
    (lambda: conv_matrix2d(ones(3), 5), f"conv_matrix2d: w has shape (3,), {KERNELS[2]}"),
    (lambda: conv1d(ones(2, 5), ones(2, 2, 0)), f"conv1d: w has shape (2, 2, 0), {EMPTY}"),
    (lambda: conv2d(ones(2, 5, 6), ones(0, 2, 3, 3)), f"conv2d: w has shape (0, 2, 3, 3), {EMPTY}"),
    (lambda: conv_matrix1d([], 5), f"conv_matrix1d: w has shape (0,), {EMPTY}"),
    (
        lambda: conv1d_grad_input(ones(1, 2, 3, 4), ones(2, 2, 3), 5),
        f"conv1d_grad_input: g has shape (1, 2, 3, 4), {SIGNALS}",
    ),
    (lambda: conv2d_grad_kernel(ones(5), ones(2, 2), 2), f"conv2d_grad_kernel: g has shape (5,), {IMAGES}"),
    (lambda: conv2d_grad_kernel(ones(5, 5), ones(2), 2), f"conv2d_grad_kernel: x has shape (2,), {IMAGES}"),
    (lambda: conv1d_grad_kernel(ones(2, 0), ones(2, 2), 2), f"conv1d_grad_kernel: g has shape (2, 0), {EMPTY}"),
    (lambda: im2col(ones(1, 2, 3, 4, 5), 2), f"im2col: x has shape (1, 2, 3, 4, 5), {SIGNALS}"),
    (lambda: im2col(ones(5), (2, 2)), f"im2col: x has shape (5,), {IMAGES}"),
    (lambda: im2col(ones(0), 2), f"im2col: x has shape (0,), {EMPTY}"),
    # With and without channels
    (
        lambda: conv1d(ones(2, 5), ones(3)),
        "conv1d: w has shape (3,), expected 3 axes because x has shape (2, 5), with channels",
    ),
    (
        lambda: conv2d(ones(5, 6), ones(1, 1, 3, 3)),
        "conv2d: w has shape (1, 1, 3, 3), expected 2 axes because x has shape (5, 6), without channels",
    ),
    (
        lambda: conv2d_grad_input(ones(1, 5, 6), ones(3, 3), (7, 8)),
        "conv2d_grad_input: w has shape (3, 3), expected 4 axes because g has shape (1, 5, 6), with channels",
    ),
    (
        lambda: conv_transpose1d(ones(2, 2, 5), ones(3)),
        "conv_transpose1d: w has shape (3,), expected 3 axes because x has shape (2, 2, 5), with channels",
    ),
    (
        lambda: conv1d_grad_kernel(ones(1, 5), ones(7), 3),
        "conv1d_grad_kernel: g has shape (1, 5), expected 1 axis because x has shape (7,)",
    ),
    (
        lambda: conv2d_grad_kernel(ones(4, 5, 5), ones(2, 3, 7, 7), 3),
        "conv2d_grad_kernel: g has shape (4, 5, 5), expected 4 axes because x has shape (2, 3, 7, 7)",
    ),
    (
        lambda: conv1d(torch.ones(2, 5), torch.ones(3)),
        "conv1d: w has shape (3,), expected 3 axes because x has shape (2, 5), with channels",
    ),
    # Channels and groups
    (
        lambda: conv2d(ones(3, 7, 7), ones(2, 4, 3, 3)),
        "conv2d: w has shape (2, 4, 3, 3), expected (out_channels, 3, K_h, K_w) because x has 3 channels and groups=1",
    ),
    (
        lambda: conv1d(ones(2, 4, 7), ones(6, 4, 3), groups=2),
        "conv1d: w has shape (6, 4, 3), expected (out_channels, 2, K) because x has 4 channels and groups=2",
    ),
    (
        lambda: conv1d(ones(4, 7), ones(6, 2, 3), groups=3),
        "conv1d: groups has value 3, expected a divisor of 4 because x has 4 channels",
    ),
    (
        lambda: conv2d(ones(4, 7, 7), ones(3, 2, 3, 3), groups=2),
        "conv2d: groups has value 2, expected a divisor of 3 because w has 3 kernels",
    ),
    (
        lambda: conv1d_grad_input(ones(3, 5), ones(3, 2, 3), 7, groups=2),
        "conv1d_grad_input: groups has value 2, expected a divisor of 3 because w has 3 kernels",
    ),
    (
        lambda: conv1d_grad_kernel(ones(4, 5), ones(3, 7), 3, groups=2),
        "conv1d_grad_kernel: groups has value 2, expected a divisor of 3 because x has 3 channels",
    ),
    (
        lambda: conv1d_grad_kernel(ones(3, 5), ones(4, 7), 3, groups=2),
        "conv1d_grad_kernel: groups has value 2, expected a divisor of 3 because g has 3 channels",
    ),
    (
        lambda: conv_transpose2d(ones(3, 5, 5), ones(3, 2, 3, 3), groups=2),
        "conv_transpose2d: groups has value 2, expected a divisor of 3 because x has 3 channels",
    ),
    (
        lambda: conv_matrix1d(ones(3, 2, 3), 7, groups=2),
        "conv_matrix1d: groups has value 2, expected a divisor of 3 because w has 3 kernels",
    ),
    (
        lambda: conv_transpose1d(ones(3, 5), ones(4, 2, 3)),
        "conv_transpose1d: w has shape (4, 2, 3), expected (3, out_channels/groups, K) because x has 3 channels",
    ),
    (
        lambda: conv_transpose2d(ones(2, 3, 5, 6), ones(4, 2, 3, 3)),
        "conv_transpose2d: w has shape (4, 2, 3, 3), expected (3, out_channels/groups, K_h, K_w) because x has 3 "
        "channels",
    ),
    # Kernels that do not fit
    (
        lambda: conv1d(ones(2, 4), ones(3, 2, 3), dilation=3, padding=1),
        "conv1d: w spans 7 entries (3 taps, dilation 3), expected at most 6 because the input has 4 entries and "
        "padding 1",
    ),
    (
        lambda: conv2d(ones(9, 4), ones(3, 5)),
        "conv2d: w spans 5 columns (5 taps, dilation 1), expected at most 4 because the input has 4 columns and "
        "padding 0",
    ),
    (
        lambda: conv2d_grad_input(ones(2, 3, 3), ones(2, 4, 3, 5), (5, 4)),
        "conv2d_grad_input: w spans 5 columns (5 taps, dilation 1), expected at most 4 because the input has 4 "
        "columns and padding 0",
    ),
    (
        lambda: conv1d_grad_kernel(ones(2, 3), ones(4, 5), 6),
        "conv1d_grad_kernel: kernel_size spans 6 entries (6 taps, dilation 1), expected at most 5 because the "
        "input has 5 entries and padding 0",
    ),
    (
        lambda: im2col(ones(4, 5), 3, dilation=3),
        "im2col: kernel_size spans 7 entries (3 taps, dilation 3), expected at most 5 because the input has 5 "
        "entries and padding 0",
    ),
    (
        lambda: conv_matrix1d(ones(3), 2),
        "conv_matrix1d: w spans 3 entries (3 taps, dilation 1), expected at most 2 because the input has 2 "
        "entries and padding 0",
    ),
    (
        lambda: conv2d(ones(1, 1), ones(2, 1), padding=(0, 5)),
        "conv2d: w spans 2 rows (2 taps, dilation 1), expected at most 1 because the input has 1 row and padding 0",
    ),
    # Sizes that are given
    (
        lambda: conv1d_grad_input(ones(3), ones(3), 0),
        "conv1d_grad_input: input_size has value 0, expected at least 1 because it counts entries of the input",
    ),
    (
        lambda: conv2d_grad_input(ones(3, 3), ones(3, 3), (5, -1)),
        "conv2d_grad_input: input_size[1] has value -1, expected at least 1 because it counts entries of the input",
    ),
    (
        lambda: conv2d_grad_input(ones(3, 3), ones(3, 3), (5, 5, 5)),
        "conv2d_grad_input: input_size has length 3, expected one number or two because there are two axes",
    ),
    (
        lambda: conv1d_grad_kernel(ones(3), ones(5), 0),
        "conv1d_grad_kernel: kernel_size has value 0, expected at least 1 because it counts taps",
    ),
    (
        lambda: conv1d_grad_kernel(ones(3), ones(5), (3, 3)),
        "conv1d_grad_kernel: kernel_size has length 2, expected one number because there is one axis",
    ),
    (lambda: im2col(ones(5), 0), "im2col: kernel_size has value 0, expected at least 1 because it counts taps"),
    (
        lambda: im2col(ones(5, 5), (3, 3, 3)),
        "im2col: kernel_size has length 3, expected one number or two because there are two axes",
    ),
    (
        lambda: conv_matrix1d(ones(3), 0),
        "conv_matrix1d: n has value 0, expected at least 1 because it counts entries of the input",
    ),
    (
        lambda: conv_matrix1d(ones(3), (5, 5)),
        "conv_matrix1d: n has length 2, expected one number because there is one axis",
    ),
    (
        lambda: conv_matrix2d(ones(3, 3), (5, 0)),
        "conv_matrix2d: size[1] has value 0, expected at least 1 because it counts entries of the input",
    ),
    # Biases
    (
        lambda: conv1d(ones(2, 5), ones(3, 2, 3), ones(2)),
        "conv1d: b has shape (2,), expected (3,) because w has 3 kernels",
    ),
    (
        lambda: conv2d(ones(2, 5, 5), ones(3, 2, 3, 3), 1.0),
        "conv2d: b has shape (), expected (3,) because w has 3 kernels",
    ),
    (
        lambda: conv2d(ones(2, 5, 5), ones(3, 2, 3, 3), ones(3, 1, 1)),
        "conv2d: b has shape (3, 1, 1), expected (3,) because w has 3 kernels",
    ),
    (lambda: conv1d(ones(5), ones(3), ones(2)), "conv1d: b has shape (2,), expected a number because w has 1 kernel"),
    # Gradients
    (
        lambda: conv1d_grad_input(ones(2, 3, 5), ones(4, 2, 3), 7),
        "conv1d_grad_input: g has shape (2, 3, 5), expected (2, 4, 5) because that is the layer's output for "
        "this input_size",
    ),
    (
        lambda: conv1d_grad_input(ones(4, 5), ones(4, 2, 3), 8),
        "conv1d_grad_input: g has shape (4, 5), expected (4, 6) because that is the layer's output for this input_size",
    ),
    (
        lambda: conv2d_grad_input(ones(4, 5, 6), ones(4, 2, 3, 3), (7, 9)),
        "conv2d_grad_input: g has shape (4, 5, 6), expected (4, 5, 7) because that is the layer's output for "
        "this input_size",
    ),
    (
        lambda: conv1d_grad_kernel(ones(5), ones(7), 2),
        "conv1d_grad_kernel: g has shape (5,), expected (6,) because that is the layer's output for this kernel_size",
    ),
    (
        lambda: conv2d_grad_kernel(ones(4, 5, 6), ones(2, 7, 9), (3, 3), stride=(1, 2)),
        "conv2d_grad_kernel: g has shape (4, 5, 6), expected (4, 5, 4) because that is the layer's output for "
        "this kernel_size",
    ),
    (
        lambda: conv1d_grad_kernel(ones(2, 4, 5), ones(1, 2, 7), 3),
        "conv1d_grad_kernel: g has shape (2, 4, 5), expected 1 sample because x has shape (1, 2, 7)",
    ),
    (
        lambda: conv1d_grad_kernel(ones(1, 4, 5), ones(3, 2, 7), 3),
        "conv1d_grad_kernel: g has shape (1, 4, 5), expected 3 samples because x has shape (3, 2, 7)",
    ),
    # Transposed convolutions
    (
        lambda: conv_transpose1d(ones(3), ones(2), stride=2, output_padding=2),
        "conv_transpose1d: output_padding has value 2, expected less than 2 because the stride is 2 and the dilation 1",
    ),
    (
        lambda: conv_transpose2d(ones(3, 3), ones(2, 2), stride=(3, 1), dilation=(1, 2), output_padding=2),
        "conv_transpose2d: output_padding has value 2, expected less than 2 because the stride is 1 and the dilation 2",
    ),
    (
        lambda: conv_transpose1d(ones(1), ones(1), padding=1),
        "conv_transpose1d: padding has value 1, expected at most 0 because it takes entries away at both ends and "
        "there is 1",
    ),
    (
        lambda: conv_transpose1d(ones(3), ones(2), padding=2),
        "conv_transpose1d: padding has value 2, expected at most 1 because it takes entries away at both ends "
        "and there are 4",
    ),
    (
        lambda: conv_transpose2d(ones(3, 2), ones(2, 2), padding=(1, 3), stride=2, output_padding=1),
        "conv_transpose2d: padding has value 3, expected at most 2 because it takes entries away at both ends "
        "and there are 5",
    ),
]

WRONG_KINDS = [
    (lambda: correlate1d("abc", ones(3)), f"correlate1d: x has dtype <U3, {NUMBERS}"),
    (lambda: correlate1d(ones(3), [True]), f"correlate1d: w has dtype bool, {NUMBERS}"),
    (lambda: conv1d(None, ones(3)), f"conv1d: x has dtype object, {NUMBERS}"),
    (lambda: conv2d(ones(3, 3), [["a"]]), f"conv2d: w has dtype <U1, {NUMBERS}"),
    (lambda: conv1d(ones(2, 5), ones(3, 2, 3), ["a"] * 3), f"conv1d: b has dtype <U1, {NUMBERS}"),
    (lambda: conv1d_grad_input([None], ones(1), 1), f"conv1d_grad_input: g has dtype object, {NUMBERS}"),
    (lambda: conv1d_grad_kernel(ones(1), [None], 1), f"conv1d_grad_kernel: x has dtype object, {NUMBERS}"),
    (lambda: im2col([None], 1), f"im2col: x has dtype object, {NUMBERS}"),
    (lambda: conv_matrix1d("abc", 5), f"conv_matrix1d: w has dtype <U3, {NUMBERS}"),
    (
        lambda: conv1d([[1, 2], [3]], ones(1, 2, 1)),
        "conv1d: x has rows of different lengths, expected a rectangular array of numbers because every entry needs a "
        "place in one array",
    ),
    (
        lambda: conv1d(ones(5), torch.ones(3, requires_grad=True)),
        "conv1d: w has type Tensor, expected numbers that NumPy can read because it does the work",
    ),
    (
        lambda: correlate1d(ones(3), ones(2), None),
        "correlate1d: mode has type NoneType, expected str because modes have names",
    ),
    (
        lambda: convolve1d(ones(3), ones(2), 0),
        "convolve1d: mode has type int, expected str because modes have names",
    ),
    (
        lambda: receptive_field(3),
        "receptive_field: layers has type int, expected a list of (kernel, stride) because the layers come one after "
        "the other",
    ),
    (
        lambda: receptive_field([3, 1]),
        "receptive_field: layers[0] has type int, expected (kernel, stride) or (kernel, stride, dilation) because "
        "these make the field",
    ),
    (
        lambda: receptive_field([(3, 1), (3, 1.0)]),
        "receptive_field: layers[1][1] has type float, expected an int because kernel, stride and dilation count "
        "entries",
    ),
    (
        lambda: parameter_count(2.0, 2, 3),
        "parameter_count: in_channels has type float, expected an int because it counts channels",
    ),
    (
        lambda: parameter_count(2, "2", 3),
        "parameter_count: out_channels has type str, expected an int because it counts channels",
    ),
    (
        lambda: parameter_count(2, 2, (3, 3.0)),
        "parameter_count: kernel[1] has type float, expected an int because it counts taps",
    ),
    (
        lambda: parameter_count(2, 2, 3, groups=True),
        "parameter_count: groups has type bool, expected an int because it counts groups of channels",
    ),
    (
        lambda: parameter_count(2, 2, 3, bias=1),
        "parameter_count: bias has type int, expected bool because a layer has biases or has none",
    ),
    (
        lambda: conv1d_grad_input(ones(3), ones(3), 5.0),
        "conv1d_grad_input: input_size has type float, expected an int because it counts entries of the input",
    ),
    (
        lambda: conv2d_grad_kernel(ones(3, 3), ones(5, 5), (3, "3")),
        "conv2d_grad_kernel: kernel_size[1] has type str, expected an int because it counts taps",
    ),
    (
        lambda: im2col(ones(5), None),
        "im2col: kernel_size has type NoneType, expected an int because it counts taps",
    ),
    (
        lambda: conv_matrix2d(ones(3, 3), (5, True)),
        "conv_matrix2d: size[1] has type bool, expected an int because it counts entries of the input",
    ),
]


@pytest.mark.parametrize(("call", "message"), ERRORS, ids=[message for _, message in ERRORS])
def test_wrong_shapes_and_ranges_are_said_to_be_so(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize(("call", "message"), WRONG_KINDS, ids=[message for _, message in WRONG_KINDS])
def test_wrong_kinds_are_said_to_be_so(call, message):
    with pytest.raises(TypeError) as error:
        call()
    assert str(error.value) == message


wrong_numbers = st.one_of(
    st.integers(-1, 4),
    st.lists(st.integers(-1, 4), max_size=3),
    st.sampled_from([1.5, True, None, "2", (1, 1.5), ((1, 2), 1), float("nan"), 1j]),
)
shapes = st.lists(st.sampled_from([1, 2, 2, 3, 4, 5, 0]), max_size=5)
wrong_arrays = st.one_of(
    shapes.map(lambda shape: ones(*shape)),
    shapes.map(lambda shape: torch.ones(shape)),
    st.sampled_from([None, "a", [[1, 2], [3]], [], [[]], 1.0, [True], {}, [1, 2, 3], [[[1, 2]]]]),
)


@settings(max_examples=100)
@given(st.sampled_from(sorted(RIGHT)), st.data())
def test_whatever_is_wrong_is_refused_in_words(name, data):
    # Each argument and each setting is left as it is right, or replaced by anything.
    function, *arguments = RIGHT[name]
    drawn = [
        data.draw(st.one_of(st.just(right), wrong_arrays if isinstance(right, np.ndarray) else wrong_numbers))
        for right in arguments
    ]
    if name in ("conv1d", "conv2d"):
        drawn.append(data.draw(st.one_of(st.none(), wrong_arrays)))
    names, _ = settings_of(name)
    lay = {setting: data.draw(wrong_numbers) for setting in names if data.draw(st.booleans())}
    try:
        result = function(*drawn, **lay)
    except (ValueError, TypeError) as error:
        assert str(error).startswith(f"{name}: ") and "expected" in str(error)
    else:
        assert isinstance(result, np.ndarray) and result.size


@st.composite
def nearly_right(draw):
    """Arguments of a layer or of a transposed convolution of which, often, one or none is wrong."""
    layer = draw(layers(form=draw(st.sampled_from(["batch", "one"]))))
    transposed, rng = draw(st.booleans()), np.random.default_rng(0)
    images, w = layer.g(rng) if transposed else layer.x(rng), layer.w(rng)
    lay = dict(layer.settings)
    if transposed:
        lay["output_padding"] = draw(along(layer.axes, 0, 2, equal=True))
    wrong = draw(st.sampled_from(["nothing", "x", "w", *lay]))
    if wrong in ("x", "w"):
        array = images if wrong == "x" else w
        axis, more = draw(st.integers(0, array.ndim - 1)), draw(st.integers(-2, 2))
        array = ones(*(max(1, n + more * (i == axis)) for i, n in enumerate(array.shape)))
        images, w = (array, w) if wrong == "x" else (images, array)
    elif wrong == "groups":
        lay["groups"] = draw(st.integers(-1, 4))
    elif wrong in lay:
        lay[wrong] = draw(along(layer.axes, -1, 3, equal=True))
    return layer.axes, transposed, images, w, lay


@settings(max_examples=250)
@given(nearly_right())
def test_what_torch_refuses_is_refused_and_what_it_takes_is_taken(arguments):
    axes, transposed, images, w, lay = arguments
    ours, theirs = (TRANSPOSE, TRANSPOSE_IN_TORCH) if transposed else (CONV, IN_TORCH)
    try:
        expected = theirs[axes](tensor(images), tensor(w), **lay)
    except (RuntimeError, ValueError):
        with pytest.raises(ValueError, match=f"^{ours[axes].__name__}: .* expected"):
            ours[axes](images, w, **lay)
    else:
        same(ours[axes](images, w, **lay), expected, np.result_type(images, w))


@settings(max_examples=150)
@given(st.data(), layers())
def test_a_gradient_that_does_not_have_the_shape_of_the_output_is_refused(data, layer):
    rng = np.random.default_rng(0)
    x, w, g = layer.x(rng), layer.w(rng), layer.g(rng)
    axis, more = data.draw(st.integers(0, g.ndim - 1)), data.draw(st.sampled_from([-1, 1]))
    shape = [n + more * (i == axis) for i, n in enumerate(g.shape)]
    wrong = draw_array(rng, shape, np.int64)
    for function, arguments in (
        (GRAD_INPUT[layer.axes], (wrong, w, layer.size)),
        (GRAD_KERNEL[layer.axes], (wrong, x, layer.taps)),
    ):
        # The batch of an input gradient may have any length, and a kernel gradient any number of channels.
        free = 0 if function is GRAD_INPUT[layer.axes] else layer.axes * -1 - 1
        is_free = layer.form != "plain" and (
            axis == free and layer.form == "batch" if free == 0 else axis == g.ndim + free
        )
        if is_free and wrong.size and shape[axis] % (layer.groups if free else 1) == 0:
            assert function(*arguments, **layer.settings).size
        else:
            with pytest.raises(ValueError, match=f"^{function.__name__}: g|^{function.__name__}: groups has value"):
                function(*arguments, **layer.settings)
