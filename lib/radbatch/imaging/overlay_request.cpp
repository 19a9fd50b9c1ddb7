#include "radbatch/imaging/overlay_request.hpp"

#include <unistd.h>

#include <functional>
#include <numeric>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/image/image_output.hpp"
#include "radbatch/image/overlay.hpp"

namespace radbatch {
namespace {

std::size_t count_of(std::span<const std::int64_t> shape) {
  return static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

std::vector<float> read_floats(int fd, std::size_t count) {
  std::vector<float> values(count);
  auto* bytes = reinterpret_cast<char*>(values.data());
  for (std::size_t done = 0; done < count * sizeof(float);) {
    const ssize_t n = ::pread(fd, bytes + done, count * sizeof(float) - done, static_cast<off_t>(done));
    if (n <= 0) throw Error(Reason::io, "the map cannot be read");
    done += static_cast<std::size_t>(n);
  }
  return values;
}

/// PatientOrientation "L\F": only the first letters, as contact sheets take them.
void set_marks(const Json& request, OverlaySubject& subject) {
  const std::vector<std::string> edges = split(request.value("orientation", std::string()), '\\');
  if (edges.size() != 2) return;
  subject.right_mark = edges[0].substr(0, 2);
  subject.lower_mark = edges[1].substr(0, 2);
}

}  // namespace

Json draw_overlay(const Json& request, WorkerContext& context) {
  OverlaySubject subject;
  request.at("shape").get_to(subject.tensor.shape);
  request.at("items").get_to(subject.items);
  const std::span<std::byte> buffer =
      context.buffers.bytes(request.at("buffer").at("id").get<std::uint64_t>());
  const std::size_t count = count_of(subject.tensor.shape);
  if (subject.tensor.shape.size() < 3 || count == 0 || count > buffer.size() / sizeof(float))
    throw Error(ExitCode::internal, "the tensor does not fit its buffer");
  subject.tensor.values = {reinterpret_cast<const float*>(buffer.data()), count};
  for (std::size_t i = 0; i < 16; ++i) subject.tensor.ras.m[i / 4][i % 4] = request.at("affine_ras").at(i);
  subject.tensor.has_geometry = request.at("has_geometry").get<bool>();
  subject.items_are_slices = request.at("slices").get<bool>();
  subject.has_scale = request.at("has_scale").get<bool>();
  subject.title = request.at("title").get<std::string>() + "   " + request.at("method").get<std::string>();
  set_marks(request, subject);
  const std::vector<float> map =
      read_floats(context.descriptors.at(0).get(),
                  subject.items.size() * count_of(std::span(subject.tensor.shape).subspan(2)));
  subject.map = map;
  Json answer = Json::object();
  if (request.at("picture").get<bool>()) answer["picture"] = to_base64(overlay_png(subject));
  if (request.at("volume").get<bool>())
    write_image(map_volume(subject), context.descriptors.at(1).get(), {"nii.gz"});
  return answer;
}

}  // namespace radbatch
