# Finds OpenCV's core and imgproc alone, as Debian packages them (libopencv-core-dev and
# libopencv-imgproc-dev bring neither a CMake package nor a pkg-config file; libopencv-dev does, and
# two gigabytes of other modules with it).
#
#   OpenCVImgproc::imgproc   imgproc and core

include(FindPackageHandleStandardArgs)
find_path(OpenCVImgproc_INCLUDE_DIR opencv2/imgproc.hpp PATH_SUFFIXES opencv4)
# Debian keeps the generated cvconfig.h and opencv_modules.hpp in the architecture's folder.
find_path(OpenCVImgproc_CONFIG_DIR opencv2/opencv_modules.hpp
  HINTS "/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}" PATH_SUFFIXES opencv4)
find_library(OpenCVImgproc_CORE_LIBRARY opencv_core)
find_library(OpenCVImgproc_LIBRARY opencv_imgproc)
find_package_handle_standard_args(OpenCVImgproc
  REQUIRED_VARS OpenCVImgproc_LIBRARY OpenCVImgproc_CORE_LIBRARY OpenCVImgproc_INCLUDE_DIR
                OpenCVImgproc_CONFIG_DIR
  REASON_FAILURE_MESSAGE "install libopencv-core-dev and libopencv-imgproc-dev (scripts/setup.sh does)")

if(OpenCVImgproc_FOUND AND NOT TARGET OpenCVImgproc::imgproc)
  add_library(OpenCVImgproc::imgproc INTERFACE IMPORTED)
  target_include_directories(OpenCVImgproc::imgproc SYSTEM INTERFACE
    "${OpenCVImgproc_INCLUDE_DIR}" "${OpenCVImgproc_CONFIG_DIR}")
  target_link_libraries(OpenCVImgproc::imgproc INTERFACE
    "${OpenCVImgproc_LIBRARY}" "${OpenCVImgproc_CORE_LIBRARY}")
endif()
mark_as_advanced(OpenCVImgproc_INCLUDE_DIR OpenCVImgproc_CONFIG_DIR OpenCVImgproc_CORE_LIBRARY
  OpenCVImgproc_LIBRARY)
