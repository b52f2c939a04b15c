// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The time of a kernel by the roofline of an architecture table: the longer of moving its bytes through DRAM and doing
// its operations as f32 multiply-adds, after what a launch costs. Good for telling which kernels matter, no prediction.
#ifndef TAO_COMPILER_REPORT_ROOFLINE_H
#define TAO_COMPILER_REPORT_ROOFLINE_H

#include "compiler/report/Explain.h"
#include "passes/fuse/stitch/Arch.h"

namespace tao {

class Roofline {
public:
  explicit Roofline(const Arch &arch);

  /// Microseconds of all runs of a kernel.
  double time(const KernelReport &kernel, int64_t runs) const;
  /// What bounds a kernel longest: "memory", "compute" or "launch".
  llvm::StringRef getLimit(const KernelReport &kernel, int64_t runs) const;

  /// Per microsecond.
  double bytes() const { return bytesPerUs; }
  double flops() const { return flopsPerUs; }
  llvm::StringRef name() const { return arch; }

private:
  double overhead(const KernelReport &kernel, int64_t runs) const;

  std::string arch;
  double bytesPerUs, flopsPerUs, launchUs, gridBarrierUs;
};

} // namespace tao
#endif
