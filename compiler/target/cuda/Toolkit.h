// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What tao takes of a CUDA toolkit: the assembler ptxas, and the library of device math, libdevice. No header and no
// library of it is needed, neither to build tao nor to run it.
#ifndef TAO_COMPILER_TARGET_CUDA_TOOLKIT_H
#define TAO_COMPILER_TARGET_CUDA_TOOLKIT_H

#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>
#include <vector>

namespace tao {

class ErrorList;

struct CudaToolkit {
  std::string ptxas, libdevice;   // paths
  std::vector<std::string> archs; // "sm_80", ..: what this ptxas assembles for

  bool supports(llvm::StringRef arch) const;

  /// Looks in `cudaPath` alone where that is given; else in TAO_CUDA_PATH, CUDA_HOME, the packages in the environment
  /// that the set-up script makes, and the standard folder. The first place that has both files counts. On failure the
  /// error names every place.
  static std::optional<CudaToolkit> find(llvm::StringRef cudaPath, ErrorList &errors);
};

} // namespace tao
#endif
