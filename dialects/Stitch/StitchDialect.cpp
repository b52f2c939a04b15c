// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration and syntax of the fusion dialect.
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialects/Stitch/StitchDialect.cpp.inc"
#include "dialects/Stitch/StitchEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Stitch/StitchAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Stitch/StitchTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Stitch/StitchOps.cpp.inc"

namespace tao::stitch {

void StitchDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Stitch/StitchAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Stitch/StitchTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Stitch/StitchOps.cpp.inc"
      >();
}

bool isArgMonoid(Monoid monoid) {
  return monoid == Monoid::ArgMax || monoid == Monoid::ArgMin || monoid == Monoid::ArgMaxLast ||
         monoid == Monoid::ArgMinLast;
}

TypedAttr getIdentity(Monoid monoid, Type type) {
  Builder b(type.getContext());
  bool isMax =
      monoid == Monoid::Max || monoid == Monoid::MaxNumber || monoid == Monoid::ArgMax || monoid == Monoid::ArgMaxLast;
  bool isMin = monoid == Monoid::Min || monoid == Monoid::ArgMin || monoid == Monoid::ArgMinLast;
  if (auto floating = dyn_cast<FloatType>(type)) {
    if (isMax || isMin)
      return b.getFloatAttr(floating, APFloat::getInf(floating.getFloatSemantics(), /*Negative=*/isMax));
    return b.getFloatAttr(floating, monoid == Monoid::Prod ? 1.0 : 0.0);
  }
  unsigned width = type.getIntOrFloatBitWidth();
  if (isMax)
    return b.getIntegerAttr(type, APInt::getSignedMinValue(width));
  if (isMin)
    return b.getIntegerAttr(type, APInt::getSignedMaxValue(width));
  return b.getIntegerAttr(type, monoid == Monoid::Prod ? 1 : 0);
}

PlanKind getPlanKind(GroupOp group) {
  std::optional<Plan> plan = Plan::fromAttr(group.getPlan());
  return plan ? plan->kind : PlanKind::Memory;
}

/// stitch.group(%arg = %value, ...) plan <{...}> : (types) -> (types) { ... }
void GroupOp::print(OpAsmPrinter &p) {
  p << "(";
  llvm::interleaveComma(llvm::zip(getBody().getArguments(), getInputs()), p, [&](auto pair) {
    p.printRegionArgument(std::get<0>(pair), {}, /*omitType=*/true);
    p << " = " << std::get<1>(pair);
  });
  p << ") plan ";
  p.printStrippedAttrOrType(getPlan());
  p.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"plan"});
  p << " : ";
  p.printFunctionalType(*this);
  p << " ";
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

ParseResult GroupOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  auto parseBinding = [&]() -> ParseResult {
    return failure(parser.parseArgument(arguments.emplace_back()) || parser.parseEqual() ||
                   parser.parseOperand(operands.emplace_back()));
  };
  FunctionType type;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseBinding) || parser.parseKeyword("plan"))
    return failure();
  // Without the dialect's prefix: a prefixed attribute would take the colon after it for its own.
  Attribute plan = PlanAttr::parse(parser, Type());
  if (!plan)
    return failure();
  result.addAttribute("plan", plan);
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes) || parser.parseColonType(type))
    return failure();
  if (type.getNumInputs() != operands.size())
    return parser.emitError(parser.getNameLoc(), "expected one type per operand");
  for (auto [argument, argumentType] : llvm::zip(arguments, type.getInputs()))
    argument.type = argumentType;
  result.addTypes(type.getResults());
  if (parser.resolveOperands(operands, type.getInputs(), parser.getNameLoc(), result.operands))
    return failure();
  return parser.parseRegion(*result.addRegion(), arguments);
}

LogicalResult GroupOp::verify() {
  Block &block = getBody().front();
  if (block.getArgumentTypes() != getInputs().getTypes())
    return emitOpError() << "block arguments must have the operands' types";
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getValues().getTypes() != getResultTypes())
    return emitOpError() << "must yield its result types";
  for (Operation &op : block.without_terminator())
    if (op.getName().getDialectNamespace() != "tao")
      return emitOpError() << "may hold only tao ops, has '" << op.getName() << "'";
  std::string reason;
  if (!Plan::fromAttr(getPlan(), &reason))
    return emitOpError() << reason;
  return success();
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel)
    return success(); // lowered already, or reported by the symbol's own users
  size_t buffers = getInputs().size() + getNumResults();
  auto sizes = (*this)->getAttrOfType<ArrayAttr>("sizes");
  if (kernel.getBody().getNumArguments() != buffers + kernel.getSizes().size() ||
      kernel.getNumReads() != getInputs().size())
    return emitOpError() << "does not match the buffers of kernel " << getKernelAttr();
  if (!sizes || sizes.size() != kernel.getSizes().size())
    return emitOpError() << "must bind the " << kernel.getSizes().size() << " sizes of kernel " << getKernelAttr();
  return success();
}

/// stitch.kernel @name(%a: !stitch.buf<...>, ..., %n: index) attributes {...} { ... }
void KernelOp::print(OpAsmPrinter &p) {
  p << " ";
  p.printSymbolName(getSymName());
  p << "(";
  llvm::interleaveComma(getBody().getArguments(), p, [&](BlockArgument argument) { p.printRegionArgument(argument); });
  p << ")";
  p.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"sym_name"});
  p << " ";
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}
ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseSymbolName(name, "sym_name", result.attributes) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren, /*allowType=*/true) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  KernelOp::ensureTerminator(*body, parser.getBuilder(), result.location);
  return success();
}

void ForeachOp::build(OpBuilder &builder, OperationState &state, Level level, Value lower, Value upper, int64_t width) {
  state.addOperands({lower, upper});
  state.getOrAddProperties<Properties>().level = LevelAttr::get(builder.getContext(), level);
  if (width)
    state.getOrAddProperties<Properties>().width = builder.getI64IntegerAttr(width);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(state.addRegion());
  block->addArgument(builder.getIndexType(), state.location);
  YieldOp::create(builder, state.location);
}
void ReduceOp::build(OpBuilder &builder, OperationState &state, Level level, Value lower, Value upper, TypeRange types,
                     ArrayRef<Monoid> monoids, int64_t width) {
  state.addOperands({lower, upper});
  state.addTypes(types);
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.level = LevelAttr::get(builder.getContext(), level);
  if (width)
    properties.width = builder.getI64IntegerAttr(width);
  SmallVector<int32_t> numbers;
  for (Monoid monoid : monoids)
    numbers.push_back(static_cast<int32_t>(monoid));
  properties.monoids = builder.getDenseI32ArrayAttr(numbers);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(state.addRegion());
  block->addArgument(builder.getIndexType(), state.location);
}

} // namespace tao::stitch
