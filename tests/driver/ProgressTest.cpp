// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/driver/Progress.h"
#include "gtest/gtest.h"

using namespace tao;

namespace {

std::string show(bool verbose, bool onTerminal, double seconds) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Progress progress(os, verbose, onTerminal);
  progress.begin(2, "simplify");
  progress.end("312 ops");
  progress.begin(3, "fuse");
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  return text; // what was shown so far
}

TEST(Progress, IsSilent) { EXPECT_EQ(show(false, false, 0), ""); }

TEST(Progress, PrintsALinePerPhase) {
  std::string text = show(true, true, 0);
  EXPECT_TRUE(llvm::StringRef(text).starts_with("[3/8 simplify] 312 ops  0."));
  EXPECT_EQ(llvm::StringRef(text).count('\n'), 1u);
}

TEST(Progress, ShowsAStatusLineAfterTwoSeconds) {
  EXPECT_EQ(show(false, true, 1), "");
  EXPECT_TRUE(llvm::StringRef(show(false, true, 2.7)).starts_with("[4/8 fuse] 312 ops  2s"));
}

} // namespace
