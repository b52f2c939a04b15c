// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Arch.h.
#include "passes/fuse/stitch/Arch.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ErrorHandling.h"
#include <vector>

using llvm::StringRef;

namespace tao {

namespace {
struct Source {
  llvm::StringLiteral name, text;
};
constexpr Source kSources[] = {
#include "passes/fuse/ArchTables.inc"
};

/// Sets the field; the reason when it cannot.
std::string setField(Arch &arch, StringRef name, StringRef value) {
#define TAO_ARCH_INT(field, least, ...)                                                                                \
  if (name == #field) {                                                                                                \
    if (value.getAsInteger(10, arch.field) || arch.field < (least))                                                    \
      return "'" + value.str() + "' is no whole number of at least " #least;                                           \
    return "";                                                                                                         \
  }
#define TAO_ARCH_REAL(field, ...)                                                                                      \
  if (name == #field) {                                                                                                \
    if (value.getAsDouble(arch.field) || !(arch.field >= 0 && arch.field < 1e9))                                       \
      return "'" + value.str() + "' is no number from 0 to 1e9";                                                       \
    return "";                                                                                                         \
  }
#include "passes/fuse/stitch/ArchFields.def"
  return "unknown field '" + name.str() + "'";
}

constexpr llvm::StringLiteral kFields[] = {
#define TAO_ARCH_INT(field, ...) #field,
#define TAO_ARCH_REAL(field, ...) #field,
#include "passes/fuse/stitch/ArchFields.def"
};
} // namespace

std::optional<Arch> parseArch(StringRef name, StringRef text, std::string &reason) {
  Arch arch;
  arch.name = name.str();
  llvm::StringSet<> seen;
  llvm::SmallVector<StringRef> lines;
  text.split(lines, '\n');
  for (auto [index, line] : llvm::enumerate(lines)) {
    line = line.split('#').first.trim();
    if (line.empty())
      continue;
    auto [field, value] = line.split(' ');
    std::string problem = setField(arch, field, value.trim());
    if (problem.empty() && !seen.insert(field).second)
      problem = "field '" + field.str() + "' is given twice";
    if (!problem.empty()) {
      reason = "line " + std::to_string(index + 1) + ": " + problem;
      return std::nullopt;
    }
  }
  for (StringRef field : kFields)
    if (!seen.contains(field)) {
      reason = "field '" + field.str() + "' is missing";
      return std::nullopt;
    }
  return arch;
}

llvm::ArrayRef<Arch> getArchs() {
  static const std::vector<Arch> archs = [] {
    std::vector<Arch> list;
    for (const Source &source : kSources) {
      std::string reason;
      std::optional<Arch> arch = parseArch(source.name, source.text, reason);
      if (!arch)
        llvm::report_fatal_error("architecture table " + source.name + ": " + StringRef(reason));
      list.push_back(std::move(*arch));
    }
    return list;
  }();
  return archs;
}

/// Registers are given to a warp by eight for each thread (CUDA C++ Programming Guide, "Multiprocessor Level").
static constexpr int64_t kRegisterUnit = 8;

int64_t countBlocks(const Arch &arch, int64_t threads, int64_t registers, int64_t shared) {
  int64_t blocks = std::min(arch.blocks_per_unit, arch.threads_per_unit / threads);
  blocks = std::min(blocks, arch.shared_per_unit / std::max<int64_t>(shared + arch.shared_reserved, 1));
  if (registers > 0)
    blocks = std::min(blocks, arch.registers_per_unit /
                                  (static_cast<int64_t>(llvm::alignTo(registers, kRegisterUnit)) * threads));
  return blocks;
}

const Arch *findArch(StringRef name) {
  for (const Arch &arch : getArchs())
    if (arch.name == name)
      return &arch;
  return nullptr;
}

llvm::SmallVector<StringRef> getGpuArchs() {
  llvm::SmallVector<StringRef> names;
  for (const Arch &arch : getArchs())
    if (arch.isGpu())
      names.push_back(arch.name);
  return names;
}

std::string listArchs() {
  return llvm::join(llvm::map_range(getArchs(), [](const Arch &arch) { return arch.name; }), ", ");
}

} // namespace tao
