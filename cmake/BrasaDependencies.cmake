# What Brasa stands on.  MPI, HDF5 and libpg_query are targets of their own, because only one folder each may use them.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)

# The serial flavour: Debian installs flavours side by side.  Elsewhere whatever HDF5 is there (HDF5_ROOT names another).
pkg_check_modules(HDF5S QUIET IMPORTED_TARGET hdf5-serial)
add_library(brasa_hdf5 INTERFACE)
if(HDF5S_FOUND)
  target_link_libraries(brasa_hdf5 INTERFACE PkgConfig::HDF5S)
else()
  find_package(HDF5 REQUIRED COMPONENTS C)
  target_include_directories(brasa_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
  target_link_libraries(brasa_hdf5 INTERFACE ${HDF5_C_LIBRARIES})
endif()

# The static archive first: the shared library exports short names (palloc, equal) that clash.
find_path(PG_QUERY_INCLUDE pg_query.h REQUIRED)
find_library(PG_QUERY_LIBRARY NAMES libpg_query.a pg_query REQUIRED)
find_path(PROTOBUF_C_INCLUDE protobuf-c/protobuf-c.h REQUIRED)
add_library(brasa_pg_query INTERFACE)
target_include_directories(brasa_pg_query SYSTEM INTERFACE ${PG_QUERY_INCLUDE} ${PROTOBUF_C_INCLUDE})
target_link_libraries(brasa_pg_query INTERFACE ${PG_QUERY_LIBRARY} m Threads::Threads)

# Small libraries that any folder may use.
add_library(brasa_deps INTERFACE)
set(BRASA_MODULES libxxhash libzstd liblz4 libdeflate libutf8proc libpcre2-8 jansson blosc icu-i18n)
foreach(module IN LISTS BRASA_MODULES)
  string(MAKE_C_IDENTIFIER ${module} id)
  pkg_check_modules(${id} REQUIRED IMPORTED_TARGET ${module})
  target_link_libraries(brasa_deps INTERFACE PkgConfig::${id})
endforeach()
find_package(BZip2 REQUIRED)
target_link_libraries(brasa_deps INTERFACE BZip2::BZip2 Threads::Threads m)
# Line editing of the shell, where it is there.
pkg_check_modules(LIBEDIT IMPORTED_TARGET libedit)
include(CheckLibraryExists)
check_library_exists(xxhash XXH3_64bits_dispatch "${libxxhash_LIBDIR}" BRASA_XXH_DISPATCH)
find_path(BRASA_XXH_DISPATCH_INCLUDE xxh_x86dispatch.h)
if(BRASA_XXH_DISPATCH AND BRASA_XXH_DISPATCH_INCLUDE)
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/base/hash.c PROPERTIES COMPILE_DEFINITIONS BRASA_XXH_DISPATCH)
endif()

if(BRASA_BUILD_TESTS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()

# Scripts need the distribution's Python, which has its h5py.
find_program(BRASA_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT BRASA_PYTHON)
  find_program(BRASA_PYTHON NAMES python3)
endif()

if(NOT CMAKE_C_COMPILER_LAUNCHER)
  find_program(BRASA_CCACHE ccache)
  if(BRASA_CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER ${BRASA_CCACHE})
  endif()
endif()
