#define STYLIZE_DIRECT_KERNELS kBaselineDirectKernels
#include "direct_kernels.inc"
