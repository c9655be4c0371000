-- Made by `vigil fields --format clickhouse`: the table of events. A column is an
-- object of the JSON, an element of it a field: SELECT process.name. docs/fields.md
-- explains each. id is that of the output, the same when an event is sent again.
CREATE DATABASE IF NOT EXISTS vigil;

CREATE TABLE IF NOT EXISTS vigil.events
(
	`id` String,
	`@timestamp` DateTime64(9, 'UTC'),
	`ecs` Tuple(
		`version` LowCardinality(String)
	),
	`event` Tuple(
		`kind` LowCardinality(String),
		`category` Array(LowCardinality(String)),
		`type` Array(LowCardinality(String)),
		`action` LowCardinality(String),
		`outcome` LowCardinality(String),
		`module` LowCardinality(String),
		`sequence` Nullable(UInt64),
		`severity` Nullable(UInt64)
	),
	`error` Tuple(
		`code` LowCardinality(String)
	),
	`message` String,
	`host` Tuple(
		`name` LowCardinality(String),
		`os` Tuple(
			`type` LowCardinality(String)
		)
	),
	`process` Tuple(
		`pid` Nullable(UInt64),
		`vpid` Nullable(UInt64),
		`entity_id` Nullable(UUID),
		`start` Nullable(DateTime64(9, 'UTC')),
		`name` LowCardinality(String),
		`executable` LowCardinality(String),
		`command_line` String,
		`working_directory` LowCardinality(String),
		`args` Array(LowCardinality(String)),
		`args_count` Nullable(UInt64),
		`env_vars` Array(LowCardinality(String)),
		`end` Nullable(DateTime64(9, 'UTC')),
		`uptime` Nullable(UInt64),
		`exit_code` Nullable(UInt64),
		`tty` Tuple(
			`char_device` Tuple(
				`major` Nullable(UInt64),
				`minor` Nullable(UInt64)
			)
		),
		`hash` Tuple(
			`sha256` LowCardinality(String)
		),
		`code_signature` Tuple(
			`exists` Bool,
			`status` LowCardinality(String),
			`subject_name` LowCardinality(String),
			`valid` Bool
		),
		`pe` Tuple(
			`company` LowCardinality(String),
			`description` LowCardinality(String),
			`file_version` LowCardinality(String),
			`original_file_name` LowCardinality(String),
			`product` LowCardinality(String)
		),
		`thread` Tuple(
			`id` Nullable(UInt64),
			`name` LowCardinality(String)
		),
		`Ext` Tuple(
			`ancestry` Array(UUID)
		),
		`entry_leader` Tuple(
			`pid` Nullable(UInt64),
			`entity_id` Nullable(UUID),
			`entry_meta` Tuple(
				`type` LowCardinality(String)
			)
		),
		`session_leader` Tuple(
			`pid` Nullable(UInt64),
			`entity_id` Nullable(UUID)
		),
		`group_leader` Tuple(
			`pid` Nullable(UInt64),
			`entity_id` Nullable(UUID)
		),
		`parent` Tuple(
			`pid` Nullable(UInt64),
			`entity_id` Nullable(UUID),
			`name` LowCardinality(String),
			`executable` LowCardinality(String),
			`command_line` String,
			`start` Nullable(DateTime64(9, 'UTC'))
		)
	),
	`user` Tuple(
		`id` LowCardinality(String),
		`name` LowCardinality(String),
		`domain` LowCardinality(String),
		`effective` Tuple(
			`id` LowCardinality(String),
			`name` LowCardinality(String),
			`group` Tuple(
				`id` LowCardinality(String),
				`name` LowCardinality(String)
			)
		),
		`changes` Tuple(
			`id` LowCardinality(String),
			`name` LowCardinality(String),
			`effective` Tuple(
				`id` LowCardinality(String),
				`name` LowCardinality(String),
				`group` Tuple(
					`id` LowCardinality(String),
					`name` LowCardinality(String)
				)
			),
			`group` Tuple(
				`id` LowCardinality(String),
				`name` LowCardinality(String)
			)
		)
	),
	`group` Tuple(
		`id` LowCardinality(String),
		`name` LowCardinality(String)
	),
	`container` Tuple(
		`id` LowCardinality(String),
		`image` Tuple(
			`name` LowCardinality(String)
		),
		`name` LowCardinality(String),
		`runtime` LowCardinality(String)
	),
	`orchestrator` Tuple(
		`namespace` LowCardinality(String),
		`resource` Tuple(
			`id` LowCardinality(String),
			`name` LowCardinality(String),
			`type` LowCardinality(String)
		),
		`type` LowCardinality(String)
	),
	`dll` Tuple(
		`path` LowCardinality(String),
		`name` LowCardinality(String),
		`hash` Tuple(
			`sha256` LowCardinality(String)
		),
		`code_signature` Tuple(
			`exists` Bool,
			`status` LowCardinality(String),
			`subject_name` LowCardinality(String),
			`valid` Bool
		),
		`pe` Tuple(
			`company` LowCardinality(String),
			`description` LowCardinality(String),
			`file_version` LowCardinality(String),
			`original_file_name` LowCardinality(String),
			`product` LowCardinality(String)
		)
	),
	`file` Tuple(
		`path` LowCardinality(String),
		`name` LowCardinality(String),
		`inode` LowCardinality(String),
		`hash` Tuple(
			`sha256` LowCardinality(String)
		),
		`code_signature` Tuple(
			`exists` Bool,
			`status` LowCardinality(String),
			`subject_name` LowCardinality(String),
			`valid` Bool
		),
		`pe` Tuple(
			`company` LowCardinality(String),
			`description` LowCardinality(String),
			`file_version` LowCardinality(String),
			`original_file_name` LowCardinality(String),
			`product` LowCardinality(String)
		)
	),
	`rule` Tuple(
		`author` LowCardinality(String),
		`description` LowCardinality(String),
		`id` LowCardinality(String),
		`license` LowCardinality(String),
		`name` LowCardinality(String),
		`reference` Array(LowCardinality(String))
	),
	`Target` Tuple(
		`process` Tuple(
			`pid` Nullable(UInt64),
			`entity_id` Nullable(UUID),
			`name` LowCardinality(String),
			`executable` LowCardinality(String),
			`command_line` String,
			`thread` Tuple(
				`id` Nullable(UInt64),
				`Ext` Tuple(
					`start_address` String
				)
			)
		)
	),
	`threat` Tuple(
		`framework` LowCardinality(String),
		`group` Tuple(
			`id` Array(LowCardinality(String))
		),
		`software` Tuple(
			`id` Array(LowCardinality(String))
		),
		`tactic` Tuple(
			`id` Array(LowCardinality(String)),
			`name` Array(LowCardinality(String))
		),
		`technique` Tuple(
			`id` Array(LowCardinality(String)),
			`subtechnique` Tuple(
				`id` Array(LowCardinality(String))
			)
		)
	),
	`vulnerability` Tuple(
		`id` Array(LowCardinality(String))
	),
	`vigil` Tuple(
		`type` LowCardinality(String),
		`format` Nullable(UInt64),
		`cpu` Nullable(UInt64),
		`monotonic` Nullable(UInt64),
		`late` Bool,
		`incomplete` Bool,
		`unreadable` Array(LowCardinality(String)),
		`too_late` Array(LowCardinality(String)),
		`cut_head` Array(LowCardinality(String)),
		`path_source` LowCardinality(String),
		`build_id` LowCardinality(String),
		`actor` Tuple(
			`pid` Nullable(UInt64),
			`entity_id` Nullable(UUID),
			`name` LowCardinality(String),
			`executable` LowCardinality(String),
			`thread` Tuple(
				`id` Nullable(UInt64)
			)
		),
		`process` Tuple(
			`ancestors` Array(LowCardinality(String)),
			`parent_now` Nullable(UInt64),
			`args_lengths` LowCardinality(String),
			`filename` LowCardinality(String),
			`root` LowCardinality(String),
			`kernel` Bool,
			`vfork` Bool,
			`shared_memory` Bool,
			`deleted` Bool,
			`memory_only` Bool,
			`script` Bool,
			`elevated` Bool,
			`subsystem` Bool,
			`by_thread` Bool,
			`ended_early` Bool,
			`session` Nullable(UInt64),
			`integrity` Nullable(UInt64),
			`login_user` Tuple(
				`id` LowCardinality(String),
				`name` LowCardinality(String)
			),
			`capabilities` String,
			`device` LowCardinality(String),
			`inode` LowCardinality(String),
			`tracer` Tuple(
				`pid` Nullable(UInt64),
				`entity_id` Nullable(UUID)
			)
		),
		`cgroup` Tuple(
			`id` LowCardinality(String),
			`path` LowCardinality(String),
			`others` Array(LowCardinality(String))
		),
		`container` Tuple(
			`labels` Array(LowCardinality(String))
		),
		`machine` LowCardinality(String),
		`namespace` Tuple(
			`mnt` Nullable(UInt64),
			`pid` Nullable(UInt64),
			`net` Nullable(UInt64),
			`user` Nullable(UInt64),
			`uts` Nullable(UInt64),
			`ipc` Nullable(UInt64),
			`cgroup` Nullable(UInt64),
			`time` Nullable(UInt64)
		),
		`exit` Tuple(
			`signal` Nullable(UInt64),
			`signal_name` LowCardinality(String),
			`core` Bool,
			`cpu_unknown` Bool,
			`lifetime` Nullable(UInt64),
			`cpu_time` Nullable(UInt64),
			`user_time` Nullable(UInt64),
			`system_time` Nullable(UInt64),
			`max_memory` Nullable(UInt64)
		),
		`thread` Tuple(
			`vtid` Nullable(UInt64),
			`start_address` String,
			`start_module` LowCardinality(String),
			`start_offset` String,
			`unbacked` Bool,
			`origin` LowCardinality(String),
			`reason` LowCardinality(String),
			`by_parent` Bool,
			`kernel` Bool,
			`exit_code` Nullable(UInt64),
			`signal` Nullable(UInt64),
			`cpu_time` Nullable(UInt64),
			`lifetime` Nullable(UInt64),
			`creator` Tuple(
				`entity_id` Nullable(UUID),
				`pid` Nullable(UInt64),
				`thread` Tuple(
					`id` Nullable(UInt64)
				)
			)
		),
		`image` Tuple(
			`base` String,
			`size` Nullable(UInt64),
			`offset` Nullable(UInt64),
			`device` LowCardinality(String),
			`inode` LowCardinality(String),
			`generation` LowCardinality(String),
			`deleted` Bool,
			`maybe_deleted` Bool,
			`anonymous` Bool,
			`memory_only` Bool,
			`all_processes` Bool,
			`partial` Bool,
			`other_machine` Bool,
			`tainted` Bool,
			`protection` LowCardinality(String),
			`signature_level` Nullable(UInt64),
			`signature_type` Nullable(UInt64)
		),
		`access` Tuple(
			`method` LowCardinality(String),
			`address` String,
			`module` LowCardinality(String),
			`offset` String,
			`length` Nullable(UInt64),
			`result` Nullable(Int64),
			`count` Nullable(UInt64),
			`asked` Bool,
			`own_child` Bool
		),
		`credentials` Tuple(
			`before` Tuple(
				`uid` LowCardinality(String),
				`euid` LowCardinality(String),
				`suid` LowCardinality(String),
				`fsuid` LowCardinality(String),
				`gid` LowCardinality(String),
				`egid` LowCardinality(String),
				`sgid` LowCardinality(String),
				`fsgid` LowCardinality(String),
				`capabilities` String,
				`permitted` String,
				`user_namespace` Nullable(UInt64)
			),
			`after` Tuple(
				`uid` LowCardinality(String),
				`euid` LowCardinality(String),
				`suid` LowCardinality(String),
				`fsuid` LowCardinality(String),
				`gid` LowCardinality(String),
				`egid` LowCardinality(String),
				`sgid` LowCardinality(String),
				`fsgid` LowCardinality(String),
				`capabilities` String,
				`permitted` String,
				`user_namespace` Nullable(UInt64)
			)
		),
		`exec_failed` Tuple(
			`filename` LowCardinality(String),
			`args` Array(LowCardinality(String)),
			`error` Nullable(UInt64),
			`at` Bool
		),
		`denied` Tuple(
			`verdict` LowCardinality(String),
			`status` Nullable(UInt64),
			`hits` Nullable(UInt64),
			`pid` Nullable(UInt64),
			`command_line` String,
			`args` Array(LowCardinality(String))
		),
		`alert` Tuple(
			`level` LowCardinality(String),
			`status` LowCardinality(String),
			`hits` Nullable(UInt64),
			`event` LowCardinality(String),
			`matched` Array(LowCardinality(String)),
			`tags` Array(LowCardinality(String))
		),
		`lost` Tuple(
			`count` Nullable(UInt64),
			`type` LowCardinality(String),
			`reason` LowCardinality(String),
			`cgroup` Tuple(
				`id` LowCardinality(String),
				`path` LowCardinality(String),
				`count` Nullable(UInt64)
			)
		),
		`snapshot` Tuple(
			`processes` Nullable(UInt64),
			`threads` Nullable(UInt64)
		),
		`status` Tuple(
			`state` LowCardinality(String),
			`types` Array(LowCardinality(String)),
			`backend` LowCardinality(String),
			`machine` String,
			`produced` Nullable(UInt64),
			`delivered` Nullable(UInt64),
			`dropped` Nullable(UInt64)
		),
		`cut` String,
		`raw` String
	),
	INDEX by_entity process.entity_id TYPE bloom_filter(0.001) GRANULARITY 1,
	INDEX by_parent process.parent.entity_id TYPE bloom_filter(0.001) GRANULARITY 1,
	INDEX by_hash process.hash.sha256 TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(`@timestamp`)
PRIMARY KEY (host.name, `@timestamp`)
ORDER BY (host.name, `@timestamp`, event.sequence, rule.id, id)
TTL toDateTime(`@timestamp`) + INTERVAL 90 DAY DELETE
SETTINGS allow_nullable_key = 1, ttl_only_drop_parts = 1,
	non_replicated_deduplication_window = 1000;
