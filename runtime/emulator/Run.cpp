// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The face of the emulator: the table of what kernels call, and the launch.
#include "Access.h"

#include <algorithm>
#include <new>
#include <system_error>
#include <thread>

using namespace tao::emu;

/// As on every GPU there is.
constexpr uint64_t kMaxBlockThreads = 1024;

static Thread &threadOf(tao_emu_thread *face) { return *reinterpret_cast<Thread *>(face); }

static void barrier(tao_emu_thread *face, uint32_t site) { threadOf(face).block->barrier(threadOf(face), site); }
static void gridBarrier(tao_emu_thread *face, uint32_t site) {
  threadOf(face).block->gridBarrier(threadOf(face), site);
}

static tao_emu_shuffled meet(tao_emu_thread *face, Request request, uint32_t mask, uint32_t site) {
  Thread &thread = threadOf(face);
  thread.request = request;
  thread.request.mask = mask & thread.block->lanesOf(face->warp);
  thread.block->meetWarp(thread, site);
  return thread.request.result;
}

static void warpBarrier(tao_emu_thread *face, uint32_t mask, uint32_t site) { meet(face, Request(), mask, site); }

static uint32_t ballot(tao_emu_thread *face, uint32_t predicate, uint32_t mask, uint32_t site) {
  Request request;
  request.meeting = Meeting::Ballot;
  request.value = predicate & 1;
  return uint32_t(meet(face, request, mask, site).value);
}

static tao_emu_shuffled shuffle(tao_emu_thread *face, uint64_t value, uint32_t mode, uint32_t offset, uint32_t width,
                                uint32_t mask, uint32_t site) {
  bool isGoodWidth = width != 0 && width <= kWarpSize && (width & (width - 1)) == 0;
  if (!isGoodWidth || mode > TAO_EMU_IDX || offset >= width) {
    Thread &thread = threadOf(face);
    Fault fault;
    fault.kind = TAO_EMU_BAD_SHUFFLE;
    fault.what = "shuffles by " + std::to_string(offset) + " in groups of " + std::to_string(width) + " lanes";
    fault.sides[0] = {thread.block->number, thread.number, site};
    thread.block->worker.machine.reporter.report(fault);
    width = isGoodWidth ? width : kWarpSize;
  }
  Request request;
  request.meeting = Meeting::Shuffle;
  request.value = value;
  request.mode = mode;
  request.offset = offset;
  request.width = width;
  return meet(face, request, mask, site);
}

const tao_emu_api tao::emu::kApi = {1,       access, index,  barrier, warpBarrier,
                                    shuffle, ballot, atomic, fence,   gridBarrier};

static const char *whyNot(const tao_emu_launch &launch) {
  if (launch.size < sizeof(tao_emu_launch) || !launch.kernel)
    return "the launch is not filled in";
  uint64_t threads = 1, blocks = 1;
  for (int i = 0; i < 3; ++i) {
    if (launch.block[i] == 0 || launch.grid[i] == 0)
      return "the grid or block is empty";
    threads *= std::min<uint64_t>(launch.block[i], kMaxBlockThreads + 1);
    blocks = launch.grid[i] > UINT32_MAX / blocks ? UINT64_MAX / 2 : blocks * launch.grid[i];
    if (blocks > UINT32_MAX)
      return "the grid has too many blocks";
  }
  if (threads > kMaxBlockThreads)
    return "a block has more than 1024 threads";
  for (uint32_t i = 0; i < launch.num_slots; ++i)
    if (launch.slots[i].offset > launch.shared_bytes ||
        launch.slots[i].bytes > launch.shared_bytes - launch.slots[i].offset)
      return "a slot lies outside of the shared memory";
  return nullptr;
}

static const char *run(const tao_emu_launch &launch, tao_emu_result &result) {
  uint64_t blocks = uint64_t(launch.grid[0]) * launch.grid[1] * launch.grid[2];
  uint64_t wanted = launch.num_threads ? launch.num_threads : std::max(1u, std::thread::hardware_concurrency());
  auto numWorkers = uint32_t(std::min<uint64_t>(wanted, blocks));
  Machine machine(launch, numWorkers);
  std::vector<std::unique_ptr<Worker>> workers;
  for (uint32_t i = 0; i < numWorkers; ++i) {
    workers.push_back(std::make_unique<Worker>(machine, i));
    if (!workers.back()->reserve(launch.cooperative ? uint32_t((blocks - i + numWorkers - 1) / numWorkers) : 1))
      return "there is no memory for the stacks of the threads";
  }
  std::vector<std::thread> helpers;
  const char *error = nullptr;
  try {
    for (uint32_t i = 1; i < numWorkers; ++i)
      helpers.emplace_back([&, i] { workers[i]->run(); });
    workers[0]->run();
  } catch (const std::system_error &) {
    error = "the system refuses to make threads";
    machine.stop();
  }
  for (std::thread &helper : helpers)
    helper.join();
  machine.sync.clear();

  result.num_reports = machine.reporter.numReports();
  result.num_faults = machine.reporter.numFaults();
  for (std::unique_ptr<Worker> &worker : workers)
    result.num_switches += worker->numSwitches;
  return error;
}

int32_t tao_emu_run(const tao_emu_launch *launch, tao_emu_result *result, const char **error) {
  tao_emu_result ignored;
  result = result ? result : &ignored;
  *result = {};
  const char *why = whyNot(*launch);
  try {
    why = why ? why : run(*launch, *result);
  } catch (const std::bad_alloc &) {
    why = "out of memory";
  }
  if (error)
    *error = why;
  return why != nullptr;
}
