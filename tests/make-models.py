"""Fits small honest models of as many kinds as the installed libraries have and writes them to a folder.

Run by tests/make-models inside its chroot: `make-models.py FOLDER`. Nothing here is meant to be clever or accurate: what
counts is which classes and functions of the libraries come to stand in the files. A kind that cannot be made is named at
the end, never passed over in silence.
"""

import collections
import datetime
import decimal
import fractions
import io
import os
import pickle
import random
import sys
import traceback
import uuid
import warnings
import zoneinfo

import joblib
import numpy as np
import pandas as pd
import scipy.sparse
import scipy.stats

warnings.simplefilter("ignore")
FOLDER = sys.argv[1]
rng = np.random.RandomState(0)
written, failed = 0, []


def path(name):
    full = os.path.join(FOLDER, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def attempt(name, make):
    """Runs make(); a failure costs this one kind."""
    global written
    try:
        make()
        written += 1
    except Exception:  # whatever a library thinks of tiny data
        failed.append((name, traceback.format_exc(limit=1).strip().splitlines()[-1]))


COMPRESSORS = [("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)]
try:
    import lz4.frame  # noqa: F401 (joblib looks for it)

    COMPRESSORS.append(("lz4", 3))
except ImportError:
    pass
turn = 0


def store(name, thing, protocols=(4,), also_joblib=True):
    """As pickle in the protocols asked for and one more in turn, and with joblib, plain and with one compressor in turn."""
    global turn
    turn += 1
    for protocol in sorted({*protocols, turn % 6}):

        def dump(protocol=protocol):
            content = pickle.dumps(thing, protocol)  # whole or not at all
            with open(path(f"{name}.p{protocol}.pkl"), "wb") as out:
                out.write(content)

        attempt(f"{name} protocol {protocol}", dump)
    if also_joblib:
        attempt(f"{name} joblib", lambda: joblib.dump(thing, path(f"{name}.joblib")))
        method = COMPRESSORS[turn % len(COMPRESSORS)]
        attempt(f"{name} joblib {method[0]}", lambda: joblib.dump(thing, path(f"{name}.joblib.{method[0]}"), compress=method))


ALL = (0, 1, 2, 3, 4, 5)

# ---- plain Python and NumPy ----


def numpy_things():
    names = "? b B h H i I l L q Q e f d g F D G U5 S5 V4 O M8[ns] m8[s] <i4 >f8".split()
    for name in names:
        array = np.zeros((3, 2), dtype=name)
        label = name.replace("?", "bool").replace("<", "le").replace(">", "be").replace("[", "-").replace("]", "")
        store(f"numpy/array-{label}", array, protocols=ALL)
        attempt(f"numpy/array-{label}.npy", lambda: np.save(path(f"numpy/array-{label}.npy"), array))
        if name != "V4":
            store(f"numpy/scalar-{label}", array[0, 0] if name != "O" else "text")
    record = np.zeros(4, dtype=[("a", "i4"), ("b", "f8", (2, 2)), ("c", "U3"), ("d", [("x", "u1"), ("y", ">i2")])])
    store("numpy/structured", record, protocols=ALL)
    np.save(path("numpy/structured.npy"), record)
    store("numpy/aligned", np.zeros(2, dtype=np.dtype([("a", "u1"), ("b", "f8")], align=True)))
    holder = np.zeros(2, dtype=[("a", "i4"), ("o", "O")])
    store("numpy/structured-objects", holder, protocols=ALL)
    np.save(path("numpy/structured-objects.npy"), holder)
    np.save(path("numpy/objects.npy"), np.array([1, "two", None, [3]], dtype=object))
    np.savez(path("numpy/several.npz"), a=np.arange(5), b=record, o=np.array(["x", None], dtype=object))
    np.savez_compressed(path("numpy/packed.npz"), a=np.arange(500), b=np.ones((3, 3)))
    store("numpy/fortran", np.asfortranarray(np.arange(6.0).reshape(2, 3)), protocols=ALL)
    store("numpy/not-contiguous", np.arange(20)[::3])
    store("numpy/empty", np.zeros((0, 3)))
    store("numpy/scalar-array", np.array(3.5))
    store("numpy/matrix", np.matrix([[1, 2], [3, 4]]), protocols=ALL)
    store("numpy/recarray", np.rec.array([(1, 2.0), (3, 4.0)], names="a,b"), protocols=ALL)
    store("numpy/chararray", np.char.array(["a", "bc"]), protocols=ALL)
    store("numpy/masked", np.ma.masked_array([1, 2, 3], mask=[0, 1, 0]), protocols=ALL)
    store("numpy/masked-records", np.ma.array([(1, 2.0)], mask=[(0, 1)], dtype=[("a", int), ("b", float)]))
    store("numpy/dtypes", [np.dtype(n) for n in names] + [record.dtype, np.float32, np.int64, np.bool_])
    store("numpy/random-state", np.random.RandomState(3), protocols=ALL)
    for bits in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"):
        store(f"numpy/generator-{bits}", np.random.Generator(getattr(np.random, bits)(5)), protocols=ALL)
        store(f"numpy/bits-{bits}", getattr(np.random, bits)(5))
    store("numpy/seed-sequence", np.random.SeedSequence(7))
    store("numpy/ufuncs", [np.log1p, np.expm1, np.add, np.sqrt, scipy.special.expit])
    store("numpy/functions", [np.mean, np.median, np.linalg.norm, np.argmax, np.nanmean, np.percentile])
    for kind in ("Polynomial", "Chebyshev", "Hermite", "HermiteE", "Laguerre", "Legendre"):
        store(f"numpy/polynomial-{kind}", getattr(np.polynomial, kind)([1, 2, 3]))
    store("numpy/poly1d", np.poly1d([1, 2]))
    store("numpy/big", np.arange(200_000, dtype="u1"), protocols=ALL)
    store("numpy/many", {f"layer{i}.weight": np.full((3, 3), i, dtype="f4") for i in range(40)}, protocols=ALL)


def python_things():
    things = {
        "containers": [1, 2.5, "é☃", b"\x00\xff", None, True, (1, 2), [3], {4}, frozenset([5]), {"a": 1}, 1 << 80, 1j],
        "collections": [
            collections.OrderedDict(a=1),
            collections.Counter("aab"),
            collections.deque([1, 2], 5),
            collections.defaultdict(list, a=[1]),
            collections.defaultdict(int),
            collections.ChainMap({"a": 1}),
            collections.UserDict(a=1),
        ],
        "times": [
            datetime.datetime(2020, 1, 2, 3, 4, 5, 6),
            datetime.date(2020, 1, 2),
            datetime.time(3),
            datetime.timedelta(1, 2),
            datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc),
        ],
        "numbers": [decimal.Decimal("1.5"), fractions.Fraction(1, 3)],
        "ids": [uuid.UUID(int=5)],
        "misc": [random.Random(3), slice(1, 2), range(5), bytearray(b"abc"), Ellipsis, NotImplemented, object, int],
        "functions": [len, max, sum, abs, sorted],
    }
    for name, thing in things.items():
        store(f"python/{name}", thing, protocols=ALL)
    store("python/zoneinfo", zoneinfo.ZoneInfo("UTC"))
    store("python/vocabulary", {f"word{i}": i for i in range(3000)}, protocols=ALL)
    shared = [1, 2]
    loop = [shared, shared]
    loop.append(loop)
    store("python/shared", loop, protocols=ALL)
    with open(path("python/several.pkl"), "wb") as out:
        for i in range(5):
            pickle.dump({"part": i, "w": np.ones(3) * i}, out, i)


# ---- pandas, SciPy ----


def pandas_things():
    frame = pd.DataFrame(
        {
            "int": [1, 2, 3],
            "float": [0.5, np.nan, 1],
            "text": ["a", None, "b"],
            "bool": [True, False, True],
            "category": pd.Categorical(["x", "y", "x"]),
            "ordered": pd.Categorical(["lo", "hi", "lo"], ["lo", "hi"], ordered=True),
            "date": pd.date_range("2020-01-01", periods=3),
            "zoned": pd.date_range("2020-01-01", periods=3, tz="Europe/Berlin"),
            "utc": pd.date_range("2020-01-01", periods=3, tz="UTC"),
            "delta": pd.to_timedelta([1, 2, 3], unit="h"),
            "period": pd.period_range("2020-01", periods=3, freq="M"),
            "interval": pd.interval_range(0, 3),
            "Int64": pd.array([1, None, 3], dtype="Int64"),
            "UInt8": pd.array([1, None, 3], dtype="UInt8"),
            "Float32": pd.array([1, None, 3], dtype="Float32"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "string": pd.array(["a", None, "c"], dtype="string"),
            "sparse": pd.arrays.SparseArray([0, 0, 1]),
            "complex": np.array([1j, 2, 3]),
        }
    )
    store("pandas/frame", frame, protocols=ALL)
    frame.to_pickle(path("pandas/to_pickle.pkl"))
    frame.to_pickle(path("pandas/to_pickle.pkl.gz"))
    frame.to_pickle(path("pandas/to_pickle.pkl.xz"))
    frame.to_pickle(path("pandas/to_pickle.pkl.zip"))
    for column in frame:
        store(f"pandas/series-{column}", frame[column])
        store(f"pandas/index-{column}", pd.Index(frame[column]))
        store(f"pandas/array-{column}", frame[column].array)
        store(f"pandas/dtype-{column}", frame[column].dtype)
        value = frame[column].iloc[0]
        store(f"pandas/value-{column}", value)
    store("pandas/multi-index", pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", "y"]), protocols=ALL)
    store("pandas/multi-columns", pd.DataFrame(np.ones((2, 2)), columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])))
    store("pandas/range-index", pd.RangeIndex(5))
    store("pandas/missing", [pd.NaT, pd.NA, pd.Timestamp("2020-01-01"), pd.Timedelta(5), pd.Interval(0, 1)], protocols=ALL)
    store("pandas/zoned", pd.Timestamp("2020-01-01", tz="US/Eastern"))
    store("pandas/grouped", dict(list(frame.groupby("bool"))))
    store("pandas/slice", pd.IndexSlice[1:2])
    store("pandas/rolling", pd.Series([1.0, 2, 3]).rolling(2))
    store("pandas/flags", frame.flags, also_joblib=False)
    store("pandas/attributes", frame.assign().set_index("date"))
    offsets = pd.tseries.offsets
    for name in offsets.__all__:

        def one(name=name):
            store(f"pandas/offset-{name}", getattr(offsets, name)())

        attempt(f"pandas offset {name}", one)
    store("pandas/offset-BusinessHour-9", offsets.BusinessHour(start="09:00", end="17:00"))
    store("pandas/offset-FY5253-set", offsets.FY5253(n=1, weekday=4, startingMonth=1, variation="nearest"))
    from pandas.tseries.holiday import USFederalHolidayCalendar

    store("pandas/holidays", USFederalHolidayCalendar())


def scipy_things():
    import scipy.interpolate
    import scipy.optimize
    import scipy.spatial

    dense = np.eye(4)
    for kind in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil"):
        store(f"scipy/{kind}_matrix", getattr(scipy.sparse, kind + "_matrix")(dense), protocols=ALL)
        store(f"scipy/{kind}_array", getattr(scipy.sparse, kind + "_array")(dense))
    scipy.sparse.save_npz(path("scipy/csr.npz"), scipy.sparse.csr_matrix(dense))
    x = np.arange(6.0)
    store("scipy/interp1d", scipy.interpolate.interp1d(x, x**2))
    store("scipy/interp1d-cubic", scipy.interpolate.interp1d(x, x**2, kind="cubic"))
    store("scipy/spline", scipy.interpolate.CubicSpline(x, x**2))
    store("scipy/univariate", scipy.interpolate.UnivariateSpline(x, x**2))
    store("scipy/bspline", scipy.interpolate.make_interp_spline(x, x**2))
    store("scipy/pchip", scipy.interpolate.PchipInterpolator(x, x**2))
    store("scipy/akima", scipy.interpolate.Akima1DInterpolator(x, x**2))
    store("scipy/ppoly", scipy.interpolate.PPoly(np.ones((2, 5)), x))
    store("scipy/rbf", scipy.interpolate.RBFInterpolator(rng.rand(9, 2), rng.rand(9)))
    store("scipy/grid", scipy.interpolate.RegularGridInterpolator((x, x), np.ones((6, 6))))
    store("scipy/nearest", scipy.interpolate.NearestNDInterpolator(rng.rand(9, 2), rng.rand(9)))
    store("scipy/kdtree", scipy.spatial.KDTree(rng.rand(9, 2)))
    store("scipy/ckdtree", scipy.spatial.cKDTree(rng.rand(9, 2)))
    store("scipy/rotation", scipy.spatial.transform.Rotation.from_euler("z", 1))
    store("scipy/optimize-result", scipy.optimize.minimize(lambda v: (v**2).sum(), [1.0]))
    store("scipy/bounds", scipy.optimize.Bounds([0], [1]))
    store("scipy/gaussian-kde", scipy.stats.gaussian_kde(rng.rand(20)))
    for name in ("norm", "uniform", "loguniform", "randint", "expon", "gamma", "beta", "poisson", "t", "lognorm", "binom"):
        distribution = getattr(scipy.stats, name)
        store(f"scipy/distribution-{name}", distribution, protocols=ALL)
        shapes = [3 for _ in (distribution.shapes or "").split(",") if _]
        if name in ("loguniform", "randint"):
            shapes = [1, 10]
        if name == "binom":
            shapes = [5, 0.5]
        store(f"scipy/frozen-{name}", distribution(*shapes), protocols=ALL)
    store("scipy/histogram", scipy.stats.rv_histogram(np.histogram(rng.rand(50), bins=5)))
    store("scipy/multivariate", scipy.stats.multivariate_normal([0, 0]))
    store("scipy/linear-operator", scipy.sparse.linalg.aslinearoperator(dense))
    store("scipy/ttest", scipy.stats.ttest_ind(rng.rand(9), rng.rand(9)))
    store("scipy/linregress", scipy.stats.linregress(rng.rand(9), rng.rand(9)))


# ---- scikit-learn ----


def sklearn_things():
    import sklearn
    from sklearn import compose, datasets, ensemble, feature_extraction, linear_model, metrics, model_selection, pipeline
    from sklearn import preprocessing, svm, tree, utils
    from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
    from sklearn.utils import all_estimators

    X = np.abs(rng.rand(40, 4)) + 0.1
    y = np.arange(40) % 3
    texts = ["the cat sat", "a dog ran off", "birds fly high", "fish swim", "cats and dogs"] * 8
    base = linear_model.LogisticRegression(max_iter=20)
    made = {
        "ClassifierChain": lambda c: c(base).fit(X, np.c_[y > 0, y > 1]),
        "RegressorChain": lambda c: c(linear_model.Ridge()).fit(X, X[:, :2]),
        "MultiOutputClassifier": lambda c: c(base).fit(X, np.c_[y > 0, y > 1]),
        "MultiOutputRegressor": lambda c: c(linear_model.Ridge()).fit(X, X[:, :2]),
        "OneVsOneClassifier": lambda c: c(base).fit(X, y),
        "OneVsRestClassifier": lambda c: c(base).fit(X, y),
        "OutputCodeClassifier": lambda c: c(base).fit(X, y),
        "StackingClassifier": lambda c: c([("a", base), ("b", tree.DecisionTreeClassifier())], cv=2).fit(X, y),
        "StackingRegressor": lambda c: c([("a", linear_model.Ridge()), ("b", svm.SVR())], cv=2).fit(X, y),
        "VotingClassifier": lambda c: c([("a", base), ("b", tree.DecisionTreeClassifier())]).fit(X, y),
        "VotingRegressor": lambda c: c([("a", linear_model.Ridge()), ("b", svm.SVR())]).fit(X, y),
        "ColumnTransformer": lambda c: c([("a", preprocessing.StandardScaler(), [0, 1]), ("b", "passthrough", slice(2, 4))]).fit(X),
        "FeatureUnion": lambda c: c([("a", preprocessing.StandardScaler()), ("b", preprocessing.MinMaxScaler())]).fit(X),
        "Pipeline": lambda c: c([("a", preprocessing.StandardScaler()), ("b", base)]).fit(X, y),
        "GridSearchCV": lambda c: c(base, {"C": [0.1, 1]}, cv=2).fit(X, y),
        "HalvingGridSearchCV": lambda c: c(base, {"C": [0.1, 1]}, cv=2).fit(X, y),
        "RandomizedSearchCV": lambda c: c(base, {"C": scipy.stats.loguniform(0.1, 1)}, n_iter=2, cv=2).fit(X, y),
        "HalvingRandomSearchCV": lambda c: c(base, {"C": scipy.stats.uniform(0.1, 1)}, cv=2).fit(X, y),
        "RFE": lambda c: c(base).fit(X, y),
        "RFECV": lambda c: c(base, cv=2).fit(X, y),
        "SelectFromModel": lambda c: c(base).fit(X, y),
        "SequentialFeatureSelector": lambda c: c(base, cv=2).fit(X, y),
        "SelfTrainingClassifier": lambda c: c(base).fit(X, np.where(np.arange(40) % 5 == 0, -1, y)),
        "SparseCoder": lambda c: c(X[:3]),
        "CountVectorizer": lambda c: c().fit(texts),
        "TfidfVectorizer": lambda c: c(stop_words="english", ngram_range=(1, 2)).fit(texts),
        "HashingVectorizer": lambda c: c(n_features=16),
        "TfidfTransformer": lambda c: c().fit(feature_extraction.text.CountVectorizer().fit_transform(texts)),
        "DictVectorizer": lambda c: c().fit([{"a": 1, "b": "x"}]),
        "FeatureHasher": lambda c: c(8).fit([{"a": 1}]),
        "LabelEncoder": lambda c: c().fit(["a", "b"]),
        "LabelBinarizer": lambda c: c().fit(["a", "b", "c"]),
        "MultiLabelBinarizer": lambda c: c().fit([["a", "b"], ["c"]]),
        "PatchExtractor": lambda c: c((2, 2)),
        "IsotonicRegression": lambda c: c(out_of_bounds="clip").fit(X[:, 0], y),
        "MultiTaskElasticNet": lambda c: c().fit(X, X[:, :2]),
        "MultiTaskElasticNetCV": lambda c: c(cv=2).fit(X, X[:, :2]),
        "MultiTaskLasso": lambda c: c().fit(X, X[:, :2]),
        "MultiTaskLassoCV": lambda c: c(cv=2).fit(X, X[:, :2]),
        "CCA": lambda c: c(1).fit(X, X[:, :2]),
        "PLSCanonical": lambda c: c(1).fit(X, X[:, :2]),
        "PLSRegression": lambda c: c(1).fit(X, X[:, :2]),
        "PLSSVD": lambda c: c(1).fit(X, X[:, :2]),
        "FunctionTransformer": lambda c: c(np.log1p, np.expm1).fit(X),
        "GammaRegressor": lambda c: c().fit(X, X[:, 0]),
        "PoissonRegressor": lambda c: c().fit(X, X[:, 0]),
        "TweedieRegressor": lambda c: c(power=1.5).fit(X, X[:, 0]),
        "TransformedTargetRegressor": lambda c: c(linear_model.Ridge(), func=np.log, inverse_func=np.exp).fit(X, X[:, 0]),
        "LatentDirichletAllocation": lambda c: c(2, max_iter=2).fit((X * 9).astype(int)),
    }
    quick = {"n_estimators": 3, "n_components": 2, "max_iter": 20, "cv": 2, "random_state": 0, "n_clusters": 2, "n_neighbors": 3}
    for name, cls in all_estimators():

        def one(name=name, cls=cls):
            if name in made:
                model = made[name](cls)
            else:
                options = cls().get_params() if not getattr(cls, "_required_parameters", ()) else {}
                model = cls(**{k: v for k, v in quick.items() if k in options})
                target = (y > 0).astype(int) if name in ("NuSVC",) else y
                model.fit(X, target)
            store(f"sklearn/{name}", model)

        attempt(f"sklearn {name}", one)

    for kernel in ("RBF", "Matern", "RationalQuadratic", "DotProduct", "WhiteKernel", "ConstantKernel", "ExpSineSquared", "PairwiseKernel"):
        from sklearn import gaussian_process as gp

        store(f"sklearn/kernel-{kernel}", getattr(gp.kernels, kernel)())
    store("sklearn/kernel-sum", gp.GaussianProcessRegressor(gp.kernels.RBF() + gp.kernels.WhiteKernel() * gp.kernels.ConstantKernel()).fit(X, y))
    for loss in ("hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron", "squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"):
        store(f"sklearn/sgd-{loss}", linear_model.SGDClassifier(loss=loss).fit(X, y))
    for loss in ("squared_error", "absolute_error", "huber", "quantile"):
        store(f"sklearn/gb-{loss}", ensemble.GradientBoostingRegressor(loss=loss, n_estimators=2).fit(X, y))
    for loss in ("log_loss", "exponential"):
        store(f"sklearn/gbc-{loss}", ensemble.GradientBoostingClassifier(loss=loss, n_estimators=2).fit(X, y > 0))
    for loss in ("squared_error", "absolute_error", "poisson", "quantile"):
        store(f"sklearn/hgb-{loss}", ensemble.HistGradientBoostingRegressor(loss=loss, quantile=0.5, max_iter=2).fit(X, y))
    for y_kind, target in (("binary", y > 0), ("multi", y)):
        store(f"sklearn/hgbc-{y_kind}", ensemble.HistGradientBoostingClassifier(max_iter=2, categorical_features=[0]).fit((X * 3).astype(int), target))
    for criterion in ("squared_error", "friedman_mse", "absolute_error", "poisson"):
        store(f"sklearn/tree-{criterion}", tree.DecisionTreeRegressor(criterion=criterion).fit(X, y))
    for criterion in ("gini", "entropy"):
        store(f"sklearn/tree-{criterion}", tree.DecisionTreeClassifier(criterion=criterion, splitter="random").fit(X, y))
    for metric in ("minkowski", "euclidean", "manhattan", "chebyshev", "haversine", "canberra", "braycurtis", "hamming", "seuclidean", "mahalanobis", "jaccard", "cosine"):
        for algorithm in ("ball_tree", "kd_tree", "brute"):

            def one(metric=metric, algorithm=algorithm):
                options = {"V": X.var(0)} if metric == "seuclidean" else {"V": np.cov(X.T)} if metric == "mahalanobis" else None
                from sklearn import neighbors

                inputs = X[:, :2] if metric == "haversine" else X
                store(f"sklearn/neighbors-{metric}-{algorithm}", neighbors.KNeighborsClassifier(3, metric=metric, algorithm=algorithm, metric_params=options).fit(inputs, y))

            attempt(f"sklearn neighbors {metric} {algorithm}", one)
    from sklearn.neighbors import BallTree, KDTree

    store("sklearn/ball-tree", BallTree(X))
    store("sklearn/kd-tree", KDTree(X))
    for kernel in ("linear", "poly", "rbf", "sigmoid"):
        store(f"sklearn/svc-{kernel}", svm.SVC(kernel=kernel, probability=True).fit(X, y), protocols=ALL)
    for name in sorted(metrics.get_scorer_names()):
        attempt(f"scorer {name}", lambda: store(f"sklearn/scorer-{name}", metrics.get_scorer(name), also_joblib=False))
    splitters = [model_selection.KFold(2), model_selection.StratifiedKFold(2), model_selection.GroupKFold(2), model_selection.ShuffleSplit(2),
                 model_selection.TimeSeriesSplit(2), model_selection.LeaveOneOut(), model_selection.PredefinedSplit([0, 1]),
                 model_selection.RepeatedKFold(n_splits=2), model_selection.ParameterGrid({"a": [1]}), model_selection.LeavePOut(2)]
    for splitter in splitters:
        store(f"sklearn/split-{type(splitter).__name__}", splitter)
    for scoring in ("f1_macro", "neg_log_loss"):
        store(f"sklearn/search-{scoring}", model_selection.GridSearchCV(svm.SVC(probability=True), [{"C": [1, 2]}, {"kernel": ["rbf"]}], scoring=scoring, cv=model_selection.StratifiedKFold(2)).fit(X, y))
    frame = pd.DataFrame({"number": X[:, 0], "kind": pd.Categorical(["a", "b"] * 20), "text": texts, "flag": y > 0})
    columns = compose.make_column_transformer(
        (preprocessing.StandardScaler(), ["number"]),
        (preprocessing.OneHotEncoder(handle_unknown="ignore"), compose.make_column_selector(dtype_include="category")),
        (feature_extraction.text.TfidfVectorizer(), "text"),
        (preprocessing.OrdinalEncoder(), ["kind"]),
        (preprocessing.FunctionTransformer(np.sqrt), ["number"]),
        (preprocessing.FunctionTransformer(), ["flag"]),
        ("drop", ["flag"]),
        remainder="passthrough",
    )
    full = pipeline.make_pipeline(columns, ensemble.RandomForestClassifier(3))
    store("sklearn/columns", full.fit(frame, y), protocols=ALL)
    for model in (ensemble.RandomForestClassifier(3), ensemble.ExtraTreesRegressor(3), ensemble.AdaBoostClassifier(n_estimators=3),
                  ensemble.BaggingClassifier(base, 3), ensemble.IsolationForest(n_estimators=3)):
        store(f"sklearn/again-{type(model).__name__}", model.fit(X, y), protocols=ALL)
    from sklearn import calibration, feature_selection, gaussian_process as gp2

    for score in ("f_classif", "chi2", "mutual_info_classif", "f_regression", "mutual_info_regression", "r_regression"):
        store(f"sklearn/select-{score}", feature_selection.SelectKBest(getattr(feature_selection, score), k=2).fit(X, y))
    for method in ("sigmoid", "isotonic"):
        store(f"sklearn/calibrated-{method}", calibration.CalibratedClassifierCV(svm.LinearSVC(), method=method, cv=2).fit(X, y))
    store("sklearn/gpc", gp2.GaussianProcessClassifier(multi_class="one_vs_one").fit(X, y))
    store("sklearn/iris", datasets.load_iris())
    store("sklearn/bunch", utils.Bunch(a=1, b=np.ones(3)), protocols=ALL)
    store("sklearn/report", metrics.classification_report(y, y, output_dict=True))
    store("sklearn/list", [base.fit(X, y), {"scaler": preprocessing.RobustScaler().fit(X), "version": sklearn.__version__}], protocols=ALL)
    store("sklearn/metric-functions", [metrics.accuracy_score, metrics.f1_score, metrics.mean_squared_error, metrics.pairwise.rbf_kernel, metrics.r2_score])
    store("sklearn/callables", [preprocessing.FunctionTransformer(preprocessing.scale), feature_extraction.text.CountVectorizer(strip_accents="unicode", analyzer="char")])
    store("sklearn/kernel-pca", __import__("sklearn.decomposition").decomposition.KernelPCA(2, kernel="rbf", fit_inverse_transform=True).fit(X))


# ---- boosters ----


def xgboost_things():
    import xgboost

    X, y = rng.rand(40, 4), np.arange(40) % 3
    booster = xgboost.train({"max_depth": 2, "objective": "reg:squarederror"}, xgboost.DMatrix(X, y), 3)
    store("xgboost/booster", booster, protocols=ALL)
    for extension in ("json", "ubj", "bin"):
        attempt(f"xgboost {extension}", lambda: booster.save_model(path(f"xgboost/model.{extension}")))
    for name in ("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor"):
        attempt(name, lambda: store(f"xgboost/{name}", getattr(xgboost, name)(n_estimators=2, max_depth=2).fit(X, y), protocols=ALL))
    attempt("XGBRanker", lambda: store("xgboost/XGBRanker", xgboost.XGBRanker(n_estimators=2).fit(X, y, group=[20, 20]), protocols=ALL))
    attempt("early", lambda: store("xgboost/early", xgboost.XGBClassifier(n_estimators=3, early_stopping_rounds=2, callbacks=[xgboost.callback.EvaluationMonitor()]).fit(X, y, eval_set=[(X, y)], verbose=False)))
    for name in ("gblinear", "dart"):
        attempt(name, lambda: store(f"xgboost/{name}", xgboost.XGBRegressor(booster=name, n_estimators=2).fit(X, y)))
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    attempt("xgb search", lambda: store("xgboost/search", GridSearchCV(make_pipeline(StandardScaler(), xgboost.XGBClassifier(n_estimators=2)), {"xgbclassifier__max_depth": [1, 2]}, cv=2).fit(X, y)))


def lightgbm_things():
    import lightgbm

    X, y = rng.rand(80, 4), np.arange(80) % 3
    options = {"min_child_samples": 2, "n_estimators": 3, "num_leaves": 3, "verbose": -1}
    booster = lightgbm.train({"objective": "regression", "min_data_in_leaf": 2, "verbose": -1}, lightgbm.Dataset(X, y), 3)
    store("lightgbm/booster", booster, protocols=ALL)
    attempt("lightgbm text", lambda: booster.save_model(path("lightgbm/model.txt")))
    for name in ("LGBMClassifier", "LGBMRegressor", "LGBMModel"):
        attempt(name, lambda: store(f"lightgbm/{name}", getattr(lightgbm, name)(**(options | ({"objective": "regression"} if name == "LGBMModel" else {}))).fit(X, y), protocols=ALL))
    attempt("LGBMRanker", lambda: store("lightgbm/LGBMRanker", lightgbm.LGBMRanker(**options).fit(X, y, group=[40, 40]), protocols=ALL))
    attempt("lgbm eval", lambda: store("lightgbm/eval", lightgbm.LGBMClassifier(**options).fit(X, y, eval_set=[(X, y)])))


# ---- statsmodels, scikit-image, h5py ----


def statsmodels_things():
    import statsmodels.api as sm
    from statsmodels.tsa.ar_model import AutoReg
    from statsmodels.tsa.arima.model import ARIMA
    from statsmodels.tsa.holtwinters import ExponentialSmoothing, SimpleExpSmoothing
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    X, y = sm.add_constant(rng.rand(40, 2)), rng.rand(40)
    fits = {
        "OLS": lambda: sm.OLS(y, X).fit(),
        "WLS": lambda: sm.WLS(y, X).fit(),
        "GLS": lambda: sm.GLS(y, X).fit(),
        "RLM": lambda: sm.RLM(y, X).fit(),
        "QuantReg": lambda: sm.QuantReg(y, X).fit(),
        "Logit": lambda: sm.Logit((y > 0.5).astype(int), X).fit(disp=0),
        "Probit": lambda: sm.Probit((y > 0.5).astype(int), X).fit(disp=0),
        "MNLogit": lambda: sm.MNLogit(np.arange(40) % 3, X).fit(disp=0),
        "Poisson": lambda: sm.Poisson((y * 5).astype(int), X).fit(disp=0),
        "NegativeBinomial": lambda: sm.NegativeBinomial((y * 5).astype(int), X).fit(disp=0),
        "GLM-Gaussian": lambda: sm.GLM(y, X).fit(),
        "GLM-Poisson": lambda: sm.GLM(y, X, sm.families.Poisson()).fit(),
        "GLM-Binomial": lambda: sm.GLM((y > 0.5).astype(int), X, sm.families.Binomial()).fit(),
        "GLM-Gamma": lambda: sm.GLM(y + 0.1, X, sm.families.Gamma(sm.families.links.log())).fit(),
        "ARIMA": lambda: ARIMA(y, order=(1, 0, 0)).fit(),
        "SARIMAX": lambda: SARIMAX(y, order=(1, 0, 0)).fit(disp=0),
        "AutoReg": lambda: AutoReg(y, 1).fit(),
        "ExponentialSmoothing": lambda: ExponentialSmoothing(y, trend="add").fit(),
        "SimpleExpSmoothing": lambda: SimpleExpSmoothing(y).fit(),
        "VAR": lambda: sm.tsa.VAR(rng.rand(40, 2)).fit(1),
        "MixedLM": lambda: sm.MixedLM(y, X, np.arange(40) % 4).fit(),
        "KDE": lambda: sm.nonparametric.KDEUnivariate(y),
        "PCA": lambda: sm.PCA(X),
        "UnobservedComponents": lambda: sm.tsa.UnobservedComponents(y, "llevel").fit(disp=0),
    }
    for name, fit in fits.items():
        attempt(f"statsmodels {name}", lambda: store(f"statsmodels/{name}", fit()))
    table = pd.DataFrame({"y": y, "a": X[:, 1], "b": list("abcd") * 10})
    import statsmodels.formula.api as smf

    attempt("formula", lambda: store("statsmodels/formula", smf.ols("y ~ a", table).fit()))
    attempt("save", lambda: sm.OLS(y, X).fit().save(path("statsmodels/saved.pickle")))
    attempt("slim", lambda: sm.OLS(y, X).fit().save(path("statsmodels/slim.pickle"), remove_data=True))


def skimage_things():
    import skimage.transform

    for name in ("AffineTransform", "EuclideanTransform", "SimilarityTransform", "ProjectiveTransform", "PolynomialTransform"):
        attempt(name, lambda: store(f"skimage/{name}", getattr(skimage.transform, name)()))
    from skimage.feature import ORB, Cascade  # noqa: F401

    attempt("ORB", lambda: store("skimage/ORB", ORB()))


def h5_things():
    """What keras writes with h5py: a configuration as attribute and the weights as data sets."""
    import json

    import h5py

    def layer(kind, name, **config):
        return {"class_name": kind, "config": {"name": name, "trainable": True, "dtype": "float32", **config}}

    layers = [
        layer("InputLayer", "input_1", batch_input_shape=[None, 4], sparse=False, ragged=False),
        layer("Dense", "dense", units=3, activation="relu", use_bias=True, kernel_initializer={"class_name": "GlorotUniform", "config": {"seed": None}}),
        layer("Dropout", "dropout", rate=0.5, noise_shape=None, seed=None),
        layer("BatchNormalization", "bn", axis=[1], momentum=0.99, epsilon=0.001),
        layer("Dense", "dense_1", units=2, activation="softmax", use_bias=True),
    ]
    config = {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}
    training = {"loss": "categorical_crossentropy", "metrics": ["accuracy"], "optimizer_config": {"class_name": "Adam", "config": {"name": "Adam", "learning_rate": 0.001}}}
    for libver in ("earliest", "latest"):
        for packing in (None, "gzip", "lzf"):
            with h5py.File(path(f"h5/keras-{libver}-{packing}.h5"), "w", libver=libver) as out:
                out.attrs["model_config"] = json.dumps(config)
                out.attrs["training_config"] = json.dumps(training)
                out.attrs["keras_version"] = "2.9.0"
                out.attrs["backend"] = "tensorflow"
                weights = out.create_group("model_weights")
                weights.attrs["layer_names"] = [b"dense", b"dense_1"]
                for name, shape in (("dense", (4, 3)), ("dense_1", (3, 2))):
                    group = weights.create_group(name)
                    group.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
                    options = {"compression": packing, "chunks": True, "shuffle": True} if packing else {}
                    group.create_dataset(f"{name}/kernel:0", data=rng.rand(*shape).astype("f4"), **options)
                    group.create_dataset(f"{name}/bias:0", data=np.zeros(shape[1], "f4"))
    with h5py.File(path("h5/weights-only.h5"), "w") as out:
        for i in range(30):
            out.create_dataset(f"layer{i}/w", data=rng.rand(5, 5))
    with h5py.File(path("h5/types.h5"), "w") as out:
        out.create_dataset("text", data=["a", "bc"], dtype=h5py.string_dtype())
        out.create_dataset("fixed", data=np.array([b"ab", b"cd"]))
        out.create_dataset("compound", data=np.zeros(3, dtype=[("a", "i4"), ("b", "f8")]))
        out.create_dataset("enum", data=np.array([0, 1]), dtype=h5py.enum_dtype({"A": 0, "B": 1}, basetype="i"))
        out.create_dataset("ragged", (2,), dtype=h5py.vlen_dtype(np.dtype("i4")))
        out["ragged"][0] = [1, 2, 3]
        out.create_dataset("grows", data=np.arange(9), maxshape=(None,), chunks=(4,))
        out.create_dataset("nothing", data=h5py.Empty("f4"))
        out["soft"] = h5py.SoftLink("/text")
        out["reference"] = out["text"].ref


# ---- PyTorch ----


def torch_things():
    import torch
    from torch import nn

    torch.manual_seed(0)

    def save(name, thing):
        def one(ending, **options):
            content = io.BytesIO()
            torch.save(thing, content, **options)
            with open(path(f"torch/{name}{ending}"), "wb") as out:
                out.write(content.getvalue())

        attempt(f"{name} zip", lambda: one(".pt"))
        attempt(f"{name} legacy", lambda: one(".legacy.pt", _use_new_zipfile_serialization=False))
        attempt(f"{name} protocol", lambda: one(f".p{3 + turn % 3}.pt", pickle_protocol=3 + turn % 3))

    for name in "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64 complex128 complex32".split():
        attempt(name, lambda: save(f"tensor-{name}", torch.zeros(3, 2).to(getattr(torch, name))))
    save("tensor-view", torch.arange(20)[3:9].reshape(2, 3).t())
    save("tensor-shared", [t := torch.arange(6.0), t[:3], t.view(2, 3)])
    save("tensor-grad", torch.ones(3, requires_grad=True))
    save("tensor-conj", torch.zeros(2, dtype=torch.complex64).conj())
    save("tensor-neg", torch._neg_view(torch.ones(2)))
    save("tensor-empty", torch.empty(0))
    save("tensor-quantized", torch.quantize_per_tensor(torch.rand(4), 0.1, 0, torch.qint8))
    save("tensor-quantized-channel", torch.quantize_per_channel(torch.rand(2, 2), torch.tensor([0.1, 0.2]), torch.tensor([0, 0]), 0, torch.quint8))
    save("tensor-qint32", torch.quantize_per_tensor(torch.rand(4), 0.1, 0, torch.qint32))
    save("tensor-sparse", torch.eye(3).to_sparse())
    save("tensor-csr", torch.eye(3).to_sparse_csr())
    for layout in ("csc", "bsr", "bsc"):
        attempt(layout, lambda: save(f"tensor-{layout}", getattr(torch.eye(4), f"to_sparse_{layout}")(*([(2, 2)] if layout[0] == "b" else []))))
    save("tensor-meta", torch.empty(3, device="meta"))
    attempt("nested", lambda: save("tensor-nested", torch.nested_tensor([torch.ones(2), torch.ones(3)])))
    save("storage", torch.FloatStorage([1, 2, 3]))
    save("parameter", nn.Parameter(torch.ones(2)))
    save("dtypes", [torch.float32, torch.int8, torch.strided, torch.device("cpu"), torch.Size([1, 2]), torch.contiguous_format, torch.channels_last, torch.per_tensor_affine])
    save("generator-state", torch.get_rng_state())
    save("mixed", {"epoch": 3, "args": __import__("argparse").Namespace(lr=0.1, name="x"), "best": np.float64(0.5), "history": collections.defaultdict(list, a=[1.0]), "array": np.ones(3), "names": {"a", "b"}, "path": __import__("pathlib").Path("runs/x")})

    # Every module that can be made from small numbers.
    tries = [(), (4,), (4, 4), (4, 4, 2), (2, 4), (1, 4, 4), ([4],), (4, 2), (2,)]
    for name in sorted(nn.__all__ if hasattr(nn, "__all__") else dir(nn)):
        cls = getattr(nn, name)
        if not (isinstance(cls, type) and issubclass(cls, nn.Module)):
            continue
        for arguments in tries:
            try:
                module = cls(*arguments)
            except Exception:
                continue
            save(f"nn-{name}", module)
            break
        else:
            failed.append((f"nn {name}", "no arguments that fit"))
    special = {
        "Transformer": lambda: nn.Transformer(4, 2, 1, 1, 8),
        "TransformerEncoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, activation="gelu"), 1),
        "AdaptiveLogSoftmax": lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2, 5]),
        "Sequential": lambda: nn.Sequential(collections.OrderedDict(a=nn.Conv2d(3, 4, 3), b=nn.BatchNorm2d(4), c=nn.ReLU(), d=nn.Flatten(), e=nn.LSTM(4, 4, 2, bidirectional=True))),
        "ModuleDict": lambda: nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.ModuleList([nn.GELU()])}),
        "ParameterDict": lambda: nn.ParameterDict({"a": nn.Parameter(torch.ones(2))}),
        "ParameterList": lambda: nn.ParameterList([nn.Parameter(torch.ones(2))]),
        "weight-norm": lambda: nn.utils.weight_norm(nn.Linear(2, 2)),
        "spectral-norm": lambda: nn.utils.spectral_norm(nn.Linear(2, 2)),
        "lazy": lambda: nn.LazyLinear(3),
        "quantized": lambda: torch.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 4), nn.ReLU()), {nn.Linear}, dtype=torch.qint8),
        "quantized-lstm": lambda: torch.quantization.quantize_dynamic(nn.Sequential(nn.LSTM(4, 4)), {nn.LSTM}, dtype=torch.qint8),
        "intrinsic": lambda: torch.ao.nn.intrinsic.ConvBnReLU2d(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3), nn.ReLU()),
        "quant-stub": lambda: nn.Sequential(torch.quantization.QuantStub(), nn.Linear(2, 2), torch.quantization.DeQuantStub()),
        "data-parallel": lambda: nn.DataParallel(nn.Linear(2, 2)),
        "prepared": lambda: torch.quantization.prepare(_with_qconfig(torch, nn), inplace=False),
        "pruned": lambda: nn.utils.prune.l1_unstructured(nn.Linear(4, 4), "weight", 2),
        "distribution": lambda: torch.distributions.Normal(torch.zeros(2), torch.ones(2)),
    }
    for name, make in special.items():

        def one(name=name, make=make):
            model = make()
            save(f"model-{name}", model)
            if isinstance(model, nn.Module):
                attempt(f"{name} state", lambda: save(f"state-{name}", model.state_dict()))

        attempt(f"torch {name}", one)

    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    for name in "SGD Adam AdamW Adadelta Adagrad Adamax ASGD LBFGS NAdam RAdam RMSprop Rprop SparseAdam".split():

        def one(name=name):
            optimizer = getattr(torch.optim, name)(net.parameters(), lr=0.01)
            if name != "SparseAdam":

                def closure():
                    optimizer.zero_grad()
                    loss = net(torch.rand(5, 4)).sum()
                    loss.backward()
                    return loss

                optimizer.step(closure)
            save(f"optimizer-{name}", optimizer)
            save(f"checkpoint-{name}", {"epoch": 1, "model": net.state_dict(), "optimizer": optimizer.state_dict(), "loss": 0.5, "rng": torch.get_rng_state()})

        attempt(f"optimizer {name}", one)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    schedulers = torch.optim.lr_scheduler
    for name, arguments in {"StepLR": (3,), "MultiStepLR": ([3, 5],), "ExponentialLR": (0.9,), "CosineAnnealingLR": (10,), "ReduceLROnPlateau": (), "CyclicLR": (0.1, 1.0), "OneCycleLR": (1.0, 10), "CosineAnnealingWarmRestarts": (5,), "ConstantLR": (), "LinearLR": ()}.items():

        def one(name=name, arguments=arguments):
            scheduler = getattr(schedulers, name)(torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9), *arguments)
            save(f"scheduler-{name}", scheduler)
            save(f"scheduler-state-{name}", scheduler.state_dict())

        attempt(f"scheduler {name}", one)

    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(4, 3), nn.ParameterList([nn.Parameter(torch.ones(3))])

        def forward(self, x):
            return torch.relu(self.a(x)) * self.b[0]

    attempt("script", lambda: torch.jit.script(nn.Sequential(nn.Linear(4, 3), nn.ReLU())).save(path("torch/script.pt")))
    attempt("trace", lambda: torch.jit.trace(net, torch.rand(1, 4)).save(path("torch/trace.pt")))
    attempt("trace small", lambda: torch.jit.trace(Small(), torch.rand(1, 4)).save(path("torch/trace-small.pt")))
    attempt("lite", lambda: torch.jit.script(net)._save_for_lite_interpreter(path("torch/lite.ptl")))
    attempt("script with files", lambda: torch.jit.save(torch.jit.script(net), path("torch/extra.pt"), _extra_files={"labels.txt": "a\nb\n"}))
    attempt("frozen", lambda: torch.jit.freeze(torch.jit.script(net).eval()).save(path("torch/frozen.pt")))
    store("torch/pickled-state", net.state_dict())
    store("torch/pickled-module", net)
    from torch.utils.data import ConcatDataset, Subset, TensorDataset

    data = TensorDataset(torch.ones(4, 2), torch.zeros(4))
    save("dataset", data)
    save("subset", ConcatDataset([Subset(data, [0, 1])]))


def _with_qconfig(torch, nn):
    model = nn.Sequential(torch.quantization.QuantStub(), nn.Linear(2, 2), torch.quantization.DeQuantStub())
    model.qconfig = torch.quantization.get_default_qconfig("fbgemm")
    return model


def other_things():
    import networkx

    graph = networkx.path_graph(4)
    store("networkx/graph", graph)
    store("networkx/digraph", networkx.DiGraph(graph))
    store("networkx/multigraph", networkx.MultiDiGraph(graph))


for part in (python_things, numpy_things, pandas_things, scipy_things, sklearn_things, xgboost_things, lightgbm_things, statsmodels_things, skimage_things, h5_things, torch_things, other_things):
    before = written
    attempt(part.__name__, part)
    print(f"{part.__name__}: {written - before} files", flush=True)
print(f"{written} files, {len(failed)} could not be made")
for name, why in failed:
    print(f"  {name}: {why}")
