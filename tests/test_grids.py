"""Pictures of convolution arithmetic: every number drawn is computed, described, legible, and where it belongs."""

import itertools
import re
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from scipy import signal

from mathdnn_utils import _grids, convolution, figures

ALT = "A picture of convolution arithmetic that a test has drawn."
IMAGE = np.arange(30).reshape(5, 6) ** 2 % 17
KERNEL = np.array([[1, -2, 0], [3, 0, -1]])


def make(draw, ncols=1, nrows=1, height=None):
    """Return a figure on whose axes `draw` has drawn."""
    fig, axes = figures.figure(ncols, nrows, height=height, plain=True)
    draw(axes)
    return fig


def describe(draw, *size, **height):
    fig = make(draw, *size, **height)
    fig.set_layout_engine("none")  # the layout takes most of the time, and has no say in the description
    with figures.style():
        fig.draw_without_rendering()
    return "\n".join(figures._describe_figure(fig))


def convolve(x, w, positions, **settings):
    """Return the axes of the frames of a convolution."""
    fig, axes = figures.figure(nrows=len(positions), height=5 * len(positions), plain=True)
    figures.draw_convolution(axes, x, w, positions=positions, **settings)
    return fig.axes


def transpose(x, w, positions=None, **settings):
    """Return the axes of the frames of a transposed convolution, of all entries unless some are given."""
    frames = np.size(x) if positions is None else len(positions)
    fig, axes = figures.figure(nrows=frames, height=5 * frames, plain=True)
    figures.draw_transposed_convolution(axes, x, w, positions=positions, **settings)
    return fig.axes


class Drawn:
    """Cells read from what is drawn: for each place (x, y) of an upper left corner the word and the look."""

    def __init__(self, ax, label):
        (cells,) = (one for one in ax.collections if type(one) is _grids._Cells and one.get_label() == label)
        corners = [(path.vertices[:, 0].min(), path.vertices[:, 1].max()) for path in cells.get_paths()]
        self.places = [tuple(np.round(corner, 9).tolist()) for corner in corners]
        self.word = dict.fromkeys(self.places, "")
        for word in cells.words:
            x, y = word.get_position()
            self.word[round(x - 0.5, 9), round(y + 0.5, 9)] = word.get_text()
        assert set(self.word) == set(self.places), "a word outside of all cells"
        self.thick = {place: width > 2 for place, width in zip(self.places, cells.get_linewidth(), strict=True)}
        self.dashes = dict(zip(self.places, cells.dashes, strict=True))
        self.ground = dict(zip(self.places, map(to_hex, cells.get_facecolor()), strict=True))
        self.edge = dict(zip(self.places, map(to_hex, cells.get_edgecolor()), strict=True))
        self.left, self.top = min(x for x, _ in self.places), max(y for _, y in self.places)

    def table(self, what):
        """Return an array, row by row from above, of one of the attributes."""
        entries = getattr(self, what)
        columns, rows = sorted({x for x, _ in self.places}), sorted({y for _, y in self.places}, reverse=True)
        return np.array([[entries[x, y] for x in columns] for y in rows])

    @property
    def numbers(self):
        return np.array([[read(word) for word in row] for row in self.table("word")])


def read(word):
    return float(word.replace("−", "-")) if word else np.nan


def texts(ax):
    return [text.get_text() for text in ax.texts]


# What the description says


def grid(values=((1, 2), (3, 4)), **others):
    return lambda ax: figures.draw_grid(ax, values, **others)


def convolution_of(x=(5, 6, 7, 8), w=(3, 0, 1), **settings):
    return lambda axes: figures.draw_convolution(axes, x, w, **settings)


def transposed(x=(1, 2), w=(5, 6, 7), **settings):
    return lambda axes: figures.draw_transposed_convolution(axes, x, w, **settings)


def matrix(M=((1, 0, -1, 0), (0, 1, 0, -1)), **others):
    return lambda ax: figures.draw_matrix(ax, M, **others)


def field(layers=((3, 2), (2, 1)), **others):
    return lambda ax: figures.draw_receptive_field(ax, layers, **others)


TAPS = np.array([[0, 1, 2, -1], [-1, 0, 1, 2]])
ALL = {"grid": (grid, 1), "convolution": (convolution_of, 2), "transposed": (transposed, 2), "matrix": (matrix, 1)}

CHANGES = {
    "a colour": (grid(colors="blue"), grid(colors=[["blue", "blue"], ["blue", "green"]]), 1),
    "a mark": (grid(marked=[[True, False], [False, False]]), grid(marked=[[False, True], [False, False]]), 1),
    "an empty cell": (grid([1.0, 2.0]), grid([1.0, np.nan]), 1),
    "numbers at all": (grid(), grid(numbers=False), 1),
    "place of a grid": (grid(), grid(at=(1, 0)), 1),
    "label of a row": (grid(rows=["a", "b"]), grid(rows=["a", "c"]), 1),
    "label of a column": (grid(columns=[0, 1]), grid(columns=[0, 2]), 1),
    "title of a grid": (grid(title="x"), grid(title="y"), 1),
    "a shape": (grid([[1, 2, 3, 4]]), grid([[1, 2], [3, 4]]), 1),
    "stride": (convolution_of(positions=[0, 1]), convolution_of([5, 6, 7, 8, 9], stride=2, positions=[0, 1]), 2),
    "padding": (convolution_of(), convolution_of(padding=1, positions=[1, 2]), 2),
    "dilation": (convolution_of([5, 6, 7, 8, 9, 5]), convolution_of([5, 6, 7, 8, 9, 5], dilation=2), (4, 2)),
    "position": (convolution_of(positions=[0]), convolution_of(positions=[1]), 1),
    "stride of a transposed convolution": (transposed(stride=2), transposed(stride=3), 2),
    "cropping": (transposed(stride=2), transposed(stride=2, padding=1), 2),
    "output padding": (transposed(stride=2), transposed(stride=2, output_padding=1), 2),
    "name of an input": (convolution_of(), convolution_of(names=("h", "w", "y")), 2),
    "name of a kernel": (convolution_of(), convolution_of(names=("x", "v", "y")), 2),
    "name of an output": (convolution_of(), convolution_of(names=("x", "w", "a")), 2),
    "name of an input that is spread": (transposed(), transposed(names=("g", "w", "y")), 2),
    "name of a kernel that is spread": (transposed(), transposed(names=("x", "v", "y")), 2),
    "name of a sum": (transposed(), transposed(names=("x", "w", "h")), 2),
    "position in the input": (transposed(positions=[0]), transposed(positions=[1]), 1),
    "a tap": (matrix(taps=TAPS), matrix(taps=np.where(TAPS == 2, 1, TAPS)), 1),
    "a tap of zero": (matrix(taps=TAPS), matrix(taps=np.where(TAPS == 1, -1, TAPS)), 1),
    "name of a tap": (matrix(taps=TAPS, names=list("abc")), matrix(taps=TAPS, names=list("abd")), 1),
    "label of a row of a matrix": (matrix(rows=["a", "b"]), matrix(rows=["a", "c"]), 1),
    "title of a matrix": (matrix(title="M"), matrix(title="N"), 1),
    "a kernel size": (field(size=12), field([(3, 2), (3, 1)], size=12), 1),
    "a stride of a layer": (field(size=12), field([(3, 1), (2, 1)], size=12), 1),
    "a dilation of a layer": (field(size=12), field([(3, 2), (2, 1, 2)], size=12), 1),
    "unit": (field(size=12, unit=0), field(size=12, unit=1), 1),
    "size": (field(size=12, unit=0), field(size=11, unit=0), 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_a_drawing_changes_its_description(name):
    *drawings, frames = CHANGES[name]
    before, after = (
        describe(draw, count) for draw, count in zip(drawings, np.broadcast_to(frames, 2).tolist(), strict=True)
    )
    assert before != after
    assert "0x" not in before and "np." not in before


@pytest.mark.parametrize("function", ALL)
def test_a_change_of_one_entry_is_seen_in_the_text_that_is_stored(function):
    draw, frames = ALL[function]
    arguments = draw.__defaults__[: 2 if frames == 2 else 1]
    before = describe(draw(), frames)
    for position, argument in enumerate(arguments):
        for place in np.ndindex(np.shape(argument)):
            changed = np.array(argument)
            changed[place] += 41
            after = describe(
                draw(*[changed if n == position else a for n, a in enumerate(arguments)]), frames, height=4
            )
            assert after != before, (position, place)
            assert re.search(rf"\b{changed[place]}\b", after), (position, place)
            assert not re.search(rf"\b{changed[place]}\b", before), (position, place)


@pytest.mark.parametrize("function", [*ALL, "field"])
def test_show_stores_the_numbers_that_are_drawn(function):
    draw, frames = ALL.get(function, (field, 1))
    picture = figures._picture(make(draw(), frames), ALT)
    assert picture.png.startswith(b"\x89PNG")
    expected = {
        "grid": "cells 2 × 2: x 0; y 0: 1 2 / 3 4; AA AA: A #ffffff edge #767676 ink #222222",
        "convolution": "1 × 2: x 0; y -1.4: 22 _; AB: A #f0cdb8 edge #c84e00 thick ink #222222, B #ffffff edge #767676",
        "transposed": 'cells "2·w" 1 × 3: x 1; y -1.4: 10 12 14; AAA: A #b8d8e9 edge #0072b2 thick ink #222222',
        "matrix": "cells 2 × 4: x 0; y 0: 1 · −1 · / · 1 · −1; AAAA AAAA: A #ffffff edge #767676 ink #222222",
        "field": 'text "inputs 2 to 6: a field of 5": x 4.5;',
    }[function]
    assert expected in " ".join(picture.description.split())


def test_the_description_reads_what_is_drawn_and_not_what_was_asked_for():
    fig = make(grid())
    (cells,) = fig.axes[0].collections
    cells.words[3].set_text("5")
    cells.words[0].set_color("red")
    cells.set_facecolor(["#000000", "#ffffff", "#ffffff", "#ffffff"])
    description = " ".join(figures._cells(cells).split())
    assert "1 2 / 3 5; AB BB: A #000000 edge #767676 ink #ff0000, B #ffffff" in description


def test_no_font_is_asked_how_large_a_number_is(monkeypatch):
    def refuse(*arguments, **keywords):
        raise AssertionError("the sizes would depend on the version of a font")

    draw = convolution_of(padding=1, positions=[0, 1])
    before = describe(draw, 2)
    with monkeypatch.context() as patch:
        patch.setattr(Text, "get_window_extent", refuse)
        make(draw, 2), make(matrix(taps=TAPS, names=list("abc"))), make(field()), make(transposed(stride=2), 2)
    with matplotlib.rc_context({"font.size": 30, "lines.dashed_pattern": (9, 9), "patch.linewidth": 9}):
        assert describe(draw, 2) == before


def test_neither_torch_nor_sympy_is_imported_with_the_drawings():
    code = "import sys, mathdnn_utils._grids; print([name for name in sys.modules if name in {'torch', 'sympy'}])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


# Grids


def test_integers_are_written_plainly_and_other_numbers_short():
    def words(values):
        return Drawn(make(grid(values)).axes[0], "_child0").table("word").tolist()

    assert words([5, -12, 0, 100]) == [["5", "−12", "0", "100"]]
    assert words([0.5, -1.25, 2.0, 1 / 3]) == [["0.5", "−1.25", "2", "0.33"]]
    assert words([0.1 + 0.2, 1e-17, -1e-17, 0.125]) == [["0.3", "0", "0", "0.125"]]
    assert words([1.0, 0.125 + 1e-12, 0.125, 0.125 - 1e-12]) == [["1", "0.12", "0.12", "0.12"]], "noise tips no tie"
    assert words([1234.5, 0.25]) == [["1234", "0"]]
    assert words([0.0, 0.0]) == [["0", "0"]]
    assert words(np.array([3, 4], dtype=np.uint8)) == [["3", "4"]]
    assert words([1.5, np.nan]) == [["1.5", ""]]
    assert words(np.ma.masked_array([7, 8, 9], [False, True, False])) == [["7", "", "9"]]
    assert words(np.ma.masked_array([7.5, np.inf], [False, True])) == [["7.5", ""]]
    assert words([np.nan, np.nan]) == [["", ""]]


def test_row_0_is_at_the_top_and_the_grid_says_where_its_cells_are():
    fig, ax = figures.figure(plain=True)
    found = figures.draw_grid(ax, [[1, 2, 3], [4, 5, 6]], at=(10, 20))
    drawn = Drawn(ax, "_child0")
    assert (drawn.word[10, 20], drawn.word[12, 19]) == ("1", "6")
    assert (found.left, found.right, found.top, found.bottom) == (10, 13, 20, 18)
    assert found.center(1, 2) == (12.5, 18.5)
    assert figures.draw_grid(ax, [1, 2], at=(14, 20)).center(1) == (15.5, 19.5)


def test_colours_are_light_grounds_and_marks_are_thick_borders():
    fig, ax = figures.figure(plain=True)
    figures.draw_grid(
        ax, [[1, 2], [3, 4]], colors=[["blue", None], [None, "blue"]], marked=[[False, False], [True, True]]
    )
    drawn = Drawn(ax, "_child0")
    assert drawn.table("thick").tolist() == [[False, False], [True, True]]
    light = _grids._light(figures.COLORS["blue"])
    assert drawn.table("ground").tolist() == [[light, "#ffffff"], ["#ffffff", light]]
    assert drawn.table("edge")[1].tolist() == ["#222222", figures.COLORS["blue"]]


def test_thick_borders_are_drawn_over_thin_ones():
    fig, ax = figures.figure(plain=True)
    figures.draw_grid(ax, [1, 2, 3], marked=[True, False, False])
    widths = ax.collections[0].get_linewidth()
    assert widths[-1] > widths[0] == widths[1]


def test_grids_on_one_axes_share_their_scale_and_the_limits_hold_all():
    fig, ax = figures.figure(height=3, plain=True)
    first = figures.draw_grid(ax, [[1, 2], [3, 4]])
    size = ax.collections[0].words[0].get_fontsize()
    second = figures.draw_grid(ax, np.arange(100, 120).reshape(2, 10), at=(first.right + 9, 0), title="second")
    (smaller,) = {word.get_fontsize() for cells in ax.collections for word in cells.words}
    assert smaller < size
    assert ax.get_xlim()[0] < first.left and second.right < ax.get_xlim()[1]
    assert texts(ax) == ["second"]
    figures.draw_grid(ax, [1], at=(0, -3))
    assert texts(ax) == ["second"], "words are written once"
    assert ax.get_ylim()[0] < -4


def test_labels_stand_beside_their_rows_and_columns():
    fig, ax = figures.figure(plain=True)
    figures.draw_grid(ax, [[1, 2], [3, 4]], rows=["a", 7], columns=range(2), title="x")
    places = {text.get_text(): text.get_position() for text in ax.texts}
    assert places["a"][1] == -0.5 and places["7"][1] == -1.5 and places["a"][0] < 0
    assert places["0"][0] == 0.5 and places["1"][0] == 1.5 and places["1"][1] > 0
    assert places["x"][1] > places["1"][1] + 0.5


# Convolutions: the output is compared with SciPy's, everything else with loops

CASES = {
    "valid": ([5, 6, 7, 8], [3, 0, 1], 1, 0, 1),
    "full": ([5, 6, 7, 8], [3, 0, 1], 1, 2, 1),
    "strided": ([3, 1, 4, 1, 5, 9, 2, 6], [2, -7, 1], 2, 0, 1),
    "dilated and padded": ([3, 1, 4, 1, 5, 9], [2, 7], 3, 2, 4),
    "image": (IMAGE, KERNEL, (1, 1), (0, 0), (1, 1)),
    "image, strided and padded": (IMAGE, KERNEL, (2, 3), (1, 2), (1, 1)),
    "image, dilated": (IMAGE, KERNEL, (1, 2), (0, 1), (3, 2)),
    "image and a row": (IMAGE, KERNEL[:1], (2, 1), (0, 0), (1, 1)),
    "fractions": ([0.5, -0.25, 2.0], [1.0, 4.0], 1, 1, 1),
}


def tuples(x, *settings):
    return [tuple(np.broadcast_to(setting, np.ndim(x)).tolist()) for setting in settings]


def expected_output(x, w, stride, padding, dilation):
    x, w = np.asarray(x), np.asarray(w)
    stride, padding, dilation = tuples(x, stride, padding, dilation)
    spread = np.zeros([d * (k - 1) + 1 for d, k in zip(dilation, w.shape)], dtype=w.dtype)
    spread[tuple(slice(None, None, d) for d in dilation)] = w
    found = signal.correlate(np.pad(x, [(p, p) for p in padding]), spread, mode="valid", method="direct")
    return found[tuple(slice(None, None, s) for s in stride)]


@pytest.fixture(params=CASES, scope="module")
def frames(request):
    """Axes of all frames of a case, the case, and the output that SciPy computes."""
    x, w, stride, padding, dilation = CASES[request.param]
    y = expected_output(x, w, stride, padding, dilation)
    places = list(np.ndindex(y.shape))
    axes = convolve(x, w, places, stride=stride, padding=padding, dilation=dilation)
    return axes, np.asarray(x), np.asarray(w), tuples(x, stride, padding, dilation), y, places


def lifted(array):
    return np.atleast_2d(array)


def test_the_last_frame_shows_the_output(frames):
    axes, x, w, settings, y, places = frames
    assert np.array_equal(Drawn(axes[-1], "y").numbers, lifted(y))


def test_a_frame_shows_the_entries_computed_so_far(frames):
    axes, x, w, settings, y, places = frames
    for ax, position in zip(axes, places, strict=True):
        shown = Drawn(ax, "y")
        expected = np.array([y[place] if place <= position else np.nan for place in places]).reshape(y.shape)
        assert np.array_equal(shown.numbers, lifted(expected), equal_nan=True)
        thick = np.array([place == position for place in places]).reshape(y.shape)
        assert np.array_equal(shown.table("thick"), lifted(thick))


def test_the_padding_is_dashed_zeros_and_a_line_goes_around_the_data(frames):
    axes, x, w, (stride, padding, dilation), y, places = frames
    outside = np.pad(np.zeros(x.shape, dtype=bool), [(p, p) for p in padding], constant_values=True)
    for ax, position in zip(axes, places, strict=True):
        shown = Drawn(ax, "x")
        assert np.array_equal(shown.numbers, lifted(np.pad(x, [(p, p) for p in padding])))
        assert {shown.word[place] for place, dash in shown.dashes.items() if dash == "dashed"} <= {"0"}
        white = shown.table("ground") == "#ffffff"
        assert np.array_equal(shown.table("dashes") == "dashed", lifted(outside) & ~shown.table("thick"))
        assert np.array_equal(white, ~lifted(outside) & ~shown.table("thick"))
        boxes = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
        if not any(padding):
            assert not boxes
        else:
            (box,) = boxes
            height, width = lifted(x).shape
            assert (box.get_width(), box.get_height()) == (width, height)
            assert (box.get_x(), box.get_y()) == (padding[-1], -height - (padding[0] if x.ndim == 2 else 0))


def test_the_kernel_covers_what_enters_the_sum(frames):
    axes, x, w, (stride, padding, dilation), y, places = frames
    for ax, position in zip(axes, places, strict=True):
        shown = Drawn(ax, "x")
        covered = {tuple(index[::-1].tolist()) for index in np.argwhere(shown.table("thick"))}
        assert len(covered) == w.size
        # What is covered, read row by row, times the weights gives the entry.
        entries = [shown.numbers[row, column] for column, row in sorted(covered, key=lambda place: place[::-1])]
        assert np.isclose(np.dot(entries, w.ravel()), y[position])
        first = tuple(stride[axis] * position[axis] for axis in range(x.ndim))[::-1]
        assert min(covered, key=lambda place: place[::-1]) == (first if x.ndim == 2 else (*first, 0))


def test_the_weights_are_those_of_the_kernel_and_of_a_signal_they_stand_over_its_entries(frames):
    axes, x, w, settings, y, places = frames
    for ax in axes:
        kernel, shown = Drawn(ax, "w"), Drawn(ax, "x")
        assert np.array_equal(kernel.numbers, lifted(w))
        if x.ndim == 1:
            over = [place for place, thick in shown.thick.items() if thick]
            assert sorted(left for left, _ in kernel.places) == sorted(left for left, _ in over)
            assert kernel.top - 1 > shown.top


def test_the_words_below_a_frame_are_true(frames):
    axes, x, w, settings, y, places = frames
    for ax, position in zip(axes, places, strict=True):
        name, *sides = texts(ax)[-1].split(" = ")
        assert name == f"y[{', '.join(map(str, position))}]"
        values = [eval(side.replace("·", "*").replace("−", "-")) for side in sides]
        assert values == pytest.approx([y[position]] * len(sides))


def test_a_sum_names_every_product_where_it_fits_and_minus_signs_are_signs():
    ax, *_ = convolve([1, -2, 3], [-3, 0, 1], [(0,)])
    assert texts(ax)[-1] == "y[0] = −3·1 + 0·(−2) + 1·3 = 0"
    ax, *_ = convolve([1, 2, 3], [3, -1, -2], [(0,)])
    assert texts(ax)[-1] == "y[0] = 3·1 − 1·2 − 2·3 = −5"
    fig = make(convolution_of(IMAGE, KERNEL, positions=[(1, 1)] * 3), 3, height=5)
    assert texts(fig.axes[0])[-1] == "y[1, 1] = " + str(expected_output(IMAGE, KERNEL, 1, 0, 1)[1, 1])


def test_arrays_have_the_names_that_they_are_given():
    names = (r"$\bar{a}$", "flip(w)", r"$\bar{h}$")
    (ax,) = convolve([1, 2], [3, 4], [(0,)], names=names)
    assert texts(ax) == [*names, r"$\bar{h}$[0] = 3·1 + 4·2 = 11"]
    assert [Drawn(ax, name).numbers.ravel().tolist() for name in names] == [[1, 2], [3, 4], [11]]
    *_, ax = transpose([1, -2], [3, 4], names=names)
    assert texts(ax) == [r"$\bar{a}$", "flip(w)", "(−2)·flip(w)", r"$\bar{h}$"]


def test_rounded_numbers_are_not_said_to_be_equal():
    ax, *_ = convolve([1 / 3, 1.0], [1, 1], [(0,)])
    assert texts(ax)[-1] == "y[0] ≈ 1·0.33 + 1·1 ≈ 1.33"
    ax, *_ = convolve([0.1, 0.2], [1, 1], [(0,)])
    assert texts(ax)[-1] == "y[0] = 1·0.1 + 1·0.2 = 0.3"


def test_positions_choose_the_frames_and_earlier_entries_are_known():
    first, second = convolve(IMAGE, KERNEL, [(0, 1), (3, 3)])
    y = expected_output(IMAGE, KERNEL, 1, 0, 1)
    assert np.array_equal(Drawn(second, "y").numbers, y)
    assert np.isnan(Drawn(first, "y").numbers).sum() == y.size - 2
    assert Drawn(first, "y").table("thick").sum() == 1 and Drawn(first, "y").table("thick")[0, 1]
    ax, *_ = convolve([5, 6, 7, 8], [3, 0, 1], [np.int64(1)])
    assert Drawn(ax, "y").word[1, -1.4] == "26"


def test_the_output_is_the_librarys(monkeypatch):
    library = convolution.conv1d
    monkeypatch.setattr(convolution, "conv1d", lambda *args, **options: library(*args, **options) + 1)
    (ax,) = convolve([5, 6, 7, 8], [3, 0, 1], [1])
    assert Drawn(ax, "y").numbers.tolist() == [[23, 27]]


def test_all_frames_have_one_scale_and_one_place():
    fig = make(convolution_of(padding=2), 3, 2, height=5)
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in fig.axes}) == 1
    assert len({word.get_fontsize() for ax in fig.axes for cells in ax.collections for word in cells.words}) == 1


def test_the_output_of_an_image_stands_where_the_cells_are_largest():
    below, column, beside = (
        make(convolution_of(IMAGE, KERNEL, positions=[(0, 0)] * ncols), ncols, height=height).axes[0]
        for ncols, height in ((2, 3.9), (3, 5), (1, 2.6))
    )
    places = [(Drawn(ax, "w").left, Drawn(ax, "w").top, Drawn(ax, "y").left) for ax in (below, column, beside)]
    assert places == [(0, -5.9, 4), (0, -5.9, 0), (7, 0, 7)]


# Transposed convolutions: torch is the oracle

TRANSPOSED = {
    "signal": ([1, 2, 3], [5, 6, 7], 1, 0, 0, 1),
    "strided": ([1, -2, 3], [5, 6, 7], 2, 0, 0, 1),
    "output padding inside of what is cut off": ([1, 2, 3], [5, 6, 7], 2, 1, 1, 1),
    "output padding beyond": ([1, 2], [5, 6], 3, 0, 2, 1),
    "output padding in part beyond": ([1, 2], [5, 6], 3, 1, 2, 1),
    "dilated": ([1, 2, 0], [5, 6, 7], 1, 2, 0, 2),
    "image": (IMAGE[:2, :2] + 1, KERNEL, (2, 2), (0, 0), (0, 0), (1, 1)),
    "image, everything at once": (IMAGE[:2, :3] + 1, KERNEL, (2, 3), (1, 0), (0, 2), (2, 1)),
    "image, added below": (IMAGE[:3, 1:3], KERNEL, (2, 1), (1, 1), (1, 0), (1, 1)),
}


@pytest.fixture(params=TRANSPOSED, scope="module")
def transposed_frames(request):
    x, w, stride, padding, output_padding, dilation = TRANSPOSED[request.param]
    settings = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    axes = transpose(x, w, **settings)
    return axes, np.asarray(x), np.asarray(w), settings


def with_torch(x, w, settings):
    torch = pytest.importorskip("torch")
    apply = getattr(torch.nn.functional, f"conv_transpose{x.ndim}d")
    return apply(*(torch.tensor(array)[None, None].double() for array in (x, w)), **settings)[0, 0].numpy()


def slid(x, w, settings, entries):
    """Add the kernel times each of the first entries into a dict of sums, before anything is cut off."""
    stride, dilation = tuples(x, settings["stride"], settings["dilation"])
    sums = {}
    for place in list(np.ndindex(x.shape))[:entries]:
        for tap in np.ndindex(w.shape):
            there = tuple(s * n + d * k for s, n, d, k in zip(stride, place, dilation, tap))
            sums[there] = sums.get(there, 0) + x[place] * w[tap]
    return sums


def canvas_place(drawn, place):
    row, column = (0, *place)[-2:]
    return drawn.left + column, drawn.top - row


def test_what_the_last_frame_keeps_is_the_output(transposed_frames):
    axes, x, w, settings = transposed_frames
    shown = Drawn(axes[-1], "y")
    kept = [[read(word) for word in row] for row in shown.table("word")]
    inside = shown.table("dashes") != "dashed"
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    assert inside[np.ix_(rows, columns)].all() and inside.sum() == rows.size * columns.size
    assert np.array_equal(np.array(kept)[np.ix_(rows, columns)], lifted(with_torch(x, w, settings)))
    (padding,) = tuples(x, settings["padding"])
    assert (rows[0], columns[0]) == (0, *padding)[-2:]


def test_a_frame_shows_the_sums_so_far(transposed_frames):
    axes, x, w, settings = transposed_frames
    for count, ax in enumerate(axes, 1):
        shown = Drawn(ax, "y")
        sums = {canvas_place(shown, place): total for place, total in slid(x, w, settings, count).items()}
        assert set(sums) <= set(shown.places)
        for place, word in shown.word.items():
            assert read(word) == sums.get(place, 0)


def test_a_frame_shows_which_entry_is_added_where(transposed_frames):
    axes, x, w, settings = transposed_frames
    stride, dilation = tuples(x, settings["stride"], settings["dilation"])
    for ax, position in zip(axes, np.ndindex(x.shape), strict=True):
        entries, total = Drawn(ax, "x"), Drawn(ax, "y")
        assert np.array_equal(entries.numbers, lifted(x)) and np.array_equal(Drawn(ax, "w").numbers, lifted(w))
        assert np.array_equal(np.argwhere(entries.table("thick")), [(0, *position)[-2:]])
        number = str(x[position]) if x[position] >= 0 else f"(−{-x[position]})"
        scaled = Drawn(ax, f"{number}·w")
        assert np.array_equal(scaled.numbers, lifted(x[position] * w)) and f"{number}·w" in texts(ax)
        reached = [
            canvas_place(total, [s * n + d * k for s, n, d, k in zip(stride, position, dilation, tap)])
            for tap in np.ndindex(w.shape)
        ]
        assert sorted(reached) == sorted(place for place, thick in total.thick.items() if thick)
        if x.ndim == 1:
            assert sorted(left for left, _ in scaled.places) == sorted(left for left, _ in reached)


def test_what_output_padding_adds_is_dotted(transposed_frames):
    axes, x, w, settings = transposed_frames
    padding, added = tuples(x, settings["padding"], settings["output_padding"])
    without, size = (with_torch(x, w, settings | more).shape for more in ({"output_padding": 0}, {}))
    expected = {place for place in np.ndindex(size) if any(n >= end for n, end in zip(place, without))}
    for ax in axes:
        shown = Drawn(ax, "y")
        dotted = [box for box in ax.patches if box.get_label() == "from output_padding"]
        assert all(box.get_linestyle() in (":", "dotted") for box in dotted)
        found = {(round(box.get_x() - 0.13, 9), round(box.get_y() + 0.87, 9)) for box in dotted}
        assert found == {canvas_place(shown, np.add(place, padding)) for place in expected}
        assert any("dotted: from output_padding" in text for text in texts(ax)) == any(added)
        assert any("dashed: cut off by padding" in text for text in texts(ax)) == any(padding)
        assert [box.get_label() for box in ax.patches if box not in dotted] == ["kept"] * any(padding)


def test_a_line_goes_around_what_is_kept():
    (ax,) = transpose([1, 2, 3], [5, 6, 7], [2], stride=2, padding=1, output_padding=1)
    shown = Drawn(ax, "y")
    (box,) = (box for box in ax.patches if box.get_label() == "kept")
    assert (box.get_x(), box.get_width(), box.get_height()) == (1, 6, 1) and box.get_y() == shown.top - 1
    assert shown.numbers.tolist() == [[5, 6, 17, 12, 29, 18, 21]]


def test_the_sums_are_the_librarys(monkeypatch):
    library = convolution.conv_transpose1d
    monkeypatch.setattr(convolution, "conv_transpose1d", lambda *args, **options: library(*args, **options) + 1)
    (ax,) = transpose([1, 2], [5, 6], [1])
    assert Drawn(ax, "y").numbers.tolist() == [[6, 17, 13]]


# Matrices


def test_a_matrix_shows_its_taps_by_colour_and_by_the_place_of_a_strip():
    M = convolution.conv_matrix1d([1, 0, -1], 4)
    for matrix, taps in ((M, TAPS), (M.T, TAPS.T)):
        fig, ax = figures.figure(plain=True)
        figures.draw_matrix(ax, matrix, taps=taps)
        shown = Drawn(ax, "_child0")
        dots = np.where(taps < 0, "·", np.where(matrix < 0, "−1", matrix.astype(str)))
        assert shown.table("word").tolist() == dots.tolist()
        grounds = [figures.COLORS[name] for name in ("blue", "orange", "green")]
        for place in np.ndindex(taps.shape):
            ground = _grids._light(grounds[taps[place]]) if taps[place] >= 0 else "#ffffff"
            assert shown.table("ground")[place] == ground, place
        found = np.full(taps.shape, -1)
        starts = []
        for strips in (one for one in ax.collections if type(one) is PolyCollection):
            tap = int(strips.get_label().removeprefix("tap "))
            assert to_hex(strips.get_facecolor()[0]) == grounds[tap]
            for path in strips.get_paths():
                (x, y), (right, top) = path.vertices.min(0), path.vertices.max(0)
                i, j = int(np.floor(-y)), int(np.floor(x))
                assert (int(np.floor(-top)), int(np.floor(right))) == (i, j), "a strip leaves its cell"
                found[i, j] = tap
                starts.append((tap, x - j))
        assert np.array_equal(found, taps)
        assert [tap for tap, _ in sorted(starts, key=lambda strip: strip[1])] == sorted(tap for tap, _ in starts)
        assert len({round(start, 6) for _, start in starts}) == 3


def test_the_legend_of_a_matrix_shows_each_tap_as_in_the_matrix():
    fig, ax = figures.figure(plain=True)
    figures.draw_matrix(ax, [[1, 0], [0, 1]], taps=[[0, 1], [-1, 0]], names=["w[0]", "w[1]"])
    assert texts(ax) == ["w[0]", "w[1]"]
    shown = Drawn(ax, "_child0")
    for tap, place in enumerate([(0, 0), (1, 0)]):
        legend = Drawn(ax, f"legend {tap}")
        assert list(legend.ground.values()) == [shown.ground[place]]
        (strips,) = (one for one in ax.collections if one.get_label() == f"tap {tap}")
        inside = [path.vertices - legend.places[0] for path in strips.get_paths()]
        assert any(np.all((corners >= [0, -1]) & (corners <= [1, 0])) for corners in inside)


# Receptive fields

FIELDS = [
    [(8, 2), (2, 2), (3, 1)],
    [(3, 1), (3, 1), (3, 1)],
    [(3, 2), (2, 1)],
    [(3, 1, 2), (3, 1, 3)],
    [(2, 3), (2, 1)],
    [(1, 2), (1, 2)],
    [(4, 1)],
]


def depends(layers, size):
    """Return for each output which inputs it depends on, by adding up 0 and 1 through the layers."""
    reach = np.eye(size, dtype=int)
    for kernel, stride, dilation in ((*layer, 1)[:3] for layer in layers):
        taps = [reach[dilation * k :] for k in range(kernel)]
        reach = sum(tap[: len(taps[-1])] for tap in taps)[::stride]
    return reach > 0


def rows(ax):
    """Return the rows of units, from below, as `Drawn`."""
    labels = [one.get_label() for one in ax.collections if type(one) is _grids._Cells]
    return [Drawn(ax, label) for label in labels]


def followed(ax):
    """Return for each row of units the places that edges lead to from above."""
    (edges,) = (one for one in ax.collections if type(one) is LineCollection and one.get_label() == "edges")
    units = {}
    for row, drawn in enumerate(rows(ax)):
        for x, y in drawn.places:
            units[round(x + 0.5, 6), round(y, 6)] = units[round(x + 0.5, 6), round(y - 1, 6)] = row, (x, y)
    ends = [[units[tuple(point)] for point in np.round(segment, 6).tolist()] for segment in edges.get_segments()]
    assert all(high == low + 1 for (high, _), (low, _) in ends)
    return ends


@pytest.mark.parametrize("layers", FIELDS)
@pytest.mark.parametrize("more", [0, 3])
def test_the_edges_lead_to_the_inputs_that_an_output_depends_on(layers, more):
    size = convolution.receptive_field(layers) + more
    reach = depends(layers, size)
    for unit in {0, len(reach) - 1}:
        fig, ax = figures.figure(height=4, plain=True)
        width = figures.draw_receptive_field(ax, layers, size=size, unit=unit)
        drawn, ends = rows(ax), followed(ax)
        assert len(drawn) == len(layers) + 1 and [len(row.places) for row in (drawn[0], drawn[-1])] == [
            size,
            len(reach),
        ]
        lower = {place for (_, _), (row, place) in ends if row == 0}
        inputs = sorted(int(x) for x, _ in lower)
        assert inputs == np.flatnonzero(reach[unit]).tolist()
        assert width == inputs[-1] - inputs[0] + 1
        # From every unit reached, edges lead on, and from no other.
        for row in range(len(layers), 0, -1):
            above = {place for (high, place), _ in ends if high == row}
            reached = {place for _, (low, place) in ends if low == row}
            assert above == reached if row < len(layers) else len(above) == 1
        for row, units in enumerate(drawn):
            touched = {place for end in ends for level, place in end if level == row}
            assert touched == {place for place, thick in units.thick.items() if thick}
            assert touched == {place for place, ground in units.ground.items() if ground != "#ffffff"}


def test_a_unit_stands_in_the_middle_of_what_it_reads():
    fig, ax = figures.figure(plain=True)
    figures.draw_receptive_field(ax, [(4, 2), (2, 1)])
    below, above, _ = rows(ax)
    assert sorted(x for x, _ in above.places) == [1.5, 3.5, 5.5, 7.5]


def test_words_and_a_line_name_the_field_as_wide_as_the_edges_lead(monkeypatch):
    fig, ax = figures.figure(plain=True)
    assert figures.draw_receptive_field(ax, [(3, 1), (3, 1)], size=8, unit=1) == 5
    assert texts(ax)[-1] == "inputs 1 to 5: a field of 5"
    (line,) = (one for one in ax.collections if one.get_label() == "field")
    corners = line.get_paths()[0].vertices
    assert 1 < corners[:, 0].min() < 1.5 and 5.5 < corners[:, 0].max() < 6
    assert texts(ax)[:-1] == ["input", "layer 1\nK = 3, S = 1", "layer 2\nK = 3, S = 1"]
    edges = _grids._Units.edges
    monkeypatch.setattr(_grids._Units, "edges", lambda *args: [edge for edge in edges(*args) if edge[1] != (0, 5)])
    fig, ax = figures.figure(plain=True)
    assert figures.draw_receptive_field(ax, [(3, 1), (3, 1)], size=8, unit=1) == 4
    assert texts(ax)[-1] == "inputs 1 to 4: a field of 4"


def test_a_field_with_gaps_says_how_many_inputs_are_read():
    fig, ax = figures.figure(plain=True)
    assert figures.draw_receptive_field(ax, [(2, 1, 3)], size=4) == 4
    assert texts(ax)[-1] == "inputs 0 to 3: a field of 4, 2 of them read"
    assert texts(ax)[1] == "layer 1\nK = 2, S = 1, D = 3"


def test_without_a_size_there_are_three_outputs_if_there_is_room():
    for layers, inputs, outputs in (([(8, 2), (2, 2), (3, 1)], 26, 3), ([(8, 2), (2, 2), (4, 1)], 22, 1)):
        fig, ax = figures.figure(plain=True)
        figures.draw_receptive_field(ax, layers)
        drawn = rows(ax)
        assert (len(drawn[0].places), len(drawn[-1].places)) == (inputs, outputs)
        assert np.flatnonzero(drawn[-1].table("thick")).tolist() == [outputs // 2]


# What is seen

PICTURES = {
    "frames of a signal": (convolution_of(padding=2), 2, 3, 5.7),
    "frames of an image": (convolution_of(np.arange(25).reshape(5, 5), KERNEL, stride=2, padding=1), 3, 3, 11.1),
    "one frame": (convolution_of(IMAGE, KERNEL, padding=1, positions=[(2, 3)]), 1, 1, 3.6),
    "fractions": (convolution_of([0.5, -1, 1 / 3, 0.25], [0.1, 0.2, -0.7]), 2, 1, 2.2),
    "transposed": (transposed([1, 2, 3], stride=2, padding=1, output_padding=1), 1, 3, 6.6),
    "transposed images": (transposed([[1, -2], [3, 4]], np.arange(9).reshape(3, 3), stride=2, padding=1), 2, 2, 8),
    "matrix": (matrix(taps=TAPS, names=["w[0]", "w[1]", "w[2]"], rows=["y[0]", "y[1]"], title="M"), 1, 1, 3),
    "matrix with long labels": (matrix(columns=["first", "b", "c", "d"], rows=["a long label", "b"]), 1, 1, 2),
    "grid": (grid(np.arange(110).reshape(10, 11), rows=range(10), columns=range(11), title="image"), 1, 1, 5),
    "field": (field([(8, 2), (2, 2), (3, 1)]), 1, 1, 3.2),
}


@pytest.fixture(params=PICTURES, scope="module")
def rendered(request):
    draw, ncols, nrows, height = PICTURES[request.param]
    fig = make(draw, ncols, nrows, height)
    with figures.style():
        FigureCanvasAgg(fig).draw()
    return fig


def extent(artist, fig):
    box = artist.get_window_extent(fig.canvas.get_renderer())
    return np.array([box.min, box.max]) / fig.dpi


def squares(ax, fig):
    for cells in (one for one in ax.collections if type(one) is _grids._Cells):
        for path in cells.get_paths():
            corners = ax.transData.transform(path.vertices) / fig.dpi
            yield np.array([corners.min(0), corners.max(0)])


def test_nothing_is_cut_and_numbers_lie_in_their_cells(rendered):
    for ax in rendered.axes:
        boxes = list(squares(ax, rendered))
        low, high = ax.transData.transform(np.column_stack([ax.get_xlim(), ax.get_ylim()])) / rendered.dpi
        for box in [*boxes, *(extent(text, rendered) for text in ax.texts)]:
            assert np.all(box[0] > low - 0.02) and np.all(box[1] < high + 0.02)
        for word in (word for one in ax.collections if type(one) is _grids._Cells for word in one.words):
            (left, bottom), (right, top) = extent(word, rendered)
            middle = (left + right) / 2, (bottom + top) / 2
            (cell,) = (box for box in boxes if np.all(box[0] < middle) and np.all(middle < box[1]))
            assert cell[0, 0] < left and right < cell[1, 0], word.get_text()
            assert cell[0, 1] - 0.02 < bottom and top < cell[1, 1] + 0.02, word.get_text()


def test_numbers_are_legible_and_cells_are_square(rendered):
    for ax in rendered.axes:
        sizes = {word.get_fontsize() for one in ax.collections if type(one) is _grids._Cells for word in one.words}
        assert all(8.5 <= size <= 12 for size in sizes) and len(sizes) <= 1
        for box in squares(ax, rendered):
            width, height = box[1] - box[0]
            assert width == pytest.approx(height, rel=1e-6) and 0.12 < width < 0.63


def test_words_cover_no_cell_and_no_word(rendered):
    for ax in rendered.axes:
        words = [extent(text, rendered) for text in ax.texts]
        for one, (low, high) in enumerate(words):
            for other, (left, right) in enumerate([*words, *squares(ax, rendered)]):
                apart = np.any(low > right - 0.02) or np.any(high < left + 0.02)
                assert one == other or apart, ax.texts[one].get_text()


def test_axes_have_neither_ticks_nor_a_frame_and_equal_scales(rendered):
    for ax in rendered.axes:
        assert not ax.axison and ax.get_aspect() == 1


def test_cells_get_larger_for_long_numbers_if_there_is_room():
    def width(values):
        ax = make(grid(values), height=3).axes[0]
        return ax.figure.get_size_inches()[0] / np.diff(ax.get_xlim())[0]

    assert width([0.123, -0.456]) > 1.1 * width([1, 2])


# What is refused

ONES = np.ones((2, 2))


@pytest.mark.parametrize(
    ("values", "others", "error", "message"),
    [
        ([["a"]], {}, TypeError, "values has dtype <U1, expected integers, real or complex numbers because"),
        ([1j], {}, TypeError, "values has dtype complex128, expected real numbers because they are written"),
        (3, {}, ValueError, "values has shape (), expected (n,) or (rows, columns) with at least one entry because"),
        ([], {}, ValueError, "values has shape (0,), expected (n,) or (rows, columns) with at least one entry because"),
        (np.ones((1, 1, 1)), {}, ValueError, "values has shape (1, 1, 1), expected (n,) or (rows, columns) with at"),
        ([np.inf], {}, ValueError, "values has an infinite entry, expected finite numbers because they are written"),
        (ONES, {"at": "ab"}, TypeError, "at has dtype <U2, expected integers, real or complex numbers because"),
        (ONES, {"at": (1j, 0)}, TypeError, "at has dtype complex128, expected real numbers because it is a place"),
        (ONES, {"at": 3}, ValueError, "at has shape (), expected (2,) because a place is (x, y)"),
        (ONES, {"at": (0, np.nan)}, ValueError, "at has value (0.0, nan), expected finite numbers because it is a"),
        (ONES, {"colors": ["blue", None]}, ValueError, "colors has shape (2,), expected (2, 2) because values has it"),
        (
            ONES, {"colors": "red"}, ValueError,
            "colors has the colour 'red', expected None or one of 'blue', 'orange', 'green', 'purple', 'black', 'gray' "
            "because these can be told apart",
        ),
        (ONES, {"colors": [[1, None], [None, None]]}, ValueError, "colors has the colour 1, expected None or one of"),
        (ONES, {"marked": [[1, 0], [0, 0]]}, TypeError, "marked has dtype int64, expected bool because a cell is mark"),
        (ONES, {"marked": [True, False]}, ValueError, "marked has shape (2,), expected (2, 2) because values has it"),
        (ONES, {"rows": "ab"}, TypeError, "rows has type str, expected a list because it holds a text or an integer"),
        (ONES, {"rows": [1.5, 2]}, TypeError, "rows has an entry of type float, expected str or int because it is wri"),
        (ONES, {"columns": [True, 2]}, TypeError, "columns has an entry of type bool, expected str or int because it"),
        (ONES, {"rows": ["a"]}, ValueError, "rows has 1 entries, expected 2 because there are 2 rows"),
        ([1], {"rows": ["a", "b"]}, ValueError, "rows has 2 entries, expected 1 because there is 1 row"),
        (ONES, {"columns": range(3)}, ValueError, "columns has 3 entries, expected 2 because there are 2 columns"),
        (ONES, {"title": 3}, TypeError, "title has type int, expected str because it is written above the cells"),
        (
            np.arange(100, 130), {}, ValueError,
            "axes of 6.3 × 3.3 in leave 0.21 in for a cell with a number like 100, expected larger axes, fewer cells "
            "or shorter numbers because a picture must be legible on a phone",
        ),
        (np.ones(80), {"numbers": False}, ValueError, "axes of 6.3 × 3.3 in leave 0.08 in for a cell, expected larger"),
    ],
)  # fmt: skip
def test_a_grid_that_cannot_be_drawn_is_refused(values, others, error, message):
    fig, ax = figures.figure(plain=True)
    with pytest.raises(error) as caught:
        figures.draw_grid(ax, values, **others)
    assert str(caught.value).startswith(f"draw_grid: {message}")
    assert not ax.collections and not ax.texts and ax.axison, "nothing is drawn before all is checked"


def test_a_refused_second_grid_leaves_the_first_as_it_was():
    fig, ax = figures.figure(plain=True)
    figures.draw_grid(ax, [1, 2])
    before = ax.get_xlim(), ax.collections[0].words[0].get_fontsize()
    with pytest.raises(ValueError, match="leave"):
        figures.draw_grid(ax, [1, 2], at=(90, 0), title="far")
    assert (ax.get_xlim(), ax.collections[0].words[0].get_fontsize()) == before and not ax.texts
    figures.draw_grid(ax, [1, 2], at=(3, 0))
    assert ax.get_xlim()[1] < 20


X, W = [5, 6, 7, 8], [3, 0, 1]
BOTH = [
    (("a", W), {}, TypeError, "x has dtype <U1, expected integers, real or complex numbers because"),
    ((X, [1j]), {}, TypeError, "w has dtype complex128, expected real numbers because they are written"),
    ((np.ones((1, 1, 4)), W), {}, ValueError, "x has shape (1, 1, 4), expected (n,) or (rows, columns) with at least"),
    ((X, []), {}, ValueError, "w has shape (0,), expected (n,) or (rows, columns) with at least one entry because"),
    (([np.nan], W), {}, ValueError, "x has an entry that is not finite, expected finite numbers because they are comp"),
    ((X, ONES), {}, ValueError, "w has shape (2, 2), expected one axis because x has shape (4,)"),
    ((ONES, W), {}, ValueError, "w has shape (3,), expected two axes because x has shape (2, 2)"),
    ((X, W), {"stride": 0}, ValueError, "stride has value 0, expected at least 1 because"),
    ((X, W), {"stride": (1, 1)}, ValueError, "stride has length 2, expected one number because there is one axis"),
    ((X, W), {"padding": -1}, ValueError, "padding has value -1, expected at least 0 because"),
    ((X, W), {"dilation": 1.5}, TypeError, "dilation has type float, expected an int because"),
    ((X, W), {"positions": 3}, TypeError, "positions has type int, expected a list because it holds places of the "),
    ((X, W), {"positions": []}, ValueError, "positions has 0 entries, expected at least 1 because each has its frame"),
    ((X, W), {"positions": [0.5]}, TypeError, "positions has type float, expected ints because it holds places of th"),
    ((X, W), {"positions": [9]}, ValueError, "positions has 9, expected places of the "),
    ((X, W), {"positions": [-1]}, ValueError, "positions has -1, expected places of the "),
    ((X, W), {"positions": [(0, 1)]}, ValueError, "positions has (0, 1), expected places of the "),
    ((X, W), {"names": "xwy"}, TypeError, "names has type str, expected a list because it holds the names of input, k"),
    ((X, W), {"names": ["x", "w"]}, ValueError, "names has ['x', 'w'], expected three strings because input, kernel a"),
    ((X, W), {"names": ["x", "w", 1]}, ValueError, "names has ['x', 'w', 1], expected three strings because input, ke"),
    ((X, W), {"names": ["x", "w", ""]}, ValueError, "names has ['x', 'w', ''], expected three strings because input, "),
    ((X, W), {"positions": [0]}, ValueError, "axes has 2 axes, expected 1 because each position has its frame"),
    ((X, [123456789012, 1]), {"positions": [0, 1]}, ValueError, "axes of 3.1 × 3.3 in leave "),
]  # fmt: skip
FORWARD = [
    ((X, W), {"padding": 1}, ValueError, "axes has 2 axes, expected 4 because each position has its frame"),
    ((X, W), {"dilation": 2}, ValueError, "w spans 5 entries (3 taps, dilation 2), expected at most 4 because"),
]
BACKWARD = [
    ((X, W), {}, ValueError, "axes has 2 axes, expected 4 because each position has its frame"),
    ((X, W), {"output_padding": 1}, ValueError, "output_padding has value 1, expected less than 1 because the stride"),
    (
        (X, W),
        {"padding": 3},
        ValueError,
        "padding has value 3, expected at most 2 because it takes entries away at both",
    ),
]


@pytest.mark.parametrize(
    ("function", "arguments", "others", "error", "message"),
    [(figures.draw_convolution, *row) for row in BOTH + FORWARD]
    + [(figures.draw_transposed_convolution, *row) for row in BOTH + BACKWARD],
)
def test_frames_that_cannot_be_drawn_are_refused(function, arguments, others, error, message):
    fig, axes = figures.figure(2, plain=True)
    with pytest.raises(error) as caught:
        function(axes, *arguments, **others)
    assert str(caught.value).startswith(f"{function.__name__}: {message}")
    assert not any(ax.collections or ax.texts or not ax.axison for ax in axes), "nothing is drawn before all is checked"


@pytest.mark.parametrize(
    ("M", "others", "error", "message"),
    [
        ([1, 2], {}, ValueError, "M has shape (2,), expected (rows, columns) with at least one entry because each"),
        ([["a"]], {}, TypeError, "M has dtype <U1, expected integers, real or complex numbers because"),
        ([[np.nan]], {}, ValueError, "M has an entry that is not finite, expected finite numbers because they are"),
        (ONES, {"taps": [[0.5, 1], [0, 0]]}, TypeError, "taps has dtype float64, expected integers because it holds"),
        (ONES, {"taps": [0, 1]}, ValueError, "taps has shape (2,), expected (2, 2) because M has it"),
        (ONES, {"taps": [[0, -2], [0, 0]]}, ValueError, "taps has value -2, expected at least -1 because taps count"),
        (ONES, {"names": "ab"}, TypeError, "names has type str, expected a list because it holds a text for each tap"),
        (ONES, {"taps": ONES.astype(int), "names": [1, 2]}, TypeError, "names has an entry of type int, expected str"),
        (ONES, {"names": ["a"]}, ValueError, "names has 1 entries, expected 0 because taps has so many"),
        (ONES, {"rows": ["a"]}, ValueError, "rows has 1 entries, expected 2 because there are 2 rows"),
        (ONES, {"columns": 3}, TypeError, "columns has type int, expected a list because it holds a text or an int"),
        (ONES, {"title": 3}, TypeError, "title has type int, expected str because it is written above the cells"),
        (np.full((1, 40), 10), {}, ValueError, "axes of 6.3 × 3.3 in leave 0.16 in for a cell with a number like 10"),
    ],
)  # fmt: skip
def test_a_matrix_that_cannot_be_drawn_is_refused(M, others, error, message):
    fig, ax = figures.figure(plain=True)
    with pytest.raises(error) as caught:
        figures.draw_matrix(ax, M, **others)
    assert str(caught.value).startswith(f"draw_matrix: {message}")
    assert not ax.collections and not ax.texts and ax.axison


@pytest.mark.parametrize(
    ("layers", "others", "error", "message"),
    [
        ([], {}, ValueError, "layers has 0 entries, expected at least 1 because each is a row of units"),
        (3, {}, TypeError, "layers has type int, expected a list of (kernel, stride) because"),
        ([3], {}, TypeError, "layers[0] has type int, expected (kernel, stride) or (kernel, stride, dilation) because"),
        ([(3,)], {}, ValueError, "layers[0] has length 1, expected (kernel, stride) or (kernel, stride, dilation) bec"),
        ([(3, 0)], {}, ValueError, "layers[0][1] has value 0, expected at least 1 because"),
        ([(3, 1)], {"size": 2.5}, TypeError, "size has type float, expected an int because it counts inputs"),
        ([(3, 1)], {"size": 2}, ValueError, "size has value 2, expected at least 3 because an output needs so many"),
        ([(3, 1)], {"unit": "a"}, TypeError, "unit has type str, expected an int because it is the index of an outpu"),
        ([(3, 1)], {"unit": 3}, ValueError, "unit has value 3, expected 0 to 2 because there are 3 outputs"),
        ([(3, 1)], {"size": 3, "unit": -1}, ValueError, "unit has value -1, expected 0 to 0 because there is 1 output"),
        ([(99, 1)], {}, ValueError, "axes of 6.3 × 3.3 in leave 0.05 in for a cell, expected larger axes, fewer cells"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_drawn_is_refused(layers, others, error, message):
    fig, ax = figures.figure(plain=True)
    with pytest.raises(error) as caught:
        figures.draw_receptive_field(ax, layers, **others)
    assert str(caught.value).startswith(f"draw_receptive_field: {message}")
    assert not ax.collections and not ax.texts and ax.axison


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (figures.draw_grid, [[1]]),
        (figures.draw_convolution, [[1], [1]]),
        (figures.draw_transposed_convolution, [[1], [1]]),
        (figures.draw_matrix, [[[1]]]),
        (figures.draw_receptive_field, [[(1, 1)]]),
    ],
)
def test_what_is_no_axes_is_refused(function, arguments):
    fig, ax = figures.figure()
    message = f"{function.__name__}: ax has type _StyledFigure, expected Matplotlib axes because it is drawn on them"
    with pytest.raises(TypeError) as caught:
        function(fig, *arguments)
    assert str(caught.value) == message


def test_arguments_stay_as_they_are():
    x, w = np.array([1, 2, 3]), np.array([4, 5])
    values, taps = np.ma.masked_array([1.0, np.nan], [True, False]), np.array([[0, -1]])
    make(convolution_of(x, w), 2), make(transposed(x, w), 3), make(grid(values)), make(matrix([[1, 0]], taps=taps))
    assert x.tolist() == [1, 2, 3] and w.tolist() == [4, 5] and taps.tolist() == [[0, -1]]
    assert values.mask.tolist() == [True, False] and list(itertools.chain(values.data))[0] == 1
