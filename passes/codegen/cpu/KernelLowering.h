// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One stitch.kernel to vector code. Schedule IR is scalar code inside loops over lanes; here lanes become vectors. A value is
// uniform (one scalar for all lanes), linear (an index: base + stride * lane) or varying (a vector). Loads and stores at
// linear addresses of stride one are contiguous vector accesses, others gather and scatter. A range that is no multiple of
// the width ends in one masked step. Stages are parts of the worker's scratch memory, whose address stands behind those of
// the buffers; a barrier is nothing, since the phases of a task are successive loops of one thread.
#ifndef TAO_PASSES_CODEGEN_CPU_KERNELLOWERING_H
#define TAO_PASSES_CODEGEN_CPU_KERNELLOWERING_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace tao {

class KernelLowering {
public:
  /// `vectorBytes` is the width of the machine's vectors, for what the schedule IR does not give a width.
  KernelLowering(stitch::KernelOp kernel, int64_t vectorBytes);

  /// Builds `llvm.func internal @name(buffers, dims, begin, end, status)` before the kernel.
  mlir::LogicalResult run();

private:
  /// The vector that lanes of the innermost lane loop form; width 0 outside of one.
  struct Lanes {
    int64_t width = 0;
    mlir::Value mask; // vector<width x i1> of active lanes, or null when all are
  };
  struct Linear {
    mlir::Value base; // index
    int64_t stride;
  };
  /// Row-major stride of a buffer dim in elements: a number, or code.
  struct Stride {
    std::optional<int64_t> number;
    mlir::Value value;
  };
  struct Address {
    mlir::Value uniform;     // i64 element offset shared by the lanes
    int64_t laneStride = 0;  // elements between lanes
    mlir::Value offsets;     // vector<width x i64> on top, or null
    bool isUniform() const { return laneStride == 0 && !offsets; }
  };

  // Structure.
  void bindArguments(mlir::LLVM::LLVMFuncOp function);
  mlir::LogicalResult lowerBlock(mlir::Block &block);
  mlir::LogicalResult lowerOp(mlir::Operation &op);
  mlir::LogicalResult lowerForeach(stitch::ForeachOp op);
  mlir::LogicalResult lowerReduce(stitch::ReduceOp op);
  mlir::LogicalResult lowerIf(mlir::Operation &op);
  mlir::LogicalResult lowerScalarOp(mlir::Operation &op);
  bool lowerLinear(mlir::Operation &op);
  /// Runs `body` for each step of a lane range: full steps, then a masked one. `carried` goes through as loop state.
  using Step = llvm::function_ref<mlir::LogicalResult(mlir::ValueRange, llvm::SmallVectorImpl<mlir::Value> &)>;
  mlir::LogicalResult laneSteps(mlir::Location loc, mlir::Value lower, mlir::Value upper, int64_t width,
                                mlir::Value inductionVar, llvm::SmallVectorImpl<mlir::Value> &carried, Step body);

  // Values.
  mlir::Value lookup(mlir::Value value) { return values.lookup(value); }
  bool isVarying(mlir::Value value);
  mlir::Value asScalar(mlir::Value value);
  mlir::Value asVector(mlir::Value value);
  mlir::Value broadcast(mlir::Value scalar);
  mlir::VectorType vectorOf(mlir::Type element) { return mlir::VectorType::get({lanes.width}, element); }
  mlir::Value laneNumbers(mlir::Type element); // 0, 1, 2...
  mlir::Value indexConstant(int64_t value);
  mlir::Value toI64(mlir::Value value);

  // Memory.
  void lowerStage(stitch::StageOp op);
  void addStrides(mlir::Value buffer);
  /// Of kernel buffers and of stages.
  mlir::Value lowerLoad(mlir::Value buffer, mlir::ValueRange indices, mlir::Type scalar);
  void lowerStore(mlir::Value scalar, mlir::Value buffer, mlir::ValueRange indices);
  void lowerCheck(stitch::CheckOp op);
  Address addressOf(mlir::Value buffer, mlir::ValueRange indices);
  mlir::Value pointerTo(mlir::Value buffer, const Address &address, mlir::Type element);
  mlir::Value pointersTo(mlir::Value buffer, const Address &address, mlir::Type element);
  mlir::Value fullMask();
  void annotate(mlir::Operation *access, mlir::Value buffer);

  // Products.
  void lowerDot(stitch::DotOp op);
  void lowerPanel(stitch::PanelOp op);
  mlir::Value elementOf(mlir::Value base, mlir::Value index, int64_t stride, int64_t offset);

  // Reductions.
  mlir::Value combine(stitch::Monoid monoid, mlir::Value a, mlir::Value b);
  void combineArg(stitch::Monoid monoid, mlir::Value &value, mlir::Value &index, mlir::Value newValue,
                  mlir::Value newIndex);
  mlir::Value acrossLanes(stitch::Monoid monoid, mlir::Value vector);
  std::pair<mlir::Value, mlir::Value> acrossLanesArg(stitch::Monoid monoid, mlir::Value value, mlir::Value index);
  void accumulate(stitch::ReduceOp op, mlir::ValueRange accumulators, llvm::ArrayRef<mlir::Value> contributions,
                  llvm::SmallVectorImpl<mlir::Value> &results);

  stitch::KernelOp kernel;
  int64_t vectorLanes; // f32 of a vector register
  mlir::OpBuilder b;
  mlir::Value begin, end, status; // task range as index; status pointer
  llvm::DenseMap<mlir::Value, mlir::Value> values;  // schedule IR value -> uniform scalar or vector
  llvm::DenseMap<mlir::Value, Linear> linear;       // index values that are linear in the lane
  llvm::DenseMap<mlir::Value, mlir::Value> pointers; // buffer -> base pointer
  llvm::DenseMap<mlir::Value, llvm::SmallVector<Stride>> strides;
  llvm::DenseMap<mlir::Value, mlir::LLVM::AliasScopeAttr> scopes;
  mlir::LLVM::AliasScopeAttr scratchScope; // of all stages, which may share bytes
  mlir::Value scratch;                     // memory for stages, or null
  llvm::StringMap<mlir::Value> sizes;
  llvm::SmallVector<std::pair<mlir::Value, mlir::Value>> aliased; // operands and the results that may replace them
  Lanes lanes;
};

} // namespace tao
#endif
