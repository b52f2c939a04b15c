# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times several engines on one model so that noise hits them alike.

Every engine sits loaded in its own process and only one runs at a time. A round gives each engine a few short turns, in an
order that alternates; an engine's time of a round is the smallest of the medians of its turns.
"""

from __future__ import annotations

import json
import os
import select
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.compare.extents import shape_flags, write_symbolic
from bench.compare.peers import FRAMEWORKS

LOAD_TIMEOUT = 600.0
TURN_TIMEOUT = 120.0
TURN_SECONDS = 0.1
TURNS = 3
MAX_RUNS = 1000
# Idle thread teams spin for a while after a run; let them fall asleep before the next engine's turn.
PAUSE_SECONDS = 0.02
# max|y - onnxruntime's| / max|onnxruntime's| from which on an engine does not take part: it computes something else.
WRONG = 1e-3
FRAMEWORKS_PYTHON = Path(__file__).resolve().parents[2] / "build/venv-peers/bin/python"
# These engines allocate their outputs in every run; a C library that hands memory back in between would have them pay for
# fresh pages each time.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 34), "MALLOC_TOP_PAD_": str(1 << 26)}


@dataclass
class Entry:
    """One engine's part in a contest and what came of it."""

    label: str
    peer: str
    artefact: Path | None = None
    compile_s: float | None = None
    compile_mb: float | None = None
    load_s: float | None = None
    first_s: float | None = None
    peak_mb: float | None = None
    rounds: list[float] = field(default_factory=list)  # milliseconds
    error: str | None = None

    @property
    def skipped(self) -> bool:
        """Whether the engine does not take part because its translator does not know the model's operators."""
        return bool(self.error and self.error.startswith("Untranslatable: "))

    @property
    def form(self) -> str:
        """"static" or "dynamic" where the label asks for the model in that form, or nothing."""
        return self.label.partition(":")[0].partition("-")[2] if self.peer == "tao" else ""

    @property
    def milliseconds(self) -> float | None:
        """The median of the rounds."""
        return statistics.median(self.rounds) if self.rounds and not self.error else None

    def ratios(self, base: Entry) -> list[float]:
        """Time over the base's time, round by round; above 1 is slower."""
        if self.error or base.error:
            return []
        return [mine / other for mine, other in zip(self.rounds, base.rounds)]


class Worker:
    """The process behind an entry."""

    def __init__(self, entry: Entry, model: Path, sizes: dict[str, int], cpus: Sequence[int]) -> None:
        self.entry = entry
        self.runs = 3
        foreign = entry.peer in FRAMEWORKS
        python = FRAMEWORKS_PYTHON if foreign else sys.executable
        command = [str(python), str(Path(__file__).with_name("worker.py")), f"--peer={entry.peer}"]
        command += [f"--model={model}", f"--sizes={json.dumps(sizes)}", f"--threads={len(cpus)}"]
        command += [f"--cpus={','.join(map(str, cpus))}"]
        if entry.artefact:
            command.append(f"--artefact={entry.artefact}")
        # A short spin for OpenMP teams, as tao-run sets it: a worker that waits its turn must not burn the others' cores.
        environment = {"GOMP_SPINCOUNT": "10000", **os.environ, "OMP_NUM_THREADS": str(len(cpus))}
        if foreign:
            environment |= KEEP_MEMORY
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        ready = self._answer(LOAD_TIMEOUT)
        if ready and (entry.load_s is None or ready["load_s"] + ready["first_s"] < entry.load_s + entry.first_s):
            entry.load_s, entry.first_s, entry.peak_mb = ready["load_s"], ready["first_s"], ready["peak_mb"]

    def turn(self) -> list[float]:
        """One turn's times in seconds; empty once the engine has failed."""
        time.sleep(PAUSE_SECONDS)
        answer = self.ask(runs=self.runs)
        return answer["seconds"] if answer else []

    def check(self, expected: Path) -> None:
        """Fails the entry if its outputs are not those stored in the file."""
        answer = self.ask(check=str(expected))
        if answer and answer["worst"]:
            name, error = answer["worst"]
            if not error <= WRONG:
                self.entry.error = f"wrong: output '{name}' is off by {error:.1e} of onnxruntime's largest value"

    def ask(self, **request: object) -> dict | None:
        """One request and its answer; None once the engine has failed."""
        if self.entry.error:
            return None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        return self._answer(TURN_TIMEOUT)

    def calibrate(self) -> None:
        """Chooses how many runs fill a turn."""
        seconds = self.turn()
        if seconds:
            self.runs = max(2, min(MAX_RUNS, int(TURN_SECONDS / max(min(seconds), 1e-9))))

    def close(self) -> None:
        """Ends the process."""
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def _answer(self, timeout: float) -> dict | None:
        """One line from the worker; on failure None, and the entry says why."""
        readable, _, _ = select.select([self.process.stdout], [], [], timeout)
        if not readable:
            self.entry.error = f"no answer after {timeout:g} s"
            self.process.kill()
            return None
        line = self.process.stdout.readline()
        if not line:
            tail = self.process.stderr.read().decode(errors="replace").strip().splitlines()[-1:]
            self.entry.error = f"worker ended with {self.process.wait()}: {''.join(tail)}"
            return None
        answer = json.loads(line)
        if "error" in answer:
            self.entry.error = answer["error"]
            return None
        return answer


def compile_entry(entry: Entry, taoc: Path, model: Path, sizes: dict[str, int], artefact: Path) -> None:
    """Runs taoc; a label "tao:FLAGS" passes FLAGS on, "tao-static" fixes all extents at these sizes and "tao-dynamic" opens as
    many as it can. Notes time and peak memory."""
    flags = shlex.split(entry.label.partition(":")[2])
    log = artefact.with_suffix(".log")
    if entry.form == "static":
        flags += shape_flags(model, sizes)
    elif entry.form == "dynamic":
        try:
            write_symbolic(model, symbolic := artefact.with_suffix(".onnx"))
        except ValueError as error:
            entry.error = f"Untranslatable: {error}"
            return
        model = symbolic
    begin = time.perf_counter()
    try:
        with log.open("wb") as stream:
            process = subprocess.Popen([taoc, model, "-o", artefact, *flags], stdout=stream, stderr=stream)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    except OSError as error:
        entry.error = f"cannot start {taoc}: {error.strerror}"
        return
    entry.compile_s, entry.compile_mb = time.perf_counter() - begin, usage.ru_maxrss / 1024
    entry.artefact = artefact
    if process.returncode != 0:
        message = log.read_text(errors="replace").strip()[-500:]
        entry.error = f"taoc ended with {process.returncode}: {message}"


def check_outputs(workers: Sequence[Worker]) -> None:
    """Compares everybody's outputs with onnxruntime's, where it takes part."""
    base = next((worker for worker in workers if worker.entry.peer == "ort" and not worker.entry.error), None)
    if base is None:
        return
    with tempfile.TemporaryDirectory(prefix="tao-compare-") as folder:
        expected = Path(folder) / "expected.npz"
        if base.ask(save=str(expected)) is not None:
            for worker in workers:
                if worker is not base:
                    worker.check(expected)


def contest(
    entries: Sequence[Entry], model: Path, sizes: dict[str, int], cpus: Sequence[int], rounds: int, starts: int
) -> None:
    """Fills in the entries' times. The cold start is the fastest of so many, each in a process of its own."""
    for _ in range(starts - 1):
        for entry in entries:
            if not entry.error:
                Worker(entry, model, sizes, cpus).close()
    workers = [Worker(entry, model, sizes, cpus) for entry in entries if not entry.error]
    try:
        if rounds:
            check_outputs(workers)
        for worker in workers if rounds else ():
            worker.calibrate()
        for number in range(rounds):
            order = workers if number % 2 == 0 else workers[::-1]
            medians: dict[str, list[float]] = {entry.label: [] for entry in entries}
            for _ in range(TURNS):
                for worker in order:
                    seconds = worker.turn()
                    if seconds:
                        medians[worker.entry.label].append(statistics.median(seconds))
            for worker in workers:
                if not worker.entry.error:
                    worker.entry.rounds.append(min(medians[worker.entry.label]) * 1e3)
    finally:
        for worker in workers:
            worker.close()
