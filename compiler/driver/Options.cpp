// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parsing of the command line by the table in Options.def.
#include "compiler/driver/Options.h"
#include "passes/support/UserError.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/StringSaver.h"

using namespace llvm;

namespace tao {

namespace {
constexpr OptionRow kRows[] = {
#define TAO_FLAG(field, name, help) {OptionKind::Flag, name, "", "", "", "", help},
#define TAO_TEXT(field, name, value, initial, help) {OptionKind::Text, name, value, "", initial, "", help},
#define TAO_LIST(field, name, value, help) {OptionKind::List, name, value, "", "", "", help},
#define TAO_NUMBER(field, name, value, initial, help) {OptionKind::Number, name, value, "", #initial, "", help},
#define TAO_CHOICE(field, name, choices, initial, bare, help)                                                          \
  {OptionKind::Choice, name, "", choices, initial, bare, help},
#define TAO_LATER(name) {OptionKind::Later, name, "", "", "", "", ""},
#include "compiler/driver/Options.def"
};

struct ShortForm {
  StringRef text, replacement;
};
constexpr ShortForm kShortForms[] = {
    {"-v", "--verbose"},     {"-h", "--help"},        {"-O0", "--optimize=0"},
    {"-O1", "--optimize=1"}, {"-O2", "--optimize=2"}, {"-O3", "--optimize=3"},
};
constexpr unsigned kMaxResponseDepth = 8;

class Parser {
public:
  Parser(CompileOptions &options, ErrorList &errors) : options(options), errors(errors) {}

  void parse(const std::vector<std::string> &arguments) {
    for (size_t i = 0; i < arguments.size(); ++i) {
      StringRef argument = arguments[i];
      if (argument == "--") {
        for (++i; i < arguments.size(); ++i)
          addInput(arguments[i]);
      } else if (argument == "-o") {
        if (i + 1 == arguments.size())
          usage("option '-o' needs a file name: -o FILE");
        else
          options.output = arguments[++i];
      } else if (argument.starts_with("-o") && !argument.starts_with("--")) {
        options.output = argument.drop_front(2).str();
      } else if (argument.starts_with("-") && argument != "-") {
        parseOption(argument);
      } else {
        addInput(argument);
      }
    }
  }

private:
  void usage(std::string reason, std::string hint = "") {
    errors.add(ErrorCode::Usage, std::move(reason), std::move(hint));
  }

  void addInput(StringRef path) {
    if (!options.input.empty())
      usage("more than one input: '" + options.input + "' and '" + path.str() + "'");
    options.input = path.str();
  }

  void parseOption(StringRef argument) {
    for (const ShortForm &form : kShortForms)
      if (argument == form.text)
        argument = form.replacement;
    auto [name, value] = argument.split('=');
    bool hasValue = argument.contains('=');
    const OptionRow *row = find_if(kRows, [&, n = name](const OptionRow &r) { return n == "--" + r.name.str(); });
    if (row == std::end(kRows))
      return unknown(name);
    if (row->kind == OptionKind::Later)
      return usage("option '" + name.str() + "' is not supported by this version of tao");
    if (row->kind == OptionKind::Flag && hasValue)
      return usage("option '" + name.str() + "' takes no value");
    if (row->kind != OptionKind::Flag && !hasValue && row->bare.empty())
      return usage("option '" + name.str() + "' needs a value: " + name.str() + "=" +
                   (row->choices.empty() ? row->value.str() : row->choices.str()));
    assign(*row, hasValue ? value : StringRef(row->bare));
  }

  void assign(const OptionRow &row, StringRef value) {
    if (row.kind == OptionKind::Choice) {
      SmallVector<StringRef> choices;
      row.choices.split(choices, '|');
      if (!is_contained(choices, value))
        return usage("'" + value.str() + "' is no value of --" + row.name.str() + "; it takes " + row.choices.str());
    }
    int64_t number = 0;
    if (row.kind == OptionKind::Number && (value.getAsInteger(10, number) || number < 0))
      return usage("'" + value.str() + "' is no number, as --" + row.name.str() + " needs");
#define TAO_FLAG(field, n, ...)                                                                                        \
  if (row.name == n)                                                                                                   \
    options.field = true;
#define TAO_TEXT(field, n, ...)                                                                                        \
  if (row.name == n)                                                                                                   \
    options.field = value.str();
#define TAO_LIST(field, n, ...)                                                                                        \
  if (row.name == n)                                                                                                   \
    options.field.push_back(value.str());
#define TAO_NUMBER(field, n, ...)                                                                                      \
  if (row.name == n)                                                                                                   \
    options.field = number;
#define TAO_CHOICE(field, n, ...)                                                                                      \
  if (row.name == n)                                                                                                   \
    options.field = value.str();
#include "compiler/driver/Options.def"
  }

  void unknown(StringRef name) {
    StringRef best;
    unsigned bestDistance = std::max<unsigned>(2, name.size() / 4) + 1;
    for (const OptionRow &row : kRows) {
      std::string full = "--" + row.name.str();
      unsigned distance = name.edit_distance(full, /*AllowReplacements=*/true, bestDistance);
      if (row.kind != OptionKind::Later && distance < bestDistance) {
        best = row.name;
        bestDistance = distance;
      }
    }
    usage("unknown option '" + name.str() + "'",
          best.empty() ? "taoc --help lists the options" : "did you mean '--" + best.str() + "'?");
  }

  CompileOptions &options;
  ErrorList &errors;
};

/// Replaces @file by the words in it.
bool expandResponseFiles(const std::vector<std::string> &arguments, unsigned depth, std::vector<std::string> &expanded,
                         ErrorList &errors) {
  for (const std::string &argument : arguments) {
    if (argument.size() < 2 || argument[0] != '@') {
      expanded.push_back(argument);
      continue;
    }
    auto file = MemoryBuffer::getFile(argument.substr(1));
    if (!file || depth == kMaxResponseDepth) {
      errors.add(ErrorCode::Usage, "response file '" + argument.substr(1) + "' " +
                                       (file ? "nests too deeply" : "cannot be read: " + file.getError().message()));
      return false;
    }
    BumpPtrAllocator allocator;
    StringSaver saver(allocator);
    SmallVector<const char *> words;
    cl::TokenizeGNUCommandLine((*file)->getBuffer(), saver, words);
    if (!expandResponseFiles(std::vector<std::string>(words.begin(), words.end()), depth + 1, expanded, errors))
      return false;
  }
  return true;
}
} // namespace

ArrayRef<OptionRow> getOptionRows() { return kRows; }

bool parseOptions(const std::vector<std::string> &arguments, CompileOptions &options, ErrorList &errors) {
  std::vector<std::string> expanded;
  if (expandResponseFiles(arguments, 0, expanded, errors))
    Parser(options, errors).parse(expanded);
  return errors.empty();
}

void printHelp(raw_ostream &os) {
  os << "Usage: taoc MODEL -o FILE [options]\n\n"
        "Compiles an ONNX model (.onnx), or a stage of one (.mlir), to a shared library.\n\nOptions:\n";
  for (const OptionRow &row : kRows) {
    if (row.kind == OptionKind::Later)
      continue;
    std::string left = "--" + row.name.str(), value = (row.choices.empty() ? row.value : row.choices).str();
    if (!value.empty())
      left += row.bare.empty() ? "=" + value : "[=" + value + "]";
    os << "  " << left;
    if (left.size() > 30)
      os << "\n" << std::string(34, ' ');
    else
      os << std::string(32 - left.size(), ' ');
    os << row.help;
    if (!row.initial.empty())
      os << " (default " << row.initial << ")";
    os << "\n";
  }
  os << "  @FILE" << std::string(27, ' ') << "read further arguments from a file\n\nPhases, in order:\n";
  printPhases(os);
  os << "\nExit codes: 0 ok, 1 the model, 2 usage, 3 internal, 4 input/output.\n";
}

} // namespace tao
