// HDF5: Keras models and weights (.h5, .hdf5, model.weights.h5), pandas and PyTables stores. Data are numbers; what can do
// harm is the configuration in an attribute, pickles in attributes and values, and other files that are opened on the way.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/foreign.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/hdf5/file.hpp"
#include "scan/models/keras/config.hpp"
#include "scan/models/pickle/reader.hpp"
#include "scan/models/unpack.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

using hdf5::Datatype;
using hdf5::Layout;
using hdf5::Link;

constexpr std::size_t kMaxObjects = 300'000;   // groups and datasets; the largest model seen has some thousand
constexpr std::uint64_t kMaxValues = 200'000;  // texts of one attribute or dataset that are looked at
constexpr std::size_t kMaxChunks = 10'000;     // of one dataset of texts
constexpr std::uint64_t kMaxPath = 400;
constexpr std::uint64_t kMaxChunk =
    8u << 20;  // of a packed chunk of texts, unpacked; writers choose a megabyte at most
constexpr std::uint16_t kDeflate = 1, kShuffle = 2;  // registered filters

Fit fits(const Part& part) {
  if (part.size() > 0 && part.size() < 8)
    return std::string_view("\x89HDF\r\n\x1a\n").starts_with(part.text()) ? Fit::sure : Fit::no;  // cut short
  return hdf5::File::begins(part.raw ? part.bytes.first(std::min<std::size_t>(part.size(), 4096)) : part.bytes)
             ? Fit::sure
             : Fit::no;
}

class Hdf5Scan {
 public:
  Hdf5Scan(Scan& scan, const Part& part) : scan_(scan), part_(part), file_(part.bytes) {}

  void run() {
    open_.push_back({file_.root(), ""});
    seen_.insert(file_.root());
    if (file_.root() == hdf5::kNowhere) {
      // No library opens it, and nothing in it is reached: the mark alone, or the beginning of a file.
      scan_.find(rules::hdf5_broken, Severity::info, "it begins as HDF5 and has no root group", {part_.member, 0, {}});
      // Zeros behind the mark are all there is to read of it.
      const bool empty = part_.size() >= 32 && std::all_of(part_.bytes.begin() + 8, part_.bytes.end(),
                                                           [](std::byte b) { return b == std::byte{0}; });
      if (!empty) scan_.not_read(part_, 0, part_.size(), "it has no root group");
      return;
    }
    while (!open_.empty()) {
      const Step step = std::move(open_.back());
      open_.pop_back();
      object(step);
    }
    ends();
    for (const auto& one : file_.problems()) broken(one.what, one.at);
    if (!file_.problems().empty()) scan_.not_read(part_, 0, part_.size(), "what stands behind a damaged place");
    for (const auto& one : file_.skipped()) scan_.not_read(part_, one.at, part_.size(), one.what + " is not read");
  }

 private:
  struct Step {
    std::uint64_t address;
    std::string path;
  };

  void broken(std::string what, std::uint64_t at) {
    scan_.find(rules::hdf5_broken, std::move(what), {part_.member, at, {}});
  }

  void object(const Step& step) {
    const hdf5::Object object = file_.object(step.address);
    for (const auto& attribute : object.attributes)
      values(attribute.type, attribute.elements, attribute.data, step.path + "@" + std::string(attribute.name),
             attribute.name);
    for (const auto& name : object.external_files) elsewhere("an external file", name, step.path);
    if (object.layout.kind == Layout::virtual_) elsewhere("a virtual dataset", object.layout.source, step.path);
    dataset(object, step);
    for (const Link& link : object.links) follow(link, step);
  }

  void elsewhere(std::string_view kind, std::string_view name, const std::string& path) {
    scan_.find(rules::hdf5_external, leads_elsewhere(name) ? Severity::malicious : Severity::suspicious,
               fmt::format("{} of {} is read from {} ({})", path.empty() ? "a part" : "the data",
                           path.empty() ? "it" : printable(path, 100),
                           name.empty() ? "another file" : printable(name, 200), kind),
               {part_.member, {}, {}});
  }

  void follow(const Link& link, const Step& from) {
    switch (link.kind) {
      case Link::soft:
        return;  // to a path of this file: it is reached by its own links
      case Link::external:
        return elsewhere("an external link", link.target, from.path + "/" + std::string(link.name));
      case Link::user:
        scan_.find(rules::hdf5_external,
                   fmt::format("the link {} is of the private kind {}: a plug-in decides what it opens",
                               printable(link.name, 100), link.type),
                   {part_.member, {}, {}});
        return;
      case Link::hard:
        break;
    }
    if (!seen_.insert(link.object).second) return;  // hard links may go round in circles
    if (seen_.size() > kMaxObjects) {
      if (!told_)
        scan_.find(rules::archive_limit, fmt::format("more than {} objects", kMaxObjects), {part_.member, {}, {}});
      if (!told_) scan_.not_read(part_, 0, part_.size(), "too many objects");
      told_ = true;
      return;
    }
    Step next{link.object, ""};
    if (from.path.size() + link.name.size() < kMaxPath && open_.size() < 20'000)
      next.path = from.path + "/" + std::string(link.name);
    open_.push_back(std::move(next));
  }

  void dataset(const hdf5::Object& object, const Step& step) {
    const Layout& layout = object.layout;
    if (layout.kind == Layout::none || layout.kind == Layout::virtual_) return;
    const Datatype& type = object.type;
    const bool numbers = type.kind == Datatype::integer || type.kind == Datatype::real ||
                         type.kind == Datatype::enumeration || type.kind == Datatype::bits ||
                         type.kind == Datatype::time || type.kind == Datatype::reference;
    if (layout.kind != Layout::chunked) {
      const bool room = type.size == 0 || object.elements == 0 || layout.data.empty() ||
                        object.elements <= layout.data.size() / type.size;
      if (!room)
        broken(fmt::format("{} has {} values and no room for them", printable(step.path, 100), object.elements), 0);
      if (numbers && type.size > 1) return;
      return values(type, object.elements, layout.data, step.path, "");
    }
    if (numbers) return;
    if (layout.other_index)
      return scan_.not_read(part_, 0, part_.size(), printable(step.path, 100) + " has an index that is not read");
    const auto& filters = object.filters;
    const bool shuffles = filters == std::vector<std::uint16_t>{kShuffle, kDeflate};
    if (!filters.empty() && !shuffles && filters != std::vector<std::uint16_t>{kDeflate})
      return scan_.not_read(part_, 0, part_.size(),
                            printable(step.path, 100) + " is packed by a filter that is not read");
    for (const auto& chunk : file_.chunks(layout, kMaxChunks)) {
      const bool packed = !filters.empty() && (chunk.left_out >> (filters.size() - 1) & 1) == 0;
      const bool shuffled = shuffles && (chunk.left_out & 1) == 0 && type.size > 1;
      Unpacked out(scan_);
      if (packed) unpack(scan_, Packing::zlib, chunk.bytes, out, kMaxChunk);
      if (!out.why.empty()) return scan_.not_read(part_, 0, part_.size(), printable(step.path, 100) + ": " + out.why);
      auto bytes = packed ? out.view() : chunk.bytes;
      std::vector<std::byte> sorted;
      if (shuffled && bytes.size() <= kMaxChunk) {  // first bytes of all values, then second bytes, …
        const std::size_t count = bytes.size() / type.size;
        sorted.assign(bytes.begin(), bytes.end());
        for (std::size_t i = 0; i < count; ++i)
          for (std::size_t k = 0; k < type.size; ++k) sorted[i * type.size + k] = bytes[k * count + i];
        bytes = sorted;
      }
      values(type, type.size == 0 ? 0 : bytes.size() / type.size, bytes, step.path, "");
    }
  }

  void values(const Datatype& type, std::uint64_t elements, std::span<const std::byte> data, const std::string& path,
              std::string_view name) {
    switch (type.kind) {
      case Datatype::string:
      case Datatype::opaque: {
        if (type.size == 0) return;
        const std::uint64_t count = std::min({elements, data.size() / type.size, kMaxValues});
        if (elements > kMaxValues)
          scan_.not_read(part_, 0, part_.size(), printable(path, 100) + ": more values than are read");
        if (elements > data.size() / type.size && !data.empty())
          broken(printable(path, 100) + " has less data than values", 0);
        for (std::uint64_t i = 0; i < count; ++i) value(data.subspan(i * type.size, type.size), path, name);
        return;
      }
      case Datatype::sequence: {
        const unsigned step = file_.element_size();
        const std::uint64_t count = std::min({elements, data.size() / step, kMaxValues});
        if (elements > kMaxValues)
          scan_.not_read(part_, 0, part_.size(), printable(path, 100) + ": more values than are read");
        if (elements > data.size() / step && !data.empty())
          broken(printable(path, 100) + " has less data than values", 0);
        for (std::uint64_t i = 0; i < count; ++i) value(file_.value(data.subspan(i * step, step), type), path, name);
        return;
      }
      case Datatype::integer:
        if (type.size == 1) value(data, path, name);
        return;
      case Datatype::compound:
      case Datatype::array:
        value(data, path, name);
        return;
      default:
        return;
    }
  }

  // One text or run of bytes.
  void value(std::span<const std::byte> bytes, const std::string& path, std::string_view name) {
    if (bytes.size() < 3) return;
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto part = [&] { return Part{bytes, inside(part_.member, path), part_.depth + 1, true}; };
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && (text[first] == '{' || text[first] == '[')) {
      const bool config = name == "model_config" || name == "training_config";
      if (config || keras::may_be_config(text))
        keras::check_text(scan_, part(), text, config ? keras::Expect::config : keras::Expect::anything);
      return;
    }
    // PyTables pickles attributes and objects, in the old protocol too (which has no mark but its newlines).
    const bool marked = text[0] == '\x80' && static_cast<unsigned char>(text[1]) <= 5;
    const bool lines = !marked && bytes.size() < (1u << 20) && text.find('\n') != std::string_view::npos &&
                       text.find('.') != std::string_view::npos;
    if ((marked || lines) && parses_as_pickle(scan_.names(), bytes)) {
      read_pickles(scan_, part(), 0, Loader::joblib);
      return;
    }
    for (const std::string_view mark : {"PK\3\4", "\177ELF", "MZ", "\x1f\x8b", "7z\xbc\xaf", "\x89HDF", "#!"})
      if (text.starts_with(mark) && bytes.size() > 64) {
        scan_.look_into(part());
        return;
      }
  }

  // A user block before the superblock, and bytes behind the end that it names.
  void ends() {
    const auto at = hdf5::File::begins(part_.bytes).value_or(0);
    if (at > 0) {
      const Part before{part_.bytes.first(at), fmt::format("{}[0,{}]", part_.member, at), part_.depth + 1, true};
      if (std::any_of(before.bytes.begin(), before.bytes.end(), [](std::byte b) { return b != std::byte{0}; })) {
        if (scan_.look_into(before))
          scan_.find(rules::polyglot,
                     fmt::format("{} bytes stand before the HDF5 file, and are a file of their own", at),
                     {part_.member, 0, {}});
      }
    }
    const std::uint64_t size = part_.size();
    const std::uint64_t end = file_.promised();
    if (end == hdf5::kNowhere) return;
    // The end is an address as well: counted from the base, in files of some writers from the beginning.
    std::uint64_t absolute = 0;
    if (__builtin_add_overflow(end, file_.base(), &absolute)) absolute = UINT64_MAX;
    if (end > size) {
      broken(fmt::format("it ends at {}, {} bytes are promised", size, end), size);
      scan_.not_read(part_, size, end, "the file is cut short");
    } else if (absolute < size && end < size) {
      const Part behind{part_.bytes.subspan(absolute), fmt::format("{}+{}", part_.member, absolute), part_.depth + 1,
                        true};
      scan_.find(rules::trailing_data, fmt::format("{} bytes behind the HDF5 file", size - absolute),
                 {part_.member, absolute, {}});
      scan_.look_into(behind);
    }
  }

  Scan& scan_;
  const Part& part_;
  hdf5::File file_;
  std::vector<Step> open_;
  std::unordered_set<std::uint64_t> seen_;
  bool told_ = false;
};

bool scan_hdf5(Scan& scan, const Part& part) {
  Hdf5Scan(scan, part).run();
  return true;
}

}  // namespace

extern const Format hdf5;
const Format hdf5{"hdf5", "HDF5 file", fits, scan_hdf5};

}  // namespace tocsin::scan::models::formats
