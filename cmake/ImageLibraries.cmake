# ITK and DCMTK, for the image and dicom modules alone, as the targets `itk_libraries` and `dcmtk_libraries`.
#
# ITK's use-file is left out on purpose: it changes global flags and registers every reader it knows as a factory that
# probes each file; the image module names the readers it allows. Their headers are system headers, so that our warnings
# are about our code.
# In a function, because ITK looks for an HDF5 of its own and would leave its answer in our variables; and silently,
# because GDCM's files report each of its programs that is not installed.
function(radbatch_find_itk)
  set(CMAKE_MESSAGE_LOG_LEVEL NOTICE)
  find_package(ITK 5.2 REQUIRED COMPONENTS
    ITKCommon ITKIOImageBase ITKIOGDCM ITKIONIFTI ITKIONRRD ITKIOMeta ITKIOPNG ITKIOJPEG ITKIOTIFF)
  add_library(itk_libraries INTERFACE)
  target_include_directories(itk_libraries SYSTEM INTERFACE ${ITK_INCLUDE_DIRS})
  # ITK asks for whole families of libraries; a worker that loads only what it calls starts sooner.
  target_link_options(itk_libraries INTERFACE LINKER:--as-needed)
  target_link_libraries(itk_libraries INTERFACE ${ITK_LIBRARIES})
endfunction()
radbatch_find_itk()

# CONFIG: CMake's own FindDCMTK collects every library there is.
find_package(DCMTK 3.6.7 CONFIG REQUIRED)
add_library(dcmtk_libraries INTERFACE)
target_include_directories(dcmtk_libraries SYSTEM INTERFACE ${DCMTK_INCLUDE_DIRS})
target_link_options(dcmtk_libraries INTERFACE LINKER:--as-needed)
target_link_libraries(dcmtk_libraries INTERFACE DCMTK::dcmdata DCMTK::oflog DCMTK::ofstd)

# Without its dictionary DCMTK reads wrong values from good files, so it is found here and shipped with the workers.
file(GLOB dictionaries /usr/share/libdcmtk*/dicom.dic /usr/local/share/dcmtk*/dicom.dic)
find_file(RADBATCH_DICOM_DICTIONARY dicom.dic
  HINTS ${DCMTK_DIR}/../../../share/dcmtk ${DCMTK_DIR}/../../../../share/dcmtk PATH_SUFFIXES dcmtk
  DOC "DCMTK's dictionary, dicom.dic")
if(NOT RADBATCH_DICOM_DICTIONARY AND dictionaries)
  list(GET dictionaries 0 dictionary)
  set_property(CACHE RADBATCH_DICOM_DICTIONARY PROPERTY VALUE "${dictionary}")
endif()
if(NOT RADBATCH_DICOM_DICTIONARY)
  message(FATAL_ERROR "DCMTK's dictionary dicom.dic is not there; name it with -DRADBATCH_DICOM_DICTIONARY=FILE")
endif()

# The codecs of compressed DICOM, for the dicom module alone.
find_package(JPEG REQUIRED)
pkg_check_modules(OPENJPEG REQUIRED IMPORTED_TARGET libopenjp2)
pkg_check_modules(CHARLS REQUIRED IMPORTED_TARGET charls)
pkg_check_modules(JXL REQUIRED IMPORTED_TARGET libjxl)
add_library(codec_libraries INTERFACE)
target_link_options(codec_libraries INTERFACE LINKER:--as-needed)
target_link_libraries(codec_libraries INTERFACE PkgConfig::OPENJPEG PkgConfig::CHARLS PkgConfig::JXL JPEG::JPEG)

find_package(PNG REQUIRED)
# FFmpeg, for the video module alone.
pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET libavformat libavcodec libswscale libavutil)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
