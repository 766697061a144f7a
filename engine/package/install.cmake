# What is installed, and how programs find it.
include(CMakePackageConfigHelpers)

set(here ${PROJECT_SOURCE_DIR}/engine/package)
set(made ${PROJECT_BINARY_DIR}/package)
set(OUTDIAL_MODULES "lua5.4 lua5.4-cjson libcurl libmicrohttpd sqlite3 sndfile libmpg123 \
libebur128 libcrypto jansson")
set(OUTDIAL_PKGCONFIG ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(OUTDIAL_CMAKE ${CMAKE_INSTALL_LIBDIR}/cmake/outdial)

install(TARGETS outdial_command DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)
install(DIRECTORY scripts DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/outdial
  COMPONENT command FILES_MATCHING PATTERN *.lua PATTERN .luacheckrc)

# What scripts can do: as a page, and for editors, which find in the scripts' folders where that is.
install(FILES lua/outdial/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/outdial
  RENAME scripts.md COMPONENT command)
install(DIRECTORY lua/outdial/types DESTINATION ${CMAKE_INSTALL_DATADIR}/outdial COMPONENT command)
foreach(folder flows providers)
  file(READ ${PROJECT_SOURCE_DIR}/scripts/${folder}/.luarc.json luarc)
  string(REPLACE "../../lua/outdial/types" "${CMAKE_INSTALL_FULL_DATADIR}/outdial/types" luarc "${luarc}")
  file(CONFIGURE OUTPUT ${made}/${folder}/.luarc.json CONTENT "${luarc}" @ONLY)
  install(FILES ${made}/${folder}/.luarc.json
    DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/outdial/scripts/${folder} COMPONENT command)
endforeach()

# The service, and the settings it reads.
set(OUTDIAL_UNITS lib/systemd/system CACHE STRING "Where systemd's units are installed")
configure_file(${here}/outdial.service.in ${made}/outdial.service @ONLY)
install(FILES ${made}/outdial.service DESTINATION ${OUTDIAL_UNITS} COMPONENT command)
install(FILES ${here}/outdial.lua DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/outdial
  COMPONENT command)

# The control API's description.
install(FILES engine/control/openapi.json DESTINATION ${CMAKE_INSTALL_DATADIR}/outdial
  COMPONENT command)

# What the shells complete.
set(OUTDIAL_ZSH share/zsh/site-functions CACHE STRING "Where zsh's functions are installed")
install(FILES ${here}/completion/outdial.bash COMPONENT command RENAME outdial
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${here}/completion/_outdial DESTINATION ${OUTDIAL_ZSH} COMPONENT command)

install(TARGETS outdial_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  COMPONENT library NAMELINK_COMPONENT headers)
install(TARGETS outdial_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT headers)
install(FILES engine/include/outdial.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT headers)

# Both say where they are by their own place, so that a prefix may be moved.
file(RELATIVE_PATH UP_TO_PREFIX /prefix/${OUTDIAL_PKGCONFIG} /prefix)
string(REGEX REPLACE "/$" "" UP_TO_PREFIX ${UP_TO_PREFIX})
configure_file(${here}/outdial.pc.in ${made}/outdial.pc @ONLY)
install(FILES ${made}/outdial.pc DESTINATION ${OUTDIAL_PKGCONFIG} COMPONENT headers)
configure_package_config_file(${here}/outdialConfig.cmake.in ${made}/outdialConfig.cmake
  INSTALL_DESTINATION ${OUTDIAL_CMAKE}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${made}/outdialConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${made}/outdialConfig.cmake ${made}/outdialConfigVersion.cmake
  DESTINATION ${OUTDIAL_CMAKE} COMPONENT headers)

include(${here}/manual.cmake)
include(${here}/reference.cmake)
include(${here}/debian.cmake)
