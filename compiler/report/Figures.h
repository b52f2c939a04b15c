// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Figures as people read them, alike in all forms of the report.
#ifndef TAO_COMPILER_REPORT_FIGURES_H
#define TAO_COMPILER_REPORT_FIGURES_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace tao {

/// "1.23 MB": three digits and a decimal prefix. Counts below a thousand are exact.
std::string withPrefix(int64_t number, llvm::StringRef unit);
/// "3.42x": how far a sum is from the least possible, which is above 0.
std::string ratio(int64_t sum, int64_t least);
/// "1 kernel", "2 kernels".
std::string countOf(int64_t number, llvm::StringRef noun);
/// A name may come from a file and hold any bytes; JSON, HTML and DOT are UTF-8.
std::string toUtf8(llvm::StringRef text);

} // namespace tao
#endif
