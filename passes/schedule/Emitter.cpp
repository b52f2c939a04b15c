// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scalar code of tensor ops at given indices: elementwise ops, movement and index arithmetic. Reductions are in
// EmitReductions.cpp.
#include "passes/schedule/Emitter.h"
#include "passes/codegen/common/ScalarBody.h"
#include "passes/codegen/common/SizeBuilder.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

//===-- Index arithmetic ------------------------------------------------------------------------------------------===//

Value Emitter::add(OpBuilder &b, Location loc, Value x, Value y) {
  if (matchPattern(x, m_Zero()))
    return y;
  if (matchPattern(y, m_Zero()))
    return x;
  return b.createOrFold<arith::AddIOp>(loc, x, y);
}
Value Emitter::sub(OpBuilder &b, Location loc, Value x, Value y) {
  return matchPattern(y, m_Zero()) ? x : b.createOrFold<arith::SubIOp>(loc, x, y);
}
Value Emitter::mul(OpBuilder &b, Location loc, Value x, Value y) {
  if (matchPattern(x, m_Zero()) || matchPattern(y, m_One()))
    return x;
  if (matchPattern(y, m_Zero()) || matchPattern(x, m_One()))
    return y;
  return b.createOrFold<arith::MulIOp>(loc, x, y);
}
// Indices are never negative where they are divided, and unsigned division by a constant is cheaper.
Value Emitter::div(OpBuilder &b, Location loc, Value x, Value y) {
  return matchPattern(y, m_One()) ? x : b.createOrFold<arith::DivUIOp>(loc, x, y);
}
Value Emitter::rem(OpBuilder &b, Location loc, Value x, Value y) {
  return matchPattern(y, m_One()) ? index(0) : b.createOrFold<arith::RemUIOp>(loc, x, y);
}

Value Emitter::size(const SymExpr &expr) {
  auto [it, inserted] = sizeCache.try_emplace(expr.str());
  if (!inserted)
    return it->second;
  // All sizes stand together at the kernel's start, in the order in which they are first needed.
  OpBuilder b = lastSize ? OpBuilder(entry, std::next(Block::iterator(lastSize))) : OpBuilder::atBlockBegin(entry);
  auto before = b.getInsertionPoint();
  SizeBuilder builder{b, entry->getParentOp()->getLoc(), sizes};
  Value value = expr.build<Value>(builder);
  if (before != entry->begin())
    lastSize = &*std::prev(before);
  else
    lastSize = nullptr;
  it->second = value;
  return value;
}

Value Emitter::clamp(OpBuilder &b, Location loc, Value index, const SymExpr &extent) {
  Value last = size(extent - 1), zero = this->index(0);
  Value notAbove = b.createOrFold<arith::MinSIOp>(loc, index, last);
  return b.createOrFold<arith::MaxSIOp>(loc, notAbove, zero);
}

bool Emitter::isVarying(Value index) {
  SmallVector<Value> worklist{index};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      Operation *owner = argument.getOwner()->getParentOp();
      if (auto loop = dyn_cast<ForeachOp>(owner); loop && loop.getLevel() == Level::Lane)
        return true;
      if (auto loop = dyn_cast<stitch::ReduceOp>(owner); loop && loop.getLevel() == Level::Lane)
        return true;
      continue;
    }
    Operation *op = value.getDefiningOp();
    if (seen.insert(op).second) {
      worklist.append(op->operand_begin(), op->operand_end());
      // A reduction's or branch's result varies with what its body reads.
      op->walk([&](Operation *inner) {
        if (inner != op && seen.insert(inner).second)
          worklist.append(inner->operand_begin(), inner->operand_end());
      });
    }
  }
  return false;
}

//===-- Values ----------------------------------------------------------------------------------------------------===//

Value Emitter::emit(OpBuilder &b, Value value, ArrayRef<Value> indices) {
  Key key{value.getAsOpaquePointer(), {}};
  for (Value index : indices)
    key.second.push_back(index.getAsOpaquePointer());
  for (auto &scope : llvm::reverse(memo))
    if (auto it = scope.find(key); it != scope.end())
      return it->second;
  auto leaf = leaves.find(value);
  Value result = source && leaf == leaves.end() ? source(b, value, indices) : Value();
  if (!result)
    result =
        leaf != leaves.end() ? emitLeaf(b, value, leaf->second, indices) : emitOp(b, value.getDefiningOp(), indices);
  memo.back()[key] = result;
  return result;
}

Value Emitter::emitLeaf(OpBuilder &b, Value value, const Leaf &leaf, ArrayRef<Value> indices) {
  auto tensor = cast<RankedTensorType>(value.getType());
  Location loc = entry->getParentOp()->getLoc();
  Type storage = getStorageType(tensor.getElementType()), compute = getComputeType(tensor.getElementType());
  Value scalar;
  if (leaf.buffer) {
    scalar = stitch::LoadOp::create(b, loc, storage, leaf.buffer, indices);
  } else if (auto floating = dyn_cast<FloatAttr>(leaf.immediate)) {
    scalar = arith::ConstantOp::create(b, loc, floating);
  } else {
    auto integer = cast<IntegerAttr>(leaf.immediate);
    scalar = arith::ConstantOp::create(b, loc, b.getIntegerAttr(storage, integer.getValue()));
  }
  return storage == compute ? scalar : Value(arith::ExtFOp::create(b, loc, compute, scalar));
}

Value Emitter::toStorage(OpBuilder &b, Location loc, Value scalar, Type elementType) {
  Type storage = getStorageType(elementType);
  return storage == scalar.getType() ? scalar : Value(arith::TruncFOp::create(b, loc, storage, scalar));
}

Value Emitter::emitOp(OpBuilder &b, Operation *op, ArrayRef<Value> indices) {
  Location loc = op->getLoc();
  if (isElementwise(op)) {
    SmallVector<Value> args;
    for (Value operand : op->getOperands())
      args.push_back(emit(b, operand, indices));
    return emitScalarBody(b, op, args);
  }
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<ReshapeOp>([&](auto o) { return emitReshape(b, o, indices); })
      .Case<PadOp>([&](auto o) { return emitPad(b, o, indices); })
      .Case<ConcatOp>([&](auto o) { return emitConcat(b, o, indices); })
      .Case<GatherOp>([&](auto o) { return emitGather(b, o, indices); })
      .Case<GatherElementsOp>([&](auto o) { return emitGatherElements(b, o, indices); })
      .Case<GatherNdOp>([&](auto o) { return emitGatherNd(b, o, indices); })
      .Case<tao::ReduceOp>([&](auto o) { return emitReduce(b, o, indices); })
      .Case<ArgReduceOp>([&](auto o) { return emitArgReduce(b, o, indices); })
      .Case<ReduceWindowOp>([&](auto o) { return emitReduceWindow(b, o, indices); })
      .Case<ConstantOp>([&](ConstantOp o) -> Value {
        // Inside a group only splats occur; tables of values are buffers.
        auto splat = cast<SplatElementsAttr>(o.getValue());
        return emitLeaf(b, o, Leaf{{}, splat.getSplatValue<Attribute>()}, indices);
      })
      .Case<SizeOp>([&](SizeOp o) -> Value {
        return arith::IndexCastOp::create(b, loc, b.getI64Type(), size(*SymExpr::parse(o.getExpr())));
      })
      .Case<IotaOp>([&](IotaOp o) -> Value {
        Type element = cast<RankedTensorType>(o.getType()).getElementType();
        Value number = arith::IndexCastOp::create(b, loc, b.getI64Type(), indices[o.getDim()]);
        return emitCast(b, loc, number, b.getI64Type(), element);
      })
      .Case<BroadcastOp>([&](BroadcastOp o) {
        auto in = dims(o.getInput()), out = dims(o.getResult());
        SmallVector<Value> source;
        for (auto [i, dim] : llvm::enumerate(o.getDims()))
          source.push_back(in[i].isConstant(1) ? index(0) : indices[dim]);
        return emit(b, o.getInput(), source);
      })
      .Case<TransposeOp>([&](TransposeOp o) {
        SmallVector<Value> source(indices.size());
        for (auto [i, dim] : llvm::enumerate(o.getPerm()))
          source[dim] = indices[i];
        return emit(b, o.getInput(), source);
      })
      .Case<SliceOp>([&](SliceOp o) {
        SmallVector<Value> source;
        for (auto [i, start] : llvm::enumerate(o.getStarts().getAsValueRange<StringAttr>()))
          source.push_back(add(b, loc, mul(b, loc, indices[i], index(o.getSteps()[i])), size(*SymExpr::parse(start))));
        return emit(b, o.getInput(), source);
      })
      .Default([](Operation *) { return Value(); });
}

//===-- Digits ----------------------------------------------------------------------------------------------------===//

Value Emitter::compose(OpBuilder &b, Location loc, ArrayRef<Digit> digits) {
  Digits list;
  for (const Digit &digit : digits)
    if (!digit.extent.isConstant(1))
      list.push_back(digit);
  if (list.empty())
    return index(0);
  if (list.size() == 1)
    return list.front().index;
  // The same digits give the same value, so that what is computed there is found again.
  Key key{this, {}};
  for (const Digit &digit : list)
    llvm::append_values(key.second, digit.index.getAsOpaquePointer(), size(digit.extent).getAsOpaquePointer());
  for (auto &scope : llvm::reverse(memo))
    if (auto it = scope.find(key); it != scope.end())
      return it->second;
  Value whole = list.front().index;
  for (const Digit &digit : ArrayRef(list).drop_front())
    whole = add(b, loc, mul(b, loc, whole, size(digit.extent)), digit.index);
  memo.back()[key] = whole;
  // Where only one digit is not zero the sum is that digit, whose own extent is smaller.
  if (llvm::none_of(list, [&](const Digit &digit) { return digit.index == whole; }))
    composed[whole] = std::move(list);
  return whole;
}

Emitter::Digits Emitter::digitsOf(Value index, const SymExpr &extent) {
  if (extent.isConstant(1))
    return {};
  auto it = composed.find(index);
  return it != composed.end() ? it->second : Digits{{index, extent}};
}

std::optional<Emitter::Digits> Emitter::takeLast(OpBuilder &b, Location loc, Digits &from, const SymExpr &extent) {
  Digits taken;
  SymExpr rest = extent;
  while (!rest.isConstant(1)) {
    if (from.empty())
      return std::nullopt;
    Digit last = from.pop_back_val();
    if (std::optional<SymExpr> quotient = rest.exactDiv(last.extent)) {
      taken.insert(taken.begin(), last);
      rest = *quotient;
      continue;
    }
    std::optional<SymExpr> outside = last.extent.exactDiv(rest);
    if (!outside)
      return std::nullopt;
    taken.insert(taken.begin(), {rem(b, loc, last.index, size(rest)), rest});
    from.push_back({div(b, loc, last.index, size(rest)), *outside});
    rest = 1;
  }
  return taken;
}

SmallVector<Value> Emitter::takeApart(OpBuilder &b, Location loc, Value whole, const SymExpr &extent,
                                      ArrayRef<SymExpr> extents) {
  Digits left = digitsOf(whole, extent);
  SmallVector<Value> parts(extents.size());
  bool isExact = true;
  for (size_t d = extents.size(); d-- > 0 && isExact;) {
    std::optional<Digits> taken = takeLast(b, loc, left, extents[d]);
    isExact = taken.has_value();
    if (isExact)
      parts[d] = compose(b, loc, *taken);
  }
  if (isExact && left.empty())
    return parts;
  for (size_t d = extents.size(); d-- > 0;) {
    parts[d] = d == 0 ? whole : rem(b, loc, whole, size(extents[d]));
    if (d != 0)
      whole = div(b, loc, whole, size(extents[d]));
  }
  return parts;
}

std::optional<std::pair<Value, Value>> Emitter::findPiece(OpBuilder &b, ConcatOp op, Value position) {
  SymExpr extent = dims(op.getInputs().front())[op.getAxis()];
  for (Value input : op.getInputs())
    if (dims(input)[op.getAxis()] != extent)
      return std::nullopt;
  auto it = composed.find(position);
  if (it == composed.end())
    return std::nullopt;
  // Without splitting a digit, or nothing is gained.
  Digits left = it->second, inside;
  SymExpr product = 1;
  while (!left.empty() && product != extent) {
    product = product * left.back().extent;
    inside.insert(inside.begin(), left.pop_back_val());
  }
  if (product != extent)
    return std::nullopt;
  return std::make_pair(compose(b, op.getLoc(), left), compose(b, op.getLoc(), inside));
}

//===-- Movement --------------------------------------------------------------------------------------------------===//

Value Emitter::emitReshape(OpBuilder &b, ReshapeOp op, ArrayRef<Value> indices) {
  // Walk both shapes from the left and cut them into the smallest runs of equal size. A run of one dim on each side
  // keeps its index; any other is linearised and taken apart again.
  Location loc = op.getLoc();
  auto in = dims(op.getInput()), out = dims(op.getResult());
  SmallVector<Value> source(in.size(), index(0));
  size_t i = 0, o = 0;
  while (i < in.size() || o < out.size()) {
    size_t inBegin = i, outBegin = o;
    SymExpr inSize = i < in.size() ? in[i++] : SymExpr(1), outSize = o < out.size() ? out[o++] : SymExpr(1);
    while (inSize != outSize) {
      // Grow the side that is certainly smaller; when sizes cannot be compared, take everything that is left.
      bool growIn = i < in.size() && (o == out.size() || outSize.exactDiv(inSize));
      if (!growIn && o == out.size())
        break;
      if (growIn)
        inSize = inSize * in[i++];
      else
        outSize = outSize * out[o++];
    }
    if (i - inBegin == 1 && o - outBegin == 1) {
      source[inBegin] = indices[outBegin];
      continue;
    }
    // Digits that the operand's dims are made of go straight to them.
    Digits all, left;
    for (size_t d = outBegin; d < o; ++d)
      llvm::append_range(all, digitsOf(indices[d], out[d]));
    left = all;
    bool isExact = true;
    for (size_t d = i; d-- > inBegin && isExact;) {
      std::optional<Digits> taken = takeLast(b, loc, left, in[d]);
      isExact = taken.has_value();
      if (isExact)
        source[d] = compose(b, loc, *taken);
    }
    if (isExact && left.empty())
      continue;
    Value linear = index(0);
    for (size_t d = outBegin; d < o; ++d)
      linear = add(b, loc, mul(b, loc, linear, size(out[d])), indices[d]);
    for (size_t d = i; d-- > inBegin;) {
      if (in[d].isConstant(1))
        continue;
      bool last = true; // the outermost dim of the run needs no remainder
      for (size_t e = inBegin; e < d; ++e)
        last &= in[e].isConstant(1);
      source[d] = last ? linear : rem(b, loc, linear, size(in[d]));
      if (!last)
        linear = div(b, loc, linear, size(in[d]));
    }
  }
  return emit(b, op.getInput(), source);
}

Value Emitter::emitPad(OpBuilder &b, PadOp op, ArrayRef<Value> indices) {
  Location loc = op.getLoc();
  auto in = dims(op.getInput()), out = dims(op.getResult());
  Value inside;
  SmallVector<Value> source;
  for (auto [d, low] : llvm::enumerate(op.getLow())) {
    if (low == 0 && in[d] == out[d]) {
      source.push_back(indices[d]);
      continue;
    }
    Value shifted = sub(b, loc, indices[d], index(low));
    // One unsigned comparison covers both ends.
    Value here = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, shifted, size(in[d]));
    inside = inside ? Value(arith::AndIOp::create(b, loc, inside, here)) : here;
    source.push_back(clamp(b, loc, shifted, in[d]));
  }
  Value value = emit(b, op.getInput(), source);
  if (!inside)
    return value;
  return arith::SelectOp::create(b, loc, inside, value, emit(b, op.getValue(), {}));
}

Value Emitter::emitConcat(OpBuilder &b, ConcatOp op, ArrayRef<Value> indices) {
  Location loc = op.getLoc();
  int64_t axis = op.getAxis();
  Value position = indices[axis];
  std::optional<std::pair<Value, Value>> piece = findPiece(b, op, position);
  // What is compared to find the operand: the number of the piece, or the position itself.
  Value chosen = piece ? piece->first : position;
  bool varying = isVarying(chosen);
  SmallVector<SymExpr> begins;
  SymExpr total = 0;
  for (Value input : op.getInputs()) {
    begins.push_back(total);
    total = total + dims(input)[axis];
  }
  if (std::optional<size_t> known = choosePiece ? choosePiece(op, position) : std::nullopt) {
    SmallVector<Value> source(indices);
    source[axis] = sub(b, loc, position, size(begins[*known]));
    return emit(b, op.getInputs()[*known], source);
  }
  auto operandAt = [&](OpBuilder &at, size_t k) {
    SmallVector<Value> source(indices);
    if (piece) {
      source[axis] = piece->second;
      return emit(at, op.getInputs()[k], source);
    }
    Value local = sub(at, loc, position, size(begins[k]));
    source[axis] = varying ? clamp(at, loc, local, dims(op.getInputs()[k])[axis]) : local;
    return emit(at, op.getInputs()[k], source);
  };
  auto isBefore = [&](OpBuilder &at, size_t k) -> Value {
    Value bound = piece ? index(static_cast<int64_t>(k)) : size(begins[k]);
    return arith::CmpIOp::create(at, loc, arith::CmpIPredicate::ult, chosen, bound);
  };
  // Where the position is known, so is the operand; the others need no code, which would read outside of them.
  size_t count = op.getInputs().size();
  APInt known;
  bool areBoundsKnown = piece || llvm::all_of(begins, [](const SymExpr &begin) { return begin.isConstant(); });
  if (areBoundsKnown && matchPattern(chosen, m_ConstantInt(&known))) {
    auto begin = [&](size_t k) { return piece ? static_cast<int64_t>(k) : *begins[k].constant(); };
    size_t k = count - 1;
    while (k > 0 && known.getSExtValue() < begin(k))
      --k;
    return operandAt(b, k);
  }
  // Lanes that read different operands need all of them; a position shared by all lanes is a branch.
  if (varying) {
    Value result = operandAt(b, count - 1);
    for (size_t k = count - 1; k-- > 0;) {
      Value before = isBefore(b, k + 1);
      result = arith::SelectOp::create(b, loc, before, operandAt(b, k), result);
    }
    return result;
  }
  Type type = getComputeType(cast<RankedTensorType>(op.getType()).getElementType());
  std::function<Value(OpBuilder &, size_t, size_t)> branch = [&](OpBuilder &at, size_t first, size_t last) -> Value {
    if (first + 1 == last)
      return operandAt(at, first);
    size_t middle = (first + last) / 2;
    Value before = isBefore(at, middle);
    auto ifOp = scf::IfOp::create(at, loc, type, before, /*addThenBlock=*/true, /*addElseBlock=*/true);
    auto fill = [&](OpBuilder inner, size_t from, size_t to) {
      Scope scope(*this);
      scf::YieldOp::create(inner, loc, branch(inner, from, to));
    };
    fill(ifOp.getThenBodyBuilder(), first, middle);
    fill(ifOp.getElseBodyBuilder(), middle, last);
    return ifOp.getResult(0);
  };
  return branch(b, 0, count);
}

Value Emitter::checkedIndex(OpBuilder &b, Operation *op, Value number, const SymExpr &extent) {
  Location loc = op->getLoc();
  Value position = arith::IndexCastOp::create(b, loc, b.getIndexType(), number);
  Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, position, size(extent));
  // Of no indices at all, some may still be asked for where a padding or concatenation drops the value.
  SymExpr count = getNumElements(dims(op->getOperand(1)));
  if (!count.isAtLeast(1)) {
    Value none = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, size(count), index(0));
    inside = arith::OrIOp::create(b, loc, inside, none);
  }
  auto it = llvm::find(failingOps, op);
  size_t failure = it - failingOps.begin();
  if (it == failingOps.end()) {
    failures.push_back("index out of range");
    failingOps.push_back(op);
  }
  stitch::CheckOp::create(b, loc, inside, failure);
  return clamp(b, loc, position, extent);
}

Value Emitter::emitGather(OpBuilder &b, GatherOp op, ArrayRef<Value> indices) {
  int64_t axis = op.getAxis(), rank = dims(op.getIndices()).size();
  Value number = emit(b, op.getIndices(), indices.slice(axis, rank));
  SmallVector<Value> source(indices.take_front(axis));
  source.push_back(checkedIndex(b, op, number, dims(op.getData())[axis]));
  llvm::append_range(source, indices.drop_front(axis + rank));
  return emit(b, op.getData(), source);
}

Value Emitter::emitGatherElements(OpBuilder &b, GatherElementsOp op, ArrayRef<Value> indices) {
  SmallVector<Value> source(indices);
  Value number = emit(b, op.getIndices(), indices);
  source[op.getAxis()] = checkedIndex(b, op, number, dims(op.getData())[op.getAxis()]);
  return emit(b, op.getData(), source);
}

Value Emitter::emitGatherNd(OpBuilder &b, GatherNdOp op, ArrayRef<Value> indices) {
  auto data = dims(op.getData()), index = dims(op.getIndices());
  int64_t batch = op.getBatchDims(), depth = *index.back().constant(), outer = index.size() - 1;
  SmallVector<Value> source(indices.take_front(batch));
  for (int64_t k = 0; k < depth; ++k) {
    SmallVector<Value> at(indices.take_front(outer));
    at.push_back(this->index(k));
    source.push_back(checkedIndex(b, op, emit(b, op.getIndices(), at), data[batch + k]));
  }
  llvm::append_range(source, indices.drop_front(outer));
  return emit(b, op.getData(), source);
}

} // namespace tao
