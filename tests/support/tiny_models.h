// TorchScript files small enough to make on the spot.
#pragma once

#include <string>

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

}  // namespace stylize::test
