#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that must be declined: one function per case, each writing what it needs into a folder.

usage: make_bad_models.py FOLDER [case ...]

A case returns the arguments of taoc besides `-o OUT`; by default the model it wrote as model.onnx. Expected exit codes and
messages are in expected/, one file per case.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import bad_control_flow  # noqa: F401  (registers its cases)
from bad_model_tools import CASES, FLOAT, INT4, INT64, OPSET, case, external, model_of, node, save, value


@case
def missing_file(folder: Path) -> list[str]:
    return [str(folder / "model.onnx")]


@case
def folder_as_file(folder: Path) -> None:
    (folder / "model.onnx").mkdir()


@case
def empty_file(folder: Path) -> None:
    (folder / "model.onnx").touch()


@case
def wrong_magic(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(100))


@case
def text_file(folder: Path) -> None:
    (folder / "model.onnx").write_text("{\"layers\": []}\n")


@case
def truncated(folder: Path) -> None:
    weights = numpy_helper.from_array(np.ones([2, 3], np.float32), "w")
    save(folder, model_of([node("Add", ["x", "w"])], initializers=[weights]))
    content = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(content[:-20])


@case
def truncated_after_field(folder: Path) -> None:
    # The first field, the IR version, is complete; nothing else is there.
    (folder / "model.onnx").write_bytes(b"\x08\x0a")


@case
def damaged(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x"])]))
    content = bytearray((folder / "model.onnx").read_bytes())
    content += b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
    (folder / "model.onnx").write_bytes(content)


# Models that are wrong as a whole.


@case
def newer_ir(folder: Path) -> None:
    model = model_of([node("Relu", ["x"])])
    model.ir_version = 1000
    save(folder, model)


@case
def newer_opset(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x"])], opset=1000))


@case
def no_opset(folder: Path) -> None:
    model = model_of([node("Relu", ["x"])])
    del model.opset_import[:]
    save(folder, model)


@case
def two_opsets(folder: Path) -> None:
    model = model_of([node("Relu", ["x"])])
    model.opset_import.append(helper.make_opsetid("ai.onnx", 7))
    save(folder, model)


@case
def no_outputs(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x"])], outputs=[]))


@case
def cycle(folder: Path) -> None:
    save(folder, model_of([node("Add", ["x", "b"], ["a"], "first"), node("Relu", ["a"], ["b"], "second"), node("Relu", ["b"])]))


@case
def cycle_of_one(folder: Path) -> None:
    save(folder, model_of([node("Add", ["x", "y"])]))


@case
def cycle_through_subgraph(folder: Path) -> None:
    branch = helper.make_graph([node("Relu", ["b"], ["inner"])], "branch", [], [onnx.ValueInfoProto(name="inner")])
    branches = {"then_branch": branch, "else_branch": branch}
    save(folder, model_of([node("If", ["c"], ["a"], **branches), node("Relu", ["a"], ["b"]), node("Relu", ["b"])],
                          [value("c", [], TensorProto.BOOL)]))


@case
def long_cycle(folder: Path) -> None:
    count = 100_000
    nodes = [node("Relu", [f"v{(i - 1) % count}"], [f"v{i}"], f"n{i}") for i in range(count)]
    save(folder, model_of([*nodes, node("Relu", ["v0"])]))


@case
def duplicate_value(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x"], ["a"]), node("Neg", ["x"], ["a"]), node("Abs", ["a"])]))


@case
def duplicate_output(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x"])], outputs=[onnx.ValueInfoProto(name="y")] * 2))


@case
def missing_initializer(folder: Path) -> None:
    save(folder, model_of([node("MatMul", ["x", "weight"])]))


@case
def missing_inputs_all_reported(folder: Path) -> None:
    save(folder, model_of([node("MatMul", ["x", "w1"], ["a"], "one"), node("MatMul", ["a", "w2"], ["y"], "two")]))


@case
def undefined_output(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x"], ["a"])]))


@case
def unnamed_operator(folder: Path) -> None:
    save(folder, model_of([helper.make_node("", ["x"], ["y"], name="nameless")]))


@case
def control_characters(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["\x1b[31mred"], name="bell\x07")]))


# What tao does not have.


@case
def unknown_op(folder: Path) -> None:
    save(folder, model_of([node("Sofmax", ["x"])]))


@case
def unknown_domain(folder: Path) -> None:
    save(folder, model_of([node("FusedGelu", ["x"], domain="com.microsoft")], domains=["com.microsoft"]))


@case
def unimported_domain(folder: Path) -> None:
    save(folder, model_of([node("FusedGelu", ["x"], domain="com.microsoft")]))


@case
def unsupported_all_at_once(folder: Path) -> None:
    scales = numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales")
    nodes = [
        node("FusedGelu", ["x"], ["a"], "/enc/0/Gelu", domain="com.microsoft"),
        node("FusedGelu", ["a"], ["b"], "/enc/1/Gelu", domain="com.microsoft"),
        node("Resize", ["z", "", "scales"], ["c"], "/up/Resize", mode="cubic", exclude_outside=1),
        node("Resize", ["c", "", "scales"], ["d"], "/up/Resize_1", mode="cubic", exclude_outside=1),
        node("NonZero", ["b"], ["e"], "/NonZero"),
        node("Add", ["b", "d"], ["y"], "/Add"),
    ]
    save(folder, model_of(nodes, [value("x", [2, 3]), value("z", [1, 1, 4, 4])], initializers=[scales],
                          domains=["com.microsoft"]))


@case
def old_version(folder: Path) -> None:
    save(folder, model_of([node("Add", ["x", "x"])], opset=6))


@case
def removed_operator(folder: Path) -> None:
    scales = numpy_helper.from_array(np.array([1, 2], np.float32), "scales")
    save(folder, model_of([node("Upsample", ["x", "scales"])], initializers=[scales]))


@case
def younger_operator(folder: Path) -> None:
    save(folder, model_of([node("Gelu", ["x"])], opset=13))


@case
def unsupported_attribute_value(folder: Path) -> None:
    save(folder, model_of([node("Cast", ["x"], to=TensorProto.FLOAT8E4M3FN)]))


@case
def unsupported_attribute_kind(folder: Path) -> None:
    values = helper.make_tensor("v", FLOAT, [1], [1.0])
    indices = helper.make_tensor("i", INT64, [1], [2])
    save(folder, model_of([node("Constant", [], sparse_value=helper.make_sparse_tensor(values, indices, [3]))]))


@case
def data_dependent_shape(folder: Path) -> None:
    save(folder, model_of([node("Reshape", ["x", "s"])], [value("x", [2, 3]), value("s", [2], INT64)]))


@case
def string_input(folder: Path) -> None:
    save(folder, model_of([node("Identity", ["x"])], [value("x", [2], TensorProto.STRING)]))


@case
def sequence_input(folder: Path) -> None:
    sequence = helper.make_tensor_sequence_value_info("x", FLOAT, [2])
    save(folder, model_of([node("SequenceLength", ["x"])], [sequence]))


@case
def int4_initializer(folder: Path) -> None:
    weights = helper.make_tensor("w", INT4, [4], [1, 2, 3, 4])
    save(folder, model_of([node("DequantizeLinear", ["w", "x"])], [value("x", [])], initializers=[weights]))


@case
def dtype_of_operator(folder: Path) -> None:
    save(folder, model_of([node("Exp", ["x"])], [value("x", [2], INT64)]))


# Nodes that are wrong.


@case
def missing_required_input(folder: Path) -> None:
    save(folder, model_of([node("Min", ["x", ""])]))


@case
def too_many_inputs(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x", "x"])]))


@case
def too_many_outputs(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x"], ["y", "z"])]))


@case
def unknown_attribute(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x"], slope=0.1)]))


@case
def attribute_of_wrong_kind(folder: Path) -> None:
    save(folder, model_of([node("Softmax", ["x"], axis="last")]))


@case
def attribute_without_type(folder: Path) -> None:
    bad = node("Softmax", ["x"], axis=1)
    bad.attribute[0].ClearField("type")
    save(folder, model_of([bad]))


@case
def attribute_twice(folder: Path) -> None:
    bad = node("Softmax", ["x"], axis=1)
    bad.attribute.append(bad.attribute[0])
    save(folder, model_of([bad]))


@case
def missing_attribute(folder: Path) -> None:
    save(folder, model_of([node("Concat", ["x", "x"])]))


@case
def attribute_out_of_range(folder: Path) -> None:
    save(folder, model_of([node("MaxPool", ["x"], kernel_shape=[0, 2])], [value("x", [1, 1, 4, 4])]))


# Shapes and types that contradict each other.


@case
def broadcast_mismatch(folder: Path) -> None:
    save(folder, model_of([node("Add", ["x", "z"])], [value("x", [2, 3]), value("z", [4])]))


@case
def matmul_mismatch(folder: Path) -> None:
    save(folder, model_of([node("MatMul", ["x", "z"])], [value("x", [2, 3]), value("z", [4, 5])]))


@case
def conv_mismatch(folder: Path) -> None:
    weights = numpy_helper.from_array(np.ones([8, 4, 3, 3], np.float32), "w")
    save(folder, model_of([node("Conv", ["x", "w"])], [value("x", ["n", 3, 8, 8])], initializers=[weights]))


@case
def window_larger_than_input(folder: Path) -> None:
    save(folder, model_of([node("MaxPool", ["x"], kernel_shape=[5, 5])], [value("x", [1, 1, 4, 4])]))


@case
def concat_mismatch(folder: Path) -> None:
    save(folder, model_of([node("Concat", ["x", "z"], axis=0)], [value("x", [2, 3]), value("z", [2, 4])]))


@case
def reshape_mismatch(folder: Path) -> None:
    shape = numpy_helper.from_array(np.array([4, -1], np.int64), "s")
    save(folder, model_of([node("Reshape", ["x", "s"])], initializers=[shape]))


@case
def axis_out_of_range(folder: Path) -> None:
    save(folder, model_of([node("Softmax", ["x"], axis=2)]))


@case
def index_out_of_range(folder: Path) -> None:
    index = numpy_helper.from_array(np.array([0, 7], np.int64), "i")
    save(folder, model_of([node("Gather", ["x", "i"], axis=1)], initializers=[index]))


@case
def type_mismatch(folder: Path) -> None:
    save(folder, model_of([node("Add", ["x", "z"])], [value("x", [2]), value("z", [2], INT64)]))


@case
def output_type_mismatch(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x"])], outputs=[value("y", [2, 3], INT64)]))


@case
def output_shape_mismatch(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x"])], outputs=[value("y", ["n", 4])]))


# Constant tensors.


def with_initializer(folder: Path, tensor: onnx.TensorProto) -> None:
    """A model that adds the tensor `w`."""
    save(folder, model_of([node("Add", ["x", "w"])], initializers=[tensor]))


@case
def initializer_too_short(folder: Path) -> None:
    with_initializer(folder, TensorProto(name="w", data_type=FLOAT, dims=[2, 3], raw_data=bytes(20)))


@case
def initializer_without_data(folder: Path) -> None:
    with_initializer(folder, TensorProto(name="w", data_type=FLOAT, dims=[2, 3]))


@case
def initializer_with_two_data_fields(folder: Path) -> None:
    with_initializer(folder, TensorProto(name="w", data_type=FLOAT, dims=[1], raw_data=bytes(4), float_data=[1]))


@case
def initializer_in_wrong_field(folder: Path) -> None:
    with_initializer(folder, TensorProto(name="w", data_type=FLOAT, dims=[1], int64_data=[1]))


@case
def initializer_value_out_of_range(folder: Path) -> None:
    with_initializer(folder, TensorProto(name="w", data_type=TensorProto.INT8, dims=[1], int32_data=[300]))


@case
def initializer_dims_overflow(folder: Path) -> None:
    with_initializer(folder, TensorProto(name="w", data_type=FLOAT, dims=[1 << 31, 1 << 31, 4], raw_data=bytes(4)))


@case
def initializer_negative_dim(folder: Path) -> None:
    with_initializer(folder, TensorProto(name="w", data_type=FLOAT, dims=[-1], raw_data=bytes(4)))


@case
def initializer_of_unknown_type(folder: Path) -> None:
    with_initializer(folder, TensorProto(name="w", data_type=99, dims=[1], raw_data=bytes(4)))


@case
def external_outside(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "secret.bin").write_bytes(bytes(24))
    save(folder / "inner", model_of([node("Add", ["x", "w"])], initializers=[external("w", "../secret.bin", [2, 3])]))
    return [str(folder / "inner" / "model.onnx")]


@case
def external_absolute(folder: Path) -> None:
    with_initializer(folder, external("w", "/etc/hostname", [2, 3]))


@case
def external_link_outside(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "secret.bin").write_bytes(bytes(24))
    os.symlink("../secret.bin", folder / "inner" / "data.bin")
    save(folder / "inner", model_of([node("Add", ["x", "w"])], initializers=[external("w", "data.bin", [2, 3])]))
    return [str(folder / "inner" / "model.onnx")]


@case
def external_not_a_file(folder: Path) -> None:
    os.mkfifo(folder / "data.bin")
    with_initializer(folder, external("w", "data.bin", [2, 3]))


@case
def external_missing(folder: Path) -> None:
    with_initializer(folder, external("w", "data.bin", [2, 3]))


@case
def external_too_short(folder: Path) -> None:
    (folder / "data.bin").write_bytes(bytes(40))
    with_initializer(folder, external("w", "data.bin", [2, 3], offset=20, length=24))


@case
def external_wrong_length(folder: Path) -> None:
    (folder / "data.bin").write_bytes(bytes(40))
    with_initializer(folder, external("w", "data.bin", [2, 3], offset=0, length=12))


@case
def external_bad_offset(folder: Path) -> None:
    (folder / "data.bin").write_bytes(bytes(40))
    with_initializer(folder, external("w", "data.bin", [2, 3], offset=-4))


# Limits.


@case
def too_many_nodes(folder: Path) -> list[str]:
    names = ["x", *(f"v{i}" for i in range(10)), "y"]
    save(folder, model_of([node("Relu", [a], [b]) for a, b in zip(names, names[1:])]))
    return [str(folder / "model.onnx"), "--max-nodes=10"]


@case
def long_chain(folder: Path) -> list[str]:
    # Not an error: a long chain takes its time but neither a deep stack nor more than linear time.
    count = 100_000
    nodes = [node("Relu" if i % 2 else "Neg", [f"v{i}"], [f"v{i + 1}"], f"n{i}") for i in range(count)]
    save(folder, model_of(nodes, [value("v0", [2, 3])], [value(f"v{count}", None)]))
    return [str(folder / "model.onnx"), "--compile-to=import"]


@case
def subgraphs_too_deep(folder: Path) -> None:
    graph = helper.make_graph([node("Relu", ["x"], ["inner"])], "leaf", [], [onnx.ValueInfoProto(name="inner")])
    for _ in range(20):
        inner = node("If", ["c"], ["inner"], then_branch=graph, else_branch=graph)
        graph = helper.make_graph([inner], "level", [], [onnx.ValueInfoProto(name="inner")])
        # Both branches double the file with every level; one is enough.
        del inner.attribute[1]
        graph.node[0].CopyFrom(inner)
    save(folder, model_of([node("If", ["c"], then_branch=graph)], [value("x", [2]), value("c", [], TensorProto.BOOL)]))


@case
def rank_too_high(folder: Path) -> None:
    axes = numpy_helper.from_array(np.arange(12, dtype=np.int64), "a")
    save(folder, model_of([node("Unsqueeze", ["x", "a"])], initializers=[axes]))


@case
def result_too_large(folder: Path) -> None:
    shape = numpy_helper.from_array(np.array([1 << 40, 1 << 30], np.int64), "s")
    save(folder, model_of([node("ConstantOfShape", ["s"])], [], initializers=[shape]))


# Model functions.


def function_of(name: str, nodes: list[onnx.NodeProto], attributes: tuple[str, ...] = ()) -> onnx.FunctionProto:
    """A function from x to y in domain `local`."""
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid("local", 1)]
    return helper.make_function("local", name, ["x"], ["y"], nodes, imports, list(attributes))


@case
def recursive_function(folder: Path) -> None:
    first = function_of("First", [node("Second", ["x"], domain="local")])
    second = function_of("Second", [node("First", ["x"], domain="local")])
    save(folder, model_of([node("First", ["x"], domain="local")], functions=[first, second], domains=["local"]))


@case
def function_without_attribute(folder: Path) -> None:
    softmax = node("Softmax", ["x"])
    softmax.attribute.append(onnx.AttributeProto(name="axis", ref_attr_name="dim", type=onnx.AttributeProto.INT))
    function = function_of("Normalize", [softmax], ("dim",))
    save(folder, model_of([node("Normalize", ["x"], domain="local")], functions=[function], domains=["local"]))


@case
def exploding_functions(folder: Path) -> None:
    # Each level calls the one below ten times: ten levels are ten thousand million nodes.
    functions = [function_of("Level0", [node("Relu", ["x"])])]
    for level in range(1, 11):
        names = ["x", *(f"v{i}" for i in range(9)), "y"]
        calls = [node(f"Level{level - 1}", [a], [b], f"c{i}", domain="local") for i, (a, b) in enumerate(zip(names, names[1:]))]
        functions.append(function_of(f"Level{level}", calls))
    save(folder, model_of([node("Level10", ["x"], domain="local")], functions=functions, domains=["local"]))


# Inputs and the command line.


@case
def input_without_rank(folder: Path) -> None:
    save(folder, model_of([node("Relu", ["x"])], [value("x", None)]))


def relu_with(folder: Path, *shapes: str) -> list[str]:
    """A model of inputs x: [n, 3] and z: [n], and --shape options."""
    save(folder, model_of([node("Relu", ["x"]), node("Neg", ["z"], ["w"])], [value("x", ["n", 3]), value("z", ["n"])]))
    return [str(folder / "model.onnx"), *(f"--shape={shape}" for shape in shapes)]


@case
def shape_of_unknown_input(folder: Path) -> list[str]:
    return relu_with(folder, "q:2x3")


@case
def shape_of_wrong_rank(folder: Path) -> list[str]:
    return relu_with(folder, "x:2")


@case
def shape_malformed(folder: Path) -> list[str]:
    return relu_with(folder, "x:2x-3")


@case
def shapes_disagree(folder: Path) -> list[str]:
    return relu_with(folder, "x:2x3", "z:4")


@case
def shape_given_twice(folder: Path) -> list[str]:
    return relu_with(folder, "x:2x3", "x:2x3")


def main() -> int:
    """Command line."""
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(sys.argv[1])
    for name in sys.argv[2:] or CASES:
        (root / name).mkdir(parents=True)
        CASES[name](root / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
