/*
 * about.h - --help, --version and the keyword list, to stdout.
 */
#ifndef APP_ABOUT_H
#define APP_ABOUT_H

#ifndef VERSION				/* configure knows it */
#define VERSION	"0.1"
#endif

void	 about_help(void);
void	 about_version(void);
void	 about_keywords(void);

#endif
