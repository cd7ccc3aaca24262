#include "services/gateway/topic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <utility>

namespace tw::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A socket whose other end reads when it is told to.
class FakeSocket final : public http::WebSocket {
 public:
  bool Send(std::string text) override {
    sent.push_back(std::move(text));
    ++waiting;
    return true;
  }
  bool SendShared(std::string head,
                  std::shared_ptr<const std::string> body,
                  std::string tail) override {
    return Send(head + *body + tail);
  }
  size_t queued() const override { return reads ? 0 : waiting; }
  void Close(uint16_t, std::string_view) override {}
  void OnMessage(std::function<void(std::string_view)>) override {}
  void OnClose(std::function<void()>) override {}

  std::vector<std::string> sent;
  bool reads = true;
  size_t waiting = 0;
};

constexpr uint64_t kEpoch = 7;

TopicRow Row(const std::string& account, int used) {
  return {.key = account, .account = account, .json = account + "=" + std::to_string(used)};
}

auth::CallerPtr Of(const std::vector<std::string>& accounts) {
  auth::Caller::Facts facts = auth::Caller::Anonymous();
  facts.accounts = accounts;
  return std::make_shared<auth::Caller>(facts);
}

class TopicTest : public ::testing::Test {
 protected:
  void SetUp() override { topic_.Begin(kEpoch); }

  TopicReaderPtr Join(const Topic::Wish& wish = {}) {
    return topic_.Join(wish, LiveOutlet("pnl", socket_));
  }
  static Topic::Wish After(uint64_t epoch, uint64_t sequence) {
    return {.account = "",
            .caller = nullptr,
            .after = StreamPosition{epoch, sequence},
            .resumes = true};
  }
  // What was sent since the last call, without the envelope's constant parts.
  std::vector<std::string> Sent() {
    std::vector<std::string> out;
    for (const std::string& text : std::exchange(socket_->sent, {})) {
      const size_t data = text.find("\"data\":");
      if (data == std::string::npos) {
        out.push_back(text);
        continue;
      }
      std::string line = text.find("\"snapshot\":true") != std::string::npos ? "snapshot " : "";
      if (const size_t merged = text.find("\"merged\":"); merged != std::string::npos) {
        line += "merged " + text.substr(merged + 9, data - merged - 10) + " ";
      }
      out.push_back(line + text.substr(data + 7, text.size() - data - 8));
    }
    return out;
  }
  static std::string PositionOf(const std::string& text) {
    const size_t at = text.find("\"position\":\"") + 12;
    return text.substr(at, text.find('"', at) - at);
  }

  Topic topic_{100};
  std::shared_ptr<FakeSocket> socket_ = std::make_shared<FakeSocket>();
};

TEST_F(TopicTest, ASnapshotOnceTheStateIsKnownThenEachChange) {
  Join();
  EXPECT_THAT(Sent(), ElementsAre());
  topic_.Merge({Row("a", 1), Row("b", 2)});
  EXPECT_THAT(Sent(), ElementsAre("snapshot [a=1,b=2]"));
  topic_.Put(Row("b", 3));
  topic_.Put(Row("b", 3));  // says nothing new
  EXPECT_THAT(Sent(), ElementsAre("b=3"));
}

TEST_F(TopicTest, NothingIsAStateToo) {
  Join();
  topic_.MarkKnown();
  EXPECT_THAT(Sent(), ElementsAre("snapshot []"));
}

TEST_F(TopicTest, NumbersAndPositionsGoUpByOne) {
  Join();
  topic_.Put(Row("a", 1));
  topic_.Put(Row("a", 2));
  ASSERT_EQ(socket_->sent.size(), 2u);
  EXPECT_THAT(socket_->sent[0], HasSubstr(R"("sequence":1,"snapshot":true,"position":"7-1")"));
  EXPECT_THAT(socket_->sent[1], HasSubstr(R"("sequence":2,"snapshot":false,"position":"7-2")"));
}

TEST_F(TopicTest, WhatIsGoneIsToldByASnapshot) {
  Join();
  topic_.Replace({Row("a", 1), Row("b", 2)});
  Sent();
  topic_.Replace({Row("b", 2)});
  EXPECT_THAT(Sent(), ElementsAre("snapshot [b=2]"));
  topic_.Replace({Row("b", 2), Row("c", 1)});
  EXPECT_THAT(Sent(), ElementsAre("c=1"));
}

TEST_F(TopicTest, AReaderOfOneAccountGetsThatAlone) {
  Join({.account = "a", .caller = nullptr});
  topic_.Merge({Row("a", 1), Row("b", 2)});
  topic_.Put(Row("b", 3));
  topic_.Put(Row("a", 4));
  EXPECT_THAT(Sent(), ElementsAre("snapshot [a=1]", "a=4"));
}

TEST_F(TopicTest, ACallerSeesWhatItIsEntitledToAndNothingOfTheFirm) {
  TopicRow firm{.key = "firm", .account = "", .is_for = RowFor::kFirm, .json = "firm=9"};
  TopicRow switched{.key = "kill", .account = "", .json = "kill=0"};
  Join({.account = "", .caller = Of({"a"})});
  topic_.Merge({Row("a", 1), Row("b", 2), firm, switched});
  topic_.Put(Row("b", 3));
  firm.json = "firm=10";
  topic_.Put(firm);
  EXPECT_THAT(Sent(), ElementsAre("snapshot [a=1,kill=0]"));
  Join({.account = "", .caller = Of({"*"})});
  EXPECT_THAT(Sent(), ElementsAre("snapshot [a=1,b=3,firm=10,kill=0]"));
}

TEST_F(TopicTest, OneWhoWasCutOffGetsWhatItMissed) {
  topic_.Merge({Row("a", 1), Row("b", 1)});  // 1, 2
  topic_.Put(Row("a", 2));                   // 3
  topic_.Put(Row("a", 3));                   // 4
  Join(After(kEpoch, 2));
  EXPECT_THAT(Sent(),
              ElementsAre(R"({"after":"7-2","channels":["pnl"],"op":"resumed"})", "a=2", "a=3"));
}

TEST_F(TopicTest, OneWhoMissedNothingGetsNothing) {
  topic_.Put(Row("a", 1));
  Join(After(kEpoch, 1));
  EXPECT_THAT(Sent(), ElementsAre(HasSubstr("resumed")));
}

TEST_F(TopicTest, WhereItCannotGoOnItSaysSoAndBeginsAnew) {
  topic_.Put(Row("a", 0));
  const auto restarted = [&](const Topic::Wish& wish) {
    const TopicReaderPtr reader = Join(wish);
    const auto sent = Sent();
    topic_.Leave(reader);
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_THAT(sent[0], HasSubstr(R"("op":"restarted")"));
    EXPECT_THAT(sent[1], HasSubstr("snapshot [a="));
  };
  restarted(After(kEpoch - 1, 1));  // another state
  restarted(After(kEpoch, 9));      // not there yet
  restarted({.account = "", .caller = nullptr, .after = std::nullopt, .resumes = true});
  topic_.Replace({Row("a", 0), Row("b", 0)});
  topic_.Replace({Row("a", 0)});
  restarted(After(kEpoch, 1));  // b has come and gone since
  for (size_t i = 1; i <= Topic::kChangesKept + 1; ++i) {
    topic_.Put(Row("a", static_cast<int>(i)));
  }
  restarted(After(kEpoch, 3));
}

TEST_F(TopicTest, ASlowReaderSkipsWhatHasChangedAgain) {
  Join();
  topic_.Merge({Row("a", 0), Row("b", 0)});
  Sent();
  socket_->reads = false;
  socket_->waiting = kSocketQueuedMax;
  for (int i = 1; i <= 5; ++i) {
    topic_.Put(Row("a", i));
  }
  topic_.Put(Row("b", 1));
  EXPECT_THAT(Sent(), ElementsAre());
  socket_->reads = true;
  topic_.Pump();
  EXPECT_THAT(Sent(), ElementsAre("merged 4 a=5", "b=1"));
  topic_.Put(Row("a", 6));
  EXPECT_THAT(Sent(), ElementsAre("a=6"));
}

TEST_F(TopicTest, OneThatIsFurtherBehindThanWhatIsKeptGetsASnapshot) {
  Join();
  topic_.Merge({Row("a", 0), Row("b", 0)});
  Sent();
  socket_->reads = false;
  socket_->waiting = kSocketQueuedMax;
  for (size_t i = 1; i <= Topic::kChangesKept + 10; ++i) {
    topic_.Put(Row("a", static_cast<int>(i)));
  }
  socket_->reads = true;
  topic_.Pump();
  EXPECT_THAT(Sent(), ElementsAre("snapshot [a=1034,b=0]"));
}

TEST_F(TopicTest, ThatTheOwnerIsAwayIsToldOnceAndThatItIsBack) {
  Join();
  topic_.Put(Row("a", 1));
  Sent();
  topic_.Lose(absl::UnavailableError("pnl is away"));
  topic_.Lose(absl::UnavailableError("pnl is away"));
  EXPECT_THAT(Sent(), ElementsAre(R"({"channels":["pnl"],"op":"stale","reason":"pnl is away"})"));
  topic_.Put(Row("a", 1));  // the same as before: news all the same
  EXPECT_THAT(Sent(), ElementsAre(R"({"channels":["pnl"],"op":"live"})"));
}

TEST_F(TopicTest, PastItsBoundTheRowThatChangedLongestAgoIsForgotten) {
  Topic topic(2);
  topic.Begin(kEpoch);
  topic.Put(Row("a", 1));
  topic.Put(Row("b", 1));
  topic.Put(Row("a", 2));
  topic.Put(Row("c", 1));
  topic.Join({}, LiveOutlet("pnl", socket_));
  EXPECT_THAT(Sent(), ElementsAre("snapshot [a=2,c=1]"));
}

TEST_F(TopicTest, WhatTellsAChangeNeedNotBeTheWholeRow) {
  Join();
  TopicRow row = Row("a", 1);
  row.same = "1";
  topic_.Put(row);
  row.json = "a=1 at another time";
  topic_.Put(row);
  EXPECT_THAT(Sent(), ElementsAre("snapshot [a=1]"));
}

TEST_F(TopicTest, OneWhoHasLeftGetsNothing) {
  const TopicReaderPtr reader = Join();
  topic_.Put(Row("a", 1));
  Sent();
  topic_.Leave(reader);
  topic_.Put(Row("a", 2));
  EXPECT_THAT(Sent(), ElementsAre());
  EXPECT_EQ(topic_.readers(), 0u);
}

TEST(StreamPositionTest, IsTwoNumbers) {
  EXPECT_EQ(StreamPosition::Parse("7-4711")->ToText(), "7-4711");
  EXPECT_EQ(StreamPosition::Parse("18446744073709551615-0")->epoch, UINT64_MAX);
  for (const char* bad : {"", "-", "7", "7-", "-7", "7-x", "x-7", "7-7 ", " 7-7", "7--7", "7-7-7",
                          "18446744073709551616-0", "0x7-1"}) {
    EXPECT_EQ(StreamPosition::Parse(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace tw::gateway
