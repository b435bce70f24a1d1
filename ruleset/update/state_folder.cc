// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/state_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ruleset/text/yaml.h"

namespace tollgate::update {
namespace {

constexpr size_t kLargestState = size_t{64} << 20;
constexpr mode_t kFileMode = 0644;
constexpr mode_t kSecretMode = 0600;  // state.json has URLs, in which there are tokens

absl::Status WriteAndSync(int fd, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = write(fd, octets.data(), octets.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return absl::ErrnoToStatus(errno, "write");
    }
    octets.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(fd) == 0 ? absl::OkStatus() : absl::ErrnoToStatus(errno, "sync");
}

// The rename itself must survive a power cut; a file system that cannot sync a folder is no reason
// to fail.
void SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)fsync(fd);
  close(fd);
}

// What root makes in the folder of somebody else is theirs: the next update, which runs as they,
// must be able to read it and to take the lock.
absl::Status GiveToOwnerOfFolder(int fd, const std::string& path) {
  if (geteuid() != 0) return absl::OkStatus();
  struct stat about;
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (stat(folder.empty() ? "." : folder.c_str(), &about) != 0) return absl::OkStatus();
  return fchown(fd, about.st_uid, about.st_gid) == 0 ? absl::OkStatus()
                                                     : absl::ErrnoToStatus(errno, "chown");
}

absl::Status Replace(const std::string& path, std::string_view octets, mode_t mode) {
  const std::string temporary = path + ".new";
  auto fail = [&](absl::Status status) {
    unlink(temporary.c_str());
    return absl::Status(status.code(), absl::StrCat("cannot write ", path, ": ", status.message()));
  };
  unlink(temporary.c_str());  // another's, with other permissions
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return fail(absl::ErrnoToStatus(errno, "create"));
  absl::Status status = GiveToOwnerOfFolder(fd, path);
  if (status.ok()) status = WriteAndSync(fd, octets);
  // Whatever the umask is: the resolver runs as another user.
  if (status.ok() && fchmod(fd, mode) != 0) status = absl::ErrnoToStatus(errno, "chmod");
  if (close(fd) != 0 && status.ok()) status = absl::ErrnoToStatus(errno, "close");
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = absl::ErrnoToStatus(errno, "rename");
  }
  if (!status.ok()) return fail(status);
  SyncFolderOf(path);
  return absl::OkStatus();
}

std::string StatePath(const std::string& folder) { return folder + "/state.json"; }

}  // namespace

absl::StatusOr<State> LoadState(const std::string& folder) {
  const std::string path = StatePath(folder);
  std::error_code none;
  if (!std::filesystem::exists(path, none) && !none) return State();
  std::string reason;
  const std::optional<std::string> text = text::ReadFile(path, kLargestState, reason);
  if (!text) return absl::UnavailableError(absl::StrCat("cannot read ", path, ": ", reason));
  absl::StatusOr<State> state = ParseState(*text);
  if (state.ok()) return state;
  return absl::DataLossError(
      absl::StrCat(path, " is ", state.status().message(),
                   "; move it away, and the next update fetches everything anew"));
}

absl::Status ReplaceDurably(const std::string& path, std::string_view octets) {
  return Replace(path, octets, kFileMode);
}

absl::StatusOr<std::unique_ptr<StateFolder>> StateFolder::Open(const std::string& path) {
  for (const std::string& folder : {path, path + "/copies", path + "/history"}) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
      return absl::PermissionDeniedError(
          absl::StrCat("cannot make the folder ", folder, ": ", error.message()));
    }
    if (folder == path) continue;
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) continue;
    (void)GiveToOwnerOfFolder(fd, folder);
    close(fd);
  }
  const int lock = open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kSecretMode);
  if (lock < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path, "/lock"));
  (void)GiveToOwnerOfFolder(lock, path + "/lock");
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    close(lock);
    if (error == EWOULDBLOCK) {
      return absl::AbortedError(absl::StrCat("another update is at work in ", path));
    }
    return absl::ErrnoToStatus(error, absl::StrCat("cannot lock ", path, "/lock"));
  }
  return std::unique_ptr<StateFolder>(new StateFolder(path, lock));
}

StateFolder::~StateFolder() { close(lock_); }

absl::StatusOr<State> StateFolder::Load() const { return LoadState(path_); }

absl::Status StateFolder::Save(const State& state) const {
  return Replace(StatePath(path_), SerializeState(state), kSecretMode);
}

absl::Status StateFolder::StoreCopy(const std::string& sha256, std::string_view octets) const {
  // It may be there, of an update that was killed: then it is whole, or it would not be called so.
  if (std::error_code none; std::filesystem::exists(CopyPath(sha256), none)) {
    return absl::OkStatus();
  }
  return Replace(CopyPath(sha256), octets, kFileMode);
}

std::string StateFolder::CopyPath(std::string_view sha256) const {
  return absl::StrCat(path_, "/copies/", absl::string_view(sha256.data(), sha256.size()));
}

absl::Status StateFolder::StoreDatabase(uint64_t number, std::string_view octets) const {
  return Replace(DatabasePath(number), octets, kFileMode);
}

std::string StateFolder::DatabasePath(uint64_t number) const {
  return absl::StrCat(path_, "/history/", number, ".db");
}

std::string StateFolder::FirstSightsPath() const { return path_ + "/first-sights"; }

void StateFolder::RemoveUnused(const State& state) const {
  std::set<std::string> used;
  for (const SourceState& source : state.sources) used.insert(CopyPath(source.sha256));
  for (const Published& one : state.history) used.insert(DatabasePath(one.number));
  for (const char* folder : {"/copies", "/history"}) {
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(path_ + folder, none)) {
      if (!used.contains(file.path().string())) std::filesystem::remove(file.path(), none);
    }
  }
}

absl::StatusOr<std::map<std::string, std::string>> CopiesIn(const std::string& path) {
  absl::StatusOr<State> state = LoadState(path);
  if (!state.ok()) return state.status();
  std::map<std::string, std::string> copies;
  for (const SourceState& source : state->sources) {
    if (!source.sha256.empty()) copies[source.key] = path + "/copies/" + source.sha256;
  }
  return copies;
}

}  // namespace tollgate::update
