"""Lists that are made when the site is built, from what the notebooks store: all checks, all mistakes, all exercises.

Nothing is typed twice: a claim is on the list because a check printed its line, a mistake because a chapter holds it.
"""

import json
import re
from pathlib import Path

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

HOLDS = re.compile(r"^(\S+): holds \(([^,]+), (\d+) cases?, tolerance ([^)]+)\)$", re.MULTILINE)
THEOREM = re.compile(r"^[`:]{3,}\{prf:\w+\} (?P<title>.*)\n:label: (?P<label>\S+)$", re.MULTILINE)
MISTAKE = re.compile(r"^:::\{admonition\} Mistake: (?P<title>.*)\n(?:^:.*\n)*?^:name: (?P<name>\S+)$", re.MULTILINE)
EXERCISE = re.compile(
    r"^[`:]{3,}\{exercise(?:-start)?\} (?P<title>.*)\n(?:^:.*\n)*?^:label: (?P<label>\S+)$", re.MULTILINE
)
GRADE = re.compile(r"[★\s]*")
HINT = re.compile(r"^  (?!warning:)([a-z-]+): ", re.MULTILINE)
WRONG_LINE = re.compile(r"^wrong: line \d+ \(([\w-]+)\) does not equal line", re.MULTILINE)
DISAGREEMENT = re.compile(r"^  (?:entry \[[^]]*\]: )?(claimed .*)$", re.MULTILINE)

# Marks the pages that hold a list, in Sphinx's metadata.
LISTS = "book-lists"


def joined(text):
    """A text that a notebook stores whole or in lines."""
    return text if isinstance(text, str) else "".join(text)


def printed(cell):
    """What a code cell has printed, and its reports, which are shown as tables, as text."""
    texts = [
        joined(output["text"] if output.get("name") == "stdout" else output.get("data", {}).get("text/plain", ""))
        for output in cell["outputs"]
        if output.get("name") != "stderr"
    ]
    return "\n".join(text.rstrip("\n") for text in texts) + "\n"


def checks(notebook):
    """The checks of a notebook: (label, kind of oracle, number of cases, tolerance), each kind of a claim once."""
    found = [
        match.groups()
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        for match in HOLDS.finditer(printed(cell))
    ]
    return list(dict.fromkeys(found))


def titles(notebook):
    """The titles of theorems by their labels."""
    text = "\n".join(joined(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return {match["label"]: match["title"] for match in THEOREM.finditer(text)}


def mistakes(notebook):
    """The mistakes of a notebook: (name, title, what the report in the next code cell says)."""
    found, waiting = [], None
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            for match in MISTAKE.finditer(joined(cell["source"])):
                waiting = match["name"], match["title"]
        elif cell["cell_type"] == "code" and waiting:
            found.append((*waiting, verdict(printed(cell))))
            waiting = None
    return found


def exercises(notebook):
    """The exercises of a notebook: (label, grade, title)."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            for match in EXERCISE.finditer(joined(cell["source"])):
                grade = GRADE.match(match["title"])[0]
                found.append((match["label"], grade.strip(), match["title"].removeprefix(grade).strip()))
    return found


def verdict(report):
    """What a report says in few words: the line, or the hints, or else the entry that is furthest off."""
    line = WRONG_LINE.search(report)
    if line:
        return f"line {{eq}}`{line[1]}` fails"
    hints = HINT.findall(report)
    if hints:
        return ", ".join(f"`{hint}`" for hint in hints)
    disagreement = DISAGREEMENT.search(report)
    return disagreement[1] if disagreement else "wrong"


def listed_notebooks(root):
    """The notebooks of the table of contents, in its order, as paths relative to the root without their ending."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    files = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    return [file for file in files if (root / f"{file}.ipynb").exists()]


def table(head, rows):
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def checks_table(notebook):
    """One row a claim: what it is, and by which oracles it is checked."""
    oracles = {}
    for label, kind, cases, tolerance in checks(notebook):
        oracles.setdefault(label, []).append(f"{kind} ({cases} cases, tolerance {tolerance})")
    known = titles(notebook)
    rows = [
        [f"{{prf:ref}}`{label}` {known.get(label, '')}".strip(), "; ".join(kinds)] for label, kinds in oracles.items()
    ]
    return table(["claim", "checked by"], rows) if rows else []


def mistakes_table(notebook):
    """One row a mistake: its title as a link, and what the report says of it."""
    rows = [[f"{{ref}}`{title} <{name}>`", words] for name, title, words in mistakes(notebook)]
    return table(["mistake", "the report says"], rows) if rows else []


def exercises_table(notebook):
    """One row an exercise: its number as a link, its grade, its title."""
    rows = [[f"{{numref}}`{label}`", grade, title] for label, grade, title in exercises(notebook)]
    return table(["exercise", "grade", "title"], rows) if rows else []


class ChapterTables(SphinxDirective):
    """A table for each chapter that has something to list."""

    rows = None

    def run(self):
        text = []
        root = Path(self.env.srcdir)
        self.env.metadata[self.env.docname][LISTS] = True
        for file in listed_notebooks(root):
            notebook = json.loads((root / f"{file}.ipynb").read_text(encoding="utf-8"))
            lines = type(self).rows(notebook)
            if lines:
                text += [f"**{{doc}}`/{file}`**", "", *lines, ""]
        container = nodes.container()
        self.state.nested_parse(StringList(text, self.env.docname), self.content_offset, container)
        return container.children


class ListOfChecks(ChapterTables):
    rows = staticmethod(checks_table)


class ListOfMistakes(ChapterTables):
    rows = staticmethod(mistakes_table)


class ListOfExercises(ChapterTables):
    rows = staticmethod(exercises_table)


def outdated_lists(app, env, added, changed, removed):
    """The pages with a list are read again when any other page is.

    A dependency on the notebooks would go by the times of files, and miss a notebook that is older than the one before.
    """
    if not (added or changed or removed):
        return []
    return [page for page, metadata in env.metadata.items() if LISTS in metadata]


def setup(app):
    app.connect("env-get-outdated", outdated_lists)
    app.add_directive("list-of-checks", ListOfChecks)
    app.add_directive("list-of-mistakes", ListOfMistakes)
    app.add_directive("list-of-exercises", ListOfExercises)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
