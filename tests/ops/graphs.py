# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of symbolic sizes, of what fails when a model runs, and of small graphs that planners fuse."""
import math

import numpy as np

from testfile import Tensor, TestFile
from elementwise import erf


def type_with(shape, kind, exprs=()):
    text = "x".join([str(d) for d in shape] + [kind])
    return "tensor<%s, #tao.dims<%s>>" % (text, ", ".join('"%s"' % e for e in exprs)) if exprs else "tensor<%s>" % text


def scalar(t, number, result):
    """A broadcast constant."""
    return t.move("broadcast", "dims []", result, t.constant(Tensor("f32", number)))


def dynamic(rng):
    f = TestFile("dynamic.mlir", "Symbolic sizes, each test at several of them.")
    for n in (0, 1, 7, 257):
        t = f.test("elementwise_%d" % n)
        x = Tensor("f32", rng.uniform(-3, 3, (n, 3)))
        v = t.input(x, {0: "n"})
        t.expect_close(t.same("tanh", v), Tensor("f32", np.tanh(x.values)))
        t = f.test("reduce_rows_%d" % n)
        x = Tensor("f32", rng.integers(-8, 8, (3, n)) / 4)
        v = t.input(x, {1: "n"})
        t.expect_eq(t.move("reduce sum", "dims [1]", "tensor<3xf32>", v), Tensor("f32", x.values.sum(1)))
        t = f.test("reduce_columns_%d" % n)
        x = Tensor("f32", rng.integers(-8, 8, (n, 5)) / 4)
        v = t.input(x, {0: "n"})
        t.expect_eq(t.move("reduce sum", "dims [0]", "tensor<5xf32>", v), Tensor("f32", x.values.sum(0)))
        t = f.test("sum_of_products_%d" % n)
        x, y = (Tensor("f32", rng.integers(-8, 8, shape) / 4) for shape in ((3, n), (n, 5)))
        maps = "maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]"
        r = t.move("contract", maps, "tensor<3x5xf32>", t.input(x, {1: "n"}), t.input(y, {0: "n"}))
        t.expect_eq(r, Tensor("f32", x.values @ y.values))
    for b, s in ((0, 3), (1, 1), (2, 7), (3, 33)):
        suffix = "_%dx%d" % (b, s)
        dims = {0: "batch", 1: "seq"}
        x = Tensor("f32", rng.integers(-8, 8, (b, s, 6)) / 4)
        t = f.test("movement" + suffix)
        v = t.input(x, dims)
        merged = type_with(("?", 6), "f32", ["batch*seq"])
        r = t.move("reshape", "", merged, v)
        t.expect_eq(r, Tensor("f32", x.values.reshape(b * s, 6)))
        r = t.move("reshape", "", type_with(("?", "?", 2, 3), "f32", ["batch", "seq"]), r)
        r = t.move("transpose", "perm [0, 2, 1, 3]", type_with(("?", 2, "?", 3), "f32", ["batch", "seq"]), r)
        t.expect_eq(r, Tensor("f32", x.values.reshape(b, s, 2, 3).transpose(0, 2, 1, 3)))
        t = f.test("slices" + suffix)
        v = t.input(x, dims)
        r = t.move("slice", 'from ["0", "seq - 1", "0"] by [1, 1, 1]', type_with(("?", 1, 6), "f32", ["batch"]), v)
        t.expect_eq(r, Tensor("f32", x.values[:, -1:]))
        r = t.move("slice", 'from ["0", "seq - 1", "5"] by [1, -1, -2]', type_with(("?", "?", 3), "f32", ["batch", "seq"]), v)
        t.expect_eq(r, Tensor("f32", x.values[:, ::-1, ::-2]))
        r = t.move("concat", "axis 1", type_with(("?", "?", 6), "f32", ["batch", "2*seq"]), v, v)
        t.expect_eq(r, Tensor("f32", np.concatenate([x.values, x.values], 1)))
        zero = t.constant(Tensor("f32", 0))
        r = t.move("pad", "low [0, 2, 0]", type_with(("?", "?", 6), "f32", ["batch", "seq + 3"]), v, zero)
        t.expect_eq(r, Tensor("f32", np.pad(x.values, ((0, 0), (2, 1), (0, 0)))))
        t = f.test("sizes" + suffix)
        v = t.input(x, dims)
        r = t.op('size "batch*seq + 1" : tensor<i64>', "tensor<i64>")
        t.expect_eq(r, Tensor("i64", b * s + 1))
        r = t.op("iota 1 : " + type_with(("?", "?"), "i64", ["batch", "seq"]), type_with(("?", "?"), "i64", ["batch", "seq"]))
        t.expect_eq(r, Tensor("i64", np.broadcast_to(np.arange(s), (b, s))))
        t = f.test("matmul" + suffix)
        w = Tensor("f32", rng.integers(-8, 8, (6, 9)) / 4)
        v, weights = t.input(x, dims), t.constant(w)
        maps = ("maps [affine_map<(b, s, n, k) -> (b, s, k)>, affine_map<(b, s, n, k) -> (k, n)>, "
                "affine_map<(b, s, n, k) -> (b, s, n)>]")
        r = t.move("contract", maps, type_with(("?", "?", 9), "f32", ["batch", "seq"]), v, weights)
        t.expect_eq(r, Tensor("f32", x.values @ w.values))
        maps = ("maps [affine_map<(b, s, t, k) -> (b, s, k)>, affine_map<(b, s, t, k) -> (b, t, k)>, "
                "affine_map<(b, s, t, k) -> (b, s, t)>]")
        r = t.move("contract", maps, type_with(("?", "?", "?"), "f32", ["batch", "seq", "seq"]), v, v)
        t.expect_eq(r, Tensor("f32", np.einsum("bsk,btk->bst", x.values, x.values)))
        t = f.test("gather" + suffix)
        ids, table = Tensor("i64", rng.integers(0, 11, (b, s))), Tensor("f32", rng.uniform(-1, 1, (11, 5)))
        r = t.move("gather", "axis 0", type_with(("?", "?", 5), "f32", ["batch", "seq"]), t.constant(table), t.input(ids, dims))
        t.expect_eq(r, Tensor("f32", table.values[ids.values.astype(int)]))
    t = f.test("conv_dynamic")
    x, w = Tensor("f32", rng.integers(-8, 8, (2, 3, 9)) / 4), Tensor("f32", rng.integers(-4, 4, (4, 3, 1)) / 4)
    v = t.input(x, {0: "n", 2: "width"})
    r = t.move("conv", "strides [1] dilations [1] low [0] groups 1", type_with(("?", 4, "?"), "f32", ["n", "width"]), v, t.constant(w))
    t.expect_eq(r, Tensor("f32", np.einsum("nis,oi->nos", x.values, w.values[..., 0])))
    for b, text in ((4, None), (3, "batch must be even")):
        t = f.test("assume_even_%d" % b, fails=text)
        x = Tensor("f32", np.arange(b))
        v = t.input(x, {0: "batch"})
        t.lines.append('tao.assume "2*floordiv(batch, 2)", "batch", "batch must be even"')
        t.expect_eq(t.same("neg", v), Tensor("f32", -x.values))
    for b, text in ((4, None), (3, "batch is too small")):
        t = f.test("assume_at_least_%d" % b, fails=text)
        x = Tensor("f32", np.arange(b))
        v = t.input(x, {0: "batch"})
        t.lines.append('tao.assume "batch" at_least, "4", "batch is too small"')
        t.expect_eq(t.same("neg", v), Tensor("f32", -x.values))
    f.write()


def graphs(rng):
    f = TestFile("graphs.mlir", "Small graphs of several ops.")
    for rows, columns in ((7, 33), (1, 1), (3, 1025)):
        full, row = "tensor<%dx%dxf32>" % (rows, columns), "tensor<%dxf32>" % rows
        x = Tensor("f32", rng.uniform(-4, 4, (rows, columns)))

        def over_rows(t, op, value):
            return t.move("reduce " + op, "dims [1]", row, value)

        def back(t, value):
            return t.move("broadcast", "dims [0]", full, value)

        t = f.test("softmax_%dx%d" % (rows, columns))
        v = t.input(x)
        e = t.same("exp", t.same("sub", v, back(t, over_rows(t, "max", v))))
        r = t.same("div", e, back(t, over_rows(t, "sum", e)))
        e = np.exp(x.values - x.values.max(1, keepdims=True))
        t.expect_close(r, Tensor("f32", e / e.sum(1, keepdims=True)), rtol=2e-6)

        t = f.test("layernorm_%dx%d" % (rows, columns))
        v = t.input(x)
        gamma, beta = (Tensor("f32", rng.uniform(0.5, 1.5, columns)) for _ in range(2))
        mean = t.same("div", over_rows(t, "sum", v), scalar(t, columns, row))
        centred = t.same("sub", v, back(t, mean))
        variance = t.same("div", over_rows(t, "sum", t.same("mul", centred, centred)), scalar(t, columns, row))
        scale = t.same("rsqrt", t.same("add", variance, scalar(t, 1e-5, row)))
        r = t.same("mul", centred, back(t, scale))
        for op, p in (("mul", gamma), ("add", beta)):
            r = t.same(op, r, t.move("broadcast", "dims [1]", full, t.constant(p)))
        mean = x.values.mean(1, keepdims=True)
        normal = (x.values - mean) / np.sqrt(((x.values - mean) ** 2).mean(1, keepdims=True) + 1e-5)
        t.expect_close(r, Tensor("f32", normal * gamma.values + beta.values), rtol=2e-6, atol=2e-6)

    full = "tensor<17x33xf32>"
    x = Tensor("f32", rng.uniform(-4, 4, (17, 33)))
    t = f.test("gelu")
    v = t.input(x)
    inner = t.same("erf", t.same("mul", v, scalar(t, math.sqrt(0.5), full)))
    half = t.same("mul", v, scalar(t, 0.5, full))
    r = t.same("mul", half, t.same("add", inner, scalar(t, 1, full)))
    t.expect_close(r, Tensor("f32", 0.5 * x.values * (1 + erf(x.values * math.sqrt(0.5)))), atol=1e-6)

    t = f.test("mlp")
    a, b = (Tensor("f32", rng.integers(-4, 5, s) / 4) for s in ((33, 65), (65, 7)))
    bias = Tensor("f32", rng.integers(-4, 5, 65) / 4)
    maps = "maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]"
    x = Tensor("f32", rng.integers(-4, 5, (17, 33)) / 4)
    h = t.move("contract", maps, "tensor<17x65xf32>", t.input(x), t.constant(a))
    h = t.same("add", h, t.move("broadcast", "dims [1]", "tensor<17x65xf32>", t.constant(bias)))
    h = t.same("max", h, scalar(t, 0, "tensor<17x65xf32>"))
    r = t.move("contract", maps, "tensor<17x7xf32>", h, t.constant(b))
    t.expect_close(r, Tensor("f32", np.maximum(x.values @ a.values + bias.values, 0) @ b.values), atol=1e-5)

    t = f.test("residual_block")
    shape = "tensor<1x4x6x6xf32>"
    x = Tensor("f32", rng.integers(-4, 5, (1, 4, 6, 6)) / 4)
    w = Tensor("f32", rng.integers(-4, 5, (4, 4, 1, 1)) / 4)
    scale, shift = (Tensor("f32", rng.integers(1, 5, 4) / 4) for _ in range(2))
    v = t.input(x)
    c = t.move("conv", "strides [1, 1] dilations [1, 1] low [0, 0] groups 1", shape, v, t.constant(w))
    for op, p in (("mul", scale), ("add", shift)):
        c = t.same(op, c, t.move("broadcast", "dims [1]", shape, t.constant(p)))
    r = t.same("max", t.same("add", c, v), scalar(t, 0, shape))
    pooled = t.move("reduce sum", "dims [2, 3]", "tensor<1x4xf32>", r)
    conv = np.einsum("nihw,oi->nohw", x.values, w.values[..., 0, 0])
    y = np.maximum(conv * scale.values[:, None, None] + shift.values[:, None, None] + x.values, 0)
    t.expect_close(r, Tensor("f32", y))
    t.expect_close(pooled, Tensor("f32", y.sum((2, 3))))
    f.write()


def generate(rng):
    dynamic(rng)
    graphs(rng)
