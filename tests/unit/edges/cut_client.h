// A client program by the rules of docs/protocol.md, and what must have become of it in the end.
#pragma once

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "broker/core/identity.h"
#include "broker/log/event_log.h"
#include "tests/unit/edges/cut_wire.h"

namespace gjallar::testing {

/// What happened, read from the log alone.
struct CutTruth {
  struct Alert {
    core::Seq last_concerned = 0;
    core::Version version = 0;  ///< made or carried by that event
  };
  std::vector<v1::Event> events;     ///< by seq, from 1
  std::vector<core::Seq> concerned;  ///< the service, ascending
  std::vector<Alert> alerts;
  std::map<std::string, std::size_t> alert_numbers;

  CutTruth() = default;
  CutTruth(const log::EventLog& log, core::ServiceNumber service) {
    const auto snapshot = log.snapshot();
    for (core::Seq seq = 1; seq <= snapshot->head().seq; ++seq) {
      const auto event = snapshot->read(seq).value();
      events.push_back(log::to_event(event.record).value());
      const bool concerns = event.targets.contains(service);
      if (concerns) concerned.push_back(seq);
      if (!concerns || !events.back().payload().has_alert()) continue;
      const v1::Alert& alert = events.back().payload().alert();
      const std::size_t number =
          alert_numbers.try_emplace(alert.alert_id(), alert_numbers.size()).first->second;
      alerts.resize(alert_numbers.size());
      alerts[number] = {seq, alert.version()};
    }
  }

  [[nodiscard]] bool concerns(core::Seq seq) const {
    return std::binary_search(concerned.begin(), concerned.end(), seq);
  }
  /// The one that concerned the service before `seq`; 0: none.
  [[nodiscard]] core::Seq before(core::Seq seq) const {
    const auto at = std::lower_bound(concerned.begin(), concerned.end(), seq);
    return at == concerned.begin() ? 0 : *std::prev(at);
  }
};

/// One message, as far as a client uses it.
struct CutMessage {
  enum class Kind { kHello, kState, kEvent, kCaughtup, kHeartbeat, kOther };
  Kind kind = Kind::kOther;
  core::Seq seq = 0;
  core::Seq prev_seq = 0;
  std::optional<core::Seq> cursor;
  bool overtaking = false;
  bool urgent = false;
  bool retraction = false;
  std::size_t alert = 0;
  core::Version version = 0;
  fanout::SeenHead head;  ///< of hello and heartbeat
  v1::Resumption resumption = v1::RESUMPTION_UNSPECIFIED;
  std::uint64_t replaying = 0;
};

template <typename Data>
Data data_of(const boost::json::object& object) {
  Data data;
  const auto status =
      google::protobuf::util::JsonStringToMessage(boost::json::serialize(object.at("data")), &data);
  if (!status.ok()) throw std::runtime_error("data that can't be read");
  return data;
}

inline std::string attribute(const boost::json::object& object, std::string_view name) {
  const auto* const value = object.if_contains({name.data(), name.size()});
  return value == nullptr ? std::string() : std::string(value->as_string());
}

template <typename Data>
fanout::SeenHead head_in(const Data& data) {
  fanout::SeenHead head;
  head.seq = data.head_seq();
  if (data.head_hash().size() != head.hash.size()) throw std::runtime_error("not a chain hash");
  std::copy(data.head_hash().begin(), data.head_hash().end(), head.hash.begin());
  return head;
}

/// Reads a CloudEvents object; throws on an event that isn't the log's.
inline CutMessage read_object(const boost::json::object& object, const CutTruth& truth) {
  using Kind = CutMessage::Kind;
  CutMessage message;
  const std::string type = attribute(object, "type");
  if (const std::string cursor = attribute(object, "cursor"); !cursor.empty())
    message.cursor = core::parse_cursor(cursor)->seq;
  if (type == "gjallar.v1.hello") {
    const auto hello = data_of<v1::Hello>(object);
    message.kind = Kind::kHello;
    message.head = head_in(hello);
    message.resumption = hello.resumption();
    message.replaying = hello.replaying();
  } else if (type == "gjallar.v1.heartbeat") {
    message.kind = Kind::kHeartbeat;
    message.head = head_in(data_of<v1::Heartbeat>(object));
  } else if (type == "gjallar.v1.caughtup") {
    message.kind = Kind::kCaughtup;
  } else if (type == "gjallar.v1.state") {
    const auto state = data_of<v1::State>(object);
    message.kind = Kind::kState;
    message.seq = state.seq();
    message.alert = truth.alert_numbers.at(state.alert().alert_id());
    message.version = state.alert().version();
  } else if (type.rfind("gjallar.v1.alert.", 0) == 0) {
    const auto event = data_of<v1::Event>(object);
    if (!google::protobuf::util::MessageDifferencer::Equals(event, truth.events.at(event.seq() - 1)))
      throw std::runtime_error("an event that isn't the log's");
    message.kind = Kind::kEvent;
    message.seq = std::stoull(attribute(object, "seq"));
    message.overtaking = attribute(object, "overtaking") == "true";
    if (!message.overtaking) message.prev_seq = std::stoull(attribute(object, "prevseq"));
    message.urgent = event.urgent();
    message.retraction = event.type() == v1::EVENT_TYPE_ALERT_RETRACTED;
    message.alert = truth.alert_numbers.at(event.subject());
    message.version = event.version();
    if (message.seq != event.seq()) throw std::runtime_error("two seqs in one event");
  }
  return message;
}

/// Reads what a decoder gave: an object, or an array of them. Of Server-Sent Events the id is the cursor.
inline std::vector<CutMessage> read_text(const WireDecoder::Text& text, Wire wire, const CutTruth& truth) {
  const boost::json::value value = boost::json::parse({text.json.data(), text.json.size()});
  std::vector<CutMessage> messages;
  if (wire == Wire::kArrays) {
    for (const boost::json::value& one : value.as_array())
      messages.push_back(read_object(one.as_object(), truth));
    return messages;
  }
  messages.push_back(read_object(value.as_object(), truth));
  if (wire == Wire::kServerSent) {
    if (text.id != attribute(value.as_object(), "cursor"))
      throw std::runtime_error("the id isn't the cursor");
  }
  return messages;
}

/// What a client may do wrong, to see that the test would find it.
enum class CutMistake { kNone, kCursorAhead, kCursorBehind, kCursorByOvertaking, kCursorByState };

/// Small: it is copied at every byte.
class CutClient {
 public:
  CutClient(const CutTruth& truth, std::optional<core::Seq> cursor, CutMistake mistake)
      : cursor_(cursor), truth_(&truth), mistake_(mistake), held_(truth.alerts.size(), 0) {}

  [[nodiscard]] std::optional<core::Seq> cursor() const {
    if (cursor_ && mistake_ == CutMistake::kCursorAhead) return *cursor_ + 1;
    if (cursor_ && mistake_ == CutMistake::kCursorBehind) return *cursor_ - 1;
    return cursor_;
  }
  [[nodiscard]] const fanout::SeenHead& seen() const { return seen_; }
  [[nodiscard]] const std::vector<core::Seq>& in_order() const { return in_order_; }

  /// A session begins.
  void connect() { asked_ = cursor(); }

  /// `finding`: what is wrong, unless something was before.
  void apply(const CutMessage& message, std::string& finding) {
    using Kind = CutMessage::Kind;
    std::string wrong;
    if (message.kind == Kind::kHello) {
      wrong = take_hello(message);
    } else if (message.kind == Kind::kState) {
      if (from_) wrong = "a state for a client that resumed";
      hold(message);
      if (mistake_ == CutMistake::kCursorByState) cursor_ = message.seq;
    } else if (message.kind == Kind::kEvent) {
      wrong = message.overtaking ? take_overtaking(message) : take_in_order(message);
    } else if (message.kind == Kind::kOther || !message.cursor) {
      wrong = "a frame that isn't due";
    } else {
      if (!in_order_.empty() && *message.cursor < in_order_.back()) wrong = "a cursor that goes back";
      cursor_ = message.cursor;
      if (!from_) from_ = cursor_;
      if (message.kind == Kind::kHeartbeat) seen_ = message.head;
    }
    if (finding.empty()) finding = std::move(wrong);
  }

  /// Whether it ended with exactly what concerns it.
  void check(std::string& finding) const {
    if (!finding.empty()) return;
    if (!from_) {
      finding = "it never had a place";
      return;
    }
    const auto due = std::upper_bound(truth_->concerned.begin(), truth_->concerned.end(), *from_);
    if (!std::equal(due, truth_->concerned.end(), in_order_.begin(), in_order_.end())) {
      finding = fmt::format("it ended with {} of {} events", in_order_.size(), truth_->concerned.end() - due);
      return;
    }
    for (std::size_t alert = 0; alert < held_.size(); ++alert) {
      const CutTruth::Alert& truth = truth_->alerts[alert];
      // A state holds what is live, and before it came what was retracted.
      const bool due_of_it = by_state_ || truth.last_concerned > *from_;
      if (due_of_it && held_[alert] != truth.version)
        finding = fmt::format("alert {} isn't as it should be", alert);
    }
  }

 private:
  std::string take_hello(const CutMessage& message) {
    seen_ = message.head;
    if (message.resumption == v1::RESUMPTION_STATE) {
      if (asked_) return "the state instead of what follows the cursor";
      from_.reset();
      in_order_.clear();
      std::fill(held_.begin(), held_.end(), 0);
      by_state_ = true;
      return {};
    }
    if (!asked_) return "no state for a client without a cursor";
    if (message.resumption != v1::RESUMPTION_REPLAYING && message.resumption != v1::RESUMPTION_UP_TO_DATE)
      return "the cursor was given up";
    if (message.replaying != message.head.seq - *asked_) return "hello counts wrong";
    if (!from_) from_ = asked_;
    return {};
  }

  std::string take_overtaking(const CutMessage& message) {
    if (message.cursor) return fmt::format("event {} overtakes with a cursor", message.seq);
    if (!message.urgent) return fmt::format("event {} overtakes and isn't urgent", message.seq);
    if (!truth_->concerns(message.seq)) return fmt::format("event {} doesn't concern it", message.seq);
    if (!from_ && !message.retraction) return fmt::format("event {} came before the state did", message.seq);
    if (from_ && message.seq <= *asked_or_from()) return fmt::format("event {} was known", message.seq);
    if (mistake_ == CutMistake::kCursorByOvertaking) cursor_ = message.seq;
    hold(message);
    return {};
  }

  std::string take_in_order(const CutMessage& message) {
    const core::Seq seq = message.seq;
    if (!from_) return fmt::format("event {} came before the state did", seq);
    if (!truth_->concerns(seq)) return fmt::format("event {} doesn't concern it", seq);
    if (message.cursor != seq) return fmt::format("event {} has another's cursor", seq);
    if (seq <= *asked_or_from() || (!in_order_.empty() && seq <= in_order_.back()))
      return fmt::format("event {} came again unmarked, or out of order", seq);
    // Rule 3: by what it has itself; the first, by the log.
    const core::Seq had = in_order_.empty() ? truth_->before(seq) : in_order_.back();
    if (message.prev_seq != had) return fmt::format("event {} names {}, not {}", seq, message.prev_seq, had);
    in_order_.push_back(seq);
    cursor_ = seq;
    hold(message);
    return {};
  }

  [[nodiscard]] const std::optional<core::Seq>& asked_or_from() const { return asked_ ? asked_ : from_; }
  void hold(const CutMessage& message) {
    held_[message.alert] = std::max(held_[message.alert], message.version);
  }

  std::optional<core::Seq> cursor_;
  std::optional<core::Seq> asked_;  ///< the cursor that this session began with
  std::optional<core::Seq> from_;   ///< all that concerns it after this is due
  fanout::SeenHead seen_;
  const CutTruth* truth_;
  CutMistake mistake_;
  bool by_state_ = false;
  std::vector<core::Seq> in_order_;
  std::vector<core::Version> held_;  ///< by alert; 0: none
};

}  // namespace gjallar::testing
