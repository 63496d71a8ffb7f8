"""References for units/relu, by quadrature, root finding and one-sided quotients on a grid."""

import numpy as np

from ..answers import FunctionAnswer, NumberAnswer


def exercises():
    """label -> exercise."""
    from scipy.integrate import quad
    from scipy.optimize import brentq
    from scipy.special import expit

    def one_sided_slopes():
        def f(x):
            return max(x, 2 * x)

        return [(f(-0.5) - f(0)) / -0.5, (f(0.5) - f(0)) / 0.5]

    def distance(power, slope):
        # Both halves of the line contribute alike; beyond 60 / slope the integrand is below 1e-26.
        return 2 * quad(lambda x: expit(-slope * x) ** power, 0, 60 / slope)[0]

    def leaky(x):
        return np.where(x > 0, x, 0.1 * x)

    def uniform_slope(delta, eta):
        return brentq(lambda slope: expit(-slope * delta) - eta, 1e-9, 1e9)

    return {
        "ex-relu-quotient": NumberAnswer("a number", lambda: np.diff(np.maximum(0.0, [1.0, -3.0]))[0] / -4),
        "ex-relu-subdifferential": NumberAnswer("a pair (smallest, largest)", one_sided_slopes),
        "ex-relu-beta": NumberAnswer("a number", lambda: brentq(lambda slope: expit(-slope * 0.1) - 0.01, 1, 1000)),
        "ex-relu-l1": NumberAnswer("a number", lambda: brentq(lambda slope: distance(1, slope) - 0.01, 1, 1000)),
        "ex-relu-leaky": FunctionAnswer(
            "a function of x", leaky, lambda rng: (rng.choice([-1, 1], size=5) * rng.uniform(0.2, 4, size=5),)
        ),
        "ex-relu-uniform": FunctionAnswer(
            "a function of delta and eta",
            uniform_slope,
            lambda rng: (float(rng.uniform(0.05, 2)), float(rng.uniform(0.001, 0.4))),
        ),
        "ex-relu-l2": NumberAnswer("a number", lambda: distance(2, 10)),
    }
