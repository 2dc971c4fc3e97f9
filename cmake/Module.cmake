# One function makes a module; every src/<module>/CMakeLists.txt is a call of it.
#
# strata_module(<name> FLOOR <n> SOURCES … [USES …] [USES_PRIVATELY …] [TESTS …])
#
# Makes the static library strata_<name>, and the test program <name>_test if there are TESTS.
# A module may use only modules of a lower floor, or of its own floor that src/CMakeLists.txt lists before
# it. CMake itself would accept a cycle of static libraries without a word, so it is refused here, before
# anything is compiled; tools/check-layers holds the same rule for every #include.
function(strata_module name)
    cmake_parse_arguments(PARSE_ARGV 1 M "" "FLOOR" "SOURCES;USES;USES_PRIVATELY;TESTS")

    add_library(strata_${name} STATIC ${M_SOURCES})
    add_library(strata::${name} ALIAS strata_${name})
    set_property(TARGET strata_${name} PROPERTY STRATA_FLOOR ${M_FLOOR})

    foreach(used IN LISTS M_USES M_USES_PRIVATELY)
        if(used MATCHES "^strata::(.+)$")
            if(NOT TARGET ${used})
                message(FATAL_ERROR "${name} uses ${used}, which src/CMakeLists.txt does not list before it")
            endif()
            get_property(floor TARGET strata_${CMAKE_MATCH_1} PROPERTY STRATA_FLOOR)
            if(floor GREATER M_FLOOR)
                message(FATAL_ERROR "${name} (floor ${M_FLOOR}) must not use ${used} (floor ${floor})")
            endif()
        endif()
    endforeach()
    target_link_libraries(strata_${name} PUBLIC ${M_USES} PRIVATE ${M_USES_PRIVATELY} strata_strict)

    if(M_TESTS AND BUILD_TESTING)
        add_executable(${name}_test ${M_TESTS})
        target_link_libraries(${name}_test PRIVATE strata_${name} ${M_USES_PRIVATELY} strata_testing strata_strict
                              GTest::gmock_main)
        add_test(NAME ${name} COMMAND ${name}_test)
        set_tests_properties(${name} PROPERTIES LABELS unit)
    endif()
endfunction()
