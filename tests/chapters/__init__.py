"""What a chapter's tests need to know of it, a module for each chapter.

CHAPTER  its file below book/, without the ending
ANSWERS  label of an exercise: (the right answer by another route, two wrong ones that people give)
FAULTS   what the chapter must notice: name -> (module, what stands there, what a careless hand makes of it)
LINES    wrong lines as people write them, for each line of the derivations but the first of each:
         label -> (what stands in its function, what is wrong there)
"""

from importlib import import_module
from pkgutil import iter_modules

ALL = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
