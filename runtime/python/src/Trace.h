// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What tao.trace records: every run of the process while it is on, with the times of its kernels.
#ifndef TAO_PYTHON_TRACE_H
#define TAO_PYTHON_TRACE_H

#include "tao/runtime.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace tao::python {

/// A loaded model.so, shared by the models and recordings that refer to it.
class Library {
public:
  explicit Library(tao_model *model) : model(model), table(*tao_model_table_of(model)), info(*table.info) {}
  ~Library() { tao_model_unload(model); }
  Library(const Library &) = delete;

  tao_model *const model;
  const tao_model_table &table;
  const tao_model_info &info;
};

struct KernelTime {
  int32_t kernel;
  int64_t begin, end; // nanoseconds of the monotonic clock
};

struct RunTime {
  std::shared_ptr<Library> library;
  uint64_t thread = 0; // as threading.get_native_id
  int64_t begin = 0, end = 0;
  std::vector<KernelTime> kernels;
};

/// Thread safe. There is one, for a trace shows all threads beside one another.
class Recorder {
public:
  static Recorder &get();

  bool isOn() const { return on.load(std::memory_order_relaxed); }
  /// False when it is on already.
  bool start();
  /// What was recorded since start.
  std::vector<RunTime> stop();
  /// Kept only while the recorder is on.
  void add(RunTime run);

private:
  std::atomic<bool> on = false;
  std::mutex mutex;
  std::vector<RunTime> runs;
};

/// Nanoseconds of the monotonic clock, which time.monotonic_ns reads as well.
int64_t nowNs();

} // namespace tao::python
#endif
