"""The shell command that grades a pile of files: `python -m mathdnn_utils.verify FILE.py …`.

Every file runs in a process of its own, which writes a JSON line for each thing that happens into a file that this
process reads when the other has ended. So what was graded before a crash or a hang is kept, and what a submission
prints goes nowhere near the report.
"""

import argparse
import functools
import glob
import importlib.util
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import traceback
from fractions import Fraction
from pathlib import Path
from types import ModuleType

from .marking import KINDS, check_for, marks_made_in
from .words import number

PACKAGE = Path(__file__).parents[1]
# The process of a submission starts here: the package is found, whether it is installed or not, and nothing else is.
START = """
import sys
sys.path.insert(0, sys.argv[1])
from mathdnn_utils.verify.grading import run_submission
del sys.path[0]
run_submission(*sys.argv[2:])
"""
EXIT_CODES = {"right": 0, "wrong": 1, "unusable": 2}
LONGEST_MESSAGE = 300  # characters of a submission's own words
HOW_TO_MARK = (
    "add `from mathdnn_utils.verify import jacobian_of` at the top and, right above the claimed function, "
    "`@jacobian_of(f, at=[0.1, 0.2])` with your function in place of f and a point of your own"
)
EPILOG = """\
A student marks a claim with two lines, one import and one decorator:

  from mathdnn_utils.verify import jacobian_of

  @jacobian_of(layer, at=[0.1, 0.2])
  def layer_jacobian(x): ...

The marks are jacobian_of(f, at), gradient_of(f, at), vjp_of(f, at) for a function of x and g, and
adjoint_of(apply, x_shape, y_shape). `at` is a point, or a function of a random generator that draws one.

The exit code is 0 if all claims are right, 1 if one is wrong, 2 if a file cannot be used.

The files are run with your rights: this is no sandbox. What they print is thrown away. A file that hangs or crashes
does not stop the others.
"""

# --- the process of one submission ---------------------------------------------------------------------------------


class CannotBeUsed(Exception):
    """A submission that cannot be graded. The message says why, in one line."""


def run_submission(path, results, timeout):
    """Grade one file, write what happens to the file `results`, and end this process."""
    first = os.getpid()
    limit_resources(float(timeout))

    def record(**event):
        # A submission may have forked: its child has come here as well, and must not report a second time.
        if os.getpid() != first:
            os._exit(0)
        # Opened anew each time, because a submission may close every file that is open.
        with open(results, "a", encoding="ascii") as lines:
            lines.write(json.dumps(event) + "\n")

    try:
        marks = marks_made_in(vars(imported(path)))
        if not marks:
            empty = not Path(path).read_bytes().strip()
            raise CannotBeUsed(f"{'it is empty' if empty else 'no function is marked'}: {HOW_TO_MARK}.")
        pairs = [(mark, claimed) for mark in marks for claimed in mark.claims or [None]]
        for number_left, (mark, claimed) in zip(reversed(range(len(pairs))), pairs):
            record(begins=title(mark, claimed), left=number_left)
            record(check={**title(mark, claimed), **verdict(mark, claimed, path)})
        record(end=True)
    except CannotBeUsed as error:
        record(error=str(error))
    # Not sys.exit: threads that the submission has left behind would keep this process.
    os._exit(0)


def limit_resources(timeout):
    """Let a submission that crashes leave no dump, and one whose grader was killed not run for ever."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    # The time on all processors together; the grader itself ends a submission earlier, by the clock.
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    seconds = int(min(timeout, 10**6) * (os.cpu_count() or 1)) + 10
    seconds = seconds if hard == resource.RLIM_INFINITY else min(seconds, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def imported(path):
    """The module of a submission, run under its own name, with its folder first on sys.path."""
    try:
        code = compiled(path)
    except SyntaxError as error:
        raise CannotBeUsed(f"syntax error in line {error.lineno}: {one_line(error.msg)}.") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise CannotBeUsed(f"Python gives it up with {type(error).__name__} before running it.") from None
    name = Path(path).stem
    # A file called numpy.py or json.py must not stand in for the module that others mean.
    module = ModuleType(f"submission_{name}" if name in sys.modules or name in sys.stdlib_module_names else name)
    module.__file__ = path
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(Path(path).parent))
    sys.argv[:] = [path]
    try:
        exec(code, vars(module))
    except BaseException as error:  # sys.exit is no Exception
        hint = " Nobody can type an answer while it is graded." if isinstance(error, EOFError) else ""
        raise CannotBeUsed(f"it {raised(error)}{place(error, path)}.{hint}") from None
    return module


def compiled(path):
    """The code of a submission."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise CannotBeUsed(f"it cannot be read: {one_line(error.strerror)}.") from None
    try:
        source = importlib.util.decode_source(content)
    except (UnicodeDecodeError, SyntaxError):  # SyntaxError: the encoding that it names does not exist
        source = "\0"
    if "\0" in source:
        raise CannotBeUsed("it is not readable as text. A Python file, saved as UTF-8, is expected.")
    if Path(path).suffix == ".ipynb":
        raise CannotBeUsed("it is a notebook. Save it as a Python file first: jupyter nbconvert --to script FILE.ipynb")
    return compile(source, path, "exec", dont_inherit=True)


def title(mark, claimed):
    """What a verdict is about: the claimed function, the line of its mark, and what it claims to be."""
    name = None if claimed is None else name_of(claimed)
    return {"name": name, "line": mark.line, "kind": mark.kind, "of": name_of(mark.of)}


def name_of(function):
    """The name of a function in words that fit into a sentence."""
    name = getattr(function, "__name__", None)
    if not isinstance(name, str):
        return f"a {type(function).__name__}"
    return "a lambda" if name == "<lambda>" else one_line(name)


def verdict(mark, claimed, path):
    """The verdict on one pair of functions, as JSON has it."""
    if claimed is None:
        return failed(f"{mark.kind}_of stands above no function. Is the @ in front of it missing?")
    calls = Calls()
    options = {name: calls.watch(name, option) for name, option in mark.options.items()}
    arguments = [calls.watch("at", argument) for argument in mark.arguments]
    functions = calls.watch("of", mark.of), calls.watch("claim", claimed)
    try:
        report = check_for(mark.kind)(*functions, *arguments, **options)
        return reported(report)
    except BaseException as error:  # sys.exit is no Exception
        return failed(diagnosis(error, calls, mark, claimed, path))


def reported(report):
    """A report as JSON has it."""
    return {
        "ok": bool(report.ok),
        "summary": report.summary,
        "hints": [{"code": code, "sentence": sentence} for code, sentence in zip(report.hints, report.explanations)],
        "warnings": list(report.warnings),
        "worst": [
            {
                "index": [int(i) for i in entry.index],
                "claimed": as_json(entry.claimed),
                "expected": as_json(entry.expected),
            }
            for entry in report.worst
        ],
        "at": report.at,
        "oracle": report.oracle,
        "tolerance": float(report.tolerance),
        "report": str(report),
    }


def failed(sentence):
    """The verdict on a pair that could not be compared."""
    common = {"hints": [], "warnings": [], "worst": [], "at": "", "oracle": None, "tolerance": None}
    return {"ok": False, "summary": sentence, **common, "report": sentence}


def as_json(value):
    """A number as JSON has it if it is finite and real, otherwise as text: JSON knows no NaN, no infinity, no i."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, complex) and value.imag == 0:
        value = value.real
    if isinstance(value, (int, float, Fraction)) and -sys.float_info.max <= value <= sys.float_info.max:
        return value if isinstance(value, int) else float(value)
    return number(value)


class Calls:
    """Watches the functions of a pair, to know which of them raised what, and what was returned last.

    Attributes
    ----------
    returned : tuple
        The last call that returned: (role, value).
    raised : list of (role, exception)
        Every exception that came out of one of the functions.
    """

    def __init__(self):
        self.returned = (None, None)
        self.raised = []

    def watch(self, role, function):
        """The same function, watched; what is no function as it is."""
        if not callable(function):
            return function

        @functools.wraps(function)
        def watched(*arguments, **options):
            try:
                value = function(*arguments, **options)
            except BaseException as error:
                self.raised.append((role, error))
                raise
            self.returned = (role, value)
            return value

        return watched

    def culprit(self, error):
        """The role of the function from which an exception came, and the exception as it came out of it."""
        while error is not None:
            for role, seen in self.raised:
                if seen is error:
                    return role, error
            error = error.__cause__ or error.__context__
        return None, None


def diagnosis(error, calls, mark, claimed, path):
    """Why a pair could not be compared, in one line that says which of the functions is at fault."""
    name, of = name_of(claimed), name_of(mark.of)
    role, cause = calls.culprit(error)
    if role is not None:
        words = f"{raised(cause)}{place(cause, path)}."
    else:
        role, value = calls.returned
        words = unusable_value(value)
    if role is None or words is None:
        return f"{name} could not be checked: {plainly(error, mark.kind, name, of)}."
    if role == "claim":
        return f"{name} {words}"
    at_fault = f"{of}, the function it is about," if role == "of" else f"the function `{role}` of the mark"
    return f"{at_fault} {words} So {name} could not be checked."


def unusable_value(value):
    """What is wrong with a value that a reader did not mean to return, or None."""
    if value is None:
        return "returns None. Is the return statement missing?"
    if value is ...:
        return "returns `...`, as if it were still to be written."
    if isinstance(value, str):
        return f"returns the text {one_line(repr(value))} instead of numbers."
    return None


def plainly(error, kind, name, of):
    """The complaint of a check, with the names that stand in the student's file."""
    words = one_line(str(error)).removeprefix(f"{KINDS[kind][0]}: ")
    if not isinstance(error, (TypeError, ValueError)):
        words = f"{type(error).__name__}: {words}"
    words = re.sub("^claimed has ", "claimed(x) has ", words)
    ours = {"claimed": name, "vjp": name, "adjoint": name, "f": of, "apply": of}
    ours = {theirs: word for theirs, word in ours.items() if " " not in word} | {"x": "the point"}
    return re.sub(rf"^({'|'.join(ours)})(?=[ (])", lambda theirs: ours[theirs[0]], words)


def raised(error):
    """What an exception says, as the end of a sentence that begins with a name."""
    if isinstance(error, SystemExit):
        return f"calls sys.exit({'' if error.code is None else one_line(repr(error.code))})"
    try:
        words = str(error)
        if isinstance(error, SyntaxError) and error.filename:
            words = f"{error.msg}, in {Path(error.filename).name}, line {error.lineno}"
    except Exception:  # an exception of the submission's own whose message cannot be made
        words = ""
    words = one_line(words)
    return f"raises {type(error).__name__}{': ' if words else ''}{words}"


def place(error, path):
    """Where in the student's file an exception arose, or in which file beside it, in brackets."""
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    for file, line in reversed(frames):
        if file == path:
            return f" (line {line})"
    for file, line in reversed(frames):
        if Path(file).parent == Path(path).parent:
            return f" ({one_line(Path(file).name)}, line {line})"
    return ""


def one_line(text):
    """Words of a submission as one printable line of bounded length, the same on every run."""
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", str(text))
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text.rstrip(".") if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + " …"


# --- the process that grades ---------------------------------------------------------------------------------------


def main(arguments=None):
    """Grade files from the shell: check every pair of functions that they mark, and print what was found.

    Parameters
    ----------
    arguments : list of str, optional
        What stands after the name of the command; by default what the shell gave.

    Returns
    -------
    int
        The exit code: 0 if every claim is right, 1 if one is wrong, 2 if a file cannot be used.

    Examples
    --------
    >>> main(["no_such_file.py"])
    no_such_file.py
      cannot be used: there is no such file.
    2
    """
    options = command_line().parse_args(arguments)
    try:
        grades = []
        for file in expanded(options.files):
            grades.append(graded(file, options.timeout))
            if not options.json:
                say("\n" * (len(grades) > 1) + in_text(grades[-1]))
        if options.json:
            say(json.dumps(grades, indent=2, allow_nan=False))
        elif len(grades) > 1:
            say("\n" + summary(grades))
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # nobody reads on, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return max(EXIT_CODES[grade["status"]] for grade in grades)


def command_line():
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="python -m mathdnn_utils.verify",
        description="Check every claimed derivative that the files mark, and say what is wrong with a wrong one.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE.py", help="the submissions, graded in this order")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    parser.add_argument(
        "--timeout", type=seconds, default=60, metavar="SECONDS", help="time for each file (default: 60)"
    )
    return parser


def seconds(text):
    """A time limit from the command line."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no time, expected a number of seconds above 0")
    return value


def expanded(files):
    """The files, with the wildcards that the shell has left."""
    for file in files:
        found = [] if os.path.exists(file) else sorted(glob.glob(file))
        yield from found or [file]


def graded(file, timeout):
    """The grade of one file, as JSON has it."""
    path = os.path.abspath(file)
    checks, error = [], unusable_path(path)
    if error is None:
        checks, error = run(path, timeout)
    status = "unusable" if error else "right" if all(check["ok"] for check in checks) else "wrong"
    return {"file": file, "status": status, "error": error, "checks": checks}


def unusable_path(path):
    """Why a path leads to no file, or None."""
    if os.path.isfile(path):
        return None
    if os.path.isdir(path):
        return "it is a folder. Name the files in it."
    return "it is no ordinary file." if os.path.exists(path) else "there is no such file."


def run(path, timeout):
    """Grade one file in a process of its own: the verdicts, and why the file cannot be used, or None."""
    with tempfile.TemporaryDirectory(prefix="mathdnn-") as folder:
        results = os.path.join(folder, "results")
        # -P: what lies in the working folder is not imported. -B: no __pycache__ is left in the students' folders.
        command = [sys.executable, "-P", "-B", "-c", START, str(PACKAGE.parent), path, results, str(timeout)]
        # Plots open no windows, and the order of a set is the same on every run.
        environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONHASHSEED": "0"}
        nowhere = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, env=environment, **nowhere, **own_group())
        try:
            process.wait(timeout)
            timed_out = False
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            end_group(process)
        events = recorded(results)
    checks = [event["check"] for event in events if "check" in event]
    error = next((event["error"] for event in events if "error" in event), None)
    if error is None and not any("end" in event for event in events):
        plural = "" if timeout == 1 else "s"
        error = f"it did not finish within {timeout:g} second{plural}" if timed_out else ending(process.returncode)
        if events and "begins" in events[-1]:
            busy, left = events[-1]["begins"], events[-1]["left"]
            error += f" while {busy['name']}, line {busy['line']}, was being checked"
            error += f". {left} more {'was' if left == 1 else 'were'} left" if left else ""
        error += "."
    return checks, error


def own_group():
    """How to start a process that can be ended together with those that it starts."""
    if hasattr(os, "killpg"):
        return {"start_new_session": True}
    return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}


def end_group(process):
    """End a process and those that it has started, also if it has ended itself and they have not."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        elif process.poll() is None:  # Windows: the tree of a process that is gone cannot be found any more
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True)
    except (ProcessLookupError, PermissionError):  # all have ended; macOS says the latter
        pass
    process.kill()
    process.wait()


def recorded(results):
    """What a process has recorded. A line that it could not finish is left out."""
    try:
        text = Path(results).read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def ending(code):
    """In words, how a process ended that did not say that it was done."""
    if code >= 0:
        return f"it ended the Python process itself, with exit code {code} (os._exit, or a crash in a library)"
    words = {
        "SIGSEGV": "a crash: it reached for memory that is not its own",
        "SIGBUS": "a crash: it reached for memory that does not exist",
        "SIGABRT": "it, or a library that it uses, gave up",
        "SIGFPE": "a crash in integer arithmetic",
        "SIGILL": "a crash: an instruction that this machine does not know",
        "SIGKILL": "it was killed, perhaps because the memory ran out",
        "SIGTERM": "it was asked to end",
    }
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"its process was ended by {name}" + (f" ({words[name]})" if name in words else "")


# --- words ---------------------------------------------------------------------------------------------------------


def in_text(grade):
    """The grade of one file for its student."""
    lines = [printable(grade["file"])]
    for check in grade["checks"]:
        claims_to_be = f"{KINDS[check['kind']][1]} of {check['of']}"
        what = f"{check['name']}, line {check['line']}, as" if check["name"] else f"line {check['line']},"
        lines.append(f"  {what} {claims_to_be}: {'right' if check['ok'] else 'wrong'}")
        lines += [f"    {line}" for line in check["report"].splitlines()]
    if grade["error"]:
        lines.append(f"  cannot be used: {grade['error']}")
    return "\n".join(lines)


def summary(grades):
    """How many files, and how many claims, are what."""
    statuses = [grade["status"] for grade in grades]
    checks = [check["ok"] for grade in grades for check in grade["checks"]]
    files = f"{statuses.count('right')} right, {statuses.count('wrong')} wrong"
    claims = f"{checks.count(True)} right, {checks.count(False)} wrong"
    return f"{len(grades)} files: {files}, {statuses.count('unusable')} cannot be used. {len(checks)} claims: {claims}."


def printable(text):
    """The name of a file without line breaks and control characters."""
    return "".join(c if c.isprintable() else "?" for c in text)


def say(text):
    """Print at once, with whatever characters the terminal knows."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
