# What every target of ours has in common: language level, warnings, sanitizers, layers.

find_program(STYLIZE_CCACHE ccache)
if(STYLIZE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${STYLIZE_CCACHE}")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(STYLIZE_LAYERS core media infer face style pipeline cli)

function(stylize_target_defaults target)
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>")
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor
    -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough -Werror)
  if(STYLIZE_SANITIZE)
    # GCC 12 takes the sanitizers' own code for reads of uninitialized memory (GCC bug 105562).
    target_compile_options(${target} PRIVATE -fsanitize=${STYLIZE_SANITIZE}
      -fno-omit-frame-pointer -fno-sanitize-recover=all -Wno-maybe-uninitialized)
    target_link_options(${target} PUBLIC -fsanitize=${STYLIZE_SANITIZE})
  endif()
endfunction()

# stylize_layer(NAME SOURCES... DEPENDS layers and libraries...)
#
# One static library a layer. A layer may use only layers that stand before it in STYLIZE_LAYERS;
# anything else is an error when configuring, so the order cannot rot.
function(stylize_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  list(FIND STYLIZE_LAYERS ${name} _rank)
  foreach(_dependency IN LISTS arg_DEPENDS arg_PRIVATE_DEPENDS)
    if(_dependency MATCHES "^stylize::(.+)$")
      list(FIND STYLIZE_LAYERS ${CMAKE_MATCH_1} _dependency_rank)
      if(_dependency_rank EQUAL -1 OR NOT _dependency_rank LESS _rank)
        message(FATAL_ERROR "layer '${name}' may not use '${CMAKE_MATCH_1}': the order is "
          "${STYLIZE_LAYERS}")
      endif()
    endif()
  endforeach()
  add_library(stylize_${name} STATIC ${arg_SOURCES})
  add_library(stylize::${name} ALIAS stylize_${name})
  target_link_libraries(stylize_${name} PUBLIC ${arg_DEPENDS} PRIVATE ${arg_PRIVATE_DEPENDS})
  stylize_target_defaults(stylize_${name})
endfunction()

# stylize_executable(NAME SOURCES... DEPENDS...)
#
# LibTorch comes first among the libraries that the program names: BLAS symbols inside it are
# interposable, and Debian's OpenCV brings a slow reference BLAS into the process. CMake would sort
# the libraries by dependency, which puts it behind OpenCV; link options stay where they are.
function(stylize_executable name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_options(${name} BEFORE PRIVATE
    "SHELL:-Wl,--no-as-needed $<TARGET_FILE:TorchWheel::torch_cpu> $<TARGET_FILE:TorchWheel::c10> -Wl,--as-needed")
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS})
  stylize_target_defaults(${name})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}"
    BUILD_RPATH "${STYLIZE_TORCH_RPATH}"
    INSTALL_RPATH "${STYLIZE_TORCH_RPATH}")
endfunction()
