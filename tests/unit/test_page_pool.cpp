// Pages that pass from one block to the next.
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>

#include "src/infer/strips/page_pool.h"

using stylize::strips::PagePool;

namespace {

constexpr std::size_t kUnit = std::size_t{2} << 20U;  // a huge page
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

std::byte* take(PagePool& pool, std::size_t units) {
  std::byte* const data = pool.take(units * kUnit, kNoLimit);
  std::memset(data, 1, units * kUnit);  // all of it is there
  return data;
}

}  // namespace

TEST_CASE("blocks of pages are whole, and huge ones begin with one", "[infer]") {
  CHECK(PagePool::whole_pages(1) == 4096);
  CHECK(PagePool::whole_pages(4096) == 4096);
  CHECK(PagePool::whole_pages(kUnit - 1) == kUnit);
  CHECK(PagePool::whole_pages(kUnit + 1) == 2 * kUnit);
  PagePool pool;
  std::byte* const small = pool.take(4096, kNoLimit);
  std::byte* const large = take(pool, 3);
  CHECK(reinterpret_cast<std::uintptr_t>(large) % kUnit == 0);
  CHECK(pool.taken() == 4096 + 3 * kUnit);
  pool.give_back(small, 4096);
  pool.give_back(large, 3 * kUnit);
  CHECK(pool.taken() == 0);
  CHECK(pool.free() == 4096 + 3 * kUnit);
}

TEST_CASE("parts of free pages are taken, and put together again in any order", "[infer]") {
  PagePool pool;
  std::byte* const whole = take(pool, 4);
  pool.give_back(whole, 4 * kUnit);
  std::byte* const a = take(pool, 1);
  std::byte* const b = take(pool, 1);
  std::byte* const c = take(pool, 2);
  CHECK(a == whole);
  CHECK(b == whole + kUnit);
  CHECK(c == whole + 2 * kUnit);
  CHECK(pool.free() == 0);
  SECTION("from the middle") {
    pool.give_back(b, kUnit);
    pool.give_back(a, kUnit);
    pool.give_back(c, 2 * kUnit);
  }
  SECTION("the middle last") {
    pool.give_back(a, kUnit);
    pool.give_back(c, 2 * kUnit);
    pool.give_back(b, kUnit);
  }
  SECTION("from the end") {
    pool.give_back(c, 2 * kUnit);
    pool.give_back(b, kUnit);
    pool.give_back(a, kUnit);
  }
  CHECK(take(pool, 4) == whole);
  CHECK(pool.free() == 0);
  pool.give_back(whole, 4 * kUnit);
}

TEST_CASE("pages are not many more than blocks took at once, nor more than the limit", "[infer]") {
  constexpr std::size_t kHalf = 40;  // units
  PagePool pool;
  std::byte* const a = take(pool, kHalf);
  std::byte* const b = take(pool, kHalf);
  pool.give_back(a, kHalf * kUnit);
  pool.give_back(b, kHalf * kUnit);
  CHECK(pool.free() == 2 * kHalf * kUnit);
  std::byte* const larger = take(pool, 3 * kHalf);  // fits nowhere
  CHECK(pool.taken() + pool.free() <= 2 * kHalf * kUnit + kHalf * kUnit + PagePool::kSpare);
  pool.give_back(larger, 3 * kHalf * kUnit);
  CHECK(pool.free() <= 3 * kHalf * kUnit + PagePool::kSpare);
  std::byte* const within = pool.take(kUnit, 4 * kUnit);
  CHECK(pool.taken() == kUnit);
  CHECK(pool.taken() + pool.free() <= 4 * kUnit);
  pool.give_back(within, kUnit);
  pool.release_down_to(kUnit);
  CHECK(pool.free() == kUnit);
  pool.forget_most();
  std::byte* const most = take(pool, 2 * kHalf);
  CHECK(pool.taken() + pool.free() <= 2 * kHalf * kUnit + kUnit);
  pool.give_back(most, 2 * kHalf * kUnit);
  // From here on, what was taken before is no reason to keep as much.
  pool.release_down_to(0);
  pool.forget_most();
  constexpr std::size_t kSpareUnits = PagePool::kSpare / kUnit;
  std::byte* const some = take(pool, kSpareUnits + 1);
  pool.give_back(some, (kSpareUnits + 1) * kUnit);
  std::byte* const more = take(pool, kSpareUnits + 2);  // fits nowhere
  CHECK(pool.taken() + pool.free() <= (kSpareUnits + 1) * kUnit + PagePool::kSpare);
  pool.give_back(more, (kSpareUnits + 2) * kUnit);
}

TEST_CASE("small blocks come back as they were", "[infer]") {
  PagePool pool;
  std::byte* const first = pool.take(8192, kNoLimit);
  std::byte* const second = pool.take(4096, kNoLimit);
  pool.give_back(first, 8192);
  pool.give_back(second, 4096);
  CHECK(pool.take(4096, kNoLimit) == second);
  CHECK(pool.take(8192, kNoLimit) == first);
  pool.give_back(first, 8192);
  pool.release_down_to(0);
  CHECK(pool.free() == 0);
  pool.give_back(second, 4096);
}

TEST_CASE("what the system cannot give is said so", "[infer]") {
  PagePool pool;
  std::byte* const some = take(pool, 1);
  pool.give_back(some, kUnit);
  constexpr std::size_t kTooMuch = std::size_t{1} << 62U;
  CHECK_THROWS_AS(pool.take(kTooMuch, kNoLimit), std::bad_alloc);
  CHECK(pool.taken() == 0);
}
