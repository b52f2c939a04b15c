# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes numeric tests as MLIR text: tensors with their literals, and functions of tao ops between check ops."""
import os
import struct

import numpy as np

# Element types: bits of the significand with the hidden one, smallest normal exponent, largest exponent.
FLOATS = {"f16": (11, -14, 15), "bf16": (8, -126, 127), "f32": (24, -126, 127), "f64": (53, -1022, 1023)}
WIDTHS = {"i1": 1, "i8": 8, "i16": 16, "i32": 32, "i64": 64, "ui8": 8, "ui16": 16, "ui32": 32, "ui64": 64}
# Relative tolerance of computed results: 1e-6 in f32, a few ulp in f64, half an ulp where a result is rounded from f32.
RTOL = {"f16": 2.0**-11, "bf16": 2.0**-8, "f32": 1e-6, "f64": 4e-15}
# Results below the normal range may come out as zero.
ATOL = {"f16": 0.0, "bf16": 1.2e-38, "f32": 1.2e-38, "f64": 2.3e-308}
LITERAL_LIMIT = 24  # longer tensors are written as bytes


def is_float(kind):
    return kind in FLOATS


def is_unsigned(kind):
    return kind.startswith("u") or kind == "i1"


def round_to(kind, values):
    """The values of the type nearest to `values` (float64), ties to even."""
    values = np.asarray(values, dtype=np.float64)
    with np.errstate(all="ignore"):
        if kind == "f64":
            return values
        if kind == "f32":
            return values.astype(np.float32).astype(np.float64)
        if kind == "f16":
            return values.astype(np.float16).astype(np.float64)
        precision, low, high = FLOATS[kind]
        _, exponent = np.frexp(values)
        spacing = np.ldexp(1.0, np.maximum(exponent - 1, low) - precision + 1)
        rounded = np.where(np.isfinite(values), np.round(values / spacing) * spacing, values)
        largest = (2 - 2.0 ** (1 - precision)) * 2.0**high
        return np.where(np.abs(rounded) > largest, np.copysign(np.inf, values), rounded)


def wrap(kind, value):
    """A Python int modulo 2^width."""
    width = WIDTHS[kind]
    value &= (1 << width) - 1
    return value - (1 << width) if not is_unsigned(kind) and value >> (width - 1) else value


def bits_of(kind, value):
    """The bit pattern of one element."""
    if kind == "f64":
        return struct.unpack("<Q", struct.pack("<d", value))[0]
    if kind == "f32":
        return struct.unpack("<I", struct.pack("<f", value))[0]
    if kind == "f16":
        return struct.unpack("<H", struct.pack("<e", value))[0]
    if kind == "bf16":
        return struct.unpack("<I", struct.pack("<f", value))[0] >> 16
    return int(value) & ((1 << WIDTHS[kind]) - 1)


def byte_width(kind):
    return {"f16": 2, "bf16": 2, "f32": 4, "f64": 8}.get(kind) or max(WIDTHS[kind], 8) // 8


class Tensor:
    """Elements of a type: float64 for floats, Python-sized ints otherwise."""

    def __init__(self, kind, values, shape=None):
        self.kind = kind
        if is_float(kind):
            self.values = round_to(kind, values)
        else:
            array = np.asarray(values, dtype=object)
            self.values = np.array([wrap(kind, int(v)) for v in array.ravel()], dtype=object).reshape(array.shape)
        if shape is not None:
            self.values = self.values.reshape(shape)

    @property
    def shape(self):
        return self.values.shape

    @property
    def type(self):
        return "tensor<%s>" % "x".join([str(d) for d in self.shape] + [self.kind])

    def literal(self):
        flat = list(self.values.ravel())
        if not flat:
            return "dense<> : " + self.type
        if len(flat) > LITERAL_LIMIT and self.kind != "i1":
            data = b"".join(bits_of(self.kind, v).to_bytes(byte_width(self.kind), "little") for v in flat)
            return 'dense<"0x%s"> : %s' % (data.hex().upper(), self.type)

        def element(v):
            if self.kind == "i1":
                return "true" if v else "false"
            if not is_float(self.kind):
                return str(v)
            if not np.isfinite(v):
                return "0x%0*X" % (2 * byte_width(self.kind), bits_of(self.kind, v))
            text = str(np.float32(v)) if self.kind == "f32" else repr(float(v))
            mantissa, _, exponent = text.partition("e")
            return mantissa + ("" if "." in mantissa else ".0") + ("e" + exponent if exponent else "")

        def nest(values):
            if values.ndim == 0:
                return element(values.item() if is_float(self.kind) else values[()])
            return "[" + ", ".join(nest(v) if isinstance(v, np.ndarray) else element(v) for v in values) + "]"

        return "dense<%s> : %s" % (nest(self.values), self.type)


class Value:
    """An SSA value and its type."""

    def __init__(self, name, type_text):
        self.name, self.type = name, type_text

    def __str__(self):
        return self.name


class Test:
    def __init__(self, name, fails=None):
        self.name, self.fails, self.lines, self.count = name, fails, [], 0

    def fresh(self):
        self.count += 1
        return "%%%d" % (self.count - 1)

    def input(self, tensor, dims=None):
        """A run-time input; `dims` gives the extents that are symbolic, as {dim: expression}."""
        name = self.fresh()
        if not dims:
            self.lines.append("%s = check.input %s" % (name, tensor.literal()))
            return Value(name, tensor.type)
        shape = ["?" if d in dims else str(extent) for d, extent in enumerate(tensor.shape)]
        exprs = ", ".join('"%s"' % dims[d] for d in sorted(dims))
        type_text = "tensor<%s, #tao.dims<%s>>" % ("x".join(shape + [tensor.kind]), exprs)
        self.lines.append("%s = check.input %s as %s" % (name, tensor.literal(), type_text))
        return Value(name, type_text)

    def constant(self, tensor):
        name = self.fresh()
        self.lines.append("%s = tao.constant %s" % (name, tensor.literal()))
        return Value(name, tensor.type)

    def op(self, text, result, operands=()):
        """`text` with {0}, {1}.. for operands; the op's types follow after a colon as `operands -> result` or `result`."""
        name = self.fresh()
        body = text.format(*[v.name for v in operands]) if operands else text
        self.lines.append("%s = tao.%s" % (name, body))
        return Value(name, result)

    def same(self, op, *operands):
        """An elementwise op on operands of the result's type."""
        names = ", ".join(v.name for v in operands)
        return self.op("%s %s : %s" % (op, names, operands[0].type), operands[0].type)

    def move(self, op, attributes, result, *operands):
        """Any op whose syntax is: operands attributes : operand types -> result type."""
        names = ", ".join(v.name for v in operands)
        types = ", ".join(v.type for v in operands)
        return self.op("%s %s %s : %s -> %s" % (op, names, attributes, types, result), result)

    def expect_eq(self, value, tensor):
        self.lines.append("check.expect_eq %s, %s : %s" % (value, tensor.literal(), value.type))

    def expect_close(self, value, tensor, rtol=None, atol=None):
        rtol = RTOL[tensor.kind] if rtol is None else rtol
        atol = ATOL[tensor.kind] if atol is None else atol
        self.lines.append("check.expect_close %s, %s {atol = %s, rtol = %s} : %s"
                          % (value, tensor.literal(), decimal(atol), decimal(rtol), value.type))


def decimal(number):
    mantissa, _, exponent = repr(float(number)).partition("e")
    return mantissa + ("" if "." in mantissa else ".0") + ("e" + exponent if exponent else "")


class TestFile:
    def __init__(self, name, summary):
        self.name, self.summary, self.tests = name, summary, []

    def test(self, name, fails=None):
        self.tests.append(Test(name, fails))
        return self.tests[-1]

    def write(self):
        names = [t.name for t in self.tests]
        assert len(set(names)) == len(names), "two tests of one name in " + self.name
        out = ["// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception",
               "// RUN: tao-run --interpret %s", "// RUN: tao-run %s", "//",
               "// %s Written by generate.py; expected values are NumPy's." % self.summary]
        for test in self.tests:
            attributes = ' attributes {check.fails = "%s"}' % test.fails if test.fails else ""
            out += ["", "func.func @%s()%s {" % (test.name, attributes)]
            out += ["  " + line for line in test.lines] + ["  return", "}"]
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), self.name), "w") as f:
            f.write("\n".join(out) + "\n")
        print("%s: %d tests" % (self.name, len(self.tests)))
