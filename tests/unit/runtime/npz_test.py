# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tao-run's reader and writer of numpy files against numpy. Usage: npz_test.py NPZ_ROUND_TRIP"""
import os
import random
import subprocess
import sys
import tempfile
import unittest
import zipfile

import numpy as np

PROGRAM = sys.argv.pop()
DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "V2"]
SHAPES = [(), (1,), (0,), (5,), (3, 4), (2, 0, 3), (2, 3, 4, 5)]


def make(dtype, shape, seed=0):
    high = 2 if dtype == "?" else 256
    raw = np.random.default_rng(seed).integers(0, high, shape + (np.dtype(dtype).itemsize,), np.uint8)
    return np.ascontiguousarray(raw).view(dtype).reshape(shape)


class Npz(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.source = os.path.join(self.folder.name, "in.npz")
        self.target = os.path.join(self.folder.name, "out.npz")

    def run_program(self, source=None, target=None):
        return subprocess.run([PROGRAM, source or self.source, target or self.target], capture_output=True, text=True,
                              errors="replace")

    def expect_equal(self, arrays):
        result = self.run_program()
        self.assertEqual(result.returncode, 0, result.stderr)
        with np.load(self.target) as got:
            self.assertEqual(set(got.files), set(arrays))
            for name, array in arrays.items():
                self.assertEqual(got[name].dtype, array.dtype.newbyteorder("="), name)
                self.assertEqual(got[name].shape, array.shape, name)
                self.assertEqual(got[name].tobytes(), array.astype(array.dtype.newbyteorder("=")).tobytes(), name)

    def test_every_dtype_and_shape(self):
        arrays = {f"{d}/{s}": make(d, s) for d in DTYPES for s in SHAPES}
        np.savez(self.source, **arrays)
        self.expect_equal(arrays)
        np.savez_compressed(self.source, **arrays)
        self.expect_equal(arrays)

    def test_orders(self):
        arrays = {"f": np.asfortranarray(make("f4", (3, 4, 5))), "b": make("f4", (7,)).astype(">f4"),
                  "c": np.asfortranarray(make("i8", (3, 2))).astype(">i8", order="K")}
        np.savez(self.source, **arrays)
        self.expect_equal(arrays)

    def test_npy(self):
        array = make("f4", (3, 4))
        source, target = self.source[:-1] + "y", self.target[:-1] + "y"
        np.save(source, array)
        self.assertEqual(self.run_program(source, target).returncode, 0)
        np.testing.assert_array_equal(np.load(target).view("u4"), array.view("u4"))
        with open(source, "rb") as a, open(target, "rb") as b:
            self.assertEqual(a.read(), b.read())

    def test_header_versions(self):
        array = make("f4", (3, 4))
        with zipfile.ZipFile(self.source, "w") as archive:
            for version in [(1, 0), (2, 0), (3, 0)]:
                with archive.open(f"v{version[0]}.npy", "w") as member:
                    np.lib.format.write_array(member, array, version)
        self.expect_equal({f"v{i}": array for i in (1, 2, 3)})

    def test_archive_comment_and_other_methods(self):
        array = make("f4", (300,))
        np.savez(self.source, x=array)
        with zipfile.ZipFile(self.source, "a") as archive:
            archive.comment = b"a comment " * 30
        self.expect_equal({"x": array})
        with zipfile.ZipFile(self.source, "w", zipfile.ZIP_BZIP2) as archive:
            with archive.open("x.npy", "w") as member:
                np.lib.format.write_array(member, array)
        result = self.run_program()
        self.assertEqual(result.returncode, 1)
        self.assertIn("compressed by method 12", result.stderr)

    def test_refused_types(self):
        for dtype in ["U1", "c8", [("a", "f4")], "f16", "V3"]:
            array = np.zeros(2, dtype)
            np.savez(self.source, x=array)
            result = self.run_program()
            self.assertEqual(result.returncode, 1, array.dtype)
            self.assertIn("models", result.stderr)

    def test_equal_arrays_give_equal_files(self):
        np.savez(self.source, x=make("f4", (3,)))
        self.run_program()
        with open(self.target, "rb") as file:
            first = file.read()
        self.run_program()
        with open(self.target, "rb") as file:
            self.assertEqual(file.read(), first)

    def test_damaged_files(self):
        """Any damage ends in a message or, where it hits nothing that matters, in a result; never in a signal."""
        rng = random.Random(1)
        np.savez_compressed(self.source, x=make("f4", (20, 3)), y=np.arange(5))
        with open(self.source, "rb") as file:
            whole = file.read()
        for case in range(150):
            data = bytearray(whole)
            if case % 3 == 0:
                del data[rng.randrange(len(data)):]
            else:
                for _ in range(rng.choice([1, 4])):
                    data[rng.randrange(len(data))] = rng.choice([0, 1, 0x7f, 0xff, rng.randrange(256)])
            with open(self.source, "wb") as file:
                file.write(data)
            result = self.run_program()
            self.assertIn(result.returncode, (0, 1), f"case {case}: {result.stderr}")
            self.assertEqual(result.returncode == 1, bool(result.stderr), case)

    def test_lying_headers(self):
        for shape in ["(1000000000000,)", "(-1,)", "(9999999999999999999999,)", "(2, 2", "(3,)"]:
            header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
            with open(self.source, "wb") as file:
                file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(16))
            self.assertEqual(self.run_program().returncode, 1, shape)


if __name__ == "__main__":
    unittest.main()
