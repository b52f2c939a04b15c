#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counts kernels and traffic of the planners on the benchmark graphs, as Markdown tables.

usage: count.py TAOC ZOO [name-part ...] [--arch=sm_90,x86-avx512] [--gemm-fusion=all,none] [--baseline=xla-like]
                [--planner=stitch] [--json=FILE]

Everything is read from `taoc --explain=json`, which needs no device. A grid barrier counts as one more kernel.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.models.zoo import find_models, load_meta

# Families of the tables, in order, and the models they hold: family names of meta.json, or name parts.
FAMILIES = {
    "training": ["train"],
    "unrolled LSTM": ["lstm_unrolled"],
    "Transformers": ["bert", "gpt", "llama", "transformer"],
    "CNN": ["cnn"],
    "CTR": ["ctr"],
    "micro": ["mem", "micro"],
}


def explain(taoc: str, model: Path, planner: str, arch: str, gemm: str) -> dict | None:
    """The report of one compilation, with its time; None when the model does not compile."""
    begin = time.perf_counter()
    command = [taoc, str(model), "--explain=json", f"--fusion={planner}", f"--arch={arch}", f"--gemm-fusion={gemm}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{model.stem}: {done.stderr.strip().splitlines()[0]}", file=sys.stderr)
        return None
    report = json.loads(done.stdout)
    report["seconds"] = time.perf_counter() - begin
    return report


def count(report: dict) -> dict:
    """The figures of one report that the tables show."""
    totals = report["totals"]
    moved = totals["read_bytes"] + totals["write_bytes"]
    return {
        "memory": totals["memory_kernels"] + totals.get("grid_barriers", 0),
        "math": totals["math_kernels"],
        "floor": totals.get("floor_kernels", 0),
        "traffic": moved / max(1, totals["lower_bound_bytes"]),
        "p50": totals.get("gap_p50"),
        "p95": totals.get("gap_p95"),
        "seconds": report["seconds"],
        "gaps": [c["moved_bytes"] / c["lower_bound_bytes"] for c in report["components"] if c["lower_bound_bytes"]],
    }


def family_of(name: str, family: str) -> str:
    """The table's family of a model."""
    for title, parts in FAMILIES.items():
        if family in parts or any(name.startswith(part) for part in parts):
            return title
    return "other"


def geomean(values: list[float]) -> float:
    """0 for an empty list."""
    return math.exp(sum(map(math.log, values)) / len(values)) if values else 0.0


def share(gaps: list[float], part: float) -> float:
    """What the given part of all values is at most."""
    return sorted(gaps)[math.ceil(part * len(gaps)) - 1] if gaps else 0.0


def table(rows: list[dict], arch: str, gemm: str) -> str:
    """One table per architecture and mode: a row per model, then geometric means per family."""
    lines = [f"### {arch}, --gemm-fusion={gemm}", ""]
    lines += ["| model | math | floor | baseline | planner | ratio | planner / floor | traffic / bound | p50 | p95 | s |"]
    lines += ["|---" * 11 + "|"]
    for family in [*FAMILIES, "other"]:
        own = [row for row in rows if row["family"] == family]
        for row in own:
            a, b = row["baseline"], row["planner"]
            gap = [f"{b[key]:.2f}" if b[key] is not None else "" for key in ("p50", "p95")]
            lines.append(
                f"| `{row['name']}` | {b['math']} | {b['floor']} | {a['memory']} | {b['memory']} "
                f"| {b['memory'] / max(1, a['memory']):.2f} | {b['memory'] / max(1, b['floor']):.2f} "
                f"| {a['traffic']:.2f} -> {b['traffic']:.2f} | {gap[0]} | {gap[1]} | {b['seconds']:.1f} |"
            )
        ratios = [r["planner"]["memory"] / r["baseline"]["memory"] for r in own if r["baseline"]["memory"]]
        if ratios:
            lines.append(f"| **{family}**, geomean of {len(ratios)} | | | | | **{geomean(ratios):.2f}** | | | | | |")
    for which in ("baseline", "planner"):
        gaps = [gap for row in rows for gap in row[which]["gaps"]]
        lines.append(
            f"| **traffic / bound**, {which}, all {len(gaps)} components | | | | | | | | {share(gaps, 0.5):.2f} "
            f"| {share(gaps, 0.95):.2f} | |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Count kernels and traffic of fusion planners.")
    parser.add_argument("taoc")
    parser.add_argument("zoo", type=Path)
    parser.add_argument("parts", nargs="*", metavar="name-part")
    parser.add_argument("--arch", default="sm_90,x86-avx512")
    parser.add_argument("--gemm-fusion", default="all,none")
    parser.add_argument("--baseline", default="xla-like")
    parser.add_argument("--planner", default="stitch")
    parser.add_argument("--json", type=Path, help="also write all rows here")
    options = parser.parse_args()
    meta = load_meta(options.zoo)
    everything = []
    for arch in options.arch.split(","):
        for gemm in options.gemm_fusion.split(","):
            rows = []
            for model in find_models(options.zoo, options.parts):
                reports = [explain(options.taoc, model, p, arch, gemm) for p in (options.baseline, options.planner)]
                if None in reports:
                    continue
                row = {"name": model.stem, "arch": arch, "gemm": gemm}
                row["family"] = family_of(model.stem, meta.get(model.stem, {}).get("family", ""))
                row["baseline"], row["planner"] = map(count, reports)
                rows.append(row)
            print(table(rows, arch, gemm), flush=True)
            everything += rows
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
