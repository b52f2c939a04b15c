# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad models with subgraphs or recurrent operators; see make_bad_models.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bad_model_tools import INT64, case, model_of, node, save, value


def truth(name: str, holds: bool) -> onnx.TensorProto:
    """A constant condition."""
    return numpy_helper.from_array(np.array(holds), name)


def graph_of(nodes, inputs, outputs, initializers=()) -> onnx.GraphProto:
    """A subgraph whose inputs and outputs have no declared types."""
    named = [[onnx.ValueInfoProto(name=name) for name in names] for names in (inputs, outputs)]
    return helper.make_graph(nodes, "body", *named, list(initializers))


@case
def subgraph_captures_nothing(folder: Path) -> None:
    body = graph_of([node("Add", ["h", "elsewhere"], ["o"])], ["h", "row"], ["o"])
    save(folder, model_of([node("Scan", ["h0", "x"], ["y"], body=body, num_scan_inputs=1)],
                          [value("h0", [3]), value("x", [2, 3])]))


@case
def branches_of_different_types(folder: Path) -> None:
    on_true = graph_of([node("Relu", ["x"], ["a"])], [], ["a"])
    on_false = graph_of([node("Cast", ["x"], ["a"], to=INT64)], [], ["a"])
    save(folder, model_of([node("If", ["c"], then_branch=on_true, else_branch=on_false)],
                          [value("c", [], TensorProto.BOOL), value("x", [2, 3])]))


@case
def branches_of_different_shapes(folder: Path) -> None:
    on_true = graph_of([node("Relu", ["x"], ["a"])], [], ["a"])
    on_false = graph_of([node("Transpose", ["x"], ["a"])], [], ["a"])
    save(folder, model_of([node("If", ["c"], then_branch=on_true, else_branch=on_false)],
                          [value("c", [], TensorProto.BOOL), value("x", [2, 3])]))


@case
def branches_of_different_counts(folder: Path) -> None:
    on_true = graph_of([node("Relu", ["x"], ["a"])], [], ["a"])
    on_false = graph_of([node("Neg", ["x"], ["a"])], [], ["a", "x"])
    save(folder, model_of([node("If", ["c"], then_branch=on_true, else_branch=on_false)],
                          [value("c", [], TensorProto.BOOL), value("x", [2, 3])]))


@case
def graph_missing(folder: Path) -> None:
    on_true = graph_of([node("Relu", ["x"], ["a"])], [], ["a"])
    save(folder, model_of([node("If", ["c"], then_branch=on_true)], [value("c", [], TensorProto.BOOL), value("x", [2, 3])]))


@case
def graph_of_wrong_inputs(folder: Path) -> None:
    body = graph_of([node("Neg", ["h"], ["o"])], ["h"], ["o"])
    save(folder, model_of([node("Scan", ["h0", "x"], ["y"], body=body, num_scan_inputs=1)],
                          [value("h0", [3]), value("x", [2, 3])]))


@case
def graph_of_too_few_outputs(folder: Path) -> None:
    body = graph_of([node("Neg", ["h"], ["o"])], ["i", "go", "h"], ["go"])
    save(folder, model_of([node("Loop", ["m", "", "x"], body=body)], [value("x", [3]), value("m", [], INT64)]))


@case
def node_takes_too_many_outputs(folder: Path) -> None:
    body = graph_of([node("Neg", ["h"], ["o"])], ["i", "go", "h"], ["go", "o"])
    save(folder, model_of([node("Loop", ["m", "", "x"], ["y", "z"], body=body)], [value("x", [3]), value("m", [], INT64)]))


@case
def graph_attribute_unknown(folder: Path) -> None:
    body = graph_of([node("Neg", ["x"], ["o"])], [], ["o"])
    save(folder, model_of([node("Relu", ["x"], body=body)]))


@case
def carried_type_changes(folder: Path) -> None:
    body = graph_of([node("Cast", ["h"], ["o"], to=INT64)], ["h", "row"], ["o"])
    save(folder, model_of([node("Scan", ["h0", "x"], ["y"], body=body, num_scan_inputs=1)],
                          [value("h0", [3]), value("x", [2, 3])]))


@case
def carried_shape_changes(folder: Path) -> None:
    body = graph_of([node("Concat", ["h", "row"], ["o"], axis=0)], ["h", "row"], ["o"])
    save(folder, model_of([node("Scan", ["h0", "x"], ["y"], body=body, num_scan_inputs=1)],
                          [value("h0", [3]), value("x", [2, 3])]))


@case
def scan_inputs_of_different_lengths(folder: Path) -> None:
    body = graph_of([node("Add", ["a", "b"], ["o"])], ["a", "b"], ["o"])
    save(folder, model_of([node("Scan", ["x", "z"], ["y"], body=body, num_scan_inputs=2)],
                          [value("x", [2, 3]), value("z", [4, 3])]))


@case
def scan_count_out_of_range(folder: Path) -> None:
    body = graph_of([node("Neg", ["h"], ["o"])], ["h"], ["o"])
    save(folder, model_of([node("Scan", ["x"], ["y"], body=body, num_scan_inputs=2)]))


@case
def scan_direction_out_of_range(folder: Path) -> None:
    body = graph_of([node("Neg", ["h"], ["o"])], ["h"], ["o"])
    save(folder, model_of([node("Scan", ["x"], ["y"], body=body, num_scan_inputs=1, scan_input_directions=[2])]))


@case
def loop_of_unknown_length(folder: Path) -> None:
    body = graph_of([node("Neg", ["h"], ["o"])], ["i", "go", "h"], ["go", "o", "o"])
    save(folder, model_of([node("Loop", ["m", "", "x"], ["y", "z"], body=body)], [value("x", [3]), value("m", [], INT64)]))


@case
def loop_without_end(folder: Path) -> None:
    body = graph_of([node("Neg", ["h"], ["o"])], ["i", "go", "h"], ["go", "o"])
    save(folder, model_of([node("Loop", ["", "c", "x"], body=body)], [value("x", [3])], initializers=[truth("c", True)]))


@case
def condition_of_wrong_type(folder: Path) -> None:
    body = graph_of([node("Neg", ["x"], ["a"])], [], ["a"])
    save(folder, model_of([node("If", ["x"], then_branch=body, else_branch=body)], [value("x", [1])]))


@case
def unsupported_in_subgraphs(folder: Path) -> None:
    inner = graph_of([node("NonZero", ["row"], ["u"], "/inner")], [], ["u"])
    body = graph_of([node("If", ["c"], ["o"], then_branch=inner, else_branch=inner),
                     node("NonZero", ["h"], ["p"], "/body")], ["h", "row"], ["h", "o"])
    save(folder, model_of([node("NonZero", ["x"], ["z"], "/outer"),
                           node("Scan", ["h0", "z"], ["a", "y"], body=body, num_scan_inputs=1)],
                          [value("h0", [3]), value("x", [2, 3]), value("c", [], TensorProto.BOOL)]))


def recurrent(op: str, gates: int, **attributes) -> onnx.ModelProto:
    """A recurrent node on x: float[5, 2, 3] with hidden size 4, its weights being inputs."""
    hidden = attributes.get("hidden_size", 4)
    inputs = [value("x", [5, 2, 3]), value("w", [1, gates * hidden, 3]), value("r", [1, gates * hidden, hidden])]
    return model_of([node(op, ["x", "w", "r"], **attributes)], inputs)


@case
def recurrent_weights_mismatch(folder: Path) -> None:
    save(folder, recurrent("LSTM", 3, hidden_size=4))


@case
def recurrent_direction_unknown(folder: Path) -> None:
    save(folder, recurrent("GRU", 3, direction="both"))


@case
def recurrent_activation_unknown(folder: Path) -> None:
    save(folder, recurrent("RNN", 1, activations=["Gelu"]))


@case
def recurrent_activations_miscounted(folder: Path) -> None:
    save(folder, recurrent("LSTM", 4, activations=["Tanh"]))


@case
def recurrent_parameters_miscounted(folder: Path) -> None:
    save(folder, recurrent("RNN", 1, activations=["Tanh"], activation_alpha=[0.5]))


@case
def recurrent_clip_negative(folder: Path) -> None:
    save(folder, recurrent("LSTM", 4, clip=-1.0))
