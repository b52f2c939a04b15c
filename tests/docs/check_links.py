#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Links between documents lead somewhere, and files of the repository that they name in backquotes exist."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    bad, count = [], 0
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"build"}
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = page.read_text()
        links = [page.parent / link.split("#")[0] for link in re.findall(r"\]\((?!https?:|#)([^)]+)\)", text)]
        files = [ROOT / name for name in re.findall(r"`([\w./-]+/[\w./-]*)`", text)
                 if name.split("/")[0] in folders and not name.split("/")[-1].startswith(".")]
        for target in links + files:
            count += 1
            # `passes/contracts` may stand for a folder or for a file without its suffix.
            if not target.exists() and not list(target.parent.glob(target.name + ".*")):
                bad.append(f"{page.relative_to(ROOT)}: no {target}")
    print("\n".join(bad + [f"links: {count}, {len(bad)} complaints"]))
    return 1 if bad or not count else 0


if __name__ == "__main__":
    sys.exit(main())
