#include <dlfcn.h>

#include <catch2/catch.hpp>
#include <string>

// Debian's OpenCV brings the reference BLAS into the process; were it found first, torch's matrix
// products would run on it, 50 times slower.
TEST_CASE("matrix products of torch run on torch's own BLAS", "[infer]") {
  void* symbol = dlsym(RTLD_DEFAULT, "sgemm_");
  REQUIRE(symbol != nullptr);
  Dl_info info{};
  REQUIRE(dladdr(symbol, &info) != 0);
  CHECK(std::string(info.dli_fname).find("libtorch_cpu") != std::string::npos);
}
