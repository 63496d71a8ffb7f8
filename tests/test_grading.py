"""The shell command: every kind of submission gets a verdict or a clear line, and none stops the others."""

import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import chdir, contextmanager, redirect_stdout
from dataclasses import replace
from fractions import Fraction
from textwrap import dedent

import numpy as np
import pytest

from mathdnn_utils.verify import adjoint_of, compare, gradient_of, grading, jacobian_of, vjp_of
from mathdnn_utils.verify.grading import (
    CannotBeUsed,
    as_json,
    compiled,
    ending,
    expanded,
    main,
    one_line,
    recorded,
    reported,
)
from mathdnn_utils.verify.marking import MARKS

MARK = [jacobian_of, gradient_of, vjp_of]
START = """\
import os, signal, subprocess, sys, time
import numpy as np
from mathdnn_utils.verify import adjoint_of, gradient_of, jacobian_of, vjp_of

def layer(x):
    return np.array([x[0] * x[1], x[0], x[1] ** 2])

@jacobian_of(layer, at=[3.0, 5.0])
def good(x):
    return np.array([[x[1], x[0]], [1, 0], [0, 2 * x[1]]])
"""
MARK_LINE = 8  # of START
FIRST = START.count("\n") + 1  # the line after START


def write(folder, **sources):
    """Write submissions: each is START and what is given. Returns the paths in order."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(START + dedent(source), encoding="utf-8")
    return [str(folder / f"{name}.py") for name in sources]


def command(*arguments):
    """Exit code and what was printed."""
    with redirect_stdout(io.StringIO()) as printed:
        code = main([str(argument) for argument in arguments])
    return code, printed.getvalue()


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def graded_as_json(*arguments):
    """Exit code, and the grades by name of the file."""
    code, printed = command("--json", *arguments)
    assert "Traceback" not in printed
    grades = json.loads(printed, parse_constant=refuse)
    return code, {os.path.basename(grade["file"]): grade for grade in grades}


RIGHT = """
import resource
import homework
from homework import *

assert os.getcwd() == {cwd!r}, os.getcwd()
assert sys.path[0] == os.path.dirname(__file__) and not {{"", os.getcwd()}} & set(sys.path), sys.path
assert os.environ["MPLBACKEND"] == "Agg" and os.environ["PYTHONHASHSEED"] == "0"
assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0, "a crash would leave a core dump"
assert sys.argv == [__file__], sys.argv
assert sys.stdin.read() == ""
print("x" * 1_000_000)
print('{{"check": {{"ok": false}}}}', flush=True)
os.write(1, b'[{{"file": "made up"}}]\\n')
os.write(2, b"Traceback (most recent call last):\\n")

@jacobian_of(layer, at=lambda rng: rng.normal(size=2), cases=3)
@jacobian_of(homework.product, at=[1.0, 2.0], oracle="finite-difference")
def größe(x):
    print("being checked")
    return [[x[1], x[0]], [1, 0], [0, 2 * x[1]]] if x[0] != 1 or x[1] != 2 else [[x[1], x[0]]]

@gradient_of(lambda x: x[0] ** 2 * x[1], at=[1.0, 2.0])
def gradient(x):
    heavy = {{"torch", "sympy", "scipy", "matplotlib", "IPython", "nbformat"}} & set(sys.modules)
    assert not heavy, heavy
    return [2 * x[0] * x[1], x[0] ** 2]

class Claim:
    def __call__(self, x):
        return good(x)

@vjp_of(layer, at=lambda rng: rng.normal(size=2), cases=2)
def product(x, g):
    return good(x).T @ g

@adjoint_of(lambda x: x[1:] - x[:-1], x_shape=(3,), y_shape=(2,))
def adjoint(y):
    return np.array([-y[0], y[0] - y[1], y[1]])

jacobian_of(layer, at=[1.0, 4.0])(Claim())
jacobian_of(layer, at=[1.0, 5.0])(lambda x: good(x))
assert good(np.array([1.0, 2.0])).shape == (3, 2), "a marked function can be called"

if __name__ == "__main__":
    sys.exit("run as a script")
"""
HOMEWORK = """
import numpy as np
from mathdnn_utils.verify import jacobian_of

def product(x):
    return np.array([x[0] * x[1]])

@jacobian_of(product, at=[1.0, 2.0])
def wrong_and_not_graded(x):
    return np.array([[x[0], x[1]]])

def breaks(x):
    return [][0]
"""
WRONG = """
from homework import breaks

@jacobian_of(layer, at=[3.0, 5.0])
def transposed(x):
    return good(x).T

@gradient_of(lambda x: x[0] ** 2 + 3 * x[1], at=[1.0, 2.0])
def sign(x):
    return [-2 * x[0], -3]

@vjp_of(lambda x: np.tanh(2 * x), at=[0.1, 0.2, 0.3], factors={"the slope": lambda x: 2 / np.cosh(2 * x) ** 2})
def forgotten_factor(x, g):
    return g

@vjp_of(layer, at=[3.0, 5.0])
def negative_product(x, g):
    return -good(x).T @ g

@adjoint_of(lambda x: x[1:] - x[:-1], x_shape=(3,), y_shape=(2,))
def half_adjoint(y):
    return [-y[0], y[0], 0]

@adjoint_of(lambda x: x[1:] - x[:-1], x_shape=(3,), y_shape=(3,))
def other_shape(y):
    return y

@vjp_of(layer, at=[3.0, 5.0])
def random_product(x, g):
    return np.random.normal(size=2)

@jacobian_of(layer, at=[3.0, 5.0])
def no_number(x):
    return good(x) * np.nan

@jacobian_of(layer, at=[3.0, 5.0])
def infinite(x):
    return good(x) + np.array([[np.inf, 0], [0, 0], [0, 0]])

@jacobian_of(layer, at=[3.0, 5.0])
def nothing(x):
    good(x)

@jacobian_of(layer, at=[3.0, 5.0])
def text(x):
    return "x[1]"

@jacobian_of(layer, at=[3.0, 5.0])
def unwritten(x):
    return ...

@jacobian_of(layer, at=[3.0, 5.0])
def ragged(x):
    return [[1, 2], [3]]

@jacobian_of(layer, at=[3.0, 5.0])
def raises(x):
    return x[2]  # LINE raises

@jacobian_of(layer, at=[3.0, 5.0])
def deep(x):
    return deep(x)  # LINE deep

@jacobian_of(layer, at=[3.0, 5.0])
def leaves(x):
    sys.exit("enough")  # LINE leaves

@jacobian_of(layer, at=[3.0, 5.0])
def two_arguments(x, y):
    return good(x)

@jacobian_of(layer, at=[3.0, 5.0])
def shouts(x):
    raise ValueError("\\x1b[31mred\\nline 2 of " + repr(object()) + "!" * 10_000)  # LINE shouts

@jacobian_of(layer, at=[3.0, 5.0])
def hides(x):
    try:
        return [][0]
    except IndexError:
        raise KeyError("b")  # LINE hides

def fails(x):
    return x / np.zeros(3)  # LINE fails

@jacobian_of(fails, at=[3.0, 5.0])
def about_fails(x):
    return good(x)

@jacobian_of(breaks, at=[3.0, 5.0])
def about_breaks(x):
    return good(x)

@jacobian_of(lambda x: None, at=[3.0, 5.0])
def about_nothing(x):
    return good(x)

@jacobian_of(layer, at=[3.0, 5.0], oracle=lambda x: undefined)  # LINE oracle
def by_an_oracle(x):
    return good(x)

@jacobian_of(layer, at=lambda rng: rng.normal(2))  # LINE at
def somewhere(x):
    return good(x)

@jacobian_of(layer, at=lambda rng: rng.nowhere)  # LINE nowhere
def nowhere(x):
    return good(x)

@jacobian_of(layer, at=[])
def empty(x):
    return good(x)

@jacobian_of(layer, at=[3.0, 5.0], oracle="hearsay")
def hearsay(x):
    return good(x)

jacobian_of(layer, at=[3.0, 5.0])  # LINE forgotten
def forgotten(x):
    return good(x)
"""


def line_of(word, source=WRONG):
    """The line, in the file, of `# LINE word`."""
    lines = (START + source).splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.endswith(f"# LINE {word}"))


@contextmanager
def core_dumps_allowed():
    """As far as this machine allows them, so that a submission that may leave one would be seen."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


@pytest.fixture(scope="module")
def pile(tmp_path_factory):
    """One run over a pile of submissions: exit code, grades by name of the file, folder."""
    folder, here = tmp_path_factory.mktemp("a pile"), tmp_path_factory.mktemp("here")
    (folder / "homework.py").write_text(HOMEWORK)
    (folder / "broken.py").write_text("def f(x):\n    return (\n")
    (folder / "a folder.py").mkdir()
    (folder / "empty.py").write_text("\n\n")
    (folder / "no syntax.py").write_text("x = 1\ndef f(x)\n    return x\n")
    files = write(
        folder,
        right=RIGHT.format(cwd=str(here)),
        wrong=WRONG,
        # Its name is that of a module that everybody needs.
        json="""
            import json
            @jacobian_of(layer, at=[1.0, 2.0])
            def second(x):
                return json.loads(json.dumps(good(x).tolist()))
        """,
        exits="""
            @jacobian_of(layer, at=[1.0, 2.0])
            def second(x):
                os._exit(0)
            jacobian_of(layer, at=[1.0, 3.0])(good)
        """,
        aborts="""
            @jacobian_of(layer, at=[1.0, 2.0])
            def second(x):
                os.abort()
        """,
        crashes="os.kill(os.getpid(), signal.SIGSEGV)",
        leaves="sys.exit(3)",
        stops="def f():\n    return undefined\nf()",
        asks="input('Your name? ')",
        imports_what_is_broken="import broken",
        marks_wrongly="jacobian_of(layer, at=[1.0, 2.0], tolerance=1)(good)",
        # What is left behind must neither report a second time nor live on. The lock is held as long as one of them is.
        leaves_children="""
            import fcntl, threading
            lock = open(os.path.join(os.path.dirname(__file__), "lock"), "w")
            fcntl.flock(lock, fcntl.LOCK_EX)
            subprocess.Popen(["sleep", "100"], pass_fds=[lock.fileno()])
            threading.Thread(target=time.sleep, args=[100]).start()
            os.fork()
            os.chdir("/")
            @jacobian_of(layer, at=[1.0, 2.0])
            def closes_every_file(x):
                os.closerange(3, lock.fileno())
                os.closerange(lock.fileno() + 1, 100)
                return good(x)
            jacobian_of(layer, at=[1.0, 3.0])(good)
        """,
    )
    (folder / "unmarked.py").write_text("from homework import wrong_and_not_graded\ndef f(x):\n    return x\n")
    others = ["homework", "unmarked", "empty", "no syntax", "a folder", "missing"]
    with chdir(here), pytest.MonkeyPatch.context() as patch, core_dumps_allowed():
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        code, grades = graded_as_json(*files, *(folder / f"{name}.py" for name in others))
    return code, grades, folder


def checks_by_name(pile, file):
    return {check["name"]: check for check in pile[1][file]["checks"]}


def error_of(pile, file):
    grade = pile[1][file]
    assert grade["status"] == "unusable" and "\n" not in grade["error"] and "Traceback" not in grade["error"]
    return grade["error"]


# Right and wrong


def test_right_claims_of_every_kind_of_function_are_found_right_whatever_the_file_prints(pile):
    grade = pile[1]["right.py"]
    assert grade["error"] is None and grade["status"] == "right", grade
    assert [(check["name"], check["kind"], check["of"]) for check in grade["checks"]] == [
        ("good", "jacobian", "layer"),
        ("größe", "jacobian", "layer"),
        ("größe", "jacobian", "product"),
        ("gradient", "gradient", "a lambda"),
        ("product", "vjp", "layer"),
        ("adjoint", "adjoint", "a lambda"),
        ("a Claim", "jacobian", "layer"),
        ("a lambda", "jacobian", "layer"),
    ]
    assert all(check["ok"] for check in grade["checks"])


def test_marks_are_graded_in_the_order_of_the_file_with_their_options(pile):
    checks = pile[1]["right.py"]["checks"]
    lines = [check["line"] for check in checks]
    assert lines == sorted(lines) and lines[0] == MARK_LINE and lines[2] == lines[1] + 1
    assert "3 cases" in checks[1]["summary"] and checks[1]["oracle"] == "complex step"
    assert "1 case," in checks[2]["summary"] and checks[2]["oracle"] == "central differences"


def test_the_marks_of_an_imported_module_are_graded_in_its_own_file_only(pile):
    assert "wrong_and_not_graded" not in checks_by_name(pile, "right.py")
    assert pile[1]["homework.py"]["status"] == "wrong"
    assert [check["name"] for check in pile[1]["homework.py"]["checks"]] == ["wrong_and_not_graded"]
    assert "no function is marked" in error_of(pile, "unmarked.py")


def test_a_file_with_the_name_of_a_needed_module_does_not_replace_it(pile):
    grade = pile[1]["json.py"]
    # `import json` finds the library, which is loaded already, as in every process that grades.
    assert grade["status"] == "right" and len(grade["checks"]) == 2, grade


@pytest.mark.parametrize(
    "name, hint",
    [
        ("transposed", "transposed"),
        ("sign", "sign"),
        ("no_number", "non-finite"),
        ("negative_product", "sign"),
        ("forgotten_factor", "row-scaled"),
    ],
)
def test_a_wrong_claim_is_named(pile, name, hint):
    check = checks_by_name(pile, "wrong.py")[name]
    assert not check["ok"]
    assert hint in [found["code"] for found in check["hints"]]
    assert all(found["sentence"].endswith(".") for found in check["hints"])
    assert f"  {hint}: " in check["report"]


def test_what_is_not_finite_is_text_in_json(pile):
    checks = checks_by_name(pile, "wrong.py")
    assert {entry["claimed"] for entry in checks["no_number"]["worst"]} == {"nan"}
    assert checks["infinite"]["worst"] == [{"index": [0, 0], "claimed": "inf", "expected": 5.0}]
    worst = {tuple(entry["index"]): entry for entry in checks["sign"]["worst"]}
    assert worst[(1,)]["claimed"] == -3 and worst[(1,)]["expected"] == pytest.approx(3)


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("nothing", "nothing returns None. Is the return statement missing?"),
        ("text", "text returns the text 'x[1]' instead of numbers."),
        ("unwritten", "unwritten returns `...`, as if it were still to be written."),
        ("raises", "raises raises IndexError: index 2 is out of bounds for axis 0 with size 2 (line {raises})."),
        ("deep", "deep raises RecursionError: maximum recursion depth exceeded (line {deep})."),
        ("leaves", "leaves calls sys.exit('enough') (line {leaves})."),
        ("hides", "hides raises KeyError: 'b' (line {hides})."),
        ("about_fails", "fails, the function it is about, raises ValueError: operands could not be broadcast"),
        ("about_fails", "(line {fails}). So about_fails could not be checked."),
        ("about_breaks", "breaks, the function it is about, raises IndexError: list index out of range (homework.py, "),
        ("about_nothing", "a lambda, the function it is about, returns None."),
        ("by_an_oracle", "the function `oracle` of the mark raises NameError: name 'undefined' is not defined (line "),
        ("by_an_oracle", "(line {oracle}). So by_an_oracle could not be checked."),
        ("nowhere", "the function `at` of the mark raises AttributeError: "),
        ("nowhere", "(line {nowhere}). So nowhere could not be checked."),
        ("empty", "empty could not be checked: the point has shape (0,), expected at least one entry."),
        ("hearsay", "hearsay could not be checked: oracle is 'hearsay', expected "),
        ("random_product", "random_product could not be checked: random_product gives two values for one x and g, "),
        ("other_shape", "other_shape could not be checked: apply(x) has shape (2,), expected (3,) because "),
        ("ragged", "ragged could not be checked: ragged(x) has rows of different lengths, expected an array"),
        (None, "jacobian_of stands above no function. Is the @ in front of it missing?"),
    ],
)
def test_what_could_not_be_compared_says_who_is_at_fault(pile, name, sentence):
    check = checks_by_name(pile, "wrong.py")[name]
    lines = {word: line_of(word) for word in ("raises", "deep", "leaves", "hides", "fails", "oracle", "nowhere")}
    assert sentence.format(**lines) in check["report"]
    assert not check["ok"] and check["summary"] == check["report"]
    assert check["hints"] == check["worst"] == [] and check["oracle"] is None


def test_a_claim_with_another_number_of_arguments_is_at_fault_itself(pile):
    report = checks_by_name(pile, "wrong.py")["two_arguments"]["report"]
    assert report.startswith("two_arguments raises TypeError: two_arguments() missing 1 required positional argument")


def test_a_wrong_adjoint_is_refuted_in_integers(pile):
    check = checks_by_name(pile, "wrong.py")["half_adjoint"]
    assert not check["ok"] and check["oracle"] == "exact integers" and check["tolerance"] == 0
    assert all(isinstance(entry["expected"], int) for entry in check["worst"]) and check["worst"]


def test_the_words_of_a_submission_become_one_short_plain_line(pile):
    report = checks_by_name(pile, "wrong.py")["shouts"]["report"]
    assert report.startswith("shouts raises ValueError: [31mred line 2 of <object object>!!!")
    assert report.endswith(f" … (line {line_of('shouts')}).") and len(report) < 400
    assert one_line("a\r\nb\t\x07c.") == "a b c"


def test_a_claim_after_many_wrong_ones_is_still_graded(pile):
    grade = pile[1]["wrong.py"]
    assert grade["status"] == "wrong" and grade["error"] is None
    assert [check["name"] for check in grade["checks"] if check["ok"]] == ["good"]
    assert grade["checks"][-1]["line"] == line_of("forgotten")


# Files that cannot be used


@pytest.mark.parametrize(
    "file, sentence",
    [
        ("leaves.py", f"it calls sys.exit(3) (line {FIRST})."),
        ("stops.py", f"it raises NameError: name 'undefined' is not defined (line {FIRST + 1})."),
        ("asks.py", f"it raises EOFError: EOF when reading a line (line {FIRST}). Nobody can type an answer"),
        ("imports_what_is_broken.py", "it raises SyntaxError: '(' was never closed, in broken.py, line 2 (line "),
        ("marks_wrongly.py", "it raises TypeError: jacobian_of: tolerance is no option, expected one of oracle, "),
        ("unmarked.py", "no function is marked: add `from mathdnn_utils.verify import jacobian_of` at the top"),
        ("empty.py", "it is empty: add `from"),
        ("no syntax.py", "syntax error in line 2: expected ':'."),
        ("a folder.py", "it is a folder. Name the files in it."),
        ("missing.py", "there is no such file."),
        ("crashes.py", "its process was ended by SIGSEGV (a crash: it reached for memory that is not its own)."),
    ],
)
def test_a_file_that_cannot_be_used_has_one_clear_line(pile, file, sentence):
    assert error_of(pile, file).startswith(sentence)
    assert pile[1][file]["checks"] == []


@pytest.mark.parametrize(
    "file, words, left",
    [
        ("exits.py", "it ended the Python process itself, with exit code 0", " 1 more was left."),
        ("aborts.py", "its process was ended by SIGABRT (", ""),
    ],
)
def test_what_was_graded_before_a_crash_is_kept(pile, file, words, left):
    error = error_of(pile, file)
    assert error.startswith(words)
    assert error.endswith(f" while second, line {FIRST + 1}, was being checked.{left}")
    assert [(check["name"], check["ok"]) for check in pile[1][file]["checks"]] == [("good", True)]


def lock_is_free(path):
    """Whether every process that held the lock has ended; those that were killed get a moment to do so."""
    fcntl = pytest.importorskip("fcntl")
    with open(path) as lock:
        for _ in range(200):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                time.sleep(0.05)
    return False


def test_children_and_threads_of_a_submission_do_not_outlive_it_nor_report(pile):
    grade = pile[1]["leaves_children.py"]
    assert grade["status"] == "right" and [check["name"] for check in grade["checks"]] == [
        "good",
        "closes_every_file",
        "good",
    ], grade
    assert lock_is_free(pile[2] / "lock")


def test_the_students_folders_stay_as_they_are(pile):
    assert not (pile[2] / "__pycache__").exists()


HANGS = """
import fcntl
lock = open(os.path.join(os.path.dirname(__file__), "lock"), "w")
fcntl.flock(lock, fcntl.LOCK_EX)
signal.signal(signal.SIGTERM, signal.SIG_IGN)  # inherited
subprocess.Popen(["sleep", "100"], pass_fds=[lock.fileno()])

@jacobian_of(layer, at=[1.0, 2.0])  # LINE slow
def slow(x):
    while True:
        pass

jacobian_of(layer, at=[1.0, 3.0])(good)
"""


def test_a_claim_that_hangs_costs_neither_what_was_graded_before_nor_the_files_after_it(tmp_path):
    code, printed = command("--timeout", "3", *write(tmp_path, hangs=HANGS, next=""))
    before, after = printed.split(str(tmp_path / "next.py") + "\n")
    assert before.splitlines()[1:] == [
        f"  good, line {MARK_LINE}, as the Jacobian of layer: right",
        "    holds (complex step, 1 case, tolerance 1e-10)",
        f"  cannot be used: it did not finish within 3 seconds while slow, line {line_of('slow', HANGS)}, was "
        "being checked. 1 more was left.",
        "",
    ]
    assert f"good, line {MARK_LINE}, as the Jacobian of layer: right" in after
    assert code == 2 and after.endswith("2 files: 1 right, 0 wrong, 1 cannot be used. 2 claims: 2 right, 0 wrong.\n")
    assert lock_is_free(tmp_path / "lock")


def test_an_endless_loop_at_import_is_ended(tmp_path):
    (file,) = write(tmp_path, endless="while True:\n    print('x' * 1000)\n")
    assert command("--timeout", "1", file) == (2, f"{file}\n  cannot be used: it did not finish within 1 second.\n")


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("binary.py", bytes(range(256)), "it is not readable as text."),
        ("latin.py", "# größer\n".encode("latin-1"), "it is not readable as text."),
        ("wide.py", "x = 1\n".encode("utf-16"), "it is not readable as text."),
        ("odd.py", b"# coding: klingon\nx = 1\n", "it is not readable as text."),
        ("book.ipynb", b'{"cells": [], "nbformat": 4}', "it is a notebook."),
    ],
)
def test_a_file_that_is_no_python_text_is_refused(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CannotBeUsed, match=f"^{words}"):
        compiled(str(tmp_path / name))


@pytest.mark.parametrize(
    "content", ["# größer\n".encode(), b"\xef\xbb\xbfx = 1\r\n", "# coding: latin-1\n# ü".encode("latin-1")]
)
def test_a_file_in_an_encoding_that_python_knows_is_read(tmp_path, content):
    (tmp_path / "a.py").write_bytes(content)
    compiled(str(tmp_path / "a.py"))


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    def refused(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(grading.Path, "read_bytes", refused)
    with pytest.raises(CannotBeUsed, match="^it cannot be read: Permission denied.$"):
        compiled(str(tmp_path / "a.py"))


def test_the_end_of_a_process_is_said_in_words():
    assert ending(3).startswith("it ended the Python process itself, with exit code 3 ")
    assert (
        ending(-signal.SIGKILL)
        == "its process was ended by SIGKILL (it was killed, perhaps because the memory ran out)"
    )
    assert ending(-signal.SIGUSR1) == "its process was ended by SIGUSR1"
    assert ending(-1000) == "its process was ended by signal 1000"


# What is printed


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """One run with text as its output, over a right, a wrong and an unusable file."""
    folder = tmp_path_factory.mktemp("text")
    wrong = """
        @jacobian_of(layer, at=[3.0, 5.0])
        def übergang(x):
            return good(x).T
        @jacobian_of(layer, at=[3.0, 5.0])
        def raises(x):
            return x[2]
        jacobian_of(layer, at=[3.0, 5.0])
    """
    write(folder, **{"a [1] right": "", "wrong für b": wrong})
    with chdir(folder):
        return command("./wrong für b.py", "a *.py", "none*.py")


def test_the_text_names_every_file_and_claim_and_indents_the_reports(text):
    code, printed = text
    assert code == 2
    wrong, right, missing, counts = printed.split("\n\n")
    lines = wrong.splitlines()
    assert lines[0] == "./wrong für b.py"
    assert lines[1] == f"  good, line {MARK_LINE}, as the Jacobian of layer: right"
    assert lines[2].startswith("    holds (complex step")
    assert lines[3] == f"  übergang, line {FIRST + 1}, as the Jacobian of layer: wrong"
    assert lines[4].startswith("    wrong: the claim has shape (2, 3), expected (3, 2)")
    assert any(line.startswith("      transposed: ") for line in lines)
    assert lines[-3:-1] == [
        f"    raises raises IndexError: index 2 is out of bounds for axis 0 with size 2 (line {FIRST + 6}).",
        f"  line {FIRST + 7}, the Jacobian of layer: wrong",
    ]
    assert right.splitlines()[:2] == ["a [1] right.py", lines[1]]
    assert missing == "none*.py\n  cannot be used: there is no such file."
    assert counts == "3 files: 1 right, 1 wrong, 1 cannot be used. 5 claims: 2 right, 3 wrong.\n"
    assert "Traceback" not in printed


def test_the_json_is_complete(pile):
    code, grades, folder = pile
    assert list(grades)[:3] == ["right.py", "wrong.py", "json.py"] and len(grades) == 18
    assert grades["right.py"]["file"] == str(folder / "right.py")
    for grade in grades.values():
        assert set(grade) == {"file", "status", "error", "checks"}
        for check in grade["checks"]:
            assert set(check) == {
                "name", "line", "kind", "of", "ok", "summary", "hints", "warnings", "worst", "at", "oracle",
                "tolerance", "report",
            }  # fmt: skip
    assert code == 2


def test_numbers_become_json_numbers_only_where_json_has_them():
    cases = [
        (np.float64(0.5), 0.5), (np.float32(0.5), 0.5), (np.int64(3), 3), (Fraction(1, 2), 0.5), (1 + 0j, 1.0),
        (float("nan"), "nan"), (-np.inf, "-inf"), (np.complex128(1 - 2j), "1-2i"), (10**400, "1" + 400 * "0"),
        (complex("nan"), "nan"), (2**70, 2**70),
    ]  # fmt: skip
    for value, expected in cases:
        found = as_json(value)
        assert found == expected and type(found) is type(expected), value
        json.dumps(found, allow_nan=False)


def test_warnings_and_indices_of_a_report_are_in_the_json():
    report = replace(compare([[1.0, 2.0], [3.0, np.nan]], [[1.0, 2.5], [3.0, 4.0]]), warnings=("take care.",))
    found = json.loads(json.dumps(reported(report), allow_nan=False))
    assert found["worst"] == [
        {"index": [1, 1], "claimed": "nan", "expected": 4.0},
        {"index": [0, 1], "claimed": 2.0, "expected": 2.5},
    ]
    assert found["warnings"] == ["take care."]
    assert found["report"] == str(report) and found["tolerance"] == report.tolerance


def test_a_terminal_that_knows_ascii_only_gets_escapes(monkeypatch):
    bytes_out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(bytes_out, encoding="ascii"))
    grading.say("u vᵀ \udcff")
    assert bytes_out.getvalue().strip() == rb"u v\u1d40 \udcff"


# Exit codes and arguments


@pytest.mark.parametrize(
    "statuses, code",
    [
        (["right"], 0), (["right", "right"], 0), (["right", "wrong"], 1), (["wrong", "right"], 1), (["unusable"], 2),
        (["unusable", "wrong"], 2), (["wrong", "unusable", "right"], 2), (["right", "unusable"], 2),
    ],
)  # fmt: skip
def test_the_exit_code_is_that_of_the_worst_file(monkeypatch, capsys, statuses, code):
    def fake(file, timeout):
        error = "it is unusable." if file == "unusable" else None
        return {"file": file, "status": file, "error": error, "checks": []}

    monkeypatch.setattr(grading, "graded", fake)
    assert main(statuses) == code
    assert main(["--json", *statuses]) == code
    assert ("files:" in capsys.readouterr().out) == (len(statuses) > 1)


def test_a_pair_that_is_wrong_makes_the_file_wrong_and_an_error_makes_it_unusable(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("")
    for checks, error, status in [
        ([True, True], None, "right"), ([True, False], None, "wrong"), ([False, True], "it hangs.", "unusable"),
        ([], "it hangs.", "unusable"),
    ]:  # fmt: skip
        monkeypatch.setattr(grading, "run", lambda path, timeout: ([{"ok": ok} for ok in checks], error))
        assert grading.graded(str(tmp_path / "a.py"), 1)["status"] == status


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--timeout", "0", "a.py"],
        ["--timeout", "nan", "a.py"],
        ["--timeout", "inf", "a.py"],
        ["--timeout", "soon", "a.py"],
    ],
)
def test_arguments_that_make_no_sense_are_refused(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == "" and "python -m mathdnn_utils.verify: error: " in printed.err


def test_the_help_shows_the_two_lines_and_warns(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    printed = capsys.readouterr().out
    assert stopped.value.code == 0
    for words in ("import jacobian_of\n", "@jacobian_of(layer, at=[0.1, 0.2])\n", "with your rights", "no sandbox"):
        assert words in printed


def test_wildcards_that_the_shell_has_left_are_expanded_in_order(tmp_path):
    for name in ("b.py", "a.py", "c[1].py", "c1.py", "d.txt"):
        (tmp_path / name).write_text("")
    star, brackets, none = str(tmp_path / "*.py"), str(tmp_path / "c[1].py"), str(tmp_path / "x*.py")
    names = [os.path.basename(file) for file in expanded([none, brackets, star])]
    assert names == ["x*.py", "c[1].py", "a.py", "b.py", "c1.py", "c[1].py"]


def test_an_interrupt_and_a_reader_that_leaves_end_the_command_quietly(monkeypatch, capfd):
    def interrupted(file, timeout):
        raise KeyboardInterrupt

    monkeypatch.setattr(grading, "graded", interrupted)
    assert main(["a.py"]) == 130
    assert capfd.readouterr().err == "stopped.\n"


def test_a_line_that_a_process_could_not_finish_is_left_out(tmp_path):
    (tmp_path / "results").write_text('{"begins": 1}\n{"check": ')
    assert recorded(tmp_path / "results") == [{"begins": 1}]
    assert recorded(tmp_path / "none") == []


def test_a_submission_neither_reads_what_is_typed_nor_writes_into_the_output(tmp_path):
    noise = "assert sys.stdin.read() == ''\nos.write(1, b'noise')\nos.write(2, b'noise')\nprint('noise')\n"
    run = [sys.executable, "-m", "mathdnn_utils.verify", "--json", *write(tmp_path, noise=noise)]
    done = subprocess.run(run, capture_output=True, text=True, input="typed")
    assert done.stderr == "" and [grade["status"] for grade in json.loads(done.stdout)] == ["right"], done.stdout
    assert done.returncode == 0


def test_the_command_can_be_run_as_a_module_and_its_reader_may_leave(tmp_path):
    run = [sys.executable, "-m", "mathdnn_utils.verify", "missing.py"]
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr == ""
    assert done.stdout == "missing.py\n  cannot be used: there is no such file.\n"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(run, stdout=write, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    os.close(write)
    assert done.returncode == 2 and done.stderr == ""


# Marks


def linear(x):
    return 2 * x


@pytest.mark.parametrize("mark", MARK)
def test_a_mark_returns_the_function_unchanged_and_remembers_both(mark):
    def claimed(x):
        return 2

    made = mark(linear, at=[1.0], seed=5)
    assert made(claimed) is claimed
    assert MARKS[-1] is made and made.of is linear and made.claims == [claimed]
    assert made.arguments == ([1.0],) and made.options == {"seed": 5} and made.namespace is globals()


def test_the_mark_of_an_adjoint_has_two_shapes():
    made = adjoint_of(linear, (3,), y_shape=(3,), cases=4)
    assert made(linear) is linear
    assert made.arguments == ((3,), (3,)) and made.options == {"cases": 4}


@pytest.mark.parametrize("mark", MARK)
def test_a_mark_refuses_what_is_no_function_and_no_option(mark):
    name = mark.__name__
    with pytest.raises(TypeError, match=f"^{name}: f has type list, expected a function$"):
        mark([1.0], at=[1.0])
    with pytest.raises(TypeError, match=f"^{name}: marks an object of type int, expected a function$"):
        mark(linear, at=[1.0])(3)
    for option in ("tolerance", "claim"):
        with pytest.raises(TypeError, match=f"^{name}: {option} is no option, expected one of oracle, .*seed"):
            mark(linear, at=[1.0], **{option: 1})
    with pytest.raises(TypeError, match=name):
        mark(linear)


def test_the_mark_of_an_adjoint_refuses_what_is_no_function_and_no_option():
    with pytest.raises(TypeError, match="^adjoint_of: apply has type list, expected a function$"):
        adjoint_of([1.0], (1,), (1,))
    with pytest.raises(TypeError, match="^adjoint_of: oracle is no option, expected one of cases, seed$"):
        adjoint_of(linear, (1,), (1,), oracle="complex-step")


@pytest.mark.parametrize("option", ["oracle", "cases", "seed", "factors", "terms", "batched", "full"])
@pytest.mark.parametrize("mark", MARK)
def test_a_mark_takes_the_options_of_its_check(mark, option):
    assert mark(linear, at=[1.0], **{option: 1}).options == {option: 1}


def test_a_submission_whose_grader_is_killed_does_not_run_for_ever(tmp_path):
    file = tmp_path / "limited.py"
    file.write_text(
        "import pathlib, resource\n"
        "limit = resource.getrlimit(resource.RLIMIT_CPU)[0]\n"
        "pathlib.Path(__file__).with_name('limit').write_text(str(limit))\n",
        encoding="utf-8",
    )
    main([str(file), "--timeout", "7"])
    limit = int((tmp_path / "limit").read_text())
    assert 7 <= limit <= 7 * os.cpu_count() + 10
