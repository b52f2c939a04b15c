#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the table LOGIT_SCALES of light.py: for each network, full and reduced, the factor on its last layer that gives
the logits a standard deviation near 2 on a random image. Only needed when the light networks or their weights change."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.compare.reference import evaluate, widened
from bench.models.cnn import LIGHT_REDUCED, light_variant
from bench.models.light import LightRebuilder

TARGET_DEVIATION = 2.0


def measured_scale(network: str, reduced: bool) -> float:
    """The factor for one network, three digits."""
    model = LightRebuilder(network, light_variant(network, reduced, batch=1)).rebuild()
    logits = model.graph.node[-1].input[0]
    del model.graph.output[:]
    model.graph.output.append(onnx.helper.make_tensor_value_info(logits, onnx.TensorProto.FLOAT, None))
    image = model.graph.input[0]
    shape = [dim.dim_value for dim in image.type.tensor_type.shape.dim]
    pixels = np.random.default_rng(7).standard_normal(shape)
    return float(f"{TARGET_DEVIATION / evaluate(widened(model), {image.name: pixels})[logits].std():.3g}")


def main() -> None:
    """Prints the table."""
    for network in LIGHT_REDUCED:
        print(f'    "{network}": ({measured_scale(network, False)}, {measured_scale(network, True)}),', flush=True)


if __name__ == "__main__":
    main()
