# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the generator and the users of its output share: model specifications, meta.json and random inputs.

meta.json maps a model's name to
  family: "cnn", "bert", "gpt", "ctr", "rnn", "gen", "mem", "train" or "encoder"
  dims:   list of {symbol: extent}, the sizes to run a dynamic model at; absent when the model is static
  ranges: {input: [low, high]}: the input holds integers of this half-open range, whatever its type. Other integer inputs
          hold 0 and 1, floating point ones normally distributed values
  normals: {input: [mean, deviation]} of floating point inputs where these are not 0 and 1
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import helper

from bench.arrays import aligned_empty

INPUT_SEED = 7


@dataclass(frozen=True)
class Spec:
    """One model of the zoo. `build` gets the model's name and returns it."""

    name: str
    family: str
    build: Callable[[str], onnx.ModelProto]
    dims: list[dict[str, int]] = field(default_factory=list)
    ranges: dict[str, list[int]] = field(default_factory=dict)
    normals: dict[str, list[float]] = field(default_factory=dict)

    def meta(self) -> dict:
        """The model's entry in meta.json."""
        entry: dict = {"family": self.family}
        if self.dims:
            entry["dims"] = self.dims
        if self.ranges:
            entry["ranges"] = self.ranges
        if self.normals:
            entry["normals"] = self.normals
        return entry


def atomic_save(model: onnx.ModelProto, path: Path) -> None:
    """Writes the model so that a reader never sees half of it."""
    temporary = path.with_name(path.name + ".tmp")
    onnx.save(model, temporary, format="protobuf")
    os.replace(temporary, path)


def load_meta(folder: Path) -> dict[str, dict]:
    """meta.json of a folder; empty when there is none."""
    path = folder / "meta.json"
    return json.loads(path.read_text()) if path.exists() else {}


def record_meta(folder: Path, entries: dict[str, dict]) -> None:
    """Adds or replaces entries of meta.json."""
    merged = dict(sorted({**load_meta(folder), **entries}.items()))
    temporary = folder / "meta.json.tmp"
    temporary.write_text(json.dumps(merged, indent=1) + "\n")
    os.replace(temporary, folder / "meta.json")


def find_models(zoo: Path, parts: Sequence[str] = ()) -> list[Path]:
    """Models of a folder (or the one file `zoo` names) whose names contain one of `parts`."""
    if zoo.is_file():
        return [zoo]
    paths = sorted(path for path in zoo.glob("*.onnx") if not parts or any(part in path.stem for part in parts))
    if not paths:
        raise SystemExit(f"no model in {zoo}" + (f" has a name with {' or '.join(parts)}" if parts else ""))
    return paths


def sizes_of(path: Path) -> list[dict[str, int]]:
    """The sizes a model is to be run at: [{}] for a static one."""
    return load_meta(path.parent).get(path.stem, {}).get("dims") or [{}]


def input_types(model: onnx.ModelProto) -> dict[str, tuple[np.dtype, list[int | str]]]:
    """dtype and declared dimensions of every input that has no initializer."""
    initialised = {tensor.name for tensor in model.graph.initializer}
    types = {}
    for value in model.graph.input:
        if value.name not in initialised:
            tensor = value.type.tensor_type
            dims = [dim.dim_param or dim.dim_value for dim in tensor.shape.dim]
            types[value.name] = (helper.tensor_dtype_to_np_dtype(tensor.elem_type), dims)
    return types


def make_inputs(path: Path, sizes: dict[str, int] | None = None) -> dict[str, np.ndarray]:
    """Reproducible random inputs for one run of a model at the given sizes."""
    model = onnx.load(path, load_external_data=False)
    entry = load_meta(path.parent).get(path.stem, {})
    ranges, normals = entry.get("ranges", {}), entry.get("normals", {})
    random = np.random.default_rng(INPUT_SEED)
    inputs = {}
    for name, (dtype, dims) in input_types(model).items():
        unknown = [dim for dim in dims if isinstance(dim, str) and dim not in (sizes or {})]
        if unknown:
            raise SystemExit(f"{path}: input '{name}' needs a size for {', '.join(unknown)} in meta.json")
        shape = [sizes[dim] if isinstance(dim, str) else dim for dim in dims]
        array = aligned_empty(shape, dtype)
        if dtype == np.bool_:
            array[...] = random.random(shape) > 0.5
        elif name in ranges or np.issubdtype(dtype, np.integer):
            array[...] = random.integers(*ranges.get(name, [0, 2]), shape)
        else:
            mean, deviation = normals.get(name, (0, 1))
            array[...] = mean + deviation * random.standard_normal(shape, dtype=np.float32)
        inputs[name] = array
    return inputs
