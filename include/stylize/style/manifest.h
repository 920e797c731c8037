// The facts about a model, as JSON beside the file or inside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stylize {

struct ValueRange {
  float low = -1.0F;
  float high = 1.0F;
};

// What a style's network takes.
enum class Domain {
  kFrame,  // whole pictures
  kFace,   // one aligned face
};

// The square around a face that a network was trained on (face/alignment.h).
struct FaceGeometry {
  int size = 1024;            // sides of the crop
  double expand = 1.0;        // how much wider than FFHQ's square
  int transform_size = 1024;  // sides at which it is sampled, before it is reduced to `size`
};

enum class Rounding { kNearest, kTruncate };

struct Licence {
  std::string text = "unknown";
  bool commercial = false;
  std::string origin;
};

// Where the published checkpoint comes from.
struct ModelSource {
  std::vector<std::string> urls;  // tried in this order; empty: cannot be downloaded
  std::string file;               // the checkpoint's own name, as mirrors have it
  std::string sha256;             // as published, or as first seen; empty when neither is known
  std::uint64_t size = 0;         // bytes; 0 when unknown
};

struct Manifest {
  std::string name;
  std::vector<std::string> aliases;
  std::string title;
  std::string description;
  std::string family;  // "animegan", "stylegan2", "blendgan"; "encoder" for no style of its own
  Domain domain = Domain::kFrame;
  std::vector<std::string> required;  // names of models that this one needs to run
  std::string base;        // the generator that a face style was made from; only strength needs it
  bool reference = false;  // whether it follows a picture
  std::optional<FaceGeometry>
      face;                     // always there with kFace; with kFrame: can be run on faces too
  std::optional<int> n_latent;  // rows of W+ that a generator takes
  std::string file;             // relative to the manifest; empty inside an archive
  std::string sha256;           // empty when not recorded
  std::uint64_t size = 0;
  bool half = false;  // stored in half the bytes that its weights take as fp32

  ValueRange input_range;
  int multiple_of = 1;  // sides the network takes; others are padded and cropped back
  int minimum = 1;      // smallest side the network takes
  std::optional<int> recommended_size;  // long side at which the style looks as intended; else any
  ValueRange output_range;
  Rounding rounding = Rounding::kNearest;  // to 8 bits; the original programs truncate
  std::optional<int> output_size;          // sides of a generator's pictures

  Licence licence;
  ModelSource source;
};

// The smallest side of at least `side` pixels that the network takes.
int suitable_side(const Manifest& manifest, int side);

// Parses and checks a manifest. Unknown keys are ignored, so that newer files still load. Throws
// Error kModelInvalid naming `source` and the key at fault.
Manifest parse_manifest(std::string_view text, std::string_view source);

}  // namespace stylize
