#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "stylize/core/byte_size.h"
#include "stylize/core/cancellation.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/core/memory_info.h"

using namespace stylize;

TEST_CASE("an error says what, where and what to do", "[core]") {
  const Error full(ErrorCode::kInputCorrupt, "a.jpg", "cannot read image", "copy it again");
  CHECK(std::string(full.what()) == "a.jpg: cannot read image (copy it again)");
  CHECK(full.code() == ErrorCode::kInputCorrupt);
  CHECK(std::string(Error(ErrorCode::kInternal, "", "broken").what()) == "broken");
}

TEST_CASE("every error code has a name of its own", "[core]") {
  std::set<std::string_view> names;
  const int last = static_cast<int>(ErrorCode::kInternal);
  for (int code = 0; code <= last; ++code) {
    names.insert(error_code_name(static_cast<ErrorCode>(code)));
  }
  CHECK(names.size() == static_cast<std::size_t>(last) + 1);
}

TEST_CASE("the log goes to the sink that is installed", "[core]") {
  std::vector<std::string> lines;
  set_log_sink([&lines](LogLevel level, std::string_view text) {
    lines.push_back((level == LogLevel::kWarning ? "W " : "? ") + std::string(text));
  });
  log_warning("careful");
  set_log_sink({});
  log_warning("nobody hears this");
  CHECK(lines == std::vector<std::string>{"W careful"});
}

TEST_CASE("copies of a cancellation token share one state", "[core]") {
  CancellationToken token;
  const CancellationToken copy = token;
  CHECK_FALSE(copy.cancelled());
  token.cancel();
  CHECK(copy.cancelled());
}

TEST_CASE("the free memory is known and below a petabyte", "[core]") {
  CHECK(available_memory() > (1U << 20U));
  CHECK(available_memory() < (std::size_t{1} << 50U));
}

TEST_CASE("byte sizes are read as people write them", "[core]") {
  CHECK(parse_byte_size("123456") == 123'456U);
  CHECK(parse_byte_size("4G") == 4'000'000'000U);
  CHECK(parse_byte_size("1.5 GB") == 1'500'000'000U);
  CHECK(parse_byte_size("800m") == 800'000'000U);
  CHECK(parse_byte_size("2KiB") == 2048U);
  CHECK(parse_byte_size("1TB") == 1'000'000'000'000U);
  for (const char* wrong : {"", "G", "-1", "0", "0.2", "4X", "4GG", "4 G B C", "i", "4i", "nan",
                            "inf", "1e99", "99999999T"}) {
    INFO(wrong);
    CHECK_FALSE(parse_byte_size(wrong).has_value());
  }
}

TEST_CASE("byte sizes are told with two digits at least", "[core]") {
  CHECK(format_byte_size(0) == "0.0 KB");
  CHECK(format_byte_size(950'000) == "950 KB");
  CHECK(format_byte_size(999'999) == "1.0 MB");
  CHECK(format_byte_size(8'600'000) == "8.6 MB");
  CHECK(format_byte_size(132'729'083) == "133 MB");
  CHECK(format_byte_size(1'201'649'680) == "1.2 GB");
}
