#include <libsecret/secret.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dynlib.h"
#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "cred/source.h"

/*
 * libsecret asks over D-Bus, with threads and waits of its own, and the daemon
 * may want a person to unlock the keyring.  So it all happens in a child, which
 * is ended when the time is over; it answers with a letter and what belongs to
 * it.
 */
enum answer { FOUND = '+', NOTHING = '0', LOCKED = 'L', STORED = 'S',
    FAILED = 'E', MISSING = 'M' };

#ifndef LIBSECRET_SONAME
#define LIBSECRET_SONAME	"libsecret-1.so.0"
#endif

#define UNATTENDED_MS	10000	/* where nobody can be asked to unlock */
#define ATTENDED_MS	30000	/* the other sources want some time, too */
#define BUS_SECONDS	3	/* for the bus itself to answer */
#define FORMS		3

/* What is used of libsecret and GLib, as in smtp/sasl.c. */
#define FUNCTIONS(F) \
	F(g_bus_get_sync) F(secret_attributes_build) \
	F(secret_collection_for_alias_sync) \
	F(secret_collection_get_locked) F(secret_item_get_locked) \
	F(secret_item_get_secret) F(secret_password_storev_sync) \
	F(secret_service_get_sync) F(secret_service_search_sync) \
	F(secret_value_get)

#define POINTER(f)	__typeof__(f) *f##_;
#define SYMBOL(f)	{ #f, &lib.f##_ },

static struct { FUNCTIONS(POINTER) } lib;
static const struct dynlib_symbol symbols[] = { FUNCTIONS(SYMBOL) };
static void *handle;
static int bus_out;		/* in the child, for no_bus() */

#define call(f)	(lib.secret_##f##_)

#define STRING	SECRET_SCHEMA_ATTRIBUTE_STRING

/*
 * Ours; then msmtp's, which are also what its manual has secret-tool store; and
 * those that mail programs kept by way of libgnome-keyring.
 */
static const struct form {
	SecretSchema	 schema;
	const char	*host, *service;
} forms[FORMS] = {
	{ { .name = "posthorn.Password", .flags = SECRET_SCHEMA_NONE,
	    .attributes = { { "host", STRING }, { "service", STRING },
	    { "user", STRING } } }, "host", "service" },
	{ { .name = "de.marlam.msmtp.password",
	    .flags = SECRET_SCHEMA_DONT_MATCH_NAME,
	    .attributes = { { "host", STRING }, { "service", STRING },
	    { "user", STRING } } }, "host", "service" },
	{ { .name = "org.gnome.keyring.NetworkPassword",
	    .flags = SECRET_SCHEMA_DONT_MATCH_NAME,
	    .attributes = { { "server", STRING }, { "protocol", STRING },
	    { "user", STRING } } }, "server", "protocol" },
};

struct errand {
	const struct cred_params *p;
	const char	*password;	/* to be stored; NULL: find it */
	int		 attended;	/* somebody can unlock it */
	int		 out;		/* in the child: for its answer */
};

static int
answer(const struct errand *errand, enum answer what, const char *text,
    size_t n)
{
	const char letter = (char)what;

	return file_write_all(errand->out, &letter, 1) == -1 ||
	    file_write_all(errand->out, text, n) == -1;
}

static int
answer_text(const struct errand *errand, enum answer what, const char *text)
{
	return answer(errand, what, text, strlen(text));
}

static GHashTable *
attributes(const struct form *f, const struct cred_params *p)
{
	return call(attributes_build)(&f->schema, f->host, p->host,
	    f->service, "smtp", "user", p->user, NULL);
}

/* The first of those that fit, or NULL; one that is not locked goes first. */
static SecretItem *
search(const struct errand *errand, int unlock, GError **error)
{
	GList *list;
	size_t i;

	for (i = 0; i < FORMS && *error == NULL; i++) {
		list = call(service_search_sync)(NULL, &forms[i].schema,
		    attributes(&forms[i], errand->p),
		    SECRET_SEARCH_LOAD_SECRETS |
		    (unlock ? SECRET_SEARCH_UNLOCK : SECRET_SEARCH_NONE),
		    NULL, error);
		if (list != NULL)
			return list->data;
	}
	return NULL;
}

static int
find(const struct errand *errand)
{
	GError *error = NULL;
	SecretItem *item = search(errand, 0, &error);
	SecretValue *value;
	const char *text;
	gsize n;

	if (item != NULL && call(item_get_locked)(item) && errand->attended)
		item = search(errand, 1, &error);
	if (error != NULL)
		return answer_text(errand, FAILED, error->message);
	if (item == NULL)
		return answer_text(errand, NOTHING, "");
	if (call(item_get_locked)(item))
		return answer_text(errand, LOCKED, "");
	value = call(item_get_secret)(item);
	if (value == NULL)
		return answer_text(errand, FAILED, "it keeps the password "
		    "to itself");
	text = call(value_get)(value, &n);
	return answer(errand, FOUND, text, n);
}

/* Is there a keyring that takes it without asking anybody? */
static int
check_open(const struct errand *errand, GError **error)
{
	SecretService *service = call(service_get_sync)(
	    SECRET_SERVICE_OPEN_SESSION, NULL, error);
	SecretCollection *keyring;

	if (service == NULL)
		return 0;
	keyring = call(collection_for_alias_sync)(service,
	    SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, NULL, error);
	return errand->attended || (keyring != NULL &&
	    !call(collection_get_locked)(keyring));
}

static int
store(const struct errand *errand)
{
	const struct cred_params *p = errand->p;
	struct buf label = BUF_MAX(1024);
	GError *error = NULL;

	if (!check_open(errand, &error) && error == NULL)
		return answer_text(errand, LOCKED, "");
	buf_addf(&label, "posthorn: %s at %s", p->user, p->host);
	if (error == NULL)
		call(password_storev_sync)(&forms[0].schema,
		    attributes(&forms[0], p), SECRET_COLLECTION_DEFAULT,
		    buf_str(&label), errand->password, NULL, &error);
	buf_free(&label);
	return error != NULL ? answer_text(errand, FAILED, error->message) :
	    answer_text(errand, STORED, "");
}

/* The parent hears of this as of any answer. */
static void
no_bus(int sig)
{
	static const char said[] = "Ethe session bus does not answer";

	(void)sig;
	_exit(write(bus_out, said, sizeof(said) - 1) == -1);
}

/* GLib keeps the connection, so that what follows finds it. */
static int
reach_bus(const struct errand *errand)
{
	const struct sigaction late = { .sa_handler = no_bus };
	GError *error = NULL;

	bus_out = errand->out;
	sigaction(SIGALRM, &late, NULL);
	alarm(BUS_SECONDS);
	lib.g_bus_get_sync_(G_BUS_TYPE_SESSION, NULL, &error);
	alarm(0);
	return error == NULL ? 0 :
	    answer_text(errand, FAILED, error->message) != 0 ? -1 : 1;
}

static int
run(void *arg)
{
	struct errand *errand = arg;
	struct err e = ERR_INIT;
	int r;

	/* GLib may be told to say there what it does. */
	errand->out = dup(STDOUT_FILENO);
	if (errand->out == -1 || dup2(STDERR_FILENO, STDOUT_FILENO) == -1)
		return 1;
	if (dynlib_open(&handle, LIBSECRET_SONAME, symbols,
	    sizeof(symbols) / sizeof(symbols[0]), &e) == -1)
		return answer_text(errand, MISSING, e.text);
	r = reach_bus(errand);
	if (r != 0)
		return r == -1;
	return errand->password != NULL ? store(errand) : find(errand);
}

static int
has_display(void)
{
	const char *x = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");

	return (x != NULL && x[0] != '\0') ||
	    (wayland != NULL && wayland[0] != '\0');
}

/* Without an address GLib would start a bus of its own. */
static int
has_bus(void)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	const char *folder = getenv("XDG_RUNTIME_DIR");
	struct buf path = BUF_MAX(4096);
	struct stat st;
	int r;

	if (address != NULL && address[0] != '\0')
		return strncmp(address, "autolaunch:", 11) != 0;
	r = folder != NULL && folder[0] == '/' &&
	    buf_addf(&path, "%s/bus", folder) == 0 &&
	    stat(buf_str(&path), &st) == 0 && S_ISSOCK(st.st_mode);
	buf_free(&path);
	return r;
}

/* Returns the answer, its text left in said; or -1 with *e set. */
static int
ask_daemon(struct errand *errand, struct buf *said, struct err *e)
{
	const struct cred_params *p = errand->p;
	struct proc_call child = { .run = run, .arg = errand,
	    .deadline = p->deadline, .stop = p->stop };
	int what;

	if (!has_bus())
		return err_set(e, ERR_UNAVAIL, "there is no session bus");
	errand->attended = has_display();
	if (!errand->attended || errand->password == NULL)
		child.deadline = clock_first(p->deadline,
		    clock_in(errand->attended ? ATTENDED_MS : UNATTENDED_MS));
	log_story("asking the keyring");
	if (proc_call(&child, said, e) == -1)
		return -1;
	if (said->len == 0)
		return err_set(e, ERR_TEMP, "no answer");
	what = said->data[0];
	buf_eat(said, 1);
	if (what == FAILED || what == MISSING)
		return err_set(e, what == FAILED ? ERR_TEMP : ERR_UNAVAIL,
		    "%s", str_shown(buf_str(said), said->len));
	if (what == LOCKED)
		return err_set(e, ERR_TEMP, errand->attended ? "it is locked" :
		    "it is locked, and without a display nobody can be asked "
		    "to unlock it");
	return what;
}

/* What keeps it from being asked is an error only if it must be asked. */
static int
unheard(struct quest *q, struct err *e)
{
	if (q->p->keyring == CRED_KEYRING_ON ||
	    (q->p->stop != NULL && *q->p->stop))
		return err_prefix(e, "keyring: ");
	source_note(q, "keyring: %s", e->text);
	*e = (struct err)ERR_INIT;
	return 0;
}

int
keyring_get(struct quest *q, struct err *e)
{
	struct errand errand = { .p = q->p };
	struct buf said = BUF_SECRET(SOURCE_MAX);
	int r = 0, what;

	if (q->p->keyring == CRED_KEYRING_OFF || q->p->user == NULL ||
	    q->p->host == NULL)
		return 0;
	what = ask_daemon(&errand, &said, e);
	if (what == -1)
		r = unheard(q, e);
	else if (what == FOUND)
		r = source_take(q, "keyring", buf_str(&said), said.len -
		    (said.len > 0 && said.data[said.len - 1] == '\n'), e);
	else {
		source_note(q, "no entry in the keyring");
		q->may_store = 1;
	}
	buf_free(&said);
	return r;
}

int
cred_store(const struct cred_params *p, const char *password, struct err *e)
{
	struct errand errand = { .p = p, .password = password };
	struct buf said = BUF_SECRET(SOURCE_MAX);
	int r = ask_daemon(&errand, &said, e);

	buf_free(&said);
	if (r != -1)
		return 0;
	if (e->kind == ERR_UNAVAIL)
		err_suffix(e, "; instead set \"password_file\" or "
		    "\"passwordeval\" in the account");
	return err_prefix(e, "keyring: ");
}
