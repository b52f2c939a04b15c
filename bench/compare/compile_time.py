#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CPU time that taoc spends on code, per kernel that it generates.

usage: compile_time.py --models ZOO [name-part ...] [--flag=FLAG...] [--runs 1] [--taoc PATH]

Code generation is what --trace shows as schedule, kernel, optimise and machine code, the code around the kernels included;
reading, fusing and linking are not in it. taoc is bound to one CPU, and its CPU time divided among these parts as the trace
divides the elapsed time, so that other processes count little. Kernels are those that tao generates, not library calls.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.models.zoo import find_models

CODE = ("schedule", "kernel", "optimise", "machine code")
PHASES = ("read", "import", "simplify", "fuse", "schedule", "kernel", "host", "link")


@dataclass(frozen=True)
class Cost:
    """One compilation, in milliseconds of CPU."""

    kernels: int
    code: float
    total: float

    @property
    def per_kernel(self) -> float | None:
        """None when the library computes everything."""
        return self.code / self.kernels if self.kernels else None


def code_share(events: list[dict]) -> float:
    """The part of all phases' time that went into code. Passes within a phase may bear its name; the phase is the longest."""
    longest: dict[str, int] = {}
    for event in events:
        if event.get("ph") == "X":
            longest[event["name"]] = max(longest.get(event["name"], 0), event["dur"])
    whole = sum(longest.get(name, 0) for name in PHASES)
    return sum(longest.get(name, 0) for name in CODE) / whole if whole else 0.0


def generated_kernels(report: dict) -> int:
    """Kernels of the report that are tao's own code."""
    return sum(kernel["kind"] == "memory" for kernel in report["kernels"])


def measure(taoc: Path, model: Path, flags: list[str], folder: Path) -> Cost:
    """Compiles once. Raises RuntimeError with taoc's message."""
    trace, explained = folder / "trace.json", folder / "explain.json"
    command = [taoc, model, "-o", folder / "model.so", "--explain=json", f"--trace={trace}", *flags]
    cpu = min(os.sched_getaffinity(0))
    with explained.open("wb") as out, (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=out, stderr=log, preexec_fn=lambda: os.sched_setaffinity(0, [cpu]))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError((folder / "log").read_text(errors="replace").strip()[-500:])
    found = json.loads(trace.read_text())
    total = (usage.ru_utime + usage.ru_stime) * 1e3
    share = code_share(found["traceEvents"] if isinstance(found, dict) else found)
    return Cost(generated_kernels(json.loads(explained.read_text())), total * share, total)


def line(name: str, cost: Cost) -> str:
    """A row of the table."""
    per_kernel = "-" if cost.per_kernel is None else f"{cost.per_kernel:.1f}"
    return f"| {name} | {cost.kernels} | {cost.code:.0f} | {per_kernel} | {cost.total:.0f} |"


def main() -> int:
    """Prints the table; exit code 1 if a model does not compile."""
    parser = argparse.ArgumentParser(description="CPU time of code generation per generated kernel.")
    parser.add_argument("--models", type=Path, required=True, help="folder of generate.py, or one .onnx file")
    parser.add_argument("parts", nargs="*", metavar="name-part", help="only models whose names contain one of these")
    parser.add_argument("--flag", action="append", default=[], help="for taoc, such as --flag=--fusion=stitch")
    parser.add_argument("--runs", type=int, default=1, help="compilations, of which the cheapest counts")
    parser.add_argument("--taoc", type=Path, default=ROOT / "build/bin/taoc")
    arguments = parser.parse_intermixed_args()
    costs, failures = [], 0
    print("| model | kernels | code, CPU ms | per kernel | taoc, CPU ms |\n|---|---|---|---|---|")
    for model in find_models(arguments.models, arguments.parts):
        with tempfile.TemporaryDirectory(prefix="tao-compile-") as folder:
            try:
                runs = [measure(arguments.taoc, model, arguments.flag, Path(folder)) for _ in range(max(1, arguments.runs))]
            except RuntimeError as error:
                print(f"{model.stem}: {error}", file=sys.stderr)
                failures += 1
                continue
        costs.append(min(runs, key=lambda cost: cost.code))
        print(line(model.stem, costs[-1]), flush=True)
    print(line("all", Cost(*(sum(getattr(cost, name) for cost in costs) for name in ("kernels", "code", "total")))))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
