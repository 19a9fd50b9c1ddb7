// The transfer syntaxes of DICOM that carry pixels: how each stores them, and whether this build decodes it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace radbatch {

enum class Coding {
  native,          ///< little endian bytes as they are
  native_big,      ///< big endian
  deflated,        ///< the whole dataset deflated
  deflated_frame,  ///< each frame deflated
  run_length,
  jpeg,  ///< ISO 10918: baseline, extended, progressive and lossless, told apart by the stream itself
  jpeg_ls,
  jpeg2000,  ///< part 1 and high throughput (part 15)
  jpeg_xl,
  video,  ///< MPEG-2, MPEG-4 and HEVC: one stream for all frames
  none    ///< known by name only
};

struct TransferSyntax {
  std::string_view uid;
  std::string_view name;  ///< PS3.6 table A-1
  Coding coding;
  bool may_be_lossy;
};

/// All of them, in the order of PS3.6.
std::span<const TransferSyntax> transfer_syntaxes();
/// The one with this UID, or nullptr.
const TransferSyntax* find_transfer_syntax(std::string_view uid);
/// "JPEG XL Lossless (1.2.840.10008.1.2.4.110)", or the printable UID alone where nobody knows its name.
std::string transfer_syntax_text(std::string_view uid);

}  // namespace radbatch
