// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Reduction.h.
#include "compiler/reduce/Reduction.h"
#include "compiler/target/cpu/Link.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"
#include <csignal>
#include <unistd.h>

namespace tao {

/// Set by Ctrl-C. A signal handler can reach nothing but a global.
static std::atomic<bool> interrupted = false;

Reduction::Reduction(const ReduceOptions &options, ErrorList &errors, llvm::raw_ostream &err)
    : options(options), errors(errors), err(err), onTerminal(isatty(STDERR_FILENO) && !options.verbose) {
  interrupted = false;
  std::signal(SIGINT, [](int) { interrupted = true; });
  std::signal(SIGTERM, [](int) { interrupted = true; });
  llvm::SmallString<128> path;
  if (std::error_code code = llvm::sys::fs::createUniqueDirectory("tao-reduce", path)) {
    errors.add(ErrorCode::CannotWrite, "cannot create a temporary folder: " + code.message());
    return;
  }
  folder = path.str().str();
  candidatePath = getScratchPath("candidate" + llvm::sys::path::extension(options.input).str());
}

Reduction::~Reduction() {
  clearLine();
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  if (!folder.empty())
    llvm::sys::fs::remove_directories(folder);
}

std::string Reduction::getScratchPath(llvm::StringRef name) const {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, name);
  return path.str().str();
}

bool Reduction::write(llvm::StringRef path, llvm::StringRef contents) {
  return writeFileAtomically(path, [&](llvm::raw_ostream &os) { os << contents; }, errors);
}

bool Reduction::start(llvm::StringRef contents, llvm::StringRef size) {
  originalSize = bestSize = size.str();
  if (folder.empty() || !write(candidatePath, contents))
    return false;
  original = runTest(options.test, candidatePath, options.testSeconds, interrupted);
  ++steps;
  std::string expected;
  if (original.exitCode == Outcome::kInterrupted)
    expected = "not to be interrupted";
  else if (options.expectExit && original.exitCode != *options.expectExit)
    expected = "exit code " + std::to_string(*options.expectExit);
  else if (!options.expectExit && original.exitCode == 0)
    expected = "an exit code other than 0";
  else if (!llvm::StringRef(original.output).contains(options.expectText))
    expected = "output with '" + options.expectText + "'";
  if (!expected.empty()) {
    errors.add(
        ErrorCode::DoesNotFail,
        "the test does not fail on the input: it gave " + original.describe() + ", where " + expected + " was expected",
        "the command runs as sh -c 'COMMAND FILE'; a failure is an exit code other than 0, or what --expect-exit and "
        "--expect-text say");
    return false;
  }
  tried.insert(llvm::xxh3_64bits(contents));
  return write(options.output, contents);
}

bool Reduction::isSameFailure(const Outcome &outcome) const {
  if (outcome.exitCode != original.exitCode || !llvm::StringRef(outcome.output).contains(options.expectText))
    return false;
  // What the user said about a failure is all there is to it.
  bool isDescribed = options.expectExit || !options.expectText.empty();
  return isDescribed || outcome.errorCode() == original.errorCode();
}

bool Reduction::attempt(llvm::StringRef candidate, llvm::StringRef size) {
  if (isDone() || !tried.insert(llvm::xxh3_64bits(candidate)).second || !write(candidatePath, candidate))
    return false;
  Outcome outcome = runTest(options.test, candidatePath, options.testSeconds, interrupted);
  ++steps;
  // The renaming in writing makes this safe at any moment: the output is the old candidate or the new one.
  bool better = isSameFailure(outcome) && write(options.output, candidate);
  if (better) {
    ++accepted;
    bestSize = size.str();
  }
  showProgress(better);
  return better;
}

double Reduction::getSeconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

bool Reduction::isDone() const {
  return interrupted || !errors.empty() || steps >= options.maxSteps || getSeconds() >= options.maxSeconds;
}

void Reduction::removeRanges(llvm::function_ref<size_t()> count, llvm::function_ref<void(size_t, size_t)> remove) {
  for (size_t size = count(); size > 0 && !isDone(); size /= 2)
    for (size_t end = count(); end > 0 && !isDone();) {
      size_t begin = end > size ? end - size : 0;
      remove(begin, end);
      end = std::min(begin, count());
    }
}

void Reduction::clearLine() {
  if (lineShown)
    err << "\r\x1b[K";
  lineShown = false;
}

void Reduction::showProgress(bool better) {
  if (options.verbose && better)
    err << bestSize << llvm::format(" after %lld tests, %.1fs\n", static_cast<long long>(steps), getSeconds());
  if (!onTerminal || getSeconds() - lastShown < 0.1)
    return;
  lastShown = getSeconds();
  clearLine();
  err << "[reduce] " << originalSize << " -> " << bestSize
      << llvm::format("  %lld tests  %.0fs", static_cast<long long>(steps), getSeconds());
  lineShown = true;
}

void Reduction::finish() {
  clearLine();
  if (!onTerminal && !options.verbose)
    return;
  err << originalSize << " -> " << bestSize << " in " << options.output << " after " << steps << " tests"
      << llvm::format(", %.1fs", getSeconds());
  if (interrupted)
    err << "; interrupted";
  else if (isDone())
    err << "; the budget is spent, see --max-steps and --max-time";
  err << "\n";
}

} // namespace tao
