#define STYLIZE_DEPTHWISE_KERNELS kAvx512Bf16DepthwiseKernels
#include "depthwise_kernels.inc"
