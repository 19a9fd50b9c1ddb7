// One case on its way through the workers, as the scheduler sees it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/batch/outcome.hpp"
#include "radbatch/worker/shared_buffer.hpp"

namespace radbatch {

/// The next thing a case needs from a worker.
struct WorkRequest {
  std::string role;              ///< "image" or "classify"
  Json body;                     ///< {"op": ...}
  bool needs_buffer = false;     ///< the case's tensor buffer goes along
  std::vector<int> descriptors;  ///< open files the worker may write to
  bool same_worker = false;      ///< that worker holds something open for the case: better wait for it
};

/// A chain of requests that ends in an outcome. The scheduler calls next(), sends, and gives back what came;
/// when next() has nothing more, finish() is called once. Nothing here may throw for a fault of the case.
class CaseWork {
 public:
  virtual ~CaseWork() = default;
  virtual const std::string& case_id() const = 0;
  /// Memory the case needs in all processes while it is under way, estimated from headers.
  virtual std::uint64_t cost_bytes() const = 0;
  virtual std::optional<WorkRequest> next() = 0;
  /// `buffer` is the case's tensor buffer, when it has one.
  virtual void answered(const Json& answer, const SharedBuffer* buffer) = 0;
  virtual void failed(Reason reason, const std::string& detail) = 0;
  /// The worker died; the same request is about to be sent to another: files that it wrote to begin anew.
  virtual void begin_again() {}
  virtual CaseOutcome finish() = 0;
};

}  // namespace radbatch
