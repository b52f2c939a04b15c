/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The emulator as a device: what runs the kernels of a model for GPUs that was compiled with --emulate, in the place of
 * a GPU. Its memory is the CPU's own. Plain C.
 */
#ifndef TAO_RUNTIME_EMULATOR_DEVICE_H
#define TAO_RUNTIME_EMULATOR_DEVICE_H

#include "Emulator.h"
#include "tao/model_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tao_emu_device_options {
  uint32_t size;        /* sizeof(tao_emu_device_options) */
  uint32_t num_threads; /* CPU threads of a launch; 0: as many as there are processors */
  uint64_t seed; /* 0: threads run in order; otherwise each launch has a schedule of its own, which the seed sets */
  tao_emu_reporter reporter; /* may be null; called by one thread at a time */
  void *reporter_context;
} tao_emu_device_options;

typedef struct tao_emu_device_counts {
  uint64_t num_launches;
  uint64_t num_reports;  /* faults reported, each once a launch */
  uint64_t num_faults;   /* all that happened */
  uint64_t num_switches; /* from one GPU thread to another */
} tao_emu_device_counts;

/* For tao_create_options::gpu_device; any number of contexts may use it at once. Faults of kernels are reported and
 * counted, and do not make a run fail. NULL when memory is short. Belongs to the caller. */
const tao_gpu_device *tao_emu_device_create(const tao_emu_device_options *options);
/* No context may use it any more. */
void tao_emu_device_destroy(const tao_gpu_device *device);
void tao_emu_device_count(const tao_gpu_device *device, tao_emu_device_counts *counts);

#ifdef __cplusplus
}
#endif

#endif /* TAO_RUNTIME_EMULATOR_DEVICE_H */
