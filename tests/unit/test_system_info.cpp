#include <catch2/catch.hpp>
#include <string>

#include "stylize/infer/gpu_info.h"
#include "stylize/infer/system_info.h"

using namespace stylize;
using Catch::Contains;

TEST_CASE("settings are read from LibTorch's description of itself", "[infer]") {
  const std::string text =
      "PyTorch built with:\n  - Build settings: XBLAS_INFO=no, BLAS_INFO=mkl, CUDA_VERSION=13.0, "
      "TORCH_VERSION=2.11.0\n";
  CHECK(build_setting(text, "BLAS_INFO") == "mkl");
  CHECK(build_setting(text, "CUDA_VERSION") == "13.0");
  CHECK(build_setting(text, "TORCH_VERSION") == "2.11.0");
  CHECK(build_setting(text, "NOTHING").empty());
}

TEST_CASE("versions are found in sentences", "[infer]") {
  CHECK(version_in("Intel(R) MKL-DNN v3.10.2 (Git Hash f1d4)") == "3.10.2");
  CHECK(version_in("no number").empty());
  CHECK(version_in("12 of 64").empty());
  CHECK(kernel_driver_version(
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 2023\n"
            "GCC version:  gcc version 12.2.0\n") == "535.104.05");
  CHECK(kernel_driver_version(
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build") ==
        "580.65.06");
  CHECK(kernel_driver_version("").empty());
}

TEST_CASE("LibTorch tells what it is and where it came from", "[infer]") {
  const TorchInfo torch = inspect_torch();
  CHECK(torch.version == "2.11.0");
  CHECK_THAT(torch.library, Contains("libtorch_cpu"));
  CHECK(torch.uses_own_blas);
  CHECK_FALSE(torch.built_blas.empty());
  CHECK_FALSE(torch.onednn.empty());
  CHECK(torch.threads >= 1);
  CHECK(usable_cores() >= 1);
  CHECK_FALSE(cpu_model().empty());
}

TEST_CASE("asking for GPUs works with and without any", "[infer]") {
  const GpuInfo info = query_gpus();
  CHECK((info.gpus.empty() || !info.driver.empty()));
  for (const Gpu& gpu : info.gpus) {
    CHECK_FALSE(gpu.name.empty());
    CHECK(gpu.free_memory <= gpu.total_memory);
  }
}
