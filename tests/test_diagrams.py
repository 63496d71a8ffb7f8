"""Diagrams of graphs and of layers: all of it is in the description, legible, and where the reader put it."""

import io

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.text import Text
from test_figures import describe

from mathdnn_utils import _diagrams, figures

CHAIN = {"$x$": (0, 0), "$f$": (1, 0), "$u$": (2, 0), "$g$": (3, 0), "$y$": (4, 0)}
STEPS = list(zip(CHAIN, list(CHAIN)[1:]))
BACK = [("$y$", "$g$", r"$\bar y$"), ("$g$", "$u$", r"$\bar u$"), ("$u$", "$f$"), ("$f$", "$x$", r"$\bar x$")]

SKIPS = {"$x$": (0, 0), "$f_1$": (1, 0), "$u$": (2, 0), "$f_2$": (3, 0), "$v$": (4, 0), "$f_3$": (5, 0), "$+$": (6, 0)}
ARCS = {("$v$", "$+$"): 0.3, ("$u$", "$+$"): 0.27, ("$x$", "$+$"): 0.25}

# name -> (nodes, edges, other arguments, height of the figure)
GRAPHS = {
    "chain": (CHAIN, STEPS, {"boxes": ["$f$", "$g$"], "backward": BACK}, 1.2),
    "skips": (
        SKIPS | {r"$\theta_1$": (1, -1), r"$\theta_2$": (3, -1), r"$\theta_3$": (5, -1)},
        [
            *zip(SKIPS, list(SKIPS)[1:]),
            *((rf"$\theta_{i}$", f"$f_{i}$") for i in (1, 2, 3)),
            *((*arc, f"case {case}") for case, arc in enumerate(ARCS, 1)),
        ],
        {"boxes": ["$f_1$", "$f_2$", "$f_3$", "$+$"], "bends": ARCS},
        2.6,
    ),
    "a skip with its gradient": (
        {"$u$": (0, 0), "$f$": (1, 0), "$+$": (2, 0)},
        [("$u$", "$f$"), ("$f$", "$+$"), ("$u$", "$+$", "$I$")],
        {"boxes": ["$f$", "$+$"], "bends": {("$u$", "$+$"): 0.4}, "backward": [("$+$", "$u$", "$I$")]},
        2.0,
    ),
    "diamond": (
        {
            "$x$": (0, 1),
            "$w$": (0, -1),
            r"$\odot$": (1.5, 0),
            "relu": (3, 1),
            "logistic": (3, -1),
            "$a_1 + b_2$": (5, 0),
        },
        [
            ("$x$", r"$\odot$", "$-3$"),
            ("$w$", r"$\odot$", "2.5"),
            (r"$\odot$", "relu", "$z_1$"),
            (r"$\odot$", "logistic"),
            ("relu", "$a_1 + b_2$", r"$J_f^\top \bar v$"),
            ("logistic", "$a_1 + b_2$", r"$\frac{\partial z}{\partial x}$"),
        ],
        {
            "boxes": [r"$\odot$", "relu", "logistic"],
            "backward": [("$a_1 + b_2$", "logistic", r"$\bar a$"), ("relu", r"$\odot$", r"$\bar z$")],
        },
        3.4,
    ),
    "down": (
        {"$z$": (0, 3), "$h$": (0, 2), r"$h \cdot h$": (0, 1), "sum of all": (0, 0)},
        [("$z$", "$h$", "relu"), ("$h$", r"$h \cdot h$", "twice"), (r"$h \cdot h$", "sum of all")],
        {"backward": [("$h$", "$z$", "$1$"), (r"$h \cdot h$", "$h$", "$2h$")]},
        3.6,
    ),
    "there and back": ({"a": (0, 0), "b": (2, 1)}, [("a", "b", "go"), ("b", "a", "come")], {}, 2.0),
    "many": (
        {f"${letter}$": (i, 0) for i, letter in enumerate("abcdefghijkl")},
        [("$a$", "$b$"), ("$k$", "$l$")],
        {},
        1,
    ),
    "a node in the way of a label": ({"a": (0, 0), "b": (4, 0), "c": (2, 0.3)}, [("a", "b", "label")], {}, 2.0),
    "one": ({"alone\nin two lines": (7, -3)}, [], {}, 1.0),
}


def draw(nodes, edges, height=3.4, **others):
    """Return axes with a graph, rendered."""
    fig, ax = figures.figure(height=height, plain=True)
    figures.draw_graph(ax, nodes, edges, **others)
    with figures.style():
        FigureCanvasAgg(fig).draw()
    return ax


@pytest.fixture(params=GRAPHS, scope="module")
def graph(request):
    nodes, edges, others, height = GRAPHS[request.param]
    return draw(nodes, edges, height, **others)


def arrows(ax):
    return {patch.get_label(): patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)}


def shapes(ax):
    return {patch.get_label(): patch for patch in ax.patches if not isinstance(patch, FancyArrowPatch)}


def points(arrow, count=400):
    """Points along an arrow, in the units of the data."""
    vertices = arrow._path_original.vertices
    if len(vertices) == 2:
        vertices = vertices[0] + np.array([[0], [1 / 3], [2 / 3], [1]]) * (vertices[1] - vertices[0])
    t = np.linspace(0, 1, count)[:, np.newaxis]
    a, b, c, d = vertices
    return (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d


def inches(ax, places):
    return ax.transData.transform(places) / ax.figure.dpi


def extent(artist):
    box = artist.get_window_extent(artist.figure.canvas.get_renderer())
    return np.array([box.min, box.max]) / artist.figure.dpi


def outside(shape, place):
    """How far, in the data's units, a place is outside of a circle or of a box with round corners."""
    if isinstance(shape, Circle):
        return np.hypot(*(place - np.array(shape.center))) - shape.radius
    radius = shape.get_boxstyle().rounding_size
    half = np.array([shape.get_width(), shape.get_height()]) / 2
    beyond = np.abs(place - half - [shape.get_x(), shape.get_y()]) - half + radius
    return np.hypot(*np.maximum(beyond, 0)) + min(beyond.max(), 0) - radius


# What the description says


def change(edges=STEPS, nodes=CHAIN, **others):
    return lambda ax: figures.draw_graph(ax, nodes, edges, **others)


def layers(widths=(2, 3), **others):
    return lambda ax: figures.draw_layers(ax, list(widths), **others)


W = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]])


def weights(entry=None, value=None):
    changed = W.copy()
    if entry is not None:
        changed[entry] = value
    return layers(weights=[changed])


CHANGES = {
    "text of a node": (
        change([("$x$", "$f$")], {"$x$": (0, 0), "$f$": (1, 0), "$y$": (2, 0)}),
        change([("$x$", "$f$")], {"$x$": (0, 0), "$f$": (1, 0), "$v$": (2, 0)}),
    ),
    "place of a node": (change(), change(nodes=CHAIN | {"$u$": (2, 0.2)})),
    "a node more": (change(), change(nodes=CHAIN | {"$v$": (2, 1)})),
    "a box for a circle": (change(boxes=["$f$"]), change(boxes=["$f$", "$g$"])),
    "an edge less": (change(), change(STEPS[1:])),
    "direction of an edge": (change(), change([*STEPS[:-1], ("$y$", "$g$")])),
    "another end": (change([("$x$", "$f$")]), change([("$x$", "$g$")])),
    "a label": (change([("$x$", "$f$", "one")]), change([("$x$", "$f$", "two")])),
    "a label more": (change([("$x$", "$f$", "1")]), change([("$x$", "$f$", "1"), ("$f$", "$u$", "1")])),
    "a bend": (
        change([("$x$", "$y$")], bends={("$x$", "$y$"): 0.3}),
        change([("$x$", "$y$")], bends={("$x$", "$y$"): 0.31}),
    ),
    "side of a bend": (
        change([("$x$", "$y$")], bends={("$x$", "$y$"): 0.3}),
        change([("$x$", "$y$")], bends={("$x$", "$y$"): -0.3}),
    ),
    "colour of a node": (change(colors={"$x$": "blue"}), change(colors={"$x$": "green"})),
    "colour of an edge": (change(colors={STEPS[0]: "blue"}), change(colors={STEPS[0]: "green"})),
    "colour of a backward arrow": (
        change(backward=BACK),
        change(backward=BACK, colors={("$u$", "$f$"): "green"}),
    ),
    "a backward arrow": (change(backward=BACK[:1]), change(backward=BACK[:2])),
    "label of a backward arrow": (change(backward=[("$f$", "$x$")]), change(backward=[("$f$", "$x$", "1")])),
    "a unit more": (layers(), layers([2, 4])),
    "number of the units left out": (layers([20, 3]), layers([21, 3])),
    "a layer more": (layers(), layers([2, 3, 1])),
    "name of a column": (layers(names=["a", "b"]), layers(names=["a", "c"])),
    "weights at all": (layers(), weights()),
    "a weight": (weights(), weights((0, 0), 1.01)),
    "the largest weight": (weights(), weights((1, 1), 3.01)),
    "sign of a weight": (weights(), weights((2, 1), -0.25)),
    "a weight of zero": (weights(), weights((2, 1), 0)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_a_diagram_changes_its_description(name):
    before, after = (describe(drawing, plain=True) for drawing in CHANGES[name])
    assert before != after
    assert "0x" not in before and "np." not in before


def test_the_description_of_a_graph_names_its_parts():
    nodes = {"$x$": (0, 0), "$f$": (1, 0), "$y$": (3, 0)}
    edges, others = [("$x$", "$f$", "3"), ("$f$", "$y$")], {"boxes": ["$f$"], "backward": [("$y$", "$f$")]}
    lines = [line.strip() for line in describe(change(edges, nodes, **others), plain=True).splitlines()]
    assert any(line.startswith('arrow "$x$ → $f$": x ') and line.endswith("#222222 edge #222222") for line in lines)
    assert any(line.startswith('arrow "$y$ → $f$ backward": ') and line.endswith("#c84e00 dashed") for line in lines)
    assert any(line.startswith('ellipse "$x$": x 0; y 0; width ') for line in lines)
    assert any(line.startswith('box "$f$": x 0.') and "; Round rounding_size 0.0" in line for line in lines)
    assert 'text "$y$": x 3; y 0; #222222' in lines
    assert any(line.startswith('text "3": x 0.') for line in lines)
    assert "axes: no axes drawn; aspect 1" in lines


def test_the_description_of_layers_has_the_weights_and_where_they_lead():
    description = " ".join(describe(layers([3, 2], weights=[[[1, -2, 0], [0, 4, 2]]]), plain=True).split())
    start = 'weights "column 0 → column 1": values'
    # Widths are 0.5 for nothing and 3.5 for the largest: 0.5 + 3·1/4, …
    assert f"{start} 1 4 2; widths 1.25 3.5 2; from x 0 0 0; y 1 0 -1 to x" in description
    assert f"{start} -2; widths 2; from x 0; y 0 to x" in description
    assert "; y 0.5 -0.5 -0.5; #0072b2 solid" in description
    assert "; y 0.5; #c84e00 dashed" in description


def test_no_font_is_asked_how_large_a_word_is(monkeypatch):
    def refuse(*arguments, **keywords):
        raise AssertionError("the sizes would depend on the version of a font")

    plain = GRAPHS["diamond"]
    before = describe(change(plain[1], plain[0], **plain[2]), plain=True)
    with monkeypatch.context() as patch:
        patch.setattr(Text, "get_window_extent", refuse)
        fig, ax = figures.figure(plain=True)
        figures.draw_graph(ax, plain[0], plain[1], **plain[2])
        figures.draw_layers(figures.figure(plain=True)[1], [3, 20], names=["in", "out"])
    with matplotlib.rc_context({"font.size": 30, "patch.linewidth": 9, "lines.dashed_pattern": (9, 9)}):
        assert describe(change(plain[1], plain[0], **plain[2]), plain=True) == before


# What is seen


def test_nothing_is_cut(graph):
    """Rendered with real letters, everything lies inside the picture, and in the data's own limits."""
    low, high = inches(graph, np.column_stack([graph.get_xlim(), graph.get_ylim()]))
    for artist in [*graph.texts, *graph.patches]:
        box = extent(artist)
        assert np.all(box[0] > low - 0.02) and np.all(box[1] < high + 0.02), artist
        assert np.all(box[0] > 0) and np.all(box[1] < graph.figure.get_size_inches()), artist


def test_every_text_fits_into_its_node(graph):
    for node, shape in shapes(graph).items():
        (words,) = (words for words in graph.texts if words.get_text() == node.strip())
        (low, high), (left, right) = extent(words), extent(shape)
        assert np.all(low[0] > left[0]) and np.all(high[0] < right[0]), node
        assert np.all(low[1] > left[1] - 0.02) and np.all(high[1] < right[1] + 0.02), node


def test_labels_cover_no_arrow_no_node_and_no_label(graph):
    nodes = {node.strip() for node in shapes(graph)}
    labels = [extent(words) for words in graph.texts if words.get_text() not in nodes]
    ink = np.concatenate([np.empty((0, 2)), *(inches(graph, points(arrow)) for arrow in arrows(graph).values())])
    boxes = labels + [extent(shape) for shape in shapes(graph).values()]
    for number, (low, high) in enumerate(labels):
        assert not np.any(np.all((ink > low + 0.01) & (ink < high - 0.01), axis=1))
        for other, (left, right) in enumerate(boxes):
            assert number == other or not np.all((low < right - 0.01) & (high > left + 0.01))


def test_arrows_lead_from_border_to_border(graph):
    drawn = arrows(graph)
    unit = inches(graph, (1, 0))[0] - inches(graph, (0, 0))[0]
    for label, arrow in drawn.items():
        start, end = label.removesuffix(", head").removesuffix(" backward").split(" → ")
        along = points(arrow)
        last = points(drawn.get(f"{label}, head", arrow))[-1]
        if not label.endswith("head"):
            assert abs(outside(shapes(graph)[start], along[0])) * unit < 0.04
        assert -0.001 < outside(shapes(graph)[end], last) * unit < 0.05
        assert min(outside(shapes(graph)[end], place) for place in along) > -1e-3


def test_one_unit_is_as_long_to_the_right_as_it_is_up(graph):
    right, up = (inches(graph, place) - inches(graph, (0, 0)) for place in ((1, 0), (0, 1)))
    assert right == pytest.approx(up[::-1], abs=1e-9)


def test_the_places_are_the_readers():
    ax = draw(*GRAPHS["skips"][:2], **GRAPHS["skips"][2])
    for node, place in GRAPHS["skips"][0].items():
        shape = shapes(ax)[node]
        box = shape.get_window_extent()
        assert inches(ax, place) * ax.figure.dpi == pytest.approx((box.min + box.max) / 2, abs=1e-6)


def test_values_are_circles_or_ovals_and_operations_boxes():
    found = shapes(draw({"$x$": (0, 0), "$h_1 + h_2$": (2, 0), "relu": (4, 0)}, [], boxes=["relu"]))
    assert isinstance(found["$x$"], Circle)
    oval, box = found["$h_1 + h_2$"], found["relu"]
    assert isinstance(oval, FancyBboxPatch) and isinstance(box, FancyBboxPatch)
    assert oval.get_boxstyle().rounding_size == pytest.approx(oval.get_height() / 2)
    assert box.get_boxstyle().rounding_size < box.get_height() / 4


def test_a_bend_above_zero_rises_to_the_left_of_its_direction():
    nodes = {"a": (0, 0), "b": (4, 0)}
    for edge, sign in ((("a", "b"), 1), (("b", "a"), -1)):
        (arrow,) = arrows(draw(nodes, [edge], bends={edge: 0.25})).values()
        # A part 0.25 of the distance 4; the highest point is in the middle.
        assert sign * points(arrow, 401)[:, 1].max(initial=0) >= 0
        assert points(arrow, 401)[np.abs(points(arrow, 401)[:, 1]).argmax(), 1] == pytest.approx(sign * 1, abs=0.01)


def test_arcs_that_reach_one_node_arrive_apart_and_in_order():
    ax = draw(*GRAPHS["skips"][:2], **GRAPHS["skips"][2])
    inner, between, outer = (inches(ax, points(arrows(ax)[f"{start} → $+$"]))[-1] for start in ("$v$", "$u$", "$x$"))
    assert between[0] - inner[0] > 0.08 and outer[0] - between[0] > 0.08
    ax = draw(
        {"a": (0, 0), "b": (2, 0), "c": (4, 0)}, [("a", "b"), ("a", "c")], bends={("a", "b"): 0.3, ("a", "c"): 0.3}
    )
    assert points(arrows(ax)["a → b"])[0, 0] > points(arrows(ax)["a → c"])[0, 0]


def test_arcs_with_one_start_or_end_do_not_cross():
    ax = draw(*GRAPHS["skips"][:2], **GRAPHS["skips"][2])
    curves = [points(arrows(ax)[f"{start} → $+$"]) for start in ("$v$", "$u$", "$x$")]
    for inner, outer in zip(curves, curves[1:]):
        place = inner[(inner[:, 0] > outer[0, 0]) & (inner[:, 0] < outer[-1, 0])]
        assert np.all(place[:, 1] < np.interp(place[:, 0], outer[:, 0], outer[:, 1]))


@pytest.mark.parametrize("bend", [0, 0.3, -0.3])
def test_a_backward_arrow_runs_beside_its_edge(bend):
    nodes, edge = {"a": (0, 0), "b": (4, 3)}, ("a", "b")
    ax = draw(nodes, [edge], bends={edge: bend}, backward=[("b", "a")])
    forward, backward = (inches(ax, points(arrows(ax)[label])) for label in ("a → b", "b → a backward"))
    nearest = np.hypot(*(forward[:, np.newaxis] - backward[100:300]).T).min(1)
    assert nearest == pytest.approx(np.full(200, 2 * 0.075), rel=0.03 if bend == 0 else 0.15)
    along = forward[-1] - forward[0]
    assert along @ (backward[-1] - backward[0]) < 0
    # To the right of the forward direction.
    assert along[0] * (backward - forward[0])[200, 1] - along[1] * (backward - forward[0])[200, 0] < (
        along[0] * (forward - forward[0])[200, 1] - along[1] * (forward - forward[0])[200, 0]
    )


def test_backward_arrows_are_dashed_and_their_heads_are_not():
    found = arrows(draw(CHAIN, STEPS, backward=BACK))
    styles = {label: arrow.get_linestyle() for label, arrow in found.items()}
    assert styles["$x$ → $f$"] == "solid"
    assert styles["$f$ → $x$ backward"] in ("dashed", "--")
    assert styles["$f$ → $x$ backward, head"] == "solid"
    shaft, head = found["$f$ → $x$ backward"], found["$f$ → $x$ backward, head"]
    assert points(shaft)[-1] == pytest.approx(points(head)[0])


def test_neighbours_are_no_farther_apart_than_a_hand():
    ax = draw({"a": (0, 0), "b": (1, 0)}, [("a", "b")])
    assert np.hypot(*(inches(ax, (1, 0)) - inches(ax, (0, 0)))) == pytest.approx(1.7, rel=0.02)


def test_the_scale_of_the_places_does_not_matter():
    """Places in millimetres or in miles give one picture."""
    nodes, edges, others, height = GRAPHS["diamond"]
    pictures = []
    for factor in (1, 1024):
        ax = draw({node: np.multiply(factor, place) for node, place in nodes.items()}, edges, height, **others)
        buffer = io.BytesIO()
        ax.figure.savefig(buffer, format="raw")
        pictures.append(np.frombuffer(buffer.getvalue(), np.uint8).astype(int))
    assert np.mean(np.abs(pictures[0] - pictures[1]) > 8) < 1e-3


def test_spaces_at_the_end_tell_nodes_with_one_text_apart():
    ax = draw({"$x$": (0, 0), "$+$": (1, 0), "$+$ ": (2, 0)}, [("$x$", "$+$"), ("$+$", "$+$ ")], boxes=["$+$", "$+$ "])
    assert [words.get_text() for words in ax.texts] == ["$x$", "$+$", "$+$"]
    assert shapes(ax)["$+$"].get_width() == shapes(ax)["$+$ "].get_width()


def test_colours_are_those_of_the_book():
    ax = draw(CHAIN, STEPS, colors={"$x$": "blue", ("$x$", "$f$"): "purple", ("$f$", "$x$"): "green"}, backward=BACK)
    edge = {label: matplotlib.colors.to_hex(arrow.get_edgecolor()) for label, arrow in arrows(ax).items()}
    assert edge["$x$ → $f$"] == figures.COLORS["purple"]
    assert edge["$f$ → $x$ backward"] == edge["$f$ → $x$ backward, head"] == figures.COLORS["green"]
    assert edge["$u$ → $f$ backward"] == figures.COLORS["orange"]
    assert matplotlib.colors.to_hex(shapes(ax)["$x$"].get_edgecolor()) == figures.COLORS["blue"]
    assert {words.get_text(): words.get_color() for words in ax.texts}[r"$\bar x$"] == figures.COLORS["green"]


@pytest.mark.parametrize("drawing", [change(), layers(names=["$x$", "$y$"])], ids=["graph", "layers"])
def test_the_axes_become_a_plain_ground(drawing):
    description = describe(drawing)
    assert "line through" not in description
    assert "axes: no axes drawn; aspect 1" in description


@pytest.mark.parametrize(
    ("options", "title"), [({}, ""), ({}, "A title"), ({"ncols": 2}, ""), ({"ncols": 2, "nrows": 2}, "A title")]
)
def test_letters_and_nodes_keep_their_size_in_small_axes_and_under_a_title(options, title):
    """If the layout expects another size of the axes than they get, nodes shrink and letters do not."""
    fig, axes = figures.figure(**options, height=3.4 * options.get("nrows", 1), plain=True)
    for ax in np.ravel(axes):
        ax.set_title(title)
        change([("a", "b"), ("a", "c")], {"a": (0, 0), "b": (1, 1), "c": (1, -1)})(ax)
    with figures.style():
        FigureCanvasAgg(fig).draw()
    for ax in np.ravel(axes):
        low, high = extent(shapes(ax)["a"])
        assert high - low == pytest.approx([0.44, 0.44], rel=0.06)


def test_units_keep_their_distance_under_a_title():
    fig, ax = figures.figure(plain=True)
    ax.set_title("A title")
    figures.draw_layers(ax, [9, 5], names=["in", "out"])
    with figures.style():
        FigureCanvasAgg(fig).draw()
    diameter = np.sqrt(ax.collections[-1].get_sizes()[0]) / 72
    assert diameter / np.diff(inches(ax, [(0, 0), (0, 1)])[:, 1]) == pytest.approx(0.68, rel=0.03)


@pytest.mark.parametrize(
    "words",
    [
        "x", "relu", "logistic", "softmax", "mmmm", "illit", "$x$", "$h_{\\ell-1}$", r"$\bar{x}$", r"$\theta_{12}$",
        r"$W_1^\top \delta$", "$z = W x + b$", r"$\frac{\partial f}{\partial x}$", r"$\mathrm{softmax}$", r"$\log p_i$",
        r"$\mathcal{L}$", "$x_{n}^{2}$", "case 1", "784", "h · h", r"$f_3 \circ f_2$", r"$\nabla_x$", "3.14159",
        "two\nlines",
    ],
)  # fmt: skip
def test_words_are_about_as_large_as_the_table_says(words):
    fig, ax = figures.figure(plain=True)
    text = ax.text(0.5, 0.5, words)
    with figures.style():
        FigureCanvasAgg(fig).draw()
    low, high = extent(text)
    width, height = _diagrams._size(words)
    assert high[0] - low[0] < 1.05 * width + 0.03 and width < 1.35 * (high[0] - low[0]) + 0.05
    assert high[1] - low[1] < 1.2 * height and height < 1.6 * (high[1] - low[1])


# Curves


def test_a_part_of_a_curve_lies_on_it():
    curve = _diagrams._Curve([[0, 0], [1, 3], [4, -2], [5, 1]])
    part = curve.part(0.25, 0.75)
    for t in (0, 0.3, 1):
        assert part(t) == pytest.approx(curve(0.25 + 0.5 * t))
    assert curve.reversed()(0.2) == pytest.approx(curve(0.8))


def test_a_curve_is_cut_where_it_leaves_a_shape():
    shape = _diagrams._Shape(2, 1, 0.5)
    right, up = (_diagrams._Curve.between(np.zeros(2), np.array(end, float), 0) for end in ((10, 0), (0, 10)))
    assert right(shape.leaves(right, np.zeros(2), 0.1)) == pytest.approx([2.1, 0], abs=1e-4)
    assert up(shape.leaves(up, np.zeros(2), 0.1)) == pytest.approx([0, 1.1], abs=1e-4)
    # At a corner, around the middle (1.5, 0.5) of its circle.
    diagonal = _diagrams._Curve.between(np.array([1.5, 0.5]), np.array([6.5, 5.5]), 0)
    corner = [1.5 + 0.125**0.5, 0.5 + 0.125**0.5]
    assert diagonal(shape.leaves(diagonal, np.zeros(2), 0)) == pytest.approx(corner, abs=1e-4)


# Layers


def columns(ax):
    return [
        units.get_offsets() for units in ax.collections if units.get_label() in ("column 0", "column 1", "column 2")
    ]


def test_a_column_has_its_units_and_of_many_some():
    fig, ax = figures.figure(plain=True)
    figures.draw_layers(ax, [3, 8, 784], names=["in", "hidden", "out"])
    assert [len(units) for units in columns(ax)] == [3, 8, 7]
    assert [units[:, 1].mean() for units in columns(ax)[:2]] == [0, 0]
    assert [words.get_text() for words in ax.texts] == ["3", "in", "8", "hidden", "784", "out"]
    (dots,) = ax.lines
    assert len(dots.get_xdata()) == 3
    heights = columns(ax)[2][:, 1]
    assert heights[3] > dots.get_ydata().max() and dots.get_ydata().min() > heights[4]
    figures.draw_layers(ax2 := figures.figure(plain=True)[1], [3, 8])
    assert not ax2.texts and not ax2.lines


def test_lines_lead_from_every_unit_to_every_unit():
    fig, ax = figures.figure(plain=True)
    figures.draw_layers(ax, [3, 2])
    ends = np.round([line.ravel() for line in ax.collections[0].get_segments()], 9)
    left, right = columns(ax)
    expected = {(*a, *b) for a in left.round(9).tolist() for b in right.round(9).tolist()}
    assert {tuple(end) for end in ends.tolist()} == expected


def test_entry_i_j_of_a_weight_is_the_line_from_unit_j_to_unit_i():
    matrix = np.array([[1.0, -2.0, 0.0], [4.0, 5.0, -6.0]])
    before = matrix.copy()
    fig, ax = figures.figure(plain=True)
    figures.draw_layers(ax, [3, 2], weights=[matrix])
    left, right = columns(ax)
    found = np.zeros((2, 3))
    for lines in ax.collections[:2]:
        for (start, end), value in zip(lines.get_segments(), lines.values, strict=True):
            j, i = (int(np.hypot(*(units - place).T).argmin()) for units, place in ((left, start), (right, end)))
            found[i, j] = value
    assert np.array_equal(found, matrix) and np.array_equal(matrix, before)


def test_colour_and_dashes_tell_the_sign_and_width_the_magnitude():
    fig, ax = figures.figure(plain=True)
    figures.draw_layers(ax, [1, 2, 2], weights=[[[2], [-1]], [[4, 0], [0, -3]]])
    seen = []
    for lines in ax.collections[:4]:
        (value,), (width,), ((_, dashes),) = lines.values, lines.get_linewidth(), lines.get_linestyle()
        seen.append((value, matplotlib.colors.to_hex(lines.get_edgecolor()[0]), dashes is None, width))
    assert [row[0] for row in seen] == [2, -1, 4, -3]
    assert all(row[1] == figures.COLORS["blue" if row[0] > 0 else "orange"] and row[2] == (row[0] > 0) for row in seen)
    widths = [row[3] for row in sorted(seen, key=lambda row: abs(row[0]))]
    assert widths == sorted(set(widths)) and widths[-1] == 3.5


def test_of_many_units_the_weights_of_the_shown_ones_are_drawn():
    matrix = np.zeros((2, 20))
    matrix[0] = np.arange(1, 21)
    fig, ax = figures.figure(plain=True)
    figures.draw_layers(ax, [20, 2], weights=[matrix])
    assert ax.collections[0].values.tolist() == [1, 2, 3, 4, 18, 19, 20]
    hidden = matrix.copy()
    hidden[:, 10] = 1e6
    assert describe(layers([20, 2], weights=[matrix])) == describe(layers([20, 2], weights=[hidden]))


def test_weights_that_are_all_zero_are_no_lines():
    fig, ax = figures.figure(plain=True)
    figures.draw_layers(ax, [2, 2], weights=[np.zeros((2, 2))])
    assert [one.get_label() for one in ax.collections] == ["column 0", "column 1"]


@pytest.mark.parametrize("widths", [[1], [3, 5, 2], [784, 128, 10], [8] * 7, [2, 1], [1, 9]])
@pytest.mark.parametrize("height", [2.2, 3.4, 5])
def test_no_unit_and_no_name_is_cut(widths, height):
    fig, ax = figures.figure(plain=True, height=height)
    figures.draw_layers(ax, widths, names=[f"$h_{{{i}}}$" for i in range(len(widths))])
    with figures.style():
        FigureCanvasAgg(fig).draw()
    low, high = inches(ax, np.column_stack([ax.get_xlim(), ax.get_ylim()]))
    boxes = [extent(words) for words in ax.texts]
    for units in ax.collections:
        if len(units.get_offsets()) and units.get_label().count("column") == 1:
            radius = np.sqrt(units.get_sizes()[0]) / 72 / 2
            boxes += [(place - radius, place + radius) for place in inches(ax, units.get_offsets())]
    for box in boxes:
        assert np.all(box[0] > low - 0.01) and np.all(box[1] < high + 0.01)
    units = [box for box in boxes[len(ax.texts) :]]
    for words in boxes[: len(ax.texts)]:
        for box in units:
            assert not np.all((words[0] < box[1] - 0.02) & (words[1] > box[0] + 0.02))


# What is refused


A_TO_B = {"a": (0, 0), "b": (1, 0)}


@pytest.mark.parametrize(
    ("arguments", "others", "error", "message"),
    [
        (([("a", 0)], []), {}, TypeError, "nodes has type list, expected a dict because each text has a position"),
        (({}, []), {}, ValueError, "nodes has 0 entries, expected at least 1 because an empty graph shows nothing"),
        (({1: (0, 0)}, []), {}, TypeError, "nodes has a key of type int, expected str because the text is drawn"),
        (({"a": ("x", "y")}, []), {}, TypeError, "nodes['a'] has dtype <U1, expected integers, real or complex"),
        (({"a": (0, 1j)}, []), {}, TypeError, "nodes['a'] has dtype complex128, expected real numbers because"),
        (({"a": (0, 0, 0)}, []), {}, ValueError, "nodes['a'] has shape (3,), expected (2,) because a place is (x, y)"),
        (({"a": 3}, []), {}, ValueError, "nodes['a'] has shape (), expected (2,) because a place is (x, y)"),
        (({"a": (0, np.nan)}, []), {}, ValueError, "nodes['a'] has value (0.0, nan), expected finite numbers because"),
        (({"a": (0, 1), "b": (0, 1)}, []), {}, ValueError, "nodes has 'a' and 'b' at one place, expected two places"),
        ((A_TO_B, "ab"), {}, TypeError, "edges has type str, expected a list because it holds arrows"),
        ((A_TO_B, 3), {}, TypeError, "edges has type int, expected a list because it holds arrows"),
        ((A_TO_B, ["ab"]), {}, TypeError, "edges has an entry of type str, expected (start, end) or (start, end"),
        ((A_TO_B, [("a",)]), {}, ValueError, "edges has an entry of length 1, expected (start, end) or (start, end"),
        ((A_TO_B, [("a", "c")]), {}, ValueError, "edges has the node 'c', expected one of 'a', 'b' because an arrow"),
        ((A_TO_B, [(["a"], "b")]), {}, ValueError, "edges has the node ['a'], expected one of 'a', 'b' because"),
        ((A_TO_B, [("a", "a")]), {}, ValueError, "edges has an arrow from 'a' to itself, expected two nodes because"),
        ((A_TO_B, [("a", "b", 3)]), {}, TypeError, "edges has a label of type int at ('a', 'b'), expected str because"),
        ((A_TO_B, [("a", "b"), ("a", "b")]), {}, ValueError, "edges has the edge ('a', 'b') twice, expected it once"),
        ((A_TO_B, []), {"boxes": "a"}, TypeError, "boxes has type str, expected a list because it holds texts of"),
        ((A_TO_B, []), {"boxes": ["c"]}, ValueError, "boxes has the node 'c', expected one of 'a', 'b' because a box"),
        ((A_TO_B, []), {"bends": [1]}, TypeError, "bends has type list, expected a dict because each edge has its own"),
        ((A_TO_B, []), {"bends": {("a", "b"): 1}}, ValueError, "bends has the key ('a', 'b'), expected an edge"),
        (
            (A_TO_B, [("a", "b")]), {"bends": {("a", "b"): "up"}}, TypeError,
            "bends has a value of type str for ('a', 'b'), expected a real number because it is the height of an arc",
        ),
        (
            (A_TO_B, [("a", "b")]), {"bends": {("a", "b"): np.inf}}, ValueError,
            "bends has value inf for ('a', 'b'), expected a finite number because it is the height of an arc",
        ),
        ((A_TO_B, []), {"colors": "blue"}, TypeError, "colors has type str, expected a dict because each node and"),
        ((A_TO_B, []), {"colors": {"c": "blue"}}, ValueError, "colors has the key 'c', expected a node, an edge or a"),
        (
            (A_TO_B, []), {"colors": {"a": "red"}}, ValueError,
            "colors has the colour 'red', expected one of 'blue', 'orange', 'green', 'purple', 'black', 'gray' because "
            "these can be told apart",
        ),
        ((A_TO_B, []), {"backward": None}, TypeError, "backward has type NoneType, expected a list because it holds"),
        (
            (A_TO_B, [("a", "b")]), {"backward": [("a", "b")]}, ValueError,
            "backward has the arrow ('a', 'b'), expected the reverse of an edge because ('b', 'a') is no edge",
        ),
        (
            (A_TO_B, [("a", "b")]), {"backward": [("b", "a"), ("b", "a")]}, ValueError,
            "backward has the arrow ('b', 'a'), which is drawn already, expected it once because one arrow would hide",
        ),
        (
            (A_TO_B, [("a", "b"), ("b", "a")]), {"backward": [("b", "a")]}, ValueError,
            "backward has the arrow ('b', 'a'), which is drawn already, expected it once because one arrow would hide",
        ),
        (
            ({"a": (0, 0), "b": (0.1, 0), "c": (9, 0)}, []), {}, ValueError,
            "nodes has 'a' and 'b' so close that they overlap, expected more distance or axes larger than 6.3 × 3.3 in",
        ),
        (
            ({"a": (0, 0), "b": (0.62, 0), "c": (9, 0)}, [("a", "b")]), {}, ValueError,
            "nodes has 'a' and 'b' so close that no arrow fits between, expected more distance or axes larger than",
        ),
    ],
)  # fmt: skip
def test_a_graph_that_cannot_be_drawn_is_refused(arguments, others, error, message):
    fig, ax = figures.figure(plain=True)
    with pytest.raises(error) as caught:
        figures.draw_graph(ax, *arguments, **others)
    assert str(caught.value).startswith(f"draw_graph: {message}")
    assert not ax.patches and not ax.texts and ax.axison, "nothing is drawn before all is checked"


@pytest.mark.parametrize(
    ("widths", "others", "error", "message"),
    [
        ([2.0, 3.0], {}, TypeError, "widths has dtype float64, expected integers because it holds numbers of units"),
        ([], {}, TypeError, "widths has dtype float64, expected integers because it holds numbers of units"),
        (3, {}, ValueError, "widths has shape (), expected (layers,) with at least one layer because each layer is a"),
        ([2, 0], {}, ValueError, "widths has value 0, expected at least 1 because a column has units"),
        ([2, 3], {"names": "ab"}, TypeError, "names has type str, expected a list because it holds a text for each"),
        ([2, 3], {"names": ["a", 1]}, TypeError, "names has an entry of type int, expected str because it is written"),
        ([2, 3], {"names": ["a"]}, ValueError, "names has 1 entries, expected 2 because widths has as many"),
        ([2, 3], {"names": ["many words " * 4] * 2}, ValueError, "names has texts that would run into each other, exp"),
        ([2, 3], {"weights": 3}, TypeError, "weights has type int, expected a list because it holds an array for each"),
        ([2, 3], {"weights": []}, ValueError, "weights has 0 arrays, expected 1 because there are 2 columns"),
        (
            [2, 3], {"weights": [np.ones((2, 3))]}, ValueError,
            "weights[0] has shape (2, 3), expected (3, 2) because it leads from 2 to 3 units",
        ),
        ([2, 3], {"weights": [np.ones((3, 2)) * 1j]}, TypeError, "weights[0] has dtype complex128, expected real numb"),
        ([1, 1], {"weights": [[["w"]]]}, TypeError, "weights[0] has dtype <U1, expected integers, real or complex"),
        ([1, 1], {"weights": [[[np.nan]]]}, ValueError, "weights[0] has an entry that is not finite, expected finite"),
        ([2] * 40, {}, ValueError, "ax has 6.3 × 3.3 in of room, expected more because 40 columns with up to 2 rows"),
    ],
)  # fmt: skip
def test_layers_that_cannot_be_drawn_are_refused(widths, others, error, message):
    fig, ax = figures.figure(plain=True)
    with pytest.raises(error) as caught:
        figures.draw_layers(ax, widths, **others)
    assert str(caught.value).startswith(f"draw_layers: {message}")
    assert not ax.collections and ax.axison, "nothing is drawn before all is checked"


@pytest.mark.parametrize("function", [figures.draw_graph, figures.draw_layers])
def test_what_is_no_axes_is_refused(function):
    fig, ax = figures.figure()
    with pytest.raises(
        TypeError, match=f"{function.__name__}: ax has type _StyledFigure, expected Matplotlib axes bec"
    ):
        function(fig, *([{"a": (0, 0)}, []] if function is figures.draw_graph else [[1]]))
