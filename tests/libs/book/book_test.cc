// What the book does, as scenarios (scenario.h says how to read them).
#include "libs/book/book.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/libs/book/scenario.h"

namespace tw::book {
namespace {

class BookScenarioTest : public ::testing::TestWithParam<Scenario> {};

TEST_P(BookScenarioTest, HappensAsWritten) {
  ExpectAsWritten(GetParam());
}

// clang-format off
constexpr Scenario kScenarios[] = {
    {"orders_rest_best_price_first_then_by_time", R"(
        buy 1 limit 5@100 -> accepted 1
        buy 2 limit 7@101 -> accepted 2
        buy 3 limit 3@101 -> accepted 3
        sell 4 limit 1@102 -> accepted 4
        book 10@101(2) 5@100(1) | 1@102(1)
        sell 5 limit 9@100 -> accepted 5, trade 5x2 7@101 leaves 2/0, trade 5x3 2@101 leaves 0/1
        book 1@101(1) 5@100(1) | 1@102(1))"},
    {"a_trade_is_at_the_resting_price", R"(
        sell 1 limit 5@100 -> accepted 1
        buy 2 limit 5@120 -> accepted 2, trade 2x1 5@100 leaves 0/0
        book |)"},
    {"what_a_limit_order_cannot_trade_rests", R"(
        sell 1 limit 5@100 -> accepted 1
        sell 2 limit 5@103 -> accepted 2
        buy 3 limit 8@102 -> accepted 3, trade 3x1 5@100 leaves 3/0
        book 3@102(1) | 5@103(1))"},
    {"a_market_order_takes_every_price_and_never_rests", R"(
        sell 1 limit 2@100 -> accepted 1
        sell 2 limit 2@9000 -> accepted 2
        buy 3 market 5 -> accepted 3, trade 3x1 2@100 leaves 3/0, trade 3x2 2@9000 leaves 1/0, canceled 3 1 ioc-remainder
        buy 4 market 5 -> accepted 4, canceled 4 5 ioc-remainder
        book |)"},
    {"ioc_stops_at_its_price", R"(
        buy 1 limit 2@100 -> accepted 1
        buy 2 limit 2@98 -> accepted 2
        sell 3 ioc 5@99 -> accepted 3, trade 3x1 2@100 leaves 3/0, canceled 3 3 ioc-remainder
        book 2@98(1) |)"},
    {"fok_is_all_or_nothing", R"(
        sell 1 limit 2@100 -> accepted 1
        sell 2 limit 2@101 -> accepted 2
        buy 3 fok 4@100 -> accepted 3, canceled 3 4 fok-unfillable
        book | 2@100(1) 2@101(1)
        buy 4 fok 4@101 -> accepted 4, trade 4x1 2@100 leaves 2/0, trade 4x2 2@101 leaves 0/0
        book |)"},
    {"market_fok_needs_the_whole_quantity_at_any_price", R"(
        buy 1 limit 2@100 -> accepted 1
        buy 2 limit 2@1 -> accepted 2
        sell 3 market-fok 5 -> accepted 3, canceled 3 5 fok-unfillable
        sell 4 market-fok 4 -> accepted 4, trade 4x1 2@100 leaves 2/0, trade 4x2 2@1 leaves 0/0)"},
    {"post_only_never_takes", R"(
        sell 1 limit 2@100 -> accepted 1
        buy 2 post-only 1@100 -> rejected 2 would-trade
        buy 2 post-only 1@99 -> accepted 2
        modify 2 1@100 -> rejected 2 would-trade
        book 1@99(1) | 2@100(1)
        sell 3 limit 1@99 -> accepted 3, trade 3x2 1@99 leaves 0/0)"},
    {"less_quantity_keeps_the_place", R"(
        buy 1 limit 5@100 -> accepted 1
        buy 2 limit 5@100 -> accepted 2
        modify 1 3@100 -> modified 1 3@100
        modify 1 3@100 -> modified 1 3@100
        book 8@100(2) |
        sell 3 limit 4@100 -> accepted 3, trade 3x1 3@100 leaves 1/0, trade 3x2 1@100 leaves 0/4)"},
    {"more_quantity_loses_the_place", R"(
        buy 1 limit 5@100 -> accepted 1
        buy 2 limit 5@100 -> accepted 2
        modify 1 6@100 -> modified 1 6@100
        sell 3 limit 5@100 -> accepted 3, trade 3x2 5@100 leaves 0/0
        book 6@100(1) |)"},
    {"another_price_loses_the_place_even_there_and_back", R"(
        buy 1 limit 5@100 -> accepted 1
        buy 2 limit 5@100 -> accepted 2
        modify 1 5@99 -> modified 1 5@99
        book 5@100(1) 5@99(1) |
        modify 1 5@100 -> modified 1 5@100
        sell 3 limit 5@100 -> accepted 3, trade 3x2 5@100 leaves 0/0)"},
    {"a_modify_may_trade", R"(
        sell 1 limit 5@100 -> accepted 1
        buy 2 limit 8@99 -> accepted 2
        modify 2 8@100 -> modified 2 8@100, trade 2x1 5@100 leaves 3/0
        book 3@100(1) |
        sell 3 limit 1@101 -> accepted 3
        modify 3 3@100 -> modified 3 3@100, trade 3x2 3@100 leaves 0/0
        book |
        cancel 3 -> rejected 3 unknown-id)"},
    {"cancel_takes_an_order_from_anywhere_in_its_queue", R"(
        buy 1 limit 1@100 -> accepted 1
        buy 2 limit 2@100 -> accepted 2
        buy 3 limit 3@100 -> accepted 3
        cancel 2 -> canceled 2 2 requested
        book 4@100(2) |
        cancel 3 -> canceled 3 3 requested
        buy 4 limit 4@100 -> accepted 4
        cancel 1 -> canceled 1 1 requested
        book 4@100(1) |
        cancel 4 -> canceled 4 4 requested
        book |)"},
    {"duplicate_and_unknown_ids_are_refused_untouched", R"(
        buy 1 limit 1@100 -> accepted 1
        sell 1 limit 1@100 -> rejected 1 duplicate-id
        sell 1 market 1 -> rejected 1 duplicate-id
        cancel 2 -> rejected 2 unknown-id
        modify 2 1@100 -> rejected 2 unknown-id
        book 1@100(1) |)"},
    {"an_id_is_free_again_once_its_order_is_gone", R"(
        buy 1 limit 1@100 -> accepted 1
        cancel 1 -> canceled 1 1 requested
        cancel 1 -> rejected 1 unknown-id
        buy 1 limit 2@100 -> accepted 1
        sell 2 limit 2@100 -> accepted 2, trade 2x1 2@100 leaves 0/0
        modify 1 1@100 -> rejected 1 unknown-id)"},
    {"out_of_range_is_refused", R"(
        buy 1 limit 1@0 -> rejected 1 invalid-price
        buy 1 limit 0@100 -> rejected 1 invalid-quantity
        buy 1 limit 4398046511105@100 -> rejected 1 invalid-quantity
        buy 1 limit 1@9007199254740993 -> rejected 1 invalid-price
        buy 1 limit 4398046511104@9007199254740992 -> accepted 1
        modify 1 0@5 -> rejected 1 invalid-quantity
        modify 1 1@-5 -> rejected 1 invalid-price
        book 4398046511104@9007199254740992(1) |)"},
    {"a_full_book_takes_no_more_orders_that_may_rest", R"(
        buy 1 limit 1@1 -> accepted 1
        buy 2 limit 1@2 -> accepted 2
        buy 3 limit 1@3 -> accepted 3
        buy 4 limit 1@4 -> accepted 4
        buy 5 limit 1@5 -> accepted 5
        buy 6 limit 1@6 -> accepted 6
        buy 7 limit 1@7 -> rejected 7 book-full
        sell 7 ioc 1@6 -> accepted 7, trade 7x6 1@6 leaves 0/0
        buy 7 limit 1@7 -> accepted 7)"},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(Scenarios,
                         BookScenarioTest,
                         ::testing::ValuesIn(kScenarios),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(BookTest, AvailableCountsUpToAPriceAndStopsAtEnough) {
  Book book;
  EventRing out;
  book.New({1, 0, Side::kSell, OrderKind::kLimit, 100, 5}, out);
  book.New({2, 0, Side::kSell, OrderKind::kLimit, 102, 7}, out);
  book.New({3, 0, Side::kSell, OrderKind::kLimit, 900, 9}, out);
  EXPECT_EQ(book.Available(Side::kSell, 99), 0);
  EXPECT_EQ(book.Available(Side::kSell, 102), 12);
  EXPECT_EQ(book.Available(Side::kSell, 10'000), 21);
  EXPECT_EQ(book.Available(Side::kSell, 10'000, 4), 5);
  EXPECT_EQ(book.Available(Side::kBuy, 1), 0);
}

TEST(BookTest, ShowsWhatRests) {
  Book book;
  EventRing out;
  book.New({9, 42, Side::kSell, OrderKind::kPostOnly, 100, 5}, out);
  EXPECT_EQ(book.Find(9), (OrderView{9, 42, Side::kSell, true, 100, 5, 5, 0}));
  EXPECT_EQ(book.Find(8), std::nullopt);
  EXPECT_EQ(book.Best(Side::kSell), (LevelView{100, 5, 1}));
  EXPECT_EQ(book.Best(Side::kBuy), std::nullopt);
  EXPECT_EQ(book.At(Side::kSell, 101), (LevelView{101, 0, 0}));
  EXPECT_TRUE(book.Depth(Side::kSell, 0).empty());
}

}  // namespace
}  // namespace tw::book
