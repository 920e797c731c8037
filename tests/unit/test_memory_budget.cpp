#include <atomic>
#include <catch2/catch.hpp>
#include <cstddef>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "stylize/core/memory_budget.h"
#include "watchdog.h"

using namespace stylize;
using stylize::test::Watchdog;

TEST_CASE("shares say what they hold and give it back when they go", "[core]") {
  const Watchdog watchdog;
  MemoryBudget budget(100);
  CHECK(MemoryBudget::Share().bytes() == 0);
  {
    MemoryBudget::Share first = budget.take(60);
    CHECK(first.bytes() == 60);
    const MemoryBudget::Share moved = std::move(first);
    CHECK(moved.bytes() == 60);
    CHECK(budget.take(40).bytes() == 40);  // fits beside it, and goes at once
    CHECK(budget.take(40).bytes() == 40);
  }
  CHECK(budget.take(100).bytes() == 100);
  CHECK(budget.take(0).bytes() == 0);
}

TEST_CASE("a share that is replaced gives back what it held", "[core]") {
  const Watchdog watchdog;
  MemoryBudget budget(100);
  MemoryBudget::Share share = budget.take(70);
  share = budget.take(30);
  CHECK(budget.take(70).bytes() == 70);  // would wait for ever
}

TEST_CASE("whoever does not fit waits for others to give back", "[core]") {
  const Watchdog watchdog;
  MemoryBudget budget(100);
  std::atomic<bool> returned{false};
  std::atomic<bool> too_early{false};
  MemoryBudget::Share held = budget.take(50);
  std::thread waiting([&] {
    const MemoryBudget::Share share = budget.take(80);
    too_early = !returned;
  });
  CHECK(budget.take(50).bytes() == 50);  // the one who waits holds nothing meanwhile
  returned = true;
  held = {};
  waiting.join();
  CHECK_FALSE(too_early.load());
}

TEST_CASE("a request larger than the whole is served alone", "[core]") {
  const Watchdog watchdog;
  MemoryBudget budget(100);
  std::atomic<bool> returned{false};
  std::atomic<bool> too_early{false};
  std::atomic<std::size_t> got{0};
  MemoryBudget::Share held = budget.take(1);
  std::thread large([&] {
    const MemoryBudget::Share share = budget.take(1'000'000);
    too_early = !returned;
    got = share.bytes();
  });
  returned = true;
  held = {};
  large.join();
  CHECK_FALSE(too_early.load());
  CHECK(got == 100);
  CHECK(budget.take(100).bytes() == 100);
}

TEST_CASE("many threads never hold more than the whole", "[core]") {
  const Watchdog watchdog;
  constexpr std::size_t kWhole = 1000;
  MemoryBudget budget(kWhole);
  std::atomic<std::size_t> out{0};
  std::atomic<std::size_t> served{0};
  std::atomic<bool> exceeded{false};
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 8; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937 random(seed);
      for (int i = 0; i < 1000; ++i) {
        const MemoryBudget::Share share = budget.take(random() % (kWhole + kWhole / 4));
        exceeded = exceeded || (out += share.bytes()) > kWhole;
        ++served;
        out -= share.bytes();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(served == 8000);
  CHECK_FALSE(exceeded.load());
  CHECK(budget.take(kWhole).bytes() == kWhole);  // all of it came back
}
