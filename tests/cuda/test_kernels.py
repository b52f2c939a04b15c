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

SCHEDULES = (0, 1, 7)
PLANNERS = ("stitch", "xla-like", "none")
SIZES = ({"n": 5, "m": 1000}, {"n": 1, "m": 1}, {"n": 37, "m": 33}, {"n": 0, "m": 4}, {"n": 3, "m": 2011})
# Largest error against the interpreter, which computes in f64, by type; integers are exact.
TOLERANCE = {"f64": 1e-12, "f32": 2e-6, "f16": 2e-3, "bf16": 1e-2}


def tensors(text: str) -> list[tuple[list[str], str]]:
    """Extents, by number or name, and element type of the tensors that a text names."""
    found = []
    for extents, element, names in re.findall(r"tensor<((?:[\d?]+x)*)(\w+)(?:, #tao\.dims<([^>]*)>)?>", text):
        symbols = iter(re.findall(r'"(\w+)"', names))
        found.append(([next(symbols) if extent == "?" else extent for extent in extents.split("x")[:-1]], element))
    return found


class Program:
    """A file with a function @main: what tao-run needs to know of it."""

    def __init__(self, path: Path):
        self.path = path
        arguments, results = re.search(r"func\.func @main\((.*?)\)\s+-> (.*?) \{\n", path.read_text(), re.DOTALL).groups()
        self.arguments = tensors(arguments)
        self.sizes = SIZES if "?" in arguments else ({},)
        self.tolerance = max(TOLERANCE.get(element, 0) for _, element in tensors(results))

    def inputs(self, sizes: dict[str, int]) -> list[str]:
        """Options for random inputs."""
        options = ["--random", "--seed=1"]
        for i, (extents, element) in enumerate(self.arguments):
            options.append(f"--shape=input{i}:" + "x".join(str(sizes.get(extent, extent)) for extent in extents))
            if element not in TOLERANCE:
                options.append(f"--range=input{i}:0:5")  # many of them equal
        return options


def call(command: list) -> str:
    """What is wrong; empty when the command succeeds."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"exit code {done.returncode}: {done.stderr.strip()[-500:]}"


def check(tao_run: Path, program: Program, planner: str, sizes: dict[str, int], folder: Path) -> str:
    """What is wrong with one program at one size; empty when nothing is."""
    inputs, reference = program.inputs(sizes), folder / "reference.npz"
    problem = call([tao_run, program.path, "--interpret", "--function=main", *inputs, f"--output={reference}"])
    options = ["--target=cuda", "--emulate", f"--compile-option=fusion={planner}"]
    options += ["--compile-option=arch=sm_90", "--compile-option=check-plans=strict"]
    first: dict[str, bytes] = {}
    for schedule in SCHEDULES:
        result = folder / f"{schedule}.npz"
        verify = [f"--verify={reference}", f"--tolerance={program.tolerance}", f"--output={result}"]
        problem = problem or call([tao_run, program.path, *options, f"--schedule={schedule}", *inputs, *verify])
        if problem:
            return problem
        with np.load(result) as file:
            outputs = {name: file[name].tobytes() for name in file.files}
        first = first or outputs
        if outputs != first:
            return "results depend on the schedule"
    return ""


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tao-run", type=Path, required=True)
    parser.add_argument("programs", type=Path, nargs="*")
    options = parser.parse_args()
    paths = options.programs or sorted((Path(__file__).parent / "Inputs").glob("*.mlir"))
    failures = runs = 0
    with tempfile.TemporaryDirectory() as name:
        for program in map(Program, paths):
            for planner in PLANNERS:
                for sizes in program.sizes:
                    runs += len(SCHEDULES)
                    if problem := check(options.tao_run, program, planner, sizes, Path(name)):
                        failures += 1
                        print(f"{program.path.name} {planner} {sizes}: {problem}")
    print(f"cuda kernels: {len(paths)} programs, {runs} runs, {failures} failures")
    return 1 if failures or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
