// The cases that are known ahead, of which the largest goes first: a large one that comes last would keep one
// worker busy while the others have nothing left.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "radbatch/batch/case_work.hpp"

namespace radbatch {

class CaseWindow {
 public:
  /// How many cases are looked at, and how many later ones may go before a case.
  static constexpr std::size_t SIZE = 64;

  bool is_full() const { return waiting_.size() >= SIZE; }
  bool is_empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  /// Of the largest case, in bytes; 0 where there is none.
  std::uint64_t largest_cost() const;

  void add(std::unique_ptr<CaseWork> work);
  /// The largest; among equals the one that came first. One that SIZE later cases have passed goes before all
  /// others, so that none waits for ever. Null when there is none.
  std::unique_ptr<CaseWork> take();

 private:
  struct Waiting {
    std::unique_ptr<CaseWork> work;
    std::uint64_t cost = 0;
    std::size_t passed = 0;  ///< by how many cases that came later
  };
  std::deque<Waiting> waiting_;  ///< as they came
};

}  // namespace radbatch
