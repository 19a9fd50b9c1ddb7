// One gzip member or zlib stream, packed by several threads: what .nii.gz, .nrrd, .mha and .h5 hold.
//
// The bytes are cut into pieces of a fixed length that are packed apart, each with the 32 KiB before it as
// its dictionary, and end on a byte (an empty stored block, as pigz and Z_SYNC_FLUSH write it); a row of such
// pieces is one ordinary stream, so readers that know nothing of it (nibabel, ITK, FSL, zlib) read it. The
// pieces do not depend on the number of threads, and so the bytes do not either.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace radbatch {

enum class Packing { gzip, zlib };

using ByteSink = std::function<void(std::span<const std::byte>)>;

/// Packs the parts one after the other as one stream and hands it to `sink` in order, in pieces, from the
/// calling thread. Memory: about 1.3 MiB for each of 4 x `threads` pieces.
void pack(std::span<const std::span<const std::byte>> parts, Packing packing, int threads,
          const ByteSink& sink);

/// The same in memory, on one thread.
std::string packed(std::span<const std::byte> bytes, Packing packing);

}  // namespace radbatch
