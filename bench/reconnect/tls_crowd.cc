#include "bench/reconnect/tls_crowd.h"

#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace gjallar::bench {
namespace {

template <typename Item>
std::vector<Item> items_of(const std::string& bytes) {
  std::vector<Item> items(bytes.size() / sizeof(Item));
  if (!items.empty()) std::memcpy(items.data(), bytes.data(), items.size() * sizeof(Item));
  return items;
}

}  // namespace

TlsCrowd::TlsCrowd(const std::filesystem::path& folder)
    : child_({this_program(), "--crowd", std::to_string(open_helper_pair(sockets_))}, folder / "crowd.out"),
      pipe_(sockets_[0]) {
  ::close(sockets_[1]);
}

TlsCrowd::~TlsCrowd() {
  ::close(sockets_[0]);
}

void TlsCrowd::ask(const std::vector<std::string>& words) {
  for (const std::string& word : words)
    pipe_.send(word);
  if (const std::string error = pipe_.receive(); !error.empty()) throw std::runtime_error(error);
}

std::vector<std::string> TlsCrowd::greetings(const Readers::Greeting& greeting) const {
  std::vector<std::string> all;
  for (int i = 0; i < count_; ++i)
    all.push_back(greeting(i));
  return all;
}

void TlsCrowd::connect(int port, int count, int block, const Readers::Greeting& greeting,
                       const std::string& until) {
  count_ = count;
  std::vector<std::string> words{"connect", std::to_string(port), std::to_string(count),
                                 std::to_string(block), until};
  for (std::string& one : greetings(greeting))
    words.push_back(std::move(one));
  ask(words);
}

std::vector<Return> TlsCrowd::come_back(const Readers::Greeting& greeting, bool tickets) {
  std::vector<std::string> words{"back", tickets ? "1" : "0"};
  for (std::string& one : greetings(greeting))
    words.push_back(std::move(one));
  ask(words);
  return items_of<Return>(pipe_.receive());
}

std::vector<Sighting> TlsCrowd::sightings(int last) {
  ask({"sightings", std::to_string(last)});
  return items_of<Sighting>(pipe_.receive());
}

}  // namespace gjallar::bench
