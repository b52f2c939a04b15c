# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the GPU kernels of a module in the emulator: compiles them, and does what a host program would do.

The calls and their launches are read from the text after the schedule phase; programs of memory groups alone, without
control flow and library calls, can be run.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
from pathlib import Path

import ml_dtypes
import numpy as np

TYPES = {
    "f32": np.float32, "f64": np.float64, "f16": np.float16, "bf16": ml_dtypes.bfloat16, "i1": np.bool_,
    "i32": np.int32, "i64": np.int64, "ui8": np.uint8,
}  # fmt: skip
READ_ONLY, FRESH = 1, 2


class Buffer(ctypes.Structure):
    """tao_emu_buffer."""

    _fields_ = [("data", ctypes.c_void_p), ("bytes", ctypes.c_uint64), ("name", ctypes.c_char_p), ("flags", ctypes.c_uint32)]


class Side(ctypes.Structure):
    """tao_emu_side."""

    _fields_ = [("numbers", ctypes.c_uint32 * 9)]


class Report(ctypes.Structure):
    """tao_emu_report."""

    _fields_ = [("kind", ctypes.c_uint32), ("kernel", ctypes.c_char_p), ("buffer", ctypes.c_char_p), ("offset", ctypes.c_int64),
                ("num_sides", ctypes.c_uint32), ("sides", Side * 2), ("text", ctypes.c_char_p)]  # fmt: skip


REPORTER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(Report))


class Launch(ctypes.Structure):
    """tao_emu_launch."""

    _fields_ = [("size", ctypes.c_uint32), ("cooperative", ctypes.c_uint32), ("name", ctypes.c_char_p), ("kernel", ctypes.c_void_p),
                ("args", ctypes.c_void_p), ("grid", ctypes.c_uint32 * 3), ("block", ctypes.c_uint32 * 3),
                ("shared_bytes", ctypes.c_uint64), ("buffers", ctypes.c_void_p), ("num_buffers", ctypes.c_uint32),
                ("num_slots", ctypes.c_uint32), ("slots", ctypes.c_void_p), ("sites", ctypes.c_void_p),
                ("num_sites", ctypes.c_uint32), ("num_threads", ctypes.c_uint32), ("seed", ctypes.c_uint64),
                ("stack_bytes", ctypes.c_uint64), ("unchecked", ctypes.c_uint32), ("reserved", ctypes.c_uint32),
                ("reporter", REPORTER), ("context", ctypes.c_void_p)]  # fmt: skip


class Program:
    """The function @main of a module, compiled for the emulator."""

    def __init__(self, module: Path, folder: Path, bin_folder: Path, clang: str, emulator: str, options: list[str]):
        command = [bin_folder / "taoc", module, "--target=cuda", *options]
        subprocess.run([*command, "--compile-to=schedule", "-o", folder / "schedule.mlir"], check=True)
        subprocess.run([*command, "--emulate", "--emit=llvm", "-o", folder / "kernels.ll"], check=True)
        subprocess.run([clang, "-O1", "-w", "-fPIC", "-c", folder / "kernels.ll", "-o", folder / "kernels.o"], check=True)
        link = [f"{clang}", "-shared", folder / "kernels.o", "-Wl,--whole-archive", emulator, "-Wl,--no-whole-archive"]
        subprocess.run([*link, "-lstdc++", "-lpthread", "-lm", "-o", folder / "kernels.so"], check=True)
        self.library = ctypes.CDLL(str(folder / "kernels.so"))
        text = re.sub(r" loc\((?:[^()\"]|\"[^\"]*\"|\([^()]*\))*\)", "", (folder / "schedule.mlir").read_text())
        self.lines = text[text.index("func.func @main") :].splitlines()
        self.inputs = re.findall(r"(%arg\d+): (tensor<[^<>]*(?:<[^>]*>)?>)", self.lines[0])
        self.kernels = {
            name.strip('"'): [int(re.search(rf"{field} = (\d+)", rest).group(1)) for field in ("threads", "scratch")]
            for name, rest in re.findall(r'stitch\.kernel @("[^"]+"|[^(]+)\((.*)', text)
        }
        self.sizes: dict[str, int] = {}
        self.reports: list[str] = []

    def value(self, expression: str) -> int:
        """A size expression at the current sizes."""
        functions = {"max": max, "min": min, "ceildiv": lambda x, y: -(-x // max(y, 1)), "mod": lambda x, y: x % max(y, 1)}
        functions["floordiv"] = lambda x, y: x // max(y, 1)
        return int(eval(expression, {"__builtins__": {}}, {**functions, **self.sizes}))

    def shape(self, text: str) -> tuple[tuple[int, ...], np.dtype]:
        """Extents and element type of a tensor type."""
        extents, element, symbols = re.fullmatch(r"tensor<((?:[\d?]+x)*)(\w+)(?:, #tao\.dims<(.*)>)?>", text.strip()).groups()
        dims, names = extents.split("x")[:-1], re.findall(r'"([^"]*)"', symbols or "")
        if len(names) == len(dims):
            dims = names
        else:
            rest = iter(names)
            dims = [next(rest) if dim == "?" else dim for dim in dims]
        return tuple(self.value(dim) for dim in dims), np.dtype(TYPES[element])

    def run(self, arguments: list[np.ndarray], seed: int) -> list[np.ndarray]:
        """The results; what the emulator has to say is added to `reports`."""
        values = dict(zip([name for name, _ in self.inputs], arguments))
        for line in map(str.strip, self.lines[1:]):
            if match := re.match(r'(%\w+)(?::(\d+))? = stitch\.call @("[^"]+"|[^(]+)\((.*?)\) \{(.*)\} : .* -> (.*)$', line):
                name, count, kernel, operands, attributes, types = match.groups()
                shapes = [self.shape(text) for text in re.findall(r"tensor<[^<>]*(?:<[^>]*>)?>", types)]
                results = [np.zeros(shape, element) for shape, element in shapes]
                sizes = re.findall(r'"([^"]*)"', re.search(r"sizes = \[(.*?)\]", attributes).group(1))
                blocks = self.value(re.search(r'tasks = "([^"]*)"', attributes).group(1))
                reads = [values[operand.strip()] for operand in operands.split(",") if operand]
                self.launch(kernel.strip('"'), reads, results, [self.value(size) for size in sizes], blocks, seed)
                for i, result in enumerate(results):
                    values[f"{name}#{i}" if count else name] = result
            elif match := re.match(r"(%\w+) = tao\.reshape (%[\w#]+) .*-> (tensor<.*>)", line):
                values[match[1]] = values[match[2]].reshape(self.shape(match[3])[0]).copy()
            elif match := re.match(r"return (.*?) :", line):
                return [values[name.strip()] for name in match[1].split(",")]
            else:
                raise ValueError(f"cannot run: {line}")
        raise ValueError("the function has no end")

    def launch(self, kernel: str, reads: list, results: list, sizes: list[int], blocks: int, seed: int) -> None:
        """One launch of a kernel."""
        if blocks == 0:
            return
        threads, shared = self.kernels[kernel]
        status = np.zeros(1, np.int32)
        arrays = [*reads, *results, status]
        given = [ctypes.c_void_p(a.ctypes.data) for a in arrays[:-1]] + [ctypes.c_int64(size) for size in sizes]
        given.append(ctypes.c_void_p(status.ctypes.data))
        args = (ctypes.c_void_p * len(given))(*map(ctypes.addressof, given))
        flags = [READ_ONLY] * len(reads) + [FRESH] * len(results) + [0]
        buffers = (Buffer * len(arrays))(
            *[Buffer(a.ctypes.data, a.nbytes, b"buffer %d" % i, flag) for i, (a, flag) in enumerate(zip(arrays, flags))]
        )
        report = REPORTER(lambda _, it: self.reports.append(it.contents.text.decode()))
        function = getattr(self.library, "emulated." + re.sub(r"[^A-Za-z0-9]", "_", kernel))
        launch = Launch(size=ctypes.sizeof(Launch), name=kernel.encode(), kernel=ctypes.cast(function, ctypes.c_void_p).value,
                        args=ctypes.addressof(args), grid=(blocks, 1, 1), block=(threads, 1, 1), shared_bytes=shared,
                        buffers=ctypes.addressof(buffers), num_buffers=len(arrays), num_threads=2, seed=seed,
                        reporter=report)  # fmt: skip
        error = ctypes.c_char_p()
        if self.library.tao_emu_run(ctypes.byref(launch), None, ctypes.byref(error)) != 0:
            raise RuntimeError(f"{kernel}: {error.value.decode()}")
        if status[0]:
            raise RuntimeError(f"{kernel}: check {status[0]} failed")
