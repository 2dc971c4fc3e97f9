# Writes version.cpp from version.cpp.in when the commit has changed. Runs at each build (20 ms), so that the program
# never names a commit it was not built from, and nothing is compiled or linked when it has not changed.
set(STRATA_COMMIT unknown)
set(STRATA_COMMIT_SECONDS 0)
execute_process(COMMAND git -C ${SOURCE_DIR} log -1 --format=%h:%ct OUTPUT_VARIABLE head ERROR_QUIET
                OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
if(NOT failed AND head MATCHES "^([0-9a-f]+):([0-9]+)$")
    set(STRATA_COMMIT ${CMAKE_MATCH_1})
    set(STRATA_COMMIT_SECONDS ${CMAKE_MATCH_2})
endif()
configure_file(${SOURCE_DIR}/src/cli/version.cpp.in ${OUTPUT} @ONLY)
