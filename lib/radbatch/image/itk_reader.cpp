#include "radbatch/image/itk_reader.hpp"

#include <itkMetaImageIO.h>
#include <itkMultiThreaderBase.h>
#include <itkNrrdImageIO.h>
#include <itkPNGImageIO.h>
#include <itkTIFFImageIO.h>

#include <algorithm>
#include <array>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/image/elements.hpp"
#include "radbatch/image/image_attributes.hpp"
#include "radbatch/image/metaimage_data.hpp"
#include "radbatch/image/png_chunks.hpp"

namespace radbatch {
namespace {

using Component = itk::IOComponentEnum;

void quiet_itk() {
  // One thread: the tools start as many workers as there are processors.
  itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(1);
  itk::MultiThreaderBase::SetGlobalMaximumNumberOfThreads(1);
  itk::Object::GlobalWarningDisplayOff();
}

itk::ImageIOBase::Pointer make_reader(FileKind kind) {
  switch (kind) {
    case FileKind::nrrd:
      return itk::NrrdImageIO::New().GetPointer();
    case FileKind::metaimage:
      return itk::MetaImageIO::New().GetPointer();
    case FileKind::png:
      return itk::PNGImageIO::New().GetPointer();
    case FileKind::tiff:
      return itk::TIFFImageIO::New().GetPointer();
    default:
      throw Error(ExitCode::internal, "no ITK reader for " + std::string(name(kind)));
  }
}

bool is_picture(FileKind kind) {
  return kind == FileKind::png || kind == FileKind::tiff;
}

// ITK's words without its source positions and without the file's name, which may be the patient's.
std::string plain_text(const itk::ExceptionObject& error, const std::filesystem::path& path) {
  std::string text = error.GetDescription();
  for (std::size_t at; (at = text.find(path.string())) != std::string::npos;) {
    text.replace(at, path.string().size(), "the file");
  }
  // "ITK ERROR: PNGImageIO(0x55d0): ...": the address would make two runs differ.
  if (const auto at = text.find("): "); text.starts_with("ITK ERROR: ") && at != std::string::npos)
    text.erase(0, at + 3);
  const auto end = text.find('\n');
  return printable(std::string_view(text).substr(0, std::min<std::size_t>(end, 200)));
}

Error translated(const itk::ExceptionObject& error, const std::filesystem::path& path, FileKind kind,
                 Reason reason) {
  return Error(reason, "not a readable " + std::string(name(kind)) + " file: " + plain_text(error, path));
}

itk::ImageIOBase::Pointer open_reader(const std::filesystem::path& path, FileKind kind) {
  quiet_itk();
  auto reader = make_reader(kind);
  reader->SetFileName(path.string());
  try {
    reader->ReadImageInformation();
  } catch (const itk::ExceptionObject& error) {
    throw translated(error, path, kind, Reason::bad_header);
  }
  return reader;
}

ElementType element_type(Component component) {
  switch (component) {
    case Component::UCHAR:
      return ElementType::uint8;
    case Component::CHAR:
      return ElementType::int8;
    case Component::USHORT:
      return ElementType::uint16;
    case Component::SHORT:
      return ElementType::int16;
    case Component::UINT:
      return ElementType::uint32;
    case Component::INT:
      return ElementType::int32;
    case Component::ULONG:
    case Component::ULONGLONG:
      return ElementType::uint64;
    case Component::LONG:
    case Component::LONGLONG:
      return ElementType::int64;
    case Component::FLOAT:
      return ElementType::float32;
    case Component::DOUBLE:
      return ElementType::float64;
    default:
      throw Error(Reason::bad_header, "the sample type is not supported");
  }
}

ElementLayout layout_of(const itk::ImageIOBase& reader, FileKind kind) {
  const unsigned axes = reader.GetNumberOfDimensions();
  ElementLayout layout;
  for (unsigned a = 0; a < axes; ++a) {
    const auto n = static_cast<std::int64_t>(reader.GetDimensions(a));
    if (n <= 0 || n > INT32_MAX)
      throw Error(Reason::bad_header, "axis " + std::to_string(a) + " has " + std::to_string(n) + " samples");
    // The pages of a TIFF are pictures beside each other, not slices.
    if (a == 2 && is_picture(kind)) {
      layout.frames = n;
      layout.size[2] = 1;
    } else if (a < 3) {
      layout.size[a] = n;
    } else if (a == 3) {
      layout.frames = n;
    } else if (n > 1) {
      throw Error(Reason::dimension, "the image has " + std::to_string(axes) + " dimensions");
    }
  }
  if (axes < 2) throw Error(Reason::dimension, "the image has one dimension");
  if (axes == 2) layout.size[2] = 1;
  const unsigned components = reader.GetNumberOfComponents();
  if (components < 1 || components > 4)
    throw Error(Reason::channels, "the image has " + std::to_string(components) + " channels");
  layout.file_channels = static_cast<int>(components);
  layout.channels = is_picture(kind) && components % 2 == 0 ? layout.file_channels - 1 : layout.file_channels;
  layout.type = element_type(reader.GetComponentType());
  return layout;
}

int spatial_dims(const itk::ImageIOBase& reader, FileKind kind) {
  return is_picture(kind) || reader.GetNumberOfDimensions() == 2 ? 2 : 3;
}

Affine geometry_of(const itk::ImageIOBase& reader, FileKind kind) {
  Affine lps;
  // The resolution a PNG or TIFF may carry is that of a screen or a scanner of paper.
  if (is_picture(kind)) return lps;
  const unsigned axes = std::min(reader.GetNumberOfDimensions(), 3U);
  for (unsigned a = 0; a < axes; ++a) {
    if (axes == 2) {
      lps.m[a][a] = reader.GetSpacing(a);
      continue;
    }
    const std::vector<double> direction = reader.GetDirection(a);
    for (unsigned r = 0; r < 3; ++r) lps.m[r][a] = direction[r] * reader.GetSpacing(a);
    lps.m[a][3] = reader.GetOrigin(a);
  }
  static_cast<void>(inverse(lps));
  return rounded_to_float32(lps);
}

std::uint64_t checked_bytes(const ElementLayout& l, std::uint64_t max_bytes) {
  unsigned __int128 bytes = bytes_per_element(l.type) * static_cast<std::size_t>(l.file_channels);
  for (const std::int64_t n : {l.size[0], l.size[1], l.size[2], l.frames}) {
    bytes *= static_cast<std::uint64_t>(n);
    if (bytes > max_bytes)
      throw Error(Reason::too_large,
                  "the image needs more than " + human_bytes(static_cast<double>(max_bytes)));
  }
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace

Json itk_attributes(const std::filesystem::path& path, FileKind kind) {
  const auto reader = open_reader(path, kind);
  const ElementLayout l = layout_of(*reader, kind);
  const Affine lps = geometry_of(*reader, kind);
  return image_attributes({.size = l.size,
                           .dims = spatial_dims(*reader, kind),
                           .frames = l.frames,
                           .channels = l.channels,
                           .bits = static_cast<int>(bytes_per_element(l.type) * 8),
                           .spacing = {lps.spacing(0), lps.spacing(1), lps.spacing(2)}});
}

Volume read_with_itk(const std::filesystem::path& path, FileKind kind, std::uint64_t max_bytes) {
  if (kind == FileKind::png) check_png_is_intact(path);
  const auto reader = open_reader(path, kind);
  const ElementLayout layout = layout_of(*reader, kind);
  Buffer bytes(static_cast<std::size_t>(checked_bytes(layout, max_bytes)));
  // MetaIO complains on standard error and returns what it has.
  if (kind == FileKind::metaimage) check_metaimage_is_complete(path, bytes.size());
  itk::ImageIORegion region(reader->GetNumberOfDimensions());
  for (unsigned a = 0; a < reader->GetNumberOfDimensions(); ++a) region.SetSize(a, reader->GetDimensions(a));
  reader->SetIORegion(region);
  try {
    reader->Read(bytes.data());
  } catch (const itk::ExceptionObject& error) {
    // The header was read before: what fails now are the samples.
    throw translated(error, path, kind, Reason::truncated_pixels);
  }
  Volume volume = volume_from_elements(layout, {bytes.data(), bytes.size()});
  volume.dims = spatial_dims(*reader, kind);
  volume.lps = geometry_of(*reader, kind);
  volume.has_geometry = volume.dims == 3;
  return volume;
}

}  // namespace radbatch
