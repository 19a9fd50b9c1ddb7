// Frames of 16 x 12 pixels as other people's encoders made them (imagecodecs 2026.3.6: CharLS 2.4.3,
// OpenJPEG 2.5.4, OpenJPH 0.26.3, libjxl 0.11.2, libjpeg-turbo 3.1.3; the progressive JPEG by Pillow 13),
// from the pictures that the functions below compute.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/base/text.hpp"
#include "radbatch/dicom/frame_decoder.hpp"

namespace radbatch::test {

inline constexpr int coded_columns = 16, coded_rows = 12;

inline FrameFormat coded_format(int samples, int bits) {
  FrameFormat format;
  format.columns = coded_columns;
  format.rows = coded_rows;
  format.samples = samples;
  format.bits_allocated = bits > 8 ? 16 : 8;
  format.bits_stored = bits;
  if (samples == 3) format.photometric = "RGB";
  return format;
}

inline std::vector<int> picture(int channels, int (*value)(int x, int y, int c)) {
  std::vector<int> values;
  for (int y = 0; y < coded_rows; ++y)
    for (int x = 0; x < coded_columns; ++x)
      for (int c = 0; c < channels; ++c) values.push_back(value(x, y, c));
  return values;
}
inline std::vector<int> grey12() {
  return picture(1, [](int x, int y, int) { return (x * x * 7 + y * 13 * x + y) % 4096; });
}
inline std::vector<int> grey16() {
  return picture(1, [](int x, int y, int) { return (x * x * 7 + y * 13 * x + y) % 4096 * 15; });
}
inline std::vector<int> grey8() {
  return picture(1, [](int x, int y, int) { return (x * 9 + y * 5) % 256; });
}
inline std::vector<int> smooth12() {
  return picture(1, [](int x, int y, int) { return x * 60 + y * 90; });
}
inline std::vector<int> rgb8() {
  return picture(3, [](int x, int y, int c) { return c == 0 ? x * 16 : c == 1 ? y * 20 : x * 8 + y * 8; });
}

struct CodedFrame {
  const char* name;
  const char* transfer_syntax;
  int samples;
  int bits;
  std::vector<int> (*original)();
  int tolerance;  ///< 0: lossless
  std::string base64;

  std::vector<std::uint8_t> stream() const {
    const std::string bytes = from_base64(base64);
    return {bytes.begin(), bytes.end()};
  }
};

inline std::vector<CodedFrame> coded_frames() {
  return {
      {"jpeg_ls_12", "1.2.840.10008.1.2.4.80", 1, 12, grey12, 0,
       "/9j/6AAgU1BJRkYAAgAAAQAAAAwAAAAQChAGAQAAASwAAAEs/+gACAAAAAH/2P/3AAsQAAwAEAEBEQD/+AANAf//ABIAQwEU"
       "AED/2gAIAQEAAAAAoGwpiLF+Psl6xmjOvBcfznU9tYeAUHIbRQjRIST0uJoXRgGMZgpCwWIgBBqMpMjRIKmtRwOx8EISBOFQ"
       "sNAELS6TJknzKZjYcjwfhEEoUDhIAiUNqJXLpjMRoNx0PQgCMJhwUAg1DaeVS2IS8ZDUcDsfBCEg4CAUGoytMzk/LRgMxsOR"
       "4PwiG/QAhaXVmJuelYuGI0C4aDordYiAIlKqS81OzK4vpJKphVSrdYaAIdJpy0zOS+1u5DJ7NqpbVwkAiqKUrMbetMzk/Maz"
       "TTNk4KAQ09HU2BsVmJuX9imWaIrnAP/Z"},
      {"jpeg_ls_near2", "1.2.840.10008.1.2.4.81", 1, 8, grey8, 2,
       "/9j/6AAgU1BJRkYAAgAAAQAAAAwAAAAQCggGAQAAASwAAAEs/+gACAAAAAH/2P/3AAsIAAwAEAEBEQD/2gAIAQEAAgAAm9vf"
       "99JJJKSqpLWlopUo/3VVnMr0v/zR/39//3//T/9//3//f//Z"},
      {"jpeg_ls_rgb", "1.2.840.10008.1.2.4.80", 3, 8, rgb8, 0,
       "/9j/6AAgU1BJRkYAAgAAAwAAAAwAAAAQCggGAQAAASwAAAEs/+gACAAAAAH/2P/3ABEIAAwAEAMBEQACEQADEQD/2gAMAwEA"
       "AgADAAACAIAkCAHnQHtu22d1c0cH4fpum6bxfF8XyAAAAk4BSwS51jOK0jXazWdnZ1ds2aQJQ7Zs2bNmyZNNNNNNarlJWta1"
       "rWta1rWtVivWtd3d3d//fStf/3//f/9wrH//f/9//0at/3//f/9/PU//f/9//3rlf/9//3//blf/f/9//3/lf/9//3//eP/Z"},
      {"jpeg2000_12", "1.2.840.10008.1.2.4.90", 1, 12, grey12, 0,
       "/0//UQApAAAAAAAQAAAADAAAAAAAAAAAAAAAEAAAAAwAAAAAAAAAAAABCwEB/1IADAAAAAEAAAQEAAH/XAAEQGD/ZAAlAAFD"
       "cmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAAEPAAH/k9/j+BI2V7GJjTDTFkc3h3dd3iOW0nm+dcqJ"
       "qAWAGSOP5BT2lHJsYfhiORww1Z/Cbra0n8/sqOk4gqaFkrE+AktLgQGch+kgk3lJbY0PpaHc+XBLUJABzqRe3Za54vixlOPx"
       "CjP32dWxqE2ZJQU/g62/cTOnT0s7XPMa/0mT91BK4+Up6xc3eEbTP+ZkEO7RKuXHnQ8nnz+NImPkqMYfR8+js5t8Rc6DGg6n"
       "USTExWWW4+/JdXtMnK9koO5ESsOKAuBmkT5cNu6z6jDaeGou0sCTTuw6ZKNmriZUgofEh7g6eKHxIfDcUeS6cxVH0lwkC8Bk"
       "z9999999999999999999/9k="},
      {"jpeg2000_rgb", "1.2.840.10008.1.2.4.90", 3, 8, rgb8, 0,
       "/0//UQAvAAAAAAAQAAAADAAAAAAAAAAAAAAAEAAAAAwAAAAAAAAAAAADBwEBBwEBBwEB/1IADAAAAAEBAAQEAAH/XAAEQED/"
       "ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAAGGAAH/k9+FBhI2V7Bm+qhspnDiv6qJ73Tq"
       "Spd6c99iv5tlgapvB0BRd/Pjmh8sS+Wm2VapX13p8XD2+1vTCxCYLnsVOhJDRsUDF9xccPD5is72KSMTZIdE2mJtMUiyIURS"
       "ClTChO5PbQFom0yhEpbsNhsNhsNhrDXN83z2+TVI4h+LQJHl5eZSy/9/34N4jJFGZlPjOvoEE6blahFMs27cT/dvON+zWwuL"
       "At3LyO0ZguG3yBrr8Jb2ecktkKB1vOSpslM5+Pw18kYCh97FbdfCEh8eX/xbY8n2dWYeOsDLqSx/0k1JkAAAAAAsg8wJqTIA"
       "AAAABZB18DL3+QZf34PoPAF5e0zhn7BS3ROD+w2owJbvxNLMaxwgqGWjBfm01l2spmi/igm3L2j7XKNSlfvDQfir4k6mX6z5"
       "6h8N+BsagYq6lep4Eht9bXxSLI3mZmZxM0JC91TjLDO7+ZmSYGvb0xLePYeAAAAAAADAMfYXAAAAAAAAU1Lmiv+H2C//2Q=="},
      {"htj2k_12", "1.2.840.10008.1.2.4.201", 1, 12, grey12, 0,
       "/0//UQApQAAAAAAQAAAADAAAAAAAAAAAAAAAEAAAAAwAAAAAAAAAAAABDwEB/1AACAACAAAACv9SAAwAAgABAAUEBEAB/1wA"
       "EyCIkJCQkJCQkJCQkJCQiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAMwAAf+TwAAmF/wFB3QAAMAAE0AA"
       "E0AAEoDe+AMHdAAK/AKHdAD0Aod0AMAAFVAABLAABIDd+IZLSfIAw5QAwwAhNAD9MTMAwAAWnAABVwAAVAD3vu8NNwCtwl1r"
       "oOkDP5jCIbcABO7YifvAQQG+tgAAQPiBDWvlAMAALqoAAWlAACXtbtu2bUMDJXK727Zt26ABfxjdbtd2bYMFZDz9DO1+svZa"
       "/WXCKxsxvgAARXOgCXDk/voMYHvOIAGcugD4/RhUAP/Z"},
      {"jpeg_xl_12", "1.2.840.10008.1.2.4.110", 1, 12, grey12, 0,
       "/wpYMBgULQIIBAEAuAFLKCXWgYSECYgKnAlWdUR0bETEWMARANhMXX/GI/5muH1L78LE/T/06i2thh4IF/nYd5sZJoxTTrkJ"
       "CAKBbhYaIK/BWcsFDN6UMIRw3f36cUVg+RBQJrikgkKBByOTlanH9dFwKBlDkAogEMAgAA=="},
      {"jpeg_xl_16", "1.2.840.10008.1.2.4.110", 1, 16, grey16, 0,
       "AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAAJanhsbAoAAADeanhsY/8KWDD8AEWLCAQBACADSzhqGNLbw0so"
       "CBnR0F2MF4M3X4wX48V4x3gxRl3kxajY6NioeLExOBgVFRUVY1Rs9DRAEQBQV9MXSmd4L6Vig35dVSf4fv/LndwCuf6TWL4J"
       "5fPbheWAoy1GpGhNPJtvRyJEnuTlrICYlnEwv87cdNd8mIHsZ4n/B2Ykzc0b1P3/YF/yCDDac9r/Rc5zIBq5k/++aH8yh3BH"
       "F5tM8f/vyFQUEvga/7/Nk95EUrH0npfin0AQckWrF03/H38SiRIBh6z+B0jsUQI="},
      {"jpeg_xl_rgb", "1.2.840.10008.1.2.4.110", 3, 8, rgb8, 0,
       "/wpYMBAJCAQBAGwBSygx3aS97Sg8rAoKSoICjJ1RtBfjEWlhEWOwQkQMjnAhAgwARPyCU0dAKuavqmoCAFNgN0Qa3UYE2G4D"
       "ktqgYpco5e80wIA/AEAmPwCAcnOTdOC5Vz5L0yhwXA=="},
      {"jpeg_xl_lossy", "1.2.840.10008.1.2.4.112", 3, 8, rgb8, 40,
       "/wpYsAEAE4gCANQBtZ8gAAAVKqOMG7yc6/nyQ4fFtI3rDG21bWEJY7O9MEhIEqtA7TzAE4iCFNLWfM4DHIUtsXOPeNFMhyEv"
       "CaiQAmm2JccoxRgkRZIx8k4ocuKPeY6/1GnX30UyXvaFVkVoFNj/4BRH9yRK1oNAy9yUvD9BwRwA"},
      {"jpeg_8", "1.2.840.10008.1.2.4.50", 1, 8, grey8, 8,
       "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsI"
       "CQoKCgoKBggLDAsKDAkKCgr/wAALCAAMABABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgED"
       "AwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RF"
       "RkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJ"
       "ytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APzD/Zb+En/Ht/ovp2r9IP2W/hJ/x7f6L6dq+Zv2W/DW"
       "k/6N/o/pX6Qfst+GtJ/0b/R/Sv/Z"},
      {"jpeg_12", "1.2.840.10008.1.2.4.51", 1, 12, smooth12, 4,
       "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsI"
       "CQoKCgoKBggLDAsKDAkKCgr/wQALDAAMABABAREA/8QAFgABAQEAAAAAAAAAAAAAAAAACwkN/8QAIhAAAAMHBQAAAAAAAAAA"
       "AAAAAAsoAwkKJjZDVEVhYmNx/9oACAEBAAA/AMgzLuSZehkp42i+cQ8AXcky9DJTxtF84i/xdzC3ObZGThjXmO3SHgC7mFuc"
       "2yMnDGvMdukf/9k="},
      {"jpeg_progressive", "1.2.840.10008.1.2.4.55", 1, 8, grey8, 8,
       "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsI"
       "CQoKCgoKBggLDAsKDAkKCgr/wgALCAAMABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAACAf/2gAIAQEAAAABMKQmSQ//xAAY"
       "EAACAwAAAAAAAAAAAAAAAAAABgMEBf/aAAgBAQABBQJWyRWyRWrRCtWiP//EABYQAAMAAAAAAAAAAAAAAAAAAAACIv/aAAgB"
       "AQAGPwJZFkWRZP/EABQQAQAAAAAAAAAAAAAAAAAAACD/2gAIAQEAAT8hCqQn/9oACAEBAAAAED//xAAXEAEAAwAAAAAAAAAA"
       "AAAAAAAAQZGh/9oACAEBAAE/EMaGNClKU//Z"},
      {"jpeg_422", "1.2.840.10008.1.2.4.50", 3, 8, rgb8, 24,
       "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsI"
       "CQoKCgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK"
       "CgoKCgoKCgoKCgoKCgr/wAARCAAMABADASEAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAA"
       "AgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6"
       "Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXG"
       "x8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREA"
       "AgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5"
       "OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPE"
       "xcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD4A+C/7DH+q/4k/p/yzr62+C/7DH+q/wCJ"
       "P6f8s6rJ8421P176PPil/B9/t1PqD4MfCPwN+6/4lfp3H+FfW3wX+EXgb91/xK+47j/CvzjJ8VW01P4L+jzxDmn7n3+x/9k="},
      {"jpeg_rgb", "1.2.840.10008.1.2.4.50", 3, 8, rgb8, 12,
       "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkK"
       "CgoKCgYICwwLCgwJCgoK/8AAEQgADAAQA1IRAEcRAEIRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQ"
       "AAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5"
       "OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TF"
       "xsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAAwDUgBHAEIAAD8A/N//AIJt/wDLh/wGvhf/AIdJf9Sz/wCQ"
       "a/N/9m39m3/j3/0D0/hr+gD/AIJt/wDLh/wGj/h0l/1LP/kGv0A/Zt/Zt/49/wDQPT+Gv5//APgm3/y4f8Br+hz/AIZt+E3/"
       "AEL/AOo/wrl/2bfAvhv/AEf/AEL07j/Cv6AP+Cbf/Lh/wGj/AIZt+E3/AEL/AOo/wr9AP2bfAvhv/R/9C9O4/wAK/9k="},
      {"jpeg_xl_recompressed", "1.2.840.10008.1.2.4.111", 3, 8, rgb8, 24,
       "AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAASanhscAAAAAD/ClgwEAkAAAHgamJyZMBtAwiCILQMCIBQo0DI"
       "VSUAACDkqGzBUJz/E0TGCGWcUwraj5AhzFIHGWagdIcarA8ZTj5mwCEHFRY5aNiB7aOG/v2RZQ477kBD0f0vxjhjkks2+WSU"
       "U56Z5pptvhnnnIUemuiijT4a6aSlnprqqq2+GuusxR6b7LLNPhvttOWem+667b4b77wFH5zwwg0/HPHEI5d8csort/xyzDMP"
       "XfTRSS/d9NNRTz122WenvXbbb8c99+CFH5744o0/Hvnko5d+euqrt/567LMHP3zxxye/fPPPRz99+OOXf37667f/fvzz/1cw"
       "VVUCACDkqGzBUJz/F0RCKaOsU4rEeEDIZtQgw6Q60FA92HDuIccMKMgHDTnosAMbiyxz1O/2YccNreiPPDP4JMP7X4xxxiWb"
       "fDLKKdNcs80345yz0EMTXbTRRyOdtNRTU1211VdjnbXYY5Ndttlno5223HPTXbfdd+Odd+CCD0544YYfjnjikUs+OeWVW345"
       "5pmHLvropJdu+umopx677LPTXrvtt+Oee/DCD0988cYfj3zy0Us/PfXVW3899tmHL/745Jdv/vnopx+//PPTX7/99+Of/7/A"
       "DwBUFgALCIDgABBKRklGAAEBAAABAAEAAAMAAADjanhscIAAAAHgWwAQAEADCGAIYAhg/v8OAAAYAAgAAQAAAAAAgIAliSLj"
       "2Alp7jAAMyko3IJMFOfoGKNisLgYjGO2XhMARD57CqaqyZZz9U9e/yB+9hiKzRgMtvScAGKO3BUAvAlvnSDF2pACa1ymAuJN"
       "fAiddy6x2nBd0RzmZ4Ckwmho/fgeZeLhpAAAAAAAABRSYINtxqjGMgYLNcYYo6IcY4zq639jyHlr3kVDEZlLTP7U6Jt3nfDr"
       "hhSWMjE/cbHMx9uCZ+e31qernbt4s+P50U3G4Rns+PB4Cqr1AA=="},
  };
}

/// What decode_frame makes of a stream, as integers.
inline std::vector<int> decoded_values(std::string_view syntax, std::span<const std::uint8_t> stream,
                                       const FrameFormat& format) {
  std::vector<std::byte> out(frame_bytes(format));
  decode_frame(syntax, stream, format, out);
  std::vector<int> values;
  const auto collect = [&]<class T>(T) {
    for (std::size_t i = 0; i < format.count(); ++i) {
      T value;
      std::memcpy(&value, out.data() + i * sizeof(T), sizeof(T));
      values.push_back(static_cast<int>(value));
    }
  };
  switch (frame_type(format)) {
    case SampleType::uint8:
      collect(std::uint8_t{});
      break;
    case SampleType::int16:
      collect(std::int16_t{});
      break;
    case SampleType::uint16:
      collect(std::uint16_t{});
      break;
    default:
      collect(std::int32_t{});
  }
  return values;
}

}  // namespace radbatch::test
