"""Write copies of the chapters without their solutions into handouts/, to hand out to a class.

    python tools/handouts.py [CHAPTER ...]                   all chapters, or these (relu, or book/units/relu.ipynb)
    python tools/handouts.py --clear-outputs [CHAPTER ...]   with the outputs removed too

A copy runs: where the package is installed, every cell gives the output that is stored in it. What a chapter links to
is copied along if it can be read as a file. A file in handouts/ that somebody has changed is left as it is, and said
to be so; the exit code is 1 then.
"""

import argparse
import copy
import hashlib
import json
import os
import re
import sys
from pathlib import Path

import nbformat
import yaml

from mathdnn_utils.verify.prose import bindings, cells, free_names, names_in_code

ROOT = Path(__file__).resolve().parent.parent
HANDOUTS = "handouts"
# In handouts/: the digest of every file as it was written, so that a change is noticed.
RECORD = ".written.json"

EXERCISE = re.compile(r"^[`:]{3,}\{exercise(?:-start)?\}", re.MULTILINE)
START = re.compile(r"^[`:]{3,}\{solution-start\}[ \t]*(?P<label>\S*)", re.MULTILINE)
END = re.compile(r"^[`:]{3,}\{solution-end\}", re.MULTILINE)
LABEL = re.compile(r"^:(?:label|name):[ \t]*(\S+)[ \t]*$|\$\$[ \t]*\(([\w:.-]+)\)", re.MULTILINE)
REFERENCE = re.compile(r"\{(?:eq|ref|numref|prf:ref)\}`(?:[^`<]*<)?([^`<>]+)>?`")
BINDING = re.compile(r"<!--=((?:(?!-->).)*)-->", re.DOTALL)
# Bindings of neighbouring numbers of one formula: they count from its end, so they stay or go together.
BINDINGS = re.compile(rf"(?:{BINDING.pattern}[ \t]*\n?[ \t]*)*{BINDING.pattern}", re.DOTALL)
COUNTED = re.compile(r"\b\d+ numbers? in the text agrees?\b")
LINK = re.compile(r"(?P<image>!?)\[(?P<words>[^\[\]]*)\]\((?P<target>[^()\s]+)\)")
DIRECTIVE = re.compile(r"^[`:]{3,}\{", re.MULTILINE)
# Code, where nothing is a link.
CODE = re.compile(r"^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)|(?P<ticks>`+)[^`\n]+(?P=ticks)", re.MULTILINE | re.DOTALL)


class HandoutError(RuntimeError):
    """A hand-out that cannot be made; the message says why."""


# --- which chapters ------------------------------------------------------------------------------------------------


def listed(root):
    """The notebooks of the table of contents, as paths."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    names = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    return [path for name in names if (path := root / f"{name}.ipynb").exists()]


def read(path):
    """A notebook, in the present format."""
    return nbformat.read(path, as_version=4)


def has_exercises(notebook):
    return any(EXERCISE.search(text) for _, text in cells(notebook, "markdown"))


def chapters(root):
    """The paths of the chapters: the notebooks of the table of contents that have exercises."""
    return [path for path in listed(root) if has_exercises(read(path))]


def chosen(root, names):
    """The chapters with these names, in the order of the book; all if there are none.

    Raises
    ------
    HandoutError
        If no chapter has such a name.
    """
    known = {path.relative_to(root / "book").with_suffix("").as_posix(): path for path in chapters(root)}
    wanted = set()
    for name in names:
        short = name.replace("\\", "/").removeprefix("./").removeprefix("book/").removesuffix(".ipynb")
        found = [full for full in known if short in (full, full.rpartition("/")[2])]
        if len(found) != 1:
            raise HandoutError(f"There is no chapter {name}. The chapters are {', '.join(known)}.")
        wanted.add(found[0])
    return [path for full, path in known.items() if not names or full in wanted]


# --- a copy without solutions --------------------------------------------------------------------------------------


def split(notebook, name):
    """The cells that stay and those of the solutions with their markers, each as (number, cell), numbered from 1."""
    kept, solutions, inside = [], [], None
    for number, cell in enumerate(notebook.cells, start=1):
        text = cell.source if cell.cell_type == "markdown" else ""
        start, end = START.search(text), END.search(text)
        if start and (inside or end) or end and not inside:
            raise HandoutError(f"{name}: cell {number} begins or ends a solution where none can begin or end.")
        if start:
            inside = start["label"]
        (solutions if inside else kept).append((number, cell))
        if end:
            inside = None
    if inside:
        raise HandoutError(f"{name}: the solution of {inside} has no solution-end, so it cannot be told from the rest.")
    return kept, solutions


def assigned(cell):
    """The names that a code cell gives values."""
    names, imported, _ = names_in_code({"cells": [cell]})
    return names | imported


def looked_up(cell):
    """The names that a code cell, or a function in it, looks up outside itself."""
    return free_names(re.sub(r"(?m)^[ \t]*[%!].*$", "", cell.source), "exec")


def lost_names(notebook, solutions, name):
    """The names whose values, at the end of the chapter, come from a solution.

    Raises
    ------
    HandoutError
        If a cell that stays looks up a value that a solution before it assigned: it would not run.
    """
    removed = {number for number, _ in solutions}
    lost = set()
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        if number in removed:
            lost |= assigned(cell)
            continue
        needed = sorted(lost & looked_up(cell) - assigned(cell))
        if needed:
            raise HandoutError(
                f"{name}: cell {number} needs {', '.join(needed)} from a solution, so it would not run without it. "
                "Assign it in a cell of the chapter."
            )
        lost -= assigned(cell)
    return lost


def without_solutions(notebook, name):
    """A copy of a notebook without its solutions.

    A binding whose value only a solution knows is dropped with it, the number it stood for stays. The last cell's
    stored count of compared numbers is brought up to date, and the cells are counted anew.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    name : str
        What to call it in errors.

    Raises
    ------
    HandoutError
        If a solution is not closed, or if what remains needs something that only a solution has.
    """
    notebook = copy.deepcopy(notebook)
    kept, solutions = split(notebook, name)
    lost = lost_names(notebook, solutions, name)

    def bound_still(match):
        names = {name for expression in BINDING.findall(match[0]) for name in free_names(expression.strip())}
        return "" if names & lost else match[0]

    labels = {a or b for _, cell in solutions if cell.cell_type == "markdown" for a, b in LABEL.findall(cell.source)}
    count = 0
    for number, cell in kept:
        if cell.cell_type == "code":
            count += 1
            if cell.execution_count is not None:
                cell.execution_count = count
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
        elif cell.cell_type == "markdown":
            cell.source = BINDINGS.sub(bound_still, cell.source)
            missed = sorted(labels & set(REFERENCE.findall(cell.source)))
            if missed:
                raise HandoutError(f"{name}: cell {number} refers to {missed[0]}, which only a solution holds.")
    notebook.cells = [cell for _, cell in kept]
    recount(notebook)
    return notebook


def recount(notebook):
    """Bring the number of bound numbers in the stored output of check_prose up to date."""
    found = len(bindings(notebook))
    words = "1 number in the text agrees" if found == 1 else f"{found} numbers in the text agree"
    for cell in notebook.cells:
        if cell.cell_type == "code" and "check_prose(" in cell.source:
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.text = COUNTED.sub(words, output.text)


def clear(notebook):
    """Remove all outputs."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


# --- what the copies link to ---------------------------------------------------------------------------------------


def title(path):
    """The title of a page, for links that name none."""
    notebook = path.suffix == ".ipynb"
    text = "\n".join(cell.source for cell in read(path).cells) if notebook else path.read_text(encoding="utf-8")
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    return heading[1].strip() if heading else path.stem


def target_of(link, page):
    """The file that a relative link leads to, or None; a page may be named without its ending."""
    if re.match(r"[a-z][a-z+.-]*:|#|/", link):
        return None
    path = (page.parent / link.partition("#")[0]).resolve()
    for candidate in (path, path.with_name(path.name + ".ipynb"), path.with_name(path.name + ".md")):
        if candidate.is_file():
            return candidate
    return None


def readable_as_file(path, book, every_chapter):
    """Whether a page says what it says without the website, and gives no solution away."""
    if path in every_chapter or not path.is_relative_to(book):
        return False
    return path.suffix != ".md" or not DIRECTIVE.search(path.read_text(encoding="utf-8"))


def relink(text, page, goes_along, found):
    """The text of a page with links that work in the copies: one that leads to nothing there keeps its words."""

    def link(match):
        if any(start <= match.start() < end for start, end in verbatim):
            return match[0]
        target = target_of(match["target"], page)
        if target is None:
            return match[0]
        words = match["words"] or title(target)
        if not goes_along(target):
            return words
        found.append(target)
        anchor = match["target"].partition("#")[1] + match["target"].partition("#")[2]
        where = Path(os.path.relpath(target, page.parent)).as_posix()
        return f"{match['image']}[{words}]({where}{anchor})"

    verbatim = [match.span() for match in CODE.finditer(text) if not match[0].lstrip("`~").startswith("{")]
    return LINK.sub(link, text)


def make(root, paths, *, clear_outputs=False):
    """The hand-outs of some chapters with all that goes along, as bytes by their paths relative to the book."""
    book, every_chapter = (root / "book").resolve(), {path.resolve() for path in chapters(root)}
    waiting, made = [path.resolve() for path in paths], {}
    selected = set(waiting)

    def goes_along(path):
        return path in selected or readable_as_file(path, book, every_chapter)

    while waiting:
        path = waiting.pop()
        name = path.relative_to(book)
        if name in made:
            continue
        found = []
        if path.suffix == ".ipynb":
            notebook = without_solutions(read(path), name.as_posix())
            for cell in notebook.cells:
                if cell.cell_type == "markdown":
                    cell.source = relink(cell.source, path, goes_along, found)
            if clear_outputs:
                clear(notebook)
            made[name] = (nbformat.writes(notebook).rstrip("\n") + "\n").encode("utf-8")
        elif path.suffix == ".md":
            made[name] = relink(path.read_text(encoding="utf-8"), path, goes_along, found).encode("utf-8")
        else:
            made[name] = path.read_bytes()
        waiting += found
    return made


# --- writing -------------------------------------------------------------------------------------------------------


def digest(data):
    return hashlib.sha256(data).hexdigest()


def write(folder, made):
    """Write what is new; leave what somebody has changed.

    Returns
    -------
    tuple of three lists of str
        The files that were written, that were up to date, and that somebody has changed.
    """
    folder.mkdir(exist_ok=True)
    record_file = folder / RECORD
    record = json.loads(record_file.read_text(encoding="utf-8")) if record_file.exists() else {}
    written, same, changed = [], [], []
    for path, data in sorted(made.items()):
        name, target = path.as_posix(), folder / path
        present = digest(target.read_bytes()) if target.exists() else None
        if present == digest(data):
            same.append(name)
        elif present not in (None, record.get(name)):
            changed.append(name)
            continue
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(target.name + ".part")
            part.write_bytes(data)
            os.replace(part, target)
            written.append(name)
        record[name] = digest(data)
    record_file.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return written, same, changed


def report(written, same, changed):
    """The lines that say what happened."""
    lines = [f"Written to {HANDOUTS}/: {', '.join(written)}."] if written else []
    if same:
        lines.append(f"Up to date in {HANDOUTS}/: {', '.join(same)}.")
    if changed:
        lines.append(
            f"Changed by somebody since they were written, and left as they are: {', '.join(changed)}. "
            "Rename or remove them and run this again to get new ones."
        )
    return lines


def main(arguments=None, root=ROOT):
    parser = argparse.ArgumentParser(description="Write copies of the chapters without their solutions into handouts/.")
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="these only, for instance relu (all of the book)"
    )
    parser.add_argument("--clear-outputs", action="store_true", help="remove the outputs too")
    options = parser.parse_args(arguments)
    try:
        made = make(root, chosen(root, options.chapters), clear_outputs=options.clear_outputs)
    except HandoutError as error:
        print(error, file=sys.stderr)
        return 1
    written, same, changed = write(root / HANDOUTS, made)
    print("\n".join(report(written, same, changed)))
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
