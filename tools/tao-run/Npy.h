// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NumPy's .npy and .npz files.
//
// bfloat16 has no NumPy type: it is written as void of two bytes ('V2'), which extension packages use too, and read
// from that or from uint16 where a model expects it.
#ifndef TAO_RUN_NPY_H
#define TAO_RUN_NPY_H

#include "Array.h"

namespace tao::run {

/// The arrays of a .npz file by key, or that of a .npy file by the key "". Told apart by content.
NamedArrays readArrays(const std::string &path);

/// Writes through a temporary file beside it, so that a failure leaves the old file or none. A path that ends in .npy
/// takes exactly one array.
void writeArrays(const std::string &path, const std::vector<std::pair<std::string, Array>> &arrays);

/// Writes a new file beside the target and renames it over. What is no file, such as a pipe, takes the bytes itself.
void writeFile(const std::string &path, const std::string &contents);

/// All of a file.
std::vector<uint8_t> readFile(const std::string &path);

} // namespace tao::run

#endif // TAO_RUN_NPY_H
