#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "bench/support/measure.h"
#include "bench/support/readers.h"

namespace gjallar::bench {

/// The texts that a round's messages are known by, one a message: "mark-000001"; each once in a process.
using Marks = std::vector<std::string>;
/// The number in a mark.
[[nodiscard]] int number_in(const std::string& mark);

/// One server of a comparison.
struct Contestant {
  std::string name;
  LoadClient* readers = nullptr;
  std::vector<pid_t> processes;  ///< the server's, for its processor time
  /// Makes the messages ready; what it returns publishes them, in order.
  std::function<std::function<void()>(const Marks&)> prepare;
};

/// What a contestant did, a figure a round. Latencies are from just before the publish to a socket's receipt.
struct Series {
  std::vector<double> first_ms, p50_ms, p99_ms, last_ms;
  std::vector<double> skew_ms;           ///< last minus first arrival, by the kernel's clock
  std::vector<double> processor_us;      ///< the server's processor time a delivery
  std::vector<double> deliveries_per_s;  ///< from the first publish to the last receipt
};

/// Servers side by side: in every round each sends the same number of messages to its readers, one server
/// after the other, beginning with another one each round.
class Contest {
 public:
  /// `messages`: a round's.
  explicit Contest(int messages) : messages_(messages) {}
  /// The first one is what the others are divided by.
  void add(Contestant contestant);
  /// One message, not counted; returns the bytes of it on the wire. Throws if somebody gets nothing.
  std::size_t warm_up(std::size_t contestant);
  /// `after` is called after each server's turn.
  void run(int rounds, const std::function<void(std::size_t contestant)>& after = {});

  [[nodiscard]] const Series& series(std::size_t contestant) const { return series_[contestant]; }
  /// Medians of the rounds, a row a contestant; then a row for each but the first: medians of the rounds'
  /// ratios to the first, with 95 % intervals. `first` and `last` are put before and behind the figures of
  /// each.
  [[nodiscard]] std::vector<Row> rows(const Figures& first, const Figures& last = {}) const;

 private:
  [[nodiscard]] std::vector<Row> figures() const;
  [[nodiscard]] std::vector<Row> ratios() const;
  std::vector<Receipt> turn(std::size_t contestant, int messages, bool counted);

  int messages_;
  std::vector<Contestant> contestants_;
  std::vector<Series> series_;
  std::vector<std::size_t> message_bytes_;
};

}  // namespace gjallar::bench
