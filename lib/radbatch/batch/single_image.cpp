#include "radbatch/batch/single_image.hpp"

#include <cstring>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/run_workers.hpp"
#include "radbatch/batch/scan.hpp"
#include "radbatch/batch/walk.hpp"
#include "radbatch/study/cohort.hpp"

namespace radbatch {
namespace {

constexpr std::size_t usual_bytes = std::size_t{1} << 20;

}  // namespace

SingleImage::SingleImage(const Json& plan, RunOptions options, const std::vector<std::string>& roots)
    : options_(std::move(options)) {
  options_.jobs = 1;
  add_image_workers(pool_, {{"plan", plan}}, options_, roots);
}

ImageSource SingleImage::find(const std::filesystem::path& path) {
  const std::string place = printable(path.string());
  RecordingReporter silent;
  const std::vector<FileRecord> records = scan(walk(path), {}, pool_, silent).records;
  const Cohort cohort = build_cohort(records, options_.case_options());
  std::vector<const Candidate*> images;
  for (const Case& one : cohort.cases) {
    for (const Candidate& candidate : one.candidates) images.push_back(&candidate);
  }
  if (images.size() > 1)
    throw Error(ExitCode::no_input, place + " holds " + counted(images.size(), "image"), "name one of them");
  if (images.empty()) {
    const std::string why = records.empty() || records[0].detail.empty() ? "" : ": " + records[0].detail;
    throw Error(ExitCode::no_input, place + " holds no image" + why);
  }
  if (images[0]->reason) throw Error(*images[0]->reason, place + ": " + images[0]->detail);
  return images[0]->source;
}

SingleImage::Tensor SingleImage::prepare(const ImageSource& source) {
  std::unique_ptr<SharedBuffer> buffer = buffers_.lease(usual_bytes);
  Json answer = ask({{"op", "prepare"}, {"source", to_json(source)}, {"preview", false}, {"range", false}},
                    buffer.get());
  if (answer.contains("needs_bytes")) {
    const auto bytes = answer["needs_bytes"].get<std::uint64_t>();
    if (bytes > options_.max_ram)
      throw Error(Reason::too_large, "the tensor needs " + human_bytes(static_cast<double>(bytes)));
    buffers_.give_back(std::move(buffer));
    buffer = buffers_.lease(bytes);
    pool_.forget(buffers_.take_retired());
    answer = ask({{"op", "take"}}, buffer.get());
  }
  std::size_t count = 1;
  for (const std::int64_t extent : answer.at("shape").get<std::vector<std::int64_t>>()) {
    if (extent < 1 || count > buffer->bytes) throw Error(Reason::decoder_crash, "the tensor has a bad shape");
    count *= static_cast<std::size_t>(extent);
  }
  if (count * sizeof(float) > buffer->bytes) throw Error(Reason::decoder_crash, "the tensor has a bad shape");
  const Mapping mapping(buffer->fd.get(), buffer->bytes);
  std::vector<float> values(count);
  std::memcpy(values.data(), mapping.bytes().data(), count * sizeof(float));
  buffers_.give_back(std::move(buffer));
  return {std::move(answer), std::move(values)};
}

Json SingleImage::ask(const Json& body, const SharedBuffer* buffer) {
  pool_.send(pool_.idle("image").value(), {body, buffer, {}, options_.case_timeout});
  std::vector<WorkerEvent> events;
  while (events.empty()) events = pool_.wait(std::chrono::milliseconds(500));
  const WorkerEvent& event = events.front();
  if (event.kind == WorkerEvent::Kind::timed_out)
    throw Error(Reason::decoder_timeout, "the image worker gave no answer in time");
  if (event.kind == WorkerEvent::Kind::died)
    throw Error(Reason::decoder_crash, "the image worker died (" + to_text(event.end) + ")");
  throw_fault(event.answer);
  if (event.answer.contains("error")) {
    const Json& error = event.answer["error"];
    throw Error(find_reason(error.value("code", "")).value_or(Reason::decoder_crash),
                error.value("detail", ""));
  }
  return event.answer;
}

}  // namespace radbatch
