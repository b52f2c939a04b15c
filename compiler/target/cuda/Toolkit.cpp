// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Toolkit.h.
#include "compiler/target/cuda/Toolkit.h"
#include "passes/support/UserError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <cstdlib>

using namespace llvm;

namespace tao {

namespace {
/// A folder that may be a toolkit, and who says so.
struct Place {
  std::string folder, origin;
};

std::string join(StringRef folder, StringRef rest) {
  SmallString<128> path(folder);
  sys::path::append(path, rest);
  return std::string(path);
}

/// The folders that pip's packages of NVIDIA install into: of a toolkit per major version, or of the compiler alone.
void addPackages(StringRef environment, std::vector<Place> &places) {
  std::vector<std::string> found;
  std::error_code code;
  for (sys::fs::directory_iterator it(join(environment, "lib"), code), end; it != end && !code; it.increment(code)) {
    if (!sys::path::filename(it->path()).starts_with("python3"))
      continue;
    std::error_code inner;
    for (sys::fs::directory_iterator p(join(it->path(), "site-packages/nvidia"), inner); p != end && !inner;
         p.increment(inner))
      if (StringRef name = sys::path::filename(p->path()); name.starts_with("cu1") || name == "cuda_nvcc")
        found.push_back(p->path());
  }
  if (found.empty())
    found.push_back(join(environment, "lib/python3*/site-packages/nvidia/cu*"));
  llvm::sort(found, std::greater<>()); // the newest version first
  for (std::string &folder : found)
    places.push_back({std::move(folder), "packages of the set-up script"});
}

std::vector<Place> listPlaces(StringRef cudaPath) {
  if (!cudaPath.empty())
    return {{cudaPath.str(), "--cuda-path"}};
  std::vector<Place> places;
  for (const char *variable : {"TAO_CUDA_PATH", "CUDA_HOME"})
    if (const char *value = std::getenv(variable); value && *value)
      places.push_back({value, variable});
    else
      places.push_back({"", variable});
  addPackages(TAO_VENV, places);
  places.push_back({"/usr/local/cuda", "the standard folder"});
  return places;
}

/// The architectures that the help text of ptxas lists; empty when it does not run.
std::vector<std::string> listArchs(StringRef ptxas) {
  SmallString<128> path;
  if (sys::fs::createTemporaryFile("tao-ptxas", "txt", path))
    return {};
  std::vector<std::string> archs;
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(path), StringRef("")};
  if (sys::ExecuteAndWait(ptxas, {ptxas, "--help"}, std::nullopt, redirects, /*SecondsToWait=*/60) == 0)
    if (auto text = MemoryBuffer::getFile(path, /*IsText=*/true)) {
      SmallVector<StringRef> words;
      SplitString((*text)->getBuffer(), words, " \t\n,'");
      for (StringRef word : words)
        if (word.starts_with("sm_") && all_of(word.substr(3, 2), isDigit) && !is_contained(archs, word))
          archs.push_back(word.str());
    }
  sys::fs::remove(path);
  return archs;
}

/// What is wrong with the place; empty, with the toolkit filled in, when it is one.
std::string tryPlace(const Place &place, CudaToolkit &toolkit) {
  if (place.folder.empty())
    return "not set";
  toolkit.ptxas = join(place.folder, "bin/ptxas");
  toolkit.libdevice = join(place.folder, "nvvm/libdevice/libdevice.10.bc");
  if (!sys::fs::can_execute(toolkit.ptxas))
    return "no bin/ptxas";
  if (!sys::fs::exists(toolkit.libdevice))
    return "no nvvm/libdevice/libdevice.10.bc";
  toolkit.archs = listArchs(toolkit.ptxas);
  return toolkit.archs.empty() ? "bin/ptxas does not run" : "";
}
} // namespace

bool CudaToolkit::supports(StringRef arch) const { return is_contained(archs, arch); }

std::optional<CudaToolkit> CudaToolkit::find(StringRef cudaPath, ErrorList &errors) {
  CudaToolkit toolkit;
  UserError error;
  error.code = ErrorCode::NoToolkit;
  error.reason = "no CUDA toolkit with ptxas and libdevice was found";
  for (const Place &place : listPlaces(cudaPath)) {
    std::string problem = tryPlace(place, toolkit);
    if (problem.empty())
      return toolkit;
    error.details.push_back(place.origin + (place.folder.empty() ? "" : ", " + place.folder) + ": " + problem);
  }
  error.hint = "third_party/setup.sh installs what is needed; --cuda-path=DIR names another toolkit";
  errors.add(std::move(error));
  return std::nullopt;
}

} // namespace tao
