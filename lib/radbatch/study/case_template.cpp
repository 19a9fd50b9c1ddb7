#include "radbatch/study/case_template.hpp"

#include <array>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace {

/// Calls plain(text) and word(name) for the parts in their order.
template <class Plain, class Word>
void for_parts(const std::string& text, Plain plain, Word word) {
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '{') {
      const std::size_t next = std::min(text.find('{', at), text.size());
      plain(text.substr(at, next - at));
      at = next;
      continue;
    }
    const std::size_t end = text.find('}', at);
    const bool is_closed = end != text.npos && end > at + 1;
    if (!is_closed)
      throw Error(ExitCode::usage, "--case-id: a { without its word and } in '" + printable(text) + "'");
    word(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
}

}  // namespace

void check_case_template(const std::string& text) {
  bool has_word = false;
  for_parts(
      text,
      [&](const std::string& plain) {
        if (is_case_id(plain)) return;
        throw Error(ExitCode::usage,
                    "--case-id: '" + printable(plain) + "' has other characters than A-Z a-z 0-9 . _ -");
      },
      [&](const std::string&) { has_word = true; });
  if (has_word) return;
  throw Error(ExitCode::usage, "--case-id: '" + printable(text) + "' would be the id of every case",
              "use words in braces: {folder}, {file}, DICOM keywords, manifest columns");
}

std::string filled_template(const std::string& text,
                            const std::function<std::string(const std::string&)>& value_of) {
  std::string id;
  for_parts(
      text, [&](const std::string& plain) { id += plain; },
      [&](const std::string& word) {
        const std::string value = value_of(word);
        if (value.empty()) {
          throw Error(ExitCode::usage, "--case-id: a case has no " + printable(word),
                      "words are {folder}, {file}, DICOM keywords of the scan and manifest columns");
        }
        id += encoded_path(value);
      });
  return shortened_id(id);
}

}  // namespace radbatch
