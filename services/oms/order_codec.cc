#include "services/oms/order_codec.h"

#include <type_traits>

#include "services/oms/ledger.h"

namespace tw::oms {
namespace {

class Encoder {
 public:
  template <typename T>
  Encoder& operator()(const T& v) {
    if constexpr (std::is_same_v<T, std::string>) {
      writer_(std::string_view(v));
    } else if constexpr (std::is_enum_v<T> || std::is_unsigned_v<T>) {
      writer_(static_cast<uint64_t>(v));
    } else if constexpr (std::is_same_v<T, OrderId>) {
      writer_(v.value());
    } else if constexpr (std::is_same_v<T, Timestamp>) {
      writer_(v.ns);
    } else {
      writer_(v.e8());
    }
    return *this;
  }
  template <typename T, typename Each>
  void Many(const std::vector<T>& all, Each each) {
    writer_(static_cast<uint64_t>(all.size()));
    for (const T& one : all) {
      each(*this, one);
    }
  }
  std::string Take() { return writer_.Take(); }

 private:
  ByteWriter writer_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : reader_(bytes) {}

  template <typename T>
  Decoder& operator()(T& v) {
    if constexpr (std::is_same_v<T, std::string>) {
      v = std::string(reader_.Text());
    } else if constexpr (std::is_enum_v<T> || std::is_unsigned_v<T>) {
      v = static_cast<T>(reader_.Number());
    } else if constexpr (std::is_same_v<T, OrderId>) {
      v = OrderId::FromValue(reader_.Number());
    } else if constexpr (std::is_same_v<T, Timestamp>) {
      v.ns = reader_.Signed();
    } else {
      v = T::FromE8(reader_.Signed());
    }
    return *this;
  }
  template <typename T, typename Each>
  void Many(std::vector<T>& all, Each each) {
    for (uint64_t left = reader_.Number(); left > 0 && reader_.ok(); --left) {
      each(*this, all.emplace_back());
    }
  }
  bool done() const { return reader_.done(); }

 private:
  ByteReader reader_;
};

template <typename Coder, typename O>
void VisitTerms(Coder& c, O& o) {
  auto& t = o.terms;
  c(t.client_order_id)(t.generated_client_order_id)(t.side)(t.type)(t.time_in_force)(t.quantity);
  c(t.price)(t.stop_price)(t.first_trigger)(t.expires)(t.parent_order_id)(t.strategy);
  c(t.link.kind)(t.link.role);
  auto& a = t.asked;
  c(a.post_only)(a.reduce_only)(a.display)(a.trigger)(a.trailing_amount)(a.trailing_percent);
  c(a.expire)(a.self_trade);
}

// DecodeBrief reads the first five.
template <typename Coder, typename O>
void Visit(Coder& c, O& o) {
  c(o.phase)(o.filled)(o.terms.link.id)(o.terms.account)(o.terms.symbol);
  VisitTerms(c, o);
  c(o.original_quantity)(o.original_price)(o.original_stop_price)(o.trigger_price)(o.triggered);
  c(o.expiring)(o.yielding)(o.cancel_reason)(o.leaves)(o.canceled)(o.filled_notional);
  c(o.reserve_price)(o.kill_generation)(o.acknowledged);
  c(o.requested_quantity)(o.requested_price)(o.requested_reserve_price);
  c(o.reject_reason)(o.reject_message)(o.venue);
  c(o.uncertain)(o.uncertain_reason)(o.uncertain_since);
  c(o.resolution.outcome)(o.resolution.reason)(o.resolution.by);
  c(o.assumed)(o.assumed_price)(o.operator_fills)(o.busted)(o.created)(o.updated)(o.sequence);
  c.Many(o.fills, [](auto& coder, auto& fill) {
    coder(fill.venue_exec_id)(fill.quantity)(fill.price)(fill.fee);
  });
}

}  // namespace

void ByteWriter::operator()(uint64_t v) {
  while (v >= 0x80) {
    bytes_.push_back(static_cast<char>(v | 0x80));
    v >>= 7;
  }
  bytes_.push_back(static_cast<char>(v));
}

uint64_t ByteReader::Number() {
  uint64_t v = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    v |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      return v;
    }
  }
  ok_ = false;
  return 0;
}

std::string_view ByteReader::Text() {
  const uint64_t size = Number();
  if (size > rest_.size()) {
    ok_ = false;
    return {};
  }
  const std::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return text;
}

std::string EncodeOrder(const Order& order) {
  Encoder encoder;
  Visit(encoder, order);
  return encoder.Take();
}

std::unique_ptr<Order> DecodeOrder(std::string_view bytes) {
  auto order = std::make_unique<Order>();
  Decoder decoder(bytes);
  Visit(decoder, *order);
  return decoder.done() ? std::move(order) : nullptr;
}

std::optional<OrderBrief> DecodeBrief(std::string_view bytes) {
  ByteReader reader(bytes);
  OrderBrief brief;
  const auto phase = static_cast<Phase>(reader.Number());
  const Quantity filled = Quantity::FromE8(reader.Signed());
  brief.link = OrderId::FromValue(reader.Number());
  brief.account = reader.Text();
  brief.symbol = reader.Text();
  brief.status = StatusOf(phase, !filled.IsZero());
  brief.finished = IsTerminal(phase);
  return reader.ok() ? std::optional(brief) : std::nullopt;
}

}  // namespace tw::oms
