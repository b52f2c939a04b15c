// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tao_run_graphs [--seed=N] [--count=N] [--ops=N] [--jobs=N] [--planner=NAME] [--print]: random graphs, compiled and
// run. The seeds are N, N + 1, ..; without --seed the first comes from the commit, which gives every commit other
// graphs and each of them always the same. Each graph has a process of its own, so that one that crashes or hangs is a
// line among others. --print writes the graphs instead.
#include "RunGraph.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"
#include <map>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;

namespace {
constexpr unsigned kTimeout = 300; // seconds

struct Child {
  uint32_t seed;
  int pipe;
};

uint32_t seedOfCommit() {
  std::string text;
  if (FILE *git = popen("git -C '" TAO_SOURCE_DIR "' rev-parse HEAD 2>/dev/null", "r")) {
    char line[64];
    while (fgets(line, sizeof(line), git))
      text += line;
    pclose(git);
  }
  return text.empty() ? 1 : crc32(arrayRefFromStringRef(text)) % 1000000000;
}

std::pair<pid_t, Child> start(uint32_t seed, int ops, const std::string &planner) {
  int ends[2];
  if (pipe(ends))
    report_fatal_error("no pipe");
  outs().flush();
  pid_t pid = fork();
  if (pid < 0)
    report_fatal_error("no process");
  if (pid == 0) {
    alarm(kTimeout);
    std::string fault = tao::findGraphFault(seed, ops, planner).substr(0, 4000);
    bool written = write(ends[1], fault.data(), fault.size()) == static_cast<ssize_t>(fault.size());
    _exit(fault.empty() && written ? 0 : 1);
  }
  close(ends[1]);
  return {pid, {seed, ends[0]}};
}

/// Empty, or what the child said or died of.
std::string finish(const Child &child, int status) {
  std::string fault(4096, '\0');
  ssize_t length = read(child.pipe, fault.data(), fault.size());
  fault.resize(length > 0 ? length : 0);
  close(child.pipe);
  if (WIFSIGNALED(status))
    fault += WTERMSIG(status) == SIGALRM ? "no end after " + std::to_string(kTimeout) + " s"
                                         : "signal " + std::to_string(WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0 && fault.empty())
    fault = "exit code " + std::to_string(WEXITSTATUS(status));
  return fault;
}
} // namespace

int main(int argc, char **argv) {
  cl::OptionCategory category("Options");
  cl::opt<unsigned> seed("seed", cl::desc("First seed"), cl::cat(category));
  cl::opt<unsigned> count("count", cl::desc("Number of graphs"), cl::init(50), cl::cat(category));
  cl::opt<int> ops("ops", cl::desc("Ops of a graph, about"), cl::init(40), cl::cat(category));
  cl::opt<unsigned> jobs("jobs", cl::desc("Graphs at a time"), cl::init(2), cl::cat(category));
  cl::opt<std::string> planner("planner", cl::desc("Fusion planner"), cl::init("stitch"), cl::cat(category));
  cl::opt<bool> print("print", cl::desc("Write the graphs, run nothing"), cl::cat(category));
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "Random graphs of tao ops, compiled and run.\n");
  uint32_t first = seed.getNumOccurrences() ? seed.getValue() : seedOfCommit();
  if (print) {
    for (uint32_t i = 0; i < count; ++i)
      outs() << tao::printGraph(first + i, ops);
    return 0;
  }
  std::map<pid_t, Child> children;
  unsigned started = 0, failures = 0;
  while (started < count || !children.empty()) {
    while (started < count && children.size() < std::max(jobs.getValue(), 1u))
      children.insert(start(first + started++, ops, planner));
    int status = 0;
    pid_t pid = wait(&status);
    auto child = children.find(pid);
    if (child == children.end())
      report_fatal_error("a process is lost");
    if (std::string fault = finish(child->second, status); !fault.empty()) {
      ++failures;
      outs() << "seed " << child->second.seed << ": " << fault << "\n";
    }
    children.erase(child);
  }
  outs() << "seeds " << first << " to " << first + count - 1 << ": " << count - failures << " passed, " << failures
         << " failed\n";
  return failures ? 1 : 0;
}
