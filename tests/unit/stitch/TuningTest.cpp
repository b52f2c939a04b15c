// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tuning records: lines lead back to the same record, damage is noticed, sets merge in any order, and appending survives
// other processes and what a crash has left.
#include "passes/fuse/tuning/TuningFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tao;
using llvm::StringRef;

namespace {

TuningRecord makeRecord(int64_t threads = 128, double p50 = 12.5) {
  TuningRecord record;
  record.key = {"0123abcd", "n=8..64", "sm_90", "1", "-O2 \"quoted\"\n"};
  stitch::StitchPlan &plan = record.value.plan;
  plan.arch = "sm_90";
  stitch::PlanVariant &variant = plan.variants.emplace_back();
  variant.threads = threads;
  plan.classes = {SymExpr(4)};
  plan.spaces.resize(1);
  plan.spaces[0].push_back({0});
  variant.parts.resize(1);
  variant.parts[0].blocks = 1;
  stitch::PlanRegion &region = variant.regions.emplace_back();
  region.dominants = region.ops = {0};
  region.placement.emplace_back();
  region.placement[0].seq = 4;
  record.value.predicted = 11;
  record.value.p10 = p50 - 1;
  record.value.p50 = p50;
  record.value.p90 = p50 + 2.25;
  record.value.samples = 20;
  record.value.registers = 40;
  record.value.hostLoad = 0.5;
  record.value.date = "2026-11-23";
  return record;
}

std::string allLines(const TuningRecords &records) {
  std::string text;
  for (const TuningRecord *record : records.getAll())
    text += toLine(*record) + "\n";
  return text;
}

struct TemporaryFile {
  llvm::SmallString<128> path;
  TemporaryFile() {
    EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("tuning", "jsonl", path));
    llvm::sys::fs::remove(path);
  }
  ~TemporaryFile() { llvm::sys::fs::remove(path); }
};

TEST(Tuning, LinesLeadBack) {
  TuningRecord record = makeRecord();
  std::string line = toLine(record), reason;
  EXPECT_EQ(line.find('\n'), std::string::npos);
  auto read = recordFromLine(line, &reason);
  ASSERT_TRUE(read) << reason;
  EXPECT_EQ(read->key, record.key);
  EXPECT_EQ(read->value.p90, record.value.p90);
  EXPECT_EQ(toLine(*read), line);
  EXPECT_EQ(read->getId(), record.getId());
  EXPECT_NE(makeRecord(256).getId(), record.getId());
}

TEST(Tuning, EveryChangedByteIsNoticed) {
  std::string line = toLine(makeRecord());
  for (size_t i = 0; i < line.size(); ++i) {
    std::string damaged = line;
    damaged[i] ^= 1;
    std::string reason;
    auto read = recordFromLine(damaged, &reason);
    // A changed byte may leave the meaning alone: white space, a name's case in a hash. Nothing else may pass.
    EXPECT_TRUE(!read || toLine(*read) == line) << damaged;
    EXPECT_FALSE(recordFromLine(StringRef(line).take_front(i), &reason)) << i;
  }
}

TEST(Tuning, MeaninglessValuesAreRefused) {
  auto refuse = [](auto change, const char *why) {
    TuningRecord record = makeRecord();
    change(record.value);
    std::string reason;
    EXPECT_FALSE(recordFromLine(toLine(record), &reason));
    EXPECT_EQ(reason, why);
  };
  refuse([](TuningValue &v) { v.samples = 0; }, "holds times that no measurement gives");
  refuse([](TuningValue &v) { v.p10 = 100; }, "holds times that no measurement gives");
  refuse([](TuningValue &v) { v.p10 = -1; }, "'p10_us' must be a number that is not negative");
  refuse([](TuningValue &v) { v.registers = -1; }, "'registers' must be a count");
  std::string reason;
  EXPECT_FALSE(recordFromLine("{}", &reason));
  EXPECT_EQ(reason, "is no tuning record");
  EXPECT_FALSE(recordFromLine(R"({"tao_tuning": 7})", &reason));
  EXPECT_EQ(reason, "has version 7, not 1");
}

TEST(Tuning, SetsMergeInAnyOrder) {
  TuningRecord slow = makeRecord(128, 20), fast = makeRecord(128, 10), other = makeRecord(256, 15);
  TuningRecords a, b, c, both, reversed;
  a.add(slow);
  b.add(fast);
  c.add(other);
  for (const TuningRecords *set : {&a, &b, &c})
    both.merge(*set);
  for (const TuningRecords *set : {&c, &b, &a})
    reversed.merge(*set);
  EXPECT_EQ(both.size(), 2u);
  EXPECT_EQ(allLines(both), allLines(reversed));
  both.merge(both);
  EXPECT_EQ(allLines(both), allLines(reversed));
  EXPECT_EQ(both.getBest(slow.key)->value.p50, 10);
  TuningKey unknown = slow.key;
  unknown.arch = "sm_80";
  EXPECT_EQ(both.getBest(unknown), nullptr);
}

TEST(Tuning, FilesKeepWhatIsWhole) {
  TemporaryFile file;
  TuningRecords none;
  std::vector<BadLine> bad;
  EXPECT_FALSE(readTuningFile(file.path, none, bad)); // not there: empty
  EXPECT_EQ(none.size(), 0u);

  ASSERT_FALSE(appendTuningRecord(file.path, makeRecord(128)));
  {
    std::error_code code;
    llvm::raw_fd_ostream os(file.path, code, llvm::sys::fs::OF_Append);
    os << "\nrubbish\n" << StringRef(toLine(makeRecord(64))).drop_back(9); // as a crash would leave it
  }
  ASSERT_FALSE(appendTuningRecord(file.path, makeRecord(256)));
  TuningRecords records;
  ASSERT_FALSE(readTuningFile(file.path, records, bad));
  EXPECT_EQ(records.size(), 2u);
  ASSERT_EQ(bad.size(), 2u);
  EXPECT_EQ(bad[0].line, 3u);
  EXPECT_EQ(bad[1].reason, "is cut off or damaged: no JSON");

  llvm::Error error = appendTuningRecord("/no/such/folder/file", makeRecord());
  EXPECT_EQ(llvm::toString(std::move(error)), "cannot open '/no/such/folder/file': No such file or directory");
}

TEST(Tuning, ProcessesAppendAtOnce) {
  TemporaryFile file;
  constexpr int kProcesses = 4, kEach = 25;
  for (int p = 0; p < kProcesses; ++p)
    if (fork() == 0) {
      for (int i = 0; i < kEach; ++i)
        if (llvm::Error error = appendTuningRecord(file.path, makeRecord(1 + p * kEach + i)))
          _exit(1);
      _exit(0);
    }
  for (int p = 0; p < kProcesses; ++p) {
    int status = 0;
    wait(&status);
    EXPECT_EQ(status, 0);
  }
  TuningRecords records;
  std::vector<BadLine> bad;
  ASSERT_FALSE(readTuningFile(file.path, records, bad));
  EXPECT_TRUE(bad.empty());
  EXPECT_EQ(records.size(), size_t(kProcesses * kEach));
}

} // namespace
