#include "radbatch/study/record_delta.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

FileRecord record(const std::string& path, Json attributes) {
  FileRecord made;
  made.path = path;
  made.root = "/in";
  made.size = 7;
  made.mtime_ns = 8;
  made.kind = FileKind::dicom;
  made.attributes = std::move(attributes);
  return made;
}

}  // namespace

TEST_CASE("records come back as they were, each from the difference to the one before") {
  FileRecord damaged = record("c\xff", {{"Rows", 2}});
  damaged.reason = Reason::bad_header;
  damaged.detail = "Columns is missing";
  FileRecord plain = record("d", {{"Rows", 2}, {"Modality", "CT"}});
  plain.plain = PlainPixels{20, 8, 8, 12, 2, 3, 16, 12, false, true, 0.1, -3};
  const std::vector<FileRecord> records{record("a", {{"Rows", 2}, {"Modality", "CT"}, {"b", {1, 2}}}),
                                        record("b", {{"Rows", 3}, {"Modality", "CT"}}), damaged, plain,
                                        record("e", Json::object())};
  RecordPacker packer;
  RecordUnpacker unpacker;
  for (const FileRecord& one : records) {
    const FileRecord back = unpacker.unpack(parse_json(canonical(packer.pack(one)), "record"));
    CHECK(to_json(back) == to_json(one));
  }
}

TEST_CASE("only what changed is written") {
  RecordPacker packer;
  packer.pack_content(record("a", {{"Modality", "CT"}, {"Rows", 2}, {"old", 1}}));
  CHECK(packer.pack_content(record("b", {{"Modality", "CT"}, {"Rows", 3}, {"new", 4}})) ==
        Json{{"kind", "dicom"}, {"set", {{"Rows", 3}, {"new", 4}}}, {"drop", {"old"}}});
  CHECK(packer.pack_content(record("c", {{"Modality", "CT"}, {"Rows", 3}, {"new", 4}})) ==
        Json{{"kind", "dicom"}});
}

TEST_CASE("a whole record may stand among the packed ones") {
  RecordUnpacker unpacker;
  const FileRecord first = record("a", {{"Modality", "CT"}, {"Rows", 2}});
  CHECK(to_json(unpacker.unpack(to_json(first))) == to_json(first));
  FileRecord second;
  unpacker.unpack_content({{"kind", "dicom"}, {"set", {{"Rows", 5}}}}, second);
  CHECK(second.attributes == Json{{"Modality", "CT"}, {"Rows", 5}});
}

TEST_CASE("what a worker must not answer is refused") {
  for (const Json& wrong :
       {Json::object(), Json{{"kind", "x"}}, Json{{"kind", 1}}, Json{{"kind", "dicom"}, {"reason", "E_X"}},
        Json{{"kind", "dicom"}, {"drop", {1}}}, Json{{"kind", "dicom"}, {"plain", {1, 2}}}}) {
    RecordUnpacker unpacker;
    FileRecord record;
    CHECK_THROWS_AS(unpacker.unpack_content(wrong, record), Error);
  }
}
