// import-opening: a file to oms, against a scripted one.
#include <cstdio>
#include <fstream>

#include "tests/services/cli/fake_services.h"

namespace tw::cli {
namespace {

class OpeningCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fake_.Unary<v1::ImportOpeningRequest, v1::ImportOpeningResponse>(
        "OrderAdminService/ImportOpening",
        [this](const auto& request) -> absl::StatusOr<v1::ImportOpeningResponse> {
          seen_ = request;
          ++asked_;
          if (!answer_.ok()) {
            return answer_;
          }
          v1::ImportOpeningResponse response;
          v1::ImportedAccount& account = *response.add_accounts();
          account.set_account("desk");
          account.set_currency("USD");
          account.set_cash("500");
          v1::ImportedPosition& position = *account.add_positions();
          position.set_symbol("IBM");
          position.set_quantity("30");
          position.set_average_price("180.5");
          position.set_lots(2);
          response.set_duplicate(duplicate_);
          response.set_sequence(request.check_only() || duplicate_ ? 0 : 17);
          return response;
        });
    fake_.Start({"oms"});
    Write(
        "account,symbol,quantity,price,opened,currency,amount\n"
        "desk,IBM,10,181.5,2025-03-14,,\n"
        "desk,,,,,USD,500\n");
  }
  void TearDown() override { std::remove(path_.c_str()); }
  void Write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  Outcome Import(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"import-opening", path_, "--by", "ann", "--reason", "moved"};
    words.insert(words.end(), more.begin(), more.end());
    return Tradewind(words);
  }

  const std::string path_ = ::testing::TempDir() + "tradewind_opening_test.csv";
  FakeServices fake_;
  v1::ImportOpeningRequest seen_;
  absl::Status answer_;
  bool duplicate_ = false;
  int asked_ = 0;
};

TEST_F(OpeningCommandTest, ChecksUnlessToldToDoIt) {
  const Outcome checked = Import();
  EXPECT_EQ(checked.exit, kOk) << checked.err;
  EXPECT_TRUE(seen_.check_only());
  EXPECT_FALSE(seen_.add());
  EXPECT_EQ(seen_.by() + "/" + seen_.reason(), "ann/moved");
  ASSERT_EQ(seen_.rows_size(), 2);
  EXPECT_EQ(seen_.rows(0).line(), 2);
  EXPECT_EQ(seen_.rows(0).price(), "181.5");
  EXPECT_EQ(seen_.rows(0).opened().seconds(), 1'741'910'400);
  EXPECT_FALSE(seen_.rows(1).has_opened());
  EXPECT_EQ(seen_.rows(1).amount() + seen_.rows(1).currency(), "500USD");
  EXPECT_NE(checked.out.find("desk     IBM"), std::string::npos) << checked.out;
  EXPECT_NE(checked.out.find("nothing was changed: --apply does it\n"), std::string::npos)
      << checked.out;
  const std::string id = seen_.import_id();
  EXPECT_EQ(id.substr(0, 7), "sha256:");

  const Outcome done = Import({"--apply"});
  EXPECT_EQ(done.exit, kOk) << done.err;
  EXPECT_FALSE(seen_.check_only());
  EXPECT_EQ(seen_.import_id(), id) << "the same file";
  EXPECT_NE(done.out.find("imported, up to event 17 of the ledger\n"), std::string::npos);
}

TEST_F(OpeningCommandTest, SaysWhatWasThereBeforeAndWhatOmsRefuses) {
  duplicate_ = true;
  const Outcome again = Import({"--apply", "--id", "move-1", "--add"});
  EXPECT_EQ(again.exit, kOk);
  EXPECT_TRUE(seen_.add());
  EXPECT_EQ(seen_.import_id(), "move-1");
  EXPECT_NE(again.out.find("import move-1: was imported before, nothing was changed\n"),
            std::string::npos)
      << again.out;
  answer_ = absl::FailedPreconditionError("account desk has traded");
  const Outcome refused = Import({"--apply"});
  EXPECT_EQ(refused.exit, kFailed);
  EXPECT_NE(refused.err.find("account desk has traded"), std::string::npos) << refused.err;
}

TEST_F(OpeningCommandTest, AFileWithAFaultIsNotSent) {
  Write("account,amount\ndesk\ndesk,1,2\n");
  const Outcome faulty = Import({"--apply"});
  EXPECT_EQ(faulty.exit, kFailed);
  EXPECT_NE(faulty.err.find(path_ + ": line 2: has 1 fields, the header 2\n"), std::string::npos)
      << faulty.err;
  EXPECT_NE(faulty.err.find("2 faults, nothing was imported"), std::string::npos);
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(Tradewind({"import-opening", path_ + ".none", "--by", "a", "--reason", "b"}).exit,
            kUsage);
  EXPECT_EQ(Tradewind({"import-opening", path_, "--by", "a"}).exit, kUsage) << "no reason";
}

}  // namespace
}  // namespace tw::cli
