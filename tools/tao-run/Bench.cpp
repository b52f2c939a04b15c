// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Time and memory of a run; see Bench.h.
#include "Bench.h"

#include "AllocCount.h"
#include "Error.h"
#include "Json.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace tao::run {
namespace {

/// Unless told otherwise, measuring stops after this time, or earlier after this many runs.
constexpr double kSeconds = 1.0;
constexpr int64_t kMinRuns = 10, kMaxRuns = 10000;
constexpr int64_t kCountedRuns = 10;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// VmHWM of this process in bytes, 0 when unknown.
int64_t peakBytes() {
  FILE *status = fopen("/proc/self/status", "re");
  if (!status)
    return 0;
  char line[256];
  long long kilobytes = 0;
  while (fgets(line, sizeof(line), status))
    if (sscanf(line, "VmHWM: %lld kB", &kilobytes) == 1)
      break;
  fclose(status);
  return kilobytes * 1024;
}

double perRun(int64_t count) { return double(count) / double(kCountedRuns); }

} // namespace

void bench(Session &session, const std::vector<tao_tensor> &inputs, OutputTensors &outputs, const Options &options) {
  auto run = [&] {
    if (!session.run(inputs.data(), outputs.fresh()))
      throw Failure(ErrorCode::RunFailed, session.error());
  };
  for (int64_t i = 0; i < std::max<int64_t>(options.warmup, 2); ++i)
    run();

  watchModuleOf(session.moduleAddress());
  startAllocCount();
  for (int64_t i = 0; i < kCountedRuns; ++i)
    run();
  AllocCount allocations = stopAllocCount();

  std::vector<double> times;
  times.reserve(size_t(options.iterations > 0 ? options.iterations : kMaxRuns));
  double start = seconds();
  auto more = [&] {
    auto done = int64_t(times.size());
    if (options.iterations > 0)
      return done < options.iterations;
    return done < kMinRuns || (done < kMaxRuns && seconds() - start < kSeconds);
  };
  while (more()) {
    double begin = seconds();
    run();
    times.push_back((seconds() - begin) * 1e3);
  }
  std::sort(times.begin(), times.end());
  size_t n = times.size();
  double median = n % 2 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2;

  if (!options.json) {
    printf("median %.4f ms, min %.4f ms, %zu runs; peak %.1f MB", median, times[0], n, double(peakBytes()) / 1e6);
    if (allocCountAvailable())
      printf("; %.6g allocations per run, %.6g by tao", perRun(allocations.all), perRun(allocations.own));
    printf("\n");
    return;
  }
  printf("{\"model\": %s, \"threads\": %d, \"median_ms\": %.6g, \"min_ms\": %.6g, \"iterations\": %zu, \"peak_bytes\": "
         "%lld",
         jsonText(options.model).c_str(), options.threads, median, times[0], n, (long long)peakBytes());
  if (allocCountAvailable())
    printf(", \"allocations_per_run\": %.6g, \"tao_allocations_per_run\": %.6g", perRun(allocations.all),
           perRun(allocations.own));
  else
    printf(", \"allocations_per_run\": null, \"tao_allocations_per_run\": null");
  printf("}\n");
}

} // namespace tao::run
