# Read by cpack before it begins: only the preset's folder has the files where Debian wants them.
if(NOT CPACK_OUTDIAL_DEBIAN)
  message(FATAL_ERROR "this build is not laid out for packages; they are made by "
    "cmake --workflow --preset package")
endif()
