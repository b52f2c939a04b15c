// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Placed groups to schedule IR. Before: each memory group's plan has one region. After: one stitch.kernel per distinct
// group and a stitch.call where the group stood.
#include "passes/codegen/common/ScalarBody.h"
#include "passes/schedule/GroupSpace.h"
#include "passes/schedule/KernelSignature.h"
#include "passes/schedule/Pack.h"
#include "passes/schedule/Passes.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {
#define GEN_PASS_DEF_MATERIALIZEKERNELS
#include "passes/schedule/Passes.h.inc"

namespace {
/// One group on its way to a kernel.
class Materializer {
public:
  Materializer(GroupOp group, const Plan &plan, const GroupSpace &space)
      : group(group), place(plan.regions.front().placement), space(space), signature(group) {}

  /// A detached kernel named `name`.
  KernelOp build(StringRef name);
  SmallVector<int64_t> getInPlace(KernelOp kernel);
  /// Replaces the group by a call of the kernel.
  void call(StringRef kernel, ArrayRef<int64_t> inPlace);

private:
  SymExpr getTasks() const;
  SymExpr getCost();
  void buildTask(OpBuilder b, Emitter &emitter, Value task);
  void buildInside(OpBuilder b, Emitter &emitter, size_t depth);
  void buildLoopRoots(OpBuilder b, Emitter &emitter);
  void buildConcatByLanes(OpBuilder b, Emitter &emitter, ConcatOp concat);
  void buildReduceRoots(OpBuilder b, Emitter &emitter);
  void store(OpBuilder &b, Emitter &emitter, size_t result, Value scalar, ArrayRef<Value> indices);
  Value yielded(size_t result) { return group.getBody().front().getTerminator()->getOperand(result); }
  /// Iterations of grid dim number `i` that one task takes.
  int64_t gridStep(size_t i) const {
    return place.grid[i] == place.piece ? place.pieceSize : i + 1 == place.grid.size() ? place.tile : 1;
  }
  bool isTiled() const { return !place.grid.empty() && place.tile > 1; }
  /// The loop over a piece, inside the lanes.
  void buildPiece(OpBuilder b, Emitter &emitter);

  GroupOp group;
  Placement place;
  GroupSpace space;
  KernelSignature signature;
  SmallVector<Value> indices; // current index of each space dim
  Value tileBegin, tileEnd;   // bounds of the last grid dim within a task
  Value pieceBegin, pieceEnd; // the same of the dim cut into pieces
};

SymExpr Materializer::getTasks() const {
  SymExpr tasks = 1;
  for (auto [i, d] : llvm::enumerate(place.grid)) {
    tasks = tasks * space.extents[d].ceilDiv(gridStep(i));
  }
  return tasks;
}

SymExpr Materializer::getCost() {
  // Bytes touched per point of the space, plus the price of transcendental functions in bytes of memory time.
  int64_t perPoint = 0;
  for (Value input : signature.getReads())
    perPoint += getElementBytes(cast<RankedTensorType>(input.getType()).getElementType());
  for (Value result : group.getResults())
    perPoint += getElementBytes(cast<RankedTensorType>(result.getType()).getElementType());
  for (Operation &op : group.getBody().front().without_terminator())
    perPoint += getElementwiseClass(&op) == OpClass::Heavy ? 16 : 1;
  SymExpr points = getNumElements(space.extents);
  for (Operation &op : group.getBody().front().without_terminator())
    if (auto window = dyn_cast<ReduceWindowOp>(op))
      for (int64_t extent : window.getWindow())
        perPoint = std::min<int64_t>(perPoint * extent, int64_t(1) << 20);
  return points * perPoint;
}

KernelOp Materializer::build(StringRef name) {
  KernelOp kernel = signature.create(name, group.getPlan(), group.getResultTypes());
  Emitter emitter = signature.makeEmitter();
  Emitter::Scope scope(emitter);
  signature.buildTasks(kernel, emitter, getTasks(),
                       [&](OpBuilder inner, Value task) { buildTask(inner, emitter, task); });
  return kernel;
}

/// Takes the task number apart into the grid dims' indices.
void Materializer::buildTask(OpBuilder b, Emitter &emitter, Value task) {
  Location loc = group.getLoc();
  Emitter::Scope scope(emitter);
  indices.assign(space.extents.size(), Value());
  Value rest = task;
  for (size_t i = place.grid.size(); i-- > 0;) {
    int64_t d = place.grid[i];
    int64_t step = gridStep(i);
    SymExpr count = space.extents[d].ceilDiv(step);
    Value position = i == 0 ? rest : emitter.rem(b, loc, rest, emitter.size(count));
    if (i != 0)
      rest = emitter.div(b, loc, rest, emitter.size(count));
    if (step == 1 && d != place.piece) {
      indices[d] = position;
      continue;
    }
    Value begin = emitter.mul(b, loc, position, emitter.index(step));
    Value end = emitter.add(b, loc, begin, emitter.index(step));
    if (!space.extents[d].mod(step).isConstant(0))
      end = b.createOrFold<arith::MinUIOp>(loc, end, emitter.size(space.extents[d]));
    (d == place.piece ? pieceBegin : tileBegin) = begin;
    (d == place.piece ? pieceEnd : tileEnd) = end;
  }
  buildInside(b, emitter, 0);
}

/// Loops over the parallel seq dims, then the roots.
void Materializer::buildInside(OpBuilder b, Emitter &emitter, size_t depth) {
  Location loc = group.getLoc();
  while (depth < place.seq.size() && place.seq[depth] >= static_cast<int64_t>(space.numParallel))
    ++depth;
  if (depth < place.seq.size()) {
    int64_t d = place.seq[depth];
    auto loop = ForeachOp::create(b, loc, Level::Seq, emitter.index(0), emitter.size(space.extents[d]));
    OpBuilder inner = loop.getBodyBuilder();
    Emitter::Scope scope(emitter);
    indices[d] = loop.getInductionVar();
    buildInside(inner, emitter, depth + 1);
    return;
  }
  int64_t lane = place.lane;
  auto concat = dyn_cast_or_null<ConcatOp>(getRoot(group, space.dominant));
  if (!space.reduceRoot && concat && group.getNumResults() == 1 && static_cast<int64_t>(concat.getAxis()) == lane &&
      !isTiled())
    return buildConcatByLanes(b, emitter, concat);
  if (lane < 0 || lane >= static_cast<int64_t>(space.numParallel)) {
    // No parallel lanes: scalar code, or lanes that reduce.
    space.reduceRoot ? buildReduceRoots(b, emitter) : buildLoopRoots(b, emitter);
    return;
  }
  bool tiled = isTiled() && place.grid.back() == lane;
  auto loop = ForeachOp::create(b, loc, Level::Lane, tiled ? tileBegin : emitter.index(0),
                                tiled ? tileEnd : emitter.size(space.extents[lane]), place.width);
  OpBuilder inner = loop.getBodyBuilder();
  Emitter::Scope scope(emitter);
  indices[lane] = loop.getInductionVar();
  if (place.piece >= 0)
    return buildPiece(inner, emitter);
  space.reduceRoot ? buildReduceRoots(inner, emitter) : buildLoopRoots(inner, emitter);
}

void Materializer::buildPiece(OpBuilder b, Emitter &emitter) {
  Location loc = group.getLoc();
  auto loop = ForeachOp::create(b, loc, Level::Seq, pieceBegin, pieceEnd);
  OpBuilder inner = loop.getBodyBuilder();
  Emitter::Scope scope(emitter);
  indices[place.piece] = loop.getInductionVar();
  space.reduceRoot ? buildReduceRoots(inner, emitter) : buildLoopRoots(inner, emitter);
}

void Materializer::store(OpBuilder &b, Emitter &emitter, size_t result, Value scalar, ArrayRef<Value> at) {
  Type element = cast<RankedTensorType>(group.getResult(result).getType()).getElementType();
  stitch::StoreOp::create(b, group.getLoc(), Emitter::toStorage(b, group.getLoc(), scalar, element),
                          signature.getOutputs()[result], at);
}

void Materializer::buildLoopRoots(OpBuilder b, Emitter &emitter) {
  // All values first, then all stores: a result may replace an operand in place.
  SmallVector<Value> values;
  for (size_t i = 0; i < group.getNumResults(); ++i)
    values.push_back(emitter.emit(b, yielded(i), indices));
  for (auto [i, value] : llvm::enumerate(values))
    store(b, emitter, i, value, indices);
}

/// A concatenation along the lane dim: one lane loop per operand, so that no lane reads what it does not need.
void Materializer::buildConcatByLanes(OpBuilder b, Emitter &emitter, ConcatOp concat) {
  Location loc = group.getLoc();
  SymExpr begin = 0;
  for (Value input : concat.getInputs()) {
    SymExpr extent = getDims(input)[concat.getAxis()];
    int64_t width = place.width;
    while (width > 1 && extent.isConstant() && width / 2 >= *extent.constant())
      width /= 2;
    auto loop = ForeachOp::create(b, loc, Level::Lane, emitter.index(0), emitter.size(extent), width);
    OpBuilder inner = loop.getBodyBuilder();
    Emitter::Scope scope(emitter);
    SmallVector<Value> source(indices), target(indices);
    source[place.lane] = loop.getInductionVar();
    target[place.lane] = emitter.add(inner, loc, loop.getInductionVar(), emitter.size(begin));
    store(inner, emitter, 0, emitter.emit(inner, input, source), target);
    begin = begin + extent;
  }
}

void Materializer::buildReduceRoots(OpBuilder b, Emitter &emitter) {
  Location loc = group.getLoc();
  // The reduced dims in loop order: seq first, the lane dim innermost.
  SmallVector<int64_t> order;
  for (int64_t d : place.seq)
    if (d >= static_cast<int64_t>(space.numParallel))
      order.push_back(d);
  bool laneReduces = place.lane >= static_cast<int64_t>(space.numParallel);
  if (laneReduces)
    order.push_back(place.lane);
  SmallVector<Value> extents;
  for (int64_t d : order)
    extents.push_back(emitter.size(space.extents[d]));

  SmallVector<size_t> roots;
  SmallVector<Emitter::ReduceInfo> infos;
  SmallVector<Monoid> monoids;
  SmallVector<Type> types;
  for (size_t i = 0; i < group.getNumResults(); ++i) {
    Operation *root = getRoot(group, i);
    if (!isReduceRoot(root))
      continue;
    roots.push_back(i);
    infos.push_back(Emitter::getReduceInfo(root));
    types.push_back(infos.back().type);
    if (isa<ArgReduceOp>(root))
      types.push_back(b.getI64Type());
    monoids.push_back(infos.back().monoid);
  }
  auto results = emitter.reduceNest(
      b, loc, extents, laneReduces ? Level::Lane : Level::Seq, place.width, types, monoids,
      [&](OpBuilder &at, ArrayRef<Value> reduced) {
        for (auto [i, d] : llvm::enumerate(order))
          indices[d] = reduced[i];
        SmallVector<Value> source(indices.size()), values;
        for (auto [d, inputDim] : llvm::enumerate(space.inputDims))
          source[inputDim] = indices[d];
        for (auto [k, i] : llvm::enumerate(roots)) {
          Operation *root = getRoot(group, i);
          values.push_back(emitter.toAccumulator(at, loc, emitter.emit(at, root->getOperand(0), source), infos[k]));
          if (auto arg = dyn_cast<ArgReduceOp>(root))
            values.push_back(arith::IndexCastOp::create(at, loc, at.getI64Type(), source[arg.getDim()]));
        }
        // Results over the whole space are stored on the way: the nest visits each point once.
        for (size_t i = 0; i < group.getNumResults(); ++i)
          if (!isReduceRoot(getRoot(group, i)))
            store(at, emitter, i, emitter.emit(at, yielded(i), source), source);
        return values;
      });
  ArrayRef<Value> kept = ArrayRef(indices).take_front(space.numParallel);
  size_t next = 0;
  for (auto [k, i] : llvm::enumerate(roots)) {
    Value value = results[next++];
    if (isa<ArgReduceOp>(getRoot(group, i)))
      value = results[next++];
    else
      value = emitter.fromAccumulator(b, loc, value, infos[k],
                                      cast<RankedTensorType>(group.getResult(i).getType()).getElementType());
    store(b, emitter, i, value, kept);
  }
}

/// The operand that the single result may overwrite: of its type, and read only where the result is written.
SmallVector<int64_t> Materializer::getInPlace(KernelOp kernel) {
  if (group.getNumResults() != 1 || space.reduceRoot)
    return {};
  SmallVector<stitch::StoreOp> stores;
  kernel.walk([&](stitch::StoreOp store) { stores.push_back(store); });
  if (stores.size() != 1)
    return {};
  for (auto [i, operand] : llvm::enumerate(signature.getReads())) {
    if (operand.getType() != group.getResult(0).getType())
      continue;
    Value buffer = kernel.getBody().getArgument(i);
    bool same = llvm::all_of(buffer.getUsers(), [&](Operation *user) {
      auto load = dyn_cast<stitch::LoadOp>(user);
      return load && load->getBlock() == stores[0]->getBlock() && load.getIndices() == stores[0].getIndices();
    });
    if (same)
      return {static_cast<int64_t>(i)};
  }
  return {};
}

void Materializer::call(StringRef kernel, ArrayRef<int64_t> inPlace) {
  CallOp call = signature.call(kernel, group.getResultTypes(), inPlace, {getTasks(), getCost()});
  if (std::optional<PackInfo> pack = getPack(group))
    setPack(call, *pack);
  group.replaceAllUsesWith(call.getResults());
  group.erase();
}

struct MaterializeKernels : impl::MaterializeKernelsBase<MaterializeKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    KernelTable kernels(module);
    SmallVector<GroupOp> groups;
    module.walk([&](GroupOp group) {
      if (getPlanKind(group) == PlanKind::Memory)
        groups.push_back(group);
    });
    for (GroupOp group : groups) {
      std::optional<Plan> plan = Plan::fromAttr(group.getPlan());
      FailureOr<GroupSpace> space = getGroupSpace(group);
      if (failed(space) || plan->regions.size() != 1) {
        group.emitOpError() << "has no placement";
        return signalPassFailure();
      }
      Materializer materializer(group, *plan, *space);
      KernelOp kernel = materializer.build("kernel");
      SmallVector<int64_t> inPlace = materializer.getInPlace(kernel);
      // Code generation must know, too, that these two buffers may be one.
      if (!inPlace.empty())
        kernel->setAttr("in_place", DenseI64ArrayAttr::get(&getContext(), inPlace));
      materializer.call(kernels.add(kernel, group), inPlace);
      ++numCalls;
    }
    numKernels = kernels.getNumKernels();
  }
};
} // namespace
} // namespace tao
