"""The charts, held to real tools: Helm, an API server with etcd, promtool, and Sirius itself."""
