// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One stitch.kernel with threads to a gpu.module of its name, with one gpu.func. Schedule IR is already what one thread
// does, so scalar ops stay as they are; loops become scf loops, stages registers or parts of the block's arena in
// shared memory, and lanes exchange values by shuffles. Buffers are pointers to global memory that do not overlap.
#ifndef TAO_PASSES_CODEGEN_GPU_GPULOWERING_H
#define TAO_PASSES_CODEGEN_GPU_GPULOWERING_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Builders.h"

namespace tao {

/// Of the address of a stage in shared memory: its size in bytes. A stage at offset 0 may lose it.
inline constexpr llvm::StringLiteral kSlotBytesAttr = "tao.slot_bytes";

class GpuLowering {
public:
  explicit GpuLowering(stitch::KernelOp kernel) : kernel(kernel), b(kernel) {}
  /// Builds the gpu.module before the kernel.
  mlir::LogicalResult run();

private:
  using Values = llvm::SmallVector<mlir::Value>;

  void bindArguments(mlir::gpu::GPUFuncOp function);
  mlir::LogicalResult lowerBlock(mlir::Block &block);
  mlir::LogicalResult lowerOp(mlir::Operation &op);
  mlir::LogicalResult lowerForeach(stitch::ForeachOp op);
  mlir::LogicalResult lowerReduce(stitch::ReduceOp op);
  mlir::LogicalResult lowerIf(mlir::Operation &op);
  void lowerStage(stitch::StageOp op);
  void lowerThread(stitch::ThreadOp op);
  void lowerAcross(stitch::AcrossOp op);
  void lowerCheck(stitch::CheckOp op);
  mlir::Value shuffle(mlir::Value value, int64_t offset);
  mlir::Value addressOf(mlir::Location loc, mlir::Value buffer, mlir::ValueRange indices, mlir::Type memory);
  mlir::Value lowerLoad(mlir::Location loc, mlir::Value buffer, mlir::ValueRange indices, mlir::Type scalar);
  void lowerStore(mlir::Location loc, mlir::Value scalar, mlir::Value buffer, mlir::ValueRange indices);
  mlir::Value sizeOf(const SymExpr &expr);
  mlir::Value lookup(mlir::Value value) { return values.lookup(value); }
  mlir::Value toI64(mlir::Value index);

  stitch::KernelOp kernel;
  mlir::OpBuilder b;
  mlir::gpu::GPUModuleOp module;
  mlir::Value arena, status;
  llvm::DenseMap<mlir::Value, mlir::Value> values;   // schedule IR value -> value
  llvm::DenseMap<mlir::Value, mlir::Value> pointers; // buffer or stage -> its start
  llvm::StringMap<mlir::Value> sizes;
};

} // namespace tao
#endif
