#include "video_preview.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "stylize/core/error.h"
#include "stylize/media/atomic_file.h"
#include "stylize/media/bit_depth.h"
#include "stylize/media/image_io.h"
#include "stylize/media/make_folder.h"
#include "stylize/pipeline/contact_sheet.h"
#include "stylize/pipeline/spread_frames.h"
#include "stylize/pipeline/video_runner.h"
#include "video_input.h"

namespace stylize::cli {
namespace {

constexpr const char* kStream = "-";

// Whether -o is the sheet itself, not a folder for it.
bool names_file(const VideoOptions& options) {
  std::error_code ignored;
  const std::filesystem::path output = options.output;
  return options.inputs.size() == 1 && output.has_extension() &&
         !std::filesystem::is_directory(output, ignored);
}

void check_options(const VideoOptions& options) {
  if (options.flags.resume) {
    throw Error(ErrorCode::kUsage, "--resume", "a preview is made in one go", "leave it out");
  }
  if (options.output == kStream ||
      std::find(options.inputs.begin(), options.inputs.end(), kStream) != options.inputs.end()) {
    throw Error(ErrorCode::kUsage, kStream, "--preview reads and writes files", "name files");
  }
  const std::string ending = std::filesystem::path(options.output).extension().string();
  if (names_file(options) && !find_format(ending)) {
    throw Error(ErrorCode::kUsage, options.output, "a preview is a picture",
                "leave out -o, or let it end in .jpg, .png or .webp");
  }
}

// "0:03.2", from an hour on "1:02:03.2".
std::string time_text(double seconds) {
  constexpr std::int64_t kMinute = 600;  // tenths
  constexpr std::int64_t kHour = 60 * kMinute;
  const std::int64_t tenths = std::llround(std::max(0.0, seconds) * 10.0);
  const std::int64_t minutes = tenths % kHour / kMinute;
  const auto rest = static_cast<double>(tenths % kMinute) / 10.0;
  return tenths < kHour ? fmt::format("{}:{:04.1f}", minutes, rest)
                        : fmt::format("{}:{:02}:{:04.1f}", tenths / kHour, minutes, rest);
}

void write_sheet(const Job& job, const ContactSheet& sheet, JobResult& result) {
  Image image;
  image.rgb = sheet.draw();
  make_folder(job.output.parent_path());
  EncodeOptions encoding;
  encoding.format = job.format.value_or(ImageFormat::kJpeg);
  const std::vector<std::byte> bytes = encode_image(image, encoding, job.output_name());
  write_file_atomically(job.output, bytes, job.overwrite ? Overwrite::kYes : Overwrite::kNo);
  result.width = image.rgb.cols;
  result.height = image.rgb.rows;
  result.note = std::to_string(sheet.cells()) + (sheet.cells() == 1 ? " frame" : " frames");
}

}  // namespace

std::vector<Job> plan_previews(const VideoOptions& options, const std::string& style_name) {
  check_options(options);
  ImageRequest request = video_request(options, style_name + ".preview");
  if (!names_file(options)) {
    request.format = ImageFormat::kJpeg;
  }
  return plan_image_jobs(request);
}

void draw_preview(const VideoTools& tools, JobResult& result) {
  const Job& job = result.job;
  const VideoOptions& options = tools.options;
  const int wanted = options.flags.preview.value();
  VideoReadOptions reading = video_input(options, job.input);
  reading.threads = tools.threads;
  tools.stylizer.recall({});
  SpreadFrames frames(job.input, reading, wanted);
  VideoInfo info = frames.info();
  info.frames = wanted;
  tools.printer.started(job, info, 0);

  constexpr int kLongSide = 480;
  ContactSheet sheet(options.compare ? 2 * kLongSide : kLongSide);
  const double sample_aspect = info.sample_aspect.num > 0 ? info.sample_aspect.value() : 1.0;
  const VideoLook look{options.compare, options.max_size, [wanted](std::int64_t frame) {
                         return (static_cast<double>(frame) + 0.5) / wanted;
                       }};
  const VideoSummary summary = run_video(
      {[&] { return frames.next(); },
       [&](const VideoFrame& frame, const StyleMemory&) {
         sheet.add(to_8_bit(frame.rgb), time_text(frames.time_in_file(frame)), sample_aspect);
       }},
      tools.stylizer, look, tools.cancellation,
      [&](std::int64_t drawn) { tools.printer.frames(drawn); });
  if (summary.interrupted) {
    throw Error(ErrorCode::kInterrupted, job.input_name(), "stopped");
  }
  if (sheet.cells() == 0) {
    throw Error(ErrorCode::kInputCorrupt, job.input_name(), "holds no frame that can be decoded",
                "copy or download it again");
  }
  write_sheet(job, sheet, result);
}

}  // namespace stylize::cli
