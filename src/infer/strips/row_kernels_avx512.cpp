#define STYLIZE_ROW_KERNELS kAvx512RowKernels
#include "row_kernels.inc"
