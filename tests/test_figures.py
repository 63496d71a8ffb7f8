"""A picture carries an alternative text and a description in which any change of what is drawn shows."""

import base64
import io
import itertools
import os
import subprocess
import sys
from types import SimpleNamespace

import IPython.display
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from docutils import nodes
from matplotlib import patches
from matplotlib.collections import LineCollection
from matplotlib.colors import TwoSlopeNorm, to_rgb
from matplotlib.figure import Figure
from matplotlib.path import Path
from PIL import Image

from mathdnn_utils import figures
from mathdnn_utils._alt_text import AltTextRenderer

ALT = "A picture that a test has drawn: β rises."


@pytest.fixture
def displayed(monkeypatch):
    """Collect what is displayed, as the mime bundle that a notebook stores."""
    bundles = []

    def display(thing):
        data, metadata = thing._repr_mimebundle_()
        bundles.append(SimpleNamespace(data=data, metadata=metadata, plain=repr(thing)))

    monkeypatch.setattr(IPython.display, "display", display)
    return bundles


def describe(draw, **options):
    """Return the description of a figure whose only axes `draw` has drawn on."""
    fig, ax = figures.figure(**options)
    draw(ax)
    fig.set_layout_engine("none")  # the layout takes most of the time, and has no say in the description
    with figures.style():
        fig.draw_without_rendering()
    return "\n".join(figures._describe_figure(fig))


# What is displayed


def test_the_picture_comes_with_alt_text_and_description(displayed):
    fig, ax = figures.figure()
    ax.plot([0, 1, 2], [0, 1, 4], label="β²")
    assert figures.show(fig, alt=ALT) is None
    (bundle,) = displayed
    assert set(bundle.data) == {"image/png", "text/plain"}
    assert bundle.metadata == {"image/png": {"alt": ALT}}
    first, *description = bundle.data["text/plain"].splitlines()
    assert first == ALT
    assert '  line "β²": x 0 1 2; y 0 1 4; #0072b2 -' in description
    assert bundle.plain == bundle.data["text/plain"]


def test_the_png_carries_the_description_and_nothing_of_the_machine(displayed):
    fig, ax = figures.figure()
    ax.plot([0, 1], [1, 0], label="σ_β ≤ ½")
    figures.show(fig, alt=ALT)
    png = base64.b64decode(displayed[0].data["image/png"])
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.text == {"Description": displayed[0].data["text/plain"]}
        assert picture.width == round(6.4 * 180)


def test_the_same_drawing_gives_the_same_bytes(displayed):
    for _ in range(2):
        fig, ax = figures.figure(ncols=1)
        ax.plot([0, 1], [0, 2])
        ax.set_xlabel("$x$")
        figures.show(fig, alt=ALT)
    assert displayed[0].data == displayed[1].data


ANOTHER_PROCESS = """
import numpy as np
from mathdnn_utils import figures
fig, (left, right) = figures.figure(ncols=2)
x = np.linspace(-3, 3, 201)
left.plot(x, np.maximum(x, 0), label="relu")
left.legend()
right.contour(np.add.outer(np.arange(9.0) ** 2, np.arange(8.0)))
right.scatter(np.arange(40) % 7, np.arange(40) % 5, c=np.arange(40))
figures.show(fig, alt="A picture drawn in two processes")
"""


def test_the_description_is_the_same_in_another_process():
    texts = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", ANOTHER_PROCESS], env=environment, capture_output=True, check=True, encoding="utf-8"
        )
        texts.append(run.stdout)
    assert 'line "relu": 201 points' in texts[0]
    assert texts[0] == texts[1]


def test_a_figure_of_pyplot_is_shown_once_and_closed(displayed):
    fig, ax = plt.subplots()
    other = plt.figure()
    ax.plot([0, 1])
    figures.show(fig, alt=ALT)
    assert len(displayed) == 1
    assert plt.get_fignums() == [other.number]
    plt.close(other)


def test_the_readers_settings_stay_and_have_no_influence():
    def draw(ax):
        ax.plot([0, 1], [0, 1], marker="o")
        ax.text(0, 0, "here", bbox={})
        ax.legend(ax.lines[-1:], ["line"])
        ax.set_title("words")

    description = describe(draw)
    with matplotlib.rc_context({"lines.linestyle": ":", "text.color": "red", "axes.titlelocation": "right"}):
        before = dict(matplotlib.rcParams)
        assert describe(draw) == description
        assert dict(matplotlib.rcParams) == before
        fig, ax = figures.figure()
        assert ax.plot([0])[0].get_linewidth() == 2
        assert ax.text(0, 0, "12 pt").get_fontsize() == 12
        assert fig.suptitle("words").get_color() == "#222222"
        assert dict(matplotlib.rcParams) == before


def test_importing_the_package_does_not_import_matplotlib():
    check = "import sys, mathdnn_utils; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0


# What a change does


def plot(ax, x=range(300), y=range(300), at=None, by=0.01, **look):
    """Plot a curve; `at` is the entry of y to change."""
    y = np.sin(np.array(y, dtype=float))
    if at is not None:
        y[at] += by
    ax.plot(x, y, **look)


def masked(ax, at):
    y = np.ma.array(np.cos(np.arange(99.0)))
    y[at] = np.ma.masked
    ax.plot(y)


def at(size, where, value=1.0):
    array = np.sin(np.arange(float(np.prod(size)))).reshape(size)
    array[where] += value
    return array


CHANGES = {
    "one y of a line, not sampled": (lambda ax: plot(ax), lambda ax: plot(ax, at=130)),
    "one y of a line, by little": (lambda ax: plot(ax), lambda ax: plot(ax, at=131, by=1e-3)),
    "two equal changes": (lambda ax: plot(ax, at=130), lambda ax: plot(ax, at=131)),
    "one x of a line": (lambda ax: plot(ax), lambda ax: plot(ax, x=[*range(299), 299.5])),
    "one x in the middle": (lambda ax: plot(ax), lambda ax: plot(ax, x=[*range(130), 130.1, *range(131, 300)])),
    "one of equal values": (
        lambda ax: (ax.plot(np.zeros(99)), ax.set_ylim(0, 1)),
        lambda ax: (ax.plot(np.eye(99)[40] * 1e-3), ax.set_ylim(0, 1)),
    ),
    "a gap in a line": (lambda ax: masked(ax, 42), lambda ax: masked(ax, 43)),
    "a gap in a constant line": (
        lambda ax: ax.plot(np.where(np.arange(99) == 42, np.nan, 0.5)),
        lambda ax: ax.plot(np.where(np.arange(99) == 43, np.nan, 0.5)),
    ),
    "a gap among zeros": (
        lambda ax: ax.plot(np.where(np.arange(99) == 42, np.nan, np.arange(99) // 98)),
        lambda ax: ax.plot(np.where(np.arange(99) == 43, np.nan, np.arange(99) // 98)),
    ),
    "colour of a line": (lambda ax: plot(ax, color="red"), lambda ax: plot(ax, color="blue")),
    "dashes of a line": (lambda ax: plot(ax), lambda ax: plot(ax, linestyle="--")),
    "marker": (lambda ax: plot(ax, marker="o"), lambda ax: plot(ax, marker="s")),
    "filled marker": (lambda ax: plot(ax, marker="o"), lambda ax: plot(ax, marker="o", markerfacecolor="white")),
    "which points have markers": (
        lambda ax: plot(ax, marker="o", markevery=5),
        lambda ax: plot(ax, marker="o", markevery=6),
    ),
    "label": (lambda ax: plot(ax, label="sine"), lambda ax: plot(ax, label="sinus")),
    "steps": (lambda ax: plot(ax), lambda ax: plot(ax, drawstyle="steps-mid")),
    "value on a logarithmic axis": (
        lambda ax: ax.semilogy([1, 1e-9, 1e-12]),
        lambda ax: ax.semilogy([1, 2e-9, 1e-12]),
    ),
    "scale of an axis": (
        lambda ax: (ax.plot([1, 2]), ax.set_ylim(1, 2)),
        lambda ax: (ax.plot([1, 2]), ax.set_ylim(1, 2), ax.set_yscale("log"), ax.set_ylim(1, 2)),
    ),
    "slope of an infinite line": (lambda ax: ax.axline((0, 0), slope=2), lambda ax: ax.axline((0, 0), slope=3)),
    "point of an infinite line": (lambda ax: ax.axline((0, 0), slope=2), lambda ax: ax.axline((0, 1), slope=2)),
    "height of a marked value": (lambda ax: ax.axhline(0.5), lambda ax: ax.axhline(0.6)),
    "height in parts of the axes": (
        lambda ax: ax.axvline(0.5, ymax=0.5),
        lambda ax: ax.axvline(0.5, ymax=0.6),
    ),
    "zero line out of sight": (lambda ax: ax.set_xlim(0, 1), lambda ax: ax.set_xlim(1e-4, 1)),
    "one point of many": (
        lambda ax: ax.scatter(np.arange(99), at(99, 50)),
        lambda ax: ax.scatter(np.arange(99), at(99, 51)),
    ),
    "size of a point": (lambda ax: ax.scatter([0, 1], [0, 1], s=9), lambda ax: ax.scatter([0, 1], [0, 1], s=[9, 10])),
    "shape of a point": (
        lambda ax: ax.scatter([0], [0], marker="^"),
        lambda ax: ax.scatter([0], [0], marker="v"),
    ),
    "two colours of points": (
        lambda ax: ax.scatter([0, 1], [0, 1], c=["red", "blue"]),
        lambda ax: ax.scatter([0, 1], [0, 1], c=["blue", "red"]),
    ),
    "one value of coloured points": (
        lambda ax: ax.scatter(np.arange(50), np.arange(50), c=at(50, 20)),
        lambda ax: ax.scatter(np.arange(50), np.arange(50), c=at(50, 21)),
    ),
    "height of a bar": (lambda ax: ax.bar([0, 1], [2, 3]), lambda ax: ax.bar([0, 1], [2, 3.01])),
    "colour of one bar": (lambda ax: ax.bar([0, 1], [2, 3]), lambda ax: ax.bar([0, 1], [2, 3], color=["C0", "red"])),
    "one bar left out": (lambda ax: ax.bar([0, 1], [2, 3]), lambda ax: ax.bar([0, 1], [2, 3])[1].remove()),
    "name of a bar": (lambda ax: ax.bar(["a", "b"], [2, 3]), lambda ax: ax.bar(["a", "c"], [2, 3])),
    "one bar of a histogram": (
        lambda ax: ax.hist([0.5, 1.5, 1.5], bins=range(40)),
        lambda ax: ax.hist([0.5, 0.5, 1.5], bins=range(40)),
    ),
    "one pixel": (lambda ax: ax.imshow(at((64, 64), (30, 31))), lambda ax: ax.imshow(at((64, 64), (30, 32)))),
    "one colour of a pixel": (
        lambda ax: ax.imshow(np.zeros((9, 9, 3))),
        lambda ax: ax.imshow(np.eye(243)[100].reshape(9, 9, 3)),
    ),
    "colours of an image": (lambda ax: ax.imshow(np.eye(3)), lambda ax: ax.imshow(np.eye(3), cmap="gray")),
    "range of an image": (lambda ax: ax.imshow(np.eye(3)), lambda ax: ax.imshow(np.eye(3), vmax=2)),
    "image upside down": (
        lambda ax: ax.imshow(np.eye(3), extent=(0, 1, 0, 1)),
        lambda ax: ax.imshow(np.eye(3), extent=(0, 1, 0, 1), origin="lower"),
    ),
    "middle of the range of an image": (
        lambda ax: ax.imshow(np.eye(3), norm=TwoSlopeNorm(0.5)),
        lambda ax: ax.imshow(np.eye(3), norm=TwoSlopeNorm(0.4)),
    ),
    "opacity of an image": (lambda ax: ax.imshow(np.eye(3)), lambda ax: ax.imshow(np.eye(3), alpha=0.5)),
    "one cell of a mesh": (
        lambda ax: ax.pcolormesh(at((9, 9), (4, 4))),
        lambda ax: ax.pcolormesh(at((9, 9), (4, 5))),
    ),
    "words": (lambda ax: ax.text(0, 0, "one"), lambda ax: ax.text(0, 0, "two")),
    "place of words": (lambda ax: ax.text(0, 0, "one"), lambda ax: ax.text(0, 0.1, "one")),
    "angle of words": (lambda ax: ax.text(0, 0, "one"), lambda ax: ax.text(0, 0, "one", rotation=30)),
    "box around words": (lambda ax: ax.text(0, 0, "one"), lambda ax: ax.text(0, 0, "one", bbox={})),
    "target of a note": (lambda ax: ax.annotate("one", (0, 0)), lambda ax: ax.annotate("one", (0, 0.1))),
    "place of a note": (
        lambda ax: ax.annotate("one", (0, 0), xytext=(0, 5), textcoords="offset points"),
        lambda ax: ax.annotate("one", (0, 0), xytext=(0, 6), textcoords="offset points"),
    ),
    "arrow of a note": (
        lambda ax: ax.annotate("one", (0, 0), xytext=(1, 1)),
        lambda ax: ax.annotate("one", (0, 0), xytext=(1, 1), arrowprops={"arrowstyle": "->"}),
    ),
    "head of an arrow": (
        lambda ax: ax.annotate("", (0, 0), xytext=(1, 1), arrowprops={"arrowstyle": "->"}),
        lambda ax: ax.annotate("", (0, 0), xytext=(1, 1), arrowprops={"arrowstyle": "<-"}),
    ),
    "one height of a filled area": (
        lambda ax: ax.fill_between(np.arange(60), at(60, 20)),
        lambda ax: ax.fill_between(np.arange(60), at(60, 21)),
    ),
    "colour of a filled area": (
        lambda ax: ax.fill_between([0, 1], [1, 1], color="red"),
        lambda ax: ax.fill_between([0, 1], [1, 1], color="blue"),
    ),
    "one of several lines": (lambda ax: ax.vlines([0, 1], 0, [1, 2]), lambda ax: ax.vlines([0, 1], 0, [1, 3])),
    "where one of several lines ends": (
        lambda ax: ax.add_collection(LineCollection([[(0, 0), (1, 1)], [(1, 0), (2, 0), (2, 1)]])),
        lambda ax: ax.add_collection(LineCollection([[(0, 0), (1, 1), (1, 0)], [(2, 0), (2, 1)]])),
    ),
    "one error bar": (
        lambda ax: ax.errorbar([0, 1], [0, 1], yerr=[1, 1]),
        lambda ax: ax.errorbar([0, 1], [0, 1], yerr=[1, 2]),
    ),
    "one arrow of a field": (
        lambda ax: ax.quiver([0, 1], [0, 1], [1, 1], [1, 1], scale=9),
        lambda ax: ax.quiver([0, 1], [0, 1], [1, 1], [1, 2], scale=9),
    ),
    "one arrow of a field, along x": (
        lambda ax: ax.quiver([0, 1], [0, 1], [1, 1], [1, 1], scale=9),
        lambda ax: ax.quiver([0, 1], [0, 1], [1, 2], [1, 1], scale=9),
    ),
    "one contour": (
        lambda ax: ax.contour(at((9, 9), (4, 4)), levels=[0, 0.5]),
        lambda ax: ax.contour(at((9, 9), (4, 5)), levels=[0, 0.5]),
    ),
    "filled contours": (
        lambda ax: ax.contourf(at((9, 9), (4, 4)), levels=[0, 0.5, 1]),
        lambda ax: ax.contourf(at((9, 9), (4, 4)), levels=[0, 0.6, 1]),
    ),
    "side of a rectangle": (
        lambda ax: ax.add_patch(patches.Rectangle((0, 0), 1, 1)),
        lambda ax: ax.add_patch(patches.Rectangle((0, 0), 1, 0.9)),
    ),
    "angle of a rectangle": (
        lambda ax: ax.add_patch(patches.Rectangle((0, 0), 1, 1)),
        lambda ax: ax.add_patch(patches.Rectangle((0, 0), 1, 1, angle=30)),
    ),
    "hatching": (
        lambda ax: ax.add_patch(patches.Rectangle((0, 0), 1, 1)),
        lambda ax: ax.add_patch(patches.Rectangle((0, 0), 1, 1, hatch="/")),
    ),
    "angle of an ellipse": (
        lambda ax: ax.add_patch(patches.Ellipse((0, 0), 2, 1)),
        lambda ax: ax.add_patch(patches.Ellipse((0, 0), 2, 1, angle=30)),
    ),
    "curve instead of lines": (
        lambda ax: ax.add_patch(patches.PathPatch(Path([(0, 0), (1, 0), (1, 1)], [1, 2, 2]))),
        lambda ax: ax.add_patch(patches.PathPatch(Path([(0, 0), (1, 0), (1, 1)], [1, 3, 3]))),
    ),
    "radius of a circle": (
        lambda ax: ax.add_patch(patches.Circle((0, 0), 1)),
        lambda ax: ax.add_patch(patches.Circle((0, 0), 0.9)),
    ),
    "corner of a polygon": (
        lambda ax: ax.add_patch(patches.Polygon([(0, 0), (1, 0), (0, 1)])),
        lambda ax: ax.add_patch(patches.Polygon([(0, 0), (1, 0), (0, 0.9)])),
    ),
    "angle of a wedge": (
        lambda ax: ax.add_patch(patches.Wedge((0, 0), 1, 0, 90)),
        lambda ax: ax.add_patch(patches.Wedge((0, 0), 1, 0, 80)),
    ),
    "end of an arrow": (
        lambda ax: ax.add_patch(patches.FancyArrowPatch((0, 0), (1, 1))),
        lambda ax: ax.add_patch(patches.FancyArrowPatch((0, 0), (1, 0.9))),
    ),
    "head of a free arrow": (
        lambda ax: ax.add_patch(patches.FancyArrowPatch((0, 0), (1, 1), arrowstyle="->")),
        lambda ax: ax.add_patch(patches.FancyArrowPatch((0, 0), (1, 1), arrowstyle="<-")),
    ),
    "bend of a free arrow": (
        lambda ax: ax.add_patch(patches.FancyArrowPatch((0, 0), (1, 1))),
        lambda ax: ax.add_patch(patches.FancyArrowPatch((0, 0), (1, 1), connectionstyle="arc3,rad=0.2")),
    ),
    "end of a plain arrow": (lambda ax: ax.arrow(0, 0, 1, 1), lambda ax: ax.arrow(0, 0, 1, 0.9)),
    "corner of a rounded box": (
        lambda ax: ax.add_patch(patches.FancyBboxPatch((0, 0), 1, 1)),
        lambda ax: ax.add_patch(patches.FancyBboxPatch((0, 0), 1, 0.9)),
    ),
    "roundness of a box": (
        lambda ax: ax.add_patch(patches.FancyBboxPatch((0, 0), 1, 1, boxstyle="round,pad=0,rounding_size=0.1")),
        lambda ax: ax.add_patch(patches.FancyBboxPatch((0, 0), 1, 1, boxstyle="round,pad=0,rounding_size=0.2")),
    ),
    "scale of a box": (
        lambda ax: ax.add_patch(patches.FancyBboxPatch((0, 0), 1, 1)),
        lambda ax: ax.add_patch(patches.FancyBboxPatch((0, 0), 1, 1, mutation_scale=2)),
    ),
    "aspect of a box": (
        lambda ax: ax.add_patch(patches.FancyBboxPatch((0, 0), 1, 1)),
        lambda ax: ax.add_patch(patches.FancyBboxPatch((0, 0), 1, 1, mutation_aspect=2)),
    ),
    "path of a free arrow": (
        lambda ax: ax.add_patch(patches.FancyArrowPatch(path=Path([(0, 0), (1, 0), (1, 1)], [1, 3, 3]))),
        lambda ax: ax.add_patch(patches.FancyArrowPatch(path=Path([(0, 0), (0.9, 0), (1, 1)], [1, 3, 3]))),
    ),
    "one stair": (lambda ax: ax.stairs([1, 2, 3]), lambda ax: ax.stairs([1, 2, 4])),
    "limits": (lambda ax: ax.set_xlim(0, 1), lambda ax: ax.set_xlim(0, 1.1)),
    "direction of an axis": (lambda ax: ax.set_xlim(0, 1), lambda ax: ax.set_xlim(1, 0)),
    "label of an axis": (lambda ax: ax.set_xlabel("x"), lambda ax: ax.set_xlabel("t")),
    "title": (lambda ax: ax.set_title("one"), lambda ax: ax.set_title("two")),
    "title of the figure": (lambda ax: ax.figure.suptitle("one"), lambda ax: ax.figure.suptitle("two")),
    "places of ticks": (lambda ax: ax.set_xticks([0, 0.5, 1]), lambda ax: ax.set_xticks([0, 0.6, 1])),
    "words at ticks": (lambda ax: ax.set_xticks([0, 1], "ab"), lambda ax: ax.set_xticks([0, 1], "ac")),
    "aspect": (
        lambda ax: (ax.set_xlim(0, 1), ax.set_ylim(0, 1)),
        lambda ax: (ax.set_xlim(0, 1), ax.set_ylim(0, 1), ax.set_aspect("equal")),
    ),
    "ground": (lambda ax: ax.set_facecolor("red"), lambda ax: ax.set_facecolor("blue")),
    "axes not drawn": (lambda ax: ax.set_xlim(0, 1), lambda ax: (ax.set_xlim(0, 1), ax.axis("off"))),
    "entries of a legend": (
        lambda ax: ax.legend(ax.plot([0, 1]) + ax.plot([1, 0]), ["a", "b"]),
        lambda ax: ax.legend(ax.plot([0, 1]) + ax.plot([1, 0]), ["b", "a"]),
    ),
    "colours in a legend": (
        lambda ax: ax.legend([patches.Patch(color="red"), patches.Patch(color="blue")], ["a", "b"]),
        lambda ax: ax.legend([patches.Patch(color="blue"), patches.Patch(color="red")], ["a", "b"]),
    ),
    "a line in an inset": (
        lambda ax: ax.inset_axes([0.5, 0.5, 0.4, 0.4]).plot([0, 1], [0, 1]),
        lambda ax: ax.inset_axes([0.5, 0.5, 0.4, 0.4]).plot([0, 1, 1], [0, 0.5, 1]),
    ),
    "an invisible line": (lambda ax: ax.plot([0, 1]), lambda ax: ax.plot([0, 1], visible=False)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_what_is_drawn_changes_the_description(change):
    before, after = (describe(draw) for draw in CHANGES[change])
    assert before != after
    assert "0x" not in before, "an address changes the description every time"


@pytest.mark.parametrize("seed", range(3))
def test_any_single_entry_counts(seed):
    """Each entry of each array, sampled or not, and each swap of two entries changes the text."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=300)
    description = figures._numbers("y", values)
    for entry in range(300):
        changed = values.copy()
        changed[entry] += 1e-3
        assert figures._numbers("y", changed) != description
    for first, second in rng.choice(300, size=(50, 2)):
        swapped = values.copy()
        swapped[[first, second]] = values[[second, first]]
        different = abs(values[first] - values[second]) > 0.1
        assert (figures._numbers("y", swapped) != description) or not different


def test_one_pixel_of_a_large_image_counts():
    values = np.random.default_rng(0).integers(0, 256, size=512 * 512)
    changed = values.copy()
    changed[200_001] ^= 1
    assert figures._numbers("values", changed) != figures._numbers("values", values)


# What noise does not do


@pytest.mark.parametrize("seed", range(3))
def test_rounding_errors_leave_the_description_alone(seed):
    rng = np.random.default_rng(seed)

    def draw(ax, noise):
        x = np.linspace(-1, 1, 201)
        # Binary fractions, on which rounding to 5 digits ties, and values that should be zero.
        for y in (x, np.round(x * 32) / 32, np.maximum(x, 0), 0 * x, np.full(201, 0.5)):
            ax.plot(x + noise(201), y + noise(201))
        ax.scatter((x + noise(201))[:20], (x**3 + noise(201))[:20])
        ax.imshow(np.eye(8) + noise((8, 8)), extent=(-1, 1, -1, 1))
        ax.bar(np.arange(3) + noise(3), np.arange(3) + noise(3))
        ax.text(*noise(2), "origin")
        ax.fill_between(x, 1 + noise(201))
        ax.set_xlim(-1, 1)
        ax.set_ylim(-1, 1)

    exact = describe(lambda ax: draw(ax, np.zeros))
    assert describe(lambda ax: draw(ax, lambda size: rng.uniform(-2e-16, 2e-16, size))) == exact
    assert "-0 " not in exact and "e-1" not in exact


def test_a_scale_just_below_a_power_of_ten_counts_as_that_power():
    assert figures._number(0.123456, np.nextafter(1, 0)) == figures._number(0.123456, 1) == "0.1235"


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [
        (-1e-17, 1, "0"),
        (-0.0, 1, "0"),
        (3, 3, "3"),
        (2 / 3, 2 / 3, "0.66667"),
        (2 / 3, 100, "0.67"),
        (123456.7, 123456.7, "123460"),
        (1.23456e-9, 1.23456e-9, "1.2346e-09"),
        (0.03125, 1, "0.0312"),
        (0.03125 + 1e-16, 1, "0.0312"),
        (-2.5, -2.5, "-2.5"),
        (float("nan"), 1, "nan"),
        (float("-inf"), 1, "-inf"),
        (0, 0, "0"),
    ],
)
def test_a_number_has_five_digits_of_its_scale(value, scale, expected):
    assert figures._number(value, scale) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 4, 9], "y 1 4 9"),
        ([1, np.nan, 9], "y 1 nan 9"),
        ([1, -np.inf, 9], "y 1 -inf 9"),
        ([np.inf, *range(40)], "y 0 … 39, mean 19.5, weighted sum "),
        (np.ma.array([1, 4, 9], mask=[0, 1, 0]), "y 1 nan 9"),
        (np.full(50, 0.5), "y 50 × 0.5"),
        (np.full(50, np.nan), "y 50 × nan"),
        (np.arange(50), "y 0 … 49 in 49 equal steps"),
        # 0 + 1 + 4 + … + 48² = 48·49·97/6 = 38024, over 49 squares; weights 1 would give that sum.
        (np.arange(49) ** 2, "y 0 … 2304, mean 776, weighted sum "),
    ],
)
def test_an_array_is_described_readably(values, expected):
    assert figures._numbers("y", values).startswith(expected)


def test_the_weighted_sum_is_the_sum_of_weights_times_values():
    golden = (5**0.5 - 1) / 2
    # The fractional parts of 0, 1, 2 and 3 times the golden ratio.
    weights = [1, 1 + golden, 2 * golden, 3 * golden]
    assert figures._weighted_sum(np.array([1, 10, 100, 1000]), 1000) == pytest.approx(
        np.dot(weights, [1, 10, 100, 1000]), rel=1e-14
    )


def test_what_has_no_logarithm_is_said_to_be_infinite():
    """Matplotlib puts it at -1000, which would also cost the other values their digits."""
    assert "; log y 0 -inf -2.301;" in describe(lambda ax: ax.semilogy([1, 0, 0.005]))


def test_parts_of_the_axes_are_told_from_data():
    description = describe(lambda ax: (ax.axvline(3), ax.axhline(5), ax.text(0, 1, "here", transform=ax.transAxes)))
    assert "  line: x 3 3; y (axes) 0 1; " in description
    assert "  line: x (axes) 0 1; y 5 5; " in description
    assert '  text "here": x (axes) 0; y (axes) 1; ' in description


def test_lines_are_short_enough_to_read():
    description = describe(lambda ax: plot(ax, label="many words " * 20))
    assert max(map(len, description.splitlines())) <= 110
    assert all(line.startswith("      ") for line in description.splitlines()[4:])


# What is refused


class Unheard(matplotlib.lines.Line2D):
    """A line that might draw anything."""


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda ax: ax.add_artist(Unheard([0, 1], [0, 1])), r"show: axes has a Unheard, expected one of the kinds"),
        (lambda ax: ax.table([["1"]]), r"show: axes has a Table, expected"),
        (lambda ax: ax.figure.figimage(np.eye(3)), r"show: the figure has a FigureImage, expected"),
        (lambda ax: ax.figure.add_subplot(projection="polar"), r"show: the figure has a PolarAxes, expected"),
        (
            lambda ax: ax.plot([0, 1], transform=matplotlib.transforms.IdentityTransform()),
            r"show: a Line2D is placed by a IdentityTransform, expected coordinates of the data, the axes or",
        ),
        (
            lambda ax: ax.annotate("one", (0, 0), xycoords="axes pixels"),
            r"show: an annotation is placed by 'axes pixels', expected coordinates of the data",
        ),
        (
            lambda ax: ax.add_collection(LineCollection([[(0, 0), (1, 1)]], offsets=[(1, 1)])),
            r"show: a LineCollection has offsets, expected none because",
        ),
    ],
)
def test_what_the_description_does_not_know_is_refused(displayed, draw, message):
    fig, ax = figures.figure()
    draw(ax)
    with pytest.raises(TypeError, match=message):
        figures.show(fig, alt=ALT)
    assert displayed == []


def test_a_legend_entry_that_the_description_does_not_know_is_refused(displayed):
    fig, ax = figures.figure()
    legend = ax.legend(ax.plot([0, 1]), ["a"])
    legend.legend_handles = [matplotlib.text.Text(0, 0, "a")]
    with pytest.raises(TypeError, match="show: the legend has a Text, expected"):
        figures.show(fig, alt=ALT)


@pytest.mark.parametrize(
    ("alt", "error", "message"),
    [
        (None, TypeError, "show: alt has type NoneType, expected str because it is read aloud"),
        ("too short", ValueError, "show: alt has 9 characters, expected at least 20 because"),
        (" " * 30, ValueError, "show: alt has 0 characters, expected at least 20 because"),
        ("two lines are one line\ntoo many", ValueError, "show: alt has line breaks, expected one line because"),
        ("two lines are one line\rtoo many", ValueError, "show: alt has line breaks, expected one line because"),
        ("images/the-relu-function.png", ValueError, "show: alt is 'images/the-relu-function.png', expected a sent"),
        ("THE-RELU-FUNCTION-TWICE.SVG ", ValueError, "show: alt is 'THE-RELU-FUNCTION-TWICE.SVG ', expected a sent"),
    ],
)
def test_an_alt_text_that_does_not_help_is_refused(displayed, alt, error, message):
    fig, ax = figures.figure()
    with pytest.raises(error, match=message):
        figures.show(fig, alt=alt)
    assert displayed == []


def test_only_a_figure_with_axes_is_shown(displayed):
    with pytest.raises(ValueError, match="show: fig has 0 axes, expected at least 1 because"):
        figures.show(Figure(), alt=ALT)
    with pytest.raises(TypeError, match="show: fig has type Axes, expected a Matplotlib Figure because"):
        figures.show(Figure().add_subplot(), alt=ALT)
    assert displayed == []


# The style


def luminance(color):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


@pytest.mark.parametrize("color", figures.COLORS)
def test_colours_stand_out_on_white(color):
    """WCAG 2.2, 1.4.3: words need a contrast of 4.5 : 1 (lines need 3 : 1), and curves are labelled in their colour."""
    assert 1.05 / (luminance(figures.COLORS[color]) + 0.05) >= 4.5


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
RECEPTORS = {
    "all": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(color, receptors):
    """Return the CIE Lab coordinates of a colour as seen with these receptors."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    xyz = TO_XYZ @ np.clip(np.dot(receptors, linear), 0, 1) / TO_XYZ.sum(axis=1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("receptors", RECEPTORS)
def test_colours_are_told_apart(receptors):
    """A distance of 2.3 is just noticeable side by side; thin lines apart from each other need much more."""
    seen = [lab(color, RECEPTORS[receptors]) for color in figures.COLORS.values()]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 18


def test_the_style_file_has_the_same_colours():
    with figures.style():
        cycle = matplotlib.rcParams["axes.prop_cycle"].by_key()["color"]
        assert matplotlib.rcParams["figure.figsize"][0] == figures._WIDTH
        assert matplotlib.rcParams["figure.dpi"] == figures._DPI
    assert ["#" + color.removeprefix("#") for color in cycle] == list(figures.COLORS.values())[:5]


def test_zero_lines_leave_the_limits_alone():
    fig, ax = figures.figure()
    ax.plot([5, 6], [7, 8])
    assert ax.get_xlim()[0] > 4.9 and ax.get_ylim()[0] > 6.9
    ax.set_yscale("log")
    assert ax.get_ylim()[0] > 6


def test_plain_axes_have_no_lines_of_their_own():
    assert describe(lambda ax: None).count("line through") == 2
    assert "line through" not in describe(lambda ax: None, plain=True)


def test_a_jump_has_open_circles_at_the_limits_and_a_filled_one_at_the_value():
    def circles(*arguments):
        fig, ax = figures.figure()
        figures.jump(ax, *arguments, color="black")
        marked = [line for line in ax.lines if line.get_marker() == "o"]
        return {(line.get_xdata()[0], line.get_ydata()[0]): line.get_markerfacecolor() for line in marked}

    assert circles(2, 0, 1, 0.5) == {(2, 0): "white", (2, 1): "white", (2, 0.5): "black"}
    assert circles(2, 0, 1, 1) == {(2, 0): "white", (2, 1): "black"}


def test_a_label_at_the_end_has_the_colour_of_its_curve():
    fig, ax = figures.figure()
    (line,) = ax.plot([0, 1, 2], [0, 1, 4], color="#c84e00")
    label = figures.label_end(line, "square")
    assert (label.get_text(), label.xy, label.get_color()) == ("square", (2, 4), "#c84e00")


# On the website


class Renderer:
    """Stands in for what myst-nb gives to a renderer of outputs."""

    def __init__(self):
        self.warnings = []
        self.logger = SimpleNamespace(warning=lambda message, **place: self.warnings.append((message, place)))

    def render_image(self, data):
        return [nodes.image(uri="some-hash.png")]


def output(metadata, mime_type="image/png"):
    return SimpleNamespace(mime_type=mime_type, content="", output_metadata=metadata, line=7)


@pytest.mark.parametrize("inline", [True, False])
def test_the_image_node_gets_the_alt_text(inline):
    renderer = Renderer()
    (image,) = AltTextRenderer.handle_mime(renderer, output({"image/png": {"alt": ALT}}), inline)
    assert (image["alt"], image["uri"], renderer.warnings) == (ALT, "some-hash.png", [])


@pytest.mark.parametrize("metadata", [{}, {"image/png": {}}, {"image/png": {"alt": " "}}, {"image/png": {"alt": 3}}])
def test_a_picture_without_alt_text_is_a_warning(metadata):
    renderer = Renderer()
    assert AltTextRenderer.handle_mime(renderer, output(metadata), False) is None
    ((message, place),) = renderer.warnings
    assert message.startswith("a picture has no alternative text")
    assert place == {"subtype": "alt", "line": 7}


def test_other_outputs_are_left_to_the_notebook_renderer():
    renderer = Renderer()
    assert AltTextRenderer.handle_mime(renderer, output({}, "text/plain"), False) is None
    assert renderer.warnings == []


def test_the_renderer_is_registered():
    from myst_nb.core.render import load_mime_renders

    assert AltTextRenderer in load_mime_renders()
