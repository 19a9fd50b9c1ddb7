// Workers that speak the real protocol and only pretend to read images and run a model, so that the tools can
// be tested without ITK and LibTorch, and their faults on purpose.
//
// Built twice: FAKE_IMAGE_WORKER gives radbatch-image-worker, otherwise radbatch-classify-worker. An image is
// a small JSON text: {"kind": "png", "attributes": {...}, "value": 0.7, "items": 1, "side": 2, "behaviour":
// {"scan" | "convert" | "prepare" | "tensor": "crash" ...}}; its tensor is [items, 1, side, side] full of
// `value`. The fake model answers [items, 3] logits made from the mean of an item; fold k adds k/20 to the
// mean, the n-th sight of test-time augmentation n/100, so that each answer is another one; where the sidecar
// has a reference of features there is an output "features", [items, 2]: the mean and its square. From -1001
// down a mean asks for the faults in `classify_faults`. tests/cli/harness.py names the same faults.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <utility>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/store/npy_file.hpp"
#include "radbatch/store/tensor_file.hpp"
#include "radbatch/study/image_source.hpp"
#include "radbatch/study/record_delta.hpp"
#include "radbatch/worker/frame.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {
namespace {

void sleep_ms(long ms) {
  timespec left{ms / 1000, ms % 1000 * 1'000'000};
  while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

[[noreturn]] void hang() {
  for (;;) sleep_ms(1000);
}

[[noreturn]] void die_of(int number) {
  ::signal(number, SIG_DFL);
  ::raise(number);
  ::_exit(1);
}

/// Asks for memory until there is none. The pages are never touched: only the limit ends it.
[[noreturn]] void take_all_memory() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  throw std::bad_alloc();  // a worker has no limit then, and a failing `new` would end the process
#else
  std::vector<std::unique_ptr<char[]>> taken;
  for (;;) taken.emplace_back(new char[std::size_t{256} << 20]);
#endif
}

void send_raw(const std::string& bytes) {
  write_all(WORKER_SOCKET_FD, bytes);
}

/// Throws an error of the case that tells whether the kernel let the call through.
[[noreturn]] void report(const std::string& what, bool was_allowed) {
  throw Error(Reason::prepare, what + ": " + (was_allowed ? "allowed" : std::strerror(errno)));
}

[[noreturn]] void try_to_leave_the_sandbox(const std::string& how, const std::string& file) {
  const std::string beside = file + ".made-by-a-worker";
  if (how == "create") report(how, ::open(beside.c_str(), O_WRONLY | O_CREAT, 0600) >= 0);
  if (how == "append") report(how, ::open(file.c_str(), O_WRONLY | O_APPEND) >= 0);
  if (how == "rename") report(how, ::rename(file.c_str(), beside.c_str()) == 0);
  if (how == "unlink") report(how, ::unlink(file.c_str()) == 0);
  if (how == "chmod") report(how, ::chmod(file.c_str(), 0600) == 0);
  if (how == "connect") report(how, ::socket(AF_INET, SOCK_STREAM, 0) >= 0);
  if (how == "kill") report(how, ::kill(::getppid(), 0) == 0);
  if (how == "tgkill") report(how, ::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0) == 0);
  if (how == "prlimit") report(how, ::prlimit(::getppid(), RLIMIT_CPU, nullptr, nullptr) == 0);
  if (how == "setown") report(how, ::fcntl(WORKER_SOCKET_FD, F_SETOWN, ::getppid()) == 0);
  if (how == "fork") {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    report(how, child > 0);
  }
  char name[] = "/bin/true";
  char* arguments[] = {name, nullptr};
  ::execv(name, arguments);  // does not return when it is allowed
  report(how, false);
}

/// Does what an image asks for instead of, or before, the honest answer. Returns an answer to give in its
/// place.
std::optional<Json> misbehave(const std::string& how, const std::string& file, bool is_fresh) {
  if (how.empty()) return std::nullopt;
  const std::vector<std::string> words = split(how, ':');
  if (how == "crash") die_of(SIGSEGV);
  if (how == "crash-once" && !is_fresh) die_of(SIGSEGV);
  if (how == "abort") die_of(SIGABRT);
  if (how == "exit") ::_exit(3);
  if (how == "hang") hang();
  if (how == "memory") take_all_memory();
  if (how == "garbage")
    return Json{{"shape", "none"}, {"records", 7}, {"digests", nullptr}, {"members", {1, 2}}};
  if (how == "odd-error") return Json{{"error", 1}};
  if (how == "odd-size") return Json{{"needs_bytes", "many"}};
  if (how == "greedy") return Json{{"needs_bytes", 8}};
  if (how == "bad-frame") send_raw("this is no frame at all");
  if (how == "huge-frame") send_raw(std::string("RADB\x01\0\0\0\xff\xff\xff\xff", 12));
  if (how == "bad-frame" || how == "huge-frame") hang();
  if (how == "nul-frame") send_raw(encode_frame(Json::object(), 5));
  if (words[0] == "sleep") sleep_ms(std::stol(words.at(1)));
  if (words[0] == "error") throw Error(find_reason(words.at(1)).value(), "as the file asked");
  if (words[0] == "fault") throw Error(static_cast<ExitCode>(std::stoi(words.at(1))), "as the file asked");
  if (words[0] == "try") try_to_leave_the_sandbox(words.at(1), file);
  return std::nullopt;
}

#ifdef FAKE_IMAGE_WORKER

constexpr const char* role = "image";

struct FakeImage {
  FileKind kind = FileKind::none;
  Json text = Json::object();

  std::string behaviour(const std::string& stage) const {
    return text.value("behaviour", Json::object()).value(stage, std::string());
  }
};

FakeImage read_fake(const std::string& path) {
  FakeImage image;
  const std::string text = read_file(path);
  if (text.starts_with("\x89HDF") || text.starts_with("\x93NUMPY")) return {FileKind::tensor, Json::object()};
  image.text = Json::parse(text, nullptr, false);
  if (!image.text.is_object()) image.text = Json::object();
  image.kind = find_file_kind(image.text.value("kind", "none")).value_or(FileKind::none);
  return image;
}

class Worker {
 public:
  Json handle(const Json& request, WorkerContext& context) {
    const std::string op = request.at("op").get<std::string>();
    if (op == "setup") return {{"sandbox", confine(request)}};
    if (!again_
             .is_null()) {  // the answer to the request before, given once more while this one is waited for
      send_raw(encode_frame(std::exchange(again_, nullptr), 0));
      sleep_ms(50);
    }
    const bool is_fresh = std::exchange(is_fresh_, false);
    if (op == "unpack") return unpack(request, context, is_fresh);
    if (op == "scan") return scan(request, is_fresh);
    if (op == "take") return give(request, context);
    if (op == "prepare" && request.contains("inputs")) return prepare_inputs(request, context);
    if (op == "write") return write(request, context);
    if (op == "overlay") return overlay(request, context);
    if (op == "structured_report" || op == "secondary_capture") return clinic_object(request, is_fresh);
    const ImageSource source = image_source_from_json(request.at("source"));
    Json digests = Json::array();
    for (const std::string& file : source.files) digests.push_back(sha256_file(file));
    if (op == "digest") return {{"digests", digests}};
    if (op == "tensor") return load_tensor(source, digests, request, context);
    const FakeImage image = read_fake(source.files.at(0));
    if (op == "convert") return convert(image, source, digests, context, is_fresh);
    if (op == "prepare") return prepare(image, source, digests, request, context, is_fresh);
    if (op == "clip") return clip(image, source, digests, request, context, is_fresh);
    throw Error(ExitCode::internal, "the image worker does not know the request '" + op + "'");
  }

 private:
  static Json scan(const Json& request, bool is_fresh) {
    Json records = Json::array();
    RecordPacker packer;
    for (const Json& file : request.at("files")) {
      const std::string path = path_from_json(file);
      FileRecord record;
      const FakeImage image = read_fake(path);
      if (auto answer = misbehave(image.behaviour("scan"), path, is_fresh)) return *answer;
      record.kind = image.kind;
      record.attributes = image.text.value("attributes", Json::object());
      if (std::filesystem::file_size(path) == 0) {
        record.reason = Reason::empty_file;
      } else if (image.kind == FileKind::none) {
        record.reason = Reason::not_image;
      } else if (image.text.contains("reason")) {
        record.reason = find_reason(image.text["reason"].get<std::string>());
        record.detail = "as the file says";
      }
      records.push_back(packer.pack_content(record));
    }
    return {{"records", records}};
  }

  /// A fake archive is {"archive": [{"name": "a", "image": {a fake image}} ...], "damage": "", "behaviour":
  /// {"unpack":
  /// ...}}; an image with a "reason" has no content.
  Json unpack(const Json& request, WorkerContext& context, bool is_fresh) {
    if (request.at("begin").get<bool>()) {
      const std::string path = path_from_json(request.at("archive"));
      archive_ = read_fake(path);
      at_ = 0;
      if (auto answer = misbehave(archive_.behaviour("unpack"), path, is_fresh)) return *answer;
    }
    const Json list = archive_.text.value("archive", Json::array());
    Json members = Json::array();
    for (const FileDescriptor& file : context.descriptors) {
      if (at_ == list.size()) break;
      const Json& image = list[at_].at("image");
      Json& member = members.emplace_back(Json{{"name", list[at_].at("name")}, {"has_content", true}});
      if (image.contains("reason"))
        member.update({{"reason", image["reason"]}, {"detail", "as the file says"}});
      if (!write_all(file.get(), canonical(image))) throw Error(ExitCode::output, std::strerror(errno));
      ++at_;
    }
    const bool is_last = at_ == list.size();
    return {{"members", members},
            {"is_archive", archive_.text.contains("archive")},
            {"is_last", is_last},
            {"damage", is_last ? archive_.text.value("damage", "") : ""}};
  }

  /// The converted file is a fake again, so that the next tool of a pipe can read it.
  static Json convert(const FakeImage& image, const ImageSource& source, const Json& digests,
                      WorkerContext& context, bool is_fresh) {
    if (auto answer = misbehave(image.behaviour("convert"), source.files[0], is_fresh)) return *answer;
    if (image.behaviour("convert") == "half-once" && !is_fresh) {
      write_all(context.descriptors.at(0).get(), "half of it");
      die_of(SIGSEGV);
    }
    Json text = image.text;
    text["kind"] = "nifti";
    if (image.behaviour("convert") == "pid") text["pid"] = ::getpid();
    if (!write_all(context.descriptors.at(0).get(), canonical(text))) {
      throw Error(ExitCode::output, std::string("cannot write the volume: ") + std::strerror(errno));
    }
    return {{"digests", digests}, {"image", Json::object()}};
  }

  Json prepare(const FakeImage& image, const ImageSource& source, const Json& digests, const Json& request,
               WorkerContext& context, bool is_fresh) {
    const std::string how = image.behaviour("prepare");
    if (auto answer = misbehave(how, source.files[0], is_fresh)) return *answer;
    const std::int64_t items = image.text.value("items", 1);
    const std::int64_t side = image.text.value("side", 2);
    const float value = image.text.value("value", 0.5F);
    answer_ = {{"digests", digests},
               {"image", {{"size", {side, side, items}}}},
               {"shape", {items, 1, side, side}},
               {"axes", "N,C,R,A"},
               {"trace", Json::array({{{"name", "Fake"}, {"shape", {items, 1, side, side}}}})},
               {"affine_ras", {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}},
               {"spacing_mm", {1, 1, 1}}};
    if (request.value("range", false)) answer_["range"] = {value, value};
    if (request.contains("threads")) answer_["threads"] = request["threads"];
    if (request.value("qc", false)) answer_["qc"] = qc(value, items);
    if (request.value("sheet", false))
      answer_["sheet"] = to_base64("\x89PNG\r\n\x1A\n of " + std::to_string(value));
    held_.assign(static_cast<std::size_t>(items * side * side), value);
    // Items of one image differ by `step`.
    const float step = image.text.value("step", 0.0F);
    for (std::size_t at = 0; at < held_.size(); ++at)
      held_[at] += step * static_cast<float>(at / static_cast<std::size_t>(side * side));
    Json answer = give(request, context);
    if (how == "twice") {
      again_ = answer;
      again_["id"] = request.value("id", 0);
    }
    return answer;
  }

  /// A lot of two batches; each frame is `step` brighter than the one before it and 0.1 s later. The lot that
  /// "clip_lot" names misbehaves.
  Json clip(const FakeImage& image, const ImageSource& source, const Json& digests, const Json& request,
            WorkerContext& context, bool is_fresh) {
    const auto at = request.at("at").get<std::int64_t>(), n_lot = 2 * request.at("batch").get<std::int64_t>();
    if (at / n_lot == image.text.value("clip_lot", at / n_lot)) {
      if (auto answer = misbehave(image.behaviour("clip"), source.files[0], is_fresh)) return *answer;
    }
    const std::int64_t all = image.text.value("items", 1), n = std::min(n_lot, all - at);
    const float value = image.text.value("value", 0.5F), step = image.text.value("step", 0.001F);
    answer_ = {{"digests", digests},
               {"image", {{"size", {2, 2, 1}}}},
               {"flags", Json::array()},
               {"shape", {n, 1, 2, 2}},
               {"axes", "N,C,R,A"},
               {"trace", Json::array()},
               {"affine_ras", {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}},
               {"spacing_mm", {1, 1, 1}},
               {"next", at + n},
               {"chosen", all},
               {"is_last", at + n == all},
               {"frames", Json::array()},
               {"t_s", Json::array()}};
    held_.clear();
    for (std::int64_t frame = at; frame < at + n; ++frame) {
      answer_["frames"].push_back(frame);
      answer_["t_s"].push_back(static_cast<double>(frame) / 10);
      held_.insert(held_.end(), 4, value + step * static_cast<float>(frame));
    }
    return give(request, context);
  }

  /// Several inputs: one item with a channel for each, zeros for one that is missing.
  Json prepare_inputs(const Json& request, WorkerContext& context) {
    Json told = Json::array(), digests = Json::array();
    held_.clear();
    for (const Json& input : request.at("inputs")) {
      Json& facts = told.emplace_back(Json{{"name", input.at("name")}});
      float value = 0;
      if (input.contains("source")) {
        const std::string file = image_source_from_json(input["source"]).files.at(0);
        value = read_fake(file).text.value("value", 0.5F);
        facts["digests"] = {sha256_file(file)};
        digests.push_back(sha256_file(file));
      }
      held_.insert(held_.end(), 4, value);
    }
    const std::vector<std::size_t> shape{1, told.size(), 2, 2};
    answer_ = {{"digests", digests},
               {"inputs", told},
               {"shape", shape},
               {"axes", "N,C,R,A"},
               {"trace", Json::array({{{"name", "Fake"}, {"shape", shape}}})},
               {"affine_ras", {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}},
               {"spacing_mm", {1, 1, 1}}};
    return give(request, context);
  }

  /// Of an image of one value.
  static Json qc(float value, std::int64_t items) {
    Json same;
    for (const char* name : {"min", "max", "mean", "p1", "p50", "p99"}) same[name] = value;
    same["sd"] = 0;
    return {{"before", same}, {"after", same}, {"at_limits", 1}, {"n_planes", items}, {"n_blank", items}};
  }

  static Json write(const Json& request, WorkerContext& context) {
    if (!write_all(context.descriptors.at(0).get(),
                   request.at("format").get<std::string>() + " of the fake worker")) {
      throw Error(ExitCode::output, std::strerror(errno));
    }
    return {{"written", Json::object()}};
  }

  /// No DICOM but for its mark: the request itself, which tests read back.
  static Json clinic_object(const Json& request, bool is_fresh) {
    Json asked = request;
    for (const char* key : {"id", "drop"}) asked.erase(key);
    for (const Json& file : request.at("files")) {
      const std::string path = path_from_json(file);
      if (auto answer = misbehave(read_fake(path).behaviour("report"), path, is_fresh)) return *answer;
    }
    return {{"object", to_base64(std::string(128, '\0') + "DICM" + canonical(asked))}};
  }

  /// A picture and a volume in name only, with what they would show.
  static Json overlay(const Json& request, WorkerContext& context) {
    Json answer = Json::object();
    if (request.at("title") == "pneumothorax" && request.at("shape").at(0) == 2)
      throw Error(Reason::out_of_memory, "as the case asked");
    if (request.at("picture").get<bool>()) {
      answer["picture"] = to_base64("\x89PNG\r\n\x1A\n " + request["title"].get<std::string>() +
                                    " of items " + request["items"].dump());
    }
    if (request.at("volume").get<bool>())
      write_all(context.descriptors.at(1).get(), "volume of the fake worker");
    return answer;
  }

  Json load_tensor(const ImageSource& source, const Json& digests, const Json& request,
                   WorkerContext& context) {
    constexpr std::uint64_t most = std::uint64_t{1} << 30;
    const bool is_npy = source.files.at(0).ends_with(".npy");
    LoadedTensor tensor =
        is_npy ? read_tensor_npy(source.files[0], most) : read_tensor_h5(source.files[0], most).tensors.at(0);
    answer_ = {{"digests", digests},
               {"shape", tensor.info.shape},
               {"axes", tensor.info.axes},
               {"trace", tensor.info.attributes.value("steps", Json::array())},
               {"affine_ras", tensor.info.affine_ras},
               {"spacing_mm", tensor.info.spacing_mm},
               {"plan_sha256", tensor.info.plan_sha256},
               {"tensor_key", tensor.info.tensor_key},
               {"attributes", tensor.info.attributes}};
    held_ = std::move(tensor.values);
    return give(request, context);
  }

  Json give(const Json& request, WorkerContext& context) {
    const std::span<std::byte> buffer =
        context.buffers.bytes(request.at("buffer").at("id").get<std::uint64_t>());
    const std::size_t bytes = held_.size() * sizeof(float);
    if (buffer.size() < bytes) return {{"needs_bytes", bytes}};
    std::memcpy(buffer.data(), held_.data(), bytes);
    return std::exchange(answer_, Json::object());
  }

  FakeImage archive_;
  std::size_t at_ = 0;    ///< members of the archive given so far
  bool is_fresh_ = true;  ///< nothing was asked of this process yet
  Json answer_ = Json::object();
  Json again_;
  std::vector<float> held_;
};

#else

constexpr const char* role = "classify";

struct ClassifyFault {
  float mean;
  const char* behaviour;
};
constexpr std::array classify_faults{
    ClassifyFault{-1001, "crash"},      ClassifyFault{-1002, "hang"},
    ClassifyFault{-1003, "abort"},      ClassifyFault{-1004, "exit"},
    ClassifyFault{-1005, "memory"},     ClassifyFault{-1006, "garbage"},
    ClassifyFault{-1007, "bad-frame"},  ClassifyFault{-1008, "try:create"},
    ClassifyFault{-1009, "crash-once"}, ClassifyFault{-1010, "huge-frame"},
    ClassifyFault{-1011, "sleep:200"},  ClassifyFault{-1012, "fault:1"},
};
constexpr float NAN_MEAN = -1099;

class Worker {
 public:
  Json handle(const Json& request, WorkerContext& context) {
    const std::string op = request.at("op").get<std::string>();
    if (op == "setup") return setup(request);
    if (op == "ping") return Json::object();
    if (op == "classify") return classify(request, context);
    if (op == "explain") return explain(request, context);
    throw Error(ExitCode::internal, "the classify worker does not know the request '" + op + "'");
  }

 private:
  Json setup(const Json& request) {
    // The weights say how loading goes: what a model does before its first case.
    const std::string bundle = path_from_json(request.at("bundle"));
    const Json sidecar = Json::parse(read_file(bundle + "/radbatch.json"));
    const Json fake = sidecar.value("citation", Json());
    if (fake.is_string() && fake.get<std::string>().starts_with("fake ")) {
      is_rich_ = fake == "fake rich";
      misbehave(fake.get<std::string>().substr(5), bundle, true);
    }
    has_features_ = sidecar.value("reference", Json::object()).contains("features");
    const auto wanted = request.value("folds", std::vector<int>());
    for (const Json& backend : sidecar.value("backends", Json::array())) {
      const int fold = backend.value("fold", -1);
      if (fold >= 0 && (wanted.empty() || std::ranges::find(wanted, fold) != wanted.end()))
        folds_.push_back(fold);
    }
    return {{"sandbox", confine(request)},
            {"golden", 0},
            {"classifier", {{"library", "fake"}, {"device", request.at("device")}}}};
  }

  Json classify(const Json& request, WorkerContext& context) {
    const bool is_fresh = std::exchange(is_fresh_, false);
    const auto shape = request.at("shape").get<std::vector<std::int64_t>>();
    const std::span<std::byte> buffer =
        context.buffers.bytes(request.at("buffer").at("id").get<std::uint64_t>());
    const auto* values = reinterpret_cast<const float*>(buffer.data());
    const auto per_item =
        std::accumulate(shape.begin() + 1, shape.end(), std::int64_t{1}, std::multiplies<>());
    std::vector<float> means;
    for (std::int64_t item = 0; item < shape.at(0); ++item) {
      const float* first = values + item * per_item;
      means.push_back(
          static_cast<float>(std::accumulate(first, first + per_item, 0.0) / static_cast<double>(per_item)));
      if (auto answer = fault_of(means.back(), is_fresh)) return *answer;
    }
    const Json sights = request.value("sights", Json::array({{{"name", "plain"}}}));
    std::vector<ClassifyMember> members;
    for (const int fold : folds_.empty() ? std::vector{0} : folds_) {
      members.push_back({folds_.empty() ? "model" : "fold-" + std::to_string(fold), {}});
      for (std::size_t i = 0; i < sights.size(); ++i) {
        const float more = static_cast<float>(fold) / 20 + static_cast<float>(i) / 100;
        members.back().passes.push_back({sights[i].at("name").get<std::string>(), outputs(means, more)});
      }
    }
    return classify_answer(members);
  }

  std::vector<OutputArray> outputs(const std::vector<float>& means, float more) const {
    const auto items = static_cast<std::int64_t>(means.size());
    OutputArray logits{"0", {items, 3}, {}}, features{"features", {items, 2}, {}};
    for (const float mean : means) {
      const float odd = mean == NAN_MEAN ? std::numeric_limits<float>::quiet_NaN() : mean + more;
      logits.values.insert(logits.values.end(), {odd, 1 - odd, odd * odd});
      features.values.insert(features.values.end(), {mean, mean * mean});
    }
    std::vector<OutputArray> all{logits};
    if (is_rich_) add_riches(all);
    if (has_features_) all.push_back(features);
    return all;
  }

  /// A map in which voxel n has the value n, but for images of one value: below 0.1 the worker misbehaves as
  /// their hundredths say.
  Json explain(const Json& request, WorkerContext& context) {
    const auto shape = request.at("shape").get<std::vector<std::int64_t>>();
    const auto* values = reinterpret_cast<const float*>(
        context.buffers.bytes(request.at("buffer").at("id").get<std::uint64_t>()).data());
    const bool is_fresh = std::exchange(is_fresh_, false);
    const long hundredths = std::lround(100 * values[0]);
    if (hundredths == 1) misbehave("crash", {}, is_fresh);
    if (hundredths == 2) misbehave("crash-once", {}, is_fresh);
    if (hundredths == 3) misbehave("hang", {}, is_fresh);
    if (hundredths == 4) misbehave("error:E_OUT_OF_MEMORY", {}, is_fresh);
    std::vector<std::int64_t> map_shape{static_cast<std::int64_t>(request.at("items").size())};
    map_shape.insert(map_shape.end(), shape.begin() + 2, shape.end());
    const auto n = std::accumulate(map_shape.begin(), map_shape.end(), std::int64_t{1}, std::multiplies<>());
    std::vector<float> map(static_cast<std::size_t>(n));
    std::iota(map.begin(), map.end(), 0.0F);
    if (hundredths == 5) map.front() = std::numeric_limits<float>::infinity();
    if (hundredths == 6) map.pop_back();
    write_all(context.descriptors.at(0).get(),
              {reinterpret_cast<const char*>(map.data()), map.size() * sizeof(float)});
    const std::vector<double> scores(request["items"].size(), request.at("class").get<double>());
    return {{"shape", map_shape}, {"score", scores}, {"baseline_score", scores}, {"runs", 1}};
  }

  /// Attention that grows with the item, one number each, and features of two numbers.
  static void add_riches(std::vector<OutputArray>& outputs) {
    const std::int64_t items = outputs[0].shape[0];
    OutputArray attention{"attention", {items, 1}, {}}, features{"features", {items, 2, 1, 1}, {}};
    for (std::int64_t item = 0; item < items; ++item) {
      attention.values.push_back(static_cast<float>(item));
      const float first = outputs[0].values[static_cast<std::size_t>(3 * item)];
      features.values.insert(features.values.end(), {first, static_cast<float>(item)});
    }
    outputs.push_back(attention);
    outputs.push_back(features);
  }

  static std::optional<Json> fault_of(float mean, bool is_fresh) {
    const auto known = std::ranges::find(classify_faults, mean, &ClassifyFault::mean);
    if (known == classify_faults.end()) return std::nullopt;
    return misbehave(known->behaviour, "/tmp/radbatch-fake", is_fresh);
  }

  bool is_fresh_ = true;
  bool has_features_ = false;
  bool is_rich_ = false;    ///< the network has more outputs than scores
  std::vector<int> folds_;  ///< chosen; empty: the model is one network
};

#endif

}  // namespace
}  // namespace radbatch

int main() {
  radbatch::Worker worker;
  return radbatch::serve_worker({{"worker", radbatch::role}, {"fake", true}},
                                [&](const radbatch::Json& request, radbatch::WorkerContext& context) {
                                  return worker.handle(request, context);
                                });
}
