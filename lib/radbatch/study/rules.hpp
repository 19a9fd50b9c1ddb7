// Rule sets: which image each input of a model takes, written by people as JSON.
//
// An input has alternatives in order of preference; the first that any image of a case meets counts for that
// case. Conditions are on DICOM keywords and derived fields. docs/selection.md explains them, models/schema/
// rules.schema.json describes the file. Read strictly: a key that is half understood would choose another
// series than was meant, and the score would look as good.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "radbatch/base/choices.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/unicode/pattern.hpp"

namespace radbatch {

/// A tree of and, or, not over tests of one field each.
struct Condition {
  enum class Kind { all, any, negation, test };
  enum class Test { one_of, matches, range, present };

  Kind kind = Kind::all;
  std::vector<Condition> parts;  ///< of all, any, negation (one)

  std::string field;
  Test test = Test::one_of;
  std::vector<Json> values;                ///< one_of: texts, numbers, true or false
  std::shared_ptr<const Pattern> pattern;  ///< matches: anywhere in the text, any case, after NFKC
  std::optional<double> low, high;         ///< range, both ends in it
  bool wants_present = true;               ///< present
  bool accepts_absent = false;
};

/// Why the attributes do not meet the condition, in words ("kernel_class is bone, not soft"); empty when they
/// do. A test of a field that is absent fails, or is met with "absent": "accept"; `not` turns the result
/// over. Texts are compared in NFKC without regard to case; one value of several is enough for one_of, every
/// one must lie in a range.
std::string mismatch(const Condition& condition, const Json& attributes);

struct SortKey {
  std::string field;
  bool is_descending = false;
};

struct Alternative {
  std::string name;  ///< for tables; may be empty
  Condition where;   ///< nothing in it: every image
  std::vector<SortKey> sort;
};

/// What a rule set says of one input.
struct InputRules {
  std::vector<Alternative> alternatives;
  std::optional<OnMany> on_many;
  bool takes_localizers = false;
  bool is_required = true;
};

struct RuleSet {
  std::string name;
  std::vector<std::pair<std::string, InputRules>> inputs;
  Json json;  ///< as it was read, for identities
};

/// `place` is put before messages. Throws Error(ExitCode::usage) that names the key and the nearest known
/// one.
InputRules parse_input_rules(const Json& json, const std::string& place);
RuleSet parse_rule_set(const Json& json, const std::string& what);
/// A file, or "preset:NAME". Throws Error(ExitCode::usage).
RuleSet load_rule_set(const std::string& file_or_preset);
/// Names of the presets that come along.
std::vector<std::string> preset_names();
/// The JSON text of a preset, as a start for one's own. Throws Error(ExitCode::usage).
std::string preset_text(const std::string& name);

/// DICOM keywords and derived fields that conditions and sort keys may name.
const std::vector<std::string>& rule_fields();

}  // namespace radbatch
