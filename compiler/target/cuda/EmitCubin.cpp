// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See EmitCubin.h. The pipeline is LLVM's own at O3, which unrolls and forms wide accesses for NVPTX; kernels are
// small.
#include "compiler/target/cuda/EmitCubin.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "passes/support/UserError.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/IPO/Internalize.h"
#include <mutex>

using namespace mlir;

namespace tao {

/// Of the PTX language: the first that knows all architectures of the tables.
static constexpr llvm::StringLiteral kPtxVersion = "+ptx87";

static std::unique_ptr<llvm::TargetMachine> createTargetMachine(StringRef arch) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
  std::string error;
  llvm::Triple triple("nvptx64-nvidia-cuda");
  const llvm::Target *backend = llvm::TargetRegistry::lookupTarget(triple, error);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  return std::unique_ptr<llvm::TargetMachine>(backend->createTargetMachine(
      triple, arch, kPtxVersion, options, std::nullopt, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// Takes in what the kernel calls of libdevice.
static bool linkLibdevice(llvm::Module &module, const CudaToolkit &toolkit, std::string &reason) {
  bool isCalled = llvm::any_of(module, [](const llvm::Function &function) {
    return function.isDeclaration() && function.getName().starts_with("__nv_");
  });
  if (!isCalled)
    return true;
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> library = llvm::parseIRFile(toolkit.libdevice, diagnostic, module.getContext());
  if (!library) {
    reason = "libdevice cannot be read: " + diagnostic.getMessage().str();
    return false;
  }
  library->setTargetTriple(module.getTargetTriple());
  library->setDataLayout(module.getDataLayout());
  if (llvm::Linker::linkModules(module, std::move(library), llvm::Linker::LinkOnlyNeeded,
                                [](llvm::Module &into, const llvm::StringSet<> &names) {
                                  llvm::internalizeModule(into, [&](const llvm::GlobalValue &value) {
                                    return !value.hasName() || !names.contains(value.getName());
                                  });
                                })) {
    reason = "libdevice cannot be linked";
    return false;
  }
  return true;
}

static std::unique_ptr<llvm::Module> translate(gpu::GPUModuleOp module, llvm::TargetMachine &machine,
                                               const CudaToolkit &toolkit, llvm::LLVMContext &context) {
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(module, context, module.getName());
  if (!code)
    return nullptr;
  code->setTargetTriple(machine.getTargetTriple());
  code->setDataLayout(machine.createDataLayout());
  std::string reason;
  if (!linkLibdevice(*code, toolkit, reason)) {
    module.emitError() << reason;
    return nullptr;
  }
  // Denormal numbers count, as on a CPU.
  code->addModuleFlag(llvm::Module::ModFlagBehavior::Override, "nvvm-reflect-ftz", uint32_t(0));

  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = tuning.SLPVectorization = false;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(*code, modules);
  return code;
}

std::string emitGpuLlvm(gpu::GPUModuleOp module, StringRef arch, const CudaToolkit &toolkit) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(arch);
  std::unique_ptr<llvm::Module> code = translate(module, *machine, toolkit, context);
  std::string text;
  llvm::raw_string_ostream os(text);
  if (code)
    code->print(os, nullptr);
  return text;
}

std::string emitPtx(gpu::GPUModuleOp module, StringRef arch, const CudaToolkit &toolkit) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(arch);
  std::unique_ptr<llvm::Module> code = translate(module, *machine, toolkit, context);
  if (!code)
    return "";
  llvm::SmallVector<char, 0> text;
  llvm::raw_svector_ostream os(text);
  llvm::legacy::PassManager passes;
  machine->addPassesToEmitFile(passes, os, nullptr, llvm::CodeGenFileType::AssemblyFile, /*DisableVerify=*/true);
  passes.run(*code);
  return std::string(text.data(), text.size());
}

/// The number before `what` in the words of ptxas, 0 without one.
static int64_t numberBefore(StringRef text, StringRef what) {
  size_t at = text.find(what);
  if (at == StringRef::npos)
    return 0;
  StringRef before = text.take_front(at).rtrim();
  int64_t number = 0;
  before.take_back(before.size() - before.find_last_not_of("0123456789") - 1).getAsInteger(10, number);
  return number;
}

/// One job; the reason when it fails.
static std::optional<Cubin> assembleOne(StringRef ptx, StringRef arch, const CudaToolkit &toolkit,
                                        std::string &failure) {
  llvm::SmallString<128> input, output, log;
  auto fail = [&](const std::string &reason) {
    failure = reason;
    return std::nullopt;
  };
  llvm::scope_exit remove([&] {
    for (const auto &path : {input, output, log})
      if (!path.empty())
        llvm::sys::fs::remove(path);
  });
  int fd = -1;
  std::error_code code = llvm::sys::fs::createTemporaryFile("tao", "ptx", fd, input);
  if (code)
    return fail("cannot create a temporary file: " + code.message());
  {
    llvm::raw_fd_ostream os(fd, /*shouldClose=*/true);
    os << ptx;
    os.close();
    if (os.has_error()) {
      std::string why = os.error().message();
      os.clear_error();
      return fail("cannot write '" + std::string(input) + "': " + why);
    }
  }
  if ((code = llvm::sys::fs::createTemporaryFile("tao", "cubin", output)) ||
      (code = llvm::sys::fs::createTemporaryFile("tao", "log", log)))
    return fail("cannot create a temporary file: " + code.message());
  std::string target = "-arch=" + arch.str(), why;
  StringRef arguments[] = {toolkit.ptxas, "-v", "-O3", target, input, "-o", output};
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(log), StringRef(log)};
  int status = llvm::sys::ExecuteAndWait(toolkit.ptxas, arguments, std::nullopt, redirects, 0, 0, &why);
  auto words = llvm::MemoryBuffer::getFile(log, /*IsText=*/true);
  StringRef said = words ? (*words)->getBuffer().trim() : StringRef(why);
  auto bytes = llvm::MemoryBuffer::getFile(output, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (status != 0 || !bytes)
    return fail("'" + toolkit.ptxas + "' failed for " + arch.str() + ": " + said.split('\n').first.str());
  Cubin cubin;
  cubin.arch = arch.str();
  cubin.code.assign((*bytes)->getBufferStart(), (*bytes)->getBufferEnd());
  cubin.registers = numberBefore(said, " registers");
  cubin.spills = numberBefore(said, " bytes spill stores") + numberBefore(said, " bytes spill loads");
  cubin.shared = numberBefore(said, " bytes smem");
  return cubin;
}

std::vector<Cubin> assemble(llvm::ArrayRef<AssemblyJob> jobs, llvm::ArrayRef<std::string> ptx,
                            const CudaToolkit &toolkit, ErrorList &errors) {
  std::vector<std::optional<Cubin>> made(jobs.size());
  std::vector<std::string> failures(jobs.size());
  llvm::DefaultThreadPool pool;
  for (size_t i = 0; i < jobs.size(); ++i)
    pool.async([&, i] { made[i] = assembleOne(ptx[jobs[i].ptx], jobs[i].arch, toolkit, failures[i]); });
  pool.wait();
  std::vector<Cubin> cubins;
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (!made[i]) {
      errors.add(ErrorCode::NoToolkit, failures[i]);
      return cubins;
    }
    made[i]->kernel = jobs[i].kernel;
    cubins.push_back(std::move(*made[i]));
  }
  return cubins;
}

} // namespace tao
