// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Trace.h. LLVM's profiler gives each thread a track of its own. A phase runs on a fresh thread with a deep stack
// while its caller waits, so that one compilation would be spread over many tracks; a marker event names the thread
// that such a thread stands in for, and writing joins them again.
#include "compiler/support/Trace.h"
#include "compiler/target/cpu/Link.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace tao {

/// Keep events of any length: a short pass that is missing would look as if it had not run.
static constexpr unsigned kGranularity = 0;
static constexpr StringLiteral kProcess = "taoc";
static constexpr StringLiteral kStandsIn = "stands in for thread";

Trace::Trace() { timeTraceProfilerInitialize(kGranularity, kProcess); }
Trace::~Trace() { timeTraceProfilerCleanup(); }

TracePlace::TracePlace() : recorded(timeTraceProfilerEnabled()), thread(get_threadid()) {}

ThreadTrace::ThreadTrace(const TracePlace &parent, bool standsIn)
    : recorded(parent.isRecorded() && !timeTraceProfilerEnabled()) {
  if (!recorded)
    return;
  timeTraceProfilerInitialize(kGranularity, kProcess);
  if (standsIn)
    TimeTraceScope marker(kStandsIn, std::to_string(parent.getThread()));
}
ThreadTrace::~ThreadTrace() {
  if (recorded)
    timeTraceProfilerFinishThread();
}

/// The events with threads joined and numbered from 1; sums over all events of a name, which a viewer computes itself,
/// go.
static json::Array tidy(const json::Array &events) {
  DenseMap<int64_t, int64_t> joined, numbers;
  for (const json::Value &event : events) {
    const json::Object &object = *event.getAsObject();
    int64_t standsInFor;
    if (const json::Object *arguments = object.getObject("args"); arguments && object.getString("name") == kStandsIn)
      if (!arguments->getString("detail").value_or("").getAsInteger(10, standsInFor))
        joined[object.getInteger("tid").value_or(0)] = standsInFor;
  }
  auto numberOf = [&](int64_t thread) {
    while (joined.contains(thread))
      thread = joined.lookup(thread);
    return numbers.try_emplace(thread, numbers.size() + 1).first->second;
  };
  json::Array result;
  int64_t process = 0;
  for (const json::Value &event : events) {
    json::Object object = *event.getAsObject();
    StringRef name = object.getString("name").value_or("");
    // Names of processes and threads come below.
    if (object.getString("ph") != "X" || name == kStandsIn || name.starts_with("Total "))
      continue;
    process = object.getInteger("pid").value_or(0);
    object["tid"] = numberOf(object.getInteger("tid").value_or(0));
    result.push_back(std::move(object));
  }
  auto describe = [&](StringRef what, int64_t thread, std::string name) {
    result.push_back(json::Object{{"ph", "M"},
                                  {"name", what},
                                  {"pid", process},
                                  {"tid", thread},
                                  {"args", json::Object{{"name", std::move(name)}}}});
  };
  describe("process_name", 1, kProcess.str());
  for (size_t i = 1; i <= numbers.size(); ++i)
    describe("thread_name", i, i == 1 ? "compiler" : "code generation " + std::to_string(i - 1));
  return result;
}

bool Trace::write(StringRef path, ErrorList &errors) {
  SmallString<0> text;
  raw_svector_ostream os(text);
  timeTraceProfilerWrite(os);
  Expected<json::Value> recorded = json::parse(text);
  const json::Object *root = recorded ? recorded->getAsObject() : nullptr;
  const json::Array *events = root ? root->getArray("traceEvents") : nullptr;
  if (!events) {
    if (!recorded)
      consumeError(recorded.takeError());
    errors.add(ErrorCode::Internal, "the time profiler wrote no trace");
    return false;
  }
  json::Value trace = json::Object{{"displayTimeUnit", "ms"}, {"traceEvents", tidy(*events)}};
  return writeFileAtomically(path, [&](raw_ostream &file) { file << trace << "\n"; }, errors);
}

namespace {
struct PassTrace : mlir::PassInstrumentation {
  /// Adaptors, which only lead to nested passes, have no name to be called by.
  static bool isShown(mlir::Pass *pass) { return !pass->getArgument().empty(); }
  static std::string getTarget(mlir::Operation *op) {
    auto symbol = op->getAttrOfType<mlir::StringAttr>(mlir::SymbolTable::getSymbolAttrName());
    return op->getName().getStringRef().str() + (symbol ? " @" + symbol.str() : "");
  }
  void runBeforePass(mlir::Pass *pass, mlir::Operation *op) override {
    if (isShown(pass))
      timeTraceProfilerBegin(pass->getArgument(), [&] { return getTarget(op); });
  }
  void runAfterPass(mlir::Pass *pass, mlir::Operation *) override {
    if (isShown(pass))
      timeTraceProfilerEnd();
  }
  void runAfterPassFailed(mlir::Pass *pass, mlir::Operation *op) override { runAfterPass(pass, op); }
};
} // namespace

std::unique_ptr<mlir::PassInstrumentation> createPassTrace() { return std::make_unique<PassTrace>(); }

} // namespace tao
