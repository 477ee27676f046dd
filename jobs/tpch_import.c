/* tpch_import.c -- the eight tables of TPC-H, from dbgen's .tbl files to HDF5.
 *
 * usage: tpch_import FROM TO [CODEC]
 *
 * FROM holds lineitem.tbl, or lineitem.tbl.gz, or dbgen's pieces lineitem.tbl.1, lineitem.tbl.2, ...  TO gets lineitem.h5 and so on,
 * each with one table of the file's name.  CODEC is none (the default), deflate, zstd or lz4.  Under mpirun the workers share the work.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <brasa/brasa.h>

/* Types as in the specification: keys that stay below 2^31 at any scale factor up to 10,000 are INT, money is DECIMAL(15,2). */
static const struct {
    const char *name;
    const char *schema;
} tables[] = {
    {"region", "r_regionkey INT, r_name STRING, r_comment STRING"},
    {"nation", "n_nationkey INT, n_name STRING, n_regionkey INT, n_comment STRING"},
    {"supplier",
     "s_suppkey INT, s_name STRING, s_address STRING, s_nationkey INT, s_phone STRING, s_acctbal DECIMAL(15,2), s_comment STRING"},
    {"customer",
     "c_custkey INT, c_name STRING, c_address STRING, c_nationkey INT, c_phone STRING, c_acctbal DECIMAL(15,2), c_mktsegment STRING, "
     "c_comment STRING"},
    {"part", "p_partkey INT, p_name STRING, p_mfgr STRING, p_brand STRING, p_type STRING, p_size INT, p_container STRING, "
             "p_retailprice DECIMAL(15,2), p_comment STRING"},
    {"partsupp", "ps_partkey INT, ps_suppkey INT, ps_availqty INT, ps_supplycost DECIMAL(15,2), ps_comment STRING"},
    {"orders",
     "o_orderkey BIGINT, o_custkey INT, o_orderstatus STRING, o_totalprice DECIMAL(15,2), o_orderdate DATE, o_orderpriority STRING, "
     "o_clerk STRING, o_shippriority INT, o_comment STRING"},
    {"lineitem",
     "l_orderkey BIGINT, l_partkey INT, l_suppkey INT, l_linenumber INT, l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2), "
     "l_discount DECIMAL(15,2), l_tax DECIMAL(15,2), l_returnflag STRING, l_linestatus STRING, l_shipdate DATE, l_commitdate DATE, "
     "l_receiptdate DATE, l_shipinstruct STRING, l_shipmode STRING, l_comment STRING"},
};
enum { NTABLES = sizeof tables / sizeof tables[0], PATH_BYTES = 4096 };

/* The name of the table's text: plain, packed, or in pieces (a glob). */
static void source_of(char *path, const char *from, const char *table)
{
    snprintf(path, PATH_BYTES, "%s/%s.tbl", from, table);
    if (access(path, R_OK) == 0) return;
    snprintf(path, PATH_BYTES, "%s/%s.tbl.gz", from, table);
    if (access(path, R_OK) == 0) return;
    snprintf(path, PATH_BYTES, "%s/%s.tbl.[0-9]*", from, table);
}

static brasa_status import_table(brasa_session *s, const char *from, const char *to, int i, const char *codec)
{
    char         path[PATH_BYTES], out[PATH_BYTES];
    brasa_frame *f;
    brasa_status status;

    source_of(path, from, tables[i].name);
    snprintf(out, sizeof out, "%s/%s.h5:/%s", to, tables[i].name, tables[i].name);
    f = brasa_read(s, path, .format = "csv", .schema = tables[i].schema, .delimiter = '|', .header = -1);
    status = brasa_write(f, out, .mode = BRASA_OVERWRITE, .codec = codec);
    if (status == BRASA_OK) printf("%-10s%s\n", tables[i].name, out);
    return status;
}

int main(int argc, char **argv)
{
    brasa_session *s = brasa_start(&argc, &argv, .app = "tpch_import");

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: tpch_import FROM TO [none|deflate|zstd|lz4]\n");
        brasa_stop(s);
        return 2;
    }
    for (int i = 0; i < NTABLES; i++)
        if (import_table(s, argv[1], argv[2], i, argc > 3 ? argv[3] : NULL) != BRASA_OK) break;
    return brasa_stop(s);
}
