#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Plants faults into generated GPU kernels and looks whether they are found.

The kernels of Inputs/ are written as schedule IR; a fault is a change of one line: a barrier taken out or put behind a
branch, an index or a mask that is off by one, a mask that is gone, lanes left out of a sum, stages that lie on top of each
other. It is found when the compiler refuses the kernel, the emulator reports it, or the result is wrong. A change that
leaves every bit as it was, under all schedules and without a report, is none, such as a mask of what is never outside, or of
threads that all store the same. Programs in 16 bits are left out: there a wrong element of a sum is less than the rounding.
"""

from __future__ import annotations

import argparse
import collections
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from test_kernels import TOLERANCE, Program, call

from tests.commitseed import commit_seed

SCHEDULES = (0, 1, 7)
SIZES = {"n": 37, "m": 1033}
RANGE = "0:1000000"  # of integers, so that few are equal
INDEXED = r"^(\s*)(.*stitch\.(?:load|store|get block|put) .*\[)(.*?)(%\w+)(\] : .*)$"


@dataclass
class Fault:
    """A changed text and what was done to it."""

    program: Program
    kind: str
    line: int
    text: str


def without_barrier(line: str, lane: str) -> list[str]:
    return [""] if line.strip() == "stitch.barrier" else []


def divergent_barrier(line: str, lane: str) -> list[str]:
    if line.strip() != "stitch.barrier":
        return []
    return [f"%fault0 = arith.constant 7 : index\n%fault1 = arith.cmpi ult, {lane}, %fault0 : index\nscf.if %fault1 {{\nstitch.barrier\n}}"]


def index_off_by_one(line: str, lane: str) -> list[str]:
    if "stitch.put" in line and "private" in line:
        return []
    match = re.match(INDEXED, line)
    if not match:
        return []
    indent, before, others, last, after = match.groups()
    add = f"{indent}%fault0 = arith.constant 1 : index\n{indent}%fault1 = arith.addi {last}, %fault0 : index\n"
    return [f"{add}{indent}{before}{others}%fault1{after}"]


def mask_off_by_one(line: str, lane: str) -> list[str]:
    return [line.replace("cmpi ult,", "cmpi ule,")] if "cmpi ult," in line else []


def without_mask(line: str, lane: str) -> list[str]:
    return [line.replace("cmpi ult,", "cmpi uge,")] if "cmpi ult," in line else []


def lanes_left_out(line: str, lane: str) -> list[str]:
    match = re.search(r"lanes (\d+) stride", line)
    return [line.replace(match[0], f"lanes {int(match[1]) // 2} stride")] if match and int(match[1]) > 1 else []


def stages_overlap(line: str, lane: str) -> list[str]:
    match = re.search(r'stitch\.stage at "(\d+)"', line)
    return [line.replace(match[0], 'stitch.stage at "0"')] if match and int(match[1]) > 0 else []


KINDS = {
    "without a barrier": without_barrier,
    "barrier in a branch": divergent_barrier,
    "index off by one": index_off_by_one,
    "mask off by one": mask_off_by_one,
    "mask the wrong way": without_mask,
    "lanes left out": lanes_left_out,
    "stages on top of each other": stages_overlap,
}


def strip_locations(text: str) -> str:
    """The text without locations."""
    text = re.sub(r"^#loc.*\n", "", text, flags=re.MULTILINE)
    return re.sub(r" ?loc\((?:[^()\"]|\"[^\"]*\"|\((?:[^()\"]|\"[^\"]*\")*\))*\)", "", text)


def plant(program: Program, text: str) -> list[Fault]:
    """All faults of a program."""
    faults, lines, lane = [], text.splitlines(), ""
    for number, line in enumerate(lines):
        if match := re.match(r"\s*(%\w+) = stitch\.thread lane", line):
            lane = match[1]
        for kind, change in KINDS.items():
            for changed in change(line, lane):
                faults.append(Fault(program, kind, number + 1, "\n".join([*lines[:number], changed, *lines[number + 1 :]])))
    return faults


def read(path: Path) -> dict[str, bytes]:
    """Outputs, bit by bit."""
    with np.load(path) as file:
        return {name: file[name].tobytes() for name in file.files}


class Trial:
    """Runs kernels as text in the emulator."""

    def __init__(self, tools: argparse.Namespace, folder: Path):
        self.tools, self.folder = tools, folder
        self.right: dict[Path, dict[str, bytes]] = {}  # outputs of the kernels as they are

    def inputs(self, program: Program) -> list[str]:
        """Options for the program's inputs."""
        return [option.replace(":0:5", f":{RANGE}") for option in program.inputs(SIZES)]

    def reference(self, program: Program) -> Path:
        """Outputs of the interpreter."""
        path = self.folder / f"{program.path.stem}.npz"
        if not path.exists():
            inputs = self.inputs(program)
            problem = call([self.tools.tao_run, program.path, "--interpret", "--function=main", *inputs, f"--output={path}"])
            assert not problem, problem
        return path

    def kernels(self, program: Program) -> str:
        """The program's kernels as schedule IR."""
        path = self.folder / f"{program.path.stem}.mlir"
        problem = call([self.tools.taoc, program.path, "--target=cuda", "--arch=sm_90", "--compile-to=schedule", "-o", path])
        assert not problem, problem
        return strip_locations(path.read_text())

    def run(self, program: Program, text: str, name: str) -> str:
        """How a fault shows: "refused", "reported", "wrong"; "missed" when it does not, and "same" when there is none."""
        result = self.folder / f"{name}.npz"
        path = self.folder / f"{name}.mlir"
        path.write_text(text)
        verify = [f"--verify={self.reference(program)}", f"--tolerance={program.tolerance}"]
        for schedule in SCHEDULES:
            command = [self.tools.tao_run, path, "--target=cuda", "--emulate", f"--schedule={schedule}", *self.inputs(program)]
            command += [*verify, f"--output={result}"]
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
            if done.returncode < 0 or "TAO-R013" in done.stderr:
                return f"crash {done.returncode}"
            if done.returncode != 0:
                path.unlink()
                if "emulator:" in done.stderr or "TAO-R014" in done.stderr:
                    return "reported"
                return "wrong" if "TAO-R009" in done.stderr else "refused"
            outputs = read(result)
            result.unlink()
            if outputs != self.right.setdefault(program.path, outputs):
                return "missed"
        path.unlink()
        return "same"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tao-run", type=Path, required=True)
    parser.add_argument("--taoc", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=0, help="so many of the faults, others for each commit; 0: all")
    parser.add_argument("--seed", type=int, help="of the sample")
    parser.add_argument("--verbose", action="store_true", help="name the changes that are not found")
    options = parser.parse_args()
    programs = [
        program
        for program in map(Program, sorted((Path(__file__).parent / "Inputs").glob("*.mlir")))
        if program.tolerance <= TOLERANCE["f32"]
    ]
    found: dict[str, collections.Counter] = {kind: collections.Counter() for kind in KINDS}
    with tempfile.TemporaryDirectory() as name:
        trial = Trial(options, Path(name))
        texts = {program: trial.kernels(program) for program in programs}
        faults = [fault for program, text in texts.items() for fault in plant(program, text)]
        for program, text in texts.items():
            if (verdict := trial.run(program, text, f"{program.path.stem}-right")) != "same":
                print(f"{program.path.name}: a right kernel is {verdict}")
                return 1
        if 0 < options.sample < len(faults):
            seed = commit_seed() if options.seed is None else options.seed
            print(f"{options.sample} of {len(faults)} faults, by seed {seed}")
            faults = random.Random(seed).sample(faults, options.sample)
        with ThreadPoolExecutor(2) as pool:
            verdicts = pool.map(lambda item: trial.run(item[1].program, item[1].text, str(item[0])), enumerate(faults))
            for fault, verdict in zip(faults, verdicts):
                found[fault.kind][verdict] += 1
                if verdict.startswith("crash") or (options.verbose and verdict in ("missed", "same")):
                    print(f"{fault.program.path.name}:{fault.line} {fault.kind}: {verdict}")
    total: collections.Counter = collections.Counter()
    for kind, counts in found.items():
        total += counts
        print(f"{kind:28s} " + ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items())))
    faulty = sum(total.values()) - total["same"]
    crashes = sum(number for verdict, number in total.items() if verdict.startswith("crash"))
    print(f"planted faults: {faulty - total['missed']} of {faulty} found, {crashes} crashes; {total['same']} changes were none")
    return 1 if crashes or total["missed"] > 0.05 * faulty else 0


if __name__ == "__main__":
    sys.exit(main())
