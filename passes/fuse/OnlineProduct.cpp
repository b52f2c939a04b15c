// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See OnlineProduct.h.
#include "passes/fuse/OnlineProduct.h"
#include "passes/fuse/GroupBuilder.h"

using namespace mlir;

namespace tao {

SymExpr MatrixProduct::getExtent(unsigned loopDim) {
  for (unsigned i = 0; i < 2; ++i)
    for (auto [position, expr] : llvm::enumerate(getMap(i).getResults()))
      if (cast<AffineDimExpr>(expr).getPosition() == loopDim)
        return getDims(op->getOperand(i))[position];
  llvm_unreachable("every loop dim is one of an operand");
}

namespace {

using LoopDims = SmallVector<unsigned>;

LoopDims dimsOf(AffineMap map) {
  LoopDims dims;
  for (AffineExpr expr : map.getResults())
    dims.push_back(cast<AffineDimExpr>(expr).getPosition());
  return dims;
}

/// The contraction as a product whose `matrix` (operand 0 or 1, or 2 for the result) has the last dims (a, b): rows and
/// columns of a result, rows and depth of an operand, which is the left one then.
std::optional<MatrixProduct> matchProduct(ContractOp op, unsigned matrix) {
  SmallVector<LoopDims, 3> dims;
  for (AffineMap map : op.getMaps().getAsValueRange<AffineMapAttr>())
    dims.push_back(dimsOf(map));
  if (dims[matrix].size() < 2)
    return std::nullopt;
  auto has = [&](unsigned tensor, unsigned dim) { return llvm::is_contained(dims[tensor], dim); };
  MatrixProduct product;
  product.op = op;
  product.rows = dims[matrix][dims[matrix].size() - 2];
  unsigned last = dims[matrix].back();
  product.batch.assign(dims[matrix].begin(), dims[matrix].end() - 2);
  product.left = matrix == 2 ? (has(0, product.rows) ? 0 : 1) : matrix;
  unsigned right = 1 - product.left, numLoops = cast<AffineMapAttr>(op.getMaps()[0]).getValue().getNumDims();
  // What is in none of the batch, the rows and the last dim is the third dim of the product.
  std::optional<unsigned> third;
  for (unsigned dim = 0; dim < numLoops; ++dim) {
    if (llvm::is_contained(dims[matrix], dim))
      continue;
    if (third)
      return std::nullopt;
    third = dim;
  }
  if (!third)
    return std::nullopt;
  product.cols = matrix == 2 ? last : *third;
  product.depth = matrix == 2 ? *third : last;
  bool isProduct = has(product.left, product.rows) && !has(right, product.rows) && has(2, product.rows) &&
                   has(right, product.cols) && !has(product.left, product.cols) && has(2, product.cols) &&
                   has(product.left, product.depth) && has(right, product.depth) && !has(2, product.depth);
  bool areKept = llvm::all_of(product.batch, [&](unsigned dim) { return has(2, dim); });
  return isProduct && areKept ? std::optional(product) : std::nullopt;
}

bool isComputedInF32(Value value) {
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  return element.isF32() || element.isF16() || element.isBF16();
}

/// A reshape of all dims but the last two.
bool keepsMatrix(ReshapeOp op) {
  auto in = getDims(op.getInput()), out = getDims(op.getResult());
  return in.size() >= 2 && out.size() >= 2 && in.back() == out.back() && in[in.size() - 2] == out[out.size() - 2];
}

bool isFloatCast(Operation *op) {
  auto cast = dyn_cast_or_null<CastOp>(op);
  return cast && isComputedInF32(cast.getInput()) && isComputedInF32(cast.getResult());
}

/// What `value` is below reshapes that keep matrices, and below casts: the weights between softmax and product need not
/// be rounded to a type they are not stored in. Gives the ops passed.
Value stripWeights(Value value, SmallVector<Operation *> &passed) {
  while (Operation *op = value.getDefiningOp()) {
    auto reshape = dyn_cast<ReshapeOp>(op);
    if (!(reshape && keepsMatrix(reshape)) && !isFloatCast(op))
      break;
    passed.push_back(op);
    value = op->getOperand(0);
  }
  return value;
}

SmallVector<SymExpr> withoutOnes(ArrayRef<SymExpr> dims) {
  SmallVector<SymExpr> left;
  llvm::copy_if(dims, std::back_inserter(left), [](const SymExpr &dim) { return !dim.isConstant(1); });
  return left;
}

/// The reduction over the last dim whose result `value` repeats along that dim, through broadcasts of one dim and
/// reshapes that only add or drop dims of one element.
ReduceOp getRowReduction(Value value, ReduceKind kind) {
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  if (!broadcast)
    return nullptr;
  auto in = getDims(broadcast.getInput()), out = getDims(broadcast.getResult());
  SmallVector<SymExpr> repeated;
  for (auto [i, dim] : llvm::enumerate(broadcast.getDims())) {
    if (in[i].isConstant(1))
      continue;
    if (dim + 1 == static_cast<int64_t>(out.size()))
      return nullptr;
    repeated.push_back(out[dim]);
  }
  // All dims but the last, or those that are missing have one element.
  if (repeated != withoutOnes(ArrayRef(out).drop_back()))
    return nullptr;
  Value source = broadcast.getInput();
  while (auto reshape = source.getDefiningOp<ReshapeOp>()) {
    if (withoutOnes(getDims(reshape.getInput())) != withoutOnes(getDims(reshape.getResult())))
      return nullptr;
    source = reshape.getInput();
  }
  auto reduce = source.getDefiningOp<ReduceOp>();
  if (!reduce || reduce.getKind() != kind || getDims(reduce.getInput()) != out || reduce.getDims().size() != 1 ||
      reduce.getDims()[0] + 1 != static_cast<int64_t>(out.size()))
    return nullptr;
  return reduce;
}

class Matcher {
public:
  explicit Matcher(ContractOp second) : second(second) {}
  std::optional<OnlineProduct> match(unsigned weights);

private:
  bool findFirst(Value value);
  bool dependsOnFirst(Value value);
  void include(Value value);
  bool includeRepetition(Value operand);
  bool isCheapMatrix(Operation *op);
  void add(Operation *op) { ops.insert(op); }

  ContractOp second;
  OnlineProduct product;
  llvm::SetVector<Operation *> ops, core; // what is taken in, and of it the two products and the softmax
  llvm::SmallDenseSet<Value> looked;
  llvm::DenseMap<Value, bool> dependent;
};

/// The first product that the logits are computed of, elementwise.
bool Matcher::findFirst(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || !looked.insert(value).second)
    return false;
  if (auto contract = dyn_cast<ContractOp>(op)) {
    std::optional<MatrixProduct> found = matchProduct(contract, 2);
    if (found)
      product.first = *found;
    return found.has_value();
  }
  auto reshape = dyn_cast<ReshapeOp>(op);
  if (!isElementwise(op) && !(reshape && keepsMatrix(reshape)))
    return false;
  return llvm::any_of(op->getOperands(), [&](Value operand) { return findFirst(operand); });
}

bool Matcher::dependsOnFirst(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (op == product.first.op)
    return true;
  auto reshape = dyn_cast<ReshapeOp>(op);
  if (!isElementwise(op) && !(reshape && keepsMatrix(reshape)))
    return false;
  if (auto it = dependent.find(value); it != dependent.end())
    return it->second;
  bool depends = false;
  for (Value operand : op->getOperands())
    depends |= dependsOnFirst(operand);
  return dependent[value] = depends;
}

/// Worth to be computed again rather than read: light, and of as many elements as the logits have, or one matrix of
/// them.
bool Matcher::isCheapMatrix(Operation *op) {
  if (isa<IotaOp, BroadcastOp, SizeOp>(op) || isSplatConstant(op->getResult(0)))
    return true;
  if (!isElementwise(op) || isHeavy(op))
    return false;
  auto logits = getDims(product.logits);
  SymExpr matrix = logits[logits.size() - 2] * logits.back();
  return getNumElements(getDims(op->getResult(0))).exactDiv(matrix).has_value();
}

/// Takes in what the value is made of.
void Matcher::include(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || op == product.first.op || ops.contains(op) || (!dependsOnFirst(value) && !isCheapMatrix(op)))
    return;
  // A constant goes along with its readers.
  if (isa<ConstantOp>(op))
    return;
  add(op);
  for (Value operand : op->getOperands())
    include(operand);
}

/// An operand that repeats or widens what is smaller in memory, as heads that share keys do, is read there. False when
/// it is made of what lies between the products.
bool Matcher::includeRepetition(Value operand) {
  SmallVector<Operation *> chain;
  size_t used = 0;
  while (Operation *op = operand.getDefiningOp()) {
    if (!isa<ReshapeOp, BroadcastOp>(op) && !isFloatCast(op))
      break;
    chain.push_back(op);
    if (!isa<ReshapeOp>(op)) // one at the end is a view
      used = chain.size();
    operand = op->getOperand(0);
  }
  auto isBetween = [&](Operation *op) { return core.contains(op) || dependsOnFirst(op->getResult(0)); };
  if (llvm::any_of(chain, isBetween) || (operand.getDefiningOp() && isBetween(operand.getDefiningOp())))
    return false;
  for (Operation *op : ArrayRef(chain).take_front(used))
    add(op);
  return true;
}

std::optional<OnlineProduct> Matcher::match(unsigned weights) {
  std::optional<MatrixProduct> last = matchProduct(second, weights);
  if (!last)
    return std::nullopt;
  product.second = *last;
  add(second);
  // weights = exp(logits - max) / sum
  SmallVector<Operation *> passed;
  auto quotient = stripWeights(last->getLeft(), passed).getDefiningOp<DivOp>();
  llvm::for_each(passed, [&](Operation *op) { add(op); });
  auto exponential = quotient ? quotient.getLhs().getDefiningOp<ExpOp>() : ExpOp();
  ReduceOp sum = quotient ? getRowReduction(quotient.getRhs(), ReduceKind::Sum) : ReduceOp();
  if (!exponential || !sum || sum.getInput() != exponential.getResult())
    return std::nullopt;
  auto difference = exponential.getInput().getDefiningOp<SubOp>();
  ReduceOp maximum = difference ? getRowReduction(difference.getRhs(), ReduceKind::Max) : ReduceOp();
  if (!maximum || maximum.getInput() != difference.getLhs())
    return std::nullopt;
  product.logits = difference.getLhs();
  if (!findFirst(product.logits) || product.first.op->getBlock() != second->getBlock())
    return std::nullopt;
  for (Operation *op : {quotient.getOperation(), exponential.getOperation(), sum.getOperation(),
                        difference.getOperation(), maximum.getOperation(), product.first.op.getOperation()})
    add(op);
  for (Value repeated : {quotient.getRhs(), difference.getRhs()})
    for (Operation *op = repeated.getDefiningOp(); !isa<ReduceOp>(op); op = op->getOperand(0).getDefiningOp())
      add(op);
  core = ops;
  include(product.logits);
  if (!includeRepetition(product.first.getLeft()) || !includeRepetition(product.first.getRight()) ||
      !includeRepetition(product.second.getRight()))
    return std::nullopt;
  auto isWithin = [&](Operation *op) {
    return llvm::all_of(op->getUsers(), [&](Operation *user) { return ops.contains(user); });
  };
  for (Operation *op : ops) {
    bool isCore = core.contains(op) || dependsOnFirst(op->getResult(0));
    if (op != second && isCore && !isWithin(op))
      return std::nullopt;
    if (op->getBlock() != second->getBlock())
      return std::nullopt;
    if (isCore && !isa<CmpOp>(op) && !isComputedInF32(op->getResult(0)))
      return std::nullopt;
  }
  product.ops = ops.takeVector();
  llvm::sort(product.ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return std::move(product);
}
} // namespace

std::optional<OnlineProduct> matchOnlineProduct(ContractOp op) {
  for (unsigned weights = 0; weights < 2; ++weights)
    if (std::optional<OnlineProduct> product = Matcher(op).match(weights))
      return product;
  return std::nullopt;
}

} // namespace tao
