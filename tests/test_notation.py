"""The notation page fails, under the right heading, for each convention that is broken on purpose.

Where a convention is kept by the library, a fault is planted there; where the page itself writes the definition out, a
copy of the page gets the definition of another book.
"""

import ast
import pkgutil
import re

import pytest
import torch
from chapter_runner import run_chapter
from notebooks import BOOK, calls, code, elements, last_cell_problems, load, prose_problems, until
from trials import Trials

import mathdnn_utils
from mathdnn_utils import verify

PAGE = BOOK / "notation.ipynb"
ACTIVATIONS, COUNTING = "mathdnn_utils.activations", "mathdnn_utils.counting"
ACCUMULATION, CONVOLUTION, DENSE, PERCEPTRON = (
    f"mathdnn_utils.{name}" for name in ("accumulation", "convolution", "dense", "perceptron")
)
ORACLES, DERIVATIVES, COMPARE = (f"mathdnn_utils.verify.{name}" for name in ("oracles", "derivatives", "compare"))

# The ten conventions, by number, and the two sections after them.
CONVENTIONS = {
    1: "Indices",
    2: "Vectors, images, batches",
    3: "Cross-correlation",
    4: "Convolution",
    5: "Jacobians",
    6: "Gradients",
    7: "Networks",
    8: "Letters",
    9: "Transforms and kinks",
    10: "Cost",
}
SYMBOLS, TRANSLATIONS = "Symbols", "Translating from other books"

# Section -> what is broken: (old, new) in the page, (module, old, new) in the package, or (object, name, replacement).
ADDITION = "    def __add__(self, other):\n"
AT = "return x[n] if 0 <= n < len(x) else 0"
SHAPES = "shape_of_A = {l: (sizes[l], sizes[l - 1]) for l in range(1, L + 1)}"
JACOBIAN_OF_SOFTMAX = "return p[..., :, np.newaxis] * (identity - p[..., np.newaxis, :])"
TAP = "sum(w[k] * at(x, S * n - P + D * k) for k in range(len(w)))"
SIZE = "return (N + 2 * P - D * (K - 1) - 1) // S + 1"
DIFFERENCES = "np.moveaxis(columns, 0, -1).reshape(shape + x.shape)"
STEPS = "return jacobian.reshape(shape + x.shape)"
REVERSE_MODE = "torch.func.jacrev(tensor_valued)(torch.from_numpy(point)).detach().numpy()"
LAYER = "Z[l] = H[l - 1] @ A[l].T + b[l]\n"
SLOPE = "slope * (1 / (1 + e)) * (e / (1 + e))"
CONV1D = 'return _forward("conv1d", 1, x, w, b, stride, padding, dilation, groups)'
CONV2D = 'return _forward("conv2d", 2, x, w, b, stride, padding, dilation, groups)'
COSINE = "return c * np.cos(np.pi * (2 * n + 1) * u / (2 * N))"


def flipped_layer(self, x):
    """A convolution layer that convolves."""
    return torch.nn.functional.conv1d(x, self.weight.flip(-1))


FAULTS = {
    "Indices": {
        "indices from 1": (AT, "return x[n - 1] if 1 <= n <= len(x) else 0"),
        "negative indices": (AT, "return x[n] if -len(x) <= n < len(x) else 0"),
        "the last entry is repeated outside": (AT, "return x[min(max(n, 0), len(x) - 1)]"),
        "layers from 0": (SHAPES, "shape_of_A = {l: (sizes[l + 1], sizes[l]) for l in range(L)}"),
        "the input is a layer": ("L = len(sizes) - 1\n" + SHAPES, "L = len(sizes)\n" + SHAPES.replace("L + 1", "L")),
    },
    "Vectors, images, batches": {
        "examples are columns": ("return X @ A.T", "return A @ X.T"),
        "the matrix is reshaped": ("return X @ A.T", "return X @ A.reshape(2, 3)"),
        "the classes are the first axis": (ACTIVATIONS, "def softmax(x, axis=-1):", "def softmax(x, axis=0):"),
        "the batch is the last axis": (
            ACTIVATIONS,
            JACOBIAN_OF_SOFTMAX,
            JACOBIAN_OF_SOFTMAX.replace("return ", "return np.moveaxis(") + ", 0, -1)",
        ),
        "a mean over the batch": (ACTIVATIONS, "return loss[..., 0][()]", "return loss.mean()"),
        "images with the columns first": ("* x[c, i", "* x.swapaxes(1, 2).reshape(x.shape)[c, i"),
        "kernels with the input first": ("+= w[o, c, k, l]", "+= w.swapaxes(0, 1).reshape(w.shape)[o, c, k, l]"),
        "kernels with the columns first": ("+= w[o, c, k, l]", "+= w.swapaxes(2, 3).reshape(w.shape)[o, c, k, l]"),
        "the library's images with the columns first": (
            CONVOLUTION,
            CONV2D,
            CONV2D.replace("x, w", "x.swapaxes(1, 2).reshape(x.shape), w"),
        ),
        "the library's kernels with the input first": (
            CONVOLUTION,
            CONV2D,
            CONV2D.replace("x, w", "x, w.swapaxes(0, 1).reshape(w.shape)"),
        ),
    },
    "Cross-correlation": {
        "flipped": (TAP, TAP.replace("w[k]", "w[-1 - k]")),
        "the stride is left out": (TAP, TAP.replace("S * n", "n")),
        "padding on the wrong side": (TAP, TAP.replace("- P", "+ P")),
        "the stride moves the padding too": (TAP, TAP.replace("S * n - P", "S * (n - P)")),
        "the dilation is left out": (TAP, TAP.replace("D * k", "k")),
        "the size is rounded up": (SIZE, "return -(-(N + 2 * P - D * (K - 1) - 1) // S) + 1"),
        "the size without the last position": (SIZE, "return max((N + 2 * P - D * (K - 1) - 1) // S, 1)"),
        "the size with padding on one side": (SIZE, "return max((N + P - D * (K - 1) - 1) // S + 1, 1)"),
        "the size has lost its -1": (SIZE, SIZE.replace(" - 1) // S", ") // S")),
        "the size of a kernel without dilation": (SIZE, SIZE.replace("D * (K - 1)", "(K - 1)")),
        "an empty output": ("if N + 2 * P < D * (K - 1) + 1:", "if False:"),
        "dilation 0": ("if D < 1:", "if D < 0:"),
        "valid is padded": ('if mode == "valid":\n        return 0', 'if mode == "valid":\n        return 1'),
        "same without dilation": ("divmod(D * (K - 1), 2)", "divmod(K - 1, 2)"),
        "same for even kernels": ("if rest:", "if False:"),
        "the library flips": (
            CONVOLUTION,
            'return _in_mode("correlate1d", x, w, mode)',
            'return _in_mode("correlate1d", x, w[::-1], mode)',
        ),
        "the library's layer flips": (CONVOLUTION, CONV1D, CONV1D.replace("x, w", "x, w[::-1]")),
        "the library leaves the dilation out": (CONVOLUTION, CONV1D, CONV1D.replace("padding, dilation", "padding, 1")),
        "the library's size lacks a last position that just fits": (
            CONVOLUTION,
            "return (n + 2 * padding - span) // stride + 1",
            "return max(n + 2 * padding - span - (stride > 1), 0) // stride + 1",
        ),
        "the library takes dilation 0": (
            CONVOLUTION,
            '_setting(function, "dilation", dilation, axes, 1, 1,',
            '_setting(function, "dilation", dilation, axes, 0, 1,',
        ),
        "the library's same for even kernels": (CONVOLUTION, 'if mode == "same" and taps % 2 == 0:', "if False:"),
        "full without dilation": ("        return D * (K - 1)\n    P, rest", "        return K - 1\n    P, rest"),
    },
    "Convolution": {
        "not flipped": ("at(x, n - k)", "at(x, n + k)"),
        "valid": ("for n in range(N + K - 1)", "for n in range(K - 1, N)"),
        "the library does not flip": (
            CONVOLUTION,
            'return _in_mode("convolve1d", x, w[::-1], mode)',
            'return _in_mode("convolve1d", x, w, mode)',
        ),
        "the library's is valid": (
            CONVOLUTION,
            'def convolve1d(x, w, mode="full"):',
            'def convolve1d(x, w, mode="valid"):',
        ),
        "a layer that flips": (torch.nn.Conv1d, "forward", flipped_layer),
    },
    "Jacobians": {
        "a row for each input": ("[0, 1, 2 * x[2]]])", "[0, 1, 2 * x[2]]]).T"),
        "input axes first, differences": (ORACLES, DIFFERENCES, "columns.reshape(x.shape + shape)"),
        "input axes first, complex step": (
            ORACLES,
            STEPS,
            "return np.moveaxis(jacobian, -1, 0).reshape(x.shape + shape)",
        ),
        "input axes first, PyTorch": (ORACLES, REVERSE_MODE, REVERSE_MODE + ".T"),
        "input axes first, sympy": (
            ORACLES,
            "return values if several else values[0]",
            "return values.T if several else values[0]",
        ),
        "input axes first, a layer's weights": (
            DENSE,
            "weight=(s[:, np.newaxis] * identity)[:, :, np.newaxis] * x,",
            "weight=np.moveaxis((s[:, np.newaxis] * identity)[:, :, np.newaxis] * x, 2, 0),",
        ),
        "a scalar gets an axis": (ORACLES, DIFFERENCES, DIFFERENCES.replace("shape + x", "(shape or (1,)) + x")),
        "the shape (1,) loses its axis": (
            ORACLES,
            STEPS,
            STEPS.replace("shape + x", "(() if shape == (1,) else shape) + x"),
        ),
        "an expression gets an axis": (
            ORACLES,
            "return values if several else values[0]",
            "return values",
        ),
        "the check takes any layout": (
            COMPARE,
            "same_shape = claimed.shape == expected.shape",
            "same_shape = claimed.shape == expected.shape or (claimed := claimed.T).shape == expected.shape",
        ),
    },
    "Gradients": {
        "a VJP without the transpose": ("return J.T @ ybar", "return (ybar @ J)[::-1]"),
        "a JVP with a transpose": ("return J @ xdot", "return J.T @ xdot[:2]"),
        "a JVP that has lost p": (
            ACTIVATIONS,
            "return p * (v - (p * v).sum(-1, keepdims=True))",
            "return p * (v - v.sum(-1, keepdims=True))",
        ),
        "a VJP that is something else": (ACTIVATIONS, "return softmax_jvp(x, g)", "return softmax_jvp(x, -g)"),
        "a gradient of the shape (1,)": (
            DERIVATIVES,
            'if self.function == "check_gradient" and y.shape != ():',
            'if self.function == "check_gradient" and y.size != 1:',
        ),
        "a gradient with an axis too many": (
            COMPARE,
            "same_shape = claimed.shape == expected.shape",
            "same_shape = claimed.shape[-expected.ndim :] == expected.shape",
        ),
        "diag(s) is a row": ("lambda s, v, M: np.diag(s) @ v", "lambda s, v, M: s @ v"),
        "diag(s) on the left scales columns": ("np.diag(s) @ M.T", "(M @ np.diag(s)).T[::-1]"),
        "diag(s) on the right scales rows": ("M @ np.diag(s),", "np.diag(s[:3]) @ M,"),
    },
    "Networks": {
        "the input has an activation": ("Z, H = {}, {0: X}", "Z, H = {}, {0: phi(X)}"),
        "the last layer has an activation": (LAYER, LAYER + "        if l == L:\n            Z[l] = phi(Z[l])\n"),
        "the biases are subtracted": (LAYER, LAYER.replace("+", "-")),
        "δ after the activation": ("(Delta[l + 1] @ A[l + 1]) * phi_prime(Z[l])", "Delta[l + 1] @ A[l + 1]"),
        "the gradient is transposed": ("Delta[l].T @ H[l - 1]", "H[l - 1].T @ Delta[l]"),
        "the gradient is a mean": ("Delta[l].T @ H[l - 1]", "Delta[l].T @ H[l - 1] / len(Ybar)"),
        "the layer's own output": ("Delta[l].T @ H[l - 1]", "Delta[l].T @ H[min(l, L - 1)]"),
        "the bias's gradient is a mean": ("Delta[l].T @ ones", "Delta[l].T @ ones / len(Ybar)"),
        "the library's output has an activation": (
            DENSE,
            "        preactivations.append(z)\n",
            '        z = z if len(preactivations) < len(weights) - 1 else _entrywise("mlp_forward", phi, z)\n'
            "        preactivations.append(z)\n",
        ),
        "the library's weights are (inputs, outputs)": (
            DENSE,
            "return np.atleast_2d(delta).T @ np.atleast_2d(h)",
            "return np.atleast_2d(h).T @ np.atleast_2d(delta)",
        ),
        "the library takes a mean": (DENSE, "np.atleast_2d(delta).sum(axis=0)", "np.atleast_2d(delta).mean(axis=0)"),
    },
    "Letters": {
        "σ_β is βσ": (ACTIVATIONS, "        t = slope * x\n", "        t = x\n"),
        "the prime without β": (ACTIVATIONS, SLOPE, "(1 / (1 + e)) * (e / (1 + e))"),
        "Θ(0) is 1": (ACTIVATIONS, "def heaviside(x, at_zero=0.5)", "def heaviside(x, at_zero=1.0)"),
        "Θ(0) is 0": (ACTIVATIONS, "def heaviside(x, at_zero=0.5)", "def heaviside(x, at_zero=0.0)"),
        "Θ(0) cannot be asked for": (ACTIVATIONS, "step[t == 0] = at_zero", "step[t == 0] = 0.5"),
        "p of the axis before the last": ("p = softmax(logits)", "p = softmax(logits, axis=0)"),
        "a perceptron is silent at 0": (PERCEPTRON, "w, b) >= 0).astype", "w, b) > 0).astype"),
        "pooling windows overlap": ("x[c, q * i : q * i + q,", "x[c, i : i + q,"),
    },
    "Transforms and kinks": {
        "not orthonormal": (COSINE, COSINE.replace("c * ", "")),
        "frequencies from 1": (COSINE, COSINE.replace("* u", "* (u + 1)")),
        "another type of DCT": (COSINE, COSINE.replace("(2 * n + 1)", "(2 * n)")),
        "u for columns": (
            "return dct_matrix(H) @ image @ dct_matrix(W).T",
            "return (dct_matrix(H) @ image @ dct_matrix(W).T).T",
        ),
        "relu′(0) is ½": (ACTIVATIONS, "def relu_derivative(x, at_zero=0.0)", "def relu_derivative(x, at_zero=0.5)"),
        "relu′(0) is 1": (ACTIVATIONS, "def relu_derivative(x, at_zero=0.0)", "def relu_derivative(x, at_zero=1.0)"),
        "a random case on the kink": ("rng.choice([-1, 1], 4) * rng.uniform(0.1, 2, 4)", "rng.integers(-1, 2, 4)"),
    },
    "Cost": {
        "additions count too": (COUNTING, ADDITION, ADDITION + "        self.tally[0] += 1\n"),
        "multiplications count half": (
            COUNTING,
            "    def __mul__(self, other):\n        self.tally[0] += 1\n",
            "    def __mul__(self, other):\n        self.tally[0] += 1 / 2\n",
        ),
        "forward is left to right": ("return J_3 @ (J_2 @ J_1)", "return (J_3 @ J_2) @ J_1"),
        "reverse is right to left": ("return (J_3 @ J_2) @ J_1", "return J_3 @ (J_2 @ J_1)"),
        "the library's forward is left to right": (
            ACCUMULATION,
            "return sum(n[k] * n[k - 1] * n[0] for k in range(2, L + 1))",
            "return sum(n[L] * n[k] * n[k - 1] for k in range(1, L))",
        ),
    },
    TRANSLATIONS: {
        "entries from 0": ("enumerate(values, start=1)", "enumerate(values, start=0)"),
        "the shift in the convolution": ("x.get(m - j + 1, 0)", "x.get(m - j, 0)"),
        "the shift in the DCT's signal": ("(2 * j - 1) * (m - 1)", "(2 * j + 1) * (m - 1)"),
        "the shift in the DCT's frequency": ("(2 * j - 1) * (m - 1)", "(2 * j - 1) * m"),
        "the shift in the DCT's factor": ("1 if m == 1 else 2", "1 if m == 0 else 2"),
        "gradients as rows": ("torch.stack(columns, dim=1)", "torch.stack(columns, dim=0)"),
        "the order of the chain rule there": ("compare(D_f @ D_g, D_gf)", "compare((D_g.T @ D_f.T), D_gf)"),
        "the order of the chain rule here": ("compare(D_g.T @ D_f.T, D_gf.T)", "compare(D_f @ D_g, D_gf.T)"),
        "W is A": ("W = torch.tensor(A[1].T,", "W = torch.tensor(A[1].reshape(4, 3),"),
        "the gradient of W": ("compare(W.grad, Abar[1].T)", "compare(W.grad, Abar[1])"),
        "the kernel is reshaped": ("w.transpose(2, 3, 1, 0)", "w.reshape(2, 4, 3, 2)"),
        "the image is reshaped": ("x.transpose(1, 2, 0), w.", "x.reshape(5, 6, 3), w."),
        "a kernel that is not flipped": ("lambda x, w: correlate(x, w[::-1]),", "lambda x, w: correlate(x, w),"),
        "a kernel that is flipped along one axis": ("w[None, None, ::-1, ::-1]", "w[None, None, :, ::-1]"),
        "the zero on the left in PyTorch": ("np.pad(x, (1, 2))", "np.pad(x, (2, 1))"),
        "the zero on the right in SciPy": ("np.pad(x, (2, 1))", "np.pad(x, (1, 2))"),
        "SAME is rounded down": ("lambda N, K, S, D: ceiling(N, S)", "lambda N, K, S, D: N // S"),
        "D = d": ("correlate(x, w, D=d + 1)", "correlate(x, w, D=max(d, 1))"),
        "no factor N": ("compare(len(logits) * leaf.grad, each)", "compare(leaf.grad, each)"),
        "δ without the slope": ("phi_prime(Z[1]) * hidden.grad.numpy()", "hidden.grad.numpy()"),
        "relu′(0) cannot be asked for": (
            ACTIVATIONS,
            "    return heaviside(x, at_zero)\n",
            "    return heaviside(x, 0.0)\n",
        ),
        "the DCT's factors": ("c * bare", "bare"),
        "SciPy's factor 2": ("c / 2 * scipy.fft.dct", "c * scipy.fft.dct"),
    },
}


def sections(notebook):
    """The H2 of each cell: a list, for cells counted from 1; None before the first."""
    found = [None] * (len(notebook["cells"]) + 1)
    for element in elements(notebook):
        if element.kind == "heading" and element.level == 2:
            # The heading's own cell belongs to it as a whole: nothing is checked in Markdown.
            found[element.cell :] = [element.name] * (len(found) - element.cell)
    return found


HARMLESS = "a change that breaks nothing"


@pytest.fixture(scope="module")
def trials():
    """The page, which has run as it is, and all faults in its text and in the package, each to be tried alone.

    A trial ends with the first cell that raises. An output that only differs stops nobody, so it does not count.
    """
    changes = {
        (s, name): fault for s, faults in FAULTS.items() for name, fault in faults.items() if not replaces(fault)
    }
    changes[HARMLESS] = (AT, "return x[n] if 0 <= n and n < len(x) else 0")
    trials = Trials(PAGE, changes, enough=errors)
    trials.run_as_it_is()
    return trials


def replaces(fault):
    """Whether a fault is a replacement of an object's attribute."""
    return len(fault) == 3 and not isinstance(fault[0], str)


def errors(differences):
    """Where and how cells have raised: (cell, error)."""
    return [(difference.cell, difference.got) for difference in differences if difference.kind == "error"]


def test_the_page_as_it_is_does_not_fail(trials):
    assert trials.differences == []


@pytest.mark.parametrize("section, name", [(s, name) for s, faults in FAULTS.items() for name in faults])
def test_a_broken_convention_fails_a_check_in_its_section(section, name, trials, monkeypatch):
    fault = FAULTS[section][name]
    if replaces(fault):
        monkeypatch.setattr(*fault)
        found = errors(run_chapter(PAGE, first_only=False))
    else:
        found = errors(trials.outcome((section, name)))
    assert found, "nothing failed"
    cell, error = found[0]
    assert sections(load(PAGE))[cell] == section, error
    assert error.startswith("CheckFailed: "), "an accident, not a check"


def test_a_change_that_breaks_no_convention_fails_nothing(trials):
    assert errors(trials.outcome(HARMLESS)) == []


# --- what the page holds -------------------------------------------------------------------------------------------


def h2_sections(notebook):
    """Title of each H2 -> the elements below it, in order."""
    found = elements(notebook)
    return {
        e.name: until(found[i + 1 :], lambda e: e.kind == "heading" and e.level == 2)
        for i, e in enumerate(found)
        if e.kind == "heading" and e.level == 2
    }


def section_problems(notebook, titles):
    """The sections with these titles come in this order, each with a check; there is no other."""
    found = h2_sections(notebook)
    problems = [] if list(found) == titles else [f"has the sections {list(found)}, expected {titles}"]
    return problems + [
        f"{title} has no check"
        for title, section in found.items()
        if title != SYMBOLS and not any(calls(cell.name, "confirm") for cell in code(section))
    ]


def test_every_convention_has_a_section_with_a_check_and_faults():
    titles = [*CONVENTIONS.values(), SYMBOLS, TRANSLATIONS]
    notebook = load(PAGE)
    assert section_problems(notebook, titles) == []
    assert list(FAULTS) == [title for title in titles if title != SYMBOLS]
    assert all(FAULTS.values())
    # The guard sees a section that is missing, and one without a check.
    assert section_problems(notebook, [*titles, "Colours"]) != []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and "count_multiplications(" in "".join(cell["source"]):
            cell["source"] = "print('forward')"
    assert section_problems(notebook, titles) == ["Cost has no check"]


def test_the_last_cell_compares_the_text_with_the_code():
    assert last_cell_problems(load(PAGE), PAGE) + prose_problems(load(PAGE), PAGE) == []


@pytest.fixture
def namespace(trials):
    """What the page's cells have assigned."""
    return trials.namespace


def test_the_pages_own_helpers_can_fail(namespace):
    confirm, refuses, compare = (namespace[name] for name in ("confirm", "refuses", "compare"))
    for found in (False, compare(1, 2), namespace["agree"](lambda n: n, lambda n: n + 1, lambda rng: (1,))):
        with pytest.raises(verify.CheckFailed, match="^it holds: no"):
            confirm("it holds", found)
    assert not refuses(len, "accepted")
    with pytest.raises(TypeError):
        refuses(len, 1)


def markdown_of(notebook, title):
    """The text below an H2."""
    texts = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    (part,) = [part for part in re.split(r"(?m)^## ", "\n".join(texts)) if part.startswith(title + "\n")]
    return part


def table_rows(text):
    """The rows of the tables of a text, each as its cells, without heads."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    heads = {i + offset for i, line in enumerate(lines) if set(line[0]) == {"-"} for offset in (-1, 0)}
    return [line for i, line in enumerate(lines) if i not in heads]


def unknown_names(expression, namespace):
    """The names in an expression, dotted ones too, that the namespace does not know."""
    unknown = []
    for node in ast.walk(ast.parse(expression, mode="eval")):
        if isinstance(node, (ast.Name, ast.Attribute)):
            try:
                eval(compile(ast.Expression(node), "<table>", "eval"), dict(namespace))
            except (NameError, AttributeError):
                unknown.append(ast.unparse(node))
    return unknown


def test_every_name_in_the_table_of_symbols_exists(namespace):
    rows = table_rows(markdown_of(load(PAGE), SYMBOLS))
    assert len(rows) >= 25
    for symbol, meaning in rows:
        names = re.findall(r"`([^`]+)`", meaning)
        assert names, f"{symbol} has no name in code"
        for name in names:
            assert unknown_names(name, namespace) == [], symbol
    assert unknown_names("sigmoid(t, slope=gamma) + np.dct(x)", namespace) == ["np.dct", "gamma"]


def formulas(text):
    """All the mathematics of a text, without blanks and spacing."""
    found = re.findall(r"(?s)\$\$(.+?)\$\$|\$([^$]+)\$", text)
    return [re.sub(r"\\[,;]|\s", "", one or other) for one, other in found]


def test_every_symbol_in_the_table_is_used_above():
    notebook = load(PAGE)
    above = "\n".join(formulas("\n".join(markdown_of(notebook, title) for title in CONVENTIONS.values())))
    for symbols, _ in table_rows(markdown_of(notebook, SYMBOLS)):
        assert formulas(symbols)
        for symbol in formulas(symbols):
            assert symbol in above, f"{symbols} is not used above"


def test_every_name_in_the_translations_exists(namespace):
    names = re.findall(r"`([\w.]+\([^`]*\))`", markdown_of(load(PAGE), TRANSLATIONS))
    assert names
    for name in names:
        assert unknown_names(name.replace("…", "0"), namespace) == []


# --- when the modules come -----------------------------------------------------------------------------------------

# The modules whose conventions the page writes out itself until they exist.
PLANNED = {"perceptron", "accumulation", "dense", "residual", "convolution", "pooling", "dct"}
# Module -> why the page does without it although it exists.
NOT_NEEDED = {
    "residual": "a skip is a sum with an earlier value; what its Jacobians keep to is checked with those of layers"
}


def imported_modules(notebook):
    """The modules of the package that a notebook's cells import."""
    modules = set()
    for cell in code(elements(notebook)):
        for node in ast.walk(ast.parse(cell.name)):
            if isinstance(node, ast.ImportFrom) and node.module == mathdnn_utils.__name__:
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                modules |= {name.split(".")[1] for name in names if name.startswith(mathdnn_utils.__name__ + ".")}
    return modules


def update_problems(existing, imported, not_needed):
    """Modules that exist and that the page neither imports nor has a reason not to."""
    problems = [
        f"{name} exists: let the notation page check it, or give the reason in NOT_NEEDED"
        for name in sorted(PLANNED & set(existing) - set(imported) - set(not_needed))
    ]
    problems += [f"{name} is in NOT_NEEDED without a reason" for name, reason in not_needed.items() if not reason]
    return problems + [
        f"{name} is in NOT_NEEDED and is {'imported' if name in imported else 'no module'}"
        for name in sorted(set(not_needed) & set(imported) | set(not_needed) - set(existing))
    ]


def test_the_page_checks_the_modules_that_exist():
    existing = {module.name for module in pkgutil.iter_modules(mathdnn_utils.__path__)}
    assert "activations" in existing
    assert {"activations", "verify"} <= imported_modules(load(PAGE))
    assert update_problems(existing, imported_modules(load(PAGE)), NOT_NEEDED) == []


def test_a_module_that_the_page_does_not_know_yet_is_noticed():
    existing = {"activations", "dense", "dct"}
    assert update_problems(existing, {"activations", "dense", "dct"}, {}) == []
    assert update_problems(existing, {"activations", "dct"}, {"dense": "its layout is the page's"}) == []
    (problem,) = update_problems(existing, {"activations", "dense"}, {})
    assert problem == "dct exists: let the notation page check it, or give the reason in NOT_NEEDED"
    assert update_problems(existing, {"dct"}, {"dense": ""}) == ["dense is in NOT_NEEDED without a reason"]
    assert update_problems(existing, existing, {"dense": "why"}) == ["dense is in NOT_NEEDED and is imported"]
    assert update_problems(set(), set(), {"dense": "why"}) == ["dense is in NOT_NEEDED and is no module"]


def test_imports_are_seen_in_every_form():
    forms = [
        "from mathdnn_utils import dct",
        "import mathdnn_utils.dense as d",
        "from mathdnn_utils.pooling import max_pool2d",
    ]
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in ["import os", *forms]]
    assert imported_modules({"cells": cells}) == {"dct", "dense", "pooling"}
