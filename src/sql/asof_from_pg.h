/* sql/asof_from_pg.h -- ASOF JOIN as a LATERAL subquery. */
#ifndef BRASA_SQL_ASOF_FROM_PG_H
#define BRASA_SQL_ASOF_FROM_PG_H

#include "sql/from_pg.h"
#include "sql/query.h"

/* A join that was written with ASOF: its right side and condition are rewritten. */
brasa_status brasa__pg_asof(brasa_pg *p, brasa_from *f);

#endif
