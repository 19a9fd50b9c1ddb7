#include "radbatch/report/text_encoding.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {

std::string to_utf8(std::string_view bytes, const std::string& encoding, const std::string& what) {
  const iconv_t opened = iconv_open("UTF-8", encoding.c_str());
  if (opened == reinterpret_cast<iconv_t>(-1)) {
    throw Error(ExitCode::usage, "'" + printable(encoding) + "' is no known text encoding",
                "`iconv -l` lists them; common ones are gb18030, gbk, big5, shift_jis, latin1, utf-16");
  }
  struct Close {
    void operator()(void* converter) const { iconv_close(converter); }
  };
  const std::unique_ptr<void, Close> converter(opened);
  std::string input(bytes);
  std::string output(4 * bytes.size() + 4, '\0');  // no character takes more than 4 bytes in UTF-8
  char* from = input.data();
  char* to = output.data();
  std::size_t from_left = input.size();
  std::size_t to_left = output.size();
  if (iconv(opened, &from, &from_left, &to, &to_left) == static_cast<std::size_t>(-1)) {
    const auto lines = std::count(input.data(), from, '\n') + 1;
    throw Error(ExitCode::usage,
                what + ": line " + std::to_string(lines) + ": the text is not " + printable(encoding),
                "find its encoding, for example with `file`, and give it with --labels-encoding");
  }
  output.resize(output.size() - to_left);
  return output;
}

}  // namespace radbatch
