// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights are found wherever tensors are; files cut off or changed anywhere never do more than fail.
#include "compiler/frontend/StripWeights.h"
#include "onnx/onnx-ml.pb.h"
#include "gtest/gtest.h"
#include <random>

namespace {
using tao::RawDataPlace;
using tao::StripResult;
using tao::StripStatus;
using tao::stripWeights;

/// A model with raw data in an initializer, a node's tensor, and a tensor of a subgraph.
std::string makeModel() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  auto *graph = model.mutable_graph();
  graph->add_initializer()->set_raw_data("first weights");
  auto *attribute = graph->add_node()->add_attribute();
  attribute->mutable_t()->set_raw_data("second");
  attribute->mutable_g()->add_initializer()->set_raw_data(std::string(300, 'x'));
  return model.SerializeAsString();
}

std::string bytesAt(const std::string &file, const std::string &raw) {
  auto place = RawDataPlace::decode(raw);
  return place ? file.substr(place->offset, place->length) : "";
}

TEST(StripWeights, ReplacesRawDataByItsPlace) {
  std::string file = makeModel();
  StripResult result = stripWeights(file, 4);
  ASSERT_EQ(result.status, StripStatus::Ok);
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(result.bytes));
  const auto &attribute = model.graph().node(0).attribute(0);
  EXPECT_EQ(bytesAt(file, model.graph().initializer(0).raw_data()), "first weights");
  EXPECT_EQ(bytesAt(file, attribute.t().raw_data()), "second");
  EXPECT_EQ(bytesAt(file, attribute.g().initializer(0).raw_data()), std::string(300, 'x'));
}

TEST(StripWeights, LimitsNesting) {
  onnx::ModelProto model;
  onnx::GraphProto *graph = model.mutable_graph();
  for (int i = 0; i < 3; ++i)
    graph = graph->add_node()->add_attribute()->mutable_g();
  graph->set_name("leaf");
  EXPECT_EQ(stripWeights(model.SerializeAsString(), 3).status, StripStatus::Ok);
  EXPECT_EQ(stripWeights(model.SerializeAsString(), 2).status, StripStatus::TooDeep);
}

TEST(StripWeights, TellsOtherFilesFromDamagedOnes) {
  EXPECT_EQ(stripWeights(std::string("PK\x03\x04"), 4).status, StripStatus::NotOnnx);
  EXPECT_EQ(stripWeights(std::string("\x7f""ELF"), 4).status, StripStatus::NotOnnx);
  std::string file = makeModel();
  StripResult cut = stripWeights(file.substr(0, file.size() - 1), 4);
  EXPECT_EQ(cut.status, StripStatus::Damaged);
  EXPECT_EQ(cut.offset, 2u) << "where the graph's field starts";
}

TEST(StripWeights, SurvivesEveryCutAndRandomChanges) {
  std::string file = makeModel();
  for (size_t length = 1; length < file.size(); ++length)
    stripWeights(file.substr(0, length), 4);
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string changed = file;
    for (int k = 0; k < 3; ++k)
      changed[random() % changed.size()] = static_cast<char>(random());
    StripResult result = stripWeights(changed, 4);
    if (result.status == StripStatus::Ok) {
      onnx::ModelProto model;
      model.ParseFromString(result.bytes);
    }
  }
}
} // namespace
