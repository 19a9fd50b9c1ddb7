// Strict reading of one JSON object of a bundle: every key known, every value of the right type, every
// complaint with the place ("radbatch.json: heads[0].activation").
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// Keeps a reference to the object. Every member throws Error(ExitCode::model).
class Fields {
 public:
  /// `where` is put before every message. Throws when `object` is no object or has a key that is not `known`,
  /// naming the nearest known one.
  Fields(const Json& object, std::string where, std::vector<std::string> known);

  bool has(const std::string& key) const;
  const Json& at(const std::string& key) const;  ///< throws when missing
  std::string text(const std::string& key) const;
  std::string text(const std::string& key, const std::string& fallback) const;
  /// A text that is one of `allowed`; its position in that list.
  std::size_t choice(const std::string& key, const std::vector<std::string>& allowed) const;
  bool flag(const std::string& key, bool fallback) const;
  double number(const std::string& key) const;
  std::uint64_t count(const std::string& key, std::uint64_t fallback) const;
  const Json& list(const std::string& key) const;                ///< throws when missing, empty or no array
  std::vector<std::string> texts(const std::string& key) const;  ///< empty when missing
  /// A list of at least one number.
  std::vector<double> numbers(const std::string& key) const;
  /// One integer or a list of them.
  std::vector<int> integers(const std::string& key) const;
  /// [low, high] with low <= high, or nothing when missing or null.
  std::optional<std::pair<double, double>> range(const std::string& key) const;

  /// "radbatch.json: heads[0].activation": for messages and for reading what is inside.
  std::string place(const std::string& key) const;
  [[noreturn]] void refuse(const std::string& key, const std::string& problem,
                           const std::string& hint = {}) const;

 private:
  const Json& object_;
  std::string where_;
};

}  // namespace radbatch
