// Prepared tensors that runs share, by what they were made of (--cache).
//
// DIR/tensors/ab/<key>.h5 holds one tensor with all that preparing said of it; the key is the case's
// content_key (input digests, selection, plan, RESULT_VERSION), so an entry is never wrong, only missing.
// Files come by rename and are checked against their digest when they are used: any number of runs may write
// and read, and everything may be deleted at any time. DIR/sources/ab/<fingerprint>.json remembers the
// digests of files by path, size and mtime, so that a second run need not read them.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/batch/case_work.hpp"
#include "radbatch/batch/prepared_image.hpp"

namespace radbatch {

class TensorCache {
 public:
  /// Makes the folder. Throws Error(ExitCode::output).
  explicit TensorCache(std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  /// Where the tensor of that key lies, or would.
  std::filesystem::path entry(const std::string& key) const;
  /// Digests of the source's files, when they were read before and have not changed since.
  std::optional<std::vector<std::string>> digests(const ImageSource& source) const;
  void keep_digests(const ImageSource& source, const std::vector<std::string>& digests) const;
  /// Throws Error(ExitCode::output).
  void keep(const std::string& key, const Json& answer, std::span<const float> values) const;

  /// {"hits", "misses", "damaged"} so far.
  Json counts() const;
  std::size_t hits = 0, misses = 0, damaged = 0;

 private:
  std::filesystem::path folder_;
};

/// How the tensor of one image is looked for in the cache: ask what next() says, give back the answers, until
/// either answered() has the answer that preparing once gave, or next() says nothing more: then it has to be
/// prepared.
class CacheLookup {
 public:
  /// `cache` may be null: then there is nothing to look for.
  CacheLookup(TensorCache* cache, const WantedImage& wanted, const Bundle& bundle);

  std::optional<WorkRequest> next();
  /// True between a request of next() and its answer.
  bool is_asking() const { return stage_ == Stage::digest || stage_ == Stage::tensor; }
  std::optional<Json> answered(const Json& answer);
  /// The request failed: an entry that is damaged, or files that cannot be read, which preparing will say
  /// again.
  void failed();
  /// Asks a request to prepare for all that another run may want of the entry too.
  void widen(Json& request) const;
  /// Keeps what preparing answered.
  void keep(const PreparedImage& prepared, std::span<const float> values) const;

 private:
  enum class Stage { begin, digest, known, tensor, prepare };

  TensorCache* cache_;
  const WantedImage& wanted_;
  const Bundle& bundle_;
  Stage stage_;
  std::string key_;
};

}  // namespace radbatch
