// Sequential and progressive JPEG of 12 bits, through DCMTK: the packaged libjpeg-turbo decodes 8 bits only.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djdecode.h>

#include <cstring>
#include <memory>
#include <new>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/codec.hpp"
#include "radbatch/dicom/jpeg_markers.hpp"

namespace radbatch {
namespace {

void register_decoders() {
  static const bool once = [] {
    DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation);
    return true;
  }();
  static_cast<void>(once);
}

/// An object with this one frame: DCMTK decodes pixels of datasets only.
void put_frame(DcmDataset& dataset, ByteSpan stream, const FrameFormat& format, E_TransferSyntax syntax) {
  dataset.putAndInsertUint16(DCM_SamplesPerPixel, static_cast<Uint16>(format.samples));
  dataset.putAndInsertString(DCM_PhotometricInterpretation, format.photometric.c_str());
  dataset.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(format.rows));
  dataset.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(format.columns));
  dataset.putAndInsertUint16(DCM_BitsAllocated, static_cast<Uint16>(format.bits_allocated));
  dataset.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(format.bits_stored));
  dataset.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(format.bits_stored - 1));
  dataset.putAndInsertUint16(DCM_PixelRepresentation, format.is_signed ? 1 : 0);
  if (format.samples > 1) dataset.putAndInsertUint16(DCM_PlanarConfiguration, 0);
  auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
  sequence->insert(new DcmPixelItem(DcmTag(DCM_PixelItemTag, EVR_OB)));
  auto item = std::make_unique<DcmPixelItem>(DcmTag(DCM_PixelItemTag, EVR_OB));
  if (item->putUint8Array(stream.data(), static_cast<unsigned long>(stream.size())).bad())
    throw std::bad_alloc();
  sequence->insert(item.release());
  auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
  pixels->putOriginalRepresentation(syntax, nullptr, sequence.release());
  dataset.insert(pixels.release());
}

}  // namespace

CodedImage decode_jpeg_12bit(ByteSpan stream, const FrameFormat& format) {
  register_decoders();
  const JpegFrameHeader header = find_jpeg_frame_header(stream);
  check_extent("JPEG", format, header.columns, header.rows,
               static_cast<std::int64_t>(header.components.size()));
  DcmDataset dataset;
  put_frame(dataset, stream, format, header.marker == 0xc2 ? EXS_JPEGProcess10_12 : EXS_JPEGProcess2_4);
  const OFCondition status = dataset.chooseRepresentation(EXS_LittleEndianExplicit, nullptr);
  if (status.bad())
    throw Error(Reason::bad_header, "the compressed pixels cannot be decoded: " + printable(status.text()));
  const Uint16* words = nullptr;
  unsigned long count = 0;
  if (dataset.findAndGetUint16Array(DCM_PixelData, words, &count).bad() || count < format.count())
    throw Error(Reason::truncated_pixels, "JPEG: the stream decodes to fewer pixels than the header says");
  Uint16 planar = 0;
  OFString photometric;
  dataset.findAndGetUint16(DCM_PlanarConfiguration, planar);
  dataset.findAndGetOFString(DCM_PhotometricInterpretation, photometric);
  CodedImage image{.precision = 12,
                   .planar = planar == 1,
                   .is_rgb = photometric == "RGB",
                   .samples = Buffer(format.count() * 2)};
  std::memcpy(image.samples.data(), words, image.samples.size());
  return image;
}

}  // namespace radbatch
