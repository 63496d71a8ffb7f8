"""The perceptron: its output, its learning rule, its margin, and which functions of bits it can compute.

The formulas of the chapter units/perceptron in their final form. A perceptron has weights w, a bias b and two outputs;
it gives 1, it *fires*, where w·x + b ≥ 0, on the threshold as well.

Arguments are real numbers. What is made of integers only is computed in 64-bit integers and exactly; numbers too large
for that are refused. float16, float32 and float64 are kept. Labels and outputs are 0 and 1.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from mathdnn_utils._validation import integer, numeric_array

__all__ = ["perceptron", "margin", "train_perceptron", "boolean_inputs", "is_threshold_function"]

# Tables of functions of more inputs have more than a million rows.
_MOST_INPUTS = 20


def perceptron(x, w, b):
    """Output of a perceptron: 1 where w·x + b ≥ 0, and 0 elsewhere.

    Equation eq-perceptron-definition of units/perceptron.

    Parameters
    ----------
    x : array of real numbers, ``(..., features)``
        One input or many.
    w : array of real numbers, ``(features,)``
        The weights.
    b : real number
        The bias.

    Returns
    -------
    array of integers, ``(...)``
        Of 0 and 1.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes do not fit, a score w·x + b is not finite, or integers give scores beyond 64 bits.

    Notes
    -----
    On the threshold, w·x + b = 0, the perceptron fires. It is the Heaviside step of w·x + b with the value 1 at 0.

    Examples
    --------
    >>> from mathdnn_utils.perceptron import boolean_inputs, perceptron
    >>> print(perceptron(boolean_inputs(2), [-2, -2], 3))
    [1 1 1 0]

    References
    ----------
    Rosenblatt, The perceptron: a probabilistic model for information storage and organization in the brain,
    Psychological Review 65, 1958.
    """
    x = _real("perceptron", "x", x)
    if x.ndim == 0:
        raise ValueError("perceptron: x has shape (), expected at least one axis because the last one holds features")
    return (_scores("perceptron", "x", x, w, b) >= 0).astype(np.int64)[()]


def margin(w, b, X, y):
    """Smallest signed distance of the examples to the line w·x + b = 0.

    The smallest of s_i (w·x_i + b)/‖w‖ with s_i = 2 y_i − 1, so 1 for the label 1 and −1 for the label 0.

    Equation eq-perceptron-margin of units/perceptron.

    Parameters
    ----------
    w : array of real numbers, ``(features,)``
        The weights, not all zero.
    b : real number
        The bias.
    X : array of real numbers, ``(examples, features)``
        The inputs, at least one.
    y : array, ``(examples,)``
        The labels, 0 or 1.

    Returns
    -------
    real number
        Positive if and only if every example lies on its side and off the line. In the dtype of the arguments, float64
        if all of them are integers.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes do not fit, there is no example, a label is not 0 or 1, w is zero, a score w·x + b is not finite,
        or integers give scores beyond 64 bits.

    Notes
    -----
    A positive multiple of (w, b) has the same margin.

    Examples
    --------
    >>> from mathdnn_utils.perceptron import margin
    >>> print(margin([3, 4], -5, [[3, 4], [0, 0]], [1, 0]))
    1.0
    """
    X, y = _examples("margin", X, y)
    if len(X) == 0:
        raise ValueError(
            f"margin: X has shape {X.shape}, expected at least one example because the margin is the smallest distance"
        )
    scores = _scores("margin", "X", X, w, b)
    w = np.asarray(w)
    norm = np.hypot.reduce(w.astype(np.float64))
    if norm == 0:
        raise ValueError("margin: w has only zeros, expected another entry because the distance is divided by its norm")
    smallest = np.where(y == 1, scores, -scores).min() / norm
    return smallest.astype(scores.dtype if scores.dtype.kind == "f" else np.float64)


class Training(NamedTuple):
    """What `train_perceptron` gives.

    Attributes
    ----------
    w : array, ``(features,)``
        The weights.
    b : number
        The bias.
    updates : int
        How many updates were made.
    converged : bool
        Whether all examples have the right output.
    """

    w: np.ndarray
    b: np.number
    updates: int
    converged: bool


def train_perceptron(X, y, max_updates=10_000):
    """Rosenblatt's learning rule: on each wrong output, add or subtract the input.

    The bias is the weight of an additional input that is always 1. All weights start at 0. The examples are presented
    in the order of the rows, again and again; where the output is wrong, the augmented input (x_i, 1) is added to the
    weights if the label is 1, and subtracted if it is 0. A round without a wrong output is the last one.

    Equation eq-perceptron-update of units/perceptron.

    Parameters
    ----------
    X : array of real numbers, ``(examples, features)``
        The inputs.
    y : array, ``(examples,)``
        The labels, 0 or 1.
    max_updates : int
        Stop when an update would be one more than this.

    Returns
    -------
    Training
        With the fields w ``(features,)``, b, updates and converged. Integers give integers, else X has its dtype kept.

    Raises
    ------
    TypeError
        If X or y does not hold real numbers, or max_updates is not an integer.
    ValueError
        If the shapes do not fit, a label is not 0 or 1, X has NaN or infinity, max_updates is negative, or integers
        might give scores beyond 64 bits.

    Notes
    -----
    If the examples can be separated, the rule makes at most (R/γ)² updates in any order of presentation: R is the
    largest norm of an augmented input, and γ the largest possible value of the smallest s_i û·(x_i, 1), where û is a
    unit vector and s_i = 2 y_i − 1. If they cannot, it never stops by itself.

    Examples
    --------
    >>> from mathdnn_utils.perceptron import boolean_inputs, train_perceptron
    >>> trained = train_perceptron(boolean_inputs(2), [0, 1, 1, 1])
    >>> print(trained.w, trained.b, trained.updates, trained.converged)
    [1 1] -1 5 True

    References
    ----------
    Rosenblatt, The perceptron: a probabilistic model for information storage and organization in the brain,
    Psychological Review 65, 1958. Novikoff, On convergence proofs on perceptrons, 1962.
    """
    X, y = _examples("train_perceptron", X, y)
    max_updates = _count("train_perceptron", "max_updates", max_updates, "it counts updates")
    X = _safe_to_train(X, max_updates)
    augmented = np.column_stack([X, np.ones(len(X), X.dtype)])
    w, updates, clean = np.zeros(X.shape[1] + 1, X.dtype), 0, False
    while not clean:
        clean = True
        for x, label in zip(augmented, y):
            if (w @ x >= 0) != (label == 1):
                if updates == max_updates:
                    return Training(w[:-1].copy(), w[-1], updates, False)
                w = w + x if label == 1 else w - x
                updates, clean = updates + 1, False
    return Training(w[:-1].copy(), w[-1], updates, True)


def boolean_inputs(n):
    """All inputs of n bits in counting order: row k holds the binary digits of k, the most significant one first.

    Equation eq-perceptron-counting of units/perceptron.

    Parameters
    ----------
    n : int
        Number of bits, 0 to 20.

    Returns
    -------
    array of integers, ``(2**n, n)``
        Of 0 and 1.

    Raises
    ------
    TypeError
        If n is not an integer.
    ValueError
        If n is out of its range.

    Examples
    --------
    >>> from mathdnn_utils.perceptron import boolean_inputs
    >>> print(boolean_inputs(2))
    [[0 0]
     [0 1]
     [1 0]
     [1 1]]
    """
    n = _count("boolean_inputs", "n", n, "it counts bits")
    if n > _MOST_INPUTS:
        raise ValueError(f"boolean_inputs: n has value {n}, expected 0 to {_MOST_INPUTS} because there are 2**n rows")
    return (np.arange(2**n)[:, np.newaxis] >> np.arange(n)[::-1]) & 1


def is_threshold_function(outputs):
    """Whether one perceptron computes a function of bits, by linear programming.

    Maximises t with s_k (w·x_k + b) ≥ t for all inputs x_k and t ≤ 1, where s_k is 1 if the output is 1, and −1 if it
    is 0. The maximum is 1 if there are such weights, and 0 if not.

    Equation eq-perceptron-program of units/perceptron.

    Parameters
    ----------
    outputs : array, ``(2**n,)``
        The outputs, 0 or 1, for the inputs of n bits in the order of `boolean_inputs`.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If outputs does not hold real numbers.
    ValueError
        If there is more or less than one axis, the length is not a power of two or too large, or an output is not 0
        or 1.

    Notes
    -----
    No value lies between 0 and 1, so the answer does not hang on the accuracy of the linear program. Whether the
    perceptron fires on its threshold makes no difference: the inputs are finitely many, and a small change of b moves
    all of them off it.

    Examples
    --------
    >>> from mathdnn_utils.perceptron import is_threshold_function
    >>> print(is_threshold_function([1, 1, 1, 0]), is_threshold_function([0, 1, 1, 0]))
    True False
    """
    outputs = _bits("is_threshold_function", "outputs", outputs)
    n = max(len(outputs).bit_length() - 1, 0)
    if len(outputs) != 2**n or n > _MOST_INPUTS:
        raise ValueError(
            f"is_threshold_function: outputs has length {len(outputs)}, expected 2**n with n from 0 to {_MOST_INPUTS} "
            "because there is one output for each input of n bits"
        )
    x = boolean_inputs(n)
    signs = np.where(outputs == 1, 1, -1)[:, np.newaxis]
    # The unknowns are w, b and t; linprog minimises, and asks for rows that are at most 0.
    rows = np.hstack([-signs * x, -signs, np.ones_like(signs)])
    cost = np.r_[np.zeros(n + 1), -1]
    found = linprog(cost, A_ub=rows, b_ub=np.zeros(len(rows)), bounds=[(None, None)] * (n + 1) + [(None, 1)])
    return bool(found.x[-1] > 1 / 2)


# What the functions ask of their arguments


def _real(function, name, value):
    """Return `value` as an array of integers or real numbers, in the dtype it has."""
    array = numeric_array(function, name, value)
    if array.dtype.kind == "c":
        raise TypeError(
            f"{function}: {name} has dtype {array.dtype}, expected real numbers because a threshold compares"
        )
    return array


def _bits(function, name, value):
    """Return `value` as a vector of zeros and ones."""
    array = _real(function, name, value)
    if array.ndim != 1:
        raise ValueError(f"{function}: {name} has shape {array.shape}, expected one axis because it is a list of bits")
    wrong = array[(array != 0) & (array != 1)]
    if wrong.size:
        raise ValueError(f"{function}: {name} has value {wrong[0]}, expected 0 or 1 because a perceptron has no other")
    return array


def _examples(function, X, y):
    """Return the inputs as an array of shape (examples, features), and as many labels."""
    X = _real(function, "X", X)
    if X.ndim != 2:
        raise ValueError(
            f"{function}: X has shape {X.shape}, expected (examples, features) because each row is one input"
        )
    y = _bits(function, "y", y)
    if len(y) != len(X):
        raise ValueError(
            f"{function}: y has shape {y.shape}, expected ({len(X)},) because X has {len(X)} examples of one label each"
        )
    return X, y


def _count(function, name, value, reason):
    """Return `value` as a plain int that is not negative."""
    count = integer(function, name, value, reason, expected="an integer")
    if count < 0:
        raise ValueError(f"{function}: {name} has value {count}, expected 0 or more because {reason}")
    return count


def _scores(function, name, x, w, b):
    """w·x + b for each row of x, exact for integers, or a refusal in the words of `function`."""
    w, number = _real(function, "w", w), _real(function, "b", b)
    if w.shape != x.shape[-1:]:
        raise ValueError(
            f"{function}: w has shape {w.shape}, expected {x.shape[-1:]} because {name} has shape {x.shape}"
        )
    if number.ndim:
        raise ValueError(f"{function}: b has shape {number.shape}, expected () because a perceptron has one bias")
    if all(array.dtype.kind in "iu" for array in (x, w, number)):
        if _size(x) * _size(w) * w.size + _size(number) >= 2**63:
            raise ValueError(
                f"{function}: {name} has integers up to {_size(x)}, expected smaller ones because w·x + b might not "
                "fit into 64 bits"
            )
        return x.astype(np.int64) @ w.astype(np.int64) + number.astype(np.int64)
    # A bias that is a plain number takes the dtype of the rest.
    dtype = np.result_type(x, w, b if isinstance(b, (int, float)) else number)
    with np.errstate(all="ignore"):
        scores = x.astype(dtype) @ w.astype(dtype) + number.astype(dtype)
    if not np.isfinite(scores).all():
        raise ValueError(
            f"{function}: {name} has a score w·x + b that is not finite, expected finite scores because only they have "
            "a sign"
        )
    return scores


def _safe_to_train(X, max_updates):
    """Return X with its integers in 64 bits, if no score of the training can go beyond, or refuse it."""
    if X.dtype.kind == "f":
        if not np.isfinite(X).all():
            raise ValueError("train_perceptron: X has NaN or infinity, expected finite numbers because they are added")
        return X
    largest = max(_size(X), 1)
    if max_updates * largest**2 * (X.shape[1] + 1) >= 2**63:
        raise ValueError(
            f"train_perceptron: X has integers up to {largest}, expected smaller ones because after "
            f"{max_updates} updates a score might not fit into 64 bits"
        )
    return X.astype(np.int64)


def _size(integers):
    """Largest absolute value, as a plain int."""
    return max(abs(int(integers.min())), abs(int(integers.max()))) if integers.size else 0
