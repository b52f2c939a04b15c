# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a compiled model.so from Python through its C ABI with ctypes and NumPy, without copying.

The structures mirror the user's part of runtime/include/tao/model_abi.h.

    model = TaoModel("model.so", threads=1)
    outputs = model.run({"x": array})
"""

from __future__ import annotations

import ctypes as c
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bench.arrays import aligned_empty

ABI_VERSION = 1
DEVICE_CPU = 1
CODE_INT, CODE_UINT, CODE_FLOAT, CODE_BFLOAT, CODE_BOOL = 0, 1, 2, 4, 6


class DType(c.Structure):
    """tao_dtype."""

    _fields_ = [("code", c.c_uint8), ("bits", c.c_uint8), ("lanes", c.c_uint16)]


class Device(c.Structure):
    """tao_device."""

    _fields_ = [("type", c.c_int32), ("id", c.c_int32)]


class Tensor(c.Structure):
    """tao_tensor, which is a DLTensor."""

    _fields_ = [
        ("data", c.c_void_p),
        ("device", Device),
        ("ndim", c.c_int32),
        ("dtype", DType),
        ("shape", c.POINTER(c.c_int64)),
        ("strides", c.POINTER(c.c_int64)),
        ("byte_offset", c.c_uint64),
    ]


class Dim(c.Structure):
    """tao_dim."""

    _fields_ = [("value", c.c_int64), ("expr", c.c_char_p)]


class ValueInfo(c.Structure):
    """tao_value_info."""

    _fields_ = [
        ("name", c.c_char_p),
        ("dtype", DType),
        ("ndim", c.c_int32),
        ("dims", c.POINTER(Dim)),
        ("alias", c.c_int32),
    ]


class KernelInfo(c.Structure):
    """tao_kernel_info."""

    _fields_ = [("name", c.c_char_p), ("kind", c.c_int32), ("nodes", c.c_char_p)]


class ModelInfo(c.Structure):
    """tao_model_info as far as it is read here."""

    _fields_ = [
        ("size", c.c_size_t),
        ("name", c.c_char_p),
        ("compiler", c.c_char_p),
        ("target", c.c_char_p),
        ("cpu", c.c_char_p),
        ("cpu_features", c.c_char_p),
        ("num_inputs", c.c_int32),
        ("num_outputs", c.c_int32),
        ("num_symbols", c.c_int32),
        ("num_kernels", c.c_int32),
        ("inputs", c.POINTER(ValueInfo)),
        ("outputs", c.POINTER(ValueInfo)),
        ("symbols", c.POINTER(c.c_char_p)),
        ("kernels", c.POINTER(KernelInfo)),
    ]


TimingFunction = c.CFUNCTYPE(None, c.c_void_p, c.c_int32, c.c_int64, c.c_int64)


class RunOptions(c.Structure):
    """tao_run_options."""

    _fields_ = [
        ("size", c.c_size_t),
        ("stream", c.c_void_p),
        ("pool", c.c_void_p),
        ("allocator", c.c_void_p),
        ("communicator", c.c_void_p),
        ("timing", TimingFunction),
        ("timing_user", c.c_void_p),
    ]


class CreateOptions(c.Structure):
    """tao_create_options."""

    _fields_ = [("size", c.c_size_t), ("num_threads", c.c_int32)]


class Args(c.Structure):
    """tao_args."""

    _fields_ = [("size", c.c_size_t), ("inputs", c.POINTER(Tensor)), ("outputs", c.POINTER(Tensor))]


class ModelTable(c.Structure):
    """tao_model_table."""

    _fields_ = [
        ("size", c.c_size_t),
        ("abi_version", c.c_uint32),
        ("info", c.POINTER(ModelInfo)),
        ("create", c.CFUNCTYPE(c.c_int, c.POINTER(CreateOptions), c.POINTER(c.c_void_p))),
        ("output_shapes", c.CFUNCTYPE(c.c_int, c.c_void_p, c.POINTER(Tensor), c.POINTER(c.c_int64))),
        ("run", c.CFUNCTYPE(c.c_int, c.c_void_p, c.POINTER(Args), c.POINTER(RunOptions))),
        ("destroy", c.CFUNCTYPE(None, c.c_void_p)),
        ("last_error", c.CFUNCTYPE(c.c_char_p, c.c_void_p)),
    ]


class TaoError(RuntimeError):
    """A call into the model failed; `status` is its tao_status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"tao status {status}: {message}")
        self.status = status


class Value:
    """Name, dtype and dimensions of an input or output; a dynamic dimension is its expression as text."""

    def __init__(self, info: ValueInfo) -> None:
        self.name = info.name.decode()
        self.dtype = numpy_dtype(info.dtype)
        self.raw_dtype = DType(info.dtype.code, info.dtype.bits, info.dtype.lanes)
        dims = [info.dims[axis] for axis in range(info.ndim)]
        self.dims: list[int | str] = [dim.expr.decode() if dim.value < 0 else dim.value for dim in dims]

    def __repr__(self) -> str:
        return f"{self.name}: {self.dtype}{self.dims}"


def numpy_dtype(dtype: DType) -> np.dtype:
    """The NumPy type with the same memory layout."""
    if dtype.code == CODE_BOOL:
        return np.dtype(np.bool_)
    if dtype.code == CODE_BFLOAT:
        import ml_dtypes  # comes with onnx; only models with bf16 values need it

        return np.dtype(ml_dtypes.bfloat16)
    kinds = {CODE_INT: "i", CODE_UINT: "u", CODE_FLOAT: "f"}
    if dtype.code not in kinds:
        raise TypeError(f"no NumPy type for dtype code {dtype.code} with {dtype.bits} bits")
    return np.dtype(f"{kinds[dtype.code]}{dtype.bits // 8}")


class Binding:
    """Inputs and outputs of repeated runs at one set of shapes. The arrays may be written and read between runs."""

    def __init__(self, model: TaoModel, inputs: Mapping[str, np.ndarray]) -> None:
        self._model = model
        self._shapes: list[c.Array] = []  # keeps the extents that the tensors point to alive
        arrays = [model.checked_input(value, inputs) for value in model.inputs]
        self.inputs = dict(zip((value.name for value in model.inputs), arrays))
        self._input_tensors = self._tensors(model.inputs, arrays)
        outputs = [
            aligned_empty(shape, value.dtype)
            for value, shape in zip(model.outputs, model.output_shapes(self._input_tensors))
        ]
        self.outputs = dict(zip((value.name for value in model.outputs), outputs))
        self._output_tensors = self._tensors(model.outputs, outputs)
        self._args = Args(c.sizeof(Args), self._input_tensors, self._output_tensors)

    def run(self) -> None:
        """One run: reads `inputs`, writes `outputs`, copies neither."""
        self._model.run_args(self._args)

    def time_kernels(self, runs: int) -> list[float]:
        """Microseconds of each kernel of the model, its smallest over `runs` runs after two that warm up."""
        times = [float("inf")] * len(self._model.kernel_names)

        def note(_user, kernel: int, begin: int, end: int) -> None:
            times[kernel] = min(times[kernel], (end - begin) / 1e3)

        options = RunOptions(size=c.sizeof(RunOptions), timing=TimingFunction(note))
        for _ in range(2):
            self.run()
        for _ in range(runs):
            self._model.run_args(self._args, options)
        return times

    def _tensors(self, values: list[Value], arrays: list[np.ndarray]) -> c.Array:
        tensors = (Tensor * max(1, len(arrays)))()
        for tensor, value, array in zip(tensors, values, arrays):
            shape = (c.c_int64 * max(1, array.ndim))(*array.shape)
            self._shapes.append(shape)
            tensor.data = array.ctypes.data
            tensor.device = Device(DEVICE_CPU, 0)
            tensor.ndim = array.ndim
            tensor.dtype = value.raw_dtype
            tensor.shape = shape
        return tensors


class TaoModel:
    """A loaded model with one context, to be used by one thread at a time. `threads` 0 means all that are allowed."""

    def __init__(self, path: str | Path, threads: int = 0) -> None:
        self._context = c.c_void_p()
        self._library = c.CDLL(str(Path(path).resolve()))
        query = self._library.tao_model_query
        query.argtypes, query.restype = [c.c_uint32], c.POINTER(ModelTable)
        table = query(ABI_VERSION)
        if not table:
            raise TaoError(0, f"{path} does not speak version {ABI_VERSION} of the model interface")
        self._table = table.contents
        info = self._table.info.contents
        self.name, self.compiler, self.cpu = info.name.decode(), info.compiler.decode(), info.cpu.decode()
        self.inputs = [Value(info.inputs[index]) for index in range(info.num_inputs)]
        self.outputs = [Value(info.outputs[index]) for index in range(info.num_outputs)]
        self.kernel_names = [info.kernels[index].name.decode() for index in range(info.num_kernels)]
        options = CreateOptions(c.sizeof(CreateOptions), threads)
        context = c.c_void_p()
        self._check(self._table.create(c.byref(options), c.byref(context)))
        self._context = context

    def bind(self, inputs: Mapping[str, np.ndarray]) -> Binding:
        """Prepares runs on these arrays; contiguous ones of the right type are used in place."""
        return Binding(self, inputs)

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """One run; the returned arrays belong to the caller."""
        binding = self.bind(inputs)
        binding.run()
        return binding.outputs

    def checked_input(self, value: Value, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """The array for one input as the model needs it. Extents are left to the model, which names what is wrong."""
        if value.name not in inputs:
            raise KeyError(f"input '{value.name}' is missing; the model takes {self.inputs}")
        array = np.asarray(inputs[value.name])
        if array.dtype != value.dtype:
            raise TypeError(f"input '{value.name}' has dtype {array.dtype}, the model takes {value.dtype}")
        return array if array.flags.c_contiguous else np.array(array, order="C")

    def output_shapes(self, input_tensors: c.Array) -> list[tuple[int, ...]]:
        """Extents of all outputs for these inputs."""
        ranks = [len(value.dims) for value in self.outputs]
        extents = (c.c_int64 * max(1, sum(ranks)))()
        self._check(self._table.output_shapes(self._context, input_tensors, extents))
        flat = iter(extents)
        return [tuple(next(flat) for _ in range(rank)) for rank in ranks]

    def run_args(self, args: Args, options: RunOptions | None = None) -> None:
        """Calls the model's run."""
        self._check(self._table.run(self._context, c.byref(args), c.byref(options) if options else None))

    def _check(self, status: int) -> None:
        if status != 0:
            message = self._table.last_error(self._context)
            raise TaoError(status, message.decode(errors="replace") if message else "no message")

    def __del__(self) -> None:
        if getattr(self, "_context", None):
            self._table.destroy(self._context)
            self._context = c.c_void_p()
