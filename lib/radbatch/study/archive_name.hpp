// Which files are opened as folders: told by the name, because a walk opens no file.
#pragma once

#include <string_view>

namespace radbatch {

/// .zip .tar .tar.gz .tgz .tar.bz2 .tbz2 .tar.xz .txz .tar.zst .tzst, in any case.
bool is_archive_name(std::string_view path);

}  // namespace radbatch
