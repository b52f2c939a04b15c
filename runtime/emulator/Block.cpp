// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The threads of a block, its barriers and the meetings of its warps. Who waits for threads that do not come is found
// when nobody can run any more: that is reported, and those who wait go on.
#include "Worker.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

using namespace tao::emu;

constexpr size_t kArenaAlignment = 128;
/// Shared memory starts as this byte everywhere: no number as a float of any size, -1 as an integer.
constexpr int kPoison = 0xff;

Release Thread::release() {
  Moment at = now();
  ++clock.time[face.lane];
  return {at, std::make_shared<LaneClock>(clock), known};
}

void Block::Free::operator()(char *memory) const { std::free(memory); }

Block::Block(Worker &worker, uint32_t firstStack)
    : worker(worker), firstStack(firstStack), threads(worker.machine.blockThreads()),
      warps((threads.size() + kWarpSize - 1) / kWarpSize) {
  const tao_emu_launch &launch = worker.machine.launch;
  size_t bytes = (launch.shared_bytes + kArenaAlignment) / kArenaAlignment * kArenaAlignment;
  arena.reset(static_cast<char *>(std::aligned_alloc(kArenaAlignment, bytes)));
  if (!arena)
    throw std::bad_alloc();
  if (launch.shared_bytes && !launch.unchecked)
    shadow = std::make_unique<Shadow>(launch.shared_bytes, true, true);
  for (uint32_t i = 0; i < threads.size(); ++i) {
    Thread &thread = threads[i];
    thread.block = this;
    thread.launch = &launch;
    thread.number = i;
    tao_emu_thread &face = thread.face;
    face.api = &kApi;
    face.shared = arena.get();
    face.thread_id[0] = i % launch.block[0];
    face.thread_id[1] = i / launch.block[0] % launch.block[1];
    face.thread_id[2] = i / launch.block[0] / launch.block[1];
    std::copy_n(launch.block, 3, face.block_dim);
    std::copy_n(launch.grid, 3, face.grid_dim);
    face.lane = i % kWarpSize;
    face.warp = i / kWarpSize;
  }
}

void Block::start(uint32_t newNumber) {
  const tao_emu_launch &launch = worker.machine.launch;
  number = newNumber;
  epoch = gridEpoch = 0;
  numAtBarrier = numAtGrid = numDone = 0;
  std::fill(warps.begin(), warps.end(), Warp());
  std::memset(arena.get(), kPoison, launch.shared_bytes);
  sync.clear();
  if (shadow)
    shadow->makeFresh();
  for (uint32_t i = 0; i < threads.size(); ++i) {
    Thread &thread = threads[i];
    thread.face.block_id[0] = number % launch.grid[0];
    thread.face.block_id[1] = number / launch.grid[0] % launch.grid[1];
    thread.face.block_id[2] = number / launch.grid[0] / launch.grid[1];
    thread.site = TAO_EMU_NO_SITE;
    thread.turns = 0;
    thread.lastLoad = nullptr;
    thread.clock = LaneClock();
    thread.known.clear();
    thread.heard.clear();
    thread.hasFenced = false;
    thread.fenced = Release();
    worker.stacks.prepare(thread.fiber, firstStack + i, &Block::main, &thread);
    worker.makeReady(thread);
    ++worker.numRunning;
  }
}

void Block::finish() {
  for (Thread &thread : threads)
    retire(thread.fiber);
  sync.clear();
}

void Block::main(void *argument) {
  Thread &thread = *static_cast<Thread *>(argument);
  Worker &worker = thread.block->worker;
  beginFiber(worker.self);
  worker.machine.launch.kernel(&thread.face, worker.machine.launch.args);
  thread.block->threadDone(thread);
  endFiber(thread.fiber, worker.self);
}

void Block::threadDone(Thread &thread) {
  thread.state = State::Done;
  ++numDone;
  --worker.numRunning;
  worker.progress();
}

void Block::diverged(uint32_t kind, const Thread &thread, const Thread *other, const char *what) {
  Fault fault;
  fault.kind = kind;
  fault.what = what;
  fault.sides[0] = {number, thread.number, thread.site};
  if (other) {
    fault.numSides = 2;
    fault.sides[1] = {number, other->number, other->state == State::Done ? TAO_EMU_NO_SITE : other->site};
    if (other->state == State::Done)
      fault.what += " that has ended";
  }
  worker.machine.reporter.report(fault);
}

// --- Barriers

void Block::barrier(Thread &thread, uint32_t site) {
  thread.site = site;
  thread.state = State::AtBarrier;
  if (++numAtBarrier == threads.size()) {
    const Thread &first = threads.front();
    auto other = std::find_if(threads.begin(), threads.end(), [&](const Thread &t) { return t.site != first.site; });
    if (other != threads.end())
      diverged(TAO_EMU_BARRIER_DIVERGENCE, first, &*other, "waits at another barrier than a thread");
    passBarrier(State::AtBarrier);
  }
  worker.suspend(thread);
}

bool Block::breakBarrier() {
  if (numAtBarrier == 0)
    return false;
  auto at = [](const Thread &thread) { return thread.state == State::AtBarrier; };
  const Thread &waiting = *std::find_if(threads.begin(), threads.end(), at);
  const Thread &absent = *std::find_if_not(threads.begin(), threads.end(), at);
  diverged(TAO_EMU_BARRIER_DIVERGENCE, waiting, &absent, "waits at a barrier for a thread");
  passBarrier(State::AtBarrier);
  return true;
}

void Block::passBarrier(State from) {
  ++epoch;
  (from == State::AtGrid ? numAtGrid : numAtBarrier) = 0;
  Knowledge all;
  for (Thread &thread : threads)
    if (thread.state == from && !thread.known.empty())
      all.add(thread.known);
  for (Thread &thread : threads)
    if (thread.state == from) {
      if (!all.empty())
        thread.known = all;
      worker.makeReady(thread);
    }
  worker.progress();
}

void Block::gridBarrier(Thread &thread, uint32_t site) {
  if (!worker.machine.launch.cooperative) {
    thread.site = site;
    diverged(TAO_EMU_BARRIER_DIVERGENCE, thread, nullptr, "waits for the grid, but the launch is not cooperative");
    return barrier(thread, site);
  }
  thread.site = site;
  thread.state = State::AtGrid;
  ++numAtGrid;
  worker.suspend(thread);
}

void Block::passGrid(bool allWereThere) {
  const Thread &first =
      *std::find_if(threads.begin(), threads.end(), [](const Thread &thread) { return thread.state == State::AtGrid; });
  auto absent = std::find_if(threads.begin(), threads.end(), [&](const Thread &thread) {
    return thread.state != State::AtGrid || thread.site != first.site;
  });
  if (absent != threads.end())
    diverged(TAO_EMU_BARRIER_DIVERGENCE, first, &*absent, "waits at a barrier of the grid for a thread");
  else if (!allWereThere && !worker.machine.isStopped())
    diverged(TAO_EMU_BARRIER_DIVERGENCE, first, nullptr, "waits at a barrier of the grid for blocks that have ended");
  ++gridEpoch;
  passBarrier(State::AtGrid);
}

// --- Meetings of a warp

uint32_t Block::lanesOf(uint32_t warp) const {
  uint32_t count = std::min<uint32_t>(threads.size() - warp * kWarpSize, kWarpSize);
  return count == kWarpSize ? ~0u : (1u << count) - 1;
}

uint32_t Block::alike(const Thread &thread) const {
  const Thread *lanes = &threads[thread.face.warp * kWarpSize];
  uint32_t result = 0;
  for (uint32_t rest = warps[thread.face.warp].waiting; rest; rest &= rest - 1) {
    uint32_t lane = __builtin_ctz(rest);
    const Thread &other = lanes[lane];
    if (other.site == thread.site && other.request.mask == thread.request.mask &&
        other.request.meeting == thread.request.meeting)
      result |= 1u << lane;
  }
  return result;
}

void Block::meetWarp(Thread &thread, uint32_t site) {
  thread.site = site;
  thread.state = State::AtWarp;
  Warp &warp = warps[thread.face.warp];
  warp.waiting |= 1u << thread.face.lane;
  uint32_t mask = thread.request.mask;
  if ((warp.waiting & mask) == mask && alike(thread) == mask)
    completeWarp(thread.face.warp, mask);
  worker.suspend(thread);
}

bool Block::breakWarps() {
  bool any = false;
  for (uint32_t number = 0; number < warps.size(); ++number) {
    Thread *lanes = &threads[number * kWarpSize];
    while (warps[number].waiting) {
      const Thread &thread = lanes[__builtin_ctz(warps[number].waiting)];
      uint32_t present = alike(thread), absent = thread.request.mask & ~present;
      if (!(thread.request.mask >> thread.face.lane & 1))
        diverged(TAO_EMU_SHUFFLE_DIVERGENCE, thread, nullptr, "meets lanes that its mask has, but not its own");
      else
        diverged(TAO_EMU_SHUFFLE_DIVERGENCE, thread, absent ? &lanes[__builtin_ctz(absent)] : nullptr,
                 "waits with its warp for a lane");
      completeWarp(number, present);
      any = true;
    }
  }
  return any;
}

void Block::completeWarp(uint32_t warp, uint32_t lanes) {
  Thread *warpThreads = &threads[warp * kWarpSize];
  LaneClock joint;
  Knowledge all;
  uint32_t absent = ~lanes & lanesOf(warp);
  for (uint32_t rest = lanes; rest; rest &= rest - 1) {
    uint32_t lane = __builtin_ctz(rest);
    Thread &thread = warpThreads[lane];
    // Nobody knows more of a lane than the lane itself; of those that are absent, someone may.
    joint.time[lane] = ++thread.clock.time[lane];
    for (uint32_t others = absent; others; others &= others - 1) {
      uint32_t other = __builtin_ctz(others);
      joint.time[other] = std::max(joint.time[other], thread.clock.time[other]);
    }
    if (!thread.known.empty())
      all.add(thread.known);
  }
  exchange(warpThreads, lanes);
  warps[warp].waiting &= ~lanes;
  for (uint32_t rest = lanes; rest; rest &= rest - 1) {
    Thread &thread = warpThreads[__builtin_ctz(rest)];
    thread.clock = joint;
    if (!all.empty())
      thread.known = all;
    worker.makeReady(thread);
  }
  worker.progress();
}

/// The lane that `lane` reads from, or -1 if that is outside of its group.
static int32_t sourceLane(const Request &request, int32_t lane) {
  int32_t width = request.width, first = lane & ~(width - 1), offset = int32_t(request.offset), source = lane;
  switch (request.mode) {
  case TAO_EMU_XOR:
    source = lane ^ offset;
    break;
  case TAO_EMU_UP:
    source = lane - offset;
    break;
  case TAO_EMU_DOWN:
    source = lane + offset;
    break;
  default:
    source = first + offset;
  }
  return source >= first && source < first + width ? source : -1;
}

void Block::exchange(Thread *warpThreads, uint32_t lanes) {
  uint32_t votes = 0;
  if (warpThreads[__builtin_ctz(lanes)].request.meeting == Meeting::Ballot)
    for (uint32_t rest = lanes; rest; rest &= rest - 1)
      votes |= uint32_t(warpThreads[__builtin_ctz(rest)].request.value & 1) << __builtin_ctz(rest);
  for (uint32_t rest = lanes; rest; rest &= rest - 1) {
    uint32_t lane = __builtin_ctz(rest);
    Request &request = warpThreads[lane].request;
    if (request.meeting == Meeting::Ballot)
      request.result = {votes, 1};
    if (request.meeting != Meeting::Shuffle)
      continue;
    int32_t source = sourceLane(request, lane);
    if (source < 0)
      request.result = {request.value, 0};
    else if (lanes >> source & 1)
      request.result = {warpThreads[source].request.value, 1};
    else
      request.result = {~uint64_t(0), 0};
  }
}
