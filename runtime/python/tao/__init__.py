# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compile deep learning graphs into native code, and run them.

    model = tao.compile("model.onnx")    # or tao.load("model.so")
    y = model(x)                         # NumPy, torch, JAX arrays, anything that speaks DLPack or the buffer protocol
"""

from ._compile import compile, load
from ._core import Model, Tensor, Value, __version__
from ._diagnostics import CompileError, Diagnostic
from ._trace import trace

__all__ = ["CompileError", "Diagnostic", "Model", "Tensor", "Value", "__version__", "compile", "load", "trace"]
