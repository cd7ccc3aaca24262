// tidy: analytics file, only how slices weigh against each other; quantities are cut in fixed point
#include <algorithm>
#include <cmath>

#include "services/exeq/parents/schedule.h"

namespace tw::exeq {

std::vector<int64_t> ShortfallWeights(int slices, int64_t urgency_e8) {
  const double kappa_t = static_cast<double>(urgency_e8) / 1e8;
  const auto left = [&](int slice) {
    const double rest = 1.0 - static_cast<double>(slice) / slices;
    return kappa_t < 1e-6 ? rest : std::sinh(kappa_t * rest) / std::sinh(kappa_t);
  };
  std::vector<int64_t> weights;
  weights.reserve(static_cast<size_t>(slices));
  for (int i = 0; i < slices; ++i) {
    const auto weight = std::llround((left(i) - left(i + 1)) * 1e9);
    weights.push_back(std::max<int64_t>(1, weight));
  }
  return weights;
}

}  // namespace tw::exeq
