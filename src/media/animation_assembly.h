// An animated picture from segments of a video.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "stylize/media/video_writer.h"
#include "video_container.h"
#include "video_source.h"

namespace stylize {

// Throws Error kUsage, naming it, for an option of encoders: animations leave no choice of one.
void refuse_encoder_options(const VideoContainer& container, const VideoWriteOptions& options);

// How the segments of an animation are encoded: nothing is lost in them.
VideoContainer lossless_container(const VideoContainer& container);
VideoWriteOptions lossless_options(VideoWriteOptions options);

// check_animation_fits() with what can be known before all is drawn.
void check_animation_will_fit(const std::filesystem::path& output, const VideoContainer& container,
                              const VideoSource& source, const VideoWriteOptions& options);

// join_segments for an output of `container`, which is an animation. `check` is called before every
// picture and may throw.
JoinedVideo join_animation(const std::vector<std::filesystem::path>& segments,
                           const std::filesystem::path& output,
                           const std::filesystem::path& temporary, const VideoContainer& container,
                           const VideoSource& source, const VideoWriteOptions& options,
                           const std::function<void()>& check);

}  // namespace stylize
