"""nbval, called with the project's own settings, compares stored outputs strictly."""

import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output
from scripts import ROOT


def notebook(path, source, stored):
    """Write a notebook of one cell with a stored text."""
    cell = new_code_cell(source, execution_count=1, outputs=[new_output("stream", name="stdout", text=stored)])
    nbformat.write(new_notebook(cells=[cell]), path)


def test_a_stale_output_fails_and_a_right_one_passes(tmp_path):
    notebook(tmp_path / "right.ipynb", "print(6 * 7)", "42\n")
    notebook(tmp_path / "stale.ipynb", "print(6 * 7)", "41\n")
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", f"--rootdir={tmp_path}", "-n", "0", "-q"]
    run = subprocess.run([*command, tmp_path], capture_output=True, text=True)
    assert run.returncode == 1
    assert "1 failed, 1 passed" in run.stdout
    assert "stale.ipynb" in run.stdout.partition("short test summary")[2]
