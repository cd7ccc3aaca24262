// What exeq counts. Verbs at the call sites, names here.
#pragma once

#include <cstddef>

#include "libs/metrics/metrics.h"
#include "services/exeq/parents/parent.h"

namespace tw::exeq {

class ExeqMetrics {
 public:
  explicit ExeqMetrics(metrics::Registry& registry)
      : placed_(Commands(registry, "place")),
        canceled_(Commands(registry, "cancel")),
        replaced_(Commands(registry, "replace")),
        executions_(registry.AddCounter("tw_exeq_executions_total", "Executions passed to oms.")),
        unrouted_(registry.AddCounter("tw_exeq_unrouted_total",
                                      "Orders for which no venue was known; sent all the same.")),
        routed_(registry.AddCounter("tw_exeq_orders_routed_total",
                                    "Orders that had a choice of venues.")),
        legs_(registry.AddCounter("tw_exeq_legs_total", "Parts that they were first laid out in.")),
        rerouted_(registry.AddCounter("tw_exeq_reroutes_total",
                                      "Times a part went elsewhere after a refusal.")),
        given_up_(registry.AddCounter("tw_exeq_legs_given_up_total",
                                      "Parts that had no answer in time.")),
        streams_lost_(registry.AddCounter("tw_exeq_streams_lost_total",
                                          "Times the way between oms and the venues was lost.")) {}

  void Placed() const { placed_.Add(); }
  void Canceled() const { canceled_.Add(); }
  void Replaced() const { replaced_.Add(); }
  void Passed(size_t executions) const { executions_.Add(static_cast<double>(executions)); }
  void Unrouted() const { unrouted_.Add(); }
  void Routed(size_t legs) const {
    routed_.Add();
    legs_.Add(static_cast<double>(legs));
  }
  void Rerouted() const { rerouted_.Add(); }
  void GivenUp() const { given_up_.Add(); }
  void StreamLost() const { streams_lost_.Add(); }

 private:
  static metrics::Counter Commands(metrics::Registry& registry, const char* kind) {
    return registry.AddCounter("tw_exeq_commands_total", "Commands sent to venues, by kind.",
                               {{"kind", kind}});
  }

  metrics::Counter placed_;
  metrics::Counter canceled_;
  metrics::Counter replaced_;
  metrics::Counter executions_;
  metrics::Counter unrouted_;
  metrics::Counter routed_;
  metrics::Counter legs_;
  metrics::Counter rerouted_;
  metrics::Counter given_up_;
  metrics::Counter streams_lost_;
};

class ParentMetrics {
 public:
  explicit ParentMetrics(metrics::Registry& registry)
      : submitted_(registry.AddCounter("tw_exeq_parents_submitted_total", "Parent orders taken.")),
        finished_(registry.AddCounter("tw_exeq_parents_finished_total", "Parent orders ended.")),
        children_(registry.AddCounter("tw_exeq_children_planned_total",
                                      "Child orders planned and journaled.")),
        submits_(Requests(registry, "submit")),
        gets_(Requests(registry, "get")),
        cancels_(Requests(registry, "cancel")),
        lost_(registry.AddCounter("tw_exeq_child_answers_lost_total",
                                  "Requests about children that oms did not answer; repeated.")) {}

  void Happened(const ParentEvent& event) const {
    switch (event.kind) {
      case ParentEventKind::kSubmitted: submitted_.Add(); break;
      case ParentEventKind::kChildPlanned: children_.Add(); break;
      case ParentEventKind::kFinished: finished_.Add(); break;
      default: break;
    }
  }
  void AskedSubmit() const { submits_.Add(); }
  void AskedGet() const { gets_.Add(); }
  void AskedCancel() const { cancels_.Add(); }
  void Lost() const { lost_.Add(); }

 private:
  static metrics::Counter Requests(metrics::Registry& registry, const char* kind) {
    return registry.AddCounter("tw_exeq_child_requests_total",
                               "Requests to oms about children, by kind.", {{"kind", kind}});
  }

  metrics::Counter submitted_;
  metrics::Counter finished_;
  metrics::Counter children_;
  metrics::Counter submits_;
  metrics::Counter gets_;
  metrics::Counter cancels_;
  metrics::Counter lost_;
};

}  // namespace tw::exeq
