// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Collects the faults of a launch: counts them all, reports each kind once for a buffer and a pair of source ops, and
// says it in words.
#ifndef TAO_RUNTIME_EMULATOR_REPORT_H
#define TAO_RUNTIME_EMULATOR_REPORT_H

#include "Emulator.h"

#include <mutex>
#include <set>
#include <string>
#include <tuple>

namespace tao::emu {

/// One side of a fault, by linear numbers.
struct Side {
  uint32_t block = 0;
  uint32_t thread = 0;
  uint32_t site = TAO_EMU_NO_SITE;
  bool isStore = false;
  bool isAtomic = false;
};

/// A fault as the checks find it.
struct Fault {
  uint32_t kind = 0;
  const char *buffer = nullptr;
  int64_t offset = 0;
  /// What happened, as the middle of a sentence; may hold numbers.
  std::string what;
  Side sides[2];
  uint32_t numSides = 1;
};

class Reporter {
public:
  explicit Reporter(const tao_emu_launch &launch) : launch(launch) {}

  void report(const Fault &fault);
  uint64_t numReports() const { return reported.size(); }
  uint64_t numFaults() const { return faults; }

private:
  std::string name(uint32_t site) const;
  std::string describe(const tao_emu_side &side) const;

  const tao_emu_launch &launch;
  std::mutex mutex;
  std::set<std::tuple<uint32_t, std::string, uint32_t, uint32_t>> reported;
  uint64_t faults = 0;
};

} // namespace tao::emu

#endif // TAO_RUNTIME_EMULATOR_REPORT_H
