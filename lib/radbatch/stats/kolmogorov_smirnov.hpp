// Do two samples come from one distribution? The largest gap between their cumulative shares.
#pragma once

#include <span>
#include <string>

namespace radbatch {

struct KolmogorovSmirnov {
  double distance = 0;  ///< largest |F(x) - G(x)|
  double p = 1;         ///< two-sided
  std::string method;   ///< "exact", "limiting distribution"
};

/// Two-sample test; both samples have values, all finite. Exact where n * m is at most
/// LARGEST_EXACT_KOLMOGOROV: the share of orderings of the pooled values that reach the distance, conditional
/// on their ties (G. Schroer and D. Trenkler, Comput Stat Data Anal 20 (1995) 185-202; without ties it is
/// that of P. J. Kim and R. I. Jennrich, Selected Tables in Mathematical Statistics 1 (1973) 79-170).
/// Otherwise Smirnov's limit, Ann Math Stat 19 (1948) 279-281, at distance * sqrt(n m / (n + m)); with ties
/// its p is too large.
KolmogorovSmirnov kolmogorov_smirnov(std::span<const double> first, std::span<const double> second);
inline constexpr double LARGEST_EXACT_KOLMOGOROV = 4e6;

/// P(K > x) of Kolmogorov's limiting distribution: 2 sum (-1)^(k-1) exp(-2 k^2 x^2).
double kolmogorov_survival(double x);

}  // namespace radbatch
