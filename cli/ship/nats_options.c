/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "nats.h"

#define IO_BYTES (256 << 10) /* written to the socket at once */

struct nats_calls nats;

enum vigil_code nats_load(struct vigil_error *error)
{
	static const char *const names[] = { NATS_CALLS(LIBRARY_NAME) };

	return library_open(VIGIL_LIBNATS, "libnats", names, sizeof(names) / sizeof(names[0]),
			    &nats, error);
}

const struct outlet_setting nats_settings[] = {
	{ .name = "servers",
	  .value = "URL,...",
	  .help = "servers of the cluster, such as nats://nats.example.com:4222 or tls://...",
	  .needed = true },
	{ .name = "subject",
	  .value = "NAME",
	  .help = "beginning of the subjects NAME.HOST.TYPE; the default is vigil" },
	{ .name = "stream",
	  .value = "NAME",
	  .help = "stream that must take them; the default is whichever does" },
	{ .name = "batch",
	  .value = "SIZE",
	  .help = "several events in a message, up to this size; the default is one" },
	{ .name = "user", .value = "NAME", .help = "user of the servers" },
	{ .name = "password-file", .value = "FILE", .help = "file with its password" },
	{ .name = "token-file", .value = "FILE", .help = "file with a token" },
	{ .name = "creds-file",
	  .value = "FILE",
	  .help = "credentials of a user: a JWT and its key, as nsc(1) writes them" },
	{ .name = "tls",
	  .value = "YES-OR-NO",
	  .help = "encrypt; the default is yes if ca-file or cert-file is given, else the URL "
		  "decides" },
	{ .name = "ca-file",
	  .value = "FILE",
	  .help = "certificates of authorities that may sign those of the servers" },
	{ .name = "cert-file", .value = "FILE", .help = "certificate to send to the servers" },
	{ .name = "key-file", .value = "FILE", .help = "private key of cert-file" },
	{ .name = "timeout",
	  .value = "TIME",
	  .help = "how long to wait for an acknowledgment; the default is 10s" },
	{ .name = NULL },
};

/* Servers are separated by commas. */
static natsStatus set_servers(natsOptions *options, const char *list)
{
	const char *server[32];
	char *copy = strdup(list), *at = copy, *rest = NULL;
	natsStatus status = NATS_NO_MEMORY;
	int count = 0;

	if (copy)
		while (count < 32 && (server[count] = strtok_r(at, ", ", &rest))) {
			at = NULL;
			count++;
		}
	if (count > 0)
		status = nats.natsOptions_SetServers(options, server, count);
	free(copy);
	return status;
}

static natsStatus set_tls(natsOptions *options, const struct ship_settings *s)
{
	const char *ca = ship_setting(s, "ca-file"), *cert = ship_setting(s, "cert-file");
	bool tls = ca || cert;
	struct vigil_error error;
	natsStatus status = NATS_OK;

	ship_setting_yes_no(s, "tls", &tls, &error); /* nats_check() has found errors */
	if (tls)
		status = nats.natsOptions_SetSecure(options, true);
	if (status == NATS_OK && ca)
		status = nats.natsOptions_LoadCATrustedCertificates(options, ca);
	if (status == NATS_OK && cert)
		status = nats.natsOptions_LoadCertificatesChain(options, cert,
								ship_setting(s, "key-file"));
	return status;
}

/* libnats prints errors on standard error unless there is a handler. */
static void ignore_error(natsConnection *connection, natsSubscription *subscription,
			 natsStatus error, void *context)
{
	(void)connection;
	(void)subscription;
	(void)error;
	(void)context;
}

static natsStatus set_login(natsOptions *options, const struct ship_settings *s,
			    const char *password, const char *token)
{
	const char *user = ship_setting(s, "user"), *creds = ship_setting(s, "creds-file");
	natsStatus status = NATS_OK;

	if (user)
		status = nats.natsOptions_SetUserInfo(options, user, password);
	if (status == NATS_OK && token)
		status = nats.natsOptions_SetToken(options, token);
	if (status == NATS_OK && creds)
		status = nats.natsOptions_SetUserCredentialsFromFiles(options, creds, NULL);
	return status;
}

static natsStatus set_connection(natsOptions *options, const struct ship_settings *s)
{
	natsStatus status = set_servers(options, ship_setting(s, "servers"));

	if (status == NATS_OK)
		status = nats.natsOptions_SetName(options, "vigil");
	if (status == NATS_OK)
		status = nats.natsOptions_SetTimeout(options, NATS_CONNECT_MS);
	if (status == NATS_OK) /* the shipper decides when to try again */
		status = nats.natsOptions_SetAllowReconnect(options, false);
	if (status == NATS_OK)
		status = nats.natsOptions_SetErrorHandler(options, ignore_error, NULL);
	if (status == NATS_OK)
		status = nats.natsOptions_SetIOBufSize(options, IO_BYTES);
	if (status == NATS_OK)
		status = nats.natsOptions_SetWriteDeadline(options, NATS_CONNECT_MS);
	return status == NATS_OK ? set_tls(options, s) : status;
}

/* libnats copies the texts. */
static enum vigil_code fill_options(natsOptions **options, const struct ship_settings *settings,
				    const char *password, const char *token,
				    struct vigil_error *error)
{
	natsStatus status;

	nats.nats_Open(0); /* a thread that waits for a lock sleeps */
	status = nats.natsOptions_Create(options);
	if (status == NATS_OK)
		status = set_connection(*options, settings);
	if (status == NATS_OK)
		status = set_login(*options, settings, password, token);
	if (status == NATS_OK)
		return VIGIL_OK;
	nats.natsOptions_Destroy(*options);
	*options = NULL;
	return vigil_fail(error, VIGIL_ERROR_USAGE, "NATS: %.100s: %.300s",
			  nats.natsStatus_GetText(status), nats.nats_GetLastError(NULL));
}

enum vigil_code nats_options_make(natsOptions **options, const struct ship_settings *settings,
				  struct vigil_error *error)
{
	char *password = NULL, *token = NULL;
	enum vigil_code code;

	*options = NULL;
	if (ship_setting_secret(settings, "password-file", &password, error) &&
	    ship_setting_secret(settings, "token-file", &token, error))
		code = fill_options(options, settings, password, token, error);
	else
		code = error->code;
	free(password);
	free(token);
	return code;
}

enum vigil_code nats_check(const struct ship_settings *settings, struct vigil_error *error)
{
	uint64_t timeout_ms, batch_bytes = 0;
	bool tls;

	if (!ship_setting_yes_no(settings, "tls", &tls, error) ||
	    !ship_setting_ms(settings, "timeout", &timeout_ms, error) ||
	    !ship_setting_bytes(settings, "batch", &batch_bytes, error) ||
	    !ship_setting_pair(settings, "user", "password-file", error) ||
	    !ship_setting_pair(settings, "cert-file", "key-file", error))
		return VIGIL_ERROR_USAGE;
	if (batch_bytes && settings->format != VIGIL_FORMAT_JSON)
		return vigil_fail(error, VIGIL_ERROR_USAGE, "`batch` needs `format = json`");
	return VIGIL_OK;
}
