# Finds LibTorch inside the `torch` wheel from PyPI and makes imported targets of it.
#
#   TorchWheel::c10        libc10.so
#   TorchWheel::torch_cpu  libtorch_cpu.so, everything that runs on the CPU
#   TorchWheel::gomp       the OpenMP threads of libtorch_cpu.so, for files of ours with parallel loops
#
# The wheel's own CMake package is not used: it insists on a CUDA toolkit, which neither building nor
# using a GPU needs here. libtorch_cuda.so is opened at run time, so nothing links to it.
#
# STYLIZE_TORCH_DIR is the `torch` folder of the wheel; it defaults to the one in the project's .venv.

set(STYLIZE_TORCH_VERSION "2.11.0")

if(NOT STYLIZE_TORCH_DIR)
  file(GLOB _torch_candidates "${CMAKE_CURRENT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch")
  list(LENGTH _torch_candidates _torch_count)
  if(_torch_count GREATER 0)
    list(GET _torch_candidates 0 _torch_default)
  endif()
  set(STYLIZE_TORCH_DIR "${_torch_default}" CACHE PATH "The 'torch' folder of the PyPI wheel" FORCE)
endif()

if(NOT EXISTS "${STYLIZE_TORCH_DIR}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch was not found in '${STYLIZE_TORCH_DIR}'. "
    "Run scripts/setup.sh, or pass -DSTYLIZE_TORCH_DIR=<site-packages>/torch.")
endif()

# version.py of the wheel holds a line like: __version__ = '2.11.0+cu130'
file(STRINGS "${STYLIZE_TORCH_DIR}/version.py" _torch_version_line REGEX "^__version__ = ")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" TorchWheel_VERSION "${_torch_version_line}")
if(NOT TorchWheel_VERSION VERSION_EQUAL STYLIZE_TORCH_VERSION)
  message(FATAL_ERROR "torch ${STYLIZE_TORCH_VERSION} is needed, but '${STYLIZE_TORCH_DIR}' holds "
    "${TorchWheel_VERSION}. Run scripts/setup.sh.")
endif()

if(NOT TARGET TorchWheel::torch_cpu)
  # -idirafter, not -isystem: the wheel bundles another fmt, which must not hide the system's.
  set(_torch_includes
    "SHELL:-idirafter ${STYLIZE_TORCH_DIR}/include"
    "SHELL:-idirafter ${STYLIZE_TORCH_DIR}/include/torch/csrc/api/include")

  add_library(TorchWheel::c10 SHARED IMPORTED)
  set_target_properties(TorchWheel::c10 PROPERTIES
    IMPORTED_LOCATION "${STYLIZE_TORCH_DIR}/lib/libc10.so"
    IMPORTED_NO_SONAME ON)

  add_library(TorchWheel::gomp SHARED IMPORTED)
  set_target_properties(TorchWheel::gomp PROPERTIES
    IMPORTED_LOCATION "${STYLIZE_TORCH_DIR}/lib/libgomp.so.1")

  add_library(TorchWheel::torch_cpu SHARED IMPORTED)
  set_target_properties(TorchWheel::torch_cpu PROPERTIES
    IMPORTED_LOCATION "${STYLIZE_TORCH_DIR}/lib/libtorch_cpu.so"
    IMPORTED_NO_SONAME ON
    INTERFACE_COMPILE_OPTIONS "${_torch_includes}"
    INTERFACE_LINK_LIBRARIES "TorchWheel::c10")
endif()

# libtorch_cpu.so finds the nvidia wheels beside it through its own rpath.
set(STYLIZE_TORCH_RPATH "${STYLIZE_TORCH_DIR}/lib")
set(TorchWheel_FOUND TRUE)
message(STATUS "LibTorch ${TorchWheel_VERSION}: ${STYLIZE_TORCH_DIR}")
