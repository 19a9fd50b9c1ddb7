#include "radbatch/dicom/header_gate.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace radbatch;

namespace {

const char* const jpeg_lossless = "1.2.840.10008.1.2.4.70";

PixelHeader good() {
  PixelHeader h;
  h.rows = 64;
  h.columns = 64;
  h.bits_allocated = 16;
  h.bits_stored = 12;
  h.high_bit = 11;
  h.photometric = "MONOCHROME2";
  h.transfer_syntax = "1.2.840.10008.1.2.1";
  h.pixel_bytes = 8192;
  h.file_size = 9000;
  return h;
}

// "E_CODE detail", or "ok".
std::string verdict(const std::function<void(PixelHeader&)>& change,
                    std::uint64_t max_bytes = default_max_volume_bytes) {
  PixelHeader header = good();
  change(header);
  const auto refusal = check_pixel_header(header, max_bytes);
  return refusal ? std::string(code(refusal->reason)) + " " + refusal->detail : "ok";
}

}  // namespace

TEST_CASE("a consistent header passes") {
  CHECK(verdict([](PixelHeader&) {}) == "ok");
}

TEST_CASE("native pixel data has exactly the length the header says, or one byte to make it even") {
  CHECK(verdict([](auto& h) { h.pixel_bytes = 1; }) ==
        "E_TRUNCATED_PIXELS pixel data is 1 byte, 8192 expected");
  CHECK(verdict([](auto& h) { h.pixel_bytes = 8193; }) ==
        "E_BAD_HEADER pixel data is 8193 bytes, 8192 expected");
  const auto odd = [](PixelHeader& h) {
    h.rows = 3, h.columns = 3, h.bits_allocated = 8, h.bits_stored = 8, h.high_bit = 7;
  };
  CHECK(verdict([&](auto& h) { odd(h), h.pixel_bytes = 9; }) == "ok");
  CHECK(verdict([&](auto& h) { odd(h), h.pixel_bytes = 10; }) == "ok");
  CHECK(verdict([](auto& h) { h.bits_allocated = 12, h.pixel_bytes = 6144; }) == "ok");
}

TEST_CASE("extents are positive and within DICOM's range") {
  CHECK(verdict([](auto& h) { h.rows = 0; }) == "E_BAD_HEADER Rows is 0");
  CHECK(verdict([](auto& h) { h.columns = -1; }) == "E_BAD_HEADER Columns is missing");
  CHECK(verdict([](auto& h) { h.frames = 0; }) == "E_BAD_HEADER NumberOfFrames is 0");
}

TEST_CASE("bits agree with each other") {
  CHECK(verdict([](auto& h) { h.bits_allocated = 24; }) == "E_BAD_HEADER BitsAllocated is 24");
  CHECK(verdict([](auto& h) { h.bits_stored = 17; }) ==
        "E_BAD_HEADER BitsStored is 17 with BitsAllocated 16");
  CHECK(verdict([](auto& h) { h.high_bit = 15; }) == "E_BAD_HEADER HighBit is 15 with BitsStored 12");
  CHECK(verdict([](auto& h) { h.pixel_representation = 7; }) == "E_BAD_HEADER PixelRepresentation is 7");
}

TEST_CASE("the photometric interpretation is known and fits the samples") {
  CHECK(verdict([](auto& h) { h.photometric = "CMYK"; }) ==
        "E_PHOTOMETRIC PhotometricInterpretation is CMYK");
  CHECK(verdict([](auto& h) { h.photometric = ""; }) == "E_PHOTOMETRIC PhotometricInterpretation is missing");
  CHECK(verdict([](auto& h) { h.samples = 3; }) ==
        "E_BAD_HEADER SamplesPerPixel is 3 with PhotometricInterpretation MONOCHROME2");
}

TEST_CASE("what cannot be decoded is named") {
  CHECK(verdict([](auto& h) { h.transfer_syntax = "1.2.840.10008.1.2.4.94"; }) ==
        "E_TRANSFER_SYNTAX transfer syntax JPIP Referenced (1.2.840.10008.1.2.4.94) cannot be decoded");
  CHECK(verdict([](auto& h) { h.transfer_syntax = "1.2.3"; }) ==
        "E_TRANSFER_SYNTAX transfer syntax 1.2.3 cannot be decoded");
  CHECK(verdict([](auto& h) { h.transfer_syntax = jpeg_lossless; }) ==
        "E_BAD_HEADER pixel data is not encapsulated in a compressed transfer syntax");
}

TEST_CASE("every compression that a library here decodes passes the gate") {
  for (const char* last : {"5", "4.50", "4.51", "4.57", "4.70", "4.80", "4.81", "4.90", "4.91", "4.110",
                           "4.111", "4.112", "4.201", "4.202", "4.203", "8.1"}) {
    CAPTURE(last);
    CHECK(verdict([last](auto& h) {
            h.transfer_syntax = "1.2.840.10008.1.2." + std::string(last), h.encapsulated = true,
            h.fragments = 1;
          }) == "ok");
  }
}

TEST_CASE("floating-point pixels have their own bits and are grey") {
  const auto floats = [](PixelHeader& h) {
    h.float_bits = 32, h.bits_allocated = 32, h.bits_stored = 32, h.high_bit = 31, h.pixel_bytes = 16384;
  };
  CHECK(verdict(floats) == "ok");
  CHECK(verdict([&](auto& h) { floats(h), h.bits_allocated = 16; }) ==
        "E_BAD_HEADER BitsAllocated is 16 with floating-point pixels");
  CHECK(verdict([&](auto& h) { floats(h), h.photometric = "MONOCHROME1"; }) ==
        "E_PHOTOMETRIC floating-point pixels with PhotometricInterpretation MONOCHROME1");
  CHECK(verdict([&](auto& h) { floats(h), h.pixel_bytes = 16380; }) ==
        "E_TRUNCATED_PIXELS pixel data is 16380 bytes, 16384 expected");
}

TEST_CASE("colour that only a codec can lay out is no native photometric interpretation") {
  CHECK(verdict([](auto& h) { h.photometric = "YBR_PARTIAL_420", h.samples = 3; }) ==
        "E_PHOTOMETRIC uncompressed pixels with PhotometricInterpretation YBR_PARTIAL_420");
}

TEST_CASE("every frame needs a fragment") {
  const auto compressed = [](PixelHeader& h) {
    h.transfer_syntax = jpeg_lossless, h.encapsulated = true, h.frames = 3;
  };
  CHECK(verdict([&](auto& h) { compressed(h), h.fragments = 2; }) ==
        "E_TRUNCATED_PIXELS pixel data has 2 fragments for 3 frames");
  CHECK(verdict([&](auto& h) { compressed(h), h.fragments = 5; }) == "ok");
}

TEST_CASE("a small file cannot declare a huge image") {
  CHECK(verdict([](auto& h) { h.rows = 65535, h.columns = 65535; }) ==
        "E_TOO_LARGE 65535 x 65535 x 1 pixels need more than 4.0 GiB");
  CHECK(verdict([](auto& h) { h.frames = 1000000; }, 1U << 20)
            .starts_with("E_TOO_LARGE 64 x 64 x 1000000 pixels"));
  CHECK(verdict([](auto& h) {
          h.rows = h.columns = 30000, h.encapsulated = true, h.fragments = 1, h.file_size = 910;
          h.transfer_syntax = "1.2.840.10008.1.2.5";
        }).starts_with("E_TOO_LARGE a file of 910 bytes declares"));
}
