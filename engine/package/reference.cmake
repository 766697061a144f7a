# The page of the C API, from the header's comments: cmake --build build --target docs
find_program(DOXYGEN_PROGRAM doxygen)
if(DOXYGEN_PROGRAM)
  set(OUTDIAL_HEADER ${PROJECT_SOURCE_DIR}/engine/include/outdial.h)
  set(OUTDIAL_REFERENCE ${here}/reference)
  set(OUTDIAL_API ${made}/api)
  configure_file(${here}/reference/Doxyfile.in ${made}/Doxyfile @ONLY)
  add_custom_target(docs
    COMMAND ${CMAKE_COMMAND} -E make_directory ${made}/api
    COMMAND ${DOXYGEN_PROGRAM} ${made}/Doxyfile
    COMMENT "The page of the C API is package/api/html/outdial_8h.html" VERBATIM)
endif()
