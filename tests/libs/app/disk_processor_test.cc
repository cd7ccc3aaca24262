#include "libs/app/disk_processor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace tw::app {
namespace {

namespace fs = std::filesystem;

// What Linux says of a virtual machine with one disk, vda, that has one queue and two partitions;
// its interrupt is 36 and goes to processor 1.
class DiskProcessorTest : public ::testing::Test {
 protected:
  DiskProcessorTest()
      : root_(fs::path(::testing::TempDir()) / ("disk-" + std::to_string(::getpid()))) {
    fs::create_directories(disk() / "mq/0");
    fs::create_directories(disk() / "vda2");
    Write(disk() / "vda2/partition", "2\n");
    fs::create_directory_symlink("../../../virtio1", disk() / "device");
    Link("253:0", disk());
    Link("253:2", disk() / "vda2");
    fs::create_directories(bus() / "msi_irqs");
    Interrupt("35", "0\n");
    Interrupt("36", "1\n");
    Write(root_ / "proc/interrupts",
          "           CPU0       CPU1\n"
          " 35:          2          1  PCI-MSIX-0000:00:02.0  0-edge  virtio1-config\n"
          " 36:          0   53738506  PCI-MSIX-0000:00:02.0  1-edge  virtio1-req.0\n"
          "136:  999999999          0  PCI-MSIX-0000:00:03.0  0-edge  eth0\n"
          "NMI:          0          0  Non-maskable interrupts\n");
  }
  ~DiskProcessorTest() override { fs::remove_all(root_); }

  fs::path bus() const { return root_ / "sys/devices/pci0000:00/0000:00:02.0"; }
  fs::path disk() const { return bus() / "virtio1/block/vda"; }
  void Write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void Interrupt(const std::string& number, const std::string& processors) {
    Write(bus() / "msi_irqs" / number, "msix\n");
    Write(root_ / "proc/irq" / number / "effective_affinity_list", processors);
  }
  void Link(const std::string& device, const fs::path& target) {
    fs::create_directories(root_ / "sys/dev/block");
    fs::create_directory_symlink(target, root_ / "sys/dev/block" / device);
  }

  const fs::path root_;
};

TEST_F(DiskProcessorTest, AllOfADiskAndAPartOfItHaveTheSame) {
  EXPECT_EQ(DiskProcessorOf("253:0", root_), 1);
  EXPECT_EQ(DiskProcessorOf("253:2", root_), 1);
}

TEST_F(DiskProcessorTest, TheBusiestInterruptIsTheQueues) {
  Write(root_ / "proc/interrupts", " 35:  3  4 PCI\n 36:  6  0 PCI\n");
  EXPECT_EQ(DiskProcessorOf("253:0", root_), 0);
}

TEST_F(DiskProcessorTest, AQueueForEachProcessorHasNone) {
  fs::create_directories(disk() / "mq/1");
  EXPECT_EQ(DiskProcessorOf("253:0", root_), std::nullopt);
}

TEST_F(DiskProcessorTest, WhereLinuxDoesNotSayThereIsNone) {
  EXPECT_EQ(DiskProcessorOf("0:44", root_), std::nullopt);  // an overlay, memory, a network
  EXPECT_EQ(DiskProcessorOf("", root_), std::nullopt);
  for (const std::string text : {"0-1\n", "0,1\n", "", "-1\n", "x\n"}) {
    Write(root_ / "proc/irq/36/effective_affinity_list", text);
    EXPECT_EQ(DiskProcessorOf("253:0", root_), std::nullopt) << text;
  }
  fs::remove_all(root_ / "proc/irq");
  EXPECT_EQ(DiskProcessorOf("253:0", root_), std::nullopt);
  fs::remove(root_ / "proc/interrupts");  // some containers hide it
  EXPECT_EQ(DiskProcessorOf("253:0", root_), std::nullopt);
  fs::remove_all(bus() / "msi_irqs");
  EXPECT_EQ(DiskProcessorOf("253:0", root_), std::nullopt);
  fs::remove_all(root_ / "sys");
  EXPECT_EQ(DiskProcessorOf("253:0", root_), std::nullopt);
}

TEST_F(DiskProcessorTest, AFolderThatIsNotThereYetIsOnTheDiskOfItsParent) {
  EXPECT_EQ(DiskProcessor(root_ / "not/there/yet", "/"), DiskProcessor(root_, "/"));
  EXPECT_EQ(DiskProcessor("/proc", "/"), std::nullopt);
}

}  // namespace
}  // namespace tw::app
