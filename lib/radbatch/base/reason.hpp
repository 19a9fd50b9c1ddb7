// Why a case or a file ended as it did: a closed list of stable codes.
//
// Scripts filter on these codes and papers count them, so a code is never renamed and never changes its
// status. The table is the single source: the ledger, `radbatch explain`, exit codes and retry all read it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace radbatch {

/// How a case ended. Exactly one per case.
enum class Status {
  done,         ///< has its result
  skipped,      ///< a rule says the model does not want it
  refused,      ///< it should fit the model and does not
  failed,       ///< a fault: of the file, of a worker, of the model
  interrupted,  ///< the run was stopped before it was reached or finished
};

enum class Reason {
  not_image,
  empty_file,
  not_selected,
  truncated_pixels,
  bad_header,
  transfer_syntax,
  photometric,
  too_large,
  decoder_crash,
  decoder_timeout,
  mixed_orientation,
  slice_gap,
  duplicate_slices,
  gantry_tilt,
  modality,
  dimension,
  spacing,
  channels,
  range,
  no_series,
  many_series,
  missing_input,
  nonfinite,
  prepare,
  plan_mismatch,
  model_output,
  model_crash,
  case_timeout,
  out_of_memory,
  io,
  file_changed,
  archive,
  upstream,
  interrupted,
  frame_of_reference,
};

struct ReasonInfo {
  Reason reason;
  std::string_view code;     ///< e.g. "E_TRUNCATED_PIXELS"
  Status status;             ///< the status of a case that ends with it
  bool transient;            ///< true: the next run of the same command tries again; false: final
  std::string_view meaning;  ///< one sentence
  std::string_view advice;   ///< what to do next
};

/// Every reason, in the order of the enumeration.
std::span<const ReasonInfo> reasons();
const ReasonInfo& info(Reason reason);
std::string_view code(Reason reason);
/// The reason with this code ("E_IO", any letter case), or nothing.
std::optional<Reason> find_reason(std::string_view code);

std::string_view name(Status status);
std::optional<Status> find_status(std::string_view name);

}  // namespace radbatch
