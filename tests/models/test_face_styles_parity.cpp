// StyleGAN2, e4e, pSp and BlendGAN against the golden results of the original programs, run as the
// program runs them. face_styles.py makes the networks and calls these tests one by one.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "pictures.h"
#include "src/style/face_encoder.h"
#include "src/style/face_tensors.h"
#include "stylize/face/pil_resample.h"
#include "stylize/infer/tensor_network.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;
using nlohmann::json;

namespace {

const Device kCpu{DeviceKind::kCpu, 0, {}};

std::string fixture(const std::string& name) {
  const char* folder = std::getenv("STYLIZE_FACE_FIXTURES");
  if (folder == nullptr) {
    throw std::runtime_error("run these tests through tests/models/face_styles.py");
  }
  return std::string(folder) + "/" + name;
}

TensorNetwork open_network() { return {fixture("network.pt"), kCpu, Precision::kFp32}; }

FloatTensor golden(const std::string& name) {
  const std::string bytes = read_file(fixture(name + ".f32"));
  FloatTensor tensor;
  tensor.shape =
      json::parse(read_file(fixture("shapes.json"))).at(name).get<std::vector<std::int64_t>>();
  tensor.values.resize(bytes.size() / sizeof(float));
  std::memcpy(tensor.values.data(), bytes.data(), bytes.size());
  return tensor;
}

double atol(const std::string& stem, const std::string& key) {
  const json value = json::parse(read_file(fixture("atol.json"))).at(stem);
  return value.is_number() ? value.get<double>() : value.at(key).get<double>();
}

// Picture or code number `i` of a batch.
FloatTensor item(const FloatTensor& batch, std::int64_t i) {
  FloatTensor one{batch.shape, {}};
  const auto size = static_cast<std::ptrdiff_t>(batch.values.size()) / batch.shape[0];
  one.shape[0] = 1;
  one.values.assign(batch.values.begin() + i * size, batch.values.begin() + (i + 1) * size);
  return one;
}

void check_close(const std::string& what, const FloatTensor& got, const FloatTensor& expected,
                 double tolerance) {
  INFO(what);
  REQUIRE(got.shape == expected.shape);
  double worst = 0.0;
  for (std::size_t i = 0; i < got.values.size(); ++i) {
    worst = std::max(worst, static_cast<double>(std::abs(got.values[i] - expected.values[i])));
  }
  std::printf("  %s: %.1e of %.1e\n", what.c_str(), worst, tolerance);
  CHECK(worst <= tolerance);
}

// At most one level apart, on at most 0.2 % of the values: bytes are truncated.
void check_bytes(const cv::Mat& got, const cv::Mat& expected) {
  cv::Mat difference;
  cv::absdiff(got, expected, difference);
  CHECK(max_difference(got, expected) <= 1.0);
  CHECK(cv::countNonZero(difference.reshape(1)) <= 0.002 * 3.0 * got.rows * got.cols);
}

// w [N,512] to W+ [N,rows,512], all rows alike.
FloatTensor repeated(const FloatTensor& w, std::int64_t rows) {
  FloatTensor codes{{w.shape[0], rows, 512}, {}};
  for (std::int64_t i = 0; i < w.shape[0]; ++i) {
    for (std::int64_t row = 0; row < rows; ++row) {
      codes.values.insert(codes.values.end(), w.values.begin() + i * 512,
                          w.values.begin() + (i + 1) * 512);
    }
  }
  return codes;
}

FloatTensor truncated(const FloatTensor& w, const FloatTensor& mean, float psi) {
  FloatTensor result = w;
  for (std::size_t i = 0; i < w.values.size(); ++i) {
    const float center = mean.values[i % 512];
    result.values[i] = center + psi * (w.values[i] - center);
  }
  return result;
}

const std::vector<FloatTensor> kStoredNoise;

Manifest truncating() {
  Manifest manifest;
  manifest.rounding = Rounding::kTruncate;
  return manifest;
}

}  // namespace

TEST_CASE("StyleGAN2 at 128: mapping, synthesis, bytes", "[.][face_styles][g128]") {
  TensorNetwork network = open_network();
  CHECK(network.number("size") == 128);
  CHECK(network.number("n_latent") == 12);
  check_close("mapping", network.call("mapping", {golden("g128.z")}), golden("g128.mapping"),
              atol("g128", "mapping"));
  const FloatTensor expected = golden("g128.image");
  const FloatTensor codes = golden("g128.w_plus");
  check_close("image", network.call("synthesis", {codes, kStoredNoise}), expected,
              atol("g128", "image"));
  for (std::int64_t i = 0; i < 2; ++i) {
    const FloatTensor image = network.call("forward", {item(codes, i)});
    check_close("one image", image, item(expected, i), atol("g128", "image"));
    check_bytes(to_pictures(image, truncating()).at(0),
                load_pixels(fixture("g128.image_uint8_" + std::to_string(i) + ".png")));
  }
}

TEST_CASE("StyleGAN2 at 1024", "[.][face_styles][g1024]") {
  const FloatTensor image =
      open_network().call("synthesis", {golden("g1024.w_plus"), kStoredNoise});
  REQUIRE(image.shape == std::vector<std::int64_t>{1, 3, 1024, 1024});
  FloatTensor pooled{{1, 3, 128, 128}, {}};
  FloatTensor crop{{1, 3, 128, 128}, {}};
  for (int channel = 0; channel < 3; ++channel) {
    std::vector<float> values(image.values.begin() + (channel << 20),
                              image.values.begin() + ((channel + 1) << 20));
    const cv::Mat plane(1024, 1024, CV_32F, values.data());
    cv::Mat small;
    cv::resize(plane, small, {128, 128}, 0, 0, cv::INTER_AREA);
    const cv::Mat middle = plane(cv::Rect(448, 448, 128, 128)).clone();
    pooled.values.insert(pooled.values.end(), small.begin<float>(), small.end<float>());
    crop.values.insert(crop.values.end(), middle.begin<float>(), middle.end<float>());
  }
  check_close("image, pooled", pooled, golden("g1024.image_pooled"), atol("g1024", ""));
  check_close("image, middle", crop, golden("g1024.image_crop"), atol("g1024", ""));
}

TEST_CASE("StyleGAN2 at 128: truncation and mixing", "[.][face_styles][g128]") {
  TensorNetwork network = open_network();
  const std::string stem = "truncation_mixing128";
  const FloatTensor mean = golden(stem + ".mean_latent");
  const float psi = golden(stem + ".psi").values[0];
  const auto first = static_cast<std::ptrdiff_t>(golden(stem + ".inject_index").values[0]);
  const std::int64_t rows = network.number("n_latent");
  const FloatTensor w1 = network.call("mapping", {golden(stem + ".z1")});
  const FloatTensor w2 = network.call("mapping", {golden(stem + ".z2")});
  FloatTensor codes = repeated(truncated(w1, mean, psi), rows);
  check_close("truncated image", network.call("forward", {codes}),
              golden(stem + ".truncated_image"), atol(stem, "truncated_image"));
  const FloatTensor fine = repeated(truncated(w2, mean, psi), rows);
  for (std::ptrdiff_t i = 0; i < codes.shape[0]; ++i) {
    std::copy(fine.values.begin() + (i * rows + first) * 512,
              fine.values.begin() + (i + 1) * rows * 512,
              codes.values.begin() + (i * rows + first) * 512);
  }
  check_close("mixed image", network.call("forward", {codes}), golden(stem + ".mixed_image"),
              atol(stem, "mixed_image"));
  // The network's own truncation goes toward the mean of its file.
  const FloatTensor center = network.call("truncate", {w1, 0.0});
  check_close("truncate", network.call("truncate", {w1, static_cast<double>(psi)}),
              truncated(w1, item(center, 0), psi), 1e-5);
}

TEST_CASE("noise of a seed changes texture, not the picture", "[.][face_styles][g128]") {
  TensorNetwork network = open_network();
  const FloatTensor code = item(golden("g128.w_plus"), 0);
  const auto render = [&](std::uint64_t seed) {
    return network.call("synthesis", {code, seeded_noise(seed, network.number("n_noise"))});
  };
  const FloatTensor one = render(1);
  CHECK(one.values == render(1).values);
  CHECK(one.values != render(2).values);
}

TEST_CASE("half precision keeps the codes in fp32", "[.][face_styles][g128]") {
  TensorNetwork network(fixture("network.pt"), kCpu, Precision::kBf16);
  check_close("mapping beside bf16", network.call("mapping", {golden("g128.z")}),
              golden("g128.mapping"), atol("g128", "mapping"));
  // Measured by the reference itself: 0.044 (shared/parity/README.md).
  check_close("bf16 image", network.call("forward", {golden("g128.w_plus")}), golden("g128.image"),
              0.1);
}

TEST_CASE("weights mixed with a base's lie between the two", "[.][face_styles][g128]") {
  TensorNetwork network = open_network();
  const FloatTensor code = item(golden("g128.w_plus"), 0);
  const FloatTensor before = network.call("forward", {code});
  network.mix_weights(open_network(), 0.3);  // with itself: nothing may change
  check_close("mixed with itself", network.call("forward", {code}), before, 1e-4);
}

TEST_CASE("e4e: photos to codes", "[.][face_styles][e4e]") {
  FaceEncoder encoder(fixture("network.pt"), kCpu, Precision::kFp32);
  REQUIRE(encoder.rows() == 18);
  const FloatTensor expected = golden("e4e.w_plus");
  for (int i = 0; i < 2; ++i) {
    const cv::Mat face = load_pixels(fixture("e4e.image_uint8_" + std::to_string(i) + ".png"));
    check_close("w_plus", encoder.encode({face}), item(expected, i), atol("e4e", ""));
    // Our reduction is Pillow's, to the byte.
    const cv::Mat photo = load_pixels(fixture("photo_" + std::to_string(i) + ".png"));
    CHECK(max_difference(pil_bilinear(photo, 256), face) == 0.0);
  }
}

TEST_CASE("pSp: photos to codes", "[.][face_styles][psp]") {
  FaceEncoder encoder(fixture("network.pt"), kCpu, Precision::kFp32);
  const FloatTensor expected = golden("psp.w_plus");
  for (int i = 0; i < 2; ++i) {
    const cv::Mat photo = load_pixels(fixture("photo_" + std::to_string(i) + ".png"));
    check_close("w_plus", encoder.encode({photo}), item(expected, i), atol("psp", ""));
  }
  const cv::Mat odd = load_pixels(fixture("psp.odd_image_uint8_0.png"));
  check_close("odd size", encoder.encode({odd}), golden("psp.odd_w_plus"), atol("psp", ""));
}

TEST_CASE("BlendGAN: styles, blends, images", "[.][face_styles][blendgan]") {
  TensorNetwork network = open_network();
  for (int i = 0; i < 2; ++i) {
    const cv::Mat style = load_pixels(fixture("photo_" + std::to_string(i) + ".png"));
    const FloatTensor z = network.call("embed", {to_tensor(style)});
    check_close("z_embed", z, item(golden("embedder.z_embed"), i), atol("embedder", "z_embed"));
    check_close("w_style", network.call("style_code", {z}), item(golden("embedder.w_style"), i),
                atol("embedder", "w_style"));
  }
  const FloatTensor face = golden("generator128.w_face");
  const FloatTensor style = golden("generator128.w_style");
  const std::vector<std::pair<std::string, std::int64_t>> indices = {
      {"None", -1}, {"0", 0}, {"6", 6}, {"18", 18}};
  for (const auto& [label, index] : indices) {
    const FloatTensor blended = network.call("blend", {face, style, index});
    check_close("blended " + label, blended, golden("generator128.blended_index_" + label),
                atol("generator128", ""));
    const FloatTensor image = network.call("synthesis", {blended, kStoredNoise});
    check_close("image " + label, image, golden("generator128.image_index_" + label),
                atol("generator128", ""));
    if (index == 6) {
      for (std::int64_t i = 0; i < 2; ++i) {
        check_bytes(
            to_pictures(item(image, i), truncating()).at(0),
            load_pixels(fixture("generator128.image_uint8_index_6_" + std::to_string(i) + ".png")));
      }
    }
  }
}
