// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The steps on MLIR modules of any phase: drop functions, cut off what comes after the failure, drop results, ops and
// arguments, turn constants into zeros, shrink sizes. Candidates that MLIR does not verify are passed over.
#include "compiler/include/tao/Registration.h"
#include "compiler/reduce/Reducers.h"
#include "dialects/Tao/TaoDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include <set>

using namespace mlir;

namespace tao {

namespace {
/// What stands for the results of a dropped op.
enum class Stand { Argument, Operand, Zero };

std::string print(ModuleOp module, bool locations) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os, OpPrintingFlags().enableDebugInfo(locations));
  os << "\n";
  return text;
}

class ModuleReducer {
public:
  ModuleReducer(OwningOpRef<ModuleOp> module, Reduction &reduction) : best(std::move(module)), reduction(reduction) {}

  /// `original` is the text that the module was read from.
  void run(StringRef original) {
    // Locations hold the names of source nodes, which make kernels' names.
    locations = false;
    if (print(*best, locations) != original && !attempt([](ModuleOp) { return true; }))
      locations = true;
    for (int64_t before = -1; before != reduction.getProgress() && !reduction.isDone();) {
      before = reduction.getProgress();
      dropSymbols();
      for (size_t f = 0; f < getFunctions(*best).size(); ++f) {
        cut(f);
        dropResults(f);
      }
      for (Stand stand : {Stand::Argument, Stand::Operand, Stand::Zero})
        dropOps(stand);
      for (size_t f = 0; f < getFunctions(*best).size(); ++f)
        dropArguments(f);
      zeroConstants();
      shrinkSizes();
    }
  }

  static std::string describe(ModuleOp module) {
    size_t ops = getOps(module).size();
    return std::to_string(ops) + (ops == 1 ? " op" : " ops");
  }

private:
  bool attempt(function_ref<bool(ModuleOp)> edit) {
    if (reduction.isDone())
      return false;
    OwningOpRef<ModuleOp> candidate(best->clone());
    return edit(*candidate) && keep(std::move(candidate));
  }

  bool keep(OwningOpRef<ModuleOp> candidate) {
    if (failed(verify(*candidate)) || !reduction.attempt(print(*candidate, locations), describe(*candidate)))
      return false;
    best = std::move(candidate);
    return true;
  }

  /// Ops that may be dropped, in order of their appearance: all but terminators and functions.
  static std::vector<Operation *> getOps(ModuleOp module) {
    std::vector<Operation *> ops;
    module->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (op != module.getOperation() && !op->hasTrait<OpTrait::IsTerminator>() && !isa<FunctionOpInterface>(op))
        ops.push_back(op);
    });
    return ops;
  }

  /// Functions of one block, whose signature can change with their body.
  static std::vector<func::FuncOp> getFunctions(ModuleOp module) {
    std::vector<func::FuncOp> functions;
    for (auto func : module.getOps<func::FuncOp>())
      if (!func.isExternal() && func.getBody().hasOneBlock() && isa<func::ReturnOp>(func.front().getTerminator()))
        functions.push_back(func);
    return functions;
  }

  void dropSymbols() {
    auto count = [&] { return static_cast<size_t>(std::distance(best->begin(), best->end())); };
    reduction.removeRanges(count, [&](size_t begin, size_t end) {
      attempt([&](ModuleOp module) {
        std::vector<Operation *> gone;
        for (auto [i, op] : llvm::enumerate(module.getOps()))
          if (i >= begin && i < end)
            gone.push_back(&op);
        for (Operation *op : gone)
          op->erase();
        return begin > 0 || end < count();
      });
    });
  }

  /// The shortest prefix of the function's ops that still fails, by bisection; what it does not use itself it returns.
  void cut(size_t f) {
    auto size = [&] { return static_cast<int>(getFunctions(*best)[f].front().getOperations().size()) - 1; };
    int works = 0, fails = size();
    while (fails - works > 1 && !reduction.isDone()) {
      int middle = (works + fails) / 2;
      bool stillFails = attempt([&](ModuleOp module) { return cutAfter(getFunctions(module)[f], middle); });
      (stillFails ? fails : works) = middle;
    }
  }

  static bool cutAfter(func::FuncOp func, int count) {
    Operation *end = func.front().getTerminator();
    bool returns = end->getNumOperands() > 0;
    while (static_cast<int>(func.front().getOperations().size()) - 1 > count) {
      end->setOperands(ValueRange());
      end->getPrevNode()->erase();
    }
    SmallVector<Value> results;
    if (returns)
      for (Operation &op : func.front().without_terminator())
        for (Value result : op.getResults())
          if (result.use_empty())
            results.push_back(result);
    setResults(func, results);
    return true;
  }

  /// The attributes of results go with them.
  static void setResults(func::FuncOp func, ValueRange results) {
    func.front().getTerminator()->setOperands(results);
    func.removeResAttrsAttr();
    func.setFunctionType(FunctionType::get(func.getContext(), func.getArgumentTypes(), results.getTypes()));
  }

  void dropResults(size_t f) {
    reduction.removeRanges([&]() -> size_t { return getFunctions(*best)[f].getNumResults(); },
                           [&](size_t begin, size_t end) {
                             attempt([&](ModuleOp module) {
                               func::FuncOp func = getFunctions(module)[f];
                               llvm::BitVector gone(func.getNumResults());
                               gone.set(begin, end);
                               func.front().getTerminator()->eraseOperands(begin, end - begin);
                               return succeeded(func.eraseResults(gone));
                             });
                           });
  }

  void dropArguments(size_t f) {
    reduction.removeRanges([&]() -> size_t { return getFunctions(*best)[f].getNumArguments(); },
                           [&](size_t begin, size_t end) {
                             attempt([&](ModuleOp module) {
                               func::FuncOp func = getFunctions(module)[f];
                               llvm::BitVector gone(func.getNumArguments());
                               for (size_t i = begin; i < end; ++i)
                                 if (func.getArgument(i).use_empty())
                                   gone.set(i);
                               return gone.any() && succeeded(func.eraseArguments(gone));
                             });
                           });
  }

  void dropOps(Stand stand) {
    reduction.removeRanges([&] { return getOps(*best).size(); },
                           [&](size_t begin, size_t end) {
                             attempt([&](ModuleOp module) {
                               std::vector<Operation *> ops = getOps(module);
                               bool any = false;
                               // Users first; an op inside another goes before it.
                               for (size_t i = std::min(end, ops.size()); i-- > begin;)
                                 any |= drop(ops[i], stand);
                               return any;
                             });
                           });
  }

  /// Drops an op; false when some result can be replaced by nothing.
  static bool drop(Operation *op, Stand stand) {
    SmallVector<Value> values;
    for (Value result : op->getResults())
      values.push_back(result.use_empty() ? Value() : findStand(result, stand));
    for (auto [result, value] : llvm::zip(op->getResults(), values))
      if (!value && !result.use_empty())
        return false;
    for (auto [result, value] : llvm::zip(op->getResults(), values))
      if (value)
        result.replaceAllUsesWith(value);
    op->erase();
    return true;
  }

  static Value findStand(Value result, Stand stand) {
    Operation *op = result.getDefiningOp();
    if (stand == Stand::Operand) {
      auto it = llvm::find_if(op->getOperands(), [&](Value operand) { return operand.getType() == result.getType(); });
      return it == op->operand_end() ? Value() : *it;
    }
    if (stand == Stand::Argument) {
      auto func = dyn_cast<func::FuncOp>(op->getParentOp());
      if (!func ||
          failed(func.insertArgument(func.getNumArguments(), result.getType(), DictionaryAttr(), op->getLoc())))
        return {};
      return func.getArguments().back();
    }
    OpBuilder builder(op);
    auto zero = dyn_cast_or_null<TypedAttr>(getZero(builder, result.getType()));
    if (!zero)
      return {};
    if (auto elements = dyn_cast<ElementsAttr>(zero))
      return isa<RankedTensorType>(result.getType()) && !isa<ConstantOp>(op)
                 ? ConstantOp::create(builder, op->getLoc(), elements).getResult()
                 : Value();
    return isa<arith::ConstantOp>(op) ? Value() : arith::ConstantOp::create(builder, op->getLoc(), zero).getResult();
  }

  static Attribute getZero(OpBuilder &builder, Type type) {
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      return tensor.hasStaticShape() ? builder.getZeroAttr(tensor) : Attribute();
    return type.isIntOrIndexOrFloat() ? builder.getZeroAttr(type) : Attribute();
  }

  /// Attributes that hold the elements of a tensor which are not all equal.
  static std::vector<std::pair<Operation *, StringAttr>> getConstants(ModuleOp module) {
    std::vector<std::pair<Operation *, StringAttr>> constants;
    module->walk<WalkOrder::PreOrder>([&](Operation *op) {
      for (NamedAttribute attribute : op->getAttrs())
        if (auto elements = dyn_cast<ElementsAttr>(attribute.getValue()))
          if (!elements.isSplat() && elements.getNumElements() > 1 && isa<RankedTensorType>(elements.getShapedType()))
            constants.push_back({op, attribute.getName()});
    });
    return constants;
  }

  void zeroConstants() {
    reduction.removeRanges([&] { return getConstants(*best).size(); },
                           [&](size_t begin, size_t end) {
                             attempt([&](ModuleOp module) {
                               auto constants = getConstants(module);
                               for (size_t i = begin; i < end; ++i) {
                                 auto [op, name] = constants[i];
                                 auto type = cast<ElementsAttr>(op->getAttr(name)).getShapedType();
                                 op->setAttr(name, cast<Attribute>(Builder(op).getZeroAttr(type)));
                               }
                               return true;
                             });
                           });
  }

  /// Sizes are spread over types and attributes, all of which the text shows: a size is replaced there wherever it
  /// stands as a word of its own or between the 'x's of a shape, and MLIR decides whether a module came out.
  void shrinkSizes() {
    std::string text = print(*best, locations);
    std::set<int64_t, std::greater<>> sizes;
    forEachNumber(text, [&](size_t, size_t, int64_t number) {
      if (number > 1)
        sizes.insert(number);
    });
    for (int64_t size : sizes)
      for (int64_t target : {int64_t(1), int64_t(2), size / 4, size / 2})
        if (target >= 1 && target < size && !reduction.isDone()) {
          ScopedDiagnosticHandler quiet(best->getContext(), [](Diagnostic &) { return success(); });
          auto module =
              parseSourceString<ModuleOp>(replaceSize(print(*best, locations), size, target), best->getContext());
          if (module && keep(std::move(module)))
            break;
        }
  }

  static void forEachNumber(StringRef text, function_ref<void(size_t, size_t, int64_t)> visit) {
    for (size_t at = 0; at < text.size();) {
      size_t end = at;
      while (end < text.size() && llvm::isDigit(text[end]))
        ++end;
      int64_t number;
      char before = at > 0 ? text[at - 1] : ' ', after = end < text.size() ? text[end] : ' ';
      bool startsWord = StringRef(" <[(,x").contains(before), endsWord = StringRef(" >]),x:").contains(after);
      if (end > at && startsWord && endsWord && !text.slice(at, end).getAsInteger(10, number))
        visit(at, end, number);
      at = std::max(end, at + 1);
    }
  }

  static std::string replaceSize(const std::string &text, int64_t from, int64_t to) {
    std::string result;
    size_t copied = 0;
    forEachNumber(text, [&](size_t at, size_t end, int64_t number) {
      if (number != from)
        return;
      result.append(text, copied, at - copied);
      result += std::to_string(to);
      copied = end;
    });
    return result.append(text, copied);
  }

  OwningOpRef<ModuleOp> best;
  Reduction &reduction;
  bool locations = true;
};
} // namespace

void reduceModule(const std::string &path, Reduction &reduction, ErrorList &errors) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file) {
    errors.add(ErrorCode::CannotRead, "the file cannot be read: " + file.getError().message());
    return;
  }
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  std::string problem;
  // Candidates that are no valid IR are of no interest.
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>();
    if (problem.empty() && place)
      problem = (Twine(place.getLine()) + ":" + Twine(place.getColumn()) + ": ").str() + diagnostic.str();
    return success();
  });
  auto module = parseSourceString<ModuleOp>((*file)->getBuffer(), &context);
  if (!module)
    errors.add(ErrorCode::BadModel, "the file does not parse, so that no part of it can be dropped: " + problem);
  // The text as it is: printing may drop what the failure is about, such as comments for a test runner.
  else if (reduction.start((*file)->getBuffer(), ModuleReducer::describe(*module)))
    ModuleReducer(std::move(module), reduction).run((*file)->getBuffer());
}

} // namespace tao
