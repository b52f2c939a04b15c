// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Report.h"

using namespace tao::emu;

static std::string triple(const uint32_t (&id)[3]) {
  return "(" + std::to_string(id[0]) + "," + std::to_string(id[1]) + "," + std::to_string(id[2]) + ")";
}

static void spread(uint32_t linear, const uint32_t (&extents)[3], uint32_t (&id)[3]) {
  id[0] = linear % extents[0];
  id[1] = linear / extents[0] % extents[1];
  id[2] = linear / extents[0] / extents[1];
}

static const char *kindName(uint32_t kind) {
  static const char *const names[TAO_EMU_NUM_KINDS] = {
      "race",       "divergent barrier", "divergent shuffle", "out of bounds",           "unwritten memory",
      "misaligned", "deadlock",          "arena overlap",     "store to read-only data", "bad shuffle"};
  return kind < TAO_EMU_NUM_KINDS ? names[kind] : "fault";
}

std::string Reporter::name(uint32_t site) const {
  if (site < launch.num_sites && launch.sites && launch.sites[site])
    return launch.sites[site];
  return site == TAO_EMU_NO_SITE ? "unknown op" : "op " + std::to_string(site);
}

std::string Reporter::describe(const tao_emu_side &side) const {
  return "block " + triple(side.block_id) + " thread " + triple(side.thread_id) + " at " + name(side.site);
}

void Reporter::report(const Fault &fault) {
  std::lock_guard<std::mutex> lock(mutex);
  ++faults;
  uint32_t second = fault.numSides > 1 ? fault.sides[1].site : TAO_EMU_NO_SITE;
  if (!reported.emplace(fault.kind, fault.buffer ? fault.buffer : "", fault.sides[0].site, second).second ||
      !launch.reporter)
    return;

  tao_emu_report out = {};
  out.kind = fault.kind;
  out.kernel = launch.name ? launch.name : "kernel";
  out.buffer = fault.buffer;
  out.offset = fault.offset;
  out.num_sides = fault.numSides;
  for (uint32_t i = 0; i < fault.numSides; ++i) {
    const Side &side = fault.sides[i];
    spread(side.block, launch.grid, out.sides[i].block_id);
    spread(side.thread, launch.block, out.sides[i].thread_id);
    out.sides[i].site = side.site;
    out.sides[i].is_store = side.isStore;
    out.sides[i].is_atomic = side.isAtomic;
  }
  std::string text =
      std::string(out.kernel) + ": " + kindName(fault.kind) + ": " + describe(out.sides[0]) + " " + fault.what;
  if (fault.buffer)
    text += std::string(" '") + fault.buffer + "' at byte " + std::to_string(fault.offset);
  if (fault.numSides > 1) {
    text += "; the other: " + describe(out.sides[1]);
    if (fault.kind == TAO_EMU_RACE || fault.kind == TAO_EMU_OVERLAP)
      text += std::string(out.sides[1].is_store ? " stores" : " loads") + (out.sides[1].is_atomic ? " atomically" : "");
  }
  out.text = text.c_str();
  launch.reporter(launch.reporter_context, &out);
}
