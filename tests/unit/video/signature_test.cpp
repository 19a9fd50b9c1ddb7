#include "radbatch/video/signature.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace radbatch;
using namespace std::string_literals;

TEST_CASE("recordings are known by their first bytes") {
  CHECK(
      begins_recording("\0\0\0\x20"
                       "ftypisom"s));
  CHECK(begins_recording("\0\0\0\x08wide\0\0\0\0mdat"s));
  CHECK(begins_recording("RIFF\x10\0\0\0AVI LIST"s));
  CHECK(begins_recording("\x1a\x45\xdf\xa3\x01"s));
  CHECK(begins_recording("\0\0\x01\xba\x44"s));
  std::string packets(188 * 6, 'x');
  for (std::size_t at = 0; at < packets.size(); at += 188) packets[at] = 'G';
  CHECK(begins_recording(packets));
  packets[188] = 'x';
  CHECK(!begins_recording(packets));
  CHECK(!begins_recording("RIFF\x10\0\0\0WAVEfmt "s));
  CHECK(!begins_recording("G"));
  CHECK(!begins_recording(""));
}
