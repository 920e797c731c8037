// Checks a pickle of a TorchScript archive before LibTorch reads it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace stylize {

// Bytes of the tensor record of this name; nothing when there is none.
using RecordSize = std::function<std::optional<std::uint64_t>(std::string_view)>;

// LibTorch trusts a pickle in places where a made or damaged one then reads outside of its memory:
// tensors larger than their records, dictionaries of odd length, numbers where functions are
// meant, nesting that exhausts the stack. This follows the pickle instruction by instruction
// without building anything and throws Error kModelInvalid with `subject` and `name` (the pickle's)
// for all of that, for names of anything but the classes of the archive, tensors and lists, and for
// weights that are missing. Thread safe.
void check_pickle(std::string_view pickle, const RecordSize& record_size, std::string_view name,
                  std::string_view subject);

}  // namespace stylize
