// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Harness.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace tao::emu::test;

static const char *const kSiteNames[kNumSites] = {"load",     "store",    "stage",   "fetch", "barrier1",
                                                  "barrier2", "barrier3", "shuffle", "count", "finish"};

Launch::Launch(tao_emu_kernel kernel, uint32_t grid, uint32_t block) {
  launch.size = sizeof(launch);
  launch.name = "kernel";
  launch.kernel = kernel;
  for (int i = 0; i < 3; ++i)
    launch.grid[i] = launch.block[i] = 1;
  launch.grid[0] = grid;
  launch.block[0] = block;
  launch.sites = kSiteNames;
  launch.num_sites = kNumSites;
}

Launch &Launch::memory(void *data, uint64_t bytes, const char *name, uint32_t flags) {
  buffers.push_back({data, bytes, name, flags});
  return *this;
}

Launch &Launch::number(int64_t value) {
  numbers.push_back(value);
  return *this;
}

Launch &Launch::shared(uint64_t bytes) {
  launch.shared_bytes = bytes;
  return *this;
}

Launch &Launch::slot(uint64_t offset, uint64_t bytes, const char *name) {
  slots.push_back({offset, bytes, name});
  return *this;
}

Launch &Launch::cooperative() {
  launch.cooperative = 1;
  return *this;
}

std::vector<Report> Launch::run(uint64_t seed, uint32_t numThreads) {
  std::vector<void *> args;
  for (tao_emu_buffer &buffer : buffers)
    args.push_back(&buffer.data);
  for (int64_t &number : numbers)
    args.push_back(&number);
  std::vector<Report> reports;
  launch.args = args.data();
  launch.buffers = buffers.data();
  launch.num_buffers = buffers.size();
  launch.slots = slots.data();
  launch.num_slots = slots.size();
  launch.seed = seed;
  launch.num_threads = numThreads;
  launch.reporter_context = &reports;
  launch.reporter = [](void *context, const tao_emu_report *report) {
    Report copy{report->kind,      report->buffer ? report->buffer : "", report->text, report->offset,
                report->num_sides, {report->sides[0], report->sides[1]}};
    static_cast<std::vector<Report> *>(context)->push_back(copy);
  };
  const char *error = nullptr;
  EXPECT_EQ(tao_emu_run(&launch, &result, &error), 0) << error;
  EXPECT_EQ(result.num_reports, reports.size());
  return reports;
}

std::vector<uint32_t> tao::emu::test::kinds(const std::vector<Report> &reports) {
  std::vector<uint32_t> result;
  for (const Report &report : reports)
    result.push_back(report.kind);
  std::sort(result.begin(), result.end());
  return result;
}

std::string tao::emu::test::texts(const std::vector<Report> &reports) {
  std::string result;
  for (const Report &report : reports)
    result += report.text + "\n";
  return result;
}
