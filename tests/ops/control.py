# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of loops and branches: what is carried, stacked, captured and exchanged, at several trip counts."""
import numpy as np

from testfile import Tensor, TestFile, Value


def stack_type(rows, *row):
    """The type of `rows` rows, a number or a symbol."""
    if isinstance(rows, int):
        return "tensor<%sxf32>" % "x".join(map(str, (rows, *row)))
    return 'tensor<%sxf32, #tao.dims<"%s">>' % ("x".join(map(str, ("?", *row))), rows)


def loop(t, trips, slices, carried, arguments, body, results, reversed_rows=None):
    """A tao.loop; `arguments` are "%name: type", `body` its lines with the yield, `results` types."""
    name = t.fresh()
    flags = " reversed [%s]" % ", ".join(map(str, reversed_rows)).lower() if reversed_rows else ""
    trip_text = ' trips "%s"' % trips if trips is not None else ""
    operands = ", ".join(v.type for v in [*slices, *carried])
    prefix = "%s:%d = " % (name, len(results)) if results else ""
    t.lines.append("%stao.loop%s slices(%s) carried(%s)%s : (%s) -> (%s) {" % (
        prefix, trip_text, ", ".join(map(str, slices)), ", ".join(map(str, carried)), flags, operands, ", ".join(results)))
    t.lines.append("^bb0%s:" % ("(%s)" % ", ".join(arguments) if arguments else ""))
    t.lines.extend("  " + line for line in body)
    t.lines.append("}")
    return [Value("%s#%d" % (name, i), text) for i, text in enumerate(results)]


def branch(t, condition, results, on_true, on_false):
    """A tao.if with bodies given as lines."""
    name = t.fresh()
    t.lines.append("%s:%d = tao.if %s : (tensor<i1>) -> (%s) then {" % (name, len(results), condition, ", ".join(results)))
    t.lines.extend("  " + line for line in on_true)
    t.lines.append("} else {")
    t.lines.extend("  " + line for line in on_false)
    t.lines.append("}")
    return [Value("%s#%d" % (name, i), text) for i, text in enumerate(results)]


def rows_of(rng, *shape):
    return Tensor("f32", rng.integers(-8, 8, shape) / 4)


def scans(f, rng):
    """Running sums in all directions, over static and symbolic numbers of rows."""
    row = "tensor<3xf32>"
    body = ["%s = tao.add %h, %x : " + row, "tao.yield %s, %s : " + row + ", " + row]
    for n, symbol in ((0, "n"), (1, "n"), (5, "n"), (4, None)):
        for into, out in ((False, False), (True, False), (False, True), (True, True)):
            t = f.test("running_sum_%s%d_%d%d" % (symbol or "", n, into, out))
            x, start = rows_of(rng, n, 3), rows_of(rng, 3)
            rows = symbol or n
            values = [t.input(x, {0: symbol} if symbol else None), t.input(start)]
            last, stacked = loop(t, rows, values[:1], values[1:], ["%x: " + row, "%h: " + row], body,
                                 [row, stack_type(rows, 3)], [into, out])
            order = x.values[::-1] if into else x.values
            sums = start.values + np.cumsum(order, 0)
            t.expect_eq(last, Tensor("f32", sums[-1] if n else start.values))
            t.expect_eq(stacked, Tensor("f32", sums[::-1] if out else sums, (n, 3)))


def carries(f, rng):
    """Values that change places, stay, or are needed after their successor is there."""
    row = "tensor<4xf32>"
    pair = row + ", " + row
    t = f.test("change_places")
    a, b = rows_of(rng, 4), rows_of(rng, 4)
    results = loop(t, 3, [], [t.input(a), t.input(b)], ["%a: " + row, "%b: " + row], ["tao.yield %b, %a : " + pair], [row, row])
    t.expect_eq(results[0], b)
    t.expect_eq(results[1], a)

    t = f.test("fibonacci")
    results = loop(t, 9, [], [t.constant(Tensor("f32", [0] * 4)), t.constant(Tensor("f32", [1] * 4))],
                   ["%a: " + row, "%b: " + row], ["%c = tao.add %a, %b : " + row, "tao.yield %b, %c : " + pair], [row, row])
    t.expect_eq(results[0], Tensor("f32", [34] * 4))
    t.expect_eq(results[1], Tensor("f32", [55] * 4))

    t = f.test("stays_and_capture")
    a, b, w = rows_of(rng, 4), rows_of(rng, 4), rows_of(rng, 4)
    values = [t.input(v) for v in (a, b, w)]
    results = loop(t, 3, [], values[:2], ["%a: " + row, "%b: " + row],
                   ["%%c = tao.neg %s : %s" % (values[2], row), "%d = tao.add %b, %c : " + row, "%e = tao.add %d, %a : " + row,
                    "tao.yield %a, %e : " + pair], [row, row])
    t.expect_eq(results[0], a)
    t.expect_eq(results[1], Tensor("f32", b.values + 3 * (a.values - w.values)))

    # One value as two carried ones and two stacked ones.
    t = f.test("one_value_four_times")
    a, b = rows_of(rng, 4), rows_of(rng, 4)
    results = loop(t, 3, [], [t.input(a), t.input(b)], ["%a: " + row, "%b: " + row],
                   ["%c = tao.add %a, %b : " + row, "tao.yield %c, %c, %c, %c : " + ", ".join([row] * 4)],
                   [row, row, stack_type(3, 4), stack_type(3, 4)])
    first = a.values + b.values
    expected = np.stack([first, 2 * first, 4 * first])
    for value, tensor in zip(results, (expected[2], expected[2], expected, expected)):
        t.expect_eq(value, Tensor("f32", tensor))

    # The state is updated in place, after the old one was needed; the output is read from its row.
    t = f.test("state_and_output")
    x, h, c = rows_of(rng, 6, 4), Tensor("f32", np.zeros(4)), rows_of(rng, 4)
    results = loop(t, 6, [t.input(x)], [t.constant(h), t.input(c)], ["%x: " + row, "%h: " + row, "%c: " + row],
                   ["%s = tao.add %c, %x : " + row, "%g = tao.max %s, %h : " + row, "%o = tao.sub %g, %c : " + row,
                    "tao.yield %o, %s, %o : " + ", ".join([row] * 3)], [row, row, stack_type(6, 4)])
    hidden, state, outputs = h.values, c.values, []
    for step in x.values:
        total = state + step
        hidden, state = np.maximum(total, hidden) - state, total
        outputs.append(hidden)
    for value, tensor in zip(results, (hidden, state, np.stack(outputs))):
        t.expect_eq(value, Tensor("f32", tensor))
    # The last output, a row of the stacked ones, is changed without changing them.
    t.expect_eq(t.same("neg", results[0]), Tensor("f32", -hidden))

    # Input and initial value are outputs as well.
    t = f.test("initial_value_is_read_again")
    a = rows_of(rng, 4)
    value = t.same("neg", t.input(a))
    (result,) = loop(t, 2, [], [value], ["%a: " + row], ["%b = tao.add %a, %a : " + row, "tao.yield %b : " + row], [row])
    t.expect_eq(result, Tensor("f32", -4 * a.values))
    t.expect_eq(t.same("add", result, value), Tensor("f32", -5 * a.values))

    # Rows that depend on nothing, and a row that is itself an argument.
    t = f.test("rows_of_constants_and_slices")
    x, w = rows_of(rng, 3, 4), rows_of(rng, 4)
    results = loop(t, 3, [t.input(x)], [], ["%x: " + row],
                   ["%%w = tao.constant %s" % w.literal(), "tao.yield %w, %x : " + pair], [stack_type(3, 4)] * 2, [False, False, True])
    t.expect_eq(results[0], Tensor("f32", np.stack([w.values] * 3)))
    t.expect_eq(results[1], Tensor("f32", x.values[::-1]))


def products(f, rng):
    """A recurrent product with constant weights, which the library packs once."""
    for batch, steps in ((1, 4), (3, 5)):
        row = "tensor<%dx8xf32>" % batch
        t = f.test("recurrent_product_%d" % batch)
        x, w = rows_of(rng, steps, batch, 8), Tensor("f32", rng.integers(-2, 2, (8, 8)) / 8)
        maps = "maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]"
        body = ["%p = tao.contract %h, {w} {maps} : {row}, {w_type} -> {row}", "%s = tao.add %p, %x : {row}",
                "%o = tao.max %s, %x : {row}", "tao.yield %o, %o : {row}, {row}"]
        weights = t.constant(w)
        body = [line.format(w=weights, maps=maps, row=row, w_type=weights.type) for line in body]
        zero = t.constant(Tensor("f32", np.zeros((batch, 8))))
        results = loop(t, steps, [t.input(x)], [zero], ["%x: " + row, "%h: " + row], body, [row, stack_type(steps, batch, 8)])
        hidden, outputs = np.zeros((batch, 8)), []
        for step in x.values:
            hidden = np.maximum(hidden @ w.values + step, step)
            outputs.append(hidden)
        t.expect_close(results[0], Tensor("f32", hidden), atol=1e-6)
        t.expect_close(results[1], Tensor("f32", np.stack(outputs)), atol=1e-6)


def nests(f, rng):
    """Loops in loops. The inner one's last value is a row of its stacked result, and is carried by the outer one."""
    row = "tensor<2xf32>"
    for n, m in ((3, 4), (2, 0), (0, 2)):
        t = f.test("nested_%d_%d" % (n, m))
        x, start = rows_of(rng, n, m, 2), rows_of(rng, 2)
        inner = ["%i:2 = tao.loop trips \"m\" slices(%xs) carried(%h) : ({rows}, {row}) -> ({row}, {rows}) {{",
                 "^bb0(%x: {row}, %a: {row}):", "  %s = tao.add %a, %x : {row}", "  tao.yield %s, %s : {row}, {row}", "}}",
                 "%t = tao.add %i#0, %h : {row}", "tao.yield %i#0, %i#1, %t : {row}, {rows}, {row}"]
        inner = [line.format(row=row, rows=stack_type("m", 2)) for line in inner]
        all_rows = 'tensor<?x?x2xf32, #tao.dims<"n", "m">>'
        values = [t.input(x, {0: "n", 1: "m"}), t.input(start)]
        results = loop(t, "n", values[:1], values[1:], ["%xs: " + stack_type("m", 2), "%h: " + row], inner,
                       [row, all_rows, stack_type("n", 2)])
        hidden, sums, ends = start.values, np.zeros((n, m, 2)), np.zeros((n, 2))
        for i in range(n):
            old = hidden
            for j in range(m):
                hidden = hidden + x.values[i, j]
                sums[i, j] = hidden
            ends[i] = hidden + old
        for value, tensor in zip(results, (hidden, sums, ends)):
            t.expect_eq(value, Tensor("f32", tensor))


def conditions(f, rng):
    """Loops that end when a value says so, and branches."""
    row, truth = "tensor<3xf32>", "tensor<i1>"
    reduced = ["%m = tao.reduce max {v} dims [0] : tensor<3xf32> -> tensor<f32>", "%l = tao.constant dense<100.0> : tensor<f32>",
               "%c = tao.cmp lt %m, %l : tensor<f32>, tensor<f32> -> tensor<i1>"]
    for begins in (True, False):
        t = f.test("double_until_100_%d" % begins)
        x = Tensor("f32", [1.5, 0.5, -2])
        values = [t.input(Tensor("i1", int(begins))), t.input(x)]
        body = ["%d = tao.add %v, %v : " + row, *(line.format(v="%d") for line in reduced), "tao.yield %c, %d : " + truth + ", " + row]
        results = loop(t, None, [], values, ["%go: " + truth, "%v: " + row], body, [truth, row])
        t.expect_eq(results[1], Tensor("f32", x.values * 128 if begins else x.values))
        t.expect_eq(results[0], Tensor("i1", 0))
    for condition in (True, False):
        t = f.test("branch_%d" % condition)
        x = rows_of(rng, 3)
        values = [t.input(Tensor("i1", int(condition))), t.input(x)]
        old = t.same("neg", values[1])
        results = branch(t, values[0], [row, row],
                         ["%%a = tao.add %s, %s : %s" % (old, values[1].name, row), "tao.yield %%a, %s : %s, %s" % (old, row, row)],
                         ["%%a = tao.mul %s, %s : %s" % (old, old, row), "%b = tao.neg %a : " + row,
                          "tao.yield %a, %b : " + row + ", " + row])
        first = np.zeros(3) if condition else x.values**2
        t.expect_eq(results[0], Tensor("f32", first))
        t.expect_eq(results[1], Tensor("f32", -x.values if condition else -first))
    # A branch in each iteration, and a loop in a branch.
    t = f.test("branch_in_loop")
    x, flags = rows_of(rng, 5, 3), Tensor("i1", [1, 0, 0, 1, 1])
    body = ["%r = tao.if %f : (tensor<i1>) -> ({row}) then {{", "  %a = tao.add %h, %x : {row}", "  tao.yield %a : {row}", "}} else {{",
            "  %b:2 = tao.loop trips \"2\" slices() carried(%h) : ({row}) -> ({row}, {rows}) {{", "  ^bb0(%v: {row}):",
            "    %w = tao.sub %v, %x : {row}", "    tao.yield %w, %w : {row}, {row}", "  }}", "  tao.yield %b#0 : {row}", "}}",
            "tao.yield %r, %r : {row}, {row}"]
    body = [line.format(row=row, rows=stack_type(2, 3)) for line in body]
    values = [t.input(flags), t.input(x), t.constant(Tensor("f32", np.zeros(3)))]
    results = loop(t, 5, values[:2], values[2:], ["%f: " + truth, "%x: " + row, "%h: " + row], body, [row, stack_type(5, 3)])
    hidden, outputs = np.zeros(3), []
    for flag, step in zip(flags.values, x.values):
        hidden = hidden + step if flag else hidden - 2 * step
        outputs.append(hidden)
    t.expect_eq(results[0], Tensor("f32", hidden))
    t.expect_eq(results[1], Tensor("f32", np.stack(outputs)))


def invariants(f, rng):
    """Work that leaves the loop, and movement that goes back in."""
    t = f.test("invariants")
    row, full = "tensor<4xf32>", "tensor<2x4xf32>"
    x, w = rows_of(rng, 3, 2, 4), rows_of(rng, 4)
    weights = t.input(w)
    body = ["%%n = tao.neg %s : %s" % (weights, row), "%b = tao.broadcast %n dims [1] : " + row + " -> " + full,
            "%s = tao.add %h, %b : " + full, "%o = tao.mul %s, %x : " + full, "tao.yield %o : " + full]
    zero = t.constant(Tensor("f32", np.zeros((2, 4))))
    (result,) = loop(t, 3, [t.input(x)], [zero], ["%x: " + full, "%h: " + full], body, [full])
    hidden = np.zeros((2, 4))
    for step in x.values:
        hidden = (hidden - w.values) * step
    t.expect_close(result, Tensor("f32", hidden), atol=1e-6)


def generate(rng):
    f = TestFile("control.mlir", "Loops and branches.")
    for part in (scans, carries, products, nests, conditions, invariants):
        part(f, rng)
    f.write()
