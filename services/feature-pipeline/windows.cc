// tidy: analytics file, indicators are statistics that nothing is booked by
#include "services/feature-pipeline/windows.h"

#include <cmath>

namespace tw::features {

void MomentWindow::Add(int64_t value) {
  const Int in = value;
  const Int out = ring_.Push(value);
  sum_ += in - out;
  squares_ += in * in - out * out;
}

void MomentWindow::Clear() {
  ring_.Clear();
  sum_ = 0;
  squares_ = 0;
}

Int MomentWindow::SpreadSquares() const {
  return n_ * squares_ - sum_ * sum_;
}

double MomentWindow::Mean() const {
  return static_cast<double>(sum_) / static_cast<double>(n_);
}

double MomentWindow::PopulationDeviation() const {
  return std::sqrt(static_cast<double>(SpreadSquares())) / static_cast<double>(n_);
}

double MomentWindow::SampleDeviation() const {
  return std::sqrt(static_cast<double>(SpreadSquares()) / static_cast<double>(n_ * (n_ - 1)));
}

double MomentWindow::ZScore(int64_t value) const {
  const double deviation = SampleDeviation();
  return deviation == 0
             ? 0
             : static_cast<double>(Int{value} * n_ - sum_) / static_cast<double>(n_) / deviation;
}

}  // namespace tw::features
