// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/unbound_conf.h"

namespace tollgate::source {

void ReadUnboundConf(std::string_view text, Feed& feed) {
  feed.Reject(1, "a syntax that is not read yet", text);
}

}  // namespace tollgate::source
