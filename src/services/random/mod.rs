//! Choosing: at random, by a seed, and walking without repeats.
