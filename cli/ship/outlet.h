/* SPDX-License-Identifier: MIT */
/*
 * outlet.h - the interface between a shipper and the engine that it sends to.
 *
 * A shipper is a process of one output of `vigil run`. It reads items from the spool of the output
 * and sends them through an outlet: Kafka, NATS, HTTP, syslog. An outlet knows nothing of the spool.
 * The shipper remembers which items are acknowledged, retries, and waits between retries; an outlet
 * only sends what it is given, and reports what became of each item by ship_done().
 *
 * All functions of an outlet are called by one thread, after the process has given up its
 * privileges: it has no capabilities, cannot execute programs, and can change files only in the
 * folder of the spool.
 */
#ifndef VIGIL_SHIP_OUTLET_H
#define VIGIL_SHIP_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

struct outlet; /* each outlet defines its own */
struct shipper;

/* An event that is formatted. The texts are valid until ship_done() is called for it. */
struct ship_item {
	uint64_t number;   /* in the spool; each item has one more than the item before it */
	const char *id;    /* HOST-SESSION-NUMBER: the same if the item is sent again */
	uint32_t type;     /* enum vigil_type */
	int64_t time_ns;   /* of the event, since 1970 UTC */
	const char *key;   /* what the setting `key` selects: the host or process; may be "" */
	const char *body;  /* one line in the format of the output, without a newline; then a NUL */
	size_t length;     /* of the body */
	unsigned attempts; /* how often it was given to send() before */
};

/* A setting of the output that the engine reads: `name = value`. */
struct ship_setting {
	const char *name;
	const char *value;
	unsigned line; /* in the settings file, from 1 */
};

/* What an outlet knows of its output. Valid as long as the outlet. */
struct ship_settings {
	const char *name; /* of the output: [output NAME] */
	const char *host; /* name of this machine: letters, digits, '.', '_' and '-' */
	enum vigil_format format;
	const struct outlet_calls *engine;
	const struct ship_setting *own; /* those that engine->settings lists */
	size_t own_count;
	uint64_t spool_bytes, spool_age_s; /* the bounds of the spool */
};

/* Returns the value of an own setting; NULL: not given. The last one counts. */
const char *ship_setting(const struct ship_settings *settings, const char *name);

/* Reads an own setting into *out, which has the default before. Each returns false, with an error
 * that names the setting, if the value is not valid. */
bool ship_setting_number(const struct ship_settings *settings, const char *name, uint64_t min,
			 uint64_t max, uint64_t *out, struct vigil_error *error);
bool ship_setting_bytes(const struct ship_settings *settings, const char *name, uint64_t *out,
			struct vigil_error *error);
bool ship_setting_ms(const struct ship_settings *settings, const char *name, uint64_t *out,
		     struct vigil_error *error);
bool ship_setting_yes_no(const struct ship_settings *settings, const char *name, bool *out,
			 struct vigil_error *error);

/* Fills in the error of an own setting that is given and not valid, and returns false. */
bool ship_setting_fail(const struct ship_settings *settings, const char *name, const char *expected,
		       struct vigil_error *error);

/* Checks that two own settings are given both or neither. Returns false with an error otherwise. */
bool ship_setting_pair(const struct ship_settings *settings, const char *first, const char *second,
		       struct vigil_error *error);

/* Reads the first line of the file that an own setting names, such as password-file: at most 4095
 * bytes. *text is to be freed; NULL if the setting is not given. Returns false with an error if the
 * file cannot be read. */
bool ship_setting_secret(const struct ship_settings *settings, const char *name, char **text,
			 struct vigil_error *error);

struct outlet_setting {
	const char *name;  /* with a last '.', such as "kafka.": the beginning of any name */
	const char *value; /* name of the value in the help: "URL" */
	const char *help;
	bool needed;
};

/* The settings of TLS, for the tables of outlets that have one server. */
#define OUTLET_TLS_SETTINGS \
	{ .name = "ca-file", \
	  .value = "FILE", \
	  .help = "certificates of authorities that may sign the server's; the default is those " \
		  "of the system" }, \
	    { .name = "cert-file", .value = "FILE", .help = "certificate to send to the server" }, \
	{ \
		.name = "key-file", .value = "FILE", \
		.help = "private key of cert-file, without a password" \
	}

struct outlet_calls {
	const char *name;    /* of the setting `to` */
	const char *missing; /* NULL; else the Debian package that the build lacked */
	const char *help;    /* what it is: "a Kafka cluster, through librdkafka" */
	const struct outlet_setting *settings; /* ended by an entry without a name */

	/* Checks the settings; uses neither the network nor files. It is called in the process of
	 * the sensor, before anything starts. May be NULL. */
	enum vigil_code (*check)(const struct ship_settings *settings, struct vigil_error *error);

	/* Loads what it needs and reads its files; does not wait for the network. On failure
	 * *outlet is NULL; the shipper tries again later. */
	enum vigil_code (*open)(struct outlet **outlet, struct shipper *shipper,
				const struct ship_settings *settings, struct vigil_error *error);

	/* Takes items to send. Returns how many of them, from the first on, it took; fewer than
	 * count: it is full, and poll() is called before send(). Never waits. */
	size_t (*send)(struct outlet *outlet, const struct ship_item *items, size_t count);

	/* Sends, receives, and calls ship_done(), for at most timeout_ms; returns earlier when
	 * something was done. Items that wait for a batch to fill are sent after a short time.
	 * Returns the number of items that it still has. */
	size_t (*poll)(struct outlet *outlet, int timeout_ms);

	/* Ends connections, and frees everything. Items that it still has are not reported: they
	 * are sent again by the next shipper. */
	void (*close)(struct outlet *outlet);
};

enum ship_result {
	SHIP_ACKED,  /* the engine has it: it has acknowledged the item */
	SHIP_AGAIN,  /* it has not, or it is unknown: send it again, after a pause */
	SHIP_REFUSED /* it will never take it: written to the file of refused items */
};

/* Reports what became of an item; once for each time that send() took it. reason: what failed, for
 * SHIP_AGAIN and SHIP_REFUSED; copied. May be called by any thread, in any function of the outlet. */
void ship_done(struct shipper *shipper, uint64_t number, enum ship_result result,
	       const char *reason);

/* Sets the time until the next retry, for an engine that says so (Retry-After). Without it the
 * shipper waits 0.1 s, then twice as long each time, up to 30 s, with a random part. */
void ship_retry_after(struct shipper *shipper, uint64_t ms);

/* Reports trouble or its end that belongs to no item, such as a lost connection: printed when it
 * changes, and kept for the status. text: NULL: it works. May be called by any thread. */
void ship_say(struct shipper *shipper, const char *text);

/* All outlets, ended by NULL; those that this build lacks have `missing`. */
extern const struct outlet_calls *const outlets[];

/* Returns the outlet of that name, or NULL. */
const struct outlet_calls *outlet_find(const char *name);

#endif /* VIGIL_SHIP_OUTLET_H */
