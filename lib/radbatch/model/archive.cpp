#include "radbatch/model/archive.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

/// Up to `size` bytes from `offset`; fewer at the end of the file.
struct Source {
  std::uint64_t size;
  std::function<std::string(std::uint64_t offset, std::uint64_t size)> read;
};

std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

struct Directory {
  std::uint64_t offset;
  std::uint64_t size;
};

constexpr std::string_view end_mark{"PK\x05\x06", 4};
constexpr std::string_view zip64_locator_mark{"PK\x06\x07", 4};
constexpr std::string_view zip64_end_mark{"PK\x06\x06", 4};
constexpr std::string_view entry_mark{"PK\x01\x02", 4};
constexpr std::uint64_t largest_directory = 64U << 20;  // a model has thousands of entries, not millions

/// PKWARE APPNOTE 6.3.10, sections 4.3.14 to 4.3.16. PyTorch writes the 64-bit records always.
std::optional<Directory> find_directory(const Source& file) {
  constexpr std::size_t end_size = 22;
  constexpr std::size_t locator_size = 20;
  const std::uint64_t tail_size = std::min<std::uint64_t>(file.size, 0xFFFF + end_size + locator_size);
  const std::string tail = file.read(file.size - tail_size, tail_size);
  const std::size_t end = tail.rfind(end_mark);
  if (end == std::string::npos || end + end_size > tail.size()) return std::nullopt;
  Directory found{little_endian(tail, end + 16, 4), little_endian(tail, end + 12, 4)};
  if (end >= locator_size && tail.compare(end - locator_size, 4, zip64_locator_mark) == 0) {
    const std::string record = file.read(little_endian(tail, end - locator_size + 8, 8), 56);
    if (record.size() < 56 || !record.starts_with(zip64_end_mark)) return std::nullopt;
    found = {little_endian(record, 48, 8), little_endian(record, 40, 8)};
  }
  if (found.size > largest_directory || found.offset > file.size || found.size > file.size - found.offset) {
    return std::nullopt;
  }
  return found;
}

struct Record {
  std::string name;           ///< without the archive's root folder (PyTorch calls it as the file once was)
  std::uint64_t packing = 0;  ///< 0: stored as it is
  std::uint64_t size = 0;     ///< in the file
  std::uint64_t offset = 0;   ///< of its local header
};

std::vector<Record> zip_records(const Source& file) {
  std::vector<Record> records;
  const auto directory = find_directory(file);
  if (!directory) return records;
  const std::string entries = file.read(directory->offset, directory->size);
  constexpr std::size_t header = 46;
  for (std::size_t at = 0; at + header <= entries.size() && entries.compare(at, 4, entry_mark) == 0;) {
    const std::size_t name_size = little_endian(entries, at + 28, 2);
    const std::size_t rest = little_endian(entries, at + 30, 2) + little_endian(entries, at + 32, 2);
    std::string name = entries.substr(at + header, name_size);
    records.push_back({name.substr(name.find('/') + 1), little_endian(entries, at + 10, 2),
                       little_endian(entries, at + 20, 4), little_endian(entries, at + 42, 4)});
    at += header + name_size + rest;
  }
  return records;
}

ArchiveKind kind_of_zip(const Source& file) {
  const auto records = zip_records(file);
  auto any = [&](auto&& wanted) { return std::ranges::any_of(records, wanted, &Record::name); };
  auto named = [&](std::string_view name) { return any([&](auto& other) { return other == name; }); };
  auto under = [&](std::string_view folder) {
    return any([&](auto& name) { return name.starts_with(folder); });
  };
  if (under("data/aotinductor/")) return ArchiveKind::aotinductor;
  if (under("code/") && named("constants.pkl")) return ArchiveKind::torchscript;
  if (any([](auto& name) { return name.starts_with("models/") && name.ends_with(".json"); })) {
    return ArchiveKind::exported_program;
  }
  return named("data.pkl") ? ArchiveKind::eager_checkpoint : ArchiveKind::other;
}

/// onnx.proto: a ModelProto begins with field 1, ir_version (a small varint), then another of its first 20
/// fields.
bool looks_like_onnx(std::string_view head) {
  if (head.size() < 3 || head[0] != 0x08 || head[1] < 1 || head[1] > 32) return false;
  const auto tag = static_cast<unsigned char>(head[2]);
  return tag == 0x12 || tag == 0x1A || tag == 0x22 || tag == 0x28 || tag == 0x32 || tag == 0x3A ||
         tag == 0x42;
}

/// OpenVINO writes `<?xml version="1.0"?>`, then `<net name=... version="11">`.
bool looks_like_openvino(std::string_view head) {
  const std::size_t net = head.find("<net ");
  return net != std::string_view::npos && (net == 0 || head.starts_with("<?xml"));
}

ArchiveKind triage(const Source& file, const std::filesystem::path& path) {
  const std::string head = file.read(0, 8);
  const std::string ending = to_lower_ascii(path.extension().string());
  if (head.starts_with("PK\x03\x04")) return kind_of_zip(file);
  if (head.starts_with("\x80\x02")) return ArchiveKind::legacy_pickle;
  if (head.starts_with("<")) {
    return looks_like_openvino(file.read(0, 256)) ? ArchiveKind::openvino : ArchiveKind::other;
  }
  if (head.starts_with("ftrt") || ending == ".engine" || ending == ".plan") return ArchiveKind::tensorrt;
  if (ending == ".onnx" || looks_like_onnx(head)) return ArchiveKind::onnx;
  return ArchiveKind::other;
}

Source source_of(const std::filesystem::path& path) {
  const auto stream = std::make_shared<std::ifstream>(path, std::ios::binary);
  std::error_code failure;
  const std::uint64_t size = std::filesystem::file_size(path, failure);
  if (!*stream || failure) throw Error(Reason::io, "cannot read " + printable(path.string()));
  return {size, [stream, size](std::uint64_t offset, std::uint64_t wanted) {
            if (offset >= size) return std::string();
            std::string bytes(std::min(wanted, size - offset), '\0');
            stream->clear();
            stream->seekg(static_cast<std::streamoff>(offset));
            stream->read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
            bytes.resize(static_cast<std::size_t>(stream->gcount()));
            return bytes;
          }};
}

}  // namespace

ArchiveKind triage_model_file(const std::filesystem::path& path) {
  return triage(source_of(path), path);
}

std::optional<std::string> read_archive_record(const std::filesystem::path& path, std::string_view name) {
  constexpr std::uint64_t local_header = 30;
  constexpr std::uint64_t largest = 16U << 20;
  const Source file = source_of(path);
  const std::vector<Record> records = zip_records(file);
  const auto record = std::ranges::find(records, name, &Record::name);
  if (record == records.end()) return std::nullopt;
  const auto refuse = [&](const std::string& problem) {
    throw Error(ExitCode::usage,
                printable(path.string()) + ": the record " + std::string(name) + " " + problem);
  };
  if (record->packing != 0) refuse("is packed; torch.jit.save stores it as it is");
  if (record->size > largest) refuse("is larger than 16 MiB");
  const std::string header = file.read(record->offset, local_header);
  if (header.size() < local_header || !header.starts_with("PK\x03\x04")) refuse("is damaged");
  const std::uint64_t names = little_endian(header, 26, 2) + little_endian(header, 28, 2);
  std::string content = file.read(record->offset + local_header + names, record->size);
  if (content.size() < record->size) refuse("is damaged");
  return content;
}

ArchiveKind triage_model_bytes(std::string_view bytes, const std::filesystem::path& path) {
  return triage({bytes.size(),
                 [&](std::uint64_t offset, std::uint64_t wanted) {
                   return offset < bytes.size() ? std::string(bytes.substr(offset, wanted)) : std::string();
                 }},
                path);
}

std::string description(ArchiveKind kind) {
  switch (kind) {
    case ArchiveKind::torchscript:
      return "a TorchScript file";
    case ArchiveKind::aotinductor:
      return "a compiled AOTInductor package";
    case ArchiveKind::exported_program:
      return "an exported program that is not compiled (torch.export.save)";
    case ArchiveKind::eager_checkpoint:
      return "a PyTorch checkpoint (torch.save: weights without code)";
    case ArchiveKind::legacy_pickle:
      return "a pickle (an old torch.save: weights without code)";
    case ArchiveKind::onnx:
      return "an ONNX file";
    case ArchiveKind::tensorrt:
      return "a TensorRT engine";
    case ArchiveKind::openvino:
      return "the graph of an OpenVINO model";
    case ArchiveKind::other:
      break;
  }
  return "neither a TorchScript file nor an AOTInductor package";
}

std::string export_hint(ArchiveKind kind) {
  switch (kind) {
    case ArchiveKind::torchscript:
    case ArchiveKind::aotinductor:
    case ArchiveKind::openvino:
      return {};
    case ArchiveKind::exported_program:
      return "compile it: python3 models/tools/compile.py FILE --shape N,C,H,W";
    case ArchiveKind::eager_checkpoint:
    case ArchiveKind::legacy_pickle:
      return "build the network in Python, load these weights and export it: "
             "net.load_state_dict(torch.load(FILE)); torch.jit.trace(net.eval(), example).save(\"model.ts\")";
    case ArchiveKind::onnx:
      return "export the original PyTorch network instead: torch.jit.trace(net.eval(), "
             "example).save(\"model.ts\")";
    case ArchiveKind::tensorrt:
      return "an engine runs only on the GPU and driver it was built for; export the original network "
             "instead: "
             "torch.jit.trace(net.eval(), example).save(\"model.ts\")";
    case ArchiveKind::other:
      break;
  }
  return "the file may be damaged or be no model; export the network with "
         "torch.jit.trace(net.eval(), example).save(\"model.ts\")";
}

}  // namespace radbatch
