#include <catch2/catch.hpp>

#include "stylize/core/error.h"
#include "stylize/infer/device.h"
#include "stylize/infer/precision.h"

using namespace stylize;

TEST_CASE("device names are parsed", "[infer]") {
  CHECK(parse_device("auto").kind == DeviceRequest::Kind::kAuto);
  CHECK(parse_device("cpu").kind == DeviceRequest::Kind::kCpu);
  CHECK(parse_device("cuda").index == 0);
  CHECK(parse_device("cuda:3").index == 3);
  for (const char* wrong : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "CPU"}) {
    CHECK_THROWS_AS(parse_device(wrong), Error);
  }
}

TEST_CASE("auto precision follows the hardware", "[infer]") {
  const Device cpu{DeviceKind::kCpu, 0, {}};
  const Device gpu{DeviceKind::kCuda, 0, {}};
  const CpuFeatures plain{.avx2 = true};
  const CpuFeatures bf16_vectors{.avx2 = true, .avx512 = true, .avx512_bf16 = true};
  const CpuFeatures tiles{.avx2 = true, .avx512 = true, .avx512_bf16 = true, .amx_bf16 = true};
  CHECK(resolve_precision(PrecisionRequest::kAuto, cpu, plain) == Precision::kFp32);
  CHECK(resolve_precision(PrecisionRequest::kAuto, cpu, bf16_vectors) == Precision::kFp32);
  CHECK(resolve_precision(PrecisionRequest::kAuto, cpu, tiles) == Precision::kBf16);
  CHECK(resolve_precision(PrecisionRequest::kAuto, gpu, plain) == Precision::kBf16);
  CHECK(resolve_precision(PrecisionRequest::kFp32, cpu, tiles) == Precision::kFp32);
  CHECK(resolve_precision(PrecisionRequest::kBf16, cpu, plain) == Precision::kBf16);
  CHECK(resolve_precision(PrecisionRequest::kFp16, gpu, plain) == Precision::kFp16);
  CHECK_THROWS_AS(resolve_precision(PrecisionRequest::kFp16, cpu, tiles), Error);
  CHECK_THROWS_AS(parse_precision("int8"), Error);
}

TEST_CASE("at least one thread computes", "[infer]") {
  CHECK(set_compute_threads(3) == 3);
  CHECK(set_compute_threads(0) >= 1);
}
