// radbatch-image-worker: everything that touches untrusted bytes. Started by the tools, never by people.
//
// Requests: setup, unpack, scan, prepare, take, tensor, convert (docs/worker-protocol.md).
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
#include "radbatch/image/preview.hpp"
#include "radbatch/image/reader.hpp"
#include "radbatch/image/region_reader.hpp"
#include "radbatch/image/value_flags.hpp"
#include "radbatch/model/plan_images.hpp"
#include "radbatch/prepare/prepare.hpp"
#include "radbatch/prepare/several.hpp"
#include "radbatch/store/tensor_file.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/volume/regrid.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {
namespace {

constexpr int PREVIEW_SIDE = 160;

Json range_of(const Volume& volume) {
  const std::vector<float> values = to_float(volume);
  const auto [smallest, largest] = std::ranges::minmax(values);
  return {smallest, largest};
}

Json facts_of(const Volume& volume) {
  Json facts = {{"size", volume.size},
                {"dims", volume.dims},
                {"frames", volume.frames},
                {"channels", volume.channels},
                {"type", name(volume.type)},
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
    answer_ = Json::object();
    PreparedTensor tensor = request.contains("inputs") ? prepare_inputs(request) : prepare_one(request);
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

  PreparedTensor prepare_one(const Json& request) {
    const ImageSource source = image_source_from_json(request.at("source"));
    if (!comes_in_frames(source)) return prepare_whole(source, request);
    if (request.contains("region") || names_images(plan_))
      throw Error(Reason::prepare, "a plan that crops around a region or names its images takes no video");
    return prepare_frames(source, request);
  }

  PreparedTensor prepare_whole(const ImageSource& source, const Json& request) {
    ReadImage read = read_image(source, read_options());
    note(read.volume, request);
    note_facts(source, read);
    const std::optional<Region> region = region_in(read.volume, request);
    if (!names_images(plan_)) return prepare(read.volume, plan_, region);
    std::vector<NamedVolume> inputs(1);
    inputs[0].name = request.at("input").get<std::string>();
    inputs[0].volume = std::move(read.volume);
    return prepare_several(std::move(inputs), plan_, region);
  }

  /// Several inputs: what reading found is told of each; the picture is the first one's.
  PreparedTensor prepare_inputs(const Json& request) {
    std::vector<NamedVolume> inputs;
    std::optional<Region> region;
    Json told = Json::array(), digests = Json::array(), flags = Json::array(), image;
    for (const Json& one : request.at("inputs")) {
      NamedVolume& input = inputs.emplace_back();
      input.name = one.at("name").get<std::string>();
      input.channels = one.value("channels", 1);
      input.with_presence_channel = one.value("presence_channel", false);
      Json& facts = told.emplace_back(Json{{"name", input.name}});
      if (!one.contains("source")) continue;
      try {
        input.volume = read_input(image_source_from_json(one["source"]), one, request, facts);
      } catch (Error& error) {
        throw error.within(input.name);
      }
      digests.insert(digests.end(), facts["digests"].begin(), facts["digests"].end());
      for (const Json& flag : facts["flags"]) {
        if (std::ranges::find(flags, flag) == flags.end()) flags.push_back(flag);
      }
      if (!image.is_null()) continue;
      image = facts["image"];
      region = region_in(*input.volume, request);
    }
    answer_.update({{"inputs", told}, {"digests", digests}, {"flags", flags}, {"image", image}});
    return prepare_several(std::move(inputs), plan_, region);
  }

  Volume read_input(const ImageSource& source, const Json& input, const Json& request, Json& facts) {
    if (comes_in_frames(source)) throw Error(Reason::prepare, "a plan of several inputs takes no video");
    ReadImage read = read_image(source, read_options());
    if (input.value("range", false)) facts["range"] = range_of(read.volume);
    note_preview(read.volume, request);
    facts["digests"] = read.digests;
    facts["image"] = facts_of(read.volume);
    facts["flags"] = flags_of_image(source, read.volume);
    return std::move(read.volume);
  }

  std::optional<Region> region_in(const Volume& volume, const Json& request) {
    if (!request.contains("region")) return std::nullopt;
    ReadRegion read = read_region(request["region"], volume, read_options());
    answer_["mask_digests"] = std::move(read.digests);
    return read.region;
  }

  /// Each frame of a clip is prepared while it is at hand; only tensors are held.
  PreparedTensor prepare_frames(const ImageSource& source, const Json& request) {
    PreparedTensor all;
    const ReadImage read = read_frames(source, read_options(), [&](const Volume& frame) {
      note(frame, request);
      append(all, prepare(frame, plan_), max_bytes_);
    });
    note_facts(source, read);
    return all;
  }

  /// Range of all frames seen so far, picture of the first.
  void note(const Volume& volume, const Json& request) {
    if (request.value("range", false)) {
      const Json range = range_of(volume);
      Json& sum = answer_["range"];
      sum = sum.is_null() ? range : Json{std::min(sum[0], range[0]), std::max(sum[1], range[1])};
    }
    note_preview(volume, request);
  }

  void note_preview(const Volume& volume, const Json& request) {
    if (request.value("preview", false) && !answer_.contains("preview"))
      answer_["preview"] = to_base64(preview_png(volume, PREVIEW_SIDE));
  }

  void note_facts(const ImageSource& source, const ReadImage& read) {
    answer_["digests"] = read.digests;
    answer_["image"] = facts_of(read.volume);
    answer_["flags"] = flags_of_image(source, read.volume);
  }

  Json load_tensor(const Json& request, WorkerContext& context) {
    const ImageSource source = image_source_from_json(request.at("source"));
    answer_ = {{"digests", file_digests(source)}};
    TensorFile file = read_tensor_h5(source.files.at(0), max_bytes_);
    const std::string input = request.at("input").get<std::string>();
    const auto found =
        std::ranges::find(file.tensors, input, [](const LoadedTensor& one) { return one.info.input; });
    if (found == file.tensors.end()) {
      throw Error(Reason::missing_input, "the tensor file has no input named " + input);
    }
    answer_["axes"] = found->info.axes;
    answer_["affine_ras"] = found->info.affine_ras;
    answer_["spacing_mm"] = found->info.spacing_mm;
    answer_["plan_sha256"] = found->info.plan_sha256;
    answer_["tensor_key"] = found->info.tensor_key;
    answer_["trace"] = found->info.attributes.value("steps", Json::array());
    hold(std::move(found->info.shape), std::move(found->values));
    return give(request, context);
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
