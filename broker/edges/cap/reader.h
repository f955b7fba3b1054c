#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/core/result.h"
#include "broker/edges/cap/names.h"
#include "broker/edges/cap/xml.h"
#include "gjallar/v1/event.pb.h"

/// From a CAP 1.2 document to what it says. Pure; form only: admission checks the content.
namespace gjallar::edges::cap {

/// What names a message: sender, identifier, sent.
struct Triple {
  std::string sender;
  std::string identifier;
  google::protobuf::Timestamp sent;
  /// "sender,identifier,sent", the time as Gjallar writes it.
  [[nodiscard]] std::string text() const;
};
/// Whether a stored "sender,identifier,sent" names the same message.
[[nodiscard]] bool names_same(const Triple& triple, std::string_view stored);

/// A message as it was read.
struct Incoming {
  Triple self;
  MessageType type = MessageType::kAlert;
  std::vector<Triple> references;
  std::string note;
  /// What it says; `cap` holds what else was said, and nothing that Gjallar would write anyway.
  gjallar::v1::AlertContent content;
  /// What became of its signature; nothing if it has none. Set by the inbox.
  std::optional<gjallar::v1::CapSignature> signature;
  /// True if it has info blocks.
  bool says_something = false;
  /// True if a Gjallar broker wrote it: its content is whole.
  bool from_gjallar = false;
  /// Names of fields of the content that its own parameters told.
  std::set<std::string> told;
  // --- of messages from Gjallar ---
  gjallar::v1::EventType event = gjallar::v1::EVENT_TYPE_UNSPECIFIED;
  std::optional<gjallar::v1::Grade> assessed_grade;
  std::optional<gjallar::v1::Observation> observation;
  gjallar::v1::ReportOutcome report_outcome = gjallar::v1::REPORT_OUTCOME_UNSPECIFIED;
  std::string superseded_by;
  /// Where the fields of the content stand in the document, by their path ("texts[0].headline"); also "note",
  /// "references", "status".
  std::map<std::string, Place> places;
};

/// Errors name line and element and repeat nothing of the text.
[[nodiscard]] core::Result<Incoming> read_message(const xmlDoc& document);

/// An error about a command as one about the document it came from.
[[nodiscard]] core::Error in_document(const Incoming& message, core::Error error);

}  // namespace gjallar::edges::cap
