"""OpenVINO on the CPU, tuned for latency; --f32 forbids the bf16 that it picks by itself where the CPU has it."""

from __future__ import annotations

import openvino as ov
import protocol


def main() -> None:
    parser = protocol.parser()
    parser.add_argument("--f32", action="store_true")
    options = parser.parse_args()

    def load() -> protocol.Engine:
        settings: dict[str, object] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": options.threads}
        if options.f32:
            settings["INFERENCE_PRECISION_HINT"] = "f32"
        compiled = ov.Core().compile_model(options.model, "CPU", settings)
        taken = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        request = compiled.create_infer_request()
        request.set_input_tensor(ov.Tensor(protocol.noise(options.shape)))
        precision = {"f32": "fp32", "f16": "fp16"}.get(taken, taken)
        name = "OpenVINO f32" if options.f32 else "OpenVINO default"
        return protocol.Engine(name, ov.__version__.split("-")[0], precision, request.infer)

    protocol.serve(load)


if __name__ == "__main__":
    main()
