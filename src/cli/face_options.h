// The options for styles that restyle faces.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stylize/pipeline/face_stylizer.h"
#include "stylize/pipeline/no_face.h"
#include "stylize/style/manifest.h"

namespace stylize::cli {

// As typed; empty what was not given.
struct FaceFlags {
  std::string faces;  // all, largest, a number, none; default: as the style is meant
  std::optional<std::string> on_no_face;
  std::optional<std::string> mask;
  std::optional<bool> paste;
  std::vector<std::string> references;
  std::string landmarks;
  std::string encoder;
  std::string base;
  std::optional<int> blend_index;
  std::optional<std::uint64_t> seed;
};

// Declares the options on `app`, which must not outlive `flags`.
void add_face_options(CLI::App& app, FaceFlags& flags);

// Whether this style is to run on faces. Throws Error kUsage where the flags and the style do not
// go together, options included that act on faces alone when it is not. A seed goes with
// everything: it has one meaning for all commands and styles, and scripts always give it.
bool runs_on_faces(const FaceFlags& flags, const Manifest& manifest);

// all (empty), largest, a number; `none` is empty, too, since it is runs_on_faces' matter. Throws
// Error kUsage.
std::optional<int> parse_face_count(const std::string& text);

// face, square, else head.
MaskShape parse_mask(const std::string& text);

// Faces, mask and paste of the flags; the rest is left at its default. Throws Error kUsage.
FaceOptions face_options(const FaceFlags& flags);

NoFace no_face_policy(const FaceFlags& flags);

}  // namespace stylize::cli
