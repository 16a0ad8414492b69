#include <assert.h>

#include "smtp/lane.h"

int
lane_room(const struct lane *l)
{
	return l->runs < LANE_RUNS;
}

void
lane_push(struct lane *l, enum verb verb, size_t i)
{
	size_t last = (l->head + l->runs + LANE_RUNS - 1) % LANE_RUNS;

	l->owed++;
	if (verb == V_RCPT && l->runs > 0 && l->run[last].verb == V_RCPT &&
	    l->run[last].first + l->run[last].n == i) {
		l->run[last].n++;
		return;
	}
	assert(lane_room(l));
	last = (l->head + l->runs++) % LANE_RUNS;
	l->run[last].verb = verb;
	l->run[last].first = i;
	l->run[last].n = 1;
}

enum verb
lane_head(const struct lane *l)
{
	assert(l->owed > 0);
	return l->run[l->head].verb;
}

enum verb
lane_pop(struct lane *l, size_t *i)
{
	enum verb verb = lane_head(l);

	*i = l->run[l->head].first++;
	l->owed--;
	if (--l->run[l->head].n == 0) {
		l->head = (l->head + 1) % LANE_RUNS;
		l->runs--;
	}
	return verb;
}

void
lane_again(struct lane *l, enum verb verb)
{
	assert(lane_room(l));
	l->head = (l->head + LANE_RUNS - 1) % LANE_RUNS;
	l->run[l->head].verb = verb;
	l->run[l->head].first = 0;
	l->run[l->head].n = 1;
	l->runs++;
	l->owed++;
}
