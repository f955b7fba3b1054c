#include "broker/fanout/dispatcher.h"

#include <algorithm>

#include "broker/core/fault.h"

namespace gjallar::fanout {

Dispatcher::Dispatcher(std::size_t ring_frames_max, std::size_t ring_bytes_max, core::Seq head)
    : ring_(ring_frames_max, ring_bytes_max) {
  ring_.reset(head);
}

void Dispatcher::add(SessionState& session) {
  if (core::faulty(core::Fault::kRegisteredLate) &&
      std::find(late_.begin(), late_.end(), &session) == late_.end()) {
    late_.push_back(&session);
    return;
  }
  core::Owned<Listeners>* const kept = find(session);
  if (kept == nullptr) return;
  if (*kept) {
    session.join(*kept);
  } else {
    *kept = session.listeners();
  }
  std::vector<SessionState*>& sessions = session.listeners()->sessions;
  session.set_place(sessions.size());
  sessions.push_back(&session);
}

void Dispatcher::remove(SessionState& session) {
  late_.erase(std::remove(late_.begin(), late_.end(), &session), late_.end());
  const core::Owned<Listeners> listeners = session.listeners();
  std::vector<SessionState*>& sessions = listeners->sessions;
  const std::size_t place = session.place();
  if (place >= sessions.size() || sessions[place] != &session) return;
  sessions[place] = sessions.back();
  sessions[place]->set_place(place);
  sessions.pop_back();
  if (sessions.empty()) let_go(*listeners);
}

core::Owned<Listeners>* Dispatcher::find(const SessionState& session) {
  const Interest& interest = session.interest();
  if (interest.filter) {
    std::vector<core::Owned<Listeners>>& same_filter =
        by_filter_[std::pair(interest.filter->area, interest.filter->role)];
    const auto same = std::find_if(same_filter.begin(), same_filter.end(), [&](const auto& listeners) {
      return listeners->interest.service == interest.service;
    });
    if (same != same_filter.end()) return &*same;
    return &same_filter.emplace_back();
  }
  if (!interest.service) return nullptr;
  if (by_service_.size() <= *interest.service) by_service_.resize(*interest.service + 1);
  return &by_service_[*interest.service];
}

void Dispatcher::let_go(const Listeners& listeners) {
  const Interest& interest = listeners.interest;
  if (!interest.filter) {
    by_service_[*interest.service].reset();
    return;
  }
  const auto found = by_filter_.find(std::pair(interest.filter->area, interest.filter->role));
  std::vector<core::Owned<Listeners>>& same_filter = found->second;
  same_filter.erase(std::find(same_filter.begin(), same_filter.end(), &listeners));
  if (same_filter.empty()) by_filter_.erase(found);
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
    add(*session);
  late_.clear();
  if (ring_.last_seq() < head) restart(head);
}

void Dispatcher::restart(core::Seq seq) {
  if (!core::faulty(core::Fault::kDetachForgotten)) {
    for_each([](SessionState& session) { session.detach(); });
  }
  ring_.reset(seq);
  for_each([](SessionState& session) { session.go_on(); });
}

template <typename Tell>
void Dispatcher::for_each(const Tell& tell) {
  const auto tell_all = [&tell](const core::Owned<Listeners>& listeners) {
    if (!listeners) return;
    for (SessionState* const session : listeners->sessions)
      tell(*session);
  };
  std::for_each(by_service_.begin(), by_service_.end(), tell_all);
  for (const auto& entry : by_filter_)
    std::for_each(entry.second.begin(), entry.second.end(), tell_all);
  for (SessionState* const session : late_)
    tell(*session);
}

template <typename Tell>
void Dispatcher::for_each_concerned(const EncodedEvent& event, const Tell& tell) {
  event.targets.for_each([&](core::ServiceNumber service) {
    if (service >= by_service_.size() || !by_service_[service]) return;
    for (SessionState* const session : by_service_[service]->sessions)
      tell(*session);
  });
  for (const auto& entry : by_filter_) {
    if (!domain::concerns(event.reach, domain::ViewFilter{entry.first.first, entry.first.second})) continue;
    for (const core::Owned<Listeners>& listeners : entry.second) {
      const auto& service = listeners->interest.service;
      if (service && !event.targets.contains(*service)) continue;
      for (SessionState* const session : listeners->sessions)
        tell(*session);
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
