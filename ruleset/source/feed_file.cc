// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/feed_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace tollgate::source {
namespace {

using UniqueArchive = std::unique_ptr<archive, decltype(&archive_read_free)>;

constexpr size_t kBlock = size_t{1} << 17;

absl::Status Bad(absl::string_view reason) { return absl::InvalidArgumentError(reason); }

absl::Status TooLarge(size_t limit) {
  return Bad(absl::StrCat("larger than ", limit >> 20, " MiB"));
}

enum class Packing : uint8_t { kNone, kGzip, kOther, kArchive };

Packing PackingOf(std::string_view contents) {
  constexpr std::string_view kXzMagic(
      "\xfd"
      "7zXZ\0",
      6);
  constexpr size_t kTarMagic = 257;  // POSIX.1 ustar
  auto has = [&](std::string_view magic, size_t at = 0) {
    return contents.size() >= at && contents.substr(at).starts_with(magic);
  };
  if (has("\x1f\x8b")) return Packing::kGzip;
  if (has("\x28\xb5\x2f\xfd") || has(kXzMagic)) return Packing::kOther;
  // "BZh", the size of a block, and then pi: a text may well begin with "BZh".
  if (has("BZh") && has("\x31\x41\x59\x26\x53\x59", 4)) return Packing::kOther;
  if (has("PK\x03\x04") || has("7z\xbc\xaf\x27\x1c") || has("Rar!\x1a\x07") ||
      has("ustar", kTarMagic)) {
    return Packing::kArchive;
  }
  return Packing::kNone;
}

// Every member of a gzip file (RFC 1952 section 2.2). By zlib, which checks lengths and CRCs;
// libarchive does not.
absl::StatusOr<std::string> Gunzip(std::string_view packed, size_t limit) {
  z_stream stream{};
  constexpr int kGzipOnly = 16;
  if (inflateInit2(&stream, MAX_WBITS + kGzipOnly) != Z_OK) return Bad("no memory for zlib");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> cleanup(&stream, &inflateEnd);
  std::string text;
  std::string block(kBlock, '\0');
  int status = Z_OK;
  while (!packed.empty()) {
    const size_t offered = std::min<size_t>(packed.size(), std::numeric_limits<uInt>::max());
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(offered);
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return Bad(absl::StrCat("damaged gzip data",
                              stream.msg == nullptr ? "" : absl::StrCat(" (", stream.msg, ")")));
    }
    packed.remove_prefix(offered - stream.avail_in);
    text.append(block.data(), block.size() - stream.avail_out);
    if (text.size() > limit) return TooLarge(limit);
    if (status == Z_STREAM_END) {
      // Zeros behind the last member fill a tape's block.
      if (std::all_of(packed.begin(), packed.end(), [](char c) { return c == '\0'; })) return text;
      if (PackingOf(packed) != Packing::kGzip) return Bad("something else behind the gzip data");
      inflateReset(&stream);
    } else if (offered == stream.avail_in && stream.avail_out == block.size()) {
      break;
    }
  }
  // All is taken in, and there may still be output to come.
  while (status != Z_STREAM_END) {
    stream.avail_in = 0;
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    status = inflate(&stream, Z_NO_FLUSH);
    text.append(block.data(), block.size() - stream.avail_out);
    if (text.size() > limit) return TooLarge(limit);
    if (status != Z_OK && status != Z_STREAM_END) return Bad("gzip data that is cut off");
  }
  return text;
}

absl::StatusOr<std::string> UnpackByLibarchive(const std::string& packed, size_t limit) {
  const UniqueArchive reader(archive_read_new(), &archive_read_free);
  if (reader == nullptr) return Bad("no memory for libarchive");
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_read_support_format_empty(reader.get());
  auto fault = [&]() -> absl::Status {
    const char* reason = archive_error_string(reader.get());
    return Bad(absl::StrCat("damaged or cut off compressed data (",
                            reason == nullptr ? "no reason given" : reason, ")"));
  };
  archive_entry* entry = nullptr;
  if (archive_read_open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK) {
    return fault();
  }
  std::string text;
  const int header = archive_read_next_header(reader.get(), &entry);
  if (header == ARCHIVE_EOF) return text;
  if (header != ARCHIVE_OK) return fault();
  std::string block(kBlock, '\0');
  for (;;) {
    const la_ssize_t got = archive_read_data(reader.get(), block.data(), block.size());
    if (got < 0) return fault();
    if (got == 0) return text;
    text.append(block.data(), static_cast<size_t>(got));
    if (text.size() > limit) return TooLarge(limit);
  }
}

struct OpenFile {
  explicit OpenFile(const std::string& path)
      : descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (descriptor >= 0) close(descriptor);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const int descriptor;
};

absl::Status Errno() { return Bad(std::strerror(errno)); }

}  // namespace

absl::StatusOr<std::string> Unpacked(std::string contents, size_t limit) {
  constexpr absl::string_view kArchive =
      "an archive of several files; unpack it, and name the file";
  absl::StatusOr<std::string> text = std::string();
  switch (PackingOf(contents)) {
    case Packing::kNone:
      if (contents.size() > limit) return TooLarge(limit);
      return contents;
    case Packing::kArchive:
      return Bad(kArchive);
    case Packing::kGzip:
      text = Gunzip(contents, limit);
      break;
    case Packing::kOther:
      text = UnpackByLibarchive(contents, limit);
      break;
  }
  if (text.ok() && PackingOf(*text) == Packing::kArchive) return Bad(kArchive);
  if (text.ok() && PackingOf(*text) != Packing::kNone) return Bad("compressed twice");
  return text;
}

absl::StatusOr<std::string> ReadFeedFile(const std::string& path, size_t limit) {
  const OpenFile file(path);
  struct stat status;
  if (file.descriptor < 0 || fstat(file.descriptor, &status) != 0) return Errno();
  // One octet more than there is said to be, so that the end is found without growing. A pipe has
  // no size.
  const size_t room = S_ISREG(status.st_mode) ? static_cast<size_t>(status.st_size) + 1 : kBlock;
  std::string contents(std::min(room, limit + 1), '\0');
  for (size_t length = 0;;) {
    if (length > limit) return TooLarge(limit);
    if (length == contents.size()) contents.resize(std::min(2 * length, limit + 1));
    const ssize_t got = read(file.descriptor, contents.data() + length, contents.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Errno();
    length += static_cast<size_t>(got);
    if (got == 0) {
      contents.resize(length);
      return Unpacked(std::move(contents), limit);
    }
  }
}

std::string_view WithoutCompression(std::string_view file) {
  constexpr std::array<std::string_view, 4> kEndings = {".gz", ".xz", ".zst", ".bz2"};
  for (std::string_view ending : kEndings) {
    if (file.size() > ending.size() &&
        absl::EndsWithIgnoreCase({file.data(), file.size()}, {ending.data(), ending.size()})) {
      return file.substr(0, file.size() - ending.size());
    }
  }
  return file;
}

}  // namespace tollgate::source
