# Bad input to `tocsin scan models`: told by path, never a hang, never "clean"; and the exit codes.
program_scan() { tocsin scan models "$@"; }
printf '\x80\x02}.' >good.pkl
printf "cos\nsystem\n(S'id'\ntR." >evil.pkl
: >empty.pkl
printf '\x80\x02}' >cut.pkl
# 0: nothing; 1: something; 2: wrong use; 3: a part could not be read.
program_scan good.pkl
expect 0
says "without an alarm"
program_scan evil.pkl good.pkl
expect 1
says 'os.system("id")'
says "AML.T0011"
program_scan good.pkl --fail-on nothing
expect 2
program_scan
expect 2
program_scan good.pkl --as pdf
expect 2
program_scan empty.pkl
expect 3
says "the file is empty"
program_scan missing.pkl
expect 3
says "missing.pkl"
program_scan cut.pkl
expect 1
says "pickle-broken"
# Only what is asked for fails; but what could not be read is never clean.
program_scan cut.pkl --fail-on malicious
expect 3
printf "cmy.own\nthing\n(S'id'\ntR." >own.pkl
program_scan own.pkl
expect 1
program_scan own.pkl --fail-on malicious
expect 0
# Folders: pipes, circles of links, links that lead nowhere, links to folders elsewhere.
mkdir -p tree/deep elsewhere
cp good.pkl tree/deep/
cp evil.pkl elsewhere/
mkfifo tree/pipe
ln -s . tree/deep/circle
ln -s nowhere tree/dangling
ln -s ../elsewhere tree/link
program_scan tree
expect 3
says "tree/pipe"
says "tree/dangling"
says "tree/link"
says "1 without an alarm"
says_not "evil"
program_scan tree elsewhere
expect 1
if [ "$(id -u)" != 0 ]; then
  mkdir closed && cp good.pkl closed/ && chmod 0 closed
  program_scan closed
  expect 3
  says "closed"
  chmod 700 closed
fi
# From standard input; a folder there is no empty file.
"$program" scan models - <evil.pkl >.out 2>.err
code=$?
expect 1
"$program" scan models - <good.pkl >.out 2>.err
code=$?
expect 0
"$program" scan models - <tree >.out 2>.err
code=$?
expect 3
says "cannot be read"
# Names of any bytes are shown, and every form stays what it is.
cp evil.pkl $'odd\033[31m\n"<&name.pkl'
for form in text json jsonl sarif junit; do
  program_scan $'odd\033[31m\n"<&name.pkl' --as $form
  expect 1
  says "os.system"
  ! grep -q $'\033' .out || fail "$form has an escape sequence"
done
program_scan $'odd\033[31m\n"<&name.pkl' --as junit --output out.xml
expect 1
grep -q '&lt;&amp;name' out.xml || fail "JUnit is not escaped"
# What is nested too deep is said to be.
cp good.pkl deep
for _ in $(seq 20); do gzip -nc deep >deeper && mv deeper deep; done
program_scan deep
expect 1
says "containers in each other"
program_scan evil.pkl --no-hash --as json
expect 1
says '"sha256": null'
