# stylize_embed_text(TARGET NAME CONSTANT FILES...)
#
# Puts the text of FILES, one after the other, into a header "NAME.h" that TARGET can include, as
# `stylize::CONSTANT`, a std::string_view. Written while configuring, which a change of FILES triggers,
# so that tools which only read the sources find it, too.
function(stylize_embed_text target name constant)
  set(_text "")
  foreach(_file IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH _file)
    file(READ "${_file}" _content)
    string(APPEND _text "${_content}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${_file}")
  endforeach()
  string(FIND "${_text}" ")embedded\"" _end)
  if(NOT _end EQUAL -1)
    message(FATAL_ERROR "${name}: the text holds what ends it in C++")
  endif()
  # In quotes throughout: the text is full of semicolons, which unquoted lists swallow.
  string(CONCAT _header "// Made from: ${ARGN}\n#pragma once\n\n#include <string_view>\n\nnamespace stylize {\n\n"
    "inline constexpr std::string_view ${constant} = R\"embedded(${_text})embedded\";\n\n}  // namespace stylize\n")
  set(_folder "${CMAKE_CURRENT_BINARY_DIR}/embedded")
  set(_old "")
  if(EXISTS "${_folder}/${name}.h")
    file(READ "${_folder}/${name}.h" _old)
  endif()
  if(NOT _old STREQUAL _header)  # else all that includes it would be compiled again
    file(WRITE "${_folder}/${name}.h" "${_header}")
  endif()
  target_include_directories(${target} PRIVATE "${_folder}")
endfunction()
