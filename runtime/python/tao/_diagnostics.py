# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the compiler complains about, as data: the objects that `taoc --diagnostics=json` writes, one per line."""

from __future__ import annotations

from typing import NamedTuple


class Diagnostic(NamedTuple):
    """One error. Fields without a value are empty, `opset` is 0."""

    code: str
    """'TAO-E012'; docs/errors.md explains each."""
    message: str
    """All of it, as taoc prints it."""
    reason: str
    """The first line of the message."""
    details: tuple[str, ...]
    """Further lines."""
    node: str
    """Name of the node in the model."""
    op: str
    """'Conv', 'com.microsoft.FusedGelu'."""
    opset: int
    hint: str
    """What may help."""
    file: str
    """The model, as it was named to tao.compile; '<model>' when it was given as bytes."""


class CompileError(RuntimeError):
    """The model cannot be compiled. `diagnostics` says why; it is empty when the compiler could not start or crashed."""

    diagnostics: tuple[Diagnostic, ...]

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...] = ()):
        super().__init__(message)
        self.diagnostics = diagnostics

    def __reduce__(self):
        return CompileError, (str(self), self.diagnostics)


def parse(text: str, file: str) -> tuple[list[Diagnostic], str]:
    """Splits what taoc wrote into diagnostics, with `file` as their file, and the lines that are none."""
    import json

    diagnostics, rest = [], []
    for line in text.splitlines():
        try:
            fields = json.loads(line)
            fields["details"] = tuple(fields["details"])
            fields["file"] = file
            diagnostics.append(Diagnostic(**fields))
        except (ValueError, TypeError, KeyError):
            rest.append(line)
    return diagnostics, "\n".join(rest)


def summarize(diagnostics: list[Diagnostic], limit: int = 20) -> str:
    """The text of an exception: the first few messages, and how many more there are."""
    lines = [f"{d.file}: error[{d.code}]: {d.message}" for d in diagnostics[:limit]]
    if len(diagnostics) > limit:
        lines.append(f"{len(diagnostics) - limit} more errors")
    return "\n".join(lines)
