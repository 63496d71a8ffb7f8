"""Build the website into _build/html.

    python tools/build.py                  build what has changed, after a look at every input (make book)
    python tools/build.py --from-scratch   forget what was built before

Every warning fails the build. Sphinx alone would not notice some changes (its extensions' code, templates, docstrings,
the installed packages), would leave pages of an earlier table of contents behind, and would call a second build green
after a page that failed. So a stamp in _build remembers every input of the last build that succeeded:

- nothing changed and every file of the site is there: nothing is done, and that is said;
- only pages changed: Sphinx reads those again and writes every page;
- anything else, or no stamp (a build that failed or was interrupted): all of it is made anew.
"""

import argparse
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = Path("_build/html")
PAGES = {".md", ".ipynb", ".rst"}
# What a page is made from besides the pages: the tables, the book's extensions and static files, the docstrings.
SOURCES = (
    "_config.yml", "_toc.yml", "requirements.txt", "pyproject.toml", "CHANGELOG.md", "book", "mathdnn_utils",
    "tools/build.py",
)  # fmt: skip
IGNORED = {"__pycache__", ".ipynb_checkpoints"}
JUPYTER_BOOK = "from sphinx.util.console import nocolor; nocolor(); from jupyter_book.cli.main import main; main()"


class BuildError(RuntimeError):
    """The site could not be built, or has warnings."""


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_below(path):
    """Return the files of a folder, or the file itself, in order; what tools leave behind is not among them."""
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and not IGNORED & set(file.parts))


def is_page(name):
    return name.startswith("book/") and Path(name).suffix in PAGES


def installed_packages():
    """Return the digest of the names and versions of all installed packages."""
    versions = sorted({f"{package.name}=={package.version}" for package in importlib.metadata.distributions()})
    return hashlib.sha256("\n".join(versions).encode()).hexdigest()


def read_inputs(root):
    """Return the digest of every input of the site, by its path relative to the root."""
    inputs = {
        file.relative_to(root).as_posix(): digest(file)
        for source in SOURCES
        if (root / source).exists()
        for file in files_below(root / source)
    }
    # The environment knows absolute paths: a checkout that moved starts anew.
    return inputs | {"(python)": sys.version, "(packages)": installed_packages(), "(folder)": str(root)}


def read_outputs(root):
    """Return size and time of every file of the site, by its path relative to the site."""
    site = root / OUTPUT
    if not site.exists():
        return {}
    status = {file.relative_to(site).as_posix(): file.stat() for file in files_below(site)}
    return {name: [result.st_size, result.st_mtime_ns] for name, result in status.items()}


def stamp_file(root):
    return root / "_build" / "mathdnn-build.json"


def read_stamp(root):
    """Return the stamp of the last build, or None if it did not succeed."""
    try:
        return json.loads(stamp_file(root).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def changed_inputs(before, now):
    """Return the names of inputs that changed, came or went."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def decide(stamp, inputs, outputs):
    """Return what to do, and why.

    Parameters
    ----------
    stamp : dict or None
        The inputs and outputs of the last build that succeeded.
    inputs, outputs : dict
        What is there now.

    Returns
    -------
    tuple of str
        "keep", "pages" (Sphinx reads only the pages that changed) or "all", and the reason.
    """
    if stamp is None:
        return "all", "no finished build to start from"
    before = stamp["inputs"]
    changed = changed_inputs(before, inputs)
    reason = f"changed: {', '.join(changed[:3])}" + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
    # A page that came or went changes what links and the table of contents can find.
    if any(not is_page(name) or name not in before or name not in inputs for name in changed):
        return "all", reason
    if changed:
        return "pages", reason
    if outputs != stamp["outputs"]:
        return "pages", "the site is not as it was built"
    return "keep", "nothing has changed"


def prepare(root, changed=None):
    """Remove what the next build must not find.

    Parameters
    ----------
    root : Path
        The checkout.
    changed : list of str, optional
        The inputs that changed, all of them pages; without it, Sphinx forgets everything.

    Notes
    -----
    Sphinx writes a page whose file is missing, so every page is written again: a title, a number or a label that
    changed shows on other pages too. It reads a page again that is newer than before, which a page out of an older
    commit is not; so its memory of the changed pages is removed.
    """
    memory = root / "_build" / ".doctrees"
    shutil.rmtree(root / OUTPUT, ignore_errors=True)
    if changed is None:
        shutil.rmtree(memory, ignore_errors=True)
        shutil.rmtree(root / "_build" / "jupyter_execute", ignore_errors=True)
    else:
        for name in changed:
            (memory / name).with_suffix(".doctree").unlink(missing_ok=True)


def readable(warnings, root):
    """Return Sphinx's warnings with paths relative to the root, and cell and line where a number holds both."""

    def place(match):
        cell, line = divmod(int(match[1]), 10000)
        return f".ipynb, cell {cell}, line {line}" if cell else match[0]

    return re.sub(r"\.ipynb:(\d+)", place, warnings.replace(f"{root}{os.sep}", ""))


def run_jupyter_book(root):
    """Run Jupyter Book with every warning an error, show progress, then warnings, and return the exit code."""
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", "-W", "-n", "--keep-going", "."]
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    environment["PYTHONUTF8"] = "1"
    result = subprocess.run(
        command, cwd=root, env=environment, stderr=subprocess.PIPE, encoding="utf-8", errors="replace"
    )
    sys.stderr.write(readable(result.stderr, root))
    return result.returncode


def build(root=ROOT, *, from_scratch=False, run=run_jupyter_book):
    """Bring the site up to date and return its folder. Two calls at once wait for each other.

    Parameters
    ----------
    root : Path
        The checkout.
    from_scratch : bool
        Forget what was built before.
    run : function of the root, returning an exit code
        Builds the site; `run_jupyter_book` outside of tests.

    Raises
    ------
    BuildError
        If there are warnings or errors. They have been printed.
    """
    root = Path(root).resolve()
    (root / "_build").mkdir(exist_ok=True)
    with FileLock(root / "_build" / "mathdnn-build.lock"):
        inputs = read_inputs(root)
        stamp = None if from_scratch else read_stamp(root)
        action, reason = decide(stamp, inputs, read_outputs(root))
        if action == "keep":
            pages = sum(is_page(name) for name in inputs)
            print(f"Up to date: {pages} pages, {len(inputs)} inputs unchanged since the last build.", flush=True)
            return root / OUTPUT
        print(f"Building {'everything' if action == 'all' else 'the pages'} ({reason}).", flush=True)
        stamp_file(root).unlink(missing_ok=True)
        prepare(root, changed_inputs(stamp["inputs"], inputs) if action == "pages" else None)
        if run(root) != 0:
            raise BuildError("The site has errors or warnings, see above. Every warning counts.")
        stamp = {"inputs": inputs, "outputs": read_outputs(root)}
        stamp_file(root).write_text(json.dumps(stamp, indent=1, sort_keys=True), encoding="utf-8")
    return root / OUTPUT


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Build the website into _build/html.")
    parser.add_argument("--from-scratch", action="store_true", help="forget what was built before")
    options = parser.parse_args(arguments)
    try:
        build(from_scratch=options.from_scratch)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The next build starts again from nothing.", file=sys.stderr)
        return 130
    print(f"Open {(OUTPUT / 'index.html').as_posix()} in a browser, or: make serve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
