"""mathdnn_utils: what the chapters of MathDNN call.

The mathematical modules (`activations` and those that follow it) hold the chapters' formulas in their final form.
`verify` checks claims about them; `figures` draws them. Submodules are imported when they are first used, so that
`import mathdnn_utils` costs little more than `import numpy`.
"""

from importlib import import_module

__version__ = "0.1.0"

_SUBMODULES = (
    "accumulation",
    "activations",
    "convolution",
    "counting",
    "dense",
    "figures",
    "listing",
    "perceptron",
    "residual",
    "verify",
)


def __getattr__(name):
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_SUBMODULES])
