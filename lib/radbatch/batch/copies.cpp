#include "radbatch/batch/copies.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/cohort.hpp"

namespace radbatch {

void tell_copies_apart(std::span<FileRecord> records) {
  std::map<std::pair<std::string, std::uint64_t>, std::vector<FileRecord*>> same;
  for (FileRecord& record : records) {
    const std::string uid = text_of(record.attributes, "SOPInstanceUID");
    if (record.kind == FileKind::dicom && !uid.empty()) same[{uid, record.size}].push_back(&record);
  }
  for (const auto& [key, files] : same) {
    if (files.size() < 2) continue;
    for (FileRecord* file : files) {
      if (file->attributes.contains("content_sha256")) continue;  // known from an earlier scan
      try {
        file->attributes["content_sha256"] = sha256_file(readable_path(*file));
      } catch (const Error&) {  // gone since it was read: the case will find out
        file->attributes["content_sha256"] = "unreadable";
      }
    }
  }
}

}  // namespace radbatch
