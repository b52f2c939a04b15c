# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of movement, indexing, reductions, windows, contractions and convolutions."""
import itertools

import numpy as np

from testfile import FLOATS, Tensor, TestFile, is_float


def dyadic(rng, kind, shape, low=-8, high=8, scale=4):
    """Values whose sums and products are exact in every type used here, so that any order of summation is right."""
    values = rng.integers(low, high + 1, shape)
    return Tensor(kind, values / scale if is_float(kind) else values)


def type_of(shape, kind):
    return "tensor<%s>" % "x".join([str(d) for d in shape] + [kind])


def listing(values):
    return "[" + ", ".join(str(v) for v in values) + "]"


def moved(t, kind, text, operand, values):
    """Emits a movement op with a result of the shape of `values` and expects them."""
    op, _, attributes = text.partition(" ")
    result = Tensor(kind, values)
    t.expect_eq(t.move(op, attributes, result.type, operand), result)


def movement(rng):
    f = TestFile("movement.mlir", "Ops that move elements, and generators.")
    for kind in ("f32", "f64", "bf16", "i8", "i64", "i1"):
        t = f.test("movement_" + kind)
        x = Tensor(kind, rng.integers(0, 2 if kind == "i1" else 100, (3, 7, 5)))
        v = t.input(x)
        moved(t, kind, "transpose perm [2, 0, 1]", v, x.values.transpose(2, 0, 1))
        moved(t, kind, "reshape", v, x.values.reshape(21, 5))
        moved(t, kind, "broadcast dims [0, 2, 3]", v, np.broadcast_to(x.values[:, None], (3, 2, 7, 5)))
        moved(t, kind, 'slice from ["1", "6", "0"] by [1, -2, 3]', v, x.values[1:3, 6::-2, 0:4:3])
        zero = t.constant(Tensor(kind, 1))
        padded = np.pad(x.values, ((1, 2), (0, 1), (3, 0)), constant_values=1)
        r = Tensor(kind, padded)
        t.expect_eq(t.move("pad", "low [1, 0, 3]", r.type, v, zero), r)
        r = Tensor(kind, np.concatenate([x.values, x.values, x.values], 1))
        t.expect_eq(t.move("concat", "axis 1", r.type, v, v, v), r)

    t = f.test("transpose_shapes")
    for shape, perm in (((33, 17), (1, 0)), ((1025, 3), (1, 0)), ((3, 1025), (1, 0)), ((2, 5, 7, 3), (0, 2, 3, 1)),
                        ((2, 3, 5, 7), (3, 2, 1, 0)), ((4, 1, 9), (1, 2, 0)), ((3, 0), (1, 0)), ((), ())):
        x = Tensor("f32", rng.uniform(-1, 1, shape))
        moved(t, "f32", "transpose perm %s" % listing(perm), t.input(x), x.values.transpose(perm))
    # Large enough to run in blocks, with blocks cut short at either end.
    t = f.test("transpose_blocks")
    own = np.random.default_rng(7)
    for kind, shape, perm in (("i8", (67, 130), (1, 0)), ("i8", (3, 70, 90), (0, 2, 1)), ("f32", (65, 65), (1, 0))):
        x = Tensor(kind, own.integers(-9, 9, shape))
        moved(t, kind, "transpose perm %s" % listing(perm), t.input(x), x.values.transpose(perm))
    t = f.test("broadcast_shapes")
    for shape, dims, out in (((), (), (7,)), ((), (), (3, 0)), ((1,), (0,), (33,)), ((5,), (0,), (5, 17)), ((17,), (1,), (5, 17)),
                             ((3, 1, 5), (0, 1, 2), (3, 7, 5)), ((1, 5), (1, 3), (2, 3, 4, 5)), ((4, 3), (1, 2), (2, 4, 3))):
        x = Tensor("f32", rng.uniform(-1, 1, shape))
        spread = [1] * len(out)
        for i, d in enumerate(dims):
            spread[d] = shape[i]
        moved(t, "f32", "broadcast dims %s" % listing(dims), t.input(x), np.broadcast_to(x.values.reshape(spread), out))
    t = f.test("reshape_shapes")
    for shape, out in (((), (1, 1)), ((1,), ()), ((6, 5), (2, 3, 5)), ((2, 0), (0, 7)), ((7, 33), (231,)), ((2, 6, 5), (4, 15))):
        x = Tensor("f32", rng.uniform(-1, 1, shape))
        moved(t, "f32", "reshape", t.input(x), x.values.reshape(out))
    t = f.test("slice_shapes")
    x = Tensor("f32", rng.uniform(-1, 1, (33, 17)))
    v = t.input(x)
    for starts, steps, key in (((0, 0), (1, 1), np.s_[:33, :17]), ((32, 16), (-1, -1), np.s_[::-1, ::-1]),
                               ((5, 3), (7, 1), np.s_[5:30:7, 3:4]), ((2, 0), (1, 1), np.s_[2:2, :5]), ((0, 16), (4, -5), np.s_[::4, ::-5])):
        moved(t, "f32", "slice from %s by %s" % (listing('"%d"' % s for s in starts), listing(steps)), v, x.values[key])
    t = f.test("pad_shapes")
    x = Tensor("f32", rng.uniform(-1, 1, (5, 7)))
    v, value = t.input(x), t.input(Tensor("f32", -2.5))
    for (l0, h0), (l1, h1) in (((0, 0), (0, 0)), ((1, 0), (0, 1)), ((-1, -1), (2, 3)), ((3, 3), (-2, -4)), ((0, 4), (-7, 1))):
        full = np.pad(x.values, [tuple(max(p, 0) for p in pair) for pair in ((l0, h0), (l1, h1))], constant_values=-2.5)
        r = Tensor("f32", full[max(-l0, 0):full.shape[0] - max(-h0, 0), max(-l1, 0):full.shape[1] - max(-h1, 0)])
        t.expect_eq(t.move("pad", "low [%d, %d]" % (l0, l1), r.type, v, value), r)
    t = f.test("concat_shapes")
    parts = [Tensor("f32", rng.uniform(-1, 1, (3, n, 5))) for n in (1, 7, 0, 2)]
    r = Tensor("f32", np.concatenate([p.values for p in parts], 1))
    t.expect_eq(t.move("concat", "axis 1", r.type, *[t.input(p) for p in parts]), r)
    parts = [Tensor("f32", rng.uniform(-1, 1, (n, 3))) for n in (33, 4)]
    r = Tensor("f32", np.concatenate([p.values for p in parts], 0))
    t.expect_eq(t.move("concat", "axis 0", r.type, *[t.input(p) for p in parts]), r)

    for kind in ("f32", "i64", "i32", "ui8", "f16"):
        t = f.test("iota_" + kind)
        for shape, dim in (((33,), 0), ((5, 7), 1), ((5, 7), 0), ((2, 3, 4), 1), ((3, 0), 0)):
            r = Tensor(kind, np.broadcast_to(np.arange(shape[dim]).reshape([-1 if d == dim else 1 for d in range(len(shape))]), shape))
            zero = t.input(Tensor(kind, np.zeros(shape)))  # so that the result depends on the run
            t.expect_eq(t.same("add", t.op("iota %d : %s" % (dim, r.type), r.type), type("V", (), {"name": zero.name, "type": r.type})), r)
    f.write()


def gather(rng):
    f = TestFile("gather.mlir", "Ops that index by data.")
    for kind, index in (("f32", "i64"), ("f64", "i32"), ("i64", "i64"), ("i1", "i32"), ("bf16", "i64")):
        t = f.test("gather_%s_%s" % (kind, index))
        x = Tensor(kind, rng.integers(0, 2 if kind == "i1" else 100, (7, 5, 3)))
        v = t.input(x)
        for axis, shape in itertools.product((0, 1, 2), ((), (4,), (2, 3), (0,))):
            i = Tensor(index, rng.integers(0, x.shape[axis], shape))
            r = Tensor(kind, np.take(x.values, i.values.astype(int), axis))
            t.expect_eq(t.move("gather", "axis %d" % axis, r.type, v, t.input(i)), r)
        t = f.test("gather_elements_%s_%s" % (kind, index))
        v = t.input(x)
        for axis in (0, 1, 2):
            i = Tensor(index, rng.integers(0, x.shape[axis], (4, 5, 2) if axis == 0 else (7, 9, 3) if axis == 1 else (2, 5, 33)))
            picked = x.values[tuple(slice(None) if d == axis else slice(0, i.shape[d]) for d in range(3))]
            r = Tensor(kind, np.take_along_axis(picked, i.values.astype(int), axis))
            t.expect_eq(t.move("gather_elements", "axis %d" % axis, r.type, v, t.input(i)), r)
        t = f.test("gather_nd_%s_%s" % (kind, index))
        v = t.input(x)
        for depth in (1, 2, 3):
            i = np.stack([rng.integers(0, x.shape[d], (4, 2)) for d in range(depth)], -1)
            r = Tensor(kind, x.values[tuple(i[..., d] for d in range(depth))])
            t.expect_eq(t.move("gather_nd", "batch 0", r.type, v, t.input(Tensor(index, i))), r)
        i = rng.integers(0, 5, (7, 4, 1))
        r = Tensor(kind, np.stack([x.values[b][i[b, :, 0]] for b in range(7)]))
        t.expect_eq(t.move("gather_nd", "batch 1", r.type, v, t.input(Tensor(index, i))), r)
    t = f.test("gather_rows")
    x, i = Tensor("f32", rng.uniform(-1, 1, (33, 129))), Tensor("i64", rng.integers(0, 33, (17,)))
    r = Tensor("f32", x.values[i.values.astype(int)])
    t.expect_eq(t.move("gather", "axis 0", r.type, t.input(x), t.input(i)), r)
    for name, bad in (("above", 5), ("below", -1)):
        t = f.test("gather_%s_range" % name, fails="out of range")
        r = Tensor("f32", np.zeros((2, 3)))
        t.expect_eq(t.move("gather", "axis 0", r.type, t.input(Tensor("f32", np.zeros((5, 3)))), t.input(Tensor("i64", [0, bad]))), r)
        t = f.test("gather_elements_%s_range" % name, fails="out of range")
        r = Tensor("f32", np.zeros((1, 3)))
        t.expect_eq(t.move("gather_elements", "axis 0", r.type, t.input(Tensor("f32", np.zeros((5, 3)))),
                           t.input(Tensor("i64", [[0, bad, 1]]))), r)
        t = f.test("gather_nd_%s_range" % name, fails="out of range")
        r = Tensor("f32", np.zeros((2,)))
        t.expect_eq(t.move("gather_nd", "batch 0", r.type, t.input(Tensor("f32", np.zeros((5, 3)))),
                           t.input(Tensor("i64", [[0, 0], [bad, 0]]))), r)
    f.write()


REDUCTIONS = {"sum": (np.sum, 0), "prod": (np.prod, 1), "max": (np.max, None), "min": (np.min, None)}


def reduce_values(op, x, dims):
    function, identity = REDUCTIONS[op]
    if op in ("max", "min"):
        identity = {True: np.inf, False: None}[is_float(x.kind)]
        if identity is not None:
            return function(x.values, tuple(dims), initial=-identity if op == "max" else identity)
        return function(x.values, tuple(dims))
    return function(x.values, tuple(dims))


def reductions(rng):
    f = TestFile("reduce.mlir", "Reductions. Sums are exact in any order, so results must be equal.")
    for kind in ("f32", "f64", "f16", "bf16", "i8", "i32", "i64", "ui8"):
        t = f.test("reduce_" + kind)
        high = 4 if kind == "bf16" else 8
        x = dyadic(rng, kind, (3, 7, 5), 0 if kind == "ui8" else -high, high)
        ones = dyadic(rng, kind, (3, 7, 5), 1, 2, 1)
        v, w = t.input(x), t.input(ones)
        for op, dims in itertools.product(REDUCTIONS, ((0,), (1,), (2,), (0, 2), (1, 2), (0, 1, 2))):
            source, values = (w, ones) if op == "prod" else (v, x)
            if op == "prod" and (len(dims) > 1 or kind == "bf16" and dims == (1,)):
                continue
            r = Tensor(kind, reduce_values(op, values, dims))
            t.expect_eq(t.move("reduce " + op, "dims " + listing(dims), r.type, source), r)
    t = f.test("reduce_i1")
    x = Tensor("i1", rng.integers(0, 2, (5, 7)))
    v = t.input(x)
    for op in ("max", "min"):
        r = Tensor("i1", reduce_values(op, x, (1,)))
        t.expect_eq(t.move("reduce " + op, "dims [1]", r.type, v), r)
    for shape, dims in (((1025,), (0,)), ((7, 1025), (1,)), ((7, 1025), (0,)), ((1025, 7), (0,)), ((1, 1), (0,)), ((5, 1, 3), (1,)),
                        ((17, 33, 7), (1,)), ((17, 33, 7), (0, 2)), ((2, 3, 4, 5, 6), (1, 3)), ((4, 6), ()), ((), ())):
        t = f.test("shape_%s_over_%s" % ("x".join(map(str, shape)) or "scalar", "_".join(map(str, dims)) or "none"))
        x = dyadic(rng, "f32", shape)
        v = t.input(x)
        for op in ("sum", "max"):
            r = Tensor("f32", reduce_values(op, x, dims))
            t.expect_eq(t.move("reduce " + op, "dims " + listing(dims), r.type, v), r)
    t = f.test("empty")
    x = Tensor("f32", np.zeros((3, 0)))
    v = t.input(x)
    for op in REDUCTIONS:
        r = Tensor("f32", reduce_values(op, x, (1,)))
        t.expect_eq(t.move("reduce " + op, "dims [1]", r.type, v), r)
    r = Tensor("f32", np.zeros((0,)))
    t.expect_eq(t.move("reduce sum", "dims [0]", r.type, v), r)
    t = f.test("special_values")
    x = Tensor("f32", [[np.nan, 1, 2], [np.inf, 1, 2], [-np.inf, 1, 2], [np.inf, -np.inf, 0], [-0.0, -1, -2]])
    v = t.input(x)
    for op in REDUCTIONS:
        with np.errstate(all="ignore"):
            r = Tensor("f32", REDUCTIONS[op][0](x.values, 1))
        t.expect_eq(t.move("reduce " + op, "dims [1]", r.type, v), r)
    t = f.test("rounded_sum")
    x = Tensor("f32", rng.uniform(0.5, 1.5, (7, 33)))
    r = Tensor("f32", x.values.sum(1))
    t.expect_close(t.move("reduce sum", "dims [1]", r.type, t.input(x)), r)

    for kind in ("f32", "f64", "f16", "i32", "i64", "ui8"):
        t = f.test("arg_reduce_" + kind)
        x = Tensor(kind, rng.integers(0, 6, (5, 17, 3)))
        v = t.input(x)
        for op, dim, last in itertools.product(("max", "min"), (0, 1, 2), (False, True)):
            pick = np.argmax if op == "max" else np.argmin
            values = x.values.astype(np.float64)
            index = x.shape[dim] - 1 - pick(np.flip(values, dim), dim) if last else pick(values, dim)
            r = Tensor("i64", index)
            t.expect_eq(t.move("arg_reduce " + op, "dim %d%s" % (dim, " last" if last else ""), r.type, v), r)
    t = f.test("arg_reduce_long")
    x = Tensor("f32", rng.permutation(1025) / 8)
    t.expect_eq(t.move("arg_reduce max", "dim 0", "tensor<i64>", t.input(x)), Tensor("i64", np.argmax(x.values)))
    # Long sums keep their precision: 0.1, 0.2, .. in each column, in rows, and all at once.
    for name, dims in (("columns", (0,)), ("rows", (1,)), ("all", (0, 1))):
        t = f.test("sum_of_long_" + name)
        shape = (3, 70000) if name == "rows" else (70000, 3)
        steps = Tensor("f32", np.array([0.1, 0.2, 0.3]))
        kept = 0 if name == "rows" else 1
        wide = type_of(shape, "f32")
        count = t.op("iota %d : %s" % (1 - kept, type_of(shape, "i64")), type_of(shape, "i64"))
        count = t.op("cast %s : %s -> %s" % (count, count.type, wide), wide)
        each = t.op("broadcast %s dims [%d] : %s -> %s" % ("{0}", kept, steps.type, wide), wide, [t.input(steps)])
        product = t.same("mul", count, each)
        sums = np.float32(steps.values).astype(np.float64) * (70000 * 69999 / 2)
        r = Tensor("f32", sums.sum() if name == "all" else sums)
        t.expect_close(t.move("reduce sum", "dims %s" % listing(dims), r.type, product), r, rtol=2e-6)
    f.write()


def window_values(op, x, window, strides, dilations, low, out):
    function, identity = {"sum": (np.add, 0.0), "max": (np.maximum, -np.inf), "min": (np.minimum, np.inf), "prod": (np.multiply, 1.0)}[op]
    result = np.full(out, identity, dtype=np.float64)
    for index in np.ndindex(*out):
        for offset in np.ndindex(*window):
            at = [i * s - p + w * d for i, s, p, w, d in zip(index, strides, low, offset, dilations)]
            if all(0 <= a < n for a, n in zip(at, x.shape)):
                result[index] = function(result[index], x.values[tuple(at)])
    return result


def windows(rng):
    f = TestFile("window.mlir", "Sliding reductions.")
    cases = {
        "pool_2x2": ((2, 3, 8, 6), (1, 1, 2, 2), (1, 1, 2, 2), (1, 1, 1, 1), (0, 0, 0, 0), (2, 3, 4, 3)),
        "pool_3x3_pad": ((1, 2, 7, 9), (1, 1, 3, 3), (1, 1, 2, 2), (1, 1, 1, 1), (0, 0, 1, 1), (1, 2, 4, 5)),
        "same": ((1, 1, 5, 5), (1, 1, 3, 3), (1, 1, 1, 1), (1, 1, 1, 1), (0, 0, 1, 1), (1, 1, 5, 5)),
        "dilated": ((2, 11, 3), (1, 3, 1), (1, 2, 1), (1, 2, 1), (0, 2, 0), (2, 5, 3)),
        "channels_last": ((2, 7, 7, 5), (1, 3, 3, 1), (1, 2, 2, 1), (1, 1, 1, 1), (0, 0, 0, 0), (2, 3, 3, 5)),
        "cumulative": ((3, 7), (1, 7), (1, 1), (1, 1), (0, 6), (3, 7)),
        "window_outside": ((4,), (2,), (3,), (1,), (0,), (3,)),
        "identity": ((3, 5), (1, 1), (1, 1), (1, 1), (0, 0), (3, 5)),
    }
    for name, (shape, window, strides, dilations, low, out) in cases.items():
        for kind in ("f32", "f16", "i32") if name == "pool_3x3_pad" else ("f32", "f64") if name == "pool_2x2" else ("f32",):
            t = f.test("%s_%s" % (name, kind))
            x = dyadic(rng, kind, shape)
            v = t.input(x)
            for op in ("sum", "max", "min"):
                r = Tensor(kind, window_values(op, x, window, strides, dilations, low, out))
                text = "window %s strides %s dilations %s low %s" % tuple(map(listing, (window, strides, dilations, low)))
                t.expect_eq(t.move("reduce_window " + op, text, r.type, v), r)
    f.write()


def contract_text(spec):
    """Affine maps of an einsum such as bmk,bkn->bmn."""
    operands, result = spec.split("->")
    letters = sorted(set(operands) - {","})
    return "maps [%s]" % ", ".join("affine_map<(%s) -> (%s)>" % (", ".join(letters), ", ".join(part))
                                   for part in operands.split(",") + [result])


def contractions(rng):
    f = TestFile("contract.mlir", "Contractions. Products and sums are exact, so results must be equal.")

    def case(name, spec, sizes, kind, result_kind=None):
        lhs, rhs = spec.split("->")[0].split(",")
        a, b = (dyadic(rng, kind, [sizes[c] for c in part], 0 if kind == "ui8" else -8, 8) for part in (lhs, rhs))
        values = np.einsum(spec, a.values.astype(np.float64), b.values.astype(np.float64))
        r = Tensor(result_kind or kind, values if is_float(kind) else values.astype(np.int64))
        t = f.test(name)
        t.expect_eq(t.move("contract", contract_text(spec), r.type, t.input(a), t.input(b)), r)

    for kind in ("f32", "f64", "bf16", "f16", "i32", "i64"):
        case("matmul_" + kind, "mk,kn->mn", dict(m=7, k=5, n=9), kind)
    case("matmul_i8_i32", "mk,kn->mn", dict(m=7, k=5, n=9), "i8", "i32")
    case("matmul_bf16_f32", "mk,kn->mn", dict(m=7, k=17, n=9), "bf16", "f32")
    for m, k, n in ((1, 1, 1), (1, 33, 17), (33, 17, 1), (17, 1, 33), (33, 65, 129), (0, 5, 3), (3, 5, 0), (3, 0, 5)):
        case("matmul_%dx%dx%d" % (m, k, n), "mk,kn->mn", dict(m=m, k=k, n=n), "f32")
    for spec in ("km,kn->mn", "mk,nk->mn", "km,nk->nm", "mk,kn->nm", "bmk,bkn->bmn", "bmk,kn->bmn", "bshd,bthd->bhst",
                 "bhst,bthd->bshd", "abk,kcd->abcd", "akb,kc->abc", "mkl,kln->mn", "mkl,lkn->mn", "k,k->", "m,n->mn", "mk,k->m",
                 "k,kn->n", "bk,bk->b", "bm,b->bm", "akbl,kcl->abc"):
        sizes = {c: 2 + i for i, c in enumerate(sorted(set(spec) - set(",->")))}
        case("einsum_" + spec.replace(",", "_").replace("->", "_to_"), spec, sizes, "f32")
    case("einsum_f64_batched", "bshd,bthd->bhst", dict(b=2, s=3, h=2, d=5, t=4), "f64")
    case("einsum_unit_dims", "bshd,bthd->bhst", dict(b=1, s=1, h=3, d=5, t=4), "f32")
    f.write()


def conv_values(x, w, strides, dilations, low, groups, out_spatial):
    """By definition, channels first."""
    n, oc, per_group = x.shape[0], w.shape[0], w.shape[0] // groups
    result = np.zeros((n, oc) + tuple(out_spatial))
    for o in np.ndindex(*out_spatial):
        for k in np.ndindex(*w.shape[2:]):
            at = tuple(i * s - p + j * d for i, s, p, j, d in zip(o, strides, low, k, dilations))
            if not all(0 <= a < e for a, e in zip(at, x.shape[2:])):
                continue
            pixel = x[(slice(None), slice(None)) + at].reshape(n, groups, w.shape[1])
            weights = w[(slice(None), slice(None)) + k].reshape(groups, per_group, w.shape[1])
            result[(slice(None), slice(None)) + o] += np.einsum("ngi,goi->ngo", pixel, weights).reshape(n, oc)
    return result


def convolutions(rng):
    f = TestFile("conv.mlir", "Convolutions. Products and sums are exact, so results must be equal.")

    def case(name, kind, x_shape, w_shape, strides, dilations, low, high, groups=1, last=False):
        x, w = dyadic(rng, kind, x_shape), dyadic(rng, kind, w_shape, -4, 4)
        spatial = [(i + l + h - (k - 1) * d - 1) // s + 1
                   for i, l, h, k, d, s in zip(x_shape[2:], low, high, w_shape[2:], dilations, strides)]
        values = conv_values(x.values.astype(np.float64), w.values.astype(np.float64), strides, dilations, low, groups, spatial)
        if last:
            x, values = Tensor(kind, np.moveaxis(x.values, 1, -1)), np.moveaxis(values, 1, -1)
        r = Tensor(kind, values)
        text = "strides %s dilations %s low %s groups %d%s" % (listing(strides), listing(dilations), listing(low), groups,
                                                              " channels_last" if last else "")
        t = f.test(name)
        t.expect_eq(t.move("conv", text, r.type, t.input(x), t.input(w)), r)

    one, two = (1, 1), (2, 2)
    case("conv_3x3", "f32", (2, 3, 7, 9), (5, 3, 3, 3), one, one, one, one)
    case("conv_1x1", "f32", (1, 17, 5, 5), (33, 17, 1, 1), one, one, (0, 0), (0, 0))
    case("conv_stride_2", "f32", (1, 8, 9, 9), (16, 8, 3, 3), two, one, one, one)
    case("conv_7x7_stem", "f32", (1, 3, 17, 17), (8, 3, 7, 7), two, one, (3, 3), (3, 3))
    case("conv_dilated", "f32", (1, 2, 9, 9), (3, 2, 3, 3), one, two, two, two)
    case("conv_uneven_padding", "f32", (1, 2, 6, 6), (3, 2, 3, 2), two, one, (0, 1), (1, 0))
    case("conv_groups", "f32", (2, 4, 5, 5), (6, 2, 3, 3), one, one, one, one, groups=2)
    case("conv_depthwise", "f32", (1, 8, 7, 7), (8, 1, 3, 3), one, one, one, one, groups=8)
    case("conv_depthwise_multiplier", "f32", (1, 3, 7, 7), (6, 1, 3, 3), two, one, one, one, groups=3)
    case("conv_1d", "f32", (2, 3, 17), (4, 3, 5), (2,), (1,), (2,), (2,))
    case("conv_3d", "f32", (1, 2, 4, 5, 6), (3, 2, 2, 3, 3), (1, 1, 1), (1, 1, 1), (0, 1, 1), (0, 1, 1))
    case("conv_channels_last", "f32", (2, 3, 7, 9), (5, 3, 3, 3), one, one, one, one, last=True)
    case("conv_depthwise_channels_last", "f32", (1, 8, 7, 7), (8, 1, 3, 3), two, one, one, one, groups=8, last=True)
    case("conv_groups_channels_last", "f32", (1, 4, 5, 5), (6, 2, 3, 3), one, one, one, one, groups=2, last=True)
    case("conv_batch_0", "f32", (0, 3, 5, 5), (4, 3, 3, 3), one, one, one, one)
    for kind in ("f64", "f16", "bf16", "i32"):
        case("conv_3x3_" + kind, kind, (1, 2, 5, 5), (3, 2, 3, 3), one, one, one, one)
    case("conv_groups_f64", "f64", (2, 4, 5, 5), (6, 2, 3, 3), two, one, one, one, groups=2)
    case("conv_channels_last_f64", "f64", (2, 4, 5, 5), (3, 4, 2, 2), one, two, one, (0, 0), last=True)
    f.write()


def routines(rng):
    f = TestFile("routine.mlir", "Routines of the runtime.")

    def routine(t, kind, params, result, *operands):
        names, types = (", ".join(getattr(v, part) for v in operands) for part in ("name", "type"))
        return t.op("routine %s(%s) params %s : (%s) -> %s" % (kind, names, listing(params), types, result), result)

    combine = {1: np.add, 2: np.multiply, 3: np.maximum, 4: np.minimum}
    for kind in ("f32", "f64", "i32", "i64", "i1", "ui8", "bf16"):
        computes = kind in ("f32", "f64", "i32", "i64")
        t = f.test("scatter_" + kind)
        for how, (height, width, count) in itertools.product(range(5) if computes else (0,), ((37, 3, 20), (5, 17, 9), (4, 1, 0), (3, 0, 2))):
            draw = lambda shape: Tensor(kind, rng.integers(0, 2, shape)) if kind == "i1" else dyadic(rng, kind, shape, 1, 4, 1)
            data, updates = draw((height, width)), draw((count, width))
            rows = rng.choice(height, count, replace=count > height or how not in (0, 2))
            expected = data.values.copy()
            for row, update in zip(rows, updates.values):
                expected[row] = combine[how](expected[row], update) if how else update
            r = Tensor(kind, expected)
            t.expect_eq(routine(t, "scatter", [how], r.type, t.input(data), t.input(Tensor("i64", rows)), t.input(updates)), r)
    t = f.test("scatter_into_one_number")
    r = Tensor("f32", [[0.5, 0.5], [3, 4], [0.5, 0.5]])
    t.expect_eq(routine(t, "scatter", [0], r.type, t.input(Tensor("f32", 0.5)), t.input(Tensor("i64", [1])), t.input(Tensor("f32", [[3, 4]]))), r)
    for name, bad in (("above", 3), ("below", -1)):
        t = f.test("scatter_%s_range" % name, fails="out of range")
        r = Tensor("f32", np.zeros((3, 2)))
        t.expect_eq(routine(t, "scatter", [1], r.type, t.input(r), t.input(Tensor("i64", [0, bad])), t.input(Tensor("f32", np.zeros((2, 2))))), r)

    for kind in ("f32", "f64", "i32", "i64"):
        t = f.test("top_k_" + kind)
        for largest, (height, width, count) in itertools.product((0, 1), ((3, 33, 5), (2, 7, 7), (4, 5, 1), (2, 3, 0), (0, 4, 2))):
            x = dyadic(rng, kind, (height, width))
            order = np.argsort(-x.values if largest else x.values, 1, kind="stable")[:, :count]
            r = Tensor("i64", order)
            t.expect_eq(routine(t, "top_k", [largest], r.type, t.input(x)), r)
        t = f.test("cum_sum_" + kind)
        for exclusive, reverse, shape in itertools.product((0, 1), (0, 1), ((3, 17), (2, 1), (2, 0))):
            x = dyadic(rng, kind, shape)
            values = x.values[:, ::-1] if reverse else x.values
            sums = np.cumsum(values, 1) - (values if exclusive else 0)
            r = Tensor(kind, sums[:, ::-1] if reverse else sums)
            t.expect_eq(routine(t, "cum_sum", [exclusive, reverse], r.type, t.input(x)), r)
    t = f.test("top_k_nan")
    x = Tensor("f32", [[1, np.nan, -np.inf, np.inf, np.nan]])
    for largest, order in ((1, [[1, 4, 3, 0, 2]]), (0, [[2, 0, 3, 1, 4]])):
        r = Tensor("i64", order)
        t.expect_eq(routine(t, "top_k", [largest], r.type, t.input(x)), r)
    f.write()


def generate(rng):
    movement(rng)
    gather(rng)
    reductions(rng)
    windows(rng)
    contractions(rng)
    convolutions(rng)
    routines(rng)
