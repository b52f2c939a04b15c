// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --trace: when each kernel and library call of a run ran, by the names that `taoc --explain` shows.
#ifndef TAO_RUN_TRACE_H
#define TAO_RUN_TRACE_H

#include "Session.h"

namespace tao::run {

class Trace {
public:
  explicit Trace(const tao_model_info &info) : info(info) {}
  Trace(const Trace &) = delete;

  /// Runs the session and records it; false when the run failed.
  bool run(Session &session, const tao_tensor *inputs, tao_tensor *outputs);
  /// Writes all recorded runs in the Trace Event format, which Perfetto and chrome://tracing read.
  void write(const std::string &path) const;

private:
  struct Event {
    int32_t kernel;     // -1: the whole run
    int64_t begin, end; // nanoseconds
  };
  std::string name(const Event &event) const;
  std::string arguments(const Event &event) const;

  const tao_model_info &info;
  std::vector<Event> events; // of a run first the run itself
};

} // namespace tao::run

#endif // TAO_RUN_TRACE_H
