/* SPDX-License-Identifier: MIT */
#include "tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "library.h"

/* Macros of <openssl/ssl.h> would need libssl when vigil is linked, so SSL_ctrl and SSL_CTX_ctrl are
 * called by name. The last three are in libcrypto, which libssl depends on. */
/* clang-format off */
#define CALLS(X) \
	X(TLS_client_method) X(SSL_CTX_new) X(SSL_CTX_free) X(SSL_CTX_ctrl) X(SSL_CTX_set_options) \
	X(SSL_CTX_set_verify) X(SSL_CTX_set_default_verify_paths) X(SSL_CTX_load_verify_file) \
	X(SSL_CTX_use_certificate_chain_file) X(SSL_CTX_use_PrivateKey_file) \
	X(SSL_CTX_set_default_passwd_cb) X(SSL_new) X(SSL_free) X(SSL_ctrl) X(SSL_set_fd) \
	X(SSL_set1_host) X(SSL_connect) X(SSL_read) X(SSL_write) X(SSL_shutdown) \
	X(SSL_is_init_finished) X(SSL_get_error) X(SSL_get_verify_result) \
	X(X509_verify_cert_error_string) X(ERR_get_error) X(ERR_clear_error) \
	X(ERR_reason_error_string)
/* clang-format on */
static struct {
	CALLS(LIBRARY_MEMBER)
} ssl;
static const char *const names[] = { CALLS(LIBRARY_NAME) };

/* ---- errors ---- */

/* The text of an error of OpenSSL, or of the system. */
static const char *reason_text(unsigned long code)
{
	const char *text;

	if (ERR_SYSTEM_ERROR(code))
		return strerror(ERR_GET_REASON(code));
	text = ssl.ERR_reason_error_string(code);
	return text ? text : "no reason given";
}

static enum vigil_code file_fail(const struct ship_settings *settings, const char *name,
				 struct vigil_error *error)
{
	return vigil_fail(error, VIGIL_ERROR_USAGE, "cannot use %.20s %.200s: %.200s", name,
			  ship_setting(settings, name), reason_text(ssl.ERR_get_error()));
}

/* Explains a certificate of the server that is not accepted. */
static void explain_verify(struct tls *tls, long result)
{
	bool is_other_host =
	    result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH;
	bool is_unknown = result == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
			  result == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
			  result == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;

	snprintf(tls->why, sizeof(tls->why), "its certificate is not accepted: %s%s%.100s%s",
		 ssl.X509_verify_cert_error_string(result), is_other_host ? ": it is not for " : "",
		 is_other_host ? tls->host : "",
		 is_unknown ? ". Is its authority in ca-file?" : "");
}

/* A server that wants a client certificate says so by one of these, or closes the connection. */
static bool may_want_certificate(unsigned long code)
{
	int reason = ERR_GET_REASON(code);

	return !code || reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED ||
	       reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE ||
	       reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE ||
	       reason == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

static void explain(struct tls *tls, int reason)
{
	unsigned long code = ssl.ERR_get_error();
	long verified = ssl.SSL_get_verify_result(tls->session);
	bool is_alert;
	const char *text = reason_text(code);

	if (tls->is_new && verified != X509_V_OK) {
		explain_verify(tls, verified);
		return;
	}
	is_alert = code && ERR_GET_REASON(code) != SSL_R_UNEXPECTED_EOF_WHILE_READING;
	if (!is_alert)
		text = reason ? strerror(reason) : "it closed the connection";
	else if (tls->is_new && ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
		text = "what it answers is not TLS";
	snprintf(tls->why, sizeof(tls->why), "%s%s", text,
		 !tls->has_certificate && (tls->is_new || is_alert) && may_want_certificate(code)
		     ? ". Does it want a client certificate (cert-file)?"
		     : "");
}

/* Returns 0 if the call has to be repeated later, otherwise -1. */
static int failed_or_later(struct tls *tls, int result)
{
	int reason = errno, kind = ssl.SSL_get_error(tls->session, result);

	if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
		tls->wants = kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
		return 0;
	}
	explain(tls, kind == SSL_ERROR_SYSCALL ? reason : 0);
	tls->has_failed = true;
	return -1;
}

/* ---- open and close ---- */

/* A key with a password must not ask the terminal for it. */
static int no_password(char *to, int size, int writing, void *context)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)context;
	return 0;
}

static enum vigil_code load_files(SSL_CTX *context, const struct ship_settings *settings,
				  struct vigil_error *error)
{
	const char *ca = ship_setting(settings, "ca-file");
	const char *certificate = ship_setting(settings, "cert-file");
	const char *key = ship_setting(settings, "key-file");

	ssl.ERR_clear_error();
	if (!ca)
		ssl.SSL_CTX_set_default_verify_paths(context);
	else if (ssl.SSL_CTX_load_verify_file(context, ca) != 1)
		return file_fail(settings, "ca-file", error);
	if (!certificate)
		return VIGIL_OK;
	if (ssl.SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		return file_fail(settings, "cert-file", error);
	if (ssl.SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		return file_fail(settings, "key-file", error);
	return VIGIL_OK;
}

enum vigil_code tls_open(struct tls *tls, const struct ship_settings *settings, const char *host,
			 struct vigil_error *error)
{
	enum vigil_code code = library_open("libssl.so.3", "libssl3", names,
					    sizeof(names) / sizeof(names[0]), &ssl, error);

	*tls = (struct tls){ .host = host, .has_certificate = ship_setting(settings, "cert-file") };
	if (code < 0)
		return code;
	tls->context = ssl.SSL_CTX_new(ssl.TLS_client_method());
	if (!tls->context)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	ssl.SSL_CTX_ctrl(tls->context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
	ssl.SSL_CTX_ctrl(tls->context, SSL_CTRL_MODE,
			 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, NULL);
	ssl.SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION);
	ssl.SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
	ssl.SSL_CTX_set_default_passwd_cb(tls->context, no_password);
	return load_files(tls->context, settings, error);
}

void tls_close(struct tls *tls)
{
	if (tls->context)
		ssl.SSL_CTX_free(tls->context);
	tls->context = NULL;
}

/* ---- a session ---- */

bool tls_begin(struct tls *tls, int fd)
{
	bool is_address =
	    tls->host[strspn(tls->host, "0123456789.")] == '\0' || strchr(tls->host, ':');

	tls->wants = POLLOUT;
	tls->is_new = true;
	tls->has_failed = false;
	tls->session = ssl.SSL_new(tls->context);
	if (tls->session && ssl.SSL_set1_host(tls->session, tls->host) == 1 &&
	    ssl.SSL_set_fd(tls->session, fd) == 1 &&
	    (is_address || ssl.SSL_ctrl(tls->session, SSL_CTRL_SET_TLSEXT_HOSTNAME,
					TLSEXT_NAMETYPE_host_name, (void *)tls->host) == 1))
		return true;
	snprintf(tls->why, sizeof(tls->why), "no memory, or `%.100s` is not the name of a host",
		 tls->host);
	tls_end(tls);
	return false;
}

void tls_end(struct tls *tls)
{
	if (!tls->session)
		return;
	ssl.ERR_clear_error();
	if (!tls->has_failed && ssl.SSL_is_init_finished(tls->session))
		ssl.SSL_shutdown(tls->session);
	ssl.SSL_free(tls->session);
	tls->session = NULL;
}

int tls_handshake(struct tls *tls)
{
	int result;

	ssl.ERR_clear_error();
	errno = 0;
	result = ssl.SSL_connect(tls->session);
	return result == 1 ? 1 : failed_or_later(tls, result);
}

ssize_t tls_write(struct tls *tls, const char *data, size_t length)
{
	int result;

	ssl.ERR_clear_error();
	errno = 0;
	tls->is_new = false;
	result = ssl.SSL_write(tls->session, data, length < INT_MAX ? (int)length : INT_MAX);
	return result > 0 ? result : failed_or_later(tls, result);
}

ssize_t tls_read(struct tls *tls, char *data, size_t size)
{
	int result;

	ssl.ERR_clear_error();
	errno = 0;
	result = ssl.SSL_read(tls->session, data, (int)size);
	return result > 0 ? result : failed_or_later(tls, result);
}
