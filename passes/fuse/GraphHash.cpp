// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See GraphHash.h. The graph is written as text, one line per op, and the text is hashed.
#include "passes/fuse/GraphHash.h"
#include "dialects/Stitch/StitchDialect.h"
#include "passes/fuse/GroupBuilder.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"

using namespace mlir;

namespace tao {

namespace {
/// Of the hash, what is kept: enough for no two graphs ever to meet.
constexpr size_t kHashBytes = 16;

std::string hashText(StringRef text) {
  llvm::BLAKE3 hasher;
  hasher.update(text);
  auto digest = hasher.final<kHashBytes>();
  return llvm::toHex(llvm::ArrayRef<uint8_t>(digest.data(), kHashBytes), /*LowerCase=*/true);
}

class GraphWriter {
public:
  explicit GraphWriter(SymbolNames &symbols) : symbols(symbols) {}

  void number(Value value) { numbers.try_emplace(value, numbers.size()); }
  void operator()(Operation *op) {
    os << op->getName();
    for (Value operand : op->getOperands())
      write(operand);
    for (Value result : op->getResults())
      number(result);
    // Types first: they bring up the symbols that the text of an attribute may name.
    for (Type type : op->getResultTypes())
      write(type);
    for (StringAttr name : op->getName().getAttributeNames())
      if (std::optional<Attribute> attr = op->getInherentAttr(name); attr && *attr)
        write(name, *attr);
    os << "\n";
    for (Region &region : op->getRegions())
      for (Block &block : region) {
        for (Value argument : block.getArguments())
          number(argument);
        for (Operation &nested : block)
          (*this)(&nested);
      }
  }
  void write(Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor) {
      os << " " << type;
      return;
    }
    os << " <";
    for (const SymExpr &dim : getDims(tensor))
      os << symbols.rename(dim).str() << "x";
    os << tensor.getElementType() << ">";
  }
  std::string finish() { return hashText(text); }

  llvm::raw_ostream &stream() { return os; }

private:
  void write(Value operand) {
    // A value from elsewhere gets its number, and shows its type, when it is first read.
    bool isNew = !numbers.contains(operand);
    number(operand);
    os << " %" << numbers.lookup(operand);
    if (!isNew)
      return;
    write(operand.getType());
    if (isSplatConstant(operand))
      os << operand.getDefiningOp<ConstantOp>().getValue();
  }
  void write(StringAttr name, Attribute attr) {
    // Weights count by their types alone, functions and plans not at all.
    bool isData = isa<ElementsAttr>(attr) && !isa<SplatElementsAttr, DenseArrayAttr>(attr);
    if (isData || isa<SymbolRefAttr, stitch::PlanAttr>(attr))
      return;
    os << " " << name.getValue() << "=";
    write(attr);
  }
  void write(Attribute attr) {
    if (auto list = dyn_cast<ArrayAttr>(attr)) {
      os << "[";
      for (Attribute entry : list) {
        write(entry);
        os << ",";
      }
      os << "]";
    } else if (auto string = dyn_cast<StringAttr>(attr)) {
      os << '"' << symbols.renameText(string.getValue()) << '"';
    } else {
      os << attr;
    }
  }

  SymbolNames &symbols;
  llvm::DenseMap<Value, size_t> numbers;
  std::string text;
  llvm::raw_string_ostream os{text};
};
} // namespace

std::string SymbolNames::get(StringRef name) {
  auto [it, inserted] = names.try_emplace(name, "s" + std::to_string(order.size()));
  if (inserted)
    order.push_back(name.str());
  return it->second;
}

SymExpr SymbolNames::rename(const SymExpr &size) {
  return *renameSymbols(size, [&](StringRef name) { return std::optional(get(name)); });
}

std::string SymbolNames::renameText(StringRef text) {
  std::optional<SymExpr> size = SymExpr::parse(text);
  if (!size)
    return text.str();
  auto renamed = renameSymbols(*size, [&](StringRef name) -> std::optional<std::string> {
    auto it = names.find(name);
    return it == names.end() ? std::nullopt : std::optional(it->second);
  });
  return renamed ? renamed->str() : text.str();
}

std::optional<SymExpr> renameSymbols(const SymExpr &size,
                                     llvm::function_ref<std::optional<std::string>(StringRef)> nameOf) {
  if (size.isConstant())
    return size;
  bool ok = true;
  SymExpr result = size.substitute([&](StringRef symbol) -> std::optional<SymExpr> {
    std::optional<std::string> name = nameOf(symbol);
    ok &= name.has_value();
    return name ? std::optional(SymExpr::symbol(*name)) : std::nullopt;
  });
  return ok ? std::optional(result) : std::nullopt;
}

void renameSymbols(stitch::StitchPlan &plan, llvm::function_ref<SymExpr(const SymExpr &)> rename) {
  auto apply = [&](SymExpr &size) { size = rename(size); };
  llvm::for_each(plan.classes, apply);
  for (stitch::PlanVariant &variant : plan.variants) {
    for (stitch::GuardCondition &condition : variant.guard)
      apply(condition.expr);
    for (stitch::PlanPart &part : variant.parts)
      apply(part.blocks);
    for (stitch::PlanRegion &region : variant.regions)
      for (stitch::ClassPlacement &placement : region.placement) {
        apply(placement.grid);
        apply(placement.seq);
      }
    for (stitch::PlanBuffer &buffer : variant.buffers) {
      apply(buffer.offset);
      apply(buffer.bytes);
    }
    apply(variant.shared);
    apply(variant.workspace);
  }
}

FunctionGraph::FunctionGraph(func::FuncOp func) {
  GraphWriter writer(symbols);
  for (BlockArgument argument : func.getArguments()) {
    writer.number(argument);
    writer.write(argument.getType());
  }
  writer.stream() << "\n";
  for (Operation &op : func.getBody().front()) {
    if (isa<IndexMapOpInterface>(op)) {
      numbers[&op] = ops.size();
      ops.push_back(&op);
    }
    writer(&op);
  }
  hash = writer.finish();
}

std::string hashGroup(ArrayRef<Operation *> ops, llvm::function_ref<bool(Operation *)> isStored, SymbolNames &symbols) {
  GraphWriter writer(symbols);
  for (Operation *op : ops) {
    writer.stream() << (isStored(op) ? "stored " : "");
    writer(op);
  }
  return writer.finish();
}

} // namespace tao
