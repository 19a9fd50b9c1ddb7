#include "radbatch/image/stack_reader.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "radbatch/base/error.hpp"
#include "radbatch/base/parallel.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/pixels.hpp"
#include "radbatch/image/enhanced_reader.hpp"
#include "radbatch/image/file_digest.hpp"
#include "radbatch/image/plain_slice.hpp"
#include "radbatch/image/rescale.hpp"

namespace radbatch {
namespace {

// Which file of a stack a fault is in. Not its name: that may be the patient's.
std::string place(std::size_t k, std::size_t n) {
  return "file " + std::to_string(k + 1) + " of " + std::to_string(n);
}

template <class Read>
auto read_file_of_stack(std::size_t k, std::size_t n, Read read) {
  try {
    return read();
  } catch (Error& error) {
    if (n == 1) throw;
    throw error.within(place(k, n));
  }
}

void check_same_grid(const StoredPixels& first, const StoredPixels& slice, const std::string& which) {
  if (slice.frames != 1) {
    throw Error(Reason::dimension, which + " has " + std::to_string(slice.frames) + " frames");
  }
  if (slice.columns != first.columns || slice.rows != first.rows) {
    throw Error(Reason::mixed_orientation, which + " has " + std::to_string(slice.columns) + " x " +
                                               std::to_string(slice.rows) + " pixels, the first one " +
                                               std::to_string(first.columns) + " x " +
                                               std::to_string(first.rows));
  }
  if (slice.channels != first.channels || slice.type != first.type) {
    throw Error(Reason::bad_header, which + " has " + std::string(name(slice.type)) + " with " +
                                        counted(static_cast<std::size_t>(slice.channels), "channel") +
                                        ", the first one " + std::string(name(first.type)) + " with " +
                                        std::to_string(first.channels));
  }
}

class ParsedStack {
 public:
  ParsedStack(const ImageSource& source, const ReadOptions& options)
      : source_(source), options_(options), n_(source.files.size()) {
    if (options.with_digests) digests_.resize(n_);
  }

  ReadImage read() {
    first_ = decoded(0);
    check_same_grid(first_, first_, place(0, n_));
    const std::uint64_t bytes = first_.samples.size() * n_;
    if (bytes > options_.max_bytes) {
      throw Error(Reason::too_large, counted(n_, "slice") + " need " +
                                         human_bytes(static_cast<double>(bytes)) + ", " +
                                         human_bytes(static_cast<double>(options_.max_bytes)) + " allowed");
    }
    stack_.volume = make_volume({first_.columns, first_.rows, static_cast<std::int64_t>(n_)}, first_.channels,
                                1, first_.type);
    stack_.block = static_cast<std::size_t>(first_.columns * first_.rows * first_.channels);
    stack_.rescales.resize(n_);
    keep(0, first_);
    first_.samples = {};
    parallel_for(n_ - 1, options_.threads, [this](std::size_t i) {
      const std::size_t k = i + 1;
      const StoredPixels slice = decoded(k);
      check_same_grid(first_, slice, place(k, n_));
      keep(k, slice);
    });
    return {real_values(std::move(stack_)), std::move(digests_)};
  }

 private:
  StoredPixels decoded(std::size_t k) {
    const std::string& file = source_.files[k];
    if (options_.with_digests) digests_[k] = file_digest(file);
    return read_file_of_stack(k, n_, [&] { return read_stored_pixels(file, options_.max_bytes); });
  }

  void keep(std::size_t k, const StoredPixels& slice) {
    const std::size_t bytes = stack_.block * bytes_per_sample(slice.type);
    std::memcpy(stack_.volume.samples.data() + k * bytes, slice.samples.data(), bytes);
    stack_.rescales[k] = {slice.slope, slice.intercept};
  }

  const ImageSource& source_;
  const ReadOptions& options_;
  std::size_t n_;
  StoredPixels first_;
  StoredStack stack_;
  std::vector<std::string> digests_;
};

std::vector<const PlainPixels*> plain_files(const ImageSource& source) {
  std::vector<const PlainPixels*> files;
  for (const std::string& file : source.files) {
    const auto found = source.plain.find(file);
    if (found == source.plain.end()) return {};
    files.push_back(&found->second);
  }
  return files;
}

bool is_same_grid(const PlainPixels& a, const PlainPixels& b) {
  return a.rows == b.rows && a.columns == b.columns && stored_type(a) == stored_type(b);
}

// As real_values decides it, before the values are known: int16 has to be confirmed by each slice.
SampleType expected_type(const std::vector<const PlainPixels*>& files) {
  const auto rescale = [](const PlainPixels* p) { return Rescale{p->slope, p->intercept}; };
  if (std::ranges::all_of(files, [&](auto p) { return rescale(p).is_identity(); })) {
    return stored_type(*files.front());
  }
  const bool is_whole = std::ranges::all_of(files, [&](auto p) { return rescale(p).is_whole(); });
  return is_whole ? SampleType::int16 : SampleType::float32;
}

}  // namespace

std::optional<ReadImage> read_plain(const ImageSource& source, const ReadOptions& options) {
  const std::vector<const PlainPixels*> files = plain_files(source);
  if (files.empty()) return std::nullopt;
  const PlainPixels& first = *files.front();
  if (!std::ranges::all_of(files, [&](auto p) { return is_same_grid(first, *p); })) return std::nullopt;
  const std::size_t n = files.size();
  if (first.bytes > options.max_bytes / n) return std::nullopt;  // refused with its words elsewhere
  ReadImage read;
  read.volume =
      make_volume({first.columns, first.rows, static_cast<std::int64_t>(n)}, 1, 1, expected_type(files));
  if (options.with_digests) read.digests.resize(n);
  const std::size_t slice_bytes = read.volume.samples.size() / n;
  std::atomic<bool> fits = true;
  parallel_for(n, options.threads, [&](std::size_t k) {
    thread_local PlainSliceReader reader;
    if (!fits) return;
    const std::span out(read.volume.samples.data() + k * slice_bytes, slice_bytes);
    PlainSlice slice = read_file_of_stack(k, n, [&] {
      return reader.read(source.files[k], *files[k], read.volume.type, out, options.with_digests);
    });
    if (!slice.fits) fits = false;
    if (options.with_digests) read.digests[k] = std::move(slice.digest);
  });
  return fits ? std::optional(std::move(read)) : std::nullopt;
}

ReadImage read_stack(const ImageSource& source, const ReadOptions& options) {
  auto plain = read_plain(source, options);
  ReadImage read = plain ? std::move(*plain) : ParsedStack(source, options).read();
  read.volume.lps = rounded_to_float32(*source.lps);
  read.volume = over_time(std::move(read.volume), source.time_points);
  return read;
}

}  // namespace radbatch
