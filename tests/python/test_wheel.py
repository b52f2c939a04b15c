# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds the wheel around the compiler of a build tree, installs it into an empty environment and runs a model there.

usage: test_wheel.py BUILD

Nothing is fetched: the build's requirements are those of this environment, and the new one gets the wheel alone.
"""

import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from models import affine

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import array, sys
import tao
assert tao.__file__.startswith(sys.prefix), tao.__file__
x = memoryview(array.array("f", range(8))).cast("B").cast("f", (2, 4))
model = tao.compile(sys.argv[1], output=sys.argv[2])
y = memoryview(model(x)).tolist()
assert y == [[1, 3, 5, 7], [9, 11, 13, 15]], y
assert memoryview(tao.load(sys.argv[2])(x=x)).tolist() == y
assert model.explain()["kernels"][0]["nodes"] == ["scale", "shift"]
assert not {"numpy", "onnx"} & set(sys.modules)
print("ran", y)
"""


def run(*command: object, **options) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def main() -> None:
    build = Path(sys.argv[1]).resolve()
    scratch = build / "tests" / "wheel-scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)

    # A build folder of its own that stays: a second run compiles only what has changed.
    run(sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", scratch,
        "-C", f"build-dir={build / 'tests' / 'wheel-build'}", "-C", f"cmake.define.TAO_TOOLS_FROM={build}")
    (wheel,) = scratch.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("tao/")}
    python = {f"tao/{path.name}" for path in (ROOT / "runtime" / "python" / "tao").iterdir() if path.is_file()}
    native = {"tao/_native/bin/taoc", "tao/_native/lib/libtao-compiler.so.0", "tao/_native/lib/libtao_runtime.a"}
    assert python | native | {"tao/_core.pyi"} <= names, sorted(names)
    (extension,) = names - python - native - {"tao/_core.pyi"}
    assert extension.startswith("tao/_core."), extension

    venv.create(scratch / "venv", with_pip=False)
    run(sys.executable, "-m", "pip", "--python", scratch / "venv", "install", "--no-deps", "--no-index", wheel)
    (scratch / "model.onnx").write_bytes(affine().SerializeToString())
    # Neither the source nor the build tree may be needed by accident.
    environment = {"PATH": "/usr/bin:/bin"}
    print(run(scratch / "venv" / "bin" / "python", "-c", PROGRAM, scratch / "model.onnx", scratch / "model.so",
              cwd=scratch, env=environment), end="")
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
