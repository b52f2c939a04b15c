// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constant tensors of an ONNX file as MLIR attributes, without copying what the file holds in the right form.
#ifndef TAO_COMPILER_FRONTEND_ONNXTENSOR_H
#define TAO_COMPILER_FRONTEND_ONNXTENSOR_H

#include "compiler/frontend/MappedFile.h"
#include "llvm/ADT/StringMap.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "onnx/onnx-ml.pb.h"
#include "passes/support/UserError.h"

namespace tao {

/// The element type for an ONNX data type; null for those that tao does not have.
mlir::Type getElementType(mlir::MLIRContext *context, int32_t dataType);
/// "float16", as the ONNX documentation writes it.
std::string getDataTypeName(int32_t dataType);

class TensorReader {
public:
  /// `model` is the file that raw_data places refer to, in `folder`.
  TensorReader(mlir::MLIRContext *context, std::shared_ptr<const MappedFile> model, std::string folder, int64_t maxRank)
      : context(context), model(std::move(model)), folder(std::move(folder)), maxRank(maxRank) {}

  /// The tensor's value. On failure null, and `error` has code and reason; `what` names the tensor in it.
  mlir::ElementsAttr read(const onnx::TensorProto &tensor, llvm::StringRef what, UserError &error);

private:
  mlir::ElementsAttr readExternal(const onnx::TensorProto &tensor, mlir::RankedTensorType type, int64_t size,
                                  llvm::StringRef what, UserError &error);
  mlir::ElementsAttr readTyped(const onnx::TensorProto &tensor, mlir::RankedTensorType type, llvm::StringRef what,
                               UserError &error);
  /// A constant over bytes of `owner`.
  mlir::ElementsAttr fromBytes(mlir::RankedTensorType type, llvm::ArrayRef<char> bytes,
                               std::shared_ptr<const MappedFile> owner, llvm::StringRef name);

  mlir::MLIRContext *context;
  std::shared_ptr<const MappedFile> model;
  std::string folder;
  int64_t maxRank;
  llvm::StringMap<std::shared_ptr<const MappedFile>> externalFiles;
};

} // namespace tao
#endif
