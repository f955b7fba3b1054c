#pragma once

#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/support/child.h"
#include "bench/support/message_pipe.h"

namespace gjallar::bench {

/// A process of this program that works for a benchmark, and the benchmark's side of the talk with it: to
/// each request it answers with an empty message once it is done, or with what went wrong. One thread.
class HelperProcess {
 public:
  /// Runs this program again with `--WORD SOCKET` (Helper in helper.h); it prints to WORD.out in the folder.
  HelperProcess(const std::string& word, const std::filesystem::path& folder);
  ~HelperProcess();
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;

  /// Sends all words and waits until it is done. Throws what went wrong.
  void ask(const std::vector<std::string>& words);
  void expect_done();
  /// What it sends next, as items.
  template <typename Item>
  [[nodiscard]] std::vector<Item> items() {
    static_assert(std::is_trivially_copyable_v<Item>);
    const std::string bytes = pipe_.receive();
    std::vector<Item> items(bytes.size() / sizeof(Item));
    if (!items.empty()) std::memcpy(items.data(), bytes.data(), items.size() * sizeof(Item));
    return items;
  }

 private:
  int sockets_[2] = {-1, -1};
  Child child_;
  MessagePipe pipe_;
};

// --- the helper's side ---

/// Does what was asked and answers so; false if it failed.
[[nodiscard]] bool answered(MessagePipe& pipe, const std::function<void()>& work);
template <typename Item>
void send_items(MessagePipe& pipe, const std::vector<Item>& items) {
  static_assert(std::is_trivially_copyable_v<Item>);
  pipe.send(std::string(reinterpret_cast<const char*>(items.data()), items.size() * sizeof(Item)));
}
/// The helper's main: what `serve` throws is printed, and the result 1.
[[nodiscard]] int serve_as(const char* word, const std::function<int()>& serve);

}  // namespace gjallar::bench
