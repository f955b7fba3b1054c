#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "broker/admission/admission.h"
#include "broker/core/clock.h"
#include "broker/log/event_log.h"

namespace gjallar::operations {

/// Lets alerts expire: runs the expirer when the next alert's time is over, and looks at least once a second.
/// On the context's thread; all must outlive it, and the context must have stopped before it is destroyed.
class ExpiryTimer {
 public:
  ExpiryTimer(boost::asio::io_context& context, admission::Expirer& expirer, const log::EventLog& log,
              const core::Clock& clock);
  /// Any thread.
  void start();

 private:
  void run();

  boost::asio::steady_timer timer_;
  admission::Expirer& expirer_;
  const log::EventLog& log_;
  const core::Clock& clock_;
};

}  // namespace gjallar::operations
