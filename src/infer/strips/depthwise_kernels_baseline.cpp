#define STYLIZE_DEPTHWISE_KERNELS kBaselineDepthwiseKernels
#include "depthwise_kernels.inc"
