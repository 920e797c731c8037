# Finds the OpenCV modules that are used, as Debian packages them one by one (libopencv-core-dev and
# the like bring neither a CMake package nor a pkg-config file; libopencv-dev does, and two gigabytes
# of other modules with it).
#
#   OpenCVModules::imgproc   imgproc and core
#   OpenCVModules::video     video (optical flow), and the two

include(FindPackageHandleStandardArgs)
find_path(OpenCVModules_INCLUDE_DIR opencv2/imgproc.hpp PATH_SUFFIXES opencv4)
# Debian keeps the generated cvconfig.h and opencv_modules.hpp in the architecture's folder.
find_path(OpenCVModules_CONFIG_DIR opencv2/opencv_modules.hpp
  HINTS "/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}" PATH_SUFFIXES opencv4)
find_library(OpenCVModules_CORE_LIBRARY opencv_core)
find_library(OpenCVModules_IMGPROC_LIBRARY opencv_imgproc)
find_library(OpenCVModules_VIDEO_LIBRARY opencv_video)
find_package_handle_standard_args(OpenCVModules
  REQUIRED_VARS OpenCVModules_CORE_LIBRARY OpenCVModules_IMGPROC_LIBRARY OpenCVModules_VIDEO_LIBRARY
                OpenCVModules_INCLUDE_DIR OpenCVModules_CONFIG_DIR
  REASON_FAILURE_MESSAGE "install libopencv-core-dev, libopencv-imgproc-dev and libopencv-video-dev \
(scripts/setup.sh does)")

if(OpenCVModules_FOUND AND NOT TARGET OpenCVModules::imgproc)
  add_library(OpenCVModules::imgproc INTERFACE IMPORTED)
  target_include_directories(OpenCVModules::imgproc SYSTEM INTERFACE
    "${OpenCVModules_INCLUDE_DIR}" "${OpenCVModules_CONFIG_DIR}")
  target_link_libraries(OpenCVModules::imgproc INTERFACE
    "${OpenCVModules_IMGPROC_LIBRARY}" "${OpenCVModules_CORE_LIBRARY}")
  add_library(OpenCVModules::video INTERFACE IMPORTED)
  target_link_libraries(OpenCVModules::video INTERFACE
    "${OpenCVModules_VIDEO_LIBRARY}" OpenCVModules::imgproc)
endif()
mark_as_advanced(OpenCVModules_INCLUDE_DIR OpenCVModules_CONFIG_DIR OpenCVModules_CORE_LIBRARY
  OpenCVModules_IMGPROC_LIBRARY OpenCVModules_VIDEO_LIBRARY)
