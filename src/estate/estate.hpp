// What we run: models, data sets, libraries, endpoints. Read from estate.yaml and the files it points to.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "versions/pep440.hpp"

namespace tocsin::estate {

enum class AssetKind : std::uint8_t { model, dataset, library, endpoint };
std::string_view to_string(AssetKind kind);
std::optional<AssetKind> parse_asset_kind(std::string_view word);

// Who or what reaches a model or endpoint: words of `knowledge/exposures.yaml`, checked by `estate check`:
// public-api, partner-api, internal, retrieves-web, retrieves-documents, calls-tools, takes-files, takes-images,
// takes-audio, fine-tunable-by-users, returns-logprobs, reads-mail, runs-code, closed-network
using Exposures = std::vector<std::string>;  // sorted, unique

// A place in a file that a person can be sent to.
struct Place {
  std::string file;        // relative to the workspace
  std::uint32_t line = 0;  // 0 = unknown
  bool operator==(const Place&) const = default;
};

// One line of a requirements file or lockfile: what may be installed.
struct Pin {
  std::string ecosystem;               // as OSV names it: "PyPI", "npm"; "conda" for what only conda channels have
  std::string name;                    // normalised
  std::string written;                 // as written
  std::optional<std::string> version;  // exactly one version is allowed (== or === without *)
  std::string specifier;               // as written, "" = any
  std::string marker;                  // PEP 508 marker, "" = none
  bool applies = true;                 // by the marker, for the environment of the library entry
  std::vector<std::string> hashes;     // "sha256:…"
  std::string kind = "registry";       // registry, conda (a channel of it), url, git, path, editable, constraint
  std::string group;                   // "extra:gpu", "group:test": installed only when asked for; "" = always
  bool dev = false;                    // for development only, by the file's word or the name of its group
  Place place;
};

// Keys as in the inventory of docs/estate.md; empty = not told.
struct Model {
  std::string purl;  // pkg:huggingface/meta-llama/Meta-Llama-3-8B-Instruct@<commit>
  std::string version;
  std::string sha256;
  std::string family;             // word of knowledge/families.yaml, "llama-3"
  std::string architecture;       // word of knowledge, "decoder-only-transformer"; found by lineage when empty
  std::vector<std::string> base;  // names, purls or families it is built on
  std::string relation;           // finetune, quantize, merge, adapter, distill
  std::string task;
  std::vector<std::string> input;  // modalities
  std::vector<std::string> output;
  std::string format;  // safetensors, pickle, gguf, onnx …
  std::string quantization;
  std::vector<std::string> datasets;  // names of data sets of this estate, or free text
  std::vector<std::string> runtime;   // names of libraries entries of this estate, or purls
  bool hosted = false;                // somebody else's model behind an API: no weights here
  bool trained_here = false;          // we train or fine-tune it
};
struct Dataset {
  std::string origin;  // URL or purl
  std::string revision;
  std::string sha256;
  std::string collection;            // crawl, licensed, own, crowd, synthetic …
  bool public_contribution = false;  // strangers can put something in
  std::vector<std::string> modality;
};
// A part of an entry's files that could not be read: what stands there may name any package.
struct Unread {
  std::string what;  // printable: "cannot read gpu.txt: No such file or directory"
  Place place;
  bool operator==(const Unread&) const = default;
};
inline constexpr std::size_t kMaxUnread = 16;  // of one entry; that there is one is what counts

struct Library {
  std::string path;  // lockfile, relative to the workspace; "" when pins are inline
  std::vector<Pin> pins;
  std::vector<Unread> unread;  // empty: the pins are all that the entry names. Each is a problem of the estate as well
};
struct Endpoint {
  std::string url;
  std::vector<std::string> models;  // names of models of this estate
  std::vector<std::string> logs;
  std::string callers;  // free text
};

struct Asset {
  AssetKind kind = AssetKind::model;
  std::string name;  // unique within the estate, any kind
  std::string owner;
  std::string criticality;  // low, medium, high, critical; "" = medium
  std::string environment;  // prod, staging, dev …
  Exposures exposure;
  Place place;  // where estate.yaml says it
  // exactly the one that `kind` says is set
  std::optional<Model> model;
  std::optional<Dataset> dataset;
  std::optional<Library> library;
  std::optional<Endpoint> endpoint;
};

// A file that was read to make the estate, kept in snapshots/.
struct ReadFile {
  std::string path;  // relative to the workspace
  Digest digest;
  std::string content;
};

struct Estate {
  std::vector<Asset> assets;    // in the order of the file
  std::vector<ReadFile> files;  // estate.yaml first, then every file it refers to, sorted
  std::vector<Error> problems;  // what could not be understood, with file and line: the rest holds
  Digest digest;                // content_digest(assets): two estates are the same if this is

  const Asset* find(std::string_view name) const;
};

// Whether JSON says in which file and line a thing stands. Without is what digests are made of: an estate whose lines
// moved is the same estate. With is for what is shown or read back.
enum class Places : std::uint8_t { without, with };

// One flat object: kind, name, and the keys of estate.yaml; pins as to_json(Pin); unread [{what, place}]; place {file,
// line}. Keys whose value is empty, false or the default are left out.
Json to_json(const Asset& asset, Places places = Places::without);
// Lenient with what is absent (but kind), `malformed` for another type: it reads our own rows.
Result<Asset> asset_from_json(const Json& body);
// Keys: ecosystem, name, written, version, specifier, marker, applies (only when false), hashes, kind (unless
// registry), group, dev (only when true), place.
Json to_json(const Pin& pin, Places places = Places::without);
Result<Pin> pin_from_json(const Json& body);
// SHA-256 over the canonical JSON array of the assets, without places, in the order given: Estate::digest, and
// Basis::estate for those in scope.
Digest content_digest(std::span<const Asset> assets);

// The difference of two readings, for the ledger and for people.
struct Difference {
  std::vector<std::string> added, removed, changed;  // asset names
  std::vector<std::string> lines;                    // "changed support-bot: base llama-2-7b -> llama-3-8b"; printable
  bool empty() const { return added.empty() && removed.empty() && changed.empty(); }
};
Difference difference(const Estate& before, const Estate& after);

}  // namespace tocsin::estate
