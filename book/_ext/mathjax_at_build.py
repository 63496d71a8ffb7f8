r"""Typeset mathematics while the site is built.

MathJax 3.2.2, taken from the package `sphinx-mathjax-offline`, runs here, in V8 (`mini-racer`), and not in the browser:
a page holds the typeset formulas (CHTML, with MathML for screen readers) and asks for a stylesheet and fonts, for no
script.

Why: a page of 200 formulas is typeset 0.8 s after navigation, by MathJax in the browser after 1.2 s, and transfers
153 kB in place of 383 (gzip, empty cache, two cores). The build pays about a second for it. benchmarks/typesetting.py
measures this again.

How it works:

- A formula is typeset when its page is read and the result is stored with the page, so that an incremental build
  typesets only what changed. A formula that appears later (a title shown elsewhere) is typeset when it is written.
- A TeX error is a warning with its place, which fails a build under -W. Macros of one's own are errors on purpose:
  Jupyter and GitHub do not know them.
- Equation numbers, labels and anchors are Sphinx's; MathJax numbers nothing.
- MathJax's whole stylesheet (25 kB gzipped) is one file for all pages. One with only the characters of a page paints no
  sooner, is fetched for every page again, and one for the site would have to change with every page.
"""

import html
import json
import os
import re
import shutil
from functools import lru_cache
from importlib.metadata import files
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

COMPONENTS = (
    "startup.js",
    "core.js",
    "adaptors/liteDOM.js",
    "input/tex-full.js",
    "output/chtml.js",
    "output/chtml/fonts/tex.js",
    "a11y/assistive-mml.js",
)
TEX_PACKAGES = ["base", "ams", "boldsymbol", "cancel", "color"]
# Relative to _static/mathjax/, where the stylesheet is put.
FONTS = "fonts"
STYLESHEET = "mathjax/mathjax.css"

# matchFontHeight needs the fonts of a browser; mathdnn.css sets the size of formulas instead.
CONFIGURATION = f"""
globalThis.setTimeout = function () {{}};
var MathJax = {{
  loader: {{load: [], require: null}},
  startup: {{typeset: false}},
  tex: {{packages: {json.dumps(TEX_PACKAGES)}, formatError: function (jax, error) {{ throw error; }}}},
  chtml: {{fontURL: '{FONTS}', matchFontHeight: false, adaptiveCSS: false}},
  options: {{enableMenu: false}}
}};
"""
FUNCTIONS = """
MathJax.startup.getComponents();
MathJax.startup.makeMethods();
function typeset(tex, display) {
  try {
    return {html: MathJax.startup.adaptor.outerHTML(MathJax.tex2chtml(tex, {display: display}))};
  } catch (error) {
    return {error: error.message};
  }
}
function stylesheet() {
  return MathJax.startup.adaptor.textContent(MathJax.chtmlStylesheet());
}
"""


class TexError(ValueError):
    """MathJax does not understand a formula."""


def mathjax_folder():
    """Return the folder of MathJax's files in the installed package."""
    return next(Path(file.locate()).parent for file in files("sphinx-mathjax-offline") if file.name == "startup.js")


@lru_cache
def engine(process):
    """Return V8 with MathJax in it. Each process has its own: threads of V8 do not survive a fork."""
    context = MiniRacer()
    context.eval(CONFIGURATION)
    for component in COMPONENTS:
        context.eval((mathjax_folder() / component).read_text(encoding="utf-8"))
    context.eval(FUNCTIONS)
    return context


@lru_cache(maxsize=None)
def typeset(tex, display):
    """Return the HTML of a formula.

    Parameters
    ----------
    tex : str
    display : bool
        Displayed on a line of its own.

    Raises
    ------
    TexError
        With MathJax's message.
    """
    result = dict(engine(os.getpid()).call("typeset", tex, display))
    if "error" in result:
        raise TexError(result["error"])
    return result["html"]


def displayed_tex(node):
    """Return the TeX of a displayed formula: as in Sphinx, empty lines separate equations, ``\\\\`` breaks lines."""
    if node.get("nowrap"):
        return node.astext()
    parts = [part.strip() for part in node.astext().split("\n\n") if part.strip()]
    parts = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    if len(parts) < 2:
        return "".join(parts)
    lines = r" \\ ".join(parts)
    return rf"\begin{{aligned}}{lines}\end{{aligned}}"


def typeset_node(node):
    """Return the HTML of a math or math_block node, typeset now unless it was when its page was read."""
    if "typeset" not in node:
        display = isinstance(node, nodes.math_block)
        tex = displayed_tex(node) if display else node.astext()
        try:
            node["typeset"] = typeset(tex, display)
        except TexError as error:
            logger.warning("TeX: %s in: %s", error, tex, location=node, type="math", subtype="tex")
            node["typeset"] = f"<code>{html.escape(tex)}</code>"
    return node["typeset"]


class TypesetMath(SphinxTransform):
    """Typeset every formula of a page when the page is read."""

    default_priority = 900

    def apply(self):
        if self.app.builder.format != "html":
            return
        for kind in (nodes.math, nodes.math_block):
            for node in self.document.findall(kind):
                typeset_node(node)


def visit_math(self, node):
    attributes = {"class": "math notranslate nohighlight", "data-tex": node.astext()}
    self.body.append(self.starttag(node, "span", "", **attributes))
    self.body.append(typeset_node(node) + "</span>")
    raise nodes.SkipNode


def visit_math_block(self, node):
    attributes = {"class": "math notranslate nohighlight", "data-tex": node.astext()}
    self.body.append(self.starttag(node, "div", **attributes))
    # A box of its own, so that a wide formula scrolls and its number stays in sight.
    self.body.append(f'<div class="formula">{typeset_node(node)}</div>')
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def plain_math(element):
    """Return a MathML element as plain text, for titles: φ′(x), a/b, x_i, x^2, √(x)."""
    name = element.tag.rpartition("}")[2]
    parts = [plain_math(child) for child in element]
    if name == "mfrac":
        numerator, denominator = (part if len(part) == 1 else f"({part})" for part in parts)
        return f"{numerator}/{denominator}"
    if name == "msqrt":
        return f"√({''.join(parts)})"
    if name == "msub":
        return "_".join(parts)
    if name == "msup" and not set(parts[1]) <= set("′″‴"):
        return "^".join(parts)
    if name == "msubsup":
        return "{}_{}^{}".format(*parts)
    if parts:
        return "".join(parts)
    # U+2061 to U+2064 are invisible operators.
    return re.sub("[\u2061-\u2064]", "", element.text or "").strip(" \n")


def plain_formula(node):
    """Return a math node as plain text."""
    found = re.search("<math.*</math>", typeset_node(node), re.DOTALL)
    return plain_math(ElementTree.fromstring(found.group())) if found else node.astext()


def is_in_title(node):
    while node is not None and not isinstance(node, nodes.title):
        node = node.parent
    return node is not None


def searchable(tree):
    """Return a copy of a document tree for the search index.

    Formulas in titles become plain text; other formulas, and HTML comments, go. The search page shows titles as HTML.
    """
    tree = tree.deepcopy()
    for node in list(tree.findall()):
        if isinstance(node, (nodes.math, nodes.math_block)):
            node.parent.replace(node, nodes.Text(plain_formula(node) if is_in_title(node) else ""))
        elif isinstance(node, nodes.raw) and node.astext().startswith("<!--"):
            node.parent.remove(node)
    for node in list(tree.findall(nodes.Text)):
        if is_in_title(node):
            node.parent.replace(node, nodes.Text(html.escape(node.astext(), quote=False)))
    return tree


def plain_title(title):
    """Return a title as HTML without tags."""
    return searchable(title).astext()


def index_plain_text(app):
    """Give the search index plain text in place of formulas, by a wrapper around the builder's `index_page`."""
    if app.builder.format != "html":
        return
    index_page = app.builder.index_page

    def index_page_without_tex(pagename, doctree, title):
        if pagename in app.env.longtitles:
            title = plain_title(app.env.longtitles[pagename])
        index_page(pagename, searchable(doctree), title)

    app.builder.index_page = index_page_without_tex


def plain_page_title(app, pagename, templatename, context, doctree):
    if pagename in app.env.longtitles:
        context["title"] = context["pagetitle"] = plain_title(app.env.longtitles[pagename])


def write_assets(app):
    """Write MathJax's stylesheet and fonts into the site."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static", STYLESHEET).parent
    (folder / FONTS).mkdir(parents=True, exist_ok=True)
    (folder / Path(STYLESHEET).name).write_text(engine(os.getpid()).eval("stylesheet()"), encoding="utf-8")
    for font in (mathjax_folder() / "output/chtml/fonts/woff-v2").glob("*.woff"):
        shutil.copy(font, folder / FONTS)


def setup(app):
    app.add_html_math_renderer("mathjax_at_build", (visit_math, None), (visit_math_block, None))
    app.add_transform(TypesetMath)
    app.add_css_file(STYLESHEET, priority=400)
    app.connect("builder-inited", write_assets)
    app.connect("builder-inited", index_plain_text)
    app.connect("html-page-context", plain_page_title, priority=900)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
