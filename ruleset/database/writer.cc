// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "ruleset/database/checksum.h"

namespace tollgate::database {
namespace {

size_t Aligned(size_t offset) {
  return (offset + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment;
}

absl::Status WriteAll(int fd, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = write(fd, octets.data(), octets.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return absl::ErrnoToStatus(errno, "write");
    }
    octets.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace

StringRef StringTable::Add(std::string_view text) {
  auto known = known_.find(text);
  if (known != known_.end()) return known->second;
  const StringRef ref{static_cast<uint32_t>(octets_.size()), static_cast<uint32_t>(text.size())};
  octets_ += text;
  known_.emplace(text, ref);
  return ref;
}

void Writer::Add(SectionKind kind, std::string_view octets) {
  sections_.push_back({kind, octets.size(), std::string(octets), nullptr});
}

void Writer::AddSpace(SectionKind kind, size_t size, std::function<void(std::span<char>)> fill) {
  sections_.push_back({kind, size, "", std::move(fill)});
}

std::string Writer::Finish() const {
  FileHeader header{};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.major_version = kMajorVersion;
  header.minor_version = kMinorVersion;
  header.section_count = static_cast<uint32_t>(sections_.size());
  header.name_seed = name_seed_;
  header.created = created_;

  std::vector<SectionHeader> table;
  size_t offset = sizeof(FileHeader) + sections_.size() * sizeof(SectionHeader);
  for (const Section& section : sections_) {
    offset = Aligned(offset);
    table.push_back({static_cast<uint32_t>(section.kind), 0, offset, section.size});
    offset += section.size;
  }
  header.file_size = offset;

  std::string file;
  file.reserve(offset);
  file.append(reinterpret_cast<const char*>(&header), sizeof(header));
  file.append(reinterpret_cast<const char*>(table.data()), table.size() * sizeof(SectionHeader));
  for (size_t i = 0; i < sections_.size(); ++i) {
    file.resize(table[i].offset, '\0');
    if (sections_[i].fill) {
      file.resize(table[i].offset + sections_[i].size);
      sections_[i].fill({file.data() + table[i].offset, sections_[i].size});
    } else {
      file += sections_[i].octets;
    }
  }
  const uint64_t checksum = Checksum({reinterpret_cast<const uint8_t*>(file.data()), file.size()});
  std::memcpy(file.data() + offsetof(FileHeader, checksum), &checksum, sizeof(checksum));
  return file;
}

absl::Status ReplaceFile(const std::string& path, std::string_view octets) {
  std::string temporary = path + ".XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot create a file beside ", path));
  }
  absl::Status status = WriteAll(fd, octets);
  // mkostemp makes files that only their owner reads; the resolver runs as another user.
  if (status.ok() && fchmod(fd, 0644) != 0) status = absl::ErrnoToStatus(errno, "chmod");
  if (status.ok() && fsync(fd) != 0) status = absl::ErrnoToStatus(errno, "sync");
  if (close(fd) != 0 && status.ok()) status = absl::ErrnoToStatus(errno, "close");
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = absl::ErrnoToStatus(errno, "rename");
  }
  if (!status.ok()) {
    unlink(temporary.c_str());
    return absl::Status(status.code(), absl::StrCat("cannot write ", path, ": ", status.message()));
  }
  // The rename itself must survive a power cut; a file system that cannot sync a folder is no
  // reason to fail.
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int folder_fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd >= 0) {
    (void)fsync(folder_fd);
    close(folder_fd);
  }
  return absl::OkStatus();
}

}  // namespace tollgate::database
