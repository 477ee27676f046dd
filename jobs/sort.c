/* sort.c -- a total sort across all ranks.
 *
 * usage: sort FROM TO ORDER       sorts a table into another: sort in.h5:/t out.h5:/t "key, value DESC"
 *        sort --rows N [TO]       makes N records (key, value), sorts them, checks the order and prints a line
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <brasa/brasa.h>

typedef struct order_check {
    int64_t rows, last, wrong;
} order_check;

static int check(void *arg, const brasa_batch *batch)
{
    order_check   *c = arg;
    const int64_t *key = batch->cols[0].values;

    for (int32_t i = 0; i < batch->rows; i++) {
        if (c->rows > 0 && key[i] < c->last) c->wrong++;
        c->last = key[i];
        c->rows++;
    }
    return 0;
}

static void made_up(brasa_session *s, int64_t rows, const char *to)
{
    /* Keys scattered by a multiplication, each record with its number. */
    brasa_frame *f = brasa_select(brasa_range(s, 0, rows, 1), "(id * 7919) % 1000003 * 1000 + id % 1000 AS key, id AS value");
    brasa_frame *sorted = brasa_sort(f, "key, value");
    order_check  c = {.rows = 0};

    if (to != NULL) {
        brasa_write(sorted, to, .mode = BRASA_OVERWRITE);
        sorted = brasa_read(s, to);
    }
    if (brasa_foreach_batch(sorted, check, &c) == BRASA_OK)
        printf("%lld records, %lld out of order\n", (long long)c.rows, (long long)c.wrong);
}

int main(int argc, char **argv)
{
    brasa_session *s = brasa_start(&argc, &argv, .app = "sort", .keep_unknown = true);

    if (argc >= 3 && strcmp(argv[1], "--rows") == 0) {
        made_up(s, atoll(argv[2]), argc > 3 ? argv[3] : NULL);
    } else if (argc == 4) {
        brasa_write(brasa_sort(brasa_read(s, argv[1]), argv[3]), argv[2], .mode = BRASA_OVERWRITE);
    } else {
        fprintf(stderr, "usage: sort FROM TO ORDER | sort --rows N [TO]\n");
        brasa_stop(s);
        return 2;
    }
    return brasa_stop(s);
}
