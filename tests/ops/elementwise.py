# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of elementwise ops: floats with special values, integers with their extremes, comparisons and casts."""
import math

import numpy as np

from testfile import FLOATS, RTOL, WIDTHS, Tensor, TestFile, is_float, is_unsigned, round_to, wrap

SPECIAL = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0]
EXACT = {"abs", "neg", "sign", "floor", "ceil", "round", "max", "min"}  # results that are representable


def erf(x):
    return np.vectorize(math.erf, otypes=[np.float64])(x)


UNARY = {
    "abs": (np.abs, -10, 10), "neg": (np.negative, -10, 10), "sign": (np.sign, -10, 10), "exp": (np.exp, -20, 20),
    "expm1": (np.expm1, -3, 3), "log": (np.log, 1e-3, 100), "log1p": (np.log1p, -0.9, 10), "sqrt": (np.sqrt, 0, 100),
    "rsqrt": (lambda x: 1 / np.sqrt(x), 1e-3, 100), "reciprocal": (lambda x: 1 / x, -10, 10),
    "tanh": (np.tanh, -5, 5), "logistic": (lambda x: 1 / (1 + np.exp(-x)), -12, 12), "erf": (erf, -3, 3),
    "sin": (np.sin, -10, 10), "cos": (np.cos, -10, 10), "floor": (np.floor, -10, 10), "ceil": (np.ceil, -10, 10),
    "round": (np.round, -10, 10),
}
# Where the functions saturate, change branch or lose digits.
EXTREME = {
    "exp": [88.0, 88.7, 89.0, -87.0, -87.4, -104.0, 1e30, -1e30, 1e-30],
    "expm1": [88.0, 89.0, -87.0, 1e-20, -1e-20, 1e-7, -17.0, -1e30],
    "log": [1e-38, 3.4e38, 1 + 2**-23, 1 - 2**-24, 1e-20, 2.0**100],
    "log1p": [1e-20, -1e-20, 1e-7, 3.4e38, -1 + 2**-24, -2.0],
    "sqrt": [1e-38, 3.4e38, 2.0**-126, -1e-30],
    "rsqrt": [1e-38, 3.4e38, 2.0**-126],
    "reciprocal": [1e-37, -1e37, 3.0],
    "tanh": [1e-20, -1e-7, 1e-3, 9.0, -9.5, 20.0, 1e30],
    "logistic": [17.0, -30.0, 88.0, -80.0, 1e30, 1e-20],
    "erf": [1e-20, -1e-7, 3.9, -4.1, 6.0, 1e30],
    "sin": [1e-20, math.pi, -math.pi / 2, 100.0, 1e4, -31415.926],
    "cos": [1e-20, math.pi, -math.pi / 2, 100.0, 1e4, -31415.926],
    "floor": [2.0**23 + 1, -0.25, 2.0**31, -(2.0**40)], "ceil": [2.0**23 + 1, -0.25, 2.0**31, -(2.0**40)],
    "round": [2.5, 3.5, -0.5, 0.49999997, 2.0**23 + 1, 2.0**31],
}


def clear_of_ties(kind, exact):
    """True where rounding `exact` to the type does not hang on its last digits: small types are rounded from f32."""
    precision, low, _ = FLOATS[kind]
    with np.errstate(all="ignore"):
        _, exponent = np.frexp(exact)
        place = exact / np.ldexp(1.0, np.maximum(exponent - 1, low) - precision + 1)
        return ~np.isfinite(exact) | (np.abs(np.abs(place - np.floor(place)) - 0.5) > 0.02)


def draw(rng, kind, function, ranges, count, fixed):
    """`count` operand tuples of the type, fixed ones first, whose results round safely."""
    operands = [round_to(kind, np.array(f, dtype=np.float64)) for f in fixed]
    drawn = [round_to(kind, rng.uniform(a, b, 4 * count + 64)) for a, b in ranges]
    operands = [np.concatenate(pair) for pair in zip(operands, drawn)]
    with np.errstate(all="ignore"):
        results = function(*operands)
        keep = clear_of_ties(kind, results) if kind in ("f16", "bf16") else np.full(results.shape, True)
        return [Tensor(kind, x[keep][:count]) for x in operands], Tensor(kind, results[keep][:count])


def unary(rng):
    f = TestFile("unary.mlir", "Elementwise ops of one float operand.")
    for op, (function, low, high) in UNARY.items():
        for kind, count in (("f32", 1025), ("f64", 33), ("f16", 33), ("bf16", 33)):
            extreme = EXTREME.get(op, []) if kind in ("f32", "f64") else []
            (x,), y = draw(rng, kind, function, [(low, high)], count, [SPECIAL + extreme])
            t = f.test("%s_%s" % (op, kind))
            result = t.same(op, t.input(x))
            t.expect_eq(result, y) if op in EXACT else t.expect_close(result, y)
    for op in ("sin", "cos"):
        x = Tensor("f32", [1e5, -1e6, 123456789.0, 1e10, 1e20, -1e30, 3.4e38, 2.0**31 + 512])
        t = f.test("%s_large_f32" % op)
        t.expect_close(t.same(op, t.input(x)), Tensor("f32", UNARY[op][0](x.values)), atol=1e-6)
    for kind in FLOATS:
        x = Tensor(kind, SPECIAL)
        t = f.test("is_nan_" + kind)
        v = t.input(x)
        result = "tensor<%dxi1>" % len(SPECIAL)
        t.expect_eq(t.move("is_nan", "", result, v), Tensor("i1", np.isnan(x.values)))
    f.write()


def binary(rng):
    f = TestFile("binary.mlir", "Elementwise ops of two float operands.")
    table = {
        "add": (np.add, [(-10, 10), (-10, 10)]), "sub": (np.subtract, [(-10, 10), (-10, 10)]),
        "mul": (np.multiply, [(-10, 10), (-10, 10)]), "div": (np.divide, [(-10, 10), (0.1, 10)]),
        "rem": (np.fmod, [(-50, 50), (0.5, 10)]), "pow": (np.power, [(0.1, 10), (-5, 5)]),
        "atan2": (np.arctan2, [(-10, 10), (-10, 10)]), "max": (np.maximum, [(-10, 10), (-10, 10)]),
        "min": (np.minimum, [(-10, 10), (-10, 10)]),
    }
    pairs = [(a, b) for a in SPECIAL for b in SPECIAL]
    for op, (function, ranges) in table.items():
        for kind, count in (("f32", 1025), ("f64", 133), ("f16", 133), ("bf16", 133)):
            (a, b), y = draw(rng, kind, function, ranges, count, list(zip(*pairs)))
            t = f.test("%s_%s" % (op, kind))
            result = t.same(op, t.input(a), t.input(b))
            t.expect_eq(result, y) if op in EXACT else t.expect_close(result, y)
    # Every shape with ops of each cost.
    for shape in ((), (0,), (1,), (7,), (17,), (33,), (3, 0, 5), (1, 1), (33, 17), (2, 3, 5, 7), (1, 1025), (5, 1, 1, 1, 2)):
        t = f.test("shape_" + ("x".join(map(str, shape)) or "scalar"))
        a, b = (Tensor("f32", rng.uniform(-4, 4, shape)) for _ in range(2))
        va, vb = t.input(a), t.input(b)
        t.expect_eq(t.same("sub", va, vb), Tensor("f32", a.values - b.values))
        t.expect_close(t.same("tanh", va), Tensor("f32", np.tanh(a.values)))
    f.write()


def extremes(kind):
    width = WIDTHS[kind]
    low, high = (0, (1 << width) - 1) if is_unsigned(kind) else (-(1 << (width - 1)), (1 << (width - 1)) - 1)
    return [low, low + 1, high, high - 1, 0, 1, 2, 3, 7] + ([] if is_unsigned(kind) else [-1, -2, -7])


def truncated(a, b):
    return 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def int_pow(kind):
    def power(a, b):
        if b < 0:
            return {1: 1, -1: -1 if b % 2 else 1}.get(a, 0)
        return pow(a, b, 1 << WIDTHS[kind])
    return power


def integer(rng):
    f = TestFile("integer.mlir", "Elementwise ops on integers.")
    for kind in ("i8", "i32", "i64", "ui8", "ui32", "i16"):
        width, mask = WIDTHS[kind], (1 << WIDTHS[kind]) - 1
        values = extremes(kind)
        pairs = [(a, b) for a in values for b in values]
        a, b = (Tensor(kind, side) for side in zip(*pairs))
        shifts = [(x, s) for x in values for s in [0, 1, width - 1, width] + ([] if is_unsigned(kind) else [-1])]
        binary_ops = {
            "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": truncated,
            "rem": lambda x, y: 0 if y == 0 else x - truncated(x, y) * y, "max": max, "min": min,
            "and": lambda x, y: x & y, "or": lambda x, y: x | y, "xor": lambda x, y: x ^ y, "pow": int_pow(kind),
        }
        t = f.test("binary_" + kind)
        va, vb = t.input(a), t.input(b)
        for op, function in binary_ops.items():
            t.expect_eq(t.same(op, va, vb), Tensor(kind, [function(x, y) for x, y in pairs]))
        t = f.test("shift_" + kind)
        a, b = (Tensor(kind, side) for side in zip(*shifts))
        va, vb = t.input(a), t.input(b)
        t.expect_eq(t.same("shl", va, vb), Tensor(kind, [x << s if 0 <= s < width else 0 for x, s in shifts]))
        t.expect_eq(t.same("shr", va, vb), Tensor(kind, [(x & mask) >> s if 0 <= s < width else 0 for x, s in shifts]))
        t = f.test("unary_" + kind)
        x = t.input(Tensor(kind, values))
        unary_ops = {"not": lambda v: ~v, "neg": lambda v: -v, "abs": abs, "sign": lambda v: (v > 0) - (v < 0),
                     "floor": lambda v: v, "ceil": lambda v: v, "round": lambda v: v}
        for op, function in unary_ops.items():
            t.expect_eq(t.same(op, x), Tensor(kind, [function(v) for v in values]))
    t = f.test("logic_i1")
    a, b = Tensor("i1", [0, 0, 1, 1]), Tensor("i1", [0, 1, 0, 1])
    va, vb = t.input(a), t.input(b)
    for op, function in (("and", np.bitwise_and), ("or", np.bitwise_or), ("xor", np.bitwise_xor), ("max", np.maximum),
                         ("min", np.minimum)):
        t.expect_eq(t.same(op, va, vb), Tensor("i1", function(a.values.astype(int), b.values.astype(int))))
    t.expect_eq(t.same("not", va), Tensor("i1", 1 - a.values))
    t = f.test("add_i32_1025")
    a, b = (Tensor("i32", rng.integers(-(2**31), 2**31, 1025)) for _ in range(2))
    t.expect_eq(t.same("add", t.input(a), t.input(b)), Tensor("i32", a.values + b.values))
    f.write()


def compare(rng):
    f = TestFile("compare.mlir", "Comparisons and selection.")
    predicates = {"eq": lambda x, y: x == y, "ne": lambda x, y: x != y, "lt": lambda x, y: x < y, "le": lambda x, y: x <= y,
                  "gt": lambda x, y: x > y, "ge": lambda x, y: x >= y}
    for kind in ("f32", "f64", "f16", "bf16", "i8", "i32", "i64", "ui8", "ui64", "i1"):
        values = SPECIAL if is_float(kind) else [0, 1] if kind == "i1" else extremes(kind)
        pairs = [(a, b) for a in values for b in values]
        t = f.test("cmp_" + kind)
        va, vb = (t.input(Tensor(kind, side)) for side in zip(*pairs))
        result = "tensor<%dxi1>" % len(pairs)
        for predicate, function in predicates.items():
            r = t.move("cmp", "", result, Value_with_prefix(predicate, va), vb)
            t.expect_eq(r, Tensor("i1", [function(x, y) for x, y in pairs]))
    for kind in ("f32", "f64", "f16", "i64", "ui8", "i1"):
        n = 33
        c = Tensor("i1", rng.integers(0, 2, n))
        a, b = (Tensor(kind, rng.integers(0, 2 if kind == "i1" else 100, n)) for _ in range(2))
        t = f.test("select_" + kind)
        vc, va, vb = t.input(c), t.input(a), t.input(b)
        r = t.op("select %s, %s, %s : %s, %s" % (vc, va, vb, vc.type, va.type), va.type)
        t.expect_eq(r, Tensor(kind, np.where(c.values.astype(bool), a.values, b.values)))
    f.write()


class Value_with_prefix:
    """An operand with a keyword before it, as cmp's predicate."""

    def __init__(self, prefix, value):
        self.name, self.type = "%s %s" % (prefix, value.name), value.type


def cast_value(source, target, value):
    if target == "i1":
        return value != 0
    if is_float(target):
        return value
    if is_float(source):
        if math.isnan(value):
            return 0
        width = WIDTHS[target]
        low, high = (0, (1 << width) - 1) if is_unsigned(target) else (-(1 << (width - 1)), (1 << (width - 1)) - 1)
        return low if value < low else high if value > high else int(value)
    return wrap(target, value)


def cast(_):
    f = TestFile("cast.mlir", "Conversions between all element types.")
    kinds = ("f16", "bf16", "f32", "f64", "i1", "i8", "i32", "i64", "ui8", "ui32")
    reals = SPECIAL + [-0.75, 1.5, 126.9, 127.5, 255.5, 256.0, -128.5, -129.0, 65519.0, 65520.0, 2147483520.0, 3e9, -3e9,
                       1e19, -1e19, 1e-8, 3.4e38, 0.1]
    for source in kinds:
        values = reals if is_float(source) else [0, 1] if source == "i1" else extremes(source) + [17, 100]
        t = f.test("from_" + source)
        x = Tensor(source, values)
        v = t.input(x)
        for target in kinds:
            if target == source:
                continue
            result = "tensor<%dx%s>" % (len(values), target)
            # Integers become f32 in one rounding; float64 would make it two.
            converted = [cast_value(source, target, e) for e in x.values]
            if target == "f32" and not is_float(source):
                converted = [float(np.float32(np.int64(e))) for e in converted]
            t.expect_eq(t.move("cast", "", result, v), Tensor(target, converted))
    f.write()


def generate(rng):
    unary(rng)
    binary(rng)
    integer(rng)
    compare(rng)
    cast(rng)
