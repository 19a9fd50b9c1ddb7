// Label files come from spreadsheets, and spreadsheets from everywhere.
#pragma once

#include <string>
#include <string_view>

namespace radbatch {

/// `bytes` in `encoding` ("gb18030", "big5", "shift_jis", "utf-16", ...) as UTF-8. Throws
/// Error(ExitCode::usage) that names `what` when the encoding is unknown or the bytes do not fit it.
std::string to_utf8(std::string_view bytes, const std::string& encoding, const std::string& what);

}  // namespace radbatch
