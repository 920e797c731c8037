#include "vips_runtime.h"

#include <memory>
#include <mutex>

#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/media/image_io.h"

namespace stylize {
namespace {

// What the image libraries warn about is worth a look only when something else went wrong.
void log_glib(const gchar* domain, GLogLevelFlags /*level*/, const gchar* message,
              gpointer /*data*/) {
  std::string text(domain == nullptr ? "glib" : domain);
  text.append(": ").append(message == nullptr ? "" : message);
  log_debug(text);
}

void start_vips() {
  if (vips_init("stylize") != 0) {
    throw Error(ErrorCode::kInternal, "libvips", "cannot start: " + take_vips_error());
  }
  vips_block_untrusted_set(1);
  vips_cache_set_max(0);
  g_log_set_default_handler(log_glib, nullptr);
}

struct GFree {
  void operator()(void* memory) const { g_free(memory); }
};

}  // namespace

void ensure_vips() {
  static std::once_flag started;
  std::call_once(started, start_vips);
}

void set_media_threads(int threads) {
  ensure_vips();
  vips_concurrency_set(threads);
  cv::setNumThreads(threads);
}

std::shared_mutex& vips_error_text() {
  static std::shared_mutex mutex;
  return mutex;
}

std::string take_vips_error() {
  std::string text = vips_error_buffer();
  vips_error_clear();
  return text.substr(0, text.find('\n'));
}

vips::VImage wrap_pixels(const cv::Mat& pixels, VipsInterpretation interpretation) {
  CV_Assert(pixels.isContinuous());
  const VipsBandFormat format = pixels.depth() == CV_16U ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR;
  return vips::VImage::new_from_memory(pixels.data, pixels.total() * pixels.elemSize(), pixels.cols,
                                       pixels.rows, pixels.channels(), format)
      .copy(vips::VImage::option()->set("interpretation", interpretation));
}

cv::Mat copy_pixels(const vips::VImage& image) {
  const int depth = image.format() == VIPS_FORMAT_USHORT ? CV_16U : CV_8U;
  std::size_t size = 0;
  const std::unique_ptr<void, GFree> memory(image.write_to_memory(&size));
  return cv::Mat(image.height(), image.width(), CV_MAKETYPE(depth, image.bands()), memory.get())
      .clone();
}

}  // namespace stylize
