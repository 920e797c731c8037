#include "face_options.h"

#include <charconv>

#include "shared_options.h"
#include "stylize/core/error.h"

namespace stylize::cli {
namespace {

constexpr const char* kFaces = "Faces";
constexpr const char* kDefaultMask = "head";
constexpr const char* kDefaultNoFace = "copy";
constexpr int kLargestBlendIndex = 18;

// The first of the given options that act on faces alone; nullptr when there is none.
const char* option_for_faces(const FaceFlags& flags) {
  if (flags.on_no_face) return "--on-no-face";
  if (flags.mask) return "--mask";
  if (flags.paste && !*flags.paste) return "--no-paste";
  if (flags.blend_index) return "--blend-index";
  if (!flags.landmarks.empty()) return "--landmarks";
  if (!flags.encoder.empty()) return "--encoder";
  return flags.base.empty() ? nullptr : "--base";
}

bool is_meant_for_faces(const FaceFlags& flags, const Manifest& manifest) {
  const bool face_only = manifest.domain == Domain::kFace;
  if (flags.faces.empty()) {
    return face_only;
  }
  const bool wanted = flags.faces != "none";
  if (face_only && !wanted) {
    throw Error(ErrorCode::kUsage, "--faces none",
                "style '" + manifest.name + "' draws nothing but faces");
  }
  if (wanted && !stylize::runs_on_faces(manifest)) {
    throw Error(ErrorCode::kUsage, "--faces " + flags.faces,
                "style '" + manifest.name + "' is for whole pictures", "leave out --faces");
  }
  return wanted;
}

}  // namespace

void add_face_options(CLI::App& app, FaceFlags& flags) {
  app.add_option("--faces", flags.faces,
                 "Which to draw: all, largest, a number of the largest, or none. With a style for "
                 "whole pictures (face_paint can): draw only the faces")
      ->check(suggests({"all", "largest", "none"}))
      ->type_name("WHICH")
      ->group(kFaces);
  app.add_option("-r,--reference", flags.references,
                 "Picture to follow, for styles that follow one; in a video several, to move from "
                 "one to the next")
      ->allow_extra_args(false)
      ->type_name("IMAGE")
      ->group(kFaces);
  app.add_option("--on-no-face", flags.on_no_face,
                 "A picture without a face: copy, skip, fail, or style it whole")
      ->check(CLI::IsMember({"whole", "copy", "skip", "fail"}))
      ->type_name("WHAT")
      ->group(kFaces)
      ->default_str(kDefaultNoFace);
  app.add_option("--mask", flags.mask, "How much goes back into the photo: face, head or square")
      ->check(CLI::IsMember({"face", "head", "square"}))
      ->type_name("WHAT")
      ->group(kFaces)
      ->default_str(kDefaultMask);
  // A function, since CLI11 would set an optional<bool> that was not given.
  app.add_flag_function(
         "--paste,!--no-paste", [&flags](std::int64_t value) { flags.paste = value > 0; },
         "Put styled faces back into the photo (default); without, the faces alone")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->group(kFaces);
  app.add_option("--blend-index", flags.blend_index,
                 "0 (all style) to 18 (all face), for BlendGAN; overrides --strength")
      ->check(CLI::Range(0, kLargestBlendIndex))
      ->type_name("N")
      ->group(kFaces);
  app.add_option("--seed", flags.seed, "Draw fine texture anew from this number")
      ->type_name("N")
      ->group(kFaces);
  app.add_option("--landmarks", flags.landmarks, "dlib's model of 68 facial landmarks")
      ->check(CLI::ExistingFile)
      ->type_name("FILE")
      ->group(kFaces);
  app.add_option("--encoder", flags.encoder, "Encoder, instead of the one the style names")
      ->type_name("NAME|FILE")
      ->group(kFaces);
  app.add_option("--base", flags.base,
                 "Generator that --strength below 1 mixes with, instead of the one the style names")
      ->type_name("NAME|FILE")
      ->group(kFaces);
}

bool runs_on_faces(const FaceFlags& flags, const Manifest& manifest) {
  if (is_meant_for_faces(flags, manifest)) {
    return true;
  }
  if (const char* option = option_for_faces(flags); option != nullptr) {
    throw Error(ErrorCode::kUsage, option,
                "has nothing to act on: style '" + manifest.name + "' draws the whole picture",
                stylize::runs_on_faces(manifest) ? "--faces all draws the faces" : "leave it out");
  }
  return false;
}

MaskShape parse_mask(const std::string& text) {
  if (text == "face") return MaskShape::kFace;
  return text == "square" ? MaskShape::kSquare : MaskShape::kHead;
}

std::optional<int> parse_face_count(const std::string& text) {
  if (text.empty() || text == "all" || text == "none") {
    return std::nullopt;
  }
  if (text == "largest") {
    return 1;
  }
  int count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, count);
  if (status != std::errc() || stop != end || count < 1) {
    throw Error(ErrorCode::kUsage, "--faces " + text, "must be all, largest, none or a number");
  }
  return count;
}

FaceOptions face_options(const FaceFlags& flags) {
  FaceOptions options;
  options.most_faces = parse_face_count(flags.faces);
  options.mask = parse_mask(flags.mask.value_or(kDefaultMask));
  options.paste = flags.paste.value_or(true);
  return options;
}

NoFace no_face_policy(const FaceFlags& flags) {
  return parse_no_face(flags.on_no_face.value_or(kDefaultNoFace));
}

}  // namespace stylize::cli
