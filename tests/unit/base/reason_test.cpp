#include "radbatch/base/reason.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace radbatch;

// Scripts filter on these and papers count them: a line here changes only on purpose, and never for a
// released code.
constexpr std::string_view golden = R"(E_NOT_IMAGE skipped final
E_EMPTY_FILE failed final
E_NOT_SELECTED skipped final
E_TRUNCATED_PIXELS failed final
E_BAD_HEADER failed final
E_TRANSFER_SYNTAX refused final
E_PHOTOMETRIC refused final
E_TOO_LARGE refused final
E_DECODER_CRASH failed retried
E_DECODER_TIMEOUT failed retried
E_MIXED_ORIENTATION refused final
E_SLICE_GAP refused final
E_DUPLICATE_SLICES refused final
E_GANTRY_TILT refused final
E_MODALITY skipped final
E_DIMENSION refused final
E_SPACING refused final
E_CHANNELS refused final
E_RANGE refused final
E_NO_SERIES skipped final
E_MANY_SERIES refused final
E_MISSING_INPUT refused final
E_NONFINITE failed final
E_PREPARE refused final
E_PLAN_MISMATCH refused final
E_MODEL_OUTPUT failed final
E_MODEL_CRASH failed retried
E_CASE_TIMEOUT failed retried
E_OUT_OF_MEMORY failed retried
E_IO failed retried
E_FILE_CHANGED failed retried
E_ARCHIVE failed final
E_UPSTREAM interrupted retried
E_INTERRUPTED interrupted retried
E_FRAME_OF_REFERENCE refused final
)";

TEST_CASE("the reason table: code, status, final or retried") {
  std::string table;
  for (const ReasonInfo& entry : reasons()) {
    table += std::string(entry.code) + " " + std::string(name(entry.status)) +
             (entry.transient ? " retried\n" : " final\n");
  }
  CHECK(table == golden);
}

TEST_CASE("every code is unique, spelled E_UPPER_CASE, explained and advised in sentences") {
  std::set<std::string_view> codes;
  for (const ReasonInfo& entry : reasons()) {
    CAPTURE(entry.code);
    CHECK(codes.insert(entry.code).second);
    CHECK(entry.code.starts_with("E_"));
    CHECK(entry.code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string_view::npos);
    CHECK(entry.meaning.ends_with('.'));
    CHECK(entry.advice.ends_with('.'));
    CHECK(entry.advice.find("TODO") == std::string_view::npos);
  }
}

TEST_CASE("codes lead back to their reason, in any letter case") {
  for (const ReasonInfo& entry : reasons()) CHECK(find_reason(entry.code) == entry.reason);
  CHECK(find_reason("e_io") == Reason::io);
  CHECK(find_reason("E_I") == std::nullopt);
  CHECK(find_reason("") == std::nullopt);
  CHECK(code(Reason::slice_gap) == "E_SLICE_GAP");
  CHECK(info(Reason::slice_gap).meaning == "The distance between slices is not even.");
}

TEST_CASE("statuses and their names") {
  for (const char* word : {"done", "skipped", "refused", "failed", "interrupted"}) {
    CHECK(name(find_status(word).value()) == word);
  }
  CHECK(find_status("Done") == std::nullopt);
}
