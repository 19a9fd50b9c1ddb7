// What is told of an image while it is prepared: numbers for the table of a cohort, pictures for people.
//
// The image may be gone when its tensor is there (a film is read frame by frame), so both are looked at when
// they are at hand.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "radbatch/base/json.hpp"
#include "radbatch/image/tensor_sheet.hpp"

namespace radbatch {

class PrepareNotes {
 public:
  /// `request` says what is wanted: "range", "preview", "qc", "sheet" (docs/worker-protocol.md); `attributes`
  /// are those of the image's source.
  PrepareNotes(const Json& request, Json attributes);

  /// An image as it was read, or the next frame of one.
  void see(const Volume& volume);
  /// What became of it. `axes` as "N,C,R,A,S"; whether it has a geometry is known from the image.
  void see(TensorView tensor, const std::string& axes);
  /// Smallest and largest finite value seen so far, where "range" is wanted.
  std::optional<std::pair<double, double>> range() const;
  /// Adds "range", "preview", "qc" and "sheet", as they were wanted, to the answer.
  void add_to(Json& answer) const;

 private:
  bool wants_range_, wants_preview_, wants_qc_, wants_sheet_;
  Json attributes_;
  bool has_geometry_ = false;
  SampleStatistics values_;
  std::optional<double> corner_brightness_;
  std::optional<RawPictures> pictures_;
  std::string preview_, sheet_;
  Json tensor_ = Json::object();  ///< "after", "n_planes", "n_blank"
};

/// Mean value of the darker upper corner of a picture (a tenth of each side), where its 1st percentile counts
/// as 0 and its 99th as 1; 0 without such a span. Air above the shoulders is dark, in an inverted radiograph
/// bright.
double corner_brightness(const Volume& picture);

}  // namespace radbatch
