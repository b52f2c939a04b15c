#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the outputs of compiled models, and of onnxruntime, with the f64 reference.

usage: accuracy.py --models ZOO [name-part ...] [--taoc PATH] [--tao-run PATH] [--threads 1,2 | --schedules 0,1,7] [--skip-tao]

The error of an output is max|y - ref| / max|ref|. tao passes when its error is at most max(4 x onnxruntime's, 2e-6) for
every output, every size in meta.json and every thread count, and its outputs do not depend on the latter. One artefact serves all
sizes of a model. With --schedules kernels for GPUs run in the emulator, which must have nothing to report; then the error may also be 4 x
that of the model compiled for this CPU.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.compare.reference import Arrays, reference_outputs
from bench.models.zoo import find_models, make_inputs, sizes_of

PEER_FACTOR = 4.0
ERROR_FLOOR = 2e-6
# A larger error of onnxruntime means that the reference or onnxruntime is wrong, and a bound made from it would be void.
SUSPICIOUS_ERROR = 1e-3
COMPILE_TIMEOUT = 600
RUN_TIMEOUT = 300


@dataclass(frozen=True)
class Tools:
    """Where taoc and tao-run are, and flags of both."""

    taoc: Path
    tao_run: Path
    flags: tuple[str, ...] = ()
    run_flags: tuple[str, ...] = ()

    def is_for_gpu(self) -> bool:
        """Whether models are compiled for GPUs."""
        return "--target=cuda" in self.flags


class ToolError(RuntimeError):
    """taoc or tao-run failed; the message holds the command and what it printed."""


def size_label(sizes: Mapping[str, int]) -> str:
    """"[batch=1,seq=64]", or nothing for a static model."""
    return "[" + ",".join(f"{symbol}={extent}" for symbol, extent in sizes.items()) + "]" if sizes else ""


def relative_error(output: np.ndarray, reference: np.ndarray) -> float:
    """max|y - ref| / max|ref|; infinite for a wrong shape or values that are not finite where the reference is."""
    if output.shape != reference.shape:
        return math.inf
    if reference.size == 0:
        return 0.0
    wide = output.astype(np.float64)
    agreeing = (wide == reference) | (np.isnan(wide) & np.isnan(reference))
    with np.errstate(invalid="ignore"):
        difference = np.where(agreeing, 0.0, np.abs(wide - reference))
    finite = np.abs(reference[np.isfinite(reference)], dtype=np.float64)
    scale = finite.max() if finite.size else 0.0
    worst = difference.max()
    if not np.isfinite(worst):
        return math.inf
    return float(worst / scale) if scale else float(worst)


def errors(outputs: Arrays, reference: Arrays) -> dict[str, float]:
    """The error of every output of the reference; infinite for a missing one."""
    return {
        name: relative_error(outputs[name], expected) if name in outputs else math.inf
        for name, expected in reference.items()
    }


def bounds(peer_errors: Mapping[str, float]) -> dict[str, float]:
    """What tao may reach."""
    return {name: max(PEER_FACTOR * error, ERROR_FLOOR) for name, error in peer_errors.items()}


def run_onnxruntime(model: Path, inputs: Arrays) -> Arrays:
    """onnxruntime's outputs, one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs)))


def call(command: Sequence[str | Path], timeout: int) -> None:
    """Runs a tool; anything but exit code 0 raises ToolError."""
    text = " ".join(map(str, command))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except OSError as error:
        raise ToolError(f"cannot start {command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"no end after {timeout} s: {text}") from error
    if done.returncode != 0:
        ending = f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
        raise ToolError(f"{ending}: {text}\n{done.stderr.strip()[-2000:]}")


def compile_model(tools: Tools, model: Path, artefact: Path) -> None:
    """taoc model.onnx -o model.so."""
    call([tools.taoc, model, *tools.flags, "-o", artefact], COMPILE_TIMEOUT)


def run_model(tools: Tools, artefact: Path, inputs: Arrays, variant: str, folder: Path) -> Arrays:
    """tao-run on .npz files in `folder`; `variant` is an option, such as "--threads=2"."""
    source, result = folder / "in.npz", folder / "out.npz"
    np.savez(source, **inputs)
    result.unlink(missing_ok=True)
    call([tools.tao_run, artefact, f"--input={source}", f"--output={result}", *tools.run_flags, variant], RUN_TIMEOUT)
    with np.load(result) as stored:
        return {name: stored[name] for name in stored.files}


def cpu_errors(tools: Tools, artefact: Path, inputs: Arrays, reference: Arrays, folder: Path) -> dict[str, float]:
    """The errors of a model compiled for this CPU."""
    return errors(run_model(replace(tools, run_flags=()), artefact, inputs, "--threads=1", folder), reference)


@dataclass
class Verdict:
    """What came of one model at one size and thread count."""

    label: str
    passed: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.passed else 'FAIL'} {self.label:48s} {self.text}"


def worst_text(found: Mapping[str, float], limits: Mapping[str, float]) -> str:
    """The output nearest to or farthest over its bound."""
    name = max(found, key=lambda key: found[key] / limits[key])
    return f"{found[name]:.1e} of {limits[name]:.1e} allowed at '{name}'"


def check_model(model: Path, tools: Tools | None, variants: Sequence[str], folder: Path) -> list[Verdict]:
    """Compiles a model once and compares it at all its sizes and variants; without tools only onnxruntime."""
    artefact, on_cpu = folder / f"{model.stem}.so", folder / f"{model.stem}.cpu.so"
    if tools:
        try:
            compile_model(tools, model, artefact)
            if tools.is_for_gpu():
                compile_model(replace(tools, flags=()), model, on_cpu)
        except ToolError as error:
            return [Verdict(model.stem, False, str(error))]
    verdicts = []
    for sizes in sizes_of(model):
        label = size_label(sizes)
        inputs = make_inputs(model, sizes)
        reference = reference_outputs(model, inputs, label)
        ort_errors = errors(run_onnxruntime(model, inputs), reference)
        limits = bounds(ort_errors)
        ort_text = f"onnxruntime {max(ort_errors.values()):.1e}"
        if max(ort_errors.values()) > SUSPICIOUS_ERROR:
            verdicts.append(Verdict(model.stem + label, False, f"{ort_text}: it or the reference is wrong"))
            continue
        if not tools:
            verdicts.append(Verdict(model.stem + label, True, ort_text))
            continue
        if tools.is_for_gpu():
            own = bounds(cpu_errors(tools, on_cpu, inputs, reference, folder))
            limits = {name: max(limit, own[name]) for name, limit in limits.items()}
        first: Arrays = {}
        for variant in variants:
            title = f"{model.stem}{label} {variant.removeprefix('--')}"
            try:
                outputs = run_model(tools, artefact, inputs, variant, folder)
            except ToolError as error:
                verdicts.append(Verdict(title, False, str(error)))
                continue
            found = errors(outputs, reference)
            passed = all(found[name] <= limits[name] for name in limits)
            verdicts.append(Verdict(title, passed, f"{worst_text(found, limits)}, {ort_text}"))
            first = first or outputs
            for name in first:
                if first[name].tobytes() != outputs[name].tobytes():
                    verdicts.append(Verdict(title, False, f"'{name}' is not that of {variants[0]}, bit by bit"))
    artefact.unlink(missing_ok=True)
    on_cpu.unlink(missing_ok=True)
    return verdicts


def thread_counts(text: str) -> list[int]:
    """Argument type of --threads."""
    counts = [int(part) for part in text.split(",")]
    if min(counts) < 1:
        raise ValueError(text)
    return counts


def numbers(text: str) -> list[int]:
    """Argument type of --schedules."""
    return [int(part) for part in text.split(",")]


def add_tool_arguments(parser: argparse.ArgumentParser) -> None:
    """--taoc, --tao-run, --flag, --threads and --schedules, as the end-to-end tests have them too."""
    parser.add_argument("--taoc", type=Path, default=ROOT / "build/bin/taoc")
    parser.add_argument("--tao-run", type=Path, default=ROOT / "build/bin/tao-run")
    parser.add_argument("--flag", action="append", default=[], help="for taoc, such as --flag=--fusion=stitch")
    parser.add_argument("--threads", type=thread_counts, default=[1, 2], metavar="N[,N...]")
    parser.add_argument("--schedules", type=numbers, metavar="N[,N...]",
                        help="compile for GPUs, and run the kernels in the emulator with these schedules")  # fmt: skip


def tools_of(arguments: argparse.Namespace) -> tuple[Tools, list[str]]:
    """The tools, and the variants of a run, that these arguments ask for."""
    flags = tuple(arguments.flag)
    if arguments.schedules is None:
        return Tools(arguments.taoc, arguments.tao_run, flags), [f"--threads={count}" for count in arguments.threads]
    device = ("--target=cuda", "--emulate")
    variants = [f"--schedule={number}" for number in arguments.schedules]
    return Tools(arguments.taoc, arguments.tao_run, (*device, *flags), device), variants


def report(models: Sequence[Path], tools: Tools | None, variants: Sequence[str]) -> int:
    """Checks models one after the other; returns the number of failures."""
    failures = 0
    for model in models:
        with tempfile.TemporaryDirectory(prefix="tao-accuracy-") as folder:
            for verdict in check_model(model, tools, variants, Path(folder)):
                print(verdict, flush=True)
                failures += not verdict.passed
    return failures


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Compare outputs with the f64 reference.")
    parser.add_argument("--models", type=Path, required=True, help="folder of generate.py, or one .onnx file")
    parser.add_argument("parts", nargs="*", metavar="name-part", help="only models whose names contain one of these")
    parser.add_argument("--skip-tao", action="store_true", help="only onnxruntime against the reference")
    add_tool_arguments(parser)
    arguments = parser.parse_intermixed_args()
    tools, variants = tools_of(arguments)
    failures = report(find_models(arguments.models, arguments.parts), None if arguments.skip_tao else tools, variants)
    if failures:
        print(f"{failures} failed", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
