#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <numeric>
#include <optional>
#include <thread>
#include <vector>

#include "stylize/core/bounded_queue.h"
#include "watchdog.h"

using namespace stylize;
using stylize::test::Watchdog;

TEST_CASE("what goes in comes out in order, and ends when it was closed", "[core]") {
  BoundedQueue<int> queue(3);
  for (const int item : {1, 2, 3}) {
    CHECK(queue.push(item));
  }
  queue.close();
  CHECK_FALSE(queue.push(4));
  for (const int item : {1, 2, 3}) {
    CHECK(queue.pop() == item);
  }
  CHECK(queue.pop() == std::nullopt);
  CHECK(queue.pop() == std::nullopt);  // stays closed
}

TEST_CASE("an abandoned queue holds nothing and takes nothing", "[core]") {
  BoundedQueue<std::shared_ptr<int>> queue(2);
  const auto item = std::make_shared<int>(7);
  queue.push(item);
  queue.push(item);
  CHECK(item.use_count() == 3);
  queue.abandon();
  CHECK(item.use_count() == 1);
  CHECK_FALSE(queue.push(item));
  CHECK(item.use_count() == 1);
  CHECK_FALSE(queue.pop());
}

TEST_CASE("a companion is taken only if it is there and wanted", "[core]") {
  BoundedQueue<int> queue(2);
  const auto even = [](int item) { return item % 2 == 0; };
  CHECK_FALSE(queue.pop_if(even));  // does not wait
  queue.push(1);
  queue.push(2);
  CHECK_FALSE(queue.pop_if(even));  // 2 is not at the front
  CHECK(queue.pop() == 1);
  CHECK(queue.pop_if(even) == 2);
  queue.close();
  CHECK_FALSE(queue.pop_if(even));
}

TEST_CASE("an item taken as a companion makes room for a sender", "[core]") {
  const Watchdog watchdog;
  BoundedQueue<int> queue(1);
  queue.push(1);
  std::thread sender([&] {
    queue.push(2);
    queue.close();
  });
  CHECK(queue.pop_if([](int) { return true; }) == 1);
  CHECK(queue.pop() == 2);
  CHECK_FALSE(queue.pop());
  sender.join();
}

TEST_CASE("a queue never holds more than its capacity", "[core]") {
  const Watchdog watchdog;
  constexpr std::size_t kCapacity = 3;
  constexpr int kItems = 500;
  BoundedQueue<int> queue(kCapacity);
  std::atomic<int> sent{0};
  std::thread sender([&] {
    for (int i = 0; i < kItems; ++i) {
      queue.push(i);
      ++sent;
    }
    queue.close();
  });
  int received = 0;
  while (const std::optional<int> item = queue.pop()) {
    CHECK(*item == received);
    ++received;
    // Beyond what was received no more can be in than the capacity; one is counted when it is out.
    CHECK(sent.load() <= received + static_cast<int>(kCapacity));
  }
  CHECK(received == kItems);
  sender.join();
}

TEST_CASE("senders and receivers that wait are let go from the other end", "[core]") {
  const Watchdog watchdog;
  SECTION("a receiver that gives up lets all senders go") {
    BoundedQueue<int> queue(1);
    std::atomic<int> refused{0};
    std::vector<std::thread> senders;
    senders.reserve(4);
    for (int i = 0; i < 4; ++i) {
      senders.emplace_back([&] {
        while (queue.push(0)) {
        }
        ++refused;
      });
    }
    CHECK(queue.pop() == 0);
    queue.abandon();
    for (std::thread& sender : senders) {
      sender.join();
    }
    CHECK(refused == 4);
  }
  SECTION("senders that are done let all receivers go") {
    BoundedQueue<int> queue(1);
    std::atomic<int> received{0};
    std::vector<std::thread> receivers;
    receivers.reserve(4);
    for (int i = 0; i < 4; ++i) {
      receivers.emplace_back([&] {
        while (queue.pop()) {
          ++received;
        }
      });
    }
    CHECK(queue.push(1));
    CHECK(queue.push(2));
    queue.close();
    for (std::thread& receiver : receivers) {
      receiver.join();
    }
    CHECK(received == 2);
  }
}

TEST_CASE("with many threads every item arrives once", "[core]") {
  const Watchdog watchdog;
  constexpr int kSenders = 4;
  constexpr int kReceivers = 4;
  constexpr int kEach = 2000;
  BoundedQueue<std::unique_ptr<int>> queue(5);
  std::vector<std::thread> senders;
  senders.reserve(kSenders);
  for (int s = 0; s < kSenders; ++s) {
    senders.emplace_back([&queue, s] {
      for (int i = 0; i < kEach; ++i) {
        queue.push(std::make_unique<int>(s * kEach + i));
      }
    });
  }
  std::vector<std::vector<int>> taken(kReceivers);
  std::vector<std::thread> receivers;
  receivers.reserve(kReceivers);
  for (int r = 0; r < kReceivers; ++r) {
    receivers.emplace_back([&queue, &mine = taken[static_cast<std::size_t>(r)]] {
      const auto third = [](const std::unique_ptr<int>& item) { return *item % 3 == 0; };
      while (const auto item = queue.pop()) {
        mine.push_back(**item);
        if (const auto companion = queue.pop_if(third)) {
          mine.push_back(**companion);
        }
      }
    });
  }
  for (std::thread& sender : senders) {
    sender.join();
  }
  queue.close();
  std::vector<int> all;
  for (std::size_t r = 0; r < receivers.size(); ++r) {
    receivers[r].join();
    all.insert(all.end(), taken[r].begin(), taken[r].end());
  }
  std::sort(all.begin(), all.end());
  std::vector<int> expected(std::size_t{kSenders} * kEach);
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(all == expected);
}
