// AnimeGANv2 against the golden results of the original programs (../shared/parity).
#include <catch2/catch.hpp>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pictures.h"
#include "process.h"
#include "stylize/infer/frame_network.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;
using nlohmann::json;

namespace {

const std::string kParity = STYLIZE_SHARED_DIR "/parity/";

std::string model(bool align_corners) {
  return STYLIZE_MODEL_FIXTURES "/hayao_align" + std::string(align_corners ? "1" : "0") + ".pt";
}

bool ends_with(const std::string& text, const std::string& ending) {
  return text.size() >= ending.size() &&
         text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

// The records of AnimeGANv2 outputs with the given ending, by file name.
json records(const std::string& ending) {
  const json manifest = json::parse(read_file(kParity + "manifest.json"));
  json found = json::object();
  for (const auto& [file, record] : manifest.at("files").items()) {
    if (record.value("kind", "") == "animegan2" && ends_with(file, ending)) {
      found[file] = record;
    }
  }
  return found;
}

bool align_corners_of(const json& record) { return record.value("align_corners", true); }

double changed_fraction(const cv::Mat& left, const cv::Mat& right) {
  cv::Mat difference;
  cv::absdiff(left, right, difference);
  return static_cast<double>(cv::countNonZero(difference.reshape(1))) /
         static_cast<double>(difference.total() * 3);
}

cv::Mat stylized(const std::string& input, bool align_corners, const std::string& precision) {
  const TempDir dir;
  const Finished run =
      run_stylize({input, "-o", dir / "out.png", "--style", model(align_corners), "--work-size",
                   "native", "--device", "cpu", "--precision", precision});
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  return load_pixels(dir / "out.png");
}

// NCHW floats of a raw record, as interleaved pixels.
cv::Mat raw_output(const std::string& stem, const json& shape) {
  const int height = shape.at(2);
  const int width = shape.at(3);
  const std::string bytes = read_file(STYLIZE_MODEL_FIXTURES "/" + stem + ".f32");
  std::vector<cv::Mat> planes;
  for (int channel = 0; channel < 3; ++channel) {
    cv::Mat plane(height, width, CV_32F);
    const std::size_t size = plane.total() * sizeof(float);
    REQUIRE(bytes.size() >= (static_cast<std::size_t>(channel) + 1) * size);
    std::memcpy(plane.data, bytes.data() + static_cast<std::size_t>(channel) * size, size);
    planes.push_back(plane);
  }
  cv::Mat pixels;
  cv::merge(planes, pixels);
  return pixels;
}

cv::Mat network_output(const cv::Mat& rgb, bool align_corners) {
  FrameNetwork network(model(align_corners), {DeviceKind::kCpu, 0, {}}, Precision::kFp32);
  cv::Mat input;
  rgb.convertTo(input, CV_32F, 2.0 / 255.0, -1.0);
  cv::Mat output(input.size(), CV_32FC3);
  const std::size_t count = input.total() * 3;
  network.run({input.ptr<float>(), count}, 1, input.rows, input.cols, {output.ptr<float>(), count});
  return output;
}

}  // namespace

TEST_CASE("pictures equal the reference's", "[parity]") {
  int compared = 0;
  const json pictures = records(".png");
  for (const auto& [file, record] : pictures.items()) {
    if (!record.contains("input")) {
      continue;
    }
    CAPTURE(file);
    // Where the reference resized first, its resized picture is the network's input.
    const std::string input = record.value("resized", record.at("input").get<std::string>());
    const cv::Mat expected = load_pixels(kParity + file);
    const cv::Mat in = load_pixels(kParity + input);
    const cv::Mat out = stylized(kParity + input, align_corners_of(record), "fp32");
    REQUIRE(out.size() == in.size());
    const cv::Mat common = out(cv::Rect({0, 0}, expected.size()));
    if (expected.size() == in.size()) {
      CHECK(max_difference(common, expected) <= 1.0);
      CHECK(changed_fraction(common, expected) <= 0.002);
    } else {
      // Doubling cuts sides to multiples of 4 in the reference; ours keeps them.
      CHECK(mean_difference(common, expected) <= 1.0);
    }
    ++compared;
  }
  CHECK(compared >= 12);
}

TEST_CASE("raw network outputs equal the reference's", "[parity]") {
  int compared = 0;
  const json outputs = records("_raw.npz");
  for (const auto& [file, record] : outputs.items()) {
    CAPTURE(file);
    const std::string stem = file.substr(file.find('/') + 1, file.size() - file.find('/') - 5);
    const std::string name = stem.substr(0, stem.find("_align"));
    const bool align_corners = stem.find("_align1") != std::string::npos;
    const cv::Mat expected = raw_output(stem, record.at("shape"));
    const cv::Mat rgb = load_pixels(kParity + "animegan2/" + name + "_input.png");
    if (expected.size() != rgb.size()) {
      continue;  // cut by the reference; compared as pictures above
    }
    CHECK(max_difference(network_output(rgb, align_corners), expected) <=
          record.at("atol").get<double>());
    ++compared;
  }
  CHECK(compared >= 2);
}

TEST_CASE("bf16 stays within half a level on average", "[parity]") {
  // The smallest case: processors without bf16 only emulate it, slowly.
  const std::string input = kParity + "animegan2/4_131x98_input.png";
  const cv::Mat expected = load_pixels(kParity + "animegan2/4_131x98_align1.png");
  CHECK(mean_difference(stylized(input, true, "bf16"), expected) <= 0.5);
}
