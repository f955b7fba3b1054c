#include "bench/grpc/stream_readers.h"

namespace gjallar::bench {

void StreamReaders::connect(int port, int count, const std::filesystem::path& ca,
                            const std::vector<std::string>& tokens) {
  std::vector<std::string> words{"connect", std::to_string(port), std::to_string(count), ca.string(),
                                 std::to_string(tokens.size())};
  words.insert(words.end(), tokens.begin(), tokens.end());
  helper_.ask(words);
}

void StreamReaders::arm(const std::string& mark) {
  helper_.ask({"arm", mark});
}

std::vector<Receipt> StreamReaders::receipts() {
  helper_.expect_done();
  return helper_.items<Receipt>();
}

}  // namespace gjallar::bench
