/*
 * log.h - what -v and -d show: the one way for a lower layer to be heard.
 *
 * Nothing is formatted unless somebody listens.  Callers pass text from
 * outside through str_shown() first, and never pass a secret.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_QUIET, LOG_LEVEL_STORY, LOG_LEVEL_DEBUG };

typedef void log_sink(enum log_level, const char *line);

/* From now on lines up to this level go to the sink (app/ prints them). */
void	 log_open(enum log_level, log_sink *);
int	 log_wants(enum log_level);
/* The dialogue and the story go to this sink too, whatever the level (-X). */
void	 log_open_dialogue(log_sink *);
/* The story: what happens, for -v and -X. */
void	 log_story(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The dialogue and decisions, for -d. */
void	 log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One line of the dialogue, as "C: ..." or "S: ...", for -d and -X. */
void	 log_dialogue(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2)));
/* What people are told anyway, for -X alone. */
void	 log_remark(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2)));
/* Does anybody want to see the dialogue? */
int	 log_wants_dialogue(void);

#endif
