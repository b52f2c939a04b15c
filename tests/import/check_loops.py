#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares recurrent operators and control flow, over their attributes and versions, with onnxruntime.

usage: check_loops.py [--tao-run PATH] [--interpret] [name-part ...]

onnxruntime has no layout=1; such nodes are compared with transposes around a node of layout 0.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[2]
FLOAT, INT32, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64, TensorProto.BOOL
STEPS, BATCH, FEATURES, HIDDEN = 6, 3, 5, 4
CASES: list[tuple[str, onnx.ModelProto, onnx.ModelProto, dict[str, np.ndarray]]] = []


def info(name: str, dtype: int = FLOAT, shape=None) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes, inputs, outputs, initializers=(), opset=16) -> onnx.ModelProto:
    """A model of float outputs unless they are infos already."""
    outputs = [each if isinstance(each, onnx.ValueInfoProto) else info(each) for each in outputs]
    graph = helper.make_graph(nodes, "loops", inputs, outputs, list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def case(name: str, ours: onnx.ModelProto, values: dict[str, np.ndarray], reference: onnx.ModelProto | None = None) -> None:
    CASES.append((name, ours, reference or ours, values))


# Recurrent operators.

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def recurrent(name: str, op: str, directions=1, lengths=None, states=False, peepholes=False, bias=True, layout=0,
              opset=14, outputs=None, constant=True, **attributes) -> None:
    """One node on random weights, and the same for onnxruntime."""
    random = np.random.default_rng(len(CASES))
    draw = lambda *shape: random.uniform(-1, 1, shape).astype(np.float32)
    rows = GATES[op] * HIDDEN
    weights = {"w": draw(directions, rows, FEATURES), "r": draw(directions, rows, HIDDEN)}
    if bias:
        weights["b"] = draw(directions, 2 * rows)
    values = {"x": draw(STEPS, BATCH, FEATURES)}
    shapes = {"x": ["steps", "batch", FEATURES]}
    if states:
        for label in ("h", "c") if op == "LSTM" else ("h",):
            values[label] = draw(directions, BATCH, HIDDEN)
            shapes[label] = [directions, "batch", HIDDEN]
    if lengths:
        values["lengths"] = np.array(lengths, np.int32)
        shapes["lengths"] = ["batch"]
    if peepholes:
        weights["p"] = draw(directions, 3 * HIDDEN)
    if not constant:
        values |= weights
        shapes |= {label: list(weight.shape) for label, weight in weights.items()}
    present = set(values) | set(weights)
    order = ["x", "w", "r", "b", "lengths", "h"] + (["c", "p"] if op == "LSTM" else [])
    names = [label if label in present else "" for label in order]
    while not names[-1]:
        names.pop()
    all_outputs = ["y", "yh", "yc"][: 3 if op == "LSTM" else 2]
    taken = [label if outputs is None or label in outputs else "" for label in all_outputs]
    initializers = [numpy_helper.from_array(weight, label) for label, weight in weights.items()] if constant else []
    if directions == 2:
        attributes["direction"] = "bidirectional"
    kind = lambda label: INT32 if label == "lengths" else FLOAT

    def build(nodes) -> onnx.ModelProto:
        inputs = [info(label, kind(label), shapes[label]) for label in values]
        return model(nodes, inputs, [label for label in taken if label], initializers, opset)

    plain = build([helper.make_node(op, names, taken, hidden_size=HIDDEN, **attributes)])
    if not layout:
        return case(name, plain, values)
    # Batch first around the same node: [batch, directions, ...] states, [batch, steps, directions, hidden] outputs.
    swap = {"x": [1, 0, 2], "h": [1, 0, 2], "c": [1, 0, 2], "y": [2, 0, 1, 3], "yh": [1, 0, 2], "yc": [1, 0, 2]}
    swapped = [label for label in ("x", "h", "c") if label in values]
    for label in swapped:
        values[label] = values[label].transpose(swap[label])
        shapes[label] = [shapes[label][axis] for axis in swap[label]]
    inner = {label: label + "_t" for label in swapped}
    nodes = [helper.make_node("Transpose", [label], [inner[label]], perm=swap[label]) for label in swapped]
    nodes.append(helper.make_node(op, [inner.get(label, label) for label in names], [f"{label}_t" if label else "" for label in taken],
                                  hidden_size=HIDDEN, **attributes))
    nodes += [helper.make_node("Transpose", [f"{label}_t"], [label], perm=swap[label]) for label in taken if label]
    ours = build([helper.make_node(op, names, taken, hidden_size=HIDDEN, layout=1, **attributes)])
    case(name, ours, values, build(nodes))


def add_recurrent() -> None:
    for op in GATES:
        lower = op.lower()
        recurrent(f"{lower}_plain", op, bias=False)
        recurrent(f"{lower}_opset7", op, opset=7, states=True)
        recurrent(f"{lower}_reverse", op, direction="reverse", states=True)
        recurrent(f"{lower}_both", op, directions=2, states=True)
        recurrent(f"{lower}_lengths", op, directions=2, states=True, lengths=[6, 2, 4])
        recurrent(f"{lower}_reverse_lengths", op, direction="reverse", lengths=[1, 6, 3])
        recurrent(f"{lower}_layout", op, layout=1, directions=2, states=True)
        recurrent(f"{lower}_clip", op, clip=0.3)
        recurrent(f"{lower}_last_only", op, directions=2, outputs=["yh"])
        recurrent(f"{lower}_all_only", op, outputs=["y"])
        recurrent(f"{lower}_weights_as_inputs", op, constant=False, states=True)
    recurrent("lstm_peepholes", "LSTM", directions=2, peepholes=True, states=True, lengths=[5, 6, 2])
    recurrent("lstm_coupled", "LSTM", input_forget=1)
    recurrent("lstm_coupled_peepholes", "LSTM", input_forget=1, peepholes=True)
    recurrent("lstm_last_state", "LSTM", outputs=["yc"])
    recurrent("lstm_activations", "LSTM", directions=2, activations=["HardSigmoid", "Softsign", "ScaledTanh", "Affine", "Relu", "Elu"],
              activation_alpha=[0.3, 0.9, 0.4, 0.7], activation_beta=[0.4, 1.1, 0.1])
    recurrent("gru_reset_after", "GRU", linear_before_reset=1, directions=2, states=True)
    recurrent("gru_reset_after_no_bias", "GRU", linear_before_reset=1, bias=False)
    recurrent("gru_activations", "GRU", activations=["sigmoid", "LeakyRelu"], activation_alpha=[0.2])
    # onnxruntime's own default of alpha is another than the standard's.
    recurrent("rnn_thresholdedrelu", "RNN", activations=["ThresholdedRelu"], activation_alpha=[0.5])
    for activation in ("Relu", "Sigmoid", "Softplus", "Softsign", "HardSigmoid", "LeakyRelu", "Elu"):
        recurrent(f"rnn_{activation.lower()}", "RNN", activations=[activation])


# Scan, Loop, If.


def body(nodes, inputs, outputs, initializers=()) -> onnx.GraphProto:
    """A subgraph; inputs and outputs are (name, type, shape)."""
    return helper.make_graph(nodes, "body", [info(*each) for each in inputs], [info(*each) for each in outputs],
                             list(initializers))


def add_scans() -> None:
    random = np.random.default_rng(1)
    x, z, h = (random.uniform(-1, 1, shape).astype(np.float32) for shape in ((5, 3), (3, 5), (3,)))
    row = [("h", FLOAT, [3]), ("a", FLOAT, [3]), ("b", FLOAT, [3])]
    cell = body([helper.make_node("Add", ["a", "b"], ["s"]), helper.make_node("Mul", ["s", "scale"], ["t"]),
                 helper.make_node("Add", ["h", "t"], ["ho"]), helper.make_node("Identity", ["ho"], ["y"])],
                row, [("ho", FLOAT, [3]), ("y", FLOAT, [3]), ("s", FLOAT, [3])])
    scale = numpy_helper.from_array(np.float32(0.5), "scale")
    inputs = [info("h0", FLOAT, [3]), info("x", FLOAT, ["n", 3]), info("z", FLOAT, [3, "n"])]
    attributes = {"plain": {}, "reversed": {"scan_input_directions": [1, 0], "scan_output_directions": [0, 1]},
                  "negative": {"scan_output_axes": [-1, 0]}}
    for name, extra in attributes.items():
        node = helper.make_node("Scan", ["h0", "x", "z"], ["last", "all", "sums"], body=cell, num_scan_inputs=2,
                                scan_input_axes=[0, 1], **extra)
        case(f"scan_{name}", model([node], inputs, ["last", "all", "sums"], [scale]), {"h0": h, "x": x, "z": z})
    batched = model([helper.make_node("Scan", ["", "h0", "x", "z"], ["last", "all", "sums"], body=cell, num_scan_inputs=2,
                                      directions=[1, 0])],
                    [info("h0", FLOAT, [2, 3]), info("x", FLOAT, [2, 5, 3]), info("z", FLOAT, [2, 5, 3])],
                    ["last", "all", "sums"], [scale], opset=8)
    case("scan_batched", batched, {"h0": np.stack([h, -h]), "x": np.stack([x, 2 * x]), "z": np.stack([z.T, x])})


def add_loops() -> None:
    x = np.array([1.5, -0.5, 2.0], np.float32)
    inputs = [("i", INT64, []), ("go", BOOL, []), ("h", FLOAT, [3])]
    count = helper.make_node("Cast", ["i"], ["fi"], to=FLOAT)
    step = helper.make_node("Add", ["h", "fi"], ["s"])
    double = helper.make_node("Add", ["s", "h"], ["o"])
    known = body([count, step, double], inputs, [("go", BOOL, []), ("o", FLOAT, [3]), ("s", FLOAT, [3])])
    five = numpy_helper.from_array(np.array(5, np.int64), "m")
    case("loop_known", model([helper.make_node("Loop", ["m", "", "x"], ["y", "z"], body=known)], [info("x", FLOAT, [3])],
                             ["y", "z"], [five]), {"x": x})
    shape = [helper.make_node("Shape", ["w"], ["sizes"]), helper.make_node("Squeeze", ["sizes"], ["m"])]
    for n in (0, 1, 4):
        case(f"loop_of_size_{n}", model([*shape, helper.make_node("Loop", ["m", "", "x"], ["y", "z"], body=known)],
                                        [info("x", FLOAT, [3]), info("w", FLOAT, ["n"])], ["y", "z"]),
             {"x": x, "w": np.zeros(n, np.float32)})
    counted = body([count, step, double], inputs, [("go", BOOL, []), ("o", FLOAT, [3])])
    for m in (0, 3):
        case(f"loop_counted_{m}", model([helper.make_node("Loop", ["m", "", "x"], ["y"], body=counted)],
                                        [info("x", FLOAT, [3]), info("m", INT64, [])], ["y"]),
             {"x": x, "m": np.array(m, np.int64)})
    limit = numpy_helper.from_array(np.float32(50), "limit")
    test = [helper.make_node("ReduceMax", ["o"], ["top"], keepdims=0), helper.make_node("Less", ["top", "limit"], ["on"])]
    until = body([count, step, double, *test], inputs, [("on", BOOL, []), ("o", FLOAT, [3])])
    values = {"x": x, "m": np.array(100, np.int64), "c": np.array(True)}
    for name, extra in (("", {}), ("_count_first", {"m": np.array(2, np.int64)}), ("_never", {"c": np.array(False)})):
        case(f"loop_until{name}", model([helper.make_node("Loop", ["m", "c", "x"], ["y"], body=until)],
                                        [info("x", FLOAT, [3]), info("m", INT64, []), info("c", BOOL, [])], ["y"], [limit]),
             values | extra)


def add_branches() -> None:
    x = np.array([[1.5, -0.5], [2.0, 3.0]], np.float32)
    on_true = body([helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Neg", ["a"], ["b"])], [],
                   [("a", FLOAT, [2, 2]), ("b", FLOAT, [2, 2])])
    weight = numpy_helper.from_array(np.array([[1, 2], [3, 4]], np.float32), "w")
    on_false = body([helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Identity", ["p"], ["q"])], [],
                    [("p", FLOAT, [2, 2]), ("q", FLOAT, [2, 2])], [weight])
    node = helper.make_node("If", ["c"], ["y", "z"], then_branch=on_true, else_branch=on_false)
    for condition in (True, False):
        case(f"if_{condition}".lower(), model([node], [info("x", FLOAT, [2, 2]), info("c", BOOL, [])], ["y", "z"]),
             {"x": x, "c": np.array(condition)})
    # Known from the shape: the branches give different ranks.
    test = [helper.make_node("Shape", ["x"], ["s"]), helper.make_node("Gather", ["s", "zero"], ["d"], axis=0),
            helper.make_node("Equal", ["d", "one"], ["c"])]
    numbers = [numpy_helper.from_array(np.array(n, np.int64), name) for name, n in (("zero", 0), ("one", 1))]
    squeezed = body([helper.make_node("Squeeze", ["x", "axes"], ["a"])], [], [("a", FLOAT, None)],
                    [numpy_helper.from_array(np.array([0], np.int64), "axes")])
    same = body([helper.make_node("Identity", ["x"], ["a"])], [], [("a", FLOAT, None)])
    node = helper.make_node("If", ["c"], ["y"], then_branch=squeezed, else_branch=same)
    ours = lambda rows: model([*test, node], [info("x", FLOAT, [rows, 2])], ["y"], numbers)
    plain = model([helper.make_node("Identity", ["x"], ["y"])], [info("x", FLOAT, [2, 2])], ["y"])
    case("if_of_shape_1", ours(1), {"x": x[:1]})
    case("if_of_shape_2", ours(2), {"x": x}, plain)  # onnxruntime rejects the branch that is not taken


def run(tool: Path, ours: onnx.ModelProto, values: dict[str, np.ndarray], folder: Path, interpret: bool):
    """The outputs, or what went wrong."""
    onnx.save(ours, folder / "model.onnx")
    np.savez(folder / "in.npz", **values)
    command = [tool, folder / "model.onnx", f"--input={folder / 'in.npz'}", f"--output={folder / 'out.npz'}"]
    done = subprocess.run(command + ["--interpret"] * interpret, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        return f"exit code {done.returncode}: {done.stderr.strip()}"
    with np.load(folder / "out.npz") as archive:
        return {name: archive[name] for name in archive.files}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Compare loops with onnxruntime.")
    parser.add_argument("--tao-run", type=Path, default=ROOT / "build" / "bin" / "tao-run")
    parser.add_argument("--interpret", action="store_true", help="run in the reference interpreter")
    parser.add_argument("parts", nargs="*", metavar="name-part", help="only cases whose names contain one of these")
    options = parser.parse_args()
    for add in (add_recurrent, add_scans, add_loops, add_branches):
        add()
    cases = [each for each in CASES if not options.parts or any(part in each[0] for part in options.parts)]
    failures = 0
    for name, ours, reference, values in cases:
        session = onnxruntime.InferenceSession(reference.SerializeToString(), providers=["CPUExecutionProvider"])
        expected = dict(zip([output.name for output in session.get_outputs()], session.run(None, values)))
        with tempfile.TemporaryDirectory(prefix="tao-loops-") as folder:
            got = run(options.tao_run, ours, values, Path(folder), options.interpret)
        problem = got if isinstance(got, str) else ""
        for label in expected if not problem else ():
            if label not in got or got[label].shape != expected[label].shape:
                problem = f"'{label}' is missing or has another shape"
            elif not np.allclose(got[label], expected[label], rtol=1e-4, atol=2e-6):
                problem = f"'{label}' differs by {np.abs(got[label] - expected[label]).max()}"
        failures += bool(problem)
        if problem:
            print(f"{name}: {problem}")
    print(f"{len(cases)} cases, {failures} failed")
    return 1 if failures or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
