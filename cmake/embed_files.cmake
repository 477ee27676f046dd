# cmake -D OUT=file.c -D HEADER=path -D TABLE=name -P embed_files.cmake FILE... : a table of files, {name, bytes, size}, as C.
# The files come as a ;-list in FILES.

set(text "/* Made from the files named here; do not edit. */\n#include \"${HEADER}\"\n\n")
set(rows "")
set(number 0)
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(LENGTH "${hex}" length)
  math(EXPR bytes "${length} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND text "static const unsigned char file_${number}[] = {\n${hex}};\n")
  string(APPEND rows "    {\"${name}\", file_${number}, ${bytes}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT} "${text}\nconst page_file ${TABLE}[] = {\n${rows}    {0, 0, 0},\n};\n")
