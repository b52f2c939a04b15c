#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that includes follow the layers: third_party <- dialects <- passes <- compiler <- tools.

The runtime includes none of these; the compiler side includes exactly one runtime header, model_abi.h.
Exit code 1 and one line per violation.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ["third_party", "dialects", "passes", "compiler", "tools"]
SUFFIXES = {".h", ".hpp", ".c", ".cpp", ".td", ".def"}
INCLUDE = re.compile(r'^\s*#?\s*include\s+["<]([^">]+)[">]', re.M)
ABI = "runtime/include/tao/model_abi.h"
JIT = "compiler/include/tao/Jit.h"  # plain C: how the runner talks to the compiler it loads
# The runner of compiled models stands on the runtime, not on the compiler, which it loads on demand.
RUNTIME_SIDE = ("runtime/", "tools/tao-run/")


def target_of(include: str) -> str | None:
    """The repository path that an include names, or None for a system header."""
    if (ROOT / include).exists() or include.split("/")[0] in LAYERS + ["runtime"]:
        return include
    if include.startswith("tao/"):
        for folder in ("runtime/include", "compiler/include"):
            if (ROOT / folder / include).exists():
                return f"{folder}/{include}"
    return None


def violation(source: str, target: str) -> str | None:
    """Why `source` must not include `target`, or None."""
    own, other = source.split("/")[0], target.split("/")[0]
    if source.startswith(RUNTIME_SIDE):
        allowed = other not in ("dialects", "passes", "compiler") or target == JIT
        return None if allowed else "the runtime side includes nothing of the compiler but Jit.h"
    if own not in LAYERS:
        return None
    if other == "runtime":
        return None if target == ABI else "the compiler includes only model_abi.h of the runtime"
    if other in LAYERS and LAYERS.index(other) > LAYERS.index(own):
        return f"{own} must not depend on {other}"
    return None


def main() -> int:
    count, bad = 0, []
    for path in sorted(p for layer in LAYERS + ["runtime"] for p in (ROOT / layer).rglob("*") if p.suffix in SUFFIXES):
        source = path.relative_to(ROOT).as_posix()
        for include in INCLUDE.findall(path.read_text()):
            target = target_of(include)
            count += 1
            if target and (why := violation(source, target)):
                bad.append(f"{source}: includes {target}: {why}")
    print("\n".join(bad + [f"layers: {count} includes, {len(bad)} violations"]))
    return 1 if bad or not count else 0


if __name__ == "__main__":
    sys.exit(main())
