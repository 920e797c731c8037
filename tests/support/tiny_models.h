// TorchScript files small enough to make on the spot.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace stylize::test {

// A manifest for a frame network in [0,1] that is drawn at the picture's own size.
std::string frame_manifest(const std::string& name);

// Saves a module with the given `forward` (TorchScript source: "def forward(self, x): ..."), and
// `metadata` as its stylize.json unless empty.
void save_model(const std::string& path, const std::string& forward, const std::string& metadata);

// forward returns its input: the picture must come back as it was.
void save_identity_model(const std::string& path);

// forward returns 1 - x in [0,1]: every sample is turned around, exactly and recognisably.
void save_negative_model(const std::string& path);

// A 1x1 convolution with weights that return the input; they are the record data/0. Has an
// attribute `scale` too, a float.
void save_weighted_model(const std::string& path);

// A 1x1 convolution: `offset` less the input. `dilation` changes nothing but who computes it.
void save_offset_model(const std::string& path, double offset, int dilation);

// Face networks in miniature, with the methods of scripts/export/. Codes are [N,`rows`,512]. They
// refuse any other N than `together`, unless that is 0.
// The encoder: every entry of the code is the crop's mean in [-1,1], row by row plus `row_step`.
void save_tiny_encoder(const std::string& path, int rows = 4, double row_step = 0.0,
                       int together = 0);

// The generator: pictures of 16 x 16 in `shade` (a weight), plus a tenth of the first row's mean
// and of the last row's, plus a hundredth of the first noise's mean; 0 for the stored noise. Takes
// and checks `rows` rows. Has BlendGAN's methods too: embed gives the picture's mean, style_code
// passes it on, blend(face, style, index) takes style rows from `index` on.
void save_tiny_generator(const std::string& path, double shade, int rows = 4, int together = 0);

// `value` stored as latent_avg (method mean), below style. (mapping) and elsewhere (drawn).
void save_code_model(const std::string& path, float value);

// A manifest of a face style; `members` as `, "key": value...`.
std::string face_manifest(const std::string& name, const std::string& family,
                          const std::string& members = {});

// The records of an archive by name, less what write_records() makes itself.
using Records = std::vector<std::pair<std::string, std::string>>;
Records read_records(const std::string& path);

// Writes a valid archive (checksums, version) of these records. `least_version` above the usual one
// claims a newer format.
void write_records(const std::string& path, const Records& records, std::uint64_t least_version = 0,
                   bool compress = false);

// Writes the archive anew with one record changed; checksums are right again.
void edit_record(const std::string& path, const std::string& name,
                 const std::function<void(std::string&)>& edit);

// Replaces each `from` in a file by `to`, of the same length, and nothing else: checksums go wrong.
void patch_file(const std::string& path, const std::string& from, const std::string& to);

// The record with the code of the models made here.
inline constexpr const char* kTinyCode = "code/__torch__.py";

}  // namespace stylize::test
