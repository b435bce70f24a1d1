// SPDX-License-Identifier: BSD-3-Clause

#include "module/host_check.h"

#include <elf.h>
#include <link.h>

#include <cstring>
#include <span>
#include <string_view>

namespace tollgate::module {
namespace {

constexpr std::string_view kGnu("GNU\0", 4);

std::string Hex(std::span<const unsigned char> octets) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char octet : octets) {
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
  }
  return text;
}

size_t Padded(size_t size, size_t alignment) { return (size + alignment - 1) & ~(alignment - 1); }

// Looks for NT_GNU_BUILD_ID among the notes of one segment; both name and descriptor are padded to
// the segment's alignment (4, or 8 for the notes of properties).
std::string BuildIdIn(std::span<const unsigned char> notes, size_t alignment) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes.data(), sizeof(note));
    const size_t name_at = sizeof(note);
    const size_t value_at = Padded(name_at + note.n_namesz, alignment);
    const size_t end = Padded(value_at + note.n_descsz, alignment);
    if (value_at + note.n_descsz > notes.size()) break;
    const std::string_view name(reinterpret_cast<const char*>(notes.data()) + name_at,
                                note.n_namesz);
    if (note.n_type == NT_GNU_BUILD_ID && name == kGnu) {
      return Hex(notes.subspan(value_at, note.n_descsz));
    }
    notes = notes.subspan(std::min(end, notes.size()));
  }
  return "";
}

// The first object that dl_iterate_phdr names is the main program (dl_iterate_phdr(3)).
int ReadFirstObject(dl_phdr_info* object, size_t, void* result) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* notes = reinterpret_cast<const unsigned char*>(object->dlpi_addr + segment.p_vaddr);
    std::string found = BuildIdIn({notes, segment.p_memsz}, segment.p_align == 8 ? 8 : 4);
    if (!found.empty()) *static_cast<std::string*>(result) = std::move(found);
  }
  return 1;
}

}  // namespace

std::string HostBuildId() {
  std::string build_id;
  dl_iterate_phdr(&ReadFirstObject, &build_id);
  return build_id;
}

}  // namespace tollgate::module
