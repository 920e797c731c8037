#define STYLIZE_DEPTHWISE_KERNELS kAvx2DepthwiseKernels
#include "depthwise_kernels.inc"
