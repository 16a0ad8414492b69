/*
 * account.h - one account: a smarthost, who we are there, and what is wanted.
 *
 * A value of every keyword of posthorn.conf(5), and where each was written.
 */
#ifndef CONFIG_ACCOUNT_H
#define CONFIG_ACCOUNT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define ACCOUNT_KEYWORDS_MAX	96

/* Where a keyword's value comes from, for messages. */
struct origin {
	const char	*file;		/* borrowed from the config; NULL: not
					 * set, or set on the command line */
	unsigned	 line;		/* 0: not set */
	int		 by_defaults;	/* in a `defaults` block */
};

struct account {
	char		*name;		/* owned, like every string here */
	char		*host;		/* words, a space between them: names,
					 * addresses, srv:DOMAIN; NULL only if
					 * there is socket or connect_command */
	unsigned	 port;		/* 0 until account_finish() */
	unsigned	 timeout;	/* seconds; 0: those of RFC 5321 */
	unsigned	 total_timeout;	/* for the attempt; 0: ours */
	char		*protocol;	/* "lmtp"; or "smtp", or NULL */
	char		*domain;	/* for EHLO; NULL: found out */
	int		 hide_hostname;
	char		*source_ip;	/* one, or one of each family */
	char		*proxy_host;
	unsigned	 proxy_port;
	char		*proxy_user, *proxy_password;
	char		*socket;	/* a path: instead of a connection */
	char		*connect_command; /* the same */
	char		*auth;		/* NULL: off; "on", or a mechanism; when
					 * not set, account_finish() puts "on"
					 * if there is a user */
	char		*user;
	char		*ntlmdomain;	/* of NTLM; DIGEST-MD5's realm */
	char		*password;	/* wiped when freed, as all are */
	char		*passwordeval;
	char		*password_file;	/* a path, or a name without a slash:
					 * below where secrets are mounted */
	char		*password_env;	/* the name of a variable */
	int		 keyring;	/* 0 off, 1 auto, 2 on */
	int		 tls;
	int		 tls_starttls;	/* -1 until account_finish() */
	char		*tls_trust;	/* NULL: authorities; "tofu", "dane" */
	char		*tls_trust_file; /* NULL: the system's */
	char		*tls_crl_file;
	int		 tls_certcheck;
	char		*tls_priorities;
	char		*tls_min_version; /* "1.0" to "1.3"; NULL: 1.2 */
	char		*tls_host_override;
	char		*tls_fingerprint; /* words: "sha256:HEX" in lower case
					 * without colons, or "pin-sha256:"
					 * and base64 */
	char		*tls_cert_file;	/* a path or a URI: what we show */
	char		*tls_key_file;	/* the same of its key; NULL: there */
	char		*tls_key_password;	/* of that: as those above */
	char		*tls_key_passwordeval;
	char		*tls_key_password_file;
	char		*from;		/* patterns, a space between them */
	char		*from_full_name;
	int		 allow_from_override;
	int		 set_from_header, set_date_header, set_msgid_header;
					/* 0 off, 1 auto, 2 on; Date: 3 utc */
	char		*keep_original_from; /* NULL: off; "reply-to", "name" */
	int		 set_to_header;
	int		 remove_bcc_headers;
	int		 undisclosed_recipients;
	unsigned	 header_limit;	/* octets */
	char		*logfile;
	char		*logfile_time_format;
	char		*syslog;	/* NULL: off; a facility */
	char		*aliases;	/* NULL: the system's, if it is there;
					 * "": none */
	char		*default_domain; /* A-labels; NULL: none is added */
	int		 auto_from;
	char		*maildomain;
	char		*dsn_notify;
	char		*dsn_return;
	char		*mail_auth;	/* SMTP form, or "<>" */
	int		 requiretls;
	char		*priority;	/* a number */
	char		*deliver_by;	/* "SECONDS;MODE" */
	char		*hold_for;	/* seconds */
	char		*hold_until;	/* UTC, as moment.h has it */
	char		*queue;
	struct origin	 where;		/* of the account itself */
	struct origin	 origin[ACCOUNT_KEYWORDS_MAX];	/* by keyword row */
};

/* A new account with every default; the name is copied. */
struct account *account_new(const char *name);
struct account *account_copy(const struct account *);
void	 account_free(struct account *);		/* NULL is fine */
/*
 * Fill in what depends on other keywords (port, tls_starttls), and refuse
 * what contradicts or is missing; of two that exclude each other the one of
 * the command line stays.  Returns 0, or -1 with *e set to ERR_CONFIG,
 * ERR_USAGE if the command line is at fault, or ERR_UNAVAIL for what this
 * version cannot do.
 */
int	 account_finish(struct account *, struct err *e);
/*
 * Does an envelope sender or From address match one of the account's `from`
 * patterns?  `*` stands for any text, case is ignored, and user+tag@ matches
 * user@.  Only an exact match is worth 2; a pattern 1; none 0.
 */
int	 account_matches(const struct account *, const char *address);
/*
 * The account's own address: the first of its `from` patterns that has no `*`,
 * copied to buf, which is returned; NULL when there is none (or no room).
 */
const char *account_from(const struct account *, char *buf, size_t size);
/* The same of the domains in the patterns, so that `*@x.org` has one. */
const char *account_from_domain(const struct account *, char *buf,
	    size_t size);
/* Append for people where it goes: "HOST:PORT, srv:DOMAIN", or the path of the
 * socket, or the word connect_command. */
void	 account_servers(const struct account *, struct buf *);
/* The first host, or the domain of srv:, copied to buf, which is returned; NULL
 * when there is none (or no room). */
const char *account_host(const struct account *, char *buf, size_t size);
/* "FILE:LINE" of a keyword, or of the account when that was not set, or
 * "the command line"; written to buf, which is returned. */
const char *account_origin(const struct account *, const char *keyword,
	    char *buf, size_t size);
/* The same within a sentence: "in FILE:LINE", or "on the command line". */
const char *account_place(const struct account *, const char *keyword,
	    char *buf, size_t size);

#endif
