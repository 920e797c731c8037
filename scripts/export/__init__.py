"""What the exporters share: reading checkpoints, writing TorchScript archives and manifests."""
