// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/manifest.h"

#include <filesystem>
#include <set>

#include "absl/strings/str_cat.h"
#include "ruleset/source/campaign.h"
#include "ruleset/source/entry_keys.h"
#include "ruleset/source/feed.h"
#include "ruleset/source/feed_file.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/syntax.h"
#include "ruleset/text/lines.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {
namespace {

constexpr size_t kLargestCampaign = size_t{256} << 20;
constexpr size_t kLargestFeed = size_t{4} << 30;

// Reads one manifest and what it names.
class ManifestReader {
 public:
  ManifestReader(const std::string& path, const LoadOptions& options, text::Diagnostics& faults)
      : path_(path), options_(options), faults_(faults) {}

  LoadedRules Run() {
    if (IsFeed()) {
      ManifestEntry entry;
      entry.policy.file = std::filesystem::path(path_).filename().string();
      ReadEntry(std::move(entry));
      return std::move(loaded_);
    }
    Tell(path_);
    text::YamlMap root = text::ParseYamlFile(path_, faults_);
    if (faults_.error_count() > 0) return std::move(loaded_);
    if (!root.Has("policies") && (root.Has("id") || root.Has("patterns") || root.Has("domains"))) {
      PolicyEntry entry;
      entry.file = std::filesystem::path(path_).filename().string();
      ReadCampaign(std::move(root), entry, loaded_.model);
      return std::move(loaded_);
    }
    ReadNeverBlock(root);
    loaded_.model.groups = ReadClientGroups(root);
    for (const text::YamlScalar& file : root.Scalars("known_good")) {
      loaded_.known_good.push_back(Beside(file.value));
    }
    std::vector<text::YamlItem> items = root.Sequence("policies");
    if (items.empty()) {
      faults_.Error(root.where(), "the manifest names no policies",
                    "write 'policies:' and below it '- file: my-campaign.yaml'");
    }
    for (text::YamlItem& item : items) {
      ManifestEntry entry = ReadManifestEntry(item, loaded_.model.groups, faults_);
      if (entry.policy.terms.max_blast && loaded_.known_good.empty()) {
        faults_.Error(entry.policy.where, "'max_blast' without names to try the rules on",
                      "name files of good names at the top: 'known_good: [good-names.txt]'");
      }
      ReadEntry(std::move(entry));
    }
    root.RefuseOtherKeys();
    return std::move(loaded_);
  }

 private:
  void Tell(const std::string& file) const {
    if (options_.on_file) options_.on_file(file);
  }

  // Whether a feed was given in place of a manifest. What ends as YAML does is none, and of the
  // rest what begins as a manifest does.
  bool IsFeed() const {
    if (DetectSyntax(path_, "") == Syntax::kCampaign) return false;
    std::string reason;
    const std::optional<std::string> text = text::ReadFile(path_, kLargestFeed, reason);
    if (!text) return false;  // reading it as a manifest says what is wrong
    bool manifest = false;
    text::ForEachLine(*text, [&](std::string_view line, uint32_t) {
      manifest = manifest || line.starts_with("policies:") || line.starts_with("id:");
    });
    return !manifest;
  }

  std::string Beside(const std::string& file) const {
    return (std::filesystem::path(path_).parent_path() / file).string();
  }

  void ReadNeverBlock(text::YamlMap& root) {
    for (const text::YamlScalar& scalar : root.Scalars("never_block")) {
      absl::StatusOr<dns::Name> name = ParseIndicator(scalar.value);
      if (!name.ok() || name->label_count() == 0) {
        faults_.Error(scalar.where, "'" + scalar.value + "' is not a name",
                      "write a name; it is protected with everything below it");
        continue;
      }
      const std::span<const uint8_t> stored = name->Stored();
      loaded_.never_block.emplace_back(reinterpret_cast<const char*>(stored.data()), stored.size());
    }
  }

  void ReadEntry(ManifestEntry entry) {
    if (entry.policy.file.empty()) return;
    const size_t policies_before = loaded_.model.policies.size();
    std::string file = Beside(entry.policy.file);
    // A folder is a MISP feed's, which its manifest describes.
    if (std::error_code none; std::filesystem::is_directory(file, none)) file += "/manifest.json";
    Tell(file);
    const Syntax by_name = DetectSyntax(file, "");
    if (entry.syntax.value_or(by_name) == Syntax::kCampaign) {
      ReadCampaignFile(file, entry.policy);
    } else {
      ReadFeedOf(file, entry);
    }
    if (loaded_.model.policies.size() == policies_before) return;
    const std::string& id = loaded_.model.policies.back().id;
    if (!id.empty() && !ids_.insert(id).second) {
      faults_.Error(entry.policy.where, "the policy id '" + id + "' a second time",
                    "give this entry an 'id:' of its own");
    }
  }

  void ReadCampaignFile(const std::string& file, const PolicyEntry& entry) {
    const size_t errors_before = faults_.error_count();
    const std::optional<std::string> text = ReadText(file, kLargestCampaign);
    if (!text) return;
    text::YamlMap root = text::ParseYaml(*text, file, faults_);
    if (faults_.error_count() == errors_before) ReadCampaign(std::move(root), entry, loaded_.model);
  }

  // The text of a file, unpacked; nothing, and a fault, where it cannot be had.
  std::optional<std::string> ReadText(const std::string& file, size_t limit) {
    absl::StatusOr<std::string> text = ReadFeedFile(file, limit);
    if (text.ok()) return *std::move(text);
    faults_.Error({file, 0, 0}, absl::StrCat("cannot read the file: ", text.status().message()),
                  "check the path and its permissions");
    return std::nullopt;
  }

  void ReadFeedOf(const std::string& file, ManifestEntry& entry) {
    const std::optional<std::string> text = ReadText(file, kLargestFeed);
    if (!text) return;
    if (!entry.policy.id) {
      const std::string_view name = WithoutCompression(entry.policy.file);
      entry.policy.id = std::filesystem::path(name).stem().string();
    }
    const Syntax syntax = entry.syntax.value_or(DetectSyntax(file, *text));
    Feed feed(entry.policy, file, options_.keep_all_lines, loaded_.model, options_.today);
    ReadFeed(syntax, *text, feed);
    loaded_.feeds.push_back(feed.TakeReport());
  }

  const std::string& path_;
  const LoadOptions& options_;
  text::Diagnostics& faults_;
  LoadedRules loaded_;
  std::set<std::string> ids_;
};

}  // namespace

LoadedRules LoadManifest(const std::string& path, const LoadOptions& options,
                         text::Diagnostics& faults) {
  return ManifestReader(path, options, faults).Run();
}

}  // namespace tollgate::source
