// DICOM files made for a test, so that tests need no data from outside.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "radbatch/dicom/header_scan.hpp"
#include "temporary_folder.hpp"

namespace radbatch::test {

/// The dictionary the build found; every test of DICOM begins with this.
inline void use_dictionary() {
  load_dictionary(RADBATCH_TEST_DICTIONARY);
}

struct DicomImage {
  int rows = 2;
  int columns = 3;
  int frames = 1;
  std::string photometric = "MONOCHROME2";
  int bits_stored = 16;
  bool is_signed = true;
  std::vector<std::int16_t> pixels = {1, 2, 3, 4, 5, 6};  ///< row by row; bytes for colour
  std::function<void(DcmDataset&)> also = [](DcmDataset&) {};
};

inline void put(DcmDataset& dataset, const DcmTagKey& tag, const std::string& value) {
  dataset.putAndInsertString(tag, value.c_str());
}

/// Writes an image with Modality CT (change it in `also`), explicit VR little endian.
inline std::string write_dicom(const std::string& path, const DicomImage& image) {
  DcmFileFormat file;
  DcmDataset& d = *file.getDataset();
  const bool colour = image.photometric == "RGB" || image.photometric.starts_with("YBR");
  put(d, DCM_SOPClassUID, UID_CTImageStorage);
  put(d, DCM_SOPInstanceUID, "1.2.3.4." + std::to_string(std::hash<std::string>()(path) % 100000));
  put(d, DCM_StudyInstanceUID, "1.2.3.1");
  put(d, DCM_SeriesInstanceUID, "1.2.3.2");
  put(d, DCM_PatientID, "P1");
  put(d, DCM_Modality, "CT");
  put(d, DCM_PhotometricInterpretation, image.photometric);
  if (image.frames > 1) put(d, DCM_NumberOfFrames, std::to_string(image.frames));
  d.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(image.rows));
  d.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(image.columns));
  d.putAndInsertUint16(DCM_SamplesPerPixel, colour ? 3 : 1);
  if (colour) d.putAndInsertUint16(DCM_PlanarConfiguration, 0);
  d.putAndInsertUint16(DCM_BitsAllocated, colour ? 8 : 16);
  d.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(colour ? 8 : image.bits_stored));
  d.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>((colour ? 8 : image.bits_stored) - 1));
  d.putAndInsertUint16(DCM_PixelRepresentation, image.is_signed && !colour ? 1 : 0);
  if (colour) {
    const std::vector<Uint8> bytes(image.pixels.begin(), image.pixels.end());
    d.putAndInsertUint8Array(DCM_PixelData, bytes.data(), bytes.size());
  } else {
    const std::vector<Uint16> words(image.pixels.begin(), image.pixels.end());
    d.putAndInsertUint16Array(DCM_PixelData, words.data(), words.size());
  }
  image.also(d);
  file.saveFile(path.c_str(), EXS_LittleEndianExplicit);
  return path;
}

inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline void cut_bytes(const std::string& path, std::uintmax_t from_end) {
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - from_end);
}

}  // namespace radbatch::test
