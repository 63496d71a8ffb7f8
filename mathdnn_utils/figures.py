"""The chapters' pictures: one style, an alternative text for each, and a description that tests compare.

    fig, ax = figures.figure()
    line, = ax.plot(x, relu(x))
    figures.label_end(line, "relu")
    figures.show(fig, alt="relu is 0 up to 0 and then rises with slope 1")

`show` emits the picture and, as text beside it, a description of everything that is drawn. nbval compares texts, not
pictures: the description is what makes a stale picture fail. It names the data, the limits, the words and the colours.
It leaves out what does not change the content: line widths (unless they are weights), letter sizes, the place of a
legend, the grid.
"""

import base64
import functools
import io
import json
import math
import sys
import textwrap
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib import collections, contour, image, lines, patches, quiver, text, ticker
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.spines import Spine

from ._diagrams import _Weights, draw_graph, draw_layers
from ._grids import (
    _Cells,
    draw_convolution,
    draw_grid,
    draw_matrix,
    draw_receptive_field,
    draw_transposed_convolution,
)

__all__ = [
    "COLORS", "draw_convolution", "draw_graph", "draw_grid", "draw_layers", "draw_matrix", "draw_receptive_field",
    "draw_transposed_convolution", "figure", "jump", "label_end", "show", "style",
]  # fmt: skip

# After the palette of Okabe and Ito, darkened until lines and words stand out on white (4.5:1), and told apart without
# red or green receptors. The style's colour cycle is the same list without grey, which is for what is not the subject.
COLORS = {
    "blue": "#0072b2",
    "orange": "#c84e00",
    "green": "#006b3c",
    "purple": "#7a1f5c",
    "black": "#000000",
    "gray": "#757575",
}

_STYLE = matplotlib.rc_params_from_file(Path(__file__).with_name("mathdnn.mplstyle"), use_default_template=False)
_WIDTH = 6.4  # inches
_DPI = 180
_SHORTEST_ALT = 20  # characters
_SAMPLES = 25
_DIGITS = 5
_LINE_LENGTH = 110


# Making figures


def style():
    """Return a context in which Matplotlib draws in the book's style.

    Figures from `figure` need no such context. Outside it, and after it, Matplotlib's settings are the reader's.

    Examples
    --------
    >>> import matplotlib
    >>> before = matplotlib.rcParams["lines.linewidth"]
    >>> with style():
    ...     matplotlib.rcParams["lines.linewidth"]
    2.0
    >>> matplotlib.rcParams["lines.linewidth"] == before
    True
    """
    return matplotlib.style.context(_STYLE, after_reset=True)


def _in_style(*names):
    """Return a class decorator after which the named methods run in the book's style.

    Many settings of Matplotlib take effect only when a line or a word is made, long after the figure was.
    """

    def styled(method):
        @functools.wraps(method)
        def call(*args, **kwargs):
            with style():
                return method(*args, **kwargs)

        return call

    def decorate(cls):
        for name in names:
            setattr(cls, name, styled(getattr(cls, name)))
        return cls

    return decorate


@_in_style("colorbar", "legend", "suptitle", "supxlabel", "supylabel", "text")
class _StyledFigure(Figure):
    """A figure in the book's style, whatever the reader's settings are."""


@_in_style(
    "annotate", "arrow", "axhline", "axhspan", "axline", "axvline", "axvspan", "bar", "bar_label", "barh", "contour",
    "contourf", "errorbar", "fill", "fill_between", "fill_betweenx", "hist", "hlines", "imshow", "legend", "loglog",
    "matshow", "pcolormesh", "plot", "quiver", "scatter", "semilogx", "semilogy", "set_title", "set_xlabel",
    "set_ylabel", "stairs", "stem", "step", "text", "vlines",
)  # fmt: skip
class _StyledAxes(Axes):
    """Axes in the book's style, whatever the reader's settings are."""


def figure(ncols=1, nrows=1, *, height=None, sharex=False, sharey=False, plain=False):
    """Make an empty figure in the book's style.

    Parameters
    ----------
    ncols, nrows : int
        Number of axes side by side, and one above the other.
    height : float, optional
        Height in inches; the width is always 6.4. By default 3.4 inches a row.
    sharex, sharey : bool or {"none", "all", "row", "col"}
        Which axes have common limits, as in ``matplotlib.pyplot.subplots``.
    plain : bool
        Leave out the grid and the lines through zero. For images, bars and diagrams.

    Returns
    -------
    fig : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes or numpy.ndarray of them
        One axes; else an array of shape (ncols,) or (nrows,) if there is one row or column, (nrows, ncols) if not.

    Notes
    -----
    No window or canvas belongs to the figure, and Matplotlib's own settings do not change. The lines through zero
    have no influence on the limits; where zero is out of sight, so are they.

    Examples
    --------
    >>> fig, ax = figure()
    >>> print(fig.get_size_inches())
    [6.4 3.4]
    >>> fig, axes = figure(ncols=2, nrows=3)
    >>> axes.shape
    (3, 2)
    """
    with style():
        fig = _StyledFigure(figsize=(_WIDTH, 3.4 * nrows if height is None else height))
        axes = fig.subplots(nrows, ncols, sharex=sharex, sharey=sharey, subplot_kw={"axes_class": _StyledAxes})
        for ax in fig.axes:
            if plain:
                ax.grid(False)
            else:
                _zero_lines(ax)
    return fig, axes


class _ZeroLine(lines.Line2D):
    """A thin line through zero."""


def _zero_lines(ax):
    for x, y, transform in (
        ([0, 1], [0, 0], ax.get_yaxis_transform()),
        ([0, 0], [0, 1], ax.get_xaxis_transform()),
    ):
        # Added as an artist and not as a line: a line would widen the limits until they hold zero.
        ax.add_artist(_ZeroLine(x, y, transform=transform, color="#999999", linewidth=0.9, zorder=0.9))


def jump(ax, x, below, above, value, color=COLORS["blue"]):
    """Mark a jump of a function at `x`: open circles at the one-sided limits, a filled one at the value.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    x : float
        Where the function jumps.
    below, above : float
        Its limits from the left and from the right. A limit that is the value gets no open circle.
    value : float
        The function's value at `x`.
    color : str
        The colour of the curve. The branches themselves are the caller's to draw.

    Examples
    --------
    >>> fig, ax = figure()
    >>> jump(ax, 0, 0, 1, 0.5)
    >>> [line.get_ydata().tolist() for line in ax.lines if line.get_marker() == "o"]
    [[0], [1], [0.5]]
    """
    for limit in (below, above):
        if limit != value:
            ax.plot([x], [limit], "o", color=color, markerfacecolor="white", markeredgewidth=1.6, zorder=3)
    ax.plot([x], [value], "o", color=color, markeredgewidth=1.6, zorder=3)


def label_end(line, label, offset=(6, 0)):
    """Write a curve's name at its last point, in its colour: easier to read than a legend.

    Parameters
    ----------
    line : matplotlib.lines.Line2D
    label : str
        The words; ``$…$`` is mathematics.
    offset : tuple of float
        From the last point to the words, in points, to the right and up.

    Returns
    -------
    matplotlib.text.Annotation

    Examples
    --------
    >>> fig, ax = figure()
    >>> line, = ax.plot([0, 1, 2], [0, 1, 4])
    >>> x, y = label_end(line, "$x^2$").xy
    >>> print(x, y)
    2 4
    """
    last = (line.get_xdata()[-1], line.get_ydata()[-1])
    return line.axes.annotate(
        label, last, xytext=offset, textcoords="offset points", va="center", color=line.get_color(),
        annotation_clip=False,
    )  # fmt: skip


# Showing them


class _Picture:
    """A picture with its texts, in the form that notebooks display."""

    def __init__(self, png, description, alt):
        self.png, self.description, self.alt = png, description, alt

    def __repr__(self):
        return self.description

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/png": base64.b64encode(self.png).decode("ascii"), "text/plain": self.description}
        return data, {"image/png": {"alt": self.alt}}


def show(fig, alt):
    """Display a figure with its alternative text and a description of everything drawn, and close it.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure, made by `figure` or otherwise. It holds at least one axes.
    alt : str
        What the picture says, for those who do not see it: one line of at least 20 characters.

    Raises
    ------
    TypeError
        If `fig` is not a figure, if `alt` is not a string, or if the figure holds something that the description
        does not know.
    ValueError
        If the figure has no axes, or if `alt` is too short, has line breaks or is the name of a file.

    Notes
    -----
    The text beside the picture is `alt`, then a line for each thing drawn. Up to 25 values of an array are written
    out, rounded to 5 digits of the largest magnitude among them and the axis limits; on a logarithmic axis they are
    logarithms, since those are what is drawn. So the text is the same on another processor. From longer arrays come
    25 samples, the mean and a weighted sum that gives away a change anywhere. Contour lines are described by their
    paths, since Matplotlib keeps no values. The PNG file carries the same text as its ``Description``.
    """
    from IPython.display import display

    display(_picture(fig, alt))


def _picture(fig, alt):
    """Render a figure with its texts, and close it; tools/picture.py stores what is shown nowhere."""
    if not isinstance(fig, Figure):
        raise TypeError(
            f"show: fig has type {type(fig).__name__}, expected a Matplotlib Figure because a figure is what is shown"
        )
    if not fig.axes:
        raise ValueError("show: fig has 0 axes, expected at least 1 because an empty picture shows nothing")
    _check_alt(alt)
    with style():
        fig.set_dpi(_DPI)
        canvas = FigureCanvasAgg(fig)
        canvas.draw()
        # Only now: drawing settles the limits and the labels at the ticks.
        description = "\n".join([alt, *_describe_figure(fig)])
        png = _png(canvas, description)
    if "matplotlib.pyplot" in sys.modules:
        # The inline backend shows what is still open at the end of the cell.
        sys.modules["matplotlib.pyplot"].close(fig)
    return _Picture(png, description, alt)


def _check_alt(alt):
    if not isinstance(alt, str):
        raise TypeError(f"show: alt has type {type(alt).__name__}, expected str because it is read aloud")
    if "\n" in alt or "\r" in alt:
        raise ValueError("show: alt has line breaks, expected one line because it becomes an attribute")
    words = alt.strip()
    if words.lower().endswith((".png", ".jpg", ".jpeg", ".svg")):
        raise ValueError(
            f"show: alt is {alt!r}, expected a sentence because the name of a file does not say what is drawn"
        )
    if len(words) < _SHORTEST_ALT:
        raise ValueError(
            f"show: alt has {len(words)} characters, expected at least {_SHORTEST_ALT} because it replaces the picture"
        )


def _png(canvas, description):
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_itxt("Description", description, zip=True)
    file = io.BytesIO()
    pixels = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    pixels.save(file, "png", pnginfo=info, optimize=True, dpi=(_DPI, _DPI))
    return file.getvalue()


# Describing numbers


def _number(value, scale):
    """Write a number with 5 digits counted from the leading digit of `scale`."""
    value = float(value)
    if not math.isfinite(value):
        return str(value)
    if scale == 0:
        return "0"
    # The small excess keeps a scale such as 0.9999999999999999 from counting as less than 1.
    decimals = _DIGITS - 1 - math.floor(math.log10(abs(scale) * (1 + 1e-9)))
    # Rounding twice: the first time wipes out noise, so that it cannot tip a tie the second time.
    rounded = round(round(value, decimals + 7), decimals)
    return repr(rounded + 0.0).removesuffix(".0")  # + 0.0 makes -0.0 positive


def _magnitude(values):
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def _weighted_sum(values, scale):
    """Add up the values with fixed weights between 1 and 2 that depend on the position.

    Every value counts, sampled or not, and by a weight of its own: a change of one value, or a swap of two, changes
    the sum in the digits that are written. The weights are the fractional parts of the multiples of the golden ratio,
    which no two positions share. A gap counts as a value that no entry has.
    """
    weights = 1 + np.arange(values.size) * 0.6180339887498949 % 1
    gap = 2 * (scale or 1)
    return math.fsum(weights * np.nan_to_num(values, nan=gap, posinf=2 * gap, neginf=-2 * gap))


def _numbers(name, values, scale=0.0):
    """Describe an array; `scale` is the magnitude of the axis it is drawn along."""
    values = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan).ravel()
    scale = max(scale, _magnitude(values))
    write = functools.partial(_number, scale=scale)
    if values.size <= _SAMPLES and not (values.size > 5 and _equal_steps(values, scale)):
        return f"{name} {' '.join(map(write, values))}".strip()
    finite = values[np.isfinite(values)]
    if not finite.size:
        return f"{name} {values.size} × nan"
    if np.ptp(finite) <= 1e-9 * scale and finite.size == values.size:
        return f"{name} {values.size} × {write(values[0])}"
    if _equal_steps(values, scale):
        return f"{name} {write(values[0])} … {write(values[-1])} in {values.size - 1} equal steps"
    positions = np.linspace(0, values.size - 1, _SAMPLES).round().astype(int)
    gaps = f", {values.size - finite.size} gaps" if finite.size < values.size else ""
    return (
        f"{name} {write(finite.min())} … {write(finite.max())}, mean {write(finite.mean())}, "
        f"weighted sum {write(_weighted_sum(values, scale))}{gaps}: {' '.join(map(write, values[positions]))}"
    )


def _equal_steps(values, scale):
    if not np.all(np.isfinite(values)) or values[0] == values[-1]:
        return False
    even = np.linspace(values[0], values[-1], values.size)
    return bool(np.all(np.abs(values - even) <= 1e-9 * scale))


def _words(string):
    return json.dumps(string, ensure_ascii=False)


def _color(color, alpha=None):
    rgba = to_rgba_array(color, alpha)[0] if len(to_rgba_array(color)) else (0, 0, 0, 0)
    if rgba[3] == 0:
        return "none"
    return to_hex(rgba, keep_alpha=rgba[3] < 1)


def _color_list(colors):
    colors = [_color(color) for color in to_rgba_array(colors)]
    if len(set(colors)) <= 1:
        return colors[0] if colors else "none"
    if len(colors) <= _SAMPLES:
        return " ".join(colors)
    return _numbers("rgba", to_rgba_array(colors))


# Describing where things are


class _Direction:
    """One coordinate of an artist: its name, and the axis it is measured along, if any."""

    def __init__(self, name, axis=None, unit=""):
        self.name = f"{name} ({unit})" if unit else name
        self.transform = None
        self.scale = 1.0
        if axis is not None:
            if axis.get_scale() != "linear":
                self.transform = axis.get_transform().transform
                self.name = f"{axis.get_scale()} {name}"
            self.scale = _magnitude(self._drawn(axis.get_view_interval()))

    def _drawn(self, values):
        """Return what is drawn for the values: on a logarithmic axis their logarithms."""
        values = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
        if self.transform is None:
            return values
        drawn = self.transform(values)
        drawn[drawn == -1000] = -np.inf  # Matplotlib's stand-in for the logarithm of what has none
        return drawn

    def numbers(self, values):
        return _numbers(self.name, self._drawn(values), self.scale)


class _Frame:
    """The coordinates of an artist: of the data, or fractions of the axes or of the figure."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def points(self, points):
        x, y = np.ma.reshape(points, (-1, 2)).T
        count = f"{len(x)} points; " if len(x) > _SAMPLES else ""
        return f"{count}{self.x.numbers(x)}; {self.y.numbers(y)}"


def _frame(transform, artist):
    ax, fig = artist.axes, artist.get_figure()
    if ax is not None:
        x_data, y_data = _Direction("x", ax.xaxis), _Direction("y", ax.yaxis)
        x_axes, y_axes = _Direction("x", unit="axes"), _Direction("y", unit="axes")
        known = [
            (ax.transData, x_data, y_data),
            (ax.transAxes, x_axes, y_axes),
            (ax.get_xaxis_transform(), x_data, y_axes),
            (ax.get_yaxis_transform(), x_axes, y_data),
        ]
        for candidate, x, y in known:
            if transform == candidate:
                return _Frame(x, y)
    for candidate in (fig.transSubfigure, fig.transFigure):
        if transform == candidate:
            return _Frame(_Direction("x", unit="figure"), _Direction("y", unit="figure"))
    raise TypeError(
        f"show: a {type(artist).__name__} is placed by a {type(transform).__name__}, expected coordinates of the data, "
        "the axes or the figure because the description knows no others"
    )


def _paths(paths, frame):
    """Describe paths by their vertices, one path after the other, and by what lies between the vertices."""
    if not paths:
        return "empty"
    lengths = "" if len(paths) == 1 else _numbers("lengths", [len(path) for path in paths]) + "; "
    codes = "" if all(path.codes is None for path in paths) else "; " + _numbers("codes", _codes(paths))
    return lengths + frame.points(np.concatenate([path.vertices for path in paths])) + codes


def _codes(paths):
    """Return the kind of each vertex (a start, the end of a line, a point of a curve), given or implied."""
    chain = [[path.MOVETO] + [path.LINETO] * (len(path) - 1) for path in paths]
    return np.concatenate([implied if path.codes is None else path.codes for path, implied in zip(paths, chain)])


# Describing artists, one function a kind. A subclass may draw something else than its parent: kinds are exact.


def _label(artist):
    label = str(artist.get_label())
    return "" if not label or label.startswith("_") else " " + _words(label)


def _line(line):
    look = []
    if line.get_linestyle() not in ("None", "", " "):
        look.append(f"{_color(line.get_color(), line.get_alpha())} {line.get_linestyle()}")
    if line.get_marker() not in ("None", "", " ", None):
        edge, face = line.get_markeredgecolor(), line.get_markerfacecolor()
        look.append(f"marker {line.get_marker()} {_color(edge, line.get_alpha())} on {_color(face, line.get_alpha())}")
        if line.get_markevery() is not None:
            look.append(f"every {line.get_markevery()}")
    if line.get_drawstyle() != "default":
        look.append(line.get_drawstyle())
    points = np.ma.column_stack([line.get_xdata(orig=False), line.get_ydata(orig=False)])
    return f"line{_label(line)}: {_frame(line.get_transform(), line).points(points)}; {', '.join(look) or 'invisible'}"


def _infinite_line(line):
    frame = _frame(line._transform, line)  # get_transform leads to the edges of the axes instead
    if line.get_slope() is None:
        where = frame.points([line.get_xy1(), line.get_xy2()])
    else:
        where = f"{frame.points([line.get_xy1()])}; slope {_number(line.get_slope(), line.get_slope())}"
    look = f"{_color(line.get_color(), line.get_alpha())} {line.get_linestyle()}"
    return f"infinite line{_label(line)}: {where}; {look}"


def _zero_line(line):
    """Say through which zero the line goes, unless it is out of sight, as on a logarithmic axis."""
    name, axis = ("y", line.axes.yaxis) if line.get_ydata()[0] == line.get_ydata()[1] else ("x", line.axes.xaxis)
    low, high = sorted(axis.get_view_interval())
    return f"line through {name} = 0" if axis.get_scale() == "linear" and low <= 0 <= high else ""


def _patch_look(patch):
    look = f"{_color(patch.get_facecolor())} edge {_color(patch.get_edgecolor())}"
    if patch.get_linestyle() not in ("solid", "-"):
        look += f" {patch.get_linestyle()}"
    if patch.get_hatch():
        look += f" hatch {_words(patch.get_hatch())}"
    return look


def _patch(patch):
    # A patch places its own path by a second transform, which here is applied: what remains is the vertices' frame.
    path = patch.get_path().transformed(patch.get_patch_transform())
    where = _paths([path], _frame(patch.get_data_transform(), patch))
    return f"{type(patch).__name__}{_label(patch)}: {where}; {_patch_look(patch)}"


def _rectangle(patch):
    frame = _frame(patch.get_data_transform(), patch)
    if patch.get_angle():
        return _patch(patch)
    corners = np.array([patch.get_xy(), np.add(patch.get_xy(), [patch.get_width(), patch.get_height()])])
    return f"rectangle{_label(patch)}: {frame.points(corners)}; {_patch_look(patch)}"


def _rounded_box(patch):
    frame = _frame(patch.get_data_transform(), patch)
    corners = np.array([[patch.get_x(), patch.get_y()], [patch.get_width(), patch.get_height()]])
    corners[1] += corners[0]
    shape = patch.get_boxstyle()
    sizes = {**vars(shape), "scale": patch.get_mutation_scale(), "aspect": patch.get_mutation_aspect()}
    told = {name: size for name, size in sizes.items() if size and (name, size) not in {("scale", 1), ("aspect", 1)}}
    words = [type(shape).__name__, *(f"{name} {_number(size, size)}" for name, size in told.items())]
    return f"box{_label(patch)}: {frame.points(corners)}; {' '.join(words)}; {_patch_look(patch)}"


def _ellipse(patch):
    frame = _frame(patch.get_data_transform(), patch)
    turned = f"; turned {_number(patch.angle, 360)}°" if patch.angle else ""
    size = f"width {_number(patch.width, patch.width)} height {_number(patch.height, patch.height)}"
    return f"ellipse{_label(patch)}: {frame.points([patch.center])}; {size}{turned}; {_patch_look(patch)}"


def _arrow_style(arrow):
    head = type(arrow.get_arrowstyle()).__name__
    bend = arrow.get_connectionstyle()
    bend = f"{type(bend).__name__} {' '.join(f'{name}={value}' for name, value in sorted(vars(bend).items()))}"
    return f"{head}, {bend}, {_patch_look(arrow)}"


def _arrow(arrow):
    # What Matplotlib calls the path of an arrow has a head whose size is in pixels; this is what it was made from.
    frame = _frame(arrow.get_data_transform(), arrow)
    if arrow._posA_posB is None:
        look = f"{type(arrow.get_arrowstyle()).__name__}, {_patch_look(arrow)}"
        return f"arrow{_label(arrow)}: {_paths([arrow._path_original], frame)}; {look}"
    return f"arrow{_label(arrow)}: {frame.points(arrow._posA_posB)}; {_arrow_style(arrow)}"


def _drawn_bars(container):
    return [bar for bar in container.patches if bar.axes is not None and bar.get_visible()]


def _bars(container):
    bars = _drawn_bars(container)
    x, y = np.array([bar.get_xy() for bar in bars], dtype=float).reshape(-1, 2).T
    width = np.array([bar.get_width() for bar in bars], dtype=float)
    height = np.array([bar.get_height() for bar in bars], dtype=float)
    frame = _frame(bars[0].get_data_transform(), bars[0])
    looks = [_patch_look(bar) for bar in bars]
    look = looks[0] if len(set(looks)) == 1 else ", ".join(looks)
    return (
        f"{len(bars)} bars{_label(container)}: from {frame.points(np.column_stack([x, y]))} "
        f"to {frame.points(np.column_stack([x + width, y + height]))}; {look}"
    )


def _mappable(artist):
    """Describe the values that a colour map turns into colours."""
    colors = " ".join(_color(artist.cmap(part)) for part in (0.0, 0.25, 0.5, 0.75, 1.0))
    low, high = artist.get_clim()
    scale = max(abs(low), abs(high))
    norm = artist.norm
    kind = "" if type(norm).__name__ == "Normalize" else f" {type(norm).__name__}"
    for attribute in ("vcenter", "boundaries", "gamma", "linthresh"):
        if getattr(norm, attribute, None) is not None:
            kind += " " + _numbers(attribute, getattr(norm, attribute))
    return (
        f"{_numbers('values', artist.get_array(), scale)}; "
        f"colours from {_number(low, scale)} to {_number(high, scale)}{kind}: {colors}{_alpha(artist)}"
    )


def _alpha(artist):
    return "" if artist.get_alpha() is None else "; " + _numbers("alpha", artist.get_alpha())


def _collection_look(collection):
    if collection.get_array() is not None:
        return _mappable(collection)
    look = f"{_color_list(collection.get_facecolor())} edge {_color_list(collection.get_edgecolor())}"
    styles = sorted({str(dashes) for _, dashes in collection.get_linestyle()} - {"None"})
    return look + (f" dashes {_words(' '.join(styles))}" if styles else "")


def _scatter(collection):
    frame = _frame(collection.get_offset_transform(), collection)
    sizes = _numbers("sizes", collection.get_sizes())
    shapes = [_number(_weighted_sum(path.vertices.ravel(), 1), 1) for path in collection.get_paths()]
    return (
        f"scatter{_label(collection)}: {frame.points(collection.get_offsets())}; {sizes}; "
        f"{_collection_look(collection)}; outline of the marker, weighted sum {' '.join(shapes)}"
    )


def _path_collection(collection):
    frame = _frame(collection.get_transform(), collection)
    if np.any(np.asarray(collection.get_offsets()) != 0):
        raise TypeError(
            f"show: a {type(collection).__name__} has offsets, expected none because the description reads its paths"
        )
    paths = [path for path in collection.get_paths() if len(path)]
    kind = {"LineCollection": "lines", "QuadContourSet": "contours"}.get(type(collection).__name__, "areas")
    return f"{kind}{_label(collection)}: {_paths(paths, frame)}; {_collection_look(collection)}"


def _weights(weights):
    """Describe lines between units, whose widths are data here."""
    frame = _frame(weights.get_transform(), weights)
    starts, ends = np.swapaxes(weights.get_segments(), 0, 1)
    dashes = " ".join(sorted({"solid" if pattern is None else "dashed" for _, pattern in weights.get_linestyle()}))
    parts = [_numbers("values", weights.values), _numbers("widths", weights.get_linewidth())]
    parts.append(f"from {frame.points(starts)} to {frame.points(ends)}")
    return f"weights{_label(weights)}: {'; '.join(parts)}; {_color_list(weights.get_edgecolor())} {dashes}"


def _cells(cells):
    """Describe cells row by row from above: the word in each, then a letter for how each looks."""
    frame = _frame(cells.get_transform(), cells)
    corners = np.array([path.vertices[0] for path in cells.get_paths()])
    start = np.array([corners[:, 0].min(), corners[:, 1].max()])
    places = [tuple(place) for place in np.abs(corners - start).round().astype(int)[:, ::-1].tolist()]
    inks = {}
    words = dict.fromkeys(places, "_")
    for word in cells.words:
        place = tuple(np.floor(np.abs(np.array(word.get_position()) - start)).astype(int)[::-1].tolist())
        words[place], inks[place] = word.get_text(), _color(word.get_color())
    faces, edges = map(to_rgba_array, (cells.get_facecolor(), cells.get_edgecolor()))
    looks = {}
    for number, place in enumerate(places):
        dashes = "" if cells.dashes[number] == "solid" else f" {cells.dashes[number]}"
        thick = " thick" if cells.get_linewidth()[number] > 1.5 else ""
        ink = f" ink {inks[place]}" if place in inks else ""
        looks[place] = f"{_color(faces[number])} edge {_color(edges[number])}{dashes}{thick}{ink}"
    kinds = {
        look: chr(65 + number) for number, look in enumerate(dict.fromkeys(looks[place] for place in sorted(looks)))
    }
    rows, columns = np.max(places, axis=0) + 1
    table = [[words.get((i, j), ".") for j in range(columns)] for i in range(rows)]
    letters = ["".join(kinds.get(looks.get((i, j)), ".") for j in range(columns)) for i in range(rows)]
    return (
        f"cells{_label(cells)} {rows} × {columns}: {frame.points([start])}: {' / '.join(map(' '.join, table))}; "
        f"{' '.join(letters)}: {', '.join(f'{letter} {look}' for look, letter in kinds.items())}"
    )


def _mesh(mesh):
    frame = _frame(mesh.get_transform(), mesh)
    return f"mesh{_label(mesh)}: {frame.points(mesh.get_coordinates())}; {_mappable(mesh)}"


def _arrows(arrows):
    frame = _frame(arrows.get_offset_transform(), arrows)
    parts = [frame.points(arrows.get_offsets()), _numbers("u", arrows.U), _numbers("v", arrows.V)]
    parts.append(f"{_number(arrows.scale, arrows.scale)} a {arrows.units}, {arrows.angles}, {arrows.pivot}")
    return f"arrows{_label(arrows)}: {'; '.join(parts)}; {_collection_look(arrows)}"


def _image(picture):
    values = picture.get_array()
    left, right, bottom, top = picture.get_extent()
    frame = _frame(picture.get_transform(), picture)
    if values.ndim == 2:
        what = _mappable(picture)
    else:
        what = _numbers("values", values) + _alpha(picture)
    shape = " × ".join(map(str, values.shape))
    return (
        f"image{_label(picture)} {shape}: {frame.points([[left, bottom], [right, top]])}; origin {picture.origin}; "
        f"{picture.get_interpolation()}; {what}"
    )


def _text_look(words):
    box = words.get_bbox_patch()
    turned = f", turned {_number(words.get_rotation(), 360)}°" if words.get_rotation() else ""
    look = f"{_color(words.get_color(), words.get_alpha())}{turned}"
    return look if box is None else f"{look}, in a {type(box.get_boxstyle()).__name__} box {_patch_look(box)}"


def _text(words):
    if not words.get_text():
        return ""
    where = _frame(words.get_transform(), words).points([words.get_unitless_position()])
    return f"text {_words(words.get_text())}: {where}; {_text_look(words)}"


def _annotation_point(point, coordinates, annotation):
    if coordinates in ("offset points", "offset pixels"):
        return " ".join(_number(value, 100) for value in point) + f" ({coordinates})"
    ax = annotation.axes
    transforms = {
        "data": ax and ax.transData,
        "axes fraction": ax and ax.transAxes,
        "figure fraction": annotation.get_figure(root=True).transFigure,
        ("data", "axes fraction"): ax and ax.get_xaxis_transform(),
        ("axes fraction", "data"): ax and ax.get_yaxis_transform(),
    }
    transform = transforms.get(coordinates) if isinstance(coordinates, (str, tuple)) else coordinates
    if not hasattr(transform, "transform"):
        raise TypeError(
            f"show: an annotation is placed by {coordinates!r}, expected coordinates of the data, the axes or the "
            "figure because the description knows no others"
        )
    if coordinates in ("data", ("data", "axes fraction")):
        point = (ax.convert_xunits(point[0]), point[1])
    if coordinates in ("data", ("axes fraction", "data")):
        point = (point[0], ax.convert_yunits(point[1]))
    return _frame(transform, annotation).points([point])


def _annotation(annotation):
    target = _annotation_point(annotation.xy, annotation.xycoords, annotation)
    place = _annotation_point(annotation.xyann, annotation.anncoords, annotation)
    arrow = "" if annotation.arrow_patch is None else f"; arrow {_arrow_style(annotation.arrow_patch)}"
    return f"note {_words(annotation.get_text())}: at {target}; text at {place}; {_text_look(annotation)}{arrow}"


def _legend(legend):
    entries = []
    for handle, words in zip(legend.legend_handles, legend.get_texts(), strict=True):
        if isinstance(handle, lines.Line2D):
            look = f"{_color(handle.get_color())} {handle.get_linestyle()} {handle.get_marker()}"
        elif isinstance(handle, patches.Patch):
            look = _patch_look(handle)
        elif isinstance(handle, collections.Collection):
            look = f"{_color_list(handle.get_facecolor())} edge {_color_list(handle.get_edgecolor())}"
        else:
            raise _unknown(handle, "the legend")
        entries.append(f"{_words(words.get_text())} {look}")
    title = legend.get_title().get_text()
    return f"legend{' ' + _words(title) if title else ''}: {', '.join(entries)}"


_KINDS = {
    lines.Line2D: _line,
    lines.AxLine: _infinite_line,
    _ZeroLine: _zero_line,
    patches.Rectangle: _rectangle,
    patches.Circle: _ellipse,
    patches.Ellipse: _ellipse,
    patches.Polygon: _patch,
    patches.RegularPolygon: _patch,
    patches.CirclePolygon: _patch,
    patches.FancyArrow: _patch,
    patches.FancyBboxPatch: _rounded_box,
    patches.PathPatch: _patch,
    patches.StepPatch: _patch,
    patches.Wedge: _patch,
    patches.FancyArrowPatch: _arrow,
    collections.PathCollection: _scatter,
    collections.LineCollection: _path_collection,
    _Weights: _weights,
    _Cells: _cells,
    collections.PolyCollection: _path_collection,
    collections.FillBetweenPolyCollection: _path_collection,
    collections.PatchCollection: _path_collection,
    contour.QuadContourSet: _path_collection,
    collections.QuadMesh: _mesh,
    quiver.Quiver: _arrows,
    image.AxesImage: _image,
    text.Text: _text,
    text.Annotation: _annotation,
    Legend: _legend,
}


def _unknown(artist, place):
    return TypeError(
        f"show: {place} has a {type(artist).__name__}, expected one of the kinds in figures._KINDS because a picture "
        "must not hold what its description leaves out"
    )


def _describe(artist, place):
    if type(artist) not in _KINDS:
        raise _unknown(artist, place)
    return _KINDS[type(artist)](artist)


# Describing axes and figures


def _ticks(axis):
    """Describe ticks and their words where they were set by hand."""
    parts = []
    located = isinstance(axis.get_major_locator(), (ticker.FixedLocator, ticker.MultipleLocator))
    formatted = not isinstance(axis.get_major_formatter(), (ticker.ScalarFormatter, ticker.LogFormatter))
    if located or formatted:
        low, high = sorted(axis.get_view_interval())
        margin = 1e-9 * (high - low)
        ticks = [
            tick
            for tick in axis.get_major_ticks(len(axis.get_majorticklocs()))
            if low - margin <= tick.get_loc() <= high + margin
        ]
        if located:
            places = _Direction("ticks", axis)
            parts.append(places.numbers([tick.get_loc() for tick in ticks]) if ticks else "no ticks")
        if formatted:
            labels = [tick.label1.get_text() for tick in ticks]
            parts.append(f"labels {' '.join(map(_words, labels))}" if any(labels) else "no labels")
    return "".join(f", {part}" for part in parts)


def _axis(name, axis):
    limits = axis.get_view_interval()
    scale = _magnitude(limits)
    low, high = (_number(limit, scale if axis.get_scale() == "linear" else limit) for limit in limits)
    label = axis.get_label_text()
    return (
        f"{name}{' ' + _words(label) if label else ''} {low} … {high}"
        f"{'' if axis.get_scale() == 'linear' else ', ' + axis.get_scale()}{_ticks(axis)}"
    )


def _describe_axes(ax, name):
    if type(ax) not in (Axes, _StyledAxes):
        raise _unknown(ax, "the figure")
    titles = {place: ax.get_title(loc=place) for place in ("left", "center", "right")}
    head = [_words(title) for title in titles.values() if title]
    head += [_axis("x", ax.xaxis), _axis("y", ax.yaxis)] if ax.axison else ["no axes drawn"]
    if ax.get_aspect() != "auto":
        head.append(f"aspect {_number(ax.get_aspect(), ax.get_aspect())}")
    if _color(ax.get_facecolor()) not in ("#ffffff", "none"):
        head.append(f"ground {_color(ax.get_facecolor())}")
    found = [f"{name}: {'; '.join(head)}"]

    groups = [group for group in ax.containers if isinstance(group, BarContainer) and _drawn_bars(group)]
    found += [_bars(group) for group in groups]
    drawn_elsewhere = {ax.patch, ax.xaxis, ax.yaxis, ax.title, ax._left_title, ax._right_title, *ax.child_axes}
    drawn_elsewhere |= {bar for group in groups for bar in group.patches}
    for artist in ax.get_children():
        if artist in drawn_elsewhere or isinstance(artist, Spine) or not artist.get_visible():
            continue
        found.append(_describe(artist, name))
    for number, child in enumerate(ax.child_axes, 1):
        if child.get_visible():
            found += _describe_axes(child, f"inset {number} of {name}")
    return found


def _describe_figure(fig):
    """Return the lines of the description, wrapped."""
    found = []
    visible = [ax for ax in fig.axes if ax.get_visible()]
    for artist in fig.get_children():
        if artist is fig.patch or isinstance(artist, Axes) or not artist.get_visible():
            continue
        if artist in (fig._suptitle, fig._supxlabel, fig._supylabel):
            found.append(f"title {_words(artist.get_text())}")  # the layout puts it in its place
        else:
            found.append(_describe(artist, "the figure"))
    for number, ax in enumerate(visible, 1):
        name = "axes" if len(visible) == 1 else f"axes {number}"
        first, *others = _describe_axes(ax, name)
        found += [first, *("  " + line for line in others if line)]
    return [
        wrapped
        for line in found
        for wrapped in textwrap.wrap(
            line, _LINE_LENGTH, subsequent_indent="      ", break_long_words=False, break_on_hyphens=False
        )
    ]
