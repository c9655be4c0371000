/* SPDX-License-Identifier: MIT */
/*
 * fuzz_control.c - libFuzzer on the requests and, through them, the parser of
 * rules; now and then a process starts, so that parsed rules are searched.
 *
 *	fuzz_driver_control -detect_leaks=0 -max_len=2048 CORPUS
 *
 * The machine lives as long as the process; what the driver leaks shows at its
 * unload, at the end. Input: a byte for the code, two for the size of the reply, the request.
 */
#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static HANDLE file;

static void end(void)
{
	ntsim_close(file);
	ntsim_unload();
	ntsim_shutdown();
}

static void begin(void)
{
	ntsim_boot(NULL);
	if (!NT_SUCCESS(ntsim_load(DriverEntry)))
		abort();
	file = ntsim_open(L"\\\\.\\Vigil", GENERIC_READ | GENERIC_WRITE, NULL);
	if (file == NULL || atexit(end) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const ULONG codes[] = {
		VIGIL_CONTROL_RULES_SET,   VIGIL_CONTROL_HELLO,  VIGIL_CONTROL_STATISTICS,
		VIGIL_CONTROL_SETTINGS,    VIGIL_CONTROL_RULES,  VIGIL_CONTROL_SETTINGS_SET,
		VIGIL_CONTROL_RULES_CLEAR, VIGIL_CONTROL_READER, VIGIL_CONTROL_SEEK,
	};
	static uint8_t in[65536], out[65536];
	UNICODE_STRING image;
	uint32_t length;
	HANDLE pid;

	if (size < 3 || size - 3 > sizeof(in))
		return 0;
	if (file == NULL)
		begin();
	memcpy(in, data + 3, size - 3);
	/* Half of the time the head is made valid, to get past it. */
	if (size >= 3 + sizeof(struct vigil_control) && (data[0] & 0x80) == 0) {
		length = VIGIL_CONTROL_VERSION;
		memcpy(in, &length, 4);
		length = (uint32_t)(size - 3);
		memcpy(in + 4, &length, 4);
	}
	if (NT_SUCCESS(ntsim_ioctl(file, codes[(data[0] & 0x7f) % (sizeof(codes) / sizeof(*codes))],
				   in, (ULONG)(size - 3), out, (ULONG)(data[1] | data[2] << 8),
				   NULL))) {
		image.Buffer = (PWCH)(void *)(in + 8);
		image.Length = image.MaximumLength =
		    (USHORT)(size > 512 ? 512 : (size - 3) & ~(size_t)1);
		if (image.Length > 16) {
			struct ntsim_process spec = { .image = &image };

			image.Length = (USHORT)(image.Length - 8);
			pid = ntsim_process(&spec);
			if (pid != NULL)
				ntsim_process_exit(pid, 0);
		}
	}
	return 0;
}
