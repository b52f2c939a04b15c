// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Architecture tables: the built-in ones are sound, and a faulty one is refused with its line.
#include "passes/fuse/stitch/Arch.h"
#include <gtest/gtest.h>

using namespace tao;

namespace {

/// All fields, each with the value 2048.
std::string makeTable() {
  std::string text;
#define TAO_ARCH_INT(field, ...) text += #field " 2048\n";
#define TAO_ARCH_REAL(field, ...) text += #field "   2048 # comment\n\n";
#include "passes/fuse/stitch/ArchFields.def"
  return text;
}

std::string refuse(const std::string &text) {
  std::string reason;
  EXPECT_FALSE(parseArch("x", text, reason));
  return reason;
}

TEST(Arch, BuiltIn) {
  EXPECT_EQ(listArchs(), "sm_80, sm_86, sm_89, sm_90, sm_100, sm_120, x86-avx2, x86-avx512");
  EXPECT_EQ(findArch("sm_70"), nullptr);
  for (const Arch &arch : getArchs()) {
    EXPECT_EQ(findArch(arch.name), &arch);
    EXPECT_EQ(arch.isGpu(), llvm::StringRef(arch.name).starts_with("sm_"));
    EXPECT_EQ(arch.threads_per_block % arch.warp, 0) << arch.name;
    EXPECT_LE(arch.threads_per_block, arch.threads_per_unit) << arch.name;
    EXPECT_LE(arch.shared_per_block + arch.shared_reserved, arch.shared_per_unit) << arch.name;
    EXPECT_GE(arch.dram_gbps, arch.unit_gbps) << arch.name;
  }
}

TEST(Arch, Reads) {
  std::string reason;
  auto arch = parseArch("x", makeTable(), reason);
  ASSERT_TRUE(arch) << reason;
  EXPECT_EQ(arch->name, "x");
  EXPECT_EQ(arch->units, 2048);
  EXPECT_EQ(arch->launch_us, 2048);
}

TEST(Arch, Refuses) {
  EXPECT_EQ(refuse(""), "field 'units' is missing");
  EXPECT_EQ(refuse("# nothing\nspeed 3"), "line 2: unknown field 'speed'");
  EXPECT_EQ(refuse("units 1\nunits 1"), "line 2: field 'units' is given twice");
  EXPECT_EQ(refuse("units many"), "line 1: 'many' is no whole number of at least 1");
  EXPECT_EQ(refuse("units"), "line 1: '' is no whole number of at least 1");
  EXPECT_EQ(refuse("units 0"), "line 1: '0' is no whole number of at least 1");
  EXPECT_EQ(refuse("clock_mhz -1"), "line 1: '-1' is no number from 0 to 1e9");
  EXPECT_EQ(refuse("clock_mhz nan"), "line 1: 'nan' is no number from 0 to 1e9");
}

} // namespace
