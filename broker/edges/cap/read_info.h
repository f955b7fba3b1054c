#pragma once

#include <vector>

#include "broker/edges/cap/block.h"
#include "broker/edges/cap/extensions.h"
#include "broker/edges/cap/reader.h"

namespace gjallar::edges::cap {

/// Reads the info blocks into the content: one text a language. Grade, times and Gjallar's own parameters
/// must be the same in all of them.
[[nodiscard]] core::Result<void> read_infos(const std::vector<Element>& infos, Incoming& out);

/// An eventCode, a parameter or a geocode.
struct Pair {
  std::string name;
  std::string value;
  Place place;
};
[[nodiscard]] core::Result<Pair> read_pair(const Element& element);
/// A resource: an attachment if it names its file by SHA-256, else kept as it is. `kept`: its extensions that
/// came as parameters.
[[nodiscard]] core::Result<void> read_resource(const Element& element, std::string_view mark, int info_index,
                                               const std::vector<ReadExtension>& kept, Incoming& out);
/// An area as sent; `kept` likewise.
[[nodiscard]] core::Result<void> read_area(const Element& element, int info_index,
                                           const std::vector<ReadExtension>& kept, Incoming& out);
/// The audience of the areas' known geocodes, unless a parameter told it. MISSING_FIELD if nothing does,
/// UNKNOWN_AREA with line and element.
[[nodiscard]] core::Result<void> take_areas(const std::vector<Element>& infos, Incoming& out);

}  // namespace gjallar::edges::cap
