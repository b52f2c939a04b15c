// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Order.h"

#include <algorithm>

using namespace tao::emu;

void Knowledge::add(const std::shared_ptr<SyncObject> &object, uint64_t length) {
  auto place = std::lower_bound(known.begin(), known.end(), object,
                                [](const auto &entry, const auto &object) { return entry.first < object; });
  if (place != known.end() && place->first == object)
    place->second = std::max(place->second, length);
  else
    known.emplace(place, object, length);
}

void Knowledge::add(const Knowledge &other, const SyncObject *except) {
  for (const auto &[object, length] : other.known)
    if (object.get() != except)
      add(object, length);
}

bool Knowledge::covers(const Moment &moment) const {
  for (const auto &[object, length] : known)
    if (object->covers(moment, length))
      return true;
  return false;
}

uint64_t SyncObject::acquire(Knowledge &known) {
  std::lock_guard<std::mutex> lock(log);
  known.add(inherited);
  return length;
}

void SyncObject::release(const Release &release) {
  std::lock_guard<std::mutex> lock(log);
  inherited.add(release.known, this);
  entries[release.at.block].push_back({length++, release.at, release.lanes});
}

bool SyncObject::covers(const Moment &moment, uint64_t prefix) {
  std::lock_guard<std::mutex> lock(log);
  auto found = entries.find(moment.block);
  if (found == entries.end())
    return false;
  for (auto entry = found->second.rbegin(); entry != found->second.rend(); ++entry) {
    if (entry->position >= prefix)
      continue;
    if (entry->at.blockEpoch > moment.blockEpoch) // also after a barrier of the grid
      return true;
    if (entry->at.thread / kWarpSize == moment.thread / kWarpSize &&
        moment.time <= entry->lanes->time[moment.thread % kWarpSize])
      return true;
  }
  return false;
}

void SyncObject::forget() {
  Knowledge dropped;
  std::lock_guard<std::mutex> lock(log);
  std::swap(dropped, inherited);
}

std::shared_ptr<SyncObject> SyncTable::at(const void *address) {
  Shard &shard = shards[(reinterpret_cast<uintptr_t>(address) >> 2) % kNumShards];
  std::lock_guard<std::mutex> lock(shard.mutex);
  std::shared_ptr<SyncObject> &object = shard.objects[address];
  if (!object)
    object = std::make_shared<SyncObject>();
  return object;
}

void SyncTable::clear() {
  for (Shard &shard : shards) {
    for (auto &[address, object] : shard.objects)
      object->forget();
    shard.objects.clear();
  }
}
