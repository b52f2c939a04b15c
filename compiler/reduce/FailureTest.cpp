// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See FailureTest.h. The test gets a process group of its own: Ctrl-C in a terminal reaches only the reducer, which
// ends the test and whatever that has started.
#include "compiler/reduce/FailureTest.h"
#include "llvm/Support/Regex.h"
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace tao {

std::string Outcome::errorCode() const {
  llvm::SmallVector<llvm::StringRef> groups;
  static constexpr llvm::StringLiteral kPattern = "error\\[(TAO-[A-Z][0-9]+)\\]";
  return llvm::Regex(kPattern).match(output, &groups) ? groups[1].str() : "";
}

std::string Outcome::describe() const {
  std::string text = exitCode == kHung     ? "no end"
                     : exitCode == kNotRun ? "no start"
                                           : "exit code " + std::to_string(exitCode);
  std::string code = errorCode();
  return code.empty() ? text : text + ", error " + code;
}

/// Waits for the process; false when time is up or the user wants an end.
static bool waitFor(pid_t process, double seconds, const std::atomic<bool> &interrupted, int &status) {
  using namespace std::chrono;
  auto end = steady_clock::now() + duration<double>(seconds);
  for (auto pause = microseconds(200); waitpid(process, &status, WNOHANG) == 0;
       pause = std::min(2 * pause, microseconds(10000))) {
    if (interrupted || steady_clock::now() >= end) {
      kill(-process, SIGKILL);
      waitpid(process, &status, 0);
      return false;
    }
    std::this_thread::sleep_for(pause);
  }
  // What the test left running in the background must not pile up.
  kill(-process, SIGKILL);
  return true;
}

Outcome runTest(llvm::StringRef command, llvm::StringRef path, double seconds, const std::atomic<bool> &interrupted) {
  Outcome outcome;
  FILE *log = tmpfile();
  if (!log)
    return outcome;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, fileno(log), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, fileno(log), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::string script = command.str() + " \"$1\"", file = path.str();
  const char *arguments[] = {"sh", "-c", script.c_str(), "sh", file.c_str(), nullptr};
  pid_t process;
  if (posix_spawn(&process, "/bin/sh", &files, &attributes, const_cast<char **>(arguments), environ) == 0) {
    int status = 0;
    if (!waitFor(process, seconds, interrupted, status))
      outcome.exitCode = interrupted ? Outcome::kInterrupted : Outcome::kHung;
    else
      outcome.exitCode = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  outcome.output.resize(1 << 20);
  rewind(log);
  outcome.output.resize(fread(outcome.output.data(), 1, outcome.output.size(), log));
  fclose(log);
  return outcome;
}

} // namespace tao
