// Human readers: how far they agree with each other and with the model, and how they compare with it.
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/part.hpp"

namespace radbatch {

/// Readers under one condition of a study: without and with the model's help.
struct ReaderArm {
  std::string name;
  std::vector<std::string> readers;  ///< names as in Rater; the same persons in the same order in both arms
};

struct ReaderOptions {
  std::vector<ReaderArm> arms;  ///< none, or two: their difference after Obuchowski and Rockette
};

/// For raters that are readers: agreement of every two of them and of each with the model (percent agreement,
/// kappa, prevalence- and bias-adjusted kappa), of the group (Fleiss, Gwet, Krippendorff; intraclass for
/// numbers), accuracy of each, and where two readers or more gave graded scores the reader-averaged AUROC,
/// alone and less the model's. The model is the first rater that is no reader. Throws Error(ExitCode::usage)
/// when an arm names an unknown reader or the arms differ in number.
ReportPart readers_part(const PartContext& context, const ReaderOptions& options = {});

}  // namespace radbatch
