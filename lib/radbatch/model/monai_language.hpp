// MONAI's configuration language, as far as it can be read without running Python.
//
// A bundle's inference.json is a program: "@id" refers to another entry, "$..." is Python. radbatch follows
// references and a closed list of harmless expressions, and refuses every other one by the key where it is
// written: a value that is guessed is a score that is silently wrong. Of MONAI 1.6: bundle/config_parser.py,
// bundle/reference_resolver.py, bundle/config_item.py.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// Parses JSON as Python's json module writes it: NaN, Infinity and -Infinity outside of texts become the
/// texts "NaN", "Infinity" and "-Infinity", which no number is read from. Throws Error(ExitCode::usage) that
/// names `what`.
Json parse_python_json(std::string_view text, const std::string& what);

/// One entry of a configuration and where it is written: "preprocessing::transforms::3".
struct MonaiItem {
  Json value;  ///< as written, references not followed
  std::string id;
};

class MonaiLanguage {
 public:
  /// `file` begins every message. Keeps a reference to the configuration.
  MonaiLanguage(const Json& config, std::string file) : config_(config), file_(std::move(file)) {}

  bool has(const std::string& id) const;
  /// The transforms under `id`: a list, a Compose, a reference to one, or lists joined by "$@a + @b"; a
  /// Compose among them is taken apart, what is `_disabled_` is left out. Throws Error(ExitCode::usage).
  std::vector<MonaiItem> components(const std::string& id);
  /// The value with every reference followed: "@id", "%id", "@id::key::0" (or # for ::, and relative ids); of
  /// expressions "$@id", "$@a + @b" (lists), "$not @id", "$torch.float32" and the like (as the text without
  /// $), and literals of numbers, lists, True, False and None. Throws Error(ExitCode::usage) that names the
  /// key.
  Json resolved(const Json& value, const std::string& id);

  /// "configs/inference.json: id: problem"; tells which entry led there.
  [[noreturn]] void refuse(const std::string& id, const std::string& problem,
                           const std::string& hint = {}) const;

 private:
  class Visit;
  const Json* find(const std::string& id) const;
  const Json& at(const std::string& target, const std::string& from) const;
  void add_components(const Json& value, const std::string& id, std::vector<MonaiItem>& all);
  void add_component(const Json& value, const std::string& id, std::vector<MonaiItem>& all);
  Json expression(const std::string& text, const std::string& id);
  Json joined(const std::vector<std::string>& targets, const std::string& id);

  const Json& config_;
  std::string file_;
  std::vector<std::string> path_;  ///< entries whose references are being followed
};

}  // namespace radbatch
