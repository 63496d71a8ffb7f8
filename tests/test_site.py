"""The website: how it is built, and what holds for every page of it."""

import json
import os
import pathlib
import re
import shutil

import pytest
import site_checks
from scripts import load_script

ROOT = pathlib.Path(__file__).resolve().parent.parent

builder = load_script("tools/build.py")
mathjax = load_script("book/_ext/mathjax_at_build.py")


# The site of the book


@pytest.fixture(scope="module")
def site():
    return builder.build(ROOT)


def in_every_page(site, check):
    return [
        f"{path.relative_to(site)}: {problem}"
        for path in site_checks.pages(site)
        for problem in check(path.read_text(encoding="utf-8"))
    ]


def chapters():
    return sorted(path for path in (ROOT / "book").rglob("*") if path.suffix in (".ipynb", ".md"))


def source_text(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")


def test_site_has_the_pages_of_the_table_of_contents(site):
    listed = re.findall(r"(?:file|root):\s*(\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
    built = [path.relative_to(site).with_suffix("").as_posix() for path in site_checks.pages(site)]
    assert sorted(built) == sorted([*listed, "index", "search"])


def test_site_links_resolve(site):
    assert site_checks.broken_links(site) == []


def test_site_fetches_nothing_from_other_hosts(site):
    assert site_checks.third_parties(site) == []


PAGE_CHECKS = (
    site_checks.missing_alts,
    site_checks.raw_markup,
    site_checks.repeated_ids,
    site_checks.page_structure,
    site_checks.untypeset_formulas,
)


@pytest.mark.parametrize("check", PAGE_CHECKS, ids=lambda check: check.__name__)
def test_site_pages(site, check):
    assert in_every_page(site, check) == []


@pytest.mark.parametrize(("page", "prefix"), [("checks", "thm-"), ("mistakes", "mistake-"), ("exercises", "ex-")])
def test_site_lists_link_to_every_check_mistake_and_exercise(site, page, prefix):
    found = site_checks.parse((site / f"book/appendix/{page}.html").read_text(encoding="utf-8"))
    linked = {link["href"].partition("#")[2] for link in found.select("article a[href]")}
    labels = {
        label for path in chapters() for label in re.findall(rf":(?:label|name): ({prefix}\S+)", source_text(path))
    }
    assert labels
    assert labels <= linked


def test_site_search_index_is_plain_text(site):
    assert site_checks.raw_markup_in_index((site / "searchindex.js").read_text(encoding="utf-8")) == []


def test_site_labels_are_anchors(site):
    found = []
    for path in chapters():
        page = site / path.relative_to(ROOT).with_suffix(".html")
        if page.exists():
            found += site_checks.missing_labels(page.read_text(encoding="utf-8"), source_text(path))
    assert found == []


# The checks find what they look for


def make_site(folder, **files):
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="b.html">', "b.html: there is no such file"),
        ('<a href="#there">', "#there: the page has no such anchor"),
        ('<a href="other.html#there">', "other.html#there: the page has no such anchor"),
        ('<a href="../../x.html">', "../../x.html leaves the site"),
        ('<img src="figure.png">', "figure.png: there is no such file"),
        ('<link rel="stylesheet" href="a.css?v=1">', "a.css?v=1: there is no such file"),
        ('<p style="background: url(a.png)">', "a.png: there is no such file"),
    ],
)
def test_broken_link_is_found(tmp_path, html, problem):
    make_site(tmp_path, page_html=html, other_html='<p id="here">')
    assert site_checks.broken_links(tmp_path) == [f"page.html: {problem}"]


def test_broken_address_in_a_stylesheet_is_found(tmp_path):
    make_site(tmp_path, style_css="@font-face { src: url('fonts/a.woff') }")
    assert site_checks.broken_links(tmp_path) == ["style.css: fonts/a.woff: there is no such file"]


def test_good_links_pass(tmp_path):
    html = '<a href="other.html#here">a</a> <a href="#me" id="me">b</a> <a href="https://example.org/">c</a>'
    make_site(tmp_path, page_html=html, other_html='<p id="here">')
    assert site_checks.broken_links(tmp_path) == []


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://example.org/a.js"></script>',
        '<script src="//example.org/a.js"></script>',
        '<link rel="preconnect" href="https://example.org">',
        '<img src="https://example.org/a.png">',
        '<img srcset="a.png 1x, https://example.org/a.png 2x">',
        '<iframe src="https://example.org/"></iframe>',
        "<style>@import 'https://example.org/a.css';</style>",
        '<script>const ADDRESS = "https://example.org/lib.js"</script>',
    ],
)
def test_third_party_is_found(tmp_path, html):
    (found,) = site_checks.third_parties(make_site(tmp_path, page_html=html))
    assert "example.org" in found


def test_third_party_in_a_stylesheet_is_found(tmp_path):
    make_site(tmp_path, style_css="a { background: url(//example.org/a.png) }")
    assert site_checks.third_parties(tmp_path) == ["style.css: //example.org/a.png"]


def test_plain_link_out_is_no_third_party(tmp_path):
    assert site_checks.third_parties(make_site(tmp_path, page_html='<a href="https://example.org/">a</a>')) == []


@pytest.mark.parametrize(
    "alt", ["", 'alt=""', 'alt=" "', 'alt="../_images/abc.png"', 'alt="figure.svg"', 'alt="_images/abc"']
)
def test_missing_alt_is_found(alt):
    assert len(site_checks.missing_alts(f'<img src="a.png" {alt}>')) == 1


def test_alt_in_words_passes():
    assert site_checks.missing_alts('<img src="a.png" alt="Slope 0 on the left, 1 on the right">') == []


@pytest.mark.parametrize(
    "text",
    [
        "see {eq}`eq-x`",
        "see {prf:ref}`thm-x`",
        "{glue:text}x",
        ":::{note}",
        "65 536&lt;!--= scalars --&gt;",
        r"\(x\)",
        "$$x$$",
        "$x$",
        r"\begin{align}",
    ],
)
def test_raw_markup_is_found(text):
    assert site_checks.raw_markup(f"<p>{text}</p>")
    assert site_checks.raw_markup(f"<title>{text}</title>")
    assert site_checks.raw_markup(f'<a title="{text}"></a>')


def test_markup_in_code_and_comments_passes():
    assert site_checks.raw_markup("<p>65 536<!--= scalars --> <code>$x$</code></p><pre>:::{note}</pre>") == []


@pytest.mark.parametrize("text", ["4x5<!--= shape -->", "{eq}`eq-x`", "<mjx-container>", r"\\frac{1}{2}", "$x$"])
def test_raw_markup_in_index_is_found(text):
    assert site_checks.raw_markup_in_index(f'Search.setIndex({{"titles": ["{text}"]}})')


def test_repeated_id_is_found():
    assert site_checks.repeated_ids('<p id="a"><p id="a"><p id="b">') == ["the id 'a' occurs 2 times"]


def test_page_structure_is_checked():
    good = '<html lang="en"><title>Book</title><h1>Title</h1></html>'
    assert site_checks.page_structure(good) == []
    assert site_checks.page_structure(good.replace(' lang="en"', "")) == ["no language"]
    assert site_checks.page_structure(good.replace("Book", " ")) == ["no title"]
    assert site_checks.page_structure(good.replace("h1", "h2")) == ["0 headings of the first level"]
    assert site_checks.page_structure(good + "<h1>Again</h1>") == ["2 headings of the first level"]


def test_untypeset_formula_is_found():
    good = '<span class="math"><mjx-container><math><mi>x</mi></math></mjx-container></span>'
    assert site_checks.untypeset_formulas(good) == []
    assert len(site_checks.untypeset_formulas('<span class="math">x^2</span>')) == 1
    assert len(site_checks.untypeset_formulas('<div class="math"><mjx-container></mjx-container></div>')) == 1
    assert len(site_checks.untypeset_formulas(good.replace("mi>", "merror>"))) == 1
    assert len(site_checks.untypeset_formulas('<script src="_static/MathJax/tex-chtml.js"></script>')) == 1


def test_missing_label_is_found():
    source = ":::{prf:theorem} A\n:label: thm-a\n:::\n\n```{exercise}\n:label: ex-b\n```"
    assert site_checks.missing_labels('<div id="thm-a"></div>', source) == ["the label ex-b is no anchor"]


# Typesetting


def test_formula_has_glyphs_and_mathml():
    html = mathjax.typeset(r"\frac{a}{b}", True)
    assert 'display="true"' in html
    assert "<mfrac><mi>a</mi><mi>b</mi></mfrac>" in html


@pytest.mark.parametrize(
    ("tex", "message"),
    [
        (r"\foo", r"Undefined control sequence \\foo"),
        (r"\frac{1}", r"Missing argument for \\frac"),
        ("x_1_2", "Double subscripts"),
        (r"\newcommand{\R}{x}", r"Undefined control sequence \\newcommand"),
    ],
)
def test_tex_error_is_raised(tex, message):
    with pytest.raises(mathjax.TexError, match=message):
        mathjax.typeset(tex, False)


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\varphi'(x)", "φ′(x)"),
        (r"\frac{a}{b+c}", "a/(b+c)"),
        (r"x_i^2", "x_i^2"),
        (r"\mathbb{R}^n", "R^n"),
        (r"\sqrt{x+1}", "√(x+1)"),
        (r"\operatorname{ReLU}(x) < 1", "ReLU(x)<1"),
    ],
)
def test_formula_in_a_title_is_plain_text(tex, text):
    node = mathjax.nodes.math(tex, tex)
    assert mathjax.plain_formula(node) == text


def test_displayed_lines_and_equations_are_kept_apart():
    def tex(text):
        return mathjax.displayed_tex(mathjax.nodes.math_block(text, text))

    assert tex("a") == "a"
    assert tex(r"a \\ b") == r"\begin{split}a \\ b\end{split}"
    assert tex("a\n\nb") == r"\begin{aligned}a \\ b\end{aligned}"


# What tools/build.py decides

INPUTS = {"_config.yml": "1", "book/index.md": "2", "book/units/relu.ipynb": "3", "book/_ext/fix.py": "4"}
OUTPUTS = {"index.html": [10, 1]}
STAMP = {"inputs": INPUTS, "outputs": OUTPUTS}


@pytest.mark.parametrize(
    ("stamp", "inputs", "outputs", "action"),
    [
        (STAMP, INPUTS, OUTPUTS, "keep"),
        (None, INPUTS, OUTPUTS, "all"),
        (STAMP, INPUTS | {"book/index.md": "new"}, OUTPUTS, "pages"),
        (STAMP, INPUTS | {"book/index.md": "new", "_config.yml": "new"}, OUTPUTS, "all"),
        (STAMP, INPUTS | {"book/_ext/fix.py": "new"}, OUTPUTS, "all"),
        (STAMP, INPUTS | {"book/units/new.ipynb": "1"}, OUTPUTS, "all"),
        (STAMP, {name: INPUTS[name] for name in INPUTS if name != "book/index.md"}, OUTPUTS, "all"),
        (STAMP, INPUTS, {}, "pages"),
        (STAMP, INPUTS, {"index.html": [10, 2]}, "pages"),
    ],
)
def test_decision(stamp, inputs, outputs, action):
    assert builder.decide(stamp, inputs, outputs)[0] == action


class StandIn:
    """Plays Jupyter Book: writes one page, notes what it found, and fails when it is told to."""

    def __init__(self):
        self.calls, self.code = [], 0

    def __call__(self, root):
        memory = root / "_build" / ".doctrees"
        self.calls.append(sorted(file.name for file in memory.rglob("*.doctree")) if memory.exists() else [])
        for name in ("index", "units"):
            (memory / "book").mkdir(parents=True, exist_ok=True)
            (memory / "book" / f"{name}.doctree").touch()
        (root / "_build" / "html").mkdir(parents=True, exist_ok=True)
        (root / "_build" / "html" / "index.html").write_text("page")
        return self.code


@pytest.fixture
def checkout(tmp_path):
    """A small checkout in a folder with a space."""
    root = tmp_path / "a book"
    (root / "book" / "_ext").mkdir(parents=True)
    (root / "mathdnn_utils").mkdir()
    for name in ("_config.yml", "_toc.yml", "book/index.md", "book/units.md", "book/_ext/fix.py", "mathdnn_utils/a.py"):
        (root / name).write_text(name)
    return root


def test_unchanged_site_is_kept_and_said_so(checkout, capsys):
    run = StandIn()
    builder.build(checkout, run=run)
    capsys.readouterr()
    assert builder.build(checkout, run=run) == checkout / "_build" / "html"
    assert len(run.calls) == 1
    assert capsys.readouterr().out.startswith("Up to date: 2 pages, ")


@pytest.mark.parametrize(
    "name", ["_config.yml", "_toc.yml", "book/_ext/fix.py", "mathdnn_utils/a.py", "book/_ext/new.py", "book/new.md"]
)
def test_change_beside_the_pages_builds_everything(checkout, name):
    run = StandIn()
    builder.build(checkout, run=run)
    (checkout / name).write_text("changed")
    builder.build(checkout, run=run)
    assert run.calls == [[], []]


def test_changed_page_is_forgotten_and_the_others_are_not(checkout):
    run = StandIn()
    builder.build(checkout, run=run)
    (checkout / "book" / "index.md").write_text("changed")
    os.utime(checkout / "book" / "index.md", (1, 1))
    builder.build(checkout, run=run)
    assert run.calls == [[], ["units.doctree"]]


def test_removed_page_builds_everything(checkout):
    run = StandIn()
    builder.build(checkout, run=run)
    (checkout / "book" / "units.md").unlink()
    builder.build(checkout, run=run)
    assert run.calls == [[], []]


def test_output_removed_by_hand_comes_back(checkout):
    run = StandIn()
    page = builder.build(checkout, run=run) / "index.html"
    page.unlink()
    builder.build(checkout, run=run)
    assert page.exists()


def test_page_of_an_earlier_build_does_not_stay(checkout):
    run = StandIn()
    old = builder.build(checkout, run=run) / "old.html"
    old.write_text("old")
    builder.build(checkout, run=run)
    assert not old.exists()


def test_failed_build_fails_again(checkout):
    run = StandIn()
    builder.build(checkout, run=run)
    (checkout / "book" / "index.md").write_text("changed")
    run.code = 1
    for _ in range(2):
        with pytest.raises(builder.BuildError, match="errors or warnings"):
            builder.build(checkout, run=run)
    run.code = 0
    builder.build(checkout, run=run)
    assert run.calls[2:] == [[], []]


def test_interrupted_build_starts_anew(checkout):
    run = StandIn()
    builder.build(checkout, run=run)
    (checkout / "book" / "index.md").write_text("changed")

    def interrupt(root):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        builder.build(checkout, run=interrupt)
    builder.build(checkout, run=run)
    assert run.calls == [[], []]


def test_from_scratch_forgets(checkout):
    run = StandIn()
    builder.build(checkout, run=run)
    builder.build(checkout, run=run, from_scratch=True)
    assert run.calls == [[], []]


def test_installed_packages_count(checkout, monkeypatch):
    run = StandIn()
    builder.build(checkout, run=run)
    monkeypatch.setattr(builder, "installed_packages", lambda: "others")
    builder.build(checkout, run=run)
    assert run.calls == [[], []]


def test_place_in_a_notebook_is_readable(tmp_path):
    warning = f"{tmp_path}{os.sep}book/relu.ipynb:30006: WARNING: x\n{tmp_path}{os.sep}book/a.md:12: WARNING: y"
    assert builder.readable(warning, tmp_path) == (
        "book/relu.ipynb, cell 3, line 6: WARNING: x\nbook/a.md:12: WARNING: y"
    )


def test_main_reports_a_failure(monkeypatch, capsys):
    def fail(**options):
        raise builder.BuildError("warnings")

    monkeypatch.setattr(builder, "build", fail)
    assert builder.main([]) == 1
    assert capsys.readouterr().err == "warnings\n"


# A small book, really built

TABLE_OF_CONTENTS = """format: jb-book
root: book/index
chapters:
  - file: book/second
  - file: book/third
"""
INDEX = """# The start

See {prf:ref}`thm-a`, {eq}`eq-a` and [](second).
"""
SECOND = r"""# The slope $\varphi'(x)$ of 4×5<!--= shape -->

$$ a = TEX $$ (eq-a)

:::{prf:theorem} A name with $x < y$
:label: thm-a
It holds by {eq}`eq-a`.
:::

:::{prf:proof}
One.
:::

:::{prf:proof}
Two. Inline $$ x $$ too.
:::

:::{prf:lemma}
:label: lem-b
It holds.
:::

\begin{align*} a &= b \\ c &= d \end{align*}
"""


def test_small_book(tmp_path, capfd):
    """A TeX error fails the build, twice; without it all checks pass, and a new title shows on every page."""
    root = tmp_path / "a book"
    shutil.copytree(ROOT / "book", root / "book", ignore=shutil.ignore_patterns("units", "appendix", "*.md", "*.ipynb"))
    shutil.copy(ROOT / "_config.yml", root)
    (root / "_toc.yml").write_text(TABLE_OF_CONTENTS)
    (root / "book" / "index.md").write_text(INDEX, encoding="utf-8")
    (root / "book" / "third.md").write_text("# Another page\n\nIt says nothing of the others.\n", encoding="utf-8")
    second = root / "book" / "second.md"

    second.write_text(SECOND.replace("TEX", r"\foo"), encoding="utf-8")
    for _ in range(2):
        with pytest.raises(builder.BuildError):
            builder.build(root)
        assert re.search(r"second\.md:3: WARNING: TeX: Undefined control sequence \\foo", capfd.readouterr().err)

    second.write_text(SECOND.replace("TEX", r"\frac12"), encoding="utf-8")
    site = builder.build(root)
    page = (site / "book" / "second.html").read_text(encoding="utf-8")
    assert site_checks.parse(page).title.get_text().startswith("The slope φ′(x) of 4×5")
    assert len(site_checks.parse(page).article.find_all(class_="math")) == 5
    assert site_checks.missing_labels(page, SECOND) == []
    assert site_checks.anchors(site_checks.parse(page)) >= {"equation-eq-a"}
    assert "(1)" in site_checks.parse(page).find(class_="eqno").get_text()
    assert "equation-eq-a" in (site / "book" / "index.html").read_text(encoding="utf-8")

    second.write_text(SECOND.replace("TEX", r"\frac12").replace("The slope", "The gradient"), encoding="utf-8")
    assert builder.build(root) == site
    for name in ("index", "second", "third"):
        assert "The gradient" in (site / "book" / f"{name}.html").read_text(encoding="utf-8")
    assert site_checks.broken_links(site) == site_checks.third_parties(site) == []
    for check in PAGE_CHECKS:
        assert in_every_page(site, check) == []
    assert site_checks.raw_markup_in_index((site / "searchindex.js").read_text(encoding="utf-8")) == []
