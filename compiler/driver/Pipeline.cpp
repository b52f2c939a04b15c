// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler, top to bottom: what each phase does and what holds between them. Phases.def lists the phases,
// Contracts.def what may remain after each.
#include "compiler/driver/Pipeline.h"
#include "compiler/driver/InternalError.h"
#include "compiler/frontend/OnnxReader.h"
#include "compiler/report/Explain.h"
#include "compiler/support/Trace.h"
#include "compiler/target/cpu/EmitObject.h"
#include "compiler/target/cpu/Link.h"
#include "compiler/target/cuda/EmitCubin.h"
#include "dialects/Rt/RtDialect.h"
#include "mlir/Parser/Parser.h"
#include "passes/codegen/Passes.h"
#include "passes/contracts/Contracts.h"
#include "passes/fuse/Passes.h"
#include "passes/host/Passes.h"
#include "passes/import/Passes.h"
#include "passes/schedule/Passes.h"
#include "passes/simplify/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TimeProfiler.h"
#include <unistd.h>

using namespace mlir;

namespace tao {

SmallVector<StringRef> splitList(StringRef text) {
  SmallVector<StringRef> parts;
  text.split(parts, ',', -1, /*KeepEmpty=*/false);
  return parts;
}

//===-- The phases ------------------------------------------------------------------------------------------------===//

bool Pipeline::read() {
  if (isMlirInput()) {
    module = parse(options.input);
    return static_cast<bool>(module);
  }
  ReaderOptions reader;
  reader.maxNodes = options.maxNodes;
  reader.maxNesting = options.maxNesting;
  reader.maxRank = options.maxRank;
  module = readOnnx(context, options.input, reader, errors);
  return static_cast<bool>(module);
}

bool Pipeline::import() {
  ImportOptions importer;
  importer.maxRank = options.maxRank;
  for (const std::string &text : options.shapes) {
    std::string reason;
    if (auto shape = ShapeOverride::parse(text, reason))
      importer.shapes.push_back(*shape);
    else
      errors.add(ErrorCode::Usage, "--shape=" + text + ": " + reason);
  }
  for (const std::string &text : options.aliases) {
    auto [output, input] = StringRef(text).rsplit(':');
    if (output.empty() || input.empty())
      errors.add(ErrorCode::Usage, "--alias=" + text + ": expected OUTPUT:INPUT");
    importer.aliases.push_back({output.str(), input.str()});
  }
  if (!errors.empty())
    return false;
  return runPasses([&](OpPassManager &pm) { buildImportPipeline(pm, importer, &errors); });
}

bool Pipeline::simplify() {
  SimplifyOptions simplifier;
  simplifier.foldLimitBytes = options.foldLimit;
  // Without instructions for it, the library computes bf16 products in slow reference code.
  simplifier.upcastBf16 = !cpu.hasBf16;
  return runPasses([&](OpPassManager &pm) { buildSimplifyPipeline(pm, simplifier); });
}

bool Pipeline::fuse() {
  FuseOptions fuser;
  fuser.strictPlans = options.checkPlans == "strict";
  fuser.refusePlans = options.checkPlans == "refuse";
  fuser.planFile = planFile ? &*planFile : nullptr;
  fuser.errors = &errors;
  fuser.planner = getPlanner().str();
  fuser.arch = getArch();
  fuser.gemm = llvm::StringSwitch<GemmFusion>(options.gemmFusion)
                   .Case("none", GemmFusion::None)
                   .Case("strides", GemmFusion::Strides)
                   .Case("epilogues", GemmFusion::Epilogues)
                   .Default(GemmFusion::All);
  const Arch *arch = findArch(fuser.arch);
  fuser.libraryCurves = arch->isGpu() || arch->vector_bytes >= 64;
  if (!runPasses([&](OpPassManager &pm) { buildFusePipeline(pm, fuser); }))
    return false;
  explain();
  return true;
}

bool Pipeline::schedule() {
  ScheduleOptions scheduler;
  scheduler.vectorBytes = cpu.vectorBytes;
  if (isCuda())
    scheduler.gpu = getArch();
  scheduler.errors = &errors;
  return runPasses([&](OpPassManager &pm) { buildSchedulePipeline(pm, scheduler); }) && checkShared();
}

bool Pipeline::kernel() {
  KernelOptions generator;
  generator.vectorBytes = cpu.vectorBytes;
  generator.isGpu = isCuda();
  generator.emulates = options.emulate;
  return runPasses([&](OpPassManager &pm) {
    if (sanitizes("undefined"))
      pm.addPass(createCheckBounds());
    buildKernelPipeline(pm, generator);
  });
}

bool Pipeline::host() {
  if (isCuda() && chooseLast() == Phase::link && !makesModel()) {
    // Of a model that is not made, kernels alone go on.
    for (Operation &op : llvm::make_early_inc_range(*module->getBody()))
      if (!isa<gpu::GPUModuleOp, LLVM::LLVMFuncOp>(op))
        op.erase();
    return true;
  }
  HostOptions image;
  image.cpu = cpu.cpu;
  image.cpuFeatures = cpu.required;
  image.gpus = llvm::join(gpus, ",");
  image.compiler = "tao " TAO_VERSION;
  return runPasses([&](OpPassManager &pm) { buildHostPipeline(pm, image); });
}

bool Pipeline::link() {
  if (options.emit == "mlir")
    return writeModule();
  if (isCuda() && !makesModel())
    return linkKernels();
  if (options.emit == "llvm" || options.emit == "asm")
    return writeText();
  WeightPlan weights = WeightPlan::get(*module);
  std::vector<SmallVector<char, 0>> objects;
  if (!emitCode(objects))
    return false;
  LinkOptions linker;
  linker.output = options.output;
  linker.saveTemps = options.saveTemps;
  linker.relocatable = options.emit == "obj";
  linker.mayLackSymbols = sanitizes("address");
  PartTimer timer(progress, "weights, linker");
  return linkModel(objects, weights, linker, errors);
}

bool Pipeline::emitCode(std::vector<SmallVector<char, 0>> &objects) {
  if (isCuda() && !embedKernels())
    return false;
  LlvmModule code;
  {
    PartTimer timer(progress, "optimise");
    code = translateToLlvm(*module, cpu, sanitizes("address"));
  }
  if (!code.module)
    return false;
  PartTimer timer(progress, "machine code");
  objects = emitObjects(std::move(code), cpu);
  return true;
}

//===-- The order of the phases -----------------------------------------------------------------------------------===//

bool Pipeline::run() { return prepare() && checkOutput() && runUntil(chooseLast()); }

bool Pipeline::runUntil(Phase last) {
  if (!isMlirInput()) {
    if (options.compileFrom.empty())
      return run({}, Phase::read, last);
    errors.add(ErrorCode::Usage, "--compile-from needs a .mlir file");
    return false;
  }
  // The file is some phase's result; which one, the options say or its ops show.
  if (!runPhase(Phase::read))
    return false;
  Phase first = chooseFirst();
  if (errors.empty() && first > last && !(first == Phase::simplify && last == Phase::import))
    errors.add(ErrorCode::Usage,
               "nothing to do: phase " + getName(first).str() + " comes after phase " + getName(last).str());
  return errors.empty() && run(std::move(module), first, last);
}

bool Pipeline::run(OwningOpRef<ModuleOp> start, Phase first, Phase last) {
  module = std::move(start);
  for (size_t i = static_cast<size_t>(first); i <= static_cast<size_t>(last); ++i)
    if (!runPhase(static_cast<Phase>(i)))
      return false;
  if (last != Phase::link && !options.compileTo.empty())
    return writeModule();
  return true;
}

bool Pipeline::runPhase(Phase phase) {
  StringRef name = getName(phase);
  progress.begin(static_cast<size_t>(phase), name);
  llvm::TimeTraceScope trace(name);
  // Cheap, for ops are few and constants shared; it is what the reproducer of a fault is made from.
  OwningOpRef<ModuleOp> before = module ? OwningOpRef<ModuleOp>(module->clone()) : nullptr;
  diagnostics.clear();
  bool ok = false;
  std::string reason;
  FaultGuard guard; // until the fault is reported
  {
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        diagnostics.push_back(diagnostic.str());
      return success();
    });
    bool survived = guard.guard([&] { ok = runBody(phase); }, reason);
    ok &= survived;
  }
  if (!ok && errors.empty()) {
    if (reason.empty())
      reason = diagnostics.empty() ? "no reason given" : diagnostics.front();
    reportInternalError(name, reason, before.get(), errors);
  }
  if (!ok || !errors.empty())
    return false;
  progress.end(summarize());
  if (!options.dumpPhases.empty() && phase != Phase::link)
    writeDump(phase);
  return errors.empty();
}

bool Pipeline::runBody(Phase phase) {
  bool ok = false;
  switch (phase) {
#define TAO_PHASE(name, ...)                                                                                           \
  case Phase::name:                                                                                                    \
    ok = name();                                                                                                       \
    break;
#include "compiler/driver/Phases.def"
  }
  bool hasContract = phase != Phase::link && !(phase == Phase::read && isMlirInput());
  return ok && (!hasContract || succeeded(verifyContract(*module, getName(phase))));
}

bool Pipeline::runPasses(function_ref<void(OpPassManager &)> build) {
  PassManager passes(&context);
  if (llvm::timeTraceProfilerEnabled())
    passes.addInstrumentation(createPassTrace());
  build(passes);
  return succeeded(passes.run(*module));
}

//===-- Options, input and output ---------------------------------------------------------------------------------===//

Pipeline::Pipeline(MLIRContext &context, const CompileOptions &options, ErrorList &errors, Progress &progress,
                   llvm::raw_ostream &out)
    : context(context), options(options), errors(errors), progress(progress), out(out) {}

bool Pipeline::prepare(bool toMemory) {
  isInMemory = toMemory;
  if (auto resolved = CpuTarget::resolve(options.cpu))
    cpu = *resolved;
  else
    errors.add(ErrorCode::Usage, "unknown CPU '" + options.cpu + "'", "taoc --list-targets lists the names");
  isCuda() ? prepareCuda() : prepareCpu();
  for (StringRef kind : splitList(options.sanitize))
    if (kind != "address" && kind != "undefined")
      errors.add(ErrorCode::Usage, "unknown kind '" + kind.str() + "' in --sanitize=" + options.sanitize,
                 "known are address and undefined");
  readPlanFile();
  const PlannerInfo *planner = findPlanner(getPlanner());
  if (!planner)
    errors.add(ErrorCode::Usage, "unknown planner '" + options.fusion + "'", "taoc --list-planners lists the names");
  for (const std::string *phase : {&options.compileTo, &options.compileFrom})
    if (!phase->empty() && !findPhase(*phase))
      errors.add(ErrorCode::Usage, "unknown phase '" + *phase + "'", "taoc --list-phases lists the names");
  return errors.empty();
}

void Pipeline::prepareCpu() {
  if (options.emit == "cubin")
    errors.add(ErrorCode::Usage, "--emit=cubin needs --target=cuda");
  if (options.emulate)
    errors.add(ErrorCode::Usage, "--emulate needs --target=cuda");
  if (!findArch(getArch()))
    errors.add(ErrorCode::Usage, "unknown architecture '" + options.arch + "'", "known are " + listArchs());
  else if (getArch() != cpu.getArch() && chooseLast() > Phase::fuse)
    errors.add(ErrorCode::Usage, "code for '" + cpu.cpu + "' cannot follow plans for '" + options.arch + "'",
               "--compile-to=fuse and --explain work; " + cpu.cpu + " takes --arch=" + cpu.getArch().str());
}

std::string Pipeline::getArch() const {
  if (isCuda())
    return gpus.empty() ? getDefaultGpu().str() : gpus.front();
  return options.arch.empty() ? cpu.getArch().str() : options.arch;
}

StringRef Pipeline::getPlanner() const { return planFile ? planFile->planner : StringRef(options.fusion); }

void Pipeline::readPlanFile() {
  if (options.fusionPlan.empty())
    return;
  auto file = llvm::MemoryBuffer::getFile(options.fusionPlan, /*IsText=*/true);
  if (file)
    planFile = PlanFile::parse((*file)->getBuffer(), errors);
  else
    errors.add(ErrorCode::CannotRead,
               "the plan file '" + options.fusionPlan + "' cannot be read: " + file.getError().message());
}

/// Better now than after all the work.
bool Pipeline::checkOutput() {
  bool binary = options.emit == "so" || options.emit == "obj";
  if (chooseLast() == Phase::link && options.emit == "cubin" && options.output.empty())
    errors.add(ErrorCode::Usage, "no output folder", "give one with -o FOLDER");
  // Of GPU kernels there is more to report than of plans, so that reports go through all phases.
  bool isReport = isCuda() && options.explain == "text" && options.output.empty();
  if (chooseLast() != Phase::link || !binary || isReport)
    return errors.empty();
  if (options.output.empty() || options.output == "-") {
    errors.add(ErrorCode::Usage, "no output file", "give one with -o FILE");
    return false;
  }
  SmallString<128> folder(options.output);
  llvm::sys::path::remove_filename(folder);
  if (folder.empty())
    folder = ".";
  if (llvm::sys::fs::is_directory(options.output))
    errors.add(ErrorCode::CannotWrite, "cannot write '" + options.output + "': it is a directory");
  else if (access(folder.c_str(), W_OK) != 0)
    errors.add(ErrorCode::CannotWrite,
               "cannot write '" + options.output + "': " + std::error_code(errno, std::generic_category()).message());
  return errors.empty();
}

bool Pipeline::sanitizes(StringRef kind) const { return llvm::is_contained(splitList(options.sanitize), kind); }

bool Pipeline::isMlirInput() const { return StringRef(options.input).ends_with(".mlir"); }

Phase Pipeline::chooseLast() const {
  if (!options.compileTo.empty())
    return findPhase(options.compileTo).value_or(Phase::link);
  // A report needs no artefact, but the memory plan; of GPU kernels also what the assembler says.
  if (isCuda() && options.explain == "text")
    return Phase::link;
  return !options.explain.empty() && options.output.empty() ? Phase::fuse : Phase::link;
}

/// The phase to start a .mlir file at.
Phase Pipeline::chooseFirst() {
  Phase first = Phase::simplify;
  if (!options.compileFrom.empty()) {
    first = *findPhase(options.compileFrom);
  } else {
    // The latest stage of which there is a trace; rt and LLVM functions may stand beside calls that are not lowered
    // yet.
    bool calls = false, kernels = false, groups = false, nodes = false, tensors = false, code = false;
    module->walk([&](Operation *op) {
      StringRef name = op->getName().getStringRef();
      nodes |= name.starts_with("frontend.");
      kernels |= name == "stitch.kernel";
      calls |= name == "stitch.call" || name.starts_with("rt.");
      groups |= name == "stitch.group";
      tensors |= name.starts_with("tao.") || name == "func.func";
      code |= name.starts_with("llvm.");
    });
    if (nodes)
      first = Phase::import;
    else if (kernels)
      first = Phase::kernel;
    else if (calls || (code && tensors))
      first = Phase::host;
    else if (groups)
      first = Phase::schedule;
    else if (code)
      first = Phase::link;
  }
  if (first == Phase::read) {
    errors.add(ErrorCode::Usage, "--compile-from=read needs a model, not a .mlir file");
    return first;
  }
  auto previous = static_cast<Phase>(static_cast<size_t>(first) - 1);
  diagnostics.clear();
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) { diagnostics.push_back(diagnostic.str()); });
  if (failed(verifyContract(*module, getName(previous))))
    errors.add(ErrorCode::BadModel, "the file is no input of phase " + getName(first).str() + ": " +
                                        (diagnostics.empty() ? "" : diagnostics.front()));
  bool needsProgram = first == Phase::import || (first <= Phase::host && chooseLast() >= Phase::host);
  if (needsProgram && !hasProgram())
    errors.add(ErrorCode::BadModel, "the file has no function @main of one block, which is what becomes the model");
  return first;
}

/// True when the module holds what the host phase takes: a function @main of one block, or what it has made of it.
bool Pipeline::hasProgram() {
  auto main = module->lookupSymbol<func::FuncOp>("main");
  return main ? main.getBody().hasOneBlock() : !module->getOps<rt::ProgramOp>().empty();
}

OwningOpRef<ModuleOp> Pipeline::parse(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file) {
    errors.add(ErrorCode::CannotRead, "the file cannot be read: " + file.getError().message());
    return nullptr;
  }
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*file), llvm::SMLoc());
  std::vector<std::string> problems;
  OwningOpRef<ModuleOp> result;
  {
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
        return;
      auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>();
      std::string prefix = place ? (Twine(place.getLine()) + ":" + Twine(place.getColumn()) + ": ").str() : "";
      problems.push_back(prefix + diagnostic.str());
    });
    result = parseSourceFile<ModuleOp>(sources, &context);
  }
  if (!result)
    for (const std::string &problem : problems)
      errors.add(ErrorCode::BadModel, problem);
  return result;
}

bool Pipeline::writeModule() {
  StringRef path = options.output.empty() ? StringRef("-") : StringRef(options.output);
  auto print = [&](llvm::raw_ostream &os) {
    module->print(os, OpPrintingFlags().enableDebugInfo());
    os << "\n";
  };
  if (path != "-")
    return writeFileAtomically(path, print, errors);
  print(out);
  return true;
}

bool Pipeline::writeText() {
  LlvmModule code = translateToLlvm(*module, cpu, sanitizes("address"));
  if (!code.module)
    return false;
  std::string text;
  if (options.emit == "asm") {
    text = emitAssembly(std::move(code), cpu);
  } else {
    llvm::raw_string_ostream os(text);
    code.module->print(os, nullptr);
  }
  return writeText(text);
}

bool Pipeline::writeText(StringRef text) {
  if (!options.output.empty() && options.output != "-")
    return writeFileAtomically(options.output, [&](llvm::raw_ostream &os) { os << text; }, errors);
  out << text;
  return true;
}

void Pipeline::writeDump(Phase phase) {
  if (std::error_code code = llvm::sys::fs::create_directories(options.dumpPhases)) {
    errors.add(ErrorCode::CannotWrite, "cannot create '" + options.dumpPhases + "': " + code.message());
    return;
  }
  SmallString<128> path(options.dumpPhases);
  llvm::sys::path::append(path, llvm::formatv("{0:d2}-{1}.mlir", static_cast<size_t>(phase), getName(phase)).str());
  writeFileAtomically(
      path,
      [&](llvm::raw_ostream &os) {
        module->print(os, OpPrintingFlags().elideLargeElementsAttrs(16).elideLargeResourceString(64));
        os << "\n";
      },
      errors);
}

/// Groups show kernels and traffic; the memory plan comes from the phases ahead, on a copy of the module.
void Pipeline::explain() {
  auto func = module->lookupSymbol<func::FuncOp>("main");
  if (options.explain.empty() || !func)
    return;
  SymbolValues sizes = getDefaultSymbolValues(func);
  // Plans for another machine make no code here.
  bool hasCode = getArch() == cpu.getArch();
  if (std::optional<int64_t> bytes = hasCode ? measureArena(sizes) : std::nullopt)
    (*module)->setAttr("tao.arena_bytes", Builder(&context).getI64IntegerAttr(*bytes));
  if (options.explain == "json")
    out << llvm::formatv("{0:2}", llvm::json::Value(tao::explain(func, sizes))) << "\n";
  else if (options.explain == "html")
    explainAsHtml(func, sizes, *findArch(getArch()), out);
  else if (options.explain == "dot")
    explainAsDot(func, sizes, out);
  else
    explainAsText(func, sizes, out);
  (*module)->removeAttr("tao.arena_bytes");
}

std::optional<int64_t> Pipeline::measureArena(const std::map<std::string, int64_t> &sizes) {
  OwningOpRef<ModuleOp> copy(module->clone());
  PassManager passes(&context);
  ScheduleOptions scheduler;
  scheduler.vectorBytes = cpu.vectorBytes;
  buildSchedulePipeline(passes, scheduler);
  passes.addPass(createLowerToRt());
  passes.addNestedPass<rt::ProgramOp>(createPlanMemory());
  if (failed(passes.run(*copy)))
    return std::nullopt;
  return getArenaBytes(*copy->getOps<rt::ProgramOp>().begin(), [&](StringRef symbol) -> std::optional<int64_t> {
    auto it = sizes.find(symbol.str());
    return it == sizes.end() ? std::nullopt : std::optional(it->second);
  });
}

/// What the module holds now, in a few words.
std::string Pipeline::summarize() {
  int64_t nodes = 0, ops = 0, groups = 0, calls = 0, kernels = 0;
  if (!module)
    return "";
  for (Operation &op : *module->getBody())
    kernels += isa<stitch::KernelOp>(op) || isa<LLVM::LLVMFuncOp>(op);
  for (auto func : module->getOps<func::FuncOp>())
    for (Operation &op : func.getBody().getOps()) {
      StringRef dialect = op.getName().getDialectNamespace();
      nodes += op.getName().getStringRef() == "frontend.node";
      ops += dialect == "tao";
      groups += isa<stitch::GroupOp>(op);
      calls += isa<stitch::CallOp>(op);
    }
  std::string text;
  auto add = [&](int64_t count, StringRef noun) {
    if (count > 0)
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + noun.str() + (count == 1 ? "" : "s");
  };
  add(nodes, "node");
  add(groups == 0 && calls == 0 ? ops : 0, "op");
  add(groups, "group");
  add(calls, "call");
  add(kernels, "function");
  for (auto [key, what] : {std::pair("tao.arena_bytes", ", arena "), std::pair("tao.weight_bytes", ", weights ")})
    if (auto bytes = (*module)->getAttrOfType<IntegerAttr>(key))
      text += what + (bytes.getInt() < 0 ? "sized at run time" : std::to_string(bytes.getInt()) + " bytes");
  return text;
}

//===-- Phases.def as data ----------------------------------------------------------------------------------------===//

static constexpr llvm::StringLiteral kPhaseNames[] = {
#define TAO_PHASE(name, ...) #name,
#include "compiler/driver/Phases.def"
};
size_t getNumPhases() { return std::size(kPhaseNames); }
StringRef getName(Phase phase) { return kPhaseNames[static_cast<size_t>(phase)]; }
std::optional<Phase> findPhase(StringRef name) {
  auto it = llvm::find(kPhaseNames, name);
  if (it == std::end(kPhaseNames))
    return std::nullopt;
  return static_cast<Phase>(it - std::begin(kPhaseNames));
}

} // namespace tao
