// What the fuzz targets share: a parser of untrusted bytes may refuse them by Error, and by nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "radbatch/base/error.hpp"

namespace radbatch::fuzz {

/// Calls `parse` with the bytes as text. Any other exception than Error ends the fuzzer, as a crash does.
template <class Parse>
int refuses_only_by_error(const std::uint8_t* data, std::size_t size, Parse parse) {
  try {
    parse(std::string_view(reinterpret_cast<const char*>(data), size));
  } catch (const Error&) {  // what it does not like
  }
  return 0;
}

}  // namespace radbatch::fuzz
