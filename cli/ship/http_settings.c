/* SPDX-License-Identifier: MIT */
/* http_settings.c - the settings of HTTP outlets, and libcurl's handles that follow them. */
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "http.h"

#define CONNECT_MS 10000

static const char *const names[] = { HTTP_CURL_CALLS(LIBRARY_NAME) };
struct http_curl curl;

#define COMMON_SETTINGS \
	{ .name = "user", .value = "NAME", .help = "user of the server" }, \
	    { .name = "password-file", .value = "FILE", .help = "file with its password" }, \
	    { .name = "token-file", \
	      .value = "FILE", \
	      .help = "file with a token; sent as `Authorization: Bearer TOKEN'" }, \
	    OUTLET_TLS_SETTINGS, \
	    { .name = "header.", .value = "TEXT", .help = "a header that is sent: header.NAME" }, \
	    { .name = "gzip", \
	      .value = "YES-OR-NO", \
	      .help = "compress requests; the default is yes" }, \
	    { .name = "batch-size", \
	      .value = "SIZE", \
	      .help = "bytes of events after which a request is sent; the default is 4M" }, \
	    { .name = "parallel", \
	      .value = "N", \
	      .help = "requests at a time, 1 to 16; the default is 2" }, \
	    { .name = "timeout", \
	      .value = "TIME", \
	      .help = "how long a request may take; the default is 60s" }, \
	{ \
		.name = NULL \
	}

#define URL_SETTING(example) \
	{ \
		.name = "url", .value = "URL", .help = "address, such as " example, .needed = true \
	}

const struct outlet_setting http_settings_clickhouse[] = {
	URL_SETTING("https://clickhouse.example.com:8443"),
	{ .name = "database",
	  .value = "NAME",
	  .help = "database of the table; the default is vigil" },
	{ .name = "table", .value = "NAME", .help = "table to insert into; the default is events" },
	{ .name = "deduplicate",
	  .value = "YES-OR-NO",
	  .help =
	      "send insert_deduplication_token, with which a replicated table ignores a request "
	      "that is repeated; the default is yes. Servers before 22.2 do not know it" },
	COMMON_SETTINGS,
};

const struct outlet_setting http_settings_elasticsearch[] = {
	URL_SETTING("https://search.example.com:9200"),
	{ .name = "index",
	  .value = "NAME",
	  .help = "data stream or index; the default is logs-vigil-default" },
	COMMON_SETTINGS,
};

const struct outlet_setting http_settings_otlp[] = {
	URL_SETTING("http://localhost:4318"),
	COMMON_SETTINGS,
};

enum vigil_code http_load(struct vigil_error *error)
{
	enum vigil_code code = library_open("libcurl.so.4", "libcurl4", names,
					    sizeof(names) / sizeof(names[0]), &curl, error);

	if (code == VIGIL_OK && curl.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED, "libcurl cannot be used");
	return code;
}

static const char *setting_or(const struct ship_settings *settings, const char *name,
			      const char *otherwise)
{
	const char *value = ship_setting(settings, name);

	return value ? value : otherwise;
}

/* Adds a header of two texts. */
static bool add_header(struct outlet *outlet, const char *name, const char *value)
{
	struct vigil_buffer line = { 0 };
	struct curl_slist *list = NULL;

	vigil_put_text(&line, name);
	vigil_put_text(&line, value);
	vigil_put_char(&line, '\0');
	if (!line.failed)
		list = curl.curl_slist_append(outlet->headers, line.data);
	vigil_buffer_free(&line);
	if (list)
		outlet->headers = list;
	return list != NULL;
}

static bool add_own_headers(struct outlet *outlet, const struct ship_settings *settings)
{
	static const char BEGINNING[] = "header.";
	bool added = true;

	for (size_t i = 0; i < settings->own_count; i++) {
		const struct ship_setting *own = &settings->own[i];
		char name[200];

		if (strncmp(own->name, BEGINNING, sizeof(BEGINNING) - 1) != 0)
			continue;
		snprintf(name, sizeof(name), "%s: ", own->name + sizeof(BEGINNING) - 1);
		added = added && add_header(outlet, name, own->value);
	}
	return added;
}

static bool add_headers(struct outlet *outlet, const struct ship_settings *settings,
			const char *token)
{
	return add_header(outlet, "Content-Type: ", outlet->form->content_type) &&
	       add_header(outlet, "Expect:", "") && /* do not wait for 100 Continue */
	       (!outlet->gzip || add_header(outlet, "Content-Encoding: ", "gzip")) &&
	       (!token || add_header(outlet, "Authorization: Bearer ", token)) &&
	       add_own_headers(outlet, settings);
}

/* The URL without a last slash, and the path of the form. */
static bool make_url(struct outlet *outlet)
{
	struct vigil_buffer *path = &outlet->target.path, url = { 0 };
	size_t length = strlen(outlet->target.url);

	while (length > 0 && outlet->target.url[length - 1] == '/')
		length--;
	outlet->form->prepare(&outlet->target);
	vigil_put(&url, outlet->target.url, length);
	vigil_put(&url, path->data, path->length);
	vigil_put_char(&url, '\0');
	if (url.failed || path->failed)
		return false;
	outlet->url = url.data;
	return true;
}

bool http_read_numbers(struct outlet *outlet, const struct ship_settings *settings, bool *gzip,
		       struct vigil_error *error)
{
	uint64_t parallel = 2;

	outlet->batch_bytes = 4u << 20;
	outlet->timeout_ms = 60000;
	outlet->target.deduplicate = true;
	if (!ship_setting_number(settings, "parallel", 1, HTTP_PARALLEL_MAX, &parallel, error) ||
	    !ship_setting_bytes(settings, "batch-size", &outlet->batch_bytes, error) ||
	    !ship_setting_ms(settings, "timeout", &outlet->timeout_ms, error) ||
	    !ship_setting_yes_no(settings, "deduplicate", &outlet->target.deduplicate, error) ||
	    !ship_setting_yes_no(settings, "gzip", gzip, error))
		return false;
	outlet->parallel = (size_t)parallel;
	return true;
}

enum vigil_code http_read_settings(struct outlet *outlet, const struct ship_settings *settings,
				   struct vigil_error *error)
{
	struct http_target *target = &outlet->target;
	bool gzip = true, added;
	char *token;

	target->host = settings->host;
	target->url = ship_setting(settings, "url");
	target->database = setting_or(settings, "database", "vigil");
	target->table = setting_or(settings, "table", "events");
	target->index = setting_or(settings, "index", "logs-vigil-default");
	outlet->has_certificate = ship_setting(settings, "cert-file");
	if (!http_read_numbers(outlet, settings, &gzip, error) ||
	    !ship_setting_secret(settings, "password-file", &outlet->password, error) ||
	    !ship_setting_secret(settings, "token-file", &token, error))
		return error->code;
	if (gzip && !(outlet->gzip = gzip_new(error))) {
		free(token);
		return error->code;
	}
	added = add_headers(outlet, settings, token) && make_url(outlet);
	free(token);
	return added ? VIGIL_OK : vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
}

static size_t keep_answer(char *data, size_t one, size_t length, void *context)
{
	struct vigil_buffer *answer = context;

	if (length > HTTP_ANSWER_MAX - answer->length)
		return 0; /* libcurl ends the request with an error */
	vigil_put(answer, data, one * length);
	return answer->failed ? 0 : length;
}

static void set_up_tls(CURL *easy, const struct ship_settings *settings)
{
	static const struct {
		const char *name;
		CURLoption option;
	} files[] = { { "ca-file", CURLOPT_CAINFO },
		      { "cert-file", CURLOPT_SSLCERT },
		      { "key-file", CURLOPT_SSLKEY },
		      { "user", CURLOPT_USERNAME } };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *value = ship_setting(settings, files[i].name);

		if (value)
			curl.curl_easy_setopt(easy, files[i].option, value);
	}
}

bool http_set_up(struct http_batch *batch, const struct ship_settings *settings)
{
	const struct outlet *outlet = batch->outlet;
	CURL *easy = batch->easy = curl.curl_easy_init();

	batch->items = calloc(HTTP_ITEMS_MAX, sizeof(*batch->items));
	if (!easy || !batch->items)
		return false;
	curl.curl_easy_setopt(easy, CURLOPT_URL, outlet->url);
	curl.curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl.curl_easy_setopt(easy, CURLOPT_HTTPHEADER, outlet->headers);
	curl.curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl.curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl.curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)outlet->timeout_ms);
	curl.curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, batch->why);
	curl.curl_easy_setopt(easy, CURLOPT_PRIVATE, batch);
	curl.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep_answer);
	curl.curl_easy_setopt(easy, CURLOPT_WRITEDATA, &batch->answer);
	set_up_tls(easy, settings);
	if (outlet->password)
		curl.curl_easy_setopt(easy, CURLOPT_PASSWORD, outlet->password);
	return true;
}
