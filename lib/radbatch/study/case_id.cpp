#include "radbatch/study/case_id.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr std::size_t MAX_ENCODED = 100;
constexpr std::array<std::string_view, 33> endings{
    ".nii.gz", ".img.gz", ".hdr.gz", ".nii", ".nrrd", ".nhdr", ".mha",  ".mhd", ".png", ".jpg", ".jpeg",
    ".tif",    ".tiff",   ".dcm",    ".npy", ".npz",  ".h5",   ".mp4",  ".m4v", ".mov", ".avi", ".mkv",
    ".webm",   ".mpg",    ".mpeg",   ".m2v", ".vob",  ".ts",   ".m2ts", ".mts", ".3gp", ".wmv", ".asf"};

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

std::string escaped(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return {'_', 'x', digits[byte >> 4], digits[byte & 15]};
}

std::string id_of_path(std::string_view path) {
  const std::string encoded = encoded_path(path);
  if (encoded.size() <= MAX_ENCODED) return encoded;
  return encoded.substr(0, MAX_ENCODED) + "-" + sha256_hex(path).substr(0, 12);
}

}  // namespace

std::string dicom_case_id(std::string_view patient_id, std::span<const GroupKey> keys) {
  std::string hashed(patient_id);
  const bool is_study = keys.size() == 1 && keys[0].first == "StudyInstanceUID";
  for (const auto& [keyword, value] : keys) {
    hashed += '\0';
    hashed += is_study ? value : keyword + "=" + value;
  }
  return "study-" + sha256_hex(hashed).substr(0, 20);
}

std::string encoded_path(std::string_view path) {
  std::string text;
  for (std::size_t at = 0; at < path.size(); ++at) {
    const char c = path[at];
    const bool leads = at == 0 && (c == '.' || c == '-');
    if (c == '/') {
      text += "__";
    } else if (c == '_') {
      // Reversible: a plain '_' is never followed by what would make it the start of an escape.
      const char next = at + 1 < path.size() ? path[at + 1] : 'a';
      text += is_plain(next) && next != 'x' ? std::string("_") : escaped(c);
    } else {
      text += is_plain(c) && !leads ? std::string(1, c) : escaped(c);
    }
  }
  return text;
}

std::vector<std::string> file_case_ids(std::span<const std::string> paths) {
  std::vector<std::string> ids;
  std::vector<bool> keeps_ending(paths.size(), false);
  // A kept ending may meet another short id ("a.nii" and "a.nii.png"), so look again until nothing changes.
  for (bool is_settled = false; !is_settled;) {
    is_settled = true;
    ids.clear();
    std::map<std::string, std::vector<std::size_t>> by_id;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      ids.push_back(id_of_path(keeps_ending[i] ? std::string_view(paths[i]) : path_stem(paths[i])));
      by_id[ids.back()].push_back(i);
    }
    for (const auto& [id, same] : by_id) {
      for (std::size_t i : same) {
        if (same.size() < 2 || keeps_ending[i]) continue;
        keeps_ending[i] = true;
        is_settled = false;
      }
    }
  }
  return ids;
}

std::string_view path_stem(std::string_view path) {
  const std::string lower = to_lower_ascii(path);
  for (std::string_view ending : endings) {
    if (!lower.ends_with(ending)) continue;
    const std::string_view stem = path.substr(0, path.size() - ending.size());
    return stem.empty() || stem.ends_with('/') ? path : stem;
  }
  return path;
}

std::string shortened_id(const std::string& id) {
  if (id.size() <= MAX_ENCODED) return id;
  return id.substr(0, MAX_ENCODED) + "-" + sha256_hex(id).substr(0, 12);
}

bool is_case_id(std::string_view id) {
  return !id.empty() && id.size() <= 120 &&
         std::ranges::all_of(id, [](char c) { return is_plain(c) || c == '_'; });
}

std::string cohort_sha256(std::span<const std::string> ids) {
  std::vector<std::string> sorted(ids.begin(), ids.end());
  std::ranges::sort(sorted);
  Sha256 digest;
  for (const std::string& id : sorted) digest.update(id).update(std::string_view("\n"));
  return digest.hex();
}

std::string patient_key(std::string_view key, std::string_view patient_id) {
  return patient_id.empty() ? std::string() : hmac_sha256_hex(key, patient_id).substr(0, 16);
}

std::size_t shard_of(std::string_view case_id, std::size_t n) {
  const std::string digits = sha256_hex(case_id).substr(0, 16);
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return static_cast<std::size_t>(number % n);
}

std::size_t find_case(std::span<const std::string> ids, std::string_view prefix) {
  std::vector<std::string> matches;
  std::size_t found = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] == prefix) return i;
    if (!ids[i].starts_with(prefix)) continue;
    matches.push_back(ids[i]);
    found = i;
  }
  if (matches.size() == 1) return found;
  const std::string shown = "'" + printable(prefix) + "'";
  if (matches.empty()) {
    const std::string near = nearest(prefix, ids);
    throw Error(ExitCode::usage, "no case begins with " + shown,
                near.empty() ? "" : "did you mean " + near + "?");
  }
  const std::size_t n = matches.size();
  if (n > 3) matches.resize(3);
  throw Error(ExitCode::usage, counted(n, "case") + " begin with " + shown + ": " + join(matches, ", ") +
                                   (n > 3 ? ", ..." : ""));
}

}  // namespace radbatch
