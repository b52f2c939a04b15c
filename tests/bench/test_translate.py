#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The translator behind the peers "jax" and "inductor", and what compare.py does with its entries.

Rules run with NumPy against onnxruntime on reduced models of the zoo; with JAX and torch in build/venv-peers, where that is
installed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.compare import report
from bench.compare.accuracy import errors, run_onnxruntime
from bench.compare.compare import make_entries, peer_list
from bench.compare.compile_time import Cost, code_share, generated_kernels, line
from bench.compare.contest import FRAMEWORKS_PYTHON, Entry
from bench.compare.extents import open_extents, write_symbolic
from bench.compare.frameworks import JaxFramework, NumpyFramework, TorchFramework, Untranslatable
from bench.compare.translate import Translator
from bench.compare.translate_ops import RULES
from bench.models.generate import all_specs, write
from bench.models.zoo import make_inputs, record_meta, sizes_of

TOLERANCE = 5e-6
# Models of which each has rules that the others do not use.
MODELS = (
    "mb_layernormop_a", "mb_bnrelu", "mb_adam_b", "mb_gelu_erf_b", "mb_biastransp", "mb_colreduce_b", "mb_attnsoftmax_c",
    "attention_bwd", "crossentropy_bwd", "groupnorm_bwd", "bert_base_s128_b1", "gpt2_dyn", "llama_mini_s64_b1",
    "transformer_decstep_b1", "train_bertmini_adam", "train_gelu_ln_bwd", "dlrm_b1",
)
FRAMEWORK_MODELS = (*MODELS, "train_cnn_adam", "resnet50_b1")

# Evaluates models without compiling them: the argument list is jax or torch, then ONNX files with their inputs as .npz beside.
EVALUATE = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from bench.compare import frameworks
from bench.compare.translate import Translator
if sys.argv[2] == "jax":
    import jax
    framework, place = frameworks.JaxFramework(), jax.numpy.asarray
else:
    import torch
    framework, place = frameworks.TorchFramework(), lambda array: torch.from_numpy(np.array(array))
for path in sys.argv[3:]:
    inputs = {name: place(array) for name, array in np.load(path + ".in.npz").items()}
    outputs = Translator(path, framework).run(inputs, lambda name, array: place(array))
    np.savez(path + ".out.npz", **{name: np.asarray(array) for name, array in outputs.items()})
"""


class Zoo:
    """Reduced models in a temporary folder, written once."""

    def __init__(self) -> None:
        self._holder = tempfile.TemporaryDirectory(prefix="tao-translate-")
        self.folder = Path(self._holder.name)
        names = {f"{name}_reduced" for name in FRAMEWORK_MODELS}
        specs = [spec for spec in all_specs(reduced=True) if spec.name in names]
        self.paths = {spec.name.removesuffix("_reduced"): write(spec, self.folder) for spec in specs}
        record_meta(self.folder, {spec.name: spec.meta() for spec in specs})

    def inputs(self, name: str) -> dict[str, np.ndarray]:
        """Inputs at the model's first size."""
        return make_inputs(self.paths[name], sizes_of(self.paths[name])[0])


ZOO = Zoo()


def small_model(*nodes: onnx.NodeProto, dims: tuple = (3, 4), weights: tuple = ()) -> onnx.ModelProto:
    """x -> y of these nodes."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, dims)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(list(nodes), "small", [x], [y], list(weights))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


class Table(unittest.TestCase):
    """Form of the tables."""

    def test_rules_name_operators(self) -> None:
        known = {schema.name for schema in onnx.defs.get_all_schemas_with_history() if schema.domain == ""}
        self.assertEqual(sorted(set(RULES) - known), [])
        for op, rule in RULES.items():
            self.assertTrue(callable(rule.function), op)
            self.assertTrue(all(isinstance(position, int) and position >= 0 for position in rule.known), op)

    def test_frameworks_have_the_same_functions(self) -> None:
        def functions(cls: type) -> set[str]:
            return {name for name in dir(cls) if not name.startswith("_")}

        self.assertEqual(functions(NumpyFramework), functions(TorchFramework))
        self.assertEqual(functions(NumpyFramework), functions(JaxFramework))


class Translation(unittest.TestCase):
    """Results."""

    def test_numpy(self) -> None:
        for name in MODELS:
            with self.subTest(name):
                inputs = ZOO.inputs(name)
                outputs = Translator(ZOO.paths[name], NumpyFramework()).run(inputs, lambda _, array: array)
                expected = run_onnxruntime(ZOO.paths[name], inputs)
                self.assertLess(max(errors(outputs, expected).values()), TOLERANCE)
                self.assertEqual([array.dtype for array in outputs.values()], [array.dtype for array in expected.values()])

    def test_unknown_operator(self) -> None:
        path = ZOO.folder / "unknown.onnx"
        onnx.save(small_model(helper.make_node("Det", ["x"], ["y"])), path)
        with self.assertRaisesRegex(Untranslatable, "no rule for Det"):
            Translator(path, NumpyFramework())

    def test_integer_division(self) -> None:
        nodes = [
            helper.make_node("Cast", ["x"], ["i"], to=TensorProto.INT64),
            helper.make_node("Div", ["i", "i"], ["q"]),
            helper.make_node("Cast", ["q"], ["y"], to=TensorProto.FLOAT),
        ]
        path = ZOO.folder / "division.onnx"
        onnx.save(small_model(*nodes), path)
        with self.assertRaisesRegex(Untranslatable, "Div of integers"):
            Translator(path, NumpyFramework()).run({"x": np.ones((3, 4), np.float32)}, lambda _, array: array)


class Frameworks(unittest.TestCase):
    """The same with the functions of JAX and torch."""

    def test_frameworks(self) -> None:
        if not FRAMEWORKS_PYTHON.exists():
            self.skipTest("JAX and torch are not installed: third_party/setup.sh --peers")
        for name in FRAMEWORK_MODELS:
            np.savez(f"{ZOO.paths[name]}.in.npz", **ZOO.inputs(name))
        paths = [str(ZOO.paths[name]) for name in FRAMEWORK_MODELS]
        for framework in ("jax", "torch"):
            subprocess.run([FRAMEWORKS_PYTHON, "-c", EVALUATE, str(ROOT), framework, *paths], check=True)
            for name in FRAMEWORK_MODELS:
                with self.subTest(framework=framework, model=name), np.load(f"{ZOO.paths[name]}.out.npz") as outputs:
                    found = errors(dict(outputs), run_onnxruntime(ZOO.paths[name], ZOO.inputs(name)))
                    self.assertLess(max(found.values()), TOLERANCE)


class Extents(unittest.TestCase):
    """Forms with open extents."""

    def test_rows_are_open_and_features_are_not(self) -> None:
        weight = helper.make_tensor("w", TensorProto.FLOAT, [7], [1.0] * 7)
        add = helper.make_node("Add", ["x", "w"], ["y"])
        self.assertEqual(open_extents(small_model(add, dims=(5, 7, 7), weights=(weight,))), {5: "d5"})
        self.assertEqual(open_extents(small_model(add, dims=(2, 9, 9))), {2: "d2", 9: "d9"})

    def test_nothing_is_open(self) -> None:
        path = ZOO.folder / "vector.onnx"
        onnx.save(small_model(helper.make_node("Relu", ["x"], ["y"]), dims=(6,)), path)
        with self.assertRaisesRegex(ValueError, "no extent of an input is free"):
            write_symbolic(path, ZOO.folder / "vector.symbolic.onnx")

    def test_symbols_are_shared(self) -> None:
        path = ZOO.folder / "adam.symbolic.onnx"
        write_symbolic(ZOO.paths["mb_adam_b"], path)
        dims = [[dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in onnx.load(path).graph.input]
        self.assertEqual(len(set(map(tuple, dims))), 1)
        self.assertIsInstance(dims[0][0], str)


class CompileTime(unittest.TestCase):
    """The share of code generation in a trace."""

    def test_phases_and_not_their_passes(self) -> None:
        events = [("read", 10), ("kernel", 30), ("kernel", 5), ("host", 10), ("link", 50), ("machine code", 20), ("RunPass", 19)]
        trace = [{"ph": "X", "name": name, "dur": duration} for name, duration in events]
        self.assertAlmostEqual(code_share(trace), 0.5)
        self.assertEqual(code_share([]), 0.0)

    def test_library_calls_are_no_kernels(self) -> None:
        kernels = [{"kind": "memory"}, {"kind": "math"}, {"kind": "memory"}]
        self.assertEqual(generated_kernels({"kernels": kernels}), 2)
        self.assertEqual(line("m", Cost(2, 30.0, 90.0)), "| m | 2 | 30 | 15.0 | 90 |")
        self.assertEqual(line("m", Cost(0, 3.0, 9.0)), "| m | 0 | 3 | - | 9 |")


class Rows(unittest.TestCase):
    """Ratios of the report."""

    def row(self, **milliseconds: float) -> report.Row:
        """One graph of the group "memory", an engine per label."""
        labels = {label.replace("_", "-"): value for label, value in milliseconds.items()}
        entries = [entry for entry in make_entries(list(labels)) if entry.label in labels]
        for entry in entries:
            entry.rounds = [labels[entry.label]] * 3
        return report.Row("layernorm_bwd", "train", 1, entries)

    def test_ratios(self) -> None:
        row = self.row(ort=4.0, jax=3.0, inductor=2.0, copy=0.5, tao_static=1.0, tao_dynamic=1.1)
        tao = row.entry("tao-dynamic")
        self.assertAlmostEqual(row.over_best(tao), 0.55)
        self.assertAlmostEqual(row.over_copy(tao), 2.2)
        self.assertAlmostEqual(row.over_static(tao), 1.1)
        self.assertIsNone(row.over_static(row.entry("tao-static")))
        self.assertEqual(row.group, "memory")
        self.assertIn("| tao-dynamic | memory | 1 | 1 | 0.28 | 0.55 | 0.55 | 2.20 | 1.10 |", report.group_lines([row]))

    def test_skipped_is_not_failed(self) -> None:
        self.assertTrue(Entry("jax", "jax", error="Untranslatable: no rule for LSTM").skipped)
        self.assertFalse(Entry("jax", "jax", error="wrong: output 'y'").skipped)

    def test_frameworks_need_a_reference(self) -> None:
        with self.assertRaisesRegex(argparse.ArgumentTypeError, "needs ort beside it"):
            peer_list("jax,tao")


if __name__ == "__main__":
    unittest.main(verbosity=2)
