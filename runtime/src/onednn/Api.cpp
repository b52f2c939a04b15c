// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loading oneDNN; see Api.h.
#include "Api.h"

#include <dlfcn.h>
#include <stdio.h>

namespace tao::rt {

bool DnnlApi::load(char *message, size_t bytes) {
  // The soname carries the major version, and the C interface of 3 differs. Never unloaded: its threads live on.
  void *library = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    const char *reason = dlerror();
    snprintf(
        message, bytes,
        "oneDNN 2 (libdnnl.so.2) cannot be loaded: %s; on Debian and Ubuntu the package libdnnl2 has it, elsewhere "
        "put the folder of the library into LD_LIBRARY_PATH",
        reason ? reason : "not found");
    return false;
  }
#define TAO_DNNL_LOOKUP(symbol)                                                                                        \
  symbol = reinterpret_cast<decltype(symbol)>(dlsym(library, #symbol));                                                \
  if (!symbol) {                                                                                                       \
    snprintf(message, bytes, "libdnnl.so.2 lacks the function %s", #symbol);                                           \
    return false;                                                                                                      \
  }
  TAO_DNNL_FUNCTIONS(TAO_DNNL_LOOKUP)
#undef TAO_DNNL_LOOKUP
  const dnnl_version_t *version = dnnl_version();
  // Descriptors are plain structs whose size is part of the interface.
  if (version->major != DNNL_VERSION_MAJOR || version->minor < DNNL_VERSION_MINOR) {
    snprintf(message, bytes, "libdnnl.so.2 is oneDNN %d.%d.%d, but the model was compiled against %d.%d",
             version->major, version->minor, version->patch, DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR);
    return false;
  }
  return true;
}

} // namespace tao::rt
