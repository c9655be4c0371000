# SPDX-License-Identifier: MIT
# embed.cmake - makes C source of the report page without its data: cmake -DOUT=FILE -P embed.cmake
#
# Inserts style and code into page.html, and their hashes into its Content-Security-Policy, so
# that the browser runs no other code.
set(from ${CMAKE_CURRENT_LIST_DIR})

# Computes the SHA-256 of a text in base64: three bytes are four digits of 6 bits.
function(hash_of text out)
	set(digits ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
	string(SHA256 hex "${text}")
	set(result)
	foreach(at RANGE 0 60 6)
		string(SUBSTRING "${hex}0000" ${at} 6 six)
		math(EXPR number "0x${six}")
		foreach(shift 18 12 6 0)
			math(EXPR digit "(${number} >> ${shift}) & 63")
			string(SUBSTRING ${digits} ${digit} 1 one)
			string(APPEND result ${one})
		endforeach()
	endforeach()
	string(SUBSTRING "${result}" 0 43 result) # 32 bytes: the last digit is padding
	set(${out} "${result}=" PARENT_SCOPE)
endfunction()

function(bytes_of text name out)
	file(WRITE ${OUT}.piece "${text}")
	file(READ ${OUT}.piece hex HEX)
	file(REMOVE ${OUT}.piece)
	string(LENGTH "${hex}" length)
	math(EXPR length "${length} / 2")
	string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
	string(CONCAT result "const unsigned char ${name}[] = {\n${hex}\n};\n"
		"const size_t ${name}_length = ${length};\n")
	set(${out} "${result}" PARENT_SCOPE)
endfunction()

file(READ ${from}/page.html page)
file(READ ${from}/style.css style)
set(code "\"use strict\";\n")
foreach(part model text timeline rows tables main)
	file(READ ${from}/${part}.js one)
	string(APPEND code "${one}")
endforeach()
hash_of("${style}" style_hash)
hash_of("${code}" code_hash)
string(REPLACE "@STYLE_HASH@" "${style_hash}" page "${page}")
string(REPLACE "@CODE_HASH@" "${code_hash}" page "${page}")
string(REPLACE "@STYLE@" "${style}" page "${page}")
string(REPLACE "@CODE@" "${code}" page "${page}")
string(FIND "${page}" "@DATA@" at)
math(EXPR after_data "${at} + 6")
string(SUBSTRING "${page}" 0 ${at} before)
string(SUBSTRING "${page}" ${after_data} -1 after)
bytes_of("${before}" report_page_before before)
bytes_of("${after}" report_page_after after)
string(CONCAT all "/* Made by embed.cmake. */\n#include \"views/report_data.h\"\n\n"
	"${before}" "${after}")
file(WRITE ${OUT} "${all}")
