#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reports file lengths: aim for 400 lines; a file past 800 needs splitting and fails the check."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ["dialects", "passes", "compiler", "runtime", "tools", "tests", "bench", "third_party"]
SUFFIXES = {".h", ".hpp", ".c", ".cpp", ".td", ".def", ".py", ".sh", ".cmake"}
AIM, LIMIT = 400, 800


def main() -> int:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in SUFFIXES
    }
    longest = sorted(lengths.items(), key=lambda item: -item[1])
    for name, length in longest[:10]:
        print(f"{length:6d}  {name}")
    above = [name for name, length in longest if length > AIM]
    over = [name for name, length in longest if length > LIMIT]
    print(
        f"lengths: {len(lengths)} files, {sum(lengths.values())} lines, median {statistics.median(lengths.values()):.0f}, "
        f"{len(above)} above {AIM}, {len(over)} above {LIMIT}"
    )
    return 1 if over or not lengths else 0


if __name__ == "__main__":
    sys.exit(main())
