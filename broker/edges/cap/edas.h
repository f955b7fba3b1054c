#pragma once

#include <string>

#include "gjallar/v1/edas.pb.h"
#include "gjallar/v1/view_service.pb.h"

/// The notification of the European drug alert system. Pure.
namespace gjallar::edges::cap {

/// What an alert says to items (a) to (j) of Article 13(2) of Regulation (EU) 2023/1322, in order, and by
/// name what it doesn't say.
[[nodiscard]] gjallar::v1::EdasNotification edas_of(const gjallar::v1::GetAlertResponse& found);
/// The same as an HTML page to print: no scripts, nothing loaded from elsewhere.
[[nodiscard]] std::string edas_page(const gjallar::v1::EdasNotification& notification);

}  // namespace gjallar::edges::cap
