r"""Numbers in prose: find them in a notebook's text, and compare them with what its code gives.

A number in a Markdown cell is *bound* by an HTML comment that follows it at once and that no viewer shows::

    The layer has 65 536<!--= scalars --> outputs, a grid of **4×5**<!--= shape --> for [26, 30]<!--= valid -->.
    The distance $|\Theta-\sigma_\beta| = 0.138629$<!--= distance --> is taken at $\beta = 10$.

Closing emphasis, quotes and a per cent sign may stand between the number and its comment. The n comments after a
formula ``$…$`` bind its last n values in order. For a displayed formula they stand on the line after it and its
label. The comment holds an expression over names that code cells assign.
"""

import ast
import builtins
import json
import math
import re
import symtable
import sys
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from .compare import CheckFailed

# A fraction in the text and a float in the code agree to rounding.
FRACTION_TOLERANCE = Fraction(1, 10**12)
# Integers up to this one are words of the text ("three lines"), not results.
SMALL = 12
# Characters of context on either side of a number in a message.
CONTEXT = 30

# --- how numbers are written ---------------------------------------------------------------------------------------

GAP = r"(?:[ \u00a0\u202f\u2009]|\\,|\{,\})"  # between groups of three digits
SPACE = r"(?:[ \t\n\u00a0\u202f\u2009]|\\[,;:! ])*"
DIGITS = rf"(?:[1-9][0-9]{{0,2}}(?:{GAP}[0-9]{{3}})+(?![0-9])|[0-9]+)"
DECIMAL = rf"(?:{DIGITS}(?:\.[0-9]+)*|\.[0-9]+)"
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
EXPONENT = rf"(?:\^\{{\s*[-−+]?[0-9]+\s*\}}|\^[-−]?[0-9]+|[⁺⁻]?[{SUPERSCRIPTS}]+)"
TIMES = r"(?:[·⋅×]|\\cdot(?![a-zA-Z])|\\times(?![a-zA-Z]))"
CROSS = r"(?:×|\\times(?![a-zA-Z]))"
NO_MORE_DIGITS = rf"(?![0-9^{SUPERSCRIPTS}⁻]|\.[0-9])"

TEX_FRACTION = re.compile(
    rf"\\[dtc]?frac\s*(?:\{{{SPACE}(?P<top>[-−]?{DIGITS}){SPACE}\}}|(?P<t>[0-9]))\s*"
    rf"(?:\{{{SPACE}(?P<bottom>{DIGITS}){SPACE}\}}|(?P<b>[0-9]))"
)
SCIENTIFIC = re.compile(rf"(?P<mantissa>{DECIMAL}){SPACE}{TIMES}{SPACE}10(?P<exponent>{EXPONENT})")
E_NOTATION = re.compile(rf"(?P<mantissa>{DECIMAL})[eE](?P<exponent>[-−+]?[0-9]+)(?![0-9a-zA-Z])")
POWER = re.compile(rf"(?P<base>{DECIMAL})(?P<exponent>{EXPONENT})")
SLASH_FRACTION = re.compile(rf"(?P<top>{DIGITS})[/⁄](?P<bottom>{DIGITS}){NO_MORE_DIGITS}")
VULGAR = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"  # letters to \w, so words exclude them by name
VULGAR_FRACTION = re.compile(rf"(?P<whole>[0-9]+)?(?P<vulgar>[{VULGAR}])")
THOUSANDS_COMMA = re.compile(rf"{DECIMAL}(?:,[0-9]{{3}})+(?![0-9])")
PLAIN = re.compile(DECIMAL)
SHAPE = re.compile(rf"{DIGITS}(?:{SPACE}{CROSS}{SPACE}{DIGITS})+{NO_MORE_DIGITS}")

OPEN = re.compile(r"(?:\\(?:left|[bB]igg?l?)\s*)?(?P<bracket>[(\[])")
CLOSE = re.compile(r"(?:\\(?:right|[bB]igg?r?)\s*)?(?P<bracket>[)\]])")
MATRIX = re.compile(r"\\begin\{(?P<name>[pbB]?(?:small)?matrix)\}(?P<rows>.*?)\\end\{(?P=name)\}", re.DOTALL)
COMMAND = re.compile(r"\\(?:[a-zA-Z]+\*?|.)", re.DOTALL)
BLANKS = re.compile(SPACE)
# After these a minus is a sign and a bracket opens a vector; after other commands (\beta, \max) it is not.
OPERATORS = re.compile(
    r"\\(?:approx|simeq|sim|equiv|to|mapsto|rightarrow|Rightarrow|implies|iff|in|notin|subset|subseteq|le|leq|ge|geq|ll|gg"
    r"|ne|neq|lt|gt|cdot|times|div|pm|mp|quad|qquad|colon|lvert|lVert|langle|lbrace|left|land|lor|ast|star|odot|otimes"
    r"|oplus|[\\{|])$"
)
SPACING = re.compile(r"\\(?:[,;:! ]|right|[bB]igg?[lr]?|displaystyle|textstyle|limits)$")
# Numbers that belong to TeX and are not shown.
TEX_NOISE = re.compile(
    r"\\(?:hspace|vspace|tag|label|ref|eqref|color|[hv]?phantom)\*?\s*\{[^{}]*\}"
    r"|\\(?:hskip|vskip|kern|mkern|mskip)\s*[-−]?[0-9.]+\s*(?:em|ex|pt|px|mu|cm|mm)"
    r"|\\rule\s*(?:\[[^\]]*\])?\{[^{}]*\}\{[^{}]*\}"
    r"|\\\\\s*\[\s*[-−]?[0-9.]+\s*(?:em|ex|pt|px|mu|cm|mm)\s*\]"
)

# --- how Markdown is written ---------------------------------------------------------------------------------------

FENCE = re.compile(r"[ \t>]*(?:[-*+][ \t]+)?(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*(?P<info>[^`\n]*)$")
VERBATIM = re.compile(r"\{(?:code|code-block|code-cell|sourcecode|literalinclude|include|raw|mermaid)\}|[^{]")
INLINE = re.compile(
    r"(?P<comment><!--.*?-->)"
    r"|(?P<code>(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<display>(?<!\\)\$\$(?P<displayed>.+?)(?<!\\)\$\$)"
    r"|(?P<inline>(?<![\\$])\$(?!\$)(?P<inlined>(?:(?!\n[ \t]*\n).)+?)(?<!\\)\$)",
    re.DOTALL,
)
NOT_PROSE = re.compile(
    r"(?m)^[ \t>]*:[\w-]+:.*$"  # options of a directive
    r"|^[ \t>]*\([\w:.-]+\)=[ \t]*$"  # a target
    r"|^[ \t]*\[[^\]\n]+\]:.*$"  # where a link leads
    r"|(?<=\])\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:[ \t]+\"[^\"\n]*\")?\)"
    r"|<?https?://[^\s>)]*>?"
    r"|\[\^[\w-]+\]"
    r"|</?[a-zA-Z][\w-]*(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>"
    r"|&#?\w+;"
    r"|^[ \t>]*[0-9]+[.)](?=[ \t])"  # numerals of a list
    r"|(?<=^# )[0-9.]+(?=[ \t])|(?<=^## )[0-9.]+(?=[ \t])|(?<=^### )[0-9.]+(?=[ \t])"
)
EQUATION_LABEL = re.compile(r"[ \t]*\([\w:.-]+\)")
BINDING = re.compile(r"<!--=(?P<expression>.*?)-->", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
CLOSERS = re.compile(r"(?:[*_~`\"'”’»ᵀ]|[ \u00a0\u202f\u2009]?\\?%)*")
WORD = re.compile(rf"[^\W\d_{VULGAR}]\w*(?:\.[0-9]+)*")
LETTERS = re.compile(rf"[^\W\d_{VULGAR}]+[0-9]*")
HIDDEN = "\0"  # stands where something was that is not prose


@dataclass(frozen=True)
class Number:
    """One number as it is printed.

    Attributes
    ----------
    kind : {"integer", "decimal", "fraction", "unreadable"}
    value : Fraction or None
    unit : Fraction
        What one more in the last printed digit is worth; 0 where the number is exact.
    parts : tuple of int
        The integers it is written with.
    """

    kind: str
    value: Fraction | None
    unit: Fraction = Fraction(0)
    parts: tuple = ()

    def agrees(self, value):
        """Whether a value, rounded as this number is, could be printed so."""
        exact = as_fraction(value)
        if exact is None or self.value is None:
            return False
        if self.kind == "fraction" and not is_rational(value):
            return abs(exact - self.value) <= FRACTION_TOLERANCE * abs(self.value)
        return abs(exact - self.value) <= self.unit / 2

    def counts(self):
        """Whether the static rule asks for a binding: decimals and what is written with an integer above 12."""
        return self.kind in ("decimal", "unreadable") or any(abs(part) > SMALL for part in self.parts)


@dataclass(frozen=True)
class Token:
    """A value in the text: a `Number`, or nested lists of them for shapes, vectors and matrices."""

    start: int
    end: int
    printed: object
    kind: str = "number"

    def counts(self):
        """Whether the static rule asks for a binding."""
        if self.kind == "shape":
            return True
        numbers = list(flat(self.printed))
        return len(numbers) > 1 or any(number.counts() for number in numbers)

    def readable(self):
        """Whether every number in it could be read."""
        return all(number.value is not None for number in flat(self.printed))

    def agrees(self, value):
        """Whether a value has this shape and, at the printed precision, these entries."""
        value = as_lists(value)
        if self.kind == "column" and isinstance(value, list) and not any(isinstance(entry, list) for entry in value):
            value = [[entry] for entry in value]  # vectors are columns, one-dimensional in code
        return same(self.printed, value)

    def show(self, value):
        """The value with two digits more than are printed."""
        return show(as_lists(value), next(flat(self.printed)))


@dataclass(frozen=True)
class Binding:
    """A comment ``<!--= expression -->`` and the number before it.

    Attributes
    ----------
    cell : int
        Number of the cell in the notebook, from 1, Markdown and code counted.
    text : str
        The number as it is printed, or an empty string.
    expression : str
    context : str
        The text around it.
    problem : str
        What is wrong with it whatever the code gives, or an empty string.
    token : Token or None
        What was read.
    """

    cell: int
    text: str
    expression: str
    context: str
    problem: str = ""
    token: Token | None = None


def flat(printed):
    """The numbers in nested lists."""
    if isinstance(printed, list):
        for entry in printed:
            yield from flat(entry)
    else:
        yield printed


def same(printed, value):
    """Whether nested lists have one shape and agreeing entries."""
    if isinstance(printed, list):
        return isinstance(value, list) and len(value) == len(printed) and all(map(same, printed, value))
    return not isinstance(value, list) and printed.agrees(value)


def as_lists(value):
    """Arrays, tensors and tuples as nested lists; arrays without axes and everything else as one entry."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (list, tuple, range)):
        return [as_lists(entry) for entry in value]
    return value


def is_rational(value):
    """Whether a value is an integer or a fraction, so that equality means equality."""
    return isinstance(value, (int, Fraction, Decimal)) or getattr(value, "is_Rational", False)


def as_fraction(value):
    """A finite real number as a Fraction; None for anything else, booleans and text included."""
    if isinstance(value, (bool, str, bytes)):
        return None
    if isinstance(value, complex):
        if value.imag != 0:
            return None
        value = value.real
    try:
        if isinstance(value, (int, Fraction, Decimal)):
            return Fraction(value)
        if getattr(value, "is_Rational", False):
            return Fraction(int(value.p), int(value.q))
        return Fraction(float(value))
    except (TypeError, ValueError, OverflowError):
        return None


def show(value, number):
    """A value as text, with two digits more than a printed number has."""
    if isinstance(value, list):
        return "[" + ", ".join(show(entry, number) for entry in value) + "]"
    exact = as_fraction(value)
    if exact is None or is_rational(value):
        return f"{value}" if exact is not None else f"{value!r:.60}"
    if number.kind == "fraction":
        return f"{float(exact):.15g}"
    decimals = 2 - (round(math.log10(number.unit)) if number.unit else 0)
    text = f"{float(exact):.{max(decimals, 0)}f}"
    # An integer that is missed by less than the digits shown.
    return text if number.kind == "decimal" or exact == Fraction(text) else repr(float(exact))


# --- reading values ------------------------------------------------------------------------------------------------


def digits(text):
    """A decimal as its digits alone."""
    return re.sub(GAP, "", text)


def integer(text):
    """An integer in any of its printed forms, exponents included."""
    table = str.maketrans(SUPERSCRIPTS + "⁺⁻−", "0123456789+--", "^{} \n")
    return int(digits(text).translate(table))


def decimal(text):
    """A plain number: integer or decimal."""
    text = digits(text)
    whole, *decimals = text.split(".")
    if len(decimals) > 1 or (len(whole) > 1 and whole.startswith("0")):
        return Number("unreadable", None)
    if decimals:
        return Number("decimal", Fraction(Decimal(text)), Fraction(1, 10 ** len(decimals[0])))
    return Number("integer", Fraction(int(text)), parts=(int(text),))


def power_of(base, exponent):
    """base^exponent as an exact number."""
    if base.value is None or abs(exponent) > 400 or (base.value == 0 and exponent < 0):
        return Number("unreadable", None)
    value = base.value**exponent
    kind = "integer" if value.denominator == 1 else "fraction"
    return Number(kind, value, parts=(*base.parts, exponent, value.numerator, value.denominator))


def scalar(text, start, in_brackets=False):
    """The unsigned number that starts here: (Number, end), or None."""
    if match := TEX_FRACTION.match(text, start):
        top, bottom = integer(match["top"] or match["t"]), integer(match["bottom"] or match["b"])
        return fraction(top, bottom), match.end()
    if match := SCIENTIFIC.match(text, start) or E_NOTATION.match(text, start):
        mantissa, exponent = decimal(match["mantissa"]), integer(match["exponent"])
        if mantissa.value is None or abs(exponent) > 400:
            return Number("unreadable", None), match.end()
        factor = Fraction(10) ** exponent
        return Number("decimal", mantissa.value * factor, (mantissa.unit or 1) * factor), match.end()
    if match := POWER.match(text, start):
        return power_of(decimal(match["base"]), integer(match["exponent"])), match.end()
    if match := SLASH_FRACTION.match(text, start):
        return fraction(integer(match["top"]), integer(match["bottom"])), match.end()
    if match := VULGAR_FRACTION.match(text, start):
        top, bottom = map(int, unicodedata.normalize("NFKC", match["vulgar"]).split("⁄"))
        return fraction(int(match["whole"] or 0) * bottom + top, bottom), match.end()
    if not in_brackets and (match := THOUSANDS_COMMA.match(text, start)):
        return Number("unreadable", None), match.end()
    if match := PLAIN.match(text, start):
        return decimal(match[0]), match.end()
    return None


def fraction(top, bottom):
    """A fraction of integers."""
    if bottom == 0:
        return Number("unreadable", None)
    return Number("fraction", Fraction(top, bottom), parts=(top, bottom))


def negative(number):
    """The number behind a minus sign."""
    value = None if number.value is None else -number.value
    return Number(number.kind, value, number.unit, number.parts)


def skip(text, start):
    """Where the blanks that start here end."""
    return BLANKS.match(text, start).end()


def entry(text, start):
    """The signed number that starts here, as an entry of a vector: (Number, end), or None."""
    if text[start : start + 1] in ("-", "−"):
        found = scalar(text, skip(text, start + 1), in_brackets=True)
        return found and (negative(found[0]), found[1])
    return scalar(text, start, in_brackets=True)


def vector(text, start):
    """The vector, or matrix of rows, that starts here: (nested list, end), or None."""
    opening = OPEN.match(text, start)
    if opening is None:
        return None
    entries, position, comma = [], skip(text, opening.end()), True
    while comma and not (entries and CLOSE.match(text, position)):
        found = vector(text, position) or entry(text, position)
        if found is None:
            return None
        entries.append(found[0])
        position = skip(text, found[1])
        comma = text[position : position + 1] == ","
        if comma:
            position = skip(text, position + 1)
    closing = CLOSE.match(text, position)
    if closing is None or opening["bracket"] + closing["bracket"] not in ("()", "[]"):
        return None
    if len(entries) == 1 and not comma and opening["bracket"] == "(":
        return None  # a number in brackets
    return entries, closing.end()


def matrix(match):
    """A matrix environment as a list of rows, or None if an entry is not a number."""
    rows = []
    for line in re.split(r"\\\\", match["rows"]):
        if not line.strip():
            continue
        row = []
        for field in line.split("&"):
            begin = skip(field, 0)
            found = entry(field, begin)
            if found is None or skip(field, found[1]) != len(field):
                return None
            row.append(found[0])
        rows.append(row)
    return rows or None


def values_in_prose(text):
    """All values in text, as `Token`s in order."""
    found, position = [], 0
    while position < len(text):
        before, character = text[position - 1 : position], text[position]
        token = None
        if word := WORD.match(text, position):
            position = word.end()
            continue
        if character in "([" and not (before.isalnum() or before in ("_", ")", "]", HIDDEN)):
            if read := vector(text, position):
                token = Token(position, read[1], read[0], "vector")
        elif match := SHAPE.match(text, position):
            token = shape(match)
        elif character in "-−" and is_sign(text, position):
            if read := scalar(text, position + 1):
                token = Token(position, read[1], negative(read[0]))
        elif read := scalar(text, position):
            token = Token(position, read[1], read[0])
        if token is None:
            position += 1
            continue
        position = token.end
        letters = WORD.match(text, position)
        if letters and token.kind == "number" and token.printed.kind == "integer":
            position = letters.end()  # 64px, 2nd: part of a word
        else:
            found.append(token)
    return found


def is_sign(text, position):
    """Whether a minus in prose belongs to the number behind it; `a−3` and `5 −3` are subtractions."""
    before = text[:position]
    if not before or before[-1].isspace():
        return not re.search(r"[0-9)\]½%]\s*$", before)
    return not (before[-1].isalnum() or before[-1] in ")]}%'’" + HIDDEN + "-−")


def shape(match):
    """A shape such as 4×5."""
    sizes = [decimal(size) for size in re.split(rf"{SPACE}{CROSS}{SPACE}", match[0])]
    return Token(match.start(), match.end(), sizes, "shape")


def values_in_formula(text):
    """All values in a TeX formula, as `Token`s in order."""
    text = TEX_NOISE.sub(lambda match: " " * len(match[0]), text)
    found, position = [], 0
    # What stands before: nothing that a minus could subtract from, a "number", or another "operand".
    state = ""
    while position < len(text):
        character = text[position]
        token = None
        if match := MATRIX.match(text, position):
            if rows := matrix(match):
                column = len(rows) > 1 and all(len(row) == 1 for row in rows)
                token = Token(position, match.end(), rows, "column" if column else "vector")
        elif state != "operand" and OPEN.match(text, position):
            if read := vector(text, position):
                token = Token(position, read[1], read[0], "vector")
        elif match := SHAPE.match(text, position):
            token = shape(match)
        elif character in "-−" and not state:
            if read := scalar(text, skip(text, position + 1)):
                token = Token(position, read[1], negative(read[0]))
        elif read := scalar(text, position):
            token = Token(position, read[1], read[0])
        if token is not None:
            found.append(token)
            position, state = token.end, "number"
        elif command := COMMAND.match(text, position):
            if OPERATORS.match(command[0]):
                state = ""
            elif not SPACING.match(command[0]):
                state = "operand"
            position = command.end()
            if command[0] in (r"\begin", r"\end"):
                position, state = text.find("}", position) + 1 or len(text), ""
        elif letters := LETTERS.match(text, position):
            position, state = letters.end(), "operand"
        else:
            if character in ")]}'!" or (character == "|" and state):
                state = "operand"
            elif not character.isspace():
                state = ""
            position += 1
    return found


# --- reading Markdown ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Formula:
    """A formula in the text: where it is, where its content starts, its values."""

    start: int
    end: int
    displayed: bool
    values: list


def hide(text, spans):
    """The text with parts hidden, at the same positions and on the same lines."""
    characters = list(text)
    for start, end in spans:
        characters[start:end] = [c if c == "\n" else HIDDEN for c in text[start:end]]
    return "".join(characters)


def fenced(text):
    """Spans that hold code, those of lines that open or close a directive, and those of the marks on these lines."""
    code, directives, marks, open_fences, position = [], [], [], [], 0
    for line in text.splitlines(keepends=True):
        end = position + len(line)
        match = FENCE.match(line.rstrip("\n"))
        verbatim = bool(open_fences) and open_fences[-1][1]
        if match and not verbatim:
            marks.append((position + match.start("fence"), position + match.end("fence")))
        if match and open_fences and not match["info"].strip() and closes(match["fence"], open_fences[-1][0]):
            (code if verbatim else directives).append((position, end))
            open_fences.pop()
        elif verbatim:
            code.append((position, end))
        elif match:
            info = match["info"].strip()
            is_code = match["fence"][0] != ":" and not info or bool(VERBATIM.match(info))
            open_fences.append((match["fence"], is_code))
            (code if is_code else directives).append((position, end))
        position = end
    return code, directives, marks


def closes(fence, opening):
    """Whether a bare fence closes the one that is open."""
    return fence[0] == opening[0] and len(fence) >= len(opening)


def read_markdown(text):
    """Read a Markdown text: (list of `Binding`, list of (text, context) of values that must be bound and are not)."""
    code, directives, marks = fenced(text)
    text_without_code = hide(text, [*code, *marks])
    comments, spans, formulas = [], [], []
    for match in INLINE.finditer(text_without_code):
        if match["comment"]:
            comments.append(match)
        elif match["code"] and not text_without_code[: match.start()].endswith("{math}"):
            spans.append(match.span())
        else:
            group = "displayed" if match["display"] else "inlined" if match["inline"] else "code"
            offset = match.start(group)
            values = [
                Token(t.start + offset, t.end + offset, t.printed, t.kind) for t in values_in_formula(match[group])
            ]
            formulas.append(Formula(*match.span(), group == "displayed", values))

    labels = [
        label.span() for formula in formulas if formula.displayed and (label := EQUATION_LABEL.match(text, formula.end))
    ]
    hidden = [*code, *labels, *(c.span() for c in comments), *((f.start, f.end) for f in formulas)]
    readable = hide(text, hidden)
    hidden += [m.span() for m in NOT_PROSE.finditer(readable) if not inside(m.start(), spans)]
    readable = hide(text, hidden)
    prose = values_in_prose(readable)

    bindings, bound = [], []
    for group in grouped(text, comments):
        for binding in bind(text, group, formulas, prose):
            bindings.append(binding)
            if binding.token is not None:
                bound.append((binding.token.start, binding.token.end))
    for formula in formulas:
        for match in BINDING.finditer(text, formula.start, formula.end):
            problem = "stands inside a formula, expected behind it"
            bindings.append(Binding(0, "", match["expression"].strip(), context(text, *match.span()), problem))
    countable = values_in_prose(hide(text, [*hidden, *spans, *directives]))
    unbound = [
        (text[token.start : token.end], context(text, token.start, token.end))
        for token in sorted([*countable, *(v for f in formulas for v in f.values)], key=lambda token: token.start)
        if token.counts() and not any(token.start < end and start < token.end for start, end in bound)
    ]
    opened = text_without_code.rfind("<!--")
    if opened >= 0 and "-->" not in text_without_code[opened:] and not inside(opened, spans):
        bindings.append(Binding(0, "", "", context(text, opened, opened + 4), "the comment is never closed"))
    return bindings, unbound


def inside(position, spans):
    """Whether a position lies in one of the spans."""
    return any(start <= position < end for start, end in spans)


def grouped(text, comments):
    """Bindings that follow each other, with at most a line break between, as lists of matches."""
    groups = []
    for comment in comments:
        match = BINDING.fullmatch(comment[0])
        if match is None:
            continue
        between = text[groups[-1][-1].end() : comment.start()] if groups else None
        if between is not None and re.fullmatch(r"[ \t]*\n?[ \t]*", between):
            groups[-1].append(comment)
        else:
            groups.append([comment])
    return groups


def bind(text, comments, formulas, prose):
    """The bindings of a group of comments."""
    first = comments[0].start()
    formula, place = next(((f, p) for f in formulas if (p := behind(text, f, first))), (None, ""))
    problem = ""
    if formula is not None:
        tokens = formula.values[-len(comments) :]
        if place == "beside":
            problem = "stands on the line of a displayed formula, expected on the line after it"
        elif len(tokens) < len(comments):
            problem = f"the formula has {len(tokens)} of the {len(comments)} values that are bound"
    else:
        tokens = [token for token in prose if token.end <= first and CLOSERS.fullmatch(text, token.end, first)][-1:]
    tokens += [None] * (len(comments) - len(tokens))
    for comment, token in zip(comments, tokens):
        expression = BINDING.fullmatch(comment[0])["expression"].strip()
        start = comment.start() if token is None else token.start
        printed = "" if token is None else text[token.start : token.end]
        wrong = problem
        if not wrong and token is None:
            wrong = "does not stand directly after a number"
        elif not wrong and not token.readable():
            wrong = f"the number {printed!r} cannot be read"
        yield Binding(0, printed, expression, context(text, start, comment.end()), wrong, token)


def behind(text, formula, position):
    """Where a comment stands that belongs to a formula: "behind" it, "beside" a displayed one, or nowhere ("")."""
    if position < formula.end:
        return ""
    if not formula.displayed:
        return "behind" if CLOSERS.fullmatch(text, formula.end, position) else ""
    between = text[formula.end : position]
    if re.fullmatch(rf"(?:{EQUATION_LABEL.pattern})?[ \t]*\n[ \t]*", between):
        return "behind"
    return "beside" if re.fullmatch(rf"(?:{EQUATION_LABEL.pattern})?[ \t]*", between) else ""


def context(text, start, end):
    """The text around a place on one line, without comments."""
    before, here, after = (COMMENT.sub("", part) for part in (text[:start], text[start:end], text[end:]))
    return " ".join(f"{before[-CONTEXT:]}{here}{after[:CONTEXT]}".split())


# --- notebooks -----------------------------------------------------------------------------------------------------


def cells(notebook, kind):
    """(number, source) of the cells of a kind; cells are counted from 1, Markdown and code together."""
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == kind:
            source = cell["source"]
            yield number, source if isinstance(source, str) else "".join(source)


def bindings(notebook):
    """All bindings in the text of a notebook.

    Parameters
    ----------
    notebook : dict
        The notebook as its JSON reads.

    Returns
    -------
    list of Binding

    Examples
    --------
    >>> cell = {"cell_type": "markdown", "source": "a 4×5<!--= shape --> array"}
    >>> [(b.cell, b.text, b.expression) for b in bindings({"cells": [cell]})]
    [(1, '4×5', 'shape')]
    """
    return [
        Binding(number, b.text, b.expression, b.context, b.problem, b.token)
        for number, source in cells(notebook, "markdown")
        for b in read_markdown(source)[0]
    ]


def unbound_numbers(notebook):
    """Values in the text of a notebook that must be bound and are not.

    Parameters
    ----------
    notebook : dict
        The notebook as its JSON reads.

    Returns
    -------
    list of (int, str, str)
        Number of the cell, the value as printed, the text around it.

    Notes
    -----
    Must be bound, in formulas too: decimals, integers above 12 in absolute value, shapes such as 4×5, vectors of two or
    more numbers. Not looked at: code, directive lines and labels, link targets, comments, numerals of lists and
    headings, numbers that are part of a word.

    Examples
    --------
    >>> cell = {"cell_type": "markdown", "source": "three lines, 2 columns, 0.5 in each, see conv2d"}
    >>> unbound_numbers({"cells": [cell]})
    [(1, '0.5', 'three lines, 2 columns, 0.5 in each, see conv2d')]
    """
    return [(number, *found) for number, source in cells(notebook, "markdown") for found in read_markdown(source)[1]]


def unbound_numbers_in_markdown(text):
    """Values in a Markdown page, where nothing can be bound, that the static rule of `unbound_numbers` asks about.

    Parameters
    ----------
    text : str
        The page; a header between lines ``---`` is not looked at.

    Returns
    -------
    list of (str, str)
        The value as printed, the text around it. A binding does not help: no code cell could give its value.

    Examples
    --------
    >>> unbound_numbers_in_markdown("a chapter runs in 15 seconds")
    [('15', 'a chapter runs in 15 seconds')]
    """
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return read_markdown(text.replace("<!--=", "<!-- "))[1]


def names_in_code(notebook):
    """Names that code cells give values at top level, names that they import, and cells that are not Python."""
    assigned, imported, broken = set(), set(), []
    for number, source in cells(notebook, "code"):
        try:
            tree = ast.parse(re.sub(r"(?m)^[ \t]*[%!].*$", "", source))
        except SyntaxError:
            broken.append(number)
            continue
        for node in top_level(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                imported |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                assigned.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                assigned.add(node.id)
    return assigned, imported, broken


def top_level(node):
    """The nodes of a tree that run in its own scope, not in that of a function, class or comprehension."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(
            child,
            (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.comprehension),
        ):
            yield from top_level(child)


def free_names(source, mode="eval"):
    """Names that an expression, or with mode "exec" a cell, looks up outside itself; a SyntaxError if it is none."""

    def walk(table):
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global()):
                yield symbol.get_name()
        for child in table.get_children():
            yield from walk(child)

    return set(walk(symtable.symtable(source, "<source>", mode)))


def why_not(binding, assigned, imported):
    """What is wrong with a binding whatever the code gives, or an empty string."""
    if binding.problem:
        return binding.problem
    try:
        names = free_names(binding.expression)
    except (SyntaxError, ValueError):
        return "is not an expression"
    strange = sorted(names - assigned - imported - set(dir(builtins)))
    if strange:
        return f"no code cell assigns {', '.join(strange)}"
    if not names & assigned:
        return "holds no name that a code cell assigned, so it cannot depend on the code"
    return ""


def message(binding, problem):
    """One line on a binding."""
    return f"cell {binding.cell}: “{binding.context}”: <!--= {binding.expression} --> {problem}"


def binding_problems(notebook):
    """What is wrong with the bindings of a notebook before any code has run.

    Parameters
    ----------
    notebook : dict
        The notebook as its JSON reads.

    Returns
    -------
    list of str
        One line for each binding that is not behind a readable number, is not an expression, uses a name that no code
        cell assigns or imports, or uses none that a code cell assigns; and one if nothing is bound.

    Examples
    --------
    >>> cell = {"cell_type": "markdown", "source": "0.5<!--= 1 / 2 -->"}
    >>> print(*binding_problems({"cells": [cell]}))
    cell 1: “0.5”: <!--= 1 / 2 --> holds no name that a code cell assigned, so it cannot depend on the code
    """
    assigned, imported, broken = names_in_code(notebook)
    found = bindings(notebook)
    problems = [f"cell {number}: is not Python" for number in broken]
    problems += [message(b, problem) for b in found if (problem := why_not(b, assigned, imported))]
    return problems if found else [*problems, "no number in the text is bound, so nothing is compared"]


def disagreement(binding, namespace):
    """How a binding differs from what the code gives, or an empty string."""
    missing = sorted(
        name for name in free_names(binding.expression) if name not in namespace and not hasattr(builtins, name)
    )
    if missing:
        return f"needs {', '.join(missing)}, which no cell that was run has assigned"
    try:
        value = eval(binding.expression, dict(namespace))
    except Exception as error:  # whatever the expression raises belongs into the one message
        return f"raises {type(error).__name__}: {error}"
    return "" if binding.token.agrees(value) else f"gives {binding.token.show(value)}, the text says {binding.text}"


def check_prose(name):
    """Compare the numbers in a notebook's text with what its code gave; a chapter's last cell.

    Every expression in a comment ``<!--= … -->`` is evaluated where the caller runs and compared with the number before
    it, at the precision that is printed.

    Parameters
    ----------
    name : str
        File name of the running notebook, which is looked for in the current folder.

    Raises
    ------
    TypeError, ValueError
        If name is not the name of a notebook.
    CheckFailed
        If a number differs, a binding cannot be read or evaluated, or there is none. The message lists all of them.

    Notes
    -----
    A decimal agrees with a value that is at most half a unit of its last digit away, an integer with a value that is
    equal, a fraction with an equal exact value or a float within 1e-12 of it, a shape, vector or matrix with a value of
    its shape whose entries agree. Booleans, text, NaN and infinity agree with nothing. Where the file is not found, as
    in some hosted notebooks, one line says so.

    Examples
    --------
    >>> check_prose("nowhere.ipynb")
    nowhere.ipynb: not found here, so the numbers in the text were not compared
    """
    if not isinstance(name, str):
        raise TypeError(f"check_prose: name has type {type(name).__name__}, expected the file name of this notebook")
    if not name.endswith(".ipynb"):
        raise ValueError(f"check_prose: name is {name!r}, expected a file name that ends in .ipynb")
    path = Path(name)
    if not path.is_file():
        print(f"{name}: not found here, so the numbers in the text were not compared")
        return
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"]
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"check_prose: {name} is not a notebook, expected JSON with a list of cells") from None
    namespace = sys._getframe(1).f_globals
    assigned, imported, _ = names_in_code(notebook)
    found = bindings(notebook)
    if not found:
        raise CheckFailed(f"{name}: no number in the text is bound, so nothing was compared")
    wrong = [
        message(binding, problem)
        for binding in found
        if (problem := why_not(binding, assigned, imported) or disagreement(binding, namespace))
    ]
    if wrong:
        raise CheckFailed(
            f"{name}: {len(wrong)} of {len(found)} numbers in the text are wrong\n  " + "\n  ".join(wrong)
        )
    words = "1 number in the text agrees" if len(found) == 1 else f"{len(found)} numbers in the text agree"
    print(f"{name}: {words} with the code")
