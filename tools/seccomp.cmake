# SPDX-License-Identifier: MIT
# vigil_seccomp(NAME LISTS [ARCHITECTURE]): makes NAME.c in the current binary directory, a C file
# with seccomp filters, of the C file LISTS (lib/os/seccomp_lists.h). The program that makes it runs
# on the build machine, with libseccomp; what it makes needs nothing. Without ARCHITECTURE the
# filters are for the machine that everything is built for.
function(vigil_seccomp name lists)
	set(source ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/make_seccomp.c)
	set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.c)
	set(maker make_${name})
	set(folders ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/include)
	set(architecture ${ARGN})
	get_filename_component(lists ${lists} ABSOLUTE)
	if(CMAKE_CROSSCOMPILING)
		find_program(VIGIL_BUILD_CC NAMES cc gcc clang REQUIRED
			DOC "C compiler for the machine that builds")
		list(TRANSFORM folders PREPEND -I)
		add_custom_command(OUTPUT ${maker}
			COMMAND ${VIGIL_BUILD_CC} -std=c17 -D_GNU_SOURCE ${folders} -MD -MF ${maker}.d
				${source} ${lists} -o ${maker} -lseccomp
			DEPENDS ${source} ${lists} DEPFILE ${maker}.d VERBATIM)
		set(run ${CMAKE_CURRENT_BINARY_DIR}/${maker})
		if(NOT architecture)
			set(architecture ${CMAKE_SYSTEM_PROCESSOR})
		endif()
	else()
		find_package(PkgConfig REQUIRED)
		pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp>=2.5)
		add_executable(${maker} ${source} ${lists})
		target_compile_definitions(${maker} PRIVATE _GNU_SOURCE)
		target_include_directories(${maker} PRIVATE ${folders})
		target_link_libraries(${maker} PRIVATE PkgConfig::SECCOMP vigil_warnings)
		if(VIGIL_SANITIZE OR VIGIL_FUZZ) # it is not what is looked at
			target_compile_options(${maker} PRIVATE -fno-sanitize=all)
			target_link_options(${maker} PRIVATE -fno-sanitize=all)
		endif()
		set(run ${maker})
	endif()
	add_custom_command(OUTPUT ${output}
		COMMAND ${run} ${architecture} > ${output}.new
		COMMAND ${CMAKE_COMMAND} -E rename ${output}.new ${output}
		DEPENDS ${run} COMMENT "Making the seccomp filters ${name}" VERBATIM)
endfunction()
