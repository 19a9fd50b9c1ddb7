// radbatch-image-worker: everything that touches untrusted bytes. Started by the tools, never by people.
//
// Requests: setup, unpack, scan, digest, prepare, clip, take, tensor, write, overlay, convert,
// structured_report, secondary_capture (docs/worker-protocol.md).
#include <algorithm>
#include <memory>
#include <optional>

#include "radbatch/archive/archive_reader.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/header_scan.hpp"
#include "radbatch/dicom/sidecar_header.hpp"
#include "radbatch/image/contact_sheet.hpp"
#include "radbatch/image/file_scan.hpp"
#include "radbatch/image/image_facts.hpp"
#include "radbatch/image/image_output.hpp"
#include "radbatch/image/reader.hpp"
#include "radbatch/imaging/clinic_requests.hpp"
#include "radbatch/imaging/clip_requests.hpp"
#include "radbatch/imaging/overlay_request.hpp"
#include "radbatch/imaging/tensor_requests.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/volume/regrid.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {
namespace {

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
    last_was_clip_ = op == "clip" || (op == "take" && last_was_clip_);
    if (op == "setup") return setup(request);
    if (op == "unpack") return unpack(request, context);
    if (op == "scan") return scan(request);
    if (op == "prepare") return tensors_.prepare(request, context);
    if (op == "clip") return clips_.next(request, context);
    if (op == "take") return last_was_clip_ ? clips_.give(request, context) : tensors_.give(request, context);
    if (op == "tensor") return tensors_.load(request, context);
    if (op == "digest") return {{"digests", file_digests(image_source_from_json(request.at("source")))}};
    if (op == "write") return TensorRequests::write(request, context);
    if (op == "overlay") return draw_overlay(request, context);
    if (op == "convert") return convert(request, context);
    if (op == "structured_report") return make_structured_report(request);
    if (op == "secondary_capture") return make_secondary_capture(request, read_options());
    throw Error(ExitCode::internal, "the image worker does not know the request '" + op + "'");
  }

  bool work_ahead() { return clips_.work_ahead(); }

 private:
  Json setup(const Json& request) {
    load_dictionary(path_from_json(request.at("dictionary")));
    max_bytes_ = request.at("max_bytes").get<std::uint64_t>();
    threads_ = std::clamp<std::size_t>(request.value("threads", std::size_t{1}), 1, 64);
    frames_ = parse_frame_choice(request.value("frames", std::string("default")));
    PrepareOptions preparing;
    preparing.reference = request.value("reference", false);
    preparing.threads = threads_;
    const Plan plan = request.contains("plan") ? parse_plan(request["plan"]) : Plan();
    tensors_ = TensorRequests(plan, preparing, read_options());
    clips_ = ClipRequests(plan, preparing, read_options());
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

  Json convert(const Json& request, WorkerContext& context) const {
    const ImageSource source = image_source_from_json(request.at("source"));
    ReadOptions options = read_options();
    options.threads = std::clamp<std::size_t>(request.value("threads", options.threads), 1, 64);
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
  TensorRequests tensors_;
  ClipRequests clips_;
  bool last_was_clip_ = false;  ///< whose tensor "take" means
};

}  // namespace
}  // namespace radbatch

int main() {
  radbatch::grow_stack();  // DCMTK's parser calls itself for each nested sequence
  radbatch::ImageWorker worker;
  return radbatch::serve_worker(
      {{"worker", "image"}},
      [&](const radbatch::Json& request, radbatch::WorkerContext& context) {
        return worker.handle(request, context);
      },
      [&] { return worker.work_ahead(); });
}
