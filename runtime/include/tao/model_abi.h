/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The binary interface of a compiled model (model.so).
 *
 * Part 1 is for users. A model.so exports one symbol, tao_model_query; everything else is reached through the table it
 * returns. The header is C11 and C++17, needs nothing but the C library, and may be copied beside a program that uses it.
 *
 * Part 2 describes the image that the compiler emits and the runtime inside model.so reads. Users never touch it.
 *
 * Conventions. Sizes are bytes unless a name says otherwise. Shapes are element counts, row-major. All strings are UTF-8,
 * owned by the model and valid while it is loaded. Structs whose first member is `size` may grow at the end: the caller
 * sets it to sizeof as compiled, the callee reads no further.
 */
#ifndef TAO_MODEL_ABI_H
#define TAO_MODEL_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TAO_ABI_VERSION 1u

/* ------------------------------------------------------------------------------------------------------------------
 * Part 1: for users
 * ------------------------------------------------------------------------------------------------------------------ */

typedef enum tao_status {
  TAO_OK = 0,
  TAO_ERROR_INVALID_ARGUMENT = 1, /* wrong count, rank, extent, dtype, device or stride of a tensor, bad option */
  TAO_ERROR_OUT_OF_MEMORY = 2,
  TAO_ERROR_UNSUPPORTED_CPU = 3,  /* the CPU lacks a feature the model was compiled for */
  TAO_ERROR_LIBRARY = 4,          /* a library the model needs is missing or refused a call */
  TAO_ERROR_RUNTIME = 5,          /* a value-dependent failure, such as an index out of range */
  TAO_ERROR_DEVICE = 6            /* no GPU, none that the model has code for, or the driver refused a call */
} tao_status;

/* Same layout as DLPack's DLDataType, DLDevice and DLTensor, so a DLTensor * may be passed as it is. */
enum { TAO_INT = 0, TAO_UINT = 1, TAO_FLOAT = 2, TAO_BFLOAT = 4, TAO_BOOL = 6 };
typedef struct tao_dtype {
  uint8_t code; /* TAO_INT ... TAO_BOOL */
  uint8_t bits; /* of one element; TAO_BOOL has 8 */
  uint16_t lanes; /* always 1 */
} tao_dtype;
enum { TAO_DEVICE_CPU = 1, TAO_DEVICE_CUDA = 2 };
typedef struct tao_device {
  int32_t type;
  int32_t id;
} tao_device;
typedef struct tao_tensor {
  void *data;
  tao_device device;
  int32_t ndim;
  tao_dtype dtype;
  int64_t *shape;   /* [ndim] */
  int64_t *strides; /* [ndim], in elements; NULL means row-major and compact, the only form accepted */
  uint64_t byte_offset;
} tao_tensor;

/* One dimension of an input or output. */
typedef struct tao_dim {
  int64_t value;    /* extent when static, else -1 */
  const char *expr; /* text over the model's symbols, such as "batch" or "past + 1"; the number itself when static */
} tao_dim;

typedef struct tao_value_info {
  const char *name;
  tao_dtype dtype;
  int32_t ndim;
  const tao_dim *dims; /* [ndim] */
  int32_t alias;       /* output only: the input whose storage this output may update in place, or -1 */
} tao_value_info;

typedef enum tao_kernel_kind { TAO_KERNEL_MEMORY = 0, TAO_KERNEL_MATH = 1, TAO_KERNEL_LIBRARY = 2 } tao_kernel_kind;
typedef struct tao_kernel_info {
  const char *name;
  int32_t kind;      /* tao_kernel_kind */
  const char *nodes; /* names of the source nodes it computes, separated by '\n' */
} tao_kernel_info;

typedef struct tao_model_info {
  size_t size;
  const char *name;
  const char *compiler;     /* version of the compiler, "tao 0.1.0" */
  const char *target;       /* "cpu", or "cuda" with the GPUs that have code: "cuda sm_80,sm_90" */
  const char *cpu;          /* resolved -mcpu name the code was made for */
  const char *cpu_features; /* required features, comma separated, as in /proc/cpuinfo; "" if none */
  int32_t num_inputs, num_outputs, num_symbols, num_kernels;
  const tao_value_info *inputs;
  const tao_value_info *outputs;
  const char *const *symbols; /* [num_symbols] names of the dynamic sizes */
  const tao_kernel_info *kernels; /* one per launch, in program order */
  int64_t weight_bytes;
  int64_t arena_bytes; /* scratch that one context holds; -1 when it depends on dynamic sizes */
  const char *libraries; /* shared libraries loaded on first use, comma separated; "" if none */
} tao_model_info;

typedef struct tao_context tao_context;

/* The host's own threads. parallel_for calls body(arg, begin, end) on disjoint ranges covering [0, n) and returns when all
 * have finished; it may call body on the calling thread. */
typedef struct tao_thread_pool {
  void *self;
  int32_t num_threads;
  void (*parallel_for)(void *self, int64_t n, void (*body)(void *arg, int64_t begin, int64_t end), void *arg);
} tao_thread_pool;

/* Asked for every output whose data is NULL. Returns at least `bytes` bytes aligned to 64, or NULL. The caller owns them. */
typedef struct tao_allocator {
  void *self;
  void *(*allocate)(void *self, int32_t output, size_t bytes);
} tao_allocator;

/* Called after each kernel of a run when set, on the calling thread. */
typedef void (*tao_timing_fn)(void *user, int32_t kernel, int64_t begin_ns, int64_t end_ns);

typedef struct tao_gpu_device tao_gpu_device; /* see part 2 */

typedef struct tao_create_options {
  size_t size;
  int32_t num_threads; /* 0: as many as the process may run on (affinity and cgroup respected) */
  int32_t gpu;         /* of a model for GPUs: number of the GPU, as the driver counts */
  const tao_gpu_device *gpu_device; /* what runs the kernels in its place, such as the emulator; NULL: the GPU itself.
                                       Must outlive the context */
} tao_create_options;

typedef struct tao_run_options {
  size_t size;
  void *stream;                 /* reserved for devices; NULL */
  const tao_thread_pool *pool;  /* NULL: the context's own threads */
  const tao_allocator *allocator;
  void *communicator;           /* reserved for collectives; NULL */
  tao_timing_fn timing;
  void *timing_user;
} tao_run_options;

/* Tensors lie in the CPU's memory; those of a model for GPUs may lie on the GPU instead.
 *
 * Arrays of num_inputs and num_outputs tensors, in the order of tao_model_info. For an output with data == NULL, run
 * fills in data and shape: storage comes from options->allocator, else from the context, which keeps it until its next run
 * or destroy. `shape` of every output must have room for ndim extents; run writes the actual ones. An output with data
 * needs room for its shape, as output_shapes gives it, and byte_offset is honoured. Inputs are not written, except those
 * an output aliases and shares its data pointer with. */
typedef struct tao_args {
  size_t size;
  const tao_tensor *inputs;
  tao_tensor *outputs;
} tao_args;

/* Thread safety: the table and its info are immutable. A context is used by one thread at a time; any number of contexts
 * may run at once and share the weights. */
typedef struct tao_model_table {
  size_t size;
  uint32_t abi_version;
  const tao_model_info *info;
  tao_status (*create)(const tao_create_options *options, tao_context **context); /* options may be NULL */
  /* Writes the extents of all outputs, one after the other, to shapes. Only dtype, ndim and shape of inputs are read. */
  tao_status (*output_shapes)(tao_context *context, const tao_tensor *inputs, int64_t *shapes);
  tao_status (*run)(tao_context *context, const tao_args *args, const tao_run_options *options); /* options may be NULL */
  void (*destroy)(tao_context *context);
  /* Message of the last failure of this context; of this thread's last failed create when context is NULL. */
  const char *(*last_error)(const tao_context *context);
} tao_model_table;

/* Returns NULL when the model does not speak this version of the interface. */
typedef const tao_model_table *(*tao_model_query_fn)(uint32_t abi_version);
#define TAO_MODEL_QUERY_SYMBOL "tao_model_query"

/* ------------------------------------------------------------------------------------------------------------------
 * Part 2: the image, between compiler and runtime. Not stable across compiler versions.
 *
 * Every size that a run needs is an expression over the symbols. The compiler numbers all distinct expressions, constants
 * included; `eval` computes them at once. "expr" below means such a number.
 * ------------------------------------------------------------------------------------------------------------------ */

#define TAO_IMAGE_VERSION 5u
#define TAO_MAX_RANK 12

/* Where a symbol gets its value: extent `dim` of input `input`. */
typedef struct tao_symbol_binding {
  int32_t input, dim;
} tao_symbol_binding;

/* Relations that must hold between the sizes of a run, beyond the declared shapes. */
typedef enum tao_check_kind { TAO_CHECK_EQ = 0, TAO_CHECK_GE = 1 } tao_check_kind;
typedef struct tao_shape_check {
  int32_t kind, lhs, rhs; /* expr */
  const char *message;    /* what is violated, without the values */
} tao_shape_check;

/* A run of memory. In-place results and views share the storage of what they replace. */
typedef enum tao_storage_kind {
  TAO_STORAGE_INPUT = 0,
  TAO_STORAGE_OUTPUT = 1,
  TAO_STORAGE_WEIGHT = 2,
  TAO_STORAGE_ARENA = 3,
  TAO_STORAGE_VIEW = 4 /* a row of another storage; a loop sets its address */
} tao_storage_kind;
typedef struct tao_storage {
  int32_t kind;
  int32_t index;     /* input or output number; view: storage that it is a row of; else 0 */
  int32_t size_expr; /* expr, bytes */
  int32_t first_step, last_step; /* arena: live from one moment of the program to the other, both included */
  int64_t offset;    /* weight: in the weight blob. arena: planned offset when the model is static, else -1 */
} tao_storage;

/* tasks [begin, end) of a kernel. `status` is set to a nonzero index into tao_launch::failures on failure. */
typedef void (*tao_kernel_fn)(void *const *buffers, const int64_t *dims, int64_t begin, int64_t end, int32_t *status);

typedef struct tao_launch {
  tao_kernel_fn fn;
  int32_t kernel; /* index into tao_model_info::kernels */
  int32_t num_buffers, num_dims, num_failures;
  const int32_t *buffers; /* storage numbers */
  const int32_t *dims;    /* expr */
  int32_t tasks;          /* expr: number of tasks; 0 is legal */
  int32_t cost;           /* expr: estimated work of the whole launch, in bytes moved or equivalent */
  const char *const *failures; /* [num_failures], message k belongs to status k + 1 */
  int32_t takes_scratch; /* 1: buffers[num_buffers] is tao_image::scratch_bytes of memory that is the running thread's own */
} tao_launch;

/* Launches that do not depend on one another, run as one. Their tasks may run in any order. */
typedef struct tao_pack {
  int32_t kernel; /* index into tao_model_info::kernels, that of its launches, too */
  int32_t num_launches;
  const tao_launch *launches;
} tao_pack;

/* A tensor operand of a library call: element strides, one expr per dimension of the call; -1 means broadcast (stride 0,
 * extent 1). Dimension order is given with each call. */
typedef struct tao_library_operand {
  int32_t storage;
  int32_t dtype;    /* tao_library_dtype */
  int32_t constant; /* 1: weight, to be packed once per model */
  int32_t strides[TAO_MAX_RANK];
} tao_library_operand;
typedef enum tao_library_dtype { TAO_LIB_F32 = 0, TAO_LIB_BF16 = 1, TAO_LIB_F16 = 2, TAO_LIB_S8 = 3, TAO_LIB_U8 = 4, TAO_LIB_S32 = 5 } tao_library_dtype;

/* Applied in order to the result of the contraction, before it is stored. */
typedef enum tao_post_op_kind {
  TAO_POST_RELU = 0,     /* max(x, 0), or alpha * x below 0 */
  TAO_POST_CLIP = 1,     /* min(max(x, alpha), beta) */
  TAO_POST_TANH = 2,
  TAO_POST_LOGISTIC = 3,
  TAO_POST_GELU_ERF = 4,
  TAO_POST_GELU_TANH = 5,
  TAO_POST_SWISH = 6,    /* x * logistic(alpha * x) */
  TAO_POST_LINEAR = 7,   /* alpha * x + beta */
  TAO_POST_ADD = 8,      /* + operand */
  TAO_POST_MUL = 9,      /* * operand */
  TAO_POST_EXP = 10,
  TAO_POST_ABS = 11,
  TAO_POST_SQRT = 12
} tao_post_op_kind;
typedef struct tao_post_op {
  int32_t kind;
  float alpha, beta;
  tao_library_operand operand; /* ADD and MUL; strides over the dimensions of dst */
} tao_post_op;

/* dst[b.., m, n] = post(sum over k of lhs[b.., m, k] * rhs[b.., k, n]); accumulates in f32.
 * Dimension order of the operands' strides: lhs batch.., m, k; rhs batch.., k, n; dst and post-ops batch.., m, n. */
typedef struct tao_matmul {
  int32_t kernel;    /* index into tao_model_info::kernels */
  int32_t slot;      /* number of this call's cached primitive */
  int32_t num_batch; /* 0 .. TAO_MAX_RANK - 2 */
  int32_t batch[TAO_MAX_RANK]; /* expr */
  int32_t m, n, k;   /* expr */
  tao_library_operand lhs, rhs, dst;
  int32_t num_post_ops;
  const tao_post_op *post_ops;
} tao_matmul;

/* Convolution. Tensors are dense; channels_last says whether src and dst are [n, spatial.., c] or [n, c, spatial..].
 * Weights are always [groups * oc_per_group, ic_per_group, kernel..], dense. Post-op operands: strides over dst's
 * dimensions in the order n, c, spatial... Operand strides of src, weights and dst are not read. */
typedef struct tao_conv {
  int32_t kernel, slot;
  int32_t spatial;     /* 1 to 3 */
  int32_t channels_last;
  int32_t n, ic, oc, groups; /* expr; ic and oc are totals over groups */
  int32_t in[3], out[3];     /* expr */
  int32_t window[3], stride[3], dilation[3], pad_low[3], pad_high[3]; /* plain numbers; dilation 1 is dense; pads may be negative */
  tao_library_operand src, weights, dst;
  int32_t num_post_ops;
  const tao_post_op *post_ops;
} tao_conv;

typedef struct tao_copy {
  int32_t kernel;
  int32_t src, dst;  /* storage numbers */
  int32_t bytes;     /* expr */
} tao_copy;

/* A storage that steps through the rows of its base. */
typedef struct tao_loop_view {
  int32_t storage;
  int32_t reversed; /* 1: from the last row backwards */
} tao_loop_view;

/* A storage with the address of `start` at first, and after each iteration with that of `row` in it. */
typedef struct tao_loop_follower {
  int32_t storage, start, row;
} tao_loop_follower;

/* Runs `body` `trips` times, or while the byte in storage `condition` is not 0. Before each iteration views are set to its
 * row; after it the storages of each pair in `swaps` exchange their addresses, and followers move. */
typedef struct tao_loop {
  int32_t trips;     /* expr, or -1 */
  int32_t condition; /* storage, or -1 */
  int32_t num_views, num_swaps, num_followers;
  const tao_loop_view *views;
  const int32_t *swaps; /* [2 * num_swaps] storages */
  const tao_loop_follower *followers;
  int32_t (*body)(tao_context *context); /* as tao_image::main */
} tao_loop;

/* Runs one of two bodies. */
typedef struct tao_branch {
  int32_t condition; /* storage of one byte */
  int32_t (*on_true)(tao_context *context);
  int32_t (*on_false)(tao_context *context);
} tao_branch;

/* --- Kernels for GPUs --- */

/* Code of one kernel. Machine code (a cubin) runs on parts of its architecture's major number, from its minor number up;
 * PTX, text that ends in 0, on all parts from its architecture up. */
typedef struct tao_gpu_code {
  int32_t kernel; /* index into tao_gpu_image::kernels */
  int32_t arch;   /* 80 for sm_80 */
  int32_t is_ptx;
  int64_t bytes;
  const uint8_t *data;
} tao_gpu_code;
typedef struct tao_gpu_code_table {
  int64_t num_codes;
  const tao_gpu_code *codes; /* those of a kernel in ascending order of arch, PTX last */
} tao_gpu_code_table;

/* A kernel takes the addresses of what it reads, those of what it writes, its dims as int64_t, and the address of an
 * int32_t: the largest number of a failed check lands there, counted from 1. Addresses are multiples of 16. */
typedef struct tao_gpu_slot { /* a part of a block's shared memory; those that do not live at once may overlap */
  int64_t offset, bytes;
  const char *name;
} tao_gpu_slot;
typedef struct tao_gpu_kernel {
  const char *name;      /* of its entry point */
  int32_t threads;       /* of a block */
  int32_t shared_bytes;  /* of a block's arena */
  int32_t asks_for_them; /* 1: the launch has to ask for them, for they are not part of the code */
  int32_t num_sites, num_slots;
  void *emulated;            /* a tao_emu_kernel of runtime/emulator, or NULL; what follows is for the emulator alone */
  const char *const *sites;  /* [num_sites] what an access or a barrier of it is part of */
  const tao_gpu_slot *slots; /* [num_slots] */
} tao_gpu_kernel;
typedef struct tao_gpu_image {
  int32_t num_kernels;
  int32_t has_cpu_steps; /* 1: the CPU runs some of the steps, in the same memory */
  const tao_gpu_kernel *kernels;
  const tao_gpu_code_table *code; /* empty in a model that was compiled in memory */
} tao_gpu_image;

/* Runs all blocks of a generated GPU kernel. */
typedef struct tao_gpu_launch {
  int32_t kernel;   /* index into tao_model_info::kernels */
  int32_t function; /* index into tao_gpu_image::kernels */
  int32_t num_reads, num_writes, num_dims, num_failures;
  const int32_t *buffers; /* storages: reads, then writes */
  const int32_t *dims;    /* expr */
  int32_t blocks;         /* expr: number of blocks; 0 is legal */
  const char *const *failures; /* as of tao_launch */
} tao_gpu_launch;

/* Memory that a launch reaches. */
typedef struct tao_gpu_buffer {
  void *address;
  int64_t bytes;
} tao_gpu_buffer;
/* One launch, with everything known. */
typedef struct tao_gpu_call {
  int32_t function; /* index into tao_gpu_image::kernels */
  int32_t num_reads, num_writes;
  int64_t blocks;
  const tao_gpu_buffer *buffers; /* [num_reads + num_writes + 1]: reads, writes, and the status */
  void **args;                   /* the address of each argument's value, as of cuLaunchKernel */
} tao_gpu_call;

/* A device that runs kernels: an NVIDIA GPU through its driver, or the emulator. Those that return a status write a reason
 * of at most `bytes` bytes to `message` when they fail. Any thread may call. Launches and copies happen in the order in
 * which they are asked for; copies have happened when they return, launches when `synchronize` does. */
struct tao_gpu_device {
  size_t size;
  void *self;
  /* Memory aligned to 256 bytes, NULL when it cannot be had. `shared`: the CPU, too, may use it between `synchronize`
   * and the next launch. */
  void *(*allocate)(void *self, int64_t size, int32_t shared);
  void (*release)(void *self, void *memory);
  /* From memory of either kind to memory of either kind. */
  tao_status (*copy)(void *self, void *to, const void *from, int64_t size, char *message, size_t bytes);
  tao_status (*clear)(void *self, void *memory, int64_t size, char *message, size_t bytes); /* sets it to 0 */
  /* Makes the kernels of an image ready; `loaded` is what launches take. */
  tao_status (*load)(void *self, const tao_gpu_image *image, void **loaded, char *message, size_t bytes);
  void (*unload)(void *self, void *loaded);
  tao_status (*launch)(void *self, void *loaded, const tao_gpu_call *call, char *message, size_t bytes);
  tao_status (*synchronize)(void *self, char *message, size_t bytes);
};

typedef struct tao_image {
  uint32_t version;
  const tao_model_info *info;
  int32_t num_exprs, num_checks, num_storages, num_slots, num_steps;
  const tao_symbol_binding *bindings; /* [info->num_symbols] */
  const int32_t *input_dims;  /* exprs of all extents of all inputs, one after the other */
  const int32_t *output_dims; /* the same of outputs */
  void (*eval)(const int64_t *symbols, int64_t *exprs);
  const tao_shape_check *checks;
  const tao_storage *storages;
  const uint8_t *weights;
  int64_t arena_bytes; /* planned size when static, else -1 */
  int32_t (*main)(tao_context *context); /* the host program: tao_rt_* calls in order; returns a tao_status */
  int64_t scratch_bytes; /* what a kernel takes at most of each worker's own memory */
  const tao_gpu_image *gpu; /* of a model for GPUs; NULL otherwise */
} tao_image;

/* What the host program calls; each returns a tao_status. Defined in the runtime, called by generated code only. */
int32_t tao_rt_launch(tao_context *context, const tao_launch *launch);
int32_t tao_rt_pack(tao_context *context, const tao_pack *pack);
int32_t tao_rt_gpu_launch(tao_context *context, const tao_gpu_launch *launch);
int32_t tao_rt_matmul(tao_context *context, const tao_matmul *call);
int32_t tao_rt_conv(tao_context *context, const tao_conv *call);
int32_t tao_rt_copy(tao_context *context, const tao_copy *copy);
int32_t tao_rt_loop(tao_context *context, const tao_loop *loop);
int32_t tao_rt_branch(tao_context *context, const tao_branch *branch);

/* A tao_kernel_fn of the runtime's own, launched as generated ones are. dims: tao_routine_kind, tao_routine_dtype, two
 * parameters, then extents. Buffers and extents: see the kinds. */
typedef enum tao_routine_kind {
  TAO_ROUTINE_SCATTER = 0, /* data, rows, updates -> result; r, w, n, 1 when data is one number; parameter: combine */
  TAO_ROUTINE_TOP_K = 1,   /* x -> indices; r, n, k; parameter: largest. A task is a row */
  TAO_ROUTINE_CUM_SUM = 2  /* x -> sums; r, n; parameters: exclusive, reverse. A task is a row */
} tao_routine_kind;
#define TAO_SCATTER_TASKS 16
typedef enum tao_routine_dtype {
  TAO_ROUTINE_F32 = 0,
  TAO_ROUTINE_F64 = 1,
  TAO_ROUTINE_I32 = 2,
  TAO_ROUTINE_I64 = 3,
  TAO_ROUTINE_BITS8 = 4, /* elements that are only moved */
  TAO_ROUTINE_BITS16 = 5
} tao_routine_dtype;
void tao_rt_routine(void *const *buffers, const int64_t *dims, int64_t begin, int64_t end, int32_t *status);

#ifdef __cplusplus
}
#endif
#endif /* TAO_MODEL_ABI_H */
