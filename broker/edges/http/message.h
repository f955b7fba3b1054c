#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gjallar::edges::http {

/// What a route tells apart. HEAD counts as GET; the connection leaves the body out.
enum class Method { kGet, kPost, kOther };

/// A request as the routes see it: whole, decoded from the wire, with the headers that mean something here.
struct Request {
  Method method = Method::kOther;
  std::string target;  ///< origin form: "/v1/alerts?area=SE-01"
  std::string authorization;
  std::string idempotency_key;
  std::string if_match;
  std::string if_none_match;
  std::string accept;
  std::string last_event_id;
  std::string body;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

/// A whole answer.
struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  Headers headers;
  std::string body;
};

/// Takes the answer; called exactly once, on any thread.
using Respond = std::function<void(Response)>;

}  // namespace gjallar::edges::http
