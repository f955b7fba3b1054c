#pragma once

#include <chrono>
#include <optional>

#include "broker/core/clock.h"
#include "gjallar/v1/alert.pb.h"

namespace gjallar::domain {

/// How long an alert lives if its sender doesn't say, by kind and level. A warning about a batch holds about
/// as long as the batch is sold; an urgent one is soon overtaken by what is learned: better issued anew than
/// left standing. What is new stays so for longer, a cluster is over sooner.
///
/// | kind | urgent | warning | information |
/// |---|---|---|---|
/// | seizure, adulteration, high potency, general | 14 d | 30 d | 90 d |
/// | new substance, use pattern | 30 d | 90 d | 180 d |
/// | overdose cluster | 7 d | 14 d | 30 d |
/// | supply shortage | 30 d | 60 d | 90 d |
[[nodiscard]] std::chrono::hours default_life(gjallar::v1::AlertKind kind,
                                              gjallar::v1::GradeLevel level) noexcept;
/// When an alert issued at `now` expires if its sender doesn't say: the default life of its kind and level,
/// or when its shortage is expected to end.
[[nodiscard]] core::WallTime default_expiry(const gjallar::v1::AlertContent& content,
                                            gjallar::v1::GradeLevel level, core::WallTime now);

/// When the sender's service is asked whether to extend the alert: kExpiryQuestionLead before its expiry, or
/// the last quarter of its life if that is shorter. Empty if it isn't to be asked: the alert has ended, has
/// no expiry, or was asked about this one.
[[nodiscard]] std::optional<core::WallTime> expiry_question_at(const gjallar::v1::Alert& alert);

}  // namespace gjallar::domain
