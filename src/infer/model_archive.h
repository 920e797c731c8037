// What a TorchScript archive must be before LibTorch may read it.
#pragma once

#include <memory>
#include <string>

namespace caffe2::serialize {
class ReadAdapterInterface;
}

namespace stylize {

// Opens the file and checks all of it: that it is an archive of TorchScript (else: what it seems to
// be), names, number and sizes of its records, their checksums, which LibTorch does not look at,
// the pickles (pickle_check.h) and the code (script_check.h). Reads the file once; nothing in it is
// run. Throws Error kModelMissing or kModelInvalid, naming `path`. Returns the file that was
// checked, still open, for torch::jit::load. Thread safe.
std::shared_ptr<caffe2::serialize::ReadAdapterInterface> open_checked_archive(
    const std::string& path);

}  // namespace stylize
