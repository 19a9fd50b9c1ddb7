#include "radbatch/batch/video_work.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/model/plan_images.hpp"
#include "radbatch/study/attributes.hpp"

namespace radbatch {
namespace {

// Large enough that a network is kept busy, small enough that a kill costs seconds.
constexpr std::uint64_t LOT_BYTES = std::uint64_t{32} << 20;
constexpr std::uint64_t LOT_FRAMES = 256;
// Pictures that a codec may look back at (16 in H.264 and HEVC), and those in flight.
constexpr double REFERENCE_PICTURES = 20;

bool is_recording(const Candidate& candidate) {
  return candidate.source.kind == FileKind::video ||
         (candidate.source.kind == FileKind::dicom && flag_of(candidate.attributes, "is_video"));
}

/// What of a lot's answer the end of the case needs. The whole case is told by its first lot.
Json kept_of(Json answer, bool is_first) {
  for (const char* key : {"id", "preview", "ahead_ms"}) answer.erase(key);
  if (is_first) return answer;
  for (const char* key : {"shape", "axes", "trace", "image", "affine_ras", "spacing_mm"}) answer.erase(key);
  return answer;
}

/// A worker is not trusted: a lot that does not go on would be asked for again without end.
void check_lot(const Json& answer, std::size_t at) {
  const std::size_t n = answer.at("frames").size();
  const bool goes_on =
      answer.at("is_last").get<bool>() || (n > 0 && answer.at("next").get<std::size_t>() >= at + n);
  if (!goes_on || answer.at("t_s").size() != n)
    throw Error(Reason::decoder_crash, "the worker's lot does not say where it ends");
}

/// Puts the items of one lot behind those before it.
void append(std::vector<ClassifyMember>& all, std::vector<ClassifyMember> lot) {
  if (all.empty()) {
    all = std::move(lot);
    return;
  }
  const auto refuse = [] {
    throw Error(Reason::model_output, "the network gave other outputs for another lot");
  };
  if (all.size() != lot.size()) refuse();
  for (std::size_t m = 0; m < all.size(); ++m) {
    if (all[m].passes.size() != lot[m].passes.size()) refuse();
    for (std::size_t p = 0; p < all[m].passes.size(); ++p) {
      auto &whole = all[m].passes[p].outputs, &part = lot[m].passes[p].outputs;
      if (whole.size() != part.size()) refuse();
      for (std::size_t o = 0; o < whole.size(); ++o) {
        const bool fits =
            whole[o].name == part[o].name && std::equal(whole[o].shape.begin() + 1, whole[o].shape.end(),
                                                        part[o].shape.begin() + 1, part[o].shape.end());
        if (!fits) refuse();
        whole[o].shape[0] += part[o].shape[0];
        whole[o].values.insert(whole[o].values.end(), part[o].values.begin(), part[o].values.end());
      }
    }
  }
}

}  // namespace

bool goes_in_lots(const WantedImage& wanted, const Plan& plan) {
  return wanted.inputs.size() == 1 && wanted.region.empty() && is_recording(*wanted.candidate) &&
         !names_images(plan) && !frames_are_channels(plan) &&
         most_frames(wanted.frames, wanted.candidate->attributes) > MOST_FRAMES_AT_ONCE;
}

VideoWork::VideoWork(const InferSettings& settings, WantedImage wanted)
    : InferWork(settings, std::move(wanted), nullptr, Level::frames),
      part_(settings.folder, wanted_.case_id, sha256_hex(canonical(settings.identity))) {
  if (!bundle_.pooling.contains(Level::frames))
    throw Error(Reason::dimension, "the case has many frames and the model declares no pooling of frames");
  try {
    for (const Json& record : part_.read()) take_up(record);
  } catch (const Json::exception&) {
    begin_anew();  // written by a radbatch that kept other things
  }
}

std::uint64_t VideoWork::cost_bytes() const {
  double samples = std::max(number_of(wanted_.candidate->attributes, "channels").value_or(3), 1.0);
  for (const double extent : numbers_of(wanted_.candidate->attributes, "size"))
    samples *= std::max(extent, 1.0);
  // As decoded, as float32 and while a step works; the lot in the worker, ahead, and in the buffer.
  return static_cast<std::uint64_t>(samples * (16 + REFERENCE_PICTURES)) + 3 * LOT_BYTES;
}

std::optional<WorkRequest> VideoWork::next() {
  if (ended_) return std::nullopt;
  return lot_ ? next_use() : clip_request();
}

WorkRequest VideoWork::clip_request() const {
  WorkRequest request = request_of(wanted_, bundle_);
  request.body.update({{"op", "clip"},
                       {"at", at_},
                       {"batch", bundle_.batch},
                       {"lot_bytes", LOT_BYTES},
                       {"most_frames", LOT_FRAMES}});
  // Pictures and numbers for people are the first lot's.
  for (const char* key : {"preview", "qc", "sheet"})
    request.body[key] = at_ == 0 && request.body.value(key, false);
  request.same_worker = true;
  return request;
}

void VideoWork::answered(const Json& answer, const SharedBuffer* buffer) {
  if (lot_) return take_scores(answer);
  if (is_another_recording(answer.at("digests"))) return begin_anew();
  take_lot(answer, *buffer);
}

/// A record of an earlier try: a lot with its scores. The case goes on behind it.
void VideoWork::take_up(const Json& record) {
  const Json& lot = record.at("lot");
  append(members_, members_of_answer(record.at("scores")));
  if (!prepared_) prepared_.emplace().answer = lot;
  digests_ = lot.at("digests");
  is_resumed_ = true;
  add_frames(lot);
}

/// True where records of an earlier try are about other bytes.
bool VideoWork::is_another_recording(const Json& digests) const {
  if (!digests.is_array()) throw Error(Reason::decoder_crash, "the worker's lot has no digests");
  if (digests_.is_null() || digests == digests_) return false;
  if (!is_resumed_) throw Error(Reason::file_changed, "the recording changed while it was read");
  return true;
}

void VideoWork::begin_anew() {
  part_.clear();
  is_resumed_ = false;
  digests_ = nullptr;
  prepared_.reset();
  members_.clear();
  frames_ = {};
  flags_.clear();
  at_ = 0;
}

void VideoWork::take_lot(const Json& answer, const SharedBuffer& buffer) {
  lot_ = kept_of(answer, at_ == 0);
  digests_ = answer.at("digests");
  outcome_.content_key = content_key(answer, wanted_, bundle_);
  is_resumed_ = false;
  check_lot(answer, at_);
  if (answer.at("frames").empty()) {  // the rest of the recording is damaged
    if (!prepared_) throw Error(Reason::decoder_crash, "the worker's first lot has no frames");
    add_frames(*lot_);
    return finish_case();
  }
  PreparedImage prepared = prepared_image(answer, buffer, wanted_, bundle_);
  if (prepared.shape.front() != std::ssize(answer.at("frames")))
    throw Error(Reason::decoder_crash, "the worker's lot has other items than frames");
  if (at_ == 0 && wanted_.preview) save_preview(answer, wanted_.case_id, run_folder_);
  flags_.insert(prepared.flags.begin(), prepared.flags.end());
  if (prepared_) {
    prepared_->shape = std::move(prepared.shape);
  } else {
    prepared.answer = *lot_;
    prepared_ = std::move(prepared);
  }
  choose_sights();
}

void VideoWork::take_scores(const Json& scores) {
  std::vector<ClassifyMember> members = members_of_answer(scores);
  for (const OutputArray& output : members.front().passes.front().outputs) {
    if (output.shape.front() != prepared_->shape.front())
      throw Error(Reason::model_output, "an output has another number of items than the lot");
  }
  append(members_, std::move(members));
  const bool is_last = lot_->at("is_last").get<bool>();
  if (!is_last) part_.append({{"lot", *lot_}, {"scores", {{"members", scores.at("members")}}}});
  add_frames(*lot_);
  lot_.reset();
  if (is_last) finish_case();
}

void VideoWork::add_frames(const Json& lot) {
  at_ = lot.at("next").get<std::size_t>();
  for (const Json& frame : lot.at("frames")) frames_.indices.push_back(frame.get<std::int64_t>());
  for (const Json& t : lot.at("t_s")) frames_.seconds.push_back(t.get<double>());
  if (!std::ranges::is_sorted(frames_.seconds))
    throw Error(Reason::decoder_crash, "the worker's frames are not in the order of their times");
  for (const std::string& flag : lot.value("flags", std::vector<std::string>())) flags_.insert(flag);
}

void VideoWork::finish_case() {
  flags_.insert(wanted_.flags.begin(), wanted_.flags.end());
  outcome_.flags.assign(flags_.begin(), flags_.end());
  prepared_->shape = prepared_->answer.at("shape").get<std::vector<std::int64_t>>();
  prepared_->shape.front() = std::ssize(frames_.indices);
  prepared_->answer["image"]["frames"] = frames_.indices.size();
  score(members_, frames_);
}

}  // namespace radbatch
