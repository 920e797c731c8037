"""ONNX Runtime on the CPU, fp32, all graph optimizations (its default)."""

from __future__ import annotations

import onnxruntime
import protocol


def main() -> None:
    options = protocol.parser().parse_args()

    def load() -> protocol.Engine:
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        session = onnxruntime.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])
        feed = {session.get_inputs()[0].name: protocol.noise(options.shape)}
        return protocol.Engine(
            "ONNX Runtime", onnxruntime.__version__, "fp32", lambda: session.run(None, feed) and None
        )

    protocol.serve(load)


if __name__ == "__main__":
    main()
