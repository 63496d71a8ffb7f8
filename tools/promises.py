"""Break each of the book's four promises on purpose and show that the tests notice.

    python tools/promises.py             all four (make promises)
    python tools/promises.py 1 3         some of them

Each fault is planted in a temporary copy of the checkout, in which the command is run that a person would run; the
working tree is only read. The exit code is 0 if every fault was noticed and named, 1 if a guard has missed one.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_COPIED = (".git", ".venv*", "_build", "work", "handouts", "__pycache__", ".ipynb_checkpoints", ".pytest_cache")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
ENDING = re.compile(r"^(?:E\s+)?[A-Z]\w*(?:Failed|Error): |^E\s+")


@dataclass(frozen=True)
class Promise:
    """A promise, a fault that breaks it, and what must be said of the fault.

    Attributes
    ----------
    words : str
        The promise.
    file, old, new : str
        Where the fault is planted: `old` stands there exactly once.
    tests : tuple of str
        What pytest runs.
    named : str
        A regular expression for the words that name the fault.
    """

    words: str
    file: str
    old: str
    new: str
    tests: tuple
    named: str


PROMISES = (
    Promise(
        "Every number is computed: one digit of a chapter's text is changed.",
        "book/units/relu.ipynb",
        "The area is 0.138629",
        "The area is 0.138628",
        ("book/units/relu.ipynb",),
        r"gives 0\.1386294\d*, the text says 0\.138628",
    ),
    Promise(
        "Every derivation is checked line by line: one line of a derivation is changed.",
        "book/units/relu.ipynb",
        "((x > 0) * (x + eps) - (x > 0) * x) / eps",
        "((x > 0) * (x + eps) + (x > 0) * x) / eps",
        ("book/units/relu.ipynb",),
        r"line 3 \(eq-relu-quotient-one-side\) does not equal line 2 \(eq-relu-quotient-cases\)",
    ),
    Promise(
        "A wrong answer is named: the chain rule's factor is lost in a derivative.",
        "mathdnn_utils/activations.py",
        "slope * (1 / (1 + e)) * (e / (1 + e))",
        "(1 / (1 + e)) * (e / (1 + e))",
        ("book/units/relu.ipynb",),
        r"constant-factor: the claim is 1/3 times the right one",
    ),
    Promise(
        "Reading needs nothing but the files: a page shows a picture from another host.",
        "book/index.md",
        "## The chapters\n",
        "![A picture from elsewhere](https://example.org/picture.png)\n\n## The chapters\n",
        ("tests/test_site.py", "-k", "fetches_nothing_from_other_hosts"),
        r"book/index\.html: https://example\.org/picture\.png",
    ),
)


def plant(folder, promise):
    """Break a promise in a copy of the checkout.

    Raises
    ------
    ValueError
        If what is to be changed does not stand there exactly once.
    """
    path = folder / promise.file
    text = path.read_text(encoding="utf-8")
    if text.count(promise.old) != 1:
        raise ValueError(
            f"{promise.old!r} stands {text.count(promise.old)} times in {promise.file}, expected once: "
            "PROMISES in tools/promises.py is out of date"
        )
    path.write_text(text.replace(promise.old, promise.new), encoding="utf-8")


def run_tests(folder, tests):
    """Run tests in a copy of the checkout, with the package of the copy: the exit code and what was printed."""
    environment = dict(os.environ, PYTHONPATH=str(folder), PYTHONDONTWRITEBYTECODE="1", NO_COLOR="1", COLUMNS="400")
    command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-x", "-vv", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    return done.returncode, COLOURS.sub("", done.stdout)


def verdict(promise, code, printed):
    """Whether tests that ended so have noticed and named the fault, and the lines that say it."""
    said = [line.strip() for line in printed.splitlines() if re.search(promise.named, line)]
    # 1 is pytest's code for tests that failed; others say that it could not run them.
    if code == 1 and said:
        return True, [ENDING.sub("", said[0])]
    return False, printed.splitlines()[-5:]


def demonstrate(promise, root=ROOT, *, run=run_tests):
    """Break a promise in a temporary copy and run the tests there.

    Parameters
    ----------
    promise : Promise
    root : Path
        The checkout.
    run : function of a folder and of tests, returning an exit code and what was printed

    Returns
    -------
    tuple of bool and list of str
        Whether the fault was noticed and named, and the lines that the tests said about it.
    """
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary).resolve() / "copy"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
        plant(copy, promise)
        return verdict(promise, *run(copy, promise.tests))


def differing_lines(old, new):
    """The lines of a change: what stood there and what stands there now."""
    before, after = ([line for line in text.splitlines() if line] for text in (old, new))
    return [f"- {line}" for line in before if line not in after] + [f"+ {line}" for line in after if line not in before]


def report(number, promise, noticed, said):
    """The lines that tell of one promise."""
    return [
        f"{number}. {promise.words}",
        f"   in {promise.file}:",
        *(f"     {line}" for line in differing_lines(promise.old, promise.new)),
        f"   pytest {' '.join(promise.tests)} {'says' if noticed else 'DID NOT NOTICE; it ends in'}:",
        *(f"     {line}" for line in said),
        "",
    ]


def main(arguments=None, promises=PROMISES, demonstrate=demonstrate):
    parser = argparse.ArgumentParser(
        description="Break the book's promises in a temporary copy; the tests must notice."
    )
    numbers = range(1, len(promises) + 1)
    parser.add_argument("numbers", nargs="*", type=int, metavar="NUMBER", help=f"1 to {len(promises)} (all)")
    asked = parser.parse_args(arguments).numbers or list(numbers)
    if not set(asked) <= set(numbers):
        parser.error(f"there are promises 1 to {len(promises)}")
    chosen = [promises[number - 1] for number in asked]
    missed = []
    # Two at a time: each runs a chapter or builds the site.
    with ThreadPoolExecutor(2) as pool:
        for number, promise, (noticed, said) in zip(asked, chosen, pool.map(demonstrate, chosen)):
            print("\n".join(report(number, promise, noticed, said)), flush=True)
            if not noticed:
                missed.append(number)
    if missed:
        print(f"Not noticed: {', '.join(map(str, missed))} of {len(asked)}.")
        return 1
    print(f"All {len(asked)} faults were noticed. They were planted in temporary copies; your files are as they were.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
