"""Faults that the unit tests of a module must notice, a module of the same name for each.

FAULTS   name -> (what stands there, what a careless hand makes of it)
"""

from importlib import import_module
from pkgutil import iter_modules

ALL = {module.name: import_module(f"{__name__}.{module.name}").FAULTS for module in iter_modules(__path__)}
