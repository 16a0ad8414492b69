/*
 * must.h - what the program ends without.
 *
 * What is not yet accepted is still the caller's, and what is queued is on
 * disk, so EX_TEMPFAIL is an honest end anywhere before the final dot.
 */
#ifndef BASE_MUST_H
#define BASE_MUST_H

/* Ends the program, saying that there is no memory, if there is none. */
void	 must_have(int there);

#endif
