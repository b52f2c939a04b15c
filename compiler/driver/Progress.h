// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a user sees while the compiler works: nothing, one line per phase, or, after two seconds on a terminal, one line
// that changes. Also the times.
#ifndef TAO_COMPILER_DRIVER_PROGRESS_H
#define TAO_COMPILER_DRIVER_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tao {

class Progress {
public:
  /// With `onTerminal` the status line is shown, unless `verbose` prints a line per phase.
  Progress(llvm::raw_ostream &err, bool verbose, bool onTerminal);
  ~Progress();

  void begin(size_t number, llvm::StringRef phase);
  void end(llvm::StringRef summary);
  /// Adds to the time of a part of the current phase.
  void addPart(llvm::StringRef name, double seconds);
  void printTimes();

private:
  using Clock = std::chrono::steady_clock;
  static double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }
  void tick();
  void clearLine();

  struct Row {
    std::string name;
    double seconds;
  };
  llvm::raw_ostream &err;
  bool verbose;
  Clock::time_point start = Clock::now(), phaseStart;
  std::string label; // "[5/8 fuse]"
  std::string lastSummary;
  std::vector<Row> rows;

  std::mutex mutex;
  std::condition_variable wake;
  bool done = false, lineShown = false;
  std::thread ticker;
};

/// Measures a part of a phase.
class PartTimer {
public:
  PartTimer(Progress &progress, llvm::StringRef name) : progress(progress), name(name.str()), trace(name) {}
  ~PartTimer() {
    progress.addPart(name, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }

private:
  Progress &progress;
  std::string name;
  llvm::TimeTraceScope trace;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

} // namespace tao
#endif
