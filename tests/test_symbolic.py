"""compare on sympy expressions: equal as expressions, or wrong with the entry and the name."""

import numpy as np
import pytest
import sympy

from mathdnn_utils.verify import CheckFailed, compare

a, b, c = sympy.symbols("a b c", real=True)
LAYER = sympy.Matrix([sympy.tanh(2 * a + 3 * b), sympy.exp(a * c)])
JACOBIAN = LAYER.jacobian([a, b, c])


def by_hand():
    slope = 1 / sympy.cosh(2 * a + 3 * b) ** 2
    return [[2 * slope, 3 * slope, 0], [c * sympy.exp(a * c), 0, a * sympy.exp(a * c)]]


def test_expressions_that_look_different_are_equal(capsys):
    report = compare(by_hand(), JACOBIAN)
    assert report.ok and report.oracle == "sympy" and report.tolerance == 0
    compare(sympy.sin(a) ** 2 + sympy.cos(a) ** 2, 1, claim="eq-one")
    assert capsys.readouterr().out == "eq-one: holds (sympy, 1 case, tolerance 0)\n"


def test_what_no_sample_would_see_is_seen():
    assert not compare(a + sympy.Rational(1, 10**30), a).ok
    assert not compare([a, b * (1 + sympy.Rational(1, 10**30))], [a, b]).ok


def test_a_wrong_entry_is_shown_as_it_was_written():
    wrong = by_hand()
    wrong[1][0] = sympy.exp(a * c)
    report = compare(wrong, JACOBIAN)
    assert report.wrong == 1 and report.entries == 6 and report.hints == ()
    assert [entry.index for entry in report.worst] == [(1, 0)]
    assert "entry [1, 0]: claimed exp(a*c), expected c*exp(a*c)" in str(report)
    assert "<td>exp(a*c)</td>" in report._repr_html_()
    with pytest.raises(CheckFailed, match="^eq-wrong: FAILS"):
        compare(wrong, JACOBIAN, claim="eq-wrong")


@pytest.mark.parametrize(
    "claimed, names",
    [
        (-JACOBIAN, ("sign",)),
        (JACOBIAN / 2, ("constant-factor",)),
        (JACOBIAN.T, ("wrong-shape", "transposed")),
        (sympy.Matrix([[2, 3, 0], [c, 0, a]]), ("row-scaled",)),
        (JACOBIAN * a, ()),
        (JACOBIAN[0], ("wrong-shape",)),
    ],
)
def test_mistakes_have_their_names(claimed, names):
    report = compare(claimed, JACOBIAN)
    assert not report.ok and report.hints == names


@pytest.mark.parametrize("bad", [sympy.nan, sympy.oo, -sympy.oo, sympy.zoo])
def test_nan_and_infinity_are_equal_to_nothing(bad):
    for claimed, expected in ([bad, a], [a, bad], [bad, bad]):
        assert not compare([a, claimed], [a, expected]).ok


def test_numbers_beside_expressions_are_expressions():
    assert compare([2, 0.5, a], [sympy.Integer(2), sympy.Rational(1, 2), a]).ok
    assert compare(np.array([a, 2 * a], dtype=object), sympy.Matrix([a, a + a]).T[:]).ok


def test_arguments_that_are_no_expressions_are_refused():
    with pytest.raises(TypeError, match="compare: claimed has an entry of type str, expected an expression"):
        compare(["a"], [a])
    with pytest.raises(TypeError, match="compare: claimed has an entry of type (BooleanTrue|bool)"):
        compare([sympy.true], [a])
    with pytest.raises(ValueError, match=r"compare: claimed has shape \(0,\), expected at least one entry"):
        compare([], [a])
    with pytest.raises(ValueError, match="compare: oracle is 'SciPy', expected 'sympy' because"):
        compare([a], [a], oracle="SciPy")
    with pytest.raises(ValueError, match="compare: tolerance is 0.1, expected 0 because"):
        compare([a], [a], tolerance=0.1)


def test_where_sympy_cannot_tell_it_says_so(monkeypatch):
    monkeypatch.setattr("mathdnn_utils.verify.symbolic.is_zero", lambda expression: None)
    with pytest.raises(ValueError, match=r"compare: claimed has the entry a at \[0\], expected one of which sympy can"):
        compare([a], [a])


@pytest.mark.parametrize("seed", range(5))
def test_right_derivatives_are_never_rejected(seed):
    """Each in a form of its own: differentiated by sympy, and put together by the product and the chain rule."""
    rng = np.random.default_rng(seed)
    p, q = (sympy.Integer(int(n)) for n in rng.integers(2, 6, size=2))
    inner = rng.choice([a * b, a**2 + b, sympy.sin(a) + b])
    outer, slope = [
        (sympy.tanh, lambda z: 1 - sympy.tanh(z) ** 2),
        (sympy.exp, sympy.exp),
        (lambda z: 1 / (1 + sympy.exp(-z)), lambda z: sympy.exp(-z) / (1 + sympy.exp(-z)) ** 2),
    ][seed % 3]
    f = p * outer(q * inner)
    by_rule = [p * q * slope(q * inner) * sympy.diff(inner, s) for s in (a, b)]
    assert compare(by_rule, [sympy.diff(f, s) for s in (a, b)]).ok
    assert not compare([by_rule[0] * 2, by_rule[1]], [sympy.diff(f, s) for s in (a, b)]).ok
