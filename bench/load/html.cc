// The report as a page with plots.
#include <algorithm>
#include <cmath>

#include "bench/load/report.h"
#include "fmt/format.h"

namespace tw::load {
namespace {

constexpr double kPlotWidth = 720;
constexpr double kHeight = 240;
constexpr double kLeft = 64;
constexpr double kBottom = 28;

std::string Escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      default: out += c;
    }
  }
  return out;
}

struct Line {
  std::string name;
  std::string color;
  std::vector<std::pair<double, double>> points;  // x, y in the plot's units
};

// Lines over a logarithmic y axis of nanoseconds; `x_labels` are (x, text).
std::string Plot(const std::string& title,
                 const std::vector<Line>& lines,
                 const std::vector<std::pair<double, std::string>>& x_labels) {
  double x_max = 1e-9;
  double low = 1e18;
  double high = 1;
  for (const Line& line : lines) {
    for (const auto& [x, y] : line.points) {
      x_max = std::max(x_max, x);
      low = std::min(low, std::max(y, 1e3));
      high = std::max(high, y);
    }
  }
  const double first = std::floor(std::log10(std::min(low, high)));
  const double last = std::max(first + 1, std::ceil(std::log10(high)));
  const auto px = [&](double x) { return kLeft + x / x_max * (kPlotWidth - kLeft - 8); };
  const auto py = [&](double y) {
    return 8 + (last - std::log10(std::max(y, 1e3))) / (last - first) * (kHeight - kBottom - 8);
  };
  std::string svg =
      fmt::format("<h2>{}</h2><svg viewBox=\"0 0 {} {}\">", Escape(title), kPlotWidth, kHeight);
  for (double decade = first; decade <= last; ++decade) {
    const double y = std::pow(10, decade);
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
        kLeft, kPlotWidth - 8, py(y), py(y), kLeft - 6, py(y) + 4,
        FormatSpan(Duration{std::llround(y)}));
  }
  for (const auto& [x, text] : x_labels) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>", px(x),
                       kHeight - 8, text);
  }
  double legend = kLeft + 8;
  for (const Line& line : lines) {
    svg += fmt::format("<polyline stroke=\"{}\" points=\"", line.color);
    for (const auto& [x, y] : line.points) {
      svg += fmt::format("{:.1f},{:.1f} ", px(x), py(y));
    }
    svg += fmt::format("\"/><text x=\"{}\" y=\"20\" fill=\"{}\">{}</text>", legend, line.color,
                       line.name);
    legend += 90;
  }
  return svg + "</svg>";
}

// Latency over percentile; each nine takes the same room.
std::string Percentiles(const Totals& totals) {
  const auto x_of = [](double percent) { return -std::log10(1 - percent / 100); };
  std::vector<Line> lines;
  const std::pair<const char*, const Histogram*> all[] = {
      {"orders", &totals.orders}, {"cancels", &totals.cancels}, {"replaces", &totals.replaces}};
  const char* const colors[] = {"#0b6", "#06c", "#c60"};
  for (size_t i = 0; i < 3; ++i) {
    if (all[i].second->count() == 0) {
      continue;
    }
    Line line{all[i].first, colors[i], {}};
    for (double x = 0.02; x <= 4.0; x += 0.02) {
      const double percent = 100 * (1 - std::pow(10, -x));
      line.points.emplace_back(x, static_cast<double>(all[i].second->Percentile(percent).ns));
    }
    lines.push_back(std::move(line));
  }
  return Plot("Latency from the intended time, by percentile", lines,
              {{x_of(50), "50"}, {1, "90"}, {2, "99"}, {3, "99.9"}, {4, "99.99"}});
}

std::string Timeline(const Totals& totals) {
  Line p50{"p50", "#0b6", {}};
  Line p99{"p99", "#06c", {}};
  Line max{"max", "#c33", {}};
  for (size_t i = 0; i < totals.seconds.size(); ++i) {
    const Second& s = totals.seconds[i];
    const auto x = static_cast<double>(i);
    p50.points.emplace_back(x, static_cast<double>(s.p50_ns));
    p99.points.emplace_back(x, static_cast<double>(s.p99_ns));
    max.points.emplace_back(x, static_cast<double>(s.max_ns));
  }
  std::vector<std::pair<double, std::string>> labels;
  const size_t step = std::max<size_t>(1, totals.seconds.size() / 8);
  for (size_t i = 0; i < totals.seconds.size(); i += step) {
    labels.emplace_back(static_cast<double>(i), fmt::format("{} s", i));
  }
  return Plot("Orders, second by second", {p50, p99, max}, labels);
}

// One bar a stage, where it begins and as long as it takes.
std::string WaterfallPlot(const std::vector<WaterfallRow>& rows) {
  if (rows.empty()) {
    return "";
  }
  int64_t end_ns = 1;
  for (const WaterfallRow& row : rows) {
    end_ns = std::max(end_ns, row.begins.ns + row.stage.mean.ns);
  }
  const auto px = [&](Duration span) {
    return 400 * static_cast<double>(span.ns) / static_cast<double>(end_ns);
  };
  std::string table = fmt::format(
      "<h2>Waterfall, means of {} orders</h2><table><tr><th>stage</th><th>mean</th><th>p50</th>"
      "<th>p99</th></tr>",
      rows.front().stage.count);
  for (const WaterfallRow& row : rows) {
    table += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
        "<td><svg class=\"fall\" viewBox=\"0 0 400 12\"><rect x=\"{:.1f}\" width=\"{:.1f}\" "
        "height=\"12\"/></svg></td></tr>",
        Escape(row.name), FormatSpan(row.stage.mean), FormatSpan(row.stage.p50),
        FormatSpan(row.stage.p99), px(row.begins), std::max(1.0, px(row.stage.mean)));
  }
  return table + "</table>";
}

std::string Stages(const std::vector<NamedStage>& stages) {
  if (stages.empty()) {
    return "";
  }
  int64_t widest = 1;
  for (const NamedStage& s : stages) {
    widest = std::max(widest, s.stage.mean.ns);
  }
  std::string table = "<h2>Stages, mean</h2><table>";
  for (const NamedStage& s : stages) {
    const double width = 300 * static_cast<double>(s.stage.mean.ns) / static_cast<double>(widest);
    table += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td><svg class=\"bar\" viewBox=\"0 0 300 12\">"
        "<rect width=\"{:.1f}\" height=\"12\"/></svg></td></tr>",
        Escape(s.name), FormatSpan(s.stage.mean), width);
  }
  return table + "</table>";
}

}  // namespace

std::string ToHtml(const Report& report) {
  return fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tradewind load</title>"
      "<style>body{{font:14px system-ui,sans-serif;max-width:{}px;margin:2em auto;color:#222}}"
      "svg{{width:100%}}svg.bar{{width:300px;height:12px}}svg.fall{{width:400px;height:12px}}rect{{"
      "fill:#0b6}}"
      "polyline{{fill:none;stroke-width:1.5}}.grid{{stroke:#ddd}}text{{font-size:11px;fill:#555}}"
      "pre{{background:#f6f6f6;padding:1em;overflow:auto}}td{{padding:2px 8px}}.n{{text-align:"
      "right}}</style><h1>Load run: {}</h1><pre>{}</pre>{}{}{}{}</html>\n",
      static_cast<int>(kPlotWidth), report.passed() ? "passed" : "failed", Escape(ToText(report)),
      Percentiles(report.totals), Timeline(report.totals), WaterfallPlot(report.waterfall),
      Stages(report.stages));
}

}  // namespace tw::load
