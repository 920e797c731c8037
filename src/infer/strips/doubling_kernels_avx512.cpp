#define STYLIZE_DOUBLING_KERNELS kAvx512DoublingKernels
#include "doubling_kernels.inc"
