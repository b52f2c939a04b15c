#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks what every source file must have and must not have: the licence line, and no words of unfinished work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = {".h", ".hpp", ".c", ".cpp", ".td", ".def", ".py", ".sh", ".cmake"}
LICENCE = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
UNFINISHED = re.compile(r"\b(TO" + "DO|FIX" + r"ME|XX" + r"X)\b")


def main() -> int:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / line for line in listed.splitlines()]
    bad = []
    for path in paths:
        if not path.exists() or (path.suffix not in SUFFIXES and path.name != "CMakeLists.txt"):
            continue
        text = path.read_text()
        name = path.relative_to(ROOT)
        if LICENCE not in "\n".join(text.splitlines()[:3]):
            bad.append(f"{name}: no licence line in the first three lines")
        for number, line in enumerate(text.splitlines(), 1):
            if UNFINISHED.search(line):
                bad.append(f"{name}:{number}: unfinished work: {line.strip()}")
    print("\n".join(bad + [f"sources: {len(paths)} files, {len(bad)} complaints"]))
    return 1 if bad or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
