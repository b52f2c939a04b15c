// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TAO_RUNTIME_TIMER_H
#define TAO_RUNTIME_TIMER_H

#include "Context.h"

namespace tao::rt {

/// Reports the time between construction and destruction when the run asked for it.
class Timer {
public:
  Timer(tao_context &context, int32_t kernel) : context(context), kernel(kernel) {
    if (context.timing)
      begin = nowNs();
  }
  ~Timer() {
    if (context.timing)
      context.timing(context.timingUser, kernel, begin, nowNs());
  }

private:
  tao_context &context;
  int32_t kernel;
  int64_t begin = 0;
};

} // namespace tao::rt

#endif // TAO_RUNTIME_TIMER_H
