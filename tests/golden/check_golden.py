#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the kernel counts of the planner xla-like with those checked in as xla-like.json.

usage: check_golden.py --taoc=build/bin/taoc [--full] [--models=DIR] [--update] [name-part ...]

Generates the models of bench/models (the reduced ones, with --full the full-size ones too), compiles each up to phase fuse,
and compares memory and math kernels; null stands for a model that taoc declines. --models=DIR takes models from a folder that generate.py wrote; --update writes the
counts instead of comparing them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("xla-like.json")
COUNTS = ("memory_kernels", "math_kernels")
sys.path.insert(0, str(ROOT))

from bench.models import generate  # noqa: E402


def count(taoc: Path, model: Path) -> dict[str, int] | None:
    """Kernel counts of one model, as taoc reports them; None when it declines the model."""
    command = [taoc, model, "--fusion=xla-like", "--cpu=x86-64-v3", "--explain=json"]  # without -o it stops after phase fuse
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if run.returncode == 1:
        return None
    if run.returncode != 0:
        raise SystemExit(f"{model.name}: taoc exits with {run.returncode}\n{run.stderr}")
    totals = json.loads(run.stdout)["totals"]
    return {key: totals[key] for key in COUNTS}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="name-part")
    parser.add_argument("--taoc", type=Path, default=ROOT / "build" / "bin" / "taoc")
    parser.add_argument("--full", action="store_true", help="the full-size models too (about 4 GB are generated, one at a time)")
    parser.add_argument("--models", type=Path, help="folder with models already generated")
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()

    specs = generate.all_specs(reduced=True) + (generate.all_specs() if arguments.full else [])
    specs = generate.select(specs, arguments.parts)
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    differences = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for spec in specs:
            given = arguments.models / f"{spec.name}.onnx" if arguments.models else None
            model = given if given and given.exists() else generate.write(spec, folder)
            counts = count(arguments.taoc, model)
            if model != given:
                model.unlink()
            if arguments.update:
                golden[spec.name] = counts
            elif counts != golden.get(spec.name, {}):
                differences.append(f"{spec.name}: expected {golden.get(spec.name, {})}, got {counts}")
    if arguments.update:
        lines = (f'  {json.dumps(name)}: {json.dumps(golden[name])}' for name in sorted(golden))
        GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(specs)} models, {len(differences)} differ", *differences, sep="\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
