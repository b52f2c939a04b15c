# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random graphs of tao ops with NumPy's values: random_graphs.py OUT.mlir --seed=1 --count=100.

The ops are those that passes move past one another: elementwise ops, broadcasts, transposes, reshapes, slices, pads, concats,
reductions, contractions and convolutions, over values with several readers, constants among them.
"""
import argparse
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "ops"))
from structure import conv_values, contract_text, listing, window_values  # noqa: E402
from testfile import Tensor, Test  # noqa: E402

LIMIT = 600  # elements of a tensor


class Graph:
    def __init__(self, rng, name, convs):
        self.rng, self.test, self.convs = rng, Test(name), convs
        self.values = []  # (SSA value, NumPy array)
        if convs:
            self.add_input((1, int(rng.choice([2, 4])), 6, 6))
        for _ in range(rng.integers(1, 4)):
            self.add_input(tuple(int(d) for d in rng.choice([1, 2, 3, 4, 5], rng.integers(0, 4))))

    def draw(self, shape):
        return Tensor("f32", self.rng.integers(-4, 5, shape) / 4)

    def add_input(self, shape):
        tensor = self.draw(shape)
        make = self.test.constant if self.rng.random() < 0.25 else self.test.input
        self.values.append((make(tensor), tensor.values))

    def constant(self, shape):
        tensor = self.draw(shape)
        if self.rng.random() < 0.3:
            tensor = Tensor("f32", np.full(shape, self.rng.choice([0, 0.5, 1, 2, -1, 3])))
        return self.test.constant(tensor), tensor.values

    def pick(self, accept=lambda a: True):
        # Recent values first, so that graphs get deep.
        found = [i for i, (_, a) in enumerate(self.values) if accept(a)]
        if not found:
            return None
        return self.values[found[max(0, len(found) - 1 - int(self.rng.geometric(0.4)))]]

    def emit(self, op, attributes, array, *operands):
        array = np.asarray(array, dtype=np.float64)
        if array.size > LIMIT or (array.size and np.abs(array).max() > 1e4):
            return
        kind = "tensor<%s>" % "x".join([str(d) for d in array.shape] + ["f32"])
        if op in ELEMENTWISE:
            value = self.test.same(op, *operands)
        else:
            value = self.test.move(op, attributes, kind, *operands)
        self.values.append((value, array))

    def step(self):
        choice = self.rng.choice(CHOICES_WITH_CONVS if self.convs else CHOICES)
        getattr(self, "make_" + choice)()

    def make_unary(self):
        value, a = self.pick()
        op = str(self.rng.choice(["neg", "abs", "tanh", "floor"]))
        self.emit(op, "", ELEMENTWISE[op](a), value)

    def make_binary(self):
        value, a = self.pick()
        other = self.pick(lambda b: b.shape == a.shape) if self.rng.random() < 0.6 else None
        other, b = other or self.constant(a.shape)
        if self.rng.random() < 0.3:
            (value, a), (other, b) = (other, b), (value, a)
        op = str(self.rng.choice(["add", "sub", "mul", "max", "min"]))
        self.emit(op, "", ELEMENTWISE[op](a, b), value, other)

    def make_channel(self):
        """Adds or multiplies by a broadcast vector, as biases and normalisations do."""
        value, a = self.pick(lambda a: a.ndim >= 1)  or (None, None)
        if value is None:
            return
        dim = 1 if a.ndim == 4 and self.rng.random() < 0.7 else int(self.rng.integers(a.ndim))
        vector, b = self.constant((a.shape[dim],))
        if self.rng.random() < 0.3:
            vector, b = self.pick(lambda c: c.shape == (a.shape[dim],)) or (vector, b)
        spread = np.broadcast_to(b.reshape([-1 if d == dim else 1 for d in range(a.ndim)]), a.shape)
        self.emit("broadcast", "dims [%d]" % dim, spread, vector)
        op = str(self.rng.choice(["add", "mul", "sub"]))
        self.emit(op, "", ELEMENTWISE[op](a, spread), value, self.values[-1][0])

    def make_broadcast(self):
        value, a = self.pick(lambda a: a.ndim <= 3)
        rank = a.ndim + int(self.rng.integers(0, 3))
        dims = sorted(int(d) for d in self.rng.choice(rank, a.ndim, replace=False))
        shape = [int(d) for d in self.rng.choice([1, 2, 3], rank)]
        for i, d in enumerate(dims):
            shape[d] = a.shape[i] if a.shape[i] != 1 or self.rng.random() < 0.5 else shape[d]
        spread = [1] * rank
        for i, d in enumerate(dims):
            spread[d] = a.shape[i]
        self.emit("broadcast", "dims " + listing(dims), np.broadcast_to(a.reshape(spread), shape), value)

    def make_transpose(self):
        value, a = self.pick(lambda a: a.ndim >= 2) or (None, None)
        if value is None:
            return
        perm = [int(p) for p in self.rng.permutation(a.ndim)]
        if a.ndim == 4 and self.rng.random() < 0.6:
            perm = [[0, 2, 3, 1], [0, 3, 1, 2], [0, 2, 1, 3]][int(self.rng.integers(3))]
        self.emit("transpose", "perm " + listing(perm), a.transpose(perm), value)

    def make_reshape(self):
        value, a = self.pick()
        shape = list(a.shape)
        at = int(self.rng.integers(len(shape) + 1))
        how = self.rng.integers(3)
        if how == 0:
            shape.insert(at, 1)
        elif how == 1 and at + 1 < len(shape):
            shape[at:at + 2] = [shape[at] * shape[at + 1]]
        elif at < len(shape) and shape[at] % 2 == 0:
            shape[at:at + 1] = [2, shape[at] // 2]
        elif 1 in shape:
            shape.remove(1)
        if len(shape) <= 5:
            self.emit("reshape", "", a.reshape(shape), value)

    def make_slice(self):
        value, a = self.pick(lambda a: a.ndim >= 1) or (None, None)
        if value is None:
            return
        starts, steps, key = [], [], []
        for extent in a.shape:
            step = int(self.rng.choice([1, 1, 1, 2, -1]))
            start = (extent - 1 if step < 0 else int(self.rng.integers(0, 2))) if extent > 1 else 0
            starts.append('"%d"' % start)
            steps.append(step)
            key.append(slice(start, None, step))
        self.emit("slice", "from %s by %s" % (listing(starts), listing(steps)), a[tuple(key)], value)

    def make_pad(self):
        value, a = self.pick(lambda a: a.ndim >= 1) or (None, None)
        if value is None:
            return
        zero, number = self.constant(())
        pads = [(int(p), int(q)) for p, q in self.rng.choice([0, 0, 1], (a.ndim, 2))]
        self.emit("pad", "low " + listing(p for p, _ in pads), np.pad(a, pads, constant_values=number), value, zero)

    def make_concat(self):
        value, a = self.pick(lambda a: a.ndim >= 1) or (None, None)
        if value is None:
            return
        axis = int(self.rng.integers(a.ndim))
        same = [(v, b) for v, b in self.values if b.ndim == a.ndim and np.delete(b.shape, axis).tolist() == np.delete(a.shape, axis).tolist()]
        parts = [same[int(i)] for i in self.rng.integers(0, len(same), self.rng.integers(1, 4))]
        self.emit("concat", "axis %d" % axis, np.concatenate([b for _, b in parts], axis), *[v for v, _ in parts])

    def make_reduce(self):
        value, a = self.pick()
        dims = [d for d in range(a.ndim) if self.rng.random() < 0.5]
        op, function = [("sum", np.sum), ("max", np.max)][int(self.rng.integers(2))]
        self.emit("reduce " + op, "dims " + listing(dims), function(a, tuple(dims)), value)

    def make_contract(self):
        value, a = self.pick(lambda a: a.ndim >= 1) or (None, None)
        if value is None:
            return
        letters = "abcdefg"
        lhs = letters[:a.ndim]
        kinds = self.rng.choice(["sum", "row", "batch"], a.ndim)
        shared = [c for c, kind in zip(lhs, kinds) if kind != "row"]
        sizes = dict(zip(lhs, a.shape))
        rhs = shared + ["h"] * int(self.rng.integers(0, 2))
        sizes["h"] = int(self.rng.integers(1, 5))
        self.rng.shuffle(rhs)
        out = [c for c, kind in zip(lhs, kinds) if kind != "sum"] + ["h"] * rhs.count("h")
        self.rng.shuffle(out)
        if len(out) > 4:
            return
        other, b = self.constant(tuple(sizes[c] for c in rhs))
        other, b = (self.pick(lambda c: c.shape == b.shape) if self.rng.random() < 0.5 else None) or (other, b)
        spec = "%s,%s->%s" % (lhs, "".join(rhs), "".join(out))
        self.emit("contract", contract_text(spec), np.einsum(spec, a, b), value, other)

    def make_conv(self):
        value, a = self.pick(lambda a: a.ndim == 4 and 2 <= a.shape[2] <= 8 and 2 <= a.shape[3] <= 8)  or (None, None)
        if value is None:
            return
        groups = int(self.rng.choice([g for g in (1, 1, 2, a.shape[1]) if a.shape[1] % g == 0]))
        channels = groups * int(self.rng.integers(1, 3))
        k, stride, pad = int(self.rng.choice([1, 2])), int(self.rng.choice([1, 1, 2])), int(self.rng.integers(0, 2))
        weights, w = self.constant((channels, a.shape[1] // groups, k, k))
        spatial = [(e + 2 * pad - k) // stride + 1 for e in a.shape[2:]]
        result = conv_values(a, w, [stride] * 2, [1, 1], [pad] * 2, groups, spatial)
        text = "strides [%d, %d] dilations [1, 1] low [%d, %d] groups %d" % (stride, stride, pad, pad, groups)
        self.emit("conv", text, result, value, weights)

    def make_window(self):
        value, a = self.pick(lambda a: a.ndim == 4) or (None, None)
        if value is None:
            return
        window, strides, low = [1, 1, 2, 2], [1, 1, 2, 2], [0, 0, 1, 0]
        out = list(a.shape[:2]) + [(a.shape[2] + 1) // 2, (a.shape[3] + 1) // 2]
        result = window_values("max", Tensor("f32", a), window, strides, [1] * 4, low, out)
        if np.isfinite(result).all():
            text = "window %s strides %s dilations [1, 1, 1, 1] low %s" % (listing(window), listing(strides), listing(low))
            self.emit("reduce_window max", text, result, value)

    def finish(self):
        used = " ".join(line.split("=", 1)[-1] for line in self.test.lines) + " "
        for value, a in self.values:
            is_last = not any(value.name + end in used for end in " ,")
            if is_last or self.rng.random() < 0.1:
                scale = float(np.abs(a).max()) if a.size else 0.0
                self.test.expect_close(value, Tensor("f32", a), rtol=1e-5, atol=1e-5 * max(scale, 1.0))


ELEMENTWISE = {"neg": np.negative, "abs": np.abs, "tanh": np.tanh, "floor": np.floor, "add": np.add, "sub": np.subtract,
               "mul": np.multiply, "max": np.maximum, "min": np.minimum}
CHOICES = ["unary", "binary", "binary", "channel", "broadcast", "transpose", "transpose", "reshape", "slice", "pad", "concat",
           "reduce", "contract"]
CHOICES_WITH_CONVS = CHOICES + ["conv"] * 5 + ["channel"] * 3 + ["window", "binary", "concat"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--ops", type=int, default=14)
    options = parser.parse_args()
    with open(options.output, "w") as out:
        for i in range(options.count):
            rng = np.random.default_rng((options.seed, i))
            graph = Graph(rng, "graph_%d_%d" % (options.seed, i), convs=i % 2 == 0)
            for _ in range(options.ops):
                graph.step()
            graph.finish()
            out.write("func.func @%s() {\n%s\n  return\n}\n" % (graph.test.name, "\n".join("  " + l for l in graph.test.lines)))


if __name__ == "__main__":
    main()
