/* SPDX-License-Identifier: MIT */
/* jsonl_fields.c - where each field of the JSON belongs in a record: the getters of
 * lib/record the other way round. The kinds of values are those of the field list. */
#include "import/jsonl_fields.h"

#include <stddef.h>
#include <string.h>

#include "record/names.h"
#include "record/subject.h"

#define BIT(type) VIGIL_TYPE_BIT(VIGIL_##type)
#define STARTS    VIGIL_TYPES_START
#define THREADS   VIGIL_TYPES_THREAD
#define EXIT      BIT(PROCESS_EXIT)
#define IMAGES    (BIT(IMAGE_LOAD) | BIT(DRIVER_LOAD))
#define REMOTE    BIT(REMOTE_THREAD)
#define ACCESS    BIT(PROCESS_ACCESS)
#define DENIED    BIT(PROCESS_DENIED)
#define CREDS     BIT(CREDENTIALS)
#define FAILED    BIT(EXEC_FAILED)
#define ALL       VIGIL_TYPE_ALL

#define HEAD sizeof(struct vigil_header)

#define AT(body, member) HEAD + offsetof(struct body, member), sizeof(((struct body *)0)->member)
#define IN_HEADER(member) \
	offsetof(struct vigil_header, member), sizeof(((struct vigil_header *)0)->member)

#define NUMBER(name, types, body, member) \
	{ \
		name, types, AT(body, member), .way = BACK_NUMBER \
	}
#define FLAG(name, types, body, member, bit) \
	{ \
		name, types, AT(body, member), .way = BACK_FLAG, .flag = (bit) \
	}
#define WORD(name, types, body, member, names) \
	{ \
		name, types, AT(body, member), .way = BACK_WORD, .word = (names) \
	}
#define DEVICE(name, types, body, member) \
	{ \
		name, types, AT(body, member), .way = BACK_DEVICE \
	}
#define PROCESS_FLAG(name, bit) FLAG(name, STARTS, vigil_process, attributes, bit)

/* Of the part IDS, the first one behind a body. */
#define ID(name, types, body, member) \
	{ \
		name, types, \
		    HEAD + sizeof(struct body) + sizeof(struct vigil_part) + \
			offsetof(struct vigil_ids, member), \
		    sizeof(uint32_t), .way = BACK_NUMBER \
	}
#define USERS(types, body) \
	ID("user.id", types, body, uid), ID("user.effective.id", types, body, euid)
#define GROUPS(types, body) \
	ID("group.id", types, body, gid), ID("user.effective.group.id", types, body, egid)
#define CRED_NUMBER(name, side, member) \
	{ \
		"vigil.credentials." #side "." name, CREDS, \
		    HEAD + offsetof(struct vigil_credentials, side) + \
			offsetof(struct vigil_cred, member), \
		    sizeof(((struct vigil_cred *)0)->member), .way = BACK_NUMBER \
	}
#define CRED(side) \
	CRED_NUMBER("uid", side, uid), CRED_NUMBER("euid", side, euid), \
	    CRED_NUMBER("suid", side, suid), CRED_NUMBER("fsuid", side, fsuid), \
	    CRED_NUMBER("gid", side, gid), CRED_NUMBER("egid", side, egid), \
	    CRED_NUMBER("sgid", side, sgid), CRED_NUMBER("fsgid", side, fsgid), \
	    CRED_NUMBER("capabilities", side, effective), \
	    CRED_NUMBER("permitted", side, permitted), \
	    CRED_NUMBER("user_namespace", side, ns_user)

static const char *right_name(uint32_t rights)
{
	static const char *const NAMES[] = { NULL, "r", "w", "rw", "x", "rx", "wx", "rwx" };

	return rights < 8 ? NAMES[rights] : NULL;
}

const struct back back_values[] = {
	{ "@timestamp", ALL, IN_HEADER(time), .way = BACK_NUMBER },
	{ "event.sequence", ALL, IN_HEADER(seq), .way = BACK_NUMBER },
	{ "vigil.cpu", ALL, IN_HEADER(cpu), .way = BACK_NUMBER },
	{ "vigil.monotonic", ALL, IN_HEADER(mono), .way = BACK_NUMBER },
	{ "vigil.late", ALL, IN_HEADER(flags), .way = BACK_FLAG, .flag = VIGIL_RECORD_LATE },
	{ "vigil.incomplete", ALL, IN_HEADER(flags), .way = BACK_FLAG,
	  .flag = VIGIL_RECORD_INCOMPLETE },

	NUMBER("process.start", STARTS, vigil_process, start),
	NUMBER("process.vpid", STARTS, vigil_process, ns_pid),
	NUMBER("process.session_leader.pid", STARTS, vigil_process, session),
	NUMBER("vigil.process.session", STARTS, vigil_process, session),
	NUMBER("user.id", STARTS, vigil_process, uid),
	NUMBER("user.effective.id", STARTS, vigil_process, euid),
	NUMBER("group.id", STARTS, vigil_process, gid),
	NUMBER("user.effective.group.id", STARTS, vigil_process, egid),
	NUMBER("vigil.process.login_user.id", STARTS, vigil_process, login_uid),
	NUMBER("vigil.process.integrity", STARTS, vigil_process, integrity),
	NUMBER("vigil.process.capabilities", STARTS, vigil_process, capabilities),
	NUMBER("vigil.cgroup.id", STARTS, vigil_process, cgroup),
	DEVICE("vigil.process.device", STARTS, vigil_process, device),
	NUMBER("vigil.process.inode", STARTS, vigil_process, inode),
	NUMBER("vigil.namespace.mnt", STARTS, vigil_process, ns_mnt),
	NUMBER("vigil.namespace.pid", STARTS, vigil_process, ns_pid_ns),
	NUMBER("vigil.namespace.net", STARTS, vigil_process, ns_net),
	NUMBER("vigil.namespace.user", STARTS, vigil_process, ns_user),
	NUMBER("vigil.namespace.uts", STARTS, vigil_process, ns_uts),
	NUMBER("vigil.namespace.ipc", STARTS, vigil_process, ns_ipc),
	NUMBER("vigil.namespace.cgroup", STARTS, vigil_process, ns_cgroup),
	NUMBER("vigil.namespace.time", STARTS, vigil_process, ns_time),
	PROCESS_FLAG("vigil.process.kernel", VIGIL_PROCESS_KERNEL),
	PROCESS_FLAG("vigil.process.vfork", VIGIL_PROCESS_VFORK),
	PROCESS_FLAG("vigil.process.shared_memory", VIGIL_PROCESS_SHARED_MM),
	PROCESS_FLAG("vigil.process.deleted", VIGIL_PROCESS_DELETED),
	PROCESS_FLAG("vigil.process.memory_only", VIGIL_PROCESS_MEMORY_ONLY),
	PROCESS_FLAG("vigil.process.script", VIGIL_PROCESS_SCRIPT),
	PROCESS_FLAG("vigil.process.elevated", VIGIL_PROCESS_ELEVATED),
	PROCESS_FLAG("vigil.process.subsystem", VIGIL_PROCESS_SUBSYSTEM),
	PROCESS_FLAG("vigil.process.by_thread", VIGIL_PROCESS_BY_THREAD),
	PROCESS_FLAG("vigil.process.ended_early", VIGIL_PROCESS_ENDED_EARLY),

	NUMBER("process.start", EXIT, vigil_exit, start),
	NUMBER("process.exit_code", EXIT, vigil_exit, code),
	NUMBER("vigil.exit.signal", EXIT, vigil_exit, signal),
	FLAG("vigil.exit.core", EXIT, vigil_exit, attributes, VIGIL_EXIT_CORE),
	FLAG("vigil.exit.cpu_unknown", EXIT, vigil_exit, attributes, VIGIL_EXIT_CPU_UNKNOWN),
	NUMBER("vigil.exit.lifetime", EXIT, vigil_exit, lifetime),
	NUMBER("vigil.exit.cpu_time", EXIT, vigil_exit, cpu_time),
	NUMBER("vigil.exit.user_time", EXIT, vigil_exit, user_time),
	NUMBER("vigil.exit.system_time", EXIT, vigil_exit, system_time),
	NUMBER("vigil.exit.max_memory", EXIT, vigil_exit, max_memory),

	NUMBER("process.thread.id", THREADS, vigil_thread, thread.tid),
	NUMBER("Target.process.thread.id", REMOTE, vigil_thread, thread.tid),
	NUMBER("vigil.thread.vtid", THREADS | REMOTE, vigil_thread, ns_tid),
	NUMBER("vigil.thread.start_address", THREADS, vigil_thread, start_address),
	NUMBER("Target.process.thread.Ext.start_address", REMOTE, vigil_thread, start_address),
	WORD("vigil.thread.origin", THREADS | REMOTE, vigil_thread, origin, vigil_origin_name),
	WORD("vigil.thread.reason", REMOTE, vigil_thread, reason, vigil_reason_name),
	FLAG("vigil.thread.by_parent", REMOTE, vigil_thread, attributes,
	     VIGIL_THREAD_PARENT_CREATOR),
	FLAG("vigil.thread.kernel", THREADS | REMOTE, vigil_thread, attributes,
	     VIGIL_THREAD_KERNEL),
	NUMBER("vigil.thread.exit_code", THREADS, vigil_thread, code),
	NUMBER("vigil.thread.signal", THREADS, vigil_thread, signal),
	NUMBER("vigil.thread.cpu_time", THREADS, vigil_thread, cpu_time),
	NUMBER("vigil.thread.lifetime", BIT(THREAD_EXIT), vigil_thread_end, lifetime),
	NUMBER("vigil.thread.creator.thread.id", BIT(THREAD_EXIT), vigil_thread_end, creator.tid),

	NUMBER("vigil.image.base", IMAGES, vigil_image, base),
	NUMBER("vigil.image.size", IMAGES, vigil_image, size),
	NUMBER("vigil.image.offset", IMAGES, vigil_image, offset),
	DEVICE("vigil.image.device", IMAGES, vigil_image, device),
	NUMBER("vigil.image.inode", BIT(IMAGE_LOAD), vigil_image, inode),
	NUMBER("file.inode", BIT(DRIVER_LOAD), vigil_image, inode),
	NUMBER("vigil.image.generation", IMAGES, vigil_image, generation),
	FLAG("vigil.image.deleted", IMAGES, vigil_image, attributes, VIGIL_IMAGE_DELETED),
	FLAG("vigil.image.maybe_deleted", IMAGES, vigil_image, attributes,
	     VIGIL_IMAGE_MAYBE_DELETED),
	FLAG("vigil.image.anonymous", IMAGES, vigil_image, attributes, VIGIL_IMAGE_ANONYMOUS),
	FLAG("vigil.image.memory_only", IMAGES, vigil_image, attributes, VIGIL_IMAGE_MEMORY_ONLY),
	FLAG("vigil.image.all_processes", IMAGES, vigil_image, attributes, VIGIL_IMAGE_ALL_PIDS),
	FLAG("vigil.image.partial", IMAGES, vigil_image, attributes, VIGIL_IMAGE_PARTIAL),
	FLAG("vigil.image.other_machine", IMAGES, vigil_image, attributes,
	     VIGIL_IMAGE_OTHER_MACHINE),
	FLAG("vigil.image.tainted", IMAGES, vigil_image, attributes, VIGIL_IMAGE_TAINTED),
	WORD("vigil.image.protection", IMAGES, vigil_image, protection, right_name),
	NUMBER("vigil.image.signature_level", IMAGES, vigil_image, signature_level),
	NUMBER("vigil.image.signature_type", IMAGES, vigil_image, signature_type),

	NUMBER("Target.process.thread.id", ACCESS, vigil_access, target.tid),
	WORD("vigil.access.method", ACCESS, vigil_access, method, vigil_method_name),
	NUMBER("vigil.access.address", ACCESS, vigil_access, address),
	NUMBER("vigil.access.length", ACCESS, vigil_access, length),
	NUMBER("vigil.access.result", ACCESS, vigil_access, result),
	NUMBER("vigil.access.count", ACCESS, vigil_access, count),
	FLAG("vigil.access.asked", ACCESS, vigil_access, attributes, VIGIL_ACCESS_ASKED),
	FLAG("vigil.access.own_child", ACCESS, vigil_access, attributes, VIGIL_ACCESS_OWN_CHILD),

	USERS(EXIT, vigil_exit),
	GROUPS(EXIT, vigil_exit),
	USERS((THREADS & ~BIT(THREAD_EXIT)) | REMOTE, vigil_thread),
	USERS(BIT(THREAD_EXIT), vigil_thread_end),
	USERS(IMAGES, vigil_image),
	USERS(ACCESS, vigil_access),
	USERS(FAILED, vigil_exec_failed),
	NUMBER("vigil.exec_failed.error", FAILED, vigil_exec_failed, error),
	FLAG("vigil.exec_failed.at", FAILED, vigil_exec_failed, attributes, VIGIL_EXEC_FAILED_AT),
	CRED(before),
	CRED(after),

	NUMBER("vigil.denied.pid", DENIED, vigil_denied, process.process.pid),
	NUMBER("user.id", DENIED, vigil_denied, process.uid),
	NUMBER("user.effective.id", DENIED, vigil_denied, process.euid),
	NUMBER("file.inode", DENIED, vigil_denied, process.inode),
	WORD("vigil.denied.verdict", DENIED, vigil_denied, verdict, vigil_verdict_name),
	NUMBER("vigil.denied.status", DENIED, vigil_denied, status),
	NUMBER("vigil.denied.hits", DENIED, vigil_denied, hits),

	NUMBER("vigil.lost.count", BIT(LOST), vigil_lost, count),
	WORD("vigil.lost.type", BIT(LOST), vigil_lost, type, vigil_type_name),
	WORD("vigil.lost.reason", BIT(LOST), vigil_lost, reason, vigil_loss_name),
	NUMBER("vigil.lost.cgroup.id", BIT(LOST), vigil_lost_by, cgroup),
	NUMBER("vigil.lost.cgroup.count", BIT(LOST), vigil_lost_by, cgroup_count),
	NUMBER("vigil.snapshot.processes", BIT(SNAPSHOT_END), vigil_snapshot, processes),
	NUMBER("vigil.snapshot.threads", BIT(SNAPSHOT_END), vigil_snapshot, threads),
	WORD("vigil.status.state", BIT(STATUS), vigil_status, state, vigil_state_name),
	NUMBER("vigil.status.machine", BIT(STATUS), vigil_status, machine),
	NUMBER("vigil.status.produced", BIT(STATUS), vigil_status, produced),
	NUMBER("vigil.status.delivered", BIT(STATUS), vigil_status, delivered),
	NUMBER("vigil.status.dropped", BIT(STATUS), vigil_status, dropped),
};
const size_t back_value_count = sizeof back_values / sizeof back_values[0];

const struct back_part back_parts[] = {
	{ "process.executable", STARTS, VIGIL_IMAGE },
	{ "dll.path", BIT(IMAGE_LOAD), VIGIL_IMAGE },
	{ "file.path", BIT(DRIVER_LOAD) | DENIED, VIGIL_IMAGE },
	{ "process.args", STARTS, VIGIL_ARGS },
	{ "process.command_line", STARTS, VIGIL_COMMAND_LINE },
	{ "process.env_vars", BIT(PROCESS_EXEC), VIGIL_ENVIRONMENT },
	{ "vigil.denied.args", DENIED, VIGIL_ARGS },
	{ "vigil.exec_failed.args", FAILED, VIGIL_ARGS },
	{ "vigil.exec_failed.filename", FAILED, VIGIL_FILENAME },
	{ "vigil.denied.command_line", DENIED, VIGIL_COMMAND_LINE },
	{ "process.working_directory", STARTS, VIGIL_DIRECTORY },
	{ "vigil.process.filename", STARTS, VIGIL_FILENAME },
	{ "vigil.process.root", STARTS, VIGIL_ROOT },
	{ "vigil.cgroup.path", STARTS, VIGIL_CGROUP },
	{ "vigil.cgroup.others", STARTS, VIGIL_CGROUP_OTHERS },
	{ "process.Ext.ancestry", ALL & ~VIGIL_TYPES_SENSOR, VIGIL_ANCESTORS },
	{ "vigil.process.ancestors", ALL & ~VIGIL_TYPES_SENSOR, VIGIL_ANCESTOR_NAMES },
	{ "vigil.lost.cgroup.path", BIT(LOST), VIGIL_CGROUP },
	{ "process.name", STARTS, VIGIL_NAME },
	{ "process.thread.name", THREADS, VIGIL_NAME },
	{ "file.name", BIT(DRIVER_LOAD), VIGIL_NAME },
	{ "user.id", STARTS | DENIED, VIGIL_USER },
	{ "vigil.build_id", BIT(IMAGE_LOAD), VIGIL_BUILD_ID },
	{ "process.hash.sha256", STARTS, VIGIL_SHA256 },
	{ "dll.hash.sha256", BIT(IMAGE_LOAD), VIGIL_SHA256 },
	{ "file.hash.sha256", BIT(DRIVER_LOAD), VIGIL_SHA256 },
	{ "rule.name", DENIED, VIGIL_RULE },
	{ "message", BIT(STATUS), VIGIL_TEXT },
	{ "host.name", BIT(STATUS), VIGIL_HOST },
	{ "vigil.status.backend", BIT(STATUS), VIGIL_BACKEND },
};
const size_t back_part_count = sizeof back_parts / sizeof back_parts[0];

#define FILE_ITEMS(prefix, types) \
	{ prefix ".pe.company", types, VIGIL_FILE_VERSION, "CompanyName" }, \
	    { prefix ".pe.description", types, VIGIL_FILE_VERSION, "FileDescription" }, \
	    { prefix ".pe.file_version", types, VIGIL_FILE_VERSION, "FileVersion" }, \
	    { prefix ".pe.original_file_name", types, VIGIL_FILE_VERSION, "OriginalFilename" }, \
	    { prefix ".pe.product", types, VIGIL_FILE_VERSION, "ProductName" }, \
	    { prefix ".code_signature.status", types, VIGIL_SIGNATURE, NULL }, \
	{ \
		prefix ".code_signature.subject_name", types, VIGIL_SIGNATURE, NULL \
	}

const struct back_item back_items[] = {
	FILE_ITEMS("process", STARTS),
	FILE_ITEMS("dll", BIT(IMAGE_LOAD)),
	FILE_ITEMS("file", BIT(DRIVER_LOAD)),
};
const size_t back_item_count = sizeof back_items / sizeof back_items[0];

size_t back_body_size(uint32_t type)
{
	static const struct {
		uint32_t types;
		size_t size;
	} SIZES[] = {
		{ STARTS, sizeof(struct vigil_process) },
		{ EXIT, sizeof(struct vigil_exit) },
		{ BIT(THREAD_EXIT), sizeof(struct vigil_thread_end) },
		{ THREADS | REMOTE, sizeof(struct vigil_thread) },
		{ IMAGES, sizeof(struct vigil_image) },
		{ ACCESS, sizeof(struct vigil_access) },
		{ CREDS, sizeof(struct vigil_credentials) },
		{ FAILED, sizeof(struct vigil_exec_failed) },
		{ DENIED, sizeof(struct vigil_denied) },
		{ BIT(LOST), sizeof(struct vigil_lost_by) },
		{ BIT(SNAPSHOT_END), sizeof(struct vigil_snapshot) },
		{ BIT(STATUS), sizeof(struct vigil_status) },
	};

	for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++)
		if (SIZES[i].types & vigil_type_bit(type))
			return SIZES[i].size;
	return 0;
}
