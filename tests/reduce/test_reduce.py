#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tao-reduce on ONNX models with a planted failure: what is left is small, well-formed, and still fails.

usage: test_reduce.py TAO_REDUCE TAOC
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TAOC, TAO_REDUCE = sys.argv.pop(), sys.argv.pop()
WIDTH = 48


def layers(planted: onnx.NodeProto, at: int, count: int = 60) -> onnx.ModelProto:
    """A chain of matrix products and activations with a side branch, and one node that a test finds."""
    random = np.random.default_rng(0)
    nodes, weights, value = [], [], "x"
    while len(nodes) < count:
        i, result = len(nodes), f"v{len(nodes)}"
        if i == at:
            planted.input[:], planted.output[:] = [value], [result]
            nodes.append(planted)
        elif i % 3 == 0:
            weights.append(numpy_helper.from_array(random.standard_normal((WIDTH, WIDTH), np.float32) / 7, f"w{i}"))
            nodes.append(helper.make_node("MatMul", [value, f"w{i}"], [result], name=f"mm{i}"))
        elif i % 7 == 4:
            nodes.append(helper.make_node("Add", [value, f"v{i - 3}"], [result], name=f"add{i}"))
        else:
            nodes.append(helper.make_node("Tanh", [value], [result], name=f"tanh{i}"))
        value = result
    shape = ["batch", WIDTH]
    graph = helper.make_graph(nodes, "planted", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info(value, TensorProto.FLOAT, shape),
                               helper.make_tensor_value_info(f"v{min(7, count - 3)}", TensorProto.FLOAT, shape)], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


class Reduce(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def command(self, *options):
        return [TAO_REDUCE, self.folder / "model.onnx", "-o", self.folder / "small.onnx", *options]

    def reduce(self, model, *options, code=0):
        onnx.save(model, self.folder / "model.onnx")
        done = subprocess.run(self.command(*options), capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def small(self):
        return onnx.load(self.folder / "small.onnx")

    def script(self, text):
        path = self.folder / "test.sh"
        path.write_text(text)
        return f"--test=sh {path}"

    def test_unsupported_operator(self):
        """Types after the operator that no importer knows are unknown; those before are inferred."""
        for at in (0, 31, 59):
            done = self.reduce(layers(helper.make_node("TfIdfVectorizer", [], [], name="bad"), at),
                               f"--test={TAOC} -o {self.folder}/out.so")
            self.assertEqual(done.stdout + done.stderr, "")
            ops = [node.op_type for node in self.small().graph.node]
            self.assertEqual(ops, ["TfIdfVectorizer"])

    def test_failure_that_needs_two_nodes(self):
        """A supported operator with one other: found by a test of its own that also wants a valid, compiling model."""
        test = self.script(f'grep -q Softplus "$1" && grep -q mm45 "$1" && {TAOC} "$1" -o {self.folder}/out.so && exit 3\n'
                           "exit 0\n")
        self.reduce(layers(helper.make_node("Softplus", [], []), 20), test, "--expect-exit=3")
        small = self.small()
        onnx.checker.check_model(small)
        names = {node.op_type for node in small.graph.node} | {node.name for node in small.graph.node}
        self.assertLessEqual({"Softplus", "mm45"}, names)
        self.assertLessEqual(len(small.graph.node), 3)
        # The weight is an input by now, and sizes are one.
        self.assertEqual(len(small.graph.initializer), 0)
        self.assertTrue(all(dim.dim_value == 1 or dim.dim_param for value in small.graph.input
                            for dim in value.type.tensor_type.shape.dim))

    def test_same_result_each_time(self):
        test = self.script('grep -q Softplus "$1" && exit 3\nexit 0\n')
        results = []
        for _ in range(2):
            self.reduce(layers(helper.make_node("Softplus", [], []), 20), test)
            results.append((self.folder / "small.onnx").read_bytes())
        self.assertEqual(*results)

    def test_weights_that_must_stay(self):
        """A weight that is needed as a constant becomes zeros; external data is brought into the model."""
        model = layers(helper.make_node("Softplus", [], []), 2, count=6)
        onnx.save(model, self.folder / "model.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
        test = self.script(f'{TAOC} "$1" --compile-to=import -o - | grep "tao.constant.*: tensor<48x48xf32>" > /dev/null && exit 3\nexit 0\n')
        done = subprocess.run(self.command(test, "-v"), capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 node in ", done.stderr.splitlines()[-1])
        weights = [numpy_helper.to_array(tensor) for tensor in self.small().graph.initializer]
        self.assertEqual([(weight.shape, float(np.abs(weight).max())) for weight in weights], [((48, 48), 0.0)])
        # What is as small as it gets stays as it is.
        small = (self.folder / "small.onnx").read_bytes()
        self.reduce(self.small(), test)
        self.assertEqual((self.folder / "small.onnx").read_bytes(), small)

    def test_nodes_in_subgraphs(self):
        """Nodes of an inner graph go as well."""
        inner = [helper.make_node("Tanh" if i != 11 else "Softplus", ["x" if i == 0 else f"i{i - 1}"], [f"i{i}"])
                 for i in range(20)]
        value = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])]
        branch = helper.make_graph(inner, "then", [], [helper.make_tensor_value_info("i19", TensorProto.FLOAT, [4])])
        other = helper.make_graph([helper.make_node("Abs", ["x"], ["a"])], "else", [],
                                  [helper.make_tensor_value_info("a", TensorProto.FLOAT, [4])])
        node = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=other)
        condition = helper.make_tensor_value_info("c", TensorProto.BOOL, [])
        graph = helper.make_graph([node], "g", [condition, *value], [onnx.ValueInfoProto(name="y")])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        self.reduce(model, self.script('grep -q Softplus "$1" && exit 3\nexit 0\n'))
        [left] = self.small().graph.node
        branch = {attribute.name: attribute.g for attribute in left.attribute}["then_branch"]
        self.assertEqual([node.op_type for node in branch.node], ["Softplus"])

    def test_hang_and_signal(self):
        """A test that does not end fails in its own way, and so does one that a signal ends."""
        model = layers(helper.make_node("Softplus", [], []), 3, count=5)
        self.reduce(model, self.script('grep -q Softplus "$1" && sleep 30\nexit 0\n'), "--test-time=0.3")
        self.assertEqual([node.op_type for node in self.small().graph.node], ["Softplus"])
        self.reduce(model, self.script('grep -q Softplus "$1" && kill -SEGV $$\nexit 1\n'))
        self.assertEqual([node.op_type for node in self.small().graph.node], ["Softplus"])

    def test_not_failing(self):
        model = layers(helper.make_node("Softplus", [], []), 3, count=5)
        for options, message in [(["--test=true"], "it gave exit code 0, where an exit code other than 0 was expected"),
                                 (["--test=false", "--expect-exit=2"], "exit code 1, where exit code 2 was expected"),
                                 (["--test=false", "--expect-text=abc"], "where output with 'abc' was expected")]:
            done = self.reduce(model, *options, code=1)
            self.assertIn("error[TAO-E033]: the test does not fail on the input: ", done.stderr)
            self.assertIn(message, done.stderr)
            self.assertFalse((self.folder / "small.onnx").exists())

    def test_usage(self):
        model = layers(helper.make_node("Softplus", [], []), 3, count=5)
        for options, message in [([], "no test given"), (["--test=false", "--max-steps=0"], "must be greater than 0"),
                                 (["--test=false", "--nonsense"], "Unknown command line argument"),
                                 (["--test=false", "--output=model.mlir"], "the output must be a .onnx file")]:
            done = self.reduce(model, *options, code=2)
            self.assertIn("tao-reduce: error[TAO-E030]: ", done.stderr)
            self.assertIn(message, done.stderr)
        (self.folder / "model.onnx").write_bytes(b"hello")
        for name, code, error in (("none.onnx", 4, "E001"), ("model.onnx", 1, "E003")):
            done = subprocess.run([TAO_REDUCE, self.folder / name, "-o", self.folder / "s.onnx", "--test=false"],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(f"error[TAO-{error}]", done.stderr)
        onnx.save(model, self.folder / "model.onnx")
        done = subprocess.run([TAO_REDUCE, self.folder / "model.onnx", "-o", self.folder / "no/s.onnx", "--test=false"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("error[TAO-E031]", done.stderr)

    def test_budget_and_interruption(self):
        """Whenever it ends, the output is a model that fails."""
        model = layers(helper.make_node("Softplus", [], []), 20)
        test = self.script('grep -q Softplus "$1" && exit 3\nexit 0\n')
        done = self.reduce(model, test, "--max-steps=4", "-v")
        self.assertIn("after 4 tests", done.stderr)
        self.assertIn("the budget is spent", done.stderr)
        nodes = len(self.small().graph.node)
        self.assertTrue(1 < nodes < 60, nodes)
        slow = self.script('sleep 0.1; grep -q Softplus "$1" && exit 3\nexit 0\n')
        process = subprocess.Popen(self.command(slow, "-v"), stderr=subprocess.PIPE, text=True)
        while not (self.folder / "small.onnx").exists() or process.stderr.readline() == "":
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        self.assertIn("; interrupted", process.communicate(timeout=20)[1])
        self.assertEqual(process.returncode, 0)
        self.assertIn("Softplus", [node.op_type for node in self.small().graph.node])
        self.assertEqual([name for name in os.listdir(self.folder) if "tmp" in name], [])


if __name__ == "__main__":
    unittest.main()
