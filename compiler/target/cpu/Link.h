// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From objects and weights to model.so.
#ifndef TAO_COMPILER_TARGET_CPU_LINK_H
#define TAO_COMPILER_TARGET_CPU_LINK_H

#include "passes/host/WeightPlan.h"
#include "passes/support/UserError.h"
#include "llvm/ADT/ArrayRef.h"

namespace tao {

struct LinkOptions {
  std::string output;       // path of the artefact
  std::string saveTemps;    // prefix of intermediate files to keep, or empty
  bool relocatable = false; // one object file for a further link instead of a library
  bool mayLackSymbols = false; // the process that loads it brings more than libc and libm: a sanitizer's runtime
};

/// Links into a temporary file beside the output and renames it when all went well: a failure of any kind leaves the
/// old file, or none. The same input gives the same bytes.
bool linkModel(llvm::ArrayRef<llvm::SmallVector<char, 0>> objects, const WeightPlan &weights,
               const LinkOptions &options, ErrorList &errors);

/// Writes bytes to a file in the same all-or-nothing way. "-" is stdout.
bool writeFileAtomically(llvm::StringRef path, llvm::function_ref<void(llvm::raw_ostream &)> write, ErrorList &errors);

} // namespace tao
#endif
