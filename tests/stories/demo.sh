# The newcomer's first five minutes.
tocsin demo demo
expect 0
says "Harbourlight · radar"
says OPERATIONAL
says TACTICAL
says STRATEGIC
says "SET ASIDE"
says NEXT
says "support-bot"
says "shipped facts of"
says "chat-api serves support-bot, which is built on"
says_not "known family"

tocsin radar --workspace demo --format json
expect 0
says '"layers"'

tocsin ledger verify --workspace demo
expect 0
says "holds"

tocsin demo demo
expect 2
complains "already"

tocsin items --workspace demo --format jsonl --assessment affected
expect 0
says '"assessments"'

tocsin register export --workspace demo --output register.csv
expect 0
head -1 register.csv | grep -q '^id,title,layer' || fail "no header"
