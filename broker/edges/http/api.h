#pragma once

#include "broker/domain/principal.h"
#include "broker/edges/bulk_reader.h"
#include "broker/edges/http/message.h"
#include "broker/edges/http/router.h"
#include "broker/edges/parts.h"
#include "broker/receipts/report_times.h"

namespace gjallar::edges::http {

/// Answers every route that ends with one answer: health, commands, views. Knows no sockets. Any thread;
/// never blocks: what may wait for the disk runs on the reader, commands on the appender.
class Api {
 public:
  /// Both must outlive it.
  Api(const Parts& parts, BulkReader& reader) : parts_(parts), reader_(reader) {}

  /// kHealth and kReady: one word.
  void answer_anonymous(const Route& route, bool draining, Respond respond) const;
  /// All others but kEvents and kStream.
  void answer(const domain::Principal& principal, Route route, Request request, Respond respond) const;

 private:
  void command(const domain::Principal& principal, Route route, const Request& request,
               Respond respond) const;
  void confirm(const domain::Principal& principal, const Route& route, const Request& request,
               Respond respond) const;
  void activity(const domain::Principal& principal, const Route& route, Respond respond) const;
  /// Runs a job on the reader, or answers that it can't.
  void read(std::function<void()> job, const Respond& respond) const;

  const Parts& parts_;
  BulkReader& reader_;
  mutable receipts::ReportTimes reports_;
};

}  // namespace gjallar::edges::http
