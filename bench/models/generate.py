#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the benchmark graphs as ONNX files with random weights and fixed seeds, and meta.json beside them.

usage: generate.py OUTDIR [name-part ...] [--reduced] [--list]

Without a name part all models are written: about 4 GB, with --reduced below 60 MB.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

import onnx

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.models import backward, cnn, ctr, micro, rnn, train, transformer
from bench.models.zoo import Spec, atomic_save, record_meta

FAMILIES = (cnn, transformer, ctr, rnn, micro, backward, train)
SHAPE_INFERENCE_LIMIT = 1_900_000_000  # bytes; protobuf cannot hold more than 2 GB


def all_specs(reduced: bool = False) -> list[Spec]:
    """Every model; the names of reduced ones end in _reduced."""
    specs = [spec for family in FAMILIES for spec in family.specs(reduced)]
    if reduced:
        specs = [dataclasses.replace(spec, name=f"{spec.name}_reduced") for spec in specs]
    return specs


def select(specs: list[Spec], parts: list[str]) -> list[Spec]:
    """The models whose names contain one of the parts; all without parts."""
    unmatched = [part for part in parts if not any(part in spec.name for spec in specs)]
    if unmatched:
        raise SystemExit(f"no model has a name with {' or '.join(unmatched)}; see --list")
    return [spec for spec in specs if not parts or any(part in spec.name for part in parts)]


def write(spec: Spec, folder: Path) -> Path:
    """Builds one model, checks that declared and inferred shapes agree, and writes it."""
    model = spec.build(spec.name)
    if model.ByteSize() < SHAPE_INFERENCE_LIMIT:
        onnx.checker.check_model(model)
        onnx.shape_inference.infer_shapes(model, strict_mode=True, check_type=True)
    path = folder / f"{spec.name}.onnx"
    atomic_save(model, path)
    return path


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the benchmark graphs as ONNX files.")
    parser.add_argument("outdir", type=Path, nargs="?", help="folder for the models and meta.json")
    parser.add_argument("parts", nargs="*", metavar="name-part", help="only models whose names contain one of these")
    parser.add_argument("--reduced", action="store_true", help="the same structures in small sizes, for tests")
    parser.add_argument("--list", action="store_true", help="print the names and write nothing")
    arguments = parser.parse_intermixed_args()
    specs = all_specs(arguments.reduced)
    if arguments.list:
        for spec in specs:
            print(f"{spec.name:32s} {spec.family}")
        return 0
    if arguments.outdir is None:
        parser.error("OUTDIR is required without --list")
    selected = select(specs, arguments.parts)
    arguments.outdir.mkdir(parents=True, exist_ok=True)
    for spec in selected:
        path = write(spec, arguments.outdir)
        print(f"{spec.name:32s} {path.stat().st_size / 1e6:8.1f} MB", flush=True)
    record_meta(arguments.outdir, {spec.name: spec.meta() for spec in selected})
    return 0


if __name__ == "__main__":
    sys.exit(main())
