#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""End-to-end tests: reduced models of every family through taoc and tao-run, against the f64 reference.

usage: test_models.py --taoc PATH --tao-run PATH [--work DIR] [--threads 1,2 | --schedules 0,1,7] name-part ...

Every model is generated, compiled once, and run at each thread count; dynamic ones at all sizes of meta.json with the same
artefact. One line per run, exit code 1 if any failed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.compare.accuracy import Tools, add_tool_arguments, report, tools_of
from bench.models.generate import all_specs, select, write
from bench.models.zoo import record_meta


def test_models(parts: list[str], tools: Tools, variants: list[str], folder: Path) -> int:
    """Generates and checks the models whose names contain one of `parts`; returns the number of failures."""
    specs = select(all_specs(reduced=True), parts)
    folder.mkdir(parents=True, exist_ok=True)
    record_meta(folder, {spec.name: spec.meta() for spec in specs})
    return report([write(spec, folder) for spec in specs], tools, variants)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Run reduced models from end to end.")
    parser.add_argument("parts", nargs="*", metavar="name-part", help="only models whose names contain one of these")
    parser.add_argument("--work", type=Path, help="folder for models and references; a temporary one by default")
    add_tool_arguments(parser)
    arguments = parser.parse_intermixed_args()
    tools, variants = tools_of(arguments)
    if arguments.work:
        failures = test_models(arguments.parts, tools, variants, arguments.work)
    else:
        with tempfile.TemporaryDirectory(prefix="tao-e2e-") as folder:
            failures = test_models(arguments.parts, tools, variants, Path(folder))
    print(f"{failures} failed" if failures else "all passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
