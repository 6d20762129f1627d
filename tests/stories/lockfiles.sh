# A project with lockfiles of several tools: each is an entry, each finding has its line, what is broken costs nothing else.
mkdir -p app/serving app/web app/train app/broken
printf 'version = 1\nrequires-python = ">=3.10"\n\n[[package]]\nname = "app"\nversion = "0.1.0"\nsource = { editable = "." }\ndependencies = [{ name = "torch" }]\n\n[[package]]\nname = "torch"\nversion = "2.5.1"\nsource = { registry = "https://user:hunter2@example.org/simple" }\n' >app/serving/uv.lock
printf '[project]\nname = "app"\ndependencies = ["torch>=2"]\n' >app/serving/pyproject.toml
printf '{"lockfileVersion": 3, "packages": {"": {}, "node_modules/left-pad": {"version": "1.0.0", "dev": true}}}\n' >app/web/package-lock.json
printf 'channels: [conda-forge]\ndependencies:\n  - pytorch=2.5.1\n  - openssl=3.0\n  - pip:\n    - -r ../../../etc/passwd\n    - vllm==0.2.7\n' >app/train/environment.yml
printf '[[package]\n' >app/broken/poetry.lock
printf 'a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\ndependencies: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\nmore: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n' >app/broken/environment.yml

tocsin init app
expect 0
says "serving-uv pins torch 2.5.1"
says "(serving/uv.lock:11)"
says "broken/poetry.lock:1"
says "broken/environment.yml:"
says_not "hunter2"
cp app/estate.yaml .out
says "path: serving/uv.lock"
says "path: web/package-lock.json"
says "path: train/environment.yml"
says_not "pyproject.toml"
says_not "broken"

tocsin estate check --workspace app
says "train/environment.yml:6  -r ../../../etc/passwd leads out of the workspace"
tocsin estate show train-environment --workspace app
expect 0
says "torch"
says "vllm"
tocsin items --workspace app --asset train-environment --assessment affected --format jsonl
expect 0
says "CVE-2025-32434"
! grep -rqs hunter2 app/snapshots app/tocsin.db || fail "a password was kept"
