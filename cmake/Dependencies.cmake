# Third-party libraries, one imported target each, linked statically where Debian ships an archive:
# every shared object costs a fraction of a millisecond at each start of a command that should take five.
include_guard()
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# Debian ships isa-l as a shared object only; and fmt, which is why we compile it (cmake/fmt.cpp).
function(strata_library target archive)
    find_library(${target}_ARCHIVE NAMES ${archive} REQUIRED)
    add_library(third::${target} INTERFACE IMPORTED GLOBAL)
    target_link_libraries(third::${target} INTERFACE ${${target}_ARCHIVE} ${ARGN})
endfunction()

add_library(strata_fmt STATIC ${CMAKE_CURRENT_LIST_DIR}/fmt.cpp)
add_library(third::fmt ALIAS strata_fmt)
strata_library(crypto libcrypto.a Threads::Threads ${CMAKE_DL_LIBS})
strata_library(crypt libcrypt.a)
strata_library(ssl libssl.a third::crypto)
strata_library(isal libisal.so)
strata_library(z libz.a)
strata_library(zstd libzstd.a Threads::Threads)
strata_library(lzma liblzma.a Threads::Threads)
strata_library(bz2 libbz2.a)
strata_library(sqlite libsqlite3.a Threads::Threads ${CMAKE_DL_LIBS} m)
strata_library(boost_container libboost_container.a)
strata_library(json libboost_json.a third::boost_container)
strata_library(yaml libyaml-cpp.a)

if(BUILD_TESTING)
    find_package(GTest REQUIRED)
endif()
