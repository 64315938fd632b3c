"""Configs: one file per family, its variants in a table. See `configs.common`."""
