#include "broker/operations/expiry_timer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "broker/projections/alerts.h"

namespace gjallar::operations {
namespace {

/// A wall clock that is set, or a command that met a full queue, is noticed after this at the latest.
constexpr core::Micros kWaitMax = std::chrono::seconds(1);
/// What was submitted takes a moment to be committed: don't look again before.
constexpr core::Micros kWaitMin = std::chrono::milliseconds(20);

}  // namespace

ExpiryTimer::ExpiryTimer(boost::asio::io_context& context, admission::Expirer& expirer,
                         const log::EventLog& log, const core::Clock& clock)
    : timer_(context), expirer_(expirer), log_(log), clock_(clock) {}

void ExpiryTimer::start() {
  boost::asio::post(timer_.get_executor(), [this] { run(); });
}

void ExpiryTimer::run() {
  expirer_.run_once();
  core::Micros wait = kWaitMax;
  const auto snapshot = log_.snapshot();
  for (const auto& next :
       {projections::next_expiry(snapshot->rows()), projections::next_question(snapshot->rows())}) {
    if (!next) {
      spdlog::warn("expiry: {}", core::to_text(next.error()));
    } else if (*next) {
      wait = std::min(wait, std::clamp<core::Micros>(**next - clock_.wall(), kWaitMin, kWaitMax));
    }
  }
  timer_.expires_after(wait);
  timer_.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) run();
  });
}

}  // namespace gjallar::operations
