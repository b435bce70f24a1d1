// SPDX-License-Identifier: BSD-3-Clause
//
// The files that feeds come in, compressed or not.

#ifndef TOLLGATE_RULESET_SOURCE_FEED_FILE_H_
#define TOLLGATE_RULESET_SOURCE_FEED_FILE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tollgate::source {

// The text of the file at `path`, unpacked where its first octets say that it is compressed with
// gzip (RFC 1952), xz, zstd (RFC 8878) or bzip2, whatever its name. The error says why it cannot be
// had: unreadable, damaged, cut off, an archive of several files, more than `limit` octets once
// unpacked.
absl::StatusOr<std::string> ReadFeedFile(const std::string& path, size_t limit);

// The same for the contents of a file.
absl::StatusOr<std::string> Unpacked(std::string contents, size_t limit);

// `file` without an ending that says how it is compressed: "feed.txt" of "feed.txt.gz".
std::string_view WithoutCompression(std::string_view file);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_FEED_FILE_H_
