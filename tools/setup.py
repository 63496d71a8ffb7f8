"""Bring the environments of the book up to date: .venv, and .venv-lab for JupyterLab.

    python3 tools/setup.py           the environment of the book
    python3 tools/setup.py lab       the environment of JupyterLab

An environment is made once, updated when its requirements change, and made anew when it was interrupted, moved or lost
its Python. Most targets of the Makefile start here, so the case where nothing is to be done must stay fast.

This file runs on any Python, however old, far enough to say which one is needed: no syntax newer than Python 2.7 here.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWER_NAMES = ("python3.13", "python3.12", "python3.11")
ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
# The folder of each environment; the file that pip installs from comes first, then what else decides what it installs.
ENVIRONMENTS = {
    "book": (".venv", ("requirements.txt", "pyproject.toml")),
    "lab": (".venv-lab", ("requirements-lab.txt",)),
}
STAMP = "mathdnn-setup.json"
UNFINISHED = {"unfinished": True}
# They would make a Python look for its library, or for the book's packages, in another place.
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PYTHONOPTIMIZE", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def clean_environment():
    """Return the environment variables without those that belong to another Python; pip's own are kept."""
    return dict((name, value) for name, value in os.environ.items() if name not in FOREIGN)


def call(command):
    """Run a command in the root of the checkout, its output shown, and return its exit code."""
    return subprocess.call(command, cwd=ROOT, env=clean_environment())


def version_of(python):
    """Return (major, minor) of a Python that really runs, else None: a link may dangle, a pyenv shim may refuse."""
    command = [python, "-E", "-S", "-c", "import sys; print('%d %d' % sys.version_info[:2])"]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
        output = process.communicate()[0]
    except OSError:
        return None
    numbers = output.decode("ascii", "replace").split()
    if process.returncode != 0 or len(numbers) != 2:
        return None
    return tuple(int(number) for number in numbers)


def find_newer(names=NEWER_NAMES, version_of=version_of):
    """Return the first of these names that runs a Python new enough, or None."""
    for name in names:
        version = version_of(name)
        if version is not None and version >= OLDEST:
            return name
    return None


def python_in(folder):
    if os.name == "nt":
        return os.path.join(folder, "Scripts", "python.exe")
    return os.path.join(folder, "bin", "python")


def environment_version(folder, version_of=version_of):
    """Return (major, minor) of the environment in a folder, or None if there is none that runs."""
    if not os.path.exists(os.path.join(folder, "pyvenv.cfg")):
        return None
    return version_of(python_in(folder))


def describe(folder, files, version):
    """Return what the stamp of a finished environment says: its Python, where it is, and what it was made from.

    The place counts because the scripts of an environment hold the absolute path of its Python.
    """
    digests = {}
    for name in files:
        with open(name, "rb") as file:
            digests[os.path.basename(name)] = hashlib.sha256(file.read()).hexdigest()
    return {"python": list(version), "folder": os.path.realpath(folder), "files": digests}


def read_stamp(folder):
    """Return the stamp of an environment: a dictionary, or None if there is none. One that is cut off is unfinished."""
    try:
        with open(os.path.join(folder, STAMP)) as file:
            return json.load(file)
    except (IOError, OSError):
        return None
    except ValueError:
        return UNFINISHED


def write_stamp(folder, stamp):
    with open(os.path.join(folder, STAMP), "w") as file:
        json.dump(stamp, file, indent=1, sort_keys=True)


def decide(folder, files, asked=None, version_of=version_of):
    """Return what to do with an environment, and why.

    Parameters
    ----------
    folder : str
        The environment.
    files : sequence of str
        Paths of the files it is made from.
    asked : tuple of int, optional
        (major, minor) of the Python that somebody named; without it any Python that is new enough will do.

    Returns
    -------
    tuple of str
        "keep", "update" (pip install in place) or "make" (from nothing), and the reason.
    """
    if not os.path.lexists(folder):
        return "make", "there is none yet"
    version = environment_version(folder, version_of)
    if version is None:
        return "make", "its Python does not run"
    if version < OLDEST:
        return "make", "its Python is %d.%d" % version
    if asked is not None and version != asked:
        return "make", "Python %d.%d was asked for and it has %d.%d" % (asked + version)
    stamp = read_stamp(folder)
    if stamp is None:
        return "update", "it was made by hand"
    if stamp.get("unfinished"):
        return "make", "it was interrupted"
    now = describe(folder, files, version)
    if stamp.get("python") != now["python"]:
        return "make", "its Python has changed"
    if stamp.get("folder") != now["folder"]:
        return "make", "the folder has moved"
    if stamp.get("files") != now["files"]:
        return "update", "the requirements have changed"
    return "keep", "nothing has changed"


def remove(folder):
    if os.path.islink(folder) or os.path.isfile(folder):
        os.remove(folder)
    elif os.path.exists(folder):
        shutil.rmtree(folder)


def create(folder, python, call=call):
    """Make an empty environment. The stamp says "unfinished" from before the first file to after the last package."""
    remove(folder)
    os.mkdir(folder)
    write_stamp(folder, UNFINISHED)
    return call([python, "-E", "-m", "venv", folder])


def install(folder, files, call=call):
    """Install the first of the files into an environment, and stamp it when all went well."""
    write_stamp(folder, UNFINISHED)
    python = python_in(folder)
    code = call([python, "-I", "-m", "pip", "install", "-r", files[0]])
    if code == 0:
        write_stamp(folder, describe(folder, files, version_of(python)))
    return code


def too_old(executable, version):
    return "MathDNN needs Python %d.%d or newer; %s is %s. Name a newer one: make book PYTHON=python3.12" % (
        OLDEST + (executable, ".".join(str(number) for number in version[:3]))
    )


# The Python below an active environment: that environment may be the one that is about to be made anew.
THIS_PYTHON = getattr(sys, "_base_executable", sys.executable)


def choose_python(executable=THIS_PYTHON, version=tuple(sys.version_info), find_newer=find_newer):
    """Return the Python to make an environment with, this one if it is new enough; None after saying that none is."""
    if version[:2] >= OLDEST:
        return executable
    newer = find_newer()
    if newer is None:
        sys.stderr.write(too_old(executable, version) + "\n")
    else:
        say("%s is %d.%d, too old for MathDNN: using %s." % ((executable,) + version[:2] + (newer,)))
    return newer


def has_pip(folder):
    return call([python_in(folder), "-I", "-c", "import pip"]) == 0


def bring_up_to_date(name):
    folder, files = ENVIRONMENTS[name]
    folder = os.path.join(ROOT, folder)
    files = [os.path.join(ROOT, file) for file in files]
    # make hands PYTHON down only where somebody set it, on the command line or in the environment.
    asked = tuple(sys.version_info[:2]) if "PYTHON" in os.environ and sys.version_info >= OLDEST else None
    action, reason = decide(folder, files, asked)
    if action == "keep":
        return 0
    if action == "update" and not has_pip(folder):
        action, reason = "make", "it has no pip"
    if action == "make":
        python = choose_python()
        if python is None:
            return 1
        say("Making %s (%s). The first time takes some minutes." % (os.path.basename(folder), reason))
        code = create(folder, python)
        if code != 0:
            return code
    else:
        say("Updating %s (%s)." % (os.path.basename(folder), reason))
    code = install(folder, files)
    if code != 0:
        sys.stderr.write("%s is not complete: pip stopped with an error, see above.\n" % os.path.basename(folder))
    return code


def main(arguments):
    names = arguments or ["book"]
    unknown = [name for name in names if name not in ENVIRONMENTS]
    if unknown:
        sys.stderr.write("usage: setup.py [book] [lab]; there is no environment %s\n" % unknown[0])
        return 2
    try:
        for name in names:
            code = bring_up_to_date(name)
            if code != 0:
                return code
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted. The next run starts again from here.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
