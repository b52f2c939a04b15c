# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""XLA, through JAX, and Inductor, torch's compiler, as engines. Both compile for the inputs' extents, hold inputs and weights
as their own arrays before the first run, and return fresh outputs from every run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bench.compare.frameworks import JaxFramework, TorchFramework
from bench.compare.peers import Arrays, Engine
from bench.compare.translate import Translator


def named(names: list[str], arrays: list) -> dict[str, np.ndarray]:
    """Results as NumPy arrays."""
    return {name: np.asarray(array) for name, array in zip(names, arrays)}


def load_jax(model: Path, inputs: Arrays, threads: int) -> Engine:
    """XLA. Its thread pool is as large as the set of CPUs that this process may use, which the worker has set."""
    import jax

    jax.config.update("jax_platforms", "cpu")
    translator = Translator(model, JaxFramework())
    jax.config.update("jax_enable_x64", translator.needs_double or any(array.dtype == np.float64 for array in inputs.values()))
    weights: dict[str, np.ndarray] = {}

    def collect(name: str, array: np.ndarray) -> Any:
        return jax.numpy.asarray(weights.setdefault(name, array))

    # Evaluated once without computing anything, to learn which known arrays the program takes.
    jax.eval_shape(lambda values: translator.run(values, collect), dict(inputs))
    program = jax.jit(lambda values, parameters: translator.run(values, lambda name, _: parameters[name]))
    placed = jax.device_put((dict(inputs), weights))
    compiled = program.lower(*placed).compile()
    results: list = []

    def run() -> None:
        results.clear()  # the memory of the last run is there for this one
        results.append(jax.block_until_ready(compiled(*placed)))

    def outputs() -> dict[str, np.ndarray]:
        return named(translator.outputs, [results[0][name] for name in translator.outputs])

    return Engine(run, (placed, compiled), outputs)


def load_inductor(model: Path, inputs: Arrays, threads: int) -> Engine:
    """Inductor, with weights frozen so that it may pack them."""
    import torch
    from torch._inductor import config
    from torch.fx.experimental.proxy_tensor import make_fx

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    config.freezing = True
    config.force_disable_caches = True
    config.compile_threads = 1  # no pool of processes beside the engine that is being timed
    translator = Translator(model, TorchFramework())
    weights: dict[str, torch.Tensor] = {}

    def collect(name: str, array: np.ndarray) -> torch.Tensor:
        return weights.setdefault(name, torch.from_numpy(np.array(array)))

    placed = [torch.from_numpy(inputs[name]) for name in translator.inputs]
    translator.run(dict(zip(translator.inputs, placed)), collect)
    names = list(weights)

    def flat(*values: torch.Tensor) -> list[torch.Tensor]:
        parameters = dict(zip(names, values[len(placed) :]))
        found = translator.run(dict(zip(translator.inputs, values)), lambda name, _: parameters[name])
        return [found[name] for name in translator.outputs]

    class Frozen(torch.nn.Module):
        """The traced graph with its weights as buffers."""

        def __init__(self) -> None:
            super().__init__()
            for index, name in enumerate(names):
                self.register_buffer(f"weight{index}", weights[name])
            self.graph = make_fx(flat)(*placed, *weights.values())

        def forward(self, *values: torch.Tensor) -> list[torch.Tensor]:
            return self.graph(*values, *(getattr(self, f"weight{index}") for index in range(len(names))))

    compiled = torch.compile(Frozen().eval(), dynamic=False)
    results: list = []

    def run() -> None:
        results.clear()
        results.append(compiled(*placed))

    return Engine(run, (placed, compiled), lambda: named(translator.outputs, results[0]))
