"""The exercises' self-checks: a reader's answer against a reference that another route than the solution's gives."""

import difflib
import inspect
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

import numpy as np

from . import references
from .agreement import as_float, as_values
from .compare import compare, plainest, plainness
from .evidence import Refuted
from .words import describe, number

# A reader who gives four significant digits is right.
DIGITS = 4


@dataclass(frozen=True)
class NumberAnswer:
    """An exercise whose answer is a number or an array of numbers of known shape.

    `reference` computes it; `expected` says in words what is asked for.
    """

    expected: str
    reference: Callable

    def judge(self, answer):
        """(whether it is right, a sentence on what is wrong)."""
        try:
            given = as_numbers(answer)
        except Exception:  # whatever a reader's object raises when it is read as numbers, it is not the number
            return False, f"the answer should be {self.expected}; {unreadable(answer)}."
        right = np.asarray(self.reference(), dtype=float)
        if given.shape != right.shape:
            return False, f"the answer should be {self.expected}, shape {right.shape}; it has shape {given.shape}."
        if close(given, right).all():
            return True, ""
        if given.ndim == 1 and close(np.sort(given), np.sort(right)).all():
            return False, "the entries are right, in another order."
        return False, reasons(compare(given, right)) or f"{shown(given)} is not it."


@dataclass(frozen=True)
class FunctionAnswer:
    """An exercise whose answer is a function: compared with `reference` on inputs that `sample(rng)` draws."""

    expected: str
    reference: Callable
    sample: Callable
    cases: int = 50

    def judge(self, answer):
        """(whether it is right, a sentence on what is wrong with the plainest input that shows it).

        A function that returns nothing, or `...`, is not answered yet: its verdict is None.
        """
        if not callable(answer):
            return False, f"the answer should be {self.expected}; {unreadable(answer)}."
        rng = np.random.default_rng(0)
        broken, wrong = [], []
        for _ in range(self.cases):
            arguments = self.sample(rng)
            try:
                value = answer(*deepcopy(arguments))
            except Exception as error:  # whatever a reader's function raises is shown to the reader
                broken.append((arguments, f"the function raises {type(error).__name__}: {error}"))
                continue
            if value is ... or value is None:
                return None, ""
            try:
                given = as_numbers(value)
            except Exception:  # as above
                broken.append((arguments, f"the value should hold numbers; {unreadable(value)}."))
                continue
            right = np.asarray(self.reference(*arguments), dtype=float)
            if given.shape != right.shape:
                broken.append((arguments, f"the value has shape {given.shape}, expected {right.shape}."))
                continue
            report = compare(given, right, oracle="central differences")
            if not report.ok:
                wrong.append(Refuted(arguments, report, given, right))
        if broken:
            arguments, words = min(broken, key=lambda failure: plainness(failure[0]))
            return False, f"{self.at(arguments)} {words}"
        if wrong:
            # The hints are those that explain every case, the case is the plainest.
            said = reasons(plainest(wrong))
            case = min(wrong, key=lambda failure: plainness(failure.arguments))
            return False, f"{self.at(case.arguments)} {direction(case.report)} {said[:1].upper()}{said[1:]}".rstrip()
        return True, ""

    def at(self, arguments):
        """The input in words, with the names that the exercise uses."""
        return f"at {describe(dict(zip(inspect.signature(self.reference).parameters, arguments)))}"


def as_numbers(answer):
    """An answer as an array of floats: numbers of any kind, fractions and sympy's among them, in lists or arrays.

    Raises
    ------
    TypeError
        If an entry is no number, and whatever else a reader's object raises when it is read as numbers.
    """
    try:
        return as_float(as_values("check_answer", "the answer", answer))
    except (TypeError, ValueError):
        entries = np.asarray(answer, dtype=object)
        return np.array([as_number(entry) for entry in entries.flat]).reshape(entries.shape)


def as_number(entry):
    """A number of any kind as a float; text and truth values are none."""
    if isinstance(entry, (str, bytes, bool, np.bool_)) or not hasattr(entry, "__float__"):
        raise TypeError(f"as_number: entry has type {type(entry).__name__}, expected a number")
    return float(entry)


def unreadable(answer):
    """Why an answer cannot be read as numbers."""
    entries = answer if isinstance(answer, (list, tuple)) else [answer]
    for i, entry in enumerate(entries):
        try:
            as_number(entry)
        except Exception:  # as above
            which = f"its entry {i}" if isinstance(answer, (list, tuple)) else "it"
            text = "is text, so leave out the quotation marks"
            return f"{which} {text if isinstance(entry, str) else f'has type {type(entry).__name__}'}"
    return f"it has type {type(answer).__name__}"


def close(given, right):
    """Entrywise agreement to the digits that are asked for."""
    # Rounding to four digits moves a number by at most half a unit of the fourth: 0.5e-3 of its size for 1.000.
    with np.errstate(invalid="ignore"):
        return np.isfinite(given) & (np.abs(given - right) <= 0.5 * 10.0 ** (1 - DIGITS) * np.abs(right))


def direction(report):
    """Which entry is furthest off, and to which side; the right value is not said."""
    entry = report.worst[0]
    place = f"entry {list(entry.index)}" if entry.index else "the value"
    difference = entry.claimed - entry.expected
    side = f"; it should be {'smaller' if difference > 0 else 'larger'}" if np.isfinite(difference) else ""
    if not np.isreal(entry.claimed):
        side = "; it should be real"
    return f"{place} is {number(entry.claimed)}{side}."


def reasons(report):
    """A report's sentences, said of an answer."""
    return " ".join(report.explanations).replace("the claim", "the answer")


def shown(array):
    """A small array in words."""
    return number(array[()]) if array.ndim == 0 else describe({"": array}).removeprefix(" = ")


def exercises():
    """All exercises of the book, by label."""
    chapters = [import_module(f"{references.__name__}.{module.name}") for module in iter_modules(references.__path__)]
    return {label: exercise for chapter in chapters for label, exercise in chapter.exercises().items()}


def check_answer(label, answer):
    """Say whether an answer to an exercise is right, and if not, what is wrong with it.

    Parameters
    ----------
    label : str
        Label of the exercise, for instance "ex-relu-beta".
    answer : object
        A number, an array or a function, as the exercise asks; ``...`` while there is none.

    Raises
    ------
    TypeError
        If the label is not a string.
    ValueError
        If no exercise has this label.

    Notes
    -----
    Numbers are right when they agree to four significant digits. The verdict is printed and the reference is not.

    Examples
    --------
    >>> check_answer("ex-relu-quotient", ...)
    ex-relu-quotient: not answered yet
    >>> check_answer("ex-relu-quotient", -0.25)
    ex-relu-quotient: not right: the answer is the negative of the right one.
    """
    if not isinstance(label, str):
        raise TypeError(f"check_answer: label has type {type(label).__name__}, expected the label of an exercise")
    known = exercises()
    if label not in known:
        near = difflib.get_close_matches(label, known, n=1)
        such_as = f" such as {near[0]!r}" if near else ""
        raise ValueError(f"check_answer: label is {label!r}, expected the label of an exercise{such_as}")
    right, reason = (None, "") if answer is ... or answer is None else known[label].judge(answer)
    if right is None:
        print(f"{label}: not answered yet")
    else:
        print(f"{label}: right" if right else f"{label}: not right: {reason}")
