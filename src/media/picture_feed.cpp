#include "picture_feed.h"

#include <cstring>
#include <limits>

#include "ffmpeg_error.h"

namespace stylize {

InputPtr rgb_format(cv::Size size, AVRational clock, std::int64_t frames, std::int64_t duration) {
  InputPtr format(check_allocated(avformat_alloc_context()));
  AVStream& stream = *check_allocated(avformat_new_stream(format.get(), nullptr));
  AVCodecParameters& parameters = *stream.codecpar;
  parameters.codec_type = AVMEDIA_TYPE_VIDEO;
  parameters.codec_id = AV_CODEC_ID_RAWVIDEO;
  parameters.format = AV_PIX_FMT_RGB24;
  parameters.width = size.width;
  parameters.height = size.height;
  stream.time_base = clock;
  stream.nb_frames = frames;
  stream.duration = duration;
  stream.start_time = 0;
  format->start_time = 0;
  av_reduce(&stream.avg_frame_rate.num, &stream.avg_frame_rate.den, frames * clock.den,
            duration * clock.num, std::numeric_limits<int>::max() / 1000);
  return format;
}

int fill_packet(AVPacket& packet, const cv::Mat& rgb8, std::int64_t time, std::int64_t duration) {
  const cv::Mat whole = rgb8.isContinuous() ? rgb8 : rgb8.clone();
  const std::size_t bytes = whole.total() * whole.elemSize();
  if (bytes > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return AVERROR(ENOMEM);
  }
  if (const int result = av_new_packet(&packet, static_cast<int>(bytes)); result < 0) {
    return result;
  }
  std::memcpy(packet.data, whole.data, bytes);
  packet.flags |= AV_PKT_FLAG_KEY;
  packet.pts = packet.dts = time;
  packet.duration = duration;
  return 0;
}

}  // namespace stylize
