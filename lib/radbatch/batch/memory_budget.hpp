// Keeps the whole process tree within --max-ram: what the tool and its workers hold is measured, what a case
// will need is known from its headers, and a request is sent only when both fit.
//
// A worker that prepares an image is charged with what it held when it was ready and the cost of the case;
// one that classifies with the most that its process has ever held, since the same network runs each time.
// Mapped libraries count once per role, shared buffers once. Nothing here decides whether a case is too large
// at all: that must not depend on measurements, or a rerun could refuse what was done before.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "radbatch/worker/pool.hpp"

namespace radbatch {

class MemoryBudget {
 public:
  /// `pool` must outlive this.
  MemoryBudget(const WorkerPool& pool, std::uint64_t limit_bytes) : pool_(pool), limit_(limit_bytes) {}

  std::uint64_t limit() const { return limit_; }
  /// Measures the tool itself, where the last time was a while ago.
  void look();
  /// A request of a case was sent to this slot, and its answer came or will never come.
  void sent(std::size_t slot, std::uint64_t cost) { costs_[slot] = cost; }
  void answered(std::size_t slot);

  /// Of tool and workers, with the charges of what is under way; shared buffers not counted.
  std::uint64_t held() const;
  /// Whether a request of `cost` on this slot, and `buffers` bytes of shared buffers in all, fit.
  bool fits(std::size_t slot, std::uint64_t cost, std::uint64_t buffers) const;
  /// Whether one more process of this role fits beside a case of `cost`.
  bool fits_process(const std::string& role, std::uint64_t cost, std::uint64_t buffers) const;

 private:
  /// A role's process that was not measured yet is taken to be like its fellows.
  std::uint64_t typical(const std::string& role) const;
  std::uint64_t charge(std::size_t slot) const;
  std::uint64_t charge(std::size_t slot, std::uint64_t cost) const;

  const WorkerPool& pool_;
  std::uint64_t limit_;
  std::uint64_t tool_ = 0;
  Clock::time_point looked_{};
  std::map<std::size_t, std::uint64_t> costs_;  ///< of the requests under way, by slot
  std::map<std::size_t, std::uint64_t> most_;   ///< the largest cost that the slot's process had
  double scale_ = 1;  ///< how much more than their cost cases were seen to take; never falls
};

}  // namespace radbatch
