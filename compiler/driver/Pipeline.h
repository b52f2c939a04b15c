// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The phases of the compiler on one module. Pipeline.cpp is the place to read the compiler from top to bottom.
#ifndef TAO_COMPILER_DRIVER_PIPELINE_H
#define TAO_COMPILER_DRIVER_PIPELINE_H

#include "compiler/driver/Progress.h"
#include "compiler/include/tao/Compiler.h"
#include "compiler/target/cpu/CpuTarget.h"
#include "compiler/target/cuda/EmitCubin.h"
#include "compiler/target/cuda/Toolkit.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "passes/fuse/PlanFile.h"
#include "passes/host/WeightPlan.h"
#include "passes/support/UserError.h"
#include "llvm/Support/JSON.h"
#include <map>

namespace tao {

enum class Phase {
#define TAO_PHASE(name, ...) name,
#include "compiler/driver/Phases.def"
};
size_t getNumPhases();
llvm::StringRef getName(Phase phase);
std::optional<Phase> findPhase(llvm::StringRef name);

/// The parts of a list with commas.
llvm::SmallVector<llvm::StringRef> splitList(llvm::StringRef text);

class Pipeline {
public:
  Pipeline(mlir::MLIRContext &context, const CompileOptions &options, ErrorList &errors, Progress &progress,
           llvm::raw_ostream &out);

  /// Resolves names among the options; false when one is unknown. `toMemory`: the model is not written anywhere.
  bool prepare(bool toMemory = false);
  /// Runs the phases from the options' first to their last.
  bool run();
  /// Runs up to and with the host phase, for code that goes to memory.
  bool runToHost() { return runUntil(Phase::host); }
  /// Runs until all ops are tao ops, for the interpreter.
  bool runToTensors() { return runUntil(Phase::import); }
  /// Runs `first` to `last` on `module`, which is the result of the phase before.
  bool run(mlir::OwningOpRef<mlir::ModuleOp> module, Phase first, Phase last);
  /// The machine code of the module that the host phase left. Part of the link phase, and what an in-memory model
  /// needs.
  bool emitCode(std::vector<llvm::SmallVector<char, 0>> &objects);

  /// Whether --sanitize names this kind.
  bool sanitizes(llvm::StringRef kind) const;
  mlir::ModuleOp getModule() { return module.get(); }
  /// Parses a .mlir file.
  mlir::OwningOpRef<mlir::ModuleOp> parse(llvm::StringRef path);

private:
  // One function per row of Phases.def.
  bool read();
  bool import();
  bool simplify();
  bool fuse();
  bool schedule();
  bool kernel();
  bool host();
  bool link();

  bool runUntil(Phase last);
  Phase chooseFirst();
  bool hasProgram();
  bool runPhase(Phase phase);
  bool runBody(Phase phase);
  bool runPasses(llvm::function_ref<void(mlir::OpPassManager &)> build);
  bool isMlirInput() const;
  bool isCuda() const { return options.target == "cuda"; }
  /// True when the text of what the emulator runs is asked for, which is code for a CPU.
  bool writesEmulation() const { return options.emulate && (options.emit == "llvm" || options.emit == "asm"); }
  void prepareCpu();
  void prepareCuda();
  bool checkShared();
  static llvm::StringRef getDefaultGpu();
  /// True when what is asked for is a model, and not text, kernels or a report.
  bool makesModel() const {
    return (options.emit == "so" || options.emit == "obj") && (isInMemory || !options.output.empty());
  }
  bool linkKernels();
  bool assembleKernels();
  bool embedKernels();
  bool writeCubin(const Cubin &cubin);
  /// The architecture table to plan for: of several, the first.
  std::string getArch() const;
  /// The planner: that of --fusion, or the one that made the plan file.
  llvm::StringRef getPlanner() const;
  void readPlanFile();
  Phase chooseLast() const;
  bool checkOutput();
  bool writeModule();
  bool writeText();
  bool writeText(llvm::StringRef text);
  void writeDump(Phase phase);
  void explain();
  /// Size of the arena when the symbols have these values.
  std::optional<int64_t> measureArena(const std::map<std::string, int64_t> &sizes);
  std::string summarize();

  mlir::MLIRContext &context;
  const CompileOptions &options;
  ErrorList &errors;
  Progress &progress;
  llvm::raw_ostream &out;
  bool isInMemory = false;
  CpuTarget cpu;
  std::vector<std::string> gpus; // with --target=cuda: the architectures that get code
  std::optional<CudaToolkit> toolkit;
  std::string oldestGpu;
  std::vector<std::string> ptx; // of each kernel, for the oldest of the architectures
  std::vector<Cubin> cubins;    // of each kernel and architecture
  std::optional<PlanFile> planFile;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<std::string> diagnostics; // of the current phase
};

} // namespace tao
#endif
