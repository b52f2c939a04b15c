// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/driver/InternalError.h"
#include "llvm/Support/ErrorHandling.h"
#include "gtest/gtest.h"
#include <csignal>
#include <unistd.h>

using namespace tao;

namespace {

/// Recurses with a frame that cannot be optimised away.
int recurse(int depth) {
  volatile char frame[1024];
  frame[0] = static_cast<char>(depth);
  return depth == 0 ? frame[0] : recurse(depth - 1) + frame[0];
}

TEST(FaultGuard, PassesThrough) {
  FaultGuard guard;
  std::string reason;
  bool ran = false;
  EXPECT_TRUE(guard.guard([&] { ran = true; }, reason));
  EXPECT_TRUE(ran);
}

TEST(FaultGuard, HasRoomForDeepRecursion) {
  FaultGuard guard;
  std::string reason;
  EXPECT_TRUE(guard.guard([] { recurse(200'000); }, reason));
}

TEST(FaultGuard, CatchesSignals) {
  FaultGuard guard;
  std::string reason;
  EXPECT_FALSE(guard.guard([] { *static_cast<volatile int *>(nullptr) = 1; }, reason));
  EXPECT_EQ(reason, "signal 11");
  EXPECT_FALSE(guard.guard([] { abort(); }, reason));
  EXPECT_EQ(reason, "signal 6");
}

TEST(FaultGuard, CatchesFatalErrors) {
  FaultGuard guard;
  std::string reason;
  EXPECT_FALSE(guard.guard([] { llvm::report_fatal_error("no such instruction"); }, reason));
  EXPECT_EQ(reason, "no such instruction");
}

// As after a fault inside of malloc.
TEST(FaultGuard, EndsAProcessThatHangsAfterAFault) {
  EXPECT_EXIT(
      {
        FaultGuard guard;
        std::string reason;
        if (!guard.guard([] { raise(SIGSEGV); }, reason)) {
          alarm(1); // instead of many seconds
          for (;;)
            pause();
        }
      },
      testing::ExitedWithCode(3), "TAO-E090");
}

} // namespace
