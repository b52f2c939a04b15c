#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the onnx package's backend node tests through tao-run: each must pass or be declined with a reason, never be wrong.

usage: check_backend.py [--tao-run PATH] [--match PART] [--jobs N] [--shard I/N] [--interpret] [--list] [--max-declined N]

A case whose operator needs sizes that its inputs hold ("that depend on data") is run once more with those inputs as
constants. Counts go to the standard output; the exit code is 1 if any case was wrong or crashed.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import importlib
import pkgutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

ROOT = Path(__file__).resolve().parents[2]
DECLINED = {"TAO-E012", "TAO-E014"}
TIMEOUT = 120
# An input with at most this many elements may hold a shape, axes or another parameter.
MAX_PARAMETER = 64


def load_cases(match: str, first: int, step: int) -> list:
    """The test cases whose names contain `match`, from every `step`-th module of the package. Importing a module computes its
    cases; all of them together take longer than a sample takes to run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case import node

        for name in sorted(module.name for module in pkgutil.iter_modules(node.__path__))[first::step]:
            importlib.import_module(f"{node.__name__}.{name}")
        return [case for case in node._NodeTestCases if match in case.name]


def real_inputs(graph: onnx.GraphProto) -> list[str]:
    """Names of the inputs without initializers."""
    initialized = {tensor.name for tensor in graph.initializer}
    return [value.name for value in graph.input if value.name not in initialized]


def bind_parameters(model: onnx.ModelProto, inputs: list) -> tuple[onnx.ModelProto, list] | None:
    """The model with small inputs as constants, but for the first one; None when there is nothing to bind."""
    bound = onnx.ModelProto()
    bound.CopyFrom(model)
    names, kept = real_inputs(model.graph), []
    types = {value.name: value.type.tensor_type.elem_type for value in model.graph.input}
    for index, (name, value) in enumerate(zip(names, inputs)):
        small = isinstance(value, np.ndarray) and value.size <= MAX_PARAMETER
        is_size = small and value.dtype.kind in "iub" and value.ndim <= 1
        is_scalar = small and value.size <= 8 and value.ndim <= 1 and index > 0
        if not (is_size or is_scalar) or (index == 0 and len(names) > 1 and not is_size):
            kept.append(value)
            continue
        bound.graph.initializer.append(helper.make_tensor(name, types[name], value.shape, value.tobytes(), raw=True))
    return (bound, kept) if len(kept) < len(inputs) else None


def as_array(value) -> np.ndarray | None:
    """The value as .npz files hold it, bfloat16 as uint16; None for strings, sequences, narrow floats and the like."""
    if isinstance(value, onnx.TensorProto):
        value = numpy_helper.to_array(value)
    if isinstance(value, np.generic):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray):
        return None
    if value.dtype.name == "bfloat16":
        return value.view(np.uint16)
    return value if value.dtype.kind in "fiub" and value.dtype.isbuiltin == 1 else None


def is_declined(code: int, text: str) -> bool:
    """True for the errors that say that tao lacks something, not that the model is wrong."""
    return code == 1 and any(f"[{known}]" in text for known in DECLINED)


def run(tool: Path, model: onnx.ModelProto, inputs: list | None, folder: Path, interpret: bool) -> tuple[int, str, dict | None]:
    """Exit code, messages and outputs of one run; on random inputs, without outputs, when none are given."""
    onnx.save(model, folder / "model.onnx")
    command = [tool, folder / "model.onnx"]
    if inputs is None:
        command.append("--random")
    else:
        np.savez(folder / "in.npz", **dict(zip(real_inputs(model.graph), inputs)))
        command += [f"--input={folder / 'in.npz'}", f"--output={folder / 'out.npz'}"]
    if interpret:
        command.append("--interpret")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return -1, f"no end after {TIMEOUT} s", None
    outputs = None
    if done.returncode == 0 and inputs is not None:
        with np.load(folder / "out.npz") as archive:
            outputs = {name: archive[name] for name in archive.files}
    return done.returncode, done.stderr, outputs


def difference(case, expected: list, outputs: dict) -> str:
    """What is wrong with the outputs; empty when nothing is."""
    for value, reference in zip(case.model.graph.output, expected):
        name = value.name
        if name not in outputs:
            return f"output '{name}' is missing"
        output = outputs[name]
        if output.dtype.kind == "V":
            output = output.view(np.uint16)  # bfloat16
        if output.shape != reference.shape or output.dtype != reference.dtype:
            return f"{output.dtype}{output.shape} instead of {reference.dtype}{reference.shape}"
        if reference.dtype.kind == "f":
            # Halves differ by their own rounding where the reference computes in half as well.
            rtol = max(case.rtol, 4e-3 if reference.dtype == np.float16 else 0)
            atol = max(case.atol, 1e-3 if reference.dtype == np.float16 else 1e-6)
            close = np.isclose(output.astype(np.float64), reference.astype(np.float64), rtol, atol, equal_nan=True)
        elif value.type.tensor_type.elem_type == onnx.TensorProto.BFLOAT16:
            # Bits of bfloat16, which as integers differ by at most two where the numbers differ by two roundings.
            close = np.abs(output.astype(np.int32) - reference.astype(np.int32)) <= 2
        else:
            close = output == reference
        if not np.all(close):
            return f"{np.count_nonzero(~close)} of {close.size} elements differ"
    return ""


def check(case, options: argparse.Namespace) -> tuple[str, str]:
    """("passed" | "declined" | "skipped" | "wrong", reason)."""
    with tempfile.TemporaryDirectory(prefix="tao-backend-") as name:
        for inputs, expected in case.data_sets:
            model = case.model
            inputs, expected = [as_array(value) for value in inputs], [as_array(value) for value in expected]
            if any(value is None for value in [*inputs, *expected]):
                # The types must be declined; there is nothing to compare.
                code, text, _ = run(options.tao_run, model, None, Path(name), options.interpret)
                return ("declined" if is_declined(code, text) else "skipped"), text.strip()
            code, text, outputs = run(options.tao_run, model, inputs, Path(name), options.interpret)
            bound = bind_parameters(model, inputs)
            if code == 1 and bound and "depend" in text:
                code, text, outputs = run(options.tao_run, *bound, Path(name), options.interpret)
            if is_declined(code, text):
                return "declined", text.strip()
            if code != 0:
                return "wrong", f"exit code {code}: {text.strip()[:400]}"
            problem = difference(case, expected, outputs)
            if problem:
                return "wrong", problem
    return "passed", ""


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Run the backend node tests of the onnx package.")
    parser.add_argument("--tao-run", type=Path, default=ROOT / "build" / "bin" / "tao-run")
    parser.add_argument("--match", default="", help="only cases whose names contain this")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--shard", default="0/1", help="I/N: the cases of every N-th operator from the I-th on")
    parser.add_argument("--interpret", action="store_true", help="run in the reference interpreter")
    parser.add_argument("--list", action="store_true", help="print every case that did not pass")
    parser.add_argument("--max-declined", type=int, help="fail when more cases are declined")
    options = parser.parse_args()
    first, step = map(int, options.shard.split("/"))
    cases = load_cases(options.match, first, step)
    counts = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for case, (result, reason) in zip(cases, pool.map(lambda case: check(case, options), cases)):
            counts[result] += 1
            if result == "wrong" or (options.list and result != "passed"):
                print(f"{result}: {case.name}: {reason}", flush=True)
    print(f"{len(cases)} cases: " + ", ".join(f"{counts[key]} {key}" for key in ("passed", "declined", "skipped", "wrong")))
    too_many = options.max_declined is not None and counts["declined"] > options.max_declined
    return 1 if counts["wrong"] or too_many or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
