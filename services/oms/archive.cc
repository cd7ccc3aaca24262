#include "services/oms/archive.h"

#include <chrono>
#include <cstring>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/base/thread_name.h"
#include "libs/log/log.h"
#include "services/oms/order_codec.h"

namespace tw::oms {
namespace {

enum : KvStore::Table {
  kState,
  kOrders,
  kKeys,
  kLive,
  kPositions,
  kAccounts,
  kImports,
  kFills,
  kMarks,
  kTables
};

constexpr std::string_view kStateKey = "state";
constexpr auto kRetryAfter = std::chrono::seconds(1);

// Big endian: bytes in the order of the numbers.
std::string Key(uint64_t v) {
  std::string key(8, '\0');
  for (size_t i = 8; i-- > 0; v >>= 8) {
    key[i] = static_cast<char>(v & 0xff);
  }
  return key;
}

uint64_t Number(std::string_view key) {
  uint64_t v = 0;
  for (const char c : key.substr(0, 8)) {
    v = (v << 8) | static_cast<unsigned char>(c);
  }
  return v;
}

std::string Key(std::string_view account, std::string_view name) {
  std::string key(account);
  key += '\0';
  key += name;
  return key;
}

// Fills are found by all of these, each in the order of their sequences.
std::string FillPrefix(char by, std::string_view name) {
  std::string prefix(1, by);
  prefix += name;
  prefix += '\0';
  return prefix;
}

std::string EncodeState(const ArchivedState& s) {
  ByteWriter w;
  w(kIndexFormat);
  const journal::Position& p = s.position;
  w(p.journal_id);
  w(p.last_number);
  w(uint64_t{p.segment});
  w(p.group_offset);
  w(p.end_offset);
  w(std::string_view(reinterpret_cast<const char*>(p.hash.data()), p.hash.size()));
  w(s.head.last_sequence);
  w(s.head.last_execution_sequence);
  w(s.head.last_time.ns);
  w(uint64_t{s.epoch});
  w(s.kill_generation);
  w(uint64_t{s.kill_engaged});
  return w.Take();
}

std::optional<ArchivedState> DecodeState(std::string_view bytes) {
  ByteReader r(bytes);
  if (r.Number() != kIndexFormat) {
    return std::nullopt;
  }
  ArchivedState s;
  journal::Position& p = s.position;
  p.journal_id = r.Number();
  p.last_number = r.Number();
  p.segment = static_cast<uint32_t>(r.Number());
  p.group_offset = r.Number();
  p.end_offset = r.Number();
  const std::string_view hash = r.Text();
  if (hash.size() != p.hash.size()) {
    return std::nullopt;
  }
  std::memcpy(p.hash.data(), hash.data(), hash.size());
  s.head.last_sequence = r.Number();
  s.head.last_execution_sequence = r.Number();
  s.head.last_time.ns = r.Signed();
  s.epoch = static_cast<uint32_t>(r.Number());
  s.kill_generation = r.Number();
  s.kill_engaged = r.Number() != 0;
  return r.done() ? std::optional(s) : std::nullopt;
}

std::unique_ptr<Order> MustDecode(OrderId id, std::string_view bytes) {
  std::unique_ptr<Order> order = DecodeOrder(bytes);
  TW_CHECK(order != nullptr);  // of this format, and the store keeps what it is given
  order->id = id;
  return order;
}

void PutOrders(KvStore::Write& write, const UnsavedOrders& unsaved) {
  for (const UnsavedOrder& order : unsaved.orders) {
    const std::string id = Key(order.id.value());
    write.Put(kOrders, id, order.bytes);
    if (!order.key.empty()) {
      write.Put(kKeys, order.key, id);
    }
    if (order.live) {
      write.Put(kLive, id, order.unsettled ? "u" : "o");
    } else {
      write.Delete(kLive, id);
    }
  }
  for (const auto& [place, quantity] : unsaved.positions) {
    ByteWriter value;
    value(quantity.e8());
    write.Put(kPositions, Key(place.first, place.second), value.bytes());
  }
}

void PutAccounts(KvStore::Write& write, const UnsavedOrders& unsaved) {
  for (const SavedAccount& account : unsaved.accounts) {
    ByteWriter value;
    value(uint64_t{account.traded});
    value(std::string_view(account.opened_by));
    write.Put(kAccounts, account.name, value.bytes());
  }
  for (const SavedImport& import : unsaved.imports) {
    ByteWriter value;
    value(import.hash);
    value(import.sequence);
    value(import.time.ns);
    value(std::string_view(import.by));
    write.Put(kImports, import.id, value.bytes());
  }
}

void RestoreAccounts(const KvStore::Read& read, Ledger& ledger) {
  KvStore::Cursor accounts(read, kAccounts);
  for (bool found = accounts.Seek(""); found; found = accounts.Next()) {
    ByteReader value(accounts.value());
    const bool traded = value.Number() != 0;
    ledger.Restore(SavedAccount{std::string(accounts.key()), traded, std::string(value.Text())});
  }
  KvStore::Cursor imports(read, kImports);
  for (bool found = imports.Seek(""); found; found = imports.Next()) {
    ByteReader value(imports.value());
    SavedImport import;
    import.id = std::string(imports.key());
    import.hash = value.Number();
    import.sequence = value.Number();
    import.time.ns = value.Signed();
    import.by = std::string(value.Text());
    ledger.Restore(import);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Archive>> Archive::Open(const std::string& folder) {
  std::unique_ptr<Archive> archive(new Archive());
  KvOptions options;
  options.tables = {"state",    "orders",  "keys",  "live", "positions",
                    "accounts", "imports", "fills", "marks"};
  TW_CHECK(options.tables.size() == kTables);
  TW_ASSIGN_OR_RETURN(archive->store_, KvStore::Open(folder, options));
  archive->thread_ = std::thread([raw = archive.get()] { raw->Run(); });
  return archive;
}

Archive::~Archive() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::optional<ArchivedState> Archive::State() const {
  const KvStore::Read read(*store_);
  const auto bytes = read.Get(kState, kStateKey);
  return bytes ? DecodeState(*bytes) : std::nullopt;
}

absl::Status Archive::Clear() {
  KvStore::Write write(*store_);
  for (KvStore::Table table = 0; table < kTables; ++table) {
    write.Clear(table);
  }
  return write.Commit();
}

absl::Status Archive::Restore(Ledger& ledger) const {
  const KvStore::Read read(*store_);
  const auto bytes = read.Get(kState, kStateKey);
  const std::optional<ArchivedState> state = bytes ? DecodeState(*bytes) : std::nullopt;
  TW_CHECK(state.has_value());
  ledger.Restore(state->head);
  KvStore::Cursor live(read, kLive);
  for (bool found = live.Seek(""); found; found = live.Next()) {
    const auto order = read.Get(kOrders, live.key());
    if (!order) {
      return absl::DataLossError("the index lacks an order");
    }
    ledger.Restore(MustDecode(OrderId::FromValue(Number(live.key())), *order), live.value() == "u");
  }
  KvStore::Cursor positions(read, kPositions);
  for (bool found = positions.Seek(""); found; found = positions.Next()) {
    const std::string_view key = positions.key();
    const size_t zero = key.find('\0');
    ledger.SetOpening(std::string(key.substr(0, zero)), std::string(key.substr(zero + 1)),
                      Quantity::FromE8(ByteReader(positions.value()).Signed()));
  }
  RestoreAccounts(read, ledger);
  return absl::OkStatus();
}

absl::Status Archive::Write(const ArchiveDelta& delta) {
  KvStore::Write write(*store_);
  PutOrders(write, delta.unsaved);
  PutAccounts(write, delta.unsaved);
  for (const FillPlace& fill : delta.fills) {
    const std::string sequence = Key(fill.sequence);
    write.Put(kFills, FillPrefix('*', "") + sequence, fill.account + '\0' + fill.symbol);
    write.Put(kFills, FillPrefix('a', fill.account) + sequence, fill.symbol);
    write.Put(kFills, FillPrefix('s', fill.symbol) + sequence, fill.account);
    // Behind the id there is no zero: it may hold some.
    write.Put(kFills, "o" + Key(fill.order_id.value()) + sequence, "");
  }
  for (const RecordMark& mark : delta.marks) {
    write.Put(kMarks, Key(mark.first_sequence), Key(mark.record_number));
  }
  write.Put(kState, kStateKey, EncodeState(delta.state));
  return write.Commit();
}

bool Archive::HasRoom() const {
  const std::lock_guard lock(mutex_);
  return offered_.size() < kOfferedMax;
}

void Archive::WaitForRoom() {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return offered_.size() < kOfferedMax || !fault_.empty(); });
}

void Archive::Offer(ArchiveDelta delta) {
  {
    const std::lock_guard lock(mutex_);
    TW_CHECK(offered_.size() < kOfferedMax);
    offered_.push_back(std::move(delta));
  }
  work_.notify_one();
}

void Archive::Run() {
  SetThreadName("index");
  GiveWay(5);
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || !offered_.empty(); });
    if (offered_.empty()) {
      return;
    }
    const ArchiveDelta& next = offered_.front();  // stays where it is while more are added
    lock.unlock();
    const absl::Status status = Write(next);
    lock.lock();
    NoteFault(status);
    if (status.ok()) {
      written_.store(next.number, std::memory_order_release);
      offered_.pop_front();
      room_.notify_all();
    } else if (stopping_) {
      return;  // the journal has it all
    } else {
      work_.wait_for(lock, kRetryAfter, [this] { return stopping_; });
    }
  }
}

void Archive::NoteFault(const absl::Status& status) {
  const std::string fault(status.message());
  if (!fault.empty() && fault_ != fault) {
    log::Error("index_not_written", {{"error", fault}});
  }
  fault_ = fault;
  room_.notify_all();
}

std::string Archive::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

uint64_t Archive::orders() const {
  return store_->Rows(kOrders);
}

// --- Reading

std::unique_ptr<Order> Archive::Find(OrderId id) const {
  const KvStore::Read read(*store_);
  const auto bytes = read.Get(kOrders, Key(id.value()));
  return bytes ? MustDecode(id, *bytes) : nullptr;
}

OrderId Archive::Find(std::string_view account, std::string_view client_order_id) const {
  const KvStore::Read read(*store_);
  const auto id = read.Get(kKeys, Key(account, client_order_id));
  return id ? OrderId::FromValue(Number(*id)) : OrderId();
}

void Archive::Walk(std::optional<OrderId> from, bool forward, const Visit& visit) const {
  const KvStore::Read read(*store_);
  KvStore::Cursor cursor(read, kOrders);
  bool found = false;
  if (forward) {
    found = cursor.Seek(Key(from ? from->value() + 1 : 0));
  } else {
    found = from ? cursor.SeekBefore(Key(from->value())) : cursor.SeekLast();
  }
  while (found) {
    std::optional<OrderBrief> brief = DecodeBrief(cursor.value());
    TW_CHECK(brief.has_value());
    brief->id = OrderId::FromValue(Number(cursor.key()));
    if (!visit(*brief, [&] { return MustDecode(brief->id, cursor.value()); })) {
      return;
    }
    found = forward ? cursor.Next() : cursor.Previous();
  }
}

std::vector<uint64_t> Archive::FindFills(const FillFilter& filter,
                                         std::optional<uint64_t> after,
                                         size_t max) const {
  // By what is rarest; the rest is compared.
  std::string prefix = FillPrefix('*', "");
  if (filter.order_id.IsSet()) {
    prefix = "o" + Key(filter.order_id.value());
  } else if (!filter.account.empty()) {
    prefix = FillPrefix('a', filter.account);
  } else if (!filter.symbol.empty()) {
    prefix = FillPrefix('s', filter.symbol);
  }
  const KvStore::Read read(*store_);
  const auto matches = [&](std::string_view sequence) {
    if (filter.account.empty() && filter.symbol.empty()) {
      return true;
    }
    const auto names = read.Get(kFills, FillPrefix('*', "") + std::string(sequence));
    TW_CHECK(names.has_value());
    const size_t zero = names->find('\0');
    return (filter.account.empty() || names->substr(0, zero) == filter.account) &&
           (filter.symbol.empty() || names->substr(zero + 1) == filter.symbol);
  };
  std::vector<uint64_t> sequences;
  KvStore::Cursor cursor(read, kFills);
  const auto take = [&]() {  // false: beyond what was asked for
    if (cursor.key().substr(0, prefix.size()) != prefix) {
      return false;
    }
    const std::string_view sequence = cursor.key().substr(prefix.size());
    if (matches(sequence)) {
      sequences.push_back(Number(sequence));
    }
    return true;
  };
  if (after) {
    for (bool found = cursor.Seek(prefix + Key(*after + 1)); found && sequences.size() < max;) {
      found = take() && cursor.Next();
    }
    return sequences;
  }
  for (bool found = cursor.SeekBefore(prefix + Key(UINT64_MAX)); found && sequences.size() < max;) {
    found = take() && cursor.Previous();
  }
  return {sequences.rbegin(), sequences.rend()};
}

std::optional<RecordMark> Archive::FindMark(uint64_t sequence) const {
  const KvStore::Read read(*store_);
  KvStore::Cursor cursor(read, kMarks);
  if (!cursor.SeekBefore(Key(sequence + 1))) {
    return std::nullopt;
  }
  return RecordMark{Number(cursor.key()), Number(cursor.value())};
}

}  // namespace tw::oms
