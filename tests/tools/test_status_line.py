#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The status line of taoc: on a terminal, after two seconds, and gone at the end; never elsewhere. No colours anywhere.

The compiler is kept waiting for its input, a pipe, so that the time is the same on every machine.

usage: test_status_line.py BIN
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import onnx
from onnx import TensorProto, helper

BIN = Path(sys.argv.pop()).resolve()
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


def model() -> bytes:
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Tanh", ["x"], ["y"])], "g", value[:1], value[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


class StatusLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        os.mkfifo(self.folder / "model.onnx")

    def compile(self, terminal, *options, seconds=2.8, contents=None, **environment):
        """What taoc writes to stderr while its input comes late."""
        reader, writer = pty.openpty() if terminal else os.pipe()
        process = subprocess.Popen([BIN / "taoc", self.folder / "model.onnx", "-o", self.folder / "model.so", *options],
                                   stderr=writer, stdout=subprocess.PIPE, env={**os.environ, **environment})
        os.close(writer)

        def feed():
            with open(self.folder / "model.onnx", "wb") as pipe:
                time.sleep(seconds)
                pipe.write(model() if contents is None else contents)
        feeder = threading.Thread(target=feed)
        feeder.start()
        text = b""
        while True:
            try:
                piece = os.read(reader, 4096)
            except OSError:  # the terminal's other end is closed
                break
            if not piece:
                break
            text += piece
        feeder.join()
        os.close(reader)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(out, b"")
        self.assertIsNone(COLOUR.search(text), text)
        return process.returncode, text

    def test_terminal(self):
        for environment in ({}, {"NO_COLOR": "1"}):
            code, text = self.compile(True, **environment)
            self.assertEqual(code, 0, text)
            self.assertRegex(text, rb"^\[1/8 read\]   2s")
            # The line is wiped, and nothing stays.
            self.assertTrue(text.endswith(b"\r\x1b[K"), text)
            self.assertNotIn(b"\n", text)

    def test_quick(self):
        self.assertEqual(self.compile(True, seconds=0), (0, b""))

    def test_error_stands_on_a_clean_line(self):
        code, text = self.compile(True, contents=b"")
        self.assertEqual(code, 1)
        last = text.split(b"\r\x1b[K")[-1]
        self.assertRegex(last, rb"^.*model.onnx: error\[TAO-E002\]")

    def test_elsewhere(self):
        self.assertEqual(self.compile(False), (0, b""))
        code, text = self.compile(True, "-v", seconds=2.5)
        self.assertEqual(code, 0)
        self.assertRegex(text, rb"^\[1/8 read\] 1 node")
        self.assertNotIn(b"\x1b", text)


if __name__ == "__main__":
    unittest.main()
