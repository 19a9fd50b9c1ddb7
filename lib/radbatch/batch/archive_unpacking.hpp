// Unpacking archives through the image workers, several at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/archive_listing.hpp"
#include "radbatch/worker/pool.hpp"

namespace radbatch {

struct ArchiveToUnpack {
  FileRecord archive;
  std::filesystem::path folder;  ///< is there when and only when everything is in it
};

struct UnpackLimits {
  std::optional<std::uint64_t> max_unpacked;  ///< bytes of one archive
  std::chrono::milliseconds request;          ///< time for a few members
};

/// Unpacks each archive into its folder: files named part_name, never by the archive. An archive that grows
/// beyond its limit gets no member; one that costs two workers E_DECODER_CRASH, one that hangs
/// E_DECODER_TIMEOUT. Listings in the order asked for; incomplete when a stop signal came. Throws
/// Error(ExitCode::output) when the disk is full.
std::vector<ArchiveListing> unpack_archives(const std::vector<ArchiveToUnpack>& archives, WorkerPool& pool,
                                            Reporter& reporter, const UnpackLimits& limits);

}  // namespace radbatch
