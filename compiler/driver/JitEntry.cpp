// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tao_compiler_jit: a file compiled to images in memory, or handed to the reference interpreter. See tao/Jit.h.
#include "compiler/driver/InternalError.h"
#include "compiler/driver/Pipeline.h"
#include "compiler/include/tao/Jit.h"
#include "compiler/include/tao/Registration.h"
#include "compiler/target/cpu/Jit.h"
#include "dialects/Tao/ConstantData.h"
#include "passes/interp/Interpreter.h"
#include "passes/interp/TestFunction.h"
#include <deque>
#include <dlfcn.h>

using namespace mlir;

namespace tao {

namespace {
tao_dtype getDtype(Type type) {
  if (type.isInteger(1))
    return {TAO_BOOL, 8, 1};
  int code = type.isBF16()              ? TAO_BFLOAT
             : isa<FloatType>(type)     ? TAO_FLOAT
             : type.isUnsignedInteger() ? TAO_UINT
                                        : TAO_INT;
  return {static_cast<uint8_t>(code), static_cast<uint8_t>(type.getIntOrFloatBitWidth()), 1};
}

/// All that a tao_jit_model points to; the address of an Entry never changes.
struct Entry {
  std::string name, expectedFailure;
  tao_jit_model model = {};
  std::unique_ptr<JitImage> image;

  // Memory of the tensors that the file gives.
  std::deque<ConstantBytes> bytes;
  std::deque<SmallVector<int64_t>> shapes;
  std::deque<std::string> texts;
  std::vector<tao_tensor> inputs;
  std::vector<tao_jit_check> checks;
  std::deque<tao_tensor> expected;

  // For interpretation.
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  tao_model_info info = {};
  std::deque<std::vector<tao_dim>> dims;
  std::vector<tao_value_info> inputInfos, outputInfos;
  std::vector<std::vector<char>> outputs;
  std::string message;

  const char *text(std::string value) { return texts.emplace_back(std::move(value)).c_str(); }
  tao_tensor tensor(ElementsAttr value);
  std::vector<tao_value_info> describe(TypeRange types, function_ref<Attribute(unsigned)> nameOf, StringRef fallback);
  void prepareInterpreter(func::FuncOp function);
  int32_t interpret(const tao_tensor *inputs, tao_tensor *outputs);
};

tao_tensor Entry::tensor(ElementsAttr value) {
  auto type = cast<RankedTensorType>(value.getShapedType());
  SmallVector<int64_t> &shape = shapes.emplace_back(type.getShape());
  const ConstantBytes &data = bytes.emplace_back(getConstantBytes(value));
  return {const_cast<char *>(data.get().data()),
          {TAO_DEVICE_CPU, 0},
          static_cast<int32_t>(shape.size()),
          getDtype(type.getElementType()),
          shape.data(),
          nullptr,
          0};
}

std::vector<tao_value_info> Entry::describe(TypeRange types, function_ref<Attribute(unsigned)> nameOf,
                                            StringRef fallback) {
  std::vector<tao_value_info> infos;
  for (auto [i, type] : llvm::enumerate(types)) {
    auto tensor = cast<RankedTensorType>(type);
    std::vector<tao_dim> &extents = dims.emplace_back();
    for (const SymExpr &dim : getDims(tensor))
      extents.push_back({dim.constant().value_or(-1), text(dim.str())});
    auto name = dyn_cast_or_null<StringAttr>(nameOf(i));
    infos.push_back({text(name ? name.str() : (fallback + Twine(i)).str()), getDtype(tensor.getElementType()),
                     static_cast<int32_t>(tensor.getRank()), extents.data(), -1});
  }
  return infos;
}

void Entry::prepareInterpreter(func::FuncOp func) {
  function = func;
  inputInfos = describe(func.getArgumentTypes(), [&](unsigned i) { return func.getArgAttr(i, "tao.name"); }, "input");
  outputInfos =
      describe(func.getResultTypes(), [&](unsigned i) { return func.getResultAttr(i, "tao.name"); }, "output");
  info.size = sizeof(info);
  info.name = name.c_str();
  info.compiler = "tao " TAO_VERSION;
  info.target = info.cpu = "interpreter";
  info.cpu_features = info.libraries = "";
  info.num_inputs = inputInfos.size();
  info.num_outputs = outputInfos.size();
  info.inputs = inputInfos.data();
  info.outputs = outputInfos.data();
  model.info = &info;
  model.self = this;
  model.interpret = [](void *self, const tao_tensor *inputs, tao_tensor *outputs, const char **message) {
    int32_t status = static_cast<Entry *>(self)->interpret(inputs, outputs);
    *message = static_cast<Entry *>(self)->message.c_str();
    return status;
  };
}

int32_t Entry::interpret(const tao_tensor *inputTensors, tao_tensor *outputTensors) {
  message.clear();
  SmallVector<HostTensor> arguments, results;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    const tao_tensor &given = inputTensors[i];
    auto tensor = cast<RankedTensorType>(type);
    tao_dtype dtype = getDtype(tensor.getElementType());
    if (given.ndim != tensor.getRank() || given.dtype.code != dtype.code || given.dtype.bits != dtype.bits) {
      message = "input " + std::to_string(i) + " has another rank or element type than the function's";
      return TAO_ERROR_INVALID_ARGUMENT;
    }
    ArrayRef<int64_t> shape(given.shape, given.ndim);
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    ArrayRef<char> memory(static_cast<const char *>(given.data) + given.byte_offset,
                          count * getElementBytes(tensor.getElementType()));
    arguments.push_back(HostTensor::fromBytes(tensor.getElementType(), shape, memory));
  }
  InterpretOptions options;
  options.roundResults = true;
  if (failed(tao::interpret(function, arguments, results, message, options)))
    return TAO_ERROR_RUNTIME;
  outputs.clear();
  for (auto [i, result] : llvm::enumerate(results)) {
    outputs.push_back(result.toBytes());
    tao_tensor &target = outputTensors[i];
    target.data = outputs.back().data();
    target.device = {TAO_DEVICE_CPU, 0};
    target.dtype = getDtype(result.elementType);
    target.ndim = result.shape.size();
    target.strides = nullptr;
    target.byte_offset = 0;
    llvm::copy(result.shape, target.shape);
  }
  return TAO_OK;
}

/// One call of tao_compiler_jit and all it returns.
class JitSession {
public:
  JitSession(const tao_jit_runtime &runtime)
      : symbols{{"tao_rt_launch", reinterpret_cast<void *>(runtime.launch)},
                {"tao_rt_pack", reinterpret_cast<void *>(runtime.pack)},
                {"tao_rt_gpu_launch", reinterpret_cast<void *>(runtime.gpu_launch)},
                {"tao_rt_matmul", reinterpret_cast<void *>(runtime.matmul)},
                {"tao_rt_conv", reinterpret_cast<void *>(runtime.conv)},
                {"tao_rt_copy", reinterpret_cast<void *>(runtime.copy)},
                {"tao_rt_routine", reinterpret_cast<void *>(runtime.routine)},
                {"tao_rt_loop", reinterpret_cast<void *>(runtime.loop)},
                {"tao_rt_branch", reinterpret_cast<void *>(runtime.branch)}} {
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  bool compileFile(bool interpretOnly);
  void fill(tao_jit_result &result);

  CompileOptions options;
  ErrorList errors;
  std::string diagnostics;

private:
  bool compileTests(Pipeline &pipeline, ModuleOp module, bool interpretOnly);
  bool compileMain(Pipeline &pipeline, bool interpretOnly);
  bool emit(Pipeline &pipeline, Entry &entry);
  Entry &addEntry(StringRef name) {
    Entry &entry = *entries.emplace_back(std::make_unique<Entry>());
    entry.name = name.str();
    return entry;
  }
  void addTest(Entry &entry, const TestFunction &test);

  llvm::StringMap<void *> symbols;
  DialectRegistry registry;
  MLIRContext context{MLIRContext::Threading::DISABLED};
  OwningOpRef<ModuleOp> tests;
  std::vector<std::unique_ptr<Entry>> entries;
  std::vector<tao_jit_model> models;
};

void JitSession::addTest(Entry &entry, const TestFunction &test) {
  for (ElementsAttr input : test.inputs)
    entry.inputs.push_back(entry.tensor(input));
  for (const Expectation &expectation : test.expectations) {
    std::string place;
    if (auto file = expectation.location->findInstanceOf<FileLineColLoc>())
      place = options.input + ":" + std::to_string(file.getLine()) + ":" + std::to_string(file.getColumn());
    entry.expected.push_back(entry.tensor(expectation.expected));
    entry.checks.push_back({static_cast<int32_t>(expectation.output),
                            expectation.kind == Expectation::Kind::Equal ? TAO_JIT_CHECK_EQ : TAO_JIT_CHECK_CLOSE,
                            expectation.atol, expectation.rtol, &entry.expected.back(), entry.text(place)});
  }
  if (test.failure) {
    entry.expectedFailure = *test.failure;
    entry.model.expected_failure = entry.expectedFailure.c_str();
  }
}

/// Machine code and placement of the module that the host phase left.
bool JitSession::emit(Pipeline &pipeline, Entry &entry) {
  WeightPlan weights = WeightPlan::get(pipeline.getModule());
  if (pipeline.sanitizes("address") && !dlsym(RTLD_DEFAULT, "__asan_init")) {
    errors.add(ErrorCode::LinkFailed, "--sanitize=address needs the sanitizer's runtime in the process",
               "run it with LD_PRELOAD=$(clang-22 -print-file-name=libclang_rt.asan-x86_64.so)");
    return false;
  }
  std::vector<SmallVector<char, 0>> objects;
  bool ok = false;
  std::string reason;
  {
    FaultGuard guard;
    guard.guard([&] { ok = pipeline.emitCode(objects); }, reason);
  }
  if (!ok) {
    reportInternalError("link", reason.empty() ? "no code was made" : reason, nullptr, errors);
    return false;
  }
  entry.image = JitImage::create(objects, weights, symbols, errors);
  if (!entry.image)
    return false;
  entry.model.image = entry.image->get();
  entry.model.info = entry.model.image->info;
  return true;
}

bool JitSession::compileTests(Pipeline &pipeline, ModuleOp module, bool interpretOnly) {
  FailureOr<std::vector<TestFunction>> functions = failure();
  {
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>();
      errors.add(ErrorCode::BadModel, (place ? std::to_string(place.getLine()) + ": " : "") + diagnostic.str());
    });
    functions = extractTestFunctions(module);
  }
  if (failed(functions))
    return false;
  for (const TestFunction &test : *functions) {
    func::FuncOp function = test.function;
    Entry &entry = addEntry(function.getName());
    addTest(entry, test);
    if (interpretOnly) {
      entry.prepareInterpreter(function);
      continue;
    }
    if (!pipeline.run(test.makeModule(), Phase::simplify, Phase::host) || !emit(pipeline, entry)) {
      diagnostics += "in function @" + entry.name + ":\n";
      return false;
    }
  }
  return true;
}

bool JitSession::compileMain(Pipeline &pipeline, bool interpretOnly) {
  Entry &entry = addEntry("main");
  if (!interpretOnly)
    return pipeline.runToHost() && emit(pipeline, entry);
  if (!pipeline.runToTensors())
    return false;
  entry.module = OwningOpRef<ModuleOp>(pipeline.getModule().clone());
  auto function = entry.module->lookupSymbol<func::FuncOp>("main");
  if (!function) {
    errors.add(ErrorCode::BadModel, "the file has no function @main");
    return false;
  }
  entry.prepareInterpreter(function);
  return true;
}

bool JitSession::compileFile(bool interpretOnly) {
  Progress progress(llvm::errs(), options.verbose, /*onTerminal=*/false);
  Pipeline pipeline(context, options, errors, progress, llvm::nulls());
  if (!pipeline.prepare(/*toMemory=*/true))
    return false;
  if (StringRef(options.input).ends_with(".mlir")) {
    tests = pipeline.parse(options.input);
    if (!tests)
      return false;
    bool hasChecks = false;
    tests->walk([&](Operation *op) { hasChecks |= op->getName().getDialectNamespace() == "check"; });
    tests->walk([&](func::FuncOp func) { hasChecks |= func->hasAttr("check.fails"); });
    if (hasChecks)
      return compileTests(pipeline, *tests, interpretOnly);
  }
  return compileMain(pipeline, interpretOnly);
}

void JitSession::fill(tao_jit_result &result) {
  for (const std::unique_ptr<Entry> &entry : entries) {
    entry->model.name = entry->name.c_str();
    entry->model.num_inputs = entry->inputs.size();
    entry->model.inputs = entry->inputs.data();
    entry->model.num_checks = entry->checks.size();
    entry->model.checks = entry->checks.data();
    models.push_back(entry->model);
  }
  llvm::raw_string_ostream os(diagnostics);
  errors.print(os, options.input);
  bool ok = errors.empty();
  result.num_models = ok ? models.size() : 0;
  result.models = models.data();
  result.handle = this;
  result.release = [](void *handle) { delete static_cast<JitSession *>(handle); };
  result.diagnostics = diagnostics.c_str();
}
} // namespace
} // namespace tao

extern "C" int tao_compiler_jit(const char *path, int argc, const char *const *argv, const tao_jit_runtime *runtime,
                                tao_jit_result *result) {
  auto *session = new tao::JitSession(*runtime);
  std::vector<std::string> arguments(argv, argv + argc);
  bool interpretOnly = llvm::is_contained(arguments, "--interpret");
  llvm::erase(arguments, "--interpret");
  arguments.insert(arguments.end(), {"--", path});
  if (tao::parseOptions(arguments, session->options, session->errors))
    session->compileFile(interpretOnly);
  session->fill(*result);
  return session->errors.exitCode();
}
