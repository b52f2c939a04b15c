# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# lit configuration of the whole tree. ctest passes the parameters; by hand, `lit tests/fuse` finds a build in ./build.
import glob
import os
import re

import lit.formats

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
build = os.path.abspath(lit_config.params.get("build", os.path.join(root, "build")))


def cached(variable):
    """A variable of the build's CMake cache, for runs by hand."""
    with open(os.path.join(build, "CMakeCache.txt")) as cache:
        found = re.search(r"^%s:\w+=(.*)$" % variable, cache.read(), re.M)
    return found.group(1) if found else ""


llvm_bin = lit_config.params.get("llvm_bin") or os.path.join(os.path.dirname(cached("LLVM_DIR")), "..", "..", "bin")
python = lit_config.params.get("python") or os.path.join(cached("TAO_VENV"), "bin", "python")

config.name = "tao"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "project"]
config.test_source_root = os.path.join(root, "tests")
config.test_exec_root = os.path.join(build, "tests", "lit")

config.environment["PATH"] = os.pathsep.join([os.path.join(build, "bin"), llvm_bin, os.environ.get("PATH", "")])
config.environment["TAO_SOURCE"] = root
for variable in ("TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TAO_CUDA_PATH", "CUDA_HOME"):
    if variable in os.environ:
        config.environment[variable] = os.environ[variable]

# Longest names first, whole words only: "taoc" must not be found in "some-taoc".
for tool in ("tao-lsp-server", "tao-opt", "tao-reduce", "tao-run", "taoc"):
    config.substitutions.append((r"(?<![\w/.-])%s(?![\w.-])" % tool, os.path.join(build, "bin", tool)))
for tool in ("FileCheck", "not", "count", "split-file"):
    config.substitutions.append((r"(?<![\w/.-])%s(?![\w.-])" % tool, os.path.join(llvm_bin, tool)))
config.substitutions.append(("%python", python))
config.substitutions.append(("%source", root))
config.substitutions.append(("%build", build))
config.substitutions.append(("%onnxtext", "%s %s" % (python, os.path.join(root, "tests", "onnxtext.py"))))

# A CUDA toolkit, or the packages that stand in for one; the compiler looks in the same places.
folders = [os.environ.get("TAO_CUDA_PATH", ""), os.environ.get("CUDA_HOME", ""), "/usr/local/cuda"]
folders += glob.glob(os.path.join(os.path.dirname(os.path.dirname(python)), "lib", "python3*", "site-packages", "nvidia", "cu*"))
if any(folder and os.path.exists(os.path.join(folder, "bin", "ptxas")) for folder in folders):
    config.available_features.add("cuda-toolkit")

# The address sanitizer's runtime, for models compiled with --sanitize=address. A compiler that is sanitized itself has one
# already.
runtime = glob.glob(os.path.join(llvm_bin, "..", "lib", "clang", "*", "lib", "linux", "libclang_rt.asan-x86_64.so"))
if runtime and "-fsanitize" not in cached("CMAKE_CXX_FLAGS"):
    config.available_features.add("asan-runtime")
    config.substitutions.append(("%asan", "env LD_PRELOAD=%s ASAN_OPTIONS=detect_leaks=0" % os.path.realpath(runtime[0])))
