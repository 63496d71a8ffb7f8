"""Dense layers and multilayer perceptrons: against PyTorch, loops in integers, and the complex step."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mathdnn_utils.dense import MLPForward, dense, dense_jacobians, dense_vjp, mlp_backward, mlp_forward

IN_TORCH = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "identity": lambda z: z}
SMOOTH = ("sigmoid", "tanh", "identity")
names = st.sampled_from(sorted(IN_TORCH))
seeds = st.integers(0, 2**32 - 1)
# Sizes that differ from each other, so that no transpose fits by accident.
sizes = st.permutations(range(1, 8))


def draw(rng, *shapes):
    return [rng.normal(size=shape) for shape in shapes]


def close(claimed, expected, tolerance=1e-12):
    np.testing.assert_allclose(claimed, expected, rtol=tolerance, atol=tolerance, strict=True)


def layer_in_torch(x, W, b, activation):
    return IN_TORCH[activation](torch.nn.functional.linear(x, W, b))


def away_from_kinks(x, W, b):
    return np.abs(x @ W.T + b).min() > 1e-6


@given(seeds, sizes, names, st.booleans())
def test_a_layer_and_its_products_are_those_of_torch(seed, sizes, activation, batched):
    n, m, batch, *_ = sizes
    x, W, b, g = draw(np.random.default_rng(seed), (batch, n), (m, n), m, (batch, m))
    if not batched:
        x, g = x[0], g[0]
    if not away_from_kinks(x, W, b):
        return
    tensors = [torch.from_numpy(array).requires_grad_() for array in (x, W, b)]
    expected = layer_in_torch(*tensors, activation)
    close(dense(x, W, b, activation), expected.detach().numpy())
    gradients = dense_vjp(x, W, b, activation, g)
    for ours, theirs in zip(
        (gradients.input, gradients.weight, gradients.bias), torch.autograd.grad(expected, tensors, torch.from_numpy(g))
    ):
        close(ours, theirs.numpy())


@given(seeds, sizes, names)
def test_the_jacobians_of_a_layer_are_those_of_torch(seed, sizes, activation):
    n, m, *_ = sizes
    x, W, b = draw(np.random.default_rng(seed), n, (m, n), m)
    if not away_from_kinks(x, W, b):
        return
    tensors = tuple(map(torch.from_numpy, (x, W, b)))
    jacobians = dense_jacobians(x, W, b, activation)
    expected = torch.func.jacrev(lambda x, W, b: layer_in_torch(x, W, b, activation), argnums=(0, 1, 2))(*tensors)
    for ours, theirs in zip((jacobians.input, jacobians.weight, jacobians.bias), expected):
        close(ours, theirs.numpy())


def network(rng, widths, batch):
    weights = [rng.normal(size=shape) for shape in zip(widths[1:], widths)]
    biases = [rng.normal(size=n) for n in widths[1:]]
    shape = (batch, widths[0]) if batch else widths[0]
    return rng.normal(size=shape), weights, biases


def network_in_torch(x, weights, biases, activation):
    h = x
    for A, b in zip(weights[:-1], biases[:-1]):
        h = layer_in_torch(h, A, b, activation)
    return torch.nn.functional.linear(h, weights[-1], biases[-1])


@given(seeds, sizes, st.integers(1, 4), names, st.sampled_from([None, 1, 5]))
def test_a_network_and_its_gradients_are_those_of_torch(seed, sizes, layers, activation, batch):
    rng = np.random.default_rng(seed)
    x, weights, biases = network(rng, sizes[: layers + 1], batch)
    forward = mlp_forward(x, weights, biases, activation)
    if min((np.abs(z).min() for z in forward.preactivations[:-1]), default=1) < 1e-6:
        return  # at a kink two conventions are right
    g = rng.normal(size=forward.output.shape)
    gradients = mlp_backward(forward, weights, activation, g)
    tensors = [torch.from_numpy(array).requires_grad_() for array in (*weights, *biases, x)]
    expected = network_in_torch(tensors[-1], tensors[:layers], tensors[layers:-1], activation)
    close(forward.output, expected.detach().numpy())
    theirs = torch.autograd.grad(expected, tensors, torch.from_numpy(g))
    for ours, their in zip((*gradients.weights, *gradients.biases, gradients.input), theirs, strict=True):
        close(ours, their.numpy(), 1e-11)


def by_loops(x, weights, biases, g):
    """Output and gradients of a network of ReLUs, entry by entry, from the sum over all paths' last step backwards."""
    hs, zs = [list(x)], []
    for A, b in zip(weights, biases):
        zs.append([sum(A[i][j] * hs[-1][j] for j in range(len(hs[-1]))) + b[i] for i in range(len(A))])
        hs.append([max(z, 0) for z in zs[-1]])
    delta, grads = list(g), []
    for layer in range(len(weights) - 1, -1, -1):
        A = weights[layer]
        grads.append([[delta[i] * hs[layer][j] for j in range(len(A[0]))] for i in range(len(A))])
        below = [sum(A[i][j] * delta[i] for i in range(len(A))) for j in range(len(A[0]))]
        grads.append(list(delta))
        delta = below if layer == 0 else [d if z > 0 else 0 for d, z in zip(below, zs[layer - 1])]
    return zs[-1], grads[0::2][::-1], grads[1::2][::-1], delta


@given(seeds, sizes, st.integers(1, 4))
def test_a_network_of_integers_is_exact_and_stays_one_of_integers(seed, sizes, layers):
    rng = np.random.default_rng(seed)
    widths = sizes[: layers + 1]
    weights = [rng.integers(-5, 6, size=shape) for shape in zip(widths[1:], widths)]
    biases = [rng.integers(-5, 6, size=n) for n in widths[1:]]
    x, g = rng.integers(-5, 6, size=widths[0]), rng.integers(-5, 6, size=widths[-1])
    output, *expected = by_loops(
        x.tolist(), *([a.tolist() for a in arrays] for arrays in (weights, biases)), g.tolist()
    )
    forward = mlp_forward(x, weights, biases, "relu")
    gradients = mlp_backward(forward, weights, "relu", g)
    assert forward.output.tolist() == output
    assert [[w.tolist() for w in gradients.weights], [b.tolist() for b in gradients.biases]] == expected[:2]
    assert gradients.input.tolist() == expected[2]
    for array in (forward.output, *gradients.weights, *gradients.biases, gradients.input):
        assert array.dtype == np.int64


@given(seeds, sizes, st.sampled_from(SMOOTH))
def test_a_layer_takes_complex_steps(seed, sizes, activation):
    n, m, *_ = sizes
    x, W, b = draw(np.random.default_rng(seed), n, (m, n), m)
    jacobians, h = dense_jacobians(x, W, b, activation), 1e-30
    columns = [dense(x + 1j * h * e, W, b, activation).imag / h for e in np.eye(n)]
    close(np.stack(columns, axis=1), jacobians.input)
    columns = [dense(x, W + 1j * h * e, b, activation).imag / h for e in np.eye(m * n).reshape(m * n, m, n)]
    close(np.stack(columns, axis=1).reshape(m, m, n), jacobians.weight)


def test_the_gradients_of_a_batch_are_sums_over_its_samples():
    rng = np.random.default_rng(0)
    x, weights, biases = network(rng, (4, 6, 3), 5)
    g = rng.normal(size=(5, 3))
    together = mlp_backward(mlp_forward(x, weights, biases, "tanh"), weights, "tanh", g)
    alone = [mlp_backward(mlp_forward(x_k, weights, biases, "tanh"), weights, "tanh", g_k) for x_k, g_k in zip(x, g)]
    for layer in range(2):
        close(together.weights[layer], sum(sample.weights[layer] for sample in alone))
        close(together.biases[layer], sum(sample.biases[layer] for sample in alone))
    close(together.input, np.stack([sample.input for sample in alone]))


def test_a_batch_of_one_has_the_gradients_of_its_sample_and_keeps_its_axis():
    rng = np.random.default_rng(0)
    x, W, b = draw(rng, 3, (2, 3), 2)
    g = rng.normal(size=2)
    one, batch = dense_vjp(x, W, b, "tanh", g), dense_vjp(x[None], W, b, "tanh", g[None])
    close(batch.weight, one.weight)
    close(batch.bias, one.bias)
    close(batch.input, one.input[None])


def test_an_empty_batch_has_no_output_and_gradients_of_zero():
    weights, biases = [np.ones((3, 2)), np.ones((1, 3))], [np.ones(3), np.ones(1)]
    forward = mlp_forward(np.zeros((0, 2)), weights, biases, "relu")
    assert forward.output.shape == (0, 1)
    gradients = mlp_backward(forward, weights, "relu", np.zeros((0, 1)))
    assert [w.tolist() for w in gradients.weights] == [[[0, 0]] * 3, [[0, 0, 0]]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
@pytest.mark.parametrize("activation", sorted(IN_TORCH))
def test_the_dtype_is_kept(activation, dtype):
    rng = np.random.default_rng(0)
    x, weights, biases = network(rng, (3, 4, 2), 5)
    x, weights, biases = x.astype(dtype), [A.astype(dtype) for A in weights], [b.astype(dtype) for b in biases]
    forward = mlp_forward(x, weights, biases, activation)
    gradients = mlp_backward(forward, weights, activation, np.ones((5, 2), dtype=dtype))
    arrays = [forward.output, *forward.preactivations, *forward.activations]
    arrays += [*gradients.weights, *gradients.biases, gradients.input]
    jacobians = dense_jacobians(x[0], weights[0], biases[0], activation)
    arrays += [dense(x, weights[0], biases[0], activation), jacobians.input, jacobians.weight, jacobians.bias]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_derivatives_are_accurate_where_the_activation_saturates():
    # 1 - tanh² and s (1 - s) are 0 at 40; the derivatives are not.
    W, b = np.eye(2), np.zeros(2)
    tails = dense_jacobians([40.0, -40.0], W, b, "tanh").bias.diagonal()
    close(tails * np.exp(80), np.array([4.0, 4.0]), 1e-9)
    tails = dense_jacobians([40.0, -40.0], W, b, "sigmoid").bias.diagonal()
    close(tails * np.exp(40), np.array([1.0, 1.0]), 1e-9)
    assert dense_jacobians([1000.0, -1000.0], W, b, "sigmoid").bias.tolist() == [[0, 0], [0, 0]]


def test_the_derivative_of_relu_at_0_is_0():
    assert dense_vjp([0.0], [[1.0]], [0.0], "relu", [1.0]).input.tolist() == [0]


def test_a_pair_of_functions_is_an_activation():
    rng = np.random.default_rng(0)
    x, weights, biases = network(rng, (3, 4, 2), 5)
    g = rng.normal(size=(5, 2))
    for pair in ((np.sin, np.cos), [np.sin, np.cos]):
        gradients = mlp_backward(mlp_forward(x, weights, biases, pair), weights, pair, g)
        tensors = [torch.from_numpy(array).requires_grad_() for array in (*weights, *biases, x)]
        y = torch.sin(tensors[4] @ tensors[0].T + tensors[2]) @ tensors[1].T + tensors[3]
        expected = torch.autograd.grad(y, tensors, torch.from_numpy(g))
        for ours, theirs in zip((*gradients.weights, *gradients.biases, gradients.input), expected):
            close(ours, theirs.numpy())


def sigmoid_in_place(z):
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    return np.reciprocal(z, out=z)


def sigmoid_derivative_in_place(z):
    z[:] = torch.sigmoid(torch.from_numpy(z)).numpy()
    z *= 1 - z
    return z


def test_an_activation_may_work_in_place_or_return_what_it_was_given():
    rng = np.random.default_rng(0)
    x, weights, biases = network(rng, (3, 4, 5, 2), 6)
    g = rng.normal(size=(6, 2))
    pair = (sigmoid_in_place, sigmoid_derivative_in_place)
    forward = mlp_forward(x, weights, biases, pair)
    expected = mlp_forward(x, weights, biases, "sigmoid")
    for z, right in zip(forward.preactivations, expected.preactivations):
        close(z, right)
    gradients = mlp_backward(forward, weights, pair, g)
    for ours, right in zip(gradients.weights, mlp_backward(expected, weights, "sigmoid", g).weights):
        close(ours, right)
    for z, right in zip(forward.preactivations, expected.preactivations):
        close(z, right)
    same = mlp_forward(x, weights, biases, (lambda z: z, np.ones_like))
    assert not np.shares_memory(same.activations[1], same.preactivations[0])


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint8, np.int64])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_integers_of_every_size_give_float64(activation, dtype):
    one = np.ones((1, 1), dtype)
    value = dense(one[0], one, np.zeros(1, dtype), activation)
    close(value, IN_TORCH[activation](torch.ones(1, dtype=torch.float64)).numpy())


@settings(max_examples=20)
@given(seeds, names)
def test_inputs_are_left_alone_and_results_are_not_they(seed, activation):
    rng = np.random.default_rng(seed)
    x, weights, biases = network(rng, (3, 4, 2), 5)
    g = rng.normal(size=(5, 2))
    given_arrays = [x, *weights, *biases, g]
    before = [array.copy() for array in given_arrays]
    forward = mlp_forward(x, weights, biases, activation)
    gradients = mlp_backward(forward, weights, activation, g)
    single = network(rng, (3, 2), None)
    layer = dense_vjp(x, weights[0], biases[0], activation, forward.preactivations[0])
    jacobians = dense_jacobians(x[0], weights[0], biases[0], activation)
    alone = mlp_forward(*single, activation)
    alone_back = mlp_backward(alone, single[1], activation, [1.0, 2.0])
    results = [forward.output, *forward.preactivations, *forward.activations]
    results += [*gradients.weights, *gradients.biases, gradients.input, dense(x, weights[0], biases[0], activation)]
    results += [layer.input, layer.weight, layer.bias, jacobians.input, jacobians.weight, jacobians.bias]
    results += [alone.output, *alone.activations, *alone_back.weights, *alone_back.biases, alone_back.input]
    for result in results:
        assert not any(np.shares_memory(result, array) for array in (*given_arrays, single[0], *single[1], *single[2]))
    for array, was in zip(given_arrays, before):
        assert np.array_equal(array, was)


def test_gradients_do_not_share_memory_with_the_forward_pass():
    weights = [np.ones((2, 3))]
    g = np.ones(2)
    forward = mlp_forward(np.ones(3), weights, [np.ones(2)], "relu")
    gradients = mlp_backward(forward, weights, "relu", g)
    for result in (*gradients.weights, *gradients.biases, gradients.input):
        assert not np.shares_memory(result, g)
        assert not any(np.shares_memory(result, kept) for kept in (*forward.preactivations, *forward.activations))


X, W, B, G = np.ones(3), np.ones((2, 3)), np.ones(2), np.ones(2)
FORWARD = mlp_forward(X, [W, np.ones((4, 2))], [B, np.ones(4)], "relu")
WEIGHTS, BIASES = [W, np.ones((4, 2))], [B, np.ones(4)]
NAMES = "'sigmoid', 'tanh', 'relu', 'identity'"

ERRORS = [
    (
        lambda: dense(np.ones(4), W, B, "relu"),
        "dense: x has shape (4,), expected (3,) or (batch, 3) because W has shape (2, 3)",
    ),
    (
        lambda: dense(np.ones((1, 1, 3)), W, B, "relu"),
        "dense: x has shape (1, 1, 3), expected (3,) or (batch, 3) because W has shape (2, 3)",
    ),
    (lambda: dense(1.0, W, B, "relu"), "dense: x has shape (), expected (3,) or (batch, 3) because W has shape (2, 3)"),
    (
        lambda: dense(X, np.ones(3), B, "relu"),
        "dense: W has shape (3,), expected (outputs, inputs) because it multiplies a vector",
    ),
    (
        lambda: dense_jacobians(X, W, np.ones(3), "relu"),
        "dense_jacobians: b has shape (3,), expected (2,) because W has shape (2, 3)",
    ),
    (
        lambda: dense_jacobians(np.ones((5, 3)), W, B, "relu"),
        "dense_jacobians: x has shape (5, 3), expected (3,) because a Jacobian is taken at one input",
    ),
    (
        lambda: dense_vjp(X, W, B, "relu", np.ones(3)),
        "dense_vjp: g has shape (3,), expected (2,) because the output has shape (2,)",
    ),
    (
        lambda: dense(X, W, B, "swish"),
        f"dense: activation is 'swish', expected one of {NAMES}, or a pair (function, derivative)",
    ),
    (
        lambda: dense(X, W, B, (np.sum, np.cos)),
        "dense: the activation gives shape (), expected (2,) because it acts entry by entry",
    ),
    (
        lambda: dense_vjp(X, W, B, (np.sin, lambda z: z[:1]), G),
        "dense_vjp: the activation gives shape (1,), expected (2,) because it acts entry by entry",
    ),
    (
        lambda: mlp_forward(X, [], [], "relu"),
        "mlp_forward: weights has length 0, expected at least 1 because a network has a layer",
    ),
    (
        lambda: mlp_forward(X, WEIGHTS, BIASES[:1], "relu"),
        "mlp_forward: biases has length 1, expected 2 because there are 2 weights",
    ),
    (
        lambda: mlp_forward(X, [W, np.ones((4, 5))], BIASES, "relu"),
        "mlp_forward: weights[1] has shape (4, 5), expected (4, 2) because weights[0] has shape (2, 3)",
    ),
    (
        lambda: mlp_forward(X, [W, np.ones(4)], BIASES, "relu"),
        "mlp_forward: weights[1] has shape (4,), expected (outputs, inputs) because it multiplies a vector",
    ),
    (
        lambda: mlp_forward(X, WEIGHTS, [B, B], "relu"),
        "mlp_forward: biases[1] has shape (2,), expected (4,) because weights[1] has shape (4, 2)",
    ),
    (
        lambda: mlp_forward(np.ones(2), WEIGHTS, BIASES, "relu"),
        "mlp_forward: x has shape (2,), expected (3,) or (batch, 3) because weights[0] has shape (2, 3)",
    ),
    (
        lambda: mlp_backward(FORWARD, WEIGHTS[:1], "relu", np.ones(4)),
        "mlp_backward: weights has length 1, expected 2 because forward has 2 layers",
    ),
    (
        lambda: mlp_backward(FORWARD, [np.ones((5, 3)), np.ones((4, 5))], "relu", np.ones(4)),
        "mlp_backward: weights[0] has shape (5, 3), expected (2, 3) because the forward pass had it",
    ),
    (
        lambda: mlp_backward(FORWARD, WEIGHTS, "relu", 1.0),
        "mlp_backward: g has shape (), expected (4,) because the output has shape (4,)",
    ),
    (
        lambda: mlp_backward(FORWARD, WEIGHTS, "", np.ones(4)),
        f"mlp_backward: activation is '', expected one of {NAMES}, or a pair (function, derivative)",
    ),
]

KINDS = [
    (
        lambda: dense(["a", "b", "c"], W, B, "relu"),
        "dense: x has dtype <U1, expected integers, real or complex numbers because the formula is one for numbers",
    ),
    (
        lambda: dense(X, W, B, np.tanh),
        "dense: activation has type ufunc, expected a name such as 'relu', or a pair (function, derivative)",
    ),
    (
        lambda: dense(X, W, B, (np.tanh,)),
        "dense: activation has type tuple, expected a name such as 'relu', or a pair (function, derivative)",
    ),
    (
        lambda: dense(X, W, B, (lambda z: "a", np.cos)),
        "dense: the activation has dtype <U1, expected integers, real or complex numbers because the formula is one "
        "for numbers",
    ),
    (
        lambda: dense(X, torch.ones(2, 3, requires_grad=True), B, "relu"),
        "dense: W has type Tensor, expected numbers that NumPy can read because it does the work",
    ),
    (
        lambda: mlp_forward(X, W, [B], "relu"),
        "mlp_forward: weights has type ndarray, expected a list or a tuple because each layer has its own",
    ),
    (
        lambda: mlp_forward(X, [W], B, "relu"),
        "mlp_forward: biases has type ndarray, expected a list or a tuple because each layer has its own",
    ),
    (
        lambda: mlp_backward(FORWARD.output, WEIGHTS, "relu", np.ones(4)),
        "mlp_backward: forward has type ndarray, expected what mlp_forward returns because the preactivations and "
        "activations are needed",
    ),
]


@pytest.mark.parametrize(("call", "message"), ERRORS, ids=[message for _, message in ERRORS])
def test_wrong_shapes_and_names_are_said_to_be_so(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize(("call", "message"), KINDS, ids=[message for _, message in KINDS])
def test_wrong_kinds_are_said_to_be_so(call, message):
    with pytest.raises(TypeError) as error:
        call()
    assert str(error.value) == message


def test_nan_goes_through():
    forward = mlp_forward([np.nan, 1.0, 1.0], WEIGHTS, BIASES, "relu")
    assert isinstance(forward, MLPForward) and np.isnan(forward.output).all()
    assert np.isnan(mlp_backward(forward, WEIGHTS, "relu", np.ones(4)).weights[0]).all()
