# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The sample model from Python with ctypes and numpy alone. Usage: abi_ctypes.py model.so"""
import ctypes as c
import sys
import threading

import numpy as np


class DType(c.Structure):
    _fields_ = [("code", c.c_uint8), ("bits", c.c_uint8), ("lanes", c.c_uint16)]


class Tensor(c.Structure):
    _fields_ = [("data", c.c_void_p), ("device_type", c.c_int32), ("device_id", c.c_int32), ("ndim", c.c_int32),
                ("dtype", DType), ("shape", c.POINTER(c.c_int64)), ("strides", c.POINTER(c.c_int64)),
                ("byte_offset", c.c_uint64)]


class Dim(c.Structure):
    _fields_ = [("value", c.c_int64), ("expr", c.c_char_p)]


class ValueInfo(c.Structure):
    _fields_ = [("name", c.c_char_p), ("dtype", DType), ("ndim", c.c_int32), ("dims", c.POINTER(Dim)),
                ("alias", c.c_int32)]


class ModelInfo(c.Structure):
    _fields_ = [("size", c.c_size_t), ("name", c.c_char_p), ("compiler", c.c_char_p), ("target", c.c_char_p),
                ("cpu", c.c_char_p), ("cpu_features", c.c_char_p), ("num_inputs", c.c_int32),
                ("num_outputs", c.c_int32), ("num_symbols", c.c_int32), ("num_kernels", c.c_int32),
                ("inputs", c.POINTER(ValueInfo)), ("outputs", c.POINTER(ValueInfo))]


class Args(c.Structure):
    _fields_ = [("size", c.c_size_t), ("inputs", c.POINTER(Tensor)), ("outputs", c.POINTER(Tensor))]


class Table(c.Structure):
    _fields_ = [("size", c.c_size_t), ("abi_version", c.c_uint32), ("info", c.POINTER(ModelInfo)),
                ("create", c.CFUNCTYPE(c.c_int, c.c_void_p, c.POINTER(c.c_void_p))),
                ("output_shapes", c.CFUNCTYPE(c.c_int, c.c_void_p, c.POINTER(Tensor), c.POINTER(c.c_int64))),
                ("run", c.CFUNCTYPE(c.c_int, c.c_void_p, c.POINTER(Args), c.c_void_p)),
                ("destroy", c.CFUNCTYPE(None, c.c_void_p)),
                ("last_error", c.CFUNCTYPE(c.c_char_p, c.c_void_p))]


def view(array):
    """A tensor over a numpy array; the array must outlive it."""
    code = {"i": 0, "u": 1, "f": 2, "b": 6}[array.dtype.kind]
    tensor = Tensor(array.ctypes.data, 1, 0, array.ndim, DType(code, array.itemsize * 8, 1))
    tensor.keep = (c.c_int64 * max(array.ndim, 1))(*array.shape)
    tensor.shape = c.cast(tensor.keep, c.POINTER(c.c_int64))
    return tensor


class Context:
    def __init__(self, table):
        self.table, self.handle = table, c.c_void_p()
        assert table.create(None, c.byref(self.handle)) == 0, table.last_error(None)

    def __del__(self):
        self.table.destroy(self.handle)

    def run(self, x):
        inputs = (Tensor * 1)(view(x))
        rows = x.shape[0]
        y, s = np.empty((rows, 4), np.float32), np.empty(rows, np.float32)
        views = [view(y), view(s)]
        outputs = (Tensor * 2)(*views)
        status = self.table.run(self.handle, c.byref(Args(c.sizeof(Args), inputs, outputs)), None)
        return status, y, s

    def error(self):
        return self.table.last_error(self.handle).decode()


def main():
    library = c.CDLL(sys.argv[1])
    library.tao_model_query.restype = c.POINTER(Table)
    assert not library.tao_model_query(c.c_uint32(999))
    table = library.tao_model_query(c.c_uint32(1)).contents
    info = table.info.contents
    assert [info.inputs[i].name for i in range(info.num_inputs)] == [b"x"]
    assert [info.outputs[i].name for i in range(info.num_outputs)] == [b"y", b"s"]

    def check(rows_list):
        context = Context(table)
        for rows in rows_list:
            x = np.random.default_rng(rows).random((rows, 4), np.float32)
            status, y, s = context.run(x)
            assert status == 0, context.error()
            np.testing.assert_array_equal(y, 2 * x + 1)
            np.testing.assert_allclose(s, x.sum(1), rtol=1e-6)

    check([1, 6, 0, 1000, 6])
    threads = [threading.Thread(target=check, args=(range(start, 200, 11),)) for start in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    context = Context(table)
    assert context.run(np.zeros((2, 5), np.float32))[0] == 1
    assert context.error() == "input 'x': dimension 1 is 5, expected 4"
    assert context.run(np.zeros((2, 4), np.float64))[0] == 1
    assert context.error() == "input 'x' has dtype float64, expected float32"


main()
