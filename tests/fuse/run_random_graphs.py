#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random graphs of tao ops, compiled by a planner and run, against the reference interpreter.

usage: run_random_graphs.py GENERATOR TAO_RUN [--seed N] [--count N] [--planner stitch] [--jobs N]

GENERATOR is tao_random_graph. A graph passes when no output is farther from the interpreter's, which computes in f64, than
twice what unfused code is, or a few units in the last place of the largest element; and when 1, 2 and 4 threads agree in
every bit. Seeds go through all kinds of extents.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

EXTENTS = ("small", "prime", "one", "empty", "large")
TIMEOUT = 300
# Of unfused code's error, and of the largest element: sums in another order round differently.
FACTOR, FLOOR = 2.0, 1e-5


def run(command: list) -> str:
    """Runs a command; raises RuntimeError with what it printed when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr.strip()[-1500:]}")
    return done.stdout


def error(actual: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference over the largest element; elements that are not finite must be the same."""
    if actual.size == 0:
        return 0.0
    actual, expected = actual.astype(np.float64), expected.astype(np.float64)
    same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        difference = np.where(same, 0.0, np.abs(actual - expected))
    finite = np.abs(expected[np.isfinite(expected)])
    return float(difference.max() / max(finite.max(initial=0.0), 1.0))


def check(seed: int, options: argparse.Namespace) -> str:
    """An empty text, or what is wrong with a seed."""
    random = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory(prefix="tao-graphs-") as name:
        folder = Path(name)
        text = run([options.generator, str(seed), str(options.ops), EXTENTS[seed % len(EXTENTS)]])
        (folder / "graph.mlir").write_text(text)
        arguments = re.search(r"func\.func @main\((.*?)\)", text).group(1)
        shapes = [[int(d) for d in dims.split("x")[:-1]] for dims in re.findall(r"tensor<([0-9x]*f32)>", arguments)]
        inputs = {f"input{i}": random.uniform(-1, 1, shape).astype(np.float32) for i, shape in enumerate(shapes)}
        np.savez(folder / "in.npz", **inputs)

        def outputs(*flags: str) -> dict[str, np.ndarray]:
            command = [options.tao_run, folder / "graph.mlir", f"--input={folder}/in.npz", f"--output={folder}/out.npz"]
            run([*command, *flags])
            with np.load(folder / "out.npz") as stored:
                return {key: stored[key] for key in stored.files}

        try:
            expected = outputs("--interpret")
            plain = outputs("--compile-option=fusion=none", "--threads=1")
            results = [outputs(f"--compile-option=fusion={options.planner}", "--compile-option=check-plans=strict", f"--threads={n}") for n in (1, 2, 4)]
        except (RuntimeError, subprocess.TimeoutExpired) as failure:
            return str(failure)
    for key, reference in expected.items():
        limit = max(FACTOR * error(plain[key], reference), FLOOR)
        found = error(results[0][key], reference)
        if not found <= limit:
            return f"'{key}' is off by {found:.1e}, allowed are {limit:.1e}"
        if any(result[key].tobytes() != results[0][key].tobytes() for result in results):
            return f"'{key}' depends on the number of threads"
    return ""


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Run random graphs against the interpreter.")
    parser.add_argument("generator", type=Path)
    parser.add_argument("tao_run", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--ops", type=int, default=40)
    parser.add_argument("--planner", default="stitch")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    failures = 0
    seeds = range(options.seed, options.seed + options.count)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for seed, reason in zip(seeds, pool.map(lambda seed: check(seed, options), seeds)):
            if reason:
                failures += 1
                print(f"seed {seed}: {reason}", flush=True)
    print(f"{options.count - failures} of {options.count} passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
