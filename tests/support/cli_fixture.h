// What most tests of the program start from.
#pragma once

#include <string>

#include "pictures.h"
#include "process.h"
#include "temp_dir.h"
#include "tiny_models.h"

namespace stylize::test {

// A folder with photo.png (40x30) and the exactly invertible style negative.pt.
struct CliFixture {
  TempDir dir;
  cv::Mat pixels = colorful(40, 30);
  cv::Mat negative;
  std::string photo = dir / "photo.png";
  std::string style = dir / "negative.pt";

  CliFixture() {
    save_picture(photo, pixels);
    save_negative_model(style);
    cv::subtract(cv::Scalar::all(255.0), pixels, negative);
  }

  // Runs with the style and, so that nothing of the user's is found, a data folder of its own.
  [[nodiscard]] Finished run(Arguments arguments, RunSettings settings = {}) const {
    arguments.insert(arguments.end(), {"--style", style});
    return run_plain(arguments, std::move(settings));
  }

  [[nodiscard]] Finished run_plain(const Arguments& arguments, RunSettings settings = {}) const {
    settings.environment.emplace("XDG_DATA_HOME", dir / "data");
    settings.environment.merge(same_on_all_machines());
    if (settings.folder.empty()) {
      settings.folder = dir.path().string();
    }
    return run_stylize(arguments, settings);
  }
};

}  // namespace stylize::test
