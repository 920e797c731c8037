#define STYLIZE_WINOGRAD_KERNELS kBaselineWinogradKernels
#include "winograd_kernels.inc"
