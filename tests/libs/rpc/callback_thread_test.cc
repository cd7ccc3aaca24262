#include "libs/rpc/callback_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <future>
#include <set>
#include <vector>

#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::rpc {
namespace {

std::vector<int> Processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  pthread_getaffinity_np(pthread_self(), sizeof(set), &set);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<size_t>(cpu), &set)) {
      cpus.push_back(cpu);
    }
  }
  return cpus;
}

// One program, one test: what it does holds for the rest of the process.
TEST(CallbackThreadTest, HandlersAndAnswersComeToOneThreadOnOneProcessor) {
  const std::vector<int> before = Processors();
  EXPECT_EQ(KeepCallbackThreadTo(before.back()).code(), absl::StatusCode::kFailedPrecondition);
  UseOneCallbackThread();
  for (const int none : {-1, CPU_SETSIZE, CPU_SETSIZE - 1}) {
    EXPECT_EQ(KeepCallbackThreadTo(none).code(), absl::StatusCode::kInvalidArgument) << none;
  }
  ASSERT_TRUE(KeepCallbackThreadTo(before.back()).ok());

  std::set<pid_t> threads;  // touched by the one thread only, read when all is answered
  std::set<std::vector<int>> places;
  const auto note = [&] {
    threads.insert(gettid());
    places.insert(Processors());
  };
  Server server(ServerOptions{});
  Service service("tradewind.v1.RiskService");
  service.Unary<v1::ListChangesRequest, v1::ListChangesResponse>(
      "ListChanges", [&](const v1::ListChangesRequest&, Reply<v1::ListChangesResponse> reply) {
        note();
        reply.Ok({});
      });
  server.Add(std::move(service));
  ASSERT_TRUE(server.Start().ok());
  const auto channel = Channel::Create("127.0.0.1:" + std::to_string(server.port()));
  for (int i = 0; i < 20; ++i) {
    std::promise<absl::Status> done;
    channel->Call<v1::ListChangesRequest, v1::ListChangesResponse>(
        "tradewind.v1.RiskService/ListChanges", v1::ListChangesRequest(), Duration::Seconds(5),
        [&](const absl::StatusOr<v1::ListChangesResponse>& answer) {
          note();
          done.set_value(answer.status());
        });
    ASSERT_TRUE(done.get_future().get().ok());
  }
  server.Stop(Duration::Millis(10));
  EXPECT_EQ(threads.size(), 1u);
  EXPECT_EQ(places, (std::set<std::vector<int>>{{before.back()}}));
  EXPECT_EQ(Processors(), before);
}

}  // namespace
}  // namespace tw::rpc
