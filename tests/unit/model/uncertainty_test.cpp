#include "radbatch/model/uncertainty.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

TEST_CASE("entropy in nats: scipy.stats.entropy's numbers") {
  CHECK(*entropy(HeadKind::multi_class, std::vector<float>{0.2F, 0.5F, 0.3F}) ==
        doctest::Approx(1.0296530140645737).epsilon(1e-7));
  CHECK(*entropy(HeadKind::multi_class, std::vector<float>{0.2F, 0.6F}) ==
        doctest::Approx(0.5623351446188084).epsilon(1e-7));
  CHECK(*entropy(HeadKind::binary, std::vector<float>{0.3F}) ==
        doctest::Approx(0.6108643020548935).epsilon(1e-7));
  CHECK(*entropy(HeadKind::multi_label, std::vector<float>{0.3F, 0.9F}) ==
        doctest::Approx(0.46797363772317085).epsilon(1e-7));
}

TEST_CASE("a certain prediction has no entropy, a regression has none to speak of") {
  CHECK(*entropy(HeadKind::multi_class, std::vector<float>{0, 1, 0}) == 0);
  CHECK(*entropy(HeadKind::binary, std::vector<float>{1}) == 0);
  CHECK(!entropy(HeadKind::regression, std::vector<float>{12}));
}

TEST_CASE("spread: numpy's mean and std(ddof=1)") {
  const Spread four = spread(std::vector<double>{.1, .4, .35, .2});
  CHECK(four.mean == doctest::Approx(0.2625).epsilon(1e-14));
  CHECK(four.sd == doctest::Approx(0.13768926368215256).epsilon(1e-14));
  CHECK(spread(std::vector<double>{0.7}).sd == 0);
}
