// JSON files beside images that say what the image format cannot: Modality, times, kernel (BIDS, dcm2niix).
#pragma once

#include <map>
#include <set>
#include <span>

#include "radbatch/study/cohort.hpp"

namespace radbatch {

/// Which of the files are sidecars of which: "a/b.json" of "a/b.nii.gz". What a sidecar says was read by the
/// scan into the record's attributes, in DICOM's keywords and units.
class Sidecars {
 public:
  Sidecars(std::span<const FileRecord> records, std::span<const std::size_t> files);
  /// True for a sidecar whose image is among the files: it belongs to that image's case.
  bool is_used(std::size_t file) const { return used_.contains(file); }
  /// The sidecar of an image file, or nothing.
  std::optional<std::size_t> of(std::size_t file) const;
  /// Adds what the sidecar says and the image's own header does not.
  void describe(Candidate& candidate) const;

 private:
  std::span<const FileRecord> records_;
  std::map<std::size_t, std::size_t> sidecar_of_;
  std::set<std::size_t> used_;
};

}  // namespace radbatch
