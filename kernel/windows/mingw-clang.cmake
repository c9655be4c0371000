# SPDX-License-Identifier: MIT
# Cross compiling for 64-bit Windows with clang, lld and Debian's mingw-w64: the warnings of a second
# compiler, and PDB files, which GNU's tools cannot write.
include(${CMAKE_CURRENT_LIST_DIR}/mingw.cmake)
execute_process(COMMAND x86_64-w64-mingw32-gcc -print-libgcc-file-name
	OUTPUT_VARIABLE libgcc OUTPUT_STRIP_TRAILING_WHITESPACE)
get_filename_component(libgcc "${libgcc}" DIRECTORY)
set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET x86_64-w64-mingw32)
set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld -L${libgcc}")
add_compile_options($<$<COMPILE_LANGUAGE:C>:-gcodeview>)

# Each file is also read by MSVC's rules (_MSC_VER is defined, enumerations are signed), by clang-tidy,
# because that runs beside a compiler. The headers are mingw-w64's, which must find that this compiler
# is GNU's as well. Signs of enumerations are not compared: none here has a negative value. Only the driver
# is analyzed in addition (CMakeLists.txt), with what .clang-tidy lists; lib/ and cli/ are on Linux.
find_program(CLANG_TIDY clang-tidy REQUIRED)
set(VIGIL_TIDY ${CLANG_TIDY} --quiet)
foreach(argument --target=x86_64-pc-windows-msvc -fgnuc-version=4.2.1 -D__declspec=__declspec
	-isystem/usr/share/mingw-w64/include -Wsigned-enum-bitfield -Wno-sign-conversion)
	list(APPEND VIGIL_TIDY --extra-arg=${argument})
endforeach()
set(CMAKE_C_CLANG_TIDY ${VIGIL_TIDY} --checks=-*,clang-diagnostic-*,readability-misleading-indentation)
