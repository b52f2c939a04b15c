# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Evaluates an ONNX graph with the functions of another framework, while that framework traces.

Values are of two kinds. What depends on weights and constants alone is a NumPy array, computed here once. Everything else is
an array of the framework. A known array that meets an unknown one becomes a parameter of the traced program, so that weights are
arguments of it and not constants in its text; a known scalar becomes a literal. What an operator does is in translate_ops.py,
how a framework does it in frameworks.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from bench.compare.frameworks import NumpyFramework, Untranslatable
from bench.compare.translate_ops import RULES, Node, Rule

# (name of the value, its known array) -> the framework's array for it
Parameters = Callable[[str, np.ndarray], Any]


class Translator:
    """One model, read once and evaluated as often as a framework needs to trace it."""

    def __init__(self, path: str, framework: Any) -> None:
        model = onnx.load(path)
        self.framework = framework
        self.opset = next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
        self.known = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        self.nodes = [self._node(node) for node in model.graph.node]
        self.inputs = [value.name for value in model.graph.input if value.name not in self.known]
        self.outputs = [value.name for value in model.graph.output]

    @property
    def needs_double(self) -> bool:
        """Whether a weight or constant is a double; inputs are for the caller to look at."""
        constants = (value for _, node in self.nodes for value in node.attributes.values())
        return any(array.dtype == np.float64 for array in (*self.known.values(), *constants) if isinstance(array, np.ndarray))

    def run(self, inputs: Mapping[str, Any], parameters: Parameters) -> dict[str, Any]:
        """The graph's outputs by name. Parameters are asked for anew at every run, in the same order."""
        values: dict[str, Any] = {"": None, **self.known, **inputs}
        made: dict[str, Any] = {}

        def lift(name: str) -> Any:
            if name not in made:
                made[name] = parameters(name, values[name])
            return made[name]

        for rule, node in self.nodes:
            operands = [values[name] for name in node.inputs]
            for position in rule.known:
                if position < len(operands) and not (operands[position] is None or isinstance(operands[position], np.ndarray)):
                    raise Untranslatable(f"{node.op}: '{node.inputs[position]}' is not known before the run")
            if all(operand is None or isinstance(operand, np.ndarray) for operand in operands):
                results = rule.function(NUMPY, node, *operands)
                # NumPy makes scalars of arrays without axes.
                results = tuple(map(np.asarray, results)) if isinstance(results, tuple) else np.asarray(results)
            else:
                operands = [
                    self._operand(rule, position, operand, operands) if _is_known(operand) else operand
                    for position, operand in enumerate(operands)
                ]
                operands = [lift(node.inputs[at]) if operand is LIFTED else operand for at, operand in enumerate(operands)]
                results = rule.function(self.framework, node, *operands)
            values.update(zip(node.outputs, results if isinstance(results, tuple) else (results,)))
        return {name: lift(name) if isinstance(values[name], np.ndarray) else values[name] for name in self.outputs}

    @staticmethod
    def _operand(rule: Rule, position: int, operand: np.ndarray, operands: list) -> Any:
        """A known operand as the rule takes it: as it is, as a literal, or as a parameter."""
        if position in rule.known:
            return operand
        rank = max(len(other.shape) for other in operands if other is not None and not isinstance(other, np.ndarray))
        if rule.literals and operand.size == 1 and operand.ndim <= rank:
            return operand.item()
        return LIFTED

    def _node(self, node: onnx.NodeProto) -> tuple[Rule, Node]:
        if node.domain not in ("", "ai.onnx") or node.op_type not in RULES:
            raise Untranslatable(f"no rule for {node.domain + '.' if node.domain else ''}{node.op_type}")
        attributes = {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
        for name, value in attributes.items():
            if isinstance(value, onnx.TensorProto):
                attributes[name] = numpy_helper.to_array(value)
            elif isinstance(value, bytes):
                attributes[name] = value.decode()
        return RULES[node.op_type], Node(node.op_type, self.opset, attributes, tuple(node.input), tuple(node.output))


NUMPY = NumpyFramework()
LIFTED = object()


def _is_known(operand: Any) -> bool:
    return isinstance(operand, np.ndarray)
