# Search takes any bytes: results or none, never an error.
tocsin demo demo
expect 0
for words in CVE-2025-32434 AML.T0051 llama.cpp C++ "don't" '😀' '"unbalanced' "a'b\"c" '*' '(' 'NEAR(' 'title:x' '-x' '%' '_' 'AND' '' ' ' $'\x01\x02' $'\xff\xfe'; do
  tocsin search --workspace demo -- "$words"
  expect 0
done
tocsin search --workspace demo AML.T0051
says "AML.T0051"
tocsin search --workspace demo CVE-2025-32434
says "CVE-2025-32434"
