// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The CPU that code is made for.
#ifndef TAO_COMPILER_TARGET_CPU_CPUTARGET_H
#define TAO_COMPILER_TARGET_CPU_CPUTARGET_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace tao {

struct CpuTarget {
  std::string cpu;      // resolved name: "znver3", "x86-64-v4"
  std::string features; // LLVM's form: "+avx,+avx2"; of CpuFeatures.def only
  std::string required; // the same as in /proc/cpuinfo, comma separated
  int vectorBytes = 16; // of the widest registers worth using: 16, 32 or 64
  bool hasBf16 = false; // a fast dot product of bf16

  /// The architecture table of its kind.
  llvm::StringRef getArch() const { return vectorBytes >= 64 ? "x86-avx512" : "x86-avx2"; }

  /// "native" is this machine; otherwise a name of LLVM's, such as "x86-64-v3" or "icelake-server". nullopt: no such
  /// CPU.
  static std::optional<CpuTarget> resolve(llvm::StringRef name);
  /// All names resolve() knows, "native" first.
  static llvm::SmallVector<llvm::StringRef> getNames();
};

} // namespace tao
#endif
