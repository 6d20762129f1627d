# libtocsin-scan: the C example and the Python example ask before they load; the library shows nothing but its interface.
bin=$(dirname "$program")
library=$(readlink -f "$bin/../lib/libtocsin-scan.so") || library=
[ -n "$library" ] && [ -f "$library" ] || { echo 'no libtocsin-scan in this build'; exit 77; }
folder=$(dirname "$library")
printf '\x80\x02}.' >good.pkl
printf "cos\nsystem\n(S'touch was-here'\ntR." >evil.pkl
printf '\x80\x02}' >cut.pkl
compile() { ${CC:-cc} -std=c11 -O1 -Wall -Wextra -Wpedantic -Werror -I"$source_dir/src/scan/library" "$1" -L"$folder" -ltocsin-scan -pthread -Wl,-rpath,"$folder" -o "$2" || fail "$1 does not compile"; }
compile "$source_dir/packaging/examples/ask_first.c" ask_first
ask() { "$@" >.out 2>.err; code=$?; }
ask ./ask_first good.pkl
expect 0
says "loading 4 bytes"
ask ./ask_first evil.pkl
expect 1
says 'os.system("touch was-here")'
says_not "loading"
ask ./ask_first cut.pkl
expect 1
says_not "loading"
ask ./ask_first gone.pkl
expect 3
[ ! -e was-here ] || fail "it was loaded"

# As it is installed.
cmake --install "$bin/.." --component library --prefix "$PWD/usr" >.out 2>.err || fail "it does not install"
(cd usr/share/doc/tocsin/examples && ${CC:-cc} ask_first.c -I"$OLDPWD/usr/include" -L"$OLDPWD/usr/lib" -ltocsin-scan -o "$OLDPWD/installed") || fail "the installed example does not compile"
ask env LD_LIBRARY_PATH="$PWD/usr/lib" ./installed good.pkl
expect 0
cp usr/share/doc/tocsin/examples/ask_first.py .
if command -v python3 >/dev/null; then
  ask env LD_LIBRARY_PATH="$PWD/usr/lib" python3 ask_first.py good.pkl
  expect 0
fi

# Every function of the interface, from C; and the header in C++.
printf 'type,value,name\nsha256,%s,known\n' "$(sha256sum good.pkl | cut -d' ' -f1)" >known.csv
printf 'type,value,name\nsha256,x,y\n' >broken.csv
compile "$source_dir/tests/scan/library/use.c" use
ask ./use known.csv broken.csv
expect 0
printf '#include <tocsin_scan.h>\nint main() { return tocsin_report_verdict(nullptr) == TOCSIN_INCOMPLETE ? 0 : 1; }\n' >plus.cpp
${CXX:-c++} -std=c++17 -Wall -Wextra -Werror -I"$source_dir/src/scan/library" plus.cpp -L"$folder" -ltocsin-scan -Wl,-rpath,"$folder" -o plus || fail "the header is no C++"
ask ./plus
expect 0

# What the header declares is what the library exports, with its version, and no more.
sed -n 's/^TOCSIN_SCAN_API.*[ *]\(tocsin_[a-z0-9_]*\)(.*/\1/p' "$source_dir/src/scan/library/tocsin_scan.h" | sort >declared
nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sort >exported
sed 's/$/@@TOCSIN_SCAN_0/' declared >wanted
same wanted exported
[ "$(wc -l <declared)" -gt 15 ] || fail "the header declares too little"

# From Python, where there is one.
if command -v python3 >/dev/null; then
  export TOCSIN_SCAN_LIBRARY=$library
  ask python3 "$source_dir/packaging/examples/ask_first.py" good.pkl
  expect 0
  says "loading 4 bytes"
  ask python3 "$source_dir/packaging/examples/ask_first.py" evil.pkl
  expect 1
  complains "os.system"
fi
