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
