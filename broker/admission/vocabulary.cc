#include "broker/admission/vocabulary.h"

#include <array>
#include <iterator>

namespace gjallar::admission {
namespace {

struct Entry {
  std::u32string_view word;
  std::uint16_t kinds;
};

constexpr Entry kVocabulary[] = {
#include "broker/admission/vocabulary.inc"
};

constexpr std::size_t kSlots = 2048;
static_assert(std::size(kVocabulary) * 2 < kSlots);

/// FNV-1a.
constexpr std::size_t slot_of(std::u32string_view word) noexcept {
  std::uint32_t hash = 2'166'136'261U;
  for (const char32_t c : word)
    hash = (hash ^ static_cast<std::uint32_t>(c)) * 16'777'619U;
  return (hash ^ (hash >> 15)) % kSlots;
}

/// Ends and length of a word: most words differ from all of the vocabulary in them already.
constexpr std::size_t kShapes = 8192;
constexpr std::size_t shape_of(std::u32string_view word) noexcept {
  const std::size_t second = word.size() > 1 ? word[1] : 0;
  return (word.front() * 89U + second * 1031U + word.back() * 13U + word.size() * 4099U) % kShapes;
}

/// The vocabulary by hash: open addressing, made by the compiler.
class Table {
 public:
  constexpr Table() {
    for (const Entry& entry : kVocabulary) {
      shapes_[shape_of(entry.word)] = true;
      std::size_t slot = slot_of(entry.word);
      while (slots_[slot].entry != nullptr && slots_[slot].entry->word != entry.word)
        slot = (slot + 1) % kSlots;
      slots_[slot] = {&entry, static_cast<std::uint16_t>(slots_[slot].kinds | entry.kinds)};
    }
  }

  [[nodiscard]] std::uint16_t find(std::u32string_view word) const noexcept {
    if (!shapes_[shape_of(word)]) return kNoKind;
    for (std::size_t slot = slot_of(word); slots_[slot].entry != nullptr; slot = (slot + 1) % kSlots) {
      if (slots_[slot].entry->word == word) return slots_[slot].kinds;
    }
    return kNoKind;
  }

 private:
  struct Slot {
    const Entry* entry = nullptr;
    std::uint16_t kinds = 0;
  };
  std::array<Slot, kSlots> slots_{};
  std::array<bool, kShapes> shapes_{};
};

constexpr Table kVocabularyTable;

}  // namespace

std::uint16_t kinds_of(std::u32string_view word) noexcept {
  return word.size() > kWordLengthMax ? std::uint16_t{kNoKind} : kVocabularyTable.find(word);
}

}  // namespace gjallar::admission
