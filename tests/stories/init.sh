# A newcomer's own project: nested requirements, a hub cache, an Ollama store, loose files; then the same names at work.
le() { # le VALUE BYTES: little-endian
  local value=$1 left=$2
  while [ "$left" -gt 0 ]; do
    printf '%b' "\\x$(printf %02x $((value & 255)))"
    value=$((value >> 8)) left=$((left - 1))
  done
}
gguf_text() { le ${#1} 8; printf %s "$1"; }
gguf() { # gguf KEY VALUE KEY VALUE: a header without tensors
  printf GGUF; le 3 4; le 0 8; le 2 8
  gguf_text "$1"; le 8 4; gguf_text "$2"
  gguf_text "$3"; le 8 4; gguf_text "$4"
}
safetensors() { le ${#1} 8; printf %s "$1"; le 0 4; }
digest() { sha256sum "$1" | cut -d' ' -f1; }

mkdir -p shop/requirements shop/models shop/weights shop/runs/support-lora shop/.venv/lib/site-packages/x
printf -- '-r requirements/base.txt\n-c requirements/constraints.txt\ngunicorn==21.2.0\n' >shop/requirements.txt
printf -- '-c constraints.txt\ntorch>=2.0\ntransformers==4.38.0\npillow\n' >shop/requirements/base.txt
printf 'torch==2.5.1\nnumpy==1.26.4\npillow==10.2.0\n' >shop/requirements/constraints.txt
printf -- '-r requirements.txt\n-r ./requirements/../requirements/base.txt\npytest==8.0.0\n' >shop/requirements-dev.txt
printf 'torch==1.0.0\n' >shop/.venv/lib/site-packages/x/requirements.txt
touch shop/.venv/pyvenv.cfg

commit=3c0f1d9a7b5e4f2d8c6b1a0e9d7f5c3b2a1e0d4f
hub=shop/.cache/huggingface/hub/models--meta-llama--Meta-Llama-3-8B-Instruct
mkdir -p $hub/blobs $hub/refs $hub/snapshots/$commit
printf %s $commit >$hub/refs/main
printf '{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}' >$hub/blobs/c1
safetensors '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}' >$hub/blobs/w1
ln -s ../../blobs/c1 $hub/snapshots/$commit/config.json
ln -s ../../blobs/w1 $hub/snapshots/$commit/model-00001-of-00002.safetensors
ln -s ../../blobs/w1 $hub/snapshots/$commit/model-00002-of-00002.safetensors

store=shop/.ollama/models
mkdir -p $store/manifests/registry.ollama.ai/library/mistral $store/blobs
gguf general.architecture llama general.name Mistral-7B-Instruct-v0.3 >model
printf '{"model_format":"gguf","model_family":"llama","file_type":"Q4_0"}' >config
printf '{"schemaVersion":2,"config":{"digest":"sha256:%s"},"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:%s"}]}' \
  "$(digest config)" "$(digest model)" >$store/manifests/registry.ollama.ai/library/mistral/7b
mv model "$store/blobs/sha256-$(digest model)"
mv config "$store/blobs/sha256-$(digest config)"

gguf general.architecture qwen2 general.name Qwen2.5-Coder-7B >shop/models/qwen2.5-coder-7b.Q4_K_M.gguf
safetensors '{"__metadata__":{"modelspec.architecture":"stable-diffusion-xl-v1-base"},"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}' >shop/models/poster.safetensors
printf '{"base_model_name_or_path": "meta-llama/Meta-Llama-3-8B-Instruct", "peft_type": "LORA"}' >shop/runs/support-lora/adapter_config.json
safetensors '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}' >shop/runs/support-lora/adapter_model.safetensors
printf 'PK\003\004rest' >shop/weights/yolov8n.pt

tocsin init shop
expect 0
says "meta-llama-3-8b-instruct"
says "mistral-7b"
says "stable-diffusion-xl"
says ".venv: not looked into"
says "6 models, 0 data sets, 5 pinned packages, 0 endpoints"
# torch is pinned by the constraint alone, and stands in the base that both files take in: one finding, one place.
says "requirements, requirements-dev: affects torch, fixed in 2.6.0;"
says "requirements pins torch 2.5.1 (requirements/base.txt:2)"
says_not "constraints.txt:1"
says_not "requirements-base"

cp shop/estate.yaml .out
head -1 .out | grep -qF 'schema=estate.schema.json' || fail "the first line names no schema"
says "family: llama-3"
says "base: [meta-llama-3-8b-instruct]"
says "relation: adapter"
says "family: mistral"
says "quantization: Q4_K_M"
says "family: yolo"
says "4 requirements, 4 of them pinned to one version; 3 constraints"
says_not "path: requirements/base.txt"
# shellcheck disable=SC2154
same shop/estate.schema.json "$source_dir/schema/estate.schema.json"

tocsin estate check --workspace shop
expect 0
tocsin items --workspace shop --asset requirements --assessment affected --format jsonl
expect 0
says "CVE-2025-32434"
tocsin search --workspace shop torch
expect 0
tocsin decide CVE-2025-32434 act --as me --because "hub checkpoints are loaded" --workspace shop
expect 0
tocsin register export --workspace shop --output register.csv
expect 0
grep -q 'hub checkpoints are loaded' register.csv || fail "the register lacks the reason"

# Nothing that is there is written over.
mkdir other
printf '{"mine": true}\n' >other/estate.schema.json
printf 'libraries: []\n' >other/estate.yaml
tocsin init other
expect 0
says "estate.schema.json was there"
grep -qF '{"mine": true}' other/estate.schema.json || fail "the schema was written over"
grep -qxF 'libraries: []' other/estate.yaml || fail "the estate was written over"
