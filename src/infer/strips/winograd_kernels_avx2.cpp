#define STYLIZE_WINOGRAD_KERNELS kAvx2WinogradKernels
#include "winograd_kernels.inc"
