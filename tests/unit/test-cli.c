/*
 * The command line: each row an argv, and what is understood by it.
 */
#include "app/cli.h"
#include "base/buf.h"
#include "unit.h"

#define ARGS	12

static const struct row {
	const char	*name;
	const char	*argv[ARGS];
	const char	*want;		/* see describe(); NULL: an error */
	enum err_kind	 kind;
	const char	*words;
} rows[] = {
	{ "one recipient", { "posthorn", "a@x" }, "submit : a@x", 0, NULL },
	{ "none", { "sendmail" }, "submit :", 0, NULL },
	{ "clustered", { "sendmail", "-ti" }, "submit -t -i :", 0, NULL },
	{ "clustered, an argument at the end",
	    { "sendmail", "-tif", "a@x" }, "submit -t -i -f a@x :", 0, NULL },
	{ "clustered, an argument attached",
	    { "sendmail", "-tifa@x" }, "submit -t -i -f a@x :", 0, NULL },
	{ "attached", { "sendmail", "-fa@x", "b@x" },
	    "submit -f a@x : b@x", 0, NULL },
	{ "separate", { "sendmail", "-f", "a@x", "b@x" },
	    "submit -f a@x : b@x", 0, NULL },
	{ "the null sender", { "sendmail", "-f", "", "b@x" },
	    "submit -f  : b@x", 0, NULL },
	{ "a sender that looks like a flag", { "sendmail", "-f", "-x" },
	    "submit -f -x :", 0, NULL },
	{ "the last one counts", { "sendmail", "-fa", "-rb", "c" },
	    "submit -f b : c", 0, NULL },
	{ "flags after recipients", { "sendmail", "a@x", "-t", "b@x", "-i" },
	    "submit -t -i : a@x b@x", 0, NULL },
	{ "the end of flags", { "sendmail", "-t", "--", "-i", "--", "a@x" },
	    "submit -t : -i -- a@x", 0, NULL },
	{ "a dash is a recipient", { "sendmail", "-" }, "submit : -", 0,
	    NULL },
	{ "an empty argument", { "sendmail", "" }, "submit : ", 0, NULL },

	{ "sendmail's -oi", { "sendmail", "-oi", "a" }, "submit -i : a", 0,
	    NULL },
	{ "separate -o", { "sendmail", "-o", "i", "a" }, "submit -i : a", 0,
	    NULL },
	{ "-oitrue", { "sendmail", "-oitrue", "a" }, "submit -i : a", 0,
	    NULL },
	{ "-oeq", { "sendmail", "-oeq", "a" }, "submit quiet : a", 0, NULL },
	{ "-em", { "sendmail", "-em", "a" }, "submit mail : a", 0, NULL },
	{ "-odi and others", { "sendmail", "-odi", "-o7", "-om", "-oo", "a" },
	    "submit : a", 0, NULL },
	{ "-oQ attached", { "sendmail", "-oQ/var/q", "a" }, "submit : a", 0,
	    NULL },
	{ "-oQ separate", { "sendmail", "-oQ", "/var/q", "a" }, "submit : a",
	    0, NULL },
	{ "-oQ without", { "sendmail", "-oQ", "a@x" }, "submit : a@x", 0,
	    NULL },
	{ "-or separate", { "sendmail", "-or", "1h", "a" },
	    "submit timeout=3600 : a", 0, NULL },
	{ "-or in minutes", { "sendmail", "-or5", "a" },
	    "submit timeout=300 : a", 0, NULL },
	{ "-or of several parts", { "sendmail", "-or1h30M5s", "a" },
	    "submit timeout=5405 : a", 0, NULL },
	{ "-or of over a day", { "sendmail", "-or2w", "a" },
	    "submit timeout=86400 : a", 0, NULL },
	{ "-or of more than a number holds",
	    { "sendmail", "-or99999999999999999999w9w", "a" },
	    "submit timeout=86400 : a", 0, NULL },
	{ "-or without a limit", { "sendmail", "-or0", "a" },
	    "submit timeout=off : a", 0, NULL },
	{ "-or that is no time", { "sendmail", "-or1x", "-orh", "-or-3",
	    "a" }, "submit (-or 1x: no time such as 1h30m) (-or h: no time "
	    "such as 1h30m) (-or -3: no time such as 1h30m) : a", 0, NULL },
	{ "-oT separate", { "sendmail", "-oT", "3d", "a" }, "submit : a", 0,
	    NULL },
	{ "-or without", { "sendmail", "-or", "a@x" },
	    "submit (-or : no time such as 1h30m) : a@x", 0, NULL },
	{ "-or with what a terminal obeys", { "sendmail", "-or\033[1m", "a" },
	    "submit (-or \\x1B[1m: no time such as 1h30m) : a", 0, NULL },
	{ "-n is a keyword", { "sendmail", "-n", "a" },
	    "submit aliases=off : a", 0, NULL },
	{ "-oif", { "sendmail", "-i", "-oif", "a" }, "submit : a", 0, NULL },
	{ "-oA without", { "posthorn", "-oA", "a@x" }, "submit : a@x", 0,
	    NULL },
	{ "-oA of sendmail", { "sendmail", "-oA/etc/shadow", "a" }, "submit "
	    "(-oA: not by the name of sendmail) : a", 0, NULL },
	{ "aliases, by sendmail's name", { "sendmail", "--aliases=/etc/shadow",
	    "a" }, NULL, ERR_USAGE, "--aliases: not by the name of sendmail" },
	{ "-oA separate", { "posthorn", "-oA", "/etc/a", "a" },
	    "submit aliases=/etc/a : a", 0, NULL },
	{ "-oA sets a keyword", { "posthorn", "-oA/etc/a", "a" },
	    "submit aliases=/etc/a : a", 0, NULL },

	{ "cron", { "/usr/sbin/sendmail", "-FCronDaemon", "-i", "-B8BITMIME",
	    "-oem", "root" }, "submit -i -F CronDaemon mail : root", 0, NULL },
	{ "-B separate", { "sendmail", "-B", "8BITMIME", "a" },
	    "submit : a", 0, NULL },
	{ "-h separate", { "sendmail", "-h", "3", "a" }, "submit : a", 0,
	    NULL },
	{ "-L separate", { "sendmail", "-L", "tag", "a" }, "submit -L tag : a",
	    0, NULL },
	{ "-p, -D, -M, -A", { "sendmail", "-p", "x", "-D", "x", "-M", "x",
	    "-Ac", "a" }, "submit : a", 0, NULL },
	{ "-O of no meaning", { "sendmail", "-O", "Timeout=1", "-ODeliveryMode",
	    "-O", "", "a" }, "submit (-O Timeout: no such option here) "
	    "(-O DeliveryMode: no such option here) "
	    "(-O : no such option here) : a", 0, NULL },
	{ "-O separate and attached", { "sendmail", "-O", "Priority=3",
	    "-ODeliverBy=120;N", "-OHoldFor=60", "a" }, "submit priority=3 "
	    "deliver_by=120;N hold_for=60 : a", 0, NULL },
	{ "-O in any case", { "sendmail", "-O", "holduntil=2030-12-31",
	    "-OREQUIRETLS=YES", "a" }, "submit hold_until=2030-12-31 "
	    "requiretls=on : a", 0, NULL },
	{ "-O RequireTLS alone", { "sendmail", "-ORequireTLS", "a" },
	    "submit requiretls=on : a", 0, NULL },
	{ "-O RequireTLS true, then no", { "sendmail", "-ORequireTLS=True",
	    "-ORequireTLS=no", "a" }, "submit requiretls=on requiretls=off : a",
	    0, NULL },
	{ "-O of what has a letter", { "posthorn", "-OIgnoreDots=true",
	    "-OErrorMode=q", "-OAliasFile=/a", "a" },
	    "submit -i quiet aliases=/a : a", 0, NULL },
	{ "-O nearly a name", { "sendmail", "-O", "RequireTSL=yes", "a" },
	    NULL, ERR_USAGE, "-O RequireTSL: no such option; did you mean "
	    "RequireTLS?" },
	{ "-O nearly a name, in small letters", { "sendmail", "-Odeliverbye",
	    "a" }, NULL, ERR_USAGE, "did you mean DeliverBy?" },
	{ "-O the name of an extension", { "sendmail", "-OMTPriority=1", "a" },
	    NULL, ERR_USAGE, "-O MTPriority: no such option; did you mean "
	    "Priority?" },
	{ "-O the beginning of a name", { "sendmail", "-OHold=60", "a" }, NULL,
	    ERR_USAGE, "-O Hold: no such option; did you mean HoldFor?" },
	{ "-O a name and more", { "sendmail", "-OHold_Until=x", "a" }, NULL,
	    ERR_USAGE, "did you mean HoldUntil?" },
	{ "-O too little of a name", { "sendmail", "-OPri=x", "-Orequest=y",
	    "a" }, "submit (-O Pri: no such option here) "
	    "(-O request: no such option here) : a", 0, NULL },
	{ "-O with a bad value", { "sendmail", "-Opriority=ten", "a" }, NULL,
	    ERR_USAGE, "-O Priority: \"ten\": want off, or a number from -9 "
	    "to 9" },
	{ "-O with a bad truth", { "sendmail", "-ORequireTLS=maybe", "a" },
	    NULL, ERR_USAGE, "-O RequireTLS: \"maybe\": want on or off" },
	{ "-O with a bad time", { "sendmail", "-OHoldUntil=tomorrow", "a" },
	    NULL, ERR_USAGE, "-O HoldUntil: \"tomorrow\": want off, or a" },
	{ "-O without its value", { "sendmail", "-OHoldFor", "a" }, NULL,
	    ERR_USAGE, "-O HoldFor: a value is missing" },
	{ "-O with an empty value", { "sendmail", "-OHoldFor=", "a" }, NULL,
	    ERR_USAGE, "-O HoldFor: a value is missing" },
	{ "-O without an option", { "sendmail", "-O" }, NULL, ERR_USAGE,
	    "-O: an argument is missing" },
	{ "-Q alone", { "sendmail", "-Q", "a" }, "submit : a", 0, NULL },
	{ "what has no meaning", { "sendmail", "-cEGJmsSTx", "a" },
	    "submit : a", 0, NULL },
	{ "-U", { "sendmail", "-U", "a" }, "submit -U : a", 0, NULL },
	{ "-v and -d", { "sendmail", "-v", "-d", "-d9.1", "a" },
	    "submit -v -d : a", 0, NULL },
	{ "reports", { "sendmail", "-NSUCCESS,delay", "-R", "HDRS", "-Vid",
	    "a" }, "submit -N SUCCESS,delay -R HDRS -V id : a", 0, NULL },
	{ "reports, bad", { "sendmail", "-N", "often", "a" }, NULL, ERR_USAGE,
	    "often" },
	{ "reports, a bad list", { "sendmail", "-N", "success,", "a" }, NULL,
	    ERR_USAGE, "want never" },
	{ "returns, bad", { "sendmail", "-R", "some", "a" }, NULL, ERR_USAGE,
	    "full or hdrs" },
	{ "an id that ENVID cannot carry", { "sendmail", "-V", "a\tb", "a" },
	    NULL, ERR_USAGE, "printable" },

	{ "-bm", { "sendmail", "-bm", "a" }, "submit : a", 0, NULL },
	{ "-bv", { "sendmail", "-b", "v", "a" }, "verify : a", 0, NULL },
	{ "-bi", { "sendmail", "-bi" }, "aliases :", 0, NULL },
	{ "-I", { "sendmail", "-I" }, "aliases :", 0, NULL },
	{ "newaliases", { "/usr/bin/newaliases" }, "aliases :", 0, NULL },
	{ "send-mail", { "send-mail", "a" }, "submit : a", 0, NULL },
	{ "mailq", { "/usr/bin/mailq" }, NULL, ERR_UNAVAIL, "no queue" },
	{ "--check", { "posthorn", "--check" }, "check :", 0, NULL },
	{ "--check of an account", { "posthorn", "--check", "a" },
	    "check -a a :", 0, NULL },
	{ "--check of an account, attached", { "posthorn", "--check=a" },
	    "check -a a :", 0, NULL },
	{ "--check of -a", { "posthorn", "-a", "a", "--check" },
	    "check -a a :", 0, NULL },
	{ "--check before flags", { "posthorn", "--check", "-v", "--port=1",
	    "a" }, "check -v -a a port=1 :", 0, NULL },
	{ "--check as a user", { "posthorn", "--check=as", "u" },
	    "check as u :", 0, NULL },
	{ "--check as a user, attached", { "posthorn", "--check=as=u" },
	    "check as u :", 0, NULL },
	{ "--check as a user, an account", { "posthorn", "--check=as", "u",
	    "a" }, "check -a a as u :", 0, NULL },
	{ "--check as nobody in particular", { "posthorn", "--check=as" },
	    NULL, ERR_USAGE, "as USER" },
	{ "--check as an empty name", { "posthorn", "--check=as=" }, NULL,
	    ERR_USAGE, "as USER" },
	{ "--check of an account called as", { "posthorn", "--check", "as" },
	    "check -a as :", 0, NULL },
	{ "--check of one that begins so", { "posthorn", "--check=asia" },
	    "check -a asia :", 0, NULL },
	{ "--check as, with a blank", { "posthorn", "--check", "as", "u" },
	    NULL, ERR_USAGE, "--check as: write: --check=as u" },
	{ "--check of two", { "posthorn", "--check", "a", "b" }, NULL,
	    ERR_USAGE, "b: one account at a time" },
	{ "--check of two, one by -a", { "posthorn", "--check", "a", "-ab" },
	    NULL, ERR_USAGE, "a: one account at a time" },
	{ "--check of nothing", { "posthorn", "--check=" }, NULL, ERR_USAGE,
	    "an account is missing" },
	{ "nearly --check", { "posthorn", "--chekc" }, NULL, ERR_USAGE,
	    "did you mean --check?" },
	{ "--serverinfo", { "posthorn", "--serverinfo", "--host=h" },
	    "serverinfo host=h :", 0, NULL },
	{ "--print-config", { "posthorn", "--print-config", "a" },
	    "print-config -a a :", 0, NULL },
	{ "--print-config of one called as", { "posthorn",
	    "--print-config=as" }, "print-config -a as :", 0, NULL },
	{ "-bp", { "sendmail", "-bp" }, NULL, ERR_UNAVAIL, "no queue" },
	{ "-bs", { "sendmail", "-bs" }, NULL, ERR_UNAVAIL, "SMTP" },
	{ "-q", { "sendmail", "-q" }, NULL, ERR_UNAVAIL, "-q: not in" },
	{ "-q30m", { "sendmail", "-q30m" }, NULL, ERR_UNAVAIL, "-q: not in" },
	{ "-qI", { "sendmail", "-qIabc" }, NULL, ERR_UNAVAIL, "-q: not in" },
	{ "-X", { "sendmail", "-X", "f", "a" }, "submit -X f : a", 0, NULL },
	{ "-X attached", { "sendmail", "-iXf", "a" }, "submit -i -X f : a", 0,
	    NULL },
	{ "-bd", { "sendmail", "-bd" }, NULL, ERR_USAGE, "no server" },
	{ "-bt", { "sendmail", "-bt" }, NULL, ERR_USAGE, "-bv" },
	{ "-bz", { "sendmail", "-bz" }, NULL, ERR_USAGE, "no such mode" },
	{ "-bvi", { "sendmail", "-bvi" }, NULL, ERR_USAGE, "no such mode" },

	{ "an unknown flag", { "sendmail", "-tZ" }, NULL, ERR_USAGE,
	    "-Z: no such flag" },
	{ "an argument is missing", { "sendmail", "-f" }, NULL, ERR_USAGE,
	    "-f: an argument is missing" },
	{ "an unknown option", { "sendmail", "--nonsense" }, NULL, ERR_USAGE,
	    "--nonsense: no such option; see --help" },
	{ "nearly a flag", { "sendmail", "--verison" }, NULL, ERR_USAGE,
	    "--verison: no such option; did you mean --version?" },
	{ "a flag with underscores", { "posthorn", "--read_recipients" }, NULL,
	    ERR_USAGE, "did you mean --read-recipients?" },
	{ "nearly a keyword", { "posthorn", "--hots=x" }, NULL, ERR_USAGE,
	    "--hots: no such option; did you mean --host?" },
	{ "nearly a keyword of two words", { "posthorn", "--total-timout=9" },
	    NULL, ERR_USAGE, "--total-timout: no such option; did you mean "
	    "--total-timeout?" },
	{ "nearly a password", { "posthorn", "--pasword=x" }, NULL, ERR_USAGE,
	    "--pasword: no such option; see --help" },
	{ "nearly what sendmail's name forbids", { "sendmail",
	    "--logfil=x" }, NULL, ERR_USAGE, "--logfil: no such option; see" },
	{ "an option of 70 letters", { "posthorn", "--"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=1" }, NULL, ERR_USAGE,
	    "x: no such option; see --help" },
	{ "no name at all", { "posthorn", "--=x" }, NULL, ERR_USAGE,
	    "--: no such option; see --help" },
	{ "a value too many", { "sendmail", "--help=x" }, NULL, ERR_USAGE,
	    "takes no value" },
	{ "a long option's argument is missing", { "sendmail", "--from" },
	    NULL, ERR_USAGE, "an argument is missing" },
	{ "a command, by sendmail's name", { "/usr/sbin/sendmail",
	    "--passwordeval=id" }, NULL, ERR_USAGE, "--passwordeval: not by" },
	{ "a way, by sendmail's name", { "send-mail",
	    "--connect-command", "id" }, NULL, ERR_USAGE,
	    "--connect-command: not by the name of sendmail" },
	{ "a file, by sendmail's name", { "sendmail", "--logfile=evil.php",
	    "a" }, NULL, ERR_USAGE, "--logfile: not by the name of sendmail; "
	    "write it into the configuration" },
	{ "what is in it, by sendmail's name", { "sendmail",
	    "--logfile-time-format", "<?php", "a" }, NULL, ERR_USAGE,
	    "--logfile-time-format: not by" },
	{ "a word from a file, by sendmail's name", { "sendmail",
	    "--password-file=/etc/shadow" }, NULL, ERR_USAGE,
	    "--password-file: not by the name of sendmail" },
	{ "a word from a variable, by sendmail's name", { "sendmail",
	    "--password-env=AWS_SECRET" }, NULL, ERR_USAGE,
	    "--password-env: not by the name of sendmail" },
	{ "a command for a key, by sendmail's name", { "sendmail",
	    "--tls-key-passwordeval=id" }, NULL, ERR_USAGE,
	    "--tls-key-passwordeval: not by" },
	{ "a file for a key, by sendmail's name", { "sendmail",
	    "--tls-key-password-file=/x" }, NULL, ERR_USAGE,
	    "--tls-key-password-file: not by" },
	{ "a key's password", { "posthorn", "--tls-key-password=x" }, NULL,
	    ERR_USAGE, "anybody could read" },
	{ "a word from a file, by ours", { "posthorn", "--password-file=x",
	    "--password-env", "Y", "--keyring" },
	    "submit password_file=x password_env=Y keyring=on :", 0, NULL },
	{ "a file, by ours", { "posthorn", "--logfile=x",
	    "--logfile_time_format=y" },
	    "submit logfile=x logfile_time_format=y :", 0, NULL },
	{ "what is only read, by sendmail's name", { "sendmail",
	    "--syslog=on", "--from-full-name=x" },
	    "submit syslog=on from_full_name=x :", 0, NULL },
	{ "a command, by ours", { "posthorn", "--passwordeval=id" },
	    "submit passwordeval=id :", 0, NULL },
	{ "a password", { "sendmail", "--password=x" }, NULL, ERR_USAGE,
	    "anybody could read" },
	{ "a proxy's password", { "sendmail", "--proxy-password", "x" }, NULL,
	    ERR_USAGE, "--proxy-password: on the command line anybody could" },

	{ "long options", { "posthorn", "--from=a", "--account", "work",
	    "--read-recipients", "--debug" }, "submit -t -d -f a -a work :",
	    0, NULL },
	{ "--read-envelope-from", { "posthorn", "--read-envelope-from" },
	    "submit header :", 0, NULL },
	{ "--trust", { "posthorn", "--trust" }, "trust :", 0, NULL },
	{ "--trust with words", { "posthorn", "--trust", "work", "pin" },
	    "trust : work pin", 0, NULL },
	{ "--trust=work", { "posthorn", "--trust=work" }, "trust -a work :",
	    0, NULL },
	{ "a host, by sendmail's name", { "/usr/sbin/sendmail",
	    "--host=smtp.evil.example", "a" }, NULL, ERR_USAGE,
	    "--host: not by the name of sendmail" },
	{ "any certificate, by sendmail's name", { "sendmail",
	    "--tls-certcheck=off", "a" }, NULL, ERR_USAGE,
	    "--tls-certcheck: not by the name of sendmail" },
	{ "no TLS, by sendmail's name", { "sendmail", "--tls=off", "a" }, NULL,
	    ERR_USAGE, "--tls: not by the name of sendmail" },
	{ "--store-password of sendmail", { "sendmail",
	    "--store-password=work" }, NULL, ERR_USAGE,
	    "--store-password: not by the name of sendmail" },
	{ "--trust of sendmail", { "/usr/sbin/sendmail", "--trust" }, NULL,
	    ERR_USAGE, "--trust: not by the name of sendmail" },
	{ "--pretend", { "posthorn", "--pretend", "a" }, "verify : a", 0,
	    NULL },
	{ "--store-password", { "posthorn", "--store-password", "work" },
	    "store -a work :", 0, NULL },
	{ "--store-password of sendmail", { "/usr/sbin/sendmail",
	    "--store-password=work" }, NULL, ERR_USAGE,
	    "--store-password: not by the name of sendmail" },
	{ "--store-password attached", { "posthorn", "--store-password=work" },
	    "store -a work :", 0, NULL },
	{ "--store-password without", { "posthorn", "--store-password" },
	    NULL, ERR_USAGE, "--store-password: an argument is missing" },
	{ "--store-password of nothing", { "posthorn", "--store-password=" },
	    NULL, ERR_USAGE, "--store-password: want an account" },
	{ "--help", { "posthorn", "--help" }, "help :", 0, NULL },
	{ "--version", { "posthorn", "--version" }, "version :", 0, NULL },
	{ "keywords", { "posthorn", "--host=mx.x", "--port", "25", "--tls=off",
	    "a" }, "submit host=mx.x port=25 tls=off : a", 0, NULL },
	{ "keywords of connections", { "posthorn", "--host=a srv:b",
	    "--proxy-host=p", "--socket=/s", "--source-ip", "::1",
	    "--protocol=lmtp", "--tls-fingerprint=x", "--connect-command=c",
	    "--total-timeout=9" }, "submit host=a srv:b proxy_host=p "
	    "socket=/s source_ip=::1 protocol=lmtp tls_fingerprint=x "
	    "connect_command=c total_timeout=9 :", 0, NULL },
	{ "--requiretls", { "posthorn", "--requiretls", "a" },
	    "submit requiretls=on : a", 0, NULL },
	{ "a keyword with dashes", { "posthorn", "--tls-starttls=off" },
	    "submit tls_starttls=off :", 0, NULL },
	{ "a keyword without a value is on", { "posthorn", "--tls", "a" },
	    "submit tls=on : a", 0, NULL },
	{ "a keyword without the value it needs", { "posthorn", "--host" },
	    NULL, ERR_USAGE, "--host: an argument is missing" },
};

/* All that Sendmail 8 knows and we do not. */
static const char *const theirs[] = {
	"AddBcc", "AddrTypeModes", "AliasWait", "AllowBogusHELO",
	"AuthMaxBits", "AuthMechanisms", "AuthOptions", "AuthRealm",
	"BadRcptShutdown", "BadRcptShutdownGood", "BadRcptThrottle",
	"BadRcptThrottleDelay", "BlankSub", "BounceQueue", "CACertFile",
	"CACertPath", "CRLFile", "CRLPath", "CertFingerprintAlgorithm",
	"CheckAliases", "CheckQueueRunners", "CheckpointInterval",
	"CipherList", "CipherSuites", "ClassFactor", "ClientCACertFile",
	"ClientCACertPath", "ClientCertFile", "ClientKeyFile",
	"ClientPortOptions", "ClientSSLOptions", "ColonOkInAddr",
	"ConnectOnlyTo", "ConnectionCacheSize", "ConnectionCacheTimeout",
	"ConnectionRateThrottle", "ConnectionRateWindowSize",
	"ControlSocketName", "DANE", "DHParameters", "DaemonPortOptions",
	"DataFileBufferSize", "DeadLetterDrop", "DefaultAuthInfo",
	"DefaultCharSet", "DefaultUser", "DelayLA", "DeliverByMin",
	"DeliveryMode", "DialDelay", "DirectSubmissionModifiers",
	"DontBlameSendmail", "DontExpandCnames", "DontInitGroups",
	"DontLockFilesForRead", "DontProbeInterfaces", "DontPruneRoutes",
	"DoubleBounceAddress", "EightBitAddrOK", "EightBitMode", "ErrorHeader",
	"FIPSMode", "FallbackMXhost", "FallbackSmartHost", "FastSplit",
	"ForkEachJob", "ForwardPath", "Hacks", "HeloName", "HelpFile",
	"HoldExpensive", "HostStatusDirectory", "HostsFile", "InetQoS",
	"InputMailFilters", "KeepBcc", "LDAPDefaultSpec", "LogLevel",
	"MailboxDatabase", "MatchGECOS", "MaxAliasRecursion",
	"MaxDaemonChildren", "MaxForwardEntries", "MaxHeadersLength",
	"MaxHopCount", "MaxMessageSize", "MaxMimeHeaderLength",
	"MaxNOOPCommands", "MaxQueueAge", "MaxQueueChildren",
	"MaxQueueRunSize", "MaxRecipientsPerMessage", "MaxRunnersPerQueue",
	"MeToo", "MemoryResource", "MessageAccept", "Milter", "MinQueueAge",
	"MustQuoteChars", "NameSearchList", "NameServer", "NiceQueueRun",
	"NoRecipientAction", "OldStyleHeaders", "OperatorChars", "PidFile",
	"PostmasterCopy", "PrivacyOptions", "ProcessTitlePrefix",
	"QueueDirectory", "QueueFactor", "QueueFileMode", "QueueLA",
	"QueueLowMem", "QueueSortOrder", "QueueTimeout", "RandFile",
	"RecipientFactor", "RefuseLA", "RefuseLowMem", "RejectLogInterval",
	"RejectNUL", "RequiresDirfsync", "ResolverOptions", "RetryFactor",
	"RrtImpliesDsn", "RunAsUser", "SSLEngine", "SSLEnginePath",
	"SafeFileEnvironment", "SaveFromLine", "SendMimeErrors",
	"ServerCertFile", "ServerKeyFile", "ServerSSLOptions",
	"ServiceSwitchFile", "SetCertAltnames", "SevenBitInput",
	"SharedMemoryKey", "SharedMemoryKeyFile", "SingleLineFromHeader",
	"SingleThreadDelivery", "SmtpGreetingMessage", "SmtpUTF8",
	"SoftBounce", "StatusFile", "StrictTransportSecurity", "SuperSafe",
	"TLSFallbacktoClear", "TLSSrvOptions", "TempFileMode", "TimeZoneSpec",
	"Timeout", "TrustedUser", "TryNullMXList", "UnixFromLine",
	"UnsafeGroupWrites", "UseCompressedIPv6Addresses", "UseErrorsTo",
	"UseMSP", "UserDatabaseSpec", "Verbose", "XscriptFileBufferSize",
};

static void
test_theirs(void **state)
{
	struct err e = ERR_INIT;
	char *argv[3];
	struct cli c;
	size_t i;

	(void)state;
	argv[0] = (char *)(uintptr_t)"sendmail";
	argv[1] = (char *)(uintptr_t)"-O";
	for (i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		argv[2] = (char *)(uintptr_t)theirs[i];
		if (cli_parse(&c, 3, argv, &e) == -1)
			fail_msg("%s", e.text);
		assert_int_equal(c.nignored, 1);
		assert_int_equal(c.nset, 0);
		cli_free(&c);
	}
}

static void
add(struct buf *b, int is, const char *text)
{
	if (is)
		buf_adds(b, text);
}

static void
add_value(struct buf *b, const char *flag, const char *value)
{
	if (value != NULL)
		buf_addf(b, " %s %s", flag, value);
}

/* The whole of it as one line. */
static void
describe(struct buf *b, const struct cli *c)
{
	static const char *const modes[] = { "submit", "verify", "trust",
	    "aliases", "help", "version", "keywords", "store", "check",
	    "serverinfo", "print-config" };
	static const char *const errors[] = { "", " mail", " quiet",
	    " exit 0" };
	size_t i;

	buf_adds(b, modes[c->mode]);
	add(b, c->read_rcpts, " -t");
	add(b, c->dot_goes_on, " -i");
	add(b, c->utf8, " -U");
	add(b, c->verbose, " -v");
	add(b, c->debug, " -d");
	add(b, c->sender_from_header, " header");
	add_value(b, "-f", c->sender);
	add_value(b, "-F", c->full_name);
	add_value(b, "-a", c->account);
	add_value(b, "-C", c->config);
	add_value(b, "as", c->as_user);
	add_value(b, "-N", c->notify);
	add_value(b, "-R", c->ret);
	add_value(b, "-V", c->envid);
	add_value(b, "-L", c->log_tag);
	add_value(b, "-X", c->dialogue);
	buf_adds(b, errors[c->errors]);
	for (i = 0; i < c->nset; i++)
		buf_addf(b, " %s=%s", c->set[i].keyword, c->set[i].value);
	for (i = 0; i < c->nignored; i++)
		buf_addf(b, " (%s)", c->ignored[i]);
	buf_adds(b, " :");
	for (i = 0; i < c->narg; i++)
		buf_addf(b, " %s", c->arg[i]);
}

static void
test_row(void **state)
{
	const struct row *r = *state;
	struct buf b = BUF_MAX(1000);
	struct err e = ERR_INIT;
	char *argv[ARGS + 1];
	struct cli c;
	int argc;

	for (argc = 0; argc < ARGS && r->argv[argc] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)r->argv[argc];
	argv[argc] = NULL;
	if (cli_parse(&c, argc, argv, &e) == 0) {
		describe(&b, &c);
		assert_non_null(r->want);
		assert_string_equal(buf_str(&b), r->want);
	} else {
		assert_null(r->want);
		assert_int_equal(e.kind, r->kind);
		assert_non_null(strstr(e.text, r->words));
	}
	cli_free(&c);
	buf_free(&b);
}

int
main(void)
{
	UNIT_ROWS(rows, test_row);
	UNIT_TEST(test_theirs);
	return unit_run("cli");
}
