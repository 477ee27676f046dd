/* exec/runtime.h -- runtime filters that workers make together; see op_runtime.c. */
#ifndef BRASA_EXEC_RUNTIME_H
#define BRASA_EXEC_RUNTIME_H

#include "exec/run.h"

/* Collective over the workers, after all have opened the stage and met: the words of filters that are shared become the union of all workers'. */
brasa_status brasa__runtime_share(brasa_run *run, brasa_error *err);

/* What a scan, or a source of kept rows, may skip chunks by, when the filters that stand on it are open: the ranges of their keys, behind the tests of its own. */
void brasa__runtime_tests(brasa_run *run, const brasa_scan_test **tests, int32_t *ntests);

#endif
