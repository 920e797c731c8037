#define STYLIZE_DOUBLING_KERNELS kAvx2DoublingKernels
#include "doubling_kernels.inc"
