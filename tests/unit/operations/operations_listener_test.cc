#include "broker/operations/operations_listener.h"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "broker/operations/health.h"
#include "broker/operations/metrics.h"

namespace gjallar::operations {
namespace {

/// Sends bytes on a connection of its own and reads until the listener closes it.
std::string ask(int port, const std::string& request) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::socket socket(context);
  socket.connect({boost::asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)});
  boost::asio::write(socket, boost::asio::buffer(request));
  std::string answer;
  boost::system::error_code ended;
  boost::asio::read(socket, boost::asio::dynamic_buffer(answer), ended);
  return answer;
}

std::string get(int port, const std::string& path) {
  return ask(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}

bool body_holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the operations listener answers paths and nothing but GET") {
  auto listener = OperationsListener::start({"127.0.0.1", 0, true}, [](std::string_view path) {
    return path == "/readyz" ? Answer{503, "text/plain", "starting\n"}
                             : Answer{404, "text/plain", "not found\n"};
  });
  REQUIRE(listener.has_value());
  const int port = (*listener)->port();
  CHECK(body_holds(get(port, "/readyz"), "503"));
  CHECK(body_holds(get(port, "/readyz?x=1"), "\r\n\r\nstarting\n"));
  CHECK(body_holds(get(port, "/nothing"), "404"));
  CHECK(body_holds(
      ask(port, "POST /readyz HTTP/1.1\r\nHost: l\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
      "405"));
}

TEST_CASE("a second listener on the same address says so") {
  auto first = OperationsListener::start({"127.0.0.1", 0, true}, [](std::string_view) { return Answer{}; });
  REQUIRE(first.has_value());
  const auto second = OperationsListener::start({"127.0.0.1", (*first)->port(), true},
                                                [](std::string_view) { return Answer{}; });
  REQUIRE(second.has_error());
  CHECK(second.error().field == "operations.address");
}

TEST_CASE("metrics say ready and the version while the rest isn't there yet") {
  Health health;
  const MetricSources sources{&health, nullptr, nullptr, nullptr, nullptr, {}};
  CHECK(body_holds(metrics_text(sources), "\ngjallar_ready 0\n"));
  health.set(Phase::kReady);
  CHECK(body_holds(metrics_text(sources), "\ngjallar_ready 1\n"));
  CHECK(body_holds(metrics_text(sources), "gjallar_build_info{version=\"0."));
}

}  // namespace gjallar::operations
