// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a function is, apart from names: hashes of functions and of groups, the numbers of ops in plan files, and names
// for size symbols that only the graph decides. The function is in canonical order, so that neither the order of ops in
// the input nor the names of values, nodes and symbols take part; nor do locations, the data of weights, or the
// planner.
#ifndef TAO_PASSES_FUSE_GRAPHHASH_H
#define TAO_PASSES_FUSE_GRAPHHASH_H

#include "dialects/Stitch/StitchPlan.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace tao {

/// Names "s0", "s1", .. for size symbols, in the order in which they are first asked for.
class SymbolNames {
public:
  SymExpr rename(const SymExpr &size);
  /// The text of a size expression in renamed form, if it has only symbols with names; other text as it is.
  std::string renameText(llvm::StringRef text);
  llvm::ArrayRef<std::string> getNames() const { return order; }

private:
  std::string get(llvm::StringRef name);
  llvm::StringMap<std::string> names;
  std::vector<std::string> order; // the original names
};

/// All sizes of the plan with other symbols.
void renameSymbols(stitch::StitchPlan &plan, llvm::function_ref<SymExpr(const SymExpr &)> rename);
/// `size` with the symbols that `nameOf` gives; nullopt when it gives none for one of them.
std::optional<SymExpr> renameSymbols(const SymExpr &size,
                                     llvm::function_ref<std::optional<std::string>(llvm::StringRef)> nameOf);

/// The memory ops of a function that is in canonical order, whose library groups are formed.
struct FunctionGraph {
  explicit FunctionGraph(mlir::func::FuncOp func);

  std::vector<mlir::Operation *> ops; // by their numbers
  llvm::DenseMap<mlir::Operation *, int64_t> numbers;
  SymbolNames symbols;
  std::string hash;
};

/// The hash of a group of ops, in order, that stores what `isStored` says: equal groups have equal plans.
std::string hashGroup(llvm::ArrayRef<mlir::Operation *> ops, llvm::function_ref<bool(mlir::Operation *)> isStored,
                      SymbolNames &symbols);

} // namespace tao
#endif
