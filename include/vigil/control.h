/* SPDX-License-Identifier: MIT */
/*
 * control.h - requests of user mode to vigil.sys, and its replies.
 *
 * Shared by the driver and its clients. docs/driver.md describes the interface. All requests are
 * METHOD_BUFFERED device controls on \\.\Vigil. Every request and every reply begins with struct
 * vigil_control. The `size` of a reply is the size of the complete answer: a buffer that has
 * space for the head only gets the head only, with success, and the client repeats the request
 * with `size` bytes.
 */
#ifndef VIGIL_CONTROL_H
#define VIGIL_CONTROL_H

#include <stddef.h>
#include <stdint.h>

/* Increases when an existing member of a struct below changes; appended members do not increase
 * it. */
#define VIGIL_CONTROL_VERSION 1

/* CTL_CODE(FILE_DEVICE_UNKNOWN, number, METHOD_BUFFERED, access) */
#define VIGIL_CONTROL_READ                 1u
#define VIGIL_CONTROL_WRITE                2u
#define VIGIL_CONTROL_CODE(number, access) (0x220000u | ((access) << 14) | ((number) << 2))

#define VIGIL_CONTROL_HELLO        VIGIL_CONTROL_CODE(0x800u, VIGIL_CONTROL_READ)
#define VIGIL_CONTROL_STATISTICS   VIGIL_CONTROL_CODE(0x801u, VIGIL_CONTROL_READ)
#define VIGIL_CONTROL_SETTINGS     VIGIL_CONTROL_CODE(0x802u, VIGIL_CONTROL_READ)
#define VIGIL_CONTROL_SETTINGS_SET VIGIL_CONTROL_CODE(0x803u, VIGIL_CONTROL_WRITE)
#define VIGIL_CONTROL_RULES        VIGIL_CONTROL_CODE(0x804u, VIGIL_CONTROL_READ)
#define VIGIL_CONTROL_RULES_SET    VIGIL_CONTROL_CODE(0x805u, VIGIL_CONTROL_WRITE)
#define VIGIL_CONTROL_RULES_CLEAR  VIGIL_CONTROL_CODE(0x806u, VIGIL_CONTROL_WRITE)
#define VIGIL_CONTROL_SNAPSHOT     VIGIL_CONTROL_CODE(0x807u, VIGIL_CONTROL_WRITE)
#define VIGIL_CONTROL_READER       VIGIL_CONTROL_CODE(0x808u, VIGIL_CONTROL_READ)
#define VIGIL_CONTROL_SEEK         VIGIL_CONTROL_CODE(0x809u, VIGIL_CONTROL_READ)

/* The head of every request and reply. */
struct vigil_control {
	uint32_t version; /* VIGIL_CONTROL_VERSION */
	uint32_t size;    /* of the whole request or reply, including this head */
};

/* Reply of HELLO. */
struct vigil_hello {
	struct vigil_control head;
	uint32_t record_version; /* VIGIL_RECORD_VERSION */
	uint32_t record_max;     /* VIGIL_RECORD_MAX */
	uint32_t types;          /* VIGIL_TYPE_BIT of the types that it can record */
	uint32_t features;       /* VIGIL_FEATURE_... */
	uint64_t machine;        /* see vigil_status_body */
	uint32_t driver_version; /* major << 24 | minor << 16 | patch */
	uint32_t reserved;       /* 0 */
};

#define VIGIL_FEATURE_SUBSYSTEMS   1u /* pico processes are reported */
#define VIGIL_FEATURE_START_KEYS   2u /* start keys come from PsGetProcessStartKey */
#define VIGIL_FEATURE_SEED_DEVICES 4u /* \\.\SysMon and \\.\KDetector exist */
#define VIGIL_FEATURE_PRECISE_TIME 8u /* clocks are precise, not updated by the tick */

#define VIGIL_DRIVER_TYPES 16

/* Reply of STATISTICS. At all times
 *	produced = delivered + dropped + queued
 * where delivered counts the records that were returned to at least one handle, dropped those
 * that no handle has received or can receive, and queued those that can still be read. */
struct vigil_driver_statistics {
	struct vigil_control head;
	uint64_t produced, delivered, dropped, queued;
	uint64_t queue_bytes; /* size of the queue */
	uint64_t queue_used;  /* bytes of it that are in use */
	/* By enum vigil_type; the driver produces those below VIGIL_DRIVER_TYPES. */
	uint64_t produced_by[VIGIL_DRIVER_TYPES];
	uint64_t delivered_by[VIGIL_DRIVER_TYPES];
	uint64_t overwritten_by[VIGIL_DRIVER_TYPES]; /* dropped: the oldest, to free space */
	uint64_t refused_by[VIGIL_DRIVER_TYPES];     /* dropped: the newest, the queue was full */
	uint64_t audited, denied;                    /* starts that a rule matched */
	uint64_t untracked;                          /* processes without state: out of memory */
	uint64_t unnamed;                            /* images whose name could not be determined */
	uint64_t seed_cut;                           /* records cut to the seed devices' sizes */
	uint32_t processes;                          /* number whose state is kept */
	uint32_t readers;                            /* open handles */
	uint32_t rules;
	uint32_t reserved;          /* 0 */
	uint64_t unnamed_starts;    /* judged without the path of the image */
	uint64_t untracked_threads; /* threads without state: out of memory */
};

/* Reply of READER: the counts of this handle. From its first read on
 *	produced = delivered + lost + queued + unreported
 * where produced counts from the first record of the handle. */
struct vigil_reader {
	struct vigil_control head;
	uint64_t produced;
	uint64_t delivered;  /* records returned to this handle */
	uint64_t lost;       /* reported by LOST records; some with its next read */
	uint64_t queued;     /* records that it can still read */
	uint64_t unreported; /* refused, queue full; their LOST record is not yet written */
	uint64_t next_seq;   /* all further records have this number or a larger one */
	uint32_t wanted;     /* minimum size of a read in bytes; 0: any */
	uint32_t started;    /* has read: it has a position in the stream */
};

/* Request of SEEK: where this handle continues. */
struct vigil_seek {
	struct vigil_control head;
	uint32_t to;       /* enum vigil_seek_to */
	uint32_t reserved; /* 0 */
};

enum vigil_seek_to {
	VIGIL_SEEK_UNREAD = 1, /* first record that no handle has read (default) */
	VIGIL_SEEK_OLDEST = 2, /* the oldest record in the queue */
	VIGIL_SEEK_NOW = 3     /* after the newest record */
};

/* Settings, by number. The names in brackets are those of the registry values (REG_DWORD in
 * Parameters below the service's key). */
enum vigil_setting {
	VIGIL_SETTING_QUEUE_BYTES = 0,  /* [QueueBytes] made a power of two; at load */
	VIGIL_SETTING_POLICY = 1,       /* [Policy] enum vigil_policy */
	VIGIL_SETTING_EVENTS = 2,       /* [Events] VIGIL_TYPE_BIT of the types to record */
	VIGIL_SETTING_TRACE = 3,        /* [Trace] tables to the debugger */
	VIGIL_SETTING_SEED_DEVICES = 4, /* [SeedDevices] \\.\SysMon, \\.\KDetector; at load */
	VIGIL_SETTING_BATCH_BYTES = 5,  /* [BatchBytes] a read returns when so many are queued */
	VIGIL_SETTING_BATCH_MS = 6,     /* [BatchMilliseconds] or the oldest has waited so long */
	VIGIL_SETTING_SNAPSHOT = 7,     /* [Snapshot] report what already runs; at load */
	VIGIL_SETTING_FILTER_NAMES = 8, /* [FilterNames] get names from the filter manager */
	VIGIL_SETTING_READERS = 9,      /* [Readers] maximum number of open handles */
	VIGIL_SETTING_MAX = 10
};

enum vigil_policy {
	VIGIL_DROP_OLDEST = 0,
	VIGIL_DROP_NEWEST = 1
};

/* Reply of SETTINGS and request of SETTINGS_SET. */
struct vigil_settings {
	struct vigil_control head;
	uint32_t count;      /* VIGIL_SETTING_MAX of the sender */
	uint32_t mask;       /* 1 << setting: which values are valid */
	uint32_t keep;       /* SET: also store in the registry, for the next load */
	uint32_t changeable; /* reply: 1 << setting: those that can change while running */
	uint32_t value[16];
};

/*
 * Reply of RULES and request of RULES_SET: a head, then `count` rules, each
 *	struct vigil_control_rule, id_bytes of id, pattern_bytes of pattern,
 *	parent_bytes of the parent's pattern, user_bytes of a binary SID, zeros
 *	up to a multiple of 8
 * The id and the patterns are UTF-16LE without a terminating NUL. Case is ignored. The first
 * rule of the set that matches decides. Consecutive rules with the same id share one count of
 * hits.
 *
 * A path is matched in two forms: as the filter manager has it (\Device\HarddiskVolume3\...),
 * and as the creator passed it, without a leading \??\ (C:\...). A rule that matches either form
 * matches. A rule with a parent requires that the process that asks for the start, or the parent
 * of the new process, runs that image (\Device\...).
 */
struct vigil_control_rules {
	struct vigil_control head;
	uint32_t count;
	uint16_t keep; /* SET, CLEAR: also in the registry, for the next load */
	/* enum vigil_verdict: the verdict for a start about which something is unknown that a
	 * deny or audit rule requires; 0: DENY. Reported with the id "unknown". */
	uint16_t unknown;
};

struct vigil_control_rule {
	uint32_t size;    /* of this rule, including strings and padding */
	uint16_t kind;    /* enum vigil_rule_kind */
	uint16_t verdict; /* enum vigil_verdict of event.h */
	uint32_t id_bytes;
	uint32_t pattern_bytes;
	uint64_t hits;         /* in a reply; 0 in a request */
	uint32_t parent_bytes; /* 0: any parent */
	uint16_t parent_kind;  /* EXACT, WILDCARD or NAME, and ANCESTOR; 0: any parent */
	uint16_t user_bytes;   /* 0: any user */
};

enum vigil_rule_kind {
	VIGIL_RULE_EXACT = 1,    /* the whole path */
	VIGIL_RULE_PREFIX = 2,   /* the beginning of the path */
	VIGIL_RULE_WILDCARD = 4, /* the whole path; * matches any characters, ? any one */
	VIGIL_RULE_NAME = 5      /* the name of the file, in any folder */
};

/* With a parent_kind: the parent's pattern may also match any other ancestor. */
#define VIGIL_RULE_ANCESTOR 0x8000u

#define VIGIL_RULES_BYTES_MAX     (8u * 1024u * 1024u)
#define VIGIL_RULES_WILDCARDS_MAX 1024u /* they are tried one after the other */
#define VIGIL_RULE_ID_BYTES_MAX   256u
#define VIGIL_RULE_PATTERN_MAX    65534u
#define VIGIL_RULE_USER_BYTES_MAX 68u /* SECURITY_MAX_SID_SIZE */

#ifdef __cplusplus
#define VIGIL_ASSERT(name, condition) static_assert(condition, #name)
#elif defined(_MSC_VER)
#define VIGIL_ASSERT(name, condition) typedef char vigil_assert_##name[(condition) ? 1 : -1]
#else
#define VIGIL_ASSERT(name, condition) _Static_assert(condition, #name)
#endif
#define VIGIL_AT(type, field, offset) \
	VIGIL_ASSERT(type##_##field, offsetof(struct type, field) == (offset))
#define VIGIL_SIZE(type, size) VIGIL_ASSERT(type##_size, sizeof(struct type) == (size))

VIGIL_SIZE(vigil_control, 8);
VIGIL_AT(vigil_hello, machine, 24);
VIGIL_SIZE(vigil_hello, 40);
VIGIL_AT(vigil_driver_statistics, produced, 8);
VIGIL_AT(vigil_driver_statistics, queue_bytes, 40);
VIGIL_AT(vigil_driver_statistics, produced_by, 56);
VIGIL_AT(vigil_driver_statistics, refused_by, 440);
VIGIL_AT(vigil_driver_statistics, audited, 568);
VIGIL_AT(vigil_driver_statistics, processes, 608);
VIGIL_AT(vigil_driver_statistics, unnamed_starts, 624);
VIGIL_SIZE(vigil_driver_statistics, 640);
VIGIL_AT(vigil_reader, wanted, 56);
VIGIL_SIZE(vigil_reader, 64);
VIGIL_SIZE(vigil_seek, 16);
VIGIL_AT(vigil_settings, value, 24);
VIGIL_SIZE(vigil_settings, 88);
VIGIL_SIZE(vigil_control_rules, 16);
VIGIL_AT(vigil_control_rule, hits, 16);
VIGIL_AT(vigil_control_rule, user_bytes, 30);
VIGIL_SIZE(vigil_control_rule, 32);

#undef VIGIL_AT
#undef VIGIL_SIZE
#undef VIGIL_ASSERT

#endif /* VIGIL_CONTROL_H */
