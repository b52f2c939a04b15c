# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The operators of random models: each function adds one node, or a few that belong together, or raises Misfit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from random_model import FLOATS, INTEGERS, TYPES, Misfit, Model, Value

OPERATORS: list[Callable[[Model], None]] = []


def operator(function: Callable[[Model], None]) -> Callable[[Model], None]:
    """Enters a function into the list."""
    OPERATORS.append(function)
    return function


def is_float(value: Value) -> bool:
    """Operand class."""
    return value.is_float


def is_number(value: Value) -> bool:
    """Operand class."""
    return value.kind != "bool"


# Elementwise ---------------------------------------------------------------------------------------------------------

UNARY = {
    "Exp": (np.exp, False), "Tanh": (np.tanh, False), "Sigmoid": (lambda x: 1 / (1 + np.exp(-x)), False),
    "Erf": (np.vectorize(math.erf, otypes=[float]), False), "Sin": (np.sin, False), "Cos": (np.cos, False),
    "Softplus": (lambda x: np.log1p(np.exp(x)), False), "Neg": (np.negative, None), "Abs": (np.abs, None),
    "Relu": (lambda x: np.maximum(x, 0), None), "Identity": (lambda x: x, None),
    "HardSigmoid": (lambda x: np.clip(np.float64(np.float32(0.2)) * x + 0.5, 0, 1), False),
}  # fmt: skip
JUMPING = {"Floor": np.floor, "Ceil": np.ceil, "Round": np.round, "Sign": np.sign}


@operator
def unary(m: Model) -> None:
    """A function of one float tensor."""
    name = m.pick(list(UNARY))
    function, exact = UNARY[name]
    x = m.operand(is_float)
    with np.errstate(over="ignore"):
        m.add(name, [x], [(x.kind, function(x.array))], exact)


@operator
def jumping(m: Model) -> None:
    """A step function."""
    name = m.pick(list(JUMPING))
    x = m.operand(lambda value: value.is_float and value.exact)
    m.add(name, [x], [(x.kind, JUMPING[name](x.array))])


@operator
def integer_unary(m: Model) -> None:
    """Neg and Abs on integers, Not."""
    x = m.operand(lambda value: not value.is_float)
    if x.kind == "bool":
        m.add("Not", [x], [("bool", ~x.array)])
    else:
        name = m.pick(["Neg", "Abs", "Sign"])
        m.add(name, [x], [(x.kind, {"Neg": np.negative, "Abs": np.abs, "Sign": np.sign}[name](x.array))])


def partner(m: Model, x: Value) -> Value:
    """A second operand that broadcasts with `x`: a value, or a new input or constant."""
    def fits(value: Value) -> bool:
        try:
            np.broadcast_shapes(value.shape, x.shape)
        except ValueError:
            return False
        return value.kind == x.kind

    if m.chance(0.6):
        return m.operand(fits)
    shape = [extent if m.chance(0.6) else 1 for extent in x.shape][m.integer(0, x.rank + 1) :]
    return m.add_input(x.kind, shape) if m.chance(0.4) else m.weight(x.kind, shape)


@operator
def binary(m: Model) -> None:
    """Arithmetic with broadcasting."""
    x = m.operand(is_number)
    y = partner(m, x)
    if m.chance(0.3):
        x, y = y, x
    name = m.pick(["Add", "Sub", "Mul", "Max", "Min", "Div", "PRelu"])
    if name == "Div":
        if np.any(np.abs(y.array) < 0.1):
            raise Misfit
        quotient = x.array / y.array if x.is_float else np.trunc(x.array / y.array)
        m.add(name, [x, y], [(x.kind, quotient)], x.exact and y.exact and not x.is_float)
        return
    if name == "PRelu":
        if not x.is_float or np.broadcast_shapes(x.shape, y.shape) != x.shape:
            raise Misfit
        m.add(name, [x, y], [(x.kind, np.where(x.array < 0, x.array * y.array, x.array))], False)
        return
    functions = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Max": np.maximum, "Min": np.minimum}
    keeps = name in ("Max", "Min") or not x.is_float
    m.add(name, [x, y], [(x.kind, functions[name](x.array, y.array))], x.exact and y.exact and keeps)


@operator
def compare(m: Model) -> None:
    """Comparisons, which take exact operands."""
    x = m.operand(lambda value: value.exact and value.kind != "bool")
    y = partner(m, x)
    if not y.exact:
        raise Misfit
    functions = {"Less": np.less, "Greater": np.greater, "Equal": np.equal, "LessOrEqual": np.less_equal}
    name = m.pick(list(functions))
    m.add(name, [x, y], [("bool", functions[name](x.array, y.array))])


@operator
def logic(m: Model) -> None:
    """And, Or, Xor."""
    x = m.operand(lambda value: value.kind == "bool")
    functions = {"And": np.logical_and, "Or": np.logical_or, "Xor": np.logical_xor}
    name, y = m.pick(list(functions)), partner(m, x)
    m.add(name, [x, y], [("bool", functions[name](x.array, y.array))])


@operator
def where(m: Model) -> None:
    """Selection."""
    x = m.operand()
    y = partner(m, x)
    shape = np.broadcast_shapes(x.shape, y.shape)
    condition = m.weight("bool", shape) if m.chance(0.3) else m.add_input("bool", shape)
    m.add("Where", [condition, x, y], [(x.kind, np.where(condition.array, x.array, y.array))])


@operator
def cast(m: Model) -> None:
    """Conversions; to integers and bool from exact values."""
    x = m.operand()
    kind = m.pick([kind for kind in TYPES if kind != x.kind])
    if kind in FLOATS:
        m.add("Cast", [x], [(kind, x.array.astype(np.float64))], x.exact and not x.is_float, to=TYPES[kind])
        return
    if not x.exact:
        raise Misfit
    array = x.array != 0 if kind == "bool" else np.trunc(x.array.astype(np.float64))
    m.add("Cast", [x], [(kind, array)], to=TYPES[kind])


@operator
def clip(m: Model) -> None:
    """Bounds as constants, one of them absent at times."""
    x = m.operand(is_float)
    low = m.constant(np.array(-1.5), x.kind) if m.chance(0.7) else ""
    high = m.constant(np.array(0.75), x.kind) if not low or m.chance(0.7) else ""
    bounded = np.clip(x.array, -1.5 if low else -np.inf, 0.75 if high else np.inf)
    m.add("Clip", [x, low, high] if high else [x, low], [(x.kind, bounded)])


@operator
def power(m: Model) -> None:
    """A constant exponent."""
    x, exponent = m.operand(is_float), m.pick([2.0, 3.0])
    m.add("Pow", [x, m.constant(np.array(exponent), x.kind)], [(x.kind, x.array**exponent)], False)


@operator
def root(m: Model) -> None:
    """sqrt(abs(x) + 1) and its logarithm."""
    x = m.operand(is_float)
    (positive,) = m.add("Abs", [x], [(x.kind, np.abs(x.array))])
    shifted = m.add("Add", [positive, m.constant(np.array(1.0), x.kind)], [(x.kind, positive.array + 1)], False)[0]
    name, function = m.pick([("Sqrt", np.sqrt), ("Log", np.log), ("Reciprocal", np.reciprocal)])
    m.add(name, [shifted], [(x.kind, function(shifted.array))], False)


@operator
def modulo(m: Model) -> None:
    """Integer remainder with the divisor's sign."""
    x = m.operand(lambda value: value.kind in INTEGERS)
    divisor = m.pick([2, 3, -5, 7])
    m.add("Mod", [x, m.constant(np.array(divisor), x.kind)], [(x.kind, np.mod(x.array, divisor))])


# Movement ------------------------------------------------------------------------------------------------------------


@operator
def transpose(m: Model) -> None:
    """Any permutation."""
    x = m.operand(lambda value: value.rank > 0)
    perm = [int(axis) for axis in m.random.permutation(x.rank)]
    m.add("Transpose", [x], [(x.kind, x.array.transpose(perm))], perm=perm)


@operator
def reshape(m: Model) -> None:
    """Merges, splits, 0 and -1 in the shape."""
    x = m.operand()
    shape = list(x.shape)
    for _ in range(m.integer(1, 3)):
        at = m.integer(0, len(shape) + 1)
        if at + 1 < len(shape) and m.chance(0.5):
            shape[at : at + 2] = [shape[at] * shape[at + 1]]
        elif at < len(shape) and shape[at] > 3:
            factors = [factor for factor in range(2, shape[at]) if shape[at] % factor == 0]
            if factors:
                factor = m.pick(factors)
                shape[at : at + 1] = [factor, shape[at] // factor]
        else:
            shape.insert(at, 1)
    target = list(shape)
    if 0 in shape:
        if any(extent == 0 and (i >= x.rank or x.shape[i] != 0) for i, extent in enumerate(shape)):
            raise Misfit  # 0 copies the operand's extent
    elif target and m.chance(0.4):
        target[m.integer(0, len(target))] = -1
    m.add("Reshape", [x, m.ints(*target)], [(x.kind, x.array.reshape(shape))])


@operator
def flatten(m: Model) -> None:
    """Two dims of many."""
    x = m.operand()
    axis = m.integer(0, x.rank + 1)
    rows = math.prod(x.shape[:axis])
    m.add("Flatten", [x], [(x.kind, x.array.reshape(rows, math.prod(x.shape[axis:])))], axis=axis)


@operator
def unsqueeze(m: Model) -> None:
    """A new dim, or one of extent 1 less."""
    x = m.operand()
    ones = [axis for axis in range(x.rank) if x.shape[axis] == 1]
    if ones and m.chance(0.5):
        axis = m.pick(ones)
        m.add("Squeeze", [x, m.ints(axis)], [(x.kind, x.array.squeeze(axis))])
    else:
        axis = m.integer(0, x.rank + 1)
        m.add("Unsqueeze", [x, m.ints(axis)], [(x.kind, np.expand_dims(x.array, axis))])


@operator
def slicing(m: Model) -> None:
    """Starts, ends and steps of either sign, beyond the ends too."""
    x = m.operand()
    axis = m.axis(x)
    extent, step = x.shape[axis], m.pick([1, 1, 2, -1, -2, 3])
    start, end = m.integer(-extent - 1, extent + 2), m.integer(-extent - 1, extent + 2)
    if m.chance(0.2):
        end = np.iinfo(np.int64).max if step > 0 else np.iinfo(np.int64).min
    picked = np.take(x.array, np.array(_slice_positions(start, end, step, extent), np.int64), axis)
    bounds = [m.ints(start), m.ints(int(end)), m.ints(axis), m.ints(step)]
    m.add("Slice", [x, *bounds], [(x.kind, picked)])


def _slice_positions(start: int, end: int, step: int, extent: int) -> list[int]:
    """Bounds are clamped after the extent has been added to negative ones."""
    low, high = (0, extent) if step > 0 else (-1, extent - 1)
    start = min(max(start + extent if start < 0 else start, 0), high)
    end = min(max(end + extent if end < 0 else end, low), extent)
    return [position for position in range(start, end, step) if 0 <= position < extent]


@operator
def concat(m: Model) -> None:
    """Two or three parts of equal or different extents."""
    x = m.operand()
    axis = m.axis(x)
    parts = [x]
    for _ in range(m.integer(1, 3)):
        def fits(value: Value) -> bool:
            same = value.rank == x.rank and value.kind == x.kind
            return same and all(value.shape[d] == x.shape[d] for d in range(x.rank) if d != axis)

        if m.chance(0.6):
            parts.append(m.operand(fits))
        else:
            shape = list(x.shape)
            shape[axis] = m.pick((0, 1, 2, 5))
            parts.append(m.weight(x.kind, shape))
    m.add("Concat", parts, [(x.kind, np.concatenate([part.array for part in parts], axis))], axis=axis)


@operator
def split(m: Model) -> None:
    """Parts of given sizes."""
    x = m.operand()
    axis = m.axis(x)
    first = m.integer(0, x.shape[axis] + 1)
    sizes = [first, x.shape[axis] - first]
    parts = np.split(x.array, [first], axis)
    m.add("Split", [x, m.ints(*sizes)], [(x.kind, part) for part in parts], axis=axis)


@operator
def expand(m: Model) -> None:
    """Repeats along extents of 1 and new dims."""
    x = m.operand()
    shape = [m.pick((1, 2, 3)) if extent == 1 else extent for extent in x.shape]
    shape = [m.pick((1, 2, 3)) for _ in range(m.integer(0, 2))] + shape
    m.add("Expand", [x, m.ints(*shape)], [(x.kind, np.broadcast_to(x.array, np.broadcast_shapes(shape, x.shape)))])


@operator
def tile(m: Model) -> None:
    """Whole copies."""
    x = m.operand()
    repeats = [m.pick((1, 1, 2, 3)) for _ in range(x.rank)]
    m.add("Tile", [x, m.ints(*repeats)], [(x.kind, np.tile(x.array, repeats))])


@operator
def pad(m: Model) -> None:
    """Constant, edge and reflected borders."""
    x = m.operand(lambda value: is_number(value) and value.rank > 0)
    low, high = ([m.integer(0, 3) for _ in range(x.rank)] for _ in range(2))
    mode = m.pick(["constant", "edge", "reflect"])
    widths = list(zip(low, high))
    if mode == "constant":
        array = np.pad(x.array, widths, constant_values=2)
        m.add("Pad", [x, m.ints(*low, *high), m.constant(np.array(2), x.kind)], [(x.kind, array)])
        return
    if 0 in x.shape or any(max(pair) >= extent for pair, extent in zip(widths, x.shape)):
        raise Misfit
    m.add("Pad", [x, m.ints(*low, *high)], [(x.kind, np.pad(x.array, widths, mode))], mode=mode)


@operator
def gather(m: Model) -> None:
    """Constant or given indices, negative ones among them."""
    x = m.operand()
    axis = m.axis(x)
    extent = x.shape[axis]
    indices = m.random.integers(-extent, extent, m.shape(0, 2)) if extent else np.zeros(0, np.int64)
    if m.chance(0.5):
        index = m.constant(indices, "i64")
    else:
        index = m.add_input("i64", indices.shape)
        index.array = indices
    m.add("Gather", [x, index], [(x.kind, np.take(x.array, indices, axis))], x.exact, axis=axis)


@operator
def gather_elements(m: Model) -> None:
    """One index per element."""
    x = m.operand(lambda value: value.rank > 0)
    axis = m.axis(x)
    shape = list(x.shape)
    shape[axis] = m.pick((1, 2, 3))
    if not x.shape[axis]:
        raise Misfit
    index = m.add_input("i64", shape)
    index.array = m.random.integers(0, x.shape[axis], shape)
    m.add("GatherElements", [x, index], [(x.kind, np.take_along_axis(x.array, index.array, axis))], x.exact, axis=axis)


@operator
def scatter_nd(m: Model) -> None:
    """Rows replaced or added to."""
    x = m.operand(lambda value: value.rank > 0 and value.shape[0] > 0)
    count, adds = m.integer(0, 4), x.kind != "bool" and m.chance(0.5)
    rows = m.random.integers(0, x.shape[0], count)
    updates = m.weight(x.kind, [count, *x.shape[1:]])
    result = x.array.copy()
    for row, update in zip(rows, updates.array):
        result[row] = result[row] + update if adds else update
    indices = m.constant(rows.reshape(count, 1), "i64")
    exact = x.exact and not (adds and x.is_float)
    m.add("ScatterND", [x, indices, updates], [(x.kind, result)], exact, reduction="add" if adds else "none")


@operator
def trilu(m: Model) -> None:
    """A triangle of a matrix."""
    x, upper = m.operand(lambda value: value.rank >= 2), int(m.chance(0.5))
    m.add("Trilu", [x], [(x.kind, np.triu(x.array) if upper else np.tril(x.array))], upper=upper)


@operator
def shape_of(m: Model) -> None:
    """Shape -> Gather -> Concat -> Reshape, as exporters write it."""
    x = m.operand(lambda value: value.rank >= 2 and value.array.size > 0)
    (shape,) = m.add("Shape", [x], [("i64", np.array(x.shape))])
    (first,) = m.add("Gather", [shape, m.ints(0)], [("i64", shape.array[:1])])
    rest = m.ints(-1)
    (target,) = m.add("Concat", [first, rest], [("i64", np.array([x.shape[0], -1]))], axis=0)
    m.add("Reshape", [x, target], [(x.kind, x.array.reshape(x.shape[0], -1))], x.exact)
