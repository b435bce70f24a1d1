// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/manifest.h"

#include <algorithm>
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
    if (IsCampaign(root)) {
      PolicyEntry entry;
      entry.file = std::filesystem::path(path_).filename().string();
      ReadCampaign(std::move(root), entry, loaded_.model);
      return std::move(loaded_);
    }
    for (ManifestEntry& entry : ReadKeys(root)) ReadEntry(std::move(entry));
    return std::move(loaded_);
  }

  ManifestOutline Outline() {
    ManifestOutline outline;
    outline.local_files.push_back(path_);
    if (IsFeed()) return outline;
    text::YamlMap root = text::ParseYamlFile(path_, faults_);
    if (faults_.error_count() > 0 || IsCampaign(root)) return outline;
    for (ManifestEntry& entry : ReadKeys(root)) {
      if (entry.origin) {
        const bool known =
            std::any_of(outline.origins.begin(), outline.origins.end(),
                        [&](const Origin& other) { return other.Key() == entry.origin->Key(); });
        if (!known) outline.origins.push_back(*std::move(entry.origin));
        continue;
      }
      outline.reads_unnamed_files |= entry.policy.allow_include;
      const std::string file = Beside(entry.folder.empty() ? entry.policy.file : entry.folder);
      if (std::error_code none; std::filesystem::is_directory(file, none)) {
        for (std::string& name : FilesIn(file)) outline.local_files.push_back(std::move(name));
      } else {
        outline.local_files.push_back(file);
      }
    }
    for (const std::string& file : loaded_.known_good) outline.local_files.push_back(file);
    outline.update = update_;
    return outline;
  }

 private:
  static bool IsCampaign(const text::YamlMap& root) {
    return !root.Has("policies") && (root.Has("id") || root.Has("patterns") || root.Has("domains"));
  }

  // The keys of a manifest, and its entries.
  std::vector<ManifestEntry> ReadKeys(text::YamlMap& root) {
    ReadNeverBlock(root);
    loaded_.model.groups = ReadClientGroups(root);
    for (const text::YamlScalar& file : root.Scalars("known_good")) {
      loaded_.known_good.push_back(Beside(file.value));
    }
    loaded_.self_tests = ReadSelfTests(root);
    ReadUpdateTerms(root);
    std::vector<text::YamlItem> items = root.Sequence("policies");
    if (items.empty()) {
      faults_.Error(root.where(), "the manifest names no policies",
                    "write 'policies:' and below it '- file: my-campaign.yaml'");
    }
    std::vector<ManifestEntry> entries;
    for (text::YamlItem& item : items) {
      entries.push_back(ReadManifestEntry(item, Beside(""), loaded_.model.groups, faults_));
      const PolicyEntry& policy = entries.back().policy;
      if (policy.terms.max_blast && loaded_.known_good.empty()) {
        faults_.Error(policy.where, "'max_blast' without names to try the rules on",
                      "name files of good names at the top: 'known_good: [good-names.txt]'");
      }
    }
    root.RefuseOtherKeys();
    return entries;
  }

  void ReadUpdateTerms(text::YamlMap& root) {
    std::optional<text::YamlMap> map = root.Map("update");
    if (!map) return;
    if (const std::optional<std::string> text = map->String("max_change")) {
      const std::optional<double> percent = ParsePercent(*text);
      if (percent) {
        update_.max_change = *percent;
      } else {
        map->Fault("max_change", "'" + *text + "' is not a share", "write it as 50%");
      }
    }
    update_.keep = map->Number("keep", 1, 1000).value_or(update_.keep);
    map->RefuseOtherKeys();
  }

  // The files of a folder, in the order of their names. Those whose names begin with a dot are
  // other programs' business: git's, an editor's.
  static std::vector<std::string> FilesIn(const std::string& folder) {
    std::vector<std::string> files;
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(folder, none)) {
      if (file.is_regular_file(none) && !file.path().filename().string().starts_with('.')) {
        files.push_back(file.path().string());
      }
    }
    std::sort(files.begin(), files.end());
    return files;
  }

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
    if (!options_.only.empty() && (!entry.origin || entry.origin->Key() != options_.only)) return;
    if (!entry.folder.empty()) {
      ReadFolder(entry);
      return;
    }
    if (entry.policy.file.empty()) return;
    if (entry.origin) {
      ReadCopy(entry);
      return;
    }
    std::string file = Beside(entry.policy.file);
    // A folder is a MISP feed's, which its manifest describes.
    if (std::error_code none; std::filesystem::is_directory(file, none)) file += "/manifest.json";
    ReadPolicy(file, file, entry);
  }

  // Every file of a folder is a policy.
  void ReadFolder(const ManifestEntry& entry) {
    const std::vector<std::string> files = FilesIn(Beside(entry.folder));
    if (files.empty()) {
      faults_.Error(entry.policy.where, "no file is in the folder '" + entry.folder + "'",
                    "check the path and its permissions");
    }
    for (const std::string& file : files) {
      ManifestEntry one = entry;
      one.policy.file =
          (std::filesystem::path(entry.folder) / std::filesystem::path(file).filename()).string();
      ReadPolicy(file, file, one);
    }
  }

  // What was fetched, from its copy.
  void ReadCopy(ManifestEntry& entry) {
    const auto copy = options_.copies.find(entry.origin->Key());
    if (copy != options_.copies.end()) {
      if (!entry.policy.id && !IsCampaignName(entry)) entry.policy.id = entry.origin->DefaultId();
      if (entry.origin->transfer) entry.syntax = entry.syntax.value_or(Syntax::kRpz);
      ReadPolicy(copy->second, entry.policy.file, entry);
      return;
    }
    const std::string what = entry.policy.file + " was never fetched";
    if (entry.policy.overrides.action == policy::Action::kPass) {
      // Without what it lets through, more would be blocked than is meant.
      faults_.Error(entry.policy.where, what + ", and it is a policy that passes",
                    "run 'tollgate update'");
    } else {
      faults_.Warning(entry.policy.where, what + "; its policy is left out",
                      "run 'tollgate update'");
    }
  }

  static bool IsCampaignName(const ManifestEntry& entry) {
    return entry.syntax.value_or(DetectSyntax(entry.policy.file, "")) == Syntax::kCampaign;
  }

  // Reads the policy in `file`, which diagnostics call `shown`.
  void ReadPolicy(const std::string& file, const std::string& shown, ManifestEntry& entry) {
    const size_t policies_before = loaded_.model.policies.size();
    Tell(shown);
    if (IsCampaignName(entry)) {
      ReadCampaignFile(file, shown, entry.policy);
    } else {
      ReadFeedOf(file, shown, entry);
    }
    if (loaded_.model.policies.size() == policies_before) return;
    const std::string& id = loaded_.model.policies.back().id;
    if (!id.empty() && !ids_.insert(id).second) {
      faults_.Error(entry.policy.where, "the policy id '" + id + "' a second time",
                    "give this entry an 'id:' of its own");
    }
  }

  void ReadCampaignFile(const std::string& file, const std::string& shown,
                        const PolicyEntry& entry) {
    const size_t errors_before = faults_.error_count();
    const std::optional<std::string> text = ReadText(file, kLargestCampaign);
    if (!text) return;
    text::YamlMap root = text::ParseYaml(*text, shown, faults_);
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

  void ReadFeedOf(const std::string& file, const std::string& shown, ManifestEntry& entry) {
    const std::optional<std::string> text = ReadText(file, kLargestFeed);
    if (!text) return;
    if (!entry.policy.id) {
      const std::string_view name = WithoutCompression(entry.policy.file);
      entry.policy.id = std::filesystem::path(name).stem().string();
    }
    const Syntax syntax = entry.syntax.value_or(DetectSyntax(shown, *text));
    Feed feed(entry.policy, shown, options_.keep_all_lines, loaded_.model, options_.today);
    ReadFeed(syntax, *text, feed);
    loaded_.feeds.push_back(feed.TakeReport());
  }

  const std::string& path_;
  const LoadOptions& options_;
  text::Diagnostics& faults_;
  LoadedRules loaded_;
  UpdateTerms update_;
  std::set<std::string> ids_;
};

}  // namespace

ManifestOutline OutlineManifest(const std::string& path, text::Diagnostics& faults) {
  const LoadOptions options;
  return ManifestReader(path, options, faults).Outline();
}

LoadedRules LoadManifest(const std::string& path, const LoadOptions& options,
                         text::Diagnostics& faults) {
  return ManifestReader(path, options, faults).Run();
}

}  // namespace tollgate::source
