// How recordings begin.
#pragma once

#include <string_view>

namespace radbatch {

/// MP4 and MOV (ftyp or an older MOV atom), AVI, Matroska and WebM, MPEG program, transport and bare video
/// streams, ASF. `head`: the first bytes of the file, 200 or more where there are as many.
bool begins_recording(std::string_view head);

}  // namespace radbatch
