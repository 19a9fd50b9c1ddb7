# LibTorch, as the imported target `libtorch`, for the torch module alone: its include folder carries an fmt of its own,
# which any other module would take for Debian's.
#
# The wheel's TorchConfig.cmake is not used, since it wants a CUDA toolkit even for the CPU. LIBTORCH_ROOT may name any
# LibTorch with include/ and lib/; the default is where cmake/install-dependencies.sh unpacks it.
set(LIBTORCH_ROOT "" CACHE PATH "LibTorch: a folder with include/ and lib/; empty for the one that cmake/install-dependencies.sh unpacked")

# With CUDA first: who asked for it wants it.
function(radbatch_find_libtorch out)
  if(LIBTORCH_ROOT OR DEFINED ENV{LIBTORCH_ROOT})
    set(candidates "${LIBTORCH_ROOT}")
    if(NOT LIBTORCH_ROOT)
      set(candidates "$ENV{LIBTORCH_ROOT}")
    endif()
  else()
    set(home_cache "$ENV{XDG_CACHE_HOME}")
    if(NOT home_cache)
      set(home_cache "$ENV{HOME}/.cache")
    endif()
    foreach(cache IN ITEMS "$ENV{RADBATCH_CACHE}" "${home_cache}/radbatch" "${CMAKE_SOURCE_DIR}/.cache/radbatch")
      list(APPEND candidates "${cache}/libtorch-2.15.0-cuda/torch" "${cache}/libtorch-2.15.0/torch")
    endforeach()
  endif()
  foreach(candidate IN LISTS candidates)
    if(EXISTS "${candidate}/lib/libtorch_cpu.so" AND EXISTS "${candidate}/include/ATen/ATen.h")
      set(${out} "${candidate}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  list(JOIN candidates "\n  " looked_in)
  message(FATAL_ERROR "LibTorch is not there: looked for lib/libtorch_cpu.so and include/ATen/ATen.h in\n  "
    "${looked_in}\nRun `bash cmake/install-dependencies.sh`, or name one with -DLIBTORCH_ROOT=DIR, "
    "or build without it: `cmake --preset core`.")
endfunction()

function(radbatch_libtorch_version root out)
  foreach(header IN ITEMS torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(EXISTS "${root}/include/${header}")
      file(STRINGS "${root}/include/${header}" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
      string(REGEX MATCHALL "[0-9]+" numbers "${lines}")
      list(JOIN numbers "." version)
      if(version)
        set(${out} "${version}" PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
  message(FATAL_ERROR "${root} is no LibTorch that we know: no version in torch/version.h")
endfunction()

radbatch_find_libtorch(RADBATCH_LIBTORCH)
radbatch_libtorch_version("${RADBATCH_LIBTORCH}" RADBATCH_LIBTORCH_VERSION)
if(NOT EXISTS "${RADBATCH_LIBTORCH}/include/torch/csrc/inductor/aoti_package/model_package_loader.h")
  message(FATAL_ERROR "LibTorch ${RADBATCH_LIBTORCH_VERSION} in ${RADBATCH_LIBTORCH} cannot load .pt2 files; "
    "2.6 is the first that can")
endif()
message(STATUS "LibTorch ${RADBATCH_LIBTORCH_VERSION}: ${RADBATCH_LIBTORCH}")

foreach(name IN ITEMS c10 torch_cpu)
  add_library(libtorch_${name} SHARED IMPORTED GLOBAL)
  set_target_properties(libtorch_${name} PROPERTIES IMPORTED_LOCATION "${RADBATCH_LIBTORCH}/lib/lib${name}.so"
                                                    IMPORTED_SONAME "lib${name}.so")
endforeach()

# A model compiled to a .pt2 asks the loader for libtorch.so. The wheel's own wants CUDA and Debian's crashes, so ours,
# which holds nothing but its name and stands for libtorch_cpu, is loaded before any model is.
set(RADBATCH_LIBTORCH_INSTALL_DIR lib/radbatch/torch/lib)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/libtorch_stub.cpp CONTENT "// Only the name libtorch.so matters.\n")
add_library(libtorch_stub SHARED ${CMAKE_BINARY_DIR}/generated/libtorch_stub.cpp)
set_target_properties(libtorch_stub PROPERTIES
  OUTPUT_NAME torch
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${RADBATCH_LIBTORCH_INSTALL_DIR}
  INSTALL_RPATH "$ORIGIN")
target_link_libraries(libtorch_stub PRIVATE libtorch_torch_cpu libtorch_c10)
# --allow-shlib-undefined: libtorch_cpu's CUDA symbols are found at load, beside it, and are no business of our link.
# --disable-new-dtags: RPATH, which goes before LD_LIBRARY_PATH, where a cluster's module may have put another LibTorch.
# --no-as-needed: nothing in our code names a symbol of the stub.
set(libtorch_link_options LINKER:--allow-shlib-undefined LINKER:--disable-new-dtags LINKER:--no-as-needed)
target_link_options(libtorch_stub PRIVATE ${libtorch_link_options})

add_library(libtorch INTERFACE)
target_include_directories(libtorch SYSTEM INTERFACE ${RADBATCH_LIBTORCH}/include
                                                     ${RADBATCH_LIBTORCH}/include/torch/csrc/api/include)
target_compile_definitions(libtorch INTERFACE _GLIBCXX_USE_CXX11_ABI=1)
target_link_libraries(libtorch INTERFACE libtorch_stub libtorch_torch_cpu libtorch_c10)
target_link_options(libtorch INTERFACE ${libtorch_link_options})
