#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention of all shapes through taoc and tao-run, against NumPy in f64.

usage: test_attention.py --taoc PATH --tao-run PATH [--seed N] [--count N]

Fixed cases for what blocks and tiles could get wrong, then `count` random ones (the seed is the commit's when none is given).
Each must be one online kernel, agree with the reference to 1e-5 of the largest element (f16: 2e-3), or to what the rounding
of large logits does to any computation, have its NaN where the reference has them, and give the same bits with 1, 2 and 4
threads. One line per case, exit code 1 if any failed.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.commitseed import commit_seed

DTYPES = {"f32": (np.float32, TensorProto.FLOAT, 1e-5), "f16": (np.float16, TensorProto.FLOAT16, 2e-3)}


@dataclasses.dataclass(frozen=True)
class Case:
    """softmax(q k^T * scale + mask) v for [batch, heads, rows, depth] and [batch, heads / share, cols, depth or width]."""

    batch: int
    heads: int
    rows: int
    cols: int
    depth: int
    width: int
    mask: str = "none"  # none, keys [batch, 1, 1, cols], matrix [rows, cols], where (boolean matrix), causal, empty_row
    share: int = 1  # query heads per head of keys and values
    size: float = 1.0  # factor of the logits
    dtype: str = "f32"
    dynamic: bool = False  # rows, cols and batch are symbols
    seq_major: bool = False  # operands are [batch, rows, heads, depth] and transposed in the graph

    def __str__(self) -> str:
        return " ".join(f"{k}={v}" for k, v in dataclasses.asdict(self).items())


FIXED = [
    Case(1, 2, 192, 512, 64, 64),
    Case(1, 1, 193, 513, 64, 64, "matrix"),
    Case(2, 3, 97, 1111, 40, 72, "keys"),
    Case(1, 2, 16, 2, 1, 1),
    Case(1, 1, 17, 16, 8, 16),
    Case(1, 2, 100, 1025, 80, 80, "causal", dynamic=True),
    Case(2, 4, 33, 700, 128, 128, "where", share=2),
    Case(1, 1, 50, 600, 5, 3, "matrix", size=1e4),
    Case(1, 2, 40, 530, 64, 64, "empty_row"),
    Case(1, 2, 700, 700, 64, 64, "causal", seq_major=True),
    Case(3, 2, 64, 650, 32, 96, "keys", dtype="f16"),
    Case(2, 8, 60, 1030, 64, 64, "keys", share=4, dynamic=True, seq_major=True),
    Case(1, 1, 20, 1100, 300, 17),
    Case(2, 2, 1, 300, 64, 64, "keys", dynamic=True),
    Case(1, 3, 5, 1030, 72, 40, "matrix", dynamic=True),
    Case(1, 2, 197, 20, 16, 100, dynamic=True, seq_major=True),
]


def draw(rng: random.Random) -> Case:
    """A random case; large ones are rare."""
    share = rng.choice([1, 1, 1, 2, 3])
    dynamic = rng.random() < 0.4
    return Case(
        batch=rng.randint(1, 3),
        heads=share * rng.randint(1, 3),
        rows=rng.choice([rng.randint(1, 12), rng.randint(1, 420)]) if dynamic else rng.randint(16, 420),
        cols=rng.choice([rng.randint(2, 64), rng.randint(1, 600), rng.randint(500, 1700)]),
        depth=rng.choice([1, 3, 16, 40, 64, 80, 128, rng.randint(1, 150)]),
        width=rng.choice([1, 16, 48, 64, 128, rng.randint(1, 150)]),
        mask=rng.choice(["none", "keys", "matrix", "where", "causal", "empty_row"]),
        share=share,
        size=rng.choice([1.0, 1.0, 30.0, 1e4]),
        dtype=rng.choice(["f32", "f32", "f32", "f16"]),
        dynamic=dynamic,
        seq_major=rng.random() < 0.4,
    )


def build(case: Case, path: Path) -> None:
    """Writes the case as a model; masks are inputs, except the causal one, which the graph computes."""
    element = DTYPES[case.dtype][1]
    batch, rows, cols = ("batch", "rows", "cols") if case.dynamic else (case.batch, case.rows, case.cols)
    groups = case.heads // case.share
    shapes = {"q": [batch, case.heads, rows, case.depth], "k": [batch, groups, cols, case.depth],
              "v": [batch, groups, cols, case.width]}
    nodes, inputs, weights = [], [], []

    def node(op: str, *operands: str, **attributes: object) -> str:
        name = f"n{len(nodes)}"
        nodes.append(helper.make_node(op, list(operands), [name], name=f"/{op}_{len(nodes)}", **attributes))
        return name

    def constant(value: np.ndarray) -> str:
        name = f"c{len(weights)}"
        weights.append(onnx.numpy_helper.from_array(value, name))
        return name

    value = {}
    for name, shape in shapes.items():
        stored = [shape[0], shape[2], shape[1], shape[3]] if case.seq_major else shape
        inputs.append(helper.make_tensor_value_info(name, element, stored))
        value[name] = node("Transpose", name, perm=[0, 2, 1, 3]) if case.seq_major else name
    if case.share > 1:
        for name in "kv":
            # [batch, groups, cols, d] -> [batch, groups, share, cols, d] -> [batch, heads, cols, d]
            wide = node("Unsqueeze", value[name], constant(np.array([2])))
            wide = node("Expand", wide, constant(np.array([1, 1, case.share, 1, 1])))
            value[name] = node("Reshape", wide, constant(np.array([0, case.heads, -1, shapes[name][3]])))
    logits = node("MatMul", value["q"], node("Transpose", value["k"], perm=[0, 1, 3, 2]))
    logits = node("Mul", logits, constant(np.array(case.size / case.depth**0.5, DTYPES[case.dtype][0])))
    low = constant(np.array(-60000.0, DTYPES[case.dtype][0]))
    if case.mask == "keys":
        inputs.append(helper.make_tensor_value_info("mask", element, [batch, 1, 1, cols]))
        logits = node("Add", logits, "mask")
    elif case.mask in ("matrix", "empty_row"):
        inputs.append(helper.make_tensor_value_info("mask", element, [rows, cols]))
        logits = node("Add", logits, "mask")
    elif case.mask == "where":
        inputs.append(helper.make_tensor_value_info("mask", TensorProto.BOOL, [rows, cols]))
        logits = node("Where", "mask", logits, low)
    elif case.mask == "causal":
        shape = node("Shape", logits)
        index = [node("Range", constant(np.array(0)), node("Gather", shape, constant(np.array(axis)), axis=0),
                      constant(np.array(1))) for axis in (2, 3)]
        later = node("Less", node("Unsqueeze", index[0], constant(np.array([1]))), index[1])
        logits = node("Where", later, low, logits)
    weights_node = node("Softmax", logits, axis=-1)
    out = node("MatMul", weights_node, value["v"])
    if case.seq_major:
        out = node("Transpose", out, perm=[0, 2, 1, 3])
    dims = [batch, rows, case.heads, case.width] if case.seq_major else [batch, case.heads, rows, case.width]
    graph = helper.make_graph(nodes, "attention", inputs, [helper.make_tensor_value_info(out, element, dims)], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())


def make_inputs(case: Case, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Values of the model's inputs."""
    element = DTYPES[case.dtype][0]
    groups = case.heads // case.share
    shapes = {"q": (case.batch, case.heads, case.rows, case.depth), "k": (case.batch, groups, case.cols, case.depth),
              "v": (case.batch, groups, case.cols, case.width)}
    values = {}
    for name, shape in shapes.items():
        data = rng.uniform(-1, 1, shape).astype(element)
        values[name] = np.ascontiguousarray(data.transpose(0, 2, 1, 3)) if case.seq_major else data
    if case.mask == "keys":
        values["mask"] = np.where(rng.random((case.batch, 1, 1, case.cols)) < 0.2, -10000, 0).astype(element)
    elif case.mask == "matrix":
        values["mask"] = rng.uniform(-2, 2, (case.rows, case.cols)).astype(element)
    elif case.mask == "where":
        values["mask"] = rng.random((case.rows, case.cols)) < 0.7
    elif case.mask == "empty_row":
        # Whole blocks of some rows are masked, and one row altogether: 0 / 0.
        mask = np.zeros((case.rows, case.cols), element)
        mask[: case.rows // 2, : case.cols * 2 // 3] = -np.inf
        mask[case.rows - 1] = -np.inf
        values["mask"] = mask
    return values


def compute(case: Case, values: dict[str, np.ndarray]) -> tuple[np.ndarray, float]:
    """The result in f64, and the largest logit before the mask."""
    q, k, v = (np.transpose(values[n], (0, 2, 1, 3)) if case.seq_major else values[n] for n in "qkv")
    k, v = np.repeat(k, case.share, axis=1), np.repeat(v, case.share, axis=1)
    scale = float(np.array(case.size / case.depth**0.5, DTYPES[case.dtype][0]))
    logits = q.astype(np.float64) @ k.astype(np.float64).transpose(0, 1, 3, 2) * scale
    largest = float(np.abs(logits).max())
    if case.mask == "where":
        logits = np.where(values["mask"], logits, float(DTYPES[case.dtype][0](-60000.0)))
    elif case.mask == "causal":
        later = np.arange(case.rows)[:, None] < np.arange(case.cols)
        logits = np.where(later, float(DTYPES[case.dtype][0](-60000.0)), logits)
    elif case.mask != "none":
        logits = logits + values["mask"].astype(np.float64)
    with np.errstate(invalid="ignore"):
        weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
        result = weights / weights.sum(axis=-1, keepdims=True) @ v.astype(np.float64)
    return (result.transpose(0, 2, 1, 3) if case.seq_major else result), largest


def run(*command: object) -> str:
    """The command's output; an error with what it said when it failed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{Path(str(command[0])).name}: exit code {done.returncode}: {done.stderr.strip()[:600]}")
    return done.stdout


def check(case: Case, taoc: Path, tao_run: Path, folder: Path, seed: int) -> str:
    """What is wrong, or nothing."""
    model, code, fed = folder / "model.onnx", folder / "model.so", folder / "in.npz"
    build(case, model)
    values = make_inputs(case, np.random.default_rng(seed))
    np.savez(fed, **values)
    expected, largest = compute(case, values)
    run(taoc, model, "-o", code)
    if 'kind = "online"' not in run(taoc, model, "--compile-to=fuse", "-o", "-"):
        return "is not one online kernel"
    results = []
    for threads in (1, 2, 4):
        out = folder / f"out{threads}.npz"
        run(tao_run, code, "--input", fed, "--output", out, "--threads", threads)
        with np.load(out) as file:
            results.append(file[file.files[0]])
    if any(other.tobytes() != results[0].tobytes() for other in results[1:]):
        return "differs between numbers of threads"
    got = results[0].astype(np.float64)
    if not np.array_equal(np.isnan(got), np.isnan(expected)):
        return f"has {np.isnan(got).sum()} NaN, expected {np.isnan(expected).sum()}"
    worst = np.nanmax(np.abs(got - expected)) / np.nanmax(np.abs(expected)) if np.isfinite(expected).any() else 0.0
    # A logit that is rounded thrice (product, scale, mask) is off by so much, and its weight by as large a part of itself.
    element, _, least = DTYPES[case.dtype]
    allowed = max(least, 3 * float(np.finfo(element).eps) / 2 * largest)
    return "" if worst <= allowed else f"error {worst:.2e}, allowed {allowed:.0e}"


def check_memory(taoc: Path, folder: Path) -> str:
    """What is wrong with the memory of a layer whose q, k and v are computed: it may only grow linearly with the sequence."""
    arena = []
    for rows in (512, 1024, 2048):
        weights = [onnx.numpy_helper.from_array(np.full((64, 64), 0.01, np.float32), name) for name in ("wq", "wk", "wv")]
        nodes = [helper.make_node("MatMul", ["x", f"w{n}"], [n]) for n in "qkv"]
        nodes += [helper.make_node("Transpose", ["k"], ["kt"], perm=[1, 0]), helper.make_node("MatMul", ["q", "kt"], ["s"]),
                  helper.make_node("Softmax", ["s"], ["p"], axis=-1), helper.make_node("MatMul", ["p", "v"], ["y"])]
        shape = [rows, 64]
        graph = helper.make_graph(nodes, "layer", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)], weights)
        path = folder / "layer.onnx"
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        path.write_bytes(model.SerializeToString())
        arena.append(json.loads(run(taoc, path, "--explain=json", "-o", folder / "layer.so"))["totals"]["arena_bytes"])
    return "" if arena[0] > 0 and arena[2] - arena[1] == 2 * (arena[1] - arena[0]) else f"arena of {arena} bytes"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Attention of all shapes, against NumPy.")
    parser.add_argument("--taoc", type=Path, required=True)
    parser.add_argument("--tao-run", type=Path, required=True)
    parser.add_argument("--seed", type=int, help="of the random cases; the commit's by default")
    parser.add_argument("--count", type=int, default=12, help="random cases")
    arguments = parser.parse_args()
    seed = arguments.seed
    if seed is None:
        seed = commit_seed()
    rng = random.Random(seed)
    cases = FIXED + [draw(rng) for _ in range(arguments.count)]
    failures = 0
    with tempfile.TemporaryDirectory(prefix="tao-attention-") as name:
        folder = Path(name)
        for number, case in enumerate(cases):
            try:
                problem = check(case, arguments.taoc, arguments.tao_run, folder, seed + number)
            except RuntimeError as error:
                problem = str(error)
            failures += bool(problem)
            print(f"{'FAIL' if problem else 'ok  '} {case} {problem}", flush=True)
        problem = check_memory(arguments.taoc, folder)
        failures += bool(problem)
        print(f"{'FAIL' if problem else 'ok  '} memory grows linearly {problem}")
    print(f"seed {seed}: " + (f"{failures} failed" if failures else "all passed"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
