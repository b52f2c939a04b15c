#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles the programs of Inputs/ for a GPU, runs their kernels in the emulator, and compares with the interpreter.

Each program runs at several sizes, with schedules in order and at random, as every planner groups it. The emulator must
have nothing to report, and results may not depend on the schedule.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from emulated import Program

SEEDS = (0, 1, 7)
PLANNERS = ("stitch", "xla-like", "none")
SIZES = ({"n": 5, "m": 1000}, {"n": 1, "m": 1}, {"n": 37, "m": 33}, {"n": 0, "m": 4}, {"n": 3, "m": 2011})
# Largest error against the interpreter, which computes in f64, by the result's type.
TOLERANCE = {"float64": 1e-12, "float32": 2e-6, "float16": 2e-3, "bfloat16": 1e-2}


def draw(program: Program) -> list[np.ndarray]:
    """Inputs of the right shapes."""
    rng = np.random.default_rng(1)
    arguments = []
    for _, text in program.inputs:
        shape, element = program.shape(text)
        is_float = element.name in TOLERANCE
        arguments.append((rng.standard_normal(shape) if is_float else rng.integers(0, 5, shape)).astype(element))
    return arguments


def interpret(module: Path, folder: Path, bin_folder: Path, arguments: list[np.ndarray]) -> list[np.ndarray]:
    """The interpreter's results."""
    np.savez(folder / "in.npz", **{f"input{i}": argument for i, argument in enumerate(arguments)})
    command = [bin_folder / "tao-run", module, "--interpret", "--function=main"]
    subprocess.run([*command, f"--input={folder / 'in.npz'}", f"--output={folder / 'out.npz'}"], check=True)
    with np.load(folder / "out.npz") as file:
        return list(file.values())


def compare(results: list[np.ndarray], wanted: list[np.ndarray]) -> str:
    """What is wrong; empty when nothing is."""
    for i, (result, want) in enumerate(zip(results, wanted, strict=True)):
        exact = want.view(result.dtype) if want.dtype.kind == "V" else want
        if exact.shape != result.shape:
            return f"result {i} has shape {result.shape}, not {exact.shape}"
        if result.size == 0:
            continue
        x, y = result.astype(np.float64), exact.astype(np.float64)
        same = (x == y) | (np.isnan(x) & np.isnan(y))
        error = np.max(np.abs(np.where(same, 0, x) - np.where(same, 0, y))) / max(np.max(np.abs(y)), 1e-30)
        if not error <= TOLERANCE.get(result.dtype.name, 0):
            return f"result {i} is wrong by {error:.1e}"
    return ""


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--clang", required=True)
    parser.add_argument("--emulator", required=True)
    parser.add_argument("programs", type=Path, nargs="*")
    options = parser.parse_args()
    programs = options.programs or sorted((Path(__file__).parent / "Inputs").glob("*.mlir"))
    failures = launches = 0
    for module in programs:
        for planner in PLANNERS:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                flags = ["--arch=sm_90", f"--fusion={planner}", "--check-plans=strict"]
                program = Program(module, folder, options.bin, options.clang, options.emulator, flags)
                is_dynamic = re.search(r"tensor<[^>]*\?", program.lines[0]) is not None
                for sizes in SIZES if is_dynamic else ({},):
                    program.sizes = sizes
                    arguments = draw(program)
                    runs = [program.run(arguments, seed) for seed in SEEDS]
                    launches += len(runs)
                    problem = compare(runs[0], interpret(module, folder, options.bin, arguments))
                    for other in runs[1:]:
                        if any(x.tobytes() != y.tobytes() for x, y in zip(runs[0], other)):
                            problem = problem or "results depend on the schedule"
                    problem = problem or "; ".join(program.reports[:3])
                    if problem:
                        failures += 1
                        print(f"{module.name} {planner} {sizes}: {problem}")
    print(f"cuda kernels: {len(programs)} programs, {launches} runs, {failures} failures")
    return 1 if failures or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
