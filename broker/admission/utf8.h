#pragma once

#include "broker/core/utf8.h"

namespace gjallar::admission {

using core::decode_utf8;

}  // namespace gjallar::admission
