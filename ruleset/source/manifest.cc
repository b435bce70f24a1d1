// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/manifest.h"

#include <array>
#include <filesystem>
#include <set>

#include "absl/strings/match.h"
#include "ruleset/source/campaign.h"
#include "ruleset/source/name_list.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {
namespace {

constexpr size_t kLargestList = size_t{2} << 30;
enum class Syntax : uint8_t { kCampaign, kNames };
constexpr std::array<std::string_view, 2> kSyntaxes = {"campaign", "names"};

Syntax GuessSyntax(const std::string& file) {
  return absl::EndsWith(file, ".yaml") || absl::EndsWith(file, ".yml") ? Syntax::kCampaign
                                                                       : Syntax::kNames;
}

// Reads one manifest and what it names.
class ManifestReader {
 public:
  ManifestReader(const std::string& path, text::Diagnostics& faults,
                 const std::function<void(const std::string&)>& on_file)
      : path_(path), faults_(faults), on_file_(on_file) {}

  LoadedRules Run() {
    Tell(path_);
    text::YamlMap root = text::ParseYamlFile(path_, faults_);
    if (faults_.error_count() > 0) return std::move(loaded_);
    if (!root.Has("policies") && (root.Has("id") || root.Has("patterns") || root.Has("domains"))) {
      PolicyEntry entry;
      entry.file = std::filesystem::path(path_).filename().string();
      ReadCampaign(std::move(root), entry, loaded_.model);
      return std::move(loaded_);
    }
    std::vector<text::YamlItem> items = root.Sequence("policies");
    if (items.empty()) {
      faults_.Error(root.where(), "the manifest names no policies",
                    "write 'policies:' and below it '- file: my-campaign.yaml'");
    }
    for (text::YamlItem& item : items) ReadEntry(item);
    root.RefuseOtherKeys();
    return std::move(loaded_);
  }

 private:
  void Tell(const std::string& file) const {
    if (on_file_) on_file_(file);
  }

  void ReadEntry(text::YamlItem& item) {
    PolicyEntry entry;
    Syntax syntax;
    if (item.scalar) {  // '- allow.yaml' for '- file: allow.yaml'
      entry.file = item.scalar->value;
      entry.where = item.scalar->where;
      syntax = GuessSyntax(entry.file);
    } else {
      text::YamlMap& map = *item.map;
      entry.where = map.where();
      entry.file = map.String("file").value_or("");
      entry.id = map.String("id");
      if (entry.id && !IsId(*entry.id)) map.Fault("id", "'" + *entry.id + "' is not an id", kIdFix);
      auto word = map.Word("syntax", kSyntaxes);
      syntax = word ? static_cast<Syntax>(*word) : GuessSyntax(entry.file);
      entry.overrides = AnswerKeys::Read(map);
      map.RefuseOtherKeys();
    }
    if (entry.file.empty()) {
      faults_.Error(entry.where, "a policy without 'file:'", "write '- file: my-campaign.yaml'");
      return;
    }
    const size_t policies_before = loaded_.model.policies.size();
    const std::filesystem::path file = std::filesystem::path(path_).parent_path() / entry.file;
    Tell(file.string());
    if (syntax == Syntax::kCampaign) {
      ReadCampaignFile(file.string(), entry);
    } else {
      ReadListFile(file.string(), entry);
    }
    if (loaded_.model.policies.size() == policies_before) return;
    const std::string& id = loaded_.model.policies.back().id;
    if (!id.empty() && !ids_.insert(id).second) {
      faults_.Error(entry.where, "the policy id '" + id + "' a second time",
                    "give this entry an 'id:' of its own");
    }
  }

  void ReadCampaignFile(const std::string& file, const PolicyEntry& entry) {
    const size_t errors_before = faults_.error_count();
    text::YamlMap root = text::ParseYamlFile(file, faults_);
    if (faults_.error_count() == errors_before) ReadCampaign(std::move(root), entry, loaded_.model);
  }

  void ReadListFile(const std::string& file, const PolicyEntry& entry) {
    std::string reason;
    std::optional<std::string> text = text::ReadFile(file, kLargestList, reason);
    if (!text) {
      faults_.Error({file, 0, 0}, "cannot read the file: " + reason,
                    "check the path and its permissions");
      return;
    }
    PolicyEntry named = entry;
    if (!named.id) named.id = std::filesystem::path(entry.file).stem().string();
    if (named.overrides.action == policy::Action::kSinkhole && !named.overrides.sinkhole) {
      faults_.Error(entry.where, "'action: sinkhole' without records",
                    "add 'sinkhole: [192.0.2.1, 2001:db8::1]'");
    }
    loaded_.rejected += ReadNameList(*text, file, named, loaded_.model, faults_);
  }

  const std::string& path_;
  text::Diagnostics& faults_;
  const std::function<void(const std::string&)>& on_file_;
  LoadedRules loaded_;
  std::set<std::string> ids_;
};

}  // namespace

LoadedRules LoadManifest(const std::string& path, text::Diagnostics& faults,
                         const std::function<void(const std::string&)>& on_file) {
  return ManifestReader(path, faults, on_file).Run();
}

}  // namespace tollgate::source
