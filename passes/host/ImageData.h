// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constant data of the image: the C structs of model_abi.h as LLVM types, and values of them on their way to globals.
#ifndef TAO_PASSES_HOST_IMAGEDATA_H
#define TAO_PASSES_HOST_IMAGEDATA_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"
#include <map>

namespace tao {

/// The struct of this C name, such as "tao_launch", with the members of model_abi.h in order. Layout is the target's
/// natural one, as in C; a unit test compares all offsets.
mlir::LLVM::LLVMStructType getAbiStruct(mlir::MLIRContext *context, llvm::StringRef name);
/// C names of all structs above.
llvm::ArrayRef<llvm::StringRef> getAbiStructNames();

/// One constant: a number, an address, or an aggregate of constants.
struct Datum {
  mlir::Type type;
  mlir::Attribute value;    // numbers, and arrays of i32 as one attribute
  std::string symbol;       // address of this global; empty with a pointer type: null
  std::vector<Datum> parts; // aggregates
};

/// Makes constants, and globals out of them at the end of a module.
class ImageBuilder {
public:
  /// Names of globals begin with `prefix`.
  ImageBuilder(mlir::ModuleOp module, mlir::Location loc, llvm::StringRef prefix = "host");

  Datum integer(int64_t value, unsigned bits = 32);
  Datum real(float value);
  Datum null();
  Datum address(llvm::StringRef symbol);
  /// An array member of a struct, filled up with zeros.
  Datum array(llvm::ArrayRef<int32_t> values, size_t size);
  Datum record(llvm::StringRef structName, std::vector<Datum> parts);

  /// Addresses of constants that are globals of their own; equal strings and number arrays are one global. Empty arrays
  /// are null.
  Datum string(llvm::StringRef text);
  Datum numbers(llvm::ArrayRef<int32_t> values);
  Datum records(llvm::StringRef structName, std::vector<Datum> elements);
  Datum addresses(std::vector<Datum> elements);

  /// An internal constant global.
  mlir::LLVM::GlobalOp global(llvm::StringRef name, const Datum &datum);

private:
  mlir::Value emit(const Datum &datum);
  Datum aggregate(mlir::Type elementType, std::vector<Datum> elements, llvm::StringRef kind);
  std::string fresh(llvm::StringRef kind) { return (prefix + "." + kind + "." + llvm::Twine(counter++)).str(); }

  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::Type pointer;
  std::string prefix;
  std::map<std::string, std::string> strings;             // text -> global
  std::map<std::vector<int32_t>, std::string> numberSets; // values -> global
  int64_t counter = 0;
};

} // namespace tao
#endif
