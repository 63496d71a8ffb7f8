"""Measure a page of 200 formulas, typeset when the site is built or by MathJax in the browser.

    python benchmarks/typesetting.py [--chromium /usr/bin/chromium]

Needs what the book does not: `pip install playwright` and a Chromium. Both pages come from the same MathJax, are built
by Sphinx in a temporary folder and served from the loopback address to a browser with an empty cache, three times;
printed are the medians, in milliseconds after navigation, and what was transferred, as if compressed by gzip.
"""

import argparse
import functools
import gzip
import http.server
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book" / "_ext"))
from mathjax_at_build import engine, mathjax_folder  # noqa: E402

FORMULAS = 200
REPEATS = 3
DISPLAYED = (
    r"x^{{({i})}}_{{k}} = \sum_{{k < {i}}} w[k]\, x[Sn - P + Dk]",
    r"\frac{{\partial L}}{{\partial a_{i}}} = \begin{{bmatrix}} 1 & {i} \\ 0 & \sigma'(z) \end{{bmatrix}}^\top \bar y",
    r"\underset{{{i} \times 1}}{{y}} = \underset{{{i} \times 3}}{{A}}\,\underset{{3 \times 1}}{{x}} + \sqrt{{b + {i}}}",
)
INLINE = (r"\varphi'({i})", r"\mathbb{{R}}^{{{i}}}", r"\tfrac{{{i}}}{{2}} \le \lVert x \rVert")
LAUNCH = (
    "--no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
).split()
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
# The page is typeset when every formula is and the fonts are there; polled every frame.
TYPESET = """() => document.querySelectorAll('.math').length === FORMULAS
  && document.querySelectorAll('.math mjx-container').length === FORMULAS
  && document.fonts.status === 'loaded' && performance.now()""".replace("FORMULAS", str(FORMULAS))


def page_of_formulas():
    lines = ["Formulas", "========", ""]
    for i in range(FORMULAS // 2):
        inline = INLINE[i % len(INLINE)].format(i=i)
        displayed = DISPLAYED[i % len(DISPLAYED)].format(i=i)
        lines += [f"Line {i} with :math:`{inline}` in it.", "", f".. math:: {displayed}", ""]
    return "\n".join(lines)


def build(folder, extension, **config):
    """Build the page and return its folder and the seconds it took."""
    source = folder / "source"
    source.mkdir(parents=True)
    (source / "index.rst").write_text(page_of_formulas(), encoding="utf-8")
    (source / "conf.py").touch()
    start = time.perf_counter()
    overrides = {"extensions": [extension], "html_theme": "basic"} | config
    with docutils_namespace():
        Sphinx(source, source, folder / "html", folder / "doctrees", "html", overrides, status=None).build()
    return folder / "html", time.perf_counter() - start


def build_both(folder):
    at_build = build(folder / "at build", "mathjax_at_build")
    in_browser = build(folder / "in browser", "sphinx.ext.mathjax", mathjax_path="mathjax/tex-chtml.js")
    shutil.copytree(mathjax_folder(), in_browser[0] / "_static" / "mathjax")
    return {"when built": at_build, "in the browser": in_browser}


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        """Say nothing."""


def serve(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def measure(playwright, chromium, address):
    """Return milliseconds to the first paint and to the typeset page, and kilobytes, of one first visit."""
    browser = playwright.chromium.launch(executable_path=chromium, args=LAUNCH)
    page = browser.new_page()
    responses = []
    page.on("response", lambda response: responses.append(response))
    page.goto(address)
    typeset = page.wait_for_function(TYPESET, timeout=60_000).json_value()
    paint = page.evaluate(PAINT)
    size = sum(len(gzip.compress(response.body())) for response in responses if response.ok) / 1000
    browser.close()
    return paint, typeset, size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="path of the browser")
    options = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("This measurement needs playwright: pip install playwright", file=sys.stderr)
        return 1
    if options.chromium is None:
        print("This measurement needs a Chromium; name it with --chromium.", file=sys.stderr)
        return 1
    engine_start = time.perf_counter()
    engine(0)
    print(f"MathJax starts in V8 in {time.perf_counter() - engine_start:.2f} s.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        print(f"{FORMULAS} formulas  {'build s':>8}  {'paint ms':>8}  {'typeset ms':>10}  {'kB gzip':>8}")
        for name, (site, seconds) in build_both(Path(folder)).items():
            with serve(site) as server:
                address = f"http://127.0.0.1:{server.server_address[1]}/index.html"
                visits = [measure(playwright, options.chromium, address) for _ in range(REPEATS)]
                server.shutdown()
            paint, typeset, size = (statistics.median(values) for values in zip(*visits, strict=True))
            print(f"{name:>14}  {seconds:8.2f}  {paint:8.0f}  {typeset:10.0f}  {size:8.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
