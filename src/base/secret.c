#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/must.h"
#include "base/secret.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SECRET_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SECRET_ASAN
#endif

/* What is not handed out is poisoned, so that AddressSanitizer sees a byte too
 * far and what is used after its release, as it does on the heap. */
#ifdef SECRET_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)		((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n)	((void)(p), (void)(n))
#endif

#if defined(__linux__)
#include <sys/prctl.h>

static int
dumpable(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

static void
set_dumpable(int on)
{
	prctl(PR_SET_DUMPABLE, on, 0, 0, 0);
}
#else
static int
dumpable(void)
{
	return 1;
}

static void
set_dumpable(int on)
{
	(void)on;
}
#endif

/* Out of core files: OpenBSD, FreeBSD, Linux. */
#if defined(MAP_CONCEAL)
#define MAP_SECRET	MAP_CONCEAL
#elif defined(MAP_NOCORE)
#define MAP_SECRET	MAP_NOCORE
#else
#define MAP_SECRET	0
#endif
#ifndef MADV_DONTDUMP
#define MADV_DONTDUMP	MADV_NORMAL
#endif

#define CHUNK_SIZE	((size_t)16 * 1024)	/* at least */
#define ALIGN		((size_t)16)

/*
 * Blocks are taken from a chunk one behind the other, each with its size
 * before it.  Room is had again when the last one is released, or all are;
 * secrets are few and short-lived, so that this wastes little.
 */
struct chunk {
	struct chunk	*next;
	size_t		 size;		/* of the mapping */
	size_t		 used;		/* with this */
	size_t		 live;		/* blocks not yet released */
};

struct block {
	struct chunk	*chunk;
	size_t		 size;		/* what the caller may use */
};

_Static_assert(sizeof(struct chunk) % ALIGN == 0, "blocks are aligned");
_Static_assert(sizeof(struct block) == ALIGN, "memory is aligned");

static struct chunk *chunks;
static unsigned holds;
static struct rlimit core_before;
static int dumpable_before;
static int unlocked;			/* errno: not all could be */

static size_t
round_up(size_t n, size_t step)
{
	assert(n <= SIZE_MAX - step);
	return (n + step - 1) / step * step;
}

static void
lock(void *p, size_t n)
{
	if (mlock(p, n) == -1)
		unlocked = errno;
}

static struct chunk *
add_chunk(size_t need)
{
	size_t size = need + sizeof(struct chunk);
	struct chunk *c;

	size = round_up(size < CHUNK_SIZE ? CHUNK_SIZE : size,
	    (size_t)sysconf(_SC_PAGESIZE));
	c = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS | MAP_SECRET, -1, 0);
	must_have(c != MAP_FAILED);
	madvise(c, size, MADV_DONTDUMP);
	lock(c, size);
	*c = (struct chunk){ .next = chunks, .size = size,
	    .used = sizeof(*c) };
	ASAN_POISON_MEMORY_REGION(c + 1, size - sizeof(*c));
	chunks = c;
	secret_hold();
	return c;
}

static void
remove_chunk(struct chunk *c)
{
	struct chunk **at = &chunks;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	ASAN_UNPOISON_MEMORY_REGION(c, c->size);
	munmap(c, c->size);
	secret_drop();
}

static struct chunk *
chunk_with(size_t need)
{
	struct chunk *c;

	for (c = chunks; c != NULL; c = c->next)
		if (need <= c->size - c->used)
			return c;
	return add_chunk(need);
}

static struct block *
block_of(void *p)
{
	struct block *b = (struct block *)p - 1;

	ASAN_UNPOISON_MEMORY_REGION(b, sizeof(*b));
	return b;
}

static int
is_last(const struct block *b)
{
	return (const char *)(b + 1) + round_up(b->size, ALIGN) ==
	    (const char *)b->chunk + b->chunk->used;
}

/* What is not in use is zero: new, or wiped. */
void *
secret_new(size_t n)
{
	size_t need = sizeof(struct block) + round_up(n, ALIGN);
	struct chunk *c = chunk_with(need);
	struct block *b = (struct block *)(void *)((char *)c + c->used);

	c->used += need;
	c->live++;
	ASAN_UNPOISON_MEMORY_REGION(b, sizeof(*b) + n);
	*b = (struct block){ c, n };
	ASAN_POISON_MEMORY_REGION(b, sizeof(*b));
	return b + 1;
}

/* The last one of its chunk grows where it is. */
static int
stretch(struct block *b, size_t n)
{
	size_t more = round_up(n, ALIGN) - round_up(b->size, ALIGN);

	if (!is_last(b) || more > b->chunk->size - b->chunk->used)
		return 0;
	b->chunk->used += more;
	b->size = n;
	ASAN_UNPOISON_MEMORY_REGION(b, sizeof(*b) + n);
	return 1;
}

void *
secret_grow(void *p, size_t n)
{
	struct block *b;
	void *bigger;
	size_t had;
	int grown;

	if (p == NULL)
		return secret_new(n);
	b = block_of(p);
	had = b->size;
	grown = n <= had || stretch(b, n);
	ASAN_POISON_MEMORY_REGION(b, sizeof(*b));
	if (grown)
		return p;
	bigger = secret_new(n);
	memcpy(bigger, p, had);
	secret_free(p);
	return bigger;
}

char *
secret_strn(const char *s, size_t n)
{
	char *copy = secret_new(n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *
secret_str(const char *s)
{
	return secret_strn(s, strlen(s));
}

void
secret_free(void *p)
{
	struct block *b;
	struct chunk *c;
	size_t size;

	if (p == NULL)
		return;
	b = block_of(p);
	c = b->chunk;
	size = sizeof(*b) + round_up(b->size, ALIGN);
	if (is_last(b))
		c->used -= size;
	ASAN_UNPOISON_MEMORY_REGION(b, size);
	explicit_bzero(b, size);
	ASAN_POISON_MEMORY_REGION(b, size);
	if (--c->live == 0)
		remove_chunk(c);
}

int
secret_is(const void *p)
{
	uintptr_t at = (uintptr_t)p;
	const struct chunk *c;

	for (c = chunks; c != NULL; c = c->next)
		if (at - (uintptr_t)c < c->used)
			return 1;
	return 0;
}

/* The soft limit alone: nobody but root could raise the hard one again. */
int
secret_unlocked(void)
{
	return unlocked;
}

void
secret_hold(void)
{
	struct rlimit none;

	if (holds++ > 0)
		return;
	dumpable_before = dumpable();
	set_dumpable(0);
	getrlimit(RLIMIT_CORE, &core_before);
	none = core_before;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &none);
}

void
secret_drop(void)
{
	assert(holds > 0);
	if (--holds > 0)
		return;
	setrlimit(RLIMIT_CORE, &core_before);
	set_dumpable(dumpable_before == 1);
}

void
secret_in_child(void)
{
	if (holds > 0)
		setrlimit(RLIMIT_CORE, &core_before);
}
