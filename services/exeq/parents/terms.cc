#include "services/exeq/parents/terms.h"

#include <algorithm>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "services/exeq/parents/schedule.h"

namespace tw::exeq {
namespace {

absl::Status CheckQuantity(const char* field, Quantity quantity, const Instrument& instrument) {
  if (quantity < instrument.min_quantity) {
    return FieldError(field, "must be at least " + instrument.min_quantity.ToString());
  }
  if (!IsMultiple(quantity.e8(), instrument.lot_size.e8())) {
    return FieldError(field, "must be a multiple of the lot " + instrument.lot_size.ToString());
  }
  return absl::OkStatus();
}

absl::Status CheckPrice(Price price, const Instrument& instrument) {
  if (price < Price()) {
    return FieldError("limit_price", "must not be negative");
  }
  if (!IsMultiple(price.e8(), instrument.tick_size.e8())) {
    return FieldError("limit_price",
                      "must be a multiple of the tick " + instrument.tick_size.ToString());
  }
  return absl::OkStatus();
}

absl::Status CheckTimes(const ParentTerms& terms, Timestamp now) {
  if (!terms.end.IsSet()) {
    return HasSchedule(terms.algo)
               ? FieldError("end_time", "is required: the slices are laid out up to it")
               : absl::OkStatus();
  }
  if (terms.end <= now) {
    return FieldError("end_time", "is over already");
  }
  const Duration length = terms.end - terms.start;
  if (length < kDurationMin) {
    return FieldError("end_time", "must be at least a second after start_time");
  }
  if (length > kDurationMax) {
    return FieldError("end_time", "must be at most seven days after start_time");
  }
  return absl::OkStatus();
}

// What only one of the algorithms reads is refused with another, so that nobody believes in it.
absl::Status CheckForeign(const ParentTerms& terms) {
  const auto foreign = [](bool given, bool mine, const char* field, const char* whose) {
    return given && !mine ? FieldError(field, std::string("is taken with ") + whose + " only")
                          : absl::OkStatus();
  };
  const bool schedule = HasSchedule(terms.algo);
  TW_RETURN_IF_ERROR(
      foreign(terms.slices != 0, schedule, "slices", "TWAP, VWAP and implementation shortfall"));
  TW_RETURN_IF_ERROR(
      foreign(terms.participation_e8 != 0, terms.algo == Algo::kPov, "participation", "POV"));
  TW_RETURN_IF_ERROR(foreign(!terms.display.IsZero(), terms.algo == Algo::kIceberg,
                             "display_quantity", "an iceberg"));
  TW_RETURN_IF_ERROR(foreign(terms.urgency_e8 != 0, terms.algo == Algo::kImplementationShortfall,
                             "urgency", "implementation shortfall"));
  TW_RETURN_IF_ERROR(
      foreign(terms.learned_curve, terms.algo == Algo::kVwap, "volume_curve", "VWAP"));
  return foreign(terms.interval != Duration{}, terms.algo == Algo::kPov, "interval_ms", "POV");
}

absl::Status CheckShare(const char* field, int64_t share_e8) {
  return share_e8 < 0 || share_e8 > kDecimalScale
             ? FieldError(field, "must be a share of the market's volume, above 0 and at most 1")
             : absl::OkStatus();
}

absl::Status CheckPov(ParentTerms& terms) {
  if (terms.participation_e8 == 0) {
    return FieldError("participation",
                      "is required: the share of the market's volume, 0.1 for ten "
                      "per cent");
  }
  TW_RETURN_IF_ERROR(CheckShare("participation", terms.participation_e8));
  if (terms.participation_cap_e8 != 0 && terms.participation_cap_e8 < terms.participation_e8) {
    return FieldError("participation_cap", "must not be below participation");
  }
  if (terms.interval == Duration{}) {
    terms.interval = kIntervalDefault;
  }
  if (terms.interval < kIntervalMin || terms.interval > Duration::Seconds(3600)) {
    return FieldError("interval_ms", "must be from 100 to 3600000");
  }
  return absl::OkStatus();
}

absl::Status CheckIceberg(const ParentTerms& terms, const Instrument& instrument) {
  if (terms.limit_price.IsZero()) {
    return FieldError("limit_price", "is required for an iceberg: where it rests");
  }
  if (terms.display.IsZero()) {
    return FieldError("display_quantity", "is required for an iceberg: what is in sight");
  }
  TW_RETURN_IF_ERROR(CheckQuantity("display_quantity", terms.display, instrument));
  return terms.display > terms.quantity
             ? FieldError("display_quantity", "must not be above the quantity")
             : absl::OkStatus();
}

absl::Status CheckSchedule(ParentTerms& terms) {
  if (terms.slices == 0) {
    terms.slices = static_cast<int>(
        std::clamp<int64_t>((terms.end - terms.start).millis() / 30'000, 4, kSlicesMax));
  }
  if (terms.slices < 1 || terms.slices > kSlicesMax) {
    return FieldError("slices", "must be from 1 to 1000");
  }
  if ((terms.end - terms.start).ns / terms.slices < kIntervalMin.ns) {
    return FieldError("slices", "must leave each slice a tenth of a second at least");
  }
  if (terms.algo == Algo::kImplementationShortfall && terms.urgency_e8 == 0) {
    terms.urgency_e8 = kUrgencyDefaultE8;
  }
  if (terms.urgency_e8 < 0 || terms.urgency_e8 > kUrgencyMaxE8) {
    return FieldError("urgency", "must be above 0 and at most 20");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ParentTerms> CheckTerms(ParentTerms terms,
                                       const Instrument& instrument,
                                       Timestamp now) {
  if (!terms.start.IsSet() || terms.start < now) {
    terms.start = now;
  }
  if (terms.duration != Duration{}) {
    if (terms.end.IsSet()) {
      return FieldError("duration_ms", "is taken in place of end_time, not beside it");
    }
    if (terms.duration < kDurationMin || terms.duration > kDurationMax) {
      return FieldError("duration_ms", "must be from a second to seven days");
    }
    terms.end = terms.start + terms.duration;
  }
  TW_RETURN_IF_ERROR(CheckQuantity("quantity", terms.quantity, instrument));
  TW_RETURN_IF_ERROR(CheckPrice(terms.limit_price, instrument));
  TW_RETURN_IF_ERROR(CheckTimes(terms, now));
  if (terms.start - now > kDurationMax) {
    return FieldError("start_time", "must be at most seven days from now");
  }
  TW_RETURN_IF_ERROR(CheckForeign(terms));
  TW_RETURN_IF_ERROR(CheckShare("participation_cap", terms.participation_cap_e8));
  if (terms.randomize_percent < 0 || terms.randomize_percent > kRandomizeMax) {
    return FieldError("randomize_percent", "must be from 0 to 50");
  }
  if (!terms.slice_max.IsZero()) {
    TW_RETURN_IF_ERROR(CheckQuantity("slice_max", terms.slice_max, instrument));
  }
  if (terms.algo == Algo::kPov) {
    TW_RETURN_IF_ERROR(CheckPov(terms));
  } else if (terms.algo == Algo::kIceberg) {
    TW_RETURN_IF_ERROR(CheckIceberg(terms, instrument));
  } else if (HasSchedule(terms.algo)) {
    TW_RETURN_IF_ERROR(CheckSchedule(terms));
  } else {
    return FieldError("algo", "is required: TWAP, VWAP, POV, ICEBERG or IMPLEMENTATION_SHORTFALL");
  }
  return terms;
}

absl::StatusOr<ParentTerms> ChangedTerms(const Parent& parent,
                                         const ParentChange& change,
                                         const Instrument& instrument,
                                         Timestamp now) {
  if (parent.finished() || parent.status == ParentStatus::kStopping) {
    return absl::FailedPreconditionError("the parent order is " + std::string(Name(parent.status)));
  }
  ParentTerms terms = parent.terms;
  if (!change.quantity.IsZero()) {
    TW_RETURN_IF_ERROR(CheckQuantity("quantity", change.quantity, instrument));
    if (change.quantity < parent.filled) {
      return FieldError("quantity",
                        "must not be below what is filled, " + parent.filled.ToString());
    }
    if (change.quantity < parent.filled + parent.working) {
      return absl::FailedPreconditionError("quantity: " + parent.working.ToString() +
                                           " is at the venues beside " + parent.filled.ToString() +
                                           " filled; pause the parent first, which takes it back");
    }
    terms.quantity = change.quantity;
    terms.display = std::min(terms.display, terms.quantity);
  }
  if (!change.limit_price.IsZero()) {
    TW_RETURN_IF_ERROR(CheckPrice(change.limit_price, instrument));
    terms.limit_price = change.limit_price;
  }
  if (change.end.IsSet()) {
    terms.end = change.end;
    TW_RETURN_IF_ERROR(CheckTimes(terms, now));
  }
  return terms;
}

}  // namespace tw::exeq
