# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recording of runs in the format that Perfetto (ui.perfetto.dev) and Chrome (about:tracing) open."""

from __future__ import annotations

import os
from typing import Any

from . import _core


class trace:
    """Records every run of the process, from all threads, with the times of its kernels:

    with tao.trace("trace.json"):
        model(x)

    The file is written at the end, also after an exception. One trace at a time; RuntimeError for a second one.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self._path = path

    def __enter__(self) -> trace:
        import time

        self._file = open(self._path, "w", encoding="utf-8")  # so that a wrong path is found out before the work
        if not _core.start_trace():
            self._file.close()
            raise RuntimeError("a trace is being recorded already")
        self._start = time.monotonic_ns()
        return self

    def __exit__(self, *exception: object) -> None:
        import json

        runs = _core.stop_trace()
        with self._file as file:
            json.dump({"displayTimeUnit": "ns", "traceEvents": _events(runs, self._start)}, file)


def _events(runs: list[tuple[Any, ...]], start: int) -> list[dict[str, Any]]:
    """A complete event for each run and, within it, each kernel. Times are microseconds since the start."""
    process = os.getpid()

    def event(name: str, category: str, thread: int, begin: int, end: int, **args: Any) -> dict[str, Any]:
        return {
            "ph": "X", "name": name, "cat": category, "pid": process, "tid": thread,
            "ts": (begin - start) / 1000, "dur": (end - begin) / 1000, "args": args,
        }  # fmt: skip

    events = []
    for model, thread, begin, end, kernels in runs:
        events.append(event(model or "model", "run", thread, begin, end))
        for name, kind, nodes, kernel_begin, kernel_end in kernels:
            events.append(event(name, kind, thread, kernel_begin, kernel_end, nodes=nodes.split("\n") if nodes else []))
    return events
