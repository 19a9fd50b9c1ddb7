#include "radbatch/batch/tensor_cache.hpp"

#include <sys/stat.h>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/store/tensor_file.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t MOST_DIGEST_BYTES = 4 << 20;

/// Of the files by path, size and time; nothing where one is gone, or where the source names only a header
/// whose data lie in another file.
std::optional<std::string> fingerprint_of(const ImageSource& source) {
  if (source.kind == FileKind::metaimage || source.kind == FileKind::nrrd) return std::nullopt;
  Sha256 digest;
  for (const std::string& file : source.files) {
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) return std::nullopt;
    const std::int64_t mtime_ns = std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
    digest.update(file).update(std::string_view("\0", 1));
    digest.update(std::to_string(facts.st_size) + " " + std::to_string(mtime_ns) + "\n");
  }
  return digest.hex();
}

fs::path shelf(const fs::path& folder, const std::string& name, const std::string& ending) {
  return folder / name.substr(0, 2) / (name + ending);
}

/// What preparing answered, without what belongs to one request only.
Json kept_answer(Json answer) {
  for (const char* member : {"id", "sheet"}) answer.erase(member);
  return answer;
}

}  // namespace

TensorCache::TensorCache(fs::path folder) : folder_(fs::absolute(std::move(folder))) {
  make_folder(folder_);
}

fs::path TensorCache::entry(const std::string& key) const {
  return shelf(folder_ / "tensors", key, ".h5");
}

std::optional<std::vector<std::string>> TensorCache::digests(const ImageSource& source) const {
  const auto fingerprint = fingerprint_of(source);
  if (!fingerprint) return std::nullopt;
  const fs::path path = shelf(folder_ / "sources", *fingerprint, ".json");
  std::error_code missing;
  const std::uintmax_t bytes = fs::file_size(path, missing);
  if (missing || bytes > MOST_DIGEST_BYTES) return std::nullopt;
  const Json list = Json::parse(read_file(path), nullptr, false);
  if (!list.is_array() || list.size() != source.files.size()) return std::nullopt;
  std::vector<std::string> digests;
  for (const Json& one : list) {
    if (!one.is_string()) return std::nullopt;
    digests.push_back(one.get<std::string>());
  }
  return digests;
}

void TensorCache::keep_digests(const ImageSource& source, const std::vector<std::string>& digests) const {
  const auto fingerprint = fingerprint_of(source);
  if (!fingerprint || digests.size() != source.files.size()) return;
  const fs::path path = shelf(folder_ / "sources", *fingerprint, ".json");
  make_folder(path.parent_path());
  write_file_atomically(path, canonical(digests));
}

void TensorCache::keep(const std::string& key, const Json& answer, std::span<const float> values) const {
  TensorInfo tensor;
  tensor.input = "tensor";
  answer.at("shape").get_to(tensor.shape);
  answer.at("axes").get_to(tensor.axes);
  answer.at("spacing_mm").get_to(tensor.spacing_mm);
  answer.at("affine_ras").get_to(tensor.affine_ras);
  tensor.tensor_key = key;
  tensor.attributes = {{"answer", kept_answer(answer)}};
  const fs::path path = entry(key);
  make_folder(path.parent_path());
  const StoredTensor stored{tensor, values};
  write_tensor_h5(path, "cache", {&stored, 1});
}

Json TensorCache::counts() const {
  return {{"hits", hits}, {"misses", misses}, {"damaged", damaged}};
}

CacheLookup::CacheLookup(TensorCache* cache, const WantedImage& wanted, const Bundle& bundle)
    : cache_(cache), wanted_(wanted), bundle_(bundle), stage_(Stage::begin) {
  // A tensor that was made before is as near as its entry would be.
  const bool is_tensor = wanted.candidate->source.kind == FileKind::tensor;
  // What several files made is found only by reading them all: such cases are prepared anew.
  const bool is_of_several = wanted.inputs.size() > 1 || !wanted.region.empty();
  if (is_of_several) cache_ = nullptr;
  if (!cache_ || is_tensor) stage_ = Stage::prepare;
}

std::optional<WorkRequest> CacheLookup::next() {
  const ImageSource& source = wanted_.candidate->source;
  if (stage_ == Stage::begin) {
    if (const auto digests = cache_->digests(source)) {
      key_ = content_key({{"digests", *digests}}, wanted_, bundle_);
      stage_ = Stage::known;
    } else if (!wanted_.sheet) {
      stage_ = Stage::digest;
    } else {
      ++cache_->misses;
      stage_ = Stage::prepare;
    }
  }
  if (stage_ == Stage::digest)
    return WorkRequest{"image", {{"op", "digest"}, {"source", to_json(source)}}, false, {}};
  if (stage_ == Stage::known) {
    std::error_code missing;
    // A sheet shows the image, which only preparing it anew can do.
    const bool is_there = !wanted_.sheet && fs::exists(cache_->entry(key_), missing);
    if (!is_there) ++cache_->misses;
    stage_ = is_there ? Stage::tensor : Stage::prepare;
  }
  if (stage_ != Stage::tensor) return std::nullopt;
  ImageSource stored;
  stored.kind = FileKind::tensor;
  stored.files = {cache_->entry(key_).string()};
  Json body{{"op", "tensor"}, {"source", to_json(stored)}, {"input", "tensor"}};
  return WorkRequest{"image", std::move(body), true, {}};
}

std::optional<Json> CacheLookup::answered(const Json& answer) {
  if (stage_ == Stage::digest) {
    const auto digests = answer.at("digests").get<std::vector<std::string>>();
    cache_->keep_digests(wanted_.candidate->source, digests);
    key_ = content_key({{"digests", digests}}, wanted_, bundle_);
    stage_ = Stage::known;
    return std::nullopt;
  }
  stage_ = Stage::prepare;
  const Json kept = answer.value("attributes", Json::object()).value("answer", Json());
  const bool is_ours = kept.is_object() && answer.value("tensor_key", "") == key_ &&
                       kept.contains("digests") && kept.value("shape", Json()) == answer.at("shape");
  const bool is_enough = is_ours && (!wanted_.preview || kept.contains("preview"));
  if (!is_ours) ++cache_->damaged;
  if (!is_enough) {
    ++cache_->misses;
    return std::nullopt;
  }
  ++cache_->hits;
  Json prepared = kept;
  if (!wanted_.preview) prepared.erase("preview");
  return prepared;
}

void CacheLookup::failed() {
  if (stage_ == Stage::tensor) {
    ++cache_->damaged;
    ++cache_->misses;
  }
  stage_ = Stage::prepare;
}

void CacheLookup::widen(Json& request) const {
  if (!cache_ || request.at("op") != "prepare") return;
  request["qc"] = true;
  request["range"] = true;
  if (may_be_shown(wanted_.candidate->attributes, Thumbnails::safe)) request["preview"] = true;
}

void CacheLookup::keep(const PreparedImage& prepared, std::span<const float> values) const {
  if (!cache_ || wanted_.candidate->source.kind == FileKind::tensor) return;
  cache_->keep_digests(wanted_.candidate->source,
                       prepared.answer.at("digests").get<std::vector<std::string>>());
  cache_->keep(prepared.content_key, prepared.answer, values);
}

}  // namespace radbatch
