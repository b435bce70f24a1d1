// SPDX-License-Identifier: BSD-3-Clause
//
// One file from a web server. The only file that speaks to libcurl.

#ifndef TOLLGATE_RULESET_UPDATE_WEB_H_
#define TOLLGATE_RULESET_UPDATE_WEB_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace tollgate::update {

struct WebRequest {
  std::string url;
  std::string etag;           // of the copy that there is, as the server gave it; may be empty
  std::string last_modified;  // the same
  uint64_t max_size = 0;      // octets, as sent and once its Content-Encoding is undone
  uint32_t timeout = 0;       // seconds, for all of it
  std::string proxy;          // in place of what the environment says
  std::string ca_file;        // in place of the system's certificates
};

struct WebReply {
  bool not_modified = false;  // the copy is what the server has; then there is no body
  std::string body;
  std::string etag;
  std::string last_modified;
  std::string content_type;
};

// Asks once. Certificates are verified; HTTPS is never left for HTTP on the way. Of the errors,
// Unavailable is what may be better in a second (no connection, a timeout, HTTP 429 and 5xx, a
// reply that was cut off); the others will not be. Any number of threads.
absl::StatusOr<WebReply> FetchFromWeb(const WebRequest& request);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_WEB_H_
