// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a run is given, against what the model declares. Every mismatch is reported, each on a line that names the
// value, the dimension, what was expected and what came. After bindInputs the context's sizes belong to the given
// shapes; after bindOutputs every input and output storage has its address.
#include "Context.h"

#include <algorithm>
#include <stdio.h>

namespace tao::rt {
namespace {

/// "float32", "int64", "bool"; "code 7 with 12 bits" for anything else.
const char *dtypeName(tao_dtype dtype, char *room, size_t bytes) {
  const char *stem = dtype.code == TAO_INT      ? "int"
                     : dtype.code == TAO_UINT   ? "uint"
                     : dtype.code == TAO_FLOAT  ? "float"
                     : dtype.code == TAO_BFLOAT ? "bfloat"
                                                : nullptr;
  if (dtype.code == TAO_BOOL && dtype.bits == 8)
    return "bool";
  if (stem)
    snprintf(room, bytes, "%s%d", stem, dtype.bits);
  else
    snprintf(room, bytes, "dtype of code %d with %d bits", dtype.code, dtype.bits);
  return room;
}

bool sameDtype(tao_dtype a, tao_dtype b) { return a.code == b.code && a.bits == b.bits && a.lanes == b.lanes; }

int64_t elementBytes(tao_dtype dtype) { return ceilDiv(dtype.bits, 8); }

/// Bytes of a tensor, or -1 when they do not fit an address space. A zero extent anywhere makes it empty.
int64_t tensorBytes(const int64_t *shape, int32_t ndim, tao_dtype dtype) {
  int64_t bytes = elementBytes(dtype);
  bool overflow = false;
  for (int32_t d = 0; d < ndim; ++d) {
    if (shape[d] == 0)
      return 0;
    overflow |= __builtin_mul_overflow(bytes, shape[d], &bytes) || bytes > kMaxBytes;
  }
  return overflow ? -1 : bytes;
}

void *dataOf(const tao_tensor &tensor) { return static_cast<uint8_t *>(tensor.data) + tensor.byte_offset; }

bool compact(const tao_tensor &tensor) {
  if (!tensor.strides)
    return true;
  for (int32_t d = 0; d < tensor.ndim; ++d)
    if (tensor.shape[d] == 0)
      return true;
  int64_t expected = 1;
  for (int32_t d = tensor.ndim - 1; d >= 0; --d) {
    if (tensor.shape[d] != 1 && tensor.strides[d] != expected)
      return false;
    expected *= tensor.shape[d];
  }
  return true;
}

/// What holds for inputs and outputs alike. `role` is "input" or "output".
bool checkForm(tao_context &context, const char *role, const tao_value_info &info, const tao_tensor &tensor) {
  auto bad = TAO_ERROR_INVALID_ARGUMENT;
  char got[48], expected[48];
  if (tensor.ndim != info.ndim)
    fail(context, bad, "%s '%s' has rank %d, expected %d", role, info.name, tensor.ndim, info.ndim);
  else if (tensor.ndim > 0 && !tensor.shape)
    fail(context, bad, "%s '%s' has no shape", role, info.name);
  else if (!sameDtype(tensor.dtype, info.dtype))
    fail(context, bad, "%s '%s' has dtype %s, expected %s", role, info.name, dtypeName(tensor.dtype, got, sizeof(got)),
         dtypeName(info.dtype, expected, sizeof(expected)));
  else
    return true;
  return false;
}

/// What holds for a tensor whose memory is read or written. Its shape has been checked.
bool checkMemory(tao_context &context, const char *role, const tao_value_info &info, const tao_tensor &tensor,
                 int64_t bytes) {
  auto bad = TAO_ERROR_INVALID_ARGUMENT;
  bool isOnGpu = tensor.device.type == TAO_DEVICE_CUDA && tensor.device.id == context.gpuNumber;
  if (tensor.device.type != TAO_DEVICE_CPU && !isOnGpu && context.gpuNumber >= 0)
    fail(context, bad, "%s '%s' is on device type %d number %d, expected the CPU (%d) or GPU number %d (%d)", role,
         info.name, tensor.device.type, tensor.device.id, TAO_DEVICE_CPU, context.gpuNumber, TAO_DEVICE_CUDA);
  else if (tensor.device.type != TAO_DEVICE_CPU && !isOnGpu)
    fail(context, bad, "%s '%s' is on device type %d, expected the CPU (%d)", role, info.name, tensor.device.type,
         TAO_DEVICE_CPU);
  else if (!compact(tensor))
    fail(context, bad, "%s '%s' is strided, expected row-major and compact", role, info.name);
  else if (bytes > 0 && !tensor.data)
    fail(context, bad, "%s '%s' has no data", role, info.name);
  else if (bytes > 0 && reinterpret_cast<uintptr_t>(dataOf(tensor)) % uint64_t(elementBytes(info.dtype)) != 0)
    fail(context, bad, "%s '%s' is not aligned to its elements of %lld bytes", role, info.name,
         (long long)elementBytes(info.dtype));
  else
    return true;
  return false;
}

/// Checks form and extents that need no symbols, and takes the symbols' values from the extents they are bound to.
bool readShapes(tao_context &context, const tao_tensor *inputs) {
  const tao_image &image = *context.image;
  const tao_model_info &info = *image.info;
  bool good = true;
  for (int32_t i = 0; i < info.num_inputs; ++i) {
    const tao_value_info &value = info.inputs[i];
    if (!checkForm(context, "input", value, inputs[i])) {
      good = false;
      continue;
    }
    bool extentsGood = true;
    for (int32_t d = 0; d < value.ndim; ++d) {
      long long extent = inputs[i].shape[d];
      if (extent < 0)
        fail(context, TAO_ERROR_INVALID_ARGUMENT, "input '%s': dimension %d is negative: %lld", value.name, d, extent);
      else if (value.dims[d].value >= 0 && extent != value.dims[d].value)
        fail(context, TAO_ERROR_INVALID_ARGUMENT, "input '%s': dimension %d is %lld, expected %lld", value.name, d,
             extent, (long long)value.dims[d].value);
      else
        continue;
      extentsGood = false;
    }
    if (extentsGood && tensorBytes(inputs[i].shape, value.ndim, value.dtype) < 0) {
      fail(context, TAO_ERROR_INVALID_ARGUMENT, "input '%s' is larger than memory can be", value.name);
      extentsGood = false;
    }
    good &= extentsGood;
  }
  if (good)
    for (int32_t s = 0; s < info.num_symbols; ++s)
      context.newSymbols[s] = inputs[image.bindings[s].input].shape[image.bindings[s].dim];
  return good;
}

/// Compares the dynamic extents with their expressions, which have been evaluated.
bool checkDynamicExtents(tao_context &context, const tao_tensor *inputs) {
  const tao_image &image = *context.image;
  const tao_model_info &info = *image.info;
  const int32_t *dims = image.input_dims;
  bool good = true;
  for (int32_t i = 0; i < info.num_inputs; ++i) {
    const tao_value_info &value = info.inputs[i];
    for (int32_t d = 0; d < value.ndim; ++d, ++dims) {
      long long extent = inputs[i].shape[d], expected = context.expr(*dims);
      if (extent == expected)
        continue;
      good = false;
      const char *text = value.dims[d].expr;
      const tao_symbol_binding *binding = nullptr;
      for (int32_t s = 0; s < info.num_symbols; ++s)
        if (text && strcmp(text, info.symbols[s]) == 0)
          binding = &image.bindings[s];
      if (binding)
        fail(context, TAO_ERROR_INVALID_ARGUMENT, "inputs '%s' dim %d and '%s' dim %d must both be %s: %lld and %lld",
             info.inputs[binding->input].name, binding->dim, value.name, d, text, expected, extent);
      else
        fail(context, TAO_ERROR_INVALID_ARGUMENT, "input '%s': dimension %d is %lld, expected %s = %lld", value.name, d,
             extent, text ? text : "?", expected);
    }
  }
  return good;
}

/// The relations and sizes that the image states, after the declared shapes were found right.
bool checkSizes(tao_context &context) {
  const tao_image &image = *context.image;
  bool good = true;
  for (int32_t i = 0; i < image.num_checks; ++i) {
    const tao_shape_check &check = image.checks[i];
    long long lhs = context.expr(check.lhs), rhs = context.expr(check.rhs);
    if (check.kind == TAO_CHECK_EQ ? lhs == rhs : lhs >= rhs)
      continue;
    fail(context, TAO_ERROR_INVALID_ARGUMENT, "%s: %lld and %lld", check.message, lhs, rhs);
    good = false;
  }
  const int32_t *dims = image.output_dims;
  const tao_model_info &info = *image.info;
  for (int32_t i = 0; good && i < info.num_outputs; ++i) {
    for (int32_t d = 0; d < info.outputs[i].ndim; ++d) {
      int64_t extent = context.expr(*dims++);
      if (extent >= 0)
        continue;
      fail(context, TAO_ERROR_INVALID_ARGUMENT, "output '%s': dimension %d would be %lld with these input shapes",
           info.outputs[i].name, d, (long long)extent);
      good = false;
    }
  }
  for (int32_t i = 0; good && i < image.num_storages; ++i) {
    int64_t bytes = context.expr(image.storages[i].size_expr);
    if (bytes >= 0 && bytes <= kMaxBytes)
      continue;
    fail(context, TAO_ERROR_INVALID_ARGUMENT, "a value of the model would have %lld bytes with these input shapes",
         (long long)bytes);
    good = false;
  }
  return good;
}

/// Storage of output `index` that the context keeps for a caller who brought none.
void *ownOutput(tao_context &context, int32_t index, int64_t bytes) {
  OwnedOutput &owned = context.ownedOutputs[index];
  if (!owned.data || owned.capacity < bytes) {
    free(owned.data);
    owned = {allocateAligned(bytes), bytes};
  }
  return owned.data;
}

/// An output may share memory with the input it aliases, from the same address on, and with nothing else.
bool checkOverlap(tao_context &context, const tao_tensor *inputs, const tao_tensor *outputs, int32_t output) {
  const tao_model_info &info = *context.image->info;
  const tao_value_info &value = info.outputs[output];
  auto *begin = static_cast<uint8_t *>(dataOf(outputs[output]));
  uint8_t *end = begin + tensorBytes(outputs[output].shape, value.ndim, value.dtype);
  auto overlaps = [&](const tao_tensor &other, tao_dtype dtype) {
    auto *otherBegin = static_cast<uint8_t *>(dataOf(other));
    return begin < otherBegin + tensorBytes(other.shape, other.ndim, dtype) && otherBegin < end;
  };
  for (int32_t i = 0; i < info.num_inputs; ++i) {
    if (!overlaps(inputs[i], info.inputs[i].dtype) || (value.alias == i && dataOf(inputs[i]) == begin))
      continue;
    fail(context, TAO_ERROR_INVALID_ARGUMENT, "output '%s' overlaps input '%s'", value.name, info.inputs[i].name);
    return false;
  }
  for (int32_t i = 0; i < output; ++i) {
    if (!overlaps(outputs[i], info.outputs[i].dtype))
      continue;
    fail(context, TAO_ERROR_INVALID_ARGUMENT, "outputs '%s' and '%s' overlap", info.outputs[i].name, value.name);
    return false;
  }
  return true;
}

/// True when some output may overlap what it must not: all memory in the order of addresses, one look at each piece. An
/// input that an output updates in place counts as the output.
bool mayOverlap(tao_context &context, const tao_tensor *inputs, const tao_tensor *outputs) {
  const tao_model_info &info = *context.image->info;
  size_t count = 0;
  auto add = [&](const tao_tensor &tensor, tao_dtype dtype, bool isOutput) {
    auto *begin = static_cast<uint8_t *>(dataOf(tensor));
    int64_t bytes = tensorBytes(tensor.shape, tensor.ndim, dtype);
    if (bytes > 0)
      context.ranges[count++] = {begin, begin + bytes, isOutput};
  };
  for (int32_t i = 0; i < info.num_inputs; ++i)
    context.isUpdated[i] = false;
  for (int32_t i = 0; i < info.num_outputs; ++i) {
    add(outputs[i], info.outputs[i].dtype, true);
    int32_t alias = info.outputs[i].alias;
    if (alias >= 0 && dataOf(inputs[alias]) == dataOf(outputs[i]))
      context.isUpdated[alias] = true;
  }
  for (int32_t i = 0; i < info.num_inputs; ++i)
    if (!context.isUpdated[i])
      add(inputs[i], info.inputs[i].dtype, false);
  MemoryRange *first = context.ranges.begin(), *last = first + count;
  std::sort(first, last, [](const MemoryRange &a, const MemoryRange &b) { return a.begin < b.begin; });
  const uint8_t *endOfAll = nullptr, *endOfOutputs = nullptr;
  for (const MemoryRange *range = first; range != last; ++range) {
    if (range->begin < (range->isOutput ? endOfAll : endOfOutputs))
      return true;
    endOfAll = maxOf(endOfAll, range->end);
    if (range->isOutput)
      endOfOutputs = maxOf(endOfOutputs, range->end);
  }
  return false;
}

} // namespace

/// The memory of an input without elements, whose own pointer may be anything.
alignas(64) static constinit uint8_t kNothing[kOverread] = {};

tao_status bindInputs(tao_context &context, const tao_tensor *inputs, bool withData) {
  const tao_image &image = *context.image;
  const tao_model_info &info = *image.info;
  if (!readShapes(context, inputs))
    return TAO_ERROR_INVALID_ARGUMENT;
  Array<int64_t> &old = context.symbols, &fresh = context.newSymbols;
  if (!context.bound || !std::equal(fresh.begin(), fresh.end(), old.begin())) {
    context.bound = false;
    std::copy(fresh.begin(), fresh.end(), old.begin());
    image.eval(context.symbols.data(), context.exprs.data());
    // Relations between sizes are checked once per shape: they depend on nothing else.
    if (!checkDynamicExtents(context, inputs) || !checkSizes(context))
      return TAO_ERROR_INVALID_ARGUMENT;
    context.plan = context.arena.plan(image, context.symbols, context.exprs.data());
    if (!context.plan)
      return fail(context, TAO_ERROR_OUT_OF_MEMORY, "run: out of memory while planning the arena");
    context.bound = true;
  } else if (!checkDynamicExtents(context, inputs)) {
    return TAO_ERROR_INVALID_ARGUMENT;
  }
  if (!withData)
    return TAO_OK;
  bool good = true;
  for (int32_t i = 0; i < info.num_inputs; ++i)
    good &= checkMemory(context, "input", info.inputs[i], inputs[i],
                        tensorBytes(inputs[i].shape, info.inputs[i].ndim, info.inputs[i].dtype));
  if (!good)
    return TAO_ERROR_INVALID_ARGUMENT;
  for (int32_t i = 0; i < image.num_storages; ++i)
    if (image.storages[i].kind == TAO_STORAGE_INPUT)
      context.buffers[i] =
          context.expr(image.storages[i].size_expr) > 0 ? dataOf(inputs[image.storages[i].index]) : kNothing;
  return TAO_OK;
}

tao_status bindOutputs(tao_context &context, const tao_tensor *inputs, tao_tensor *outputs,
                       const tao_allocator *allocator) {
  const tao_image &image = *context.image;
  const tao_model_info &info = *image.info;
  const int32_t *dims = image.output_dims;
  bool good = true;
  for (int32_t i = 0; i < info.num_outputs; ++i) {
    const tao_value_info &value = info.outputs[i];
    tao_tensor &output = outputs[i];
    const int32_t *valueDims = dims;
    dims += value.ndim;
    if (!output.data) { // all but the room for its shape is for run to fill in
      output.ndim = value.ndim;
      output.dtype = value.dtype;
      output.device = {TAO_DEVICE_CPU, 0};
      output.strides = nullptr;
      output.byte_offset = 0;
    }
    if (!checkForm(context, "output", value, output)) {
      good = false;
      continue;
    }
    for (int32_t d = 0; d < value.ndim; ++d)
      output.shape[d] = context.expr(valueDims[d]);
    int64_t bytes = tensorBytes(output.shape, value.ndim, value.dtype);
    if (bytes < 0)
      return fail(context, TAO_ERROR_OUT_OF_MEMORY, "output '%s' is larger than memory can be", value.name);
    if (!output.data) {
      output.data = allocator && allocator->allocate ? allocator->allocate(allocator->self, i, size_t(bytes))
                                                     : ownOutput(context, i, bytes);
      if (!output.data && bytes > 0)
        return fail(context, TAO_ERROR_OUT_OF_MEMORY, "output '%s': no memory for %lld bytes", value.name,
                    (long long)bytes);
    }
    good = good && checkMemory(context, "output", value, output, bytes);
  }
  if (good && mayOverlap(context, inputs, outputs))
    for (int32_t i = 0; good && i < info.num_outputs; ++i)
      good = checkOverlap(context, inputs, outputs, i);
  if (!good)
    return TAO_ERROR_INVALID_ARGUMENT;
  for (int32_t i = 0; i < image.num_storages; ++i)
    if (image.storages[i].kind == TAO_STORAGE_OUTPUT)
      context.buffers[i] = dataOf(outputs[image.storages[i].index]);
  return TAO_OK;
}

} // namespace tao::rt
