// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Edits of ONNX models that leave a well-formed model: every value that is used is defined.
#ifndef TAO_COMPILER_REDUCE_ONNXEDIT_H
#define TAO_COMPILER_REDUCE_ONNXEDIT_H

#include "onnx/onnx-ml.pb.h"
#include "passes/support/UserError.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <string>
#include <vector>

namespace tao {

/// Types of values by name, as far as they are known.
using ValueTypes = llvm::StringMap<onnx::TypeProto>;

/// Reads a model, with external data brought into it. Null with an error added on failure.
std::unique_ptr<onnx::ModelProto> loadModel(const std::string &path, ErrorList &errors);

/// The main graph and the graphs in attributes of nodes, outer ones first.
std::vector<onnx::GraphProto *> getGraphs(onnx::ModelProto &model);
int64_t countNodes(const onnx::ModelProto &model);

/// Names that nodes of the graph, of graphs inside it, and its outputs use.
llvm::StringSet<> getUses(const onnx::GraphProto &graph);

/// Drops nodes, initializers, functions, and, unless they are to stay, inputs from which no output follows.
void dropDead(onnx::ModelProto &model, bool keepInputs);

/// Drops documentation, names of the producer and declared types of inner values.
void dropMetadata(onnx::ModelProto &model);

/// Makes Constant nodes that hold a tensor initializers, which other edits understand.
void liftConstants(onnx::ModelProto &model);

/// Keeps the first `count` nodes; the outputs are what these define and do not use themselves.
void cutAfter(onnx::GraphProto &graph, int count);

/// What stands for the results of a dropped node.
enum class Replacement {
  Input,        // an input of the graph where the type is known, else as FirstOperand
  FirstOperand, // the node's first operand
  SecondOperand // its second, if it has one
};
/// Drops nodes [begin, end) of the main graph, or, with `types` null, of an inner one, which takes no inputs. False
/// when some result can be replaced by nothing.
bool dropNodes(onnx::GraphProto &graph, int begin, int end, Replacement replacement, const ValueTypes *types);

/// The tensor with another shape: its elements repeat or end early. False for kinds of data that are not understood.
bool resize(onnx::TensorProto &tensor, llvm::ArrayRef<int64_t> dims);
int64_t countElements(const onnx::TensorProto &tensor);
/// Sets every element to zero. False for kinds of data that are not understood.
bool fillWithZeros(onnx::TensorProto &tensor);
/// The type of an initializer.
onnx::TypeProto getType(const onnx::TensorProto &tensor);

} // namespace tao
#endif
