# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small models of the tests, in ONNX's textual syntax, and an array that speaks nothing but DLPack."""

from __future__ import annotations

import ctypes

import onnx
import onnx.parser

HEADER = '<ir_version: 8, opset_import: ["" : 17]>\n'


def parse(text: str) -> onnx.ModelProto:
    """The model of a graph."""
    return onnx.parser.parse_model(HEADER + text)


def affine() -> onnx.ModelProto:
    """y = 2 x + 1, for any number of rows of 4."""
    return parse("affine (float[rows, 4] x) => (float[rows, 4] y) <float two = {2}, float one = {1}> "
                 "{ [scale] twice = Mul(x, two) [shift] y = Add(twice, one) }")


def pair(dtype: str = "float") -> onnx.ModelProto:
    """Two inputs, two outputs: their sum and difference."""
    return parse(f"pair ({dtype}[n] a, {dtype}[n] b) => ({dtype}[n] sum, {dtype}[n] difference) "
                 "{ sum = Add(a, b) difference = Sub(a, b) }")


def identity_sum(dtype: str) -> onnx.ModelProto:
    """y = x + x of any element type."""
    return parse(f"double ({dtype}[n] x) => ({dtype}[n] y) {{ y = Add(x, x) }}")


class Exporter:
    """Passes on the DLPack capsule of another object, and no buffer. `old`: as libraries did before DLPack 1.0."""

    def __init__(self, array, old=False):
        self.array, self.old = array, old

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()

    def __dlpack__(self, **options):
        if self.old and options:
            raise TypeError("unexpected keyword")
        return self.array.__dlpack__(**options)


def capsule_fields(capsule) -> tuple[int, int, tuple[int, int], tuple[int, ...]]:
    """(address, device type, (dtype code, bits), shape) of a capsule from before DLPack 1.0, which stays untaken."""

    class Tensor(ctypes.Structure):
        _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
                    ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8),
                    ("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
                    ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]

    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    tensor = Tensor.from_address(get(capsule, b"dltensor"))
    return (tensor.data + tensor.byte_offset, tensor.device_type, (tensor.code, tensor.bits),
            tuple(tensor.shape[:tensor.ndim]))
