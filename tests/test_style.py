"""Code is formatted, in files and in notebooks, and has no unused or unsorted imports."""

import subprocess
import sys

import pytest
from notebooks import notebook_paths
from scripts import ROOT

# For phones: what is longer scrolls.
NOTEBOOK_WIDTH = 76


def ruff(*arguments):
    """What ruff says, and whether it is content."""
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def format_check(*files):
    return ruff("format", "--check", *files)


def notebook_check(*files):
    return format_check("--line-length", str(NOTEBOOK_WIDTH), *files)


def test_python_files_are_formatted():
    code, said = format_check(".")
    assert code == 0, said + "\nrun: .venv/bin/ruff format"


def test_python_files_have_no_lint():
    code, said = ruff("check", ".")
    assert code == 0, said


def test_notebooks_are_formatted():
    code, said = notebook_check(*map(str, notebook_paths()))
    assert code == 0, said + f"\nrun: .venv/bin/ruff format --line-length {NOTEBOOK_WIDTH} NOTEBOOK"


@pytest.mark.parametrize(("source", "code"), [("x = [1, 2]\n", 0), ("x = [1,2]\n", 1)])
def test_the_checks_see_what_is_not_formatted(source, code, tmp_path):
    (tmp_path / "a.py").write_text(source)
    assert format_check(str(tmp_path / "a.py"))[0] == code
    long = f"y = f({'argument, ' * 8}last)\n"
    (tmp_path / "b.py").write_text(source + long)
    assert notebook_check(str(tmp_path / "b.py"))[0] == 1
    (tmp_path / "c.py").write_text("import os\n")
    assert ruff("check", str(tmp_path / "c.py"))[0] == 1
