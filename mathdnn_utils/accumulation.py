"""The chain rule as a computation: forward and reverse accumulation, their costs, dual numbers and a tape.

The formulas of the chapter composition/accumulation. A chain is two lists, of functions and of their Jacobians, the
innermost function first: functions [f, g, h] stand for x ↦ h(g(f(x))). Functions take and return vectors, Jacobians
take a vector and return a matrix, output axis first.

Arrays keep their dtype: integers stay integers, float32 stays float32, complex numbers pass through (a transpose is
never conjugated). Arrays of objects pass if their entries add and multiply, so that fractions stay exact. NaN and
infinities go through silently, and NumPy's integers overflow silently.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Number

import numpy as np

from mathdnn_utils._validation import numeric_array, same_shape

__all__ = [
    "forward_accumulation",
    "reverse_accumulation",
    "multiplications",
    "optimal_order",
    "jvp",
    "vjp",
    "Dual",
    "Tape",
]


@dataclass(frozen=True)
class Accumulation:
    """What an accumulation gives.

    Attributes
    ----------
    value : array of shape ``(n_L,)``
        The value F(x) of the composition.
    jacobian : array of shape ``(n_L, n_0)``
        Its Jacobian at x.
    multiplications : int
        Scalar multiplications in the products of Jacobians, added up while the products were taken.
    """

    value: np.ndarray
    jacobian: np.ndarray
    multiplications: int


@dataclass(frozen=True)
class Order:
    """An order of multiplication.

    Attributes
    ----------
    multiplications : int
        Scalar multiplications that it takes.
    order : int or tuple
        The bracketed product, factors by their numbers: (3, (2, 1)) is J₃(J₂J₁). A single factor is its number.
    """

    multiplications: int
    order: int | tuple


# Vectors and matrices


def forward_accumulation(functions, jacobians, x):
    """Value and Jacobian of a composition, Jacobians multiplied from the input on: J_L (… (J₂ J₁)).

    Equation eq-accumulation-forward of composition/accumulation.

    Parameters
    ----------
    functions : sequence of L callables, L ≥ 1
        Innermost first. Function k takes a vector ``(n_(k-1),)`` and returns one ``(n_k,)``.
    jacobians : sequence of L callables
        Jacobian k takes what function k takes and returns a matrix ``(n_k, n_(k-1))``.
    x : array of shape ``(n_0,)``
        The input.

    Returns
    -------
    Accumulation
        With `value` ``(n_L,)``, `jacobian` ``(n_L, n_0)`` and `multiplications`, which were counted while the matrices
        were multiplied.

    Raises
    ------
    TypeError
        If functions or jacobians does not hold functions, or x, or what they return, does not hold numbers.
    ValueError
        If the lengths or shapes do not fit.

    Notes
    -----
    Each function and each Jacobian is called once, the Jacobian where its function is. No value is kept longer than
    until the next one and the Jacobian are there. The functions must not write into what they are given.

    Examples
    --------
    >>> from mathdnn_utils.accumulation import forward_accumulation
    >>> f, g = lambda x: [x[0] * x[1], x[0] + x[1]], lambda y: [y[0] * y[1]]
    >>> J_f, J_g = lambda x: [[x[1], x[0]], [1, 1]], lambda y: [[y[1], y[0]]]
    >>> result = forward_accumulation([f, g], [J_f, J_g], [2, 3])
    >>> print(result.value, result.jacobian, result.multiplications)
    [30] [[21 16]] 4

    References
    ----------
    Griewank and Walther, Evaluating Derivatives, 2nd edition, SIAM 2008, chapter 3.
    """
    chain, h = _chain("forward_accumulation", functions, jacobians, x)
    J, count = None, 0
    for f, jacobian in chain:
        y = f(h)
        J, products = _product(jacobian(h, y), J)
        count += products
        h = y
    return Accumulation(h, J, count)


def reverse_accumulation(functions, jacobians, x):
    """Value and Jacobian of a composition, Jacobians multiplied from the output back: ((J_L J_(L-1)) …) J₁.

    Equation eq-accumulation-reverse of composition/accumulation.

    Parameters
    ----------
    functions : sequence of L callables, L ≥ 1
        Innermost first. Function k takes a vector ``(n_(k-1),)`` and returns one ``(n_k,)``.
    jacobians : sequence of L callables
        Jacobian k takes what function k takes and returns a matrix ``(n_k, n_(k-1))``.
    x : array of shape ``(n_0,)``
        The input.

    Returns
    -------
    Accumulation
        With `value` ``(n_L,)``, `jacobian` ``(n_L, n_0)`` and `multiplications`, which were counted while the matrices
        were multiplied.

    Raises
    ------
    TypeError
        If functions or jacobians does not hold functions, or x, or what they return, does not hold numbers.
    ValueError
        If the lengths or shapes do not fit.

    Notes
    -----
    Each function and each Jacobian is called once. The functions are called first, and every value is kept until the
    Jacobian that needs it has been called on the way back. The functions must not write into what they are given.

    Examples
    --------
    >>> from mathdnn_utils.accumulation import reverse_accumulation
    >>> f, g = lambda x: [x[0] * x[1], x[0] + x[1]], lambda y: [y[0] * y[1]]
    >>> J_f, J_g = lambda x: [[x[1], x[0]], [1, 1]], lambda y: [[y[1], y[0]]]
    >>> result = reverse_accumulation([f, g], [J_f, J_g], [2, 3])
    >>> print(result.value, result.jacobian, result.multiplications)
    [30] [[21 16]] 4

    References
    ----------
    Linnainmaa, Taylor expansion of the accumulated rounding error, BIT 16, 1976.
    """
    chain, x = _chain("reverse_accumulation", functions, jacobians, x)
    values = [x]
    for f, _ in chain:
        values.append(f(values[-1]))
    value = y = values.pop()
    J, count = None, 0
    for _, jacobian in reversed(chain):
        h = values.pop()
        J, products = _product(J, jacobian(h, y))
        count += products
        y = h
    return Accumulation(value, J, count)


def jvp(functions, jacobians, x, v):
    """Jacobian of a composition times a vector, J_L (… (J₁ v)), by products of a matrix and a vector alone.

    Equation eq-accumulation-jvp of composition/accumulation.

    Parameters
    ----------
    functions, jacobians : sequences of L callables, L ≥ 1
        As in `forward_accumulation`.
    x : array of shape ``(n_0,)``
        The input.
    v : array of shape ``(n_0,)``
        A direction at the input.

    Returns
    -------
    array of shape ``(n_L,)``
        The derivative of the composition at x in the direction v.

    Raises
    ------
    TypeError
        If functions or jacobians does not hold functions, or x, v, or what they return, does not hold numbers.
    ValueError
        If the lengths or shapes do not fit.

    Notes
    -----
    n_1 n_0 + … + n_L n_(L-1) multiplications. No value is kept longer than until the next one and the Jacobian
    are there.

    Examples
    --------
    >>> from mathdnn_utils.accumulation import jvp
    >>> f, g = lambda x: [x[0] * x[1], x[0] + x[1]], lambda y: [y[0] * y[1]]
    >>> J_f, J_g = lambda x: [[x[1], x[0]], [1, 1]], lambda y: [[y[1], y[0]]]
    >>> print(jvp([f, g], [J_f, J_g], [2, 3], [1, 10]))
    [181]
    """
    chain, h = _chain("jvp", functions, jacobians, x)
    v = _vector_like("jvp", "v", v, h, "x")
    for f, jacobian in chain:
        y = f(h)
        v = _times(jacobian(h, y), v)
        h = y
    return v


def vjp(functions, jacobians, x, g):
    """Transposed Jacobian of a composition times a vector, J₁ᵀ (… (J_Lᵀ g)), by matrix-vector products alone.

    Equation eq-accumulation-vjp of composition/accumulation.

    Parameters
    ----------
    functions, jacobians : sequences of L callables, L ≥ 1
        As in `reverse_accumulation`.
    x : array of shape ``(n_0,)``
        The input.
    g : array of shape ``(n_L,)``
        The gradient of a scalar with respect to the output.

    Returns
    -------
    array of shape ``(n_0,)``
        The gradient of that scalar with respect to x.

    Raises
    ------
    TypeError
        If functions or jacobians does not hold functions, or x, g, or what they return, does not hold numbers.
    ValueError
        If the lengths or shapes do not fit.

    Notes
    -----
    n_1 n_0 + … + n_L n_(L-1) multiplications. All L intermediate values before the output are kept until the way back.

    Examples
    --------
    >>> from mathdnn_utils.accumulation import vjp
    >>> f, g = lambda x: [x[0] * x[1], x[0] + x[1]], lambda y: [y[0] * y[1]]
    >>> J_f, J_g = lambda x: [[x[1], x[0]], [1, 1]], lambda y: [[y[1], y[0]]]
    >>> print(vjp([f, g], [J_f, J_g], [2, 3], [10]))
    [210 160]
    """
    chain, x = _chain("vjp", functions, jacobians, x)
    values = [x]
    for f, _ in chain:
        values.append(f(values[-1]))
    y = values.pop()
    g = _vector_like("vjp", "g", g, y, "the output")
    for _, jacobian in reversed(chain):
        h = values.pop()
        g = _times(jacobian(h, y).T, g)
        y = h
    return g


def _product(A, B):
    # A @ B and the scalar multiplications that it takes. None stands for the product of no matrices.
    if A is None or B is None:
        return (B if A is None else A), 0
    rows, inner = A.shape
    columns = B.shape[1]
    return _times(A, B), rows * inner * columns


def _times(A, B):
    with np.errstate(all="ignore"):
        return A @ B


def _chain(function, functions, jacobians, x):
    # the pairs (f, jacobian), each with its shapes checked when it is called, and x as a vector of its own
    lists = []
    for name, values in (("functions", functions), ("jacobians", jacobians)):
        if not isinstance(values, Iterable):
            raise TypeError(
                f"{function}: {name} has type {type(values).__name__}, expected a sequence of functions "
                "because a composition has one for each step"
            )
        lists.append(list(values))
        for k, value in enumerate(lists[-1]):
            if not callable(value):
                raise TypeError(
                    f"{function}: {name}[{k}] has type {type(value).__name__}, expected a function "
                    "because it is called at an intermediate value"
                )
    if not lists[0]:
        raise ValueError(
            f"{function}: functions has length 0, expected at least 1 because there must be something to differentiate"
        )
    if len(lists[1]) != len(lists[0]):
        raise ValueError(
            f"{function}: jacobians has length {len(lists[1])}, expected {len(lists[0])} "
            f"because functions has length {len(lists[0])}"
        )
    x = _vector(function, "x", x, "the first function takes a vector")
    return [_checked(function, k, f, jacobian) for k, (f, jacobian) in enumerate(zip(*lists))], x


def _checked(function, k, f, jacobian):
    def value(h):
        return _vector(function, f"functions[{k}](…)", f(h), "every function of the chain returns a vector")

    def matrix(h, y):
        J = _numbers(function, f"jacobians[{k}](…)", jacobian(h))
        if J.shape != (y.size, h.size):
            raise ValueError(
                f"{function}: jacobians[{k}](…) has shape {J.shape}, expected {(y.size, h.size)} "
                f"because functions[{k}] maps {h.size} to {y.size} numbers"
            )
        return J

    return value, matrix


def _vector(function, name, value, why):
    array = _numbers(function, name, value)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{function}: {name} has shape {array.shape}, expected (n,) with n at least 1 because {why}")
    return array


def _vector_like(function, name, value, other, other_name):
    array = _numbers(function, name, value)
    same_shape(function, name, array, other_name, other)
    return array


def _numbers(function, name, value):
    # a copy, so that nothing of the caller's is changed or handed back; objects pass if they add and multiply
    try:
        array = np.asarray(value)
    except ValueError:
        array = None  # rows of different lengths, which numeric_array refuses
    if array is not None and array.dtype == object and all(map(_adds_and_multiplies, array.flat)):
        return array.copy()
    return np.array(numeric_array(function, name, value))


def _adds_and_multiplies(value):
    if isinstance(value, (bool, np.bool_, np.ndarray)):
        return False
    return isinstance(value, Number) or all(hasattr(value, name) for name in ("__add__", "__radd__", "__mul__"))


# The order of multiplication


def multiplications(sizes, order):
    """Scalar multiplications of a product of L Jacobians in a given order.

    Equation eq-accumulation-cost of composition/accumulation.

    Parameters
    ----------
    sizes : sequence of L + 1 positive int, L ≥ 1
        The sizes n_0, n_1, …, n_L: Jacobian k has shape ``(n_k, n_(k-1))``.
    order : "forward", "reverse", or a bracketed product
        A bracketed product is made of pairs of factors by their numbers, as `optimal_order` returns it: (3, (2, 1)) is
        J₃(J₂J₁), which is "forward".

    Returns
    -------
    int
        The multiplications; 0 for a single factor.

    Raises
    ------
    TypeError
        If sizes does not hold integers, or order is none of these.
    ValueError
        If there are fewer than two sizes or one is below 1, or order is not a product of all factors in their order.

    Notes
    -----
    An a × b times a b × c matrix takes abc multiplications, whatever their entries are.

    Examples
    --------
    >>> from mathdnn_utils.accumulation import multiplications
    >>> print(multiplications((1000, 100, 50, 1), "forward"), multiplications((1000, 100, 50, 1), "reverse"))
    5050000 105000
    >>> print(multiplications((10, 10, 1, 10, 10), ((4, 3), (2, 1))))
    300
    """
    n = _sizes("multiplications", sizes)
    L = len(n) - 1
    if isinstance(order, str) and order == "forward":
        return sum(n[k] * n[k - 1] * n[0] for k in range(2, L + 1))
    if isinstance(order, str) and order == "reverse":
        return sum(n[L] * n[k] * n[k - 1] for k in range(1, L))
    factors, cost = _bracketed(n, order)
    if factors != list(range(L, 0, -1)):
        raise ValueError(
            f"multiplications: order has the factors {factors}, expected {list(range(L, 0, -1))} "
            f"because sizes has length {L + 1} and matrices do not commute"
        )
    return cost


def _bracketed(n, order):
    # the factors of a bracketed product from left to right, and its multiplications
    if isinstance(order, (int, np.integer)) and not isinstance(order, bool):
        return [int(order)], 0
    if not isinstance(order, tuple) or len(order) != 2:
        raise TypeError(
            f"multiplications: order has the part {order!r}, expected 'forward', 'reverse', or pairs of factors "
            "because one product is taken at a time"
        )
    (left, left_cost), (right, right_cost) = _bracketed(n, order[0]), _bracketed(n, order[1])
    if not all(1 <= factor < len(n) for factor in left + right):
        raise ValueError(
            f"multiplications: order has the factors {left + right}, expected 1 to {len(n) - 1} "
            f"because sizes has length {len(n)}"
        )
    return left + right, left_cost + right_cost + n[left[0]] * n[right[0]] * n[right[-1] - 1]


def optimal_order(sizes):
    """Order in which a product of L Jacobians takes the fewest multiplications, by dynamic programming.

    Equation eq-accumulation-order of composition/accumulation.

    Parameters
    ----------
    sizes : sequence of L + 1 positive int, L ≥ 1
        The sizes n_0, n_1, …, n_L: Jacobian k has shape ``(n_k, n_(k-1))``.

    Returns
    -------
    Order
        With `multiplications` and `order`, the bracketed product.

    Raises
    ------
    TypeError
        If sizes does not hold integers.
    ValueError
        If there are fewer than two sizes, or one is below 1.

    Notes
    -----
    c(i, j) is the least cost of J_j … J_(i+1), which has the shape ``(n_j, n_i)``: whatever is multiplied last, at some
    k between i and j, costs n_j n_k n_i more than its two parts. A tie goes to the smallest k. About L³/6 sums.

    Examples
    --------
    >>> from mathdnn_utils.accumulation import optimal_order
    >>> best = optimal_order((10, 10, 1, 10, 10))
    >>> print(best.multiplications, best.order)
    300 ((4, 3), (2, 1))

    References
    ----------
    Godbole, On efficient computation of matrix chain products, IEEE Transactions on Computers C-22, 1973.
    """
    n = _sizes("optimal_order", sizes)
    L = len(n) - 1
    best = {(k - 1, k): Order(0, k) for k in range(1, L + 1)}
    for length in range(2, L + 1):
        for i in range(L - length + 1):
            j = i + length
            costs = {
                k: best[i, k].multiplications + best[k, j].multiplications + n[j] * n[k] * n[i] for k in range(i + 1, j)
            }
            k = min(costs, key=costs.get)
            best[i, j] = Order(costs[k], (best[k, j].order, best[i, k].order))
    return best[0, L]


def _sizes(function, sizes):
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, Iterable):
        raise TypeError(
            f"{function}: sizes has type {type(sizes).__name__}, expected a sequence of integers "
            "because each value of the chain has a size"
        )
    entries = list(sizes)
    for entry in entries:
        if isinstance(entry, (bool, np.bool_)) or not isinstance(entry, (int, np.integer)):
            raise TypeError(
                f"{function}: sizes has an entry of type {type(entry).__name__}, expected integers "
                "because they count numbers"
            )
        if entry < 1:
            raise ValueError(f"{function}: sizes has the entry {entry}, expected at least 1 because a matrix has rows")
    if len(entries) < 2:
        raise ValueError(
            f"{function}: sizes has length {len(entries)}, expected at least 2 because a Jacobian has two sizes"
        )
    return [int(entry) for entry in entries]


# Numbers that carry their derivatives


class _Number:
    # Arithmetic with derivatives. Each operation is its value and its partial derivatives; what becomes of them is the
    # business of `_result`, in which forward and reverse mode differ.

    def __add__(self, other):
        return self._with(other, lambda a, b: (a + b, 1, 1))

    def __sub__(self, other):
        return self._with(other, lambda a, b: (a - b, 1, -1))

    def __mul__(self, other):
        return self._with(other, lambda a, b: (a * b, b, a))

    def __truediv__(self, other):
        return self._with(other, lambda a, b: (a / b, 1 / b, -(a / b) / b))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other):
        return self._with(other, lambda a, b: (b - a, -1, 1))

    def __rtruediv__(self, other):
        return self._with(other, lambda a, b: (b / a, -(b / a) / a, 1 / a))

    def __neg__(self):
        return self._result(-self.value, (self, -1))

    def __pow__(self, exponent):
        if isinstance(exponent, bool) or not isinstance(exponent, Number):
            raise TypeError(
                f"{type(self).__name__}: exponent has type {type(exponent).__name__}, expected a plain number "
                "because only powers with constant exponents are differentiated; write a^b as exp(b · log a)"
            )
        slope = exponent * self.value ** (exponent - 1) if exponent != 0 else 0
        return self._result(self.value**exponent, (self, slope))

    def __rpow__(self, base):
        raise TypeError(
            f"{type(self).__name__}: exponent has type {type(self).__name__}, expected a plain number because only "
            "powers with constant exponents are differentiated; write a^b as exp(b · log a)"
        )

    def __eq__(self, other):
        raise TypeError(
            f"{type(self).__name__}: == got {type(self).__name__} and {type(other).__name__}, expected plain numbers "
            "because it is not said whether derivatives count; compare .value"
        )

    __hash__ = object.__hash__

    # NumPy calls these methods: np.exp(x) is x.exp() for an object x, and for each entry of an array of objects.

    def exp(self):
        value = self._numpy(np.exp)
        return self._result(value, (self, value))

    def log(self):
        return self._result(self._numpy(np.log), (self, 1 / self.value))

    def sin(self):
        return self._result(self._numpy(np.sin), (self, self._numpy(np.cos)))

    def cos(self):
        return self._result(self._numpy(np.cos), (self, -self._numpy(np.sin)))

    def tanh(self):
        value = self._numpy(np.tanh)
        return self._result(value, (self, 1 - value * value))

    def _with(self, other, operation):
        if isinstance(other, type(self)):
            value, by_self, by_other = operation(self.value, other.value)
            return self._result(value, (self, by_self), (other, by_other))
        if not _is_number(other) or isinstance(other, Variable):
            return NotImplemented  # to a tape a dual number is a number
        value, by_self, _ = operation(self.value, other)
        return self._result(value, (self, by_self))

    def _numpy(self, function):
        try:
            return function(self.value)
        except TypeError:
            raise TypeError(
                f"{type(self).__name__}.{function.__name__}: value has type {type(self.value).__name__}, expected "
                f"a number that numpy.{function.__name__} takes because it does the work"
            ) from None


def _is_number(value):
    return not isinstance(value, np.ndarray) and _adds_and_multiplies(value)


def _number(function, name, value):
    if not _is_number(value):
        raise TypeError(
            f"{function}: {name} has type {type(value).__name__}, expected one number "
            "because arrays are made of such numbers and not the other way round"
        )
    return value


class Dual(_Number):
    """Dual number a + ȧ ε with ε² = 0: a value and its derivative in one direction, in forward mode.

    Equation eq-accumulation-dual of composition/accumulation: F(a + ȧ ε) = F(a) + F′(a) ȧ ε.

    Parameters
    ----------
    value : number
        Real or complex, a Fraction, or a number of another kind that adds and multiplies: a Dual for second
        derivatives.
    tangent : number
        The derivative ȧ of the value: 1 for the variable, 0 (the default) for a constant.

    Attributes
    ----------
    value, tangent : number
        As given, or as an operation has made them.

    Raises
    ------
    TypeError
        If value or tangent is not one number, or a variable of a tape; from ``**`` if the exponent is not a plain
        number; from ``==``, and from a function that NumPy does not have for such values.

    Notes
    -----
    Has +, −, \\*, / with dual and plain numbers, ``**`` with a plain exponent, negation, and exp, log, sin, cos and
    tanh, by their NumPy names: ``np.exp(x)``. NumPy arrays of dual numbers add and multiply, matrices included; for
    np.exp and the like all entries must be dual, constants as ``Dual(c)``. Where Python or NumPy raises or warns (a
    division by 0, a logarithm of −1), so does this. The slope of tanh is 1 − tanh², which loses its digits for large
    arguments.

    Dual numbers of different derivatives are not told apart: one of an outer derivative must not be used inside an
    inner one. For second derivatives let every variable be ``Dual(Dual(a, v), w)``.

    Examples
    --------
    >>> from mathdnn_utils.accumulation import Dual
    >>> x = Dual(3, 1)
    >>> y = x * x + 2 * x
    >>> print(y.value, y.tangent)
    15 8

    References
    ----------
    Wengert, A simple automatic derivative evaluation program, Communications of the ACM 7, 1964.
    """

    def __init__(self, value, tangent=0):
        for name, number in (("value", value), ("tangent", tangent)):
            if isinstance(number, Variable):
                raise TypeError(
                    f"Dual: {name} has type Variable, expected a number because a tape may hold dual numbers, and not "
                    "the other way round"
                )
        self.value = _number("Dual", "value", value)
        self.tangent = _number("Dual", "tangent", tangent)

    def __repr__(self):
        return f"Dual({self.value!r}, {self.tangent!r})"

    def _result(self, value, *links):
        tangent = 0
        for operand, partial in links:
            tangent = tangent + partial * operand.tangent
        return Dual(value, tangent)


class Variable(_Number):
    """A number whose operations are written on a tape; `Tape.variable` makes the first, arithmetic the others."""

    def __init__(self, tape, value, index):
        self.tape, self.value, self.index = tape, value, index

    def __repr__(self):
        return f"Variable({self.value!r})"

    def _result(self, value, *links):
        if any(operand.tape is not self.tape for operand, _ in links):
            raise ValueError(
                "Tape: an operation has variables of two tapes, expected one because a gradient runs along one tape"
            )
        return self.tape._record(value, links)


class Tape:
    """Record of a computation with numbers, from which gradients are read backwards: reverse mode.

    Equation eq-accumulation-tape of composition/accumulation: a value passes v̄ ∂v/∂u on to each value u that it was
    computed from, and u adds up what it gets.

    A tape begins empty. `variable` writes an input on it, arithmetic with variables writes the rest, and `gradient`
    reads it backwards. ``len(tape)`` is the number of values on it.

    Raises
    ------
    TypeError
        From `variable` if the value is not one number, from `gradient` if something is not a variable, from ``**`` if
        the exponent is not a plain number.
    ValueError
        If variables of two tapes meet.

    Notes
    -----
    Variables have +, −, \\*, / with variables and plain numbers, ``**`` with a plain exponent, negation, and exp, log,
    sin, cos and tanh, by their NumPy names: ``np.exp(x)``. Every operation stays on the tape: memory grows with the
    computation. A gradient changes nothing on the tape and may be asked for again. A derivative that is constant comes
    back as a plain number, whatever the values are.

    Examples
    --------
    >>> from mathdnn_utils.accumulation import Tape
    >>> tape = Tape()
    >>> x, y = tape.variable(3), tape.variable(5)
    >>> z = x * y + x * x
    >>> print(z.value, tape.gradient(z, [x, y]), len(tape))
    24 [11, 3] 5

    References
    ----------
    Linnainmaa, Taylor expansion of the accumulated rounding error, BIT 16, 1976.
    """

    def __init__(self):
        self._parents = []

    def __len__(self):
        return len(self._parents)

    def variable(self, value):
        """Write a new input on the tape and return it as a variable."""
        return self._record(_number("Tape.variable", "value", value), ())

    def gradient(self, output, inputs):
        """Derivatives of one variable with respect to several, as a list in their order; 0 where it depends on none."""
        inputs = list(inputs)
        for name, variable in [("output", output), *((f"inputs[{k}]", v) for k, v in enumerate(inputs))]:
            if not isinstance(variable, Variable):
                raise TypeError(
                    f"Tape.gradient: {name} has type {type(variable).__name__}, expected a variable "
                    "because only variables are on the tape"
                )
            if variable.tape is not self:
                raise ValueError(
                    f"Tape.gradient: {name} belongs to another tape, expected this one "
                    "because a gradient runs along one tape"
                )
        bar = [0] * len(self)
        bar[output.index] = 1
        for index in reversed(range(output.index + 1)):
            for parent, partial in self._parents[index]:
                bar[parent] = bar[parent] + bar[index] * partial
        return [bar[variable.index] for variable in inputs]

    def _record(self, value, links):
        self._parents.append([(operand.index, partial) for operand, partial in links])
        return Variable(self, value, len(self) - 1)
