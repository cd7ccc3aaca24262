// Icebergs, stops and self-trade prevention, as scenarios (scenario.h says how to read them).
#include <gtest/gtest.h>

#include <string>

#include "tests/libs/book/scenario.h"

namespace tw::book {
namespace {

class SpecialsTest : public ::testing::TestWithParam<Scenario> {};

TEST_P(SpecialsTest, HappensAsWritten) {
  ExpectAsWritten(GetParam());
}

// clang-format off
constexpr Scenario kScenarios[] = {
    {"an_iceberg_shows_a_slice_and_each_new_slice_queues_at_the_back", R"(
        sell 1 limit 10@100 show 4 -> accepted 1
        sell 2 limit 3@100 -> accepted 2
        book | 7@100(2)
        buy 3 ioc 5@100 -> accepted 3, trade 3x1 4@100 leaves 1/6, replenished 1 4/6, trade 3x2 1@100 leaves 0/2
        book | 6@100(2)
        buy 4 ioc 7@100 -> accepted 4, trade 4x2 2@100 leaves 5/0, trade 4x1 4@100 leaves 1/2, replenished 1 2/2, trade 4x1 1@100 leaves 0/1
        book | 1@100(1))"},
    {"an_incoming_iceberg_trades_with_all_it_has", R"(
        sell 1 limit 6@100 -> accepted 1
        buy 2 limit 10@100 show 3 -> accepted 2, trade 2x1 6@100 leaves 4/0
        book 3@100(1) |)"},
    {"fok_counts_what_is_hidden", R"(
        sell 1 limit 10@100 show 4 -> accepted 1
        buy 2 fok 11@100 -> accepted 2, canceled 2 11 fok-unfillable
        buy 3 fok 9@100 -> accepted 3, trade 3x1 4@100 leaves 5/6, replenished 1 4/6, trade 3x1 4@100 leaves 1/2, replenished 1 2/2, trade 3x1 1@100 leaves 0/1)"},
    {"modify_takes_from_the_hidden_part_first", R"(
        buy 1 limit 10@100 show 4 -> accepted 1
        buy 2 limit 1@100 -> accepted 2
        modify 1 5@100 -> modified 1 5@100
        book 5@100(2) |
        modify 1 2@100 -> modified 1 2@100
        book 3@100(2) |
        sell 3 ioc 2@100 -> accepted 3, trade 3x1 2@100 leaves 0/0
        cancel 2 -> canceled 2 1 requested)"},
    {"what_an_iceberg_may_show", R"(
        buy 1 limit 10@100 show 11 -> rejected 1 invalid-display
        buy 1 limit 10@100 show -1 -> rejected 1 invalid-display
        buy 1 limit 1001@100 show 1 -> rejected 1 invalid-display
        buy 1 ioc 10@100 show 1 -> rejected 1 invalid-display
        buy 1 limit 10@100 show 2 stop 101 -> rejected 1 invalid-display
        buy 1 limit 1000@100 show 1 -> accepted 1
        modify 1 1001@100 -> rejected 1 invalid-quantity
        cancel 1 -> canceled 1 1000 requested)"},
    {"a_stop_waits_for_a_trade_at_its_trigger_or_beyond", R"(
        sell 1 limit 5@101 -> accepted 1
        sell 2 limit 5@103 -> accepted 2
        buy 3 market 4 stop 102 -> accepted 3
        held 3@102
        buy 4 ioc 2@101 -> accepted 4, trade 4x1 2@101 leaves 0/3
        held 3@102
        buy 5 ioc 4@103 -> accepted 5, trade 5x1 3@101 leaves 1/0, trade 5x2 1@103 leaves 0/4, triggered 3, trade 3x2 4@103 leaves 0/0
        held
        book |)"},
    {"a_stop_limit_rests_where_it_cannot_trade", R"(
        buy 1 limit 5@100 -> accepted 1
        sell 2 limit 3@99 stop 100 -> accepted 2
        sell 3 ioc 5@100 -> accepted 3, trade 3x1 5@100 leaves 0/0, triggered 2
        book | 3@99(1))"},
    {"a_stop_whose_trigger_was_reached_before_goes_at_once", R"(
        sell 1 limit 5@101 -> accepted 1
        buy 2 ioc 1@101 -> accepted 2, trade 2x1 1@101 leaves 0/4
        buy 3 limit 2@101 stop 100 -> accepted 3, triggered 3, trade 3x1 2@101 leaves 0/2)"},
    {"stops_go_off_one_by_one_buys_from_the_lowest_trigger_and_cascade", R"(
        sell 1 limit 1@101 -> accepted 1
        sell 2 limit 3@102 -> accepted 2
        buy 3 market 1 stop 102 -> accepted 3
        buy 4 market 1 stop 101 -> accepted 4
        buy 5 market 1 stop 101 -> accepted 5
        buy 6 ioc 1@101 -> accepted 6, trade 6x1 1@101 leaves 0/0, triggered 4, trade 4x2 1@102 leaves 0/2, triggered 5, trade 5x2 1@102 leaves 0/1, triggered 3, trade 3x2 1@102 leaves 0/0
        book |)"},
    {"a_held_stop_can_be_changed_and_canceled", R"(
        buy 1 limit 5@105 stop 102 -> accepted 1
        buy 2 market 5 stop 102 -> accepted 2
        buy 1 limit 5@90 -> rejected 1 duplicate-id
        modify 1 6@106 -> modified 1 6@106
        modify 2 7@0 -> modified 2 7@0
        held 1@102 2@102
        cancel 1 -> canceled 1 6 requested
        cancel 2 -> canceled 2 7 requested
        held)"},
    {"what_a_trigger_may_be", R"(
        buy 1 limit 5@100 stop -1 -> rejected 1 invalid-trigger
        buy 1 post-only 5@100 stop 101 -> rejected 1 invalid-trigger
        buy 1 fok 5@100 stop 101 -> accepted 1
        held 1@101)"},
    {"cancel_newest_leaves_the_resting_order", R"(
        sell 1 limit 2@100 owner 8 -> accepted 1
        sell 2 limit 5@100 owner 7 -> accepted 2
        buy 3 limit 9@100 owner 7 newest -> accepted 3, trade 3x1 2@100 leaves 7/0, canceled 3 7 self-trade
        book | 5@100(1))"},
    {"cancel_oldest_goes_on_with_the_next", R"(
        sell 1 limit 5@100 owner 7 show 2 -> accepted 1
        sell 2 limit 5@100 owner 8 -> accepted 2
        buy 3 limit 6@100 owner 7 oldest -> accepted 3, canceled 1 5 self-trade, trade 3x2 5@100 leaves 1/0
        book 1@100(1) |)"},
    {"cancel_both", R"(
        sell 1 limit 5@100 owner 7 -> accepted 1
        sell 2 limit 5@100 owner 8 -> accepted 2
        buy 3 limit 6@100 owner 7 both -> accepted 3, canceled 1 5 self-trade, canceled 3 6 self-trade
        book | 5@100(1))"},
    {"decrement_takes_the_smaller_quantity_off_both", R"(
        sell 1 limit 5@100 owner 7 -> accepted 1
        buy 2 limit 2@100 owner 7 decrement -> accepted 2, modified 1 3@100 self-trade, canceled 2 2 self-trade
        buy 3 limit 4@100 owner 7 decrement -> accepted 3, canceled 1 3 self-trade, modified 3 1@100 self-trade
        book 1@100(1) |
        sell 4 limit 1@100 owner 7 decrement -> accepted 4, canceled 3 1 self-trade, canceled 4 1 self-trade
        book |)"},
    {"the_incoming_order_decides_and_nobody_is_no_owner", R"(
        sell 1 limit 5@100 owner 7 newest -> accepted 1
        buy 2 ioc 1@100 owner 7 -> accepted 2, trade 2x1 1@100 leaves 0/4
        sell 3 limit 5@101 -> accepted 3
        cancel 1 -> canceled 1 4 requested
        buy 4 ioc 1@101 newest -> accepted 4, trade 4x3 1@101 leaves 0/4)"},
    {"fok_does_not_count_on_its_own_orders", R"(
        sell 1 limit 5@100 owner 7 -> accepted 1
        sell 2 limit 5@100 owner 8 -> accepted 2
        buy 3 fok 6@100 owner 7 oldest -> accepted 3, canceled 3 6 fok-unfillable
        buy 4 fok 5@100 owner 7 newest -> accepted 4, canceled 4 5 fok-unfillable
        buy 5 fok 5@100 owner 7 oldest -> accepted 5, canceled 1 5 self-trade, trade 5x2 5@100 leaves 0/0)"},
    {"a_modified_order_keeps_its_choice", R"(
        sell 1 limit 5@100 owner 7 -> accepted 1
        buy 2 limit 5@99 owner 7 oldest -> accepted 2
        modify 2 5@100 -> modified 2 5@100, canceled 1 5 self-trade
        book 5@100(1) |)"},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(Scenarios,
                         SpecialsTest,
                         ::testing::ValuesIn(kScenarios),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace tw::book
