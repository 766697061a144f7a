# The manual pages, made from what the command says of itself and from the header's comments.
set(manual ${PROJECT_SOURCE_DIR}/engine/package/manual)
string(TIMESTAMP date "%B %d, %Y" UTC)
file(GLOB_RECURSE scripts CONFIGURE_DEPENDS scripts/*.lua)

add_custom_command(OUTPUT ${made}/outdial.1
  DEPENDS outdial_command ${scripts} ${manual}/command.lua ${manual}/roff.lua ${manual}/outdial.1.in
  COMMAND ${LUA_PROGRAM} ${manual}/command.lua $<TARGET_FILE:outdial_command>
    ${PROJECT_SOURCE_DIR}/scripts ${manual}/outdial.1.in ${made}/outdial.1 "DATE=${date}"
    SCRIPTS=${CMAKE_INSTALL_FULL_SYSCONFDIR}/outdial/scripts
    CONFIG=${CMAKE_INSTALL_FULL_SYSCONFDIR}/outdial/outdial.lua
  VERBATIM)
add_custom_command(OUTPUT ${made}/liboutdial.3
  DEPENDS engine/include/outdial.h ${manual}/library.lua ${manual}/roff.lua ${manual}/liboutdial.3.in
  COMMAND ${LUA_PROGRAM} ${manual}/library.lua ${PROJECT_SOURCE_DIR}/engine/include/outdial.h
    ${manual}/liboutdial.3.in ${made}/liboutdial.3 "DATE=${date}"
  VERBATIM)
add_custom_target(manual ALL DEPENDS ${made}/outdial.1 ${made}/liboutdial.3)

install(FILES ${made}/outdial.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT command)
install(FILES ${made}/liboutdial.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT headers)
