// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See LibraryCall.h. A contraction of any index order becomes one batched matrix product: its loop dims are sorted into
// batch, m, n and k, neighbours that lie next to each other in all tensors merge, and what is left over of m and n
// becomes a batch dim in which the other operand repeats.
#include "passes/host/LibraryCall.h"
#include "passes/fuse/PostOps.h"

using namespace mlir;

namespace tao {

namespace {
enum Role : size_t { Batch, RowsM, ColumnsN, SummedK, NumRoles };
/// Positions in LoopDim::strides; post-op operands follow.
enum Tensor : size_t { Lhs, Rhs, Dst, FirstPost };

struct LoopDim {
  SymExpr extent;
  SmallVector<SymExpr> strides; // per tensor; 0 where the dim does not occur
};

/// Element strides of a dense row-major tensor.
SmallVector<SymExpr> getDenseStrides(Value value) {
  SmallVector<SymExpr> dims = getDims(value);
  SmallVector<SymExpr> strides(dims.size(), SymExpr(1));
  for (size_t d = dims.size(); d-- > 1;)
    strides[d - 1] = strides[d] * dims[d];
  return strides;
}

/// Attributes of one library call under construction.
class CallBuilder {
public:
  CallBuilder(OpBuilder &builder, stitch::GroupOp group, const LibraryBuffers &buffers, const StepLabels &labels,
              const PostOpChain &chain)
      : builder(builder), group(group), buffers(buffers), labels(labels), chain(chain) {}

  LogicalResult createMatmul(ContractOp contract);
  LogicalResult createConv(ConvOp conv);

private:
  StringAttr text(const SymExpr &size) { return builder.getStringAttr(size.str()); }
  ArrayAttr texts(ArrayRef<SymExpr> sizes) {
    return builder.getArrayAttr(
        llvm::map_to_vector(sizes, [&](const SymExpr &size) -> Attribute { return text(size); }));
  }
  /// The tensor outside the group that a block argument stands for.
  Value outer(Value argument) { return group.getInputs()[cast<BlockArgument>(argument).getArgNumber()]; }
  Value bufferOf(Value argument) { return buffers.bufferOf(outer(argument)); }
  rt::OperandAttr layout(Value value, ArrayRef<SymExpr> strides = {}) {
    bool constant = isa<BlockArgument>(value) && buffers.isConstant(outer(value));
    SmallVector<StringAttr> strideTexts = llvm::map_to_vector(strides, [&](const SymExpr &s) { return text(s); });
    return rt::OperandAttr::get(builder.getContext(), cast<RankedTensorType>(value.getType()).getElementType(),
                                strideTexts, constant);
  }
  ArrayAttr postOps(function_ref<SmallVector<SymExpr>(size_t)> stridesOf) {
    SmallVector<Attribute> attrs;
    for (auto [i, post] : llvm::enumerate(chain.ops))
      attrs.push_back(rt::PostOpAttr::get(builder.getContext(), static_cast<rt::PostOpKind>(post.kind),
                                          builder.getF32FloatAttr(post.alpha), builder.getF32FloatAttr(post.beta),
                                          post.operand ? layout(post.operand, stridesOf(i)) : rt::OperandAttr()));
    return builder.getArrayAttr(attrs);
  }
  SmallVector<Value> postBuffers() {
    SmallVector<Value> result;
    for (const PostOp &post : chain.ops)
      if (post.operand)
        result.push_back(bufferOf(post.operand));
    return result;
  }
  Value dst() { return group.getResult(0); }

  OpBuilder &builder;
  stitch::GroupOp group;
  const LibraryBuffers &buffers;
  const StepLabels &labels;
  const PostOpChain &chain;
};

/// Fuses neighbours that every tensor walks as one: (a, b) when stepping a once equals stepping b through its extent.
void mergeNeighbours(SmallVectorImpl<LoopDim> &dims) {
  SmallVector<LoopDim> merged;
  for (LoopDim &dim : dims) {
    if (!merged.empty()) {
      LoopDim &outer = merged.back();
      bool isOneRun = llvm::all_of(llvm::zip(outer.strides, dim.strides),
                                   [&](auto pair) { return std::get<0>(pair) == std::get<1>(pair) * dim.extent; });
      if (isOneRun) {
        outer.extent = outer.extent * dim.extent;
        outer.strides = dim.strides;
        continue;
      }
    }
    merged.push_back(dim);
  }
  dims.assign(merged.begin(), merged.end());
}

LogicalResult CallBuilder::createMatmul(ContractOp contract) {
  SmallVector<AffineMap> maps = llvm::to_vector(contract.getMaps().getAsValueRange<AffineMapAttr>());
  Value values[] = {contract.getLhs(), contract.getRhs(), contract.getResult()};
  size_t numTensors = FirstPost + chain.ops.size();
  SmallVector<LoopDim> loops(maps[0].getNumDims(), LoopDim{SymExpr(1), SmallVector<SymExpr>(numTensors)});
  SmallVector<unsigned> uses(loops.size(), 0);
  for (auto [tensor, map] : llvm::enumerate(maps)) {
    SmallVector<SymExpr> dims = getDims(values[tensor]), strides = getDenseStrides(values[tensor]);
    for (size_t d = 0; d < dims.size(); ++d) {
      unsigned loop = map.getDimPosition(d);
      loops[loop].extent = dims[d];
      loops[loop].strides[tensor] = strides[d];
      uses[loop] |= 1u << tensor;
    }
  }
  for (auto [i, post] : llvm::enumerate(chain.ops))
    if (post.operand) {
      SmallVector<SymExpr> strides = getDenseStrides(post.operand);
      for (auto [d, operandDim] : llvm::enumerate(post.dims))
        if (operandDim >= 0)
          loops[maps[2].getDimPosition(d)].strides[FirstPost + i] = strides[operandDim];
    }

  // Sort into roles, in the result's order, the summed ones in lhs's order. Dims of extent 1 do not matter to anybody.
  SmallVector<LoopDim> roles[NumRoles];
  bool resultEndsInLhs = false;
  auto addLoop = [&](unsigned loop) {
    if (loops[loop].extent.isConstant(1))
      return;
    size_t role = uses[loop] == 7 ? Batch : uses[loop] == 5 ? RowsM : uses[loop] == 6 ? ColumnsN : SummedK;
    roles[role].push_back(loops[loop]);
    if (role != SummedK)
      resultEndsInLhs = role == RowsM;
  };
  for (AffineExpr expr : maps[2].getResults())
    addLoop(cast<AffineDimExpr>(expr).getPosition());
  for (AffineExpr expr : maps[0].getResults())
    if (unsigned loop = cast<AffineDimExpr>(expr).getPosition(); uses[loop] == 3)
      addLoop(loop);
  // The library wants rows of the result to be contiguous: where the columns are, lhs and rhs change places.
  size_t lhs = Lhs, rhs = Rhs;
  if (resultEndsInLhs && !roles[ColumnsN].empty()) {
    std::swap(roles[RowsM], roles[ColumnsN]);
    std::swap(lhs, rhs);
  }
  for (auto &role : roles)
    mergeNeighbours(role);
  if (roles[SummedK].size() > 1)
    return group.emitOpError() << "sums over dims that do not lie next to each other in both operands";

  // One dim of each role is the matrix's; surplus rows and columns are batches.
  LoopDim matrix[NumRoles];
  for (Role role : {RowsM, ColumnsN, SummedK}) {
    bool absent = roles[role].empty();
    matrix[role] = absent ? LoopDim{SymExpr(1), SmallVector<SymExpr>(numTensors)} : roles[role].pop_back_val();
    if (role != SummedK)
      llvm::append_range(roles[Batch], roles[role]);
  }
  // An absent dim still needs strides of a dense matrix, or the library takes its slow path.
  auto fill = [&](size_t tensor, Role rows, Role columns) {
    SymExpr &rowStride = matrix[rows].strides[tensor], &columnStride = matrix[columns].strides[tensor];
    if (matrix[columns].extent.isConstant(1) && columnStride == SymExpr(0))
      columnStride = 1;
    if (matrix[rows].extent.isConstant(1) && rowStride == SymExpr(0))
      rowStride = matrix[columns].extent * columnStride;
  };
  fill(lhs, RowsM, SummedK);
  fill(rhs, SummedK, ColumnsN);
  fill(Dst, RowsM, ColumnsN);

  auto strides = [&](size_t tensor, Role rows, Role columns) {
    SmallVector<SymExpr> result;
    for (const LoopDim &dim : roles[Batch])
      result.push_back(dim.strides[tensor]);
    result.push_back(matrix[rows].strides[tensor]);
    result.push_back(matrix[columns].strides[tensor]);
    return result;
  };
  SmallVector<SymExpr> batch = llvm::map_to_vector(roles[Batch], [](const LoopDim &dim) { return dim.extent; });
  rt::MatmulOp::create(
      builder, group.getLoc(), bufferOf(values[lhs]), bufferOf(values[rhs]), buffers.bufferOf(dst()), postBuffers(),
      texts(batch), text(matrix[RowsM].extent), text(matrix[ColumnsN].extent), text(matrix[SummedK].extent),
      layout(values[lhs], strides(lhs, RowsM, SummedK)), layout(values[rhs], strides(rhs, SummedK, ColumnsN)),
      layout(dst(), strides(Dst, RowsM, ColumnsN)),
      postOps([&](size_t i) { return strides(FirstPost + i, RowsM, ColumnsN); }), builder.getStringAttr(labels.name),
      rt::KernelKindAttr::get(builder.getContext(), rt::KernelKind::Library), builder.getStrArrayAttr(labels.nodes));
  return success();
}

/// High padding with which a window of `span` elements at `stride` gives `out` positions over `in`; the smallest that
/// is not negative, or else the largest that is.
std::optional<int64_t> getHighPadding(const SymExpr &in, const SymExpr &out, int64_t low, int64_t span,
                                      int64_t stride) {
  auto fits = [&](int64_t high) { return (in + low + high - span).floorDiv(stride) + 1 == out; };
  if (auto exact = ((out - 1) * stride + span - in - low).constant()) {
    // Everything from the exact amount to one short of a further position gives the same extent.
    int64_t most = *exact + stride - 1;
    return *exact > 0 ? *exact : most < 0 ? most : 0;
  }
  for (int64_t high = 0; high <= span + std::max<int64_t>(low, 0) + stride; ++high)
    for (int64_t candidate : {high, -high})
      if (fits(candidate))
        return candidate;
  return std::nullopt;
}

LogicalResult CallBuilder::createConv(ConvOp conv) {
  SmallVector<SymExpr> in = getDims(conv.getInput()), weights = getDims(conv.getWeights()),
                       out = getDims(conv.getResult());
  size_t spatial = in.size() - 2, channel = conv.getChannelsLast() ? in.size() - 1 : 1;
  size_t firstSpatial = conv.getChannelsLast() ? 1 : 2;
  SmallVector<SymExpr> inExtents(ArrayRef(in).slice(firstSpatial, spatial));
  SmallVector<SymExpr> outExtents(ArrayRef(out).slice(firstSpatial, spatial));
  SmallVector<int64_t> window, padHigh;
  for (size_t i = 0; i < spatial; ++i) {
    std::optional<int64_t> extent = weights[2 + i].constant();
    if (!extent)
      return group.emitOpError() << "has a window of dynamic size";
    window.push_back(*extent);
    std::optional<int64_t> high = getHighPadding(inExtents[i], outExtents[i], conv.getPadLow()[i],
                                                 (*extent - 1) * conv.getDilations()[i] + 1, conv.getStrides()[i]);
    if (!high)
      return group.emitOpError() << "has padding that depends on a dynamic size along spatial dim " << i;
    padHigh.push_back(*high);
  }
  auto groups = static_cast<int64_t>(conv.getGroups());
  auto postStrides = [&](size_t i) {
    SmallVector<SymExpr> dense = getDenseStrides(chain.ops[i].operand), result;
    auto strideOf = [&](size_t dim) {
      int64_t operandDim = chain.ops[i].dims[dim];
      return operandDim < 0 || out[dim].isConstant(1) ? SymExpr(0) : dense[operandDim];
    };
    result.push_back(strideOf(0));
    result.push_back(strideOf(channel));
    for (size_t d = 0; d < spatial; ++d)
      result.push_back(strideOf(firstSpatial + d));
    return result;
  };
  rt::ConvOp::create(
      builder, group.getLoc(), bufferOf(conv.getInput()), bufferOf(conv.getWeights()), buffers.bufferOf(dst()),
      postBuffers(), conv.getChannelsLast() ? builder.getUnitAttr() : UnitAttr(), text(in[0]), text(in[channel]),
      text(weights[0]), text(groups), texts(inExtents), texts(outExtents), builder.getDenseI64ArrayAttr(window),
      conv.getStridesAttr(), conv.getDilationsAttr(), conv.getPadLowAttr(), builder.getDenseI64ArrayAttr(padHigh),
      layout(conv.getInput()), layout(conv.getWeights()), layout(dst()), postOps(postStrides),
      builder.getStringAttr(labels.name), rt::KernelKindAttr::get(builder.getContext(), rt::KernelKind::Library),
      builder.getStrArrayAttr(labels.nodes));
  return success();
}
} // namespace

LogicalResult createLibraryCall(OpBuilder &builder, stitch::GroupOp group, const LibraryBuffers &buffers,
                                const StepLabels &labels) {
  std::optional<PostOpChain> chain = analyzePostOps(group);
  if (!chain)
    return group.emitOpError() << "is no library call: it must hold one contraction or convolution and post-ops";
  CallBuilder call(builder, group, buffers, labels, *chain);
  if (auto contract = dyn_cast<ContractOp>(chain->contraction))
    return call.createMatmul(contract);
  return call.createConv(cast<ConvOp>(chain->contraction));
}

} // namespace tao
