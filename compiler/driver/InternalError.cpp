// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See InternalError.h.
#include "compiler/driver/InternalError.h"
#include "compiler/support/Trace.h"
#include "compiler/target/cpu/Link.h"
#include "dialects/Tao/ConstantData.h"
#include "dialects/Tao/TaoDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"
#include <csignal>
#include <unistd.h>

using namespace mlir;

namespace tao {

/// Compilation recurses at most as deep as expressions nest; this is beyond any of them.
static constexpr unsigned kStackBytes = 512u << 20;

/// Message of LLVM's last fatal error; the handler runs just before the process would be aborted.
static std::string fatalReason;

FaultGuard::FaultGuard() {
  llvm::CrashRecoveryContext::Enable();
  llvm::install_fatal_error_handler([](void *, const char *reason, bool) {
    fatalReason = reason;
    abort(); // caught by the guard, while exit() would not be
  });
}
FaultGuard::~FaultGuard() {
  alarm(0);
  llvm::remove_fatal_error_handler();
  llvm::CrashRecoveryContext::Disable();
}

/// What faulted may have held the allocator's lock, and then nothing that allocates ever returns.
static constexpr unsigned kSecondsToReport = 20;

static void giveUp(int) {
  constexpr StringLiteral kText =
      "error[TAO-E090]: internal error, of which no more can be told\n  hint  this is a fault of tao, please report it\n";
  // Nothing else is safe here.
  if (write(STDERR_FILENO, kText.data(), kText.size()) < 0)
    _exit(3);
  _exit(3);
}

bool FaultGuard::guard(llvm::function_ref<void()> body, std::string &reason) {
  llvm::CrashRecoveryContext context;
  TracePlace caller;
  auto traced = [&] {
    ThreadTrace trace(caller, /*standsIn=*/true);
    body();
  };
  if (context.RunSafelyOnThread(traced, kStackBytes))
    return true;
  signal(SIGALRM, giveUp);
  alarm(kSecondsToReport);
  // The return code is the signal's number plus 128.
  reason = !fatalReason.empty() ? fatalReason : "signal " + std::to_string(context.RetCode - 128);
  return false;
}

/// Copies of the ops with constants of more than a few elements set to zero, so that the file stays small and private.
static OwningOpRef<ModuleOp> withoutWeights(ModuleOp module) {
  OwningOpRef<ModuleOp> copy(module.clone());
  copy->walk([](ConstantOp constant) {
    auto type = cast<RankedTensorType>(constant.getType());
    if (type.getNumElements() <= kMaxDenseElements)
      return;
    Builder builder(constant.getContext());
    constant.setValueAttr(DenseElementsAttr::get(type, builder.getZeroAttr(type.getElementType())));
  });
  return copy;
}

void reportInternalError(StringRef phase, StringRef reason, ModuleOp before, ErrorList &errors) {
  UserError error;
  error.code = ErrorCode::Internal;
  // The same fault has the same id on every machine.
  uint64_t id = llvm::xxh3_64bits((phase + ": " + reason).str());
  std::string idText = llvm::utohexstr(id & 0xffffffff, /*LowerCase=*/true, /*Width=*/8);
  error.reason = "internal error " + idText + " in phase " + phase.str() + ": " + reason.str();
  error.hint = "this is a fault of tao, please report it";
  SmallString<128> path;
  llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, path);
  llvm::sys::path::append(path, "tao-" + idText + ".mlir");
  if (before) {
    ErrorList ignored;
    bool written = writeFileAtomically(
        path,
        [&](llvm::raw_ostream &os) {
          os << "// taoc --compile-from=" << phase << " " << path << "\n";
          withoutWeights(before)->print(os, OpPrintingFlags().enableDebugInfo());
        },
        ignored);
    if (written)
      error.hint += " with " + path.str().str();
  }
  errors.add(std::move(error));
  alarm(0);
}

} // namespace tao
