"""References for units/softmax: differentiated numerically from the definition, and determinants by elimination."""

import numpy as np

from ..answers import FunctionAnswer, NumberAnswer
from ..oracles import complex_step_jacobian, finite_difference_jacobian


def exercises():
    """label -> exercise."""
    from scipy.special import softmax as scipy_softmax

    def by_definition(x):
        return np.exp(x) / np.exp(x).sum()

    def loss_of_last(x):
        return np.log(np.exp(x).sum()) - x[-1]

    def tempered(x, T):
        return complex_step_jacobian(lambda z: by_definition(z / T), x)

    def logarithm(x):
        return complex_step_jacobian(lambda z: np.log(by_definition(z)), x)

    def minor(p):
        J = complex_step_jacobian(by_definition, np.log(p))
        return np.linalg.det(J[1:, 1:])

    def second(x):
        return finite_difference_jacobian(lambda z: complex_step_jacobian(by_definition, z), x)

    def draw(rng):
        return rng.normal(size=rng.integers(2, 6))

    return {
        "ex-softmax-two": NumberAnswer("a pair of numbers", lambda: scipy_softmax([104.0, 100.0])),
        "ex-softmax-product": NumberAnswer(
            "three numbers", lambda: complex_step_jacobian(by_definition, np.log([1, 2, 3])) @ [1, 2, 3]
        ),
        "ex-softmax-cross-entropy": NumberAnswer(
            "three numbers", lambda: complex_step_jacobian(loss_of_last, [1.0, 2.0, 3.0])
        ),
        "ex-softmax-temperature": FunctionAnswer(
            "a function of x and T", tempered, lambda rng: (draw(rng), float(rng.uniform(0.5, 4)))
        ),
        "ex-softmax-log": FunctionAnswer("a function of x", logarithm, lambda rng: (draw(rng),)),
        "ex-softmax-rank": FunctionAnswer("a function of p", minor, lambda rng: (scipy_softmax(draw(rng)),)),
        "ex-softmax-second": FunctionAnswer("a function of x", second, lambda rng: (draw(rng),)),
    }
