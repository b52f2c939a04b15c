# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tao.compile and tao.load: forms of a model, options, diagnostics, and a compiler that misbehaves."""

import os
import pickle
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
from models import affine, parse

import tao

X = np.arange(8, dtype=np.float32).reshape(2, 4)


class Folder(unittest.TestCase):
    """Each test has a folder, in which temporary files are made as well; nothing may be left of these."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        patch = mock.patch.object(tempfile, "tempdir", str(self.temporary))
        patch.start()
        self.addCleanup(patch.stop)
        self.addCleanup(lambda: self.assertEqual(list(self.temporary.iterdir()), []))

    def check(self, model):
        np.testing.assert_array_equal(np.asarray(model(X)), 2 * X + 1)

    def script(self, text: str) -> str:
        """A program that stands for taoc."""
        path = self.folder / "taoc"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)


class Models(Folder):
    def test_forms_of_a_model(self):
        content = affine().SerializeToString()
        path = self.folder / "model.onnx"
        path.write_bytes(content)
        for model in (affine(), content, bytearray(content), memoryview(content), path, str(path)):
            self.check(tao.compile(model))

    def test_odd_file_names(self):
        path = self.folder / "-o \u00e4.onnx"
        path.write_bytes(affine().SerializeToString())
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            self.check(tao.compile(path.name, output="m\u00f6del.so"))
            self.check(tao.load("m\u00f6del.so"))
        finally:
            os.chdir(before)

    def test_external_data(self):
        import onnx

        model = parse("wide (float[2, 300] x) => (float[2, 300] y) { y = Add(x, w) }")
        w = np.arange(300, dtype=np.float32)
        model.graph.initializer.append(onnx.numpy_helper.from_array(w, "w"))
        path = self.folder / "model.onnx"
        onnx.save(model, path, save_as_external_data=True, location="weights", size_threshold=0)
        y = tao.compile(path)(np.zeros((2, 300), np.float32))
        np.testing.assert_array_equal(np.asarray(y), [w, w])
        with self.assertRaises(tao.CompileError) as caught:  # bytes have no folder
            tao.compile(path.read_bytes())
        self.assertIn("give the model by its path", caught.exception.diagnostics[0].hint)

    def test_output_is_kept_and_loads(self):
        path = self.folder / "model.so"
        self.check(tao.compile(affine(), output=path))
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["model.so", "tmp"])
        for given in (path, str(path)):
            loaded = tao.load(given, threads=1)
            self.check(loaded)
        report = loaded.explain()
        self.assertEqual(report["model"], "affine")
        (kernel,) = report["kernels"]
        self.assertEqual((kernel["kind"], sorted(kernel["nodes"])), ("memory", ["scale", "shift"]))
        self.assertEqual(report["totals"], {"memory_kernels": 1, "math_kernels": 0, "arena_bytes": 0})

    def test_explanation(self):
        model = tao.compile(affine(), shapes={"x": "100x4"})
        report = model.explain()
        self.assertEqual(report["kernels"][0]["read_bytes"], 1600)
        report.clear()  # it is the caller's
        self.assertIn("totals", model.explain())

    def test_shapes(self):
        self.assertEqual(tao.compile(affine(), shapes={"x": (3, 4)}).inputs[0].shape, (3, 4))
        self.assertEqual(tao.compile(affine(), shapes={"x": (None, np.int64(4))}).inputs[0].shape[1], 4)
        bounded = tao.compile(affine(), shapes={"x": [(1, 8), 4]})
        self.assertEqual(bounded(X).shape, (2, 4))
        likely = tao.compile(affine(), shapes={"x": ["1..64@5", 4]})
        self.assertEqual(likely.explain()["shape"], {"rows": 5})

    def test_options(self):
        model = tao.compile(affine(), arch="x86-64-v3", options=["--fusion=none"])
        self.assertEqual((model.cpu, len(model.explain()["kernels"])), ("x86-64-v3", 2))

    def test_not_a_model(self):
        with self.assertRaisesRegex(TypeError, "expected a path, bytes or an onnx.ModelProto, not 'int'"):
            tao.compile(3)

        class Large:
            def SerializeToString(self):
                raise ValueError("exceeds maximum protobuf size of 2GB")

        with self.assertRaisesRegex(ValueError, "2GB. One of more than 2 GB must be saved with its weights as external data"):
            tao.compile(Large())


class Diagnostics(Folder):
    def diagnose(self, *arguments, **options):
        with self.assertRaises(tao.CompileError) as caught:
            tao.compile(*arguments, **options)
        return caught.exception

    def test_all_at_once_with_their_nodes(self):
        error = self.diagnose(parse("bad (float[4] x) => (float[4] y, float[4] z) "
                                    "{ [first] y = Relu(nowhere) [second] z = Neg(nothing) }"))
        first, second = error.diagnostics
        self.assertEqual((first.code, first.node, first.op, first.opset, first.file, first.hint, first.details),
                         ("TAO-E009", "first", "Relu", 17, "<model>", "", ()))
        self.assertEqual(first.reason, "input 0, 'nowhere', is not defined by any input, initializer or node")
        self.assertTrue(first.message.startswith(first.reason + "\n  node  'first'"))
        self.assertEqual((second.node, second.op), ("second", "Neg"))
        self.assertEqual(str(error), f"<model>: error[TAO-E009]: {first.message}\n<model>: error[TAO-E009]: {second.message}")
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((str(again), again.diagnostics), (str(error), error.diagnostics))

    def test_a_file(self):
        path = str(self.folder / "none.onnx")
        (diagnostic,) = self.diagnose(path).diagnostics
        self.assertEqual((diagnostic.code, diagnostic.file), ("TAO-E001", path))

    def test_options(self):
        error = self.diagnose(affine(), target="gpu", arch="sm_90", precision="fp8", options=["--nonsense"])
        self.assertEqual([d.code for d in error.diagnostics], ["TAO-E030"] * 3)
        self.assertEqual(error.diagnostics[0].reason, "'gpu' is no value of --target; it takes cpu|cuda")
        self.assertEqual(error.diagnostics[2].hint, "taoc --help lists the options")
        self.assertEqual(self.diagnose(affine(), arch="pentium9").diagnostics[0].reason, "unknown CPU 'pentium9'")
        self.assertEqual(self.diagnose(affine(), shapes={"q": (1,)}).diagnostics[0].code, "TAO-E020")

    def test_more_than_fit_in_a_message(self):
        nodes = " ".join(f"[n{i}] y{i} = Relu(none{i})" for i in range(25))
        outputs = ", ".join(f"float[4] y{i}" for i in range(25))
        error = self.diagnose(parse(f"many (float[4] x) => ({outputs}) {{ {nodes} }}"))
        self.assertEqual(len(error.diagnostics), 25)
        self.assertTrue(str(error).endswith("\n5 more errors"))

    def test_output_that_cannot_be_written(self):
        (diagnostic,) = self.diagnose(affine(), output=self.folder / "no" / "model.so").diagnostics
        self.assertEqual(diagnostic.code, "TAO-E031")


class Compiler(Folder):
    def failure(self, taoc, **options):
        with self.assertRaises(tao.CompileError) as caught:
            tao.compile(affine(), taoc=taoc, **options)
        self.assertEqual(caught.exception.diagnostics, ())
        return str(caught.exception).replace(str(self.folder), "DIR")

    def test_missing(self):
        self.assertEqual(self.failure(self.folder / "none"),
                         "the compiler 'DIR/none' cannot be started: No such file or directory")
        with mock.patch.object(tao._compile, "__file__", str(self.folder / "compile.py")), mock.patch.dict(os.environ, PATH=str(self.folder)):
            self.assertRegex(self.failure(None), r"no compiler: looked for 'DIR/_native/bin/taoc', then for taoc in PATH")
            self.script("exit 3")
            self.assertIn("taoc' ended with exit code 3", self.failure(None))

    def test_crashed(self):
        self.assertEqual(self.failure(self.script("echo about to; kill -SEGV $$")),
                         "the compiler 'DIR/taoc' was ended by SIGSEGV")
        self.assertEqual(self.failure(self.script("echo no memory >&2; exit 9")),
                         "the compiler 'DIR/taoc' ended with exit code 9: no memory")

    def test_library_missing(self):
        said = "taoc: error while loading shared libraries: libMLIR.so.22.1: cannot open shared object file"
        self.assertRegex(self.failure(self.script(f"echo '{said}' >&2; exit 127")),
                         "the shared library libMLIR.so.22.1 is missing. tao.compile needs .* LLVM and MLIR 22")

    def test_nothing_written(self):
        with self.assertRaisesRegex(FileNotFoundError, "model.so"):
            tao.compile(affine(), taoc=self.script("exit 0"))

    def test_timeout(self):
        taoc, child = self.script(f"sleep 100 & echo $! > {self.folder}/child; wait"), self.folder / "child"
        start = time.monotonic()
        with self.assertRaisesRegex(TimeoutError, "<model>: taoc did not finish within 0.5 s"):
            tao.compile(affine(), taoc=taoc, timeout=0.5)
        self.assertLess(time.monotonic() - start, 30)
        self.assertEnded(int(child.read_text()))

    def test_timeout_of_a_stubborn_one(self):
        with self.assertRaises(TimeoutError):
            tao.compile(affine(), taoc=self.script("trap '' TERM; while :; do sleep 1; done"), timeout=0.2)

    def test_interrupt(self):
        child = self.folder / "child"
        taoc = self.script(f"echo $$ > {child}.new; mv {child}.new {child}; exec sleep 100")
        program = f"import tao\ntry: tao.compile(b'', taoc={taoc!r})\nexcept KeyboardInterrupt: print('interrupted')"
        environment = {**os.environ, "TMPDIR": str(self.temporary)}
        with subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE) as process:
            while not child.exists() and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.communicate(timeout=60)[0], b"interrupted\n")
        self.assertEnded(int(child.read_text()))

    def test_no_place_for_temporary_files(self):
        with mock.patch.object(tempfile, "tempdir", str(self.folder / "none")):
            with self.assertRaisesRegex(FileNotFoundError, "none"):
                tao.compile(affine())

    def assertEnded(self, pid: int):
        """Nobody waits for a grandchild, so that it may stay as a zombie."""
        for _ in range(1000):
            try:
                if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    return
            except OSError:
                return
            time.sleep(0.01)
        self.fail(f"process {pid} is still running")


class Load(Folder):
    def test_what_is_no_model(self):
        with self.assertRaisesRegex(FileNotFoundError, "none.so"):
            tao.load(self.folder / "none.so")
        with self.assertRaisesRegex(OSError, "tmp"):
            tao.load(self.temporary)
        text = self.folder / "text.so"
        text.write_text("no library")
        with self.assertRaisesRegex(ValueError, "text.so"):
            tao.load(text)
        with self.assertRaisesRegex(ValueError, "does not export tao_model_query"):
            tao.load(tao._core.__file__)
        with self.assertRaises(TypeError):
            tao.load(None)

    def test_threads(self):
        path = self.folder / "model.so"
        tao.compile(affine(), output=path)
        self.assertEqual(tao.load(path).threads, 0)
        with self.assertRaisesRegex(ValueError, "num_threads is 100000"):
            tao.load(path, threads=100000)


if __name__ == "__main__":
    unittest.main()
