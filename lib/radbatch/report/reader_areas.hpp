// Readers with graded scores: their areas under the ROC curve, averaged over readers, alone and against a
// model.
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/level_numbers.hpp"
#include "radbatch/report/reader_ratings.hpp"
#include "radbatch/report/readers_part.hpp"
#include "radbatch/stats/obuchowski_rockette.hpp"

namespace radbatch {

struct NamedReaderMean {
  std::string metric, name;
  ReaderMean mean;
};

struct ReaderAreas {
  std::size_t n = 0, n_positive = 0;  ///< units that all of them scored and whose truth is known
  std::vector<std::string> raters;    ///< readers with graded scores, then the model
  std::vector<double> areas;          ///< of each
  std::vector<NamedReaderMean> means;
  std::string why_not;  ///< nothing above: why; empty where no reader gave graded scores
};

/// Of one finding. Covariances after DeLong, of patients with several units after Obuchowski. Graded: at
/// least three different scores among the test units. The arms, where given, as a factorial study; throws
/// Error(ExitCode::usage) when they name an unknown reader or differ in number.
ReaderAreas reader_areas(const PartContext& context, const ReaderGroup& group, const ReaderOptions& options,
                         std::size_t finding);

}  // namespace radbatch
