#include "radbatch/dicom/transfer_syntax.hpp"

#include <algorithm>
#include <array>

#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr std::array<TransferSyntax, 46> table{{
    {"1.2.840.10008.1.2", "Implicit VR Little Endian", Coding::native, false},
    {"1.2.840.10008.1.2.1", "Explicit VR Little Endian", Coding::native, false},
    {"1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian", Coding::none, false},
    {"1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", Coding::deflated, false},
    {"1.2.840.10008.1.2.2", "Explicit VR Big Endian", Coding::native_big, false},
    {"1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)", Coding::jpeg, true},
    {"1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 and 4)", Coding::jpeg, true},
    {"1.2.840.10008.1.2.4.53", "JPEG Spectral Selection (Process 6 and 8)", Coding::jpeg, true},
    {"1.2.840.10008.1.2.4.55", "JPEG Full Progression (Process 10 and 12)", Coding::jpeg, true},
    {"1.2.840.10008.1.2.4.57", "JPEG Lossless (Process 14)", Coding::jpeg, false},
    {"1.2.840.10008.1.2.4.70", "JPEG Lossless (Process 14 SV1)", Coding::jpeg, false},
    {"1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", Coding::jpeg_ls, false},
    {"1.2.840.10008.1.2.4.81", "JPEG-LS Near-Lossless", Coding::jpeg_ls, true},
    {"1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless", Coding::jpeg2000, false},
    {"1.2.840.10008.1.2.4.91", "JPEG 2000", Coding::jpeg2000, true},
    {"1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Multi-component Lossless", Coding::none, false},
    {"1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 Multi-component", Coding::none, true},
    {"1.2.840.10008.1.2.4.94", "JPIP Referenced", Coding::none, true},
    {"1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate", Coding::none, true},
    {"1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level", Coding::video, true},
    {"1.2.840.10008.1.2.4.100.1", "Fragmentable MPEG2 Main Profile / Main Level", Coding::video, true},
    {"1.2.840.10008.1.2.4.101", "MPEG2 Main Profile / High Level", Coding::video, true},
    {"1.2.840.10008.1.2.4.101.1", "Fragmentable MPEG2 Main Profile / High Level", Coding::video, true},
    {"1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", Coding::video, true},
    {"1.2.840.10008.1.2.4.102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1", Coding::video,
     true},
    {"1.2.840.10008.1.2.4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", Coding::video,
     true},
    {"1.2.840.10008.1.2.4.103.1", "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
     Coding::video, true},
    {"1.2.840.10008.1.2.4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", Coding::video,
     true},
    {"1.2.840.10008.1.2.4.104.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
     Coding::video, true},
    {"1.2.840.10008.1.2.4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", Coding::video,
     true},
    {"1.2.840.10008.1.2.4.105.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
     Coding::video, true},
    {"1.2.840.10008.1.2.4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", Coding::video, true},
    {"1.2.840.10008.1.2.4.106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
     Coding::video, true},
    {"1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1", Coding::video, true},
    {"1.2.840.10008.1.2.4.108", "HEVC/H.265 Main 10 Profile / Level 5.1", Coding::video, true},
    {"1.2.840.10008.1.2.4.110", "JPEG XL Lossless", Coding::jpeg_xl, false},
    {"1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression", Coding::jpeg_xl, true},
    {"1.2.840.10008.1.2.4.112", "JPEG XL", Coding::jpeg_xl, true},
    {"1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Lossless", Coding::jpeg2000, false},
    {"1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL Options Lossless", Coding::jpeg2000,
     false},
    {"1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000", Coding::jpeg2000, true},
    {"1.2.840.10008.1.2.4.204", "JPIP HTJ2K Referenced", Coding::none, true},
    {"1.2.840.10008.1.2.4.205", "JPIP HTJ2K Referenced Deflate", Coding::none, true},
    {"1.2.840.10008.1.2.5", "RLE Lossless", Coding::run_length, false},
    {"1.2.840.10008.1.2.7.1", "SMPTE ST 2110-20 Uncompressed Progressive Active Video", Coding::none, false},
    {"1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression", Coding::deflated_frame, false},
}};

}  // namespace

std::span<const TransferSyntax> transfer_syntaxes() {
  return table;
}

const TransferSyntax* find_transfer_syntax(std::string_view uid) {
  const auto found = std::ranges::find(table, uid, &TransferSyntax::uid);
  return found == table.end() ? nullptr : &*found;
}

std::string transfer_syntax_text(std::string_view uid) {
  const TransferSyntax* known = find_transfer_syntax(uid);
  if (known == nullptr) return printable(uid);
  return std::string(known->name) + " (" + std::string(uid) + ")";
}

}  // namespace radbatch
