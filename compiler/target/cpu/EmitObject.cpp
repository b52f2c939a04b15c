// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See EmitObject.h. The pass pipeline is lean: kernels arrive vectorised, so that loop transforms and vectorisers would
// cost half the time and find nothing.
#include "compiler/target/cpu/EmitObject.h"
#include "compiler/support/Trace.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/StandardInstrumentations.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/SplitModule.h"
#include <atomic>
#include <mutex>

using namespace mlir;

namespace tao {

static constexpr llvm::StringLiteral kTriple = "x86_64-unknown-linux-gnu";
/// Fewer kernels than this are compiled as one piece.
static constexpr size_t kMinKernelsToSplit = 12;
static constexpr unsigned kPieces = 2;
static constexpr llvm::StringLiteral kPipeline =
    "cgscc(inline),globaldce,function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg),"
    "function(loop-mssa(licm),early-cse,simplifycfg)";

static std::unique_ptr<llvm::TargetMachine> createTargetMachine(const CpuTarget &target) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
  });
  std::string error;
  llvm::Triple triple(kTriple);
  const llvm::Target *backend = llvm::TargetRegistry::lookupTarget(triple, error);
  llvm::TargetOptions options;
  options.FunctionSections = true;
  options.DataSections = true;
  // The baseline with the features of CpuFeatures.def on top; the CPU's name only tunes.
  return std::unique_ptr<llvm::TargetMachine>(backend->createTargetMachine(
      triple, "x86-64", target.features, options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Default));
}

static void setFunctionAttributes(llvm::Module &module, const CpuTarget &target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", "x86-64");
    function.addFnAttr("tune-cpu", target.cpu);
    function.addFnAttr("target-features", target.features);
    // Without it LLVM stays at 256 bits on CPUs whose first AVX-512 generation slowed down.
    function.addFnAttr("prefer-vector-width", std::to_string(target.vectorBytes * 8));
    function.addFnAttr("no-trapping-math", "true");
    function.addFnAttr(llvm::Attribute::NoUnwind);
    function.setUWTableKind(llvm::UWTableKind::None);
  }
}

static void markForAddressChecks(llvm::Module &module) {
  for (llvm::Function &function : module)
    if (!function.isDeclaration())
      function.addFnAttr(llvm::Attribute::SanitizeAddress);
  // Tables keep their layout: nothing indexes them by data.
  llvm::GlobalValue::SanitizerMetadata unchecked;
  unchecked.NoAddress = true;
  for (llvm::GlobalVariable &global : module.globals())
    global.setSanitizerMetadata(unchecked);
}

LlvmModule translateToLlvm(ModuleOp module, const CpuTarget &target, bool checkAddresses) {
  LlvmModule result{std::make_unique<llvm::LLVMContext>(), nullptr};
  result.module = translateModuleToLLVMIR(module, *result.context, "model");
  if (!result.module)
    return result;
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(target);
  result.module->setTargetTriple(machine->getTargetTriple());
  result.module->setDataLayout(machine->createDataLayout());
  setFunctionAttributes(*result.module, target);
  if (checkAddresses)
    markForAddressChecks(*result.module);

  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassInstrumentationCallbacks callbacks;
  llvm::TimeProfilingPassesHandler timing;
  timing.registerCallbacks(callbacks);
  llvm::PassBuilder builder(machine.get(), llvm::PipelineTuningOptions(), std::nullopt, &callbacks);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  if (llvm::Error error = builder.parsePassPipeline(passes, kPipeline.str() + (checkAddresses ? ",asan" : ""))) {
    emitError(module.getLoc()) << "LLVM does not know its own pipeline: " << llvm::toString(std::move(error));
    result.module.reset();
    return result;
  }
  passes.run(*result.module, modules);
  return result;
}

static void emit(llvm::Module &module, const CpuTarget &target, llvm::raw_pwrite_stream &os,
                 llvm::CodeGenFileType type) {
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(target);
  llvm::legacy::PassManager passes;
  machine->addPassesToEmitFile(passes, os, nullptr, type, /*DisableVerify=*/true);
  passes.run(module);
}

std::vector<llvm::SmallVector<char, 0>> emitObjects(LlvmModule module, const CpuTarget &target) {
  size_t kernels = llvm::count_if(*module.module, [](const llvm::Function &f) { return !f.isDeclaration(); });
  std::vector<llvm::SmallVector<char, 0>> objects(1);
  if (kernels < kMinKernelsToSplit) {
    llvm::raw_svector_ostream os(objects[0]);
    emit(*module.module, target, os, llvm::CodeGenFileType::ObjectFile);
    return objects;
  }
  // LLVM contexts are single threaded: each piece moves to its own by way of bitcode.
  std::vector<llvm::SmallVector<char, 0>> pieces;
  llvm::SplitModule(
      *module.module, kPieces,
      [&](std::unique_ptr<llvm::Module> piece) {
        llvm::raw_svector_ostream os(pieces.emplace_back());
        llvm::WriteBitcodeToFile(*piece, os);
      },
      /*PreserveLocals=*/false);
  module.module.reset();
  objects.resize(pieces.size());
  std::atomic<bool> faulted = false;
  TracePlace caller;
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(kPieces));
  for (size_t i = 0; i < pieces.size(); ++i)
    pool.async([&, i] {
      auto compile = [&] {
        ThreadTrace trace(caller, /*standsIn=*/false);
        llvm::LLVMContext context;
        llvm::MemoryBufferRef bitcode(llvm::StringRef(pieces[i].data(), pieces[i].size()), "model");
        auto piece = llvm::cantFail(llvm::parseBitcodeFile(bitcode, context));
        llvm::raw_svector_ostream os(objects[i]);
        emit(*piece, target, os, llvm::CodeGenFileType::ObjectFile);
      };
      // A fault on this thread is passed on to the caller's, whose guard reports it.
      llvm::CrashRecoveryContext guard;
      if (!guard.RunSafely(compile))
        faulted = true;
    });
  pool.wait();
  if (faulted)
    llvm::report_fatal_error("code generation failed");
  return objects;
}

std::string emitAssembly(LlvmModule module, const CpuTarget &target) {
  llvm::SmallVector<char, 0> text;
  llvm::raw_svector_ostream os(text);
  emit(*module.module, target, os, llvm::CodeGenFileType::AssemblyFile);
  return std::string(text.data(), text.size());
}

} // namespace tao
