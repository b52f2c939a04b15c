// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Atomic operations and fences. An atomic that acquires learns all that was released on its address before; one that
// releases adds what its thread has done. A relaxed one does so by the fence before or after it.
#include "Access.h"

#include <cmath>
#include <cstring>

using namespace tao::emu;

/// In the ordered schedule, a loop around an atomic that changes nothing lets others run after so many.
constexpr uint32_t kAtomicsOfATurn = 16;

namespace {

/// A 16-bit float, computed as an f32.
template <uint32_t Type> struct Half {
  uint16_t bits;
  operator float() const {
    if constexpr (Type == TAO_EMU_F16) {
      _Float16 half;
      std::memcpy(&half, &bits, 2);
      return float(half);
    }
    uint32_t wide = uint32_t(bits) << 16;
    float result;
    std::memcpy(&result, &wide, 4);
    return result;
  }
  static Half from(float value) {
    Half half;
    if constexpr (Type == TAO_EMU_F16) {
      _Float16 narrow = _Float16(value);
      std::memcpy(&half.bits, &narrow, 2);
      return half;
    }
    uint32_t wide;
    std::memcpy(&wide, &value, 4);
    // To nearest, ties to even; a NaN stays one.
    half.bits = std::isnan(value) ? 0x7fc0 : (wide + 0x7fff + (wide >> 16 & 1)) >> 16;
    return half;
  }
};

template <typename T> T integer(uint32_t operation, T old, T value) {
  using U = std::make_unsigned_t<T>;
  switch (operation) {
  case TAO_EMU_ADD:
    return T(U(old) + U(value));
  case TAO_EMU_MUL:
    return T(U(old) * U(value));
  case TAO_EMU_MIN:
    return std::min(old, value);
  case TAO_EMU_MAX:
    return std::max(old, value);
  case TAO_EMU_UMIN:
    return T(std::min(U(old), U(value)));
  case TAO_EMU_UMAX:
    return T(std::max(U(old), U(value)));
  case TAO_EMU_AND:
    return old & value;
  case TAO_EMU_OR:
    return old | value;
  case TAO_EMU_XOR_BITS:
    return old ^ value;
  }
  return value;
}

template <typename T> T floating(uint32_t operation, T old, T value) {
  switch (operation) {
  case TAO_EMU_ADD:
    return old + value;
  case TAO_EMU_MUL:
    return old * value;
  case TAO_EMU_MIN:
    return std::fmin(old, value);
  case TAO_EMU_MAX:
    return std::fmax(old, value);
  }
  return value;
}

/// Of bits, as memory has them.
template <typename Bits, typename Combine>
uint64_t update(void *address, uint64_t value, uint64_t compare, uint32_t operation, const Combine &combine) {
  auto *memory = static_cast<Bits *>(address);
  Bits old = __atomic_load_n(memory, __ATOMIC_SEQ_CST);
  for (;;) {
    Bits next;
    switch (operation) {
    case TAO_EMU_LOAD_ATOMIC:
      return old;
    case TAO_EMU_CAS:
      if (old != Bits(compare))
        return old;
      next = Bits(value);
      break;
    case TAO_EMU_EXCHANGE:
    case TAO_EMU_STORE_ATOMIC:
      next = Bits(value);
      break;
    default:
      next = combine(old, Bits(value));
    }
    if (__atomic_compare_exchange_n(memory, &old, next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
      return old;
  }
}

template <typename To, typename From> To bitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

uint32_t sizeOf(uint32_t type) {
  return type == TAO_EMU_I64 || type == TAO_EMU_F64 ? 8 : type == TAO_EMU_F16 || type == TAO_EMU_BF16 ? 2 : 4;
}

} // namespace

static uint64_t perform(void *address, uint64_t value, uint64_t compare, uint32_t operation, uint32_t type) {
  switch (type) {
  case TAO_EMU_I64:
    return update<uint64_t>(address, value, compare, operation,
                            [&](uint64_t a, uint64_t b) { return integer<int64_t>(operation, a, b); });
  case TAO_EMU_F32:
    return update<uint32_t>(address, value, compare, operation, [&](uint32_t a, uint32_t b) {
      return bitCast<uint32_t>(floating(operation, bitCast<float>(a), bitCast<float>(b)));
    });
  case TAO_EMU_F64:
    return update<uint64_t>(address, value, compare, operation, [&](uint64_t a, uint64_t b) {
      return bitCast<uint64_t>(floating(operation, bitCast<double>(a), bitCast<double>(b)));
    });
  case TAO_EMU_F16:
    return update<uint16_t>(address, value, compare, operation, [&](uint16_t a, uint16_t b) {
      using H = Half<TAO_EMU_F16>;
      return H::from(floating<float>(operation, H{a}, H{b})).bits;
    });
  case TAO_EMU_BF16:
    return update<uint16_t>(address, value, compare, operation, [&](uint16_t a, uint16_t b) {
      using H = Half<TAO_EMU_BF16>;
      return H::from(floating<float>(operation, H{a}, H{b})).bits;
    });
  }
  return update<uint32_t>(address, value, compare, operation,
                          [&](uint32_t a, uint32_t b) { return uint32_t(integer<int32_t>(operation, a, b)); });
}

static void acquire(Thread &thread, const std::shared_ptr<SyncObject> &object, uint32_t order) {
  Knowledge &into = order & TAO_EMU_ACQUIRE ? thread.known : thread.heard;
  uint64_t length = object->acquire(into);
  if (length != 0)
    into.add(object, length);
}

static void release(Thread &thread, SyncObject &object, uint32_t order) {
  if (order & TAO_EMU_RELEASE)
    object.release(thread.release());
  else if (thread.hasFenced)
    object.release(thread.fenced);
}

uint64_t tao::emu::atomic(tao_emu_thread *face, void *address, uint64_t value, uint64_t compare, uint32_t operation,
                          uint32_t type, uint32_t order, uint32_t how, uint32_t buffer, uint32_t site) {
  Thread &thread = *reinterpret_cast<Thread *>(face);
  Block &block = *thread.block;
  Worker &worker = block.worker;
  bool isLoad = operation == TAO_EMU_LOAD_ATOMIC, isStore = operation == TAO_EMU_STORE_ATOMIC;
  MemoryAccess access;
  access.address = reinterpret_cast<uintptr_t>(address);
  access.bytes = sizeOf(type);
  access.buffer = buffer;
  access.site = site;
  access.isShared = (how & TAO_EMU_SHARED) != 0;
  access.isStore = !isLoad;
  access.isAtomic = true;
  access.reads = !isStore && operation != TAO_EMU_EXCHANGE;

  uint64_t old;
  bool hasChanged;
  {
    std::shared_ptr<SyncObject> object = (access.isShared ? block.sync : worker.machine.sync).at(address);
    std::lock_guard<std::mutex> lock(object->operation);
    if (!isStore)
      acquire(thread, object, order);
    void *place = checkAccess(thread, access);
    old = perform(place, value, compare, operation, type);
    hasChanged = !isLoad && perform(place, 0, 0, TAO_EMU_LOAD_ATOMIC, type) != old;
    if (!isLoad)
      release(thread, *object, order);
  }
  if (hasChanged)
    worker.progress();
  bool takesTurns =
      worker.machine.launch.seed ? worker.random.below(4) == 0 : !hasChanged && ++thread.turns % kAtomicsOfATurn == 0;
  if (takesTurns) {
    thread.site = site;
    worker.yield(thread);
  }
  return old;
}

void tao::emu::fence(tao_emu_thread *face, uint32_t) {
  Thread &thread = *reinterpret_cast<Thread *>(face);
  thread.known.add(thread.heard);
  thread.heard.clear();
  thread.hasFenced = true;
  thread.fenced = thread.release();
}
