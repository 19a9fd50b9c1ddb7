// Sequential and progressive JPEG of 8 bits, through libjpeg-turbo with its slow, exact integer transform.
// jpeglib.h needs stdio.h before it, jerror.h needs jpeglib.h.
// clang-format off
#include <stdio.h>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on
#include <setjmp.h>

#include <string>
#include <string_view>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/codec.hpp"
#include "radbatch/dicom/jpeg_markers.hpp"

namespace radbatch {
namespace {

/// libjpeg's way out of a fault is a jump; what it jumps over must have no destructors.
struct Faults {
  jpeg_error_mgr manager{};
  jpeg_progress_mgr progress{};
  jmp_buf out{};
  int code = 0;
  char text[JMSG_LENGTH_MAX] = {};
};

[[noreturn]] void leave(j_common_ptr common) {
  auto* faults = reinterpret_cast<Faults*>(common->err);
  faults->code = faults->manager.msg_code;
  (*faults->manager.format_message)(common, faults->text);
  longjmp(faults->out, 1);
}

// libjpeg fills what is missing or undecodable with grey and warns: for us those warnings are faults.
void warn(j_common_ptr common, int level) {
  if (level >= 0) return;
  const int code = common->err->msg_code;
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
      code == JWRN_MUST_RESYNC)
    leave(common);
}

bool is_truncation(int code) {
  return code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JERR_INPUT_EOF ||
         code == JERR_INPUT_EMPTY;
}

// Writers often leave the PhotometricInterpretation of the uncompressed image behind: the stream's own word
// goes first.
bool has_colour_transform(ByteSpan stream, const FrameFormat& format) {
  return is_ycbcr(stream).value_or(format.photometric.starts_with("YBR"));
}

struct Job {
  ByteSpan stream;
  bool to_rgb;
  std::int64_t columns, rows, samples;
  std::uint8_t* out;
};

[[noreturn]] void leave_because(j_common_ptr common, std::string_view reason) {
  auto* faults = reinterpret_cast<Faults*>(common->err);
  faults->code = JERR_BAD_PROGRESSION;
  reason.copy(faults->text, JMSG_LENGTH_MAX - 1);
  longjmp(faults->out, 1);
}

// Each scan goes over the whole picture: a progressive stream of a few kilobytes could ask for days.
void limit_scans(j_common_ptr common) {
  if (reinterpret_cast<j_decompress_ptr>(common)->input_scan_number > 500)
    leave_because(common, "more than 500 scans");
}

bool decode(const Job& job, jpeg_decompress_struct& jpeg, Faults& faults) {
  jpeg.err = jpeg_std_error(&faults.manager);
  faults.manager.error_exit = leave;
  faults.manager.emit_message = warn;
  if (setjmp(faults.out) != 0) return false;
  jpeg_create_decompress(&jpeg);
  jpeg.progress = &faults.progress;
  faults.progress.progress_monitor = limit_scans;
  jpeg_mem_src(&jpeg, job.stream.data(), job.stream.size());
  jpeg_read_header(&jpeg, TRUE);
  if (job.samples == 3) {
    jpeg.jpeg_color_space = job.to_rgb ? JCS_YCbCr : JCS_RGB;
    jpeg.out_color_space = JCS_RGB;
  } else {
    jpeg.jpeg_color_space = jpeg.out_color_space = JCS_GRAYSCALE;
  }
  jpeg.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&jpeg);
  // Whatever libjpeg has read as the frame header: no row may leave the buffer.
  if (jpeg.output_width != job.columns || jpeg.output_height != job.rows ||
      jpeg.output_components != job.samples)
    leave_because(reinterpret_cast<j_common_ptr>(&jpeg), "two frame headers of different size");
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = job.out + std::int64_t{jpeg.output_scanline} * job.columns * job.samples;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  return true;
}

}  // namespace

CodedImage decode_jpeg_8bit(ByteSpan stream, const FrameFormat& format) {
  const JpegFrameHeader header = find_jpeg_frame_header(stream);
  check_extent("JPEG", format, header.columns, header.rows,
               static_cast<std::int64_t>(header.components.size()));
  CodedImage image{
      .precision = 8, .is_rgb = format.samples == 3, .bytes = 1, .samples = Buffer(format.count())};
  const Job job{stream,         has_colour_transform(stream, format),   format.columns, format.rows,
                format.samples, image.samples.as<std::uint8_t>().data()};
  jpeg_decompress_struct jpeg{};
  Faults faults;
  const bool decoded = decode(job, jpeg, faults);
  jpeg_destroy_decompress(&jpeg);
  if (!decoded)
    throw Error(is_truncation(faults.code) ? Reason::truncated_pixels : Reason::bad_header,
                "JPEG: " + printable(faults.text));
  return image;
}

}  // namespace radbatch
