// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files beneath a folder: what may be opened, by the kernel's check and by the walk that replaces it.
#include "compiler/frontend/MappedFile.h"
#include "gtest/gtest.h"
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace {
using tao::MappedFile;
using Kind = MappedFile::BeneathError;
namespace fs = std::filesystem;

class Beneath : public testing::TestWithParam<bool> {
protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("tao-beneath-" + std::to_string(getpid()) + (GetParam() ? "-kernel" : "-walk"));
    fs::create_directories(folder / "model" / "data");
    std::ofstream(folder / "secret") << "secret";
    std::ofstream(folder / "model" / "weights") << "weights";
    std::ofstream(folder / "model" / "data" / "more") << "more";
  }
  void TearDown() override { fs::remove_all(folder); }

  Kind open(const std::string &relative) {
    Kind kind;
    std::string error;
    file = MappedFile::openBeneath((folder / "model").string(), relative, kind, error, GetParam());
    EXPECT_EQ(file != nullptr, kind == Kind::None) << relative;
    EXPECT_EQ(file == nullptr, !error.empty()) << relative;
    return kind;
  }
  std::string text() const { return std::string(file->bytes().begin(), file->bytes().end()); }

  fs::path folder;
  std::shared_ptr<const MappedFile> file;
};

TEST_P(Beneath, OpensFilesInsideTheFolder) {
  ASSERT_EQ(open("weights"), Kind::None);
  EXPECT_EQ(text(), "weights");
  ASSERT_EQ(open("./data//more"), Kind::None);
  EXPECT_EQ(text(), "more");
}

TEST_P(Beneath, RefusesPathsThatLeave) {
  EXPECT_EQ(open("../secret"), Kind::Escapes);
  EXPECT_EQ(open("data/../../secret"), Kind::Escapes);
  EXPECT_EQ(open((folder / "secret").string()), Kind::Escapes);
}

TEST_P(Beneath, RefusesLinksThatLeave) {
  fs::create_symlink("../secret", folder / "model" / "link");
  fs::create_directory_symlink("..", folder / "model" / "up");
  EXPECT_EQ(open("link"), Kind::Escapes);
  EXPECT_NE(open("up/secret"), Kind::None);
}

TEST_P(Beneath, RefusesWhatIsNoFile) {
  ASSERT_EQ(mkfifo((folder / "model" / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(open("pipe"), Kind::Escapes);
  EXPECT_EQ(open("data"), Kind::Escapes);
}

TEST_P(Beneath, ReportsMissingFiles) { EXPECT_EQ(open("absent"), Kind::CannotOpen); }

INSTANTIATE_TEST_SUITE_P(KernelAndWalk, Beneath, testing::Bool());

TEST(MappedFile, OpensEmptyFilesAndRefusesFolders) {
  fs::path path = fs::temp_directory_path() / ("tao-mapped-" + std::to_string(getpid()));
  { std::ofstream touch(path); }
  std::string error;
  auto file = MappedFile::open(path.string(), error);
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->bytes().empty());
  fs::remove(path);
  EXPECT_FALSE(MappedFile::open(fs::temp_directory_path().string(), error));
  EXPECT_EQ(error, "Is a directory");
}
} // namespace
