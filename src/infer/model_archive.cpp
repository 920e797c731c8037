#include "model_archive.h"

#include <caffe2/serialize/crc_alt.h>
#include <caffe2/serialize/file_adapter.h>
#include <caffe2/serialize/inline_container.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <exception>
#include <filesystem>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pickle_check.h"
#include "script_check.h"
#include "stylize/core/error.h"
#include "torch_errors.h"
#include "zip_directory.h"

namespace stylize {
namespace {

using caffe2::serialize::PyTorchStreamReader;
using caffe2::serialize::ReadAdapterInterface;

constexpr std::uint64_t kMegabyte = 1U << 20U;
constexpr std::size_t kMostRecords = 10'000;  // one a tensor, two a class
constexpr std::size_t kLongestName = 400;     // LibTorch cuts names at 511
constexpr std::uint64_t kLargestCode = 8 * kMegabyte;
constexpr std::uint64_t kLargestPickle = 4 * kMegabyte;
constexpr std::uint64_t kLargestDescription = 1 * kMegabyte;
// PyTorch deflates code only; all else is stored and cannot expand.
constexpr std::uint64_t kMostExpansion = 64 * kMegabyte;
constexpr const char* kNewVersion = ".data/version";  // where formats from 6 on have it
constexpr std::size_t kMostDefinitions = 20'000;      // functions and classes
constexpr std::size_t kChunk = 1U << 20U;
constexpr std::string_view kAgain = "download or copy it again";
constexpr std::string_view kImportHint =
    "'stylize models import NAME --from FILE' makes a style of it, or a script of "
    "scripts/export_*.py";

[[noreturn]] void refuse(const std::string& path, const std::string& reason,
                         std::string_view remedy) {
  throw Error(ErrorCode::kModelInvalid, path, reason, remedy);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Refuses what is no zip archive at all, and says what it looks like.
void check_kind(const ReadAdapterInterface& file, const std::string& path) {
  if (file.size() == 0) {
    refuse(path, "is empty", kAgain);
  }
  std::string head(std::min<std::size_t>(file.size(), 256), '\0');
  head.resize(file.read(0, head.data(), head.size(), "first bytes"));
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) {
    return;
  }
  const std::string text =
      lower(head.substr(std::min(head.size(), head.find_first_not_of(" \r\n\t\xef\xbb\xbf"))));
  const auto begins_with_any = [&](std::initializer_list<std::string_view> marks) {
    return std::any_of(marks.begin(), marks.end(),
                       [&](std::string_view mark) { return head.starts_with(mark); });
  };
  if (text.starts_with("<!doctype") || text.starts_with("<html") || text.starts_with("<?xml")) {
    refuse(path, "is a web page, not a model", "the download went wrong: fetch the file itself");
  }
  if (text.starts_with("version https://git-lfs")) {
    refuse(path, "is a pointer of Git LFS, not the model itself", "fetch it with 'git lfs pull'");
  }
  if (begins_with_any({"\x89PNG", "\xff\xd8\xff", "GIF8", "RIFF", "II*", "MM"})) {
    refuse(path, "is a picture, not a model", "--style takes a model file or a style's name");
  }
  if (begins_with_any({"\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"})) {
    refuse(path, "is a checkpoint (a pickle of weights), not a TorchScript model", kImportHint);
  }
  refuse(path, "is not a TorchScript model: it is no zip archive",
         "check that it is the right file");
}

class ArchiveCheck {
 public:
  ArchiveCheck(std::shared_ptr<ReadAdapterInterface> file, const std::string& path)
      : file_(std::move(file)), path_(path) {}

  void run() {
    records_ = read_zip_directory(*file_, kMostRecords, path_);
    strip_folder();
    check_names();
    check_is_torchscript();
    check_sizes();
    check_version();
    open();
    for (const ZipRecord& record : records_) {
      check_checksum(record);
    }
    check_contents();
  }

 private:
  // All records stand in one folder, which the rest of the program leaves out, as LibTorch does.
  void strip_folder() {
    const std::string first = records_.empty() ? std::string() : records_.front().name;
    folder_ = first.substr(0, first.find('/') + 1);
    for (ZipRecord& record : records_) {
      if (folder_.size() > 1 && record.name.starts_with(folder_)) {
        record.name.erase(0, folder_.size());
      } else {
        has_stray_ = true;
      }
    }
  }

  void check_names() {
    for (const ZipRecord& record : records_) {
      const std::string name = (has_stray_ ? "" : folder_) + record.name;
      const std::string parts = "/" + name + "/";
      if (name.starts_with('/') || parts.find("/../") != std::string::npos ||
          name.find_first_of(std::string_view("\\:\0", 3)) != std::string::npos ||
          name.size() > kLongestName) {
        refuse(path_, "holds a record with the unsafe name '" + name.substr(0, 100) + "'",
               "use only models from sources you trust");
      }
      // LibTorch looks names up without regard to case.
      if (!by_name_.emplace(lower(record.name), &record).second) {
        refuse(path_, "holds two records of the name '" + record.name + "'", kAgain);
      }
    }
  }

  [[nodiscard]] bool has(const std::string& name) const { return by_name_.contains(name); }

  void check_is_torchscript() const {
    const bool has_code = std::any_of(records_.begin(), records_.end(), [](const auto& record) {
      return record.name.starts_with("code/");
    });
    const bool has_version = has("version") || has(kNewVersion);
    if (!has_stray_ && has("data.pkl") && has_version && !has_code && !has("constants.pkl")) {
      refuse(path_, "is a checkpoint (weights without code), not a TorchScript model", kImportHint);
    }
    // The format of PyTorch before 1.4 is read by other code, which these checks know nothing of.
    if (has("model.json")) {
      refuse(path_, "was made by a PyTorch older than 1.4", "export it again");
    }
    if (has_stray_ || !has("data.pkl") || !has_version || !has("constants.pkl") || !has_code) {
      refuse(path_, "is a zip archive, but not a TorchScript model",
             "check that it is the right file");
    }
  }

  void check_limit(std::string_view what, std::uint64_t size, std::uint64_t limit) const {
    if (size > limit) {
      refuse(path_,
             std::string(what) + " is larger than the " + std::to_string(limit / kMegabyte) +
                 " MB that a model may have",
             "is this a model?");
    }
  }

  void check_sizes() const {
    std::uint64_t expanded = 0;
    std::uint64_t code = 0;
    const std::uint64_t most = file_->size() + kMostExpansion;
    for (const ZipRecord& record : records_) {
      if (record.packed_size > file_->size() || record.header_offset > file_->size()) {
        refuse(path_, "is damaged: record '" + record.name + "' lies outside of it", kAgain);
      }
      if (record.method != 0 && record.method != 8) {
        refuse(path_, "packs record '" + record.name + "' in an unknown way", "export it again");
      }
      if (record.size > most || (expanded += record.size) > most ||
          (record.method == 0 && record.size != record.packed_size)) {
        refuse(path_, "would expand to far more than its size (a zip bomb)",
               "use only models from sources you trust");
      }
      const std::string name = lower(record.name);
      if (name.starts_with("code/")) {
        code += record.size;
      } else if (name == "data.pkl" || name == "constants.pkl") {
        check_limit("its " + name, record.size, kLargestPickle);
      } else if (name == "extra/stylize.json") {
        check_limit("its description stylize.json", record.size, kLargestDescription);
      }
    }
    check_limit("its code", code, kLargestCode);
  }

  // LibTorch says this too, in its own words. Archives that pack this record are left to it.
  void check_version() const {
    constexpr std::uint64_t kHeaderSize = 30;
    const ZipRecord& record = *by_name_.at(has(kNewVersion) ? kNewVersion : "version");
    std::string header(kHeaderSize, '\0');
    if (record.method != 0 || record.size > 20 ||
        file_->read(record.header_offset, header.data(), header.size(), "version") != kHeaderSize) {
      return;
    }
    const auto length = [&](std::size_t at) {
      return static_cast<std::uint64_t>(static_cast<unsigned char>(header[at])) |
             static_cast<std::uint64_t>(static_cast<unsigned char>(header[at + 1])) << 8U;
    };
    std::string text(record.size, '\0');
    text.resize(file_->read(record.header_offset + kHeaderSize + length(26) + length(28),
                            text.data(), text.size(), "version"));
    std::uint64_t version = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (status == std::errc::result_out_of_range ||
        (status == std::errc() && version > caffe2::serialize::kMaxSupportedFileFormatVersion)) {
      refuse(path_,
             "was made by a newer PyTorch (its format is " + text.substr(0, text.find('\n')) +
                 ", this program reads up to " +
                 std::to_string(caffe2::serialize::kMaxSupportedFileFormatVersion) + ")",
             "export it with PyTorch 2.11, or update this program");
    }
  }

  // LibTorch must see the same records, or what was checked is not what it reads.
  void open() {
    try {
      reader_.emplace(file_);
      const std::vector<std::string> seen = reader_->getAllRecords();
      bool same = seen.size() == records_.size();
      for (std::size_t i = 0; same && i < seen.size(); ++i) {
        same = seen[i] == records_[i].name &&
               reader_->getRecordSize(records_[i].name) == records_[i].size;
      }
      if (!same) {
        refuse(path_, "is damaged: its list of contents contradicts itself", kAgain);
      }
    } catch (const Error&) {
      throw;
    } catch (const std::exception& exception) {
      throw translate_torch_error(exception, ErrorCode::kModelInvalid, path_,
                                  "is damaged or no archive of PyTorch", kAgain);
    }
  }

  // The contents of a record in pieces, each handed to `use`.
  template <typename Use>
  void read_record(const ZipRecord& record, Use use) {
    std::string chunk(std::min<std::uint64_t>(kChunk, record.size), '\0');
    try {
      auto pieces = reader_->createChunkReaderIter(record.name, record.size, kChunk);
      for (std::uint64_t done = 0; done < record.size;) {
        const std::size_t count = pieces.next(chunk.data());
        use(std::string_view(chunk).substr(0, count));
        done += count;
      }
    } catch (const std::exception& exception) {
      throw translate_torch_error(exception, ErrorCode::kModelInvalid, path_,
                                  "is damaged in record '" + record.name + "'", kAgain);
    }
  }

  void check_checksum(const ZipRecord& record) {
    std::uint32_t crc = 0;
    if (record.size > 0) {
      read_record(record, [&](std::string_view piece) {
        crc = crc32_fast(piece.data(), piece.size(), crc);
      });
    }
    if (crc != record.crc) {
      refuse(path_, "is damaged: the checksum of record '" + record.name + "' is wrong", kAgain);
    }
  }

  std::string contents(const ZipRecord& record) {
    std::string text;
    read_record(record, [&](std::string_view piece) { text += piece; });
    return text;
  }

  void check_contents() {
    std::size_t definitions = 0;
    for (const ZipRecord& record : records_) {
      const std::string name = lower(record.name);
      if (name.starts_with("code/") && name.ends_with(".py")) {
        definitions += check_script(contents(record), record.name, path_);
      }
    }
    if (definitions > kMostDefinitions) {
      refuse(path_, "its code defines more than " + std::to_string(kMostDefinitions) + " functions",
             "is this a model?");
    }
    check_pickle("constants");
    check_pickle("data");
  }

  // Weights stand in a folder of the pickle's name.
  void check_pickle(const std::string& name) {
    const RecordSize record_size = [&](std::string_view tensor) -> std::optional<std::uint64_t> {
      const auto found = by_name_.find(lower(name + "/" + std::string(tensor)));
      return found == by_name_.end() ? std::nullopt : std::optional(found->second->size);
    };
    stylize::check_pickle(contents(*by_name_.at(name + ".pkl")), record_size, name + ".pkl", path_);
  }

  std::shared_ptr<ReadAdapterInterface> file_;
  const std::string& path_;
  std::vector<ZipRecord> records_;
  std::string folder_;  // with a slash at the end
  bool has_stray_ = false;
  std::unordered_map<std::string, const ZipRecord*> by_name_;  // in lower case
  std::optional<PyTorchStreamReader> reader_;
};

std::shared_ptr<ReadAdapterInterface> open_file(const std::string& path) {
  std::error_code status;
  if (!std::filesystem::is_regular_file(path, status)) {
    throw Error(ErrorCode::kModelMissing, path, "no such model file", "check the path");
  }
  try {
    return std::make_shared<caffe2::serialize::FileAdapter>(path);
  } catch (const std::exception&) {
    throw Error(ErrorCode::kModelMissing, path, "cannot be opened", "check its permissions");
  }
}

}  // namespace

std::shared_ptr<ReadAdapterInterface> open_checked_archive(const std::string& path) {
  std::shared_ptr<ReadAdapterInterface> file = open_file(path);
  check_kind(*file, path);
  ArchiveCheck(file, path).run();
  return file;
}

}  // namespace stylize
