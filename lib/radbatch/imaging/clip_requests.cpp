#include "radbatch/imaging/clip_requests.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/image/image_facts.hpp"
#include "radbatch/image/image_output.hpp"
#include "radbatch/imaging/tensor_requests.hpp"

namespace radbatch {
namespace {

// Cases take turns at a worker. Each recording holds the pictures that its codec looks back at, so few stay
// open; one that was closed is opened again where it stood.
constexpr std::size_t most_open = 4;

std::int64_t nanoseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

Json ClipRequests::next(const Json& request, WorkerContext& context) {
  Film& film = film_for(request);
  try {
    if (film.fault) std::rethrow_exception(film.fault);
    while (!film.lot.is_full()) add_frame(film);
    answer_ = answer_of(film);
    held_ = std::exchange(film.lot.tensor.values, {});
    if (film.lot.is_last) {
      films_.pop_front();
    } else {
      begin_lot(film, true);
    }
  } catch (...) {
    films_.pop_front();
    throw;
  }
  return give(request, context);
}

Json ClipRequests::give(const Json& request, const WorkerContext& context) {
  const std::span<std::byte> buffer =
      context.buffers.bytes(request.at("buffer").at("id").get<std::uint64_t>());
  const std::size_t bytes = held_.size() * sizeof(float);
  if (buffer.size() < bytes) return {{"needs_bytes", bytes}};
  std::memcpy(buffer.data(), held_.data(), bytes);
  held_ = {};
  return std::exchange(answer_, Json::object());
}

bool ClipRequests::work_ahead() {
  if (films_.empty() || films_.front().fault || films_.front().lot.is_full()) return false;
  Film& film = films_.front();
  const auto begin = std::chrono::steady_clock::now();
  try {
    add_frame(film);
  } catch (...) {
    film.fault = std::current_exception();
  }
  film.ahead_ns += nanoseconds_since(begin);
  return true;
}

/// The open recording that stands at the request's "at", as the first of the list; opened where there is
/// none.
ClipRequests::Film& ClipRequests::film_for(const Json& request) {
  const std::string key = canonical(request.at("source"));
  const auto at = request.at("at").get<std::size_t>();
  const auto open = std::ranges::find(films_, key, &Film::key);
  if (open != films_.end() && open->lot.begin == at) {
    films_.splice(films_.begin(), films_, open);
    films_.front().request = request;
    return films_.front();
  }
  if (open != films_.end()) films_.erase(open);
  while (films_.size() >= most_open) films_.pop_back();
  ImageSource source = image_source_from_json(request.at("source"));
  std::vector<std::string> digests = file_digests(source);
  OpenVideo video = open_video(source, reading_, at);
  films_.push_front({key, request, std::move(source), std::move(digests), std::move(video), {}, nullptr, 0});
  begin_lot(films_.front(), false);
  films_.front().lot.begin = at;
  return films_.front();
}

void ClipRequests::begin_lot(Film& film, bool is_ahead) {
  const std::size_t n_full = film.lot.n_full;
  film.lot = Lot();
  film.lot.begin = film.video.stream.position();
  film.lot.n_full = n_full;
  Json wanted = film.request;
  // Pictures and numbers for people are the first lot's.
  for (const char* key : {"preview", "qc", "sheet"}) wanted[key] = !is_ahead && wanted.value(key, false);
  film.lot.notes.emplace(wanted, film.source.attributes);
}

void ClipRequests::add_frame(Film& film) {
  Lot& lot = film.lot;
  try {
    const std::optional<ClipFrame> frame = film.video.stream.next();
    if (!frame) {
      lot.is_last = true;
      if (lot.begin == 0 && lot.frames.empty())
        throw Error(Reason::truncated_pixels, "none of the chosen frames of the recording can be decoded");
      return;
    }
    note_values(frame->picture, film.request, *lot.notes);
    append(lot.tensor, prepare(frame->picture, plan_, preparing_), reading_.max_bytes);
    lot.frames.push_back(frame->index);
    lot.seconds.push_back(frame->seconds);
    if (lot.n_full == 0) set_size(film);
    if (film.video.stream.position() == film.video.stream.chosen()) lot.is_last = true;
  } catch (const std::bad_alloc&) {
    throw Error(Reason::out_of_memory, "not enough memory to decode the recording");
  }
}

/// Whole batches of the network, so that no score depends on where one lot ends and the next begins.
void ClipRequests::set_size(Film& film) {
  Lot& lot = film.lot;
  if (lot.tensor.shape.front() != 1)
    throw Error(Reason::prepare, "the plan makes several items of one frame of video");
  const auto batch = film.request.at("batch").get<std::size_t>();
  const std::size_t fitting =
      film.request.at("lot_bytes").get<std::size_t>() / (lot.tensor.values.size() * sizeof(float));
  const std::size_t most = std::min(fitting, film.request.at("most_frames").get<std::size_t>());
  lot.n_full = std::max<std::size_t>(most / batch, 1) * batch;
  lot.tensor.values.reserve(lot.n_full * lot.tensor.values.size());
}

Json ClipRequests::answer_of(Film& film) {
  Lot& lot = film.lot;
  const Volume facts = film.video.stream.facts();
  Json answer = {{"digests", film.digests},
                 {"image", facts_of(facts)},
                 {"flags", flags_of_image(film.source, facts)},
                 {"next", film.video.stream.position()},
                 {"chosen", film.video.stream.chosen()},
                 {"is_last", lot.is_last},
                 {"frames", lot.frames},
                 {"t_s", lot.seconds},
                 {"ahead_ms", std::exchange(film.ahead_ns, 0) / 1'000'000}};
  answer["image"]["source_frames"] = facts.source_frames;
  if (lot.frames.empty()) return answer;
  lot.notes->see({lot.tensor.shape, lot.tensor.values, lot.tensor.affine_ras}, lot.tensor.axes);
  lot.notes->add_to(answer);
  for (const std::string& flag : lot.tensor.flags) answer["flags"].push_back(flag);
  answer.update(tensor_facts(lot.tensor));
  return answer;
}

}  // namespace radbatch
