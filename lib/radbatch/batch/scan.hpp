// Reading the headers of many files through the image workers.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "radbatch/base/reporter.hpp"
#include "radbatch/study/file_record.hpp"
#include "radbatch/worker/pool.hpp"

namespace radbatch {

/// What is known from an earlier scan of the same files.
using KnownFiles = std::vector<FileRecord>;

struct ScanResult {
  std::vector<FileRecord> records;  ///< as given, with kind, attributes and reasons filled in
  std::size_t opened = 0;           ///< files whose header was read now
};

/// Fills in what `found` (from walk) lacks: from `known` where path, size and mtime are the same, otherwise
/// by an image worker of `pool`. A file that kills a worker gets E_DECODER_CRASH, one that hangs it
/// E_DECODER_TIMEOUT. `limit` is the time for one request. Stops early when a stop signal came: the result is
/// then incomplete and must not be kept, because a file that was not reached looks like one that is no image.
ScanResult scan(std::vector<FileRecord> found, const KnownFiles& known, WorkerPool& pool, Reporter& reporter,
                std::chrono::milliseconds limit = std::chrono::minutes(2));

}  // namespace radbatch
