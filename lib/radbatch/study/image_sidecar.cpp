#include "radbatch/study/image_sidecar.hpp"

#include <utility>

#include "radbatch/study/attributes.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {

Sidecars::Sidecars(std::span<const FileRecord> records, std::span<const std::size_t> files)
    : records_(records) {
  using Place = std::pair<std::string, std::string>;
  std::map<Place, std::size_t> texts;
  for (std::size_t file : files) {
    const FileRecord& record = records[file];
    if (!flag_of(record.attributes, "is_sidecar") || !record.path.ends_with(".json")) continue;
    texts[{record.root, record.path.substr(0, record.path.size() - 5)}] = file;
  }
  if (texts.empty()) return;
  for (std::size_t file : files) {
    const FileRecord& record = records[file];
    if (record.kind == FileKind::none || record.kind == FileKind::dicom) continue;
    const auto found = texts.find({record.root, std::string(path_stem(record.path))});
    if (found == texts.end()) continue;
    sidecar_of_[file] = found->second;
    used_.insert(found->second);
  }
}

std::optional<std::size_t> Sidecars::of(std::size_t file) const {
  const auto found = sidecar_of_.find(file);
  if (found == sidecar_of_.end()) return std::nullopt;
  return found->second;
}

void Sidecars::describe(Candidate& candidate) const {
  if (candidate.files.empty()) return;
  const std::optional<std::size_t> sidecar = of(candidate.files.front());
  if (!sidecar) return;
  for (const auto& [keyword, value] : records_[*sidecar].attributes.items()) {
    if (keyword == "is_sidecar" || keyword == "channel_names") continue;
    if (!candidate.attributes.contains(keyword)) candidate.attributes[keyword] = value;
    if (!candidate.source.attributes.contains(keyword)) candidate.source.attributes[keyword] = value;
  }
}

}  // namespace radbatch
