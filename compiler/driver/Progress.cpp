// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Progress.h.
#include "compiler/driver/Progress.h"
#include "compiler/driver/Pipeline.h"
#include "llvm/Support/Format.h"

namespace tao {

static constexpr double kSecondsUntilStatus = 2;

Progress::Progress(llvm::raw_ostream &err, bool verbose, bool onTerminal)
    : err(err), verbose(verbose), phaseStart(start) {
  if (onTerminal && !verbose)
    ticker = std::thread([this] { tick(); });
}

Progress::~Progress() {
  {
    std::lock_guard lock(mutex);
    done = true;
    clearLine();
  }
  wake.notify_all();
  if (ticker.joinable())
    ticker.join();
}

void Progress::clearLine() {
  if (lineShown)
    err << "\r\x1b[K";
  lineShown = false;
}

void Progress::tick() {
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, std::chrono::milliseconds(500), [this] { return done; }))
    if (since(start) >= kSecondsUntilStatus) {
      clearLine();
      err << label << " " << lastSummary << llvm::format("  %.0fs", since(start));
      lineShown = true;
    }
}

void Progress::begin(size_t number, llvm::StringRef phase) {
  std::lock_guard lock(mutex);
  label = "[" + std::to_string(number + 1) + "/" + std::to_string(getNumPhases()) + " " + phase.str() + "]";
  phaseStart = Clock::now();
  rows.push_back({phase.str(), 0});
}

void Progress::end(llvm::StringRef summary) {
  std::lock_guard lock(mutex);
  for (Row &row : llvm::reverse(rows))
    if (!llvm::StringRef(row.name).starts_with("  ")) {
      row.seconds = since(phaseStart);
      break;
    }
  lastSummary = summary.str();
  if (verbose)
    err << label << " " << summary << llvm::format("  %.3fs\n", since(phaseStart));
}

void Progress::addPart(llvm::StringRef name, double seconds) {
  std::lock_guard lock(mutex);
  rows.push_back({"  " + name.str(), seconds});
}

void Progress::printTimes() {
  std::lock_guard lock(mutex);
  clearLine();
  for (const Row &row : rows)
    err << llvm::format("%-24s %8.3f s\n", row.name.c_str(), row.seconds);
  err << llvm::format("%-24s %8.3f s\n", "total", since(start));
}

} // namespace tao
