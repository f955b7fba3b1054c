#include "bench/support/readers.h"

namespace gjallar::bench {

void Readers::connect(int port, int count, const Greeting& greeting, const std::string& until) {
  std::vector<std::string> words{"connect", std::to_string(port), std::to_string(count), until};
  for (int i = 0; i < count; ++i)
    words.push_back(greeting(count_ + i));
  helper_.ask(words);
  count_ += count;
}

void Readers::arm(const std::string& mark) {
  helper_.ask({"arm", mark});
}

std::vector<Receipt> Readers::receipts() {
  helper_.expect_done();
  return helper_.items<Receipt>();
}

}  // namespace gjallar::bench
