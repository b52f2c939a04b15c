# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command line of tao-run on the sample model: results, messages, exit codes.

Usage: tao_run_test.py TAO_RUN SAMPLE.SO FAKE_COMPILER.SO"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

FAKE_COMPILER, SAMPLE, TAO_RUN = sys.argv.pop(), sys.argv.pop(), sys.argv.pop()


class TaoRun(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.x = np.arange(20, dtype=np.float32).reshape(5, 4)
        np.savez(self.path("in.npz"), x=self.x)
        np.savez(self.path("ref.npz"), y=2.0 * self.x + 1, s=self.x.sum(1))

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_tool(self, *arguments, model=SAMPLE, code=0):
        result = subprocess.run([TAO_RUN, *([model] if model else []), *arguments], capture_output=True, text=True)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def refused(self, message, *arguments, code, error, **options):
        result = self.run_tool(*arguments, code=code, **options)
        self.assertEqual(result.stdout, "")
        self.assertTrue(result.stderr.startswith(f"tao-run: error[TAO-{error}]: "), result.stderr)
        self.assertIn(message, result.stderr)

    def test_input_and_output(self):
        result = self.run_tool(f"--input={self.path('in.npz')}", f"--output={self.path('out.npz')}", "--threads=2")
        self.assertEqual(result.stdout + result.stderr, "")
        with np.load(self.path("out.npz")) as out:
            np.testing.assert_array_equal(out["y"], 2 * self.x + 1)
            np.testing.assert_array_equal(out["s"], self.x.sum(1))
        self.assertEqual(sorted(os.listdir(self.folder)), ["in.npz", "out.npz", "ref.npz"])

    def test_devices(self):
        inputs = f"--input={self.path('in.npz')}"
        self.refused("was compiled for cpu, not for --target=cuda", inputs, "--target=cuda", code=2, error="R001")
        self.run_tool(inputs, "--target=cpu")
        self.refused("--target: 'tpu' is neither cpu nor cuda", inputs, "--target=tpu", code=2, error="R001")
        self.refused("--emulate needs --target=cuda", inputs, "--emulate", code=2, error="R001")
        self.refused("--schedule needs --emulate", inputs, "--schedule=3", code=2, error="R001")
        self.refused("--interpret and --target exclude each other", "--interpret", "--target=cuda", model="x.mlir", code=2,
                     error="R001")

    def test_npy_input(self):
        np.save(self.path("in.npy"), self.x)
        self.run_tool(f"--input={self.path('in.npy')}", f"--verify={self.path('ref.npz')}")
        self.refused("a .npy file holds one array", f"--input={self.path('in.npy')}", f"--output={self.path('o.npy')}",
                     code=2, error="R001")

    def test_verify(self):
        self.run_tool(f"--input={self.path('in.npz')}", f"--verify={self.path('ref.npz')}")
        np.savez(self.path("ref.npz"), y=2.0 * self.x + 1.5, s=self.x.sum(1)[:3])
        self.refused("'y' has error 0.0126", f"--input={self.path('in.npz')}", f"--verify={self.path('ref.npz')}",
                     code=1, error="R009")
        self.refused("'s' is float32 5, the reference is float32 3", f"--input={self.path('in.npz')}",
                     f"--verify={self.path('ref.npz')}", "--tolerance=1", code=1, error="R009")

    def test_verify_knows_nan(self):
        self.x[0, 0] = np.nan
        np.savez(self.path("in.npz"), x=self.x)
        self.refused("'y' has error inf", f"--input={self.path('in.npz')}", f"--verify={self.path('ref.npz')}", code=1,
                     error="R009")
        np.savez(self.path("ref.npz"), y=2.0 * self.x + 1, s=self.x.sum(1))
        self.run_tool(f"--input={self.path('in.npz')}", f"--verify={self.path('ref.npz')}")

    def test_random(self):
        def output(*arguments):
            self.run_tool("--random", f"--output={self.path('out.npz')}", *arguments)
            with np.load(self.path("out.npz")) as out:
                return out["y"]
        first = output("--dim=batch=3")
        self.assertEqual(first.shape, (3, 4))
        np.testing.assert_array_equal(first, output("--shape=x:3x4"))
        self.assertFalse(np.array_equal(first, output("--shape=x:3x4", "--seed=1")))
        self.assertEqual(output().shape, (1, 4))
        in_range = output("--dim", "batch=100", "--range=x:10:20")
        self.assertTrue(21 <= in_range.min() and in_range.max() < 41)

    def test_bench(self):
        result = json.loads(self.run_tool("--random", "--dim=batch=4096", "--bench", "--threads=2", "--iters=20",
                                          "--warmup=2", "--json").stdout)
        self.assertEqual(result["iterations"], 20)
        self.assertGreater(result["median_ms"], 0)
        self.assertGreaterEqual(result["median_ms"], result["min_ms"])
        self.assertGreater(result["peak_bytes"], 1 << 16)
        self.assertIn(result["allocations_per_run"], (0, None))
        self.assertIn(result["tao_allocations_per_run"], (0, None))
        self.assertIn("median", self.run_tool("--random", "--bench", "--iters=3").stdout)

    def test_input_mismatch_lists_everything(self):
        np.savez(self.path("in.npz"), z=self.x, w=self.x)
        self.refused("does not fit the model:\n  missing: 'x', float32 [batch, 4]\n"
                     "  unknown: 'w'; the model's inputs are 'x'\n  unknown: 'z'", f"--input={self.path('in.npz')}", code=1,
                     error="R004")
        np.savez(self.path("in.npz"), x=self.x[:, :3].astype(np.float64))
        self.refused("'x' is float64 5x3, expected float32 [batch, 4]", f"--input={self.path('in.npz')}", code=1,
                     error="R004")
        self.refused("the model has no dynamic size 'n'\n  --shape: the model has no input 'q'", "--random",
                     "--dim=n=2", "--shape=q:3", "--shape=x:1x5", code=1, error="R004")

    def test_files(self):
        self.refused("No such file", f"--input={self.path('none.npz')}", code=4, error="R002")
        self.refused("neither a .npz nor a .npy file", f"--input={SAMPLE}", code=1, error="R003")
        self.refused("No such file", model=self.path("none.so"), code=4, error="R002")
        for name, contents, message in [("empty.so", b"", "is empty"),
                                        ("text.so", b"hello" * 100, "not a shared library")]:
            with open(self.path(name), "wb") as file:
                file.write(contents)
            self.refused(message, model=self.path(name), code=1, error="R006")
        with open(SAMPLE, "rb") as whole, open(self.path("cut.so"), "wb") as cut:
            cut.write(whole.read()[:9000])
        self.refused("is truncated", model=self.path("cut.so"), code=1, error="R006")
        self.refused("No such file", model=self.path("none.onnx"), code=4, error="R002")

    def test_unwritable_output(self):
        self.refused("No such file or directory", "--random", f"--output={self.path('no/out.npz')}", code=4,
                     error="R005")
        self.refused("No space left on device", "--random", "--output=/dev/full", code=4, error="R005")
        self.refused("cannot be written", "--random", f"--output={self.folder}", code=4, error="R005")

    def test_usage(self):
        for message, arguments in [("did you mean --threads?", ["--random", "--thread=2"]),
                                   ("exclude each other", ["--random", f"--input={self.path('in.npz')}"]),
                                   ("--json needs --bench", ["--random", "--json"]),
                                   ("not of the form", ["--random", "--shape=x"]),
                                   ("is not a size", ["--random", "--shape=x:1xq"]),
                                   ("not of the form", ["--random", "--range=x:1"]),
                                   ("is empty", ["--random", "--range=x:1:1"]), ("need --random", ["--dim=batch=2"]),
                                   ("give --input=FILE or --random", []), ("--threads must be", ["--threads=-1"])]:
            self.refused(message, *arguments, code=2, error="R001")
        self.refused("no model is given", model=None, code=2, error="R001")
        self.refused("are for .onnx and .mlir files", "--random", "--interpret", code=2, error="R001")

    def compile_and_run(self, text, *arguments, code=0):
        """tao-run beside the fake compiler, as installed, on a file with this text."""
        for folder in ("bin", "lib"):
            os.makedirs(self.path(folder), exist_ok=True)
        shutil.copy(TAO_RUN, self.path("bin/tao-run"))
        shutil.copy(FAKE_COMPILER, self.path("lib/libtao-compiler.so"))
        with open(self.path("f.mlir"), "w") as file:
            file.write(text)
        result = subprocess.run([self.path("bin/tao-run"), self.path("f.mlir"), *arguments], capture_output=True,
                                text=True)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def test_compile_in_process(self):
        for mode in ([], ["--interpret"]):
            result = self.compile_and_run("good good", *mode)
            self.assertEqual(result.stdout + result.stderr, "".join(f"option {m}\n" for m in mode))
            self.compile_and_run("good", f"--output={self.path('out.npz')}", *mode)
            with np.load(self.path("out.npz")) as out:
                self.assertEqual(out["y"][1, 2], 13)
            self.compile_and_run("good wrong", "--function=good", *mode)
            result = self.compile_and_run("good wrong", *mode, code=1)
            self.assertIn("error[TAO-R010]: checks do not hold:\n"
                          "  f.mlir:7:5: 7 of 8 elements differ, first at [0, 0]: expected 0, got 1\n"
                          "  f.mlir:8:5: expected float32 2, got float32 2x4\n", result.stderr)
        self.assertIn("median", self.compile_and_run("good", "--bench", "--iters=3").stdout)
        self.assertIn("option --fusion=none", self.compile_and_run("good", "--compile-option=fusion=none").stderr)
        self.assertIn("two rows were expected",
                      self.compile_and_run("good", "--interpret", f"--input={self.path('in.npz')}", code=1).stderr)
        refused = self.compile_and_run("refuse", code=1)
        self.assertIn("model refused\ntao-run: error[TAO-R012]: ", refused.stderr)
        self.assertIn("choose by --function among good, wrong",
                      self.compile_and_run("good wrong", "--bench", code=2).stderr)
        self.assertIn("error[TAO-R013]: the compiler's image is of another version than tao-run",
                      self.compile_and_run("older", code=3).stderr)
        self.assertIn("no function 'g'", self.compile_and_run("good", "--function=g", code=2).stderr)

    def test_no_compiler(self):
        os.makedirs(self.path("bin"))
        shutil.copy(TAO_RUN, self.path("bin/tao-run"))
        with open(self.path("m.onnx"), "w"):
            pass
        result = subprocess.run([self.path("bin/tao-run"), self.path("m.onnx")], capture_output=True, text=True)
        self.assertEqual(result.returncode, 3)
        self.assertIn("error[TAO-R011]: ", result.stderr)
        self.assertIn("lib/libtao-compiler.so", result.stderr)

    def test_help_and_version(self):
        self.assertIn("--random", self.run_tool("--help", model=None).stdout)
        self.assertRegex(self.run_tool("--version", model=None).stdout, r"^tao-run \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
