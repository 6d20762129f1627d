"""Honest files that look like attacks: what libraries write when nobody means harm. Classes of libraries are stand-ins with the module, the name and the way of
pickling of the real ones, so that pickle.dumps writes the stream that the library would."""

import argparse
import array
import bz2
import collections
import datetime
import decimal
import enum
import fractions
import functools
import gzip
import io
import ipaddress
import json
import logging
import lzma
import math
import operator
import pathlib
import pickle
import random
import re
import string
import struct
import sys
import types
import uuid
import zipfile
import zlib
import zoneinfo

import graphs
import keras
import settings
from writers import *

HONEST = "honest"


# ---- stand-ins ----

def module(name):
    if name not in sys.modules or not hasattr(sys.modules[name], "stand_in"):
        made = types.ModuleType(name)
        made.stand_in = True
        sys.modules[name] = made
        outer, _, last = name.rpartition(".")
        if outer:
            setattr(module(outer), last, made)
    return sys.modules[name]


def cls(where, name, bases=(object,), **members):
    home = module(where)
    if not hasattr(home, name):
        setattr(home, name, type(bases[0])(name, bases, {"__module__": where, "__qualname__": name, **members}))
    return getattr(home, name)


def function(where, name):
    home = module(where)
    if not hasattr(home, name):
        def made(*arguments):
            return None
        made.__module__, made.__name__, made.__qualname__ = where, name, name
        setattr(home, name, made)
    return getattr(home, name)


def obj(where, name, **state):
    made = cls(where, name).__new__(cls(where, name))
    made.__dict__.update(state)
    return made


class Made:
    """Pickles as a call: what __reduce__ of an extension type gives."""

    def __init__(self, callee, arguments, state=None):
        self.callee, self.arguments, self.state = callee, arguments, state

    def __reduce__(self):
        return (self.callee, self.arguments) if self.state is None else (self.callee, self.arguments, self.state)


ndarray = cls("numpy", "ndarray")


def dtype(text, state=None):
    order = "|" if text[0] in "OSUVb" or text in ("u1", "i1") else "<"
    flags = 63 if text[0] == "O" else 0
    size = int(text[1:]) if text[0] in "SV" else -1
    return Made(cls("numpy", "dtype"), (text, False, True), state or (3, order, None, None, None, size, 1 if size > 0 else -1, flags))


def array_of(shape, text="f8", raw=None, multi="numpy.core.multiarray", state=None):
    count = math.prod(shape)
    if raw is None:
        raw = b"\0" * (count * (8 if text[1:] == "" else int(text[1:]) * (4 if text[0] == "U" else 1)))
    return Made(function(multi, "_reconstruct"), (ndarray, (0,), b"b"), (1, shape, dtype(text, state), False, raw))


def scalar(value, text="f8", multi="numpy.core.multiarray"):
    return Made(function(multi, "scalar"), (dtype(text), struct.pack("<d", value) if text == "f8" else struct.pack("<q", value)))


def estimator(where, name, **state):
    return obj(where, name, _sklearn_version="1.5.0", **state)


# ---- torch ----

class Storage:
    def __init__(self, kind, raw, key):
        self.kind, self.raw, self.key = kind, raw, key


class TorchPickler(pickle._Pickler):
    def persistent_id(self, one):
        if isinstance(one, Storage):
            return ("storage", cls("torch", one.kind), one.key, "cpu", max(1, len(one.raw) // 4))
        return None


class Checkpoint:
    def __init__(self):
        self.storages = []

    def tensor(self, shape=(2, 2), kind="FloatStorage", raw=None):
        stride, strides = 1, []
        for d in reversed(shape):
            strides.insert(0, stride)
            stride *= d
        made = Storage(kind, raw if raw is not None else b"\0" * 4 * stride, str(len(self.storages)))
        self.storages.append(made)
        return Made(function("torch._utils", "_rebuild_tensor_v2"), (made, 0, shape, tuple(strides), False, collections.OrderedDict()))

    def parameter(self, shape=(2, 2)):
        return Made(function("torch._utils", "_rebuild_parameter"), (self.tensor(shape), True, collections.OrderedDict()))

    def dump(self, value, protocol=2):
        out = io.BytesIO()
        TorchPickler(out, protocol).dump(value)
        return out.getvalue()

    def zip(self, value, **other):
        return torch_zip(self.dump(value), [s.raw for s in self.storages], **other)

    def legacy(self, value):
        # PyTorch writes 'storage' with six parts there: a view's key is the last.
        body = self.dump(value)
        magic = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
        out = magic + b"\x80\x02M\xe9\x03." + pickle.dumps({"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}, 2)
        out += body + pickle.dumps([s.key for s in self.storages], 2)
        for s in self.storages:
            out += struct.pack("<q", max(1, len(s.raw) // 4)) + s.raw
        return out


def nn(name, where="torch.nn.modules.linear", children=(), **state):
    return obj(where, name, training=False, _parameters=collections.OrderedDict(), _buffers=collections.OrderedDict(), _non_persistent_buffers_set=set(),
               _backward_hooks=collections.OrderedDict(), _forward_hooks=collections.OrderedDict(), _is_full_backward_hook=None, _modules=collections.OrderedDict(children), **state)


# ---- Python's own ----

def python_objects():
    utc = datetime.timezone.utc
    again = [1]
    loop = []
    loop.append(loop)
    yield "containers", {"a": [1, 2.5, None, True, "x", b"y", (), (1,), {2}, frozenset([3]), {}], "b": bytearray(b"z"), "c": 1 << 200, "d": -1, "e": complex(1, 2), "f": range(5), "g": slice(1, 2)}
    yield "shared", [again, again, {"k": again}]
    yield "loop", loop
    yield "dates", [datetime.datetime(2025, 1, 1, tzinfo=utc), datetime.date(2025, 1, 1), datetime.time(1, 2), datetime.timedelta(3), datetime.timezone(datetime.timedelta(hours=2), "x")]
    yield "zones", [zoneinfo.ZoneInfo("UTC") if "UTC" in zoneinfo.available_timezones() else None, datetime.datetime(2025, 1, 1)]
    yield "numbers", [decimal.Decimal("1.5"), fractions.Fraction(1, 3), float("nan"), float("inf"), -0.0, 10 ** 400]
    yield "ids", [uuid.UUID(int=5), uuid.UUID(int=6), str(uuid.UUID(int=7))]
    yield "paths", [pathlib.PosixPath("runs/exp1/best.pt"), pathlib.PurePosixPath("/data/x"), pathlib.PureWindowsPath("C:\\x")]
    yield "collections", [collections.OrderedDict(a=1), collections.Counter("aab"), collections.deque([1, 2], 5), collections.defaultdict(list, {"a": [1]}), collections.ChainMap({"a": 1}),
                          collections.UserDict(a=1), collections.defaultdict(int), collections.defaultdict(dict), collections.defaultdict(None, {"a": 1})]
    yield "namespace", [argparse.Namespace(lr=0.1, path="/x/y", command="rm -rf /", nested=argparse.Namespace(a=1)), types.SimpleNamespace(a=1)]
    yield "random", random.Random(5)
    yield "random-state", random.Random(6).getstate()
    yield "array", array.array("d", [1.0, 2.0])
    yield "singletons", [None, True, False, Ellipsis, NotImplemented]
    yield "types", [int, str, float, dict, list, type(None), bytes, object, collections.OrderedDict, complex]
    yield "networks", [ipaddress.ip_address("10.0.0.1"), ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_address("::1")]
    yield "patterns", [re.compile(r"\w+"), re.compile(b"x", re.I)]
    yield "getters", [operator.itemgetter(1), operator.itemgetter("a", "b"), operator.attrgetter("score")]
    yield "partials", [functools.partial(int, base=2), functools.partial(sorted, reverse=True), functools.partial(max)]
    yield "functions", [math.sqrt, math.log, len, max, sum, sorted, abs, operator.add, operator.mul]
    yield "errors", [ValueError("x"), KeyError("a"), StopIteration(), RuntimeError("y", 1)]
    yield "logger", logging.getLogger("own.model")
    yield "template", string.Template("$a")
    yield "text-that-names-attacks", {"readme": "os.system('id')", "code": "import os; exec('x')", "cmd": "cos\nsystem", "b": b"eval(compile())", "pickle": "csubprocess\nPopen", "url": "http://x/y"}
    yield "keys-that-look-special", {"__class__": "x", "__reduce__": 1, "__setstate__": None, "__dict__": {}}
    yield "surrogates", ["\ud800", "é", "日本", "\0", "\U0001f600"]
    yield "deep", functools.reduce(lambda inner, _: [inner], range(400), [])
    yield "long", ["x" * 100000, b"y" * 100000, list(range(3000)), {i: str(i) for i in range(2000)}]
    yield "many-small", [(i, float(i), str(i)) for i in range(3000)]
    yield "bytes-with-marks", [b"\x80\x04.", b"\x80\x02}q\x00.", b"PK\x03\x04", b"(lp0\n.", b"\x7fELF", b"cfoo", b"."]
    yield "empty-bytearray", [bytearray(), bytes(), "", bytearray(b"\xff\x00")]


def python_files(add):
    for file, one in python_objects():
        for protocol in range(6):
            if file in ("getters", "patterns", "surrogates", "partials") and protocol < 2:
                continue
            add("honest-python", f"{file}.p{protocol}.pkl", pickle.dumps(one, protocol), HONEST)
    add("honest-python", "several.pkl", pickle.dumps([1], 4) + pickle.dumps({"a": 2}, 2) + pickle.dumps("x", 0), HONEST)
    add("honest-python", "framed.pkl", pickle.dumps(["x" * 70000, list(range(70000))], 4), HONEST)
    add("honest-python", "packed.pkl.gz", gzip.compress(pickle.dumps({"a": 1}, 4)), HONEST)
    add("honest-python", "packed.pkl.xz", lzma.compress(pickle.dumps({"a": 1}, 4)), HONEST)
    add("honest-python", "packed.pkl.bz2", bz2.compress(pickle.dumps({"a": 1}, 4)), HONEST)
    add("honest-python", "packed.pkl.z", zlib.compress(pickle.dumps({"a": 1}, 4)), HONEST)


# ---- libraries ----

def library_objects():
    yield "numpy-arrays", {"a": array_of((2, 3)), "b": array_of((2,), "i4"), "c": array_of((3,), "U5"), "d": array_of((2,), "S3"), "e": array_of((1,), "?", b"\1"), "s": scalar(1.5)}
    yield "numpy-2", {"a": array_of((2, 3), multi="numpy._core.multiarray"), "s": scalar(1.5, multi="numpy._core.multiarray"), "i": scalar(3, "i8", "numpy._core.multiarray")}
    yield "numpy-objects", array_of((2,), "O8", ["a", None])
    yield "numpy-structured", array_of((1,), "V12", b"\0" * 12, state=(3, "|", None, ("a", "b"), {"a": (dtype("i4"), 0), "b": (dtype("f8"), 4)}, 12, 1, 16))
    yield "numpy-datetime", array_of((1,), "M8", b"\0" * 8, state=(4, "<", None, None, None, -1, -1, 0, ({}, (b"ns", 1, 1, 1))))
    yield "numpy-from-buffer", Made(function("numpy.core.numeric", "_frombuffer"), (b"\0" * 16, dtype("f8"), (2,), "C"))
    yield "numpy-matrix", Made(function("numpy.core.multiarray", "_reconstruct"), (cls("numpy", "matrix"), (0,), b"b"), (1, (1, 1), dtype("f8"), False, b"\0" * 8))
    yield "numpy-generator-1", Made(function("numpy.random._pickle", "__generator_ctor"), ("PCG64",), {"bit_generator": "PCG64", "state": {"state": 1 << 120, "inc": 5}, "has_uint32": 0, "uinteger": 0})
    yield "numpy-generator-2", Made(function("numpy.random._pickle", "__generator_ctor"), (Made(function("numpy.random._pickle", "__bit_generator_ctor"), (cls("numpy.random._pcg64", "PCG64"),),
                                    ({"bit_generator": "PCG64", "state": {"state": 1, "inc": 5}, "has_uint32": 0, "uinteger": 0}, None)),))
    yield "numpy-random-state", Made(function("numpy.random._pickle", "__randomstate_ctor"), ("MT19937",), {"bit_generator": "MT19937", "state": {"key": array_of((624,), "u4"), "pos": 5}, "has_gauss": 0, "gauss": 0.0})
    yield "numpy-ufuncs", [function("numpy", "log1p"), function("numpy.core._multiarray_umath", "exp"), function("numpy", "sqrt"), function("numpy", "mean")]
    index = Made(function("pandas.core.indexes.base", "_new_Index"), (cls("pandas.core.indexes.base", "Index"), {"data": array_of((1,), "O8", ["a"]), "name": None}))
    span = Made(function("pandas.core.indexes.base", "_new_Index"), (cls("pandas.core.indexes.range", "RangeIndex"), {"name": None, "start": 0, "stop": 2, "step": 1}))
    block = Made(function("pandas._libs.internals", "_unpickle_block"), (array_of((1, 2)), slice(0, 1, 1), 2))
    manager = Made(cls("pandas.core.internals.managers", "BlockManager"), ((block,), [index, span]))
    yield "pandas-frame", obj("pandas.core.frame", "DataFrame", _mgr=manager, _typ="dataframe", _metadata=[], attrs={}, _flags={"allows_duplicate_labels": True})
    yield "pandas-series", obj("pandas.core.series", "Series", _mgr=Made(cls("pandas.core.internals.managers", "SingleBlockManager"), ((block,), [span])), _typ="series", _name="x")
    yield "pandas-times", [Made(function("pandas._libs.tslibs.timestamps", "_unpickle_timestamp"), (0, None, None, 10)), Made(function("pandas._libs.tslibs.timedeltas", "_timedelta_unpickle"), (5, 10)),
                           Made(function("pandas._libs.tslibs.nattype", "_nat_unpickle"), (None,)), Made(function("pandas._libs.tslibs.period", "_period_unpickle"), (5, "D"))]
    yield "pandas-datetimes", Made(function("pandas.core.indexes.datetimes", "_new_DatetimeIndex"), (cls("pandas.core.indexes.datetimes", "DatetimeIndex"), {"data": array_of((2,)), "freq": None, "name": None}))
    yield "pandas-categories", [obj("pandas.core.arrays.categorical", "Categorical", _codes=array_of((2,), "i1"), _ndarray=array_of((2,), "i1")), obj("pandas.core.dtypes.dtypes", "CategoricalDtype", categories=None, ordered=False)]
    yield "pandas-multi-index", Made(function("pandas.core.indexes.base", "_new_Index"), (cls("pandas.core.indexes.multi", "MultiIndex"), {"levels": [index], "codes": [array_of((1,), "i1")], "sortorder": None, "names": [None]}))
    yield "pandas-offsets", [Made(cls("pandas._libs.tslibs.offsets", "Day"), (1, False)), obj("pandas.core.arrays.string_", "StringDtype", storage="python"), obj("pandas.core.arrays.integer", "Int64Dtype")]
    scaler = estimator("sklearn.preprocessing._data", "StandardScaler", mean_=array_of((2,)), scale_=array_of((2,)), n_features_in_=2)
    logistic = estimator("sklearn.linear_model._logistic", "LogisticRegression", C=1.0, coef_=array_of((1, 2)), classes_=array_of((2,), "i8"), solver="lbfgs")
    tree = Made(cls("sklearn.tree._tree", "Tree"), (4, array_of((1,), "i8"), 1), {"max_depth": 1, "node_count": 1, "nodes": array_of((1,), "V64", b"\0" * 64, state=(3, "|", None, ("l", "r"), {"l": (dtype("i8"), 0), "r": (dtype("i8"), 8)}, 64, 1, 16)), "values": array_of((1, 1, 2))})
    forest = estimator("sklearn.ensemble._forest", "RandomForestClassifier", estimators_=[estimator("sklearn.tree._classes", "DecisionTreeClassifier", tree_=tree)], classes_=array_of((2,), "i8"))
    yield "sklearn-pipeline", estimator("sklearn.pipeline", "Pipeline", steps=[("scale", scaler), ("model", logistic)], memory=None, verbose=False)
    yield "sklearn-forest", forest
    yield "sklearn-columns", estimator("sklearn.compose._column_transformer", "ColumnTransformer", transformers=[("a", scaler, ["x"]), ("b", "passthrough", slice(0, 1))], _remainder=("remainder", "drop", []))
    yield "sklearn-function", estimator("sklearn.preprocessing._function_transformer", "FunctionTransformer", func=function("numpy", "log1p"), inverse_func=function("numpy", "expm1"))
    yield "sklearn-function-partial", estimator("sklearn.preprocessing._function_transformer", "FunctionTransformer", func=functools.partial(function("numpy", "clip"), a_min=0))
    yield "sklearn-search", estimator("sklearn.model_selection._search", "GridSearchCV", estimator=logistic, cv=obj("sklearn.model_selection._split", "StratifiedKFold", n_splits=5),
                                      scorer_=obj("sklearn.metrics._scorer", "_Scorer", _score_func=function("sklearn.metrics._classification", "accuracy_score"), _sign=1, _kwargs={}))
    yield "sklearn-text", estimator("sklearn.feature_extraction.text", "TfidfVectorizer", token_pattern="(?u)\\b\\w\\w+\\b", vocabulary_={"a": scalar(1, "i8")}, dtype=cls("numpy", "float64"),
                                    strip_accents=function("sklearn.feature_extraction.text", "strip_accents_unicode"))
    yield "sklearn-network", estimator("sklearn.neural_network._multilayer_perceptron", "MLPClassifier", _optimizer=obj("sklearn.neural_network._stochastic_optimizers", "AdamOptimizer", lr=1),
                                       _random_state=None)
    yield "sklearn-loss", estimator("sklearn.ensemble._hist_gradient_boosting.gradient_boosting", "HistGradientBoostingClassifier",
                                    _loss=obj("sklearn._loss.loss", "HalfBinomialLoss", closs=Made(cls("sklearn._loss._loss", "CyHalfBinomialLoss"), ()), link=obj("sklearn._loss.link", "LogitLink")))
    yield "sklearn-neighbours", estimator("sklearn.neighbors._classification", "KNeighborsClassifier", _tree=Made(function("sklearn.neighbors._kd_tree", "newObj"), (cls("sklearn.neighbors._kd_tree", "KDTree"),), (array_of((2, 2)), 1)))
    yield "sklearn-stacked", estimator("sklearn.ensemble._stacking", "StackingClassifier", estimators=[("rf", forest), ("lr", logistic)], final_estimator=None)
    yield "scipy-sparse", obj("scipy.sparse._csr", "csr_matrix", _shape=(2, 2), data=array_of((1,)), indices=array_of((1,), "i4"), indptr=array_of((3,), "i4"), maxprint=50)
    yield "scipy-array", obj("scipy.sparse._arrays", "csr_array", _shape=(2, 2), data=array_of((1,)))
    yield "xgboost", obj("xgboost.sklearn", "XGBClassifier", n_estimators=5, _Booster=obj("xgboost.core", "Booster", handle=bytearray(b"{L\0\0"), feature_names=None))
    yield "lightgbm", obj("lightgbm.sklearn", "LGBMClassifier", _Booster=obj("lightgbm.basic", "Booster", handle="tree\nversion=v4\n", params={}))
    yield "imblearn", obj("imblearn.pipeline", "Pipeline", steps=[("smote", obj("imblearn.over_sampling._smote.base", "SMOTE", k_neighbors=5)), ("model", logistic)])
    yield "gensim", obj("gensim.models.keyedvectors", "KeyedVectors", vectors=array_of((2, 2), "f4"), key_to_index={"a": 0}, index_to_key=["a"])
    yield "nltk", obj("nltk.tokenize.punkt", "PunktSentenceTokenizer", _params=obj("nltk.tokenize.punkt", "PunktParameters", abbrev_types=set(["dr"]), ortho_context=collections.defaultdict(int, {"a": 1})))
    by_value = lambda where, name, value: Made(cls(where, name), (value,))
    by_name = lambda where, name, member: Made(getattr, (cls(where, name), member))
    training = dict(output_dir="out", learning_rate=5e-5, fp16=True, report_to=["tensorboard"], push_to_hub=False, logging_dir="out/runs/x")
    yield "transformers-arguments-by-value", obj("transformers.training_args", "TrainingArguments", **training, evaluation_strategy=by_value("transformers.trainer_utils", "IntervalStrategy", "steps"),
                                                 lr_scheduler_type=by_value("transformers.trainer_utils", "SchedulerType", "linear"), optim=by_value("transformers.training_args", "OptimizerNames", "adamw_torch"),
                                                 hub_strategy=by_value("transformers.trainer_utils", "HubStrategy", "every_save"), distributed_state=obj("accelerate.state", "PartialState", _cpu=False, device=Made(cls("torch", "device"), ("cuda", 0))))
    yield "transformers-arguments-by-name", obj("transformers.training_args", "TrainingArguments", **training, evaluation_strategy=by_name("transformers.trainer_utils", "IntervalStrategy", "STEPS"),
                                                lr_scheduler_type=by_name("transformers.trainer_utils", "SchedulerType", "LINEAR"), optim=by_name("transformers.training_args", "OptimizerNames", "ADAMW_TORCH"),
                                                parallel_mode=by_name("accelerate.utils.dataclasses", "DistributedType", "MULTI_GPU"))
    yield "transformers-arguments-new", obj("transformers.training_args", "TrainingArguments", **training, accelerator_config=obj("transformers.trainer_pt_utils", "AcceleratorConfig", split_batches=False),
                                            save_strategy=by_value("transformers.trainer_utils", "SaveStrategy", "steps"), deepspeed_plugin=None)
    yield "transformers-config", obj("transformers.models.llama.configuration_llama", "LlamaConfig", hidden_size=8, torch_dtype="float16", auto_map=None)
    yield "peft", obj("peft.tuners.lora.config", "LoraConfig", peft_type=by_value("peft.utils.peft_types", "PeftType", "LORA"), task_type=by_value("peft.utils.peft_types", "TaskType", "CAUSAL_LM"), r=8)
    yield "fairseq", argparse.Namespace(arch="roberta_large", data="/checkpoint/data-bin", task="masked_lm", lr=[1e-4], criterion="x")
    yield "omegaconf", obj("omegaconf.dictconfig", "DictConfig", _metadata=obj("omegaconf.base", "ContainerMetadata", optional=True, flags={}, object_type=dict), _parent=None,
                           _content={"a": obj("omegaconf.nodes", "AnyNode", _metadata=obj("omegaconf.base", "Metadata", optional=True), _parent=None, _val="x")})
    yield "lightning", {"pytorch-lightning_version": "2.1.0", "epoch": 3, "hyper_parameters": Made(cls("pytorch_lightning.utilities.parsing", "AttributeDict", (dict,)), ()), "callbacks": {
        "EarlyStopping{'monitor': 'val_loss'}": {"best_score": 1.0}}, "lr_schedulers": [], "loops": {"fit_loop": {"state_dict": {}}}}
    yield "deepspeed", {"optimizer": None, "loss_scaler": obj("deepspeed.runtime.fp16.loss_scaler", "LossScaler", cur_scale=1.0), "ds_version": "0.10", "args": argparse.Namespace(a=1)}
    yield "deepspeed-dynamic", {"loss_scaler": obj("deepspeed.runtime.fp16.loss_scaler", "DynamicLossScaler", cur_scale=1.0, dynamic=True)}
    yield "megatron", {"args": argparse.Namespace(model_type=by_value("megatron.core.enums", "ModelType", 1)), "checkpoint_version": 3.0, "iteration": 5}
    buffer = obj("mmengine.logging.history_buffer", "HistoryBuffer", _log_history=array_of((3,)), _count_history=array_of((3,)), _statistics_methods={
        "mean": Made(getattr, (cls("mmengine.logging.history_buffer", "HistoryBuffer"), "mean")), "current": Made(getattr, (cls("mmengine.logging.history_buffer", "HistoryBuffer"), "current"))})
    yield "mmengine", {"meta": {"mmengine_version": "0.7", "cfg": "x = 1"}, "message_hub": {"log_scalars": {"train/lr": buffer}}}
    yield "tokenizers", [Made(cls("tokenizers", "AddedToken"), (), {"content": "<s>", "special": True})]
    yield "accelerate-choices", [by_value("accelerate.utils.dataclasses", "DynamoBackend", "NO"), by_value("accelerate.utils.dataclasses", "PrecisionType", "bf16"),
                                 by_value("accelerate.utils.dataclasses", "ComputeEnvironment", "LOCAL_MACHINE"), by_value("accelerate.utils.dataclasses", "LoggerType", "tensorboard")]
    yield "torchvision-transforms", obj("torchvision.transforms.transforms", "Compose", transforms=[obj("torchvision.transforms.transforms", "Resize", size=(2, 2), interpolation=by_value(
        "torchvision.transforms.functional", "InterpolationMode", "bilinear")), obj("torchvision.transforms.transforms", "Normalize", mean=[0.5], std=[0.5])])
    yield "dateutil", [obj("dateutil.tz.tz", "tzutc"), obj("dateutil.tz.tz", "tzoffset", _name="x")]
    yield "statsmodels", obj("statsmodels.genmod.families.family", "Binomial", link=obj("statsmodels.genmod.families.links", "Logit"))


def library_files(add):
    for i, (file, one) in enumerate(library_objects()):
        for protocol in (2, 4, 5) if i % 2 else (0, 3, 4):
            add("honest-library", f"{file}.p{protocol}.pkl", pickle.dumps(one, protocol), HONEST)
        if i % 3 == 0:
            add("honest-library", f"{file}.joblib.gz", gzip.compress(pickle.dumps(one, 4)), HONEST)
        if i % 4 == 0:
            add("honest-library", f"{file}.bin", Checkpoint().zip(one), HONEST)


def torch_files(add):
    def one(file, raw):
        add("honest-torch", file, raw, HONEST)

    for kind in ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool", "ComplexFloat", "ComplexDouble"):
        c = Checkpoint()
        one(f"state-{kind}.pt", c.zip(collections.OrderedDict([("a.weight", c.tensor(kind=kind + "Storage")), ("a.bias", c.tensor((2,), kind + "Storage"))])))
    for size in (1, 5, 40):
        c = Checkpoint()
        state = collections.OrderedDict((f"layers.{i}.weight", c.parameter()) for i in range(size))
        one(f"parameters-{size}.pt", c.zip(state))
        one(f"parameters-{size}.legacy.pt", c.legacy(state))
    c = Checkpoint()
    model = nn("Sequential", "torch.nn.modules.container", [("0", nn("Linear", in_features=2, out_features=2)), ("1", nn("ReLU", "torch.nn.modules.activation", inplace=False)),
                                                            ("2", nn("Conv2d", "torch.nn.modules.conv", kernel_size=(3, 3), padding_mode="zeros")), ("3", nn("BatchNorm2d", "torch.nn.modules.batchnorm"))])
    one("whole-model.pt", c.zip(model))
    one("whole-model.legacy.pt", c.legacy(model))
    c = Checkpoint()
    part = functools.partial(cls("torch.nn.modules.normalization", "LayerNorm"), eps=1e-6)
    one("model-with-partial.pt", c.zip(nn("Block", "timm.models.vision_transformer", [("norm", nn("LayerNorm", "torch.nn.modules.normalization"))], norm_layer=part, act_layer=cls("torch.nn.modules.activation", "GELU"))))
    c = Checkpoint()
    one("optimizer.pt", c.zip({"model": collections.OrderedDict(w=c.tensor()), "optimizer": {"state": {0: {"step": c.tensor(()), "exp_avg": c.tensor()}}, "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999), "params": [0]}]},
                               "epoch": 5, "args": argparse.Namespace(lr=1), "rng": c.tensor((4,), "ByteStorage", b"\0" * 4), "scaler": {"scale": 65536.0}}))
    c = Checkpoint()
    one("scheduler.pt", c.zip({"scheduler": obj("torch.optim.lr_scheduler", "OneCycleLR", optimizer=obj("torch.optim.adam", "Adam", defaults={}), anneal_func=Made(getattr, (obj("torch.optim.lr_scheduler", "OneCycleLR"), "_annealing_cos")))}))
    c = Checkpoint()
    one("dtypes.pt", c.zip({"device": Made(cls("torch", "device"), ("cpu",)), "size": Made(cls("torch", "Size"), ((1, 2),)),
                            "v": Made(cls("torch.torch_version", "TorchVersion", (str,)), ("2.1",))}))
    c = Checkpoint()
    indices = c.tensor((1, 2), "LongStorage")
    one("sparse.pt", c.zip({"s": Made(function("torch._utils", "_rebuild_sparse_tensor"), (1, (indices, c.tensor((2,)), Made(cls("torch", "Size"), ((4,),)))))}))
    c = Checkpoint()
    one("yolo.pt", c.zip({"epoch": -1, "model": nn("DetectionModel", "ultralytics.nn.tasks", [("0", nn("Conv", "ultralytics.nn.modules.conv"))], yaml={"nc": 80}, names={0: "person"}), "train_args": {"data": "coco.yaml"},
                          "date": "2024-01-01", "version": "8.0"}))
    c = Checkpoint()
    one("storage-that-begins-as-pickle.pt", c.zip({"w": c.tensor((8,), raw=b"\x80\x04" + b"N." * 15)}))
    c = Checkpoint()
    one("aligned.pt", c.zip({"w": c.tensor()}, extra=[Member("archive/.data/serialization_id", b"1234567890123456789"), Member("archive/.format_version", b"1"), Member("archive/.storage_alignment", b"64")]))
    c = Checkpoint()
    one("padded.pt", zip_file([Member("m/data.pkl", c.dump({"w": c.tensor()}), local_extra=b"FB" + u(2, 20) + b"Z" * 20), Member("m/data/0", b"\0" * 16, local_extra=b"FB" + u(2, 9) + b"Z" * 9), Member("m/version", b"3\n")]))
    c = Checkpoint()
    one("script.pt", zip_file([Member("m/data.pkl", b"\x80\x02c__torch__.net\nNet\nq\x00)\x81}(X\x08\0\0\0training\x89X\x0d\0\0\0_is_full_hookNub."), Member("m/constants.pkl", b"\x80\x02)."), Member("m/version", b"3\n"),
                               Member("m/code/__torch__/net.py", b"class Net(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n  def forward(self: __torch__.net.Net,\n    x: Tensor) -> Tensor:\n    return torch.relu(x)\n"),
                               Member("m/code/__torch__/net.py.debug_pkl", pickle.dumps([("a", 1)], 2))]))
    one("distributed.metadata", pickle.dumps(obj("torch.distributed.checkpoint.metadata", "Metadata", state_dict_metadata={"w": obj("torch.distributed.checkpoint.metadata", "BytesStorageMetadata")}, planner_data=None), 4))


# ---- user's own classes: told as unknown, never as an attack ----

def own_classes(add):
    for i, one in enumerate((obj("myproject.config", "TrainConfig", lr=0.1), obj("src.models.net", "Net", a=1), obj("features", "LogTransformer", columns=["a"]))):
        add("own-class", f"own-{i}.pkl", pickle.dumps(one, 4), "told")


# ---- containers ----

def container_files(add):
    def one(file, raw):
        add("honest-container", file, raw, HONEST)

    def standard(members, compression=zipfile.ZIP_STORED, **other):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", compression) as made:
            for name, raw in members:
                with made.open(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), "w", **other) as member:
                    member.write(raw)
        return out.getvalue()

    class Stream(io.RawIOBase):
        """Cannot seek: zipfile writes sizes behind the bytes."""
        def __init__(self):
            self.got = b""

        def writable(self):
            return True

        def write(self, b):
            self.got += bytes(b)
            return len(b)

    arrays = [("a.npy", npy("'<f8'", "(2, 3)", b"\0" * 48)), ("b.npy", npy("'<i4'", "(5,)", b"\0" * 20)), ("names.npy", npy("'<U3'", "(2,)", b"a\0\0\0" * 6))]
    one("arrays.npz", standard(arrays))
    one("arrays-compressed.npz", standard(arrays, zipfile.ZIP_DEFLATED))
    one("arrays-zip64.npz", standard(arrays, force_zip64=True))
    one("arrays-bzip2.zip", standard(arrays, zipfile.ZIP_BZIP2))
    one("arrays-lzma.zip", standard(arrays, zipfile.ZIP_LZMA))
    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, raw in arrays:
            made.writestr(name, raw)
    one("streamed.zip", stream.got)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("folder/", b"")
        made.writestr("folder/é日本.txt", "text")
        made.writestr("folder/empty", b"")
        made.comment = b"made by somebody"
    one("folders-and-names.zip", out.getvalue())
    one("info-zip.zip", zip_file([Member("config.json", b'{"a": 1}', 8, extra=struct.pack("<HHBI", 0x5455, 5, 1, 5) + struct.pack("<HHBBIBI", 0x7875, 11, 1, 4, 0, 4, 0),
                                         local_extra=struct.pack("<HHBII", 0x5455, 9, 3, 5, 5) + struct.pack("<HHBBIBI", 0x7875, 11, 1, 4, 0, 4, 0), made_by=0x31e, mode=0o100644)]))
    one("java.zip", zip_file([Member("META-INF/", b"", local_extra=b"\xfe\xca\0\0"), Member("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\n", 8, descriptor=True, flags=0x800)]))
    one("numpy-one.npy", npy("'<f4'", "(3,)", b"\0" * 12))
    one("numpy-fortran.npy", npy(None, None, b"\0" * 32, head="{'descr': '<f8', 'fortran_order': True, 'shape': (2, 2), }"))
    one("numpy-scalar.npy", npy("'<f8'", "()", b"\0" * 8))
    one("numpy-empty.npy", npy("'<f8'", "(0,)", b""))
    one("numpy-record.npy", npy("[('shape', '<i4'), ('descr', '<f8', (2,)), ('Object', 'S3')]", "(1,)", b"\0" * 23))
    one("numpy-record-nested.npy", npy("[('a', [('x', '<i2'), ('O', '|u1')]), ('', '|V4')]", "(2,)", b"\0" * 14))
    one("numpy-record-title.npy", npy("[(('The Object', 'o'), '<f8')]", "(1,)", b"\0" * 8))
    one("numpy-dates.npy", npy("'<M8[ns]'", "(2,)", b"\0" * 16))
    one("numpy-version-3.npy", npy("[('日本', '<f8')]", "(1,)", b"\0" * 8, 3))
    one("numpy-big-endian.npy", npy("'>f8'", "(1,)", b"\0" * 8))
    one("numpy-python-2.npy", npy("'<f8'", "(1L, 1L)", b"\0" * 8))
    one("numpy-objects.npy", npy("'|O'", "(2,)", pickle.dumps(["a", "b"], 3)))
    one("numpy-two.npy", npy("'<f8'", "(1,)", b"\0" * 8) + npy("'<i4'", "(1,)", b"\0" * 4))
    one("numpy-void.npy", npy("'|V8'", "(1,)", b"\0" * 8))
    one("plain.tar", tar([("model/config.json", b'{"a": 1}'), ("model/", b"", b"5", ""), ("model/w.npy", npy("'<f8'", "(1,)", b"\0" * 8))]))
    one("plain.tar.gz", gzip.compress(tar([("./config.json", b'{"a": 1}'), ("./weights.bin", b"\0" * 300)])))
    one("links-inside.tar", tar([("a/b.txt", b"x"), ("a/latest", b"", b"2", "b.txt"), ("a/hard", b"", b"1", "a/b.txt")]))
    one("weights.nemo", tar([("./model_config.yaml", b"target: nemo.collections.asr.models.EncDecCTCModel\nencoder:\n  _target_: nemo.collections.asr.modules.ConformerEncoder\n  d_model: 4\noptim:\n  name: adamw\n"),
                             ("./model_weights.ckpt", Checkpoint().zip(collections.OrderedDict()))]))
    one("handler.mar", zip_file([Member("MAR-INF/MANIFEST.json", b'{"createdOn":"x","runtime":"python","model":{"modelName":"m","serializedFile":"m.pt","handler":"image_classifier","modelVersion":"1.0"},"archiverVersion":"0.8"}'),
                                 Member("m.pt", Checkpoint().zip(collections.OrderedDict())), Member("index_to_name.json", b'{"0": "cat"}')]))
    one("joblib-arrays.joblib", _joblib())
    one("joblib-arrays.joblib.gz", gzip.compress(_joblib()))
    one("joblib-arrays.joblib.z", zlib.compress(_joblib(), 3))
    one("joblib-zfile.pkl", b"ZF" + hex(len(_joblib())).encode().ljust(19) + zlib.compress(_joblib()))


def _joblib():
    wrapper = lambda shape, text, order: built(new("joblib.numpy_pickle", "NumpyArrayWrapper"), {
        "subclass": glob("numpy", "ndarray"), "shape": shape, "order": "C", "dtype": built(call("numpy", "dtype", text, False, True), (3, order, None, None, None, -1, -1, 0)), "allow_mmap": True})
    return (b"\x80\x04}(" + text("coef") + wrapper((3,), "f8", "<") + bytes([0x80, 4]) + b"\xff" * 22 + text("labels") + wrapper((2,), "i4", "<") + b"cos\nsyst" + text("n") + b"K\3u.")


# ---- graphs, settings, templates ----

def text_files(add):
    def one(file, raw, category="honest-text"):
        add(category, file, raw.encode() if isinstance(raw, str) else raw, HONEST)

    one("config.json", json.dumps({"architectures": ["LlamaForCausalLM"], "auto_map": {"AutoModelForCausalLM": "modeling_own.OwnForCausalLM"}, "torch_dtype": "bfloat16", "rope_scaling": None, "eos_token_id": [1, 2]}))
    one("tokenizer.json", json.dumps({"version": "1.0", "added_tokens": [{"id": 0, "content": "<s>", "special": True}], "model": {"type": "BPE", "vocab": {"__class__": 0, "os": 1, "Ġsystem": 2, "{{": 3, "eval(": 4}, "merges": ["o s"]},
                                      "pre_tokenizer": {"type": "ByteLevel"}, "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}]}}))
    one("generation_config.json", '{"do_sample": true, "temperature": 0.6, "transformers_version": "4.40.0"}\n')
    one("model.safetensors.index.json", json.dumps({"metadata": {"total_size": 10}, "weight_map": {f"layers.{i}.w": "model-00001-of-00002.safetensors" for i in range(200)}}))
    one("modules.json", '[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}, {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]')
    one("model_index.json", '{"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.20", "unet": ["diffusers", "UNet2DConditionModel"], "tokenizer": ["transformers", "CLIPTokenizer"], "safety_checker": [null, null]}')
    one("adapter_config.json", '{"peft_type": "LORA", "base_model_name_or_path": "meta-llama/Llama-2-7b", "target_modules": ["q_proj"], "auto_mapping": null}')
    one("hydra.yaml", "model:\n  _target_: torch.nn.Linear\n  in_features: 4\n  out_features: 2\noptimizer:\n  _target_: torch.optim.AdamW\n  _partial_: true\n  lr: 1e-3\ntrainer:\n  _target_: pytorch_lightning.Trainer\n  max_epochs: 1\n")
    one("speechbrain.yaml", "lr: 0.1\nmodel: !new:torch.nn.Linear\n  in_features: 4\n  out_features: 2\nsave: !ref <lr>\ncounter: !new:speechbrain.utils.epoch_loop.EpochCounter\n  limit: !ref <lr>\n")
    one("tuple.yaml", "a: !!python/tuple [1, 2]\nb: !!python/unicode 'x'\nc: !!set {a, b}\nd: !!binary aGVsbG8=\ne: 2024-01-01\nf: !!float 1\n")
    one("anchors.yaml", "base: &base\n  lr: 0.1\nexp:\n  <<: *base\n  epochs: 3\n")
    one("yolo.yaml", "nc: 80\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\n  - [-1, 3, C2f, [128, True]]\nhead:\n  - [-1, 1, nn.Upsample, [None, 2, \"nearest\"]]\n")
    one("readme.md", "# Model\n\nThe pickle format can run `os.system`. Load with `torch.load(\"x.pt\")`.\n\n```python\nimport os\nfrom transformers import AutoModel\nmodel = AutoModel.from_pretrained('x', trust_remote_code=True)\n```\n")
    one("vocab.txt", "[PAD]\n[UNK]\nthe\n##ing\nos\nsystem\nc\n.\n(\n__import__\n")
    one("merges.txt", "#version: 0.2\ns y\nsy s\nc o\ni s\nsys tem\n(l p\n")
    one("labels.csv", "id,name\n0,cat\n1,dog\n")
    one("requirements.txt", "torch>=2.0\nnumpy\n")
    one("requirements-c.txt", "c\nos\nsystem\n")
    one("model.pmml", '<?xml version="1.0" encoding="UTF-8"?>\n<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary></PMML>')
    one("model.xml", '<?xml version="1.0"?>\n<net name="m" version="11"><layers><layer id="0" name="x" type="Parameter" version="opset1"/></layers><edges/></net>')
    one("code.py", "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, 2)\n\n    def forward(self, x):\n        return self.fc(x)\n")
    one("handler.py", "import json\nimport logging\nimport os\n\nimport torch\nfrom ts.torch_handler.base_handler import BaseHandler\n\nlogger = logging.getLogger(__name__)\n\n\nclass Handler(BaseHandler):\n"
                      "    def initialize(self, context):\n        folder = context.system_properties.get('model_dir')\n        self.model = torch.jit.load(os.path.join(folder, 'm.pt'))\n"
                      "        with open(os.path.join(folder, 'names.json')) as f:\n            self.names = json.load(f)\n        if os.path.exists(folder):\n            logger.info('loaded %s', folder)\n"
                      "        os.environ.setdefault('X', '1')\n\n    def preprocess(self, data):\n        return torch.tensor([d.get('body') for d in data])\n")
    one("modeling.py", "import math\nimport os\nimport warnings\nfrom typing import Optional\n\nimport torch\nimport torch.nn.functional as F\nfrom transformers import PreTrainedModel\nfrom .configuration_own import OwnConfig\n\n\n"
                       "class OwnModel(PreTrainedModel):\n    config_class = OwnConfig\n\n    def forward(self, x, mask: Optional[torch.Tensor] = None):\n        return F.softmax(x / math.sqrt(2), dim=-1)\n")
    one("workflow.yml", "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    env:\n      TOKEN: ${{ secrets.TOKEN }}\n    steps:\n      - run: python -m pytest\n")
    one("notebook.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": ["!pip install x\n", "import os\n", "os.system('ls')\n"], "outputs": [], "metadata": {}}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    one("page.html", "<!DOCTYPE html>\n<html><head><script>alert(1)</script></head><body>{{ x }}</body></html>\n")
    one("dockerfile", "FROM python:3.11\nRUN pip install torch\nCMD [\"python\", \"serve.py\"]\n")
    one("jsonl.jsonl", '{"text": "hello", "label": 1}\n{"text": "{{ x }}", "label": 0}\n')
    one("utf16.txt", "\ufeffid,name\r\n0,cat\r\n".encode("utf-16-le"))
    one("skops.skops", zip_file([Member("schema.json", json.dumps({"__class__": "Pipeline", "__module__": "sklearn.pipeline", "__loader__": "ObjectNode", "content": {
        "__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "content": {"steps": {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": []}}}, "protocol": 2, "_skops_version": "0.11"}).encode())]))
    for file, text in TEMPLATES.items():
        one(file + ".gguf", gguf_model(text, more=(("tokenizer.chat_template.tool_use", "str", text),)), "honest-template")
        one(file + ".json", json.dumps({"chat_template": text, "model_max_length": 4096, "tokenizer_class": "PreTrainedTokenizerFast"}), "honest-template")
        one(file + ".jinja", text, "honest-template")


TEMPLATES = {
    "instruct": "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system = false %}{% endif %}"
                "{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must take turns') }}{% endif %}"
                "{% if loop.index0 == 0 and system != false %}{% set content = '<<S>>' + system + '<</S>>' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}"
                "{% if message['role'] == 'user' %}{{ bos_token + '[I] ' + content.strip() + ' [/I]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + eos_token }}{% endif %}{% endfor %}",
    "chatml": "{%- for message in messages -%}{{- '<|start|>' + message.role + '\\n' + message.content | trim + '<|end|>\\n' -}}{%- endfor -%}{%- if add_generation_prompt -%}{{- '<|start|>assistant\\n' -}}{%- endif -%}",
    "tools": "{%- if tools %}{{- '# Tools\\n<tools>' }}{%- for tool in tools %}{{- '\\n' }}{{- tool | tojson }}{%- endfor %}{{- '</tools>' }}{%- endif %}{%- set ns = namespace(multi_step=true, last=messages|length - 1) %}"
             "{%- for message in messages[::-1] %}{%- set index = (messages|length - 1) - loop.index0 %}{%- if ns.multi_step and message.role == 'user' and not(message.content.startswith('<r>') and message.content.endswith('</r>')) %}"
             "{%- set ns.multi_step = false %}{%- set ns.last = index %}{%- endif %}{%- endfor %}{%- for message in messages %}{%- if message.tool_calls is defined and message.tool_calls is not none %}"
             "{%- for call in message.tool_calls %}{%- if call.function %}{%- set call = call.function %}{%- endif %}{{- '{\"name\": \"' + call.name + '\", \"arguments\": ' + (call.arguments if call.arguments is string else call.arguments|tojson) + '}' }}"
             "{%- endfor %}{%- endif %}{%- if '</think>' in message.content %}{%- set content = message.content.split('</think>')[-1].lstrip('\\n') %}{{- content }}{%- endif %}{%- endfor %}",
    "dates": "{{- bos_token }}{%- if not date_string is defined %}{%- if strftime_now is defined %}{%- set date_string = strftime_now('%d %b %Y') %}{%- else %}{%- set date_string = '26 Jul 2024' %}{%- endif %}{%- endif %}"
             "{{- 'Today: ' + date_string }}{%- if tools is not none %}{{- tools | tojson(indent=4) }}{%- endif %}{%- for message in messages %}{{- '<|h|>' + message['role'] + '<|/h|>' + message['content'] | trim + '<|e|>' }}{%- endfor %}",
    "macros": "{%- macro kind(spec, required=false) -%}{%- if spec.type == 'array' -%}{%- if spec['items'] -%}{{- kind(spec['items']) + '[]' }}{%- endif -%}{%- elif spec.enum is defined -%}{{- spec.enum|join(' | ') -}}"
              "{%- elif spec.type is iterable and spec.type is not string -%}{{- spec.type | map('lower') | list | join('|') -}}{%- else -%}{{- spec.type -}}{%- endif -%}{%- endmacro -%}"
              "{%- for tool in tools or [] %}{%- for name, spec in tool.function.parameters.properties.items() %}{{- name ~ ': ' ~ kind(spec, name in tool.function.parameters.required) }}{%- if not loop.last %}{{- ', ' }}{%- endif %}{%- endfor %}{%- endfor %}"
              "{%- for message in messages %}{{- message.content }}{%- endfor %}",
    "images": "{% for message in messages %}{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for item in message['content'] %}{% if item['type'] == 'image' %}{{ '<image>' }}"
              "{% elif item['type'] == 'text' %}{{ item['text'] }}{% endif %}{% endfor %}{% endif %}{% endfor %}",
    "validate": "{%- if messages|selectattr('role', 'equalto', 'system')|list|length > 1 -%}{{ raise_exception('one system message') }}{%- endif -%}{%- for m in messages|rejectattr('role', 'equalto', 'system') -%}"
                "{%- if m['role'] not in ['user', 'assistant', 'tool'] %}{{ raise_exception('Unknown role: ' ~ m['role']) }}{%- endif -%}{{ m['content']|default('', true)|replace('\\n\\n', '\\n') }}{%- endfor -%}",
    "generation": "{% for message in messages %}{% if message.role == 'assistant' %}{% generation %}{{ message.content }}{{ eos_token }}{% endgeneration %}{% else %}{{ message.content }}{% endif %}{% endfor %}",
    "loop-controls": "{%- for message in messages -%}{%- if message.role == 'system' -%}{%- continue -%}{%- endif -%}{{ message.content }}{%- if loop.index > 3 -%}{%- break -%}{%- endif -%}{%- endfor -%}",
    "range": "{% for i in range(0, messages|length, 2) %}{{ messages[i].content }}{% endfor %}{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}{{ messages[-1].content[:100] if messages else '' }}",
    "set-blocks": "{% set prompt %}{% for m in messages %}{{ m.content }}{% endfor %}{% endset %}{{ prompt | trim }}{% set x = ['a'] + ['b'] %}{{ x[0] ~ x[1] }}{{ '%s: %d' | format('a', 1) }}{{ 'x'.join(x) }}",
    "documents": "{%- if documents %}{%- for d in documents %}{{ 'Document: ' ~ loop.index0 }}{%- for key, value in d.items() %}{{ key|title ~ ': ' ~ value|string }}{%- endfor %}{%- endfor %}{%- endif %}{%- for m in messages %}{{ m.content }}{%- endfor %}",
}


def graph_files(add):
    def one(file, raw, category="honest-graph"):
        add(category, file, raw, HONEST)

    one("plain.onnx", graphs.onnx())
    one("external.onnx", graphs.onnx(graphs.graph(tensors=[graphs.external("model.onnx_data", more=[("offset", "0"), ("length", "4")])])))
    one("external-folder.onnx", graphs.onnx(graphs.graph(tensors=[graphs.external("weights/w..0.bin", more=[("offset", "4096"), ("length", "4"), ("checksum", "da39a3ee5e6b4b0d3255bfef95601890afd80709")])])))
    one("external-dots.onnx", graphs.onnx(graphs.graph(tensors=[graphs.external("./model.onnx.data")])))
    one("microsoft.onnx", graphs.onnx(graphs.graph([graphs.node("SkipLayerNormalization", "com.microsoft"), graphs.node("FusedMatMul", "com.microsoft.nchwc")]), imports=(("", 17), ("com.microsoft", 1))))
    one("machine-learning.onnx", graphs.onnx(graphs.graph([graphs.node("TreeEnsembleClassifier", "ai.onnx.ml")]), imports=(("ai.onnx.ml", 3),)))
    one("subgraph.onnx", graphs.onnx(graphs.graph([graphs.node("If", attributes=[graphs.attribute(graph=graphs.graph())])])))
    one("own-function.onnx", graphs.onnx(graphs.graph([graphs.node("f", "my.functions")]), more=pb(25, pb(1, "f") + pb(7, graphs.node()) + pb(10, "my.functions")), imports=(("", 17), ("my.functions", 1))))
    one("metadata.onnx", graphs.onnx(more=pb(14, pb(1, "author") + pb(2, "../me http://x"))))
    one("saved_model.pb", graphs.saved_model([graphs.tf_node("Placeholder"), graphs.tf_node("Const", "c", graphs.constant("_temp/part")), graphs.tf_node("SaveV2"), graphs.tf_node("RestoreV2"), graphs.tf_node("ShardedFilename"),
                                              graphs.tf_node("MergeV2Checkpoints"), graphs.tf_node("StatefulPartitionedCall")], functions=[[graphs.tf_node("MatMul"), graphs.tf_node("Relu")]]))
    one("saved_model-vocabulary.pb", graphs.saved_model([graphs.tf_node("Const", "c", graphs.constant("vocab.txt")), graphs.tf_node("InitializeTableFromTextFileV2"), graphs.tf_node("HashTableV2")],
                                                        more=pb(6, pb(1, pb(1, "c:0")) + pb(2, "vocab.txt"))))
    one("frozen.pb", graphs.tf_graph([graphs.tf_node("Placeholder"), graphs.tf_node("Conv2D"), graphs.tf_node("Softmax"), graphs.tf_node("FusedBatchNormV3")]))
    one("graph.pbtxt", b'node {\n name: "WriteFile"\n op: "Const"\n attr {\n  key: "value"\n  value { tensor { string_val: "op: \\"ReadFile\\"" } }\n }\n}\nnode {\n name: "b"\n op: "Identity"\n}\n')
    layer, sequential, archive = keras.layer, keras.sequential, keras.archive
    models = {
        "dense": sequential(layer("Dense", {"units": 4, "activation": "relu", "kernel_initializer": {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": None}}})),
        "custom-layer": sequential(layer("Attention2", {"units": 4}, module=None, registered="Own>Attention2")),
        "custom-function": sequential(layer("Dense", {"units": 4, "activation": "own_activation"})),
        "vocabulary-list": sequential(layer("TextVectorization", {"vocabulary": ["a", "b"], "split": "whitespace", "standardize": "lower_and_strip_punctuation"})),
        "wrapped": sequential(layer("Bidirectional", {"layer": layer("LSTM", {"units": 4, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}})})),
        "compiled": sequential(layer("Dense", {"units": 1}), compile_config={"optimizer": {"module": "keras.optimizers", "class_name": "Adam", "config": {"learning_rate": {
            "module": "keras.optimizers.schedules", "class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.1}}}}, "loss": "mse", "metrics": ["mae", {"module": "keras.metrics", "class_name": "AUC", "config": {}}]},
            build_config={"input_shape": [None, 4]}),
        "nested": sequential(layer("Functional", {"name": "base", "layers": [layer("Conv2D", {"filters": 4}, name="c", inbound_nodes=[])], "input_layers": [], "output_layers": []})),
        "text-fields": sequential(layer("Dense", {"units": 1, "name": "os.system"})),
        "rescaling": sequential(layer("Rescaling", {"scale": 0.1}), layer("RandomFlip", {"mode": "horizontal", "seed": None}), layer("Normalization", {"axis": [-1]})),
    }
    for file, config in models.items():
        weights = Hdf5()
        stored = weights.finish(weights.object([weights.hard("layers", weights.object(weights.data(b"\0" * 8)))]))
        one(file + ".keras", archive(config, [Member("model.weights.h5", stored)]), "honest-keras")
        h5 = Hdf5()
        one(file + ".h5", h5.finish(h5.object([h5.attribute("model_config", json.dumps(config)), h5.attribute("backend", "tensorflow"), h5.hard("model_weights", h5.object(h5.data(b"abcdefgh"))), h5.soft("x", "/model_weights")])),
            "honest-keras")
    h5 = Hdf5()
    one("weights.h5", h5.finish(h5.object([h5.attribute("layer_names", "dense"), h5.hard("dense", h5.object(h5.data(b"\0" * 16)))])), "honest-keras")
    good = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    for file, header, data in (
            ("plain", {"a": good}, b"\0" * 8), ("empty", {}, b""), ("metadata", {"__metadata__": {"format": "pt", "modelspec.title": "x", "ss_network_module": "networks.lora", "training": json.dumps({"a": [1]}), "é": "日本"}, "a": good}, b"\0" * 8),
            ("scalar", {"a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}, b"\0" * 4), ("no-elements", {"a": {"dtype": "F32", "shape": [0, 4], "data_offsets": [0, 0]}}, b""),
            ("unordered", {"b": {"dtype": "U8", "shape": [4], "data_offsets": [8, 12]}, "a": good}, b"\0" * 12), ("float8", {"a": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}, b"\0" * 4),
            ("names", {"__class__": good}, b"\0" * 8), ("data-is-a-pickle", {"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}, b"\x80\x04N."), ("data-is-zip", {"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}, b"PK\3\4"),
            ("jinja-in-metadata", {"__metadata__": {"prompt": "a {{ b }} c", "workflow": "{\"nodes\": []}"}, "a": good}, b"\0" * 8)):
        one(file + ".safetensors", safetensors(json.dumps(header), data), "honest-weights")
    one("padded.safetensors", safetensors(json.dumps({"a": good}) + "   ", b"\0" * 8), "honest-weights")
    one("pretty.safetensors", safetensors(json.dumps({"a": good}, indent=2), b"\0" * 8), "honest-weights")
    one("plain.gguf", gguf_model(), "honest-weights")
    one("version-2.gguf", gguf([("general.architecture", "str", "llama")], version=2), "honest-weights")
    one("types.gguf", gguf([("general.architecture", "str", "own"), ("a.u8", "u8", 1), ("a.i8", "i8", -1), ("a.u16", "u16", 1), ("a.i16", "i16", -1), ("a.i32", "i32", -1), ("a.f64", "f64", 1.5), ("a.bool", "bool", 1),
                            ("a.u64", "u64", 1 << 40), ("a.i64", "i64", -1), ("a.empty", "arr", ("u32", [])), ("general.alignment", "u32", 64), ("a.text", "str", "é日本 os.system('id') {{ x }}")], alignment=64), "honest-weights")
    one("quantised.gguf", gguf([("general.architecture", "str", "llama"), ("general.file_type", "u32", 2)], [("w", (64, 2), 2)], tail=b"\0" * 96), "honest-weights")
    one("no-tensors.gguf", gguf([("general.architecture", "str", "llama")], []), "honest-weights")
    one("tokens.gguf", gguf_model(more=(("tokenizer.ggml.token_type", "arr", ("i32", [3, 3, 1])), ("tokenizer.ggml.bos_token_id", "u32", 0), ("tokenizer.ggml.merges", "arr", ("str", ["a b", "__ class__"])), ("tokenizer.ggml.add_bos_token", "bool", 1))),
        "honest-weights")
    one("flax.msgpack", b"\x81\xa6params\x81\xa1w\xc7" + bytes([len(b"\x93\x91\x02\xa7float32\xc4\x08" + b"\0" * 8)]) + b"\x01\x93\x91\x02\xa7float32\xc4\x08" + b"\0" * 8, "honest-weights")


ALL = (python_files, library_files, torch_files, own_classes, container_files, text_files, graph_files)
