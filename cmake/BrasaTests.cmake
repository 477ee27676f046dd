# How tests are declared.  Every test ends by itself: ctest's TIMEOUT is the last resort, and far away: a machine that does other work may be ten times slower.

# One machine's loopback only, more ranks than cores, no binding (it would pin a rank's threads to one core).
set(BRASA_MPI_ENV
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader,tcp
  OMPI_MCA_oob_tcp_if_include=lo OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_rmaps_base_oversubscribe=1
  OMPI_MCA_hwloc_base_binding_policy=none)
set(BRASA_TEST_ENV
  ${BRASA_MPI_ENV}
  BRASA_TEST_SOURCE=${CMAKE_SOURCE_DIR} BRASA_TEST_BUILD=${CMAKE_BINARY_DIR} BRASA_TEST_BIN=${CMAKE_BINARY_DIR}/bin
  BRASA_TEST_FAULTS=$<BOOL:${BRASA_FAULTS}>
  ASAN_OPTIONS=detect_leaks=1:fast_unwind_on_malloc=0:detect_stack_use_after_return=0
  LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/lsan.supp:print_suppressions=0
  UBSAN_OPTIONS=print_stacktrace=1
  TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/tsan.supp:ignore_noninstrumented_modules=1
  PYTHONDONTWRITEBYTECODE=1)

file(GLOB brasa_support CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/*.c)
if(NOT brasa_support)
  set(brasa_support ${CMAKE_BINARY_DIR}/empty_support.c)
  file(GENERATE OUTPUT ${brasa_support} CONTENT "typedef int brasa_empty_support;\n")
endif()
add_library(brasa_test_support STATIC ${brasa_support})
target_include_directories(brasa_test_support PUBLIC ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/tests/support)
target_link_libraries(brasa_test_support PUBLIC brasa_includes brasa_deps PkgConfig::CMOCKA)

# brasa_test_program(NAME SOURCES...): a program for tests, in tests/NAME of the build folder.
# LIBRARY: what it is linked with, when that is not everything.
function(brasa_test_program name)
  cmake_parse_arguments(T "" "LIBRARY" "" ${ARGN})
  if(NOT T_LIBRARY)
    set(T_LIBRARY brasa_lib)
  endif()
  add_executable(${name} ${T_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE brasa_test_support ${T_LIBRARY})
  target_compile_definitions(${name} PRIVATE BRASA_TEST_SOURCE="${CMAKE_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  brasa_keep_plugins(${name})
endfunction()

# tests/unit/<folder>/test_<name>.c -> target unit_<folder>_<name>, test unit.<folder>.<name>; unit_<folder> builds a folder's.
# A test is linked with its folder and those below: it needs no more to be built, and cannot reach up.
function(brasa_unit_tests)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/*/test_*.c)
  foreach(file IN LISTS files)
    get_filename_component(dir ${file} DIRECTORY)
    get_filename_component(folder ${dir} NAME)
    get_filename_component(stem ${file} NAME_WE)
    string(REGEX REPLACE "^test_" "" name ${stem})
    set(target unit_${folder}_${name})
    set(library brasa_lib)
    if(folder MATCHES "^(expr|plan|sql|opt)$") # they go from text to trees and stages
      set(library brasa_below_stage)
    elseif(TARGET brasa_below_${folder})
      set(library brasa_below_${folder})
    endif()
    brasa_test_program(${target} ${file} LIBRARY ${library})
    add_test(NAME unit.${folder}.${name} COMMAND ${target})
    set_tests_properties(unit.${folder}.${name} PROPERTIES
      ENVIRONMENT "${BRASA_TEST_ENV}" TIMEOUT 600 LABELS "unit;${folder}")
    if(NOT TARGET unit_${folder})
      add_custom_target(unit_${folder})
    endif()
    add_dependencies(unit_${folder} ${target})
  endforeach()
endfunction()

# brasa_mpi_test(NAME name RANKS n [TIMEOUT s] [LABELS ...] [ENVIRONMENT ...] COMMAND program args...)
function(brasa_mpi_test)
  cmake_parse_arguments(T "" "NAME;RANKS;TIMEOUT" "COMMAND;LABELS;ENVIRONMENT" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 600)
  endif()
  math(EXPR inner "${T_TIMEOUT} - 10")
  set(cores 1)
  if(T_RANKS GREATER 1)
    set(cores 2)
  endif()
  list(POP_FRONT T_COMMAND program)
  if(TARGET ${program})
    set(program $<TARGET_FILE:${program}>)
  endif()
  add_test(NAME ${T_NAME}
    COMMAND timeout -k 5 ${inner} ${MPIEXEC_EXECUTABLE} -n ${T_RANKS} ${program} ${T_COMMAND})
  set_tests_properties(${T_NAME} PROPERTIES
    ENVIRONMENT "${BRASA_TEST_ENV};${T_ENVIRONMENT}" TIMEOUT ${T_TIMEOUT} PROCESSORS ${cores} LABELS "mpi;${T_LABELS}")
endfunction()

# brasa_check(name script [args...]): a Python check; it finds programs by BRASA_TEST_BIN and the sources by BRASA_TEST_SOURCE.
function(brasa_check name script)
  if(NOT IS_ABSOLUTE ${script})
    set(script ${CMAKE_CURRENT_SOURCE_DIR}/${script})
  endif()
  string(REGEX REPLACE "\\..*" "" label ${name})
  add_test(NAME ${name} COMMAND ${BRASA_PYTHON} ${script} ${ARGN})
  set_tests_properties(${name} PROPERTIES
    ENVIRONMENT "${BRASA_TEST_ENV}" TIMEOUT 600 LABELS "check;${label}" SKIP_RETURN_CODE 77)
endfunction()
