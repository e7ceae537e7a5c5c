//! Listening, connections and draining: hyper driven by our own loop, in front of a poem endpoint.
