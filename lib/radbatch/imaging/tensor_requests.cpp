#include "radbatch/imaging/tensor_requests.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/image/image_facts.hpp"
#include "radbatch/image/image_output.hpp"
#include "radbatch/image/region_reader.hpp"
#include "radbatch/image/tensor_volume.hpp"
#include "radbatch/model/contract.hpp"
#include "radbatch/model/plan_images.hpp"
#include "radbatch/prepare/several.hpp"
#include "radbatch/store/npy_file.hpp"
#include "radbatch/store/tensor_file.hpp"
#include "radbatch/volume/value_statistics.hpp"

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

/// What the headers say of the request's image, or of its first input that is there.
const Json& first_attributes(const Json& request) {
  if (request.contains("source")) return request["source"].at("attributes");
  for (const Json& input : request.at("inputs")) {
    if (input.contains("source")) return input["source"].at("attributes");
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

/// Before time is spent on preparing what the model would refuse.
void check_range(const Json& request, const std::string& name,
                 const std::optional<std::pair<double, double>>& range) {
  if (!request.contains("value_range") || !range) return;
  InputSpec input;
  input.name = name;
  input.value_range = request["value_range"].get<std::pair<double, double>>();
  check_values(input, static_cast<float>(range->first), static_cast<float>(range->second));
}

Buffer hold(std::span<const float> values) {
  Buffer held(values.size_bytes());
  std::memcpy(held.data(), values.data(), values.size_bytes());
  return held;
}

std::span<std::byte> buffer_of(const Json& request, const WorkerContext& context) {
  return context.buffers.bytes(request.at("buffer").at("id").get<std::uint64_t>());
}

}  // namespace

void note_values(const Volume& volume, const Json& request, PrepareNotes& notes) {
  notes.see(volume);
  check_range(request, request.value("input", std::string("image")), notes.range());
}

Json tensor_facts(const PreparedTensor& tensor) {
  std::vector<double> affine;
  for (const auto& row : tensor.affine_ras.m) affine.insert(affine.end(), row.begin(), row.end());
  return {{"shape", tensor.shape},
          {"axes", tensor.axes},
          {"trace", tensor.trace},
          {"affine_ras", affine},
          {"spacing_mm",
           {tensor.affine_ras.spacing(0), tensor.affine_ras.spacing(1), tensor.affine_ras.spacing(2)}}};
}

Json TensorRequests::prepare(const Json& request, WorkerContext& context) {
  answer_ = Json::object();
  held_ = {};
  // The tool says how many processors are free for this one; the values do not depend on it.
  preparing_.threads = reading_.threads = std::clamp<std::size_t>(request.value("threads", threads_), 1, 64);
  const std::span<std::byte> buffer = buffer_of(request, context);
  // Of several inputs numbers and pictures are those of the first that is there.
  PrepareNotes notes(request, first_attributes(request));
  PreparedTensor tensor = request.contains("inputs") ? prepare_inputs(request, notes, buffer)
                                                     : prepare_one(request, notes, buffer);
  for (const std::string& flag : tensor.flags) answer_["flags"].push_back(flag);
  if (!tensor.values.empty()) place(tensor.values, buffer);
  const std::span<const float> values = held_.size() > 0 ? held_.as<float>() : floats_in(buffer);
  notes.see({tensor.shape, values.first(count_of(tensor.shape)), tensor.affine_ras}, tensor.axes);
  notes.add_to(answer_);
  answer_.update(tensor_facts(tensor));
  return give(request, context);
}

/// The tensor is computed straight into the shared buffer or, where that is too small, into held_.
PrepareOptions TensorRequests::options_for(std::span<std::byte> buffer, std::optional<Region> region) {
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

PreparedTensor TensorRequests::prepare_one(const Json& request, PrepareNotes& notes,
                                           std::span<std::byte> buffer) {
  const ImageSource source = image_source_from_json(request.at("source"));
  if (!comes_in_frames(source)) return prepare_whole(source, request, notes, buffer);
  if (request.contains("region") || names_images(plan_))
    throw Error(Reason::prepare, "a plan that crops around a region or names its images takes no video");
  return prepare_frames(source, request, notes);
}

PreparedTensor TensorRequests::prepare_whole(const ImageSource& source, const Json& request,
                                             PrepareNotes& notes, std::span<std::byte> buffer) {
  ReadImage read = read_image(source, reading_);
  note_values(read.volume, request, notes);
  note_facts(source, read);
  const PrepareOptions options = options_for(buffer, region_in(read.volume, request));
  if (!names_images(plan_)) return radbatch::prepare(read.volume, plan_, options);
  std::vector<NamedVolume> inputs(1);
  inputs[0].name = request.at("input").get<std::string>();
  inputs[0].volume = std::move(read.volume);
  return prepare_several(std::move(inputs), plan_, options);
}

/// Several inputs: what reading found is told of each.
PreparedTensor TensorRequests::prepare_inputs(const Json& request, PrepareNotes& notes,
                                              std::span<std::byte> buffer) {
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

Volume TensorRequests::read_input(const ImageSource& source, const Json& input, Json& facts) {
  if (comes_in_frames(source)) throw Error(Reason::prepare, "a plan of several inputs takes no video");
  ReadImage read = read_image(source, reading_);
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

std::optional<Region> TensorRequests::region_in(const Volume& volume, const Json& request) {
  if (!request.contains("region")) return std::nullopt;
  ReadRegion read = read_region(request["region"], volume, reading_);
  answer_["mask_digests"] = std::move(read.digests);
  return read.region;
}

/// Each frame of a clip is prepared while it is at hand; only tensors are held.
PreparedTensor TensorRequests::prepare_frames(const ImageSource& source, const Json& request,
                                              PrepareNotes& notes) {
  PreparedTensor all;
  const ReadImage read = read_frames(source, reading_, [&](const Volume& frame) {
    note_values(frame, request, notes);
    append(all, radbatch::prepare(frame, plan_, preparing_), reading_.max_bytes);
  });
  note_facts(source, read);
  return all;
}

void TensorRequests::note_facts(const ImageSource& source, const ReadImage& read) {
  answer_["digests"] = read.digests;
  answer_["image"] = facts_of(read.volume);
  answer_["flags"] = flags_of_image(source, read.volume);
}

Json TensorRequests::load(const Json& request, WorkerContext& context) {
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
  place(tensor.values, buffer_of(request, context));
  return give(request, context);
}

/// Into the shared buffer or, where that is too small, aside until a larger one comes.
void TensorRequests::place(std::span<const float> values, std::span<std::byte> buffer) {
  held_ = {};
  if (buffer.size() >= values.size_bytes()) {
    std::memcpy(buffer.data(), values.data(), values.size_bytes());
  } else {
    held_ = hold(values);
  }
}

/// A .npy file holds one tensor and no name.
LoadedTensor TensorRequests::read_tensor(const std::filesystem::path& path, const std::string& input) const {
  if (is_npy(path)) return read_tensor_npy(path, reading_.max_bytes);
  TensorFile file = read_tensor_h5(path, reading_.max_bytes);
  const auto found =
      std::ranges::find(file.tensors, input, [](const LoadedTensor& one) { return one.info.input; });
  if (found == file.tensors.end()) {
    throw Error(Reason::missing_input, "the tensor file has no input named " + input);
  }
  return std::move(*found);
}

Json TensorRequests::write(const Json& request, WorkerContext& context) {
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

Json TensorRequests::give(const Json& request, const WorkerContext& context) {
  const std::span<std::byte> buffer = buffer_of(request, context);
  if (buffer.size() < held_.size()) return {{"needs_bytes", held_.size()}};
  if (held_.size() > 0) std::memcpy(buffer.data(), held_.data(), held_.size());
  held_ = {};
  return std::exchange(answer_, Json::object());
}

}  // namespace radbatch
