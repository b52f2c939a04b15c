// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// oneDNN, loaded when the first library call is made. A model whose calls are never reached runs without it.
#ifndef TAO_RUNTIME_ONEDNN_API_H
#define TAO_RUNTIME_ONEDNN_API_H

#include <dnnl.h>
#include <stddef.h>

namespace tao::rt {

#define TAO_DNNL_FUNCTIONS(X)                                                                                          \
  X(dnnl_version)                                                                                                      \
  X(dnnl_engine_create)                                                                                                \
  X(dnnl_engine_destroy)                                                                                               \
  X(dnnl_stream_create)                                                                                                \
  X(dnnl_stream_destroy)                                                                                               \
  X(dnnl_memory_desc_init_by_strides)                                                                                  \
  X(dnnl_memory_desc_equal)                                                                                            \
  X(dnnl_memory_desc_get_size)                                                                                         \
  X(dnnl_memory_create)                                                                                                \
  X(dnnl_memory_destroy)                                                                                               \
  X(dnnl_memory_set_data_handle)                                                                                       \
  X(dnnl_primitive_attr_create)                                                                                        \
  X(dnnl_primitive_attr_destroy)                                                                                       \
  X(dnnl_primitive_attr_set_output_scales)                                                                             \
  X(dnnl_primitive_attr_set_post_ops)                                                                                  \
  X(dnnl_primitive_attr_set_scratchpad_mode)                                                                           \
  X(dnnl_post_ops_create)                                                                                              \
  X(dnnl_post_ops_destroy)                                                                                             \
  X(dnnl_post_ops_append_binary)                                                                                       \
  X(dnnl_post_ops_append_eltwise)                                                                                      \
  X(dnnl_post_ops_append_sum)                                                                                          \
  X(dnnl_matmul_desc_init)                                                                                             \
  X(dnnl_dilated_convolution_forward_desc_init)                                                                        \
  X(dnnl_primitive_desc_create)                                                                                        \
  X(dnnl_primitive_desc_destroy)                                                                                       \
  X(dnnl_primitive_desc_query)                                                                                         \
  X(dnnl_primitive_desc_query_md)                                                                                      \
  X(dnnl_primitive_create)                                                                                             \
  X(dnnl_primitive_destroy)                                                                                            \
  X(dnnl_primitive_execute)                                                                                            \
  X(dnnl_reorder_primitive_desc_create)

/// The C interface of oneDNN 2, by the names of its header.
struct DnnlApi {
#define TAO_DNNL_MEMBER(name) decltype(&::name) name = nullptr;
  TAO_DNNL_FUNCTIONS(TAO_DNNL_MEMBER)
#undef TAO_DNNL_MEMBER

  /// False with the reason in `message`.
  bool load(char *message, size_t bytes);
};

} // namespace tao::rt

#endif // TAO_RUNTIME_ONEDNN_API_H
