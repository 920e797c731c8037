#define STYLIZE_DEPTHWISE_KERNELS kAvx512DepthwiseKernels
#include "depthwise_kernels.inc"
