// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Trace.h.
#include "Trace.h"

#include <ctime>
#include <utility>

namespace tao::python {

Recorder &Recorder::get() {
  static Recorder recorder;
  return recorder;
}

bool Recorder::start() {
  std::lock_guard lock(mutex);
  return !on.exchange(true);
}

std::vector<RunTime> Recorder::stop() {
  std::lock_guard lock(mutex);
  on = false;
  return std::exchange(runs, {});
}

void Recorder::add(RunTime run) {
  std::lock_guard lock(mutex);
  if (on)
    runs.push_back(std::move(run));
}

int64_t nowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

} // namespace tao::python
