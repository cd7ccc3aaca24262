// The commands of ParentDesk: what clients ask for.
#include <algorithm>
#include <utility>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "services/exeq/parent_desk.h"

namespace tw::exeq {
namespace {

constexpr int kListDefault = 100;
constexpr int kListMax = 1'000;
constexpr size_t kChildrenShown = 1'000;
constexpr Duration kBarsTimeout = Duration::Seconds(2);
constexpr Duration kBarLength = Duration::Seconds(900);
constexpr const char* kBarTimeframe = "15m";

absl::Status Full() {
  return absl::ResourceExhaustedError("too many requests about parent orders; try again");
}

absl::Status NotReady() {
  return absl::UnavailableError("recovering, or stopping; try again in a moment");
}

bool Matches(const Parent& parent, const v1::ListParentOrdersRequest& request) {
  const auto is = [](const std::string& wanted, const std::string& value) {
    return wanted.empty() || wanted == value;
  };
  const auto& status = request.status();
  return is(request.account(), parent.terms.account) && is(request.symbol(), parent.terms.symbol) &&
         (!request.open_only() || !parent.finished()) &&
         (status.empty() ||
          std::find(status.begin(), status.end(), static_cast<int>(parent.status)) != status.end());
}

}  // namespace

v1::ParentOrder ParentDesk::Encode(const Parent& parent) const {
  return EncodeParent(parent, instruments_.Find(parent.terms.symbol)->lot_size, clock_.Now());
}

template <typename T>
void ParentDesk::Hold(const ParentAnswer<T>& answer, absl::StatusOr<T> result) {
  held_.push_back([answer, result = std::move(result)] { answer(result); });
}

template <typename T>
void ParentDesk::Post(std::function<void()> task, const ParentAnswer<T>& answer) {
  if (!running_) {
    answer(NotReady());
  } else if (!inbox_->Post(std::move(task))) {
    answer(Full());
  }
}

void ParentDesk::Submit(const v1::SubmitParentOrderRequest& request,
                        ParentAnswer<v1::ParentOrder> answer) {
  const absl::StatusOr<ParentTerms> terms = DecodeTerms(request);
  if (!terms.ok()) {
    answer(terms.status());
    return;
  }
  const uint64_t seed = request.seed();
  if (!terms->learned_curve || terms->algo != Algo::kVwap) {
    Post([this, terms = *terms, seed,
          answer] { SubmitNow(terms, seed, VolumeCurve::Default(), answer); },
         answer);
    return;
  }
  if (!running_) {
    answer(NotReady());
    return;
  }
  v1::ListBarsRequest bars;
  bars.set_symbol(terms->symbol);
  bars.set_timeframe(kBarTimeframe);
  bars.set_limit(kListMax);
  options_.hot_cache->Call<v1::ListBarsRequest, v1::ListBarsResponse>(
      "tradewind.v1.MarketDataService/ListBars", bars, kBarsTimeout,
      [this, inbox = inbox_, terms = *terms, seed,
       answer](const absl::StatusOr<v1::ListBarsResponse>& response) {
        if (!response.ok() && !absl::IsNotFound(response.status())) {
          answer(absl::UnavailableError("volume_curve: hot-cache has no bars to learn from: " +
                                        std::string(response.status().message())));
          return;
        }
        const VolumeCurve curve = VolumeCurve::Learn(
            response.ok() ? DecodeBars(*response, kBarLength) : std::vector<VolumeBar>());
        if (!inbox->Post(
                [this, terms, seed, curve, answer] { SubmitNow(terms, seed, curve, answer); })) {
          answer(Full());
        }
      });
}

void ParentDesk::SubmitNow(const ParentTerms& terms,
                           uint64_t seed,
                           const VolumeCurve& curve,
                           const ParentAnswer<v1::ParentOrder>& answer) {
  const auto submit = [&]() -> absl::StatusOr<v1::ParentOrder> {
    TW_ASSIGN_OR_RETURN(const Parent* const known, book_.FindRepeat(terms));
    if (known != nullptr) {
      v1::ParentOrder order = Encode(*known);
      order.set_duplicate(true);
      return order;
    }
    TW_ASSIGN_OR_RETURN(
        const ParentEvent event,
        book_.DecideSubmit(terms, curve, seed == 0 ? std::nullopt : std::optional(seed),
                           clock_.Now()));
    TW_RETURN_IF_ERROR(Keep(event));
    return Encode(*book_.Find(event.parent.id));
  };
  Hold(answer, submit());
}

void ParentDesk::Change(const std::string& id,
                        std::function<Decision(Timestamp)> decide,
                        ParentAnswer<v1::ParentOrder> answer) {
  Post(
      [this, id, decide = std::move(decide), answer] {
        const auto change = [&]() -> absl::StatusOr<v1::ParentOrder> {
          TW_ASSIGN_OR_RETURN(const std::optional<ParentEvent> event, decide(clock_.Now()));
          if (event) {
            TW_RETURN_IF_ERROR(Keep(*event));
          }
          return Encode(*book_.Find(id));
        };
        Hold(answer, change());
      },
      answer);
}

void ParentDesk::Pause(const std::string& id, ParentAnswer<v1::ParentOrder> answer) {
  Change(
      id, [this, id](Timestamp now) { return book_.DecidePause(id, now); }, std::move(answer));
}

void ParentDesk::Resume(const std::string& id, ParentAnswer<v1::ParentOrder> answer) {
  Change(
      id, [this, id](Timestamp now) { return book_.DecideResume(id, now); }, std::move(answer));
}

void ParentDesk::Cancel(const std::string& id, ParentAnswer<v1::ParentOrder> answer) {
  Change(
      id, [this, id](Timestamp now) { return book_.DecideCancel(id, now); }, std::move(answer));
}

void ParentDesk::Replace(const v1::ReplaceParentOrderRequest& request,
                         ParentAnswer<v1::ParentOrder> answer) {
  const absl::StatusOr<ParentChange> change = DecodeChange(request);
  if (!change.ok()) {
    answer(change.status());
    return;
  }
  const std::string& id = request.parent_order_id();
  Change(
      id,
      [this, id, change = *change](Timestamp now) { return book_.DecideReplace(id, change, now); },
      std::move(answer));
}

void ParentDesk::Get(const v1::GetParentOrderRequest& request,
                     ParentAnswer<v1::ParentOrder> answer) {
  Post(
      [this, request, answer] {
        const std::string account = request.account().empty() ? "default" : request.account();
        const std::string id = request.parent_order_id().empty()
                                   ? book_.FindByKey(account, request.client_parent_id())
                                   : request.parent_order_id();
        const Parent* const parent = book_.Find(id);
        if (parent == nullptr) {
          Hold<v1::ParentOrder>(
              answer, absl::NotFoundError("no parent order " + (request.parent_order_id().empty()
                                                                    ? request.client_parent_id()
                                                                    : id)));
          return;
        }
        v1::ParentOrder order = Encode(*parent);
        const std::vector<const ParentChild*> children = book_.Children(id);
        for (size_t i = children.size() - std::min(children.size(), kChildrenShown);
             i < children.size(); ++i) {
          *order.add_child_orders() = EncodeChild(*parent, *children[i]);
        }
        Hold<v1::ParentOrder>(answer, std::move(order));
      },
      answer);
}

void ParentDesk::List(const v1::ListParentOrdersRequest& request,
                      ParentAnswer<v1::ListParentOrdersResponse> answer) {
  if (request.limit() < 0 || request.limit() > kListMax) {
    answer(FieldError("limit", "must be from 1 to 1000"));
    return;
  }
  const size_t limit = static_cast<size_t>(request.limit() == 0 ? kListDefault : request.limit());
  const auto list = [this, request, limit, answer] {
    std::vector<const Parent*> found;
    bool behind = request.after().empty() || request.after() == "0";
    for (const Parent* parent : book_.List()) {
      if (behind && Matches(*parent, request)) {
        found.push_back(parent);
      }
      behind = behind || parent->id == request.after();
    }
    v1::ListParentOrdersResponse response;
    const bool newest = request.after().empty();
    const size_t begin = newest ? found.size() - std::min(found.size(), limit) : 0;
    const size_t end = std::min(found.size(), begin + limit);
    for (size_t i = begin; i < end; ++i) {
      *response.add_orders() = Encode(*found[i]);
    }
    if (end < found.size()) {
      response.set_next(found[end - 1]->id);
    }
    Hold<v1::ListParentOrdersResponse>(answer, std::move(response));
  };
  Post(list, answer);
}

}  // namespace tw::exeq
