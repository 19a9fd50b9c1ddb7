// radbatch-image-worker: everything that touches untrusted bytes. Started by the tools, never by people.
//
// Requests: setup, unpack, scan, digest, prepare, take, tensor, write, convert (docs/worker-protocol.md).
#include <algorithm>
#include <cmath>
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
#include "radbatch/image/region_reader.hpp"
#include "radbatch/image/value_flags.hpp"
#include "radbatch/model/contract.hpp"
#include "radbatch/model/plan_images.hpp"
#include "radbatch/prepare/prepare.hpp"
#include "radbatch/prepare/several.hpp"
#include "radbatch/store/npy_file.hpp"
#include "radbatch/store/tensor_file.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/volume/buffer.hpp"
#include "radbatch/volume/regrid.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {
namespace {

std::span<float> floats_in(std::span<std::byte> buffer) {
  return {reinterpret_cast<float*>(buffer.data()), buffer.size() / sizeof(float)};
}

std::size_t count_of(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
  return count;
}

/// The source of the request, or of its first input that has one.
ImageSource first_source(const Json& request) {
  if (request.contains("source")) return image_source_from_json(request["source"]);
  for (const Json& input : request.at("inputs")) {
    if (input.contains("source")) return image_source_from_json(input["source"]);
  }
  throw Error(Reason::missing_input, "the case has none of the model's inputs");
}

/// Of the finite values; what becomes of the others is the plan's to say.
std::pair<double, double> value_range(const Volume& volume) {
  SampleStatistics values;
  values.add(volume);
  if (values.is_empty()) throw Error(Reason::nonfinite, "the image holds no finite value");
  const ValueStatistics statistics = values.result();
  return {statistics.min, statistics.max};
}

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
    preparing_ = {.reference = request.value("reference", false), .threads = threads_};
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
    held_ = {};
    const std::span<std::byte> buffer = buffer_of(request, context);
    // Of several inputs numbers and pictures are those of the first that is there.
    PrepareNotes notes(request, first_source(request).attributes);
    PreparedTensor tensor = request.contains("inputs") ? prepare_inputs(request, notes, buffer)
                                                       : prepare_one(request, notes, buffer);
    for (const std::string& flag : tensor.flags) answer_["flags"].push_back(flag);
    if (!tensor.values.empty()) held_ = hold(tensor.values);
    const std::span<const float> values = held_.size() > 0 ? held_.as<float>() : floats_in(buffer);
    notes.see({tensor.shape, values.first(count_of(tensor.shape)), tensor.affine_ras}, tensor.axes);
    notes.add_to(answer_);
    answer_["axes"] = tensor.axes;
    answer_["trace"] = tensor.trace;
    std::vector<double> affine;
    for (const auto& row : tensor.affine_ras.m) affine.insert(affine.end(), row.begin(), row.end());
    answer_["affine_ras"] = affine;
    answer_["spacing_mm"] = {tensor.affine_ras.spacing(0), tensor.affine_ras.spacing(1),
                             tensor.affine_ras.spacing(2)};
    answer_["shape"] = std::move(tensor.shape);
    return give(request, context);
  }

  /// The tensor is computed straight into the shared buffer or, where that is too small, into held_.
  PrepareOptions options_for(std::span<std::byte> buffer, std::optional<Region> region) {
    PrepareOptions options = preparing_;
    options.region = std::move(region);
    options.output = [this, buffer](std::size_t count) -> std::span<float> {
      held_ = {};
      if (buffer.size() < count * sizeof(float)) {
        held_ = Buffer(count * sizeof(float));
        return held_.as<float>();
      }
      return floats_in(buffer).first(count);
    };
    return options;
  }

  PreparedTensor prepare_one(const Json& request, PrepareNotes& notes, std::span<std::byte> buffer) {
    const ImageSource source = image_source_from_json(request.at("source"));
    if (!comes_in_frames(source)) return prepare_whole(source, request, notes, buffer);
    if (request.contains("region") || names_images(plan_))
      throw Error(Reason::prepare, "a plan that crops around a region or names its images takes no video");
    return prepare_frames(source, request, notes);
  }

  PreparedTensor prepare_whole(const ImageSource& source, const Json& request, PrepareNotes& notes,
                               std::span<std::byte> buffer) {
    ReadImage read = read_image(source, read_options());
    note(read.volume, request, notes);
    note_facts(source, read);
    const PrepareOptions options = options_for(buffer, region_in(read.volume, request));
    if (!names_images(plan_)) return prepare(read.volume, plan_, options);
    std::vector<NamedVolume> inputs(1);
    inputs[0].name = request.at("input").get<std::string>();
    inputs[0].volume = std::move(read.volume);
    return prepare_several(std::move(inputs), plan_, options);
  }

  /// Several inputs: what reading found is told of each.
  PreparedTensor prepare_inputs(const Json& request, PrepareNotes& notes, std::span<std::byte> buffer) {
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
        input.volume = read_input(image_source_from_json(one["source"]), one, facts);
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
      notes.see(*input.volume);
    }
    answer_.update({{"inputs", told}, {"digests", digests}, {"flags", flags}, {"image", image}});
    return prepare_several(std::move(inputs), plan_, options_for(buffer, std::move(region)));
  }

  Volume read_input(const ImageSource& source, const Json& input, Json& facts) {
    if (comes_in_frames(source)) throw Error(Reason::prepare, "a plan of several inputs takes no video");
    ReadImage read = read_image(source, read_options());
    if (input.value("range", false)) {
      const std::pair<double, double> range = value_range(read.volume);
      facts["range"] = {range.first, range.second};
      check_range(input, input.at("name").get<std::string>(), range);
    }
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
  PreparedTensor prepare_frames(const ImageSource& source, const Json& request, PrepareNotes& notes) {
    PreparedTensor all;
    const ReadImage read = read_frames(source, read_options(), [&](const Volume& frame) {
      note(frame, request, notes);
      append(all, prepare(frame, plan_, preparing_), max_bytes_);
    });
    note_facts(source, read);
    return all;
  }

  static void note(const Volume& volume, const Json& request, PrepareNotes& notes) {
    notes.see(volume);
    check_range(request, request.value("input", std::string("image")), notes.range());
  }

  /// Before time is spent on preparing what the model would refuse.
  static void check_range(const Json& request, const std::string& name,
                          const std::optional<std::pair<double, double>>& range) {
    if (!request.contains("value_range") || !range) return;
    InputSpec input;
    input.name = name;
    input.value_range = request["value_range"].get<std::pair<double, double>>();
    check_values(input, static_cast<float>(range->first), static_cast<float>(range->second));
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
    answer_["shape"] = std::move(tensor.info.shape);
    held_ = hold(tensor.values);
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
    const std::size_t count = count_of(tensor.shape);
    if (count > buffer.size() / sizeof(float)) throw Error(ExitCode::internal, "the buffer is too small");
    tensor.values = floats_in(buffer).first(count);
    for (std::size_t i = 0; i < 16; ++i) tensor.ras.m[i / 4][i % 4] = request.at("affine_ras").at(i);
    tensor.has_geometry = request.at("has_geometry").get<bool>();
    const Volume volume = format == "nrrd" ? tensor_volume(tensor) : tensor_volume_without_channels(tensor);
    return {{"written", write_image(volume, context.descriptors.at(0).get(), {format})}};
  }

  static Buffer hold(std::span<const float> values) {
    Buffer held(values.size_bytes());
    std::memcpy(held.data(), values.data(), values.size_bytes());
    return held;
  }

  static std::span<std::byte> buffer_of(const Json& request, const WorkerContext& context) {
    return context.buffers.bytes(request.at("buffer").at("id").get<std::uint64_t>());
  }

  /// Puts what is held into the shared buffer, or says how large a buffer it needs. Nothing is held when the
  /// tensor is there already.
  Json give(const Json& request, const WorkerContext& context) {
    const std::span<std::byte> buffer = buffer_of(request, context);
    if (buffer.size() < held_.size()) return {{"needs_bytes", held_.size()}};
    if (held_.size() > 0) std::memcpy(buffer.data(), held_.data(), held_.size());
    held_ = {};
    return std::exchange(answer_, Json::object());
  }

  Json convert(const Json& request, WorkerContext& context) const {
    const ImageSource source = image_source_from_json(request.at("source"));
    ReadOptions options = read_options();
    // Where few cases are left, the processors that have none help.
    options.threads = std::clamp<std::size_t>(request.value("threads", options.threads), options.threads, 64);
    ReadImage read = read_image(source, options);
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
      if (!header.value("RealWorldValuesApplied", true)) answer["flags"].push_back("W_REAL_WORLD_UNITS");
    }
    const double frame_step_s = frame_step_seconds(header);
    answer["written"] =
        write_image(volume, context.descriptors.at(0).get(),
                    {request.at("format").get<std::string>(), request.value("threads", 1), frame_step_s,
                     request.value("case_id", "case"), request.value("image", "image")});
    answer["image"] = facts_of(volume);
    if (volume.frames > 1 && volume.has_geometry) answer["affine_lps"] = volume.lps.m;
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
  PrepareOptions preparing_;
  Json answer_ = Json::object();
  Buffer held_;  ///< a tensor that waits for a buffer of its size
};

}  // namespace
}  // namespace radbatch

int main() {
  radbatch::grow_stack();  // DCMTK's parser calls itself for each nested sequence
  radbatch::ImageWorker worker;
  return radbatch::serve_worker({{"worker", "image"}},
                                [&](const radbatch::Json& request, radbatch::WorkerContext& context) {
                                  return worker.handle(request, context);
                                });
}
