# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The f64 reference: a model cast to double precision and evaluated by onnx's ReferenceEvaluator.

Every f32, f16 and bf16 tensor, type and cast of the model becomes f64; f64 inputs are the exact values of the inputs. The
outputs are cached beside the model as NAME.reference.npz together with a hash of model and inputs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator

from bench.compare.fast_ops import FAST_OPS

NARROW = {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16}
# Part of the hash: raise it when the evaluation changes.
REFERENCE_VERSION = 2

Arrays = dict[str, np.ndarray]


def _widen_tensor(tensor: TensorProto) -> None:
    if tensor.data_type in NARROW:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float64), tensor.name))


def _widen_types(values: Iterable[onnx.ValueInfoProto]) -> None:
    for value in values:
        if value.type.HasField("tensor_type") and value.type.tensor_type.elem_type in NARROW:
            value.type.tensor_type.elem_type = TensorProto.DOUBLE


def _widen_node(node: onnx.NodeProto) -> None:
    for attribute in node.attribute:
        if attribute.type == AttributeProto.TENSOR:
            _widen_tensor(attribute.t)
        elif attribute.type == AttributeProto.GRAPH:
            _widen_graph(attribute.g)
        elif attribute.name in ("to", "dtype") and attribute.i in NARROW:
            attribute.i = TensorProto.DOUBLE
        elif attribute.name in ("value_float", "value_floats"):
            raise NotImplementedError(f"node '{node.name}': {attribute.name} of {node.op_type} would stay f32")
    if node.op_type == "ConstantOfShape" and not node.attribute:
        raise NotImplementedError(f"node '{node.name}': ConstantOfShape without value would stay f32")


def _widen_graph(graph: onnx.GraphProto) -> None:
    for tensor in graph.initializer:
        _widen_tensor(tensor)
    for node in graph.node:
        _widen_node(node)
    for values in (graph.input, graph.output, graph.value_info):
        _widen_types(values)


def widened(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of the model in which every floating point value is f64."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    _widen_graph(copy.graph)
    return copy


def evaluate(model: onnx.ModelProto, inputs: Mapping[str, np.ndarray]) -> Arrays:
    """Outputs of a model as it stands.

    The evaluator's own `run` keeps every intermediate value to the end, gigabytes for a large transformer; here a value
    goes when its last reader has run. Values read from inside a subgraph stay.
    """
    session = ReferenceEvaluator(model, new_ops=FAST_OPS)
    nodes = session.rt_nodes_
    values = {"": None, **session.rt_inits_, **inputs}
    last_use = {name: step for step, node in enumerate(nodes) for name in node.input}
    kept = {"", *session.output_names, *_captured(model.graph)}
    for step, node in enumerate(nodes):
        operands = [values[name] for name in node.input]
        results = node.run(*operands, context=values) if node.need_context() else node.run(*operands)
        values.update(zip(node.output, results))
        for name in {*node.input, *node.output}:
            if last_use.get(name, step) <= step and name not in kept:
                values.pop(name, None)
    return {name: values[name] for name in session.output_names}


def _captured(graph: onnx.GraphProto) -> set[str]:
    """Names that subgraphs mention, whether they come from outside or not."""
    names: set[str] = set()
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                names |= _captured(attribute.g)
                names |= {name for inner in attribute.g.node for name in inner.input}
                names |= {value.name for value in attribute.g.output}
    return names


def _digest(path: Path, inputs: Mapping[str, np.ndarray]) -> str:
    """Hash of the model file and the input values."""
    digest = hashlib.blake2b(f"reference {REFERENCE_VERSION}".encode(), digest_size=16)
    with path.open("rb") as stream:
        while block := stream.read(1 << 24):
            digest.update(block)
    for name in sorted(inputs):
        digest.update(f"{name} {inputs[name].dtype} {inputs[name].shape}".encode())
        digest.update(inputs[name].tobytes())
    return digest.hexdigest()


def reference_outputs(path: Path, inputs: Mapping[str, np.ndarray], label: str = "") -> Arrays:
    """f64 outputs of a model file; `label` tells the cached results of different sizes apart."""
    cache = path.with_name(f"{path.stem}{label}.reference.npz")
    digest = _digest(path, inputs)
    if cache.exists():
        with np.load(cache) as stored:
            if str(stored["digest of model and inputs"]) == digest:
                return {name: stored[name] for name in stored.files if name != "digest of model and inputs"}
    wide = {
        name: array.astype(np.float64) if array.dtype.kind not in "iub" else array for name, array in inputs.items()
    }
    outputs = evaluate(widened(onnx.load(path)), wide)
    temporary = cache.with_name(cache.name + ".tmp")
    with temporary.open("wb") as stream:
        np.savez(stream, **outputs, **{"digest of model and inputs": np.array(digest)})
    temporary.replace(cache)
    return outputs
