// Hours of video for the network: frames in lots, each prepared in the buffer that the request names.
//
// A recording stays open between requests, and while the tool has one lot classified the next one is decoded:
// memory is that of two lots, however long the recording. The request "clip": docs/worker-protocol.md.
#pragma once

#include <exception>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/image/prepare_notes.hpp"
#include "radbatch/image/reader.hpp"
#include "radbatch/model/plan.hpp"
#include "radbatch/prepare/prepare.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {

class ClipRequests {
 public:
  ClipRequests() = default;
  ClipRequests(Plan plan, PrepareOptions preparing, const ReadOptions& reading)
      : plan_(std::move(plan)), preparing_(std::move(preparing)), reading_(reading) {}

  /// "clip": the lot that begins at the request's "at". Throws the reason of the case.
  Json next(const Json& request, WorkerContext& context);
  /// "take" after it: the same lot into a larger buffer.
  Json give(const Json& request, const WorkerContext& context);
  /// One frame more of the lot that will be asked for next; false when there is nothing to do.
  bool work_ahead();

 private:
  /// Frames that go through the network together.
  struct Lot {
    std::size_t begin = 0;   ///< of the chosen frames
    std::size_t n_full = 0;  ///< frames of a full one, known with the first
    PreparedTensor tensor;   ///< values of all, facts of the first
    std::vector<std::int64_t> frames;
    std::vector<double> seconds;
    std::optional<PrepareNotes> notes;
    bool is_last = false;
    bool is_full() const { return is_last || (n_full > 0 && frames.size() >= n_full); }
  };
  /// A recording that is open.
  struct Film {
    std::string key;
    Json request;  ///< the last one
    ImageSource source;
    std::vector<std::string> digests;
    OpenVideo video;
    Lot lot;                    ///< the next one, as far as it is decoded
    std::exception_ptr fault;   ///< met ahead: for the request that asks for it
    std::int64_t ahead_ns = 0;  ///< spent ahead since the last answer
  };

  Film& film_for(const Json& request);
  void begin_lot(Film& film, bool is_ahead);
  void add_frame(Film& film);
  void set_size(Film& film);
  Json answer_of(Film& film);

  Plan plan_;
  PrepareOptions preparing_;
  ReadOptions reading_;
  std::list<Film> films_;  ///< the one asked for last is the first
  Json answer_ = Json::object();
  std::vector<float> held_;  ///< the values that go with answer_
};

}  // namespace radbatch
