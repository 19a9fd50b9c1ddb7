// Names of cases: unique in a run, the same wherever the data lies, in whatever order it is found, in any
// shard.
//
// An id never shows a PatientID or a UID; a file's id does show its path, because that is how people with
// plain folders of images find their rows again.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace radbatch {

/// A keyword that cases are grouped by, with its value.
using GroupKey = std::pair<std::string, std::string>;

/// "study-" and 20 hex digits of SHA-256(PatientID NUL StudyInstanceUID); grouped by anything but the study
/// alone, of SHA-256(PatientID NUL keyword=value NUL keyword=value ...).
std::string dicom_case_id(std::string_view patient_id, std::span<const GroupKey> keys);

/// Path relative to the root -> text of [A-Za-z0-9._-], reversible: '/' becomes "__", any other byte "_xHH"
/// (as does a '_' that would read as one of these, and a leading '.' or '-').
std::string encoded_path(std::string_view path);
/// One id per path: the encoded path without its ending (.nii.gz, .png ...), with it where two would be equal
/// otherwise; over 100 characters, its first 100, '-' and 12 hex digits of its SHA-256.
std::vector<std::string> file_case_ids(std::span<const std::string> paths);

/// A path without the ending of an image format: "a/b.nii.gz" -> "a/b".
std::string_view path_stem(std::string_view path);
/// An id of at most 113 characters: the first 100, '-' and 12 hex digits of the whole where it is longer.
std::string shortened_id(const std::string& id);

/// [A-Za-z0-9._-]{1,120}
bool is_case_id(std::string_view id);
/// Digest of the sorted ids, one per line: what each shard records so that merge can prove they had one
/// cohort.
std::string cohort_sha256(std::span<const std::string> ids);
/// Pseudonym: the first 16 hex digits of HMAC-SHA-256(key, PatientID); empty without a PatientID.
std::string patient_key(std::string_view key, std::string_view patient_id);
/// Which of `n` shards (0 .. n-1) takes the case; other cases do not matter. `n` must not be 0.
std::size_t shard_of(std::string_view case_id, std::size_t n);
/// Position in `ids` of the case whose id is `prefix` or alone begins with it. Throws Error(ExitCode::usage)
/// that lists the candidates, or names the nearest id.
std::size_t find_case(std::span<const std::string> ids, std::string_view prefix);

}  // namespace radbatch
