"""Drawings of arrays as cells with numbers, for `figures`: convolutions step by step, matrices, receptive fields.

A cell is one unit of the data wide and high, and row 0 is at the top. How many inches a cell gets, and how large the
numbers in it are, comes from the room and from the table of letters in `_diagrams`, not from a font. The numbers in
the cells are computed by the library, from the arguments of the call: none is typed.
"""

import itertools
import math
from dataclasses import dataclass
from dataclasses import replace as changed

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.text import Text

from ._diagrams import _EM, _INK, _MARGIN, _check_axes, _list, _listed, _prepare, _room, _size
from ._validation import integer, numeric_array

_CELL = 0.42  # inches, at most
_SMALLEST_CELL = 0.12  # inches, without a number in it
_LARGEST, _SMALLEST = 12.0, 8.8  # points: numbers in cells; on a phone the smallest are 7 pixels
_WORDS = 10.5  # points: words beside cells
_WIDE, _HIGH = 0.97, 0.72  # how much of a cell a number may fill
_DIGITS = 3
_EDGE, _PALE = "#767676", "#757575"
_GREY_GROUND = "#e6e6e6"
_THIN, _THICK = 0.8, 2.4  # points


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
    """A line of words beside the cells."""

    x: float
    y: float
    text: str
    ha: str = "left"
    va: str = "center"
    ink: str = _INK


class _Cells(PolyCollection):
    """Drawn cells with their words, those with a thick border on top."""

    def __init__(self, cells, label):
        cells = sorted(cells, key=lambda cell: cell.thick)
        super().__init__(
            [[(c.x, c.y), (c.x + 1, c.y), (c.x + 1, c.y - 1), (c.x, c.y - 1)] for c in cells],
            facecolors=[c.ground for c in cells], edgecolors=[c.edge for c in cells],
            linewidths=[_THICK if c.thick else _THIN for c in cells], linestyles=[c.dashes for c in cells],
            joinstyle="miter", label=label, zorder=2, clip_on=False,
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
    """All cells and words of one axes, and the room that they need."""

    def __init__(self):
        self.groups, self.lines, self.boxes = [], [], []
        self.strokes = []
        self.drawn = []

    def add(self, label, cells):
        self.groups.append((label, list(cells)))

    def write(self, *args, **look):
        self.lines.append(_Line(*args, **look))

    def reserve(self, left, top, right, bottom):
        """Keep a part of the board free for what is drawn later."""
        self.boxes.append((left, top, right, bottom))

    def longest(self):
        """Return the width of the longest number, in ems."""
        words = {cell.word for _, cells in self.groups for cell in cells}
        return max((_size(word)[0] / _EM for word in words if word), default=0.0)

    def bounds(self, scale):
        """Return the lowest and the highest coordinates of everything, in inches."""
        corners = [(x, y - dy, x + dx, y) for _, cells in self.groups for x, y, dx, dy in self._squares(cells)]
        corners += [(left, bottom, right, top) for left, top, right, bottom in self.boxes]
        corners = [tuple(scale * part for part in corner) for corner in corners]
        for line in self.lines:
            width, height = (part * _WORDS / 72 / _EM for part in _size(line.text))
            left = scale * line.x - {"left": 0, "center": 0.5, "right": 1}[line.ha] * width
            low = scale * line.y - {"bottom": 0, "center": 0.5, "top": 1}[line.va] * height
            corners.append((left, low, left + width, low + height))
        corners = np.array(corners)
        return corners[:, :2].min(0) - _MARGIN, corners[:, 2:].max(0) + _MARGIN

    def _squares(self, cells):
        for cell in cells:
            yield cell.x, cell.y, 1, 1

    def scale(self, room):
        """Return the largest number of inches a cell at which everything fits, or 0."""
        low, high = 0.0, _CELL
        for _ in range(16):
            bounds = self.bounds(high)
            if np.all(bounds[1] - bounds[0] <= room):
                return high
            low, high = self._halve(low, high, room)
        return low

    def _halve(self, low, high, room):
        for _ in range(16):
            middle = (low + high) / 2
            bounds = self.bounds(middle)
            low, high = (middle, high) if np.all(bounds[1] - bounds[0] <= room) else (low, middle)
        return low, low

    def draw(self, ax, room, scale, points):
        low, high = self.bounds(scale)
        _prepare(ax, (low + high) / 2 / scale, room, scale)
        for artist in self.drawn:
            artist.set_size(points)
        for label, cells in self.groups[len(self.drawn) :]:
            artist = _Cells(cells, label)
            artist.set_size(points)
            artist.board = self
            artist.place(ax)
            self.drawn.append(artist)
        for line in self.lines:
            ax.text(line.x, line.y, line.text, ha=line.ha, va=line.va, color=line.ink, fontsize=_WORDS, zorder=4)
        self.lines_drawn = self.lines


def _draw_boards(function, axes, boards):
    """Draw each board on its axes, all in one scale and with numbers of one size."""
    from . import figures  # which imports this module

    rooms = [_room(ax) for ax in axes]
    scale = min(board.scale(room) for board, room in zip(boards, rooms))
    longest = max(board.longest() for board in boards)
    points = min(_LARGEST, 72 * scale * _HIGH, 72 * scale * _WIDE / longest) if longest else _LARGEST
    if scale < _SMALLEST_CELL or points < _SMALLEST:
        room = np.min(rooms, axis=0)
        raise ValueError(
            f"{function}: the axes have {room[0]:.1f} × {room[1]:.1f} in of room, expected more, or fewer or shorter "
            f"numbers, because cells {scale:.2f} in wide hold no legible numbers"
        )
    with figures.style():
        for ax, room, board in zip(axes, rooms, boards):
            board.draw(ax, room, scale, points)


def _light(color):
    """Return a colour mixed with white, light enough for dark numbers on it."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - 0.28 * (255 - part)):02x}" for part in (red, green, blue))


def _palette():
    from . import figures

    return figures.COLORS


# Numbers


def _number(value, scale):
    """Write an integer plainly and another number with 3 digits counted from the leading digit of `scale`."""
    if np.ma.is_masked(value) or value != value:
        return ""
    if isinstance(value, (int, np.integer)):
        return str(int(value)).replace("-", "\u2212")
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(scale * (1 + 1e-9)))) if scale else 0
    # Rounding twice: the first time wipes out noise, so that it cannot tip a tie the second time.
    rounded = round(round(float(value), decimals + 7), decimals) + 0.0
    return f"{rounded:.{decimals}f}".rstrip("0").rstrip(".").replace("-", "\u2212") if decimals else f"{rounded:.0f}"


def _numbers(values):
    """Return an array of the words that are written for numbers."""
    shown = np.ma.masked_invalid(np.ma.asarray(values, dtype=float)).compressed()
    scale = float(np.abs(shown).max()) if shown.size else 0.0
    words = np.empty(values.shape, dtype=object)
    for place in np.ndindex(values.shape):
        words[place] = _number(values[place], scale)
    return words


def _array(function, name, value, dimensions=(1, 2)):
    """Return real numbers in an array of one or two axes."""
    array = numeric_array(function, name, value)
    if array.dtype.kind == "c":
        raise TypeError(f"{function}: {name} has dtype {array.dtype}, expected real numbers because a cell holds one")
    if array.ndim not in dimensions or array.size == 0:
        raise ValueError(
            f"{function}: {name} has shape {array.shape}, expected "
            f"{' or '.join(('', '(n,)', '(rows, columns)')[count] for count in dimensions)} with at least one entry "
            "because its entries are cells"
        )
    return array


def _values(function, name, value, dimensions=(1, 2)):
    """Return an array in which entries may be missing, as a masked array."""
    array = np.ma.masked_array(_array(function, name, value, dimensions), np.ma.getmaskarray(np.ma.asarray(value)))
    if array.dtype.kind == "f":
        array = np.ma.masked_where(np.isnan(array.data), array)
    if np.any(np.isinf(array.compressed())):
        raise ValueError(f"{function}: {name} has an infinite entry, expected finite numbers because they are written")
    return array


def _finite(function, name, value):
    array = _array(function, name, value)
    if not np.all(np.isfinite(array)):
        raise ValueError(
            f"{function}: {name} has an entry that is not finite, expected finite numbers because they are multiplied"
        )
    return array


# A grid


class _Grid:
    """Where a drawn grid is, in the units of its axes: a cell is 1 wide and 1 high."""

    def __init__(self, left, top, rows, columns):
        self.left, self.top, self.right, self.bottom = left, top, left + columns, top - rows

    def center(self, i, j=None):
        """Return the middle (x, y) of the cell in row `i` and column `j`, or of entry `i` of a single row."""
        row, column = (0, i) if j is None else (i, j)
        return self.left + column + 0.5, self.top - row - 0.5

    def __repr__(self):
        return f"grid from ({self.left:g}, {self.top:g}) to ({self.right:g}, {self.bottom:g})"


def draw_grid(ax, values, *, at=(0, 0), colors=None, marked=None, numbers=True, title=None):
    """Draw a one- or two-dimensional array as cells with its numbers in them, row 0 at the top.

    Examples
    --------
    >>> from mathdnn_utils import figures
    >>> fig, ax = figures.figure(height=1, plain=True)
    >>> grid = figures.draw_grid(ax, [[5, 6], [7, 8]])
    >>> grid.center(0, 1)
    (1.5, -0.5)
    """
    _check_axes("draw_grid", ax)
    values = _values("draw_grid", "values", values)
    palette = _palette()
    words = np.atleast_2d(_numbers(values)) if numbers else np.full(np.atleast_2d(values).shape, "")
    names = np.broadcast_to(np.array(colors, dtype=object), values.shape).reshape(words.shape)
    thick = np.broadcast_to(False if marked is None else np.array(marked), values.shape).reshape(words.shape)
    left, top = at
    board = next((artist.board for artist in ax.collections if isinstance(artist, _Cells)), None) or _Board()
    cells = []
    for i, j in np.ndindex(words.shape):
        color = palette.get(names[i, j])
        look = {"ground": _light(color)} if color else {}
        if thick[i, j]:
            look |= {"thick": True, "edge": color or _INK}
        cells.append(_Cell(left + j, top - i, words[i, j], **look))
    board.add("", cells)
    if title:
        board.write(left, top + 0.15, title, va="bottom")
    _draw_boards("draw_grid", [ax], [board])
    return _Grid(left, top, *words.shape)


# Convolutions


def _library(name, dimensions):
    from . import convolution

    return getattr(convolution, f"{name}{dimensions}d")


def _steps(function, name, value, dimensions, least, reason):
    """Return an int, or one int for each axis, as a tuple."""
    parts = list(value) if isinstance(value, (tuple, list, np.ndarray)) else [value] * dimensions
    if len(parts) != dimensions:
        raise ValueError(
            f"{function}: {name} has {len(parts)} entries, expected {dimensions} because x has {dimensions} axes"
        )
    parts = tuple(integer(function, name, part, reason) for part in parts)
    if min(parts) < least:
        raise ValueError(f"{function}: {name} has value {min(parts)}, expected at least {least} because {reason}")
    return parts


def _positions(function, positions, shape, of):
    """Return places of an array, all of them unless some are given."""
    if positions is None:
        return list(np.ndindex(shape))
    found = []
    for position in _list(function, "positions", positions, f"places of {of}"):
        place = tuple(position) if isinstance(position, (tuple, list, np.ndarray)) else (position,)
        place = tuple(integer(function, "positions", part, f"it holds places of {of}") for part in place)
        if len(place) != len(shape) or not all(0 <= part < size for part, size in zip(place, shape)):
            raise ValueError(
                f"{function}: positions has {position!r}, expected places of {of} because its shape is {shape}"
            )
        found.append(place)
    return found


def _frames(function, axes, positions):
    """Return the axes of the frames in a list, as many as there are positions."""
    axes = list(np.ravel(np.array(axes, dtype=object)))
    for ax in axes:
        _check_axes(function, ax)
    if len(axes) != len(positions):
        raise ValueError(
            f"{function}: axes has {len(axes)} axes, expected {len(positions)} because there are as many positions"
        )
    return axes


def draw_convolution(axes, x, w, *, stride=1, padding=0, dilation=1, positions=None):
    """Draw a convolution as a layer computes it, x ⋆ w, one frame for each position of the kernel."""
    function = "draw_convolution"
    x, w = _finite(function, "x", x), _finite(function, "w", w)
    sizes = [_steps(function, "stride", stride, x.ndim, 1, "the kernel moves by it")]
    sizes += [_steps(function, "padding", padding, x.ndim, 0, "it counts cells")]
    sizes += [_steps(function, "dilation", dilation, x.ndim, 1, "it is the distance of two taps")]
    stride, padding, dilation = sizes
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    if x.ndim == 1:
        options = {name: value[0] for name, value in options.items()}
    y = np.asarray(_library("conv", x.ndim)(x, w, **options))
    positions = _positions(function, positions, y.shape, "the output")
    axes = _frames(function, axes, positions)
    boards = [_convolution(x, w, y, *sizes, position) for position in positions]
    _draw_boards(function, axes, boards)


def _lift(array):
    return array[np.newaxis] if array.ndim == 1 else array


def _convolution(x, w, y, stride, padding, dilation, position):
    palette = _palette()
    blue, orange = palette["blue"], palette["orange"]
    board = _Board()
    padded = np.pad(x, [(p, p) for p in padding])
    words = _numbers(padded)
    covered = {
        tuple(s * n + d * k for s, n, d, k in zip(stride, position, dilation, tap)): w[tap]
        for tap in np.ndindex(w.shape)
    }
    cells = []
    for place in np.ndindex(padded.shape):
        i, j = (0, *place)[-2:]
        data = all(p <= n < p + size for n, p, size in zip(place, padding, x.shape))
        look = {} if data else {"ground": _GREY_GROUND, "ink": _PALE, "dashes": "dashed"}
        if place in covered:
            look |= {"ground": _light(blue), "edge": blue, "thick": True, "dashes": "solid"}
        cells.append(_Cell(j, -i, words[place], **look))
    weights = _numbers(w)
    kernel = []
    for tap in np.ndindex(w.shape):
        place = [s * n + d * k for s, n, d, k in zip(stride, position, dilation, tap)]
        x0, y0 = (place[0], 1.15) if x.ndim == 1 else (tap[1], -padded.shape[0] - 0.9 - tap[0])
        kernel.append(_Cell(x0, y0, weights[tap], _light(blue), blue, thick=True))
    board.add("w", kernel)
    board.add("x", cells)
    results = _numbers(y)
    out = []
    x0, y0 = (0, -1.5) if x.ndim == 1 else (w.shape[1] + 1, -padded.shape[0] - 0.9)
    for place in np.ndindex(y.shape):
        i, j = (0, *place)[-2:]
        look = {"ground": _light(orange), "edge": orange, "thick": True} if place == position else {}
        out.append(_Cell(x0 + j, y0 - i, results[place] if place <= position else "", **look))
    board.add("y", out)
    return board


def draw_transposed_convolution(axes, x, w, *, stride=1, padding=0, output_padding=0, dilation=1, positions=None):
    """Draw a transposed convolution, one frame for each entry of the input."""
    function = "draw_transposed_convolution"
    x, w = _finite(function, "x", x), _finite(function, "w", w)
    stride = _steps(function, "stride", stride, x.ndim, 1, "the kernel moves by it")
    padding = _steps(function, "padding", padding, x.ndim, 0, "it counts cells")
    output_padding = _steps(function, "output_padding", output_padding, x.ndim, 0, "it counts cells")
    dilation = _steps(function, "dilation", dilation, x.ndim, 1, "it is the distance of two taps")
    positions = _positions(function, positions, x.shape, "the input")
    axes = _frames(function, axes, positions)
    boards = [_transposed(x, w, stride, padding, output_padding, dilation, position) for position in positions]
    _draw_boards(function, axes, boards)


def _plain(options, dimensions):
    return {name: value[0] if dimensions == 1 else value for name, value in options.items()}


def _transposed(x, w, stride, padding, output_padding, dilation, position):
    palette = _palette()
    blue, orange, purple = palette["blue"], palette["orange"], palette["purple"]
    transpose = _library("conv_transpose", x.ndim)
    so_far = x.copy()
    for place in np.ndindex(x.shape):
        if place > position:
            so_far[place] = 0
    sums = np.asarray(transpose(so_far, w, **_plain({"stride": stride, "dilation": dilation}, x.ndim)))
    options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    kept = np.asarray(transpose(so_far, w, **_plain(options, x.ndim)))
    ends = [p + size for p, size in zip(padding, kept.shape)]
    canvas = np.zeros([max(size, end) for size, end in zip(sums.shape, ends)], dtype=sums.dtype)
    canvas[tuple(map(slice, sums.shape))] = sums
    canvas[tuple(slice(p, end) for p, end in zip(padding, ends))] = kept
    board = _Board()
    wide = x.ndim == 1
    words = _numbers(x)
    cells = []
    for place in np.ndindex(x.shape):
        i, j = (0, *place)[-2:]
        look = {"ground": _light(blue), "edge": blue, "thick": True} if place == position else {}
        cells.append(_Cell(j, -i, words[place], **look))
    board.add("x", cells)
    weights = _numbers(w * x[position])
    places = {}
    scaled = []
    y1 = -1.5 if wide else 0
    for tap in np.ndindex(w.shape):
        place = tuple(s * n + d * k for s, n, d, k in zip(stride, position, dilation, tap))
        places[place] = tap
        at = (place[0], y1) if wide else (x.shape[1] + 1 + tap[1], y1 - tap[0])
        scaled.append(_Cell(*at, weights[tap], _light(blue), blue, thick=True))
    board.add("x·w", scaled)
    y2 = -2.6 if wide else -max(x.shape[0], w.shape[0]) - 0.9
    results = _numbers(canvas)
    out = []
    for place in np.ndindex(canvas.shape):
        i, j = (0, *place)[-2:]
        inside = all(p <= n < end for n, p, end in zip(place, padding, ends))
        added = inside and any(n >= end - o for n, end, o in zip(place, ends, output_padding))
        look = {} if inside else {"ground": _GREY_GROUND, "dashes": "dashed", "ink": _PALE}
        if added:
            look = {"ground": _light(purple), "dashes": "dotted"}
        if place in places:
            look |= {"edge": orange, "thick": True}
        out.append(_Cell(j, y2 - i, results[place], **look))
    board.add("y", out)
    return board


# Matrices


def draw_matrix(ax, M, *, rows=None, columns=None, taps=None, names=None):
    """Draw a matrix as cells, coloured by the tap of the kernel that each holds."""
    _check_axes("draw_matrix", ax)
    M = _array("draw_matrix", "M", M, (2,))
    palette = list(_palette().values())
    taps = np.full(M.shape, -1) if taps is None else np.asarray(taps)
    words = _numbers(M)
    cells = []
    for i, j in np.ndindex(M.shape):
        if taps[i, j] >= 0:
            look = {"ground": _light(palette[taps[i, j] % len(palette)])}
        else:
            look = {"ink": _PALE} if M[i, j] == 0 else {}
        word = "·" if M[i, j] == 0 and taps[i, j] < 0 else words[i, j]
        cells.append(_Cell(j, -i, word, **look))
    board = _Board()
    board.add("", cells)
    for i, text in enumerate(rows or []):
        board.write(-0.2, -i - 0.5, text, ha="right")
    for j, text in enumerate(columns or []):
        board.write(j + 0.5, 0.15, text, ha="center", va="bottom")
    _draw_boards("draw_matrix", [ax], [board])
    return _Grid(0, 0, *M.shape)


# Receptive fields


def draw_receptive_field(ax, layers, size=None, unit=None):
    """Draw the inputs that one unit of the last layer sees, and return how wide its field is."""
    _check_axes("draw_receptive_field", ax)
    blue = _palette()["blue"]
    layers = [(*layer, 1)[:3] for layer in layers]
    need = 1
    for kernel, stride, dilation in reversed(layers):
        need = (need - 1) * stride + dilation * (kernel - 1) + 1
    size = need if size is None else size
    places = [np.arange(size) + 0.5]
    counts = [size]
    for kernel, stride, dilation in layers:
        counts.append((counts[-1] - dilation * (kernel - 1) - 1) // stride + 1)
        below = places[-1]
        places.append(
            np.array([(below[n * stride] + below[n * stride + dilation * (kernel - 1)]) / 2 for n in range(counts[-1])])
        )
    seen = [set() for _ in places]
    seen[-1] = {counts[-1] // 2 if unit is None else unit}
    edges = []
    for level in range(len(layers), 0, -1):
        kernel, stride, dilation = layers[level - 1]
        for n, k in itertools.product(sorted(seen[level]), range(kernel)):
            below = n * stride + k * dilation
            edges.append(((level, n), (level - 1, below)))
            seen[level - 1].add(below)
    inputs = [n for _, (level, n) in edges if level == 0]
    width = max(inputs) - min(inputs) + 1
    board = _Board()
    for level, centers in enumerate(places):
        cells = []
        for n, center in enumerate(centers):
            look = {"ground": _light(blue), "edge": blue, "thick": True} if n in seen[level] else {}
            cells.append(_Cell(center - 0.5, 2.6 * level + 1, "", **look))
        board.add(f"row {level}", cells)
    segments = [[(places[a][n], 2.6 * a), (places[b][m], 2.6 * b + 1)] for (a, n), (b, m) in edges]
    _draw_boards("draw_receptive_field", [ax], [board])
    ax.add_collection(LineCollection(segments, color=blue, linewidth=0.9, zorder=1), autolim=False)
    return width
