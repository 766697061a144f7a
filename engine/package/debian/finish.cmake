# Run by cpack on what it will pack: as Debian wants it, documents compressed and nothing in
# programs and libraries that only a debugger reads.
set(folder ${CPACK_TEMPORARY_INSTALL_DIRECTORY})

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(GLOB_RECURSE documents ${folder}/changelog ${folder}/CHANGELOG.md ${folder}/*.[1-8])
list(FILTER documents INCLUDE REGEX "/share/(man|doc)/")
foreach(document ${documents})
  run(gzip -9n ${document})
endforeach()

file(GLOB_RECURSE programs ${folder}/outdial ${folder}/liboutdial.so.*)
list(FILTER programs INCLUDE REGEX "/(bin|lib)/")
foreach(program ${programs})
  if(NOT IS_SYMLINK ${program})
    run(strip --strip-unneeded --remove-section=.comment --remove-section=.note ${program})
  endif()
endforeach()
file(GLOB_RECURSE archives ${folder}/*.a)
foreach(archive ${archives})
  run(strip --strip-debug --remove-section=.comment --enable-deterministic-archives ${archive})
endforeach()

# What an operator may edit is kept at an upgrade.
file(GLOB_RECURSE settings ${folder}/*)
list(FILTER settings INCLUDE REGEX "/etc/outdial/")
list(TRANSFORM settings REPLACE ".*/etc/outdial/" "/etc/outdial/")
list(JOIN settings "\n" settings)
file(WRITE ${CPACK_OUTDIAL_CONFFILES} "${settings}\n")
