#define STYLIZE_DOUBLING_KERNELS kBaselineDoublingKernels
#include "doubling_kernels.inc"
