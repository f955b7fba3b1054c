// A plain main() for fuzz targets in builds without libFuzzer: feeds every file given, and every file of a
// folder given, to the target once. So a fuzz target is built and run by every `tools/dev test`.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

bool feed(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::fprintf(stderr, "%s: can't be read\n", path.c_str());
    return false;
  }
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  bool readable = true;
  std::size_t inputs = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::filesystem::is_directory(argv[i])) {
      for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
        if (entry.is_regular_file()) {
          readable = feed(entry.path()) && readable;
          ++inputs;
        }
      }
    } else {
      readable = feed(argv[i]) && readable;
      ++inputs;
    }
  }
  std::printf("%zu inputs replayed\n", inputs);
  return readable && inputs > 0 ? 0 : 1;
}
