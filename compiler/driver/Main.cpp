// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler's front door: one compilation from options to exit code, and the command line tool around it.
#include "compiler/driver/InternalError.h"
#include "compiler/driver/Options.h"
#include "compiler/driver/Pipeline.h"
#include "compiler/include/tao/Registration.h"
#include "compiler/support/Trace.h"
#include "passes/fuse/Planner.h"
#include "passes/import/Passes.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Format.h"
#include <csignal>
#include <unistd.h>

using namespace mlir;

namespace tao {

static void print(const ErrorList &errors, const CompileOptions &options, llvm::raw_ostream &err, StringRef subject) {
  if (options.diagnostics == "json")
    errors.printAsJson(err, subject);
  else
    errors.print(err, subject);
}

int compile(const CompileOptions &options, llvm::raw_ostream &out, llvm::raw_ostream &err) {
  ErrorList errors;
  StringRef subject = options.input.empty() ? StringRef("taoc") : StringRef(options.input);
  {
    std::optional<Trace> trace;
    if (!options.trace.empty())
      trace.emplace();
    Progress progress(err, options.verbose, isatty(STDERR_FILENO) && &err == &llvm::errs());
    DialectRegistry registry;
    registerDialects(registry);
    // One thread: there is one function, and a fault on another thread could not be caught.
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    context.loadAllAvailableDialects();
    Pipeline pipeline(context, options, errors, progress, out);
    if (pipeline.run() && options.timeReport)
      progress.printTimes();
    // Of a compilation that failed too: where it spent its time may be the question.
    if (trace)
      trace->write(options.trace, errors);
    if (!errors.empty() && errors.get().front().code == ErrorCode::Usage)
      subject = "taoc";
  }
  print(errors, options, err, subject);
  return errors.exitCode();
}

void printPhases(llvm::raw_ostream &os) {
#define TAO_PHASE(name, what, where) os << llvm::left_justify(#name, 10) << what << "  (" where ")\n";
#include "compiler/driver/Phases.def"
}

/// Answers to options that need no model; false when there are none.
static bool printLists(const CompileOptions &options) {
  llvm::raw_ostream &os = llvm::outs();
  if (options.help)
    printHelp(os);
  else if (options.version)
    os << "taoc " TAO_VERSION " (LLVM " LLVM_VERSION_STRING ")\n";
  else if (options.listOps)
    listOps(os);
  else if (options.listPhases)
    printPhases(os);
  else if (options.listPlanners)
    for (const PlannerInfo &planner : getPlanners())
      os << llvm::left_justify(planner.name, 15) << planner.summary << "\n";
  else if (options.listTargets) {
    os << "--target=cpu  --cpu=";
    llvm::interleave(CpuTarget::getNames(), os, ",");
    os << "\n--target=cuda  --arch=";
    llvm::interleaveComma(getGpuArchs(), os);
    os << "\n--arch=" << listArchs();
    os << "\nnative is " << CpuTarget::resolve("native")->cpu << "\n";
  } else
    return false;
  return true;
}

int taocMain(int argc, char **argv) {
  // A reader that goes away and a file that may not grow are write errors like any other.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  CompileOptions options;
  ErrorList errors;
  parseOptions(std::vector<std::string>(argv + 1, argv + argc), options, errors);
  int code = 0;
  if (errors.empty() && !printLists(options)) {
    if (options.input.empty())
      errors.add(ErrorCode::Usage, "no model given", "taoc MODEL -o FILE; taoc --help lists the options");
    else
      code = compile(options, llvm::outs(), llvm::errs());
  }
  llvm::outs().flush();
  if (llvm::outs().has_error()) {
    if (code == 0)
      errors.add(ErrorCode::CannotWrite, "cannot write to the standard output: " + llvm::outs().error().message());
    llvm::outs().clear_error();
  }
  print(errors, options, llvm::errs(), "taoc");
  return code != 0 ? code : errors.exitCode();
}

} // namespace tao
