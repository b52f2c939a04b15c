// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The register tile of a stitch.dot.
#ifndef TAO_PASSES_SCHEDULE_ONLINE_DOTTILE_H
#define TAO_PASSES_SCHEDULE_ONLINE_DOTTILE_H

#include <cstdint>

namespace tao {

/// So many rows times so many columns of a product of f32 are summed in registers at a time.
struct DotTile {
  int64_t rows = 1, cols = 1;

  /// For a product with `cols` columns, on a machine with vectors of `vectorBytes`: its registers hold the tile, one
  /// row of the right operand, and one element of the left one, and hardly any of the columns are padding.
  static DotTile choose(int64_t vectorBytes, int64_t cols) {
    const int64_t registers = vectorBytes >= 64 ? 32 : 16, lanes = vectorBytes / 4;
    // The widest tiles that still have so many rows that loading the right operand costs nothing.
    const int64_t widest = registers == 32 ? 4 : 2, tallest = 14;
    DotTile best;
    int64_t leastPadded = 0;
    for (int64_t vectors = widest; vectors >= 1; --vectors) {
      int64_t width = vectors * lanes, padded = (cols + width - 1) / width * width;
      int64_t rows = (registers - vectors - 1) / vectors;
      if (leastPadded && padded >= leastPadded)
        continue;
      leastPadded = padded;
      best = {rows < tallest ? rows : tallest, width};
    }
    return best;
  }
};

} // namespace tao
#endif
