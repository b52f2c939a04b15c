// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recording by the timing callback of model_abi.h; see Trace.h. A run without a trace passes no callback and pays
// nothing.
#include "Trace.h"

#include "Error.h"
#include "Json.h"
#include "Npy.h"

#include <cstdio>
#include <time.h>
#include <unistd.h>

namespace tao::run {
namespace {

/// On the clock of the runtime's callback.
int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t(time.tv_sec) * 1000000000 + time.tv_nsec;
}

const char *kindName(int32_t kind) {
  switch (kind) {
  case TAO_KERNEL_MEMORY:
    return "memory";
  case TAO_KERNEL_MATH:
    return "math";
  default:
    return "library";
  }
}

/// Microseconds, with the nanoseconds behind the point.
std::string micros(int64_t ns) {
  char text[32];
  snprintf(text, sizeof(text), "%lld.%03lld", (long long)(ns / 1000), (long long)(ns % 1000));
  return text;
}

} // namespace

bool Trace::run(Session &session, const tao_tensor *inputs, tao_tensor *outputs) {
  size_t whole = events.size();
  events.reserve(whole + 1 + size_t(info.num_kernels));
  tao_run_options options = {};
  options.size = sizeof(options);
  options.timing_user = this;
  options.timing = [](void *self, int32_t kernel, int64_t begin, int64_t end) {
    static_cast<Trace *>(self)->events.push_back({kernel, begin, end});
  };
  events.push_back({-1, now(), 0});
  bool ok = session.run(inputs, outputs, &options);
  events[whole].end = now();
  return ok;
}

std::string Trace::name(const Event &event) const {
  if (event.kernel < 0)
    return "run";
  return event.kernel < info.num_kernels ? info.kernels[event.kernel].name : "?";
}

std::string Trace::arguments(const Event &event) const {
  if (event.kernel < 0 || event.kernel >= info.num_kernels)
    return "{}";
  const tao_kernel_info &kernel = info.kernels[event.kernel];
  return "{\"kernel\":" + std::to_string(event.kernel) + ",\"kind\":\"" + kindName(kernel.kind) +
         "\",\"nodes\":" + jsonText(kernel.nodes ? kernel.nodes : "") + "}";
}

void Trace::write(const std::string &path) const {
  std::string process = std::to_string(getpid()), thread = std::to_string(gettid());
  std::string where = "\"pid\":" + process + ",\"tid\":" + thread;
  std::string text = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n";
  text += "{\"ph\":\"M\",\"name\":\"process_name\"," + where +
          ",\"args\":{\"name\":" + jsonText(std::string("tao-run ") + info.name) + "}},\n";
  text += "{\"ph\":\"M\",\"name\":\"thread_name\"," + where + ",\"args\":{\"name\":" + "\"calling thread\"}}";
  int64_t start = events.empty() ? 0 : events.front().begin;
  for (const Event &event : events)
    text += ",\n{\"ph\":\"X\",\"name\":" + jsonText(name(event)) + "," + where +
            ",\"ts\":" + micros(event.begin - start) + ",\"dur\":" + micros(event.end - event.begin) +
            ",\"args\":" + arguments(event) + "}";
  writeFile(path, text + "\n]}\n");
}

} // namespace tao::run
