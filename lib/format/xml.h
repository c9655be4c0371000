/* SPDX-License-Identifier: MIT */
/* xml.h - text inside an XML element. */
#ifndef VIGIL_FORMAT_XML_H
#define VIGIL_FORMAT_XML_H

#include "core/bytes.h"

/* Writes any bytes on one line: escaped, with U+FFFD for what XML cannot represent. */
void vigil_put_xml(struct vigil_buffer *b, const char *s, size_t length);

#endif /* VIGIL_FORMAT_XML_H */
