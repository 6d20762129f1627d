#include "scan/models/keras/names.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>
#include <utility>

namespace tocsin::scan::models::keras {
namespace {

using Set = std::unordered_set<std::string_view>;

// clang-format off
const Set& classes() {
  static const Set set = {
      // models and what they are made of
      "Sequential", "Functional", "Model", "Layer", "Network", "Container", "Graph", "Merge", "InputSpec", "KerasTensor", "Variable", "SharedObject", "TensorShape",
      "TypeSpec", "TensorSpec", "RaggedTensorSpec", "SparseTensorSpec", "DType", "CompositeTensorSpec",
      // layers
      "Activation", "ActivityRegularization", "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D",
      "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", "Add", "AdditiveAttention", "AlphaDropout", "Attention", "AtrousConvolution1D", "AtrousConvolution2D", "AugMix",
      "AutoContrast", "Average", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "AvgPool1D", "AvgPool2D", "AvgPool3D", "BatchNormalization",
      "BatchNormalizationV1", "BatchNormalizationV2", "Bidirectional", "CategoryCrossing", "CategoryEncoding", "CenterCrop", "Concatenate", "Conv1D",
      "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM2DCell", "ConvLSTM3D", "Convolution1D",
      "Convolution1DTranspose", "Convolution2D", "Convolution2DTranspose", "Convolution3D", "Convolution3DTranspose", "Cropping1D", "Cropping2D", "Cropping3D",
      "CuDNNGRU", "CuDNNLSTM", "CutMix", "Deconvolution2D", "Deconvolution3D", "Dense", "DenseFeatures", "DepthwiseConv1D", "DepthwiseConv2D", "Discretization",
      "Dot", "Dropout", "ELU", "EinsumDense", "Embedding", "Equalization", "Flatten", "GRU", "GRUCell", "GRUV1", "GRUV2", "GaussianDropout", "GaussianNoise",
      "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalAvgPool3D", "GlobalMaxPool1D",
      "GlobalMaxPool2D", "GlobalMaxPool3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GroupNormalization", "GroupQueryAttention",
      "GroupedQueryAttention", "HashedCrossing", "Hashing", "Highway", "Identity", "Input", "InputLayer", "IntegerLookup", "LSTM", "LSTMCell", "LSTMV1", "LSTMV2",
      "LayerNormalization", "LeakyReLU", "LocallyConnected1D", "LocallyConnected2D", "Masking", "MaxNumBoundingBoxes", "MaxPool1D", "MaxPool2D", "MaxPool3D",
      "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "MaxoutDense", "Maximum", "MelSpectrogram", "Minimum", "MixUp", "MultiHeadAttention", "Multiply",
      "Normalization", "PReLU", "ParametricSoftplus", "PeepholeLSTMCell", "Permute", "Pipeline", "PreprocessingLayer", "RMSNormalization", "RNN", "RandAugment",
      "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomCrop", "RandomElasticTransform", "RandomErasing", "RandomFlip",
      "RandomFourierFeatures", "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization",
      "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomWidth", "RandomZoom", "ReLU", "RepeatVector", "Rescaling",
      "Reshape", "Resizing", "ReversibleEmbedding", "SReLU", "SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D", "SimpleRNN",
      "SimpleRNNCell", "Softmax", "Solarization", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "SpectralNormalization", "StackedRNNCells",
      "STFTSpectrogram", "StringLookup", "Subtract", "SyncBatchNormalization", "TextVectorization", "ThresholdedReLU", "TimeDistributed", "TimeDistributedDense",
      "UnitNormalization", "UpSampling1D", "UpSampling2D", "UpSampling3D", "Wrapper", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "AddLoss", "AddMetric",
      "FeatureSpace", "Feature", "Cross", "StaticHashTable", "IndexLookup",
      // TensorFlow operations as layers: what they call is looked at apart
      "TensorFlowOpLayer", "TFOpLambda", "SlicingOpLambda", "InstanceMethod", "InstanceProperty", "ClassMethod",
      // initializers
      "Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Orthogonal", "OrthogonalInitializer",
      "IdentityInitializer", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform", "STFT", "STFTInitializer", "Initializer",
      "RandomInitializer",
      // regularizers, constraints
      "L1", "L2", "L1L2", "OrthogonalRegularizer", "Regularizer", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "RadialConstraint", "Constraint",
      // losses
      "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy", "CategoricalGeneralizedCrossEntropy",
      "CategoricalHinge", "Circle", "CosineSimilarity", "CTC", "Dice", "Hinge", "Huber", "KLDivergence", "LogCosh", "Loss", "LossFunctionWrapper",
      "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson", "SparseCategoricalCrossentropy",
      "SquaredHinge", "Tversky",
      // metrics
      "AUC", "Accuracy", "BinaryAccuracy", "BinaryIoU", "CategoricalAccuracy", "ConcordanceCorrelation", "F1Score", "FBetaScore", "FalseNegatives", "FalsePositives",
      "IoU", "LogCoshError", "Mean", "MeanIoU", "MeanMetricWrapper", "MeanRelativeError", "MeanTensor", "Metric", "OneHotIoU", "OneHotMeanIoU", "PearsonCorrelation",
      "Precision", "PrecisionAtRecall", "R2Score", "Recall", "RecallAtPrecision", "RootMeanSquaredError", "SensitivityAtSpecificity", "SparseCategoricalAccuracy",
      "SparseTopKCategoricalAccuracy", "SpecificityAtSensitivity", "Sum", "TopKCategoricalAccuracy", "TrueNegatives", "TruePositives", "Reduce",
      // optimizers and their schedules
      "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "LossScaleOptimizer", "LossScaleOptimizerV3", "Muon", "Nadam",
      "Optimizer", "OptimizerV2", "RMSprop", "RMSProp", "SGD", "TFOptimizer", "ScheduleFreeAdamW", "CosineDecay", "CosineDecayRestarts", "ExponentialDecay",
      "InverseTimeDecay", "LearningRateSchedule", "PiecewiseConstantDecay", "PolynomialDecay", "WarmUp", "AdamWeightDecay", "DynamicLossScale", "FixedLossScale",
      // dtype policies, quantizers, random
      "DTypePolicy", "DTypePolicyMap", "FloatDTypePolicy", "QuantizedDTypePolicy", "QuantizedFloat8DTypePolicy", "GPTQDTypePolicy", "Policy", "PolicyV1",
      "AbsMaxQuantizer", "Quantizer", "QuantizationConfig", "GPTQConfig", "SeedGenerator",
  };
  return set;
}

// keras.activations, keras.losses, keras.metrics: what a function without a module of its own may be.
const Set& functions() {
  static const Set set = {
      "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "glu", "silu", "swish", "hard_silu", "hard_swish", "mish", "softplus", "softsign", "softmax",
      "log_softmax", "log_sigmoid", "sigmoid", "hard_sigmoid", "hard_tanh", "hard_shrink", "soft_shrink", "tanh", "tanh_shrink", "exponential", "linear",
      "squareplus", "sparse_plus", "sparsemax", "sparse_sigmoid", "threshold", "softmax_v2", "relu_v2", "sigmoid_v2", "tanh_v2", "leaky_relu_v2", "identity",
      "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy", "categorical_generalized_cross_entropy",
      "categorical_hinge", "circle", "cosine_similarity", "cosine_proximity", "ctc", "dice", "hinge", "huber", "kl_divergence", "kld", "kullback_leibler_divergence",
      "log_cosh", "logcosh", "mae", "mape", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error", "mse",
      "msle", "poisson", "sparse_categorical_crossentropy", "squared_hinge", "tversky", "MSE", "MAE", "MAPE", "MSLE", "KLD", "acc", "accuracy", "binary_accuracy",
      "categorical_accuracy", "sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy", "top_k_categorical_accuracy", "zeros", "ones", "constant",
      "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal", "random_normal", "random_uniform",
      "truncated_normal", "variance_scaling", "l1", "l2", "l1_l2", "max_norm", "min_max_norm", "non_neg", "unit_norm",
  };
  return set;
}
// clang-format on

// Parts of Keras whose functions compute, and no more: activations, losses, metrics, operations.
constexpr std::array<std::string_view, 17> kComputing = {
    "layers",     "initializers", "regularizers",    "constraints", "losses",       "metrics",
    "optimizers", "models",       "activations",     "ops",         "random",       "dtype_policies",
    "quantizers", "engine",       "mixed_precision", "nn",          "preprocessing"};
constexpr std::array<std::string_view, 5> kComputingFunctions = {"losses", "metrics", "activations", "ops", "nn"};
// Functions there that turn names into objects or take functions.
constexpr std::array<std::string_view, 9> kResolvers = {"deserialize",
                                                        "get",
                                                        "serialize",
                                                        "from_config",
                                                        "map",
                                                        "scan",
                                                        "vectorized_map",
                                                        "custom_gradient",
                                                        "deserialize_keras_object"};
// Module roots of the Keras family, and packages that ship layers for it.
constexpr std::array<std::string_view, 14> kFamily = {"keras",
                                                      "tf_keras",
                                                      "keras_core",
                                                      "keras_nlp",
                                                      "keras_cv",
                                                      "keras_hub",
                                                      "tensorflow",
                                                      "tensorflow_addons",
                                                      "tfa",
                                                      "official",
                                                      "tensorflow_model_optimization",
                                                      "keras_tuner",
                                                      "tensorflow_probability",
                                                      "keras_contrib"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 46> kDangers = {{
    {"Lambda", "runs Python bytecode that stands in the file"},
    {"TorchModuleWrapper", "unpickles a PyTorch module (CVE-2025-49655)"},
    {"TFSMLayer", "loads a TensorFlow SavedModel from a path"},
    {"KerasLayer", "loads a TensorFlow SavedModel from a path or an address"},
    {"JaxLayer", "calls functions that the file names"},
    {"FlaxLayer", "calls functions that the file names"},
    {"get_file", "downloads a file and may unpack it anywhere (CVE-2025-8747)"},
    {"extract_archive", "unpacks an archive"},
    {"_extract_archive", "unpacks an archive"},
    {"enable_unsafe_deserialization", "switches the protection of Keras off (CVE-2025-9906)"},
    {"disable_unsafe_deserialization", "changes the protection of Keras"},
    {"SafeModeScope", "switches the protection of Keras off"},
    {"set_safe_mode", "switches the protection of Keras off"},
    {"func_load", "runs Python bytecode"},
    {"func_dump", "handles Python bytecode"},
    {"load_model", "loads another model"},
    {"load_weights", "reads a file"},
    {"load_img", "reads a file"},
    {"save_img", "writes a file"},
    {"save_model", "writes a file"},
    {"save_weights", "writes a file"},
    {"model_from_json", "builds what a text says"},
    {"model_from_yaml", "builds what a text says"},
    {"model_from_config", "builds what a text says"},
    {"deserialize_keras_object", "builds what a text says"},
    {"register_keras_serializable", "changes what names mean"},
    {"plot_model", "runs a program"},
    {"model_to_dot", "runs a program"},
    {"image_dataset_from_directory", "reads a folder"},
    {"text_dataset_from_directory", "reads a folder"},
    {"audio_dataset_from_directory", "reads a folder"},
    {"pad_file", "reads a file"},
    {"py_function", "runs Python code"},
    {"numpy_function", "runs Python code"},
    {"py_func", "runs Python code"},
    {"eager_py_func", "runs Python code"},
    {"read_file", "reads a file"},
    {"write_file", "writes a file"},
    {"matching_files", "lists files"},
    {"load_op_library", "loads native code"},
    {"load_library", "loads native code"},
    {"load_file_system_library", "loads native code"},
    {"CSVLogger", "writes a file"},
    {"ModelCheckpoint", "writes files"},
    {"RemoteMonitor", "talks to the network"},
    {"LambdaCallback", "calls functions that the file names"},
}};

template <class Range>
bool holds(const Range& range, std::string_view word) {
  return std::find(range.begin(), range.end(), word) != range.end();
}

bool looks_like_a_class(std::string_view name) {
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

std::string_view first_part(std::string_view& module) {
  const auto dot = std::min(module.find('.'), module.size());
  const auto part = module.substr(0, dot);
  module.remove_prefix(std::min(dot + 1, module.size()));
  return part;
}

struct Where {
  bool family = false;    // a module of the Keras family
  bool core = false;      // Keras itself
  std::string_view part;  // "layers"
};
Where where(std::string_view module) {
  Where out;
  std::string_view root = first_part(module);
  if (!holds(kFamily, root)) return out;
  out.family = true;
  out.core = root == "keras" || root == "tf_keras" || root == "keras_core";
  // tensorflow.keras.layers, tensorflow.python.keras.layers.core, keras.src.layers.core.dense, keras.api._v2.keras.layers
  while (!module.empty()) {
    const auto part = first_part(module);
    if (part == "keras") out.core = true;
    if (part == "src" || part == "api" || part == "python" || part == "_v1" || part == "_v2" || part == "v1" ||
        part == "v2" || part == "compat" || part == "keras" || part == "_tf_keras" || part == "legacy")
      continue;
    out.part = part;
    break;
  }
  return out;
}

}  // namespace

std::string_view what_it_does(std::string_view name) {
  for (const auto& [known, text] : kDangers)
    if (known == name) return text;
  return "";
}

Standing about_class(std::string_view module, std::string_view name) {
  if (!what_it_does(name).empty()) return Standing::danger;
  const bool listed = classes().contains(name);
  if (module.empty()) return listed ? Standing::known : Standing::custom;
  if (module == "builtins" || module == "tf" || module == "__main__")
    return listed ? Standing::known : module == "builtins" ? Standing::foreign : Standing::custom;
  const Where at = where(module);
  if (!at.family) return Standing::foreign;
  if (at.core) {
    if (listed) return Standing::known;
    if (looks_like_a_class(name) && (at.part.empty() || holds(kComputing, at.part))) return Standing::kin;
    return Standing::foreign;
  }
  return looks_like_a_class(name) ? Standing::kin : Standing::foreign;
}

Standing about_function(std::string_view module, std::string_view name) {
  if (!what_it_does(name).empty()) return Standing::danger;
  if (holds(kResolvers, name)) return Standing::foreign;
  const bool listed = functions().contains(name) || classes().contains(name);
  if (module.empty() || module == "builtins")
    return listed ? Standing::known : module.empty() ? Standing::custom : Standing::foreign;
  if (module == "__main__") return Standing::custom;
  const Where at = where(module);
  if (!at.family) return Standing::foreign;
  if (listed) return Standing::known;
  return at.core && holds(kComputingFunctions, at.part) && name.find('.') == std::string_view::npos ? Standing::kin
                                                                                                    : Standing::foreign;
}

}  // namespace tocsin::scan::models::keras
