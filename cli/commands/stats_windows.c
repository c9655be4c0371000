/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include "common/cli.h"
#include "core/error.h"
#include "os/device.h"
#include "stats_service.h"

static void add_counter(struct stats_sensor *sensor, const char *name, const char *title,
			uint64_t value)
{
	sensor->value[sensor->values++] = (struct stats_value){ name, title, value };
}

int stats_ask(struct stats_sensor *sensor, struct vigil_error *error)
{
	struct vigil_driver_statistics s = { 0 };
	struct vigil_control request;
	struct device device;
	char words[300];
	int code = device_open(&device, false, error);
	DWORD why;

	if (code < 0)
		return code;
	*sensor = (struct stats_sensor){ 0 };
	why = device_ask(&device, VIGIL_CONTROL_STATISTICS, &request, sizeof(request), &s,
			 sizeof(s), NULL);
	device_close(&device);
	if (why)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM,
				  "cannot read the driver's statistics: %s",
				  os_error_text(why, words, sizeof(words)));
	for (uint32_t type = 0; type < VIGIL_DRIVER_TYPES; type++) {
		sensor->type[type].produced = s.produced_by[type];
		sensor->type[type].delivered = s.delivered_by[type];
		sensor->type[type].overwritten = s.overwritten_by[type];
		sensor->type[type].refused = s.refused_by[type];
	}
	add_counter(sensor, "produced", "records", s.produced);
	add_counter(sensor, "delivered", "delivered", s.delivered);
	add_counter(sensor, "dropped", "dropped", s.dropped);
	add_counter(sensor, "queued", "queued", s.queued);
	add_counter(sensor, "queue_bytes", "queue, bytes", s.queue_bytes);
	add_counter(sensor, "queue_used", "of them used", s.queue_used);
	add_counter(sensor, "readers", "readers", s.readers - 1u); /* without this one */
	add_counter(sensor, "rules", "rules", s.rules);
	add_counter(sensor, "audited", "starts audited", s.audited);
	add_counter(sensor, "denied", "starts denied", s.denied);
	add_counter(sensor, "processes", "processes known", s.processes);
	add_counter(sensor, "untracked", "processes without state", s.untracked);
	add_counter(sensor, "untracked_threads", "threads without state", s.untracked_threads);
	add_counter(sensor, "unnamed", "images without name", s.unnamed);
	add_counter(sensor, "unnamed_starts", "starts judged without path", s.unnamed_starts);
	add_counter(sensor, "seed_cut", "cut for seed devices", s.seed_cut);
	return 1;
}

int stats_service(const char *path, bool as_json)
{
	(void)path;
	(void)as_json;
	cli_say("the service publishes no figures on Windows");
	return EXIT_UNSUPPORTED;
}
