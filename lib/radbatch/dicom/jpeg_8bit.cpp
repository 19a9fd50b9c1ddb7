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
#include "radbatch/dicom/jpeg_picture.hpp"

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
  J_COLOR_SPACE stored;  ///< JCS_UNKNOWN: as libjpeg takes it from the markers
  J_COLOR_SPACE wanted;
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
  if (job.stored != JCS_UNKNOWN) jpeg.jpeg_color_space = job.stored;
  jpeg.out_color_space = job.wanted;
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

void run(const Job& job) {
  jpeg_decompress_struct jpeg{};
  Faults faults;
  const bool decoded = decode(job, jpeg, faults);
  jpeg_destroy_decompress(&jpeg);
  if (!decoded)
    throw Error(is_truncation(faults.code) ? Reason::truncated_pixels : Reason::bad_header,
                "JPEG: " + printable(faults.text));
}

// Four inks as every writer stores them, turned round: 255 is none. The simple mixture, without a profile.
Buffer rgb_of_inks(std::span<const std::uint8_t> inks) {
  Buffer rgb(inks.size() / 4 * 3);
  std::uint8_t* out = rgb.as<std::uint8_t>().data();
  for (std::size_t i = 0; i + 3 < inks.size(); i += 4) {
    for (std::size_t c = 0; c < 3; ++c) *out++ = static_cast<std::uint8_t>(inks[i + c] * inks[i + 3] / 255);
  }
  return rgb;
}

}  // namespace

CodedImage decode_jpeg_8bit(ByteSpan stream, const FrameFormat& format) {
  const JpegFrameHeader header = find_jpeg_frame_header(stream);
  check_extent("JPEG", format, header.columns, header.rows,
               static_cast<std::int64_t>(header.components.size()));
  CodedImage image{
      .precision = 8, .is_rgb = format.samples == 3, .bytes = 1, .samples = Buffer(format.count())};
  J_COLOR_SPACE stored = JCS_GRAYSCALE;
  if (image.is_rgb) stored = has_colour_transform(stream, format) ? JCS_YCbCr : JCS_RGB;
  run({stream, stored, image.is_rgb ? JCS_RGB : JCS_GRAYSCALE, format.columns, format.rows, format.samples,
       image.samples.as<std::uint8_t>().data()});
  return image;
}

JpegPicture decode_jpeg_picture(ByteSpan file, std::uint64_t max_bytes) {
  const JpegFrameHeader header = find_jpeg_frame_header(file);
  const std::size_t n = header.components.size();
  if (header.precision != 8 || header.marker > 0xc2 || header.rows == 0 || header.columns == 0 ||
      (n != 1 && n != 3 && n != 4)) {
    throw Error(Reason::bad_header,
                "not a JPEG picture that can be decoded: process SOF" + std::to_string(header.marker - 0xc0) +
                    ", " + std::to_string(header.precision) + " bits, " + std::to_string(n) + " components");
  }
  const std::uint64_t bytes = static_cast<std::uint64_t>(header.rows * header.columns) * n;
  if (bytes > max_bytes)
    throw Error(Reason::too_large,
                "the image needs more than " + human_bytes(static_cast<double>(max_bytes)));
  Buffer samples(static_cast<std::size_t>(bytes));
  const J_COLOR_SPACE wanted = n == 1 ? JCS_GRAYSCALE : n == 3 ? JCS_RGB : JCS_CMYK;
  run({file, JCS_UNKNOWN, wanted, header.columns, header.rows, static_cast<std::int64_t>(n),
       samples.as<std::uint8_t>().data()});
  if (n == 4) samples = rgb_of_inks(samples.as<std::uint8_t>());
  return {header.columns, header.rows, n == 1 ? 1 : 3, std::move(samples)};
}

}  // namespace radbatch
