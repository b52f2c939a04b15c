// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The options table as data, and the texts made from it.
#ifndef TAO_COMPILER_DRIVER_OPTIONS_H
#define TAO_COMPILER_DRIVER_OPTIONS_H

#include "compiler/include/tao/Compiler.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace tao {

enum class OptionKind { Flag, Text, List, Number, Choice, Later };
struct OptionRow {
  OptionKind kind;
  llvm::StringLiteral name, value, choices, initial, bare, help;
};
llvm::ArrayRef<OptionRow> getOptionRows();

void printHelp(llvm::raw_ostream &os);
/// One line per row of Phases.def.
void printPhases(llvm::raw_ostream &os);

} // namespace tao
#endif
