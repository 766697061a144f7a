# The Debian packages: cmake --workflow --preset package. Their files lie where Debian wants
# them, so that the preset decides on the places and cpack works in its folder only.
set(debian ${PROJECT_SOURCE_DIR}/engine/package/debian)
set(control ${made}/control) # what goes into the packages' control archives
set(DEBIAN_LIBRARY liboutdial${PROJECT_VERSION_MAJOR})
set(OUTDIAL_MAINTAINER "outdial maintainers <maintainers@outdial.invalid>" CACHE STRING
  "Whom Debian's package tools name as the maintainer")

# Debian's own changelog; SOURCE_DATE_EPOCH sets its date. CHANGELOG.md has what users notice.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${made}/changelog "outdial (${PROJECT_VERSION}) unstable; urgency=medium\n\n"
  "  * Version ${PROJECT_VERSION}; CHANGELOG.md tells what changed.\n\n"
  " -- ${OUTDIAL_MAINTAINER}  ${date}\n")

# What Debian's policy asks of each package.
function(install_papers component package)
  install(FILES ${debian}/copyright ${made}/changelog
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component})
  if(EXISTS ${debian}/overrides/${package})
    install(FILES ${debian}/overrides/${package}
      DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides COMPONENT ${component})
  endif()
endfunction()

if(OUTDIAL_DEBIAN)
  install_papers(command outdial)
  install_papers(library ${DEBIAN_LIBRARY})
  install_papers(headers liboutdial-dev)
endif()

# Which version each name of the library came with.
file(STRINGS ${PROJECT_SOURCE_DIR}/engine/package/symbols/${PROJECT_VERSION} names)
list(TRANSFORM names REPLACE "(.+)" " \\1@Base ${PROJECT_VERSION}")
list(JOIN names "\n" names)
file(WRITE ${control}/symbols
  "liboutdial.so.${PROJECT_VERSION_MAJOR} ${DEBIAN_LIBRARY} #MINVER#\n"
  "* Build-Depends-Package: liboutdial-dev\n${names}\n")
file(WRITE ${control}/triggers "activate-noawait ldconfig\n")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME outdial)
set(CPACK_PACKAGE_CONTACT ${OUTDIAL_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL command library headers)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each has its own
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PROJECT_CONFIG_FILE ${debian}/refuse.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${debian}/finish.cmake)
set(CPACK_OUTDIAL_DEBIAN ${OUTDIAL_DEBIAN})
set(CPACK_OUTDIAL_CONFFILES ${control}/conffiles) # written by finish.cmake

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME outdial)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION comm)
set(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS "adduser, ca-certificates, init-system-helpers (>= 1.52)")
set(CPACK_DEBIAN_COMMAND_PACKAGE_CONTROL_EXTRA
  ${debian}/postinst ${debian}/prerm ${debian}/postrm ${control}/conffiles)
set(CPACK_DEBIAN_COMMAND_DESCRIPTION "phone calls directed by Lua scripts
Places outbound phone calls through voice providers' HTTP APIs and runs the
conversation on them. What a call says and asks, and how a provider is spoken
to, are Lua scripts in /etc/outdial/scripts.

This package has the command and the service.")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${DEBIAN_LIBRARY})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${control}/symbols ${control}/triggers)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "ca-certificates, libc6 (>= 2.36)") # packed relocations
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "phone calls directed by Lua scripts (library)
Places outbound phone calls through voice providers' HTTP APIs and runs the
conversation on them, as part of another program.

This package has the shared library.")

# The libraries are needed to link the static one, and pkg-config looks for all of them.
set(CPACK_DEBIAN_HEADERS_PACKAGE_NAME liboutdial-dev)
set(CPACK_DEBIAN_HEADERS_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_HEADERS_PACKAGE_SHLIBDEPS OFF)
string(JOIN ", " CPACK_DEBIAN_HEADERS_PACKAGE_DEPENDS
  "${DEBIAN_LIBRARY} (= ${PROJECT_VERSION})" liblua5.4-dev lua-cjson-dev
  "libcurl4-openssl-dev | libcurl4-dev" libmicrohttpd-dev libsqlite3-dev libsndfile1-dev
  libmpg123-dev libebur128-dev libssl-dev libjansson-dev libev-dev libgsm1-dev)
set(CPACK_DEBIAN_HEADERS_DESCRIPTION "phone calls directed by Lua scripts (headers)
Places outbound phone calls through voice providers' HTTP APIs and runs the
conversation on them, as part of another program.

This package has the header, the static library, and what pkg-config and CMake
need to find them.")
include(CPack)
