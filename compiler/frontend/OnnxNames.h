// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names and types of a graph's inputs and outputs: symbols for the named and unnamed dynamic extents.
#ifndef TAO_COMPILER_FRONTEND_ONNXNAMES_H
#define TAO_COMPILER_FRONTEND_ONNXNAMES_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "mlir/IR/BuiltinTypes.h"
#include "onnx/onnx-ml.pb.h"
#include "passes/support/UserError.h"

namespace tao {

/// Gives each dim_param of a model a symbol that a SymExpr may hold. Different names never share a symbol.
class DimSymbols {
public:
  /// Reserves the symbols of names that are valid as they are, so that no other name takes them.
  void reserve(const onnx::GraphProto &graph);
  /// The symbol for a name: invalid characters become '_', clashes get a number.
  std::string get(llvm::StringRef name) { return make("=", name); }
  /// The symbol for an extent without a name; never one that a name has.
  std::string getUnnamed(llvm::StringRef input, size_t dim) { return make("?", (input + "_" + llvm::Twine(dim)).str()); }

private:
  std::string make(llvm::StringRef kind, llvm::StringRef name);
  llvm::StringMap<std::string> symbols; // by kind and name
  llvm::StringSet<> taken;
};

/// The tensor type of an input: every extent static or symbolic, or an unranked tensor when the model gives no shape.
/// Null on failure, with code and reason in `error`.
mlir::Type getInputType(mlir::MLIRContext *context, const onnx::ValueInfoProto &info, int64_t maxRank,
                        DimSymbols &symbols, UserError &error);

/// The declared type of an output; dynamic extents stay without symbols, since their names promise nothing. Null without
/// an error when nothing is declared.
mlir::Type getOutputType(mlir::MLIRContext *context, const onnx::ValueInfoProto &info, int64_t maxRank, UserError &error);

} // namespace tao
#endif
