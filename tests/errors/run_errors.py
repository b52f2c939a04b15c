#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs taoc on every model of make_bad_models.py: exit code and message must be those in expected/, and no output may be left.

usage: run_errors.py --taoc PATH [--quick] [--update] [case ...]

--update writes expected/ from what taoc says now, for review.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from make_bad_models import CASES

# Large models, which take seconds each: left out with --quick.
SLOW = ("exploding_functions", "long_chain", "long_cycle")
EXPECTED = Path(__file__).resolve().parent / "expected"
TIMEOUT = 60


def observe(taoc: Path, name: str, folder: Path) -> str:
    """What taoc does with a case: "exit N" and its messages, paths cut down to those inside the case's folder."""
    folder.mkdir()
    arguments = CASES[name](folder) or [str(folder / "model.onnx")]
    out = folder / "out"
    out.mkdir()
    try:
        done = subprocess.run([taoc, *arguments, "-o", out / "model.so"], capture_output=True, text=True, timeout=TIMEOUT,
                              check=False)
    except subprocess.TimeoutExpired:
        return f"no end after {TIMEOUT} s\n"
    text = f"exit {done.returncode}\n" + done.stdout + done.stderr.replace(f"{folder}/", "")
    written = sorted(path.name for path in out.iterdir())
    return text + (f"written: {written}\n" if written else "")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Check taoc's messages on bad models.")
    parser.add_argument("--taoc", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="leave out large models")
    parser.add_argument("--update", action="store_true", help="write the expectations")
    parser.add_argument("cases", nargs="*", metavar="case")
    options = parser.parse_args()
    cases = options.cases or [name for name in CASES if not (options.quick and name in SLOW)]
    failures = 0
    with tempfile.TemporaryDirectory(prefix="tao-errors-") as root:
        for name in cases:
            observed = observe(options.taoc.resolve(), name, Path(root) / name)
            file = EXPECTED / f"{name}.txt"
            if options.update:
                file.write_text(observed)
                continue
            expected = file.read_text() if file.exists() else "(no file)\n"
            if observed != expected:
                failures += 1
                print(f"{name}: expected\n{expected}but got\n{observed}")
    stale = sorted({path.stem for path in EXPECTED.glob("*.txt")} - set(CASES))
    if stale:
        print(f"expected/ has files for no case: {stale}")
    count = len(cases)
    print(f"{count - failures} of {count} cases as expected")
    return 1 if failures or stale else 0


if __name__ == "__main__":
    sys.exit(main())
