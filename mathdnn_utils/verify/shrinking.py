"""Make an input that refutes a line of a derivation small and round, as hypothesis does, but inside what was drawn.

A smaller input may lie outside the hypotheses of a derivation, and would then refute nothing. So every entry keeps its
sign and stays between the smallest and the largest number that was drawn for its argument, no nearer to 0 than those.
What was equal stays equal, what was different stays different, and integers stay integers. An argument whose entries
always have the same sum, such as probabilities, is left alone.
"""

import numpy as np

from .compare import plainness

# Inputs that are tried at most, and entries up to which an argument is made rounder one by one.
TRIES = 300
MOST_ENTRIES = 30


def simplest(refutes, arguments, drawn):
    """The plainest input that can be found that still refutes, starting from one that does.

    Parameters
    ----------
    refutes : callable
        Takes the tuple of arguments; whether they refute the line. It raises nothing.
    arguments : tuple
        An input that refutes it.
    drawn : list of tuple
        All inputs that were drawn.

    Returns
    -------
    tuple
        Of the same kinds as `arguments`, which it is if nothing plainer was found.
    """
    best, tries = arguments, 0
    improved = True
    while improved and tries < TRIES:
        improved = False
        for candidate in candidates(best, drawn):
            if plainness(candidate) >= plainness(best) or not like(candidate, best):
                continue
            tries += 1
            if refutes(candidate):
                best, improved = candidate, True
                break
            if tries == TRIES:
                break
    return best


def candidates(arguments, drawn):
    """Inputs that differ from one in one argument: all its entries rounded, then one entry small and whole."""
    for k, argument in enumerate(arguments):
        limits = bounds(k, drawn) if changeable(argument) else None
        if limits is None:
            continue
        array = np.asarray(argument)
        if array.dtype.kind == "f":
            for digits in (0, 1, 2):
                yield replaced(arguments, k, between(np.round(array, digits), *limits))
        if array.size > MOST_ENTRIES:
            continue
        for place in np.ndindex(array.shape):
            for size in (0, 1, 2, 3, 4, 5, 0.5):
                entry = size if array[place] >= 0 else -size
                if entry == between(entry, *limits) and (array.dtype.kind == "f" or entry == int(entry)):
                    new = array.copy()
                    new[place] = entry
                    yield replaced(arguments, k, new)


def replaced(arguments, k, array):
    """The arguments with another argument k, of the same kind as before."""
    kind, dtype = type(arguments[k]), np.asarray(arguments[k]).dtype
    array = np.asarray(array).astype(dtype)
    return (*arguments[:k], array if kind is np.ndarray else kind(array), *arguments[k + 1 :])


def changeable(argument):
    """Whether an argument holds real numbers that can be replaced by others."""
    if isinstance(argument, np.ndarray):
        return argument.dtype.kind in "if" and argument.size > 0
    return isinstance(argument, (int, float, np.integer, np.floating)) and not isinstance(argument, bool)


def bounds(k, drawn):
    """The smallest, the largest, and the entry nearest to 0 that were drawn, or None if it must not be changed."""
    if not all(changeable(arguments[k]) for arguments in drawn):
        return None
    arrays = [np.asarray(arguments[k]) for arguments in drawn]
    sums = [np.asarray(array.sum(axis=-1) if array.ndim else array, dtype=float) for array in arrays]
    if len({total.shape for total in sums}) == 1 and all(np.allclose(total, sums[0], rtol=1e-9) for total in sums):
        return None
    extremes = min(array.min() for array in arrays), max(array.max() for array in arrays)
    return (*extremes, min(np.abs(array).min() for array in arrays))


def between(array, low, high, nearest):
    """The entries, those outside of what was drawn replaced by its ends."""
    away = np.where(np.abs(array) < nearest, np.copysign(nearest, array), array)
    return np.clip(away, low, high)


def like(new, old):
    """Whether two inputs have the same signs, and their entries are equal to each other in the same places."""
    numbers = [[values for values in arguments if changeable(values)] for arguments in (new, old)]
    signs = all(np.array_equal(np.sign(a), np.sign(b)) for a, b in zip(*numbers))
    # The entries of an array are compared with each other, and so are the numbers among the arguments.
    arrays = all(pattern(np.ravel(a)) == pattern(np.ravel(b)) for a, b in zip(*numbers))
    single = [pattern([value for value in values if np.ndim(value) == 0]) for values in numbers]
    return signs and arrays and single[0] == single[1]


def pattern(values):
    """Which values are equal: for each the place where it stands first.

    >>> pattern([7, 3, 7, 1])
    [0, 1, 0, 3]
    """
    first = {}
    return [first.setdefault(value, place) for place, value in enumerate(np.asarray(values).tolist())]
