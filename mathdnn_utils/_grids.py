"""Drawings of arrays as cells with numbers, for `figures`: convolutions step by step, matrices, receptive fields.

A cell is one unit of the data wide and high, and row 0 is at the top. How many inches a cell gets, and how large the
numbers in it are, follows from the room and from how wide the letters are in a table, not from a font. The numbers
are computed by the library from the arguments of the call; none is typed.
"""

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from ._diagrams import _EM, _INK, _MARGIN, _check_axes, _list, _listed, _prepare, _room, _size
from ._validation import integer, numeric_array

_CELL = 0.42  # inches, at most, for short numbers
_SMALLEST_CELL = 0.12  # inches, if no number is in it
_LARGEST_CELL = 0.62  # inches, at most, for the sake of a long number
_LARGEST, _COMFORTABLE, _SMALLEST = 12.0, 9.5, 8.5  # points, of numbers in cells
_WORDS = 10.5  # points, of words beside cells
_WIDE, _HIGH = 0.9, 0.68  # how much of a cell a number fills at most
_DIGITS = 3
_EDGE, _PALE, _PADDED = "#767676", "#707070", "#e4e4e4"
_THIN, _THICK = 0.8, 2.4  # points
_GAP = 0.9  # cells between two grids, with room for a line of words
_SUNK = 0.16  # cells between a grid and words beside it
_MINUS = "\u2212"
_EMS = {_MINUS: 0.838, ".": 0.318, "·": 0.318}  # and 0.636 for a digit


# Cells on a board


@dataclass
class _Cell:
    """A square with a word in it; `x` and `y` are its upper left corner."""

    x: float
    y: float
    word: str = ""
    ground: str = "#ffffff"
    edge: str = _EDGE
    ink: str = _INK
    thick: bool = False
    dashes: str = "solid"


@dataclass
class _Line:
    """Words beside the cells."""

    x: float
    y: float
    text: str
    ha: str = "left"
    va: str = "center"


class _Cells(PolyCollection):
    """Cells with their words, those with a thick border on top; `dashes` are the borders' kinds."""

    def __init__(self, cells, label):
        cells = sorted(cells, key=lambda cell: cell.thick)
        self.dashes = [cell.dashes for cell in cells]
        super().__init__(
            [[(c.x, c.y), (c.x + 1, c.y), (c.x + 1, c.y - 1), (c.x, c.y - 1)] for c in cells],
            facecolors=[c.ground for c in cells], edgecolors=[c.edge for c in cells], linestyles=self.dashes,
            linewidths=[_THICK if c.thick else _THIN for c in cells], joinstyle="miter", label=label, zorder=2,
            clip_on=False,
        )  # fmt: skip
        look = {"ha": "center", "va": "center_baseline", "clip_on": False}
        self.words = [Text(c.x + 0.5, c.y - 0.5, c.word, color=c.ink, **look) for c in cells if c.word]

    def place(self, ax):
        ax.add_collection(self, autolim=False)
        for word in self.words:
            word.axes = ax
            word.set_figure(ax.get_figure(root=False))
            word.set_transform(ax.transData)

    def set_size(self, points):
        for word in self.words:
            word.set_fontsize(points)

    def draw(self, renderer):
        super().draw(renderer)
        if self.get_visible():
            for word in self.words:
                word.draw(renderer)


class _Board:
    """Everything on one axes: what is drawn there already, what is to be drawn, and the room for it."""

    def __init__(self):
        self.drawn, self.boxes, self.lines, self.pending, self.longest = [], [], [], [], ""

    @classmethod
    def on(cls, ax):
        """Return a board with the cells that the axes have."""
        board = cls()
        for artist in ax.collections:
            if isinstance(artist, _Cells):
                board.drawn.append(artist)
                board.boxes, board.lines, board.longest = artist.board
                board.boxes, board.lines = list(board.boxes), list(board.lines)
        return board

    def add(self, label, cells):
        cells = list(cells)
        x, y = np.array([(cell.x, cell.y) for cell in cells]).T
        self.boxes.append((x.min(), y.min() - 1, x.max() + 1, y.max()))
        self.longest = max(self.longest, *(cell.word for cell in cells), key=_width)
        self.pending.append(functools.partial(_Cells, cells, label))

    def write(self, *line, **placed):
        line = _Line(*line, **placed)
        self.lines.append(line)
        look = {"ha": line.ha, "va": line.va, "color": _INK, "fontsize": _WORDS, "zorder": 4}
        self.pending.append(functools.partial(Text, line.x, line.y, line.text, **look))

    def outline(self, label, left, top, right, bottom):
        """Draw a dark line around a part of the cells."""
        look = {"facecolor": "none", "edgecolor": _INK, "linewidth": 1.7, "joinstyle": "miter", "clip_on": False}
        box = (left, bottom), right - left, top - bottom
        self.pending.append(functools.partial(Rectangle, *box, label=label, zorder=2.5, **look))

    def dot(self, label, x, y):
        """Draw a dotted line inside a cell, whose upper left corner is given."""
        look = {"facecolor": "none", "edgecolor": _INK, "linewidth": 1.2, "linestyle": "dotted", "clip_on": False}
        box = (x + 0.13, y - 0.87), 0.74, 0.74
        self.pending.append(functools.partial(Rectangle, *box, label=label, zorder=2.5, **look))

    def bounds(self, scale):
        """Return the lowest and the highest coordinates, in inches, at a number of inches a cell."""
        corners = [np.multiply(scale, box) for box in self.boxes]
        for line in self.lines:
            width, height = (part * _WORDS / 72 / _EM for part in _size(line.text))
            left = scale * line.x - {"left": 0, "center": 0.5, "right": 1}[line.ha] * width
            low = scale * line.y - {"bottom": 0, "center": 0.5, "top": 1}[line.va] * height
            corners.append((left, low, left + width, low + height))
        corners = np.array(corners)
        return np.concatenate([corners[:, :2].min(0), -corners[:, 2:].max(0)]) - _MARGIN

    def draw(self, ax, points):
        for make in self.pending:
            artist = make()
            if isinstance(artist, _Cells):
                artist.place(ax)
                self.drawn.append(artist)
            else:
                ax.add_artist(artist)
        for cells in self.drawn:
            cells.set_size(points)
            cells.board = self.boxes, self.lines, self.longest


def _width(number):
    """Return how wide a number is, in ems."""
    return sum(_EMS.get(letter, 0.636) for letter in number)


def _common_bounds(boards, scale):
    low_left, top_right = np.split(np.min([board.bounds(scale) for board in boards], axis=0), 2)
    return low_left, -top_right


def _scale(boards, room):
    """Return the largest number of inches a cell at which all of the boards fit into one place, or 0."""
    longest = max(_width(board.longest) for board in boards)
    low, high = 0.0, min(max(_CELL, longest * _COMFORTABLE / _WIDE / 72), _LARGEST_CELL)
    for scale in (high, *[None] * 20):
        scale = scale or (low + high) / 2
        start, end = _common_bounds(boards, scale)
        low, high = (scale, high) if np.all(end - start <= room) else (low, scale)
    return low


def _draw(function, axes, *arrangements):
    """Draw the boards of the arrangement with the largest cells, all at one scale and with numbers of one size.

    An arrangement has a board for each axes. One that stands before others may have slightly smaller cells.
    """
    from . import figures  # which imports this module

    rooms = [_room(ax) for ax in axes]
    room = np.min(rooms, axis=0)
    scales = [_scale(boards, room) for boards in arrangements]
    scale, boards = next(pair for pair in zip(scales, arrangements) if pair[0] >= 0.97 * max(scales))
    longest = max((board.longest for board in boards), key=_width)
    points = min(_LARGEST, 72 * scale * _HIGH, 72 * scale * _WIDE / _width(longest)) if longest else _LARGEST
    if scale < _SMALLEST_CELL or points < _SMALLEST:
        number = f" with a number like {longest}" if longest else ""
        raise ValueError(
            f"{function}: axes of {room[0]:.1f} × {room[1]:.1f} in leave {scale:.2f} in for a cell{number}, expected "
            "larger axes, fewer cells or shorter numbers because a picture must be legible on a phone"
        )
    with figures.style():
        start, end = _common_bounds(boards, scale)
        for ax, own_room, board in zip(axes, rooms, boards):
            _prepare(ax, (start + end) / 2 / scale, own_room, scale)
            board.draw(ax, points)


def _light(color):
    """Return a colour mixed with white, light enough for dark numbers on it."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - 0.28 * (255 - part)):02x}" for part in (red, green, blue))


def _look(name):
    """Return the look of cells that stand out in one of the book's colours."""
    from . import figures  # which imports this module

    return {"ground": _light(figures.COLORS[name]), "edge": figures.COLORS[name], "thick": True}


_OUTSIDE = {"ground": _PADDED, "ink": "#555555", "dashes": "dashed"}


def _cells(words, look, left=0, top=0):
    """Yield a cell for each entry of a one- or two-dimensional array of words; `look(place)` is a dict."""
    for place in np.ndindex(words.shape):
        i, j = (0, *place)[-2:]
        yield _Cell(left + j, top - i, words[place], **look(place))


# Numbers


def _number(value, scale):
    """Write an integer plainly and another number with 3 digits counted from the leading digit of `scale`."""
    if np.ma.is_masked(value):
        return ""
    if isinstance(value, (int, np.integer)):
        return str(int(value)).replace("-", _MINUS)
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(scale * (1 + 1e-9)))) if scale else 0
    # Rounding twice: the first time wipes out noise, so that it cannot tip a tie the second time.
    text = f"{round(round(float(value), decimals + 7), decimals) + 0.0:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if decimals else text).replace("-", _MINUS)


def _numbers(values):
    """Return an array of what is written for numbers."""
    shown = np.abs(np.ma.compressed(np.ma.asarray(values, dtype=float)))
    scale = float(shown.max()) if shown.size else 0.0
    words = np.empty(values.shape, dtype=object)
    for place in np.ndindex(values.shape):
        words[place] = _number(values[place], scale)
    return words


def _as_written(words, values):
    """Return whether the words are the values, or these are rounded."""
    written = [float(word.replace(_MINUS, "-")) for word in words]
    return bool(np.allclose(written, values, rtol=1e-12, atol=1e-300))


def _array(function, name, value, dimensions=(1, 2)):
    """Return real numbers in an array of one or two axes."""
    array = numeric_array(function, name, value)
    if array.dtype.kind == "c":
        raise TypeError(f"{function}: {name} has dtype {array.dtype}, expected real numbers because they are written")
    if array.ndim not in dimensions or not array.size:
        shapes = " or ".join(("(n,)", "(rows, columns)")[count - 1] for count in dimensions)
        raise ValueError(
            f"{function}: {name} has shape {array.shape}, expected {shapes} with at least one entry because each "
            "entry is a cell"
        )
    return array


def _finite_array(function, name, value, dimensions=(1, 2)):
    array = _array(function, name, value, dimensions)
    if not np.all(np.isfinite(array)):
        raise ValueError(
            f"{function}: {name} has an entry that is not finite, expected finite numbers because they are computed "
            "with and written"
        )
    return array


def _array_with_gaps(function, name, value):
    """Return an array whose missing entries are masked."""
    array = np.ma.masked_array(_array(function, name, value), np.ma.getmaskarray(np.ma.asarray(value)))
    if array.dtype.kind == "f":
        array = np.ma.masked_where(np.isnan(array.data) | array.mask, array.data)
    if np.any(np.isinf(array.compressed())):
        raise ValueError(
            f"{function}: {name} has an infinite entry, expected finite numbers because they are written, or NaN "
            "because that is an empty cell"
        )
    return array


# Grids and matrices


class _Grid:
    """Where a drawn grid is, in the units of its axes: a cell is 1 wide and 1 high, and y grows upwards."""

    def __init__(self, left, top, rows, columns):
        self.left, self.top, self.right, self.bottom = left, top, left + columns, top - rows

    def center(self, i, j=None):
        """Return the middle (x, y) of the cell in row i and column j, or of entry i of a single row."""
        row, column = (0, i) if j is None else (i, j)
        return self.left + column + 0.5, self.top - row - 0.5

    def __repr__(self):
        return f"grid from ({self.left:g}, {self.top:g}) to ({self.right:g}, {self.bottom:g})"


def _place(function, at):
    place = numeric_array(function, "at", at)
    if place.dtype.kind == "c":
        raise TypeError(f"{function}: at has dtype {place.dtype}, expected real numbers because it is a place")
    if place.shape != (2,):
        raise ValueError(f"{function}: at has shape {place.shape}, expected (2,) because a place is (x, y)")
    if not np.all(np.isfinite(place)):
        raise ValueError(
            f"{function}: at has value {tuple(place.tolist())}, expected finite numbers because it is a place"
        )
    return place.tolist()


def _labels(function, name, labels, count, what):
    """Return a text for each row or column."""
    if labels is None:
        return None
    labels = _list(function, name, labels, f"a text or an integer for each {what}")
    for label in labels:
        if isinstance(label, bool) or not isinstance(label, (str, int, np.integer)):
            raise TypeError(
                f"{function}: {name} has an entry of type {type(label).__name__}, expected str or int because it is "
                f"written beside a {what}"
            )
    if len(labels) != count:
        raise ValueError(
            f"{function}: {name} has {len(labels)} entries, expected {count} because there {_are(count, what)}"
        )
    return [str(label) for label in labels]


def _are(count, what):
    return f"is 1 {what}" if count == 1 else f"are {count} {what}s"


def _title(function, title):
    if title is not None and not isinstance(title, str):
        raise TypeError(
            f"{function}: title has type {type(title).__name__}, expected str because it is written above the cells"
        )
    return title


def _write_labels(board, grid, rows, columns, title):
    for i, text in enumerate(rows or []):
        board.write(grid.left - _SUNK, grid.top - i - 0.5, text, ha="right")
    for j, text in enumerate(columns or []):
        board.write(grid.left + j + 0.5, grid.top + _SUNK, text, ha="center", va="bottom")
    if title:
        board.write(grid.left, grid.top + _SUNK + (0.7 if columns else 0), title, va="bottom")


def _color_names(colors, shape):
    """Return an array of names of colours, and None where there is none."""
    from . import figures  # which imports this module

    if colors is None or isinstance(colors, str):
        names = np.full(shape, colors, dtype=object)
    else:
        try:
            names = np.array(colors, dtype=object)
        except ValueError:  # rows of different lengths, one of them an array
            names = np.empty(0, dtype=object)
        if names.shape != shape:
            raise ValueError(
                f"draw_grid: colors has shape {names.shape}, expected {shape} because values has it and each cell has "
                "its own colour"
            )
    for name in names.ravel():
        if name is not None and (not isinstance(name, str) or name not in figures.COLORS):
            raise ValueError(
                f"draw_grid: colors has the colour {name!r}, expected None or one of {_listed(figures.COLORS)} because "
                "these can be told apart"
            )
    return names


def _mask(marked, shape):
    if marked is None:
        return np.zeros(shape, dtype=bool)
    marked = np.asarray(marked)
    if marked.dtype != bool:
        raise TypeError(f"draw_grid: marked has dtype {marked.dtype}, expected bool because a cell is marked or is not")
    if marked.shape != shape:
        raise ValueError(f"draw_grid: marked has shape {marked.shape}, expected {shape} because values has it")
    return marked


def draw_grid(ax, values, *, at=(0, 0), colors=None, marked=None, numbers=True, rows=None, columns=None, title=None):
    """Draw an array as cells with its numbers in them, row 0 at the top.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes, best from ``figures.figure(plain=True)``, empty or with other grids. Ticks and frame go away, and the
        limits leave room for all grids on the axes.
    values : array, ``(n,)`` or ``(rows, columns)``
        Integers are written plainly, other numbers with about 3 digits of the largest magnitude. NaN and masked
        entries are empty cells.
    at : (float, float)
        The upper left corner of the grid. A cell is 1 wide and 1 high, and y grows upwards.
    colors : str or array of str and None, of the shape of `values`, optional
        Names in ``figures.COLORS``: a light tint is the ground of the cell.
    marked : array of bool, of the shape of `values`, optional
        Cells with a thick border.
    numbers : bool
        Write the numbers. Without, cells may be smaller.
    rows, columns : sequence of str or int, optional
        What is written to the left of each row and above each column.
    title : str, optional
        What is written above the grid.

    Returns
    -------
    grid
        The edges ``left``, ``right``, ``top`` and ``bottom``, and ``center(i, j)``, the middle of a cell; or
        ``center(i)`` in a single row. They are places for ``ax.text`` and for the next grid.

    Raises
    ------
    TypeError
        If an argument is not of the kind above.
    ValueError
        If shapes do not belong together, if a colour is unknown, if a number is infinite, or if the axes are too
        small for legible numbers.

    Notes
    -----
    A cell is 0.42 in wide, or less if the axes have less room. On a page as wide as a phone, numbers of two digits
    want no more than 14 cells beside each other in a figure; set ``height`` to about 0.45 in a row.

    Examples
    --------
    >>> from mathdnn_utils import figures
    >>> fig, ax = figures.figure(height=1, plain=True)
    >>> left = figures.draw_grid(ax, [[5, 6], [7, 8]], colors=[["blue", None], [None, None]])
    >>> left.right, left.center(1, 0)
    (2.0, (0.5, -1.5))
    >>> figures.draw_grid(ax, [0.5, -1.25], at=(left.right + 1, 0))
    grid from (3, 0) to (5, -1)
    >>> [word.get_text() for cells in ax.collections for word in cells.words]
    ['5', '6', '7', '8', '0.5', '−1.25']
    """
    _check_axes("draw_grid", ax)
    values = _array_with_gaps("draw_grid", "values", values)
    left, top = map(float, _place("draw_grid", at))
    names, thick = _color_names(colors, values.shape), _mask(marked, values.shape)
    height, width = (1, *values.shape)[-2:]
    rows = _labels("draw_grid", "rows", rows, height, "row")
    columns = _labels("draw_grid", "columns", columns, width, "column")
    title = _title("draw_grid", title)
    words = _numbers(values) if numbers else np.full(values.shape, "", dtype=object)

    def look(place):
        found = _look(names[place]) if names[place] else {"edge": _INK}
        if not thick[place]:
            del found["edge"]
        return found | {"thick": bool(thick[place])}

    board, grid = _Board.on(ax), _Grid(left, top, height, width)
    board.add("", _cells(words, look, left, top))
    _write_labels(board, grid, rows, columns, title)
    _draw("draw_grid", [ax], [board])
    return grid


def _check_taps(taps, shape):
    if taps is None:
        return np.full(shape, -1)
    taps = numeric_array("draw_matrix", "taps", taps)
    if taps.dtype.kind not in "iu":
        raise TypeError(f"draw_matrix: taps has dtype {taps.dtype}, expected integers because it holds indices of taps")
    if taps.shape != shape:
        raise ValueError(f"draw_matrix: taps has shape {taps.shape}, expected {shape} because M has it")
    if taps.min() < -1:
        raise ValueError(
            f"draw_matrix: taps has value {taps.min()}, expected at least -1 because taps count from 0 and -1 is none"
        )
    return taps


def _check_tap_names(names, taps):
    if names is None:
        return []
    names = _list("draw_matrix", "names", names, "a text for each tap")
    for name in names:
        if not isinstance(name, str):
            raise TypeError(
                f"draw_matrix: names has an entry of type {type(name).__name__}, expected str because it is written "
                "beside the colour of a tap"
            )
    if len(names) != taps.max() + 1:
        raise ValueError(
            f"draw_matrix: names has {len(names)} entries, expected {taps.max() + 1} because taps has so many"
        )
    return names


_TAP_COLORS = ("blue", "orange", "green", "purple", "gray")


def _add_taps(board, places):
    """Mark cells by a strip on their lower border; which part of the border it takes tells the tap without colour."""
    from . import figures  # which imports this module

    count = max(tap for _, _, tap in places) + 1
    for tap in range(count):
        strips = []
        for x, y in ((x, y) for x, y, own in places if own == tap):
            left, right, low = x + 0.08 + 0.84 * tap / count, x + 0.08 + 0.84 * (tap + 1) / count, y - 0.96
            strips.append([(left, low), (right, low), (right, low + 0.13), (left, low + 0.13)])
        if strips:
            color = figures.COLORS[_TAP_COLORS[tap % len(_TAP_COLORS)]]
            look = {"facecolors": color, "edgecolors": "none", "label": f"tap {tap}", "zorder": 3, "clip_on": False}
            board.pending.append(functools.partial(PolyCollection, strips, **look))


def draw_matrix(ax, M, *, rows=None, columns=None, taps=None, names=None, title=None):
    """Draw a matrix as cells, coloured by the tap of the kernel that each cell holds.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Empty axes, best from ``figures.figure(plain=True)``. Ticks and frame go away.
    M : array, ``(rows, columns)``
        Numbers, written as by `draw_grid`. A zero that is no tap is a dot.
    rows, columns : sequence of str or int, optional
        What is written to the left of each row and above each column.
    taps : array of int, of the shape of `M`, optional
        Which tap of the kernel an entry is, and -1 for none: what ``conv_matrix1d([1, …, K], n)`` of
        `mathdnn_utils.convolution` gives, minus 1. A tap has a colour, and a strip on the lower border
        that starts the farther to the right the larger the index of the tap.
    names : sequence of str, optional
        A text for each tap: makes a legend.
    title : str, optional
        What is written above the matrix.

    Returns
    -------
    grid
        As from `draw_grid`.

    Raises
    ------
    TypeError
        If an argument is not of the kind above.
    ValueError
        If shapes do not belong together, if a number is not finite, if an index is below -1, or if the axes are too
        small for legible numbers.

    Examples
    --------
    The matrix of a correlation with w = (1, 0, −1), and its transpose: in its rows the taps come in reverse.

    >>> from mathdnn_utils import figures
    >>> from mathdnn_utils.convolution import conv_matrix1d
    >>> M, taps = conv_matrix1d([1, 0, -1], 4), conv_matrix1d([1, 2, 3], 4) - 1
    >>> fig, (left, right) = figures.figure(ncols=2, height=2, plain=True)
    >>> figures.draw_matrix(left, M, taps=taps)
    grid from (0, 0) to (4, -2)
    >>> figures.draw_matrix(right, M.T, taps=taps.T)
    grid from (0, 0) to (2, -4)
    >>> [word.get_text() for word in left.collections[0].words]
    ['1', '0', '−1', '·', '·', '1', '0', '−1']
    """
    from . import figures  # which imports this module

    _check_axes("draw_matrix", ax)
    M = _finite_array("draw_matrix", "M", M, (2,))
    rows = _labels("draw_matrix", "rows", rows, M.shape[0], "row")
    columns = _labels("draw_matrix", "columns", columns, M.shape[1], "column")
    taps = _check_taps(taps, M.shape)
    names, title = _check_tap_names(names, taps), _title("draw_matrix", title)
    words = _numbers(M)
    words[(taps < 0) & (M == 0)] = "·"
    grid = _Grid(0, 0, *M.shape)

    def look(place):
        return legend_look(taps[place]) if taps[place] >= 0 else {}

    def legend_look(tap):
        return {"ground": _light(figures.COLORS[_TAP_COLORS[tap % len(_TAP_COLORS)]])}

    def board(below):
        drawn = _Board()
        drawn.add("", _cells(words, look))
        places = [(j, -i, taps[i, j]) for i, j in np.ndindex(M.shape)]
        x, y = (0, grid.bottom - 0.5) if below else (grid.right + 0.5, 0)
        for tap, name in enumerate(names):
            drawn.add(f"legend {tap}", [_Cell(x, y, **legend_look(tap))])
            drawn.write(x + 1 + _SUNK, y - 0.5, name)
            places.append((x, y, tap))
            x, y = (x + 1.5 + _size(name)[0] / _CELL, y) if below else (x, y - 1.15)
        if taps.max() >= 0:
            _add_taps(drawn, places)
        _write_labels(drawn, grid, rows, columns, title)
        return drawn

    _draw("draw_matrix", [ax], [board(True)], [board(False)])
    return grid


# Convolutions


def _ask(function, name, *args, **options):
    """Return what a function of the library says; its refusals become those of `function`."""
    from . import convolution

    try:
        return getattr(convolution, name)(*args, **options)
    except (TypeError, ValueError) as error:
        raise type(error)(str(error).replace(f"{name}: ", f"{function}: ", 1)) from error


def _signal_and_kernel(function, x, w):
    x, w = _finite_array(function, "x", x), _finite_array(function, "w", w)
    if w.ndim != x.ndim:
        expected = ("one axis", "two axes")[x.ndim - 1]
        raise ValueError(f"{function}: w has shape {w.shape}, expected {expected} because x has shape {x.shape}")
    return x, w


def _along_axes(x, **settings):
    """Return each setting with a number for each axis of x."""
    return [tuple(np.broadcast_to(setting, x.ndim).tolist()) for setting in settings.values()]


def _positions(function, positions, shape, of):
    """Return places in an array, all of them unless some are given."""
    if positions is None:
        return list(np.ndindex(shape))
    reason = f"it holds places of the {of}"
    found = []
    for position in _list(function, "positions", positions, f"places of the {of}"):
        place = tuple(position) if isinstance(position, (tuple, list, np.ndarray)) else (position,)
        place = tuple(integer(function, "positions", part, reason, expected="ints") for part in place)
        if len(place) != len(shape) or not all(0 <= part < size for part, size in zip(place, shape)):
            raise ValueError(
                f"{function}: positions has {position!r}, expected places of the {of} because its shape is {shape}"
            )
        found.append(place)
    if not found:
        raise ValueError(f"{function}: positions has 0 entries, expected at least 1 because each has its frame")
    return found


def _frames(function, axes, positions):
    """Return the axes of the frames in a list, as many as there are positions."""
    axes = np.ravel(np.array(axes, dtype=object)).tolist()
    for ax in axes:
        _check_axes(function, ax)
    if len(axes) != len(positions):
        raise ValueError(
            f"{function}: axes has {len(axes)} axes, expected {len(positions)} because each position has its frame"
        )
    return axes


def _names(function, names):
    """Return the names of input, kernel and output."""
    names = _list(function, "names", names, "the names of input, kernel and output")
    if len(names) != 3 or not all(isinstance(name, str) and name for name in names):
        raise ValueError(
            f"{function}: names has {names!r}, expected three strings because input, kernel and output have names"
        )
    return names


def _index(name, place):
    return f"{name}[{', '.join(map(str, place))}]"


def _under(position, taps, stride, dilation):
    """Return for each tap of a kernel its place when the kernel is at a position."""
    return {
        tuple(s * n + d * k for s, n, d, k in zip(stride, position, dilation, tap)): tap for tap in np.ndindex(taps)
    }


class _Convolution:
    """A convolution layer x ⋆ w and its frames."""

    def __init__(self, function, x, w, stride, padding, dilation, names):
        self.names = _names(function, names)
        self.x, self.w = _signal_and_kernel(function, x, w)
        settings = {"stride": stride, "padding": padding, "dilation": dilation}
        self.y = np.asarray(_ask(function, f"conv{self.x.ndim}d", self.x, self.w, **settings))
        self.stride, self.padding, self.dilation = _along_axes(self.x, **settings)
        self.padded = np.pad(self.x, [(p, p) for p in self.padding])
        self.words = [_numbers(array) for array in (self.padded, self.w, self.y)]

    def sum(self, position, short):
        """Return in words how an entry of the output comes about, or what it is."""
        padded, weights, results = self.words
        under = _under(position, self.w.shape, self.stride, self.dilation)
        terms = "" if short else self.terms([(weights[tap], padded[place]) for place, tap in under.items()])
        written, values = [results[position]], [self.y[position]]
        if not short:
            written += [*weights.ravel(), *(padded[place] for place in under)]
            values += [*self.w.ravel(), *(self.padded[place] for place in under)]
        equals = "=" if _as_written(written, values) else "≈"
        return f" {equals} ".join(filter(None, [_index(self.names[2], position), terms, results[position]]))

    def terms(self, factors):
        """Return a sum of products in words."""
        text = ""
        for weight, entry in factors:
            if text:
                text += f" {_MINUS} " if weight.startswith(_MINUS) else " + "
                weight = weight.removeprefix(_MINUS)
            text += f"{weight}·{_parenthesised(entry)}"
        return text

    def frame(self, position, arrangement, short):
        """Return the board of one frame."""
        signal = self.x.ndim == 1
        padded, weights, results = self.words
        height, width = (1, *padded.shape)[-2:]
        under = _under(position, self.w.shape, self.stride, self.dilation)
        rows = (1, *self.w.shape)[-2]
        if signal:
            kernel_at, output_at = (0, 1.15), (0, -1.4)
        elif arrangement == "beside":
            kernel_at, output_at = (width + 1, 0), (width + 1, -rows - _GAP)
        elif arrangement == "in a column":
            kernel_at, output_at = (0, -height - _GAP), (0, -height - rows - 2 * _GAP)
        else:
            kernel_at, output_at = (0, -height - _GAP), (self.w.shape[1] + 1, -height - _GAP)

        def entry(place):
            inside = all(p <= n < p + size for n, p, size in zip(place, self.padding, self.x.shape))
            found = {} if inside else _OUTSIDE
            return found | _look("blue") | {"dashes": "solid"} if place in under else found

        def result(place):
            return _look("orange") if place == position else {}

        board = _Board()
        board.add(self.names[0], _cells(padded, entry))
        if signal:
            taps = [_Cell(i, kernel_at[1], weights[tap], **_look("blue")) for (i,), tap in under.items()]
        else:
            taps = _cells(weights, lambda tap: _look("blue"), *kernel_at)
        board.add(self.names[1], taps)
        known = np.array([[results[place] if place <= position else ""] for place in np.ndindex(results.shape)])
        board.add(self.names[2], _cells(known.reshape(results.shape), result, *output_at))
        if any(self.padding):
            top, left = (0, *self.padding)[-2:]
            down, right = (top + size for top, size in zip((top, left), (1, *self.x.shape)[-2:]))
            board.outline("data", left, -top, right, -down)
        for name, (x, y) in zip(self.names, [(0, 0), kernel_at, output_at]):
            if signal:
                board.write(-_SUNK, y - 0.5, name, ha="right")
            else:
                board.write(x, y + 0.1, name, va="bottom")
        low = min(box[1] for box in board.boxes)
        board.write(0, low - 0.22, self.sum(position, short), va="top")
        return board


def draw_convolution(axes, x, w, *, stride=1, padding=0, dilation=1, positions=None, names=("x", "w", "y")):
    """Draw a convolution as a layer computes it, x ⋆ w, in one frame for each position of the kernel.

    A frame shows the input with the zeros of its padding (dashed and grey; a dark line goes around the data), the
    kernel's taps over the entries that they meet (blue, with a thick border), and the output up to the entry of this
    position (orange, with a thick border); later entries are empty.

    Parameters
    ----------
    axes : matplotlib.axes.Axes or array of them
        Axes for each frame, best from ``figures.figure(ncols=…, nrows=…, plain=True)``.
    x : array, ``(N,)`` or ``(H, W)``
        The input.
    w : array, ``(K,)`` or ``(K_h, K_w)``
        The kernel, which is not flipped.
    stride, padding, dilation : int or, for images, (int, int)
        As in `mathdnn_utils.convolution.conv1d` and ``conv2d``, which compute the output.
    positions : sequence of int or (int, int), optional
        The entries of the output whose frames are drawn; all, row by row, without it.
    names : sequence of three str
        What the input, the kernel and the output are called; ``$…$`` is mathematics.

    Raises
    ------
    TypeError
        If an argument is not of the kind above.
    ValueError
        If shapes do not belong together, if a setting is out of range, if there are more or fewer axes than
        positions, or if the axes are too small for legible numbers.

    Notes
    -----
    Below a frame stands the sum of products, if it fits, else the result alone; ≈ says that written numbers are
    rounded. All frames have one scale. A frame of a signal wants a height of about 1.9 in. The kernel and the output
    of an image are below it or beside it, whichever leaves more room for the cells.

    Examples
    --------
    >>> from mathdnn_utils import figures
    >>> fig, axes = figures.figure(ncols=2, height=1.9, plain=True)
    >>> figures.draw_convolution(axes, [5, 6, 7, 8], [3, 0, 1])
    >>> [ax.texts[-1].get_text() for ax in axes]
    ['y[0] = 3·5 + 0·6 + 1·7 = 22', 'y[1] = 3·6 + 0·7 + 1·8 = 26']
    """
    function = "draw_convolution"
    layer = _Convolution(function, x, w, stride, padding, dilation, names)
    positions = _positions(function, positions, layer.y.shape, "output")
    axes = _frames(function, axes, positions)
    arrangements = ("below",) if layer.x.ndim == 1 else ("below", "beside", "in a column")
    _draw(
        function, axes,
        *(
            [layer.frame(place, arrangement, short) for place in positions]
            for short, arrangement in itertools.product((False, True), arrangements)
        ),
    )  # fmt: skip


class _Transposed:
    """A transposed convolution and its frames."""

    def __init__(self, function, x, w, stride, padding, output_padding, dilation, names):
        self.names = _names(function, names)
        self.x, self.w = _signal_and_kernel(function, x, w)
        self.function = function
        self.sparse = {"stride": stride, "dilation": dilation}
        self.settings = self.sparse | {"padding": padding, "output_padding": output_padding}
        self.y = self.library(self.x, self.settings)
        self.stride, self.dilation, self.padding, self.added = _along_axes(self.x, **self.settings)
        self.ends = tuple(p + size for p, size in zip(self.padding, self.y.shape))

    def library(self, x, settings):
        return np.asarray(_ask(self.function, f"conv_transpose{x.ndim}d", x, self.w, **settings))

    def sums(self, position):
        """Return the output with its cropped border, after the entries of the input up to a position."""
        so_far = self.x.copy()
        for place in np.ndindex(so_far.shape):
            if place > position:
                so_far[place] = 0
        whole, kept = self.library(so_far, self.sparse), self.library(so_far, self.settings)
        canvas = np.zeros([max(pair) for pair in zip(whole.shape, self.ends)], dtype=whole.dtype)
        canvas[tuple(map(slice, whole.shape))] = whole
        canvas[tuple(map(slice, self.padding, self.ends))] = kept
        return canvas

    def reached(self, position):
        """Return the places of the canvas that something was added to up to a position."""
        places = (place for place in np.ndindex(self.x.shape) if place <= position)
        return {there for place in places for there in _under(place, self.w.shape, self.stride, self.dilation)}

    def frame(self, position, beside):
        """Return the board of one frame; the output of an image is beside the rest or below it."""
        signal = self.x.ndim == 1
        canvas = self.sums(position)
        words, reached = _numbers(canvas), self.reached(position)
        entries, weights = _numbers(self.x), _numbers(self.w)
        products = _numbers(self.x[position] * self.w)
        under = _under(position, self.w.shape, self.stride, self.dilation)
        (height, width), (rows, columns) = ((1, *array.shape)[-2:] for array in (self.x, self.w))
        second = -max(height, rows) - _GAP
        if signal:
            at = {"x": (0, 0), "w": (width + 1, 0), "xw": (0, -1.4), "y": (0, -2.55)}
        elif beside:
            left = itertools.accumulate([0, width + 1, columns + 1, columns + 1])
            at = {name: (x, 0) for name, x in zip(("x", "w", "xw", "y"), left)}
        else:
            at = {"x": (0, 0), "w": (columns + 1, 0), "xw": (0, second), "y": (columns + 1, second)}

        def inside(place):
            return all(p <= n < end for n, p, end in zip(place, self.padding, self.ends))

        def added(place):
            return inside(place) and any(n >= end - more for n, end, more in zip(place, self.ends, self.added))

        def total(place):
            found = {"ink": _PALE} if place not in reached else {}
            if not inside(place):
                found |= _OUTSIDE
            if added(place):
                found["ground"] = _look("purple")["ground"]
            return _look("orange") | found if place in under else found

        board = _Board()
        entry, kernel, output = self.names
        scaled = f"{_parenthesised(entries[position])}·{kernel}"
        board.add(entry, _cells(entries, lambda place: _look("blue") if place == position else {}, *at["x"]))
        board.add(kernel, _cells(weights, lambda tap: {}, *at["w"]))
        if signal:
            row = [_Cell(i, at["xw"][1], products[tap], **_look("blue")) for (i,), tap in under.items()]
            board.add(scaled, row)
        else:
            board.add(scaled, _cells(products, lambda tap: _look("blue"), *at["xw"]))
        board.add(output, _cells(words, total, *at["y"]))
        for text, (x, y) in zip((entry, kernel, scaled, output), at.values()):
            if signal:
                board.write(x - _SUNK, y - 0.5, text, ha="right")
            else:
                board.write(x, y + 0.1, text, va="bottom")
        low = min(box[1] for box in board.boxes)
        for place in filter(added, np.ndindex(canvas.shape)):
            i, j = (0, *place)[-2:]
            board.dot("from output_padding", at["y"][0] + j, at["y"][1] - i)
        if self.y.size < canvas.size:
            top, left = (0, *self.padding)[-2:]
            down, right = (1, *self.ends)[-2:]
            x, y = at["y"]
            board.outline("kept", x + left, y - top, x + right, y - down)
        notes = ["dashed: cut off by padding"] * (self.y.size < canvas.size)
        notes += ["dotted: from output_padding"] * any(self.added)
        if notes:
            board.write(0 if signal or not beside else at["y"][0], low - 0.22, "\n".join(notes), va="top")
        return board


def _parenthesised(number):
    return f"({number})" if number.startswith(_MINUS) else number


def draw_transposed_convolution(
    axes, x, w, *, stride=1, padding=0, output_padding=0, dilation=1, positions=None, names=("x", "w", "y")
):
    """Draw a transposed convolution in one frame for each entry of the input: the kernel times it is added in.

    A frame shows the input with its entry (blue, with a thick border), the kernel, the kernel times the entry, and
    the sums so far, in orange those that the entry adds to. What the padding cuts off is dashed and grey, and a dark
    line goes around what is kept; what `output_padding` adds to that is dotted and purple.

    Parameters
    ----------
    axes : matplotlib.axes.Axes or array of them
        Axes for each frame, best from ``figures.figure(ncols=…, nrows=…, plain=True)``.
    x : array, ``(N,)`` or ``(H, W)``
        The input.
    w : array, ``(K,)`` or ``(K_h, K_w)``
        The kernel.
    stride, padding, output_padding, dilation : int or, for images, (int, int)
        As in `mathdnn_utils.convolution.conv_transpose1d` and ``conv_transpose2d``, which compute the sums.
    positions : sequence of int or (int, int), optional
        The entries of the input whose frames are drawn; all, row by row, without it. The sums are over all entries up
        to that of the frame, drawn or not.
    names : sequence of three str
        As for `draw_convolution`.

    Raises
    ------
    TypeError
        If an argument is not of the kind above.
    ValueError
        If shapes do not belong together, if a setting is out of range, if there are more or fewer axes than
        positions, or if the axes are too small for legible numbers.

    Notes
    -----
    In the frame of the last entry, what is kept is the output. A frame of a signal wants a height of about 2.2 in.

    Examples
    --------
    >>> from mathdnn_utils import figures
    >>> fig, axes = figures.figure(ncols=2, height=2.2, plain=True)
    >>> figures.draw_transposed_convolution(axes, [1, 2], [5, 6, 7], stride=2)
    >>> for ax in axes:
    ...     print([word.get_text() for word in sorted(ax.collections[3].words, key=lambda word: word.get_position())])
    ['5', '6', '7', '0', '0']
    ['5', '6', '17', '12', '14']
    """
    function = "draw_transposed_convolution"
    layer = _Transposed(function, x, w, stride, padding, output_padding, dilation, names)
    positions = _positions(function, positions, layer.x.shape, "input")
    axes = _frames(function, axes, positions)
    arrangements = (False,) if layer.x.ndim == 1 else (False, True)
    _draw(function, axes, *([layer.frame(place, beside) for place in positions] for beside in arrangements))


# Receptive fields

_LEVEL = 2.7  # cells from a row of units to the next
_INPUTS = 26  # at most, if nobody says how many


def _needed(layers, outputs):
    """Return how many inputs there must be for a number of outputs."""
    for kernel, stride, dilation in reversed(layers):
        outputs = (outputs - 1) * stride + dilation * (kernel - 1) + 1
    return outputs


class _Units:
    """The units of all rows, the inputs first, and the edges from one unit of the last row down to what it reads."""

    def __init__(self, layers, size):
        self.layers = layers
        self.places = [np.arange(size) + 0.5]
        for layer, (_, stride, _) in enumerate(layers):
            count = (len(self.places[layer]) - self.reads(layer, 0)[-1] - 1) // stride + 1
            ends = [self.reads(layer, n) for n in range(count)]
            below = self.places[layer]
            self.places.append(np.array([(below[seen[0]] + below[seen[-1]]) / 2 for seen in ends]))

    def reads(self, layer, n):
        """Return the units of the row below that unit n of the layer is computed from."""
        kernel, stride, dilation = self.layers[layer]
        return [n * stride + dilation * k for k in range(kernel)]

    def edges(self, unit):
        """Return the edges, ((row, unit), (row below, unit)), from above."""
        found, seen = [], {unit}
        for layer in reversed(range(len(self.layers))):
            edges = [(n, below) for n in sorted(seen) for below in self.reads(layer, n)]
            found += [((layer + 1, n), (layer, below)) for n, below in edges]
            seen = {below for _, below in edges}
        return found


def draw_receptive_field(ax, layers, size=None, unit=None):
    """Draw what one unit of the last of several layers reads: rows of units, with edges down to the inputs.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Empty axes, best from ``figures.figure(plain=True)``. Ticks and frame go away.
    layers : sequence of (kernel, stride) or (kernel, stride, dilation)
        One axis of the layers, the one next to the input first. There is no padding.
    size : int, optional
        Number of inputs. Without it there are enough for three outputs, or for one if that would be more than 26.
    unit : int, optional
        Index of the output whose field is drawn; the middle one without it.

    Returns
    -------
    int
        The entries of the input from the first to the last that an edge leads to.

    Raises
    ------
    TypeError
        If an argument is not of the kind above.
    ValueError
        If there is no layer, if a number is out of range, or if the axes are too small.

    Notes
    -----
    The inputs are at the bottom. Units in the field are blue with a thick border, and only their edges are drawn. The
    line below the inputs, and the number there, come from where the edges end, not from a formula.

    Examples
    --------
    >>> from mathdnn_utils import figures
    >>> fig, ax = figures.figure(plain=True)
    >>> figures.draw_receptive_field(ax, [(3, 2), (2, 1)])
    5
    >>> ax.texts[-1].get_text()
    'inputs 2 to 6: a field of 5'
    """
    function = "draw_receptive_field"
    _check_axes(function, ax)
    _ask(function, "receptive_field", layers)  # it checks the layers
    if not layers:
        raise ValueError(f"{function}: layers has 0 entries, expected at least 1 because each is a row of units")
    layers = [(*(int(part) for part in layer), 1)[:3] for layer in layers]
    least = _needed(layers, 1)
    if size is None:
        size = _needed(layers, 3) if _needed(layers, 3) <= _INPUTS else least
    size = integer(function, "size", size, "it counts inputs")
    if size < least:
        raise ValueError(
            f"{function}: size has value {size}, expected at least {least} because an output needs so many"
        )
    units = _Units(layers, size)
    count = len(units.places[-1])
    unit = integer(function, "unit", count // 2 if unit is None else unit, "it is the index of an output")
    if not 0 <= unit < count:
        raise ValueError(
            f"{function}: unit has value {unit}, expected 0 to {count - 1} because there {_are(count, 'output')}"
        )
    edges = units.edges(unit)
    seen = {end for edge in edges for end in edge}
    inputs = sorted({n for row, n in seen if row == 0})
    width = inputs[-1] - inputs[0] + 1
    board = _Board()
    for row, places in enumerate(units.places):
        blue, name = _look("blue"), "input" if row == 0 else f"layer {row}"
        cells = [_Cell(x - 0.5, _LEVEL * row, **(blue if (row, n) in seen else {})) for n, x in enumerate(places)]
        board.add(name, cells)
        board.write(-0.4, _LEVEL * row - 0.5, name if row == 0 else f"{name}\n{_settings(layers[row - 1])}", ha="right")
    segments = [
        [(units.places[row][n], _LEVEL * row - 1), (units.places[row - 1][below], _LEVEL * (row - 1))]
        for (row, n), (_, below) in edges
    ]
    look = {"colors": blue["edge"], "linewidths": 0.9, "zorder": 1, "label": "edges", "clip_on": False}
    board.pending.append(functools.partial(LineCollection, segments, **look))
    low, high = inputs[0] + 0.1, inputs[-1] + 0.9
    bracket = [[(low, -1.15), (low, -1.4), (high, -1.4), (high, -1.15)]]
    look = {"colors": _INK, "linewidths": 1.3, "zorder": 2, "label": "field", "clip_on": False}
    board.pending.append(functools.partial(LineCollection, bracket, **look))
    some = "" if len(inputs) == width else f", {len(inputs)} of them read"
    board.write(
        (low + high) / 2, -1.55, f"inputs {inputs[0]} to {inputs[-1]}: a field of {width}{some}", "center", "top"
    )
    _draw(function, [ax], [board])
    return width


def _settings(layer):
    kernel, stride, dilation = layer
    return f"K = {kernel}, S = {stride}" + (f", D = {dilation}" if dilation > 1 else "")
