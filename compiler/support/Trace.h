// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `taoc --trace=FILE` records: phases, passes and LLVM's own work, on every thread, in LLVM's time profiler.
// Nothing is recorded, and nothing but a test of a pointer is paid, while no Trace lives.
#ifndef TAO_COMPILER_SUPPORT_TRACE_H
#define TAO_COMPILER_SUPPORT_TRACE_H

#include "passes/support/UserError.h"
#include <cstdint>
#include <memory>

namespace mlir {
class PassInstrumentation;
}

namespace tao {

/// Records what the calling thread does while it lives, and what threads do that hold a ThreadTrace.
class Trace {
public:
  Trace();
  ~Trace();
  Trace(const Trace &) = delete;
  /// Writes all that was recorded, in the Trace Event format that Perfetto and chrome://tracing read. All other threads
  /// must have ended their recording.
  bool write(llvm::StringRef path, ErrorList &errors);
};

/// The calling thread's place among the recorded ones: made on one thread, used on another.
class TracePlace {
public:
  TracePlace();
  bool isRecorded() const { return recorded; }
  uint64_t getThread() const { return thread; }

private:
  bool recorded;
  uint64_t thread;
};

/// Records the calling thread while it lives, if the thread that made `parent` is recorded. With `standsIn` the parent
/// waits meanwhile, and the events count as its own.
class ThreadTrace {
public:
  ThreadTrace(const TracePlace &parent, bool standsIn);
  ~ThreadTrace();
  ThreadTrace(const ThreadTrace &) = delete;

private:
  bool recorded;
};

/// Records each MLIR pass by its name and the op it runs on.
std::unique_ptr<mlir::PassInstrumentation> createPassTrace();

} // namespace tao
#endif
