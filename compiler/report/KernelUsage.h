// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the assembler says of GPU kernels.
#ifndef TAO_COMPILER_REPORT_KERNELUSAGE_H
#define TAO_COMPILER_REPORT_KERNELUSAGE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace tao {

struct KernelUsage {
  std::string kernel, arch;
  int64_t registers = 0, spills = 0, shared = 0; // of a thread, bytes of a thread, bytes of a block
  int64_t blocks = 0, planned = 0;               // that a unit runs at a time, and that the plan counts on
};

/// A line for each kernel and architecture, and one that counts those with spills or with less at a time than planned.
void explainUsage(llvm::ArrayRef<KernelUsage> usage, llvm::raw_ostream &os);

} // namespace tao
#endif
