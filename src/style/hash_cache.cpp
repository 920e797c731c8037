#include "hash_cache.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/media/atomic_file.h"
#include "stylize/style/file_hash.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSmallestKept = 32'000'000;  // bytes; a tenth of a second

std::chrono::nanoseconds since_epoch(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

struct FileState {
  std::int64_t size = 0;
  std::chrono::nanoseconds changed{};  // the later of content and status
  std::string text;                    // all that tells this state from any other
};

std::optional<FileState> state_of(const fs::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) {
    return std::nullopt;
  }
  const std::chrono::nanoseconds content = since_epoch(facts.st_mtim);
  const std::chrono::nanoseconds status = since_epoch(facts.st_ctim);
  FileState state{facts.st_size, std::max(content, status), {}};
  for (const auto number :
       {static_cast<std::int64_t>(facts.st_dev), static_cast<std::int64_t>(facts.st_ino),
        state.size, static_cast<std::int64_t>(content.count()),
        static_cast<std::int64_t>(status.count())}) {
    state.text += std::to_string(number) + " ";
  }
  return state;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

fs::path record_of(const fs::path& folder, const fs::path& file) {
  std::error_code ignored;
  const std::string name = fs::absolute(file, ignored).string();
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(name.data()), name.size());
  return folder / "hashes" / sha256_of_bytes(bytes);
}

void write_record(const fs::path& record, const std::string& text) {
  std::error_code failed;
  fs::create_directories(record.parent_path(), failed);
  try {
    write_file_atomically(record, std::as_bytes(std::span(text)), Overwrite::kYes);
  } catch (const Error& error) {
    log_debug(std::string("a hash is not remembered: ") + error.what());
  }
}

}  // namespace

HashCache::HashCache(fs::path folder, std::chrono::nanoseconds settling)
    : folder_(std::move(folder)), settling_(settling) {}

std::string HashCache::sha256(const fs::path& file) const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::optional<FileState> state = state_of(file);
  if (folder_.empty() || !state || state->size < kSmallestKept) {
    return sha256_of_file(file);
  }
  constexpr std::size_t kHashLength = 64;
  const fs::path record = record_of(folder_, file);
  if (const std::string text = text_of(record);
      text.size() == state->text.size() + kHashLength && text.starts_with(state->text)) {
    return text.substr(state->text.size());
  }
  std::string hash = sha256_of_file(file);
  const std::optional<FileState> after = state_of(file);
  if (after && after->text == state->text && state->changed + settling_ <= now) {
    write_record(record, state->text + hash);
  }
  return hash;
}

}  // namespace stylize
