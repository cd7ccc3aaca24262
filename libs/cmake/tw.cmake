# The build vocabulary: tw_library, tw_service, tw_test, tw_bench. Sources are listed, never globbed.
# Include lines start at the repository root: #include "libs/core/decimal.h".
#
#   PURE   the target owns no clock, socket, thread, file or proto; every tw:: dependency must be PURE too.
#   GRPC   the target (or a dependency) needs gRPC or protobuf; left out of the asan and tsan trees.

option(TW_WITHOUT_GRPC "Leave out every target that needs gRPC (sanitizer trees)" OFF)
option(TW_FUZZ "Build libFuzzer programs (target fuzz), with clang" OFF)
set(TW_FUZZ_SECONDS 60 CACHE STRING "How long each libFuzzer program runs under ctest")
option(TW_TESTS "Build tests and benchmarks too; OFF for the container image" ON)
option(TW_UNITY "Compile up to eight sources of a target as one file: half the time of a whole build" OFF)
set(TW_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")  # no NDEBUG: assertions stay on in release

# Sources that are compiled as one share their anonymous namespace: a name stands there once. A test's source that wants
# its own (ALONE) is compiled alone.
set(CMAKE_UNITY_BUILD ${TW_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

find_package(Threads REQUIRED)
find_package(absl CONFIG REQUIRED)
if(TW_TESTS)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
endif()
find_package(fmt CONFIG REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
if(NOT TW_WITHOUT_GRPC)
  find_package(Protobuf REQUIRED)
  find_package(gRPC CONFIG REQUIRED)
endif()

# Abseil, Protobuf and gRPC go into the programs where their archives are installed: calls within and into them, and their
# thread-local variables, take the short way (ADR 36). All of them or none: there must not be two Abseils in a process.
function(_tw_link_archives)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  list(FILTER targets INCLUDE REGEX "^(absl|gRPC|protobuf)::")
  set(changes)
  foreach(target ${targets})
    get_target_property(configs ${target} IMPORTED_CONFIGURATIONS)
    foreach(property IMPORTED_LOCATION ${configs})
      if(NOT property STREQUAL IMPORTED_LOCATION)
        set(property IMPORTED_LOCATION_${property})
      endif()
      get_target_property(library ${target} ${property})
      if(library MATCHES "^(.*)\\.so[.0-9]*$")
        if(NOT EXISTS ${CMAKE_MATCH_1}.a)
          message(STATUS "links gRPC and Abseil as shared libraries: there is no ${CMAKE_MATCH_1}.a")
          return()
        endif()
        list(APPEND changes ${target} ${property} ${CMAKE_MATCH_1}.a)
      endif()
    endforeach()
  endforeach()
  while(changes)
    list(POP_FRONT changes target property archive)
    set_target_properties(${target} PROPERTIES ${property} ${archive})
  endwhile()
  set(TW_ARCHIVES ON PARENT_SCOPE)
endfunction()
_tw_link_archives()

add_library(tw_options INTERFACE)
target_include_directories(tw_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(tw_options INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror
                                            -fno-omit-frame-pointer -fpch-preprocess -pthread)
if(TW_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A class in a source may hold what the source keeps to itself; gcc takes the source for a header.
  target_compile_options(tw_options INTERFACE -Wno-subobject-linkage)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(tw_options INTERFACE -Wno-unused-command-line-argument)
endif()
find_program(TW_GOLD ld.gold)
if(TW_GOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT TW_SANITIZE)
  # Half the time of the usual one, which a target asks for by TW_USUAL_LINKER.
  target_link_options(tw_options INTERFACE $<$<NOT:$<BOOL:$<TARGET_PROPERTY:TW_USUAL_LINKER>>>:-fuse-ld=gold>)
endif()
if(TW_SANITIZE)
  target_compile_options(tw_options INTERFACE -fsanitize=${TW_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(tw_options INTERFACE -fsanitize=${TW_SANITIZE})
  if(TW_SANITIZE MATCHES thread)
    target_compile_options(tw_options INTERFACE -Wno-tsan)  # Boost's schedulers have fences, which it does not follow
  endif()
endif()

# What programs allocate with: events are freed by other threads than those that made them, which glibc's malloc answers
# with a third of a busy oms's time. Not in the sanitizers' trees, which bring their own.
add_library(tw_allocator INTERFACE)
if(NOT TW_SANITIZE)
  find_library(JEMALLOC_LIBRARY NAMES libjemalloc.a jemalloc REQUIRED)
  target_link_libraries(tw_allocator INTERFACE ${JEMALLOC_LIBRARY})
endif()

# Outside targets a PURE library may link.
set(TW_PURE_ALLOWED
    absl::status absl::statusor absl::strings absl::flat_hash_map absl::flat_hash_set absl::btree
    absl::cord fmt::fmt absl::inlined_vector absl::span absl::hash absl::int128 OpenSSL::Crypto ZLIB::ZLIB)

function(_tw_check_pure target)
  foreach(dep ${ARGN})
    if(dep IN_LIST TW_PURE_ALLOWED)
      continue()
    endif()
    if(TARGET ${dep})
      get_target_property(pure ${dep} TW_PURE)
    else()
      set(pure FALSE)
    endif()
    if(NOT pure)
      message(FATAL_ERROR "${target} is PURE but depends on ${dep}, which is not")
    endif()
  endforeach()
endfunction()

# tw_library(NAME x [PURE] [GRPC] SRCS .. [DEPS ..]): target tw_x, alias tw::x.
function(tw_library)
  cmake_parse_arguments(L "PURE;GRPC" "NAME" "SRCS;DEPS" ${ARGN})
  if(L_GRPC AND TW_WITHOUT_GRPC)
    return()
  endif()
  set(target tw_${L_NAME})
  set(compiled ${L_SRCS})
  list(FILTER compiled INCLUDE REGEX "\\.cc$")
  if(compiled)
    add_library(${target} STATIC ${L_SRCS})
    target_link_libraries(${target} PUBLIC tw_options ${L_DEPS})
  else()
    add_library(${target} INTERFACE ${L_SRCS})
    target_link_libraries(${target} INTERFACE tw_options ${L_DEPS})
  endif()
  add_library(tw::${L_NAME} ALIAS ${target})
  if(L_PURE)
    _tw_check_pure(${target} ${L_DEPS})
    set_target_properties(${target} PROPERTIES TW_PURE TRUE)
  endif()
endfunction()

# tw_service(NAME oms CORE .. CORE_DEPS .. SHELL .. DEPS ..): tw::oms_core (PURE), tw::oms_shell and, of the program of all
# services (services/program), the name.
# Dashes in NAME become underscores in the library names: live-gateway -> tw::live_gateway_core.
function(tw_service)
  cmake_parse_arguments(S "" "NAME" "CORE;CORE_DEPS;SHELL;DEPS" ${ARGN})
  string(REPLACE "-" "_" id ${S_NAME})
  if(S_CORE)
    tw_library(NAME ${id}_core PURE SRCS ${S_CORE} DEPS ${S_CORE_DEPS})
    set(core tw::${id}_core)
  endif()
  if(TW_WITHOUT_GRPC)
    return()
  endif()
  tw_library(NAME ${id}_shell GRPC SRCS ${S_SHELL} DEPS ${core} tw::app ${S_DEPS})
  set_property(GLOBAL APPEND PROPERTY TW_SERVICES ${S_NAME})
  set_property(GLOBAL APPEND PROPERTY TW_SERVICE_SHELLS tw::${id}_shell)
endfunction()

# What the tests' sources begin with, read once: gtest, and with gRPC what hosts a service.
set(TW_LIGHT_OPTIONS $<$<CONFIG:RelWithDebInfo>:-O1>)  # for code that time does not matter in: less to compile
function(tw_test_headers target)
  cmake_parse_arguments(H "" "" "HEADERS;DEPS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${target}.cc CONTENT "// Only its precompiled headers are used.\n")
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/${target}.cc)
  target_compile_options(${target} PRIVATE ${TW_LIGHT_OPTIONS})
  target_link_libraries(${target} PRIVATE ${H_DEPS} tw_options GTest::gmock GTest::gtest_main)
  target_precompile_headers(${target} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <chrono> <functional> <map> <memory> <thread>
                                              <absl/status/statusor.h> ${H_HEADERS})
endfunction()

# tw_test(NAME x SRCS .. DEPS .. [ALONE ..] [GRPC] [LABELS ..] [TIMEOUT n]): one ctest test per program. One whose sources call
# TestSeed (tests/seed.h) gets the label `seeds`: tests/run --nightly gives it many.
function(tw_test)
  cmake_parse_arguments(T "GRPC" "NAME;TIMEOUT" "SRCS;DEPS;ALONE;LABELS" ${ARGN})
  if(T_GRPC AND TW_WITHOUT_GRPC)
    return()
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  if(TW_SANITIZE)
    math(EXPR T_TIMEOUT "${T_TIMEOUT} * 10")  # unoptimised, and watched at every step
  endif()
  set(target ${T_NAME}_test)
  add_executable(${target} ${T_SRCS} ${T_ALONE})
  set_source_files_properties(${T_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_options(${target} PRIVATE ${TW_LIGHT_OPTIONS})
  target_link_libraries(${target} PRIVATE ${T_DEPS} tw_options GTest::gmock GTest::gtest_main)
  if(TW_UNITY AND T_GRPC)
    target_link_libraries(${target} PRIVATE fmt::fmt)  # what the headers were compiled with
    target_precompile_headers(${target} REUSE_FROM tw_test_headers_grpc)
  elseif(TW_UNITY)
    target_precompile_headers(${target} REUSE_FROM tw_test_headers)
  endif()
  add_test(NAME ${T_NAME} COMMAND ${target})
  set(labels unit ${T_LABELS})
  foreach(source ${T_SRCS} ${T_ALONE})
    get_filename_component(path ${source} ABSOLUTE)
    file(STRINGS ${path} seeds REGEX "TestSeed\\(" LIMIT_COUNT 1)
    if(seeds)
      list(APPEND labels seeds)
      break()
    endif()
  endforeach()
  if(T_GRPC)
    list(APPEND labels grpc)
  endif()
  set_tests_properties(${T_NAME} PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS "${labels}")
endfunction()

# tw_bench(NAME x SRCS .. DEPS .. [GRPC]): a Google Benchmark program; ctest runs it for a moment so that it cannot rot.
function(tw_bench)
  cmake_parse_arguments(B "GRPC" "NAME" "SRCS;DEPS" ${ARGN})
  if(B_GRPC AND TW_WITHOUT_GRPC)
    return()
  endif()
  set(target ${B_NAME}_bench)
  add_executable(${target} ${B_SRCS})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  target_link_libraries(${target} PRIVATE ${B_DEPS} tw_options benchmark::benchmark_main)
  add_test(NAME ${B_NAME}_bench_smoke COMMAND ${target} --benchmark_min_time=0.001)
  set_tests_properties(${B_NAME}_bench_smoke PROPERTIES LABELS "bench" TIMEOUT 120)
endfunction()
