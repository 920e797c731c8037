# stylize_shell_files(PROGRAM)
#
# Completion for bash, zsh and fish, and man pages, written by the program that was built and installed where shells
# and man look for them. They are made again when the command line changes (its layer, that is), not with every link.
function(stylize_shell_files program)
  if(STYLIZE_SANITIZE)
    return()  # not a build to install
  endif()
  if(CMAKE_CROSSCOMPILING)
    message(STATUS "Completion and man pages: left out, the program cannot be run on this machine")
    return()
  endif()
  set(_folder "${PROJECT_BINARY_DIR}/shell")
  file(MAKE_DIRECTORY "${_folder}")
  set(_files "")
  foreach(_shell bash zsh fish)
    add_custom_command(OUTPUT "${_folder}/stylize.${_shell}"
      COMMAND $<TARGET_FILE:${program}> completion ${_shell} > "${_folder}/stylize.${_shell}"
      DEPENDS stylize_cli VERBATIM)
    list(APPEND _files "${_folder}/stylize.${_shell}")
  endforeach()
  find_program(STYLIZE_HELP2MAN help2man)
  if(STYLIZE_HELP2MAN)
    file(GLOB _includes CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/man/*.h2m")
    set(_script "${PROJECT_SOURCE_DIR}/scripts/man_pages.sh")
    add_custom_command(OUTPUT "${_folder}/man.stamp"
      COMMAND "${_script}" $<TARGET_FILE:${program}> "${PROJECT_SOURCE_DIR}/docs/man" "${_folder}/man"
      COMMAND "${CMAKE_COMMAND}" -E touch "${_folder}/man.stamp"
      DEPENDS stylize_cli "${_script}" ${_includes} VERBATIM
      COMMENT "Making man pages")
    list(APPEND _files "${_folder}/man.stamp")
    install(DIRECTORY "${_folder}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" OPTIONAL)
  else()
    message(STATUS "Man pages: left out, help2man is not installed")
  endif()
  add_custom_target(${program}_shell_files ALL DEPENDS ${_files})
  # OPTIONAL: whoever built only the program installs only the program.
  install(FILES "${_folder}/stylize.bash" RENAME stylize OPTIONAL
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
  install(FILES "${_folder}/stylize.zsh" RENAME _stylize OPTIONAL
    DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
  install(FILES "${_folder}/stylize.fish" OPTIONAL
    DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
endfunction()
