# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The engines that compare.py times, loaded with fixed input and output buffers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.arrays import aligned_empty
from bench.compare.tao_loader import TaoModel

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Engine:
    """A loaded model; `run` does one run, and `held` keeps alive what it reads and writes without owning. `outputs` are those
    of the last run; None for what computes nothing. `has_run` says that loading took a run."""

    run: Callable[[], object]
    held: tuple
    outputs: Callable[[], Arrays] | None
    has_run: bool = False


def load_onnxruntime(model: Path, inputs: Arrays, threads: int) -> Engine:
    """onnxruntime on the CPU with all optimisations, buffers bound once."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    first = session.run(names, dict(inputs))

    binding = session.io_binding()
    held: list = [inputs]
    outputs = {}
    for name, array in inputs.items():
        held.append(ort.OrtValue.ortvalue_from_numpy(array))
        binding.bind_ortvalue_input(name, held[-1])
    for name, result in zip(names, first):
        buffer = aligned_empty(result.shape, result.dtype)
        outputs[name] = buffer
        held.append(ort.OrtValue.ortvalue_from_numpy(buffer))
        binding.bind_ortvalue_output(name, held[-1])
    return Engine(lambda: session.run_with_iobinding(binding), tuple(held), lambda: outputs, has_run=True)


def load_openvino(model: Path, inputs: Arrays, threads: int) -> Engine:
    """OpenVINO's CPU plugin in f32, tuned for latency, input buffers shared. Dynamic dimensions stay dynamic."""
    import openvino as ov

    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False,
    }
    compiled = ov.Core().compile_model(model, "CPU", settings)
    request = compiled.create_infer_request()
    for port in compiled.inputs:
        name = next(name for name in port.names if name in inputs)
        request.set_tensor(port, ov.Tensor(inputs[name], shared_memory=True))

    def outputs() -> Arrays:
        ports = enumerate(compiled.outputs)
        return {name: request.get_output_tensor(index).data for index, port in ports for name in port.names}

    return Engine(request.infer, (compiled, inputs), outputs)


def load_tao(artefact: Path, inputs: Arrays, threads: int) -> Engine:
    """A compiled model.so through its C ABI."""
    binding = TaoModel(artefact, threads).bind(inputs)
    return Engine(binding.run, (binding,), lambda: binding.outputs)


def load_jax(model: Path, inputs: Arrays, threads: int) -> Engine:
    """XLA through JAX. Imported here, as only some environments have it."""
    from bench.compare import framework_peers

    return framework_peers.load_jax(model, inputs, threads)


def load_inductor(model: Path, inputs: Arrays, threads: int) -> Engine:
    """torch's compiler."""
    from bench.compare import framework_peers

    return framework_peers.load_inductor(model, inputs, threads)


def load_copy(model: Path, inputs: Arrays, threads: int) -> Engine:
    """What moving the model's bytes costs: reads its inputs, writes as many bytes as it has outputs."""
    from bench.compare import copy_peer

    return copy_peer.load(model, inputs, threads)


LOADERS = {
    "ort": load_onnxruntime,
    "openvino": load_openvino,
    "jax": load_jax,
    "inductor": load_inductor,
    "copy": load_copy,
    "tao": load_tao,
}
# These live in the environment of `setup.sh --peers`.
FRAMEWORKS = ("jax", "inductor")
