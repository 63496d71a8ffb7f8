"""Open JupyterLab on copies of the chapters in work/, run by the Python of the book's environment.

    .venv-lab/bin/python tools/lab.py [options of jupyter lab]

The copies are the reader's: none is ever overwritten, and what is written there never reaches the book.
"""

import hashlib
import json
import os
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
WORK = ROOT / "work"
# In work/: for every copy, the digest of the book's file at the time, so that a newer version is noticed.
RECORD = ".copied.json"
# Parts of the website's machinery, and what tools leave behind.
NOT_COPIED = {"_ext", "_templates", "__pycache__", ".ipynb_checkpoints"}
# JupyterLab's news service would ask each new reader for leave to fetch from the network.
NEWS = "@jupyterlab/apputils-extension:announcements"


def book_files(book):
    """Return the files that readers get, relative to the book and sorted."""
    files = (path.relative_to(book) for path in book.rglob("*") if path.is_file())
    return sorted(path for path in files if not NOT_COPIED.intersection(path.parts))


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def copy_whole(source, target):
    """Copy a file so that the target is never half there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    os.replace(part, target)


def copy_book(book, work):
    """Copy what work/ does not have yet.

    Returns
    -------
    tuple of two lists of str
        The files that were copied, and those whose version in the book has changed since their copy was made. The
        latter are left as they are.
    """
    work.mkdir(exist_ok=True)
    record_file = work / RECORD
    record = json.loads(record_file.read_text()) if record_file.exists() else {}
    copied, outdated = [], []
    for path in book_files(book):
        name = path.as_posix()
        current = digest(book / path)
        if not (work / path).exists():
            copy_whole(book / path, work / path)
            record[name] = current
            copied.append(name)
        elif record.setdefault(name, current) != current:
            outdated.append(name)
    record_file.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    return copied, outdated


def report(copied, outdated):
    """Return the lines that tell a reader what happened to the copies."""
    lines = []
    if copied:
        lines.append(f"Copied {len(copied)} file{'s' if len(copied) > 1 else ''} of the book to work/.")
    if outdated:
        lines.append(
            f"Changed in the book since you copied it, your copy stays: {', '.join(outdated)}. "
            "To get the new version, rename your copy and run make lab again."
        )
    return lines


def book_python():
    return ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def configure(prefix, python):
    """Register the book's Python as the kernel of an environment, in place of its own, and switch off the news."""
    kernel = pathlib.Path(prefix, "share", "jupyter", "kernels", "python3", "kernel.json")
    settings = pathlib.Path(prefix, "etc", "jupyter", "labconfig", "page_config.json")
    spec = {
        "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3 (MathDNN)",
        "language": "python",
        "metadata": {"debugger": True},
    }
    for path, content in ((kernel, spec), (settings, {"disabledExtensions": {NEWS: True}})):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1) + "\n")


def main(arguments):
    configure(sys.prefix, book_python())
    for line in report(*copy_book(BOOK, WORK)):
        print(line, flush=True)
    # The kernel registered here comes before one of the same name elsewhere on the machine.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    os.environ.pop("JUPYTER_PATH", None)
    from jupyterlab.labapp import main as jupyter_lab

    return jupyter_lab([f"--ServerApp.root_dir={WORK}", "--ServerApp.answer_yes=True", *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
