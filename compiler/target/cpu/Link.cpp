// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Link.h. The linker is ld.lld as a process; everything else it needs is found from where this library lies and
// from what the process itself has loaded, so that no compiler or SDK has to be installed.
#include "compiler/target/cpu/Link.h"
#include "compiler/target/cpu/WeightsObject.h"
#include "runtime/include/tao/model_abi.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include <dlfcn.h>
#include <link.h>

using namespace llvm;

namespace tao {

namespace {
/// Files that vanish with this object or with the process, unless released.
class TempFiles {
public:
  explicit TempFiles(StringRef beside) : prefix(beside.str() + ".tmp-") {}
  ~TempFiles() {
    for (const std::string &path : paths) {
      sys::fs::remove(path);
      sys::DontRemoveFileOnSignal(path);
    }
  }
  /// Creates a file; on failure the error is reported and the path empty.
  std::string create(StringRef suffix, int &fd, ErrorList &errors) {
    SmallString<128> path;
    if (std::error_code code = sys::fs::createUniqueFile(prefix + "%%%%%%%%" + suffix, fd, path)) {
      errors.add(ErrorCode::CannotWrite,
                 "cannot create '" + std::string(path.empty() ? prefix : path.str()) + "': " + code.message());
      return "";
    }
    sys::RemoveFileOnSignal(path);
    paths.push_back(path.str().str());
    return paths.back();
  }
  void release(StringRef path) {
    sys::DontRemoveFileOnSignal(path);
    llvm::erase(paths, path);
  }

private:
  std::string prefix;
  std::vector<std::string> paths;
};

/// Writes a new temporary file; the path is empty on failure.
std::string writeTemp(TempFiles &temps, StringRef suffix, function_ref<void(raw_ostream &)> write, ErrorList &errors) {
  int fd;
  std::string path = temps.create(suffix, fd, errors);
  if (path.empty())
    return path;
  raw_fd_ostream os(fd, /*shouldClose=*/true);
  write(os);
  os.close();
  if (os.has_error()) {
    errors.add(ErrorCode::CannotWrite, "cannot write '" + path + "': " + os.error().message());
    os.clear_error();
    return "";
  }
  return path;
}

/// The path to write for `path`: what a symbolic link points to.
std::string resolveLinks(StringRef path) {
  SmallString<128> real;
  return sys::fs::real_path(path, real) ? path.str() : real.str().str();
}

bool renameTo(TempFiles &temps, StringRef from, StringRef to, ErrorList &errors) {
  if (std::error_code code = sys::fs::rename(from, to)) {
    errors.add(ErrorCode::CannotWrite, "cannot write '" + to.str() + "': " + code.message());
    return false;
  }
  temps.release(from);
  return true;
}

/// Paths of libc, libm and the dynamic linker, as this process uses them.
std::vector<std::string> findSystemLibraries() {
  std::map<std::string, std::string> found;
  dl_iterate_phdr(
      [](dl_phdr_info *info, size_t, void *data) {
        StringRef path(info->dlpi_name), name = sys::path::filename(path);
        if (name == "libc.so.6" || name == "libm.so.6" || name.starts_with("ld-linux"))
          (*static_cast<std::map<std::string, std::string> *>(data))[name.str()] = path.str();
        return 0;
      },
      &found);
  std::vector<std::string> paths;
  for (const auto &[name, path] : found)
    paths.push_back(path);
  return paths;
}

/// libtao_runtime.a beside this library.
std::string findRuntime(ErrorList &errors) {
  Dl_info info;
  SmallString<128> path;
  if (dladdr(reinterpret_cast<const void *>(&findRuntime), &info) && !sys::fs::real_path(info.dli_fname, path)) {
    sys::path::remove_filename(path);
    sys::path::append(path, "libtao_runtime.a");
    if (sys::fs::exists(path))
      return path.str().str();
  }
  errors.add(ErrorCode::LinkFailed, "the runtime library '" + path.str().str() + "' is missing", "reinstall tao");
  return "";
}

std::string findLinker(ErrorList &errors) {
  if (sys::fs::can_execute(TAO_LLD))
    return TAO_LLD;
  for (StringRef name : {"ld.lld-22", "ld.lld"})
    if (ErrorOr<std::string> path = sys::findProgramByName(name))
      return *path;
  errors.add(ErrorCode::LinkFailed, "no linker: looked for " TAO_LLD ", then for ld.lld-22 and ld.lld in PATH",
             "install the package lld-22");
  return "";
}

bool runLinker(ArrayRef<std::string> command, TempFiles &temps, ErrorList &errors) {
  int fd;
  std::string log = temps.create(".log", fd, errors);
  if (log.empty())
    return false;
  raw_fd_ostream(fd, /*shouldClose=*/true).flush();
  SmallVector<StringRef> arguments(command.begin(), command.end());
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(log), StringRef(log)};
  std::string message;
  int status = sys::ExecuteAndWait(command[0], arguments, std::nullopt, redirects, 0, 0, &message);
  if (status == 0)
    return true;
  if (auto text = MemoryBuffer::getFile(log))
    message += (*text)->getBuffer().str();
  UserError error;
  error.code = ErrorCode::LinkFailed;
  error.reason = "ld.lld failed";
  SmallVector<StringRef> lines;
  StringRef(message).split(lines, '\n', 8, /*KeepEmpty=*/false);
  for (StringRef line : lines)
    error.details.push_back(line.split('\n').first.str());
  errors.add(std::move(error));
  return false;
}
} // namespace

/// The linked library with its weights, as a new temporary file; empty on failure.
static std::string appendWeights(TempFiles &temps, StringRef linked, const WeightPlan &weights, ErrorList &errors) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(linked, /*IsText=*/false,
                                                                      /*RequiresNullTerminator=*/false);
  if (!file) {
    errors.add(ErrorCode::LinkFailed, "cannot read '" + linked.str() + "': " + file.getError().message());
    return "";
  }
  StringRef bytes = (*file)->getBuffer();
  SmallVector<char, 0> library(bytes.begin(), bytes.end());
  std::optional<uint64_t> offset = placeWeights(library, weights);
  if (!offset) {
    errors.add(ErrorCode::LinkFailed, "ld.lld has not given the weights a segment of their own");
    return "";
  }
  auto write = [&](raw_ostream &os) {
    os.write(library.data(), library.size());
    if (*offset == 0)
      return;
    os.write_zeros(*offset - library.size());
    weights.forEachPiece([&](ArrayRef<char> piece) {
      os.write(piece.data(), piece.size());
      return true;
    });
  };
  std::string path = writeTemp(temps, ".so", write, errors);
  // The linker has given its result the permissions of a library.
  if (ErrorOr<sys::fs::perms> permissions = sys::fs::getPermissions(linked); permissions && !path.empty())
    sys::fs::setPermissions(path, *permissions);
  return path;
}

bool linkModel(ArrayRef<SmallVector<char, 0>> objects, const WeightPlan &weights, const LinkOptions &options,
               ErrorList &errors) {
  std::string output = resolveLinks(options.output);
  if (sys::fs::exists(output) && !sys::fs::is_regular_file(output)) {
    errors.add(ErrorCode::CannotWrite, "cannot write '" + options.output + "': not a regular file");
    return false;
  }
  std::string linker = findLinker(errors), runtime = findRuntime(errors);
  if (linker.empty() || runtime.empty())
    return false;

  TempFiles temps(output);
  std::vector<std::string> command = {linker, "--build-id=none", "-znoexecstack"};
  if (options.relocatable) {
    command.push_back("-r");
  } else {
    llvm::append_values(command, std::string("-shared"), std::string("--gc-sections"),
                        std::string(options.mayLackSymbols ? "-zundefs" : "--no-undefined"),
                        std::string("--strip-debug"), std::string("--hash-style=gnu"), std::string("-zrelro"),
                        std::string("-znow"), std::string("--undefined=" TAO_MODEL_QUERY_SYMBOL));
    // Nothing but the query may be seen from outside, whatever an object declares.
    command.push_back("--version-script=" +
                      writeTemp(
                          temps, ".map",
                          [](raw_ostream &os) { os << "{ global: " TAO_MODEL_QUERY_SYMBOL "; local: *; };\n"; },
                          errors));
  }
  for (const SmallVector<char, 0> &object : objects)
    command.push_back(writeTemp(temps, ".o", [&](raw_ostream &os) { os.write(object.data(), object.size()); }, errors));
  bool placesWeights = weights.bytes > 0 && !options.relocatable;
  if (weights.bytes > 0)
    command.push_back(
        writeTemp(temps, ".o", [&](raw_ostream &os) { writeWeightsObject(weights, !placesWeights, os); }, errors));
  if (placesWeights)
    command.push_back("--script=" + writeTemp(temps, ".ld", [](raw_ostream &os) { os << kWeightsScript; }, errors));
  int fd;
  std::string result = temps.create(".so", fd, errors);
  if (!errors.empty())
    return false;
  raw_fd_ostream(fd, /*shouldClose=*/true).flush();
  llvm::append_values(command, std::string("-o"), result);
  if (!options.relocatable) {
    llvm::append_values(command, runtime, std::string("--as-needed"));
    llvm::append_range(command, findSystemLibraries());
  }
  if (!options.saveTemps.empty())
    for (auto [i, object] : llvm::enumerate(objects))
      if (!writeFileAtomically(
              options.saveTemps + "." + std::to_string(i) + ".o",
              [&](raw_ostream &os) { os.write(object.data(), object.size()); }, errors))
        return false;
  if (!runLinker(command, temps, errors))
    return false;
  if (placesWeights)
    result = appendWeights(temps, result, weights, errors);
  return !result.empty() && renameTo(temps, result, output, errors);
}

bool writeFileAtomically(StringRef path, function_ref<void(raw_ostream &)> write, ErrorList &errors) {
  std::string output = path == "-" ? "-" : resolveLinks(path);
  // A pipe or a device is written as it comes.
  if (path == "-" || (sys::fs::exists(output) && !sys::fs::is_regular_file(output))) {
    std::error_code code;
    raw_fd_ostream os(output, code);
    if (!code) {
      write(os);
      os.flush();
      code = os.error();
      os.clear_error();
    }
    if (code)
      errors.add(ErrorCode::CannotWrite, "cannot write '" + path.str() + "': " + code.message());
    return !code;
  }
  TempFiles temps(output);
  std::string temp = writeTemp(temps, "", write, errors);
  return !temp.empty() && renameTo(temps, temp, output, errors);
}

} // namespace tao
