"""The checks of derivatives in hard cases: nothing wrong passes, nothing right fails, and no message is NumPy's."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
import torch

from mathdnn_utils.verify import autodiff_jacobian, check_adjoint, check_gradient, check_jacobian, check_vjp

pytestmark = pytest.mark.filterwarnings("error")

BAD = [np.nan, np.inf, -np.inf]
TIERS = [False, True]
ORACLES = ["complex-step", "finite-difference"]


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


W = draw(4, 3)
X = np.array([0.5, -1.25, 2.0])


def layer(x):
    return np.tanh(W @ x)


def slope(x):
    return 1 - np.tanh(W @ x) ** 2


def jacobian(x):
    return slope(x)[:, None] * W


def products(x, g):
    return W.T @ (slope(x) * g)


def energy(x):
    return (layer(x) ** 2).sum()


def gradient(x):
    return 2 * products(x, layer(x))


# A check of the layer, given its function and what to do with the right claim: (f, spoil) -> Report.
CHECKS = {
    "jacobian": lambda f=layer, spoil=lambda a: a, x=X, **o: check_jacobian(f, lambda x: spoil(jacobian(x)), x, **o),
    "gradient": lambda f=energy, spoil=lambda a: a, x=X, **o: check_gradient(f, lambda x: spoil(gradient(x)), x, **o),
    "vjp": lambda f=layer, spoil=lambda a: a, x=X, **o: check_vjp(f, lambda x, g: spoil(products(x, g)), x, **o),
}
FUNCTIONS = {"jacobian": layer, "gradient": energy, "vjp": layer}
every_check = pytest.mark.parametrize("check", CHECKS)
every_tier = pytest.mark.parametrize("full", TIERS)
every_oracle = pytest.mark.parametrize("oracle", ORACLES)


def both(f, J, x, **options):
    """The reports on one Jacobian, claimed as an array and by its products, in both tiers."""
    J = np.asarray(J)
    axes = J.ndim - np.ndim(x)
    floats = J.astype(float) if J.dtype == object else J
    vjp = lambda x, g: np.tensordot(g, floats, axes=axes)  # noqa: E731
    return [
        report
        for full in TIERS
        for report in (
            check_jacobian(f, J, x, full=full, **options),
            check_vjp(f, vjp, x, full=full, **options),
        )
    ]


def all_hold(f, J, x, **options):
    for report in both(f, J, x, **options):
        assert report.ok, report


def none_holds(f, J, x, **options):
    for report in both(f, J, x, **options):
        assert not report.ok, report


def off(array):
    return 1.01 * array


# Zero Jacobians


@every_oracle
def test_a_jacobian_of_zeros_is_right_for_a_constant_and_wrong_for_others(oracle):
    all_hold(lambda x: 0 * x + 5, np.zeros((3, 3)), X, oracle=oracle)
    none_holds(lambda x: x, np.zeros((3, 3)), X, oracle=oracle)
    none_holds(lambda x: 0 * x + 5, np.eye(3), X, oracle=oracle)


def test_next_to_zeros_nothing_is_small_enough():
    none_holds(lambda x: 0 * x, np.full((3, 3), 1e-150), X)
    none_holds(lambda x: 0 * x, np.diag([0, 0, 1e-300]), X)


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


@pytest.mark.parametrize("scale", [1e-100, 1.0, 1e100])
@every_oracle
def test_a_derivative_that_is_zero_up_to_rounding_is_zero(oracle, scale):
    x = np.array([0.3, -1.2, 2.0, 0.7])
    all_hold(lambda x: scale * softmax(x).sum(), np.zeros(4), x, oracle=oracle)
    all_hold(lambda x: scale * (np.sin(x) ** 2 + np.cos(x) ** 2), np.zeros((4, 4)), x, oracle=oracle)
    none_holds(lambda x: scale * softmax(x).sum(), np.full(4, 1e-6 * scale), x, oracle=oracle)


# Huge and tiny scales


@pytest.mark.parametrize("scale", [1e-150, 1e-20, 1e20, 1e150])
def test_huge_and_tiny_points_values_and_jacobians(scale):
    x = X / scale
    for f, J, point in [
        (lambda x: scale * np.tanh(W @ x), scale * jacobian(X), X),
        (lambda x: np.tanh(W @ (scale * x)), scale * jacobian(X), x),
        (lambda x: W @ x, W, scale * X),
    ]:
        assert np.isfinite(f(point)).all()
        if scale <= 1e20 or point is not x:
            all_hold(f, J, point)
        none_holds(f, off(J), point)


@pytest.mark.parametrize("scale", [1e-150, 1e-20, 1e20, 1e150])
def test_the_square_at_huge_and_tiny_points(scale):
    x = scale * X
    all_hold(lambda x: x**2, np.diag(2 * x), x)
    none_holds(lambda x: x**2, np.diag(x), x)
    assert check_gradient(lambda x: (x**2).sum(), 2 * x, x).ok
    assert not check_gradient(lambda x: (x**2).sum(), x, x).ok


def test_huge_and_tiny_entries_in_one_array():
    mixed = np.array([1e150, 1.0, 1e-150])
    all_hold(lambda x: x**2, np.diag(2 * mixed), mixed)
    none_holds(lambda x: x**2, np.diag(mixed), mixed)
    all_hold(lambda x: mixed * np.sin(x), np.diag(mixed * np.cos(X)), X)
    none_holds(lambda x: mixed * np.sin(x), -np.diag(mixed * np.cos(X)), X)


def test_adjoints_of_every_scale():
    A = draw(4, 3)
    for scale in (1e-300, 1e-150, 1e150, 1e300):
        assert check_adjoint(lambda x: scale * (A @ x), lambda y: scale * (A.T @ y), 3, 4).ok
        assert check_adjoint(lambda x: scale * (A @ x), lambda y: 2 * scale * (A.T @ y), 3, 4).hints == (
            "constant-factor",
        )


# Scalars and empty arrays


def test_points_and_values_without_axes():
    for x in (2.0, np.float64(2.0), np.array(2.0), 2):
        all_hold(lambda x: x**3, 12.0, x)
        none_holds(lambda x: x**3, 12.1, x)
        assert check_gradient(lambda x: x**3, 12.0, x).ok
    all_hold(lambda x: x**3, [[12.0]], [2.0])
    assert check_jacobian(lambda x: x**3, 12.0, [2.0]).hints == ("wrong-shape",)
    assert check_jacobian(lambda x: x**3, [12.0], 2.0).hints == ("wrong-shape",)
    all_hold(lambda x: x[0] ** 3, [12.0], [2.0])
    all_hold(lambda x: np.stack([x, x**2]), [1.0, 4.0], 2.0)


@pytest.mark.parametrize("x_shape, y_shape", [((), ()), (3, ()), ((), 3), ((2, 3), (1,)), ((1,), (1,))])
def test_adjoints_between_numbers_and_arrays(x_shape, y_shape):
    rng = np.random.default_rng(0)
    x_size, y_size = int(np.prod(x_shape, dtype=int)), int(np.prod(y_shape, dtype=int))
    A = rng.integers(1, 9, size=(y_size, x_size))
    apply = lambda x: (A @ np.reshape(x, -1)).reshape(y_shape)  # noqa: E731
    adjoint = lambda y: (A.T @ np.reshape(y, -1)).reshape(x_shape)  # noqa: E731
    assert check_adjoint(apply, adjoint, x_shape, y_shape).ok
    report = check_adjoint(apply, lambda y: adjoint(y) + adjoint(y), x_shape, y_shape)
    assert not report.ok and set(report.hints) <= {"constant-factor"}


@pytest.mark.parametrize("empty", [[], np.zeros((0, 3)), np.zeros((3, 0))])
def test_empty_arrays_are_refused_wherever_they_appear(empty):
    for call, name in [
        (lambda: check_jacobian(layer, jacobian, empty), "x"),
        (lambda: check_jacobian(lambda x: empty, jacobian, X), "f(x)"),
        (lambda: check_jacobian(layer, empty, X), "claimed"),
        (lambda: check_jacobian(layer, lambda x: empty, X), "claimed"),
        (lambda: check_jacobian(layer, jacobian, X, oracle=lambda x: empty), "oracle(x)"),
        (lambda: check_jacobian(layer, jacobian, X, factors={"a": empty}), "factors['a']"),
        (lambda: check_jacobian(layer, jacobian, X, terms=[empty]), "terms[0]"),
    ]:
        with pytest.raises(ValueError) as error:
            call()
        assert str(error.value) == (f"check_jacobian: {name} has shape {np.shape(empty)}, expected at least one entry")
    with pytest.raises(ValueError, match=r"check_vjp: vjp\(x, g\) has shape .* expected at least one entry"):
        check_vjp(layer, lambda x, g: empty, X)
    with pytest.raises(ValueError, match=r"check_adjoint: apply\(x\) has shape .* expected at least one entry"):
        check_adjoint(lambda x: empty, lambda y: y, 3, 3)
    with pytest.raises(ValueError, match=r"check_adjoint: adjoint\(y\) has shape .* expected at least one entry"):
        check_adjoint(lambda x: x, lambda y: empty, 3, 3)


# Memory


def layouts(x):
    """The same numbers in other memory: every second of an array, read-only, by columns, reversed twice."""
    strided = np.repeat(x, 2, axis=-1)[..., ::2]
    frozen = x.copy()
    frozen.flags.writeable = False
    return [strided, frozen, np.asfortranarray(x), x[::-1].copy()[::-1], x.astype(x.dtype.newbyteorder())]


@every_tier
def test_the_memory_layout_of_x_of_claims_and_of_values_does_not_matter(full):
    x = draw(3, 4)
    f = lambda x: np.tanh(x)[:2]  # noqa: E731
    J = np.zeros((2, 4, 3, 4))
    for i in range(2):
        for j in range(4):
            J[i, j, i, j] = 1 - np.tanh(x[i, j]) ** 2
    for point in layouts(x):
        for claim in layouts(J):
            assert check_jacobian(f, claim, point, full=full).ok
            assert not check_jacobian(f, layouts(off(J))[1], point, full=full).ok
        for k in range(4):
            value = lambda x: layouts(f(x))[k]  # noqa: B023, E731
            assert check_jacobian(value, J, point, full=full).ok
            vjp = lambda x, g: layouts(np.tensordot(g, J))[k]  # noqa: B023, E731
            assert check_vjp(value, vjp, point, full=full).ok


@every_check
@every_tier
def test_a_function_or_claim_that_changes_its_input_does_no_harm(check, full):
    def greedy(function):
        def changed(*arguments):
            value = np.array(function(*arguments))
            for argument in arguments:
                argument *= 0
            return value

        return changed

    x = X.copy()
    f = FUNCTIONS[check]
    claim = {"jacobian": jacobian, "gradient": gradient, "vjp": products}[check]
    function = {"jacobian": check_jacobian, "gradient": check_gradient, "vjp": check_vjp}[check]
    assert function(greedy(f), greedy(claim), x, full=full).ok
    assert not function(greedy(f), greedy(lambda *a: off(claim(*a))), x, full=full).ok
    function(f, lambda *a: off(claim(*a)), x, factors={"a": greedy(slope)}, terms=[greedy(jacobian), greedy(jacobian)])
    assert np.array_equal(x, X)


def test_an_adjoint_that_changes_its_input_does_no_harm():
    doubled = lambda x: np.multiply(x, 2, out=x)  # noqa: E731
    assert check_adjoint(doubled, doubled, 3, 3).ok
    assert not check_adjoint(doubled, lambda y: np.multiply(y, 3, out=y), 3, 3).ok


@every_check
@every_tier
def test_a_function_that_reuses_its_memory_does_no_harm(check, full):
    buffer = np.zeros(4, dtype=complex)

    def reusing(x):
        buffer[:] = layer(x)
        return buffer if np.iscomplexobj(x) else buffer.real

    f = reusing if check != "gradient" else lambda x: (reusing(x) ** 2).sum()
    assert CHECKS[check](f, full=full).ok
    assert not CHECKS[check](f, off, full=full).ok


@every_tier
def test_nothing_that_is_passed_is_changed(full):
    x, J = X.copy(), jacobian(X)
    factors, terms = {"a": slope(X), "b": slope}, [J.copy(), J.copy()]
    kept = [x.copy(), J.copy(), factors["a"].copy(), terms[0].copy()]
    check_jacobian(layer, off(J), x, factors=factors, terms=terms, full=full)
    check_jacobian(layer, J, x, factors=factors, terms=terms, full=full)
    check_vjp(layer, lambda x, g: g @ off(J), x, factors=factors, terms=terms, full=full)
    assert list(factors) == ["a", "b"] and factors["b"] is slope and len(terms) == 2
    for now, before in zip([x, J, factors["a"], terms[0]], kept):
        assert np.array_equal(now, before)


# What functions return


@every_check
@every_tier
def test_lists_tuples_and_tensors_are_arrays(check, full):
    torch_layer = lambda x: torch.tanh(torch.tensor(W) @ torch.tensor(x, requires_grad=True))  # noqa: E731
    fs = [lambda x: layer(x).tolist(), lambda x: tuple(layer(x)), torch_layer, lambda x: torch_layer(x).detach()]
    if check == "gradient":
        fs = [lambda x: energy(x).item(), lambda x: (torch_layer(x) ** 2).sum()]
    spoils = [np.ndarray.tolist, tuple, torch.tensor, lambda a: torch.tensor(a, requires_grad=True)]
    for f in fs:
        for kept in spoils:
            assert CHECKS[check](f, kept, full=full).ok
            assert not CHECKS[check](f, lambda a: kept(off(a)), full=full).ok  # noqa: B023
    points = [X.tolist(), tuple(X), torch.tensor(X), torch.tensor(X, requires_grad=True)]
    assert all(CHECKS[check](x=x, full=full).ok for x in points)


@every_tier
def test_functions_in_single_precision_are_checked_to_their_own_digits(full):
    f = lambda x: torch.tanh(torch.tensor(W, dtype=torch.float32) @ torch.tensor(x, dtype=torch.float32))  # noqa: E731
    assert check_jacobian(f, jacobian, X, full=full).ok
    assert check_vjp(f, products, X, full=full).ok
    assert not check_jacobian(f, lambda x: 1.1 * jacobian(x), X, full=full).ok
    assert not check_vjp(f, lambda x, g: 1.1 * products(x, g), X, full=full).ok


@every_check
@every_oracle
def test_integer_points_are_made_real(check, oracle):
    x = np.array([1, 0, -2])
    assert CHECKS[check](x=x, oracle=oracle).ok
    assert not CHECKS[check](x=x, spoil=off, oracle=oracle).ok


@pytest.mark.parametrize("seed", range(12))
@every_oracle
def test_functions_whose_values_are_integers_have_derivative_zero(oracle, seed):
    constant = lambda x: [1, 2, 3]  # noqa: E731
    assert check_jacobian(constant, np.zeros((3, 4)), np.ones(4), oracle=oracle, seed=seed).ok
    assert check_vjp(constant, lambda x, g: 0 * x, np.ones(4), oracle=oracle, seed=seed).ok
    assert not check_vjp(constant, lambda x, g: g[0] * np.ones(4), np.ones(4), oracle=oracle, seed=seed).ok


def test_claims_may_be_integers_fractions_or_complex_without_imaginary_part():
    half = np.array([[Fraction(i == j, 2) for j in range(3)] for i in range(3)])
    all_hold(lambda x: x / 2, half, X)
    none_holds(lambda x: x / 2, half * Fraction(101, 100), X)
    all_hold(lambda x: 2 * x, 2 * np.eye(3, dtype=int), X)
    all_hold(layer, jacobian(X).astype(complex), X)
    none_holds(layer, jacobian(X) + 1e-6j, X)


def test_a_function_with_complex_values_has_a_complex_jacobian():
    F = np.fft.fft(np.eye(3))
    all_hold(np.fft.fft, F, X)
    none_holds(np.fft.fft, F.conj(), X)
    none_holds(np.fft.fft, F.real, X)
    none_holds(np.fft.fft, F.imag, X)


@pytest.mark.parametrize(
    "value",
    [True, np.eye(3, dtype=bool), "abc", None, {"a": 1}, [[1.0, 2.0], [3.0]], np.array([1.5, None]), [1j, None]],
)
def test_what_is_no_number_is_a_type_error_that_names_the_argument(value):
    for call, name in [
        (lambda: check_jacobian(lambda x: value, jacobian, X), r"check_jacobian: f\(x\)"),
        (lambda: check_gradient(lambda x: value, jacobian, X), r"check_gradient: f\(x\)"),
        (lambda: check_vjp(lambda x: value, products, X), r"check_vjp: f\(x\)"),
        (lambda: check_jacobian(layer, value, X), "check_jacobian: claimed"),
        (lambda: check_jacobian(layer, lambda x: value, X), "check_jacobian: claimed"),
        (lambda: check_gradient(energy, value, X), "check_gradient: claimed"),
        (lambda: check_vjp(layer, lambda x, g: value, X), r"check_vjp: vjp\(x, g\)"),
        (lambda: check_jacobian(layer, jacobian, X, oracle=lambda x: value), r"check_jacobian: oracle\(x\)"),
        (lambda: check_jacobian(layer, off(W), X, factors={"a": lambda x: value}), r"check_jacobian: factors\['a'\]"),
        (lambda: check_vjp(layer, lambda x, g: x, X, terms=[lambda x: value]), r"check_vjp: terms\[0\]"),
        (lambda: check_vjp(layer, lambda x, g: x, X, terms=[lambda x, g: value]), r"check_vjp: terms\[0\]"),
        (lambda: check_adjoint(lambda x: value, lambda y: y, 3, 3), r"check_adjoint: apply\(x\)"),
        (lambda: check_adjoint(lambda x: x, lambda y: value, 3, 3), r"check_adjoint: adjoint\(y\)"),
        (lambda: check_jacobian(layer, jacobian, value), "check_jacobian: x"),
    ]:
        with pytest.raises(TypeError, match=f"^{name} has "):
            call()


def test_a_tensor_that_numpy_does_not_know_is_refused_by_name():
    with pytest.raises(TypeError, match=r"^check_jacobian: f\(x\) "):
        check_jacobian(lambda x: torch.tensor(x).to(torch.bfloat16), np.eye(3), X)


# Functions that raise


def boom(*arguments):
    raise RuntimeError("boom")


def test_what_raises_is_named_with_what_it_raised():
    for call, name in [
        (lambda: check_jacobian(boom, jacobian, X), "check_jacobian: f"),
        (lambda: check_gradient(boom, gradient, X), "check_gradient: f"),
        (lambda: check_vjp(boom, products, X), "check_vjp: f"),
        (lambda: check_jacobian(layer, boom, X), "check_jacobian: claimed"),
        (lambda: check_gradient(energy, boom, X), "check_gradient: claimed"),
        (lambda: check_vjp(layer, boom, X), "check_vjp: vjp"),
        (lambda: check_jacobian(layer, jacobian, X, oracle=boom), "check_jacobian: oracle"),
        (lambda: check_jacobian(layer, W, X, factors={"a": boom}), "check_jacobian: factors['a']"),
        (lambda: check_jacobian(layer, W, X, terms=[boom]), "check_jacobian: terms[0]"),
        (lambda: check_vjp(layer, lambda x, g: x, X, terms=[jacobian, lambda x: boom()]), "check_vjp: terms[1]"),
        (lambda: check_vjp(layer, lambda x, g: x, X, terms=[jacobian, lambda x, g: boom()]), "check_vjp: terms[1]"),
        (lambda: check_adjoint(boom, lambda y: y, 3, 3), "check_adjoint: apply"),
        (lambda: check_adjoint(lambda x: x, boom, 3, 3), "check_adjoint: adjoint"),
        (lambda: check_jacobian(boom, jacobian, X, batched=True), "check_jacobian: f"),
    ]:
        with pytest.raises(ValueError) as error:
            call()
        assert str(error.value) == f"{name} raises RuntimeError: boom, expected a value at every input"
        assert isinstance(error.value.__cause__, RuntimeError)


def test_a_factor_or_term_that_raises_is_refused_also_where_the_claim_is_right():
    for options in ({"factors": {"a": boom}}, {"terms": [boom]}):
        for check in CHECKS.values():
            with pytest.raises(ValueError, match="raises RuntimeError: boom"):
                check(**options)


def test_shapes_that_change_are_refused_by_name():
    for call, message in [
        (
            lambda: check_vjp(layer, lambda x, g: products(x, g) if g.min() else np.ones(4), X, full=True),
            r"check_vjp: vjp\(x, g\) has shape \(4,\)",
        ),
        (
            lambda: check_vjp(layer, lambda x, g: x, X, terms=[lambda x, g: np.ones(7), jacobian]),
            r"check_vjp: terms\[0\] has shape \(7,\)",
        ),
        (
            lambda: check_adjoint(lambda x: x, lambda y: 2 * y if (y != 0).sum() > 1 else y[:2], 3, 3),
            r"check_adjoint: adjoint\(y\) has shape \(2,\)",
        ),
        (
            lambda: check_jacobian(lambda x: x[: 1 + int(np.real(x[0]) > 0.5)], np.ones((1, 3)), X),
            r"check_jacobian: f\(x\) has shape",
        ),
    ]:
        with pytest.raises(ValueError, match=f"^{message}"):
            call()


# Functions that are random


@every_check
@pytest.mark.parametrize("seed", range(5))
def test_a_random_function_is_said_to_be_random(check, seed):
    rng = np.random.default_rng(seed)
    noisy = lambda x: FUNCTIONS[check](x) + 1e-3 * rng.normal()  # noqa: E731
    with pytest.raises(ValueError, match=f"^check_{check}: f gives two values at one x"):
        CHECKS[check](noisy, seed=seed)


@pytest.mark.parametrize("check", ["jacobian", "vjp"])
def test_dropout_never_passes_and_is_said_to_be_random(check):
    said = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        dropout = lambda x: layer(x) * (rng.random(4) < 0.5) * 2  # noqa: B023, E731
        try:
            assert not CHECKS[check](dropout, seed=seed).ok
        except ValueError as error:
            assert str(error).startswith(f"check_{check}: f gives two values at one x")
            said += 1
    # Of four units in two draws, all masks are equal once in sixteen times.
    assert said >= 32


@every_check
def test_a_random_claim_is_said_to_be_random(check):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=f"^check_{check}: (claimed|vjp) gives two values"):
        CHECKS[check](spoil=lambda a: a + 1e-3 * rng.normal(size=a.shape))


def test_a_random_map_has_no_adjoint_and_is_said_to_be_random():
    rng = np.random.default_rng(0)
    noisy = lambda x: x + rng.integers(0, 2, size=3)  # noqa: E731
    same = lambda x: x  # noqa: E731
    for apply, adjoint, name in [(noisy, same, "apply"), (same, noisy, "adjoint")]:
        with pytest.raises(ValueError, match=f"^check_adjoint: {name} gives two values"):
            check_adjoint(apply, adjoint, 3, 3)


# Where f overflows, or is not defined next to x


@every_tier
def test_values_that_overflow_are_refused_with_a_clear_line(full):
    with np.errstate(all="ignore"):
        for x in ([800.0], [np.nextafter(709.7827, 710)]):
            try:
                report = check_gradient(lambda x: np.exp(x[0]), lambda x: np.exp(x), x, full=full)
            except ValueError as error:
                assert "expected finite numbers" in str(error)
            else:
                assert report.ok and x[0] < 709.8
        assert check_gradient(lambda x: np.exp(x[0]), lambda x: np.exp(x), [709.7], full=full).ok
        assert not check_gradient(lambda x: np.exp(x[0]), lambda x: off(np.exp(x)), [709.7], full=full).ok


@every_tier
def test_a_point_next_to_the_border_of_the_domain(full):
    def log(x):
        if np.real(x).min() <= 0:
            raise ValueError("domain")
        return np.log(x)

    for x in (1e-8, 1e-150):
        assert check_jacobian(log, [[1 / x]], [x], full=full).ok
        assert not check_jacobian(log, [[1.0001 / x]], [x], full=full).ok
        assert check_vjp(log, lambda x, g: g / x, [x], full=full).ok
        assert not check_vjp(log, lambda x, g: 1.0001 * g / x, [x], full=full).ok


# Functions that break the complex step without a word


BREAKERS = {
    "abs": (lambda x: np.abs(x) ** 3, lambda x: np.diag(3 * x * np.abs(x))),
    "norm": (lambda x: np.linalg.norm(x), lambda x: x / np.linalg.norm(x)),
    "real part": (lambda x: np.real(x) ** 2, lambda x: np.diag(2 * x)),
    "half a real part": (lambda x: x * np.real(x), lambda x: np.diag(2 * x)),
    "conj": (lambda x: x * np.conj(x), lambda x: np.diag(2 * x)),
    "conj and real": (lambda x: (x * np.conj(x)).real, lambda x: np.diag(2 * x)),
    "abs times x": (lambda x: np.abs(x) * x, lambda x: np.diag(2 * np.abs(x))),
    "maximum of abs": (lambda x: np.maximum(np.abs(x), 1) ** 2, lambda x: np.diag(2 * x * (np.abs(x) > 1))),
    "astype": (lambda x: x.astype(float) ** 2, lambda x: np.diag(2 * x)),
    "float": (lambda x: float(x[0]) * float(x[2]), lambda x: np.array([x[2], 0, x[0]])),
    "comparison": (lambda x: x * (x.real > 0) + np.abs(x) * (x.real < 0), lambda x: np.diag(np.sign(x))),
    "one of many": (lambda x: np.array([x[0], np.abs(x[1]), x[2]]), lambda x: np.diag([1.0, np.sign(x[1]), 1.0])),
}


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("name", BREAKERS)
def test_a_function_that_breaks_the_complex_step_is_judged_by_differences(name):
    f, J = BREAKERS[name]
    x = np.array([1.5, -2.5, 0.75])
    for report in both(f, J(x), x):
        assert report.ok and report.oracle == "central differences", report
        assert any("central differences were used" in warning for warning in report.warnings)
    for claim in (off(J(x)), 0 * J(x), J(x) + 1e-3 * draw(*J(x).shape), 0.5 * J(x)):
        none_holds(f, claim, x)


@pytest.mark.parametrize("large", [1e3, 1e5, 1e7, 1e9])
def test_a_large_entry_does_not_hide_that_the_complex_step_is_broken_elsewhere(large):
    """One coordinate or one output is large, and abs drops the step in another."""
    beside = lambda x: np.array([x[0], np.abs(x[1])])  # noqa: E731
    sum_of = lambda x: x[0] + np.abs(x[1])  # noqa: E731
    steep = lambda x: np.array([large * x[0], np.abs(x[1])])  # noqa: E731
    x = np.array([large, -2.0])
    for f, point, wrong in [
        (beside, x, np.array([[1.0, 0.0], [0.0, 0.0]])),
        (sum_of, x, np.array([1.0, 0.0])),
        (steep, np.array([3.0, -2.0]), np.array([[large, 0.0], [0.0, 0.0]])),
    ]:
        right = wrong.copy()
        right.flat[-1] = -1.0
        for report in both(f, wrong, point):
            assert not report.ok or report.oracle == "central differences", report
        for report in both(f, right, point):
            assert report.ok, report


# Single precision


@every_tier
@pytest.mark.parametrize("seed", range(10))
def test_single_precision_passes_what_is_right_and_nothing_that_is_off_by_a_percent(full, seed):
    rng = np.random.default_rng(seed)
    m, n = rng.integers(2, 40, size=2)
    A, x = rng.normal(size=(m, n)).astype(np.float32), rng.normal(size=n).astype(np.float32)
    one = A.copy()
    place = tuple(rng.integers((m, n)))
    one[place] *= np.float32(1.01)
    f = lambda x: A @ x  # noqa: E731
    options = dict(full=full, seed=seed)
    assert check_jacobian(f, A, x, **options).ok
    assert check_vjp(f, lambda x, g: A.T @ g, x, **options).ok
    for claim in (one, np.float32(1.01) * A):
        assert not check_jacobian(f, claim, x, **options).ok
        assert not check_vjp(f, lambda x, g: claim.T @ g, x, **options).ok  # noqa: B023


@pytest.mark.parametrize("check", [check_jacobian, check_vjp])
@every_oracle
def test_in_single_precision_a_small_entry_is_not_hidden_by_a_large_one(check, oracle):
    x = np.array([1.0, 2.0], dtype=np.float32)
    for small in (0.1, 1e-2, 1e-3):
        A = np.array([[1, small], [0.5, 1]], dtype=np.float32)
        B = A.copy()
        B[0, 1] = 0
        claim = B if check is check_jacobian else lambda x, g: B.T @ g  # noqa: B023
        for full in TIERS if oracle == "complex-step" else [True]:
            assert not check(lambda x: A @ x, claim, x, full=full, oracle=oracle).ok  # noqa: B023


# Both tiers come to the same verdict


def verdicts(check, *arguments, **options):
    return check(*arguments, **options).ok, check(*arguments, full=True, **options).ok


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("spread", [0, 2, 6])
@every_oracle
def test_the_first_tier_passes_nothing_that_the_second_rejects(oracle, spread, dtype):
    """One entry is off by little, in matrices whose rows and columns are of very different size."""
    for seed in range(25):
        rng = np.random.default_rng(seed)
        m, n = rng.integers(2, 25, size=2)
        rows, columns = 10 ** rng.uniform(-spread, spread, size=m), 10 ** rng.uniform(-spread / 2, spread / 2, size=n)
        A = (rows[:, None] * rng.normal(size=(m, n)) * columns).astype(dtype)
        x = rng.normal(size=n).astype(dtype)
        spoilt = A.copy()
        spoilt[rng.integers(m), rng.integers(n)] *= dtype(1 + (1e-2 if dtype is np.float32 else 1e-4))
        f = lambda x: A @ x  # noqa: B023, E731
        for B in (A, spoilt):
            for check, claim in [(check_jacobian, B), (check_vjp, lambda x, g: B.T @ g)]:  # noqa: B023
                first, second = verdicts(check, f, claim, x, oracle=oracle, seed=seed)
                assert second or not first
                assert first or B is spoilt


@pytest.mark.parametrize("check", [check_jacobian, check_vjp])
def test_many_outputs_do_not_hide_one_entry(check):
    A, x = draw(1000, 5), draw(5)
    spoilt = A.copy()
    spoilt[3, 2] = 1e-3
    A[3, 2] = 1.001e-3
    claim = spoilt if check is check_jacobian else lambda x, g: spoilt.T @ g
    assert verdicts(check, lambda x: A @ x, claim, x) == (False, False)
    assert verdicts(check, lambda x: A @ x, claim, x, oracle="finite-difference") == (False, False)


@pytest.mark.parametrize("check", [check_jacobian, check_vjp])
@pytest.mark.parametrize("seed", range(5))
def test_errors_that_cancel_in_sums_are_found(check, seed):
    """Errors whose sum over a row, a column or the whole matrix is zero, and that a constant direction would miss."""
    rng = np.random.default_rng(seed)
    A, x = rng.normal(size=(6, 6)), rng.normal(size=6)
    for rows, columns in [([0, 0], [1, 2]), ([1, 2], [0, 0]), ([0, 3], [1, 4])]:
        B = A.copy()
        B[rows, columns] += [1e-3, -1e-3]
        assert verdicts(check, lambda x: A @ x, B if check is check_jacobian else lambda x, g: B.T @ g, x) == (  # noqa: B023
            False,
            False,
        )
    P = A[rng.permutation(6)]
    assert verdicts(check, lambda x: A @ x, P if check is check_jacobian else lambda x, g: P.T @ g, x) == (False, False)


@every_check
@every_oracle
def test_both_tiers_say_the_same_of_right_and_wrong_claims(check, oracle):
    for spoil in (lambda a: a, off, lambda a: -a, lambda a: 0 * a, lambda a: a + 1e-4, lambda a: a[::-1]):
        first, second = (CHECKS[check](spoil=spoil, oracle=oracle, full=full) for full in TIERS)
        assert first.ok == second.ok
        if not first.ok:
            assert str(first) == str(second)
        # By differences too few digits are known for a first tier.
        assert not second.directions and first.directions == (first.ok and oracle == "complex-step")


# How often f is called


class Counted:
    """A function that counts its calls and the largest stack that it was given."""

    def __init__(self, f):
        self.f, self.calls, self.most = f, 0, 0

    def __call__(self, *arguments):
        self.calls += 1
        self.most = max(self.most, len(arguments[0]))
        return self.f(*arguments)


@pytest.mark.parametrize("n", [5, 200])
def test_the_first_tier_calls_f_a_few_times_however_many_inputs_there_are(n):
    oracle, most = "complex-step", 6
    A, x = draw(n, n) / n, draw(n)
    f = Counted(lambda x: np.tanh(A @ x))
    claim = Counted(lambda x: (1 - np.tanh(A @ x) ** 2)[:, None] * A)
    assert check_jacobian(f, claim, x, oracle=oracle).directions
    assert f.calls <= most and claim.calls == 1
    f.calls = 0
    vjp = Counted(lambda x, g: A.T @ ((1 - np.tanh(A @ x) ** 2) * g))
    report = check_vjp(f, vjp, x, oracle=oracle)
    assert report.directions and report.ok
    assert f.calls <= most and vjp.calls <= 4
    f.calls = 0
    assert not check_jacobian(f, claim, x, oracle=oracle, full=True).directions
    assert f.calls > n, "the second tier builds the whole Jacobian"


def test_a_stack_is_evaluated_in_few_calls_also_in_the_second_tier():
    A, x = draw(30, 50) / 50, draw(50)
    f = Counted(lambda X: np.tanh(X @ A.T))
    assert check_jacobian(f, lambda x: (1 - np.tanh(A @ x) ** 2)[:, None] * A, x, batched=True).directions
    assert f.calls <= 8 and f.most <= 4
    f.calls = 0
    vjp = Counted(lambda X, G: (G * (1 - np.tanh(X @ A.T) ** 2)) @ A)
    assert check_vjp(f, vjp, x, batched=True, full=True).ok
    assert f.calls <= 14 and vjp.calls <= 10 and f.most >= 50 and vjp.most >= 30


# Stacks


def stacked(f):
    return lambda X: np.stack([f(x) for x in X])


def stacked_products(vjp):
    return lambda X, G: np.stack([vjp(x, g) for x, g in zip(X, G)])


@every_tier
@pytest.mark.parametrize("spoil", [lambda a: a, off, lambda a: -a, lambda a: a + 1e-3, lambda a: 0 * a])
def test_reports_are_equal_with_and_without_batched(spoil, full):
    for options in ({}, {"oracle": "finite-difference"}):
        one = check_jacobian(layer, lambda x: spoil(jacobian(x)), X, full=full, **options)
        many = check_jacobian(stacked(layer), lambda x: spoil(jacobian(x)), X, full=full, batched=True, **options)
        assert str(one) == str(many)
        one = check_gradient(energy, lambda x: spoil(gradient(x)), X, full=full, **options)
        many = check_gradient(stacked(energy), lambda x: spoil(gradient(x)), X, full=full, batched=True, **options)
        assert str(one) == str(many)
        vjp = lambda x, g: spoil(products(x, g))  # noqa: E731
        one = check_vjp(layer, vjp, X, full=full, **options)
        many = check_vjp(stacked(layer), stacked_products(vjp), X, full=full, batched=True, **options)
        assert str(one) == str(many)


MIXERS = {
    "mean over the batch": lambda X: np.tanh(X @ W.T) - np.tanh(X @ W.T).mean(axis=0),
    "sum over the batch": lambda X: np.cumsum(np.tanh(X @ W.T), axis=0),
    "divided by the batch": lambda X: np.tanh(X @ W.T) / len(X),
    "reversed": lambda X: np.tanh(X @ W.T)[::-1],
    "the first for all": lambda X: np.repeat(np.tanh(X[:1] @ W.T), len(X), axis=0),
}


@every_tier
@pytest.mark.parametrize("name", MIXERS)
def test_a_function_that_mixes_the_examples_of_a_batch_is_refused_as_such(name, full):
    with pytest.raises(ValueError, match=r"^check_(jacobian|vjp): f .*(example|stack|batch)"):
        check_jacobian(MIXERS[name], jacobian, X, batched=True, full=full)
    with pytest.raises(ValueError, match=r"^check_(jacobian|vjp): f .*(example|stack|batch)"):
        check_vjp(MIXERS[name], stacked_products(products), X, batched=True, full=full)


@every_tier
@pytest.mark.parametrize(
    "mix", [lambda a: a / len(a), lambda a: a[::-1], lambda a: 0 * a + a.sum(0), lambda a: a - a + a[:1]]
)
def test_products_that_mix_the_examples_of_a_batch_never_pass(mix, full):
    vjp = lambda X, G: mix(stacked_products(products)(X, G))  # noqa: E731
    try:
        report = check_vjp(stacked(layer), vjp, X, batched=True, full=full)
    except ValueError as error:
        assert str(error).startswith("check_vjp: vjp")
    else:
        assert not report.ok


@every_tier
def test_a_stack_of_another_length_is_refused_by_name(full):
    for value in (lambda X: layer(X[0]), lambda X: stacked(layer)(X)[:1], lambda X: stacked(layer)(X).sum(0)[None]):
        with pytest.raises(ValueError, match=r"^check_jacobian: f\(x\) has shape .* batched=True"):
            check_jacobian(value, jacobian, X, batched=True, full=full)


@every_tier
def test_a_stack_of_products_of_another_length_is_refused_by_name(full):
    for value in (lambda X, G: products(X[0], G[0]), lambda X, G: stacked_products(products)(X, G).sum(0)[None]):
        with pytest.raises(ValueError, match=r"^check_vjp: vjp\(x, g\) has shape .* batched=True"):
            check_vjp(stacked(layer), value, X, batched=True, full=full)


@every_tier
def test_a_number_for_a_stack_of_points_is_refused_by_name(full):
    with pytest.raises(ValueError, match=r"^check_gradient: f\(x\) has shape \(\) for a stack"):
        check_gradient(lambda X: (X**2).sum(), 2 * X, X, batched=True, full=full)


# Seeds, cases, arguments


@every_check
def test_the_seed_decides_the_directions_and_the_points(check):
    sample = lambda rng: rng.normal(size=3)  # noqa: E731
    texts = {str(CHECKS[check](x=sample, spoil=off, cases=3, seed=seed)) for seed in (0, 0, 1, 2)}
    assert len(texts) == 3
    seen = []
    record = lambda x: seen.append(x.copy()) or FUNCTIONS[check](x)  # noqa: E731
    for seed in (0, 0, 1):
        CHECKS[check](record, seed=seed)
    third = len(seen) // 3
    same = [np.array_equal(a, b) for a, b in zip(seen[:third], seen[third : 2 * third])]
    other = [np.array_equal(a, b) for a, b in zip(seen[:third], seen[2 * third :])]
    assert all(same) and not all(other)


@every_check
def test_the_number_of_cases(check):
    sample = lambda rng: rng.normal(size=3)  # noqa: E731
    assert CHECKS[check](x=sample).cases == 100
    assert CHECKS[check](x=sample, cases=7).cases == 7
    assert CHECKS[check]().cases == 1
    for cases, error in [(0, ValueError), (-1, ValueError), (2.5, TypeError), (True, TypeError), ("3", TypeError)]:
        with pytest.raises(error, match=f"^check_{check}: cases "):
            CHECKS[check](x=sample, cases=cases)
        with pytest.raises((TypeError, ValueError), match=f"^check_{check}: cases "):
            CHECKS[check](cases=cases)
        with pytest.raises(error, match="^check_adjoint: cases "):
            check_adjoint(lambda x: x, lambda y: y, 3, 3, cases=cases)


@every_check
@pytest.mark.parametrize("seed", [-1, 2.5, "0"])
def test_a_seed_that_is_none_is_refused_by_name(check, seed):
    with pytest.raises((TypeError, ValueError), match=f"^check_{check}: seed "):
        CHECKS[check](seed=seed)
    with pytest.raises((TypeError, ValueError), match="^check_adjoint: seed "):
        check_adjoint(lambda x: x, lambda y: y, 3, 3, seed=seed)


@pytest.mark.parametrize("check", [check_jacobian, check_gradient, check_vjp])
def test_messages_of_wrong_arguments(check):
    name = check.__name__
    f, claim = (energy, gradient) if check is check_gradient else (layer, jacobian)
    claim = products if check is check_vjp else claim
    for call, error, message in [
        (lambda: check(3, claim, X), TypeError, "f has type int, expected a function"),
        (lambda: check(f, claim, X, oracle="autodiff"), ValueError, "oracle is 'autodiff', expected 'complex-step'"),
        (lambda: check(f, claim, X, oracle=None), ValueError, "oracle is None, expected 'complex-step'"),
        (lambda: check(f, claim, X, oracle=np.eye(3)), (TypeError, ValueError), "oracle "),
        (lambda: check(f, claim, X, factors=[1.0]), TypeError, "factors has type list, expected a dict"),
        (lambda: check(f, claim, X, factors={1: X}), TypeError, "factors has type dict, expected a dict of names"),
        (lambda: check(f, claim, X, factors={"a": "b"}), TypeError, "factors\\['a'\\] has dtype"),
        (lambda: check(f, claim, X, factors={"a": [np.nan]}), ValueError, "factors\\['a'\\] has entries that are NaN"),
        (lambda: check(f, claim, X, terms="ab"), TypeError, "terms has type str, expected a list"),
        (lambda: check(f, claim, X, terms=np.ones((2, 3))), TypeError, "terms has type ndarray, expected a list"),
        (lambda: check(f, claim, X, terms=[[np.inf]]), ValueError, "terms\\[0\\] has entries that are NaN"),
        (lambda: check(f, claim, X, cases=2), ValueError, "cases is 2, expected 1 because x is one point"),
        (lambda: check(f, claim, [1j, 2, 3]), TypeError, "x has dtype complex128, expected real numbers"),
        (lambda: check(f, claim, [True, False, True]), TypeError, "x has dtype bool, expected real numbers"),
        (lambda: check(f, claim, lambda: X), Exception, ""),
        (
            lambda: check(f, claim, X, oracle=lambda x: np.ones(7)),
            ValueError,
            "oracle\\(x\\) has shape \\(7,\\), expected",
        ),
    ]:
        with pytest.raises(error, match=f"^{name}: {message}" if message else None):
            call()


def test_messages_of_wrong_arguments_of_vjp_gradient_and_adjoint():
    for call, error, message in [
        (lambda: check_vjp(layer, W, X), TypeError, "check_vjp: vjp has type ndarray, expected a function of x and g"),
        (
            lambda: check_gradient(layer, jacobian, X),
            ValueError,
            r"check_gradient: f\(x\) has shape \(4,\), expected \(\)",
        ),
        (
            lambda: check_adjoint(W, lambda y: y, 3, 3),
            TypeError,
            "check_adjoint: apply has type ndarray, expected a function",
        ),
        (
            lambda: check_adjoint(lambda x: x, W, 3, 3),
            TypeError,
            "check_adjoint: adjoint has type ndarray, expected a fun",
        ),
        (
            lambda: check_adjoint(lambda x: x, lambda y: y, 0, 3),
            ValueError,
            "check_adjoint: x_shape is 0, expected at least",
        ),
        (
            lambda: check_adjoint(lambda x: x, lambda y: y, 3, (3, -1)),
            ValueError,
            r"check_adjoint: y_shape is \(3, -1\)",
        ),
        (
            lambda: check_adjoint(lambda x: x, lambda y: y, 2.5, 3),
            TypeError,
            "check_adjoint: x_shape is 2.5, expected an int",
        ),
        (
            lambda: check_adjoint(lambda x: x, lambda y: y, True, 3),
            TypeError,
            "check_adjoint: x_shape is True, expected",
        ),
        (lambda: check_adjoint(lambda x: x, lambda y: y, "3", 3), TypeError, "check_adjoint: x_shape is '3', expected"),
        (
            lambda: check_adjoint(lambda x: x, lambda y: y, None, 3),
            TypeError,
            "check_adjoint: x_shape is None, expected",
        ),
        (
            lambda: check_adjoint(lambda x: x, lambda y: y, 3, 4),
            ValueError,
            r"check_adjoint: apply\(x\) has shape \(3,\), exp",
        ),
    ]:
        with pytest.raises(error, match=f"^{message}"):
            call()


# Nothing is printed, nobody is warned


@pytest.mark.parametrize("full", TIERS)
def test_no_check_warns_or_prints(full, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for check in CHECKS.values():
            for spoil in (lambda a: a, off, lambda a: a * np.nan, lambda a: a * 1e300, lambda a: a[:1]):
                check(spoil=spoil, full=full)
                check(spoil=spoil, full=full, oracle="finite-difference")
        for scale in (1e-160, 1e150):
            none_holds(lambda x: scale * x**2, -scale * np.diag(X), X)
            none_holds(lambda x: x**2, -scale * np.diag(X), scale * X)
    said = capsys.readouterr()
    assert said.out == said.err == ""


@pytest.mark.parametrize("full", TIERS)
def test_that_a_function_drops_the_complex_step_is_no_warning_of_numpy(full):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for f in (lambda x: x.astype(float) ** 2, lambda x: x * x.astype(float)):
            assert check_jacobian(f, np.diag(2 * X), X, full=full).ok
            assert check_vjp(f, lambda x, g: 2 * x * g, X, full=full).ok
    assert not heard


# NaN and infinity


@pytest.mark.parametrize("bad", BAD)
@every_check
@every_tier
@every_oracle
def test_a_claim_that_is_not_finite_somewhere_never_passes(oracle, full, check, bad):
    def spoil(a):
        a = a.copy()
        a.flat[-1] = bad
        return a

    report = CHECKS[check](spoil=spoil, oracle=oracle, full=full)
    assert not report.ok and "non-finite" in report.hints
    assert not CHECKS[check](spoil=lambda a: 0 * a + bad, oracle=oracle, full=full).ok


@pytest.mark.parametrize("bad", BAD)
@every_tier
def test_points_values_and_oracles_that_are_not_finite_never_pass(full, bad):
    for check, name in [(check, f"check_{key}") for key, check in CHECKS.items()]:
        with pytest.raises(ValueError, match=f"^{name}: x has entries that are NaN or infinite"):
            check(x=np.array([1.0, bad, 0.0]), full=full)
        spoilt = lambda x: FUNCTIONS[name.split("_")[1]](x) + bad  # noqa: B023, E731
        with pytest.raises(ValueError, match=f"^{name}: f has values that are NaN or infinite"):
            check(spoilt, full=full)
    J = jacobian(X)
    J[1, 2] = bad
    for claim in (jacobian, J):
        report = check_jacobian(layer, claim, X, oracle=lambda x: J, full=full)
        assert not report.ok and report.hints == ("non-finite",)
    assert not check_vjp(layer, products, X, oracle=lambda x: J, full=full).ok


@pytest.mark.parametrize("bad", BAD)
def test_maps_that_are_not_finite_are_no_adjoints(bad):
    A = draw(4, 3)
    right, wrong = lambda x: A @ x, lambda x: A @ x + bad  # noqa: E731
    back, spoilt = lambda y: A.T @ y, lambda y: A.T @ y + bad  # noqa: E731
    sometimes = lambda y: A.T @ y + (bad if (y > 3).any() else 0)  # noqa: E731
    for apply, adjoint in [(wrong, back), (right, spoilt), (wrong, spoilt), (right, sometimes)]:
        with np.errstate(all="ignore"):
            assert not check_adjoint(apply, adjoint, 3, 4).ok


# Kinks


def relu(x):
    return np.maximum(x, 0)


RELUS = {
    "maximum": relu,
    "where": lambda x: np.where(np.real(x) > 0, x, 0 * x),
    "product": lambda x: x * (np.real(x) > 0),
    "real": lambda x: np.maximum(np.real(x), 0),
}


@pytest.mark.parametrize("name", RELUS)
@every_oracle
@pytest.mark.parametrize("claim", [0.0, 1.0, 0.25])
def test_at_a_kink_the_point_is_at_fault(claim, oracle, name):
    for report in both(RELUS[name], np.diag([claim, 1.0, 0.0]), [0.0, 2.0, -1.0], oracle=oracle):
        assert not report.ok and report.hints == ("non-differentiable-point",)
        assert "point is at fault, not the claim" in report.explanations[0]


@pytest.mark.parametrize("name", ["maximum", "where", "product"])
@every_oracle
def test_the_mean_of_the_slopes_passes_at_a_kink_with_a_warning(oracle, name):
    for report in both(RELUS[name], np.diag([0.5, 1.0, 0.0]), [0.0, 2.0, -1.0], oracle=oracle):
        assert report.ok and any(warning.startswith("non-differentiable-point") for warning in report.warnings)


@every_oracle
def test_at_a_kink_a_slope_of_neither_side_is_wrong_and_the_point_does_not_excuse_it(oracle):
    for claim in (7.0, -3.0):
        for report in both(relu, np.diag([claim, 1.0, 0.0]), [0.0, 2.0, -1.0], oracle=oracle):
            assert not report.ok
            assert not any("not the claim" in sentence for sentence in report.explanations)


@every_oracle
def test_abs_and_max_at_their_kinks(oracle):
    f = lambda x: np.abs(x[0]) + x[1] ** 2  # noqa: E731
    for claim in (-1.0, 1.0):
        for report in both(f, [claim, 4.0], [0.0, 2.0], oracle=oracle):
            assert report.hints == ("non-differentiable-point",)
    for report in both(lambda x: np.max(x), [1.0, 0.0, 0.0], [2.0, 2.0, 1.0], oracle=oracle):
        assert report.hints == ("non-differentiable-point",)
    for report in both(lambda x: np.max(x), [0.5, 0.5, 0.0], [2.0, 2.0, 1.0], oracle=oracle):
        assert report.ok and report.warnings


@every_oracle
def test_a_kink_elsewhere_than_at_the_wrong_entry_is_not_blamed(oracle):
    f = lambda x: np.abs(x[0]) + x[1] ** 2  # noqa: E731
    for claim in ([0.0, 5.0], [1.0, 5.0]):
        for report in both(f, claim, [0.0, 2.0], oracle=oracle):
            assert not report.ok and "non-differentiable-point" not in report.hints
    f = lambda x: np.array([np.abs(x[0]), 3 * x[0]])  # noqa: E731
    for report in both(f, [[0.0], [4.0]], [0.0], oracle=oracle):
        assert not report.ok and "non-differentiable-point" not in report.hints


@pytest.mark.parametrize("curvature", [1e3, 1e6, 1e9])
@every_oracle
def test_a_curve_however_curved_is_no_kink(oracle, curvature):
    f = lambda x: curvature * x[0] ** 2 + x[1]  # noqa: E731
    for report in both(f, [1.0, 1.0], [0.0, 2.0], oracle=oracle):
        assert not report.ok and "non-differentiable-point" not in report.hints


@pytest.mark.parametrize("steep", [1e3, 1e4, 1e5, 1e6])
def test_a_steep_function_that_the_complex_step_knows_is_no_kink(steep):
    f = lambda x: np.tanh(steep * x[0]) + x[1]  # noqa: E731
    x = [0.3 / steep, 2.0]
    right = np.array([steep * (1 - np.tanh(0.3) ** 2), 1.0])
    all_hold(f, right, x)
    for report in both(f, 0.9 * right, x):
        assert not report.ok and "non-differentiable-point" not in report.hints


# What is not linear


def test_products_that_are_not_linear_in_g_are_named():
    for spoil in (
        lambda g: np.abs(g),
        lambda g: g**2,
        lambda g: np.where(g > 0, g, 0),
        lambda g: g / np.abs(g).max(),
    ):
        report = check_vjp(layer, lambda x, g: products(x, spoil(g)), X)  # noqa: B023
        assert report.hints == ("not-linear",)
        assert "it is not linear in g" in report.explanations[0]
    assert not check_vjp(layer, lambda x, g: products(x, g) + 1e-3, X).ok
    assert not check_vjp(layer, lambda x, g: products(x, g) * np.sign(g[0] + 0.3), X).ok


def test_a_map_with_a_bias_has_no_adjoint():
    A = np.random.default_rng(0).integers(-5, 6, size=(4, 3))
    for dtype in (int, float):
        apply = lambda x: (A @ x).astype(dtype)  # noqa: B023, E731
        adjoint = lambda y: (A.T @ y).astype(dtype)  # noqa: B023, E731
        assert check_adjoint(apply, adjoint, 3, 4).ok
        for first, second, name in [
            (lambda x: apply(x) + 1, adjoint, "apply"),
            (apply, lambda y: adjoint(y) + 1, "adjoint"),
        ]:  # noqa: B023
            report = check_adjoint(first, second, 3, 4)
            assert report.hints == ("not-linear",)
            assert report.explanations[0].startswith(f"{name}(a + b) is not {name}(a) + {name}(b)")


@pytest.mark.parametrize("scale", [1e-150, 1e-30, 1e30, 1e150])
def test_a_bias_is_seen_at_every_scale(scale):
    A = draw(4, 3)
    report = check_adjoint(lambda x: scale * (A @ x + 1), lambda y: scale * (A.T @ y), 3, 4)
    assert report.hints == ("not-linear",)


def test_the_absolute_value_is_no_linear_map():
    assert check_adjoint(lambda x: x, np.abs, 3, 3).hints == ("not-linear",)
    assert check_adjoint(np.abs, lambda y: y, 3, 3).hints == ("not-linear",)


# Adjoints: exact beyond 64 bits, floats, shapes


@pytest.mark.parametrize("bits", [30, 57, 70, 400, 2000])
def test_adjoints_are_exact_however_large_the_integers(bits):
    A = np.random.default_rng(0).integers(1, 9, size=(2, 3)).astype(object) * 2**bits
    wrong = A.copy()
    wrong[0, 0] += 1
    apply = lambda x: A @ x.astype(object)  # noqa: E731
    report = check_adjoint(apply, lambda y: A.T @ y.astype(object), 3, 2)
    assert report.ok and report.oracle == "exact integers" and report.tolerance == 0
    report = check_adjoint(apply, lambda y: wrong.T @ y.astype(object), 3, 2)
    assert not report.ok and report.wrong == 1
    assert check_adjoint(apply, lambda y: -A.T @ y.astype(object), 3, 2).hints == ("sign",)


def test_products_of_two_integers_do_not_wrap():
    """The entries fit into 64 bits, their products with the other side do not."""
    A = np.full((2, 3), 2**56)
    wrong = A.copy()
    wrong[0, 0] += 2**50
    assert check_adjoint(lambda x: A @ x, lambda y: A.T @ y, 3, 2).ok
    assert not check_adjoint(lambda x: A @ x, lambda y: wrong.T @ y, 3, 2).ok


def test_fractions_are_exact_adjoints():
    third = lambda v: np.array([Fraction(int(entry), 3) for entry in v])  # noqa: E731
    report = check_adjoint(third, third, 3, 3)
    assert report.ok and report.tolerance == 0
    almost = lambda v: third(v) * (1 + Fraction(1, 10**30))  # noqa: E731
    assert not check_adjoint(third, almost, 3, 3).ok


@pytest.mark.parametrize("shapes", [(3, 4), ((2, 3), 4), ((2, 3), (4, 2)), ((1, 2, 3), (2, 1, 2))])
def test_adjoints_in_floats_are_compared_to_their_rounding(shapes):
    x_size, y_size = (int(np.prod(shape)) for shape in shapes)
    A = draw(y_size, x_size)
    apply = lambda x: (A @ x.ravel()).reshape(shapes[1])  # noqa: E731
    spoilt = A.copy()
    spoilt[-1, -1] *= 1.0001
    for B, ok in [(A, True), (spoilt, False), (off(A), False)]:
        report = check_adjoint(apply, lambda y: (B.T @ y.ravel()).reshape(shapes[0]), *shapes)  # noqa: B023
        assert report.ok is ok and report.oracle == "float arithmetic" and report.tolerance == 1e-12


def test_an_adjoint_of_a_wrong_shape_is_named():
    A = draw(4, 3)
    apply = lambda x: A @ x  # noqa: E731
    report = check_adjoint(apply, lambda y: (A.T @ y)[None], 3, 4)
    assert report.hints == ("wrong-shape",) and "An axis of length 1 is too many" in report.explanations[0]
    assert check_adjoint(apply, lambda y: A.T, 3, 4).hints == ("wrong-shape",)
    assert check_adjoint(apply, lambda y: y, 3, 4).hints == ("wrong-shape",)


@pytest.mark.parametrize("seed", range(40))
def test_one_pair_is_enough_to_see_one_wrong_entry(seed):
    """No entry that is drawn is zero, so that every entry of the matrix counts."""
    A = np.random.default_rng(seed).integers(-5, 6, size=(2, 3))
    B = A.copy()
    B[seed % 2, seed % 3] += 1
    assert not check_adjoint(lambda x: A @ x, lambda y: B.T @ y, 3, 2, cases=1, seed=seed).ok


# Another oracle


def test_a_second_formula_settles_nothing_by_directions_and_must_be_of_the_same_function():
    torch_layer = autodiff_jacobian(lambda x: torch.tanh(torch.tensor(W) @ x))
    for check in ("jacobian", "vjp"):
        report = CHECKS[check](oracle=torch_layer)
        assert report.ok and report.oracle == "PyTorch autodiff" and not report.directions
        assert not CHECKS[check](oracle=torch_layer, spoil=off).ok
        with pytest.raises(ValueError, match=f"^check_{check}: oracle\\(x\\) disagrees with a central difference of f"):
            CHECKS[check](oracle=lambda x: 1.01 * jacobian(x))


# Accidents


@pytest.mark.parametrize("check", [check_jacobian, check_vjp])
def test_a_function_of_each_entry_alone_is_symmetric_in_every_case_and_nobody_is_told(check):
    claim = (lambda x: np.diag(np.cos(x))) if check is check_jacobian else lambda x, g: np.cos(x) * g
    assert check(np.sin, claim, X).warnings == ()


@pytest.mark.parametrize("full", TIERS)
def test_a_case_that_could_not_have_told_is_said_to_be_one(full):
    S = draw(3, 3) + draw(3, 3).T
    for report in both(lambda x: S @ x, S, X):
        assert any("symmetric" in warning for warning in report.warnings)
    for report in both(lambda x: W @ x, W, X):
        assert report.warnings == ()
    x = draw(1, 3)
    report = check_gradient(lambda x: (x**3).sum(), 3 * x**2, x, full=full)
    assert any("the batch has length 1" in warning for warning in report.warnings)
