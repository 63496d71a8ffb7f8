"""Faults in the accumulations, the orders, the dual numbers and the tape."""

FAULTS = {
    "forward mode takes the Jacobians at x where the shapes allow it": (
        "_product(jacobian(h, y), J)",
        "_product(jacobian(x if x.shape == h.shape else h, y), J)",
    ),
    "reverse mode takes the Jacobians at x where the shapes allow it": (
        "_product(J, jacobian(h, y))",
        "_product(J, jacobian(x if x.shape == h.shape else h, y))",
    ),
    "forward and reverse mode are exchanged": (
        "# The order of multiplication\n",
        "forward_accumulation, reverse_accumulation = reverse_accumulation, forward_accumulation\n",
    ),
    "a function is called twice": (
        "        y = f(h)\n        J, products",
        "        f(h)\n        y = f(h)\n        J, products",
    ),
    "a Jacobian is called twice": (
        "        J, products = _product(J, jacobian(h, y))",
        "        jacobian(h, y)\n        J, products = _product(J, jacobian(h, y))",
    ),
    "the value is one step short": ("return Accumulation(value, J, count)", "return Accumulation(y, J, count)"),
    "the inner size is not counted": ("rows * inner * columns", "rows * columns"),
    "the first factor is counted": (
        "return (B if A is None else A), 0",
        "return (B if A is None else A), (B if A is None else A).size",
    ),
    "the transpose in vjp is lost where the shapes allow it": (
        "g = _times(jacobian(h, y).T, g)",
        "g = _times(jacobian(h, y) if h.shape == y.shape else jacobian(h, y).T, g)",
    ),
    "the transpose in vjp is conjugated": (
        "g = _times(jacobian(h, y).T, g)",
        "g = _times(jacobian(h, y).conj().T, g)",
    ),
    "vjp takes the Jacobians at x where the shapes allow it": (
        "jacobian(h, y).T",
        "jacobian(x if x.shape == h.shape else h, y).T",
    ),
    "jvp takes the Jacobians at x where the shapes allow it": (
        "v = _times(jacobian(h, y), v)",
        "v = _times(jacobian(x if x.shape == h.shape else h, y), v)",
    ),
    "jvp keeps every value": (
        "        v = _times(jacobian(h, y), v)\n        h = y\n",
        "        v = _times(jacobian(h, y), v)\n        h, x = y, (x, h)\n",
    ),
    "the caller's arrays are handed on": (
        "        return array.copy()\n    return np.array(",
        "        return array\n    return (",
    ),
    "the cost of forward mode begins too early": ("for k in range(2, L + 1))\n", "for k in range(1, L + 1))\n"),
    "the cost of reverse mode ends too late": ("for k in range(1, L))\n", "for k in range(1, L + 1))\n"),
    "a bracket forgets the size between": (
        " + n[left[0]] * n[right[0]] * n[right[-1] - 1]",
        " + n[left[0]] * n[right[-1] - 1]",
    ),
    "the order forgets the last product": (" + n[j] * n[k] * n[i]", ""),
    "the order exchanges the parts": (
        "(best[k, j].order, best[i, k].order)",
        "(best[i, k].order, best[k, j].order)",
    ),
    "a tie goes to the largest k": ("k = min(costs, key=costs.get)", "k = min(reversed(costs), key=costs.get)"),
    "= for += on the tape": (
        "bar[parent] = bar[parent] + bar[index] * partial",
        "bar[parent] = bar[index] * partial",
    ),
    "the product rule has lost a term": ("(a * b, b, a)", "(a * b, b, 0)"),
    "a difference adds its derivatives": ("(a - b, 1, -1)", "(a - b, 1, 1)"),
    "a difference from a number keeps its sign": ("(b - a, -1, 1)", "(b - a, 1, 1)"),
    "the quotient rule has lost its sign": ("-(a / b) / b)", "(a / b) / b)"),
    "a quotient of a number has lost its sign": ("-(b / a) / a,", "(b / a) / a,"),
    "a quotient squares its divisor": ("-(a / b) / b)", "-a / (b * b))"),
    "the power rule has lost its exponent": ("exponent * self.value ** (exponent - 1)", "self.value ** (exponent - 1)"),
    "a power of 0 is not constant": (" if exponent != 0 else 0", ""),
    "dual numbers forget the inner derivative": (
        "tangent = tangent + partial * operand.tangent",
        "tangent = tangent + partial",
    ),
    "the cosine has lost its sign": ("(self, -self._numpy(np.sin))", "(self, self._numpy(np.sin))"),
    "the slope of tanh is not squared": ("1 - value * value", "1 - value"),
    "the logarithm has the slope x": ("(self, 1 / self.value)", "(self, self.value)"),
}
