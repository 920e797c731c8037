#define STYLIZE_DIRECT_KERNELS kAvx512DirectKernels
#include "direct_kernels.inc"
