// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Architecture tables: the figures of a machine that plans are made for. They are text files in arch/, one field per
// line, and part of the program, so that a plan for any of them can be made on any machine. Figures are of the maker's
// data sheets where there are some; the rest is rounded from measurements, and good enough to rank plans by.
#ifndef TAO_PASSES_FUSE_STITCH_ARCH_H
#define TAO_PASSES_FUSE_STITCH_ARCH_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>

namespace tao {

struct Arch {
  std::string name;
#define TAO_ARCH_INT(field, ...) int64_t field = 0;
#define TAO_ARCH_REAL(field, ...) double field = 0;
#include "passes/fuse/stitch/ArchFields.def"

  bool isGpu() const { return warp > 1; }
};

/// Blocks that a unit of a GPU runs at a time, when each has so many threads, each of them registers (0: not known),
/// and bytes of shared memory.
int64_t countBlocks(const Arch &arch, int64_t threads, int64_t registers, int64_t shared);

/// The built-in tables, in a fixed order.
llvm::ArrayRef<Arch> getArchs();
const Arch *findArch(llvm::StringRef name);
/// The names of GPUs alone.
llvm::SmallVector<llvm::StringRef> getGpuArchs();
/// The names, as messages list them.
std::string listArchs();

/// Reads a table: lines of a field's name and its value, comments from '#'. nullopt with "line N: what is wrong".
std::optional<Arch> parseArch(llvm::StringRef name, llvm::StringRef text, std::string &reason);

} // namespace tao
#endif
