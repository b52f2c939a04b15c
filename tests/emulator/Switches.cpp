// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints how many times a second GPU threads take turns on one core, at barriers of a block and in shuffles of warps.
#include "Emulator.h"

#include <cstdio>
#include <ctime>

static void barriers(tao_emu_thread *thread, void *const *) {
  for (int i = 0; i < 2000; ++i)
    thread->api->barrier(thread, 0);
}

static void shuffles(tao_emu_thread *thread, void *const *) {
  for (int i = 0; i < 2000; ++i)
    thread->api->shuffle(thread, thread->lane, TAO_EMU_XOR, 1, 32, ~0u, 0);
}

int main() {
  struct {
    const char *name;
    tao_emu_kernel kernel;
  } kernels[] = {{"barriers", barriers}, {"shuffles", shuffles}};
  for (auto [name, kernel] : kernels)
    for (uint64_t seed = 0; seed < 2; ++seed) {
      tao_emu_launch launch = {};
      launch.size = sizeof(launch);
      launch.kernel = kernel;
      launch.grid[0] = 16;
      launch.block[0] = 256;
      launch.grid[1] = launch.grid[2] = launch.block[1] = launch.block[2] = 1;
      launch.num_threads = 1;
      launch.seed = seed;
      tao_emu_result result;
      std::clock_t start = std::clock(); // processor time: others may use the core as well
      if (tao_emu_run(&launch, &result, nullptr) != 0 || result.num_faults != 0)
        return 1;
      double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
      std::printf("%s, %s schedule: %.1f million switches a second\n", name, seed ? "random" : "ordered",
                  result.num_switches / seconds * 1e-6);
    }
  return 0;
}
