/* brasa.h -- everything: Spark's model of work for HPC clusters, in C. */
#ifndef BRASA_BRASA_H
#define BRASA_BRASA_H

#include "brasa/batch.h"
#include "brasa/expr.h"
#include "brasa/frame.h"
#include "brasa/metrics.h"
#include "brasa/session.h"
#include "brasa/sql.h"
#include "brasa/status.h"
#include "brasa/storage.h"
#include "brasa/types.h"
#include "brasa/udf.h"

#endif
