// Auctions, as scenarios (scenario.h says how to read them). The price is the one with the largest
// volume; among several, with the smallest surplus; among several, the nearest to the reference.
#include <gtest/gtest.h>

#include <string>

#include "tests/libs/book/scenario.h"

namespace tw::book {
namespace {

class AuctionTest : public ::testing::TestWithParam<Scenario> {};

TEST_P(AuctionTest, HappensAsWritten) {
  ExpectAsWritten(GetParam());
}

// clang-format off
constexpr Scenario kScenarios[] = {
    {"nothing_trades_in_the_call_phase_and_the_book_may_cross", R"(
        auction
        sell 1 limit 5@100 -> accepted 1
        buy 2 limit 3@102 -> accepted 2
        book 3@102(1) | 5@100(1)
        modify 2 4@103 -> modified 2 4@103
        cancel 1 -> canceled 1 5 requested
        book 4@103(1) |)"},
    {"the_largest_volume_wins", R"(
        auction
        sell 1 limit 4@100 -> accepted 1
        sell 2 limit 4@101 -> accepted 2
        buy 3 limit 3@102 -> accepted 3
        buy 4 limit 4@101 -> accepted 4
        buy 5 limit 9@99 -> accepted 5
        indicative 100 -> 7@101 -1
        uncross 100 -> trade 3x1 3@101 leaves 0/1, trade 4x1 1@101 leaves 3/0, trade 4x2 3@101 leaves 0/1
        book 9@99(1) | 1@101(1))"},
    {"then_the_smallest_surplus", R"(
        auction
        sell 1 limit 5@100 -> accepted 1
        buy 2 limit 5@104 -> accepted 2
        buy 3 limit 2@102 -> accepted 3
        indicative 101 -> 5@103 +0
        indicative 200 -> 5@104 +0)"},
    {"then_the_nearest_to_the_reference", R"(
        auction
        sell 1 limit 5@100 -> accepted 1
        buy 2 limit 5@104 -> accepted 2
        indicative 90 -> 5@100 +0
        indicative 103 -> 5@103 +0
        indicative 150 -> 5@104 +0
        indicative 0 -> 5@102 +0)"},
    {"without_a_reference_the_last_trade_is_it", R"(
        sell 1 limit 1@103 -> accepted 1
        buy 2 limit 1@103 -> accepted 2, trade 2x1 1@103 leaves 0/0
        auction
        sell 3 limit 5@100 -> accepted 3
        buy 4 limit 5@104 -> accepted 4
        uncross 0 -> trade 4x3 5@103 leaves 0/0)"},
    {"market_orders_go_first_and_do_not_stay", R"(
        auction
        sell 1 limit 5@100 -> accepted 1
        buy 2 limit 3@100 -> accepted 2
        buy 3 market 4 -> accepted 3
        sell 4 market 1 -> accepted 4
        book 4@9007199254740993(1) 3@100(1) | 1@0(1) 5@100(1)
        uncross 99 -> trade 3x4 1@100 leaves 3/0, trade 3x1 3@100 leaves 0/2, trade 2x1 2@100 leaves 1/0
        book 1@100(1) |)"},
    {"what_a_market_order_cannot_trade_is_canceled", R"(
        auction
        buy 1 market 4 -> accepted 1
        sell 2 limit 1@100 -> accepted 2
        uncross 90 -> trade 1x2 1@100 leaves 3/0, canceled 1 3 auction-remainder
        book |)"},
    {"market_orders_alone_trade_at_the_reference", R"(
        auction
        buy 1 market 4 -> accepted 1
        sell 2 market 4 -> accepted 2
        indicative 0 -> none
        uncross 120 -> trade 1x2 4@120 leaves 0/0)"},
    {"an_uncrossed_book_has_no_price", R"(
        auction
        sell 1 limit 5@101 -> accepted 1
        buy 2 limit 5@100 -> accepted 2
        indicative 100 -> none
        uncross 100 ->
        book 5@100(1) | 5@101(1)
        buy 3 ioc 5@101 -> accepted 3, trade 3x1 5@101 leaves 0/0)"},
    {"icebergs_take_part_with_all_they_have", R"(
        auction
        sell 1 limit 10@100 show 2 -> accepted 1
        sell 2 limit 2@100 -> accepted 2
        buy 3 limit 9@100 -> accepted 3
        uncross 100 -> trade 3x1 9@100 leaves 0/1
        book | 3@100(2))"},
    {"orders_that_must_trade_at_once_are_refused", R"(
        auction
        buy 1 ioc 1@100 -> rejected 1 not-in-auction
        buy 1 fok 1@100 -> rejected 1 not-in-auction
        buy 1 market-fok 1 -> rejected 1 not-in-auction
        buy 1 post-only 1@100 -> rejected 1 not-in-auction
        book |)"},
    {"stops_are_held_and_go_off_after_the_uncross", R"(
        auction
        sell 1 limit 5@100 -> accepted 1
        buy 2 limit 3@100 -> accepted 2
        buy 3 limit 2@100 stop 99 -> accepted 3
        held 3@99
        uncross 100 -> trade 2x1 3@100 leaves 0/2, triggered 3, trade 3x1 2@100 leaves 0/0
        held)"},
    {"self_trades_are_allowed_in_an_uncross", R"(
        auction
        sell 1 limit 5@100 owner 7 newest -> accepted 1
        buy 2 limit 5@100 owner 7 newest -> accepted 2
        uncross 100 -> trade 2x1 5@100 leaves 0/0)"},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(Scenarios,
                         AuctionTest,
                         ::testing::ValuesIn(kScenarios),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace tw::book
