/* SPDX-License-Identifier: MIT */
#include "file.h"

#include "os/os.h"

size_t file_whole_lines(const char *data, size_t length)
{
	while (length > 0 && data[length - 1] != '\n')
		length--;
	return length;
}

size_t file_fits(int fd, uint64_t end, const char *data, size_t length, uint64_t reserve)
{
	while (length > 0 && !os_reserve_space(fd, end, length + reserve))
		length = file_whole_lines(data, length / 2);
	return length;
}
