/* nodlclose.c -- keep plugins mapped, so that a sanitizer's report at exit can name them.
 *
 * Linked only into programs of sanitizer builds: Open MPI loads its parts as plugins and unloads them before exit.
 */
int dlclose(void *handle);

int dlclose(void *handle)
{
    (void)handle;
    return 0;
}
