// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constant operands, brought once per model into the layout that a primitive works fastest on, and shared by all
// contexts.
#include "Library.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tao::rt {
namespace {

bool sameSource(const View &a, const View &b) {
  return a.storage == b.storage && a.offset == b.offset && a.rank == b.rank &&
         memcmp(a.dims, b.dims, size_t(a.rank) * sizeof(int64_t)) == 0 &&
         memcmp(a.strides, b.strides, size_t(a.rank) * sizeof(int64_t)) == 0;
}

/// Whether [begin, end) lies in one private read-only mapping of a file, so that its pages can be dropped and read
/// again.
bool mappedReadOnly(uintptr_t begin, uintptr_t end) {
  int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  char text[4096];
  size_t held = 0;
  bool found = false;
  while (!found) {
    ssize_t got = read(fd, text + held, sizeof(text) - 1 - held);
    if (got <= 0)
      break;
    held += size_t(got);
    text[held] = 0;
    char *line = text;
    while (char *next = strchr(line, '\n')) {
      unsigned long low, high, offset, inode;
      char access[5];
      if (sscanf(line, "%lx-%lx %4s %lx %*s %lu", &low, &high, access, &offset, &inode) == 5 && low <= begin &&
          end <= high)
        found = access[0] == 'r' && access[1] == '-' && access[3] == 'p' && inode != 0;
      line = next + 1;
    }
    held -= size_t(line - text);
    memmove(text, line, held);
  }
  close(fd);
  return found;
}

/// The packed copy is all that is read from now on: the pages it came from need not stay in memory.
void dropPages(const tao_context &context, const View &view) {
  if (!context.model->weightsMapped)
    return;
  int64_t last = 0;
  for (int32_t d = 0; d < view.rank; ++d)
    last += (view.dims[d] - 1) * view.strides[d];
  auto begin = reinterpret_cast<uintptr_t>(addressOf(context, view));
  uintptr_t end = begin + uintptr_t((last + 1) * dtypeBytes(view.storedDtype));
  auto page = uintptr_t(sysconf(_SC_PAGESIZE));
  begin = (begin + page - 1) / page * page;
  end = end / page * page;
  if (begin < end && mappedReadOnly(begin, end))
    madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
}

/// A memory object for a moment.
struct TemporaryMemory {
  const DnnlApi &api;
  dnnl_memory_t memory = nullptr;
  TemporaryMemory(const DnnlApi &api, const dnnl_memory_desc_t &desc, dnnl_engine_t engine, void *data) : api(api) {
    if (api.dnnl_memory_create(&memory, &desc, engine, data) != dnnl_success)
      memory = nullptr;
  }
  ~TemporaryMemory() {
    if (memory)
      api.dnnl_memory_destroy(memory);
  }
};

bool reorder(const LibraryModel &model, const dnnl_memory_desc_t &fromLayout, void *from,
             const dnnl_memory_desc_t &toLayout, void *to) {
  const DnnlApi &api = model.api;
  dnnl_primitive_desc_t desc = nullptr;
  dnnl_primitive_t primitive = nullptr;
  dnnl_stream_t stream = nullptr;
  TemporaryMemory source(api, fromLayout, model.engine, from), target(api, toLayout, model.engine, to);
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source.memory}, {DNNL_ARG_TO, target.memory}};
  bool ok = source.memory && target.memory &&
            api.dnnl_reorder_primitive_desc_create(&desc, &fromLayout, model.engine, &toLayout, model.engine,
                                                   nullptr) == dnnl_success &&
            api.dnnl_primitive_create(&primitive, desc) == dnnl_success &&
            api.dnnl_stream_create(&stream, model.engine, dnnl_stream_default_flags) == dnnl_success &&
            api.dnnl_primitive_execute(primitive, stream, 2, arguments) == dnnl_success;
  if (stream)
    api.dnnl_stream_destroy(stream);
  if (primitive)
    api.dnnl_primitive_destroy(primitive);
  if (desc)
    api.dnnl_primitive_desc_destroy(desc);
  return ok;
}

} // namespace

void *packWeights(tao_context &context, const View &view, const dnnl_memory_desc_t &viewLayout,
                  const dnnl_memory_desc_t &layout) {
  LibraryModel &model = *context.library->model;
  Lock lock(model.lock);
  for (const PackedWeights &packed : model.packed)
    if (sameSource(packed.source, view) && model.api.dnnl_memory_desc_equal(&packed.layout, &layout))
      return packed.data;
  void *data = allocateAligned(int64_t(model.api.dnnl_memory_desc_get_size(&layout)));
  if (!data)
    return nullptr;
  bool ok;
  if (view.staged) { // not as the library could read it
    View once = view; // what the library sees: one element along broadcast dimensions
    for (int32_t d = 0; d < once.rank; ++d)
      once.dims[d] = view.broadcasts(d) ? 1 : view.dims[d];
    View dense = once;
    denseStrides(dense.dims, dense.rank, dense.strides);
    dnnl_memory_desc_t denseLayout;
    void *copy = allocateAligned(once.elements() * int64_t(sizeof(float)));
    ok = copy && describe(model.api, dense, denseLayout);
    if (ok) {
      gatherView(context, once, static_cast<float *>(copy));
      ok = reorder(model, denseLayout, copy, layout, data);
    }
    free(copy);
  } else {
    ok = reorder(model, viewLayout, addressOf(context, view), layout, data);
  }
  if (!ok || !model.packed.push({view, layout, data})) {
    free(data);
    return nullptr;
  }
  dropPages(context, view);
  return data;
}

void *packColumns(tao_context &context, const View &view, int32_t column, int64_t first,
                  const dnnl_memory_desc_t &part) {
  if (part.format_kind != dnnl_blocked || part.extra.flags != dnnl_memory_extra_flag_none)
    return nullptr;
  const dnnl_blocking_desc_t &blocking = part.format_desc.blocking;
  int64_t block = 1;
  for (int32_t i = 0; i < blocking.inner_nblks; ++i)
    if (blocking.inner_idxs[i] == column)
      block *= blocking.inner_blks[i];
  for (int32_t d = 0; d < part.ndims; ++d)
    if (d != column && blocking.strides[d] > blocking.strides[column] && part.dims[d] > 1)
      return nullptr;
  if (first % block != 0)
    return nullptr;
  // Columns are outermost: more of them change nothing but the extent.
  dnnl_memory_desc_t viewLayout, layout = part;
  layout.dims[column] = view.dims[column];
  layout.padded_dims[column] = alignUp(view.dims[column], block);
  if (!describe(context.library->model->api, view, viewLayout))
    return nullptr;
  auto *all = static_cast<uint8_t *>(packWeights(context, view, viewLayout, layout));
  int64_t elementBytes = part.data_type == dnnl_bf16 ? 2 : 4;
  return all ? all + first / block * blocking.strides[column] * elementBytes : nullptr;
}

} // namespace tao::rt
