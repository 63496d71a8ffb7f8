"""Run the notebooks of the book again and store their outputs, in the same bytes every time.

    python tools/notebooks.py [NOTEBOOK ...]             run all, or these, and print every output that changed
    python tools/notebooks.py --format [NOTEBOOK ...]    run nothing, only bring the files into the stored form

A notebook with an error, a warning or anything else on stderr is left as it was, and the exit code is 1.
"""

import argparse
import copy
import difflib
import os
import pathlib
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.reader import NotJSONError

ROOT = pathlib.Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
SECONDS_PER_CELL = 120
KEPT_CELL_METADATA = ("tags", "mystnb")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class CellFailed(Exception):
    """A cell that must not be stored: its index, its source, and what is wrong. Messages count from 1, as all do."""

    def __init__(self, index, source, message):
        super().__init__(index, source, message)
        self.index, self.source, self.message = index, source, message


class OwnPython(AsyncKernelManager):
    """Starts kernels of the Python that runs this file, whatever kernels are registered on the machine."""

    @property
    def kernel_spec(self):
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
        )


def merge_streams(outputs):
    """Join neighbouring outputs of the same stream: how a cell's text is cut into pieces depends on timing."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def normalise(nb):
    """Return a copy of a notebook in the form in which the book stores it.

    Cell ids are numbers, metadata is reduced to what the site needs, pieces of a stream are joined, the cells that ran
    are counted from 1, and an error keeps its name and message but not its traceback, which holds paths of a machine.
    """
    nb = copy.deepcopy(nb)
    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    count = 0
    for index, cell in enumerate(nb.cells):
        cell.id = f"cell-{index:03d}"
        kept = {key: cell.metadata[key] for key in KEPT_CELL_METADATA if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type != "code":
            continue
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        cell.outputs = merge_streams(cell.outputs)
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = cell.execution_count
            elif output.output_type == "error":
                output.traceback = [f"{output.ename}: {output.evalue}"]
    return nb


def problem(cell):
    """Return what forbids storing the outputs of a cell that ran to its end, or None."""
    warnings = "".join(output.text for output in cell.outputs if output.get("name") == "stderr")
    if warnings:
        return f"the cell wrote to stderr:\n{warnings.rstrip()}"
    raised = any(output.output_type == "error" for output in cell.outputs)
    if "raises-exception" in cell.metadata.get("tags", []) and not raised:
        return "the cell is tagged raises-exception and raised nothing"
    return None


def execute(nb, folder):
    """Run a notebook in a folder, in a fresh kernel.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The notebook; it is not changed.
    folder : path
        The working directory of its kernel.

    Returns
    -------
    nbformat.NotebookNode
        A copy with new outputs, not yet normalised.

    Raises
    ------
    CellFailed
        If a cell raises an error, takes too long or ends the kernel, writes to stderr, or is tagged `raises-exception`
        and raises nothing.
    """
    nb = copy.deepcopy(nb)
    started = []
    client = NotebookClient(
        nb,
        kernel_name="python3",
        kernel_manager_class=OwnPython,
        timeout=SECONDS_PER_CELL,
        record_timing=False,
        # On the loopback address the kernel's remark that its connection is not encrypted tells authors nothing.
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=lambda cell, cell_index: started.append(cell_index),
    )
    # A profile of its own keeps a person's IPython settings and start-up files out of the book.
    with tempfile.TemporaryDirectory() as profile:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "IPYTHONDIR": profile}
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            raise CellFailed(started[-1], nb.cells[started[-1]].source, f"{error.ename}: {error.evalue}") from None
        except (CellTimeoutError, DeadKernelError) as error:
            message = str(error).strip().splitlines()[0]
            raise CellFailed(started[-1], nb.cells[started[-1]].source, message) from None
    for index, cell in enumerate(nb.cells):
        message = problem(cell) if cell.cell_type == "code" else None
        if message:
            raise CellFailed(index, cell.source, message)
    return nb


def shown(outputs):
    """Return the text lines and the pictures of a cell's outputs, each as a list."""
    lines, pictures = [], []
    for output in outputs:
        if output.output_type == "stream":
            lines += output.text.splitlines()
        elif output.output_type == "error":
            lines.append(f"{output.ename}: {output.evalue}")
        else:
            for kind, data in sorted(output.data.items()):
                if kind.startswith("image/") and kind != "image/svg+xml":
                    pictures.append((kind, data))
                else:
                    lines += str(data).splitlines()
    return lines, pictures


def indent(text, by="    "):
    return [by + line for line in text.splitlines()]


def changes(old, new):
    """Return the lines that tell how the outputs of two versions of the same cells differ; none if they do not."""
    report = []
    for number, (before, after) in enumerate(zip(old.cells, new.cells, strict=True), start=1):
        if after.cell_type != "code":
            continue
        old_lines, old_pictures = shown(before.get("outputs", []))
        new_lines, new_pictures = shown(after.outputs)
        # The first two lines of a unified diff name files.
        difference = list(difflib.unified_diff(old_lines, new_lines, n=0, lineterm=""))[2:]
        difference = [line for line in difference if not line.startswith("@@")]
        if old_pictures != new_pictures:
            difference.append("picture changed")
        if not difference and before.get("outputs", []) != after.outputs:
            difference.append("kind or metadata of an output changed")
        if difference:
            first_line = after.source.partition("\n")[0]
            report.append(f"  cell {number}: {first_line}")
            report += ["    " + line for line in difference]
    return report


def write(path, nb):
    """Write a notebook with a trailing newline, all at once; return whether the file's bytes changed."""
    data = (nbformat.writes(nb).rstrip("\n") + "\n").encode("utf-8")
    if path.read_bytes() == data:
        return False
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(data)
    os.replace(temporary, path)
    return True


def name_of(path):
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def refresh(path, execute=execute):
    """Run one notebook and store it; return whether all went well, and the lines that tell what happened."""
    try:
        old = nbformat.read(path, as_version=4)
    except NotJSONError:
        return False, [f"{name_of(path)}: FAILED, the file is not a notebook"]
    try:
        new = normalise(execute(old, path.parent))
    except CellFailed as failure:
        report = [f"{name_of(path)}: FAILED, the file is left as it was", f"  cell {failure.index + 1}:"]
        return False, report + indent(failure.source) + ["  " + line for line in failure.message.splitlines()]
    difference = changes(normalise(old), new)
    written = write(path, new)
    state = "outputs changed" if difference else "same outputs, file brought into form" if written else "unchanged"
    return True, [f"{name_of(path)}: {state}", *difference]


def reformat(path):
    """Bring one notebook file into the stored form without running it."""
    try:
        written = write(path, normalise(nbformat.read(path, as_version=4)))
    except NotJSONError:
        return False, [f"{name_of(path)}: FAILED, the file is not a notebook"]
    return True, [f"{name_of(path)}: {'brought into form' if written else 'unchanged'}"]


def all_notebooks(book=BOOK):
    """Return the paths of the book's notebooks, sorted."""
    return sorted(path for path in book.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def found(path):
    """The notebook that is meant by a path, or by its name alone."""
    named = [notebook for notebook in all_notebooks() if str(path) in (notebook.stem, notebook.name)]
    return named[0] if len(named) == 1 and not path.is_file() else path.resolve()


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Run the notebooks of the book again and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=pathlib.Path, help="these only, by path or name (all of the book)")
    parser.add_argument("--format", action="store_true", help="run nothing, only bring the files into the stored form")
    options = parser.parse_args(arguments)
    paths = [found(path) for path in options.notebooks] or all_notebooks()
    missing = [path for path in paths if not path.is_file()]
    if missing:
        known = ", ".join(path.stem for path in all_notebooks())
        print(f"There is no notebook {name_of(missing[0])}; the book has {known}", file=sys.stderr)
        return 1
    failed = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for path, (well, report) in zip(paths, pool.map(reformat if options.format else refresh, paths)):
            print("\n".join(report), flush=True)
            if not well:
                failed.append(name_of(path))
    if failed:
        print(f"\n{len(failed)} of {len(paths)} notebooks failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
