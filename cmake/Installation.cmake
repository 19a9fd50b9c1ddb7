# `cmake --install build --prefix DIR` makes a tree that runs wherever it is moved: tools look for their workers and data
# beside their own folder, the classify worker for its LibTorch by $ORIGIN. The build tree has the same shape.
set(radbatch_tools radbatch radbatch-scan radbatch-select radbatch-convert radbatch-preprocess radbatch-infer radbatch-ensemble radbatch-report)
set(radbatch_workers radbatch-image-worker radbatch-classify-worker)
set(radbatch_generated ${CMAKE_BINARY_DIR}/share)

install(TARGETS ${radbatch_tools} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# --- workers, and the LibTorch of the classify worker -------------------------------------------------------------
if(NOT RADBATCH_CORE_ONLY)
  set_target_properties(radbatch-classify-worker PROPERTIES
    INSTALL_RPATH "$ORIGIN/../../${RADBATCH_LIBTORCH_INSTALL_DIR}")
  install(TARGETS ${radbatch_workers} RUNTIME DESTINATION ${RADBATCH_LIBEXEC_DIR})
  install(TARGETS libtorch_stub LIBRARY DESTINATION ${RADBATCH_LIBTORCH_INSTALL_DIR})
  # torch/lib and nvidia/*/lib stay as far from each other as in the wheels: the libraries find each other by that.
  # A LibTorch from elsewhere may bring its Python parts and a libtorch.so of its own, which are not wanted.
  install(DIRECTORY ${RADBATCH_LIBTORCH}/lib/ DESTINATION ${RADBATCH_LIBTORCH_INSTALL_DIR}
    FILES_MATCHING PATTERN "*.so*"
    PATTERN "libtorch.so" EXCLUDE PATTERN "libtorch_python*" EXCLUDE PATTERN "libshm*" EXCLUDE
    PATTERN "python*" EXCLUDE PATTERN "cmake" EXCLUDE)
  cmake_path(GET RADBATCH_LIBTORCH PARENT_PATH beside_libtorch)
  if(EXISTS ${beside_libtorch}/nvidia)
    install(DIRECTORY ${beside_libtorch}/nvidia DESTINATION lib/radbatch FILES_MATCHING PATTERN "*.so*")
  endif()
  file(GLOB licences LIST_DIRECTORIES true ${beside_libtorch}/torch-*.dist-info ${beside_libtorch}/nvidia_*.dist-info)
  if(licences)
    install(DIRECTORY ${licences} DESTINATION ${RADBATCH_SHARE_DIR}/licences)
  endif()
endif()

# --- the worker for OpenVINO, and its libraries, which find each other by lying in one folder -----------------------
if(RADBATCH_OPENVINO_ROOT)
  set_target_properties(radbatch-classify-worker-openvino PROPERTIES
    INSTALL_RPATH "$ORIGIN/../../${RADBATCH_OPENVINO_INSTALL_DIR}")
  install(TARGETS radbatch-classify-worker-openvino RUNTIME DESTINATION ${RADBATCH_LIBEXEC_DIR})
  # An OpenVINO from elsewhere may bring plugins for other devices and readers of other formats, which are not wanted.
  install(DIRECTORY ${RADBATCH_OPENVINO_ROOT}/libs/ DESTINATION ${RADBATCH_OPENVINO_INSTALL_DIR}
    FILES_MATCHING PATTERN "libopenvino.so*" PATTERN "libopenvino_ir_frontend.so*" PATTERN "libopenvino_intel_cpu_plugin.so"
    PATTERN "libtbb.so*" PATTERN "libtbbmalloc.so*" PATTERN "libtbbbind_2_5.so*" PATTERN "libhwloc.so*")
  cmake_path(GET RADBATCH_OPENVINO_ROOT PARENT_PATH beside_openvino)
  file(GLOB openvino_licences LIST_DIRECTORIES true ${beside_openvino}/openvino-*.dist-info)
  if(openvino_licences)
    install(DIRECTORY ${openvino_licences} DESTINATION ${RADBATCH_SHARE_DIR}/licences)
  endif()
endif()
install(FILES LICENSE DESTINATION ${RADBATCH_SHARE_DIR}/licences/radbatch)

# --- data: DCMTK's dictionary and the model bundles ---------------------------------------------------------------
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/${RADBATCH_SHARE_DIR})
if(NOT RADBATCH_CORE_ONLY)
  configure_file(${RADBATCH_DICOM_DICTIONARY} ${CMAKE_BINARY_DIR}/${RADBATCH_SHARE_DIR}/dicom.dic COPYONLY)
  install(FILES ${RADBATCH_DICOM_DICTIONARY} DESTINATION ${RADBATCH_SHARE_DIR})
endif()
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/models ${CMAKE_BINARY_DIR}/${RADBATCH_SHARE_DIR}/models SYMBOLIC)
file(GLOB sidecars CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/models/*/radbatch.json)
foreach(sidecar IN LISTS sidecars)
  cmake_path(GET sidecar PARENT_PATH bundle)
  install(DIRECTORY ${bundle} DESTINATION ${RADBATCH_SHARE_DIR}/models PATTERN "__pycache__" EXCLUDE)
endforeach()
# For `radbatch model compile`, which finds it there in both trees.
install(FILES models/tools/compile.py DESTINATION ${RADBATCH_SHARE_DIR}/models/tools)

# --- man pages and completions, from the tools themselves ----------------------------------------------------------
set(radbatch_documentation)
function(radbatch_describe tool kind file)
  set(output ${radbatch_generated}/${file})
  cmake_path(GET output PARENT_PATH folder)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${output} COMMAND ${tool} --describe ${kind} > ${output} DEPENDS ${tool} VERBATIM)
  cmake_path(GET file PARENT_PATH destination)
  install(FILES ${output} DESTINATION share/${destination})
  set(radbatch_documentation ${radbatch_documentation} ${output} PARENT_SCOPE)
endfunction()
foreach(tool IN LISTS radbatch_tools)
  radbatch_describe(${tool} man man/man1/${tool}.1)
  radbatch_describe(${tool} bash bash-completion/completions/${tool})
  radbatch_describe(${tool} zsh zsh/site-functions/_${tool})
  radbatch_describe(${tool} fish fish/vendor_completions.d/${tool}.fish)
endforeach()
add_custom_target(radbatch_documentation ALL DEPENDS ${radbatch_documentation})
