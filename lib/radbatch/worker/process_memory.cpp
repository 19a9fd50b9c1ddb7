#include "radbatch/worker/process_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "radbatch/base/file_descriptor.hpp"

namespace radbatch {
namespace {

/// "RssAnon:\t    5120 kB"
std::optional<std::uint64_t> kilobytes_of(std::string_view text, std::string_view key) {
  const std::size_t line = text.find(key);
  if (line == std::string_view::npos) return std::nullopt;
  const std::size_t digits = text.find_first_of("0123456789", line + key.size());
  std::uint64_t value = 0;
  if (digits == std::string_view::npos ||
      std::from_chars(text.data() + digits, text.data() + text.size(), value).ec != std::errc())
    return std::nullopt;
  return value * 1024;
}

}  // namespace

std::uint64_t ProcessMemory::peak_private_bytes() const {
  const std::uint64_t others = file_bytes + shared_bytes;
  return std::max(private_bytes, peak_bytes > others ? peak_bytes - others : 0);
}

std::optional<ProcessMemory> memory_in_status(std::string_view text) {
  const auto own = kilobytes_of(text, "\nRssAnon:"), file = kilobytes_of(text, "\nRssFile:");
  const auto shared = kilobytes_of(text, "\nRssShmem:"), peak = kilobytes_of(text, "\nVmHWM:");
  if (!own || !file || !shared || !peak) return std::nullopt;
  return ProcessMemory{*own, *file, *shared, *peak};
}

std::optional<ProcessMemory> memory_of(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/status";
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text;
  const ssize_t n = file ? ::read(file.get(), text.data(), text.size()) : -1;
  if (n <= 0) return std::nullopt;
  return memory_in_status({text.data(), static_cast<std::size_t>(n)});
}

}  // namespace radbatch
