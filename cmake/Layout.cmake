# The build tree has the folders of the installed tree, so that a tool finds its workers and data the same way in
# both: ../libexec/radbatch and ../share/radbatch beside its own folder.
include(GNUInstallDirs)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(RADBATCH_LIBEXEC_DIR libexec/radbatch)
set(RADBATCH_SHARE_DIR share/radbatch)
