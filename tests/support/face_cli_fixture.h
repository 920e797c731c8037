// What tests of faces through the program start from; needs nothing but the repository.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli_fixture.h"
#include "small_stylegan2.h"

namespace stylize::test {

// The lines of --json: one a picture, and the summary.
inline std::vector<nlohmann::json> json_lines(const Finished& run) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(run.out);
  for (std::string line; std::getline(text, line);) {
    lines.push_back(nlohmann::json::parse(line));
  }
  return lines;
}

// The portrait in docs/, 512 x 512 with one face.
inline cv::Mat portrait() { return load_pixels(STYLIZE_SOURCE_DIR "/docs/astronaut.jpg"); }

// Styles in the folder models: `turn`, which turns every sample around and can be run on faces, and
// `small` (JoJoGAN's kind, from `small_base`) and `small_blend` (BlendGAN's), drawn at 32 pixels.
struct FaceCliFixture : CliFixture {
  FaceCliFixture() {
    std::filesystem::create_directories(dir / "models");
    save_negative_model(dir / "models/turn.pt");
    put("turn", frame_manifest("turn"),
        {{"face", {{"size", 128}, {"expand", 1.3}}}, {"file", "turn.pt"}});
    const nlohmann::json small{{"face", {{"size", kSmallSide}}}, {"requires", {"small_encoder"}}};
    save_small_encoder(dir / "models/small_encoder.pt", 1);
    put("small_encoder", face_manifest("small_encoder", "encoder"), nlohmann::json::object());
    save_small_generator(dir / "models/small_base.pt", 2);
    put("small_base", face_manifest("small_base", "stylegan2"), small);
    save_small_generator(dir / "models/small.pt", 3);
    put("small", face_manifest("small", "stylegan2", R"(, "base": "small_base")"), small);
    save_small_generator(dir / "models/small_blend.pt", 4);
    put("small_blend", face_manifest("small_blend", "blendgan", R"(, "reference": true)"), small);
  }

  // Draws with one of the styles above.
  [[nodiscard]] Finished draw(const std::string& input, const std::string& name,
                              const Arguments& more) const {
    Arguments arguments{input, "--style", name, "--models-dir", "models"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_plain(arguments);
  }

 private:
  void put(const std::string& name, const std::string& manifest,
           const nlohmann::json& members) const {
    nlohmann::json whole = nlohmann::json::parse(manifest);
    whole.update(members);
    write_file(dir / ("models/" + name + ".json"), whole.dump());
  }
};

}  // namespace stylize::test
