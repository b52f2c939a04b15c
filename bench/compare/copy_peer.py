# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The peer "copy": moves as many bytes as a model's inputs and outputs have, and computes nothing."""

from __future__ import annotations

import ctypes as c
from pathlib import Path

import numpy as np

from bench.arrays import aligned_empty
from bench.compare.peers import Arrays, Engine

LIBRARY = Path(__file__).resolve().parents[2] / "build/lib/bench-copy.so"


def output_bytes(model: Path, inputs: Arrays) -> int:
    """Bytes of the model's outputs for these inputs, by shape inference at their extents."""
    import onnx
    from onnx import helper

    graph_model = onnx.load(model)
    # The file may name extents only. With those of the inputs in their place inference gives numbers.
    for value in graph_model.graph.input:
        if value.name in inputs:
            for dim, extent in zip(value.type.tensor_type.shape.dim, inputs[value.name].shape):
                dim.dim_value = extent
    if any(dim.dim_param for value in graph_model.graph.output for dim in value.type.tensor_type.shape.dim):
        del graph_model.graph.value_info[:]
        for value in graph_model.graph.output:
            value.type.tensor_type.ClearField("shape")
        graph_model = onnx.shape_inference.infer_shapes(graph_model, data_prop=True)
    total = 0
    for value in graph_model.graph.output:
        tensor = value.type.tensor_type
        if not tensor.HasField("shape") or any(not dim.HasField("dim_value") for dim in tensor.shape.dim):
            raise ValueError(f"the extents of output '{value.name}' depend on values")
        extents = [dim.dim_value for dim in tensor.shape.dim]
        total += int(np.prod(extents, dtype=np.int64)) * helper.tensor_dtype_to_np_dtype(tensor.elem_type).itemsize
    return total


def load(model: Path, inputs: Arrays, threads: int) -> Engine:
    """Buffers of the model's size and a team of threads."""
    if not LIBRARY.exists():
        raise FileNotFoundError(f"{LIBRARY} does not exist; the build makes it")
    library = c.CDLL(str(LIBRARY))
    library.bench_copy_create.restype = c.c_void_p
    library.bench_copy_run.argtypes = [c.c_void_p, c.c_void_p, c.c_size_t, c.c_void_p, c.c_size_t]
    source = aligned_empty([sum(array.nbytes for array in inputs.values())], np.dtype(np.uint8))
    target = aligned_empty([output_bytes(model, inputs)], np.dtype(np.uint8))
    source[:], target[:] = 1, 0
    # The process ends with the engine, and the team with the process.
    arguments = (library.bench_copy_create(c.c_uint(threads)), source.ctypes.data, source.nbytes, target.ctypes.data, target.nbytes)
    return Engine(lambda: library.bench_copy_run(*arguments), (source, target), None)
