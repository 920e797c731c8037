# Finds dlib as Debian packages it (libdlib-dev). Its own CMake package names PNG, JPEG, SQLite and more,
# which nothing of ours uses.
#
#   Dlib::dlib   headers (as system headers: they warn), the shared library, and the BLAS and LAPACK that
#                its headers call. They must stand behind LibTorch, which stylize_executable() sees to.

include(FindPackageHandleStandardArgs)
find_path(Dlib_INCLUDE_DIR dlib/image_processing/frontal_face_detector.h)
find_library(Dlib_LIBRARY dlib)
find_library(Dlib_LAPACK_LIBRARY lapack)
find_library(Dlib_BLAS_LIBRARY blas)
find_package_handle_standard_args(Dlib
  REQUIRED_VARS Dlib_LIBRARY Dlib_INCLUDE_DIR Dlib_LAPACK_LIBRARY Dlib_BLAS_LIBRARY
  REASON_FAILURE_MESSAGE "install libdlib-dev, libblas-dev and liblapack-dev (scripts/setup.sh does)")

if(Dlib_FOUND AND NOT TARGET Dlib::dlib)
  add_library(Dlib::dlib INTERFACE IMPORTED)
  target_include_directories(Dlib::dlib SYSTEM INTERFACE "${Dlib_INCLUDE_DIR}")
  target_link_libraries(Dlib::dlib INTERFACE
    "${Dlib_LIBRARY}" "${Dlib_LAPACK_LIBRARY}" "${Dlib_BLAS_LIBRARY}")
endif()
mark_as_advanced(Dlib_INCLUDE_DIR Dlib_LIBRARY Dlib_LAPACK_LIBRARY Dlib_BLAS_LIBRARY)
