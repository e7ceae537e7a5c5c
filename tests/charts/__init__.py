"""The charts, held to real tools: Helm, promtool, and Sirius itself."""
