"""Draw the picture at the head of the README: a wrong Jacobian, the right one, and the report that names the mistake.

    python tools/picture.py             draw it and store it (make picture)
    python tools/picture.py FILE.png    store it elsewhere

Everything in it is computed: the matrices by the library, the report by a check. The file holds a description of what
is drawn, by which the tests notice a stale picture.
"""

import sys
import textwrap
from pathlib import Path

import numpy as np

from mathdnn_utils import figures
from mathdnn_utils.activations import softmax, softmax_jacobian
from mathdnn_utils.verify import check_jacobian

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "book" / "_static" / "wrong-jacobian.png"
X = np.array([1.0, 2.0, 3.0])
# Large, because a phone shows the picture at a third of its size.
NUMBERS, TITLES, WORDS = 16.5, 14.5, 13.5
TINTS = {"right": "#cfe3f2", "wrong": "#f6cfb4", "other": "#efefef"}


def claimed(x):
    """What one gets from ∂p_i/∂x_j by keeping only i = j."""
    p = softmax(x)
    return np.diag(p * (1 - p))


def draw_matrix(ax, matrix, title, tint):
    """A matrix as tinted cells with its numbers in them."""
    rows, columns = matrix.shape
    for i, j in np.ndindex(rows, columns):
        ax.fill([j, j + 1, j + 1, j], [i, i, i + 1, i + 1], color=TINTS[tint[i, j]], edgecolor="white", linewidth=3)
        words = f"{matrix[i, j]:.3f}".replace("-", "−") if matrix[i, j] else "0"
        ax.text(j + 0.5, i + 0.5, words, ha="center", va="center", fontsize=NUMBERS, color=figures.COLORS["black"])
    ax.set(xlim=(0, columns), ylim=(rows, 0), xticks=[], yticks=[])
    ax.set_title(title, fontsize=TITLES)
    for spine in ax.spines.values():
        spine.set_visible(False)


def wrapped(report, width=58):
    """The lines of a report, the long ones broken."""
    return "\n".join(
        textwrap.fill(line, width, subsequent_indent="    ", break_on_hyphens=False)
        for line in str(report).splitlines()
    )


def draw():
    """The figure, and what it says to those who do not see it."""
    true, wrong = softmax_jacobian(X), claimed(X)
    report = check_jacobian(softmax, claimed, X)
    differs = ~np.isclose(wrong, true, rtol=report.tolerance, atol=0)
    fig, (left, right) = figures.figure(ncols=2, height=5.2, plain=True)
    draw_matrix(left, wrong, "claimed: diag(p⊙(1−p))", np.where(differs, "wrong", "other"))
    draw_matrix(right, true, "true: diag(p) − ppᵀ", np.where(differs, "right", "other"))
    fig.text(0.03, 0.40, wrapped(report), family="monospace", fontsize=WORDS, va="top", linespacing=1.3)
    fig.set_layout_engine("none")
    left.set_position([0.02, 0.45, 0.465, 0.46])
    right.set_position([0.515, 0.45, 0.465, 0.46])
    alt = (
        f"Two 3 by 3 matrices for softmax at x = (1, 2, 3). The claimed Jacobian is 0 off the diagonal, the true one "
        f"is not; the {report.wrong} wrong entries are marked. Below them the report of the check, which ends: "
        f"{report.hints[-1]}, {report.explanations[-1]}"
    )
    return fig, alt


def render():
    """The picture's bytes and its description."""
    picture = figures._picture(*draw())
    return picture.png, picture.description


def main(arguments):
    path = Path(arguments[0]) if arguments else PICTURE
    path.write_bytes(render()[0])
    print(f"Drawn: {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}")


if __name__ == "__main__":
    main(sys.argv[1:])
