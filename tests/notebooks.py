"""What every notebook of the book must keep to, as functions that read the file and run nothing.

Each guard takes the notebook as its JSON reads and its path inside book/, and returns its complaints. `GUARDS` holds
those for all notebooks, `CHAPTER_GUARDS` those for chapters. Cells are counted from 1, Markdown and code together.
"""

import ast
import base64
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from mathdnn_utils.verify.prose import (
    FENCE,
    binding_problems,
    cells,
    fenced,
    hide,
    unbound_numbers,
    unbound_numbers_in_markdown,
)

BOOK = Path(__file__).resolve().parent.parent / "book"
CHAPTER_FOLDERS = ("units", "composition", "convolution")
THEOREMS = ("prf:theorem", "prf:lemma", "prf:proposition", "prf:corollary")
# What is only cited. Without a label of its own it would get one that another page has too.
REMARK = "prf:remark"
SECTIONS = [
    "Problem", "By hand", "Derivation", "Theorem", "In code", "Common mistakes", "Beyond", "Exercises", "Summary",
]  # fmt: skip
GRADES = ("★", "★★", "★★★")
WORDS = (2000, 4500)
CODE_CELLS = (20, 45)
EXERCISES = 5

HOLDS = re.compile(r"^(\S+): holds \(([^,]+), (\d+) cases?, tolerance ([^)]+)\)$", re.MULTILINE)
FAILS = re.compile(r"^(\S+): FAILS", re.MULTILINE)
DIRECTIVE = re.compile(r"\{(?P<name>[\w:-]+)\}[ \t]*(?P<title>.*)$")
OPTION = re.compile(r"[ \t>]*:(?P<name>[\w-]+):[ \t]*(?P<value>.*)$")
HEADING = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<title>.*?)[ \t]*#*$")
EQUATION_LABEL = re.compile(r"\$\$[ \t]*\((?P<label>[\w:.-]+)\)")
REFERENCE = re.compile(r"\{(?:eq|ref|numref|prf:ref)\}`(?:[^`<]*<)?(?P<label>[\w:.-]+)>?`")
BARE_LINK = re.compile(r"(?<!!)\[\]\((?P<target>[^)]*)\)")
TARGET = re.compile(r"^\((?P<label>[\w:.-]+)\)=[ \t]*$", re.MULTILINE)
MACRO = re.compile(r"\\(?:re)?newcommand\b|\\providecommand\b|\\DeclareMathOperator\b|\\[gex]?def\b|\\let\b")
UNSTABLE = {
    "a memory address": re.compile(r"\b0x[0-9a-fA-F]{6,}"),
    "an absolute path": re.compile(r"(?<![\w.:/])(?:/(?:home|root|usr|tmp|work|opt|var|Users|mnt|private)/|[A-Z]:\\)"),
    "a bare object": re.compile(r"<(?:[\w.]+ object|function|bound method|built-in|generator)\b"),
    "a timing": re.compile(
        r"Wall time|CPU times"
        r"|\b[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?[ \u00a0\u202f]?(?:ns|[µμu]s|ms|s|sec|secs|seconds?)\b(?![(\[])"
    ),
}


@dataclass(frozen=True)
class Element:
    """A part of the notebook, in the order in which it is read.

    Attributes
    ----------
    kind : str
        "heading", "directive", "equation" or "code".
    cell : int
    name : str
        The heading's title, the directive's name, the equation's label or the code.
    level : int
        Of a heading.
    title : str
        Of a directive.
    options : dict
        Of a directive.
    node : dict
        A code cell as it is stored.
    alone : bool
        Whether a directive is all there is in its cell.
    """

    kind: str
    cell: int
    name: str
    level: int = 0
    title: str = ""
    options: dict = None
    node: dict = None
    alone: bool = False


def load(path):
    """A notebook as its JSON reads."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def notebook_paths(book=BOOK):
    """All notebooks below a folder."""
    return sorted(p for p in Path(book).rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def page_paths(book=BOOK):
    """All Markdown pages below a folder."""
    return sorted(Path(book).rglob("*.md"))


def is_chapter(path):
    """Whether a notebook is a chapter, not the notation page or an appendix."""
    return Path(path).parent.name in CHAPTER_FOLDERS


def joined(text):
    """A text that a notebook stores whole or in lines."""
    return text if isinstance(text, str) else "".join(text)


def elements(notebook):
    """The notebook as a list of `Element`s."""
    found = []
    for number, cell in enumerate(notebook["cells"], start=1):
        source = joined(cell["source"])
        if cell["cell_type"] == "code":
            found.append(Element("code", number, source, node=cell))
        elif cell["cell_type"] == "markdown":
            found += markdown_elements(number, source)
    return found


def markdown_elements(number, source):
    """The headings, directives and labelled equations of a Markdown cell."""
    found = []
    lines = hide(source, fenced(source)[0]).splitlines()
    for i, line in enumerate(lines):
        fence = FENCE.match(line)
        if fence and (directive := DIRECTIVE.match(fence["info"])):
            options = {}
            for following in lines[i + 1 :]:
                if not (option := OPTION.match(following)):
                    break
                options[option["name"]] = option["value"].strip()
            alone = i == 0 and len(lines) == len(options) + 2 and bool(FENCE.match(lines[-1]))
            title = directive["title"].strip()
            found.append(Element("directive", number, directive["name"], title=title, options=options, alone=alone))
        elif heading := HEADING.match(line):
            found.append(Element("heading", number, heading["title"], level=len(heading["marks"])))
        for label in EQUATION_LABEL.finditer(line):
            found.append(Element("equation", number, label["label"]))
    return found


def until(following, stop):
    """The elements before the first for which stop(element) is true."""
    found = []
    for element in following:
        if stop(element):
            break
        found.append(element)
    return found


def code(found):
    """The code cells among elements."""
    return [element for element in found if element.kind == "code"]


def stream_text(cell):
    """What a code cell has printed."""
    return "".join(joined(o["text"]) for o in cell["outputs"] if o["output_type"] == "stream" and o["name"] == "stdout")


def every_call(source):
    """All calls in a cell, as trees; none if it is not Python."""
    try:
        return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return []


def calls(source, name):
    """The calls of a function in a cell, as trees."""
    return [
        call
        for call in every_call(source)
        if name in (getattr(call.func, "id", None), getattr(call.func, "attr", None))
    ]


def first_argument(call):
    """The first argument of a call if it is a string, else None."""
    return call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None


def labels(notebook):
    """All labels of a notebook."""
    found = [e.options.get(key) for e in elements(notebook) if e.kind == "directive" for key in ("label", "name")]
    found += [e.name for e in elements(notebook) if e.kind == "equation"]
    found += [target["label"] for _, source in cells(notebook, "markdown") for target in TARGET.finditer(source)]
    return [label for label in found if label]


# --- every notebook ------------------------------------------------------------------------------------------------


def execution_problems(notebook, path):
    """Every code cell ran, in order, and nothing went wrong that was not meant to."""
    problems = []
    for count, element in enumerate(code(elements(notebook)), start=1):
        node, where = element.node, f"cell {element.cell}"
        if not element.name.strip():
            problems.append(f"{where}: is empty")
        if node.get("execution_count") != count:
            problems.append(f"{where}: has execution count {node.get('execution_count')}, expected {count}")
        failed = any(output["output_type"] == "error" for output in node["outputs"])
        tagged = "raises-exception" in node.get("metadata", {}).get("tags", [])
        if failed and not tagged:
            problems.append(f"{where}: raises an error and is not tagged raises-exception")
        if tagged and not failed:
            problems.append(f"{where}: is tagged raises-exception and raises none")
        if any(output.get("name") == "stderr" for output in node["outputs"]):
            problems.append(f"{where}: has written to stderr")
    if not code(elements(notebook)):
        problems.append("has no code cell")
    return problems


def output_problems(notebook, path):
    """Outputs are text that comes out again on another machine on another day."""
    problems = []
    for element in code(elements(notebook)):
        for output in element.node["outputs"]:
            texts = [joined(output.get("text", "")), output.get("evalue", ""), *output.get("traceback", [])]
            texts += [joined(t) for kind, t in output.get("data", {}).items() if kind.startswith("text/")]
            text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(texts))
            for what, pattern in UNSTABLE.items():
                if match := pattern.search(text):
                    problems.append(f"cell {element.cell}: the output has {what}: {match[0]!r}")
    return problems


def figure_problems(notebook, path):
    """Every picture has an alternative text and, inside and beside it, a description of what is drawn."""
    problems = []
    for element in code(elements(notebook)):
        for output in element.node["outputs"]:
            data = output.get("data", {})
            if "image/png" not in data:
                continue
            where, text = f"cell {element.cell}", joined(data.get("text/plain", ""))
            if not output.get("metadata", {}).get("image/png", {}).get("alt", "").strip():
                problems.append(f"{where}: the picture has no alt text")
            if not text.strip():
                problems.append(f"{where}: the picture has no text/plain beside it")
            with Image.open(io.BytesIO(base64.b64decode(joined(data["image/png"])))) as image:
                image.load()
                inside = image.text.get("Description")
            if inside != text:
                problems.append(f"{where}: the picture's Description is not the text beside it: one of them is stale")
    return problems


def theorem_problems(notebook, path):
    """Theorems have labels and two stored checks of different kinds, remarks have labels; every check has a theorem."""
    found, problems, known = elements(notebook), [], set(labels(notebook))
    for i, element in enumerate(found):
        if element.kind != "directive" or element.name not in (*THEOREMS, REMARK):
            continue
        label = element.options.get("label")
        if not label:
            problems.append(f"cell {element.cell}: {element.name} has no label")
            continue
        if element.name == REMARK:
            if not label.startswith(f"rem-{Path(path).stem}-"):
                problems.append(
                    f"cell {element.cell}: {label} is the label of a remark, expected rem-{Path(path).stem}-…"
                )
            continue
        if not label.startswith(f"thm-{Path(path).stem}-"):
            problems.append(f"cell {element.cell}: {label} is the label of a theorem, expected thm-{Path(path).stem}-…")
        section = until(found[i + 1 :], ends_theorem)
        kinds = {m[2] for cell in code(section) for m in HOLDS.finditer(stream_text(cell.node)) if m[1] == label}
        if len(kinds) < 2:
            shown = ", ".join(sorted(kinds)) or "none"
            problems.append(f"cell {element.cell}: {label} needs checks of two kinds below it and has {shown}")
    for element in code(found):
        for call in every_call(element.name):
            for keyword in call.keywords:
                value = getattr(keyword.value, "value", None)
                if keyword.arg == "claim" and value is not None and value not in known:
                    problems.append(f"cell {element.cell}: claim {value!r} is no label of this notebook")
        output = stream_text(element.node)
        for match in HOLDS.finditer(output):
            if match[1] not in known:
                problems.append(
                    f"cell {element.cell}: the output has a check of {match[1]!r}, no label of this notebook"
                )
        for match in FAILS.finditer(output):
            problems.append(f"cell {element.cell}: the output says that {match[1]} fails")
    return problems


def ends_theorem(element):
    """Whether what follows no longer belongs to the theorem above."""
    if element.kind == "directive":
        return element.name in THEOREMS
    return element.kind == "heading" and element.level <= 2


def exercise_problems(notebook, path):
    """Every exercise has a grade, a reader's cell without an answer, and a solution that submits its own."""
    found, problems = elements(notebook), []
    solved = []
    for i, element in enumerate(found):
        if element.kind != "directive":
            continue
        if element.name in ("exercise", "exercise-start"):
            following = until(
                found[i + 1 :], lambda e: e.kind == "directive" and e.name in ("exercise", "exercise-start")
            )
            problems += one_exercise(element, following)
        if element.name in ("solution", "solution-start"):
            solved.append(element.title)
            if element.name == "solution":
                problems.append(f"cell {element.cell}: solution, expected solution-start because a solution holds code")
    exercises = exercise_labels(notebook)
    problems += [f"{label} is the label of {n} exercises" for label, n in Counter(exercises).items() if n > 1]
    problems += [f"{label} has a solution and is no exercise" for label in solved if label not in exercises]
    return problems


def exercise_labels(notebook):
    """Labels of the exercises of a notebook."""
    return [
        e.options["label"]
        for e in elements(notebook)
        if e.kind == "directive" and e.name in ("exercise", "exercise-start") and e.options.get("label")
    ]


def one_exercise(exercise, following):
    """What is wrong with an exercise; following is all up to the next one."""
    label, where = exercise.options.get("label", ""), f"cell {exercise.cell}"
    if not label.startswith("ex-"):
        return [f"{where}: the exercise has label {label!r}, expected one that starts with ex-"]
    problems = []
    if grade(exercise) not in GRADES:
        problems.append(f"{where}: {label} has grade {grade(exercise)!r}, expected ★ to ★★★ in its title")
    starts = [i for i, e in enumerate(following) if e.kind == "directive" and e.name == "solution-start"]
    start = starts[0] if starts else len(following)
    readers = code(following[:start])
    if len(readers) != 1:
        problems.append(f"{where}: {label} has {len(readers)} cells for the reader, expected one")
    problems += [problem for cell in readers[:1] for problem in readers_cell(cell, label)]
    if len(starts) != 1:
        return [*problems, f"{where}: {label} has {len(starts)} solutions, expected one"]
    return problems + solution_problems(following[start:], label)


def grade(exercise):
    """The stars in an exercise's title."""
    return "".join(re.findall("★", exercise.title))


def readers_cell(cell, label):
    """The reader's cell checks an answer that it does not hold."""
    where, problems = f"cell {cell.cell}", []
    if not holds_no_answer(cell.name, label):
        problems.append(
            f"{where}: the reader's cell of {label} must assign `...`, or define functions without a body, "
            f'and end in check_answer("{label}", the name)'
        )
    if stream_text(cell.node) != f"{label}: not answered yet\n":
        problems.append(f"{where}: the output of the reader's cell must be '{label}: not answered yet'")
    return problems


def holds_no_answer(source, label):
    """Whether a cell holds imports, names given `...`, functions without a body, and one check of such a name."""
    try:
        *before, last = ast.parse(source).body or [None]
    except SyntaxError:
        return False
    names = set()
    for node in before:
        if isinstance(node, ast.Assign) and is_ellipsis(node.value):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.FunctionDef) and all(is_empty(line) for line in node.body):
            names.add(node.name)
        elif not isinstance(node, (ast.Import, ast.ImportFrom)):
            return False
    call = getattr(last, "value", None)
    return (
        isinstance(last, ast.Expr)
        and isinstance(call, ast.Call)
        and getattr(call.func, "id", None) == "check_answer"
        and first_argument(call) == label
        and len(call.args) == 2
        and not call.keywords
        and isinstance(call.args[1], ast.Name)
        and call.args[1].id in names
    )


def is_ellipsis(node):
    """Whether a node is `...`."""
    return isinstance(node, ast.Constant) and node.value is ...


def is_empty(node):
    """Whether a line of a function is its docstring, `...` or returns `...`."""
    value = getattr(node, "value", None)
    if isinstance(node, ast.Return):
        return is_ellipsis(value)
    return (
        isinstance(node, ast.Expr)
        and isinstance(value, ast.Constant)
        and (value.value is ... or type(value.value) is str)
    )


def solution_problems(following, label):
    """A solution is folded, closed, and its own result passes the check."""
    start, where = following[0], f"cell {following[0].cell}"
    problems = []
    if start.title != label:
        problems.append(f"{where}: the solution is of {start.title!r}, expected {label!r}, the exercise above it")
    if "dropdown" not in start.options.get("class", "").split():
        problems.append(f"{where}: the solution of {label} has no `:class: dropdown`")
    inside = until(following[1:], lambda e: e.kind == "directive" and e.name == "solution-end")
    if len(inside) == len(following) - 1:
        return [*problems, f"{where}: the solution of {label} has no solution-end"]
    end = following[1 + len(inside)]
    if not (start.alone and end.alone):
        problems.append(f"{where}: solution-start and solution-end of {label} must have cells of their own")
    right = [
        cell
        for cell in code(inside)
        if any(first_argument(call) == label for call in calls(cell.name, "check_answer"))
        and re.search(rf"(?m)^{re.escape(label)}: right$", stream_text(cell.node))
    ]
    if not right:
        problems.append(
            f"{where}: no cell in the solution of {label} submits its result with the output '{label}: right'"
        )
    return problems


def mistake_problems(notebook, path):
    """Every mistake can be linked to and is followed by the cell that names it."""
    found, problems = elements(notebook), []
    for i, element in enumerate(found):
        if element.kind != "directive" or element.name != "admonition" or not is_mistake(element):
            continue
        where, prefix = f"cell {element.cell}", f"mistake-{Path(path).stem}-"
        if not element.title.startswith("Mistake: "):
            problems.append(f"{where}: {element.title!r}, expected a title that starts with 'Mistake: '")
        if "mistake" not in element.options.get("class", "").split():
            problems.append(f"{where}: {element.title!r} has no `:class: mistake`")
        if not element.options.get("name", "").startswith(prefix):
            problems.append(f"{where}: {element.title!r} has name {element.options.get('name')!r}, expected {prefix}…")
        section = until(found[i + 1 :], lambda e: e.kind == "heading" or (e.kind == "directive" and is_mistake(e)))
        if not code(section):
            problems.append(f"{where}: {element.title!r} is not followed by a code cell")
    return problems


def is_mistake(element):
    """Whether a directive describes a mistake."""
    return element.title.startswith("Mistake") or "mistake" in (element.options or {}).get("class", "").split()


def equation_problems(notebook, path):
    """Equation labels carry the chapter's name, and each line of the derivation is checked as a step."""
    found, problems = elements(notebook), []
    prefix = f"eq-{Path(path).stem}-"
    equations = [e for e in found if e.kind == "equation"]
    problems += [
        f"cell {e.cell}: the equation's label is {e.name!r}, expected {prefix}…"
        for e in equations
        if not e.name.startswith(prefix)
    ]
    steps = [(cell.cell, label) for cell in code(found) for label in step_labels(cell.name)]
    known, checked = {e.name for e in equations}, {label for _, label in steps}
    problems += [
        f"cell {cell}: check_steps has a line {label!r}, no equation of this notebook"
        for cell, label in steps
        if label not in known
    ]
    for i, element in enumerate(found):
        if element.kind == "heading" and element.level == 2 and element.name == "Derivation":
            derivation = until(found[i + 1 :], lambda e: e.kind == "heading" and e.level <= 2)
            problems += [
                f"cell {e.cell}: {e.name} is a line of the derivation and of no check_steps"
                for e in derivation
                if e.kind == "equation" and e.name not in checked
            ]
    return problems


def step_labels(source):
    """The labels that the calls of check_steps in a cell give to their lines."""
    assigned = {}
    for call in calls(source, "check_steps"):
        if not assigned:
            assigned = {
                target.id: node.value
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
        lines = call.args[0] if call.args else None
        lines = assigned.get(lines.id) if isinstance(lines, ast.Name) else lines
        for line in getattr(lines, "elts", []):
            if isinstance(line, ast.Tuple) and line.elts and isinstance(line.elts[0], ast.Constant):
                yield line.elts[0].value


def style_problems(notebook, path):
    """Markdown that every viewer knows: no glue roles, no macros. One title."""
    problems = []
    for number, source in cells(notebook, "markdown"):
        if "{glue" in source:
            problems.append(f"cell {number}: has a glue role, which other viewers show as raw text")
        if macro := MACRO.search(hide(source, fenced(source)[0])):
            problems.append(f"cell {number}: defines a TeX macro with {macro[0]}, which other viewers do not know")
    titles = [e for e in elements(notebook) if e.kind == "heading" and e.level == 1]
    if [e.cell for e in titles] != [1]:
        problems.append(f"has titles (`# `) in cells {[e.cell for e in titles]}, expected one in cell 1")
    return problems


def reference_problems(notebook, path):
    """References that other viewers can follow: roles lead to labels of this notebook, links to others have words."""
    problems, known = [], set(labels(notebook))
    for number, source in cells(notebook, "markdown"):
        text = hide(source, fenced(source)[0])
        problems += [
            f"cell {number}: refers to {role['label']}, no label of this notebook; link to a page or heading instead"
            for role in REFERENCE.finditer(text)
            if role["label"] not in known
        ]
        problems += [
            f"cell {number}: the link to {link['target']} has no words, and other viewers show the file's name"
            for link in BARE_LINK.finditer(text)
        ]
    return problems


def label_problems(notebook, path):
    """No label twice."""
    return [f"{label} is a label {count} times" for label, count in Counter(labels(notebook)).items() if count > 1]


GUARDS = [
    execution_problems,
    output_problems,
    figure_problems,
    theorem_problems,
    exercise_problems,
    mistake_problems,
    equation_problems,
    style_problems,
    reference_problems,
    label_problems,
]

# --- chapters ------------------------------------------------------------------------------------------------------


def last_cell_problems(notebook, path):
    """The last cell compares the text with the code, and no other cell does."""
    expected = f'check_prose("{Path(path).name}")'
    found = code(elements(notebook))
    problems = []
    if not found or found[-1].name.strip() != expected:
        problems.append(f"the last code cell must be {expected}")
    others = [e.cell for e in found[:-1] if calls(e.name, "check_prose")]
    problems += [f"cell {cell}: calls check_prose, which is for the last cell" for cell in others]
    if found and notebook["cells"][-1]["cell_type"] != "code":
        problems.append("the last cell must be code")
    return problems


def heading_problems(notebook, path):
    """A chapter's sections, in their order; theorems may stand elsewhere."""
    found = [e.name for e in elements(notebook) if e.kind == "heading" and e.level == 2]
    found = ["Theorem" if name == "Theorems" else name for name in found]
    known = [name for name in found if name in SECTIONS]
    problems = [f"has no section {name!r}" for name in SECTIONS if name not in found and name != "Theorem"]
    problems += [
        f"has a section {name!r}, expected one of {', '.join(SECTIONS)}" for name in found if name not in SECTIONS
    ]
    if known != sorted(set(known), key=SECTIONS.index):
        problems.append(f"has the sections {', '.join(known)}, expected the order {', '.join(SECTIONS)}")
    return problems


def size_problems(notebook, path):
    """A chapter is neither a note nor a book."""
    words, count = word_count(notebook), len(code(elements(notebook)))
    problems = []
    if not WORDS[0] <= words <= WORDS[1]:
        problems.append(f"has {words} words without code and displayed formulas, expected {WORDS[0]} to {WORDS[1]}")
    if not CODE_CELLS[0] <= count <= CODE_CELLS[1]:
        problems.append(f"has {count} code cells, expected {CODE_CELLS[0]} to {CODE_CELLS[1]}")
    return problems


def word_count(notebook):
    """Words of the text: what has a letter between blanks; a formula in a line is one word, a displayed one none."""
    count = 0
    for _, source in cells(notebook, "markdown"):
        code_spans, directives, _ = fenced(source)
        text = hide(source, [*code_spans, *directives])
        text = re.sub(r"(?s)<!--.*?-->|\$\$.*?\$\$(?:[ \t]*\([\w:.-]+\))?|(?m:^[ \t>]*:[\w-]+:[^\n]*$)", " ", text)
        text = re.sub(r"\$[^$]*\$", "formula", text)
        count += len(re.findall(r"\S*[^\W\d_]\S*", text))
    return count


def completeness_problems(notebook, path):
    """A chapter has a theorem, a mistake, a derivation that is checked, and exercises of every grade."""
    found = elements(notebook)
    directives = [e for e in found if e.kind == "directive"]
    exercises = [e for e in directives if e.name in ("exercise", "exercise-start")]
    problems = []
    if len(exercises) < EXERCISES:
        problems.append(f"has {len(exercises)} exercises, expected at least {EXERCISES}")
    problems += [f"has no exercise of grade {g}" for g in GRADES if g not in map(grade, exercises)]
    if not any(e.name in THEOREMS for e in directives):
        problems.append("has no theorem")
    if not any(is_mistake(e) for e in directives if e.name == "admonition"):
        problems.append("has no mistake")
    if not any(True for cell in code(found) for _ in step_labels(cell.name)):
        problems.append("checks no derivation with check_steps")
    return problems


def prose_problems(notebook, path):
    """Every binding can be evaluated, and there is one."""
    return binding_problems(notebook)


CHAPTER_GUARDS = [last_cell_problems, prose_problems, heading_problems, size_problems, completeness_problems]

# --- the whole book ------------------------------------------------------------------------------------------------


def shared_label_problems(notebooks):
    """No label in two notebooks; notebooks is a dict path -> notebook."""
    owners = {}
    for path, notebook in notebooks.items():
        for label in set(labels(notebook)):
            owners.setdefault(label, []).append(str(path))
    return [f"{label} is a label in {' and '.join(paths)}" for label, paths in sorted(owners.items()) if len(paths) > 1]


def registry_problems(notebooks, registry):
    """The exercises of the book and the references of check_answer are the same."""
    labels_in_book = {label for notebook in notebooks.values() for label in exercise_labels(notebook)}
    problems = [
        f"{label} is an exercise and check_answer does not know it" for label in sorted(labels_in_book - set(registry))
    ]
    return problems + [
        f"check_answer knows {label}, which is no exercise" for label in sorted(set(registry) - labels_in_book)
    ]


def unbound_problems(found, exceptions):
    """Numbers that are neither bound nor excepted, and exceptions without a use or a reason.

    Parameters
    ----------
    found : dict of str to list of (str, str, str)
        For each file: where, number, context.
    exceptions : list of dict
        With the keys file, reason, and text (a part of the context that holds the number) or whole_file = true.
    """
    used, problems = set(), []
    for file, numbers in found.items():
        for where, number, context in numbers:
            matches = [i for i, e in enumerate(exceptions) if e.get("file") == file and excepts(e, number, context)]
            used.update(matches)
            if not matches:
                problems.append(
                    f"{file}: {where}: {number} in “{context}” is neither bound nor an exception; "
                    "put <!--= expression --> right behind it, reword it, or give the reason in unbound_numbers.toml"
                )
    for i, exception in enumerate(exceptions):
        name = f"{exception.get('file')}: exception {exception.get('text', 'whole_file')!r}"
        if not exception.get("reason", "").strip():
            problems.append(f"{name} has no reason")
        if i not in used:
            problems.append(f"{name} is not used")
    return problems


def excepts(exception, number, context):
    """Whether an exception is about a number in its context."""
    if exception.get("whole_file"):
        return True
    number = " ".join(number.split())
    return number in exception.get("text", "") and exception["text"] in context


def unbound_in_notebook(notebook):
    """(where, number, context) of the numbers in a notebook that must be bound and are not."""
    return [(f"cell {cell}", number, context) for cell, number, context in unbound_numbers(notebook)]


def unbound_in_page(text):
    """The same for a Markdown page."""
    return [("page", number, context) for number, context in unbound_numbers_in_markdown(text)]
