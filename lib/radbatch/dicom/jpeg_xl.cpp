// JPEG XL, through libjxl.
#include <jxl/decode.h>
#include <jxl/decode_cxx.h>

#include "radbatch/base/error.hpp"
#include "radbatch/dicom/codec.hpp"

namespace radbatch {
namespace {

Error bad(const char* what) {
  return {Reason::bad_header, std::string("JPEG XL: ") + what};
}

void check_info(const JxlBasicInfo& info, const FrameFormat& format) {
  check_extent("JPEG XL", format, info.xsize, info.ysize, info.num_color_channels);
  if (info.num_extra_channels > 0 || info.alpha_bits > 0)
    throw bad("the frame has more channels than colours");
  if (info.have_animation) throw bad("the frame is an animation");
  if (info.exponent_bits_per_sample != 0 || info.bits_per_sample > 16)
    throw bad("the samples are no 16-bit numbers");
  if (info.bits_per_sample > format.bits_allocated) throw bad("the frame has more bits than the header");
}

/// Where the pixels of one frame go, once the decoder knows what they are.
struct Target {
  CodedImage image;
  JxlPixelFormat layout{1, JXL_TYPE_UINT16, JXL_NATIVE_ENDIAN, 0};

  void prepare(JxlDecoder* decoder, const FrameFormat& format) {
    JxlBasicInfo info{};
    if (JxlDecoderGetBasicInfo(decoder, &info) != JXL_DEC_SUCCESS) throw bad("the stream cannot be decoded");
    check_info(info, format);
    image.precision = static_cast<int>(info.bits_per_sample);
    image.is_rgb = info.uses_original_profile == 0;
    image.bytes = image.precision == 8 ? 1 : 2;
    image.samples = Buffer(format.count() * static_cast<std::size_t>(image.bytes));
    layout.num_channels = info.num_color_channels;
    if (image.bytes == 1) layout.data_type = JXL_TYPE_UINT8;
  }

  // 16-bit output has the range 0 to 65535 whatever the depth; of any smaller depth each value has its own
  // place there, to which libjxl rounds.
  void restore_range() {
    if (image.precision == 8 || image.precision == 16) return;
    const std::uint32_t highest = (1U << image.precision) - 1;
    for (std::uint16_t& v : image.samples.as<std::uint16_t>())
      v = static_cast<std::uint16_t>((v * highest + 32767U) / 65535U);
  }
};

}  // namespace

CodedImage decode_jpeg_xl(ByteSpan stream, const FrameFormat& format) {
  const JxlDecoderPtr decoder = JxlDecoderMake(nullptr);
  JxlDecoderSubscribeEvents(decoder.get(), JXL_DEC_BASIC_INFO | JXL_DEC_FULL_IMAGE);
  JxlDecoderSetKeepOrientation(decoder.get(), JXL_TRUE);
  JxlDecoderSetInput(decoder.get(), stream.data(), stream.size());
  Target target;
  for (;;) {
    switch (JxlDecoderProcessInput(decoder.get())) {
      case JXL_DEC_BASIC_INFO:
        target.prepare(decoder.get(), format);
        break;
      case JXL_DEC_NEED_IMAGE_OUT_BUFFER:
        if (JxlDecoderSetImageOutBuffer(decoder.get(), &target.layout, target.image.samples.data(),
                                        target.image.samples.size()) != JXL_DEC_SUCCESS)
          throw bad("the stream decodes to another size than the header says");
        break;
      case JXL_DEC_FULL_IMAGE:
        target.restore_range();
        return std::move(target.image);
      case JXL_DEC_NEED_MORE_INPUT:
        throw Error(Reason::truncated_pixels, "JPEG XL: the stream ends before its last pixel");
      default:
        throw bad("the stream cannot be decoded");
    }
  }
}

}  // namespace radbatch
