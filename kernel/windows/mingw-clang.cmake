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
