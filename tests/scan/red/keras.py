"""Keras: configurations in .keras archives and in HDF5 attributes."""

import base64
import json

from writers import *

FOUND = "found"
BANG = whole(call("os", "system", "id"))
CODE = base64.b64encode(b"\xe3" + b"\0" * 16 + b"\xda\x06system\xda\x02os" + b"\0" * 20).decode()


def layer(kind, config=None, module="keras.layers", registered=None, **more):
    return {"module": module, "class_name": kind, "config": config or {}, "registered_name": registered, **more}


def sequential(*layers, **more):
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": [layer("InputLayer", {"batch_shape": [None, 4]}), *layers]}, "registered_name": None, **more}


def archive(config, extra=()):
    text = config if isinstance(config, (str, bytes)) else json.dumps(config)
    text = text.encode() if isinstance(text, str) else text
    return zip_file([Member("metadata.json", b'{"keras_version": "3.9.0", "date_saved": "2025-01-01@00:00:00"}'), Member("config.json", text), *extra])


def configs():
    dense = layer("Dense", {"units": 4, "activation": "relu"})
    lambda_ = layer("Lambda", {"function": {"class_name": "__lambda__", "config": {"code": CODE, "defaults": None, "closure": None}}})
    yield "lambda-code", sequential(lambda_)
    yield "lambda-old", sequential(layer("Lambda", {"function": [CODE, None, None], "function_type": "lambda", "module": "x"}))
    yield "lambda-name", sequential(layer("Lambda", {"function": "system", "function_type": "function", "module": "os"}))
    yield "lambda-nested-model", sequential(layer("Functional", {"layers": [lambda_]}))
    yield "lambda-in-wrapper", sequential(layer("TimeDistributed", {"layer": lambda_}))
    yield "lambda-in-activation", sequential(layer("Dense", {"units": 1, "activation": {"class_name": "__lambda__", "config": {"code": CODE}}}))
    yield "lambda-as-text", sequential(layer("Dense", {"units": 1, "inner": json.dumps(lambda_)}))
    yield "lambda-key-escaped", json.dumps(sequential(lambda_)).replace("Lambda", "\\u004cambda").replace("__lambda__", "\\u005f_lambda__")
    yield "lambda-key-twice", json.dumps(sequential(lambda_)).replace('"class_name": "Lambda"', '"class_name": "Dense", "class_name": "Lambda"')
    yield "lambda-key-twice-first", json.dumps(sequential(lambda_)).replace('"class_name": "Lambda"', '"class_name": "Lambda", "class_name": "Dense"')
    yield "module-os", sequential(layer("system", {"command": "id"}, module="os"))
    yield "module-function", sequential(layer("Dense", {"activation": {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "function"}}))
    yield "module-subprocess", sequential(layer("Popen", {"args": ["id"]}, module="subprocess"))
    yield "module-keras-utils", sequential(layer("get_file", {"fname": "x", "origin": "http://x/y", "extract": True}, module="keras.utils"))
    yield "module-keras-src-utils", sequential(layer("Dense", {"activation": {"module": "keras.src.utils.file_utils", "class_name": "function", "config": "get_file"}}))
    yield "module-keras-config", sequential(layer("Dense", {"activation": {"module": "keras.config", "class_name": "function", "config": "enable_unsafe_deserialization"}}))
    yield "module-keras-models", sequential(layer("Dense", {"activation": {"module": "keras.models", "class_name": "function", "config": "load_model"}}))
    yield "module-keras-saving", sequential(layer("Dense", {"x": {"module": "keras.src.saving.saving_lib", "class_name": "function", "config": "load_model"}}))
    yield "module-keras-backend", sequential(layer("Dense", {"x": {"module": "keras.src.backend.torch.layer", "class_name": "TorchLayer", "config": {}}}))
    yield "module-unknown", sequential(layer("Net", {"a": 1}, module="evil_package.layers", registered="evil>Net"))
    yield "module-in-compile", sequential(dense, compile_config={"optimizer": layer("system", {"command": "id"}, module="os")})
    yield "module-in-build", sequential(layer("Dense", {"units": 1}, build_config={"input_shape": {"module": "os", "class_name": "system", "config": {"command": "id"}}}))
    yield "module-in-loss", sequential(dense, compile_config={"loss": {"module": "subprocess", "class_name": "function", "config": "check_output"}})
    yield "module-in-metrics", sequential(dense, compile_config={"metrics": [{"module": "os", "class_name": "function", "config": "system"}]})
    yield "module-in-kernel", sequential(layer("Dense", {"kernel_initializer": {"module": "importlib", "class_name": "import_module", "config": {"name": "os"}}}))
    yield "module-in-tuple", sequential(layer("Dense", {"x": {"class_name": "__tuple__", "items": [{"module": "os", "class_name": "function", "config": "system"}]}}))
    yield "module-dtype-policy", sequential(layer("Dense", {"dtype": {"module": "ctypes", "class_name": "CDLL", "config": {"name": "x.so"}}}))
    yield "torch-wrapper", sequential(layer("TorchModuleWrapper", {"module": base64.b64encode(BANG).decode()}))
    yield "jax-layer", sequential(layer("JaxLayer", {"call_fn": {"class_name": "__lambda__", "config": {"code": CODE}}}))
    yield "tfsm", sequential(layer("TFSMLayer", {"filepath": "/tmp/x"}))
    yield "hub", sequential(layer("KerasLayer", {"handle": "https://x/y"}, module="tensorflow_hub.keras_layer"))
    yield "vocabulary-file", sequential(layer("TextVectorization", {"vocabulary": "/etc/passwd"}))
    yield "vocabulary-url", sequential(layer("StringLookup", {"vocabulary": "http://169.254.169.254/latest"}))
    yield "vocabulary-gs", sequential(layer("StringLookup", {"vocabulary": "gs://bucket/x"}))
    yield "vocabulary-relative", sequential(layer("StringLookup", {"vocabulary": "../../x.txt"}))
    yield "vocabulary-integer", sequential(layer("IntegerLookup", {"vocabulary": "/etc/passwd"}))
    yield "vocabulary-plain-name", sequential(layer("StringLookup", {"vocabulary": "passwd.txt"}))
    yield "idf-weights", sequential(layer("StringLookup", {"idf_weights": "/etc/passwd"}))
    yield "feature-space", sequential(layer("FeatureSpace", {"features": {"a": layer("StringLookup", {"vocabulary": "/etc/passwd"})}}))
    yield "tfop-read", sequential(layer("TFOpLambda", {"function": "io.read_file"}))
    yield "tfop-write", sequential(layer("TFOpLambda", {"function": "io.write_file"}))
    yield "tfop-pyfunc", sequential(layer("TFOpLambda", {"function": "numpy_function"}))
    yield "tfop-raw", sequential(layer("TFOpLambda", {"function": "raw_ops.ReadFile"}))
    yield "slicing-op", sequential(layer("SlicingOpLambda", {"function": "py_function"}))
    yield "ops-vectorized-map", sequential(layer("Dense", {"activation": {"module": "keras.ops", "class_name": "function", "config": "map"}}))
    yield "deserialize", sequential(layer("Dense", {"activation": {"module": "keras.saving", "class_name": "function", "config": "deserialize_keras_object"}}))
    yield "callback-csv", sequential(dense, compile_config={"callbacks": [layer("CSVLogger", {"filename": "/tmp/x"}, module="keras.callbacks")]})
    yield "callback-lambda", sequential(dense, callbacks=[layer("LambdaCallback", {"on_epoch_end": {"class_name": "__lambda__", "config": {"code": CODE}}}, module="keras.callbacks")])
    yield "optimizer-lambda", sequential(dense, compile_config={"optimizer": {"class_name": "Adam", "config": {"learning_rate": {"class_name": "__lambda__", "config": {"code": CODE}}}}})
    yield "typespec", sequential(layer("Dense", {"x": {"class_name": "__typespec__", "module": "os", "spec_name": "system", "config": ["id"]}}))
    yield "numpy-load", sequential(layer("Dense", {"x": {"module": "numpy", "class_name": "function", "config": "load"}}))
    yield "registered-name-only", sequential({"class_name": "subprocess>Popen", "module": None, "registered_name": "subprocess>Popen", "config": {"args": ["id"]}, "x": {"module": "subprocess", "class_name": "Popen"}})
    yield "dotted-class", sequential(layer("os.system", {}, module="keras.layers"))
    yield "dotted-function", sequential(layer("Dense", {"activation": {"module": "keras.activations", "class_name": "function", "config": "os.system"}}))
    yield "module-with-colon", sequential(layer("Dense", {"activation": {"module": "tensorflow.python.platform.gfile", "class_name": "function", "config": "Open"}}))
    yield "module-tf-io", sequential(layer("Dense", {"activation": {"module": "tensorflow.io", "class_name": "function", "config": "read_file"}}))
    yield "module-absl", sequential(layer("Dense", {"activation": {"module": "absl.app", "class_name": "function", "config": "run"}}))
    yield "module-type", sequential(layer("Dense", {"x": {"module": "pickle", "class_name": "type", "config": "Unpickler"}}))
    yield "preprocessing", sequential(layer("Dense", {"x": {"module": "keras.preprocessing.image", "class_name": "function", "config": "load_img"}}))
    yield "no-list", {"class_name": "Lambda", "config": {"function": CODE}}
    yield "deep", _deep(lambda_, 60)


def _deep(inner, times):
    for _ in range(times):
        inner = layer("TimeDistributed", {"layer": inner})
    return sequential(inner)


def keras_files(add):
    for i, (file, config) in enumerate(configs()):
        add("keras", file + ".keras", archive(config), FOUND)
        if i % 3 == 0:
            text = config if isinstance(config, str) else json.dumps(config)
            h5 = Hdf5()
            at = h5.object([h5.attribute("model_config", text), h5.attribute("keras_version", "2.15.0")])
            add("keras", file + ".h5", h5.finish(at), FOUND)
        if i % 9 == 1:
            add("keras", file + ".json", (config if isinstance(config, str) else json.dumps(config)).encode(), FOUND)
    good = json.dumps(sequential(layer("Dense", {"units": 4})))
    bad = json.dumps(sequential(layer("Lambda", {"function": [CODE, None, None]})))

    def one(file, raw):
        add("keras", file, raw, FOUND)

    one("config-twice.keras", zip_file([Member("config.json", good.encode()), Member("config.json", bad.encode())]))
    one("config-elsewhere.keras", archive(good, [Member("assets/config.json", bad.encode())]))
    one("weights-pickle.keras", archive(good, [Member("model.weights.h5", BANG)]))
    one("weights-npz.keras", archive(good, [Member("model.weights.npz", zip_file([Member("a.npy", npy("'|O'", "(1,)", BANG))]))]))
    one("config-bom.keras", archive(b"\xef\xbb\xbf" + bad.encode()))
    one("config-utf16.keras", archive(bad.encode("utf-16")))
    one("config-nan.keras", archive(bad.replace('"name"', '"x": NaN, "name"')))
    one("config-cut.keras", archive(bad[:-20]))

    def h5(file, build, **other):
        writer = Hdf5()
        root = build(writer)
        raw = writer.finish(root)
        one(file + ".h5", other.get("before", b"") + raw + other.get("behind", b""))

    h5("lambda-in-training-config", lambda w: w.object([w.attribute("model_config", good), w.attribute("training_config", json.dumps({"loss": {"module": "os", "class_name": "function", "config": "system"}}))]))
    h5("config-in-group", lambda w: w.object([w.hard("g", w.object([w.attribute("model_config", bad)]))]))
    h5("config-in-dataset", lambda w: w.object([w.hard("model_config", w.object(w.data(bad.encode())))]))
    h5("second-attribute", lambda w: w.object([w.attribute("model_config", good), w.attribute("model_config", bad)]))
    h5("pickle-in-attribute", lambda w: w.object([w.attribute("values", BANG)]))
    h5("pickle-protocol-0-in-attribute", lambda w: w.object([w.attribute("title", b"cos\nsystem\n(S'id'\ntR.")]))
    h5("pickle-in-dataset", lambda w: w.object([w.hard("d", w.object(w.data(BANG)))]))
    h5("zip-in-dataset", lambda w: w.object([w.hard("d", w.object(w.data(torch_zip(BANG))))]))
    h5("external-link", lambda w: w.object([w.external("model_weights", "/etc/passwd", "/")]))
    h5("external-link-relative", lambda w: w.object([w.external("model_weights", "other.h5", "/x")]))
    h5("external-link-in-group", lambda w: w.object([w.hard("g", w.object([w.external("x", "../../x.h5", "/")]))]))
    h5("external-data", lambda w: w.object([w.hard("d", w.object([w.external_files("/etc/passwd"), *w.data(b"x" * 8)][:1] + w.data(b"x" * 8)[:2]))]))
    h5("behind", lambda w: w.object([w.attribute("model_config", good)]), behind=BANG)
    for size in (512, 1024, 4096):
        writer = Hdf5(size)
        raw = writer.finish(writer.object([writer.attribute("model_config", bad)]))
        one(f"user-block-{size}.h5", BANG.ljust(size, b"\0") + raw)
        writer = Hdf5(size)
        raw = writer.finish(writer.object([writer.attribute("model_config", bad)]))
        one(f"user-block-zeros-{size}.h5", b"\0" * size + raw)
    writer = Hdf5()
    first = writer.finish(writer.object([writer.attribute("model_config", good)]))
    other = Hdf5()
    one("second-file-behind.h5", first + other.finish(other.object([other.attribute("model_config", bad)])))


ALL = (keras_files,)
