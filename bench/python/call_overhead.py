#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a call from Python costs above the C interface, on a model of one tiny kernel.

usage: call_overhead.py [--build DIR] [--rounds N]

The same artefact runs in turns through tao-run, which calls the C interface, and through the package tao, with NumPy arrays.
The smallest median of all rounds counts, so that other work on the machine does not.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
MODEL = """func.func @main(%x: tensor<1x16xf32> {tao.name = "x"}) -> (tensor<1x16xf32> {tao.name = "y"}) {
  %y = tao.exp %x : tensor<1x16xf32>
  return %y : tensor<1x16xf32>
}
"""
CALLS, BATCH = 300, 100


def microseconds(call: Callable[[], object]) -> float:
    """Median over batches of the time of one call."""
    times = []
    for _ in range(CALLS):
        start = time.perf_counter()
        for _ in range(BATCH):
            call()
        times.append((time.perf_counter() - start) / BATCH)
    return statistics.median(times) * 1e6


def c_interface(build: Path, artefact: Path) -> float:
    """Median of a run as tao-run measures it."""
    command = [build / "bin" / "tao-run", artefact, "--random", "--bench", "--json", "--threads=1", "--warmup=1000",
               f"--iters={CALLS * BATCH}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["median_ms"] * 1e3


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Measure the overhead of a call from Python.")
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    sys.path.insert(0, str(options.build / "python"))
    import tao

    with tempfile.TemporaryDirectory() as folder:
        source, artefact = Path(folder) / "tiny.mlir", Path(folder) / "tiny.so"
        source.write_text(MODEL)
        model = tao.compile(source, output=artefact, threads=1)
        x, out = np.ones((1, 16), np.float32), np.empty((1, 16), np.float32)
        own = model(x)
        ways = {
            "C interface": lambda: c_interface(options.build, artefact),
            "model(x)": lambda: microseconds(lambda: model(x)),
            "model(x=x)": lambda: microseconds(lambda: model(x=x)),
            "model(x, out=y)": lambda: microseconds(lambda: model(x, out=out)),
            "model(tao.Tensor)": lambda: microseconds(lambda: model(own)),
            "np.asarray(model(x))": lambda: microseconds(lambda: np.asarray(model(x))),
        }
        rounds = [{name: measure() for name, measure in ways.items()} for _ in range(options.rounds)]
    best = {name: min(times[name] for times in rounds) for name in ways}
    base = best["C interface"]
    print(f"{'':22}{'us':>8}{'above C':>10}")
    for name, value in best.items():
        print(f"{name:22}{value:8.2f}{value - base:10.2f}")


if __name__ == "__main__":
    main()
