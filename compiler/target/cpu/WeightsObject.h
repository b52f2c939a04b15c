// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The weight blob as an ELF object, written straight from where the constants lie.
#ifndef TAO_COMPILER_TARGET_CPU_WEIGHTSOBJECT_H
#define TAO_COMPILER_TARGET_CPU_WEIGHTSOBJECT_H

#include "passes/host/WeightPlan.h"
#include "llvm/Support/raw_ostream.h"

namespace tao {

/// Writes a relocatable x86-64 object: section .tao.weights, page aligned and read only, with the hidden symbol
/// tao_weights_data at its start. Errors are left in the stream.
void writeWeightsObject(const WeightPlan &plan, llvm::raw_ostream &os);

} // namespace tao
#endif
