#include "bench/support/tls_crowd.h"

namespace gjallar::bench {

std::vector<std::string> TlsCrowd::greetings(const Readers::Greeting& greeting) const {
  std::vector<std::string> all;
  for (int i = 0; i < count_; ++i)
    all.push_back(greeting(i));
  return all;
}

void TlsCrowd::connect(int port, int count, int block, const Readers::Greeting& greeting,
                       const Answers& answers) {
  count_ = count;
  std::vector<std::string> words{
      "connect",          std::to_string(port), std::to_string(count), std::to_string(block),
      answers.subscribed, answers.begins,       answers.before_tls};
  for (std::string& one : greetings(greeting))
    words.push_back(std::move(one));
  helper_.ask(words);
}

std::vector<Return> TlsCrowd::come_back(const Readers::Greeting& greeting, bool tickets, int seconds_max) {
  std::vector<std::string> words{"back", tickets ? "1" : "0", std::to_string(seconds_max)};
  for (std::string& one : greetings(greeting))
    words.push_back(std::move(one));
  helper_.ask(words);
  return helper_.items<Return>();
}

std::vector<Sighting> TlsCrowd::sightings(int last) {
  helper_.ask({"sightings", std::to_string(last)});
  return helper_.items<Sighting>();
}

}  // namespace gjallar::bench
