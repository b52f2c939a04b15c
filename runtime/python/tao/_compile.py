# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiling and loading. The compiler runs as a process of its own, so that this one never holds LLVM, MLIR or protobuf, and
survives whatever happens there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Mapping, Protocol, Sequence, Union

from . import _core
from ._diagnostics import CompileError, parse, summarize

if TYPE_CHECKING:
    import subprocess

IN_MEMORY = "<model>"
"""The file of a model that was given as bytes."""


class Proto(Protocol):
    """An onnx.ModelProto, or what serializes like one."""

    def SerializeToString(self) -> bytes: ...


Extent = Union[int, str, None, "tuple[int, int]"]
"""3, None for any, (1, 32) for a range, or as taoc has it: '1..32@8'."""


def load(path: str | os.PathLike[str], *, threads: int = 0) -> _core.Model:
    """Loads a compiled model. Needs nothing of the compiler.

    `threads` run it, 0 is as many as the process may use. Raises FileNotFoundError or OSError when the file cannot be read,
    ValueError when it is no model of this version or `threads` is no number of threads, RuntimeError when the CPU lacks what
    it was compiled for.
    """
    return _core.load(os.fsencode(path), threads, "")


def compile(
    model: str | os.PathLike[str] | bytes | bytearray | memoryview | Proto,
    *,
    target: str = "cpu",
    arch: str | None = None,
    shapes: Mapping[str, str | Sequence[Extent]] | None = None,
    precision: str | None = None,
    output: str | os.PathLike[str] | None = None,
    options: Sequence[str] = (),
    threads: int = 0,
    timeout: float | None = None,
    taoc: str | os.PathLike[str] | None = None,
) -> _core.Model:
    """Compiles a model and loads it.

    model: path of an ONNX file, its content, or an onnx.ModelProto.
    target, arch: the device and its architecture; arch defaults to that of this machine.
    shapes: extents of inputs, such as {"x": (None, 3, 224, 224)}; see Extent, or a string as for `taoc --shape`.
    precision: as for `taoc --precision`.
    output: where to keep the compiled model, for tao.load; by default it exists only while it is loaded.
    options: further options of taoc.
    threads: of a run, as for tao.load.
    timeout: seconds after which compiling is given up with TimeoutError.
    taoc: the compiler to use instead of the package's own.

    Raises CompileError, whose `diagnostics` hold each complaint; OSError when a file of ours cannot be written.
    """
    import tempfile

    path = model if isinstance(model, (str, os.PathLike)) else None
    content = None if path is not None else _serialize(model)
    command = [_find_taoc(taoc), "--diagnostics=json", "--explain=json", *_arguments(target, arch, shapes, precision), *options]
    with tempfile.TemporaryDirectory(prefix="tao-") as folder:
        if content is not None:
            source = os.path.join(folder, "model.onnx")
            with open(source, "wb") as file:
                file.write(content)
        else:
            source = os.fsdecode(path)
        result = os.path.join(folder, "model.so") if output is None else os.fsdecode(output)
        name = IN_MEMORY if path is None else source
        explanation = _run([*command, "-o", result, "--", source], timeout, name)
        # A loaded model needs its file's content no longer by name.
        return _core.load(os.fsencode(result), threads, explanation)


def _serialize(model: Any) -> bytes | bytearray | memoryview:
    if isinstance(model, (bytes, bytearray, memoryview)):
        return model
    if not hasattr(model, "SerializeToString"):
        raise TypeError(f"compile: expected a path, bytes or an onnx.ModelProto, not '{type(model).__name__}'")
    try:
        return model.SerializeToString()
    except Exception as error:  # each implementation of protobuf has its own
        raise ValueError(
            f"compile: the model cannot be serialized: {error}. One of more than 2 GB must be saved with its weights as "
            "external data, as onnx.save(..., save_as_external_data=True) does, and be given by its path"
        ) from error


def _extent(extent: Extent) -> str:
    if extent is None:
        return "?"
    if isinstance(extent, tuple):
        low, high = extent
        return f"{low}..{high}"
    return extent if isinstance(extent, str) else str(int(extent))


def _arguments(target: str, arch: str | None, shapes: Mapping[str, Any] | None, precision: str | None) -> list[str]:
    arguments = [f"--target={target}"]
    if arch is not None:
        arguments.append(f"--cpu={arch}" if target == "cpu" else f"--arch={arch}")
    for name, shape in (shapes or {}).items():
        text = shape if isinstance(shape, str) else "x".join(_extent(extent) for extent in shape)
        arguments.append(f"--shape={name}:{text}")
    if precision is not None:
        arguments.append(f"--precision={precision}")
    return arguments


def _find_taoc(given: str | os.PathLike[str] | None) -> str:
    """The package's own, else that of the PATH."""
    if given is not None:
        return os.fsdecode(given)
    own = os.path.join(os.path.dirname(__file__), "_native", "bin", "taoc")
    if os.path.exists(own):
        return own
    import shutil

    found = shutil.which("taoc")
    if found is None:
        raise CompileError(f"no compiler: looked for '{own}', then for taoc in PATH; tao.load needs none")
    return found


def _run(command: list[str], timeout: float | None, file: str) -> str:
    """Runs taoc on `file`; returns what it wrote to its standard output."""
    import subprocess

    try:
        # In a session of its own: one signal reaches the linker that it starts as well.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
    except OSError as error:
        raise CompileError(f"the compiler '{command[0]}' cannot be started: {error.strerror}") from error
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        raise TimeoutError(f"{file}: taoc did not finish within {timeout:g} s") from None
    except BaseException:  # KeyboardInterrupt above all
        _end(process)
        raise
    if process.returncode == 0:
        return out.decode()
    diagnostics, rest = parse(err.decode(errors="replace"), file)
    if file == IN_MEMORY:  # relative to which there is nothing
        external = ("TAO-E011", "TAO-E013")
        diagnostics = [d._replace(hint="give the model by its path") if d.code in external else d for d in diagnostics]
    raise CompileError(summarize(diagnostics) or _explain_end(command[0], process.returncode, rest), tuple(diagnostics))


def _end(process: subprocess.Popen[bytes]) -> None:
    import signal
    import subprocess

    for number, patience in ((signal.SIGTERM, 2), (signal.SIGKILL, None)):  # the former lets it remove its files
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass  # it has just ended
        try:
            process.communicate(timeout=patience)
            return
        except subprocess.TimeoutExpired:
            pass


def _explain_end(taoc: str, code: int, said: str) -> str:
    """Why taoc ended without a diagnostic."""
    import re
    import signal

    missing = re.search(r"error while loading shared libraries: (\S+):", said)
    if missing:
        return (
            f"the compiler '{taoc}' cannot be started: the shared library {missing[1]} is missing. tao.compile needs the "
            "libraries of LLVM and MLIR 22 and of protobuf (Debian: libmlir-22, libprotobuf32); tao.load needs none of them"
        )
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    return f"the compiler '{taoc}' {how}" + (f": {said[-2000:]}" if said else "")
