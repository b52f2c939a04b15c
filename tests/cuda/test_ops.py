#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the tests of single ops (tests/ops), which bring inputs and expected results, for GPUs in the emulator."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

SCHEDULES = (0, 1, 7)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tao-run", type=Path, required=True)
    parser.add_argument("files", type=Path, nargs="*")
    options = parser.parse_args()
    files = options.files or sorted((Path(__file__).parents[1] / "ops").glob("*.mlir"))
    failures = 0
    for path in files:
        for schedule in SCHEDULES:
            command = [options.tao_run, path, "--target=cuda", "--emulate", f"--schedule={schedule}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                failures += 1
                print(f"{path.name} schedule={schedule}: exit code {done.returncode}\n{done.stderr.strip()[-1500:]}")
    print(f"cuda ops: {len(files)} files, {len(SCHEDULES)} schedules, {failures} failures")
    return 1 if failures or not files else 0


if __name__ == "__main__":
    sys.exit(main())
