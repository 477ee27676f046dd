/* base/clock.h -- time. */
#ifndef BRASA_BASE_CLOCK_H
#define BRASA_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/machine.h"

int64_t brasa__clock_ns(void);      /* monotonic */
int64_t brasa__clock_unix_us(void); /* wall clock, UTC */
void    brasa__sleep_us(int64_t us);

#endif
