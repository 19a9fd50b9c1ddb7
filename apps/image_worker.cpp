// radbatch-image-worker: everything that touches untrusted bytes. Started by the tools, never by people.
//
// Requests: setup, unpack, scan, digest, prepare, take, tensor, write, convert (docs/worker-protocol.md).
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "radbatch/archive/archive_reader.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/header_scan.hpp"
#include "radbatch/dicom/sidecar_header.hpp"
#include "radbatch/image/contact_sheet.hpp"
#include "radbatch/image/file_scan.hpp"
#include "radbatch/image/image_output.hpp"
#include "radbatch/image/prepare_notes.hpp"
#include "radbatch/image/reader.hpp"
#include "radbatch/image/value_flags.hpp"
#include "radbatch/prepare/prepare.hpp"
#include "radbatch/store/npy_file.hpp"
#include "radbatch/store/tensor_file.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/volume/regrid.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {
namespace {

Json facts_of(const Volume& volume) {
  Json facts = {{"size", volume.size},
                {"dims", volume.dims},
                {"frames", volume.frames},
                {"channels", volume.channels},
                {"type", name(volume.type)},
                {"has_geometry", volume.has_geometry},
                {"spacing_mm", {volume.lps.spacing(0), volume.lps.spacing(1), volume.lps.spacing(2)}}};
  if (!volume.frame_times_s.empty()) facts["frame_times_s"] = volume.frame_times_s;
  if (!volume.frame_indices.empty()) {
    facts["frame_indices"] = volume.frame_indices;
    facts["source_frames"] = volume.source_frames;
  }
  if (!volume.colour.empty()) facts["colour"] = volume.colour;
  return facts;
}

/// What reading found, and what only the values can tell.
std::vector<std::string> flags_of_image(const ImageSource& source, const Volume& volume) {
  std::vector<std::string> flags = volume.flags;
  if (volume.samples.size() == 0) return flags;  // frames that went one by one
  for (std::string& flag : value_flags(source, volume)) flags.push_back(std::move(flag));
  return flags;
}

Json to_json(const ArchiveMember& member) {
  Json json{{"name", path_to_json(member.name)}, {"has_content", member.has_content}};
  if (!member.same_as.empty()) json["same_as"] = path_to_json(member.same_as);
  if (member.reason) json["reason"] = code(*member.reason);
  if (member.reason) json["detail"] = member.detail;
  return json;
}

class ImageWorker {
 public:
  Json handle(const Json& request, WorkerContext& context) {
    const std::string op = request.at("op").get<std::string>();
    if (op == "setup") return setup(request);
    if (op == "unpack") return unpack(request, context);
    if (op == "scan") return scan(request);
    if (op == "prepare") return prepare_image(request, context);
    if (op == "take") return give(request, context);
    if (op == "tensor") return load_tensor(request, context);
    if (op == "digest") return {{"digests", file_digests(image_source_from_json(request.at("source")))}};
    if (op == "write") return write_tensor(request, context);
    if (op == "convert") return convert(request, context);
    throw Error(ExitCode::internal, "the image worker does not know the request '" + op + "'");
  }

 private:
  Json setup(const Json& request) {
    load_dictionary(path_from_json(request.at("dictionary")));
    max_bytes_ = request.at("max_bytes").get<std::uint64_t>();
    threads_ = std::clamp<std::size_t>(request.value("threads", std::size_t{1}), 1, 64);
    frames_ = parse_frame_choice(request.value("frames", std::string("default")));
    if (request.contains("plan")) plan_ = parse_plan(request["plan"]);
    return {{"sandbox", confine(request)}};
  }

  /// The archive stays open from one request to the next, until its end or another `begin`.
  Json unpack(const Json& request, WorkerContext& context) {
    if (request.at("begin").get<bool>()) {
      std::optional<std::uint64_t> max_bytes;
      if (request.contains("max_unpacked")) max_bytes = request["max_unpacked"].get<std::uint64_t>();
      archive_ = std::make_unique<ArchiveReader>(path_from_json(request.at("archive")), max_bytes);
    }
    if (!archive_) throw Error(ExitCode::internal, "no archive was begun");
    std::vector<int> outputs;
    for (const FileDescriptor& file : context.descriptors) outputs.push_back(file.get());
    const ArchivePart part = archive_->next(outputs);
    if (part.is_last) archive_.reset();
    Json members = Json::array();
    for (const ArchiveMember& member : part.members) members.push_back(to_json(member));
    return {{"members", members},
            {"is_archive", part.is_archive},
            {"is_last", part.is_last},
            {"damage", part.damage}};
  }

  static Json scan(const Json& request) {
    Json records = Json::array();
    FileScanner scanner;
    for (const Json& file : request.at("files")) records.push_back(scanner.scan(path_from_json(file)));
    return {{"records", std::move(records)}};
  }

  Json prepare_image(const Json& request, WorkerContext& context) {
    const ImageSource source = image_source_from_json(request.at("source"));
    answer_ = Json::object();
    PrepareNotes notes(request, source.attributes);
    PreparedTensor tensor =
        comes_in_frames(source) ? prepare_frames(source, notes) : prepare_whole(source, notes);
    notes.see({tensor.shape, tensor.values, tensor.affine_ras}, tensor.axes);
    notes.add_to(answer_);
    answer_["axes"] = tensor.axes;
    answer_["trace"] = tensor.trace;
    std::vector<double> affine;
    for (const auto& row : tensor.affine_ras.m) affine.insert(affine.end(), row.begin(), row.end());
    answer_["affine_ras"] = affine;
    answer_["spacing_mm"] = {tensor.affine_ras.spacing(0), tensor.affine_ras.spacing(1),
                             tensor.affine_ras.spacing(2)};
    hold(std::move(tensor.shape), std::move(tensor.values));
    return give(request, context);
  }

  PreparedTensor prepare_whole(const ImageSource& source, PrepareNotes& notes) {
    const ReadImage read = read_image(source, read_options());
    notes.see(read.volume);
    note_facts(source, read);
    return prepare(read.volume, plan_);
  }

  /// Each frame of a clip is prepared while it is at hand; only tensors are held.
  PreparedTensor prepare_frames(const ImageSource& source, PrepareNotes& notes) {
    PreparedTensor all;
    const ReadImage read = read_frames(source, read_options(), [&](const Volume& frame) {
      notes.see(frame);
      append(all, prepare(frame, plan_), max_bytes_);
    });
    note_facts(source, read);
    return all;
  }

  void note_facts(const ImageSource& source, const ReadImage& read) {
    answer_["digests"] = read.digests;
    answer_["image"] = facts_of(read.volume);
    answer_["flags"] = flags_of_image(source, read.volume);
  }

  Json load_tensor(const Json& request, WorkerContext& context) {
    const ImageSource source = image_source_from_json(request.at("source"));
    answer_ = {{"digests", file_digests(source)}};
    LoadedTensor tensor = read_tensor(source.files.at(0), request.at("input").get<std::string>());
    answer_["axes"] = tensor.info.axes;
    answer_["affine_ras"] = tensor.info.affine_ras;
    answer_["spacing_mm"] = tensor.info.spacing_mm;
    answer_["plan_sha256"] = tensor.info.plan_sha256;
    answer_["tensor_key"] = tensor.info.tensor_key;
    answer_["trace"] = tensor.info.attributes.value("steps", Json::array());
    answer_["attributes"] = tensor.info.attributes;
    hold(std::move(tensor.info.shape), std::move(tensor.values));
    return give(request, context);
  }

  /// A .npy file holds one tensor and no name.
  LoadedTensor read_tensor(const std::filesystem::path& path, const std::string& input) const {
    if (is_npy(path)) return read_tensor_npy(path, max_bytes_);
    TensorFile file = read_tensor_h5(path, max_bytes_);
    const auto found =
        std::ranges::find(file.tensors, input, [](const LoadedTensor& one) { return one.info.input; });
    if (found == file.tensors.end()) {
      throw Error(Reason::missing_input, "the tensor file has no input named " + input);
    }
    return std::move(*found);
  }

  /// The tensor in the buffer as an image file in its own grid.
  static Json write_tensor(const Json& request, WorkerContext& context) {
    const std::span<std::byte> buffer =
        context.buffers.bytes(request.at("buffer").at("id").get<std::uint64_t>());
    const std::string format = request.at("format").get<std::string>();
    TensorView tensor;
    request.at("shape").get_to(tensor.shape);
    std::size_t count = 1;
    for (const std::int64_t extent : tensor.shape) count *= static_cast<std::size_t>(extent);
    if (count > buffer.size() / sizeof(float)) throw Error(ExitCode::internal, "the buffer is too small");
    tensor.values = {reinterpret_cast<const float*>(buffer.data()), count};
    for (std::size_t i = 0; i < 16; ++i) tensor.ras.m[i / 4][i % 4] = request.at("affine_ras").at(i);
    tensor.has_geometry = request.at("has_geometry").get<bool>();
    const Volume volume = format == "nrrd" ? tensor_volume(tensor) : tensor_volume_without_channels(tensor);
    return {{"written", write_image(volume, context.descriptors.at(0).get(), {format})}};
  }

  void hold(std::vector<std::int64_t> shape, std::vector<float> values) {
    answer_["shape"] = std::move(shape);
    held_ = std::move(values);
  }

  /// Puts the held tensor into the shared buffer, or says how large a buffer it needs.
  Json give(const Json& request, WorkerContext& context) {
    const std::span<std::byte> buffer =
        context.buffers.bytes(request.at("buffer").at("id").get<std::uint64_t>());
    const std::size_t bytes = held_.size() * sizeof(float);
    if (buffer.size() < bytes) return {{"needs_bytes", bytes}};
    std::memcpy(buffer.data(), held_.data(), bytes);
    held_ = {};
    return std::exchange(answer_, Json::object());
  }

  Json convert(const Json& request, WorkerContext& context) const {
    const ImageSource source = image_source_from_json(request.at("source"));
    ReadImage read = read_image(source, read_options());
    Json answer = {{"digests", read.digests}, {"flags", flags_of_image(source, read.volume)}};
    Volume& volume = read.volume;
    if (const Json grid = request.value("grid", Json::object()); !grid.empty()) {
      const GridFix fix{grid.contains("tilt"), grid.contains("uneven")};
      volume = regrid(volume, source.positions, fix, max_bytes_);
      for (const auto& [what, how] : grid.items()) answer["grid"].push_back(what);
    }
    Json header = source.attributes;
    if (source.kind == FileKind::dicom) {
      answer["header"] = read_sidecar_header(source.files.front(), request.value("keep_phi", false));
      header.update(answer["header"]);
    }
    const double frame_step_s = frame_step_seconds(header);
    answer["written"] =
        write_image(volume, context.descriptors.at(0).get(),
                    {request.at("format").get<std::string>(), request.value("threads", 1), frame_step_s,
                     request.value("case_id", "case"), request.value("image", "image")});
    answer["image"] = facts_of(volume);
    if (volume.frames > 1 && frame_step_s > 0) answer["image"]["frame_step_s"] = frame_step_s;
    if (request.value("preview", false)) {
      answer["preview"] = to_base64(contact_sheet_png(volume, sheet_facts(header, volume)));
    }
    return answer;
  }

  ReadOptions read_options() const {
    return {.max_bytes = max_bytes_, .threads = threads_, .frames = frames_, .with_digests = true};
  }

  std::unique_ptr<ArchiveReader> archive_;
  std::uint64_t max_bytes_ = 0;
  std::size_t threads_ = 1;
  FrameChoice frames_;
  Plan plan_;
  Json answer_ = Json::object();
  std::vector<float> held_;
};

}  // namespace
}  // namespace radbatch

int main() {
  radbatch::ImageWorker worker;
  return radbatch::serve_worker({{"worker", "image"}},
                                [&](const radbatch::Json& request, radbatch::WorkerContext& context) {
                                  return worker.handle(request, context);
                                });
}
