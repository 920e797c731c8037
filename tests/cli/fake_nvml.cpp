// An NVIDIA management library with one GPU of the tests' invention, to be found before the real
// one: what doctor says of a GPU can be tested where there is none.
#include <cstdio>

// NVML's names, not ours.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {

struct FakeMemory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }

int nvmlSystemGetDriverVersion(char* version, unsigned length) {
  std::snprintf(version, length, "470.82.01");
  return 0;
}

int nvmlSystemGetCudaDriverVersion_v2(int* version) {
  *version = 11040;
  return 0;
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = 1;
  return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned /*index*/, void** device) {
  static int only_device = 0;
  *device = &only_device;
  return 0;
}

int nvmlDeviceGetName(void* /*device*/, char* name, unsigned length) {
  std::snprintf(name, length, "Test GPU 9000");
  return 0;
}

int nvmlDeviceGetMemoryInfo(void* /*device*/, FakeMemory* memory) {
  *memory = {8'000'000'000ULL, 6'000'000'000ULL, 2'000'000'000ULL};
  return 0;
}

int nvmlDeviceGetCudaComputeCapability(void* /*device*/, int* major, int* minor) {
  *major = 7;
  *minor = 5;
  return 0;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
