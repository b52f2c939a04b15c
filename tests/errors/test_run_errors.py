#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What goes wrong when a compiled model runs: wrong inputs, damaged files, full disks, other machines. Each ends in the
documented exit code and a message, and leaves no file behind.

usage: test_run_errors.py BIN
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BIN = Path(sys.argv.pop()).resolve()


def save_model(path: Path) -> None:
    """y = gather(x + bias, index): float[rows, 4], int64[n] -> float[n, 4]."""
    values = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 4]),
              helper.make_tensor_value_info("index", TensorProto.INT64, ["n"])]
    nodes = [helper.make_node("Add", ["x", "bias"], ["sum"]), helper.make_node("Gather", ["sum", "index"], ["y"], name="pick")]
    graph = helper.make_graph(nodes, "picker", values, [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 4])],
                              [numpy_helper.from_array(np.arange(4, dtype=np.float32), "bias")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def can_mount() -> bool:
    """Whether a file system of a few pages can be had, on which a disk is soon full."""
    command = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return shutil.which("unshare") is not None and subprocess.run(command, capture_output=True).returncode == 0


class RunErrors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory()
        save_model(Path(cls.shared.name) / "model.onnx")
        subprocess.run([BIN / "taoc", "model.onnx", "-o", "model.so", "--cpu=x86-64-v3"], cwd=cls.shared.name, check=True)

    @classmethod
    def tearDownClass(cls):
        cls.shared.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ("model.onnx", "model.so"):
            shutil.copy(Path(self.shared.name) / name, self.folder)
        self.arrays = {"x": np.ones((3, 4), np.float32), "index": np.array([0, 2])}
        np.savez(self.folder / "in.npz", **self.arrays)

    def run_model(self, *arguments, model="model.so"):
        return subprocess.run([BIN / "tao-run", model, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=60)

    def refuse(self, code, error, message, *arguments, model="model.so"):
        before = sorted(os.listdir(self.folder))
        done = self.run_model(*arguments, model=model)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.startswith(f"tao-run: error[TAO-{error}]: "), done.stderr)
        self.assertIn(message, done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def refuse_inputs(self, message, **changes):
        arrays = {name: value for name, value in {**self.arrays, **changes}.items() if value is not None}
        np.savez(self.folder / "in.npz", **arrays)
        self.refuse(1, "R004", message, "--input=in.npz", "--output=out.npz")
        # Compiled in process, or interpreted, it is the same.
        self.refuse(1, "R004", message, "--input=in.npz", "--output=out.npz", model="model.onnx")

    def test_inputs(self):
        self.assertEqual(self.run_model("--input=in.npz", "--output=out.npz").returncode, 0)
        (self.folder / "out.npz").unlink()
        self.refuse_inputs("missing: 'index', int64 [n]", index=None)
        self.refuse_inputs("unknown: 'indices'; the model's inputs are 'x', 'index'", indices=np.array([0]))
        self.refuse_inputs("'x' is float32 3x5, expected float32 [rows, 4]", x=np.ones((3, 5), np.float32))
        self.refuse_inputs("'x' is float32 4, expected float32 [rows, 4]", x=np.ones(4, np.float32))
        self.refuse_inputs("'x' is float64 3x4, expected float32 [rows, 4]", x=np.ones((3, 4)))
        self.refuse_inputs("'index' is int32 2, expected int64 [n]", index=np.array([0, 2], np.int32))
        # All that is wrong is said at once.
        self.refuse_inputs("missing: 'index', int64 [n]\n  unknown: 'i'", index=None, i=np.array([0]))

    def test_failure_that_depends_on_values(self):
        np.savez(self.folder / "in.npz", **{**self.arrays, "index": np.array([0, 3])})
        self.refuse(1, "R008", "index out of", "--input=in.npz", "--output=out.npz")
        self.refuse(1, "R008", "index out of", "--input=in.npz", "--output=out.npz", model="model.onnx")

    def test_empty_tensors(self):
        np.savez(self.folder / "in.npz", x=np.ones((0, 4), np.float32), index=np.zeros(0, np.int64))
        self.assertEqual(self.run_model("--input=in.npz", "--output=out.npz").returncode, 0)
        self.assertEqual(np.load(self.folder / "out.npz")["y"].shape, (0, 4))

    def test_damaged_archives(self):
        whole = (self.folder / "in.npz").read_bytes()
        for length in range(0, len(whole), 61):
            (self.folder / "in.npz").write_bytes(whole[:length])
            self.refuse(1, "R003", "'in.npz", "--input=in.npz")
        # One byte at a time: refused, of other inputs, or, where it says nothing, taken.
        for at in range(0, len(whole), 37):
            (self.folder / "in.npz").write_bytes(whole[:at] + bytes([whole[at] ^ 0xff]) + whole[at + 1:])
            done = self.run_model("--input=in.npz")
            self.assertIn(done.returncode, (0, 1), f"byte {at}: {done.stderr}")
            self.assertEqual(done.returncode == 1, done.stderr.startswith("tao-run: error[TAO-R00"), done.stderr)
        for name, contents, message in [("x.npy", b"no array", "is not a .npy file"),
                                        ("x.npy", b"\x93NUMPY\x01\x00\xff\xff{", "")]:
            with zipfile.ZipFile(self.folder / "in.npz", "w") as archive:
                archive.writestr(name, contents)
            self.refuse(1, "R003", message, "--input=in.npz")
        np.savez(self.folder / "in.npz", x=np.array([None, 1], dtype=object), index=self.arrays["index"])
        self.refuse(1, "R003", "'in.npz', key 'x'", "--input=in.npz")

    def test_damaged_models(self):
        whole = (self.folder / "model.so").read_bytes()
        for length in (0, 1, 63, 64, 200, 4095, 4096, len(whole) // 2):
            (self.folder / "bad.so").write_bytes(whole[:length])
            self.refuse(1, "R006", "'bad.so' ", "--random", model="bad.so")
        for offset, value in [(0, b"\x00"), (4, b"\x01"), (16, b"\x02\x00"), (18, b"\x28\x00"), (32, b"\xff" * 8),
                              (54, b"\x00\x01"), (56, b"\xff\xff")]:
            (self.folder / "bad.so").write_bytes(whole[:offset] + value + whole[offset + len(value):])
            self.refuse(1, "R006", "'bad.so' ", "--random", model="bad.so")
        # A library that is none of tao's.
        library = next(path for path in ("/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6", "/usr/lib/libm.so.6")
                       if os.path.exists(path))
        self.refuse(1, "R006", "does not export tao_model_query", "--random", model=self.copy(library, "m.so"))

    def copy(self, source, name):
        shutil.copy(source, self.folder / name)
        return name

    def test_other_machines(self):
        """A model for a feature that no CPU has."""
        whole = (self.folder / "model.so").read_bytes()
        self.assertIn(b"avx2,", whole)
        (self.folder / "other.so").write_bytes(whole.replace(b"avx2,", b"avx9,"))
        self.refuse(1, "R007", "this CPU lacks: avx9", "--random", model="other.so")

    def test_unwritable_outputs(self):
        for output, message in [("no/out.npz", "No such file or directory"), ("/dev/full", "No space left on device"),
                                (".", "Is a directory")]:
            for option in ("output", "trace"):
                self.refuse(4, "R005", message, "--input=in.npz", f"--{option}={output}")
        done = subprocess.run(f"{BIN}/tao-run model.so --random --dim=rows=4 --bench --iters=3 > /dev/full", shell=True, cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 4)
        self.assertIn("error[TAO-R005]", done.stderr)

    @unittest.skipUnless(can_mount(), "needs user namespaces")
    def test_full_disk(self):
        """Files that do not fit: the old ones stay, and no part of the new ones."""
        (self.folder / "disk").mkdir()
        commands = [("tao-run", "R005", f"{BIN}/tao-run model.so --random --dim=rows=4 --dim=n=20000 --output=disk/out.npz"),
                    ("taoc", "E031", f"{BIN}/taoc model.onnx -o disk/model.so"),
                    ("taoc", "E031", f"{BIN}/taoc model.onnx -o model2.so --dump-phases=disk/phases")]
        for tool, error, command in commands:
            script = (f"mount -t tmpfs -o size=12k none disk && echo old > disk/out.npz && echo old > disk/model.so\n"
                      f"{command}\ncode=$?\ncat disk/out.npz disk/model.so\nfind disk -type f\nexit $code")
            done = subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script], cwd=self.folder,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertIn(f"error[TAO-{error}]", done.stderr)
            self.assertIn("No space left on device", done.stderr)
            self.assertTrue(done.stdout.startswith("old\nold\n"), done.stdout)
            self.assertNotIn("tmp", done.stdout)


if __name__ == "__main__":
    unittest.main()
