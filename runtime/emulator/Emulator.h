/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The emulator: runs a GPU kernel on the CPU, one fiber per GPU thread, and checks it. Plain C, version 1.
 *
 * A kernel is compiled to one x86 function that is called once per GPU thread. Whatever a GPU does beyond arithmetic it
 * asks of the emulator through `thread->api`, a table of functions: no symbol has to be resolved to run an image. The
 * library needs no LLVM. docs/emulator.md says what is checked and how.
 */
#ifndef TAO_RUNTIME_EMULATOR_EMULATOR_H
#define TAO_RUNTIME_EMULATOR_EMULATOR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- What a kernel sees --------------------------------------------------------------------------------------------
 */

typedef struct tao_emu_api tao_emu_api;

/* One GPU thread, x first. Belongs to the emulator; a kernel reads it. */
typedef struct tao_emu_thread {
  const tao_emu_api *api; /* offset 0 */
  void *shared;           /* offset 8: the block's shared memory arena, 128-byte aligned */
  uint32_t thread_id[3];  /* offset 16 */
  uint32_t block_id[3];   /* offset 28 */
  uint32_t block_dim[3];  /* offset 40 */
  uint32_t grid_dim[3];   /* offset 52 */
  uint32_t lane;          /* offset 64: of the linear thread number, modulo 32 */
  uint32_t warp;          /* offset 68 */
} tao_emu_thread;

/* `args[i]` points at the value of the i-th kernel argument, as in cuLaunchKernel. */
typedef void (*tao_emu_kernel)(tao_emu_thread *thread, void *const *args);

/* A site is where in the source something happens: an index into the launch's table of names. */
#define TAO_EMU_NO_SITE 0xffffffffu
/* For `buffer`: the emulator looks the address up. Say the buffer where it is known, for only then is a run from one
 * buffer into its neighbour found. */
#define TAO_EMU_ANY_BUFFER 0xffffffffu

enum { /* how memory is accessed: a sum of these */
       TAO_EMU_LOAD = 0,
       TAO_EMU_STORE = 1,
       TAO_EMU_SHARED = 2 /* shared memory; otherwise global */
};

enum { /* shuffle modes, in the order of the gpu dialect: xor, up, down, idx */
       TAO_EMU_XOR = 0,
       TAO_EMU_UP = 1,
       TAO_EMU_DOWN = 2,
       TAO_EMU_IDX = 3
};

enum { /* atomic operations; all give back the old value */
       TAO_EMU_LOAD_ATOMIC = 0,
       TAO_EMU_EXCHANGE = 1,
       TAO_EMU_ADD = 2,
       TAO_EMU_MIN = 3, /* integers signed; floats as fminf: a NaN loses */
       TAO_EMU_MAX = 4,
       TAO_EMU_UMIN = 5, /* integers unsigned */
       TAO_EMU_UMAX = 6,
       TAO_EMU_AND = 7,
       TAO_EMU_OR = 8,
       TAO_EMU_XOR_BITS = 9,
       TAO_EMU_CAS = 10, /* stores `value` if `compare` is there, bit by bit */
       TAO_EMU_MUL = 11,
       TAO_EMU_STORE_ATOMIC = 12
};

enum { /* types of atomics; a value travels in the low bits of 64 */
       TAO_EMU_I32 = 0,
       TAO_EMU_I64 = 1,
       TAO_EMU_F32 = 2,
       TAO_EMU_F64 = 3,
       TAO_EMU_F16 = 4,
       TAO_EMU_BF16 = 5
};

enum { /* memory orders */
       TAO_EMU_RELAXED = 0,
       TAO_EMU_ACQUIRE = 1,
       TAO_EMU_RELEASE = 2,
       TAO_EMU_ACQ_REL = 3 /* and stronger */
};

/* A shuffled word: `value` in the low 32 (or 64) bits of `value`, `valid` 1 if the source lane lies in the group. */
typedef struct tao_emu_shuffled {
  uint64_t value;
  uint64_t valid;
} tao_emu_shuffled; /* two registers, as {i64, i64} of LLVM */

/* The functions, at fixed places: a version only adds some at the end. Each may switch to another fiber. */
struct tao_emu_api {
  uint64_t version; /* offset 0 */

  /* offset 8. Checks one load or store of `bytes` bytes (a vector is one access, aligned to its size if that is a power
   * of two up to 16) and gives back the address to use: `address`, or a harmless place if it lies outside. `buffer` is
   * the launch's buffer, or the slot if the memory is shared. */
  void *(*access)(tao_emu_thread *thread, const void *address, uint32_t bytes, uint32_t how, uint32_t buffer,
                  uint32_t site);

  /* offset 16. Checks that 0 <= index < size, and gives back an index that is inside (0 if size is 0). */
  int64_t (*index)(tao_emu_thread *thread, int64_t index, int64_t size, uint32_t site);

  /* offset 24. All threads of the block meet. */
  void (*barrier)(tao_emu_thread *thread, uint32_t site);

  /* offset 32. The lanes of `mask` meet (lanes that the block does not have are not waited for). */
  void (*warp_barrier)(tao_emu_thread *thread, uint32_t mask, uint32_t site);

  /* offset 40. They meet and exchange `value` (up to 64 bits) in groups of `width` lanes, a power of two up to 32. A
   * lane whose source lies outside its group gets its own value and valid = 0; one whose source is not there, all
   * ones and 0. */
  tao_emu_shuffled (*shuffle)(tao_emu_thread *thread, uint64_t value, uint32_t mode, uint32_t offset, uint32_t width,
                              uint32_t mask, uint32_t site);

  /* offset 48. They meet; bit i of the result is lane i's `predicate`. */
  uint32_t (*ballot)(tao_emu_thread *thread, uint32_t predicate, uint32_t mask, uint32_t site);

  /* offset 56. One atomic operation: checked as an access, done, and ordering by `order`. */
  uint64_t (*atomic)(tao_emu_thread *thread, void *address, uint64_t value, uint64_t compare, uint32_t operation,
                     uint32_t type, uint32_t order, uint32_t how, uint32_t buffer, uint32_t site);

  /* offset 64. A memory fence of the whole device. */
  void (*fence)(tao_emu_thread *thread, uint32_t site);

  /* offset 72. All threads of all blocks meet; of cooperative launches alone. */
  void (*grid_barrier)(tao_emu_thread *thread, uint32_t site);
};

/* --- What a host says ----------------------------------------------------------------------------------------------
 */

enum {                        /* what a kernel may expect of a buffer: a sum of these */
       TAO_EMU_READ_ONLY = 1, /* no thread writes it: stores are reported, loads need no shadow */
       TAO_EMU_FRESH = 2      /* its content is undefined at the launch: loads of unwritten bytes are reported */
};

/* Global memory. Buffers may overlap (an output in the place of an input). */
typedef struct tao_emu_buffer {
  void *data;
  uint64_t bytes;
  const char *name;
  uint32_t flags;
} tao_emu_buffer;

/* A part of the shared arena. Slots may overlap where their lives do not: what is read from a slot must have been
 * written to the same slot. */
typedef struct tao_emu_slot {
  uint64_t offset;
  uint64_t bytes;
  const char *name;
} tao_emu_slot;

enum { /* kinds of reports */
       TAO_EMU_RACE = 0,
       TAO_EMU_BARRIER_DIVERGENCE = 1,
       TAO_EMU_SHUFFLE_DIVERGENCE = 2,
       TAO_EMU_OUT_OF_BOUNDS = 3,
       TAO_EMU_UNWRITTEN = 4,
       TAO_EMU_MISALIGNED = 5,
       TAO_EMU_DEADLOCK = 6,
       TAO_EMU_OVERLAP = 7, /* shared memory written to one slot and read from another */
       TAO_EMU_READ_ONLY_STORE = 8,
       TAO_EMU_BAD_SHUFFLE = 9, /* a width or offset that makes no sense */
       TAO_EMU_NUM_KINDS = 10
};

/* One of the (up to) two sides of a report. */
typedef struct tao_emu_side {
  uint32_t block_id[3];
  uint32_t thread_id[3];
  uint32_t site;
  uint32_t is_store;
  uint32_t is_atomic;
} tao_emu_side;

/* Valid during the call it is passed to. Faults of the same kind, buffer and sites are reported once a launch. */
typedef struct tao_emu_report {
  uint32_t kind;
  const char *kernel;
  const char *buffer; /* null if none is concerned */
  int64_t offset; /* bytes from the start of the buffer; the index if kind is out of bounds and there is no buffer */
  uint32_t num_sides; /* the present access is side 0 */
  tao_emu_side sides[2];
  const char *text; /* all of this in a line of English */
} tao_emu_report;

/* Called by one thread at a time. */
typedef void (*tao_emu_reporter)(void *context, const tao_emu_report *report);

typedef struct tao_emu_launch {
  uint32_t size; /* sizeof(tao_emu_launch) */
  uint32_t cooperative;
  const char *name;
  tao_emu_kernel kernel;
  void *const *args;
  uint32_t grid[3];
  uint32_t block[3];
  uint64_t shared_bytes;
  const tao_emu_buffer *buffers;
  uint32_t num_buffers;
  uint32_t num_slots;
  const tao_emu_slot *slots;
  const char *const *sites;
  uint32_t num_sites;
  uint32_t num_threads; /* CPU threads; 0: as many as there are processors */
  uint64_t seed;        /* of the schedule: 0 runs threads in order, any other at random, blocks too */
  uint64_t stack_bytes; /* of a GPU thread; 0: 64 KB */
  uint32_t unchecked;   /* 1: accesses are not checked, for timing */
  uint32_t reserved;
  tao_emu_reporter reporter; /* may be null */
  void *reporter_context;
} tao_emu_launch;

typedef struct tao_emu_result {
  uint64_t num_reports; /* faults reported, each once */
  uint64_t num_faults;  /* all that happened */
  uint64_t num_switches;
} tao_emu_result;

/* Runs a launch to its end. 0, or 1 with `error` (may be null; a static text) if it cannot be run: an empty or too
 * large block, no memory for stacks, no threads. A kernel with faults runs to its end all the same, or is stopped if it
 * cannot reach it. */
int32_t tao_emu_run(const tao_emu_launch *launch, tao_emu_result *result, const char **error);

#ifdef __cplusplus
}
#endif

#endif /* TAO_RUNTIME_EMULATOR_EMULATOR_H */
