#include "services/oms/transition.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace tw::oms {
namespace {

// The whole machine as a picture: a row a phase, a column a step, in the order of the enums. A
// letter is where the step leads; '.' cannot happen. A change here is a change of the
// specification.
//
//            A accepted     V venue rejected   p partial fill     f final fill
//            c cancel requested   x cancel rejected   C canceled   E expired
//            r replace requested  y replace rejected  R replaced   F replaced to what is filled
//            T stop triggered     X refused when triggered            m trailing stop moved
constexpr const char* kPicture =
    //                   AVpfcxCEryRFTXm
    "PendingNew      WXWFc.CE.......\n"
    "Held            ......CE..H.NXH\n"
    "Working         W.WFc.CEr.WF...\n"
    "PendingCancel   cXcF.WCE.ccF...\n"
    "PendingReplace  ..rFc.CE.WWF...\n"
    "Filled          ...............\n"
    "Canceled        ...............\n"
    "Rejected        ...............\n"
    "Expired         ...............\n";

char Letter(Phase p) {
  switch (p) {
    case Phase::kPendingNew: return 'N';
    case Phase::kHeld: return 'H';
    case Phase::kWorking: return 'W';
    case Phase::kPendingCancel: return 'c';
    case Phase::kPendingReplace: return 'r';
    case Phase::kFilled: return 'F';
    case Phase::kCanceled: return 'C';
    case Phase::kRejected: return 'X';
    case Phase::kExpired: return 'E';
  }
  return '?';
}

TEST(TransitionTest, IsThisPicture) {
  std::string picture;
  for (int phase = 0; phase <= static_cast<int>(Phase::kExpired); ++phase) {
    std::string row(Name(static_cast<Phase>(phase)));
    row.resize(16, ' ');
    for (int step = 0; step <= static_cast<int>(Step::kStopMoved); ++step) {
      const auto to = Transition(static_cast<Phase>(phase), static_cast<Step>(step));
      row += to ? Letter(*to) : '.';
    }
    picture += row + "\n";
  }
  EXPECT_EQ(picture, kPicture);
}

TEST(TransitionTest, IsThePictureInTheDocuments) {
  std::ifstream file(TW_SOURCE_DIR "/docs/order-lifecycle.md");
  std::stringstream document;
  document << file.rdbuf();
  std::stringstream rows(kPicture);
  for (std::string row; std::getline(rows, row);) {
    EXPECT_NE(document.str().find("\n    " + row + "\n"), std::string::npos) << row;
  }
}

TEST(TransitionTest, StatusSpeaksFix) {
  EXPECT_EQ(StatusOf(Phase::kPendingNew, false), OrderStatus::kPendingNew);
  EXPECT_EQ(StatusOf(Phase::kHeld, false), OrderStatus::kNew);
  EXPECT_EQ(StatusOf(Phase::kWorking, false), OrderStatus::kNew);
  EXPECT_EQ(StatusOf(Phase::kWorking, true), OrderStatus::kPartiallyFilled);
  EXPECT_EQ(StatusOf(Phase::kPendingCancel, true),
            OrderStatus::kPendingCancel);  // precedence 12 over 4
  EXPECT_EQ(StatusOf(Phase::kPendingReplace, true), OrderStatus::kPendingReplace);
  EXPECT_EQ(StatusOf(Phase::kCanceled, true), OrderStatus::kCanceled);
}

}  // namespace
}  // namespace tw::oms
