#include "broker/edges/websocket/framing.h"

#include <catch2/catch.hpp>
#include <vector>

#include "broker/edges/websocket/handshake.h"

namespace websocket = gjallar::edges::websocket;
using websocket::ClientFrame;
using websocket::FrameReader;
using websocket::Opcode;

namespace {

constexpr std::size_t kMost = 70'000;

/// A frame as a client sends it, by RFC 6455 alone.
std::string client_frame(int first, const std::string& payload, bool masked = true, int length_form = 0) {
  const std::size_t size = payload.size();
  std::string out{static_cast<char>(first)};
  const int mask_bit = masked ? 0x80 : 0;
  const int form = length_form != 0 ? length_form : size < 126 ? 1 : size < 65'536 ? 2 : 8;
  if (form == 1) {
    out.push_back(static_cast<char>(mask_bit | static_cast<int>(size)));
  } else {
    out.push_back(static_cast<char>(mask_bit | (form == 2 ? 126 : 127)));
    for (int shift = 8 * (form - 1); shift >= 0; shift -= 8)
      out.push_back(static_cast<char>(static_cast<unsigned long long>(size) >> shift));
  }
  const std::string key = "\x12\x80\xFF\x07";
  if (masked) out += key;
  for (std::size_t i = 0; i < size; ++i)
    out.push_back(static_cast<char>(masked ? payload[i] ^ key[i % 4] : payload[i]));
  return out;
}

constexpr int kText = 0x81;
constexpr int kTextBegins = 0x01;
constexpr int kGoesOn = 0x00;
constexpr int kEnds = 0x80;
constexpr int kPing = 0x89;
constexpr int kClose = 0x88;

std::optional<std::uint16_t> code_for(const std::string& bytes) {
  FrameReader reader(kMost);
  std::vector<ClientFrame> frames;
  return reader.take(bytes, frames);
}

}  // namespace

TEST_CASE("messages come whole, however their bytes are cut") {
  const std::string large(66'000, 'x');
  const std::string bytes =
      client_frame(kText, "r\xc3\xa5tt") + client_frame(kText, "") + client_frame(kTextBegins, "one ") +
      client_frame(kPing, "are you there") + client_frame(kGoesOn, "") + client_frame(kEnds, "message") +
      client_frame(kText, std::string(126, 'y')) + client_frame(kText, large) + client_frame(0x8A, "pong") +
      client_frame(kClose, std::string("\x03\xE8") + "bye") +
      client_frame(kText, "nothing is read after a close");
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{4096}, bytes.size()}) {
    INFO(step);
    FrameReader reader(kMost);
    std::vector<ClientFrame> frames;
    for (std::size_t at = 0; at < bytes.size(); at += step)
      REQUIRE_FALSE(reader.take(std::string_view(bytes).substr(at, step), frames).has_value());
    REQUIRE(frames.size() == 8);
    CHECK(frames[0].payload == "r\xc3\xa5tt");
    CHECK(frames[1].payload.empty());
    CHECK(frames[2].opcode == Opcode::kPing);
    CHECK(frames[2].payload == "are you there");
    CHECK(frames[3].opcode == Opcode::kText);
    CHECK(frames[3].payload == "one message");
    CHECK(frames[4].payload.size() == 126);
    CHECK(frames[5].payload == large);
    CHECK(frames[6].opcode == Opcode::kPong);
    CHECK(frames[7].opcode == Opcode::kClose);
    CHECK(frames[7].close_code == 1000);
    CHECK(frames[7].payload == "bye");
  }
}

TEST_CASE("a close frame without a code is told from one with it") {
  FrameReader reader(kMost);
  std::vector<ClientFrame> frames;
  CHECK_FALSE(reader.take(client_frame(kClose, ""), frames).has_value());
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].close_code == websocket::kCloseNoStatus);
}

TEST_CASE("what breaks RFC 6455 is answered with its code") {
  // 5.1: a client masks.
  CHECK(code_for(client_frame(kText, "hello", false)) == 1002);
  // 5.2: reserved bits, opcodes that nobody has defined, lengths longer than they need be.
  CHECK(code_for(client_frame(kText | 0x40, "hello")) == 1002);
  for (const int opcode : {3, 7, 0xB, 0xF})
    CHECK(code_for(client_frame(0x80 | opcode, "")) == 1002);
  CHECK(code_for(client_frame(kText, "hello", true, 2)) == 1002);
  CHECK(code_for(client_frame(kText, std::string(200, 'x'), true, 8)) == 1002);
  CHECK(code_for(std::string("\x81\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10) + "mask") == 1002);
  // 5.4: fragments.
  CHECK(code_for(client_frame(kEnds, "goes on with nothing")) == 1002);
  CHECK(code_for(client_frame(kTextBegins, "a") + client_frame(kText, "b")) == 1002);
  // 5.5: control frames.
  CHECK(code_for(client_frame(0x09, "in pieces")) == 1002);
  CHECK(code_for(client_frame(kPing, std::string(126, 'x'))) == 1002);
  // 5.5.1, 7.4: close codes.
  CHECK(code_for(client_frame(kClose, "x")) == 1002);
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 2999, 5000}) {
    INFO(code);
    CHECK(code_for(client_frame(kClose, {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)})) ==
          1002);
  }
  CHECK(code_for(client_frame(kClose, std::string("\x03\xE8\xFF"))) == 1007);
  // 8.1: text is UTF-8, also when a character lies across fragments.
  CHECK(code_for(client_frame(kText, "\xc3")) == 1007);
  CHECK(code_for(client_frame(kText, "\xed\xa0\x80")) == 1007);
  CHECK_FALSE(code_for(client_frame(kTextBegins, "\xc3") + client_frame(kEnds, "\xa5")).has_value());
  // More than this server wants.
  CHECK(code_for(client_frame(kText, std::string(kMost + 1, 'x'))) == 1009);
  CHECK(code_for(client_frame(kTextBegins, std::string(kMost, 'x')) + client_frame(kEnds, "x")) == 1009);
}

TEST_CASE("a binary message is told from a text, and needn't be UTF-8") {
  FrameReader reader(kMost);
  std::vector<ClientFrame> frames;
  CHECK_FALSE(reader.take(client_frame(0x02, "\xff") + client_frame(kEnds, "\xfe"), frames).has_value());
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].opcode == Opcode::kBinary);
  CHECK(frames[0].payload == "\xff\xfe");
}

TEST_CASE("a size that was announced and not sent costs nothing") {
  FrameReader reader(kMost);
  std::vector<ClientFrame> frames;
  CHECK(reader.take(std::string("\x81\xFF\x00\x00\x00\x01\x00\x00\x00\x00", 10) + "mask", frames) == 1009);
}

TEST_CASE("the server's frames are as short as they can be") {
  const auto head = [](std::uint64_t size) {
    return std::string(websocket::FrameHead(Opcode::kText, size).view());
  };
  CHECK(head(0) == std::string("\x81\x00", 2));
  CHECK(head(125) == "\x81\x7D");
  CHECK(head(126) == std::string("\x81\x7E\x00\x7E", 4));
  CHECK(head(65'535) == "\x81\x7E\xFF\xFF");
  CHECK(head(65'536) == std::string("\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10));
  CHECK(websocket::close_frame(4000, "slow") == "\x88\x06\x0F\xA0slow");
  CHECK(websocket::control_frame(Opcode::kPong, std::string(200, 'x')).size() == 127);
}

TEST_CASE("the upgrade is answered as RFC 6455 has it, and refused by the header that is wrong") {
  const auto response = websocket::upgrade_response("dGhlIHNhbXBsZSBub25jZQ==", "13", "cloudevents.json");
  REQUIRE(response.has_value());
  CHECK(response->find("HTTP/1.1 101 ") == 0);
  CHECK(response->find("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
  CHECK(response->find("\r\nSec-WebSocket-Protocol: cloudevents.json\r\n\r\n") != std::string::npos);
  CHECK(websocket::upgrade_response("dGhlIHNhbXBsZSBub25jZQ==", "13", "")->find("Protocol:") ==
        std::string::npos);
  CHECK(websocket::upgrade_response("dGhlIHNhbXBsZSBub25jZQ==", "8", "").error().field ==
        "Sec-WebSocket-Version");
  for (const char* key :
       {"", "short", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZSB0aGF0", "!!!!!!!!!!!!!!!!!!!!!!=="}) {
    INFO(key);
    CHECK(websocket::upgrade_response(key, "13", "").error().field == "Sec-WebSocket-Key");
  }
}
