// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/warninglist.h"

namespace tollgate::source {

void ReadWarninglist(std::string_view text, Feed& feed) {
  feed.Reject(1, "a syntax that is not read yet", text);
}

}  // namespace tollgate::source
