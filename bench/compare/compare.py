#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares engines on ONNX models in one interleaved run.

usage: compare.py --models ZOO [name-part ...] [--peers ort,openvino,jax,inductor,copy,tao] [--threads 1,2] [--rounds 5]
                  [--starts 1] [--sizes first|all] [--json OUT] [--markdown OUT]

The peer "tao:FLAGS" is tao compiled with these flags of taoc, so that two ways of compiling meet in one run:
--peers "ort,tao,tao:--fusion=none". "tao-static" is the model with all extents fixed, "tao-dynamic" with those of rows open.
"jax" is XLA and "inductor" torch's compiler, installed by third_party/setup.sh --peers; "copy" moves as many bytes as the
model's inputs and outputs have. An engine whose outputs are not onnxruntime's is not timed. Ratios are time over onnxruntime's. With N threads every engine is bound to the same
N CPUs, one per core. onnxruntime runs twice to measure the noise.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.compare import report
from bench.compare.accuracy import size_label, thread_counts
from bench.compare.contest import FRAMEWORKS_PYTHON, Entry, compile_entry, contest
from bench.compare.peers import FRAMEWORKS, LOADERS
from bench.models.zoo import find_models, load_meta, sizes_of


def core_order() -> list[int]:
    """The CPUs this process may use, second threads of a core last."""
    allowed = sorted(os.sched_getaffinity(0), reverse=True)
    first, rest, seen = [], [], set()
    for cpu in allowed:
        path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        siblings = path.read_text().strip() if path.exists() else str(cpu)
        (rest if siblings in seen else first).append(cpu)
        seen.add(siblings)
    return first + rest


def machine_description() -> dict:
    """What the figures were measured on and with."""
    names = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    versions = {}
    for package in ("onnxruntime", "openvino", "numpy"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return {"cpu": names[0] if names else "unknown", "cpus": len(os.sched_getaffinity(0)), "versions": versions}


def engine_of(label: str) -> str:
    """The key of LOADERS behind a label such as "tao-static:--fusion=none"."""
    name = label.partition(":")[0]
    return "tao" if name in ("tao-static", "tao-dynamic") else name


def make_entries(peers: Sequence[str]) -> list[Entry]:
    """Fresh entries for one contest, onnxruntime doubled."""
    entries = [Entry(peer, engine_of(peer)) for peer in peers]
    if report.BASE in peers:
        entries.append(Entry(report.ECHO, "ort"))
    return entries


def run_model(model: Path, arguments: argparse.Namespace, cpus: Sequence[int], folder: Path) -> list[report.Row]:
    """All sizes and thread counts of one model; each flavour of tao is compiled once."""
    compiled: dict[str, Entry] = {}
    sizes_list = sizes_of(model)
    family = load_meta(model.parent).get(model.stem, {}).get("family", "other")
    rows = []
    for sizes in sizes_list if arguments.sizes == "all" else sizes_list[:1]:
        for index, entry in enumerate(make_entries(arguments.peers)):
            if entry.peer == "tao" and (entry.label not in compiled or entry.form == "static"):
                compile_entry(entry, arguments.taoc, model, sizes, folder / f"{model.stem}.{index}.so")
                compiled[entry.label] = entry
        for threads in arguments.threads:
            entries = make_entries(arguments.peers)
            for entry in entries:
                if source := compiled.get(entry.label):
                    entry.artefact, entry.error = source.artefact, source.error
                    entry.compile_s, entry.compile_mb = source.compile_s, source.compile_mb
            contest(entries, model, sizes, cpus[:threads], arguments.rounds, arguments.starts)
            rows.append(report.Row(model.stem + size_label(sizes), family, threads, entries))
            report.print_row(rows[-1])
    return rows


def peer_list(text: str) -> list[str]:
    """Argument type of --peers."""
    peers = text.split(",")
    for peer in peers:
        if engine_of(peer) not in LOADERS:
            raise argparse.ArgumentTypeError(f"unknown peer '{peer}'; known: {', '.join(LOADERS)}")
    if len(set(peers)) != len(peers):
        raise argparse.ArgumentTypeError("a peer is named twice")
    if frameworks := [peer for peer in peers if peer in FRAMEWORKS]:
        if report.BASE not in peers:
            raise argparse.ArgumentTypeError(f"{frameworks[0]} needs ort beside it, to check its outputs")
        if not FRAMEWORKS_PYTHON.exists():
            raise argparse.ArgumentTypeError(f"{frameworks[0]} is not installed: third_party/setup.sh --peers")
    return peers


def parse_arguments() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description="Compare engines on ONNX models in one interleaved run.")
    parser.add_argument("--models", type=Path, required=True, help="folder of generate.py, or one .onnx file")
    parser.add_argument("parts", nargs="*", metavar="name-part", help="only models whose names contain one of these")
    parser.add_argument("--peers", type=peer_list, default=["ort", "openvino", "tao"], help="ort, openvino, jax, inductor, copy, tao[-static|-dynamic][:FLAGS]")
    parser.add_argument("--threads", type=thread_counts, default=[1, 2], metavar="N[,N...]")
    parser.add_argument("--rounds", type=int, default=5, help="0: cold starts only")
    parser.add_argument("--starts", type=int, default=1, help="cold starts, of which the fastest counts")
    parser.add_argument("--sizes", choices=("first", "all"), default="first", help="sizes of dynamic models")
    parser.add_argument("--taoc", type=Path, default=ROOT / "build/bin/taoc")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write everything measured")
    parser.add_argument("--markdown", type=Path, metavar="OUT", help="write the table for the documentation")
    arguments = parser.parse_intermixed_args()
    if arguments.rounds < 0 or arguments.starts < 1:
        parser.error("--rounds must be at least 0, --starts at least 1")
    if max(arguments.threads) > len(os.sched_getaffinity(0)):
        parser.error(f"--threads: this process may use only {len(os.sched_getaffinity(0))} CPUs")
    return arguments


def main() -> int:
    """Runs the contests one after the other; exit code 1 if any engine failed on any model."""
    arguments = parse_arguments()
    cpus, machine, rows = core_order(), machine_description(), []
    report.print_headings()
    for model in find_models(arguments.models, arguments.parts):
        with tempfile.TemporaryDirectory(prefix="tao-compare-") as folder:
            rows += run_model(model, arguments, cpus, Path(folder))
        if arguments.json:
            result = {"machine": machine, "noise": report.noise(rows), "rows": [row.as_json() for row in rows]}
            arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    report.print_summary(rows)
    if arguments.markdown:
        report.write_markdown(rows, machine, arguments.markdown)
    return 1 if any(entry.error and not entry.skipped for row in rows for entry in row.entries) else 0


if __name__ == "__main__":
    sys.exit(main())
