#include "radbatch/dicom/video_stream.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/dataset.hpp"

namespace radbatch {

std::vector<std::uint8_t> read_video_stream(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const ParsedFile file = parse_dicom(path);
  if (const auto refusal = check_file(file, path, max_bytes)) throw Error(refusal->reason, refusal->detail);
  const PixelHeader header = pixel_header(file);
  if (header.pixel_bytes > max_bytes) {
    throw Error(Reason::too_large, "the video has " + human_bytes(static_cast<double>(header.pixel_bytes)) +
                                       ", " + human_bytes(static_cast<double>(max_bytes)) + " allowed");
  }
  DcmElement* element = nullptr;
  file.dataset().findAndGetElement(DCM_PixelData, element);
  auto* pixels = dynamic_cast<DcmPixelData*>(element);
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  DcmPixelSequence* sequence = nullptr;
  if (pixels != nullptr) pixels->getOriginalRepresentationKey(syntax, parameter);
  if (pixels == nullptr || pixels->getEncapsulatedRepresentation(syntax, parameter, sequence).bad() ||
      sequence == nullptr) {
    throw Error(Reason::bad_header, "the video is not encapsulated");
  }
  // All fragments belong to one stream, whatever NumberOfFrames says.
  std::vector<std::uint8_t> stream;
  for (unsigned long i = 1; i < sequence->card(); ++i) {
    DcmPixelItem* item = nullptr;
    Uint8* bytes = nullptr;
    if (sequence->getItem(item, i).bad() || item == nullptr || item->getUint8Array(bytes).bad() ||
        (bytes == nullptr && item->getLength() > 0)) {
      throw Error(Reason::io, "fragment " + std::to_string(i) + " of the video cannot be read");
    }
    stream.insert(stream.end(), bytes, bytes + item->getLength());
  }
  return stream;
}

}  // namespace radbatch
