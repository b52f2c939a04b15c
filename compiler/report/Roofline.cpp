// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Roofline.h.
#include "compiler/report/Roofline.h"
#include "compiler/report/Traffic.h"

namespace tao {

/// 0 in a table means that nothing is known; no time is infinite.
static double positive(double value) { return value > 0 ? value : 1e-9; }

Roofline::Roofline(const Arch &table)
    : arch(table.name), bytesPerUs(positive(table.dram_gbps * 1e3)),
      flopsPerUs(positive(2.0 * static_cast<double>(table.units) * static_cast<double>(table.lanes) * table.clock_mhz)),
      launchUs(table.launch_us), gridBarrierUs(table.grid_barrier_us) {}

static double getBytes(const KernelReport &kernel) {
  return static_cast<double>(addSaturated(kernel.cost.readBytes, kernel.cost.writeBytes));
}

double Roofline::overhead(const KernelReport &kernel, int64_t runs) const {
  return (launchUs + static_cast<double>(kernel.staging.gridBarriers) * gridBarrierUs) * static_cast<double>(runs);
}

double Roofline::time(const KernelReport &kernel, int64_t runs) const {
  double work = std::max(getBytes(kernel) / bytesPerUs, static_cast<double>(kernel.cost.flops) / flopsPerUs);
  return work + overhead(kernel, runs);
}

llvm::StringRef Roofline::getLimit(const KernelReport &kernel, int64_t runs) const {
  double memory = getBytes(kernel) / bytesPerUs, compute = static_cast<double>(kernel.cost.flops) / flopsPerUs;
  if (overhead(kernel, runs) > std::max(memory, compute))
    return "launch";
  return memory >= compute ? "memory" : "compute";
}

} // namespace tao
