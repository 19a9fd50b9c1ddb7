// The character set of an object that is made for a study: the study's own, wherever its names and our words
// fit it together. Internal to the module.
#pragma once

#include <span>
#include <string>

namespace radbatch {

/// Decides once for all texts of the new object and then converts each.
///
/// The source's bytes and its SpecificCharacterSet are kept. A source that has none, or a wrong one, gets the
/// one by which its text can be read (charset.hpp): GB18030 or UTF-8. Words of ours that are not ASCII are
/// written in GB18030, GBK or UTF-8 where the source is in one of these; where they or the source's own
/// texts do not go together, everything becomes UTF-8 (ISO_IR 192).
class ObjectText {
 public:
  /// `source` is bytes as stored, `own` UTF-8.
  ObjectText(std::string character_set, std::span<const std::string> source,
             std::span<const std::string> own);

  /// SpecificCharacterSet of the new object; empty: it needs none.
  const std::string& character_set() const { return character_set_; }
  std::string copied(const std::string& bytes) const;
  std::string own(const std::string& utf8) const;

 private:
  std::string source_set_;
  std::string character_set_;
  bool is_converted_ = false;  ///< the source's text becomes UTF-8
};

}  // namespace radbatch
