"""Theorems of general use, proved by the kernel like every claim."""
