# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One engine with one model in a process of its own, started by compare.py.

Speaks JSON lines: after loading it says {"load_s", "first_s", "peak_mb"} or {"error"}; then each {"runs": N} on standard
input is answered by {"seconds": [...]} of N runs, which one untimed run precedes; {"save": FILE} stores the outputs of a run
and answers {}; {"check": FILE} answers {"worst": [name, error]} against those stored, or {"worst": null} where the engine
computes nothing. It ends with its input.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def peak_megabytes() -> float:
    """The largest resident set this process ever had."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def draw_inputs(model: Path, sizes: dict[str, int]) -> dict[str, Any]:
    """The inputs of a model, drawn in a process of their own: reading an ONNX file takes twice its size in memory, which
    would stand as this process's peak."""
    from bench.arrays import aligned_empty

    with multiprocessing.get_context("fork").Pool(1) as pool:
        arrays = pool.apply(_read_inputs, (model, sizes))
    inputs = {}
    for name, array in arrays.items():
        inputs[name] = aligned_empty(array.shape, array.dtype)
        inputs[name][...] = array
    return inputs


def _read_inputs(model: Path, sizes: dict[str, int]) -> dict[str, Any]:
    from bench.models.zoo import make_inputs

    return make_inputs(model, sizes)


def load(arguments: argparse.Namespace) -> tuple[dict, Any]:
    """Makes the inputs, loads the engine and runs it once; returns what to report and the engine."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from bench.compare.peers import LOADERS

    inputs = draw_inputs(arguments.model, json.loads(arguments.sizes))
    begin = time.perf_counter()
    engine = LOADERS[arguments.peer](arguments.artefact or arguments.model, inputs, arguments.threads)
    loaded = time.perf_counter()
    if not engine.has_run:
        engine.run()
    report = {"load_s": loaded - begin, "first_s": time.perf_counter() - loaded, "peak_mb": peak_megabytes()}
    return report, engine


def answer(engine: Any, request: dict) -> dict:
    """What one line asks for."""
    from bench.compare.accuracy import errors

    engine.run()
    if "runs" in request:
        seconds = []
        for _ in range(request["runs"]):
            begin = time.perf_counter()
            engine.run()
            seconds.append(time.perf_counter() - begin)
        return {"seconds": seconds}
    if engine.outputs is None:
        return {"worst": None}
    if "save" in request:
        np.savez(request["save"], **engine.outputs())
        return {}
    with np.load(request["check"]) as expected:
        found = errors(engine.outputs(), {name: expected[name] for name in expected.files})
    return {"worst": max(found.items(), key=lambda item: item[1])}


def main() -> None:
    """Command line; not meant to be called by hand."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--artefact", type=Path)
    parser.add_argument("--sizes", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--cpus", required=True)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, [int(cpu) for cpu in arguments.cpus.split(",")])

    # Libraries may print to standard output; keep it for the protocol and give them standard error.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**answer: object) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    try:
        report, engine = load(arguments)
    except Exception as error:  # whatever an engine raises is a result to report
        say(error=f"{type(error).__name__}: {error}")
        return
    say(**report)
    for line in sys.stdin:
        try:
            say(**answer(engine, json.loads(line)))
        except Exception as error:
            say(error=f"{type(error).__name__}: {error}")
            return


if __name__ == "__main__":
    main()
