"""Prints what the installed libraries let a pickle import: the facts behind knowledge/pickle.yaml.

Run by `tests/make-models --facts FOLDER` inside its chroot. One line each: kind, module, name, notes. Kinds:

  class       defined there; notes: own __reduce__, __setstate__, __getnewargs__, an extension type, an estimator, a module
  unpickle    Cython's __pyx_unpickle_* functions
  copyreg     a function that copyreg's table calls for some type
  ufunc       NumPy's functions on arrays, under every name they are pickled by
  function    a public function: a value in many models (scores, kernels, activations), called by none
"""

import copyreg
import importlib
import inspect
import pkgutil
import sys
import types
import warnings

warnings.simplefilter("ignore")
PACKAGES = sys.argv[1:] or "numpy scipy pandas joblib sklearn xgboost lightgbm statsmodels skimage torch networkx patsy".split()
LEFT_OUT = ("tests", "testing", "_testing", "conftest", "setup", "__main__", "_build", "datasets", "f2py", "distutils", "distributed", "onnx", "_inductor", "_dynamo",
            "benchmark", "bottleneck", "caffe2", "tensorboard", "sandbox", "examples", "backends", "conf", "_stc")


def modules(package):
    top = importlib.import_module(package)
    yield top
    for found in pkgutil.walk_packages(getattr(top, "__path__", []), package + ".", onerror=lambda name: None):
        if any(part in LEFT_OUT or part.startswith("test_") for part in found.name.split(".")):
            continue
        try:
            yield importlib.import_module(found.name)
        except BaseException as why:  # modules that need what is not installed, or exit
            print("not-imported", found.name, "", type(why).__name__, sep="\t")


def notes(cls):
    out = []
    if cls.__reduce__ is not object.__reduce__ or cls.__reduce_ex__ is not object.__reduce_ex__:
        out.append("reduce")
    for name in ("__setstate__", "__getnewargs__", "__getnewargs_ex__"):
        if hasattr(cls, name):
            out.append(name)
    if not cls.__flags__ & (1 << 9):
        out.append("extension")
    bases = {f"{b.__module__}.{b.__qualname__}" for b in cls.__mro__}
    for base, word in (("sklearn.base.BaseEstimator", "estimator"), ("torch.nn.modules.module.Module", "module"), ("torch.optim.optimizer.Optimizer", "optimizer"),
                       ("enum.Enum", "enum"), ("builtins.BaseException", "exception"), ("scipy.stats._distn_infrastructure.rv_generic", "distribution"),
                       ("torch.autograd.function.Function", "autograd"), ("builtins.tuple", "tuple"), ("sklearn.gaussian_process.kernels.Kernel", "kernel")):
        if base in bases:
            out.append(word)
    return " ".join(out)


seen = set()


def say(*words):
    if words[:3] not in seen:
        seen.add(words[:3])
        print(*words, sep="\t")


for package in PACKAGES:
    try:
        found = list(modules(package))
    except ImportError:
        print("not-installed", package, "", "", sep="\t")
        continue
    for module in found:
        for name, thing in sorted(vars(module).items(), key=lambda item: item[0]):
            own = getattr(thing, "__module__", None)
            if isinstance(thing, type):
                if own == module.__name__ and "." not in thing.__qualname__:
                    say("class", own, thing.__qualname__, notes(thing))
            elif name.startswith("__pyx_unpickle_"):
                say("unpickle", module.__name__, name, "")
            elif type(thing).__name__ == "ufunc":
                say("ufunc", module.__name__, name, "")
            elif isinstance(thing, (types.FunctionType, types.BuiltinFunctionType)) or type(thing).__name__ == "cython_function_or_method":
                if own == module.__name__ and not name.startswith("_"):
                    say("function", own, getattr(thing, "__name__", name), "")
for kind, function in copyreg.dispatch_table.items():
    say("copyreg", kind.__module__, kind.__qualname__, f"{function.__module__}.{function.__qualname__}")
