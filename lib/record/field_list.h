/* SPDX-License-Identifier: MIT */
/*
 * field_list.h - every value that an output can show, once.
 *
 *	X(name, kind, types, getter, description)
 *
 * The order is that of the JSON: what shares the beginning of its name stands
 * together. Names without "vigil." are those of the Elastic Common Schema. A
 * flag (BOOL) is there only when it is true, any other value only when it is
 * known.
 */
#ifndef VIGIL_RECORD_FIELD_LIST_H
#define VIGIL_RECORD_FIELD_LIST_H

#include "record/subject.h"

/* clang-format off */
#define BIT(type) VIGIL_TYPE_BIT(VIGIL_##type)
#define ALL       VIGIL_TYPE_ALL
#define SUBJECTS  (VIGIL_TYPE_ALL & ~VIGIL_TYPES_SENSOR)
#define STARTS    VIGIL_TYPES_START
#define EXIT      BIT(PROCESS_EXIT)
#define LIVES     (STARTS | EXIT)
#define THREADS   VIGIL_TYPES_THREAD
#define ANY_THREAD (THREADS | BIT(REMOTE_THREAD))
#define AIMED     VIGIL_TYPES_AIMED
#define IMAGES    (BIT(IMAGE_LOAD) | BIT(DRIVER_LOAD))
#define FILES     (BIT(DRIVER_LOAD) | BIT(PROCESS_DENIED))
#define DENIED    BIT(PROCESS_DENIED)
#define CREDS     BIT(CREDENTIALS)
#define FAILED    BIT(EXEC_FAILED)

#define VIGIL_FIELDS(X) \
X("@timestamp", TIME, ALL, timestamp, "When it happened.") \
X("ecs.version", STRING, ALL, ecs_version, "Version of the Elastic Common Schema that the names follow.") \
X("event.kind", STRING, ALL, event_kind, "What the event is: event, state (of what ran already), alert (a rule matched) or pipeline_error (records are missing).") \
X("event.category", LIST, ALL, event_category, "What it is about: process, library, driver, configuration, host, intrusion_detection.") \
X("event.type", LIST, ALL, event_type, "What happened to it: start, end, change, access, denied, allowed, info.") \
X("event.action", STRING, ALL, event_action, "What was done, in one word.") \
X("event.outcome", STRING, BIT(PROCESS_ACCESS) | DENIED | FAILED, event_outcome, "Whether it was done: success, failure or unknown.") \
X("event.module", STRING, ALL, event_module, "Always vigil.") \
X("event.sequence", UNSIGNED, ALL, event_sequence, "Counts every record of the sensor; where it jumps, records were lost or not asked for.") \
X("error.code", STRING, FAILED, failed_error_name, "Name of the error: ENOENT, EACCES, ENOEXEC, ... (Linux).") \
X("message", STRING, BIT(STATUS), message, "What the sensor says.") \
X("host.name", STRING, ALL, host_name, "Name of the machine.") \
X("host.os.type", STRING, ALL, host_os_type, "linux or windows.") \
X("process.pid", UNSIGNED, SUBJECTS, process_pid, "Whom the event is about: the starting, ending, loading or acting process.") \
X("process.vpid", UNSIGNED, LIVES, process_vpid, "Its PID as it sees it itself, inside its PID namespace.") \
X("process.entity_id", STRING, SUBJECTS, process_entity_id, "Names the process for ever, although PIDs are used again: made of host and boot, PID, start.") \
X("process.start", TIME, SUBJECTS, process_start, "When it started.") \
X("process.name", STRING, SUBJECTS, process_name, "Short name of the process.") \
X("process.executable", STRING, SUBJECTS, process_executable, "Path of the program that it runs, as the kernel resolved it.") \
X("process.command_line", STRING, SUBJECTS, process_command_line, "Its command line as one string.") \
X("process.working_directory", STRING, LIVES, process_working_directory, "Its working directory when the program began.") \
X("process.args", LIST, STARTS, process_args, "Its arguments, the program's name first (Linux).") \
X("process.args_count", UNSIGNED, STARTS, process_args_count, "How many arguments process.args has.") \
X("process.env_vars", LIST, BIT(PROCESS_EXEC), process_environment, "Variables of its environment that --env names, as NAME=VALUE (Linux).") \
X("process.end", TIME, SUBJECTS, process_end, "When it ended.") \
X("process.uptime", UNSIGNED, EXIT, process_uptime, "Whole seconds that it lived.") \
X("process.exit_code", UNSIGNED, EXIT, process_exit_code, "Its exit code; left out where a signal ended it.") \
X("process.tty.char_device.major", UNSIGNED, LIVES, process_tty_major, "Controlling terminal: major number of the device.") \
X("process.tty.char_device.minor", UNSIGNED, LIVES, process_tty_minor, "Controlling terminal: minor number of the device.") \
X("process.hash.sha256", BINARY, STARTS, file_sha256, "SHA-256 of the program's file, where it was asked for.") \
X("process.code_signature.exists", BOOL, STARTS, signature_exists, "The program's file bears a signature, whatever that is worth (Windows, --signature).") \
X("process.code_signature.status", STRING, STARTS, signature_status, "What that is worth here: valid, unsigned, expired, revoked, untrusted, damaged, error.") \
X("process.code_signature.subject_name", STRING, STARTS, signature_subject, "Who signed it.") \
X("process.code_signature.valid", BOOL, STARTS, signature_valid, "The signature is good and trusted here.") \
X("process.pe.company", STRING, STARTS, file_company, "Company that the program's file names in its version resource (Windows, --version-info).") \
X("process.pe.description", STRING, STARTS, file_description, "Description there.") \
X("process.pe.file_version", STRING, STARTS, file_version, "Version there.") \
X("process.pe.original_file_name", STRING, STARTS, file_original_name, "Name there, which stays when the file is renamed.") \
X("process.pe.product", STRING, STARTS, file_product, "Product there.") \
X("process.thread.id", UNSIGNED, SUBJECTS & ~LIVES, process_thread_id, "The thread that starts, ends or acts.") \
X("process.thread.name", STRING, THREADS, process_thread_name, "Name of that thread.") \
X("process.Ext.ancestry", LIST, SUBJECTS, ancestors, "Entity ids of its ancestors, the parent first, with --ancestors; up to the first process, or to the last that is known.") \
X("process.entry_leader.pid", UNSIGNED, LIVES, entry_leader_pid, "PID of the process with which its session came into being: a service, a login, the first process of a container (Linux).") \
X("process.entry_leader.entity_id", STRING, LIVES, entry_leader_entity_id, "Names the entry leader for ever.") \
X("process.entry_leader.entry_meta.type", STRING, LIVES, entry_leader_type, "How it came into being, judged by the names of programs: init, sshd, ssm, container, terminal, console, kthread.") \
X("process.session_leader.pid", UNSIGNED, LIVES, process_session_leader, "PID of the leader of its session (Linux).") \
X("process.session_leader.entity_id", STRING, LIVES, session_leader_entity_id, "Names the session leader for ever.") \
X("process.group_leader.pid", UNSIGNED, LIVES, group_leader_pid, "PID of the leader of its process group at its start (Linux).") \
X("process.group_leader.entity_id", STRING, LIVES, group_leader_entity_id, "Names the group leader for ever.") \
X("process.parent.pid", UNSIGNED, SUBJECTS, parent_pid, "Who started it, even if that process has ended since.") \
X("process.parent.entity_id", STRING, SUBJECTS, parent_entity_id, "Names the parent for ever.") \
X("process.parent.name", STRING, LIVES, parent_name, "Short name of the parent.") \
X("process.parent.executable", STRING, LIVES, parent_executable, "Path of the parent's program.") \
X("process.parent.command_line", STRING, LIVES, parent_command_line, "Command line of the parent.") \
X("process.parent.start", TIME, LIVES, parent_start, "When the parent started.") \
X("user.id", STRING, SUBJECTS, user_id, "Real user of the process at that moment: number, or SID on Windows.") \
X("user.name", STRING, SUBJECTS, user_name, "Name of that user on the machine that prints.") \
X("user.domain", STRING, SUBJECTS, user_domain, "Domain, or machine, of that user (Windows).") \
X("user.effective.id", STRING, SUBJECTS, effective_user_id, "User whose rights the process has at that moment.") \
X("user.effective.name", STRING, SUBJECTS, effective_user_name, "Name of that user on the machine that prints.") \
X("user.effective.group.id", STRING, LIVES | CREDS, effective_group_id, "Group whose rights the process has.") \
X("user.effective.group.name", STRING, LIVES | CREDS, effective_group_name, "Name of that group on the machine that prints.") \
X("user.changes.id", STRING, CREDS, changed_user_id, "New real user, where it is another one (Linux).") \
X("user.changes.name", STRING, CREDS, changed_user_name, "Name of that user on the machine that prints.") \
X("user.changes.effective.id", STRING, CREDS, changed_effective_user_id, "New effective user, where it is another one (Linux).") \
X("user.changes.effective.name", STRING, CREDS, changed_effective_user_name, "Name of that user on the machine that prints.") \
X("user.changes.effective.group.id", STRING, CREDS, changed_effective_group_id, "New effective group, where it is another one (Linux).") \
X("user.changes.effective.group.name", STRING, CREDS, changed_effective_group_name, "Name of that group on the machine that prints.") \
X("user.changes.group.id", STRING, CREDS, changed_group_id, "New real group, where it is another one (Linux).") \
X("user.changes.group.name", STRING, CREDS, changed_group_name, "Name of that group on the machine that prints.") \
X("group.id", STRING, LIVES | CREDS, group_id, "Real group of the process.") \
X("group.name", STRING, LIVES | CREDS, group_name, "Name of that group on the machine that prints.") \
X("container.id", STRING, SUBJECTS, container_id, "Container in which the process runs: its id, or its name where the runtime has only names (LXC, Incus). Taken from the paths of its control groups.") \
X("container.image.name", STRING, SUBJECTS, container_image, "Image that the container runs, as its runtime has written down (--container-info).") \
X("container.name", STRING, SUBJECTS, container_name, "Name of the container, likewise.") \
X("container.runtime", STRING, SUBJECTS, container_runtime, "Its runtime: docker, podman, cri-o, containerd.") \
X("orchestrator.namespace", STRING, SUBJECTS, orchestrator_namespace, "Kubernetes namespace of the container's pod.") \
X("orchestrator.resource.id", STRING, SUBJECTS, orchestrator_pod_uid, "UID of the pod.") \
X("orchestrator.resource.name", STRING, SUBJECTS, orchestrator_pod, "Name of the pod.") \
X("orchestrator.resource.type", STRING, SUBJECTS, orchestrator_type, "Always pod.") \
X("orchestrator.type", STRING, SUBJECTS, orchestrator, "Always kubernetes.") \
X("dll.path", STRING, BIT(IMAGE_LOAD), dll_path, "Path of the program, library or other code that was mapped.") \
X("dll.name", STRING, BIT(IMAGE_LOAD), dll_name, "Last element of dll.path.") \
X("dll.hash.sha256", BINARY, BIT(IMAGE_LOAD), file_sha256, "SHA-256 of the file that was mapped, where it was asked for.") \
X("dll.code_signature.exists", BOOL, BIT(IMAGE_LOAD), signature_exists, "The file bears a signature, whatever that is worth (Windows, --signature).") \
X("dll.code_signature.status", STRING, BIT(IMAGE_LOAD), signature_status, "What that is worth here: valid, unsigned, expired, revoked, untrusted, damaged, error.") \
X("dll.code_signature.subject_name", STRING, BIT(IMAGE_LOAD), signature_subject, "Who signed it.") \
X("dll.code_signature.valid", BOOL, BIT(IMAGE_LOAD), signature_valid, "The signature is good and trusted here.") \
X("dll.pe.company", STRING, BIT(IMAGE_LOAD), file_company, "Company that the file names in its version resource (Windows, --version-info).") \
X("dll.pe.description", STRING, BIT(IMAGE_LOAD), file_description, "Description there.") \
X("dll.pe.file_version", STRING, BIT(IMAGE_LOAD), file_version, "Version there.") \
X("dll.pe.original_file_name", STRING, BIT(IMAGE_LOAD), file_original_name, "Name there, which stays when the file is renamed.") \
X("dll.pe.product", STRING, BIT(IMAGE_LOAD), file_product, "Product there.") \
X("file.path", STRING, FILES, file_path, "Path of the driver or module, or of the program that was not to start.") \
X("file.name", STRING, FILES, file_name, "Last element of file.path; the name of a Linux module, which has no path.") \
X("file.inode", STRING, FILES, file_inode, "Inode of that file.") \
X("file.hash.sha256", BINARY, BIT(DRIVER_LOAD), file_sha256, "SHA-256 of the driver's file, where it was asked for.") \
X("file.code_signature.exists", BOOL, BIT(DRIVER_LOAD), signature_exists, "The driver's file bears a signature, whatever that is worth (Windows, --signature).") \
X("file.code_signature.status", STRING, BIT(DRIVER_LOAD), signature_status, "What that is worth here: valid, unsigned, expired, revoked, untrusted, damaged, error.") \
X("file.code_signature.subject_name", STRING, BIT(DRIVER_LOAD), signature_subject, "Who signed it.") \
X("file.code_signature.valid", BOOL, BIT(DRIVER_LOAD), signature_valid, "The signature is good and trusted here.") \
X("file.pe.company", STRING, BIT(DRIVER_LOAD), file_company, "Company that the driver's file names in its version resource (Windows, --version-info).") \
X("file.pe.description", STRING, BIT(DRIVER_LOAD), file_description, "Description there.") \
X("file.pe.file_version", STRING, BIT(DRIVER_LOAD), file_version, "Version there.") \
X("file.pe.original_file_name", STRING, BIT(DRIVER_LOAD), file_original_name, "Name there, which stays when the file is renamed.") \
X("file.pe.product", STRING, BIT(DRIVER_LOAD), file_product, "Product there.") \
X("rule.name", STRING, DENIED, rule_name, "Id of the rule that matched.") \
X("Target.process.pid", UNSIGNED, AIMED, target_pid, "Process that is acted upon.") \
X("Target.process.entity_id", STRING, AIMED, target_entity_id, "Names it for ever.") \
X("Target.process.name", STRING, AIMED, target_name, "Its short name.") \
X("Target.process.executable", STRING, AIMED, target_executable, "Path of its program.") \
X("Target.process.command_line", STRING, AIMED, target_command_line, "Its command line.") \
X("Target.process.thread.id", UNSIGNED, AIMED, target_thread_id, "Thread that was made in it, or taken hold of.") \
X("Target.process.thread.Ext.start_address", HEX, BIT(REMOTE_THREAD), target_start_address, "Where that thread begins to run.") \
X("vigil.type", STRING, ALL, vigil_type, "Type of the event, as options write it.") \
X("vigil.cpu", UNSIGNED, ALL, cpu, "Logical processor on which it happened.") \
X("vigil.monotonic", DURATION, ALL, monotonic, "When it happened, by a clock that starts at boot and is never set.") \
X("vigil.late", BOOL, ALL, late, "Delivered after an event with a later time.") \
X("vigil.incomplete", BOOL, ALL, incomplete, "Something that exists could not be read; vigil.unreadable says what.") \
X("vigil.unreadable", LIST, ALL, unreadable, "Parts of the record whose memory could not be read; what there is of one comes from the pages that could.") \
X("vigil.too_late", LIST, ALL, too_late, "What a look at the file was to tell, and did not in time.") \
X("vigil.cut_head", LIST, ALL, cut_head, "Parts of the record whose beginning is missing; vigil.cut has their full length, if it is known.") \
X("vigil.path_source", STRING, STARTS | IMAGES | DENIED, path_source, "Where the path was learned: kernel, notify, file, filter, cache, query, perf.") \
X("vigil.build_id", BINARY, BIT(IMAGE_LOAD), build_id, "GNU build id of the ELF file, of image loads alone (Linux).") \
X("vigil.actor.pid", UNSIGNED, SUBJECTS, actor_pid, "Process in whose context it happened, where it is another: the creator.") \
X("vigil.actor.entity_id", STRING, SUBJECTS, actor_entity_id, "Names that process for ever.") \
X("vigil.actor.name", STRING, SUBJECTS, actor_name, "Its short name.") \
X("vigil.actor.executable", STRING, SUBJECTS, actor_executable, "Path of its program.") \
X("vigil.actor.thread.id", UNSIGNED, SUBJECTS, actor_thread, "Thread in whose context it happened.") \
X("vigil.process.ancestors", LIST, SUBJECTS, ancestor_names, "Names of the ancestors in process.Ext.ancestry when the process started; empty where unknown.") \
X("vigil.process.parent_now", UNSIGNED, LIVES, parent_now, "PID of the present parent, where the process was given another.") \
X("vigil.process.filename", STRING, LIVES, filename, "What exec was called with, where that is not process.executable: the script, a relative path.") \
X("vigil.process.root", STRING, STARTS, root, "Its root directory, where that is not the usual one.") \
X("vigil.process.kernel", BOOL, LIVES, is_kernel, "Kernel thread or system process.") \
X("vigil.process.vfork", BOOL, LIVES, is_vfork, "Its creator waits until it runs a program or ends.") \
X("vigil.process.shared_memory", BOOL, LIVES, is_shared_memory, "Shares its creator's memory, and is no vfork.") \
X("vigil.process.deleted", BOOL, LIVES, is_deleted, "The file of its program has no name any more.") \
X("vigil.process.memory_only", BOOL, LIVES, is_memory_only, "The file of its program lives in memory alone.") \
X("vigil.process.script", BOOL, LIVES, is_script, "A script: process.executable is its interpreter.") \
X("vigil.process.elevated", BOOL, LIVES, is_elevated, "Its program raised its rights: set-user-id, file capabilities.") \
X("vigil.process.subsystem", BOOL, LIVES, is_subsystem, "Belongs to a subsystem, such as WSL 1.") \
X("vigil.process.by_thread", BOOL, LIVES, is_by_thread, "exec was called by a thread that was not the first.") \
X("vigil.process.ended_early", BOOL, LIVES, is_ended_early, "Ended before the list of what runs came to it.") \
X("vigil.process.session", UNSIGNED, LIVES, session, "Id of its session (Windows).") \
X("vigil.process.integrity", UNSIGNED, LIVES, integrity, "Mandatory integrity level (Windows).") \
X("vigil.process.login_user.id", STRING, LIVES, login_user_id, "Who logged in, kept over su and sudo (Linux).") \
X("vigil.process.login_user.name", STRING, LIVES, login_user_name, "Name of that user on the machine that prints.") \
X("vigil.process.capabilities", HEX, STARTS, capabilities, "Effective capabilities as a mask (Linux).") \
X("vigil.process.device", STRING, STARTS, process_device, "Device of the program's file, major:minor.") \
X("vigil.process.inode", STRING, STARTS, process_inode, "Inode of the program's file.") \
X("vigil.process.tracer.pid", UNSIGNED, STARTS, tracer_pid, "Process that debugs it.") \
X("vigil.process.tracer.entity_id", STRING, STARTS, tracer_entity_id, "Names the tracer for ever.") \
X("vigil.cgroup.id", STRING, LIVES, cgroup_id, "Id of its control group (Linux).") \
X("vigil.cgroup.path", STRING, LIVES, cgroup_path, "Path of its control group (Linux).") \
X("vigil.cgroup.others", LIST, LIVES, cgroup_others, "Its paths in other control group hierarchies (version 1), where they differ (Linux).") \
X("vigil.container.labels", LIST, SUBJECTS, container_labels, "Labels of the container as its runtime has written them down, each KEY=VALUE (docker, CRI-O).") \
X("vigil.machine", STRING, SUBJECTS, machine, "Name of the machine in which the process runs, or for which it works: systemd-nspawn, libvirt (Linux).") \
X("vigil.namespace.mnt", UNSIGNED, STARTS, ns_mnt, "Inode of its mount namespace, where that is not the machine\'s first one (Linux).") \
X("vigil.namespace.pid", UNSIGNED, STARTS, ns_pid, "Inode of its PID namespace, where that is not the machine\'s first one (Linux).") \
X("vigil.namespace.net", UNSIGNED, STARTS, ns_net, "Inode of its network namespace, where that is not the machine\'s first one (Linux).") \
X("vigil.namespace.user", UNSIGNED, STARTS, ns_user, "Inode of its user namespace, where that is not the machine\'s first one (Linux).") \
X("vigil.namespace.uts", UNSIGNED, STARTS, ns_uts, "Inode of its host name namespace, where that is not the machine\'s first one (Linux).") \
X("vigil.namespace.ipc", UNSIGNED, STARTS, ns_ipc, "Inode of its IPC namespace, where that is not the machine\'s first one (Linux).") \
X("vigil.namespace.cgroup", UNSIGNED, STARTS, ns_cgroup, "Inode of its control group namespace, where that is not the machine\'s first one (Linux).") \
X("vigil.namespace.time", UNSIGNED, STARTS, ns_time, "Inode of its time namespace, where that is not the machine\'s first one (Linux).") \
X("vigil.exit.signal", UNSIGNED, EXIT, exit_signal, "Signal that ended the process (Linux).") \
X("vigil.exit.signal_name", STRING, EXIT, exit_signal_name, "Name of that signal.") \
X("vigil.exit.core", BOOL, EXIT, exit_core, "A core was dumped.") \
X("vigil.exit.cpu_unknown", BOOL, EXIT, exit_cpu_unknown, "Its CPU times are not known: more than 128 of its threads had not been released yet (Linux).") \
X("vigil.exit.lifetime", DURATION, EXIT, exit_lifetime, "How long it lived.") \
X("vigil.exit.cpu_time", DURATION, EXIT, exit_cpu_time, "CPU time of all its threads, as the scheduler measured it; on Linux the sum of the next two.") \
X("vigil.exit.user_time", DURATION, EXIT, exit_user_time, "CPU time in user mode, as the system accounts it (Linux: as wait4 reports it).") \
X("vigil.exit.system_time", DURATION, EXIT, exit_system_time, "CPU time in the kernel, likewise.") \
X("vigil.exit.max_memory", UNSIGNED, EXIT, exit_max_memory, "Largest resident size in bytes.") \
X("vigil.thread.vtid", UNSIGNED, ANY_THREAD, thread_vtid, "Thread id as the thread sees it itself.") \
X("vigil.thread.start_address", HEX, THREADS, thread_start_address, "Where it begins to run.") \
X("vigil.thread.start_module", STRING, ANY_THREAD, thread_start_module, "Image in which that is; needs image events to be recorded as well.") \
X("vigil.thread.start_offset", HEX, ANY_THREAD, thread_start_offset, "Where in that image.") \
X("vigil.thread.unbacked", BOOL, ANY_THREAD, thread_unbacked, "It begins in no image of its process, all of which were told: injected code.") \
X("vigil.thread.origin", STRING, ANY_THREAD, thread_origin, "Who made it: first, local, remote, system.") \
X("vigil.thread.reason", STRING, BIT(REMOTE_THREAD), thread_reason, "Why a remote thread may be legitimate: debugger, csrss, services, wmi.") \
X("vigil.thread.by_parent", BOOL, BIT(REMOTE_THREAD), thread_by_parent, "The creator is the parent of the target.") \
X("vigil.thread.kernel", BOOL, ANY_THREAD, thread_kernel, "Kernel or system thread.") \
X("vigil.thread.exit_code", UNSIGNED, BIT(THREAD_EXIT), thread_exit_code, "Its exit code; left out where a signal ended it.") \
X("vigil.thread.signal", UNSIGNED, BIT(THREAD_EXIT), thread_signal, "Signal that ended it (Linux).") \
X("vigil.thread.cpu_time", DURATION, BIT(THREAD_EXIT), thread_cpu_time, "CPU time of this thread.") \
X("vigil.thread.lifetime", DURATION, BIT(THREAD_EXIT), thread_lifetime, "How long it lived (Windows).") \
X("vigil.thread.creator.entity_id", STRING, BIT(THREAD_EXIT), thread_creator_entity_id, "Identifies the process that made it (Windows).") \
X("vigil.thread.creator.pid", UNSIGNED, BIT(THREAD_EXIT), thread_creator_pid, "Process that made it (Windows).") \
X("vigil.thread.creator.thread.id", UNSIGNED, BIT(THREAD_EXIT), thread_creator_tid, "Thread that made it (Windows).") \
X("vigil.image.base", HEX, IMAGES, image_base, "Address at which it is mapped.") \
X("vigil.image.size", UNSIGNED, IMAGES, image_size, "Size of the mapping in bytes.") \
X("vigil.image.offset", UNSIGNED, BIT(IMAGE_LOAD), image_offset, "Where in the file the mapping begins (Linux).") \
X("vigil.image.device", STRING, IMAGES, image_device, "Device of the file, major:minor.") \
X("vigil.image.inode", STRING, BIT(IMAGE_LOAD), image_inode, "Inode of the file.") \
X("vigil.image.generation", STRING, IMAGES, image_generation, "Generation of the inode.") \
X("vigil.image.deleted", BOOL, IMAGES, image_deleted, "The file has no name any more.") \
X("vigil.image.maybe_deleted", BOOL, IMAGES, image_maybe_deleted, "The path ends in (deleted) after a blank: the file has no name any more, or that is its name.") \
X("vigil.image.anonymous", BOOL, IMAGES, image_anonymous, "Executable memory without a file: the first of its kind in this program (Linux).") \
X("vigil.image.memory_only", BOOL, IMAGES, image_memory_only, "The file lives in memory alone.") \
X("vigil.image.all_processes", BOOL, IMAGES, image_all_processes, "Mapped in every process (Windows).") \
X("vigil.image.partial", BOOL, IMAGES, image_partial, "Mapped in part (Windows).") \
X("vigil.image.other_machine", BOOL, IMAGES, image_other_machine, "Of another architecture than the process, so its code cannot run there (Windows).") \
X("vigil.image.tainted", BOOL, IMAGES, image_tainted, "Module that is not signed, or from outside the kernel's tree (Linux).") \
X("vigil.image.protection", STRING, IMAGES, image_protection, "Rights of the mapping: r, w, x.") \
X("vigil.image.signature_level", UNSIGNED, IMAGES, image_signature_level, "Signing level (Windows).") \
X("vigil.image.signature_type", UNSIGNED, IMAGES, image_signature_type, "Type of the signature (Windows).") \
X("vigil.access.method", STRING, BIT(PROCESS_ACCESS), access_method, "How: ptrace-attach, ptrace-seize, ptrace-traceme, ptrace-poke, ptrace-registers, process-write, mem-write.") \
X("vigil.access.address", HEX, BIT(PROCESS_ACCESS), access_address, "Where in the target.") \
X("vigil.access.module", STRING, BIT(PROCESS_ACCESS), access_module, "Image whose code that is; needs image events to be recorded as well.") \
X("vigil.access.offset", HEX, BIT(PROCESS_ACCESS), access_offset, "Where in that image.") \
X("vigil.access.length", UNSIGNED, BIT(PROCESS_ACCESS), access_length, "How many bytes were asked for.") \
X("vigil.access.result", SIGNED, BIT(PROCESS_ACCESS), access_result, "What the call returned; below 0 an error number.") \
X("vigil.access.count", UNSIGNED, BIT(PROCESS_ACCESS), access_count, "Calls like this one by the process on the target by now; of ptrace-poke and ptrace-registers the 1st, 10th, 100th ... are told.") \
X("vigil.access.asked", BOOL, BIT(PROCESS_ACCESS), access_asked, "Told before it was done: what came of it is not known.") \
X("vigil.access.own_child", BOOL, BIT(PROCESS_ACCESS), access_own_child, "The target is a child of the process.") \
X("vigil.credentials.before.uid", STRING, CREDS, before_uid, "Real user before the change (Linux).") \
X("vigil.credentials.before.euid", STRING, CREDS, before_euid, "Effective user before the change (Linux).") \
X("vigil.credentials.before.suid", STRING, CREDS, before_suid, "Saved user before the change (Linux).") \
X("vigil.credentials.before.fsuid", STRING, CREDS, before_fsuid, "User for access to files before the change (Linux).") \
X("vigil.credentials.before.gid", STRING, CREDS, before_gid, "Real group before the change (Linux).") \
X("vigil.credentials.before.egid", STRING, CREDS, before_egid, "Effective group before the change (Linux).") \
X("vigil.credentials.before.sgid", STRING, CREDS, before_sgid, "Saved group before the change (Linux).") \
X("vigil.credentials.before.fsgid", STRING, CREDS, before_fsgid, "Group for access to files before the change (Linux).") \
X("vigil.credentials.before.capabilities", HEX, CREDS, before_capabilities, "Effective capabilities before the change, as a mask (Linux).") \
X("vigil.credentials.before.permitted", HEX, CREDS, before_permitted, "Permitted capabilities before the change, as a mask (Linux).") \
X("vigil.credentials.before.user_namespace", UNSIGNED, CREDS, before_namespace, "Inode of the user namespace before the change (Linux).") \
X("vigil.credentials.after.uid", STRING, CREDS, after_uid, "Real user after the change (Linux).") \
X("vigil.credentials.after.euid", STRING, CREDS, after_euid, "Effective user after the change (Linux).") \
X("vigil.credentials.after.suid", STRING, CREDS, after_suid, "Saved user after the change (Linux).") \
X("vigil.credentials.after.fsuid", STRING, CREDS, after_fsuid, "User for access to files after the change (Linux).") \
X("vigil.credentials.after.gid", STRING, CREDS, after_gid, "Real group after the change (Linux).") \
X("vigil.credentials.after.egid", STRING, CREDS, after_egid, "Effective group after the change (Linux).") \
X("vigil.credentials.after.sgid", STRING, CREDS, after_sgid, "Saved group after the change (Linux).") \
X("vigil.credentials.after.fsgid", STRING, CREDS, after_fsgid, "Group for access to files after the change (Linux).") \
X("vigil.credentials.after.capabilities", HEX, CREDS, after_capabilities, "Effective capabilities after the change, as a mask (Linux).") \
X("vigil.credentials.after.permitted", HEX, CREDS, after_permitted, "Permitted capabilities after the change, as a mask (Linux).") \
X("vigil.credentials.after.user_namespace", UNSIGNED, CREDS, after_namespace, "Inode of the user namespace after the change (Linux).") \
X("vigil.exec_failed.filename", STRING, FAILED, failed_filename, "Path that exec was called with, as it was given (Linux).") \
X("vigil.exec_failed.args", LIST, FAILED, failed_args, "Arguments that it was called with.") \
X("vigil.exec_failed.error", UNSIGNED, FAILED, failed_error, "Number of the error, as errno has it.") \
X("vigil.exec_failed.at", BOOL, FAILED, failed_at, "execveat: the path begins at an open directory, or is an open file.") \
X("vigil.denied.verdict", STRING, DENIED, denied_verdict, "audit: it was let through; deny: it was refused.") \
X("vigil.denied.status", UNSIGNED, DENIED, denied_status, "What the caller was told: errno, or NTSTATUS on Windows.") \
X("vigil.denied.hits", UNSIGNED, DENIED, denied_hits, "How often the rule has matched.") \
X("vigil.denied.pid", UNSIGNED, DENIED, denied_pid, "PID that the new process would have had.") \
X("vigil.denied.command_line", STRING, DENIED, denied_command_line, "Command line that it would have had.") \
X("vigil.denied.args", LIST, DENIED, denied_args, "Arguments that it would have had.") \
X("vigil.lost.count", UNSIGNED, BIT(LOST), lost_count, "How many records are missing here.") \
X("vigil.lost.type", STRING, BIT(LOST), lost_type, "Type of the missing records, where they are of one type.") \
X("vigil.lost.reason", STRING, BIT(LOST), lost_reason, "Why: queue-full, overwritten, missed, no-memory, read-failed, not-written.") \
X("vigil.lost.cgroup.id", STRING, BIT(LOST), lost_cgroup_id, "Id of the control group whose processes lost most of these records (Linux).") \
X("vigil.lost.cgroup.path", STRING, BIT(LOST), lost_cgroup_path, "Path of that control group, or the end of it (Linux).") \
X("vigil.lost.cgroup.count", UNSIGNED, BIT(LOST), lost_cgroup_count, "How many of these records its processes lost (Linux).") \
X("vigil.snapshot.processes", UNSIGNED, BIT(SNAPSHOT_END), snapshot_processes, "How many running processes were told.") \
X("vigil.snapshot.threads", UNSIGNED, BIT(SNAPSHOT_END), snapshot_threads, "How many running threads were told.") \
X("vigil.status.state", STRING, BIT(STATUS), status_state, "started, stopped, changed or warning.") \
X("vigil.status.types", LIST, BIT(STATUS), status_types, "Types of events that are recorded.") \
X("vigil.status.backend", STRING, BIT(STATUS), status_backend, "Means that the sensor uses.") \
X("vigil.status.machine", HEX, BIT(STATUS), status_machine, "Names host and boot; its last 32 bits begin each entity_id.") \
X("vigil.status.produced", UNSIGNED, BIT(STATUS), status_produced, "Records that happened so far.") \
X("vigil.status.delivered", UNSIGNED, BIT(STATUS), status_delivered, "Records delivered so far.") \
X("vigil.status.dropped", UNSIGNED, BIT(STATUS), status_dropped, "Records lost so far.") \
X("vigil.cut", OBJECT, ALL, nothing, "Fields that the sensor cut, each with the bytes that it had; null: not known.") \
X("vigil.raw", OBJECT, ALL, nothing, "Fields whose bytes are not UTF-8, each with its exact bytes in base64; the items of a list are joined by NULs.")
/* clang-format on */

/* Not every getter is one of its own: "nothing" serves the objects. */
bool vigil_get_nothing(const struct vigil_event *event, struct vigil_value *value);

#endif /* VIGIL_RECORD_FIELD_LIST_H */
