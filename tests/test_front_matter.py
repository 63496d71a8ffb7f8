"""What a newcomer opens first is true: code blocks give what stands below them, versions agree, names exist."""

import contextlib
import importlib.metadata
import inspect
import io
import re
import tomllib

import notebooks as guards
import pytest
import yaml
from PIL import Image
from scripts import ROOT, load_script

import mathdnn_utils
from mathdnn_utils.verify.compare import CODES

# A block of Python, and the block of text right below it, if there is one: what it prints.
EXAMPLE = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\s*^```text\n(?P<text>.*?)^```\n)?", re.MULTILINE | re.DOTALL)
WITH_EXAMPLES = ("README.md", "CONTRIBUTING.md", "book/using.md")
FRONT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "book/using.md", "book/index.md")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


# Code blocks


def wrong_examples(page):
    """Where the Python blocks of a page print something else than the text below them: (code, shown, printed)."""
    namespace, found = {"__name__": "page"}, []
    for example in EXAMPLE.finditer(page):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(example["code"], "<page>", "exec"), namespace)
        if printed.getvalue() != (example["text"] or ""):
            found.append((example["code"], example["text"], printed.getvalue()))
    return found


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_code_blocks_print_what_stands_below_them(name):
    page = read(name)
    assert page.count("```python\n") == len(EXAMPLE.findall(page)) > 0
    assert page.count("```text\n") == sum(bool(text) for _, text in EXAMPLE.findall(page)) > 0
    assert wrong_examples(page) == []


@pytest.mark.parametrize(
    "page",
    [
        "```python\nprint(6 * 7)\n```\n\n```text\n41\n```\n",
        "```python\nprint(6 * 7)\n```\n",
        "```python\n6 * 7\n```\n```text\n42\n```\n",
    ],
)
def test_an_example_that_prints_something_else_is_found(page):
    assert len(wrong_examples(page)) == 1


def test_examples_of_a_page_share_their_names():
    assert wrong_examples("```python\na = 6\n```\nand\n```python\nprint(a * 7)\n```\n\n```text\n42\n```\n") == []


def test_using_shows_each_function_that_checks():
    shown = "\n".join(code for code, _ in EXAMPLE.findall(read("book/using.md")))
    for name in ("check_jacobian", "check_gradient", "check_identity", "check_steps", "compare"):
        assert re.search(rf"print\(\s*{name}\(", shown)


# Names of commands, files and guards


def targets():
    return set(re.search(r"^\.PHONY: (.*)", read("Makefile"), re.MULTILINE)[1].split())


@pytest.mark.parametrize("name", FRONT)
def test_every_make_command_exists(name):
    asked = re.findall(r"(?:^|`|&& )make ([a-z]+)", read(name), re.MULTILINE)
    assert set(asked) <= targets()


# What the commands make, and a reader's own.
MADE = ("_build/", "work/", "handouts/", ".venv/", ".venv-lab/", "try.py")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "book/using.md"])
def test_every_file_that_is_named_exists(name):
    text = read(name)
    code = re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:md|py|toml|txt|cff))`", text)
    prose = re.sub(r"`[^`\n]+`", "", text)
    linked = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in link]
    folder = (ROOT / name).parent
    missing = [path for path in linked if path and not (folder / path).exists()]
    # A reader puts another name there.
    real = [path for path in code if not path.startswith(MADE) and "NAME" not in path and "MODULE" not in path]
    missing += [path for path in real if not (ROOT / path).exists() and not (ROOT / "book" / path).exists()]
    assert missing == []


def test_every_test_that_is_named_exists():
    named = re.findall(r"`(test_\w+)`", read("CONTRIBUTING.md"))
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    assert named and [name for name in named if f"def {name}(" not in tests] == []


def guards_of_the_book():
    """The names of all guards on notebooks: every notebook's, the chapters', the whole book's."""
    used = re.findall(r"guards\.(\w+_problems)\(", (ROOT / "tests/test_notebooks.py").read_text(encoding="utf-8"))
    return {guard.__name__ for guard in [*guards.GUARDS, *guards.CHAPTER_GUARDS]} | set(used)


def test_the_table_of_guards_has_every_guard():
    listed = re.findall(r"^\| `(\w+_problems)` \| [^|]+ \| [^|]+ \|$", read("CONTRIBUTING.md"), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == guards_of_the_book()
    assert {"shared_label_problems", "registry_problems", "unbound_problems"} <= set(listed)
    assert all(inspect.isfunction(getattr(guards, name)) for name in listed)


def test_the_table_of_guards_has_the_limits_of_the_guards():
    (size,) = re.findall(r"^\| `size_problems` \| (.*?) \|", read("CONTRIBUTING.md"), re.MULTILINE)
    assert tuple(map(int, re.findall(r"\d+", size))) == guards.WORDS + guards.CODE_CELLS
    assert guards.EXERCISES == 5 and "five exercises" in read("CONTRIBUTING.md")


def chapters_in_contents():
    """The chapters of the table of contents, relative to the book."""
    parts = yaml.safe_load(read("_toc.yml"))["parts"]
    files = [chapter["file"].removeprefix("book/") for part in parts for chapter in part["chapters"]]
    return [file for file in files if guards.is_chapter(file)]


def mapped_chapters(page):
    """The chapters of the map of the course, and whether each row says where it fits and what it needs."""
    section = page.partition("\n## Teach with it\n")[2].partition("\n## ")[0]
    rows = [[entry.strip() for entry in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {re.fullmatch(r"\[\]\((.+)\.ipynb\)", row[1])[1]: all(row) for row in rows[2:]}


def test_every_chapter_is_in_the_map_of_the_course():
    mapped = mapped_chapters(read("book/using.md"))
    assert chapters_in_contents()
    missing = [file for file in chapters_in_contents() if not mapped.get(file)]
    assert not missing, f"{missing} have no full row under 'Teach with it' in book/using.md"
    assert set(mapped) == set(chapters_in_contents())


@pytest.mark.parametrize("file", chapters_in_contents())
def test_every_chapter_is_on_the_front_page(file):
    assert f"]({file})" in read("book/index.md"), f"{file} has no row in the table of book/index.md"


# Versions, citation, licence


def version():
    return tomllib.loads(read("pyproject.toml"))["project"]["version"]


def test_the_version_is_the_same_everywhere():
    assert mathdnn_utils.__version__ == version()
    assert yaml.safe_load(read("CITATION.cff"))["version"] == version()
    assert re.findall(r"^## ([0-9]\S*)$", read("CHANGELOG.md"), re.MULTILINE)[0] == version()
    cited = re.findall(r"[Vv]ersion:? +(\d+\.\d+\.\d+)", read("book/using.md") + read("README.md"))
    assert len(cited) >= 3 and set(cited) == {version()}


def test_the_citation_file_has_what_the_format_requires():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"] and citation["title"] and citation["type"] in ("software", "dataset")
    assert citation["authors"] == [{"name": "The MathDNN authors"}]
    assert all(isinstance(citation[key], str) for key in ("version", "message", "title", "abstract"))
    known = {"cff-version", "message", "title", "abstract", "type", "authors", "version", "keywords"}
    assert set(citation) <= known


def test_the_title_is_the_same_where_it_is_cited():
    title = yaml.safe_load(read("CITATION.cff"))["title"]
    for name, count in (("README.md", 1), ("book/using.md", 2)):
        assert " ".join(read(name).replace("{MathDNN}", "MathDNN").split()).count(title) == count


def test_the_changes_have_a_place_for_errata():
    changes = read("CHANGELOG.md")
    assert changes.startswith("# Changes\n")
    assert "\n## Errata\n" in changes
    assert "../../CHANGELOG.md" in read("book/appendix/changes.md")


def test_the_licences_are_named_and_given():
    licence, project = read("LICENSE"), tomllib.loads(read("pyproject.toml"))["project"]
    assert "Redistribution and use in source and binary forms" in licence
    assert "The MathDNN authors" in licence
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in licence
    assert project["license"] == "BSD-3-Clause" and project["license-files"] == ["LICENSE"]
    for name in ("README.md", "book/using.md"):
        assert "CC BY 4.0" in read(name) and "BSD-3-Clause" in read(name)


def test_every_file_at_the_top_and_every_folder_has_a_licence():
    licence = read("LICENSE")
    for folder in ("mathdnn_utils", "tests", "tools", "benchmarks", ".ci"):
        assert (ROOT / folder).is_dir() and f"{folder}/" in licence
    endings = {path.suffix for path in (ROOT / "book" / "_static").iterdir()}
    assert all(ending in licence for ending in endings)
    assert {path.name for path in ROOT.glob("*.md")} <= set(re.findall(r"[A-Z]+\.md", licence))


def test_the_package_that_is_installed_is_this_one():
    assert importlib.metadata.version("mathdnn-utils") == version()


# The picture


picture = load_script("tools/picture.py")


def test_the_picture_is_not_stale():
    with Image.open(picture.PICTURE) as stored:
        stored.load()
        inside = stored.text["Description"]
    assert picture.render()[1] == inside


def test_a_changed_picture_has_another_description(monkeypatch):
    before = picture.render()[1]
    monkeypatch.setattr(picture, "X", picture.X + [0, 0, 0.01])
    assert picture.render()[1] != before


def test_the_picture_shows_the_numbers_and_the_report():
    description = picture.render()[1].replace("\n      ", " ")
    for words in ("−0.163", "−0.060", "−0.022", "0.185", "6 of 9 entries of the Jacobian", "diagonal-only"):
        assert words in description


@pytest.mark.parametrize("name", ["README.md", "book/using.md"])
def test_the_picture_is_shown_with_words_for_it(name):
    ((alt, path),) = re.findall(r"!\[([^]]*)\]\(([^)]*)\)", read(name))
    assert len(alt) > 60
    assert ((ROOT / name).parent / path).resolve() == picture.PICTURE


def test_the_picture_is_drawn_where_it_is_asked_for(tmp_path, capsys):
    picture.main([str(tmp_path / "p.png")])
    assert capsys.readouterr().out == f"Drawn: {tmp_path / 'p.png'}\n"
    with Image.open(tmp_path / "p.png") as drawn:
        # Twice the width of a phone's screen at least.
        assert drawn.width >= 720


# Names of mistakes


def test_every_name_that_a_report_can_give_is_in_the_table_and_its_example_is_found():
    notebook = guards.load(ROOT / "book" / "check-yours.ipynb")
    text = "\n".join(guards.joined(cell["source"]) for cell in notebook["cells"])
    assert re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE) == list(CODES)
    printed = "\n".join(guards.stream_text(cell) for cell in notebook["cells"] if cell["cell_type"] == "code")
    assert f"{len(CODES)} examples, {len(CODES)} names" in printed and "NOT FOUND" not in printed
