// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Emulation.h. The emulator is for x86-64 alone.
#include "Emulation.h"

#include "Error.h"

#include <cstdio>
#ifdef TAO_HAS_EMULATOR
#include "runtime/emulator/Device.h"
#endif

namespace tao::run {

#ifdef TAO_HAS_EMULATOR

/// More reports than this are counted only.
static constexpr int64_t kMaxShown = 20;

Emulation::Emulation(const Options &options) {
  if (!options.emulate)
    return;
  tao_emu_device_options how = {};
  how.size = sizeof(how);
  how.num_threads = uint32_t(options.threads);
  how.seed = options.schedule;
  how.reporter_context = &numShown;
  how.reporter = [](void *shown, const tao_emu_report *report) {
    if (++*static_cast<int64_t *>(shown) <= kMaxShown)
      fprintf(stderr, "tao-run: emulator: %s\n", report->text);
  };
  device = tao_emu_device_create(&how);
  if (!device)
    throw std::bad_alloc();
}

Emulation::~Emulation() { tao_emu_device_destroy(device); }

void Emulation::finish(bool verbose) const {
  if (!device)
    return;
  tao_emu_device_counts counts;
  tao_emu_device_count(device, &counts);
  auto number = [](uint64_t count) { return std::to_string(count); };
  if (verbose)
    fprintf(stderr, "emulator: %s launches, %s switches between threads, %s reports\n",
            number(counts.num_launches).c_str(), number(counts.num_switches).c_str(),
            number(counts.num_reports).c_str());
  if (counts.num_reports > 0)
    throw Failure(ErrorCode::KernelFault, "the emulator has found " + number(counts.num_reports) +
                                              " faults in kernels, which happened " + number(counts.num_faults) +
                                              " times");
}

#else

Emulation::Emulation(const Options &options) {
  if (options.emulate)
    throw Failure(ErrorCode::Usage, "--emulate: the emulator is for x86-64 alone");
}
Emulation::~Emulation() = default;
void Emulation::finish(bool) const {}

#endif

} // namespace tao::run
