#include "stylize/pipeline/face_files.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <span>
#include <system_error>
#include <utility>

#include "face_drawing.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/face/paste_back.h"
#include "stylize/media/bit_depth.h"
#include "stylize/media/color_management.h"
#include "stylize/media/image_io.h"
#include "stylize/media/make_folder.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

constexpr double kSameMap = 1e-6;  // of matrices, in pixels a pixel
constexpr double kSameShift = 1e-3;

cv::Mat to_srgb8(const cv::Mat& rgb, const ColorConverter& converter) {
  return to_8_bit(converter.to_srgb(rgb));
}

fs::path beside(const fs::path& folder, const fs::path& input, const std::string& ending) {
  return folder / (input.stem().string() + ending);
}

fs::path crop_path(const fs::path& folder, const fs::path& input, std::size_t number) {
  return beside(folder, input, ".face" + std::to_string(number) + ".png");
}

fs::path drawing_path(const fs::path& folder, const fs::path& input) {
  return beside(folder, input, ".faces.png");
}

bool is_same_file(const fs::path& left, const fs::path& right) {
  std::error_code ignored;
  return fs::equivalent(left, right, ignored);
}

void check_free(const fs::path& output, const std::vector<fs::path>& inputs, Overwrite overwrite) {
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(output, ignored))) {
    return;
  }
  for (const fs::path& input : inputs) {
    if (is_same_file(input, output)) {
      throw Error(ErrorCode::kUsage, output.string(),
                  "the output would replace an input; inputs are never modified",
                  "choose another folder with -o");
    }
  }
  if (overwrite == Overwrite::kNo) {
    throw Error(ErrorCode::kOutputExists, output.string(), "exists already", "-y overwrites");
  }
  if (!fs::is_regular_file(output, ignored)) {
    throw Error(ErrorCode::kUsage, output.string(), "is not a regular file");
  }
}

// What leads from the folder of the record to the photo.
std::string input_reference(const fs::path& input, const fs::path& folder) {
  if (input.is_absolute()) {
    return input.string();
  }
  std::error_code error;
  // Absolute, since a folder that is not there yet would count as relative to nothing.
  const fs::path relative = fs::relative(fs::absolute(input), fs::absolute(folder), error);
  return error || relative.empty() ? fs::absolute(input).string() : relative.string();
}

void write_png(const fs::path& path, const cv::Mat& srgb8, Overwrite overwrite) {
  Image image;
  image.rgb = srgb8;
  write_file_atomically(path, encode_image(image, {ImageFormat::kPng, {}, false}, path.string()),
                        overwrite);
}

FaceRecord make_record(const fs::path& input, const cv::Mat& srgb8, std::vector<Face> faces,
                       const AlignOptions& options) {
  if (options.most_faces && faces.size() > static_cast<std::size_t>(*options.most_faces)) {
    faces.resize(static_cast<std::size_t>(*options.most_faces));
  }
  FaceRecord record{input_reference(input, options.folder), srgb8.size(), options.variant, {}};
  for (const Face& face : faces) {
    const fs::path crop = crop_path(options.folder, input, record.faces.size() + 1);
    record.faces.push_back(
        {crop.filename().string(), face, face_quad(face.landmarks, options.variant), {}, 0});
  }
  return record;
}

// Checks all before it writes any.
void write_files(const fs::path& input, const std::vector<fs::path>& inputs, const cv::Mat& srgb8,
                 const AlignOptions& options, AlignedFiles& files) {
  std::vector<CropRecord>& faces = files.record.faces;
  for (const CropRecord& face : faces) {
    check_free(options.folder / face.crop, inputs, options.overwrite);
  }
  make_folder(options.folder, {});
  for (CropRecord& face : faces) {
    const AlignedFace aligned =
        align_face(srgb8, face.face.landmarks, options.variant, options.size);
    face.to_picture = aligned.transform.to_picture;
    face.size = aligned.transform.size;
    write_png(options.folder / face.crop, aligned.crop, options.overwrite);
  }
  if (options.draw) {
    write_png(drawing_path(options.folder, input), draw_faces(srgb8, files.record),
              options.overwrite);
  }
  const std::string text = face_record_text(files.record);
  try {
    static_cast<void>(parse_face_record(text, files.record_file.string()));
  } catch (const Error&) {  // names that JSON cannot hold
    log_warning(files.record_file.string() + ": --paste will not take it: a name is not UTF-8");
  }
  write_file_atomically(files.record_file, std::as_bytes(std::span(text)), options.overwrite);
}

// A crop as it was cut out and as it is now; both sRGB.
struct EditedCrop {
  const CropRecord* record;
  AlignedFace aligned;
  cv::Mat now;
  cv::Mat alpha;  // empty when opaque
};

bool is_edited(const EditedCrop& crop) {
  return !crop.alpha.empty() || crop.now.size() != crop.aligned.crop.size() ||
         cv::norm(crop.now, crop.aligned.crop, cv::NORM_INF) > 0.0;
}

AlignedFace cut_again(const cv::Mat& srgb8, const FaceRecord& record, std::size_t index,
                      const fs::path& record_file) {
  const CropRecord& face = record.faces[index];
  AlignedFace aligned = align_face(srgb8, face.face.landmarks, record.variant, face.size);
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 3; ++x) {
      const double apart = face.to_picture(y, x) - aligned.transform.to_picture(y, x);
      if (!(std::abs(apart) < (x == 2 ? kSameShift : kSameMap))) {
        throw Error(ErrorCode::kInputCorrupt, record_file.string(),
                    "'faces[" + std::to_string(index) +
                        "].transform.to_picture' is not the map of these landmarks",
                    "stylize align writes such a file anew");
      }
    }
  }
  return aligned;
}

EditedCrop read_crop(const cv::Mat& srgb8, const FaceRecord& record, std::size_t index,
                     const fs::path& record_file) {
  const fs::path path = record_file.parent_path() / record.faces[index].crop;
  const Image image = read_image(path);
  if (image.rgb.rows != image.rgb.cols) {
    throw Error(ErrorCode::kInputUnsupported, path.string(),
                "must be square, and is " + std::to_string(image.rgb.cols) + "x" +
                    std::to_string(image.rgb.rows));
  }
  EditedCrop crop{&record.faces[index],
                  cut_again(srgb8, record, index, record_file),
                  to_srgb8(image.rgb, ColorConverter(image.icc)),
                  {}};
  if (!image.alpha.empty()) {
    const double full = image.alpha.depth() == CV_16U ? 65535.0 : 255.0;
    double least = full;
    cv::minMaxLoc(image.alpha, &least);
    if (least < full) {
      image.alpha.convertTo(crop.alpha, CV_32F, 1.0 / full);
    }
  }
  return crop;
}

// The smallest square first, so that the largest wins where two overlap.
std::vector<std::size_t> pasting_order(const FaceRecord& record) {
  std::vector<std::size_t> order(record.faces.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto side = [&record](std::size_t index) {
    const cv::Point2d top = record.faces[index].quad[3] - record.faces[index].quad[0];
    return std::hypot(top.x, top.y);
  };
  std::stable_sort(order.begin(), order.end(), [&side](std::size_t left, std::size_t right) {
    return side(left) < side(right);
  });
  return order;
}

}  // namespace

fs::path face_record_path(const fs::path& folder, const fs::path& input) {
  return beside(folder, input, ".faces.json");
}

void check_align_outputs(const std::vector<fs::path>& inputs, const AlignOptions& options) {
  std::map<std::string, fs::path> records;
  for (const fs::path& input : inputs) {
    const fs::path record = face_record_path(options.folder, input);
    const auto [other, is_new] = records.emplace(record.string(), input);
    if (!is_new) {
      throw Error(
          ErrorCode::kUsage, record.string(),
          "both " + other->second.string() + " and " + input.string() + " would be written here",
          "use different folders");
    }
  }
  std::error_code ignored;
  if (fs::exists(options.folder, ignored) && !fs::is_directory(options.folder, ignored)) {
    throw Error(ErrorCode::kUsage, options.folder.string(), "is not a folder",
                "name one for the crops with -o");
  }
  for (const fs::path& input : inputs) {
    check_free(face_record_path(options.folder, input), inputs, options.overwrite);
    check_free(crop_path(options.folder, input, 1), inputs, options.overwrite);
    if (options.draw) {
      check_free(drawing_path(options.folder, input), inputs, options.overwrite);
    }
  }
}

AlignedFiles align_to_files(const fs::path& input, const std::vector<fs::path>& inputs,
                            const FindFaces& find_faces, const AlignOptions& options) {
  const Image image = read_image(input);
  if (image.frames > 1) {
    log_warning(input.string() + ": holds " + std::to_string(image.frames) +
                " pictures; only the first is used");
  }
  const cv::Mat srgb8 = to_srgb8(image.rgb, ColorConverter(image.icc));
  AlignedFiles files;
  files.record = make_record(input, srgb8, find_faces(srgb8), options);
  if (!files.record.faces.empty()) {
    files.record_file = face_record_path(options.folder, input);
    write_files(input, inputs, srgb8, options, files);
  }
  return files;
}

FaceRecord read_face_record(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) {  // reading one throws something of its own
    throw Error(ErrorCode::kInputUnsupported, file.string(), "is a folder",
                "name the .faces.json inside");
  }
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream) {
    throw Error(ErrorCode::kInputMissing, file.string(), "cannot be read");
  }
  return parse_face_record(text, file.string());
}

std::vector<fs::path> crop_paths(const FaceRecord& record, const fs::path& record_file) {
  std::vector<fs::path> paths;
  for (const CropRecord& face : record.faces) {
    paths.push_back(record_file.parent_path() / face.crop);
  }
  return paths;
}

std::vector<std::string> paste_edited_crops(Image& image, const FaceRecord& record,
                                            const fs::path& record_file, MaskShape mask) {
  if (image.rgb.size() != record.picture) {
    throw Error(ErrorCode::kInputCorrupt, record_file.string(),
                "'width' and 'height' are not those of the photo, which is " +
                    std::to_string(image.rgb.cols) + "x" + std::to_string(image.rgb.rows),
                "name the photo with --input");
  }
  const ColorConverter converter(image.icc);
  const cv::Mat srgb8 = to_srgb8(image.rgb, converter);
  cv::Mat pasted = image.rgb.clone();  // `srgb8` may be the same pixels
  std::vector<std::string> names;
  for (const std::size_t index : pasting_order(record)) {
    const EditedCrop crop = read_crop(srgb8, record, index, record_file);
    if (!is_edited(crop)) {
      continue;
    }
    const CropTransform transform = crop.aligned.transform.resized(crop.now.cols);
    cv::Mat weight = make_face_mask(crop.record->face.landmarks, transform, mask);
    if (!crop.alpha.empty()) {
      weight = weight.mul(crop.alpha);
    }
    paste_faces(pasted, {{converter.from_srgb(crop.now), converter.from_srgb(crop.aligned.crop),
                          weight, transform}});
    names.push_back(crop.record->crop);
  }
  image.rgb = pasted;
  return names;
}

}  // namespace stylize
