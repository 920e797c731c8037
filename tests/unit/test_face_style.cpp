#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/style/face_style.h"
#include "stylize/style/file_hash.h"
#include "temp_dir.h"
#include "tiny_models.h"

using namespace stylize;
using namespace stylize::test;

namespace {

const Device kCpu{DeviceKind::kCpu, 0, {}};

void put(const TempDir& dir, const std::string& manifest) {
  const std::string name = parse_manifest(manifest, "test").name;
  write_file(dir / (name + ".json"), manifest);
}

// An encoder and a base, and the style `jojo` (shade 0.5, base -0.5).
void put_jojo(const TempDir& dir) {
  save_tiny_encoder(dir / "e4e.pt");
  put(dir, face_manifest("e4e", "encoder"));
  save_tiny_generator(dir / "ffhq.pt", -0.5);
  put(dir, face_manifest("ffhq", "stylegan2"));
  save_tiny_generator(dir / "jojo.pt", 0.5);
  put(dir,
      face_manifest("jojo", "stylegan2", R"(, "requires": ["e4e", "landmarks"], "base": "ffhq")"));
}

void put_blendgan(const TempDir& dir) {
  save_tiny_encoder(dir / "psp.pt", 18);
  put(dir, face_manifest("psp", "encoder"));
  save_tiny_generator(dir / "blendgan.pt", 0.0, 18);
  put(dir, face_manifest("blendgan", "blendgan", R"(, "requires": ["psp"], "reference": true)"));
}

std::unique_ptr<FaceStyle> open(const TempDir& dir, const std::string& name,
                                const FaceStyleOptions& options = {}) {
  const Registry registry({dir.path()});
  return open_face_style(registry.find(name), registry, kCpu, Precision::kFp32, options);
}

cv::Mat grey(int shade, int side = 64) { return {side, side, CV_8UC3, cv::Scalar::all(shade)}; }

// The shade that a tiny style draws, in [-1,1].
double drawn(FaceStyle& style, const cv::Mat& crop) {
  const cv::Mat styled = style.apply({crop}).at(0);
  REQUIRE(styled.size() == cv::Size(16, 16));
  REQUIRE(styled.type() == CV_8UC3);
  return styled.at<cv::Vec3b>(3, 5)[1] / 127.5 - 1.0;
}

struct Failure {
  ErrorCode code = ErrorCode::kInternal;
  std::string text;
};

Failure failure(const TempDir& dir, const std::string& name, const FaceStyleOptions& options = {}) {
  try {
    open(dir, name, options);
  } catch (const Error& error) {
    return {error.code(), error.what()};
  }
  return {ErrorCode::kInternal, "no error"};
}

constexpr double kLevel = 0.009;  // of 256

}  // namespace

TEST_CASE("JoJoGAN: crop to code to picture", "[style]") {
  const TempDir dir;
  put_jojo(dir);
  const auto style = open(dir, "jojo");
  CHECK(style->manifest().name == "jojo");
  CHECK(style->crop().size == 64);
  CHECK(style->crop().variant == AlignmentVariant::kJojogan);
  // shade + 0.2 * the crop's mean
  CHECK(drawn(*style, grey(255)) == Approx(0.7).margin(kLevel));
  CHECK(drawn(*style, grey(0)) == Approx(0.3).margin(kLevel));
  const auto both = style->apply({grey(255), grey(0)});
  REQUIRE(both.size() == 2);
  CHECK(both[0].at<cv::Vec3b>(0, 0) != both[1].at<cv::Vec3b>(0, 0));
  CHECK(style->apply({}).empty());
}

TEST_CASE("JoJoGAN: strength mixes the weights of style and base", "[style]") {
  const TempDir dir;
  put_jojo(dir);
  for (const double strength : {0.0, 0.25, 1.0}) {
    FaceStyleOptions options;
    options.strength = strength;
    CHECK(drawn(*open(dir, "jojo", options), grey(255)) ==
          Approx(0.2 - 0.5 + strength).margin(kLevel));
  }
  FaceStyleOptions half;
  half.strength = 0.5;
  save_tiny_generator(dir / "other.pt", 0.1);
  half.base = dir / "other.pt";
  CHECK(drawn(*open(dir, "jojo", half), grey(255)) == Approx(0.5).margin(kLevel));
  // Without a base there is nothing to go toward.
  put(dir, face_manifest("jojo", "stylegan2", R"(, "requires": ["e4e"])"));
  half.base.clear();
  CHECK(failure(dir, "jojo", half).code == ErrorCode::kUsage);
  CHECK_THAT(failure(dir, "jojo", half).text, Catch::Contains("no base generator"));
  CHECK_NOTHROW(open(dir, "jojo"));
}

TEST_CASE("faces go through the networks together, known ones not again", "[style]") {
  const TempDir dir;
  put_jojo(dir);
  FaceStyleOptions options;
  options.batch = 3;
  // Networks that refuse any other number of faces.
  save_tiny_encoder(dir / "e4e.pt", 4, 0.0, 3);
  save_tiny_generator(dir / "jojo.pt", 0.5, 4, 3);
  const auto style = open(dir, "jojo", options);
  CHECK(style->batch() == 3);
  const auto three = style->apply({grey(255), grey(0), grey(128)});
  REQUIRE(three.size() == 3);
  CHECK(three[0].at<cv::Vec3b>(8, 8)[0] > three[2].at<cv::Vec3b>(8, 8)[0]);
  CHECK(three[2].at<cv::Vec3b>(8, 8)[0] > three[1].at<cv::Vec3b>(8, 8)[0]);
  CHECK_THROWS_AS(style->apply({grey(1), grey(2)}), Error);

  save_tiny_encoder(dir / "e4e.pt", 4, 0.0, 2);
  save_tiny_generator(dir / "jojo.pt", 0.5);
  const auto knowing = open(dir, "jojo", options);
  CHECK(knowing->apply({grey(0), grey(255), grey(0)}).size() == 3);  // two faces, one twice
  const auto again = knowing->apply({grey(255), grey(60), grey(0), grey(200)});
  REQUIRE(again.size() == 4);  // of which two are new
  CHECK(max_difference(again[0], three[0]) <= 1.0);
  CHECK(max_difference(again[2], three[1]) <= 1.0);
  CHECK(again[1].at<cv::Vec3b>(8, 8)[0] < again[3].at<cv::Vec3b>(8, 8)[0]);
  CHECK_THROWS_AS(knowing->apply({grey(255), grey(7)}), Error);  // only one is
  options.batch = 0;
  CHECK(failure(dir, "jojo", options).code == ErrorCode::kUsage);
  CHECK(open(dir, "jojo")->batch() == 1);  // on the CPU
}

TEST_CASE("BlendGAN blends and draws faces together", "[style]") {
  const TempDir dir;
  put_blendgan(dir);
  save_tiny_encoder(dir / "psp.pt", 18, 0.0, 2);
  save_tiny_generator(dir / "blendgan.pt", 0.0, 18, 2);
  FaceStyleOptions options;
  options.references = {grey(0)};
  options.strength = 1.0 / 24.0;  // between two indices: see the test of the strength
  const auto both = open(dir, "blendgan", options)->apply({grey(255), grey(0)});
  REQUIRE(both.size() == 2);
  CHECK(both[0].at<cv::Vec3b>(3, 5)[1] / 127.5 - 1.0 == Approx(0.1).margin(kLevel));
  CHECK(both[1].at<cv::Vec3b>(3, 5)[1] / 127.5 - 1.0 == Approx(-0.2).margin(kLevel));
}

TEST_CASE("a seed draws the noise, the same each time", "[style]") {
  const TempDir dir;
  put_jojo(dir);
  save_tiny_generator(dir / "loud.pt", 0.0);
  FaceStyleOptions one;
  one.seed = 1;
  const cv::Mat crop = colorful(64, 64);
  const cv::Mat first = open(dir, "jojo", one)->apply({crop})[0];
  const auto again = open(dir, "jojo", one);
  again->apply({grey(3)});  // what was made before makes no difference
  CHECK(max_difference(first, again->apply({crop})[0]) == 0.0);
}

TEST_CASE("BlendGAN: strength and blend index move from the face's code to the reference's",
          "[style]") {
  const TempDir dir;
  put_blendgan(dir);
  FaceStyleOptions options;
  options.references = {grey(0, 40)};
  // First row: the face's (1) unless the index is 0; last row: the style's (-1) below 18.
  CHECK(drawn(*open(dir, "blendgan", options), grey(255)) == Approx(0.0).margin(kLevel));
  options.strength = 0.0;
  CHECK(drawn(*open(dir, "blendgan", options), grey(255)) == Approx(0.2).margin(kLevel));
  options.strength = 1.0 / 24.0;  // half way from 18 to 17
  CHECK(drawn(*open(dir, "blendgan", options), grey(255)) == Approx(0.1).margin(kLevel));
  options.blend_index = 0;
  CHECK(drawn(*open(dir, "blendgan", options), grey(255)) == Approx(-0.2).margin(kLevel));
}

TEST_CASE("options that a style has no use for are refused", "[style]") {
  const TempDir dir;
  put_blendgan(dir);
  put_jojo(dir);
  save_negative_model(dir / "paint.pt");
  std::string paint = frame_manifest("paint");
  paint.insert(1, R"("file": "paint.pt", "face": {"size": 50, "expand": 1.3}, )");
  put(dir, paint);
  FaceStyleOptions options;
  options.seed = 1;
  CHECK(failure(dir, "blendgan", options).code == ErrorCode::kUsage);
  CHECK_THAT(failure(dir, "blendgan", options).text,
             Catch::StartsWith("--style blendgan needs --reference PICTURE"));
  options.references = {grey(0)};
  options.blend_index = 19;
  CHECK_THAT(failure(dir, "blendgan", options).text, Catch::Contains("between 0 and 18"));
  options.blend_index = 6;
  CHECK_THAT(failure(dir, "jojo", options).text, Catch::Contains("--blend-index"));
  options.blend_index.reset();
  for (const char* name : {"jojo", "paint"}) {
    CHECK(failure(dir, name, options).code == ErrorCode::kUsage);
    CHECK_THAT(failure(dir, name, options).text, Catch::Contains("does not follow a picture"));
  }
  options.base = "ffhq";
  CHECK_THAT(failure(dir, "blendgan", options).text, Catch::StartsWith("--base"));
  options = {};
  options.encoder = "e4e";
  CHECK_THAT(failure(dir, "paint", options).text, Catch::StartsWith("--encoder"));
  options = {};
  options.seed = 1;  // scripts give it to every style
  CHECK_NOTHROW(open(dir, "paint", options));
}

TEST_CASE("a missing or unfit part is named", "[style]") {
  const TempDir dir;
  put_jojo(dir);
  std::filesystem::remove(dir / "e4e.pt");
  CHECK(failure(dir, "jojo").code == ErrorCode::kModelMissing);
  CHECK_THAT(failure(dir, "jojo").text, Catch::Contains("e4e"));
  std::filesystem::remove(dir / "e4e.json");
  CHECK_THAT(failure(dir, "jojo").text,
             Catch::Contains("needs the encoder 'e4e'") && Catch::Contains("--encoder FILE"));
  FaceStyleOptions options;
  save_tiny_encoder(dir / "long.pt", 18);
  options.encoder = dir / "long.pt";
  CHECK_THAT(failure(dir, "jojo", options).text,
             Catch::Contains("codes of 4 rows") && Catch::Contains("gives 18"));
  save_tiny_encoder(dir / "mine.pt");
  options.encoder = dir / "mine.pt";
  CHECK_NOTHROW(open(dir, "jojo", options));
}

TEST_CASE("files that are not the ones named are refused", "[style]") {
  const TempDir dir;
  put_jojo(dir);
  const std::string hash = sha256_of_file(dir / "jojo.pt");
  put(dir,
      face_manifest("jojo", "stylegan2", R"(, "requires": ["e4e"], "sha256": ")" + hash + "\""));
  CHECK_NOTHROW(open(dir, "jojo"));
  save_tiny_generator(dir / "jojo.pt", 0.4);
  CHECK(failure(dir, "jojo").code == ErrorCode::kModelInvalid);
  CHECK_THAT(failure(dir, "jojo").text, Catch::Contains("sha256"));
}

TEST_CASE("what cannot fit into memory is refused before it is read", "[style]") {
  const TempDir dir;
  put_jojo(dir);
  put_blendgan(dir);
  // Takes no disk. Its hash, which would take an hour, is not asked for.
  constexpr std::uintmax_t kTooLarge = std::uintmax_t{1} << 40U;
  for (const char* encoder : {"e4e", "psp"}) {
    std::filesystem::resize_file(dir / (std::string(encoder) + ".pt"), kTooLarge);
    put(dir, face_manifest(encoder, "encoder", R"(, "sha256": "1234")"));
  }
  FaceStyleOptions options;
  CHECK(failure(dir, "jojo").code == ErrorCode::kOutOfMemory);
  CHECK_THAT(failure(dir, "jojo").text,
             Catch::Contains("style 'jojo' needs about") && Catch::Contains("are free"));
  options.references = {grey(0)};
  CHECK(failure(dir, "blendgan", options).code == ErrorCode::kOutOfMemory);
  // The size of the pictures counts, too.
  save_tiny_encoder(dir / "e4e.pt");
  put(dir, face_manifest("e4e", "encoder"));
  CHECK_NOTHROW(open(dir, "jojo"));
  std::string wide = face_manifest("jojo", "stylegan2", R"(, "requires": ["e4e"])");
  wide.replace(wide.find("\"size\": 64"), 10, "\"size\": 65536");
  put(dir, wide);
  CHECK(failure(dir, "jojo").code == ErrorCode::kOutOfMemory);
}

TEST_CASE("a manifest says that weights are stored in half the bytes", "[style]") {
  const auto half = [](const std::string& arguments) {
    return parse_manifest(
               R"({"name": "n", "family": "encoder", "export": {"args": )" + arguments + "}}",
               "test")
        .half;
  };
  CHECK(half(R"(["--name", "n", "--half"])"));
  CHECK(half(R"(["--bf16"])"));
  CHECK_FALSE(half("[]"));
}

TEST_CASE("styles for whole pictures run on faces as their demo does", "[style]") {
  const TempDir dir;
  save_negative_model(dir / "paint.pt");
  std::string manifest = frame_manifest("paint");
  manifest.insert(1, R"("file": "paint.pt", "face": {"size": 50, "expand": 1.3}, )");
  put(dir, manifest);
  const auto style = open(dir, "paint");
  CHECK(style->crop().variant == AlignmentVariant::kExpanded);
  CHECK(style->crop().size == 50);
  CHECK(style->apply({grey(250, 50)})[0].at<cv::Vec3b>(9, 9) == cv::Vec3b::all(5));
  FaceStyleOptions options;
  options.strength = 0.2;
  CHECK(open(dir, "paint", options)->apply({grey(250, 50)})[0].at<cv::Vec3b>(9, 9) ==
        cv::Vec3b::all(201));
  // Without `face` in the manifest it is for whole pictures only.
  manifest = frame_manifest("plain");
  manifest.insert(1, R"("file": "paint.pt", )");
  put(dir, manifest);
  CHECK_THAT(failure(dir, "plain").text, Catch::Contains("for whole pictures"));
  CHECK_FALSE(runs_on_faces(parse_manifest(manifest, "test")));
}

TEST_CASE("the manifest says how a face is cut out", "[style]") {
  const auto crop = [](const std::string& face) {
    return face_crop(parse_manifest(
        R"({"name": "n", "family": "stylegan2", "domain": "face", "face": )" + face + "}", "test"));
  };
  CHECK(crop(R"({"size": 1024, "transform_size": 1024})").variant == AlignmentVariant::kJojogan);
  CHECK(crop(R"({"size": 1024, "transform_size": 4096})").variant == AlignmentVariant::kBlendgan);
  CHECK(crop(R"({"size": 512, "expand": 1.3})").variant == AlignmentVariant::kExpanded);
  CHECK_THROWS_WITH(crop(R"({"expand": 1.5})"), Catch::Contains("face.expand"));
}
