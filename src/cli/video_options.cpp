#include "video_options.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>

#include "stylize/core/error.h"
#include "stylize/media/media_info.h"
#include "stylize/pipeline/frame_rate.h"

namespace stylize::cli {
namespace {

// --temporal auto. More gains little: see what flicker.py measured in scripts/bench/README.md.
constexpr double kUsualSteadiness = 0.7;
constexpr int kMostPreviewed = 100;

// CLI11's own ranges take what is no number.
CLI::Validator seconds_from(double least) {
  constexpr double kMost = 1e9;  // thirty years
  return {[least](const std::string& text) {
            double value = -1.0;
            const char* end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, value);
            const bool is_good =
                error == std::errc() && stop == end && value >= least && value <= kMost;
            return is_good ? std::string() : "must be a number of seconds";
          },
          ""};
}

void add_file_options(CLI::App& app, VideoOptions& options) {
  app.add_option("INPUT", options.inputs, "Video files; with several --reference also pictures")
      ->required()
      ->type_name("")
      ->group(kFilesGroup);
  app.add_option(
         "-o,--output", options.output,
         "File (its ending chooses the container: mp4, mov, mkv, webm; gif, webp and png make an "
         "animation), or folder; default: beside the input as <name>.<style>.<ending>")
      ->check([](const std::string& path) { return std::string(path.empty() ? "is empty" : ""); })
      ->type_name("PATH")
      ->group(kFilesGroup);
  add_exists_options(app, options);
}

}  // namespace

void add_video_flags(CLI::App& app, VideoFlags& flags, const std::string& group) {
  app.add_option("--start", flags.start, "Begin this many seconds after the beginning")
      ->check(seconds_from(0.0))
      ->type_name("SECONDS")
      ->group(group);
  app.add_option("--duration", flags.duration, "Only so many seconds")
      ->check(seconds_from(std::numeric_limits<double>::min()))
      ->type_name("SECONDS")
      ->group(group);
  app.add_option("--fps", flags.fps,
                 "So many frames a second, e.g. 12 or 30000/1001: what the video shows at these "
                 "times [its own frames]")
      ->type_name("N")
      ->group(group);
  app.add_option("--temporal", flags.temporal,
                 "Hold drawn frames still where the clip does: off, auto, or 0 to 1 [auto]")
      ->type_name("HOW")
      ->group(group);
  app.add_option("--preview", flags.preview,
                 "No video, but a picture of so many drawn frames, spread over it")
      ->check(CLI::Range(1, kMostPreviewed))
      ->type_name("N")
      ->group(group);
  app.add_flag("--resume", flags.resume, "Go on where a run of the same command was stopped")
      ->group(group);
  app.add_flag("--convert", flags.converts,
               "Encode sound and text subtitles anew where the container cannot hold them, instead "
               "of leaving them out")
      ->group(group);
  app.add_option("--codec", flags.codec, "Encoder, e.g. libx265; default: H.264, and VP9 for webm")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--crf", flags.crf, "The encoder's quality: smaller is better and larger")
      ->check(CLI::Range(0, 63))
      ->type_name("N")
      ->group(group);
  app.add_option("--preset", flags.preset, "The encoder's preset, e.g. fast or slow")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--pix-fmt", flags.pixel_format,
                 "Samples that are written, e.g. yuv420p10le [yuv420p, which every player shows]")
      ->type_name("FORMAT")
      ->group(group);
  app.add_option("-e,--encoder-option", flags.encoder_options,
                 "Another option of the encoder, e.g. -e tune=animation; repeatable")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE")
      ->group(group);
}

void add_video_options(CLI::App& app, VideoOptions& options) {
  add_file_options(app, options);
  add_video_flags(app, options.flags, "Video");
  add_drawing_options(app, options);
}

ImageRequest video_request(const VideoOptions& options, const std::string& style_name) {
  ImageRequest request;
  request.inputs = options.inputs;
  request.style = style_name;
  request.on_exists = on_exists(options);
  // What is whole was finished by the run that is gone on with.
  if (options.flags.resume && request.on_exists == OnExists::kError) {
    request.on_exists = OnExists::kSkip;
  }
  if (!options.output.empty()) {
    request.output = options.output;
  }
  return request;
}

VideoReadOptions read_options(const VideoOptions& options) {
  return {.start = options.flags.start,
          .duration = options.flags.duration,
          .deep = false,
          .threads = options.compute.threads};
}

std::optional<Ratio> frame_rate(const VideoFlags& flags) {
  if (flags.fps.empty()) {
    return std::nullopt;
  }
  const std::optional<Ratio> rate = parse_rate(flags.fps);
  if (!rate) {
    throw Error(ErrorCode::kUsage, "--fps " + flags.fps,
                "must be frames a second: a number or a fraction, from 0.001 to 1000",
                "e.g. 24 or 30000/1001");
  }
  return rate;
}

VideoWriteOptions write_options(const VideoOptions& options) {
  const VideoFlags& flags = options.flags;
  VideoWriteOptions writing;
  writing.codec = flags.codec;
  writing.crf = flags.crf;
  writing.preset = flags.preset;
  writing.pixel_format = flags.pixel_format;
  writing.converts = flags.converts;
  writing.frame_rate = frame_rate(flags);
  for (const std::string& option : flags.encoder_options) {
    const std::size_t sign = option.find('=');
    if (sign == 0 || sign == std::string::npos) {
      throw Error(ErrorCode::kUsage, "-e " + option, "must be KEY=VALUE", "e.g. -e tune=animation");
    }
    writing.extra.emplace_back(option.substr(0, sign), option.substr(sign + 1));
  }
  return writing;
}

ClipChoice clip_choice(const VideoFlags& flags) {
  if (flags.temporal == "off") {
    return {.is_clip = true};
  }
  if (flags.temporal == "auto") {
    return {.is_clip = true, .steadiness = kUsualSteadiness, .tracks_faces = true};
  }
  double value = -1.0;
  const char* end = flags.temporal.data() + flags.temporal.size();
  const auto [stop, error] = std::from_chars(flags.temporal.data(), end, value);
  if (error != std::errc() || stop != end || !(value >= 0.0 && value <= 1.0)) {
    throw Error(ErrorCode::kUsage, "--temporal " + flags.temporal,
                "must be off, auto or a number from 0 to 1");
  }
  return {.is_clip = true, .steadiness = value, .tracks_faces = value > 0.0};
}

std::string video_key(const VideoOptions& options, int threads,
                      const std::filesystem::path& input) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(input, error);
  const auto changed = std::filesystem::last_write_time(input, error);
  if (error) {
    throw Error(ErrorCode::kInputMissing, input.string(), error.message());
  }
  const VideoFlags& flags = options.flags;
  const auto seconds = [](const std::optional<double>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
  };
  const std::optional<Ratio> rate = frame_rate(flags);
  const nlohmann::json key{{"input", std::filesystem::absolute(input).string()},
                           {"size", size},
                           {"changed", changed.time_since_epoch().count()},
                           {"start", seconds(flags.start)},
                           {"duration", seconds(flags.duration)},
                           {"fps", rate ? nlohmann::json{rate->num, rate->den} : nlohmann::json()},
                           {"codec", flags.codec},
                           {"crf", flags.crf ? nlohmann::json(*flags.crf) : nlohmann::json()},
                           {"preset", flags.preset},
                           {"pixel_format", flags.pixel_format},
                           {"encoder_options", flags.encoder_options},
                           {"steadiness", options.clip.steadiness},
                           {"tracks_faces", options.clip.tracks_faces},
                           {"threads", threads},
                           {"encoders", video_library_version()}};
  return key.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace stylize::cli
