"""The commands people type: the Makefile, the set-up of the environments, the local server, the readers' copies."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request

import pytest
from scripts import load_script

ROOT = pathlib.Path(__file__).resolve().parent.parent

setup, serve, lab = (load_script(f"tools/{name}.py") for name in ("setup", "serve", "lab"))


# The Makefile

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--silent", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


@needs_make
def test_bare_make_lists_every_target_and_runs_none():
    listed = re.findall(r"^make (\w+) ", make(), re.MULTILINE)
    targets = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert sorted(listed) == sorted(set(targets) - {"help"})


@needs_make
@pytest.mark.parametrize(
    ("target", "script"),
    [
        ("book", "tools/build.py"),
        ("test", "pytest"),
        ("lab", "tools/lab.py"),
        ("notebooks", "tools/notebooks.py a.ipynb"),
        ("promises", "tools/promises.py"),
        ("handouts", "tools/handouts.py a.ipynb"),
        ("picture", "tools/picture.py"),
        ("bench", "benchmarks/verify.py"),
    ],
)
def test_a_target_sets_up_the_environment_first(target, script):
    planned = make("-n", target, "PYTHON=some python", "ONLY=a.ipynb", "ARGS=").splitlines()
    assert planned[0] == '"some python" -E tools/setup.py'
    assert planned[-1].rstrip().endswith(script)


# The set-up: what is to be done


def python_3_12(python):
    return (3, 12)


@pytest.fixture
def made(tmp_path):
    """A finished environment in a checkout, without a Python in it: what it is and the files it was made from."""
    folder = tmp_path / "the checkout" / ".venv"
    folder.mkdir(parents=True)
    (folder / "pyvenv.cfg").touch()
    files = [folder.parent / "requirements.txt", folder.parent / "pyproject.toml"]
    for file in files:
        file.write_text("numpy\n")
    setup.write_stamp(folder, setup.describe(folder, files, (3, 12)))
    return folder, files


def test_nothing_is_done_when_nothing_has_changed(made):
    assert setup.decide(*made, version_of=python_3_12) == ("keep", "nothing has changed")
    assert setup.decide(*made, asked=(3, 12), version_of=python_3_12)[0] == "keep"


def test_a_missing_environment_is_made(tmp_path):
    assert setup.decide(tmp_path / ".venv", []) == ("make", "there is none yet")


@pytest.mark.parametrize("changed", [0, 1])
def test_changed_requirements_are_installed(made, changed):
    made[1][changed].write_text("numpy\nscipy\n")
    assert setup.decide(*made, version_of=python_3_12) == ("update", "the requirements have changed")


def test_a_moved_checkout_gets_a_new_environment(made):
    folder, files = made
    moved = folder.parent.with_name("elsewhere")
    folder.parent.rename(moved)
    files = [moved / file.name for file in files]
    assert setup.decide(moved / ".venv", files, version_of=python_3_12) == ("make", "the folder has moved")


@pytest.mark.parametrize("stamp", ['{"unfinished": true}', '{"python": [3,', ""])
def test_an_interrupted_environment_is_made_anew(made, stamp):
    (made[0] / setup.STAMP).write_text(stamp)
    assert setup.decide(*made, version_of=python_3_12) == ("make", "it was interrupted")


def test_an_environment_made_by_hand_is_completed_and_not_thrown_away(made):
    (made[0] / setup.STAMP).unlink()
    assert setup.decide(*made, version_of=python_3_12) == ("update", "it was made by hand")


@pytest.mark.parametrize(
    ("version", "asked", "reason"),
    [
        (None, None, "its Python does not run"),
        ((3, 10), None, "its Python is 3.10"),
        ((3, 13), None, "its Python has changed"),
        ((3, 12), (3, 13), "Python 3.13 was asked for and it has 3.12"),
    ],
)
def test_an_environment_with_another_python_is_made_anew(made, version, asked, reason):
    assert setup.decide(*made, asked=asked, version_of=lambda python: version) == ("make", reason)


def test_half_an_environment_has_no_python(made):
    assert setup.environment_version(made[0]) is None
    (made[0] / "pyvenv.cfg").unlink()
    assert setup.environment_version(made[0], python_3_12) is None


# The set-up: doing it, with a stand-in for pip


def test_the_stamp_is_unfinished_until_pip_is_done(made, monkeypatch):
    folder, files = made
    monkeypatch.setattr(setup, "version_of", python_3_12)
    seen = []

    def pip(command):
        seen.append((command[1:], setup.read_stamp(folder)))
        return 0

    assert setup.install(folder, files, pip) == 0
    assert seen == [(["-I", "-m", "pip", "install", "-r", files[0]], setup.UNFINISHED)]
    assert setup.decide(folder, files, version_of=python_3_12)[0] == "keep"


def test_an_environment_that_pip_could_not_fill_is_made_anew(made):
    assert setup.install(*made, lambda command: 1) == 1
    assert setup.decide(*made, version_of=python_3_12) == ("make", "it was interrupted")


def test_an_environment_is_marked_unfinished_before_it_has_a_python(made):
    folder, _ = made
    (folder / "left over").touch()
    seen = []
    assert setup.create(folder, "python3.12", lambda command: seen.append(command) or 0) == 0
    assert seen == [["python3.12", "-E", "-m", "venv", folder]]
    assert [file.name for file in folder.iterdir()] == [setup.STAMP]
    assert setup.read_stamp(folder) == setup.UNFINISHED


def test_a_link_to_an_environment_elsewhere_is_removed_and_its_target_kept(made):
    folder, _ = made
    link = folder.parent / "link"
    link.symlink_to(folder)
    setup.remove(link)
    assert folder.is_dir() and not link.exists()


def test_a_real_environment_is_recognised(tmp_path):
    folder = tmp_path / "with space" / ".venv"
    folder.parent.mkdir()
    code = setup.create(folder, sys.executable, lambda command: setup.call([*command, "--without-pip"]))
    assert code == 0
    assert setup.environment_version(folder) == sys.version_info[:2]
    os.remove(setup.python_in(folder))
    assert setup.environment_version(folder) is None


def test_settings_of_another_python_are_dropped_and_those_of_pip_kept(monkeypatch):
    for name in setup.FOREIGN:
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://example.org")
    environment = setup.clean_environment()
    assert not set(setup.FOREIGN) & set(environment)
    assert environment["PIP_INDEX_URL"] == "https://example.org"
    assert setup.version_of(sys.executable) == sys.version_info[:2]


# The set-up: which Python


def test_this_python_is_used_when_it_is_new_enough():
    assert setup.choose_python("python3", (3, 11, 0), find_newer=None) == "python3"


def test_a_newer_python_is_looked_for_and_named(capsys):
    assert setup.choose_python("python3", (3, 9, 18), lambda: "python3.12") == "python3.12"
    assert capsys.readouterr().out == "python3 is 3.9, too old for MathDNN: using python3.12.\n"


def test_without_a_newer_python_one_line_says_what_is_needed(capsys):
    assert setup.choose_python("python3", (3, 9, 18), lambda: None) is None
    assert capsys.readouterr().err == (
        "MathDNN needs Python 3.11 or newer; python3 is 3.9.18. Name a newer one: make book PYTHON=python3.12\n"
    )


def test_only_a_python_that_runs_and_is_new_enough_is_found():
    versions = {"python3.13": None, "python3.12": (3, 10), "python3.11": (3, 11)}
    assert setup.find_newer(version_of=versions.get) == "python3.11"
    assert setup.find_newer(["python3.13", "python3.12"], versions.get) is None


@pytest.mark.skipif(os.name == "nt", reason="makes a shell script")
def test_a_name_that_does_not_run_has_no_version(tmp_path):
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 3 13\nexit 127\n")
    shim.chmod(0o755)
    assert setup.version_of(str(shim)) is None
    assert setup.version_of(str(tmp_path / "absent")) is None


def old_pythons():
    """Pythons on this machine that are too old for the book but can be run."""
    names = ["python2.7", "python3.6", "python3.7", "python3.8", "python3.9", "python3.10"]
    versions = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"), "versions")
    names += [str(path / "bin" / "python") for path in sorted(versions.glob("[23].*"))]
    return [name for name in names if (setup.version_of(name) or setup.OLDEST) < setup.OLDEST]


def test_an_old_python_says_so_in_one_line(tmp_path):
    pythons = old_pythons()
    if not pythons:
        pytest.skip("no old Python on this machine")
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "setup.py", tmp_path / "tools")
    for name in ("requirements.txt", "pyproject.toml"):
        (tmp_path / name).touch()
    for python in pythons:
        # Without a PATH no newer one is found.
        command = [shutil.which(python), "-E", "tools/setup.py"]
        done = subprocess.run(command, cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True)
        assert done.returncode == 1
        assert re.fullmatch(r"MathDNN needs Python 3\.11 or newer; .* is [\d.]+\. Name a newer one: .*\n", done.stderr)
        assert done.stdout == ""
    assert not (tmp_path / ".venv").exists()


def test_an_unknown_environment_is_refused(capsys):
    assert setup.main(["office"]) == 2
    assert "there is no environment office" in capsys.readouterr().err


# The server


def test_without_a_site_the_server_says_how_to_build_one(tmp_path, capsys):
    assert serve.main(tmp_path, ports=[]) == 1
    assert capsys.readouterr().err == "There is no site yet. Build it first: make book\n"


def test_the_server_takes_the_next_free_port(tmp_path):
    (tmp_path / "index.html").write_text("the site")
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as free:
        ports = [taken.getsockname()[1], free.getsockname()[1]]
        assert serve.open_server(tmp_path, ports) is None
        free.close()
        with serve.open_server(tmp_path, ports) as server:
            assert server.server_address == ("127.0.0.1", ports[1])
            threading.Thread(target=server.serve_forever, daemon=True).start()
            with urllib.request.urlopen(f"http://127.0.0.1:{ports[1]}/") as answer:
                assert answer.read() == b"the site"
            server.shutdown()


def test_when_no_port_is_free_the_server_says_so(tmp_path, capsys):
    (tmp_path / "index.html").touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert serve.main(tmp_path, range(port, port + 1)) == 1
    assert capsys.readouterr().err == f"No port from {port} to {port} is free.\n"


# The readers' copies


@pytest.fixture
def book(tmp_path):
    folder = tmp_path / "book"
    read = ("index.md", "units/relu.ipynb", "_static/a.png")
    for name in (*read, "_ext/machinery.py", "units/.ipynb_checkpoints/x.ipynb"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name} of the book")
    return folder


def test_chapters_and_what_they_need_are_copied(book, tmp_path):
    work = tmp_path / "work"
    names = ["_static/a.png", "index.md", "units/relu.ipynb"]
    assert lab.copy_book(book, work) == (names, [])
    files = (path for path in work.rglob("*") if path.is_file())
    assert sorted(path.relative_to(work).as_posix() for path in files) == [lab.RECORD, *names]
    assert (work / "units/relu.ipynb").read_text() == "units/relu.ipynb of the book"
    assert lab.copy_book(book, work) == ([], [])


def test_a_copy_is_never_overwritten_and_a_newer_version_is_told_until_it_is_taken(book, tmp_path):
    work = tmp_path / "work"
    lab.copy_book(book, work)
    mine = work / "units/relu.ipynb"
    mine.write_text("my answers")
    assert lab.copy_book(book, work) == ([], [])
    (book / "units/relu.ipynb").write_text("second edition")
    for _ in range(2):
        assert lab.copy_book(book, work) == ([], ["units/relu.ipynb"])
        assert mine.read_text() == "my answers"
    mine.rename(work / "units/relu-mine.ipynb")
    assert lab.copy_book(book, work) == (["units/relu.ipynb"], [])
    assert mine.read_text() == "second edition"
    assert (work / "units/relu-mine.ipynb").read_text() == "my answers"
    assert lab.copy_book(book, work) == ([], [])


def test_a_copy_without_a_record_stays(book, tmp_path):
    work = tmp_path / "work"
    lab.copy_book(book, work)
    (work / lab.RECORD).unlink()
    (work / "index.md").write_text("mine")
    assert lab.copy_book(book, work) == ([], [])
    assert (work / "index.md").read_text() == "mine"


def test_the_reader_is_told_what_happened_to_the_copies():
    assert lab.report([], []) == []
    assert lab.report(["a"], []) == ["Copied 1 file of the book to work/."]
    (line,) = lab.report([], ["units/relu.ipynb", "index.md"])
    assert line.startswith("Changed in the book since you copied it, your copy stays: units/relu.ipynb, index.md. ")


def test_the_kernel_is_the_python_of_the_book(tmp_path):
    lab.configure(tmp_path, ROOT / ".venv" / "bin" / "python")
    spec = json.loads((tmp_path / "share/jupyter/kernels/python3/kernel.json").read_text())
    assert spec["argv"][0] == str(ROOT / ".venv" / "bin" / "python")
    settings = json.loads((tmp_path / "etc/jupyter/labconfig/page_config.json").read_text())
    assert settings == {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
