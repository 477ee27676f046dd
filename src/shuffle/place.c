/* shuffle/place.c -- which worker owns which partition: contiguous runs, as even as can be.
 *
 * owner(p) = floor(p * w / n), so first(k) is the least p with p * w >= k * n.
 */
#include "shuffle/exchange.h"

int32_t brasa__partition_owner(int32_t p, int32_t n, int32_t w)
{
    return (int32_t)((int64_t)p * w / n);
}

int32_t brasa__partition_first(int32_t worker, int32_t n, int32_t w)
{
    return (int32_t)(((int64_t)worker * n + w - 1) / w);
}
