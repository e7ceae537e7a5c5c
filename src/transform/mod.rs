//! Reading pictures: what they are, their measures, colour and placeholder. The only place that may name image codecs.
