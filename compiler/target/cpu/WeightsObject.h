// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The weight blob as an ELF object, and how it gets into a linked library without passing through the linker: the
// linker lays out room for it, and it is written once, behind all else in the file.
#ifndef TAO_COMPILER_TARGET_CPU_WEIGHTSOBJECT_H
#define TAO_COMPILER_TARGET_CPU_WEIGHTSOBJECT_H

#include "passes/host/WeightPlan.h"
#include "llvm/Support/raw_ostream.h"

namespace tao {

/// Writes a relocatable x86-64 object: section .tao.weights, page aligned and read only, with the hidden symbol
/// tao_weights_data at its start. Without `withBytes` the section only takes room. Errors are left in the stream.
void writeWeightsObject(const WeightPlan &plan, bool withBytes, llvm::raw_ostream &os);

/// Linker script that puts the section into a segment of its own behind all others.
inline constexpr llvm::StringLiteral kWeightsScript =
    "SECTIONS { .tao.weights : { *(.tao.weights) } } INSERT AFTER .bss;\n";

/// A linked library with room for weights: changes its headers so that they come from the file at the offset that is
/// returned, which lies behind `library`. 0 when nothing refers to the weights and the linker has dropped them; nothing
/// when the library is not laid out as kWeightsScript says.
std::optional<uint64_t> placeWeights(llvm::MutableArrayRef<char> library, const WeightPlan &plan);

} // namespace tao
#endif
