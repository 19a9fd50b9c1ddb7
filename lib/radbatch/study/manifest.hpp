// Lists of cases as tools and scripts hand them on: manifest files and the stream between tools in a pipe.
//
// One JSON object a line. A stream begins with a header line and ends with an end line, so that a reader can
// tell "that was all" from "the tool before me died". A manifest made by hand has case lines only.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/base/reason.hpp"
#include "radbatch/study/cohort.hpp"
#include "radbatch/study/file_record.hpp"

namespace radbatch {

inline constexpr std::string_view STREAM_FORMAT = "radbatch-stream";
inline constexpr std::string_view STREAM_FORMAT_VERSION = "1.0";

/// One input of a case: a file or a folder, with what the tool before already knows about it.
struct InputRecord {
  std::string name;  ///< the model's input; empty: any
  std::string path;  ///< absolute; bytes, not necessarily UTF-8 (then an array of numbers in JSON)
  std::vector<std::string> chapters;  ///< of a recording in several files: those after the first, in order
  std::string series;                 ///< SeriesInstanceUID: of a folder, only this one
  std::string instance;               ///< SOPInstanceUID: only this one
  FileKind kind = FileKind::none;     ///< none: not known yet
  Json attributes = Json::object();   ///< as Candidate::attributes
  std::optional<Reason> reason;
  std::string detail;
};

struct CaseRecord {
  std::string case_id;
  std::optional<Status> status;  ///< missing in manifests made by hand
  std::optional<Reason> reason;
  std::string detail;
  std::vector<InputRecord> inputs;
  std::vector<std::string> flags;
  std::string patient_key;
  Json region =
      Json::object();  ///< {"roi": {...}} or {"mask": {"path", "label"}}: the part of the image meant
  Json carried = Json::object();  ///< every other field: goes through to the tables
};

struct StreamHeader {
  std::string tool;
  std::string run_id;
  std::string root;  ///< absolute folder of the cohort or of the tool's output; may be empty
};

struct StreamEnd {
  std::size_t n_cases = 0;
  std::map<std::string, std::size_t> by_status;
};

Json to_json(const CaseRecord& record);
Json to_json(const StreamHeader& header);
Json to_json(const StreamEnd& end);

using ManifestLine = std::variant<StreamHeader, CaseRecord, StreamEnd>;

/// Reads a manifest or a stream line by line. Every fault is Error(ExitCode::usage) that names `what`, the
/// line and the key.
class ManifestReader {
 public:
  /// `what` is shown in messages; relative paths are taken from `folder`.
  ManifestReader(std::string what, std::filesystem::path folder);
  /// Nothing for an empty line.
  std::optional<ManifestLine> next(std::string_view line);
  bool is_stream() const { return is_stream_; }
  /// True once the end line was read. A stream that stops before it was cut off.
  bool has_ended() const { return has_ended_; }

 private:
  void check_new_id(const CaseRecord& record);

  std::string what_;
  std::filesystem::path folder_;
  std::size_t line_ = 0;
  std::size_t n_cases_ = 0;
  std::map<std::string, std::size_t> line_of_id_;
  bool is_stream_ = false, has_ended_ = false;
};

struct Manifest {
  std::optional<StreamHeader> header;
  std::vector<CaseRecord> cases;
  std::optional<StreamEnd> end;
};

/// A whole manifest or stream.
Manifest parse_manifest(std::string_view text, const std::string& what, const std::filesystem::path& folder);

/// A manifest given as a table (CSV, TSV): one row per input, rows of one case_id make one case; columns
/// case_id, path, name, series, instance, patient_key, roi (JSON), mask (path), mask_label; any other is
/// carried and must agree within a case. `lines[i]` is where row i stood in the file.
std::vector<CaseRecord> cases_of_table(std::span<const std::string> columns,
                                       std::span<const std::vector<std::string>> rows,
                                       std::span<const std::size_t> lines, const std::string& what,
                                       const std::filesystem::path& folder);

/// The same structure that a scan gives, so that selection is shared. `files_of_input[i]` are the scanned
/// files of input i; its attributes overlay what the scan found, so that a converted volume is still known as
/// its series. An input without files gets its own reason, or Reason::io.
Case case_from_record(const CaseRecord& record, std::span<const FileRecord> files,
                      std::span<const std::vector<std::size_t>> files_of_input,
                      const Assumptions& assumed = {});

/// The region a manifest gives a case, checked: a roi has center_mm, space LPS or RAS and size_mm, three
/// numbers each; a mask has a path (made absolute from `folder`) and may have a label. Throws
/// Error(ExitCode::usage).
Json checked_region(const Json& roi, const Json& mask, const std::filesystem::path& folder);

/// What a tool writes into the stream for the file it made of an image.
InputRecord input_of_candidate(const Candidate& candidate, const std::string& path, FileKind kind);

}  // namespace radbatch
