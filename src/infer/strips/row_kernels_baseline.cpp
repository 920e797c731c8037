#define STYLIZE_ROW_KERNELS kBaselineRowKernels
#include "row_kernels.inc"
