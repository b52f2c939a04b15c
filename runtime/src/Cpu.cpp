// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which features this CPU and its operating system offer, by the names of /proc/cpuinfo. Asked before the first
// compiled instruction runs, so that a wrong machine gets a message and not an illegal instruction.
#include "Context.h"

#include <cpuid.h>

namespace tao::rt {
namespace {

enum Register : uint8_t { EAX, EBX, ECX, EDX };
/// State that the operating system must save for the feature to be usable.
enum State : uint8_t { None, Avx, Avx512, Amx };

struct Feature {
  const char *name;
  uint32_t leaf, subleaf;
  Register reg;
  uint8_t bit;
  State state;
};

constexpr Feature features[] = {
    {"sse3", 1, 0, ECX, 0, None},
    {"pni", 1, 0, ECX, 0, None},
    {"pclmulqdq", 1, 0, ECX, 1, None},
    {"ssse3", 1, 0, ECX, 9, None},
    {"fma", 1, 0, ECX, 12, Avx},
    {"cx16", 1, 0, ECX, 13, None},
    {"sse4_1", 1, 0, ECX, 19, None},
    {"sse4_2", 1, 0, ECX, 20, None},
    {"movbe", 1, 0, ECX, 22, None},
    {"popcnt", 1, 0, ECX, 23, None},
    {"aes", 1, 0, ECX, 25, None},
    {"xsave", 1, 0, ECX, 26, None},
    {"avx", 1, 0, ECX, 28, Avx},
    {"f16c", 1, 0, ECX, 29, Avx},
    {"rdrand", 1, 0, ECX, 30, None},
    {"fxsr", 1, 0, EDX, 24, None},
    {"mmx", 1, 0, EDX, 23, None},
    {"sse", 1, 0, EDX, 25, None},
    {"sse2", 1, 0, EDX, 26, None},
    {"cx8", 1, 0, EDX, 8, None},
    {"cmov", 1, 0, EDX, 15, None},
    {"fsgsbase", 7, 0, EBX, 0, None},
    {"bmi1", 7, 0, EBX, 3, None},
    {"avx2", 7, 0, EBX, 5, Avx},
    {"bmi2", 7, 0, EBX, 8, None},
    {"avx512f", 7, 0, EBX, 16, Avx512},
    {"avx512dq", 7, 0, EBX, 17, Avx512},
    {"rdseed", 7, 0, EBX, 18, None},
    {"adx", 7, 0, EBX, 19, None},
    {"avx512ifma", 7, 0, EBX, 21, Avx512},
    {"clflushopt", 7, 0, EBX, 23, None},
    {"clwb", 7, 0, EBX, 24, None},
    {"avx512cd", 7, 0, EBX, 28, Avx512},
    {"sha_ni", 7, 0, EBX, 29, None},
    {"avx512bw", 7, 0, EBX, 30, Avx512},
    {"avx512vl", 7, 0, EBX, 31, Avx512},
    {"avx512vbmi", 7, 0, ECX, 1, Avx512},
    {"avx512_vbmi2", 7, 0, ECX, 6, Avx512},
    {"gfni", 7, 0, ECX, 8, None},
    {"vaes", 7, 0, ECX, 9, Avx},
    {"vpclmulqdq", 7, 0, ECX, 10, Avx},
    {"avx512_vnni", 7, 0, ECX, 11, Avx512},
    {"avx512_bitalg", 7, 0, ECX, 12, Avx512},
    {"avx512_vpopcntdq", 7, 0, ECX, 14, Avx512},
    {"rdpid", 7, 0, ECX, 22, None},
    {"movdiri", 7, 0, ECX, 27, None},
    {"movdir64b", 7, 0, ECX, 28, None},
    {"avx512_vp2intersect", 7, 0, EDX, 8, Avx512},
    {"serialize", 7, 0, EDX, 14, None},
    {"amx_bf16", 7, 0, EDX, 22, Amx},
    {"avx512_fp16", 7, 0, EDX, 23, Avx512},
    {"amx_tile", 7, 0, EDX, 24, Amx},
    {"amx_int8", 7, 0, EDX, 25, Amx},
    {"avx_vnni", 7, 1, EAX, 4, Avx},
    {"avx512_bf16", 7, 1, EAX, 5, Avx512},
    {"xsaveopt", 13, 1, EAX, 0, None},
    {"xsavec", 13, 1, EAX, 1, None},
    {"xsaves", 13, 1, EAX, 3, None},
    {"lahf_lm", 0x80000001, 0, ECX, 0, None},
    {"abm", 0x80000001, 0, ECX, 5, None},
    {"sse4a", 0x80000001, 0, ECX, 6, None},
    {"3dnowprefetch", 0x80000001, 0, ECX, 8, None},
    {"clzero", 0x80000008, 0, EBX, 0, None},
};

bool stateEnabled(State state) {
  if (state == None)
    return true;
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27)))
    return false; // no OSXSAVE: the system saves no wide registers
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  uint32_t needed = state == Avx ? 0x6u : state == Avx512 ? 0xe6u : 0x60000u;
  return (low & needed) == needed;
}

bool hasFeature(const char *name, size_t length) {
  for (const Feature &feature : features) {
    if (strlen(feature.name) != length || memcmp(feature.name, name, length) != 0)
      continue;
    uint32_t regs[4];
    if (!__get_cpuid_count(feature.leaf, feature.subleaf, &regs[0], &regs[1], &regs[2], &regs[3]))
      return false;
    return (regs[feature.reg] >> feature.bit & 1) && stateEnabled(feature.state);
  }
  return false; // a feature this runtime does not know was not there when it was written
}

} // namespace

bool cpuHasFeatures(const char *list, char *missing, size_t missingBytes) {
  size_t used = 0;
  missing[0] = 0;
  while (list && *list) {
    size_t length = strcspn(list, ",");
    if (length != 0 && !hasFeature(list, length) && used + length + 3 < missingBytes) {
      if (used != 0) {
        memcpy(missing + used, ", ", 2);
        used += 2;
      }
      memcpy(missing + used, list, length);
      used += length;
      missing[used] = 0;
    }
    list += length + (list[length] == ',');
  }
  return used == 0;
}

} // namespace tao::rt
