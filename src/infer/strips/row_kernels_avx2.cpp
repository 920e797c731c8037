#define STYLIZE_ROW_KERNELS kAvx2RowKernels
#include "row_kernels.inc"
