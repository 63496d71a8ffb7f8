"""mathdnn_utils.residual against torch autograd, the complex step and integers enumerated by hand.

The tests look every function up as `residual.name` at the moment they call it, and most need no argument and no
fixture, so that faults can be planted in the module and these tests be called on it.
"""

import inspect
import re
from itertools import combinations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mathdnn_utils import residual

STEP = 1e-200

cases = settings(max_examples=25)
seeds = st.integers(0, 2**32 - 1)
layer_counts = st.integers(1, 5)


def agree(actual, expected, rtol=1e-11, atol=1e-13, what=""):
    """Same shape, all finite, and close; a NaN or an infinity agrees with nothing."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
    assert np.isfinite(actual).all() and np.isfinite(expected).all(), f"{what}: {actual} against {expected}"
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol, err_msg=what)


def exactly(actual, expected, what=""):
    """Equal integers of one shape."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.dtype.kind == expected.dtype.kind == "i", f"{what}: {actual.dtype} and {expected.dtype}"
    assert actual.shape == expected.shape and (actual == expected).all(), f"{what}: {actual} against {expected}"


def tensor(x):
    return torch.tensor(np.asarray(x))


class Chain:
    """Layers tanh(A h + b): sizes all different, but for a skip that starts at `start`; parameters A and b in turn."""

    def __init__(self, seed, L, start=None, dtype=np.float64):
        rng = np.random.default_rng(seed)
        sizes = rng.permutation(np.arange(2, 9))[: L + 1]
        if start is not None:
            sizes[-1] = sizes[start]
        self.x = rng.normal(size=sizes[0]).astype(dtype)
        self.start = start
        self.parameters = [
            (rng.normal(size=(n, m)) / np.sqrt(m) if layer % 2 else rng.normal(size=n)).astype(dtype)
            for layer, (m, n) in enumerate(zip(sizes, sizes[1:]))
        ]
        # The parameter of a layer is its matrix or its offset, in turn; the other one is fixed.
        self.matrices = [
            p if p.ndim == 2 else (rng.normal(size=(n, m)) / np.sqrt(m)).astype(dtype)
            for p, m, n in zip(self.parameters, sizes, sizes[1:])
        ]
        self.offsets = [p if p.ndim == 1 else np.zeros(len(p), dtype) for p in self.parameters]

    def arguments(self):
        layers = list(zip(self.matrices, self.offsets, self.parameters))

        def slope(h, A, b):
            return 1 - np.tanh(A @ h + b) ** 2

        def by_parameter(h, A, b, p):
            s = np.diag(slope(h, A, b))
            return s if p.ndim == 1 else s[:, :, None] * h

        return (
            [lambda h, A=A, b=b: np.tanh(A @ h + b) for A, b, _ in layers],
            [lambda h, A=A, b=b: slope(h, A, b)[:, None] * A for A, b, _ in layers],
            [lambda h, A=A, b=b, p=p: by_parameter(h, A, b, p) for A, b, p in layers],
        )

    def output_in_torch(self, x, *parameters):
        h = [x]
        for A, b, p in zip(self.matrices, self.offsets, parameters):
            A, b = (p, tensor(b)) if p.ndim == 2 else (tensor(A), p)
            h.append(torch.tanh(A @ h[-1] + b))
        return h[-1] if self.start is None else h[self.start] + h[-1]


chains = st.integers(1, 5).flatmap(lambda L: st.builds(Chain, seeds, st.just(L), st.none() | st.integers(0, L - 1)))


class Blocks:
    """Branches A tanh(B h) with A, B not square."""

    def __init__(self, seed, L, dtype=np.float64):
        rng = np.random.default_rng(seed)
        n, m = rng.permutation([2, 3, 4, 5])[:2]
        self.x, self.g = rng.normal(size=(2, n)).astype(dtype)
        self.pairs = [
            (rng.normal(size=(n, m)).astype(dtype) / 2, rng.normal(size=(m, n)).astype(dtype) / 2) for _ in range(L)
        ]
        self.functions = [lambda h, A=A, B=B: A @ np.tanh(B @ h) for A, B in self.pairs]
        self.vjps = [lambda h, g, A=A, B=B: B.T @ ((1 - np.tanh(B @ h) ** 2) * (A.T @ g)) for A, B in self.pairs]

    def jacobians(self):
        h, found = self.x, []
        for A, B in self.pairs:
            found.append(A @ np.diag(1 - np.tanh(B @ h) ** 2) @ B)
            h = h + A @ np.tanh(B @ h)
        return found

    def output_in_torch(self, x):
        for A, B in self.pairs:
            x = x + tensor(A) @ torch.tanh(tensor(B) @ x)
        return x


blocks = st.builds(Blocks, seeds, layer_counts)


def integer_matrices(seed, L, n):
    """Square matrices of integers that neither commute nor equal their transposes, in general."""
    return list(np.random.default_rng(seed).integers(-3, 4, size=(L, n, n)))


integer_chains = st.builds(integer_matrices, seeds, st.integers(1, 6), st.integers(1, 4))

# The public face


def test_public_names_and_defaults():
    expected = {
        "ForwardPass": "(output: numpy.ndarray, values: tuple) -> None",
        "SkipJacobians": "(output: numpy.ndarray, parameters: tuple, input: numpy.ndarray) -> None",
        "skip_forward": "(functions, x, start=None)",
        "skip_jacobians": "(functions, jacobians, parameter_jacobians, x, start=None)",
        "residual_forward": "(functions, x)",
        "residual_vjp": "(functions, vjps, x, g)",
        "residual_jacobian": "(jacobians)",
        "path_products": "(jacobians)",
    }
    assert residual.__all__ == list(expected)
    assert {name: str(inspect.signature(getattr(residual, name))) for name in expected} == expected


def test_every_docstring_says_which_equation_it_is_and_shows_an_example():
    labels = {
        "ForwardPass": "general",
        "SkipJacobians": "recursion",
        "skip_forward": "general",
        "skip_jacobians": "recursion",
        "residual_forward": "chain",
        "residual_vjp": "vjp",
        "residual_jacobian": "product",
        "path_products": "paths",
    }
    for name in residual.__all__:
        text = inspect.getdoc(getattr(residual, name))
        label = f"eq-skip-connections-{labels[name]}"
        assert re.search(rf"Equation {label} of composition/skip-connections\.", text), name
        assert ">>> " in text, name
        for section in ("Examples",) if name[0].isupper() else ("Parameters", "Returns", "Raises", "Examples"):
            assert f"\n{section}\n---" in text, (name, section)


# Exactly, in integers


def test_a_skip_over_a_matrix_by_hand():
    A = np.array([[1, 2], [3, 4]])
    found = residual.skip_jacobians(
        [lambda h: h**2, lambda h: A @ h],
        [lambda h: np.diag(2 * h), lambda h: A],
        [lambda h: [[h[0]], [5]], lambda h: [[h[0], h[1]], [h[1], h[0]]]],
        [1, 2],
        start=1,
    )
    exactly(found.output, [10, 23])
    exactly(found.input, [[4, 8], [6, 20]])
    exactly(found.parameters[0], [[12], [28]])
    exactly(found.parameters[1], [[1, 4], [4, 1]])


def test_two_blocks_by_hand():
    A, B = np.array([[0, 1], [0, 0]]), np.array([[0, 0], [1, 0]])
    functions = [lambda h: A @ h**2, lambda h: B @ h**2]
    vjps = [lambda h, g: 2 * h * (A.T @ g), lambda h, g: 2 * h * (B.T @ g)]
    found = residual.residual_forward(functions, [1, 2])
    exactly(found.output, [5, 27])
    exactly(found.values, [[1, 2], [5, 2], [5, 27]])
    exactly(residual.residual_vjp(functions, vjps, [1, 2], [1, 1]), [11, 45])
    jacobians = [[[0, 4], [0, 0]], [[0, 0], [10, 0]]]
    exactly(residual.residual_jacobian(jacobians), [[1, 4], [10, 41]])
    products = residual.path_products(jacobians)
    assert set(products) == {(), (1,), (2,), (1, 2)}
    exactly(products[1, 2], [[0, 0], [0, 40]])
    exactly(sum(products.values()), [[1, 4], [10, 41]])


def test_the_four_cases_of_the_chapter_in_integers():
    functions = [lambda h, t=t: t * h for t in (2, 3, 4)]
    slopes = [lambda h, t=t: [[t]] for t in (2, 3, 4)]
    expected = {
        None: (24, [12, 8, 6], 24),
        2: (30, [15, 10, 6], 30),
        1: (26, [13, 8, 6], 26),
        0: (25, [12, 8, 6], 25),
    }
    for start, (output, parameters, by_input) in expected.items():
        found = residual.skip_jacobians(functions, slopes, 3 * [lambda h: [h]], [1], start)
        exactly(found.output, [output])
        exactly(found.input, [[by_input]])
        exactly(np.ravel(found.parameters), parameters, what=f"skip from {start}")


@cases
@given(integer_chains, seeds)
def test_the_backward_pass_of_quadratic_blocks_is_at_the_right_values_exactly(matrices, seed):
    x, g = np.random.default_rng(seed).integers(-2, 3, size=(2, len(matrices[0])))
    matrices = matrices[:3]  # squares grow fast
    found = residual.residual_vjp(
        [lambda h, A=A: A @ h**2 for A in matrices], [lambda h, g, A=A: 2 * h * (A.T @ g) for A in matrices], x, g
    )
    h, jacobians = x, []
    for A in matrices:
        jacobians.append(2 * A * h)
        h = h + A @ h**2
    exactly(found, multiplied([np.eye(len(g), dtype=int) + J for J in jacobians]).T @ g)


@cases
@given(integer_chains, seeds)
def test_the_backward_pass_of_linear_blocks_is_the_transpose_exactly(matrices, seed):
    x, g = np.random.default_rng(seed).integers(-4, 5, size=(2, len(matrices[0])))
    found = residual.residual_vjp(
        [lambda h, A=A: A @ h for A in matrices], [lambda h, g, A=A: A.T @ g for A in matrices], x, g
    )
    exactly(found, multiplied([np.eye(len(g), dtype=int) + J for J in matrices]).T @ g)


def multiplied(matrices):
    """The product with the first matrix on the right."""
    product = matrices[0]
    for matrix in matrices[1:]:
        product = matrix @ product
    return product


@cases
@given(integer_chains)
def test_the_paths_add_up_to_the_product_exactly(matrices):
    L, n = len(matrices), len(matrices[0])
    products = residual.path_products(matrices)
    subsets = {s for r in range(L + 1) for s in combinations(range(1, L + 1), r)}
    assert set(products) == subsets and len(products) == 2**L
    for path, product in products.items():
        expected = np.eye(n, dtype=int)
        for block in path:
            expected = matrices[block - 1] @ expected
        exactly(product, expected, what=f"path {path}")
    exactly(sum(products.values()), residual.residual_jacobian(matrices))
    exactly(residual.residual_jacobian(matrices), multiplied([np.eye(n, dtype=int) + J for J in matrices]))


@cases
@given(seeds, st.integers(1, 5), st.data())
def test_a_linear_chain_has_exact_jacobians(seed, L, data):
    start = data.draw(st.none() | st.integers(0, L - 1))
    rng = np.random.default_rng(seed)
    sizes = list(rng.permutation([2, 3, 4, 5, 6, 7])[: L + 1])
    if start is not None:
        sizes[-1] = sizes[start]
    matrices = [rng.integers(-3, 4, size=(n, m)) for m, n in zip(sizes, sizes[1:])]
    # f(h, θ) = A h + B θ with θ of a size of its own.
    others = [rng.integers(-3, 4, size=(n, k + 1)) for k, n in enumerate(sizes[1:])]
    found = residual.skip_jacobians(
        [lambda h, A=A: A @ h for A in matrices],
        [lambda h, A=A: A for A in matrices],
        [lambda h, B=B: B for B in others],
        rng.integers(-3, 4, size=sizes[0]),
        start,
    )

    def linear(x, thetas):
        values = [x]
        for A, B, theta in zip(matrices, others, thetas):
            values.append(A @ values[-1] + B @ theta)
        return values[-1] + (0 if start is None else values[start])

    zeros = [np.zeros(k + 1, dtype=int) for k in range(L)]
    columns = [linear(unit, zeros) for unit in np.eye(sizes[0], dtype=int)]
    exactly(found.input, np.transpose(columns))
    for k in range(L):
        columns = [
            linear(np.zeros(sizes[0], dtype=int), [*zeros[:k], unit, *zeros[k + 1 :]])
            for unit in np.eye(k + 1, dtype=int)
        ]
        exactly(found.parameters[k], np.transpose(columns))


def test_the_forward_pass_takes_arrays_of_any_shape():
    x = np.arange(24).reshape(2, 3, 4)
    found = residual.skip_forward([lambda h: 2 * h, lambda h: h + 1], x, start=0)
    exactly(found.output, 3 * x + 1)
    found = residual.residual_forward([lambda h: 2 * h, lambda h: h + 1], x)
    exactly(found.output, 6 * x + 1)


# Against PyTorch and the complex step


@cases
@given(chains)
def test_jacobians_of_a_chain_with_a_skip_agree_with_torch(chain):
    found = residual.skip_jacobians(*chain.arguments(), chain.x, chain.start)
    inputs = tuple(map(tensor, (chain.x, *chain.parameters)))
    expected = torch.func.jacrev(chain.output_in_torch, argnums=tuple(range(len(inputs))))(*inputs)
    agree(found.output, chain.output_in_torch(*inputs), what="output")
    agree(found.input, expected[0], what="input")
    assert len(found.parameters) == len(chain.parameters)
    for layer, (ours, theirs) in enumerate(zip(found.parameters, expected[1:]), start=1):
        agree(ours, theirs, what=f"parameter {layer}")


@cases
@given(chains)
def test_the_output_is_the_sum_of_two_values(chain):
    functions = chain.arguments()[0]
    found = residual.skip_forward(functions, chain.x, chain.start)
    assert len(found.values) == len(functions) + 1
    agree(found.values[0], chain.x, rtol=0, atol=0)
    for f, before, after in zip(functions, found.values, found.values[1:]):
        agree(after, f(before), rtol=0, atol=0)
    skipped = 0 if chain.start is None else found.values[chain.start]
    agree(found.output, found.values[-1] + skipped, rtol=0, atol=0)


@cases
@given(blocks)
def test_the_backward_pass_through_blocks_agrees_with_torch(chain):
    output, pullback = torch.func.vjp(chain.output_in_torch, tensor(chain.x))
    agree(residual.residual_forward(chain.functions, chain.x).output, output)
    agree(residual.residual_vjp(chain.functions, chain.vjps, chain.x, chain.g), pullback(tensor(chain.g))[0])


@cases
@given(blocks)
def test_the_product_is_the_jacobian_of_the_blocks(chain):
    expected = torch.func.jacrev(chain.output_in_torch)(tensor(chain.x))
    agree(residual.residual_jacobian(chain.jacobians()), expected)


@cases
@given(blocks, st.integers(0, 2))
def test_blocks_take_the_complex_step(chain, entry):
    direction = np.eye(len(chain.x))[entry % len(chain.x)]
    moved = residual.residual_forward(chain.functions, chain.x + 1j * STEP * direction).output
    agree(moved.imag / STEP, residual.residual_jacobian(chain.jacobians()) @ direction)
    # The gradient is linear in g, for complex g too.
    g = chain.g + 2j * chain.g[::-1]
    found = residual.residual_vjp(chain.functions, chain.vjps, chain.x, g)
    agree(found, residual.residual_jacobian(chain.jacobians()).T @ g)


# Kinds of numbers, and what stays as it was


def test_dtypes_are_kept():
    for dtype in (np.float32, np.float64):
        chain, chain_of_blocks = Chain(1, 3, start=1, dtype=dtype), Blocks(1, 3, dtype=dtype)
        found = residual.skip_jacobians(*chain.arguments(), chain.x, 1)
        forward = residual.residual_forward(chain_of_blocks.functions, chain_of_blocks.x)
        jacobians = chain_of_blocks.jacobians()
        results = [
            *(found.output, found.input, *found.parameters),
            *(forward.output, *forward.values),
            residual.residual_vjp(
                chain_of_blocks.functions, chain_of_blocks.vjps, chain_of_blocks.x, chain_of_blocks.g
            ),
            residual.residual_jacobian(jacobians),
            *residual.path_products(jacobians).values(),
        ]
        assert [array.dtype for array in results] == len(results) * [dtype]


def test_a_gradient_of_integers_becomes_what_the_branch_gives():
    agree(residual.residual_vjp([lambda h: h / 2], [lambda h, g: g / 2], [1.0, 3.0], [4, 5]), [6.0, 7.5], rtol=0)
    found = residual.residual_vjp([lambda h: 1j * h], [lambda h, g: 1j * g], [1.0, 3.0], [4.0, 5.0])
    agree(found, [4 + 4j, 5 + 5j], rtol=0)


def test_float32_agrees_with_float64():
    for seed in range(5):
        small, large = (Chain(seed, 4, start=2, dtype=dtype) for dtype in (np.float32, np.float64))
        found, expected = (residual.skip_jacobians(*c.arguments(), c.x, 2) for c in (small, large))
        agree(found.input, expected.input, rtol=1e-4, atol=1e-5)
        small, large = (Blocks(seed, 4, dtype=dtype) for dtype in (np.float32, np.float64))
        found, expected = (residual.residual_vjp(c.functions, c.vjps, c.x, c.g) for c in (small, large))
        agree(found, expected, rtol=1e-4, atol=1e-5)


def test_complex_matrices_pass_through():
    J = [np.array([[1j, 2], [0, 1]]), np.array([[1, 0], [3, -1j]])]
    expected = (np.eye(2) + J[1]) @ (np.eye(2) + J[0])
    agree(residual.residual_jacobian(J), expected)
    agree(sum(residual.path_products(J).values()), expected)
    found = residual.skip_jacobians([lambda h: J[0] @ h], [lambda h: J[0]], [lambda h: J[1]], [1.0, 2.0], 0)
    agree(found.input, J[0] + np.eye(2))
    agree(found.parameters[0], J[1])


def test_nan_and_infinity_go_through():
    assert np.isnan(residual.residual_forward([lambda h: 0 * h], [np.nan, 1.0]).output[0])
    assert np.isposinf(residual.residual_forward([lambda h: 1 + h], [np.inf]).values[0])[0]
    assert np.isnan(residual.residual_jacobian([[[np.nan]], [[1.0]]])).all()


def spoiling(h):
    h += 1000
    return h


def test_functions_that_write_into_their_arguments_spoil_nothing():
    x, g = np.array([1, 2]), np.array([3, 5])
    exactly(residual.skip_forward([spoiling, spoiling], x, 1).output, [3002, 3004])
    assert [list(value) for value in residual.skip_forward([spoiling], x).values] == [[1, 2], [1001, 1002]]
    exactly(residual.residual_forward([spoiling], x).output, [1002, 1004])

    def spoiling_vjp(h, g):
        h += 1000
        g *= 2
        return g

    exactly(residual.residual_vjp([lambda h: 2 * h], [spoiling_vjp], x, g), [9, 15])
    exactly(
        residual.skip_jacobians(
            [lambda h: 2 * h], [lambda h: spoiling(h)[:, None] * 0 + 2 * np.eye(2, dtype=int)],
            [lambda h: np.diag(spoiling(h))], x, 0,
        ).parameters[0],
        [[1001, 0], [0, 1002]],
    )  # fmt: skip
    exactly(x, [1, 2])
    exactly(g, [3, 5])


def test_results_share_no_memory_with_arguments_or_with_each_other():
    x, g, J = np.array([1.0, 2.0]), np.array([3.0, 5.0]), np.array([[1.0, 2.0], [3.0, 4.0]])
    same = [lambda h: h, lambda h: h]
    arrays = [x, g, J]
    for found in (
        residual.skip_forward(same, x),
        residual.skip_forward(same, x, 1),
        residual.residual_forward(same, x),
    ):
        arrays += [found.output, *found.values]
    arrays.append(residual.residual_vjp(same, 2 * [lambda h, g: g], x, g))
    found = residual.skip_jacobians([lambda h: J @ h], [lambda h: J], [lambda h: J], x, 0)
    arrays += [found.output, found.input, *found.parameters, residual.residual_jacobian([J])]
    arrays += residual.path_products([J, J]).values()
    for a, b in combinations(arrays, 2):
        assert not np.shares_memory(a, b)
    assert x.tolist() == [1, 2] and g.tolist() == [3, 5] and J.tolist() == [[1, 2], [3, 4]]


def test_arguments_may_be_tuples_lists_and_integers_of_numpy():
    exactly(residual.skip_forward((lambda h: [3 * h[0]],), (2,), np.int8(0)).output, [8])
    exactly(residual.residual_jacobian(np.array([[[1]], [[2]]])), [[6]])


def test_sixteen_blocks_are_not_too_many():
    assert len(residual.path_products(16 * [[[1]]])) == 2**16


# Errors


def refuses(kind, message, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        said = str(error)
    else:
        said = "nothing"
    assert said == message


def same(h):
    return h


def test_lists_of_functions_are_asked_for():
    refuses(
        TypeError,
        "skip_forward: functions has type function, expected a list of functions because each belongs to one layer",
        residual.skip_forward, same, [1],
    )  # fmt: skip
    refuses(
        TypeError,
        "residual_forward: functions[1] has type int, expected a function because it is called with the value of the "
        "layer before",
        residual.residual_forward, [same, 3], [1],
    )  # fmt: skip
    refuses(
        ValueError,
        "residual_forward: functions has length 0, expected at least 1 because a chain has a layer",
        residual.residual_forward, [], [1],
    )  # fmt: skip
    refuses(
        ValueError,
        "residual_vjp: vjps has length 1, expected 2 because functions has length 2",
        residual.residual_vjp, [same, same], [same], [1], [1],
    )  # fmt: skip
    refuses(
        ValueError,
        "skip_jacobians: parameter_jacobians has length 2, expected 1 because functions has length 1",
        residual.skip_jacobians, [same], [same], [same, same], [1],
    )  # fmt: skip


def test_the_start_is_a_value_before_the_last_function():
    for start in (1.0, True, "x"):
        refuses(
            TypeError,
            f"skip_forward: start has type {type(start).__name__}, expected an int or None because it counts values",
            residual.skip_forward, [same], [1], start,
        )  # fmt: skip
    for start in (-1, 2, 3):
        refuses(
            ValueError,
            f"skip_forward: start has value {start}, expected 0 to 1 because the skip starts before the last of 2 "
            "functions",
            residual.skip_forward, [same, same], [1], start,
        )  # fmt: skip


def test_numbers_are_asked_for():
    refuses(
        TypeError,
        "skip_forward: x has dtype <U1, expected integers, real or complex numbers because the formula is one for "
        "numbers",
        residual.skip_forward, [same], ["a"],
    )  # fmt: skip
    refuses(
        TypeError,
        "residual_forward: functions[0](h) has dtype object, expected integers, real or complex numbers because the "
        "formula is one for numbers",
        residual.residual_forward, [lambda h: None], [1],
    )  # fmt: skip
    refuses(
        TypeError,
        "residual_jacobian: jacobians[0] has dtype bool, expected integers, real or complex numbers because the "
        "formula is one for numbers",
        residual.residual_jacobian, [[[True]]],
    )  # fmt: skip


def test_a_skip_adds_values_of_one_shape():
    refuses(
        ValueError,
        "skip_forward: functions[1](h) has shape (3,), expected (1,) because the skip that starts at values[1] ends "
        "there",
        residual.skip_forward, [lambda h: h[:1], lambda h: [1, 2, 3]], [1, 2], 1,
    )  # fmt: skip
    refuses(
        ValueError,
        "residual_forward: functions[0](h) has shape (), expected (2,) because x has shape (2,)",
        residual.residual_forward, [lambda h: h.sum()], [1, 2],
    )  # fmt: skip
    refuses(
        ValueError,
        "residual_vjp: g has shape (1,), expected (2,) because x has shape (2,)",
        residual.residual_vjp, [same], [lambda h, g: g], [1, 2], [1],
    )  # fmt: skip
    refuses(
        ValueError,
        "residual_vjp: vjps[0](h, g) has shape (2, 1), expected (2,) because x has shape (2,)",
        residual.residual_vjp, [same], [lambda h, g: g[:, None]], [1, 2], [1, 1],
    )  # fmt: skip


def test_jacobians_fit_their_functions():
    wide = [lambda h: [1, 2, 3]]
    refuses(
        ValueError,
        "skip_jacobians: values[0] has shape (1, 2), expected one axis because a Jacobian has an axis for outputs and "
        "one for inputs",
        residual.skip_jacobians, [same], [same], [same], [[1, 2]],
    )  # fmt: skip
    refuses(
        ValueError,
        "skip_jacobians: jacobians[0](h) has shape (2, 3), expected (3, 2) because functions[0] takes 2 numbers and "
        "gives 3",
        residual.skip_jacobians, wide, [lambda h: np.ones((2, 3))], [lambda h: np.ones(3)], [1, 2],
    )  # fmt: skip
    refuses(
        ValueError,
        "skip_jacobians: parameter_jacobians[0](h) has shape (2, 3), expected (3, ...) because functions[0] gives 3 "
        "numbers",
        residual.skip_jacobians, wide, [lambda h: np.ones((3, 2))], [lambda h: np.ones((2, 3))], [1, 2],
    )  # fmt: skip


def test_jacobians_of_blocks_are_square_and_of_one_size():
    for function in (residual.residual_jacobian, residual.path_products):
        name = function.__name__
        refuses(
            TypeError,
            f"{name}: jacobians has type int, expected a list of matrices because each belongs to one block",
            function, 3,
        )  # fmt: skip
        refuses(
            ValueError,
            f"{name}: jacobians has length 0, expected at least 1 because a chain has a block",
            function, [],
        )  # fmt: skip
        for matrices, place, shape in (
            ([[[1, 2]]], 0, (1, 2)),
            ([1], 0, ()),
            ([[[1]], [[1, 2], [3, 4]]], 1, (2, 2)),
            ([[[1]], [1]], 1, (1,)),
        ):
            refuses(
                ValueError,
                f"{name}: jacobians[{place}] has shape {shape}, expected a square matrix, as large as jacobians[0], "
                "because a skip adds what a block takes to what it gives",
                function, matrices,
            )  # fmt: skip


def test_too_many_paths_are_refused():
    refuses(
        ValueError,
        "path_products: jacobians has length 17, expected at most 16 because the number of paths doubles with each "
        "block",
        residual.path_products, 17 * [[[1]]],
    )  # fmt: skip
