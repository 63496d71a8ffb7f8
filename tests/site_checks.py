"""What must hold for every page of the built site. Each check returns a list of problems, empty when there is none."""

import gc
import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, NavigableString, Tag

# What a visible text shows if a role, a directive, a formula or a number binding was not understood.
RAW_MARKUP = re.compile(r"\{[a-z]+(:[a-z]+)?\}`|\{(glue|eq|ref|numref|doc|prf)\b|:::|```|<!--|\\\(|\\\[|\\begin|\$")
RAW_INDEX = re.compile(r"<!--|\{[a-z]+(:[a-z]+)?\}`|:::|mjx-|\\\\[a-z]+\{|\$")
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]*)["']?\s*\)|@import\s+["']([^"']*)["']""")
# Attributes by which a page fetches something; the href of <a> is followed by the reader only.
FETCHING = ("src", "srcset", "poster", "data", "action")
IMAGE_FILE = re.compile(r"\.(png|jpe?g|svg|gif|webp)$", re.IGNORECASE)


@lru_cache(maxsize=None)
def parse(html):
    """A page, parsed once for all checks, none of which may change it."""
    # Its elements stay: to look for some that can be freed, again and again meanwhile, would take as long as to parse.
    enabled = gc.isenabled()
    gc.disable()
    try:
        return BeautifulSoup(html, "html.parser")
    finally:
        if enabled:
            gc.enable()


def parse_file(path):
    return parse(path.read_text(encoding="utf-8"))


def pages(folder):
    """Return the pages of a site; themes leave templates in _static."""
    return sorted(path for path in folder.rglob("*.html") if "_static" not in path.parts)


def is_external(address):
    return address.startswith("//") or urlsplit(address).scheme in ("http", "https", "ws", "wss", "ftp")


def css_addresses(css):
    return [first or second for first, second in CSS_URL.findall(css)]


def split_srcset(value):
    return [candidate.split()[0] for candidate in value.split(",") if candidate.strip()]


def fetched(page):
    """Return the addresses that a browser fetches for a page, in one walk over its elements."""
    addresses = []
    for element in page.find_all(True):
        given = element.attrs
        if element.name == "link" and "href" in given:
            addresses.append(given["href"])
        for attribute in FETCHING:
            if attribute in given:
                addresses += split_srcset(given[attribute]) if attribute == "srcset" else [given[attribute]]
        if "style" in given:
            addresses += css_addresses(given["style"])
        if element.name == "style":
            addresses += css_addresses(element.get_text())
    return [address for address in addresses if not address.startswith("data:")]


def anchors(page):
    named = [element["name"] for element in page.find_all("a", attrs={"name": True})]
    return {element["id"] for element in page.find_all(id=True)} | set(named)


def visible_strings(element, hidden):
    """The texts of an element and of what is in it, except in elements of some names."""
    for child in element.children:
        if isinstance(child, Tag):
            if child.name not in hidden:
                yield from visible_strings(child, hidden)
        elif type(child) is NavigableString:
            yield child


def broken_address(folder, base, address, anchors_of):
    """Return the problem of one address in the file `base`, or None; `anchors_of` gives the anchors of a page."""
    if is_external(address) or address.startswith(("data:", "mailto:", "javascript:")):
        return None
    path, fragment = unquote(urlsplit(address).path), unquote(urlsplit(address).fragment)
    target = (base.parent / path).resolve() if path else base
    if not target.is_relative_to(folder.resolve()):
        return f"{address} leaves the site"
    if not target.is_file():
        return f"{address}: there is no such file"
    if fragment and target.suffix == ".html" and fragment not in anchors_of(target):
        return f"{address}: the page has no such anchor"
    return None


def broken_links(folder):
    """Every link, image, script, style and font of the site is in the site, and every anchor in its page."""
    folder = folder.resolve()
    anchors_of = lru_cache(maxsize=None)(lambda path: anchors(parse_file(path)))
    addresses = [
        (path, address)
        for path in pages(folder)
        for page in [parse_file(path)]
        for address in [element["href"] for element in page.find_all(["a", "area"], href=True)] + fetched(page)
    ]
    addresses += [
        (path, address)
        for path in sorted(folder.rglob("*.css"))
        for address in css_addresses(path.read_text(encoding="utf-8"))
        if address
    ]
    found = [(path, broken_address(folder, path, address, anchors_of)) for path, address in addresses]
    return [f"{path.relative_to(folder)}: {problem}" for path, problem in found if problem]


def third_parties(folder):
    """No page fetches anything from another host, nor names an address in a script of its own."""
    found = []
    for path in pages(folder):
        page = parse_file(path)
        found += [f"{path.relative_to(folder)}: {address}" for address in fetched(page) if is_external(address)]
        for script in page.find_all("script", src=False):
            addresses = re.findall(r"""https?://[^"'\s]+""", script.get_text())
            found += [f"{path.relative_to(folder)}: script names {address}" for address in addresses]
    for path in sorted(folder.rglob("*.css")):
        addresses = css_addresses(path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(folder)}: {address}" for address in addresses if is_external(address)]
    return found


def missing_alts(html):
    """Every image says in words what it shows."""
    found = []
    for image in parse(html).find_all("img"):
        alt = image.get("alt", "").strip()
        if not alt:
            found.append(f"{image.get('src')} has no alt text")
        elif IMAGE_FILE.search(alt) or "/" in alt and " " not in alt:
            found.append(f"the alt text {alt!r} is a file name")
    return found


def excerpts(pattern, *texts):
    """Return what surrounds each match."""
    return [
        f"raw text {text[max(0, match.start() - 20) : match.end() + 30]!r}"
        for text in texts
        for match in pattern.finditer(text)
    ]


def raw_markup(html):
    """No role, directive, formula or number binding shows as text, in titles and attributes neither."""
    page = parse(html)
    texts = ["".join(visible_strings(page, ("script", "style", "pre", "code")))]
    for attribute in ("title", "alt", "aria-label"):
        texts += [element[attribute] for element in page.find_all(attrs={attribute: True})]
    texts += [element["content"] for element in page.find_all("meta", content=True)]
    return excerpts(RAW_MARKUP, *texts)


def raw_markup_in_index(index):
    """The search index has no number binding and no TeX in its titles and words."""
    return excerpts(RAW_INDEX, index)


def repeated_ids(html):
    """Every id occurs once in its page."""
    ids = [element["id"] for element in parse(html).find_all(id=True)]
    return [f"the id {name!r} occurs {ids.count(name)} times" for name in sorted(set(ids)) if ids.count(name) > 1]


def page_structure(html):
    """A page has a language, a title and exactly one heading of the first level."""
    page = parse(html)
    found = []
    if not (page.html and page.html.get("lang")):
        found.append("no language")
    if not (page.title and page.title.get_text(strip=True)):
        found.append("no title")
    headings = [heading for heading in page.find_all("h1") if heading.get_text(strip=True)]
    if len(headings) != 1:
        found.append(f"{len(headings)} headings of the first level")
    return found


def untypeset_formulas(html):
    """Every formula is typeset, without an error, and has MathML; no script typesets in the browser."""
    page = parse(html)
    found = []
    for formula in page.find_all(class_="math"):
        if not formula.find("mjx-container"):
            found.append(f"not typeset: {formula.get_text()[:60]!r}")
        elif not formula.find("math"):
            found.append(f"no MathML: {formula.get('data-tex', '')[:60]!r}")
    found += [f"TeX error: {error.get_text()[:60]!r}" for error in page.find_all(["mjx-merror", "merror"])]
    scripts = [script["src"] for script in page.find_all("script", src=True)]
    return found + [f"a script typesets in the browser: {source}" for source in scripts if "mathjax" in source.lower()]


def labels(source):
    """Return the labels of the directives in a chapter's source (of a theorem, an exercise, a mistake)."""
    return re.findall(r"^:(?:label|name):\s*(\S+)\s*$", source, re.MULTILINE)


def missing_labels(html, source):
    """Every label of a chapter is an anchor of its page."""
    known = anchors(parse(html))
    return [f"the label {label} is no anchor" for label in labels(source) if label not in known]
