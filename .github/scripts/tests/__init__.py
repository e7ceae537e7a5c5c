"""Tests of the pipelines' scripts."""
