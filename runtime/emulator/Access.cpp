// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks of loads and stores: bounds, alignment, and against the shadow of the memory.
#include "Access.h"

#include <algorithm>

using namespace tao::emu;

/// A thread that only loads, perhaps waiting for another, lets others run after so many; sooner if it loads the same
/// again and again.
constexpr uint32_t kLoadsOfATurn = 4096, kSameLoadsOfATurn = 64;

namespace {

/// The memory that an access belongs to.
struct Place {
  const char *name = nullptr;
  uintptr_t begin = 0;
  uint64_t bytes = 0;
  uint32_t flags = 0;
  Shadow *shadow = nullptr;
  uintptr_t shadowBegin = 0;
  uint16_t slot = kNoSlot;
};

} // namespace

static Place sharedPlace(Thread &thread, uint32_t slot) {
  const tao_emu_launch &launch = *thread.launch;
  Place place;
  place.name = "shared memory";
  place.begin = place.shadowBegin = reinterpret_cast<uintptr_t>(thread.block->shared());
  place.bytes = launch.shared_bytes;
  place.shadow = thread.block->shadow.get();
  if (slot < launch.num_slots) {
    place.name = launch.slots[slot].name;
    place.begin += std::min(launch.slots[slot].offset, launch.shared_bytes);
    place.bytes = std::min(launch.slots[slot].bytes, place.shadowBegin + launch.shared_bytes - place.begin);
    place.slot = slot < kNoSlot ? slot : kNoSlot;
  }
  return place;
}

static Place globalPlace(Machine &machine, uintptr_t address, uint32_t number) {
  if (number >= machine.launch.num_buffers)
    number = machine.find(address);
  Place place;
  if (number == TAO_EMU_ANY_BUFFER)
    return place;
  const tao_emu_buffer &buffer = machine.launch.buffers[number];
  Region &region = machine.region(number);
  place.name = buffer.name;
  place.begin = reinterpret_cast<uintptr_t>(buffer.data);
  place.bytes = buffer.bytes;
  place.flags = buffer.flags;
  place.shadow = region.shadow.get();
  place.shadowBegin = region.begin;
  return place;
}

static std::string words(const MemoryAccess &access) {
  return std::string(access.isAtomic  ? "atomically updates "
                     : access.isStore ? "stores "
                                      : "loads ") +
         std::to_string(access.bytes) + " bytes";
}

static void report(Thread &thread, const MemoryAccess &access, const Place &place, uint32_t kind, std::string what,
                   const Access *other = nullptr) {
  Fault fault;
  fault.kind = kind;
  fault.buffer = place.name;
  fault.offset = int64_t(access.address - place.begin);
  fault.what = words(access) + what;
  fault.sides[0] = {thread.block->number, thread.number, access.site, access.isStore, access.isAtomic};
  if (other) {
    fault.numSides = 2;
    fault.sides[1] = {other->block, other->thread, other->site, other->isStore, other->isAtomic};
  }
  thread.block->worker.machine.reporter.report(fault);
}

static void checkShadow(Thread &thread, const MemoryAccess &access, const Place &place) {
  Moment now = thread.now();
  Access entry;
  entry.block = now.block;
  entry.thread = now.thread;
  entry.gridEpoch = now.gridEpoch;
  entry.blockEpoch = now.blockEpoch;
  entry.time = now.time;
  entry.site = access.site;
  entry.slot = place.slot;
  entry.isStore = access.isStore;
  entry.isAtomic = access.isAtomic;
  uint64_t begin = access.address - place.shadowBegin, end = begin + access.bytes;
  bool hasFault = false;
  for (uint64_t word = begin / kWordBytes; word * kWordBytes < end; ++word) {
    uint64_t first = word * kWordBytes, from = std::max(begin, first) - first, to = std::min(end - first, kWordBytes);
    entry.bytes = (1u << to) - (1u << from);
    WordFaults faults =
        place.shadow->note(word, entry, access.reads, [&](const Moment &moment) { return thread.isAfter(moment); });
    // One fault of an access says enough.
    if (hasFault || !(faults.race || faults.unwritten || faults.overlap))
      continue;
    hasFault = true;
    if (faults.race)
      report(thread, access, place, TAO_EMU_RACE, " of", &faults.other);
    else if (faults.unwritten)
      report(thread, access, place, TAO_EMU_UNWRITTEN, " that nobody has written, of");
    else
      report(thread, access, place, TAO_EMU_OVERLAP,
             std::string(" written as '") + thread.launch->slots[faults.other.slot].name + "', of", &faults.other);
  }
}

void *tao::emu::checkAccess(Thread &thread, const MemoryAccess &access) {
  void *address = reinterpret_cast<void *>(access.address);
  if (access.bytes == 0 || thread.launch->unchecked)
    return address;
  Place place = access.isShared ? sharedPlace(thread, access.buffer)
                                : globalPlace(thread.block->worker.machine, access.address, access.buffer);
  uint64_t offset = access.address - place.begin;
  if (offset > place.bytes || place.bytes - offset < access.bytes) {
    report(thread, access, place, TAO_EMU_OUT_OF_BOUNDS,
           place.name ? " outside of the " + std::to_string(place.bytes) + " bytes of" : " outside of all buffers");
    return thread.block->worker.elsewhere(access.bytes, access.isStore);
  }
  if (access.address % std::min(access.bytes & -access.bytes, 16u) != 0)
    report(thread, access, place, TAO_EMU_MISALIGNED, " that are not aligned, of");
  if (access.isStore && (place.flags & TAO_EMU_READ_ONLY))
    report(thread, access, place, TAO_EMU_READ_ONLY_STORE, " of");
  else if (place.shadow)
    checkShadow(thread, access, place);
  return address;
}

void *tao::emu::access(tao_emu_thread *face, const void *address, uint32_t bytes, uint32_t how, uint32_t buffer,
                       uint32_t site) {
  Thread &thread = *reinterpret_cast<Thread *>(face);
  Worker &worker = thread.block->worker;
  MemoryAccess access;
  access.address = reinterpret_cast<uintptr_t>(address);
  access.bytes = bytes;
  access.buffer = buffer;
  access.site = site;
  access.isStore = (how & TAO_EMU_STORE) != 0;
  access.isShared = (how & TAO_EMU_SHARED) != 0;
  access.reads = !access.isStore;
  if (access.isStore) {
    worker.progress();
  } else {
    thread.turns += address == thread.lastLoad ? kLoadsOfATurn / kSameLoadsOfATurn : 1;
    thread.lastLoad = address;
    if (thread.turns >= kLoadsOfATurn) {
      thread.turns = 0;
      thread.site = site;
      worker.yield(thread);
    }
  }
  return checkAccess(thread, access);
}

int64_t tao::emu::index(tao_emu_thread *face, int64_t index, int64_t size, uint32_t site) {
  if (uint64_t(index) < uint64_t(size))
    return index;
  Thread &thread = *reinterpret_cast<Thread *>(face);
  Machine &machine = thread.block->worker.machine;
  if (machine.launch.unchecked)
    return index;
  Fault fault;
  fault.kind = TAO_EMU_OUT_OF_BOUNDS;
  fault.offset = index;
  fault.what = "has index " + std::to_string(index) + " of " + std::to_string(size);
  fault.sides[0] = {thread.block->number, thread.number, site};
  machine.reporter.report(fault);
  return size > 0 ? std::clamp<int64_t>(index, 0, size - 1) : 0;
}
