#include "radbatch/image/image_output.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/image/deflate.hpp"
#include "radbatch/image/metaimage_writer.hpp"
#include "radbatch/image/nifti_writer.hpp"
#include "radbatch/image/nrrd_writer.hpp"
#include "radbatch/image/output_file.hpp"
#include "radbatch/image/png_slices.hpp"
#include "radbatch/store/volume_file.hpp"

namespace radbatch {
namespace {

Json write_pngs(const Volume& volume, int fd) {
  const PngSlices slices = write_png_slices(volume, fd);
  Json facts = {{"parts", slices.bytes}};
  if (slices.slope != 1 || slices.intercept != 0) {
    facts["slope"] = slices.slope;
    facts["intercept"] = slices.intercept;
  }
  return facts;
}

void write_h5(const Volume& volume, int fd, const OutputRequest& request) {
  const auto packer = [](std::span<const std::byte> chunk) { return packed(chunk, Packing::zlib); };
  write_bytes(fd,
              bytes_of(volume_h5(volume, {request.case_id, request.image}, request.frame_step_s, packer)));
}

}  // namespace

Json write_image(const Volume& volume, int fd, const OutputRequest& request) {
  const std::string& format = request.format;
  if (format == "png") return write_pngs(volume, fd);
  if (format == "nii.gz" || format == "nii") {
    write_nifti(volume, fd, {format == "nii.gz", request.threads, request.frame_step_s});
  } else if (format == "nrrd") {
    write_nrrd(volume, fd, request.threads, request.frame_step_s);
  } else if (format == "mha") {
    write_metaimage(volume, fd, request.threads, request.frame_step_s);
  } else if (format == "h5") {
    write_h5(volume, fd, request);
  } else {
    throw Error(ExitCode::internal, "the image worker does not write the format '" + format + "'");
  }
  return Json::object();
}

}  // namespace radbatch
