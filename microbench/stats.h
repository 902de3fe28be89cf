/* SPDX-License-Identifier: MIT
 * The few statistics the report needs.  Results are NAN when there is nothing
 * to compute them from.
 */
#ifndef MICROBENCH_STATS_H
#define MICROBENCH_STATS_H

#include <stddef.h>

double stats_median(const double *v, size_t n);
/* Median absolute deviation from the median, unscaled. */
double stats_mad(const double *v, size_t n);
/* Geometric mean; NAN also when a value is not positive. */
double stats_geomean(const double *v, size_t n);

#endif
