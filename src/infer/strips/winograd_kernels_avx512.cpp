#define STYLIZE_WINOGRAD_KERNELS kAvx512WinogradKernels
#include "winograd_kernels.inc"
