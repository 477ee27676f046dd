# Flags, and the functions that make libraries and programs from folders.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O3 -g0 -DNDEBUG")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -fno-math-errno -fvisibility=default)
if(BRASA_WERROR)
  add_compile_options(-Werror)
endif()
add_compile_definitions(_GNU_SOURCE)
if(BRASA_FAULTS)
  add_compile_definitions(BRASA_FAULTS)
endif()
if(BRASA_SANITIZE)
  add_compile_options(-fsanitize=${BRASA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${BRASA_SANITIZE})
endif()

# What a file of src/ may include: the public headers and, by folder, the inner ones.
add_library(brasa_includes INTERFACE)
target_include_directories(brasa_includes INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)

# brasa_folder(NAME): the static library brasa_NAME of src/NAME/*.c.  A folder without sources gives an empty archive.
function(brasa_folder name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
  if(NOT sources)
    set(sources ${CMAKE_BINARY_DIR}/empty_${name}.c)
    file(GENERATE OUTPUT ${sources} CONTENT "typedef int brasa_empty_${name};\n")
  endif()
  add_library(brasa_${name} STATIC ${sources})
  target_link_libraries(brasa_${name} PUBLIC brasa_includes brasa_deps)
endfunction()

# brasa_below_NAME: a folder and all before it, in a group, because the lower ones are searched again for what the upper need.
# brasa_lib: all of them.
function(brasa_umbrella)
  set(libraries "")
  foreach(folder IN LISTS BRASA_FOLDERS)
    list(PREPEND libraries brasa_${folder})
    list(JOIN libraries "," group)
    add_library(brasa_below_${folder} INTERFACE)
    target_link_libraries(brasa_below_${folder} INTERFACE "$<LINK_GROUP:RESCAN,${group}>" brasa_includes brasa_deps)
  endforeach()
  add_library(brasa_lib INTERFACE)
  list(GET BRASA_FOLDERS -1 top)
  target_link_libraries(brasa_lib INTERFACE brasa_below_${top})
endfunction()

# brasa_program(NAME SOURCES...): bin/NAME, linked with everything.
function(brasa_program name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE brasa_lib)
  brasa_name_functions(${name})
  brasa_keep_plugins(${name})
endfunction()

# The backtrace of a crash names functions that the program exports; those of libpg_query would clash with others of their names.
function(brasa_name_functions name)
  set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON)
  target_link_options(${name} PRIVATE LINKER:--exclude-libs,libpg_query.a)
endfunction()

# Under a sanitizer MPI's plugins must stay mapped, or reports cannot name them and suppressions do not match.
function(brasa_keep_plugins name)
  if(BRASA_SANITIZE)
    if(NOT TARGET brasa_nodlclose)
      add_library(brasa_nodlclose OBJECT ${CMAKE_SOURCE_DIR}/cmake/nodlclose.c)
    endif()
    target_sources(${name} PRIVATE $<TARGET_OBJECTS:brasa_nodlclose>)
  endif()
endfunction()

# What src/tools/STEM/page/ holds becomes the table page_files of the program NAME; see src/tools/STEM/page.h.
function(brasa_embed_page name stem)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/tools/${stem}/page/*)
  if(NOT files)
    return()
  endif()
  set(out ${CMAKE_BINARY_DIR}/${stem}_page_files.c)
  set(script ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake)
  add_custom_command(OUTPUT ${out} DEPENDS ${files} ${script} VERBATIM
    COMMAND ${CMAKE_COMMAND} -D OUT=${out} -D HEADER=tools/${stem}/page.h -D TABLE=page_files "-DFILES=${files}" -P ${script})
  target_sources(${name} PRIVATE ${out})
endfunction()

# jobs/NAME.c -> NAME; src/tools/NAME.c with src/tools/NAME/*.c and src/tools/shared/*.c -> NAME with - for _; BRASA_TOOLS names these.
function(brasa_programs)
  add_custom_target(programs)
  file(GLOB jobs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/jobs/*.c)
  foreach(job IN LISTS jobs)
    get_filename_component(name ${job} NAME_WE)
    brasa_program(${name} ${job})
    add_dependencies(programs ${name})
  endforeach()

  file(GLOB shared CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/tools/shared/*.c)
  file(GLOB tools CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/tools/*.c)
  foreach(tool IN LISTS tools)
    get_filename_component(stem ${tool} NAME_WE)
    string(REPLACE "_" "-" name ${stem})
    file(GLOB parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/tools/${stem}/*.c)
    brasa_program(${name} ${tool} ${parts} ${shared})
    brasa_embed_page(${name} ${stem})
    add_dependencies(programs ${name})
    list(APPEND names ${name})
  endforeach()
  set(BRASA_TOOLS ${names} PARENT_SCOPE)
endfunction()
