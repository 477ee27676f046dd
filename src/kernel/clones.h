/* kernel/clones.h -- one loop, compiled for several machines.
 *
 * BRASA_CLONES before a static function makes the compiler build it for AVX-512, AVX2 and the baseline; the loader picks one.
 * Static functions only: clang refuses clones that are declared elsewhere.  Their names are unique in the whole program: clang gives
 * the resolver of a static function external linkage.  Off under ThreadSanitizer (ifuncs run before its runtime is up) and where the
 * machine is not x86-64.
 */
#ifndef BRASA_KERNEL_CLONES_H
#define BRASA_KERNEL_CLONES_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BRASA_NO_CLONES 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
#define BRASA_NO_CLONES 1
#endif

#ifdef BRASA_NO_CLONES
#define BRASA_CLONES
#else
#define BRASA_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif

#endif
