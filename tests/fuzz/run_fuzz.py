#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random models through tao-run against NumPy: each must be right or be declined with a reason.

usage: run_fuzz.py [--tao-run PATH] [--seed N] [--count N] [--jobs N] [--keep DIR] [--interpret] [--flag=OPTION]
                   [--preload=FILE]

The seeds are N, N + 1, ..., so that `--seed=S --count=1` repeats one model; --keep=DIR keeps the models that failed. Without
--seed it comes from the commit, which gives every commit other models and each of them always the same.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import random_layers  # noqa: F401 (enters its operators)
from random_model import Misfit, Model, difference
from random_ops import OPERATORS

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.commitseed import commit_seed

DECLINED = ("TAO-E012", "TAO-E014")
# What tao takes for granted of sizes known only at run time; where it does not hold, the run says so and ends.
ASSUMED = ("must be equal", "must not be empty")
TIMEOUT = 120


def make_model(seed: int) -> Model:
    """A model of a few inputs and up to thirty nodes."""
    model = Model(seed)
    for _ in range(model.integer(1, 4)):
        model.add_input()
    wanted = model.integer(1, 25)
    for _ in range(10 * wanted):
        if len(model.nodes) >= wanted:
            break
        before = len(model.nodes), len(model.values)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                model.pick(OPERATORS)(model)
        except Misfit:
            # Half an operator goes again; inputs and constants may stay without a reader.
            del model.nodes[before[0] :]
            inputs = {value.name for value, _ in model.inputs}
            late = [value for value in model.values[before[1] :] if value.name in inputs]
            model.values[before[1] :] = late
    if not model.nodes:
        model.add("Identity", [model.values[0]], [(model.values[0].kind, model.values[0].array)])
    return model


def check(seed: int, options: argparse.Namespace) -> tuple[str, str]:
    """("passed" | "declined" | "failed", reason)."""
    model = make_model(seed)
    outputs = model.outputs()
    with tempfile.TemporaryDirectory(prefix="tao-fuzz-") as name:
        folder = Path(name)
        proto = model.proto(outputs)
        onnx.save(proto, folder / "model.onnx")
        np.savez(folder / "in.npz", **model.feeds())
        command = [options.tao_run, folder / "model.onnx", f"--input={folder}/in.npz", f"--output={folder}/out.npz"]
        command.append("--interpret" if options.interpret else f"--threads={1 + seed % 2}")
        command += options.flag
        verdict, reason = judge(command, folder, outputs, options.preload)
        if verdict == "failed" and options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            for file in ("model.onnx", "in.npz"):
                (options.keep / f"{seed}.{file}").write_bytes((folder / file).read_bytes())
    return verdict, reason


def judge(command: list, folder: Path, outputs: list, preload: str | None) -> tuple[str, str]:
    """Runs the model and compares."""
    environment = dict(os.environ)
    if preload:
        environment |= {"LD_PRELOAD": preload, "ASAN_OPTIONS": "detect_leaks=0"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False, env=environment)
    except subprocess.TimeoutExpired:
        return "failed", f"no end after {TIMEOUT} s"
    if done.returncode == 1 and any(f"[{code}]" in done.stderr for code in DECLINED):
        return "declined", done.stderr.strip()
    if done.returncode == 1 and "[TAO-R008]" in done.stderr and any(text in done.stderr for text in ASSUMED):
        return "declined", done.stderr.strip()
    if done.returncode != 0:
        return "failed", f"exit code {done.returncode}: {done.stderr.strip()[:600]}"
    with np.load(folder / "out.npz") as archive:
        for value in outputs:
            problem = difference(value, archive[value.name])
            if problem:
                return "failed", f"output '{value.name}': {problem}"
    return "passed", ""


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Run random models against NumPy.")
    parser.add_argument("--tao-run", type=Path, default=ROOT / "build" / "bin" / "tao-run")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for models that fail")
    parser.add_argument("--interpret", action="store_true", help="run in the reference interpreter")
    parser.add_argument("--flag", action="append", default=[], help="for tao-run")
    parser.add_argument("--preload", help="library for tao-run to load first: a sanitizer's runtime")
    options = parser.parse_args()
    first = commit_seed() if options.seed is None else options.seed
    counts: collections.Counter = collections.Counter()
    seeds = range(first, first + options.count)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for seed, (verdict, reason) in zip(seeds, pool.map(lambda seed: check(seed, options), seeds)):
            counts[verdict] += 1
            if verdict == "failed":
                print(f"seed {seed}: {reason}", flush=True)
    print(f"seeds {first} to {first + options.count - 1}: " + ", ".join(f"{counts[key]} {key}" for key in ("passed", "declined", "failed")))
    return 1 if counts["failed"] or counts["declined"] > options.count // 2 else 0


if __name__ == "__main__":
    sys.exit(main())
