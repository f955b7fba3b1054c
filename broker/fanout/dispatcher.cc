#include "broker/fanout/dispatcher.h"

#include <algorithm>

#include "broker/core/fault.h"

namespace gjallar::fanout {
namespace {

void change(std::vector<SessionState*>& sessions, SessionState* session, bool add) {
  if (add) {
    sessions.push_back(session);
    return;
  }
  const auto found = std::find(sessions.begin(), sessions.end(), session);
  if (found == sessions.end()) return;
  *found = sessions.back();
  sessions.pop_back();
}

}  // namespace

Dispatcher::Dispatcher(std::size_t ring_frames_max, std::size_t ring_bytes_max, core::Seq head)
    : ring_(ring_frames_max, ring_bytes_max) {
  ring_.reset(head);
}

void Dispatcher::add(SessionState& session) {
  session.set_place(sessions_.size());
  sessions_.push_back(&session);
  if (core::faulty(core::Fault::kRegisteredLate)) {
    late_.push_back(&session);
    return;
  }
  index(session, true);
}

void Dispatcher::remove(SessionState& session) {
  if (const std::size_t place = session.place(); place < sessions_.size() && sessions_[place] == &session) {
    sessions_[place] = sessions_.back();
    sessions_[place]->set_place(place);
    sessions_.pop_back();
  }
  change(late_, &session, false);
  index(session, false);
}

void Dispatcher::index(SessionState& session, bool add) {
  const Interest& interest = session.interest();
  if (interest.filter) {
    const std::pair key(interest.filter->area, interest.filter->role);
    std::vector<SessionState*>& sessions = by_filter_[key];
    change(sessions, &session, add);
    if (sessions.empty()) by_filter_.erase(key);
  } else if (interest.service) {
    if (by_service_.size() <= *interest.service) by_service_.resize(*interest.service + 1);
    change(by_service_[*interest.service], &session, add);
  }
}

void Dispatcher::take(const std::vector<const SharedEvent*>& events, core::Seq head) {
  for (std::size_t begin = 0; begin < events.size();) {
    if ((*events[begin])->seq <= ring_.last_seq()) {
      ++begin;
      continue;
    }
    if ((*events[begin])->seq != ring_.last_seq() + 1) restart((*events[begin])->seq - 1);
    std::size_t end = begin;
    while (end < events.size() && (*events[end])->seq == ring_.last_seq() + 1)
      ring_.push(*events[end++]);
    if (end - begin == 1) {
      dispatch(*events[begin]);
    } else {
      dispatch(events.data() + begin, end - begin);
    }
    begin = end;
  }
  for (SessionState* const session : late_)
    index(*session, true);
  late_.clear();
  if (ring_.last_seq() < head) restart(head);
}

void Dispatcher::restart(core::Seq seq) {
  if (!core::faulty(core::Fault::kDetachForgotten)) {
    for (SessionState* const session : sessions_)
      session->detach();
  }
  ring_.reset(seq);
  for (SessionState* const session : sessions_)
    session->go_on();
}

template <typename Tell>
void Dispatcher::for_each_concerned(const EncodedEvent& event, const Tell& tell) {
  event.targets.for_each([&](core::ServiceNumber service) {
    if (service >= by_service_.size()) return;
    for (SessionState* const session : by_service_[service])
      tell(*session);
  });
  for (const auto& entry : by_filter_) {
    if (!domain::concerns(event.reach, domain::ViewFilter{entry.first.first, entry.first.second})) continue;
    for (SessionState* const session : entry.second) {
      const Interest& interest = session->interest();
      if (!interest.service || event.targets.contains(*interest.service)) tell(*session);
    }
  }
}

void Dispatcher::dispatch(const SharedEvent& event) {
  for_each_concerned(*event, [&event](SessionState& session) { session.on_event(event); });
}

void Dispatcher::dispatch(const SharedEvent* const* events, std::size_t count) {
  awake_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    const SharedEvent& event = *events[i];
    for_each_concerned(*event, [this, &event](SessionState& session) {
      if (session.wake(event)) awake_.push_back(&session);
    });
  }
  for (SessionState* const session : awake_) {
    session->go_on();
    if (session->live()) continue;
    // It takes no more: what is urgent among the rest still goes ahead.
    for (std::size_t i = 0; i < count; ++i) {
      if ((*events[i])->urgent && concerns(**events[i], session->interest())) session->on_event(*events[i]);
    }
  }
}

}  // namespace gjallar::fanout
