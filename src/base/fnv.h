/*
 * fnv.h - the hash FNV-1a of 64 bits: to tell texts apart, and to find out
 * that a file is damaged.  It protects nothing from who wants to deceive.
 */
#ifndef BASE_FNV_H
#define BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_START	UINT64_C(0xcbf29ce484222325)

/* Go on from FNV_START or from what an earlier call returned. */
static inline uint64_t
fnv_add(uint64_t hash, const void *p, size_t n)
{
	const unsigned char *s = p;

	while (n-- > 0)
		hash = (hash ^ *s++) * UINT64_C(0x100000001b3);
	return hash;
}

#endif
