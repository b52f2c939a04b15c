#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--trace of taoc and tao-run: valid JSON, events nested, names those of the phases, of the passes and of --explain.

usage: test_trace.py BIN
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BIN = Path(sys.argv.pop()).resolve()


def model(layers: int) -> onnx.ModelProto:
    """Matrix products and softmax: library calls and generated kernels, no two alike."""
    random = np.random.default_rng(0)
    nodes, weights, value = [], [], "x"
    for i in range(layers):
        weights.append(numpy_helper.from_array(random.standard_normal((16 + i, 17 + i), np.float32), f"w{i}"))
        nodes += [helper.make_node("MatMul", [value, f"w{i}"], [f"m{i}"], name=f"/layer{i}/mm"),
                  helper.make_node("Softmax", [f"m{i}"], [f"s{i}"], name=f"/layer{i}/softmax"),
                  helper.make_node("Tanh", [f"s{i}"], [f"t{i}"], name=f"/layer{i}/tanh")]
        value = f"t{i}"
    graph = helper.make_graph(nodes, "traced", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 16])],
                              [onnx.ValueInfoProto(name=value)], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


class Trace(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        onnx.save(model(6), self.folder / "model.onnx")

    def run_tool(self, tool, *arguments, code=0):
        done = subprocess.run([BIN / tool, *arguments], capture_output=True, text=True, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def events(self, name):
        """The trace's events by thread, after the checks that hold for every trace."""
        trace = json.loads((self.folder / name).read_text())
        threads: dict[int, list[dict]] = {}
        described = set()
        for event in trace["traceEvents"]:
            self.assertIn(event["ph"], "XM")
            if event["ph"] == "M":
                described.add((event["name"], event["tid"]))
                continue
            self.assertGreaterEqual(event["ts"], 0)
            self.assertGreaterEqual(event["dur"], 0)
            threads.setdefault(event["tid"], []).append(event)
        self.assertEqual(len({event["pid"] for event in trace["traceEvents"]}), 1)
        for thread, events in threads.items():
            self.assertIn(("thread_name", thread), described)
            self.check_nesting(events)
        return threads

    def check_nesting(self, events, slack=1.5):
        """Any two events of a thread follow each other or one is inside the other, up to rounding to microseconds."""
        open_ends: list[float] = []
        for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
            begin, end = event["ts"], event["ts"] + event["dur"]
            while open_ends and open_ends[-1] <= begin + slack:
                open_ends.pop()
            if open_ends:
                self.assertLessEqual(end, open_ends[-1] + slack, event)
            open_ends.append(end)

    def inside(self, events, outer, slack=1.5):
        """Names of the events inside another."""
        return [event["name"] for event in sorted(events, key=lambda event: event["ts"])
                if event is not outer and outer["ts"] <= event["ts"] + slack and
                event["ts"] + event["dur"] <= outer["ts"] + outer["dur"] + slack]

    def test_compiler(self):
        # Many small kernels, so that there are several pieces of code.
        self.run_tool("taoc", "model.onnx", "-o", "model.so", "--fusion=xla-like", "--trace=trace.json")
        threads = self.events("trace.json")
        phases = [line.split()[0] for line in self.run_tool("taoc", "--list-phases").stdout.splitlines()]
        main = threads[1]
        # Passes say what they run on; the pass `import` is in the phase of the same name.
        found = [event["name"] for event in sorted(main, key=lambda event: event["ts"])
                 if event["name"] in phases and not event.get("args")]
        self.assertEqual(found, phases)
        by_name = {event["name"]: event for event in main}
        self.assertIn("group-memory", self.inside(main, by_name["fuse"]))
        self.assertIn("plan-memory", self.inside(main, by_name["host"]))
        self.assertIn("machine code", self.inside(main, by_name["link"]))
        # The pieces of the code are made side by side, within "machine code" and on their own threads.
        self.assertEqual(sorted(threads), list(range(1, len(threads) + 1)))
        self.assertGreater(len(threads), 1)
        outer = by_name["machine code"]
        for thread in range(2, len(threads) + 1):
            self.assertEqual(len(self.inside(threads[thread], outer)), len(threads[thread]))
        # A trace changes nothing.
        self.run_tool("taoc", "model.onnx", "-o", "plain.so", "--fusion=xla-like")
        self.assertEqual((self.folder / "model.so").read_bytes(), (self.folder / "plain.so").read_bytes())

    def test_compiler_failures(self):
        bad = model(1)
        bad.graph.node[0].op_type = "Nonsense"
        onnx.save(bad, self.folder / "bad.onnx")
        self.run_tool("taoc", "bad.onnx", "-o", "bad.so", "--trace=trace.json", code=1)
        self.assertIn("import", [event["name"] for event in self.events("trace.json")[1]])
        done = self.run_tool("taoc", "model.onnx", "-o", "model.so", "--trace=no/trace.json", code=4)
        self.assertIn("error[TAO-E031]: cannot create 'no/trace.json", done.stderr)
        done = self.run_tool("taoc", "model.onnx", "-o", "model.so", "--trace=/dev/full", code=4)
        self.assertIn("error[TAO-E031]: cannot write '/dev/full'", done.stderr)

    def check_run(self, name, explained, runs=1):
        [events] = self.events(name).values()
        wholes = [event for event in events if event["name"] == "run"]
        self.assertEqual(len(wholes), runs)
        for whole in wholes:
            self.assertEqual(self.inside(events, whole, slack=0.002), [kernel["name"] for kernel in explained])
        for event in events:
            if event["name"] != "run":
                kernel = explained[event["args"]["kernel"]]
                self.assertEqual(event["name"], kernel["name"])
                self.assertEqual(event["args"]["nodes"].split("\n"), kernel["nodes"])

    def test_run(self):
        explained = json.loads(self.run_tool("taoc", "model.onnx", "-o", "model.so", "--explain=json").stdout)["kernels"]
        self.assertGreater(len(explained), 8)
        self.run_tool("tao-run", "model.so", "--random", "--dim=batch=8", "--trace=trace.json")
        self.check_run("trace.json", explained)
        self.run_tool("tao-run", "model.so", "--random", "--bench", "--iters=3", "--trace=bench.json")
        self.check_run("bench.json", explained, runs=5)
        # Compiled in process, the names are the same.
        self.run_tool("tao-run", "model.onnx", "--random", "--trace=jit.json")
        self.check_run("jit.json", explained)

    def test_run_failures(self):
        self.run_tool("taoc", "model.onnx", "-o", "model.so")
        done = self.run_tool("tao-run", "model.so", "--random", "--trace=no/trace.json", code=4)
        self.assertIn("error[TAO-R005]: 'no/trace.json' cannot be written", done.stderr)
        done = self.run_tool("tao-run", "model.onnx", "--interpret", "--random", "--trace=t.json", code=2)
        self.assertIn("--trace and --interpret exclude each other", done.stderr)


if __name__ == "__main__":
    unittest.main()
