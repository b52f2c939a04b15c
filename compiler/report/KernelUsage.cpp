// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See KernelUsage.h.
#include "compiler/report/KernelUsage.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace tao {

void explainUsage(llvm::ArrayRef<KernelUsage> usage, llvm::raw_ostream &os) {
  size_t width = 6;
  for (const KernelUsage &each : usage)
    width = std::max(width, each.kernel.size());
  std::string kernel = "kernel";
  kernel.resize(width, ' ');
  os << "\n"
     << kernel
     << llvm::formatv("  {0,-7}{1,10}{2,13}{3,14}{4,17}{5,9}\n", "GPU", "registers", "spill bytes", "shared bytes",
                      "blocks at a time", "planned");
  for (const KernelUsage &each : usage) {
    kernel = each.kernel;
    kernel.resize(width, ' ');
    os << kernel
       << llvm::formatv("  {0,-7}{1,10}{2,13}{3,14}{4,17}{5,9}\n", each.arch, each.registers, each.spills, each.shared,
                        each.blocks, each.planned);
  }
  os << llvm::formatv("{0} of {1} spill registers, {2} run fewer blocks at a time than planned\n",
                      llvm::count_if(usage, [](const KernelUsage &each) { return each.spills > 0; }), usage.size(),
                      llvm::count_if(usage, [](const KernelUsage &each) { return each.blocks < each.planned; }));
}

} // namespace tao
