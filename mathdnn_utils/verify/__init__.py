"""Check claims about formulas, and say what is wrong with a wrong one.

A check compares a claim with an oracle that does not share its code, and returns a `Report`. In a chapter a check
carries the label of the theorem it checks; then it prints one line, or stops the notebook.
"""

from .adjoints import check_adjoint
from .answers import check_answer
from .claims import check_identity, check_inequality, check_steps
from .compare import CheckFailed, Report, compare
from .derivatives import check_gradient, check_jacobian, check_vjp
from .marking import adjoint_of, gradient_of, jacobian_of, vjp_of
from .oracles import autodiff_jacobian, complex_step_jacobian, finite_difference_jacobian, symbolic_jacobian
from .prose import check_prose

__all__ = [
    "check_jacobian",
    "check_gradient",
    "check_vjp",
    "check_adjoint",
    "check_identity",
    "check_inequality",
    "check_steps",
    "compare",
    "Report",
    "CheckFailed",
    "finite_difference_jacobian",
    "complex_step_jacobian",
    "autodiff_jacobian",
    "symbolic_jacobian",
    "jacobian_of",
    "gradient_of",
    "vjp_of",
    "adjoint_of",
    "check_answer",
    "check_prose",
]
