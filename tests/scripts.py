"""Load a script that is in no package: those of tools/ and the site's extensions."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def load_script(path):
    """The module at a path relative to the checkout, under a name that no other module has."""
    path = ROOT / path
    spec = importlib.util.spec_from_file_location(f"mathdnn_script_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
