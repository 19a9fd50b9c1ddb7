// The way of the cases through a study as boxes and arrows, after the diagram of STARD 2015 (Bossuyt et al.,
// BMJ 351 (2015) h5527): down the left what goes on, at the right what is left out and why.
#pragma once

#include <string>

#include "radbatch/report/flow_counts.hpp"
#include "radbatch/report/language.hpp"

namespace radbatch {

/// Empty when there are no cases.
std::string flow_chart(const FlowCounts& counts, const Language& lang);

}  // namespace radbatch
