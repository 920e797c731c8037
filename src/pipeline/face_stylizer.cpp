#include "stylize/pipeline/face_stylizer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <utility>

#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/face/paste_back.h"
#include "stylize/media/color_management.h"
#include "stylize/media/resample.h"
#include "stylize/pipeline/blend.h"

namespace stylize {
namespace {

// Below this many drawn pixels for one of the photo a face looks softer than what is around it.
constexpr double kSharpEnough = 0.7;
constexpr double kDepthFactor = 65535.0 / 255.0;

cv::Mat to_8_bit(const cv::Mat& picture) {
  if (picture.depth() == CV_8U) {
    return picture;
  }
  cv::Mat bytes;
  picture.convertTo(bytes, CV_8U, 1.0 / kDepthFactor);
  return bytes;
}

double quad_side(const Face& face, AlignmentVariant variant) {
  const Quad quad = face_quad(face.landmarks, variant);
  const cv::Point2d top = quad[3] - quad[0];
  return std::hypot(top.x, top.y);
}

void shrink(Image& image, int max_size) {
  const cv::Size size = fit_long_side(image.rgb.size(), max_size);
  image.rgb = resize_picture(image.rgb, size);
  image.alpha = image.alpha.empty() ? image.alpha : resize_picture(image.alpha, size);
}

}  // namespace

// One face, in the picture's colour space; both CV_8UC3 and of the network's size.
struct FaceStylizer::Drawn {
  cv::Mat styled;
  cv::Mat original;
  CropTransform transform;  // of that size
};

FaceStylizer::FaceStylizer(std::unique_ptr<FaceStyle> style, FindFaces find_faces,
                           FaceOptions options)
    : style_(std::move(style)),
      find_faces_(std::move(find_faces)),
      options_(options),
      batch_(static_cast<std::size_t>(style_->batch())) {}

FaceStylizer::FaceStylizer(std::unique_ptr<FaceStyle> style, const FaceDetector& detector,
                           FaceOptions options)
    : FaceStylizer(
          std::move(style),
          [own = detector](const cv::Mat& rgb8) mutable { return own.detect(rgb8); }, options) {}

// The style's answer to all crops, from as many runs as memory asks for.
std::vector<cv::Mat> FaceStylizer::apply(const std::vector<cv::Mat>& crops) {
  std::vector<cv::Mat> styled;
  while (styled.size() < crops.size()) {
    const auto first = crops.begin() + std::ssize(styled);
    const std::size_t count = std::min(batch_, crops.size() - styled.size());
    try {
      for (cv::Mat& one : style_->apply({first, first + static_cast<std::ptrdiff_t>(count)})) {
        styled.push_back(std::move(one));
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kOutOfMemory || count == 1) {
        throw;
      }
      batch_ = count / 2;
      log_debug("not enough memory for " + std::to_string(count) +
                " faces at a time, going on by " + std::to_string(batch_));
    }
  }
  return styled;
}

FaceStylizer::Drawn FaceStylizer::finish(const AlignedFace& aligned, const cv::Mat& styled,
                                         const ColorConverter& converter) {
  Drawn drawn;
  drawn.styled = converter.from_srgb(styled);
  drawn.original = converter.from_srgb(resize_picture(aligned.crop, styled.size()));
  drawn.transform = aligned.transform.resized(styled.cols);
  if (options_.keep_colors) {
    drawn.styled = keep_colors(drawn.original, drawn.styled);
  }
  return drawn;
}

// Draws the faces and hands them to `take`, in their order; a group at a time: crops are large.
void FaceStylizer::draw(const cv::Mat& srgb8, const std::vector<Face>& faces,
                        const ColorConverter& converter,
                        const std::function<void(const Face&, Drawn)>& take) {
  const auto [variant, size] = style_->crop();
  for (std::size_t done = 0; done < faces.size();) {
    const std::size_t end = std::min(done + batch_, faces.size());
    std::vector<AlignedFace> aligned;
    std::vector<cv::Mat> crops;
    for (std::size_t i = done; i < end; ++i) {
      aligned.push_back(align_face(srgb8, faces[i].landmarks, variant, size));
      crops.push_back(aligned.back().crop);
    }
    const std::vector<cv::Mat> styled = apply(crops);
    for (std::size_t i = 0; i < styled.size(); ++i) {
      take(faces[done + i], finish(aligned[i], styled[i], converter));
    }
    done = end;
  }
}

void FaceStylizer::warn_if_coarse(const CropTransform& transform) {
  if (!warned_ && transform.crop_pixels_per_picture_pixel() < kSharpEnough) {
    warned_ = true;
    log_warning("a face is larger than the " + std::to_string(transform.size) +
                " pixels that style '" + style_->manifest().name +
                "' draws: it comes back softer than the photo; --max-size shrinks the output");
  }
}

void FaceStylizer::paste(Image& image, const cv::Mat& srgb8, std::vector<Face> faces,
                         const ColorConverter& converter) {
  // The order of paste_faces, which sees but one at a time.
  const AlignmentVariant variant = style_->crop().variant;
  std::stable_sort(faces.begin(), faces.end(), [variant](const Face& left, const Face& right) {
    return quad_side(left, variant) < quad_side(right, variant);
  });
  cv::Mat pasted = image.rgb.clone();  // `srgb8` may be the same pixels, and others may hold them
  draw(srgb8, faces, converter, [&](const Face& face, Drawn drawn) {
    warn_if_coarse(drawn.transform);
    const cv::Mat mask = make_face_mask(face.landmarks, drawn.transform, options_.mask);
    paste_faces(pasted,
                {{std::move(drawn.styled), std::move(drawn.original), mask, drawn.transform}});
  });
  image.rgb = options_.compare ? side_by_side(image.rgb, pasted) : pasted;
  if (options_.compare && !image.alpha.empty()) {
    image.alpha = side_by_side(image.alpha, image.alpha);
  }
}

cv::Mat FaceStylizer::strip(const cv::Mat& srgb8, const std::vector<Face>& faces,
                            const ColorConverter& converter) {
  std::vector<cv::Mat> originals;
  std::vector<cv::Mat> styled;
  draw(srgb8, faces, converter, [&](const Face& /*face*/, Drawn drawn) {
    originals.push_back(std::move(drawn.original));
    styled.push_back(std::move(drawn.styled));
  });
  cv::Mat row;
  cv::hconcat(styled, row);
  if (options_.compare) {
    cv::Mat before;
    cv::hconcat(originals, before);
    row = side_by_side(before, row);
  }
  return row;
}

FaceResult FaceStylizer::stylize(Image image) {
  const ColorConverter converter(image.icc);
  const cv::Mat srgb8 = to_8_bit(converter.to_srgb(image.rgb));
  FaceResult result;
  const auto start = std::chrono::steady_clock::now();
  result.faces = find_faces_(srgb8);
  result.detect_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (options_.most_faces && result.faces.size() > static_cast<std::size_t>(*options_.most_faces)) {
    result.faces.resize(static_cast<std::size_t>(*options_.most_faces));
  }
  if (result.faces.empty()) {
    result.image = std::move(image);
    return result;
  }
  if (options_.paste) {
    paste(image, srgb8, result.faces, converter);
  } else {
    const int depth = image.rgb.depth();
    strip(srgb8, result.faces, converter)
        .convertTo(image.rgb, depth, depth == CV_16U ? kDepthFactor : 1.0);
    image.alpha.release();
  }
  if (options_.max_size) {
    shrink(image, *options_.max_size);
  }
  result.image = std::move(image);
  return result;
}

cv::Mat reference_view(const cv::Mat& rgb8, const FindFaces& find_faces, const FaceCrop& crop) {
  const std::vector<Face> faces = find_faces(rgb8);
  return faces.empty() ? rgb8
                       : align_face(rgb8, faces.front().landmarks, crop.variant, crop.size).crop;
}

}  // namespace stylize
