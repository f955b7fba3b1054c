#pragma once

#include "broker/core/utf8.h"

namespace gjallar::admission {

using core::decode_utf8;
using core::next_point;

}  // namespace gjallar::admission
