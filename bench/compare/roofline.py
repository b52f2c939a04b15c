#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where a model's time goes: each kernel's time beside what its bytes and operations would take at this machine's best.

The best is measured in the same process: bytes at the speed of a copy that is far larger than the caches, operations at the
speed of a large matrix product. A kernel whose data lies in cache may beat the bound.

    build/venv/bin/python bench/compare/roofline.py build/zoo/resnet50_b1.onnx --threads 1
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.arrays import aligned_empty  # noqa: E402
from bench.compare.tao_loader import TaoModel  # noqa: E402
from bench.models.zoo import input_types, make_inputs, sizes_of  # noqa: E402

COPY_BYTES = 256 << 20
PRODUCT = 1024  # rows, columns and depth of the product that stands for the peak


@dataclass
class Row:
    """One kernel, or several of one kind added up."""

    name: str
    kind: str
    count: int
    microseconds: float
    bytes: int
    flops: int

    def bound(self, copy: float, peak: float) -> float:
        """Microseconds that bytes and operations take at best, whichever is more."""
        return max(self.bytes / copy, self.flops / peak) * 1e6


def compile_model(taoc: Path, model: Path, output: Path, sizes: dict[str, int]) -> list[dict]:
    """Compiles at fixed sizes; returns the kernels of the report."""
    command = [str(taoc), str(model), "-o", str(output), "--explain=json"]
    if sizes:
        for name, (_, dims) in input_types(onnx.load(model, load_external_data=False)).items():
            extents = "x".join(str(sizes[dim] if isinstance(dim, str) else dim) for dim in dims)
            command.append(f"--shape={name}:{extents}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)["kernels"]


def copy_speed(threads: int) -> float:
    """Bytes per second, read and written, of a copy."""
    from concurrent.futures import ThreadPoolExecutor

    source, target = (aligned_empty([COPY_BYTES], np.dtype(np.uint8)) for _ in range(2))
    source[:], target[:] = 1, 0
    step = COPY_BYTES // threads
    best = float("inf")
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(5):
            begin = time.perf_counter()
            jobs = [pool.submit(np.copyto, target[i * step : (i + 1) * step], source[i * step : (i + 1) * step]) for i in range(threads)]
            for job in jobs:
                job.result()
            best = min(best, time.perf_counter() - begin)
    return 2 * COPY_BYTES / best


def peak_speed(taoc: Path, folder: Path, threads: int) -> float:
    """Operations per second of a large product with a constant right side."""
    shape = [PRODUCT, PRODUCT]
    weight = helper.make_tensor("w", TensorProto.FLOAT, shape, np.full(shape, 0.5, np.float32).tobytes(), raw=True)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy")
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "peak", [x], [y], [weight])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), folder / "peak.onnx")
    compile_model(taoc, folder / "peak.onnx", folder / "peak.so", {})
    binding = TaoModel(folder / "peak.so", threads).bind({"x": np.ones(shape, np.float32)})
    return 2 * PRODUCT**3 / (min(binding.time_kernels(10)) / 1e6)


def measure(taoc: Path, model: Path, folder: Path, sizes: dict[str, int], threads: int, runs: int) -> list[Row]:
    """One row per kernel of the model."""
    kernels = compile_model(taoc, model, folder / "model.so", sizes)
    loaded = TaoModel(folder / "model.so", threads)
    if [kernel["name"] for kernel in kernels] != loaded.kernel_names:
        raise SystemExit(f"{model}: the report and the compiled model list different kernels")
    times = loaded.bind(make_inputs(model, sizes)).time_kernels(runs)
    return [
        Row(kernel["name"], kernel["kind"], 1, microseconds, kernel["read_bytes"] + kernel["write_bytes"], kernel["flops"])
        for kernel, microseconds in zip(kernels, times)
    ]


def total(rows: list[Row], name: str) -> Row:
    """The rows added up."""
    kinds = {row.kind for row in rows}
    return Row(
        name,
        kinds.pop() if len(kinds) == 1 else "all",
        sum(row.count for row in rows),
        sum(row.microseconds for row in rows),
        sum(row.bytes for row in rows),
        sum(row.flops for row in rows),
    )


def report(rows: list[Row], copy: float, peak: float, top: int) -> None:
    """Totals per kind, then the kernels that lose most against their bound."""
    whole = sum(row.microseconds for row in rows)
    print(f"{'kernel':44} {'kind':8} {'count':>5} {'us':>10} {'share':>6} {'bound us':>10} {'bound/us':>8} {'GB/s':>7} {'GFLOP/s':>8}")

    def show(row: Row, bound: float) -> None:
        seconds = row.microseconds / 1e6
        print(
            f"{row.name[:44]:44} {row.kind:8} {row.count:5} {row.microseconds:10.1f} {row.microseconds / whole:6.1%} {bound:10.1f}"
            f" {bound / row.microseconds:8.2f} {row.bytes / seconds / 1e9:7.1f} {row.flops / seconds / 1e9:8.1f}"
        )

    for kind in sorted({row.kind for row in rows}):
        part = [row for row in rows if row.kind == kind]
        show(total(part, f"all {kind}"), sum(row.bound(copy, peak) for row in part))
    show(total(rows, "all"), sum(row.bound(copy, peak) for row in rows))
    print(f"largest gaps, of {len(rows)} kernels:")
    for row in sorted(rows, key=lambda row: row.bound(copy, peak) - row.microseconds)[:top]:
        show(row, row.bound(copy, peak))


def main() -> None:
    parser = argparse.ArgumentParser(description="Each kernel's time beside its bound.")
    parser.add_argument("model", type=Path, help="an .onnx file, of generate.py or with static shapes")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--top", type=int, default=15, metavar="N", help="kernels to list")
    parser.add_argument("--taoc", type=Path, default=ROOT / "build/bin/taoc")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy, peak = copy_speed(options.threads), peak_speed(options.taoc, folder, options.threads)
        sizes = sizes_of(options.model)[0]
        rows = measure(options.taoc, options.model, folder, sizes, options.threads, options.runs)
    print(f"{options.model.stem} {sizes or ''}, {options.threads} thread(s): copy {copy / 1e9:.1f} GB/s, product {peak / 1e9:.0f} GFLOP/s")
    report(rows, copy, peak, options.top)


if __name__ == "__main__":
    main()
