#include "video_drawing.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/media/make_folder.h"
#include "stylize/pipeline/frame_rate.h"
#include "stylize/pipeline/segmented_output.h"
#include "stylize/pipeline/video_runner.h"
#include "stylize/pipeline/video_state.h"
#include "video_input.h"

namespace stylize::cli {
namespace {

ResumeVideo resume_policy(const VideoOptions& options) {
  if (options.flags.resume) {
    return ResumeVideo::kYes;
  }
  return on_exists(options) == OnExists::kOverwrite ? ResumeVideo::kStartAnew : ResumeVideo::kNo;
}

VideoWriteOptions writing_for(const VideoTools& tools, const Job& job, const VideoInfo& source) {
  VideoWriteOptions writing = write_options(tools.options);
  writing.threads = tools.threads;
  writing.overwrite = job.overwrite ? Overwrite::kYes : Overwrite::kNo;
  writing.size = drawn_size(source.size, {tools.options.compare, tools.options.max_size});
  if (writing.frame_rate) {
    writing.time_base = clock_for(source.time_base, *writing.frame_rate);
  }
  return writing;
}

void report_damage(const Job& job, const VideoReader& reader) {
  if (const int damaged = reader.damaged(); damaged > 0) {
    log_warning(job.input_name() + ": is damaged; about " + std::to_string(damaged) +
                " frames or packets could not be read");
  }
}

void name_streams_left_out(const Job& job, const VideoReader& source,
                           const VideoWriteOptions& writing) {
  const std::vector<std::string> left_out = streams_left_out(job.output, source, writing.converts);
  if (left_out.empty()) {
    return;
  }
  const std::vector<std::string> lost =
      writing.converts ? left_out : streams_left_out(job.output, source, true);
  for (const std::string& stream : left_out) {
    const bool is_lost = std::find(lost.begin(), lost.end(), stream) != lost.end();
    log_warning(job.output_name() + ": without " + stream +
                (is_lost ? "" : "; --convert encodes it anew"));
  }
}

// The frames of --fps; nothing: the source's own.
std::optional<ConstantRate> constant_rate(const VideoOptions& options, VideoReader& reader) {
  const std::optional<Ratio> rate = frame_rate(options.flags);
  if (!rate) {
    return std::nullopt;
  }
  return ConstantRate([&reader] { return reader.next_frame(); }, reader.info().time_base, *rate,
                      options.flags.duration);
}

VideoInfo at_rate(VideoInfo info, const ConstantRate& rate) {
  info.frames = info.duration > 0.0 ? rate.frames_of(info.duration) : 0;
  return info;
}

// With several pictures to follow the clip moves from the first to the last.
VideoLook look_of(const VideoOptions& options, const VideoInfo& info, std::int64_t done) {
  VideoLook look{options.compare, options.max_size};
  if (options.face.references.size() > 1) {
    if (info.frames == 0) {
      throw Error(ErrorCode::kUsage, "--reference",
                  "the video does not say how long it is, so nothing can move over it",
                  "give --duration and --fps, or put it into another container first");
    }
    const auto last = static_cast<double>(std::max<std::int64_t>(info.frames - 1, 1));
    look.position = [done, last](std::int64_t frame) {
      return std::min(1.0, static_cast<double>(done + frame) / last);
    };
  }
  return look;
}

// Of one file: one gives frames, while what the other knows of it is looked up by other threads.
struct TwoReaders {
  VideoReader& frames;
  const VideoReader& rest;
};

// Draws what earlier runs have not. Throws Error kInterrupted when it was stopped.
void draw_segments(const VideoTools& tools, const Job& job, VideoState& state,
                   const TwoReaders& readers, const VideoWriteOptions& writing) {
  VideoReader& reader = readers.frames;
  const std::int64_t done = count_frames(state.segments());
  std::optional<ConstantRate> rate = constant_rate(tools.options, reader);
  const VideoInfo info = rate ? at_rate(reader.info(), *rate) : reader.info();
  tools.printer.started(job, info, done);
  constexpr std::int64_t kAtOnce = 25;  // between looks at Ctrl-C
  for (std::int64_t left = done; left > 0 && !tools.cancellation.cancelled(); left -= kAtOnce) {
    const std::int64_t frames = std::min(left, kAtOnce);
    rate ? rate->skip(frames) : reader.skip_frames(frames);
  }
  tools.stylizer.recall(state.memory());
  tools.printer.drawing_begins();
  SegmentedOutput output(state, job.output, readers.rest, writing);
  const VideoSummary summary = run_video(
      {[&] { return rate ? rate->next() : reader.next_frame(); },
       [&](const VideoFrame& frame, const StyleMemory& memory) { output.write(frame, memory); }},
      tools.stylizer, look_of(tools.options, info, done), tools.cancellation,
      [&](std::int64_t written) { tools.printer.frames(done + written); });
  if (summary.interrupted) {
    const std::int64_t kept = count_frames(state.segments());
    throw Error(ErrorCode::kInterrupted, job.input_name(),
                "stopped; " + std::to_string(kept) + " drawn frames are kept",
                kept > 0 ? "the same command with --resume goes on" : "");
  }
  output.finish();
  report_damage(job, reader);
  if (done == 0 && summary.frames > 0 && summary.unchanged == summary.frames) {
    log_warning(job.input_name() + ": no face was found in any frame; all are as they were");
  }
}

}  // namespace

void draw_video(const VideoTools& tools, JobResult& result) {
  const Job& job = result.job;
  VideoReadOptions reading = video_input(tools.options, job.input);
  reading.threads = tools.threads;
  // What is copied; until then nothing is read from it, so that writers may look at it meanwhile.
  VideoReader rest(job.input, reading);
  const VideoWriteOptions writing = writing_for(tools, job, rest.info());
  check_video_output(job.output, rest, writing);
  name_streams_left_out(job, rest, writing);
  make_folder(job.output.parent_path());
  VideoState state(job.output, tools.key + video_key(tools.options, tools.threads, job.input),
                   resume_policy(tools.options));
  check_free_space(job.output, rest, writing, state.segments());
  VideoReader frames(job.input, reading);
  try {
    draw_segments(tools, job, state, {frames, rest}, writing);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInterrupted && !state.segments().empty()) {
      log_info(job.output_name() + ": " + std::to_string(count_frames(state.segments())) +
               " drawn frames are kept; the same command with --resume goes on");
    }
    throw;
  }
  if (state.segments().empty()) {
    throw Error(ErrorCode::kInputCorrupt, job.input_name(), "holds no frame that can be decoded",
                "copy or download it again");
  }
  const JoinedVideo joined = join_segments(state.segments(), job.output, state.folder(), rest,
                                           writing, tools.cancellation);
  state.remove();
  result.width = joined.size.width;
  result.height = joined.size.height;
  result.frames = joined.frames;
  result.damaged = frames.damaged();
  result.note = std::to_string(joined.frames) + (joined.frames == 1 ? " frame" : " frames");
}

}  // namespace stylize::cli
