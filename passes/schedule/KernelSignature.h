// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a group's kernel takes: the operands it reads, its results, and the sizes they are made of.
#ifndef TAO_PASSES_SCHEDULE_KERNELSIGNATURE_H
#define TAO_PASSES_SCHEDULE_KERNELSIGNATURE_H

#include "passes/schedule/Emitter.h"

namespace tao {

class KernelSignature {
public:
  /// Finds the operands that the group reads, and notes the symbols of its types and ops.
  explicit KernelSignature(stitch::GroupOp group);

  /// Has the kernel take the symbols of a size. In the kernel symbols are called s0, s1, .. in the order of first use.
  void note(const SymExpr &expr);

  /// Has the kernel take an operand as a vector, by a reshape before the group.
  void flatten(mlir::BlockArgument groupArgument);

  /// A detached kernel with a body that is still empty; its arguments are the operands, `results`, and the sizes.
  stitch::KernelOp create(llvm::StringRef name, stitch::PlanAttr plan, mlir::TypeRange results);
  /// An emitter that knows the group's operands. To be asked for once, after create.
  Emitter makeEmitter();

  /// Gives the kernel a loop over its tasks, with the body that `emit` builds for a task's number, and the messages of
  /// the checks in it.
  void buildTasks(stitch::KernelOp kernel, Emitter &emitter, const SymExpr &tasks,
                  llvm::function_ref<void(mlir::OpBuilder, mlir::Value)> emit);
  /// What the runtime knows of a call, besides its operands.
  struct CallCost {
    SymExpr tasks, cost;
    int64_t scratch = 0; // bytes for a task
  };
  /// A call of the finished kernel, in front of the group.
  stitch::CallOp call(llvm::StringRef kernel, mlir::TypeRange results, llvm::ArrayRef<int64_t> inPlace,
                      const CallCost &cost);

  /// The size in the kernel's own symbols.
  SymExpr toLocal(const SymExpr &expr) const;
  stitch::BufType bufferOf(mlir::Type tensor) const;

  llvm::ArrayRef<mlir::Value> getReads() const { return reads; }
  /// Kernel buffers of the results.
  llvm::ArrayRef<mlir::Value> getOutputs() const { return outputs; }

private:
  stitch::GroupOp group;
  mlir::Block *body = nullptr;
  llvm::SmallVector<mlir::Value> reads, outputs;
  llvm::SmallVector<mlir::BlockArgument> readArguments; // of the group's body
  llvm::DenseMap<mlir::Value, Emitter::Leaf> leaves;    // the group's arguments
  std::vector<std::string> symbols;                     // in order of first use
  llvm::StringMap<std::string> localNames;              // symbol -> kernel's name
  llvm::StringMap<mlir::Value> sizes;                   // symbol -> kernel's argument
  llvm::SmallVector<mlir::Operation *> failingOps;      // that have checks
};

/// Adds a kernel to the module under a name made of the group's; or erases it when there is an equal one already. Gives
/// the name.
class KernelTable {
public:
  explicit KernelTable(mlir::ModuleOp module) : module(module), symbols(module) {}
  std::string add(stitch::KernelOp kernel, stitch::GroupOp group);
  int64_t getNumKernels() const { return byText.size(); }

private:
  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  llvm::StringMap<std::string> byText;
};

} // namespace tao
#endif
