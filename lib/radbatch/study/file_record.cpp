#include "radbatch/study/file_record.hpp"

#include <array>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

constexpr std::array<std::string_view, 10> names{"none", "dicom", "nifti", "nrrd",   "metaimage",
                                                 "png",  "jpeg",  "tiff",  "tensor", "video"};

}  // namespace

std::string_view name(FileKind kind) {
  return names.at(static_cast<std::size_t>(kind));
}

std::optional<FileKind> find_file_kind(std::string_view wanted) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == wanted) return static_cast<FileKind>(i);
  }
  return std::nullopt;
}

Json to_json(const FileRecord& record) {
  Json json{{"path", path_to_json(record.path)},
            {"root", path_to_json(record.root)},
            {"size", record.size},
            {"mtime_ns", record.mtime_ns},
            {"kind", name(record.kind)},
            {"attributes", record.attributes}};
  if (!record.stored.empty()) json["stored"] = path_to_json(record.stored);
  if (record.reason) {
    json["reason"] = code(*record.reason);
    json["detail"] = record.detail;
  }
  if (record.plain) json["plain"] = to_json(*record.plain);
  return json;
}

FileRecord file_record_from_json(const Json& json) {
  try {
    FileRecord record;
    record.path = path_from_json(json.at("path"));
    record.root = path_from_json(json.at("root"));
    json.at("size").get_to(record.size);
    json.at("mtime_ns").get_to(record.mtime_ns);
    const auto kind = find_file_kind(json.at("kind").get<std::string>());
    if (!kind) throw Error(ExitCode::internal, "file record: unknown kind " + json.at("kind").dump());
    record.kind = *kind;
    record.attributes = json.at("attributes");
    if (json.contains("stored")) record.stored = path_from_json(json["stored"]);
    if (json.contains("reason")) {
      record.reason = find_reason(json.at("reason").get<std::string>());
      if (!record.reason)
        throw Error(ExitCode::internal, "file record: unknown reason " + json.at("reason").dump());
      record.detail = json.value("detail", "");
    }
    if (json.contains("plain")) record.plain = plain_pixels_from_json(json["plain"]);
    return record;
  } catch (const Json::exception& error) {
    throw Error(ExitCode::internal, std::string("file record: ") + error.what());
  }
}

}  // namespace radbatch
