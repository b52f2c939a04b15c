// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler's command line; everything is in the library, see compiler/driver.
#include "compiler/include/tao/Compiler.h"

int main(int argc, char **argv) { return tao::taocMain(argc, argv); }
