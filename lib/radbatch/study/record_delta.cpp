#include "radbatch/study/record_delta.hpp"

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

/// Both objects have their keys in order, so one walk over the two finds every difference.
void add_difference(const Json& before, const Json& after, Json& packed) {
  Json set = Json::object(), drop = Json::array();
  auto old = before.begin();
  for (auto now = after.begin(); now != after.end(); ++now) {
    for (; old != before.end() && old.key() < now.key(); ++old) drop.push_back(old.key());
    const bool is_old = old != before.end() && old.key() == now.key();
    if (!is_old || *old != *now) set[now.key()] = *now;
    if (is_old) ++old;
  }
  for (; old != before.end(); ++old) drop.push_back(old.key());
  if (!set.empty()) packed["set"] = std::move(set);
  if (!drop.empty()) packed["drop"] = std::move(drop);
}

void apply_difference(const Json& packed, Json& attributes) {
  if (const auto drop = packed.find("drop"); drop != packed.end()) {
    for (const Json& keyword : *drop) attributes.erase(keyword.get<std::string>());
  }
  if (const auto set = packed.find("set"); set != packed.end()) {
    for (const auto& [keyword, value] : set->items()) attributes[keyword] = value;
  }
}

}  // namespace

Json RecordPacker::pack_content(const FileRecord& record) {
  Json packed{{"kind", name(record.kind)}};
  if (record.reason) {
    packed["reason"] = code(*record.reason);
    packed["detail"] = record.detail;
  }
  if (record.plain) packed["plain"] = to_json(*record.plain);
  add_difference(attributes_, record.attributes, packed);
  // Only what changed is copied.
  apply_difference(packed, attributes_);
  return packed;
}

Json RecordPacker::pack_changes(FileKind kind, Json set, Json drop, const std::optional<PlainPixels>& plain) {
  Json packed{{"kind", name(kind)}};
  if (plain) packed["plain"] = to_json(*plain);
  if (!set.empty()) packed["set"] = std::move(set);
  if (!drop.empty()) packed["drop"] = std::move(drop);
  apply_difference(packed, attributes_);
  return packed;
}

Json RecordPacker::pack(const FileRecord& record) {
  Json packed = pack_content(record);
  packed["path"] = path_to_json(record.path);
  packed["root"] = path_to_json(record.root);
  packed["size"] = record.size;
  packed["mtime_ns"] = record.mtime_ns;
  return packed;
}

void RecordUnpacker::unpack_content(const Json& packed, FileRecord& record) {
  try {
    const auto kind = find_file_kind(packed.at("kind").get_ref<const std::string&>());
    if (!kind) throw Error(ExitCode::internal, "file record: unknown kind " + packed.at("kind").dump());
    record.kind = *kind;
    record.reason.reset();
    record.detail.clear();
    record.plain.reset();
    if (const auto reason = packed.find("reason"); reason != packed.end()) {
      record.reason = find_reason(reason->get_ref<const std::string&>());
      if (!record.reason) throw Error(ExitCode::internal, "file record: unknown reason " + reason->dump());
      record.detail = packed.value("detail", "");
    }
    if (const auto plain = packed.find("plain"); plain != packed.end())
      record.plain = plain_pixels_from_json(*plain);
    apply_difference(packed, attributes_);
    record.attributes = attributes_;
  } catch (const Json::exception& error) {
    throw Error(ExitCode::internal, std::string("file record: ") + error.what());
  }
}

FileRecord RecordUnpacker::unpack(const Json& packed) {
  if (packed.contains("attributes")) {
    FileRecord record = file_record_from_json(packed);
    attributes_ = record.attributes;
    return record;
  }
  FileRecord record;
  try {
    record.path = path_from_json(packed.at("path"));
    record.root = path_from_json(packed.at("root"));
    packed.at("size").get_to(record.size);
    packed.at("mtime_ns").get_to(record.mtime_ns);
  } catch (const Json::exception& error) {
    throw Error(ExitCode::internal, std::string("file record: ") + error.what());
  }
  unpack_content(packed, record);
  return record;
}

}  // namespace radbatch
