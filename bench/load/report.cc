#include "bench/load/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fmt/format.h"

namespace tw::load {
namespace {

using nlohmann::ordered_json;

double Micros(Duration span) {
  return static_cast<double>(span.ns) / 1e3;
}

std::string LatencyLine(const char* name, const Histogram& h) {
  if (h.count() == 0) {
    return "";
  }
  std::string line = fmt::format("  {:<10}{:>10}", name, h.count());
  for (const double percent : {50.0, 90.0, 99.0, 99.9, 99.99}) {
    line += fmt::format("{:>10}", FormatSpan(h.Percentile(percent)));
  }
  return line + fmt::format("{:>10}\n", FormatSpan(h.max()));
}

std::string Counts(const Report& report) {
  const Totals& t = report.totals;
  std::string text = fmt::format(
      "sent {}, answered {}, accepted {} ({:.1f} /s), unanswered {}\n"
      "new orders: {} of {} accepted ({:.4f} %, {:.1f} /s), fills {}\n",
      t.sent(), t.answered(), t.accepted(), report.per_second(t.accepted()), t.unanswered,
      t.orders_accepted(), t.orders_sent(), t.accepted_percent(),
      report.per_second(t.orders_accepted()), report.fills);
  for (size_t i = 0; i < kKinds; ++i) {
    if (t.kinds[i].sent > 0) {
      text += fmt::format("  {:<10}{:>10} sent{:>10} accepted\n", KindName(static_cast<Kind>(i)),
                          t.kinds[i].sent, t.kinds[i].accepted);
    }
  }
  for (const auto& [reason, count] : t.rejected) {
    text += fmt::format("  rejected {}: {}\n", reason, count);
  }
  for (const auto& [code, count] : t.error_codes) {
    text += fmt::format("  error {}: {}\n", code, count);
  }
  if (t.too_late > 0) {
    text += fmt::format("  lost races (the order had finished or was changing): {}\n", t.too_late);
  }
  return text;
}

std::string WaterfallText(const std::vector<WaterfallRow>& rows) {
  if (rows.empty()) {
    return "";
  }
  constexpr size_t kWidth = 40;
  int64_t end_ns = 1;
  for (const WaterfallRow& row : rows) {
    end_ns = std::max(end_ns, row.begins.ns + row.stage.mean.ns);
  }
  std::string text = fmt::format("waterfall, from {} orders' own time stamps (bars: means):\n",
                                 rows.front().stage.count);
  for (const WaterfallRow& row : rows) {
    const auto column = [&](int64_t ns) {
      return static_cast<size_t>(std::clamp<int64_t>(ns * static_cast<int64_t>(kWidth) / end_ns, 0,
                                                     static_cast<int64_t>(kWidth)));
    };
    const size_t first = std::min(column(row.begins.ns), kWidth - 1);
    const size_t last = std::max(column(row.begins.ns + row.stage.mean.ns), first + 1);
    text += fmt::format("  {:<32} mean {:>8}  p50 {:>8}  p99 {:>8}  |{}{}{}|\n", row.name,
                        FormatSpan(row.stage.mean), FormatSpan(row.stage.p50),
                        FormatSpan(row.stage.p99), std::string(first, ' '),
                        std::string(last - first, '#'), std::string(kWidth - last, ' '));
  }
  return text;
}

ordered_json LatencyJson(const Histogram& h) {
  return {{"count", h.count()},
          {"mean_us", h.mean_ns() / 1e3},
          {"p50_us", Micros(h.Percentile(50))},
          {"p90_us", Micros(h.Percentile(90))},
          {"p99_us", Micros(h.Percentile(99))},
          {"p999_us", Micros(h.Percentile(99.9))},
          {"p9999_us", Micros(h.Percentile(99.99))},
          {"max_us", Micros(h.max())}};
}

ordered_json SecondsJson(const std::vector<Second>& seconds) {
  ordered_json list = ordered_json::array();
  for (const Second& s : seconds) {
    list.push_back({{"sent", s.sent},
                    {"answered", s.answered},
                    {"accepted", s.accepted},
                    {"p50_us", Micros({s.p50_ns})},
                    {"p99_us", Micros({s.p99_ns})},
                    {"max_us", Micros({s.max_ns})}});
  }
  return list;
}

}  // namespace

std::vector<Usage> UsageBetween(const std::map<std::string, Scrape>& before,
                                const std::map<std::string, Scrape>& after) {
  constexpr const char* kMemory = "process_resident_memory_bytes";
  constexpr const char* kCpu = "process_cpu_seconds_total";
  constexpr const char* kProcess = "tw_process_id";
  std::vector<Usage> rows;
  std::map<double, size_t> row_of;  // by process
  for (const auto& [service, scrape] : after) {
    const auto b = before.find(service);
    if (b == before.end()) {
      continue;
    }
    const double process = scrape.Value(kProcess);
    const auto [row, is_new] = row_of.try_emplace(process, rows.size());
    if (process > 0 && !is_new) {
      rows[row->second].service += ", " + service;
      continue;
    }
    rows.push_back({service, b->second.Value(kMemory) / 1e6, scrape.Value(kMemory) / 1e6,
                    scrape.Value(kCpu) - b->second.Value(kCpu)});
  }
  return rows;
}

double Report::per_second(uint64_t count) const {
  return elapsed.ns <= 0 ? 0 : static_cast<double>(count) / elapsed.seconds();
}

double Report::cpu_us_per_command(const Usage& u) const {
  return commands == 0 ? 0 : u.cpu_s * 1e6 / static_cast<double>(commands);
}

bool Report::passed() const {
  return std::all_of(bars.begin(), bars.end(), [](const BarResult& bar) { return bar.passed; });
}

std::string ToText(const Report& report) {
  const Totals& t = report.totals;
  std::string text = report.what + "\n" + Counts(report);
  text += fmt::format(
      "latency from the intended time:\n  {:<10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}"
      "{:>10}\n",
      "", "count", "p50", "p90", "p99", "p99.9", "p99.99", "max");
  text += LatencyLine("orders", t.orders) + LatencyLine("cancels", t.cancels) +
          LatencyLine("replaces", t.replaces) + LatencyLine("sent late", t.lag);
  text += WaterfallText(report.waterfall);
  if (!report.stages.empty()) {
    text += "stages, from the services' metrics (p50 and p99 read from buckets):\n";
    for (const NamedStage& s : report.stages) {
      text +=
          fmt::format("  {:<42}{:>10}  mean {:>9}  p50 {:>9}  p99 {:>9}\n", s.name, s.stage.count,
                      FormatSpan(s.stage.mean), FormatSpan(s.stage.p50), FormatSpan(s.stage.p99));
    }
  }
  for (const Usage& u : report.usage) {
    text +=
        fmt::format("{:<18} cpu {:>7.1f} us a command, memory {:.0f} MB before, {:.0f} MB after\n",
                    u.service, report.cpu_us_per_command(u), u.before_mb, u.after_mb);
  }
  for (const std::string& note : report.notes) {
    text += "note: " + note + "\n";
  }
  for (const BarResult& bar : report.bars) {
    text += fmt::format("{} {}: {}, {}\n", bar.passed ? "pass" : "FAIL", bar.name, bar.value,
                        bar.limit);
  }
  return text;
}

std::string ToJson(const Report& report) {
  const Totals& t = report.totals;
  ordered_json json = {{"what", report.what},
                       {"elapsed_s", report.elapsed.seconds()},
                       {"sent", t.sent()},
                       {"answered", t.answered()},
                       {"accepted", t.accepted()},
                       {"unanswered", t.unanswered},
                       {"errors", t.errors},
                       {"lost_races", t.too_late},
                       {"accepted_per_second", report.per_second(t.accepted())},
                       {"orders_sent", t.orders_sent()},
                       {"orders_accepted", t.orders_accepted()},
                       {"orders_accepted_percent", t.accepted_percent()},
                       {"orders_accepted_per_second", report.per_second(t.orders_accepted())},
                       {"fills", report.fills},
                       {"substituted", report.substituted},
                       {"rejected", t.rejected},
                       {"error_codes", t.error_codes},
                       {"orders", LatencyJson(t.orders)},
                       {"cancels", LatencyJson(t.cancels)},
                       {"replaces", LatencyJson(t.replaces)},
                       {"sent_late", LatencyJson(t.lag)}};
  for (size_t i = 0; i < kKinds; ++i) {
    json["kinds"][KindName(static_cast<Kind>(i))] = {{"sent", t.kinds[i].sent},
                                                     {"answered", t.kinds[i].answered},
                                                     {"accepted", t.kinds[i].accepted}};
  }
  json["waterfall"] = ordered_json::array();
  for (const WaterfallRow& row : report.waterfall) {
    json["waterfall"].push_back({{"name", row.name},
                                 {"count", row.stage.count},
                                 {"begins_us", Micros(row.begins)},
                                 {"mean_us", Micros(row.stage.mean)},
                                 {"p50_us", Micros(row.stage.p50)},
                                 {"p99_us", Micros(row.stage.p99)}});
  }
  json["stages"] = ordered_json::object();
  for (const NamedStage& s : report.stages) {
    json["stages"][s.name] = {{"count", s.stage.count},
                              {"mean_us", Micros(s.stage.mean)},
                              {"p50_us", Micros(s.stage.p50)},
                              {"p99_us", Micros(s.stage.p99)}};
  }
  json["usage"] = ordered_json::object();
  for (const Usage& u : report.usage) {
    json["usage"][u.service] = {{"cpu_us_per_command", report.cpu_us_per_command(u)},
                                {"memory_before_mb", u.before_mb},
                                {"memory_after_mb", u.after_mb}};
  }
  json["bars"] = ordered_json::array();
  for (const BarResult& bar : report.bars) {
    json["bars"].push_back(
        {{"name", bar.name}, {"limit", bar.limit}, {"value", bar.value}, {"passed", bar.passed}});
  }
  json["notes"] = report.notes;
  json["seconds"] = SecondsJson(t.seconds);
  json["passed"] = report.passed();
  return json.dump(2) + "\n";
}

}  // namespace tw::load
