#define STYLIZE_DIRECT_KERNELS kAvx2DirectKernels
#include "direct_kernels.inc"
