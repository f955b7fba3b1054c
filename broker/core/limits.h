#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every queue, buffer, request and wait has its maximum here, with its unit and the reason.
namespace gjallar::core::limits {

// --- requests ---
/// One command, encoded. An alert with three languages and all texts full is about 60 KiB.
inline constexpr std::size_t kCommandBytesMax = std::size_t{256} * 1024;
/// One HTTP request's header block.
inline constexpr std::size_t kHttpHeaderBytesMax = std::size_t{16} * 1024;
inline constexpr std::size_t kIdempotencyKeyLengthMax = 128;
inline constexpr std::size_t kClientIdLengthMax = 64;
inline constexpr std::size_t kServiceIdLengthMax = 64;

// --- content (counts, and lengths in Unicode code points) ---
inline constexpr int kTextBlocksMax = 8;
inline constexpr int kSubstancesMax = 32;
inline constexpr int kFindingsMax = 64;
inline constexpr int kQuantitiesMax = 16;
inline constexpr int kAudienceGroupsMax = 32;
inline constexpr int kAreasPerGroupMax = 400;
inline constexpr int kRolesPerGroupMax = 64;
inline constexpr int kNamedServicesMax = 512;
inline constexpr int kReferencesMax = 32;
inline constexpr int kAttachmentsMax = 16;
inline constexpr int kRoleInstructionsMax = 64;
inline constexpr std::size_t kHeadlineLengthMax = 160;
inline constexpr std::size_t kSmsLengthMax = 160;
inline constexpr std::size_t kSummaryLengthMax = 600;
inline constexpr std::size_t kDescriptionLengthMax = 8'000;
inline constexpr std::size_t kInstructionLengthMax = 4'000;
inline constexpr std::size_t kRoleInstructionLengthMax = 2'000;
inline constexpr std::size_t kReasonLengthMax = 600;
inline constexpr std::size_t kNameLengthMax = 120;
inline constexpr std::size_t kShortFieldLengthMax = 60;
/// An alert may not be set to live longer than this.
inline constexpr std::chrono::hours kAlertLifeMax{24 * 366};
/// So long before an alert expires its sender's service is asked whether to extend it; where its life is
/// short, in its last quarter.
inline constexpr std::chrono::hours kExpiryQuestionLead{24};
inline constexpr int kExpiryQuestionPartOfLife = 4;

// --- near-duplicates ---
/// Alerts about the same that are looked for, unless the deployment says otherwise: issued within so long.
inline constexpr std::chrono::hours kDuplicatesWithin{24 * 14};
/// How many of them are named: the newest.
inline constexpr std::size_t kPossibleDuplicatesMax = 8;
/// Ranges of the index, and rows of it, that one command may look at on the appender's thread.
inline constexpr std::size_t kDuplicateRangesMax = 128;
inline constexpr std::size_t kDuplicateRowsMax = 256;

// --- overdose counts ---
/// Counts of a county that one count is compared with, on the appender's thread: the newest. Ten weeks of a
/// county of 33 municipalities, counted three times a day, have 7,000.
inline constexpr std::size_t kOverdoseEntriesMax = 20'000;

// --- CAP ---
/// Elements of one message, and how deep they may lie. A message with 512 areas has about 4,000.
inline constexpr std::size_t kCapElementsMax = 8'192;
inline constexpr int kCapDepthMax = 24;
/// Messages of one alert that a CAP message names as superseded: the first, and the latest before it.
inline constexpr std::size_t kCapReferencesMax = 64;
/// Messages that an alert remembers to have come from: the first and the latest.
inline constexpr int kCapMessagesMax = 32;
/// Entries of one page of the CAP feed, and events that are looked at for it.
inline constexpr std::size_t kCapFeedEntries = 50;
inline constexpr std::size_t kCapFeedEventsMax = 20'000;

// --- log ---
/// Commands that wait for the appender; beyond it: overloaded.
inline constexpr std::size_t kAppendQueueMax = 4'096;
/// Commands decided in one group (one write batch, one sync). Deciding so many takes longer than a sync: more
/// would only have the first wait for the last, and take more memory.
inline constexpr std::size_t kAppendGroupMax = 64;
/// Advice to a caller who met a full queue.
inline constexpr std::chrono::milliseconds kOverloadedRetryAfter{250};
/// How long a publisher waits for its commit before the outcome is unknown.
inline constexpr std::chrono::milliseconds kAppendDeadline{10'000};
/// How long an idempotency key is remembered.
inline constexpr std::chrono::hours kIdempotencyRetention{24 * 400};
/// Records a bulk reader handles before it yields.
inline constexpr std::size_t kBulkSliceRecords = 512;

// --- directory ---
inline constexpr std::uint32_t kServicesMax = 100'000;

// --- fan-out ---
/// Frames a shard keeps for its sessions: count and bytes.
inline constexpr std::size_t kRingFramesMax = 4'096;
inline constexpr std::size_t kRingBytesMax = std::size_t{32} * 1024 * 1024;
/// Frames handed to a session's transport and not yet written out.
inline constexpr std::size_t kSessionInFlightMax = 64;
/// Overtaking frames a session may have in flight beyond that.
inline constexpr std::size_t kSessionOvertakingMax = 16;
/// Events in one slice of a session's catch-up.
inline constexpr std::size_t kCatchUpSliceEvents = 256;
/// Seqs in a heartbeat that lately concerned the session.
inline constexpr std::size_t kRecentSeqs = 10;
inline constexpr std::chrono::seconds kHeartbeatInterval{15};
/// Sessions one principal may have open.
inline constexpr std::size_t kSessionsPerPrincipalMax = 2'000;
/// A session that makes no progress for this long is closed as slow.
inline constexpr std::chrono::seconds kSlowReaderTimeout{60};
/// Bytes of one message from a subscriber.
inline constexpr std::size_t kSubscriberMessageBytesMax = std::size_t{64} * 1024;

// --- edges ---
/// Items of a feed that may wait for their answers.
inline constexpr std::size_t kFeedPipelineMax = 256;
/// Items of all feeds that may, and how many a feed has in any case: what a person sends waits behind few of
/// them.
inline constexpr std::size_t kFeedItemsMax = 512;
inline constexpr std::size_t kFeedItemsMin = 4;
/// Reads that wait for an edge's bulk reader; beyond it: overloaded.
inline constexpr std::size_t kBulkReadQueueMax = 256;
/// Connections of the HTTP edge; a process here may have 20,000 files open.
inline constexpr std::size_t kHttpConnectionsMax = 16'384;
/// TLS handshakes that the HTTP edge begins in a second, and at once after a silence: one costs about a
/// millisecond of processor time, and everybody comes back at once after a restart.
inline constexpr double kHandshakesPerSecond = 400;
inline constexpr double kHandshakesAtOnce = 400;
/// A session's close may take this long before its socket is cut.
inline constexpr std::chrono::seconds kSessionCloseTimeout{5};
/// Bytes a session's socket takes before they are on the wire: what an overtaking event can't overtake.
inline constexpr int kSocketUnsentBytesMax = 16 * 1024;
/// A peer that acknowledges nothing, or answers no ping, for this long is given up: a dead one is noticed
/// within 60 s, since there is a heartbeat every 15.
inline constexpr std::chrono::seconds kPeerSilenceMax{40};
/// Bytes of a session's socket that are read at once, into a buffer that all sessions of a shard share.
inline constexpr std::size_t kSessionReadBytes = std::size_t{32} * 1024;
inline constexpr std::chrono::seconds kHandshakeTimeout{10};
inline constexpr std::chrono::seconds kHttpIdleTimeout{55};
inline constexpr std::uint32_t kPageSizeMax = 1'000;
inline constexpr std::uint32_t kPageSizeDefault = 200;

// --- receipts ---
/// Receipts that wait for their thread; beyond it the oldest sender repeats them.
inline constexpr std::size_t kReceiptQueueMax = 65'536;
/// Receipts are synced at least this often.
inline constexpr std::chrono::milliseconds kReceiptSyncInterval{100};
/// What who confirms an alert may send along, in characters.
inline constexpr std::size_t kPseudonymLengthMax = 64;
inline constexpr std::size_t kNoteLengthMax = 200;
/// Least time between two answers of one watch of a ledger: bounds, and if none is asked for.
inline constexpr std::chrono::milliseconds kWatchIntervalMin{100};
inline constexpr std::chrono::milliseconds kWatchIntervalMax{60'000};
inline constexpr std::chrono::milliseconds kWatchIntervalDefault{500};
/// After a failed write the receipts' store tries again this often.
inline constexpr std::chrono::milliseconds kReceiptRetryInterval{1'000};

// --- stopping ---
inline constexpr std::chrono::seconds kDrainTime{5};

// --- coming back ---
/// Urgent events that a session is sent before its catch-up: of the newest alerts.
inline constexpr std::size_t kUrgentFirstMax = 64;
/// Alerts with urgent events that are looked at for them.
inline constexpr std::size_t kUrgentFirstAlertsMax = 1'024;
/// Connections (HTTP) and sessions (gRPC) of one remote address, unless the deployment says otherwise.
inline constexpr std::size_t kConnectionsPerAddress = 4'096;
/// Connections beyond that which are told so at once; further ones are closed without a word.
inline constexpr std::size_t kRefusalsAtOnce = 64;
/// A connection that is refused is read from for so long, and so much, that it sees the answer.
inline constexpr std::chrono::seconds kRefusalTime{2};
inline constexpr std::size_t kRefusalBytesMax = std::size_t{64} * 1024;
/// How long a broker may be told to wait for its data folder.
inline constexpr std::chrono::hours kLockWaitMax{24 * 7};

}  // namespace gjallar::core::limits
