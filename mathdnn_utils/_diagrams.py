"""Drawings of computational graphs and of layers, for `figures`.

Everything is laid out in inches first, because letters have a size in inches, and then written in the units of the
data: the positions that the reader gave stay as they are, and the limits do the scaling. How wide a word is comes from
a table and not from a font, so that the same call gives the same numbers on every machine.
"""

import itertools
import math
import numbers
import re
from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import BoxStyle, Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from ._validation import numeric_array

_INK = "#222222"
_BOX_GROUND = "#f1f1f1"
_EM = 12 / 72  # inches: the style's letters are 12 pt
_PAD = 0.06  # inches, as in the style's layout
_GAP = 0.045  # inches between an arrow and its label
_TIP = 0.02  # inches from the tip of an arrow to the border of its node
_APART = 0.075  # inches from the middle to each of two opposite arrows
_PORTS = 0.13  # inches between arcs that reach a node on one side
_HEAD = 0.0833  # inches, the length of an arrow's head
_MARGIN = 0.03  # inches around everything
_FARTHEST = 1.7  # inches between the closest two nodes, at most
_SHOWN = 8  # units of a column


# How large words are


_ACCENTS = set("bar dot ddot hat tilde vec overline widehat widetilde".split())
_FONTS = set("mathrm mathbf mathcal mathbb mathit mathsf mathtt text operatorname left right".split())
_NAMES = set("exp log ln max min sin cos tan sinh cosh tanh det arg lim sup inf dim ker".split())
_SPACES = {"\\,": 0.17, "\\:": 0.22, "\\;": 0.28, "\\ ": 0.33, "\\quad": 1.0, "\\!": -0.17}
_TOKEN = re.compile(r"\\[A-Za-z]+\s*|\\.|.", re.DOTALL)


def _letter(letter):
    """Return about how wide a letter is, in ems."""
    if letter in "ijlI.,:;'|! ":
        return 0.32
    if letter in "ftr()[]/-":
        return 0.42
    if letter in "mwMW%@+=<>±×→−∘⊙≤≥≠∂" or _is_wide(letter):
        return 0.88
    return 0.7 if letter.isupper() else 0.62


def _is_wide(letter):
    return 0x2190 <= ord(letter) <= 0x22FF


class _Formula:
    """The size of a formula, read from its TeX."""

    def __init__(self, tex):
        self.tokens = [token.strip() or " " for token in _TOKEN.findall(tex)]
        self.place = 0

    def group(self):
        """Return the width and the height of what one token or one pair of braces holds."""
        while self.place < len(self.tokens) and self.tokens[self.place] == " ":
            self.place += 1
        if self.place == len(self.tokens):
            return 0.0, 1.0
        if self.tokens[self.place] != "{":
            return self.one()
        self.place += 1
        size = self.until("}")
        self.place += 1
        return size

    def until(self, end):
        width, height = 0.0, 1.0
        while self.place < len(self.tokens) and self.tokens[self.place] != end:
            more, tall = self.one()
            width, height = width + more, max(height, tall)
        return width, height

    def one(self):
        token = self.tokens[self.place]
        if token == "{":
            return self.group()
        self.place += 1
        name = token[1:]
        if token in "_^":
            width, height = self.group()
            if self.place < len(self.tokens) and self.tokens[self.place] in "_^":  # one above the other
                self.place += 1
                width = max(width, self.group()[0])
            return 0.7 * width, 0.85 + 0.5 * height
        if token in (" ", "}", "$"):
            return 0.0, 1.0
        if not token.startswith("\\"):
            return (1.15 if token in "=+-" else _letter(token)), 1.0
        if token in _SPACES:
            return _SPACES[token], 1.0
        if name in _ACCENTS:
            width, height = self.group()
            return width, height + 0.15
        if name in _FONTS:
            return 0.0, 1.0
        if name in ("frac", "dfrac"):
            above, below = self.group(), self.group()
            shrunk = 0.75 if name == "frac" else 1.0
            return shrunk * max(above[0], below[0]) + 0.15, 0.85 * shrunk * (above[1] + below[1]) + 0.1
        if name in _NAMES:
            return sum(map(_letter, name)), 1.0
        return (0.95 if len(name) > 3 else 0.72), 1.0


def _size(words):
    """Return about how wide and how high words are, in inches; `$…$` is a formula."""
    width = height = 0.0
    for line in words.strip().split("\n"):
        wide, high = 0.0, 1.0
        for part, piece in enumerate(re.split(r"(?<!\\)\$", line)):
            if part % 2:
                more, tall = _Formula(piece).until(None)
            else:
                more, tall = sum(map(_letter, piece)), 1.0
            wide, high = wide + more, max(high, tall)
        width, height = max(width, wide), height + 1.15 * high
    return width * _EM, height * _EM


# Arrows


class _Curve:
    """A cubic Bézier curve."""

    def __init__(self, points):
        self.points = np.asarray(points, dtype=float)

    @classmethod
    def between(cls, start, end, bend):
        """Return the arc from `start` to `end` that rises to the left by `bend` times their distance."""
        along = end - start
        # An arc leaves steeply and is flat on top, to get over the nodes between its ends.
        reach, rise = (0.18 if bend else 1 / 3) * along, 4 / 3 * bend * np.array([-along[1], along[0]])
        return cls([start, start + reach + rise, end - reach + rise, end])

    def beside(self, distance):
        """Return the curve at a distance to the left of this one: each leg of its polygon moves by as much."""
        legs = np.diff(self.points, axis=0)
        normals = np.column_stack([-legs[:, 1], legs[:, 0]]) / np.hypot(*legs.T)[:, np.newaxis]
        before, after = normals[[0, 0, 1, 2]], normals[[0, 1, 2, 2]]
        bisectors = (before + after) / (1 + (before * after).sum(1, keepdims=True))
        return _Curve(self.points + distance * bisectors)

    def _blossom(self, r, s, t):
        points = self.points
        for u in (r, s, t):
            u = np.asarray(u)[..., np.newaxis, np.newaxis]
            points = (1 - u) * points[..., :-1, :] + u * points[..., 1:, :]
        return points[..., 0, :]

    def __call__(self, t):
        return self._blossom(t, t, t)

    def normal(self, t):
        """Return the unit vector to the left of the direction."""
        along = self._blossom(t, t, 1.0) - self._blossom(t, t, 0.0)
        return np.array([-along[1], along[0]]) / np.hypot(*along)

    def part(self, low, high):
        """Return the piece between two parameters."""
        ends = [(low, low, low), (low, low, high), (low, high, high), (high, high, high)]
        return _Curve([self._blossom(*end) for end in ends])

    def reversed(self):
        return _Curve(self.points[::-1])

    def samples(self):
        """Return points along the curve, about 0.04 in apart."""
        rough = self(np.linspace(0, 1, 17))
        return self(np.linspace(0, 1, 2 + int(np.hypot(*np.diff(rough, axis=0).T).sum() / 0.04)))

    def length(self):
        return float(np.hypot(*np.diff(self.samples(), axis=0).T).sum())

    def before_end(self, distance):
        """Return the parameter of the point that lies a distance before the end."""
        grid = np.linspace(0, 1, 129)
        steps = np.hypot(*np.diff(self(grid), axis=0).T)
        return float(np.interp(-distance, -np.append(np.cumsum(steps[::-1])[::-1], 0.0), grid))

    def path(self, scale):
        points = self.points / scale
        along = points[3] - points[0]
        aside = (points[1:3] - points[0]) @ np.array([-along[1], along[0]])
        if np.all(np.abs(aside) < 1e-9 * (along @ along)):
            return Path(points[[0, 3]])
        return Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])


class _Shape:
    """What a node looks like, around its place: half its width, half its height, the radius of its corners."""

    def __init__(self, wide, high, radius):
        self.half, self.radius = np.array([wide, high]), radius

    def distance(self, points):
        """Return how far outside the border points are; inside it is negative."""
        beyond = np.abs(points) - (self.half - self.radius)
        outside = np.hypot(*np.maximum(beyond, 0).T)
        return outside + np.minimum(beyond.max(-1), 0) - self.radius

    def leaves(self, curve, center, gap):
        """Return the first parameter from which on the curve stays farther from the border than the gap."""
        low, high = 0.0, 1.0
        for _ in range(3):  # each time 64 times as fine
            grid = np.linspace(low, high, 65)
            inside = np.flatnonzero(self.distance(curve(grid) - center) <= gap)
            if not inside.size or inside[-1] == 64:
                return high if inside.size else low
            low, high = grid[inside[-1]], grid[inside[-1] + 1]
        return float(high)


class _Layout:
    """Where everything is, in inches, at a number of inches a unit of the data."""

    def __init__(self, graph, scale):
        self.graph, self.scale = graph, scale
        self.centers = {node: scale * place for node, place in graph.places.items()}
        self.curves = {}
        for edge in graph.edges:
            there_and_back = edge[::-1] in graph.backward or (edge[::-1] in graph.edges and edge not in graph.bends)
            self.curves[edge] = self.arrow(edge, _APART if there_and_back else 0.0)
        for arrow in graph.backward:
            self.curves["backward", *arrow] = self.arrow(arrow[::-1], -_APART, backward=True)
        samples = [curve.samples() for curve in self.curves.values()]
        self.ink = np.concatenate(samples) if samples else np.empty((0, 2))
        self.taken = [(center, graph.shapes[node].half) for node, center in self.centers.items()]
        self.labels = {key: self.place(self.curves[key], label, graph.side(key)) for key, label in graph.labels.items()}
        low, high = ([center + sign * half for center, half in self.taken] for sign in (-1, 1))
        self.low = np.min(np.vstack([*low, self.ink]), axis=0) - _MARGIN
        self.high = np.max(np.vstack([*high, self.ink]), axis=0) + _MARGIN

    def arrow(self, edge, aside, backward=False):
        """Return the curve beside an edge from border to border, in the edge's direction or backward."""
        (start, end), shapes = edge, self.graph.shapes
        a, b = self.centers[start], self.centers[end]
        along = (b - a) / np.hypot(*(b - a))
        leaving, arriving = self.graph.ports[edge]
        curve = _Curve.between(a + leaving * along, b + arriving * along, self.graph.bends.get(edge, 0.0))
        curve = curve.beside(aside)
        low = shapes[start].leaves(curve, a, _TIP if backward else 0.0)
        high = 1 - shapes[end].leaves(curve.reversed(), b, 0.0 if backward else _TIP)
        piece = curve.part(low, max(low + 1e-6, high))  # where no arrow fits, a speck
        return piece.reversed() if backward else piece

    def place(self, curve, label, side):
        """Return the middle of a label beside its arrow, where it covers least."""
        half = np.array(_size(label)) / 2
        best = None
        for rank, (t, to) in enumerate((t, to) for to in (side, -side) for t in (0.5, 0.4, 0.6, 0.3, 0.7)):
            normal = to * curve.normal(t)
            middle = curve(t) + normal * (np.abs(normal) @ half + _GAP)
            covered = 10 * int(np.all(np.abs(self.ink - middle) < half + 0.02, axis=1).sum())
            covered += 100 * sum(bool(np.all(np.abs(center - middle) < half + other)) for center, other in self.taken)
            if best is None or covered + rank < best[0]:
                best = covered + rank, middle
            if not covered:
                break
        self.taken.append((best[1], half))
        return best[1]


# Graphs


def _check_axes(function, ax):
    if not isinstance(ax, Axes):
        raise TypeError(
            f"{function}: ax has type {type(ax).__name__}, expected Matplotlib axes because it is drawn on them"
        )


def _list(function, name, value, entries):
    """Return what `value` holds as a list, unless it is a text or nothing that can be gone through."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(
            f"{function}: {name} has type {type(value).__name__}, expected a list because it holds {entries}"
        )
    return list(value)


def _listed(names):
    return ", ".join(map(repr, names))


class _Graph:
    """The arguments of `draw_graph`, checked."""

    def __init__(self, nodes, edges, boxes, bends, colors, backward, palette):
        self.places = _places(nodes)
        self.edges, self.labels = {}, {}
        for start, end, label in _arrows("edges", edges, self.places):
            if (start, end) in self.edges:
                raise ValueError(
                    f"draw_graph: edges has the edge {(start, end)!r} twice, expected it once because one arrow would "
                    "hide the other"
                )
            self.edges[start, end] = True
            if label:
                self.labels[start, end] = label
        self.backward = {}
        for start, end, label in _arrows("backward", backward, self.places):
            if (end, start) not in self.edges:
                raise ValueError(
                    f"draw_graph: backward has the arrow {(start, end)!r}, expected the reverse of an edge because "
                    f"{(end, start)!r} is no edge"
                )
            if (start, end) in self.edges or (start, end) in self.backward:
                raise ValueError(
                    f"draw_graph: backward has the arrow {(start, end)!r}, which is drawn already, expected it once "
                    "because one arrow would hide the other"
                )
            self.backward[start, end] = True
            if label:
                self.labels["backward", start, end] = label
        self.boxes = _boxes(boxes, self.places)
        self.bends = self._bends(bends)
        self.colors = self._colors(colors, palette)
        self.ports = self._ports()

    def _bends(self, bends):
        if bends is None:
            return {}
        if not isinstance(bends, Mapping):
            raise TypeError(
                f"draw_graph: bends has type {type(bends).__name__}, expected a dict because each edge has its own bend"
            )
        for edge, bend in bends.items():
            if edge not in self.edges:
                raise ValueError(f"draw_graph: bends has the key {edge!r}, expected an edge because only edges bend")
            _finite_number("bends", edge, bend)
        return {edge: float(bend) for edge, bend in bends.items()}

    def _colors(self, colors, palette):
        if colors is None:
            return {}
        if not isinstance(colors, Mapping):
            raise TypeError(
                f"draw_graph: colors has type {type(colors).__name__}, expected a dict because each node and each edge "
                "has its own colour"
            )
        for key, name in colors.items():
            if key not in self.places and key not in self.edges and key not in self.backward:
                raise ValueError(
                    f"draw_graph: colors has the key {key!r}, expected a node, an edge or a backward arrow because "
                    "nothing else is drawn in a colour"
                )
            if not isinstance(name, str) or name not in palette:
                raise ValueError(
                    f"draw_graph: colors has the colour {name!r}, expected one of {_listed(palette)} because these can "
                    "be told apart"
                )
        return dict(colors)

    def _ports(self):
        """Return how far from the middle of its nodes each edge starts and ends, along its chord.

        Arcs that leave or reach a node on one side would run into each other. The longest, which passes over the
        others, comes down behind them.
        """
        ports = {edge: [0.0, 0.0] for edge in self.edges}
        for end in (0, 1):
            groups = {}
            for edge, bend in self.bends.items():
                if bend:
                    groups.setdefault((edge[end], bend > 0), []).append(edge)
            for group in groups.values():
                group.sort(key=lambda edge: math.dist(self.places[edge[0]], self.places[edge[1]]))
                for rank, edge in enumerate(group):
                    ports[edge][end] = (2 * end - 1) * (rank - (len(group) - 1) / 2) * _PORTS
        return ports

    def side(self, key):
        """Return 1 if the label of an arrow belongs to the left of it, -1 if to the right."""
        start, end = key[-2:]
        if key[0] == "backward" and len(key) == 3:
            return 1  # its left is away from the edge
        if (end, start) in self.backward or (end, start) in self.edges:
            return 1
        bend = self.bends.get((start, end), 0.0)
        if bend:
            return 1 if bend > 0 else -1
        along = self.places[end] - self.places[start]
        return -1 if along[0] < 0 else 1  # above, or to the left of what goes up


def _finite_number(name, key, value):
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(
            f"draw_graph: {name} has a value of type {type(value).__name__} for {key!r}, expected a real number "
            "because it is the height of an arc"
        )
    if not math.isfinite(value):
        raise ValueError(
            f"draw_graph: {name} has value {value} for {key!r}, expected a finite number because it is the height of "
            "an arc"
        )


def _places(nodes):
    if not isinstance(nodes, Mapping):
        raise TypeError(
            f"draw_graph: nodes has type {type(nodes).__name__}, expected a dict because each text has a position"
        )
    if not nodes:
        raise ValueError("draw_graph: nodes has 0 entries, expected at least 1 because an empty graph shows nothing")
    places = {}
    for node, place in nodes.items():
        if not isinstance(node, str):
            raise TypeError(
                f"draw_graph: nodes has a key of type {type(node).__name__}, expected str because the text is drawn"
            )
        array = numeric_array("draw_graph", f"nodes[{node!r}]", place)
        if array.dtype.kind == "c":
            raise TypeError(
                f"draw_graph: nodes[{node!r}] has dtype {array.dtype}, expected real numbers because it is a place"
            )
        if array.shape != (2,):
            raise ValueError(
                f"draw_graph: nodes[{node!r}] has shape {array.shape}, expected (2,) because a place is (x, y)"
            )
        if not np.all(np.isfinite(array)):
            raise ValueError(
                f"draw_graph: nodes[{node!r}] has value {tuple(array.tolist())}, expected finite numbers because it is "
                "a place"
            )
        for other, there in places.items():
            if np.array_equal(array, there):
                raise ValueError(
                    f"draw_graph: nodes has {other!r} and {node!r} at one place, expected two places because one would "
                    "hide the other"
                )
        places[node] = array.astype(float)
    return places


def _arrows(name, arrows, nodes):
    for arrow in _list("draw_graph", name, arrows, "arrows"):
        if not isinstance(arrow, (tuple, list)):
            raise TypeError(
                f"draw_graph: {name} has an entry of type {type(arrow).__name__}, expected (start, end) or "
                "(start, end, label) because an arrow joins two nodes"
            )
        if len(arrow) not in (2, 3):
            raise ValueError(
                f"draw_graph: {name} has an entry of length {len(arrow)}, expected (start, end) or "
                "(start, end, label) because an arrow joins two nodes"
            )
        start, end, label = (*arrow, "")[:3]
        for node in (start, end):
            if not isinstance(node, str) or node not in nodes:
                raise ValueError(
                    f"draw_graph: {name} has the node {node!r}, expected one of {_listed(nodes)} because an arrow "
                    "joins two nodes"
                )
        if start == end:
            raise ValueError(
                f"draw_graph: {name} has an arrow from {start!r} to itself, expected two nodes because loops are not "
                "drawn"
            )
        if not isinstance(label, str):
            raise TypeError(
                f"draw_graph: {name} has a label of type {type(label).__name__} at {(start, end)!r}, expected str "
                "because it is written beside the arrow"
            )
        yield start, end, label


def _boxes(boxes, nodes):
    boxes = _list("draw_graph", "boxes", boxes, "texts of nodes")
    for node in boxes:
        if not isinstance(node, str) or node not in nodes:
            raise ValueError(
                f"draw_graph: boxes has the node {node!r}, expected one of {_listed(nodes)} because a box is drawn "
                "around a node"
            )
    return boxes


def _shapes(nodes, boxes, padding):
    """Return the shape of each node: circles of one size for short values, ovals for long ones, boxes of one height."""
    sizes = {node: _size(node) for node in nodes}
    short = [node for node in nodes if node not in boxes and sizes[node][0] <= 0.42 and sizes[node][1] <= 0.34]
    radius = max([0.14 + padding, *(sizes[node][0] / 2 + 0.75 * padding for node in short)])
    shapes = {}
    for node in nodes:
        width, height = sizes[node]
        high = max(height / 2 + 0.8 * padding, 0.12 + padding)
        if node in short:
            shapes[node] = _Shape(radius, radius, radius)
        elif node in boxes:
            shapes[node] = _Shape(max(width / 2 + 1.2 * padding, high + 0.02), high, 0.06)
        else:
            shapes[node] = _Shape(max(width / 2 + 1.5 * padding, high), high, high)
    return shapes


def _room(ax):
    """Return the width and the height, in inches, that the layout will give to axes without labels."""
    fig = ax.get_figure(root=True)
    room = fig.get_size_inches()
    spec = ax.get_subplotspec()
    if spec is None:
        room = room * ax.get_position().size
    else:
        rows, columns = spec.get_gridspec().get_geometry()
        room = room * [len(spec.colspan) / columns, len(spec.rowspan) / rows]
    titles = any(ax.get_title(loc=place) for place in ("left", "center", "right"))
    return room - 2 * _PAD - [0, 0.3 * titles]


def _lay_out(graph, room):
    """Return the largest layout that fits, with less room inside the nodes if arrows would be short otherwise."""
    for padding, shortest in ((0.08, 0.2), (0.04, 0.1)):
        graph.shapes = _shapes(graph.places, graph.boxes, padding)
        layout = _largest(graph, room)
        problem = _problem(layout, shortest)
        if not problem:
            return layout
    raise ValueError(
        f"draw_graph: {problem}, expected more distance or axes larger than {room[0]:.1f} × {room[1]:.1f} in because "
        "letters do not shrink"
    )


def _largest(graph, room):
    places = np.array(list(graph.places.values()))
    distances = np.hypot(*(places[:, np.newaxis] - places).T)
    high = _FARTHEST / min(distances[distances > 0], default=1.0)
    low, layout = 0.0, _Layout(graph, high)
    if np.all(layout.high - layout.low <= room):
        return layout
    for _ in range(14):
        middle = (low + high) / 2
        layout = _Layout(graph, middle)
        low, high = (middle, high) if np.all(layout.high - layout.low <= room) else (low, middle)
    return _Layout(graph, low) if low else layout


def _problem(layout, shortest):
    """Say which two nodes are too close to each other, if any are."""
    shapes = layout.graph.shapes
    for a, b in itertools.combinations(layout.centers, 2):
        if np.all(np.abs(layout.centers[a] - layout.centers[b]) < shapes[a].half + shapes[b].half):
            return f"nodes has {a!r} and {b!r} so close that they overlap"
    for *_, a, b in (key for key, curve in layout.curves.items() if curve.length() < shortest):
        return f"nodes has {a!r} and {b!r} so close that no arrow fits between"
    return ""


def _tint(color):
    """Return a colour mixed with much white."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - 0.12 * (255 - part)):02x}" for part in (red, green, blue))


def _prepare(ax, center, room, scale):
    """Turn axes into a plain ground whose limits are `room` inches apart around a point of the data."""
    for artist in ax.get_children():
        if type(artist).__name__ == "_ZeroLine":
            artist.remove()
    ax.axis("off")
    ax.set_aspect("equal", adjustable="box")
    half = np.asarray(room) / scale / 2
    ax.set_xlim(center[0] - half[0], center[0] + half[0])
    ax.set_ylim(center[1] - half[1], center[1] + half[1])


def draw_graph(ax, nodes, edges, *, boxes=(), bends=None, colors=None, backward=()):
    """Draw a computational graph: values in circles, operations in boxes, arrows from what is used to what uses it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Empty axes, best from ``figures.figure(plain=True)``. Ticks and frame go away, one unit is as long to the
        right as it is up, and the limits leave room for everything drawn.
    nodes : dict of str to (float, float)
        The text of each node, with its place (x, y). ``$…$`` is mathematics.
    edges : iterable of (start, end) or (start, end, label)
        Arrows between nodes. The label is written beside the arrow.
    boxes : iterable of str
        The nodes that are operations. They are boxes with round corners; the others are circles, or ovals if their
        text is long.
    bends : dict of (start, end) to float, optional
        Edges that are arcs: how high they rise, as a part of the distance between their nodes. Above 0 they rise to
        the left of their direction, which is up for an arrow to the right.
    colors : dict, optional
        Names in ``figures.COLORS`` for nodes, for edges (start, end) and for backward arrows (start, end). Without
        it, nodes and edges are dark and backward arrows orange.
    backward : iterable of (start, end) or (start, end, label)
        Dashed arrows from `start` to `end` beside the edge from `end` to `start`, for gradients.

    Raises
    ------
    TypeError
        If an argument is not of the kind above.
    ValueError
        If a node, an edge or a colour is unknown, if a number is not finite, if something is there twice, or if the
        axes are too small for the letters.

    Notes
    -----
    A node is as large as its text needs at 12 pt. The distances between the nodes make up the rest: the limits are
    such that the graph fills the axes, but no two neighbours are farther apart than 1.7 in. Choose the height of the
    figure accordingly, about 1 in for a chain. Set a title before, so that room is left for it. Nodes with the same
    text are told apart by spaces at its end, which are not drawn.

    Examples
    --------
    >>> from mathdnn_utils import figures
    >>> fig, ax = figures.figure(height=1, plain=True)
    >>> nodes = {"$x$": (0, 0), "$f$": (1, 0), "$y$": (2, 0)}
    >>> figures.draw_graph(ax, nodes, [("$x$", "$f$", "3"), ("$f$", "$y$")], boxes=["$f$"])
    >>> [patch.get_label() for patch in ax.patches]
    ['$x$ → $f$', '$f$ → $y$', '$x$', '$f$', '$y$']
    >>> [words.get_text() for words in ax.texts]
    ['3', '$x$', '$f$', '$y$']
    """
    from . import figures  # which imports this module

    _check_axes("draw_graph", ax)
    graph = _Graph(nodes, edges, boxes, bends, colors, backward, figures.COLORS)
    room = _room(ax)
    layout = _lay_out(graph, room)
    scale = layout.scale
    with figures.style():
        _prepare(ax, (layout.low + layout.high) / 2 / scale, room, scale)
        for key, curve in layout.curves.items():
            start, end = key[-2:]
            against = len(key) == 3
            color = figures.COLORS.get(graph.colors.get((start, end)), figures.COLORS["orange"] if against else _INK)
            _draw_arrow(ax, curve, scale, color, f"{start} → {end}" + against * " backward", dashed=against)
            if key in graph.labels:
                ax.text(*layout.labels[key] / scale, graph.labels[key], color=color, ha="center", va="center", zorder=4)
        for node, place in graph.places.items():
            name = graph.colors.get(node)
            _draw_node(ax, node, place, graph.shapes[node], scale, figures.COLORS.get(name), node in graph.boxes)


def _draw_arrow(ax, curve, scale, color, label, dashed):
    look = {"mutation_scale": 12, "linewidth": 1.5, "color": color, "zorder": 2, "capstyle": "butt", "clip_on": False}
    look |= {"joinstyle": "miter", "shrinkA": 0, "shrinkB": 0}
    head = f"-|>,head_length={_HEAD * 72 / 12},head_width=0.22"
    if dashed:
        # Matplotlib would dash the outline of the head too.
        neck = curve.before_end(_HEAD)
        shaft, curve = curve.part(0.0, neck), curve.part(neck, 1.0)
        ax.add_patch(FancyArrowPatch(path=shaft.path(scale), arrowstyle="-", linestyle="dashed", label=label, **look))
        label += ", head"
    ax.add_patch(FancyArrowPatch(path=curve.path(scale), arrowstyle=head, label=label, **look))


def _draw_node(ax, node, place, shape, scale, color, box):
    edge = color or _INK
    ground = _tint(color) if color else (_BOX_GROUND if box else "#ffffff")
    wide, high = shape.half / scale
    look = {"facecolor": ground, "edgecolor": edge, "linewidth": 1.3, "label": node, "zorder": 3, "clip_on": False}
    if not box and wide == high:
        ax.add_patch(Circle(place, wide, **look))
    else:
        ax.add_patch(
            FancyBboxPatch(
                place - [wide, high], 2 * wide, 2 * high,
                boxstyle=BoxStyle.Round(pad=0, rounding_size=shape.radius / scale), mutation_scale=1, **look,
            )
        )  # fmt: skip
    ax.text(*place, node.strip(), color=edge, ha="center", va="center", zorder=4)


# Layers


class _Weights(LineCollection):
    """Lines between two columns; `values` are their weights."""

    def __init__(self, segments, values, **look):
        super().__init__(segments, **look)
        self.values = values


def _check_widths(widths):
    array = numeric_array("draw_layers", "widths", widths)
    if array.dtype.kind not in "iu":
        raise TypeError(
            f"draw_layers: widths has dtype {array.dtype}, expected integers because it holds numbers of units"
        )
    if array.ndim != 1 or array.size == 0:
        raise ValueError(
            f"draw_layers: widths has shape {array.shape}, expected (layers,) with at least one layer because each "
            "layer is a column"
        )
    if array.min() < 1:
        raise ValueError(f"draw_layers: widths has value {array.min()}, expected at least 1 because a column has units")
    return array.tolist()


def _check_names(names, widths):
    names = _list("draw_layers", "names", names, "a text for each column")
    for name in names:
        if not isinstance(name, str):
            raise TypeError(
                f"draw_layers: names has an entry of type {type(name).__name__}, expected str because it is written "
                "below a column"
            )
    if len(names) != len(widths):
        raise ValueError(
            f"draw_layers: names has {len(names)} entries, expected {len(widths)} because widths has as many"
        )
    return names


def _check_weights(weights, widths):
    weights = _list("draw_layers", "weights", weights, "an array for each column but the first")
    if len(weights) != len(widths) - 1:
        raise ValueError(
            f"draw_layers: weights has {len(weights)} arrays, expected {len(widths) - 1} because there are "
            f"{len(widths)} columns"
        )
    found = []
    for layer, matrix in enumerate(weights):
        name = f"weights[{layer}]"
        array = numeric_array("draw_layers", name, matrix)
        if array.dtype.kind == "c":
            raise TypeError(
                f"draw_layers: {name} has dtype {array.dtype}, expected real numbers because a line shows a sign"
            )
        shape = (widths[layer + 1], widths[layer])
        if array.shape != shape:
            raise ValueError(
                f"draw_layers: {name} has shape {array.shape}, expected {shape} because it leads from {shape[1]} to "
                f"{shape[0]} units"
            )
        if not np.all(np.isfinite(array)):
            raise ValueError(
                f"draw_layers: {name} has an entry that is not finite, expected finite numbers because a line has a "
                "finite width"
            )
        found.append(array.astype(float))
    return found


class _Column:
    """One column: the indices of the units shown, their heights, and the heights of the dots for the others."""

    def __init__(self, width):
        self.width = width
        self.rows = min(width, _SHOWN)
        heights = (self.rows - 1) / 2 - np.arange(self.rows)
        if width <= _SHOWN:
            self.shown, self.heights, self.dots = np.arange(width), heights, np.empty(0)
        else:
            above = _SHOWN // 2
            self.shown = np.concatenate([np.arange(above), np.arange(width - (_SHOWN - 1 - above), width)])
            self.heights = np.delete(heights, above)
            self.dots = heights[above] + np.array([0.25, 0, -0.25])


class _Columns:
    """Where the columns are: one unit of the data is the distance between two units of a column."""

    def __init__(self, widths, names, room):
        self.columns = [_Column(width) for width in widths]
        self.names = names
        self.rows = max(column.rows for column in self.columns)
        self.counted = max(widths) > _SHOWN
        sizes = [_size(name) for name in names or [""]]
        above, below = 0.26 * self.counted, 0.08 + max(high for _, high in sizes) if names else 0.0
        widest = max(wide for wide, _ in sizes)
        steps = max(len(widths) - 1, 1)
        self.scale = min((room[1] - above - below) / self.rows, 0.62)
        self.step = math.floor(4 * min((room[0] - max(widest, self.scale, 0.5)) / steps, 2.4) / self.scale) / 4
        if self.scale < 0.15 or self.step * self.scale < 0.3 + 0.2 * self.counted:
            raise ValueError(
                f"draw_layers: ax has {room[0]:.1f} × {room[1]:.1f} in of room, expected more because {len(widths)} "
                f"columns with up to {self.rows} rows do not fit"
            )
        if len(widths) > 1 and self.step * self.scale < widest + 0.08:
            raise ValueError(
                "draw_layers: names has texts that would run into each other, expected shorter ones or wider axes "
                "because letters do not shrink"
            )
        self.counts_at = self.rows / 2 + above / self.scale / 2
        self.names_at = -self.rows / 2 - below / self.scale / 2
        self.center = (self.step * (len(widths) - 1) / 2, (above - below) / self.scale / 2)

    def lines(self, layer):
        """Return the ends of the lines to the units of a layer from those of the one before."""
        before, after = self.columns[layer - 1 : layer + 1]
        x = self.step * layer
        return np.array([[(x - self.step, low), (x, high)] for high in after.heights for low in before.heights])

    def drawn(self, weights):
        """Return for each layer the weights of its lines, in the order of the lines."""
        return [
            matrix[np.ix_(after.shown, before.shown)].ravel()
            for matrix, before, after in zip(weights, self.columns, self.columns[1:])
        ]


def draw_layers(ax, widths, *, names=None, weights=None):
    """Draw a network as columns of units, the inputs on the left, with a line for each weight.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Empty axes, best from ``figures.figure(plain=True)``. Ticks and frame go away, one unit is as long to the
        right as it is up, and the limits leave room for everything drawn.
    widths : sequence of int
        Number of units in each column. Of more than 8 the first four and the last three are shown, with dots between
        them, and the numbers are written above the columns.
    names : sequence of str, optional
        What is written below the columns. ``$…$`` is mathematics.
    weights : sequence of array, optional
        One array of shape (units, units of the column before) for each column but the first. A positive weight is a
        solid blue line and a negative one a dashed orange line, the wider the larger its magnitude; a weight of 0 is
        no line. The widest line has the largest magnitude drawn. Without `weights` all lines are thin and gray.

    Raises
    ------
    TypeError
        If an argument is not of the kind above.
    ValueError
        If `widths` is empty or holds a number below 1, if `names` or `weights` do not fit to it, if a weight is not
        finite, or if the axes are too small.

    Notes
    -----
    The units of a column are one unit of the data apart, around 0. The first column is at x = 0, and the others follow
    at equal distances that fill the axes. Set a title before, so that room is left for it.

    Examples
    --------
    >>> from mathdnn_utils import figures
    >>> fig, ax = figures.figure(plain=True)
    >>> figures.draw_layers(ax, [3, 2], names=["$x$", "$y$"], weights=[[[1, -2, 0], [0, 3, 1]]])
    >>> [(lines.get_label(), lines.values.tolist()) for lines in ax.collections[:2]]
    [('column 0 → column 1', [1.0, 3.0, 1.0]), ('column 0 → column 1', [-2.0])]
    """
    from . import figures  # which imports this module

    _check_axes("draw_layers", ax)
    widths = _check_widths(widths)
    names = None if names is None else _check_names(names, widths)
    weights = None if weights is None else _check_weights(weights, widths)
    room = _room(ax)
    columns = _Columns(widths, names, room)
    with figures.style():
        _prepare(ax, columns.center, room, columns.scale)
        if weights is None:
            for layer in range(1, len(widths)):
                look = {"color": "#9a9a9a", "linewidth": 0.7, "label": f"column {layer - 1} → column {layer}"}
                ax.add_collection(LineCollection(columns.lines(layer), zorder=1, **look))
        else:
            _draw_weights(ax, columns, columns.drawn(weights), figures.COLORS)
        for layer, column in enumerate(columns.columns):
            _draw_column(ax, columns, column, layer)


def _draw_weights(ax, columns, weights, palette):
    largest = max((float(np.abs(values).max()) for values in weights), default=0.0)
    for layer, values in enumerate(weights, 1):
        label, lines = f"column {layer - 1} → column {layer}", columns.lines(layer)
        for some, color, dashes in ((values > 0, "blue", "solid"), (values < 0, "orange", (0, (2.2, 1.1)))):
            if np.any(some):
                look = {"color": palette[color], "linestyle": dashes, "capstyle": "butt", "label": label}
                widths = 0.5 + 3 * np.abs(values[some]) / largest
                ax.add_collection(_Weights(lines[some], values[some], linewidth=widths, zorder=1, **look))


def _draw_column(ax, columns, column, layer):
    x = columns.step * layer
    diameter = 0.68 * columns.scale * 72  # points
    look = {"facecolor": "white", "edgecolor": _INK, "linewidth": 1.3, "label": f"column {layer}"}
    ax.scatter(np.full(len(column.heights), x), column.heights, s=diameter**2, zorder=3, **look)
    if column.dots.size:
        ax.plot(np.full(3, x), column.dots, "o", color=_INK, markersize=3.2, markeredgewidth=0, zorder=3)
    if columns.counted:
        ax.text(x, columns.counts_at, str(column.width), color="#555555", ha="center", va="center")
    if columns.names:
        ax.text(x, columns.names_at, columns.names[layer], color=_INK, ha="center", va="center")
