"""tools/notebooks.py stores notebooks in one form, and lets no changed or failed output through unseen."""

import json
import pathlib

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from scripts import load_script

ROOT = pathlib.Path(__file__).resolve().parent.parent

notebooks = load_script("tools/notebooks.py")


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def result(text, count=1):
    return new_output("execute_result", data={"text/plain": text}, execution_count=count)


def picture(data):
    return new_output("display_data", data={"image/png": data, "text/plain": "a parabola"})


def code(source, outputs=(), count=1, **metadata):
    return new_code_cell(source, outputs=list(outputs), execution_count=count, metadata=metadata)


def save(path, *cells):
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


# The stored form


def test_ids_are_numbers_and_metadata_is_trimmed():
    cell = code("1", tags=["hide-input"], collapsed=True, execution={"iopub.execute_input": "2026-01-01"})
    kernel = {"name": "mine", "display_name": "Mine"}
    nb = new_notebook(cells=[new_markdown_cell("# A"), cell], metadata={"kernelspec": kernel, "widgets": {}})
    stored = notebooks.normalise(nb)
    assert [cell.id for cell in stored.cells] == ["cell-000", "cell-001"]
    assert stored.cells[1].metadata == {"tags": ["hide-input"]}
    assert stored.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert (stored.nbformat, stored.nbformat_minor) == (4, 5)
    nbformat.validate(stored)


def test_normalise_leaves_its_argument_alone():
    nb = new_notebook(cells=[code("1", [stream("a"), stream("b")], count=7)])
    before = nbformat.writes(nb)
    notebooks.normalise(nb)
    assert nbformat.writes(nb) == before


def test_cells_that_ran_are_counted_from_one_and_others_are_not():
    nb = new_notebook(cells=[code("1", [result("1", 4)], 4), code("2", count=None), code("3", [result("3", 9)], 9)])
    stored = notebooks.normalise(nb)
    assert [cell.execution_count for cell in stored.cells] == [1, None, 2]
    assert [stored.cells[i].outputs[0].execution_count for i in (0, 2)] == [1, 2]


def test_pieces_of_one_stream_are_joined_and_others_are_not():
    outputs = [stream("a\n"), stream("b\n"), result("1"), stream("c\n"), stream("d\n", "stderr")]
    stored = notebooks.normalise(new_notebook(cells=[code("…", outputs)])).cells[0].outputs
    assert [output.get("text") for output in stored] == ["a\nb\n", None, "c\n", "d\n"]


def test_a_traceback_keeps_no_path():
    error = new_output("error", ename="ValueError", evalue="negative", traceback=["File /home/somebody/x.py"])
    stored = notebooks.normalise(new_notebook(cells=[code("f()", [error])]))
    assert stored.cells[0].outputs[0].traceback == ["ValueError: negative"]


def test_the_file_is_readable_utf8_with_one_newline_at_its_end(tmp_path):
    path = save(tmp_path / "a.ipynb", new_markdown_cell("x ⋆ w"))
    assert notebooks.main(["--format", str(path)]) == 0
    data = path.read_bytes()
    assert "x ⋆ w".encode() in data
    assert data.endswith(b"}\n") and not data.endswith(b"\n\n")
    assert [file.name for file in tmp_path.iterdir()] == ["a.ipynb"]


def test_formatting_runs_nothing_and_is_done_once(tmp_path, capfd):
    path = save(tmp_path / "a.ipynb", code("raise SystemExit", [stream("kept\n")], count=3))
    assert notebooks.main(["--format", str(path)]) == 0
    assert "brought into form" in capfd.readouterr().out
    data = path.read_bytes()
    assert json.loads(data)["cells"][0]["outputs"][0]["text"] == ["kept\n"]
    assert notebooks.main(["--format", str(path)]) == 0
    assert "unchanged" in capfd.readouterr().out
    assert path.read_bytes() == data


# What changed


def changes(old_outputs, new_outputs, source="f(x)\ng(x)"):
    old, new = ([new_markdown_cell("text"), code(source, outputs)] for outputs in (old_outputs, new_outputs))
    return notebooks.changes(new_notebook(cells=old), new_notebook(cells=new))


def test_same_outputs_are_no_change():
    assert changes([stream("1\n"), picture("AAAA")], [stream("1\n"), picture("AAAA")]) == []


def test_changed_text_is_shown_with_its_cell_and_first_line():
    assert changes([stream("a\n1\nb\n")], [stream("a\n2\nb\n")]) == ["  cell 2: f(x)", "    -1", "    +2"]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ([], [result("3")], ["    +3"]),
        ([result("3")], [], ["    -3"]),
        ([picture("AAAA")], [picture("BBBB")], ["    picture changed"]),
        ([picture("AAAA")], [], ["    -a parabola", "    picture changed"]),
        ([stream("-- a\n")], [stream("++ a\n")], ["    --- a", "    +++ a"]),
        ([stream("3\n")], [result("3")], ["    kind or metadata of an output changed"]),
    ],
)
def test_every_kind_of_change_is_shown(old, new, lines):
    assert changes(old, new)[1:] == lines


# What is refused


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (code("1", [stream("1\n")]), None),
        (code("1", [stream("careful\n", "stderr")]), "the cell wrote to stderr:\ncareful"),
        (code("1", tags=["raises-exception"]), "the cell is tagged raises-exception and raised nothing"),
        (code("1", [new_output("error", ename="E", evalue="e")], tags=["raises-exception"]), None),
    ],
)
def test_what_forbids_storing_a_cell(cell, message):
    assert notebooks.problem(cell) == message


def test_a_failed_notebook_stays_as_it_was(tmp_path):
    path = save(tmp_path / "a.ipynb", code("x\ny", [stream("old\n")]))
    before = path.read_bytes()

    def execute(nb, folder):
        raise notebooks.CellFailed(0, "x\ny", "NameError: name 'x' is not defined")

    well, report = notebooks.refresh(path, execute)
    assert not well
    assert report[1:] == ["  cell 1:", "    x", "    y", "  NameError: name 'x' is not defined"]
    assert path.read_bytes() == before


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("{")
    for function in (notebooks.refresh, notebooks.reformat):
        well, report = function(path)
        assert not well
        assert "a.ipynb: FAILED, the file is not a notebook" in report[0]


def test_a_name_without_a_file_is_an_error(tmp_path, capsys):
    assert notebooks.main([str(tmp_path / "absent.ipynb")]) == 1
    assert "There is no notebook" in capsys.readouterr().err


def test_checkpoints_are_not_notebooks_of_the_book(tmp_path):
    for name in ("b.ipynb", "units/a.ipynb", "units/.ipynb_checkpoints/a-checkpoint.ipynb"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert notebooks.all_notebooks(tmp_path) == [tmp_path / "b.ipynb", tmp_path / "units/a.ipynb"]


# With kernels


def test_good_notebooks_are_stored_and_bad_ones_are_not(tmp_path, capfd):
    good = save(
        tmp_path / "good.ipynb",
        code("import os\nprint('one')\nprint(os.path.basename(os.getcwd()), sorted({'a', 'b'}))", [stream("zero\n")]),
        code("print(set('the order of a set'))", count=None),
        code("1 / 0", count=None, tags=["raises-exception"]),
    )
    bad = save(tmp_path / "bad.ipynb", code("x = 1"), code("y = x\nundefined", count=None))
    bad_before = bad.read_bytes()
    assert notebooks.main([str(bad), str(good)]) == 1
    said = capfd.readouterr()
    assert "cell 2:\n    y = x\n    undefined\n  NameError: name 'undefined' is not defined" in said.out
    assert f"    -zero\n    +one\n    +{tmp_path.name} ['a', 'b']" in said.out
    assert "1 of 2 notebooks failed" in said.err
    assert bad.read_bytes() == bad_before
    first = good.read_bytes()
    assert [cell["execution_count"] for cell in json.loads(first)["cells"]] == [1, 2, 3]
    assert notebooks.main([str(good)]) == 0
    assert "unchanged" in capfd.readouterr().out
    assert good.read_bytes() == first
